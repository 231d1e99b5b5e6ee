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

# %% [markdown] tinyml={"objectives": ["05-nb","05-tree","05-vote","05-svm","05-ship"]}
# # Trees and margins
#
# A board with a light sensor is to tell three kinds of wine apart. Chapter 01 let
# it compare with bottles it remembers, chapter 04 let it weigh and add. Here are
# four more ways to decide, none of which is a network: turn probabilities around,
# ask questions, vote, keep a distance. On the same bottles they draw four different
# maps, which come first; what made them is the rest of the chapter.
#
# **You will**
#
# * **turn around** what you measured with Bayes' rule, and classify with it;
# * **grow** a decision tree, question by question;
# * **combine** trees, and say which of their two errors each way takes away;
# * **separate** two classes by the widest margin, and bend it with a kernel;
# * **ship** a tree to the 256 KB board as C, and count what the others would take.
#
# **You need** chapters 01 to 04, what a probability, a variance, a correlation and a
# bell curve are, the dot product of two arrows; for the last part, enough C to read an
# `if`. About 100 minutes.

# %% tags=["hide-input"]
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from tinyml_course import datasets, device, plots
from tinyml_course.scratch import softmax
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
HUES = [plots.COLORS[c] for c in ("blue", "orange", "green")]


def draw_map(ax, classify, x, y, size=5):
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    across, up = np.meshgrid(*np.linspace(low, high, 80).T)
    answers = classify(np.column_stack([across.ravel(), up.ravel()]))
    style = {"cmap": ListedColormap(HUES), "vmin": 0, "vmax": 2, "alpha": 0.25}
    ax.pcolormesh(across, up, answers.reshape(80, 80), rasterized=True, **style)
    for kind in range(y.max() + 1):
        style = {"markeredgecolor": "white", "markersize": size, "mew": 0.5}
        ax.plot(*x[y == kind].T, "os^"[kind], color=HUES[kind], **style)
    ax.grid(False)


# %% tags=["hide-input"] tinyml={"objective": "05-ship", "role": "explain"}
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

wine = datasets.load("wine")
x_train, x_test = wine.x_train[:, [9, 11]], wine.x_test[:, [9, 11]]
y_train, y_test = wine.y_train, wine.y_test  # 0 Barolo, 1 Grignolino, 2 Barbera
four = {
    "Bayes' rule": GaussianNB(),
    "a tree of questions": DecisionTreeClassifier(max_depth=2),
    "a vote of 25 trees": RandomForestClassifier(25, random_state=0),
    "margin, with a kernel": make_pipeline(StandardScaler(), SVC()),
}
fig, axes = plt.subplots(2, 2, figsize=(6, 5.2), sharex=True, sharey=True)
for ax, (name, model) in zip(axes.flat, four.items(), strict=True):
    draw_map(ax, model.fit(x_train, y_train).predict, x_train, y_train, size=4)
    ax.set(title=f"{name}: {model.score(x_test, y_test):.0%}")
fig.supxlabel("colour: light swallowed", fontsize=12)
fig.supylabel("ultraviolet ratio", fontsize=12)
alt = "Four maps of three wines. Two have smooth borders, a tree steps, a vote a coast."
plots.show(fig, alt=alt)

# %% [markdown]
# ## Four opinions
#
# Blue circles are Barolo, orange squares Grignolino, green triangles Barbera. The
# percentage is the share of new bottles (the test rows) that each map gets right.
# The differences between them are a few bottles; the differences in what they
# *cost* on a board are not so small, and that is where this chapter ends.
#
# The data are those of chapter 01, and their card is there: 178 bottles, 124 to learn
# from, two numbers each, both from light. Later the laboratory's thirteen join in.

# %% [markdown]
# ## Turn the measurement around
#
# From the laboratory we know how Barolos *look*: the probability of a measurement
# $x$ given the kind $k$, written $p(x \mid k)$. We want the reverse: the probability
# of the kind given the measurement, $p(k \mid x)$. These are different things, and
# easily taken for one another; chapter 04's alarms asked about them already. Try:

# %% tags=["hide-input"] tinyml={"objective": "05-nb", "role": "predict"}
heard, false_alarm, rare = 0.99, 0.01, 1 / 10_000
real = heard * rare
alarms = real + false_alarm * (1 - rare)
Predict(
    "A board listens for a breaking window. It hears 99 of 100 that break. In one of "
    "100 hours without one, it cries wolf. A window breaks in one hour of 10,000. The "
    "alarm sounds. How likely is it that a window broke?",
    answer=round(100 * real / alarms, 1),
    unit="%",
    explain="In 10,000 hours there is about one real alarm, and about a hundred false "
    "ones. How rare a thing is counts as much as how well it is heard.",
)

# %% [markdown]
# The same by formula. "Kind $k$ *and* measurement $x$" has one probability, and
# there are two ways to get to it:
#
# $$p(k, x) = p(k)\,p(x \mid k) = p(x)\,p(k \mid x)
# \quad\Longrightarrow\quad
# p(k \mid x) = \frac{p(k)\;p(x \mid k)}{p(x)}.$$
#
# That is **Bayes' rule**. $p(k)$ is the **prior**, what we believe before we look;
# $p(k \mid x)$ the **posterior**, after. The bottom, $p(x)$, is the same for all
# kinds: we need not know it, only divide so that the posteriors sum to one.
#
# $p(x \mid k)$ has to come from the training rows. The least effort: for each kind,
# a bell curve with its mean $\mu_k$ and its variance $\sigma_k^2$.

# %% tags=["hide-input"] tinyml={"objective": "05-nb", "role": "explain"}
colour = np.linspace(1, 13, 300)
joint = np.zeros((3, 300))
fig, (top, low) = plt.subplots(2, 1, figsize=(5.6, 4.8), sharex=True)
for kind, hue in enumerate(HUES):
    v = x_train[y_train == kind, 0]
    bell = np.exp(-((colour - v.mean()) ** 2) / 2 / v.var()) / np.sqrt(v.var())
    joint[kind] = bell / np.sqrt(2 * np.pi) * len(v) / len(y_train)
    top.plot(colour, joint[kind], color=hue, label=wine.labels[kind])
    top.plot(v, np.full(len(v), -0.01 - 0.01 * kind), "|", color=hue)
for kind, hue in enumerate(HUES):
    low.plot(colour, joint[kind] / joint.sum(axis=0), color=hue)
