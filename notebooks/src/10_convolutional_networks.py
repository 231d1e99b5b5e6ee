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

# %% [markdown] tinyml={"objectives": ["10-share","10-table","10-forward","10-blocks","10-budget"]}
# # Convolutional networks
#
# Here is a page of handwritten digits, put together from many people's. At the end of
# this chapter a network of six thousand numbers reads it, each line in one go. It will
# never have been shown a line: only small squares, cut out. It works because of one
# decision, taken before any training: what is learned in one place is known in all.
#
# **You will**
#
# * **count** the weights that sharing saves;
# * **write** the table of shapes, parameters and values of any network, and find a
#   mistake in a published one;
# * **compute** a network's answer with chapter 09's convolution, and see what its
#   filters have learned;
# * **build** the blocks of the famous networks, and recompute what those need;
# * **fit** a network into the board's flash and RAM, and ship it.
#
# **You need** chapters 06 to 09. About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "10-share", "role": "explain"}
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from tinyml_course import boards, datasets, graph, plots, train
from tinyml_course.scratch import convnet, reading
from tinyml_course.scratch.logistic import softmax
from tinyml_course.scratch.vision import convolve
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
digits, board = datasets.load("digits"), boards.get("nano33")
x_train, y_train = digits.x_train[..., 0], digits.y_train  # (n, 8, 8)
x_test, y_test = digits.x_test[..., 0], digits.y_test
rng = np.random.default_rng(10)
texts = ["".join(map(str, rng.integers(0, 10, 7))) for _ in range(14)]
written = [reading.write(text, x_test, y_test, rng) for text in texts]
lines = np.array([line for line, _ in written])  # (14, 16, 96)
page = np.hstack([np.vstack(lines[:7]), np.vstack(lines[7:])])
fig, ax = plt.subplots(figsize=(6, 3.6))
ax.imshow(page, cmap="Greys")
ax.axis("off")
plots.show(fig, alt="A page of handwritten digits, seven lines in two columns.")

# %% [markdown]
# ## What a dense network does not know
#
# Train a dense network as in chapter 08, with 32 hidden neurons, on pictures of eight
# by sixteen pixels. In each there is a digit on the left, and the right half is empty.
# It reads well. Then we move the digits of the test set into the right half. Nothing
# else changes.

# %% tags=["hide-input"] tinyml={"objective": "10-share", "role": "predict"}
import warnings

from sklearn.neural_network import MLPClassifier


