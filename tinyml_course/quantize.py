"""A Keras model and representative data come in, an int8 .tflite goes out."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.errors import DataError, ModelError

if TYPE_CHECKING:
    import keras

__all__ = ["to_float", "to_int8"]


def _checked(model: keras.Model, x: np.ndarray) -> np.ndarray:
    shape = tuple(model.input_shape[1:])
    x = np.asarray(x, dtype=np.float32)
    if None in shape:
        raise ModelError(
            f"The model's input shape is {shape}; every axis needs a fixed size. "
            "Give keras.Input a full shape."
        )
    if x.ndim < 2 or x.shape[1:] != shape or not len(x):
        raise DataError(
            f"The representative data have shape {x.shape}, expected (n, "
            f"{', '.join(map(str, shape))}) with n of 1 or more. Take rows of x_train."
        )
    if not np.all(np.isfinite(x)):
        raise DataError(
            "The representative data contain NaN or infinity, so no range can be "
            "calibrated. Clean them first."
        )
    return x


@contextlib.contextmanager
def _quiet() -> object:
    """TensorFlow's converter writes to the process's stderr; keep it from students."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        saved = os.dup(2)
    except OSError:
        saved = None
    try:
        with contextlib.redirect_stdout(io.StringIO()), open(os.devnull, "wb") as null:
            if saved is not None:
                os.dup2(null.fileno(), 2)
            yield
    finally:
        if saved is not None:
            os.dup2(saved, 2)
            os.close(saved)
        logger.setLevel(level)


def _converter(model: keras.Model) -> object:
    import tensorflow as tf

    # Batch 1 is fixed here: an open batch adds SHAPE, STRIDED_SLICE and PACK.
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    function = tf.function(lambda x: model(x, training=False))
    concrete = function.get_concrete_function(spec)
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete], model)


def to_int8(model: keras.Model, x_representative: np.ndarray) -> bytes:
    """Convert a Keras model to a .tflite whose weights, inputs and outputs are int8.

    Parameters
    ----------
    model : keras.Model
        One input of a fixed shape; trained.
    x_representative : ndarray, (n, *input) float32
        Rows of the *training* data, a few hundred: their activations set the scales.

    Returns
    -------
    bytes
        The .tflite, for batch 1.

    Raises
    ------
    DataError
        If the data have another shape or contain NaN.
    ModelError
        If the model has an open shape or TensorFlow Lite cannot convert it.

    >>> # tflite_model = to_int8(model, x_train[:200])
    """
    import tensorflow as tf

    x = _checked(model, x_representative)
    try:
        with _quiet():
            converter = _converter(model)
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([row[None]] for row in x)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.int8
            converter.inference_output_type = tf.int8
            return converter.convert()
    except (RuntimeError, ValueError, tf.lite.ConverterError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ModelError(
            f"TensorFlow Lite cannot convert this model to int8: {reason}"
        ) from error


def to_float(model: keras.Model) -> bytes:
    """Convert a Keras model to a float32 .tflite for batch 1, to compare sizes with.

    >>> # len(to_float(model)) / len(to_int8(model, x_train[:200]))
    """
    with _quiet():
        return _converter(model).convert()
