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

# %% [markdown] tinyml={"objectives": ["22-ladder", "22-vectors", "22-loop", "22-flips", "22-doubt", "22-reject", "22-times", "22-deadline"]}
# # Prove it
#
# Below are seven programs for the board. All were made from the word network of chapter
# 14, all run without a fault, and each has been tested on the same recordings. One of
# them is right. The others have a bug each, of the kind that people write. Which one
# would you ship?
#
# **You will**
#
# * **climb** a ladder of tests, and find the first operator that differs;
# * **choose** test vectors, and count the bugs that they would have let through;
# * **close** the loop: a network that balances a pole, on the board, before there is
#   a pole;
# * **flip** bits of the weights, and see which of them matter;
# * **calibrate** what a network says about its own certainty;
# * **promise** a risk, and keep it by refusing to answer;
# * **predict** what a layer costs before it is built;
# * **decide** under a deadline: leave early, here or elsewhere?
#
# **You need** chapters 14, 16 and 19 to 21. Three sittings of about 70 minutes;
# the breaks are marked.

# %% tags=["hide-input"] tinyml={"objective": "22-ladder", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, device, export, graph, plots
from tinyml_course.scratch import proof

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
board, data = boards.get("nano33"), datasets.load("words")
file = datasets.model_path("words_dscnn")
net, y_test = graph.read(file), data.y_test
t_in, t_out = net.tensors[net.inputs[0]], net.tensors[net.outputs[0]]
x_test, sources = t_in.quantize(data.x_test), export.to_c(net, "words")
programs = {"right": sources} | {bug: proof.plant(sources, bug) for bug in proof.BUGS}
shuffled, hits = np.random.default_rng(1).permutation(list(programs)), {}
letters = dict(zip(shuffled, "ABCDEFG", strict=True))
for name in shuffled:
    said = device.host(programs[name], "words", net).predict(x_test[:400])
    hits[name] = 100 * np.mean(said.argmax(axis=1) == y_test[:400])
luck = np.sqrt(hits["right"] * (100 - hits["right"]) / 400)  # one standard error
fig, ax = plt.subplots(figsize=(5.4, 2.7))
ax.errorbar(letters.values(), hits.values(), luck, fmt="o", capsize=4)
ax.set(ylabel="words right (of 100)", xlabel="program", ylim=(75, 96))
plots.show(fig, alt="Seven dots, A to G, with error bars: most of them overlap.")

# %% [markdown]
# All seven heard the same words of people whom the network has not learned from. The
# bars are one standard error: so much is luck.

# %% tags=["hide-input"] tinyml={"objective": "22-ladder", "role": "predict"}
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

above = [n for n in shuffled if n != "right" and hits[n] >= hits["right"]]
assert above
close = sum(abs(h - hits["right"]) < 2 * luck for h in hits.values()) - 1
Predict(
    "One of the seven is right. Which?",
    options=list(letters.values()),
    answer=letters["right"],
    explain=f"It has {hits['right']:.1f} of 100 right. Of the six with a bug, "
    f"{len(above)} ({' and '.join(above)}) are at least as good on these words, and "
    f"{close} lie within two standard errors of it. Accuracy does not find them.",
)

# %% [markdown]
# Accuracy tells how good a *model* is. Whether a *program* is that model is another
# question, and it has a sharper answer: the same inputs must give the same bytes.
#
# ## The ladder
#
# Between the trained network and the board lie several programs. Engineers who build
# cars and aeroplanes give the steps names, and send the **same vectors** through each:
#
# | rung | runs | can differ by |
# |---|---|---|
# | model in the loop | Keras, in floats | this is what was trained |
# | | TFLite's interpreter (LiteRT), int8 | quantization; its kernels' rounding |
# | | TFLM, int8 | quantization: this is the judge |
# | software in the loop | our C, on this computer | nothing |
# | processor in the loop | the same C, on the board | nothing |
#
# If a rung differs from the one above it, the fault is in that step, and the others
# need not be looked at. (`twin` makes a Keras model of the float file again, `lite` and
# `litert` ask the interpreter, `oracle` asks TFLM.)

# %% tinyml={"objective": "22-ladder", "role": "explain"}
from tinyml_course import oracle
from tinyml_course.scratch import runtimes


def ask_board(sources, x):
    firmware = device.build_model(sources, "words")
    written = device.run(firmware, stdin=x.tobytes(), name="words").stdout
    return np.frombuffer(written, np.int8).reshape(len(x), -1)


vectors, tflite_model = x_test[:30], file.read_bytes()
tflm = oracle.ask(tflite_model, [vectors]).outputs[0].astype(int)
keras_model = proof.twin(graph.read(file.with_name("float.tflite")))
rungs = {
    "Keras": keras_model.predict(data.x_test[:30], verbose=0) * 256 - 128,
    "LiteRT, plain": runtimes.lite(tflite_model, vectors),
    "LiteRT, fast": proof.litert(tflite_model, vectors),
    "our C, on this computer": device.host(sources, "words", net).predict(vectors),
    "our C, on the board": ask_board(sources, vectors),
}
table = "| 30 words, against TFLM | largest difference | bytes that differ |\n|-|-|-|\n"
for rung, y in rungs.items():
    apart = np.abs(y - tflm)
    table += f"| {rung} | {apart.max():.0f} steps | {np.sum(apart > 0.5)} |\n"
plots.say(table)

# %% [markdown]
# (A step is 1/256 of a probability; there are ten bytes for each word.) Keras is
# *close*, as it should be: its floats became bytes. The two lowest rungs are *equal* to
# TFLM, as they must be. And LiteRT is two programs. With its plain kernels it agrees.
# But as it comes, it hands the layers to a library that is made for speed (XNNPACK),
# and that one brings a sum of 32 bits back to 8 by rounding once, where the others
# round twice, as in chapter 19. One of the six bugs does the same to our C; a cell
# below holds their bytes against each other. A step here and there, and yet a
# probability can move by many. So "exact" needs a judge that is named beforehand. Ours
# is the one that runs on boards.

# %% [markdown]
# ## A bug
#
# A colleague has tidied up the generated file. It compiles, and you get it back on the
# day before the release. Climb: if the C on this computer differs from TFLM, and the
# board does not differ from that C, then there is no compiler, no processor and no
# memory to suspect. The C is not the model. But the network has twelve operators; in
# which of them does it begin?

# %% [markdown]
# Compare what each operator hands on. In Python that is easy: `graph.invoke(...,
# all_tensors=True)` keeps all of it. On the board, values are overwritten as soon as
# nobody needs them, and keeping them all would take more RAM than the model. So make
# firmware that *stops* after an operator, and hands out what that one has just written:
# three small edits in the C, by its text alone.

# %% tinyml={"objective": "22-ladder", "role": "explain"}
import re


def cut(sources, name, net, operator):
    text, header = sources[f"{name}.c"], sources[f"{name}.h"]
    tensor = net.operators[operator].outputs[0]
    for call in re.findall(rf"  {name}_layer_\d+_\w+\(\);\n", text):
        if int(call.split("_layer_")[1][:2]) > operator:
            text = text.replace(call, f"  return 0;\n{call}", 1)
            break
    place = rf"({name}_output_0\(void\) {{ return arena \+ )\d+"
    text = re.sub(place, rf"\g<1>{net.plan.offsets[tensor]}", text)
    size = rf"({name.upper()}_OUTPUT_0_BYTES )\d+"
    header = re.sub(size, rf"\g<1>{net.tensors[tensor].bytes}", header)
    return {**sources, f"{name}.c": text, f"{name}.h": header}


suspect = proof.plant(sources, "a shift of one channel")
sent_c = device.host(suspect, "words", net).predict(vectors)
sent_board = ask_board(suspect, vectors)
once = device.host(programs["one rounding, not two"], "words", net).predict(vectors)
plots.say(f"* The colleague's C, unlike TFLM: {np.sum(sent_c != tflm)} bytes.")
plots.say(f"* The board, unlike that C: {np.sum(sent_board != sent_c)}.")
apart = np.sum(once != rungs["LiteRT, fast"])
plots.say(f"* (Our C that rounds once, unlike the fast LiteRT: {apart}.)")

# %% [markdown]
# ## Your turn: halve it
#
# Building firmware takes time, on a real board minutes. Twelve of them are not needed:
# if an operator in the middle is still right, the first wrong one comes after it; if it
# is wrong, it is that one or one before. Each question halves what is left.
#
# Write `my_first_bad(differs, count)`: `differs(k)` tells whether operator `k` differs,
# and the last one is known to.


# %% tinyml={"objective": "22-ladder", "role": "exercise"}
def my_first_bad(differs, count):
    """The first of operators 0 to count - 1 that differs, in few questions."""
    # begin with low, high = 0, count - 1: the first bad one is between these,
    # ends included; ask differs(middle), and move low or high until they meet
    return None


# %% tags=["hide-input"] tinyml={"objective": "22-ladder", "role": "check"}
def test_first_bad():
    for count, first in [(c, k) for c in (2, 12, 13) for k in range(c)]:
        asked = []

        def differs(k, asked=asked, first=first):
            asked.append(k)
            assert len(asked) < 100, "that loop does not end"
            return k >= first

        found = my_first_bad(differs, count)
        if found is None:
            return "It returns nothing. When low and high meet, which one is it?"
        if found == first - 1:
            return "That is the last good one. Which one does a good middle leave?"
        if found != first:
            return f"With {count} operators, bad from {first} on, it says {found}."
        if len(asked) > np.ceil(np.log2(count)):
            return f"Right, but it asked {len(asked)} times for {count} operators."


Check(
    "`my_first_bad` finds the first operator that differs, by halving.",
    test=test_first_bad,
    reveal="Among a thousand, ten questions. `git bisect` finds a bad change that way.",
)

# %% [markdown]
# Halving relies on something: that a difference, once there, does not vanish again. For
# one word it can, for instance where the largest of several values hides it. With eight
# words at once that is unlikely.
#
# Now let it loose on the board. (From here on it is `proof.first_bad`.)

# %% tinyml={"objective": "22-ladder", "role": "explain"}
few = x_test[:8]
true_values = graph.invoke(net, few, all_tensors=True)


def differing(program, operator):
    got = ask_board(cut(program, "words", net, operator), few)
    return got != true_values[net.operators[operator].outputs[0]].reshape(len(few), -1)


asked, count = [], len(net.operators)
culprit = proof.first_bad(
    lambda k: asked.append(k) or differing(suspect, k).any(), count
)
depth = net.tensors[net.operators[culprit].outputs[0]].shape[-1]
where = differing(suspect, culprit).reshape(-1, depth)
(channel,) = np.flatnonzero(where.any(axis=0))
wanted = graph.output_factors(net, net.operators[culprit])[1]
text = re.search(rf"shift_{culprit:02d}.*?{{(.*?)}}", suspect["words.c"], re.S)
written = [int(number) for number in text[1].split(",")]
plots.say(
    f"Asked about operators {', '.join(map(str, asked))}: the first that differs is "
    f"**{culprit}, {net.operators[culprit].kind}**. Of its {depth} channels one "
    f"differs, {channel}. Its shift in the C is {written[channel]}; from the model, it "
    f"should be {wanted[channel]}."
)