def on_a_canvas(x, left, height=8, width=16):
    sides = ((height - 8) // 2,) * 2, (left, width - 8 - left)
    return np.pad(x, ((0, 0), *sides))


dense = MLPClassifier((32,), learning_rate_init=0.003, max_iter=20, random_state=0)
with warnings.catch_warnings(action="ignore"):  # that it could go on
    dense.fit(on_a_canvas(x_train, 0).reshape(-1, 128), y_train)
dense_right = [
    dense.score(on_a_canvas(x_test, left).reshape(-1, 128), y_test) for left in (0, 8)
]
Predict(
    f"On the left it reads {100 * dense_right[0]:.0f} of 100 digits. And on the right?",
    answer=round(100 * dense_right[1]),
    unit="of 100",
    explain="About what guessing would give. The weights of the right half have only "
    "ever seen empty paper. For a dense network a pixel has no place and no "
    "neighbours; it is a column of a table, as good as any other.",
)

# %% [markdown]
# A larger training set, with digits everywhere, would mend it, at a price: the network
# would have to learn each digit once for each place. We know better than that.
#
# ## Look near, look everywhere the same
#
# Two demands mend it. A neuron should look at a few pixels *near* one another, because
# strokes and edges are small. And all neurons of a kind should look *in the same
# way*, because a stroke is a stroke wherever it is. That is chapter 09's convolution:
# one small filter, moved over the picture. Only that now nobody writes the numbers of
# the filter down. They are weights, and are learned.

# %% [markdown]
# To see what is saved, write it as a layer of chapter 06, $y = Wx$. For a row of
# twelve pixels and a filter of three, $W$ is a band with the same three numbers in
# each row.

# %% tinyml={"objective": "10-share", "role": "explain"}
rng = np.random.default_rng(0)
full, bell = rng.normal(size=(12, 12)), np.array([0.5, 1.0, -0.7])
near = np.abs(np.subtract.outer(range(12), range(12))) <= 1
same = sum(w * np.eye(12, k=k) for w, k in zip(bell, (-1, 0, 1), strict=True))
row = rng.normal(size=12)
padded = np.pad(row, 1)
moved = [bell @ padded[i : i + 3] for i in range(12)]  # the filter, moved along
assert np.allclose(same @ row, moved)

fig, axes = plt.subplots(1, 3, figsize=(6, 2.5))
titles = "dense: 144", f"near: {near.sum()}", "near and the same: 3"
for ax, matrix, title in zip(axes, (full, full * near, same), titles, strict=True):
    ax.imshow(matrix, cmap="PuOr", vmin=-2, vmax=2)
    ax.set(title=title, xticks=[], yticks=[], xlabel="pixel in")
axes[0].set(ylabel="value out")
plots.show(
    fig,
    alt="Three square matrices: full of different colours; only a band of different "
    "colours; and a band that repeats the same three colours in each row.",
)

# %% [markdown]
# Twelve times twelve weights, then a band of them, then three. The picture gets larger
# and the three stay three.
#
# Real pictures have **channels**: red, green, blue at first; after the first layer,
# one for each filter, its **map**. A filter looks at *all* channels of its little
# square, so it has $k \times k \times c_{in}$ weights and one bias. With $n$ filters:
#
# $$(k\,k\,c_{in} + 1)\,n.$$
#
# How does that compare with a dense layer for a picture of 32x32 pixels in three
# colours, to 16 maps of the same size?

# %% tinyml={"objective": "10-share", "role": "explain"}
from math import prod  # the product of all numbers of a list


def conv_parameters(k, c_in, filters):
    return (k * k * c_in + 1) * filters


inputs, outputs = 32 * 32 * 3, 32 * 32 * 16
as_dense, as_conv = (inputs + 1) * outputs, conv_parameters(5, 3, 16)
plots.say(
    f"Dense {as_dense:,}, each neuron with its own 5x5 window "
    f"{(5 * 5 * 3 + 1) * outputs:,}, convolution **{as_conv:,}**. A dense layer has "
    f"{as_dense / as_conv:,.0f} times as many."
)

# %% tags=["hide-input"] tinyml={"objective": "10-share", "role": "check"}
Check(
    "A layer of 24 filters, 3x3, looks at 8 maps of 64x64. How many parameters has it?",
    answer=1752,
    mistakes={
        240: "Nine weights and a bias for each filter: that would do for one map. "
        "At how many does it look?",
        216: "Nine weights for each filter? At how many maps does it look?",
        1728: "The weights, yes. What else has a neuron?",
        1920: "A bias for each pair of map and filter? A filter adds up all that it "
        "sees and then adds one number.",
        7176192: "The size of the picture plays no part. Which numbers are shared?",
        73: "Right for one filter. And there are how many?",
    },
    low="Too few. A filter has a weight for each pixel of its square, in each map, "
    "and a bias.",
    high="Too many. The filter is the same at each place of the picture.",
    reveal="9 · 8 + 1 for each of 24 filters. For pictures of any size.",
)

# %% [markdown]
# ## The classical network
#
# The network that started it all (LeCun and others, from 1989) alternates two steps.
# **Convolution** with ReLU finds things. **Pooling** keeps the largest value of each
# 2x2 square: *somewhere here it was found*, never mind where exactly. Halved twice,
# the maps are small, and two dense layers decide. A lecture of Doulos draws it for
# small colour pictures, down to ten classes; below is the network of its slide.
#
# What does it cost? Three numbers for each layer, and all follow from shapes.
# **Parameters** are stored in flash. **Values** (activations) are what the layer says;
# they have to be kept in RAM until the next layer has read them. **MACs** are work: in
# a convolution or dense layer each number of the kernel is used once at each place of
# the output.


# %% tinyml={"objective": "10-table", "role": "explain"}
def classical(k=5, side=32):
    same = {"padding": "same", "activation": "relu"}
    net = keras.Sequential([keras.Input((side, side, 3))])
    net.add(layers.Conv2D(16, k, **same, name="conv1"))
    net.add(layers.MaxPooling2D(name="pool1"))
    net.add(layers.Conv2D(32, k, **same, name="conv2"))
    net.add(layers.MaxPooling2D(name="pool2"))
    net.add(layers.Flatten(name="flatten"))
    net.add(layers.Dense(128, activation="relu", name="dense1"))
    net.add(layers.Dense(10, activation="softmax", name="dense2"))
    return net


def values(tensor):
    return prod(tensor.shape[1:])  # without the batch


def macs(layer):
    kernels = [w for w in layer.weights if len(w.shape) > 1]
    kind = type(layer).__name__
    if kernels and ("Transpose" in kind or not ("Conv" in kind or "Dense" in kind)):
        return None  # the rule does not hold there: not known
    places = prod(layer.output.shape[1:-1])
    return places * sum(prod(w.shape) for w in kernels)


# %% [markdown]
# Now the table, for *any* Keras model: layer by layer, also through a model inside the
# model, and from shapes only. Keras has a counter of parameters of its own to hold it
# against. Then the slide: its shapes and values are all as ours, and these are its
# parameters beside ours.


# %% tinyml={"objective": "10-table", "role": "explain"}
from tinyml_course.scratch import shapes


def layer_table(model):
    rows = [("input", "", t.shape[1:], 0, values(t), 0) for t in model.inputs]
    for layer in model.layers:
        if hasattr(layer, "layers"):  # a model inside the model
            rows += layer_table(layer)[1:]
        elif type(layer).__name__ != "InputLayer":
            shape, size = layer.output.shape[1:], values(layer.output)
            parameters = sum(prod(w.shape) for w in layer.weights)
            kind = type(layer).__name__
            rows.append((layer.name, kind, shape, parameters, size, macs(layer)))
    return rows


table = layer_table(classical())
assert sum(row[3] for row in table) == classical().count_params()  # Keras agrees
plots.say(shapes.table_text(table))
slide = {"conv1": 416, "conv2": 832, "dense1": 262_272, "dense2": 1_290}
text = "| layer | the slide | our table |\n|---|--:|--:|"
for name, _, _, parameters, *_ in table:
    if name in slide:
        text += f"\n| {name} | {slide[name]:,} | {parameters:,} |"
plots.say(text)

# %% [markdown]
# The first two differ, and Keras is on our side. The slide was shown to many
# engineers. Which question to ask: what *would* have to be true for its numbers to be
# right? Take `conv_parameters` and try.

# %% tags=["hide-input"] tinyml={"objective": "10-table", "role": "check"}
Check(
    "The slide counts 416 and 832. What was forgotten?",
    options=[
        "that a filter has weights for each channel it looks at",
        "the biases",
        "that the second layer has twice as many filters",
        "the border added by the padding",
    ],
    answer="that a filter has weights for each channel it looks at",
    mistakes={
        "the biases": "Divide 416 by 16 filters. Is that 25, or one more?",
        "that the second layer has twice as many filters": "Divide 832 by the number "
        "of filters of the second layer, and compare with 416 over 16.",
        "the border added by the padding": "The border is made of values. How many "
        "weights does a border have?",
    },
    reveal="26 numbers a filter: 5x5 and a bias, right for *one* channel. The first "
    "layer looks at three, the second at sixteen.",
)

# %% [markdown]
# So check a table before you believe it, in slides, in papers, and in this course. It
# is one line. Now look at where the parameters are, and where the values.


# %% tinyml={"objective": "10-table", "role": "explore"}
def costs_picture(k, side):
    with keras.StatelessScope(initialize_variables=False):  # shapes only
        rows = layer_table(classical(k, side))
    names, _, _, parameters, kept, _ = zip(*rows, strict=True)
    fig, axes = plt.subplots(2, 1, figsize=(4.4, 5.4))
    for ax, counts, color in zip(axes, (parameters, kept), (RED, BLUE), strict=True):
        bars = ax.barh(names, np.divide(counts, 1000), color=color)
        ax.bar_label(bars, [f"{n:,}" for n in counts], padding=2, fontsize=10)
        ax.invert_yaxis()
    axes[0].set(title="parameters (flash)", xlabel="thousands", xlim=(0, 1450))
    axes[1].set(title="values (RAM)", xlabel="thousands", xlim=(0, 90))
    return (
        fig,
        f"{sum(parameters):,} parameters; the largest layer: {max(kept):,} values.",
    )


Explore(
    costs_picture,
    k=Choice([3, 5, 7], 5, "side of the filters"),
    side=Choice([16, 32, 64], 32, "side of the picture"),
    look="Which numbers grow with the filters, which with the picture? Any with both?",
    alt="Two bar charts over the layers. Nearly all parameters sit in the first dense "
    "layer, most values in the first convolution.",
)

# %% [markdown]
# None with both. A convolution's parameters do not know how large the picture is. A
# dense layer's do: with 64 pixels a side there are a million. Parameters at the end,
# values at the beginning: whoever runs out of flash looks at the dense layers, whoever
# runs out of RAM at the first convolutions. It is so in nearly all networks of this
# kind.

# %% [markdown]
# ## A network that reads
#
# Now one of our own. It looks at 12x12 pixels and says which digit stands in the
# middle, or that none does: eleven classes, because a network that has met nothing but
# digits sees digits everywhere. Its examples are cut out of lines that we write with
# the training digits: around a digit, and, as *none*, beside and between digits and
# where a digit is there but not in the middle. (Those near misses matter: the reader
# will be asked about every place of a line, and at most of them it must not answer.)
#
# Two convolutions, a pooling between them, and one dense layer. Only that the dense
# layer is written as a convolution whose filters are as large as its maps, 2x2: the
# same weights, the same sums. It will pay off later.


# %% tinyml={"objective": "10-forward", "role": "explain"}
def reader(height=12, width=12):
    train.seed_everything(0)
    small = keras.initializers.RandomNormal(stddev=0.05)  # to see what is learned
    model = keras.Sequential([keras.Input((height, width, 1))])
    model.add(layers.Conv2D(16, 5, activation="relu", kernel_initializer=small))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(32, 3, activation="relu"))
    model.add(layers.Dropout(0.3))
    model.add(layers.Conv2D(11, 2, activation="softmax"))
    return model