top.set(ylabel="prior x bell", title="before: how often kind and colour together")
low.set(ylabel="posterior", xlabel="colour", title="after: which kind, at this colour")
top.legend()
plots.show(
    fig,
    alt="Above, three bells over colour: Grignolino narrow at the left, Barolo in the "
    "middle, Barbera wide at the right. Below, the three shares at each colour: "
    "Grignolino near one on the left, Barolo in the middle, Barbera on the right.",
)

# %% [markdown]
# The lower picture is the upper one with each colour's heights divided by their sum.
# Where two bells are equally high, the answer is a coin toss, and says so.
#
# ## And be naive about it
#
# With two measurements, $p(x_1, x_2 \mid k)$ is a mountain over a plane; with
# thirteen, over a space that no data set fills. **Naive Bayes** assumes that
# within a kind the measurements are independent, so that the mountain is a
# product of bells:
#
# $$p(k \mid x) \;\propto\; p(k) \prod_j p(x_j \mid k).$$
#
# A product of many small numbers is too small for a float, so we add logarithms:
#
# $$\ln p(k, x) = \ln p(k) - \frac12 \sum_j \left[
# \frac{(x_j - \mu_{kj})^2}{\sigma_{kj}^2} + \ln 2\pi\sigma_{kj}^2 \right].$$
#
# Training is taking means and variances. No descent, no rate, one pass.


# %% tinyml={"objective": "05-nb", "role": "explain"}
def fit_bayes(x, y):
    groups = [x[y == kind] for kind in range(y.max() + 1)]
    share = np.array([len(group) for group in groups]) / len(y)  # (k,)
    mean = np.array([group.mean(axis=0) for group in groups])  # (k, columns)
    return share, mean, np.array([group.var(axis=0) for group in groups])


def log_joint(x, share, mean, variance):
    squares = (x[:, None] - mean) ** 2 / variance  # (n, k, columns)
    bells = squares + np.log(2 * np.pi * variance)
    return np.log(share) - bells.sum(axis=-1) / 2  # (n, k)


scores = log_joint(x_test, *fit_bayes(x_train, y_train))
oracle = GaussianNB(var_smoothing=0).fit(x_train, y_train)
apart = abs(softmax(scores) - oracle.predict_proba(x_test)).max()
lab = log_joint(wine.x_test, *fit_bayes(wine.x_train, y_train))
plots.say(
    f"With two columns {np.mean(scores.argmax(axis=1) == y_test):.0%} of the new "
    "bottles are right, with the laboratory's thirteen "
    f"**{np.mean(lab.argmax(axis=1) == y_test):.0%}**. scikit-learn's probabilities "
    f"are ours, to {apart:.0e}."
)

# %% [markdown]
# To turn logarithms back into probabilities that sum to one, we used `softmax`:
# scores into shares, as in chapter 04.
#
# Are the measurements independent within a kind? No: the cell below finds pairs that
# go together closely. It matters less for the *answer* than for the *certainty*. An
# extreme case: give the same column again and again. It says nothing new, and naive
# Bayes believes it every time.

# %% tinyml={"objective": "05-nb", "role": "explain"}
for kind, label in enumerate(wine.labels):
    r = np.corrcoef(wine.x_train[y_train == kind].T) - np.eye(13)  # (13, 13)
    one, other = np.unravel_index(abs(r).argmax(), r.shape)
    pair = f"{wine.columns[one]} and {wine.columns[other]}"
    print(f"{label}: {pair} have the correlation {r[one, other]:.2f}")
rows = ["| the colour, given | right | mean certainty |", "|---|---|---|"]
for times in (1, 2, 5, 20):
    repeat = [np.repeat(x[:, :1], times, axis=1) for x in (x_train, x_test)]
    posterior = softmax(log_joint(repeat[1], *fit_bayes(repeat[0], y_train)))
    right = np.mean(posterior.argmax(axis=1) == y_test)
    sure = posterior.max(axis=1).mean()
    rows.append(f"| {times} x | {right:.0%} | **{sure:.0%}** |")
plots.say("\n".join(rows))

# %% tags=["hide-input"] tinyml={"objective": "05-nb", "role": "check"}
Check(
    "Your 124 bottles were picked so that all kinds are there. In the shop where the "
    "board will stand, nine of ten bottles are Barbera. What in the model must change?",
    options=["the shares", "the means", "the variances", "all of it: train again"],
    answer="the shares",
    mistakes={
        "the means": "Does a Barbera look different in a shop that has many of them?",
        "the variances": "Is one Barbera less like another because there are more?",
        "all of it: train again": "Which part of the formula speaks of how bottles "
        "look, and which of how many there are?",
    },
    reveal="The prior is a part of its own: three numbers, changed without training.",
)

# %% [markdown]
# ## Ask questions
#
# A doctor, a mechanic or a child with a guessing game does not multiply bells but
# asks: is it darker than this? If so, is its ultraviolet ratio below that? A
# **decision tree** is such a list of questions, each about *one* number, and where
# they end, a **leaf** gives the answer.
#
# Which question is a good one? The one that leaves the two groups as *pure* as
# possible. So first a number for impurity. Draw two bottles from a group, with
# putting back: how likely are they of different kinds? With shares $p_k$,
#
# $$G = \sum_k p_k (1 - p_k) = 1 - \sum_k p_k^2,$$
#
# the **Gini impurity**: zero when all are of one kind, largest when all kinds are
# equally many.


# %% [markdown]
# The other usual measure is the **entropy**, the mean surprise of chapter 04 when
# the shares themselves are the prediction. Counted in bits,
#
# $$H = -\sum_k p_k \log_2 p_k, \qquad 0 \log_2 0 = 0.$$
#
# Write it. The last axis counts the kinds; whatever axes come before it stay. Shares
# are `counts / counts.sum(axis=-1, keepdims=True)`. Mind the zero: what does
# `np.log2(0)` give, and what does zero times that give? (The cells below use Gini's
# measure, so they run even while yours is empty.)


# %% tinyml={"objective": "05-tree", "role": "exercise"}
def entropy(counts):
    """Entropy in bits of groups with these counts, (..., kinds) -> (...)."""
    # your lines go here


# %% tags=["hide-input"] tinyml={"objective": "05-tree", "role": "check"}
def test_entropy():
    groups = np.array([[5, 5], [8, 0], [1, 3]])
    got = entropy(groups)
    if got is None:
        return "Nothing came back. Is there a `return`?"
    if np.shape(got) != (3,):
        return "Three groups, so three numbers: along which axis do you sum?"
    if np.isnan(got).any():
        return "A group without one of the kinds gives nan: zero times minus infinity."
    if np.isclose(got[0], np.log(2)) or np.isclose(got[0], np.log10(2)):
        return "The right idea in another unit. How many bits is one coin toss?"
    if np.any(got < -1e-9):
        return "Below zero. The logarithm of a share is negative: where is the minus?"
    if not np.allclose(got, [1, 0, 2 - 0.75 * np.log2(3)]):
        return "Not yet. Shares first; then each share times its own logarithm."
    if np.shape(entropy(groups[None])) != (1, 3):
        return "Right for two axes. With one more in front, which axis do you sum?"


