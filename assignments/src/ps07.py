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
# # Problem set 7: a bracelet that remembers
#
# A bracelet should know whether its owner rests, walks or climbs stairs. It sees
# three numbers 25 times a second, and what it knows of the past has to fit into a
# few bytes that it carries from one step to the next. You will write the cells that
# carry them, find out how far back they can learn, keep the state over a reset of
# the loop, and then judge a classifier the way a stranger would who puts the
# bracelet on.
#
# **You need** chapters 15 and 16 and NumPy. **Time:** about 120 minutes.
# **Points:** 40.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `rnn_states`, `lstm_step` | 12 |
# | 2 | `memory_left` | 5 |
# | 3 | `listen` | 5 |
# | 4 | `windows`, `turned_alike` | 10 |
# | 5 | `by_person` | 4 |
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
# * No function may change the arrays it is given.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets eight
# people of its own. In grading the name comes from your submission, so compute with
# the arrays and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

COURSE = 0  # your course's own number
LABELS = ("rest", "walk", "stairs")
RATE_HZ = 25


def bracelets(student):
    """One recording of each of eight people, made by a formula.

    Returns a list of (x, y): x (n, 3) float, acceleration in g; y (n,) int, what the
    person did at that moment, an index of LABELS. Everybody wears it turned otherwise.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    people = []
    for _ in range(8):
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))  # how it sits on the arm
        pace, vigour = rng.uniform(1.6, 2.2), rng.uniform(0.25, 0.45)
        parts, labels = [], []
        for what in rng.permutation(np.repeat([0, 1, 2], 4)):
            n = int(rng.integers(110, 260))
            step, size = pace * (0, 1, 0.75)[what], vigour * (0, 1, 0.7)[what]
            phase = 2 * np.pi * step * rng.uniform(0.95, 1.05) * np.arange(n) / RATE_HZ
            move = np.zeros((n, 3))
            move[:, 2] = 1 + size * (np.sin(phase) + 0.4 * np.sin(2 * phase))
            move[:, 0] = 0.6 * size * np.sin(phase / 2 + 1)
            move[:, 1] = (0, 0.1, 0.5)[what] * size * np.cos(phase)
            parts.append(move @ turn.T + rng.normal(0, 0.04, (n, 3)))
            labels.append(np.full(n, what))
        people.append((np.concatenate(parts), np.concatenate(labels)))
    return people


people = bracelets(STUDENT)


def sigmoid(z):
    """The sigmoid of chapter 04, for scores of any size."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


# %%
# Try it: how long were your people recorded, and what did they do?
for number, (x, y) in enumerate(people[:3]):
    shares = np.bincount(y, minlength=3) / len(y)
    told = ", ".join(
        f"{s:.0%} {label}" for s, label in zip(shares, LABELS, strict=True)
    )
    print(f"person {number}: {len(x) / RATE_HZ:.0f} s, {told}")

# %% [markdown]
# ## Part 1: two cells (12 points)
#
# A simple recurrent cell has one state $\mathbf h$, which is also its output. In the
# orientation of Keras, rows times matrices:
#
# $$\mathbf h_t = \tanh(\mathbf x_t W + \mathbf h_{t-1} U + \mathbf b).$$


# %% nbgrader={"grade_id": "rnn-states", "solution": true}
def rnn_states(x, h, W, U, b):
    """Run a simple recurrent cell over a sequence.

    x: (steps, inputs) float, steps may be 0. h: (units,) the state before the first
    step. W: (inputs, units). U: (units, units). b: (units,).
    Returns an array (steps, units): the state after each step.
    """
    ### BEGIN SOLUTION
    states = np.zeros((len(x), len(h)))
    for t, row in enumerate(x):
        h = np.tanh(row @ W + h @ U + b)
        states[t] = h
    return states
    ### END SOLUTION


# %%
# Try it: a state of two numbers, every 0.12 s while your first person begins. The
# second one is slow.
slow = rnn_states(
    people[0][0][:30],
    np.zeros(2),
    np.full((3, 2), [1.0, 0.05]),
    np.diag([0, 0.95]),
    np.zeros(2),
)
print(slow[::3].round(2))

