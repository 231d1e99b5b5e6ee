"""The memory planner of chapter 20: a graph comes in, an offset per tensor goes out.

Everything is a dict keyed by tensor, by its name or its number. A graph is a list of
steps ``(reads, writes)``, the tensors it is ``given`` and those that are ``wanted``.
"""

from __future__ import annotations

__all__ = [
    "alive",
    "arena",
    "as_tflm",
    "lifetimes",
    "lower_bound",
    "orders",
    "overlaps",
    "place",
    "plan",
    "read",
]


def lifetimes(steps, given, wanted):
    """The step that writes each tensor, and the last one that needs it.

    What is given is there before step 0; what is wanted stays after the last step.

    >>> lifetimes([(("x",), ("a",)), (("a",), ("y",))], given=["x"], wanted=["y"])
    ({'x': -1, 'a': 0, 'y': 1}, {'x': 0, 'a': 1, 'y': 2})
    """
    first = dict.fromkeys(given, -1)
    last = dict(first)
    for step, (reads, writes) in enumerate(steps):
        for tensor in writes:
            first.setdefault(tensor, step)
        for tensor in (*reads, *writes):
            last[tensor] = step
    last.update(dict.fromkeys(wanted, len(steps)))
    return first, last


def alive(sizes, first, last):
    """Bytes of all tensors that are alive, for each step.

    >>> alive({"x": 4, "a": 8}, {"x": -1, "a": 0}, {"x": 0, "a": 1})
    {-1: 4, 0: 12, 1: 8}
    """
    return {
        step: sum(sizes[t] for t in first if first[t] <= step <= last[t])
        for step in range(min(first.values()), max(last.values()) + 1)
    }


def lower_bound(sizes, first, last):
    """The most bytes that one step needs: no plan can do with less.

    >>> lower_bound({"x": 4, "a": 8}, {"x": -1, "a": 0}, {"x": 0, "a": 1})
    12
    """
    return max(alive(sizes, first, last).values())


def place(size, taken, align=1):
    """The lowest start, a multiple of ``align``, where ``size`` bytes hit nothing.

    ``taken`` holds blocks ``(start, end)`` in any order; they may overlap each other.

    >>> place(4, [(0, 8), (12, 20)])
    8
    """
    start = 0
    for low, high in sorted(taken):
        if start + size <= low:
            break
        start = max(start, -(-high // align) * align)
    return start


def plan(sizes, first, last, align=1, order=None):
    """Give each tensor the lowest place that is free while it lives, largest first.

    ``order`` is another order in which to place them.

    >>> plan({"x": 4, "a": 8, "y": 2}, {"x": -1, "a": 0, "y": 1},
    ...      {"x": 0, "a": 1, "y": 2})
    {'a': 0, 'x': 8, 'y': 8}
    """
    offsets = {}
    largest_first = sorted(first, key=lambda t: (-sizes[t], first[t]))
    for tensor in order or largest_first:
        taken = [
            (offsets[other], offsets[other] + sizes[other])
            for other in offsets
            if first[tensor] <= last[other] and first[other] <= last[tensor]
        ]
        offsets[tensor] = place(sizes[tensor], taken, align)
    return offsets


def as_tflm(sizes, first):
    """Sizes and order as TFLM's planner has them: in sixteens, of equals the later.

    >>> as_tflm({"x": 4, "a": 4, "y": 17}, {"x": -1, "a": 0, "y": 1})
    ({'x': 16, 'a': 16, 'y': 32}, ['y', 'a', 'x'])
    """
    sizes = {tensor: -(-size // 16) * 16 for tensor, size in sizes.items()}
    return sizes, sorted(sizes, key=lambda t: (-sizes[t], -first[t]))


def arena(sizes, offsets):
    """Bytes from 0 to the end of the highest tensor.

    >>> arena({"x": 4, "a": 8}, {"x": 8, "a": 0})
    12
    """
    return max((offsets[t] + sizes[t] for t in offsets), default=0)


def overlaps(sizes, first, last, offsets):
    """Pairs of tensors that are alive together and share a byte; none in a valid plan.

    >>> overlaps({"x": 4, "a": 8}, {"x": -1, "a": 0}, {"x": 0, "a": 1},
    ...          {"x": 6, "a": 0})
    [('x', 'a')]
    """
    names = list(offsets)
    return [
        (a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if first[a] <= last[b]
        and first[b] <= last[a]
        and offsets[a] < offsets[b] + sizes[b]
        and offsets[b] < offsets[a] + sizes[a]
    ]


def orders(steps, given, done=()):
    """Every order in which the steps can run: each after what it reads.

    >>> two = [(("x",), ("a",)), (("x",), ("b",)), (("a", "b"), ("y",))]
    >>> list(orders(two, given=["x"]))
    [(0, 1, 2), (1, 0, 2)]
    """
    if len(done) == len(steps):
        yield done
    there = {*given, *(t for i in done for t in steps[i][1])}
    for i, (reads, _) in enumerate(steps):
        if i not in done and there.issuperset(reads):
            yield from orders(steps, given, (*done, i))


def read(net, share=True):
    """``steps, given, wanted, sizes`` of a ``graph.Graph``, keyed by tensor number.

    Constants live in flash and are left out. A reshape moves nothing: what it writes
    is what it reads, under the number of the latter, unless ``share`` is False.

    >>> from tinyml_course import datasets, graph
    >>> steps, given, wanted, sizes = read(
    ...     graph.read(datasets.model_path("digits_cnn")))
    >>> len(steps), sum(sizes.values())
    (7, 1524)
    """
    same, steps = {}, []
    for op in net.operators:
        reads = [i for i in op.inputs if i >= 0 and not net.is_constant(i)]
        if share and op.kind == "reshape":
            same[op.outputs[0]] = same.get(reads[0], reads[0])
        reads = tuple(dict.fromkeys(same.get(i, i) for i in reads))
        steps.append((reads, tuple(same.get(i, i) for i in op.outputs)))
    wanted = [same.get(i, i) for i in net.outputs]
    used = dict.fromkeys([*net.inputs, *(t for step in steps for t in step[0])])
    used |= dict.fromkeys(t for step in steps for t in step[1])
    return steps, list(net.inputs), wanted, {t: net.tensors[t].bytes for t in used}
