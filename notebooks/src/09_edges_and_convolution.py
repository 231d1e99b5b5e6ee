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

# %% [markdown] tinyml={"objectives": ["09-edges","09-convolve","09-shape","09-motion","09-boats"]}
# # Edges and convolution
#
# A boat that fishes where it must not switches its transponder off. A satellite can
# still see it, and small satellites are cheap enough to look everywhere, every day. But
# their radio is slow: they cannot send all they see. So the satellite itself must say
# which pictures matter. Below, ten patches of sea. Five have a boat. Which?
#
# **You will**
#
# * **find** edges as steep places, and tame their noise by smoothing;
# * **code** convolution with loops, and hold it against SciPy and Keras;
# * **count** shapes and multiply-accumulates before a layer is built;
# * **measure** motion between two frames, and say where it cannot be measured;
# * **compare** a tuned edge detector with a tiny network, fairly, and send only what it
#   picks.
#
# **You need** chapters 02 (least squares), 04 (recall), 06 (layers), 08 (tuning
# without leaks). About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "09-boats", "role": "explain"}
import keras
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, plots
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = map(plots.COLORS.get, ("blue", "vermillion", "grey"))
data, board = datasets.load("boats"), boards.get("nano33")
SCENES = ("calm", "waves", "glint", "cloud", "coast")
SEA = {"cmap": "gray", "vmin": 0, "vmax": 0.9}


def first(scene, boat, skip):
    return np.flatnonzero((data.scene_train == scene) & (data.y_train == boat))[skip]


fig, axes = plt.subplots(2, 5, figsize=(7, 3.1))
for j, (scene, below) in enumerate(zip(SCENES, (0, 1, 0, 0, 1), strict=True)):
    for i in range(2):
        axes[i, j].imshow(data.x_train[first(scene, int(below == i), 6), ..., 0], **SEA)
        axes[i, j].set(title=("", scene)[i == 0], xticks=[], yticks=[])
plots.show(fig, alt="Ten grey patches of sea: calm, waves, glint, cloud and coast.")

# %% [markdown]
# (The last cell of this chapter tells.) These pictures are drawn by a program, and the
# card of the data says so; no satellite took them. Real ones would be better, and need
# a network, a licence and far more room than a course has. What can be learned from
# drawn ones: how methods *compare* on the same pictures.
#
# ## Why vision is hard
#
# A grey picture is a table of numbers: 0 is black, 1 is white, here in 32 levels; a
# pixel is 2 m wide. You see a boat; below is what the board gets. None of these numbers
# says *boat*. And they change when the boat turns, the sun moves, a cloud passes.
# Chapter 01 compared pictures number by number (nearest neighbours). What becomes of
# that here?

# %% tinyml={"objective": "09-edges", "role": "explain"}
calm = data.x_train[first("calm", 1, 2), ..., 0]  # (64, 64)
x0, y0, x1, y1 = data.box_train[first("calm", 1, 2)]
print(np.round(31 * calm[y0 - 1 : y1 + 1, x0 - 1 : x1 + 1]).astype(int))


def apart(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


moved = np.roll(calm, 6, axis=1)  # the same boat, twelve metres on
empty = np.full_like(calm, np.median(calm))
x_train, x_test = data.x_train[..., 0], data.x_test[..., 0]  # (n, 64, 64)
y_train, y_test = data.y_train, data.y_test
known, new = (x.reshape(len(x), -1) for x in (x_train, x_test))
squares = (new**2).sum(axis=1)[:, None] + (known**2).sum(axis=1)
nearest = (squares - 2 * new @ known.T).argmin(axis=1)
right = np.mean(y_train[nearest] == y_test)
plots.say(
    f"From the boat to itself, moved by twelve metres: {apart(calm, moved):.3f}. From "
    f"the boat to empty sea: {apart(calm, empty):.3f}. Nearest neighbours are right "
    f"for **{right:.0%}** of the test patches; a coin would be for 50%."
)

# %% [markdown]
# Number by number, a boat is nearer to an empty sea than to itself. What we need must
# not care *where* the boat is. That is the thread of this chapter.
#
# ## An edge is a steep place
#
# A boat ends where grey changes quickly: at an **edge**. How quickly, the *derivative*
# says. On a row of pixels $f$ it is the difference of the two neighbours, over their
# distance:
#
# $$f'(x) \approx \frac{f(x + 1) - f(x - 1)}{2}.$$


# %% tinyml={"objective": "09-edges", "role": "explain"}
def difference(row):
    return (row[2:] - row[:-2]) / 2


def told(slope):
    edge, rest = np.abs(slope[13:25]).max(), np.abs(slope[[*range(8), *range(55, 62)]])
    return f"The edge is {edge / rest.max():,.1f} times the worst of the even ends."


rng = np.random.default_rng(0)
place, unit_noise = np.arange(64), rng.normal(size=64)
clean = 0.25 + 0.3 / (1 + np.exp(-(place - 20) / 0.8))  # dark water, then a deck
clean = clean - 0.3 / (1 + np.exp(-(place - 44) / 0.8))
noisy = clean + 0.06 * unit_noise  # a small camera, little light
fig, axes = plt.subplots(2, 2, figsize=(6.4, 3.8), sharex=True, sharey="row")
for column, row in enumerate((clean, noisy)):
    axes[0, column].plot(place, row, color=BLUE)
    axes[1, column].plot(place[1:-1], difference(row), color=RED)
    axes[0, column].set(title=("without noise", "with noise")[column], ylabel="grey")
    axes[1, column].set(xlabel="pixel", ylabel="difference")
plots.show(fig, alt="A raised row, its slope with two peaks; with noise it is ragged.")

# %% [markdown]
# The derivative finds both ends of the deck, bright side and dark side with opposite
# signs. It also finds the **noise**, and there is more of that: every pixel counts only
# so many grains of light. Noise changes from pixel to pixel, an edge takes a few. So
# average neighbours first: **smoothing**. Near ones should count more than far ones; a
# bell does that, the *Gaussian*, with width $\sigma$:
#
# $$g(x) \propto e^{-x^2 / 2 \sigma^2}.$$


# %% tinyml={"objective": "09-edges", "role": "explore"}
def gaussian(sigma):
    radius = int(np.ceil(3 * sigma))
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-(x**2) / (2 * sigma**2))
    return bell / bell.sum()


