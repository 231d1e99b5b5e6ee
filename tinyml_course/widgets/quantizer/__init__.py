"""The quantizer: a Keras model and data come in, a validated int8 model goes out."""

from tinyml_course.widgets.quantizer.session import Session
from tinyml_course.widgets.quantizer.view import Quantizer, quantize_a_model

__all__ = ["Quantizer", "Session", "quantize_a_model"]
