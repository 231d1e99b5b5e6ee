"""The memory plan: a graph comes in, one arena with an offset per tensor goes out.

An activation lives from the operator that writes it to the last one that reads it.
Two that never live together may share bytes, and so may an output and the input that
dies with it, as far as the operator allows (``overlap``). Tensors are placed one by
one, each into the smallest gap that holds it (greedy, best fit), as in Lee et al.,
"On-Device Neural Net Inference with Mobile GPUs" (2019), section 4; several orders are
tried, and the smallest arena is kept.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinyml_course.errors import ModelError
from tinyml_course.graph.overlap import lead_bytes

if TYPE_CHECKING:
    from tinyml_course.graph.model import Graph

__all__ = ["ALIGNMENT", "Life", "Plan", "plan_arena"]

ALIGNMENT = 4  # bytes; the widest element an operator reads is an int32
MOST_ORDERS = 60
MOST_PAIRS = 2_000_000  # that all orders together look at: about a second
MOST_LIVES = 2_000
MOST_BYTES = 2**28


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


Leads = dict[tuple[Life, Life], int]
"""(output, input that dies with it) -> bytes by which the output begins before it."""


@dataclass(frozen=True)
class Plan:
    """Offsets (tensor number -> byte), the lives they were planned from, and totals.

    ``lower_bound_bytes`` is the most that one step needs: no plan without splitting
    tensors can be smaller. ``leads`` says which output may reach into which input.
    """

    offsets: dict[int, int]
    lives: tuple[Life, ...]
    leads: Leads
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


def _leads(graph: Graph, lives: Iterable[Life]) -> Leads:
    """Which outputs may reach into an input that no later operator reads."""
    life_of = {index: life for life in lives for index in life.tensors}
    leads: Leads = {}
    for step, op in enumerate(graph.operators):
        output = life_of[op.outputs[0]]
        for index in op.inputs:
            dying = life_of.get(index)
            if dying is None or dying.last != step or output.first != step:
                continue
            lead = lead_bytes(graph, op, index)
            if lead is not None and lead < output.bytes:
                leads[output, dying] = _aligned(lead)
    return leads


Company = dict[Life, list[Life]]
"""A life -> the others that are alive at some step of it."""


def _company(lives: Iterable[Life]) -> Company:
    found: Company = {life: [] for life in lives}
    alive: list[Life] = []
    for life in sorted(found, key=lambda a: a.first):
        alive = [other for other in alive if other.last >= life.first]
        for other in alive:
            found[life].append(other)
            found[other].append(life)
        alive.append(life)
    return found


def _place(order: Sequence[Life], leads: Leads, company: Company) -> dict[Life, int]:
    """Give each life, in this order, the smallest gap that holds it."""
    placed: dict[Life, int] = {}
    for life in order:
        taken = []  # (from, to): where this life may not begin, both ends excluded
        for other in company[life]:
            start = placed.get(other)
            if start is None:
                continue
            if (life, other) in leads:
                taken.append((start - leads[life, other], start + other.bytes))
            elif (other, life) in leads:
                taken.append((start - life.bytes, start + leads[other, life]))
            else:
                taken.append((start - life.bytes, start + other.bytes))
        best, best_gap, free_from = None, None, 0
        for low, high in sorted(taken):
            gap = low - free_from
            if gap >= 0 and (best_gap is None or gap < best_gap):
                best, best_gap = free_from, gap
            free_from = max(free_from, high)
        placed[life] = free_from if best is None else best
    return placed


def _arena_bytes(placed: dict[Life, int]) -> int:
    return max((start + life.bytes for life, start in placed.items()), default=0)


def _orders(lives: Sequence[Life]) -> Iterable[list[Life]]:
    """The orders to try, always the same ones.

    By size; from the end, where each input comes after the output that it makes room
    for; then both again with some pairs changed.
    """
    by_size = sorted(lives, key=lambda a: (-a.bytes, a.first, a.tensors))
    from_end = sorted(by_size, key=lambda a: -a.first)
    yield by_size
    yield from_end
    rng = random.Random(0)
    for _ in range((MOST_ORDERS - 2) // 2):
        weight = {life: life.bytes * rng.uniform(0.5, 1.5) for life in by_size}
        yield sorted(by_size, key=lambda a: -weight[a])
        delay = {life: life.first + rng.uniform(0, 3) for life in by_size}
        yield sorted(from_end, key=lambda a: -delay[a])


def _lower_bound(lives: Sequence[Life], leads: Leads) -> int:
    """The most bytes that one step needs, what may be shared counted once."""
    most = 0
    alive_at: dict[int, list[Life]] = {}
    for life in lives:
        for step in range(life.first, life.last + 1):
            alive_at.setdefault(step, []).append(life)
    for step, alive in alive_at.items():
        needed = sum(life.bytes for life in alive)
        for output in alive if step >= 0 else ():
            if output.first != step:
                continue
            shared = [i for i in alive if (output, i) in leads]
            if shared:
                apart = output.bytes + sum(i.bytes for i in shared)
                lead = min(leads[output, i] for i in shared)
                together = max(output.bytes, lead + sum(i.bytes for i in shared))
                needed -= apart - min(apart, together)
        most = max(most, needed)
    return most


def plan_arena(graph: Graph) -> Plan:
    """Place every activation of ``graph`` in one arena.

    >>> from tinyml_course import datasets, graph
    >>> plan = plan_arena(graph.read(datasets.model_path("digits_cnn")))
    >>> plan.arena_bytes >= plan.lower_bound_bytes
    True
    """
    lives = _lives(graph)
    if len(lives) > MOST_LIVES:
        raise ModelError(
            f"The model has {len(lives):,} activations; the compiler plans at most "
            f"{MOST_LIVES:,}. Export one step of a loop instead of all of them."
        )
    leads = _leads(graph, lives)
    company = _company(lives)
    bound = _lower_bound(lives, leads)
    best: dict[Life, int] = {}
    pairs = sum(map(len, company.values()))
    most_orders = max(1, min(MOST_ORDERS, MOST_PAIRS // (pairs + 1)))
    for order in itertools.islice(_orders(lives), most_orders):
        placed = _place(order, leads, company)
        if not best or _arena_bytes(placed) < _arena_bytes(best):
            best = placed
        if _arena_bytes(best) == bound:
            break
    if _arena_bytes(best) > MOST_BYTES:
        raise ModelError(
            f"The model needs {_arena_bytes(best):,} bytes for its activations; the "
            f"compiler plans at most {MOST_BYTES:,}."
        )
    return Plan(
        offsets={i: start for life, start in best.items() for i in life.tensors},
        lives=tuple(best),
        leads=leads,
        arena_bytes=_arena_bytes(best),
        lower_bound_bytes=bound,
    )
