"""Raw input as people and sensors give it comes in, arrays for a model go out."""

from tinyml_course.features.strokes import from_strokes

__all__ = ["from_strokes"]
