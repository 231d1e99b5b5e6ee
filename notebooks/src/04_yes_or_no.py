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

# %% [markdown] tinyml={"objectives": ["04-odds", "04-train", "04-judge", "04-ship"]}
# # Yes or no
#
# A thin needle takes a few cells from a lump in a breast; a camera looks at them
# through a microscope; a program measures the nuclei. Is the lump malignant? The
# answer is not a quantity like a temperature. It is yes or no, some answers are
# surer than others, and the two ways to be wrong are not equally bad. Below is what
# our best tool so far, the straight line, makes of that question.
#
# **You will**
#
# * **turn** a score into a probability, for two classes and for ten;
# * **train** such a model: its loss from likelihood, its gradient by hand;
# * **judge** it by the errors it makes, and set its threshold by what they cost;
# * **ship** it to the 256 KB board as C.
#
# **You need** chapters 02 and 03, the exponential function and the logarithm with
# their derivatives; for the last part, enough C to read a loop. About 100 minutes.

# %% tags=["hide-input"] tinyml={"objective": "04-odds", "role": "explain"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, device, plots
from tinyml_course.scratch import design_matrix, gradient_descent, numeric_gradient
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
BLUE, RED = plots.COLORS["blue"], plots.COLORS["vermillion"]
data = datasets.load("breast_cancer")
y_train, y_test = data.y_train, data.y_test  # (455,), (114,): 1 is malignant
radius = data.x_train[:, 0]  # of the nuclei, in pixels

line, ends = np.polyfit(radius, y_train, 1), np.array([6.5, 28.5])
fig, ax = plt.subplots()
jitter = np.random.default_rng(0).uniform(-0.05, 0.05, len(radius))
for label, color in ((0, BLUE), (1, RED)):
    rows = y_train == label
    ax.scatter(radius[rows], label + jitter[rows], s=12, color=color, alpha=0.6)
ax.plot(ends, np.polyval(line, ends), color=plots.COLORS["black"])
ax.set(xlabel="mean radius of the nuclei (pixels)", ylabel="0 benign, 1 malignant")
ax.set(title=f"{np.polyval(line, 28):.0%} malignant, says the line on the right")
plots.show(fig, alt="Dots at 0 and 1; the line through them leaves that range twice.")

# %% [markdown]
# ## What the line says
#
# Each dot is a lump: at 1 when it was malignant, at 0 when it was benign (moved up
# or down a little, so that they do not hide each other). Large nuclei are a bad
# sign, and in the middle both happen. The line of chapter 02 goes through
# the zeros and ones as if they were temperatures. On the left it promises less than
# nothing, on the right more than certainty. In the middle, though, one could almost
# read it as a *probability*. Who measured these lumps, and what does a 1 mean?

# %% tinyml={"objective": "04-odds", "role": "explain"}
plots.say(data.card)

# %% [markdown]
# ## From a score to a probability
#
# Keep the line, and give it another name: $z = wx + b$ is the **score**. It may be any
# number. A probability $p$ must stay between 0 and 1, so stretch that range:
#
# * the **odds** $p/(1-p)$ ("three to one") run from 0 to infinity;
# * their logarithm, the **log odds**, runs from minus to plus infinity.
#
# That is where a line lives. So let the score *be* the log odds, and solve for $p$:
#
# $$\ln\frac{p}{1-p} = z \quad\Longrightarrow\quad
# p = \frac{1}{1 + e^{-z}} = \sigma(z),$$
#
# the **sigmoid**. At $z = 0$ it says one half. One more point of score multiplies
# the odds by $e$. A model with this output is called **logistic regression**.

# %% [markdown]
# In a computer $e^{-z}$ overflows for large negative $z$. Multiply numerator and
# denominator by $e^{z}$ there, and no exponent is ever positive.


# %% tinyml={"objective": "04-odds", "role": "explain"}
def sigmoid(z):
    e = np.exp(-abs(z))  # never above 1: no overflow
    return np.where(z >= 0, 1, e) / (1 + e)


z = np.linspace(-10, 10, 201)
slope = sigmoid(z) * (1 - sigmoid(z))
fig, (top, low) = plt.subplots(2, 1, figsize=(5.6, 4.4), sharex=True)
top.plot(z, sigmoid(z), color=BLUE)
low.plot(z, slope, color=RED)
top.set(ylabel="probability")
low.set(xlabel="score z", ylabel="slope")
plots.show(
    fig,
    alt="Above: an S from zero to one that rises around score zero. Below: its slope, "
    "a bell a quarter high in the middle and flat zero beyond about six.",
)
for score in (0.0, 5.0, 10.0, 40.0):
    p = sigmoid(score)
    print(f"score {score:4.0f}: 1 - p = {1 - p:.1e}, slope {p * (1 - p):.1e}")

# %% [markdown]
# The slope is $\sigma' = \sigma(1-\sigma)$: differentiate $(1+e^{-z})^{-1}$ and you
# get $e^{-z}/(1+e^{-z})^2$, which is $\sigma$ times $1-\sigma$. It is a quarter in
# the middle and dies away on both sides: the sigmoid is **saturated** there. At 40
# it has run out of digits: $p$ *is* 1 in a 64-bit float, and its slope is 0.
# Remember that; it will bite twice.

# %% [markdown]
# ## The same units for all
#
# Thirty columns in thirty units: chapter 03 ended with the cure. Subtract the mean,
# divide by the spread. Both are learned from the **training rows only**, and the
# test rows are treated with those same numbers: in use, a new patient comes alone
# and has no mean of her own.

