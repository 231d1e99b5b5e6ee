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
# # Problem set 4: a bruise on an apple
#
# A camera looks at apples on a belt, in pictures of 16 x 16 pixels, and should say
# which are bruised. A program compares each picture with all that it has seen. It
# is right about most apples, so its maker says; in the next orchard it is right
# about far fewer. You will find out how that could happen, build a test that is not
# fooled, and then write the operation that sees bruises in any orchard, and what it
# costs.
#
# **You need** chapters 08 and 09 and NumPy. **Time:** about 110 minutes.
# **Points:** 40.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `seen_before` | 5 |
# | 2 | `hold_back`, `standardize` | 9 |
# | 3 | `cross_validate` | 6 |
# | 4 | `filtered`, `sides` | 10 |
# | 5 | `layer_bill` | 6 |
# | 6 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the function's name.
# * Each function **stands alone**: do not call one of them from another. A mistake
#   then costs points once only. What the first cell defines is there for all.
# * A test cell that raises nothing, and warns of nothing, is passed. NumPy warns
#   when it divides by zero, so do not let it.
# * Some test cells hold nothing but a comment: their tests are hidden, and run
#   when you are graded. The comment says what they look at, and the docstring
#   says all you need.
# * No function may change the arrays it is given.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets an
# orchard of its own. In grading the name comes from your submission, so compute
# with the arrays and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

COURSE = 0  # your course's own number


