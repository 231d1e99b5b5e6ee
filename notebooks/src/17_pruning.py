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

# %% [markdown] tinyml={"objectives": ["17-prune", "17-measure", "17-structure", "17-learn"]}
# # Take weights away: pruning
#
# MobileNet, which you met in chapter 11, has four million weights. In 2017 Michael
# Zhu and Suyog Gupta set half of them to zero while it was trained, then more and more.
# The picture shows what was left of its accuracy. Who would have thought that a network
# needs so few of its weights? And if the others do nothing, why carry them to a board
# with a megabyte of flash?
#
# **You will**
#
# * **prune** your own network by magnitude, at once and step by step, and find out
#   why it bears that and what retraining is worth;
# * **measure** what zeros save: in a zip file, on the board, and from where on;
# * **cut out** whole neurons and filters, and bench what is left;
# * **let** a network learn which of its elements it can do without.
#
# **You need** chapters 06 to 08, and 10 for the filters. About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "17-prune", "role": "explain"}
import zlib
from itertools import pairwise

import keras
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, device, graph, plots, quantize, report, train
from tinyml_course.scratch import adam, batches, pruning, softmax
from tinyml_course.scratch.pruning import accuracy, count, forward, masked, network
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
published = {0.0: 70.6, 0.5: 69.5, 0.75: 67.7, 0.9: 61.8, 0.95: 53.6}
fig, ax = plt.subplots(figsize=(5.6, 3.1))
bars = ax.bar([f"{100 * share:.0f}" for share in published], published.values(), 0.6)
ax.bar_label(bars, fontsize=12)
ax.set(xlabel="weights set to zero (%)", ylabel="right on ImageNet (%)", ylim=(0, 84))
ax.grid(visible=False, axis="x")
plots.show(fig, alt="Five bars: 70.6 without zeros, then 69.5, 67.7, 61.8 and 53.6.")

# %% [markdown]
# ## A network to take apart
#
# A reading pen is held by hand. What its 64 dots of light see of a digit is off by up
# to a pixel, and noisy. So each of the 8 by 8 digits is shown eight times, each time
# moved and with other noise. All views of one digit stay together, in the training
# rows, in the validation rows or in the drawer (chapter 08 told you why). Whatever we
# choose below is chosen with the validation rows; the test rows only report.


# %% tinyml={"objective": "17-prune", "role": "explain"}
from numpy.lib.stride_tricks import sliding_window_view


def shaken(x, y, views, seed):
    rng = np.random.default_rng(seed)
    x, y = np.tile(x[..., 0], (views, 1, 1)), np.tile(y, views)
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    places = sliding_window_view(wide, (8, 8), axis=(1, 2))  # (n, 3, 3, 8, 8)
    down, right = rng.integers(0, 3, (2, len(x)))
    seen = places[np.arange(len(x)), down, right].reshape(len(x), 64)
    noisy = seen + rng.normal(0, 0.1, seen.shape)
    return np.clip(noisy, 0, 1).astype(np.float32), y


digits = datasets.load("digits")
x, y = digits.x_train, digits.y_train
x_train, y_train = shaken(x[:1200], y[:1200], views=8, seed=1)
x_val, y_val = shaken(x[1200:], y[1200:], views=8, seed=2)
x_test, y_test = shaken(digits.x_test, digits.y_test, views=8, seed=3)
rows = np.ravel([np.arange(8) * 1200 + digit for digit in (0, 1)])
fig, ax = plt.subplots(figsize=(5.4, 2))
seen = x_train[rows].reshape(-1, 8, 8, 1)
plots.mosaic(ax, seen, y_train[rows], columns=8, rows=2)
plots.show(fig, alt="Two handwritten digits, each eight times, moved and grainy.")

# %% [markdown]
# The network has two hidden layers, 64 to 128 to 64 to 10. It is a list of layers, each
# with weights and biases, and `slopes_of` is chapter 06's way backwards. (`network`,
# `forward` and `accuracy` do what you wrote there, in numbers of 32 bits; they come
# from `tinyml_course.scratch.pruning`.) Two things are new:
#
# * a **mask** for each layer, of ones and zeros. Where it is zero the weight is zero,
#   its slope is zero, and so it stays zero however long we train;
# * two **penalties**. L2 pulls each weight towards zero in proportion to its size, as
#   in chapter 07. L1 pulls all with the same force, and a small weight gives way to
#   that.


# %% tinyml={"objective": "17-prune", "role": "explain"}
def slopes_of(net, x, y, masks, l1, l2):
    values, slopes = forward(net, x), []
    right = np.eye(len(net[-1][1]), dtype=np.float32)[y]
    g = (softmax(values[-1]) - right) / len(y)
    for (w, _), mask, h in reversed(list(zip(net, masks, values, strict=False))):
        g_w = h.T @ g + l1 * np.sign(w) + l2 * w
        slopes = [g_w * mask, g.sum(axis=0), *slopes]
        g = (g @ w.T) * (h > 0)
    return slopes


