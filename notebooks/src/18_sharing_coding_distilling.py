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

# %% [markdown] tinyml={"objectives": ["18-share", "18-huffman", "18-board", "18-compare", "18-distil"]}
# # Share, code, distil
#
# The network of chapter 17 reads shaken digits with seventeen thousand weights, each
# a float of 32 bits. Below is a corner of its first layer, three times: as trained;
# with each layer's weights moved to the nearest of sixteen values; and to the nearest
# of four. A number from 0 to 15 takes four bits. Can you see what the other
# twenty-eight were good for?
#
# **You will**
#
# * **share** a few values among all weights, and tune the shared values;
# * **code** them with Huffman's code, bit by bit, and decode them again;
# * **decode** on the board, and count when that pays;
# * **compare** pruning, sharing, coding and low rank in one curve of your own;
# * **distil** a network into a small one, and judge the effect over several seeds.
#
# **You need** chapter 17 (pruning), chapter 15 (surprise, in bits), and chapter 08
# (int8, and how a network comes to the board). About 120 minutes.

# %% tags=["hide-input"] tinyml={"objective": "18-share", "role": "explain"}
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from threadpoolctl import threadpool_limits

from tinyml_course import datasets, plots
from tinyml_course.scratch import coding, packing, pruning, retraining, stored
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
threadpool_limits(1)  # for matrices as small as ours one core is faster than two
right, digits = retraining.accuracy, pruning.shaky_digits(datasets.load("digits"))
(x_train, y_train), (x_val, y_val), (x_test, y_test) = digits
base = pruning.fit(pruning.network(64, 128, 64, 10), x_train, y_train)
fig, axes = plt.subplots(3, 1, figsize=(5.6, 4.8))
for ax, bits in zip(axes, (32, 4, 2), strict=True):
    net = base if bits == 32 else []
    for w, b in base if bits < 32 else []:
        book, numbers = coding.k_means(w.ravel(), coding.start(w, 2**bits, "linear"))
        net.append((book[numbers].reshape(w.shape), b))
    ax.imshow(net[0][0][8:32, :80], cmap="PuOr", vmin=-0.5, vmax=0.5)
    ax.set_title(f"{bits} bits: {right(net, x_test, y_test):.1%} of test digits right")
    ax.set_axis_off()
plots.show(fig, alt="Three strips of coloured squares; that of 2 bits looks coarser.")

# %% [markdown]
# Sixteen values look the same and cost hardly anything. Four can be seen, and can be
# felt. This chapter makes both better, and then asks what is left of it on a board.

# %% [markdown]
# ## Sharing
#
# Write the few values that the weights of a layer may have into a list, the
# **codebook**, and for each weight only the *number* of its value. Which values? Those
# that leave the weights where they are as well as possible: the mean squared distance
# should be small. **k-means** walks there in two steps, again and again: give each
# weight to the nearest value; move each value to the mean of the weights it was given.
# Neither step can make the distance larger.


# %% tinyml={"objective": "18-share", "role": "explain"}
def nearest(values, codebook):
    return np.searchsorted((codebook[:-1] + codebook[1:]) / 2, values)


def k_means(values, codebook, rounds=20):
    codebook = np.sort(codebook)
    for _ in range(rounds):
        numbers = nearest(values, codebook)
        count = np.bincount(numbers, minlength=len(codebook))
        total = np.bincount(numbers, values, minlength=len(codebook))
        codebook = np.where(count, total / np.maximum(count, 1), codebook)
    return codebook, nearest(values, codebook)


def start(values, k, how, seed=0):
    if how == "linear":
        return np.linspace(values.min(), values.max(), k)
    if how == "random":
        return np.random.default_rng(seed).choice(values, k, replace=False)
    return np.quantile(values, (np.arange(k) + 0.5) / k)


# %% [markdown]
# (Because values and weights are points on a line, "nearest" means "between which two
# midpoints", and that is a search in a sorted list.)
#
# Where k-means ends depends on where it starts. *Linear* spreads the first values
# evenly from the smallest weight to the largest; *density* puts as many weights
# between any two of them; *random* draws some weights. Most weights are small, so the
# last two put most values there. Han and co, who made weight sharing known, found
# linear best: large weights are few, and matter most. Is it so here? Weights that
# chapter 17 has pruned keep a value of their own, which is 0.


# %% tinyml={"objective": "18-share", "role": "explain"}
def share(net, k, how="linear", seed=0, rounds=20):
    shared = []
    for w, b in net:
        kept = w[w != 0].astype(float)
        zeros = [0.0] if kept.size < w.size else []
        codebook, _ = k_means(kept, start(kept, k - len(zeros), how, seed), rounds)
        codebook = np.sort(np.append(codebook, zeros))
        shared.append((codebook[nearest(w, codebook)].astype(np.float32), b))
    return shared


lines, best = ["| values | linear | density | random, five |\n|---|---|---|---|"], []
for k in (4, 8, 16):
    found = [right(share(base, k, how), x_val, y_val) for how in ("linear", "density")]
    drawn = [right(share(base, k, "random", s), x_val, y_val) for s in range(5)]
    row = k, *found, min(drawn), max(drawn)
    lines.append("| {} | {:.1%} | {:.1%} | {:.1%} to {:.1%} |".format(*row))
    best += [k] if found[0] > max(found[1], *drawn) else []
many, four = (right(share(base, k), x_test, y_test) for k in (16, 4))
assert many > right(base, x_test, y_test) - 0.02 > four + 0.1
plots.say(
    "\n".join(lines) + "\n\nRight on validation rows, nothing tuned yet. Linear is "
    f"ahead of all others with {best if best else 'none of the three'}."
)

# %% [markdown]
# ## Counting the bits
#
# With $k$ values, $n$ weights of $b$ bits become $n$ numbers of
# $\lceil\log_2 k\rceil$ bits and a codebook:
#
# $$\text{bits} = n \lceil \log_2 k \rceil + k\,b.$$
#
# A formula is a promise. The file keeps it only when the numbers really lie bit to
# bit, two numbers of four bits in a byte. `np.packbits` makes bytes of bits.


# %% tinyml={"objective": "18-share", "role": "explain"}
def bits_per_weight(n, k, bits=32):
    return np.ceil(np.log2(k)) + k * bits / n


