"""The memory plan: a graph comes in, one arena with an offset per tensor goes out.

An activation lives from the operator that writes it to the last one that reads it.
Two that never live together may share bytes. Tensors are placed largest first, each
into the smallest gap that holds it (greedy by size, best fit), as in Lee et al.,
"On-Device Neural Net Inference with Mobile GPUs" (2019), section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinyml_course.graph.model import Graph

__all__ = ["ALIGNMENT", "Life", "Plan", "plan_arena"]

ALIGNMENT = 4  # bytes; the widest element an operator reads is an int32


@dataclass(frozen=True)
class Life:
    """One block of the arena: tensors that share it, its bytes, first and last step."""

    tensors: tuple[int, ...]
    bytes: int
    first: int
    last: int

    def meets(self, other: Life) -> bool:
        """Whether both are alive at some step."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Plan:
    """Offsets (tensor number -> byte), the lives they were planned from, and totals.

    ``lower_bound_bytes`` is the most that is alive at one step: no plan without
    overlapping lives can be smaller.
    """

    offsets: dict[int, int]
    lives: tuple[Life, ...]
    arena_bytes: int
    lower_bound_bytes: int


def _aligned(n: int) -> int:
    return -(-n // ALIGNMENT) * ALIGNMENT


def _lives(graph: Graph) -> list[Life]:
    """A block per activation; a reshape's output shares its input's block."""
    end = len(graph.operators)
    first = dict.fromkeys(graph.inputs, -1)
    last = dict(first)
    block = {index: index for index in graph.inputs}
    for step, op in enumerate(graph.operators):
        for index in op.inputs:
            if index in block:
                last[block[index]] = step
        for index in op.outputs:
            if op.kind == "reshape" and op.inputs[0] in block:
                block[index] = block[op.inputs[0]]
            else:
                block[index] = index
                first[index] = step
            last[block[index]] = step
    for index in graph.outputs:
        if index in block:
            last[block[index]] = end
    members: dict[int, list[int]] = {}
    for index, owner in block.items():
        members.setdefault(owner, []).append(index)
    return [
        Life(
            tensors=tuple(sorted(tensors)),
            bytes=_aligned(max(graph.tensors[i].bytes for i in tensors)),
            first=first[owner],
            last=last[owner],
        )
        for owner, tensors in members.items()
    ]


def plan_arena(graph: Graph) -> Plan:
    """Place every activation of ``graph`` in one arena.

    >>> from tinyml_course import datasets, graph
    >>> plan = plan_arena(graph.read(datasets.model_path("digits_cnn")))
    >>> plan.arena_bytes >= plan.lower_bound_bytes
    True
    """
    lives = sorted(_lives(graph), key=lambda a: (-a.bytes, a.first, a.tensors))
    placed: list[tuple[int, Life]] = []
    for life in lives:
        best, best_gap, cursor = None, None, 0
        for start, other in sorted(
            ((s, o) for s, o in placed if o.meets(life)), key=lambda item: item[0]
        ):
            gap = start - cursor
            if gap >= life.bytes and (best_gap is None or gap < best_gap):
                best, best_gap = cursor, gap
            cursor = max(cursor, start + other.bytes)
        placed.append((cursor if best is None else best, life))
    steps = range(-1, len(graph.operators) + 1)
    alive = (sum(a.bytes for a in lives if a.first <= s <= a.last) for s in steps)
    return Plan(
        offsets={i: start for start, life in placed for i in life.tensors},
        lives=tuple(lives),
        arena_bytes=max((start + life.bytes for start, life in placed), default=0),
        lower_bound_bytes=max(alive, default=0),
    )