# %% nbgrader={"grade_id": "rnn-value", "points": 2} tinyml={"objective": "15-cells"}
# 2 points: two steps, two units.
### HINT: Row times matrix. What does the second step remember of the first?
A = np.array([[1.0, 0.0]])
B = np.array([[0.0, 2.0], [0.0, 0.0]])
got = np.asarray(rnn_states(np.array([[0.5], [0.0]]), np.zeros(2), A, B, np.zeros(2)))
assert got.shape == (2, 2), f"A state after each step, shape (2, 2), not {got.shape}."
first = np.tanh(0.5)
assert np.allclose(got[0], [first, 0]), f"After step 0: [{first:.3f}, 0], not {got[0]}."
assert np.allclose(got[1], [0, np.tanh(2 * first)]), f"After step 1: not {got[1]}."

# %% nbgrader={"grade_id": "rnn-any", "points": 3} tinyml={"objective": "15-cells"}
# 3 points, hidden: any start, any shapes, no step at all.
### BEGIN HIDDEN TESTS
### HINT: The state you are given counts in the first step. The matrix of the state need
### HINT: not be symmetric: which side of it does the state stand on? Zero steps give
### HINT: zero states, with the right number of columns.
hidden_seed = 71
rng = np.random.default_rng(hidden_seed)
for steps, inputs, units in ((5, 3, 4), (1, 1, 1), (9, 4, 2)):
    W5, U5 = rng.normal(size=(inputs, units)), rng.normal(size=(units, units))
    x5, h0 = rng.normal(size=(steps, inputs)), rng.normal(size=units)
    b5 = rng.normal(size=units)
    kept = h0.copy(), x5.copy()
    got = rnn_states(x5, h0, W5, U5, b5)
    assert np.shape(got) == (steps, units)
    before = h0
    for t in range(steps):
        before = np.tanh(W5.T @ x5[t] + U5.T @ before + b5)
        assert np.allclose(got[t], before)
    assert np.array_equal(h0, kept[0])
    assert np.array_equal(x5, kept[1])
    assert np.shape(rnn_states(x5[:0], h0, W5, U5, b5)) == (0, units)
    assert np.allclose(rnn_states(x5[:1], h0, W5, U5, b5), got[:1])
### END HIDDEN TESTS

# %% [markdown]
# A **long short-term memory** carries a second state $\mathbf c$ and decides with
# three gates what is kept. One product makes four blocks of `units` numbers, in the
# order of Keras, $\mathbf z = \mathbf x W + \mathbf h U + \mathbf b = [\mathbf z_i,
# \mathbf z_f, \mathbf z_g, \mathbf z_o]$, and then, number by number, with the
# `sigmoid` given above as $\sigma$,
#
# $$\mathbf c' = \sigma(\mathbf z_f)\,\mathbf c + \sigma(\mathbf z_i)\tanh(\mathbf z_g),
#   \qquad \mathbf h' = \sigma(\mathbf z_o)\tanh(\mathbf c').$$


