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

# %% [markdown] tinyml={"objectives": ["11-cheap", "11-family", "11-transfer", "11-where"]}
# # Small, and where
#
# The CNN of chapter 10 says *there is a boat*. A coast guard asks two more things:
# where is it? And can a smaller board do it, with a larger picture? Below is a scene
# four times as large as those before, and what a network of some 3,600 weights, a
# byte each, has found in it on the board. White frames are its answers, dotted ones
# are the boats. Three are found, and one frame is wrong: a streak of sunlight.
#
# **You will**
#
# * **make** convolutions cheap, and count what that saves and what it costs;
# * **choose** a member of a family by its width and its resolution;
# * **reuse** what one network has learned where labels are few;
# * **find** where things are, judge it by precision and recall, and put it on the
#   board.
#
# **You need** chapters 08, 09 and 10, and precision and recall from chapter 04. About
# 120 minutes.

# %% tags=["hide-input"] tinyml={"objective": "11-where", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, device, export, graph, plots
from tinyml_course.datasets import boats, fleet
from tinyml_course.scratch import boxes, shapes, small
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
board, steel = boards.get("nano33"), {"hulls": ("steel",)}
wide = fleet.generate(60, seed=2041, **steel)  # 60 scenes of 128 by 128
there = [some[some[:, 2] > 0] for some in wide["boxes"]]  # the boats of each
final = graph.read(datasets.model_path("boats_family"))
t_in, t_out = (final.tensors[i] for i in (final.inputs[0], final.outputs[0]))
ran = device.run_model(final, t_in.quantize(wide["x"][[17]]))
found, scores = small.decode(t_out.dequantize(ran.outputs)[0], 128)
found, scores = found[scores > 0.4], scores[scores > 0.4]
fig, ax = plt.subplots(figsize=(4.4, 4.4))
boxes.draw(ax, wide["x"][17], found[boxes.nms(found, scores)], there[17])
alt = "The sea from above: four white frames, three on boats, one on a streak of sun."
plots.show(fig, alt=alt)

# %% [markdown]
# ## A convolution does two jobs
#
# A convolution with windows of $k \times k$, from $m$ channels to $n$, looks at the
# neighbours *and* mixes the channels, both at once. For a picture of $h \times w$:
#
# $$\text{weights} = k^2\,m\,n, \qquad \text{MACs} = h\,w\,k^2\,m\,n.$$
#
# What if the jobs are done one after the other? First each channel is filtered by
# itself, with one window of its own: **depthwise**. Then the channels are mixed at each
# pixel: a convolution with windows of $1 \times 1$, called **pointwise**.

# %% tinyml={"objective": "11-cheap", "role": "explain"}
from numpy.lib.stride_tricks import sliding_window_view


