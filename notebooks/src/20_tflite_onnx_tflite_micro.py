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

# %% [markdown] tinyml={"objectives": ["20-file","20-fold","20-planner","20-agree","20-cost"]}
# # Pack a model: TFLite, ONNX and TFLite Micro
#
# A model leaves the place where it was trained as a file. The picture is such a file,
# the one that read digits in chapter 00: each cell is one byte, coloured by what it
# is for. Blue are the weights. What is all the rest, does the board need it, and who
# reads it there?
#
# **You will**
#
# * **open** a `.tflite` byte by byte and count what its bytes are for;
# * **fold** a batch normalization into its convolution, and measure what that saves;
# * **plan** the memory between the layers: who lives when, in which order, and where;
# * **hold** five programs that run the same model against each other, to the last byte;
# * **weigh** an interpreter with its operators against compiled code.
#
# **You need** chapters 07 (batch normalization), 08 (int8 by hand), 10 (convolution)
# and 19 (multiplier and shift). About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "20-file", "role": "explain"}
import struct
from collections import Counter
from importlib import metadata
from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, device, diagrams, export, graph, plots
from tinyml_course.scratch import anatomy, planning
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
board, data = boards.get("nano33"), datasets.load("digits")
file = datasets.model_path("digits_cnn").read_bytes()
fig, ax = plt.subplots(figsize=(5.6, 4))
diagrams.byte_map(ax, anatomy.anatomy(file), anatomy.KINDS)
ax.set_title(f"a file of {len(file):,} bytes")
alt = "A carpet of coloured cells: under half is blue, weights; the rest is stripes."
plots.show(fig, alt=alt)

# %% [markdown]
# ## A workshop and a suitcase
#
# Training and use are two different jobs, done on two different machines:
#
# | | training | use |
# |---|---|---|
# | where | desktop or cloud | board |
# | data | all rows, many times | one window, now |
# | passes | forward and backward | forward |
# | weights | are computed | are known |
# | takes | minutes to weeks | milliseconds |
#
# A **framework** (TensorFlow with Keras, PyTorch, JAX, in MATLAB a toolbox) is the
# workshop: layers, derivatives, optimizers, data loading, plots, everything that
# *could* be needed. A **cloud** rents workshops, at four depths: the bare machine; a
# machine with the frameworks installed; *machine learning as a service*, which takes
# a table and gives back a model; and finished services (translation, speech) where
# you never see a model at all. How large is the workshop that you sit in? The
# installer noted every file.

# %% tinyml={"objective": "20-cost", "role": "explain"}
installed = {p.name.replace("_", "-"): p for p in metadata.distributions()}


def bytes_of(name):
    files = installed[name].files or []
    return sum(f.size or 0 for f in files if f.suffix != ".pyc")


names = ["tensorflow-cpu", "tensorflow", "onnxruntime", "ai-edge-litert"]
names += ["keras", "tflite-micro"]
workshop = {name: bytes_of(name) for name in names if name in installed}
firmware = device.build_model(export.to_c(graph.read(file)))

start = perf_counter()
import tensorflow as tf

took = perf_counter() - start
whole = ("*firmware: model, operators, start-up*", firmware.flash_bytes)
diagrams.table(("installed here", "bytes (counted)"), *workshop.items(), whole)
largest = max(workshop.values()) / board.flash_bytes
plots.say(f"The largest would fill the whole flash of **{largest:,.0f} boards**.")
plots.say(f"Only to wake TensorFlow up took {took:.1f} seconds (measured).")

# %% [markdown]
# Nothing is wrong with the workshop. But a device needs none of it: no derivatives,
# no loss, no optimizer, no Python. It needs the weights, the order of the operators,
# and the constants of chapter 19. That is what an **exchange file** carries from one
# program to another. On the device, either an **interpreter** reads it, a program that
# goes through the list of operators and calls a function for each, as TensorFlow Lite
# Micro (TFLM) does; or a **compiler** has turned it into C beforehand, which has been
# our way since chapter 00. Two formats matter here: TensorFlow Lite's `.tflite`, made
# for devices, and **ONNX** (*Open Neural Network Exchange*), made so that any framework
# can read any other's model. Take the first one apart.
#
# ## What is in the file
#
# A `.tflite` is a **flatbuffer**: it is read where it lies, without unpacking,
# because every part is found through an **offset**, "so many bytes further on". The
# first four bytes are the offset of the first table. A **table** begins with an
# offset *back* to its **layout**, a list of small numbers: field 0 is so many bytes
# from my start, field 1 so many; a zero means that the field has its default and is
# not stored. What field 3 of which table means is not in the file. It is agreed on,
# in the **schema**.


# %% tinyml={"objective": "20-file", "role": "explain"}
def fields(file, place):
    (back,) = struct.unpack_from("<i", file, place)
    layout = place - back
    size, _ = struct.unpack_from("<2H", file, layout)
    steps = struct.unpack_from(f"<{(size - 4) // 2}H", file, layout + 4)
    return {n: place + step for n, step in enumerate(steps) if step}


def follow(place):
    return place + struct.unpack_from("<I", file, place)[0]


def text(place):
    (length,) = struct.unpack_from("<I", file, place)
    return file[place + 4 : place + 4 + length].decode()


first_table = fields(file, follow(0))  # the schema calls it Model
print("bytes 0 to 7:", file[:8])
print("fields of the model:", first_table)
print("0, version:", *struct.unpack_from("<I", file, first_table[0]))
print("3, description:", text(follow(first_table[3])))

# %% [markdown]
# Four bytes of offset, then `TFL3` so that nobody mistakes the file. Field 1 leads to
# the kinds of operators, 2 to the graph with its tensors and operators, 4 to the
# **buffers**, where the weights are, as they are: on the board they are never copied
# into RAM, the program points into flash.
#
# `scratch.anatomy` follows *every* offset in that manner and notes what each byte was
# for; what nobody asked for is filler, zeros that move numbers to multiples of 4, 8 or
# 16 (a test holds that it is all zero). *Records* are the tables themselves, with their
# layouts and offsets; *scales* are what int8 needs to be real numbers again. Look at
# other models of the course, and at the wake words before they were quantized.


# %% tinyml={"objective": "20-file", "role": "explore"}
FILES = {
    "digits, int8": "digits_cnn/model.tflite",
    "words, int8": "words_dscnn/model.tflite",
    "words, float": "words_dscnn/float.tflite",
    "next letter, int8": "code_lstm/model.tflite",
}
root = datasets.model_path("digits_cnn").parents[1]
models = {name: (root / path).read_bytes() for name, path in FILES.items()}