def smooth_picture(sigma, noise):
    row, bell = clean + noise * unit_noise, gaussian(max(sigma, 0.1))
    row = np.convolve(np.pad(row, len(bell) // 2, "edge"), bell, "valid")
    fig, (top, low) = plt.subplots(2, figsize=(5.4, 3.6), sharex=True)
    top.plot(place, row, color=BLUE)
    low.plot(place[1:-1], difference(row), color=RED)
    top.set(ylabel="grey", ylim=(0, 0.8))
    low.set(xlabel="pixel", ylabel="difference", ylim=(-0.2, 0.2))
    return fig, told(difference(row))


Explore(
    smooth_picture,
    sigma=Slider(0, 6, 1, 0, "width of the bell (pixels)"),
    noise=Choice([0.02, 0.06, 0.15], 0.06, "noise"),
    look="Smooth until the edges stand out. What happens to them when you go on?",
    alt="A row of grey values and its difference below, for a bell of some width.",
)

# %% [markdown]
# Smoothing weakens noise by averaging it away, and it weakens edges by spreading them
# out. There is a best width in between, and it depends on the noise. And the two steps
# are one: smoothing, then differencing, is one list of weights laid along the row.
# We come back to that.

# %% tags=["hide-input"] tinyml={"objective": "09-edges", "role": "check"}
Check(
    "A row of grey: 10, 10, 10, 50, 50, 50. What is the difference (formula above) at "
    "the *third* pixel, the last 10?",
    answer=20,
    tolerance=0.01,
    mistakes={
        40: "That is the whole jump. How far apart are the two neighbours?",
        0: "The pixel and the one before are alike. The formula looks to both sides.",
        -20: "The size is right. Does the row get brighter or darker to the right?",
        30: "That is the mean of the two neighbours. A slope is a difference.",
    },
    low="Too low. Which are the two neighbours, and how far apart are they?",
    high="Too high. Which are the two neighbours, and how far apart are they?",
    reveal="And the fourth pixel has the same: an edge is two pixels wide here.",
)

# %% [markdown]
# ## Smoothing that stops at edges
#
# A bell averages across an edge as gladly as along it. Better: average only pixels that
# are near *and alike*. Give every pixel five numbers: its row, its column, and how much
# red, green and blue it has. In that space, step from each point to the mean of all
# points within a radius, and again, until nothing moves. That is **mean shift**: each
# point climbs to where points are densest. What meets at one top is one region, and
# the picture has been **segmented** without a single label.


# %% tinyml={"objective": "09-edges", "role": "explain"}
def mean_shift(points, radius, steps=30):
    places = points.copy()
    for _ in range(steps):
        apart = ((places[:, None] - points) ** 2).sum(axis=2)  # (n, n)
        near = (apart <= radius**2).astype(points.dtype)
        places = near @ points / near.sum(axis=1, keepdims=True)
    return places


from sklearn.cluster import MeanShift

crowd = np.vstack([rng.normal(c, 0.4, (40, 2)) for c in ((0, 0), (3, 0), (1, 3))])
ours = np.unique(mean_shift(crowd, 1.2).round(3), axis=0)
theirs = MeanShift(bandwidth=1.2).fit(crowd).cluster_centers_
gap = max(np.linalg.norm(ours - top, axis=1).min() for top in theirs)
plots.say(
    f"120 points in three heaps: {len(theirs)} tops by scikit-learn, each within "
    f"{gap:.3f} of one of ours."
)

# %% [markdown]
# On a photograph (the Summer Palace in Beijing, which comes with scikit-learn), made
# small. Row and column are divided by 40, so that one radius serves all five: 0.2 is
# 8 pixels, or a fifth of the way from no red to full red, or some of each.

# %% tinyml={"objective": "09-edges", "role": "explain"}
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_sample_image

photo = load_sample_image("china.jpg")[60:360, 150:500].astype(np.float32) / 255
photo = gaussian_filter(photo, (3, 3, 0))[4::8, 4::8]  # (h, w, 3)
height, width, _ = photo.shape
rows, columns = np.mgrid[:height, :width]
points = np.dstack([rows / 40, columns / 40, photo]).reshape(-1, 5).astype(np.float32)


def regions(radius):
    tops = mean_shift(points, radius, steps=8)
    names = np.unique((tops / radius).round(), axis=0, return_inverse=True)[1]
    return tops[:, 2:].reshape(photo.shape), names.ravel()


bell = gaussian_filter(photo, (2, 2, 0))
shifted, names = regions(0.2)
fig, axes = plt.subplots(1, 3, figsize=(7, 2.4))
panels = {"photograph": photo, "bell": bell, "mean shift": shifted}
for ax, (title, shown) in zip(axes, panels.items(), strict=True):
    ax.imshow(np.clip(shown, 0, 1))
    ax.set(title=title, xticks=[], yticks=[])
plots.show(fig, alt="A palace: as it is, blurred, and in even patches with sharp rims.")
plots.say(f"{len(points):,} pixels, {names.max() + 1} tops.")

# %% [markdown]
# The bell blurs everything. Mean shift gives even patches that end where the palace
# ends. It pays for that: every pixel looks at *all* others, again and again. On a board
# that is out of question; a bell costs a few multiplications per pixel. So back to
# sums of neighbours with fixed weights.

# %% [markdown]
# ## Convolution
#
# Smoothing, differencing: each new pixel was a weighted sum of its neighbours, with the
# same weights everywhere. In two dimensions the weights are a small table, the
# **kernel** $w$ of $k \times k$ numbers:
#
# $$y_{i,j} = \sum_{a=0}^{k-1} \sum_{b=0}^{k-1} w_{a,b}\; x_{i+a,\,j+b}.$$
#
# Lay it on the picture, multiply what lies on each other, add up, go on by a pixel. By
# hand, with $k = 2$ at one place:
#
# $$\begin{pmatrix} 3&5\\4&9 \end{pmatrix} \text{ under }
# \begin{pmatrix} -1&1\\-1&1 \end{pmatrix} \text{ gives } -3 + 5 - 4 + 9 = 7.$$


# %% tinyml={"objective": "09-convolve", "role": "explain"}
def convolve(image, kernel):
    k = len(kernel)
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            out[i, j] = np.sum(image[i : i + k, j : j + k] * kernel)
    return out


from scipy import signal

kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
ours = convolve(calm, kernel)
theirs = {"correlate2d": signal.correlate2d(calm, kernel, "valid")}
theirs["convolve2d"] = signal.convolve2d(calm, kernel, "valid")
layer = keras.layers.Conv2D(filters=1, kernel_size=3, use_bias=False)
layer.build((None, 64, 64, 1))
layer.set_weights([kernel[:, :, None, None]])  # height, width, channels in, out
theirs["Keras"] = np.asarray(layer(calm[None, ..., None]))[0, ..., 0]
off = [f"{name} {np.abs(y - ours).max():.1g}" for name, y in theirs.items()]
plots.say(f"From {calm.shape} to {ours.shape}. Off by at most: {', '.join(off)}.")

# %% [markdown]
# To mathematicians, *convolution* turns the kernel by half a turn first, as SciPy's
# `convolve2d` does, and what we do is called correlation. Where weights are learned it
# makes no difference, and all of machine learning says convolution without turning.
#
# A layer of Keras has three things more: *several kernels* at once, each giving one
# **channel** of the result; a **bias**, added to each; and where the picture has
# several channels (colours, or what the layer before gave), a kernel has one table for
# each of them and adds them all up.
#
# ## Paint a kernel
#
# What can nine numbers do? Change any of them.

# %% tinyml={"objective": "09-convolve", "role": "explore"}
grey = np.round(255 * photo.mean(axis=2)[:36, :36]).astype(int)
glint = np.round(255 * data.x_train[first("glint", 1, 1), ..., 0]).astype(int)
KERNELS = {
    "leave as it is": [0, 0, 0, 0, 1, 0, 0, 0, 0],
    "mean": [1, 1, 1, 1, 1, 1, 1, 1, 1],
    "bell": [1, 2, 1, 2, 4, 2, 1, 2, 1],
    "across (Sobel)": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
    "down (Sobel)": [-1, -2, -1, 0, 0, 0, 1, 2, 1],
    "spots (Laplace)": [0, -1, 0, -1, 4, -1, 0, -1, 0],
    "sharper": [0, -1, 0, -1, 5, -1, 0, -1, 0],
}
pictures = {"boat": np.round(255 * calm).astype(int), "glint": glint, "palace": grey}
Explore(
    live="kernel",
    data={
        "pictures": [{"name": n, "rows": p.tolist()} for n, p in pictures.items()],
        "kernels": [{"name": n, "kernel": k} for n, k in KERNELS.items()],
    },
    look="Begin with *across*. Make it find edges of another direction. Then make one "
    "that shifts the picture by a pixel and does nothing else.",
    alt="A picture, a kernel of three by three numbers, and the picture it makes.",
)

# %% [markdown]
# Two things to see. When the numbers add up to zero, even places vanish and only
# *change* is left: a detector. When they do not, the picture stays a picture. And
# *across* is nothing new:
#
# $$\begin{pmatrix} -1&0&1\\-2&0&2\\-1&0&1 \end{pmatrix} =
# \begin{pmatrix} 1\\2\\1 \end{pmatrix} \begin{pmatrix} -1&0&1 \end{pmatrix}:$$
#
# a difference to the right, smoothed downwards by a small bell. *Across* and *down*
# together say how steep a place is, whatever the direction: by Pythagoras. That is the
# **Sobel** operator. Written with slices, it does a whole stack of pictures at once.


# %% tinyml={"objective": "09-convolve", "role": "explain"}
def sobel(x):
    across = x[..., 2:] - x[..., :-2]  # derivative
    across = across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]
    down = x[..., 2:, :] - x[..., :-2, :]
    down = down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]
    return np.hypot(across, down)


