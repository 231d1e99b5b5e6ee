"""A Keras model and representative data come in, an int8 .tflite goes out."""

from tinyml_course.quantize.aware import aware
from tinyml_course.quantize.calibrate import Calibration, observe
from tinyml_course.quantize.convert import to_float, to_int8
from tinyml_course.quantize.ranges import METHODS, LayerRange, entropy, percentile

__all__ = [
    "METHODS",
    "Calibration",
    "LayerRange",
    "aware",
    "entropy",
    "observe",
    "percentile",
    "to_float",
    "to_int8",
]