# %% [markdown]
# From "something is wrong" to one number in a file, in a handful of runs. A single
# channel pointed to a constant of that channel, so its constants were read. All
# channels of one layer would have pointed to the layer's zero point or scale; all
# layers of one kind to that kind's code; everything from the first layer on to what all
# share, or to the input.

# %% [markdown]
# ## What the vectors would have missed
#
# It was found because we looked at eight words inside the network. How many of the six
# bugs of the first picture does a test find that looks at *one* word, and only at the
# answer?

# %% tags=["hide-input"] tinyml={"objective": "22-vectors", "role": "predict"}
noise = np.random.default_rng(0).integers(-128, 128, (32, 41, 32, 1), np.int8)
flat = np.full((3, 41, 32, 1), 0, np.int8) + np.int8([[[[-128]]], [[[0]]], [[[127]]]])
SETS = {"1 word": x_test[:1], "8 words": few, "200 words": x_test[:200]}
SETS |= {"32 of noise": noise, "3 flat pictures": flat}


def values_at(operator, program):
    lib = device.host(cut(program, "words", net, operator), "words")
    return [lib.predict(x.reshape(len(x), -1)) for x in SETS.values()]


shown = {}  # by how many of 100 vectors, for each bug and set
for operator in (11, 10):
    true, *wrong = (values_at(operator, program) for program in programs.values())
    shown[operator] = [
        [100 * np.mean((y != t).any(axis=1)) for y, t in zip(ys, true, strict=True)]
        for ys in wrong
    ]
Predict(
    "How many of the six bugs change an answer to the first word?",
    answer=sum(row[0] > 0 for row in shown[11]),
    unit="bugs",
    explain="Softmax has reached its last byte there. Look one operator earlier, and "
    f"{sum(row[0] > 0 for row in shown[10])} show themselves.",
)

# %% tags=["hide-input"] tinyml={"objective": "22-vectors", "role": "explain"}
fig, axes = plt.subplots(1, 2, figsize=(6.6, 3.9), sharey=True)
panels = {"seen at the answer": shown[11], "before softmax": shown[10]}
for ax, (title, shares) in zip(axes, panels.items(), strict=True):
    ax.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=15, aspect="auto")
    for (i, j), share in np.ndenumerate(np.array(shares)):
        text = f"{share:.0f}" if share else "-"
        ax.text(j, i, text, ha="center", va="center", fontsize=11)
    ax.set_xticks(range(len(SETS)), SETS, rotation=55, ha="right", fontsize=11)
    ax.set_title(title, fontsize=12)
    ax.grid(visible=False)
axes[0].set_yticks(range(6), proof.BUGS, fontsize=11)
alt = "Six bugs by five sets of vectors, how many of 100 show the bug: few of noise do "
alt += "at the answer, nearly all before softmax; one bug no set shows."
plots.show(fig, alt=alt)
tops = {}  # channels of the convolutions that reach their highest value
for name, x in {"30 words": vectors, "32 of noise": noise}.items():
    values = graph.invoke(net, x, all_tensors=True)
    every = [values[op.outputs[0]] for op in net.operators[:9]]
    tops[name] = sum(np.sum(y.max(axis=tuple(range(y.ndim - 1))) == 127) for y in every)
same = np.bincount(values[net.outputs[0]].reshape(32, -1).argmax(axis=1)).max()
plots.say(
    f"Of {sum(y.shape[-1] for y in every)} channels, the 30 words drive "
    f"{tops['30 words']} to 127, the highest value there is; the noise drives "
    f"{tops['32 of noise']} there. Of the 32, it calls {same} the same class."
)

# %% [markdown]
# (So many of 100 vectors show the bug.) Three things to learn:
#
# * **Inputs must be alive.** Noise and flat pictures are easy to make, and to a network
#   that knows words they are nearly all the same. `verify` uses such vectors when it is
#   given none; give it recordings as well.
# * **Look where differences show.** Softmax hides most of them. Comparing one operator
#   earlier costs nothing (and is blind to softmax itself, so do both).
# * **Extremes are another kind of vector.** A limit that no vector touches has not been
#   tested: whether the program clamps at 127, ordinary words hardly ask. That is what
#   noise and extremes are good for, inside the network.

# %% tags=["hide-input"] tinyml={"objective": "22-vectors", "role": "check"}
at_end, earlier = np.array(shown[11]), np.array(shown[10])
assert at_end[:, 0].sum() == 0 < np.sum(earlier[:, 0] > 0)
assert 2 * at_end[:, 2:4].sum() < earlier[:, 2:4].sum()  # 200 words, and noise
assert not np.any([at_end[5], earlier[5]])  # softmax' own bug: no set shows it
assert 5 * tops["30 words"] < tops["32 of noise"]
Check(
    "The firmware gave the reference's bytes for all of 1,000 recorded words. What has "
    "been shown?",
    options=[
        "On those 1,000 inputs, the answers agree",
        "Every operator computes the right thing",
        "It will differ for less than 1 word in 1,000",
        "The model is as accurate as it was in Keras",
    ],
    answer="On those 1,000 inputs, the answers agree",
    mistakes={
        "Every operator computes the right thing": "You have just seen operators that "
        "were wrong while answers agreed. What stood between?",
        "It will differ for less than 1 word in 1,000": "A rate of two in a thousand "
        "would slip through now and then. And are tomorrow's words like these?",
        "The model is as accurate as it was in Keras": "The reference was the int8 "
        "model. Could it have been wrong together with the firmware?",
    },
    reveal="No more than that. So choose the inputs with care, and look inside.",
)

# %% [markdown]
# ## Close the loop
#
# Words that were recorded do not care what the board answers. A motor does: what the
# network answers moves the machine, and the machine makes the next input. Errors can
# feed on themselves, and no file of test rows will show it. So before there is
# hardware, let the model drive a **simulated** machine: here a pole that stands on a
# cart. Every few milliseconds the board gets four numbers (where the cart is, how fast
# it goes, how far the pole tilts, how fast it falls) and answers with a push.


# %% tinyml={"objective": "22-loop", "role": "explain"}
def moved(state, push):
    """One millisecond later: (n, 4) m, m/s, rad, rad/s; pushes (n,) in newtons."""
    _, speed, tilt, spin = state.T
    cart, pole, half = 1.0, 0.2, 0.5  # kg, kg, m
    pull = (push + pole * half * spin**2 * np.sin(tilt)) / (cart + pole)
    length = half * (4 / 3 - pole * np.cos(tilt) ** 2 / (cart + pole))
    falling = (9.81 * np.sin(tilt) - np.cos(tilt) * pull) / length
    faster = pull - pole * half * falling * np.cos(tilt) / (cart + pole)
    speed, spin = speed + 0.001 * faster, spin + 0.001 * falling
    there = [state[:, 0] + 0.001 * speed, speed, state[:, 2] + 0.001 * spin, spin]
    return np.clip(np.stack(there, axis=1), -50, 50)


def balance(hand, starts, period, delay=1, ms=6000):
    """Ask `hand` every `period` ms, obey `delay` ms later: the path (ms, n, 4)."""
    state, path = starts, np.empty((ms, *starts.shape))
    asked = push = np.zeros(len(starts))
    for now in range(ms):
        push = np.where((now - delay) % period == 0, asked, push)
        if np.any(now % period == 0):
            asked = np.where(now % period == 0, hand(state), asked)
        state = path[now] = moved(state, push)
    return path


# %% [markdown]
# Who teaches the network? For small tilts the best push is known: minus four constants
# times the four numbers (control engineers call it LQR). A network is not needed here,
# and that is why we take it: the right answer is known, so what the network adds, and
# what the bytes add, can be seen. Where no formula is known, the loop is the same.
#
# The inputs are divided by the range that each may have, so that one scale serves all
# four.

# %% tinyml={"objective": "22-loop", "role": "explain"}
import keras
from keras import layers

from tinyml_course import quantize, report, train

RANGE, STRONGEST = np.array([1.2, 2.0, 0.35, 2.5]), 10.0  # m, m/s, rad, rad/s; newtons
LQR = np.array([-8.67, -9.78, -61.7, -15.8])  # newtons for each of the four


def teacher(state):
    return np.clip(-state @ LQR, -STRONGEST, STRONGEST)


rng = np.random.default_rng(0)
seen = rng.uniform(-1, 1, (8000, 4)).astype(np.float32)
train.seed_everything(0)
dense = [layers.Dense(24, activation="relu") for _ in range(2)]
pilot = keras.Sequential([keras.Input((4,)), *dense, layers.Dense(1)])
rate = keras.optimizers.schedules.CosineDecay(5e-3, 16 * 63)
pilot.compile(keras.optimizers.Adam(rate), "mse")
pilot.fit(seen, teacher(seen * RANGE) / STRONGEST, batch_size=128, epochs=16, verbose=0)
pilot_tflite = quantize.to_int8(pilot, seen[:500])
pilot_ms = report.bench(pilot_tflite)["latency_ms"]
plots.say(f"On the board a push takes {pilot_ms:.2f} ms (estimated): call it one.")

# %% [markdown]
# Four hands for the same cart: the network in floats; its bytes as they run on the
# board; the same bytes after somebody widened the tilt's range in the sensor's driver
# to twice as much and told nobody; and an input's zero point that is one off. Each has
# twenty starts of six seconds, a push every 20 milliseconds. The table sets beside it
# how far the hand is off on *recorded* states, where nothing feeds back.

# %% tinyml={"objective": "22-loop", "role": "explain"}
pilot_net = graph.read(pilot_tflite)
pilot_c = export.to_c(pilot_net, "pilot")
pilot_lib = device.host(pilot_c, "pilot", pilot_net)
p_in = pilot_net.tensors[pilot_net.inputs[0]]
p_out = pilot_net.tensors[pilot_net.outputs[0]]
w1, b1, w2, b2, w3, b3 = pilot.get_weights()


def float_hand(state):
    hidden = np.maximum(np.maximum(state / RANGE @ w1 + b1, 0) @ w2 + b2, 0)
    return STRONGEST * np.clip(hidden @ w3 + b3, -1, 1)[:, 0]


def byte_hand(state, ranges=RANGE, off=0):
    q = p_in.quantize((state / ranges).astype(np.float32)).astype(int) + off
    push = pilot_lib.predict(np.clip(q, -128, 127).astype(np.int8))
    return STRONGEST * np.clip(p_out.dequantize(push), -1, 1)[:, 0]


HANDS = {
    "floats": float_hand,
    "int8": byte_hand,
    "int8, wrong scale": lambda s: byte_hand(s, RANGE * [1, 1, 2, 1]),
    "int8, zero point + 1": lambda s: byte_hand(s, off=1),
}

