"""One operator in NumPy: arrays (n, *tensor shape) come in, its outputs go out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyml_course import kernels
from tinyml_course.graph.arithmetic import (
    activation_range,
    bias_values,
    binary_factor,
    mean_factors,
    output_factors,
    table,
)
from tinyml_course.graph.model import Graph, Operator
from tinyml_course.graph.operands import Values, axes_of, operands
from tinyml_course.graph.run_float import FLOAT_RUNS
from tinyml_course.graph.slices import nearest_neighbours, slice_of

__all__ = ["run"]

Run = Callable[[Graph, Operator, Values], np.ndarray | list[np.ndarray]]


def _limits(graph: Graph, op: Operator) -> dict[str, int]:
    low, high = activation_range(op, graph.tensors[op.outputs[0]])
    return {"activation_min": low, "activation_max": high}


def _zero_points(graph: Graph, op: Operator) -> dict[str, int]:
    a, b = (graph.tensors[i] for i in op.inputs)
    return {
        "zero_point_1": a.zero_point[0],
        "zero_point_2": b.zero_point[0],
        "output_zero_point": graph.tensors[op.outputs[0]].zero_point[0],
    }


def _add(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    a, b = (graph.tensors[i].scale[0] for i in op.inputs)
    parameters = kernels.add_parameters(a, b, graph.tensors[op.outputs[0]].scale[0])
    return kernels.add(
        *operands(graph, op, values),
        **_zero_points(graph, op),
        **_limits(graph, op),
        parameters=parameters,
        sign=-1 if op.kind == "subtract" else 1,
    )


def _multiply(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    multiplier, shift = binary_factor(graph, op)
    return kernels.multiply(
        *operands(graph, op, values),
        **_zero_points(graph, op),
        **_limits(graph, op),
        multiplier=multiplier,
        shift=shift,
    )


def _extreme(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    pick = np.maximum if op.kind == "maximum" else np.minimum
    return pick(*operands(graph, op, values))


def _table(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    return table(graph, op)[values[op.inputs[0]].astype(np.int64) + 128]


def _weighted(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    """Convolutions and the fully connected layer."""
    o, transposed = op.options, op.kind == "transpose_conv2d"
    x = graph.tensors[op.inputs[2 if transposed else 0]]
    y, weights = graph.tensors[op.outputs[0]], graph.tensors[op.inputs[1]].data
    multiplier, shift = output_factors(graph, op)
    common = {
        "input_zero_point": x.zero_point[0],
        "output_zero_point": y.zero_point[0],
        "multiplier": multiplier,
        "shift": shift,
        **_limits(graph, op),
    }
    bias = bias_values(graph, op)
    if op.kind == "fully_connected":
        rows = values[x.index].reshape(-1, weights.shape[1])
        return kernels.fully_connected(rows, weights, bias, **common)
    common["strides"] = (int(o["stride_h"]), int(o["stride_w"]))
    common["same"] = o["padding"] == 0
    if transposed:
        common["output_shape"] = y.shape[1:3]
    else:
        common["dilations"] = (int(o["dilation_h"]), int(o["dilation_w"]))
    return getattr(kernels, op.kind)(values[x.index][:, 0], weights, bias, **common)


def _pool(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    o = op.options
    return getattr(kernels, op.kind)(
        values[op.inputs[0]][:, 0],
        pool=(int(o["filter_height"]), int(o["filter_width"])),
        strides=(int(o["stride_h"]), int(o["stride_w"])),
        same=o["padding"] == 0,
        **_limits(graph, op),
    )


def _softmax(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    scale = graph.tensors[op.inputs[0]].scale[0]
    parameters = kernels.softmax_parameters(scale, op.options["beta"])
    return kernels.softmax(values[op.inputs[0]], parameters)


def _mean(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    x = graph.tensors[op.inputs[0]]
    multiplier, shift = mean_factors(graph, op)
    return kernels.mean(
        values[x.index],
        axes_of(graph, op, 1, len(x.shape)),
        input_zero_point=x.zero_point[0],
        output_zero_point=graph.tensors[op.outputs[0]].zero_point[0],
        multiplier=multiplier,
        shift=shift,
    )


def _reduce_max(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    x = graph.tensors[op.inputs[0]]
    return values[x.index].max(axis=axes_of(graph, op, 1, len(x.shape)))


def _argmax(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    x = graph.tensors[op.inputs[0]]
    (axis,) = axes_of(graph, op, 1, len(x.shape))
    return values[x.index].argmax(axis=axis).astype(np.int32)


def _reshape(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    return values[op.inputs[0]]


def _concatenation(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    rank = len(graph.tensors[op.outputs[0]].shape)
    n = max(len(values[i]) for i in op.inputs if i in values)
    parts = [np.broadcast_to(x, (n, *x.shape[1:])) for x in operands(graph, op, values)]
    return np.concatenate(parts, axis=int(op.options["axis"]) % rank + 1)


def _pack(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    rank = len(graph.tensors[op.outputs[0]].shape)
    n = max(len(values[i]) for i in op.inputs if i in values)
    parts = [
        np.broadcast_to(graph.tensors[i].data, (n, *graph.tensors[i].shape))
        if graph.is_constant(i)
        else values[i]
        for i in op.inputs
    ]
    return np.stack(parts, axis=int(op.options["axis"]) % rank + 1)


def _unpack(graph: Graph, op: Operator, values: Values) -> list[np.ndarray]:
    x = values[op.inputs[0]]
    axis = int(op.options["axis"]) % (x.ndim - 1) + 1
    return list(np.moveaxis(x, axis, 0))


def _split(graph: Graph, op: Operator, values: Values) -> list[np.ndarray]:
    sized = len(op.inputs) == 3
    x = values[op.inputs[0 if sized else 1]]
    (axis,) = axes_of(graph, op, 2 if sized else 0, x.ndim - 1)
    sizes = [graph.tensors[i].shape[axis - 1] for i in op.outputs]
    return np.split(x, np.cumsum(sizes)[:-1], axis=axis)


def _pad(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    pads = graph.tensors[op.inputs[1]].data.reshape(-1, 2)
    zero = (*graph.tensors[op.outputs[0]].zero_point, 0)[0]
    x = values[op.inputs[0]]
    return np.pad(x, [(0, 0), *pads.tolist()], constant_values=zero)


def _strided_slice(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    bounds = [graph.tensors[i].data.reshape(-1).tolist() for i in op.inputs[1:]]
    slices, _ = slice_of(graph.tensors[op.inputs[0]].shape, bounds, op.options)
    return values[op.inputs[0]][(slice(None), *slices)]


def _transpose(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    order = graph.tensors[op.inputs[1]].data.reshape(-1).tolist()
    return values[op.inputs[0]].transpose(0, *(i + 1 for i in order))


def _resize_nearest(graph: Graph, op: Operator, values: Values) -> np.ndarray:
    rows, columns = nearest_neighbours(graph, op)
    return values[op.inputs[0]][:, 0][:, rows][:, :, columns]


_RUNS: dict[str, Run] = {
    "add": _add,
    "argmax": _argmax,
    "average_pool2d": _pool,
    "concatenation": _concatenation,
    "conv2d": _weighted,
    "depthwise_conv2d": _weighted,
    "fully_connected": _weighted,
    "max_pool2d": _pool,
    "maximum": _extreme,
    "mean": _mean,
    "minimum": _extreme,
    "multiply": _multiply,
    "pack": _pack,
    "pad": _pad,
    "reduce_max": _reduce_max,
    "reshape": _reshape,
    "resize_nearest": _resize_nearest,
    "softmax": _softmax,
    "split": _split,
    "strided_slice": _strided_slice,
    "subtract": _add,
    "transpose": _transpose,
    "transpose_conv2d": _weighted,
    "unpack": _unpack,
}


def run(graph: Graph, op: Operator, values: Values) -> list[np.ndarray]:
    """The outputs of ``op``, one array an output.

    What works on each element alone (a ReLU, a tanh ...) is a table of 256 values.
    """
    chosen = _RUNS.get(op.kind, _table)
    if graph.is_float(op):
        chosen = FLOAT_RUNS.get(op.kind, chosen)
    outputs = chosen(graph, op, values)
    return outputs if isinstance(outputs, list) else [outputs]
