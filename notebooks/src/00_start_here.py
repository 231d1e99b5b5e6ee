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

# %% [markdown] tinyml={"objectives": ["00-run", "00-read", "00-start"]}
# # Start here
#
# In one minute a neural network will read a handwritten digit for you, on a
# board with 256 KB of memory. By chapter 21 it is a network of your own.
#
# This page is made of **cells**, text and code. Click on this text, then press
# **Shift+Enter**: the cell runs, and the next one is selected. Read what comes and
# press it again; where you are asked something, stop and answer first. (Where a line
# ends in three dots, code is folded away; it runs all the same. In the book, all cells
# have run already: the questions answer there too, but your own code needs the
# notebook.)
#
# **You will**
#
# * **run** a trained network on the board, after a guess of what it needs;
# * **read** the numbers of this course: counted, measured, estimated;
# * **find** your place: six small questions, a primer below each, and a map.
#
# **You need** what `make lab` has set up. No board, no account, no chapter
# before this one. About 30 minutes, longer if you open all six primers.

# %% tags=["hide-input"] tinyml={"objective": "00-run", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, chapters, datasets, device, doctor, graph, plots
from tinyml_course.widgets import Check, Predict, draw_a_digit

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
data = datasets.load("digits")
digit, label = data.x_test[16], data.labels[data.y_test[16]]  # (8, 8, 1), 0 to 1

fig, (seen, stored) = plt.subplots(1, 2, figsize=(6, 3.2))
seen.imshow(digit[..., 0], cmap="Greys")
stored.imshow(digit[..., 0], cmap="Greys", alpha=0.12)
for (row, column), ink in np.ndenumerate(16 * digit[..., 0]):
    stored.text(column, row, f"{ink:.0f}", ha="center", va="center", fontsize=11)