# %% tinyml={"objective": "04-odds", "role": "explore"}
middle, spread = data.x_train.mean(axis=0), data.x_train.std(axis=0)  # (30,) each
x_train = (data.x_train - middle) / spread
x_test = (data.x_test - middle) / spread

plots.say(
    f"The radius of the training rows: mean {abs(x_train[:, 0].mean()):.3f}, spread "
    f"{x_train[:, 0].std():.3f}. Of the test rows: {x_test[:, 0].mean():.3f} and "
    f"{x_test[:, 0].std():.3f}. The test rows were not asked."
)
one_number = {
    "x": x_train[:, 0].round(3),
    "y": y_train,
    "x_label": "radius (spreads from the mean)",
    "w": [-9, 9],
    "b": [-6, 6],
    "start": {"w": 1.5, "b": 0},
}
Explore(
    live="sigmoid",
    data=one_number,
    look="What does w do to the curve, what does b? Put the boundary where you would "
    "decide. Then make the model surer without moving the boundary.",
    alt="Dots at 0 and 1 over the radius, an S-shaped curve between them, and a dashed "
    "line where it says one half. Sliders move its weight and bias.",
)

# %% [markdown]
# The weight says how *sure* the model is per unit, and its sign in which direction;
# the **decision boundary** is where the score is zero, at $x = -b/w$. To be surer and
# keep the boundary you had to move *both*.

# %% [markdown]
# ## A loss from likelihood
#
# Which $w$ and $b$ are best? Chapter 02 took the line under which the points are most
# likely. Do that again. Of a row with $y = 1$ the model says that it happens with
# probability $p$; of one with $y = 0$, with $1 - p$. Both in one:
# $p^{\,y}(1-p)^{1-y}$. All rows together, if they are independent, have the product
# of these, the **likelihood**.

# %% [markdown]
# A product of hundreds of numbers below one is tiny; its logarithm is a sum, and
# largest at the same place. With a minus sign, and averaged, it is a loss:
#
# $$L = -\frac1n \sum_i \big( y_i \ln p_i + (1 - y_i) \ln(1 - p_i) \big),$$
#
# the **cross-entropy**. In words: each row costs minus the logarithm of the
# probability that the model gave to *what really happened*. Call it the surprise.

# %% tags=["hide-input"] tinyml={"objective": "04-train", "role": "predict"}
Predict(
    "Two models see a malignant lump. One says 50 % malignant and pays for it. The "
    "other says 1 %. How many times as much does it pay?",
    answer=round(np.log(0.01) / np.log(0.5), 1),
    explain=f"-ln 0.5 is {-np.log(0.5):.2f}, -ln 0.01 is {-np.log(0.01):.2f}. At 0 % "
    "the price would be infinite: never say never. The squared error would be at most "
    "4 times as large, however sure the model was.",
)

# %% [markdown]
# Here saturation bites for the first time: for the score 40 and $y = 0$ the formula
# asks for $\ln(1 - 1)$. So put the sigmoid into the logarithm *on paper*:
# $-\ln p = \ln(1 + e^{-z})$ and $-\ln(1-p) = \ln(1 + e^{z})$. The two differ by
# exactly $z$, so one row costs
#
# $$\ell = \ln(1 + e^{z}) - y z,$$
#
# and `np.logaddexp(0, z)` computes $\ln(e^0 + e^z)$ without ever overflowing.


# %% tinyml={"objective": "04-train", "role": "explain"}
def cross_entropy(y, z):
    return np.mean(np.logaddexp(0, z) - y * z)


with np.errstate(divide="ignore"):  # we want to see what happens
    naive = -np.log(1 - sigmoid(40.0))
plots.say(
    f"A sure mistake, score 40 and y = 0: the formula with p says {naive}, the one "
    f"with the score {cross_entropy(np.zeros(1), np.full(1, 40.0)):.2f}."
)
plots.say(
    f"Score 0 for everyone: {cross_entropy(y_train, np.zeros(len(y_train))):.4f}, "
    "which is ln 2, whoever you ask."
)

# %% [markdown]
# ## Why not the squared error?
#
# We have a loss already, $(y - p)^2$. Walk with both, from the same start, a model that
# is sure and wrong: it thinks that *small* nuclei are malignant. Here are the grounds
# on which they walk, for the radius alone, and forty steps at the same rate. (The
# heights differ: compare each walk with the ground it is on.)


# %% tinyml={"objective": "04-train", "role": "explain"}
from tinyml_course.scratch import mse

X_one = design_matrix(x_train[:, 0])  # (455, 2): radius and ones


def squared_error(p):
    return mse(y_train, sigmoid(X_one @ p))


def surprise(p):
    return cross_entropy(y_train, X_one @ p)


W, B = np.meshgrid(np.linspace(-20, 20, 41), np.linspace(-15, 15, 41))
fig = plt.figure(figsize=(6.4, 3.6))
for place, loss in enumerate((squared_error, surprise), 1):
    walk = gradient_descent(partial(numeric_gradient, loss), [-14, 4], 1.0, 40)
    hill = fig.add_subplot(1, 2, place, projection="3d", xlabel="w", ylabel="b")
    ground = np.apply_along_axis(loss, -1, np.dstack([W, B]))
    hill.plot_surface(W, B, ground, cmap="cividis", rcount=20, ccount=20, alpha=0.7)
    heights = [loss(p) for p in walk]
    hill.plot(*walk.T, heights, ".-", color=RED, lw=1, zorder=9)
    name = loss.__name__.replace("_", " ")
    hill.set_title(f"{name}: {heights[0]:.2f} to {heights[-1]:.2f}")
