"""Operators that move values as C: blocks copied from one place to another.

Concatenation, padding, slicing, splitting, stacking and transposing all become calls of
``tc_copy``, which knows a start and four strides on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinyml_course.export.text import struct
from tinyml_course.graph import Graph, Operator, slice_of

__all__ = ["KINDS", "four", "reduction", "statements", "steps"]

KINDS = (
    "concatenation",
    "pack",
    "pad",
    "split",
    "strided_slice",
    "transpose",
    "unpack",
)


def steps(shape: Sequence[int]) -> list[int]:
    """Elements between neighbours along each axis of a dense array.

    >>> steps((2, 3, 4))
    [12, 4, 1]
    """
    strides = [1]
    for n in reversed(shape[1:]):
        strides.insert(0, strides[0] * n)
    return strides[: len(shape)]


def four(values: Sequence[int], filler: int) -> list[int]:
    """Up to four values with ``filler`` in front.

    >>> four([5], 1)
    [1, 1, 1, 5]
    """
    return [filler] * (4 - len(values)) + list(values)


def _block(
    shape: Sequence[int],
    source: tuple[int, Sequence[int]],
    target: tuple[int, Sequence[int]],
) -> dict[str, object]:
    """The fields of a ``tc_copy_layer``; each side is (start, strides)."""
    return {
        "shape": four(shape, 1),
        "from": source[0],
        "from_stride": four(source[1], 0),
        "to": target[0],
        "to_stride": four(target[1], 0),
    }


def _joined(graph: Graph, op: Operator) -> list[dict[str, object]]:
    """Concatenation and stacking: each input is a part of the output."""
    y = graph.tensors[op.outputs[0]].shape
    axis = int(op.options["axis"]) % len(y)
    blocks, start = [], 0
    for index in op.inputs:
        shape = list(graph.tensors[index].shape)
        if op.kind == "pack":
            shape.insert(axis, 1)
        blocks.append(
            _block(shape, (0, steps(shape)), (start * steps(y)[axis], steps(y)))
        )
        start += shape[axis]
    return blocks


def _cut(graph: Graph, op: Operator) -> list[dict[str, object]]:
    """Splitting and unstacking: each output is a part of the input."""
    if op.kind == "unpack":
        x = graph.tensors[op.inputs[0]].shape
        axis = int(op.options["axis"]) % len(x)
    else:
        sized = len(op.inputs) == 3
        x = graph.tensors[op.inputs[0 if sized else 1]].shape
        named = graph.tensors[op.inputs[2 if sized else 0]].data.reshape(-1)[0]
        axis = int(named) % len(x)
    blocks, start = [], 0
    for index in op.outputs:
        shape = list(graph.tensors[index].shape)
        if op.kind == "unpack":
            shape.insert(axis, 1)
        blocks.append(
            _block(shape, (start * steps(x)[axis], steps(x)), (0, steps(shape)))
        )
        start += shape[axis]
    return blocks


def _pad(graph: Graph, op: Operator) -> list[dict[str, object]]:
    x, y = graph.tensors[op.inputs[0]].shape, graph.tensors[op.outputs[0]].shape
    before = graph.tensors[op.inputs[1]].data.reshape(-1, 2)[:, 0].tolist()
    start = sum(b * step for b, step in zip(before, steps(y), strict=True))
    return [_block(x, (0, steps(x)), (start, steps(y)))]


def _slice(graph: Graph, op: Operator) -> list[dict[str, object]]:
    x = graph.tensors[op.inputs[0]].shape
    bounds = [graph.tensors[i].data.reshape(-1).tolist() for i in op.inputs[1:]]
    slices, _ = slice_of(x, bounds, op.options)
    taken = [range(*s.indices(n)) for s, n in zip(slices, x, strict=True)]
    start = sum(r[0] * step for r, step in zip(taken, steps(x), strict=True))
    strides = [r.step * step for r, step in zip(taken, steps(x), strict=True)]
    shape = [len(r) for r in taken]
    return [_block(shape, (start, strides), (0, steps(shape)))]


def _transpose(graph: Graph, op: Operator) -> list[dict[str, object]]:
    x, y = graph.tensors[op.inputs[0]].shape, graph.tensors[op.outputs[0]].shape
    order = graph.tensors[op.inputs[1]].data.reshape(-1).tolist()
    return [_block(y, (0, [steps(x)[i] for i in order]), (0, steps(y)))]


_BLOCKS = {
    "concatenation": _joined,
    "pack": _joined,
    "pad": _pad,
    "split": _cut,
    "strided_slice": _slice,
    "transpose": _transpose,
    "unpack": _cut,
}


def _data_inputs(op: Operator) -> tuple[int, ...]:
    if op.kind in ("concatenation", "pack"):
        return op.inputs
    return (
        op.inputs[1:2] if op.kind == "split" and len(op.inputs) == 2 else op.inputs[:1]
    )


def statements(
    graph: Graph,
    op: Operator,
    constants: dict[str, str],
    place: Callable[[int], str],
) -> tuple[list[str], set[str]]:
    """One ``tc_copy`` a block, and before them a ``tc_fill`` for padding."""
    lines, files = [], {"copy"}
    if op.kind == "pad":
        y = graph.tensors[op.outputs[0]]
        key = f"fill_{op.index:02d}"
        fields = {"size": y.size, "value": y.zero_point[0]}
        constants[key] = struct("tc_fill_layer", key, fields)
        lines.append(f"tc_fill(&{key}, {place(y.index)});")
        files.add("fill")
    sources, targets = _data_inputs(op), op.outputs
    for number, block in enumerate(_BLOCKS[op.kind](graph, op)):
        key = f"layer_{op.index:02d}_{number}"
        constants[key] = struct("tc_copy_layer", key, block)
        source = place(sources[number % len(sources)])
        target = place(targets[number % len(targets)])
        lines.append(f"tc_copy(&{key}, {source}, {target});")
    return lines, files


def reduction(graph: Graph, op: Operator) -> dict[str, object]:
    """The axes of a ``tc_reduce_layer``: those that stay and those that go."""
    x = graph.tensors[op.inputs[0]].shape
    axes = {int(a) % len(x) for a in graph.tensors[op.inputs[1]].data.reshape(-1)}
    kept = [axis for axis in range(len(x)) if axis not in axes]
    gone = sorted(axes)
    return {
        "kept": four([x[i] for i in kept], 1),
        "kept_stride": four([steps(x)[i] for i in kept], 0),
        "reduced": four([x[i] for i in gone], 1),
        "reduced_stride": four([steps(x)[i] for i in gone], 0),
    }
