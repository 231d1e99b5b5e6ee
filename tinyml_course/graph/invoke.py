"""Run a graph in NumPy: int8 inputs come in, the int8 outputs TFLM gives go out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course import kernels
from tinyml_course.errors import DataError
from tinyml_course.graph.arithmetic import (
    activation_range,
    bias_values,
    output_factors,
)
from tinyml_course.graph.model import Graph, Operator

__all__ = ["check_input", "invoke"]


def check_input(graph: Graph, x: np.ndarray, number: int = 0) -> np.ndarray:
    """``x`` as (n, *shape) of the input's dtype; (n, 1, ...) and (n, ...) are taken.

    Raises
    ------
    DataError
        If the dtype or the shape does not fit.
    """
    tensor = graph.tensors[graph.inputs[number]]
    x = np.asarray(x)
    if x.dtype != tensor.dtype:
        raise DataError(
            f"The inputs are {x.dtype}, expected {tensor.dtype}. Quantize them with "
            "graph.tensors[graph.inputs[0]].quantize(x)."
        )
    inner = tensor.shape[1:]
    fits = x.ndim >= 1 and x.shape[1:] in (inner, tensor.shape)
    if not fits or not len(x):
        raise DataError(
            f"The inputs have shape {x.shape}, expected (n, "
            f"{', '.join(map(str, inner))}) with n of 1 or more."
        )
    return x.reshape(len(x), *inner)


def _run(graph: Graph, op: Operator, values: dict[int, np.ndarray]) -> np.ndarray:
    tensors = [graph.tensors[i] if i >= 0 else None for i in op.inputs]
    x, y = tensors[0], graph.tensors[op.outputs[0]]
    if op.kind == "reshape":
        return values[x.index].reshape(-1, *y.shape[1:])
    if op.kind == "softmax":
        parameters = kernels.softmax_parameters(x.scale[0], op.options["beta"])
        return kernels.softmax(values[x.index], parameters)
    low, high = activation_range(op, y)
    limits = {"activation_min": low, "activation_max": high}
    o = op.options
    if op.kind == "add":
        a, b = (
            np.broadcast_to(t.data, values[graph.inputs[0]].shape[:1] + t.shape[1:])
            if t.data is not None
            else values[t.index]
            for t in tensors
        )
        return kernels.add(
            a,
            b,
            zero_point_1=x.zero_point[0],
            zero_point_2=tensors[1].zero_point[0],
            output_zero_point=y.zero_point[0],
            parameters=kernels.add_parameters(
                x.scale[0], tensors[1].scale[0], y.scale[0]
            ),
            **limits,
        )
    if op.kind in ("max_pool2d", "average_pool2d"):
        return getattr(kernels, op.kind)(
            values[x.index],
            pool=(int(o["filter_height"]), int(o["filter_width"])),
            strides=(int(o["stride_h"]), int(o["stride_w"])),
            same=o["padding"] == 0,
            **limits,
        )
    multiplier, shift = output_factors(graph, op)
    common = {
        "input_zero_point": x.zero_point[0],
        "output_zero_point": y.zero_point[0],
        "multiplier": multiplier,
        "shift": shift,
        **limits,
    }
    weights, bias = tensors[1].data, bias_values(graph, op)
    if op.kind == "fully_connected":
        rows = values[x.index].reshape(-1, weights.shape[1])
        flat = kernels.fully_connected(rows, weights, bias, **common)
        return flat.reshape(-1, *y.shape[1:])
    return getattr(kernels, op.kind)(
        values[x.index],
        weights,
        bias,
        strides=(int(o["stride_h"]), int(o["stride_w"])),
        dilations=(int(o["dilation_h"]), int(o["dilation_w"])),
        same=o["padding"] == 0,
        **common,
    )


def invoke(
    graph: Graph, *inputs: np.ndarray, all_tensors: bool = False
) -> np.ndarray | list[np.ndarray] | dict[int, np.ndarray]:
    """Run ``graph`` on int8 ``inputs`` (n, ...), one array per input of the model.

    Returns the output (n, ...) int8; a list where the model has several; with
    ``all_tensors``, a dictionary of every activation by its tensor number.

    >>> # y = invoke(graph, graph.tensors[graph.inputs[0]].quantize(x_test))
    """
    if len(inputs) != len(graph.inputs):
        raise DataError(
            f"The model has {len(graph.inputs)} inputs, {len(inputs)} were given."
        )
    values = {
        index: check_input(graph, x, number)
        for number, (index, x) in enumerate(zip(graph.inputs, inputs, strict=True))
    }
    for op in graph.operators:
        values[op.outputs[0]] = _run(graph, op, values)
    if all_tensors:
        return values
    outputs: Sequence[np.ndarray] = [values[i] for i in graph.outputs]
    return outputs[0] if len(outputs) == 1 else list(outputs)