plots.show(fig, alt="A plateau where the walk stays, a bowl where it comes down.")

# %% tags=["hide-input"] tinyml={"objective": "04-train", "role": "explore"}
Explore(
    live="sigmoid",
    data=one_number | {"losses": ["squared error", "cross-entropy"]},
    look="Stand far to the left on each map (dark is low). By how much does the loss "
    "fall when you move a little? Where would a walk take you?",
    alt="The dots and the curve of one model, and beside it that model as a point on a "
    "map of the loss over weight and bias, for the squared error or cross-entropy.",
)

# %% [markdown]
# The squared error is a plateau with a cliff. Far out on it the model is wrong about
# almost everyone, and the ground is nearly *flat*: hardly a reason to go anywhere. The
# chain rule says why. Through $p = \sigma(z)$ the slope in $z$ is
#
# $$\frac{\partial (p - y)^2}{\partial z} = 2(p - y)\,p\,(1 - p),$$
#
# and $p(1-p)$ is nearly zero wherever the sigmoid is saturated, right *or wrong*.
# That was its second bite. Now the cross-entropy.

# %% [markdown]
# ## The gradient by hand
#
# One row costs $\ell = \ln(1 + e^{z}) - yz$. Differentiate:
#
# $$\frac{\partial \ell}{\partial z} = \frac{e^{z}}{1+e^{z}} - y = p - y.$$
#
# What was said minus what happened, and nothing else: logarithm and exponential undo
# each other, and a sure mistake pulls with full force. The score answers to weight
# $w_j$ with $x_j$, so by the chain rule, averaged over all rows,
#
# $$\nabla L = \frac1n X^\top (\mathbf p - \mathbf y).$$
#
# It is the gradient of chapter 03 with a sigmoid in it.

# %% [markdown]
# The slope of the slope is
# $p(1-p)\,x^2$, never negative, and so in every direction: the ground is a **bowl**,
# and there is no second valley to end up in. As $p(1-p)\le\frac14$, it bends at most
# a quarter as much as $X^\top X/n$, so with chapter 03's limit, two over the
# curvature, a rate that is surely small enough is known before the first step. Finite
# differences check the formula before we trust it.


# %% tinyml={"objective": "04-train", "role": "explain"}
def logistic_gradient(X, y, w, penalty=0.0):
    errors = sigmoid(X @ w) - y  # (n,)
    return X.T @ errors / len(y) + penalty * np.append(w[:-1], 0)


X = design_matrix(*x_train.T)  # (455, 31)
somewhere = np.random.default_rng(1).normal(size=31)
numeric = numeric_gradient(lambda w: cross_entropy(y_train, X @ w), somewhere)
off = abs(logistic_gradient(X, y_train, somewhere) - numeric).max()
plots.say(f"31 slopes, by formula and by finite differences: they differ by {off:.0e}.")

# %% tags=["hide-input"] tinyml={"objective": "04-train", "role": "check"}
Check(
    "A row has x = 3 and y = 1, and the model says 0.9. What does this row alone "
    "contribute to the slope for w?",
    answer=-0.3,
    tolerance=0.001,
    mistakes={
        0.3: "The right size. Is it said minus happened, or the other way round?",
        -0.1: "That is the slope for the score, and for b. How does the score answer "
        "to w?",
        0.1: "The slope for the score has the other sign, and x is not in it yet.",
        2.7: "That is p times x. Where is what really happened?",
        -2.7: "You have 1 - p and p swapped: it happened, and 0.9 was said.",
        -0.027: "That has p (1 - p) in it: the slope of the squared error has that, "
        "or half of it. In the cross-entropy it cancels.",
        -0.054: "That is the slope of the squared error. In the cross-entropy "
        "p (1 - p) cancels.",
    },
    low="Too strong a pull. The model was nearly right.",
    high="Said minus happened, times what the score answers with.",
    reveal="(0.9 - 1) times 3: a little more w, please. A row that was called right "
    "and sure pulls hardly at all.",
)

# %% [markdown]
# The last argument, `penalty`, is zero so far. Train: all thirty measurements, from
# zero, at nine tenths of that rate. And is there a plane that has every
# training row on its right side, at a score of one or more? That is a set of
# inequalities, and a *linear program* says whether they can all hold.


# %% tinyml={"objective": "04-train", "role": "explain"}
from scipy.optimize import linprog


def train(X, y, penalty, steps):
    curvature = np.linalg.eigvalsh(X.T @ X / len(X)).max() / 4 + penalty  # at most
    downhill = partial(logistic_gradient, X, y, penalty=penalty)
    return gradient_descent(downhill, np.zeros(X.shape[1]), 1.8 / curvature, steps)


path = train(X, y_train, penalty=0, steps=30_000)
table = "| step | cross-entropy | rows wrong | largest weight |\n|---|---|---|---|\n"
for step in (0, 10, 100, 1000, 10_000, 30_000):
    scores = X @ path[step]
    wrong = np.sum((scores >= 0) != y_train)
    table += f"| {step:,} | {cross_entropy(y_train, scores):.4f} | {wrong} "
    table += f"| {abs(path[step]).max():.1f} |\n"
