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

# %% [markdown] tinyml={"objectives": ["12-slices","12-mend","12-look","12-attack","12-card"]}
# # Whose data?
#
# A small satellite looks for boats, so that nobody need look at picture after picture
# of empty water. It learned from an archive, and on new pictures like those of the
# archive it does well. Then it is switched on over another sea, where people fish from
# small wooden boats. Below, what it may meet: two pictures of each kind, 32 by 32
# pixels of 2 m. Which kind will it miss?
#
# **You will**
#
# * **read** errors by group, published ones and your own, with their intervals;
# * **mend** a model that learned from the wrong sea, and choose its threshold;
# * **ask** a model what it looks at, and whether its answer means anything;
# * **attack** your own model, in floats and on the board;
# * **write** down what leaves the device, what a model remembers, and a model card.
#
# **You need** chapters 04 (recall, precision, ROC), 08 (int8, leaks) and 10
# (convolutional networks). About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "12-slices", "role": "explain"}
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.neural_network import MLPClassifier

from tinyml_course import graph, plots, quantize, report, train, verify
from tinyml_course.datasets import boats_fair
from tinyml_course.scratch.logistic import auc
from tinyml_course.scratch.slices import slices_markdown
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
archive, valid, test = map(boats_fair.load, ("archive", "validation", "test"))
KINDS = ["north steel", "north wood", "tropics steel", "tropics wood"]
EMPTY = ["north empty", "tropics empty"]
ORDER = [*EMPTY[::-1], *KINDS[::-1]]  # from below
fig, axes = plt.subplots(2, 6, figsize=(6, 2.5))
for column, kind in zip(axes.T, KINDS + EMPTY, strict=True):
    column[0].set_title(kind.replace(" ", "\n"), fontsize=10, loc="center")
    for ax, row in zip(column, np.flatnonzero(test["slice"] == kind)[2:4], strict=True):
        ax.imshow(test["x"][row, ..., 0], cmap="gray", vmin=0, vmax=1)
        ax.axis("off")
alt = "Grey patches of sea; steel hulls stand out, wooden ones are small and faint."
plots.show(fig, alt=alt)

# %% [markdown]
# ## Who is in the archive
#
# The pictures are drawn by the generator of chapter 09, so that we know what each of
# them shows; the way this archive came about is taken from life. Large ships must
# carry a radio (AIS) that tells where they are: for them a label costs nothing. Small
# wooden boats carry none; somebody has to look for them, and nobody was paid to look
# for long. The customer sits in the north. So the archive holds the boats that were
# easy to label, where it was easy to look, and a great deal of water in which nobody
# saw anything.
#
# From these the network below was trained (beforehand: the recipe is
# `datasets/boats_fair/make.py`, and it takes half a minute). It is one of chapter 10's:
# three convolutions of 8, 16 and 32 channels, each with batch norm and ReLU, then the
# largest value of each channel, then two probabilities.
#
# How good is it? The test pictures were never trained on, 250 of each kind. An engineer
# who has only the archive would test on pictures mixed *like the archive*; so let each
# kind count as often as it occurs there.

# %% tinyml={"objective": "12-slices", "role": "explain"}
model = boats_fair.model("archive")
first_scores = model.predict(test["x"], verbose=0)[:, 1]  # (1500,) of a boat
first_said = first_scores > 0.5
right = first_said == test["y"]
shares = {kind: np.mean(archive["slice"] == kind) for kind in KINDS + EMPTY}
like_archive = sum(shares[k] * right[test["slice"] == k].mean() for k in shares)
plots.say(
    "| what | pictures in the archive |\n|---|---|\n"
    + "\n".join(f"| {k} | {np.sum(archive['slice'] == k):,} |" for k in KINDS + EMPTY)
)
plots.say(
    f"{model.count_params():,} weights. Of new pictures mixed like the archive, "
    f"**{like_archive:.1%}** are answered right."
)

# %% [markdown]
# That number goes into the report, and the satellite over the tropics.

# %% tags=["hide-input"] tinyml={"objective": "12-slices", "role": "predict"}
wooden = test["slice"] == "tropics wood"
Predict(
    f"{like_archive:.0%} right. Of 100 wooden boats in the tropics, how many does it "
    "find?",
    answer=round(100 * first_said[wooden].mean()),
    unit="of 100",
    explain="No bug, no overfitting as chapter 07 knows it, and no test row leaked. "
    "Ten wooden boats of the tropics in two thousand pictures were few enough to cost "
    "nothing in the loss, and few enough not to be noticed in the test.",
)

# %% [markdown]
# ## Slices, and how sure they are
#
# A **slice** is a part of the test set that shares something: a region, a hull, an
# hour. The remedy against one number for all is one number for each slice. But slices
# are small, and shares of small counts jump. By how much? Each boat is found with
# probability $p$ or not, 1 or 0: a variance of $p(1 - p)$. The noise of a mean of $n$
# falls like $1/\sqrt n$ (chapter 07), so the share found, $\hat p$, lies about
# $\sqrt{p (1 - p) / n}$ from $p$. We do not know $p$. Put $\hat p$ in its place, and
# ten found of ten have an error of zero: nonsense, ten boats do not prove perfection.
#
# Ask the other way round: which true shares $p$ would make our $\hat p$ no surprise,
# that is, lie within $z = 1.96$ of *their own* errors, as it does 19 times of 20?
#
# $$|\hat p - p| \le z \sqrt{p (1 - p) / n}$$
#
# Square it, and it is a quadratic in $p$ with two ends, **Wilson's interval** (1927),
#
# $$\frac{1}{1 + z^2/n}\left(\hat p + \frac{z^2}{2n}
# \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}\right).$$


# %% tinyml={"objective": "12-slices", "role": "explain"}
def wilson(hits, n, z=1.96):
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(max(middle - half, 0)), float(min(middle + half, 1))


plots.say(
    "| found | of | interval |\n|---|---|---|\n"
    + "\n".join(
        "| {} | {} | {:.1%} to {:.1%} |".format(hits, n, *wilson(hits, n))
        for hits, n in [(0, 0), (1, 1), (10, 10), (100, 100), (5, 10), (50, 100)]
    )
)

# %% [markdown]
# Ten of ten says "better than seventy in a hundred", no more; no boat at all says
# nothing, as it should. Now a function that takes any model's answers apart.