def to_bits(numbers, width):
    places = np.arange(width)[::-1]
    return np.packbits(np.asarray(numbers)[:, None] >> places & 1).tobytes()


def from_bits(data, width, count):
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count * width)
    return bits.reshape(count, width) @ (1 << np.arange(width)[::-1])


shared = share(base, 8)[0][0]  # (64, 128) float32
codebook, numbers = np.unique(shared, return_inverse=True)
data = to_bits(numbers.ravel(), 3) + codebook.tobytes()
assert np.array_equal(from_bits(data, 3, shared.size), numbers.ravel())
promised = bits_per_weight(shared.size, 8) * shared.size / 8
assert len(data) == promised
plots.say(
    f"First layer, 8 values: {shared.nbytes:,} bytes become {len(data):,}; the "
    f"formula says {promised:,.0f}. That is {8 * len(data) / shared.size:.3f} bits a "
    "weight."
)

# %% tags=["hide-input"] tinyml={"objective": "18-share", "role": "check"}
Check(
    "A layer of 1,000 weights shares 32 values, kept as floats of 32 bits. How many "
    "bits does a weight cost, all counted?",
    answer=6.024,
    tolerance=0.006,
    mistakes={
        5: "That is what a number costs. Where are the values themselves?",
        32: "That is a float. How many bits does a number from 0 to 31 need?",
        1.024: "That is the codebook's part. What do the numbers cost?",
        37: "The codebook is there once, not once for each weight.",
        6.0: "Nearly. The codebook has 32 entries of 32 bits: divide exactly.",
    },
    low="Too low. Numbers and codebook, both over the count of weights.",
    high="Too high. Numbers and codebook, both over the count of weights.",
    reveal="Five bits for the number; 32 times 32 bits of codebook shared by 1,000.",
)

# %% [markdown]
# ## Tuning what is shared
#
# Moving the weights has cost some accuracy. Train on then, but *tie* the weights that
# share: one value $c$ stands in many places, and a change of it changes the loss
# through all of them. So by the chain rule its slope is the **sum** of theirs,
#
# $$\frac{\partial L}{\partial c} = \sum_{i:\ w_i\ \text{is}\ c}
# \frac{\partial L}{\partial w_i}.$$
#
# That needs no new way to train. Give each weight the sum of its group as its slope:
# what starts equal and takes equal steps stays equal. For pruned weights the slope is
# 0, and they stay pruned. Biases are free. `retraining.fit` is chapter 17's `fit` with
# a door for that: `change(place, slope)` says which slope to use for the weights of a
# layer.


# %% tinyml={"objective": "18-share", "role": "explain"}
def tied(net):
    groups = [np.unique(w, return_inverse=True) for w, _ in net]

    def change(place, slope):
        values, numbers = groups[place]
        total = np.bincount(numbers.ravel(), slope.ravel())
        total[values == 0] = 0  # pruned stays pruned
        return total[numbers].reshape(slope.shape).astype(np.float32)

    return change


def tune(net):
    return retraining.fit(net, x_train, y_train, 8, change=tied(net), rate=2e-3)


few = {k: share(base, k) for k in (2, 3, 4, 8, 16)}
tuned = {k: tune(few[k]) for k in few}
assert all(len(np.unique(w)) <= k for k in few for w, _ in tuned[k])
lines = ["| values | bits | shared | tuned |\n|---|---|---|---|"]
for k in few:
    was, now = (right(nets[k], x_val, y_val) for nets in (few, tuned))
    lines.append(f"| {k} | {np.ceil(np.log2(k)):.0f} | {was:.1%} | {now:.1%} |")
    assert now - was > 0.5 * (right(base, x_val, y_val) - was)  # most comes back
plots.say("\n".join(lines) + "\n\nRight on validation rows.")

# %% [markdown]
# Tuning gives back most of what sharing took, with the same bits. How much there was
# to give back depends on where the values stood. Watch them walk, round by round:

# %% tags=["hide-input"] tinyml={"objective": "18-share", "role": "explore"}
BLUE, RED = plots.COLORS["blue"], plots.COLORS["vermillion"]


def walk(k, how, rounds):
    net = share(base, k, how, rounds=rounds)
    off = np.sqrt(np.mean((net[0][0] - base[0][0]) ** 2))
    return off, right(net, x_val, y_val), np.unique(net[0][0])


def sharing_picture(k, how, rounds):
    off, said, values = walk(k, how, rounds)
    fig, ax = plt.subplots(figsize=(5.4, 3))
    ax.hist(base[0][0].ravel(), np.linspace(-0.6, 0.6, 81), color="#9fc5e0")
    ax.vlines(values, 0, 420, color=RED, lw=1.8)
    ax.set(xlabel="weight of the first layer", ylabel="how many", xlim=(-0.9, 0.9))
    return fig, f"typically {off:.4f} off; {said:.1%} of the validation rows right"


look = "Do the two starts end in one place? Do nearer weights read more digits?"
alt = "A hill of weights around zero, with red lines where the shared values are."
k, rounds = Choice([3, 8], 3, "values"), Choice([0, 1, 5, 20], 20, "rounds")
how = Choice(["linear", "density"], "linear", "start")
(far, better, _), (near, worse, _) = (walk(3, "linear", n) for n in (5, 20))
assert min(far - near, better - worse - 0.02) > 0  # nearer, and fewer right
Explore(sharing_picture, k=k, how=how, rounds=rounds, look=look, alt=alt)

# %% [markdown]
# Try 3 values, linear, after 5 rounds and after 20: the weights come nearer, and
# *fewer* digits are right. The error of a network is not the error of its weights.

# %% [markdown]
# ## The surprise in a number
#
# Four bits for each of sixteen numbers are fair if all come equally often. They do
# not: look at the hill. In a pruned network it is worse, for most weights are 0. From
# chapters 04 and 15 you know what an event of probability $p$ is worth: its surprise,
# $-\log_2 p$ bits. What comes half of the time deserves one bit, what comes once in
# 256 times deserves eight. The mean surprise is the **entropy**,
#
# $$H = -\sum_s p_s \log_2 p_s,$$
#
# and Shannon proved that no code that writes one symbol after the other, each by
# itself, can need less on average. Here the base network is pruned step by step as in
# chapter 17; the one with a fifth of its weights is then shared and tuned.