plots.say(table)
sides = (1 - 2 * y_train)[:, None] * X  # sides @ w <= -1: right, with room
plane = linprog(np.zeros(31), sides, -np.ones(len(X)), bounds=(None, None)).x
plots.say(f"The linear program's plane: {np.sum((X @ plane >= 0) != y_train)} wrong.")

# %% [markdown]
# It learns, and then it does not stop. Thirty measurements can separate the two
# classes *completely*: there is such a plane. Twice its weights are twice as sure,
# and right, and cost less; so there is no lowest point at all. The bowl's floor slopes
# down for ever, and all later steps are about a handful of odd rows.
#
# Give weights a price: add $\frac\lambda2\sum_j w_j^2$ to the loss, and
# $\lambda w_j$ to the slope. The intercept stays free: a shift of the origin should not
# cost anything. That is `penalty`; we take a hundredth for now, and chapter 07 asks how
# to choose it. Now there is one bottom; we can walk to it and hold it against the
# oracle. scikit-learn adds up where we average, and calls $1/(n\lambda)$ `C`.

# %% tinyml={"objective": "04-train", "role": "explain"}
from sklearn.linear_model import LogisticRegression

PENALTY = 0.01
EXACT = {"solver": "newton-cholesky", "tol": 1e-10}  # the oracle takes its time
w = train(X, y_train, PENALTY, steps=8000)[-1]  # thirty weights and the intercept

oracle = LogisticRegression(C=1 / (len(X) * PENALTY), **EXACT)
oracle.fit(x_train, y_train)
off = abs(w - np.append(oracle.coef_[0], oracle.intercept_)).max()
left = abs(logistic_gradient(X, y_train, w, PENALTY)).max()
plots.say(
    f"Our 31 numbers and scikit-learn's differ by at most **{off:.0e}**; the largest "
    f"weight is {abs(w).max():.2f}. What is left of our gradient is {left:.0e}."
)

# %% [markdown]
# ## A boundary that can be seen
#
# With thirty measurements the boundary is a plane in thirty dimensions, and nobody
# can look at it. With two it is a line. The score is zero on it, and along it every
# point has the same score; across it the probability runs through the sigmoid. In the
# picture red is malignant, and the deeper the shade, the surer the model.


# %% tinyml={"objective": "04-train", "role": "explore"}
def boundary_picture(second, threshold):
    A = design_matrix(x_train[:, 0], x_train[:, data.columns.index(second)])
    v = train(A, y_train, PENALTY, steps=1000)[-1]
    U, V = np.meshgrid(*2 * [np.linspace(-2.5, 4.5, 71)])
    P = sigmoid(v[0] * U + v[1] * V + v[2])
    fig, ax = plt.subplots(figsize=(5.2, 4.4))
    ax.contourf(U, V, P, 10, cmap="RdBu_r", alpha=0.45)
    ax.contour(U, V, P, [threshold], colors="black")
    ax.scatter(*A[:, :2].T, s=9, color=np.where(y_train == 1, RED, BLUE))
    ax.set(xlabel="mean radius (spreads from the mean)", ylabel=f"{second} (spreads)")
    ax.axis([-2.5, 4.5, -2.5, 4.5])
    wrong = np.sum((sigmoid(A @ v) >= threshold) != y_train)
    return fig, f"weights {v[0]:.2f}, {v[1]:.2f}; {wrong} training rows wrong"


names = ["mean texture", "mean area", "worst concave points"]
Explore(
    boundary_picture,
    second=Choice(names, "mean texture", "besides the radius"),
    threshold=Choice([0.1, 0.5, 0.9], 0.5, "yes from"),
    look="Which measurement helps most? What does another threshold do to the line?",
    alt=lambda second, threshold: (
        f"Benign (blue) and malignant by radius and {second}; line at {threshold}."
    ),
)

# %% [markdown]
# Another threshold moves the line *parallel* to itself: it is another score, on the
# same weights. And read the weights below the picture: texture says something else
# than the radius, and leaves it its weight; the area says nearly the same, and takes
# about half. So do not read a weight as "how much this matters": it depends on who else
# is in the model.
#
# ## Open the drawer
#
# The test rows now. Two models: the radius alone, and all thirty. How many errors?

# %% tags=["hide-input"] tinyml={"objective": "04-judge", "role": "predict"}
w_one = train(X_one, y_train, PENALTY, steps=1000)[-1]
z_one = design_matrix(x_test[:, 0]) @ w_one  # scores on the test rows, (114,)
z_all = design_matrix(*x_test.T) @ w
wrong_one, wrong_all = (int(np.sum((z >= 0) != y_test)) for z in (z_one, z_all))
never = int(y_test.sum())

Predict(
    f"Saying *benign* to everyone is wrong on {never} of the {len(y_test)} test rows. "
    "On how many is the model wrong that knows the radius alone?",
    answer=wrong_one,
    unit="rows",
    explain=f"One measurement: {wrong_one} wrong. All thirty: {wrong_all}. Another "
    "split gives other numbers: try seed=1 in datasets.load.",
)

# %% [markdown]
# Counting errors hides something. There are two kinds of them, and they are very
# different news: a **false alarm** frightens a healthy person, a **miss** sends an
# ill one home. So count four things, not one. The **confusion matrix** has a row
# for each truth and a column for each answer.


# %% tinyml={"objective": "04-judge", "role": "explain"}
def confusion(y, said):
    return np.array([[np.sum((y == a) & (said == b)) for b in (0, 1)] for a in (0, 1)])


