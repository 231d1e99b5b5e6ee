"""What operators demand that make one value of many."""

from __future__ import annotations

from tinyml_course.graph.checks.layer import Layer
from tinyml_course.graph.model import Tensor

__all__ = ["argmax", "mean", "reduce_max"]


def _reduced(layer: Layer) -> Tensor:
    """Check the input, the axes and the output's shape."""
    layer.counts((2,))
    x = layer.activation(layer.inputs[0], "input")
    layer.demand(x.data is None, "its input is a constant")
    layer.demand(1 <= len(x.shape) <= 4, f"its input has {len(x.shape)} axes, not 1-4")
    axes = {layer.axis(int(a), len(x.shape)) for a in layer.constant(1, "axes")}
    layer.demand(bool(axes), "it names no axis")
    if layer.options["keep_dims"]:
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    else:
        shape = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    layer.output(shape)
    return x


def mean(layer: Layer) -> int:
    """The mean over some axes."""
    x = _reduced(layer)
    if not layer.is_float:
        layer.factor(x.scale[0] / layer.outputs[0].scale[0])
    return 0


def reduce_max(layer: Layer) -> int:
    """The largest over some axes, as the integers stand."""
    layer.same_scale(_reduced(layer), layer.outputs[0])
    return 0


def argmax(layer: Layer) -> int:
    """Where the largest along one axis is."""
    layer.counts((2,))
    x = layer.activation(layer.inputs[0], "input")
    layer.demand(x.data is None, "its input is a constant")
    axes = layer.constant(1, "axis")
    layer.demand(len(axes) == 1, f"it names {len(axes)} axes, expected one")
    axis = layer.axis(int(axes[0]), len(x.shape))
    y = layer.outputs[0]
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    layer.demand(
        y.dtype == "int32" and y.shape == shape,
        f"its output is {y.shape} {y.dtype}, expected {shape} int32",
    )
    return 0