# %% tinyml={"objective": "18-huffman", "role": "explain"}
def entropy(counts):
    p = np.array(list(counts.values())) / sum(counts.values())
    return -np.sum(p * np.log2(p))


pruned, net = {}, base
for part in (0.5, 0.65, 0.75, 0.8, 0.85, 0.9, 0.93):
    masks = pruning.masks_of(net, part)
    net = [(w * mask, b) for (w, b), mask in zip(net, masks, strict=True)]
    pruned[part] = net = pruning.fit(net, x_train, y_train, 10, masks, rate=2e-3)

small = tune(share(pruned[0.8], 16))
values, numbers = np.unique(small[0][0], return_inverse=True)
order = np.argsort(np.abs(values))  # so that 0 becomes number 0
symbols = np.argsort(order)[numbers.ravel()].tolist()
counts = Counter(symbols)
listed = ", ".join(str(counts[s]) for s in sorted(counts))
plots.say(
    f"{right(base, x_val, y_val):.1%} of the validation rows before, "
    f"{right(small, x_val, y_val):.1%} pruned and shared. How often each number comes "
    f"in the first layer, 0 first: {listed}. (That is {len(counts)} of the sixteen; "
    "a value too near to 0 can be left with no weight.) "
    f"Entropy: **{entropy(counts):.2f} bits**."
)

# %% [markdown]
# ## Huffman's code
#
# How does one spend a broken number of bits? By words of different lengths, short for
# what is common. And no word may begin another, or nobody could tell where it ends.
# Huffman found the best such code in 1951, as a student, in place of an exam: take the
# two rarest symbols and tie them together. Their words shall differ only in the last
# bit. From now on they are one symbol, as common as both. Go on until one is left.
# Each time a symbol is tied, its word grows by a bit.


# %% tinyml={"objective": "18-huffman", "role": "explain"}
import heapq


def code_lengths(counts):
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)  # even a single symbol needs a bit
    lengths = dict.fromkeys(sorted(counts), 0)
    heap = [(count, symbol, [symbol]) for symbol, count in counts.items()]
    heapq.heapify(heap)
    while len(heap) > 1:
        rare, next_rare = heapq.heappop(heap), heapq.heappop(heap)
        both = rare[2] + next_rare[2]
        for symbol in both:
            lengths[symbol] += 1  # one step further from the root
        heapq.heappush(heap, (rare[0] + next_rare[0], min(both), both))
    return lengths


print(code_lengths({"a": 5, "b": 2, "c": 1, "d": 1}))

# %% tags=["hide-input"] tinyml={"objective": "18-huffman", "role": "predict"}
lengths = code_lengths(counts)
mean_bits = sum(lengths[s] * counts[s] for s in counts) / len(symbols)
Predict(
    f"Sixteen values as plain numbers cost 4 bits a weight. Entropy is "
    f"{entropy(counts):.2f}. How many bits does Huffman's code need on average?",
    answer=round(float(mean_bits), 2),
    unit="bits",
    explain="Never below the entropy, and always less than one bit above it. The "
    "common 0 would deserve less than a bit, and no word is shorter than one.",
)

# %% [markdown]
# ## Canonical words
#
# Many codes have these lengths, and all are as short. So choose the one that is
# easiest to tell: sort the symbols by length, those of one length by themselves, and
# *count*. The first word is all zeros; the next is the word before plus one, with
# zeros appended where the length grows. Then the lengths alone tell the whole code.
# Zip files and PNG pictures carry their codes that way.