Check(
    "`entropy(counts)` gives the bits of each group.",
    test=test_entropy,
    reveal="Half and half is one bit: one coin toss.",
)

# %% [markdown]
# Now a question: `x[:, column] <= threshold`. It makes a left and a right group, and
# what it leaves is their impurity, each weighted with its size. Only thresholds
# *between* two neighbours matter, so sort the column once, and let a running sum count
# the kinds to the left of every gap; another one, from the other end, counts those to
# the right. (Each row has a weight; for now all are 1.)


# %% tinyml={"objective": "05-tree", "role": "explain"}
def gini(counts):  # (..., kinds): how many of each kind
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return 1 - (shares**2).sum(axis=-1)


def questions(v, y, weights):
    order = np.argsort(v, kind="stable")
    v, kinds = v[order], np.eye(y.max() + 1)[y[order]] * weights[order, None]
    left = kinds.cumsum(axis=0)[:-1]  # (n - 1, kinds), left of each gap
    right = kinds[::-1].cumsum(axis=0)[-2::-1]  # from the other end
    both = left.sum(axis=1) * gini(left) + right.sum(axis=1) * gini(right)
    gap = v[1:] > v[:-1]  # no question parts equal values
    return (v[1:] + v[:-1])[gap] / 2, both[gap] / weights.sum()


fig, axes = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True)
for column, ax in enumerate(axes):
    ones = np.ones(len(y_train))
    ax.plot(*questions(x_train[:, column], y_train, ones), color=HUES[0], lw=1.5)
    ax.axhline(gini(np.bincount(y_train)), color=plots.COLORS["grey"], ls="--")
    ax.set(xlabel=["colour <= ?", "ultraviolet ratio <= ?"][column])
axes[0].set_ylabel("impurity left")
alt = "Impurity left for each threshold: a valley for colour, one for the ratio."
plots.show(fig, alt=alt)


# %% [markdown]
# The dashed line is the impurity before any question. No rate, no gradient: there is
# a finite number of questions, and we look at all of them. Then the same again for
# the left group, and for the right group, until a group is pure or the tree is deep
# enough. A tree is a leaf (the number of a kind) or four things: column, threshold,
# and two trees. A function that calls itself fits that well.


# %% tinyml={"objective": "05-tree", "role": "explain"}
def best_split(x, y, weights, columns):
    found = [(questions(x[:, j], y, weights), j) for j in columns]
    found = [(q[1].min(), j, q[0][q[1].argmin()]) for q, j in found if len(q[0])]
    return min(found, default=(np.inf, None, None))  # impurity left, column, threshold


def grow_tree(x, y, depth, weights=None, rng=None):
    weights = np.ones(len(y)) if weights is None else weights
    counts, columns = np.bincount(y, weights), np.arange(x.shape[1])
    if rng is not None:  # a forest, below: a few columns, drawn for each question
        columns = rng.choice(columns, round(len(columns) ** 0.5), replace=False)
    _, column, threshold = best_split(x, y, weights, columns)
    if depth == 0 or np.count_nonzero(counts) == 1 or column is None:
        return int(counts.argmax())
    low = x[:, column] <= threshold
    sides = (grow_tree(x[s], y[s], depth - 1, weights[s], rng) for s in (low, ~low))
    return int(column), float(threshold), *sides


def predict_tree(tree, x):
    if not isinstance(tree, tuple):
        return np.full(len(x), tree)
    column, threshold, low, high = tree
    sides = predict_tree(low, x), predict_tree(high, x)
    return np.where(x[:, column] <= threshold, *sides)


# %% [markdown]
# A tree of two questions, and the oracle again, at six depths: how many questions has
# our tree, and how many of them are scikit-learn's? Where two questions leave the same
# impurity, either may be asked; scikit-learn tosses a coin, we take the first column.
# How deep should it be? The test rows are not for choosing. So put a quarter of the
# *training* rows aside, grow on the rest, ask about those put aside, and take the mean
# of thirty such draws.


# %% tinyml={"objective": "05-tree", "role": "explain"}
def splits(tree):
    leaf = not isinstance(tree, tuple)
    return [] if leaf else [tree[:2], *splits(tree[2]), *splits(tree[3])]


rows = ["| depth | questions | the same | right | right, put aside |"]
aside = {}
rows.append("|---|---|---|---|---|")
for depth in (1, 2, 3, 4, 6, 20):
    tree, right = grow_tree(x_train, y_train, depth), []
    theirs = DecisionTreeClassifier(max_depth=depth, random_state=0)
    nodes = theirs.fit(x_train, y_train).tree_
    asked = np.column_stack([nodes.feature, nodes.threshold])[nodes.feature >= 0]
    equal = np.isclose(splits(tree), asked).all(axis=1).sum()
    for seed in range(30):
        some, rest = datasets.split(y_train, 31, seed, by_class=True)
        grown = grow_tree(x_train[some], y_train[some], depth)
        right.append(np.mean(predict_tree(grown, x_train[rest]) == y_train[rest]))
    aside[depth], fit = np.mean(right), np.mean(predict_tree(tree, x_train) == y_train)
    rows.append(
        f"| {depth} | {len(asked)} | {equal} | {fit:.0%} | {aside[depth]:.1%} |"
    )
plots.say("\n".join(rows))
print("depth 2:", grow_tree(x_train, y_train, depth=2))

# %% [markdown]
# With enough questions every bottle of the training rows is right: the tree has
# learned them by heart, one by one. On bottles put aside it gets worse again from some
# depth on. (Depths 2, 3 and 4 differ by less than one of the bottles in a draw, and
# all draws are from the same rows: the deep trees are clearly worse, the best depth is
# not clear at all.) That deserves a closer look, and for that one training set is not
# enough.
#
# The last line is a whole tree: column 0 (the colour) and its threshold, the tree for
# lower or equal, the tree for higher. It is the map of few straight steps above.

# %% [markdown]
# ## Two ways to be wrong
#
# So we make as many as we like: two half moons, one blue, one orange, blurred.