# %% tinyml={"objective": "12-slices", "role": "explain"}
def slice_table(y, said, slices):
    y, said, slices = np.asarray(y) == 1, np.asarray(said) == 1, np.asarray(slices)
    rows = []
    for name in np.unique(slices):
        here = slices == name
        hits, boats = np.sum(here & y & said), np.sum(here & y)
        alarms, empty = np.sum(here & ~y & said), np.sum(here & ~y)
        low, high = wilson(hits, boats)
        both = boats and empty and hits + alarms
        rows.append(
            {
                "slice": str(name), "n": int(here.sum()), "positives": int(boats),
                "recall": hits / boats if boats else np.nan, "low": low, "high": high,
                "precision": hits / (hits + alarms) if both else np.nan,
                "false_alarms": alarms / empty if empty else np.nan,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: np.nan_to_num(row["recall"], nan=2.0))


for column in ("region", "hull", "slice"):
    plots.say(slices_markdown(slice_table(test["y"], first_said, test[column])))

# %% [markdown]
# Read the tables against each other. By region alone the tropics look bad, by hull
# alone wood looks bad; where the two meet it is worse than either. A slice along one
# line can hide what happens where lines cross. (By `hull` there is a row without a
# name, the empty pictures: nothing to find there, so no recall.)
#
# Precision depends on how many empty pictures stand beside the boats, fewer here than
# at sea; false alarms and recall do not. Within one slice those two hold for any
# mixture; precision and accuracy belong to one. So a number from the archive could be
# true, and mean nothing over another sea.

# %% [markdown]
# ## Your turn: a promise
#
# What can you promise to *everyone* who may be in a picture? Not the mean, and not the
# worst recall as counted, which may be luck. Take the lower end of each slice's
# interval, and of those the lowest.


# %% tinyml={"objective": "12-slices", "role": "exercise"}
def promise(y, said, slices):
    """The recall that holds in every slice that has boats: the lowest `low`."""
    # your lines go here; slice_table(y, said, slices) gives the rows
    # afterwards, for the model above: promise(test["y"], first_said, test["slice"])


# %% tags=["hide-input"] tinyml={"objective": "12-slices", "role": "check"}
def test_promise():
    y = np.repeat([1, 1, 0], [40, 5, 30])
    found = np.repeat([1, 0, 1, 0], [30, 10, 4, 31])
    kinds = np.repeat(["many", "few", "none"], [40, 5, 30])
    got = promise(y, found, kinds)
    if got is None or np.ndim(got) or isinstance(got, (str, dict)):
        return "One number should come back, by `return`: no table, no name."
    few, many = slice_table(y, found, kinds)[1::-1]
    hints = {
        0.0: "A slice without a boat cannot break a promise. Leave it out.",
        many["recall"]: "A share as counted. Which end of its interval is sure?",
        many["low"]: "Very few boats may promise less than a worse share of many.",
        (many["low"] + few["low"]) / 2: "A mean again: somebody is below it.",
        many["high"]: "That is an upper end: what you may hope for.",
        few["low"]: None,
    }
    close = [hint for value, hint in hints.items() if np.isclose(got, value)]
    return close[0] if close else "Collect `low` of each slice that has boats."


Check(
    "`promise(y, said, slices)` gives the recall that can be promised to every slice.",
    test=test_promise,
    reveal="The worksheet of this part asks for a model by this number.",
)

# %% [markdown]
# ## The same with people
#
# In 2018 Joy Buolamwini and Timnit Gebru asked three companies' products the question
# that you have just asked. The products took a photograph of a face and answered
# "female" or "male". The two researchers put together portraits of 1,270 members of
# six parliaments, three African and three Nordic, so that women and men, darker and
# lighter skin were all well represented, and counted the errors by slice. The figures
# below are **published** ones; what we computed from them is marked.
#
# Two words of care. *Darker* and *lighter* are the two halves of Fitzpatrick's scale,
# made by dermatologists, and people chose the halves by looking. And "female or male"
# is what the products offered; it was read from names, titles and appearance, and
# nobody in the pictures was asked. A label is what somebody said about somebody else.

# %% tags=["hide-input"] tinyml={"objective": "12-slices", "role": "predict"}
GROUPS = ["darker women", "darker men", "lighter women", "lighter men"]
FIRMS = ["Microsoft", "Face++", "IBM"]
ERROR = np.array(  # per cent, Buolamwini and Gebru (2018): a row for each group
    [[20.8, 34.5, 34.7], [6.0, 0.7, 12.0], [1.7, 6.0, 7.1], [0.0, 0.8, 0.3]]
)
PRINTED = np.array([6.3, 10.0, 12.1])  # all portraits together


def mixture(darker_women, darker, women):  # the other three follow
    men, lighter_women = darker - darker_women, women - darker_women
    return np.array([darker_women, men, lighter_women, 100 - darker - lighter_women])


PORTRAITS, IJBA = mixture(21.3, 46.4, 44.6), mixture(4.4, 100 - 79.6, 24.6)
ibm = ERROR[:, 2]
of_all = ibm * PORTRAITS / (ibm @ PORTRAITS)
Predict(
    "IBM's product was wrong about one portrait in eight. One of the four groups has "
    "more of these errors than the other three together. Which?",
    options=GROUPS, answer=GROUPS[of_all.argmax()],
    explain=f"{PORTRAITS[0]:.0f} of 100 portraits, {100 * of_all[0]:.0f} of 100 "
    f"errors: wrong {ibm[0]} times in a hundred, against {ibm[3]} for lighter men.",
)  # fmt: skip

# %% tags=["hide-input"] tinyml={"objective": "12-slices", "role": "explain"}
fig, ax = plt.subplots(figsize=(5.8, 3))
counts = np.round(PORTRAITS * 12.70)  # of the 1,270 portraits
for shift, firm, errors in zip((0.2, 0, -0.2), FIRMS, ERROR.T, strict=True):
    y_at = np.arange(4)[::-1] + shift
    ends = [wilson(e * n / 100, n) for e, n in zip(errors, counts, strict=True)]
    (line,) = ax.plot(errors, y_at, "o", label=firm)
    ax.hlines(y_at, *(100 * np.array(ends).T), color=line.get_color(), lw=1.5)
ax.set_yticks(range(4), GROUPS[::-1])
ax.set(xlabel="wrong answers (%, published), Wilson's interval", xlim=(-1, 42))
ax.legend(loc="lower right")
alt = "Errors near zero for lighter men, and 21 to 35 percent for darker women."
plots.show(fig, alt=alt)
rows = [*zip(GROUPS, ERROR, strict=True), ("all, printed", PRINTED)]
rows += [("*all, from the groups*", PORTRAITS @ ERROR / 100)]
rows += [("*all, mixed like IJB-A*", IJBA @ ERROR / 100)]
head = "| % wrong | " + " | ".join(FIRMS) + " |\n" + "|---" * 4 + "|\n"
plots.say(
    head
    + "\n".join(f"| {n} | " + " | ".join(f"{v:.1f}" for v in r) + " |" for n, r in rows)
)
needed = ERROR[2, 1] + (100 * PRINTED[1] - PORTRAITS @ ERROR[:, 1]) / PORTRAITS[2]
plots.say(
    "In italics: computed here. The printed total of Face++ would need an error of "
    f"{needed:.1f} among lighter women, instead of {ERROR[2, 1]}."
)

# %% [markdown]
# What does the total hide? A buyer who reads "nine of ten right" does not learn that
# one darker woman in three gets the wrong answer. And the total belongs to *this*
# mixture: in that of IJB-A, a collection by which machines that read faces were judged
# at the time, every product looks better without having changed. Most of IJB-A is
# lighter men.
#
# The rows in italics are a habit worth having: **compute what you are told.** The mean
# of the groups, weighted by their shares, must be the total. For two products it is.
# For Face++ it is not, so some figure of that column, as it went around the world, is
# off. The conclusion does not hang on it.
#
# Raji and Buolamwini (2019) asked the same products again some months after the first
# figures had been made public, and two more. Wrong, in per cent, in August 2018:
#
# | product | darker women | all |
# |---|---|---|
# | Microsoft | 1.52 | 0.48 |
# | Face++ | 4.1 | 1.6 |
# | IBM | 16.97 | 4.41 |
# | Amazon | 31.37 | 8.66 |
# | Kairos | 22.50 | 6.60 |
#
# The first three had been mended, mostly for the people they had served worst. What had
# been missing was somebody who counted. The last two products had *not* been named in
# the first study, and erred on darker women about as often as the named ones once had.
#
# Fewer errors are not the end of the questions. Should a machine tell women from men
# by their faces at all, for whom, and who is asked? A table cannot say. It can say
# that "it works" was not true for everybody.
#
# ## Why the ages come out wrong
#
# CS249r shows another published picture: a network learned to tell ages from
# photographs in Wikipedia, and its predictions are drawn against the true ages, beside
# the line of perfect accuracy. They leave that line. In a survey of 92 collections of
# faces (Park et al. 2021) five stated that they include people above 65, and one that
# it includes people above 85. We have no photographs here, and can only make a model
# of how such an error comes about: a face tells its age with noise, and a line is
# fitted to what was collected.


# %% tinyml={"objective": "12-slices", "role": "explore"}
def age_picture(noise, spread):
    rng = np.random.default_rng(0)
    age = np.clip(rng.normal(42, spread, 4000), 1, 100)  # who was photographed
    look = age + rng.normal(0, noise, len(age))  # what the face tells
    w, b = np.polyfit(look, age, 1)  # chapter 02
    true = np.arange(5, 100, 5)
    fig, ax = plt.subplots(figsize=(5.2, 3.4))
    style = {"color": "#cfe2f3", "label": "collected"}
    ax.hist(age, range(0, 101, 5), weights=np.full(4000, 0.02), **style)
    ax.plot([0, 100], [0, 100], color=GREY, ls="--", lw=1.5, label="perfect")
    ax.plot(true, w * true + b, color=RED, label="mean prediction")
    ax.set(xlim=(0, 100), xlabel="true age (years)")
    ax.set(ylim=(0, 100), ylabel="predicted age (years)")
    ax.legend(loc="upper left")
    old, young = w * 80 + b, w * 10 + b
    return fig, f"A person of 80 is taken for {old:.0f}, a child of 10 for {young:.0f}."


Explore(
    age_picture,
    noise=Slider(0, 20, 5, 15, "noise of a face (years)"),
    spread=Slider(8, 28, 10, 18, "spread of the ages collected (years)"),
    look="What flattens the line: noise, or who was collected? Does one suffice?",
    alt="A histogram of simulated ages, a dashed diagonal and a flatter red line.",
)

# %% [markdown]
# When the picture leaves doubt, the best guess in the mean leans to the ages that were
# common in the collection. That is right in the mean, and wrong for every person at
# the edge, always in the same direction. It is no malice of the model; it is what we
# asked it for. It becomes injustice where the answer decides something.

# %% [markdown]
# Four doors let bias in: who was **sampled**, who gave the **labels**, what the
# **measure** counts, and where the model is **used**: on another sea than its own
# (**shift**). A better network opens none of them, and closes none.

# %% [markdown]
# ## Mend it: weigh, repeat, collect
#
# Back at sea. The first idea costs nothing: let the rare kinds count more. If group
# $g$ has $n_g$ of $n$ rows and there are $k$ groups, then with the weight
#
# $$v_g = \frac{n}{k\, n_g}$$
#
# for each of its rows, all groups weigh the same in the loss, and the sum of all
# weights is still $n$.


# %% tinyml={"objective": "12-mend", "role": "explain"}
def balance(groups):
    names, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return (len(groups) / (len(names) * counts))[place]


boats = archive["slice"][archive["y"] == 1]
v = balance(boats)
plots.say(
    "| boats | in the archive | weight of each | of all |\n|---|---|---|---|\n"
    + "\n".join(
        f"| {k} | {np.sum(boats == k)} | {v[boats == k][0]:.2f} | "
        f"{v[boats == k].sum():.0f} |"
        for k in KINDS
    )
)

# %% tags=["hide-input"] tinyml={"objective": "12-mend", "role": "check"}
Check(
    "An archive has 900 steel boats and 100 wooden ones. What weight does a wooden one "
    "get?",
    answer=5,
    tolerance=0.01,
    mistakes={
        9: "That is how often a wooden one counts against a steel one. But the weights "
        "of all must still add up to the number of rows.",
        10: "All rows over those of the group. And how many groups share the sum?",
        0.56: "That is a steel one's. Which group is rare?",
        0.1: "That is the group's share. A rare group needs more weight, not less.",
        0.2: "Upside down: with that weight the rare group would vanish.",
    },
    low="Too light: all wooden ones together must weigh as much as all steel ones.",
    high="Too heavy: all wooden ones together would outweigh the steel ones.",
    reveal="1,000 / (2 * 100): then each group weighs 500 in all.",
)

# %% [markdown]
# Five ways, all with the network and the epochs of before:
#
# * **as it is**: the archive;
# * **weigh**: the four kinds of boats weigh the same, as just computed;
# * **repeat**: the same by drawing rows again and again, with the weights as chances;
# * **more of the same**: 300 pictures more, mixed like the archive;
# * **what is missing**: 300 pictures more, 100 of each kind of boat that was rare.
#
# The last two cost the same money. A comparison must be fair in another way too: a
# model that says "boat" more often finds more boats. So each gets a threshold of its
# own at which one in twenty empty pictures of the *validation* rows raises an alarm.

# %% tags=["hide-input"] tinyml={"objective": "12-mend", "role": "predict"}
tried = boats_fair.sweep()
recipes = tried["recipes"].tolist()
no_boat = valid["y"] == 0
# float32: half-precision scores are coarse, and a quantile of them coarser still
cut = np.quantile(tried["validation"][..., no_boat].astype(np.float32), 0.95, axis=2)
hits = tried["test"] > cut[..., None]  # (recipes, seeds, rows)
worst = hits[..., wooden].mean(axis=2)  # of tropics wood
Predict(
    "Which way finds most of the wooden boats in the tropics?",
    options=recipes,
    answer=recipes[int(worst.mean(axis=1).argmax())],
    explain="By the mean over three seeds; the picture shows every one of them.",
)

# %% tinyml={"objective": "12-mend", "role": "explain"}
alarms = hits[..., test["y"] == 0].mean(axis=2)
steel = hits[..., test["slice"] == "north steel"].mean(axis=2)
fig, ax = plt.subplots(figsize=(5.8, 3.2))
for number, kind in enumerate(KINDS):
    share = hits[..., test["slice"] == kind].mean(axis=2)  # (recipes, seeds)
    hue = [plots.COLORS[c] for c in ("blue", "sky", "orange", "vermillion")][number]
    for seed in range(share.shape[1]):
        label = kind if seed == 0 else None
        y_at = np.arange(5)[::-1] + 0.24 - 0.16 * number
        ax.plot(share[:, seed], y_at, "o", color=hue, ms=6, label=label)
ax.set_yticks(range(5), recipes[::-1])
ax.set(xlabel="recall on the test pictures, three seeds each", xlim=(0, 1.02))
ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.2), ncols=2)
alt = "Dots for five recipes and four kinds of boats; what is missing is best for wood."
plots.show(fig, alt=alt)
plots.say(
    "| way | tropics wood: mean of three seeds (lowest to highest) | north steel "
    "| false alarms |\n|---|---|---|---|\n"
    + "\n".join(
        f"| {r} | {w.mean():.1%} ({w.min():.1%} to {w.max():.1%}) | {s.mean():.1%} | "
        f"{a.mean():.1%} |"
        for r, w, s, a in zip(recipes, worst, steel, alarms, strict=True)
    )
)