squares, labels = reading.cut_out(x_train, y_train, lines=900, seed=1)
new_squares, new_labels = reading.cut_out(x_test, y_test, lines=150, seed=2)
y = labels[:, None, None]  # (n, 1, 1): one answer a square
plan = {"epochs": 6, "batch_size": 64, "learning_rate": 5e-3}
model, history = train.fit(reader(), squares, y, **plan)
right = model.predict(new_squares, verbose=0)[:, 0, 0].argmax(axis=1) == new_labels
plots.say(
    f"{model.count_params():,} parameters; {right.mean():.1%} of new squares right."
)

# %% [markdown]
# ## By hand
#
# What did Keras compute? Chapter 09's `convolve` takes one picture and one kernel. A
# filter has a kernel for each channel: convolve each channel with its own, add up, add
# the bias. That is all, and the rest you know: ReLU, the largest of four, softmax.
# Hold it against Keras.


# %% tinyml={"objective": "10-forward", "role": "explain"}
def conv2d(x, kernel, bias):
    maps = []  # x is (h, w, channels), kernel (k, k, channels, filters)
    for f in range(len(bias)):
        seen = [convolve(x[..., c], kernel[..., c, f]) for c in range(x.shape[-1])]
        maps.append(sum(seen) + bias[f])
    return np.stack(maps, axis=-1)


def max_pool(x):
    h, w = x.shape[0] // 2, x.shape[1] // 2
    return x[: 2 * h, : 2 * w].reshape(h, 2, w, 2, -1).max(axis=(1, 3))


def forward(weights, x):
    k1, b1, k2, b2, k3, b3 = weights
    x = max_pool(np.maximum(conv2d(x, k1, b1), 0))
    x = np.maximum(conv2d(x, k2, b2), 0)
    scores = conv2d(x, k3, b3)
    return softmax(scores.reshape(-1, 11)).reshape(scores.shape)


weights = model.get_weights()
by_hand = np.array([forward(weights, square) for square in new_squares[:5]])
assert np.allclose(by_hand, model.predict(new_squares[:5], verbose=0), atol=1e-5)

# %% [markdown]
# The assertion holds: they are equal up to the rounding of 32-bit floats. A
# convolutional network is nothing else.
#
# ## What it looks for
#
# In chapter 09 people had thought of the kernels: a bell that smooths, a derivative
# that finds edges (Sobel), its second derivative that finds lines. What has training
# come to, from random numbers, told nothing but which digit it was? Here are the eight
# learned filters that are most like a hand-made kernel of some width and angle, and
# below each stands that kernel.

# %% tinyml={"objective": "10-forward", "role": "explain"}
learned = weights[0][:, :, 0].transpose(2, 0, 1)  # (16, 5, 5)
by_people = convnet.hand_made().reshape(-1, 25)  # each of length one


def likeness(kernels):  # cosines, (n, hand-made)
    kernels = kernels.reshape(-1, 25)
    return kernels / np.linalg.norm(kernels, axis=1, keepdims=True) @ by_people.T


