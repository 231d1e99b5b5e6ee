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

# %% [markdown] tinyml={"objectives": ["01-label", "01-group", "01-reward", "01-place"]}
# # What learning is
#
# Three kinds of wine, and two numbers measured in each bottle. You could write a
# rule that tells the kinds apart. Or you could let the bottles write one. This
# chapter does both, and then two stranger things: it finds groups that nobody
# named, and a way through a room that nobody drew. In the end the small board reads
# digits with what you have built.
#
# **You will**
#
# * **learn from answers**: classify with nearest neighbours, and predict a number;
# * **learn without answers**: find groups with k-means;
# * **learn from rewards**: teach a robot a room, by its map and by trying;
# * **place** a model: in the cloud or on the board, and in how many bytes.
#
# **You need** chapter 00 and a little Python with NumPy arrays; no calculus, no
# library for machine learning. For the last part, enough C to read a loop.
# About 80 minutes.

# %% tags=["hide-input"] tinyml={"objective": "01-label", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from tinyml_course import boards, datasets, device, graph, plots
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
HUES = ListedColormap([plots.COLORS[c] for c in ("blue", "orange", "green")])
wine = datasets.load("wine")
x_train, x_test = wine.x_train[:, [9, 11]], wine.x_test[:, [9, 11]]  # (n, 2)
y_train, y_test = wine.y_train, wine.y_test  # 0, 1 or 2


def draw_wines(ax, x, kinds):
    for kind, name in enumerate(wine.labels):
        style = {"marker": "os^"[kind], "color": HUES(kind), "edgecolors": "white"}
        ax.scatter(*x[kinds == kind].T, s=34, linewidths=0.7, label=name, **style)
    ax.set(xlabel="colour (light swallowed)", ylabel="ultraviolet ratio")
    ax.legend(loc="upper right", handletextpad=0.1, borderpad=0)


fig, ax = plt.subplots()
draw_wines(ax, x_train, y_train)
plots.show(fig, alt="Three clouds of wines: Grignolino left, Barolo right, Barbera low")

# %% [markdown]
# ## A rule by hand
#
# Each point is a bottle, and two numbers say what light does in it: how much of
# it the wine swallows (its *colour*), and how many times as much it swallows of one
# ultraviolet as of another (280 and 315 nanometres, as a *ratio*). A laboratory in
# Genoa measured them, and wrote down what each bottle was.
# (`wine.card` in a new cell tells more.)
#
# You are the programmer. Your rule has two knobs:
#
# * an ultraviolet ratio below the first: Barbera;
# * else a colour above the second: Barolo;
# * else Grignolino.


# %% tinyml={"objective": "01-label", "role": "explore"}
def rule(x, ultraviolet, colour):
    rest = np.where(x[:, 0] > colour, 0, 1)  # Barolo or Grignolino
    return np.where(x[:, 1] < ultraviolet, 2, rest)  # 2 is Barbera


def rule_picture(ultraviolet, colour):
    fig, ax = plt.subplots()
    draw_wines(ax, x_train, y_train)
    ax.axhline(ultraviolet, color="black", lw=1.5)
    ax.vlines(colour, ultraviolet, 4.1, color="black", lw=1.5)
    right = (rule(x_train, ultraviolet, colour) == y_train).sum()
    return fig, f"{right} of {len(y_train)} bottles are right."


Explore(
    rule_picture,
    frames=36,
    ultraviolet=Slider(1.2, 3.2, 0.2, 1.6, "Barbera below (ratio)"),
    colour=Slider(2, 7, 0.5, 6, "Barolo above (colour)"),
    look="Make as many bottles right as you can. Which ones can no such rule get?",
    alt="The wines, a level line and above it an upright one, which cut them in three.",
)

# %% [markdown]
# Whoever turns those knobs well knows something about wine, and it went into the
# program through a person. That is **artificial intelligence** of the older kind:
# a machine does what seems to need thought, by rules that people wrote.
#
# Now let the bottles turn the knobs. A computer is patient; it tries them all.

# %% tinyml={"objective": "01-label", "role": "explain"}
settings = [
    (ultraviolet, colour)
    for ultraviolet in np.arange(1.2, 3.3, 0.05)
    for colour in np.arange(1.5, 8, 0.05)
]
scores = [(rule(x_train, *knobs) == y_train).mean() for knobs in settings]
knobs = settings[np.argmax(scores)]

plots.say(
    f"Of {len(settings):,} settings the best is a ratio of **{knobs[0]:.2f}** and a "
    f"colour of **{knobs[1]:.2f}**: {max(scores):.1%} of the bottles are right."
)

# %% [markdown]
# Nobody told it where the lines belong; the data did. That is **machine
# learning**: a program with knobs, examples, a number that says how good it is, and
# a way to search for better knobs. Take networks with many layers of knobs,
# thousands to billions of them, each layer feeding the next, and it is called **deep
# learning** (chapter 06). Each of the three is a part of the one before.

# %% [markdown]
# What a machine can learn depends on what it gets to see. Three families:
#
# | family | it sees | it finds |
# |---|---|---|
# | **supervised** | examples *with* answers | the answer for a new one |
# | **unsupervised** | examples *without* answers | groups, short descriptions |
# | **reinforcement** | rewards for what it does | what to do |
#
# Their methods. A number is the chapter that builds one; those without a number you
# meet by name only:
#
# * **supervised**: k nearest neighbours (here), linear regression (02), logistic
#   regression (04), trees, forests and support vector machines (05), networks (06),
#   convolutional ones for pictures (10), recurrent ones for sequences (15);
# * **unsupervised**: k-means (here), mean shift (its centres climb to where points
#   are dense), principal components and autoencoders (06), generative adversarial
#   networks (two networks, one forges and one checks);
# * **reinforcement**: value iteration and Q-learning (here), SARSA, DQN, A3C, genetic
#   algorithms (below).

# %% tags=["hide-input"] tinyml={"objective": "01-label", "role": "check"}
Check(
    "Four devices. Which of them **learns from answers**?",
    options=[
        "A heater that goes on below 18 °C, as its maker set it.",
        "A watch that is shown 500 runs and walks, each with its name.",
        "A pump that sorts a year of its own hums into five groups.",
        "A kite that tries steering moves and keeps what takes it higher.",
    ],
    answer="A watch that is shown 500 runs and walks, each with its name.",
    mistakes={
        "A heater that goes on below 18 °C, as its maker set it.": "Who turned that "
        "knob: a person, or data?",
        "A pump that sorts a year of its own hums into five groups.": "It learns. Did "
        "anyone tell it what the hums mean?",
        "A kite that tries steering moves and keeps what takes it higher.": "Nobody "
        "says which move is right. What does it get instead?",
    },
    reveal="Names are answers: supervised. The heater does not learn at all, the pump "
    "learns without answers, the kite from rewards.",
)