# %% [markdown]
# Look at the dots, not only at the means. Weights make no pictures: ten boats that
# count nineteen times each are still ten boats, and the other kinds pay for it with
# recall of their own. Between the seeds, *weigh* and *repeat* scatter by more than they
# gain; with one seed each you could have "shown" whatever you liked. More of the same
# helps a little everywhere. The same money spent where the archive was empty helps
# most, with every seed, and costs the northern steel little.
#
# (More false alarms do not explain it: *repeat* raises as many. That all of them raise
# more than one in twenty is Wilson again: the threshold rests on 200 pictures.)
#
# And it is still not good. *Mended* is what we call it below, but a wooden boat is
# found about as often as a coin would say, and the true end of this section is: go on
# collecting.
#
# ## One threshold, or which?
#
# A score is not yet an answer; the threshold makes it one, and it is a choice about
# people. The **mended** model below has seen what was missing.

# %% tinyml={"objective": "12-mend", "role": "explore"}
mended = boats_fair.model("mended")
mended_scores = mended.predict(test["x"], verbose=0)[:, 1]
scores = {"archive": first_scores, "mended": mended_scores}


def threshold_picture(name, threshold):
    table = slice_table(test["y"], scores[name] >= threshold, test["slice"])
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    for row in table:
        place, ends = ORDER.index(row["slice"]), (row["low"], row["high"])
        ax.plot(row["recall"], place, "o", color=BLUE, ms=7)
        ax.plot(row["false_alarms"], place, "s", color=RED, ms=7)
        ax.hlines(place, *(ends if row["positives"] else (0, 0)), color=BLUE, lw=3)
    ax.set_yticks(range(6), ORDER)
    ax.set(xlim=(-0.02, 1.02), xlabel="share found (blue), false alarms (red)")
    low = min(row["low"] for row in table if row["positives"])
    alarms = np.mean(scores[name][test["y"] == 0] >= threshold)
    return fig, f"promise to every kind of boat: {low:.0%}; false alarms: {alarms:.1%}"