# %% tinyml={"objective": "05-vote", "role": "explain"}
def moons(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    angle = rng.uniform(0, np.pi, n)
    x = np.column_stack([np.cos(angle), np.sin(angle)])  # an arch
    x[y == 1] = [1, 0.5] - x[y == 1]  # the other one hangs, and is moved
    return x + rng.normal(0, 0.3, (n, 2)), y


fig, axes = plt.subplots(2, 3, figsize=(6, 4), sharex=True, sharey=True)
for seed, column in enumerate(axes.T):
    x, y = moons(200, seed)
    for ax, depth in zip(column, (1, 20), strict=True):
        tree = grow_tree(x, y, depth)
        draw_map(ax, partial(predict_tree, tree), x, y, 3)
        ax.set(title=f"depth {depth}", xlim=(-1.5, 2.5), ylim=(-1.1, 1.5))
plots.show(
    fig,
    alt="Six maps: three training sets, each with a tree of one question above and a "
    "deep tree below. The shallow maps are cut across, all too coarse; the deep ones "
    "follow their own points and differ from each other.",
)

# %% [markdown]
# Three training sets from one world. The trees of one question all cut across, too
# coarse for a moon; where exactly they cut, differs. The deep trees are right about
# their own points and disagree with each other. Both are errors, and they can be told
# apart by measuring.
#
# Take one new point whose answer is $y$, 0 or 1, and let $f$ be what a tree says
# there; over training sets, $f$ is random, with mean $\bar f$. Since
# $f - y = (f - \bar f) + (\bar f - y)$, and the mean of $f - \bar f$ is zero,
#
# $$\underbrace{\overline{(f - y)^2}}_{\text{share of wrong answers}}
# = \underbrace{(\bar f - y)^2}_{\text{bias}^2}
# + \underbrace{\overline{(f - \bar f)^2}}_{\text{variance}}.$$
#
# The **bias** is what the average over training sets still gets wrong (the blur of the
# world is in it, nobody escapes that); the **variance** is how much the answer hangs on
# which points happened to be drawn.


# %% tinyml={"objective": "05-vote", "role": "explain"}
x_new, y_new = moons(1000, seed=999)


def bias_variance(fit, sets=30):
    said = np.array([fit(*moons(200, seed))(x_new) for seed in range(sets)])
    average = said.mean(axis=0)  # for each new point
    return np.mean((average - y_new) ** 2), np.mean((said - average) ** 2)


def one_tree(depth):
    return lambda x, y: partial(predict_tree, grow_tree(x, y, depth))


errors = {f"depth {d}": bias_variance(one_tree(d)) for d in (1, 2, 3, 5, 20)}
stumps = [grow_tree(*moons(200, seed), 1)[:2] for seed in range(30)]
cuts = [threshold for column, threshold in stumps if column == 1]
plots.say(
    f"One question: {len(cuts)} of 30 trees cut across, at heights from "
    f"{min(cuts):.2f} to {max(cuts):.2f}."
)


# %% tags=["hide-input"] tinyml={"objective": "05-vote", "role": "explain"}
def draw_errors(errors):
    fig, ax = plt.subplots(figsize=(5.8, 0.42 * len(errors) + 1.2))
    bias, variance = np.array(list(errors.values())).T
    ax.barh(list(errors), bias, color=HUES[0], label="bias² (with the blur)")
    ax.barh(list(errors), variance, left=bias, color=HUES[1], label="variance")
    ax.axvline(floor, color=plots.COLORS["black"], lw=1.5, ls="--")
    ax.set(xlabel="share of wrong answers on new points", xlim=(0, 0.36))
    ax.invert_yaxis()
    ax.legend(loc="lower right", fontsize=10)
    return fig


arc = np.linspace(0, np.pi, 200)
arch = np.column_stack([np.cos(arc), np.sin(arc)])  # and the blur is 0.3 wide
near = [((x_new[:, None] - c) ** 2).sum(axis=-1) for c in (arch, [1, 0.5] - arch)]
p0, p1 = (np.exp(-d2 / 2 / 0.3**2).mean(axis=1) for d2 in near)
floor = np.mean((p1 > p0) != y_new)
alt = "Bars: bias falls with depth; the sum is smallest in between."
plots.show(draw_errors(errors), alt=alt)

# %% [markdown]
# More questions take away bias: a lot at first, hardly any in the end. The variance
# does the other thing, from depth 3 on: more questions about fewer points each. (One
# question alone has nearly as much as the deepest tree: where its only cut goes is a
# gamble.) In between, the sum is smallest.
#
# The dashed line is the best that *anyone* can do: we made the world, so we know
# $p(x \mid k)$ exactly, and Bayes' rule says which moon is likelier. The rest is blur.
# (A bias may lie below the line: $\bar f$ is a share between 0 and 1, not yet an
# answer.)
#
# ## A vote takes away variance
#
# Many trees on many training sets, and the majority decides: their disagreements would
# cancel. But there is only one training set. **Bagging** makes others from it: draw $n$
# rows out of the $n$, *with putting back*. Some come twice, some not at all: one draw
# misses a row with probability $1 - 1/n$, all $n$ of them with its $n$-th power, which
# goes to $1/e$. More than a third of the rows stay out of each tree.

# %% [markdown]
# How much does it help? Let each tree have variance $\sigma^2$, and each two of them
# the correlation $\rho$. The mean of $B$ trees (which the vote rounds to 0 or 1) has
# $B$ variances and $B(B-1)$ covariances, all divided by $B^2$:
#
# $$\text{variance of the mean} = \frac{\sigma^2}{B} + \frac{B - 1}{B}\rho\,\sigma^2
# \;\longrightarrow\; \rho\,\sigma^2.$$
#
# More trees never hurt, but they help only as far as the trees *differ*. So a **random
# forest** makes them differ more: at each question, a tree may choose only among a
# few columns drawn at random, often $\sqrt m$ of $m$. A little more bias, and less
# correlation. With the laboratory's thirteen columns, and eight bags of 25 trees:


# %% tinyml={"objective": "05-vote", "role": "explain"}
def bag(x, y, trees, depth=20, seed=0, forest=False):
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(y), (trees, len(y)))  # each row: the rows of one tree
    return [grow_tree(x[d], y[d], depth, rng=rng if forest else None) for d in draws]


def vote(trees, x):
    said = np.array([predict_tree(tree, x) for tree in trees])  # (trees, n)
    return np.eye(said.max() + 1)[said].sum(axis=0).argmax(axis=1)


