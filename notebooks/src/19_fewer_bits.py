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

# %% [markdown] tinyml={"objectives": ["19-fixed","19-affine","19-integer","19-worth"]}
# # Fewer bits
#
# A network's weights are 32 bits long because computers like numbers of that length,
# not because anybody asked the network. Below are the weights of the keyword model of
# chapter 14, and under them *all* the numbers that three kinds of words can say.
# Which kind would you give them?
#
# **You will**
#
# * **take apart** floats, and bring a classifier to the board in fixed point;
# * **derive** scale and zero point, and calibrate their ranges three ways;
# * **write** convolution, depthwise and dense in integers, equal to TFLM in every byte;
# * **train** with the rounding in place, and weigh what fewer bits are worth: bytes,
#   attacks, picojoules.
#
# **You need** chapters 08 (scale and zero point, met there), 10, 12, 14, 16 and 18. Two
# sittings of about 80 minutes; the break is marked.

# %% tags=["hide-input"] tinyml={"objective": "19-fixed", "role": "explain"}
from itertools import product

import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, device, graph, plots, widgets
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREEN, GREY = map(plots.COLORS.get, "blue vermillion green grey".split())
shelf = datasets.model_path("digits_cnn").parents[1] / "words_dscnn"
floats = graph.read(shelf / "float.tflite")
kernels = [floats.tensors[op.inputs[1]].data for op in floats.operators if op.macs]
e, f = np.arange(16)[:, None], np.arange(8)  # an 8-bit float: 4 and 3 of its bits
floats8 = np.where(e, (8 + f) * 2.0 ** (e - 10), f * 2.0**-9).ravel()
kinds = {"8-bit float": np.concatenate([-floats8, floats8])}
kinds |= {"int8": np.arange(-127, 128) / 63.5, "int4": np.arange(-7, 8) / 3.5}
fig, (top, low) = plt.subplots(2, figsize=(5.8, 3.9), height_ratios=[3, 2], sharex=True)
top.hist(np.concatenate([*map(np.ravel, kernels)]), np.linspace(-2, 2, 121))
top.set(ylabel="weights", yticks=[])
for row, numbers in enumerate(kinds.values()):
    low.vlines(numbers, -row - 0.35, 0.35 - row, color=(BLUE, RED, GREEN)[row], lw=0.8)
low.set(yticks=[0, -1, -2], yticklabels=kinds, xlim=(-2, 2), xlabel="value")
plots.show(fig, alt="Weights in a bell around zero; 8-bit floats crowd there, int8 and "
           "int4 are spread evenly, 255 and 15 between -2 and 2.")  # fmt: skip

# %% [markdown]
# # First sitting: from floats to integers
#
# ## Floating point, bit by bit
#
# A float is a number in scientific notation, in base two. One bit says the *sign*;
# some say the *exponent* $e$, where the point stands; the rest are the *fraction* $f$,
# the digits behind it. As the first digit of such a number is always a 1, it is not
# stored:
#
# $$x = \pm\,(1 + f) \cdot 2^{\,e - \text{bias}}.$$
#
# Three kinds are in use: **float32** has 8 bits of exponent and 23 of fraction,
# **float16** 5 and 10. **bfloat16** is the upper half of a float32, so it has the same
# exponent, and 7 bits of fraction.


# %% tinyml={"objective": "19-fixed", "role": "explain"}
FORMATS = {"float32": (8, 23), "float16": (5, 10), "bfloat16": (8, 7)}


def take_apart(pattern, name):
    e, f = FORMATS[name]
    return pattern >> (e + f), pattern >> f & (2**e - 1), pattern & (2**f - 1)


def put_together(sign, exponent, fraction, name):
    e, f = FORMATS[name]
    bias, part = 2 ** (e - 1) - 1, fraction / 2**f
    if exponent == 2**e - 1:
        return np.nan if fraction else (-1) ** sign * np.inf
    hidden = min(exponent, 1)  # the digit not stored: 1, and 0 for the least exponent
    return (-1) ** sign * (hidden + part) * 2.0 ** (max(exponent, 1) - bias)


lines = ["| number | kind | sign | exponent | fraction | is |", "|---" * 6 + "|"]
for x in (0.1, -6.5, 1e-6, 2049):
    word, half = np.float32(x).view(np.uint32), np.float16(x).view(np.uint16)
    for name, pattern in zip(FORMATS, (word, half, word >> 16), strict=True):
        s, e, f = take_apart(int(pattern), name)
        digits = f"{s} | {e:0{FORMATS[name][0]}b} | {f:0{FORMATS[name][1]}b}"
        lines.append(f"| {x} | {name} | {digits} | {put_together(s, e, f, name):.9g} |")
plots.say("\n".join(lines))

# %% [markdown]
# Read $-6.5$: sign 1, then $1.625 \cdot 2^2$, the exponent written 127 higher than it
# is (15 in float16), and the fraction $.625 = .101$ in base two. It is exact in all
# three. A tenth is exact in none, as a third is not in decimals. A millionth is below
# float16's least exponent: all bits of its exponent are 0, the hidden 1 is dropped, and
# the numbers run out evenly towards zero. An exponent of all ones means *infinite*, or
# *no number*.
#
# So a float has no fixed step: the larger a number, the farther off is the next, and
# what stays fixed is the *relative* gap. (2049 is no float16. Count up by ones, and you
# stand still at 2048: the next is two further, and half of that is rounded away.)

# %% [markdown]
# ## Fixed point
#
# Put the point at one place for *all* numbers, and do not store where. What remains is
# an integer and a rule: **Qm.n** has one bit for the sign, $m$ before the point and
# $n$ behind it, and the integer $q$ means $q / 2^n$. The processor adds and multiplies
# integers; where the point is, you keep in your head. (Some books count the sign
# among the $m$. We do not.)
#
# How many bits behind the point? As many as the range leaves: with $|x| \le$ *top*,
# take the least $m$ for which $\text{top} < 2^m$, and spend the rest on $n$.


# %% tinyml={"objective": "19-fixed", "role": "explain"}
def fraction_bits(top, word):
    return word - 1 - int(np.frexp(top)[1])  # top < 2 ** frexp(top)[1]


def to_fixed(x, word, fraction):
    most = 2 ** (word - 1) - 1
    steps = np.round(np.asarray(x) * 2.0**fraction)
    return np.clip(steps, -most - 1, most).astype(np.int64)


lines = ["| top | word | format | pi is | as a number |", "|---|---|---|---|---|"]
for top, word in ((3.9, 16), (3.9, 8), (3.9, 4), (30, 8), (1.9, 8)):
    n = fraction_bits(top, word)
    q = int(to_fixed(np.pi, word, n))
    lines.append(
        f"| {top} | {word} bits | Q{word - 1 - n}.{n} | {q} | {q / 2**n:.6g} |"
    )
plots.say("\n".join(lines))

# %% [markdown]
# What does not fit, as in the last row, is held at the end of the range: it
# **saturates**. (An integer that is *not* held wraps around, and a large score becomes
# a large negative one. Rounding is a nuisance, overflow a disaster.)
#
# ## A classifier in fixed point
#
# MathWorks showed the flow on a linear support vector machine that tells activities
# apart: *float model, range analysis, word length, error, C*. Take it in this order
# with yours, the simulated walkers of chapter 16: 66 columns of a window from the
# waist, six activities, six people whom nobody has trained on. First the float model
# and the ranges of everything that will be stored, **on training rows**.

# %% tinyml={"objective": "19-fixed", "role": "explain"}
from sklearn.svm import LinearSVC

from tinyml_course.datasets.motion import to_units
from tinyml_course.scratch import motion

walkers, sides = datasets.load("motion"), []
for x, y in ((walkers.x_train, walkers.y_train), (walkers.x_test, walkers.y_test)):
    cut = motion.cut(to_units(x))[..., :3]  # (recordings, windows, 128, 3)
    columns = motion.features(cut.reshape(-1, 128, 3))
    sides.append((columns, np.repeat(y, cut.shape[1])))
(raw, y_train), (raw_test, y_test) = sides
middle, spread = raw.mean(axis=0), raw.std(axis=0)
x_train, x_test = (raw - middle) / spread, (raw_test - middle) / spread
svm = LinearSVC(C=0.1, random_state=0, max_iter=5000).fit(x_train, y_train)
w_svm, b_svm = svm.coef_, svm.intercept_  # (6, 66), (6,)
scores = x_test @ w_svm.T + b_svm
stored = {"raw columns": raw, "scaled columns": x_train, "weights": w_svm,
          "scores": x_train @ w_svm.T + b_svm}  # fmt: skip
rows = [f"| {name} | {v.min():.2f} | {v.max():.2f} | {np.frexp(np.abs(v).max())[1]} |"
        for name, v in stored.items()]  # fmt: skip
head = ["| | least | most | bits before the point |", "|---|---|---|---|"]
plots.say("\n".join([*head, *rows]))
in_floats = np.mean(scores.argmax(1) == y_test)
plots.say(f"Right in floats, on six new people: **{in_floats:.1%}**.")