# %% nbgrader={"grade_id": "lstm-step", "solution": true}
def lstm_step(x, h, c, W, U, b):
    """One step of an LSTM.

    x: (inputs,). h, c: (units,) the states before. W: (inputs, 4 * units).
    U: (units, 4 * units). b: (4 * units,). Blocks: input gate, forget gate,
    candidate, output gate. Returns (h, c) after the step, two arrays (units,).
    """
    ### BEGIN SOLUTION
    i, f, g, o = np.split(x @ W + h @ U + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
    ### END SOLUTION


# %%
# Try it: a cell that counts, five times a second. Its forget gate is open, its input
# gate opens when the arm feels more than 1.2 g: c grows by about one each time.
count, c = np.zeros(1), np.zeros(1)
W1, U1 = np.array([[60.0, 0, 0, 0]]), np.zeros((1, 4))
b1 = np.array([-72.0, 20, 20, 20])
for row in people[0][0][:1000:5]:
    size = np.array([np.linalg.norm(row)])
    count, c = lstm_step(size, count, c, W1, U1, b1)
print(f"c after 40 s: {c[0]:.1f}; output: {count[0]:.2f}")

# %% nbgrader={"grade_id": "lstm-value", "points": 2} tinyml={"objective": "15-cells"}
# 2 points: one unit, one gate at a time.
### HINT: Which gate multiplies the old c, which one the candidate? And the output is
### HINT: made from the new c.
none, one = np.zeros((1, 4)), np.ones(1)
got = lstm_step(one, one, 2 * one, none, none, np.array([-99.0, 99, 0, 99]))
assert len(got) == 2, "Two states: h and c."
assert np.allclose(got[1], 2), f"Only the forget gate is open: c stays 2, not {got[1]}."
assert np.allclose(got[0], np.tanh(2)), f"The output gate is open: h is not {got[0]}."
got = lstm_step(one, one, 2 * one, none, none, np.array([99.0, -99, 99, 0]))
assert np.allclose(got[1], 1), f"Only the input gate is open: c is 1, not {got[1]}."
assert np.allclose(got[0], np.tanh(1) / 2), f"A half-open output gate: not {got[0]}."

# %% nbgrader={"grade_id": "lstm-any", "points": 3} tinyml={"objective": "15-cells"}
# 3 points, hidden: several units, all gates at once.
### BEGIN HIDDEN TESTS
### HINT: Block after block, each as long as the state; the order is that of the text.
### HINT: The old h goes into all four.
hidden_seed = 72
rng = np.random.default_rng(hidden_seed)
for inputs, n in ((2, 3), (5, 1), (1, 4)):
    W6, U6 = rng.normal(size=(inputs, 4 * n)), rng.normal(size=(n, 4 * n))
    x6, b6 = rng.normal(size=inputs), rng.normal(size=4 * n)
    h6, c6 = rng.normal(size=(2, n))
    z = W6.T @ x6 + U6.T @ h6 + b6
    gate = 1 / (1 + np.exp(-z))
    new_c = gate[n : 2 * n] * c6 + gate[:n] * np.tanh(z[2 * n : 3 * n])
    got = lstm_step(x6, h6, c6, W6, U6, b6)
    assert np.allclose(got[1], new_c)
    assert np.allclose(got[0], gate[3 * n :] * np.tanh(new_c))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "lstm-far", "points": 2} tinyml={"objective": "15-cells"}
# 2 points, hidden: gates far open and far shut, step after step.
### BEGIN HIDDEN TESTS
### HINT: Use the sigmoid that is given: e to the 800 overflows. The states you were
### HINT: given stay as they are: nothing is added to c in place.
hidden_seed = 73
rng = np.random.default_rng(hidden_seed)
before, held = rng.normal(size=2), rng.uniform(0.2, 1, 2) * [1, -1]
given = held.copy()
W8, U8, shut = rng.normal(size=(1, 8)), rng.normal(size=(2, 8)), [-800.0, 800, 0, 800]
for row in rng.uniform(-1, 1, (8, 1)):
    before, held = lstm_step(row, before, held, W8, U8, np.repeat(shut, 2))
assert np.allclose(held, given)
assert np.allclose(before, np.tanh(given))
before = given.copy()
lstm_step(rng.normal(size=1), before, before, W8, U8, rng.normal(size=8))
assert np.array_equal(before, given)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: how far back can it learn? (5 points)
#
# How much does the state now depend on the state some steps ago? Along the chain
# rule, one step back of the simple cell of part 1 multiplies by $\frac{\partial
# \mathbf h_t}{\partial \mathbf h_{t-1}}$, and $\tanh' = 1 - \tanh^2$. So begin with
# a vector $\mathbf g$ of slopes at the last state and go back:
#
# $$\mathbf g_{t-1} = \big(\mathbf g_t \odot (1 - \mathbf h_t^2)\big)\, U^{\mathsf T},$$
#
# and write down how long the vector is (the root of the sum of its squares) at the
# last state, one before, two before, and so on.


# %% nbgrader={"grade_id": "memory-left", "solution": true}
def memory_left(states, U, g):
    """Length of the gradient at the last state and at each one before.

    states: (steps, units) float, the states after each step, steps of 1 or more.
    U: (units, units). g: (units,) float, slopes of something at the last state.
    Returns an array (steps,): at the last state, one step before, ..., at the first.
    """
    ### BEGIN SOLUTION
    lengths = []
    for h in states[::-1]:
        lengths.append(np.sqrt(np.sum(g**2)))
        g = (g * (1 - h**2)) @ U.T
    return np.array(lengths)
    ### END SOLUTION


