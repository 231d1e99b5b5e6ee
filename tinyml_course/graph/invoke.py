"""Run a graph in NumPy: inputs come in, the outputs TFLM gives go out."""

from __future__ import annotations

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.graph.model import Graph, row_shape
from tinyml_course.graph.run import run

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
            f"The inputs are {x.dtype}, expected {tensor.dtype}. Convert them with "
            "graph.tensors[graph.inputs[0]].quantize(x)."
        )
    inner = row_shape(tensor.shape)
    fits = x.ndim >= 1 and x.shape[1:] in (inner, tensor.shape)
    if not fits or not len(x):
        raise DataError(
            f"The inputs have shape {x.shape}, expected (n, "
            f"{', '.join(map(str, inner))}) with n of 1 or more."
        )
    return x.reshape(len(x), *inner)


def invoke(
    graph: Graph, *inputs: np.ndarray, all_tensors: bool = False
) -> np.ndarray | list[np.ndarray] | dict[int, np.ndarray]:
    """Run ``graph`` on ``inputs`` (n, ...) of its types, one array per input.

    Returns the output (n, ...); a list where the model has several; with
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
        for index, y in zip(op.outputs, run(graph, op, values), strict=True):
            values[index] = y.reshape(n, *graph.tensors[index].shape)
    if all_tensors:
        return values
    outputs = [
        values[i].reshape(n, *row_shape(graph.tensors[i].shape)) for i in graph.outputs
    ]
    return outputs[0] if len(outputs) == 1 else outputs
