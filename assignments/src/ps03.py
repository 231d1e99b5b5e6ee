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
# # Problem set 3: a thirsty plant
#
# A probe in a flower pot says how wet the soil is, in a way: the wetter the soil,
# the lower its count, steeply at first and then hardly at all; and when the sun
# warms the pot, the count drifts although nobody has watered. No straight line
# turns that into water. You build the network that does, with all that it takes to
# train it, and choose one that a board can hold and that has not merely learned its
# points by heart.
#
# **You need** chapters 03, 06 and 07, and NumPy. **Time:** about 110 minutes.
# **Points:** 40.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `forward` | 4 |
# | 2 | `largest_gap`, `backward` | 9 |
# | 3 | `start_weights`, `adam_step` | 7 |
# | 4 | `add_penalty`, `dropout`, `stop_early` | 10 |
# | 5 | `choose_network`, `network_bytes` | 6 |
# | 6 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the names of the function
#   and of its arguments.
# * Each function **stands alone**: do not call one of them from another. A
#   mistake then costs points once only. Use NumPy; nothing else is needed.
# * A test cell that raises nothing is passed. Some test cells hold nothing but
#   a comment: their tests are hidden, and run when you are graded. The comment
#   says what they look at, and the docstring says all you need.
# * A cell that says *Try it* gives no points. Change it as you like. From part 3
#   on, such cells put several of your functions together.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets a
# pot of its own. In grading the name comes from your submission, so compute
# with the arrays and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
from itertools import pairwise

import numpy as np

COURSE = 0  # your course's own number


def weigh_pot(student):
    """Weigh this student's pot 248 times while its probe and thermometer are read.

    Returns raw (248, 2) float: the probe's count, and °C; and water (248, 1) float:
    tenths of the soil's volume.
    """
    rng = np.random.default_rng([COURSE, 3, *student.strip().lower().encode()])
    dry, swing = rng.uniform(2500, 2800), rng.uniform(1300, 1500)
    bend, drift = rng.uniform(1.2, 1.7), rng.uniform(-16, -10)
    water, warm = rng.uniform(0.5, 4.5, 248), rng.uniform(5, 35, 248)
    counts = dry - swing * (1 - np.exp(-water / bend)) + drift * (warm - 20)
    counts = np.rint(counts + rng.normal(0, 35, 248))
    return np.column_stack([counts, warm]), water[:, None]


raw, water = weigh_pot(STUDENT)
x = (raw - raw[:24].mean(axis=0)) / raw[:24].std(axis=0)  # standardized
x_train, x_val, x_test = np.split(x, [24, 48])  # (24, 2), (24, 2), (200, 2)
y_train, y_val, y_test = np.split(water, [24, 48])  # (24, 1), (24, 1), (200, 1)


def mse(y, predicted):
    """Mean of the squared gaps, over all entries."""
    return float(np.mean((predicted - y) ** 2))


# %%
# Try it: your pot's first three rows, and what the best straight line leaves over.
print("counts:", raw[:3, 0])
print("°C:    ", raw[:3, 1].round(1))
print("water: ", y_train[:3, 0].round(2))
X_train, X_val = (np.column_stack([part, np.ones(24)]) for part in (x_train, x_val))
w = np.linalg.lstsq(X_train, y_train)[0]
print("MSE of the line:", mse(y_train, X_train @ w), "and", mse(y_val, X_val @ w))

# %% [markdown]
# ## Part 1: forward (4 points)
#
# One hidden layer of ReLU neurons. Rows are measurements:
#
# $$H = \max(0,\; XW_1 + \mathbf b_1), \qquad \hat Y = HW_2 + \mathbf b_2.$$
#
# The last layer stays straight: an answer may be below zero. There may be any number
# of inputs, of neurons and of outputs.


# %% nbgrader={"grade_id": "forward", "solution": true}
def forward(x, W1, b1, W2, b2):
    """A network with one hidden ReLU layer, for all rows at once.

    x: (n, k); W1: (k, m); b1: (m,); W2: (m, o); b2: (o,); all float.
    Returns two arrays: h (n, m), what the hidden neurons say, and predicted (n, o).
    """
    ### BEGIN SOLUTION
    h = np.maximum(x @ W1 + b1, 0)
    return h, h @ W2 + b2
    ### END SOLUTION


# %%
# Try it: two neurons, one that wakes up where the soil is dry, one where it is wet.
h, predicted = forward(
    x_train[:5],
    W1=np.array([[1.0, -1.0], [0.0, 0.0]]),
    b1=np.zeros(2),
    W2=np.array([[-1.0], [1.5]]),
    b2=np.array([2.0]),
)
print(np.column_stack([x_train[:5], h, predicted]).round(2))

# %% nbgrader={"grade_id": "forward-example", "points": 2} tinyml={"objective": "06-neuron"}
# 2 points: a row, three neurons, one output.
### HINT: First the sum with the bias, then the activation; then the same without one.
got = forward(
    np.array([[1.0, 2.0]]),
    np.array([[1.0, -1.0, 0.5], [0.5, -1.0, 0.25]]),
    np.array([1.0, 0.0, 0.5]),
    np.array([[2.0], [5.0], [1.0]]),
    np.array([0.5]),
)
assert isinstance(got, tuple | list), "Two arrays, please: h and predicted."
assert len(got) == 2, f"Two arrays, not {len(got)}."
assert np.shape(got[0]) == (1, 3), f"h is (1, 3) here, not {np.shape(got[0])}."
assert np.shape(got[1]) == (1, 1), f"predicted is (1, 1), not {np.shape(got[1])}."
assert np.allclose(got[0], [[3, 0, 1.5]]), f"The sums are 3, -3, 1.5: {got[0]}?"
assert np.allclose(got[1], 8), f"2 of the first, 1 of the last, and the bias: {got[1]}?"

# %% nbgrader={"grade_id": "forward-any", "points": 2} tinyml={"objective": "06-neuron"}
# 2 points, hidden: any number of rows, inputs and outputs; numbers of either sign.
### BEGIN HIDDEN TESTS
### HINT: What happens to an answer below zero? And to a neuron whose sum is below
### HINT: zero, but whose bias is not? Try a network with several outputs by hand.
hidden_seed = 41
rng = np.random.default_rng(hidden_seed)
for n, k, m, o in [(4, 3, 5, 2), (1, 1, 2, 1), (6, 2, 4, 3)]:
    xs = rng.normal(size=(n, k))
    A, a, B, b = (rng.normal(size=size) for size in ((k, m), m, (m, o), o))
    h, predicted = forward(xs, A, a, B, b)
    sums = np.array([[sum(row * A[:, j]) + a[j] for j in range(m)] for row in xs])
    bent = np.where(sums > 0, sums, 0)
    assert np.shape(h) == (n, m)
    assert np.allclose(h, bent)
    assert np.shape(predicted) == (n, o)
    out = [[sum(row * B[:, j]) + b[j] for j in range(o)] for row in bent]
    assert np.allclose(predicted, out)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: backward (9 points)