loops = np.hypot(convolve(calm, kernel), convolve(calm, kernel.T))
fig, axes = plt.subplots(1, 2, figsize=(5.4, 2.7))
for ax, shown, title in zip(axes, (calm, sobel(calm)), ("sea", "steep"), strict=True):
    ax.imshow(shown, cmap="gray")
    ax.set(title=title, xticks=[], yticks=[])
plots.show(fig, alt="A boat on calm water, and its outline as a bright ring.")
off = np.abs(sobel(calm) - loops).max()
plots.say(f"Slices and loops differ by {off:.0e} at most.")

# %% [markdown]
# ## Stride, padding, and what comes out
#
# A kernel of three has no room at the rim, so the result is smaller by two. Who wants
# the old size adds a rim first, mostly of zeros: **padding** $p$ pixels on each side.
# Who wants less work moves the kernel by more than one pixel at a time: the **stride**
# $s$. From a side of $n$ comes
#
# $$m = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1 .$$
#
# ($n + 2p - k$ is how far the kernel can travel; after every $s$ of that it stands
# once more; and it stood once at the start.) Each of the $m^2$ places of each output
# channel costs $k^2$ multiply-accumulates per input channel:
#
# $$\text{MACs} = m^2 \cdot c_{out} \cdot k^2 \cdot c_{in}, \qquad
# \text{weights and biases} = c_{out} \,(k^2 \, c_{in} + 1).$$


# %% tinyml={"objective": "09-shape", "role": "explore"}
def output_side(side, kernel, stride=1, padding=0):
    return (side + 2 * padding - kernel) // stride + 1


def conv_macs(out_side, kernel, channels_in, channels_out):
    return out_side**2 * channels_out * kernel**2 * channels_in


def places_picture(kernel, stride, padding):
    m, (fig, ax) = output_side(8, kernel, stride, padding), plt.subplots(figsize=(4, 4))
    ax.fill([0, 8, 8, 0], [0, 0, 8, 8], color="#cfe3f2")
    middle = np.arange(m) * stride - padding + kernel / 2
    ax.plot(*np.meshgrid(middle, middle), "o", color=BLUE)
    square = kernel / 2 * np.array([[-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1]])
    ax.plot(*(square[..., None] + middle[[0, -1]]), color=RED)  # first and last
    ax.set(xlim=(-3, 11), ylim=(11, -3), aspect="equal", xlabel="pixel", ylabel="pixel")
    return fig, f"{m} by {m} places, {conv_macs(m, kernel, 1, 1)} MACs."


