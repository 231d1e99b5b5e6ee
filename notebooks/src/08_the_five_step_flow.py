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

# %% [markdown] tinyml={"objectives": ["08-flow","08-leak","08-judge","08-search","08-deploy"]}
# # The five-step flow
#
# A caretaker holds a small board against the housing of a fan. Does it run well, is a
# blade out of balance, is its filter blocked, is a bearing worn? You have all the
# pieces for such a board: data, losses, networks. What is missing is the order in which
# they are put together, and the places where people fool themselves on the way. Below,
# one second of two fans in all four states. What tells the states apart, and what only
# tells the *fans* apart?
#
# **You will**
#
# * **build** the five steps, collect to deploy, as functions you can use again;
# * **catch** three leaks that make a model look better than it is;
# * **judge** a model by cross-validation, and say which data it lacks;
# * **search** for good settings by hand, grid, chance and Bayes, at a known cost;
# * **deploy** a network: its scales, its zero points and its arena, by hand first.
#
# **You need** chapters 02 to 07, and from chapter 04 how accuracy is measured. About
# 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "08-flow", "role": "explain"}
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm

from tinyml_course import boards, datasets, device, graph, plots
from tinyml_course.scratch.flow import to_keras
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
data, board, time = datasets.load("fans"), boards.get("nano33"), np.arange(119) / 119
fig, axes = plt.subplots(4, 2, figsize=(6, 5), sharex=True, sharey=True)
for row, (fan, state) in enumerate(zip(data.groups_train, data.y_train, strict=True)):
    if fan in (2, 21):
        ax, hue = axes[state, int(fan == 21)], RED if fan == 21 else BLUE
        ax.plot(time, data.x_train[row, :119, 0] / 8192, color=hue, lw=1.3)
        ax.set(title=f"fan {fan}: {data.labels[state]}", yticks=[-0.5, 0, 0.5])
fig.supxlabel("seconds", fontsize=12)
fig.supylabel("acceleration across (g)", fontsize=12)
alt = "Eight wiggly lines: two fans, four states; the fans shake in other rhythms."
plots.show(fig, alt=alt)

# %% [markdown]
# ## Five steps
#
# | step | takes | gives |
# |---|---|---|
# | 1 collect | the world | rows with labels, clean |
# | 2 preprocess | rows | numbers that a small model can use |
# | 3 train | numbers with labels | a model |
# | 4 evaluate | model and *other* numbers | how good it will be out there |
# | 5 deploy | the model | bytes on the board |
#
# Each will be a plain function, and at the end all five stand in one cell. The flow
# is not a one-way street: what you see in step 4 sends you back, mostly to step 1.
# That is also where the time goes. In a survey of 2016, sixty of every hundred data
# scientists asked named cleaning and organizing data as what they spend most of it on,
# nineteen collecting data, four refining algorithms. (It was one company's survey. One
# of 2020 found less, and there too training was the smaller part.)

# %% [markdown]
# ## Step 1: collect
#
# Somebody walked through building A and recorded sixteen fans, each in four states:
# putty on a blade, cardboard before the filter, a worn bearing put in. The test rows
# are sixteen other fans. Half of those hang in building B, half in building C, and
# both stay in the drawer for now.
#
# A recording is far too long for one answer; the board should answer every second. So
# cut it into **windows** of 128 readings. `step` says how far the next window begins:
# at 128 they touch, with less they overlap, and there are more of them. (Remember
# that you could choose this.) Each window inherits the label of its recording, and
# the number of its fan, which we keep in `fans` without knowing yet what for. And
# there is a card to be read: it also says what in this story is true.


# %% tinyml={"objective": "08-flow", "role": "explain"}
from numpy.lib.stride_tricks import sliding_window_view


def collect(x, y, groups, step=128):
    cut = sliding_window_view(x, 128, axis=1)[:, ::step]  # (n, count, axes, 128)
    count = cut.shape[1]
    cut = cut.swapaxes(2, 3).reshape(-1, 128, x.shape[2])
    return cut, np.repeat(y, count), np.repeat(groups, count)


train_rows = data.x_train, data.y_train, data.groups_train
cut, y, fans = collect(*train_rows)
y_names, new_fans = data.labels, np.unique(data.groups_test)
in_b = np.isin(data.groups_test, new_fans[:8])  # the rest are in building C
plots.say(data.card)

# %% [markdown]
# The card admits to accidents. A sensor that hangs repeats its last reading, which
# noise never does for long; and two windows that agree in all 384 numbers are not two
# windows. When a copy carries another label, nobody can tell which of the two is
# right, so both go.


# %% tinyml={"objective": "08-flow", "role": "explain"}
def accidents(cut):
    same = (cut[:, 1:] == cut[:, :-1]).all(axis=2)  # as the reading before
    hung = same.mean(axis=1) > 0.1
    _, number, times = np.unique(cut, axis=0, return_inverse=True, return_counts=True)
    return hung, ~hung & (times[number.ravel()] > 1)


def clean(cut, y, groups):
    hung, twice = accidents(cut)
    good = ~hung & ~twice
    return cut[good], y[good], groups[good]


hung, twice = accidents(cut)
both = sorted({y_names[state] for state in y[twice]})
whose = ", ".join(str(fan) for fan in set(fans[hung].tolist()))
plots.say(
    f"{hung.sum()} windows of fan {whose} hung. {twice.sum()} windows are there twice, "
    f"all of fan {fans[twice][0]}, once as *{both[0]}* and once as *{both[1]}*."
)

# %% [markdown]
# ## Step 2: preprocess
#
# A window is 384 numbers. What is in them? A fan turns some twenty times a second, so
# the *rhythm* carries the news: how strongly it shakes at each frequency. The Fourier
# transform (chapter 13 takes it apart) turns a window into strengths at 64
# frequencies, of which we use the lowest 60. We leave gravity out, add neighbours up
# in **bands**, and take the logarithm, because strengths differ by factors of a
# thousand and more. (Plus a little, for there is no logarithm of zero.)


