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

# %% [markdown] tinyml={"objectives": ["21-ship","21-equal","21-cost","21-limits","21-sample","21-battery"]}
# # Put your model on the 256 KB board
#
# The networks that made deep learning famous weigh tens to hundreds of megabytes.
# The board of this course has one megabyte of flash, where program and weights
# live, and 256 kilobytes of RAM, where the work is done. In the picture a broken
# line is a wall, and each solid grid line stands for a thousand times as much as
# the one before. On the left of the walls: three models that you know.
#
# **You will**
#
# * **ship** a model that you trained: from Keras to int8 to C to firmware to sketch;
# * **prove** that the board computes exactly what the reference computes;
# * **account** for every byte, instruction and microjoule, and save some;
# * **break** the board on purpose, five times, and read what it says;
# * **sample** sound by an interrupt while a model runs, and lose none of it;
# * **promise** a battery life, and say what the promise leaves out.
#
# **You need** chapters 10, 14, 16, 19 and 20, Python with NumPy, and enough C to read
# a function. Two sittings of about 90 minutes; the break is marked.

# %% tags=["hide-input"] tinyml={"objective": "21-limits", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, graph, plots

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
board, MB = boards.get("nano33"), 2**20
shelf = {"keywords": "words_dscnn", "motion": "motion_models", "boats": "boats_cnn"}
files = {name: datasets.model_path(folder) for name, folder in shelf.items()}
nets = {name: graph.read(file) for name, file in files.items()}
passed_on = [sum(n.tensors[op.outputs[0]].bytes for op in n.operators)
             for n in nets.values()]  # fmt: skip
names = ["VGGNet", "AlexNet", "ResNet", "GoogLeNet", *nets]
weights = [528, 233, 97, 26, *(n.weight_bytes / MB for n in nets.values())]
values = [110, 8, 221, 53, *(count / MB for count in passed_on)]
panels = [("weights", weights, 1, "flash"), ("between layers", values, 1 / 4, "RAM")]
fig, axes = plt.subplots(1, 2, figsize=(5.6, 3.4), sharey=True)
for ax, (title, megabytes, wall, memory) in zip(axes, panels, strict=True):
    ax.scatter(megabytes, names, s=90, color=[GREY] * 4 + [BLUE] * len(nets))
    ax.axvline(wall, color=RED, ls="--")
    ax.text(wall * 1.6, 5, f"the board's\n{memory}", color=RED, va="center")
    ax.set(xscale="log", xlim=(1e-4, 3e3), ylim=(-0.6, 6.6), title=title)
    ax.set_xticks([0.001, 1, 1000], ["1 KB", "1 MB", "1 GB"], fontsize=10)
plots.show(fig, alt="Dots: famous networks far above the board's walls, ours below.")

# %% [markdown]
# (The famous ones store floats of 4 bytes, ours single bytes. "Between layers" is what
# all layers hand on, together. The figures of the famous ones are those that a course
# at Harvard holds against such a board; their weights are from a table of 2017.)
#
# The last chapters made models small and looked into their files. In this one a model
# becomes a *program*, and a program has company on its chip: start-up code, a stack,
# a sensor that does not wait, and a battery.
#
# > **Caution: three words with a fixed meaning.** *Counted* figures are exact:
# > bytes in a file, instructions executed. *Measured* ones depend on what was run:
# > an accuracy, the deepest the stack ever was. *Estimated* ones come from a
# > formula, which is always shown. Each figure below carries its word.

# %% [markdown]
# ## Train and quantize
#
# The first model is your own, so that you know each of its weights: the digits, and a
# network of two convolutions (chapter 10), each followed by max pooling, and a dense
# layer.

# %%
import keras
from keras import layers

from tinyml_course import device, export, oracle, quantize, report, train
from tinyml_course.errors import BoardFault
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

data = datasets.load("digits")
x_train, y_train = data.x_train, data.y_train  # (1437, 8, 8, 1) float32
x_test, y_test = data.x_test, data.y_test


def cnn(side, filters):
    conv = {"padding": "same", "activation": "relu"}
    stack = [keras.Input((side, side, 1)), layers.Conv2D(filters, 3, **conv)]
    stack += [layers.MaxPooling2D(), layers.Conv2D(2 * filters, 3, **conv)]
    stack += [layers.MaxPooling2D(), layers.Flatten()]
    return keras.Sequential([*stack, layers.Dense(10, activation="softmax")])


# %% tinyml={"objective": "21-ship", "role": "explain"}
train.seed_everything(0)
model, history = train.fit(
    cnn(side=8, filters=8), x_train, y_train, epochs=20, learning_rate=5e-3
)
tflite_model = quantize.to_int8(model, x_train[:300])
net = graph.read(tflite_model)
first, last = net.tensors[net.inputs[0]], net.tensors[net.outputs[0]]
x_board = first.quantize(x_test)  # (360, 8, 8, 1) int8

scores = model.predict(x_test, verbose=0)  # (360, 10) probabilities, floats
float_accuracy = train.accuracy(scores, y_test)
int8_accuracy = train.accuracy(graph.invoke(net, x_board), y_test)
plots.say(
    f"Of the {len(y_test)} digits in the drawer {float_accuracy:.1%} are right in "
    f"floats, {int8_accuracy:.1%} in int8 (measured). The file takes "
    f"{len(tflite_model):,} bytes, {net.weight_bytes:,} of them weights (counted)."
)

# %% [markdown]
# Most of this small file is description: names, shapes, scales. The board will not
# carry it at all.

# %% [markdown]
# ## Export: the model becomes C
#
# There are two ways to run such a file on a microcontroller. The *interpreter* of
# chapter 20, TensorFlow Lite Micro (**TFLM**), carries the file along and walks through
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
# lines are the header's promise to any program: write the picture to where
# `digits_input()` points, call `digits_invoke()`, read ten bytes at `digits_output()`.
#
# No operating system, no file, no memory asked for at run time. A reshape moves
# nothing, so it is no code.

# %% [markdown]
# ## Build and run
#
# The program around the model you could write in an evening. `board.h` is the
# course's: it reads bytes, and it prints through the board's serial port, the
# UART. Five test pictures go in through `board_read`. What comes out?

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
run = device.run(firmware, stdin=x_board[:5].tobytes(), name="digits")
print(run.uart)
plots.say(
    f"The labels are {', '.join(map(str, y_test[:5]))}. All of it takes "
    f"{firmware.flash_bytes:,} bytes of flash (counted), "
    f"{firmware.flash_bytes / board.flash_bytes:.1%} of the board's."
)

# %% [markdown]
# Nobody has soldered anything: the board is emulated. But the firmware is real.
# A compiler for the board's processor, a Cortex-M4, made it; an emulated
# Cortex-M4 executes it instruction by instruction; and only what the board has is
# there: an access outside its flash and its RAM stops the program, as you will see.