# %%
# Try it: three cells, weaker and stronger. What is left after 10, 20, 30 steps?
rng = np.random.default_rng(0)
turn, _ = np.linalg.qr(rng.normal(size=(8, 8)))
for strength in (0.7, 1.0, 1.4):
    for size in (0.0, 0.5):
        U8 = strength * turn
        x8, zero = size * rng.normal(size=(31, 1)), np.zeros(8)
        h8 = rnn_states(x8, zero, np.ones((1, 8)), U8, zero)
        left = memory_left(h8, U8, np.ones(8) / 8**0.5)
        told = ", ".join(f"{length:.1e}" for length in left[[10, 20, 30]])
        print(f"U of {strength}, inputs of {size}: {told}")

# %% nbgrader={"grade_id": "memory-value", "points": 2} tinyml={"objective": "15-unroll"}
# 2 points: one unit, three steps.
### HINT: At the last state nothing has been multiplied yet. The slope of tanh is one
### HINT: minus the square of what it gave.
got = np.asarray(
    memory_left(np.array([[0.5], [0.0], [0.6]]), np.array([[2.0]]), np.ones(1))
)
assert got.shape == (3,), f"A length for each state, not shape {got.shape}."
assert np.isclose(got[0], 1), (
    f"At the last state g is as long as it came: not {got[0]}."
)
assert np.isclose(got[1], 1.28), f"One back: 1 - 0.36, times 2; not {got[1]}."
assert np.isclose(got[2], 2.56), f"Two back: that, times 1, times 2; not {got[2]}."

# %% nbgrader={"grade_id": "memory-any", "points": 3} tinyml={"objective": "15-unroll"}
# 3 points, hidden: several units, equal to what small nudges say.
### BEGIN HIDDEN TESTS
### HINT: Is it U or its transpose? Try a U that is not symmetric, and nudge a state
### HINT: by a little. The slopes belong to the state that is left, not to the one
### HINT: before.
hidden_seed = 74
rng = np.random.default_rng(hidden_seed)
U7, W7, x7 = rng.normal(size=(3, 3)), rng.normal(size=(2, 3)), rng.normal(size=(4, 2))
hs = [np.zeros(3)]
for row in x7:
    hs.append(np.tanh(row @ W7 + hs[-1] @ U7))
g7 = rng.normal(size=3)
given = g7.copy()
got = memory_left(np.array(hs[1:]), U7, g7)


def after(h, t):
    for row in x7[t:]:
        h = np.tanh(row @ W7 + h @ U7)
    return h @ given


for back in range(4):
    t = 4 - back
    small = 1e-6 * np.eye(3)
    slope = [(after(hs[t] + s, t) - after(hs[t] - s, t)) / 2e-6 for s in small]
    assert np.isclose(got[back], np.linalg.norm(slope), rtol=1e-4)
assert np.array_equal(g7, given)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: the caller keeps the state (5 points)
#
# On the board there is no sequence: samples come in pieces, from an interrupt, and
# whoever calls the model keeps its state in between. `listen` is called with each
# piece and says something after every `every`-th sample **since the very
# beginning**; so it also has to know how many samples went before. Cut the day into
# whatever pieces: what is said must be the same.


# %% nbgrader={"grade_id": "listen", "solution": true}
def listen(step, samples, state, every):
    """Feed samples to a cell; keep its state and what it says at every so many.

    step: function from (sample, h) to (said, h); it is called once for each sample, in
    order. samples: (n, inputs), n may be 0. state: tuple (h, count), where count
    samples went before. every: int of 1 or more; what is said after samples number
    every, 2 * every, ... of the day is kept. Returns (list of what was kept, new
    state).
    """
    ### BEGIN SOLUTION
    h, count = state
    kept = []
    for sample in samples:
        said, h = step(sample, h)
        count += 1
        if count % every == 0:
            kept.append(said)
    return kept, (h, count)
    ### END SOLUTION


# %%
# Try it: the mean acceleration so far, said every 10 s, from pieces of 77 samples.
def mean_so_far(sample, h):
    total, n = h
    total, n = total + np.linalg.norm(sample), n + 1
    return total / n, (total, n)


state, x0 = ((0.0, 0), 0), people[0][0][:1000]
for start in range(0, 1000, 77):
    kept, state = listen(mean_so_far, x0[start : start + 77], state, 250)
    for said in kept:
        print(f"{said:.3f} g on average")

