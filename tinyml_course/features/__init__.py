"""Raw input as people and sensors give it comes in, arrays for a model go out."""

from tinyml_course.features.fixed_sound import FrontEnd, fixed_log_mel
from tinyml_course.features.frontend_c import frontend_c
from tinyml_course.features.sound import log_mel, mel_filters, mfcc, stft
from tinyml_course.features.strokes import from_strokes

__all__ = [
    "FrontEnd",
    "fixed_log_mel",
    "from_strokes",
    "frontend_c",
    "log_mel",
    "mel_filters",
    "mfcc",
    "stft",
]