rows = ["| 25 trees | one is right | the vote is | two agree |", "|---|---|---|---|"]
for name, forest in {"bagging": False, "random forest": True}.items():
    shares = []
    for seed in range(8):
        trees = bag(wine.x_train, y_train, 25, seed=seed, forest=forest)
        said = np.array([predict_tree(tree, wine.x_test) for tree in trees])
        share = [np.mean(vote(trees, wine.x_test) == y_test)]
        agree = (25 * np.mean(said == said[:, None]) - 1) / 24  # not with itself
        shares.append([np.mean(said == y_test), *share, agree])
    rows.append(f"| {name} | {' | '.join(f'{s:.1%}' for s in np.mean(shares, 0))} |")
plots.say("\n".join(rows))

# %% [markdown]
# Share of new bottles right, for one tree of the bag and for the vote. The forest's
# trees are worse one by one and agree less, and together they are no worse a committee,
# here even a better one by a hair. What the vote gains over one tree is no hair.
#
# ## Boosting takes away bias
#
# The opposite plan: take the worst tree there is, one question (a **stump**), and let
# each next one care most about what the ones before got wrong. Write the answers as
# $s_i = \pm 1$ and the committee as $F(x) = \sum_t \alpha_t f_t(x)$. Make small
#
# $$\sum_i e^{-s_i F(x_i)},$$
#
# which is large where $F$ has the wrong sign. Add one stump $f$ with the vote $\alpha$.
# With $w_i = e^{-s_i F(x_i)}$ scaled to sum to one, and $\varepsilon$ the total
# weight of the rows where $f$ is wrong, the sum becomes
# $(1 - \varepsilon)\,e^{-\alpha} + \varepsilon\,e^{\alpha}$. Its derivative is zero at
#
# $$\alpha = \tfrac12 \ln\frac{1 - \varepsilon}{\varepsilon},$$
#
# and the new weights are the old ones times $e^{-\alpha s_i f(x_i)}$. This is
# **AdaBoost**.


# %% tinyml={"objective": "05-vote", "role": "explain"}
def boost(x, y, rounds, depth=1):
    s, weights, committee = 2 * y - 1, np.full(len(y), 1 / len(y)), []
    for _ in range(rounds):
        tree = grow_tree(x, y, depth, weights)
        said = 2 * predict_tree(tree, x) - 1
        wrong = max(weights[said != s].sum(), 1e-9)  # a perfect tree: a large vote
        alpha = np.log((1 - wrong) / wrong) / 2
        weights = weights * np.exp(-alpha * s * said)
        weights = weights / weights.sum()
        committee.append((alpha, tree))
    return committee


def boosted(committee, x):
    F = sum(alpha * (2 * predict_tree(tree, x) - 1) for alpha, tree in committee)
    return (F > 0).astype(int)


# %% tinyml={"objective": "05-vote", "role": "explain"}
from sklearn.ensemble import AdaBoostClassifier

x_moons, y_moons = moons(100, seed=0)
stump = DecisionTreeClassifier(max_depth=1)
oracle = AdaBoostClassifier(stump, n_estimators=30).fit(x_moons, y_moons)
ours = boosted(boost(x_moons, y_moons, 30), x_new)
equal = np.mean(ours == oracle.predict(x_new))
plots.say(f"Of 1,000 new points, {equal:.1%} get the same answer from scikit-learn.")

bagged = bias_variance(lambda x, y: partial(vote, bag(x, y, 15)))
stumps = bias_variance(lambda x, y: partial(boosted, boost(x, y, 30)))
compare = {"one stump": errors["depth 1"], "30 stumps, boosted": stumps}
compare |= {"one deep tree": errors["depth 20"], "15 deep trees, bagged": bagged}
alt = "Boosting removes much bias of a stump; bagging, variance of a deep tree."
plots.show(draw_errors(compare), alt=alt)

# %% [markdown]
# Bagging left the bias of the deep tree as it was and took a good third of its
# variance. Boosting took more than half of the stump's bias, and here some variance
# too: where one cut goes is a gamble, where thirty go is less of one. From opposite
# ends, both come near the best that anyone can do.
#
# > **Note: gradient boosting.** Replace the weights by residuals: fit the next small
# > tree to what is left over, add a small share of it, repeat. For a squared loss that
# > is chapter 02's residual and chapter 03's descent, where each step is a tree.
# > XGBoost and LightGBM do this. On 45 tables of medium size, such trees were still
# > ahead of networks in 2022 (Grinsztajn and others, below).
#
# Now play. On the moons, which knob does what?


# %% tinyml={"objective": "05-vote", "role": "explore"}
def vote_picture(how, depth, trees):
    if how == "boosted":
        classify = partial(boosted, boost(x_moons, y_moons, trees, depth))
    else:
        classify = partial(vote, bag(x_moons, y_moons, trees, depth))
    fig, ax = plt.subplots(figsize=(5, 3.6))
    draw_map(ax, classify, x_moons, y_moons)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    old, new = np.mean(classify(x_moons) != y_moons), np.mean(classify(x_new) != y_new)
    return fig, f"wrong: {old:.0%} of its own points, {new:.1%} of new ones"


Explore(
    vote_picture,
    how=Choice(["bagged", "boosted"], "bagged", "trees are"),
    depth=Choice([1, 2, 4, 8], 1, "depth"),
    trees=Choice([1, 5, 25], 1, "number of trees"),
    look="Raise the number of trees at depth 1, bagged and boosted; then at depth 8. "
    "Where does a vote help, and where does it not?",
    alt=lambda how, depth, trees: (
        f"Two half moons of points and the border drawn by {trees} {how} trees of "
        f"depth {depth}."
    ),
)

# %% [markdown]
# Bagged stumps stay as coarse as one stump: all of them ask nearly the same. Boosted,
# each asks something new, and the border bends. Deep trees, bagged, lose their islands;
# deep trees, boosted, have nothing left to mend, for they make no errors on their own
# points.

# %% tags=["hide-input"] tinyml={"objective": "05-vote", "role": "check"}
Check(
    "A model with one question is wrong on a quarter of the rows, training and test "
    "alike, and the same rows again whichever bottles it learned from. What helps?",
    options=[
        "boosting it",
        "bagging it, 1,000 times",
        "a hundred times the training rows",
        "a random forest of such stumps",
    ],
    answer="boosting it",
    mistakes={
        "bagging it, 1,000 times": "What does a thousand times the same opinion give? "
        "Which error does a vote cancel?",
        "a hundred times the training rows": "It is as wrong on the rows that it has "
        "seen. Will more of them let it ask more?",
        "a random forest of such stumps": "The stumps would differ more. But is their "
        "disagreement the trouble here?",
    },
    reveal="The error is bias: agreement on the wrong answer. A vote cancels "
    "disagreement only.",
)