# %% [markdown]
# ## Ask the neighbours
#
# Two straight cuts are a poor picture of those clouds. Here is a method with no
# lines at all: to name a new bottle, look at the $k$ known bottles that are
# nearest to it, and let them vote. That is **k nearest neighbours**, k-NN.
#
# "Nearest" hides a trap. Colour goes from about 1 to 13, the ratio from 1 to 4. A
# step of one is small in the first and large in the second. So measure both in
# the same way: how many typical spreads (standard deviations) from the mean?
#
# In the code, `points[:, None]` gives the array one more axis, of length one, and
# NumPy then holds each point against each of the others.
#
# And some bottles stay out. We learn from `x_train`; `x_test` goes into a drawer,
# until there is something to judge.


# %% tinyml={"objective": "01-label", "role": "explain"}
def squared_distances(points, others):
    """(n, m): from each of n points to each of m others, by Pythagoras."""
    return ((points[:, None] - others) ** 2).sum(axis=-1)


def neighbours(known, new, k):
    """(n, k): for each new row, which k known rows are nearest."""
    return squared_distances(new, known).argsort(axis=1, kind="stable")[:, :k]


def knn_vote(known, kinds, new, k):
    votes = kinds[neighbours(known, new, k)]  # (n, k): what each neighbour is
    counts = (votes[..., None] == np.arange(kinds.max() + 1)).sum(axis=1)
    return counts.argmax(axis=1)  # (n,): most votes; of equals, the first


middle, spread = x_train.mean(axis=0), x_train.std(axis=0)
z_train, z_test = (x_train - middle) / spread, (x_test - middle) / spread

# %% tags=["hide-input"] tinyml={"objective": "01-label", "role": "predict"}
own = (knn_vote(z_train, y_train, z_train, 1) == y_train).sum()

Predict(
    f"Take k = 1 and ask for the {len(y_train)} bottles that it knows already. How "
    "many does it get right? (The two cuts got "
    f"{(rule(x_train, *knobs) == y_train).sum()}.)",
    answer=int(own),
    unit="bottles",
    explain=lambda right: (
        f"{right} of {len(y_train)}: the nearest known bottle to a known bottle is "
        "itself. It says what it was told. A perfect score on what it has seen says "
        "nothing about the next bottle, and that is what the drawer is for."
    ),
)

# %% [markdown]
# Colour every place of the picture by how a bottle there would be named, and you
# see where the answer changes: the **decision boundary**. With $k$ you choose how
# many neighbours have a say.


# %% tinyml={"objective": "01-label", "role": "explore"}
across, up = np.meshgrid(np.linspace(1, 13.2, 74), np.linspace(1.1, 4.1, 54))
GRID = np.column_stack([across.ravel(), up.ravel()])  # (3996, 2) places


def boundary(k, units):
    low, scale = (middle, spread) if units == "same spread" else (0, 1)
    known, unseen, places = ((x - low) / scale for x in (x_train, x_test, GRID))
    region = knn_vote(known, y_train, places, k).reshape(across.shape)
    fig, ax = plt.subplots()
    ax.pcolormesh(across, up, region, cmap=HUES, alpha=0.35, rasterized=True)
    draw_wines(ax, x_train, y_train)
    seen = (knn_vote(known, y_train, known, k) == y_train).mean()
    new = (knn_vote(known, y_train, unseen, k) == y_test).mean()
    return fig, f"k = {k}: {seen:.0%} of the known bottles are right, {new:.0%} of new."


Explore(
    boundary,
    frames=18,
    k=Choice([1, 3, 5, 9, 15, 31, 61, 99, 124], 1, "k, neighbours that vote"),
    units=Choice(["same spread", "as measured"], "same spread", "units"),
    look="Raise k. When do the islands go? What is left when everyone votes?",
    alt=lambda k, units: f"Wines on a map of the answers of {k} neighbours, {units}.",
)

# %% [markdown]
# Small $k$: islands around single odd bottles; it has learned the noise by heart.
# Large $k$: everyone votes, and the most common kind wins everywhere; it has
# learned nothing. Something in between is best *on new bottles*, and the score on
# known ones does not show it: that is best at $k = 1$. (Choosing $k$ by the drawer
# uses the drawer up; chapter 07 has a second one.)
#
# In units as measured the borders stand steeper: colour, with its larger numbers,
# counts for more. With these two columns that helps at some $k$ (try 1) and hurts
# at others (try 61); exercise 2 at the end has thirteen.
#
# Is our code right? Ask an **oracle**, a program by others that does the same, at
# every place of the map. And was it worth it? Hold it against the two cuts.

# %% tinyml={"objective": "01-label", "role": "explain"}
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

places = (GRID - middle) / spread
cuts = (rule(x_test, *knobs) == y_test).mean()
rows = ["| k | new bottles right (measured) | places that differ from the oracle |"]
rows += ["|---:|---:|---:|", f"| *two cuts* | {cuts:.1%} | |"]
for k in (1, 5, 15, 75):
    oracle = KNeighborsClassifier(k, algorithm="brute").fit(z_train, y_train)
    differ = (oracle.predict(places) != knn_vote(z_train, y_train, places, k)).sum()
    new = (knn_vote(z_train, y_train, z_test, k) == y_test).mean()
    rows.append(f"| {k} | {new:.1%} | {differ} of {len(places):,} |")
plots.say("\n".join(rows))

# %% [markdown]
# One neighbour is worse than the two cuts, fifteen are a little better. (Of so few new
# bottles, one or two more or less are chance.)
#
# ## A name or a number
#
# Asked for a *kind*, the answer is one of a few names: **classification**. Asked
# for a *quantity*, the answer is a number, and it may miss by a little or a lot:
# **regression**. Neighbours can do both. How strong is a new wine, in per cent of
# alcohol? A vote makes no sense among numbers. What does?
#
# Write it; one line is enough, and `neighbours` is there to be used. (The lines below
# it ask the oracle how far fifteen neighbours miss new bottles, and how far it is
# always to say the mean of all. The check tells, when yours agrees with the oracle.)