for ax, title in [(seen, "what you see"), (stored, "what the board gets")]:
    ax.set(title=title, xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
plots.show(
    fig,
    alt=f"Left: a handwritten {label} as 8 by 8 grey pixels. Right: the same as "
    "64 numbers in a grid, 0 where the paper is white, 16 where all is ink.",
)

# %% [markdown]
# ## A digit is sixty-four numbers
#
# Somebody wrote this digit on a form, long ago. A scanner made a picture of it, 32
# by 32 points, and a program counted the dark ones in each of 8 by 8 squares: none
# to all sixteen. You read it at a glance. The board gets the numbers on the right
# and has to find out.
#
# First, a look at your computer. The next cell asks the *doctor*, a program of this
# course, whether everything that you need works here.

# %% tags=["hide-input"] tinyml={"objective": "00-run", "role": "explain"}
needed = [found for found in doctor.examine() if found.needed]
broken = [f"* {found.what}: {found.detail}" for found in needed if not found.works]

plots.say(
    "\n".join(["**Not yet.** Missing or broken:\n", *broken])
    if broken
    else f"**All is well**: all {len(needed)} things that the course needs work here."
)

# %% [markdown]
# ## The network
#
# A network is one kind of **model**: a formula with many numbers in it, its
# **weights**. Ours was **trained** before: it was shown many digits together with
# the right answers, and its weights were changed a little each time, until the
# formula was nearly always right. What is left is one file. (In chapter 21 you train
# one yourself; TensorFlow, the tool for that, is not needed today.)

# %% tinyml={"objective": "00-run", "role": "explain"}
tflite_model = datasets.model_path("digits_cnn").read_bytes()
network = graph.read(tflite_model)

plots.say(
    f"The file has {len(tflite_model):,} bytes. The network in it has "
    f"**{network.weight_bytes:,} bytes of weights**, and makes {network.macs:,} "
    "*multiply-accumulates* (one product, added to a sum) to read one digit."
)

# %% [markdown]
# ## Your guess
#
# The board is an Arduino Nano 33 BLE Sense. It has 1 MB of **flash**, which
# keeps program and weights while the power is off, and 256 KB of **RAM**, where
# everything lives that changes while the program runs: the picture, what the
# network computes from it on the way, the answer.
#
# In this course you guess before you look. It feels odd for a day; then it is
# the quickest way to notice what you did not know. A rough guess will do: hundreds,
# thousands, ten thousands? The question is about RAM, not flash.

# %% tags=["hide-input"] tinyml={"objective": "00-run", "role": "predict"}
board = boards.get("nano33")
first = network.tensors[network.inputs[0]]  # what the network takes
pixels = first.quantize(digit[np.newaxis])  # (1, 8, 8, 1) int8


def ram_on_the_board():
    return device.run_model(network, pixels).ram_bytes


Predict(
    f"The board has {board.ram_bytes:,} bytes of RAM. How many of them are in use "
    "while the network reads a digit?",
    answer=ram_on_the_board,
    unit="bytes",
    explain=lambda used: (
        f"The board has {board.ram_bytes / used:,.0f} times as much. The weights stay "
        "in flash. A network computes in steps, its *layers*; RAM holds what a step "
        "takes and gives, and a few notes of the program. The next step writes over "
        "what nobody needs any more."
    ),
)

# %% [markdown]
# ## Run it
#
# Locked? Then here is the run itself: the sixty-four numbers go in, ten come
# out, one for each digit from 0 to 9. They are **int8**, whole numbers from -128
# to 127: the lower end says "surely not", the upper end "surely". The cell after it
# turns the largest into a percentage and lists what the run took.

# %% tinyml={"objective": "00-run", "role": "explain"}
run = device.run_model(network, pixels)
run.outputs

# %% tags=["hide-input"] tinyml={"objective": "00-run", "role": "explain"}
last = network.tensors[network.outputs[0]]
shares = last.dequantize(run.outputs[0])
plots.say(
    "| one digit on the board | | how we know |\n|---|---:|---|\n"
    f"| the network's answer | **{shares.argmax()}**, {shares.max():.1%} sure "
    "| computed by the board |\n"
    f"| flash | **{run.firmware.flash_bytes:,}** of {board.flash_bytes:,} bytes "
    "| counted |\n"
    f"| RAM | **{run.ram_bytes:,}** of {board.ram_bytes:,} bytes | counted |\n"
    f"| instructions | **{run.inference_instructions:,}** | counted |\n"
    f"| time | **{run.latency_ms:.1f} ms** | estimated |"
)

# %% [markdown]
# ## What just happened
#
# `graph.read` took the file apart. Then one line, `device.run_model`, wrote the
# network as **C code**, translated that with a compiler into **firmware**, a program
# for the board's processor (a Cortex-M4F), and ran the firmware. In this course you
# learn what happens in each of these steps.

# %% [markdown]
# The board is **emulated**: a program on your computer does what the processor
# would do, instruction by instruction, with a real board's limits. Reach past
# the end of the 256 KB and it crashes, as the real one would. Chapter 21 ends
# with files for a real board; nothing before asks for one.

# %% tags=["hide-input"] tinyml={"objective": "00-run", "role": "check"}
fit_ram = board.ram_bytes // run.ram_bytes
fit_flash = board.flash_bytes // run.firmware.flash_bytes
both = board.flash_bytes + board.ram_bytes

Check(
    "Take flash and RAM from the table above. If each network needed that much for "
    "itself, how many whole ones would fit on one board?",
    answer=fit_flash,
    tolerance=0.5,
    unit="networks",
    mistakes={
        fit_flash + 1: "Nearly: the last of these would not fit whole.",
        fit_ram: "So many fit into RAM. Is there flash for all of them?",
        both // (run.ram_bytes + run.firmware.flash_bytes): "You added the two "
        "memories. Weights need flash; free RAM is no help to them.",
        10**6 // run.firmware.flash_bytes: "Nearly: 1 MB is more than a million bytes "
        "here. The table has the number.",
        board.ram_bytes // run.firmware.flash_bytes: "That is the RAM divided by "
        "what one needs of flash.",
    },
    low="Too few. Divide what the board has by what one network needs, twice.",
    high="Too many: one of the two memories is full before that. Which one?",
    reveal="Flash is full first, and what runs out first decides.",
)

# %% [markdown]
# ## Three kinds of numbers
#
# The numbers about your network and its board say how we know them.
#
# * **Counted**: bytes and instructions. Count again and you get the same number.
# * **Measured**: how often the network is right, or how long your computer takes.
#   Other digits, another computer: another number.
# * **Estimated**: time and energy on the board. The emulator has no real clock and
#   draws no current from a battery. It has a formula with sources.
#
# One right answer proves little. So, measured: all **test digits**, those that were
# kept apart and never shown to the network in training, each read by the board.

# %% tinyml={"objective": "00-read", "role": "explain"}
everyone = device.run_model(network, first.quantize(data.x_test))
right = everyone.outputs.argmax(axis=1) == data.y_test
plots.say(
    f"*Measured:* the board read **{right.mean():.1%}** of {len(right)} digits "
    f"right; {np.sum(~right)} were wrong."
)

# %% tinyml={"objective": "00-read", "role": "explain"}
cycles = run.inference_cycles  # ticks of the processor's clock
seconds = cycles / board.clock_hz
joules = seconds * board.run_ma / 1000 * board.volts
coin_cell = 0.235 * 3600 * 3.0  # 235 mAh at 3 V, in joules

plots.say(
    f"*Estimated:* {cycles:,} ticks at {board.clock_hz / 1e6:.0f} million a second "
    f"make **{1e3 * seconds:.1f} ms**. At {board.run_ma} mA and {board.volts} V that "
    f"is {1e6 * joules:.0f} µJ (millionths of a joule): a coin cell would last for "
    f"**{coin_cell / joules / 1e6:.0f} million digits**, if it had nothing else to do."
)

# %% [markdown]
# The ticks are the processor manual's time for each kind of instruction, times
# how often it ran; waiting for flash is left out. The current is from the chip's data
# sheet; the rest of the board and the radio are left out. The coin cell's charge is
# from its data sheet too. That is why the label says *estimated*.

# %% tags=["hide-input"] tinyml={"objective": "00-read", "role": "check"}
Check(
    "You buy the real board, load the same firmware, give it the same digit, and go "
    "through the table again. Which line is the most likely to come out different?",
    options=["the time", "flash", "the instructions", "the network's answer"],
    answer="the time",
    mistakes={
        "flash": "It is the same program, byte for byte. What in the table was not "
        "counted or computed?",
        "the instructions": "Same program, same input: the processor walks the same "
        "way through it. What do we not know about each step?",
        "the network's answer": "It is made of whole numbers, added and multiplied by "
        "the same instructions. Which line rests on an assumption?",
    },
    reveal="It is the one estimate in the table. An estimate is not a bad number; "
    "an estimate without its label is.",
)

# %% [markdown]
# ## Does it read your hand?
#
# Draw with the mouse, a pen or a finger. You see what the network gets, 8 by 8
# pixels, and its ten answers. They come from the same C code as on the board,
# compiled once more, this time for the page you are looking at.
#
# By keyboard: take a recorded drawing, or Tab to the 8 by 8 pixels, move with the
# arrow keys and set them with the space bar.

# %% tinyml={"objective": "00-read", "role": "explore"}
drawing = draw_a_digit(tflite_model)
drawing

# %% [markdown]
# Draw a seven with a bar and one without; open the top of a nine; make it small
# and put it in a corner. Thirteen people of the 1990s wrote all our digits, the test
# digits too: that test did not ask about the hand of anybody else. Where do you write
# as they did, and where not?
#
# Then send your drawing to the board. (Run this cell again for each drawing.)

# %% tinyml={"objective": "00-read", "role": "explore"}
ink = drawing.values.get("counts", [0])  # 64 numbers from 0 to 16
mine = np.reshape(ink, (8, 8, 1)) / 16 if any(ink) else digit
my_run = device.run_model(network, first.quantize(mine[np.newaxis]))

in_page = drawing.values.get("output") if any(ink) else None
plots.say(
    f"The board reads a **{my_run.outputs.argmax()}**. "
    + (
        f"Of its ten bytes {np.sum(my_run.outputs[0] == in_page)} equal the page's."
        if in_page
        else "(Nothing was drawn when this cell ran: it took the digit from the top.)"
    )
)

# %% [markdown]
# ## How a chapter works
#
# You have met all of it by now, except the last:
#
# * **Predict**: lock a guess, then see.
# * **Explore**: a picture that answers. The sentence at its top says what to look
#   for. Change one thing at a time.
# * **Check**: a question with instant feedback. It names your mistake and keeps
#   the answer to itself.
# * **Exercise**: a cell with a gap for a line or two of yours. Run it, then press
#   *Check my code* below it. The first is a little further down.
#
# Problem sets are longer exercises that are graded. The first one, `ps01`, goes
# with chapter 02 and lies in the folder `assignments` on the left.

# %% [markdown]
# > **Tip: the keyboard.** *Shift+Enter* runs a cell, *Enter* lets you edit it,
# > *Esc* stops editing. *Tab* walks to sliders, choices and buttons, and the arrow
# > keys move them. *Ctrl+S* saves.
#
# > **Caution: a notebook remembers in the order you run it.** If something is "not
# > defined", a cell above has not run. *Run, Restart Kernel and Run All Cells*
# > puts everything in order. Locked guesses are then open again.
#
# Everything you open here is **your own copy**. Change it, break it, write into
# it: updates of the course never touch what you changed.
#
# ## The map
#
# From a line through points to a network that you train, shrink and ship:

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "explain"}
import tomllib