def carpet(model):
    kinds = anatomy.anatomy(models[model])
    fig, ax = plt.subplots(figsize=(5.6, 4))
    diagrams.byte_map(ax, kinds, anatomy.KINDS)
    parts = np.bincount(kinds, minlength=6) / len(kinds)
    said = [f"{parts[i]:.0%} {anatomy.KINDS[i]}" for i in range(3)]
    return fig, f"{len(kinds):,} bytes: {', '.join(said)}."


Explore(
    carpet,
    model=Choice(list(FILES), "words, int8", "model"),
    look="In which file are the weights most of it? What do names and scales do there?",
    alt=lambda model: f"The bytes of {model} as a carpet, coloured by their kind.",
)

# %% [markdown]
# A name can take more bytes than what it names: Keras' whole path through the model is
# in it. A scale for each channel is four bytes, and its zero point *eight*. In the
# largest file, which guesses the next letter, all of that is little; in the two small
# int8 files it is more than the weights. So "int8 is a quarter of float" is true of
# weights, not of files:

# %% tags=["hide-input"] tinyml={"objective": "20-file", "role": "check"}
share = [np.mean(anatomy.anatomy(one) == 0) for one in models.values()]
assert max(share[:2]) < 0.5 < 0.8 < share[3]  # digits, words; next letter
small, large = len(models["words, int8"]), len(models["words, float"])
held = [t for t in graph.read(models["words, int8"]).tensors if t.data is not None]
longer = sum(len(t.name) > t.data.nbytes for t in held)
said = f"The wake words: {large:,} bytes in floats, {small:,} in int8, "
said += f"{large / small:.1f} times smaller. {longer} of {len(held)} constants take "
plots.say(said + "fewer bytes than their names (all counted).")
Check(
    "An int8 file of 20,000 bytes is 12,000 bytes of weights and 8,000 of description. "
    "The float file of the same model has the same description. How many times smaller "
    "is the int8 file?",
    answer=2.8,
    tolerance=0.02,
    mistakes={
        4: "That is the weights alone. What happens to the rest?",
        2.4: "The weights in float, over the whole int8 file. What is missing above?",
        3: "Does the description shrink as well?",
        0.36: "Upside down: how many times *smaller*?",
    },
    low="Too low. Write down both sizes: weights plus description.",
    high="Too high. Only one part shrinks, and only to a quarter.",
    reveal="56,000 over 20,000. The larger the model, the nearer to four.",
)

# %% [markdown]
# ## The graph
#
# Now a model of your own to pack. It looks at a digit with three eyes at once, patterns
# of 1, 3 and 5 pixels, as GoogLeNet did (chapter 10), and joins what they saw. After
# each convolution comes a **batch normalization**, which makes training quick: it moves
# and scales each channel so that over a batch the mean is 0 and the spread 1, and then
# gives it a spread `gamma` and a mean `beta` of its own, which are learned.


# %% tinyml={"objective": "20-fold", "role": "explain"}
import keras
from keras import layers

from tinyml_course import oracle, quantize, report, train, verify


def block(x, filters, size, name, norm):
    conv = layers.Conv2D(
        filters, size, padding="same", use_bias=not norm, name=f"conv_{name}"
    )
    x = conv(x)
    if norm:
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{name}")(x)
    return layers.ReLU()(x)


def three_eyes(norm=True):
    x = image = keras.Input((8, 8, 1))
    eyes = [block(x, 12, size, size, norm) for size in (1, 3, 5)]
    x = layers.Concatenate()([layers.MaxPooling2D()(eye) for eye in eyes])
    x = layers.GlobalAveragePooling2D()(block(x, 24, 3, "join", norm))
    return keras.Model(image, layers.Dense(10, activation="softmax", name="out")(x))


# %% [markdown]
# Train it, convert it, and draw what the converter wrote.

# %% tinyml={"objective": "20-fold", "role": "explain"}
train.seed_everything(0)
model, _ = train.fit(
    three_eyes(), data.x_train, data.y_train, epochs=15, learning_rate=5e-3
)
x_rep = data.x_train[:300]  # representative: they set the ranges
tflite_model = quantize.to_int8(model, x_rep)
net = graph.read(tflite_model)

fig, ax = plt.subplots(figsize=(5.6, 6.2))
diagrams.network(ax, net)
alt = "Three branches of convolution and pooling join; bands show the bytes handed on."
plots.show(fig, alt=alt)
scores = model.predict(data.x_test, verbose=0)
accuracy = train.accuracy(scores, data.y_test)
plots.say(
    f"{len(model.layers)} layers in Keras, {len(net.operators)} operators in the file. "
    f"{accuracy:.1%} of the test digits are right (measured, in floats)."
)

# %% [markdown]
# Orange boxes have weights; a band is as wide as the bytes that go through it. Note
# where it is heavy: the weights sit below, the traffic above. And where are the batch
# normalizations? There were four, and four ReLUs. The converter has made them vanish.
#
# ## Folding
#
# In use nothing is computed over a batch any more: mean $\mu$ and variance $\sigma^2$
# are constants, noted during training. For one channel, with the convolution's sum $s =
# \sum_j w_j x_j$ (it has no bias of its own: beta does that job),
#
# $$y = \gamma\,\frac{s - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta .$$
#
# Write $g = \gamma / \sqrt{\sigma^2 + \epsilon}$. Then
#
# $$y = g\,s + (\beta - g\mu) = \sum_j (g\,w_j)\,x_j + (\beta - g\mu),$$
#
# which is a convolution again, with other weights and a bias. The normalization costs
# nothing but a little arithmetic, once, before the model is shipped. The small
# $\epsilon$ only keeps the root away from zero. Code it; a Keras kernel is (height,
# width, inputs, channels), and the rest one number for each channel.


# %% tinyml={"objective": "20-fold", "role": "exercise"}
def fold(kernel, gamma, beta, mean, variance, epsilon):
    """The kernel and the bias that do both jobs: (..., channels) and (channels,)."""
    # your lines go here: return new_kernel, new_bias


# %% tags=["hide-input"] tinyml={"objective": "20-fold", "role": "check"}
def test_fold():
    rng = np.random.default_rng(0)
    kernel, epsilon = rng.normal(size=(5, 3)), 0.5
    gamma, beta, mean = rng.normal(size=(3, 3))
    variance = rng.uniform(0.1, 2, 3)
    made = fold(kernel, gamma, beta, mean, variance, epsilon)
    if made is None:
        return "fold gives nothing back yet. Return the new kernel and the new bias."
    if np.shape(made[0]) != (5, 3) or np.shape(made[1]) != (3,):
        return f"Shapes {np.shape(made[0])}, {np.shape(made[1])}; one bias a channel."
    gain = gamma / np.sqrt(variance + epsilon)
    if np.allclose(made[0], kernel * gamma / (variance + epsilon)):
        return "You divided by the variance. What has the unit of the values?"
    if np.allclose(made[0], kernel * gamma / np.sqrt(variance)):
        return "Where is epsilon? It is under the root, and it is not always small."
    if not np.allclose(made[0], kernel * gain):
        return "The kernel is not yet right. What multiplies s in the last line?"
    if np.allclose(made[1], beta):
        return "The kernel is right. The mean is still there: what is it times g?"
    right = np.allclose(made[1], beta - gain * mean)
    return None if right else "The kernel is right. And the bias: what, and which sign?"


