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

# %% [markdown] tinyml={"objectives": ["15-markov","15-unroll","15-cells","15-text","15-step"]}
# # Recurrent networks
#
# Below is a line of Python that the machine has never seen. It read the line from left
# to right and had to say, before each character, which would come next. The bars show
# how surprised it was, in bits. Where is it sure, where is it lost, and what must it
# *remember* in order to be sure there?
#
# **You will**
#
# * **count** which character follows which, and measure any such model in bits;
# * **unroll** a network that remembers, and follow its slopes back through time;
# * **build** the cells, plain, LSTM and GRU, and translate with two of them;
# * **sample** source code from a model at a temperature of your choice;
# * **ship** one step to the 256 KB board, which then writes code by itself.
#
# **You need** chapters 04, 06 and 07 (cross-entropy, slopes through layers, Adam), and
# 08 for int8 and the arena. About 120 minutes.

# %% tags=["hide-input"] tinyml={"objective": "15-text", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, plots
from tinyml_course.scratch import recurrent
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
data = datasets.load("code")
letters = "".join(data.labels)
with np.load(datasets.folder("code_lstm") / "weights.npz") as kept:
    W, U, b, V, a = (kept[name].astype(float) for name in "WUbVa")
line = "\n\t\tif self.temperature is not None:\n"
told = np.array([[letters.index(letter) for letter in line]])
scores = recurrent.read(told, W, U, b)[0][0] @ V + a  # (time, letters)
p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
surprise = -np.log2(p[np.arange(len(line) - 1), told[0, 1:]])
fig, ax = plt.subplots(figsize=(6, 2.6))
ax.bar(range(len(surprise)), surprise, color=BLUE)
marks = recurrent.visible(line[1:])
ax.set_xticks(range(len(marks)), marks, family="monospace", fontsize=11)
ax.set(ylabel="surprise (bits)")
alt = f"Bars per character, tallest at {marks[surprise.argmax()]}, near zero in None."
plots.show(fig, alt=alt)

# %% [markdown]
# ## Letters as numbers
#
# A text is a sequence of classes, and each has an answer for free: the character that
# comes next. Ours is real source code, thirty modules of Python's standard library, six
# of which are put aside as whole *files* (chapter 08 says why whole). Read the card.
#
# Four spaces at the head of a line are one tab. Otherwise the machine would spend much
# of its time on blanks. We keep 32 pieces of the unseen files, 512 characters each, to
# measure with.

# %% tinyml={"objective": "15-markov", "role": "explain"}
text = data.x_train.ravel().astype(np.int64)  # the training files, one after the other
held = data.x_test[:1536].reshape(384, 512)[::12].astype(np.int64)  # (32, 512)
kinds = len(letters)


def decode(codes):
    return "".join(letters[code] for code in codes)


def encode(string):
    return np.array([letters.index(letter) for letter in string])


plots.say(data.card)
assert line not in decode(text)  # the line above is new to the machine
example = decode(held[5, :300]).expandtabs(4)
print(f"{len(text):,} characters to learn from. A piece of an unseen file:\n{example}")

# %% [markdown]
# ## The baseline: count
#
# Before anything learns, count. A **Markov chain** of order $k$ knows the last $k$
# characters and nothing else: how often did each character follow these $k$ in the
# training text? Divided by their sum, the counts are probabilities.
#
# A run of $k + 1$ characters is a number in base 97, so all runs of a text are one
# line of NumPy, and `np.unique` counts them. One trouble remains: most long runs of a
# new text were never seen, and a probability of zero is an infinite surprise. So each
# order asks the one below when it is in doubt. With $n$ sightings of the context,
#
# $$p_k(x) = \frac{\text{seen}(x) + d \; p_{k-1}(x)}{n + d} ,$$
#
# as if the shorter context had contributed $d$ sightings of its own. The lowest level
# is a fair draw, $1/97$.


# %% tinyml={"objective": "15-markov", "role": "explain"}
def in_base(codes, k, base):
    runs = np.lib.stride_tricks.sliding_window_view(codes, k, axis=-1)
    return runs.astype(np.int64) @ base ** np.arange(k)[::-1]


def count(codes, order, base):
    tables = []
    for k in range(1, order + 2):
        runs, times = np.unique(in_base(codes, k, base), return_counts=True)
        tables.append((runs, np.concatenate([[0], np.cumsum(times)])))
    return tables


def blend(tables, asked, base, doubt=16):
    p, orders = 1 / base, []
    for (runs, total), run in zip(tables, asked, strict=True):
        first = run - run % base  # the same beginning, and the first character
        ends = run, run + 1, first, first + base
        a, b, start, end = (total[np.searchsorted(runs, x)] for x in ends)
        p = (b - a + doubt * p) / (end - start + doubt)
        orders.append(p)
    return np.array(orders)


# %% [markdown]
# How good is it? Look at the probability $p$ that it gave to the character that really
# came. Its surprise is $-\log p$, and the mean of that is the cross-entropy of chapter
# 04. With the natural logarithm it is in **nats**, with base 2 in **bits**: what a
# perfect packer, guided by the model, would need per character (a byte takes eight).
# $2^\text{bits}$ is the **perplexity**: as unsure as a fair draw among so many.

# %% tags=["hide-input"] tinyml={"objective": "15-markov", "role": "predict"}
ORDERS = 7
tables = count(text, ORDERS, kinds)


def chances(codes):
    ends = codes.shape[-1]
    runs = [in_base(codes[..., ORDERS - k :], k + 1, kinds) for k in range(ORDERS + 1)]
    return blend(tables, runs, kinds).reshape(ORDERS + 1, -1, ends - ORDERS)


by_order = -np.log2(chances(held)).mean(axis=(1, 2))  # bits
on_its_own = -np.log2(chances(text[:50_000])).mean(axis=(1, 2))
best_order = int(by_order.argmin())
Predict(
    "Counting with contexts of 0 to 7 characters: which order is best on files it has "
    "not seen?",
    answer=best_order,
    unit="characters of context",
    explain="Longer contexts know more, but they have been seen less often.",
)