Explore(threshold_picture, name=Choice(["archive", "mended"], "archive", "model"),
    threshold=Slider(0.05, 0.95, 0.1, 0.45, "threshold"), frames=20,
    look="Which model can promise nine of ten to every kind of boat? At what cost?",
    alt="Recall of four kinds of boats with intervals; false alarms over two seas.",
)  # fmt: skip

# %% [markdown]
# The threshold moves all slices together; it cannot put right what the scores have
# wrong. Given the scores, it follows from the *objective*, and there is more than one:
#
# * **everybody is found**: nine of ten in the worst slice, whatever it costs;
# * **the radio is slow**: no more than one empty picture in twenty is sent;
# * **costs**: a boat missed costs as much as fifty false alarms, and one picture in
#   fifty shows a boat (each kind as often as the others, for want of better counts).
#
# Choose on validation rows, judge on test rows: a threshold is trained, too.


# %% tinyml={"objective": "12-mend", "role": "explain"}
def threshold_for(scores, wanted):
    keep = int(np.ceil(wanted * len(scores)))
    return float(np.sort(scores)[len(scores) - keep])


lines = [
    "| model | objective | threshold | worst slice | false alarms |",
    "|---" * 5 + "|",
]
for name, net in {"archive": model, "mended": mended}.items():
    s = net.predict(valid["x"], verbose=0)[:, 1]
    ships, water = s[valid["y"] == 1], s[valid["y"] == 0]
    price = [50 * 0.02 * np.mean(ships < t) + 0.98 * np.mean(water >= t) for t in s]
    chosen = {
        "everybody": min(threshold_for(s[valid["slice"] == k], 0.9) for k in KINDS),
        "slow radio": np.quantile(water, 0.95),
        "costs": s[np.argmin(price)],
    }
    for goal, t in chosen.items():
        last = slice_table(test["y"], scores[name] >= t, test["slice"])[0]
        false = np.mean(scores[name][test["y"] == 0] >= t)
        lines.append(
            f"| {name} | {goal} | {t:.3f} | {last['recall']:.1%} | {false:.1%} |"
        )