# %% nbgrader={"grade_id": "listen-value", "points": 2} tinyml={"objective": "15-step"}
# 2 points: five samples, something kept after every second one.
### HINT: The first sample of the day has number 1. What is said there is not kept.


def add(sample, h):
    return float(h + sample[0]), h + sample[0]


got = listen(add, np.array([[1.0], [2], [3], [4], [5]]), (0.0, 0), 2)
assert len(got) == 2, "Two things: the list, and the state."
assert list(got[0]) == [3, 10], f"After samples 2 and 4: [3, 10], not {got[0]}."
assert tuple(got[1]) == (15, 5), f"The state: sum 15 after 5 samples, not {got[1]}."

# %% nbgrader={"grade_id": "listen-pieces", "points": 3} tinyml={"objective": "15-step"}
# 3 points, hidden: pieces of any length are as one piece.
### BEGIN HIDDEN TESTS
### HINT: Is the count of the day carried over, and the state h of every sample, also of
### HINT: those after which nothing is kept? An empty piece changes nothing. How often
### HINT: does the cell work for one sample?
from itertools import pairwise

hidden_seed = 75
rng = np.random.default_rng(hidden_seed)
n = int(rng.integers(11, 15))
day = rng.normal(size=(n, 1))
for every, cuts in ((1, [0, 4, n]), (3, [0, 1, 1, 6, n]), (5, range(n + 1))):
    first = float(rng.normal())
    sums = first + np.cumsum(day[:, 0])
    some, state = [], (first, 0)
    for begin, stop in pairwise(cuts):
        piece, state = listen(add, day[begin:stop], state, every)
        some += list(piece)
    assert np.allclose(some, sums[every - 1 :: every])
    assert np.isclose(state[0], sums[-1])
    assert state[1] == n
    for few, before, out in ((0, 2 * every - 1, []), (1, 5 * every - 1, [first])):
        got = listen(add, day[:few] * 0, (first, before), every)
        assert list(got[0]) == out
        assert tuple(got[1]) == (first, before + few)
asked = []
listen(lambda sample, h: (asked.append(sample[0]), h), day, (first, 0), 4)
assert np.array_equal(asked, day[:, 0])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: what a window shows (10 points)
#
# Chapter 16 cuts a recording into windows of `width` samples, a new one every `hop`
# samples, with one label each: the one that is **most frequent** in it; of equally
# frequent ones the smallest number. But a window in which somebody walks and then
# climbs belongs nowhere. So a window is kept only if its label holds for **at least
# the share** `pure` of its samples.


# %% nbgrader={"grade_id": "windows", "solution": true}
def windows(x, y, width, hop, pure):
    """Windows that belong to one activity.

    x: (n, channels) float. y: (n,) int, 0 or more. width, hop: ints of 1 or more.
    pure: from 0 to 1. Windows that would go beyond the end are left out.
    Returns (cut, labels): (count, width, channels) and (count,) int; count may be 0.
    """
    ### BEGIN SOLUTION
    starts, labels = [], []
    for start in range(0, len(x) - width + 1, hop):
        counts = np.bincount(y[start : start + width])
        if counts.max() / width >= pure:
            starts.append(start)
            labels.append(int(counts.argmax()))
    cut = x[np.array(starts, int)[:, None] + np.arange(width)]
    return cut, np.array(labels, int)
    ### END SOLUTION


# %%
# Try it: two seconds at a time. How many windows are lost if all must be pure?
for pure in (0, 0.8, 1):
    cut, labels = windows(*people[0], 50, 25, pure)
    print(f"pure to {pure:.0%}: {len(cut)} windows", np.bincount(labels, minlength=3))

# %% nbgrader={"grade_id": "windows-value", "points": 2} tinyml={"objective": "16-features"}
# 2 points: windows of four samples.
### HINT: Where do windows begin? Which of them is of one kind for long enough?
line = np.arange(10.0)[:, None] * [1, -1]
kinds = np.array([0, 0, 0, 0, 0, 2, 2, 2, 2, 2])
got = windows(line, kinds, 4, 2, 1)
assert len(got) == 2, "Two arrays: windows and labels."
assert np.shape(got[0]) == (2, 4, 2), (
    f"Windows at 0 and 6 are pure: not {np.shape(got[0])}."
)
assert np.array_equal(got[0][1][:, 0], [6, 7, 8, 9]), (
    "The second one begins at sample 6."
)
assert list(got[1]) == [0, 2], f"Labels 0 and 2, not {got[1]}."
got = windows(line, kinds, 4, 2, 0.75)
assert list(got[1]) == [0, 0, 2, 2], f"Three of four are enough: not {got[1]}."

