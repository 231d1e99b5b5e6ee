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
# # Problem set 2: did somebody fall?
#
# A small box on a belt feels every jolt: its owner drops into an armchair, misses
# a step, goes to bed. Rarely, a jolt is a fall, and then somebody should call.
# A box that never calls is right about 94 % of the jolts below. You will train a
# better one, judge it by its two kinds of mistakes, let their prices decide when
# it calls, and grow a tree small enough for the battery of a watch.
#
# **You need** chapters 04 and 05 and NumPy. **Time:** about 110 minutes.
# **Points:** 36.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `weighted_loss`, `weighted_gradient` | 6 |
# | 2 | `confusion`, `precision_recall_f1` | 5 |
# | 3 | `recall_within`, `cheapest_threshold` | 7 |
# | 4 | `entropy`, `best_question` | 8 |
# | 5 | `grow`, `tree_bill` | 6 |
# | 6 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the function's name.
# * Each function **stands alone**: do not call one of them from another (a
#   function may call *itself*). A mistake then costs points once only. What the
#   first cell defines is there for all.
# * A test cell that raises nothing, and warns of nothing, is passed. NumPy warns
#   when it divides by zero, so do not let it.
# * Some test cells hold nothing but a comment: their tests are hidden, and run
#   when you are graded. The comment says what they look at, and the docstring
#   says all you need.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets an
# owner with a gait of their own. In grading the name comes from your submission,
# so compute with the arrays and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

COURSE = 0  # your course's own number


def wear(student):
    """Let this student's owner wear the box for 1,200 jolts.

    Returns x (1200, 3) float: peak in g, tilt afterwards in degrees, seconds of
    stillness; and y (1200,) int, 1 for a fall. Each half has 36 falls.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    kinds = np.repeat([0, 1, 2, 3], [250, 175, 139, 36])  # chair, step, bed, fall
    kinds = np.concatenate([rng.permutation(kinds), rng.permutation(kinds)])
    middle = np.array([[2.3, 20, 6.5], [2.9, 30, 1], [1.5, 78, 7.5], [3, 68, 6.5]])
    spread = np.array([[0.5, 12, 2], [0.6, 14, 1], [0.4, 12, 1.5], [0.6, 16, 2]])
    gait = rng.normal(0, [0.15, 5, 0.5])
    x = rng.normal(middle[kinds] + gait, spread[kinds])
    x = np.clip(x, [1, 0, 0], [8, 120, 10])
    x = np.round(x * [10, 1, 2]) / [10, 1, 2]  # steps of 0.1 g, 1 degree, 0.5 s
    return x, (kinds == 3).astype(int)


x, y = wear(STUDENT)
x_train, y_train, x_test, y_test = x[:600], y[:600], x[600:], y[600:]
scaled = (x - x_train.mean(axis=0)) / x_train.std(axis=0)
X = np.column_stack([scaled, np.ones(1200)])  # (1200, 4): the intercept comes last
X_train, X_test = X[:600], X[600:]


def sigmoid(z):
    """The sigmoid of chapter 04, for scores of any size."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def gini(counts):
    """Gini impurity of one group, from how many rows of each kind are in it."""
    shares = np.asarray(counts) / np.sum(counts)
    return float(1 - np.sum(shares**2))


# %%
# Try it: your owner's first three jolts, and the box that never calls.
print("peak (g):       ", x_train[:3, 0])
print("tilt (degrees): ", x_train[:3, 1])
print("stillness (s):  ", x_train[:3, 2])
print("falls:          ", y_train[:3], f"and {y_train.sum()} of 600 in all")
print(f"never calls:     {np.mean(y_test == 0):.0%} right")

# %% [markdown]
# ## Part 1: a fall counts more (6 points)
#
# Chapter 04 trained with the surprise of each row, $\ln(1+e^{z}) - yz$, where $z$
# is the row's score. With one fall among seventeen jolts, that loss is mostly about
# armchairs. So let a fall count as much as $v$ other rows:
#
# $$L = \frac1n\sum_{i=1}^{n} c_i\,\big(\ln(1 + e^{z_i}) - y_i z_i\big), \qquad
#   c_i = \begin{cases} v & \text{if } y_i = 1\\ 1 & \text{if } y_i = 0.\end{cases}$$
#
# We divide by the number of rows $n$, whatever the $c_i$ are. A score of 800
# is unusual but allowed, and so is being wrong about it.


# %% nbgrader={"grade_id": "weighted-loss", "solution": true}
def weighted_loss(y, z, fall_weight):
    """Mean surprise, where a fall counts fall_weight times.

    y: (n,) int, 0 or 1. z: (n,) float, scores of any size.
    fall_weight: a number above 0. Returns one float.
    """
    ### BEGIN SOLUTION
    weights = np.where(y == 1, fall_weight, 1)
    return float(np.mean(weights * (np.logaddexp(0, z) - y * z)))
    ### END SOLUTION


# %%
# Try it: what does the box pay that says one half to everything?
for fall_weight in (1, 5, 20):
    paid = weighted_loss(y_train, np.zeros(600), fall_weight)
    print(f"a fall counts {fall_weight:2d} times: {paid:.3f}")

# %% nbgrader={"grade_id": "loss-value", "points": 1} tinyml={"objective": "04-train"}
# 1 point: four rows with ordinary scores.
### HINT: Surprise of each row first; then its weight; the mean over the rows last.
rows, scores = np.array([1, 0, 0, 1]), np.array([0.0, 0.0, np.log(3), np.log(3)])
got = weighted_loss(rows, scores, 1)
assert got is not None, "Nothing came back. Is there a return?"
assert np.ndim(got) == 0, "One number for all rows: what is not averaged?"
assert np.isclose(got, np.log(64 / 3) / 4), f"With all weights equal: not {got}."
got = weighted_loss(rows, scores, 3)
surprises = np.log([2, 2, 4, 4 / 3])
assert np.isclose(got, surprises @ [3, 1, 1, 3] / 4), f"A fall counts 3: not {got}."