# %% [markdown]
# The scaler of chapter 08 pays once more: it brings columns of unlike size to one
# format. One number is left to choose, the length of the **accumulator**, in which
# products are added up. A product of two words of $W$ bits is at most
# $2^{W-1} \cdot 2^{W-1} = 2^{2W-2}$; the sum of $N$ such products at most
# $N \cdot 2^{2W-2}$; and the sign needs a bit.

# %% tags=["hide-input"] tinyml={"objective": "19-fixed", "role": "check"}
Check(
    "Words of 16 bits, 100 products. How many bits must the sum have, so that it "
    "cannot overflow, whatever the values?",
    answer=38,
    unit="bits",
    mistakes={
        37: "So many for the size. What else does a number have?",
        36: "Is 64 enough for 100? Round the logarithm up. And the sign?",
        32: "That holds one product. Here 100 of them are added.",
        31: "That is the size of one product. And 99 more?",
        39: "One too many: is a word's largest size 2 to the 16, or to the 15?",
        40: "Is a word's largest size 2 to the 16, or to the 15?",
        132: "The *sum* of 100 products is 100 times one, not 2 to the 100 times.",
        1600: "Adding 100 numbers does not make the word 100 times longer.",
    },
    low="Too few. Take 100 times the largest product, and count its bits and the sign.",
    high="More than needed. Take 100 times the largest product, and count its bits.",
    reveal="100 times 2^30 is just below 2^37; one bit more for the sign.",
)

# %% [markdown]
# The board adds in 32 bits, or, with two instructions, in 64. Now the error for each
# word length: scores compared with the float ones, the answers that stay the same, and
# how many are right.


# %% tinyml={"objective": "19-fixed", "role": "explain"}
def in_words(x, word, top):
    n_x, n_w = fraction_bits(top, word), fraction_bits(np.abs(w_svm).max(), word)
    q_b = to_fixed(b_svm, 63, n_x + n_w)  # the bias is added to the sum
    return (to_fixed(x, word, n_x), to_fixed(w_svm, word, n_w), q_b), n_x, n_w


def decide(x, w, b):
    return x @ w.T + b


top, table = np.abs(x_train).max(), {}
lines = ["| bits | columns | weights | off by | as floats | right |", "|---" * 6 + "|"]
for word in (16, 12, 10, 8, 7, 6, 5, 4, 3):
    arrays, n_x, n_w = in_words(x_test, word, top)
    q = decide(*arrays)
    same = np.mean(q.argmax(1) == scores.argmax(1))
    table[word] = right = np.mean(q.argmax(1) == y_test)
    error = np.abs(q / 2.0 ** (n_x + n_w) - scores).max()
    kinds = f"Q{word - 1 - n_x}.{n_x} | Q{word - 1 - n_w}.{n_w}"
    lines.append(f"| {word} | {kinds} | {error:.4f} | {same:.1%} | {right:.1%} |")
plots.say("\n".join(lines))
tight = np.mean(decide(*in_words(x_test, 4, 3.9)[0]).argmax(1) == y_test)
plots.say(f"4 bits with columns kept up to 3.9 only: {tight:.1%} right.")
assert abs(table[8] - in_floats) < 0.03 < in_floats - table[5]
assert tight > table[5] + 0.01


# %% tinyml={"objective": "19-fixed", "role": "explore"}
def word_picture(word, top):
    arrays, n_x, n_w = in_words(x_test, word, top)
    q = decide(*arrays)
    back, kept = q / 2.0 ** (n_x + n_w), q.argmax(1) == y_test
    fig, ax = plt.subplots(figsize=(5.2, 3.6))
    ax.plot([-5, 3], [-5, 3], color=GREY, lw=1)
    ax.plot(scores.ravel()[::5], back.ravel()[::5], ".", color=BLUE, ms=3)
    ax.set(xlabel="score in floats", ylabel="score in fixed point")
    ax.set(xlim=(-5, 3), ylim=(-7, 7))
    cut_off = np.mean(np.abs(x_test) >= 2.0 ** (word - 1 - n_x))
    return fig, f"{kept.mean():.1%} right; {cut_off:.2%} of the columns saturate"


Explore(
    word_picture,
    word=Slider(3, 9, 1, 4, "bits a word"),
    top=Choice([9.6, 3.9, 1.9], 9.6, "largest column kept"),
    look="At 4 bits, cut the range. How many bits does a smaller range make up for?",
    alt="Scores in fixed point over scores in floats: on a line, or scattered.",
    frames=24,
)

# %% [markdown]
# Down to 8 bits the answers are as good as in floats, and below 6 they soon are not.
# (A negative number of bits behind the point is no misprint: the step is 2 or 4 then.)
# But look what the range does: hardly a column lies beyond 3.9 spreads, and all are
# stored as if they might reach 9.6. Give up the few, and every other number has a bit
# more: four bits with the smaller range beat five without. That trade between
# **clipping** and **rounding** comes back for each tensor of each network below.

# %% [markdown]
# ## The same as C
#
# The weights lie in flash as words, a window's columns come in as words. What the
# board answers must *equal* Python's integers, not resemble them. The floats are
# compiled from the same text, so that the cost can be compared. (With `-Os`, as small
# as the compiler can: at `-O2` it unrolls each loop in its own way, and the column
# "flash" would tell of that.)

# %% tinyml={"objective": "19-fixed", "role": "explain"}
SVM_C = """#include "board.h"
typedef {word} word;
typedef {sum} sum;
static const word W[6][66] = {{{weights}}};
static const sum B[6] = {{{bias}}};
static word x[66];
static sum score[6];

__attribute__((noinline)) void decide(void) {{
    for (int k = 0; k < 6; k++) {{
        sum total = B[k];
        for (int j = 0; j < 66; j++) total += (sum)W[k][j] * x[j];
        score[k] = total;
    }}
}}
int main(void) {{
    while (board_read(x, sizeof x)) {{
        decide();
        board_write(score, sizeof score);
    }}
    return 0;
}}
"""
C_TYPE = {"float32": "float"} | {f"int{n}": f"int{n}_t" for n in (8, 16, 32, 64)}


# %% tinyml={"objective": "19-fixed", "role": "explain"}
def on_board(x, w, b, word, sum_, board):
    text = {"weights": ", ".join(map(str, w.ravel())), "bias": ", ".join(map(str, b)),
            "word": C_TYPE[word], "sum": C_TYPE[sum_]}  # fmt: skip
    firmware = device.build({"main.c": SVM_C.format(**text)}, board, optimize="-Os")
    ran = device.run(firmware, x.astype(word).tobytes(), layers=("decide",))
    (row,) = (row for row in ran.profile if row.function == "decide")
    said = np.frombuffer(ran.stdout, sum_).reshape(-1, 6)
    return said, firmware.flash_bytes, round(row.instructions / len(x))


ways = {32: "float32 float32", 16: "int16 int64", 12: "int16 int32", 8: "int8 int32"}
some, cost = x_test[::12], {}
lines = ["| words, sums | flash | instructions: M4 | M0+ | wrong |", "|---" * 5 + "|"]
for length, kinds in ways.items():
    arrays = in_words(some, length, top)[0] if length < 32 else (some, w_svm, b_svm)
    said, flash, m4 = on_board(*arrays, *kinds.split(), "nano33")
    again, _, m0 = on_board(*arrays, *kinds.split(), "pico")
    wrong = np.sum([said, again] != decide(*arrays)) if length < 32 else "(it rounds)"
    cost[length] = flash, m4, m0
    row = length, kinds, flash, m4, m0, wrong
    lines.append("| {} bits: {} | {:,} | {:,} | {:,} | {} |".format(*row))
    assert wrong in (0, "(it rounds)")
plots.say("\n".join(lines))
flash, m4, m0 = np.divide(cost[32], cost[8])  # times less in 8 bits
assert max(m4 / 2, 2 / flash, 10 / m0, 3 * cost[12][2] / cost[16][2]) < 1

# %% [markdown]
# Every sum is right to the last bit, on both cores. What it bought depends on the core.
# The M4 of your board multiplies floats in hardware, so on it fixed point saves memory
# first. The M0+ (a Raspberry Pi Pico has two) has no floats at all: each product is a
# little program, and so is a 64-bit sum. That is why "which word" is asked *before* the
# board is bought.

# %% [markdown]
# ## Affine int8
#
# Fixed point has two stiff places: the step must be a power of two, and the marks must
# lie around zero. Give up both. Lay $2^b$ marks evenly over the range that a tensor
# really has, from *low* to *high*; neighbours are $s$ apart, and the mark of zero is
# $z$:
#
# $$s = \frac{\text{high} - \text{low}}{2^b - 1}, \qquad x \approx s\,(q - z).$$
#
# Why must zero be a mark? Because a convolution pads with it and a ReLU makes it; if
# zero were off by a third of a step, every rim would be. So the range is widened until
# it holds zero, and $z$, where the low end falls, is rounded to a whole mark:
# $z = \text{round}(-2^{b-1} - \text{low} / s)$. Then divide, round, shift, clamp.