said = z_one >= 0
(calm, alarms), (misses, hits) = confusion(y_test, said)
plots.say(
    "| radius alone, on the test rows | says benign | says malignant |\n|---|---|---|\n"
    f"| benign | {calm} | {alarms} false alarms |\n"
    f"| malignant | **{misses} missed** | {hits} found |"
)

# %% [markdown]
# Two questions, one for each side:
#
# * **recall**: of the malignant ones, which share was found? (a row of the matrix)
# * **precision**: of the alarms, which share was right? (a column)
#
# Write both; problem set `ps02` will want them too. `y` and `said` are arrays of
# 0 and 1, one entry for each row.


# %% tinyml={"objective": "04-judge", "role": "exercise"}
def precision_and_recall(y, said):
    """Of those said yes, the share that is yes; of the yes, the share that was said."""
    # your lines go here; the last one: return precision, recall


# %% tags=["hide-input"] tinyml={"objective": "04-judge", "role": "check"}
def test_precision_and_recall():
    y, said = np.array([[1] * 4 + [0] * 6, [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]])
    got = precision_and_recall(y, said)
    if got is None:
        return "Nothing came back. Does your last line begin with `return`?"
    if np.shape(got) != (2,):
        return f"Two numbers, please; the shape is {np.shape(got)}."
    if np.allclose(got, [0.75, 0.6]):
        return "The right numbers in the wrong order: precision comes first."
    known = {3: "is a count. A share of what?"}
    known[0.3] = "divides by all rows. Only some of them are asked about."
    known[0.7] = "counts right answers of both kinds."
    known[2 / 3] = "speaks about the rows of the benign."
    for name, value, right in [("first", got[0], 0.6), ("second", got[1], 0.75)]:
        for wrong, hint in known.items():
            if np.isclose(value, wrong):
                return f"The {name} {hint}"
        if not np.isclose(value, right):
            return f"The {name} is off. Which rows are in its denominator?"
    if not np.allclose(precision_and_recall(y[2:], said[2:]), [1 / 3, 1 / 2]):
        return "Right for these ten rows, wrong for the last eight alone. Why?"


told = "Ask it about `y_test` and `said`: the picture below begins with these two."
Check("`precision_and_recall(y, said)`", test=test_precision_and_recall, reveal=told)

# %% [markdown]
# ## The threshold is yours
#
# The model says a probability. That yes begins at one half is *our* decision, and
# nobody's law. Move it, and misses turn into false alarms. Walk it from 1 down to 0
# and draw, for each place, the share of the malignant that is found against the
# share of the benign that is alarmed: the **ROC** curve (receiver operating
# characteristic; it comes from judging radio receivers). A coin gives the diagonal.

# %% tags=["hide-input"] tinyml={"objective": "04-judge", "role": "explore"}
Explore(
    live="threshold",
    data={
        "models": [
            {"name": "the radius alone", "p": sigmoid(z_one).round(5)},
            {"name": "all thirty", "p": sigmoid(z_all).round(5)},
        ],
        "y": y_test,
        "no": "benign",
        "yes": "malignant",
        "costs": [1, 2, 5, 10, 19, 50],
        "cost": 1,
    },
    look="Miss nobody: what does that cost, with each model? Then let a miss cost more "
    "and more, and follow the circle, the cheapest threshold.",
    alt="How many rows got which probability, with the threshold as a line; the ROC "
    "curve with the threshold as a point; the confusion matrix; what it costs.",
)

# %% [markdown]
# One number for the whole curve is the area under it, the **AUC**. It has a meaning
# that needs no curve. Walk down the scores: each malignant row is a step up, each
# benign one a step to the right, with as many squares below it as malignant rows came
# before. So the area counts *pairs*, and
#
# **AUC is the probability that a malignant lump, picked at random, gets a higher score
# than a benign one.**
#
# A coin has one half. Compute it both ways, and ask scikit-learn.


# %% tinyml={"objective": "04-judge", "role": "explain"}
from sklearn.metrics import roc_auc_score


def roc(y, z):
    thresholds = np.append(np.inf, np.unique(z)[::-1])  # from above all to the lowest
    alarms = z >= thresholds[:, None]  # (thresholds, n)
    return alarms[:, y == 0].mean(axis=1), alarms[:, y == 1].mean(axis=1)


def auc(y, z):
    yes, no = z[y == 1][:, None], z[y == 0]
    return np.mean((yes > no) + 0.5 * (yes == no))


false_alarms, recall = roc(y_test, z_one)
area = np.trapezoid(recall, false_alarms)
plots.say(
    f"The radius alone: area {area:.6f}, pairs {auc(y_test, z_one):.6f}, scikit-learn "
    f"{roc_auc_score(y_test, z_one):.6f}. All thirty: **{auc(y_test, z_all):.4f}**."
)

# %% [markdown]
# ## What an alarm is worth
#
# The clinic collected these rows: more than a third are malignant. Suppose the model
# with the radius is used where one lump in a hundred is malignant, and that the lumps
# of each class look as they do here. Recall and the share of false alarms stay as they
# are, for each speaks about *one* class. Precision speaks about both.

# %% tags=["hide-input"] tinyml={"objective": "04-judge", "role": "predict"}
found, alarmed = hits / (hits + misses), alarms / (alarms + calm)
precision_rare = 0.01 * found / (0.01 * found + 0.99 * alarmed)
lucky = (alarms - 2) / (alarms + calm)
precision_lucky = 0.01 * found / (0.01 * found + 0.99 * lucky)

