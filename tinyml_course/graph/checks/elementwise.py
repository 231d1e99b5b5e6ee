"""What operators demand that work on each element alone."""

from __future__ import annotations

import math

import numpy as np

from tinyml_course.graph.checks.layer import Layer

__all__ = ["binary", "extreme", "fixed_output", "leaky_relu", "relu6", "unary"]


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


def binary(layer: Layer) -> int:
    """Addition, subtraction, multiplication."""
    shape = _operands(layer)
    layer.fused()
    layer.output(shape)
    return 0


def extreme(layer: Layer) -> int:
    """Maximum and minimum, which compare the integers as they stand."""
    y = layer.output(_operands(layer))
    for x in layer.inputs:
        layer.same_scale(x, y)
    return 0


def unary(layer: Layer) -> int:
    """An operator whose output depends on the one element alone."""
    layer.counts((1,))
    x = layer.activation(layer.inputs[0], "input")
    layer.demand(x.data is None, "its input is a constant")
    layer.output(x.shape)
    return 0


def relu6(layer: Layer) -> int:
    """As :func:`unary`, with one scale for input and output."""
    unary(layer)
    layer.same_scale(layer.inputs[0], layer.outputs[0])
    return 0


def leaky_relu(layer: Layer) -> int:
    """As :func:`unary`, with a slope."""
    alpha = layer.options["alpha"]
    layer.demand(0 <= alpha < 1e6, f"its slope is {alpha:g}")
    return unary(layer)


def fixed_output(scale: float, zero_point: int):
    """As :func:`unary`, for an output whose scale the operator itself settles."""

    def check(layer: Layer) -> int:
        unary(layer)
        y = layer.outputs[0]
        layer.demand(
            math.isclose(y.scale[0], scale) and y.zero_point[0] == zero_point,
            f"its output has scale {y.scale[0]:g} and zero point {y.zero_point[0]}, "
            f"expected 1/{round(1 / scale)} and {zero_point}",
        )
        return 0

    return check
