"""What a fully connected layer and a softmax demand; their MACs."""

from __future__ import annotations

import math

from tinyml_course.graph.checks.layer import Layer

__all__ = ["fully_connected", "softmax"]


def fully_connected(layer: Layer) -> int:
    """Rows of inputs times a constant matrix."""
    layer.counts((2, 3))
    x = layer.activation(layer.inputs[0], "input")
    w = layer.inputs[1]
    layer.demand(w is not None and len(w.shape) == 2, "its weights have no two axes")
    outputs, inputs = w.shape
    layer.weights(outputs, axis=0, rank=2)
    layer.bias(outputs)
    layer.fused()
    layer.demand(
        layer.options["weights_format"] == 0, "its weights are in a shuffled format"
    )
    layer.demand(
        x.size % inputs == 0,
        f"its input of {x.size} values is no multiple of its {inputs} weights",
    )
    rows = x.size // inputs
    y = layer.activation(layer.outputs[0], "output")
    layer.demand(
        y.size == rows * outputs and y.shape[-1] == outputs,
        f"its output has shape {y.shape}, but {(rows, outputs)} follows",
    )
    layer.rescaled(x, y)
    return rows * inputs * outputs


def softmax(layer: Layer) -> int:
    """Probabilities along the last axis, in int8 in steps of 1/256."""
    layer.counts((1,))
    x = layer.activation(layer.inputs[0], "input")
    y = layer.output(x.shape)
    layer.demand(
        len(x.shape) >= 1 and x.shape[-1] < 4096,
        f"its input has shape {x.shape}, expected 1 to 4,095 classes",
    )
    beta = layer.options["beta"]
    layer.demand(0 < beta < 1e6, f"its beta is {beta:g}")
    if layer.is_float:
        return 0
    layer.demand(
        math.isclose(y.scale[0], 1 / 256) and y.zero_point[0] == -128,
        f"its output has scale {y.scale[0]:g} and zero point {y.zero_point[0]}, "
        "expected 1/256 and -128",
    )
    layer.demand(
        beta * x.scale[0] * 2**26 > 1, f"its input has the scale {x.scale[0]:g}"
    )
    return 0