done = "Two lines, and four layers less on the board. The next cell takes yours."
Check("`fold` gives one layer that equals the two.", test=test_fold, reveal=done)

# %% [markdown]
# Your `fold` now goes through the whole network. A twin without normalization gets the
# new kernels and biases, and both see the same test digits. (If the cell above is still
# empty, the course's `fold` steps in, so that you can read on.)

# %% tinyml={"objective": "20-fold", "role": "explain"}
from tinyml_course.scratch import folding

fold = fold if test_fold() is None else folding.fold
twin = three_eyes(norm=False)
twin.get_layer("out").set_weights(model.get_layer("out").get_weights())
for name in ("1", "3", "5", "join"):
    (kernel,) = model.get_layer(f"conv_{name}").get_weights()
    norm = model.get_layer(f"norm_{name}")  # weights: gamma, beta, mean, variance
    folded = fold(kernel, *norm.get_weights(), norm.epsilon)
    twin.get_layer(f"conv_{name}").set_weights(folded)

off = np.abs(twin.predict(data.x_test, verbose=0) - scores).max()
assert off < 1e-5
plots.say(
    f"The largest difference between {scores.size:,} probabilities is {off:.1e}: a few "
    f"roundings of a float, {np.finfo(np.float32).eps:.1e} each."
)

# %% [markdown]
# The converter does the same, and one thing more: a ReLU after a layer becomes two
# *limits* in that layer. In int8 it costs nothing at all: the range that comes out
# begins at zero, so zero *is* the lowest byte, $-128$, and every sum is clamped to a
# byte anyway. That is **activation fusion**. Its cousin **layer fusion** is what
# other tool chains call folding.
#
# What are the two worth? For the comparison the vanishing has to be prevented.
# `folding.unfolded` writes each normalization as a multiplication and an addition with
# a rounding in between, across which the converter may not fold; `anatomy.unfuse` takes
# each ReLU out of its layer again, an operator by itself. Same weights, same digits.

# %% tags=["hide-input"] tinyml={"objective": "20-fold", "role": "predict"}
apart = quantize.to_int8(folding.unfolded(model, x_rep), x_rep)
versions = {
    "as drawn in Keras": anatomy.unfuse(apart),
    "folded": anatomy.unfuse(tflite_model),
    "folded and fused": tflite_model,
}
x_board = net.tensors[net.inputs[0]].quantize(data.x_test)
bills = {k: report.bench(v, x_board[:5], profile=True) for k, v in versions.items()}
before, after = bills["as drawn in Keras"], bills["folded and fused"]
saved = 1 - after["instructions"] / before["instructions"]
cost = [row["instructions"] for row in before["profile"]]
last = np.argmax([row["macs"] or 0 for row in before["profile"]])  # the wide one
thin, wide = (sum(cost[i + 1 : i + 4]) / cost[i] for i in (0, last))
assert thin > 2 * wide
Predict(
    "Multiplying and adding once for each value sounds cheap beside a convolution. Of "
    "100 instructions of the model as drawn, how many does the board save when "
    "everything is folded and fused?",
    answer=round(100 * saved),
    unit="of 100",
    explain="The eye of one pixel has one product for each value: there multiply, add "
    f"and ReLU take {thin:.0%} of what the convolution takes, and {wide:.0%} in the "
    "wide layer below (counted).",
)

# %% tinyml={"objective": "20-fold", "role": "explain"}
words = ["operators", "bytes of the file", "bytes of flash", "TFLM's arena: planned"]
words += ["TFLM's arena: the rest", "instructions", "right"]
columns = [words]
for name, one in versions.items():
    read, bill = graph.read(one), bills[name]
    right = train.accuracy(graph.invoke(read, x_board), data.y_test)
    assert verify.verify(one, x_board[:3])["mismatches"] == 0
    assert abs(right - accuracy) < 0.02  # seven digits
    planned = oracle.arena_parts(one)["planned"]
    column = [len(read.operators), len(one), bill["flash_bytes"], planned]
    column += [bill["tflm_arena_bytes"] - planned, bill["instructions"]]
    columns.append([*column, f"{right:.1%}"])
costs = np.array([column[:-1] for column in columns[1:]])
assert np.all(np.diff(costs, axis=0) <= 0)  # each step saves,
assert np.all(np.diff(np.delete(costs, 3, axis=1), axis=0) < 0)  # most of all
diagrams.table(["", *versions], *zip(*columns, strict=True))
plots.say(
    "Bytes and instructions are counted, on the emulated board; arenas and accuracies "
    f"are measured. The two steps save **{saved:.0%}** of the instructions."
)

# %% [markdown]
# Fewer operators are fewer instructions, less flash, a smaller file, and fewer records
# for an interpreter to keep ("the rest", explained below). And the digits read right
# are the same up to a few, as the cell asserts: this is free.
#
# ## Operators and resolvers
#
# The file only *names* its operators: "number 3, version 3". Somebody must have code
# for each. TensorFlow has many operators, TensorFlow Lite fewer, TFLM only some of
# these, and the course's compiler fewest. So a model can be fine in one place and
# unknown in the next. GELU and ELU are two relatives of ReLU (try others, `selu` or
# `hard_silu`). TFLM itself runs on this computer too, in a process of its own, and
# `oracle.ask` asks it:


# %% tinyml={"objective": "20-cost", "role": "explain"}
from tensorflow.lite.python.schema_py_generated import BuiltinOperator

from tinyml_course.errors import ModelError
from tinyml_course.graph.schema import KINDS


def dense_with(activation):
    image = keras.Input((8, 8, 1))
    x = layers.Dense(4, activation=activation)(layers.Flatten()(image))
    return quantize.to_int8(keras.Model(image, x), x_rep)


asks = {"TFLM": lambda one: oracle.ask(one, [x_board[:1]]), "our compiler": graph.read}
for activation in ("gelu", "elu"):
    tflite = dense_with(activation)
    for who, ask in asks.items():
        try:
            ask(tflite)
            plots.say(f"* **{activation}, {who}:** runs.")
        except ModelError as error:
            plots.say(f"* **{activation}, {who}:** {error}")
counts = [sum(n[0].isupper() for n in dir(o)) for o in (tf.raw_ops, BuiltinOperator)]
counts.append(len(KINDS))
assert counts == sorted(counts, reverse=True)
plots.say("Operators: TensorFlow {:,}, its Lite {}, our compiler {}.".format(*counts))