# %% tinyml={"objective": "01-label", "role": "exercise"}
def knn_number(known, numbers, new, k):
    """(n,): for each new row, one number made of those of its k neighbours."""
    # your line goes here


alcohol, answers = wine.x_train[:, 0], wine.x_test[:, 0]  # % by volume
theirs = KNeighborsRegressor(15).fit(z_train, alcohol).predict(z_test)
miss, flat = (abs(answers - said).mean() for said in (theirs, alcohol.mean()))
reveal = f"New bottles are missed by {miss:.2f} points; by the flat mean, {flat:.2f}."


# %% tags=["hide-input"] tinyml={"objective": "01-label", "role": "check"}
def test_knn_number():
    known, numbers = np.c_[[0.0, 1, 2, 4, 10]], np.array([4.0, 9, 5, 30, 60])
    near = np.array([[1, 0, 2], [4, 3, 2]])  # of 0.9 and of 9
    got, own = knn_number(known, numbers, np.c_[[0.9, 9]], 3), numbers[near]
    if got is None:
        return "Nothing came back. Does your line begin with `return`?"
    for wrong, hint in [
        (near, "Those say *who* the neighbours are. What are their numbers?"),
        (own, "The neighbours' numbers, yes. Now make one of each row."),
        (own.mean(), "One number for all new rows: over which axis?"),
        (own.mean(axis=0), "One for each rank, not for each row: the other axis."),
        (own.sum(axis=1), "It grows with k: three bottles of 12 % give 36 %."),
        (np.median(own, axis=1), "The middle one of k: why not? But let all k count."),
        (own[:, 0], "That is the nearest one's number. The others have no say."),
    ]:
        if np.shape(got) == np.shape(wrong) and np.allclose(got, wrong):
            return hint
    if np.shape(got) != (2,) or not np.allclose(got, own.mean(axis=1)):
        return "First who is near, then their `numbers`, then one of each row."
    if not np.allclose(knn_number(z_train, alcohol, z_test, 15), theirs):
        return "Right for three neighbours, wrong for fifteen. Does it use k?"


Check("`knn_number` gives each new row a number.", test=test_knn_number, reveal=reveal)

# %% [markdown]
# ## Learn without answers
#
# Take the names away. A board that listens to a pump for a year collects hums by
# the thousand, and nobody names them. Is there something to learn? There may be
# *groups*.
#
# **k-means** finds $k$ of them, each with a **centre**, in two moves that it
# repeats:
#
# 1. every point joins its nearest centre;
# 2. every centre moves to the mean of the points that joined it.
#
# It stops when nothing moves any more. (This $k$ counts groups; the $k$ above
# counted neighbours. Both names are too old to change.)


# %% tinyml={"objective": "01-group", "role": "explain"}
def k_means(points, centres):
    """All rounds: a list of centres (k, d), the first ones given."""
    rounds = [centres]
    while True:
        owner = squared_distances(points, centres).argmin(axis=1)
        moved = centres.copy()
        for j in range(len(centres)):
            if (owner == j).any():  # a centre that nobody joins stays
                moved[j] = points[owner == j].mean(axis=0)
        if np.array_equal(moved, centres):
            return rounds
        rounds.append(moved)
        centres = moved


walks = {}
for start, seed in {"A": 1, "B": 2, "C": 0}.items():
    first = np.random.default_rng(seed).choice(z_train, 3, replace=False)
    walks[start] = k_means(z_train, first)

# %% [markdown]
# Where do the centres start? At three bottles drawn at random. Three different
# draws are below. The sentence under the picture gives the mean squared distance of
# a bottle from its centre, in spreads: the smaller, the tighter the groups.


# %% tinyml={"objective": "01-group", "role": "explore"}
def groups_picture(start, round_):
    walk = walks[start][: round_ + 1]
    apart = squared_distances(z_train, walk[-1])
    owner = apart.argmin(axis=1)
    fig, ax = plt.subplots()
    for j, hue in enumerate([plots.COLORS[c] for c in ("sky", "purple", "black")]):
        ax.scatter(*z_train[owner == j].T, s=26, marker="osD"[j], color=hue)
        ax.plot(*np.array(walk)[:, j].T, "-", color="black", lw=1.2)
        ax.scatter(*walk[-1][j], s=260, marker="X", color=hue, ec="white", lw=2.5)
    ax.set(xlabel="colour (spreads from the mean)", ylabel="ultraviolet (spreads)")
    still = " (nothing moves any more)" if round_ >= len(walks[start]) - 1 else ""
    return fig, f"Round {round_}{still}: on average {apart.min(axis=1).mean():.3f}."


Explore(
    groups_picture,
    frames=27,
    start=Choice(list(walks), "A", "first centres"),
    round_=Slider(0, 8, 1, 0, "rounds"),
    look="Does the number ever rise? Do all three starts end in the same groups?",
    alt=lambda start, round_: (
        f"Start {start}, round {round_}: bottles in three groups, "
        "each with a cross at its centre and the way it came."
    ),
)

# %% [markdown]
# The number never rises, and so the walk must end. *Joining the nearest centre*
# can only shorten a bottle's distance. And of all places, the *mean* has the
# smallest sum of squared distances to its points (chapter 02 says why). There are
# finitely many ways to split the bottles, and none comes twice.
#
# But where it ends depends on where it begins. Is the tightest grouping the true
# one? We do have the names; open the envelope.

# %% tinyml={"objective": "01-group", "role": "explain"}
from sklearn.cluster import KMeans

rows = ["| start | distance | Barolo + Grignolino + Barbera in each group | oracle |"]
rows.append("|---|---:|---|---:|")
for name, walk in walks.items():
    apart = squared_distances(z_train, walk[-1])
    kinds = [y_train[apart.argmin(axis=1) == j] for j in range(3)]
    counts = [" + ".join(map(str, np.bincount(k, minlength=3))) for k in kinds]
    oracle = KMeans(3, init=walk[0], n_init=1, tol=0).fit(z_train)
    off = np.abs(oracle.cluster_centers_ - walk[-1]).max()
    tight = apart.min(axis=1).mean()
    rows.append(f"| {name} | {tight:.3f} | {', '.join(counts)} | {off:.0e} off |")
plots.say("\n".join(rows))