Explore(
    places_picture, kernel=Choice([1, 3, 5], 3, "kernel"),
    stride=Choice([1, 2, 3], 1, "stride"), padding=Choice([0, 1, 2], 0, "padding"),
    look="Red: the first and last place. When does stride 2 leave pixels unseen?",
    alt="Dots where the middle of a kernel stands on 8 by 8 pixels; two red squares.",
)  # fmt: skip

# %% [markdown]
# ## Your turn: stride and padding
#
# Extend `convolve` so that it pads with zeros and takes strides. Two lines change, and
# one is new.


# %% tinyml={"objective": "09-convolve", "role": "exercise"}
def strided(image, kernel, stride=1, padding=0):
    """A picture (h, w), padded with zeros; the kernel moves by `stride` pixels."""
    k = len(kernel)
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            out[i, j] = np.sum(image[i : i + k, j : j + k] * kernel)
    return out


# %% tags=["hide-input"] tinyml={"objective": "09-convolve", "role": "check"}
def test_strided():
    x = np.random.default_rng(7).normal(size=(9, 12))
    w = np.arange(9.0).reshape(3, 3) - 3
    plain = strided(x, w)
    if plain is None:
        return "Nothing comes back. Is there a `return`?"
    if np.shape(plain) != (7, 10) or not np.allclose(plain, convolve(x, w)):
        return "With stride 1 and no padding it should do what `convolve` does."
    full = signal.correlate2d(np.pad(x, 1), w, "valid")
    padded = strided(x, w, 1, 1)
    if np.shape(padded) == (7, 10):
        return "`padding` changes nothing yet. `np.pad(image, padding)` adds a rim."
    if np.shape(padded) != (9, 12) or not np.allclose(padded, full):
        return "Padding by 1 should keep the size, and the rim should be zeros."
    got = strided(x, w, 2, 1)
    if np.shape(got) == (9, 12):
        return "`stride` changes nothing yet: neither the size nor the places."
    if np.shape(got) != (5, 6):
        return "The size with a stride is off. What does the formula say for each side?"
    if not np.allclose(got, full[::2, ::2]):
        return "The size is right. Where does the kernel stand for place (i, j)?"


Check("`strided(image, kernel, stride, padding)` is a convolution.", test=test_strided)

# %% [markdown]
# Now the network that is to find boats. Its first layer: $64 \times 64$ pixels of one
# channel, eight kernels of $3 \times 3$, stride 2, padded so that a side of 64 becomes
# 32. Before you see its bill:

# %% tags=["hide-input"] tinyml={"objective": "09-shape", "role": "predict"}
first_macs = conv_macs(output_side(64, 3, 2, 1), 3, 1, 8)
Predict(
    "How many multiply-accumulates has that layer, for one picture?",
    answer=first_macs,
    explain="32 by 32 places, 8 channels, 9 weights each. A dense layer from the same "
    "4,096 pixels to the same 8,192 numbers would have over 33 million, and as many "
    "weights, where this one has 72 and 8 biases. That is what *the same weights "
    "everywhere* buys.",
)

# %% tinyml={"objective": "09-shape", "role": "explain"}
from tinyml_course import graph

tflite_model = datasets.model_path("boats_cnn").read_bytes()
net = graph.read(tflite_model)
side, channels, lines = 64, 1, []
for op in (op for op in net.operators if op.kind == "conv2d"):
    out_c, k, _, in_c = net.tensors[op.inputs[1]].shape
    stride = op.options["stride_h"]
    side = output_side(side, k, stride, 1)
    macs = conv_macs(side, k, in_c, out_c)
    assert macs == op.macs
    assert net.tensors[op.outputs[0]].shape == (1, side, side, out_c)
    weights = out_c * (k * k * in_c + 1)
    lines.append(
        f"| {in_c} to {out_c} | {stride} | {side} x {side} | {weights:,} | {macs:,} |"
    )
plots.say(
    "| channels | stride | places | weights, biases | MACs by formula = in the file |\n"
    "|---|---|---|---|---|\n" + "\n".join(lines) + f"\n\nThe whole file: {net.macs:,}."
)

# %% [markdown]
# The formula agrees with the file, layer by layer. (Keras pads *unevenly* when the
# stride is 2, one pixel at the lower right and none at the upper left; the count of
# places is the same.) Nearly all of the work is in layers with many channels on both
# sides. Chapter 11 will attack just that.

# %% tags=["hide-input"] tinyml={"objective": "09-shape", "role": "check"}
Check(
    "A picture of 96 x 96 with 3 channels, 16 kernels of 5 x 5, stride 2, padding 2. "
    "How long is a side of the result?",
    answer=48,
    mistakes={
        47: "So often the kernel *moves*. It also stood somewhere before it moved.",
        46: "You left the rim out. How far can the kernel travel with it?",
        96: "That would be stride 1.",
        92: "No rim, and stride 1?",
        49: "Half a place does not count: round down before you add one.",
        50: "Half of what is there with the rim. The kernel itself takes room, too.",
    },
    low="Too few. The kernel travels over 96 + 4 - 5 pixels. And where did it begin?",
    high="Too many. The kernel travels over 96 + 4 - 5 pixels, two at a time.",
    reveal="And the channels of the picture have no say in that.",
)

# %% [markdown]
# ## Motion
#
# Two frames, a moment apart. What moved, and how far? Assume that a point keeps its
# grey when it moves by $u$ to the right and $v$ downwards. For a small step the change
# is slope times step (chapter 03):
#
# $$f_x\, u + f_y\, v = f_{before} - f_{after}.$$
#
# The derivatives $f_x, f_y$ you can compute. One equation, two unknowns: one pixel
# cannot tell. But its neighbours move along, so a window of $15 \times 15$ pixels gives
# 225 equations for the same two unknowns. That is **least squares**, chapter 02, and
# the method is that of Lucas and Kanade (1981). The two eigenvalues of $A^T A$ say how
# firmly two directions are held: a small one means that along it nothing is known.
# (`pinv` is least squares that sets to zero what nothing is known about.)
#
# Try it where the truth is known: a coast, drawn once, photographed twice from a
# satellite that has moved on by a part of a pixel, with new noise each time.


# %% tinyml={"objective": "09-motion", "role": "explain"}
def lucas_kanade(before, after, row, column, half=7):
    window = np.s_[row - half : row + half + 1, column - half : column + half + 1]
    down, right = np.gradient((before + after) / 2)
    A = np.column_stack([right[window].ravel(), down[window].ravel()])  # (pixels, 2)
    b = (before - after)[window].ravel()
    return np.linalg.pinv(A, rcond=0.02) @ b, np.linalg.eigvalsh(A.T @ A)