#
# First a tool, so that you can check yourself: are these numbers the slopes of that
# function? Nudge *one* entry of $\mathbf p$ a little to each side, the others stay:
#
# $$\frac{\partial f}{\partial p_i} \approx
# \frac{f(\dots, p_i + s, \dots) - f(\dots, p_i - s, \dots)}{2s}.$$
#
# Do so for every entry, and report the largest difference from what was claimed.


# %% nbgrader={"grade_id": "largest-gap", "solution": true}
def largest_gap(f, p, slopes, step=1e-5):
    """How far slopes are from finite differences of f at p, in the worst entry.

    f: function from an array like p to one float. p: float array of any shape; it is
    left as it was. slopes: an array of the same shape. Each entry is nudged by step
    to both sides. Returns one float, the largest absolute difference.
    """
    ### BEGIN SOLUTION
    worst = 0.0
    for place in np.ndindex(p.shape):
        up, down = p.copy(), p.copy()
        up[place] += step
        down[place] -= step
        numeric = (f(up) - f(down)) / (2 * step)
        worst = max(worst, abs(float(numeric - slopes[place])))
    return worst
    ### END SOLUTION


# %%
# Try it: slopes of p0² + p1² at (1, 3). Right, and with a mistake.
p = np.array([1.0, 3.0])
for claimed in (2 * p, p):
    print(claimed, largest_gap(lambda q: np.sum(q**2), p, claimed))

# %% nbgrader={"grade_id": "gap-found", "points": 1} tinyml={"objective": "03-gradient"}
# 1 point: slopes that are right, and slopes with one mistake.
### HINT: One entry at a time, up and down; how long is the way from down to up?
p = np.array([1.0, 2.0, 3.0])
slopes = 2 * p  # of the sum of squares
got = largest_gap(lambda q: np.sum(q * q), p.copy(), slopes)
assert isinstance(got, int | float), "One number, please: the worst of all entries."
assert got < 1e-4, f"These slopes are right, and yet you find a gap of {got}."
got = largest_gap(lambda q: np.sum(q * q), p.copy(), slopes - [0, 0.5, 0])
assert np.isclose(got, 0.5, atol=1e-3), f"One slope is 0.5 off; you say {got}."

# %% nbgrader={"grade_id": "gap-any", "points": 1} tinyml={"objective": "03-gradient"}
# 1 point, hidden: matrices; slopes that are claimed too large or too small.
### BEGIN HIDDEN TESTS
### HINT: In a matrix, nudge one entry, not a whole row. And a slope that is claimed
### HINT: too large is as wrong as one that is claimed too small.
hidden_seed = 42
rng = np.random.default_rng(hidden_seed)
p, factor = rng.uniform(0.5, 3, (2, 3, 2)) * [1, -1]


def f(q):
    return np.sum(factor * q * q) + q[0, 0] * q[2, 1]


true = 2 * factor * p
true[0, 0] += p[2, 1]
true[2, 1] += p[0, 0]
assert largest_gap(f, p.copy(), true) < 1e-3
misses = rng.uniform([0.2, -4, 0.2], [4, -0.2, 4])
for place, miss in zip(((0, 1), (1, 0), (2, 1)), misses, strict=True):
    claimed = true.copy()
    claimed[place] += miss
    assert np.isclose(largest_gap(f, p.copy(), claimed), abs(miss), atol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "gap-sides", "points": 1} tinyml={"objective": "03-gradient"}
# 1 point, hidden: a step to each side, as long as told, and p is left as it was.
### BEGIN HIDDEN TESTS
### HINT: A parabola has no gap even with a long step, if you step to both sides. And
### HINT: whoever calls you goes on using p: nudge a copy. (Up, down twice and up again
### HINT: is not quite where you began: floats are rounded.)
hidden_seed = 43
rng = np.random.default_rng(hidden_seed)
for step in rng.uniform(0.2, 0.9, 2):
    p = rng.normal(size=2)
    kept = p.copy()
    assert largest_gap(lambda q: np.sum(q * q), p, 2 * p, step=step) < 1e-9
    assert np.array_equal(p, kept)
    got = largest_gap(lambda q: np.sum(q**3), p, 3 * p**2, step=step)
    assert np.isclose(got, step**2)  # the rest of (p + s)³ - (p - s)³
    assert np.array_equal(p, kept)
some = rng.uniform(0.03, 0.3, 60)
p = some[some + 1e-5 - 2e-5 + 1e-5 != some][:4]  # such as do not find their way back
kept = p.copy()
largest_gap(lambda q: np.sum(q * q), p, 2 * p)
assert np.array_equal(p, kept)
### END HIDDEN TESTS

# %% [markdown]
# Now the slopes of
#
# $$L = \text{mean of all entries of } (\hat Y - Y)^2$$
#
# for all four arrays, backwards, as chapter 06 derives them. Forward has been run
# already: you are given what it said. Remember that $Y$ has $n$ rows *and* $o$
# columns, and that $\max(0, z)$ passes a slope on only where its sum was positive
# (where the sum is 0, pass nothing).


# %% nbgrader={"grade_id": "backward", "solution": true}
def backward(x, y, h, predicted, W2):
    """Slopes of the mean squared error for a network with one hidden ReLU layer.

    x: (n, k); y: (n, o); h: (n, m) and predicted: (n, o) as forward gave them;
    W2: (m, o). Returns a list of four arrays: the slopes for W1 (k, m), b1 (m,),
    W2 (m, o) and b2 (o,).
    """
    ### BEGIN SOLUTION
    G = 2 * (predicted - y) / predicted.size  # (n, o)
    G_z = (G @ W2.T) * (h > 0)  # (n, m)
    return [x.T @ G_z, G_z.sum(axis=0), h.T @ G, G.sum(axis=0)]
    ### END SOLUTION