kinds = {"ours": learned, "noise": convnet.noise(1000)}
kinds["smooth noise"] = convnet.noise(1000, share=0.16)  # as smooth as ours
best = {kind: likeness(kernels).max(axis=1) for kind, kernels in kinds.items()}
fig, axes = plt.subplots(2, 8, figsize=(6, 2.1))
for (above, below), f in zip(axes.T, np.argsort(-best["ours"]), strict=False):
    above.imshow(learned[f], cmap="RdBu")
    below.imshow(by_people[likeness(learned)[f].argmax()].reshape(5, 5), cmap="RdBu")
    above.set(title=f"{best['ours'][f]:.2f}")
plt.setp(axes, xticks=[], yticks=[])
plots.show(fig, alt="Eight learned filters, each over the hand-made one nearest to it.")
rare = np.quantile(best["smooth noise"], 0.95)  # reached by one in twenty
text = f"| likeness | neighbours | mean | above {rare:.2f} |\n|---|--:|--:|--:|"
for kind, k in kinds.items():
    text += f"\n| {kind} | {convnet.smoothness(k):.2f} | {best[kind].mean():.2f} | "
    text += f"{np.sum(best[kind] > rare)} of {len(k):,} |"
plots.say(text)

# %% [markdown]
# Blue weights are positive, red ones negative. Strokes and edges, one thinks. But 25
# numbers of noise are also a little like *something* (as a cosine; 1 is the same), so
# we asked noise too; and noise whose neighbours are as alike as in ours is more so.
# Held against that, only the first few filters stand out. (Eyes see edges in anything:
# ask for the noise.) A larger network, shown a million photographs, came to much
# cleaner ones: AlexNet's first layer is the most famous picture of this field, and it
# looks like a page of chapter 09.

# %% [markdown]
# ## How far a value sees
#
# A filter of the first layer sees 5x5 pixels. One of the second layer sees 3x3 values
# after pooling, and each of those has seen a square. The square of pixels that a value
# depends on is its **receptive field**. It grows with each layer, by $k-1$ steps; and
# after a stride or a pooling of 2, a step is twice as many pixels. (For this,
# pooling is a layer with $k = 2$ and stride 2.) Nothing larger than its receptive field
# can be recognized by a value.
#
# Write it: begin with a side of 1 and a step of 1 pixel.


# %% tinyml={"objective": "10-forward", "role": "exercise"}
def receptive_field(layers):
    """Side of the square that one value sees; layers are (k, stride) in order."""
    # your lines go here


# %% tags=["hide-input"] tinyml={"objective": "10-forward", "role": "check"}
def test_receptive_field():
    said = [
        receptive_field(layers)
        for layers in ([], [(5, 1)], [(3, 1), (3, 1)], [(2, 2), (3, 1)])
    ]
    if None in said:
        return "Nothing came back. Does it end with `return`?"
    if said[:2] != [1, 5]:
        return "Without layers it is 1, and one layer of 5 sees 5. Yours differs."
    if said[2] != 5:
        return "Two layers of 3: the second sees three squares that overlap. Draw them."
    if said[3] == 4:
        return "Right without strides. After a stride of 2, how wide is one step?"
    if said[3] != 6:
        return "(2, 2), then (3, 1): three values, each of which has seen two pixels."
    if receptive_field([(2, 2), (3, 2), (3, 1)]) != 14:
        return "One stride works. And a stride after a stride?"


Check(
    "`receptive_field(layers)` is the side of the square that a value sees.",
    test=test_receptive_field,
    reveal="And the stride of a layer counts only for those after it.",
)

# %% [markdown]
# Not every pixel of the square counts alike. From the middle there are many ways to
# the value, from the rim few; the darker, the more. The picture is a piece of our page,
# the network a stack of 3x3 convolutions, or with a pooling in every third place.


# %% tinyml={"objective": "10-forward", "role": "explore"}
def field_picture(depth, pooling):
    steps = [(3, 1), (3, 1), (2, 2) if pooling == "yes" else (3, 1)] * 3
    one = shapes.ways(steps[:depth])
    fig, ax = plt.subplots(figsize=(4.4, 4.4))
    ax.imshow(page[:48, 8:56], cmap="Greys", alpha=0.5)
    low, high = 24 - len(one) / 2, 24 + len(one) / 2
    light = np.outer(one, one)
    ax.imshow(light, cmap="Oranges", alpha=0.75, extent=(low, high, high, low))
    ax.set(xlim=(0, 48), ylim=(48, 0), xticks=[0, 24, 48], yticks=[0, 24, 48])
    ax.set(xlabel="pixel", ylabel="pixel")
    ax.grid(visible=False)
    return fig, f"A value of layer {depth} sees {len(one)}x{len(one)} pixels."


Explore(
    field_picture,
    depth=Slider(1, 9, 1, 3, "layer"),
    pooling=Choice(["no", "yes"], "no", "every third layer is a pooling"),
    look="Go to layer 9: how many digits are in sight, with pooling and without?",
    alt="Handwritten digits, and over them an orange square, dark in the middle: what "
    "one value sees.",
)

# %% [markdown]
# That is what pooling is for: not so much to forget where, as to see far with few
# layers, and cheaply.

# %% [markdown]
# ## From LeNet to the millions
#
# LeNet-5 (1998) read cheques: two convolutions, two poolings, dense layers, 60
# thousand parameters, trained by the backpropagation you wrote in chapter 06. Then for
# years little came of it, for want of pictures and of speed. **ImageNet** brought the
# pictures: 1.2 million with labels, a thousand kinds, and a yearly contest. An answer
# counts as right when the label is among a network's *five* best guesses. These are
# the winners' errors, as **published**; we did not measure them.