from scipy.ndimage import shift

wide = datasets.boats.generate(1, 2105, scenes=("coast",), size=96)["x"][0, ..., 0]
wide, true = gaussian_filter(wide, 1), (0.7, -0.4)  # to the right, down
frames = [wide[12:84, 12:84], shift(wide, true[::-1])[12:84, 12:84]]
before, after = (gaussian_filter(f + rng.normal(0, 0.01, f.shape), 1) for f in frames)
spots = np.array([(i, j) for i in range(8, 66, 9) for j in range(8, 66, 9)])
motion, held = np.swapaxes([lucas_kanade(before, after, *p) for p in spots], 0, 1)
sure = held[:, 0] > np.median(held[:, 0])
fig, ax = plt.subplots(figsize=(4.4, 4.2))
ax.imshow(before, cmap="gray")
look = {"color": np.where(sure, BLUE, RED), "angles": "xy", "scale": 12}
ax.quiver(*spots[:, ::-1].T, *motion.T, **look)
ax.set(xticks=[], yticks=[], title="blue: held firmly; red: not")
plots.show(fig, alt="A coast with arrows; firm ones agree, those on water differ.")
off = [np.median(np.linalg.norm(motion - true, axis=1)[rows]) for rows in (sure, ~sure)]
plots.say(f"Pixels off (median): held firmly **{off[0]:.2f}**, others {off[1]:.2f}.")

# %% [markdown]
# ## What a small window cannot see
#
# Why do some windows fail? Noise is one reason. The other has no cure: look through a
# small hole, an **aperture**, at a straight edge. When it slides along itself, nothing
# changes. Below, one corner of a quay moves; you choose through which hole to look.


# %% tags=["hide-input"] tinyml={"objective": "09-motion", "role": "explore"}
def quay(right, down):
    deck = np.outer(*(1 / (1 + np.exp(20 + by - place)) for by in (down, right)))
    noise = np.random.default_rng(int(100 * right)).normal(0, 0.002, deck.shape)
    return 0.7 * deck + noise  # new noise in each frame


def hole_picture(hole, half):
    row, column = {"a corner": (20, 20), "an edge": (34, 20)}.get(hole, (46, 46))
    seen = lucas_kanade(quay(0, 0), quay(0.8, 0.6), row, column, half)[0]
    fig, ax = plt.subplots(subplot_kw={"xticks": [], "yticks": []})
    ax.imshow(quay(0, 0), cmap="gray")
    frame = half * np.array([[-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1]])
    ax.plot(column + frame[0], row + frame[1], color=BLUE)
    for arrow, hue in (((0.8, 0.6), GREY), (seen, RED)):
        ax.quiver(column, row, *arrow, color=hue, angles="xy", scale=4, width=0.012)
    return fig, f"Seen {seen[0]:.2f} right, {seen[1]:.2f} down; true 0.80 and 0.60."


Explore(
    hole_picture,
    hole=Choice(["a corner", "an edge", "the middle"], "a corner", "look at"),
    half=Choice([3, 7, 15], 3, "half of the window (pixels)"),
    look="Grey: true, red: measured. What is lost on the edge? Widen. In the middle?",
    alt="A bright quay, a window on it, and two arrows: true and measured motion.",
)

# %% [markdown]
# Only the part *across* the edge can be seen: that is the **aperture problem**. In the
# middle of the deck there is only noise, and the arrow means nothing. A wider
# window helps once it has a corner in it, and then it must trust that everything in it
# moves alike. And a motion of many pixels breaks *slope times step*: then one begins
# with pictures made small, and refines.

# %% tags=["hide-input"] tinyml={"objective": "09-motion", "role": "check"}
Check(
    "A long straight pier lies from left to right. From one frame to the next it has "
    "moved 2 pixels to the right and 1 down. What can a small window on its edge "
    "measure?",
    options=["1 down", "2 right and 1 down", "2 right", "nothing"],
    answer="1 down",
    mistakes={
        "2 right and 1 down": "Would a pier that moved 5 to the right look different "
        "through that window?",
        "2 right": "Along the pier every place looks like the next. Which motion "
        "changes what is in the window?",
        "nothing": "In the middle of an even deck, yes. Here there is an edge.",
    },
    reveal="Across the edge, nothing else: the small eigenvalue belongs to the rest.",
)

# %% [markdown]
# ## Boats: the edge detector
#
# Back to the satellite. A boat is an edge on the water: smooth, apply Sobel, count the
# pixels steeper than a threshold, and say *boat* when they are many. Three numbers to
# tune. As chapter 08 demands: on training rows only, and a number of trials fixed
# beforehand.


# %% tinyml={"objective": "09-boats", "role": "explain"}
def edge_pixels(x, smooth, threshold):
    steep = sobel(gaussian_filter(x, (0, smooth, smooth)))
    return np.sum(steep > threshold, axis=(1, 2))


def best_count(counts, y):
    tries = np.unique(np.quantile(counts, np.linspace(0, 1, 60)).astype(int))
    return max(tries, key=lambda least: np.mean((counts >= least) == y))


def tune_edges(x, y):
    def trial(choice):
        counts = edge_pixels(x, *choice)
        least = best_count(counts, y)
        return np.mean((counts >= least) == y), *choice, least

    return max(trial((s, t)) for s in (0.5, 1, 1.5) for t in (0.1, 0.2, 0.4, 0.8))[1:]


calm_train, calm_test = data.scene_train == "calm", data.scene_test == "calm"
*calm_best, calm_least = tune_edges(x_train[calm_train], y_train[calm_train])
calm_said = edge_pixels(x_test[calm_test], *calm_best) >= calm_least
calm_right = np.mean(calm_said == y_test[calm_test])
plots.say(f"Tuned on calm water, in twelve trials: **{calm_right:.1%}** right there.")

# %% [markdown]
# On calm water nobody needs a network. But it is not always calm. Tune it anew, on
# the hard scenes (waves, glint, cloud, coast), with the same twelve trials.