# %% tags=["hide-input"] tinyml={"objective": "22-loop", "role": "explain"}
starts = rng.uniform(-1, 1, (20, 4)) * [0.5, 0.3, 0.12, 0.3]
states = rng.uniform(-0.4, 0.4, (2000, 4)) * RANGE  # as if they had been recorded
paths = {name: balance(hand, starts, 20) for name, hand in HANDS.items()}
at_rest = {name: np.sqrt(np.mean(y[-2000:] ** 2, (0, 1))) for name, y in paths.items()}
table = "| hand | off, on recorded states | stand | cart, last 2 seconds | tilt |\n"
table += "|---|---|---|---|---|\n"
for name, path in paths.items():
    error = np.sqrt(np.mean((HANDS[name](states) - teacher(states)) ** 2))
    stand = np.mean(np.abs(path[:, :, 2]).max(axis=0) < 0.6)
    cart, tilt = 100 * at_rest[name][0], np.degrees(at_rest[name][2])
    table += f"| {name} | {error:.2f} N | {stand:.0%} | {cart:.1f} cm | {tilt:.2f}° |\n"
plots.say(table)
assert at_rest["int8, wrong scale"][2] > 50 * at_rest["int8"][2]
assert at_rest["int8"][2] > 2 * at_rest["floats"][2]
assert at_rest["int8"][0] < 0.03 < 0.04 < at_rest["int8, zero point + 1"][0]
SCHEDULES = [(p, late) for p in (20, 80) for late in ("at once", "late")]
period_of = np.repeat([p for p, _ in SCHEDULES], 6)
delay_of = np.repeat([1 if late == "at once" else p - 1 for p, late in SCHEDULES], 6)
loops = {
    name: balance(hand, np.tile(starts[:6], (4, 1)), period_of, delay_of)[::20]
    for name, hand in HANDS.items()
}

# %% [markdown]
# With floats the pole comes to rest. With bytes it never does: between two steps of the
# input the network cannot tell that the pole leans, so it waits until it does, and
# pushes back. That small dance is called a *limit cycle*. Recorded rows cannot show it.
#
# The zero point is the better lesson. On recorded states it is off by a fraction of a
# newton, and every pole stands; yet the cart parks somewhere else, for ever. And with
# the wrong scale the network sees half the tilt and pushes half as hard: it is always a
# little late, and the pole swings wider and wider.

# %% [markdown]
# ## How fast must it be?
#
# So far the board answered at once, fifty times a second. Change both: how often the
# board is asked, and whether its answer comes at once or just before the next question.


# %% tags=["hide-input"] tinyml={"objective": "22-loop", "role": "explore"}
def loop_picture(hand, period, late):
    path = loops[hand].reshape(300, 4, 6, 4)[:, SCHEDULES.index((period, late))]
    cart, tilt = 100 * path[..., 0], np.degrees(path[..., 2])
    fallen = np.abs(tilt).max(axis=0) > 35
    fig, axes = plt.subplots(2, 1, figsize=(5, 3.8), sharex=True)
    for ax, rows, top in zip(axes, (cart, tilt), (110, 40), strict=True):
        for row, down in zip(rows.T, fallen, strict=True):
            hue, dash = (RED, "--") if down else (BLUE, "-")
            ax.plot(np.arange(300) / 50, row, dash, color=hue, lw=1.3)
        ax.set(ylim=(-top, top))
    axes[0].set(ylabel="cart (cm)")
    axes[1].set(ylabel="tilt (degrees)", xlabel="seconds")
    return fig, f"{hand}, every {period} ms: {6 - fallen.sum()} of 6 poles stand."


Explore(
    loop_picture,
    hand=Choice(list(HANDS), "int8, wrong scale", "hand"),
    period=Slider(20, 80, 60, 20, "asked every (ms)"),
    late=Choice(["at once", "late"], "at once", "the answer comes"),
    look="Which is worse, being asked rarely or answering late?",
    alt=lambda hand, period, late: f"Carts and tilts: {hand}, {period} ms, {late}.",
)

# %% tinyml={"objective": "22-loop", "role": "explain"}
every = np.arange(10, 251, 10)
timing = [(p, 1) for p in every] + [(p, p - 1) for p in every]
period_of, delay_of = np.repeat(np.array(timing), 5, axis=0).T
table = (
    "| all of five poles stand up to a period of | at once | late |\n|---|---|---|\n"
)
longest = {}
for name in ("floats", "int8"):
    path = balance(HANDS[name], np.tile(starts[:5], (50, 1)), period_of, delay_of, 4000)
    up = (np.abs(path[:, :, 2]).max(axis=0) < 0.6).reshape(2, 25, 5).all(axis=2)
    at_once, late = longest[name] = [every[np.argmin([*row, False]) - 1] for row in up]
    table += f"| {name} | {at_once} ms | {late} ms |\n"
word_ms = report.bench(file)["latency_ms"]
as_slow = balance(byte_hand, starts, int(word_ms) + 1, int(word_ms))[:, :, 2]
fell = np.mean(np.abs(as_slow).max(axis=0) > 0.6)
plots.say(table)
plots.say(
    f"This network takes {pilot_ms:.2f} ms (estimated): one "
    f"{longest['int8'][1] / pilot_ms:,.0f} times as slow would still do. With one as "
    f"large as the word network, {word_ms:.0f} ms, {fell:.0%} of the poles fall."
)
assert longest["int8"][1] < longest["int8"][0]
assert min(np.subtract(longest["int8"], longest["floats"])) >= -10
assert fell > 0.5

# %% [markdown]
# A late answer is worse than a rare question: a push of long ago meets a pole that has
# moved on. Latency is thus not only a matter of patience or of the battery; in a loop
# it is part of the *quality*. And bytes cost nothing here that floats had.

# %% [markdown]
# ## The board in the loop
#
# So far the hand was our C on this computer. Processor in the loop means: the pole
# stays a simulation, but each push is computed by the firmware, on the board. The
# emulated board reads its input with `board_read`; give `device.run` a function
# instead of bytes, and the simulation answers whenever the board asks.

# %% tinyml={"objective": "22-loop", "role": "explain"}
state, push, travelled = starts[:1], np.zeros(1), []


def plant(count, written):
    global state, push
    if written:  # the board has answered: 20 ms go by, the first with the old push
        newest = p_out.dequantize(np.frombuffer(written[-1:], np.int8))
        for ms in range(20):
            push = push if ms < 1 else STRONGEST * np.clip(newest, -1, 1)
            state = moved(state, push)
            travelled.append(state[0])
    if len(travelled) == 6000:
        return b""  # the end of the input, and of the program
    return p_in.quantize((state / RANGE).astype(np.float32)).tobytes()


firmware = device.build_model(pilot_c, "pilot")
flight = device.run(firmware, stdin=plant, name="pilot")
same = np.array_equal(travelled, paths["int8"][:, 0])
plots.say(
    f"The board was asked {len(flight.stdout)} times. Its path over 6 seconds equals "
    f"the one of our C to the last bit: **{same}**."
)
assert same

# %% tags=["hide-input"] tinyml={"objective": "22-loop", "role": "check"}
Check(
    "A board is asked every 20 ms and its answer takes 15 ms. How old is the state "
    "that a push was computed from, at most, while that push acts?",
    answer=35,
    unit="ms",
    tolerance=0.5,
    mistakes={
        15: "So old it is when the push begins. How long does it go on?",
        20: "That is how long the push acts. How old was its state when it began?",
        5: "That is what is left of a period. When does the next push take over?",
        30: "Twice the latency? The push lasts until the next one is ready.",
    },
    low="Longer. Draw the time: asked, answered, and answered again.",
    high="Not that long. When is the next answer ready?",
    reveal="Asked at 0, acting from 15 to 35: a late answer ages a whole period more.",
)

# %% [markdown]
# ---
#
# **A good place to stop.** You have shown that the program is the model, alone and in
# its loop. The second sitting asks what can be wrong all the same: a bit that turns
# over, a model that is sure and mistaken, a promise that was luck.
#
# ---

# %% [markdown]
# ## When a bit turns over
#
# So far, whatever was tested stayed as it was. Hardware does not promise that. A
# particle from space flips a bit in passing; flash wears with every erasing, and a cell
# that has lost some of its charge is read wrong on a hot day. That is rare, but a
# product is thousands of boards for ten years. What would *one* bit do to a model, and
# would anybody notice?
#
# Take the reader of digits from chapter 00: int8 weights, int32 biases, and a scale for
# each channel, which the file keeps as a float. Turn one bit over, let the model answer
# 100 pictures, turn it back; again and again, at places drawn at random. All of this is
# data, so nothing crashes. The model answers, as always.
#
# Then look at each part by the position of the bit. In an int8 the highest bit is worth
# 128 steps; in an int32 two billion; a float has, from below, 23 bits of the mantissa,
# eight of the exponent, and the sign. Which do you expect to be harmless?


# %% tinyml={"objective": "22-flips", "role": "explain"}
from dataclasses import replace

reader, digits = graph.read(datasets.model_path("digits_cnn")), datasets.load("digits")
ink = reader.tensors[reader.inputs[0]].quantize(digits.x_test)
weighted = [op.inputs for op in reader.operators if op.macs]


def right(net, n=100):
    return 100 * np.mean(graph.invoke(net, ink[:n]).argmax(1) == digits.y_test[:n])


parts = {"weights": (1, "data", 16), "biases": (2, "data", 4)}  # input, what, tries
parts["scales"], lost = (1, "scale", 4), {}
rng, whole = np.random.default_rng(0), right(reader)
for name, (which, part, tries) in parts.items():
    lost[name] = np.zeros((8 if name == "weights" else 32, tries))
    for bit, k in np.ndindex(lost[name].shape):
        old = reader.tensors[rng.choice(weighted)[which]]  # of a layer at random
        dtype = "float32" if part == "scale" else old.dtype
        values = np.array(getattr(old, part), dtype)  # a copy
        bits = values.reshape(-1).view(f"u{values.itemsize}")
        bits[rng.integers(len(bits))] ^= bits.dtype.type(1 << bit)  # there it turns
        new = {part: values if part == "data" else tuple(values.tolist())}
        damaged = [replace(t, **new) if t is old else t for t in reader.tensors]
        lost[name][bit, k] = whole - right(replace(reader, tensors=tuple(damaged)))


# %% tinyml={"objective": "22-flips", "role": "explore"}
def flips_picture(part):
    assert 3 * lost["weights"].max() < lost["biases"].max()
    tries = lost[part]
    fig, ax = plt.subplots(figsize=(5.6, 3))
    bit = np.repeat(np.arange(len(tries)), tries.shape[1])
    ax.plot(bit, tries.ravel(), "o", ms=4, color=GREY, alpha=0.5, label="one flip")
    ax.plot(tries.mean(axis=1), "-", color=RED, lw=2.5, label="mean")
    ax.set(xlabel="position of the bit (0: the lowest)", ylim=(-12, 104))
    ax.set(ylabel="points of accuracy lost", title=part)
    ax.legend(fontsize=10, loc="upper left")
    return fig, (
        f"{np.mean(tries > 10):.0%} of these flips cost more than 10 points; the worst "
        f"costs {tries.max():.0f}."
    )


Explore(
    flips_picture,
    part=Choice(list(lost), "biases", "part of the model"),
    look="From which position on does a flip begin to hurt, and which part least?",
    alt=lambda part: (
        f"Points of accuracy lost over the bit's position, for the {part}: nothing for "
        "low bits; for biases and scales a scatter of large losses at the high ones."
    ),
)