# %% tinyml={"objective": "18-huffman", "role": "explain"}
def canonical(lengths):
    words, code, before = {}, 0, 0
    for length, symbol in sorted((n, s) for s, n in lengths.items()):
        code <<= length - before
        words[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return words


def encode(symbols, lengths):
    words = canonical(lengths)
    bits = "".join([words[s] for s in symbols])
    return np.packbits(np.frombuffer(bits.encode(), np.uint8) - 48).tobytes()


print(canonical(code_lengths({"a": 5, "b": 2, "c": 1, "d": 1})))
print(canonical(lengths))

# %% [markdown]
# ## Decoding by counting
#
# Words of one length follow each other like house numbers. So decoding needs no tree,
# only how *many* words each length has. Let `first` be the first word of a length, as a
# number, and `place` how many words are shorter. Read a bit, and ask: is what I have
# read among the words of this length, that is, less than `first` plus how many there
# are? If so, its place is known. If not, jump over them (`first` and `place` grow),
# and read one more bit, which doubles everything.


# %% tinyml={"objective": "18-huffman", "role": "explain"}
def decode(data, lengths, count):
    order = [s for _, s in sorted((n, s) for s, n in lengths.items())]
    many = Counter(lengths.values())  # how many words have each length
    bits = iter(np.unpackbits(np.frombuffer(data, np.uint8)).tolist())
    symbols = []
    for _ in range(count):
        code = first = place = length = 0
        while code - first >= many[length]:
            place, first = place + many[length], first + many[length]
            length += 1
            code, first = 2 * code + next(bits), 2 * first
        symbols.append(order[place + code - first])
    return symbols


data = encode(symbols, lengths)
assert decode(data, lengths, len(symbols)) == symbols
plots.say(
    f"{len(symbols):,} numbers in {len(data):,} bytes, and all came back: "
    f"{8 * len(data) / len(symbols):.2f} bits each, where plain numbers take 4."
)

# %% [markdown]
# ## Your turn: the bill without a tree
#
# How many bits does Huffman's code need for a whole text? You can tell without words,
# lengths or a tree: whenever two groups are tied, each symbol in them grows by one
# bit, and the two counts together say how many symbols that is. So the bill is the
# sum of all those sums. Mind what becomes of the sum: it goes back among the others.
# (A text with one single symbol is the exception: a bit for each.)


# %% tinyml={"objective": "18-huffman", "role": "exercise"}
def tree_bits(counts):
    """All bits of Huffman's code for ``{symbol: count}``, a whole number."""
    # your lines go here


print(tree_bits({"a": 5, "b": 2, "c": 1, "d": 1}))


# %% tags=["hide-input"] tinyml={"objective": "18-huffman", "role": "check"}
def test_tree_bits():
    four = dict.fromkeys("abcd", 2)
    for given in ({"a": 5, "b": 2, "c": 1, "d": 1}, four, dict(counts), {"a": 7}):
        got, made = tree_bits(dict(given)), code_lengths(given)
        if got == sum(made[s] * given[s] for s in given):
            continue
        if got is None:
            return "tree_bits gives nothing yet. Does it end with return?"
        if len(given) == 1:
            return "With a single symbol nothing is tied, and still each needs a bit."
        if got == sum(given.values()):
            return "That is the size of the last group alone. Add up all of them."
        if given is four:
            return "Four symbols, all as common: is a sum always among the rarest?"
        return f"Not the bits for {given}. Which two are tied, and what is added?"
    return None


Check(
    "`tree_bits` gives the bits of Huffman's code.",
    test=test_tree_bits,
    reveal="You can bill a code before you build it. The assignment builds the rest.",
)

# %% [markdown]
# ## Less than a bit
#
# No word is shorter than one bit, however common its symbol. Where nearly all weights
# are 0 that is a waste, and the way out is to code something else: not "0, 0, 0, 0, 3"
# but "four zeros, then 3". Han's relative indices do that: for each weight that is not
# 0 the **gap** to the one before, in a few bits. Where a gap is too large for them, a
# 0 is put in as a stepping stone.


# %% tinyml={"objective": "18-huffman", "role": "explain"}
def to_gaps(numbers, width):
    gaps, kept, last, far = [], [], -1, 2**width
    for place in np.flatnonzero(numbers).tolist():
        while place - last > far:
            last += far
            gaps.append(far - 1)
            kept.append(0)
        gaps.append(place - last - 1)
        kept.append(int(numbers[place]))
        last = place
    return gaps, kept


def from_gaps(gaps, kept, n):
    numbers = np.zeros(n, int)
    numbers[np.cumsum(np.array(gaps, int) + 1) - 1] = kept
    return numbers


gaps, kept = to_gaps(np.array(symbols), 4)
assert np.array_equal(from_gaps(gaps, kept, len(symbols)), symbols)
both = [len(encode(s, code_lengths(Counter(s)))) for s in (gaps, kept)]
assert sum(both) < 0.95 * len(data)
plots.say(f"Gaps {both[0]:,} and numbers {both[1]:,} bytes, for {len(data):,} before.")

# %% [markdown]
# Gaps and numbers are coded too. It is always Huffman's code of *something*; the art
# is in choosing what to code.

# %% [markdown]
# ## On the board
#
# Now in C, for the processor that shall run the network. Numbers become bytes: int8,
# one scale for each layer, so that sixteen shared values stay sixteen (with one scale
# for each neuron, as in chapter 08, each neuron would have sixteen of its own). The
# symbols of our code are those bytes. Here is `decode` again, line by line; compare.

# %% tinyml={"objective": "18-board", "role": "explain"}
from tinyml_course import device, export, graph, quantize, report, verify

model = retraining.to_keras(small)
tflite_model = quantize.to_int8(model, x_train[:300], per_channel=False)
net = graph.read(tflite_model)
first = net.tensors[net.inputs[0]]
layers = [net.tensors[op.inputs[1]].data for op in net.operators[:3]]  # int8
next_c = """
typedef struct {
    const uint8_t *data, *many; /* bits; how many words have each length */
    const int8_t *symbols;      /* in the order of their words */
    uint32_t place;             /* of the next bit */
} stream;

static inline int8_t next(stream *s) {
    int32_t code = 0, first = 0, before = 0, length = 0;
    while (code - first >= s->many[length]) {
        before += s->many[length];
        first = 2 * (first + s->many[length++]);
        code = 2 * code + (s->data[s->place >> 3] >> (7 - (s->place & 7)) & 1);
        s->place++;
    }
    return s->symbols[before + code - first];
}
"""

# %% [markdown]
# `stored.coded_arrays` writes the three arrays, and a program unpacks the first layer
# and sends it home, where every byte must be right. Its twin holds the layer as it is.
# The emulator counts.

# %% tinyml={"objective": "18-board", "role": "explain"}
w, head = layers[0], '#include "board.h"\n'
send_c = f"board_write(weights, {w.size}); return 0; }}\n"
main_c = f"""
static int8_t weights[{w.size}];
__attribute__((noinline)) void unpack(void) {{
    stream s = {{data, many, symbols, 0}};
    for (int i = 0; i < {w.size}; i++)
        weights[i] = next(&s);
}}
int main(void) {{ unpack(); {send_c}"""
twin_c = stored.c_array("weights", w.ravel(), "int8_t") + "int main(void) { " + send_c
plain = device.run({"main.c": head + twin_c})
program = head + stored.coded_arrays(w) + next_c + main_c
coded = device.run({"main.c": program}, layers=["unpack"])
assert coded.stdout == plain.stdout == w.tobytes()
each = max(row.instructions for row in coded.profile) / w.size
before, after = (run.firmware.flash_bytes for run in (plain, coded))
flat = w.ravel().tolist()
bits = len(encode(flat, code_lengths(Counter(flat))))
cost = (after - bits) - (before - w.size)  # the decoder and its tables
plots.say(
    f"Flash: {before:,} bytes as it is, **{after:,}** coded. Decoder and tables take "
    f"{cost}, which pays from {cost / (1 - bits / w.size):,.0f} weights on. Unpacking "
    f"takes **{each:.0f} instructions a weight** (all counted)."
)

# %% tags=["hide-input"] tinyml={"objective": "18-board", "role": "check"}
Check(
    "A decoder and its tables take 400 bytes of flash. Coded, an int8 weight takes 3 "
    "bits instead of 8. From how many weights on does coding save flash?",
    answer=640,
    tolerance=1,
    mistakes={
        80: "400 bytes and 5 bits: do both have the same unit?",
        50: "Bytes over bits: bring both to bits first.",
        400: "That would be right if each weight saved a whole byte.",
        1067: "That is where the coded weights are as long as the decoder. What does "
        "each weight save?",
        133: "Bytes over bits, and what counts is what a weight saves.",
    },
    low="Too low. How many bits does each weight save, and how many does the decoder "
    "cost?",
    high="Too high. How many bits does each weight save, and how many does the decoder "
    "cost?",
    reveal="3,200 bits of decoder over 5 bits saved. Smaller networks lose by coding.",
)

# %% [markdown]
# ## The whole network, stored five ways
#
# Unpacked into RAM once, or again for each answer? The generated C is text, so a
# function can change where it gets its weights and nothing else. *By rows*: fetch the
# weights of one neuron into a small row, let the course's own operator compute that
# neuron, fetch the next. *Once*: the weights lie in RAM, filled at the first answer.
# What is fetched may be plain **numbers** of four bits, two in a byte; or Huffman's
# **words**, bit by bit; or those by a **table** that says, for each pattern of bits,
# which symbol begins there and how long its word is. (All in `scratch/stored.py`.)

# %% tags=["hide-input"] tinyml={"objective": "18-board", "role": "predict"}
assert all(len(np.unique(layer)) <= 16 for layer in layers)
x_board = first.quantize(x_test[:40])
wanted = graph.invoke(net, x_board)
sources = export.to_c(net)
ways = ["numbers, by rows", "table, by rows", "words, by rows", "words, once"]
runs = {"int8 as it is": device.run_model(net, x_board)}
for way in ways:
    new = stored.stored(sources, layers, way)
    runs[way] = device.run_model(net, x_board, sources=new)
    assert np.array_equal(runs[way].outputs, wanted)  # every byte of every answer
assert verify.verify(tflite_model, x_board[:20])["mismatches"] == 0
often = {way: int(run.invocations[-1]) for way, run in runs.items()}
assert max(often, key=often.get) == "words, by rows"
Predict(
    "Unpacked from words bit by bit, row by row, for each answer: how many times as "
    "many instructions does an answer take as with the weights as they are?",
    answer=round(often["words, by rows"] / often["int8 as it is"]),
    unit="times",
    explain=f"To use a weight takes {often['int8 as it is'] / net.macs:.1f} "
    "instructions with everything around it, to read it bit by bit "
    f"{each:.0f}, zeros included.",
)

# %% [markdown]
# The whole bill, flash, RAM and instructions, comes at the end of the chapter, beside
# the other ways. Until then: which would you choose for a board that wakes up once a
# minute? And which if its RAM is full?
#
# > **Note: a chip can do better.** Han and co built one, EIE, that keeps weights as
# > shared values with gaps, skips the zeros, and looks values up in a table beside each
# > multiplier. What costs us instructions are wires there.

# %% [markdown]
# ## Low rank
#
# One more way, from linear algebra. Any matrix is a sum of simple ones, each a column
# times a row, sorted by size: the **singular value decomposition**,
# $W = U \,\mathrm{diag}(s)\, V$. Keep the $r$ largest. Then $W \approx A B$ with $A$
# of $r$ columns and $B$ of $r$ rows: *two* dense layers in place of one, with nothing
# in between. No other pair of that size comes nearer to $W$ (Eckart and Young). It is
# smaller if $r\,(m + n) < m\,n$, and unlike gaps and words it needs no new code at
# all. We cut the first two layers, and let one copy of each pair train on.


# %% tinyml={"objective": "18-compare", "role": "explain"}
def factors(net, rank):
    pairs = []
    for w, b in net[:-1]:
        U, s, V = np.linalg.svd(w, full_matrices=False)
        root = np.sqrt(s[:rank])
        pairs += [(U[:, :rank] * root, None), (root[:, None] * V[:rank], b)]
    return [*pairs, net[-1]]


def trained_on(net):
    return retraining.fit(net, x_train, y_train, 8, rate=2e-3)


cut = {rank: factors(base, rank) for rank in (4, 8, 12, 16, 24, 32, 40)}
healed = {rank: trained_on(net) for rank, net in cut.items()}
lines = ["| rank | weights | cut | trained on |\n|---|---|---|---|"]
for rank in cut:
    count = sum(w.size for w, _ in cut[rank])
    two = [right(nets[rank], x_val, y_val) for nets in (cut, healed)]
    lines.append(f"| {rank} | {count:,} | {two[0]:.1%} | {two[1]:.1%} |")
assert right(healed[12], x_test, y_test) - right(cut[12], x_test, y_test) > 0.1
plots.say("\n".join(lines) + "\n\nRight on validation rows.")

# %% tags=["hide-input"] tinyml={"objective": "18-compare", "role": "check"}
Check(
    "A dense layer takes 64 values to 128. What is the largest rank at which two "
    "layers have fewer weights than the one?",
    answer=42,
    mistakes={
        43: "Count again at that rank: is it fewer?",
        64: "At full rank nothing is lost. Is anything won?",
        32: "That is half of the full rank. Could it be larger?",
        63: "Fewer columns than before, yes. But there is a second layer now.",
        128: "No matrix of 64 rows has that rank.",
        21: "Two layers of 64 and 128: how many weights per rank?",
    },
    low="That rank does save. Does a larger one too?",
    high="Then the two have more weights than the one. What does a rank cost?",
    reveal="Each rank costs 64 + 128 weights, and there are 8,192 to beat.",
)

# %% [markdown]
# ## One curve
#
# Of all the ways to make a network small, which loses least? Han and co drew that in
# one picture: accuracy lost against size of the file.
# Here it is from your own network. For an honest answer every point must be a *file*:
# bytes that are written, read again, and give the same network. `scratch/packing.py`
# writes them with the functions of this chapter, one format for all: shape, biases in
# 16 bits, gaps if many weights are 0, codebook in 16 bits, numbers. What shares nothing
# keeps its weights in 32 bits, as theirs did.
#
# * **pruning only**: weights and gaps, for each share pruned;
# * **sharing only**: all weights, few values, tuned (Han says *quantization*);
# * **SVD**: pairs of layers, as cut, and trained on;
# * **prune, share, code**: pruned, then shared and tuned, then Huffman's code.
#
# And one that their picture left out: sharing *and coding*, without pruning.

# %% tinyml={"objective": "18-compare", "role": "explain"}
original = sum(w.nbytes + b.nbytes for w, b in base)  # 32 bits each


def point(network, shares=True, coded=True):
    network = packing.halved(network, shares)
    data = packing.pack(network, shares, coded)
    back = packing.unpack(data)
    for (w, b), (v, c) in zip(network, back, strict=True):
        assert np.array_equal(w, v)
        assert b is c is None or np.array_equal(b, c)
    rows = (x_test, y_test), (x_val, y_val)
    gains = [100 * (right(back, *some) - right(base, *some)) for some in rows]
    return len(data) / original, *gains


parts = [(p, k) for p in (0.5, 0.65, 0.75, 0.8, 0.85, 0.9) for k in (8, 16)]
both = {(p, k): tune(share(pruned[p], k)) for p, k in parts}
curves = {
    "SVD, as cut": [point(n, shares=False) for n in cut.values()],
    "SVD, trained on": [point(n, shares=False) for n in healed.values()],
    "pruning only": [point(n, shares=False, coded=False) for n in pruned.values()],
    "sharing only": [point(n, coded=False) for n in tuned.values()],
    "sharing, coded": [point(n) for n in tuned.values()],
    "prune, share, code": [point(n) for n in both.values()],
}

# %% tags=["hide-input"] tinyml={"objective": "18-compare", "role": "explore"}
hues = [plots.COLORS[c] for c in ("grey", "purple", "orange", "sky", "blue")] + [RED]


def curve_picture(loss):
    fig, ax = plt.subplots(figsize=(6, 4.4))
    ax.axhspan(-loss, 0, color="#e4e4e4")
    for (name, curve), hue in zip(curves.items(), hues, strict=True):
        curve = sorted(curve)  # only what no smaller file does better:
        edge = [p for i, p in enumerate(curve) if all(p[1] > q[1] for q in curve[:i])]
        size, lost, _ = np.transpose(edge)
        ax.plot(100 * size, lost, "o-", color=hue, label=name, lw=1 + 2 * (hue == RED))
    ax.set(xscale="log", ylim=(-12, 1), xlim=(2, 110))
    ax.set_ylabel("accuracy against the original (points)")
    ax.set_xlabel("size of the file (% of the original)")
    ax.set_xticks([2, 3, 5, 8, 12, 20, 40, 100], "2 3 5 8 12 20 40 100".split())
    ax.minorticks_off()
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncol=3, fontsize=9)
    fits = {n: [100 * p[0] for p in c if p[1] >= -loss] for n, c in curves.items()}
    return fig, "; ".join(f"{n}: {min(s):.1f} %" for n, s in fits.items() if s)