Predict(
    f"Here, {hits / (hits + alarms):.0%} of its alarms are right. How many percent of "
    "them are right among people of whom 1 % are ill?",
    answer=round(100 * precision_rare),
    unit="%",
    explain=f"Of 10,000 people 100 are ill, and {100 * found:.0f} of them found. Of "
    f"the other 9,900, {9900 * alarmed:.0f} are alarmed. That is Bayes' rule, and "
    f"chapter 05 begins with it. (It hangs on {alarms} false alarms among "
    f"{alarms + calm} rows: with two fewer it would be {100 * precision_lucky:.0f} %.)",
)

# %% [markdown]
# ## Costs choose the threshold
#
# Let a miss cost $c_m$ and a false alarm $c_f$. For one lump with probability $p$,
# saying *no* costs $p\,c_m$ on average, saying *yes* costs $(1-p)\,c_f$. Say yes
# when that is cheaper:
#
# $$(1 - p)\,c_f \le p\,c_m \quad\Longleftrightarrow\quad
# p \ge t = \frac{c_f}{c_f + c_m}.$$
#
# Nothing about the model is in it, only costs. One half is right when both errors
# cost the same. It does assume that the probabilities mean what they say. Of those
# called "one in three", does one in three happen? The cell below the next question
# looks. And they can mean it for one place only: where malignant lumps are rarer, the
# odds of every lump are lower by the same factor, so $b$ must come down by its
# logarithm before the threshold fits again.

# %% tags=["hide-input"] tinyml={"objective": "04-judge", "role": "check"}
Check(
    "A miss costs as much as 19 false alarms. From which probability on should the "
    "model say yes?",
    answer=0.05,
    tolerance=0.0005,
    mistakes={
        0.95: "Misses are expensive here. Should the model say yes late or early?",
        0.5: "That would be right if both cost the same.",
        0.053: "One over nineteen are the odds. What is below in the fraction?",
        0.0526: "One over nineteen are the odds. What is below in the fraction?",
        19: "A probability is at most 1.",
        5: "In percent, yes. Write it as a probability.",
        0.19: "Put the two costs into the fraction: one on top, their sum below.",
    },
    low="A little too early: what stands below the fraction line?",
    high="Misses are expensive, so say yes earlier. Which cost is on top?",
    reveal="1 / (1 + 19). Even someone who is benign with 95 % certainty should be "
    "looked at again.",
)

# %% tinyml={"objective": "04-judge", "role": "explain"}
costs = np.array([[0, 1], [19, 0]])  # in false alarms; the same places as confusion
table = "| threshold | misses | false alarms | cost |\n|---|---|---|---|\n"
for name, z, t in [
    ("radius, 0.5", z_one, 0.5),
    ("radius, 0.05", z_one, 0.05),
    ("all thirty, 0.5", z_all, 0.5),
    ("all thirty, 0.05", z_all, 0.05),
]:
    matrix = confusion(y_test, sigmoid(z) >= t)
    total = (costs * matrix).sum()
    table += f"| {name} | {matrix[1, 0]} | {matrix[0, 1]} | **{total}** |\n"
plots.say(table)
p = sigmoid(X @ w)  # of the training rows, by all thirty
for low, high in ((0.2, 0.4), (0.6, 0.8)):
    there = y_train[(p >= low) & (p < high)]
    plots.say(
        f"Of {len(there)} training rows, all thirty measurements say {low:.0%} to "
        f"{high:.0%} malignant. Malignant among them: {there.sum()}."
    )
plots.say(
    f"0 missed of {never}: a model that misses {1 - 0.05 ** (1 / never):.0%} of all "
    "malignant lumps would be as lucky one time in twenty."
)

# %% [markdown]
# With the radius, the early threshold sends most of the healthy for a second look,
# misses none of these, and costs a third of what half and half does. With all thirty
# there is less to gain: a better model is worth more than a better threshold, but the
# threshold is free. (It came from the costs alone. Had we *chosen* it by this table,
# the test rows would be used up: chapter 02's drawer.)
#
# And the probabilities? Too timid: "one in three" hardly ever happens, "seven in ten"
# always. The penalty keeps the weights small, and with them the scores. The *order* of
# the rows, and so the ROC, does not mind. A threshold taken from costs does: this one
# says yes too often.
#
#
# ## Ten classes
#
# Yes or no is two classes. Digits have ten. Give each class a score of its own,
# $z_1 \dots z_k$ (a column of weights each), make all of them positive with
# $e^{z}$, and divide by their sum so that they add up to one:
#
# $$p_j = \frac{e^{z_j}}{\sum_i e^{z_i}},$$
#
# the **softmax**. Add the same number to all scores: a common factor, and nothing
# changes. So subtract the largest, and no exponent is positive. With two classes of
# scores $z$ and 0 it is $e^z/(e^z + 1)$, our sigmoid.

# %% tags=["hide-input"] tinyml={"objective": "04-odds", "role": "check"}
Check(
    "Three classes have the scores 1, 1 and 1 + ln 2. Which probability does the "
    "softmax give to the third?",
    answer=0.5,
    tolerance=0.001,
    mistakes={
        0.667: "That is the sigmoid of ln 2: one class against *one* other.",
        0.46: "Those are shares of the scores. What makes them positive first?",
        0.458: "Those are shares of the scores. What makes them positive first?",
        0.33: "All three equal? The third has the higher score.",
        0.333: "All three equal? The third has the higher score.",
        0.25: "That is what each of the other two gets.",
        2: "So many times as likely as each of the others. And its share?",
        1.693: "That is its score. A probability is at most 1.",
    },
    low="Take 1 off all scores: nothing changes. Now e to the power of each?",
    high="Take 1 off all scores: nothing changes. Do all three count below the line?",
    reveal="Less 1, the scores are 0, 0 and ln 2: one part, one part, two parts.",
)