# %% tags=["hide-input"] tinyml={"objective": "10-blocks", "role": "explain"}
published = {  # top-5 error in %, classification, without outside data
    2010: (28.2, "features"), 2011: (25.8, "features"), 2012: (16.4, "AlexNet"),
    2013: (11.7, "Clarifai"), 2014: (6.7, "GoogLeNet"), 2015: (3.57, "ResNet"),
    2016: (2.99, "ensemble"), 2017: (2.25, "SENet"),
}  # fmt: skip
fig, ax = plt.subplots(figsize=(6, 3.6))
for year, (error, name) in published.items():
    ax.bar(year, error, color=GREY if name == "features" else BLUE)
    over = {"ha": "center", "fontsize": 9.5, "bbox": {"fc": "w", "ec": "w", "pad": 0}}
    ax.text(year, error + 0.6, f"{error}\n{name}", **over)
ax.axhline(5.1, color=RED, ls="--", lw=1.5, label="one patient person: 5.1", zorder=0)
ax.legend(loc="upper right")
ax.set(ylabel="top-5 error (of 100), published", ylim=(0, 34), xticks=list(published))
ax.grid(visible=False, axis="x")
plots.show(
    fig,
    alt="Bars of published errors by year: about 28 and 26 with features made by hand, "
    "16.4 with AlexNet in 2012, falling to 2.25 in 2017. A person had 5.1.",
)

# %% [markdown]
# What was new in 2012 (**AlexNet**: Krizhevsky, Sutskever and Hinton)? Nothing that you
# have not met: convolutions, pooling, dense layers. But ReLU instead of tanh, so that
# gradients do not fade (chapter 06). **Dropout** against overfitting (our reader has
# it: in training, three of ten values are thrown out at random). Pictures mirrored,
# cut and recoloured at random: **augmentation**. And two graphics cards, because it
# did not fit into one. Ideas, data and machines came together.
#
# **VGG** (2014) had one idea: only 3x3, but many. Two of them see 5x5, three see
# 7x7. With $c$ maps in and out, one layer of 5x5 has $25\,c^2$ weights, two of 3x3
# have $18\,c^2$; one of 7x7 has $49\,c^2$, three of 3x3 have $27\,c^2$.

# %% [markdown]
# So: fewer weights, fewer MACs, and a ReLU more in between. Nearly everybody has used
# 3x3 since.
#
# **Inception** (GoogLeNet, 2014): how large should a filter be? We do not know, so take
# 1x1, 3x3, 5x5 and pooling side by side, and let training decide. That would be dear,
# but for a trick. A **1x1 convolution** is a small dense layer at each pixel, across
# the channels. Put before a large filter it narrows many maps to a few.
#
# Below both, VGG and inception, and their price for 192 maps of 28x28.


# %% tinyml={"objective": "10-blocks", "role": "explain"}
def vgg(x, filters, count=2):
    for _ in range(count):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.MaxPooling2D()(x)


def inception(x, one, three, five, pooled):
    def conv(x, filters, k):
        return layers.Conv2D(filters, k, padding="same", activation="relu")(x)

    pool = layers.MaxPooling2D(3, 1, padding="same")(x)
    ways = [conv(x, one, 1), conv(conv(x, three[0], 1), three[1], 3)]
    ways += [conv(conv(x, five[0], 1), five[1], 5), conv(pool, pooled, 1)]
    return layers.Concatenate()(ways)


x = keras.Input((28, 28, 192))
blocks = vgg(x, 256, 1), vgg(x, 256), inception(x, 64, (96, 128), (16, 32), 32)
text = "| to 256 maps | parameters | MACs |\n|---|--:|--:|"
for name, y in zip(("one 3x3", "VGG: two 3x3", "inception"), blocks, strict=True):
    _, _, _, parameters, _, work = zip(*layer_table(keras.Model(x, y)), strict=True)
    text += f"\n| {name} | {sum(parameters):,} | {sum(work):,} |"
plots.say(text)

# %% tags=["hide-input"] tinyml={"objective": "10-blocks", "role": "check"}
Check(
    "192 maps come in. A 5x5 convolution makes 32 maps of them: 153,600 weights. First "
    "narrow to 16 maps with 1x1. How many weights have the two layers together (no "
    "biases)?",
    answer=15872,
    mistakes={
        12800: "That is the 5x5 layer. And the one before it?",
        3072: "That is the 1x1 layer. And the one after it?",
        153600: "That is the direct way. At how many maps does the 5x5 look now?",
        156672: "The 5x5 layer does not look at 192 maps any more.",
        31744: "Is 32 in the 1x1 layer? It narrows to 16.",
        15920: "Without the biases, please.",
    },
    low="Too few. Two layers: which maps does each look at, and how many does it make?",
    high="Too many. Two layers: which maps does each look at, and how many does it "
    "make?",
    reveal="192 · 16 and 25 · 16 · 32: about a tenth.",
)

# %% [markdown]
# Inception's four ways together cost less than half of one plain convolution. The
# narrow layers do it.
#
# ## Deeper
#
# If VGG is good with sixteen layers, why not take a hundred? Because beyond some depth
# networks got *worse*, and not only on new data: they could not even be trained.
# Backwards, the signal passes every layer, and each changes its size a little
# (chapter 06). **ResNet** (2015) lets a block say only what to *add* to its input. So
# there is a way around each block, along which signals pass unchanged. Let us see:
# twenty layers on our digits, eight maps each, five epochs, the same start. One network
# has the additions, the other does not.


# %% tinyml={"objective": "10-blocks", "role": "explain"}
def residual(x, skip=True):
    channels = x.shape[-1]
    y = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(channels, 3, padding="same")(y)
    return layers.ReLU()(layers.Add()([x, y]) if skip else y)


def deep(skip, blocks=9):
    train.seed_everything(0)
    image = keras.Input((8, 8, 1))
    x = layers.Conv2D(8, 3, 2, padding="same", activation="relu")(image)
    for _ in range(blocks):
        x = residual(x, skip)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(10, activation="softmax")(x))


runs = {}
for skip in (False, True):
    twin, course = train.fit(
        deep(skip), digits.x_train, y_train, epochs=5, batch_size=64, learning_rate=2e-3
    )
    read = train.accuracy(twin.predict(digits.x_test, verbose=0), y_test)
    runs[skip] = read, course["loss"], twin.count_params()