# %% [markdown]
# scikit-learn ends where we end, from each start. And look at the groups. The
# tightest grouping, B, puts most Barolo and Grignolino together and cuts Barbera in
# two; A, a little looser, finds the three kinds quite well. k-means was never asked
# for kinds of wine. It was asked for short distances. **A group is not a class:**
# what it means, a person has to say.
#
# > **Tip: how k-means is used.** From many starts, keeping the tightest; for several
# > $k$, since nobody tells it how many groups there are; and then with a look at
# > what is in each group.

# %% tags=["hide-input"] tinyml={"objective": "01-group", "role": "check"}
Check(
    "Four points on a line, at 1, 2, 6 and 9. The two centres start at 1 and 2. Do "
    "one round of k-means by hand: where is the right centre then? (Two decimals.)",
    answer=round(17 / 3, 2),
    tolerance=0.05,
    mistakes={
        7.5: "That is where it will be in the end. In the first round, which centre "
        "does the point at 2 join?",
        2: "The centre stays only if all its points lie there. Who joins it?",
        4.5: "That is the mean of all four. Does the point at 1 join this centre?",
        6: "That is the point in the middle of three. k-means takes the mean.",
        17: "That is the sum of its points. How many are there?",
        4: "That is halfway between two of its points. Who else joined?",
        1: "That is the left centre.",
    },
    low="Further right. Which points are nearer to 2 than to 1?",
    high="Not so far right. A point that lies on the centre joins it too.",
    reveal="2, 6 and 9 join it: 17 / 3. Next round the point at 2 changes sides.",
)

# %% [markdown]
# ## Learn from rewards
#
# A robot vacuum cleaner in a room of twelve tiles, one of them a pillar. The
# charger is worth 1; the stairs, where it falls, -1. Both end the ride. Its wheels
# slip: of ten moves eight go where it wants, one goes off to the left and one to
# the right. Against a wall or the pillar it stays where it is. And a reward that
# comes later is worth less: each move makes it 0.9 times as much (the **discount**).
#
# No teacher says which move is right. What should it do on each tile?

# %% [markdown]
# Give each tile a **value**: what a robot there can expect if it goes on as well
# as possible. At the charger that is 1. On any other tile it is what the *best*
# move brings, on average over where the wheels may carry it:
#
# $$\text{value of a tile} = \max_{\text{moves}}\; 0.9 \cdot
# (\text{average value of the tile where it lands}).$$
#
# The values stand on both sides, so we cannot just compute them. But we can start
# from zero everywhere and let every tile look at its neighbours, round after
# round. That is **value iteration**; the rule is Bellman's.


# %% tinyml={"objective": "01-reward", "role": "explain"}
ROOM = ["...+", ".#.-", "...."]  # charger, pillar, stairs
TILES = [(r, c) for r in range(3) for c in range(4) if ROOM[r][c] != "#"]
END = {(0, 3): 1.0, (1, 3): -1.0}
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]  # up, right, down, left
DISCOUNT = 0.9


def go(tile, move):
    there = tile[0] + MOVES[move % 4][0], tile[1] + MOVES[move % 4][1]
    return there if there in TILES else tile  # a wall or the pillar


def worth(V, tile, move, slip):
    aside = V[go(tile, move - 1)] + V[go(tile, move + 1)]
    return DISCOUNT * ((1 - slip) * V[go(tile, move)] + slip / 2 * aside)


def next_round(V, slip=0.2):
    best = {t: max(worth(V, t, move, slip) for move in range(4)) for t in TILES}
    return best | END


# %% [markdown]
# Values are not yet deeds. The robot makes the move that brings most: an arrow on
# each tile, or a dot where all moves are worth the same. Here is the room after
# three rounds and after ten, the pillar left white.


# %% tinyml={"objective": "01-reward", "role": "explain"}
def best_moves(V, slip=0.2):
    arrows = {t: "charger" if END[t] > 0 else "stairs" for t in END}
    for t in TILES:
        brings = [round(worth(V, t, move, slip), 9) for move in range(4)]
        best = "·" if min(brings) == max(brings) else "↑→↓←"[np.argmax(brings)]
        arrows.setdefault(t, best)
    return arrows


history = [dict.fromkeys(TILES, 0.0)]
for _ in range(100):
    history.append(next_round(history[-1]))

fig, axes = plt.subplots(2, 1, figsize=(5, 7.2))
for ax, n in zip(axes, (3, 10), strict=True):
    plots.gridworld(ax, history[n], best_moves(history[n]))
    ax.set_title(f"after {n} rounds")
plots.show(
    fig,
    alt="The room twice. After 3 rounds only the tiles near the charger have values. "
    "After 10 every tile has a value and an arrow: up the left side and along the top "
    "to the charger, and away from the stairs.",
)


# %% tinyml={"objective": "01-reward", "role": "explore"}
def rounds_picture(n, slip):
    rounds = [dict.fromkeys(TILES, 0.0)]
    for _ in range(100):
        rounds.append(next_round(rounds[-1], slip))
    arrows, final = best_moves(rounds[n], slip), best_moves(rounds[-1], slip)
    fig, ax = plt.subplots(figsize=(5, 3.6))
    plots.gridworld(ax, rounds[n], arrows)
    off = sum(arrows[t] != final[t] for t in TILES)
    worths = f"{rounds[n][2, 0]:.3f} (in round 100 {rounds[-1][2, 0]:.3f})"
    return fig, f"Round {n}: {off} arrows will still turn. Lower left: {worths}."


Explore(
    rounds_picture,
    frames=39,
    n=Slider(0, 12, 1, 1, "rounds"),
    slip=Choice([0.0, 0.2, 0.6], 0.2, "share of moves that slip"),
    look="Find the round in which the lower left notices the charger, and the arrow "
    "that still turns after it. What settles first, arrows or value? Then slip more.",
    alt=lambda n, slip: (
        f"The room after {n} rounds, {slip:.0%} of the moves slip: "
        "values spread from the charger, tile by tile, and arrows follow them."
    ),
)

# %% [markdown]
# In three rounds the news of the charger travels two tiles; the rest of the room
# has not heard. After ten, every tile knows where to go, although the values still
# creep: here *what to do* is final before *how good it is*. (Not always: when most
# moves slip, some arrows take far longer.) And look at the bottom row, one tile from
# the left: from there the robot goes the long way round, up the left side. The short
# way passes beside the stairs, and there a slip is dear.