plan = (chapters.ROOT / "book" / "course_map.toml").read_text(encoding="utf-8")
parts = tomllib.loads(plan)["part"]
folder = chapters.ROOT / "notebooks"
paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
written = {path.name[:2]: path.name for path in paths}

fig, ax = plt.subplots(figsize=(6, 1.05 * len(parts)))
for row, part in enumerate(parts):
    ax.text(-0.3, row - 0.42, part["title"], weight="bold", fontsize=13)
    ax.plot([0, len(part["chapters"]) - 1], [row, row], color=GREY, lw=3, zorder=1)
    for place, number in enumerate(part["chapters"]):
        face, ink_color = (BLUE, "white") if number in written else ("white", "black")
        style = {"s": 620, "color": face, "edgecolors": BLUE, "zorder": 2, "lw": 2}
        ax.scatter(place, row, **style)
        ax.text(place, row, number, color=ink_color, ha="center", va="center_baseline")
ax.set(xlim=(-0.5, 7.6), ylim=(len(parts) - 0.6, -0.75))
ax.axis("off")
count = sum(len(part["chapters"]) for part in parts)
plots.show(
    fig,
    alt=f"A map of {count} chapters in {len(parts)} parts, each part a line with a "
    f"numbered stop for each chapter. Filled, because written: {', '.join(written)}.",
)

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "explain"}
lines = []
for part in parts:
    names = (
        f"[{number} {title}]({written[number]})"
        if number in written and number != "00"
        else f"{number} {title}"
        for number, title in part["chapters"].items()
    )
    lines.append(f"**{part['title']}.** {part['about']} *{'; '.join(names)}*.")