# %% tinyml={"objective": "19-affine", "role": "explain"}
def scale_and_zero_point(low, high, bits=8):
    low, high = min(low, 0), max(high, 0)
    s = (high - low) / (2**bits - 1)
    return s, round(-(2 ** (bits - 1)) - low / s)


def to_marks(x, s, z, bits=8):
    half = 2 ** (bits - 1)
    return np.clip(np.round(x / s) + z, -half, half - 1).astype(np.int32)


def from_marks(q, s, z):
    return s * (q - z)


def decibels(x, rounded):
    """Power of the signal over that of the error."""
    return 10 * np.log10(np.mean(x**2) / np.mean((rounded - x) ** 2))


# %% [markdown]
# And weights, too? Multiply two affine numbers, as a dense layer does $n$ times, and
# write it out:
#
# $$\sum (q_x - z_x)(q_w - z_w) = \sum q_x q_w - z_w \sum q_x
# - z_x \sum q_w + n z_x z_w.$$
#
# The last two terms are known before there is any input, and go into the bias. But
# $z_w \sum q_x$ must be added up anew for each input. So **weights are symmetric**: low
# is $-$high, $z_w = 0$, the term is gone. (Their marks are $-127$ to $127$, so that
# both sides are equal.) **Activations are asymmetric**, and here is what that is worth:
# what the keyword network hands on, from 100 training recordings, at 8 bits.

# %% tinyml={"objective": "19-affine", "role": "explain"}
keywords = datasets.load("words")
seen = graph.invoke(floats, keywords.x_train[:100], all_tensors=True)
handed = {f"{op.index} {op.kind}": seen[op.outputs[0]].ravel()
          for op in floats.operators if op.macs}  # fmt: skip
lines = ["| layer | low | high | symmetric | asymmetric |", "|---|---|---|---|---|"]
gain = {}
for name, x in handed.items():
    reach = np.abs(x).max()
    both = []
    for low, high in ((-reach, reach), (x.min(), x.max())):
        s, z = scale_and_zero_point(low, high)
        both.append(decibels(x, from_marks(to_marks(x, s, z), s, z)))
    gain[name] = both[1] - both[0]
    ends = f"{x.min():.1f} | {x.max():.1f}"
    lines.append(f"| {name} | {ends} | {both[0]:.1f} dB | {both[1]:.1f} dB |")
plots.say("\n".join(lines))
*after_relu, last = gain.values()
assert min(after_relu) > 5 > 1 > abs(last)

# %% [markdown]
# After a ReLU nothing lies below zero. Half of the symmetric marks are never used, and
# a wasted half is a wasted bit: a bit is worth 6 decibels, a step half as long and an
# error with a quarter of the power. Where the values do lie around zero (the last
# layer) there is nothing to gain.

# %% tags=["hide-input"] tinyml={"objective": "19-affine", "role": "check"}
Check(
    "Values run from -0.5 to 2.5. Laid out affinely with 4 bits instead of 8, how "
    "large is the step?",
    answer=0.2,
    tolerance=0.004,
    mistakes={
        round(3 / 16, 4): "Sixteen marks. How many gaps lie between them?",
        round(3 / 255, 4): "That is the step of eight bits.",
        round(2.5 / 15, 3): "Is 2.5 the whole range?",
        round(2.5 / 7, 3): "That is symmetric, on one side. The range is not.",
        round(3 / 8, 3): "Four bits are not eight marks.",
        0.75: "Four bits, not four marks.",
        2: "Nearly. How many gaps share a range of 3?",
        5: "So many marks for each unit. The step is the other way round.",
    },
    low="Too small. Range over the number of gaps: with 4 bits, how many marks?",
    high="Too large. Range over the number of gaps: with 4 bits, how many marks?",
    reveal="3 over 15 gaps. With 8 bits there are 255, and each is a seventeenth.",
)

# %% [markdown]
# ## A scale for each channel
#
# One scale for all weights of a layer is set by its largest weight, wherever that is.
# But each filter has a sum of its own, and the sum may have a scale of its own at no
# cost (you will see where it goes). So give each **output channel** its $s_w$. To see
# what it does, round the weights of the float keyword model, all else in floats.


# %% tinyml={"objective": "19-affine", "role": "explain"}
from dataclasses import replace


def rounded(w, bits, axis=None):
    others = None if axis is None else tuple(a for a in range(w.ndim) if a != axis)
    s = np.abs(w).max(axis=others, keepdims=True) / (2 ** (bits - 1) - 1)
    return np.float32(s * np.round(w / np.where(s > 0, s, 1)))


def share_right(bits, axes, x, y):
    tensors = list(floats.tensors)
    for op in floats.operators if axes else ():
        if op.macs:
            t = tensors[op.inputs[1]]
            new = rounded(t.data, bits, axes[op.kind == "depthwise_conv2d"])
            tensors[t.index] = replace(t, data=new)
    net = replace(floats, tensors=tuple(tensors))
    return np.mean(graph.invoke(net, x).reshape(len(x), -1).argmax(axis=1) == y)


# %% tinyml={"objective": "19-affine", "role": "explain"}
lengths, some_words = (8, 5, 4, 3), (keywords.x_test[::4], keywords.y_test[::4])
by_scale = {
    name: [share_right(bits, axes, *some_words) for bits in lengths]
    for name, axes in (("a tensor", (None, None)), ("a channel", (0, 3)))
}
unrounded = share_right(32, (), *some_words)
fig, ax = plt.subplots(figsize=(5.4, 3.1))
ax.axhline(100 * unrounded, color=GREY, ls=":", label="floats")
for (name, line), style in zip(by_scale.items(), ("--s", "-o"), strict=True):
    ax.plot(lengths, 100 * np.array(line), style, label=f"one scale {name}")
ax.set(xlabel="bits of a weight", ylabel="words right (of 100)", ylim=(0, 100))
ax.invert_xaxis()
ax.legend(loc="lower left")
plots.show(fig, alt="Both lines are level with floats at 8 bits; then one scale a "
           "tensor falls, and one scale a channel falls later.")  # fmt: skip
tensor, channel = by_scale.values()
reach = np.abs(kernels[7]).max(axis=(0, 1, 2))  # the last depthwise layer
plots.say(f"At 4 bits {tensor[2]:.1%} with one scale a tensor, {channel[2]:.1%} with "
          f"one a channel; in floats {unrounded:.1%}. In layer 7 one channel reaches "
          f"{reach.max() / reach.min():.1f} times as far as another.")  # fmt: skip
assert min(channel[2] - tensor[2], channel[3] - tensor[3]) > 0.03
assert max(abs(line[0] - unrounded) for line in (tensor, channel)) < 0.02

# %% [markdown]
# At eight bits this network has room for either. The difference shows when bits are
# scarce: channels of one layer can differ by such factors, the more so after batch norm
# is folded in (chapter 20), and with one scale the small ones get few of the marks.
#
# ## Which range? Calibration
#
# Weights lie in a file; their range can be read. Activations exist only while there is
# an input. So one shows the network some **training** rows, keeps a histogram for each
# tensor, and picks *high* from it. Here are those of three layers. Clip and bits are
# yours.


# %% tags=["hide-input"] tinyml={"objective": "19-affine", "role": "explore"}
tensors = []
for name in ("0 conv2d", "8 conv2d", "10 fully_connected"):
    counts, edges = np.histogram(handed[name], 256)
    tensors.append({"name": name, "counts": counts, "edges": edges})
Explore(
    live="bits",
    data={"tensors": tensors, "bits": 4},
    look="Where is the best clip with 4 bits, where with 8? And for the last layer?",
    alt="The histogram of what a layer hands on, with the marks of so many bits up to "
    "a clip, and curves of the errors of rounding, of clipping and of both.",
)

# %% [markdown]
# The error has two parts. **Rounding**: within a step any place is as likely as any
# other, so the mean square is
#
# $$\frac{1}{s}\int_{-s/2}^{s/2} e^2\,de = \frac{s^2}{12}.$$
#
# **Clipping**: whatever lies beyond *high* comes back as *high*. Where bits are few the
# step is long, and it pays to clip. Three rules are in use:
#
# * **min-max**: the largest value seen. One odd recording sets the step for all;
# * **percentile**: leave out the largest thousandth, say, of all values;
# * **entropy**: choose the clip after which the histogram *looks* most like itself.
#
# For the last, call $P$ the shares of the bins up to the clip (what is cut off piled on
# the last one), and $Q$ the same bins *without* that pile, when each run of bins that
# falls on one mark is flattened to its mean (bins that were empty stay empty). How many
# bits too many would somebody spend on each value who codes $P$ in the belief that it
# is $Q$? That is the **Kullback-Leibler divergence**
#
# $$D(P \,\|\, Q) = \sum_i P_i \log_2 \frac{P_i}{Q_i}.$$
#
# Try all clips, take the least. Few marks flatten much, a low clip makes a pile that
# $Q$ has not foreseen: both cost.