# %% nbgrader={"grade_id": "windows-any", "points": 4} tinyml={"objective": "16-features"}
# 4 points, hidden: gaps, ties, shares that are just met, no window at all.
### BEGIN HIDDEN TESTS
### HINT: At least means that just enough is enough. A tie goes to the smaller number.
### HINT: The last full window counts; and where nothing is kept, shapes are as
### HINT: always.
hidden_seed = 76
rng = np.random.default_rng(hidden_seed)
for width, hop, pure in (
    *((4, 4, 0.5), (4, 1, 0.75), (8, 3, 0.625), (2, 5, 0.5), (4, 6, 0.76), (3, 4, 0.6)),
    *((1, 1, 1), (5, 2, 0), (60, 1, 0), (61, 1, 0)),
):
    kinds = np.repeat(rng.integers(0, 4, 60), rng.integers(1, 6, 60))[:60]
    some = rng.normal(size=(60, 2))
    begins, want = [], []
    for begin in range(0, 60 - width + 1, hop):
        part = kinds[begin : begin + width].tolist()
        label = max(sorted(set(part)), key=part.count)
        if part.count(label) >= pure * width:
            begins.append(begin)
            want.append(label)
    cut, labels = windows(some, kinds, width, hop, pure)
    assert list(labels) == want
    assert np.shape(cut) == (len(want), width, 2)
    for one, begin in zip(cut, begins, strict=True):
        assert np.array_equal(one, some[begin : begin + width])
mixed = np.tile(rng.permutation(5)[:2], 30)
assert np.shape(windows(some, mixed, 4, 4, 1)[0]) == (0, 4, 2)
assert np.shape(windows(some[:3], mixed[:3], 4, 1, 0)[0]) == (0, 4, 2)
cut, labels = windows(some, mixed, 6, 6, 0.5)
assert list(labels) == [min(mixed)] * 10
### END HIDDEN TESTS

# %% [markdown]
# Everybody wears the bracelet turned otherwise. So compute numbers that **do not
# change when it is turned**. With $m_t$ the length of the acceleration vector at
# sample $t$ (in g), and $\mathbf j_t = (\mathbf a_t - \mathbf a_{t-1}) \cdot
# \text{rate}$ its change in a second, take the mean of $m$, its standard deviation
# (NumPy's `std`), and the mean length of $\mathbf j$.


# %% nbgrader={"grade_id": "turned-alike", "solution": true}
def turned_alike(cut, rate_hz):
    """Three numbers for each window that are the same however the sensor is turned.

    cut: (count, width, 3) float in g, width of 2 or more, count may be 0.
    rate_hz: samples a second. Returns an array (count, 3): mean of the length, its
    standard deviation, both in g, and the mean length of the change, in g a second.
    """
    ### BEGIN SOLUTION
    length = np.sqrt((cut**2).sum(axis=2))
    change = np.sqrt((np.diff(cut, axis=1) ** 2).sum(axis=2)) * rate_hz
    return np.column_stack(
        [length.mean(axis=1), length.std(axis=1), change.mean(axis=1)]
    )
    ### END SOLUTION


# %%
# Try it: what rest, walk and stairs look like for two people.
for x, y in people[:2]:
    cut, labels = windows(x, y, 50, 25, 1)
    numbers = turned_alike(cut, RATE_HZ)
    for what in range(3):
        print(f"{LABELS[what]:>7}", numbers[labels == what].mean(axis=0).round(2))