# %% tags=["hide-input"] tinyml={"objective": "09-boats", "role": "predict"}
hard_train, hard_test = ~calm_train, ~calm_test
smooth, threshold, least = tune_edges(x_train[hard_train], y_train[hard_train])
said = edge_pixels(x_test, smooth, threshold) >= least
edges_right = said == y_test
Predict(
    f"On calm water {100 * calm_right:.0f} of 100 were right. On hard scenes, tuned "
    "for them, how many of 100?",
    answer=round(100 * edges_right[hard_test].mean()),
    unit="of 100",
    explain="A coin has 50. Every one of these scenes is full of edges.",
)

# %% tinyml={"objective": "09-boats", "role": "explain"}
fig, axes = plt.subplots(2, 4, figsize=(7, 3.8))
for j, scene in enumerate(SCENES[1:]):
    row = first(scene, 0, 1)  # no boat in any of them
    axes[0, j].imshow(x_train[row], **SEA)
    axes[1, j].imshow(sobel(gaussian_filter(x_train[row], calm_best[0])) > calm_best[1])
    axes[0, j].set(title=scene)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
plots.show(fig, alt="Four empty scenes; below, steep pixels: crests, sparks, rims.")
rights = [np.mean(edges_right[data.scene_test == scene]) for scene in SCENES[1:]]
shares = [f"{scene} {100 * r:.0f}" for scene, r in zip(SCENES[1:], rights, strict=True)]
boat_found = edges_right[hard_test & (y_test == 1)].mean()
plots.say(
    f"Tuned for hard scenes (steeper than {threshold}, not {calm_best[1]}) it is "
    f"right, of 100: {', '.join(shares)}. It finds {boat_found:.0%} of the boats there."
)

# %% [markdown]
# No boat in any of them. Yellow is what the detector that was tuned on calm water takes
# for steep. Tuned for hard scenes it asks for steeper places, and then misses boats.
# Either way it asks *how much* edge there is. What makes a boat is *which* edges lie
# together: two long sides, a bow, perhaps a wake behind.

# %% [markdown]
# ## Second try: numbers somebody thought of
#
# Be fair to the old way. Give it more to go by: how grey is spread, how steepness is
# spread, and whether the steepest *cell* stands out against the others. That makes 24
# **features**; with their squares and products, a logistic regression (chapter 04)
# weighs them. (Smoothing, cell and penalty are those that won twelve trials on
# other scenes, in the study below.)


# %% tinyml={"objective": "09-boats", "role": "explain"}
def features(x, smooth, cell):
    steep = sobel(gaussian_filter(x, (0, smooth, smooth)))[:, 1:-1, 1:-1]  # (n, 60, 60)
    side = 60 // cell
    cells = steep.reshape(len(x), side, cell, side, cell).mean(axis=(2, 4))
    shares = np.linspace(0, 1, 8)
    parts = x.reshape(len(x), -1), steep.reshape(len(x), -1), cells.reshape(len(x), -1)
    return np.vstack([np.quantile(part, shares, axis=1) for part in parts]).T


from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

weigher = make_pipeline(
    *(StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler()),
    LogisticRegression(C=0.3, max_iter=2000, tol=1e-3),
).fit(features(x_train, 0.5, 6), y_train)
p_features = weigher.predict_proba(features(x_test, 0.5, 6))[:, 1]
features_right = (p_features >= 0.5) == y_test
plots.say(
    f"Calm: {features_right[calm_test].mean():.1%} right. "
    f"Hard: **{features_right[hard_test].mean():.1%}**."
)

# %% [markdown]
# Somebody thought for an hour about these features, somebody else would think of
# better ones. But *which edges lie together* is hard to write down.
#
# ## Third try: kernels that are learned
#
# A kernel of nine numbers can find an edge. Kernels on top of *its* result can find
# edges that lie together, and so on: convolutions in layers, each weight learned by
# descent (chapter 10 is about such networks). At the end the largest value of each
# channel, wherever it is: *is it anywhere?* is the question, not where.

# %% tinyml={"objective": "09-boats", "role": "explain"}
from keras.layers import BatchNormalization, Conv2D, Dense, ReLU, Softmax


def tiny_cnn():
    layers = [keras.Input((64, 64, 1))]
    for channels, stride in ((8, 2), (16, 2), (24, 2), (24, 1)):
        layers += [
            Conv2D(channels, 3, stride, padding="same", use_bias=False),
            BatchNormalization(momentum=0.9),
            ReLU(),
        ]
    layers += [keras.layers.GlobalMaxPooling2D(), Dense(2), Softmax()]
    return keras.Sequential(layers)


shelf = datasets.folder("boats_cnn")
model = keras.saving.load_model(shelf / "model.keras")
assert model.count_params() == tiny_cnn().count_params()
scores = model.predict(data.x_test, batch_size=200, verbose=0)  # (800, 2)
cnn_right = scores.argmax(axis=1) == y_test
plots.say(
    f"{model.count_params():,} parameters. Calm: {cnn_right[calm_test].mean():.1%} "
    f"right. Hard: **{cnn_right[hard_test].mean():.1%}**."
)

# %% [markdown]
# That would take minutes to train, so it was **trained beforehand**, by the recipe
# `datasets/boats_cnn/make.py`: scenes drawn anew, none of them in our data; each met
# in a mirror drawn by chance, because a boat in a mirror is a boat. *Batch
# normalization* takes from each channel its mean over the batch, divides by its
# spread, and learns a new spread and mean. It helps deep networks to train, and
# vanishes into the weights afterwards (the converter folds it in). To answer, it takes
# averages gathered while it learned; `momentum` says how slowly they follow: with the
# usual 0.99 a short training ends before they have arrived.

# %% [markdown]
# ## Is the comparison fair?
#
# One test, one network: luck? The network had seen twelve times as many scenes as the
# features. And was as much care spent on the old methods? The recipe is a small study,
# and its rules were set first. The scenes' generator and the seeds were fixed before
# any detector was tried. Three seeds, each with 24,000 scenes
# to learn from and 2,000 others to be tested on, the same for all (the edge detector,
# with three numbers to learn, looks at 3,000). The edge detector had twelve trials *per
# seed* for calm water and twelve for hard scenes (it may know which it is); the
# features had twelve per seed; the network six in all, on a fourth seed, and then more
# scenes and epochs. What came out is read from the file that the recipe wrote.
#
# Each difference has its interval: about two standard errors (chapter 08) to each
# side, of a *paired* difference, in which only patches count on which the two disagree.