# %% [markdown]
# The surprise is again minus the logarithm of the probability of what happened,
# class $c$: $\ell = -z_c + \ln\sum_i e^{z_i}$. Its slope for the score of class $j$:
#
# $$\frac{\partial\ell}{\partial z_j} = \frac{e^{z_j}}{\sum_i e^{z_i}} - [j = c]
# = p_j - y_j,$$
#
# where $[j = c]$, that is $y_j$, is 1 for the class that happened and 0 for the others
# (**one-hot**). What was said minus what happened, once more.


# %% tinyml={"objective": "04-odds", "role": "explain"}
def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))  # the largest becomes 1
    return e / e.sum(axis=1, keepdims=True)


def softmax_cross_entropy(Y, Z):
    Z = Z - Z.max(axis=1, keepdims=True)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -np.mean((Y * log_p).sum(axis=1))


def softmax_gradient(X, Y, W, penalty=0.0):
    errors = softmax(X @ W) - Y  # (n, k)
    keep = np.ones((len(W), 1))
    keep[-1] = 0  # the intercepts go free
    return X.T @ errors / len(Y) + penalty * keep * W


# %% tinyml={"objective": "04-odds", "role": "explain"}
from tinyml_course.scratch import momentum, optimize

digits = datasets.load("digits")
D, D_test = (
    design_matrix(*x.reshape(-1, 64).T) for x in (digits.x_train, digits.x_test)
)
Y = np.eye(10)[digits.y_train]  # (1437, 10): one-hot
downhill = partial(softmax_gradient, D, Y, penalty=PENALTY)
V = optimize(momentum, downhill, np.zeros((65, 10)), 1.0, 600)[-1]