# %% tags=["hide-input"] tinyml={"objective": "10-blocks", "role": "predict"}
Predict(
    f"With the additions the network reads {100 * runs[True][0]:.0f} of 100 digits. "
    "And the same network without them?",
    answer=round(100 * runs[False][0]),
    unit="of 100",
    explain=f"Both have {runs[True][2]:,} parameters. The loss of the plain one stays "
    f"at {runs[False][1][-1]:.2f} after {runs[False][1][0]:.2f} in the first epoch: it "
    f"has learned nothing. The other came down to {runs[True][1][-1]:.2f}.",
)

# %% [markdown]
# An honest word on that. Batch normalization (chapter 07) and careful starting weights
# help a plain network too, and at twenty layers they may be enough. ResNet's authors
# had both, and their plain network of 34 layers was still worse than one of 18, also on
# the pictures it was trained on. With additions they went to 152.

# %% [markdown]
# ## The zoo on the scales
#
# How much memory do the famous ones need? The CS249r lectures show a table, measured by
# Lu and others on two boards with the program Caffe, in megabytes: weights, *data*, and
# a *workspace*. Weights and values follow from shapes. So we can recompute it, without
# a single weight: inside `StatelessScope` Keras makes shapes and nothing else. VGG-16
# and ResNet-50 come with Keras; AlexNet and GoogLeNet are built from layers and blocks
# that you have seen.

#
# And *data*? The sum of all values is too small for every network of the table. So
# what else did they count? Caffe gives each step a place of its own. ReLU after a
# convolution is a step, scaling after batch normalization is one; and where several
# layers read the same values, there is a step that hands a copy to each. Count those
# too. (That is our reading: the slides do not say.)


# %% tinyml={"objective": "10-blocks", "role": "explain"}
FREE = {"InputLayer", "Flatten", "Dropout", "ZeroPadding2D"}  # no place of their own


def caffe_values(model):
    reads, total = shapes.readers(model), values(model.inputs[0])
    for layer in model.layers:
        kind, bend = type(layer).__name__, getattr(layer, "activation", None)
        if kind not in FREE:
            copies = reads[id(layer.output)]  # for each layer that reads it
            steps = 1 + (copies if copies > 1 else 0) + (kind == "BatchNormalization")
            if kind in ("Conv2D", "Dense") and bend is keras.activations.relu:
                steps += 1
            total += steps * values(layer.output)
    return total


# %% tags=["hide-input"] tinyml={"objective": "10-blocks", "role": "explain"}
with keras.StatelessScope(initialize_variables=False):
    zoo = {
        "AlexNet": convnet.alexnet(),
        "VGG-16": keras.applications.VGG16(weights=None),
        "GoogLeNet": convnet.googlenet(),  # nine of our inception blocks
        "ResNet-50": keras.applications.ResNet50(weights=None),
    }
PUBLISHED = {"AlexNet": (233, 8), "VGG-16": (528, 110)}
PUBLISHED |= {"GoogLeNet": (26, 53), "ResNet-50": (97, 221)}
text = "| network | weights | all values | as Caffe | at once |\n|---|--:|--:|--:|--:|"
for name, net in zoo.items():
    every = sum(row[4] for row in layer_table(net))
    counted = net.count_params(), every, caffe_values(net), shapes.most_alive(net)
    w, v, steps, alive = (f"{4 * n / 2**20:.1f}" for n in counted)
    theirs = PUBLISHED[name]
    text += (
        f"\n| {name} | {w} ({theirs[0]}) | {v} | {steps} ({theirs[1]}) | **{alive}** |"
    )
plots.say(
    f"Megabytes (2²⁰ bytes) of 32-bit floats; in brackets as published.\n\n{text}\n\n"
    f"The board has {board.flash_bytes / 2**20:.0f} MB of flash and "
    f"{board.ram_bytes / 2**20:.2f} MB of RAM."
)

# %% [markdown]
# Shapes give the published numbers, nearly to the megabyte. What they do not give is
# the *workspace* (as much as 168 for VGG): room for rearranging pictures so that a
# matrix product does the convolution. That is a choice of the program, not of the
# network. Our C needs none.
#
# Nor is *data* a property of a network. The last column is what must really exist at
# the same time, when a value goes as soon as the last layer that needs it has run:
# chapter 08's arena. It is a fraction of what Caffe took. And in int8 all of it is a
# quarter. Still far too much for the board: what fits there must be made for it.

# %% [markdown]
# ## Build one that fits
#
# Here are blocks, and two bars. The weights are counted as int8, the RAM is planned as
# the compiler plans it (values that are never alive together share a place, an output
# may follow its input through the same bytes), and for the code there are a few
# constants from compiled stacks. So it is an **estimate**, until the compiler has
# spoken.

# %% tinyml={"objective": "10-budget", "role": "explore"}
start = ["conv", "pool", "conv", "pool", "dense"]
Explore(
    live="stack",
    data={
        "flash_bytes": board.flash_bytes,
        "ram_bytes": board.ram_bytes,
        "pictures": ["8x8x1", "32x32x3", "64x64x1", "96x96x1", "96x96x3", "224x224x3"],
        "widths": [4, 8, 16, 32, 64],
        "classes": 10,
        "start": {"picture": "32x32x3", "width": 16, "blocks": start},
    },
    look="Go to 224x224 pixels: which bars burst, and which layers are to blame? "
    "Mend them one at a time, with strides, pooling and the global average.",
    alt="A stack of layers as a table, and two bars: how much of the board's flash and "
    "RAM it would take. Beyond the limit a bar says out of memory.",
)

# %% [markdown]
# An estimate is worth as much as its error. Here is the stack that the bars begin with,
# built in Keras and compiled (before training: bytes do not depend on what is learned).
# Compare with what the bars say of it. The tests of this course do so for five stacks,
# small and large: flash stays within three of a hundred, RAM within two (or sixty
# bytes, where there is next to none).