# %% [markdown]
# A weight is one of many in a sum, and in int8 it cannot grow beyond 128 steps:
# quantization bounds what a flip can do. A bias is added to *every* sum of its channel,
# and its high bits lie far above anything the sum can reach: one channel then says the
# same at every place of every picture. The few bytes that look like an afterthought are
# the ones to protect.
#
# How would the board notice? By a **checksum**, compared at every start. A sum of all
# bytes would notice any single flip, but not two that cancel. A **CRC** divides the
# memory, read as one long number of bits, by a fixed one, and keeps the remainder;
# every byte is mixed into all that follow. Here it covers the whole flash, code
# included, except for the word that holds the right answer. That word is written last,
# by the tool that knows the finished program. (The fixed number stands in the C, in
# mirror writing: a zip file is checked by the same one.)

# %% tinyml={"objective": "22-flips", "role": "explain"}
check_c = """#include "board.h"
#include "model.h"
extern const uint8_t board_data_load[], board_data_begin[], board_data_end[];
const volatile uint32_t wanted = 0x600DC0DE; /* replaced when all is linked */

__attribute__((noinline)) uint32_t crc(uint32_t sum, const volatile uint8_t *from,
                                       const volatile uint8_t *to) {
  while (from < to) {
    sum ^= *from++;
    for (int bit = 0; bit < 8; bit++)
      sum = (sum >> 1) ^ (0xEDB88320u & -(sum & 1));
  }
  return sum;
}

int main(void) { /* flash begins at address 0 */
  const uint8_t *hole = (const uint8_t *)&wanted;
  const uint8_t *end = board_data_load + (board_data_end - board_data_begin);
  uint32_t sum = crc(crc(~0u, (const uint8_t *)0, hole), hole + 4, end);
  if (~sum == wanted)
    return model_invoke();
  board_puts("flash is damaged");
  return 1;
}
"""

# %% tinyml={"objective": "22-flips", "role": "explain"}
from zlib import crc32

raw = device.build({**export.to_c(reader), "main.c": check_c})
before = b"".join(part for _, part in raw.image.segments)  # what goes into flash
flash, hole = bytearray(before), before.index(0x600DC0DE.to_bytes(4, "little"))


def disagrees():
    total = crc32(flash[hole + 4 :], crc32(flash[:hole]))
    return total ^ int.from_bytes(flash[hole : hole + 4], "little")


flash[hole : hole + 4] = bytes(4)
flash[hole : hole + 4] = disagrees().to_bytes(4, "little")
images, changes = [bytes(flash)], []
for n in range(8 * len(flash)):  # every bit of the program, one after the other
    flash[n // 8] ^= 1 << n % 8
    changes.append(disagrees())
    images += [bytes(flash)] if n == 32_000 else []
    flash[n // 8] ^= 1 << n % 8
firmwares = (replace(raw, elf=raw.elf.replace(before, image)) for image in images)
healthy, damaged = (device.run(one, layers=["crc"]) for one in firmwares)
print(f"healthy: {healthy.exit_code} {healthy.uart}")
print(f"one bit: {damaged.exit_code} {damaged.uart}")

# %% [markdown]
# The board starts when its flash is whole, and refuses with one bit turned over. The
# loop did that to *every* bit, code and constants, and looked whether the sum
# disagrees, and by what: if no two flips change the sum in the same way, no two can
# cancel.
#
# That is a statement about the sum. Somebody must compute it, too: where the flip hits
# the very code that adds up or compares, the board may crash, or start all the same.
# That code is small, and belongs into memory that is never erased.

# %% tags=["hide-input"] tinyml={"objective": "22-flips", "role": "check"}
row = next(row for row in healthy.profile if row.function == "crc")
assert all(changes)
assert len(set(changes)) == len(changes)
plots.say(
    f"The sum disagrees after {np.count_nonzero(changes):,} of {len(changes):,} flips, "
    "and as all changes differ, after all pairs. It costs "
    f"{row.instructions:,} instructions at every start (counted), "
    f"{1e3 * row.cycles / board.clock_hz:.1f} ms (estimated)."
)
Check(
    "A weight is stored as 5, and its scale is 0.02. Bit 7, the highest, turns over. "
    "By how much does the real weight change?",
    answer=-2.56,
    tolerance=0.005,
    mistakes={
        2.56: "By as much, yes. But bit 7 of an int8 is the sign: up or down?",
        -128: "That is in steps. How large is a step?",
        128: "That is in steps, and bit 7 of an int8 is the sign.",
        -1.28: "That would be bit 6. What is bit 7 worth?",
        -2.46: "That is the new weight. By how much did it change?",
    },
    low="Too low. What is the highest bit of an int8 worth, in steps?",
    high="Too high. Write 5 as eight bits, set the highest, and read it as an int8.",
    reveal="From 5 to -123: 128 steps down, more than the largest weight there is.",
)

# %% [markdown]
# ## How sure is sure?
#
# The program may equal the model to the last byte, and the model still be wrong about
# one word in ten. That becomes a fault when a machine acts on it: *stop* is not a word
# to be wrong about. What the network offers is a probability for each word. Of all
# words that it gives nine chances in ten, are nine in ten right? If so it is
# **calibrated**. Sort the answers into ten bins by their certainty, and in each compare
# certainty with the share that is right: a *reliability diagram*. The mean gap, weighed
# by rows, is the *expected calibration error* (ECE).


# %% tinyml={"objective": "22-doubt", "role": "explain"}
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def calibration_error(sure, right, bins=10):
    which = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[which == b].sum() - right[which == b].sum()) for b in range(bins)]
    return sum(gaps) / len(sure)


def log_loss(p, y):
    return -np.log(p[np.arange(len(y)), y] + 1e-12).mean()


def fit_temperature(z, y):
    grid = np.geomspace(0.2, 5, 301)
    return grid[np.argmin([log_loss(softmax(z / T), y) for T in grid])]


known, y_known = keras_model.predict(data.x_train[::2], verbose=0), data.y_train[::2]
heard = keras_model.predict(data.x_test, verbose=0)
z_known, z_heard = np.log(known + 1e-12), np.log(heard + 1e-12)

# %% tags=["hide-input"] tinyml={"objective": "22-doubt", "role": "explore"}
ROWS = {"voices it knows": (z_known, y_known), "new voices": (z_heard, y_test)}


def reliability_picture(T, rows):
    p, y = softmax(ROWS[rows][0] / T), ROWS[rows][1]
    sure, right = p.max(axis=1), p.argmax(axis=1) == y
    which = np.minimum((sure * 10).astype(int), 9)
    fig, ax = plt.subplots(figsize=(4.6, 3.6))
    ax.plot([0, 1], [0, 1], color=GREY, ls="--")
    for inside in (which == b for b in np.unique(which)):
        size = 8 + 16 * np.sqrt(inside.mean())
        ax.plot(sure[inside].mean(), right[inside].mean(), "o", ms=size, color=BLUE)
    ax.set(xlabel="certainty", ylabel="share that is right", ylim=(-0.05, 1.05))
    return fig, f"{len(y)} rows: ECE {calibration_error(sure, right):.3f}."


Explore(
    reliability_picture,
    T=Slider(0.5, 2.5, 0.5, 1, "temperature"),
    rows=Choice(list(ROWS), "new voices", "rows"),
    look="Below the line it promises too much. Which temperature suits which rows?",
    alt=lambda T, rows: f"Certainty and share right in ten bins: {rows}, T = {T}.",
)

# %% [markdown]
# The slider is the classic remedy. Divide the sums before softmax by a **temperature**
# $T$: above 1 it makes all certainties milder, and no answer changes, as the largest
# stays the largest. One number, fitted by the log loss on rows that were not trained
# on. But on *which* rows? The network learned from 12,000 recordings that are not in
# `data`: all of these are new to it, but the voices of `x_train` it knows.
#
# And how much of an ECE is luck? A bin of few rows is never exactly as right as it is
# sure. So make a world that is calibrated by construction: draw each label anew with
# just the probabilities that the network gave. Whatever ECE is left is its **bias**.

# %% tinyml={"objective": "22-doubt", "role": "explain"}
rng = np.random.default_rng(5)
to_fit = rng.permutation(len(y_test)) < 500  # half of the new voices' rows
temperatures = {
    "none (T = 1)": 1.0,
    "fitted on voices it knows": fit_temperature(z_known, y_known),
    "fitted on half of the new rows": fit_temperature(z_heard[to_fit], y_test[to_fit]),
}
table, errors = "| temperature | T | ECE, other half | if it were calibrated |\n", []
table += "|---|---|---|---|\n"
for name, T in temperatures.items():
    p = softmax(z_heard[~to_fit] / T)
    sure = p.max(axis=1)
    errors.append(calibration_error(sure, p.argmax(axis=1) == y_test[~to_fit]))
    drawn = rng.random((200, len(sure))) < sure  # right as often as it is sure
    ideal = [calibration_error(sure, right) for right in drawn]
    bias = f"{np.mean(ideal):.3f} ± {np.std(ideal):.3f}"
    table += f"| {name} | {T:.2f} | {errors[-1]:.3f} | {bias} |\n"
at_home = calibration_error(known.max(axis=1), known.argmax(axis=1) == y_known)
plots.say(table + f"\nOn the voices that it knows, at T = 1, the ECE is {at_home:.3f}.")
assert max(errors[2], 2 * at_home, np.mean(ideal) + 0.02) < errors[0]
assert errors[2] + 0.01 < errors[1]

# %% [markdown]
# On voices that it knows the network is honest, and so a temperature fitted there
# changes little. New voices need another. Calibration is a property of a model *and of
# those who speak to it*. And no table of ECEs means anything without its last column:
# with few rows even a perfect forecaster has a gap.

# %% tags=["hide-input"] tinyml={"objective": "22-doubt", "role": "check"}
Check(
    "Of 1,000 answers, 200 fall into the bin around 0.9; of those 150 are right. How "
    "much does this bin add to the ECE?",
    answer=0.03,
    tolerance=0.0005,
    mistakes={
        0.15: "That is the gap of this bin. What is its share of all rows?",
        0.75: "So many are right. How far is that from what was promised?",
        0.2: "That is the bin's weight. And its gap?",
        0.18: "Share times certainty. The gap is between certainty and what came true.",
        30: "In rows, yes. As a share of all rows?",
    },
    low="Too little. First the gap, then times the share of rows.",
    high="Too much. First the gap, then times the share of rows.",
    reveal="0.15 of a fifth of the rows.",
)

# %% [markdown]
# ## Ask it twice, ask five of them
#
# Temperature changes how loudly certainty is said, not what the network knows. Two
# other ideas ask for more than one opinion. **MC dropout** (Gal and Ghahramani, 2016)
# leaves dropout switched on when the model is used: thirty passes, each with other
# neurons missing, and the mean of what they say. A **deep ensemble** (Lakshminarayanan
# and others, 2017) trains several networks from several starts.
#
# Try both on the people of chapter 16, with the columns that you computed there: five
# small networks with dropout, trained at once. Judge them on people they have not met,
# and once more after these have turned their belts by some 40 degrees.

# %% tinyml={"objective": "22-doubt", "role": "explain"}
from tinyml_course.datasets.motion import to_units
from tinyml_course.scratch import motion