# %% [markdown]
# ## Keep your distance
#
# Now a straight border, as in chapter 04, for two kinds that one can separate: Barolo
# and Barbera. Many lines do. Which one would you trust with a new bottle? The one that
# stays farthest from both. Measure in standard deviations, or "far" means nothing.
#
# A line is $\mathbf w\cdot\mathbf x + b = 0$; a point lies
# $|\mathbf w\cdot\mathbf x + b| / |\mathbf w|$ away from it. Scaling $\mathbf w$ and
# $b$ together moves nothing, so scale until the *nearest* points have
# $|\mathbf w\cdot\mathbf x + b| = 1$. Between the classes there is then a street of
# width $2 / |\mathbf w|$, the **margin**. The widest street is
#
# $$\min_{\mathbf w, b}\ \tfrac12 |\mathbf w|^2 \quad\text{such that}\quad
# s_i\,(\mathbf w\cdot\mathbf x_i + b) \ge 1 \ \text{ for all } i.$$
#
# Where no line separates, let points into the street, and pay $C$ for each unit:
#
# $$\min_{\mathbf w, b}\ \tfrac12 |\mathbf w|^2 + C \sum_i
# \max\big(0,\ 1 - s_i(\mathbf w\cdot\mathbf x_i + b)\big).$$
#
# The second term is the **hinge loss**: zero beyond the street, a slope inside. It has
# a gradient nearly everywhere, so we can walk down, with steps that get shorter.


# %% tinyml={"objective": "05-svm", "role": "explain"}
two = y_train != 1
pair = (x_train[two] - x_train[two].mean(axis=0)) / x_train[two].std(axis=0)
s = np.where(y_train[two] == 0, 1, -1)  # Barolo is plus


def widest_street(x, s, C, steps=20_000):
    w, b = np.zeros(x.shape[1]), 0.0
    for step in range(1, steps + 1):
        inside = s * (x @ w + b) < 1
        rate = 0.3 / (step + 100)
        w, b = (
            w - rate * (w - C * s[inside] @ x[inside]),
            b + rate * C * s[inside].sum(),
        )
    return w, b


w, b = widest_street(pair, s, C=10)
svm = SVC(kernel="linear", C=10).fit(pair, s)
plots.say(
    f"By descent: w = ({w[0]:.2f}, {w[1]:.2f}), b = {b:.2f}. scikit-learn: "
    f"w = ({svm.coef_[0, 0]:.2f}, {svm.coef_[0, 1]:.2f}), b = {svm.intercept_[0]:.2f}."
)

# %% [markdown]
# Now $C = 1000$: hardly anyone may stand in the street. How many of the bottles could
# you *not* take away without moving the line? Write a number down before you run the
# cell. It rings those bottles, takes all the others away, and fits again.

# %% tinyml={"objective": "05-svm", "role": "explain"}
hard = SVC(kernel="linear", C=1000).fit(pair, s)
held = hard.support_  # the rows that hold the street
again = SVC(kernel="linear", C=1000).fit(pair[held], s[held])
moved = abs(again.coef_ - hard.coef_).max()

fig, ax = plt.subplots(figsize=(5.6, 4))
draw_map(ax, lambda p: np.where(hard.predict(p) < 0, 2, 0), pair, y_train[two])
ax.plot(*pair[held].T, "o", ms=14, mfc="none", mec=plots.COLORS["vermillion"], mew=2)
(w1, w2), b = hard.coef_[0], hard.intercept_[0]
for kerb in (-1, 0, 1):
    ends = np.array([-2, 3.5])
    ax.plot(ends, (kerb - b - w1 * ends) / w2, "-k" if kerb == 0 else "--k", lw=1.2)
ax.set(ylim=(-1.9, 2.4), xlim=(-1.9, 3.2), xlabel="colour (standard deviations)")
ax.set(
    ylabel="ultraviolet ratio", title=f"these {len(held)} alone: w moves by {moved:.0e}"
)
plots.show(fig, alt="A street between Barolo and Barbera; ringed bottles at its kerbs.")

# %% [markdown]
# The ringed ones are the **support vectors**. At the minimum the gradient is zero, so
# $\mathbf w = \sum_i a_i s_i \mathbf x_i$, where $a_i$ is $C$ inside the street, zero
# beyond it, and something between on the kerb: the line is *made of* its support
# vectors.

# %% tags=["hide-input"] tinyml={"objective": "05-svm", "role": "check"}
Check(
    "A trained model has w = (3, 4), scaled as above. How wide is its street?",
    answer=0.4,
    tolerance=0.001,
    mistakes={
        0.2: "From the line to one kerb. The street has two sides.",
        10: "The length of w is in it, but does a longer w mean a wider street?",
        2.5: "Upside down.",
        0.08: "The length of an arrow is the root of the sum of squares.",
        round(2 / 7, 3): "The length of an arrow: Pythagoras, not a sum.",
        5: "That is the length of w. What does the street's formula do with it?",
    },
    low="Too narrow. Start from the length of w.",
    high="Too wide. A longer w means a narrower street.",
    reveal="That is why a small w is asked for.",
)

# %% [markdown]
# ## Bend the line: kernels
#
# No line parts two moons. But add columns, as in chapter 02: with
# $x_1^2, x_1x_2, x_2^2$ a *flat* border in the larger space is a curve in ours. And the
# border needs no columns, only dot products: with
# $\mathbf w = \sum_i a_i s_i\mathbf x_i$,
#
# $$\mathbf w\cdot\mathbf x + b = \sum_i a_i s_i\,(\mathbf x_i\cdot\mathbf x) + b.$$
#
# So if $\varphi(\mathbf x)$ are the new columns, all we ever need is the number
# $k(\mathbf x, \mathbf z) = \varphi(\mathbf x)\cdot\varphi(\mathbf z)$, a **kernel**,
# and often it is cheaper than the columns. Multiply out
# $(\mathbf x\cdot\mathbf z + 1)^2$ for two numbers each, and you find
# $\varphi(\mathbf x)\cdot\varphi(\mathbf z)$ with
#
# $$\varphi(\mathbf x) =
# (x_1^2,\ x_2^2,\ \sqrt2\,x_1x_2,\ \sqrt2\,x_1,\ \sqrt2\,x_2,\ 1).$$


# %% tinyml={"objective": "05-svm", "role": "explain"}
def columns(x):
    a, b = x.T
    r = np.sqrt(2)
    return np.column_stack([a**2, b**2, r * a * b, r * a, r * b, np.ones(len(x))])


def rbf(x, z, gamma):
    return np.exp(-gamma * ((x[:, None] - z) ** 2).sum(axis=-1))