look = "Which way enters the grey band with the smallest file? Which gains most when "
alt = "Accuracy against file size: prune, share, code lies far to the left of all."
choice = Choice([1, 2, 4], 2, "points you may lose")
Explore(curve_picture, loss=choice, look=look + "more may be lost?", alt=alt)

# %% [markdown]
# Now beside theirs. Han and co say of their picture (for AlexNet, a network of
# 240 MB): pruning and sharing, each by itself, begin to lose at about a twelfth of the
# size; together, and before Huffman's code, at a thirty-third; and the SVD is cheap to
# do, but compresses poorly. Do you find the same? Of each way take the smallest file
# that loses at most two points on *validation* rows, and ask the test rows about that
# one only.

# %% tinyml={"objective": "18-compare", "role": "explain"}
ours, lost = {}, {}
for name, curve in curves.items():
    fits = [point for point in curve if point[2] >= -2]
    ours[name], lost[name], _ = min(fits, default=(1, 0, 0))
theirs = {"pruning only": "8%", "sharing only": "8%", "prune, share, code": "3%"}
together, coded_only = ours["prune, share, code"], ours["sharing, coded"]
assert together / 0.75 < coded_only <= ours["sharing only"]
assert ours["sharing only"] < 0.8 * ours["pruning only"]
assert ours["pruning only"] < 0.8 * ours["SVD, trained on"] < ours["SVD, as cut"]
lines = ["| | Han and co | you | on test rows |\n|---|---|---|---|"]
for name, size in ours.items():
    yours = f"{size:.1%} | {lost[name]:+.1f} points" if size < 1 else "none |"
    lines.append(f"| {name} | {theirs.get(name, '')} | {yours} |")