# %% nbgrader={"grade_id": "loss-far", "points": 2} tinyml={"objective": "04-train"}
# 2 points, hidden: scores far from zero, right ones and wrong ones.
### BEGIN HIDDEN TESTS
### HINT: At a score of 800, what is e to the 800, and what is 1 - p? Chapter 04 put
### HINT: the sigmoid into the logarithm on paper, and nothing is to be cut off.
hidden_seed = 21
rng = np.random.default_rng(hidden_seed)
kinds, weight = np.array([1, 0]), rng.uniform(2, 9)
for v in (1, weight):
    a, b = rng.uniform(760, 990, 2)
    got = weighted_loss(kinds, np.array([-a, b]), v)  # wrong about both
    assert np.isclose(got, (v * a + b) / 2)
    assert np.isclose(weighted_loss(kinds, np.array([a, -b]), v), 0)
a, b = rng.uniform(38, 60, 2)  # a sigmoid says exactly 1 from 37 on
assert np.isclose(weighted_loss(kinds[1:], np.array([a]), weight), a)
got = weighted_loss(kinds[::-1], np.array([0, -b]), weight)
assert np.isclose(got, (np.log(2) + weight * b) / 2)
### END HIDDEN TESTS

# %% [markdown]
# Chapter 04 found that the slope of a row's surprise is $p_i - y_i$, with
# $p_i = \sigma(z_i)$. The weight $c_i$ does not depend on the score, so it stays
# where it is. Work out with a pencil what the gradient for the weights
# $\mathbf w$ of $z_i = \mathbf x_i \cdot \mathbf w$ becomes.


# %% nbgrader={"grade_id": "weighted-gradient", "solution": true}
def weighted_gradient(X, y, w, fall_weight):
    """Gradient of the weighted loss of the scores X @ w, for w.

    X: (n, k) float, its column of ones, if wanted, is in it. y: (n,) int, 0 or 1.
    w: (k,) float. fall_weight: a number above 0. Returns an array (k,).
    """
    ### BEGIN SOLUTION
    weights = np.where(y == 1, fall_weight, 1)
    return X.T @ (weights * (sigmoid(X @ w) - y)) / len(y)
    ### END SOLUTION


# %%
# Try it: train three boxes. What does the weight of a fall do?
for fall_weight in (1, 5, 20):
    w = np.zeros(4)
    for _ in range(200):
        w = w - 2 * weighted_gradient(X_train, y_train, w, fall_weight)
    said = X_test @ w >= 0
    found, alarms = said[y_test == 1].sum(), said[y_test == 0].sum()
    print(f"a fall counts {fall_weight:2d} times: {np.mean(said == y_test):.1%} right,")
    print(f"   {found} of {y_test.sum()} falls found, {alarms} false alarms")

# %% nbgrader={"grade_id": "gradient-start", "points": 1} tinyml={"objective": "04-train"}
# 1 point: equal to finite differences on your data, at w = 0, all rows alike.
### HINT: What was said minus what happened, times what the score answers with.


def plain_loss(w):
    scores = X_train @ w
    return np.mean(np.logaddexp(0, scores) - y_train * scores)


steps = 1e-5 * np.eye(4)
expected = [(plain_loss(step) - plain_loss(-step)) / 2e-5 for step in steps]
got = weighted_gradient(X_train, y_train, np.zeros(4), 1)
assert np.shape(got) == (4,), f"One slope for each weight, not shape {np.shape(got)}."
for number, (mine, right) in enumerate(zip(got, expected, strict=True)):
    close = np.isclose(mine, right, rtol=1e-4, atol=1e-7)
    assert close, f"Slope {number}: {mine:.5f}; finite differences: {right:.5f}."

# %% nbgrader={"grade_id": "gradient-weighted", "points": 2} tinyml={"objective": "04-train"}
# 2 points, hidden: at any w, for any weight of a fall and any shape of X.
### BEGIN HIDDEN TESTS
### HINT: At w = 0 every row is called one half, and with weight 1 all rows are alike:
### HINT: which part of your formula is never seen there? Check your function with
### HINT: finite differences of the weighted loss at another w.
hidden_seed = 22
rng = np.random.default_rng(hidden_seed)
for n, k in [(5, 2), (3, 1), (8, 4)]:
    A, at = rng.normal(size=(n, k)), rng.normal(size=k)
    kinds = np.arange(n) % 2
    for v in (1, 6, rng.uniform(0.2, 0.8)):
        want = 0
        for row, kind in zip(A, kinds, strict=True):
            off = 1 / (1 + np.exp(-sum(row * at))) - kind
            want = want + (v if kind else 1) * off * row / n
        got = weighted_gradient(A, kinds, at, v)
        assert np.shape(got) == (k,)
        assert np.allclose(got, want)
sure = np.column_stack([A[:2, 0], np.ones(2)])  # scores of 800 or more
got = weighted_gradient(sure, kinds[:2], np.array([0, rng.uniform(800, 999)]), 2)
assert np.allclose(got, [A[0, 0] / 2, 0.5])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: count what happened (5 points)
#
# Look at your three boxes again: the one that is right most often is not the
# one that finds most falls. So count the answers one kind at a time. In the
# **confusion matrix**, row $a$ and column $b$ hold how many rows of kind $a$ were
# called $b$. There may be more than two kinds: chair, step, bed and fall are four.


# %% nbgrader={"grade_id": "confusion", "solution": true}
def confusion(y, said, kinds):
    """Confusion matrix: how many of each kind were called what.

    y, said: (n,), both ints 0 to kinds - 1, or, when kinds is 2, also bools.
    Returns an array (kinds, kinds) of ints: a row for each truth, a column for
    each answer.
    """
    ### BEGIN SOLUTION
    return np.array(
        [[np.sum((y == a) & (said == b)) for b in range(kinds)] for a in range(kinds)]
    )
    ### END SOLUTION


# %%
# Try it: a box that calls whenever its owner lies still for 5 seconds.
print(confusion(y_test, (x_test[:, 1] > 45) & (x_test[:, 2] >= 5), 2))

