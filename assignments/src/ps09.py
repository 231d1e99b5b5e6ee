# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Problem set 9: a beehive that must not lie
#
# A board hangs in a beehive and listens: are the bees calm, about to swarm, or
# without a queen? Its network has branches, its memory is small, and the first
# firmware says something else than the notebook. You will plan its memory, find
# the order of its operators that needs the least, find the operator where the board
# goes astray, mend the C that is wrong, and choose the samples that would have found
# it before the beekeeper did.
#
# **You need** chapters 20 to 22 and NumPy. **Time:** about 130 minutes.
# **Points:** 40.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `lifetimes`, `lower_bound` | 7 |
# | 2 | `plan` | 8 |
# | 3 | `best_order` | 6 |
# | 4 | `first_difference` | 4 |
# | 5 | `mended`, `probe` | 11 |
# | 6 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the function's name.
# * Each function **stands alone**: do not call one of them from another. A mistake
#   then costs points once only. What stands before part 1 is there for all.
# * A test cell that raises nothing, and warns of nothing, is passed. NumPy warns
#   when it divides by zero or a number overflows, so do not let it.
# * Some test cells hold nothing but a comment: their tests are hidden, and run
#   when you are graded. The comment says what they look at, and the docstring
#   says all you need.
# * No function may change what it is given. Use NumPy and Python's standard
#   library only.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets a network
# and a broken firmware of its own. In grading the name comes from your submission, so
# a function has to be right for every network, not for yours alone.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

from tinyml_course import device
from tinyml_course.errors import CourseError

COURSE = 0  # your course's own number


def hive(student):
    """A network with branches, made by a formula.

    Returns (steps, given, wanted, sizes) in the form of chapter 20: steps is a list of
    (reads, writes), tuples of names of tensors, in an order that runs; given and wanted
    are tuples of names; sizes is a dict from name to bytes.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    side = int(rng.integers(20, 33))
    sizes = {"sound": side * side, "stem": 4 * side * side}
    steps, ends = [(("sound",), ("stem",))], []
    for branch in "abc":
        wide, small = rng.integers(6, 17), rng.integers(1, 5)
        sizes[f"{branch}-wide"] = int(wide) * side * side // 4
        sizes[f"{branch}-small"] = int(small) * side * side // 4
        steps.append((("stem",), (f"{branch}-wide",)))
        ends.append(((f"{branch}-wide",), (f"{branch}-small",)))
    steps += ends
    smalls = tuple(f"{branch}-small" for branch in "abc")
    sizes["joined"] = sum(sizes[name] for name in smalls)
    sizes["answer"] = 3
    steps += [(smalls, ("joined",)), (("joined",), ("answer",))]
    return steps, ("sound",), ("answer",), sizes


steps, given, wanted, sizes = hive(STUDENT)

# %% nbgrader={"grade_id": "student-firmware", "locked": true}


def broken_firmware(student):
    """The C of a first firmware, with one mistake in it."""
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode(), 9])
    right = [
        "for (int i = 0; i < n; i++) {",
        "int32_t product = (int32_t)samples[i] * gain;",
        "int32_t value = ((product + (1 << (shift - 1))) >> shift) + zero;",
        "if (value > 127) value = 127;",
        "if (value < -128) value = -128;",
    ]
    place, wrong = [
        (0, "for (int i = 0; i < n - 1; i++) {"),
        (1, "int16_t product = (int16_t)(samples[i] * gain);"),
        (2, "int32_t value = (product >> shift) + zero;"),
        (2, "int32_t value = (product + (1 << (shift - 1))) / (1 << shift) + zero;"),
        (2, "int32_t value = (product + (1 << (shift - 1)) + zero) >> shift;"),
        (3, "if (value > 128) value = 128;"),
        (4, "if (value < 0) value = 0;"),
    ][rng.integers(7)]
    lines = right[:place] + [wrong] + right[place + 1 :]
    return (
        "#include <stdint.h>\n\n"
        "void prepare(const int16_t *samples, int8_t *input, int n, int gain,\n"
        "             int shift, int zero) {\n  "
        + lines[0]
        + "".join(f"\n    {line}" for line in lines[1:])
        + "\n    input[i] = (int8_t)value;\n  }\n}\n"
    )


BROKEN = broken_firmware(STUDENT)

# %% nbgrader={"grade_id": "board", "locked": true}
MAIN = r"""
#include <stdint.h>
#include "board.h"
static int16_t samples[4096];
static int8_t input[4096];
void prepare(const int16_t *samples, int8_t *input, int n, int gain, int shift,
             int zero);