# %% tinyml={"objective": "08-flow", "role": "explain"}
def preprocess(cut, bands=12):
    g = cut / 8192  # counts to g
    g = g - g.mean(axis=1, keepdims=True)  # without gravity
    fade = np.hanning(128)[:, None]  # in and out, so that the ends do not click
    power = np.abs(np.fft.rfft(g * fade, axis=1)) ** 2  # (n, 65, axes)
    power = power[:, 1:61].reshape(len(g), bands, 60 // bands, -1).sum(axis=2)
    return np.log10(power + 1e-4).reshape(len(g), -1)  # (n, bands * axes)


cut, y, fans = clean(cut, y, fans)
x = preprocess(cut)
centre = (np.arange(12) * 5 + 3) * 119 / 128  # Hz
fig, axes = plt.subplots(2, 2, figsize=(6, 4.4), sharex=True, sharey=True)
for state, ax in enumerate(axes.flat):
    for fan in set(fans[y == state].tolist()):
        thin = x[(y == state) & (fans == fan), 0::3].mean(axis=0)
        ax.plot(centre, thin, color=GREY, lw=0.8, alpha=0.7)
    ax.plot(centre, x[y == state, 0::3].mean(axis=0), color=BLUE, lw=3)
    ax.set(title=y_names[state])
fig.supxlabel("frequency (Hz)", fontsize=12)
fig.supylabel("strength across (log10)", fontsize=12)
alt = "Four panels, thin lines of fans around a thick mean with a hill near 22 hertz."
plots.show(fig, alt=alt)

# %% [markdown]
# Thin lines are fans, the thick one is their mean. A blocked filter is plain to see on
# the left, below the hill. The others differ from *fine* by less than the fans differ
# from one another. Keep that picture in mind.
#
# ## Step 3: train
#
# The network is that of chapter 06, one hidden layer of ReLU, in scikit-learn: the same
# steps, Adam included, written for speed. Columns of different size slow the walk
# (chapter 03), so each is centred and divided by its spread: the **scaler**. Those are
# numbers taken from data too, so they belong to the model, and `train` returns both.


# %% tinyml={"objective": "08-flow", "role": "explain"}
import warnings

from sklearn.neural_network import MLPClassifier


def scale(x, scaler):
    middle, spread = scaler
    return (x - middle) / spread


def train(x, y, hidden=16, rate=0.01, decay=0.001, epochs=20, seed=0):
    scaler = x.mean(axis=0), x.std(axis=0)
    network = MLPClassifier(
        (hidden,), learning_rate_init=rate, alpha=decay, batch_size=min(64, len(x)),
        max_iter=epochs, n_iter_no_change=epochs, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings(action="ignore"):  # that it could go on
        network.fit(scale(x, scaler), y)
    return scaler, network


def answers(model, x):
    scaler, network = model
    return network.predict(scale(x, scaler))


# %% tags=["hide-input"] tinyml={"objective": "08-flow", "role": "check"}
Check(
    "The model goes to the board. One window arrives. Its columns must be scaled: with "
    "which middle and which spread?",
    options=[
        "those of the training rows",
        "those of the new window",
        "those of all windows the board has met",
        "none: the board uses int8",
    ],
    answer="those of the training rows",
    mistakes={
        "those of the new window": "Each column of one window is a single number. What "
        "is left of it when you subtract its own mean?",
        "those of all windows the board has met": "If all of them were of blocked "
        "fans, *blocked* would become the middle. What did the network learn with?",
        "none: the board uses int8": "Int8 is how a number is stored. The weights "
        "expect columns of which size?",
    },
    reveal="The scaler is a part of the model, learned once and shipped with it.",
)

# %% [markdown]
# ## Step 4: evaluate
#
# You have seen it done: shuffle the rows, put a quarter of them aside, train on the
# rest. More windows are better, so let them overlap by three quarters.


# %% tinyml={"objective": "08-leak", "role": "explain"}
def put_aside(n, seed=0):
    return np.random.default_rng(seed).random(n) < 0.25


many, y_many, fans_many = clean(*collect(*train_rows, step=32))
x_many = preprocess(many)
held = put_aside(len(y_many))
model = train(x_many[~held], y_many[~held])
first_try = np.mean(answers(model, x_many[held]) == y_many[held])
plots.say(
    f"Trained on {np.sum(~held):,} windows. Of the {held.sum()} put aside, "
    f"**{first_try:.1%}** are right."
)

# %% [markdown]
# That is nearly perfect, and we did nothing forbidden: no row put aside was trained on.
# The board is flashed, and it goes to building B: eight fans of the same kind, the same
# sensor, the same four states.

# %% tags=["hide-input"] tinyml={"objective": "08-leak", "role": "predict"}
test_rows = data.x_test, data.y_test, data.groups_test


def rows_of(where):
    return collect(*(part[where] for part in test_rows))


cut_b, y_b, fans_b = rows_of(in_b)
right_b = answers(model, preprocess(cut_b)) == y_b
Predict(
    f"In the notebook {first_try:.1%} were right. How many of 100 are right in "
    "building B?",
    answer=round(100 * right_b.mean()),
    unit="of 100",
    explain="The number above is no error of arithmetic. It is the answer to "
    "another question, which nobody had asked.",
)

# %% [markdown]
# ## The trap
#
# What happened? The rows put aside were not new. Two windows that overlap by three
# quarters are nearly the same; and even windows that only touch come from the same fan,
# on the same afternoon, in the same recording. The network need not know what a worn
# bearing sounds like. It is enough to know *this* fan's recording again: its speed, its
# strength, the angle of the board. That is a **leak**: something about the answers
# reached the model that will not be there in use.

# %% [markdown]
# To find a leak, ask what will be *new* when the model is used, and put exactly that
# aside. Here: fans. Every fourth fan is held back, in four turns, so that each is held
# back once.


# %% tinyml={"objective": "08-leak", "role": "explain"}
def folds(groups, k=4):
    names = np.unique(groups)
    return [np.isin(groups, names[i::k]) for i in range(k)]


def evaluate(x, y, groups, k=4, **choices):
    right = np.zeros(len(y), bool)
    for held in folds(groups, k):
        model = train(x[~held], y[~held], **choices)
        right[held] = answers(model, x[held]) == y[held]
    return np.array([right[groups == one].mean() for one in np.unique(groups)])


held = put_aside(len(y))
touching = np.mean(answers(train(x[~held], y[~held]), x[held]) == y[held])
by_fan = evaluate(x, y, fans)
plots.say(
    "| what was put aside | right |\n|---|---|\n"
    f"| windows, overlapping | {first_try:.1%} |\n"
    f"| windows, only touching | {touching:.1%} |\n"
    f"| **whole fans** | **{by_fan.mean():.1%}** |\n"
    f"| what building B said | {right_b.mean():.1%} |"
)

# %% [markdown]
# The overlap was worth a little, the shared fan nearly everything. And the honest
# number could have been had without ever leaving building A.
#
# ## A second leak, worse
#
# Anything that looks at the rows put aside before they are judged is a leak: a scaler
# fitted on all rows, a missing value filled with the mean of all, columns *chosen* by
# looking at all. How bad can that be? Take data in which there is nothing to learn:
# 60 rows of 3,000 random numbers, and a coin tossed for each row. Pick the ten
# columns that differ most between heads and tails. Then train and cross-validate
# properly.

# %% tags=["hide-input"] tinyml={"objective": "08-leak", "role": "predict"}
rng = np.random.default_rng(0)
nothing = rng.normal(size=(60, 3000))
coin, each = rng.permutation(np.repeat([0, 1], 30)), np.arange(60)


def pick(x, y):
    apart = np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0))
    return np.argsort(apart)[-10:]