# %% [markdown]
# The conversion succeeded each time; the message comes when the file meets the
# machine. So ask that early: choose operators that the target has *before* you train
# for a night.
#
# In TFLM's firmware you list what you need in a **resolver**, a table from number to
# function:
#
# ```cpp
# static tflite::MicroMutableOpResolver<3> resolver;
# resolver.AddConv2D();
# resolver.AddFullyConnected();
# resolver.AddSoftmax();
# ```
#
# Why not add all? A linker leaves out functions that nobody calls. A table
# *names* them, so they stay. Try it with our own operators: the same model, once
# called directly, once beside a table of every int8 operator that the course has.

# %% tags=["hide-input"] tinyml={"objective": "20-cost", "role": "predict"}
import re

runtime = Path(graph.__file__).parents[1] / "runtime"
texts = {p.name: p.read_text() for p in sorted(runtime.glob("tc_*.c"))}
every = {n: c for n, c in texts.items() if "float" not in n and n != "tc_io.c"}
known = re.findall(r"void (tc_\w+)\(const", (runtime / "tc.h").read_text())
main_c = '#include "model.h"\nint main(void) { USE return model_invoke(); }\n'
entries = ", ".join(f"(operator_t){name}" for name in known)
all_c = '#include "tc.h"\ntypedef void (*operator_t)(void);\nvolatile int number;\n'
all_c += f"const operator_t all[] = {{{entries}}};\n#define USE all[number]();\n"
sources = export.to_c(net)
lean = device.build({**sources, "main.c": "#define USE\n" + main_c})
full = device.build({**sources, **every, "main.c": all_c + main_c})
code = {n: size for n, (_, size) in full.symbols.items() if n in known}
used = {n: size for n, size in code.items() if n in lean.symbols}
assert len(code) == len(known) > len(used)
Predict(
    f"The model uses {len(used)} of {len(known)} operators; with a `main` of one line "
    f"it takes {lean.flash_bytes:,} bytes of flash. And with the table of all?",
    answer=full.flash_bytes,
    unit="bytes",
    explain=f"Counted. Those it uses are {sum(used.values()):,} bytes of code, all of "
    f"them {sum(code.values()):,}.",
)

# %% [markdown]
# ## Who lives when
#
# Weights stay in flash. What the operators hand on needs RAM, from the step that writes
# it to the last step that reads it: its **life**. Chapter 08 drew the plan of a small
# network; now write what makes it. A graph is a list of steps, each with the tensors it
# reads and writes. What is given is there before step 0, and what is wanted must still
# be there after the last step.


# %% tinyml={"objective": "20-planner", "role": "explain"}
def lifetimes(steps, given, wanted):
    first = dict.fromkeys(given, -1)
    last = dict(first)
    for step, (reads, writes) in enumerate(steps):
        for tensor in writes:
            first.setdefault(tensor, step)
        for tensor in (*reads, *writes):
            last[tensor] = step
    last.update(dict.fromkeys(wanted, len(steps)))
    return first, last


def alive(sizes, first, last):
    return {
        step: sum(sizes[t] for t in first if first[t] <= step <= last[t])
        for step in range(min(first.values()), max(last.values()) + 1)
    }


def lower_bound(sizes, first, last):
    return max(alive(sizes, first, last).values())


# %% [markdown]
# `lower_bound` is the largest sum of what is alive at one step. Whatever plan you
# make, that step has to be lived through: **no plan can be smaller**, unless two that
# live together may share bytes.
#
# Try it on a graph that fits into the head. A photo is searched for edges and for
# colours; each search makes a wide tensor and then keeps little of it; both together
# give the answer.
#
# | tensor | KB | made from |
# |---|---|---|
# | photo | 4 | (given) |
# | edges | 8 | photo |
# | few edges | 3 | edges |
# | colours | 6 | photo |
# | few colours | 1 | colours |
# | answer | 1 | few edges, few colours |
#
# Edges before colours is one order. But the two searches do not need each other, so
# there are more. Each runs the same steps and gives the same answer.

# %% tags=["hide-input"] tinyml={"objective": "20-planner", "role": "predict"}
MADE_FROM = {"edges": ["photo"], "few edges": ["edges"], "colours": ["photo"]}
MADE_FROM |= {"few colours": ["colours"], "answer": ["few edges", "few colours"]}
toy = [(reads, [made]) for made, reads in MADE_FROM.items()]
toy_sizes = {"photo": 4, "edges": 8, "few edges": 3}
toy_sizes |= {"colours": 6, "few colours": 1, "answer": 1}
ORDERS = {
    "edges to the end, then colours": (0, 1, 2, 3, 4),
    "colours to the end, then edges": (2, 3, 0, 1, 4),
    "both wide ones, then both small ones": (0, 2, 1, 3, 4),
}


def toy_lives(order):
    return lifetimes([toy[i] for i in order], ["photo"], ["answer"])


bounds = {name: lower_bound(toy_sizes, *toy_lives(o)) for name, o in ORDERS.items()}
assert len(set(bounds.values())) == 3
Predict(
    "Which order needs the least memory at its worst step?",
    options=[*ORDERS, "the order makes no difference"],
    answer=min(bounds, key=bounds.get),
    explain="; ".join(f"{name}: {bound} KB" for name, bound in bounds.items()) + ".",
)

# %% [markdown]
# Both wide tensors at once is the worst. Of the other two, the one is better that
# leaves little lying about while the largest tensor is there.
#
# Do not guess, enumerate. A step may run when all that it reads is there; try each such
# step next, and go on from there.


# %% tinyml={"objective": "20-planner", "role": "explain"}
def orders(steps, given, done=()):
    if len(done) == len(steps):
        yield done
    there = {*given, *(t for i in done for t in steps[i][1])}
    for i, (reads, _) in enumerate(steps):
        if i not in done and there.issuperset(reads):
            yield from orders(steps, given, (*done, i))


peaks = {o: lower_bound(toy_sizes, *toy_lives(o)) for o in orders(toy, ["photo"])}
best, worst = min(peaks, key=peaks.get), max(peaks, key=peaks.get)
rows = np.cumsum([0, *toy_sizes.values()])[:-1].tolist()
fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.4), sharey=True)
for ax, word, order in zip(axes, ("best", "worst"), (best, worst), strict=True):
    first, last = toy_lives(order)
    apart = dict(zip(toy_sizes, rows, strict=True))  # a row for each
    diagrams.blocks(ax, toy_sizes, first, last, apart)
    now = alive(toy_sizes, first, last)
    ax.step(list(now), list(now.values()), where="mid", color="k", lw=2.5)
    ax.set(title=f"{word}: {peaks[order]} KB", ylabel="", xlim=(-1.6, 6.4))