x, z = x_moons[:5], x_new[:4]
gap = abs((x @ z.T + 1) ** 2 - columns(x) @ columns(z).T).max()
svm = SVC(kernel="rbf", C=1, gamma=1).fit(x_moons, y_moons)
scores = rbf(x_new, svm.support_vectors_, 1) @ svm.dual_coef_[0] + svm.intercept_
apart = abs(scores - svm.decision_function(x_new)).max()
plots.say(
    f"The kernel and the six columns differ by {gap:.0e}. By hand, from "
    f"**{len(svm.support_)} support vectors**, an RBF machine's scores are "
    f"scikit-learn's to {apart:.0e}."
)

# %% [markdown]
# The second kernel is the usual one, the **radial basis function**
# $e^{-\gamma|\mathbf x - \mathbf z|^2}$: how near is the new point to each support
# vector? Expanded, the exponential is a polynomial of every degree: its columns are
# infinitely many, and nobody has to write them down. $1/\sqrt{2\gamma}$ is how far a
# support vector can be felt; $C$ is what an error costs.


# %% tinyml={"objective": "05-svm", "role": "explore"}
def margin_picture(kernel, C, gamma):
    reach = gamma if kernel == "rbf" else 1  # the others do without
    model = SVC(kernel=kernel, C=C, gamma=reach, coef0=1).fit(x_moons, y_moons)
    fig, ax = plt.subplots(figsize=(5, 3.6))
    draw_map(ax, model.predict, x_moons, y_moons)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    rings = {"ms": 9, "mfc": "none", "mec": "black", "mew": 0.8}
    ax.plot(*model.support_vectors_.T, "o", **rings)
    old, new = 1 - model.score(x_moons, y_moons), 1 - model.score(x_new, y_new)
    count = f"{len(model.support_)} of {len(y_moons)} points are support vectors; "
    return fig, count + f"wrong: {old:.0%} of its own points, {new:.1%} of new ones"


Explore(
    margin_picture,
    kernel=Choice(["linear", "poly", "rbf"], "rbf", "kernel"),
    C=Choice([0.1, 1, 30], 1, "C, the price of an error"),
    gamma=Choice([0.1, 1, 30], 1, "gamma (rbf only)"),
    frames=27,
    look="With rbf, raise gamma to its end: what happens to the map, to the number of "
    "rings (support vectors), and to the two errors?",
    alt=lambda kernel, C, gamma: (
        f"Moons, support vectors ringed; border of {kernel}, C {C}, gamma {gamma}."
    ),
)

# %% [markdown]
# A large gamma, where C lets it, learns by heart: islands around single points,
# variance. (At the lowest price of an error it gives up and calls nearly everything one
# colour.) A small gamma is nearly the straight line: bias. The knobs have other names
# than depth and number of trees, and it is the same balance.
#
# ## What fits where
#
# To the board. The depth that did best on the rows put aside is the one we ship.

# %% [markdown]
# A tree as C is a text that follows the tree: an `if` for each question, a `return` for
# each leaf. The numbers stand in the program itself; nothing is loaded into an array,
# nothing multiplied. (`noinline` keeps it a function, whose instructions are counted.)


# %% tinyml={"objective": "05-ship", "role": "explain"}
def branches(tree, indent="    "):
    if not isinstance(tree, tuple):
        return f"{indent}return {tree};\n"
    column, threshold, low, high = tree
    return (
        f"{indent}if (x[{column}] <= {np.float32(threshold):#.9g}f) {{\n"
        + branches(low, indent + "    ")
        + f"{indent}}}\n"
        + branches(high, indent)
    )


def tree_as_c(tree, name):
    head = f"__attribute__((noinline)) static int {name}(const float *x)"
    return f"{head} {{\n{branches(tree)}}}\n"


chosen = max(aside, key=aside.get)
tree = grow_tree(x_train, y_train, chosen)
print(tree_as_c(tree, "decide"))

# %% [markdown]
# The program around it, made by the cell below, sends one digit per bottle; all test
# rows travel with it as 32-bit floats. (A threshold lies halfway between two training
# bottles, so rounding it to 32 bits moves none of them; a new bottle would have to lie
# within the rounding.)


# %% tags=["hide-input"] tinyml={"objective": "05-ship", "role": "predict"}
def on_board(decide):
    numbers = ", ".join(f"{value:#.9g}f" for value in x_test.ravel())
    main_c = f"""#include "board.h"
{decide}
static const float rows[] = {{{numbers}}};
int main(void) {{
    for (int i = 0; i < {len(x_test)}; i++) board_printf("%d", decide(rows + 2 * i));
    return 0;
}}"""
    firmware = device.build({"main.c": main_c})
    return firmware, device.run(firmware, layers=["decide"])


firmware, run = on_board(tree_as_c(tree, "decide"))
(work,) = [row for row in run.profile if row.function == "decide"]
Predict(
    "How many instructions does the board execute for one bottle, from the first of "
    "`decide` to its return, on average?",
    answer=round(work.instructions / len(x_test), 1),
    unit="instructions",
    explain="Counted. A question is a few: load the number, load the threshold, "
    "compare, fetch the flags, branch. And a bottle meets only the questions on its "
    "way through the tree.",
)

# %% [markdown]
# A forest of 25 deep trees goes through the same generator, onto the same board, with a
# count of the votes. Some questions of the tree above ask for nothing: both answers are
# the same. They made the two groups purer and changed no majority; the compiler sees it
# and leaves them out. Of the RBF machine we count the numbers that it must keep, four
# bytes each: for one answer it measures the distance to *every* support vector, as
# chapter 01 did to every bottle. Naive Bayes keeps a bell per kind and column.


# %% tinyml={"objective": "05-ship", "role": "explain"}
def forest_as_c(trees):
    calls = "".join(f"    votes[tree_{i}(x)]++;\n" for i in range(len(trees)))
    functions = [tree_as_c(tree, f"tree_{i}") for i, tree in enumerate(trees)]
    return f"""{"".join(functions)}
__attribute__((noinline)) static int decide(const float *x) {{
    int votes[3] = {{0, 0, 0}};
{calls}    int best = votes[1] > votes[0];
    return votes[2] > votes[best] ? 2 : best;
}}"""


def bill(name, firmware, run):
    mine = [r for r in run.profile if r.function.startswith(("decide", "tree_"))]
    spent = sum(row.instructions for row in mine) / len(x_test)
    parts = [n for n in firmware.symbols if n.startswith(("decide", "tree_"))]
    size = sum(firmware.symbols[name][1] for name in parts)
    right = np.mean([int(digit) for digit in run.uart] == y_test)
    return f"| {name} | {right:.0%} | {size:,} | {spent:,.0f} instructions |"