people, hits = datasets.load("motion"), {}
old, fresh = (motion.cut(to_units(x)[..., :3]) for x in (people.x_train, people.x_test))
m_train, m_test = (np.repeat(y, old.shape[1]) for y in (people.y_train, people.y_test))
old, fresh = old.reshape(-1, 128, 3), fresh.reshape(-1, 128, 3)
askew = motion.askew(fresh, np.random.default_rng(1), degrees=40)
old, fresh, askew = (motion.features(x) for x in (old, fresh, askew))
train.seed_everything(0)
five = proof.members(old, m_train)  # columns -> (rows, 5 networks, 6 classes)
table, gaps = "| | | right | mean certainty | ECE | log loss |\n|-|-|-|-|-|-|\n", []
for where, x in {"new people": fresh, "belt turned": askew}.items():
    calm = softmax(np.array(five(x, training=False)))
    passes = np.array(five(np.tile(x, (30, 1)), training=True))[:, 0]  # all at once
    passes = softmax(passes).reshape(30, len(x), -1)
    ways = {"one network": calm[:, 0], "MC dropout": passes.mean(axis=0)}
    for way, p in {**ways, "ensemble of five": calm.mean(axis=1)}.items():
        sure, right = p.max(axis=1), p.argmax(axis=1) == m_test
        error, loss = calibration_error(sure, right), log_loss(p, m_test)
        gaps.append(sure.mean() - right.mean())
        hits[where, way] = right.reshape(len(people.y_test), -1).mean(axis=1)
        row = [f"{v:.2f}" for v in (right.mean(), sure.mean(), error, loss)]
        table += f"| {where} | {way} | {' | '.join(row)} |\n"
plots.say(table)

# %% tags=["hide-input"] tinyml={"objective": "22-doubt", "role": "explain"}
assert min(gaps[3:]) > max(0.15, *gaps[:3])
who, each = people.groups_test, {}
for way in ("one network", "MC dropout", "ensemble of five"):
    rows = hits["new people", way]
    each[way] = np.array([rows[who == one].mean() for one in np.unique(who)])
text = f"Among the {len(np.unique(who))} new people alone, one network is right in "
text += (
    f"{min(each['one network']):.0%} to {max(each['one network']):.0%}. What is added: "
)
for way in ("MC dropout", "ensemble of five"):
    gain = 100 * (each[way] - each["one network"])
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    text += f"{way} {gain.mean():+.1f} ± {error:.1f} points; "
plots.say(text + "means over the people, ± their standard error.")

# %% [markdown]
# Read the upper three rows, and the sentence below them: that is what either adds here,
# beside what lies between one person and the next. (In the papers, with deeper networks
# and other data, it is more.) The lower three: neither makes the network notice that it
# is worn askew. Five networks from the same people share what those people never
# showed. And on a board they cost five networks, or thirty runs. Measure before you
# pay.

# %% [markdown]
# ## Refuse, and keep a promise
#
# A machine need not answer. Let it say *please repeat* when it is not sure: then it
# answers fewer words (its **coverage**) and is wrong in fewer of those (its **risk**).
# So promise: *of the words that the machine answers, at most 5 in 100 are wrong*.
#
# The obvious way is to take held-out words, and the laxest threshold that kept it
# there. But held-out words are a sample, and the laxest is the luckiest. Ask instead:
# how large may the true risk be, if so few errors are not to be a rare accident? With
# $k$ errors in $n$ answers it is the largest $r$ for which
#
# $$\sum_{i=0}^{k} \binom{n}{i} r^i (1-r)^{n-i} \ge \alpha,$$
#
# the bound of Clopper and Pearson (1934), right for every $n$. Found by halving, again.
# Then try thresholds from strict to lax, and stop at the first whose bound fails: in
# that order, trying many costs no luck.


# %% tinyml={"objective": "22-reject", "role": "explain"}
def upper_bound(wrong, n, alpha=0.05):
    if wrong >= n:
        return 1.0
    k = np.arange(wrong + 1)
    ways = np.cumsum([0, *np.log((n - k[:-1]) / k[1:])])  # log of "n over i"
    low, high = wrong / n, 1.0
    for _ in range(32):
        risk = (low + high) / 2
        chance = np.exp(ways + k * np.log(risk) + (n - k) * np.log1p(-risk)).sum()
        low, high = (low, risk) if chance < alpha else (risk, high)
    return high


def promise(sure, right, risk, thresholds, alpha=0.05):
    kept = None
    for threshold in thresholds:  # from strict to lax; the first failure ends it
        answered = sure >= threshold
        if upper_bound(np.sum(~right[answered]), answered.sum(), alpha) > risk:
            break
        kept = threshold
    return kept


# %% [markdown]
# Certainty orders the words, and here bytes do something to it. At the top of softmax
# all certainties are the same byte, and cannot be told apart. The sums *before* softmax
# keep the order: take certainty from those, with `cut` once more.
#
# Is the promise kept? That can be known only where the true risk is known. So for a
# moment let the words of the test be the whole world, and draw held-out words from it,
# again and again: how often is the risk in that world larger than promised? Once with
# the bound, and once the obvious way (`naive`).

# %% tinyml={"objective": "22-reject", "role": "explain"}
z_tensor = net.tensors[net.operators[10].outputs[0]]
flat_rows, THRESHOLDS = x_test.reshape(1000, -1), 1 - np.geomspace(0.001, 0.6, 25)
sums = device.host(cut(sources, "words", net, 10), "words").predict(flat_rows)
p_words = softmax(z_tensor.dequantize(sums))
certainty, is_right = p_words.max(axis=1), p_words.argmax(axis=1) == y_test
ties = np.mean(device.host(sources, "words", net).predict(x_test).max(axis=1) == 127)
plots.say(f"{ties:.0%} of the words have the top byte, 127, after softmax.")
assert ties > 0.4


def naive(sure, right, risk, thresholds):
    fine = [t for t in thresholds if np.mean(~right[sure >= t]) <= risk]
    return min(fine, default=None)


def outcomes(way, risk, n, draws=100):
    rng, out = np.random.default_rng(6), []
    for _ in range(draws):
        rows = rng.integers(0, len(y_test), n)
        t = way(certainty[rows], is_right[rows], risk, THRESHOLDS)
        answered = certainty >= (0 if t is None else t)
        out.append((answered.mean(), (~is_right[answered]).mean()) if t else (0, 0))
    return 100 * np.array(out).T


# %% tags=["hide-input"] tinyml={"objective": "22-reject", "role": "explore"}
def promise_picture(risk, n):
    fig, ax = plt.subplots(figsize=(5.2, 3.2))
    kept = []
    for way, hue, mark in ((naive, RED, "x"), (promise, BLUE, "o")):
        coverage, true = outcomes(way, risk / 100, n)
        ax.plot(coverage, true, mark, color=hue, ms=6, alpha=0.5, label=way.__name__)
        broken = np.sum(true > risk)
        kept.append(f"{way.__name__}: {broken} of 100 promises broken")
        kept[-1] += f", {coverage.mean():.0f} of 100 words answered"
    ax.axhline(risk, color=GREY, ls="--")
    ax.set(xlabel="answered (of 100 words)", ylabel="true risk (of 100)")
    ax.set(xlim=(-3, 103), ylim=(-0.5, 13))
    ax.legend(loc="upper left")
    return fig, "; ".join(kept) + "."


Explore(
    promise_picture,
    risk=Choice([3, 5, 8], 5, "promised risk (of 100)"),
    n=Choice([100, 300, 900], 300, "held-out words"),
    look="Which way keeps its promise, and what do more held-out words buy?",
    alt=lambda risk, n: f"Coverage and true risk of 100 draws of {n} words, twice.",
)

# %% [markdown]
# Each mark is one engineer who drew held-out words and chose a threshold. Marks above
# the broken line are broken promises. The bound keeps its word: no more than one
# promise in twenty is broken. It pays with coverage, and more held-out words buy that
# back; with a hundred it hardly dares to promise 5 in 100. The naive way answers more
# words, and breaks its word far too often. The same in numbers, with more draws; and
# then a world that is *not* the one of the held-out words: choose on two accents, and
# meet the third.

# %% tinyml={"objective": "22-reject", "role": "explain"}
table, broken = "| held-out words | naive | with the bound |\n|---|---|---|\n", {}
for n in (100, 300, 900):
    cells = []
    for way in (naive, promise):
        coverage, true = outcomes(way, 0.05, n, draws=300)
        broken[n, way] = np.mean(true > 5)
        cells.append(f"{broken[n, way]:.0%} broken, {coverage.mean():.0f} answered")
    table += f"| {n} | {' | '.join(cells)} |\n"
abroad = {}
for accent in filter(None, np.unique(data.groups_test)):  # '' is silence
    mine = data.groups_test == accent
    t = promise(certainty[~mine], is_right[~mine], 0.05, THRESHOLDS)
    abroad[accent] = 100 * np.mean(~is_right[mine & (certainty >= t)])
plots.say(table + "\n(Of 300 promises; answered: of 100 words, on average.)")
spoken = dict(zip(abroad, ("Caribbean", "Scotland", "Lancashire"), strict=True))
plots.say(
    "Promised 5 of 100, met with an accent that was not held out: "
    + ", ".join(f"{spoken[accent]} {risk:.1f}" for accent, risk in abroad.items())
)
often = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
assert all(broken[n, promise] <= often < broken[n, naive] for n in (100, 300, 900))
assert abroad["en-gb-scotland"] > 7
assert max(abroad["en-029"], abroad["en-gb-x-gbclan"]) <= 5

# %% [markdown]
# One accent breaks the promise by far, and nothing among the held-out words could have
# told which. A bound speaks about *more of the same*. Chapter 12's question, whose
# data, comes before every formula of this chapter.

# %% tags=["hide-input"] tinyml={"objective": "22-reject", "role": "check"}
Check(
    "You promise a risk of at most 5 in 100, with alpha = 0.05. Held-out words show "
    "not a single error. How many must have been answered, at least?",
    answer=59,
    tolerance=0.5,
    mistakes={
        20: "With 20, and a true risk of 5 in 100, no error at all happens in more "
        "than a third of the draws. Is that rare?",
        60: "The rule of three, 3 / n, is an approximation. What does the exact sum "
        "say?",
        100: "Enough. But 0.95 to which power falls below 0.05?",
        58: "Is 0.95 to that power below alpha?",
        19: "How rare is no error in so few words, at a risk of 5 in 100?",
    },
    low="Too few. With a risk of 5 in 100, n words have no error with chance 0.95 to "
    "the power of n.",
    high="More than needed. When does 0.95 to the power of n fall below alpha?",
    reveal="log 0.05 / log 0.95 is 58.4. No error in n: the risk may still be 3 / n.",
)

# %% [markdown]
# ---
#
# **A good place to stop.** The third sitting asks what an answer costs before it is
# built, whether it comes in time, and puts all of the chapter into one plan.
#
# ---

