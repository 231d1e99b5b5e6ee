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
# # Problem set 1: a kitchen scale of your own
#
# A kitchen scale is a bent piece of metal, a sensor that says how far it bends,
# and two numbers, $w$ and $b$, that turn the sensor's voltage into grams. You
# get a scale that nobody has calibrated. You will find its two numbers in two
# ways, say how good they are, and make them fit a processor that has integers
# only.
#
# **You need** chapter 02, NumPy, derivatives, and to have heard of eigenvalues;
# chapter 03 tells parts 2 and 3 at more leisure. **Time:** about 90 minutes.
# **Points:** 30.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `mse` | 3 |
# | 2 | `mse_gradient`, `descend` | 7 |
# | 3 | `curvature`, `largest_rate` | 5 |
# | 4 | `normal_equation`, `r_squared` | 6 |
# | 5 | `integer_line`, `largest_shift` | 5 |
# | 6 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the function's name.
# * Each function **stands alone**: do not call one of them from another. A
#   mistake then costs points once only.
# * A test cell that raises nothing is passed. Some test cells hold nothing but
#   a comment: their tests are hidden, and run when you are graded. The comment
#   says what they look at, and the docstring says all you need.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets a
# scale of its own. In grading the name comes from your submission, so
# compute with `x` and `y` and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

COURSE = 0  # your course's own number