axes[0].set_ylabel("KB")
alt = "Two charts of lives; a black line, the sum alive, peaks lower on the left."
plots.show(fig, alt=alt)
counted = [f"{n} of {peak} KB" for peak, n in sorted(Counter(peaks.values()).items())]
plots.say(f"{len(peaks)} orders: {', '.join(counted)}.")

# %% [markdown]
# Each bar is a tensor, as tall as its bytes, from birth to death; the black line is the
# sum that is alive. Steps, sizes and results are equal on both sides, only the order is
# not. Finding the best order of a large graph is hard (it is NP-hard in general), so
# converters use rules of thumb, and search tools have been written for it.
#
# Now the network with three eyes. `planning.read` turns it into steps, and
# `anatomy.reorder` writes the file with its operators in another order: the list of
# operators is a list of offsets, so nothing else has to change.

# %% tinyml={"objective": "20-planner", "role": "explain"}
steps, given, wanted, sizes = planning.read(net)


def lives_in(order):
    return lifetimes([steps[i] for i in order], given, wanted)


peaks = {o: lower_bound(sizes, *lives_in(o)) for o in orders(steps, given)}
best, worst = min(peaks, key=peaks.get), max(peaks, key=peaks.get)
rows = []
for name, order in (("best", best), ("worst", worst)):
    one = anatomy.reorder(tflite_model, order)
    same = graph.invoke(graph.read(one), x_board) == graph.invoke(net, x_board)
    assert same.all()
    planned, ours = oracle.arena_parts(one)["planned"], graph.read(one).plan.arena_bytes
    changed = sum(a != b for a, b in zip(one, tflite_model, strict=True))
    rows.append((name, peaks[order], planned, ours, changed))
assert np.all(1.3 * np.array(rows[0][1:4]) < rows[1][1:4])
assert peaks[tuple(range(len(steps)))] == peaks[best]
plots.say(f"{len(peaks)} orders, from {peaks[best]:,} to {peaks[worst]:,} bytes.")
diagrams.table(
    ("order", "bound", "TFLM planned", "compiler's arena", "bytes changed"), *rows
)

# %% [markdown]
# A few bytes of the file decide over that much RAM, with equal answers for every test
# digit. Neither TFLM nor our compiler looks for a better order: they take the file's,
# and here the converter chose well.

# %% [markdown]
# ## The planner
#
# Lives are known; now each tensor needs a place. The rule that TFLM uses, and many
# others do, is greedy: take the **largest first**, and give each the **lowest place
# that is free while it lives**. Large ones are hard to place, so they choose first;
# small ones find gaps. Your part is the heart of it, the search for the gap:


# %% tinyml={"objective": "20-planner", "role": "exercise"}
def place(size, taken, align=1):
    """The lowest start, a multiple of align, where size bytes hit no taken block.

    taken: list of blocks (start, end), in any order; they may overlap each other.
    place(4, [(0, 8), (12, 20)]) is 8;  place(5, [(0, 8), (12, 20)]) is 20.
    """
    # your lines go here


# %% tags=["hide-input"] tinyml={"objective": "20-planner", "role": "check"}
def test_place():
    if place(4, []) is None:
        return "place gives nothing back yet. Where does the first tensor of all go?"
    if place(4, []) != 0:
        return "With nothing taken, the lowest start is free."
    if place(4, [(12, 20), (0, 8)]) == 20:
        return "On top of everything is safe, but there is a gap below. Look for gaps."
    if place(4, [(0, 8), (12, 20)]) != 8:
        return "A gap of exactly the right size will do: ends are excluded."
    if place(4, [(12, 20), (0, 8)]) != 8:
        return "The blocks come in any order. What if the higher one is named first?"
    if place(3, [(0, 30), (2, 6), (40, 50)]) != 30:
        return "Blocks may overlap: a later one can end below an earlier one."
    if place(4, [(0, 5), (12, 20)], 4) == 5:
        return "5 is no multiple of 4. An int32 at an odd address can fault."
    if place(4, [(0, 5), (11, 20)], 4) != 20:
        return "Align first, then ask whether it still fits."
    return None


Check(
    "`place` finds the lowest free start, and respects the alignment.",
    test=test_place,
    reveal="That is first fit. Below, your function plans every model of the course.",
)

# %% [markdown]
# Around it, one loop makes a planner. `overlaps` checks a plan: two tensors that are
# alive together may not share a byte (the course's tests try it with hundreds of
# random lives). Without a `place` of yours, the course's takes its part.


# %% tinyml={"objective": "20-planner", "role": "explain"}
place = place if test_place() is None else planning.place


def plan(sizes, first, last, align=1, order=None):
    offsets = {}
    largest_first = sorted(first, key=lambda t: (-sizes[t], first[t]))
    for tensor in order or largest_first:
        taken = [
            (offsets[other], offsets[other] + sizes[other])
            for other in offsets
            if first[tensor] <= last[other] and first[other] <= last[tensor]
        ]
        offsets[tensor] = place(sizes[tensor], taken, align)
    return offsets


lives = lives_in(best)
mine = plan(sizes, *lives)
assert planning.overlaps(sizes, *lives, mine) == []
most = planning.arena(sizes, plan(sizes, *lives_in(worst)))
assert sum(sizes.values()) - most > most - planning.arena(sizes, mine) > 0
plots.say(
    f"Arena {planning.arena(sizes, mine):,} bytes, bound {peaks[best]:,}; a place of "
    f"its own for each tensor would take {sum(sizes.values()):,}."
)

# %% [markdown]
# Play with it. Three orders of the same network, three ways to place. The dashed line
# is the bound of that order.

# %% tinyml={"objective": "20-planner", "role": "explore"}
plans = {o: planning.arena(sizes, plan(sizes, *lives_in(o))) for o in peaks}
odd = max(plans, key=lambda o: plans[o] - peaks[o])
EYES = {"one eye at a time": best, "one eye waits": odd, "wide ones first": worst}
ways = ["a place for each", "first come, first served", "largest first"]


def packed(order, how):
    lives = lives_in(EYES[order])
    born = sorted(sizes, key=lives[0].get) if how == ways[1] else None
    offsets, bound = plan(sizes, *lives, order=born), lower_bound(sizes, *lives)
    if how == ways[0]:  # as if all lived at once
        offsets = plan(sizes, dict.fromkeys(sizes, 0), dict.fromkeys(sizes, 0))
    fig, ax = plt.subplots(figsize=(6, 3.6))
    total = diagrams.blocks(ax, sizes, *lives, offsets, diagrams.words(net), bound)
    ax.set(ylim=(0, 1.05 * sum(sizes.values())))
    return fig, f"{total:,} bytes; at least {bound:,}, the dashed line."


