"""One operator as C: its constants and the one call that runs it."""

from __future__ import annotations

import numpy as np

from tinyml_course import kernels
from tinyml_course.export.text import array, struct
from tinyml_course.graph import (
    Graph,
    Operator,
    activation_range,
    bias_values,
    output_factors,
)
from tinyml_course.kernels.convolution import same_padding

__all__ = ["layer_source"]

Fields = dict[str, object]


def _window(graph: Graph, op: Operator) -> Fields:
    """The fields of a ``tc_window``."""
    _, in_h, in_w, in_c = graph.tensors[op.inputs[0]].shape
    _, out_h, out_w, out_c = graph.tensors[op.outputs[0]].shape
    o = op.options
    if "filter_height" in o:
        kernel = (int(o["filter_height"]), int(o["filter_width"]))
    else:
        kernel = graph.tensors[op.inputs[1]].shape[1:3]
    stride = (int(o["stride_h"]), int(o["stride_w"]))
    dilation = (int(o.get("dilation_h", 1)), int(o.get("dilation_w", 1)))
    pad = [
        same_padding(size, k, s, d, same=o["padding"] == 0)[0]
        for size, k, s, d in zip((in_h, in_w), kernel, stride, dilation, strict=True)
    ]
    return {
        "in_h": in_h,
        "in_w": in_w,
        "in_c": in_c,
        "out_h": out_h,
        "out_w": out_w,
        "out_c": out_c,
        "kernel_h": kernel[0],
        "kernel_w": kernel[1],
        "stride_h": stride[0],
        "stride_w": stride[1],
        "dilation_h": dilation[0],
        "dilation_w": dilation[1],
        "pad_top": pad[0],
        "pad_left": pad[1],
    }


def _weighted(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    """Weights, bias and output scaling of a convolution or fully connected layer."""
    number = f"{op.index:02d}"
    multiplier, shift = output_factors(graph, op)
    low, high = activation_range(op, graph.tensors[op.outputs[0]])
    weights = graph.tensors[op.inputs[1]]
    for ctype, key, values in (
        ("int8_t", f"weights_{weights.index}", weights.data),
        ("int32_t", f"bias_{number}", bias_values(graph, op)),
        ("int32_t", f"multiplier_{number}", multiplier),
        ("int8_t", f"shift_{number}", shift),
    ):
        constants[key] = array(ctype, key, values)
    return {
        "input_zero_point": graph.tensors[op.inputs[0]].zero_point[0],
        "weights": f"weights_{weights.index}",
        "bias": f"bias_{number}",
        "output": {
            "multiplier": f"multiplier_{number}",
            "shift": f"shift_{number}",
            "zero_point": graph.tensors[op.outputs[0]].zero_point[0],
            "low": low,
            "high": high,
        },
    }


def _convolution(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    return {"window": _window(graph, op), **_weighted(graph, op, constants)}


def _fully_connected(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    outputs, inputs = graph.tensors[op.inputs[1]].shape
    return {
        "rows": graph.tensors[op.inputs[0]].size // inputs,
        "inputs": inputs,
        "outputs": outputs,
        "per_channel": int(len(graph.tensors[op.inputs[1]].scale) > 1),
        **_weighted(graph, op, constants),
    }


def _pool2d(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    low, high = activation_range(op, graph.tensors[op.outputs[0]])
    return {"window": _window(graph, op), "low": low, "high": high}


def _softmax(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    x = graph.tensors[op.inputs[0]]
    parameters = kernels.softmax_parameters(x.scale[0], op.options["beta"])
    depth = x.shape[-1]
    return {"rows": x.size // depth, "depth": depth, **parameters._asdict()}


def _strides(shape: tuple[int, ...], output: tuple[int, ...]) -> list[int]:
    """Elements to step along each of ``output``'s axes; 0 where ``shape`` repeats."""
    shape = (1,) * (len(output) - len(shape)) + shape
    steps = [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
    return [step if n > 1 else 0 for step, n in zip(steps, shape, strict=True)]


def _add(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    a, b = (graph.tensors[i] for i in op.inputs)
    y = graph.tensors[op.outputs[0]]
    low, high = activation_range(op, y)
    parameters = kernels.add_parameters(a.scale[0], b.scale[0], y.scale[0])
    if a.shape == b.shape:
        shape, stride_1, stride_2 = [y.size], [1], [1]
    else:
        shape = list(y.shape)
        stride_1, stride_2 = _strides(a.shape, y.shape), _strides(b.shape, y.shape)
    axes = 4 - len(shape)
    return {
        "shape": [1] * axes + shape,
        "stride_1": [0] * axes + stride_1,
        "stride_2": [0] * axes + stride_2,
        "zero_point_1": a.zero_point[0],
        "zero_point_2": b.zero_point[0],
        "output_zero_point": y.zero_point[0],
        "multiplier_1": parameters.input_1[0],
        "multiplier_2": parameters.input_2[0],
        "output_multiplier": parameters.output[0],
        "shift_1": parameters.input_1[1],
        "shift_2": parameters.input_2[1],
        "output_shift": parameters.output[1],
        "left_shift": parameters.left_shift,
        "low": low,
        "high": high,
    }


# kind -> (its structure in tc.h, the function that fills it)
_LAYERS = {
    "add": ("tc_add_layer", _add),
    "average_pool2d": ("tc_pool2d_layer", _pool2d),
    "conv2d": ("tc_conv2d_layer", _convolution),
    "depthwise_conv2d": ("tc_conv2d_layer", _convolution),
    "fully_connected": ("tc_fully_connected_layer", _fully_connected),
    "max_pool2d": ("tc_pool2d_layer", _pool2d),
    "softmax": ("tc_softmax_layer", _softmax),
}


def layer_source(graph: Graph, op: Operator, constants: dict[str, str]) -> str:
    """The C statement that runs ``op``; what it needs is added to ``constants``.

    Empty for a reshape: its output is its input's block of the arena.
    """
    if op.kind == "reshape":
        return ""
    ctype, fields = _LAYERS[op.kind]
    layer = f"layer_{op.index:02d}"
    constants[layer] = struct(ctype, layer, fields(graph, op, constants))

    def place(index: int) -> str:
        if not graph.is_constant(index):
            return f"arena + {graph.plan.offsets[index]}"
        tensor = graph.tensors[index]
        key = f"constant_{index}"
        # Before the structure: a constant is declared before its first use.
        constants[key] = array("int8_t", key, tensor.data)
        return key

    inputs = op.inputs if op.kind == "add" else op.inputs[:1]
    places = [place(index) for index in (*inputs, *op.outputs)]
    return f"tc_{op.kind}(&{layer}, {', '.join(places)});"