# %% nbgrader={"grade_id": "confusion-two", "points": 1} tinyml={"objective": "04-judge"}
# 1 point: two kinds.
### HINT: What is it, what was it called: which one is the row?
got = confusion(np.array([0, 0, 0, 1, 1, 0]), np.array([0, 1, 0, 0, 1, 1]), 2)
assert np.shape(got) == (2, 2), f"Two kinds, shape (2, 2), not {np.shape(got)}."
assert np.sum(got) == 6, f"Six rows, and each is counted once; you have {np.sum(got)}."
assert got[0][1] == 2, "Two jolts were no falls and were called falls: row 0, column 1."
assert np.array_equal(got, [[2, 2], [1, 1]]), f"Not yet:\n{got}"

# %% nbgrader={"grade_id": "confusion-many", "points": 1} tinyml={"objective": "04-judge"}
# 1 point, hidden: any number of kinds, also where some do not occur; bools.
### BEGIN HIDDEN TESTS
### HINT: The third argument says how many kinds there are, not the rows that happen
### HINT: to be there; an absent kind has zeros. True used as an index picks, and does
### HINT: not count. Counts are whole numbers, in their type too.
hidden_seed = 23
rng = np.random.default_rng(hidden_seed)
cases = [
    (rng.integers(0, most, (2, 40)), kinds)  # where most < kinds, some do not occur
    for kinds, most in [(4, 4), (7, 5), (2, 1), (3, 2)]
]
cases.append((rng.random((2, 40)) < 0.4, 2))
for (truth, answer), kinds in cases:
    want = [[0] * kinds for _ in range(kinds)]
    for a, b in zip(truth, answer, strict=True):
        want[int(a)][int(b)] += 1
    got = np.asarray(confusion(truth, answer, kinds))
    assert np.array_equal(got, want)
    assert got.dtype.kind in "iu"
assert np.array_equal(confusion(truth + 0, answer, 2), want)
### END HIDDEN TESTS

# %% [markdown]
# With two kinds the matrix is
#
# $$\begin{pmatrix} \text{calm} & \text{false alarms}\\
# \text{misses} & \text{hits} \end{pmatrix}.$$
#
# **Precision** is the share of the alarms that were falls, **recall** the share of
# the falls that were found. One number for both is the **F1 score**, their
# *harmonic* mean,
#
# $$F_1 = \frac{2\,P\,R}{P + R},$$
#
# which is small as soon as one of the two is. Where there is nothing to divide by,
# somebody has to say what comes out. Our convention, for each of the three: **0**.


# %% nbgrader={"grade_id": "prf", "solution": true}
def precision_recall_f1(matrix):
    """Precision, recall and F1 of the second kind, from a confusion matrix.

    matrix: (2, 2) int, a row for each truth, a column for each answer.
    Returns three floats, each from 0 to 1, in the order of the name. Where the
    denominator is 0, the value is 0.0.
    """
    ### BEGIN SOLUTION
    (_, alarms), (misses, hits) = matrix
    precision = hits / (hits + alarms) if hits + alarms else 0.0
    recall = hits / (hits + misses) if hits + misses else 0.0
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0.0
    return float(precision), float(recall), float(f1)
    ### END SOLUTION


# %%
# Try it: two boxes, equally right on 600 jolts. Which would you wear?
for matrix in ([[560, 4], [24, 12]], [[540, 24], [4, 32]]):
    (calm, _), (_, hits) = matrix
    values = precision_recall_f1(np.array(matrix))
    print(f"{(calm + hits) / 600:.1%} right;", [f"{value:.2f}" for value in values])

# %% nbgrader={"grade_id": "prf-value", "points": 1} tinyml={"objective": "04-judge"}
# 1 point: a box that is right about some and wrong about some.
### HINT: Precision divides by a column of the matrix, recall by a row.
got = precision_recall_f1(np.array([[80, 12], [2, 6]]))
assert np.shape(got) == (3,), "Three numbers: precision, recall, F1."
assert np.isclose(got[0], 1 / 3), f"18 alarms, 6 of them falls: precision {got[0]}?"
assert np.isclose(got[1], 0.75), f"8 falls, 6 of them found: recall {got[1]}?"
assert np.isclose(got[2], 6 / 13), f"The harmonic mean of 1/3 and 3/4 is not {got[2]}."

# %% nbgrader={"grade_id": "prf-nothing", "points": 2} tinyml={"objective": "04-judge"}
# 2 points, hidden: whatever the matrix, three numbers and no warning.
### BEGIN HIDDEN TESTS
### HINT: Which of the three have nothing to divide by when the box never calls? When
### HINT: nobody falls? When it calls, and always wrongly? The convention says 0.
hidden_seed = 24
rng = np.random.default_rng(hidden_seed)
for _ in range(2):
    calm, a, b, c = 2 + rng.permutation(97)[:4]
    for matrix, want in [
        ([[calm, 0], [a, 0]], (0, 0, 0)),  # it never calls
        ([[calm, a], [0, 0]], (0, 0, 0)),  # nobody falls
        ([[calm, a], [b, 0]], (0, 0, 0)),  # it calls, always wrongly
        ([[calm, 0], [0, 0]], (0, 0, 0)),
        ([[0, 0], [0, a]], (1, 1, 1)),
        ([[0, b], [b, b]], (0.5, 0.5, 0.5)),
        ([[0, a], [0, b]], (b / (a + b), 1, 2 * b / (a + 2 * b))),
        ([[calm, a], [b, c]], (c / (a + c), c / (b + c), 2 * c / (2 * c + a + b))),
    ]:
        assert np.allclose(precision_recall_f1(np.array(matrix)), want)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: when to call (7 points)
#
# A model gives a score; *calling* begins at a threshold that we choose. The
# company that answers the calls has a budget: of the jolts that are no falls, it
# puts up with false alarms on a given share, and not one more. How many of the
# falls can be found then? It is a question to the **ROC** curve of chapter 04,
# which has one corner for each threshold. Scores can be equal: one threshold then
# lets all of them in, or none.


