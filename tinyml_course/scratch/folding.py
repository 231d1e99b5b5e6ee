"""Batch normalization folded into the layer before it, as chapter 20 derives it."""

from __future__ import annotations

import numpy as np

__all__ = ["fold", "unfolded"]


def fold(kernel, gamma, beta, mean, variance, epsilon):
    """A kernel and a bias that do what the layer and its normalization did.

    Parameters
    ----------
    kernel : ndarray (..., channels)
        Of a layer without a bias; the others are (channels,).

    >>> fold(np.ones((1, 2)), np.array([2.0, 1]), np.zeros(2), np.ones(2),
    ...      np.array([3.0, 0]), 1.0)
    (array([[1., 1.]]), array([-1., -1.]))
    """
    gain = gamma / np.sqrt(variance + epsilon)
    return kernel * gain, beta - gain * mean


def unfolded(model, x):
    """A double of a Keras model whose normalizations the converter cannot fold.

    Each becomes a multiplication and an addition, and what lies between is rounded to
    eight bits; its range is seen in ``x``. Layers of one shape share their ranges.
    """
    import keras
    import tensorflow as tf
    from keras import layers

    norms = [one for one in model.layers if isinstance(one, layers.BatchNormalization)]
    seen = keras.Model(model.inputs[0], [one.input for one in norms])(x)
    seen = seen if isinstance(seen, list) else [seen]
    most = {}
    for norm, before in zip(norms, seen, strict=True):
        unit = np.ones((1, norm.gamma.shape[0]), np.float32)
        gain, shift = fold(unit, *norm.get_weights(), norm.epsilon)
        steps = [np.asarray(before), before * gain, before * gain + shift]
        here = np.array([np.abs(step).max() for step in steps])
        most[norm.output.shape] = np.maximum(most.get(norm.output.shape, 0), here)

    def round_to(values, limit):
        limit = float(limit)
        return tf.quantization.fake_quant_with_min_max_args(values, -limit, limit)

    class Apart(layers.Layer):
        def __init__(self, norm):
            super().__init__()
            unit = np.ones((1, norm.gamma.shape[0]), np.float32)
            self.gain, self.shift = fold(unit, *norm.get_weights(), norm.epsilon)
            self.limits = most[norm.output.shape]

        def call(self, values):
            values = round_to(values, self.limits[0])
            values = round_to(values * self.gain, self.limits[1])
            return round_to(values + self.shift, self.limits[2])

    def call(operation, *args, **named):
        if isinstance(operation, layers.BatchNormalization):
            return Apart(operation)(args[0])
        return operation(*args, **named)

    plain = keras.Model(model.inputs[0], model.outputs[0])  # of a Sequential as well
    return keras.models.clone_model(
        plain, clone_function=lambda layer: layer, call_function=call
    )
