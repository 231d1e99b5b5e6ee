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

# %% [markdown] tinyml={"objectives": ["16-sense","16-features","16-people","16-fuse","16-board"]}
# # Motion
#
# Two people wear the same sensor on the belt. Below, four seconds of each, on the flat
# and on stairs. A walking looks like A coming down, and not at all like B walking. That
# is the trouble with people: they differ more than what they do. How does one teach a
# small board to see through that, and how does one measure honestly whether it does?
#
# **You will**
#
# * **explain** what accelerometer and gyroscope feel, and choose sensors by physics;
# * **record, label and cut** motion, and boil 66 columns down to two;
# * **split by people**, and show that the gap to a split by windows is *people*;
# * **fuse** two sensors in one network, to name an activity and to follow a walk;
# * **put** a network and a tree on the board, and pay the bill of each.
#
# **You need** chapters 05, 08, 10 and 15, and vectors. About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "16-people", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, plots, train
from tinyml_course.datasets import motion
from tinyml_course.scratch.flow import folds, standard_error
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
HUES = [*plots.COLORS.values()][:6]
data = datasets.load("motion")
names, time = data.labels, np.arange(200) / 50
fig, axes = plt.subplots(2, 3, figsize=(6.4, 3.6), sharex=True, sharey=True)
for place, ax in enumerate(axes.flat):
    who, kind = (8, 12)[place // 3], place % 3
    (row,) = np.flatnonzero((data.groups_train == who) & (data.y_train == kind))
    force = motion.to_units(data.x_train[row, 300:500])[:, :3]
    ax.plot(time, np.linalg.norm(force, axis=1), color=HUES[place // 3], lw=1.4)
    ax.set_title(f"{'AB'[place // 3]}: {names[kind]}")
fig.supxlabel("seconds", fontsize=12)
fig.supylabel("length of the force (g)", fontsize=12)
alt = "Six wiggly lines around 1 g: two people walk, climb and descend."
plots.show(fig, alt=alt)

# %% [markdown]
# ## What an accelerometer feels
#
# It does not feel acceleration. Inside is a tiny mass on springs, and the chip reads
# how far the springs are bent. Held still they carry the mass against gravity: they are
# bent, and the reading is 1 g, *upwards*. In free fall mass and housing fall together:
# nothing is bent, and the reading is zero. What it feels is the **specific force**
#
# $$\mathbf f = R^{\mathsf T}(\mathbf a - \mathbf g),$$
#
# the acceleration $\mathbf a$ minus gravity $\mathbf g$ (which points down), seen along
# the sensor's own axes: $R$ is how the sensor is turned. One g is 9.81 m/s².
#
# A **gyroscope** feels how fast its axes turn, in radians a second, and nothing else.
# Gravity is not a turn: held still at *any* angle it reads zero.


# %% tinyml={"objective": "16-sense", "role": "explain"}
def turned(degrees, axis):
    """How a sensor sits: a rotation about x (0), y (1) or z (2)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    R = np.eye(3)
    R[i, i], R[i, j], R[j, i], R[j, j] = c, -s, s, c
    return R


def feels(R, a=(0, 0, 0)):
    """Specific force in g, from the turn R and the acceleration a in m/s2."""
    return R.T @ (np.array(a) - [0, 0, -9.81]) / 9.81


for what, R, a in [
    ("flat on the table", np.eye(3), (0, 0, 0)),
    ("standing on its edge", turned(90, 0), (0, 0, 0)),
    ("flat, in free fall", np.eye(3), (0, 0, -9.81)),
    ("flat, on a tram that starts", np.eye(3), (1.2, 0, 0)),
    ("tilted by 7 degrees, at rest", turned(-7, 1), (0, 0, 0)),
]:
    print(f"{what:30}", feels(R, a).round(2) + 0.0)

# %% [markdown]
# Look at the last two lines: starting gently, or tilted a little? In that moment no
# accelerometer can say. Only time can (a tram stops starting), or the gyroscope (a tilt
# must have been a turn). Turn the phone below, and then let go of it.


# %% tags=["hide-input"] tinyml={"objective": "16-sense", "role": "explore"}
Explore(
    live="phone",
    look="Which bars know the tilt? Which know the turning, and which the fall?",
    alt="A phone drawn askew with its three axes; beside it six bars: three forces, "
    "three rates of turning.",
)

# %% [markdown]
# Between rest and fall lies everything else. A lift shows it on one axis.

# %% tags=["hide-input"] tinyml={"objective": "16-sense", "role": "check"}
Check(
    "A phone lies flat on the floor of a lift, z up. The lift starts upwards with 2 "
    "m/s². What does z read?",
    answer=1.2,
    unit="g",
    tolerance=0.02,
    mistakes={
        0.2: "That is the acceleration alone, in g. What do the springs carry besides?",
        0.8: "Which way are the springs bent more, when the floor pushes harder?",
        -0.8: "Gravity points down, and it is *subtracted*. Watch the signs.",
        2: "m/s² are not g, and something else bends the springs as well.",
        11.81: "The right sum, in m/s². The sensor reads in g.",
        1: "That is the lift at rest. Is the push of the floor the same now?",
    },
    low="Too little: the floor pushes harder than at rest.",
    high="Too much. What does z read at rest, and how many g are 2 m/s²?",
    reveal="(2 + 9.81) / 9.81. In the basement it stops with the same reading.",
)

# %% [markdown]
# ## Sensors by physics
#
# Before any data, physics says what can be told apart by what.
#
# | to tell apart | what differs | who feels it |
# |---|---|---|
# | moving from still | everything | both |
# | lying from sitting | tilt of the trunk | accelerometer at the waist |
# | sitting from standing | tilt of the forearm | accelerometer at the wrist |
# | stairs from flat | pace, heel, lean, hips | both, a little each |
#
# The third row is a guess about *placement*: where a sensor rides may matter more than
# what it costs. Write yours down: how many of 100 windows of sitting will an
# accelerometer at the waist know, and how many one at the wrist? It will be measured.

# %% [markdown]
# ## Record, label, look
#
# Recording is the long part of such a project. In a terminal, `tinyml app recorder`
# opens an app for it: it takes a phone's sensors through the browser, or a CSV from a
# board; you mark spans with the mouse or the keys, name them, and save a labelled CSV.
# Before you scroll on, press *Take a simulated recording* there and find the seams. It
# is the minute below, where they are drawn.

# %% tinyml={"objective": "16-features", "role": "explain"}
counts, truth = motion.session()
felt = motion.to_units(counts)
seams = np.flatnonzero(np.diff(truth)) + 1
starts = np.concatenate([[0], seams, [len(truth)]]) / 50
fig, axes = plt.subplots(2, 1, figsize=(6.4, 4), sharex=True)
for k in range(6):
    ax, unit = axes[k // 3], ("g", "rad/s")[k // 3]
    line = {"lw": 0.7, "color": HUES[k % 3], "label": "xyz"[k % 3]}
    ax.plot(np.arange(len(felt)) / 50, felt[:, k], **line)
    ax.set(ylabel=f"waist ({unit})")
for number, left in enumerate(starts[:-1]):
    axes[0].axvline(left, color="black", lw=1, ls=":")
    kind = names[truth[int(left * 50)]]
    axes[0].text(left + 0.4, (2.05, 2.45)[number % 2], kind, fontsize=9)
axes[0].set_ylim(-2, 2.9)
axes[0].legend(loc="lower left", ncols=3)
axes[1].set_xlabel("seconds")
alt = "Three forces and three rates of turning over a minute, in eight labelled spans."
plots.show(fig, alt=alt)

# %% [markdown]
# Walking on the flat and on stairs differ less than you hoped, sitting and standing
# hardly at all: a line shifts by a little. In one minute there are seven seams, and at
# each somebody must decide to which side half a second belongs.
#
# Nobody recorded thousands of such minutes for this course. Our data are simulated,
# and the card below tells how, and what is missing in it.
#
# ## Windows
#
# A window (chapter 08) must be long enough to hold what repeats, and short enough to
# lie within one activity. UCI's phones used 128 readings, cut anew every 64, so each
# reading is used twice. The frequencies of a window of $n$ readings lie $50/n$ Hz
# apart: what is closer melts into one.


# %% tinyml={"objective": "16-features", "role": "explain"}
from numpy.lib.stride_tricks import sliding_window_view


def cut(x, size=128, step=64):
    return sliding_window_view(x, size, axis=1)[:, ::step].swapaxes(2, 3)


def windows_of(x, y, people):
    cut_x = cut(motion.to_units(x))  # (recordings, count, 128, 12)
    count = cut_x.shape[1]
    return cut_x.reshape(-1, 128, 12), np.repeat(y, count), np.repeat(people, count)


x_train, y_train, people = windows_of(data.x_train, data.y_train, data.groups_train)
x_test, y_test, new_people = windows_of(data.x_test, data.y_test, data.groups_test)
plots.say(data.card)
plots.say(
    f"{len(x_train):,} windows of {len(np.unique(people))} people, and {len(x_test)} "
    f"of {len(np.unique(new_people))} others in the drawer."
)


# %% [markdown]
# Why 128, and why half of it? Choose otherwise, on the session from above.


# %% tags=["hide-input"] tinyml={"objective": "16-features", "role": "explore"}
def window_picture(size, share):
    step = max(1, int(size * (1 - share / 100)))
    kinds = cut(truth[None, :, None], size, step)[0, :, :, 0]
    mixed, wave = np.mean(np.ptp(kinds, axis=1) > 0), felt[430 : 430 + size, 2]
    fig, (ax, power) = plt.subplots(1, 2, figsize=(6.2, 3))
    ax.plot(np.arange(330) / 50, felt[430:760, 2], color="#bbbbbb", lw=1)
    ax.plot(np.arange(size) / 50, wave, color=HUES[0])
    for row, start in enumerate(range(0, 330 - size, step)):  # the windows
        ax.plot(np.array([start, start + size]) / 50, 2 * [0.3 - 0.08 * (row % 2)])
    ax.set(xlabel="seconds", ylabel="waist z (g)", ylim=(0, 2))
    lines = np.fft.rfftfreq(size, 0.02)
    power.plot(lines, np.abs(np.fft.rfft(wave - wave.mean())) / size, "o-", ms=3)
    power.set(xlabel="frequency (Hz)", ylabel="strength (g)", xlim=(0, 10))
    said = f"{size / 50:.2f} s, lines {50 / size:.2f} Hz apart; {len(kinds)} windows"
    return fig, f"{said} in the session, {mixed:.0%} of them across a seam"


Explore(
    window_picture,
    size=Choice([16, 32, 64, 128, 256], 128, "readings in a window"),
    share=Choice([0, 50], 50, "overlap (of 100)"),
    look="From which length on does the step show as a hill? What does it cost?",
    alt="Left, a window of somebody's steps; right, the strengths of its frequencies.",
)

# %% [markdown]
# Long windows show fine lines and come late, and more of them lie across a seam.
# Overlap answers twice as often for twice the work, and asks for honesty: a reading
# must not end up on both sides of a split.

# %% tags=["hide-input"] tinyml={"objective": "16-features", "role": "check"}
Check(
    "Two people's steps come 1.8 and 2.0 times a second. How many readings, at 50 a "
    "second, must a window have so that the two lie one line apart?",
    answer=250,
    tolerance=3,
    unit="readings",
    mistakes={
        25: "That is the length of one step. How far apart are the lines, for n "
        "readings?",
        28: "That is the length of one step. How far apart are the lines, for n "
        "readings?",
        10: "The lines lie 50/n apart, not n/50.",
        5: "Seconds, then. How many readings are that?",
        128: "Then the lines lie 0.39 Hz apart. The two are closer.",
        100: "Two seconds: the lines lie half a hertz apart.",
    },
    low="Too few: their lines lie further apart than the two steps do.",
    high="More than needed. Which distance has to be one line?",
    reveal="Five seconds. A window that long would cross many seams.",
)

# %% [markdown]
# ## Sixty-six numbers
#
# Before networks, people wrote down what they would look for. MathWorks' example of
# activity recognition computes 66 numbers from the three axes of the accelerometer;
# here are their kinds. For each axis: mean, and root mean square about it (2); from the
# **autocorrelation**, the window against itself shifted: its power, the lag of the
# strongest echo (a step or two!), and its strength (3); the six highest peaks of the
# spectrum, where and how high (12); the power in five bands (5).


# %% tinyml={"objective": "16-features", "role": "explain"}
from itertools import pairwise

from tinyml_course.scratch.motion import EDGES_HZ, FEATURES, RATE_HZ


def averages(a):
    return np.hstack([a.mean(axis=1), a.std(axis=1)])


def echoes(a):
    still = a - a.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(still, 256, axis=1)) ** 2
    r = np.fft.irfft(power, axis=1)[:, :101] / 128  # lags up to 2 s
    top = (r[:, 1:-1] > r[:, :-2]) & (r[:, 1:-1] >= r[:, 2:])
    top[:, :14] = False  # an echo sooner than 0.3 s is the same move
    lag = np.where(top, r[:, 1:-1], -1).argmax(axis=1) + 1  # (n, 3)
    height = np.take_along_axis(r, lag[:, None], axis=1)[:, 0]
    columns = [np.log10(r[:, 0] + 1e-7), lag / RATE_HZ, height / (r[:, 0] + 1e-7)]
    return np.stack(columns, axis=2).reshape(len(a), -1)


# %% [markdown]
# The spectrum is chapter 13's, without window or decibels. `features` puts all side by
# side; for a second sensor the same 66 are computed once more. (They live on in
# `tinyml_course.scratch.motion`, and `FEATURES` has their names.)


# %% tinyml={"objective": "16-features", "role": "explain"}
def spectrum(a):
    still = a - a.mean(axis=1, keepdims=True)
    return np.abs(np.fft.rfft(still, axis=1) / 128) ** 2


def peaks(a, count=6):
    power = spectrum(a)
    top = (power[:, 1:-1] > power[:, :-2]) & (power[:, 1:-1] >= power[:, 2:])
    bins = np.argsort(np.where(top, -power[:, 1:-1], 0), axis=1)[:, :count] + 1
    height = np.log10(np.take_along_axis(power, bins, axis=1) + 1e-9)
    columns = np.stack([bins * RATE_HZ / 128, height], axis=1)  # (n, 2, count, 3)
    return columns.transpose(0, 3, 1, 2).reshape(len(a), -1)


def bands(a):
    power, hz = spectrum(a), np.arange(65) * RATE_HZ / 128
    inside = [(hz >= low) & (hz < high) for low, high in pairwise(EDGES_HZ)]
    sums = [power[:, lines].sum(axis=1) for lines in inside]
    return np.log10(np.stack(sums, axis=2) + 1e-9).reshape(len(a), -1)


def features(a):
    return np.hstack([averages(a), echoes(a), peaks(a), bands(a)])


# %% [markdown]
# ## From 66 to 2
#
# Which of them matter? Three ways to find out. **Rank**: how far do the classes' means
# lie apart, against the spread inside a class? **Greedy**: take the best column, then
# the one that helps most beside it. **Mix**: not columns but directions. PCA takes
# those in which the rows differ most, whoever they are; LDA those that pull the
# classes apart.


# %% tinyml={"objective": "16-features", "role": "explain"}
def spread_ratio(x, y):
    classes = [x[y == k] for k in np.unique(y)]
    between = np.var([rows.mean(axis=0) for rows in classes], axis=0)
    inside = np.mean([rows.var(axis=0) for rows in classes], axis=0)
    return between / (inside + 1e-12)


def pca(x):
    _, _, directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return directions[:2].T


def lda(x, y, shrink=0.02):
    means = np.array([x[y == k].mean(axis=0) for k in range(y.max() + 1)])
    inside = np.cov((x - means[y]).T) + shrink * np.eye(x.shape[1])
    round_ = np.linalg.cholesky(np.linalg.inv(inside))  # makes each class a ball
    _, _, directions = np.linalg.svd((means - means.mean(axis=0)) @ round_)
    return round_ @ directions[:2].T


PLACES = {"waist force": 0, "waist turn": 3, "wrist force": 6, "wrist turn": 9}
columns = {name: features(x_train[..., k : k + 3]) for name, k in PLACES.items()}


# %% [markdown]
# Each is judged with people left out, by the simplest model of chapter 05: a bell curve
# for each class and column.


# %% tinyml={"objective": "16-features", "role": "explain"}
from sklearn.naive_bayes import GaussianNB


def by_people(make, x, y, k=7):
    right = np.zeros(len(y), bool)
    for held in folds(people, k):  # two people at a time
        right[held] = make().fit(x[~held], y[~held]).predict(x[held]) == y[held]
    return right


def share(chosen, y):
    return by_people(GaussianNB, x66[:, chosen], y).mean()


x66, still = columns["waist force"], (y_train > 2).astype(int)
tasks, picked = {"six": y_train, "two": still}, {}
rows = "| task | columns | right |\n|---|---|---|"
for task, y in tasks.items():
    ranked = np.argsort(spread_ratio(x66, y))[::-1]
    second = max(ranked[1:20], key=lambda column: share([ranked[0], column], y))
    picked[task] = [ranked[0], second]
    for chosen in ([ranked[0]], ranked[:2], picked[task]):
        listed = " and ".join(f"*{FEATURES[i]}*" for i in chosen)
        rows += f"\n| {task} classes | {listed} | {share(chosen, y):.1%} |"
plots.say(rows)

# %% [markdown]
# (For each task: the first of the ranking, its first two, and the greedy pair, its
# second looked for among the next nineteen.) The ranking says the same twice: its first
# ones all tell moving from still, even where six classes are asked for. Greedy asks
# what is *new* in the second. Still or moving needs one column, so a tree of one
# question. Six activities do not fit into two columns; how far do two directions get?

# %% tags=["hide-input"] tinyml={"objective": "16-features", "role": "explore"}
scaled = (x66 - x66.mean(axis=0)) / x66.std(axis=0)


def scatter_picture(how, classes):
    y, names_ = tasks[classes], names if classes == "six" else ("moving", "still")
    labels = [f"{how} 1", f"{how} 2"]
    if how == "two columns":
        plane, labels = x66[:, picked[classes]], [FEATURES[i] for i in picked[classes]]
    else:
        plane = scaled @ (pca(scaled) if how == "PCA" else lda(scaled, y))
    fig, ax = plt.subplots(figsize=(5.4, 3.6))
    for k, name in enumerate(names_):
        ax.scatter(*plane[y == k][::9].T, s=12, marker="o^sDvP"[k], label=name)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=10)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return fig, f"{how}: {by_people(GaussianNB, plane, y).mean():.1%} right"


Explore(
    scatter_picture,
    how=Choice(["two columns", "PCA", "LDA"], "two columns", "two dimensions"),
    classes=Choice(["six", "two"], "six", "classes"),
    look="Which activities part, and which lie on one another whatever you do?",
    alt="A scatter of windows in two dimensions, each activity with a colour and mark.",
)

# %% [markdown]
# (LDA has looked at the labels of all windows before it was judged: chapter 08's leak
# of the picked columns, here in a picture. In a real search it belongs inside the
# folds. So do the picked pairs.)
#
# ## Whose windows?
#
# Now all columns of the waist, both sensors, and a forest (chapter 05). Judge it twice:
# a quarter of the *windows* put aside, then whole *people*. How wide is the gap?

# %% tags=["hide-input"] tinyml={"objective": "16-people", "role": "predict"}
from sklearn.ensemble import ExtraTreesClassifier as Forest


def two_splits(x, y, who, k=7):
    mixed = np.random.default_rng(0).permutation(len(y)) % k
    scores = []
    for marks in (mixed, who):
        right = np.zeros(len(y), bool)
        for held in folds(marks, k):
            trees = Forest(40, random_state=0).fit(x[~held], y[~held])
            right[held] = trees.predict(x[held]) == y[held]
        scores.append(right.mean())
    return scores


waist = np.hstack([columns["waist force"], columns["waist turn"]])  # (n, 132)
by_window, by_person = two_splits(waist, y_train, people)
Predict(
    f"With windows put aside, {by_window:.1%} are right. How many of 100 with people "
    "put aside?",
    answer=round(100 * by_person),
    unit="of 100",
    explain="Windows put aside had neighbours of the same person and the same belt on "
    "the other side. New people have not.",
)

# %% [markdown]
# Is it really the *people*? With recordings of people one could not say: a window also
# shares its day, its shoes, its battery with its neighbours. A simulation can be asked.
# Make the same ten people again, with the same noise, and turn down how much they
# differ: `spread`.

# %% tinyml={"objective": "16-people", "role": "explain"}
SPREADS = (0.0, 0.5, 1.0)
gaps = []
for spread in SPREADS:
    made = motion.generate(10, seconds=12.8, seed=3, spread=spread)
    x, y, who = windows_of(made["counts"], made["activity"], made["subject"])
    x = np.hstack([features(x[..., :3]), features(x[..., 3:6])])
    gaps.append(two_splits(x, y, who, k=5))
gaps = 100 * np.array(gaps)
fig, ax = plt.subplots(figsize=(5.4, 3.2))
ax.plot(SPREADS, gaps[:, 0], "--s", color=HUES[1], label="windows put aside")
ax.plot(SPREADS, gaps[:, 1], "-o", color=HUES[0], label="people put aside")
ax.set(xlabel="how much people differ (1: as in our data)", ylim=(40, 103))
ax.set(ylabel="windows right (of 100)", xticks=SPREADS)
ax.legend(loc="lower left")
plots.show(fig, alt="Two lines that meet near 100 at 0 and part as people differ more.")
gap = gaps[:, 0] - gaps[:, 1]
plots.say(
    f"The gap is **{gap[2]:.1f} points** with people as they are, {gap[1]:.1f} with "
    f"half their differences, and **{gap[0]:.1f}** with none."
)

# %% [markdown]
# With people all the same, it does not matter who is put aside. The gap *is* the
# differences between people; nothing is wrong with windows of known people, if your
# product will only ever meet known people (a watch that learns its owner, say).
#
# ## Your turn: one number per person
#
# A mean over windows hides who was failed. Write what chapter 08 did for fans: the
# share of right answers of each person, in the order of their numbers. Problem set
# `ps07` starts from there: it has you leave people out, and look at the worst off.


# %% tinyml={"objective": "16-people", "role": "exercise"}
def per_person(right, people):
    """right (n,) True or False, people (n,) -> one share for each person."""
    # yours


# %% tags=["hide-input"] tinyml={"objective": "16-people", "role": "check"}
def test_per_person():
    right = np.array([1, 0, 1, 1, 0, 0, 1, 1, 1, 0], bool)
    who = np.array([7, 2, 7, 2, 9, 9, 2, 7, 7, 9])
    got = per_person(right, who)
    if got is None:
        return "Nothing came back. Does it end with `return`?"
    if np.ndim(got) == 0:
        return "One number hides everybody. One for *each* person, please."
    if np.shape(got) == (10,):
        return "That is one number per window. How many people are there?"
    if np.shape(got) != (3,):
        return "Three people should give three numbers: `np.unique` lists them."
    if np.allclose(got, [2, 4, 0]):
        return "Those are counts. Of how many windows of that person?"
    if np.allclose(got, [0.2, 0.4, 0]):
        return "Divided by all windows. Each person's own windows are meant."
    if not np.allclose(got, [2 / 3, 1, 0]):
        return "Not the shares, in the order of the numbers: `people == one` picks."


Check(
    "`per_person(right, people)` gives each person's share.",
    test=test_per_person,
    reveal="Its mean weighs people, not windows; its spread gives the error bar.",
)

# %% [markdown]
# ## Who feels what
#
# Your guess about sensors is due. Leave sensors out, people always left out as well.

# %% tinyml={"objective": "16-sense", "role": "explain"}
from tinyml_course.scratch.motion import per_person as share_of


def trees():
    return Forest(40, random_state=0)


teams = {name: [name] for name in PLACES}
teams |= {"waist, both": list(PLACES)[:2], "wrist, both": list(PLACES)[2:]}
teams |= {"both forces": list(PLACES)[::2], "all four": list(PLACES)}
rows = "| sensor | steps | sitting | standing | lying | all |\n" + 6 * "|---" + "|"
for title, team in teams.items():
    right = by_people(trees, np.hstack([columns[name] for name in team]), y_train)
    kinds = [still == 0, *(y_train == k for k in (3, 4, 5))]
    cells = " | ".join(f"{right[kind].mean():.0%}" for kind in kinds)
    score = share_of(right, people)
    both = f"**{score.mean():.1%}** ± {standard_error(score):.1%}"
    rows += f"\n| {title} | {cells} | {both} |"
plots.say(rows)

# %% [markdown]
# Physics was right before a single model was trained. A gyroscope finds out *that*
# somebody rests, then does little better than a three-sided die; accelerometers see
# gravity. The waist knows who lies; the wrist knows who stands, for then the arm hangs;
# together they know all three. Among steps the sensors help each other only a little,
# because people differ more than their stairs do.
#
# ## Networks that read windows
#
# A network may find its own columns. Four small ones:
#
# * a **1-D CNN**: chapter 10 along time, three convolutions of stride 2;
# * an **RNN**: chapter 15's LSTM, four readings a step, 32 steps;
# * a **CRNN**: two convolutions, and a GRU reads what they found;
# * **DeepSense**: the window in eight short intervals; in each, a CNN *for each
#   sensor*, one that **merges** what they found, and a GRU over the intervals.
#
# And something physics gave us for free: nobody wears a belt like anybody else. A
# sensor worn askew reads the same vectors in turned axes. So make two more copies of
# each window, each turned by a small random rotation. (Both sensors sit on one chip, so
# both turn alike.)


# %% tinyml={"objective": "16-fuse", "role": "explain"}
def rotations(turns):
    angle = np.linalg.norm(turns, axis=1)[:, None, None] + 1e-12
    a, b, c = turns.T / angle[:, 0, 0]
    zero = np.zeros(len(turns))
    K = np.stack([zero, -c, b, c, zero, -a, -b, a, zero], axis=1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K


def askew(x, rng, degrees=12):
    R = rotations(rng.normal(0, np.radians(degrees), (len(x), 3)))
    sensors = x.reshape(*x.shape[:2], -1, 3)
    return np.einsum("nij,ntsj->ntsi", R, sensors).reshape(x.shape).astype(x.dtype)


# %% [markdown]
# Four networks in seven folds would take minutes, so they were **trained beforehand**,
# by the recipe `datasets/motion_models/make.py`; its card says so, and a test trains a
# part of it again. So that the race is fair, the recipe has also trained a logistic
# regression on the 132 columns, with turned copies and without, and the CNN without.
# The tree, the neighbours and the forest are trained here, the same people left out.

# %% tinyml={"objective": "16-fuse", "role": "explain"}
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier


def tree_of(leaf=10):
    return DecisionTreeClassifier(min_samples_leaf=leaf, random_state=0)


def neighbours():
    return make_pipeline(StandardScaler(), KNeighborsClassifier(15))


plain = {"tree": tree_of, "k-NN": neighbours, "forest": trees}
race = {name: by_people(make, waist, y_train) for name, make in plain.items()}
titles = {"logistic": "logistic", "turned": "logistic, turned", "plain": "1-D CNN"}
titles |= {"cnn": "1-D CNN, turned", "rnn": "RNN, turned", "crnn": "CRNN, turned"}
titles["fusion"] = "DeepSense, turned"
with np.load(datasets.folder("motion_models") / "answers.npz") as stored:
    race |= {title: stored[name] == y_train for name, title in titles.items()}

# %% [markdown]
# Blue read columns, orange read windows. A pale dot is one person, judged by a model
# that has not met them; the diamond is the mean of the fourteen, with its standard
# error.

# %% tags=["hide-input"] tinyml={"objective": "16-fuse", "role": "explain"}
fig, ax = plt.subplots(figsize=(6.2, 4.2))
order = sorted(race, key=lambda title: race[title].mean())
for place, title in enumerate(order):
    score = 100 * share_of(race[title], people)
    hue = HUES[any(net in title for net in ("NN, t", "1-D", "DeepSense"))]
    ax.scatter(score, np.full(len(score), place), s=18, color=hue, alpha=0.4)
    error = standard_error(score)
    ax.errorbar(score.mean(), place, xerr=error, fmt="D", color=hue, capsize=4)
ax.set(yticks=range(len(order)), yticklabels=order, xlabel="windows right (of 100)")
plots.show(
    fig,
    alt="Ten models; pale dots for fourteen people, widely spread, and a mark with an "
    "error bar at the mean of each.",
)
second, best = order[-2:]
apart = share_of(race[best], people) - share_of(race[second], people)
said = f"First *{best}* ({race[best].mean():.1%}), {apart.mean():.1%} ± "
said += f"{standard_error(apart):.1%} before *{second}*, person by person. "
for name in ("logistic", "1-D CNN"):
    turned_too, without = (race[name + more] for more in (", turned", ""))
    gain = share_of(turned_too, people) - share_of(without, people)
    said += f"Turned copies gave *{name}* {gain.mean():.1%} ± "
    said += f"{standard_error(gain):.1%}. "
plots.say(f"{said}Worst off with the first: {share_of(race[best], people).min():.0%}.")

# %% [markdown]
# Read the dots before the diamonds. The luck of one person is wider than the distance
# between neighbours in the list; with fourteen people, most places could be changed.
# Two things are worth saying. The copies cost two lines and lifted both, the
# regression beyond doubt: somebody knew *how the world varies*, and said so. And first,
# if not by more than chance, comes no network, but columns that people wrote, under the
# model of chapter 04. Fourteen people are few to learn from, and the columns bring
# physics along that the networks have to find out.
#
# ## Where did he go?
#
# Naming is **classification**. The same sensors could do **estimation**: how far did
# somebody walk, and where to? In principle that is school physics. Turn the forces into
# the world's axes (the gyroscope tells how one has turned), take gravity off, add up
# once for speed and once more for place. Every walk below starts with a second of
# rest, so tilt and bias can be read off first.


# %% tinyml={"objective": "16-fuse", "role": "explain"}
def integrate(x, still=45):
    bias = x[:, :still, 3:].mean(axis=1, keepdims=True)
    force, rate = x[..., :3] * 9.81, x[..., 3:] - bias
    up = force[:, :still].mean(axis=1)
    g = np.linalg.norm(up, axis=1, keepdims=True)
    ahead = np.cross(np.cross(up, [1.0, 0, 0]), up)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    R = np.stack([ahead, np.cross(up / g, ahead), up / g], axis=1)  # sensor to world
    speed, place, path = np.zeros((len(x), 3)), np.zeros((len(x), 3)), []
    for now in range(x.shape[1]):
        R = R @ rotations(rate[:, now] / RATE_HZ)
        push = (R @ force[:, now, :, None])[..., 0] - g * [0, 0, 1]
        speed = speed + push / RATE_HZ
        place = place + speed / RATE_HZ
        path.append(place[:, :2])
    return np.stack(path, axis=1)


raw, path = motion.walks(100, seed=2)
by_physics = integrate(walked := motion.to_units(raw))  # (100, 400, 6): 8 s, waist
off, far = (np.linalg.norm(p, axis=2).mean(0) for p in (by_physics - path, path))
plots.say(
    f"After 2 s the sum is off by {off[99]:.2f} m, after 8 s by **{off[-1]:.1f} m**. "
    f"On average people ended {far[-1]:.1f} m from the start."
)

# %% [markdown]
# That is **drift**. A constant error $\varepsilon$ of acceleration becomes
# $\tfrac12\varepsilon t^2$ of place, and a tilt that is wrong by $\delta$ radians lets
# $\delta g$ of gravity leak into the horizontal. (Submarines add up for weeks, with far
# better sensors, and still need a fix from outside now and then.)

# %% tags=["hide-input"] tinyml={"objective": "16-fuse", "role": "check"}
Check(
    "At rest, the tilt was read wrong by 0.01 radians, a bit more than half a degree. "
    "How far off is the place after 10 s?",
    answer=4.9,
    unit="m",
    tolerance=0.15,
    mistakes={
        9.8: "Right but for a factor: what does adding up t give?",
        0.98: "That is the speed after ten seconds. Add up once more.",
        0.5: "You took 0.01 for the acceleration in m/s². How many m/s² of gravity "
        "leak in?",
        490.5: "The whole of gravity? Only 0.01 of it leaks in.",
        0.1: "That is the acceleration that leaks in, in m/s². Now add up twice.",
    },
    low="Too little. How many m/s² leak in, and how often is that added up?",
    high="Too much. How much of gravity leaks in, and what is its share of place?",
    reveal="Half of 0.0981 m/s² times 100 s², from a tilt that no eye would see.",
)

# %% [markdown]
# DeepSense's answer: do not add up noise, learn what *people* do. Who strides far bobs
# high, and a stiff leg ties the two together; the gyroscope knows the turn. The network
# of before, with sixteen intervals of half a second and two numbers out for each,
# learned from 1,500 walks of other people (trained beforehand, the same recipe). To be
# fair, a third runner without any network: heading from the gyroscope, and everybody
# walks at the mean pace of a hundred others.

# %% tinyml={"objective": "16-fuse", "role": "explain"}
import keras

ends = np.arange(24, 400, 25)  # the last reading of each interval
walker = keras.models.load_model(datasets.folder("motion_models") / "walker.keras")
others = motion.walks(100, seed=3)[1]
pace = np.linalg.norm(np.diff(others, axis=1), axis=2).mean(axis=0)  # a reading
turn = walked[..., 5] - walked[:, :45, 5].mean(axis=1, keepdims=True)
heading = np.cumsum(turn, axis=1)[:, :-1] / 50
along = np.stack([np.cos(heading), np.sin(heading)], axis=2) * pace[:, None]
runners = {
    "twice added up": by_physics[:, ends],
    "heading, mean pace": np.cumsum(along, axis=1)[:, ends - 1],
    "network": walker.predict(walked, verbose=0),  # (100, 16, 2)
}
miss = {n: np.linalg.norm(g - path[:, ends], axis=2) for n, g in runners.items()}
rows = "| after 8 s | off on average | worst of 100 |\n|---|---|---|"
for name, m in miss.items():
    rows += f"\n| {name} | {m[:, -1].mean():.2f} m | {m[:, -1].max():.1f} m |"
own = np.linalg.norm(np.diff(path, axis=1), axis=2).sum(axis=1) / pace.sum()
told = np.cumsum(along * own[:, None, None], axis=1)[:, -1] - path[:, -1]
told = np.linalg.norm(told, axis=1).mean()
plots.say(f"{rows}\n\nTold each one's own pace, the second would miss by {told:.2f} m.")

# %% [markdown]
# An average hides how an error grows. Here are three of the hundred.


# %% tags=["hide-input"] tinyml={"objective": "16-fuse", "role": "explore"}
def walk_picture(walk, until):
    fig, (ax, error) = plt.subplots(1, 2, figsize=(6.4, 3.2))
    upto = 2 * until
    ax.plot(*path[walk, : ends[upto - 1]].T, color="black", lw=4, alpha=0.25)
    for k, (name, guess) in enumerate(runners.items()):
        ax.plot(*guess[walk, :upto].T, ("--", ":", "-")[k], color=HUES[k], label=name)
        error.plot(ends[:upto] / 50, miss[name][walk, :upto], color=HUES[k])
    ax.set(xlabel="ahead (m)", ylabel="to the left (m)", aspect="equal")
    ax.set(xlim=(-8, 14), ylim=(-11, 11))
    error.set(xlabel="seconds", ylabel="off (m)", xlim=(0, 8.2), ylim=(0, 12))
    error.legend(*ax.get_legend_handles_labels(), fontsize=9, loc="upper left")
    said = ", ".join(f"{n} {m[walk, upto - 1]:.1f} m" for n, m in miss.items())
    return fig, f"after {until} s: {said}"


Explore(
    walk_picture,
    walk=Slider(0, 2, 1, 0, "walk"),
    until=Slider(2, 8, 2, 8, "seconds"),
    look="Move the seconds on. Which error grows how?",
    alt="Left, a walk seen from above (grey) and three guesses; right, their errors.",
)

# %% [markdown]
# The double sum leaves in a curve that grows and grows; the other two stay near. The
# network does what the mean pace cannot: it hears each one's own, and that is most of
# its lead. It knows no physics at all, only people: in a car, it would still tell how
# far the car has walked.
#
# ## On the board: the network
#
# Now train the 1-D CNN here, on all fourteen people, and open the drawer with the six
# others. Batch normalization is folded into the convolutions by the converter.

# %% tinyml={"objective": "16-board", "role": "explain"}
from keras import layers

from tinyml_course import graph, quantize


def conv(filters, width):
    steps = layers.Conv1D(filters, width, strides=2, use_bias=False)
    return [steps, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


train.seed_everything(0)
body = [*conv(16, 7), *conv(24, 5), *conv(32, 3)]
end = [layers.GlobalAveragePooling1D(), layers.Dense(6, activation="softmax")]
model = keras.Sequential([keras.Input((128, 6)), *body, *end])

copies = [askew(x_train[..., :6], np.random.default_rng(n)) for n in (0, 1)]
many, y_many = np.concatenate([x_train[..., :6], *copies]), np.tile(y_train, 3)
for rate, epochs in ((3e-3, 4), (5e-4, 2)):
    train.fit(model, many, y_many, epochs=epochs, batch_size=64, learning_rate=rate)
tflite_model = quantize.to_int8(model, many[::10])

# %% [markdown]
# Six people in the drawer, and two models that should say the same.

# %% tinyml={"objective": "16-board", "role": "explain"}
net, waist_test = graph.read(tflite_model), x_test[..., :6]
x_int8 = net.tensors[net.inputs[0]].quantize(waist_test)
in_float = model.predict(waist_test, verbose=0).argmax(axis=1) == y_test
in_int8 = graph.invoke(net, x_int8).reshape(len(y_test), 6).argmax(axis=1) == y_test
score = [f"{share:.0%}" for share in share_of(in_int8, new_people)]
plots.say(
    f"On new people {in_float.mean():.1%} in floats, **{in_int8.mean():.1%}** in int8: "
    f"{train.paired_difference(in_float, in_int8)}. Person by person: "
    f"{', '.join(score)}."
)

# %% tags=["hide-input"] tinyml={"objective": "16-board", "role": "check"}
Check(
    "The first convolution takes 128 readings of 6 channels with 16 filters of width 7 "
    "and stride 2, without padding. How many multiply-accumulates is that?",
    answer=40992,
    mistakes={
        6832: "For one channel. Each filter looks at all six.",
        81984: "Every reading, that is. And the stride?",
        672: "Those are its weights. At how many places are they used?",
        43008: "Without padding the last windows do not fit: not 64 places.",
        2562: "For one filter. How many are there?",
        5856: "A filter has a width, too: how many readings does each place take?",
    },
    low="Places times filters times width times channels. Which one is missing?",
    high="Places times filters times width times channels. How many places fit?",
    reveal="61 places, 16 filters, 7 readings of 6 channels each.",
)

# %% [markdown]
# ## On the board: the tree
#
# A single tree is not the best of the list, but what does it cost? It needs *few*
# columns, and only those have to be computed. And it only **compares**: whether
# $\log_{10} p \le \theta$ or $p \le 10^\theta$ makes no difference, so roots,
# logarithms, and the scale of the counts move into the thresholds beforehand. The sums
# below are of whole counts, straight from the sensor.
#
# Three functions in C give all that is needed: mean, root mean square and five bands of
# six channels, 42 of the 132. `as_questions` writes the tree down with them, nested
# questions in C. Which activity does it name after its first one, and why is that the
# easiest? Then let `max_leaf_nodes` be 30, or 5, and see what the bill says.

# %% tinyml={"objective": "16-board", "role": "exercise"}
from tinyml_course import device
from tinyml_course.scratch.motion import TREE_C, TREE_H, as_questions

cheap = np.r_[0:6, 51:66]  # of a sensor's 66: averages and bands
cheap = np.r_[cheap, cheap + 66]
tree = DecisionTreeClassifier(max_leaf_nodes=14, random_state=0)
tree.fit(waist[:, cheap], y_train)
invoke = as_questions(tree.tree_, cheap, motion.FULL_SCALE)
print(TREE_C[TREE_C.index("/* 128 * 128 times the power") :], invoke[:420], "...")

seen = np.ascontiguousarray(cut(data.x_test[..., :6]).reshape(-1, 128, 6))  # counts
firmware = device.build_model({"tree.c": TREE_C + invoke, "tree.h": TREE_H}, "tree")
ran = device.run(firmware, seen.tobytes(), name="tree")
said = np.frombuffer(ran.stdout, np.uint8)
pair = np.hstack([features(x_test[..., k : k + 3]) for k in (0, 3)])
same = np.sum(said == tree.predict(pair[:, cheap]))
asked = np.unique(tree.tree_.feature[tree.tree_.feature >= 0])
plots.say(
    f"{len(asked)} different columns are asked for. On {same} of {len(seen)} windows "
    "the board and scikit-learn say the same."
)

# %% [markdown]
# ## The bill
#
# The recurrent network waits in `datasets/motion_models`: one step of it in int8, as in
# chapter 15, its state kept by the caller. Its row is for *one* step of four readings;
# a window has 32.

# %% tinyml={"objective": "16-board", "role": "explain"}
from tinyml_course import report, verify

bill = {"1-D CNN": (cnn := report.bench(tflite_model, x_int8[:50]))}
cnn["accuracy"] = in_int8.mean()
board = boards.get("nano33")
seconds = ran.inference_cycles / board.clock_hz
bill["tree with its columns"] = {
    "accuracy": np.mean(said == y_test),
    "flash_bytes": firmware.flash_bytes,
    "ram_bytes": ran.ram_bytes,
    "instructions": ran.inference_instructions,
    "latency_ms": 1e3 * seconds,
    "energy_uj": 1e3 * seconds * board.run_ma * board.volts,
}
bill["RNN, a step of 32"] = step = report.bench(datasets.model_path("motion_models"))
proof = verify.verify(tflite_model, x_int8[:50])
plots.say(
    f"The CNN against TFLM, NumPy and C: {proof['mismatches']} of {proof['outputs']} "
    f"bytes differ. It {'fits' if cnn['fits'] else 'does not fit'}, with an arena of "
    f"{cnn['arena_bytes']:,} bytes. It beats the tree by "
    f"{train.paired_difference(said == y_test, in_int8)}, for "
    f"{cnn['instructions'] / ran.inference_instructions:.1f} times the instructions. "
    f"32 steps of the RNN take {32 * step['instructions']:,}."
)
report.compare(bill)

# %% [markdown]
# A new window is due after 64 readings, so all three rest most of the time. Which would
# you ship? If the question is *still or moving*, none of them: one column and one
# comparison, and the rest of the board sleeps. That can even be the first question on a
# board with a network, which only steps then wake.
#
# ## On your own
#
# 1. **Real people.** With a network at hand, `public.load("uci_har")` (61 MB) gives
#    windows of 30 people in the same columns and labels. Run the two splits there. Is
#    the gap wider than ours? And which two activities does everybody confuse?
# 2. **Yourself.** `tinyml app recorder`: a minute of each activity, labelled. What does
#    the CNN, which has never met a person of flesh, say about you? (A phone's axes are
#    not ours: which rotation do your windows need?)
# 3. **Problem set `ps07`**: leave people out, one number per person, the worst one
#    first; you have just written its first function.
# 4. Shorten the window to 64 readings. The CNN takes it as it is; which of the 66
#    columns become blind, and why?
#
# ## What you have done
#
# * You **explained** readings by specific force and turning rates, and foretold which
#   sensor, worn where, would tell what apart.
# * You **recorded, labelled and cut** motion, and boiled 66 columns down to two.
# * You **split by people**, and saw the gap close when people were made alike.
# * You **fused** two sensors, for a name and for a place, and watched the double sum
#   drift away.
# * You **put** a network and a tree on the board, each with its bill.
#
# **The idea to keep:** say how the world varies, in the split, in the copies, in the
# choice of the sensor, before you say it with more layers.
#
# **Next:** the networks work; now they get small. Chapter 17, *Pruning*.
#
# ## Sources
#
# * D. Anguita, A. Ghio, L. Oneto, X. Parra and J. L. Reyes-Ortiz, "Human Activity
#   Recognition on Smartphones using a Multiclass Hardware-Friendly Support Vector
#   Machine", *IWAAL* (2012), and the data set of 2013 at UCI: activities, windows, the
#   place at the waist.
# * B. Suhm, *Deploying AI to Embedded Systems*, MathWorks, tinyML Talks (2021): 66
#   features reduced to 2, six classes to two; MathWorks, *Human Activity Learning Using
#   Signal Feature Extraction and Classification*: which 66.
# * S. Yao, S. Hu, Y. Zhao, A. Zhang and T. Abdelzaher, "DeepSense: A Unified Deep
#   Learning Framework for Time-Series Mobile Sensing Data Processing", *WWW* (2017).
# * T. T. Um et al., "Data Augmentation of Wearable Sensor Data for Parkinson's Disease
#   Monitoring using Convolutional Neural Networks", *ICMI* (2017): turned copies.
# * O. J. Woodman, *An Introduction to Inertial Navigation*, University of Cambridge,
#   UCAM-CL-TR-696 (2007): how errors grow.
# * A. D. Kuo, "The six determinants of gait and the inverted pendulum analogy", *Human
#   Movement Science* 26 (2007): the stiff leg.
# * STMicroelectronics, *LSM9DS1*, data sheet.