int main(void) {
  int32_t head[4];
  board_read(head, sizeof head);
  board_read(samples, 2 * (size_t)head[0]);
  prepare(samples, input, head[0], head[1], head[2], head[3]);
  board_write(input, (size_t)head[0]);
  return 0;
}
"""


def on_board(prepare_c, samples, gain, shift, zero):
    """What this C makes of the samples on the emulated board, an int8 array.

    A program that does not compile, crashes or never ends raises an error that says so.
    """
    head = np.array([len(samples), gain, shift, zero], np.int32)
    sent = head.tobytes() + np.asarray(samples, np.int16).tobytes()
    result = device.run({"main.c": MAIN, "prepare.c": prepare_c}, sent)
    return np.frombuffer(result.stdout, np.int8)


# %%
# Try it: your network, and your firmware.
for number, (reads, writes) in enumerate(steps):
    print(number, " + ".join(reads), "->", writes[0], f"({sizes[writes[0]]:,} bytes)")
print(BROKEN)

# %% [markdown]
# ## Part 1: who lives when? (7 points)
#
# Steps count from 0, in the order in which they run. A tensor is alive from the step
# that writes it up to and including the last step that reads it. A tensor that is
# given is there before the first step, so its `first` is $-1$. One that is wanted has
# to be there after the last step, so its `last` is the number of steps.


# %% nbgrader={"grade_id": "lifetimes", "solution": true}
def lifetimes(steps, given, wanted):
    """When each tensor is alive.

    steps: list of (reads, writes), tuples of names. given, wanted: tuples of names.
    Returns (first, last), two dicts from name to int, with a key for every tensor that
    is given or written. What nobody reads and nobody wants dies in the step that writes
    it (given: in -1).
    """
    ### BEGIN SOLUTION
    first = dict.fromkeys(given, -1)
    last = dict.fromkeys(given, -1)
    for number, (reads, writes) in enumerate(steps):
        for name in reads:
            last[name] = number
        for name in writes:
            first[name] = last[name] = number
    for name in wanted:
        last[name] = len(steps)
    return first, last
    ### END SOLUTION


# %%
# Try it: your network as bars, a column for each step.
first, last = lifetimes(steps, given, wanted)
for name in sizes:
    bar = "".join(
        "#" if first[name] <= t <= last[name] else "." for t in range(len(steps))
    )
    print(f"{name:>8} {bar} {sizes[name]:,} bytes")

# %% nbgrader={"grade_id": "lifetimes-value", "points": 2} tinyml={"objective": "20-planner"}
# 2 points: three steps in a row.
### HINT: The step that writes it is where a tensor begins; the last one that reads it
### HINT: is where it ends. And what is wanted is wanted after all steps.
row = [(("x",), ("a",)), (("a",), ("b",)), (("b",), ("y",))]
got = lifetimes(row, ("x",), ("y",))
assert len(got) == 2, "Two dicts: first and last."
assert got[0] == {"x": -1, "a": 0, "b": 1, "y": 2}, f"first is not {got[0]}."
assert got[1] == {"x": 0, "a": 1, "b": 2, "y": 3}, f"last is not {got[1]}."

# %% nbgrader={"grade_id": "lifetimes-any", "points": 2} tinyml={"objective": "20-planner"}
# 2 points, hidden: branches, several outputs, tensors that nobody reads.
### BEGIN HIDDEN TESTS
### HINT: Read by two steps: the later one counts. Wanted and read again as well: wanted
### HINT: counts. Not read at all, it still takes room in the step that writes it.
hidden_seed = 91
rng = np.random.default_rng(hidden_seed)
for _ in range(12):
    names = [f"t{k}" for k in rng.permutation(99)[: rng.integers(8, 14)]]
    given_, net, at = tuple(names[:3]), [], 3
    while at < len(names):  # a step writes one or two, and reads what is there
        writes = tuple(names[at : at + int(rng.integers(1, 3))])
        reads = rng.choice(names[1:at], int(rng.integers(1, 3)), replace=False)
        net.append((tuple(reads.tolist()), writes))
        at += len(writes)
    ends = tuple(rng.choice(names[1:], 3, replace=False).tolist())
    kept = list(net)
    mine = lifetimes(net, given_, ends)
    assert net == kept
    assert set(mine[0]) == set(mine[1]) == set(names)
    for name in names:
        born = [t for t, (_, writes) in enumerate(net) if name in writes]
        used = [t for t, (reads, _) in enumerate(net) if name in reads]
        assert [mine[0][name]] == (born or [-1])
        assert mine[1][name] == (len(net) if name in ends else max([-1, *born, *used]))
none = lifetimes([], given_, given_)
assert tuple(none) == (dict.fromkeys(given_, -1), dict.fromkeys(given_, 0))
### END HIDDEN TESTS

# %% [markdown]
# In no step can the arena be smaller than all that is alive in it. The largest of
# these sums is the **lower bound**: no plan needs less.


# %% nbgrader={"grade_id": "lower-bound", "solution": true}
def lower_bound(sizes, first, last):
    """The largest number of bytes alive at the same time.

    sizes, first, last: dicts from name to int, with the same names, 0 or more of them;
    first <= last. Returns an int; 0 where there is no tensor.
    """
    ### BEGIN SOLUTION
    return max(
        (
            sum(sizes[b] for b in sizes if first[b] <= first[a] <= last[b])
            for a in sizes
        ),
        default=0,
    )
    ### END SOLUTION


# %%
# Try it: your network.
first, last = lifetimes(steps, given, wanted)
bound = lower_bound(sizes, first, last)
print(f"{sum(sizes.values()):,} bytes, if nobody shared; at least {bound:,} if they do")

# %% nbgrader={"grade_id": "bound-value", "points": 1} tinyml={"objective": "20-planner"}
# 1 point: three tensors in a row.
### HINT: Who writes and who reads in the same step are there together.
got = lower_bound(
    {"x": 10, "a": 50, "y": 30},
    {"x": -1, "a": 0, "y": 1},
    {"x": 0, "a": 1, "y": 2},
)
assert got == 80, f"a and y are alive together in step 1: 80 bytes, not {got}."

# %% nbgrader={"grade_id": "bound-any", "points": 2} tinyml={"objective": "20-planner"}
# 2 points, hidden: any lives, no tensor at all.
### BEGIN HIDDEN TESTS
### HINT: Both ends belong to a life. The largest tensor need not be in the fullest
### HINT: step, and a full moment may lie before the first step or after the last.
hidden_seed = 92
rng = np.random.default_rng(hidden_seed)
assert lower_bound({}, {}, {}) == 0
for number in range(14):
    count = int(rng.integers(1, 12))
    begin = rng.integers(-1, 6, count)
    end = begin + rng.integers(0, 4, count)
    if number < 3:  # nothing but what is given, and never read
        begin = end = np.full(count, -1)
    bytes_ = rng.integers(1, 100, count)
    due = max(bytes_[(begin <= t) & (t <= end)].sum() for t in range(-1, 10))
    names = [f"t{k}" for k in range(count)]
    mine = lower_bound(
        *(dict(zip(names, a.tolist(), strict=True)) for a in (bytes_, begin, end))
    )
    assert mine == due
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: the arena (8 points)
#
# Two tensors may share bytes when they are never alive in the same step. The planner
# of chapter 20: take the tensors from the largest to the smallest (equally large: the
# one with the smaller `first`, then the one whose name stands first in the alphabet).
# Each goes to the **lowest** offset, a multiple of `align`, at which it overlaps no
# tensor that is placed already and alive at the same time: into a gap, if one is wide
# enough.


# %% nbgrader={"grade_id": "plan", "solution": true}
def plan(sizes, first, last, align):
    """An offset in the arena for each tensor.

    sizes, first, last: dicts from name to int, with the same names, 0 or more of them;
    sizes of 1 or more. align: int of 1 or more. Returns a dict from name to int: the
    offset in bytes, a multiple of align. The end, offset + size, need not be one.
    """
    ### BEGIN SOLUTION
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[other], offsets[other] + sizes[other])
            for other in offsets
            if first[other] <= last[name] and first[name] <= last[other]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, -(-end // align) * align)
        offsets[name] = place
    return offsets
    ### END SOLUTION


# %%
# Try it: your arena.
first, last = lifetimes(steps, given, wanted)
offsets = plan(sizes, first, last, 16)
for name, place in sorted(offsets.items(), key=lambda row: row[1]):
    when = f"steps {first[name]} to {last[name]}"
    print(f"{name:>8} at {place:>6,} to {place + sizes[name]:>6,}, {when}")
need = max(offsets[name] + sizes[name] for name in sizes)
print(f"arena: {need:,} bytes; lower bound {lower_bound(sizes, first, last):,}")

# %% nbgrader={"grade_id": "plan-value", "points": 2} tinyml={"objective": "20-planner"}
# 2 points: a row of four tensors, and a gap.
### HINT: The largest one first, at 0. Never alive together: the same bytes.
got = plan(
    {"x": 10, "a": 50, "b": 30, "y": 20},
    {"x": -1, "a": 0, "b": 1, "y": 2},
    {"x": 0, "a": 1, "b": 2, "y": 3},
    1,
)
want = {"a": 0, "b": 50, "y": 0, "x": 50}
assert got == want, f"{want}, not {got}."
got = plan(
    {"p": 40, "q": 30, "r": 20, "s": 10},
    {"p": 0, "q": 0, "r": 1, "s": 1},
    {"p": 0, "q": 1, "r": 1, "s": 1},
    1,
)
assert got == {"p": 0, "q": 40, "r": 0, "s": 20}, f"r and s fit below q: not {got}."

# %% nbgrader={"grade_id": "plan-valid", "points": 3} tinyml={"objective": "20-planner"}
# 3 points, hidden: no two that are alive together overlap; offsets are aligned.
### BEGIN HIDDEN TESTS
### HINT: Alive in one common step is enough to be alive together. A gap has to be wide
### HINT: enough after the offset was moved up to a multiple of align.
hidden_seed = 93
rng = np.random.default_rng(hidden_seed)
for _ in range(16):
    count, align = int(rng.integers(10, 16)), int(rng.choice([1, 4, 6, 16]))
    begin = {f"t{k}": int(t) for k, t in enumerate(rng.integers(-1, 7, count))}
    end = {k: begin[k] + int(rng.integers(0, 5)) for k in begin}
    bytes_ = {k: int(rng.integers(1, 60)) for k in begin}
    kept = dict(bytes_), dict(begin), dict(end)
    mine = plan(bytes_, begin, end, align)
    assert (bytes_, begin, end) == kept
    assert set(mine) == set(bytes_)
    for a in mine:
        assert mine[a] >= 0
        assert mine[a] % align == 0
        for b in mine:
            if a < b and begin[a] <= end[b] and begin[b] <= end[a]:
                assert mine[a] + bytes_[a] <= mine[b] or mine[b] + bytes_[b] <= mine[a]
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "plan-rule", "points": 3} tinyml={"objective": "20-planner"}
# 3 points, hidden: exactly the plan of the text: order, ties, the lowest gap.
### BEGIN HIDDEN TESTS
### HINT: Among equals: who is written earlier, then the name. Each goes as low as it
### HINT: can, also below others that were placed before it.
hidden_seed = 94
rng = np.random.default_rng(hidden_seed)
assert plan({}, {}, {}, 4) == {}
for _ in range(24):
    count, align = int(rng.integers(12, 18)), int(rng.choice([1, 4, 6, 16]))
    names = [f"t{k}" for k in rng.permutation(count)]
    begin = {n: int(rng.integers(-1, 7)) for n in names}
    end = {n: begin[n] + int(rng.integers(0, 5)) for n in names}
    bytes_ = {n: int(rng.choice([3, 8, 8, 16, 24, 33])) for n in names}
    mine, due = plan(bytes_, begin, end, align), {}
    todo = sorted(names)
    todo.sort(key=begin.get)
    todo.sort(key=bytes_.get, reverse=True)
    for name in todo:
        near = [o for o in due if begin[o] <= end[name] and begin[name] <= end[o]]
        due[name] = min(  # 0, or right behind one of them
            at
            for at in (0, *(-(-(due[o] + bytes_[o]) // align) * align for o in near))
            if not any(
                at < due[o] + bytes_[o] and due[o] < at + bytes_[name] for o in near
            )
        )
    assert mine == due
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: another order (6 points)
#
# Steps may run in any order in which everything is written before it is read. Which
# order keeps the fewest bytes alive? With a few steps one can try them all.


# %% nbgrader={"grade_id": "best-order", "solution": true}
def best_order(steps, given, wanted, sizes):
    """The order of the steps with the smallest lower bound.

    steps: list of (reads, writes), at most 9 of them, given in an order that runs or
    not. given, wanted: tuples of names. sizes: dict from name to bytes. Lives are those
    of part 1, with steps counted in the new order.
    Returns (bytes, order): the smallest largest sum of bytes alive at the same time, an
    int, and a list of the numbers that the steps had before, in the order to run them;
    among equally good orders the one that comes first, compared as lists of numbers.
    """
    ### BEGIN SOLUTION
    readers = {}
    for number, (reads, _) in enumerate(steps):
        for name in reads:
            readers.setdefault(name, set()).add(number)

    def search(done, alive, peak):
        if len(done) == len(steps):
            yield peak, done
        for number, (reads, writes) in enumerate(steps):
            if number in done or not set(reads) <= alive:
                continue
            now = alive | set(writes)
            after = {
                name
                for name in now
                if name in wanted or readers.get(name, set()) - {*done, number}
            }
            full = sum(sizes[name] for name in now)
            yield from search([*done, number], after, max(peak, full))

    start = {name for name in given if name in wanted or name in readers}
    before = sum(sizes[name] for name in given)
    return min(search([], start, before))
    ### END SOLUTION


# %%
# Try it: your network, as it came and at its best.
least, order = best_order(steps, given, wanted, sizes)
bound = lower_bound(sizes, *lifetimes(steps, given, wanted))
print(f"as it came: {bound:,} bytes; at best {least:,}, in the order {order}")

# %% nbgrader={"grade_id": "order-value", "points": 2} tinyml={"objective": "20-planner"}
# 2 points: two branches.
### HINT: Finish one branch before the other begins, if what it leaves is small.
net = [
    (("x",), ("a",)),
    (("x",), ("b",)),
    (("a",), ("p",)),
    (("b",), ("q",)),
    (("p", "q"), ("y",)),
]
bytes_ = {"x": 10, "a": 100, "b": 60, "p": 5, "q": 5, "y": 1}
got = best_order(net, ("x",), ("y",), bytes_)
assert len(got) == 2, "Two things: the bytes, and the order."
assert got[0] == 115, f"a alone with x and p: 115 bytes, not {got[0]}."
assert list(got[1]) == [0, 2, 1, 3, 4], f"One branch, then the other: not {got[1]}."

# %% nbgrader={"grade_id": "order-any", "points": 4} tinyml={"objective": "20-planner"}
# 4 points, hidden: other networks, orders that came wrong, ties, what nobody reads.
### BEGIN HIDDEN TESTS
### HINT: What is wanted stays; what nobody reads any more goes, but not before the step
### HINT: that writes it is over. What is given and never read is there at the start,
### HINT: and what is given may be wanted as well. Does a step write one tensor only?
hidden_seed = 95
from itertools import permutations

rng = np.random.default_rng(hidden_seed)


def peak(net, given_, ends, bytes_, order):
    first, last = dict.fromkeys(given_, -1), dict.fromkeys(given_, -1)
    for t, (reads, writes) in enumerate(net[k] for k in order):
        if not set(reads) <= set(first):
            return np.inf
        first |= dict.fromkeys(writes, t)
        last |= dict.fromkeys([*reads, *writes], t)
    last |= dict.fromkeys(ends, len(order))
    times = range(-1, len(order))
    return max(sum(bytes_[n] for n in first if first[n] <= t <= last[n]) for t in times)


for case in range(16):
    names = [f"t{k}" for k in range(int(rng.integers(4, 6)))]
    net, there = [], ["x", "u"]
    for name in names:  # a step writes one or two
        reads = rng.choice(there, rng.integers(1, 3), replace=False)
        writes = (name, f"{name}-too")[: rng.integers(1, 3)]
        net.append((tuple(reads.tolist()), writes))
        there += writes
    net = [net[k] for k in rng.permutation(len(net))]
    bytes_ = {n: int(rng.integers(1, 5)) * 10 for n in [*there, "idle"]}
    bytes_["idle"] *= 1 + 99 * (case % 4 == 0)  # given, and read by nobody
    given_, ends = ("x", "u", "idle"), (names[-1], "x", names[0])[: 1 + case % 3]
    mine = best_order(net, given_, ends, bytes_)
    every = [list(one) for one in permutations(range(len(net)))]
    due = min((peak(net, given_, ends, bytes_, one), one) for one in every)
    assert (mine[0], list(mine[1])) == due
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: where does it begin? (4 points)
#
# The notebook and the board have written down what every operator gave, for the same
# input: two lists of int8 arrays, in the order in which operators run. All that comes
# after the first operator that differs is only a consequence.


# %% nbgrader={"grade_id": "first-difference", "solution": true}
def first_difference(reference, board):
    """The first operator whose output differs, and by how much.

    reference, board: lists of int8 arrays, equally long, 0 or more, with equal shapes.
    Returns None where all are equal, else (number, count, worst): three ints, which
    operator (from 0), how many of its values differ, the largest absolute difference.
    """
    ### BEGIN SOLUTION
    for number in range(len(reference)):
        gaps = np.abs(reference[number].astype(int) - board[number].astype(int))
        if gaps.any():
            return number, int(np.count_nonzero(gaps)), int(gaps.max())
    return None
    ### END SOLUTION


# %%
# Try it: the samples as your broken firmware prepares them, and a sum that follows.
samples = (15000 * np.sin(np.arange(400) / 5)).astype(np.int16)
exact = (samples.astype(int) * 11 + 2**9) >> 10
reference = [np.clip(exact - 20, -128, 127).astype(np.int8)]
board = [on_board(BROKEN, samples, 11, 10, -20)]
for outputs in (reference, board):
    outputs.append(
        (outputs[0].reshape(20, 20).astype(int).sum(axis=0) >> 5).astype(np.int8)
    )
print(first_difference(reference, board))

# %% nbgrader={"grade_id": "difference-value", "points": 2} tinyml={"objective": "22-ladder"}
# 2 points: three operators.
### HINT: The first one that differs, not the one that differs most.
a = [np.array([1, 2], np.int8), np.array([[5, 5]], np.int8), np.array([9], np.int8)]
b = [np.array([1, 2], np.int8), np.array([[5, 7]], np.int8), np.array([3], np.int8)]
got = first_difference(a, b)
assert tuple(got) == (1, 1, 2), f"Operator 1, one value, 2 apart: not {got}."
kinds = [type(value) for value in got]
assert all(np.issubdtype(kind, np.integer) for kind in kinds), f"Ints, not {kinds}."
assert first_difference(a, a) is None, "Equal to itself: None."

# %% nbgrader={"grade_id": "difference-any", "points": 2} tinyml={"objective": "22-ladder"}
# 2 points, hidden: far apart, at the end, nothing to compare.
### BEGIN HIDDEN TESTS
### HINT: 127 and -128 are 255 apart, which int8 cannot hold, nor can it hold 200. Sums
### HINT: of differences may cancel: count the places.
hidden_seed = 96
rng = np.random.default_rng(hidden_seed)
for case in range(16):
    count = int(rng.integers(1, 6))
    shapes = [tuple(rng.integers(1, 7, rng.integers(1, 4))) for _ in range(count)]
    one = [rng.integers(-128, 128, shape).astype(np.int8) for shape in shapes]
    other = [array.copy() for array in one]
    if case < 4:
        assert first_difference(one, other) is None
    number = [count - 1, 0, *rng.integers(0, count, 2)][case % 4]
    place = np.unravel_index(rng.integers(one[number].size), shapes[number])
    one[number][place] = low = rng.integers(-128, -100)
    high = [low + 1, low + 128, low + 200, 127][case // 4]
    other[number][place] = high
    due = number, 1, high - low
    if case % 2:  # one down and one up by as much: the sum is the same
        one[number] = np.concatenate([one[number].ravel(), [high]]).astype(np.int8)
        other[number] = np.concatenate([other[number].ravel(), [low]]).astype(np.int8)
        due = number, 2, high - low
    for later in range(number + 1, count):
        other[later] = (~one[later]).copy()
    kept = [array.copy() for array in one]
    for pair in ((one, other), (other, one)):
        got = first_difference(*pair)
        assert tuple(got) == due
        assert all(np.issubdtype(type(value), np.integer) for value in got)
    assert all(map(np.array_equal, one, kept))
assert first_difference([], []) is None
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: mend it, and find it next time (11 points)
#
# Before the first operator, the firmware brings 16-bit samples to int8, in whole
# numbers. It shall compute, for each sample,
#
# $$\text{input} = \text{clamp}\left(\left\lfloor \frac{\text{sample} \cdot
#   \text{gain} + 2^{\text{shift} - 1}}{2^{\text{shift}}} \right\rfloor +
#   \text{zero}\right)$$
#
# with a clamp to $-128 \ldots 127$, and in `BROKEN` (printed above) it does not. Hand
# in the whole C text, mended. `on_board` compiles a text and runs it on the emulated
# board. (In C, `>>` of a negative number rounds down on this board's compiler, and `/`
# cuts towards zero.)


# %% nbgrader={"grade_id": "mended", "solution": true}
def mended():
    """The C text of `prepare`, mended: a string.

    void prepare(const int16_t *samples, int8_t *input, int n, int gain, int shift,
    int zero); n from 0 to 4096, gain from 1 to 32767, shift from 1 to 24, zero from
    -128 to 127. It writes input[0] to input[n - 1] and nothing else. The board has no
    C library; stdint.h is all it has to include.
    """
    ### BEGIN SOLUTION
    return """