# %%
# Try it: your backward, judged by your largest_gap, on your pot. (Needs part 1.)
rng = np.random.default_rng(0)
parts = [rng.normal(size=size) for size in ((2, 3), 3, (3, 1), 1)]
h, predicted = forward(x_train, *parts)
slopes = backward(x_train, y_train, h, predicted, parts[2])
for i, name in enumerate(["W1", "b1", "W2", "b2"]):

    def loss(part, i=i):
        moved = [*parts[:i], part, *parts[i + 1 :]]
        return mse(y_train, forward(x_train, *moved)[1])

    print(name, largest_gap(loss, parts[i], slopes[i]))

# %% [markdown]
# The tests below do it with fewer numbers: all entries of an array move at once, along
# a random direction $D$. The loss must then change at the rate $\sum_i G_i D_i$. In the
# two open tests every neuron is on, for every row.

# %% nbgrader={"grade_id": "backward-last", "points": 1} tinyml={"objective": "06-backward"}
# 1 point: the last layer's slopes, W2 and b2, one output, on your data.
### HINT: Start with the slope of the square and of the mean. A weight acts on all
### HINT: rows, each with what its neuron said; a bias acts on all rows with factor 1.
rng = np.random.default_rng(32)
A, a, B, b = rng.normal(size=(2, 4)), np.full(4, 20.0), rng.normal(size=(4, 1)), -3.0
on = x_train @ A + a  # (24, 4), all positive
got = backward(x_train, y_train, on, on @ B + b, B)
assert isinstance(got, tuple | list), "A list of four arrays, please."
assert len(got) == 4, f"Four arrays, for W1, b1, W2, b2, not {len(got)}."
assert np.shape(got[2]) == (4, 1), f"For W2: shape (4, 1), not {np.shape(got[2])}."
assert np.shape(got[3]) == (1,), f"For b2: shape (1,), not {np.shape(got[3])}."
D, s = rng.normal(size=(4, 1)), 1e-5
rate = (mse(y_train, on @ (B + s * D) + b) - mse(y_train, on @ (B - s * D) + b)) / 2 / s
assert np.isclose(np.sum(got[2] * D), rate, rtol=1e-4), "The slopes for W2 are off."
rate = (mse(y_train, on @ B + b + s) - mse(y_train, on @ B + b - s)) / 2 / s
assert np.isclose(got[3][0], rate, rtol=1e-4), f"For b2: {got[3][0]}, but {rate:.3f}?"

# %% nbgrader={"grade_id": "backward-first", "points": 1} tinyml={"objective": "06-backward"}
# 1 point: the first layer's slopes, W1 and b1, one output, on your data.
### HINT: What is the slope for h? It needs W2. Then the first layer is like the last.
rng = np.random.default_rng(33)
A, a, B, b = rng.normal(size=(2, 5)), np.full(5, 20.0), rng.normal(size=(5, 1)), 1.0
on = x_train @ A + a  # (24, 5), all positive
got = backward(x_train, y_train, on, on @ B + b, B)
assert isinstance(got, tuple | list), "A list of four arrays, please."
assert np.shape(got[0]) == (2, 5), f"For W1: shape (2, 5), not {np.shape(got[0])}."
assert np.shape(got[1]) == (5,), f"For b1: shape (5,), not {np.shape(got[1])}."
for which, D in (("W1", rng.normal(size=(2, 5))), ("b1", rng.normal(size=5))):
    move = (x_train @ D if which == "W1" else D) * 1e-5
    above, below = mse(y_train, (on + move) @ B + b), mse(y_train, (on - move) @ B + b)
    said = np.sum(got[0 if which == "W1" else 1] * D)
    assert np.isclose(said, (above - below) / 2e-5, rtol=1e-4), f"{which} is off."


# %% nbgrader={"grade_id": "backward-several", "points": 2} tinyml={"objective": "06-backward"}
# 2 points, hidden: several outputs.
### BEGIN HIDDEN TESTS
### HINT: With several outputs, over how many entries does the mean go? And a hidden
### HINT: neuron acts on all of the outputs.
def loss(x, y, A, a, B, b):
    return np.mean(((x @ A + a) @ B + b - y) ** 2)


hidden_seed = 44
rng = np.random.default_rng(hidden_seed)
for n, k, m, o in [(5, 3, 4, 3), (7, 1, 2, 2)]:
    xs, ys = rng.uniform(0, 1, (n, k)), rng.normal(size=(n, o))
    parts = [rng.uniform(0.1, 1, size) for size in ((k, m), m, (m, o), o)]
    parts[2] = parts[2] - 0.5
    h = xs @ parts[0] + parts[1]
    got = backward(xs, ys, h, h @ parts[2] + parts[3], parts[2])
    for i, part in enumerate(parts):
        assert np.shape(got[i]) == part.shape
        D, s = rng.normal(size=part.shape), 1e-6
        up, down = [*parts], [*parts]
        up[i], down[i] = part + s * D, part - s * D
        rate = (loss(xs, ys, *up) - loss(xs, ys, *down)) / (2 * s)
        assert np.isclose(np.sum(got[i] * D), rate, rtol=1e-5, atol=1e-7)
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "backward-off", "points": 2} tinyml={"objective": "06-backward"}
# 2 points, hidden: neurons that are off, for some rows or for all.
### BEGIN HIDDEN TESTS
### HINT: A neuron that said 0 for a row passes nothing back for that row, neither to
### HINT: its weights nor to its bias. Do you ask what the neuron said, or its slope?
def loss(x, y, A, a, B, b):
    return np.mean((np.clip(x @ A + a, 0, None) @ B + b - y) ** 2)


hidden_seed = 45
rng = np.random.default_rng(hidden_seed)
for n, k, m in [(8, 3, 6), (5, 2, 4)]:
    xs, ys = rng.normal(size=(n, k)), rng.normal(size=(n, 1))
    parts = [rng.normal(size=size) for size in ((k, m), m, (m, 1), 1)]
    parts[1][0] = -50.0
    h = np.clip(xs @ parts[0] + parts[1], 0, None)
    got = backward(xs, ys, h, h @ parts[2] + parts[3], parts[2])
    assert np.all(got[0][:, 0] == 0)
    assert got[1][0] == 0
    for i in (0, 1):
        D, s = rng.normal(size=parts[i].shape), 1e-7
        up, down = [*parts], [*parts]
        up[i], down[i] = parts[i] + s * D, parts[i] - s * D
        rate = (loss(xs, ys, *up) - loss(xs, ys, *down)) / (2 * s)
        assert np.isclose(np.sum(got[i] * D), rate, rtol=1e-4, atol=1e-6)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: start and walk (7 points)