picked_first = evaluate(nothing[:, pick(nothing, coin)], coin, each).mean()
right = np.zeros(60, bool)
for held in folds(each):
    best = pick(nothing[~held], coin[~held])  # from the training rows only
    pupil = train(nothing[~held][:, best], coin[~held])
    right[held] = answers(pupil, nothing[held][:, best]) == coin[held]
Predict(
    "How many of 100 coins does cross-validation say it can foretell?",
    answer=round(100 * picked_first),
    unit="of 100",
    explain="Among 3,000 columns of noise some go with the coins by chance, on *all* "
    "rows, those put aside included: picking them was training. Picked anew in each "
    f"fold, from its training rows, they foretell {100 * right.mean():.0f} of 100.",
)

# %% [markdown]
# ## Your turn: mend it
#
# This function has two leaks. It gives a training set and a validation set, both
# scaled, and which rows are held back. Mend it: about a quarter of the *fans*, other
# ones for another seed, and a scaler that has seen nothing else than the training rows.


# %% tinyml={"objective": "08-leak", "role": "exercise"}
def honest_split(x, fans, seed):
    """Scaled training rows, scaled validation rows, which rows are held back (n,)."""
    held = np.random.default_rng(seed).random(len(x)) < 0.25
    scaler = x.mean(axis=0), x.std(axis=0)
    return scale(x[~held], scaler), scale(x[held], scaler), held


# %% tags=["hide-input"] tinyml={"objective": "08-leak", "role": "check"}
def test_honest_split():
    rng = np.random.default_rng(5)
    who = rng.permutation(np.repeat(np.arange(100, 120), 10))
    z = rng.normal(who[:, None], [1, 3], (200, 2))  # (200, 2)
    got = honest_split(z, who, 1)
    if got is None or len(got) != 3:
        return "Three things come back: training rows, validation rows, held."
    inside, outside, held = got[0], got[1], np.asarray(got[2])
    if np.shape(held) != (200,) or held.dtype != bool:
        return "`held` has one True or False for each row."
    if set(who[held]) & set(who[~held]):
        return "One and the same fan is on both sides. Draw fans first, not rows."
    if not 2 <= len(set(who[held])) <= 8:
        return "About a quarter of the fans should be held back."
    if all(np.array_equal(held, honest_split(z, who, s)[2]) for s in (2, 3, 4)):
        return "Another seed should hold back other fans."
    if not np.allclose([inside.mean(axis=0), inside.std(axis=0)], [[0, 0], [1, 1]]):
        return "The fans are apart. But from which rows are middle and spread?"
    honest = z[~held].mean(axis=0), z[~held].std(axis=0)
    if not np.allclose(outside, scale(z[held], honest)):
        return "Training rows are right. Are the others scaled with the *same* scaler?"


Check("`honest_split(x, fans, seed)` leaks nothing.", test=test_honest_split)

# %% [markdown]
# ## Judge with a spread
#
# Holding back each part in turn is **cross-validation**, the parts are its **folds**.
# Every row is judged once, by a model that has not met its fan. And we get more than a
# mean: one number for each fan. With $n$ fans and the spread $s$ between them, the mean
# is uncertain by about
#
# $$\text{standard error} = \frac{s}{\sqrt n}.$$
#
# What is $n$ here, the number of fans or the number of windows?


# %% tinyml={"objective": "08-judge", "role": "explain"}
def standard_error(scores):
    return scores.std(ddof=1) / np.sqrt(len(scores))


order = np.argsort(by_fan)
mean, error = by_fan.mean(), standard_error(by_fan)
fig, ax = plt.subplots(figsize=(5.8, 3.2))
ax.axhspan(100 * (mean - error), 100 * (mean + error), color="#dddddd")
ax.axhline(100 * mean, color=GREY)
ax.scatter(range(16), 100 * by_fan[order], color=BLUE, s=45)
ax.set(xticks=range(16), xticklabels=np.unique(fans)[order], ylim=(0, 104))
ax.set(xlabel="the fan that was held back", ylabel="windows right (of 100)")
plots.show(
    fig,
    alt="Sixteen dots, one per fan, from about a third right to nearly all right, "
    "with a line at their mean and a narrow band around it.",
)
wrong_n = np.sqrt(mean * (1 - mean) / len(y))
fan_by_fan = np.array([right_b[fans_b == one].mean() for one in np.unique(fans_b)])
plots.say(
    f"**{mean:.1%}**, give or take {error:.1%}. Had we taken each of {len(y)} windows "
    f"for a witness of its own, we would have claimed {wrong_n:.1%}. Building B said "
    f"{right_b.mean():.1%}, give or take {standard_error(fan_by_fan):.1%}: "
    f"{abs(right_b.mean() - mean) / error:.1f} of our errors away."
)

# %% [markdown]
# Fans, of course: windows of one fan are right together and wrong together. A model
# that is right for every window of some fans and for a third of others has a mean,
# but no user will meet the mean.
#
# So building B was no bad luck; it was foretold, by fans of building A. (Even this
# error is a little too small: the models of the four folds share training fans.) What
# would help most? More windows from each fan, or more fans? We need not guess. Hold
# back four fans as before, train on a few of the rest and on the first few windows of
# each recording (a window is about a second), and see.


# %% tinyml={"objective": "08-judge", "role": "explain"}
FANS, SECONDS = (3, 6, 9, 12), (1, 4, 12)
number = np.zeros(len(y), int)  # each window's place in its recording, from 0
for fan, state in set(zip(fans.tolist(), y.tolist(), strict=True)):
    rows = (fans == fan) & (y == state)
    number[rows] = np.arange(rows.sum())


