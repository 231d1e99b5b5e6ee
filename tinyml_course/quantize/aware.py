"""Quantization-aware training: a model comes in, its double that rounds goes out."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tinyml_course.errors import ModelError

if TYPE_CHECKING:
    import keras

__all__ = ["aware"]

MOMENTUM = 0.9  # of the moving ranges of the activations


def aware(model: keras.Model, bits: int = 8) -> keras.Model:
    """A double of ``model`` that computes with rounded weights and activations.

    The two share their weights: train the double, and ``model`` has learned to live
    with the rounding; then convert ``model`` with :func:`to_int8`. Weights of dense and
    convolution layers are rounded per output channel to the symmetric range that
    :func:`to_int8` uses; activations to their range while training, a moving average.
    Rounding has no slope, so its gradient is taken as 1: the straight-through estimator
    (Bengio et al. 2013; Jacob et al. 2018, section 3).

    Parameters
    ----------
    model : keras.Model
        A functional or sequential model.
    bits : int
        2 to 8. Below 8 the double shows what fewer bits would cost: a simulation, for
        the board computes with 8.

    Raises
    ------
    ModelError
        If ``bits`` is out of range or the model is a subclass with a ``call`` of its
        own, in which the layers cannot be found.

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.set_weights([np.float32([[1.0], [0.3]]), np.float32([0.0])])
    >>> float(aware(model, bits=2)(np.float32([[0.0, 1.0]]))[0, 0])  # of -1, 0 and 1
    0.0
    """
    import keras

    if not 2 <= bits <= 8:
        raise ModelError(f"bits is {bits}; expected 2 to 8. Take 8 for the board.")
    try:
        ends = [
            ends[0] if len(ends) == 1 else ends
            for ends in (model.inputs, model.outputs)
        ]
        plain = keras.Model(*ends)
    except (AttributeError, TypeError, ValueError):
        raise ModelError(
            "Only functional and sequential models have a double; received "
            f"{type(model).__name__}. Build it with keras.Model(inputs, outputs)."
        ) from None
    rounded = _rounded()

    def call(operation, *args, **kwargs):
        if isinstance(operation, keras.layers.Layer):
            operation = rounded(operation, bits)
        return operation(*args, **kwargs)

    return keras.models.clone_model(
        plain, clone_function=lambda layer: layer, call_function=call
    )


@functools.cache
def _rounded() -> type:
    """The wrapper's class; Keras is imported when a double is made, not before."""
    import keras
    from keras import ops

    layers = keras.layers
    # After these the converter stores a tensor; what only moves values needs no range.
    stored = (layers.ReLU, layers.Activation, layers.LeakyReLU, layers.Add)
    dense = (layers.Dense, layers.Conv1D, layers.Conv2D)

    def nearest(x):
        return x + ops.stop_gradient(ops.round(x) - x)

    class Rounded(layers.Wrapper):
        """A layer whose weights, and whose output where it is stored, are rounded."""

        def __init__(self, layer, bits: int):
            super().__init__(layer, name=f"rounded_{layer.name}")
            self.bits = bits
            self.weighted = isinstance(layer, (*dense, layers.DepthwiseConv2D))
            plain = getattr(layer, "activation", None) in (None, _linear())
            self.ranged = isinstance(layer, stored) or (self.weighted and not plain)

        def build(self, *shapes, **named) -> None:
            if not self.layer.built:
                self.layer.build(*shapes, **named)
            if self.ranged:
                self.low = self.add_weight(name="low", initializer="zeros")
                self.high = self.add_weight(name="high", initializer="zeros")
                for edge in (self.low, self.high):
                    edge.trainable = False
            self.built = True

        def call(self, *args, training: bool = False, **kwargs):
            if self.weighted:
                out = self._weighted(args[0])
            else:
                if self.layer._call_has_training_arg:
                    kwargs["training"] = training
                out = self.layer(*args, **kwargs)
            return self._stored(out, training) if self.ranged else out

        def _weighted(self, x):
            layer, kernel = self.layer, self._kernel()
            if isinstance(layer, layers.Dense):
                out = ops.matmul(x, kernel)
            else:
                deep = isinstance(layer, layers.DepthwiseConv2D)
                convolve = ops.depthwise_conv if deep else ops.conv
                out = convolve(
                    x,
                    kernel,
                    strides=tuple(layer.strides),
                    padding=layer.padding,
                    dilation_rate=layer.dilation_rate,
                )
            if layer.use_bias:
                out = out + ops.reshape(layer.bias, (-1,))
            return layer.activation(out) if layer.activation else out

        def _kernel(self):
            """Weights on the grid: per output channel, symmetric, zero stays zero."""
            kernel = ops.convert_to_tensor(self.layer.kernel)
            channels = 2 if isinstance(self.layer, layers.DepthwiseConv2D) else 1
            axes = tuple(range(len(kernel.shape) - channels))
            most = 2 ** (self.bits - 1) - 1
            scale = ops.max(ops.abs(kernel), axis=axes, keepdims=True) / most
            scale = ops.stop_gradient(ops.maximum(scale, 1e-12))
            return nearest(kernel / scale) * scale

        def _stored(self, out, training: bool):
            low, high = self.low, self.high
            if training:
                # A range holds zero, as the converter's do; the first batch sets it.
                least = ops.minimum(ops.min(out), 0.0)
                most = ops.maximum(ops.max(out), 0.0)
                new = ops.equal(high, low)
                low = ops.where(new, least, MOMENTUM * low + (1 - MOMENTUM) * least)
                high = ops.where(new, most, MOMENTUM * high + (1 - MOMENTUM) * most)
                low, high = ops.stop_gradient(low), ops.stop_gradient(high)
                self.low.assign(low)
                self.high.assign(high)
            scale = (high - low) / (2**self.bits - 1)
            safe = ops.where(scale > 0, scale, 1.0)
            grid = nearest((ops.clip(out, low, high) - low) / safe) * safe + low
            return ops.where(scale > 0, grid, out)  # no range seen yet: as it is

    return Rounded


def _linear():
    import keras

    return keras.activations.linear