Explore(
    packed,
    order=Choice(list(EYES), "one eye at a time", "order"),
    how=Choice(ways, ways[0], "place"),
    look="Which of the two controls saves more? Where is the bound not reached?",
    alt="Blocks of the arena over time, a block for each tensor, and the bound.",
)

# %% [markdown]
# Sharing bytes saves most, a good order comes next, and the two rules of placing differ
# little. Look at "one eye waits": largest first ends *above* the bound, and first come,
# first served reaches it; with "one eye at a time" it is the other way round. Greedy is
# a rule of thumb, and the bound a promise that nobody made. (The best plan is NP-hard
# to find, like the best order.)
#
# Now against the others, on several models of the course. TFLM's planner has three
# habits of its own: sizes in steps of sixteen bytes; of equal ones the *later* first;
# and a reshape is a copy, with a place of its own. Give yours the same habits. Our
# compiler, for its part, lets an output reach into the input that dies with it: a
# pooling may write over pixels that it has read for the last time. Two that live
# together then share bytes, so it may go below *your* bound.


# %% tinyml={"objective": "20-planner", "role": "explain"}
def mine_for(net, tflm=False):
    *steps, sizes = planning.read(net, share=not tflm)
    lives, order = lifetimes(*steps), None
    if tflm:
        sizes, order = planning.as_tflm(sizes, lives[0])
    offsets = plan(sizes, *lives, order=order)
    assert planning.overlaps(sizes, *lives, offsets) == []
    return lower_bound(sizes, *lives), planning.arena(sizes, offsets)


born = {o: sorted(sizes, key=lives_in(o)[0].get) for o in (best, odd)}
came = {o: plan(sizes, *lives_in(o), order=early) for o, early in born.items()}
assert planning.arena(sizes, came[odd]) == peaks[odd] < plans[odd]
assert planning.arena(sizes, came[best]) > plans[best] == peaks[best]
names = ["digits_cnn", "words_dscnn", "boats_cnn", "motion_models", "code_lstm"]
shelf = {name: datasets.model_path(name).read_bytes() for name in names}
rows = [("", "bound", "yours", "yours, as TFLM", "TFLM planned", "in all", "compiler")]
for name, one in {**shelf, "three eyes": tflite_model}.items():
    bound, yours = mine_for(graph.read(one))
    habit, parts = mine_for(graph.read(one), tflm=True)[1], oracle.arena_parts(one)
    ours, planned = graph.read(one).plan.arena_bytes, parts["planned"]
    assert max(bound, ours) <= yours <= planned == habit
    rows.append((name, bound, yours, habit, planned, sum(parts.values()), ours))
diagrams.table(*rows)
diagrams.table(("TFLM's arena for three eyes", "bytes"), *parts.items())

# %% [markdown]
# *TFLM planned* equals *yours, as TFLM* in every row: with the same habits, your
# planner gives TFLM's arena **to the byte**.
#
# And "in all"? Below the table TFLM itself says what its arena holds for the three
# eyes. *planned* is **non-persistent**: bytes that one operator leaves to the next.
# The rest is **persistent**, from the start of the device to its end: type, shape and
# address of each tensor (`TfLiteEvalTensor`), a record for each operator
# (`NodeAndRegistration`), and what operators prepared for themselves, such as
# multipliers and shifts (`buffer data`). It was measured on this computer, where an
# address takes eight bytes; on a board four.
#
# The persistent part is the price of interpreting: it grows with the number of
# operators and channels, not with the size of what they hand on. Folding and fusing
# made it smaller ("the rest", above). It stands at one end of the arena and the plan at
# the other, so that one number, the arena's size, is all you choose. Too small, and
# `AllocateTensors()` says so when the device starts.

# %% [markdown]
# ## The other file: ONNX
#
# Keras can write ONNX as well, and another company's program reads it: ONNX Runtime.
# Its file is a protocol buffer, read in one piece, and carries floats, names, and a
# list of operators from a numbered catalogue, the **opset**.
#
# So one model, and now five programs that run it: Keras, TensorFlow Lite on a
# computer or phone (it is called **LiteRT** now), ONNX Runtime, TFLM, and our C.
# First in floats; then in int8, where ONNX Runtime's own quantizer gets the same
# representative digits and chooses its own scales. (`scratch.runtimes` is plumbing:
# each program has its own way to be asked.) The largest differences over all test
# digits, from Keras and from TFLM, and how often another digit wins:

# %% tinyml={"objective": "20-agree", "role": "explain"}
from tinyml_course.scratch import runtimes

onnx_model = runtimes.to_onnx(model, data.x_test)
opset, kinds, constants = runtimes.onnx_contents(onnx_model)
real, onnx_int8 = net.tensors[net.outputs[0]], runtimes.onnx_int8(onnx_model, x_rep)
answers = {
    "TFLite, float": runtimes.lite(quantize.to_float(model), data.x_test),
    "ONNX Runtime, float": runtimes.onnx(onnx_model, data.x_test),
    "TFLite, int8": real.dequantize(runtimes.lite(tflite_model, x_board)),
    "ONNX Runtime, int8": runtimes.onnx(onnx_int8, data.x_test),
    "TFLM, int8": real.dequantize(oracle.ask(tflite_model, [x_board]).outputs[0]),
    "our C, int8": real.dequantize(device.run_model(net, x_board).outputs),
}
off = {who: np.abs(said - answers["TFLM, int8"]).max() for who, said in answers.items()}
assert "BatchNormalization" not in kinds
assert off["ONNX Runtime, int8"] > 2 * off["TFLite, int8"] >= off["our C, int8"] == 0
rows = [("", "from Keras", "other decisions", "from TFLM")]
for name, said in answers.items():
    far = np.abs(said - scores).max()
    other = np.sum(said.argmax(axis=1) != scores.argmax(axis=1))
    assert far < 1e-5 and not other if "float" in name else other <= 7
    rows.append((name, f"{far:.1e}", f"{other} of {len(scores)}", f"{off[name]:.1e}"))
diagrams.table(*rows)
print(f"ONNX: {len(onnx_model):,} bytes, {constants:,} in constants, opset {opset}")
print(*kinds)

# %% [markdown]
# Below the table is what the ONNX file holds. The normalizations are folded here too;
# but ReLU is an operator still, and the layout is another: ONNX has the channels first,
# so a `Reshape` turns the picture at the start. What fuses is left to whoever runs it.
#
# In floats the programs agree to a few roundings: they add the same numbers in another
# order. In int8 a file brings its own scales, so two *quantizers* differ by far more
# than two programs that run one file. Same decisions is a good result there; same bytes
# can only be asked of programs with the same file. And even then?
#
# ## What "exact" means
#
# Take the file of chapter 00 and run it by LiteRT and by TFLM. Both are TensorFlow's
# own, both add up integers, and for both we take the plain reference code. Up to the
# dense layer all bytes are equal. Before the softmax stand ten sums for each digit.