plots.say(
    f"Filled stops are written: {len(written)} of {count} chapters. The others are "
    "planned.\n\n" + "\n\n".join(lines)
)

# %% [markdown] tinyml={"objective": "00-start", "role": "explain"}
# ## Six small questions
#
# Five minutes if you know, longer if you find out. They are about what the chapters
# take for granted, not about machine learning, and nobody is counting. Under each
# question is a **primer**, folded up: open it if you had to guess, pass by if you
# did not.
#
# The first one is an exercise. `image` is the digit from the top. Python counts
# from 0, rows first. Replace the three dots after `column =`, run the cell, press
# *Check my code* below.

# %% tinyml={"objective": "00-start", "role": "exercise"}
image = digit[:, :, 0]  # (8, 8)
column = ...  # the third column of image, from top to bottom: eight numbers


# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "check"}
def test_column():
    if column is ...:
        return "Nothing is there yet. Replace the three dots, then run the cell."
    got = np.asarray(column)
    if got.shape == (8, 1):
        return "Nearly: a table of 8 by 1. Take image, and a plain number as column."
    if got.shape != (8,):
        return f"Eight numbers in a row, please: shape (8,). Yours is {got.shape}."
    known = [
        (image[2], "That is a row. The first index counts rows, the second columns."),
        (image[3], "That is a row, and Python counts from 0."),
        (image[:, 3], "A column, but Python counts from 0: 0, 1, 2."),
    ]
    for value, hint in known:
        if np.array_equal(got, value):
            return hint
    if not np.array_equal(got, image[:, 2]):
        return "Eight numbers, but not that column. In brackets: rows, then columns."