#include <stdint.h>

void prepare(const int16_t *s, int8_t *to, int n, int gain, int shift, int zero) {
  const int32_t half = 1 << (shift - 1);
  for (const int16_t *end = s + n; s < end; s++, to++) {
    int32_t y = ((*s * gain + half) >> shift) + zero;
    *to = (int8_t)(y > 127 ? 127 : y < -128 ? -128 : y);
  }
}
"""
    ### END SOLUTION


# %%
# Try it: your text on the board, and where BROKEN differs from it.
samples = np.arange(-32768, 32768, 37, dtype=np.int16)
good, bad = (on_board(text, samples, 11, 10, -20) for text in (mended(), BROKEN))
where = np.flatnonzero(good != bad)
print(f"{len(where)} of {len(samples)} samples differ")
for k in where[:3]:
    print(f"sample {samples[k]}: {good[k]}, and the broken one says {bad[k]}")

# %% nbgrader={"grade_id": "mended-value", "points": 2} tinyml={"objective": "22-ladder"}
# 2 points: a few samples on the board.
### HINT: One line of BROKEN is wrong, and only one. Compare it with the formula, term
### HINT: by term.
few = np.array([0, 100, -100, 1000, -1000, 1500], np.int16)
try:
    got = on_board(mended(), few, 3, 5, 4)
except CourseError as reason:
    raise AssertionError(f"It does not run on the board: {reason}") from None
want = [4, 13, -5, 98, -90, 127]
assert np.array_equal(got, want), f"Gain 3, shift 5, zero 4: {want}, not {got}."

# %% nbgrader={"grade_id": "mended-any", "points": 4} tinyml={"objective": "22-ladder"}
# 4 points, hidden: every kind of sample, other gains, none at all, nothing else.
### BEGIN HIDDEN TESTS
### HINT: Look at samples at both ends, at halves above and below zero, at the last one,
### HINT: and at products and sums that 16 bits or a float cannot hold. What stands
### HINT: behind the last one?
hidden_seed = 97
rng = np.random.default_rng(hidden_seed)
every = np.arange(-32768, 32768)


def scaled(s, gain, shift, zero):
    return ((s * gain + 2 ** (shift - 1)) >> shift) + zero


text, found = mended(), []
while not len(found):  # a gain at which 32 bits of a float go astray
    gain = int(rng.integers(700, 1008))
    real = np.float32(every) * np.float32(gain) / 2**18 + 0.5
    found = every[np.floor(real) != scaled(every, gain, 18, 0)]
odd, zero = 2 * int(rng.integers(1, 50)) + 1, int(rng.integers(20, 99))
settings = [(gain, 18, 0), (odd, 7, zero), (odd, 13, -zero), (odd, 1, 0)]
settings += [(int(rng.integers(1, 2**15)), int(rng.integers(8, 25)), zero)]
for gain, shift, zero in [*settings, (32767, 24, -1), (32767, 1, -128)]:
    value = scaled(every, gain, shift, zero)
    halves = every[(every * gain - 2 ** (shift - 1)) % 2**shift == 0]
    brink = every[np.isin(value, [-129, 128])]
    some = [rng.permutation(kind)[:200] for kind in (halves, brink)]
    some += [rng.choice(every, 2000), rng.integers(-300, 300, 500)]
    some = rng.permutation(np.concatenate([*some, [32767, -32768], found]))
    got = on_board(text, some, gain, shift, zero)
    assert np.array_equal(got, np.clip(value, -128, 127)[some + 32768])
n, sample = rng.integers(2, 900, 2).tolist()
assert len(on_board(text, [], odd, 5, 4)) == 0
sent = np.array([n, odd, 9, 4], np.int32).tobytes()
sent += np.full(n + 3, sample, "<i2").tobytes()
beyond = MAIN.replace("(input, (size_t)head[0])", "(input, sizeof input)")
made = device.run({"main.c": beyond, "prepare.c": text}, sent).stdout
assert made == bytes([min(scaled(sample, odd, 9, 4), 127)] * n + [0] * (4096 - n))
### END HIDDEN TESTS

# %% [markdown]
# The mistake could have been found before the board hung in a hive, by a dozen well
# chosen samples. Choose them. They have to give another answer than the formula for
# **each** of these nine mistakes:
#
# | | mistake |
# |---|---|
# | 1 | the half, $2^{\text{shift}-1}$, is forgotten |
# | 2 | the quotient is cut towards zero, not rounded down |
# | 3 | halves go away from zero: $-2.5$ becomes $-3$ |
# | 4 | no clamp: the value wraps round to 8 bits |
# | 5 | clamped above only, wraps below |
# | 6 | clamped below only, wraps above |
# | 7 | the product is kept in 16 bits and wraps |
# | 8 | zero is added before the division, together with the half |
# | 9 | the last sample is left out: its input stays 0 |
#
# Mind the chance: 383 wraps round to 127, which the clamp gives as well, so a sample
# that is scaled to 383 tells nothing about the clamp.


# %% nbgrader={"grade_id": "probe", "solution": true}
def probe(gain, shift, zero):
    """At most 12 samples that tell the formula from each of the nine mistakes.

    gain: odd int, 3 to 99. shift: int, 6 to 13, with 2**15 * gain / 2**shift > 300.
    zero: int, not within -2 to 2, -50 to 50. Returns a 1-D int16 array of 1 to 12
    samples, which do so for this gain, shift and zero. (As gain is odd, a sample of
    2**(shift - 1) gives an exact half.)
    """
    ### BEGIN SOLUTION
    half = 2 ** (shift - 1)
    # Scaled it is 200, or 240, 480, 960 where 200 would fit into 16 bits: beyond the
    # clamp with any zero, and 8 bits wrap it to no end of theirs.
    loud = max(200 * 2**shift, 61440) // gain
    return np.array([-half, 1 - half, -loud, loud], np.int16)
    ### END SOLUTION


# %%
# Try it: what your firmware makes of your samples.
chosen = probe(11, 10, -20)
print(chosen, on_board(BROKEN, chosen, 11, 10, -20), sep="\n")

# %% nbgrader={"grade_id": "probe-value", "points": 2} tinyml={"objective": "22-vectors"}
# 2 points: not too many, and mistakes 1 and 4 are found.
### HINT: Which samples leave the range of int8 after scaling? Which have a remainder of
### HINT: a half or more?
got = np.asarray(probe(11, 10, -20))
assert got.dtype == np.int16, f"int16, not {got.dtype}."
assert got.ndim == 1, f"One row of samples, not shape {got.shape}."
assert 1 <= len(got) <= 12, f"1 to 12 samples, not {len(got)}."
wide = got.astype(np.int64) * 11
right = np.clip(((wide + 2**9) >> 10) - 20, -128, 127)
no_half = np.clip((wide >> 10) - 20, -128, 127)
wraps = (((wide + 2**9) >> 10) - 20).astype(np.int8)
assert not np.array_equal(right, no_half), "The forgotten half is not found."
assert not np.array_equal(right, wraps), "The missing clamp is not found."


# %% nbgrader={"grade_id": "probe-all", "points": 3} tinyml={"objective": "22-vectors"}
# 3 points, hidden: all nine mistakes, with other gains, shifts and zeros.
### BEGIN HIDDEN TESTS
### HINT: Too high and too low are two mistakes; what wraps onto the end of the range
### HINT: finds neither. A half below zero tells two kinds of rounding apart, if its
### HINT: answer is not clamped. And what does the last sample give: is it 0 anyway?
def mistakes(s, gain, shift, zero):
    half, wide = 2 ** (shift - 1), s.astype(np.int64) * gain
    value, cut = ((wide + half) >> shift) + zero, np.fix((wide + half) / 2.0**shift)
    away = np.sign(wide) * ((np.abs(wide) + half) >> shift)
    right = np.clip(value, -128, 127)
    narrow = wide.astype(np.int16).astype(np.int64)
    yield right
    yield np.clip((wide >> shift) + zero, -128, 127)
    yield np.clip(cut + zero, -128, 127)
    yield np.clip(away + zero, -128, 127)
    yield value.astype(np.int8)
    yield np.minimum(value, 127).astype(np.int8)
    yield np.maximum(value, -128).astype(np.int8)
    yield np.clip(((narrow + half) >> shift) + zero, -128, 127)
    yield np.clip((wide + half + zero) >> shift, -128, 127)
    yield np.concatenate([right[:-1], [0]])


hidden_seed = 98
rng = np.random.default_rng(hidden_seed)
for unlucky in (True, False) * 25:
    gain, shift, zero = 0, 0, 0
    while gain * 2.0 ** (15 - shift) <= 300 or not 3 <= abs(zero) <= 50:
        gain, shift = 2 * int(rng.integers(1, 50)) + 1, int(rng.integers(6, 14))
        zero = int(rng.integers(3, 51) * rng.choice([-1, 1]))
        end, clamp = [(32767, 127), (-32768, -128)][rng.integers(2)]
        if unlucky:  # the end wraps onto the clamp
            off = clamp - (end * gain + 2 ** (shift - 1) >> shift)
            zero = (off + 128) % 256 - 128
    mine = np.asarray(probe(gain, shift, zero))
    assert (mine.dtype, mine.ndim) == (np.int16, 1)
    assert 1 <= len(mine) <= 12
    right, *wrong = mistakes(mine, gain, shift, zero)
    assert not any(np.array_equal(right, answer) for answer in wrong)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* The arena that TFLM asks for is larger than your lower bound, and a
#    compiled program can stay below what your planner of part 2 needs. Name one reason
#    for each.
# 2. *(2 points)* "We ran a thousand recordings of calm bees through notebook and board,
#    and all answers were equal." Which mistakes of part 5 may still be there, and what
#    would you add to the test plan?

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["20-planner", "22-vectors"]}
# 1. TFLM keeps more than the tensors of the network in its arena: its own
#    descriptions of tensors and operators, scratch buffers of kernels, everything
#    aligned to 16 bytes; and its greedy plan may leave gaps. A compiled program knows
#    every operator: an output may be written over an input that is read for the last
#    time in this very step, which the lives of part 1 forbid.
# 2. Calm bees are quiet: no sample reaches the ends, so a missing clamp (4, 5, 6) and
#    a product of 16 bits (7) never show; and equal answers (classes) may hide
#    differences of a step (1, 2, 3). Add extreme and boundary samples, compare bytes
#    after every operator and not only the answer, and count what was covered.
#
# Rubric: 1. one point for each reason. 2. one point for a mistake that loud samples
# alone show, one for a test that would find it.

# %% [markdown]
# ## What you have done
#
# You **planned** an arena and compared it with what nobody can undercut, **found** the
# order that needs least, **located** the operator where two machines part, **mended**
# C on a board, and **chose** samples that find nine mistakes. A network that comes this
# far may be trusted with a hive.