right = np.mean((D_test @ V).argmax(axis=1) == digits.y_test)
ten = LogisticRegression(C=1 / (len(D) * PENALTY), **EXACT)
off = abs(V[:64] - ten.fit(D[:, :64], digits.y_train).coef_.T).max()
plots.say(
    f"**{right:.1%}** of the test digits are right. Our 640 weights and those of "
    f"scikit-learn differ by at most {off:.0e}; the largest is {abs(V).max():.1f}."
)
fig, axes = plt.subplots(2, 5, figsize=(6, 2.7))
for digit, ax in enumerate(axes.flat):
    ax.imshow(V[:64, digit].reshape(8, 8), cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    ax.set(title=digit, xticks=[], yticks=[])
    ax.grid(visible=False)
plots.show(fig, alt="A mask of 8 by 8 weights for each digit, red for, blue against.")

# %% [markdown]
# Each class has a mask: red where ink speaks for it, blue where it speaks against. The
# middle of the zero is as telling as its ring. Chapter 06 stacks such layers into
# networks, and their last layer stays this one: scores, softmax, cross-entropy.
#
# ## Ship it
#
# Back to yes and no. The board gets raw measurements, in pixels, so the subtraction
# and the division move into the weights:
#
# $$z = \sum_j w_j \frac{x_j - m_j}{s_j} + b
# = \sum_j \frac{w_j}{s_j}\,x_j + \Big(b - \sum_j \frac{w_j m_j}{s_j}\Big).$$
#
# And the sigmoid? Our C has no library with an `expf`, and needs none: $\sigma$ only
# ever rises, so $p \ge t$ exactly when $z \ge \ln\frac{t}{1-t}$. Compare the *score*.

# %% tags=["hide-input"] tinyml={"objective": "04-ship", "role": "check"}
Check(
    "The doctor wants a yes from the probability 0.05 on. With which number does the "
    "board compare the score? (Two decimals.)",
    answer=round(float(np.log(0.05 / 0.95)), 2),
    tolerance=0.011,
    mistakes={
        2.94: "With that, the board would say yes only from 0.95 on. Which odds are "
        "smaller than one?",
        -3.0: "That is ln 0.05: the logarithm of a probability. A score is the "
        "logarithm of odds.",
        0.05: "That is the probability. The score is its log odds.",
        -1.28: "That is the logarithm to base ten. The sigmoid has e in it.",
        0: "With zero, yes begins at one half.",
        0.51: "That is the sigmoid of 0.05: the way from a score to a probability. You "
        "need the way back.",
    },
    low="Too low, even very small probabilities would say yes. Log odds of 0.05?",
    high="That would miss more than the doctor wants. Log odds of 0.05?",
    reveal="ln(0.05 / 0.95). An earlier yes is a lower limit; the exponential stays "
    "at home.",
)

# %% tinyml={"objective": "04-ship", "role": "explain"}
from textwrap import fill

weights = (w[:-1] / spread).astype(np.float32)  # for raw measurements
intercept = np.float32(w[-1] - (w[:-1] * middle / spread).sum())
limit = np.log(0.05 / 0.95)  # the doctor wants a yes from 0.05 on

numbers = fill(", ".join(f"{value:.9g}f" for value in weights), 70)
model_h = f"""#define FEATURES {len(weights)}
#define INTERCEPT {intercept:.9g}f
#define LIMIT {limit:.9g}f
static const float weights[FEATURES] = {{
{numbers}
}};
"""
print(model_h)

# %% [markdown]
# The program: thirty products, a sum, a comparison. `board_read` takes the next
# patient's thirty floats from the computer; the score goes back as it is, and the
# answer is printed as 0 or 1.

# %% tinyml={"objective": "04-ship", "role": "explain"}
main_c = """#include "board.h"
#include "model.h"

__attribute__((noinline)) static float score(const float *x) {
    float z = INTERCEPT;
    for (int i = 0; i < FEATURES; i++) {
        z += weights[i] * x[i];
    }
    return z;
}

int main(void) {
    float x[FEATURES];
    while (board_read(x, sizeof x) == sizeof x) {
        float z = score(x);
        board_putc(z >= LIMIT ? '1' : '0');
        board_write(&z, sizeof z);
    }
    return 0;
}
"""
firmware = device.build({"main.c": main_c, "model.h": model_h})
rows = data.x_test.astype(np.float32)  # (114, 30), raw
run = device.run(firmware, rows.tobytes(), layers=["score"])

# %% tags=["hide-input"] tinyml={"objective": "04-ship", "role": "predict"}
(work,) = [row for row in run.profile if row.function == "score"]

Predict(
    "How many instructions does the board execute for one patient's score?",
    answer=work.instructions // len(rows),
    unit="instructions",
    explain="Counted. Two loads, a multiplication and an addition for each "
    "measurement, and a little for the loop: the compiler wrote its body out fifteen "
    "times and goes round twice. Estimated: "
    f"{work.cycles / len(rows):.0f} cycles, at 64 MHz "
    f"{work.cycles / len(rows) / 64:.1f} µs.",
)

# %% [markdown]
# Did it say the right thing? The oracle is scikit-learn once more: in 64 bits, on
# standardized columns, with a sigmoid and the threshold on the probability. The board
# had 32 bits, raw pixels and a comparison.

# %% tinyml={"objective": "04-ship", "role": "explain"}
said_board = np.array([int(digit) for digit in run.uart])
z_board = np.frombuffer(run.stdout, np.float32)
oracle_says = oracle.predict_proba(x_test)[:, 1] >= 0.05  # 64 bits, with sigmoid
equal = np.sum(said_board == oracle_says)
worst = abs(z_board - oracle.decision_function(x_test)).max()

plots.say(
    f"**{equal} of {len(rows)}** answers equal scikit-learn's; the scores differ by "
    f"{worst:.0e} at most. Counted: {firmware.flash_bytes:,} bytes of flash, of which "
    f"the model is {4 * (len(weights) + 2)}; {run.ram_bytes:,} bytes of RAM."
)

# %% [markdown]
# Differences that small are what 32 bits give. An answer could change only for a
# patient whose score is that close to the limit.
#
# ## On your own
#
# 1. Make $p$ honest. Multiply the score `X @ w` by one number, the same for all, and
#    choose it by the cross-entropy of the training rows. Then sort rows into bins by
#    $p$ and draw the share of malignant ones against the mean $p$, before and after.
#    What does the early threshold cost now? Why would rows put aside judge better?
# 2. Ship it without floats: measurements as whole numbers, each with a step of its
#    own, weights as `int16_t` and the sum in `int32_t`. How coarse may the steps be
#    until the first answer changes? How many instructions does it save?
# 3. Ship the ten digits. No `expf` again: which class has the largest probability?
# 4. Problem set `ps02` asks you for a confusion matrix, precision, recall, the ROC and
#    a threshold by cost on other data, and grades each.
#
# ## What you have done
#
# * You **turned** a score into a probability: the sigmoid for two classes, the
#   softmax for ten.
# * You **trained** such a model: cross-entropy from the likelihood, its gradient by
#   hand, equal to scikit-learn's weights.
# * You **judged** it by a confusion matrix, precision, recall and the ROC, and set its
#   threshold by what errors cost.
# * You **shipped** it to the 256 KB board as C.
#
# **The idea to keep:** a model says how likely; what to *do* about it is decided by
# what errors cost.
#
# **Next:** other ways to say yes or no, some of them with no gradient at all: chapter
# 05, *Trees and margins*.
#
# ## Sources
#
# * D. R. Cox, "The Regression Analysis of Binary Sequences", *Journal of the Royal
#   Statistical Society B* 20 (1958): logistic regression.
# * *CS249r: Tiny Machine Learning*, Harvard (2020): regression plus sigmoid plus
#   decision boundary, and the cross-entropy as the loss for it.
# * W. N. Street, W. H. Wolberg and O. L. Mangasarian, "Nuclear Feature Extraction for
#   Breast Tumor Diagnosis", *SPIE* 1905 (1993): the data. *Breast Cancer Wisconsin
#   (Diagnostic)*, UCI Machine Learning Repository (1995): the publishers, too, say
#   that a plane separates all rows.
# * W. W. Peterson, T. G. Birdsall and W. C. Fox, "The Theory of Signal Detectability",
#   *Transactions of the IRE, Information Theory* 4 (1954): the ROC.
# * J. A. Hanley and B. J. McNeil, "The Meaning and Use of the Area under a Receiver
#   Operating Characteristic (ROC) Curve", *Radiology* 143 (1982): the area as pairs.
# * C. Elkan, "The Foundations of Cost-Sensitive Learning", *IJCAI* (2001): the
#   threshold from the costs.
# * F. Pedregosa et al., "Scikit-learn: Machine Learning in Python", *JMLR* 12 (2011).