each_row = [retraining.right(n, x_test, y_test).astype(int) for n in (small, base)]
by_digit = np.subtract(*each_row).reshape(8, 360).mean(axis=0)
error = np.std(by_digit) / np.sqrt(360)
plots.say(
    "\n".join(lines) + "\n\nThe order is theirs: together far below each alone, SVD "
    f"last. But pruning alone stays at {ours['pruning only']:.0%}: this network has "
    f"{original // 4:,} numbers and little to spare, AlexNet sixty million. And the "
    f"curve they left out comes to {coded_only:.1%} without any pruning; pruning "
    f"brings that to {together:.1%}. (Our test has 360 digits, each seen eight times: "
    f"a loss is known to about ±{200 * error:.1f} points.)"
)

# %% [markdown]
# ## Distilling
#
# So far the network kept its shape. The other way is to train a *smaller* one, and
# to let the large one help. Hinton, Vinyals and Dean noticed that a trained network
# knows more than it says. To a label, a 3 is a 3. To the network, this 3 looks a
# little like a 9 and not at all like a 6. Those small probabilities tell which digits
# resemble which, and a student could learn from them, were they not so tiny. So divide
# the sums by a **temperature** $T$ before the softmax:
#
# $$p_k = \frac{e^{z_k/T}}{\sum_j e^{z_j/T}}.$$
#
# At $T = 1$ that is the usual answer; the hotter, the flatter.


# %% tags=["hide-input"] tinyml={"objective": "18-distil", "role": "explore"}
doubt = abs(np.sort(retraining.soft(base, x_val))[:, -2] - 0.01)  # the second of T = 1
doubt[~retraining.right(base, x_val, y_val)] = 1
picked = {d: int(np.argmin(np.where(y_val == d, doubt, 1))) for d in (1, 3, 9)}