# %% nbgrader={"grade_id": "turned-value", "points": 2} tinyml={"objective": "16-features"}
# 2 points: one window of three samples.
### HINT: The length of each vector first; the difference of vectors, not of lengths.
got = np.asarray(turned_alike(np.array([[[0.0, 0, 1], [0, 1, 0], [0, 3, 0]]]), 10))
assert got.shape == (1, 3), f"Three numbers for the window, not shape {got.shape}."
assert np.isclose(got[0, 0], 5 / 3), f"Lengths 1, 1, 3: their mean is not {got[0, 0]}."
assert np.isclose(got[0, 1], np.std([1, 1, 3])), f"Their spread is not {got[0, 1]}."
assert np.isclose(got[0, 2], 5 * (2**0.5 + 2)), f"Changes 1.41 and 2: not {got[0, 2]}."

# %% nbgrader={"grade_id": "turned-any", "points": 2} tinyml={"objective": "16-features"}
# 2 points, hidden: any windows, any turn.
### BEGIN HIDDEN TESTS
### HINT: Turn all vectors alike: do your numbers stay? Between w samples there are w
### HINT: - 1 changes, and none between one window and the next.
from itertools import pairwise

hidden_seed = 77
rng = np.random.default_rng(hidden_seed)
cut = rng.normal(size=(6, 9, 3))
around, _ = np.linalg.qr(rng.normal(size=(3, 3)))
rate = int(rng.integers(20, 60))
got = np.asarray(turned_alike(cut, rate))
assert np.allclose(turned_alike(cut @ around, rate), got)
assert np.allclose(turned_alike(cut[2:3], rate), got[2:3])
assert np.allclose(turned_alike(cut, 2 * rate)[:, 2], 2 * got[:, 2])
assert np.allclose(turned_alike(cut, 2 * rate)[:, :2], got[:, :2])
for row, one in zip(got, cut, strict=True):
    lengths = [np.linalg.norm(a) for a in one]
    jolts = [rate * np.linalg.norm(b - a) for a, b in pairwise(one)]
    assert np.allclose(row, [np.mean(lengths), np.std(lengths), np.mean(jolts)])
assert np.shape(turned_alike(cut[:0], rate)) == (0, 3)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: who is served badly? (4 points)
#
# One number for everybody hides somebody. For each person, which share of the
# windows was right? Then two figures for all: the **mean over people**, everybody
# counting alike, and the **person with the smallest share** (where several have it,
# the first of them when people are sorted: the smallest number, or the name that
# stands first in the alphabet).


# %% nbgrader={"grade_id": "by-person", "solution": true}
def by_person(y, said, person):
    """Share of right answers for each person, their mean, and who is served worst.

    y, said: (n,) ints. person: (n,) ints or strings, n of 1 or more.
    Returns (shares, mean, worst): a dict from person to float, with a key for each
    person who occurs; a float; and one of the keys, among equals the smallest.
    """
    ### BEGIN SOLUTION
    right = y == said
    names = np.unique(person).tolist()
    shares = {name: float(right[person == name].mean()) for name in names}
    return shares, float(np.mean(list(shares.values()))), min(names, key=shares.get)
    ### END SOLUTION


# %%
# Try it: two ways to describe a window, two ways to judge. The model looks for the
# window that it knows and that is closest, in units of the spread.
def closest(numbers, labels, asked):
    numbers, asked = numbers / numbers.std(axis=0), asked / numbers.std(axis=0)
    gaps = (numbers**2).sum(axis=1) - 2 * asked @ numbers.T  # (a - b)^2 without a^2
    return labels[gaps.argmin(axis=1)]


cuts = [windows(x, y, 50, 25, 1) for x, y in people]
cut, labels = (np.concatenate(part) for part in zip(*cuts, strict=True))
person = np.repeat(np.arange(8), [len(c) for c, _ in cuts])
axes = np.hstack([cut.mean(axis=1), cut.std(axis=1)])
for name, numbers in (
    ("each axis", axes),
    ("turned alike", turned_alike(cut, RATE_HZ)),
):
    fold = np.random.default_rng(0).integers(8, size=len(cut))
    for way, part in (("by chance", fold), ("by person", person)):
        said = np.zeros(len(cut), int)
        for k in range(8):
            known = part != k
            said[~known] = closest(numbers[known], labels[known], numbers[~known])
        shares, mean, worst = by_person(labels, said, person)
        print(f"{name:>12}, held out {way}: {mean:.1%};", end=" ")
        print(f"worst, {worst}: {shares[worst]:.0%}")