Check(
    "1. `column` holds the third column of `image`.",
    test=test_column,
    reveal="A colon alone stands for all of that axis.",
)

# %% [markdown]
# <details>
# <summary><strong>Primer: arrays</strong></summary>
#
# A NumPy array is a block of numbers of one type with a **shape**. `image` has
# shape `(8, 8)`: axis 0 goes down the rows, axis 1 across the columns. One index
# per axis, counted from 0; a negative index counts from the end.
#
# ```python
# image[0, 7]    # top right: a number
# image[1]       # the second row: shape (8,)
# image[:, 1]    # the second column: the colon means "all rows"
# image[2:4]     # rows 2 and 3, the end is left out: shape (2, 8)
# image > 0      # compares every number: shape (8, 8), True or False
# image.sum(axis=0)  # adds down the rows, one sum a column: shape (8,)
# ```
#
# Arithmetic works on all numbers at once: `16 * image`, `image + image`. If the
# shapes differ, NumPy stretches an axis of length 1 (**broadcasting**):
# `(8, 8) - (8,)` subtracts the same row from each of the eight.
#
# Try it: add a cell with the key `b` (outside of a cell's text) and play.
#
# </details>

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "check"}
Check(
    "2. A layer of a network multiplies a row of 64 pixels, shape `(1, 64)`, by a "
    "matrix of weights, shape `(64, 10)`. How many numbers come out?",
    answer=10,
    unit="numbers",
    mistakes={
        64: "The 64 is the length that is summed over. It is gone afterwards.",
        640: "So many weights are in the matrix. What comes out is smaller.",
        1: "One row comes out. How long is it?",
        11: "Rows and columns multiply in a shape; they do not add.",
        74: "Shapes do not add. Which length appears in both, and vanishes?",
    },
    low="How long is the row that comes out?",
    high="The length that both shapes share is summed over, and gone afterwards.",
    reveal="(1, 64) times (64, 10) is (1, 10), here one number for each digit.",
)

# %% [markdown]
# <details>
# <summary><strong>Primer: matrix products</strong></summary>
#
# To multiply two matrices, lay a *row* of the left one on a *column* of the right
# one, multiply the numbers that meet, and add up:
#
# $$\begin{pmatrix} 1 & 2 \end{pmatrix}
# \begin{pmatrix} 3 & 0\\ 4 & 5\end{pmatrix}
# = \begin{pmatrix} 11 & 10\end{pmatrix},$$
#
# because $1\cdot3 + 2\cdot4 = 11$ and $1\cdot0 + 2\cdot5 = 10$.
#
# So the row must be as long as the column, and the shapes follow a rule: **the
# inner lengths agree and vanish, the outer ones stay**.
#
# $$(n, k) \cdot (k, m) \to (n, m)$$
#
# The result has $n \cdot m$ numbers, each a sum of $k$ products. In NumPy it is
# `A @ B`; `A * B` multiplies number by number instead. $A^\top$, in NumPy `A.T`,
# swaps rows and columns.
#
# A layer with $k$ inputs and $m$ outputs is one such product; the board does
# little else all day.
#
# </details>

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "check"}
Check(
    "3. The error of a model depends on its one weight *w*: it is (*w* - 3)², *w* "
    "minus three, squared. What is its derivative, its slope, at *w* = 6?",
    answer=6,
    mistakes={
        9: "That is how high the curve is there. How steep is it?",
        3: "The inner part, w minus three. What does the square bring down in front?",
        12: "Two times w. The three is under the square as well.",
        2: "That is the second derivative: how fast the slope changes.",
        -6: "The right size. Does the curve rise or fall to the right of its lowest "
        "point?",
        0: "It is level at its lowest point only. Where is that?",
    },
    low="Steeper. A square brings a factor of two down in front.",
    high="Less steep. Bring the two down in front, keep what is in brackets.",
    reveal="Two times what is in brackets. Learning is walking against this slope.",
)