#
# Where to start? A ReLU layer with $k$ inputs keeps the size of the signal if its
# weights have mean 0 and the **variance** $2/k$ (He and others, 2015; chapter 07).
# Biases start at 0 here. `sizes` names the layers from the inputs to the outputs:
# `(2, 16, 1)` may be your pot's network, `(64, 32, 32, 10)` has two hidden layers.


# %% nbgrader={"grade_id": "start-weights", "solution": true}
def start_weights(sizes, rng):
    """Weights drawn from a normal distribution of mean 0 and variance 2 / inputs.

    sizes: numbers of inputs, of each layer's neurons, of outputs. rng: a NumPy
    Generator, the only source of chance. Returns a list [W1, b1, W2, b2, ...]:
    weights (inputs, neurons) of each layer, biases (neurons,), which are 0.
    """
    ### BEGIN SOLUTION
    parameters = []
    for k, m in pairwise(sizes):
        parameters += [rng.normal(0, np.sqrt(2 / k), (k, m)), np.zeros(m)]
    return parameters
    ### END SOLUTION


# %%
# Try it: a start for your pot.
for part in start_weights((2, 4, 1), np.random.default_rng(0)):
    print(np.shape(part), np.round(part, 2).tolist())

# %% nbgrader={"grade_id": "start-shapes", "points": 1} tinyml={"objective": "07-signal"}
# 1 point: the shapes, biases at 0, and neurons that are not all alike.
### HINT: For each pair of neighbours in sizes: a matrix of weights, then biases.
got = start_weights((3, 5, 2), np.random.default_rng(0))
assert isinstance(got, list), "A list of arrays, please: W1, b1, W2, b2."
shapes = [np.shape(part) for part in got]
assert shapes == [(3, 5), (5,), (5, 2), (2,)], f"W1, b1, W2, b2; you have {shapes}."
assert not np.any(np.concatenate(got[1::2])), "Biases start at 0."
assert not np.allclose(got[0], got[0][:, :1]), "Neurons that start alike stay alike."

# %% nbgrader={"grade_id": "start-spread", "points": 2} tinyml={"objective": "07-signal"}
# 2 points, hidden: mean and variance of each layer's weights, drawn from `rng`.
### BEGIN HIDDEN TESTS
### HINT: `normal` asks for a standard deviation, not for a variance. It depends on how
### HINT: many terms a neuron adds up. And all layers are drawn from the rng you get,
### HINT: normally: a few in a hundred lie beyond two standard deviations.
hidden_seed = 46
rng = np.random.default_rng(hidden_seed)
sizes = [*rng.integers([140, 70, 180], [160, 80, 200]).tolist(), 60]
got = start_weights(sizes, rng)
for W, (k, m) in zip(got[::2], pairwise(sizes), strict=True):  # 9,800 or more in each
    assert np.shape(W) == (k, m)
    assert abs(np.std(W) / np.sqrt(2 / k) - 1) < 0.05
    assert abs(np.mean(W)) < 0.05 * np.sqrt(2 / k)
    assert 0.03 < np.mean(abs(W) > 2 * np.std(W)) < 0.06
one, same = (np.random.default_rng(hidden_seed + 1) for _ in range(2))
square = start_weights((20, 20, 20), one)
assert not np.allclose(square[0], square[2])
assert not np.allclose(square[0], start_weights((20, 20, 20), one)[0])
assert np.array_equal(square[2], start_weights((20, 20, 20), same)[2])
### END HIDDEN TESTS

# %% [markdown]
# One step of **Adam** (chapter 03), for one array of parameters $\mathbf p$ with slopes
# $\mathbf g$. All of this is entry by entry; $t$ is 1 in the first step:
#
# $$\mathbf m \leftarrow \mu\,\mathbf m + (1-\mu)\,\mathbf g, \qquad
# \mathbf s \leftarrow \rho\,\mathbf s + (1-\rho)\,\mathbf g^2,$$
#
# $$\mathbf p \leftarrow \mathbf p - \eta\;\frac{\mathbf m / (1-\mu^t)}
# {\sqrt{\mathbf s / (1-\rho^t)} + \varepsilon}.$$
#
# In the code $\eta$ is `rate`, $\mu$ is `keep`, $\rho$ is `keep_size`, and
# $\varepsilon$ is `tiny`. What is kept for the next step are $\mathbf m$ and
# $\mathbf s$ themselves, without the correction.