# %% [markdown]
# ## Prove it
#
# It printed plausible digits. Is it *right*? Four programs now claim to be the
# same function: TFLM, which the rest of the world uses; the int8 arithmetic in
# NumPy, as you wrote it in chapter 19; the generated C compiled for this computer; and
# the firmware on the board. And there is the model in Keras, with floats.

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
# in which layer. Not all digits take the same (softmax has branches): here and below
# the costliest of those that were run is told. From instructions to time and energy
# the road is a formula: ARM documents how many clock cycles each kind of instruction
# takes. Added up, and with the current $I$ and the voltage $U$ of the data sheet,
#
# $$t = \frac{\text{cycles}}{\text{clock}}, \qquad E = t \cdot I \cdot U .$$
#
# First place your bet.

# %% tags=["hide-input"] tinyml={"objective": "21-cost", "role": "predict"}
rows = [row for row in on_board.profile if row.layer is not None and row.instructions]
layer_names = [f"{row.layer:02d} {row.kind}" for row in rows]
most = max(rows, key=lambda row: row.instructions)
per_mac = {row.layer: row.instructions / row.macs for row in rows if row.macs}
rate = {row.layer: row.cycles / row.macs for row in rows if row.macs}

Predict(
    "Which layer costs the board the most instructions?",
    options=layer_names,
    answer=layer_names[rows.index(most)],
    explain="Counted. Instructions for each MAC: "
    + ", ".join(f"{n:.0f} in layer {layer:02d}" for layer, n in per_mac.items())
    + ". MACs alone do not tell; look at the shapes.",
)

# %% tinyml={"objective": "21-cost", "role": "explain"}
total, cycles = on_board.inference_instructions, on_board.inference_cycles
fig, ax = plt.subplots(figsize=(5.4, 3.4))
ax.barh(layer_names, [row.instructions / 1000 for row in rows], color=BLUE)
for place, row in enumerate(rows):
    note = f" {row.instructions / total:.1%}"
    if row.macs:
        note += f", {row.instructions / row.macs:.1f} a MAC"
    ax.text(row.instructions / 1000, place, note, va="center", fontsize=11)
ax.set(xlabel="thousand instructions (counted)")
ax.set(xlim=(0, 1.8 * most.instructions / 1000))
ax.invert_yaxis()
alt = "Bars: the two convolutions take nearly all instructions, the rest are slivers."
plots.show(fig, alt=alt)

seconds = cycles / board.clock_hz
joules = seconds * board.run_ma * 1e-3 * board.volts
plots.say(
    f"{total:,} instructions (counted) are about {cycles:,} cycles (estimated). At "
    f"{board.clock_hz / 1e6:.0f} MHz that is **{seconds * 1e3:.1f} ms**; at "
    f"{board.run_ma} mA and {board.volts} V, **{joules * 1e6:.0f} µJ** "
    "for one digit (estimated)."
)

# %% [markdown]
# A MAC is not an instruction. Around each one, addresses are computed, loops
# counted, edges of the picture tested; and after each sum comes the requantization of
# chapter 19. `tc_conv2d.c` takes a row of the window in one go, with
# all its channels. In the first layer, with one channel, that is three products, and
# the effort around them is for those three. In the second it is three pixels of eight
# channels, and the same effort is shared by twenty-four.
#
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
# ## Four models, one board
#
# Now the company: the keyword model of chapter 14, one step of the recurrent motion
# model of chapter 16, the boat detector of chapter 09. One row each, and each proved
# as above, on random and extreme inputs.

# %% tinyml={"objective": "21-cost", "role": "explain"}
from tinyml_course import vectors

files, nets = {"digits": tflite_model} | files, {"digits": net} | nets
asked = {name: vectors.probe(n, random=4) for name, n in nets.items()}
bills = {name: report.bench(file, asked[name]) for name, file in files.items()}
proofs = [verify.verify(file, asked[name]) for name, file in files.items()]
wrong, of = (sum(proof[key] for proof in proofs) for key in ("mismatches", "outputs"))
assert wrong == 0
assert sum(bill["flash_bytes"] for bill in bills.values()) < board.flash_bytes / 10
assert sum(bill["ram_bytes"] for bill in bills.values()) < board.ram_bytes / 10
a, b = bills["keywords"], bills["boats"]
assert a["macs"] < b["macs"]
assert a["instructions"] > b["instructions"]
sums = {name: [op for op in n.operators if op.macs] for name, n in nets.items()}
mean = {name: sum(op.macs for op in ops)
        / sum(nets[name].tensors[op.outputs[0]].size for op in ops)
        for name, ops in sums.items()}  # fmt: skip
assert mean["keywords"] < mean["boats"] / 2
plots.say(
    f"Of {of:,} bytes that TFLM, NumPy, C and board gave, {wrong} differ. Products in "
    f"a sum, on average: keywords {mean['keywords']:.0f}, boats {mean['boats']:.0f}."
)
report.compare(bills)

# %% [markdown]
# All four together could share the board and leave most of it empty. The costs lie a
# factor of hundreds apart: the motion model takes one short step at a time, the others
# look at a whole picture. And the keyword model needs fewer MACs than the boats one,
# but more instructions. Its sums are short: a depthwise convolution adds nine products,
# one of 1 by 1 as many as it has channels, and the effort around a sum is always the
# same.
#
# ## Two products at once
#
# The Cortex-M4 has instructions that work on several small numbers in one register:
# **SIMD**, *single instruction, multiple data*. `SMLAD` multiplies two pairs of 16-bit
# numbers and adds both products to a sum. `SXTAB16` takes two bytes out of four, makes
# them 16 bits wide and adds another pair: the zero point is subtracted for free. In C
# they are functions of `arm_acle.h`. Convolutions and dense layers of the runtime take
# their sums of products from `tc_dot` in `tc.h`, so a twin of it is all that is needed.
# (Depthwise convolutions do not: their products are of different channels, and never
# add up along a row.)

# %% tinyml={"objective": "21-cost", "role": "explain"}
TWIN = r"""
#ifdef __ARM_FEATURE_SIMD32  /* set by the compiler, if the core has it */
#include <arm_acle.h>
static inline uint32_t four(const int8_t *at) {
  uint32_t word;
  __builtin_memcpy(&word, at, 4); /* one load, wherever it lies */
  return word;
}
static inline int32_t simd_dot(const int8_t *x, const int8_t *weight, int32_t n,
                               int32_t zero_point) {
  const uint32_t minus = (uint32_t)(-zero_point & 0xFFFF) * 0x10001u; /* twice */
  int32_t sum = 0;
  for (; n >= 4; n -= 4, x += 4, weight += 4) {
    const uint32_t a = four(x), w = four(weight);
    sum = __smlad(__sxtab16(minus, a), __sxtb16(w), sum); /* bytes 0 and 2 */
    sum = __smlad(__sxtab16(minus, __ror(a, 8)), __sxtb16(__ror(w, 8)), sum);
  }
  return tc_plus(sum, tc_dot(x, weight, n, zero_point)); /* the last 0 to 3 */
}
#define tc_dot simd_dot
#endif
"""
before, end, _ = export.to_c(nets["boats"])["tc.h"].rpartition("#endif")
fast_h = before + TWIN + end