# %% tinyml={"objective": "19-affine", "role": "explain"}
def clip_by_entropy(counts, levels=256):
    best, found = np.inf, len(counts)
    for end in range(levels, len(counts) + 1, 8):
        p = counts[:end].astype(float)
        cells = np.arange(levels) * end // levels  # the first bin of each level
        total = np.add.reduceat(p, cells)
        full = np.add.reduceat(p > 0, cells, dtype=float)
        level = np.searchsorted(cells, np.arange(end), side="right") - 1
        q = np.where(p > 0, (total / np.maximum(full, 1))[level], 0)
        p[-1] += counts[end:].sum()  # what is cut off lands on the last
        p, q = p / p.sum(), q / q.sum()
        bits = np.sum(p * np.log2(np.where(p > 0, p / np.maximum(q, 1e-9), 1)))
        if bits < best:
            best, found = bits, end
    return found


# %% [markdown]
# Each layer that ends in a ReLU, with 256 marks and with 16:


# %% tinyml={"objective": "19-affine", "role": "explain"}
def kept(x, high, bits):
    s, z = scale_and_zero_point(0, high, bits)
    return decibels(x, from_marks(to_marks(x, s, z, bits), s, z))


rules = {}
head = "| layer | 8 bits: min-max | percentile | entropy | 4 bits: min-max |"
lines = [f"{head} percentile | entropy |", "|---" * 7 + "|"]
for name, x in list(handed.items())[:-1]:
    counts, _ = np.histogram(x[x > 0], 2048, (0, x.max()))
    for bits in (8, 4):
        end = clip_by_entropy(counts, 2**bits)
        highs = x.max(), np.quantile(x, 0.999), x.max() * end / 2048
        rules[bits, name] = [kept(x, high, bits) for high in highs]
    row = [f"{v:.1f} dB" for bits in (8, 4) for v in rules[bits, name]]
    lines.append(f"| {name} | " + " | ".join(row) + " |")
plots.say("\n".join(lines))
won = {bits: sum(row[0] > row[1] for (b, _), row in rules.items() if b == bits)
       for bits in (8, 4)}  # fmt: skip
plots.say(f"Min-max beats the percentile in {won[8]} of {len(rules) // 2} layers with "
          f"8 bits, and in {won[4]} with 4.")  # fmt: skip