# %% nbgrader={"grade_id": "recall-within", "solution": true}
def recall_within(y, z, budget):
    """Largest recall of any threshold that keeps false alarms within a budget.

    y: (n,) int, 0 or 1, both occur. z: (n,) float, scores; some may be equal.
    A threshold t calls where z >= t; t may be any number, also above all z.
    budget: largest share, 0 to 1, of the rows with y = 0 that may be called.
    Returns the recall, one float.
    """
    ### BEGIN SOLUTION
    best = 0.0
    for threshold in np.unique(z):
        called = z >= threshold
        if np.mean(called[y == 0]) <= budget:
            best = max(best, np.mean(called[y == 1]))
    return float(best)
    ### END SOLUTION


# %%
# Try it: how far does one measurement get, with no training at all?
for column, name in enumerate(["peak", "tilt", "stillness"]):
    for budget in (0.01, 0.05, 0.25):
        recall = recall_within(y_train, x_train[:, column], budget)
        print(f"{name:9s}, {budget:4.0%} false alarms: {recall:4.0%} of the falls")

# %% nbgrader={"grade_id": "recall-distinct", "points": 1} tinyml={"objective": "04-judge"}
# 1 point: scores that are all different.
### HINT: Try the thresholds one by one. A share of which rows is limited?
rows = np.array([1, 1, 0, 1, 0, 0, 1, 0])
scores = np.array([0.95, 0.9, 0.7, 0.6, 0.5, 0.4, 0.3, 0.1])
got = [recall_within(rows, scores, budget) for budget in (0.1, 0.3, 0.6, 0.9)]
assert got[0] is not None, "Nothing came back. Is there a return?"
assert np.ndim(got[0]) == 0, "One number for a budget."
assert got[3] > 0, "With a budget of 90 % something is found."
told = np.round(got, 3).tolist()
assert np.allclose(got, [0.5, 0.75, 0.75, 1]), f"[0.5, 0.75, 0.75, 1], not {told}."

# %% nbgrader={"grade_id": "recall-equal", "points": 2} tinyml={"objective": "04-judge"}
# 2 points, hidden: equal scores, and budgets that are met exactly.
### BEGIN HIDDEN TESTS
### HINT: A share that equals the budget is within it. Rows of one and the same score
### HINT: are called together, falls and others; half of them, or only the falls
### HINT: among them, is not to be had. No threshold lies between two equal scores.
hidden_seed = 25
rng = np.random.default_rng(hidden_seed)
few, more = rng.integers(1, 4, 2)  # of 8 in all, so that shares are exact
falls = rng.integers(1, 6, 5) * [1, 1, 0, 1, 1]
others = np.array([0, few, more, 0, 8 - few - more])
kinds = np.repeat([1, 0] * 5, np.column_stack([falls, others]).ravel())
gaps = rng.uniform(0.1, 3, 5) * [1, 1, 1, 1e-6, 1]  # between two there is little room
scores = np.cumsum(gaps)[::-1] - 4  # the highest comes first
z, n = np.repeat(scores, falls + others), len(kinds)
found = np.cumsum(falls) / np.sum(falls)
for rows in (np.arange(n), rng.permutation(n)):
    for budget, want in [
        (0, found[0]),
        (few / 8, found[1]),
        (few / 8 + rng.uniform(0.01, 0.12), found[1]),
        ((few + more) / 8, found[3]),
        (0.99, found[3]),
        (1, 1),
    ]:
        assert np.isclose(recall_within(kinds[rows], z[rows], budget), want)
for budget in (rng.uniform(0.9, 0.99), 1):
    got = recall_within(kinds, np.full(n, scores[0]), budget)
    assert np.isclose(got, budget == 1)
turned = scores[0] + kinds * rng.uniform(1, 9)  # whoever fell has the lower score
assert np.isclose(recall_within(1 - kinds, turned, rng.uniform(0, 0.9)), 0)
### END HIDDEN TESTS

# %% [markdown]
# A budget is one way to choose. Prices are another: let a missed fall cost as
# much as 20 false alarms, or 50. Chapter 04 derived $t = c_f/(c_f + c_m)$ from the
# prices alone, for probabilities that mean what they say. If they do not, look
# for the threshold that would have been cheapest on rows that were put aside.
#
# Only the probabilities that occur need a try, and one more, *infinity*: never
# call. Where two thresholds cost the same, take the **higher**: who calls less,
# disturbs less.


# %% nbgrader={"grade_id": "cheapest-threshold", "solution": true}
def cheapest_threshold(y, p, miss_cost, alarm_cost):
    """The threshold with the least total cost on these rows.

    y: (n,) int, 0 or 1. p: (n,) float, probabilities; some may be equal.
    miss_cost, alarm_cost: what one miss and one false alarm cost, ints >= 0.
    Tries every value in p, and np.inf; it calls where p >= threshold. Among
    equally cheap ones the highest is taken.
    Returns (threshold, cost), the cost of all rows together.
    """
    ### BEGIN SOLUTION
    best = (np.inf, miss_cost * np.sum(y == 1))
    for threshold in np.unique(p)[::-1]:
        called = p >= threshold
        misses, alarms = np.sum((y == 1) & ~called), np.sum((y == 0) & called)
        cost = miss_cost * misses + alarm_cost * alarms
        if cost < best[1]:
            best = (threshold, cost)
    return float(best[0]), float(best[1])
    ### END SOLUTION


# %%
# Try it: a box that was trained for somebody else. Are its probabilities honest?
# Its threshold is looked for on your owner's first 600 jolts, and tried on the rest.
p_first, p_rest = sigmoid(X @ [1.6, 1.7, 1.2, -3.0]).round(3).reshape(2, 600)
for miss_cost in (1, 5, 20, 50):
    cheapest, _ = cheapest_threshold(y_train, p_first, miss_cost, 1)
    print(f"a miss costs {miss_cost}:")
    for name, threshold in (("found", cheapest), ("formula", 1 / (1 + miss_cost))):
        called = p_rest >= threshold
        misses, alarms = np.sum(y_test[~called] == 1), np.sum(y_test[called] == 0)
        print(f"  {name}: from {threshold:.3f} on, cost {miss_cost * misses + alarms}")