plots.say("\n".join(lines))

# %% [markdown]
# "Costs" deserves a second look: whose costs? The false alarm is paid by the ground
# station. A boat that nobody sees may be one that fishes where it must not, or one
# that waits for help. And could each region have a threshold of its own? A satellite
# knows where it is, so over the sea: yes. Where slices are people, treating them by
# their group is another matter, often forbidden, and the group may not be known.
#
# ## What does it look at?
#
# When an error has a pattern, one wants to know what the model goes by. For a table
# there is a plain question: **shuffle one column**, so that its values belong to other
# rows, and see how much worse the model gets: its **permutation importance**. So take
# six numbers from each picture, and chapter 04's logistic regression.


# %% tinyml={"objective": "12-look", "role": "explain"}
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

COLUMNS = ["brightness", "spread", "brightest", "darkest", "edges", "strongest edge"]


def columns(x):
    x = x[..., 0]
    edge = np.hypot(*np.gradient(x, axis=(1, 2)))  # chapter 09
    parts = [f(a, axis=(1, 2)) for a in (x, edge) for f in (np.mean, np.max)]
    return np.stack([parts[0], x.std((1, 2)), parts[1], x.min((1, 2)), *parts[2:]], 1)


def importance(right, x, repeats=10, seed=0):
    rng, whole = np.random.default_rng(seed), right(x)
    lost = np.zeros((x.shape[1], repeats))
    for column in range(x.shape[1]):
        for turn in range(repeats):
            mixed = x.copy()
            mixed[:, column] = rng.permutation(x[:, column])
            lost[column, turn] = whole - right(mixed)
    return lost


# %% [markdown]
# Check it against scikit-learn, which shuffles with other dice: the means must agree
# within what the shuffles themselves scatter.

# %% tinyml={"objective": "12-look", "role": "explain"}
from sklearn.inspection import permutation_importance

table = make_pipeline(StandardScaler(), LogisticRegression())
table.fit(columns(archive["x"]), archive["y"])
fig, ax = plt.subplots(figsize=(5.6, 3))
for part, shift, label in ((archive, 0.2, "archive"), (test, -0.2, "test")):
    x, y = columns(part["x"]), part["y"]
    ours = importance(lambda x, y=y: table.score(x, y), x)
    ax.barh(np.arange(6)[::-1] + shift, ours.mean(axis=1), 0.38, label=label)
ax.set_yticks(range(6), COLUMNS[::-1])
ax.set(xlabel="accuracy lost when the column is shuffled")
ax.legend()
plots.show(
    fig, alt="Bars for six columns: longer in the archive, two below 0 in the test."
)
theirs = permutation_importance(table, x, y, n_repeats=10, random_state=0)
off = np.abs(theirs.importances_mean - ours.mean(axis=1)).max()
dark = columns(archive["x"])[:, 3]
plots.say(
    f"Right: archive {table.score(columns(archive['x']), archive['y']):.1%}, test "
    f"{table.score(x, y):.1%}. Off scikit-learn's means by at most {off:.4f}; single "
    f"shuffles scatter by up to {ours.std(axis=1).max():.4f}. The darkest pixel alone "
    f"tells the seas apart: AUC {auc(archive['region'] == 'tropics', dark):.2f}."
)

# %% [markdown]
# One model has two importances. In the archive it leans on the strongest edge, which
# boats have, and on the *darkest* pixel, which tells how bright the water is: the
# region's passport, and in the archive's tropics nearly all was empty. On the test
# pictures that knowledge is worth little, and a bar to the left says that the model
# does *better* with the column shuffled. This is a **shortcut**.
#
# Take care with such bars. They say what *this* model leans on, not what matters to
# boats; and of two columns that say the same (*brightness* and *darkest*) one may take
# it all.

# %% [markdown]
# ## Which pixels?
#
# A network takes pixels, and no single one matters. Ask it for slopes instead:
# backpropagation (chapter 06) goes on past the first weights and gives the slope of
# the loss at each *pixel*. Where it is steep, a change would count. Its size, drawn as
# a picture, is a **saliency map**.
#
# A map always shows *something*, and people see in it what they expect. So there is a
# test of sanity (Adebayo et al. 2018): give the network **random weights** and draw
# again. A map that hardly changes tells about the picture, not about what was learned.
# Below, the map of the mended model, of the same with a random last layer, and of a
# network that is random throughout.


# %% tinyml={"objective": "12-look", "role": "explain"}
def input_slope(model, x, y):
    import tensorflow as tf

    pixels = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        said = model(pixels, training=False)
        right = tf.gather(said, y, batch_dims=1)  # (n,) probability of the truth
        loss = -tf.math.log(tf.maximum(right, 1e-7))
    return tape.gradient(loss, pixels).numpy()


train.seed_everything(0)
random_net, random_end = (keras.models.clone_model(mended) for _ in range(2))
random_end.set_weights([*mended.get_weights()[:-2], *random_net.get_weights()[-2:]])
nets = {"mended": mended, "random end": random_end, "random": random_net}
shown = np.flatnonzero((test["y"] == 1) & (scores["mended"] > 0.9))[::7]
pictures, y, box = (test[name][shown] for name in ("x", "y", "box"))
maps = {k: np.abs(input_slope(n, pictures, y)[..., 0]) for k, n in nets.items()}

# %% tinyml={"objective": "12-look", "role": "explore"}
down, across = np.mgrid[:32, :32]
x0, y0, x1, y1 = box.T[..., None, None]
within = (across >= x0) & (across < x1) & (down >= y0) & (down < y1)
share = {k: (m * within).sum((1, 2)) / m.sum((1, 2)) for k, m in maps.items()}
alike = np.corrcoef(*(maps[k].ravel() for k in ("mended", "random end")))[0, 1]


def map_picture(boat):
    fig, axes = plt.subplots(1, 4, figsize=(5.8, 1.9))
    sheets = {"picture": pictures[boat, ..., 0]} | {k: m[boat] for k, m in maps.items()}
    for ax, (title, sheet) in zip(axes, sheets.items(), strict=True):
        ax.imshow(sheet, cmap="gray" if title == "picture" else "magma")
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    parts = {"area": within.mean((1, 2))} | share
    told = ", ".join(f"{k} {v[boat]:.0%} ({v.mean():.0%})" for k, v in parts.items())
    return fig, f"in the boat's box (mean of all boats): {told}; alike: {alike:.2f}"


Explore(map_picture, boat=Slider(0, 40, 10, 0, "boat"),
    look="Which maps know where the boat is? And which know that it is one?",
    alt="A boat and three maps of it: two much alike, the third one scattered.",
)  # fmt: skip