# %% tags=["hide-input"] tinyml={"objective": "20-agree", "role": "predict"}
digits = graph.read(file)
dense = next(op for op in digits.operators if op.kind == "fully_connected")
pictures = digits.tensors[digits.inputs[0]].quantize(data.x_test)
asked = [*dense.inputs[:1], *dense.outputs]
_, lite_inputs, lite_sums = runtimes.lite(file, pictures, asked)
inner = oracle.ask(file, [pictures], tensors=asked).tensors
tflm_sums = inner[dense.outputs[0]].reshape(lite_sums.shape)
assert np.array_equal(inner[dense.inputs[0]].ravel(), lite_inputs.ravel())
differ = np.argwhere(tflm_sums != lite_sums)
assert 0 < len(differ) < 40
assert np.abs(tflm_sums.astype(int) - lite_sums).max() == 1
assert np.array_equal(tflm_sums.argmax(axis=1), lite_sums.argmax(axis=1))
Predict(
    f"Of {lite_sums.size:,} bytes before the softmax, how many differ between LiteRT "
    "and TFLM?",
    answer=len(differ),
    unit="bytes",
    explain="Each by a single step. Nobody has made a mistake; look at one of them.",
)

# %% [markdown]
# Both must multiply an int32 sum by a real factor. LiteRT's dense layer does it in
# floating point (since TensorFlow 2.20) and rounds **once**. TFLM has the factor as a
# multiplier of 31 bits and a shift (chapter 19): it keeps the upper 32 bits, which
# rounds, and then shifts, which rounds **again**. Here are both, for all sums at once.

# %% tinyml={"objective": "20-agree", "role": "explain"}
from tinyml_course.scratch import bits

t_in, t_w, t_b, t_out = (digits.tensors[i] for i in (*dense.inputs, *dense.outputs))
x = inner[dense.inputs[0]].reshape(len(pictures), -1) - np.int64(t_in.zero_point[0])
totals = x @ t_w.data.T.astype(np.int64) + t_b.data
exact = totals * (t_in.scale[0] * np.array(t_w.scale) / t_out.scale[0])
once = np.sign(exact) * np.floor(np.abs(exact) + 0.5)  # a half: away from zero

factors, shifts = map(np.int64, graph.output_factors(digits, dense))
upper = bits.high_multiply(totals, factors)  # the first rounding ...
twice = bits.rounding_shift(upper, -shifts)  # ... and the second
for rounded, said in ((once, lite_sums), (twice, tflm_sums)):
    marks = np.clip(rounded + t_out.zero_point[0], -128, 127)
    assert np.array_equal(marks, said)  # all of them

row, neuron = where = tuple(differ[0])
places = -shifts[neuron]
plots.say(
    f"Once gives all of LiteRT's bytes, twice all of TFLM's. Test digit {row}, neuron "
    f"{neuron}: the sum {totals[where]:,} times its factor is **{exact[where]:.5f}**. "
    f"Rounded once: **{once[where]:.0f}**. Rounded first to {upper[where]:,} / "
    f"2^{places} = {upper[where] / 2.0**places}, then to a whole number: "
    f"**{twice[where]}**."
)

# %% [markdown]
# A first rounding to an exact half, a second one away from zero: that is all. It
# happens to few sums, decides no digit here, and yet it means that "equal to
# TensorFlow Lite" is no promise, since there is more than one. This course says
# **exact** when every byte equals **TFLM**, because TFLM is what runs on the boards.
# Our NumPy kernels, the C and the firmware round twice.

# %% tags=["hide-input"] tinyml={"objective": "20-agree", "role": "check"}
Check(
    "A sum times its factor is 20.4985. A machine rounds it first to the nearest "
    "1/256, then to a whole number (halves away from zero). What comes out?",
    answer=21,
    mistakes={
        20: "That is rounding once. What is 20.4985 in steps of 1/256, to the nearest?",
        20.5: "That is after the first rounding. There is a second.",
        20.4985: "Nothing is rounded yet.",
        5248: "So many steps of 1/256, yes. And as a whole number?",
    },
    low="Too low. Multiply by 256, round, divide by 256, look at what you have.",
    high="Too high. Two roundings, each to the nearest.",
    reveal="5,247.6 becomes 5,248, which is 20.5 exactly, and that goes up.",
)

# %% [markdown]
# ## Interpreter or compiled?
#
# A slide of Harvard's course says it in two numbers: TensorFlow Lite takes some 500 KB,
# and the board only has 256. It moves on to TFLM: deploy only what you need. Recompute
# it. (The slide compares program with RAM; on our board programs lie in flash, of which
# there is four times as much. But many a chip has 256 KB of *flash*. Take one.)
#
# What an interpreter takes cannot be counted here, for we have no firmware with TFLM in
# it. But it was measured beforehand, on two models of the MLPerf Tiny benchmark: flash
# without the file is the program. The one for keywords has the operators of a
# convolutional network, the one for anomalies nearly only dense layers. "Plain" are
# TFLM's reference operators; the other rows have CMSIS-NN, Arm's quick ones, several
# for each kind: they buy time with flash.
#
# And our models, whole? For the interpreter we can only *estimate*, and do it in its
# favour: flash = the plain program for keywords + the file; RAM = TFLM's arena without
# its stack, and of the persistent part half of what was measured on this computer,
# since no record shrinks by more when addresses do. Compiled is counted on the emulated
# board, its stack measured and included.

# %% tinyml={"objective": "20-cost", "role": "explain"}
# Measured beforehand: TFLM 90b983c2b, release flags, only the operators needed, gcc
# 12.2, QEMU mps2-an386 (Cortex-M4F). Bytes: flash, of it the file.
MEASURED = {"keywords": (107_328, 53_936), "keywords, plain": (95_352, 53_936)}
MEASURED |= {"anomalies": (305_096, 276_976)}
program = {name: flash - size for name, (flash, size) in MEASURED.items()}
programs = {"TensorFlow Lite (the slide)": 500 * 1024}
programs |= {f"TFLM for {n} (measured beforehand)": size for n, size in program.items()}
programs["our C, every operator (counted)"] = full.flash_bytes - net.weight_bytes
programs["our C, those of three eyes (counted)"] = lean.flash_bytes - net.weight_bytes
assert np.all(np.diff(list(programs.values())) < 0)  # each smaller than the last
free = [max(0, 256 * 1024 - size) for size in programs.values()]
rows = zip(programs, programs.values(), free, strict=True)
diagrams.table(("program", "bytes", "left of 256 KB for a model"), *rows)