# %% nbgrader={"grade_id": "threshold-value", "points": 1} tinyml={"objective": "04-judge"}
# 1 point: a few rows, a miss costs 5.
### HINT: For each threshold, count both mistakes and multiply each with its price.
rows = np.array([0, 0, 0, 1, 0, 1, 1])
chances = np.array([0.05, 0.1, 0.2, 0.3, 0.55, 0.6, 0.9])
got = cheapest_threshold(rows, chances, 5, 2)
assert np.shape(got) == (2,), "Two numbers, please: the threshold, then its cost."
assert np.isclose(got[1], 2), f"One false alarm is the least; you pay {got[1]}."
assert np.isclose(got[0], 0.3), f"0.3 is in the list, and pays 2; you say {got[0]}."

# %% nbgrader={"grade_id": "threshold-ties", "points": 2} tinyml={"objective": "04-judge"}
# 2 points, hidden: equal costs, equal probabilities, and boxes that should not call.
### BEGIN HIDDEN TESTS
### HINT: The list of thresholds has one more than the values in p. Which one wins when
### HINT: two cost the same? A row that lies on the threshold is called.
hidden_seed = 26
rng = np.random.default_rng(hidden_seed)
kinds = np.array([0, 1, 1, 0, 0])
for _ in range(3):
    low, middle, high = np.cumsum(rng.uniform(0.05, 0.3, 3))
    chances = np.array([middle, high, middle, low, low])
    one = int(rng.integers(1, 9))
    # to call the two in the middle is one miss less and one alarm more
    assert np.allclose(cheapest_threshold(kinds, chances, one, one), [high, one])
    got = cheapest_threshold(kinds, chances, one + 3, one)
    assert np.allclose(got, [middle, one])
    threshold, cost = cheapest_threshold(kinds, 1 - chances, one, 3 * one)
    assert threshold == np.inf
    assert np.isclose(cost, 2 * one)
    threshold, cost = cheapest_threshold(kinds[3:], chances[:2], 5, one)
    assert threshold == np.inf
    assert cost == 0
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "threshold-data", "points": 1} tinyml={"objective": "04-judge"}
# 1 point, hidden: your owner's 600 rows, at several prices.
### BEGIN HIDDEN TESTS
### HINT: On many rows: is every value in p tried, and nothing else but infinity? Is the
### HINT: cost that of all rows, each mistake at its own price?
hidden_seed = 27
rng = np.random.default_rng(hidden_seed)
chances = sigmoid(X_test @ rng.uniform([1, 1, 0.8, -3], [2, 2, 1.5, -1]))
chances = chances.round(2) ** 2
tried = np.append(np.unique(chances), np.inf)
lost = np.sum((chances < tried[:, None]) & (y_test == 1), axis=1)
false = np.sum((chances >= tried[:, None]) & (y_test == 0), axis=1)
for prices in ((1, 1), (int(rng.integers(15, 40)), 1), (3, 2), (0, 4)):
    bills = prices[0] * lost + prices[1] * false
    cheap = tried[bills == bills.min()].max()
    got = cheapest_threshold(y_test, chances, *prices)
    assert np.isclose(got[1], bills.min())
    assert got[0] == cheap or np.isclose(got[0], cheap)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: ask the right question (8 points)
#
# A tree asks about one measurement at a time, and a question is good when the
# two groups it makes are *pure*. Chapter 05 had two measures. The Gini impurity,
# for one group, is in the first cell. The other is the **entropy**, counted in
# bits, for a group with the shares $p_k$:
#
# $$H = -\sum_k p_k \log_2 p_k, \qquad 0\log_2 0 = 0.$$
#
# Write it for many groups at a time: the last axis of `counts` runs over the
# kinds, and whatever axes come before it stay. A group without a single row has
# no shares at all; let its entropy be 0.


# %% nbgrader={"grade_id": "entropy", "solution": true}
def entropy(counts):
    """Entropy in bits of groups with these counts.

    counts: (..., kinds), not negative: how many rows of each kind are in a group.
    Returns an array (...) float; one number for one group. A kind that is absent
    adds nothing; an empty group has entropy 0.
    """
    ### BEGIN SOLUTION
    total = counts.sum(axis=-1, keepdims=True)
    shares = counts / np.where(total == 0, 1, total)
    return -np.sum(shares * np.log2(np.where(shares == 0, 1, shares)), axis=-1)
    ### END SOLUTION


# %%
# Try it: how uncertain is a jolt before any question, by both measures?
for counts in ([564, 36], [300, 300], [250, 175, 139, 36]):
    print(counts, f"{entropy(np.array(counts)):.3f} bits, Gini {gini(counts):.3f}")

# %% nbgrader={"grade_id": "entropy-value", "points": 1} tinyml={"objective": "05-tree"}
# 1 point: single groups in which every kind occurs.
### HINT: Shares first; each times its own logarithm; then the sum. Mind the unit.
got = entropy(np.array([5, 5]))
assert got is not None, "Nothing came back. Is there a return?"
assert np.ndim(got) == 0, f"One group, one number; not shape {np.shape(got)}."
assert not np.isclose(got, np.log(2)), "The right idea; in which unit?"
assert np.isclose(got, 1), f"Half and half is one bit, not {got}."
got = entropy(np.array([1, 1, 2]))
assert np.isclose(got, 1.5), f"Shares 1/4, 1/4, 1/2: not {got}."

# %% nbgrader={"grade_id": "entropy-any", "points": 2} tinyml={"objective": "05-tree"}
# 2 points, hidden: many groups at a time, absent kinds, empty groups; no warning.
### BEGIN HIDDEN TESTS
### HINT: Sum along the last axis only, and keep it where you divide. NumPy computes
### HINT: log2(0) wherever you let it, also if you throw the result away: put a
### HINT: harmless number there first. The same holds for a total of 0.
hidden_seed = 28
rng = np.random.default_rng(hidden_seed)
groups = rng.integers(1, 30, (4, 3, 5))
groups[0, 0] = 0  # nobody is in this group
groups[1, 1, :4] = 0  # one kind only
groups[2, :, 2] = 0


