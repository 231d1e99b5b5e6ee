"""A Keras model and representative data come in, an int8 .tflite goes out."""

from tinyml_course.quantize.aware import aware
from tinyml_course.quantize.convert import to_float, to_int8

__all__ = ["aware", "to_float", "to_int8"]