# %% tinyml={"objective": "10-budget", "role": "explore"}
from tinyml_course import device, quantize

x = image = keras.Input((32, 32, 3))
for filters in (16, 32):
    x = vgg(x, filters, count=1)
x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
stacked = keras.Model(image, layers.Dense(10, activation="softmax")(x))
pictures = np.random.default_rng(0).random((4, 32, 32, 3), np.float32)
net = graph.read(quantize.to_int8(stacked, pictures))
real = device.run_model(net, np.zeros((1, 32, 32, 3), np.int8))
assert net.macs == sum(row[5] for row in layer_table(stacked))
plots.say(
    f"Compiled: {real.firmware.flash_bytes:,} bytes of flash and {real.ram_bytes:,} of "
    f"RAM. Our table's MACs and the compiler's agree: {net.macs:,}."
)

# %% tags=["hide-input"] tinyml={"objective": "10-budget", "role": "check"}
Check(
    "The first layer of a network makes maps of 160x160 pixels, in int8. How many maps "
    "can it make at most, if they alone must fit into the 262,144 bytes of RAM?",
    answer=10,
    mistakes={
        10.24: "And how many *whole* maps?",
        2: "That would be 32-bit floats. How many bytes has an int8?",
        11: "Eleven are a little too large. Multiply.",
        40: "Is 160x160 half in both directions? Each value is one byte.",
        1638: "So many lines of 160 pixels. How many lines has a map?",
    },
    low="Fewer than could be. How many bytes is one map?",
    high="Too many. How many bytes is one map?",
    reveal="25,600 bytes a map. With a stride of 2 it could be forty.",
)

# %% [markdown]
# ## A larger picture, the same weights
#
# The reader was trained on squares of 12x12. But what in it knows that? Convolution and
# pooling do not care how large a picture is, and the dense layer is a convolution too.
# So take the same weights and hand in a whole line, 16x96. Out comes not one answer
# but a map of answers: a **fully convolutional** network. Each of its answers is, up to
# rounding, what the reader says for the square at that place. Only that the
# squares overlap, and what they share is computed once.

# %% tinyml={"objective": "10-budget", "role": "exercise"}
wide = reader(16, 96)
wide.set_weights(model.get_weights())
heat = wide.predict(lines[..., None], verbose=0)  # (14, 3, 43, 11)
places = list(np.ndindex(heat.shape[1:3]))
apart = np.array([lines[0, 2 * i :, 2 * j :][:12, :12] for i, j in places])
alone = model.predict(apart[..., None], verbose=0)[:, 0, 0]
assert np.allclose(alone, heat[0].reshape(-1, 11), atol=1e-5)
one, whole = (sum(row[5] for row in layer_table(m)) for m in (model, wide))
plots.say(
    f"{len(places)} answers a line. Square by square {len(places) * one:,} MACs, in "
    f"one go {whole:,}: {len(places) * one / whole:.1f} times fewer."
)
surest = []
for left in (4, 52):  # the digits of the beginning, far left and far right
    seen = wide.predict(on_a_canvas(x_test, left, 16, 96)[..., None], verbose=0)
    surest.append(np.mean(seen[..., :10].max(axis=(1, 2)).argmax(axis=1) == y_test))
then = " and ".join(f"{share:.0%}" for share in dense_right)
plots.say(
    f"One digit on the left: {surest[0]:.1%} right. On the right: {surest[1]:.1%}. "
    f"(The dense network at the beginning of this chapter: {then}.)"
)


# %% tags=["hide-input"] tinyml={"objective": "10-budget", "role": "explain"}
fig, axes = plt.subplots(2, 1, figsize=(6, 3.3), height_ratios=[1, 2])
axes[0].imshow(lines[0], cmap="Greys", extent=(0, 96, 16, 0), aspect="auto")
sure = heat[0].max(axis=0).T[:10]  # of each digit, at each place
axes[1].imshow(sure, cmap="cividis", extent=(5, 91, 9.5, -0.5), aspect="auto")
axes[1].set(ylabel="which digit", xlabel="pixel", yticks=range(10), xlim=(0, 96))
axes[1].set(title="bright: sure of it")
read = " ".join(str(digit) for _, digit in reading.peaks(heat[0]))
axes[0].set(title=f"read: {read}", yticks=[])
for ax in axes:
    ax.grid(visible=False)
plots.show(
    fig,
    alt="A line of digits and below it, for each place, how sure the network is of "
    "each digit: bright spots under the digits.",
)

# %% [markdown]
# ## On the board
#
# The last step is that of chapter 08: int8, with scales from training squares; the
# board's bill; and whether all programs agree in every byte. Two firmwares: one reads
# a square, the other a whole line, with the same weights. What does int8 cost in
# accuracy? Both versions answer the same new squares, so we compare them in pairs: the
# difference of their shares of right answers, with the interval that holds the true
# one 95 times of a hundred (if squares were independent; some show the same digit, so
# take it for a little too narrow).

# %% tinyml={"objective": "10-budget", "role": "exercise"}
from tinyml_course import report, verify

tflite_model = quantize.to_int8(model, squares[:300])
drawn = [reading.write("31415926", x_train, y_train, rng)[0] for _ in range(40)]
tflite_line = quantize.to_int8(wide, np.array(drawn)[..., None])
small, long = graph.read(tflite_model), graph.read(tflite_line)
q_squares = small.tensors[small.inputs[0]].quantize(new_squares)
q_lines = long.tensors[long.inputs[0]].quantize(lines[..., None])
in_int8 = graph.invoke(small, q_squares).reshape(-1, 11).argmax(axis=1)
change = train.paired_difference(right, in_int8 == new_labels)
bills = {"a square": report.bench(tflite_model, q_squares[:3])}
bills["a line"] = report.bench(tflite_line, q_lines[:1])
proofs = [verify.verify(tflite_model, q_squares[:8])]
proofs += [verify.verify(tflite_line, q_lines[:2])]
off = sum(proof["mismatches"] for proof in proofs)
fits = all(bill["fits"] for bill in bills.values())
plots.say(
    f"Right in floats {right.mean():.1%}; int8 against floats **{change}**. Fits: "
    f"{'yes' if fits else 'no'}. Bytes that differ between the programs: {off}. "
    f"Squares in a line: {len(places)}."
)
report.compare(bills)