# %% tinyml={"objective": "15-markov", "role": "explore"}
runs = np.array([len(table[0]) for table in tables])
fig, ax = plt.subplots()
ax.plot(on_its_own, "--s", color=RED, label="a text it has counted")
ax.plot(by_order, "-o", color=BLUE, label="new files")
ax.set(xlabel="characters of context", ylabel="bits per character", ylim=(0, 5.6))
ax.legend()
alt = (
    "On counted text the curve goes on falling; on new files it stops and rises a bit."
)
plots.show(fig, alt=alt)
plots.say(
    f"Best on new files: order {best_order} with **{by_order[best_order]:.2f} bits** "
    f"(perplexity {2 ** by_order[best_order]:.1f}). Its table has "
    f"{runs[best_order]:,} runs; that of order 2 has {runs[2]:,}, and "
    f"{by_order[2]:.2f} bits; without any context, {by_order[0]:.2f} bits."
)

# %% [markdown]
# Overfitting, once more (chapter 07), and the size of the tables shows why: with each
# character of context there are more runs, seen less often. And each context is learned
# for itself: what was counted after `self.name` says nothing about `self.size`.

# %% tags=["hide-input"] tinyml={"objective": "15-markov", "role": "check"}
Check(
    "Four characters came. The model had given them the probabilities 1/2, 1/4, 1/8 "
    "and 1/8. What is its cross-entropy?",
    answer=2.25,
    unit="bits per character",
    tolerance=0.011,
    mistakes={
        1.56: "Those are nats. Which base has the logarithm of a bit?",
        9: "That is what all four cost together.",
        2: "That is the surprise of the mean probability. Which mean is meant?",
        4.76: "That is the perplexity. Which power of two is it?",
        0.25: "That is the mean probability. A surprise is a logarithm.",
    },
    low="Too little. The surprise of 1/8 alone is three bits.",
    high="Too much: even the rarest of them costs three bits.",
    reveal="1, 2, 3 and 3 bits; their mean.",
)

# %% [markdown]
# ## A network that remembers
#
# A bracket opened forty characters ago must be closed; no table reaches that far. What
# is needed is a **state** $h$: a few numbers that say what matters of all that came
# before. At each step the network reads one input and its own state, and writes a new
# state:
#
# $$h_t = \tanh(x_t W + h_{t-1} U + b).$$
#
# The same $W$, $U$, $b$ at every step, so a text may be as long as it likes. Drawn step
# by step, **unrolled**, it is a deep network with a layer for each step. What goes in
# and what comes out can be arranged in several ways:

# %% tags=["hide-input"] tinyml={"objective": "15-unroll", "role": "explain"}
PATTERNS = [
    ("one to many: a picture, then its caption", "0", "0123"),
    ("many to one: is this motion a fall?", "0123", "3"),
    ("many to many: the next character, each time", "0123", "0123"),
    ("encoder, decoder: translate", "01", "234"),
]
fig, axes = plt.subplots(4, 1, figsize=(5.6, 6.2))
for ax, (name, inputs, outputs) in zip(axes, PATTERNS, strict=True):
    last = max(map(int, outputs))
    for t in range(last + 1):
        ax.text(t, 1, "cell", ha="center", va="center", color="white",
                bbox={"boxstyle": "round", "fc": BLUE, "ec": "none"})  # fmt: skip
        arrows = [((t - 0.7, 1), (t - 0.3, 1))] if t else []
        arrows += [((t, 0.1), (t, 0.65))] if str(t) in inputs else []
        arrows += [((t, 1.35), (t, 1.9))] if str(t) in outputs else []
        for start, end in arrows:
            ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.6})
        for y, which, what in ((-0.1, inputs, "x"), (2.1, outputs, "y")):
            if str(t) in which:
                ax.text(t, y, f"${what}_{t + 1}$", ha="center", va="center")
    ax.set(xlim=(-0.6, 4.6), ylim=(-0.4, 2.4), title=name)
    ax.axis("off")
alt = "Four rows of cells joined by arrows; inputs below, outputs above, at some steps."
plots.show(fig, alt=alt)

# %% [markdown]
# The arrows between cells carry the state. In code, a step is one line. Weights lie as
# Keras keeps them, so that we can lend it ours and compare.
#
# Training needs the slope of the loss for $W$, $U$ and $b$. They are used at *every*
# step, so their slope is the sum over all steps; and each step's share comes through
# all the steps after it. That is nothing new. The unrolled network is a chain of
# operations, and your autograd of chapter 06 follows any chain, adding up where a value
# was used more than once. All it lacks is tanh, whose slope is $1 - \tanh^2$.


# %% tinyml={"objective": "15-unroll", "role": "explain"}
from tinyml_course.scratch.autograd import Value, mean


def rnn_step(x, h, W, U, b):
    return np.tanh(x @ W + h @ U + b)


def tanh(a):
    t = np.tanh(a.data)
    return Value(t, (a,), lambda g: (g * (1 - t * t),))


def unroll(x, W, U, b):
    """The same, with values of chapter 06; x (time, inputs), one sequence."""
    states = [Value(np.zeros((1, len(U.data))))]
    for now in x:
        states.append(tanh(Value(now[None]) @ W + states[-1] @ U + b))
    return states  # one more than there are inputs


# %% [markdown]
# To go back through the unrolled network has a name of its own, **backpropagation
# through time**. Is it right? Ask two witnesses: Keras, and a nudge at each number of
# $U$ (finite differences, chapter 03). The loss is the mean of the last state.


# %% tinyml={"objective": "15-unroll", "role": "explain"}
import keras
import tensorflow as tf

from tinyml_course.scratch.descent import numeric_gradient

x = (rng := np.random.default_rng(0)).normal(size=(12, 3))  # 12 steps, 3 numbers each
small = [rng.normal(0, 0.5, shape) for shape in ((3, 4), (4, 4), (4,))]
ours = [Value(part) for part in small]
mean(unroll(x, *ours)[-1]).backward()

theirs = keras.layers.SimpleRNN(4)
theirs.build((1, 12, 3))
theirs.set_weights(small)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(theirs(x[None]))
pairs = zip(ours, tape.gradient(loss, theirs.weights), strict=True)
apart = max(np.abs(value.grad - slope).max() for value, slope in pairs)