# %% [markdown]
# <details>
# <summary><strong>Primer: derivatives</strong></summary>
#
# The derivative $f'(w)$ says how steep $f$ is at $w$: move $w$ by a tiny step
# $h$, and $f$ changes by about $f'(w)\,h$. Positive: uphill to the right. Zero:
# level, as at the bottom of a valley.
#
# Three rules carry you far:
#
# * powers: $(w^n)' = n\,w^{n-1}$, so $(w^2)' = 2w$;
# * sums and constant factors: $(3f + g)' = 3f' + g'$;
# * the chain: $f(g(w))' = f'(g(w)) \cdot g'(w)$, the outer slope times the inner.
#
# By the chain, $\big((w - 1)^2\big)' = 2(w - 1)\cdot 1$. And if you do not trust
# your algebra, ask the computer for a tiny step:
#
# ```python
# f = lambda w: (w - 1) ** 2
# (f(3 + 1e-6) - f(3 - 1e-6)) / 2e-6    # close to 2 * (3 - 1)
# ```
#
# With several weights, take one derivative for each while the others stand still.
# Together they are the **gradient**.
#
# </details>

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "check"}
rounds = np.arange(1, 31)
known = 0.1 + 2 * np.exp(-rounds / 5)
new = known + 0.15 + 0.03 * rounds
lowest = int(rounds[new.argmin()])

fig, ax = plt.subplots(figsize=(5.6, 3))
ax.plot(rounds, known, color=GREY, ls="--", label="pictures it learned from")
ax.plot(rounds, new, color=BLUE, label="new pictures")
ax.set(xlabel="rounds of training", ylabel="error", ylim=(0, 2.4))
ax.legend(loc="upper right")
at = ", ".join(f"{new[n - 1]:.2f} after {n}" for n in (1, 5, 9, 13, 17, 21, 30))
alt = "Two curves of the error against rounds of training, a sketch. For pictures "
alt += f"it learned from it falls all the way. For new pictures it is {at}."
plots.show(fig, alt=alt)

Check(
    "4. The curves are a sketch. After how many rounds would you stop the training?",
    answer=lowest,
    tolerance=2,
    unit="rounds",
    mistakes={30: "It knows by heart what it was shown. How good is it at the rest?"},
    low="The solid curve is still falling there.",
    high="Is it still getting better at pictures it has not seen?",
    reveal="What counts is the error on what it has not seen: the solid curve.",
)