# %% [markdown]
# ## How long will it take?
#
# A latency that is only known after training, converting and building comes late. One
# would like to have it from the shapes of the layers alone, while the network is a
# sketch. Everybody's first estimate counts multiply-accumulates; chapter 21 did it too,
# and saw that it was off. By how much can it be off? Here are four layers with exactly
# the same number of MACs:
#
# | layer | from | to |
# |---|---|---|
# | dense | 144 numbers | 128 numbers |
# | convolution 3 x 3 | 6 x 6 x 8 | 4 x 4 x 16 |
# | depthwise 3 x 3 | 10 x 10 x 32 | 8 x 8 x 32 |
# | convolution 1 x 1 | 32 x 32 x 1 | 32 x 32 x 18 |

# %% tags=["hide-input"] tinyml={"objective": "22-times", "role": "predict"}
from itertools import product

from tinyml_course.device.layer_times import layer_times
from tinyml_course.scratch import latency
from tinyml_course.scratch.latency import Layer, off

four = {
    "dense": Layer("fully_connected", 1, 1, 144, 128),
    "3 x 3": Layer("conv2d", 6, 6, 8, 16, 3, same=False),
    "depthwise": Layer("depthwise_conv2d", 10, 10, 32, 0, 3, same=False),
    "1 x 1": Layer("conv2d", 32, 32, 1, 18),
}
(macs,) = {layer.macs for layer in four.values()}  # one number, or this line fails
took = [row.cycles for row in layer_times([*four.values()])]
took = dict(zip(four, took, strict=True))
each = ", ".join(f"{name} {n / macs:.1f}" for name, n in took.items())
Predict(
    f"All four are {macs:,} MACs. How many times as long as the fastest does the "
    "slowest of them take on the board?",
    answer=round(max(took.values()) / min(took.values()), 1),
    unit="times",
    explain=f"Estimated cycles for each MAC: {each}. Every output has a price of its "
    "own (start a sum, scale it, clamp it, store it). The dense layer pays it once in "
    "144 MACs, the 1 x 1 convolution of a single channel at every one.",
)

# %% [markdown]
# So learn the time from examples, as everything else in this course. What is an
# example? A layer's shape, and the cycles that *our* generated C takes for it on the
# board. `layer_times` puts any number of layers into one firmware, each reading the
# front of one large input, and profiles them in one run. (Instructions are counted;
# cycles are estimated from them by the manual's table, as in every profile of ours.)
#
# And what is the test? Not more of the same: a latency model is asked about networks
# that nobody has built. So before anything is fitted, write down what the models will
# learn from, and five **families** that they will never see.

# %% tinyml={"objective": "22-times", "role": "explain"}
windows = ("conv2d", "depthwise_conv2d")
families = {  # known: windows of 1 and 3, stride 1, sides 4 to 12, channels 1 to 16
    "window of 5": {"kinds": windows, "kernels": (5,), "sides": (5, 12)},
    "stride 2": {"kinds": (*windows, "max_pool2d"), "stride": 2},
    "more channels": {"channels": (20, 32)},
    "larger pictures": {"kinds": (*windows, "max_pool2d", "add"), "sides": (14, 24)},
    "other types": {"kinds": ("average_pool2d", "multiply")},
}
member = np.repeat(["known", *families], [120, *[10] * len(families)])


def profile(seed):
    rng = np.random.default_rng(seed)
    shapes = [latency.draw(rng, **families.get(name, {})) for name in member]
    return shapes, np.array([row.cycles for row in layer_times(shapes)], float)


tables = [profile(seed) for seed in range(5)]
pairs = [(shape, c) for table in tables for shape, c in zip(*table, strict=True)]
rates = [c / shape.macs for shape, c in pairs if shape.macs]
plots.say(
    f"Profiled {len(tables)} times {len(member)} layers. A MAC costs {min(rates):.1f} "
    f"to {max(rates):.0f} cycles (estimated); {len(pairs) - len(rates)} have none."
)

# %% [markdown]
# Four models, from poor to rich. Each predicts cycles as a weighted sum.
#
# 1. **MACs**: a constant plus so much for each MAC, one line for everything.
# 2. **Outputs too**: one line still, with a price for each output beside.
# 3. **By type**: such a line for convolutions, one for pooling, and so on.
# 4. **A tree with lines in its leaves**, the model of *FastDeepIoT* (Yao et al. 2018).
#    It asks about *conditions* (the type, the window, the channels ...), always the
#    question that helps most, and each leaf has a line of its own. Nobody tells it that
#    types matter. A question must save a tenth of the error, a leaf must hold twelve
#    layers.
#
# What is minimized matters as much. Least squares on cycles would care for the few
# giants only; a designer wants to be off by few *percent*. Divide each row by its
# cycles, and every target is 1: least squares on the **relative** error.


# %% tinyml={"objective": "22-times", "role": "explain"}
def fit_line(x, cycles):
    """The weights with the least squared *relative* error of ``x @ weights``."""
    return np.linalg.lstsq(x / cycles[:, None], np.ones(len(x)), rcond=None)[0]


def grow(x, asked, cycles, least=12, gain=0.1):
    """A line, or (column, cut, low side, high side) where that is better."""
    line = fit_line(x, cycles)
    best = None, (1 - gain) * off(x, cycles, line).sum()
    for column in range(asked.shape[1]):
        for cut in np.unique(asked[:, column])[:-1]:
            low = asked[:, column] <= cut
            if min(low.sum(), (~low).sum()) < least:
                continue
            halves = [(x[side], cycles[side]) for side in (low, ~low)]
            error = sum(off(*half, fit_line(*half)).sum() for half in halves)
            if error < best[1]:
                best = (column, cut, low), error
    if best[0] is None:
        return line
    column, cut, low = best[0]
    sides = [grow(x[s], asked[s], cycles[s], least, gain) for s in (low, ~low)]
    return column, cut, *sides


# %% tinyml={"objective": "22-times", "role": "explain"}
def fit(shapes, cycles):
    x = latency.explain(shapes)  # 1, MACs, outputs
    return {
        "MACs": fit_line(x[:, :2], cycles),
        "outputs too": fit_line(x, cycles),
        "by type": latency.fit_by_type(shapes, cycles),
        "tree": grow(x, latency.conditions(shapes), cycles),
    }


groups, errors = ["known, but new", *families], {}
for shapes, cycles in tables:  # five seeds
    for name, fitted in fit(shapes[:90], cycles[:90]).items():
        wrong = 100 * np.abs(latency.predict(fitted, shapes) / cycles - 1)
        new = [wrong[90:120], *(wrong[member == family] for family in families)]
        errors.setdefault(name, []).append([rows.mean() for rows in new])
plots.say(latency.table(errors, groups))
fig, ax = plt.subplots(figsize=(5.8, 3.6))
latency.draw_errors(ax, errors, groups, (GREY, plots.COLORS["purple"], RED, BLUE))
plots.show(fig, alt="Errors of four models on six groups: MACs far right.")
every = np.flatnonzero(np.tile(member, len(tables)) == "known")
shapes, cycles = [pairs[n][0] for n in every], np.array([pairs[n][1] for n in every])
x, asked = latency.explain(shapes), latency.conditions(shapes)
tree = grow(x, asked, cycles, least=50)
print(latency.spell(tree))

# %% [markdown]
# MACs alone are hardly a model. With a price for each *output* beside that of a MAC the
# error falls to a fraction, though one line still serves all types. Prices by type
# halve it again, as long as windows and strides are known ones; larger pictures and
# more channels are no harm: there is more of the same, and a line goes on. (The weights
# of the MACs, too, minimize the relative error; plain least squares would have made
# them a straw man.)

# %% tags=["hide-input"] tinyml={"objective": "22-times", "role": "explain"}
mean = {name: np.mean(rows, axis=0) for name, rows in errors.items()}
known_windows = [0, 3, 4]  # new layers, more channels, larger pictures
by = {name: rows[known_windows].mean() for name, rows in mean.items()}
assert mean["MACs"][:5].mean() > 2 * mean["outputs too"][:5].mean()
assert by["outputs too"] > 1.5 * by["by type"]
assert max(mean["by type"][known_windows]) < 20 < min(mean["MACs"])
assert min(rows[5] for rows in mean.values()) > 30  # types that nobody profiled
assert latency.ASKED[tree[0]].startswith("is a ")
assert " - " in latency.spell(tree)  # a price below zero
plots.say(
    "With windows and strides that are known, off by "
    + ", ".join(f"{error:.0f} % ({name})" for name, error in by.items())
    + " on average."
)

# %% [markdown]
# Between the lines by type and the tree look at the last column. Where it says
# *open*, five seeds do not tell, and the simpler model will do: our C has no
# caches and few special cases, its time is nearly a sum already. For phones, where the
# tree comes from, it is not. Then read the tree, grown here from all the known layers:
# at the end of each path stands what a layer costs, in cycles. It asked for types by
# itself. And it shows what it cannot know. Where the only layers with MACs are
# depthwise ones with a *single* size of window, MACs are a fixed multiple of the
# outputs. The "price of a MAC" then merely tells them from pooling, some come out below
# zero, and a window of 5 is multiplied by that. Types that nobody profiled are a guess
# for all four models. So profile them.

# %% [markdown]
# ### Half the time, please
#
# Now put it to use. A network shall take **half** the time: which widths? The point of
# *FastDeepIoT* is to let predicted time say what a filter costs, instead of MACs. Take
# a small network for digits: a convolution to $a$ channels, depthwise, 1 x 1 to $b$, a
# pooling, a convolution to $c$, a pooling, ten sums. Search twice, with two price
# lists, MACs and cycles by the tree: among the widths that cost at most half of the
# full network, take those with the largest product. Train both for a moment, and ask
# the board.

# %% tinyml={"objective": "22-times", "role": "explain"}
widths = [*product(range(4, 17, 2), range(4, 33, 4), range(4, 33, 4))]
guides = {
    "MACs": lambda net: sum(layer.macs for layer in net),
    "predicted time": lambda net: latency.predict(tree, net).sum(),
}
picks, bills = {"full": (16, 32, 32)}, {}
for guide, price in guides.items():
    half = price(latency.thin(*picks["full"])) / 2
    cheap = [pick for pick in widths if price(latency.thin(*pick)) <= half]
    picks[guide] = max(cheap, key=np.prod)
for name, pick in picks.items():
    train.seed_everything(0)
    student = latency.to_keras(latency.thin(*pick))
    if name in guides:  # of the full one only the time is asked
        fast = {"learning_rate": 5e-3, "batch_size": 64, "progress": False}
        train.fit(student, digits.x_train, digits.y_train, epochs=8, **fast)
    small = graph.read(quantize.to_int8(student, digits.x_train[:100]))
    share = 100 * train.accuracy(graph.invoke(small, ink), digits.y_test)
    bills[name] = device.run_model(small, ink[:5]).inference_cycles, share
for name in guides:
    plots.say(
        f"* Guided by **{name}**: widths {picks[name]}, on the board "
        f"**{bills[name][0] / bills['full'][0]:.0%}** of the full network's time; "
        f"{bills[name][1]:.1f} of 100 right."
    )

# %% [markdown]
# Half of the MACs is not half of the time: the search by MACs never sees what the many
# outputs of the first layers cost. Had the half been a deadline, its network would have
# missed it, after training. The search by predicted time hits it nearly on the spot,
# without having run one of the candidates. What that cost in accuracy stands beside it:
# half of the time is less than the other network was given, and it was one training
# each, so do not read much into it.