nudged = numeric_gradient(
    lambda U: unroll(x, *map(Value, (small[0], U.reshape(4, 4), small[2])))[-1].data,
    small[1].ravel(),
)
off = np.abs(nudged.mean(axis=(1, 2)) - ours[1].grad.ravel()).max()
plots.say(f"From Keras {apart:.0e}, from finite differences (for U) {off:.0e} apart.")
assert max(apart, off) < 1e-6

# %% [markdown]
# ## Slopes that vanish, slopes that explode
#
# On its way back the slope is multiplied, at each step, with $U^T$ and with the slope
# of tanh. A number multiplied by 0.9 fifty times is all but gone; by 1.1, it has grown
# a hundredfold. For a matrix the **spectral radius** plays this part, the size of its
# largest eigenvalue: after many steps the slope goes like its power, for a straight
# cell (no tanh). Tanh has a slope of at most one: it can make things smaller only.


# %% tinyml={"objective": "15-unroll", "role": "explore"}
def slopes_picture(radius, bend):
    rng = np.random.default_rng(1)
    U = rng.normal(size=(16, 16))
    U *= radius / np.abs(np.linalg.eigvals(U)).max()
    states = [Value(rng.normal(0, 0.1, (1, 16)))]
    for _ in range(60):
        h = states[-1] @ Value(U) + Value(rng.normal(0, 0.3, (1, 16)))
        states.append(tanh(h) if bend == "tanh" else h)
    mean(states[-1]).backward()
    sizes = np.array([np.linalg.norm(state.grad) for state in states[::-1]])
    fig, ax = plt.subplots(figsize=(5.4, 3.2))
    ax.semilogy(sizes, color=BLUE, label="measured")
    ax.semilogy(sizes[0] * radius ** np.arange(61), "--", color=GREY, label="power")
    ax.set(xlabel="steps back", ylabel="length of the slope", ylim=(1e-18, 1e9))
    ax.legend(loc="upper left")
    return fig, f"Sixty steps back: {sizes[-1] / sizes[0]:.1e} of what it was."


Explore(
    slopes_picture,
    radius=Slider(0.6, 1.4, 0.2, 0.8, "spectral radius of U"),
    bend=Choice(["straight", "tanh"], "straight", "the cell's bend"),
    look="For which radius do sixty steps leave a slope one can learn from?",
    alt=lambda radius, bend: f"Slope over steps back, radius {radius:.1f}, {bend}.",
)

# %% [markdown]
# A straight cell needs a radius near one. Tanh takes its share at each step, so there
# it must be larger; how much depends on how far the cell is bent. And training moves
# $U$. Where slopes vanish, the network learns what is near and never hears of what was
# far. Where they explode, one step of the descent throws all weights away.

# %% tags=["hide-input"] tinyml={"objective": "15-unroll", "role": "check"}
Check(
    "A slope keeps 0.9 of its length at each step back. After how many steps is it a "
    "thousandth of what it was?",
    answer=66,
    tolerance=1,
    unit="steps",
    mistakes={
        44: "Then it is a hundredth.",
        7: "That is how often a factor of about a third would be needed.",
        22: "Then it is a tenth.",
        10: "It does not lose the same amount each time, but the same share.",
    },
    low="Too few: it is still longer than that. Solve 0.9 to the power of n.",
    high="Too many: long before, it has shrunk to that. Solve 0.9 to the power of n.",
    reveal="log(1000) / -log(0.9).",
)

# %% [markdown]
# Against explosions a crude means is enough: measure the length of all slopes
# together, and if it exceeds a limit, shorten them to it. That is **clipping**: the
# direction stays. Four times, a cell is to say after 20 steps what its *first* input
# was, and it learns with and without:


# %% tinyml={"objective": "15-unroll", "role": "explain"}
def clip(slopes, limit):
    length = np.sqrt(sum((slope**2).sum() for slope in slopes))
    return [slope * min(1, limit / length) for slope in slopes]


def remember_first(limit, seed, steps=100, rate=0.1):
    rng = np.random.default_rng(seed)
    shapes = ((1, 8), (8, 8), (8,), (8, 1))
    parts = [rng.normal(0, 0.6, shape) for shape in shapes]
    history = []
    for _ in range(steps):
        x, values = rng.normal(0, 0.5, (20, 1)), [*map(Value, parts)]
        gap = unroll(x, *values[:3])[-1] @ values[3] + Value(-x[:1])
        (loss := mean(gap * gap)).backward()
        history.append(float(loss.data))
        slopes = clip([value.grad for value in values], limit)
        parts = [part - rate * s for part, s in zip(parts, slopes, strict=True)]
    return np.mean(history[-50:])


free, held_back = ([remember_first(at, k) for k in range(4)] for at in (np.inf, 0.5))
rows = [" | ".join(f"{v:.2f}" for v in row) for row in (free, held_back)]
plots.say("| mean error, last 50 steps | | | | |\n|---|---|---|---|---|\n| without | "
          + rows[0] + " |\n| clipped at 0.5 | " + rows[1] + " |")  # fmt: skip

# %% [markdown]
# Clipped, no run is thrown off. But none has learned to remember either: always saying
# nothing would have an error of a quarter, the variance of the input. What was lost on
# the way back, no clipping brings back.
#
# ## The LSTM: a memory with gates
#
# Vanishing needs a better cell. The **long short-term memory** has a second state, the
# memory $c$, and four layers of the plain kind, side by side:
#
# $$i, f, o = \sigma(x W_{i,f,o} + h U_{i,f,o} + b_{i,f,o}), \qquad
# g = \tanh(x W_g + h U_g + b_g)$$
#
# $$c_t = f \cdot c_{t-1} + i \cdot g, \qquad h_t = o \cdot \tanh(c_t).$$
#
# A sigmoid lies between 0 and 1, so it is a **gate**: $i$ says how much of the news $g$
# is let in, $f$ how much of the memory is kept, $o$ how much of it is shown. The way
# back through $c$ is a product of the $f$'s, with no matrix and no tanh in it: where
# $f$ is 1, a slope comes back whole, from any distance.


# %% tinyml={"objective": "15-cells", "role": "explain"}
from tinyml_course.scratch.logistic import sigmoid