# %% nbgrader={"grade_id": "person-value", "points": 2} tinyml={"objective": "16-people"}
# 2 points: three people.
### HINT: A share for each person first; then the mean of those shares.
who = np.array([4, 4, 4, 4, 9, 9, 6])
got = by_person(np.array([0, 1, 2, 0, 1, 1, 2]), np.array([0, 1, 2, 1, 1, 0, 2]), who)
assert len(got) == 3, "Three things: shares, mean, worst."
assert got[0] == {4: 0.75, 6: 1.0, 9: 0.5}, f"Shares are not {got[0]}."
assert np.isclose(got[1], 0.75), f"The mean over three people is not {got[1]}."
assert got[2] == 9, f"Person 9 is right half of the time; you name {got[2]}."

# %% nbgrader={"grade_id": "person-any", "points": 2} tinyml={"objective": "16-people"}
# 2 points, hidden: names, people with many windows and few, ties, nobody right.
### BEGIN HIDDEN TESTS
### HINT: Everybody counts alike in the mean, however long they wore it. Names may be
### HINT: strings. Who is first among those served worst, when names are sorted?
### HINT: And nothing is rounded.
hidden_seed = 78
rng = np.random.default_rng(hidden_seed)
for crowd in (np.array(["zoe", "ada", "mia", "bo", "kim"]), rng.permutation(99)[:5]):
    for people in (
        ((3, 2), (1, 1), (1, 1), (3, 1), (2, 2)),  # right in four, and how many fours
        ((1, 2), (4, 1), (0, 1), (4, 2), (0, 1)),
        ((0, 1), (0, 1), (0, 1), (0, 2), (0, 3)),
    ):
        hits = dict(zip(rng.permutation(crowd).tolist(), people, strict=True))
        who, well = [], []
        for name in sorted(hits, reverse=True):
            right, fours = hits[name]
            who += [name] * 4 * fours
            well += [*rng.permutation(([True] * right + [False] * (4 - right)) * fours)]
        truth = rng.integers(0, 3, len(who))
        got = by_person(truth, truth + ~np.array(well), np.array(who))
        assert got[0] == {name: right / 4 for name, (right, _) in hits.items()}
        assert np.isclose(got[1], sum(right for right, _ in people) / 20)
        least = min(right for right, _ in people)
        assert got[2] == min(name for name in hits if hits[name][0] == least)
    one = by_person(truth[:1], truth[:1], np.array(who[:1]))
    assert tuple(one) == ({who[0]: 1.0}, 1.0, who[0])
    third = np.repeat(crowd[:1], 3)
    shares, mean, _ = by_person(np.arange(3), np.array([0, 2, 1]), third)
    assert np.isclose([*shares.values()], 1 / 3)
    assert np.isclose(mean, 1 / 3)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* An LSTM with 32 units, unrolled over 128 samples, and the same
#    LSTM as one step with its state kept by the caller: which of flash, RAM and
#    the work for 128 samples differ, and why? What must the caller do when a new
#    recording begins?
# 2. *(2 points)* Your colleague splits windows by chance, and windows overlap by
#    half. Name two reasons why the accuracy will disappoint the next owner, and
#    say which split shows it in advance.

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["15-step", "16-people"]}
# 1. The weights are the same and stored once. Unrolled, the graph has 128 copies
#    of the operators: more flash for the code that calls them, and more RAM,
#    because the whole window is the input and many steps live in one arena; the
#    step needs one sample and its state. The multiplications are the same in
#    number. At a new recording the caller sets the state back to its start
#    (zeros), or the old person is remembered.
# 2. Windows that overlap share half of their samples, so a test window has its
#    double in training. And people move and wear it in their own way: a model
#    that has met a person knows that way; the next owner was never met. Holding
#    out whole people shows it in advance.
#
# Rubric: 1. one point for what differs, with RAM or flash named and the work said
# to be equal; one point for the state set back. 2. one point for two reasons
# (none for one alone); one point for whole people held out.

# %% [markdown]
# ## What you have done
#
# You **ran** a recurrent cell, **opened** the gates of an LSTM, **measured** how
# far back it can learn, **kept** a state over pieces, **cut** motion into windows
# that belong to one activity, described it however the bracelet is turned, and
# **asked** who is served badly. Chapter 17 begins to make all this smaller.