# %% tags=["hide-input"] tinyml={"objective": "22-times", "role": "check"}
assert bills["MACs"][0] > 1.1 * bills["predicted time"][0]
Check(
    "A 1 x 1 convolution gets half as many input channels and keeps its outputs. Its "
    "MACs are halved. What happens to its time on the board?",
    options=[
        "it falls, but by less than half",
        "it is halved too",
        "it falls by more than half",
        "it stays as it is",
    ],
    answer="it falls, but by less than half",
    mistakes={
        "it is halved too": "That is what MACs alone say. What else does a layer do, "
        "and for what is that paid?",
        "it falls by more than half": "Is there anything in a layer that gets cheaper "
        "faster than its MACs do?",
        "it stays as it is": "Every output has a price, but so has every MAC, and half "
        "of them are gone.",
    },
    reveal="Half of the MACs go, the price of the outputs stays. With few channels the "
    "outputs are most of the time.",
)

# %% [markdown]
# ## In time, or never
#
# A prediction that comes after the ball has passed is worth nothing. Where there is a
# **deadline**, quality is what is right *and in time*, and a small early answer may be
# worth more than a better late one. Must one choose? Most inputs are easy, and a few
# are hard. So let a network have two **exits**: after the first layer a small head
# answers, and if it is sure enough, the rest is skipped.
#
# Our digits are too easy to need that, so let the camera be a cheap one, in dim light:
# noise on every pixel. Both exits are trained together, on the sum of two losses. The
# converter writes the early head *behind* the rest, where it saves nothing; so reorder
# the operators: what the early answer needs comes first.


# %% tinyml={"objective": "22-deadline", "role": "explain"}
def dim(x, seed):
    noise = np.random.default_rng(seed).normal(0, 0.2, x.shape)
    return np.clip(x + noise, 0, 1).astype(np.float32)


train.seed_everything(0)
x = keras.Input((8, 8, 1))
h = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu")(x)
early = layers.Dense(10, activation="softmax")(layers.Flatten()(h))
for filters in (24, 32):
    h = layers.Conv2D(filters, 3, padding="same", activation="relu")(h)
h = layers.Flatten()(layers.MaxPooling2D()(h))
two = keras.Model(x, [early, layers.Dense(10, activation="softmax")(h)])
two.compile(keras.optimizers.Adam(5e-3), loss=["sparse_categorical_crossentropy"] * 2)
night, both = dim(digits.x_train, 0), [digits.y_train] * 2
two.fit(night, both, epochs=12, batch_size=64, verbose=0)

exits, first = graph.read(quantize.to_int8(two, night[:200])), set()
for op in reversed(exits.operators):  # what the early answer needs
    first |= {*op.inputs} if {*op.outputs} & {exits.outputs[0], *first} else set()
first |= {exits.outputs[0]}
order = sorted(exits.operators, key=lambda op: op.outputs[0] not in first)
order = tuple(replace(op, index=n) for n, op in enumerate(order))
exits = replace(exits, operators=order)

# %% [markdown]
# The generated C calls one layer after another. Behind the early head goes one line
# more: return, if some class has at least this probability. (In the int8 of a softmax,
# $p$ is stored as $256\,p - 128$.) How sure is sure enough? Take 0.8 for now; you will
# turn that knob in a moment.

# %% tinyml={"objective": "22-deadline", "role": "explain"}
sure_c = """static int sure(const int8_t *score) {
  for (int i = 0; i < 10; i++)
    if (score[i] >= SURE) return 1;
  return 0;
}
int model_invoke(void) {"""
leave = sum(op.outputs[0] in first for op in order)  # so many layers, then the exit
head = f"  model_layer_{order[leave - 1].name.replace(' ', '_')}();\n"
c = export.to_c(exits)
there = c["model.c"].replace("int model_invoke(void) {", sure_c)
there = there.replace(head, head + "  if (sure(model_output_0())) return 0;\n")
c["model.c"] = f"#define SURE {round(256 * 0.8 - 128)}\n" + there
pixels = exits.tensors[exits.inputs[0]].quantize(dim(digits.x_test, 1))
ran = device.run_model(exits, pixels, sources=c)
p_early, p_late = ((y + 128.0) / 256 for y in graph.invoke(exits, pixels))
left = p_early.max(axis=1) >= 0.8
assert np.array_equal(ran.outputs[0] + 128.0, 256 * p_early)
assert ran.invocations[left].max() < ran.invocations[~left].min()
ms = [1e3 * row.cycles / board.clock_hz for row in ran.profile]  # other work is last
short_ms, long_ms = sum(ms[:leave]) + ms[-1], sum(ms)
plots.say(
    f"{left.mean():.0%} of the pictures left early, after {short_ms:.2f} ms instead of "
    f"{long_ms:.2f}: {left.mean() * short_ms + (~left).mean() * long_ms:.2f} on "
    "average (estimated, from the profile by layer)."
)

# %% [markdown]
# The board did what NumPy foretold: each early answer is the same, and every picture
# that left took fewer instructions than any that stayed. The mean falls; the **worst**
# case does not, it even grows by the early head. Does that help with deadlines?
#
# Let pictures arrive at a steady pace. One that comes while the board still works has
# to wait, and so perhaps the next. An answer counts if it is right and there within one
# and a half times the whole network's time. Turn the knobs.


# %% tinyml={"objective": "22-deadline", "role": "explore"}
def served(threshold, pace):
    out = p_early.max(axis=1) >= threshold
    good = np.where(out, p_early.argmax(1), p_late.argmax(1)) == digits.y_test
    waits = latency.queue(np.where(out, short_ms, long_ms), pace * long_ms)
    return 100 * np.array([out, good, good & (waits <= 1.5 * long_ms)]).mean(axis=1)


def deadline_picture(threshold, pace):
    (fig, ax), tried = plt.subplots(figsize=(5.6, 3)), np.linspace(0.3, 1.0, 15)
    curves, now = [served(t, pace) for t in tried], served(threshold, pace)
    for k, hue, name in ((1, GREY, "right"), (2, BLUE, "right and in time")):
        ax.plot(tried, [curve[k] for curve in curves], color=hue, lw=2.5, label=name)
    ax.plot(threshold, now[2], "o", ms=11, color=RED)
    ax.set(xlabel="leaves early if this sure", ylabel="of 100 pictures", ylim=(0, 103))
    ax.legend(fontsize=10, loc="lower left")
    return fig, "{:.0f} leave early, {:.0f} right, {:.0f} also in time.".format(*now)


Explore(
    deadline_picture, threshold=Slider(0.3, 1.0, 0.1, 0.8, "sure enough"),
    pace=Choice([1.2, 0.8, 0.4], 0.8, "time between pictures (whole networks)"),
    look="When pictures come faster than the whole network works, how sure must it be?",
    alt=lambda threshold, pace: f"Right, and right in time; {threshold:.1f} is marked.",
)  # fmt: skip

# %% [markdown]
# While there is time for the whole network, being demanding costs nothing but energy.
# When there is not, a network without the exit (all the way to the right) falls further
# behind with every picture, and soon *nothing* comes in time. The exit is a valve.

# %% [markdown]
# ### Here, or in the cloud?
#
# The other way out of a deadline is to send the input to a machine that is fast. What
# does that cost the board? Energy here is latency x current x voltage, as before. To
# send $n$ bytes over Bluetooth Low Energy, count the time on the air: packets of up to
# 244 bytes with 17 more around them, eight microseconds a byte, two pauses and an
# acknowledgement, at the current of the radio. LoRa reaches kilometres and is slow;
# with a spreading factor $s$ and a bandwidth $B$ it sends
#
# $$s \cdot \frac{B}{2^s} \cdot \frac{4}{5} \quad\text{bits per second.}$$
#
# (Everything is in the radio's favour: no connecting, no answer, no repetition.)


# %% tinyml={"objective": "22-deadline", "role": "explain"}
def bluetooth(n):  # seconds and joules for n bytes, 0 dBm, nRF52840
    packets = np.ceil(n / 244)
    seconds = (8 * (n + 17 * packets) + (2 * 150 + 80) * packets) / 1e6
    return seconds, seconds * 6.4e-3 * 3.0


def lora(n, factor=7):  # 125 kHz, +7 dBm, SX1276
    seconds = 8 * n / (factor * 125e3 / 2**factor * 4 / 5)
    return seconds, seconds * 20e-3 * 3.3


here = {}
for name in ("digits_cnn", "boats_cnn", "words_dscnn"):
    one = graph.read(datasets.model_path(name))
    blank = np.zeros((1, *one.tensors[one.inputs[0]].shape[1:]), np.int8)
    run = device.run_model(one, blank)
    joules = run.latency_ms / 1e3 * board.run_ma / 1e3 * board.volts
    here[name] = blank.size, run.latency_ms / 1e3, joules
here["words (sound)"] = 32_000, *here["words_dscnn"][1:]  # a second, 16 bits
assert here["digits_cnn"][2] / 16 < bluetooth(64)[1] < here["digits_cnn"][2]
assert here["words (sound)"][2] < bluetooth(32_000)[1] / 2


# %% tinyml={"objective": "22-deadline", "role": "explore"}
def radio_picture(radio, faster):
    send = {"Bluetooth": bluetooth, "LoRa": lora}[radio]
    fig, ax = plt.subplots(figsize=(5.6, 3.2))
    n = np.logspace(1.5, 5, 200)
    ax.plot(n, 1e6 * send(n)[1], color=RED, lw=2, label=f"sending by {radio}")
    for name, (size, _, joules) in here.items():
        ax.plot(size, 1e6 * joules / faster, "o", ms=9, color=BLUE)
        ax.text(size, 1.6e6 * joules / faster, name.split("_")[0], ha="center")
    ax.set(
        xscale="log", yscale="log", xlabel="bytes of the input", ylabel="energy (µJ)"
    )
    ax.set(title="below the line, computing is cheaper", ylim=(2, 1e7))
    ax.minorticks_off()
    ax.legend(fontsize=10, loc="upper left")
    cheaper = [name for name, (n, _, j) in here.items() if j / faster < send(n)[1]]
    return fig, f"Cheaper on the board: {', '.join(cheaper) or 'none'}."


Explore(
    radio_picture, radio=Choice(["Bluetooth", "LoRa"], "Bluetooth", "radio"),
    faster=Choice([1, 4, 16], 1, "the model gets faster by"),
    look="Which models should compute at home, and what would change that?",
    alt=lambda radio, faster: f"Points of models around a rising line for {radio}.",
)  # fmt: skip

# %% [markdown]
# No slogan holds here. To a phone in the same room, with everything in the radio's
# favour, sending a small input is *cheaper* than thinking about it; a faster kernel
# turns that round, and so does an input as large as sound (the front end that makes
# features of it is not counted here). Over kilometres, computing at home wins by far.
# And energy is one side only: a link has a delay that nobody promises, it fails when it
# is needed most, and what is sent has left the house. A two-exit network can also do
# both: answer the easy ones, send the hard ones.

