"""Shapes as the fields of C structures that operators of all types share."""

from __future__ import annotations

from tinyml_course.export import moves
from tinyml_course.graph import Graph, Operator
from tinyml_course.kernels.convolution import same_padding

__all__ = ["Fields", "broadcast", "window"]

Fields = dict[str, object]
"""The name of a structure's field -> its value."""


def window(graph: Graph, op: Operator) -> Fields:
    """The fields of a ``tc_window``."""
    transposed = op.kind == "transpose_conv2d"
    _, in_h, in_w, in_c = graph.tensors[op.inputs[2 if transposed else 0]].shape
    _, out_h, out_w, out_c = graph.tensors[op.outputs[0]].shape
    slid = (out_h, out_w) if transposed else (in_h, in_w)
    o = op.options
    if "filter_height" in o:
        kernel = (int(o["filter_height"]), int(o["filter_width"]))
    else:
        kernel = graph.tensors[op.inputs[1]].shape[1:3]
    stride = (int(o["stride_h"]), int(o["stride_w"]))
    dilation = (int(o.get("dilation_h", 1)), int(o.get("dilation_w", 1)))
    pad = [
        same_padding(size, k, s, d, same=o["padding"] == 0)[0]
        for size, k, s, d in zip(slid, kernel, stride, dilation, strict=True)
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


def _strides(shape: tuple[int, ...], output: tuple[int, ...]) -> list[int]:
    """Elements to step along each of ``output``'s axes; 0 where ``shape`` repeats."""
    shape = (1,) * (len(output) - len(shape)) + shape
    steps = moves.steps(shape)
    return [step if n > 1 else 0 for step, n in zip(steps, shape, strict=True)]


def broadcast(graph: Graph, op: Operator) -> Fields:
    """The fields of a ``tc_broadcast``; equal shapes become one axis."""
    a, b = (graph.tensors[i].shape for i in op.inputs)
    y = graph.tensors[op.outputs[0]]
    if a == b:
        shape, stride_1, stride_2 = [y.size], [1], [1]
    else:
        shape, stride_1, stride_2 = (
            list(y.shape),
            _strides(a, y.shape),
            _strides(b, y.shape),
        )
    return {
        "shape": moves.four(shape, 1),
        "stride_1": moves.four(stride_1, 0),
        "stride_2": moves.four(stride_2, 0),
    }