assert (won[8], won[4]) == (len(rules) // 2, 0)
assert all(row[0] == min(row) for (bits, _), row in rules.items() if bits == 4)
by_entropy = [row[2] - row[0] for (bits, _), row in rules.items() if bits == 8]
assert min(by_entropy) < -10 < 0.2 < max(by_entropy)  # badly here, well there

# %% [markdown]
# There is no best rule, there is a best rule *for a number of bits*. With 256 marks the
# step is so short that cutting a thousandth costs far more than it gives: the
# converter's min-max is a good choice, as long as no recording is broken. With 16 marks
# it is the worst of the three. Entropy was made for 8 bits and long tails. With 8 it
# beats min-max by a little on some layers and loses badly on others: it does not look
# at the size of an error, only at the shape. (Each figure is a layer alone. What an
# answer is worth is judged on answers, in the second sitting.)

# %% [markdown]
# ## Only integers
#
# A layer's sum $\sum q_w (q_x - z_x)$ counts steps of $s_w s_x$. Its output wants
# steps of $s_y$. Between them stands one real number,
#
# $$M = \frac{s_w\, s_x}{s_y},$$
#
# one for each channel if $s_w$ is: that is where the channels' scales go. A board
# without floats needs it as integers. Write $M = m \cdot 2^{\,\text{shift} - 31}$,
# with $m$ from $2^{30}$ up to $2^{31}$: a float again, made by hand, of 31 digits.


# %% [markdown]
# A sum times $m$ has 62 bits and a sign. Divide it by $2^{31}$, rounded, so that it
# fits a register again; then shift right by what is left, rounded again. How one rounds
# a *half* is a convention, and to be equal to TFLM in every byte we need TFLM's: halves
# go **up** in the product and **away from zero** in the shift.
#
# ## Your turn: round
#
# Write the shift. `x >> places` divides by a power of two and rounds *down*, also below
# zero. Add the right amount before, and mind the halves: $2.5$ becomes $3$, $-2.5$
# becomes $-3$. `x` is an array of integers; `places` is 0 or more.


# %% tinyml={"objective": "19-integer", "role": "exercise"}
def nearest_shift(x, places):
    """round(x / 2 ** places), halves away from zero, (n,) int64."""
    return x >> places


# %% tags=["hide-input"] tinyml={"objective": "19-integer", "role": "check"}
def test_nearest_shift():
    x = np.arange(-40, 41)
    got = nearest_shift(x, 2)
    if got is None or np.shape(got) != x.shape:
        return "One number comes back for each of x."
    if np.asarray(got).dtype.kind != "i":
        return "Integers, please: the board has nothing else here. Use >>, not /."
    wanted = np.where(x < 0, -((2 - x) // 4), (x + 2) // 4)  # in whole numbers
    if np.array_equal(got, x >> 2):
        return "That rounds down. What must be added first to round to the nearest?"
    off = np.asarray(got) != wanted
    halves = x % 4 == 2
    if np.any(off & halves & (x > 0)):
        return "Halves above zero go up: add half of 2 ** places before the shift."
    if np.any(off & halves):
        return (
            "Halves below zero end one too high. By how much less must you add there?"
        )
    if np.any(off):
        return "Halves are right, and something else is not: look at x from -3 to 3."
    if not np.array_equal(nearest_shift(x, 0), x):
        return "With 0 places nothing is to be rounded, below zero neither."


Check("`nearest_shift(x, places)` rounds as TFLM does.", test=test_nearest_shift)


# %% [markdown]
# The rest of the requantization follows the recipe. If $M \ge 1$ the sum is shifted
# left first; at the end the output's zero point is added, and what does not fit is
# clamped. A fused ReLU is free: it is another lower limit for the clamp.
#
# So a sum is rounded *twice* on its way, once in the product and once in the shift. A
# real product would be rounded once, and now and then, close to a half, the mark would
# be another (counted below). That is why "nearly the same arithmetic" is not enough.


# %% tinyml={"objective": "19-integer", "role": "explain"}
def multiplier(real):
    part, shift = np.frexp(real)  # real = part * 2 ** shift, part in [1/2, 1)
    m = int(np.floor(part * 2**31 + 0.5))
    if m == 2**31:  # rounded up to 1
        m, shift = 2**30, shift + 1
    if shift < -31:  # everything would become 0
        return 0, 0
    return (m, int(shift)) if shift <= 30 else (2**31 - 1, 30)


def high_multiply(a, b):
    return np.minimum((np.int64(a) * b + 2**30) >> 31, 2**31 - 1)


def rounding_shift(x, places):
    half = (1 << places) >> 1
    return (x + half - ((x < 0) & (places > 0))) >> places


def requantize(total, m, shift, zero_point, low=-128, high=127):
    left, right = np.maximum(shift, 0), np.maximum(-np.asarray(shift), 0)
    total = (np.int64(total) << left).astype(np.int32)  # a register has 32 bits
    scaled = rounding_shift(high_multiply(total, m), right)
    return np.clip(scaled + zero_point, low, high).astype(np.int8)


# %% [markdown]
# ## Three layers
#
# The sum is `int32`, the inputs are shifted by their zero point, and the rim of a
# padded picture is filled with the *mark of zero*, not with 0. "Same" padding puts half
# of what is missing on either side, and the odd one below and on the right. The loops
# go over the places of the kernel only: for each, the whole picture is taken, moved by
# so much, `strides` apart.


# %% tinyml={"objective": "19-integer", "role": "explain"}
def padded(x, kernel, strides, same, fill):
    rims, counts = [(0, 0)], []
    for size, k, step in zip(x.shape[1:3], kernel, strides, strict=True):
        count = -(-size // step) if same else (size - k) // step + 1
        rim = max((count - 1) * step + k - size, 0)
        rims.append((rim // 2, rim - rim // 2))
        counts.append(count)
    return np.pad(x, [*rims, (0, 0)], constant_values=fill), *counts


def conv(x, w, bias, zero_in, strides, same, **to_int8):
    x, high, wide = padded(np.int32(x), w.shape[1:3], strides, same, zero_in)
    total = np.int32(bias)
    for i in range(w.shape[1]):
        for j in range(w.shape[2]):
            seen = x[:, i :: strides[0], j :: strides[1]][:, :high, :wide]
            total = total + (seen - zero_in) @ np.int32(w[:, i, j]).T
    return requantize(total, **to_int8)


# %% [markdown]
# A depthwise layer has one kernel for each channel and mixes none, so the matrix
# product becomes an ordinary one. (With a multiplier above one each channel is read
# several times.) And a dense layer is the shortest of all.


# %% tinyml={"objective": "19-integer", "role": "explain"}
def depthwise(x, w, bias, zero_in, strides, same, **to_int8):
    x = np.repeat(np.int32(x), w.shape[3] // x.shape[3], axis=3)
    x, high, wide = padded(x, w.shape[1:3], strides, same, zero_in)
    total = np.int32(bias)
    for i in range(w.shape[1]):
        for j in range(w.shape[2]):
            seen = x[:, i :: strides[0], j :: strides[1]][:, :high, :wide]
            total = total + (seen - zero_in) * w[0, i, j]
    return requantize(total, **to_int8)


def dense(x, w, bias, zero_in, **to_int8):
    total = (np.int32(x) - zero_in) @ np.int32(w).T + np.int32(bias)
    return requantize(total, **to_int8)


# %% [markdown]
# The last function looks up an operator of a `.tflite`: its scales, its limits, its
# strides. One line in it nobody would guess: for a dense layer with a single scale TFLM
# multiplies the two scales in *float32*, everywhere else in float64. A multiplier can
# differ in its last bits by that, and a mark once in a while.


# %% tinyml={"objective": "19-integer", "role": "explain"}
def run_layer(net, op, x):
    t_x, t_w, t_y = (net.tensors[i] for i in (*op.inputs[:2], op.outputs[0]))
    product = [t_x.scale[0] * s for s in t_w.scale]
    if op.kind == "fully_connected" and len(product) == 1:  # TFLM: in float32
        product = [float(np.float32(t_x.scale[0]) * np.float32(t_w.scale[0]))]
    m, shift = np.array([multiplier(real / t_y.scale[0]) for real in product]).T
    zero, fused = t_y.zero_point[0], op.options.get("activation", 0)
    low = max(-128, zero) if fused in (1, 3) else -128  # ReLU, ReLU6
    high = zero + int(6 / np.float32(t_y.scale[0]) + 0.5) if fused == 3 else 127
    how = {"m": m, "shift": shift, "zero_point": zero}
    how |= {"low": low, "high": min(high, 127), "zero_in": t_x.zero_point[0]}
    has_bias = len(op.inputs) > 2 and op.inputs[2] >= 0
    bias = net.tensors[op.inputs[2]].data if has_bias else np.zeros(t_y.shape[-1])
    if op.kind == "fully_connected":
        return dense(x.reshape(-1, t_w.shape[1]), t_w.data, bias, **how)
    how["strides"] = op.options["stride_h"], op.options["stride_w"]
    work = {"conv2d": conv, "depthwise_conv2d": depthwise}[op.kind]
    return work(x, t_w.data, bias, same=op.options["padding"] == 0, **how)


# %% [markdown]
# Now the judge. TensorFlow Lite Micro runs three models of the course, and tells what
# it handed from layer to layer. Each of your layers gets the same input.

# %% tinyml={"objective": "19-integer", "role": "explain"}
from tinyml_course import oracle

lines = ["| model | layers with weights | bytes compared | differ |", "|---" * 4 + "|"]
for name in ("digits_cnn", "words_dscnn", "motion_models"):
    path = shelf.parent / name / "model.tflite"
    net = graph.read(path)
    shape = net.tensors[net.inputs[0]].shape
    x = np.random.default_rng(0).integers(-128, 128, (8, *shape[1:]), dtype=np.int8)
    asked = [i for op in net.operators for i in (op.inputs[0], op.outputs[0])]
    theirs = oracle.ask(path.read_bytes(), [x], tensors=asked).tensors
    layers, compared, differ = [op for op in net.operators if op.macs], 0, 0
    for op in layers:
        given = theirs[op.inputs[0]].reshape(-1, *net.tensors[op.inputs[0]].shape[1:])
        ours = run_layer(net, op, given).ravel()
        differ += int(np.sum(ours != theirs[op.outputs[0]].ravel()))
        compared += ours.size
    lines.append(f"| {name} | {len(layers)} | {compared:,} | **{differ}** |")
    assert differ == 0
plots.say("\n".join(lines))
sums, (m, shift) = np.arange(-30000, 30000), multiplier(0.00371)
twice = rounding_shift(high_multiply(sums, m), -shift)
other = np.mean(np.round(sums * 0.00371) != twice)
plots.say(f"Rounded once, not twice, {other:.2%} of the marks would be others.")
assert 0 < other < 0.01

# %% [markdown]
# Not one byte. A network on a microcontroller is this: products of small integers, a
# sum, one multiplication, two roundings, a clamp. (Not in yours: dilated windows. The
# course's `kernels`, its C and this chapter's functions are all held to TFLM by tests,
# on hundreds of random layers. In problem set 8 you requantize a layer of your own.)
#
# > **Note: the break.** Here the first sitting ends. You can read everything that an
# > int8 file holds, and compute with it. The second sitting asks what it was good for.


# %% [markdown]
# # Second sitting: what fewer bits are worth
#
# ## The wake word, four times smaller?
#
# Harvard's TinyML lectures show it on the wake words of their assignment: in int8 the
# model is *four times smaller*, and its accuracy even rises, from 91.91 to 91.99 of
# 100. Will yours? Train a network as in TensorFlow's `micro_speech`, one convolution
# and one dense layer, on the spoken words: many weights and little else. Then write
# both files. (It learns from 2,100 recordings as they are; that of chapter 14 had
# twelve thousand and hears better. Here each is held against itself.)

# %% tinyml={"objective": "19-worth", "role": "explain"}
import keras
from keras import layers

from tinyml_course import quantize, report, train, verify

x_train, y_train = keywords.x_train / 8, keywords.y_train  # (2100, 41, 32, 1)
x_test, y_test = keywords.x_test / 8, keywords.y_test  # other voices
train.seed_everything(0)
stack = [layers.Input((41, 32, 1)),
         layers.Conv2D(16, (10, 8), strides=2, padding="same", activation="relu"),
         layers.Dropout(0.5), layers.Flatten(),
         layers.Dense(10, activation="softmax")]  # fmt: skip
model, _ = train.fit(keras.Sequential(stack), x_train, y_train, epochs=8, batch_size=64)
float_model = quantize.to_float(model)
tflite_model = quantize.to_int8(model, x_train[:300])
ratio = len(float_model) / len(tflite_model)


def right(file, x, y):
    net = graph.read(file)
    entrance = net.tensors[net.inputs[0]]
    x = entrance.quantize(x) if entrance.dtype == "int8" else x
    said = [graph.invoke(net, x[i : i + 50]) for i in range(0, len(x), 50)]
    return np.concatenate(said).reshape(len(x), -1).argmax(axis=1) == y


# %% tags=["hide-input"] tinyml={"objective": "19-worth", "role": "predict"}
Predict(
    f"The float file has {len(float_model):,} bytes. How many has the int8 file?",
    answer=len(tflite_model),
    unit="bytes",
    explain=f"{ratio:.2f} times smaller. A quarter would be {len(float_model) // 4:,}.",
)

# %% [markdown]
# Who keeps it from being four? Count what is in the files: weights, biases (in int8
# they are added to sums, so they keep 32 bits), and the rest: names, shapes, scales.
# Beside it, the network of chapter 14, which has few weights and many layers. And both
# accuracies on the same 1,000 recordings of voices that neither network has learned
# from, compared row by row.


# %% tinyml={"objective": "19-worth", "role": "explain"}
SMALL, DEEP = "one convolution, one dense", "DS-CNN, chapter 14"
shipped = shelf / "float.tflite", shelf / "model.tflite"
pairs = {SMALL: (float_model, tflite_model, x_test), DEEP: (*shipped, 8 * x_test)}
lines = ["| file | weights | biases | the rest | all | words right |", "|---" * 6 + "|"]
shrunk, change, said_right = {}, {}, {}
for name, (*files, x) in pairs.items():
    found, parts = [right(file, x, y_test) for file in files], []
    for kind, file, hit in zip(("float32", "int8"), files, found, strict=True):
        net = graph.read(file)
        w, b = (sum(net.tensors[op.inputs[k]].bytes for op in net.operators if op.macs)
                for k in (1, 2))  # fmt: skip
        parts.append([w, b, net.file_bytes - w - b, net.file_bytes])
        row = " | ".join(f"{v:,}" for v in parts[-1])
        lines.append(f"| {name}, {kind} | {row} | {hit.mean():.1%} |")
    shrunk[name], said_right[name] = np.divide(*parts), found
    change[name] = train.paired_difference(*found)
plots.say("\n".join(lines))
for name, (w, _, _, whole) in shrunk.items():
    plots.say(f"{name}: weights {w:.2f} times smaller, file {whole:.2f} times; int8 "
              f"less floats {change[name]}.")  # fmt: skip
    assert (w, change[name].low > -0.03) == (4, True)
    assert change[name].high - change[name].low > 5 * 0.0008  # the lectures' gain
assert shrunk[SMALL][3] > 3.7 > 2 > shrunk[DEEP][3]

# %% [markdown]
# The promise is true of *weights*, to the byte. A file comes as close to four as its
# weights outweigh its description, which does not shrink but grows: every channel now
# has a scale. The small network with the many layers stays far away. On the board it
# does not matter, for there the description is left behind (chapters 14 and 20). And
# the accuracy? Neither interval reaches down to a loss of three points. (Where int8
# comes out *ahead*, its rounding fell well on these recordings: nothing to count on.
# The lectures' gain of eight hundredths of a point is far less than either interval is
# wide.)
#
# ## The quantizer
#
# All of it behind one door: `quantize.observe` shows each layer's range, and its
# `to_int8` takes a rule for all layers or another for each. Does the rule matter for
# this network, at eight bits?
#
# The app **the quantizer** is below: load a model, look at its histograms, choose,
# convert, compare. (It needs a kernel; `tinyml app quantizer` opens it by itself.)

# %% tinyml={"objective": "19-affine", "role": "explain"}
calibration = quantize.observe(model, x_train[:300])
for layer in calibration:
    print(f"{layer.name:14} {layer.low:8.2f} to {layer.high:6.2f}")
choices = {"min-max": {}, "percentile": {"ranges": "percentile"},
           "entropy": {"ranges": "entropy"},
           "min-max, one scale a tensor": {"per_channel": False}}  # fmt: skip
lines = ["| ranges | file | words right | int8 less floats |", "|---" * 4 + "|"]
shares = []
for name, settings in choices.items():
    file = calibration.to_int8(**settings)
    hit = right(file, x_test, y_test)
    gap = train.paired_difference(said_right[SMALL][0], hit)
    lines.append(f"| {name} | {len(file):,} bytes | {hit.mean():.1%} | {gap} |")
    shares.append(hit.mean())
    assert gap.low > -0.03
plots.say("\n".join(lines))
plots.say(f"From the worst to the best of them: {100 * np.ptp(shares):.1f} points.")
assert np.ptp(shares) < 0.01
widgets.quantize_a_model()

# %% [markdown]
# ## Train with the rounding in place
#
# So at eight bits no rule matters here; the histograms of the first sitting told you
# that one would with four.
#
# All of this was **post-training quantization**: train in floats, round afterwards.
# Could a network *learn* to be rounded? Let its forward pass use the rounded weights
# and activations, on the marks they will have, but still as floats: **fake
# quantization**. Then the loss is that of the rounded network, and descent can look for
# weights which bear it: **quantization-aware training**, QAT.
#
# One thing is in the way. Rounding is a staircase: its slope is 0 almost everywhere,
# and no gradient passes. The way out is a white lie, the **straight-through
# estimator**: forward round, backward pretend that nothing was done. In a framework it
# is one line: `x + stop_gradient(round(x) - x)` has the value of the second and the
# slope of the first. Build the three layers with it:


# %% tinyml={"objective": "19-worth", "role": "explain"}
from keras import ops


def nearest(x):
    return x + ops.stop_gradient(ops.round(x) - x)


def fake_weights(w, bits):
    others = tuple(range(len(w.shape) - 1))  # one scale for each output channel
    most = 2 ** (bits - 1) - 1
    s = ops.max(ops.abs(w), axis=others, keepdims=True) / most
    s = ops.stop_gradient(ops.maximum(s, 1e-9))
    return w if bits == 32 else nearest(w / s) * s


class FakeDense(layers.Dense):
    def call(self, x):
        return ops.matmul(x, fake_weights(self.kernel, self.bits)) + self.bias


class FakeConv(layers.Conv2D):
    def call(self, x):
        w = fake_weights(self.kernel, self.bits)
        return ops.relu(ops.conv(x, w, self.strides, self.padding) + self.bias)


# %% [markdown]
# Activations after a ReLU begin at 0, and end where they end: a moving average of the
# largest value of each batch, kept while training. A value beyond it is clipped, and
# gets no gradient. `twin(bits)` builds the same small network for digits each time;
# with 32 bits nothing is rounded. All twins have weights of the same shapes, so one can
# be given another's.


# %% tinyml={"objective": "19-worth", "role": "explain"}
class FakeRange(layers.Layer):
    def build(self, shape):
        self.high = self.add_weight(name="high", initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            top = ops.max(x)
            slow = 0.9 * self.high + 0.1 * top
            self.high.assign(ops.where(self.high == 0, top, slow))
        s = ops.maximum(self.high, 1e-6) / (2**self.bits - 1)
        most = 2**self.bits - 1
        return x if self.bits == 32 else nearest(ops.clip(x / s, 0, most)) * s


def twin(bits, weights=None):
    stack = [FakeConv(8, 3, padding="same"), FakeRange(),
             FakeConv(16, 3, strides=2, padding="same"), FakeRange(),
             layers.Flatten(), FakeDense(10), layers.Softmax()]  # fmt: skip
    for layer in stack:
        layer.bits = bits
    net = keras.Sequential([layers.Input((8, 8, 1)), *stack])
    if weights is not None:
        net.set_weights(weights)
    return net


# %% [markdown]
# The task is that of chapters 17 and 18, digits that are moved and noisy. Each seed
# trains one network for six epochs. Then three ways to each number of bits:
#
# * **round** it, as it is;
# * train it **three epochs more in floats**, then round: the control, for whatever QAT
#   gains might be owed to the epochs;
# * train it **three epochs more with the rounding in place**.
#
# Eight bits is what the board has. Four, three and two are *simulated*: the numbers are
# on so many marks, and no kernel here computes with them packed. (The picture that
# comes in and the scores that go out are not rounded in the twins.)


# %% tinyml={"objective": "19-worth", "role": "explain"}
from tinyml_course.scratch.pruning import shaky_digits

(x_all, y_all), _, (x_new, y_new) = shaky_digits(datasets.load("digits"))
x_new = x_new.reshape(-1, 8, 8, 1)  # (2880, 8, 8, 1): 8 views of 360 digits
x_shaky, y_shaky = x_all[::3].reshape(-1, 8, 8, 1), y_all[::3]  # (3200, 8, 8, 1)


def hits(net):
    return np.asarray(net(x_new)).argmax(axis=1) == y_new  # (2880,) bool


def taught(net, epochs, seed):
    how = {"epochs": epochs, "batch_size": 64, "learning_rate": 3e-3, "seed": seed}
    return train.fit(net, x_shaky, y_shaky, **how)[0]  # and its history


outcome, trained = {}, {}
for seed in (0, 1):
    train.seed_everything(seed)
    base = trained["base", seed] = taught(twin(32), 6, seed)
    more = trained["more", seed] = taught(twin(32, base.get_weights()), 3, 10 + seed)
    for bits in (8, 4, 3, 2):
        new = trained[bits, seed] = taught(twin(bits, base.get_weights()), 3, 10 + seed)
        nets = twin(bits, base.get_weights()), twin(bits, more.get_weights()), new
        outcome[bits, seed] = [hits(net) for net in nets]

# %% tinyml={"objective": "19-worth", "role": "explain"}
WAYS = "rounded", "3 more epochs in floats, rounded", "3 more epochs with rounding"
levels, helped, gains = (8, 4, 3, 2), {}, {}
mean = {bits: np.mean([outcome[bits, 0], outcome[bits, 1]], axis=0) for bits in levels}
fig, ax = plt.subplots(figsize=(5.8, 3.5))
for way, (hue, mark) in enumerate(zip((GREY, BLUE, RED), "os^", strict=True)):
    line = [100 * mean[bits][way].mean() for bits in levels]
    ax.plot(levels, line, "-" + mark, color=hue, label=WAYS[way])
    for key in outcome:
        ax.plot(key[0], 100 * outcome[key][way].mean(), ".", ms=5, color=hue)
ax.set(xlabel="bits of weights and activations", ylabel="digits right (of 100)")
ax.set(xticks=levels, xlim=(8.3, 1.7), ylim=(0, 100))
ax.legend(loc="lower left", fontsize=11)
plots.show(fig, alt="Accuracy over bits: three lines, together at 8; at 3 and 2 bits "
           "the one trained with rounding is high above.")  # fmt: skip
lines = ["| bits | control less rounded | QAT less control |", "|---" * 3 + "|"]
for bits in levels:  # eight views of a digit are one witness
    for way, kept_in in ((1, helped), (2, gains)):
        lead = 100 * (mean[bits][way] - mean[bits][way - 1]).reshape(-1, 8).mean(axis=1)
        kept_in[bits] = lead.mean(), lead.std(ddof=1) / np.sqrt(len(lead))
    row = "| {} | {:+.1f} points (± {:.1f}) | {:+.1f} (± {:.1f}) |"
    lines.append(row.format(bits, *helped[bits], *gains[bits]))
plots.say("\n".join(lines))
assert min(helped[bits][0] for bits in (8, 4, 3)) > 2 > abs(helped[2][0])
assert all(gains[bits][0] > max(3, 4 * gains[bits][1]) for bits in (3, 2))
assert max(abs(gains[8][0]), gains[4][0]) < min(3, gains[3][0] / 2)

# %% [markdown]
# (± is one standard error, over digits.) Three more epochs in floats help as long as
# there are three bits or more: the network has become better. QAT gains just that at
# eight bits, and hardly more at four; had we left the control out, we would have
# praised the rounding for it. At three and two it takes back a good part of what was
# lost. It does not make two bits into eight.

# %% [markdown]
# Now the promise of the simulation. Give the eight-bit twin's weights to the plain
# network and convert it, as any other. Does the file decide as the twin foretold, and
# does the board compute what TFLM computes?

# %% tinyml={"objective": "19-worth", "role": "explain"}
plain_twin = twin(32, trained[8, 0].get_weights())
files = {"more epochs": quantize.to_int8(trained["more", 0], x_shaky[:300]),
         "QAT": quantize.to_int8(plain_twin, x_shaky[:300])}  # fmt: skip
bills, in_int8 = {}, {}
for name, file in files.items():
    net = graph.read(file)
    marks = net.tensors[net.inputs[0]].quantize(x_new)
    proof = verify.verify(file, marks[:8])
    assert proof["mismatches"] == 0
    in_int8[name] = graph.invoke(net, marks).reshape(len(x_new), -1).argmax(axis=1)
    accuracy = np.mean(in_int8[name] == y_new)
    bills[f"digits, {name}"] = report.bench(file, marks[:1]) | {"accuracy": accuracy}
foretold = np.asarray(trained[8, 0](x_new)).argmax(axis=1)
same = np.mean(foretold == in_int8["QAT"])
assert same > 0.97
plots.say(f"TFLM, NumPy, C and board: {proof['mismatches']} bytes differ. The twin "
          f"foretold {same:.1%} of the file's {len(x_new):,} answers.")  # fmt: skip

# %% tags=["hide-input"] tinyml={"objective": "19-worth", "role": "check"}
Check(
    "A colleague fine-tunes a network with QAT at 8 bits: 91.0 before, 91.9 after. "
    "Which number is missing before you believe that QAT did it?",
    options=[
        "the same epochs without rounding, then converted",
        "the accuracy of QAT on training rows",
        "the accuracy of QAT at 4 bits",
        "the size of both files",
    ],
    answer="the same epochs without rounding, then converted",
    mistakes={
        "the accuracy of QAT on training rows": "That says how well it learned by "
        "heart. What else changed between before and after, besides the rounding?",
        "the accuracy of QAT at 4 bits": "Worth knowing for another board. What else "
        "changed between 91.0 and 91.9?",
        "the size of both files": "They are of one size: it is the same network. What "
        "was spent in between?",
    },
    reveal="Training longer is a treatment too: the control gets it, and no rounding.",
)

# %% [markdown]
# ## Marks that are not even
#
# Why should marks be evenly spaced? Weights crowd around zero. With a **codebook** each
# weight is the *number* of an entry, and the entries can stand anywhere: at powers of
# two (then a product is a shift), at finer steps of a logarithm, or where **k-means**
# of chapter 18 puts them. With the same number of entries in each book, and one book
# for each layer, on weights alone:


# %% tinyml={"objective": "19-worth", "role": "explain"}
from tinyml_course.scratch import coding


def book(w, kind, entries):
    half = np.arange((entries - 1) // 2)
    if kind == "k-means":
        return np.sort(coding.k_means(w, coding.start(w, entries, "linear"))[0])
    ratio = {"powers of two": 2.0, "logarithmic": 2**0.5}.get(kind)
    side = np.abs(w).max() * (ratio**-half if ratio else (half + 1) / len(half))
    return np.sort(np.concatenate([-side, [0], side]))


kinds, coded = ("even", "powers of two", "logarithmic", "k-means"), {}
for seed, bits, kind in product((0, 1), (4, 3, 2), kinds):
    weights, off = trained["more", seed].get_weights(), []
    for place, w in enumerate(weights):
        if w.ndim > 1:
            entries = book(w.ravel().astype(float), kind, 2**bits - 1)
            nearest_one = np.searchsorted((entries[1:] + entries[:-1]) / 2, w)
            weights[place] = np.float32(entries[nearest_one])
            off.append(np.linalg.norm(w - weights[place]) / np.linalg.norm(w))
    coded[bits, kind, seed] = np.mean(off), hits(twin(32, weights)).mean()

# %% tinyml={"objective": "19-worth", "role": "explain"}
both = {key[:2]: np.mean([coded[*key[:2], s] for s in (0, 1)], axis=0) for key in coded}
lines = ["| entries | " + " | ".join(kinds) + " |", "|---" * 5 + "|"]
for bits in (4, 3, 2):
    row = ["{1:.1%} (off {0:.0%})".format(*both[bits, kind]) for kind in kinds]
    lines.append(f"| {2**bits - 1} | " + " | ".join(row) + " |")
    errors, shares = np.transpose([both[bits, kind] for kind in kinds])
    assert errors.argmin() == 3  # k-means
    assert shares[3] > shares[:3].max() + (0.05 if bits < 4 else -0.02)
plots.say("\n".join(lines))
off = {key: value[0] for key, value in both.items()}
assert off[4, "logarithmic"] < min(off[4, "even"], off[4, "powers of two"])
assert off[3, "powers of two"] < off[3, "even"] < off[3, "logarithmic"]

# %% [markdown]
# K-means is nearest to the weights, for that is all it asks for; with seven entries and
# with three it is far ahead in digits too. Which of the fixed books comes next depends
# on the number of entries: fifteen logarithmic ones reach from large weights down to
# small ones, seven do not, and with three entries all fixed books are the same. But an
# uneven book has a price that does not show here: sums of *marks* mean nothing any
# more. The board must look each weight up (or shift), so what is saved is memory, not
# arithmetic. For int8 units, even marks it is.
#
# ## An attack on the marks
#
# Chapter 12 pushed pictures along the signs of the loss's slope, and its int8 model
# fell with the float one. But that model had no slopes of its own, so it met another's.
# Now it has: the straight-through lie gives the eight-bit twin slopes. Does rounding
# protect, if the attacker is as clever as you?


# %% tinyml={"objective": "19-worth", "role": "explain"}
import tensorflow as tf


def slope(net):
    with tf.GradientTape() as tape:
        tape.watch(x := tf.constant(x_few))
        loss = keras.losses.sparse_categorical_crossentropy(y_few, net(x))
    return np.sign(tape.gradient(loss, x))


x_few, y_few, victim = x_new[::8], y_new[::8], trained["more", 0]
rivals = {"floats": quantize.to_float(victim), "int8": files["more epochs"]}
ways = {"noise": np.random.default_rng(0).choice([-1, 1], x_few.shape),
        "float slopes": slope(victim),
        "int8 slopes": slope(twin(8, victim.get_weights()))}  # fmt: skip
pushes, held = (0, 0.04, 0.08, 0.12, 0.16, 0.2), {}
lines = ["| push | " + " | ".join(f"{p:.2f}" for p in pushes) + " |", "|---" * 7 + "|"]
for way, kind in product(ways, rivals):
    moved = (np.float32(np.clip(x_few + p * ways[way], 0, 1)) for p in pushes)
    held[way, kind] = np.array([right(rivals[kind], x, y_few).mean() for x in moved])
    row = " | ".join(f"{share:.0%}" for share in held[way, kind])
    lines.append(f"| {kind}, {way} | {row} |")
plots.say("\n".join(lines))
apart = np.ptp([held[key] for key in held if key[0] != "noise"], axis=0).max()
assert apart < 0.05 < 0.2 < held["noise", "int8"][3] - held["float slopes", "int8"][3]

# %% [markdown]
# Digits right, by how far each pixel was pushed (ink goes from 0 to 1). The attack
# passes from floats to int8 unweakened: the steps are small against the push. Slopes
# through the marks find nothing that the float ones had missed. Against this attack
# eight bits are no shield, and no weakness either.

# %% [markdown]
# ## Energy
#
# What does an operation cost? Mark Horowitz gave a table at ISSCC 2014 for a chip of
# 45 nm at 0.9 V; every talk on quantization shows it. In picojoules: an addition takes
# 0.03 in 8 bits, 0.1 in 32, 0.9 in float32; a product 0.2, 3.1 and 3.7. To read 64
# bits takes 10 from a memory of 8 KB, 20 from 32 KB, 100 from a megabyte, and over a
# thousand from DRAM. Put *your* network in: with $N$ MACs and $B$ bytes moved,
#
# $$E \approx N\,(e_\text{product} + e_\text{sum}) + \frac{B}{8}\, e_\text{64 bits}.$$
#
# Sums of int8 products are 32 bits long. $B$ is counted on the board, every load and
# store that ran; memory is priced as one of a megabyte, and a byte at an eighth of 64
# bits, although a chip that fetches it alone pays more. An **estimate**: that chip is
# not this board, whose own figures stand in the report below.
#
# First by hand, for a layer and its operands alone:

# %% tags=["hide-input"] tinyml={"objective": "19-worth", "role": "check"}
Check(
    "An int8 dense layer with 1,000 inputs and 400 outputs loads two operands for each "
    "MAC from the megabyte. What does its memory cost?",
    answer=10,
    tolerance=0.05,
    unit="µJ",
    mistakes={
        5: "That is one operand for each MAC. A product has two.",
        40: "That is 4 bytes an operand. How long is an int8?",
        80: "A hundred picojoules are for 64 bits. How many bytes are those?",
        1.25: "By 8 once more than needed: the operands are bytes already, not bits.",
        0.12: "That is the arithmetic. What do the loads cost?",
        10.12: "That is arithmetic and memory. Memory alone, please.",
        1e7: "Picojoules. A microjoule is a million of them.",
        1e4: "Nanojoules. A microjoule is a thousand of them.",
    },
    low="Too little. How many MACs? Two bytes for each; eight bytes cost 100 pJ.",
    high="Too much. How many MACs? Two bytes for each; eight bytes cost 100 pJ.",
    reveal="400,000 MACs, 800,000 bytes, 100,000 words of 64 bits. The arithmetic "
    "takes 0.12 µJ: the table says fetch less, before it says multiply shorter.",
)

# %% [markdown]
# Now the whole network, with all that it moved.

# %% tinyml={"objective": "19-worth", "role": "explain"}
PJ = {"float32": 3.7 + 0.9, "int8": 0.2 + 0.1}  # a product and a sum: Horowitz 2014
PJ_64_BITS, SIZE = 100, {"float32": 4, "int8": 1}  # from 1 MB; bytes
parts = {}
for kind, file in (("float32", float_model), ("int8", tflite_model)):
    net = graph.read(file)
    entrance = net.tensors[net.inputs[0]]
    x = entrance.quantize(x_test[:1]) if kind == "int8" else x_test[:1]
    bill = report.bench(file, x, profile=True)
    moved = sum(row["loaded_bytes"] + row["stored_bytes"] for row in bill["profile"])
    memory, least = moved / 8 * PJ_64_BITS / 1e6, 2 * bill["macs"] * SIZE[kind]
    parts[kind] = bill["macs"] * PJ[kind] / 1e6, memory, moved, least
    share = said_right[SMALL][kind == "int8"].mean()
    bills[f"wake word, {kind}"] = bill | {"accuracy": share}
assert verify.verify(tflite_model, x)["mismatches"] == 0  # x of int8 came last
lines = ["| | MACs | arithmetic | operands, bytes | moved | memory |", "|---" * 6 + "|"]
for kind, (sums, memory, moved, least) in parts.items():
    count = f"| {kind} | {bill['macs']:,} | {sums:.2f} µJ | {least:,} |"
    lines.append(f"{count} {moved:,} | {memory:.1f} µJ |")
plots.say("\n".join(lines))
sums, memory = (parts["float32"][i] / parts["int8"][i] for i in (0, 1))
plots.say(f"*Estimated*: arithmetic {sums:.1f} times cheaper, memory {memory:.1f}.")
assert parts["int8"][1] > 3 * parts["int8"][0]
assert sums > 10 > 2 > memory > 1
besides = {kind: moved - least for kind, (_, _, moved, least) in parts.items()}
assert besides["int8"] > besides["float32"]

# %% [markdown]
# Arithmetic becomes cheap, and *moving* numbers is what costs. Each MAC wants two
# operands; those are a quarter of the bytes in int8. But the C moves more than them,
# all that its loops keep in memory besides (subtract the columns), and in int8 that is
# more than it was in floats. The saving is there for a program, or a chip, that takes
# several marks with one load and does more with each: chapter 21 does that with SIMD.
#
# ## The price list
#
# Last, the bill of everything that was converted in this sitting, from the emulated
# board (what it estimates, it takes from this board's data, not from the table above).
# And the chapter in one picture, to pin to a wall: above, how many times less int8
# takes than float32; below, what was paid for it.

# %% tinyml={"objective": "19-worth", "role": "explain"}
fat, thin = (bills[f"wake word, {kind}"] for kind in ("float32", "int8"))
items = {"weights (counted)": shrunk["one convolution, one dense"][0],
         "file (counted)": ratio,
         "flash, code and all (counted)": fat["flash_bytes"] / thin["flash_bytes"],
         "RAM (counted)": fat["ram_bytes"] / thin["ram_bytes"],
         "bytes moved (counted)": parts["float32"][2] / parts["int8"][2],
         "energy, arithmetic (table)": parts["float32"][0] / parts["int8"][0],
         "instructions, M4 (counted)": fat["instructions"] / thin["instructions"],
         "instructions, M0+, SVM (counted)": cost[32][2] / cost[8][2]}  # fmt: skip
in_floats = np.mean([hits(trained["more", seed]) for seed in (0, 1)], axis=0)
paid = {"wake word, 8 bits": (BLUE, *change["one convolution, one dense"])}
for bits in levels:
    for way, hue in ((1, GREY), (2, RED)):
        lost = (mean[bits][way] - in_floats).reshape(-1, 8).mean(axis=1)
        middle, error = lost.mean(), 1.96 * lost.std(ddof=1) / np.sqrt(len(lost))
        name = f"digits, {bits} bits, " + ("control", "QAT")[way - 1]
        paid[name] = hue, middle, middle - error, middle + error
report.compare(bills)

# %% tinyml={"objective": "19-worth", "role": "explain"}
fig, (top, low) = plt.subplots(2, figsize=(6, 6.6), height_ratios=[8, 9])
for row, times in enumerate(reversed(items.values())):
    top.hlines(row, 1, times, color="#c9dcec", lw=7)
    top.plot(times, row, "o", color=BLUE, ms=11)
    top.text(times * 1.15, row, f"{times:.1f}", va="center")
top.axvline(4, color=GREY, ls=":")
top.set(yticks=range(len(items)), yticklabels=reversed(items), xscale="log")
top.set(xlim=(0.8, 80), title="float32 over int8: times less")
top.set_xticks([1, 4, 10, 30], ["1", "4", "10", "30"])
for row, (hue, middle, *ends) in enumerate(reversed(paid.values())):
    low.hlines(row, 100 * ends[0], 100 * ends[1], color=hue, lw=2)
    low.plot(100 * middle, row, "o", color=hue, ms=4)
low.axvline(0, color=GREY, ls=":")
low.set(yticks=range(len(paid)), yticklabels=reversed(paid), xlim=(-75, 8))
low.set(title="accuracy, less floats", xlabel="points (95 % interval)")
for ax in (top, low):
    ax.grid(visible=False, axis="y")
plots.show(fig, alt="Above, dots from about 1 to 30 times less in int8; weights at 4. "
           "Below, losses: none at 8 bits, large at 2, smaller with QAT.")  # fmt: skip

# %% [markdown]
# ## On your own
#
# 1. Requantize a layer of your own: problem set 8 begins where `run_layer` ends.
# 2. Give the SVM's columns a smaller range (3.9, as in the picture) *and* 5 bits.
#    Choose the range on training rows. What does the board say?
# 3. Write `FakeDepthwise`, and hold a keyword network with it against the control.
# 4. Let `nearest` round to the lower mark instead. What happens at 8 bits, what at 2?
# 5. Quantize the first and the last layer to 8 bits and all others to 2. How much of
#    the loss at 2 bits is theirs?
# 6. Open `tinyml app quantizer` with a model of your own, and find the layer whose
#    range one odd input has set.
#
# ## What you have done
#
# * You **took apart** floats, and **brought** a classifier to the board in fixed point,
#   every sum equal to Python's.
# * You **derived** scale and zero point, and **calibrated** by three rules, none of
#   them the best for all lengths.
# * You **wrote** convolution, depthwise and dense in integers; not one byte differs
#   from TFLM.
# * You **trained** with the rounding in place, with a control, and saw it win where
#   bits are few and win nothing where there are eight.
# * You **counted** what fewer bits are worth, in files, attacks and picojoules.
#
# **The idea to keep:** a number's length is a choice, made by its range. Spend bits
# where values are, and let a measurement say whether anybody notices.
#
# **Next:** what else is in the file, and who reads it: chapter 20, *TFLite, ONNX and
# TFLite Micro*.
#
# ## Sources
#
# * B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference", *CVPR* (2018): affine int8, multiplier and
#   shift, fake quantization. The gemmlowp library: its two roundings.
# * R. David et al., "TensorFlow Lite Micro", *MLSys* (2021).
# * IEEE 754-2019; D. Goldberg, "What Every Computer Scientist Should Know About
#   Floating-Point Arithmetic", *ACM Computing Surveys* 23 (1991).
# * MathWorks, tinyML Talks on fixed-point SVMs and quantization for embedded targets
#   (2021): the flow from float model to C.
# * *CS249r: Tiny Machine Learning*, Harvard (2020): quantization, the wake word four
#   times smaller.
# * S. Migacz, "8-bit Inference with TensorRT", *GTC* (2017): calibration by entropy.
# * R. Krishnamoorthi, "Quantizing Deep Convolutional Networks for Efficient Inference"
#   (2018): scales for each channel; M. Nagel et al., "A White Paper on Neural Network
#   Quantization" (2021).
# * Y. Bengio, N. Léonard and A. Courville, "Estimating or Propagating Gradients Through
#   Stochastic Neurons" (2013): straight through.
# * S. Han, H. Mao and W. Dally, "Deep Compression", *ICLR* (2016): codebooks. D.
#   Miyashita, E. Lee and B. Murmann, "Convolutional Neural Networks Using Logarithmic
#   Data Representation" (2016).
# * I. Goodfellow, J. Shlens and C. Szegedy, "Explaining and Harnessing Adversarial
#   Examples", *ICLR* (2015).
# * M. Horowitz, "Computing's Energy Problem (and What We Can Do About It)", *ISSCC*
#   (2014): the table of energies.