# %% [markdown]
# (*Alike* is the correlation of the first two maps.) The mended network's maps put more
# on the boats than their area is: they point at something. But give it a random end, so
# that its answers mean nothing, and the map hardly changes: it shows where the
# convolutions respond, not that this speaks for a boat. And even a network that has
# learned nothing likes boats better than water, for boats have edges. Without the two
# other columns you would have taken the first for insight.

# %% tags=["hide-input"] tinyml={"objective": "12-look", "role": "check"}
Check(
    "A colleague shows a map that outlines each boat neatly. You set all weights to "
    "random numbers, and the map stays the same. What does it show?",
    options=[
        "the edges in the picture",
        "what the network learned about boats",
        "that the network is robust",
        "that random networks find boats too",
    ],
    answer="the edges in the picture",
    mistakes={
        "what the network learned about boats": "What it had learned is gone: the "
        "weights are random now. And the map?",
        "that the network is robust": "Robust means that *answers* stay when pixels "
        "change a little. Here everything learned was thrown away.",
        "that random networks find boats too": "Their answers are no better than a "
        "coin's. Finding is one thing, drawing outlines another.",
    },
    reveal="Such a map would be drawn for any network; it explains nothing about this.",
)

# %% [markdown]
# ## Attack
#
# The same slope is a weapon. Somebody may add to the picture what they like, but so
# little that nobody sees it: no pixel may move by more than $\varepsilon$. What raises
# the loss most? For small changes $\boldsymbol\delta$ the loss is a plane with slope
# $\mathbf g$ at the pixels:
#
# $$L(\mathbf x + \boldsymbol\delta) \approx L(\mathbf x) + \sum_i g_i\,\delta_i .$$
#
# Each term may be made as large as it can be, on its own: $\delta_i = \varepsilon$
# where $g_i$ is positive, $-\varepsilon$ where it is negative. That is the **fast
# gradient sign method** (Goodfellow et al. 2015),
#
# $$\boldsymbol\delta = \varepsilon\,\operatorname{sign}(\mathbf g), \qquad
# \text{and the loss rises by about } \varepsilon \sum_i |g_i| .$$
#
# The sum is the point. One pixel's step is nothing, but there are a thousand, and all
# of them pull the same way. Random noise of the same size pulls in all directions and
# mostly cancels.


# %% tags=["hide-input"] tinyml={"objective": "12-attack", "role": "check"}
Check(
    "A score is a sum of 1,000 pixels, each times its weight, and a weight is 0.02 in "
    "size on the mean. Every pixel may move by 0.01. By how much can the score rise?",
    answer=0.2,
    tolerance=0.001,
    mistakes={
        0.0002: "That is what one pixel can do. How many are there?",
        20: "That would be with pixels that move by 1.",
        0.0063: "About what *random* signs would do: they mostly cancel. Who "
        "chooses the signs here?",
        0.02: "That is a single weight. Each pixel adds its step times its weight.",
    },
    low="Too little: all pixels pull together.",
    high="Too much: each pixel's step is small.",
    reveal="0.01 * 1,000 * 0.02, a thousand times what one pixel can do. The more "
    "pixels there are, the less each must move.",
)


# %% tinyml={"objective": "12-attack", "role": "explore"}
def fgsm(x, slope, epsilon):
    return np.clip(x + epsilon * np.sign(slope), 0, 1)


def attack_picture(kind, epsilon):
    good = (test["slice"] == kind) & (np.abs(scores["mended"] - test["y"]) < 0.2)
    x, y = (test[name][np.flatnonzero(good)[4:5]] for name in ("x", "y"))
    moved = fgsm(x, input_slope(mended, x, y), epsilon / 255).astype(np.float32)
    before, after = (mended(z, training=False).numpy()[0, 1] for z in (x, moved))
    fig, axes = plt.subplots(1, 3, figsize=(5.6, 2.2))
    panels = {"before": x, "added, enlarged": 0.5 + (moved - x) * 10, "after": moved}
    for ax, (title, picture) in zip(axes, panels.items(), strict=True):
        ax.imshow(picture[0, ..., 0], cmap="gray", vmin=0, vmax=1)
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    return fig, f"probability of a boat: {before:.3f} before, {after:.3f} after"


Explore(attack_picture, kind=Choice(["tropics steel", "tropics wood", "north empty"],
    "tropics steel", "picture"), epsilon=Slider(0, 12, 2, 2, "epsilon (of 255)"),
    look="From which epsilon on does the answer turn? Does it turn back?",
    alt="Three pictures: before, what is added (noise to the eye), after: like before.",
)  # fmt: skip

# %% [markdown]
# One picture proves little. Take 300 test pictures, the mended model in floats and in
# int8, and three kinds of change of the same size: random signs; the slopes of
# *another* model, the archive's, for an attacker who cannot read yours; and your
# model's own.
# (The int8 model has no slopes, it is made of steps. It gets what was made for the
# float one.)

# %% tinyml={"objective": "12-attack", "role": "explain"}
tflite_model = quantize.to_int8(mended, archive["x"][::10])
net = graph.read(tflite_model)
t_in = net.tensors[net.inputs[0]]
x, y, steps = test["x"][::5], test["y"][::5], [0, 1, 2, 4, 8, 12]
slopes = {
    "random signs": np.random.default_rng(0).normal(size=x.shape),
    "another model's slopes": input_slope(model, x, y),
    "its own slopes": input_slope(mended, x, y),
}
answers = {}
for name, slope in slopes.items():
    moved = np.concatenate([fgsm(x, slope, e / 255).astype(np.float32) for e in steps])
    answers[name] = mended.predict(moved, verbose=0).argmax(axis=1)
# moved: still by its own slopes, which came last
answers["its own, int8"] = graph.invoke(net, t_in.quantize(moved)).argmax(axis=1)
held = {name: said.reshape(len(steps), -1) == y for name, said in answers.items()}
so_far = np.logical_and.accumulate(held["its own slopes"])  # at every step so far
held["its own, every step so far"] = so_far

# %% tinyml={"objective": "12-attack", "role": "explain"}
fig, ax = plt.subplots(figsize=(5.8, 3))
styles = ["k:", "--", "-o", "s", "k-"]
for (name, right), style in zip(held.items(), styles, strict=True):
    ax.plot(steps, right.mean(axis=1), style, label=name)