# %% tinyml={"objective": "09-boats", "role": "explain"}
import json

study = json.loads((shelf / "study.json").read_text())
together, names = study["together"], ("edges", "features", "cnn")
head = (
    "| hard, seed | edges | features | network | ahead of edges, points | of features |"
)
lines = [head, "|---" * 6 + "|"]
for seed, found in [*study["seeds"].items(), ("all", together)]:
    ahead = [found["hard"][f"cnn - {name}"] for name in names[:2]]
    assert min(low for _, low, _ in ahead) > 0.05
    cells = [f"{found['hard'][name]:.1%}" for name in names]
    cells += ["{:.1f} ({:.1f} to {:.1f})".format(*(100 * v for v in a)) for a in ahead]
    lines.append(f"| {seed} | " + " | ".join(cells) + " |")
calm_shares = ", ".join(f"{together['calm'][name]:.1%}" for name in names)
plots.say("\n".join(lines) + f"\n\nCalm, all seeds, same order: {calm_shares}.")
fig, ax = plt.subplots(figsize=(6, 3.2))
for at, (name, hue) in enumerate(zip(names, (GREY, RED, BLUE), strict=True)):
    shares = [100 * together[scene][name] for scene in SCENES]
    ax.bar(np.arange(5) + 0.27 * (at - 1), shares, 0.25, color=hue)
ax.set(xticks=range(5), xticklabels=SCENES, ylabel="right (of 100)", ylim=(40, 100))
ax.legend(["edges", "features", "network"], loc="upper right", ncols=3)
plots.show(fig, alt="Bars: all near 100 on calm water; elsewhere the network is ahead.")

# %% [markdown]
# On calm water the network is not needed. On hard scenes it is ahead of both, and on
# every seed the interval of its advantage lies above five points. Is it good? It
# misses many a boat. Wooden hulls are smaller and fainter, as the card of the data
# says; look for yourself at some it missed, and judge whether you would have seen them.


# %% tinyml={"objective": "09-boats", "role": "explain"}
def sent_for_nothing(score, recall):
    limit = np.quantile(score[y_test == 1], 1 - recall, method="lower")
    return np.mean(score[y_test == 0] >= limit)


counts = np.where(  # steep pixels, against those it asks for on such a sea
    hard_test,
    edge_pixels(x_test, smooth, threshold) / least,
    edge_pixels(x_test, *calm_best) / calm_least,
)
say_boat = {"edges": counts, "features": p_features, "network": scores[:, 1]}
missed = np.flatnonzero(hard_test & (y_test == 1) & ~cnn_right)[:8]
fig, axes = plt.subplots(2, 4, figsize=(6.6, 3.6))
for ax, row in zip(axes.flat, missed, strict=True):
    ax.imshow(x_test[row], **SEA)
    x0, y0, x1, y1 = np.clip(data.box_test[row] + [-3, -3, 2, 2], 0, 63)
    ax.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=RED, lw=1.2)
    ax.set(title=data.hull_test[row], xticks=[], yticks=[])
plots.show(fig, alt="Eight hard scenes with a boat in a frame that the network missed.")
found = {
    hull: np.mean(cnn_right[hard_test & (data.hull_test == hull)])
    for hull in ("steel", "wood")
}
plots.say(f"On hard scenes it finds {found['steel']:.0%} of steel hulls and "
          f"{found['wood']:.0%} of wooden ones.")  # fmt: skip

# %% [markdown]
# Who fishes from small wooden boats, and who from large steel ones? The errors of a
# model are not spread evenly over people; chapter 12 takes that up.
#
# ## What to send
#
# *Accuracy* counts empty and boat alike. The satellite's question is another: to find
# so many of the boats, how many empty patches must be sent along? In our data half of
# the patches have a boat. At sea it may be one in a hundred, and then most of
# what is sent is empty. Each detector can be made bolder or shyer by its threshold. The
# edge detector may know again whether the sea is calm; patches without a steep pixel
# it cannot tell apart, so its curve ends in a jump.


# %% tags=["hide-input"] tinyml={"objective": "09-boats", "role": "explore"}
PASS, WITH_BOAT, BITS = 10_000, 100, 64 * 64 * 5  # patches; of these; bits of each


def send_picture(recall, detector):
    wanted, (fig, ax) = np.linspace(5, 99, 60), plt.subplots(figsize=(5.4, 3.5))
    for (name, score), hue in zip(say_boat.items(), (GREY, RED, BLUE), strict=True):
        share = [100 * sent_for_nothing(score, w / 100) for w in wanted]
        ax.plot(share, wanted, color=hue, lw=1 + 2 * (name == detector))
    share = sent_for_nothing(say_boat[detector], recall / 100)
    ax.plot(100 * share, recall, "o", ms=11, color="black")
    ax.set(xlabel="empty patches sent (of 100)", ylabel="boats found (of 100)")
    sent = recall / 100 * WITH_BOAT + share * (PASS - WITH_BOAT)
    return fig, f"It sends {sent:,.0f} patches, {sent * BITS / 8e6:.1f} MB."


Explore(
    send_picture,
    recall=Slider(40, 95, 5, 70, "boats to be found (of 100)"),
    detector=Choice(list(say_boat), "edges", "detector"),
    look="Grey: edges, red: features, blue: network. What does the last tenth cost?",
    alt="Boats found against empty patches sent, a curve for each detector.",
)

# %% tags=["hide-input"] tinyml={"objective": "09-boats", "role": "check"}
Check(
    "Of 10,000 patches 100 have a boat. A detector finds 80 of 100 boats, and takes 10 "
    "of 100 empty patches for boats. How many patches does the satellite send?",
    answer=1070,
    mistakes={
        80: "Those are the hits. What else does it send?",
        990: "Those are sent for nothing. And the boats?",
        1080: "The 10 of 100 hold for empty patches only. How many are empty?",
        1000: "The 10 of 100 hold for empty patches only. And the boats?",
        8000: "It does not send 80 of 100 *patches*. Which of them have a boat?",
        9000: "It does not send 90 of 100. Which patches does each figure speak of?",
    },
    low="Too few. Count what it sends with a boat, and what it sends without.",
    high="Too many. Count what it sends with a boat, and what it sends without.",
    reveal="And 990 of them for nothing. Still it is a ninth of everything.",
)