rows = [("", "flash: interpreter", "compiled", "RAM: interpreter", "compiled")]
for name in (*names[:3], "three eyes"):
    one = shelf.get(name, tflite_model)
    bill, planned = report.bench(one), oracle.arena_parts(one)["planned"]
    arena = planned + (bill["tflm_arena_bytes"] - planned) // 2
    size = program["keywords, plain"] + len(one)
    assert size > 1.5 * bill["flash_bytes"]
    assert arena > 1.3 * bill["ram_bytes"]
    rows.append((name, size, bill["flash_bytes"], arena, bill["ram_bytes"]))
diagrams.table(*rows)

# %% [markdown]
# Five hundred into 256 does not go, fifty does, and the rest is for the model. With
# only dense layers the program is about half as large: the resolver again. And even
# with the interpreter favoured, compiled takes less of both memories.
#
# The compiled firmware carries no names, no records, no table of operators, only
# calls. What does it give up? The interpreter's file can be replaced without building
# new firmware, over the air, on a device that hangs in a field (chapter 25); and it
# is the same program for every model, tested by many. The time for interpreting is no
# argument: it is spent once for each *operator*, not for each value. TFLM's authors
# measured less than a thousandth of a long model's time, some hundredths of a very
# short one's (David et al., below).

# %% tags=["hide-input"] tinyml={"objective": "20-cost", "role": "check"}
Check(
    "A chip has 260,000 bytes of flash. The interpreter with its operators takes "
    "60,000, and a quarter of a .tflite is description. How many int8 weights fit?",
    answer=150000,
    tolerance=500,
    mistakes={
        200000: "That is what remains for the file. Is all of the file weights?",
        195000: "Three quarters of the whole flash. What else is in there?",
        260000: "Then there would be no program to run them.",
        50000: "That is the description. And the rest of the file?",
        160000: "Is the description a quarter of the *weights*, or of the file?",
    },
    low="Too low. What remains beside the program, and which share of it is weights?",
    high="Too high. First the program, then the description.",
    reveal="Three quarters of 200,000. Compiled, the description would not be there.",
)

# %% [markdown]
# ## The packing list
#
# One model, four views: the graph that runs, the file that travels, the arena by your
# planner, and what it takes of the board (compiled, with the compiler's own plan). Pack
# another: `packing_list(file, title)`.


# %% tinyml={"objective": "20-planner", "role": "explore"}
def packing_list(file, title):
    net, kinds = graph.read(file), anatomy.anatomy(file)
    run = device.run_model(net, np.zeros(net.tensors[net.inputs[0]].shape, np.int8))
    *steps, sizes = planning.read(net)
    lives = lifetimes(*steps)
    fig = plt.figure(figsize=(6.4, 8.6))
    grid = fig.add_gridspec(4, 2, height_ratios=[2, 2, 0.7, 0.7], width_ratios=[1.5, 1])
    places = [grid[:2, 0], grid[0, 1], grid[1, 1], grid[2, :], grid[3, :]]
    left, above, below, flash, ram = map(fig.add_subplot, places)
    diagrams.network(left, net)
    diagrams.byte_map(above, kinds, anatomy.KINDS, legend=False)
    above.set_title(f"file: {len(file):,} bytes")
    words = diagrams.words(net)
    total = diagrams.blocks(below, sizes, *lives, plan(sizes, *lives), words)
    below.set(title=f"arena: {total:,} bytes", ylabel="")
    code, stack = run.firmware.flash_bytes - net.weight_bytes, run.stack_bytes
    uses = {"weights": net.weight_bytes, "program": code}
    plots.memory_bars(flash, "flash", uses, board.flash_bytes)
    uses = {"arena, variables": run.ram_bytes - stack, "stack": stack}
    plots.memory_bars(ram, "RAM", uses, board.ram_bytes)
    fig.suptitle(title, fontsize=16)
    plots.show(fig, alt=f"{title}: graph, file, arena, and bars of flash and RAM.")


packing_list(tflite_model, f"Three eyes, packed: {right:.1%} right")  # in int8, above

# %% [markdown]
# ## On your own
#
# 1. Give three eyes a fourth, of 7 pixels. How many orders are there now, and by how
#    much do best and worst differ?
# 2. In how many of the 90 orders does largest first end above the bound? `plan` takes
#    any `order`: shuffle, and find a plan that reaches it. Our compiler tries sixty.
# 3. Swap two operators of `words_dscnn` with `anatomy.reorder`, so that one reads what
#    nobody has written yet. Who notices, TFLM or our compiler?
# 4. The names in a `.tflite` help nobody on the board. How much smaller is the file of
#    `words_dscnn` without them? Packers for devices strip them.
#
# ## What you have done
#
# * You **opened** a `.tflite` by its offsets, and know what all of its bytes are for.
# * You **folded** normalizations into convolutions, and counted operators, bytes and
#   instructions before and after.
# * You **planned** an arena: lives, orders, a lower bound, and a planner that gives
#   TFLM's own arena to the byte when it takes over TFLM's habits.
# * You **held** Keras, LiteRT, ONNX Runtime, TFLM and C against each other, and found
#   the one rounding in which two of them differ.
# * You **weighed** interpreter against compiled code, in flash and RAM.
#
# **The idea to keep:** a model is data, and everything about its cost on the board,
# bytes, lives, places, is known before it runs. What is known beforehand should not
# be carried along.
#
# **Next:** the suitcase is packed. Chapter 21, *The 256 KB board*, puts your model into
# it and closes the lid.
#
# ## Sources
#
# * *CS249r: Tiny Machine Learning*, Harvard (2020): from TensorFlow to TensorFlow
#   Lite to Micro, 500 KB against 256. J. Aynsley, *Deep Learning for Engineers*,
#   Doulos (2019): training against inference, clouds, ONNX in the tool flow.
#   MathWorks, *Deploying AI to Embedded Systems*, tinyML Talks (2021): layer fusion.
# * TensorFlow Lite schema, version 3 (`schema.fbs`); *FlatBuffers internals*, Google.
# * S. Ioffe and C. Szegedy, "Batch Normalization", *ICML* (2015). B. Jacob et al.,
#   "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
#   Inference", *CVPR* (2018): folding, fused activations, the rounding.
# * R. David et al., "TensorFlow Lite Micro", *MLSys* (2021), and TFLM's *Memory
#   management* and `greedy_memory_planner`: the two ends of the arena, resolvers.
# * Y. Pisarchyk and J. Lee, "Efficient Memory Management for Deep Neural Net
#   Inference" (2020): greedy by size, lower bounds. B. H. Ahn et al., "Ordering
#   Chaos: Memory-Aware Scheduling of Irregularly Wired Neural Networks", *MLSys*
#   (2020): the order.
# * ONNX, *Operator schemas*, opset 15; ONNX Runtime, *Quantize ONNX models*.
# * TensorFlow issue 119412 (2026): the dense reference kernel rounds a float.
# * C. Banbury et al., "MLPerf Tiny Benchmark", *NeurIPS* (2021): the models of the
#   measured figures.