# %% nbgrader={"grade_id": "adam-step", "solution": true}
def adam_step(p, g, m, s, t, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    """One step of Adam.

    p, g, m, s: float arrays of one shape; they are left as they were. t: the number
    of this step, from 1. Returns three new arrays of that shape: p, m and s.
    """
    ### BEGIN SOLUTION
    m = keep * m + (1 - keep) * g
    s = keep_size * s + (1 - keep_size) * g**2
    size = np.sqrt(s / (1 - keep_size**t))
    return p - rate * m / (1 - keep**t) / (size + tiny), m, s
    ### END SOLUTION


# %%
# Try it: train a network on your pot. (Needs parts 1 to 3.)
def train(sizes, steps=200, rate=0.1, seed=0, change=lambda parts, slopes: slopes):
    parts = start_weights(sizes, np.random.default_rng(seed))
    kept = [(np.zeros_like(p), np.zeros_like(p)) for p in parts]
    history = []  # (training MSE, validation MSE) before each step
    for t in range(1, steps + 1):
        h, predicted = forward(x_train, *parts)
        held_back = mse(y_val, forward(x_val, *parts)[1])
        history.append((mse(y_train, predicted), held_back))
        slopes = change(parts, backward(x_train, y_train, h, predicted, parts[2]))
        for i, (p, g, (m, s)) in enumerate(zip(parts, slopes, kept, strict=True)):
            parts[i], *kept[i] = adam_step(p, g, m, s, t, rate)
    return parts, np.array(history)


_, history = train((2, 8, 1))
for step in (0, 5, 20, 50, 199):
    print(f"step {step:3d}: training {history[step, 0]:.4f},", end=" ")
    print(f"validation {history[step, 1]:.4f}")

# %% nbgrader={"grade_id": "adam-first", "points": 1} tinyml={"objective": "03-race"}
# 1 point: the first step is as long as the rate, whatever the slopes.
### HINT: Both running means start at 0 and are too small at first. What mends that?
start, slopes, zero = np.array([1.0, -2.0]), np.array([50.0, -2.0]), np.zeros(2)
got = adam_step(start.copy(), slopes.copy(), zero.copy(), zero.copy(), 1, 0.25)
assert isinstance(got, tuple | list), "Three arrays, please: p, m and s."
assert len(got) == 3, f"Three arrays, please: p, m and s, not {len(got)}."
assert [np.shape(part) for part in got] == [(2,)] * 3, "All three have p's shape."
moved = got[0] - start
assert np.allclose(moved, [-0.25, 0.25]), f"The first step is 0.25 long, not {moved}."

# %% nbgrader={"grade_id": "adam-many", "points": 2} tinyml={"objective": "03-race"}
# 2 points, hidden: right after many steps too, with other keep, keep_size and tiny.
### BEGIN HIDDEN TESTS
### HINT: From the second step on: t is an exponent; what you hand on to the next step
### HINT: is not corrected; all of the arguments count, tiny comes after the root.
hidden_seed = 47
rng = np.random.default_rng(hidden_seed)
p, m, s = rng.normal(size=(3, 2)), np.zeros((3, 2)), np.zeros((3, 2))
want, first, second = p.copy(), 0.0, 0.0
mu, rho, eps = rng.uniform([0.5, 0.93, 0.005], [0.8, 0.98, 0.05])
for t in range(1, 13):
    g = rng.normal(size=(3, 2)) * [1.0, 30.0] / t
    first, second = mu * first + (1 - mu) * g, rho * second + (1 - rho) * g * g
    top, low = first / (1 - mu**t), (second / (1 - rho**t)) ** 0.5
    want = want - 0.1 * top / (low + eps)
    p, m, s = adam_step(p, g, m, s, t, 0.1, keep=mu, keep_size=rho, tiny=eps)
    assert np.allclose(p, want, rtol=1e-9)
assert np.allclose(m, first)
assert np.allclose(s, second)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "adam-leaves", "points": 1} tinyml={"objective": "03-race"}
# 1 point, hidden: the arrays that come in are left as they were.
### BEGIN HIDDEN TESTS
### HINT: Operations like `*=` and `+=` change the array itself, and with it that of
### HINT: whoever called you. Make new arrays.
hidden_seed = 48
rng = np.random.default_rng(hidden_seed)
given = [rng.uniform(-100, 100, 2), *rng.uniform(0.5, 3, (3, 2))]
kept = [part.copy() for part in given]
moved = adam_step(*given, 3, 0.1)[0] - kept[0]
assert all(np.array_equal(now, was) for now, was in zip(given, kept, strict=True))
assert np.all(moved != 0)  # a step was made, from here, and a short one
assert np.all(abs(moved) < 1)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: hold it back (10 points)
#
# Train longer, and with more neurons, and the training error goes on falling while the
# validation error does not. So make large weights cost something, as in ridge. The loss
# gets a **penalty**,
#
# $$L + \lambda \sum_{\text{all weight matrices}}\;\sum_{i,j} W_{ij}^2,$$
#
# and the slopes get what the penalty adds to them. **Biases go free.**
# (Chapter 07 puts the pull beside Adam's step. Here it is a part of the slopes, as in
# plain descent. Adam weakens it for some weights; it still holds back.)


# %% nbgrader={"grade_id": "add-penalty", "solution": true}
def add_penalty(parameters, slopes, penalty):
    """Slopes of the loss with the penalty, from the slopes of the loss without.

    parameters: [W1, b1, W2, b2, ...], weights (k, m) and biases (m,) in turn, of any
    number of layers. slopes: a list of arrays of the same shapes. penalty: a float,
    lambda above. Returns a new list; nothing that came in is changed.
    """
    ### BEGIN SOLUTION
    new = list(slopes)
    for i in range(0, len(new), 2):
        new[i] = new[i] + 2 * penalty * parameters[i]
    return new
    ### END SOLUTION


# %%
# Try it: many neurons, without and with a penalty. (Needs parts 1 to 3.)
for penalty in (0, 0.003, 0.1):
    parts, history = train(
        (2, 32, 1), change=lambda p, g, penalty=penalty: add_penalty(p, g, penalty)
    )
    training, held_back = history[-1].round(4)
    print(f"penalty {penalty}: training {training}, validation {held_back}")

# %% nbgrader={"grade_id": "penalty-weights", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point: the slopes for the weights of both layers.
### HINT: What is the slope of a square? Differentiate the penalty for one weight.
parts = [np.array([[1.0, -2.0]]), np.zeros(2), np.array([[3.0], [0.0]]), np.zeros(1)]
given = [np.full(np.shape(part), 10.0) for part in parts]
got = add_penalty(parts, given, 0.5)
assert isinstance(got, list), "A list of arrays, please, as the one that came in."
assert len(got) == 4, f"As many arrays as came in, 4, not {len(got)}."
assert np.shape(got[0]) == (1, 2), f"W1's slopes are (1, 2), not {np.shape(got[0])}."
assert np.allclose(got[0], [[11, 8]]), f"W1 is 1 and -2, penalty 0.5: {got[0]}?"
assert np.allclose(got[2], [[13], [10]]), f"W2 is 3 and 0, penalty 0.5: {got[2]}?"

# %% nbgrader={"grade_id": "penalty-biases", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point, hidden: biases go free, all weights do not, in networks of any depth.
### BEGIN HIDDEN TESTS
### HINT: Which entries of the list are biases, and which are weights, if there are
### HINT: three layers or one? A matrix with a single entry is a weight too.
hidden_seed = 49
rng = np.random.default_rng(hidden_seed)
for sizes in ((2, 3, 1), (1, 1), (2, 4, 3, 1), (1, 1, 1, 1, 2)):
    parts, given, strength = [], [], rng.uniform(0.1, 2)
    for inputs, neurons in pairwise(sizes):
        for some in (parts, given):
            some += [rng.normal(size=(inputs, neurons)), rng.normal(size=neurons)]
    got = add_penalty(parts, [part.copy() for part in given], strength)
    assert len(got) == len(parts)
    for i, part in enumerate(parts):
        pull = 2 * strength * part if part.ndim == 2 else 0
        assert np.allclose(got[i], given[i] + pull)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "penalty-leaves", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point, hidden: what came in is left as it was.
### BEGIN HIDDEN TESTS
### HINT: A new list may hold the old arrays. Who changes them, changes them for the
### HINT: caller too: is there a `+=` or an assignment into an array?
hidden_seed = 50
rng = np.random.default_rng(hidden_seed)
parts, given = (
    [rng.normal(size=size) for size in ((2, 2), 2, (2, 1), 1)] for _ in range(2)
)
lists, arrays = (parts, given), [*parts, *given]
kept = [part.copy() for part in arrays]
got = add_penalty(*lists, 0.5)
assert len(parts) == len(given) == 4
assert all(now is was for now, was in zip(parts + given, arrays, strict=True))
assert all(np.array_equal(now, was) for now, was in zip(arrays, kept, strict=True))
for i in (0, 2):  # and what came back is more where the weight is positive
    assert np.all((got[i] - kept[4 + i]) * kept[i] > 0)
