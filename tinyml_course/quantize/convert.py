"""Conversion: a trained Keras model becomes the bytes of a .tflite."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.errors import DataError, ModelError

if TYPE_CHECKING:
    import keras

    from tinyml_course.quantize.calibrate import Ranges

__all__ = ["to_float", "to_int8"]


def checked(model: keras.Model, x: np.ndarray | list[np.ndarray]) -> list[np.ndarray]:
    """One array per input of the model, float32, shapes and values checked."""
    if not getattr(model, "inputs", None):
        raise ModelError(
            f"The model ({type(model).__name__}) does not say what its inputs are. "
            "Build it with keras.Input, as a Sequential or functional model."
        )
    given = list(x) if isinstance(x, list | tuple) else [x]
    if len(given) != len(model.inputs):
        raise DataError(
            f"The model has {len(model.inputs)} inputs, representative data came for "
            f"{len(given)}. Give a list with one array per input."
        )
    try:
        arrays = [np.asarray(a, dtype=np.float32) for a in given]
    except (TypeError, ValueError):
        raise DataError(
            "The representative data are not numbers in one array. Take rows of "
            "x_train."
        ) from None
    for array, tensor in zip(arrays, model.inputs, strict=True):
        shape = tuple(tensor.shape[1:])
        if None in shape:
            raise ModelError(
                f"The model's input shape is {shape}; every axis needs a fixed size. "
                "Give keras.Input a full shape."
            )
        if array.shape[1:] != shape or not array.size:
            raise DataError(
                f"The representative data have shape {array.shape}, expected (n, "
                f"{', '.join(map(str, shape))}) with n of 1 or more. Take rows of "
                "x_train."
            )
        if not np.all(np.isfinite(array)):
            raise DataError(
                "The representative data contain NaN or infinity, so no range can be "
                "calibrated. Clean them first."
            )
    if len({len(a) for a in arrays}) > 1:
        raise DataError("The representative arrays differ in length.")
    _refuse_loops(model)
    return arrays


def _refuse_loops(model: keras.Model) -> None:
    """Before TensorFlow Lite's calibrator meets a loop: it would end this Python."""
    import keras

    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.RNN) and not layer.unroll:
            raise ModelError(
                f"Layer '{layer.name}' is a loop over time, which cannot become int8. "
                "Build it with unroll=True, or convert a model of one step, with the "
                "state as input and output."
            )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """TensorFlow's converter writes to the process's stderr; keep it from students."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    levels = [logger.level for logger in loggers]
    try:
        saved = os.dup(2)
    except OSError:  # no stderr to save
        saved = None
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with (
            warnings.catch_warnings(action="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            open(os.devnull, "wb") as null,
        ):
            if saved is not None:
                os.dup2(null.fileno(), 2)
            yield
    finally:
        if saved is not None:
            os.dup2(saved, 2)
            os.close(saved)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _converter(model: keras.Model) -> object:
    import tensorflow as tf

    # Batch 1 is fixed here: an open batch adds SHAPE, STRIDED_SLICE and PACK.
    specs = [tf.TensorSpec((1, *i.shape[1:]), tf.float32) for i in model.inputs]

    @tf.function
    def function(*x: tf.Tensor) -> tf.Tensor:
        return model(x[0] if len(x) == 1 else list(x), training=False)

    concrete = function.get_concrete_function(*specs)
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete])


@contextlib.contextmanager
def converting() -> Iterator[None]:
    """Keep the converter quiet, and make its failures one line."""
    from tensorflow.lite.python.convert_phase import ConverterError

    try:
        with quiet():
            yield
    except (RuntimeError, ValueError, ConverterError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(
            f"TensorFlow Lite cannot convert this model to int8: {reason}"
        ) from error


def int8_converter(model: keras.Model, x: list[np.ndarray]) -> object:
    """TensorFlow Lite's converter, set to int8 from end to end."""
    import tensorflow as tf

    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [a[None] for a in row] for row in zip(*x, strict=True)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter


def to_int8(
    model: keras.Model,
    x_representative: np.ndarray | list[np.ndarray],
    *,
    ranges: Ranges = "min-max",
    per_channel: bool = True,
) -> bytes:
    """Convert a Keras model to a .tflite whose weights, inputs and outputs are int8.

    Parameters
    ----------
    model : keras.Model
        Trained, with inputs of fixed shapes.
    x_representative : ndarray, (n, *input) float32, or a list with one per input
        Rows of the *training* data, a few hundred: their activations set the scales.
    ranges : str or dict
        How: "min-max", "percentile" or "entropy", or ``{layer: one of these or (low,
        high)}``. :func:`tinyml_course.quantize.observe` shows what there is to choose.
    per_channel : bool
        One scale for each output channel of the weights, or one for all.

    Returns
    -------
    bytes
        The .tflite, for batch 1.

    Raises
    ------
    DataError
        If the data have another shape or contain NaN, or the ranges are none.
    ModelError
        If the model has an open shape or TensorFlow Lite cannot convert it.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> tflite_model = to_int8(model, np.eye(4, dtype="float32"))
    >>> tflite_model[4:8]
    b'TFL3'
    """
    if not (isinstance(ranges, str) and ranges == "min-max" and per_channel):
        from tinyml_course.quantize.calibrate import observe

        found = observe(model, x_representative)
        return found.to_int8(ranges, per_channel=per_channel)
    x = checked(model, x_representative)
    with converting():
        return int8_converter(model, x).convert()


def to_float(model: keras.Model) -> bytes:
    """Convert a Keras model to a float32 .tflite for batch 1, to compare sizes with.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((256,)), keras.layers.Dense(64)])
    >>> len(to_float(model)) > 3 * len(to_int8(model, np.eye(256, dtype="float32")))
    True
    """
    with quiet():
        return _converter(model).convert()