def bits(group):
    shares = [count / sum(group) for count in group if count]
    return sum(share * np.log2(1 / share) for share in shares)


want = [[bits(group) for group in row] for row in groups.tolist()]
for some, right in ((groups, want), (groups[2], want[2])):
    got = entropy(some)
    assert np.shape(got) == np.shape(right)
    assert np.allclose(got, right)
assert np.isclose(entropy(groups[1, 1]), 0)
assert np.isclose(entropy(groups[3, 2]), want[3][2])
### END HIDDEN TESTS

# %% [markdown]
# A question is a column and a threshold: rows with `x[:, column] <= threshold` go
# to one side, the others to the other. What it **gains** is the impurity before it
# minus what is left after it, each side weighted with its share of the rows:
#
# $$\text{gain} = G(\text{all}) - \frac{n_\text{low}}{n}\,G(\text{low})
#   - \frac{n_\text{high}}{n}\,G(\text{high}).$$
#
# Thresholds lie **halfway between two neighbouring values** of the column, and a
# question always leaves rows on both sides. Look at all questions of all columns.
# Where several gain most, take the **first column** among them, and in it the
# **lowest threshold**. Two gains that differ by less than $10^{-9}$ count as equal
# (floats round). `gini` and `np.bincount(y)` will help.


# %% nbgrader={"grade_id": "best-question", "solution": true}
def best_question(x, y):
    """The question that gains most Gini impurity.

    x: (n, columns) float. y: (n,) int, kinds 0, 1, 2, ...
    Returns (column, threshold, gain): int, float, float. Also a gain of 0 will
    do. Returns None where there is no question to ask, because in every column
    all rows are equal.
    """
    ### BEGIN SOLUTION
    best, before = None, gini(np.bincount(y))
    for column in range(x.shape[1]):
        values = np.unique(x[:, column])
        for threshold in (values[1:] + values[:-1]) / 2:
            low = x[:, column] <= threshold
            gain = before
            for side in (low, ~low):
                gain -= side.mean() * gini(np.bincount(y[side]))
            if best is None or gain > best[2] + 1e-9:
                best = column, float(threshold), float(gain)
    return best
    ### END SOLUTION


# %%
# Try it: your owner's first question. (Three kinds: chair or step, bed, fall.)
bed = (x_train[:, 0] < 2) & (x_train[:, 1] > 50)
for name, kinds in (("falls", y_train), ("beds", np.where(bed, 1, 2 * y_train))):
    column, threshold, gain = best_question(x_train, kinds)
    print(f"{name}: column {column} <= {threshold:.2f} gains {gain:.4f}")

# %% nbgrader={"grade_id": "question-value", "points": 2} tinyml={"objective": "05-tree"}
# 2 points: two columns, all values different.
### HINT: The larger side counts more. A threshold lies between two values, not on one.
left = np.array([[3.0, 1.0], [1.0, 4.0], [4.0, 2.0], [2.0, 8.0], [9.0, 16.0]])
got = best_question(left, np.array([1, 0, 1, 0, 0]))
assert got is not None, "There is a question to ask here. Is there a `return`?"
assert np.shape(got) == (3,), "Three things: column, threshold, gain."
assert got[0] == 1, f"The second column parts them; you ask column {got[0]}."
assert np.isclose(got[1], 3), f"Halfway between 2 and 4, not {got[1]}."
assert np.isclose(got[2], 0.48), f"Gini 0.48 before, 0 after; you gain {got[2]}."
got = best_question(left[:, :1], np.array([1, 0, 1, 0, 0]))
assert np.allclose(got, [0, 2.5, 0.48 - 0.6 * 4 / 9]), f"One column: not {got}."

# %% nbgrader={"grade_id": "question-rows", "points": 2} tinyml={"objective": "05-tree"}
# 2 points, hidden: equal values, several kinds, rows in any order, no question.
### BEGIN HIDDEN TESTS
### HINT: Rows with equal values go to the same side, so no threshold lies between
### HINT: them. There may be three kinds or more, and a kind may be absent from one
### HINT: side. And what if a column holds one value only, or all columns do?
hidden_seed = 29
rng = np.random.default_rng(hidden_seed)
for _ in range(2):
    (a, b, c), (u, v) = np.cumsum(rng.uniform(0.5, 4, 3)), -rng.uniform([5, 1], [9, 3])
    some = np.array([[b, u], [b, u], [a, u], [a, v], [c, v], [c, v], [c, u]])
    types, mixed = np.array([0, 0, 2, 2, 1, 1, 1]), rng.permutation(7)
    got = best_question(some[mixed], types[mixed])
    assert np.allclose(got, [0, (b + c) / 2, 32 / 49 - 4 / 7 * 0.5])
    got = best_question(some[mixed, 1:], types[mixed])
    assert np.allclose(got, [0, (u + v) / 2, 32 / 49 - 4 / 7 * 5 / 8 - 3 / 7 * 4 / 9])
    heap = np.array([[a], [a], [a], [a], [b]])
    got = best_question(heap, np.array([0, 0, 1, 1, 0]))
    assert np.allclose(got, [0, (a + b) / 2, 0.48 - 0.8 * 0.5])
    flat = np.full((4, 2), a)
    assert best_question(flat, types[mixed][:4]) is None
    flat[3, 1] = b
    got = best_question(flat, np.array([0, 1, 1, 0]))
    assert np.allclose(got, [1, (a + b) / 2, 0.5 - 1 / 3])
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "question-ties", "points": 1} tinyml={"objective": "05-tree"}
# 1 point, hidden: which one is taken when several gain most.
### BEGIN HIDDEN TESTS
### HINT: The first column wins, then the lowest threshold, also where two gains differ
### HINT: in their last digit only. A gain of 0 is a question too.
hidden_seed = 30
rng = np.random.default_rng(hidden_seed)
one = np.cumsum(rng.uniform(0.5, 3, 4))[:, None]  # four values, the lowest comes first
ends = np.array([1, 0, 0, 1])
first = one[:2].mean()
assert np.allclose(best_question(one, ends), [0, first, 1 / 6])
assert np.allclose(best_question(np.hstack([one, -one, one]), ends), [0, first, 1 / 6])
a, b = one[:2, 0]
crossed = np.array([[a, a], [a, b], [b, a], [b, b]])
assert np.allclose(best_question(crossed, np.array([0, 1, 1, 0])), [0, first, 0])
for n in (7, 12, 19):  # of 7 and of 19 rows, some ways to add up round
    line = np.cumsum(rng.uniform(0.5, 3, n))[:, None]
    ends = np.zeros(n, int)
    ends[[0, -1]] = 1
    got = best_question(np.hstack([line, -line]), ends)
    assert np.allclose(got[:2], [0, line[:2].mean()])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: a tree on a battery (6 points)