# %% [markdown]
# For four products the loop needs two loads, four unpackings, two `SMLAD`: eight
# instructions instead of sixteen (two loads, a subtraction and a multiplication each;
# after the next cell, `print(fast["boats"].firmware.listing("tc_conv2d"))` shows them).
# Where a core has no such instructions the macro is not set, and the **portable twin**
# above is compiled: for a Raspberry Pi Pico, a Cortex-M0+, both headers give the very
# same firmware. So switching SIMD off is compiling without it.


# %% tags=["hide-input"] tinyml={"objective": "21-cost", "role": "predict"}
def cost(name, optimize="-O2", header=None):
    c = export.to_c(nets[name])
    c["tc.h"] = header or c["tc.h"]
    program = device.build_model(c, optimize=optimize)
    stdin = b"".join(x[0].tobytes() for x in asked[name])
    return device.run(program, stdin, operators=nets[name].operators)


plain, fast, small = ({name: cost(name, *way) for name in nets}
                      for way in ((), ("-O2", fast_h), ("-Os",)))  # fmt: skip
loop = fast["boats"].firmware.listing("tc_conv2d")
assert len({loop.count(f" {n} ") for n in ("smlad", "sxtab16", "sxtb16")}) == 1
both = [sources, sources | {"tc.h": fast_h}]
assert len({device.build_model(c, "digits", board="pico").elf for c in both}) == 1
x = np.concatenate([x_board, *asked["digits"]])
y = device.run_model(net, x, sources=both[1], name="digits").outputs
assert np.array_equal(y, graph.invoke(net, x))
before, after = ([way[n].inference_instructions for n in nets] for way in (plain, fast))
assert np.all(np.less(after, before))
Predict(
    "The loop's cost is halved. Of 100 instructions of the boats model, how many go?",
    answer=round(100 - 100 * after[-1] / before[-1]),
    unit="of 100",
    explain="Counted. The loop is only a part; rows shorter than four never enter it.",
)

# %% tinyml={"objective": "21-cost", "role": "explain"}
pairs = list(zip(plain["boats"].profile, fast["boats"].profile, strict=True))
pairs = [pair for pair in pairs if pair[0].macs]
fig, ax = plt.subplots(figsize=(5.4, 3))
for which, hue, shift in ((0, GREY, -0.2), (1, BLUE, 0.2)):
    for place, pair in enumerate(pairs):
        top = pair[which].instructions / pair[which].macs
        ax.bar(place + shift, top, 0.38, color=hue)
        ax.text(place + shift, top, f"{top:.1f}", size=11, ha="center", va="bottom")
assert [b.instructions > a.instructions for a, b in pairs] == [True] + 4 * [False]
kinds = [f"{row.layer:02d}\n{row.kind.replace('_', ' ')}" for row, _ in pairs]
ax.set_xticks(range(len(pairs)), kinds, fontsize=10)
ax.set(ylabel="instructions a MAC", ylim=(0, 30))
ax.set_title("boats, plain (grey) and with SIMD (blue)")
plots.show(fig, alt="Pairs of bars: SIMD costs in layer 0 and saves in all others.")

lines = ["| model | build | flash | instructions |", "|---|---|---|---|"]
for name in nets:
    for way, runs in {"-O2": plain, "-O2, SIMD": fast, "-Os": small}.items():
        one, ref = runs[name], plain[name]
        assert one.stdout == ref.stdout  # equal bytes, however it was built
        assert runs is plain or one.firmware.flash_bytes < ref.firmware.flash_bytes
        flash, count = one.firmware.flash_bytes, one.inference_instructions
        share = f"{count:,} ({count / ref.inference_instructions:.0%})"
        lines.append(f"| {name} | {way} | {flash:,} | {share} |")
plots.say("\n".join(lines))

# %% [markdown]
# Equal bytes in every row (from one random input each), or the cell had stopped; with
# SIMD also for every picture of the drawer and for extreme ones. Three lessons in one
# table.
#
# * SIMD pays where rows are long, and costs where they are shorter than four. Kernels
#   made for this core, such as ARM's CMSIS-NN, go further: they compute several outputs
#   at a time, so that a byte that was loaded and unpacked is used more than once.
# * `-O2` asks the compiler for speed, `-Os` for small size. Small it always was; look
#   whether the first also was the faster one in every row. So ask, and then count.
# * The cheapest improvement is another *model*. That is your turn.

# %% [markdown]
# ## Your turn: half the price
#
# Design a network that reads digits with at most **half** the instructions and is still
# right for 95 of 100 test digits. The profile told you where the instructions go. Fewer
# patterns? A window that moves two pixels at a time (`strides=2`)? Another order? Start
# from a copy of `cnn`'s layers; the input and the last layer stay as they are. Run the
# cell, and check; training takes some seconds. Far less than half can be had.


# %% tinyml={"objective": "21-ship", "role": "exercise"}
def my_cnn():
    """A Keras model from (8, 8, 1) pixels to ten probabilities."""
    # your layers go here: return keras.Sequential([...])


train.seed_everything(0)
my_model, my_tflite = my_cnn(), None
if my_model is not None:
    rule = {"epochs": 20, "learning_rate": 5e-3}
    my_model, _ = train.fit(my_model, x_train, y_train, **rule)
    my_tflite = quantize.to_int8(my_model, x_train[:300])


# %% tags=["hide-input"] tinyml={"objective": "21-ship", "role": "check"}
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
    reveal="Same digits, half the battery or less: poster(my_tflite), at the end, "
    "draws it. Now the extreme: is one dense layer alone right for 95 of 100, too?",
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
    spent = sum(rate.get(op.index, 0) * op.macs for op in n.operators)
    return 1e3 * spent / board.clock_hz


def size_picture(side, filters):
    row, here = [sized[s, filters] for s in SIDES], SIDES.index(side)
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


SIDES, FILTERS = range(8, 129, 40), [8, 32]
sized = {(s, f): graph.read(untrained(s, f)) for s in SIDES for f in FILTERS}
code = firmware.flash_bytes - net.weight_bytes
variables = firmware.static_ram_bytes - net.plan.arena_bytes

blank = device.run_model(sized[48, 8], np.zeros((1, 48, 48, 1), np.int8))
plots.say(
    f"48 pixels, 8 patterns: {estimate_ms(sized[48, 8]):.0f} ms by the MACs, "
    f"{blank.latency_ms:.0f} ms by the cycles of a run."
)
look = "Which wall is hit first, flash or RAM? What happens to the time?"
alt = "Two rising curves, bytes of flash and RAM, with the board's limits dashed."
Explore(
    size_picture,
    side=Slider(8, 128, 40, 48, "side of the picture (pixels)"),
    filters=Choice(FILTERS, 8, "patterns in the first layer"),
    look=look, alt=alt,
)  # fmt: skip