def lstm_step(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


by_hand = np.zeros((kinds, 4)), np.zeros((1, 4)), np.array([-6.0, 6, 0, 6])
by_hand[0][letters.index("(")] = [12, 0, 5, 0]  # input, forget, news, output
by_hand[0][letters.index(")")] = [12, 0, -5, 0]
by_hand[0][letters.index("\n")] = [0, -12, 0, 0]

some = data.x_train[:1200:25]  # 48 rows
memories = np.tanh(recurrent.read(some, W, U, b)[1][:, 40:])
known = np.stack([recurrent.places(decode(row))[:, 40:].T for row in some])
units, links = recurrent.most_alike(memories.reshape(-1, 128), known.reshape(-1, 3))
CELLS = {"by hand: brackets": (by_hand, 0)}
for what, unit in zip(("indent", "quotes", "brackets"), units, strict=True):
    CELLS[f"trained: {what}"] = (W, U, b), unit
LINES = ["\n\tself.add(name, (x + 1) * 2)", "\n\tif kind == 'end':\n\t\t\treturn x"]
goes_with = zip(CELLS, [1, *links], strict=True)
plots.say(", ".join(f"{name} {link:.2f}" for name, link in [*goes_with][1:]))

# %% [markdown]
# See gates at work. The cell made **by hand** has one unit that counts open brackets:
# `(` and `)` open the input gate, for news of 1 and of -1; the end of a line closes the
# forget gate; all else leaves both alone. The others are units of the trained LSTM,
# which nobody told what to remember: of its 128 we picked those whose memory goes most
# with the tabs at the head of the line, with being inside quotes, with being inside
# brackets (the numbers above are correlations).

# %% tinyml={"objective": "15-cells", "role": "explore"}


def gates_picture(cell, line):
    weights, unit = CELLS[cell]
    parts = recurrent.gates(encode(line), *weights)
    *rows, memory = (part[:, unit] for part in parts)
    marks = recurrent.visible(line)
    fig, (top, low) = plt.subplots(2, figsize=(6, 3.6), sharex=True)
    top.imshow(rows, aspect="auto", cmap="cividis", vmin=0, vmax=1)
    top.set(yticks=range(3), yticklabels=["input", "forget", "output"])
    low.step(range(len(marks)), memory, where="mid", color=RED)
    low.set_xticks(range(len(marks)), marks, family="monospace", fontsize=11)
    low.set(ylabel="memory c")
    top.grid(visible=False)
    return fig, f"Its memory goes from {memory.min():.1f} to {memory.max():.1f}."


Explore(
    gates_picture,
    cell=Choice(list(CELLS), "by hand: brackets", "cell"),
    line=Choice(LINES, LINES[0], "line"),
    look="Bright is open. Which gate acts where the memory changes, and which stays "
    "open where it is kept?",
    alt="Three gates over the characters of a line, and the memory below them.",
)

# %% [markdown]
# The hand-made cell is all clean. Trained units are not: their memory carries several
# things at once, and what a unit "does" is our reading of a correlation.
#
# ## The GRU: your turn
#
# The **gated recurrent unit** has one state and two gates, $z$ for keep and $r$ for
# reset. Keras adds one vector for the input and one for the state, so `b` is (2, 3
# units), and all three parts lie in the order $z$, $r$, $n$:
#
# $$z, r = \sigma\big((x W_{z,r} + b_{0}) + (h U_{z,r} + b_{1})\big)$$
#
# $$n = \tanh\big((x W_n + b_0) + r \cdot (h U_n + b_1)\big)$$
#
# $$h_t = z \cdot h_{t-1} + (1 - z) \cdot n.$$
#
# Write it. (`np.split(..., 3, axis=-1)` takes three parts apart.)


# %% tinyml={"objective": "15-cells", "role": "exercise"}
def gru_step(x, h, W, U, b):
    """New state (n, units); W (inputs, 3 units), U (units, 3 units), b (2, 3 units)."""
    # your lines go here


# %% tags=["hide-input"] tinyml={"objective": "15-cells", "role": "check"}
def test_gru_step():
    rng = np.random.default_rng(3)
    x, h = rng.normal(size=(5, 3)), rng.uniform(-1, 1, (5, 4))
    w, u, add = (rng.normal(size=shape) for shape in ((3, 12), (4, 12), (2, 12)))
    got = gru_step(x, h, w, u, add)
    if got is None:
        return "Nothing came back. Does your last line begin with `return`?"
    if np.shape(got) != (5, 4):
        return f"The new state has the shape of the old, (5, 4), not {np.shape(got)}."
    xz, xr, xn = np.split(x @ w + add[0], 3, axis=-1)
    hz, hr, hn = np.split(h @ u + add[1], 3, axis=-1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    n, late = np.tanh(xn + r * hn), np.tanh(xn + (r * h) @ u[:, 8:] + add[1, 8:])
    known = [
        (z * n + (1 - z) * h, "Keep and renew are swapped. What does z = 1 mean?"),
        (z * h + (1 - z) * np.tanh(xn + hn), "Where is the reset gate?"),
        (z * h + (1 - z) * late, "Almost: r multiplies what U_n has made, not h."),
        (r * h + (1 - r) * np.tanh(xn + z * hn), "The order of the parts is z, r, n."),
    ]
    hints = [hint for wrong, hint in known if np.allclose(got, wrong)]
    if hints or not np.allclose(got, z * h + (1 - z) * n):
        return [*hints, "The shape is right, the numbers are not. Which line?"][0]


Check("`gru_step(x, h, W, U, b)` gives the new state.", test=test_gru_step)

# %% [markdown]
# From here on we use the one of `tinyml_course.scratch.recurrent`, the same formulas.
# What do the three cost? A cell multiplies $x$ and $h$ with each of its parts: one,
# three, four. That is a board's view of them: bytes of weights, and as many
# multiply-accumulates in every step.

# %% tinyml={"objective": "15-cells", "role": "explain"}
rng, rows, one_hot = np.random.default_rng(0), [], np.eye(kinds, dtype=np.float32)
x = rng.normal(size=(1, 12, 10)).astype(np.float32)
for name, parts in (("SimpleRNN", 1), ("GRU", 3), ("LSTM", 4)):
    layer = getattr(keras.layers, name)(32)
    layer.build(x.shape)
    mine = [rng.normal(0, 0.4, w.shape) for w in layer.get_weights()]
    layer.set_weights(mine)
    step = {"GRU": recurrent.gru_step, "SimpleRNN": rnn_step, "LSTM": lstm_step}[name]
    state = (np.zeros((1, 32)),) * (2 if name == "LSTM" else 1)
    for t in range(12):
        state = step(x[:, t], *state, *mine)
        state = state if name == "LSTM" else (state,)
    apart = np.abs(layer(x) - state[0]).max()
    assert apart < 1e-5
    rows.append(f"| {name} | {parts} | {layer.count_params():,} | {apart:.0e} |")
plots.say(
    "32 units, 10 inputs:\n\n| cell | parts | parameters | apart from Keras |\n"
    "|---|---|---|---|\n" + "\n".join(rows)
)

# %% [markdown]
# ## Encoder, decoder: a translation
#
# *Quatre cent quatre vingt quatre* is four hundred eighty four. After a *quatre* nobody
# can say whether it is "four" or a part of "eighty", so a word-by-word dictionary must
# fail, and the two sentences differ in length. An **encoder** reads the whole sentence
# and hands over nothing but its last state; a **decoder** starts from that state and
# speaks, each time hearing the word that it has just said (the figure leaves that out).
#
# Numbers from 1 to 9,999; 2,500 to learn from. While it learns, the decoder hears the
# *right* word before, not its own (**teacher forcing**).

# %% tinyml={"objective": "15-cells", "role": "explain"}
from keras import layers

from tinyml_course import train
from tinyml_course.datasets import numerals

words, heard, spoken = numerals.pairs(seed=0)  # codes of words, (n, 8) and (n, 7)
before = np.concatenate([np.zeros((len(spoken), 1), int), spoken[:, :-1]], axis=1)
train.seed_everything(0)
source, so_far = (keras.Input(part.shape[1:]) for part in (heard, before))
encoder, decoder = layers.GRU(64), layers.GRU(64, return_sequences=True)
look_up, look_up_said = (layers.Embedding(len(known), 24) for known in words)
head = layers.Dense(len(words[1]))
spoke = decoder(look_up_said(so_far), initial_state=encoder(look_up(source)))
model = keras.Model([source, so_far], head(spoke))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
learn = [heard[:2500], before[:2500]], spoken[:2500]
for rate, epochs in ((6e-3, 11), (1e-3, 4)):
    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(*learn, batch_size=64, epochs=epochs, verbose=0)

# %% [markdown]
# Now take the weights out and let NumPy speak. This loop has no teacher: each word that
# comes out goes in again. (An **embedding** is a table with a learned row for each
# word: a one-hot vector times a matrix.)


# %% tinyml={"objective": "15-cells", "role": "exercise"}
(table_in,), (table_out,) = look_up.get_weights(), look_up_said.get_weights()
encode_with, decode_with = encoder.get_weights(), decoder.get_weights()
last, add = head.get_weights()


def translate(rows):
    h = np.zeros((len(rows), 64))
    for word in rows.T:
        h = recurrent.gru_step(table_in[word], h, *encode_with)
    word, spoken = np.zeros(len(rows), int), []
    for _ in range(7):
        h = recurrent.gru_step(table_out[word], h, *decode_with)
        word = (h @ last + add).argmax(axis=1)
        spoken.append(word)
    return np.stack(spoken, axis=1)


new = translate(heard[-2000:])
right = (new == spoken[-2000:]).all(axis=1)
rows = []
for row in [*np.flatnonzero(right)[:2], *np.flatnonzero(~right)[:2]]:
    both = zip(words, (heard[row - 2000], new[row]), strict=True)
    rows.append([" ".join(w[code] for code in line if code) for w, line in both])
print("\n".join(map(" -> ".join, rows)))
plots.say(f"Of 2,000 numbers never seen, {right.mean():.1%} are right in all words.")

# %% [markdown]
# No rule of French was typed in. (Behind large translators stands the same pattern;
# what they add is a look back at *all* states of the encoder instead of the last,
# called attention.)

# %% [markdown]
# ## A machine that writes
#
# Back to code. The machine reads a character and gives a score to each that may come
# next; that is many to many. First a small one, trained while you wait: 48 units, a
# part of the text.

# %% tinyml={"objective": "15-text", "role": "explain"}
train.seed_everything(0)
live = keras.Sequential(
    [
        keras.Input((128,)),
        layers.Embedding(kinds, kinds, "identity", trainable=False),  # one-hot
        layers.LSTM(48, return_sequences=True),
        layers.Dense(kinds, activation="softmax"),
    ]
)
part = data.x_train[:1536], data.y_train[:1536]
live, history = train.fit(live, *part, epochs=5, batch_size=48, learning_rate=0.01)

_, *cell, V_live, a_live = (w.astype(np.float32) for w in live.get_weights())
live_bits = recurrent.bits(
    recurrent.read(held, *cell)[0] @ V_live + a_live, held, ORDERS
)
plots.say(
    f"From {history['loss'][0] / np.log(2):.2f} to "
    f"{history['loss'][-1] / np.log(2):.2f} bits in five epochs; on new files "
    f"**{live_bits:.2f} bits**."
)

# %% [markdown]
# It has caught up with the shortest chains, and not with the long. Patience helps: the
# machine at the top has 128 units and read the whole text thirty times, with its state
# kept from row to row and its slopes clipped. That takes minutes, so it was trained
# beforehand by this recipe: `datasets/code_lstm/make.py`. A test trains the beginning
# of it anew.

# %% tinyml={"objective": "15-text", "role": "explain"}
states = recurrent.read(held, W, U, b)[0]
lstm_bits = recurrent.bits(states @ V + a, held, ORDERS)
weights = sum(part.size for part in (W, U, b, V, a))
rows = [(f"Markov, order {k}", by_order[k], 4 * runs[k]) for k in (1, 2, 3, best_order)]
rows += [
    ("LSTM, 48 units, as you waited", live_bits, live.count_params() - kinds**2),
    ("LSTM, 128 units", lstm_bits, weights),
]
plots.say(
    "| model | bits per character | perplexity | bytes |\n|---|---|---|---|\n"
    + "\n".join(f"| {n} | {v:.2f} | {2**v:.1f} | {size:,} |" for n, v, size in rows)
    + "\n\nAll on the same characters of new files; four bytes for each run that is "
    "counted, one for each weight. The order of the chain was chosen with hindsight."
)

# %% [markdown]
# Counting comes close, with a table several times as large: code repeats itself, and
# two dozen files are little to learn from. With the bytes of the LSTM it would have to
# make do with two characters of context.

# %% [markdown]
# ## Temperature
#
# Scores are not text yet. Always taking the likeliest character gives a machine that
# says the same thing for ever; drawing from the probabilities gives all their mistakes
# too. In between lies the **temperature** $T$:
#
# $$p_k = \frac{e^{s_k / T}}{\sum_j e^{s_j / T}} .$$
#
# $T = 1$ is what it learned, small $T$ prefers what was likely, large $T$ makes all
# alike.


# %% tinyml={"objective": "15-text", "role": "exercise"}
def sample(scores, temperature, rng):
    p = np.exp((scores - scores.max()) / temperature)
    return int(rng.choice(len(p), p=p / p.sum()))


def write(start, length, temperature, seed=0):
    rng, text = np.random.default_rng(seed), start
    h = c = np.zeros(128)
    for code in encode(start):
        h, c = lstm_step(one_hot[code], h, c, W, U, b)
    first = scores = h @ V + a
    for _ in range(length):
        text += letters[sample(scores, temperature, rng)]
        h, c = lstm_step(one_hot[letters.index(text[-1])], h, c, W, U, b)
        scores = h @ V + a
    return text, first


start = "\n\tdef __init__(self, "
pieces = {f"LSTM, at {T}": write(start, 260, T)[0] for T in (0.3, 0.7, 1.1)}
drawn = (tables[: best_order + 1], encode(start), 260, kinds, np.random.default_rng(0))
pieces[f"Markov, order {best_order}"] = start + decode(recurrent.from_chain(*drawn))
for who, piece in pieces.items():
    ends = f"{piece.count('(')} brackets opened, {piece.count(')')} closed"
    print(f"--- {who}: {ends}{piece}\n".expandtabs(4))

# %% [markdown]
# Which could pass for a colleague's, from afar? All of them invent words. The chain has
# forgotten, a few characters on, what it was about. The LSTM, when cold, indents its
# lines and closes its brackets, and goes round in circles; warmer, it loses track of
# some. None of them knows what a program is *for*. Now vary the temperature yourself,
# with the next character's chances before you.


# %% tags=["hide-input"] tinyml={"objective": "15-text", "role": "explore"}
def temperature_picture(temperature, start):
    text, scores = write("\n" + start, 50, temperature)
    p = np.exp((scores - scores.max()) / temperature)
    p /= p.sum()
    top = np.argsort(scores)[::-1][:14]
    fig, ax = plt.subplots(figsize=(5.6, 2.8))
    ax.bar(range(14), 100 * p[top], color=BLUE)
    marks = recurrent.visible(letters[k] for k in top)
    ax.set_xticks(range(14), marks, family="monospace")
    ax.set(xlabel=f"next character after {start!r}", ylabel="of 100", ylim=(0, 102))
    return (
        fig,
        f"{(p**-p).prod():.1f} characters to choose from. It writes: {text[1:]!r}",
    )


Explore(
    temperature_picture,
    temperature=Slider(0.4, 2.0, 0.4, 0.8, "temperature"),
    start=Choice(["import ", "self.", "def _"], "self.", "the text so far"),
    look="Which temperature writes words? Which writes the same words again and again?",
    alt="Bars: the chances of the fourteen likeliest next characters.",
)

# %% tags=["hide-input"] tinyml={"objective": "15-text", "role": "check"}
Check(
    "At temperature 1 the machine holds `e` for four times as likely as `a`. How many "
    "times as likely is it at temperature 0.5?",
    answer=16,
    unit="times",
    tolerance=0.1,
    mistakes={
        8: "The scores are doubled, yes, but a score is a logarithm.",
        2: "That is at temperature 2: colder means further apart.",
        4: "Then temperature would change nothing.",
        1: "Then they would be alike. That comes with great heat.",
    },
    low="Too little. The ratio is e to the power of a difference of scores, and that "
    "is divided by T.",
    high="Too much. The ratio is e to the power of a difference of scores; by what is "
    "that difference multiplied?",
    reveal="Dividing by one half squares the ratio.",
)

# %% [markdown]
# ## One step is enough
#
# To put it on the board: unroll it over 60 steps? Every step becomes operators of its
# own in the file, all inputs must be there at once, and after the last step the network
# forgets everything. But the board never needs more than one step at a time. So ship
# **one step**, with the states as inputs *and* outputs, and let the **caller** keep
# them:
#
# ```text
# (scores, new h, new c) = step(character, h, c)
# ```
#
# No recurrent layer is left in it: four dense layers for the gates and the news, one
# for the scores, some products, a sum.


# %% tinyml={"objective": "15-step", "role": "explain"}
from tinyml_course import device, export, graph, quantize


def sizes(model, name):
    net = graph.read(file := quantize.to_float(model))
    arena, count = net.plan.arena_bytes, len(net.operators)
    return f"| {name} | {len(file):,} | {count} | {arena:,} |"


shapes = (kinds, 128), (32, 128), (128,), (32, kinds), (kinds,)
step_alone = recurrent.one_step(*(rng.normal(0, 0.2, shape) for shape in shapes))
rows = [sizes(step_alone, "**one step**")]
for steps in (4, 8, 16):
    unrolled = [keras.Input((steps, kinds)), layers.LSTM(32, unroll=True)]
    model = keras.Sequential([*unrolled, layers.Dense(kinds)])
    rows.append(sizes(model, f"unrolled, {steps} steps"))
plots.say(
    "An LSTM of 32 units, in float32:\n\n| model | bytes of the file | operators | "
    "arena |\n|---|---|---|---|\n" + "\n".join(rows)
)

# %% [markdown]
# ## A memory with coarse marks
#
# Now ours, as int8. The converter needs representative inputs, and three of them: the
# characters, and the states *as they are met* while reading. It looks at their range
# and lays 256 marks on it. Done so, as in every chapter before, we get the file
# `naive.tflite`. And `model.tflite` is the same weights, with one difference in the
# *data* shown to the converter: memories beyond 6 were cut to 6.
#
# A state goes out with one scale and comes in with another, so the caller turns marks
# into marks, by a table of 256 entries:
#
# ```python
# def hand_on(given, taken):  # two tensors, each with its scale and zero point
#     marks = np.arange(-128, 128).astype(np.int8)
#     return taken.quantize(given.dequantize(marks))
# ```
#
# Each model reads unseen code, its own states fed back all the way; compiled to C, or
# we would wait.


# %% tinyml={"objective": "15-step", "role": "explain"}
pieces, rows = held[:, :400], []
_, f, _, c = np.stack([recurrent.gates(p, W, U, b) for p in pieces[:4]], axis=1)
news = np.abs(c[:, 1:] - f[:, 1:] * c[:, :-1])  # what a step adds, i g
float_h, float_c = recurrent.read(pieces, W, U, b)
in_floats = float_h @ V + a
right = recurrent.foretold(in_floats, pieces)
for name in ("naive", "model"):
    net = graph.read(datasets.folder("code_lstm") / f"{name}.tflite")
    in_c = device.host(export.to_c(net), graph=net)
    fed, marks = recurrent.follow(lambda net, *x, c=in_c: c.predict(x), net, pieces)
    found = net.tensors[net.outputs[0]].dequantize(marks)
    paired = train.paired_difference(right, recurrent.foretold(found, pieces))
    level, cost = net.tensors[net.inputs[2]].scale[0], recurrent.bits(found, pieces)
    marked = f"{level:.3f} | {np.mean(news < level / 2):.0%}"
    rows.append(f"| {name} | {marked} | {cost:.3f} | {paired} |\n")
far, open_wide = np.abs(float_c).max(axis=(0, 1)), f.mean(axis=(0, 1))  # of each unit
plots.say(
    f"Float: {recurrent.bits(in_floats, pieces):.3f} bits, "
    f"{right.mean():.1%} of the next characters foretold.\n\n"
    "| int8 | a level | news below half | bits | foretold |\n|---|---|---|---|---|\n"
    + "".join(rows)
    + f"\nIn floats, {np.sum(far > 20)} of 128 memories go beyond 20, one to "
    f"{far.max():.0f}; their forget gates stand at {open_wide[far > 20].mean():.2f}, "
    f"those of memories below 6 at {open_wide[far < 6].mean():.2f}."
)

# %% [markdown]
# What went wrong with the naive one? A unit whose forget gate stays open *adds up* its
# news, step after step, and its memory grows. To hold the largest of them, 256 marks
# from end to end must lie far apart, in *all* units: they share one scale. The news of
# one step, $i \cdot g$, is never more than 1; in the naive file it comes as no level,
# one or two, and all that is below half a level is lost (the third column).
#
# Cutting at 6 costs little. What is shown of $c$ is $\tanh(c)$, and $\tanh(6)$ is 1
# but for a trifle; a memory that was cut only comes back sooner than it would have.
#
# (The cure of other chapters, training with rounded values, needs layers that the
# tools know how to wrap; cells are not among them. It was not needed: the interval of
# the second row lies within one point.)

# %% tags=["hide-input"] tinyml={"objective": "15-step", "role": "check"}
Check(
    "A memory goes out with scale 0.06 and zero point 0, and comes in with scale 0.05 "
    "and zero point -2. Mark 50 goes out. Which mark goes in?",
    answer=58,
    tolerance=0.4,
    mistakes={
        50: "The same mark means something else there. What is its real value?",
        60: "Its real value in steps of 0.05, yes. Where does zero lie?",
        62: "The zero point was taken the wrong way round.",
        3: "That is its real value. And the mark?",
        40: "You divided where you should multiply: real value first.",
        42: "You divided where you should multiply: real value first.",
    },
    low="Too low. First the real value, scale times (mark - zero point); then back.",
    high="Too high. First the real value, scale times (mark - zero point); then back.",
    reveal="3.0 is 60 steps of 0.05, counted from the mark -2.",
)

# %% [markdown]
# ## On the board
#
# Does the board do the same as the reference, over a whole sequence? Each step's state
# comes from the step before, so one wrong byte would go on for ever. Feed 256 steps,
# with the states as they were; if *every* output is equal, then so is the next state,
# and the next: the whole sequence. The bill is for one character.

# %% tinyml={"objective": "15-step", "role": "explain"}
from tinyml_course import report, verify

tflite_model = (datasets.folder("code_lstm") / "model.tflite").read_bytes()
steps = [part[0, :256] for part in fed]  # 256 characters of one piece
proof = verify.verify(tflite_model, steps)
bill = report.bench(tflite_model, [part[:8] for part in steps])
plots.say(
    f"256 steps through {proof['oracle']}, NumPy, C and the board: of "
    f"{proof['outputs']:,} bytes **{proof['mismatches']}** differ. Flash "
    f"{bill['flash_bytes']:,} bytes, RAM {bill['ram_bytes']:,} (arena "
    f"{bill['arena_bytes']:,}), {bill['macs']:,} multiply-accumulates; "
    f"{bill['latency_ms']:.1f} ms and {bill['energy_uj']:.0f} µJ a character "
    "(estimated)."
)
assert proof["mismatches"] == 0
report.compare({"one step of the LSTM": bill})

# %% [markdown]
# Now the caller, in C. Everything that involves a logarithm or a fraction becomes a
# table, made here: the two tables for the states, and for each distance of a score from
# the best one a whole-number chance, $2^{16} e^{-\text{distance} / T}$. Drawing is
# then a matter of adding up whole numbers, so that NumPy can follow every step of the
# board.
#
# Note where it begins: all states at zero, which is a *mark*, and not the byte 0.


# %% tinyml={"objective": "15-step", "role": "exercise"}
print(main_c := (datasets.folder("code_lstm") / "main.c").read_text())

net = graph.read(tflite_model)
x_in, h_in, c_in = (net.tensors[i] for i in net.inputs)
score_out, h_out, c_out = (net.tensors[i] for i in net.outputs)
start, temperature, length, seed = "\n\tdef __init__(self, ", 0.6, 300, 7
fade = np.exp(-np.arange(256) * float(score_out.scale[0]) / temperature)
state_table, memory_table = (
    recurrent.hand_on(h_out, h_in),
    recurrent.hand_on(c_out, c_in),
)
chances_of = np.round(2**16 * fade).astype(int)
zero, one = (int(x_in.quantize(np.array([v]))[0]) for v in (0.0, 1.0))
h_0, c_0 = (int(t.quantize(np.zeros(1))[0]) for t in (h_in, c_in))
values = {"UNITS": 128, "KINDS": kinds, "ZERO": zero, "ONE": one, "SEED": f"{seed}u"}
values |= {"STATE_ZERO": h_0, "MEMORY_ZERO": c_0, "LENGTH": length}
tables_h = "".join(f"#define {name} ({value})\n" for name, value in values.items())
for name, array in {
    "int8_t STATE": state_table, "int8_t MEMORY": memory_table,
    "uint32_t CHANCE": chances_of, "uint8_t START": encode(start),
    "char LETTERS": letters.encode(),
}.items():  # fmt: skip
    tables_h += f"static const {name}[] = {{{', '.join(map(str, array))}}};\n"
run = device.run(export.to_c(net) | {"main.c": main_c, "tables.h": tables_h})

# %% [markdown]
# Is what it wrote what it should have written? This is the board's program once more,
# step by step in NumPy, with the kernels that equal TFLM:


# %% tinyml={"objective": "15-step", "role": "explain"}
def twin(letter, h, c):
    row = np.where(np.arange(kinds) == letter, one, zero).astype(np.int8)
    score, *given = graph.invoke(net, row[None], h, c)
    h, c = (y.reshape(1, -1).astype(int) + 128 for y in given)
    chance = chances_of[int(score.max()) - score.ravel().astype(int)]
    return np.cumsum(chance), state_table[h], memory_table[c]


h, c = (np.full((1, 128), mark, np.int8) for mark in (h_0, c_0))
for letter in encode(start):
    sums, h, c = twin(letter, h, c)
dice, by_twin = seed, []
while len(by_twin) < length:
    for shift in (13, -17, 5):
        dice ^= (dice << shift if shift > 0 else dice >> -shift) & 0xFFFFFFFF
    by_twin.append(int(np.searchsorted(sums, dice % sums[-1], side="right")))
    sums, h, c = twin(by_twin[-1], h, c)
assert decode(by_twin) == run.stdout.decode()
plots.say(
    f"All {length} characters are equal. The program: {run.firmware.flash_bytes:,}"
    f" bytes of flash, **{run.ram_bytes:,} bytes of RAM**; "
    f"{1e3 / bill['latency_ms']:.0f} characters a second (estimated). It wrote:"
)
print((start + run.stdout.decode()).expandtabs(4))

# %% [markdown]
# ## On your own
#
# 1. Give the board another `start`, `temperature` and `seed`, and run its cells again.
#    Below which temperature does it repeat itself for ever?
# 2. Let `remember_first` go back 3 steps instead of 20, and `limit` be 5, 0.5, 0.05.
#    Which learns, which is slow? Then, at 20 steps, replace the plain cell: write
#    `lstm_step` with values of chapter 06 (`scratch.autograd` has `sigmoid`, and `*`).
# 3. Translate the other way, from English to French. Which mistakes are left? Then
#    learn from 500 numbers instead of 2,500.
# 4. Ship a **GRU**: build one step of it from dense layers, products and sums, as
#    `recurrent.one_step` does for the LSTM, and count flash and arena against it. Its
#    state lies between -1 and 1: what does that spare you? (Problem set 7, after
#    chapter 16, carries such states over a reset.)
# 5. A sensor in your pocket: which pattern of the figure is "what is this person
#    doing?", asked every second, and what state must the caller keep?
#
# ## What you have done
#
# * You **counted** which character follows which, and measured it in bits on new files.
# * You **unrolled** a network, followed its slopes back through time with your own
#   autograd, and saw them vanish, explode, and be clipped.
# * You **built** the plain cell, the LSTM and the GRU, equal to those of Keras, and
#   translated numbers never seen.
# * You **sampled** source code at several temperatures, beside the chain's.
# * You **shipped** one step: its states kept by the caller, its memory cut so that 256
#   marks suffice, every byte equal to the reference, and a board that writes.
#
# **The idea to keep:** a network remembers what it hands on to itself; on a board, you
# are the one who carries it from step to step, with as many marks as it needs.
#
# **Next:** signals of the body have rhythm and state too: chapter 16, *Motion*.
#
# ## Sources
#
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019): recurrent networks, their
#   patterns, the gates of the LSTM, a machine trained on source code.
# * A. Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks" (2015):
#   characters, temperature, units that count.
# * C. E. Shannon, "Prediction and Entropy of Printed English", *Bell System Technical
#   Journal* 30 (1951). D. J. C. MacKay and L. C. Bauman Peto, "A Hierarchical
#   Dirichlet Language Model", *Natural Language Engineering* 1 (1995): asking the
#   shorter context.
# * Y. Bengio, P. Simard and P. Frasconi, "Learning Long-Term Dependencies with Gradient
#   Descent Is Difficult", *IEEE Transactions on Neural Networks* 5 (1994); R. Pascanu,
#   T. Mikolov and Y. Bengio, "On the Difficulty of Training Recurrent Neural Networks",
#   *ICML* (2013): radius and clipping.
# * S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", *Neural Computation* 9
#   (1997); F. Gers, J. Schmidhuber and F. Cummins, "Learning to Forget", *Neural
#   Computation* 12 (2000): the forget gate.
# * K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for
#   Statistical Machine Translation", *EMNLP* (2014): the GRU, encoder and decoder;
#   I. Sutskever, O. Vinyals and Q. V. Le, "Sequence to Sequence Learning with Neural
#   Networks", *NIPS* (2014).
# * G. Marsaglia, "Xorshift RNGs", *Journal of Statistical Software* 8 (2003): the dice.
# * Python Software Foundation, *CPython* 3.11: the text, under the PSF License.