def teacher_picture(T, digit):
    row = picked[digit]
    fig, (left, ax) = plt.subplots(1, 2, figsize=(5.8, 2.6), width_ratios=[1, 2])
    left.imshow(x_val[row].reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
    left.set_axis_off()
    p = retraining.soft(base, x_val[row : row + 1], T)[0]
    ax.bar(range(10), p, color=[RED if d == digit else BLUE for d in range(10)])
    ax.set(xticks=range(10), ylim=(0, 1), xlabel="digit", ylabel="probability")
    *_, third, second, _ = np.argsort(p)
    return fig, f"then {second} with {p[second]:.3f}, then {third} with {p[third]:.3f}"


Explore(
    teacher_picture,
    T=Choice([1, 2, 4, 8, 32], 1, "temperature"),
    digit=Choice([1, 3, 9], 3, "digit"),
    look="From which temperature on do you see what else the teacher sees in the "
    "digit? And when does it no longer say anything?",
    alt="A digit, and ten bars: the teacher's probabilities, flatter when hotter.",
)

# %% tags=["hide-input"] tinyml={"objective": "18-distil", "role": "check"}
Check(
    "A teacher has two classes, with the sums 4 and 0. Which probability does the "
    "first have at temperature 4?",
    answer=0.731,
    tolerance=0.002,
    mistakes={
        0.982: "That is the answer at temperature 1.",
        1.0: "You multiplied. Which way is hotter?",
        0.245: "Divide the sums before the softmax, not the probability after it.",
        0.5: "That is where it goes when the temperature grows without end.",
        0.269: "That is the other class.",
    },
    low="Too low. First divide both sums, then the softmax.",
    high="Too high. First divide both sums, then the softmax.",
    reveal="The sums become 1 and 0, and e / (e + 1) is 0.731.",
)

# %% [markdown]
# The student has one hidden layer of 24 and a tenth of the weights. Its targets are
# the teacher's soft probabilities in place of the labels. (Hinton and co divide the
# student's sums by $T$ as well and mix in the labels. Ours may find for itself how
# large its sums should be: what is largest stays largest.) A student may see all views
# of the 1,200 training digits, or only the first view of each. And there are two
# teachers: the *master* saw all views, and the *novice* only first ones, too. All
# students take about as many steps.
# The temperature is chosen on validation rows, with seeds that are not used again.


# %% tinyml={"objective": "18-distil", "role": "explain"}
def student(seed, rows, teacher=None, T=1):
    x, epochs = x_train[:rows], 20 * 9600 // rows
    y = y_train[:rows] if teacher is None else retraining.soft(teacher, x, T)
    new = pruning.network(64, 24, 10, seed=seed)
    return retraining.fit(new, x, y, epochs, rate=5e-3, seed=seed)


novice = pruning.network(64, 128, 64, 10)
novice = retraining.fit(novice, x_train[:1200], y_train[:1200], 60)
lessons = {"first views, novice": (1200, novice), "first views, master": (1200, base)}
lessons["all views, master"] = 9600, base
lines, warmest = ["| rows, teacher | T = 2 | T = 4 | T = 8 |\n|---|---|---|---|"], {}
for name, lesson in lessons.items():
    tried = {}
    for T in (2, 4, 8):
        nets = [student(seed, *lesson, T) for seed in (100, 101)]
        tried[T] = np.mean([right(net, x_val, y_val) for net in nets])
    warmest[name] = max(tried, key=tried.get)
    lines.append(f"| {name} | " + " | ".join(f"{p:.1%}" for p in tried.values()) + " |")
plots.say("\n".join(lines) + "\n\nRight on validation rows, mean of two students.")

# %% [markdown]
# A single pair of students proves little: from another start each would end elsewhere.
# So six pairs, each pair from the *same* start and in the same order of rows, one with
# the labels and one with the teacher; and the spread of the six differences. Which of
# the three lessons can show that soft answers say more than labels?

# %% tinyml={"objective": "18-distil", "role": "explain"}
taught, gain, mean = {}, {}, {}
untaught = {n: [student(s, n) for s in range(6)] for n in (1200, 9600)}
lines = ["| rows, teacher | labels | taught | points |\n|---|---|---|---|"]
words = {-1: "hurts", 0: "not clear", 1: "helps"}
for name, (rows, teacher) in lessons.items():
    taught[name] = [student(s, rows, teacher, warmest[name]) for s in range(6)]
    pairs = list(zip(untaught[rows], taught[name], strict=True))
    scores = np.array([[right(n, x_test, y_test) for n in pair] for pair in pairs])
    gains = 100 * (scores[:, 1] - scores[:, 0])
    half = 2.57 * gains.std(ddof=1) / np.sqrt(6)  # 95 %, Student's t for six
    gain[name], mean[name] = gains.mean(), scores.mean(axis=0)
    verdict = words[int(np.sign(gains.mean())) if abs(gains.mean()) > half else 0]
    cells = " | ".join(f"{p:.1%}" for p in mean[name])
    lines.append(f"| {name} | {cells} | {gains.mean():+.1f} ± {half:.1f}: {verdict} |")
plots.say("\n".join(lines) + "\n\nRight on test rows, mean of six students.")
own, lent, full = gain.values()
assert min(own, lent / 2 - own, own - full) > 0.5
assert mean["all views, master"][0] > mean["first views, master"][1] + 0.005

# %% [markdown]
# In the first line teacher and student saw the same rows, and still the soft answers
# teach more than the labels. Most of the second line is something else: the master had
# seen each digit eight times, and passes on what it learned from the other seven. That
# is a real use, for a teacher can label rows that have no labels; but labels of all
# rows, where there are any, do better. And in the third line, with many rows, the
# labels alone teach nearly as much as the master. Hinton and co saw students gain much
# on MNIST. Their teacher was not even twice as large as the student, but trained
# with dropout and on shifted pictures that its student never saw: your second line.

# %% [markdown]
# ## What survives on a microcontroller
#
# The curve counted bytes of a file. A board has flash, RAM and time; here each row is
# a whole firmware, int8, with the same digits to read.


# %% tinyml={"objective": "18-compare", "role": "explain"}
def on_board(network):
    tflite = quantize.to_int8(retraining.to_keras(network), x_train[:300])
    read = graph.read(tflite)
    x = read.tensors[read.inputs[0]].quantize(x_test)
    assert verify.verify(tflite, x[:20])["mismatches"] == 0
    said = graph.invoke(read, x).argmax(axis=1) == y_test
    return {"accuracy": said.mean(), **report.bench(tflite, x[:9])}


enough = right(base, x_val, y_val) - 0.03
rank = min(r for r in healed if right(healed[r], x_val, y_val) > enough)
students = [*untaught[9600], *taught["all views, master"]]
best = max(students, key=lambda student: right(student, x_val, y_val))
chosen = {"as trained": base, f"rank {rank}": healed[rank], "student": best}
bench = {name: on_board(network) for name, network in chosen.items()}
said = graph.invoke(net, first.quantize(x_test)).argmax(axis=1)
for way, run in runs.items():
    bench[f"shared: {way}"] = {
        "accuracy": np.mean(said == y_test),
        "flash_bytes": run.firmware.flash_bytes,
        "ram_bytes": run.ram_bytes,
        "instructions": often[way],
    }
report.compare(bench)

# %% [markdown]
# (The rank is the smallest that loses less than three points on validation rows, the
# student the best there of the last six pairs. *Once* is the bill of every answer but
# the first.) In one picture:

# %% tags=["hide-input"] tinyml={"objective": "18-compare", "role": "explain"}
low, pupil, whole = (bench[name] for name in (f"rank {rank}", "student", "as trained"))
once = bench.pop("shared: words, once")
for key in ("flash_bytes", "instructions", "ram_bytes"):
    assert pupil[key] == min(row[key] for row in bench.values())
    assert pupil[key] < low[key] < (1 if "ram" in key else 0.7) * whole[key]
assert pupil["accuracy"] < min(low["accuracy"], once["accuracy"]) - 0.02
assert once["flash_bytes"] < low["flash_bytes"] < once["ram_bytes"]
fig, (top, ax) = plt.subplots(2, 1, figsize=(6, 7), height_ratios=[1, 2.2])
read = runs["words, once"].outputs.argmax(axis=1)[:20]
texts = [s if s == y else f"{s} ≠ {y}" for s, y in zip(read, y_test, strict=False)]
pictures = x_test[:20].reshape(-1, 8, 8, 1)
plots.mosaic(top, pictures, texts, rows=2, marked=read != y_test[:20])
top.set_title(f"Read by {once['flash_bytes']:,} bytes of firmware, weights decoded")
for name, row in {**bench, "shared: words, once": once}.items():
    place = row["flash_bytes"] / 1000, row["instructions"] / 1000
    hue = RED if "words" in name or "table" in name else BLUE
    ax.scatter(*place, row["ram_bytes"] / 12 + 40, color=hue, alpha=0.6)
    text = f"{name.removeprefix('shared: ')}\n{row['accuracy']:.1%}"
    away = 0, -42 if name == "as trained" else 28 if row is once else 12
    side, away = ("left", (9, -9)) if "numbers" in name else ("center", away)
    ax.annotate(text, place, away, textcoords="offset points", ha=side)
ax.set(yscale="log", xlim=(2, 26), ylim=(8, 2000), title="Larger dot: more RAM")
ax.set_yticks([10, 100, 1000], [10, 100, 1000])
ax.set(xlabel="flash (1,000 bytes)", ylabel="instructions for an answer (1,000)")
plots.show(fig, alt="Digits read; below, dots: words by rows need most time.")

# %% [markdown]
# Look where the dots lie. Among the files, the SVD came last; on the board it saves
# flash *and* time, because two small layers are small everywhere. The most compressed
# file buys its flash with RAM or with time, for it must be unpacked before a processor
# can multiply. And the student has the smallest bill of all and the most mistakes.
#
# So make the *network* small first (fewer neurons, a smaller rank, a smaller student),
# then its numbers (chapter 19), and code last, where bytes wait: in a download, or in
# flash beside empty RAM. Only the red dots need Huffman's decoder.

# %% [markdown]
# ## On your own
#
# 1. Tie the first two layers to *one* codebook. What does that save, and cost?
# 2. Code gaps and kept numbers on the board, and skip the zeros: what does an answer
#    cost then? And do gaps still save bytes where nothing is pruned?
# 3. Share and code the factors of rank 16. Where does the point land in the curve?
# 4. Let five teachers teach: average their soft probabilities. Does the last line of
#    the verdict change?
# 5. Train all students for half as many epochs. Which line of the verdict changes most?
# 6. Code the *pairs* of neighbouring numbers as one symbol each. Why can that be
#    shorter than the entropy of single ones?
#
# ## What you have done
#
# * You **shared** a few values among all weights, tuned them by summed slopes, and
#   counted the bits by formula and in bytes.
# * You **coded** numbers and gaps with Huffman's code, and billed it without a tree.
# * You **decoded** in C on the board, every byte equal, and know what a weight costs.
# * You **compared** six ways in one curve of files that were read again, and saw which
#   of them a board likes.
# * You **distilled** a network into one a tenth of its size, and judged by six pairs
#   each when a teacher helps, and what it passes on.
#
# **The idea to keep:** ask what must be small. A small file must be unpacked; a small
# network need not.
#
# **Next:** all of our weights ended as int8 by a function that was only called.
# Chapter 19, *Fewer bits*, opens it.
#
# ## Sources
#
# * S. Han, H. Mao and W. J. Dally, "Deep Compression: Compressing Deep Neural Networks
#   with Pruning, Trained Quantization and Huffman Coding", *ICLR* (2016): shared
#   values and their summed gradients, starts of k-means, relative indices, the curve
#   of accuracy against compression rate; shown in *CS249r: Tiny Machine Learning*,
#   Harvard (2020).
# * S. Han et al., "EIE: Efficient Inference Engine on Compressed Deep Neural Network",
#   *ISCA* (2016).
# * D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes",
#   *Proceedings of the IRE* 40 (1952). C. E. Shannon, "A Mathematical Theory of
#   Communication", *Bell System Technical Journal* 27 (1948).
# * P. Deutsch, *DEFLATE Compressed Data Format Specification*, RFC 1951 (1996):
#   canonical codes, decoded by counting in M. Adler's *puff*.
# * S. P. Lloyd, "Least Squares Quantization in PCM", *IEEE Transactions on Information
#   Theory* 28 (1982): k-means on a line.
# * C. Eckart and G. Young, "The Approximation of One Matrix by Another of Lower Rank",
#   *Psychometrika* 1 (1936). E. Denton et al., "Exploiting Linear Structure Within
#   Convolutional Networks for Efficient Evaluation", *NIPS* (2014).
# * G. Hinton, O. Vinyals and J. Dean, "Distilling the Knowledge in a Neural Network",
#   NIPS workshop (2014), arXiv 1503.02531 (2015).
# * E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI (1998).