# %% tags=["hide-input"] tinyml={"objective": "01-reward", "role": "check"}
Check(
    "Round 1 gave the charger 1 and every free tile 0. What does round 2 give the "
    "tile to the left of the charger? (Slipping aside keeps the robot on a tile that "
    "is worth 0.)",
    answer=0.72,
    tolerance=0.004,
    mistakes={
        1: "It has to get there first, and the wheels slip.",
        0.9: "That would be with wheels that never slip.",
        0.8: "That is the chance to get there. It is one move later, too.",
        0.81: "Twice the discount. How many moves is it away? And how often does it "
        "slip?",
        0.1: "That is the chance of one slip.",
        0: "It looks at its neighbour, which was worth something after round 1.",
        0.64: "Eight in ten, but only one move. What else makes it smaller?",
    },
    low="More. It gets there in eight moves of ten, one move later.",
    high="Less: not every move gets there, and what comes later counts less.",
    reveal="0.9 times (0.8 times 1 + 0.1 times 0 + 0.1 times 0).",
)

# %% [markdown]
# ## Without a map
#
# Value iteration never moved the robot. It was given the map, the slipping, the
# rewards, and thought. A real robot is put into a room and knows nothing. It can
# only try.
#
# **Q-learning** keeps four numbers for each tile, one for each move: `Q[tile][move]`,
# what this move from here has turned out to be worth. After every try it moves that
# number a little towards what it has just seen: 0.9 times the best number of the
# tile where it landed.
#
# What should it try? Mostly the best move it knows; sometimes any move at all, or it
# would never find a better one.


# %% tinyml={"objective": "01-reward", "role": "explain"}
FREE = [t for t in TILES if t not in END]


def q_learning(tries, explore, seed=0, slip=0.2):
    rng = np.random.default_rng(seed)
    Q = {t: [END.get(t, 0.0)] * 4 for t in TILES}  # felt on arrival, not before
    tried = {t: [0] * 4 for t in TILES}
    tile = 2, 0
    for _ in range(tries):
        if rng.random() < explore:
            move = int(rng.integers(4))
        else:
            move = Q[tile].index(max(Q[tile]))
        aside = int(rng.choice([-1, 1])) if rng.random() < slip else 0
        landed = go(tile, move + aside)  # the room decides, not the robot
        tried[tile][move] += 1
        rate = tried[tile][move] ** -0.7  # large at first, then smaller
        Q[tile][move] += rate * (DISCOUNT * max(Q[landed]) - Q[tile][move])
        # After the charger or the stairs someone puts it down anywhere.
        tile = FREE[rng.integers(len(FREE))] if landed in END else landed
    return Q


# %% tinyml={"objective": "01-reward", "role": "explore"}
def tries_picture(tries, explore):
    Q, V = q_learning(tries, explore), history[-1]
    best = best_moves(V)
    tried = {t: "↑→↓←"[np.argmax(Q[t])] if any(Q[t]) else "·" for t in FREE}
    differ = [t for t in FREE if tried[t] != best[t]]
    lost = [V[t] - worth(V, t, int(np.argmax(Q[t])), slip=0.2) for t in differ]
    fig, ax = plt.subplots(figsize=(5, 3.6))
    plots.gridworld(ax, {t: max(Q[t]) for t in Q}, best | tried, marked=differ)
    return fig, (
        f"{len(FREE) - len(differ)} of {len(FREE)} arrows are value iteration's; the "
        f"others lose {max(lost, default=0):.3f} at most."
    )


Explore(
    tries_picture,
    tries=Choice([100, 1_000, 10_000, 50_000], 100, "tries"),
    explore=Choice([0.0, 0.1, 0.3], 0.1, "share of tries that are random"),
    look="Give it more tries, and more random ones, until no tile is framed. Which "
    "tiles agree last, and what do they lose? Then forbid it to try at random.",
    alt=lambda tries, explore: (
        f"The room after {tries:,} tries, {explore:.0%} of them "
        "random; tiles whose arrow differs from value iteration's are framed."
    ),
)

# %% [markdown]
# The same arrows in the end, without a map, for the price of many thousand tries,
# some of them down the stairs; one reason to learn in a simulation first. The last
# tiles to agree have two moves of nearly the same worth: little is lost, and little
# shows which one is better. And without a random move now and then the robot settles
# for the first habit that pays, and never learns a better one.
#
# Its relatives, by name. **SARSA** does not look at the *best* move of the next tile
# but at the one it really makes there, random tries included, and so keeps further
# away from the stairs. **DQN** puts a network in place of the table, when there
# are too many tiles to count, say all pictures of a screen (chapter 06). **A3C** lets
# many copies try at once and learns values and moves side by side. **Genetic
# algorithms** keep no values: they try many sets of arrows, keep the best, mix them,
# change a few at random, and begin again.

# %% [markdown]
# ## Where to think
#
# Learning is heavy, and mostly done on large machines (chapter 25 lets a board do a
# little of it). But where does the finished model *answer*: in the **cloud**, in a
# data centre, or at the **edge**, on the board beside the sensor? Four things decide:
#
# * **bandwidth**: how many bytes a second the radio can carry;
# * **energy**: a radio has to pay for each bit;
# * **latency**: the time until the answer is there;
# * **privacy**: what has left the house cannot be called back.
#
# Take a microphone, 16,000 samples a second of 2 bytes each, and two radios:
# Bluetooth for a room, LoRa for kilometres. And a network that knows ten words; it
# multiplies and adds 2.7 million times for a second of sound (Zhang and others,
# 2017). How many ticks of its clock the board takes for one of these, we count on the
# network of chapter 00. The formulas:
#
# * time on the air = bits / rate, headers of the packets included;
# * time to think = multiplications x ticks for each / ticks a second;
# * energy = time x current x voltage.


# %% tinyml={"objective": "01-place", "role": "explain"}
board = boards.get("nano33")
RADIOS = {  # bits/s; bytes in a packet: payload, header; amperes to send; volts
    "Bluetooth": (1_000_000, 244, 17, 0.0048, 3.0),
    "LoRa": (5_469, 222, 13, 0.020, 3.3),
}
digits = datasets.load("digits")
network = graph.read(datasets.model_path("digits_cnn").read_bytes())
pixels = network.tensors[network.inputs[0]].quantize(digits.x_test)
read = device.run_model(network, pixels)  # the test digits, on the board
ticks = read.inference_cycles / network.macs