# %% [markdown]
# <details>
# <summary><strong>Primer: reading a plot</strong></summary>
#
# Before the curves, read the frame: what goes to the right, what goes up, in which
# unit, and does the axis begin at zero? Then say one curve in a sentence: "as ...
# grows, ... falls quickly at first, then levels off".
#
# * The **lowest point** answers "for which value to the right is it best?": go
#   down from it to the horizontal axis.
# * The **gap** between two curves can matter more than either of them.
# * On a **logarithmic** axis equal steps are equal *factors*: 1, 10, 100. A straight
#   line there means "multiplied by the same factor each time". This course uses
#   such axes whenever kilobytes meet gigabytes.
#
# Training plots have a name for what you saw: after its lowest point the solid
# curve shows **overfitting** (chapter 07).
#
# </details>

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "check"}
Check(
    "5. A network reads one digit in ten wrong, whichever it is and whatever came "
    "before. With what probability, from 0 to 1, does it get all three digits of a "
    "house number right?",
    answer=0.729,
    tolerance=0.006,
    mistakes={
        0.9: "That is one digit. Three must be right at once.",
        0.7: "You took a tenth away three times. Then ten digits could never be right.",
        0.3: "That would be for wrong ones, added up. Begin with one digit right.",
        0.001: "That is all three wrong.",
        0.271: "That is at least one wrong: the other side of what is asked.",
        0.81: "Two digits right. There is a third.",
        73: "Probabilities lie between 0 and 1.",
        72.9: "Probabilities lie between 0 and 1.",
        729: "Probabilities lie between 0 and 1.",
    },
    low="More likely than that. What is the probability that one digit is right?",
    high="Less likely than that: each digit is a new chance to fail.",
    reveal="0.9 times 0.9 times 0.9. One in ten sounded better, did it not?",
)

# %% [markdown]
# <details>
# <summary><strong>Primer: probability</strong></summary>
#
# A probability is a share between 0 and 1: of very many tries, how many come out
# so. Something happens or does not, so $P(\text{not } A) = 1 - P(A)$.
#
# * **And**, if the two have nothing to do with each other: multiply. Two coins
#   both heads: $\frac12 \cdot \frac12 = \frac14$.
# * **Or**, if not both can happen: add. A die shows 1 or 2:
#   $\frac16 + \frac16 = \frac13$.
# * **At least one**: take the way round. At least one head in two throws:
#   $1 - \frac12\cdot\frac12 = \frac34$.
# * **Given**: $P(A \mid B)$ looks only at the cases in which $B$ happened. It is
#   not $P(B \mid A)$: most cooks use knives, few who use knives are cooks.
#
# The network's ten answers are made to look like such shares: each between 0 and 1,
# together 1, up to rounding. A **mean** is what many tries give on average; the
# **standard deviation** says how far a single try usually lies from it.
#
# </details>

# %% tags=["hide-input"] tinyml={"objective": "00-start", "role": "check"}
Check(
    "6. The board keeps weights as **int8**: whole numbers in 8 bits, negative ones "
    "too. Half of the patterns of bits are for the negative numbers. What is the "
    "largest number?",
    answer=127,
    mistakes={
        255: "That is the largest without negative numbers. Half of the patterns are "
        "taken.",
        256: "So many patterns there are, for all numbers together.",
        128: "Almost. Zero needs a pattern as well, and it is not negative.",
        8: "Eight is the number of bits. Each bit doubles the number of patterns.",
        64: "A power too low: eight bits, and half of all their patterns.",
        16: "Each bit doubles the number of patterns: 2, 4, 8 and so on.",
    },
    low="There is room for more. How many patterns do 8 bits have? And half of them?",
    high="Too large for half the patterns of 8 bits.",
    reveal="From -128 to 127. You saw both ends in what came from the board.",
)

# %% [markdown]
# <details>
# <summary><strong>Primer: bits and bytes</strong></summary>
#
# A **bit** is 0 or 1. Each further bit doubles the number of patterns: $n$ bits
# have $2^n$. Eight bits are a **byte**. The places of a binary number are worth
# 1, 2, 4, 8 and so on from the right:
#
# $$1011_2 = 8 + 0 + 2 + 1 = 11.$$
#
# What a pattern *means* is a convention. Four bits without sign go from 0 to 15.
# With sign the top place counts negative, -8 for four bits: they go from -8 to 7
# (**two's complement**).
#
# | type | bytes each | for |
# |---|---|---|
# | `int8` | 1 | weights and pixels on the board |
# | `int32` | 4 | sums of many products |
# | `float32` | 4 | weights while a network learns |
#
# 1 KB is 1,024 bytes here, 1 MB is 1,024 KB. Long patterns are written in base 16,
# with one of `0` to `9` and `a` to `f` for each four bits, and `0x` in front:
# `0x20000000` is where the board's RAM begins.
#
# </details>