def weigh(student):
    """Put 24 known weights on this student's scale.

    Returns counts (24,) int, 0..4095, and grams (24,) float.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    grams_per_volt, tare = rng.uniform(380, 460), rng.uniform(-190, -130)
    counts = np.sort(rng.integers(700, 3900, size=24))
    noise = rng.normal(0, 8, size=24)
    return counts, grams_per_volt * counts * 3.3 / 4095 + tare + noise


counts, y = weigh(STUDENT)  # (24,) int, what the converter says; (24,) grams
x = counts * 3.3 / 4095  # (24,) volts


def predict(x, w, b):
    """Weight in grams for a voltage x, or for many."""
    return w * x + b


# %%
# Try it: your scale's first three readings, and what w = 400, b = -150 says.
print("volts:", x[:3].round(2))
print("grams:", y[:3].round(1))
print("line: ", predict(x[:3], 400, -150).round(1))

# %% [markdown]
# ## Part 1: how bad is a line? (3 points)
#
# The mean squared error of predictions $\hat y_i$ is
#
# $$\text{MSE} = \frac1n \sum_{i=1}^{n} (y_i - \hat y_i)^2.$$
#
# One trap makes wrong results without a word. Subtract an array of shape
# `(n, 1)` from one of shape `(n,)`, and NumPy *broadcasts*: you get all
# `(n, n)` differences, and their mean is a number that looks fine. And the mean
# of nothing is not a number. Refuse both.


# %% nbgrader={"grade_id": "mse", "solution": true}
def mse(y, predicted):
    """Mean squared error.

    y, predicted: arrays of one and the same shape, with at least one element.
    Returns one float. Raises ValueError when the shapes differ or there is
    nothing to average.
    """
    ### BEGIN SOLUTION
    if y.shape != predicted.shape:
        raise ValueError(f"y is {y.shape}, predicted is {predicted.shape}")
    if y.size == 0:
        raise ValueError("there is nothing to average")
    return float(np.mean((y - predicted) ** 2))
    ### END SOLUTION


# %%
# Try it: how bad is a guessed line?
mse(y, predict(x, 400, -150))

# %% nbgrader={"grade_id": "mse-value", "points": 1} tinyml={"objective": "02-loss"}
# 1 point: the value.
### HINT: Each gap is squared first; the mean of all of them comes last.
got = mse(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 3.0]))
assert got is not None, "Nothing came back. Is there a return?"
assert np.ndim(got) == 0, "One number for all points: what is not averaged?"
assert np.isclose(got, 13 / 3), f"Gaps 0, -2, 3: {got} is not their mean square."
grid = np.array([[1.0, 2.0, 6.0], [0.0, 0.0, 0.0]])
got = mse(grid, np.zeros((2, 3)))
assert np.ndim(got) == 0, "One number also for arrays of shape (2, 3)."
assert np.isclose(got, 41 / 6), f"41 in all, over six elements; not {got}."

# %% nbgrader={"grade_id": "mse-refuses", "points": 2} tinyml={"objective": "02-loss"}
# 2 points, hidden: refuses what cannot be averaged, as the docstring says.
### BEGIN HIDDEN TESTS
### HINT: Compare the shapes themselves, not the number of elements, and think
### HINT: of arrays with nothing in them. Raise ValueError before you subtract.
hidden_seed = 12
rng = np.random.default_rng(hidden_seed)
n = rng.integers(3, 9)
flat, tall = rng.normal(size=n), rng.normal(size=(n, 2))
for left, right in [
    (flat, flat[:, None]),
    (flat, flat[:1]),
    (tall, tall.T),
    (flat[:0], flat[:0]),
    (tall[:0], tall[:0]),
]:
    try:
        mse(left, right)
    except ValueError:
        continue
    raise AssertionError("nothing was refused")
assert np.isclose(mse(flat, -flat), 4 * sum(v * v for v in flat) / n)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: walk downhill (7 points)
#
# Think of the MSE as the height of a landscape over the map $(w, b)$. At each
# point of the map, the **gradient** points up the steepest way. It is made of
# two derivatives. For the slope, with the chain rule,
#
# $$\frac{\partial}{\partial w}\,\frac1n\sum_i (w x_i + b - y_i)^2
#   = \frac2n\sum_i (w x_i + b - y_i)\,x_i.$$
#
# Work out the one for $b$ with a pencil; then write both.


# %% nbgrader={"grade_id": "mse-gradient", "solution": true}
def mse_gradient(x, y, w, b):
    """Gradient of the MSE of the line w x + b.

    x, y: (n,) float. Returns an array (2,): derivative for w, then for b.
    """
    ### BEGIN SOLUTION
    gaps = w * x + b - y  # (n,)
    return 2 * np.array([np.mean(gaps * x), np.mean(gaps)])
    ### END SOLUTION


# %% [markdown]
# A derivative can be checked without knowing any calculus: go a small step to
# each side and see by how much the function changed. The test below does it for
# you (*finite differences*), starting at $w = b = 0$.


# %% nbgrader={"grade_id": "gradient-at-zero", "points": 2} tinyml={"objective": "03-gradient"}
# 2 points: equal to finite differences at w = 0, b = 0, on your data.
### HINT: Three things to look at: the factor 2, the mean over n, the sign.
def slope_of(height, step=1e-4):
    return (height(step) - height(-step)) / (2 * step)


expected = [
    slope_of(lambda w: np.mean((w * x - y) ** 2)),
    slope_of(lambda b: np.mean((b - y) ** 2)),
]
got = mse_gradient(x, y, 0.0, 0.0)
assert isinstance(got, np.ndarray), "An array, please: np.array([..., ...])."
assert np.shape(got) == (2,), f"Two derivatives, shape (2,), not {np.shape(got)}."
close = np.isclose(got, expected, rtol=1e-4)
assert close[0], f"For w: {got[0]}, but finite differences say {expected[0]:.2f}."
assert close[1], f"For b: {got[1]}, but finite differences say {expected[1]:.2f}."

# %% nbgrader={"grade_id": "gradient-anywhere", "points": 2} tinyml={"objective": "03-gradient"}
# 2 points, hidden: right for any line and for any number of points.
### BEGIN HIDDEN TESTS
### HINT: At w = b = 0 some terms vanish. Which of them did you leave out? Try
### HINT: your function at another line with the finite differences above.
hidden_seed = 13
rng = np.random.default_rng(hidden_seed)
for n in (3, 7, 1):
    xs, ys = rng.normal(size=(2, n))
    for w, b in rng.uniform(-2, 2, (2, 2)):
        gaps = [w * u + b - v for u, v in zip(xs, ys, strict=True)]
        for_w = 2 * sum(gap * u for gap, u in zip(gaps, xs, strict=True)) / n
        assert np.allclose(mse_gradient(xs, ys, w, b), [for_w, 2 * sum(gaps) / n])
### END HIDDEN TESTS

# %% [markdown]
# Now walk. **Gradient descent** starts anywhere and repeats one line:
#
# $$\mathbf p \leftarrow \mathbf p - \eta\,\nabla f(\mathbf p),$$
#
# with the point $\mathbf p$ (for us the two numbers $w, b$) and the **learning
# rate** $\eta$. The rule does not care what $f$ is, so your function gets the
# gradient as a *function*. Keep every point you visit.


# %% nbgrader={"grade_id": "descend", "solution": true}
def descend(gradient, start, rate, steps):
    """Walk against the gradient.

    gradient: function from a point, array (k,), to an array (k,).
    start: the first point, (k,) numbers; it is left as it was.
    Returns an array (steps + 1, k) float: start, then the point after each step.
    """
    ### BEGIN SOLUTION
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - rate * np.asarray(gradient(path[-1])))
    return np.array(path)
    ### END SOLUTION


# %%
# Try it: 300 steps on your data. Has it arrived?
path = descend(lambda p: mse_gradient(x, y, *p), [0.0, 0.0], 0.1, 300)
for step in (0, 1, 10, 100, 300):
    print(f"step {step:3d}: w = {path[step][0]:6.1f}, b = {path[step][1]:7.1f}")

# %% nbgrader={"grade_id": "descend-arrives", "points": 1} tinyml={"objective": "03-walk"}
# 1 point: the number of points, and the bottom of a round bowl.
### HINT: Subtract rate times gradient, once for each step; the start is a row too.
path = descend(lambda p: 2 * (p - 3.0), np.array([0.0, 10.0]), 0.375, 15)
assert np.shape(path) == (16, 2), f"15 steps are 16 points, not {np.shape(path)}."
assert np.allclose(path[-1], 3.0), f"The bottom is at (3, 3), not at {path[-1]}."

# %% nbgrader={"grade_id": "descend-path", "points": 2} tinyml={"objective": "03-walk"}
# 2 points, hidden: every point on the way is right, and `start` is unchanged.
### BEGIN HIDDEN TESTS
### HINT: Print the first rows of your path. If they are all alike, you kept one
### HINT: and the same array: make a new one for each step, also from `start`,
### HINT: which may hold whole numbers and be used again by the caller.
hidden_seed = 14
rng = np.random.default_rng(hidden_seed)
for start, steps in [
    (rng.normal(size=2), 3),
    (rng.integers(1, 9, 3).tolist(), 1),
    (rng.integers(1, 9, 4), 2),
    (rng.integers(1, 9, 2), 0),
]:
    rate, steep = rng.uniform(0.1, 0.4), rng.uniform(0.5, 2, len(start))
    kept = np.array(start)
    path = descend(lambda p, steep=steep: steep * p, start, rate, steps)
    assert np.shape(path) == (steps + 1, len(start))
    assert path.dtype.kind == "f"
    assert np.allclose(path, [kept * (1 - rate * steep) ** t for t in range(steps + 1)])
    assert np.array_equal(start, kept)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: how large a step? (5 points)
#
# In one dimension take $f(p) = \tfrac12 h p^2$, a bowl of **curvature** $h$. Its
# gradient is $hp$, so each step multiplies $p$ by $1 - \eta h$. That shrinks $p$
# only if $|1 - \eta h| < 1$, that is $\eta < 2/h$: **the steeper the bowl, the
# shorter the steps must be.** A rate beyond that limit jumps across the bowl and
# lands higher than it was.
#
# With two numbers, the curvature is a 2 x 2 matrix, made of the derivatives of
# the gradient:
#
# $$H = \begin{pmatrix}
# \partial^2/\partial w^2 & \partial^2/\partial w\,\partial b\\
# \partial^2/\partial w\,\partial b & \partial^2/\partial b^2
# \end{pmatrix} \text{MSE}.$$
#
# Differentiate your two formulas of part 2 once more. For a line, $w$, $b$ and
# $y$ drop out: the bowl's shape depends on the $x_i$ only.


# %% nbgrader={"grade_id": "curvature", "solution": true}
def curvature(x):
    """Second derivatives of a line's MSE, for the parameters w and b.

    x: (n,) float. Returns an array (2, 2).
    """
    ### BEGIN SOLUTION
    return 2 * np.array([[np.mean(x * x), np.mean(x)], [np.mean(x), 1.0]])
    ### END SOLUTION


# %% nbgrader={"grade_id": "curvature-centred", "points": 1} tinyml={"objectives": ["03-gradient", "03-walk"]}
# 1 point: points around zero.
### HINT: Second derivatives of a mean of squares: is there a factor, is it a mean?
got = curvature(np.array([-1.0, 0.0, 1.0]))
assert np.shape(got) == (2, 2), f"A 2 x 2 matrix, not shape {np.shape(got)}."
assert np.isclose(got[1][1], 2), "Differentiate the derivative for b by b again."
assert np.isclose(got[0][0], 4 / 3), "Differentiate the derivative for w by w."

# %% nbgrader={"grade_id": "curvature-anywhere", "points": 2} tinyml={"objectives": ["03-gradient", "03-walk"]}
# 2 points, hidden: points anywhere, any number of them.
### BEGIN HIDDEN TESTS
### HINT: When the points are not around zero, w and b haggle: what is the derivative
### HINT: for b of the derivative for w? Nothing is to be subtracted from x.
hidden_seed = 15
rng = np.random.default_rng(hidden_seed)
for n in (3, 15, 1):
    xs = rng.uniform(1, 5, n)
    twice = 2 * sum(u * u for u in xs) / n, 2 * sum(xs) / n
    assert np.shape(curvature(xs)) == (2, 2)
    assert np.allclose(curvature(xs), [twice, [twice[1], 2]])
### END HIDDEN TESTS

# %% [markdown]
# Which curvature counts, of a bowl that is steep one way and flat another? In
# the directions of its *eigenvectors*, $H$ acts like a plain number, its
# **eigenvalue**, and each of these directions behaves like the one-dimensional
# bowl above. The walk is stable when it is stable in all of them.
# `np.linalg.eigvalsh(H)` gives the eigenvalues of a symmetric matrix.


# %% nbgrader={"grade_id": "largest-rate", "solution": true}
def largest_rate(H):
    """Learning rate at which gradient descent stops being stable.

    H: (k, k) symmetric, all eigenvalues positive. Returns one float.
    """
    ### BEGIN SOLUTION
    return float(2 / np.linalg.eigvalsh(H).max())
    ### END SOLUTION


# %%
# Try it: a little below the limit, and a little above. (This one needs part 2.)
limit = largest_rate(curvature(x))
for factor in (0.5, 0.99, 1.01):
    path = descend(lambda p: mse_gradient(x, y, *p), [0, 0], factor * limit, 200)
    for step in (0, 5, 50, 200):
        height = np.mean((y - predict(x, *path[step])) ** 2)
        print(f"{factor} of the limit, step {step:3d}: MSE {height:12,.0f}")

# %% nbgrader={"grade_id": "rate-upright", "points": 1} tinyml={"objective": "03-walk"}
# 1 point: a bowl that stands upright.
### HINT: The limit was 2 / h in one dimension. The direction with the largest h
### HINT: is the first to become unstable.
got = largest_rate(np.array([[8.0, 0.0], [0.0, 0.5]]))
assert got is not None, "Nothing came back. Is there a return?"
assert np.ndim(got) == 0, "One number, please."
assert np.isclose(got, 0.25), f"Curvatures 8 and 0.5: {got} is not the limit."

# %% nbgrader={"grade_id": "rate-askew", "points": 1} tinyml={"objective": "03-walk"}
# 1 point, hidden: bowls that lie askew, also with more than two parameters.
### BEGIN HIDDEN TESTS
### HINT: When the matrix is not diagonal, its diagonal does not hold the curvatures
### HINT: that count. Its eigenvalues do; there may be any number of them.
hidden_seed = 16
rng = np.random.default_rng(hidden_seed)
for k in (2, 3, 5):
    steep = np.sort(rng.uniform(0.5, 5, k))  # the curvatures, the largest comes last
    turned, _ = np.linalg.qr(rng.normal(size=(k, k)))
    for bowl in (np.diag(steep), turned @ np.diag(steep) @ turned.T):
        assert np.isclose(largest_rate(bowl), 2 / steep[-1])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: solve, and judge (6 points)
#
# A straight line does not need the walk: the **normal equation** of chapter 02,
#
# $$X^\top X\,\mathbf w = X^\top\mathbf y,$$
#
# gives the bottom at once, for any number of columns in the design matrix $X$.


# %% nbgrader={"grade_id": "normal-equation", "solution": true}
def normal_equation(X, y):
    """Parameters with the least squared error for the predictions X @ w.

    X: (n, k), n >= k, its columns independent (a column of ones, where an
    intercept is wanted, is among them already). y: (n,). Returns (k,).
    """
    ### BEGIN SOLUTION
    return np.linalg.solve(X.T @ X, X.T @ y)
    ### END SOLUTION


# %%
# Try it: the best line for your scale, yours and NumPy's.
X = np.column_stack([x, np.ones(len(x))])  # (24, 2)
print("yours: ", normal_equation(X, y))
print("NumPy: ", np.polyfit(x, y, 1))

# %% nbgrader={"grade_id": "normal-two-points", "points": 1} tinyml={"objective": "02-solve"}
# 1 point: the line through (1, 5) and (3, 9).
### HINT: Build both sides of the equation, then np.linalg.solve(left, right).
got = normal_equation(np.array([[1.0, 1.0], [3.0, 1.0]]), np.array([5.0, 9.0]))
assert np.shape(got) == (2,), f"Two columns, two parameters; not {np.shape(got)}."
assert np.allclose(got, [2, 3]), f"Slope 2 and intercept 3, not {got}."

# %% nbgrader={"grade_id": "normal-any", "points": 2} tinyml={"objective": "02-solve"}
# 2 points, hidden: more points than columns, with noise; any number of columns.
### BEGIN HIDDEN TESTS
### HINT: X is tall, so it has no inverse; X transposed times X is square. And the
### HINT: columns are solved for together: none is special, none is added.
hidden_seed = 17
rng = np.random.default_rng(hidden_seed)
for n, k in [(4, 2), (6, 3), (5, 1), (3, 3)]:
    A, ys = rng.normal(size=(n, k)), rng.normal(size=n)
    got = normal_equation(A, ys)
    assert np.shape(got) == (k,)
    assert np.allclose(A.T @ (ys - A @ got), 0)  # what is left over is upright to all
ys = rng.normal(size=5)
A = np.column_stack([np.arange(5.0), np.ones(5)])
assert np.allclose(normal_equation(A, ys), np.polyfit(A[:, 0], ys, 1))
assert np.allclose(normal_equation(A[:, 1:], ys), [sum(ys) / 5])
### END HIDDEN TESTS

# %% [markdown]
# How good is it? The score $R^2$ compares the squared error that is left over
# with that of the dullest model, which always answers the mean $\bar y$:
#
# $$R^2 = 1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}.$$
#
# It works for *any* predictions, wherever they come from.


# %% nbgrader={"grade_id": "r-squared", "solution": true}
def r_squared(y, predicted):
    """Share of the variance of y that the predictions explain.

    y, predicted: (n,) float; the y are not all equal. Returns one float,
    which is at most 1.
    """
    ### BEGIN SOLUTION
    left_over = np.sum((y - predicted) ** 2)
    return float(1 - left_over / np.sum((y - np.mean(y)) ** 2))
    ### END SOLUTION


# %%
# Try it: the best line, the one from the start, and a bad one.
for w, b in (np.polyfit(x, y, 1), (400, -150), (0, 0)):
    print(f"w = {w:.1f}, b = {b:.1f}: {r_squared(y, predict(x, w, b)):.4f}")

# %% nbgrader={"grade_id": "r-squared-best", "points": 1} tinyml={"objective": "02-judge"}
# 1 point: perfect predictions, and the best line through three points.
### HINT: Left over divided by the spread around the mean, and then one minus that.
ys = np.array([1.0, 2.0, 6.0])
got = r_squared(ys, ys)
assert got is not None, "Nothing came back. Is there a return?"
assert np.isclose(got, 1), "Perfect predictions score 1."
got = r_squared(ys, np.array([0.5, 3.0, 5.5]))
assert np.isclose(got, 1 - 1.5 / 14), f"{got}: 1.5 of 14 is left over here."

# %% nbgrader={"grade_id": "r-squared-any", "points": 2} tinyml={"objective": "02-judge"}
# 2 points, hidden: predictions of any quality, also bad ones.
### BEGIN HIDDEN TESTS
### HINT: Predictions may be worse than the mean; what does the formula give then?
### HINT: And a model that is always 5 g too high is not perfect, though it is
### HINT: perfectly correlated. Use the formula as it stands.
hidden_seed = 18
rng = np.random.default_rng(hidden_seed)
for n in (3, 8, 30):
    ys = rng.normal(3, 2, n)
    wide = np.std(ys)
    for said in (np.full(n, np.mean(ys)), ys + 2 * wide, -ys, rng.normal(size=n)):
        missed = sum((a - b) ** 2 for a, b in zip(ys, said, strict=True))
        assert np.isclose(r_squared(ys, said), 1 - missed / (n * wide**2))
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: integers only (5 points)
#
# A small processor like Arm's Cortex-M0 has no unit for floating point, and even on
# larger ones integers are what makes a network small: this is the first step
# towards the 8-bit integers (int8) of the course's networks. Let $w$ be in grams
# per *count* of the converter from here on. The trick is a **scale that is a power
# of two**. Multiply both parameters by $2^s$ and round them, once, on your computer:
#
# $$w_q = \text{round}(w\,2^s), \qquad b_q = \text{round}(b\,2^s).$$
#
# The scale then computes with integers and divides by $2^s$ at the end, which is
# a shift to the right by $s$ bits:
#
# $$\hat y \approx \frac{w_q\,c + b_q}{2^s}, \qquad c = \text{count, 0 to 4,095}.$$
#
# A shift rounds *down*, always: `7 >> 1` is 3, and `-7 >> 1` is -4. So add half
# of $2^s$ before you shift, and you have the **nearest** integer; a half goes up,
# as in `(-7 + 1) >> 1`, which is -3. When $s = 0$ there is nothing to add.


# %% nbgrader={"grade_id": "integer-line", "solution": true}
def integer_line(count, w_q, b_q, shift):
    """(w_q count + b_q) / 2**shift, rounded to the nearest integer, halves up.

    count: an int or an array of ints; w_q, b_q, shift: ints, shift >= 0.
    Returns the same shape, integers. No float is used on the way.
    """
    ### BEGIN SOLUTION
    half = (1 << shift) >> 1  # 0 when shift is 0
    return (w_q * count + b_q + half) >> shift
    ### END SOLUTION


# %%
# Try it: your scale in integers. How far is it from the float line?
w, b = np.polyfit(counts, y, 1)  # grams per count now, not per volt
for shift in (0, 4, 8, 16):
    w_q, b_q = round(w * 2**shift), round(b * 2**shift)
    grams = integer_line(counts, w_q, b_q, shift)
    worst = np.abs(grams - predict(counts, w, b)).max()
    print(f"shift {shift:2d}: w_q = {w_q:6d}, at worst {worst:7.2f} g away")

# %% nbgrader={"grade_id": "integer-up", "points": 1} tinyml={"objective": "02-ship"}
# 1 point: positive weights, one at a time and many at once.
### HINT: Three steps: multiply and add; add half of 2**shift; shift to the right.
got = integer_line(0, 5, 3, 3)
assert got is not None, "Nothing came back. Is there a return?"
got = [int(integer_line(c, 5, 3, 3)) for c in (0, 1, 2, 3)]
assert got == [0, 1, 2, 2], f"(5 c + 3) / 8 for c = 0 to 3, nearest; not {got}."
got = integer_line(np.array([10, 4095]), 21, 8, 4)
assert np.array_equal(got, [14, 5375]), f"Shift 4: [14, 5375], not {got}."

# %% nbgrader={"grade_id": "integer-all", "points": 2} tinyml={"objective": "02-ship"}
# 2 points, hidden: weights below zero, shift 0, integers all the way.
### BEGIN HIDDEN TESTS
### HINT: Below zero, int() cuts towards zero but a shift rounds down: use >>. Half
### HINT: of 2**0 is nothing. And a float has 53 bits only, an integer loses none.
hidden_seed = 19
rng = np.random.default_rng(hidden_seed)
for s in (1, 2, 5, 0):
    w_q, b_q = -1 - 2 * int(rng.integers(1, 50)), int(rng.integers(-99, 99))
    some = rng.integers(0, 4096, 40)
    got = integer_line(some, w_q, b_q, s)
    want = [(2 * (w_q * c + b_q) + 2**s) // 2 ** (s + 1) for c in some.tolist()]
    assert np.array_equal(got, want)
    assert got.dtype.kind == "i"
    assert int(integer_line(int(some[0]), w_q, b_q, s)) == want[0]
for c in (3, 5, 7):
    w_q = int(rng.integers(2**58, 2**59))
    assert int(integer_line(c, w_q, 1, 1)) == (c * w_q + 2) // 2
### END HIDDEN TESTS

# %% [markdown]
# A larger shift keeps more of $w$. What stops you? The sum has to fit the
# processor's register: a signed 32-bit integer holds at most $2^{31} - 1$. At
# its largest, over all counts from 0 to `count_max`, the sum cannot exceed
#
# $$|w_q|\cdot\texttt{count\_max} + |b_q| + \text{half}, \qquad
#   \text{half} = 2^s / 2,\ \text{or 0 when } s = 0.$$


# %% nbgrader={"grade_id": "largest-shift", "solution": true}
def largest_shift(w, b, count_max):
    """Largest shift, 0 to 31, for which the bound above is at most 2**31 - 1.

    w, b: floats, in grams per count and in grams, of any sign; they are rounded
    with Python's round(w * 2**shift). count_max: int. Returns an int.
    Shift 0 always fits.
    """
    ### BEGIN SOLUTION
    fitting = []
    for shift in range(32):
        w_q, b_q = round(w * 2**shift), round(b * 2**shift)
        half = (1 << shift) >> 1
        if abs(w_q) * count_max + abs(b_q) + half <= 2**31 - 1:
            fitting.append(shift)
    return max(fitting)
    ### END SOLUTION


# %%
# Try it: how far can your scale go?
w, b = np.polyfit(counts, y, 1)
shift = largest_shift(w, b, 4095)
print(f"shift {shift}: w_q = {round(w * 2**shift):,}, b_q = {round(b * 2**shift):,}")

# %% nbgrader={"grade_id": "shift-example", "points": 1} tinyml={"objective": "02-ship"}
# 1 point: a scale with w = 0.34 g per count.
### HINT: Try the shifts one by one, and keep the last whose bound fits.
got = largest_shift(0.34, 150.0, 4095)
assert got != 21, "One too many: 2**31 does not fit, 2**31 - 1 does. Is it signed?"
assert got == 20, f"{got}: at shift 20 the bound fits, at 21 it does not."

# %% nbgrader={"grade_id": "shift-any", "points": 1} tinyml={"objective": "02-ship"}
# 1 point, hidden: parameters of any sign and size.
### BEGIN HIDDEN TESTS
### HINT: Both parameters count, rounded as the docstring says, by their size without
### HINT: the sign, and so does half. The answer lies from 0 to 31.
hidden_seed = 20
rng = np.random.default_rng(hidden_seed)
for sign in (1, -1):
    s, most = int(rng.integers(2, 20)), int(rng.integers(1000, 4096))
    w_q = 2 * int(rng.integers(1, 200))
    b_q = 2**31 - 1 - 2 ** (s - 1) - w_q * most  # it just fits, and then it does not
    for more in (0, 1):
        for part in (0, rng.uniform(0.1, 0.4), -rng.uniform(0.1, 0.4)):  # rounded off
            w = sign * (w_q + part) / 2**s
            b = -sign * (b_q + more + part) / 2**s
            assert largest_shift(w, b, most) == s - more
        just = 2**31 - 1 - 2 ** (s - 1) + more
        assert largest_shift(sign / 2**s, 0.0, just) == s - more
assert largest_shift(0.0, 0.0, most) == 31
assert largest_shift(0.0, rng.uniform(1.6, 3.4), most) == 29
assert largest_shift(rng.uniform(0.8, 1.4), 0.0, 2**31 - 1) == 0
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* With half of the largest rate, most of the MSE is gone within
#    five steps, and the rest takes very long. Why? And what could you do to $x$
#    so that it is fast to the end? (Chapter 02 turned a valley upright.)
# 2. *(2 points)* Your scale has an $R^2$ above 0.99 on its 24 weights. Name two
#    things you would look at before you ship it, and what each could reveal.

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["02-judge", "03-walk"]}
# 1. In the direction of an eigenvector each step multiplies the distance to the
#    bottom by 1 - rate * eigenvalue. With half the limit that is 0 for the largest
#    eigenvalue, so this part is gone at once, and nearly 1 for the smallest, which
#    is many times smaller. Subtract the mean from x (and scale it): the
#    curvatures become alike, and one rate suits both.
# 2. Residuals against the weight: a bend shows that a line is the wrong model.
#    New weights that were not used in the fit: R² on the 24 flatters. Also good:
#    the error in grams (R² depends on the range of weights), another
#    temperature, the range outside the 24, single outliers.
#
# Rubric: 1. one point for two directions with different curvature, of which only
# one sets the limit; one point for centring or scaling x. 2. one point for each
# thing that is named *with* what it could reveal; the same idea counts once.

# %% [markdown]
# ## What you have done
#
# You **measured** a line, **walked** to the best one with a step that you could
# justify, **solved** for it, **judged** it, and **put it into integers**. Chapter
# 03 walks on landscapes that have no formula for the bottom, and chapter 21 runs
# a whole network with the integers of part 5.
