"""What operators demand that work on each element alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.graph.checks.layer import Layer

if TYPE_CHECKING:
    from tinyml_course.graph.model import Tensor

__all__ = [
    "add",
    "dequantize",
    "extreme",
    "fixed_output",
    "hard_swish",
    "leaky_relu",
    "multiply",
    "quantize",
    "relu6",
    "rescale",
]


def _operands(layer: Layer) -> tuple[int, ...]:
    """Check the two inputs; the shape that their broadcasting gives."""
    layer.counts((2,))
    a = layer.activation(layer.inputs[0], "first input")
    b = layer.activation(layer.inputs[1], "second input")
    layer.demand(a.data is None or b.data is None, "both its inputs are constants")
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        shape = ()
    layer.demand(
        1 <= len(shape) <= 4,
        f"shapes {a.shape} and {b.shape} do not broadcast to 1 to 4 axes",
    )
    return shape


def add(layer: Layer) -> int:
    """Addition and subtraction: both inputs at twice the larger scale over 2**20."""
    y = layer.output(_operands(layer))
    layer.fused()
    a, b = layer.inputs
    if not layer.is_float:
        layer.factor(2 * max(a.scale[0], b.scale[0]) / y.scale[0], limit=2.0**20)
    return 0


def multiply(layer: Layer) -> int:
    """Multiplication."""
    y = layer.output(_operands(layer))
    layer.fused()
    a, b = layer.inputs
    if not layer.is_float:
        layer.factor(a.scale[0] * b.scale[0] / y.scale[0])
    return 0


def extreme(layer: Layer) -> int:
    """Maximum and minimum, which compare the integers as they stand."""
    y = layer.output(_operands(layer))
    for x in layer.inputs:
        layer.same_scale(x, y)
    return 0


def _unary(layer: Layer) -> tuple[Tensor, Tensor]:
    """An operator whose output depends on the one element alone."""
    layer.counts((1,))
    x = layer.activation(layer.inputs[0], "input")
    layer.demand(x.data is None, "its input is a constant")
    return x, layer.output(x.shape)


def rescale(layer: Layer) -> int:
    """Another scale, and perhaps no negative values (ReLU)."""
    x, y = _unary(layer)
    if not layer.is_float:
        layer.factor(x.scale[0] / y.scale[0])
    return 0


def _converted(layer: Layer, dtypes: tuple[str, str]) -> None:
    """Shapes and types of quantize and dequantize; the int8 side has a scale."""
    layer.counts((1,))
    x, y = layer.inputs[0], layer.outputs[0]
    layer.demand(x.data is None, "its input is a constant")
    layer.demand(
        (x.dtype, y.dtype) == dtypes and x.shape == y.shape,
        f"it turns {x.shape} {x.dtype} into {y.shape} {y.dtype}, expected "
        f"{' into '.join(dtypes)} of one shape",
    )
    layer.quantized(x if x.dtype == "int8" else y, "int8 side")


def quantize(layer: Layer) -> int:
    """Float32 becomes int8."""
    _converted(layer, ("float32", "int8"))
    return 0


def dequantize(layer: Layer) -> int:
    """Int8 becomes float32."""
    _converted(layer, ("int8", "float32"))
    return 0


def relu6(layer: Layer) -> int:
    """Input and output have one scale."""
    layer.same_scale(*_unary(layer))
    return 0


def leaky_relu(layer: Layer) -> int:
    """Another scale and a slope."""
    alpha = layer.options["alpha"]
    layer.demand(0 <= alpha < 1e6, f"its slope is {alpha:g}")
    x, y = _unary(layer)
    layer.factor(max(1, alpha) * x.scale[0] / y.scale[0])
    return 0


def hard_swish(layer: Layer) -> int:
    """Computed in steps of the input's scale over 128."""
    x, y = _unary(layer)
    layer.factor(x.scale[0] / y.scale[0], limit=128)
    layer.demand(x.scale[0] < 2**24, f"its input has the scale {x.scale[0]:g}")
    return 0


def fixed_output(scale: float, zero_point: int):
    """The operator itself settles the scale of its output."""

    def check(layer: Layer) -> int:
        _, y = _unary(layer)
        if layer.is_float:
            return 0
        layer.demand(
            math.isclose(y.scale[0], scale) and y.zero_point[0] == zero_point,
            f"its output has scale {y.scale[0]:g} and zero point {y.zero_point[0]}, "
            f"expected 1/{round(1 / scale)} and {zero_point}",
        )
        return 0

    return check