def send(radio, count):  # seconds, joules
    rate, payload, header, ampere, volt = RADIOS[radio]
    packets = -(-count // payload)  # rounded up
    seconds = 8 * (count + header * packets) / rate
    return seconds, seconds * ampere * volt


def think(multiplications):  # seconds, joules
    seconds = multiplications * ticks / board.clock_hz
    return seconds, seconds * board.run_ma / 1000 * board.volts


# %% tags=["hide-input"] tinyml={"objective": "01-place", "role": "predict"}
sound, word = 2 * 16_000, think(2_700_000)
alone, aloud = word[1] + send("Bluetooth", 1)[1], send("Bluetooth", sound)[1]
options = ["sending all the sound", "thinking, then sending one byte"]

Predict(
    "The board listens for a second. By Bluetooth, which costs it **more** energy?",
    options=options,
    answer=options[int(alone > aloud)],
    explain=f"Estimated: {1e3 * aloud:.1f} mJ to send the {sound:,} bytes, "
    f"{1e3 * alone:.1f} mJ to think at {ticks:.0f} ticks for each multiplication and "
    f"send a byte. The byte alone costs {aloud / send('Bluetooth', 1)[1]:,.0f} times "
    "less than the sound: nearly all goes into the thinking.",
)

# %% [markdown]
# Did you expect that? Here is the whole account, for each second of sound, if the
# board listens without a pause. To the data centre and back we allow a twentieth of a
# second (an assumption). What both ways need, the microphone for one, is left out.

# %% tinyml={"objective": "01-place", "role": "explain"}
rows = ["| way | answer after (s) | energy (mJ) | coin cell lasts | leaves the house |"]
rows.append("|---|---:|---:|---:|---|")
for radio in RADIOS:
    byte, everything = send(radio, 1), send(radio, sound)
    for way, seconds, joules, left in [
        ("all sound", everything[0] + 0.05, everything[1], "every word spoken"),
        ("one byte", word[0] + byte[0], word[1] + byte[1], "which of ten words"),
    ]:
        days = 0.235 * 3600 * 3 / joules / 86_400  # 235 mAh at 3 V
        lasts = f"{days:.1f} days" if seconds < 1 else "cannot keep up"
        cost = f"{seconds:.2f} | {1e3 * joules:,.1f} | {lasts}"
        rows.append(f"| {way}, {radio} | {cost} | {left} |")
rate, payload, header, *_ = RADIOS["LoRa"]
lora_most = rate / 8 * payload / (payload + header)
plots.say("\n".join(rows))
year = 0.235 * 3600 * 3 / (365 * 86_400)  # watts
plots.say(
    f"*All estimated.* LoRa carries at most **{lora_most:.0f} bytes a second**; if it "
    f"may send a hundredth of the time, a picture of 64 x 64 pixels takes "
    f"{64 * 64 / (lora_most / 100) / 60:.0f} minutes. To last a year on the cell, "
    f"{1e6 * year:.0f} µW are allowed on average; computing without a pause takes "
    f"{1000 * board.run_ma * board.volts:,.0f} µW."
)

# %% [markdown]
# Read it slowly; it is not a hymn to the edge. By LoRa a second of sound takes far
# more than a second: it *cannot* be sent, and bandwidth decides. By Bluetooth it can,
# and the two ways cost about the same, as long as the board thinks with plain C: what
# speaks for it is privacy, and an answer even when the network is down.
# Then engineers get to work: think only when it is loud, use a smaller network,
# better instructions (parts III and IV).
#
# The cloud has its place as well: when the question needs a model of gigabytes, or
# what many people do at once. And training is nearly always done there.

# %% [markdown]
# | field and task | sensor | bytes a second | answer in |
# |---|---|---:|---|
# | *vision:* is somebody at the door? | camera, 96 x 96, 1 a s | 9,216 | 1 s |
# | *vision:* a boat, or a wave? | camera, 64 x 64, 1 a min | 68 | 60 s |
# | *automotive:* is the driver asleep? | camera, 96 x 96, 10 a s | 92,160 | 0.3 s |
# | *automotive:* what is the road like? | acceleration, 3 x 400 | 2,400 | 0.1 s |
# | *industrial:* will the bearing fail? | acceleration, 3 x 3,200 | 19,200 | 1 h |
# | *industrial:* is the weld good? | microphone, 16,000 | 32,000 | 1 s |
# | *medical:* does the heart skip? | electrode, 250 | 500 | 10 s |
# | *medical:* has somebody fallen? | acceleration, 3 x 50 | 300 | 10 s |
# | *retail:* how long is the queue? | heat, 8 x 8, 10 a s | 1,280 | 60 s |
# | *home:* which word was that? | microphone, 16,000 | 32,000 | 0.5 s |
#
# An atlas of tasks, each with a sensor and a budget; rates and deadlines are typical
# ones, chosen by us. (Two bytes for each number, one for a grey pixel: multiply, and
# you can check the table.) Which of them could send everything by LoRa? Compare with
# the rate above. But in LoRa's usual band in Europe the law leaves a sender one
# hundredth of the time, and then it is none: even the camera that looks once a minute
# is too fast. They have to think where they are, or find another radio.

# %% [markdown]
# ## Why 256 KB
#
# A board that thinks beside the sensor has to be cheap enough to be everywhere and
# frugal enough for a coin cell: a year on one means to sleep nearly all the time, as
# the last sentence above says. RAM has to stay awake, or it forgets. This kind (SRAM)
# takes six transistors for each bit: much room on the chip, and each of them leaks a
# little current, asleep or not. So a chip for a few dollars has little of it.

# %% tags=["hide-input"] tinyml={"objective": "01-place", "role": "explain"}
SCALE = f"""Arduino Uno: 2048; our board: {board.ram_bytes}
Raspberry Pi Zero 2: 536870912; *digits (chapter 00): {network.weight_bytes}
phone (Pixel 8): 8589934592; data centre GPU (A100): 80e9
*a line (chapter 02): 8; *ten words (int8): 38600
*MobileNetV2: 13.6e6; *AlexNet: 240e6; *BERT large: 1.36e9; *GPT-3 (16 bits): 350e9"""
items = [item.split(": ") for item in SCALE.replace("\n", "; ").split("; ")]
items = sorted((float(count), name) for name, count in items)

fig, ax = plt.subplots(figsize=(5.6, 5))
for row, (count, name) in enumerate(items):
    mark, hue = ("o", "blue") if name[0] == "*" else ("s", "vermillion")
    ax.plot(count, row, mark, color=plots.COLORS[hue], markersize=10)
ax.axvline(board.ram_bytes, color="black", lw=1, ls="--")
ax.set(xscale="log", xlim=(1, 1e13), xticks=[1, 1e3, 1e6, 1e9, 1e12])
ax.set_xticklabels(["1 B", "1 KB", "1 MB", "1 GB", "1 TB"])
ax.set_yticks(range(len(items)), [name.strip("*") for _, name in items])
ax.set_title("squares: RAM; dots: weights")
plots.show(
    fig,
    alt="A logarithmic scale from one byte to a terabyte. From small to large: "
    + ", ".join(f"{name.strip('*')} {count:.2g}" for count, name in items)
    + ". A dashed line marks the board's 256 KB.",
)

# %% [markdown]
# Each grid line is a thousand times the one before. Between the board's memory and
# that of one processor in a data centre lie more than five powers of ten, and models
# live at every place of this scale. This course lives left of the dashed line.

# %% tags=["hide-input"] tinyml={"objective": "01-place", "role": "check"}
Check(
    "A network has 300,000 weights, and between its layers at most 90,000 numbers are "
    "alive at a time. Our board has 1 MB of flash for the weights and 256 KB of RAM "
    "for those numbers. As float32 (4 bytes each) or as int8 (1 byte each)?",
    options=["both fit", "only int8 fits", "only float32 fits", "neither fits"],
    answer="only int8 fits",
    mistakes={
        "both fit": "Multiply by four and compare again, once for flash, once for RAM.",
        "only float32 fits": "Which of the two takes more bytes?",
        "neither fits": "Weights need flash, the numbers in between need RAM. With one "
        "byte each, which of the two memories would be too small?",
    },
    reveal="1.2 MB of weights and 360 KB in between are too much; a quarter of that "
    "is not. Chapter 19 makes float32 into int8.",
)

# %% [markdown]
# ## The five steps, once in small
#
# Every project of this course takes the same five steps: **collect** data,
# **preprocess** it, **train**, **evaluate**, **deploy**. Here they are with what
# you have built today.
#
# The task is that of chapter 00, to read digits. Nearest neighbours need no training
# at all, but they carry every example along: 1,437 pictures of 64 bytes. k-means can
# help: for each digit it finds a few centres, *typical* ways to write it, and we
# keep only those.


# %% tinyml={"objective": "01-place", "role": "explain"}
def as_ink(x):  # 1. collected above; 2. preprocess: 64 whole numbers, 0 to 16
    return np.rint(16 * x.reshape(-1, 64)).astype(int)


def typical(count, x=digits.x_train, y=digits.y_train):
    if count == "all":  # 3. train: `count` typical pictures of each digit
        return as_ink(x), y
    rng, centres = np.random.default_rng(0), []
    for digit in range(10):
        own = as_ink(x[y == digit]).astype(float)
        centres.append(k_means(own, rng.choice(own, count, replace=False))[-1])
    return np.rint(np.concatenate(centres)).astype(int), np.repeat(range(10), count)


def right(count, x, *shown):  # 4. evaluate: the share of test digits named right
    kept, names = typical(count, *shown)
    nearest = neighbours(kept, as_ink(x), 1)[:, 0]
    return (names[nearest] == digits.y_test).mean()


plots.say(
    f"*Measured:* with all pictures {right('all', digits.x_test):.1%} of the test "
    f"digits are right, with five of each **{right(5, digits.x_test):.1%}**."
)

# %% [markdown]
# A fraction of the bytes, and as good. (One digit more or less is chance.)
#
# The fifth step, deploy. The program is short: to each picture that was kept it adds
# up 64 squared differences, and it remembers the nearest. It takes digits from the
# board's input, one after the other, and sends back their names. The pictures are
# `const`: they stay in flash and take no RAM.

# %% tinyml={"objective": "01-place", "role": "explain"}
main_c = """#include "board.h"
#include "typical.h"

__attribute__((noinline)) static int nearest(const uint8_t *digit) {
    int32_t best = INT32_MAX;
    int at = 0;
    for (int row = 0; row < KEPT; row++) {
        int32_t far = 0;
        for (int i = 0; i < 64; i++) {
            int32_t gap = digit[i] - pictures[row][i];
            far += gap * gap;
        }
        if (far < best) { best = far; at = row; }
    }
    return names[at];
}

int main(void) {
    uint8_t digit[64];
    while (board_read(digit, 64) == 64) board_print_int(nearest(digit));
    return 0;
}
"""


# %% tinyml={"objective": "01-place", "role": "explain"}
def deploy(count):
    kept, names = typical(count)
    rows = ",\n".join("{" + ",".join(map(str, row)) + "}" for row in kept)
    typical_h = f"""#define KEPT {len(kept)}
static const uint8_t pictures[KEPT][64] = {{{rows}}};
static const uint8_t names[KEPT] = {{{",".join(map(str, names))}}};
"""
    firmware = device.build({"main.c": main_c, "typical.h": typical_h})
    test = as_ink(digits.x_test).astype(np.uint8).tobytes()
    return device.run(firmware, stdin=test, layers=["nearest"])


runs = {count: deploy(count) for count in ("all", 20, 5, 1)}

fig, ax = plt.subplots(figsize=(5.6, 4.4))
shown = typical(5)[0].reshape(10, 5, 8, 8, 1).swapaxes(0, 1).reshape(50, 8, 8, 1)
plots.mosaic(ax, shown / 16, 5 * list(range(10)))
plots.show(
    fig, alt="Five soft-edged typical pictures of each digit, a column for each."
)

# %% [markdown]
# That is all it knows. Now all test digits, read by the board with these pictures,
# with more and with fewer; in the last line, by the network of chapter 00.

# %% tags=["hide-input"] tinyml={"objective": "01-place", "role": "explain"}
n = len(digits.y_test)
rows = ["| kept | flash | RAM | instructions | right |", "|---|---:|---:|---:|---:|"]
for name, run in runs.items():
    (work,) = [row for row in run.profile if row.function == "nearest"]
    good = np.mean(np.array(list(run.uart), dtype=int) == digits.y_test)
    each = "all" if name == "all" else f"{name} of each"
    rows.append(
        f"| {each} | {run.firmware.flash_bytes:,} | {run.ram_bytes:,} "
        f"| {work.instructions // n:,} | {good:.1%} |"
    )
good = np.mean(read.outputs.argmax(axis=1) == digits.y_test)
rows.append(
    f"| *network* | {read.firmware.flash_bytes:,} | {read.ram_bytes:,} "
    f"| {read.inference_instructions:,} | {good:.1%} |"
)
plots.say("\n".join(rows))
plots.say(
    f"For one digit. Bytes and instructions are *counted*, what is right is *measured* "
    f"on {n} test digits."
)

# %% [markdown]
# Look twice at the line "5 of each". Fewer bytes than the network, far fewer
# instructions, and as many digits right. Why would anybody want a network? One more
# question before you answer.


# %% tags=["hide-input"] tinyml={"objective": "01-place", "role": "predict"}
def aside(x, step):  # (n, 8, 8, 1); what leaves on one side does not come back
    moved = np.roll(x, step, axis=2)
    if step:
        moved[:, :, 0 if step > 0 else -1] = 0
    return moved


moved = aside(digits.x_test, 1)
three = np.concatenate([aside(digits.x_train, step) for step in (-1, 0, 1)])
fair = right(15, moved, three, np.tile(digits.y_train, 3))
pixels = network.tensors[network.inputs[0]].quantize(moved)
again = device.run_model(network, pixels).outputs.argmax(axis=1)

Predict(
    "Every test digit moves one pixel to the right. The network of chapter 00 still "
    f"gets {np.mean(again == digits.y_test):.0%} of them right. How many of a hundred "
    "do five typical pictures of each digit get right?",
    answer=round(100 * right(5, moved)),
    unit="of 100",
    explain=f"All {len(digits.y_train):,} pictures together manage "
    f"{100 * right('all', moved):.0f}. Distance holds pixel against pixel: one step "
    "aside, and the ink meets white paper. But is that fair? The network was shown "
    "moved digits while it learned. With fifteen typical pictures, made from training "
    f"digits on the left, in the middle and on the right, {100 * fair:.0f} are right.",
)

# %% [markdown]
# A neighbour knows what it has seen, *where* it has seen it. Each further thing that
# may vary (another direction, the size, the slant, the light) *multiplies* the pictures
# that it has to be shown and to carry. For digits of eight by eight pixels that is
# cheap, and fairly shown, the neighbours win even here. For photographs it is hopeless;
# there one wants a network, built of small parts that look everywhere (chapters 09 and
# 10). Begin with the simple method all the same: it costs an afternoon, it says what a
# network has to beat, now and then it is enough, and when you compare, show both the
# same.
#
# ## On your own
#
# 1. Put a bucket of water below the arrow that leads up beside the stairs, `END[2, 2] =
#    -0.5`, guess the arrows, and run value iteration again. (The picture will call it
#    stairs. Restart the kernel afterwards.)
# 2. Name wines by all thirteen measurements. Which $k$ would you take, and how good
#    is it on new bottles? And if you forget to bring them to the same spread?
# 3. k-means with 2, 3, ... 8 groups of wine: draw the mean distance against the
#    number of groups. Where would you stop, and why not at the smallest distance?
# 4. The robot needs on the board only one move for each tile. Write `q_learning`'s
#    result as a C table. How many bytes does it take, and how few could it take?
#
# ## What you have done
#
# * You **learned from answers**: neighbours that vote for a name or agree on a
#   number, with a boundary that $k$ bends.
# * You **learned without answers**: k-means, whose groups are not classes.
# * You **learned from rewards**: the same arrows twice, with the map and by trying.
# * You **placed** a model: by bytes, energy, time and privacy, and on the board.
#
# **The idea to keep:** what a machine can learn depends on what it gets to see:
# answers, examples, or rewards. What it has learned is worth what it does with things
# it has not seen.
#
# **Next:** chapter 02, *A line through points*: no neighbours to carry along, only
# two numbers, and a formula for the best ones.
#
# ## Sources
#
# * *CS249r: Tiny Machine Learning*, Harvard (2020): the families of learning, values
#   after three and ten rounds, the five steps; and J. Aynsley, *Deep Learning for
#   Engineers*, Doulos (2019): cloud against edge, applications.
# * M. Forina and others, "Multivariate Data Analysis as a Discriminating Method of the
#   Origin of Wines", *Vitis* 25 (1986); S. Aeberhard and M. Forina, *Wine*, UCI
#   Machine Learning Repository (1992).
# * T. Cover, P. Hart, "Nearest Neighbor Pattern Classification", *IEEE Transactions
#   on Information Theory* 13 (1967); S. Lloyd, "Least Squares Quantization in PCM",
#   the same, 28 (1982): k-means.
# * R. Bellman, *Dynamic Programming*, Princeton (1957); C. Watkins, P. Dayan,
#   "Q-learning", *Machine Learning* 8 (1992); S. Russell, P. Norvig, *Artificial
#   Intelligence*: the room of twelve tiles; the discount and the two ends as in UC
#   Berkeley's course CS188.
# * By name only: R. Sutton, A. Barto, *Reinforcement Learning*, MIT Press (2018):
#   SARSA; V. Mnih and others, *Nature* 518 (2015): DQN, and arXiv:1602.01783 (2016):
#   A3C; J. Holland, *Adaptation in Natural and Artificial Systems* (1975): genetic
#   algorithms; I. Goodfellow and others, arXiv:1406.2661 (2014): adversarial networks;
#   D. Comaniciu, P. Meer, "Mean Shift", *IEEE PAMI* 24 (2002).
# * Y. Zhang and others, "Hello Edge: Keyword Spotting on Microcontrollers" (2017):
#   38.6 KB and 5.4 million operations, two for each multiplication with its sum.
# * Nordic Semiconductor, *nRF52840 Product Specification*: 4.8 mA to send at 0 dBm,
#   3.3 mA to compute; Bluetooth SIG, *Core Specification*: packets. Semtech, *SX1276*,
#   data sheet: 20 mA at 7 dBm; LoRa Alliance, *Regional Parameters*: 5,469 bit/s,
#   222 bytes. Energizer, *CR2032*, data sheet: 235 mAh.
# * ETSI EN 300 220-2: a sender's hundredth of the time, 868.0 to 868.6 MHz. N. Weste,
#   D. Harris, *CMOS VLSI Design*, Addison-Wesley (2011): six transistors, leakage.
# * Memories, from the makers' data sheets: Microchip ATmega328P, Raspberry Pi Zero 2 W,
#   Google Pixel 8, NVIDIA A100 (80 GB). Weights, four bytes each unless said: A.
#   Krizhevsky and others (2012), 60 million; M. Sandler and others (2018), 3.4; J.
#   Devlin and others (2019), 340; T. Brown and others (2020), 175,000.