### END HIDDEN TESTS

# %% [markdown]
# **Dropout**: in training, each entry of $H$ stays with probability `keep` and else
# becomes 0, each by a lot of its own. What stays is divided by `keep`, so that on
# average nothing changes; and in use, when `training` is False, nothing happens at all.


# %% nbgrader={"grade_id": "dropout", "solution": true}
def dropout(h, keep, rng, training):
    """What is left of h after dropout.

    h: float array of any shape; it is left as it was. keep: the probability to stay,
    above 0 and at most 1. rng: a NumPy Generator, the only source of chance.
    training: a bool. Returns an array of h's shape.
    """
    ### BEGIN SOLUTION
    if not training:
        return h
    return h * (rng.random(h.shape) < keep) / keep
    ### END SOLUTION


# %%
# Try it: ten neurons that all say 1, three times in training and once in use.
rng = np.random.default_rng(0)
for training in (True, True, True, False):
    print(dropout(np.ones(10), 0.8, rng, training))

# %% nbgrader={"grade_id": "dropout-both", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point: in use all of h, in training zeros and larger numbers; keep is one half.
### HINT: Where is the division done: in training, or in use?
rng = np.random.default_rng(0)
h = np.full((40, 5), 3.0)
got = dropout(h.copy(), 0.5, rng, training=False)
assert isinstance(got, np.ndarray), "An array, please, also when nothing is dropped."
assert np.array_equal(got, h), "In use nothing is dropped and nothing is changed."
got = dropout(h.copy(), 0.5, rng, training=True)
assert np.shape(got) == (40, 5), f"The shape of h, (40, 5), not {np.shape(got)}."
assert np.any(got == 0), "In training about half of h should be 0; nothing is."
assert np.allclose(got[got != 0], 6), "Half of the 3s are gone: what makes up for it?"

# %% nbgrader={"grade_id": "dropout-average", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point, hidden: how many stay, and the average, for any keep.
### BEGIN HIDDEN TESTS
### HINT: With keep = 0.9, how many of 1,000 stay, and by what is each divided? Mind
### HINT: the difference between keeping and dropping.
hidden_seed = 51
rng = np.random.default_rng(hidden_seed)
for keep in rng.uniform([0.85, 0.25], [0.95, 0.35]):
    h = rng.uniform(1, 2, (200, 200))  # so many that chance plays no part below
    got = dropout(h.copy(), keep, rng, True)
    assert abs(np.mean(got != 0) - keep) < 0.015
    assert np.allclose(got[got != 0], h[got != 0] / keep)
    assert abs(np.mean(got) / np.mean(h) - 1) < 0.06
assert np.array_equal(dropout(h.copy(), 1.0, rng, True), h)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "dropout-lots", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point, hidden: each entry has a lot of its own, each time; h is left as it was.
### BEGIN HIDDEN TESTS
### HINT: In how many ways can a row of zeros and others look, and how many do you get?
### HINT: Two calls with the same rng must not drop the same ones, and chance comes from
### HINT: that rng alone. Do ten coins always show five heads? And h stays as it is.
hidden_seed = 52
rng = np.random.default_rng(hidden_seed)
h = rng.uniform(1, 2, (60, 40))
kept = h.copy()
first, second = (dropout(h, 0.5, rng, True) for _ in range(2))
assert np.array_equal(h, kept)
assert not np.array_equal(first, second)
assert np.std(np.mean(first != 0, axis=0)) < 0.2
assert np.std(np.mean(first != 0, axis=1)) < 0.2
assert dropout(h[0], 0.5, rng, True).shape == (40,)
assert len({np.sum(dropout(h, 0.5, rng, True) != 0) for _ in range(8)}) > 1
twins = (np.random.default_rng(hidden_seed + 1) for _ in range(2))
one, same = (dropout(h, 0.5, twin, True) for twin in twins)
assert np.array_equal(one, same)
assert np.allclose(one[one != 0], 2 * h[one != 0])
### END HIDDEN TESTS

# %% [markdown]
# **Early stopping**: training stops as soon as `patience` epochs in a row brought no
# new best, and the best epoch's weights are kept. Chapter 07 had you write that for
# tidy numbers. Real runs are not tidy: an epoch may say the *same* as the best (that is
# no new best), and a run that has lost its way says `nan`, not a number (that is no new
# best either, whatever came before).


# %% nbgrader={"grade_id": "stop-early", "solution": true}
def stop_early(validation, patience):
    """Which epoch to keep, and how many epochs were run.

    validation: (n,) float, what the validation error would be after each epoch, nan
    included. patience: int, at least 1. Returns two ints: the kept epoch, counted
    from 0, and the number of epochs that were run, n if it never stopped. Raises
    ValueError when there was no best because no epoch that was run has a number.
    """
    ### BEGIN SOLUTION
    best, kept = np.inf, None
    for epoch, error in enumerate(validation):
        if error < best:
            best, kept = error, epoch
        last = -1 if kept is None else kept
        if epoch - last >= patience:
            break
    if kept is None:
        raise ValueError("no epoch has a validation error that is a number")
    return kept, epoch + 1
    ### END SOLUTION


# %%
# Try it: when would you have stopped? (Needs parts 1 to 3.)
_, history = train((2, 32, 1))
for patience in (1, 10, 50):
    kept, ran = stop_early(history[:, 1], patience)
    print(f"patience {patience}: {ran} epochs, {kept} kept, {history[kept, 1]:.4f}")

# %% nbgrader={"grade_id": "stop-valley", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point: an error that falls, and then rises.
### HINT: Count the epochs since the last new best, and stop when they are too many.
got = stop_early(np.array([5.0, 3.0, 2.0, 4.0, 4.5, 5.0, 6.0]), 2)
assert np.shape(got) == (2,), "Two numbers, please: the epoch, and how many were run."
assert got[0] == 2, f"The lowest error is 2.0. Counted from 0, that is not {got[0]}."
assert got[1] == 5, f"After 4.0 and 4.5 the patience is over; you ran {got[1]}."
got = stop_early(np.array([5.0, 4.0, 3.0, 2.0]), 2)
assert tuple(got) == (3, 4), f"Four epochs, each the best so far; you say {got}."