forest = bag(x_train, y_train, 25, forest=True)
wood = on_board(forest_as_c(forest))
small = on_board(tree_as_c(grow_tree(x_train, y_train, 2), "decide"))

# %% tinyml={"objective": "05-ship", "role": "explain"}
oracle = DecisionTreeClassifier(max_depth=chosen, random_state=0)
theirs = "".join(map(str, oracle.fit(x_train, y_train).predict(x_test)))
equal = sum(a == b for a, b in zip(run.uart, theirs, strict=True))
same = wood[1].uart == "".join(map(str, vote(forest, x_test)))
machine = four["margin, with a kernel"]
held, share = machine[-1].support_vectors_, machine.score(x_test, y_test)
numbers = held.size + 2 * len(held) + 3 + 2 * 2  # weights, offsets, scaling
naive = four["Bayes' rule"].score(x_test, y_test)
table = [
    "| model | new bottles right | bytes of the model | for one answer |",
    "|---|---|---|---|",
    bill("tree, depth 2", *small),
    bill(f"tree, depth {chosen}", firmware, run),
    bill("forest of 25", *wood),
    f"| naive Bayes | {naive:.0%} | {4 * 3 * (2 + 2 + 1)} and code | 6 squares |",
    f"| RBF margin | {share:.0%} | {4 * numbers:,} and code | {held.size} squares, "
    f"{len(held)} exponentials |",
]
plots.say("\n".join(table))
plots.say(
    f"**{equal} of {len(theirs)}** bottles get the tree's answer from the board that "
    f"scikit-learn's gives; the forest's are {'all' if same else 'not all'} NumPy's."
)

# %% [markdown]
# For the trees, bytes and instructions are counted on the board; for the other two, the
# numbers that they must keep and what they must compute, without the code. The right
# answers are measured on so few bottles that two or three may be luck: the tree of two
# questions, the map we began with, gets more of them right than the one we chose, and
# if we took it for that, these bottles could no longer judge it. (As nothing clearly
# spoke against it on the bottles put aside, its *price* would have been a fair reason.)
# What is not luck is the price: a tree pays for the questions on *one* way through it,
# a forest for as many ways as it has trees, a kernel machine for every point that holds
# its margin. There are motion sensors with trees *inside* the sensor (its note is
# below).

# %% tags=["hide-input"] tinyml={"objective": "05-ship", "role": "check"}
Check(
    "An RBF machine for two classes has 40 support vectors of 6 columns, each with its "
    "weight, in 32-bit floats. How many bytes are that?",
    answer=1120,
    unit="bytes",
    mistakes={
        960: "The vectors, yes. What else belongs to each of them?",
        280: "So many numbers. How many bytes is each?",
        240: "The numbers of the vectors. Two things are still missing.",
        2240: "NumPy's floats have 64 bits. What does the board's C use?",
        160: "Those are the weights alone.",
        1124: "With the offset, yes; but asked for are the vectors and their weights.",
    },
    low="Count numbers for one support vector, then for all, then bytes.",
    high="Count numbers for one support vector: its columns and one weight.",
    reveal="And each answer visits every one of them: such a model is as large as the "
    "number of points that hold its street.",
)

# %% [markdown]
# ## On your own
#
# 1. Use `entropy` in place of `gini`. Which questions of the tree change? How often,
#    over 30 training sets of moons, is one of them better on new points?
# 2. Make the tree a table instead of a text: arrays of columns, thresholds and the
#    numbers of the two next nodes, and one loop. Which takes fewer bytes, and from how
#    many questions on? Which takes fewer instructions?
# 3. Ship naive Bayes: fold the logarithms into one number per kind, so that the board
#    needs no `logf`. Are all 54 answers those of `log_joint`?
# 4. Problem set `ps02` asks you to write an impurity, the best question and a tree of
#    your own on other data, and grades each.
#
# ## What you have done
#
# * You **turned around** measurements with Bayes' rule, and saw what naivety costs: not
#   so much the answer as its certainty.
# * You **grew** a tree question by question, with the splits of scikit-learn.
# * You **combined** trees: a vote took away variance, boosting took away bias, both
#   measured over fresh training sets.
# * You **separated** two classes by the widest street, found the points that hold it,
#   and bent it with a kernel.
# * You **shipped** a tree to the 256 KB board as C, and counted the others beside it.
#
# **The idea to keep:** a model is wrong because it cannot bend or because it bends to
# everything; every knob in this chapter moves you between the two.
#
# **Next:** units that weigh and add, in layers, find their own columns: chapter 06,
# *Networks of neurons*.
#
# ## Sources
#
# * T. Bayes, "An Essay towards Solving a Problem in the Doctrine of Chances",
#   *Philosophical Transactions* 53 (1763).
# * L. Breiman, J. Friedman, R. Olshen and C. Stone, *Classification and Regression
#   Trees*, Wadsworth (1984): the tree by Gini impurity.
# * L. Breiman, "Bagging Predictors", *Machine Learning* 24 (1996), and "Random
#   Forests", *Machine Learning* 45 (2001).
# * Y. Freund and R. Schapire, "A Decision-Theoretic Generalization of On-Line
#   Learning", *Journal of Computer and System Sciences* 55 (1997): AdaBoost; J.
#   Friedman, T. Hastie and R. Tibshirani, "Additive Logistic Regression", *Annals of
#   Statistics* 28 (2000): its exponential loss; J. Friedman, "Greedy Function
#   Approximation", *Annals of Statistics* 29 (2001): gradient boosting.
# * C. Cortes and V. Vapnik, "Support-Vector Networks", *Machine Learning* 20 (1995).
# * S. Geman, E. Bienenstock and R. Doursat, "Neural Networks and the Bias/Variance
#   Dilemma", *Neural Computation* 4 (1992).
# * L. Grinsztajn, E. Oyallon and G. Varoquaux, "Why do tree-based models still
#   outperform deep learning on typical tabular data?", *NeurIPS* (2022). T. Chen and C.
#   Guestrin, "XGBoost", arXiv:1603.02754 (2016); G. Ke et al., "LightGBM", *NIPS*
#   (2017).
# * STMicroelectronics, *LSM6DSOX: Machine Learning Core*, application note AN5259:
#   decision trees inside a motion sensor.
# * M. Forina et al., "Multivariate Data Analysis as a Discriminating Method of the
#   Origin of Wines", *Vitis* 25 (1986): the data.
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019), and *CS249r: Tiny Machine
#   Learning*, Harvard (2020): where these methods stand among the others.
