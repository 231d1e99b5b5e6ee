"""Run a graph in NumPy: int8 inputs come in, the int8 outputs TFLM gives go out."""

from __future__ import annotations

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


def _add_operands(
    graph: Graph, op: Operator, values: dict[int, np.ndarray]
) -> list[np.ndarray]:
    """Both operands of an addition as (n or 1, *shape), of one rank."""
    rank = len(graph.tensors[op.outputs[0]].shape)
    operands = []
    for index in op.inputs:
        shape = graph.tensors[index].shape
        x = graph.tensors[index].data if graph.is_constant(index) else values[index]
        operands.append(x.reshape(-1, *(1,) * (rank - len(shape)), *shape))
    return operands


def _run(graph: Graph, op: Operator, values: dict[int, np.ndarray]) -> np.ndarray:
    """One operator on arrays (n, *tensor shape); its output before the last reshape."""
    tensors = [graph.tensors[i] if i >= 0 else None for i in op.inputs]
    x, y, o = tensors[0], graph.tensors[op.outputs[0]], op.options
    if op.kind == "reshape":
        return values[x.index]
    if op.kind == "softmax":
        parameters = kernels.softmax_parameters(x.scale[0], o["beta"])
        return kernels.softmax(values[x.index], parameters)
    low, high = activation_range(op, y)
    limits = {"activation_min": low, "activation_max": high}
    if op.kind == "add":
        b = tensors[1]
        return kernels.add(
            *_add_operands(graph, op, values),
            zero_point_1=x.zero_point[0],
            zero_point_2=b.zero_point[0],
            output_zero_point=y.zero_point[0],
            parameters=kernels.add_parameters(x.scale[0], b.scale[0], y.scale[0]),
            **limits,
        )
    if op.kind in ("max_pool2d", "average_pool2d"):
        return getattr(kernels, op.kind)(
            values[x.index][:, 0],
            pool=(int(o["filter_height"]), int(o["filter_width"])),
            strides=(int(o["stride_h"]), int(o["stride_w"])),
            same=o["padding"] == 0,
            **limits,
        )
    multiplier, shift = output_factors(graph, op)
    weights, bias = tensors[1].data, bias_values(graph, op)
    common = {
        "input_zero_point": x.zero_point[0],
        "output_zero_point": y.zero_point[0],
        "multiplier": multiplier,
        "shift": shift,
        **limits,
    }
    if op.kind == "fully_connected":
        rows = values[x.index].reshape(-1, weights.shape[1])
        return kernels.fully_connected(rows, weights, bias, **common)
    return getattr(kernels, op.kind)(
        values[x.index][:, 0],
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

    >>> from tinyml_course import datasets, graph
    >>> model = graph.read(datasets.model_path("digits_cnn"))
    >>> invoke(model, np.zeros((5, 8, 8, 1), np.int8)).shape
    (5, 10)
    """
    if len(inputs) != len(graph.inputs):
        raise DataError(
            f"The model has {len(graph.inputs)} inputs, {len(inputs)} were given."
        )
    arrays = [check_input(graph, x, number) for number, x in enumerate(inputs)]
    n = len(arrays[0])
    if any(len(x) != n for x in arrays):
        raise DataError("The inputs differ in length; expected one row each.")
    values = {
        index: x.reshape(n, *graph.tensors[index].shape)
        for index, x in zip(graph.inputs, arrays, strict=True)
    }
    for op in graph.operators:
        y = graph.tensors[op.outputs[0]]
        values[y.index] = _run(graph, op, values).reshape(n, *y.shape)
    if all_tensors:
        return values
    outputs = [
        values[i][:, 0] if graph.tensors[i].shape[0] == 1 else values[i]
        for i in graph.outputs
    ]
    return outputs[0] if len(outputs) == 1 else outputs
