"""What an operator works on in NumPy: its arrays and axes, n in front."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph.model import Graph, Operator

__all__ = ["Values", "axes_of", "operands"]

Values = dict[int, np.ndarray]
"""A tensor's number -> its array (n, *shape)."""


def operands(graph: Graph, op: Operator, values: Values) -> list[np.ndarray]:
    """The inputs as (n or 1, *shape), of the output's rank."""
    rank = len(graph.tensors[op.outputs[0]].shape)
    operands = []
    for index in op.inputs:
        shape = graph.tensors[index].shape
        x = graph.tensors[index].data if graph.is_constant(index) else values[index]
        operands.append(x.reshape(-1, *(1,) * (rank - len(shape)), *shape))
    return operands


def axes_of(graph: Graph, op: Operator, place: int, rank: int) -> tuple[int, ...]:
    """Constant axes of a tensor, as axes of an array with n in front."""
    axes = graph.tensors[op.inputs[place]].data.reshape(-1)
    return tuple(sorted({int(a) % rank + 1 for a in axes}))