ax.set(xlabel="epsilon (of 255)", ylabel="share right", ylim=(0, 1.02))
ax.legend(fontsize=10, loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=2)
plots.show(fig, alt="Random signs cost little; the model's own slopes, nearly all.")
on = np.flatnonzero((y == 1) & held["its own slopes"][0])[:12]
clean, struck = (
    t_in.quantize(fgsm(x[on], slopes["its own slopes"][on], e / 255).astype(np.float32))
    for e in (0, 2)
)
proof = verify.verify(tflite_model, np.concatenate([clean, struck]))
far = held["its own slopes"][-1]
seen = [int(graph.invoke(net, q).argmax(axis=1).sum()) for q in (clean, struck)]
plots.say(
    f"Right, clean: {so_far[0].mean():.1%}; with random signs of 4 of 255: "
    f"{held['random signs'][3].mean():.1%}; by its own slopes, at "
    f"every step up to 4: {so_far[3].mean():.1%}; and with {steps[-1]}: "
    f"{far[y == 1].mean():.0%} of boats, {far[y == 0].mean():.0%} of empty pictures."
)
plots.say(
    f"Of {len(on)} boats the board sees {seen[0]}, but {seen[1]} when attacked with 2. "
    "TFLM, NumPy, C, board: {mismatches} of {outputs} bytes differ.".format(**proof)
)

# %% [markdown]
# Noise hurts little; the same size, aimed, undoes the model, and aimed with another
# model's slopes it still does much of the harm. Int8 is no protection: it follows its
# float twin all the way down.
#
# Then the curve rises again, which no theory of planes foretells. The plane is true for
# *small* steps; larger ones make a texture of their own, which this network takes for
# boats, so that boats are safe again and empty water is not. An attacker is free to
# take a smaller step, so judge by the lowest line: right at *every* step so far.
#
# On the board, nothing is different. Twelve boats, clean and attacked, went through all
# four programs: it computes what TFLM computes, byte for byte, errors included.

# %% [markdown]
# Who can do this? This camera tells 32 greys apart, so one of its steps is eight of
# 255: what undid the model exists only *behind* the camera. Nobody outside can set the
# pixels of a satellite one by one; there is paint that fools cameras, but it is larger
# than a grey step. Where pictures pass through other hands, a cloud or a phone, it is a
# matter of one line. Training on attacked pictures can help (try it, below), and so
# can not letting a single score decide.

# %% [markdown]
# ## What leaves the device
#
# A model on the device can protect people: pictures need not leave. Count what does.
# A picture is 1,024 pixels of 5 bits. A message is a time (4 bytes), a place (2 and 2)
# and a score (1). Say a boat is in one picture of fifty, and the radio's threshold
# holds.

# %% tinyml={"objective": "12-card", "role": "explain"}
import struct

picture_bytes, message_bytes = 32 * 32 * 5 // 8, struct.calcsize("<Ihhb")
valid_scores = mended.predict(valid["x"], verbose=0)[:, 1]
limit = float(np.quantile(valid_scores[valid["y"] == 0], 0.95))
found = scores["mended"] >= limit
sent = 0.02 * found[test["y"] == 1].mean() + 0.98 * found[test["y"] == 0].mean()
plots.say(
    f"Of 1,000 pictures all sent: {1000 * picture_bytes:,} bytes. Messages: "
    f"{1000 * sent:.0f}, **{1000 * sent * message_bytes:,.0f} bytes**, "
    f"{picture_bytes / sent / message_bytes:,.0f} times less."
)

# %% [markdown]
# Fewer bytes are not yet no secrets. A list of places and times where small boats fish
# is what a rival, or a pirate, would like to have. What is *not* collected, and how
# soon the rest is thrown away, protects more than where the model runs.
#
# ## What a model remembers
#
# And the model itself is on every device: can somebody who holds it learn whose data
# it was trained on? A model that was fitted too well gives itself away, for it is surer
# of rows that it has seen. The attack is as plain as that: *guess that a row was a
# member if the model is sure of its true label*. How good a guess is it? Chapter 04's
# area under the ROC curve says: show it a member and a stranger, how often does it
# guess right? A coin has one half.
#
# The archive's model, and two dense networks of chapter 06's kind, one with few
# pictures and one with many. (Strangers must be of the same kinds as members, or we
# would measure the kinds: so steel boats and empty water of the north.)


# %% tinyml={"objective": "12-card", "role": "explain"}
def told_apart(chance, inside, outside):
    sure = [chance(x)[np.arange(len(y)), y] for x, y in (inside, outside)]
    member = np.repeat([1, 0], [len(part) for part in sure])
    return auc(member, np.concatenate(sure)), *(np.mean(part > 0.5) for part in sure)


kinds = ("north steel", "north empty")
inside, outside = (
    [part[name][np.isin(part["slice"], kinds)] for name in "xy"]
    for part in (archive, test)
)
rows = [("convolutional, 2,000", *told_apart(model.predict_on_batch, inside, outside))]
for n in (100, 1200):
    order = np.random.default_rng(0).permutation(len(inside[1]))[:n]
    some = inside[0][order].reshape(n, -1), inside[1][order]
    others = outside[0].reshape(len(outside[1]), -1), outside[1]
    pupil = MLPClassifier((32,), random_state=0, tol=3e-3, max_iter=500).fit(*some)
    rows.append((f"dense, {n:,}", *told_apart(pupil.predict_proba, some, others)))
lines = ["| {} | {:.2f} | {:.1%} | {:.1%} |".format(*row) for row in rows]
m, n = len(inside[1]), len(outside[1])
coin = 1.96 * np.sqrt((m + n + 1) / (12 * m * n))  # 19 of 20 times, with so many rows
lines.append(f"| a coin, rows as first | {0.5 - coin:.2f} to {0.5 + coin:.2f} | | |")
header = "| model, pictures | told apart | members right | strangers |\n"
plots.say(header + "|---|---|---|---|\n" + "\n".join(lines))

# %% [markdown]
# The network that learned few pictures by heart gives them away; the convolutional one,
# which has few weights and many pictures, only a little more than a coin. The gap
# between members and strangers that chapter 07 taught you to close for the sake of
# *accuracy* is the same gap that tells on people. But "on the mean" protects nobody in
# particular, and rare rows are those that a model can only learn by heart (Feldman
# 2020).

# %% [markdown]
# ## The model card
#
# A data set has a card. A model should have one (Mitchell et al. 2019): what it is for
# and what not, whose data, how good for whom, where it ends. A card is only worth its
# paper if its figures are computed, so here is a function that fills it in.


