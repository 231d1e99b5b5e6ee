"""One float32 operator as C: the fields of its structure in ``tc_float.h``."""

from __future__ import annotations

from tinyml_course.export import moves
from tinyml_course.export.shapes import Fields, broadcast, window
from tinyml_course.export.text import array, floating
from tinyml_course.graph import Graph, Operator, bias_values, float_limits

__all__ = ["FLOAT_LAYERS", "USE_EXP"]


def _limits(op: Operator) -> Fields:
    low, high = float_limits(op)
    return {"low": floating(low), "high": floating(high)}


def _weighted(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    weights = graph.tensors[op.inputs[1]]
    keys = (f"weights_{weights.index}", f"bias_{op.index:02d}")
    for key, values in zip(keys, (weights.data, bias_values(graph, op)), strict=True):
        constants[key] = array("float", key, values)
    return {"weights": keys[0], "bias": keys[1], **_limits(op)}


def _convolution(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    return {"window": window(graph, op), **_weighted(graph, op, constants)}


def _fully_connected(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    outputs, inputs = graph.tensors[op.inputs[1]].shape
    return {
        "rows": graph.tensors[op.inputs[0]].size // inputs,
        "inputs": inputs,
        "outputs": outputs,
        **_weighted(graph, op, constants),
    }


def _pool2d(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    return {"window": window(graph, op), **_limits(op)}


def _softmax(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    x = graph.tensors[op.inputs[0]]
    depth = x.shape[-1]
    beta = floating(op.options["beta"])
    return {"rows": x.size // depth, "depth": depth, "beta": beta}


def _binary(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    sign = floating(-1 if op.kind == "subtract" else 1)
    return {"operands": broadcast(graph, op), "sign": sign, **_limits(op)}


def _unary(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    return {"size": graph.tensors[op.outputs[0]].size, **_limits(op)}


def _mean(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    return {**moves.reduction(graph, op), "count": floating(x.size // y.size)}


def _converted(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    side = graph.tensors[op.outputs[0] if op.kind == "quantize" else op.inputs[0]]
    return {
        "size": side.size,
        "scale": floating(side.scale[0]),
        "zero_point": side.zero_point[0],
    }


# kind -> (its structure, its C file, the function that fills the structure)
FLOAT_LAYERS = {
    "add": ("tc_float_binary_layer", "float_add", _binary),
    "average_pool2d": ("tc_float_pool2d_layer", "float_average_pool2d", _pool2d),
    "conv2d": ("tc_float_conv2d_layer", "float_conv2d", _convolution),
    "depthwise_conv2d": (
        "tc_float_conv2d_layer",
        "float_depthwise_conv2d",
        _convolution,
    ),
    "dequantize": ("tc_float_scale_layer", "float_dequantize", _converted),
    "fully_connected": (
        "tc_float_fully_connected_layer",
        "float_fully_connected",
        _fully_connected,
    ),
    "logistic": ("tc_float_unary_layer", "float_logistic", _unary),
    "max_pool2d": ("tc_float_pool2d_layer", "float_max_pool2d", _pool2d),
    "mean": ("tc_float_mean_layer", "float_mean", _mean),
    "multiply": ("tc_float_binary_layer", "float_multiply", _binary),
    "quantize": ("tc_float_scale_layer", "float_quantize", _converted),
    "relu": ("tc_float_unary_layer", "float_clamp", _unary),
    "relu6": ("tc_float_unary_layer", "float_clamp", _unary),
    "softmax": ("tc_float_softmax_layer", "float_softmax", _softmax),
    "subtract": ("tc_float_binary_layer", "float_add", _binary),
    "tanh": ("tc_float_unary_layer", "float_tanh", _unary),
}

USE_EXP = ("float_logistic", "float_softmax", "float_tanh")
"""Files that call ``tc_float_exp``."""