# %% [markdown]
# Flash grows too, although a convolution's weights do not know how large the picture
# is. It is the dense layer: it has ten weights for every number that comes in. The MACs
# alone give too little time: pooling and softmax have none, and in your small
# picture many windows stick out over the edge, where products are counted and skipped.
# The larger the picture, the fewer.

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
# What does the board say? Ask `report.bench` about two models that go over a wall: one
# with large pictures, one with a large dense layer.

# %% tinyml={"objective": "21-limits", "role": "explain"}
wide = [keras.Input((8, 8, 1)), layers.Flatten()]
wide += [layers.Dense(1024, activation="relu") for _ in range(2)]
wide = keras.Sequential([*wide, layers.Dense(10)])
large_layer = quantize.to_int8(wide, x_train[:9])
too_big = {"large picture": untrained(128, 32), "large layer": large_layer}

reasons = [""]
table = ["| model | fits | weights | arena |", "|---|---|---|---|"]
for name, tflite in too_big.items():
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
# ---
#
# ## Here you may break off
#
# The first sitting ends: your model is on the board, proved, priced, and you know the
# two walls that a linker sees. The second begins with two that it does not see, and
# then lets the world in: samples that arrive while the model works, a deadline, a bug
# that only a register gives away, a battery. Save your notebook; when you come back,
# run all cells above once (menu *Run*, *Run All Above Selected Cell*).
#
# ---

# %% [markdown]
# ## The stack
#
# Each function that is called puts its local variables on the **stack**, and takes them
# off when it returns. How deep that goes is known when it happens. On a real board one
# finds out with **paint**: fill the free RAM with a pattern, run, and look how far the
# paint is gone, the *high-water mark*. That is plain C.
#
# The program to be measured: before a digit is read it must be found, so this one
# counts the pixels of the empty background, by *flood fill*: colour a pixel, then do
# the same with its neighbours. It is short, correct, and works in the laboratory, on 8
# by 8 pixels.

# %% tinyml={"objective": "21-limits", "role": "explain"}
fill_c = """#include "board.h"
enum { PAINT = 0xA5A5A5A5 };
extern uint32_t board_stack_top[]; /* from the linker: it grows down from here */
static uint8_t page[SIDE][SIDE];

static int fill(int x, int y) {
    if (x < 0 || y < 0 || x >= SIDE || y >= SIDE || page[y][x])
        return 0;
    page[y][x] = 1;
    return 1 + fill(x + 1, y) + fill(x, y + 1)
             + fill(x - 1, y) + fill(x, y - 1);
}

int main(void) {
    uint32_t *low = (uint32_t *)0x20000000, *here = __builtin_frame_address(0);
    for (uint32_t *p = low; p < here - 64; p++) *p = PAINT;
    const int pixels = fill(0, 0);
    while (*low == PAINT) low++;
    board_printf("background: %d pixels, stack: %d bytes\\n", pixels,
                 4 * (board_stack_top - low));
    return 0;
}
"""
in_the_lab = device.run({"main.c": "#define SIDE 8\n" + fill_c})
print(in_the_lab.uart)

# %% [markdown]
# Then the customer's camera arrives. It has 96 by 96 pixels, and the picture alone is
# a few kilobytes: nothing, for this board.

# %% tinyml={"objective": "21-limits", "role": "explain"}
said = int(re.findall(r"\d+", in_the_lab.uart)[1])
assert abs(said - in_the_lab.stack_bytes) <= 16  # the emulator paints too
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
# calls wait as there are pixels. An array whose length is only known at run time,
# `int8_t row[n]`, does the same in one step. The remedies: a list of pixels still to
# do, in an array whose size the linker sees; and neither recursion nor such arrays in
# anything that must not fail. The generated C has none.
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
# Turning the two around costs nothing; the tool that made the idea known is called
# `flip-link`.

# %% [markdown]
# ## The heap
#
# Why does nothing in this course call `malloc`? Here is one, small enough to read: it
# hands out RAM in units of 64 bytes, and takes the first gap that is long enough. A
# device sends messages of one to six units, and keeps each until the radio has
# confirmed it; eight are under way at a time. After each message a model needs its
# kilobyte for a moment.

# %% tinyml={"objective": "21-limits", "role": "explain"}
heap_c = r"""#include "board.h"
static uint8_t heap[64]; /* whose each unit is; 0: free */
static uint32_t dice;
static void give(uint8_t who) {
    for (int at = 0; at < 64; at++) heap[at] = heap[at] == who ? 0 : heap[at];
}
"""
malloc_c = r"""
static int take(int units, uint8_t who) {
    for (int at = 0, gap = 0; at < 64; at++) {
        gap = heap[at] ? 0 : gap + 1;
        for (int i = 0; gap == units && i < units; i++) heap[at - i] = who;
        if (gap == units) return 1;
    }
    return 0; /* no gap is long enough */
}
"""
fixed_c = r"""
static int take(int units, uint8_t who) {
    for (int i = 0; i < units; i++) heap[6 * (who - 1) + i] = who;
    return 1;
}
"""

# %% [markdown]
# `fixed_c` is the other way: message number 3 always lies in the third place, which is
# large enough for the longest, and the kilobyte (number 9) has a place of its own.
# Wasteful, it seems: eight places of six units, and sixteen units for the model, are
# just all there is. Both get the same messages, eight times, from eight throws of the
# dice. How long do they last?

# %% tinyml={"objective": "21-limits", "role": "explain"}
traffic_c = r"""
int main(void) {
    board_read(&dice, sizeof dice);
    for (int message = 0; message < 2000; message++) {
        dice = dice * 1664525u + 1013904223u; /* as good as chance */
        const uint8_t who = (uint8_t)(1 + (dice >> 24) % 8);
        give(who);
        take(1 + (int)(dice >> 16) % 6, who);
        board_write(heap, 64);
        if (!take(16, 9)) return message; /* the model's kilobyte */
        give(9);
    }
    return 2000;
}
"""
runs = {(way, dice): device.run({"main.c": heap_c + take + traffic_c}, bytes([dice]))
        for way, take in (("malloc", malloc_c), ("fixed places", fixed_c))
        for dice in range(1, 9)}  # fmt: skip
lasted = {way: sorted(runs[way, dice].exit_code for dice in range(1, 9))
          for way, _ in runs}  # fmt: skip
assert max(lasted["malloc"]) < 2000 == min(lasted["fixed places"])
plots.say("\n".join(f"* {way}: {lasts} messages" for way, lasts in lasted.items()))

