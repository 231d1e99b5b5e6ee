"""How far an output may reach into the input that dies with it, by operator.

The C operators of ``runtime/`` write their outputs in order. Where they also read in
order, an output may take the place of values that were read for the last time. An
output that begins ``n`` bytes before its input is safe when, for each value written,
everything that is still to be read lies behind it; :func:`lead_bytes` gives the
smallest such ``n``. Elementwise operators need no lead, a 1 x 1 convolution one pixel,
a k x k convolution about k - 1 rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.kernels.convolution import same_padding

if TYPE_CHECKING:
    from tinyml_course.graph.model import Graph, Operator

__all__ = ["lead_bytes"]

MOST_VALUES = 2**20  # of a tensor; what is larger fits no board anyway
ELEMENTWISE = frozenset(
    {
        "hard_swish",
        "leaky_relu",
        "logistic",
        "relu",
        "relu6",
        "rescale",
        "softmax",  # reads a whole row before it writes the first value of it
        "tanh",
    }
)
TWO_OPERANDS = frozenset({"add", "maximum", "minimum", "multiply", "subtract"})
WINDOWS = frozenset({"average_pool2d", "conv2d", "depthwise_conv2d", "max_pool2d"})


def lead_bytes(graph: Graph, op: Operator, index: int) -> int | None:
    """Bytes by which the output of ``op`` must begin before its input ``index``.

    None where the two must lie apart: the operator reads in another order than it
    writes, or they have no type in common.

    >>> from tinyml_course import datasets, graph
    >>> net = graph.read(datasets.model_path("digits_cnn"))
    >>> softmax = net.operators[-1]
    >>> lead_bytes(net, softmax, softmax.inputs[0])
    0
    """
    x, y = graph.tensors[index], graph.tensors[op.outputs[0]]
    if len(op.outputs) != 1 or max(x.size, y.size) > MOST_VALUES:
        return None
    if op.kind == "quantize":  # four bytes are read for each one that is written
        return 0
    if x.dtype != y.dtype or x.dtype not in ("int8", "float32"):
        return None
    values = _lead_values(graph, op, index)
    return None if values is None else values * (x.bytes // x.size)


def _lead_values(graph: Graph, op: Operator, index: int) -> int | None:
    """:func:`lead_bytes` in values of the type that input and output have."""
    x, y = graph.tensors[index], graph.tensors[op.outputs[0]]
    if op.kind in ELEMENTWISE:
        return 0
    if op.kind in TWO_OPERANDS:
        return _lead(_operand(x.shape, y.shape), 1, read_first=True)
    if index != op.inputs[0]:
        return None
    if op.kind in WINDOWS:
        return _lead(_corners(graph, op), y.shape[3])
    if op.kind == "fully_connected":
        outputs, inputs = graph.tensors[op.inputs[1]].shape
        return _lead(np.arange(y.size // outputs) * inputs, outputs)
    return None


def _lead(first_read: np.ndarray, written: int, *, read_first: bool = False) -> int:
    """The lead of an operator that makes ``written`` values in each step.

    ``first_read`` holds the first value of the input that each step reads. A step's
    reads may come after its writes, unless ``read_first`` says that they do not.
    """
    to_come = np.minimum.accumulate(first_read[::-1])[::-1].astype(np.int64)
    ends = np.arange(1, len(to_come) + 1, dtype=np.int64) * written
    if read_first:
        to_come, ends = to_come[1:], ends[:-1]
    return max(0, int(np.max(ends - to_come, initial=0)))


def _operand(shape: tuple[int, ...], output: tuple[int, ...]) -> np.ndarray:
    """The element of an operand that each element of the output needs."""
    places = np.arange(np.prod(shape, dtype=np.int64)).reshape(shape)
    return np.broadcast_to(places, output).reshape(-1)


def _corners(graph: Graph, op: Operator) -> np.ndarray:
    """The first value of the input under the window of each output pixel."""
    o = op.options
    _, in_h, in_w, in_c = graph.tensors[op.inputs[0]].shape
    _, out_h, out_w, _ = graph.tensors[op.outputs[0]].shape
    if "filter_height" in o:
        kernel = (int(o["filter_height"]), int(o["filter_width"]))
    else:
        kernel = graph.tensors[op.inputs[1]].shape[1:3]
    firsts = []
    axes = (("h", in_h, out_h, kernel[0]), ("w", in_w, out_w, kernel[1]))
    for axis, size, count, k in axes:
        stride, dilation = int(o[f"stride_{axis}"]), int(o.get(f"dilation_{axis}", 1))
        before = same_padding(size, k, stride, dilation, same=o["padding"] == 0)[0]
        starts = np.arange(count) * stride - before
        firsts.append(np.where(starts < 0, starts % dilation, starts))
    rows, columns = firsts
    return ((rows[:, None] * in_w + columns) * in_c).reshape(-1)
