"""One float32 operator in NumPy, as ``run`` has them for int8."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph.arithmetic import bias_values, float_limits
from tinyml_course.graph.model import Graph, Operator
from tinyml_course.graph.operands import Values, axes_of, operands
from tinyml_course.kernels import float32

__all__ = ["FLOAT_RUNS"]


def _weighted(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    """Convolutions and the fully connected layer."""
    o, weights = op.options, graph.tensors[op.inputs[1]].data
    x = values[op.inputs[0]]
    fixed = (weights, bias_values(graph, op), *float_limits(op))
    if op.kind == "fully_connected":
        return float32.fully_connected(x.reshape(-1, weights.shape[1]), *fixed)
    return getattr(float32, op.kind)(
        x[:, 0],
        *fixed,
        strides=(int(o["stride_h"]), int(o["stride_w"])),
        dilations=(int(o["dilation_h"]), int(o["dilation_w"])),
        same=o["padding"] == 0,
    )


def _pool(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    o = op.options
    return getattr(float32, op.kind)(
        values[op.inputs[0]][:, 0],
        *float_limits(op),
        pool=(int(o["filter_height"]), int(o["filter_width"])),
        strides=(int(o["stride_h"]), int(o["stride_w"])),
        same=o["padding"] == 0,
    )


def _binary(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    a, b = operands(graph, op, values)
    with np.errstate(over="ignore"):
        y = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}[op.kind]
        return float32.clamp(y(a, b), *float_limits(op))


def _clamp(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    return float32.clamp(values[op.inputs[0]], *float_limits(op))


def _unary(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    return getattr(float32, op.kind)(values[op.inputs[0]])


def _softmax(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    return float32.softmax(values[op.inputs[0]], op.options["beta"])


def _mean(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    x = values[op.inputs[0]]
    return float32.mean(x, axes_of(graph, op, 1, x.ndim - 1))


def _converted(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    """Float32 to int8, or int8 to float32; the int8 side has the scale."""
    x = op.inputs[0]
    side = graph.tensors[op.outputs[0] if op.kind == "quantize" else x]
    convert = getattr(float32, op.kind)
    return convert(values[x], side.scale[0], side.zero_point[0])


FLOAT_RUNS = {
    "add": _binary,
    "average_pool2d": _pool,
    "conv2d": _weighted,
    "depthwise_conv2d": _weighted,
    "dequantize": _converted,
    "fully_connected": _weighted,
    "logistic": _unary,
    "max_pool2d": _pool,
    "mean": _mean,
    "multiply": _binary,
    "quantize": _converted,
    "relu": _clamp,
    "relu6": _clamp,
    "softmax": _softmax,
    "subtract": _binary,
    "tanh": _unary,
}
"""What computes; what only moves values is the same for all types."""