# %% tags=["hide-input"] tinyml={"objective": "22-deadline", "role": "check"}
assert served(1.0, 0.8)[2] < 20 < 80 < served(0.8, 0.8)[2]  # the valve
assert served(1.0, 1.2)[2] == served(1.0, 1.2)[1]  # there is time: nothing is lost
assert all(lora(n)[1] > 3 * joules for n, _, joules in here.values())
plots.say(
    f"On the air alone: a digit by Bluetooth {1e3 * bluetooth(64)[0]:.1f} ms, here "
    f"{1e3 * here['digits_cnn'][1]:.1f}; a second of sound by LoRa "
    f"{lora(32_000)[0]:.0f} seconds, here {here['words_dscnn'][1]:.2f} (estimated)."
)
Check(
    "The early exit is reached after 1 ms, the end after 6 ms (the first included). "
    "80 of 100 inputs leave early. How long does one take on average?",
    answer=2.0,
    unit="ms",
    tolerance=0.01,
    mistakes={
        2.2: "You added the way to the exit twice for those that stay.",
        3.5: "That is the middle of the two. How many take which?",
        5.0: "Four of five leave early: which of the two times counts more?",
        0.8: "That is the part of those who leave. The others take time too.",
        6.0: "That is the worst case, and it stays. And the mean?",
    },
    low="Too little: some take six.",
    high="Too much: most take one.",
    reveal="0.8 x 1 + 0.2 x 6. The mean is a third; the worst case is as before.",
)

# %% [markdown]
# ## The test plan
#
# Put it together as engineers hand it over: what is required, and what came out. A plan
# is worth what it catches. So run it twice: for what you ship, and for what the
# colleagues sent, the tidied C, and the pole's board with its zero point one off.

# %% tinyml={"objective": "22-ladder", "role": "explain"}
kept = promise(certainty[to_fit], is_right[to_fit], 0.05, THRESHOLDS)


def by_operator(program):
    for op in net.operators:  # the largest difference, eight words, in steps
        lib = device.host(cut(program, "words", net, op.index), "words")
        y = lib.predict(few.reshape(8, -1)).astype(int)
        yield np.abs(y - true_values[op.outputs[0]].reshape(y.shape)).max()


def plan(program, in_c, on_board, steps, hand):
    sums = device.host(cut(program, "words", net, 10), "words")
    p = softmax(z_tensor.dequantize(sums.predict(flat_rows[~to_fit])))
    wrong = p.argmax(axis=1) != y_test[~to_fit]
    lost = wrong.mean() - np.mean(heard[~to_fit].argmax(axis=1) != y_test[~to_fit])
    risk = wrong[p.max(axis=1) >= kept].mean()
    return {
        "points of accuracy lost, new rows": (100 * lost, 2),
        "bytes unlike TFLM's, 30 words": (np.sum(in_c != tflm), 0),
        "operators that differ, 8 words": (np.count_nonzero(steps), 0),
        "bytes in which the board differs from its C": (np.sum(on_board != in_c), 0),
        "cm from where the cart should rest": (100 * at_rest[hand][0], 3),
        "wrong of 100 answers, new rows": (100 * risk, 5),
    }


# %% tinyml={"objective": "22-ladder", "role": "explain"}
in_c, on_board = rungs["our C, on this computer"], rungs["our C, on the board"]
steps, their_steps = [*by_operator(sources)], [*by_operator(suspect)]
ours = plan(sources, in_c, on_board, steps, "int8")
theirs = plan(suspect, sent_c, sent_board, their_steps, "int8, zero point + 1")
half_of = bills["predicted time"][0] / bills["full"][0]
ours |= {  # what the colleagues did not touch
    "flipped bits that leave the checksum as it was": (changes.count(0), 0),
    "points by which the predicted half misses": (100 * abs(half_of - 0.5), 10),
    "of 100 digits wrong or late": (100 - served(0.8, 0.8)[2], 20),
}
table = "| required | at most | shipped | as the colleagues sent it |\n|-|-|-|-|\n"
for what, (_, limit) in ours.items():
    found = [rows[what][0] for rows in (ours, theirs) if what in rows]
    verdicts = [f"{'pass' if v <= limit else '**FAIL**'} ({v:.3g})" for v in found]
    verdicts += ["the same"] * (2 - len(verdicts))
    table += f"| {what} | {limit} | {' | '.join(verdicts)} |\n"
plots.say(table)
failed = {what for what, (value, limit) in theirs.items() if value > limit}
assert all(value <= limit for value, limit in ours.values())
assert len(failed) >= 3
assert not failed & {"points of accuracy lost, new rows", [*theirs][3]}
one, two = (0.01 * rows["wrong of 100 answers, new rows"][0] for rows in (ours, theirs))
assert abs(one - two) < np.sqrt(one * (1 - one) / np.sum(certainty[~to_fit] >= kept))
assert np.array_equal(rungs["LiteRT, plain"], tflm)
assert apart < np.sum(rungs["LiteRT, fast"] != tflm) / 2

# %% [markdown]
# Read the right column. The test that everybody runs, accuracy, lets the tidied program
# pass. So does the board against the C: it computes the wrong thing faithfully. Each
# test of the plan sees one kind of fault and is blind to the others. And not every
# verdict weighs the same: bytes are equal or they are not, but *wrong of 100 answers*
# is counted on a few hundred words: its two figures lie within a standard error of
# each other. So near the limit that row alone proves nothing, either way.

# %% [markdown]
# ## The proof, in one picture

# %% tags=["hide-input"] tinyml={"objective": "22-reject", "role": "explain"}
fig, ((model_ax, pole_ax), (doubt_ax, risk_ax)) = plt.subplots(2, 2, figsize=(7.4, 7))
model_ax.set(title="it is the model", xlabel="operator", ylabel="difference (steps)")
pole_ax.set(title="it holds the pole", xlabel="seconds", ylabel="cart (cm)")
doubt_ax.set(title="it knows its doubts", xlabel="certainty", ylabel="share right")
risk_ax.set(title="it keeps its promise", xlabel="answered", ylabel="risk (of 100)")
for hue, mark, y, hand, T, way in (
    (RED, "x--", their_steps, "int8, zero point + 1", 1, naive),
    (BLUE, "o-", steps, "int8", [*temperatures.values()][2], promise),
):
    model_ax.plot(y, mark, color=hue)
    cart = 100 * paths[hand][:, :8, 0]
    pole_ax.plot(np.arange(6000) / 1000, cart, mark[1:], color=hue, lw=1)
    p = softmax(z_heard[~to_fit] / T)
    sure, hit = p.max(axis=1), p.argmax(axis=1) == y_test[~to_fit]
    eighths = np.array_split(np.argsort(sure), 8)
    means = [[v[rows].mean() for rows in eighths] for v in (sure, hit)]
    doubt_ax.plot(*means, mark, color=hue)
    risk_ax.plot(*outcomes(way, 0.05, 300), mark[0], color=hue, ms=6, alpha=0.5)
doubt_ax.plot([0.5, 1], [0.5, 1], color=GREY, ls="--")
risk_ax.axhline(5, color=GREY, ls="--")
model_ax.text(0, 20, "o  shipped, blue\nx  not, red", fontsize=11)
fig.suptitle(f"Proved: {len(ours)} of {len(ours)}", fontsize=18)
alt = "Four panels. Blue dots, shipped: no difference, a cart at rest, certainty true, "
plots.show(fig, alt=alt + "promises kept. Red crosses, not shipped: none of these.")

# %% [markdown]
# Blue dots are what you ship. Red crosses are what might have been shipped by somebody
# who had looked at accuracy alone.
#
# ## On your own
#
# 1. *Two steps of Newton* was seen by none of the vector sets. Softmax takes ten bytes:
#    test it alone, with all kinds of tens. Which ones show it?
# 2. Plant a bug of your own in a runtime file, and give the sources to somebody who has
#    just read this chapter. How many runs until it is found?
# 3. Give the cart a sensor whose tilt jumps by half a degree, at random. Does the limit
#    cycle grow or vanish? (Noise that helps a quantizer is called *dither*.)
# 4. Choose the temperature and the threshold on two accents, for the third. How many
#    accents would you need to promise something about the next one?

# %% [markdown]
# ## What you have done
#
# * You **climbed** from Keras to the board with the same vectors, and found the first
#   operator that differed, its channel, and the number in the file.
# * You **chose** vectors, and counted what one word, noise and a look behind softmax
#   let through.
# * You **closed** the loop, and saw a limit cycle, a cart parked aside, and what a late
#   answer costs, before there was a cart.
# * You **flipped** bits, and know which ones matter.
# * You **calibrated** certainty, and measured what MC dropout and ensembles add.
# * You **promised** a risk and kept it, for more of the same.
# * You **predicted** the time of layers that nobody had profiled.
# * You **decided** under a deadline.
#
# **The idea to keep:** a test shows what it can see. Say what each one is blind to, and
# add the test that is not.
#
# **Next:** so far you chose the network and shrank it by hand. Chapter 23 lets the
# computer search.
#
# ## Sources
#
# * B. Suhm, *Deploying AI to Embedded Systems*, MathWorks, tinyML Talks (2021): test in
#   simulation with the whole system before hardware; model, software and processor in
#   the loop.
# * R. David et al., "TensorFlow Lite Micro", *MLSys* (2021). B. Jacob et al., CVPR
#   (2018): rounding of the requantization.
# * R. A. DeMillo, R. J. Lipton and F. G. Sayward, "Hints on Test Data Selection",
#   *Computer* 11 (1978): bugs planted to judge the tests.
# * A. G. Barto, R. S. Sutton and C. W. Anderson, "Neuronlike Adaptive Elements That Can
#   Solve Difficult Learning Control Problems", *IEEE Trans. SMC* 13 (1983): the pole on
#   the cart.
# * C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On Calibration of Modern Neural
#   Networks", *ICML* (2017): reliability diagrams, ECE, temperature.
# * Y. Gal and Z. Ghahramani, "Dropout as a Bayesian Approximation", *ICML* (2016).
#   B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and Scalable Predictive
#   Uncertainty Estimation using Deep Ensembles", *NIPS* (2017).
# * C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits",
#   *Biometrika* 26 (1934). Y. Geifman and R. El-Yaniv, "Selective Classification for
#   Deep Neural Networks", *NIPS* (2017): a risk that is promised. A. Angelopoulos et
#   al., "Learn then Test" (2021): thresholds tried in a fixed order.
# * W. W. Peterson and D. T. Brown, "Cyclic Codes for Error Detection", *Proc. IRE* 49
#   (1961).
# * S. Yao et al., "FastDeepIoT: Towards Understanding and Optimizing Neural Network
#   Execution Time on Mobile and Embedded Devices", *SenSys* (2018).
# * S. Teerapittayanon, B. McDanel and H. T. Kung, "BranchyNet: Fast Inference via Early
#   Exiting from Deep Neural Networks", *ICPR* (2016).
# * Nordic Semiconductor, *nRF52840 Product Specification*: 6.40 mA while sending at
#   0 dBm. Semtech, *SX1276/77/78/79* data sheet: 20 mA at +7 dBm, bit rate of LoRa.
#   *Bluetooth Core Specification*: bytes around a packet, pauses.