# %% [markdown]
# **Your place.** Whatever the questions said, the next written chapter on the map
# is the right one: each chapter says what it needs and explains the rest. If you
# opened three primers or more, keep this page within reach.
#
# ## If you are stuck
#
# 1. **Read the last line** of a red message. Ours say what is wrong, what was
#    expected and what to try.
# 2. **Restart**: *Run, Restart Kernel and Run All Cells*.
# 3. **Ask the doctor**: run `!tinyml doctor` in a new cell. It says what is missing
#    and how to get it. (The `!` passes the line on to the system; in a terminal leave
#    it out.)
# 4. **Start a chapter afresh**: close it, open a terminal (*File, New, Terminal*) and
#    type `tinyml reset 00`. Your version stays beside it with its date.
# 5. **Look it up**: the book has a page *Troubleshooting* with the messages that
#    people meet (in the folder of the course, `book/troubleshooting.md`).
#
# ## One to take with you
#
# Scroll up, draw the digit you like best, run the cell below the drawing, then
# this one: your hand, read by the board.

# %% tags=["hide-input"] tinyml={"objective": "00-run", "role": "explain"}
shares = last.dequantize(my_run.outputs[0])
read = int(shares.argmax())
fig, axes = plt.subplot_mosaic(
    "ds;ds;ff;rr", figsize=(6, 5.2), height_ratios=[3, 3, 1, 1]
)
axes["d"].imshow(mine[..., 0], cmap="Greys", vmin=0, vmax=1)
axes["d"].set(title="what the board got", xticks=[], yticks=[])
axes["d"].spines[:].set_visible(True)
axes["s"].barh(
    range(10), shares, color=[BLUE if n == read else GREY for n in range(10)]
)
axes["s"].set(title=f"it reads a {read}", yticks=range(10), ylim=(9.6, -0.6))
axes["s"].set(xlabel="probability", xlim=(0, 1))
memories = [
    ("f", "flash", my_run.firmware.flash_bytes, board.flash_bytes),
    ("r", "RAM", my_run.ram_bytes, board.ram_bytes),
]
for key, name, used, there in memories:
    axes[key].barh(0, there, color="#dddddd")
    axes[key].barh(0, used, color=RED)
    axes[key].set(title=f"{name}: {used:,} of {there:,} bytes", xlim=(0, there))
    axes[key].axis("off")
alt = f"A drawing of 8 by 8 pixels; ten bars, the longest at {read}; two long grey "
alt += "bars for flash and RAM, with a thin coloured piece at the left: what is in use."
plots.show(fig, alt=alt)

# %% [markdown]
# The coloured pieces are what the network takes of the board's memories. There is room
# for larger ones.
#
# ## What you have done
#
# * You **ran** a trained network on the 256 KB board, and you know how far off your
#   first guess was.
# * You **read** numbers that were counted, measured and estimated.
# * You **found** your place: six questions, a map, and where help is.
#
# **The idea to keep:** what a network needs can be known to the byte, before
# anything is bought or soldered. Guess first, then count.
#
# **Next:** chapter 01, *What learning is*: from answers, without answers, from
# rewards. In a hurry? Chapter 02 needs only this one: the smallest thing that learns,
# with two numbers in place of thousands, and it ends on the board too.
#
# ## Sources
#
# * E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine
#   Learning Repository (1998): the digits, as scikit-learn ships them.
# * Nordic Semiconductor, *nRF52840 Product Specification*: flash, RAM, clock, current.
# * Arduino, *Nano 33 BLE Sense*, data sheet ABX00031.
# * Arm, *Cortex-M4 Technical Reference Manual*: cycles for each instruction.
# * Energizer, *CR2032*, data sheet: 235 mAh.