def learning_curve(seconds):
    table = []
    for draw, held in product(range(3), folds(fans)):  # three draws of each size
        rest = np.random.default_rng(draw).permutation(np.unique(fans[~held]))
        for count in FANS:
            rows = np.isin(fans, rest[:count]) & (number < seconds)
            steps = int(20 * 576 // rows.sum())  # few rows, more epochs
            model = train(x[rows], y[rows], epochs=min(steps, 60))
            table.append([np.mean(answers(model, x[r]) == y[r]) for r in (rows, held)])
    return 100 * np.reshape(table, (-1, len(FANS), 2)).mean(axis=0)


curves = {seconds: learning_curve(seconds) for seconds in SECONDS}


# %% tags=["hide-input"] tinyml={"objective": "08-judge", "role": "explore"}
def amount_picture(count, seconds):
    fig, ax = plt.subplots(figsize=(5.4, 3.4))
    for others in SECONDS:
        ax.plot(FANS, curves[others][:, 1], color="#bbbbbb", lw=1.2)
    here, (known, new) = FANS.index(count), curves[seconds].T
    style = {"markevery": [here], "ms": 10}
    ax.plot(FANS, known, "--s", color=RED, label="its own fans", **style)
    ax.plot(FANS, new, "-o", color=BLUE, label="new fans", **style)
    ax.set(xlabel="fans to train on", ylabel="windows right (of 100)", ylim=(40, 104))
    ax.legend(loc="lower right")
    return fig, (
        f"{4 * count * seconds} windows of {count} fans: {new[here]:.0f} of 100 right "
        f"on new fans, {known[here]:.0f} on its own."
    )


Explore(
    amount_picture,
    count=Slider(3, 12, 3, 3, "fans"),
    seconds=Choice(SECONDS, 1, "seconds of each recording"),
    look="Go from 1 second to 12. Then from 3 fans to 12. Which moves the blue dot?",
    alt="Two curves over the number of fans: right on the fans trained on, near 100; "
    "and on new fans, rising. A number of fans is marked.",
)

# %% [markdown]
# The gap between the dots is overfitting (chapter 07): to these fans. Twelve times as
# many seconds of the same fans help a little where there are few of them, and not at
# all where there are twelve. More fans narrow the gap at every step, and with twelve it
# is still wide. That is worth knowing *before* the next afternoon with the putty. (The
# grey lines are the other choices of seconds.)

# %% tags=["hide-input"] tinyml={"objective": "08-judge", "role": "check"}
Check(
    "A wake word is trained on 40 people, 500 recordings each. On its own people it "
    "hears 99 of 100 words, on new people 85, and half the recordings gave the same "
    "85. You can pay for one thing. Which?",
    options=[
        "100 other people, 20 recordings each",
        "500 more recordings of the same people",
        "a network twice as wide",
        "a test with ten times as many words of the same people",
    ],
    answer="100 other people, 20 recordings each",
    mistakes={
        "500 more recordings of the same people": "Half of them did as well. Along "
        "which axis is the curve flat?",
        "a network twice as wide": "It knows its own people nearly by heart. Is it too "
        "small?",
        "a test with ten times as many words of the same people": "A sharper look at "
        "the wrong question. Who is new when the product is used?",
    },
    reveal="Fewer recordings in all, and more of what varies.",
)

# %% [markdown]
# ## Search
#
# Twelve bands, sixteen neurons, a rate, a decay: nobody has shown that these are
# good. What training does not set is a **hyperparameter**, and the choices of step 2
# are among them. All we can do is try and compare, and every trial costs a
# cross-validation. *By hand* first, one thing at a time, as everybody does:

# %% tinyml={"objective": "08-search", "role": "explain"}
ready = {bands: preprocess(cut, bands) for bands in (2, 3, 4, 5, 6, 10, 12, 20, 30)}


def score(bands=12, **choices):
    return evaluate(ready[bands], y, fans, **choices).mean()


def trial(choices):  # for the tool below: a dict comes in
    return score(**choices)


tries = [{}, {"rate": 0.001}, {"bands": 4}, {"bands": 4, "hidden": 64}]
by_hand = [score(**choices) for choices in tries]
for choices, value in zip(tries, by_hand, strict=True):
    print(f"{value:.1%}", choices or "as before")

# %% [markdown]
# Fewer bands were a good idea: fans turn at different speeds, and a wide band holds
# them all. It came from physics, not from a search. That is the strength of the hand.
# Its weakness: it never leaves the path it began on.
#
# A **grid** tries all combinations. With $k$ values for each of $d$ hyperparameters
# that is $k^d$ trials. **Random search** draws each trial anew. Rate and decay can be
# any size, so we take steps in their *logarithms*. Sixteen trials for each:


# %% tinyml={"objective": "08-search", "role": "explain"}
def score_at(place):
    rate, decay = 10.0 ** np.asarray(place)
    return score(bands=4, rate=rate, decay=decay)


low, high = [-5.0, -3.0], [0.0, 2.0]  # log10: rate, decay
grid = np.array(list(product(*np.linspace(low, high, 4).T)))  # (16, 2)
drawn = np.random.default_rng(3).uniform(low, high, (16, 2))
scores = {"grid": [*map(score_at, grid)], "random": [*map(score_at, drawn)]}
fig, axes = plt.subplots(2, 2, figsize=(6, 4.6), sharex=True, height_ratios=[3, 2])
for column, (name, spots) in enumerate([("grid", grid), ("random", drawn)]):
    above, below = axes[:, column]
    dots = above.scatter(*spots.T, c=scores[name], vmin=0.3, vmax=0.9, s=75)
    below.plot(spots[:, 0], 100 * np.array(scores[name]), "o", color=BLUE, ms=5)
    above.set(title=f"{name}: best {max(scores[name]):.1%}", ylim=(-3.4, 2.4))
    below.set(xlabel="log10 of the rate", ylim=(15, 95))
axes[0, 0].set(ylabel="log10 of the decay")
axes[1, 0].set(ylabel="right (of 100)")
fig.colorbar(dots, ax=axes[0, :], label="share right")
plots.show(fig, alt="Sixteen dots in a grid see four rates, others sixteen.")

# %% [markdown]
# Look at the lower pictures. The rate matters a great deal, the decay hardly, until
# it is large. The grid spent sixteen trials and saw *four* rates; chance saw sixteen.
# Where only a few of many hyperparameters matter, and one does not know which, chance
# is the better spender (Bergstra and Bengio showed it). A grid is complete, and easy
# to read. And which of the two found the highest score of all? Within the error bar,
# that is luck.

# %% [markdown]
# ## Guess, then try: Bayes
#
# Both ignore what the trials before have shown. **Bayesian optimization** keeps a
# *belief* about the scores not seen: near a tried place the score is probably alike,
# far from any it may be anything. That belief, a **Gaussian process**, has a mean and
# a width at each place $x$. With $k(a, b) = e^{-(a-b)^2/2\ell^2}$ for how alike two
# places are, $K$ for those of all pairs tried, and the scores $s$ with their mean
# taken off and their spread divided out,
#
# $$\mu(x) = k(x)^T K^{-1} s,$$
#
# $$\sigma^2(x) = 1 - k(x)^T K^{-1} k(x).$$
#
# (The code adds a little to the diagonal of $K$, because scores are noisy.)
#
# Try next where the score may exceed the best so far by the most, on average over the
# belief: the **expected improvement** over the best score so far, $s^*$. For a bell
# of mean $\mu$ and width $\sigma$, with $z = (\mu - s^*) / \sigma$, it is $(\mu -
# s^*)\,\Phi(z) + \sigma\,\varphi(z)$: the bell's area and its height. It is large
# where $\mu$ is high *and* where $\sigma$ is wide: use what you know, or look where
# you know nothing. (In the picture the decay is kept at ten. The band is two widths
# to each side of the mean, and does not know that no score can be above 100.)


# %% tinyml={"objective": "08-search", "role": "explain"}
def belief(tried, scores, places, length=0.9, noise=0.15):
    def alike(a, b):
        return np.exp(-((a[:, None] - b) ** 2) / (2 * length**2))

    middle, size = scores.mean(), scores.std() + 1e-3
    K = alike(tried, tried) + noise**2 * np.eye(len(tried))
    k = alike(places, tried)  # (places, tried)
    mean = k @ np.linalg.solve(K, (scores - middle) / size)
    variance = 1 - np.sum(k * np.linalg.solve(K, k.T).T, axis=1)
    return middle + size * mean, size * np.sqrt(variance)


def expected_improvement(mean, width, best):
    z = (mean - best) / width
    return (mean - best) * norm.cdf(z) + width * norm.pdf(z)


places, asked = np.linspace(-5, 0, 101), [-4.5, -0.5]  # two to begin with
told = [score_at([place, 1]) for place in asked]
while len(asked) < 8:
    seen = belief(np.array(asked), np.array(told), places)
    asked.append(float(places[expected_improvement(*seen, max(told)).argmax()]))
    told.append(score_at([asked[-1], 1]))


# %% tinyml={"objective": "08-search", "role": "explore"}
def bayes_picture(trials):
    tried, scores = np.array(asked[:trials]), np.array(told[:trials])
    mean, width = belief(tried, scores, places)
    gain = 100 * expected_improvement(mean, width, scores.max())
    fig, (top, low) = plt.subplots(2, figsize=(5.4, 4), height_ratios=[3, 1])
    sides = 100 * (mean - 2 * width), 100 * (mean + 2 * width)
    top.fill_between(places, *sides, color="#cfe3f2")
    top.plot(places, 100 * mean, color=BLUE)
    top.plot(tried, 100 * scores, "o", color="black", ms=7)
    top.set(ylim=(-5, 130), ylabel="right (of 100)")
    low.plot(places, gain, color=RED)
    low.axvline(places[gain.argmax()], color=RED, ls="--", lw=1)
    low.set(xlabel="log10 of the rate", ylabel="gain", ylim=(0, None))
    return fig, f"Best of {trials}: {scores.max():.1%}. Expected gain {gain.max():.1f}."


Explore(
    bayes_picture,
    trials=Slider(2, 8, 1, 2, "trials so far"),
    look="Guess where each next trial goes. When does it explore, when does it refine?",
    alt=lambda trials: f"{trials} scores, a belief around them, expected gain below.",
)

# %% [markdown]
# On the left one look was enough: there is nothing to be gained. The rest goes around
# the top, and to the edge, where the belief was still wide.
#
# ## The tool
#
# `search.run` does all of it: grid, random, and Bayes by the library Optuna (which
# models where good trials lie, not the scores: a *tree of Parzen estimators*, another
# belief with the same aim). It can use several processes (`jobs=2`) or computers
# (`scheduler="tcp://..."`, Dask; the book's page *For students* has the commands).
# And it keeps a **journal**, one line for each finished trial. Suppose the power fails
# after 8 of 16 trials:

# %% tinyml={"objective": "08-search", "role": "explain"}
from tinyml_course import search

space = {
    "bands": [2, 3, 4, 5, 6, 10, 12, 20, 30],
    "hidden": [4, 8, 16, 32],
    "rate": search.Uniform(1e-4, 0.1, log=True),
    "decay": search.Uniform(1e-3, 1, log=True),
}

with TemporaryDirectory() as folder:
    how = {"method": "bayes", "journal": Path(folder) / "fans.jsonl"}
    search.run(trial, space, trials=8, **how)
    bayes = search.run(trial, space, trials=16, **how)
chance = search.run(trial, space, method="random", trials=16)
found = {"hand": by_hand, "grid, two": scores["grid"], "random, two": scores["random"]}
found |= {f"{a.method}, four": a.best_so_far for a in (chance, bayes)}
rows = [f"| {name} | {len(s)} | {max(s):.1%} |" for name, s in found.items()]
each = (bayes.seconds + chance.seconds) / 32
plots.say(
    "\n".join(["| method | trials | best |", "|---|---|---|", *rows]) + "\n\n"
    f"The second call read {bayes.resumed} trials from the journal.\n\n"
    f"One trial took {each:.2f} seconds, a grid of four by four by four by four would "
    f"take {256 * each:.0f} seconds."
)

# %% [markdown]
# On sixteen fans, with an uncertainty as drawn above, most of these are *equal*,
# whatever the order in the table. Do not run a search twice to gain half a point.
# Take the **one-standard-error rule** instead: of all trials that are no more than
# one standard error below the best, take the *smallest*. On a board, that is the one
# that counts.

# %% tags=["hide-input"] tinyml={"objective": "08-search", "role": "check"}
Check(
    "A grid over three hyperparameters, five values each. Every trial is a "
    "cross-validation with four folds, every fold trains for two seconds, and two "
    "processes share the work. How many seconds does it take?",
    answer=500,
    unit="s",
    mistakes={
        1000: "Two processes share the work.",
        125: "So many settings. And each of them is trained how often, for how long?",
        250: "That is two seconds for each setting. Every setting is trained once per "
        "fold.",
        60: "Five and five and five? Each value meets *every* value of the others.",
        15: "Five and five and five? Each value meets every value of the others.",
        972: "That is three values for each of five. Which is the base?",
        2000: "You doubled where two processes halve.",
    },
    low="Too little. How many settings has the grid, and how often is each trained?",
    high="Too much. How many settings has the grid, and how many work on them?",
    reveal="And one more hyperparameter would make it five times as much.",
)

# %% [markdown]
# ## Open the drawer, once
#
# The score of a search is a little too good: it is the largest of many uncertain
# numbers, and the largest is mostly also a lucky one. The number to report comes from
# rows that no choice has seen. Building B has told us something already, and building
# C is still closed. Train on all of building A, and open it.

# %% tinyml={"objective": "08-judge", "role": "explain"}
best = dict(max(bayes.best, chance.best, key=lambda t: t.value).params)
its_error = standard_error(evaluate(ready[best.pop("bands")], y, fans, **best))
top = max(map(max, found.values())) - its_error
close = [t for t in bayes.trials + chance.trials if t.value >= top]
winner = min(close, key=lambda t: t.params["hidden"] * (3 * t.params["bands"] + 4))
choices = dict(winner.params)
bands = choices.pop("bands")
model = train(ready[bands], y, **choices)
cut_c, y_c, fans_c = rows_of(~in_b)
x_c = preprocess(cut_c, bands)
said = answers(model, x_c)
right_c = said == y_c
per_fan = np.array([right_c[fans_c == fan].mean() for fan in np.unique(fans_c)])
per_state = [f"{y_names[s]} {right_c[y_c == s].mean():.0%}" for s in range(4)]
taken = [f"{np.sum(said[y_c == 0] == s)} as {y_names[s]}" for s in range(1, 4)]
plots.say(
    f"{len(close)} of {len(bayes.trials + chance.trials)} trials are near the best of "
    f"all. The fewest weights: {bands} bands, {choices['hidden']} neurons, rate "
    f"{choices['rate']:.2g}, decay {choices['decay']:.2g}. In the search "
    f"{winner.value:.1%}; in building C **{per_fan.mean():.1%}**, give or take "
    f"{standard_error(per_fan):.1%}. By state: {', '.join(per_state)}. "
    f"Of {np.sum(y_c == 0)} windows of fine fans it took {', '.join(taken)}."
)

# %% [markdown]
# Before you explain a difference between the two numbers, look at the error bar:
# eight fans are few. And which state is hard? *Fine* is: it is taken for each of the
# faults. Fans are not alike from their first day. One is poorly balanced, one has more
# air, one a louder sheet of metal (the card says so), and each of these looks like a
# fault. Training cannot supply what a window does not hold; another *question* may
# (compare with the same fan a month ago). More of that at the end.
#
# ## Training is not inference
#
# Before it goes to the board: what must go, and what stays? **Training** goes forward
# and backward over all rows, again and again, and needs slopes and memories for every
# weight. **Inference** goes forward, once, for one window.
#
# | for $p$ weights, $r$ rows, $e$ epochs | training | inference |
# |---|---|---|
# | multiply-accumulates | about $3 \cdot p \cdot r \cdot e$ | $p$ |
# | kept for each weight | 16 bytes: itself, its slope, two memories of Adam | 1 byte |
# | data at hand | all rows | one window |
# | how often | once, on your desk | every second, while the battery lasts |
#
# (Three, because each weight works once forward, once for its own slope and once for
# the slope of what came in.) The whole search was the same again, for every trial and
# fold.

# %% [markdown]
# ## Step 5: deploy. One byte for each number
#
# The board gets **int8**: whole numbers $q$ from $-128$ to $127$. A range of real
# values, from $a$ to $b$, is laid on these 256 marks, which have 255 gaps:
#
# $$s = \frac{b - a}{255}, \qquad z = \operatorname{round}(-128 - a / s),$$
#
# $$q = \operatorname{round}(x / s) + z .$$
#
# $s$ is the **scale**, the size of one gap; $z$ is the **zero point**, the mark that
# means zero: its formula follows from $q = -128$ at $x = a$. What lies outside
# of the range is clipped to the last mark. The way back is $x \approx s\,(q - z)$.
# The range must contain 0, so that zero is a mark and exact. (The scaler of step 3 is
# something else: it gave each column a middle and a spread of its own, in floats. Here
# one $s$ and one $z$ serve all columns.)


# %% tinyml={"objective": "08-deploy", "role": "explain"}
def scale_and_zero_point(low, high):
    s = (high - low) / 255
    return s, round(-128 - low / s)


def to_int8(x, s, z):
    return np.clip(np.round(x / s) + z, -128, 127).astype(np.int8)


def to_real(q, s, z):
    return s * (q.astype(np.float32) - z)


scaler, network = model
scaled = scale(ready[bands], scaler)  # what the network is fed with
s_in, z_in = scale_and_zero_point(scaled.min(), scaled.max())
marks = to_int8(scaled, s_in, z_in)
print("real ", scaled[0, :4].round(3))
print("marks", marks[0, :4])
print("back ", to_real(marks, s_in, z_in)[0, :4].round(3))
hung_too = scale(preprocess(collect(*train_rows)[0], bands), scaler).min()
plots.say(
    f"From {scaled.min():.2f} to {scaled.max():.2f}: scale {s_in:.5f}, zero point "
    f"{z_in}. With the windows that hung, they would begin at {hung_too:.2f}."
)


# %% tags=["hide-input"] tinyml={"objective": "08-deploy", "role": "explore"}
def range_picture(low, high, bits):
    top = 2**bits - 1  # the number of gaps
    s = (high - low) / top
    z = round(-low / s)  # counted from the lowest mark
    q = np.round(scaled / s) + z
    back = s * (np.clip(q, 0, top) - z)
    off, out = np.sqrt(np.mean((back - scaled) ** 2)), np.mean((q < 0) | (q > top))
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    ax.hist(scaled.ravel(), np.linspace(-5, 5, 81), color="#9fc5e0")
    ax.vlines(s * (np.arange(top + 1) - z), 0, 130, color=RED, lw=4.8 / bits**1.5)
    ax.set(xlabel="value fed to the network", ylabel="how many", xlim=(-5.2, 5.2))
    zero = f"scale {s:.4f}, zero point {z - 2 ** (bits - 1)}"
    return fig, f"{zero}; typically {off:.3f} off, {out:.1%} clipped"


Explore(
    range_picture,
    low=Slider(-5, -1, 2, -3, "lowest value"),
    high=Slider(1, 5, 2, 3, "highest value"),
    bits=Choice([8, 4], 8, "bits"),
    look="Wide means coarse, narrow cuts off. Which hurts with 8 bits, which with 4?",
    alt="A histogram of the values fed to the network, and red marks below it.",
)

# %% [markdown]
# With eight bits rounding hardly hurts, clipping does; with four there is a best
# range in between. And the windows that hung? With them in, the lowest value would
# have been far lower, and every mark coarser. Dirt in step 1 is paid for in step 5.

# %% tags=["hide-input"] tinyml={"objective": "08-deploy", "role": "check"}
Check(
    "A layer's values run from -1 to 4.1. Which mark is the zero point, in int8?",
    answer=-78,
    tolerance=0.5,
    mistakes={
        50: "So many gaps above the lowest value, yes. And which mark is the lowest?",
        -50: "Zero lies above the lowest value. And which mark is the lowest?",
        -128: "That is the mark of the lowest value. Zero is higher.",
        0: "Then half of the marks would lie below zero. Do half of the values?",
        -178: "There is no such mark. Which way is zero from the lowest value?",
        28: "That is the middle of something else. Scale first: the range over 255.",
        77: "You began to count at the top. Where is the lowest value?",
    },
    low="Too low. How many gaps is zero above the lowest value, and which mark is "
    "that one?",
    high="Too high. How many gaps is zero above the lowest value, and which mark is "
    "that one?",
    reveal="5.1 / 255 is 0.02; zero is 50 gaps above -128.",
)

# %% [markdown]
# Weights are easier: around zero, so $z = 0$ and $s = \max|w| / 127$, one scale for
# each neuron. A neuron is then a sum of products of whole numbers,
#
# $$\sum_j w_j x_j \approx s_w s_x \sum_j q_{w,j}\,(q_{x,j} - z_x),$$
#
# and the bias is stored as a whole number of $s_w s_x$, in 32 bits. That is all. Do
# it by hand for the first layer. Then ask TensorFlow's **converter**, which writes the
# file for the board, what it did.

# %% tinyml={"objective": "08-deploy", "role": "explain"}
from tinyml_course import quantize, report, verify

weights, bias = network.coefs_[0], network.intercepts_[0]  # (columns, hidden)
s_w = np.abs(weights).max(axis=0) / 127  # one for each neuron
q_w = np.round(weights / s_w).astype(np.int8)
q_b = np.round(bias / (s_w * s_in)).astype(np.int32)

sums = (marks.astype(np.int32) - z_in) @ q_w + q_b  # int32: whole numbers only
in_bytes = np.maximum(s_w * s_in * sums, 0)
off = np.abs(in_bytes - np.maximum(scaled @ weights + bias, 0)).max()

tflite_model = quantize.to_int8(to_keras(network), scaled)
net = graph.read(tflite_model)
t_in, t_w = (net.tensors[i] for i in net.operators[0].inputs[:2])
plots.say(
    "| | by hand | converter |\n|---|---|---|\n"
    f"| input: scale | {s_in:.6f} | {t_in.scale[0]:.6f} |\n"
    f"| input: zero point | {z_in} | {t_in.zero_point[0]} |\n"
    f"| first neuron: scale of weights | {s_w[0]:.6f} | {t_w.scale[0]:.6f} |\n"
    f"| weights that differ | | {np.sum(t_w.data != q_w.T)} of {q_w.size} |"
)
plots.say(
    f"The largest sum is {np.abs(sums).max():,}: too long for 8 bits, short for 32. "
    f"The layer's values, up to {in_bytes.max():.1f}, are off by {off:.2f} at most."
)

# %% [markdown]
# The file holds what you computed. (Keras came in because the converter reads its
# models; it got our weights and trained nothing.) What the file has beyond this is how
# sums are brought back to 8 bits between two layers; chapter 19 does that by hand too.
#
# ## The arena
#
# Weights lie in flash. The values between the layers need RAM, and when each of them
# is born and dies is known in advance. So a plan is made *before* there is a program:
# one block of bytes, the **arena**, and a place in it for each. Values that are never
# alive together may have the same place. A dense layer needs *all* of its inputs for
# each of its outputs, so those two must lie apart. Before you look: with one byte for
# each value, how many bytes has the arena of your network?

# %% tinyml={"objective": "08-deploy", "role": "explain"}
fig, ax = plt.subplots(figsize=(5.8, 3.3))
hues = [plots.COLORS[c] for c in ("sky", "orange", "green", "purple")]
names = ["input", "hidden", "sums", "answer"]
lives = sorted(net.plan.lives, key=lambda life: life.first)
for hue, name, life in zip(hues, names, lives, strict=True):
    start, span = net.plan.offsets[life.tensors[0]], life.last - life.first + 1
    ax.bar(life.first, life.bytes, span, start, align="edge", color=hue, ec="white")
    middle = life.first + span / 2, start + life.bytes / 2
    ax.text(*middle, f"{name} {life.bytes}", ha="center", va="center", fontsize=11)
steps = ["fill", *(op.kind.replace("fully_connected", "dense") for op in net.operators)]
ax.set_xticks(np.arange(len(steps) + 1) - 0.5, [*steps, "read"])
ax.set(ylabel="byte of the arena", xlim=(-1, len(steps)))
ax.set(title=f"{net.plan.arena_bytes} bytes")
ax.grid(visible=False, axis="x")
plots.show(
    fig,
    alt="Blocks over time. Input and hidden values are there together while the first "
    "layer works; the later, small blocks lie where others have moved out.",
)
plots.say(
    f"Tightest while the first layer works: {lives[0].bytes} bytes in, "
    f"{lives[1].bytes} out. A place of its own for each block would have taken "
    f"{sum(life.bytes for life in lives)}."
)

# %% [markdown]
# The small blocks came later, and lie where others have moved out. Not every layer is
# as greedy as a dense one: softmax may write its answer over its own sums, and a
# convolution over the rows of a picture that it has passed. Then an output reaches
# into the input that dies with it, and the arena is smaller still (chapter 20).
#
# ## All five
#
# The fifth function takes what `train` returned, and some new windows. `run_model`
# builds firmware and runs it on the board, `report.bench` writes the bill, and
# `verify` sends the windows through TensorFlow Lite Micro (**TFLM**), the NumPy
# kernels, the C on this computer and the board, and counts the bytes that differ.
#
# Below it, the flow in one piece, with the settings of the search and building C for
# the board to read. The first four live on in `tinyml_course.scratch.flow`. Change
# one line (let `bands` be 12, say), run the cell, and the rest follows: that is what a
# flow is for.


# %% tinyml={"objective": "08-flow", "role": "exercise"}
def deploy(model, x, x_new):
    scaler, network = model
    tflite_model = quantize.to_int8(to_keras(network), scale(x, scaler))
    net = graph.read(tflite_model)
    seen = net.tensors[net.inputs[0]].quantize(scale(x_new, scaler))
    said = device.run_model(net, seen).outputs.argmax(axis=1)
    return said, report.bench(tflite_model, seen), verify.verify(tflite_model, seen)


bands = winner.params["bands"]  # a divisor of 60
cut, y, fans = clean(*collect(*train_rows))  # 1 collect
x = preprocess(cut, bands)  # 2 preprocess
model = train(x, y, **choices)  # 3 train
per_fan = evaluate(x, y, fans, **choices)  # 4 evaluate: trains its own, fold by fold
x_c = preprocess(cut_c, bands)
said, bill, proof = deploy(model, x, x_c)  # 5 deploy
plots.say(
    f"In building A {per_fan.mean():.1%}, give or take {standard_error(per_fan):.1%}. "
    f"On the board, in building C: **{np.mean(said == y_c):.1%}** (in floats "
    f"{np.mean(answers(model, x_c) == y_c):.1%}). Of {proof['outputs']} bytes "
    f"{proof['mismatches']} differ between the programs. Flash {bill['flash_bytes']:,} "
    f"of {board.flash_bytes:,} bytes, RAM {bill['ram_bytes']} of {board.ram_bytes:,} "
    f"(arena {bill['arena_bytes']}, stack {bill['stack_bytes']}). A window takes "
    f"{bill['latency_ms']:.2f} ms and {bill['energy_uj']:.1f} µJ (estimated)."
)


# %% [markdown]
# That is your first deployment; from here on a chapter can end this way. One thing is
# missing: the bands are still computed on your computer, and only the network is on
# the board. Chapter 13 moves step 2 there as well.
#
# ## A better question
#
# The flow is a circle, and step 4 sent us back: whether a fan shakes *much* cannot be
# told without knowing the fan. So ask for one thing more. On the day when the board
# is put up the fan is known to be fine; let it take six windows then, and from there
# on ask how the fan has *changed*. The six must leave the rows, or they would be
# judged by themselves: a leak. (Fan 4 has lost its fine recording, so it is out.)
#
# %% tinyml={"objective": "08-flow", "role": "exercise"}
def changes(x, y, fans):
    x, keep = x.copy(), np.ones(len(y), bool)
    for fan in np.unique(fans):
        first = np.flatnonzero((fans == fan) & (y == 0))[:6]
        keep[first if len(first) else fans == fan] = False
        x[fans == fan] -= x[first].mean(axis=0) if len(first) else 0
    return x[keep], y[keep], fans[keep]


x_since, y_since, fans_since = changes(x, y, fans)
per_fan = evaluate(x_since, y_since, fans_since, **choices)
model = train(x_since, y_since, **choices)
x_new, y_new, _ = changes(x_c, y_c, fans_c)
said, bill, proof = deploy(model, x_since, x_new)
plots.say(
    f"Building A: {per_fan.mean():.1%}, give or take {standard_error(per_fan):.1%}. On "
    f"the board, building C: **{np.mean(said == y_new):.1%}**; {proof['mismatches']} "
    f"bytes differ. What the board must keep: {x.shape[1]} numbers more."
)

# %% [markdown]
# No search came near that. Nothing about the network has changed; somebody has asked
# what the sensor feels. That is why the time goes into steps 1 and 2.
#
# Too good? You have learned to ask. The six windows and the *fine* ones that were
# judged are of one recording; in use, months lie between. That is the trap again, in
# small, and our recordings cannot tell how small. Only a second afternoon in building
# A can.
#
# ## On your own
#
# 1. Leave one axis of the sensor out, `preprocess(cut[..., [0, 1]], bands)`. Which can
#    go?
# 2. Have that second afternoon: `datasets/fans/make.py` can `record` every fan once
#    more (the recipe is in `recordings`). With the change since *another* day, what
#    remains of the last number? And is one window of the fine fan enough, instead of
#    six?
# 3. Fit the scaler on all rows instead of the training rows of each fold, and measure
#    how much that leak is worth here. Why so much less than the picked columns?
# 4. Run the search with building A cut by *windows* instead of fans. Which settings
#    win, what do they promise, and what do they hold in building C?
#
# ## What you have done
#
# * You **built** the five steps as functions, and ran them in one cell.
# * You **caught** three leaks: windows that overlap, fans on both sides, columns picked
#   before the split.
# * You **judged** by cross-validation with whole fans, with an error bar, and saw that
#   more fans help where more seconds do not.
# * You **searched** by hand, grid, chance and Bayes, and know what a trial costs.
# * You **deployed** a network to the 256 KB board, with scales, zero points and arena
#   worked out by hand, and every byte equal to the reference.
#
# **The idea to keep:** decide what will be new when the model is used, and let nothing
# of it be seen before the model is judged.
#
# **Next:** our windows became columns by hand. A picture has too many numbers for
# that, and something better: chapter 09, *Edges and convolution*.
#
# ## Sources
#
# * *CS249r: Tiny Machine Learning*, Harvard (2020): the five steps, manual, grid,
#   random and Bayesian search. J. Aynsley, *Deep Learning for Engineers*, Doulos
#   (2019).
# * CrowdFlower, *Data Science Report* (2016): where the time goes; the survey asked
#   what takes *most* of it. Anaconda, *State of Data Science* (2020), found less.
# * T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*,
#   2nd ed. (2009), 7.10: cross-validation, the one-standard-error rule, and columns
#   picked before the split.
# * S. Kapoor and A. Narayanan, "Leakage and the Reproducibility Crisis in
#   Machine-Learning-Based Science", *Patterns* 4 (2023): leaks in published work.
# * J. Bergstra and Y. Bengio, "Random Search for Hyper-Parameter Optimization",
#   *JMLR* 13 (2012).
# * D. R. Jones, M. Schonlau and W. J. Welch, "Efficient Global Optimization of
#   Expensive Black-Box Functions", *Journal of Global Optimization* 13 (1998): the
#   expected improvement.
# * T. Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization Framework",
#   *KDD* (2019); J. Bergstra et al., "Algorithms for Hyper-Parameter Optimization",
#   *NIPS* (2011): trees of Parzen estimators.
# * B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference", *CVPR* (2018): scale and zero point.
# * R. David et al., "TensorFlow Lite Micro", *MLSys* (2021): the arena.
# * STMicroelectronics, *LSM9DS1*, data sheet; Arduino, *ArduinoLSM9DS1* reference: ±4 g
#   and 119 readings a second.