# %% [markdown]
# Divide: a line has more than a hundred squares, and takes far less time than so many,
# since what they share is computed once. It takes RAM instead, and hardly any flash:
# weights know nothing of the picture's size, values grow with it.
#
# Here is the page from the beginning, read by the board's bytes. Below, write your own:
# a birthday, the end of a telephone number. Seven signs always fit; what is no digit
# leaves a gap. Now and then a digit fools the reader. And mind that the digits are new
# to it, but perhaps not the hands: this data set does not say who wrote what. Chapter
# 12 asks why that matters.

# %% tinyml={"objective": "10-budget", "role": "exercise"}
your_number = "3.14159"

yours, _ = reading.write(your_number, x_test, y_test, np.random.default_rng(2))
t_in, t_out = long.tensors[long.inputs[0]], long.tensors[long.outputs[0]]
sheet = np.array([*lines, yours])[..., None]  # (15, 16, 96, 1)
answers = t_out.dequantize(device.run_model(long, t_in.quantize(sheet)).outputs)
said = [reading.peaks(answer) for answer in answers]
hits = sum(
    any(abs(left - j) < 4 and digit == d for j, d in found)
    for (_, spots), found in zip(written, said[:-1], strict=True)
    for _, left, digit in spots
)

# %% tags=["hide-input"] tinyml={"objective": "10-budget", "role": "explain"}
fig, axes = plt.subplots(8, 2, figsize=(6, 5.6))
order = [*axes[:7].T.flat, axes[7, 0]]
for ax, line, found in zip(order, sheet[..., 0], said, strict=True):
    ax.imshow(line, cmap="Greys", alpha=0.85)
    for j, digit in found:
        hue = [plots.COLORS[c] for c in ("vermillion", "blue", "green")][digit % 3]
        ax.text(j + 4, 0, digit, color=hue, ha="center", va="center", weight="bold")
for ax in axes.flat:
    ax.axis("off")
flash = bills["a line"]["flash_bytes"]
axes[7, 1].text(0, 0.4, f"read on the board\nin {flash:,} bytes of flash", fontsize=12)
plots.show(
    fig,
    alt="The page of handwritten digits; above each digit, in colour, what the board "
    "has read. Nearly all are right. The last line is your own number.",
)
plots.say(
    f"Of {sum(len(spots) for _, spots in written)} digits on the page the board read "
    f"**{hits}** rightly and claimed {sum(map(len, said[:-1]))}. Your line: "
    f"**{''.join(str(digit) for _, digit in said[-1])}**."
)

# %% [markdown]
# ## On your own
#
# 1. Which digits does the reader mix up? Count pairs of right and wrong. Then look at
#    its accuracy for each digit apart: its mean hides its worst.
# 2. Give yourself a **budget**, say 16 KB of flash and 8 KB of RAM, and look for the
#    best reader of squares within it: other filters, another depth. Count with
#    `layer_table` *before* you train. Problem set `ps05` asks for this, for boats, and
#    for the worst slice besides.
# 3. Put batch normalization into the plain network of twenty layers. Does the loss
#    fall? And is it right on new digits? (If only one of the two: the running averages
#    of chapter 07, and Keras's momentum.)
# 4. Where on a line is the reader fooled? Shift a line by one pixel at a time and watch
#    the peaks.
#
# ## What you have done
#
# * You **counted** what sharing saves: three numbers instead of a full matrix.
# * You **wrote** the table of shapes, parameters, values and MACs of any network, held
#   it against Keras and the compiler, and found a mistake in a lecture's slide.
# * You **computed** a network's answer with chapter 09's convolution, and held the
#   filters it had learned against edges, and against noise.
# * You **built** VGG, inception and residual blocks, and recomputed what the famous
#   networks need.
# * You **fitted** networks under two bars, and shipped one that reads a line at once.
#
# **The idea to keep:** what is learned in one place is known in all; so weights go
# with the filters, values with the picture.
#
# **Next:** the same with far fewer MACs, and the question not only *what* but *where*:
# chapter 11, *Small and where*.
#
# ## Sources
#
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019), "The Classical CNN
#   Architecture": the table with 416 and 832. *CS249r: Tiny Machine Learning*, Harvard
#   (2020): AlexNet, the zoo and its memory table.
# * Y. LeCun et al., "Gradient-Based Learning Applied to Document Recognition", *Proc.
#   IEEE* 86 (1998): LeNet-5.
# * A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet Classification with Deep
#   Convolutional Neural Networks", *NIPS* (2012).
# * K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale
#   Image Recognition", *ICLR* (2015): VGG. C. Szegedy et al., "Going Deeper with
#   Convolutions", *CVPR* (2015): inception. K. He et al., "Deep Residual Learning for
#   Image Recognition", *CVPR* (2016): also plain networks of 18 and 34 layers.
# * J. Long, E. Shelhamer and T. Darrell, "Fully Convolutional Networks for Semantic
#   Segmentation", *CVPR* (2015).
# * O. Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", *IJCV*
#   115 (2015): errors to 2014, and the person (another one had 12.0). He et al. for
#   2015; the contest's result pages for 2016; J. Hu et al., "Squeeze-and-Excitation
#   Networks", *CVPR* (2018), for 2017.
# * Z. Lu et al., "Modeling the Resource Requirements of Convolutional Neural Networks
#   on Mobile Devices", *ACM Multimedia* (2017), arXiv 1709.09503: the memory table.