def windows(x, k):  # (h, w, m) to (h, w, m, k, k), zeros around
    edge = [(k // 2, k // 2), (k // 2, k // 2), (0, 0)]
    return sliding_window_view(np.pad(x, edge), (k, k), axis=(0, 1))


def convolve(x, w):  # w (k, k, m, n)
    return np.einsum("hwmij,ijmn->hwn", windows(x, len(w)), w)


def depthwise(x, d):  # d (k, k, m): one window for each channel
    return np.einsum("hwmij,ijm->hwm", windows(x, len(d)), d)


def pointwise(x, p):  # p (m, n): a dense layer at each pixel
    return x @ p


# %% [markdown]
# Is that still a convolution? Put the first step into the second. At one pixel, with
# $x_{ijm}$ for what the window sees,
#
# $$y_n = \sum_m p_{mn} \sum_{ij} d_{ijm}\, x_{ijm} = \sum_{ijm}
# \underbrace{d_{ijm}\,p_{mn}}_{w_{ijmn}} x_{ijm}.$$
#
# It is: one whose weights are *products*. That is the price. An ordinary convolution
# may look at a channel through another window for each output; here all outputs share
# one window a channel. Now test it, against the definition and against Keras.

# %% tinyml={"objective": "11-cheap", "role": "explain"}
import keras
from keras import layers, ops

from tinyml_course import quantize, report, train, verify

rng = np.random.default_rng(0)
x = rng.normal(size=(16, 16, 8)).astype("float32")
d, p = rng.normal(size=(3, 3, 8)), rng.normal(size=(8, 12))
ours = pointwise(depthwise(x, d), p)

layer = layers.SeparableConv2D(12, 3, padding="same", use_bias=False)
layer.build((None, 16, 16, 8))
layer.set_weights([d[..., None], p[None, None]])
theirs = np.array(layer(x[None])[0])

assert np.allclose(ours, convolve(x, d[..., None] * p))  # weights as products
assert np.allclose(ours, theirs, atol=1e-3)
plots.say(f"Of {ours.size:,} numbers each equals Keras's, within rounding.")

# %% [markdown]
# Now count. For each pixel and each input channel, depthwise takes $k^2$ MACs and
# pointwise $n$, where the ordinary one takes $k^2 n$. So
#
# $$\frac{\text{separable}}{\text{ordinary}}
# = \frac{h\,w\,m\,(k^2 + n)}{h\,w\,m\,k^2\,n} = \frac 1 n + \frac 1 {k^2},$$
#
# and the same for the weights.

# %% tags=["hide-input"] tinyml={"objective": "11-cheap", "role": "predict"}
Predict(
    "Windows of 3 by 3, from 32 channels to 64. How many times fewer MACs does the "
    "separable form take?",
    answer=round(1 / (1 / 64 + 1 / 9), 1),
    unit="times",
    explain="1 / (1/64 + 1/9). With many channels the first term vanishes, and what is "
    "left is the size of the window: nine. Neither picture nor input channels count.",
)

# %% [markdown]
# Splitting pays for large windows and many output channels; the pointwise step is
# then the dear one. For windows of $1 \times 1$ there is nothing to split.

# %% tags=["hide-input"] tinyml={"objective": "11-cheap", "role": "check"}
Check(
    "A picture of 16 by 16 with 32 channels becomes one with 128 channels, by a "
    "separable convolution with windows of 3 by 3. How many MACs?",
    answer=16 * 16 * 32 * (9 + 128),
    unit="MACs",
    mistakes={
        16 * 16 * 32 * 9 * 128: "That is the ordinary convolution, both jobs at once.",
        16 * 16 * 32 * 9: "That is the depthwise step. And then?",
        16 * 16 * 32 * 128: "That is the pointwise step. What comes before it?",
        32 * (9 + 128): "So many weights. And how many pixels?",
        16 * 16 * (32 * 9 + 128): "Pointwise mixes *all* input channels into each "
        "output channel.",
        16 * 16 * 128 * (9 + 32): "Which channels are filtered depthwise: those that "
        "come in, or those that go out?",
    },
    low="Too few. For each pixel and each input channel: the window, then the outputs.",
    high="Too many. The window and the outputs are added here, not multiplied.",
    reveal="16 · 16 · 32 · (9 + 128), where the ordinary one takes 9 · 128.",
)

# %% [markdown]
# ## Four ways to be small
#
# After 2012 networks grew; from 2016 on some shrank, each with another trick. One block
# of each:
#
# * **SqueezeNet's fire**: *squeeze* to a few channels by a pointwise convolution,
#   *expand* again by two, side by side: one cheap ($1 \times 1$), one that sees
#   neighbours ($3 \times 3$).
# * **ShuffleNet**: pointwise is the dear step, so mix only within *groups* of channels.
#   With $g$ groups that is $g$ times cheaper, and the groups never meet. So their
#   channels are *shuffled* in between.
# * **MobileNet V1**: depthwise, pointwise, depthwise, pointwise ...
# * **MobileNet V2**'s *inverted residual*: wide where it is cheap. Expand a few
#   channels to six times as many, filter those depthwise, project them down again, and
#   add what came in. What lies between the blocks is thin.


# %% tinyml={"objective": "11-cheap", "role": "explain"}
def shuffled(x, groups):  # the shuffle alone, in NumPy: a transposed table
    table = x.reshape(*x.shape[:-1], groups, -1)
    return table.swapaxes(-1, -2).reshape(x.shape)


print("channels", np.arange(8), "\nshuffled", shuffled(np.arange(8), groups=2))


def mix(x, groups, after=None):  # pointwise, in groups
    size = x.shape[-1] // groups
    parts = [x[..., i * size : (i + 1) * size] for i in range(groups)]
    mixed = [layers.Conv2D(size, 1, activation=after)(part) for part in parts]
    return layers.Concatenate()(mixed)


def shuffle(x, filters, groups=2):
    h, w, c = x.shape[1:]
    y = mix(x, groups, after="relu6")
    y = layers.Reshape((h * w, groups, c // groups))(y)
    y = layers.Reshape((h, w, c))(layers.Permute((1, 3, 2))(y))
    y = layers.DepthwiseConv2D(3, padding="same")(y)
    return layers.ReLU(6)(layers.Add()([x, mix(y, groups)]))


# %% [markdown]
# Channel 0 stays, 4 comes next, then 1: each new group of four has two from each old
# one. That is moving, not arithmetic. The other blocks are a few lines each. (Batch
# normalization is that of chapter 07; the converter folds it into the weights.
# `ReLU(6)` is ReLU that stops at 6: why, comes below.)


# %% tinyml={"objective": "11-cheap", "role": "explain"}
def conv(x, filters, size=3):
    x = layers.Conv2D(filters, size, padding="same", use_bias=False)(x)
    return layers.ReLU(6)(layers.BatchNormalization(momentum=0.9)(x))


def separable(x, filters):
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6)(layers.BatchNormalization(momentum=0.9)(x))
    return conv(x, filters, size=1)


def fire(x, filters):
    s = conv(x, filters // 4, size=1)  # squeeze
    return layers.Concatenate()([conv(s, filters // 2, 1), conv(s, filters // 2)])


def inverted(x, filters, expand=6):
    y = conv(x, expand * filters, size=1)
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
    y = layers.ReLU(6)(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.Conv2D(filters, 1, use_bias=False)(y)  # linear: no ReLU here
    return layers.Add()([x, layers.BatchNormalization(momentum=0.9)(y)])


# %% [markdown]
# What do they cost on the board? Each takes a picture of 16 by 16, with 32 channels;
# the inverted one with 8, because thin is its point. The weights are random: costs do
# not ask whether a network is any good.

# %% tinyml={"objective": "11-cheap", "role": "explain"}
makers, bills = [conv, fire, separable, shuffle, inverted], {}
for make in makers:
    channels = 8 if make is inverted else 32
    image = keras.Input((16, 16, channels))
    train.seed_everything(0)
    some = rng.normal(size=(50, 16, 16, channels)).astype("float32")
    tflite_model = quantize.to_int8(keras.Model(image, make(image, channels)), some)
    bill = report.bench(tflite_model, profile=True)
    bills[make.__name__] = bill | {
        "weights": graph.read(tflite_model).weight_bytes,
        "each": bill["cycles"] / bill["macs"],
    }
lines = [
    f"| {name} | {b['weights']:,} | {b['macs']:,} | {b['arena_bytes']:,} | "
    f"{b['latency_ms']:.1f} | {b['each']:.1f} |"
    for name, b in bills.items()
]
plots.say(
    "| block | weight bytes | MACs | arena | ms | cycles a MAC |\n"
    "|---|---|---|---|---|---|\n" + "\n".join(lines)
)
deep, point = (r["cycles"] / r["macs"] for r in bills["separable"]["profile"][:2])
plots.say(f"Depthwise alone: {deep:.1f} cycles a MAC. Pointwise: {point:.1f}.")

# %% [markdown]
# The first columns are as counted before. The last one is new: **a MAC is not a MAC.**
# An ordinary convolution runs through long rows of channels; a depthwise one has nine
# products to a result and pays for its bookkeeping anew each time. And what is moved,
# split or put side by side counts no MACs at all, but takes its time. (The cycles are
# estimated, the rest is counted.) So compare MACs to design, and cycles to decide.
#
# And look at the arena: none of the four saves any. What will be added must be kept
# so long, what is put side by side is there twice for a moment, and what is wide in
# between needs its room.
#
# ## Why the thin end has no ReLU
#
# ReLU throws away half of each axis. Where channels are many, what is lost in one is
# kept in another; where they are few, it is gone. The paper on MobileNet V2 shows it: a
# spiral in two dimensions is sent to $n$ channels by random weights, through ReLU, and
# back as well as a matrix can do it.

# %% tinyml={"objective": "11-cheap", "role": "explore"}
turn = np.linspace(0.5, 3, 300)
spiral = turn[:, None] * np.column_stack([np.cos(5 * turn), np.sin(5 * turn)])


def spiral_picture(n, relu):
    w = np.random.default_rng(5).normal(size=(2, n))
    wide_form = spiral @ w
    y = np.maximum(wide_form, 0) if relu == "ReLU" else wide_form
    back = y @ np.linalg.lstsq(y, spiral, rcond=None)[0]
    fig, ax = plt.subplots(figsize=(3.6, 3.4))
    ax.plot(*spiral.T, color="#bbbbbb", lw=1.5)
    ax.scatter(*back.T, c=turn, s=9)
    ax.set(xlim=(-3.4, 3.4), ylim=(-3.4, 3.4), xticks=[], yticks=[])
    lost = np.mean((back - spiral) ** 2) / np.mean(spiral**2)
    return fig, f"{n} channels, {relu}: {lost:.0%} of the spiral is lost."


Explore(
    spiral_picture,
    n=Choice([2, 3, 5, 10, 30], 2, "channels n"),
    relu=Choice(["ReLU", "linear"], "ReLU", "then"),
    look="From how many channels on does ReLU do no harm?",
    alt=lambda n, relu: f"A grey spiral and what {n} channels, {relu}, give back.",
)

# %% [markdown]
# So V2 uses ReLU only in the wide middle, and leaves the thin ends linear: a **linear
# bottleneck**. And why does ReLU stop at 6? Because of the marks of chapter 08: int8
# has 256 of them for whatever the range is. Values up to 6 get a mark every 6/255; a
# single wild value of 600 would make all marks a hundred times as coarse.
#
# ## A family
#
# A network for every budget: nobody designs each by hand. MobileNet has two knobs.
#
# * The **width** $\alpha$ multiplies all channels;
# * the **resolution** $\rho$ multiplies the sides of the picture.
#
# What do they change? Weights connect channels to channels, so they go with $\alpha^2$,
# and do not know of $\rho$. MACs go with $\alpha^2 \rho^2$. And RAM holds pixels times
# channels: $\alpha \rho^2$. (The depthwise parts, and the first layer, which has only
# one channel to look at, go with $\alpha$ instead of $\alpha^2$, and so does the
# head: in a network as small as ours one notices.) MobileNet V2 came ready-trained in
# 22 such sizes, from six million weights, which name 75 of 100 pictures of ImageNet at
# the first guess, down to under two million, which name 45.


# %% tinyml={"objective": "11-family", "role": "explain"}
def backbone(image, width=1.0):
    x = conv(image, int(8 * width))
    x = separable(layers.MaxPooling2D()(x), int(16 * width))
    x = separable(layers.MaxPooling2D()(x), int(32 * width))
    return separable(layers.MaxPooling2D()(x), int(64 * width))


def finder(width=1.0, side=64):
    image = keras.Input((side, side, 1))
    return keras.Model(image, layers.Conv2D(5, 1)(backbone(image, width)))


def shrink(x, side):
    copies = side // np.gcd(side, x.shape[1])
    step = x.shape[1] * copies // side
    x = x.repeat(copies, axis=1).repeat(copies, axis=2)
    return x.reshape(len(x), side, step, side, step, 1).mean(axis=(2, 4))


# %% [markdown]
# That is all of it: a **backbone**, which makes features of pixels, and a **head**, one
# pointwise layer. There is no dense layer that knows the size of the picture, so the
# same weights work on any: the network is **fully convolutional**. With three poolings
# its output is a map of **cells**, each of 8 by 8 pixels, and each cell answers for
# itself. Its first number says, as a logit (chapter 04), whether a boat is there. The
# other four say where exactly; we shall come to them.
#
# For *is there a boat?* the hottest cell speaks for the picture.

# %% [markdown]
# `shrink` is the resolution: larger pixels, each the mean of what it covers, as a
# cheaper camera would have them.
#
# What shall a cell say? It is *hot* when its middle lies in the boat's box, or the
# box's middle lies in it. Then its other numbers are the way to the middle of the box,
# and how much wider and higher than usual the box is, in pixels.
#
# The loss is the cross-entropy of each cell and, for hot cells, how far the four
# numbers are off. Squares would let a few wild boxes rule, so beyond one pixel it goes
# on straight. (The 40 and the 4 weigh the two parts against each other.)

# %% tinyml={"objective": "11-family", "role": "explain"}
USUAL = 10.0  # pixels: the width and height of a usual box


def cells(count, side):
    middle = (np.arange(count) + 0.5) * side / count
    return np.meshgrid(middle, middle)


def targets(boxes, count, side=64):
    x, y = cells(count, side)
    (x0, y0, x1, y1), half = boxes.T[:, :, None, None], side / count / 2
    dx, dy, w, h = (x0 + x1) / 2 - x, (y0 + y1) / 2 - y, x1 - x0, y1 - y0
    hot = (abs(dx) <= w / 2) & (abs(dy) <= h / 2)  # (n, count, count)
    hot = (w > 0) & (hot | (abs(dx) <= half) & (abs(dy) <= half))
    box = [dx, dy, w - USUAL + 0 * dx, h - USUAL + 0 * dy]
    return np.stack([hot, *(hot * part for part in box)], axis=-1).astype("float32")


def cell_loss(wanted, said):
    hot, off = wanted[..., 0], ops.abs(wanted[..., 1:] - said[..., 1:])
    entropy = ops.binary_crossentropy(hot, said[..., 0], from_logits=True)
    bend = ops.where(off < 1, off**2 / 2, off - 0.5)  # square, then straight
    box = ops.sum(bend * hot[..., None]) / (ops.sum(hot) + 1)
    return 40 * ops.mean(entropy) + box / 4


# %% [markdown]
# Nine members, three widths by three resolutions. We make it a little easier than in
# chapter 09: all boats are of *steel*, nine to eighteen pixels long, on every kind of
# sea. (Keep in mind that no wooden boat was ever shown to them. Chapter 12 will ask.)
#
# Each has seen 6,000 scenes, turned and mirrored, five times over. That takes too long
# for a page, so they were **trained beforehand** by the recipe
# `datasets/boats_family/make.py`, each with one seed, and a test trains one of them
# again. Which of 800 test scenes each got right lies beside it. Now compile them all:
# width by pixels.

# %% tinyml={"objective": "11-family", "role": "explain"}
WIDTHS, SIDES, family = (0.25, 0.5, 1), (16, 32, 64), {}


def trained(width, side):
    """A member as the recipe trained it: its file, its weights, its right answers."""
    title = f"w{round(100 * width):03d}_s{side}"
    folder = datasets.folder("boats_family")
    with np.load(folder / f"{title}.npz") as file:
        weights = [file[key] for key in sorted(file.files) if key[:2] == "w_"]
        right = [file[f"right_{how}"] for how in ("float", "int8", "borrowed")]
    return (folder / f"{title}.tflite").read_bytes(), weights, right


for width in WIDTHS:
    for side in SIDES:
        tflite_model, weights, right = trained(width, side)
        family[width, side] = report.bench(tflite_model) | {
            "accuracy": right[0].mean(),
            "right": right,
            "weights": graph.read(tflite_model).weight_bytes,
        }
sizes = "; ".join(f"{w}: {family[w, 64]['weights']:,}" for w in WIDTHS)
plots.say(f"Bytes of weights, by width: {sizes}. The rest of the flash is code.")
report.compare({f"{w} x {s}": b for (w, s), b in family.items()})


# %% tinyml={"objective": "11-family", "role": "explore"}
def member_picture(width, side):
    here = family[width, side]
    fig, axes = plt.subplots(1, 3, figsize=(6.6, 2.7), sharey=True)
    for ax, label in zip(axes, ("MACs", "RAM bytes", "flash bytes"), strict=True):
        key = label.lower().replace(" ", "_")
        for one, hue, mark in zip(SIDES, (GREY, RED, BLUE), "s^o", strict=True):
            spent = [family[w, one][key] / 1000 for w in WIDTHS]
            right = [100 * family[w, one]["accuracy"] for w in WIDTHS]
            ax.plot(spent, right, marker=mark, color=hue, label=f"{one} pixels")
        ax.plot(here[key] / 1000, 100 * here["accuracy"], "ko", ms=15, mfc="none")
        scale = "linear" if key == "flash_bytes" else "log"
        ax.set(xscale=scale, xlabel=f"1,000 {label}", xmargin=0.12, ymargin=0.12)
    axes[0].set(ylabel="right (of 100)")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    costs = [f"{here[k]:,}" for k in ("macs", "ram_bytes", "flash_bytes")]
    return fig, f"{here['accuracy']:.1%} right; MACs, RAM, flash: {'; '.join(costs)}."


Explore(
    member_picture,
    width=Choice(WIDTHS, 1, "width"),
    side=Choice(SIDES, 64, "pixels on a side"),
    look="Halve the width, then halve the pixels instead: which ring moves how far?",
    alt="Accuracy over MACs, RAM and flash, a curve for each resolution, one ringed.",
)

# %% [markdown]
# Read it against the formulas. In flash, the three resolutions stand above one another:
# pixels cost nothing there. (Nor does width cost much: weights as few as these are
# less than the code, which every member needs.) In RAM, resolution is the dear knob.
# And in accuracy? With 800 scenes a point or two is noise. But a boat of ten pixels has
# five at half the resolution, and at a quarter it is a speck; the wider networks lose
# most by that, for the narrowest could make little of the fine pixels. What a good
# trade is depends on the *size of what you look for*.

# %% tags=["hide-input"] tinyml={"objective": "11-family", "role": "check"}
Check(
    "Your model works, but its RAM is a third too much. Flash is half empty, and what "
    "you look for is large in the picture. Which knob first?",
    options=[
        "lower the resolution, keep the width",
        "lower the width, keep the resolution",
        "leave out the last pointwise layer",
        "store the weights in fewer bits",
    ],
    answer="lower the resolution, keep the width",
    mistakes={
        "lower the width, keep the resolution": "That saves RAM too, but with the "
        "first power, and it takes weights away that your flash has room for. Which "
        "knob works on RAM with the second power?",
        "leave out the last pointwise layer": "Late layers are small in pixels. Where "
        "in the network is the RAM needed?",
        "store the weights in fewer bits": "Weights are not what fills the RAM. Where "
        "do they lie?",
    },
    reveal="RAM goes with the square of the resolution, and weights do not notice it.",
)

# %% [markdown]
# ## Your turn: a budget
#
# Another board leaves you 12,000 bytes of flash, and as many of RAM. Choose a member
# that fits, by the table. Ours is a start: is there one that is more often right, by
# more than luck, and what else does it cost? (`train.paired_difference` compares two
# members' `["right"][0]`.) Then train it here, on 2,000 scenes instead of the recipe's
# 6,000 with their mirror images, so expect less. Does more time help, or do more
# scenes? Change `epochs`, then `2000`, and see. (`ps05` will ask for more: there you
# design the network as well.)

# %% tinyml={"objective": "11-family", "role": "exercise"}
mine = {"width": 0.5, "side": 32}

made, new = (boats.generate(n, s, **steel) for n, s in ((2000, 2013), (800, 2012)))
x_train, x_test = (shrink(some["x"], mine["side"]) for some in (made, new))
wanted = targets(made["box"], mine["side"] // 8)
train.seed_everything(0)
model = finder(**mine)
how = {"loss": cell_loss, "metrics": (), "batch_size": 64, "learning_rate": 5e-3}
model, history = train.fit(model, x_train, wanted, epochs=8, **how)


def likely(said):  # the hottest cell of each picture
    return said[..., 0].max(axis=(1, 2))


limit = np.median(likely(model.predict(x_train, verbose=0)))  # half have a boat
right = (likely(model.predict(x_test, verbose=0)) > limit) == new["y"]
member = family[mine["width"], mine["side"]]
fits = member["flash_bytes"] <= 12_000 and member["ram_bytes"] <= 12_000
plots.say(
    f"Fits: {'yes' if fits else 'no'}. Trained here: {right.mean():.1%}. By the "
    f"recipe: {member['accuracy']:.1%}."
)

# %% [markdown]
# ## Few labels: keep the backbone
#
# The coast guard has another question: is that boat of *steel or of wood*? Nobody has
# labels for it; somebody has to look at each picture. Say there are 20, or 50, or 100.
#
# A network that begins from nothing knows such a handful by heart in a moment, and has
# learned little about boats. But ours has already met thousands of boats. It was never
# asked what they are made of, and no wooden one was among them; still, its 64 features
# had to tell a hull from foam and glint. So take the head off, leave the backbone as it
# is (**frozen**), and put a new head on: the logistic regression of chapter 04, on the
# strongest value that each feature has anywhere in the picture. That is **transfer
# learning**.
#
# Controls, or we would fool ourselves. The same network *from nothing*, on the same
# labels (trained beforehand by the recipe, five draws of each number). And the *old
# head's* five numbers at the hottest cell: perhaps they tell already, because wooden
# boats are smaller. Or even the first of them alone: how sure it is of a boat.

# %% tinyml={"objective": "11-transfer", "role": "explain"}
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

data, (_, weights, _) = datasets.load("boats"), trained(1, 64)
old = finder(1, 64)
old.set_weights(weights)
both = keras.Model(old.input, [old.layers[-2].output, old.output])


def described(x):  # strongest of each feature; the hottest cell's numbers; its first
    body, head = both.predict(x, verbose=0)
    head = head.reshape(len(x), -1, 5)
    hottest = head[np.arange(len(x)), head[..., 0].argmax(axis=1)]
    return body.max(axis=(1, 2)), hottest, hottest[:, :1]


some, new = data.y_train == 1, data.y_test == 1  # pictures with a boat
wood, wood_new = data.hull_train[some] == "wood", data.hull_test[new] == "wood"
pool, exam = described(data.x_train[some]), described(data.x_test[new])

# %% tinyml={"objective": "11-transfer", "role": "exercise"}
with np.load(datasets.folder("boats_family") / "few.npz") as file:
    LABELS, nothing = file["labels"], file["right"]  # (3,), (3, 5)
shares = {"from nothing": nothing}
names = "64 features", "old head's five", "first of the five"
for name, x, x_new in zip(names, pool, exam, strict=True):
    shares[name] = np.zeros_like(nothing)
    for i, seed in np.ndindex(nothing.shape):
        drawn = np.random.default_rng(seed).permutation(len(wood))[: LABELS[i]]
        head = make_pipeline(StandardScaler(), LogisticRegression())
        head.fit(x[drawn], wood[drawn])
        shares[name][i, seed] = head.score(x_new, wood_new)

fig, ax = plt.subplots(figsize=(5.4, 3.4))
hues = GREY, BLUE, RED, plots.COLORS["green"]
for (name, right), hue in zip(shares.items(), hues, strict=True):
    ax.plot(LABELS, 100 * right, "o", color=hue, ms=5, alpha=0.5)
    ax.plot(LABELS, 100 * right.mean(axis=1), color=hue, label=name)
ax.set(xlabel="labels", ylabel="right (of 100)", xticks=LABELS, ylim=(40, 100))
ax.legend(fontsize=10, ncols=2)
plots.show(fig, alt="Right answers over labels: what was learned far above nothing.")
lines = [f"{n}: {r[0].mean():.0%} ± {r[0].std(ddof=1):.0%}" for n, r in shares.items()]
plots.say(f"With {LABELS[0]} labels, over five draws: {'; '.join(lines)}.")
sure = [f"{np.mean(exam[2][wood_new == one] > 0):.0%}" for one in (False, True)]
plots.say(f"Of the boats of steel it says *boat* to {sure[0]}, of wood to {sure[1]}.")

# %% [markdown]
# Each dot is another draw of labels, and with few labels they lie far apart: judge no
# method by one draw. (Behind ± is their standard deviation.) From nothing, the network
# is little better than a coin; with what it had learned from other labels, a handful
# goes a long way.
#
# And now the controls: *one* number does it as well as 64 features. The network has
# only ever met steel, so a boat that it is not sure of is mostly a wooden one. It
# does not know wood, it misses it (chapter 12 will not forget that). Without the
# controls we would have praised the features.
#
# For it does not always work. Features that were never needed are not there: ask
# whether there is a *wooden boat or none* (exercise 5 below), for of an empty sea the
# network is unsure as well. Where more labels are at hand one goes on and trains the
# backbone too, with a small rate: **fine-tuning**.

# %% tags=["hide-input"] tinyml={"objective": "11-transfer", "role": "check"}
Check(
    "You have 60 labelled photographs of rust on bridges, and a backbone that was "
    "trained on a million photographs of other things. What do you try first?",
    options=[
        "freeze the backbone and train a new head",
        "train the whole network, all layers, with a large rate",
        "train a smaller network from nothing",
        "use the old head as it is",
    ],
    answer="freeze the backbone and train a new head",
    mistakes={
        "train the whole network, all layers, with a large rate": "How many weights "
        "would 60 photographs have to set, and what becomes of what they knew?",
        "train a smaller network from nothing": "That is the grey curve. What do 60 "
        "photographs teach about edges and textures?",
        "use the old head as it is": "It answers the old question. Is rust among its "
        "classes?",
    },
    reveal="One thin layer for a few dozen labels; the rest is known.",
)

# %% [markdown]
# ## Where? The heat map
#
# Back to the large scene. Our backbone is fully convolutional, so give the same weights
# (width 1, 64 pixels) a picture of 128 by 128, which they have never seen: the map has
# four times as many cells.

# %% tinyml={"objective": "11-where", "role": "explain"}
_, weights, _ = trained(1, 64)
model = finder(1, 128)
model.set_weights(weights)
said = model.predict(wide["x"], verbose=0)  # (60, 16, 16, 5)

fig, axes = plt.subplots(2, 2, figsize=(6, 6))
for column, row in enumerate((17, 11)):
    heat = 1 / (1 + np.exp(-said[row, ..., 0]))
    boxes.draw(axes[0, column], wide["x"][row], true=there[row])
    axes[1, column].imshow(heat, cmap="inferno", vmin=0, vmax=1)
    axes[0, column].set(title=wide["scene"][row])
    axes[1, column].axis("off")
plots.show(fig, alt="Two scenes, and below each its map with a few bright cells.")
steps = [(3, 1), (2, 2)] * 3 + [(3, 1), (1, 1)]  # windows and strides, to the head
plots.say(f"A cell sees a square of {shapes.receptive_field(steps)} pixels a side.")

# %% [markdown]
# On the left each of the boats lights up, and one streak of sunlight glows. On the
# right it fails: crests glow, and the boats are all but dark.
#
# Each cell is a small judge of its neighbourhood, the part of the picture that can
# reach it: its **receptive field** (chapter 10). Nobody slides a window over the scene.
# Neighbouring windows would share nearly all of their work, and in a convolution shared
# work is done once.
#
# For *whether*, take the hottest cell. For *how many*, and *where to the pixel*, the
# map is too coarse, and one boat may light two cells. Now the other four numbers come
# in: each cell adds what it said to its own middle.

# %% [markdown]
# ## How alike are two boxes?
#
# So two cells may have seen the same boat and drawn two boxes. To say so we need a
# measure of how alike boxes are. Take the area they share, and divide by the area they
# cover together: **intersection over union**,
#
# $$\text{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|}
# = \frac{|A \cap B|}{|A| + |B| - |A \cap B|}.$$
#
# It is 1 for equal boxes, 0 for boxes apart, and does not depend on the scale. The
# shared part begins at the later of the two lefts and ends at the earlier of the two
# rights, and is nothing when that is the wrong way round.


# %% tinyml={"objective": "11-where", "role": "explain"}
def decode(said, side):
    x, y = cells(len(said), side)
    x, y = x + said[..., 1], y + said[..., 2]
    w, h = (np.maximum(said[..., k] + USUAL, 2) / 2 for k in (3, 4))  # 2 at least
    boxes = np.stack([x - w, y - h, x + w, y + h], axis=-1)
    return boxes.reshape(-1, 4), 1 / (1 + np.exp(-said[..., 0].ravel()))


def iou(a, b):
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)  # (n, m)
    area_a, area_b = ((c[:, 2:] - c[:, :2]).prod(axis=1) for c in (a, b))
    return shared / (area_a[:, None] + area_b - shared)


one = np.array([[0, 0, 10, 4]])
for pixels in (0, 1, 2, 5, 10):
    moved = one + [pixels, 0, pixels, 0]
    print(f"{pixels:2} pixels to the right: {iou(one, moved).item():.2f}")

# %% [markdown]
# It is a strict measure for small things. Where a box ten pixels long is two pixels
# off, a third is gone already; on a box of a hundred pixels two would hardly show.
# Usual is to call boxes with an IoU of 0.5 *the same*. For boats of ten pixels, whose
# edge the lens has blurred, we shall also look at 0.3, and say so.
#
# ## One box for each thing
#
# **Non-maximum suppression**, NMS: take the box with the best score, drop all that are
# too much like it, and go on with the rest.


# %% tinyml={"objective": "11-where", "role": "explain"}
def nms(boxes, scores, limit=0.3):
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        alike = iou(boxes[[best]], boxes[order])[0]
        order = order[alike <= limit]
    return kept


# %% tinyml={"objective": "11-where", "role": "explore"}
def scene_picture(scene, score, limit):
    row = {"glint": 17, "waves": 11}[scene]
    found, scores = decode(said[row], 128)
    found, scores = found[scores > score], scores[scores > score]
    kept = nms(found, scores, limit)
    fig, ax = plt.subplots(figsize=(4, 4))
    boxes.draw(ax, wide["x"][row], found[kept], there[row])
    right = boxes.hits(found[kept], there[row], at=0.3).sum()
    return fig, (
        f"Cells above the score: {len(found)}. Boxes kept: {len(kept)}. Boats found, "
        f"with an IoU of 0.3: {right} of {len(there[row])}."
    )


Explore(
    scene_picture,
    scene=Choice(("glint", "waves"), "glint", "scene"),
    score=Choice([0.1, 0.3, 0.6], 0.3, "score above"),
    limit=Choice([0.0, 0.3, 1.0], 0.3, "NMS limit"),
    look="Which of the two keeps false boxes out, which keeps double ones out?",
    alt="A scene with white frames where boxes are kept and dotted ones at the boats.",
)

# %% [markdown]
# The score decides between boat and no boat; the limit decides between one boat and
# two. With a limit of 1 nothing is dropped; with 0 two boats side by side become one,
# if their boxes overlap at all. (In these scenes no two boats are that close, and 0
# does what 0.3 does.) And in the waves none of these scores helps: the map is
# surer of the crests than of the boats, and no rule afterwards mends that.

# %% [markdown]
# ## Your turn: which boxes are right?
#
# A found box is right when a true box is the same by IoU. Two things are easy to get
# wrong. Each true box counts **once**: a second box on the same boat is a false alarm.
# And who comes first chooses first, so found boxes come best score first. Write it: for
# each found box, True or False.


# %% tinyml={"objective": "11-where", "role": "exercise"}
def my_hits(found, true, at=0.5):
    """found (n, 4), best first; true (m, 4): which found ones are right, (n,) bool."""
    right = np.zeros(len(found), bool)
    # for each found box: of the true boxes still free, the one it is most like
    return right


# %% tags=["hide-input"] tinyml={"objective": "11-where", "role": "check"}
def test_hits():
    true = np.array([[x, 0, x + 10, 10] for x in (0, 30, 60)])
    found = true[[0, 0, 1, 2]] + [[1, 0, 0, 0], [0] * 4, [1, 1, 0, 0], [30, 0, 30, 0]]
    got = my_hits(found, true)
    if got is None or np.shape(got) != (4,):
        return "One True or False comes back for each *found* box."
    got = np.asarray(got).astype(bool).tolist()
    if not any(got):
        return "The first box overlaps a boat nearly perfectly. Why is it not right?"
    if got[0] and got[1]:
        return "Two boxes on one boat, and both count. How often may a boat be found?"
    if got[1] or not got[0]:
        return "Who comes first, in the order given, takes the boat."
    if not got[2]:
        return "The second boat has not been found by anybody else. Is it still free?"
    if list(my_hits(found, true, at=0.85)) != [True, False, False, False]:
        return "`at` says from which IoU on two boxes are the same."
    if list(my_hits(found[:2], np.zeros((0, 4)))) != [False, False]:
        return "Where there are no boats, every box is wrong (and nothing crashes)."
    near = np.array([[0, 0, 10, 10], [4, 0, 14, 10]])
    if list(my_hits(np.array([[1, 0, 11, 10]] * 2), near, 0.5)) != [True, True]:
        return "Two boats close together: the second box may take the one still free."


Check("`my_hits(found, true, at)` says which boxes are right.", test=test_hits)

# %% [markdown]
# Here is ours. Over all scenes, with all boxes in the order of their scores, precision
# and recall follow as in chapter 04: of $n$ boxes kept, what share is right, and what
# share of the boats do these find? Each threshold on the score is a point of the curve.
#
# How much do the four numbers bring? For comparison, the heat map alone: a square of
# the usual size in the middle of each hot cell. (The table takes the score at which the
# two are best balanced: where their harmonic mean, $F_1 = 2PR / (P + R)$, is largest.)


# %% tinyml={"objective": "11-where", "role": "explain"}
def hits(found, true, at=0.5):
    right, free = np.zeros(len(found), bool), np.ones(len(true), bool)
    for i, alike in enumerate(iou(found, true)):
        alike[~free] = 0
        if len(true) and alike.max() >= at:
            right[i], free[alike.argmax()] = True, False
    return right


def judge(said, at, limit=0.3):
    told = []
    for one, true in zip(said, there, strict=True):
        found, scores = decode(one, 128)
        kept = nms(found, scores, limit)
        told += zip(scores[kept], hits(found[kept], true, at), strict=True)
    scores, right = np.array(sorted(told, reverse=True)).T
    n = np.arange(1, len(right) + 1)
    return scores, right.cumsum() / n, right.cumsum() / sum(map(len, there))


# %% tinyml={"objective": "11-where", "role": "explain"}
map_only = said * [1, 0, 0, 0, 0]  # no way to the middle, the usual size
fig, ax = plt.subplots(figsize=(5.6, 3.6))
best = {}
rivals = ("five numbers", said, BLUE), ("heat map alone", map_only, RED)
for name, what, hue in rivals:
    for at, style in ((0.3, "-"), (0.5, "--")):
        scores, precision, recall = judge(what, at)
        ax.plot(recall, precision, style, color=hue, label=f"{name}, IoU {at}")
        f1 = 2 * precision * recall / (precision + recall + 1e-9)
        best[name, at] = [v[f1.argmax()] for v in (scores, precision, recall)]
ax.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
ax.legend(fontsize=10)
plots.show(fig, alt="Four curves; the ones with boxes far above those without.")
score_at = best["five numbers", 0.3][0]
lines = [
    f"| {who[0]} | {who[1]} | {p:.0%} | {r:.0%} |" for who, (_, p, r) in best.items()
]
head = "| from | IoU | precision | recall |\n|---|---|---|---|\n"
plots.say(head + "\n".join(lines))

# %% [markdown]
# Four numbers more in a thin head, and a dot becomes a box. (Some of the map's false
# alarms are doubles: the squares of two neighbouring cells share so little that NMS
# keeps both. Where a dot is enough one joins such cells instead and leaves it at that,
# as microcontrollers often do: *FOMO*, "faster objects, more objects".) The scores in
# the table were chosen on the very scenes that judge them, which flatters a little; for
# use choose them on others.

# %% [markdown]
# ## R-CNN, SSD, YOLO
#
# What you have built has a name. The great detectors differ in *who proposes a box*.
#
# * **R-CNN** (2014): another program proposes some two thousand regions, each is cut
#   out, brought to one size and sent through a CNN: good, and tens of seconds a
#   picture. *Fast* R-CNN cuts from the feature map instead, so the backbone runs once;
#   *Faster* R-CNN lets a small network propose.
# * **YOLO** (2016), *you only look once*: a grid of cells, each of which says once: how
#   sure, where, how large, and which class. That is our head, with the class left out
#   (and the first YOLO's cells had two boxes each).
# * **SSD** (2016): each cell has several boxes to begin with, of different shapes, the
#   **anchors**, and says only how the thing differs from each. And it reads maps of
#   several resolutions: fine ones for small things, coarse ones for large.
#
# The piece that differs is small. Our one anchor is a square of the usual size. Which
# boxes are within reach of an anchor, placed in the middle of the boat?


# %% tinyml={"objective": "11-where", "role": "explain"}
def alike_in_shape(sizes, anchors):
    a, b = (np.hstack([-some / 2, some / 2]) for some in (sizes, anchors))
    return iou(a, b)  # (n, anchors): both with the same middle


some = made["box"][made["y"] == 1]
sizes = (some[:, 2:] - some[:, :2]).astype(float)
sets = {"ours": [[10, 10]], "three": [[8, 8], [14, 7], [7, 14]]}
for name, anchors in sets.items():
    reach = alike_in_shape(sizes, np.array(anchors, float)).max(axis=1)
    many = (reach >= 0.5).mean()
    print(f"{name:6} mean IoU {reach.mean():.2f}, at 0.5 or more: {many:.0%}")

anchor = np.array([14.0, 7.0])
print("a boat of 18 x 8, for that anchor:", np.log([18, 8] / anchor).round(2))

# %% [markdown]
# Three shapes begin nearer to the boats than one, and the network has less to say; for
# each anchor more the head has five more outputs. Sizes are told as logarithms of
# ratios, so that twice as large and half as large are equally far. (Newer YOLOs have
# left anchors out again.)

# %% [markdown]
# ## On the board
#
# The finder for scenes of 128 by 128, in int8: the recipe's file, made from the weights
# above. Will it fit? The weights have not changed. But the first layer hands on eight
# channels at full resolution, and $128 \cdot 128 \cdot 8$ bytes are half of the board's
# RAM. Width 2 would have been too much.

# %% tinyml={"objective": "11-where", "role": "explain"}
x_board = t_in.quantize(wide["x"])  # (60, 128, 128, 1) int8
sources = export.to_c(final)
told = device.host(sources, "model", final).predict(x_board)  # the same C, here
said_int8 = t_out.dequantize(told)
bill = report.bench(datasets.model_path("boats_family"), x_board[[17]])
proof = verify.verify(datasets.model_path("boats_family"), x_board[[17]])


def seen(said):  # for each boat: is it found, at the score chosen above?
    told, alarms = [], 0
    for one, true in zip(said, there, strict=True):
        found, scores = decode(one, 128)
        kept = [i for i in nms(found, scores) if scores[i] >= score_at]
        told += hits(true, found[kept], at=0.3).tolist()
        alarms += len(kept) - hits(found[kept], true, at=0.3).sum()
    return np.array(told), alarms


report.compare({"64 pixels": family[1, 64], "128 pixels": bill})

# %% tinyml={"objective": "11-where", "role": "explain"}
(in_float, false_float), (in_int8, false_int8) = seen(said), seen(said_int8)
boats_gap = train.paired_difference(in_float, in_int8)
plots.say(
    f"It {'fits' if bill['fits'] else 'does not fit'}: flash "
    f"{bill['flash_bytes']:,} of {board.flash_bytes:,} bytes, RAM "
    f"{bill['ram_bytes']:,} of {board.ram_bytes:,}; a scene takes "
    f"{bill['latency_ms']:,.0f} ms and {bill['energy_uj'] / 1000:.1f} mJ (estimated). "
    f"Of {proof['outputs']:,} bytes {proof['mismatches']} differ between the programs."
    "\n\n"
    f"Of {len(in_float)} boats {in_float.sum()} are found in floats and "
    f"{in_int8.sum()} in int8: {boats_gap}. False alarms: {false_float} and "
    f"{false_int8}."
)
lines = [
    f"| {w} | {s} | {b['accuracy']:.1%} | {train.paired_difference(*b['right'][:2])} | "
    f"{train.paired_difference(*b['right'][::2])} |"
    for (w, s), b in family.items()
]
head = "| width | pixels | floats | int8 less floats | threshold borrowed |\n"
plots.say(head + "|---|---|---|---|---|\n" + "\n".join(lines))

# %% [markdown]
# The table is the family again, where the question was only *whether*: the same 800
# scenes in floats and in int8. Rounding can move a network's answers a little to one
# side. So each int8 model has a **threshold of its own**, chosen on training rows
# *after* quantizing, and then no member loses a point. The last column is what happens
# when the threshold is borrowed from the floats instead: one narrow member pays two
# points for nothing. (Of eighteen such intervals one may well miss zero by luck; a
# threshold of its own costs nothing either way.) Where more is lost in spite of it,
# one trains on with the rounding built in (chapter 19).

# %% [markdown]
# ## On your own
#
# 1. Would the finder of width 1 fit at 192 by 192 pixels? Compute the RAM from the
#    formula first; then convert `finder(1, 192)` and let `report.bench` say it.
# 2. Train two anchors instead of one: ten outputs, each boat assigned to the anchor
#    with the better `alike_in_shape`. Does the IoU of what is found improve?
# 3. What does the finder make of boats of wood (`hulls=("wood",)`)? At which score?
# 4. Replace one `separable` of the backbone by an inverted residual (without its
#    addition: the number of channels changes there). Count first, then train.
# 5. Ask the features of the frozen backbone whether there is a *wooden* boat or none,
#    in scenes without steel. What does "none" reach if it is always said? How many
#    labels make up for features that are missing?
#
# ## What you have done
#
# * You **made** convolutions cheap, equal to Keras, and saw that a MAC is not a MAC.
# * You **chose** from a family of nine by two knobs, and trained one yourself.
# * You **reused** a network where labels were few, and saw what in it had helped.
# * You **found** boats with a heat map, boxes, IoU and NMS, judged that by precision
#   and recall, and it runs on the board.
#
# **The idea to keep:** a backbone makes features once; what you ask of them is a thin
# layer on top. Width pays in flash, resolution in RAM.
#
# **Next:** over all test scenes it does well. For *whom* does it not? Chapter 12,
# *Whose data?*
#
# ## Sources
#
# * L. Sifre, *Rigid-Motion Scattering for Image Classification*, thesis, École
#   Polytechnique (2014): separable convolutions. A. G. Howard et al., "MobileNets"
#   (2017), arXiv:1704.04861: the ratio, and the two multipliers.
# * M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", *CVPR*
#   (2018): the spiral is their figure 1.
# * F. N. Iandola et al., "SqueezeNet" (2016), arXiv:1602.07360. X. Zhang et al.,
#   "ShuffleNet" (2017), arXiv:1707.01083.
# * J. Yosinski et al., "How Transferable Are Features in Deep Neural Networks?", *NIPS*
#   (2014).
# * R. Girshick et al., "Rich Feature Hierarchies for Accurate Object Detection", *CVPR*
#   (2014); R. Girshick, "Fast R-CNN", *ICCV* (2015); S. Ren et al., "Faster R-CNN",
#   *NIPS* (2015).
# * J. Redmon et al., "You Only Look Once", *CVPR* (2016). W. Liu et al., "SSD: Single
#   Shot MultiBox Detector", *ECCV* (2016).
# * Edge Impulse, *FOMO: Faster Objects, More Objects* (2022): a heat map alone, for
#   microcontrollers.
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019): MobileNet's sizes, R-CNN,
#   SSD and YOLO.