#
# As in chapter 05 a tree is either a **leaf**, an int, which is its answer, or a
# tuple `(column, threshold, low, high)`, where `low` and `high` are trees: go to
# `low` if `row[column] <= threshold`, and to `high` if not. This is how a row goes
# through it:


# %%
def follow(tree, row):
    """Answer of a tree for one row (columns,), and how many questions it took."""
    questions = 0
    while isinstance(tree, tuple):
        column, threshold, low, high = tree
        tree = low if row[column] <= threshold else high
        questions += 1
    return tree, questions


# %% [markdown]
# Now grow one. Which question is asked, and what a leaf answers, are decided by
# two functions that yours is given, as `descend` was in problem set 1. What is left
# for you is the growing:
#
# * a group of rows becomes a **leaf** when `depth` is 0, when all its rows are of
#   one kind, or when there is nothing to ask;
# * if not, it is parted by its question, and a tree grows **from each side's own
#   rows**, with one question less to go.


# %% nbgrader={"grade_id": "grow", "solution": true}
def grow(x, y, depth, ask, answer):
    """Grow a tree that asks at most depth questions on any way.

    x: (n, columns) float; y: (n,) int, the kinds; n is at least 1.
    ask: function from the x and y of a group to (column, threshold, gain), or to
    None where there is nothing to ask; its questions leave rows on both sides.
    answer: function from the y of a group to an int, the answer of its leaf.
    Returns an int or a tuple (column, threshold, low tree, high tree).
    """
    ### BEGIN SOLUTION
    question = ask(x, y) if depth > 0 and np.any(y != y[0]) else None
    if question is None:
        return answer(y)
    column, threshold, _ = question
    low = x[:, column] <= threshold
    sides = (grow(x[s], y[s], depth - 1, ask, answer) for s in (low, ~low))
    return column, threshold, *sides
    ### END SOLUTION


# %%
# Try it: a tree of at most two questions on a way, with the questions of part 4.
# A leaf says what is cheaper for its group when a miss costs 20 false alarms. It grows
# on values rounded to 0.2 g, 5 degrees, 1 s: fewer thresholds are sooner tried.
def cheaper(y):
    return int(20 * np.sum(y == 1) >= np.sum(y == 0))


coarse = np.round(x_train * [5, 0.2, 1]) / [5, 0.2, 1]
tree = grow(coarse, y_train, 2, best_question, cheaper)
print(tree)
answers, asked = zip(*(follow(tree, row) for row in x_test), strict=True)
print(confusion(y_test, np.array(answers), 2))
print(f"{np.mean(asked):.2f} questions for a jolt on average")

# %% nbgrader={"grade_id": "grow-value", "points": 1} tinyml={"objective": "05-tree"}
# 1 point: no question, and one question.
### HINT: Which rows belong to the low side? Each side gets its own x and its own y.


def ask_mean(x, y):
    """A simple question: is the first column above its mean?"""
    return (0, float(x[:, 0].mean()), 0.0) if np.ptp(x[:, 0]) > 0 else None


def most(y):
    return int(np.bincount(y).argmax())


column, kinds = np.array([[1.0], [2.0], [3.0], [10.0]]), np.array([2, 2, 1, 0])
got = grow(column, kinds, 0, ask_mean, most)
assert np.ndim(got) == 0, f"Depth 0: a leaf, not {got}."
assert got == 2, f"Depth 0: most rows are of kind 2, not {got}."
got = grow(column, kinds, 1, ask_mean, most)
assert isinstance(got, tuple), f"Depth 1: a tuple, not {got}."
assert got == (0, 4.0, 2, 0), f"One question: (0, 4.0, 2, 0), not {got}."

# %% nbgrader={"grade_id": "grow-any", "points": 2} tinyml={"objective": "05-tree"}
# 2 points, hidden: deeper trees, and every reason to stop.
### BEGIN HIDDEN TESTS
### HINT: Read the two rules again. What of a group that is pure before the depth is
### HINT: used up, and of one where ask returns None? Where does a row go that lies on
### HINT: the threshold? Is there one question less to go on both sides?
hidden_seed = 31
rng = np.random.default_rng(hidden_seed)
v = np.cumsum(rng.uniform(0.5, 3, 8))  # eight values, the lowest comes first
mixed = rng.permutation(8)
rows, odd = v[mixed][:, None], mixed % 2