# %% nbgrader={"grade_id": "stop-blind", "points": 1} tinyml={"objective": "07-regularise"}
# 1 point, hidden: it does not see beyond the stop, and patience is for epochs in a row.
### BEGIN HIDDEN TESTS
### HINT: Go through the epochs one by one, as a training does: what comes after the
### HINT: stop never happened. A new best begins the counting anew, and nothing else
### HINT: does: an error that falls, but not below the best, is one more to wait for.
hidden_seed = 53
rng = np.random.default_rng(hidden_seed)
for n in (1, *rng.integers(5, 15, 35).tolist()):
    patience = int(rng.integers(1, 5))
    falls = rng.random() * np.arange(n)  # so that there is a new best now and then
    errors = rng.permutation(n) + rng.random(n) - falls  # no two are equal
    over = [e for e in range(n) if e - np.argmin(errors[: e + 1]) >= patience]
    ran = over[0] + 1 if over else n
    assert tuple(stop_early(errors, patience)) == (np.argmin(errors[:ran]), ran)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "stop-untidy", "points": 2} tinyml={"objective": "07-regularise"}
# 2 points, hidden: ties, and epochs that are not a number, at any place.
### BEGIN HIDDEN TESTS
### HINT: Every comparison with nan is False. What if the very first epoch is one, or
### HINT: all of them are? And an equal error is not a new best.
hidden_seed = 54
rng = np.random.default_rng(hidden_seed)
for n in (1, 2, *rng.integers(4, 15, 43).tolist()):
    patience = int(rng.integers(1, 5))
    errors = rng.integers(1, 5, n) * rng.uniform(0.5, 2)  # some of them are equal
    errors[rng.random(n) < 0.25] = np.nan
    errors[: rng.integers(2)] = np.nan
    known = np.where(np.isnan(errors), np.inf, errors)
    best = [-1 if known[e] == np.inf else e for e in range(n)]
    for e in range(1, n):
        if best[e - 1] >= 0 and known[e] >= known[best[e - 1]]:
            best[e] = best[e - 1]
    over = [e for e in range(n) if e - best[e] >= patience]
    ran = over[0] + 1 if over else n
    try:
        got = tuple(stop_early(errors, patience))
    except ValueError:
        got = (-1, ran)
    assert got == (best[ran - 1], ran)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: choose, and count (6 points)
#
# You trained several networks, each a few times, because a single run may be lucky.
# Which one goes on the board? It must fit. Among those that fit, the lowest **mean
# validation** error wins; if several have the same, the one of them that takes the
# fewest bytes. Then, and only then, the test errors are looked at, those of the winner:
# their mean is what you tell others.


# %% nbgrader={"grade_id": "choose-network", "solution": true}
def choose_network(flash, validation, test, limit):
    """The network to ship, and its honest error.

    flash: (c,) int, the bytes of each candidate. validation, test: (c, runs) float,
    errors of each candidate in each run. limit: int, bytes there are; a candidate
    that takes all of them still fits. Returns the winner's place, an int from 0 to
    c - 1, and the mean of its test errors, a float. Raises ValueError when no
    candidate fits.
    """
    ### BEGIN SOLUTION
    fitting = [i for i in range(len(flash)) if flash[i] <= limit]
    # min of nothing raises ValueError
    best = min(fitting, key=lambda i: (np.mean(validation[i]), flash[i]))
    return best, float(np.mean(test[best]))
    ### END SOLUTION


# %% tags=["skip-execution"]
# Try it: three sizes, two runs each, on your pot. (Needs parts 1 to 3.) Its tag says
# that grading leaves this cell out: compute nothing here that you need below.
neurons, runs = (1, 8, 64), []
for m in neurons:
    for seed in (0, 1):
        parts, history = train((2, m, 1), seed=seed)
        error = mse(y_test, forward(x_test, *parts)[1])
        runs.append((history[-1, 1], error))
        print(f"{m:2d} neurons: training {history[-1, 0]:.4f}, validation", end=" ")
        print(f"{history[-1, 1]:.4f}")
held_back, unseen = np.array(runs).reshape(3, 2, 2).transpose(2, 0, 1)
flash = np.array([16 * m + 4 for m in neurons])  # as floats: 4 m + 1 numbers
place, error = choose_network(flash, held_back, unseen, limit=1000)
print(f"{neurons[place]} neurons, test error {error:.4f}")

# %% nbgrader={"grade_id": "choose-fitting", "points": 1} tinyml={"objective": "07-fit"}
# 1 point: the best of those that fit.
### HINT: Look at those that fit only, compare their means, then read the test errors.
flash = np.array([50, 100, 200])
held_back = np.array([[4.0, 6.0], [2.0, 4.0], [1.0, 1.0]])
unseen = np.array([[5.0, 7.0], [3.0, 4.0], [1.0, 2.0]])
got = choose_network(flash, held_back, unseen, 150)
assert np.shape(got) == (2,), "Two numbers, please: the place and its test error."
assert got[0] == 1, f"Places 0 and 1 fit into 150 bytes, means 5 and 3; not {got[0]}."
assert np.isclose(got[1], 3.5), f"The mean of 3 and 4 is its test error, not {got[1]}."

# %% nbgrader={"grade_id": "choose-honest", "points": 1} tinyml={"objective": "07-fit"}
# 1 point, hidden: chosen by the mean of all runs, not by the test errors.
### BEGIN HIDDEN TESTS
### HINT: The winner is not the one with the luckiest run, nor with the best run in the
### HINT: middle, nor with the best test error. And which number do you then tell?
hidden_seed = 55
rng = np.random.default_rng(hidden_seed)
held_back = np.array([[3, 3, 3], [0.5, 1.5, 9], [2, 2.5, 2.1], [2.4, 2.3, 2.2]])
unseen = np.array([[1, 1, 1], [0.1, 8, 9], [2.5, 4, 2.5], [2, 2, 2]])
for _ in range(4):
    order, (a, b) = rng.permutation(4), rng.uniform(0.5, 2, 2)
    flash = rng.integers(10, 100, 4)
    got = choose_network(flash, a * held_back[order], b * unseen[order], 100)
    assert got[0] == np.argmax(order == 2)
    assert np.isclose(got[1], 3 * b)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "choose-limit", "points": 1} tinyml={"objective": "07-fit"}
