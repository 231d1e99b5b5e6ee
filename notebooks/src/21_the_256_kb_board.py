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

# %% [markdown] tinyml={"objectives": ["21-ship", "21-equal", "21-cost", "21-limits"]}
# # Put your model on the 256 KB board
#
# The networks that made deep learning famous weigh tens to hundreds of megabytes.
# The board of this course has one megabyte of flash, where program and weights
# live, and 256 kilobytes of RAM, where the work is done. In the picture a broken
# line is a wall, and each solid grid line stands for a thousand times as much as
# the one before.
#
# **You will**
#
# * **ship** a model that you trained: from Keras to int8 to C to firmware;
# * **prove** that the board computes exactly what the reference computes;
# * **account** for every byte, instruction and microjoule;
# * **break** the board on purpose, three times, and read what it says.
#
# **You need** chapter 02, Python with NumPy, and a feeling for C. Chapters 19
# (int8) and 20 (from Keras to a file) derive what is only named here. About 90
# minutes.

# %% tags=["hide-input"] tinyml={"objective": "21-limits", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, graph, plots

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
board = boards.get("nano33")
tiny = graph.read(datasets.model_path("digits_cnn"))
networks = ["VGGNet", "AlexNet", "ResNet", "GoogLeNet", "chapter 00"]
between = sum(tiny.tensors[op.outputs[0]].bytes for op in tiny.operators)
weights = [528, 233, 97, 26, tiny.weight_bytes / 2**20]  # MB: Lu et al., table 4
values = [110, 8, 221, 53, between / 2**20]  # what all layers hand on, together
panels = [("weights", weights, 1, "flash"), ("between layers", values, 1 / 4, "RAM")]
fig, axes = plt.subplots(1, 2, figsize=(5.2, 3), sharey=True)
for ax, (title, megabytes, wall, memory) in zip(axes, panels, strict=True):
    ax.scatter(megabytes, networks, s=90, color=[GREY] * 4 + [BLUE])
    ax.axvline(wall, color=RED, ls="--")
    ax.text(wall * 1.5, 4, f"the board's\n{memory}", color=RED, va="center")
    ax.set(xscale="log", xlim=(3e-4, 3e3), ylim=(-0.6, 4.6), title=title)
    ax.set_xticks([0.001, 1, 1000], ["1 KB", "1 MB", "1 GB"], fontsize=10)
plots.show(
    fig,
    alt="Dots: four famous networks far above the board's memories, ours far below.",
)

# %% [markdown]
# (The famous ones store floats of 4 bytes, the one of chapter 00 single bytes. "Between
# layers" is what all layers hand on, together.) In chapter 00 a model that somebody
# else had trained read digits on the board. Now you make your own, and take nothing
# on trust:
#
# 1. **train** a small network in Keras, in 32-bit floats;
# 2. **quantize** it: every number becomes one byte;
# 3. **read** the file and see what is in it and what it will cost;
# 4. **export** it to C;
# 5. **build** firmware, the program that a board runs from the moment it has
#    power, and **run** it.
#
# > **Caution: three words with a fixed meaning.** *Counted* figures are exact:
# > bytes in a file, instructions executed. *Measured* ones depend on what was run:
# > an accuracy, the deepest the stack ever was. *Estimated* ones come from a
# > formula, which is always shown. Each figure below carries its word.

# %% [markdown]
# ## Train
#
# The pictures are digits written by hand in the 1990s, 8 by 8 pixels with ink
# from 0 to 1. A fifth of them go into the drawer as `x_test`.

# %%
data = datasets.load("digits")
x_train, y_train = data.x_train, data.y_train  # (1437, 8, 8, 1) float32
x_test, y_test = data.x_test, data.y_test

fig, ax = plt.subplots(figsize=(5, 1.9))
plots.mosaic(ax, x_train, y_train, columns=8, rows=2)
plots.show(
    fig,
    alt="Sixteen handwritten digits of 8 by 8 grey pixels, each under its "
    "label. Some are easy to read, a few are blots.",
)

# %% [markdown]
# The network has five working layers; chapter 10 builds each by hand.
#
# * A **convolution** slides a small window over the picture. At each place it
#   multiplies what it sees with a pattern of weights and adds up, and one more
#   weight, the **bias**: it looks for that pattern everywhere. Eight patterns give
#   eight pictures, called *channels*. `relu` then sets what is negative to zero.
# * **Max pooling** keeps the largest of each 2 by 2 pixels: half as high, half
#   as wide. `Flatten` then lays all that is left in one row.
# * The **dense** layer weighs everything in that row, once for each digit, and
#   `softmax` turns ten sums into ten probabilities.
#
# `fit` then shows it all training pictures 20 times, and after every 32 moves each
# weight a small step downhill on a loss, as you walked in chapter 03;
# `learning_rate` is the step. What is random has a seed: run it again and the same
# model comes out.


# %%
import keras
from keras import layers

from tinyml_course import device, export, oracle, quantize, report, train
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider


def cnn(side, filters):
    return keras.Sequential(
        [
            keras.Input((side, side, 1)),
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


# %%
train.seed_everything(0)
model, history = train.fit(
    cnn(side=8, filters=8), x_train, y_train, epochs=20, learning_rate=5e-3
)
scores = model.predict(x_test, verbose=0)  # (360, 10) probabilities
float_accuracy = train.accuracy(scores, y_test)
plots.say(
    f"Trained {model.count_params():,} weights. On the drawer's "
    f"{len(y_test)} digits, the accuracy is **{float_accuracy:.1%}** "
    "(measured, 32-bit floats)."
)

# %% [markdown]
# ## Quantize: one byte for each number
#
# A float takes four bytes, and a processor without a large vector unit is slow
# with them. So each tensor (each array of the model) gets two constants, a
# **scale** and a **zero point**, and its numbers are stored as **int8**, whole
# numbers from $-128$ to $127$:
#
# $$\text{real value} = \text{scale} \cdot (q - \text{zero point}).$$
#
# What scale? For weights one looks at the weights. For the values *between* the
# layers one has to see some, so we send a few hundred training pictures through
# the model and note the ranges: the **representative data**. Chapter 19 derives
# all of it.

# %% tinyml={"objective": "21-ship", "role": "explain"}
tflite_model = quantize.to_int8(model, x_train[:300])
float_file = quantize.to_float(model)

net = graph.read(tflite_model)
first, last = net.tensors[net.inputs[0]], net.tensors[net.outputs[0]]
x_board = first.quantize(x_test)  # (360, 8, 8, 1) int8
int8_accuracy = train.accuracy(graph.invoke(net, x_board), y_test)
plots.say(
    "| model | file (counted) | accuracy (measured) |\n|---|---|---|\n"
    f"| float32 | {len(float_file):,} bytes | {float_accuracy:.1%} |\n"
    f"| int8 | {len(tflite_model):,} bytes | {int8_accuracy:.1%} |\n\n"
    f"The weights alone are {net.weight_bytes:,} bytes now; the rest of the "
    "file is names, shapes and scales."
)

# %% [markdown]
# One byte instead of four, and yet the file does not shrink to a quarter: in a
# model this small, most of the file is description. With larger ones the factor
# comes close to four. (And why more bytes than weights? The biases are added to
# large sums, so they keep four bytes each.) The board will not carry the description
# at all.
#
# `graph.read` has taken the file apart. Each row is one operator with the shape
# it hands on, the bytes that takes, and its **MACs**: *multiply-accumulates*, a
# multiplication and an addition, the small change of neural networks.

# %%
print(net)
print("\nthe first test picture:", x_board[0, ..., 0], sep="\n")
print("\noutput: scale", last.scale[0], "zero point", last.zero_point[0])

# %% [markdown]
# The **arena** is the memory for everything between the layers. It is smaller
# than the sum of the column above it, because nothing keeps its place for longer than
# it is needed: a layer's output may even reach into those values of its input that
# the layer has read for the last time. Chapter 20 packs it.
#
# Below the table is what the board gets to see: no ink is $-128$. The answer comes
# back in the same form, ten bytes, each a probability with the scale and the
# zero point of the last line.

# %% tags=["hide-input"] tinyml={"objective": "21-ship", "role": "check"}
Check(
    "For one digit the board answers with the byte 97; the output's scale is 1/256, "
    "its zero point -128. Which probability is that?",
    answer=round((97 + 128) / 256, 3),
    tolerance=0.006,
    mistakes={
        round(97 / 256, 3): "You used the scale. What must be subtracted first?",
        round(97 / 128, 3): "Half of the formula. What does the zero point do, and "
        "what is the scale?",
        97: "That is the byte. Between which two values is a probability?",
        225: "So many steps above zero, yes. And how much is one step?",
        -31: "Subtracting a negative number goes the other way.",
        round(-31 / 256, 3): "A probability below zero? Look at the sign of the zero "
        "point.",
    },
    low="Too low. First q minus the zero point, then times the scale.",
    high="Too high. First q minus the zero point, then times the scale.",
    reveal="(97 + 128) / 256. To find the largest of ten, the bytes will do.",
)

# %% [markdown]
# ## Export: the model becomes C
#
# There are two ways to run such a file on a microcontroller. An *interpreter*
# like TensorFlow Lite Micro (**TFLM**) carries the file along and walks through
# it at run time. A *code generator* reads it here, and writes C that holds only
# what is left to do: constants, and one call for each layer. We generate, and
# keep TFLM as the judge.

# %% tinyml={"objective": "21-ship", "role": "explain"}
sources = export.to_c(net, name="digits")  # {file name: text}
for file, text in sources.items():
    print(f"{text.count(chr(10)):5} lines  {file}")

_, weights_c, *_ = sources["digits.c"].split("\nstatic ")
calls_c = sources["digits.c"].split("\n\n")[-2]
header = sources["digits.h"].splitlines()
promises = [line for line in header if line.endswith(");")]
print("\nstatic " + weights_c, calls_c, "\n".join(promises), sep="\n\n")

# %% [markdown]
# The `tc_*.c` files are the operators, written by hand, one a file: open one in
# `tinyml_course/runtime`. Everything about *your* model is in `digits.c`: scales,
# shapes, weights (above, those of the first layer) and the list of calls. The last
# lines are the header's promise to any program:
#
# * write the picture to where `digits_input()` points;
# * call `digits_invoke()`;
# * read ten bytes at `digits_output()`.
#
# No operating system, no file, no memory asked for at run time. The reshape in the
# table above is gone: it moves nothing, so it is no code.

# %% [markdown]
# ## Build
#
# The program around the model you could write in an evening. `board.h` is the
# course's: it reads bytes, and it prints through the board's serial port, the
# UART.

# %% tinyml={"objective": "21-ship", "role": "explain"}
main_c = """#include "board.h"
#include "digits.h"

int main(void) {
    board_printf("hello from the board\\n");
    while (board_read(digits_input(), DIGITS_INPUT_0_BYTES)) {
        digits_invoke();
        const int8_t *p = digits_output();
        int best = 0;
        for (int i = 1; i < DIGITS_OUTPUT_0_BYTES; i++)
            best = p[i] > p[best] ? i : best;
        board_printf("I see a %d (%d of 256)\\n", best, p[best] + 128);
    }
    return 0;
}
"""
firmware = device.build({**sources, "main.c": main_c})

# %% tags=["hide-input"] tinyml={"objective": "21-ship", "role": "predict"}
Predict(
    f"The weights are {net.weight_bytes:,} bytes. How much flash does the complete "
    "firmware take, with operators, start-up code, printing and `main`?",
    answer=firmware.flash_bytes,
    unit="bytes",
    explain=f"Counted. It is {firmware.flash_bytes / board.flash_bytes:.1%} of the "
    "board's flash: there is no interpreter in it, no names, no operator that this "
    "model does not use.",
)

# %% [markdown]
# ## Run
#
# Five test pictures go in through `board_read`. What comes out of the UART?

# %% tinyml={"objective": "21-ship", "role": "explain"}
run = device.run(firmware, stdin=x_board[:5].tobytes(), name="digits")

print(run.uart)
plots.say(f"The labels are {', '.join(map(str, y_test[:5]))}.")

# %% [markdown]
# Nobody has soldered anything: the board is emulated. But the firmware is real.
# A compiler for the board's processor, a Cortex-M4, made it; an emulated
# Cortex-M4 executes it instruction by instruction; and only what the board has is
# there: an access outside its flash and its RAM stops the program, as you will see.

# %% [markdown]
# ## Where the bytes are
#
# The compiler leaves a list of everything that has a name, with its address and
# its size. Sort it by kind. (In RAM there is also the **stack**, where functions
# keep their local variables while they run. More of it below.)

# %% tinyml={"objective": "21-cost", "role": "explain"}
KINDS = {
    "weights": ("weights_", "bias_"),
    "scales, shapes": ("multiplier_", "shift_", "layer_"),
    "layers' code": ("digits_", "tc_", "exp_"),
}
sizes = {name: size for name, (_, size) in firmware.symbols.items()}
flash = {
    kind: sum(sizes[name] for name in sizes if name.startswith(begin))
    for kind, begin in KINDS.items()
}
flash["start-up, printing"] = firmware.flash_bytes - sum(flash.values())
arena = net.plan.arena_bytes
variables = firmware.static_ram_bytes - arena
ram = {"arena": arena, "variables": variables, "stack": run.stack_bytes}

fig, axes = plt.subplots(2, 1, figsize=(5.2, 5))
plots.memory_bars(axes[0], "flash", flash, board.flash_bytes)
plots.memory_bars(axes[1], "RAM", ram, board.ram_bytes)
plots.show(
    fig,
    alt="Two pairs of bars. Above, the whole flash with a sliver in use, and "
    "that sliver enlarged: weights, scales and shapes, code of the layers, "
    "start-up. Below, the whole RAM with an even thinner sliver: arena, "
    "variables and stack.",
)

# %% [markdown]
# Flash, arena and variables are counted; the stack is measured: the deepest it ever
# was in this run. (The emulator paints the RAM first and looks later how far the
# paint is gone.) Nearly all of the board is empty, and before this chapter ends you
# will have run out of it.
#
# ## Prove it
#
# It printed plausible digits. Is it *right*? Four programs now claim to be the
# same function: TFLM, which the rest of the world uses; the int8 arithmetic in
# NumPy that chapter 19 derives; the generated C compiled for this computer; and the
# firmware on the board. And there is the model in Keras, with floats.
#
# Send all test pictures through all of them. Each answers with ten bytes for each
# picture.

# %% tags=["hide-input"] tinyml={"objective": "21-equal", "role": "predict"}
from tinyml_course import deploy, verify

compared = verify.verify(tflite_model, x_board)

Predict(
    f"Ten bytes for each of {compared['inputs']} pictures are {compared['outputs']:,} "
    "bytes. In how many of them do the four programs not all agree?",
    answer=compared["mismatches"],
    unit="bytes",
    explain="Not nearly equal: equal. How an integer is rounded is written down, so "
    "there is no excuse, and one differing byte would be a bug to find.",
)

# %% [markdown]
# `verify` has said so; see for yourself. Keras is judged otherwise: int8 is an
# approximation of the float model, and it should be *close*, while the four int8
# programs should be *the same*.

# %% tinyml={"objective": "21-equal", "role": "explain"}
on_board = device.run_model(net, x_board, sources=sources, name="digits")
stages = {
    "NumPy kernels": graph.invoke(net, x_board),
    "C on this computer": device.host(sources, "digits", net).predict(x_board),
    "firmware on the board": on_board.outputs,
}
if oracle.available():  # TFLM's package exists for Linux only
    stages = {"TFLM": oracle.ask(tflite_model, [x_board]).outputs[0]} | stages
judge, judged = next(iter(stages.items()))
lines = []
for name, y in stages.items():
    differ, right = np.sum(y != judged), train.accuracy(y, y_test)
    lines.append(f"| {name} | {y.size:,} | {differ} | {right:.1%} |")
same = np.mean(scores.argmax(1) == judged.argmax(1))
gap = np.abs(scores - last.dequantize(judged)).max()
plots.say(
    f"| program | bytes | differ from {judge} | accuracy (measured) |\n"
    "|---|---|---|---|\n" + "\n".join(lines) + "\n\n"
    f"Keras and int8 name the same digit for {same:.1%} of the pictures; the "
    f"largest gap between two probabilities is {gap:.2f}."
)

# %% [markdown]
# A comparison that cannot fail proves nothing. So write the C to a folder, turn
# around the sign of **one** weight, and ask `verify` to hold that folder against the
# model. Without test pictures it makes up random and extreme ones.

# %% tinyml={"objective": "21-equal", "role": "explain"}
import re
import tempfile
from pathlib import Path

from tinyml_course.errors import BoardFault

with tempfile.TemporaryDirectory() as folder:
    deploy.write("c", tflite_model, folder, name="digits")
    honest = verify.verify(tflite_model, c_dir=folder)
    file = Path(folder, "digits.c")
    text = file.read_text()
    first_weight = re.search(r"weights_\d+\[\d+\] = \{\s*(-?\d+)", text)
    start, end = first_weight.span(1)
    value = int(first_weight[1])
    changed = -value or 1  # a zero has no sign to turn around
    file.write_text(f"{text[:start]}{changed}{text[end:]}")
    tampered = verify.verify(tflite_model, c_dir=folder)
plots.say(
    f"As generated: {honest['mismatches']} of {honest['outputs']} bytes "
    f"differ. With one weight changed from {value} to {changed}: "
    f"**{tampered['mismatches']}** differ, by up to {tampered['worst']} steps."
)

# %% tags=["hide-input"] tinyml={"objective": "21-equal", "role": "check"}
Check(
    "A friend ports this course to another board and reports four things. Which one "
    "is certainly a bug?",
    options=[
        "Keras says 0.98 and the board 0.96",
        "One picture is read wrong by all of them",
        "In one picture, one byte is one step off TFLM's",
        "The int8 accuracy is a little above the float one",
    ],
    answer="In one picture, one byte is one step off TFLM's",
    mistakes={
        "Keras says 0.98 and the board 0.96": "Floats became bytes in between. Should "
        "these two be close, or equal?",
        "One picture is read wrong by all of them": "Then they agree, and the model "
        "has not learned that one. Is agreement what was broken?",
        "The int8 accuracy is a little above the float one": "Rounding moves a few "
        "close calls, to either side. Luck is no bug.",
    },
    reveal="Small differences in integers have a cause: a rounding, an overflow, "
    "an order of operations. On other inputs the same cause is not small.",
)

# %% [markdown]
# ## What it costs
#
# How long does one digit take? The emulator counts every instruction, and knows
# in which layer. Go back to the table of MACs and place your bet.

# %% tags=["hide-input"] tinyml={"objective": "21-cost", "role": "predict"}
rows = [row for row in on_board.profile if row.layer is not None and row.instructions]
names = [f"{row.layer:02d} {row.kind}" for row in rows]
most = max(rows, key=lambda row: row.instructions)
per_mac = {row.layer: row.instructions / row.macs for row in rows if row.macs}

Predict(
    "Which layer costs the board the most instructions?",
    options=names,
    answer=names[rows.index(most)],
    explain="Counted. Instructions for each MAC: "
    + ", ".join(f"{n:.0f} in layer {layer:02d}" for layer, n in per_mac.items())
    + ". MACs alone do not tell; look at the shapes.",
)

# %% tinyml={"objective": "21-cost", "role": "explain"}
total = on_board.inference_instructions
fig, ax = plt.subplots(figsize=(5.4, 3.6))
ax.barh(names, [row.instructions / 1000 for row in rows], color=BLUE)
for place, row in enumerate(rows):
    note = f" {row.instructions / total:.1%}"
    if row.macs:
        note += f", {row.instructions / row.macs:.1f} a MAC"
    ax.text(row.instructions / 1000, place, note, va="center", fontsize=11)
ax.set(xlabel="thousand instructions (counted)")
ax.set(xlim=(0, 1.8 * most.instructions / 1000))
ax.invert_yaxis()
plots.show(
    fig,
    alt="Bars for the layers of the model. The two convolutions take nearly "
    "all instructions; pooling, the dense layer and softmax are slivers. "
    "Beside each bar its share, and for layers with weights its instructions "
    "for each MAC.",
)

# %% [markdown]
# A MAC is not an instruction. Around each one, addresses are computed, loops
# counted, edges of the picture tested; and after each sum a **requantization**
# brings 32 bits back to 8. `tc_conv2d.c` takes a row of the window in one go, with
# all its channels. In the first layer, with one channel, that is three products, and
# the effort around them is for those three. In the second it is three pixels of eight
# channels, and the same effort is shared by twenty-four. The profile says where a
# faster loop would be worth its trouble.
#
# From instructions to time and energy the road is a formula. ARM documents how many
# clock cycles each kind of instruction takes. Added up, and with the current $I$ and
# the voltage $U$ of the data sheet,
#
# $$t = \frac{\text{cycles}}{\text{clock}}, \qquad E = t \cdot I \cdot U .$$

# %% tinyml={"objective": "21-cost", "role": "explain"}
cycles = on_board.inference_cycles
seconds = cycles / board.clock_hz
joules = seconds * board.run_ma * 1e-3 * board.volts

plots.say(
    f"{total:,} instructions (counted) are about {cycles:,} cycles "
    f"(estimated), {cycles / total:.2f} for each. At "
    f"{board.clock_hz / 1e6:.0f} MHz that is **{seconds * 1e3:.1f} ms**; at "
    f"{board.run_ma} mA and {board.volts} V, **{joules * 1e6:.0f} µJ** "
    "for one digit (estimated)."
)

# %% [markdown]
# > **Note: what the estimate leaves out.** Flash on the real chip answers late, and
# > a cache hides most of that, not all. The length of a jump depends on where it
# > lands. The current is the data sheet's for a benchmark on the bare chip, with
# > nothing on the pins. How far off the estimate is, only a real board can tell:
# > measure before you promise.

# %% tags=["hide-input"] tinyml={"objective": "21-cost", "role": "check"}
Check(
    "Another model takes 1,280,000 cycles. How much energy does one run take, at 64 "
    "MHz, 3.3 mA and 3 V?",
    answer=198,
    unit="µJ",
    tolerance=1,
    mistakes={
        66: "Time times current is a charge. What is missing for an energy?",
        9.9: "That is the power, in milliwatts. For how long is it drawn?",
        20: "That is the time in milliseconds. The formula goes on.",
        0.198: "Right digits, in millijoules. The field asks for µJ.",
        0.000198: "Right digits, in joules. The field asks for µJ.",
        198000: "Check the prefixes: mA times V is mW, ms times mW is µJ.",
    },
    low="Too little. First the time, in ms; then times mA, times V.",
    high="Too much. First the time, in ms; then times mA, times V.",
    reveal="20 ms at 9.9 mW. A coin cell holds about 2.5 kJ: millions of runs.",
)

# %% [markdown]
# ## Until it breaks: more pixels
#
# Now make the picture larger. What a model costs does not depend on what it has
# learned, so these are not even trained: the same layers, converted and read, in
# several sizes. Bytes are counted from the graph, with the code of your firmware.
# The time is a rougher estimate than before: the MACs of each layer, times the
# cycles that one MAC took in that layer of your model. To see how rough, one of the
# models is also run.


# %% tags=["hide-input"]
def estimate_ms(n):
    cycles = sum(rate.get(op.index, 0) * op.macs for op in n.operators)
    return 1e3 * cycles / board.clock_hz


def size_picture(side, filters):
    row, here = [nets[s, filters] for s in SIDES], SIDES.index(side)
    flash = [code + n.weight_bytes for n in row]
    ram = [variables + n.plan.arena_bytes for n in row]
    fig, axes = plt.subplots(1, 2, figsize=(4.8, 3.2), sharey=True, layout="none")
    fig.subplots_adjust(left=0.15, right=0.99, bottom=0.17, top=0.91, wspace=0.07)
    walls = [("flash", flash, board.flash_bytes), ("RAM", ram, board.ram_bytes)]
    for ax, (memory, needed, wall) in zip(axes, walls, strict=True):
        fits = needed[here] <= wall
        form, color = ("o", BLUE) if fits else ("X", RED)
        ax.axhline(wall, color=RED, ls="--")
        ax.plot(SIDES, needed, color=GREY)
        ax.plot(side, needed[here], form, ms=13, color=color)
        title = f"{memory}: {'fits' if fits else 'too big'}"
        ax.set(title=title, xlabel="side (pixels)", yscale="log")
    axes[0].set(ylabel="bytes", ylim=(500, 4e6))
    return fig, (
        f"Flash {flash[here]:,} and RAM {ram[here]:,} bytes without stack (counted), "
        f"{estimate_ms(row[here]):,.0f} ms a picture (estimated)."
    )


# %% tinyml={"objective": "21-limits", "role": "explore"}
def untrained(side, filters):
    ones = np.ones((1, side, side, 1))
    return quantize.to_int8(cnn(side, filters), ones)


SIDES, FILTERS = range(8, 129, 24), [8, 16, 32]
nets = {(s, f): graph.read(untrained(s, f)) for s in SIDES for f in FILTERS}
code = firmware.flash_bytes - net.weight_bytes
rate = {row.layer: row.cycles / row.macs for row in rows if row.macs}

blank = device.run_model(nets[32, 8], np.zeros((1, 32, 32, 1), np.int8))
plots.say(
    f"32 pixels, 8 patterns: {estimate_ms(nets[32, 8]):.0f} ms by the MACs, "
    f"{blank.latency_ms:.0f} ms by the cycles of a run."
)
Explore(
    size_picture,
    side=Slider(8, 128, 24, 32, "side of the picture (pixels)"),
    filters=Choice(FILTERS, 8, "patterns in the first layer"),
    look="Which wall is hit first, flash or RAM? What happens to the time?",
    alt=lambda side, filters: (
        f"Two rising curves, bytes of flash and RAM, for {filters} patterns. "
        f"{side} pixels are marked; the board's limits are dashed lines."
    ),
)

# %% [markdown]
# Flash grows too, although a convolution's weights do not know how large the picture
# is. It is the dense layer: it has ten weights for every number that comes in.
#
# The MACs alone give too little time: pooling and softmax have none, and in your small
# picture many windows stick out over the edge, where products are counted and skipped.
# The larger the picture, the fewer.
#
# And the arena? Think of what must be in it while the first layer works.

# %% tags=["hide-input"] tinyml={"objective": "21-limits", "role": "check"}
Check(
    "The arena is mostly the first layer's output. The camera is replaced by one with "
    "twice the side, and the first layer gets half as many patterns. By which factor "
    "does the arena grow?",
    answer=2,
    tolerance=0.05,
    mistakes={
        4: "That is what the pixels do. What do fewer patterns do?",
        1: "Is a picture of twice the side twice as many pixels?",
        8: "Fewer patterns make the arena smaller.",
        0.5: "That is the patterns alone. And the pixels?",
    },
    low="Too little: pixels are counted in two directions.",
    high="Too much: height times width times patterns, one byte each.",
    reveal="Four times the pixels, half the channels. So halve the side of a picture "
    "before you shrink anything else.",
)

# %% [markdown]
# ## Too big for RAM, too big for flash
#
# What does the board say? Ask `report.bench`, the tool that fills in a model's row of
# the table, about two models that go over a wall: one with large pictures, one with a
# large dense layer.

# %% tinyml={"objective": "21-limits", "role": "explain"}
wide = [keras.Input((8, 8, 1)), layers.Flatten()]
wide += [layers.Dense(1024, activation="relu") for _ in range(2)]
wide = keras.Sequential([*wide, layers.Dense(10)])
large_layer = quantize.to_int8(wide, x_train[:9])
both = {"large picture": untrained(128, 32), "large layer": large_layer}

reasons = [""]
table = ["| model | fits | weights | arena |", "|---|---|---|---|"]
for name, tflite in both.items():
    row, weight_bytes = report.bench(tflite), graph.read(tflite).weight_bytes
    needs = f"{weight_bytes:,} bytes | {row['arena_bytes']:,} bytes"
    table.append(f"| {name} | {row['fits']} | {needs} |")
    reasons.append(f"* **{name}**: {row['reason']}")
plots.say("\n".join(table + reasons))

# %% [markdown]
# Nothing was run: the linker, which places everything at its address, found that the
# places did not suffice. That is the good way to fail, before anything is shipped.
# Note in the table that the weights of the first would fit into flash, and the arena
# of the second into RAM: two walls, two kinds of too big.
#
# ## The stack
#
# There is a third way, which no linker sees. Each function that is called puts its
# local variables on the **stack**, and takes them off when it returns. How deep that
# goes is known when it happens.
#
# Before a digit is read it must be found. This program counts the pixels of the empty
# background, by *flood fill*: colour a pixel, then do the same with its neighbours. It
# is short, correct, and works in the laboratory, on 8 by 8 pixels.

# %% tinyml={"objective": "21-limits", "role": "explain"}
fill_c = """#include "board.h"
static uint8_t page[SIDE][SIDE];

static int fill(int x, int y) {
    if (x < 0 || y < 0 || x >= SIDE || y >= SIDE || page[y][x])
        return 0;
    page[y][x] = 1;
    return 1 + fill(x + 1, y) + fill(x, y + 1)
             + fill(x - 1, y) + fill(x, y - 1);
}

int main(void) {
    board_printf("background: %d pixels\\n", fill(0, 0));
    return 0;
}
"""
in_the_lab = device.run({"main.c": "#define SIDE 8\n" + fill_c})
print(in_the_lab.uart)
deepest = in_the_lab.stack_bytes
plots.say(f"The deepest stack was {deepest:,} bytes (measured).")

# %% [markdown]
# Then the customer's camera arrives. It has 96 by 96 pixels, and the picture alone is
# a few kilobytes: nothing, for this board.

# %% tinyml={"objective": "21-limits", "role": "explain"}
try:
    print(device.run({"main.c": "#define SIDE 96\n" + fill_c}).uart)
except BoardFault as fault:
    plots.say(f"> {fault}")
    below = board.ram_origin - fault.address
    plots.say(
        f"A **{fault.kind}** in `{fault.function}`: it went to "
        f"{fault.address:#010x}, {below} bytes below the first byte of RAM at "
        f"{board.ram_origin:#010x}. It would have taken "
        f"**{fault.needed_bytes:,} bytes** of stack (measured, in a second "
        f"run with more memory), {fault.needed_bytes / 96**2:.0f} for each pixel."
    )

# %% [markdown]
# Every call waits for the next, and each keeps a few words. In the worst case as many
# calls wait as there are pixels.
# The remedies: a list of pixels still to do, in an array whose size the linker sees; or
# no recursion at all, which is why the generated C has none.
#
# The fault is a gift. In the usual layout of a program the stack is on top, and grows,
# without a word, into the variables:
#
# | in the address space | usual layout | our layout |
# |---|---|---|
# | top of RAM | stack, grows down | arena and variables |
# | between | free | stack, grows down |
# | bottom of RAM | arena and variables | free |
# | below | nothing | nothing: a **fault** |
#
# There, the program could have gone on, and the model read wrong digits on some days.
# Turning the
# two around costs nothing; the tool that made the idea known is called `flip-link`.

# %% [markdown]
# ## A real board
#
# The same model runs on an Arduino Nano 33 BLE Sense. There we take TFLM, so that the
# program is one that the world knows; `deploy` writes a sketch with the file as an
# array.

# %% tinyml={"objective": "21-ship", "role": "explain"}
with tempfile.TemporaryDirectory() as folder:
    written = deploy.write("arduino", tflite_model, folder, name="digits")
    for path in written:
        print(f"{path.stat().st_size:8,} bytes  {path.relative_to(folder)}")
    sketch = written[0].read_text()
print("\n" + sketch.split("void stop")[0].rstrip())

theirs = oracle.arena_bytes(tflite_model)
plots.say(
    f"TFLM's arena takes {theirs:,} bytes (measured on this computer), "
    f"ours {arena:,} (counted)."
)

# %% [markdown]
# Why is TFLM's arena so much larger? An interpreter needs to know at run time what our
# generator knew beforehand: a record for each tensor and each operator, and pointers
# between them (on this computer twice as wide as on the board). That is the price of
# carrying a file that can be replaced without building firmware anew. With a large
# model it no longer matters; with this one it is most of the RAM.
#
# > **Tip: with the board on your desk.**
# >
# > 1. `deploy.write("arduino", tflite_model, "sketch", "digits")` writes the folder.
# > 2. In the Arduino IDE, install the board package *Arduino Mbed OS Nano Boards* and
# >    the library *Arduino_TensorFlowLite* (from TensorFlow's GitHub, as a ZIP: the
# >    repository *tflite-micro-arduino-examples*).
# > 3. Open `sketch/digits/digits.ino`, and upload.
# > 4. Send a picture, and hold the ten bytes against the judge's:
# >
# > ```python
# > import serial  # from the package pyserial
# >
# > port = serial.Serial("/dev/ttyACM0", 115200, timeout=2)
# > port.write(x_board[0].tobytes())
# > print(np.frombuffer(port.read(10), np.int8) - judged[0])
# > ```
# >
# > The course's tests have no board on a desk: this step is yours to verify.

# %% [markdown]
# ## Your turn: half the price
#
# Design a network that reads digits with at most **half** the instructions and is still
# right for 95 of 100 test digits. The profile told you where the instructions go. Fewer
# patterns? A window that moves two pixels at a time (`strides=2`)? Another order? Start
# from a copy of `cnn`'s layers; the input and the last layer stay as they are. Run the
# cell, and check; training takes some seconds. Far less than half can be had.


# %% tinyml={"objective": "21-cost", "role": "exercise"}
def my_cnn():
    """A Keras model from (8, 8, 1) pixels to ten probabilities."""
    # your layers go here: return keras.Sequential([...])


train.seed_everything(0)
my_model, my_tflite = my_cnn(), None
if my_model is not None:
    fast = {"epochs": 20, "learning_rate": 5e-3}
    my_model, _ = train.fit(my_model, x_train, y_train, **fast)
    my_tflite = quantize.to_int8(my_model, x_train[:300])


# %% tags=["hide-input"] tinyml={"objective": "21-cost", "role": "check"}
def test_half_the_price():
    if my_tflite is None:
        return "There is no model yet: does my_cnn return one?"
    mine = graph.read(my_tflite)
    x = mine.tensors[mine.inputs[0]].quantize(x_test)
    right = train.accuracy(graph.invoke(mine, x), y_test)
    row = report.bench(my_tflite, x[:20])
    if not row["fits"]:
        return row["reason"]
    share = row["instructions"] / total
    if share > 0.5:
        return f"{right:.1%} right at {share:.0%} of the cost. Which bar is longest?"
    if right < 0.95 and mine.operators[-1].kind != "softmax":
        return f"Only {right:.1%} right. What makes probabilities of ten sums?"
    if right < 0.95:
        return f"Cheap enough, but only {right:.1%} right. Where did you save too much?"
    return None


Check(
    "Your model takes at most half the instructions and is right for 95 of 100.",
    test=test_half_the_price,
    reveal="Same digits, half the battery or less: poster(my_tflite) draws it. Which "
    "layer can you leave out entirely, and what does that cost in accuracy?",
)

# %% [markdown]
# ## The poster
#
# All of it in one picture: your model, on the board, with its costs and its answers.
# Every answer in it was computed by the firmware; where one is framed, it reads:
# what the board said, and what the digit is.


# %% tags=["hide-input"]
def poster(tflite):
    mine = graph.read(tflite)
    run = device.run_model(mine, mine.tensors[mine.inputs[0]].quantize(x_test))
    said, start_up = run.outputs.argmax(axis=1), device.overhead_bytes()
    right, ms = np.mean(said == y_test), run.latency_ms
    flash = {"model": run.firmware.flash_bytes - start_up, "start-up": start_up}
    arena, stack = mine.plan.arena_bytes, run.stack_bytes
    ram = {"arena": arena, "other": run.ram_bytes - arena - stack, "stack": stack}
    headline = (
        f"{right:.1%} right (measured)\n{run.inference_instructions:,} instructions "
        f"(counted)\n{ms:.1f} ms, {ms * board.run_ma * board.volts:.0f} µJ (estimated)"
    )
    pairs = zip(said, y_test, strict=True)
    texts = [s if s == y else f"{s} ≠ {y}" for s, y in pairs]
    fig, axes = plt.subplots(3, 1, figsize=(5.2, 8), height_ratios=[1, 1, 2.3])
    plots.memory_bars(axes[0], "flash", flash, board.flash_bytes)
    plots.memory_bars(axes[1], "RAM", ram, board.ram_bytes)
    plots.mosaic(axes[2], x_test, texts, marked=said != y_test)
    axes[2].set_title(headline, fontsize=13)
    fig.suptitle("It reads digits on 256 KB", fontsize=18)
    alt = f"Bars of flash and RAM. {headline}. Fifty digits under the board's answers."
    plots.show(fig, alt=alt)


poster(tflite_model)

# %% [markdown]
# ## What you have done
#
# * You **shipped** a model of your own: Keras, int8, C, firmware, and a sketch for the
#   board that you can buy.
# * You **proved** that four programs give the same bytes for every test picture, and
#   that the proof notices one changed weight.
# * You **accounted** for bytes (counted), instructions (counted), time and energy
#   (estimated), and know which layer to blame.
# * You **broke** the board: too much RAM, too much flash, too deep a stack. It told
#   you why each time.
#
# **The idea to keep:** on a small machine nothing is approximate except the model.
# Bytes and instructions can be counted, so count them.
#
# **Next:** here everything agreed. When it does not, where do you begin to look?
# Chapter 22, *Prove it*, climbs down from model to software to processor until it
# finds the first operator that differs.
#
# ## Sources
#
# * Nordic Semiconductor, *nRF52840 Product Specification* v1.1: memory sizes, clock,
#   supply current.
# * Arduino, *Nano 33 BLE Sense*, data sheet ABX00031.
# * ARM, *Cortex-M4 Technical Reference Manual* r0p1 (ARM 100166): cycles of each
#   instruction.
# * R. David et al., "TensorFlow Lite Micro: Embedded Machine Learning for TinyML
#   Systems", *MLSys* (2021): the interpreter and its arena.
# * B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference", *CVPR* (2018): scale, zero point.
# * C. Banbury et al., "MLPerf Tiny Benchmark", *NeurIPS Datasets and Benchmarks*
#   (2021): how such costs are compared between boards.
# * Z. Lu et al., "Modeling the Resource Requirements of Convolutional Neural Networks
#   on Mobile Devices", *ACM Multimedia* (2017), table 4; set against a board with
#   256 KB in *CS249r: Tiny Machine Learning*, Harvard (2020).
# * Knurling, `flip-link`: stack overflows become faults by turning the layout around.
# * E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI (1998).