def ask_middle(x, y):
    values = np.sort(x[:, 0])
    return 0, float(values[len(values) // 2 - 1]), 1.0


got = grow(rows, odd, 2, ask_middle, sum)
assert got == (0, v[3], (0, v[1], 1, 1), (0, v[5], 1, 1))
quarters = [(0, v[k], 0, 1) for k in (0, 2, 4, 6)]
got = grow(rows, odd, 9, ask_middle, most)
assert got == (0, v[3], (0, v[1], *quarters[:2]), (0, v[5], *quarters[2:]))
assert grow(rows, mixed // 4, 9, ask_middle, len) == (0, v[3], 4, 4)
assert grow(rows, np.full(8, 3), 4, ask_middle, most) == 3
k = int(rng.integers(1, 8))
got = grow(np.hstack([rows, -rows]), odd, 1, lambda x, y: (1, -v[k], 0.5), len)
assert got == (1, -v[k], 8 - k, k)
parts, a, b = np.array([0, 1, 1, 0, 0]), *v[:2]
assert grow(np.full((3, 1), a), parts[:3], 4, ask_mean, most) == 1
twins = np.array([[a], [a], [a], [b], [b]])
middle = float(twins.mean())
assert grow(twins, parts, 9, ask_mean, most) == (0, middle, 1, 0)
### END HIDDEN TESTS

# %% [markdown]
# On the board, the tree is a table in flash. A question takes **6 bytes**: one for
# the column, four for the threshold as a 32-bit float, one that says where its high
# side begins (its low side comes right after it). A leaf takes **1 byte**. And
# whoever dimensions the battery wants to know the *worst* way through it.


# %% nbgrader={"grade_id": "tree-bill", "solution": true}
def tree_bill(tree):
    """What a tree costs: bytes of its table, questions on its longest way.

    tree: an int, or (column, threshold, low tree, high tree); 6 bytes for each
    question, 1 for each leaf, as they stand, also where two are alike.
    Returns (size, longest), two ints.
    """
    ### BEGIN SOLUTION
    if not isinstance(tree, tuple):
        return 1, 0
    (low, low_way), (high, high_way) = tree_bill(tree[2]), tree_bill(tree[3])
    return 6 + low + high, 1 + max(low_way, high_way)
    ### END SOLUTION


# %%
# Try it: how many bytes and questions are worth it, when a miss costs 20?
# (To choose the depth by these rows would use them up: chapter 05 put some aside.)
for depth in (0, 1, 2, 3, 6):
    tree = grow(coarse, y_train, depth, best_question, cheaper)
    size, longest = tree_bill(tree)
    said = np.array([follow(tree, row)[0] for row in x_test])
    found, alarms = np.sum(said[y_test == 1]), np.sum(said[y_test == 0])
    cost = 20 * (y_test.sum() - found) + alarms
    print(f"{longest} questions at most, {size:3d} bytes: {found} found,", end=" ")
    print(f"{alarms} false alarms, cost {cost}")

# %% nbgrader={"grade_id": "bill-even", "points": 1} tinyml={"objective": "05-ship"}
# 1 point: trees whose leaves are all equally deep.
### HINT: Count questions and leaves separately. A way of two questions ends at a leaf.
got = tree_bill((0, 1.5, 0, 1))
assert np.shape(got) == (2,), "Two numbers, please: bytes, questions."
assert tuple(got) == (8, 1), f"One question, two leaves: (8, 1), not {got}."
got = tree_bill((0, 1.5, (1, 2.0, 0, 1), (1, 3.0, 1, 0)))
assert tuple(got) == (22, 2), f"Three questions, four leaves: (22, 2), not {got}."

# %% nbgrader={"grade_id": "bill-any", "points": 2} tinyml={"objective": "05-ship"}
# 2 points, hidden: trees of any shape.
### BEGIN HIDDEN TESTS
### HINT: A leaf alone is a tree. The longest way may go through either side, or turn
### HINT: several times; questions off that way take bytes all the same.
hidden_seed = 32
rng = np.random.default_rng(hidden_seed)
ways = []
for n in (*rng.integers(3, 12, 4).tolist(), 0):
    tree = int(rng.integers(5, 99))
    for high in rng.random(n) < 0.5:  # one question more, above what there is
        sides = (0, tree) if high else (tree, 1)
        tree = (int(rng.integers(3)), float(rng.uniform(0, 9)), *sides)
    assert tuple(tree_bill(tree)) == (7 * n + 1, n)
    ways.append((tree, n))
for (low, n), (high, m) in zip(ways, ways[::-1], strict=True):
    assert tuple(tree_bill((0, 1.0, low, high))) == (7 * (n + m + 1) + 1, 1 + max(n, m))
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* Among your rows, one jolt in 17 is a fall. At home it is perhaps
#    one in 3,000. The falls and the other jolts themselves look as they do here.
#    Which of recall, precision and the share of right answers tells you at home
#    what it told you here, and which does not? What will the owner notice?
# 2. *(2 points)* Box A was trained with `fall_weight` 20 and calls from one half
#    on. Box B was trained with weight 1 and calls from $1/21$ on. Why do they call
#    at nearly the same jolts? (Think of many jolts that look alike, a share $q$ of
#    which are falls: what would each box like to say?) Give one reason to prefer B.

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["04-odds", "04-judge", "05-nb"]}
# 1. Recall is a share of the falls and stays; so does the share of false alarms
#    among the other jolts. Precision mixes both kinds: with almost no falls nearly
#    every alarm is false, and that is what the owner notices (Bayes' rule). The
#    share of right answers becomes that of the ordinary jolts, and a box that
#    never calls would have an excellent one: it tells nothing.
# 2. Box B would like to say q. Box A counts each fall 20 times, so the odds it
#    would like to say are 20 q / (1 - q), and these reach 1 exactly where q
#    reaches 1/21. Not exactly equal, because one line of scores cannot say the
#    best everywhere, and the weights change where it tries hardest. B's output is
#    a probability that can be shown, and when prices change only its threshold
#    changes, without training.
#
# Rubric: 1. one point for recall stays and precision falls (the reason may be
# Bayes' rule or a count); one point for what the owner notices, nearly all calls
# false, or for why the share of right answers is worthless there. 2. one point for
# odds times 20, in formulas or words; one point for a reason: honest
# probabilities, or new prices without training. "Simpler" alone earns nothing.

# %% [markdown]
# ## What you have done
#
# You **trained** a model for which some rows count more, **judged** it by its two
# kinds of mistakes, let a budget and prices **choose** the threshold, **found** the
# best question, **grew** a tree, and **counted** what it costs on a battery. Chapter
# 06 stacks the scores of part 1 into layers, and chapter 16 reads real motion.