# %% tinyml={"objective": "12-card", "role": "explain"}
def model_card(title, rows, cost, **texts):
    worst = rows[0]
    parts = [f"### {title}"]
    for name, text in texts.items():
        parts.append(f"**{name.replace('_', ' ').capitalize()}.** {text}")
    parts.append(
        f"**Worst slice.** {worst['slice']}: {worst['recall']:.1%} of "
        f"{worst['positives']:,} found ({worst['low']:.1%} to {worst['high']:.1%})."
    )
    parts.append(slices_markdown(rows))
    parts.append(
        f"**On the board ({cost['board']}).** {'Fits' if cost['fits'] else 'Too big'}: "
        f"flash {cost['flash_bytes']:,} bytes, RAM {cost['ram_bytes']:,} bytes "
        f"(counted), {cost['latency_ms']:.0f} ms and "
        f"{cost['energy_uj'] / 1000:.2f} mJ for a picture (estimated)."
    )
    return "\n\n".join(parts)


# %% tags=["hide-input"] tinyml={"objective": "12-card", "role": "check"}
Check(
    "Which sentence belongs on the card, under *limits*?",
    options=[
        "Measured on simulated patches of 64 m, calm, wavy or cloudy, only.",
        "The model may make mistakes.",
        "It finds boats in all seas.",
        "Its accuracy is above nine in ten.",
    ],
    answer="Measured on simulated patches of 64 m, calm, wavy or cloudy, only.",
    mistakes={
        "The model may make mistakes.": "True of every model. What can a reader do, or "
        "leave, after reading it?",
        "It finds boats in all seas.": "How many seas were in the test?",
        "Its accuracy is above nine in ten.": "On which mixture? You have read such a "
        "number in a report before.",
    },
    reveal="A limit says where the figures end, so that a reader can tell whether "
    "their case is inside.",
)

# %% [markdown]
# And the last step of chapter 08: the mended model as it goes to the board, the same
# test rows in floats and in int8, judged at the radio's threshold. The figures fill
# themselves in; the sentences are ours. Put yours in their place: for whom is it, for
# whom not, and where does it end?

# %% tinyml={"objective": "12-card", "role": "exercise"}
bill, t_out = report.bench(tflite_model, clean[:2]), net.tensors[net.outputs[0]]
said_board = graph.invoke(net, t_in.quantize(test["x"]))
board_scores = t_out.dequantize(said_board)[:, 1]
as_float, as_int8 = (
    (s >= limit) == test["y"] for s in (scores["mended"], board_scores)
)
difference = train.paired_difference(as_float, as_int8)
rows = slice_table(test["y"], board_scores >= limit, test["slice"])
card = model_card(
    "Small-boat detector, int8",
    rows,
    bill,
    intended_use="To tell people on the ground which patches to look at.",
    not_for="Identifying a boat or its crew, or any decision without a person.",
    data=f"{len(archive['y']):,} simulated patches and 300 more of the kinds that were "
    "rare; every boat drawn by a generator, so labels are exact.",
    threshold=f"{limit:.2f}, for one false alarm in twenty empty validation patches; "
    f"on the test {np.mean(board_scores[test['y'] == 0] >= limit):.1%}.",
    limits="Simulated patches of 64 m; calm, waves, cloud. Not measured: glint, coast, "
    "night, other hulls, real cameras. Pixels changed on purpose by up to 2 of 255 "
    f"leave {so_far[2].mean():.0%} of answers right.",
    int8_less_float=f"Accuracy {difference}.",
    exactness=f"{proof['mismatches']} of {proof['outputs']} bytes differ from TFLM.",
)
plots.say(card)

# %% [markdown]
# Who is the card written for? Read it as the coast guard, as the fisher, as the
# engineer who gets the model next. Who misses what?
#
# ## On your own
#
# 1. Slice the test by `scene` too, and by scene and kind. Which is the worst slice
#    now, and how much of it is Wilson's interval?
# 2. Spend the 300 pictures otherwise: all on wooden boats of the tropics, or also on
#    empty water there (`boats_fair.draw` draws them, `datasets/boats_fair/make.py`
#    shows how to train). Which is the best `promise`?
# 3. Train on attacked pictures (half of each batch by `fgsm`). What does it gain, and
#    what does it cost on clean ones?
# 4. Write the card of the model of chapter 00. What can you not fill in?
#
# ## What you have done
#
# * You **read** errors by group, published ones and your own, and know how far a small
#   slice can be trusted.
# * You **mended** a model by weighing, repeating and collecting, compared fairly, and
#   chose a threshold for an objective.
# * You **asked** what a model looks at, and tested whether the answer meant anything.
# * You **attacked** your own model, and saw the board repeat its errors byte for byte.
# * You **wrote** a model card whose figures are computed.
#
# **The idea to keep:** a number for all is a number for nobody in particular. Ask whom
# it leaves out, count them, and say how sure you are.
#
# **Next:** pictures are not all that a small device takes in. Chapter 13 turns sound
# into pictures.
#
# ## Sources
#
# * J. Buolamwini and T. Gebru, "Gender Shades: Intersectional Accuracy Disparities in
#   Commercial Gender Classification", *PMLR* 81 (2018): the figures by group, the
#   mixtures of the portraits and of IJB-A.
# * I. D. Raji and J. Buolamwini, "Actionable Auditing", *AIES* (2019), revised in
#   *Communications of the ACM* 66 (2023): the same products again, and two more.
# * J. S. Park et al., "Understanding the Representation and Representativeness of Age
#   in AI Data Sets", *AIES* (2021).
# * R. Meade et al., "Bias in Machine Learning", *Towards Data Science* (2019): ages on
#   Wikipedia's photographs; shown in *CS249r: Tiny Machine Learning*, Harvard (2020).
# * E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
#   Inference", *Journal of the American Statistical Association* 22 (1927).
# * L. Breiman, "Random Forests", *Machine Learning* 45 (2001): permutation importance.
# * K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks",
#   *ICLR workshop* (2014): saliency. J. Adebayo et al., "Sanity Checks for Saliency
#   Maps", *NeurIPS* (2018).
# * I. J. Goodfellow, J. Shlens and C. Szegedy, "Explaining and Harnessing Adversarial
#   Examples", *ICLR* (2015).
# * R. Shokri et al., "Membership Inference Attacks Against Machine Learning Models",
#   *IEEE S&P* (2017); S. Yeom et al., "Privacy Risk in Machine Learning", *CSF*
#   (2018): the loss as a test. V. Feldman, "Does Learning Require Memorization?",
#   *STOC* (2020).
# * M. Mitchell et al., "Model Cards for Model Reporting", *FAT\** (2019).
# * International Maritime Organization, *SOLAS* V/19: which ships must carry AIS.