def fit(net, x, y, epochs=20, masks=None, l1=0.0, l2=1e-4, rate=3e-3, seed=0):
    masks = [np.ones_like(w) for w, _ in net] if masks is None else masks
    net = [(w * mask, b.copy()) for (w, b), mask in zip(net, masks, strict=True)]
    parts = [part for layer in net for part in layer]
    memories, drawn = [{} for _ in parts], batches(len(x), 64, seed)
    steps = epochs * -(-len(x) // 64)
    for step in range(steps):
        some, pace = next(drawn), rate * (1 - step / steps)
        slopes = slopes_of(net, x[some], y[some], masks, l1, l2)
        for part, slope, memory in zip(parts, slopes, memories, strict=True):
            part += adam(slope, memory, pace)
    return net


# %% tinyml={"objective": "17-prune", "role": "explain"}
from threadpoolctl import threadpool_limits

threadpool_limits(1)  # many small products: one thread is the fastest
nets = [
    fit(network(64, 128, 64, 10, seed=seed), x_train, y_train, seed=seed)
    for seed in range(4)
]
net = nets[0]
right = [accuracy(one, x_test, y_test) for one in nets]
total = count(net)
fig, axes = plt.subplots(1, 3, figsize=(6, 2.5))
for ax, (w, _) in zip(axes, net, strict=True):
    ax.hist(w.ravel(), np.linspace(-1, 1, 61), color=BLUE)
    ax.set(title=f"{w.shape[0]} → {w.shape[1]}", yticks=[], xlabel="weight")
axes[0].set(ylabel="how many")
plots.show(fig, alt="Three hills of weights around zero, with long tails.")
small = np.mean(np.abs(np.concatenate([w.ravel() for w, _ in net])) < 0.1)
plots.say(
    f"{total:,} weights, right on **{right[0]:.1%}** of the test rows (four networks "
    f"from other random starts: {min(right):.1%} to {max(right):.1%}). {small:.0%} of "
    "the weights are between -0.1 and 0.1."
)

# %% [markdown]
# ## Remove the small ones
#
# Those are *your* weights, and all three heaps are highest around zero. A weight of
# 0.02 takes a pixel's ink, from 0 to 1, times 0.02 into a sum that is then compared
# with zero. Most of the time that will not matter. So: sort all weights by their size
# and set the smallest to zero, without training any further. That is **magnitude
# pruning**. The share of zeros is called the **sparsity**.
#
# Exactly the wanted number has to go, also when several weights have the same size;
# `kind="stable"` lets the first go first. And one threshold serves all layers: a
# layer with large weights keeps more of them.


# %% tinyml={"objective": "17-prune", "role": "explain"}
def magnitude_mask(w, share):
    order = np.argsort(np.abs(w), axis=None, kind="stable")
    mask = np.ones(w.size, np.float32)
    mask[order[: round(share * w.size)]] = 0
    return mask.reshape(w.shape)


def masks_of(net, share):
    every = np.concatenate([w.ravel() for w, _ in net])
    ends = np.cumsum([w.size for w, _ in net])
    parts = np.split(magnitude_mask(every, share), ends[:-1])
    return [part.reshape(w.shape) for part, (w, _) in zip(parts, net, strict=True)]


LAYERS = "64 → 128", "128 → 64", "64 → 10", "all"


def pruned(share, layer="all"):
    if layer == "all":
        return masked(net, masks_of(net, share))
    pairs = zip(net, LAYERS, strict=False)
    return masked(net, [magnitude_mask(w, share * (k == layer)) for (w, _), k in pairs])


# %% tags=["hide-input"] tinyml={"objective": "17-prune", "role": "predict"}
assert count(pruned(0.8)) == total - round(0.8 * total)
squares = [sum((w * w).sum() for w, _ in one) for one in (pruned(0.5), net)]
still = {share: accuracy(pruned(share), x_test, y_test) for share in (0.5, 0.8, 0.9)}
Predict(
    f"All weights: {100 * right[0]:.0f} of 100 right. The smaller half of the weights "
    "is now zero. How many of 100 are right?",
    answer=round(100 * still[0.5]),
    unit="of 100",
    explain="Half of the weights are gone, but of the sum of their squares only "
    f"{1 - squares[0] / squares[1]:.0%}. Nothing was trained again. With eight of ten "
    f"gone, {100 * still[0.8]:.0f} are right: each did little, but there were many.",
)

# %% [markdown]
# Does it go on like that? And is it their size that matters, or would any half have
# done?

# %% tags=["hide-input"] tinyml={"objective": "17-prune", "role": "predict"}
rng = np.random.default_rng(0)
by_lot = [(rng.random(w.shape) < 0.5).astype(np.float32) for w, _ in net]
largest = [1 - mask for mask in masks_of(net, 0.5)]
lot, wrong = (accuracy(masked(net, m), x_test, y_test) for m in (by_lot, largest))
assert still[0.5] > lot + 0.1 > wrong
Predict(
    "Nine of ten weights are zero, the smaller ones. How many of 100 are right?",
    answer=round(100 * still[0.9]),
    unit="of 100",
    explain="Guessing gives 10. But size *is* a guide: with one half gone that was "
    f"drawn by lot, {100 * lot:.0f} of 100 are right, against "
    f"{100 * still[0.5]:.0f} above; with the larger half gone, {100 * wrong:.0f}.",
)

# %% [markdown]
# Size is a good guide. It is not the whole truth. What a weight does is its size times
# what comes in through it, and what then depends on it. The first papers on pruning
# (*Optimal Brain Damage*, LeCun and others, 1990) removed the weights whose loss would
# rise least, computed from second derivatives. Magnitude is the cheap stand-in, and it
# has remained hard to beat. (A large weight on a pixel that never has ink does nothing.
# Will magnitude pruning remove it?)

# %% [markdown]
# ## Which layer can bear it?
#
# Below, choose a share and a layer: only that layer is pruned (or all, with one
# threshold). Grey weights are gone. The right-hand side is the **sensitivity** of the
# layers, on the validation rows. The zip size is that of all weights, one byte each as
# in chapter 08, compressed by `zlib`, the method of zip files.


# %% tags=["hide-input"] tinyml={"objective": "17-prune", "role": "explore"}
SHARES, bins = np.arange(0, 1, 0.05), np.linspace(-0.8, 0.8, 41)
curve = {k: [accuracy(pruned(s, k), x_val, y_val) for s in SHARES] for k in LAYERS}
zips = [len(pruning.packed(one)) for one in (net, pruned(0.9, LAYERS[2]))]
assert np.ptp([curve[k][10] for k in LAYERS[:3]]) < 0.1 < 0.9 < zips[1] / zips[0]


def layer_picture(share, layer):
    fig, (ax, side) = plt.subplots(1, 2, figsize=(6, 3))
    rest = pruned(share / 100, layer)
    for parts, hue in ((net, "#cccccc"), (rest, BLUE)):
        of = [
            w for (w, _), k in zip(parts, LAYERS, strict=False) if layer in (k, "all")
        ]
        shown = np.concatenate([w[w != 0] for w in of])
        ax.hist(shown, bins, color=hue)
    ax.set(xlabel=f"weight ({layer})", yticks=[])
    for k, hue in zip(LAYERS, ("sky", "orange", "purple", "black"), strict=True):
        heights = 100 * np.array(curve[k])
        side.plot(100 * SHARES, heights, color=plots.COLORS[hue], label=k, lw=1.6)
    value, size = accuracy(rest, x_val, y_val), len(pruning.packed(rest))
    side.plot(share, 100 * value, "o", color=RED, ms=9)
    side.set(xlabel="zeros in it (%)", ylim=(0, 100), ylabel="right (%)")
    side.legend(fontsize=10, loc="lower left")
    return fig, f"{value:.1%} right; zipped {size:,} bytes (at first {zips[0]:,})"


# %% tags=["hide-input"] tinyml={"objective": "17-prune", "role": "explore"}
Explore(
    layer_picture,
    share=Slider(0, 95, 5, 50, "zeros (%)"),
    layer=Choice(list(LAYERS), "all", "pruned layer"),
    look="Which layer is it worth to prune? Watch the curve and the size of the zip.",
    alt="A histogram of weights with its middle greyed out, beside falling curves of "
    "accuracy, one for each layer.",
    frames=20,
)

# %% [markdown]
# In our network the three layers lie close together at one share. They do not have the
# same to give, though: the last one has few weights, and the zip hardly notices it. In
# Han's large networks the curves are far apart (the first layer, which sees the
# picture, bears least), and they chose a threshold for each layer by looking at them.
# One threshold for all is the lazy way: a layer with larger weights keeps more of them.
#
# ## Your turn: prune and retrain
#
# What is lost can be learned again, by the weights that are left. That is the idea of
# Han, Pool, Tran and Dally (2015): prune, and then train on. This function does so, and
# it has a bug. It was meant to give back a network with exactly the wanted share of
# zeros, retrained. Look at the number of weights that it prints, and mend it. (`fit`
# has all you need.)


# %% tinyml={"objective": "17-prune", "role": "exercise"}
def percent(net):
    return f"{accuracy(net, x_test, y_test):.1%}"


def prune_and_retrain(net, share, x, y, epochs):
    masks = masks_of(net, share)
    net = masked(net, masks)
    return fit(net, x, y, epochs, rate=2e-3)


tried = prune_and_retrain(net, 0.9, x_train, y_train, epochs=1)
plots.say(
    f"Wanted {total - round(0.9 * total):,} weights, {count(tried):,} are there; "
    f"{percent(tried)} right."
)


# %% tags=["hide-input"] tinyml={"objective": "17-prune", "role": "check"}
def test_prune_and_retrain():
    some, labels = x_train[:2400], y_train[:2400]
    start = [(w.copy(), b.copy()) for w, b in nets[1]]
    kept, got = masks_of(start, 0.9), prune_and_retrain(start, 0.9, some, labels, 4)
    if not isinstance(got, list) or len(got) != 3:
        return "A network comes back: a list of three layers."
    if any(np.any(w0 != w1) for (w0, _), (w1, _) in zip(start, nets[1], strict=True)):
        return "The network that was given has changed. Someone may still need it."
    zeros = [np.array_equal(w != 0, m > 0) for (w, _), m in zip(got, kept, strict=True)]
    if count(got) > total - round(0.9 * total):
        return "Removed weights have come back. Which argument of `fit` holds them?"
    if not all(zeros):
        return "Other zeros were wanted: judge by `share`, and by the size before."
    bare = masked(start, kept)
    if all(np.array_equal(w, v) for (w, _), (v, _) in zip(got, bare, strict=True)):
        return "Pruned, yes. And then?"
    if accuracy(got, some, labels) < accuracy(bare, some, labels) + 0.1:
        return "It is no better than without retraining. In which order do you do it?"


Check(
    "`prune_and_retrain(net, share, x, y, epochs)` keeps its zeros while it trains.",
    test=test_prune_and_retrain,
)

# %% [markdown]
# ## The curves of Han
#
# Now the whole experiment of that paper, on your network: L1 or L2 as the penalty, with
# and without retraining, and **iterative**: prune a little, retrain, prune a little
# more. (What is zero is smallest, so it is among the next to be pruned, and stays.)
#
# The iterative network has an advantage that is easily overlooked: when it reaches nine
# tenths it has been retrained five times. So there is a **control**: one shot, straight
# to the same share, with as many epochs of retraining *in all*. Everything with three
# random starts.


# %% tinyml={"objective": "17-prune", "role": "explain"}
LEVELS = 0.5, 0.7, 0.8, 0.86, 0.9, 0.93, 0.95
L1, L2 = {"l1": 1e-4, "l2": 0.0}, {"l1": 0.0, "l2": 1e-4}
again = {"x": x_train, "y": y_train, "rate": 2e-3}


def curves(seed, epochs=3):
    start = network(64, 128, 64, 10, seed=seed)
    lasso = fit(start, x_train, y_train, seed=seed, **L1)
    step, found = nets[seed], {}
    for turn, share in enumerate(LEVELS, 1):
        for name, dense, penalty in (("L1", lasso, L1), ("L2", nets[seed], L2)):
            masks = masks_of(dense, share)
            found[name, share] = masked(dense, masks)
            if turn % 2:  # every other level: that saves time
                once = fit(dense, epochs=epochs, masks=masks, **again, **penalty)
                found[f"{name}, retrained", share] = once
        if share in (0.9, 0.95):
            control = fit(nets[seed], epochs=turn * epochs, masks=masks, **again)
            found["L2, as many epochs", share] = control
        step = fit(step, epochs=epochs, masks=masks_of(step, share), **again)
        found["L2, iterative", share] = step
    return found


runs = [curves(seed) for seed in range(3)]

# %% tinyml={"objective": "17-prune", "role": "explain"}
points = pruning.points
after = {
    key: np.array([accuracy(run[key], x_test, y_test) for run in runs])
    for key in runs[0]
}
before, hues = np.array(right[:3]), {"L1": plots.COLORS["orange"], "L2": BLUE}
fig, ax = plt.subplots(figsize=(6, 4.6))
for way in dict.fromkeys(way for way, _ in after):
    shares = [share for name, share in after if name == way]
    lost = [100 * (after[way, share] - before).mean() for share in shares]
    style = {"L1": ":", "L2": ":", "L2, as many epochs": "--"}.get(way, "-")
    hue = {"L2, iterative": RED, "L2, as many epochs": "black"}.get(way, hues[way[:2]])
    ax.plot(100 * np.array(shares), lost, style, color=hue, marker="o", ms=4, label=way)
theirs = {s: value - published[0.0] for s, value in published.items() if s}
ax.plot([100 * s for s in theirs], list(theirs.values()), "x", color=GREY, ms=9)
ax.text(75, -6, "MobileNet", color=GREY, ha="right")
ax.set(xlabel="weights set to zero (%)", ylabel="accuracy gained (points)")
ax.set(ylim=(-42, 3))
ax.legend(fontsize=10, loc="lower left")
plots.show(
    fig,
    alt="Falling curves of accuracy over zeros. Without retraining they fall early, L2 "
    "first; retrained ones hold on to 80 % and more.",
)

# %% [markdown]
# Dotted is without retraining. As in Han's figure the dotted lines fall first, and
# retraining moves the edge to the right. The crosses are MobileNet's bars
# from the top of this page: another network, another task, and yet the same shape. The
# first half is nearly free; the last twentieth is not.
#
# What of it is more than chance, and what is the doing of the additional epochs? The
# three starts tell. With so few of them one has to be strict: *clear* is a difference
# only if it is more than four standard errors from zero (Student's $t$ for three
# values).


# %% tinyml={"objective": "17-prune", "role": "explain"}
def gap(a, b, share):
    return after[a, share] - after[b, share]


l1_first, paid = gap("L1", "L2", 0.8), gap("L2, retrained", "L2", 0.8)
l1_after = gap("L1, retrained", "L2, retrained", 0.9)
by_steps = gap("L2, iterative", "L2, retrained", 0.9)
fair = [gap("L2, iterative", "L2, as many epochs", share) for share in (0.9, 0.95)]
ours = {share: after["L2, iterative", share] - before for share in (0.5, 0.9, 0.95)}
plots.say(
    f"* 80 % zeros, not retrained: L1 against L2 {points(l1_first)}.\n"
    f"* 80 % zeros, L2: three epochs of retraining bring {points(paid)}.\n"
    f"* 90 % zeros, both retrained: L1 against L2 {points(l1_after)}.\n"
    f"* 90 % zeros, L2: iterative against one shot {points(by_steps)}.\n"
    f"* 90 % zeros: iterative against **as many epochs** {points(fair[0])}.\n"
    f"* 95 % zeros: iterative against **as many epochs** {points(fair[1])}.\n\n"
    "| zeros | MobileNet (published) | ours, iterative |\n|---|---|---|\n"
    + "\n".join(
        f"| {share:.0%} | {theirs[share]:+.1f} | {100 * mine.mean():+.1f} |"
        for share, mine in ours.items()
    )
)
assert min(paid) > l1_first.mean() > 0.05
assert min(*by_steps, *l1_after) > 0.03
assert ours[0.5].mean() > -0.02 > -0.08 > ours[0.95].mean()

# %% [markdown]
# L1 wins as long as nobody retrains: it has made its small weights smaller while it
# trained. So it was in the paper, too. But there L2 was ahead once both were retrained;
# here, after one short retraining, L1 still is. Our network does not bear out that half
# of the finding. Retraining wins far more than either. And *iterating*? Against one
# shot it wins a lot. But the lines with **as many epochs** tell whose doing that is.
# Where nothing clear is left of the gain, the epochs did it, not the steps; a figure
# without this control would have told you otherwise. Where a clear gain is left, the
# steps have found better masks than one look at the dense network could.
#
# (Steps must be small, too. Ours take about a third of what is left each time. Leave
# 0.93 out of `LEVELS`, so that the last step takes one half, and see what the last line
# of the list says then.)

# %% [markdown]
# ## A schedule instead of steps
#
# Zhu and Gupta, whose bars opened this chapter, never stop training. Every fifty
# batches the share of zeros rises a little, quickly at first, when there is much to
# remove, and slower towards the end:
#
# $$s_t = s_f \left(1 - \left(1 - \frac{t}{T}\right)^3\right).$$
#
# In Keras, whatever has to happen between two batches is a **callback**. Between two
# changes of the masks it has one task: Adam moves every weight, so the removed ones
# are set back to zero after each batch.


# %% tinyml={"objective": "17-prune", "role": "explain"}
class Sparsify(keras.callbacks.Callback):
    def __init__(self, final, steps):
        super().__init__()
        self.final, self.steps, self.shares = final, steps, []

    def on_train_batch_end(self, batch, logs=None):
        kernels = [one.kernel for one in self.model.layers]
        left = 1 - min(1, len(self.shares) / self.steps)
        self.shares.append(self.final * (1 - left**3))
        if len(self.shares) % 50 == 1:
            self.masks = masks_of([(k.numpy(), 0) for k in kernels], self.shares[-1])
        for kernel, mask in zip(kernels, self.masks, strict=True):
            kernel.assign(kernel * mask)


train.seed_everything(0)
model, schedule = pruning.to_keras(net), Sparsify(final=0.9, steps=600)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
rows = {"batch_size": 64, "verbose": 0, "validation_data": (x_val, y_val)}
told = model.fit(x_train, y_train, epochs=6, callbacks=[schedule], **rows).history
kept = count([(layer.kernel.numpy(), None) for layer in model.layers])
assert kept == total - round(0.9 * total)
seen = zip(schedule.shares[100::150], told["val_accuracy"], strict=True)
lines = "\n".join(f"| {share:.1%} | {value:.1%} |" for share, value in seen)
plots.say(f"| zeros in the masks | right (validation) |\n|---|---|\n{lines}")

# %% [markdown]
# One question is left open by all of these: a weight once removed never returns, even
# if it was removed too early. **Dynamic network surgery** (Guo, Yao and Chen, 2016)
# keeps the removed weights in a drawer, goes on correcting them with the slopes they
# *would* have, and lets those return that grow beyond the threshold. With `slopes_of`
# that is one argument: masked weights go in, masks of ones go in. Try it below (*On
# your own*).

# %% [markdown]
# ## Measure: a file
#
# Now the question that the first figure did not answer. Zeros *are* numbers. What do
# they save? Quantize both networks, all weights and nine tenths zeros, and look at the
# files.


# %% tinyml={"objective": "17-measure", "role": "explain"}
from tinyml_course import verify


def ship(model, x_train, x_test):
    tflite_model = quantize.to_int8(model, x_train[:300])
    read = graph.read(tflite_model)
    x_board = read.tensors[read.inputs[0]].quantize(x_test)
    row = report.bench(tflite_model, x_board[:20])
    answers = graph.invoke(read, x_board)
    row["accuracy"] = train.accuracy(answers, y_test[: len(answers)])
    row["file"], row["zip"] = len(tflite_model), len(zlib.compress(tflite_model, 9))
    row["mismatches"] = verify.verify(tflite_model, x_board[:20])["mismatches"]
    return row


slim, loose = (runs[0]["L2, iterative", share] for share in (0.9, 0.8))
full, zeros = (ship(pruning.to_keras(one), x_train, x_test) for one in (net, slim))
bills = {"all weights": full, "nine tenths zeros": zeros}
plots.say(
    f"File: {full['file']:,} and {zeros['file']:,} bytes. Zipped: {full['zip']:,} and "
    f"**{zeros['zip']:,}** bytes. Right, int8: {full['accuracy']:.1%} and "
    f"{zeros['accuracy']:.1%}."
)
assert abs(full["file"] - zeros["file"]) < 64
assert zeros["zip"] < 0.5 * full["zip"]

# %% [markdown]
# The file is as long as before: a zero takes a byte too. The zip is much shorter. That
# is worth something when a model is sent by radio (chapter 18 goes further and writes
# the decoder). But the board cannot compute with a zip file.

# %% tags=["hide-input"] tinyml={"objective": "17-measure", "role": "predict"}
assert zeros["instructions"] > 0.97 * full["instructions"]
assert zeros["flash_bytes"] > 0.99 * full["flash_bytes"]
Predict(
    f"On the board one answer of the full network takes {full['instructions']:,} "
    "instructions. How many does the one with nine tenths zeros take?",
    answer=zeros["instructions"],
    unit="instructions",
    explain=f"Multiplying by zero is a multiplication. Flash: {full['flash_bytes']:,} "
    f"and {zeros['flash_bytes']:,} bytes. (Between two pictures the counts differ a "
    "little as well: rounding and softmax take other branches.)",
)

# %% [markdown]
# ## A loop that skips the zeros
#
# **Unstructured** zeros, anywhere in the matrix, do not help a program that does not
# know where they are. So tell it. The usual form is **CSR** (*compressed sparse rows*):
# the values that are not zero, row by row; the column of each; and where in that list
# each row starts. Here a row is a neuron.


# %% [markdown]
# Both in C, for the first layer, 128 neurons that look at 64 pixels. The dense loop
# walks through the weights in order. The sparse one loads a column, then the pixel of
# that column, then the value: fewer products, and more work for each. There is a third,
# `simd`, in `pruning.BENCH_C`: the dense loop as a Cortex-M4 can do it. It loads four
# bytes at once, and one instruction multiplies two pairs and adds both (chapter 21).

# %% tinyml={"objective": "17-measure", "role": "explain"}
kernels_c = """#include "board.h"
#define LAYER __attribute__((noinline)) void
static int8_t x[64], w[8192], values[8192];
static uint8_t columns[8192];
static uint16_t starts[129];
static int32_t y[3][128];

LAYER dense(void) {
    const int8_t *weight = w;
    for (int row = 0; row < 128; row++) {
        int32_t sum = 0;
        for (int i = 0; i < 64; i++) sum += x[i] * *weight++;
        y[0][row] = sum;
    }
}
LAYER sparse(void) {
    for (int row = 0, k = 0; row < 128; row++) {
        int32_t sum = 0;
        for (; k < starts[row + 1]; k++) sum += x[columns[k]] * values[k];
        y[1][row] = sum;
    }
}
"""
firmware = device.build({"main.c": kernels_c + pruning.BENCH_C})

# %% [markdown]
# The weights are those of your network, dense and pruned step by step. All three sums
# have to be equal, and equal to NumPy's. The cost of the sparse loop is nearly a
# straight line in the number of weights that are left; where it crosses the others is
# the **break-even**. Where do you expect it?


# %% tinyml={"objective": "17-measure", "role": "explain"}
def to_csr(w):  # (outputs, inputs)
    rows, columns = np.nonzero(w)
    counts = np.bincount(rows, minlength=len(w))
    starts = np.concatenate([[0], np.cumsum(counts)])
    return w[rows, columns], columns.astype(np.uint8), starts.astype(np.uint16)


def layer_cost(layer):  # share of weights left, and instructions of each loop
    w = np.round(127 * layer / np.abs(layer).max()).T.astype(np.int8)
    values, columns, starts = to_csr(w)
    stdin = b"".join(part.tobytes() for part in (pixels, w, starts, columns, values))
    run = device.run(firmware, stdin, layers=LOOPS)
    sums = np.frombuffer(run.stdout, np.int32).reshape(3, 128)
    assert (sums == w.astype(np.int32) @ pixels).all()
    spent = {row.function: row.instructions for row in run.profile}
    return [len(values) / w.size, *(spent[name] for name in LOOPS)]


LOOPS, pixels = (
    ("dense", "sparse", "simd"),
    np.round(255 * x_test[0] - 128).astype(np.int8),
)
steps = [net, *(runs[0]["L2, iterative", share] for share in LEVELS)]
kept, *costs = np.array([layer_cost(step[0][0]) for step in steps]).T

# %% tinyml={"objective": "17-measure", "role": "explain"}
slope, fixed = np.polyfit(kept, costs[1], 1)
even = [1 - np.interp(costs[at][0], costs[1][::-1], kept[::-1]) for at in (0, 2)]
fig, ax = plt.subplots(figsize=(5.8, 3.6))
for name, cost, hue in zip(LOOPS, costs, (GREY, RED, BLUE), strict=True):
    ax.plot(100 * (1 - kept), cost, "o-", color=hue, ms=5)
    ax.text(100, cost[-1] + 1500, name, color=hue, ha="right")
ax.set(xlabel="zeros in the layer (%)", ylabel="instructions", ylim=(0, None))
plots.show(
    fig,
    alt="Two level lines, dense above simd, and the sparse loop, which falls from far "
    "above both to far below and crosses them.",
)
plots.say(
    f"The sparse loop takes about {fixed:,.0f} instructions and {slope / 8192:.1f} for "
    f"each weight left; the dense one {costs[0][0] / 8192:.1f} for each weight, zero "
    f"or not, `simd` {costs[2][0] / 8192:.1f}. Break-even with the dense loop: "
    f"**{even[0]:.0%}** zeros; with `simd`: **{even[1]:.0%}**. (Counted on the board; "
    "all sums are equal.)"
)
assert np.ptp(costs[0]) == np.ptp(costs[2]) == 0
assert np.abs(slope * kept + fixed - costs[1]).max() < 0.1 * costs[0][0]  # a line
assert 0.3 < even[0] < even[1] < 0.9

# %% [markdown]
# So unstructured zeros do not help a microcontroller
#
# * if its program is an ordinary one: never;
# * if it knows where they are: only from the break-even on, which moves to the right
#   the better the dense loop is. (A larger vector unit would move it further.)
#
# And what of the flash? A value takes a byte and its column another.

# %% tags=["hide-input"] tinyml={"objective": "17-measure", "role": "check"}
Check(
    "A layer of 100 inputs and 50 neurons, int8, has 80 % zeros. How many bytes does "
    "it take in CSR, with values and columns of one byte and starts of two?",
    answer=2102,
    unit="bytes",
    mistakes={
        2100: "Nearly. To know where the last row ends, how many starts must there be?",
        1000: "Those are the values. What tells which input each belongs to?",
        2000: "Values and columns. What tells where a row begins?",
        2051: "How many bytes does one start take?",
        2050: "How many bytes does one start take? And where does the last row end?",
        8102: "Those would be the zeros. Which weights are stored?",
        5000: "So many it takes dense.",
    },
    low="Too few. Values, columns, and a start for each row and one for the end.",
    high="Too many. Only a fifth of the weights is stored.",
    reveal="1,000 values, 1,000 columns, 51 starts of two bytes. The bytes break even "
    "near one half, whatever the processor.",
)

# %% [markdown]
# ## Cut out neurons
#
# The other way is to remove only what leaves a *smaller dense* network: whole neurons.
# A neuron is a column of one matrix and a row of the next; take out both, and the loops
# are shorter. No list of places, no other program. That is **structured** pruning.
#
# Which ones? The size of a neuron is the norm of what comes in times the norm of what
# goes out.


# %% tinyml={"objective": "17-structure", "role": "exercise"}
def strongest(net, widths):
    keep = []
    for ((w, _), (after, _)), width in zip(pairwise(net), widths, strict=True):
        norms = np.linalg.norm(w, axis=0) * np.linalg.norm(after, axis=1)
        keep.append(np.sort(np.argsort(-norms, kind="stable")[:width]))
    return keep


def select(net, keep):
    net = list(net)
    for place, chosen in enumerate(keep):
        (w, b), (after, b_after) = net[place : place + 2]
        net[place : place + 2] = [(w[:, chosen], b[chosen]), (after[chosen], b_after)]
    return net


narrow = fit(select(net, strongest(net, (32, 16))), x_train, y_train, epochs=12)
fresh = fit(network(64, 32, 16, 10), x_train, y_train, epochs=20 + 12)
equal = fit(loose, epochs=3, masks=masks_of(loose, 0.84), **again)  # 12 in all
bills["a quarter of the neurons"] = ship(pruning.to_keras(narrow), x_train, x_test)
plots.say(
    f"{count(narrow):,} weights, {percent(narrow)} right. That shape, never pruned: "
    f"{percent(fresh)}. Unstructured, {count(equal):,} weights: {percent(equal)}."
)
report.compare(bills)

# %% [markdown]
# Flash, RAM, instructions: all three shrink, and TensorFlow Lite Micro, NumPy, C and
# the board agree in each byte. (The flash does not shrink as much as the weights: a
# part of it is the program.) One would expect a price: an unstructured network chooses
# each weight by itself, so with as many weights and epochs it should be right more
# often; Zhu and Gupta found it so on large networks. Look whether ours is; the weights
# that are left also have to *find* a good use again. (One start is an anecdote; there
# are four at the end of the chapter.)
#
# And there is the control that structured pruning needs: the same shape, trained from
# the start, for as many epochs in all. Liu and others (2019) found that this is often
# no worse; what pruning finds is then not the weights but the *shape*.

# %% tags=["hide-input"] tinyml={"objective": "17-structure", "role": "check"}
cut = bills["a quarter of the neurons"]
assert cut["instructions"] < 0.3 * full["instructions"]
assert cut["flash_bytes"] < 0.6 * full["flash_bytes"]
assert cut["ram_bytes"] < full["ram_bytes"]
assert all(row["mismatches"] == 0 for row in bills.values())
Check(
    "A network 40 → 60 → 20 → 10 without biases. Half of the neurons of both hidden "
    "layers are cut out. How many weights are left?",
    answer=1600,
    unit="weights",
    mistakes={
        1900: "Half of all? Between two pruned layers rows *and* columns go.",
        950: "A quarter of all? The input and the output were not halved.",
        2500: "Did the second matrix lose its rows too?",
        3800: "That is before. What is the shape of each matrix now?",
        1700: "And the last matrix: how many rows has it now?",
    },
    low="Too few. Write the three shapes down: the pixels and the ten answers stay.",
    high="Too many. Write the three shapes down; a neuron is a column here and a row "
    "there.",
    reveal="40 · 30 + 30 · 10 + 10 · 10. Between two pruned layers a quarter is left.",
)

# %% [markdown]
# ## Cut out filters
#
# In a convolutional network the element is a **filter** (Li and others, 2017). Its map
# disappears from the output, and from every filter of the next layer goes the slice
# that looked at that map. The network below is like the one of chapter 00, on our
# shaken digits. The filters with the largest sums of magnitudes stay.


# %% tinyml={"objective": "17-structure", "role": "explain"}
def largest_of(kernel, keep):
    return np.sort(np.argsort(-np.abs(kernel).sum(axis=(0, 1, 2)))[:keep])


as_pictures = x_train.reshape(-1, 8, 8, 1), x_test[:720].reshape(-1, 8, 8, 1)
how = {"learning_rate": 5e-3, "batch_size": 128, "epochs": 3}
train.seed_everything(0)
wide, _ = train.fit(pruning.cnn(8, 16), as_pictures[0], y_train, **how)
k1, b1, k2, b2, w, b = wide.get_weights()  # kernels: (3, 3, maps in, filters)
one, two = largest_of(k1, 4), largest_of(k2, 8)
w = w.reshape(2, 2, 16, 10)[:, :, two].reshape(-1, 10)  # rows of the maps that stay
halved = pruning.cnn(4, 8)
halved.set_weights([k1[..., one], b1[one], k2[:, :, one][..., two], b2[two], w, b])
bare = train.accuracy(halved.predict(as_pictures[1], verbose=0), y_test[:720])
halved, _ = train.fit(halved, as_pictures[0], y_train, **how)
filters = {"all filters": ship(wide, *as_pictures), "half": ship(halved, *as_pictures)}
all_of_them, half = filters.values()
plots.say(
    f"Half of the filters cut out: {bare:.1%} right, and {half['accuracy']:.1%} after "
    "three more epochs (which the network with all filters did not have)."
)
assert half["instructions"] < 0.6 * all_of_them["instructions"]
assert half["mismatches"] == all_of_them["mismatches"] == 0
report.compare(filters)

# %% [markdown]
# ## Let the network decide
#
# We chose a quarter of both layers. Why not more of one and less of the other?
# **DeepIoT** (Yao and others, 2017) lets the network find out. You know dropout from
# chapter 07: while a network trains, each element is silent now and then. DeepIoT gives
# each element a probability *of its own*, and learns it: an element that the loss needs
# is dropped ever more rarely, one that is not needed ever more often, until it can go.
# What is left is a small dense network.
#
# How can one learn a probability, when dice have no slope? The paper has a second
# network, recurrent, that reads the weights and says the probabilities; it is trained
# like a player, by trying and by reward. We take the way of Louizos, Welling and Kingma
# (2018). Each element has a **gate** $z$, from 0 to 1, with log-odds $a$ that are
# learned. The die $u$, a number between 0 and 1, is thrown *first*; then $z$ is a
# function of $a$ that has a slope:
#
# $$s = \sigma\left(\tfrac32 \left(\log \tfrac{u}{1-u} + a\right)\right), \qquad
# z = \text{clip}\,(1.2\,s - 0.1,\ 0,\ 1).$$

# %% [markdown]
# Stretched and clipped, the gate is often *exactly* 0 or 1, with a slope in between.
# The chance that it is not 0 is $p = \sigma(a + \tfrac23 \log 11)$. And a **price** is
# put on the expected number of weights: an element costs the weights that come in and
# those that go out, as far as their other ends are there.
#
# $$\text{loss} = \text{cross-entropy} + \lambda \cdot \frac{1}{\text{all weights}}
# \sum_{\text{layers}} \Big(\sum p_{\text{in}}\Big)\Big(\sum p_{\text{out}}\Big)$$

# %% tags=["hide-input"] tinyml={"objective": "17-learn", "role": "check"}
Check(
    "An element of the first hidden layer looks at 64 pixels, which are always there. "
    "The next layer has 50 elements, each there with a chance of 0.4. How many weights "
    "does the price count for this element, if it is there itself?",
    answer=84,
    unit="weights",
    mistakes={
        64: "Those come in. And those that go out?",
        114: "All 50 that go out? How many of them are expected to be there?",
        20: "Those go out. And those that come in?",
        1280: "Each pixel and each next element are not joined to one another, only to "
        "this element.",
        45.6: "The pixels are always there; the next elements are the uncertain ones.",
    },
    low="Too few. What comes in, and what is expected to go out?",
    high="Too many. What comes in, and what is expected to go out?",
    reveal="64 + 50 · 0.4. In a wide neighbourhood an element is expensive.",
)


# %% [markdown]
# `gates(odds, rng)` of `thinning` draws all gates of a layer by that formula, and gives
# the slope of each for its $a$. The rest goes as ever: the slope of the loss for the
# element's value, times that value before the gate, times the slope of the gate. In
# `gated_slopes` a gate sits behind each ReLU, and `pull` is what moves the log-odds.
# Not a line is about which element is good.


# %% tinyml={"objective": "17-learn", "role": "explain"}
from tinyml_course.scratch import thinning
from tinyml_course.scratch.thinning import chance_to_stay, gates


def gated_slopes(net, odds, x, y, penalty, rng):
    drawn, raw, values = [gates(a, rng) for a in odds], [], [x]
    for (w, b), (z, _) in zip(net, drawn, strict=False):
        raw.append(np.maximum(values[-1] @ w + b, 0))
        values.append(raw[-1] * z)
    w, b = net[-1]
    right = np.eye(len(b), dtype=np.float32)[y]
    g = (softmax(values[-1] @ w + b) - right) / len(y)
    slopes, pulls = [values[-1].T @ g, g.sum(axis=0)], []
    stay, total = [chance_to_stay(a) for a in odds], sum(w.size for w, _ in net)
    sizes = [x.shape[1], *(s.sum() for s in stay), len(b)]
    for k in reversed(range(len(odds))):
        z, slope = drawn[k]
        back = g @ net[k + 1][0].T
        price = penalty * (sizes[k] + sizes[k + 2]) / total
        pull = (back * raw[k]).sum(axis=0) * slope + price * stay[k] * (1 - stay[k])
        g = back * z * (raw[k] > 0)
        slopes, pulls = [values[k].T @ g, g.sum(axis=0), *slopes], [pull, *pulls]
    return slopes, pulls


# %% [markdown]
# `thinning.learn_gates` is `fit` with these slopes: weights and log-odds are trained
# together, from the trained network on, here with a `penalty` $\lambda$ of 18. (It was
# chosen on validation rows, for a network of about a twelfth.) `history` notes all
# chances now and then: blue below for the first hidden layer, orange for the second.
# `thinning.settle` multiplies the last gates into the weights and cuts the closed
# elements out, with your `select`.


# %% tinyml={"objective": "17-learn", "role": "explain"}
gated, odds, history = thinning.learn_gates(net, x_train, y_train, penalty=18)
learned = thinning.settle(gated, odds)
fig, ax = plt.subplots(figsize=(5.8, 3.3))
for hue, which in ((BLUE, slice(128)), (RED, slice(128, 192))):
    ax.plot(np.arange(30) / 3, history[:, which], color=hue, lw=0.5, alpha=0.7)
ax.set(xlabel="epoch", ylabel="chance to stay")
plots.show(
    fig,
    alt="Thin lines, one for each element: all begin near 1; most fall to 0 within a "
    "few epochs, and some stay at 1.",
)
widths = " and ".join(str(len(b)) for _, b in learned[:-1])
stays = history[-1] > 0.9
dipped = np.sum(history[1:, stays].min(axis=0) < history[0, stays] - 0.05)
plots.say(
    f"Of 128 and 64 elements {widths} stay: {count(learned):,} weights. {dipped} of "
    "those that stay had begun to fall, and climbed back. At the end the price counts "
    f"{64 + len(learned[1][1])} weights for an element of the first layer, and "
    f"{len(learned[0][1]) + 10} for one of the second."
)
assert dipped > 0
assert len(learned[0][1]) / 128 < 0.7 * len(learned[1][1]) / 64

# %% [markdown]
# While others go, what an element does becomes precious, and its pull turns round. No
# ranking of the dense network can see that. And the two layers are not cut to the same
# share. At the start their elements cost about the same; but the pixels never go, and
# so an element of the first layer becomes the dearer one.
#
# Does it find a *better* network than magnitude pruning? At equal size, with equally
# many epochs for all, four times:
#
# * **weights** by magnitude, step by step, as many as the learned network has;
# * **neurons** by magnitude, both layers cut to the same share;
# * **shape**: the learned widths, trained from the start and never pruned.
#
# Then change `penalty`, from 1 to 20, and run both cells again: who wins at other
# sizes? (If the price is too high, not one element stays, and the cell stops.)


# %% tinyml={"objective": "17-learn", "role": "exercise"}
def rivals(seed, penalty=18, more=10):
    data, dense = (x_train, y_train), nets[seed]
    gated, odds, _ = thinning.learn_gates(dense, *data, penalty, seed=seed)
    found = {
        "learned": fit(thinning.settle(gated, odds), *data, epochs=more, seed=seed)
    }
    widths, size = [len(b) for _, b in found["learned"][:-1]], count(found["learned"])
    step = dense
    for turn in range(1, 6):
        masks = masks_of(step, 1 - (size / total) ** (turn / 5))
        step = fit(step, *data, (10 + more) // 5, masks, seed=turn)
    found["weights"] = step
    fair = [k for k in range(2, 129) if 64 * k + k * (k // 2) + 10 * (k // 2) <= size]
    cut = select(dense, strongest(dense, (fair[-1], fair[-1] // 2)))
    found["neurons"] = fit(cut, *data, 10 + more, seed=seed)
    fresh = network(64, *widths, 10, seed=10 + seed)
    found["shape"] = fit(fresh, *data, 20 + 10 + more, seed=seed)
    return found


contests = [rivals(seed) for seed in range(4)]

# %% tinyml={"objective": "17-learn", "role": "explain"}
final = {
    name: np.array([accuracy(one[name], x_test, y_test) for one in contests])
    for name in contests[0]
}
sizes = {name: [count(one[name]) for one in contests] for name in contests[0]}
fig, ax = plt.subplots(figsize=(5.8, 2.9))
for place, values in enumerate(final.values()):
    ax.plot(100 * values, np.full(4, place), "o", color=RED if place == 0 else GREY)
    ax.plot(100 * values.mean(), place, "|", color="black", ms=26, mew=2.5)
ax.set(xlabel="right (%)", ylim=(3.6, -0.6))
ax.set_yticks(range(4), list(final))
plots.show(fig, alt="Four rows of four dots each; the rows overlap.")
ours, *rest = final.values()
lines = "\n".join(f"* {name}: {points(ours - final[name])}" for name in [*final][1:])
plots.say(
    f"Sizes of the learned networks: {min(sizes['learned']):,} to "
    f"{max(sizes['learned']):,} weights. Learned against\n\n{lines}\n\n"
    f"**{lines.count('(clear)')}** of the three differences are clear. (The standard "
    "error is that of the four starts; one test set serves all.)"
)
assert all(np.all(sizes["learned"] >= np.array(some)) for some in sizes.values())
assert all(ours.mean() > some.mean() - 0.03 for some in rest)

# %% [markdown]
# Whatever the last lines say on your computer, read what is *clear* and what is not. A
# shape found by learning is a fair find: nobody had to choose the two widths. That its
# weights should be better than others of that shape is another claim, and the row
# *shape* is there to test it. (The paper reports larger gains, for larger networks on
# tasks of their own, and against other rivals.)
#
# How ours differs from the paper: there the probabilities come from a recurrent network
# that has seen the weights of all layers, trained by reward (REINFORCE); and the
# elements to go are cut by a threshold that rises slowly. Here each element has one
# number of its own, learned by its slope, and the price decides how many go.

# %% [markdown]
# ## Three networks
#
# The whole chapter in one picture: each line is a weight that is not zero, blue for
# plus and orange for minus. All weights; nine of ten gone; and the one that found its
# own size.

# %% tinyml={"objective": "17-learn", "role": "explain"}
found = contests[0]["learned"]
bills["learned"] = ship(pruning.to_keras(found), x_train, x_test)
shown = {"all weights": net, "nine tenths zeros": slim, "learned": found}
fig, axes = plt.subplots(3, 1, figsize=(5.4, 4.8))
for ax, (name, one) in zip(axes, shown.items(), strict=True):
    pruning.draw(ax, one)
    bill = bills[name]
    costs = (
        f"{bill['flash_bytes']:,} bytes of flash, {bill['instructions']:,} instructions"
    )
    ax.set_title(f"{name}: {bill['accuracy']:.1%} right\n{costs}")
plots.show(
    fig,
    alt="Three networks drawn as lines between dots: a dense web, a loose one of the "
    "same size, and a narrow one a few dots high.",
)
assert bills["learned"]["instructions"] < 0.2 * full["instructions"]
assert bills["learned"]["mismatches"] == 0

# %% [markdown]
# ## On your own
#
# 1. **Network surgery.** Write `fit` anew: keep all weights, give `slopes_of` the
#    masked ones and masks of ones, and draw new masks every fifty batches. How many of
#    the weights that were removed first are back at the end?
# 2. Prune by weight times mean input instead of weight alone (the pixels' means are
#    `x_train.mean(axis=0)`). At which share of zeros is it worth it, if at any?
# 3. Give the pixels gates, too: which of the 64 are closed first? Guess before you
#    look.
# 4. Store a column as the *distance* to the one before, in four bits. What becomes of
#    the break-even in bytes, and what do you do with a distance of 16?
#
# `ps08` asks for the pruning of this chapter, to the last tie (it rounds the number
# down), and for more.
#
# ## What you have done
#
# * You **pruned** a network of your own by magnitude: half of it for nearly nothing,
#   much more with retraining, and with a control that tells steps from epochs.
# * You **measured** what zeros save: a zip file at once, an ordinary program nothing,
#   and a sparse loop from its break-even on.
# * You **cut out** neurons and filters, and flash, RAM and instructions followed, with
#   no byte between the programs that differs.
# * You **let** a network learn which elements it can do without, and held it against
#   rivals of equal size.
#
# **The idea to keep:** a zero saves nothing by itself. Remove what the program can
# leave out.
#
# **Next:** the zip file saved what the board could not use. Chapter 18, *Sharing,
# coding, distilling*, decodes it on the board.
#
# ## Sources
#
# * S. Han, J. Pool, J. Tran and W. Dally, "Learning both Weights and Connections for
#   Efficient Neural Networks", *NIPS* (2015): L1 and L2, retraining, iterating, the
#   sensitivity of layers. Also in J. Aynsley, *Deep Learning for Engineers*, Doulos
#   (2019).
# * M. Zhu and S. Gupta, "To Prune, or Not to Prune: Exploring the Efficacy of Pruning
#   for Model Compression" (2017), arXiv:1710.01878: table 2 (sparse MobileNets) and the
#   schedule. Also in *CS249r: Tiny Machine Learning*, Harvard (2020).
# * Y. LeCun, J. Denker and S. Solla, "Optimal Brain Damage", *NIPS* (1990). T. Gale, E.
#   Elsen and S. Hooker, "The State of Sparsity in Deep Neural Networks" (2019),
#   arXiv:1902.09574: magnitude against later methods.
# * Y. Guo, A. Yao and Y. Chen, "Dynamic Network Surgery for Efficient DNNs", *NIPS*
#   (2016).
# * H. Li and others, "Pruning Filters for Efficient ConvNets", *ICLR* (2017). Z. Liu
#   and others, "Rethinking the Value of Network Pruning", *ICLR* (2019).
# * S. Yao and others, "DeepIoT: Compressing Deep Neural Network Structures for Sensing
#   Systems with a Compressor-Critic Framework", *SenSys* (2017).
# * C. Louizos, M. Welling and D. Kingma, "Learning Sparse Neural Networks through L0
#   Regularization", *ICLR* (2018): the hard-concrete gate.
