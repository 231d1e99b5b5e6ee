"""Operators that move values as C: blocks copied from one place to another.

Concatenation, padding, slicing, splitting, stacking and transposing all become calls of
``tc_copy``, which knows a start and four strides on either side.
"""

from __future__ import annotations

import itertools
import math
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


def _parts(whole: Sequence[int], axis: int, sizes: Sequence[int]) -> list[list[int]]:
    """Parts of ``whole`` along ``axis``: rows, values in each, start in a whole row."""
    rows, inner = math.prod(whole[:axis]), math.prod(whole[axis + 1 :])
    starts = itertools.accumulate([0, *sizes[:-1]])
    return [
        [rows, n * inner, start * inner] for n, start in zip(sizes, starts, strict=True)
    ]


def _joined(graph: Graph, op: Operator) -> list[dict[str, object]]:
    """Concatenation and stacking: each input is a part of every row of the output."""
    y = graph.tensors[op.outputs[0]].shape
    axis = int(op.options["axis"]) % len(y)
    if op.kind == "pack":
        sizes = [1] * len(op.inputs)
    else:
        sizes = [graph.tensors[i].shape[axis] for i in op.inputs]
    whole = math.prod(y[axis:])
    return [
        _block([rows, n], (0, [n, 1]), (start, [whole, 1]))
        for rows, n, start in _parts(y, axis, sizes)
    ]


def _cut(graph: Graph, op: Operator) -> list[dict[str, object]]:
    """Splitting and unstacking: each output is a part of every row of the input."""
    x = graph.tensors[_data_inputs(op)[0]].shape
    if op.kind == "unpack":
        axis = int(op.options["axis"]) % len(x)
        sizes = [1] * len(op.outputs)
    else:
        named = graph.tensors[op.inputs[2 if len(op.inputs) == 3 else 0]].data
        axis = int(named.reshape(-1)[0]) % len(x)
        sizes = [graph.tensors[i].shape[axis] for i in op.outputs]
    whole = math.prod(x[axis:])
    return [
        _block([rows, n], (start, [whole, 1]), (0, [n, 1]))
        for rows, n, start in _parts(x, axis, sizes)
    ]


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
    """The inputs that are moved; the others say how."""
    if op.kind in ("concatenation", "pack"):
        return op.inputs
    if op.kind == "split" and len(op.inputs) == 2:  # the axis comes first
        return op.inputs[1:]
    return op.inputs[:1]


def statements(
    graph: Graph,
    op: Operator,
    constants: dict[str, str],
    place: Callable[[int], str],
) -> tuple[list[str], set[str]]:
    """One ``tc_copy`` a block, and before them a ``tc_fill`` for padding."""
    y = graph.tensors[op.outputs[0]]
    copy = "float_copy" if y.dtype == "float32" else "copy"
    lines, files = [], {copy}
    if op.kind == "pad":
        key = f"fill_{op.index:02d}"
        # A float 0 is four bytes of 0.
        fields = {"size": y.bytes, "value": (*y.zero_point, 0)[0]}
        constants[key] = struct("tc_fill_layer", key, fields)
        lines.append(f"tc_fill(&{key}, arena + {graph.plan.offsets[y.index]});")
        files.add("fill")
    sources, targets = _data_inputs(op), op.outputs
    for number, block in enumerate(_BLOCKS[op.kind](graph, op)):
        key = f"layer_{op.index:02d}_{number}"
        constants[key] = struct("tc_copy_layer", key, block)
        source = place(sources[number % len(sources)])
        target = place(targets[number % len(targets)])
        lines.append(f"tc_{copy}(&{key}, {source}, {target});")
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