def orchard(student):
    """Pictures of apples from this student's orchard of 12 trees.

    Returns x (n, 16, 16) float in steps of 1/255, y (n,) int, 1 for a bruise, and
    tree (n,) int. Each tree has a skin of its own, and hail fell on half of them.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    damage = rng.permutation([0.15] * 6 + [0.85] * 6)
    side, x, y, tree = np.arange(16), [], [], []
    for number in range(12):
        angle, turns = rng.uniform(0, np.pi), rng.uniform(1, 2.5)
        along = np.cos(angle) * side[:, None] + np.sin(angle) * side
        skin = rng.uniform(0.5, 0.75) + 0.12 * np.sin(np.pi * turns * along / 8)
        for _ in range(rng.integers(14, 27)):
            bad = rng.random() < damage[number]
            row, column = rng.uniform(3, 13, 2)
            far = (side[:, None] - row) ** 2 + (side - column) ** 2
            apple = skin + rng.normal(0, 0.02) - 0.35 * bad * np.exp(-far / 5)
            x.append(apple + rng.normal(0, 0.03, (16, 16)))
            y.append(bad)
            tree.append(number)
    for count, i in enumerate(rng.choice(len(x), 24, replace=False)):
        x.append(x[i][:, ::-1] if count % 2 else x[i])  # the belt turned back
        y.append(y[i])
        tree.append(tree[i])
    order = rng.permutation(len(x))
    x = np.clip(np.round(255 * np.array(x)), 0, 255) / 255
    return x[order], np.array(y, int)[order], np.array(tree)[order]


x, y, tree = orchard(STUDENT)

# %% nbgrader={"grade_id": "a-model", "locked": true}


def remember(x, y):
    """The model of the maker: all pictures, and what they were."""
    return x.reshape(len(x), -1), y


def most_alike(model, x):
    """For each picture, what the remembered picture was that is closest to it."""
    known, what = model
    # the sum of (a - b)^2 over all pixels, but for that of a^2, alike for all known b
    gaps = (known**2).sum(axis=1) - 2 * x.reshape(len(x), -1) @ known.T
    return what[gaps.argmin(axis=1)]


# %%
# Try it: a few numbers of your orchard, and what its maker says of the program.
print(f"{len(x)} pictures of {len(set(tree))} trees, {y.mean():.0%} with a bruise")
some = np.random.default_rng(1).permutation(len(x)) < len(x) // 4
said = most_alike(remember(x[~some], y[~some]), x[some])
print(f"on pictures put aside by chance: {np.mean(said == y[some]):.0%} right")

# %% [markdown]
# ## Part 1: the same apple twice (5 points)
#
# Now and then the belt turns back, and an apple passes the camera again: the same
# picture is stored twice, or its mirror image (left and right exchanged). If one of
# the two is learned and the other one asked, the program need not know anything.
# Find the pictures that give it away: those of which an **equal** picture, or an
# equal **mirrored** one, is among those that were learned. All pixels count, and
# equal means equal. Pictures need not be square.


# %% nbgrader={"grade_id": "seen-before", "solution": true}
def seen_before(x_learned, x_asked):
    """Which pictures are among the learned ones, as they are or mirrored.

    x_learned: (n, height, width) float. x_asked: (m, height, width) float.
    n may be 0. Returns an array (m,) of bools.
    """
    ### BEGIN SOLUTION
    known = {picture.tobytes() for picture in np.ascontiguousarray(x_learned)}
    known |= {np.ascontiguousarray(p[:, ::-1]).tobytes() for p in x_learned}
    asked = np.ascontiguousarray(x_asked)
    return np.array([picture.tobytes() in known for picture in asked], bool)
    ### END SOLUTION


# %%
# Try it: how many of the maker's test pictures had been learned? A copy is always known
# to this program. A mirror image need not be: it compares pixel by pixel.
twice = seen_before(x[~some], x[some])
print(f"{twice.sum()} of {some.sum()} were known")
for name, rows in (("known", twice), ("others", ~twice)):
    print(f"{name}: {np.mean(said[rows] == y[some][rows]):.0%} right")

# %% nbgrader={"grade_id": "seen-value", "points": 2} tinyml={"objective": "08-leak"}
# 2 points: two learned pictures, four asked.
### HINT: Compare each asked picture with each learned one, and with its mirror image.
first = np.array([[1.0, 2.0], [3.0, 4.0]])
learned = np.array([first, [[5.0, 5.0], [0.0, 1.0]]])
asked = np.array([first, [[2.0, 1.0], [4.0, 3.0]], first + 1, learned[1]])
got = np.asarray(seen_before(learned, asked))
assert got.shape == (4,), f"An answer for each asked picture, not shape {got.shape}."
assert got[0], "Picture 0 was learned."
assert got[3], "Picture 3 was learned."
assert got[1], "Picture 1 is the first learned picture, left and right exchanged."
assert not got[2], "Picture 2 was never learned: it is one brighter."

# %% nbgrader={"grade_id": "seen-any", "points": 3} tinyml={"objective": "08-leak"}
# 3 points, hidden: any shapes; what is nearly the same; nothing learned.
### BEGIN HIDDEN TESTS
### HINT: All pixels of one picture have to be those of one learned picture. Equal sums,
### HINT: equal rows in another order, top and bottom exchanged or a difference of
### HINT: 1/255 do not make two pictures the same. No learned picture: nothing is known.
hidden_seed = 41
rng = np.random.default_rng(hidden_seed)
for n, high, wide in ((3, 2, 5), (8, 4, 3)):
    learned = rng.integers(0, 256, (n, high, wide)) / 255
    one, other = learned[rng.permutation(n)[:2]]
    brighter = one.copy()
    brighter[rng.integers(high), rng.integers(wide)] += 1 / 255
    unknown = [one[::-1], one[::-1, ::-1], brighter, one - 1e-9]
    unknown += [np.vstack([one[:1], other[1:]]), np.roll(one, 1, axis=1)]
    kinds = rng.permutation(np.repeat(np.arange(9), 2))  # the first three are known
    ask = np.stack([[one, one[:, ::-1], other[:, ::-1], *unknown][k] for k in kinds])
    kept = learned.copy(), ask.copy()
    assert np.array_equal(seen_before(learned, ask), kinds < 3)
    assert np.array_equal(learned, kept[0])
    assert np.array_equal(ask, kept[1])
    got = np.asarray(seen_before(learned[:0], ask))
    assert got.shape == (18,)
    assert not got.any()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: whole trees to one side (9 points)
#
# Without the twins the maker's figure is still too good. Apples of one tree have
# the same skin, and hail hits a tree or misses it: whoever recognizes the *tree*
# can guess the bruise. The next orchard has other trees. So put whole trees aside.
#
# `hold_back` takes trees **in the given order**, one after the other, until **at
# least** so many pictures are put aside, and not one tree more. Names of trees may
# be numbers or strings. If the order runs out before there are enough, all trees in
# it are put aside.


# %% nbgrader={"grade_id": "hold-back", "solution": true}
def hold_back(tree, order, wanted):
    """Which pictures are put aside, whole trees only.

    tree: (n,) array, the tree of each picture. order: a list of trees; some trees
    may be missing in it, and some in it may have no picture. wanted: int, how many
    pictures are to be put aside at least; 0 takes no tree at all.
    Returns an array (n,) of bools, True for pictures put aside.
    """
    ### BEGIN SOLUTION
    aside = np.zeros(len(tree), bool)
    for one in order:
        if aside.sum() >= wanted:
            break
        aside |= tree == one
    return aside
    ### END SOLUTION


# %%
# Try it: the maker's program, asked about trees it has never seen.
aside = hold_back(tree, [7, 2, 11, 4, 0], len(x) // 4)
said = most_alike(remember(x[~aside], y[~aside]), x[aside])
print(f"{aside.sum()} pictures of the trees {sorted(set(tree[aside].tolist()))}")
print(f"{np.mean(said == y[aside]):.0%} right")

# %% nbgrader={"grade_id": "hold-value", "points": 2} tinyml={"objective": "08-leak"}
# 2 points: three trees.
### HINT: When do you have enough: before or after you have taken the next tree?
rows = np.array([4, 4, 9, 4, 9, 1])
got = np.asarray(hold_back(rows, [9, 4, 1], 2))
assert got.shape == (6,), f"An answer for each picture, not shape {got.shape}."
assert np.array_equal(np.flatnonzero(got), [2, 4]), "Tree 9 alone has two pictures."
got = np.flatnonzero(hold_back(rows, [9, 4, 1], 3))
assert np.array_equal(got, [0, 1, 2, 3, 4]), "Three wanted: trees 9 and 4, whole."
got = np.flatnonzero(hold_back(rows, [1, 9, 4], 2))
assert np.array_equal(got, [2, 4, 5]), "In this order: trees 1 and 9."

# %% nbgrader={"grade_id": "hold-any", "points": 2} tinyml={"objective": "08-leak"}
# 2 points, hidden: names instead of numbers, any order, any wanted.
### BEGIN HIDDEN TESTS
### HINT: Count pictures, not trees, and only after a whole tree went over. What comes
### HINT: out for 0 wanted, and what if the order ends before there are enough?
hidden_seed = 42
rng = np.random.default_rng(hidden_seed)
for trees in (np.array(["oak", "elm", "ash", "fir", "yew"]), np.arange(90, 96)):
    for wanted in (0, 1, 2, 5, 9, 14, "just enough", "more than all"):
        rows = rng.permutation([*trees[1:], *rng.choice(trees[1:], 20)])
        order = rng.permutation(trees)[1:]  # one is missing; no picture has trees[0]
        if wanted == 0:
            order = trees[1:]  # its first has pictures, and is not taken either
        sizes = np.cumsum([np.sum(rows == one) for one in order])
        if wanted == "just enough":
            wanted = int(sizes[2])
        elif wanted == "more than all":
            wanted = int(sizes[-1]) + 1
        taken = order[: np.searchsorted(sizes, wanted) + 1] if wanted else []
        got = hold_back(rows, order.tolist(), wanted)
        assert np.array_equal(got, np.isin(rows, taken))
    assert not np.any(hold_back(rows, [], 4))
### END HIDDEN TESTS

# %% [markdown]
# The next leak is quieter. Standardizing (chapter 02) takes the mean and the spread
# of each pixel. Of **which** pictures? Those that are learned, and nothing else:
# what is asked later is moved and divided by the same numbers. A pixel that is the
# same in all learned pictures has no spread; then **0** comes out for it,
# everywhere. Ask the pixels for that, not the spread: computers round, and three times
# 0.7 may have a spread of 1e-16. (A pixel whose values are tiny may honestly have it.)


# %% nbgrader={"grade_id": "standardize", "solution": true}
def standardize(x_learned, x_asked):
    """Both sets of pictures in units of the learned pictures' spread, pixel by pixel.

    x_learned: (n, ...) float. x_asked: (m, ...) float, m may be 0. Spread is the
    standard deviation, `.std()` of NumPy. Returns two arrays of the same shapes.
    """
    ### BEGIN SOLUTION
    middle, spread = x_learned.mean(axis=0), x_learned.std(axis=0)
    alive = np.ptp(x_learned, axis=0) > 0  # a spread may be 1e-17 instead of 0
    factor = alive / np.where(alive, spread, 1)
    return (x_learned - middle) * factor, (x_asked - middle) * factor
    ### END SOLUTION


# %%
# Try it: one picture asked alone must look as it does among others.
_, alone = standardize(x[60:], x[:1])
_, among = standardize(x[60:], x[:60])
print(f"largest difference: {np.max(np.abs(alone - among[:1])):.3f}")

# %% nbgrader={"grade_id": "standardize-value", "points": 2} tinyml={"objective": "08-leak"}
# 2 points: two learned pictures of two pixels.
### HINT: The asked pictures give neither mean nor spread.
got = standardize(np.array([[1.0, 0.0], [3.0, 4.0]]), np.array([[2.0, 6.0]]))
assert isinstance(got, tuple | list), "Two arrays, please: learned, asked."
assert len(got) == 2, f"Two arrays, learned and asked, not {len(got)}."
assert np.allclose(got[0], [[-1, -1], [1, 1]]), f"Learned: not {got[0]}."
assert np.allclose(got[1], [[0, 2]]), f"Asked: pixel 1 is two spreads up, not {got[1]}."

# %% nbgrader={"grade_id": "standardize-any", "points": 3} tinyml={"objective": "08-leak"}
# 3 points, hidden: pixels without spread, any shape, nothing asked.
### BEGIN HIDDEN TESTS
### HINT: A pixel without spread is 0 in both results, whatever is asked there, without
### HINT: a warning. Is it found where its spread comes out as 1e-16, and is every other
### HINT: pixel left alone, however small its spread? Adding a small number to every
### HINT: spread changes them all. Each pixel has its own mean.
hidden_seed = 43
rng = np.random.default_rng(hidden_seed)
scale = 10.0 ** rng.integers(-20, 3, (6, 8))  # a spread of 1e-20 is a spread
learned = scale * rng.uniform(size=(7, 6, 8))
flat = rng.permutation(48).reshape(6, 8) < 24
learned[:, flat] = rng.uniform(0.1, 1, 24)
asked = learned[:3] + scale * rng.normal(size=(3, 6, 8))
kept = learned.copy()
one, two = standardize(learned, asked)
assert np.array_equal(learned, kept)
middle = kept[:, ~flat].mean(axis=0)
square = np.mean((kept[:, ~flat] - middle) ** 2, axis=0)
for new, old in ((one, learned), (two, asked)):
    assert new.shape == old.shape
    assert not np.any(new[:, flat])
    away = old[:, ~flat] - middle
    assert np.allclose(new[:, ~flat] * np.sqrt(square), away, rtol=1e-6, atol=0)
assert np.shape(standardize(learned, asked[:0])[1]) == (0, 6, 8)
pixels = learned.reshape(7, 48)
assert np.allclose(standardize(pixels, pixels)[0], one.reshape(7, 48))
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: every tree is asked once (6 points)
#
# One group of trees put aside may be a lucky one. In **cross-validation** (chapter
# 08) each picture is asked once, by a model that never met its tree. You are given
# the folds, one number for each *tree*, and two functions: `fit`, which learns, and
# `predict`, which answers. For each fold a model learns all pictures of the other
# folds and answers those of this one.
#
# The score is the mean of the folds' shares of right answers, $\bar a$, and its
# standard error $s/\sqrt{k}$, with
# $s^2 = \frac{1}{k-1}\sum_j (a_j - \bar a)^2$ over the $k$ folds.


# %% nbgrader={"grade_id": "cross-validate", "solution": true}
def cross_validate(x, y, tree, fold_of, fit, predict):
    """Mean and standard error of the share of right answers, over folds of trees.

    x: (n, ...) pictures; y: (n,) int; tree: (n,) the tree of each picture.
    fold_of: dict from tree to the number of its fold, any ints; at least two folds,
    and each has pictures. fit: function from x and y to a model. predict: function
    from a model and x to an array of answers. Returns two floats.
    """
    ### BEGIN SOLUTION
    fold = np.array([fold_of[one] for one in tree.tolist()])
    shares = []
    for number in np.unique(fold):
        held = fold == number
        model = fit(x[~held], y[~held])
        shares.append(np.mean(predict(model, x[held]) == y[held]))
    k = len(shares)
    return float(np.mean(shares)), float(np.std(shares, ddof=1) / np.sqrt(k))
    ### END SOLUTION


# %%
# Try it: folds of trees, and folds of pictures, each picture as its own "tree".
by_tree = cross_validate(
    x, y, tree, {t: t % 4 for t in range(12)}, remember, most_alike
)
every = np.arange(len(x))
by_chance = cross_validate(
    x, y, every, {i: i % 4 for i in range(len(x))}, remember, most_alike
)
print(
    f"pictures put aside by chance: {by_chance[0]:.1%}, give or take {by_chance[1]:.1%}"
)
print(f"whole trees put aside:        {by_tree[0]:.1%}, give or take {by_tree[1]:.1%}")

# %% nbgrader={"grade_id": "cv-value", "points": 2} tinyml={"objective": "08-judge"}
# 2 points: two folds, and a model that always says what it saw most.
### HINT: One share for each fold; then their mean, and k - 1 below the spread.


def fit_most(x, y):
    return int(np.bincount(y).argmax())


def say_most(model, x):
    return np.full(len(x), model)


kinds, trees = np.array([1, 1, 0, 0, 0, 1]), np.array([5, 5, 5, 6, 6, 6])
got = cross_validate(np.zeros((6, 2)), kinds, trees, {5: 0, 6: 1}, fit_most, say_most)
assert np.shape(got) == (2,), "Two numbers: the mean, and its standard error."
assert np.isclose(got[0], 1 / 3), f"Each model is right once in three, not {got[0]}."
assert np.isclose(got[1], 0), f"Both folds are alike: no spread, not {got[1]}."

# %% nbgrader={"grade_id": "cv-spread", "points": 2} tinyml={"objective": "08-judge"}
# 2 points, hidden: folds of different size, folds with any number, the error.
### BEGIN HIDDEN TESTS
### HINT: The mean is over folds, and every fold counts alike, however many pictures it
### HINT: has. The standard error divides by the root of the number of folds.
hidden_seed = 44
rng = np.random.default_rng(hidden_seed)


def first_pixel(model, x):
    return x[:, 0]


for k in (2, 3, 5):
    folds = rng.choice(np.arange(-90, 90), k, replace=False)
    part = rng.permutation([*range(k), *rng.integers(k, size=2 * k)])  # of each tree
    trees = rng.permutation(np.repeat(np.arange(3 * k), rng.integers(1, 9, 3 * k)))
    kinds, said = rng.integers(0, 2, (2, len(trees)))
    shares = [np.mean((said == kinds)[part[trees] == j]) for j in range(k)]
    fold_of = {i: int(folds[part[i]]) for i in range(3 * k)}
    outcome = cross_validate(
        said[:, None], kinds, trees, fold_of, fit_most, first_pixel
    )
    assert np.isclose(outcome[0], sum(shares) / k)
    square = sum((share - sum(shares) / k) ** 2 for share in shares) / (k - 1)
    assert np.isclose(outcome[1], np.sqrt(square / k))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "cv-leak", "points": 2} tinyml={"objectives": ["08-judge", "08-leak"]}
# 2 points, hidden: what each model has met, and what it is asked.
### BEGIN HIDDEN TESTS
### HINT: A fresh model for each fold, from the other folds' rows only, x and y in step;
### HINT: it is asked the rows of its own fold only, all of them, once.
hidden_seed = 45
rng = np.random.default_rng(hidden_seed)
met, told, asked = [], [], []


def note(x, y):
    met.append(sorted(x[:, 0].tolist()))
    told.append(np.array_equal(y, x[:, 0] % 2))
    return len(met)


def answer(model, x):
    asked.append((model, sorted(x[:, 0].tolist())))
    return x[:, 0] % 2


pictures = rng.permutation(1000)[:30, None].astype(float)
trees = rng.permutation([*"abcdef", *rng.choice([*"abcdef"], 24)])
part = dict(zip("abcdef", rng.permutation([0, 0, 1, 1, 2, 2]).tolist(), strict=True))
outcome = cross_validate(pictures, pictures[:, 0] % 2, trees, part, note, answer)
assert np.allclose(outcome, [1, 0])
row_of = np.array([part[tree] for tree in trees.tolist()])
parts = [sorted(pictures[row_of == j, 0].tolist()) for j in range(3)]
assert sorted(rows for _, rows in asked) == sorted(parts)
assert sorted(model for model, _ in asked) == [1, 2, 3]
for model, rows in asked:
    assert met[model - 1] == sorted(set(pictures[:, 0].tolist()) - set(rows))
assert all(told)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: one kernel for all trees (10 points)
#
# A bruise is a small dark spot, on any skin. Chapter 09 found such things with a
# **kernel** that slides over the picture. In this course, as in all libraries for
# networks, the kernel is *not* turned over: with stride $s$ and $p$ zeros put around
# the picture on each side,
#
# $$\text{out}_{i,j} = \sum_{a,b} \text{kernel}_{a,b}\;
#   \text{padded}_{\,s i + a,\; s j + b},$$
#
# for all $i$ and $j$ for which the kernel lies wholly on the padded picture.


# %% nbgrader={"grade_id": "filtered", "solution": true}
def filtered(picture, kernel, stride, padding):
    """Slide a kernel over a picture.

    picture: (height, width), floats or ints. kernel: (rows, columns) float, need not
    be square, and is not larger than the padded picture. stride: int, 1 or more, both
    ways. padding: int, 0 or more, zeros on each of the four sides.
    Returns a float array of two axes. Loops over i and j are welcome.
    """
    ### BEGIN SOLUTION
    padded = np.pad(picture, padding)
    rows, columns = kernel.shape
    high = (padded.shape[0] - rows) // stride + 1
    wide = (padded.shape[1] - columns) // stride + 1
    out = np.zeros((high, wide))
    for i in range(high):
        for j in range(wide):
            top, left = i * stride, j * stride
            out[i, j] = np.sum(kernel * padded[top : top + rows, left : left + columns])
    return out
    ### END SOLUTION


# %%
# Try it: dark in the middle, bright around, zero on even skin. Its strongest answer
# is one number for a picture, and a threshold on that number is the whole model. (It
# looks at every second place of every second row: a bruise is wider than that.)
ring = np.array([[1, 1, 1, 1, 1], [1, -1, -2, -1, 1], [1, -2, -4, -2, 1]]) / 16.0
spot = np.vstack([ring, ring[1::-1]])
spot = spot - spot.mean()


def best_threshold(answers, y):
    """The threshold that is right about most of the learned pictures."""
    return max(np.unique(answers), key=lambda t: np.mean((answers >= t) == y))


def above(threshold, answers):
    return (answers >= threshold).astype(int)


strongest = np.array([filtered(picture, spot, 2, 0).max() for picture in x])
four = {t: t % 4 for t in range(12)}
found = cross_validate(strongest, y, tree, four, best_threshold, above)
print(f"one kernel, whole trees put aside: {found[0]:.1%}, give or take {found[1]:.1%}")

# %% nbgrader={"grade_id": "filtered-value", "points": 2} tinyml={"objective": "09-convolve"}
# 2 points: stride 1, without padding.
### HINT: How often does a kernel of 2 fit on a side of 3? Put it down, multiply, add.
ramp = np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 4.0], [0.0, 0.0, 1.0]])
got = np.asarray(filtered(ramp, np.array([[-1.0, 1.0], [-1.0, 1.0]]), 1, 0))
assert got.shape == (2, 2), f"A 2 x 2 kernel fits 2 x 2 times, not {got.shape}."
assert not np.allclose(got, -np.array([[2, 4], [1, 3]])), "Your kernel is turned over."
assert np.allclose(got, [[2, 4], [1, 3]]), f"Not yet:\n{got}"

# %% nbgrader={"grade_id": "filtered-steps", "points": 2} tinyml={"objective": "09-convolve"}
# 2 points, hidden: stride and padding.
### BEGIN HIDDEN TESTS
### HINT: The padding comes first, on all four sides, and the stride moves the kernel on
### HINT: the padded picture, both ways. What does not fit any more is left out.
hidden_seed = 46
rng = np.random.default_rng(hidden_seed)
for side, k, stride, padding in (
    (4, 3, 2, 1),
    (4, 1, 3, 0),
    (9, 2, 3, 1),
    (7, 4, 2, 3),
    (5, 2, 2, 0),
    (2, 6, 1, 2),
):
    even, one = rng.normal(size=(side, side)), rng.normal(size=(k, k))
    around = np.zeros((side + 2 * padding, side + 2 * padding))
    around[padding : padding + side, padding : padding + side] = even
    every = np.lib.stride_tricks.sliding_window_view(around, (k, k))
    expected = np.einsum("ijab,ab->ij", every[::stride, ::stride], one)
    got = filtered(even, one, stride, padding)
    assert np.shape(got) == expected.shape
    assert np.allclose(got, expected)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "filtered-any", "points": 2} tinyml={"objective": "09-convolve"}
# 2 points, hidden: pictures and kernels that are not square, and whole numbers.
### BEGIN HIDDEN TESTS
### HINT: Rows belong to the height and columns to the width, of the picture and of the
### HINT: kernel. The kernel stays as it is. What is the type of your result if the
### HINT: picture holds ints? Nothing that was given may change.
hidden_seed = 47
rng = np.random.default_rng(hidden_seed)
picture, kernel = rng.normal(size=(5, 8)), rng.normal(size=(2, 3))
before = picture.copy(), kernel.copy()
got = filtered(picture, kernel, 1, 0)
assert np.shape(got) == (4, 6)
windows = np.lib.stride_tricks.sliding_window_view(picture, (2, 3))
assert np.allclose(got, np.einsum("ijab,ab->ij", windows, kernel))
got = filtered(picture, kernel[:, :1], 2, 1)
windows = np.lib.stride_tricks.sliding_window_view(np.pad(picture, 1), (2, 1))
assert np.allclose(got, np.einsum("ijab,ab->ij", windows, kernel[:, :1])[::2, ::2])
assert np.array_equal(picture, before[0])
assert np.array_equal(kernel, before[1])
whole = rng.integers(1, 100, (1, 9))
got = filtered(whole, np.array([[0.5, 0.25]]), 1, 0)
assert np.allclose(got, whole[:, :-1] / 2 + whole[:, 1:] / 4)
### END HIDDEN TESTS

# %% [markdown]
# How many values come out, before anything is computed? Libraries know two ways to
# pad. `"valid"` adds nothing. `"same"` adds as many zeros as it takes for one answer
# at every `stride`-th pixel, that is $\lceil n / s \rceil$ answers on a side of $n$
# pixels; where their number is odd, the extra zero comes **at the end**. (That is how
# TensorFlow does it; zeros are never taken away.)


# %% nbgrader={"grade_id": "sides", "solution": true}
def sides(size, kernel, stride, padding):
    """Answers along one side of a picture, and the zeros put before and after it.

    size, kernel, stride: ints of 1 or more; padding: "valid" or "same". With
    "valid" the kernel is not larger than the picture.
    Returns (answers, before, after), three ints.
    """
    ### BEGIN SOLUTION
    if padding == "valid":
        return (size - kernel) // stride + 1, 0, 0
    answers = -(-size // stride)
    zeros = max((answers - 1) * stride + kernel - size, 0)
    return answers, zeros // 2, zeros - zeros // 2
    ### END SOLUTION


# %%
# Try it: 16 pixels, kernels of 3, 4 and 5, a stride of 2.
for kernel in (3, 4, 5):
    print(kernel, sides(16, kernel, 2, "valid"), sides(16, kernel, 2, "same"))

# %% nbgrader={"grade_id": "sides-value", "points": 2} tinyml={"objective": "09-shape"}
# 2 points: a side of 16 pixels.
### HINT: With "valid", count the places at which the kernel can begin.
got = sides(16, 5, 1, "valid")
assert np.shape(got) == (3,), "Three numbers: answers, zeros before, zeros after."
assert tuple(got) == (12, 0, 0), f"A kernel of 5 begins at pixels 0 to 11: not {got}."
got = tuple(sides(16, 5, 2, "valid"))
assert got == (6, 0, 0), f"At pixels 0, 2, 4, ... 10: not {got}."
got = tuple(sides(16, 5, 1, "same"))
assert got == (16, 2, 2), f"As many answers as pixels, two zeros each side: not {got}."

# %% nbgrader={"grade_id": "sides-any", "points": 2} tinyml={"objective": "09-shape"}
# 2 points, hidden: any sizes and strides.
### BEGIN HIDDEN TESTS
### HINT: With "same", where does the last kernel begin, and where does it end? That
### HINT: says how many zeros are missing. Half of them, rounded down, come first, and
### HINT: it may be that none are needed. Whole numbers only.
hidden_seed = 48
rng = np.random.default_rng(hidden_seed)
for _ in range(24):
    size, kernel, stride = (int(n) for n in rng.integers(1, [30, 10, 8]))
    places = range(0, size, stride)  # an answer at each of them
    zeros = max(places[-1] + kernel - size, 0)
    got = tuple(sides(size, kernel, stride, "same"))
    assert got == (len(places), zeros // 2, zeros - zeros // 2)
    assert all(isinstance(value, (int, np.integer)) for value in got)
    size = kernel + int(rng.integers(20))
    got = tuple(sides(size, kernel, stride, "valid"))
    assert got == (len(range(0, size - kernel + 1, stride)), 0, 0)
    assert all(isinstance(value, (int, np.integer)) for value in got)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: what a layer costs (6 points)
#
# A network learns its kernels. What one layer of it costs on the board is counted
# before a single weight is known: its **parameters** are bytes in flash, its
# **multiply-accumulates** (MACs) are time. Pictures now have channels, and shapes are
# `(height, width, channels)`; for a dense layer they are `(n,)`.
#
# | kind | each output channel | parameters |
# |---|---|---|
# | `"conv"` | looks through a kernel at **all** input channels | its kernel, a bias |
# | `"depthwise"` | looks through a kernel at **one** channel | its kernel, a bias |
# | `"pool"` | is the largest of each window of one channel | none |
# | `"dense"` | (one number) looks at all inputs | a weight for each, a bias |
#
# A bias is added without a multiplication, and a maximum is no MAC.


# %% nbgrader={"grade_id": "layer-bill", "solution": true}
def layer_bill(kind, kernel, shape_in, shape_out):
    """Parameters and MACs of one layer.

    kind: "conv", "depthwise", "pool" or "dense". kernel: (rows, columns) of it, or
    None for "dense". shape_in, shape_out: (height, width, channels), or (n,) for
    "dense". Returns (parameters, macs), two ints.
    """
    ### BEGIN SOLUTION
    if kind == "pool":
        return 0, 0
    if kind == "dense":
        return (shape_in[0] + 1) * shape_out[0], shape_in[0] * shape_out[0]
    taps = kernel[0] * kernel[1] * (shape_in[2] if kind == "conv" else 1)
    height, width, channels = shape_out
    return (taps + 1) * channels, height * width * channels * taps
    ### END SOLUTION


# %%
# Try it: a network for your camera. Which layer fills the flash, which takes the time?
network = [
    ("conv", (5, 5), (16, 16, 1), (8, 8, 6)),
    ("depthwise", (3, 3), (8, 8, 6), (8, 8, 6)),
    ("conv", (1, 1), (8, 8, 6), (8, 8, 12)),
    ("pool", (2, 2), (8, 8, 12), (4, 4, 12)),
    ("dense", None, (192,), (2,)),
]
for layer in network:
    parameters, macs = layer_bill(*layer)
    print(f"{layer[0]:>9}: {parameters:4d} parameters, {macs:6d} MACs")

# %% nbgrader={"grade_id": "bill-plain", "points": 2} tinyml={"objective": "09-shape"}
# 2 points: one input channel, and a dense layer.
### HINT: One bias for each output channel. How often is each weight used?
got = layer_bill("conv", (5, 5), (16, 16, 1), (8, 8, 6))
assert np.shape(got) == (2,), "Two numbers, please: parameters, MACs."
assert got[0] == 156, f"Six kernels of 25 weights and six biases: not {got[0]}."
assert got[1] == 9600, f"25 MACs for each of 8 x 8 x 6 outputs: not {got[1]}."
got = tuple(layer_bill("dense", None, (192,), (2,)))
assert got == (386, 384), f"Dense, 192 to 2: (386, 384), not {got}."

# %% nbgrader={"grade_id": "bill-channels", "points": 2} tinyml={"objective": "09-shape"}
# 2 points, hidden: several channels in, kernels that are not square, pooling.
### BEGIN HIDDEN TESTS
### HINT: A kernel of "conv" is as deep as its input has channels. Where are weights
### HINT: shared, and what is shared by nobody? Pooling has neither weights nor MACs.
hidden_seed = 49
rng = np.random.default_rng(hidden_seed)
for kernel in ((3, 3), (1, 1), (1, 7), (4, 2), (5, 3)):
    depth, high, wide, count = (int(n) for n in rng.integers(2, 30, 4))
    sides_in = high + kernel[0] - 1, wide + kernel[1] - 1
    weights = np.ones((*kernel, depth, count))
    got = tuple(layer_bill("conv", kernel, (*sides_in, depth), (high, wide, count)))
    assert got == (weights.size + count, weights.size * high * wide)
    pool = layer_bill("pool", kernel, (*sides_in, depth), (high // 2 + 1, wide, depth))
    assert tuple(pool) == (0, 0)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "bill-depthwise", "points": 2} tinyml={"objective": "09-shape"}
# 2 points, hidden: depthwise layers, also with more channels out than in.
### BEGIN HIDDEN TESTS
### HINT: One input channel for each output channel: the depth of its kernel is one,
### HINT: however many channels there are. A channel may be looked at by several
### HINT: kernels.
hidden_seed = 50
rng = np.random.default_rng(hidden_seed)
for many in (1, 2, 3):
    for kernel in ((3, 3), (3, 5), (1, 1)):
        depth, high, wide = (int(n) for n in rng.integers(2, 30, 3))
        shape_in = high + kernel[0] - 1, wide + kernel[1] - 1, depth
        got = layer_bill("depthwise", kernel, shape_in, (high, wide, depth * many))
        weights = np.ones((*kernel, depth, many))
        assert got[0] == weights.size + depth * many
        assert got[1] == weights.size * high * wide
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* The maker's program was right about most pictures put aside by
#    chance, and much less often about whole trees put aside. Say what it had learned
#    instead of bruises, and which of the two figures you would print on the box for
#    a buyer with another orchard, and why.
# 2. *(2 points)* One dense layer from the 256 pixels to 256 outputs, or one 5 x 5
#    convolution with "same" padding and one kernel: both give 256 numbers. Compare
#    their parameters and their MACs, and give one reason, besides size, why the
#    convolution will see a bruise in a corner where no learned picture had one.

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["08-leak", "09-convolve"]}
# 1. It compares whole pictures, and the skin of a tree is most of a picture. So it
#    finds the tree, and answers with the hail that fell on it. Pictures put aside by
#    chance come from trees it knows, so the figure holds for those trees only. The
#    figure for whole trees is the one for other orchards; it belongs on the box.
# 2. Dense: 256 x 257 = 65,792 parameters and 65,536 MACs. Convolution: 26
#    parameters and 6,400 MACs. The kernel uses the same weights at every place,
#    so what it learned in the middle holds in the corner; the dense layer has
#    a weight for every pixel, and those of the corner never saw a bruise.
#
# Rubric: 1. one point for recognizing the tree (skin, hail), not only "overfitting";
# one point for the figure by trees, with the reason that the buyer's trees are new.
# 2. one point for all four numbers, or for both ratios; one point for weights that
# are shared (the same kernel everywhere). "Fewer parameters" alone earns nothing.

# %% [markdown]
# ## What you have done
#
# You **found** the pictures that gave the answer away, **put aside** whole trees,
# **asked** every tree once, **wrote** the operation that sees bruises on any skin, and
# **counted** what a layer of it costs. Chapter 10 lets a network find such kernels
# itself, and problem set 5 gives it a budget.