# 1 point, hidden: candidates in any order, ties, the exact limit, and none that fits.
### BEGIN HIDDEN TESTS
### HINT: Candidates need not come in order of size: does your place still count all of
### HINT: them? Read once more what is said about equal errors and about the limit.
hidden_seed = 56
rng = np.random.default_rng(hidden_seed)
for _ in range(4):
    sizes = np.cumsum(rng.integers(2, 99, 4))
    poor, tie, best = np.cumsum(rng.uniform(0.5, 2, 3))[::-1]
    unseen, order = rng.uniform(1, 9, 4), rng.permutation(4)
    given = sizes[order], np.array([poor, tie, tie, best])[order, None]
    for limit, winner in [
        (sizes[3], 3),
        (sizes[3] - 1, 1),
        (sizes[2], 1),
        (sizes[1] - 1, 0),
        (sizes[0], 0),
    ]:
        got = choose_network(*given, unseen[order, None], int(limit))
        assert got[0] == np.argmax(order == winner)
        assert np.isclose(got[1], unseen[winner])
    try:
        choose_network(*given, unseen[order, None], int(sizes[0] - 1))
    except ValueError:
        continue
    raise AssertionError("nothing fits")
### END HIDDEN TESTS

# %% [markdown]
# What does a network take? In **flash** lie its weights, `weight_bytes` each, and its
# biases, `bias_bytes` each. In **RAM** lie the numbers that flow through it, one byte
# each in an int8 network: while a layer works, its inputs and its outputs are there at
# the same time. After that the place of its inputs is free again. So the layer that has
# the most inputs and outputs *together* decides. (A board's whole bill, as in chapter
# 07, is larger: the program, and what it works with, come on top.)


# %% nbgrader={"grade_id": "network-bytes", "solution": true}
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    """Bytes of flash and of RAM that a network of full layers takes.

    sizes: ints, at least two: inputs, each layer's neurons, outputs; every neuron is
    joined to all of the layer before and has a bias. Returns two ints: flash, RAM.
    """
    ### BEGIN SOLUTION
    layers = list(pairwise(sizes))
    flash = sum(k * m * weight_bytes + m * bias_bytes for k, m in layers)
    return flash, max(k + m for k, m in layers)
    ### END SOLUTION


# %%
# Try it: your pot's network, chapter 06's digits, and a large one.
for sizes in ((2, 16, 1), (64, 16, 16, 10), (64, 512, 512, 10)):
    flash, ram = network_bytes(sizes)
    print(f"{sizes}: {flash:,} bytes of flash, {ram:,} of RAM")

# %% nbgrader={"grade_id": "bytes-small", "points": 1} tinyml={"objective": "06-use"}
# 1 point: two inputs, six neurons, one output.
### HINT: Weights between neighbours; a bias for each neuron, outputs are neurons too.
got = network_bytes((2, 6, 1))
assert np.shape(got) == (2,), "Two numbers, please: flash and RAM."
assert got[0] != 18, "Those are the weights. Each neuron has one number more."
assert got[0] != 25, "Counted right, but a bias takes more bytes than a weight."
assert got[0] == 46, f"Flash is not {got[0]}: count weights and biases by hand."
assert got[1] == 8, f"RAM is not {got[1]}: which layer has most to hold, and what?"

# %% nbgrader={"grade_id": "bytes-deep", "points": 1} tinyml={"objective": "06-use"}
# 1 point, hidden: flash of networks of any depth, with other sizes of numbers.
### BEGIN HIDDEN TESTS
### HINT: One layer, or four? Go through the pairs of neighbours in sizes. And the sizes
### HINT: of a weight and of a bias are arguments.
hidden_seed = 57
rng = np.random.default_rng(hidden_seed)
for layers in (1, 2, 3, 5):
    sizes = rng.integers(2, 70, layers + 1).tolist()
    weights = sum(sizes[i] * sizes[i + 1] for i in range(layers))
    neurons = sum(sizes) - sizes[0]
    a, b = (int(number) for number in rng.integers(2, 9, 2))
    assert network_bytes(sizes)[0] == weights + 4 * neurons
    assert network_bytes(sizes, weight_bytes=a)[0] == a * weights + 4 * neurons
    got = network_bytes(tuple(sizes), weight_bytes=a, bias_bytes=b)
    assert got[0] == a * weights + b * neurons
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "bytes-ram", "points": 1} tinyml={"objective": "06-use"}
# 1 point, hidden: RAM, wherever the widest place is.
### BEGIN HIDDEN TESTS
### HINT: Two arrays are there at the same time, not one and not all. The widest two may
### HINT: be anywhere, and how large a weight is has nothing to do with it.
hidden_seed = 58
rng = np.random.default_rng(hidden_seed)
for layers in (1, 2, 4):
    for wide in range(layers):
        sizes = rng.integers(1, 20, layers + 1)
        sizes[wide] += 60
        sizes[wide + 1] += 30  # more in these two than in any others
        want = sizes[wide] + sizes[wide + 1]
        assert network_bytes(sizes.tolist())[1] == want
        assert network_bytes(sizes[::-1].tolist(), weight_bytes=4)[1] == want
for _ in range(4):
    a, b, c = rng.integers([30, 1, 30], [60, 20, 60]).tolist()
    assert network_bytes((a, b, c))[1] == b + max(a, c)  # two wide ones, far apart
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* Someone starts all weights and biases at 0. Which of the four slopes
#    of part 2 are then zero, and what does the network learn? Someone else starts all
#    weights at the same number, 0.5. Why does that not help much?
# 2. *(2 points)* Your rows lie between 5 and 35 °C. What does a ReLU network say when
#    the thermometer climbs far beyond 35? And why does your test error tell you nothing
#    about that?

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["06-bend", "07-signal", "07-fit"]}
# 1. All neurons say 0, so the slopes for W2 are zero; W2 is 0, so nothing comes back
#    to W1 and b1. Only b2 has a slope: the network learns the mean of y and no more.
#    With 0.5 everywhere all neurons of the layer say the same and get the same slopes,
#    for ever: sixteen neurons that are one.
# 2. Beyond the last kink nothing bends any more: it goes on along a straight line, to
#    any height, also to water that cannot be, and says nothing about being unsure. The
#    test rows come from the same range as the training rows, so none of them asks.
#
# Rubric: 1. one point for "only b2 learns, the mean" with a reason (what is zero makes
# the others zero); one point for neurons that get equal slopes and so stay equal.
# 2. one point for the straight continuation; one for test rows from the same range.

# %% [markdown]
# ## What you have done
#
# You ran a network **forward** and **backward**, **checked** its slopes, **walked**
# with Adam, **held** it **back** in three ways, **chose** one by rows that it had not
# learned from, and **counted** what it takes. Chapter 08 makes a flow of these steps
# that you can use again, and puts the result on the board.