# %% tags=["hide-input"] tinyml={"objective": "21-limits", "role": "explain"}
fig, axes = plt.subplots(2, 1, figsize=(5.8, 4.6), sharex=True)
for ax, way in zip(axes, lasted, strict=True):
    maps = np.frombuffer(runs[way, 6].stdout, np.uint8).reshape(-1, 64)
    maps = maps[: len(runs["malloc", 6].stdout) // 64]
    ax.imshow(np.ma.masked_equal(maps.T, 0), cmap="tab10", aspect="auto", vmin=1,
              interpolation="none", vmax=10, origin="lower")  # fmt: skip
    ax.set(ylabel="units of 64 bytes", title=way, ylim=(-0.5, 63.5))
    ax.grid(visible=False)
    free = "".join("x" if unit else "." for unit in maps[-1])
    gap = max(map(len, free.split("x")))
    plots.say(f"{way}: at the end {64 * free.count('.'):,} bytes are free, "
              f"the largest gap has {64 * gap:,}.")  # fmt: skip
axes[1].set(xlabel="messages")
alt = "Coloured stripes, a message each: scattered above, each in its lane below."
plots.show(fig, alt=alt)

# %% [markdown]
# More than a kilobyte was free, in pieces. That is **fragmentation**. Note how
# different the eight numbers are: a device may pass every test on the desk, and stop
# after a month at the customer's. With fixed places the answer to "can it run out?" is
# known to the linker. So there is no `malloc` on our board; the arena of chapter 20 is
# the same idea, planned once, before the program starts.

# %% [markdown]
# ## Samples do not wait
#
# In chapter 14 the sound came when the program asked for it. A microphone does not
# wait: 16,000 times a second a sample is there, whether the model is at work or not. So
# the processor is **interrupted**. A timer that every Cortex-M4 has (SysTick) counts
# cycles, here 4,000 of them; then, whatever runs, eight registers are put on the stack
# and `board_tick` is called; when it returns, what ran goes on as if nothing had been.
# It has to be short, and what it shares with the rest must be `volatile`, that is, read
# anew each time.
#
# Between the two stands a **ring buffer**: an array whose end is joined to its
# beginning. The interrupt writes at `head`, the program reads at `tail`; both only
# grow, their difference is what waits. (On the emulated board, `board_read` stands for
# the microphone; a real one has circuits that fill such a buffer by themselves.)

# %% tinyml={"objective": "21-sample", "role": "explain"}
from tinyml_course import features

ear = features.FrontEnd(scale=0.125, zero_point=112)  # that of chapter 14
parts = {**export.to_c(nets["keywords"], "words"), **features.frontend_c(ear, "ear")}
tick_c = r"""#include "board.h"
#include "ear.h"
#include "words.h"
enum { PERIOD = 4000, RING = RING_SAMPLES, EVERY = 8 };
static volatile int16_t ring[RING];
static volatile uint32_t head, tail, ticks, lost, over;

void board_tick(void) { /* 16,000 times a second, whatever runs */
    int16_t sample;
    ticks++;
    if (board_read(&sample, sizeof sample) == 0) {
        over = 1; /* no more sound */
    } else if (head - tail == RING) {
        lost++; /* no place: the oldest samples are still waiting */
    } else {
        ring[head % RING] = sample;
        head++;
    }
}
"""

# %% [markdown]
# The main program waits until a hop of 384 samples is there, takes it out, lets the
# front end of chapter 13 make a column of it, and moves the picture on. After every
# eighth column the model looks. At the end of each hop it notes how many ticks ago the
# hop's last sample came (its **latency**), how many samples wait, and how many are
# lost.

# %% tinyml={"objective": "21-sample", "role": "explain"}
main_c = r"""
int main(void) {
    static int16_t hop[EAR_HOP];
    static int8_t picture[41][EAR_BANDS];
    board_timer_start(PERIOD);
    for (uint32_t n = 1;; n++) {
        while (head - tail < EAR_HOP)
            if (over) return 0;
        for (uint32_t i = 0; i < EAR_HOP; i++) hop[i] = ring[(tail + i) % RING];
        tail += EAR_HOP;
        ear_push(hop);
        __builtin_memmove(picture, picture[1], 40 * EAR_BANDS);
        __builtin_memcpy(picture[40], ear_output(), EAR_BANDS);
        if (n % EVERY == 0) {
            __builtin_memcpy(words_input(), picture, sizeof picture);
            words_invoke();
        }
        const uint32_t row[] = {ticks - n * EAR_HOP, head - tail, lost};
        board_write(row, sizeof row);
    }
}
"""

# %% [markdown]
# How many places does the ring need? While the model looks, nothing is taken out. Work
# it out before you open the box: you have the model's cycles in the table of four (its
# milliseconds at 64 MHz will do), and a sample comes every 4,000 cycles.

# %% tags=["hide-input"] tinyml={"objective": "21-sample", "role": "predict"}
t = np.arange(int(1.2 * 16000)) / 16000
sound = (3000 * np.sin(2 * np.pi * (300 + 500 * t) * t)).astype(np.int16)


def listen(places):
    program = tick_c.replace("RING_SAMPLES", str(places)) + main_c
    c = device.build({**parts, "main.c": program})
    return device.run(c, sound.tobytes(), name="words", max_instructions=10**9)


rings = {places: listen(places) for places in (1024, 2048, 4096)}
large = np.frombuffer(rings[4096].stdout, np.uint32).reshape(-1, 3)
look_cycles = bills["keywords"]["cycles"]
Predict(
    "How many samples come while the model looks once, that is, how many places must "
    "be free when it begins?",
    answer=int(large[:, 1].max()),
    unit="samples",
    explain="Measured: as many waited at most. The model's cycles divided by 4,000 "
    f"give {look_cycles / 4000:,.0f}; the front end, and the time that the interrupts "
    "themselves take, make up the rest.",
)

# %% tinyml={"objective": "21-sample", "role": "explain"}
lines = ["| places | bytes | samples lost |", "|---|---|---|"]
for places, run in rings.items():
    count = np.frombuffer(run.stdout, np.uint32).reshape(-1, 3)[-1, 2]
    assert (count == 0) == (places > large[:, 1].max())
    lines.append(f"| {places:,} | {2 * places:,} | {count:,} of {len(sound):,} |")
plots.say("\n".join(lines))

run, hop_ms, deadline_ms = rings[4096], 24, 8 * 24
latency = large[:, 0] / 16  # ms: sixteen ticks in each
assert latency.max() < deadline_ms
assert run.timer.lost == 0
fig, ax = plt.subplots(figsize=(5.8, 3))
ax.hist(latency, bins=np.arange(0, deadline_ms + 9, 6), color=BLUE)
ax.axvline(hop_ms, color=GREY, ls="--")
ax.axvline(deadline_ms, color=RED, ls="--")
ax.set(xlabel="latency of a hop (ms)", ylabel="hops", xlim=(0, deadline_ms + 8))
ax.yaxis.get_major_locator().set_params(integer=True)
ax.set_title("broken lines: a hop's period (grey), a look's (red)")
plots.show(fig, alt="A tall bar near 0 ms, low bars up to the look, left of its line.")
plots.say(
    f"Best {latency.min():.1f} ms, worst **{latency.max():.1f} ms**, which is "
    f"{64_000 * latency.max():,.0f} cycles of {64_000 * deadline_ms:,}. The interrupt "
    f"itself came late by at most {run.timer.worst_late_cycles} cycles."
)

# %% [markdown]
# Read the histogram. Most hops that come while the model looks wait for it, the first
# of them longest; then the program catches up, a hop in little more than a millisecond.
# The spread between best and worst is called **jitter**. Later than the next hop is no
# harm, because the ring keeps what has come. The *deadline* is the next look: if the
# worst case passes that, the program falls behind a little more each time, and no ring
# is large enough. Worst cases count, not means; and a worst case that was *measured* is
# a lower bound for the true one.
#
# Turn the two screws. The picture below is computed, with the cycles that the board
# took for a hop, for a look and for an interrupt; one of its settings is held against
# the board's count.


# %% tinyml={"objective": "21-sample", "role": "explore"}
hop_cycles = 4000 * np.median(large[:7, 0])  # of a hop without a look
per_tick = 4000 - run.timer.cycles / run.timer.handled  # left for the program


def ring_picture(places, every):
    busy, level, hop, lost, path = 0, 0, 0, 0, []
    for _ in t:  # one sample each
        level, lost = (level, lost + 1) if level == places else (level + 1, lost)
        busy = max(0, busy - per_tick)
        if busy == 0 and level >= 384:
            hop, level = hop + 1, level - 384
            busy = hop_cycles + (look_cycles if hop % every == 0 else 0)
        path.append(level)
    fig, ax = plt.subplots(figsize=(5, 2.8))
    ax.plot(t, path, color=BLUE)
    ax.axhline(places, color=RED, ls="--")
    ax.set(xlabel="seconds", ylabel="samples waiting", ylim=(0, 4400))
    return fig, f"{lost:,} of {len(t):,} samples are lost."


controls = {"places": Choice([512, 1024, 2048, 4096], 2048, "places in the ring"),
            "every": Slider(4, 12, 4, 8, "columns from look to look")}  # fmt: skip
look = "Which losses does a larger ring cure, and which never?"
Explore(ring_picture, look=look, alt="A saw below a broken line, the ring.", **controls)

# %% tags=["hide-input"] tinyml={"objective": "21-sample", "role": "check"}
computed = int(ring_picture(2048, 8)[1].split()[0].replace(",", ""))
counted = np.frombuffer(rings[2048].stdout, np.uint32).reshape(-1, 3)[-1, 2]
assert abs(computed - counted) < 0.1 * counted
assert run.stack_bytes > plain["keywords"].stack_bytes
plt.close()
Check(
    "Another model takes 60 ms and looks every 100 ms; at all other times each sample "
    "is taken out as soon as it comes. The sensor gives 2,000 a second. Of these "
    "sizes, which is the smallest ring that loses nothing?",
    options=["64 places", "128 places", "256 places", "no ring is large enough"],
    answer="128 places",
    mistakes={
        "64 places": "How many samples come in the model's milliseconds? Look at the "
        "unit of the sensor's rate.",
        "256 places": "It loses nothing, but RAM is dear. How long is nothing taken "
        "out, and how many come in that time?",
        "no ring is large enough": "That is so when the work takes longer than the "
        "time there is for it. Which of the two is longer here?",
    },
    reveal="120 samples come in 60 ms. And 60 of 100 ms are busy: it keeps up.",
)

# %% [markdown]
# As long as the processor is busy for less than all of the time, a ring of the right
# size loses nothing. Beyond that a larger one only delays the loss. The remedies are
# then those of the first sitting: a smaller model, SIMD, or fewer looks.
#
# ## A bug, and what the registers say
#
# A colleague adds a running mean of the last 256 samples. It works on the desk for a
# moment, then the board falls silent. What a real core leaves behind is shown below:
#
# * `pc`: the instruction that failed; `xpsr`: its lowest nine bits are the number of
#   the interrupt that was being served (0: none; 15: SysTick);
# * `cfsr`: what kind of fault. Bit 9 is an access to an address where nothing answers,
#   and bit 15 says that `bfar` holds that address;
# * `lr`: the way back to the caller, unless the function needed the register for
#   something else and has put the way back on the stack, as its first line does here;
# * the other registers, as they were. `listing` shows the function as the processor
#   reads it, `symbols` where each variable lies, and how long it is.
#
# Find the line before you answer. `ldrsh.w a, [b, c, lsl #1]` loads the 16-bit number
# at address b + 2 c into a.

# %% tinyml={"objective": "21-limits", "role": "explain"}
mean_c = r"""#include "board.h"
static volatile uint32_t ticks;
static int16_t recent[256]; /* the last samples */
static int32_t sum;
void board_tick(void) {
    static uint32_t at;
    const int16_t sample = (int16_t)(ticks++ % 100);
    sum += sample - recent[at];
    recent[at] = sample;
    if (++at == sizeof recent) at = 0;
}
int main(void) {
    board_timer_start(4000); while (ticks < 4000) { }
    return (int)(sum / 256);
}
"""
broken = device.build({"main.c": mean_c})
try:
    device.run(broken)
except BoardFault as fault:
    for place, (name, value) in enumerate(fault.registers.items()):
        print(f"{name:>4} {value:08x}", end="\n" if place % 5 == 4 else "  ")
    print("\n\n" + broken.listing("board_tick"), end="\n\n")
places = {s: p for s, p in broken.symbols.items() if p[0] >= board.ram_origin}
print(*(f"{at:08x} {size:4} {name}" for name, (at, size) in places.items()), sep="\n")

# %% tags=["hide-input"] tinyml={"objective": "21-limits", "role": "check"}
Check(
    "Which line is wrong?",
    options=[
        "sum += sample - recent[at];",
        "recent[at] = sample;",
        "if (++at == sizeof recent) at = 0;",
        "while (ticks < 4000) { }",
    ],
    answer="if (++at == sizeof recent) at = 0;",
    mistakes={
        "sum += sample - recent[at];": "It is here that the core failed. But the load "
        "is right, if its index is. Which register holds the index, and who sets it?",
        "recent[at] = sample;": "The same index, one line later. Is a store what "
        "failed? And where should that index have been stopped?",
        "while (ticks < 4000) { }": "Look at xpsr: was the main program running, or "
        "an interrupt?",
    },
    reveal="`sizeof` counts bytes, `at` counts samples of two bytes. The index runs on "
    "past the array, over `sum`, and out of the RAM.",
)

# %% [markdown]
# Look at the addresses once more: what lies right behind `recent`? The mean was wrong a
# few ticks *before* the fault, without any sign. Had the array not been near the end of
# RAM, there would have been no fault at all. `sizeof recent / sizeof recent[0]` is what
# was meant. (A store that goes wrong may be reported some instructions late on a real
# core; the bit is then another, and `bfar` says nothing.)

# %% [markdown]
# ## The whole budget
#
# Each square of the picture is one 4,096th of a memory: 256 bytes of flash, 64 bytes of
# RAM. Choose a model, and how many seconds of its sensor's data the ring keeps. The
# sound comes with 16,000 samples a second, the motion with 50 readings of six numbers;
# of the cameras we take five pictures. For sound there is also a front end.

# %% tinyml={"objective": "21-limits", "role": "explore"}
from tinyml_course import pictures

A_SECOND = {"digits": 5 * 64, "keywords": 32_000, "motion": 600, "boats": 5 * 4096}
alone, heard = plain["keywords"].firmware, rings[4096].firmware
ear_flash = heard.flash_bytes - alone.flash_bytes  # what hearing adds
ear_ram = heard.static_ram_bytes - alone.static_ram_bytes - 2 * 4096


def budget_picture(name, seconds):
    flash, ram = pictures.memory_uses(plain[name], nets[name])
    if name == "keywords":
        flash["front end"], ram["front end"] = ear_flash, ear_ram
    ram["ring"] = A_SECOND[name] * seconds
    fig, axes = plt.subplots(1, 2, figsize=(5.2, 4), layout="none")
    fig.subplots_adjust(left=0.01, right=0.99, bottom=0.3, top=0.93, wspace=0.06)
    pictures.memory_map(axes[0], "flash", flash, board.flash_bytes)
    pictures.memory_map(axes[1], "RAM", ram, board.ram_bytes)
    left = board.ram_bytes - sum(ram.values())
    return fig, f"RAM: {abs(left):,} bytes {'are left' if left >= 0 else 'too many'}."


which = {"name": Choice(list(nets), "keywords", "model"),
         "seconds": Slider(0, 8, 4, 4, "seconds in the ring")}  # fmt: skip
look = "In which memory is most the model's, in which most of what surrounds it?"
Explore(budget_picture, look=look, alt="Squares of two memories, by use.", **which)

# %% [markdown] tinyml={"objective": "21-battery", "role": "explain"}
# Two sentences to remember: 256 KB are eight seconds of sound, and nothing else. And
# what surrounds a model can be larger than the model. (Bytes are counted, the stack is
# measured; with an interrupt it is deeper, by what the interrupt puts on it.)
#
# ## How long on a battery?
#
# Between two looks the processor can sleep, with its RAM kept, and wake by a clock.
# With the **duty** $d$, the share of the time in which it runs, the mean current and
# the life on a charge $Q$ are
#
# $$I = d \, I_\text{run} + (1 - d)\, I_\text{sleep}, \qquad
# \text{life} = \frac{Q}{I}, \qquad
# d = \frac{\text{time of a look}}{\text{from look to look}}.$$
#
# The currents are in `boards`, from the chip's data sheet; a coin cell holds 235 mAh.
# The keyword model pays in addition for the front end and for 16,000 interrupts a
# second, whether it looks or not. Between them it, too, is counted as asleep.


# %% tinyml={"objective": "21-battery", "role": "explore"}
def life_days(name, seconds):
    duty = bills[name]["latency_ms"] / 1000 / seconds
    if name == "keywords":  # the front end in each hop, the interrupts
        duty += (hop_cycles / 384 + 4000 - per_tick) / 4000
    mean_ma = duty * board.run_ma + (1 - duty) * board.sleep_ua / 1000
    return CELL_MAH / mean_ma / 24


def battery_picture(name, seconds):
    fig, ax = plt.subplots(figsize=(5.2, 3))
    for other, hue in [*((n, "#bbbbbb") for n in nets), (name, BLUE)]:
        ax.plot(np.log10([life_days(other, s) for s in EVERY]), color=hue)
    days = life_days(name, seconds)
    ax.plot(EVERY.index(seconds), np.log10(days), "o", ms=12, color=RED)
    ax.set_yticks(np.log10([7, 30, 365, 3650]), ["week", "month", "year", "ten years"])
    ax.set_xticks(range(len(EVERY)), EVERY)
    ax.set(xlabel="seconds from look to look", ylabel="life")
    return fig, f"{name}, a look every {seconds} s: {days:,.0f} days (estimated)."


CELL_MAH, EVERY = 235, [0.2, 2, 20, 200, 2000]  # CR2032; seconds
which["seconds"] = Choice(EVERY, 20, "seconds from look to look")
look = "From where on does sleeping longer buy nothing more?"
Explore(battery_picture, look=look, alt="Four rising curves; a dot on one.", **which)

# %% [markdown]
# Every curve ends in a ceiling. For three models it is the sleep current: where they
# meet, the *model* no longer matters, and making it smaller gains nothing. For the ear
# it is the listening itself, and no rarer look helps. And the `main` that listened
# sleeps not at all: it waits in a loop, at full current. On a real board the
# instruction `WFI`, *wait for interrupt*, belongs into that loop; and something must
# wake the core that does not sleep with it. On this chip SysTick stands still while the
# core sleeps. There, the microphone's own circuit fills the ring, and interrupts when
# a hop is full.
#
# > **Note: what the promise leaves out.** The sensor (a microphone may draw more than
# > the mean above) and the fast clock that its circuit needs: the sleep of the data
# > sheet has only the slow one. The regulator and the lamp of a development board, the
# > radio, the time to wake up. And the cell, which discharges itself, dislikes the
# > cold, and gives less when much is drawn at once: the 235 mAh are for a fifth of a
# > milliampere. After a few years it is old, whatever was drawn. Measure the current
# > before you print a number on the box.

# %% tags=["hide-input"] tinyml={"objective": "21-battery", "role": "check"}
ear_ends, *ends = sorted(life_days(name, EVERY[-1]) for name in nets)
assert 10 * ear_ends < ends[0] < ends[-1] < 1.1 * ends[0]  # three curves meet
Check(
    "A model takes 20 ms, once every 10 s. It runs at 3.3 mA and sleeps at 3 µA. Which "
    "current flows on average?",
    answer=9.594,
    unit="µA",
    tolerance=0.06,
    mistakes={
        6.6: "That is the share of the running. What flows in the rest of the time?",
        3303: "Both at once? Each flows for its own share of the time.",
        1651.5: "The mean of the two would be right if each had half of the time.",
        0.009594: "Right digits, in mA. The field asks for µA.",
        660: "Twenty milliseconds of how many? Check the duty.",
    },
    low="Too little. Duty times the one current, the rest times the other.",
    high="Too much. For which share of the time does it run?",
    reveal="6.6 + 3.0 µA: nearly three years on 235 mAh, a third of it for sleeping.",
)

# %% [markdown]
# ## A real board
#
# The same model runs on an Arduino Nano 33 BLE Sense. `deploy` writes two sketches: one
# for TFLM, which the rest of the world knows, with the file as an array; and one, whose
# name ends in `_c`, with the C of this chapter. Here is the heart of the second:
# Arduino calls `setup` once and `loop` again and again.

# %% tinyml={"objective": "21-ship", "role": "explain"}
with tempfile.TemporaryDirectory() as folder:
    written = deploy.write("arduino", tflite_model, folder, name="digits")
    for path in written:
        print(f"{path.stat().st_size:8,} bytes  {path.relative_to(folder)}")
    (sketch,) = (p.read_text() for p in written if p.name == "digits_c.ino")
infer, rest = sketch.split("void infer()")[1].split("}  // namespace")
print("\nvoid infer()" + infer.rstrip(), rest.strip(), sep="\n\n")

theirs, ours = oracle.arena_bytes(tflite_model), net.plan.arena_bytes
plots.say(
    f"TFLM's arena takes {theirs:,} bytes (measured on this computer), "
    f"ours {ours:,} (counted)."
)

# %% [markdown]
# `micros()` before and after is Arduino's clock: there the estimate of this chapter
# meets a measurement. (And why is TFLM's arena so much larger? Chapter 20: its records
# of tensors and operators live there too.) A sensor comes in through its library, which
# interrupts like our `board_tick` and calls a function of yours; ring and loop stay as
# they are.
#
# > **Caution: what is proved here, and what is not.** In the course's tests both
# > sketches are compiled against a *stub* of Arduino's headers, with the real compiler
# > flags, and the second is run on this computer and answers as the model. Arduino's
# > own tools and a real board are not among the tests. That step is yours:
# >
# > 1. `deploy.write("arduino", tflite_model, "sketch", "digits")` writes the folders.
# > 2. In the Arduino IDE, install the board package *Arduino Mbed OS Nano Boards*; for
# >    the TFLM sketch also the library *Arduino_TensorFlowLite* (from TensorFlow's
# >    GitHub, the repository *tflite-micro-arduino-examples*, as a ZIP).
# > 3. Open `sketch/digits_c/digits_c.ino`, and upload.
# > 4. Send a picture, and hold the answer against the judge's. (The first answer is
# >    to the empty picture of `setup`, the second is to yours.)
# >
# > ```python
# > import serial  # from the package pyserial
# >
# > port = serial.Serial("/dev/ttyACM0", 115200, timeout=2)
# > port.write(x_board[0].tobytes())
# > print(port.read(300).decode(), judged[0])
# > ```
#
# ## The poster
#
# All of it in one picture: your model, on the board, with its costs and its answers.
# Every answer in it was computed by the firmware; where one is framed, it reads:
# what the board said, and what the digit is.


# %% tags=["hide-input"] tinyml={"objective": "21-ship", "role": "explain"}
def poster(tflite):
    mine = graph.read(tflite)
    run = device.run_model(mine, mine.tensors[mine.inputs[0]].quantize(x_test))
    said, ms = run.outputs.argmax(axis=1), run.latency_ms
    year_mah = 8.766 * (ms / 60 * board.run_ma + board.sleep_ua)  # a digit a minute
    headline = (
        f"{np.mean(said == y_test):.1%} right (measured), "
        f"{run.inference_instructions:,} instructions (counted),\n{ms:.1f} ms and "
        f"{ms * board.run_ma * board.volts:.0f} µJ a digit; a digit a minute takes "
        f"{year_mah / CELL_MAH:.0%}\nof a coin cell in a year (estimated)"
    )
    flash, ram = pictures.memory_uses(run, mine)
    fig, axes = plt.subplot_mosaic("ab;cc", figsize=(5.8, 7.4), height_ratios=[1, 1.5])
    pictures.memory_map(axes["a"], "flash", flash, board.flash_bytes)
    pictures.memory_map(axes["b"], "RAM", ram, board.ram_bytes)
    texts = [s if s == y else f"{s} ≠ {y}" for s, y in zip(said, y_test, strict=True)]
    plots.mosaic(axes["c"], x_test, texts, marked=said != y_test)
    axes["c"].set_title(headline, fontsize=11)
    fig.suptitle("It reads digits on 256 KB", fontsize=18)
    plots.show(fig, alt=f"Two memories, nearly empty, above read digits. {headline}.")


poster(tflite_model)

# %% [markdown]
# ## On your own
#
# 1. Unroll: let `simd_dot` work on eight values a round, or give `tc_conv2d.c` a
#    version that computes two output channels at a time, so that each unpacked input is
#    used twice. Equal bytes are the condition; what does it save in which model?
# 2. Make the motion model's program: six numbers, 50 times a second, a step for every
#    four readings. Which ring does it need, and what is its duty?
# 3. Let a second interrupt-driven thing happen: a button. What must be `volatile`, and
#    what if `head` were written by both?
#
# ## What you have done
#
# * You **shipped** a model of your own: Keras, int8, C, firmware, and a sketch for the
#   board that you can buy.
# * You **proved** that four programs give the same bytes for every test picture, and
#   that the proof notices one changed weight.
# * You **accounted** for bytes (counted), instructions (counted), time and energy
#   (estimated), and saved some with SIMD and with a better design.
# * You **broke** the board: too much RAM, too much flash, too deep a stack, a heap in
#   pieces, an index without an end. You read why from the linker, paint and registers.
# * You **sampled** sound while a model ran, and know how large the ring must be.
# * You **promised** a battery life, and know what is not in it.
#
# **The idea to keep:** on a small machine nothing is approximate except the model.
# Bytes and instructions can be counted, and worst cases planned for, so do it.
#
# **Next:** here everything agreed. When it does not, where do you begin to look?
# Chapter 22, *Prove it*, climbs down from model to software to processor until it
# finds the first operator that differs.
#
# ## Sources
#
# * Nordic Semiconductor, *nRF52840 Product Specification* v1.1: memory sizes, clock,
#   supply current running (ICPU0, DC/DC) and asleep (ION_RAMON_RTC: all RAM kept, woken
#   by the RTC); SysTick stops with the core.
# * Arduino, *Nano 33 BLE Sense*, data sheet ABX00031. Energizer, *CR2032*, data sheet.
# * ARM, *Cortex-M4 Technical Reference Manual* r0p1 (ARM 100166): cycles of each
#   instruction. ARM, *ARMv7-M Architecture Reference Manual* (DDI 0403): SysTick,
#   stacking, CFSR and BFAR, `SMLAD` and `SXTAB16`.
# * L. Lai, N. Suda and V. Chandra, "CMSIS-NN: Efficient Neural Network Kernels for Arm
#   Cortex-M CPUs", arXiv:1801.06601 (2018): kernels with SIMD.
# * P. R. Wilson et al., "Dynamic Storage Allocation: A Survey and Critical Review",
#   *IWMM* (1995): fragmentation.
# * R. David et al., "TensorFlow Lite Micro: Embedded Machine Learning for TinyML
#   Systems", *MLSys* (2021): the interpreter and its arena.
# * C. Banbury et al., "MLPerf Tiny Benchmark", *NeurIPS Datasets and Benchmarks*
#   (2021): how such costs are compared between boards.
# * Z. Lu et al., "Modeling the Resource Requirements of Convolutional Neural Networks
#   on Mobile Devices", *ACM Multimedia* (2017), table 4; set against a board with
#   256 KB in *CS249r: Tiny Machine Learning*, Harvard (2020).
# * Knurling, `flip-link`: stack overflows become faults by turning the layout around.
# * E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI (1998).