# %% [markdown]
# ## On the board
#
# Our board stands in for the computer of a small satellite. Int8, as in chapter 08.
# First: does it cost accuracy? The two models answer the same 800 patches, so compare
# them in pairs, as above. (Were the loss above one point, we would train on with
# rounding in the loop. It is not.)

# %% tinyml={"objective": "09-boats", "role": "explain"}
from tinyml_course import report, train, verify

marks = net.tensors[net.inputs[0]].quantize(data.x_test)
int8_right = graph.invoke(net, marks).argmax(axis=1) == y_test
paired = train.paired_difference(cnn_right, int8_right)
assert paired.difference > -0.01
bill = report.bench(tflite_model, marks[:4])
proof = verify.verify(tflite_model, marks[:4])
plots.say(
    f"Float {cnn_right.mean():.1%}, int8 {int8_right.mean():.1%}: {paired}. Of "
    f"{proof['outputs']} bytes of four patches {proof['mismatches']} differ between "
    f"TFLM, NumPy, C here and C on the board. Flash {bill['flash_bytes']:,} of "
    f"{board.flash_bytes:,} bytes, RAM {bill['ram_bytes']:,} of {board.ram_bytes:,} "
    f"(arena {bill['arena_bytes']:,}); fits: {bill['fits']}. A patch takes "
    f"{bill['latency_ms']:.0f} ms and {bill['energy_uj'] / 1000:.2f} mJ (estimated), "
    f"10,000 patches {bill['latency_ms'] / 6:.0f} minutes."
)

# %% [markdown]
# ## What it saves
#
# Put the two prices beside each other. Sending costs energy per bit, thinking costs
# energy per patch:
#
# $$E_{all} = N\, b\, e, \qquad E_{filtered} = N\, E_{infer} + N_{sent}\, b\, e .$$
#
# $b$ are the bits of a patch, and $e = P / R$ is a radio's power over its rate. Our
# inputs are *assumptions*, of the size of a small satellite's radio: change them. Each
# detector is as it was tuned above; 70 of 100 boats are to be found.


# %% tinyml={"objective": "09-boats", "role": "exercise"}
def budget(watts=8.0, bits_per_second=1e6, recall=0.7):
    lines = [
        "| sent | patches | radio on | radio (J) | thinking (J) |",
        "|---" * 5 + "|",
    ]
    for name in ("everything", *say_boat):
        sent, think = PASS, "0"
        if name in say_boat:
            share = sent_for_nothing(say_boat[name], recall)
            sent = recall * WITH_BOAT + share * (PASS - WITH_BOAT)
            think = "not counted"
        if name == "network":
            think = f"{PASS * bill['energy_uj'] / 1e6:.1f}"
        seconds = sent * BITS / bits_per_second
        line = f"| {name} | {sent:,.0f} | {seconds:.0f} seconds "
        lines.append(line + f"| {seconds * watts:,.0f} | {think} |")
    return "\n".join(lines)


plots.say(budget())
thinks, sends = bill["energy_uj"] / 1e6, BITS * 8 / 1e6
plots.say(
    f"To think about a patch costs {1000 * thinks:.2f} mJ, to send it "
    f"{1000 * sends:.0f} mJ: **{sends / thinks:.0f} times** as much."
)

# %% [markdown]
# Computing is far cheaper than sending, so it pays to think before one speaks. That is
# true of most small devices with a radio. But look at the second column, too: what is
# not sent is lost. Who sets the threshold decides which boats nobody will see.
#
# ## On your own
#
# 1. Give the old way another chance: finer thresholds, more trials, features of your
#    own (the steepest *cell*, bright spots of a boat's size). How far does that carry?
# 2. Set `watts` and `bits_per_second` to a radio you know (a slow one sends a few
#    thousand bits a second). A ground station sees the satellite for some ten minutes:
#    who gets everything down in that time?
# 3. In `lucas_kanade`, move the frames by 3 pixels instead of 0.7. Where does it break,
#    and what if you smooth both with a wider bell first?
# 4. The scenes come from two regions (`data.region_train`, `data.region_test`: north,
#    tropics). Fit `weigher` on one, and test it on both. What is lost abroad?
#
# ## What you have done
#
# * You **found** edges as steep places, and saw smoothing trade noise against them;
#   mean shift smoothed without crossing them.
# * You **coded** convolution with loops, equal to SciPy and Keras, and gave it stride
#   and padding.
# * You **counted** shapes and MACs by formula, equal to those in a compiled file.
# * You **measured** motion by least squares, and met the aperture problem.
# * You **compared** two tuned edge detectors with a tiny network over three seeds: not
#   needed on calm water, well ahead elsewhere; on the board it decides what is sent.
#
# **The idea to keep:** the same small table of weights, laid everywhere, finds a thing
# wherever it is; what the table should be, descent can find.
#
# **Next:** what is inside a network of such layers, and how large they grew: chapter
# 10, *Convolutional networks*.
#
# (The ten patches: the boat is in the upper row for calm, glint and cloud, in the lower
# one for waves and coast.)
#
# ## Sources
#
# * *CS249r: Tiny Machine Learning*, Harvard (2020): boats, edges, smoothing, and the
#   satellite that sends only what matters.
# * I. Sobel and G. Feldman, "A 3x3 Isotropic Gradient Operator for Image Processing"
#   (talk, 1968; in R. Duda and P. Hart, *Pattern Classification and Scene Analysis*,
#   1973).
# * D. Comaniciu and P. Meer, "Mean Shift: A Robust Approach Toward Feature Space
#   Analysis", *IEEE TPAMI* 24 (2002).
# * B. D. Lucas and T. Kanade, "An Iterative Image Registration Technique with an
#   Application to Stereo Vision", *IJCAI* (1981).
# * S. Ioffe and C. Szegedy, "Batch Normalization", *ICML* (2015).
# * A. Agresti and Y. Min, "Simple Improved Confidence Intervals for Comparing Matched
#   Proportions", *Statistics in Medicine* 24 (2005): the intervals.
# * B. Denby and B. Lucia, "Orbital Edge Computing: Nanosatellite Constellations as a
#   New Class of Computer System", *ASPLOS* (2020): why small satellites must filter.
# * Photograph: the Summer Palace in Beijing, from scikit-learn's sample images (CC BY).
