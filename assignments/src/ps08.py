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

# %% [markdown]
# # Problem set 8: a sorter on a diet
#
# A machine sorts grain: light of 24 colours falls on each kernel as it drops, and a
# small network says which of five kinds it is. Its float weights do not fit beside
# everything else. You will take away those that do little, let the rest share a few
# values, write them in as few bits as their counts allow, read them back as the
# board does, and at last compute a layer in whole numbers, with the roundings of
# TFLM.
#
# **You need** chapters 17 to 19 and NumPy. **Time:** about 120 minutes.
# **Points:** 40.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `prune` | 5 |
# | 2 | `share_once` | 5 |
# | 3 | `code_lengths`, `canonical`, `decode` | 13 |
# | 4 | `multiplier`, `requantize`, `dense_int8` | 13 |
# | 5 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the function's name.
# * Each function **stands alone**: do not call one of them from another. A mistake
#   then costs points once only. What stands before part 1 is there for all.
# * A test cell that raises nothing, and warns of nothing, is passed. NumPy warns
#   when it divides by zero or a number overflows, so do not let it.
# * Some test cells hold nothing but a comment: their tests are hidden, and run
#   when you are graded. The comment says what they look at, and the docstring
#   says all you need.
# * No function may change the arrays it is given. Use NumPy and Python's standard
#   library only.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets a sorter
# of its own. In grading the name comes from your submission, so compute with the
# arrays and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

COURSE = 0  # your course's own number
KINDS = ("wheat", "rye", "barley", "oats", "stone")


def sorter(student):
    """Kernels of grain and a network that sorts them, made by a formula.

    Returns x (600, 24) float, y (600,) int, and the weights of two dense layers:
    (24, 48), (48,), (48, 5), (5,). The hidden layer is drawn by chance and never
    learns; the last layer is fitted by least squares on other kernels.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    colour = np.linspace(0, 1, 24)
    centres, widths = rng.uniform(0.1, 0.9, (5, 3)), rng.uniform(0.06, 0.2, (5, 3))
    bumps = np.exp(-(((colour - centres[..., None]) / widths[..., None]) ** 2))
    spectra = bumps.sum(axis=1)  # (5, 24)
    y = rng.integers(5, size=1800)
    mixed = 0.75 * spectra[y] + 0.25 * spectra[rng.permutation(y)]
    x = mixed * rng.uniform(0.7, 1.2, (1800, 1)) + rng.normal(0, 0.12, (1800, 24))
    W1 = rng.laplace(0, 0.25, (24, 48))
    b1 = rng.normal(0, 0.3, 48)
    hidden = np.maximum(x[600:] @ W1 + b1, 0)
    hidden = np.hstack([hidden, np.ones((1200, 1))])
    square = hidden.T @ hidden + 20 * np.eye(49)
    W2 = np.linalg.solve(square, hidden.T @ (np.eye(5)[y[600:]] - 0.2))
    return x[:600], y[:600], W1, b1, W2[:-1], W2[-1]


x, y, W1, b1, W2, b2 = sorter(STUDENT)


def accuracy(W1, W2):
    """Share of the 600 kernels that the network sorts rightly with these weights."""
    return np.mean((np.maximum(x @ W1 + b1, 0) @ W2 + b2).argmax(axis=1) == y)


# %%
# Try it: your sorter in floats.
print(f"weights: {W1.size + W2.size:,}; the first: {W1[0, :3].round(3)}")
print(f"accuracy: {accuracy(W1, W2):.1%}")

# %% [markdown]
# ## Part 1: take away the smallest (5 points)
#
# Magnitude pruning: of all weights, a given share becomes exactly zero, those
# closest to zero first.


# %% nbgrader={"grade_id": "prune", "solution": true}
def prune(weights, share):
    """Set the weights of smallest magnitude to zero.

    weights: float array of any shape, of 1 weight or more. share: float in 0 .. 1;
    floor(share * weights.size) weights are pruned: no more, no fewer, also where
    magnitudes are equal. Among equals those go first that stand first, row by row.
    Returns a new array of the same shape and dtype.
    """
    ### BEGIN SOLUTION
    count = int(np.floor(share * weights.size))
    order = np.argsort(np.abs(weights).ravel(), kind="stable")
    kept = weights.ravel().copy()
    kept[order[:count]] = 0
    return kept.reshape(weights.shape)
    ### END SOLUTION


# %%
# Try it: prune the first layer without training again.
for part in (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95):
    print(f"{part:4.0%} pruned: accuracy {accuracy(prune(W1, part), W2):.1%}")

# %% nbgrader={"grade_id": "prune-value", "points": 2} tinyml={"objective": "17-prune"}
# 2 points: six weights, half of them go.
### HINT: The size of a weight counts, not its sign. What stays is not changed, and it
### HINT: stays where it was.
given = np.array([[0.5, -0.1, 0.2], [-0.9, 0.05, -0.3]])
got = np.asarray(prune(given, 0.5))
assert got.shape == (2, 3), f"The shape stays (2, 3), not {got.shape}."
assert np.count_nonzero(got) == 3, f"Three of six stay, not {np.count_nonzero(got)}."
want = [[0.5, 0, 0], [-0.9, 0, -0.3]]
assert np.array_equal(got, want), f"The three largest in size stay; you have {got}."
assert np.array_equal(prune(given, 0), given), "A share of 0 takes nothing."

# %% nbgrader={"grade_id": "prune-any", "points": 3} tinyml={"objective": "17-prune"}
# 3 points, hidden: equal magnitudes, all of them, other shapes, shares in between.
### BEGIN HIDDEN TESTS
### HINT: A threshold takes all equals or none: count instead. The number pruned is
### HINT: rounded down. Whose array did you write into, and whose do you give back where
### HINT: nothing is pruned?
hidden_seed = 81
rng = np.random.default_rng(hidden_seed)
shapes = [(5,), (2, 3, 30), (1, 1)] + [tuple(rng.integers(2, 9, 3)) for _ in range(5)]
for number, shape in enumerate(shapes):
    few = rng.choice(rng.uniform(0.1, 2, 3), shape) * rng.choice([-1, 1], shape)
    weights = few.astype(np.float32) if number % 2 else few
    kept, size = weights.copy(), np.abs(weights).ravel()
    place = np.arange(size.size)
    earlier = (size[:, None] == size) & (place[:, None] < place)
    rank = np.sum((size[:, None] < size) | earlier, axis=0)
    count = int(rng.integers(size.size))
    for share, gone in ((0.2, count), (0.8, count), (size.size - count, size.size)):
        got = prune(weights, (count + share) / size.size)
        assert np.shape(got) == shape
        assert np.array_equal(np.ravel(got), np.where(rank < gone, 0, kept.ravel()))
        assert got.dtype == kept.dtype
        assert np.array_equal(weights, kept)
    got = prune(weights, 0)
    assert np.array_equal(got, kept)
    assert not np.shares_memory(got, weights)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: a few values for all (5 points)
#
# Weights share the values of a small **codebook**; the board stores the codebook and
# for each weight which of them it takes. K-means finds good ones by repeating two
# steps: each weight chooses the closest value, then each value moves to the mean of
# the weights that chose it. Write one round.


# %% nbgrader={"grade_id": "share-once", "solution": true}
def share_once(weights, codebook):
    """One round of k-means over single numbers.

    weights: float array of any shape. codebook: (k,) float, k of 1 or more, in any
    order. Returns (index, moved): index, ints of the shape of weights, says which
    value of the *given* codebook is closest (the first of those equally close); moved
    (k,) is the codebook after each value has gone to the mean of the weights that chose
    it. A value that nobody chose stays.
    """
    ### BEGIN SOLUTION
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    moved = np.array(codebook, float)
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] = weights[index == k].mean()
    return index, moved
    ### END SOLUTION


# %%
# Try it: what sharing costs, from 2 to 32 values.
for k in (2, 4, 8, 16, 32):
    codebook = np.linspace(W1.min(), W1.max(), k)
    for _ in range(10):
        index, codebook = share_once(W1, codebook)
    print(f"{k:>2} values: accuracy {accuracy(codebook[index], W2):.1%}")

# %% nbgrader={"grade_id": "share-value", "points": 2} tinyml={"objective": "18-share"}
# 2 points: four weights, two values.
### HINT: First everybody chooses among the values as they were given, then the values
### HINT: move.
got = share_once(np.array([[0.0, 1.0], [3.0, 5.0]]), np.array([0.0, 3.0]))
assert len(got) == 2, "Two things: the index, and the values after they moved."
index = np.asarray(got[0])
assert index.shape == (2, 2), f"An index for each weight, shape (2, 2): {index.shape}."
assert np.array_equal(index, [[0, 0], [1, 1]]), f"Closest to 0, 0, 3, 3; not {index}."
assert np.allclose(got[1], [0.5, 4]), f"The means are 0.5 and 4, not {got[1]}."

# %% nbgrader={"grade_id": "share-any", "points": 3} tinyml={"objective": "18-share"}
# 3 points, hidden: values nobody wants, ties, any order, nothing changed.
### BEGIN HIDDEN TESTS
### HINT: The mean of nothing is not a number. Equally close: the first one. And the
### HINT: codebook that you were given stays as it is.
hidden_seed = 82
rng = np.random.default_rng(hidden_seed)
for count, shape in ((1, (4,)), (2, (9, 9)), (5, (5, 6, 7)), (8, (200,))):
    book = rng.permutation([40.0, *rng.choice(range(-8, 9, 2), count), 6.0])
    if count == 1:
        book = book[:1]
    weights = rng.integers(-9, 10, shape) * 1.0  # an odd one lies between two even ones
    kept = weights.copy(), book.copy()
    index, moved = share_once(weights, book)
    index = np.asarray(index)
    assert index.shape == shape
    assert np.issubdtype(index.dtype, np.integer)
    members = [[] for _ in book]
    for place, weight in np.ndenumerate(kept[0]):
        gaps = [abs(value - weight) for value in kept[1]]
        assert index[place] == gaps.index(min(gaps))
        members[index[place]].append(weight)
    for value, old, mine in zip(moved, kept[1], members, strict=True):
        assert np.isclose(value, sum(mine) / len(mine) if mine else old)
    assert np.array_equal(weights, kept[0])
    assert np.array_equal(book, kept[1])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: short codes for what is frequent (13 points)
#
# After pruning and sharing some indices are far more frequent than others. Huffman's
# code gives each symbol a whole number of bits: put the symbols into a heap, each
# with its count; join the two smallest into a tree whose count is their sum; go on
# until one tree is left. A symbol's length is how often it was joined.
#
# Where counts are equal, several codes are equally short. Any of them will do.


# %% nbgrader={"grade_id": "code-lengths", "solution": true}
def code_lengths(counts):
    """How many bits each symbol gets in a code of the smallest total.

    counts: dict from symbol (int) to how often it occurs, 1 or more symbols, each
    count an int of 1 or more. Returns a dict from symbol to int: its number of bits.
    A symbol that is alone gets 1 bit.
    """
    ### BEGIN SOLUTION
    import heapq

    if len(counts) == 1:
        return dict.fromkeys(counts, 1)
    heap = [(count, [symbol]) for symbol, count in counts.items()]
    heapq.heapify(heap)
    lengths = dict.fromkeys(counts, 0)
    while len(heap) > 1:
        (a, left), (b, right) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in left + right:
            lengths[symbol] += 1
        heapq.heappush(heap, (a + b, left + right))
    return lengths
    ### END SOLUTION


# %%
# Try it: the bits of a pruned layer that shares 16 values, by count and by entropy.
rng = np.random.default_rng(0)
drawn = np.clip(np.round(rng.laplace(0, 1.2, 1152)), -8, 7).astype(int)
counts = dict(enumerate(np.bincount(drawn + 8).tolist()))
counts = {place - 8: count for place, count in counts.items() if count}
bits = code_lengths(counts)
share = np.array([*counts.values()]) / drawn.size
mean = sum(bits[s] * n for s, n in counts.items()) / drawn.size
print({s: (counts[s], bits[s]) for s in counts})
print(
    f"{mean:.3f} bits a weight; entropy {-(share * np.log2(share)).sum():.3f}; plain 4"
)

# %% nbgrader={"grade_id": "lengths-value", "points": 2} tinyml={"objective": "18-huffman"}
# 2 points: four symbols.
### HINT: Join the two smallest counts, also when one of them is a tree already.
got = code_lengths({0: 8, 1: 4, 2: 2, 3: 1})
assert got == {0: 1, 1: 2, 2: 3, 3: 3}, f"One, two, three, three bits; not {got}."
got = code_lengths({5: 3, 6: 3, 7: 3, 8: 3})
assert got == dict.fromkeys((5, 6, 7, 8), 2), f"Four alike: two bits each; not {got}."

# %% nbgrader={"grade_id": "lengths-any", "points": 2} tinyml={"objective": "18-huffman"}
# 2 points, hidden: many symbols, one symbol, the shortest total there is.
### BEGIN HIDDEN TESTS
### HINT: The tree that came of a join goes back among the others, with the sum of the
### HINT: counts. A length that follows from the share alone is not always the best.
hidden_seed = 83
rng = np.random.default_rng(hidden_seed)
names = rng.permutation(np.arange(-99, 200)).tolist()
same, lone = rng.integers(2, 90, 2).tolist()
assert code_lengths({names[0]: lone}) == {names[0]: 1}
assert code_lengths({names[1]: 1, names[2]: lone}) == {names[1]: 1, names[2]: 1}
steep = rng.integers(1, 4, 2).tolist()
for _ in range(10):  # each as frequent as the two before it, or one more
    steep.append(sum(steep[-2:]) + int(rng.integers(2)))
cases = [steep, [same] * 3, [same] * 11]
cases += [rng.integers(1, 99, n).tolist() for n in (3, 9, 40, 200)]
for case in cases:
    counts_ = dict(zip(names, rng.permutation(case).tolist(), strict=False))
    kept, left, total = dict(counts_), sorted(case), 0
    while len(left) > 1:
        joined = left[0] + left[1]
        total += joined
        left = sorted([*left[2:], joined])
    got = code_lengths(counts_)
    assert counts_ == kept
    assert set(got) == set(kept)
    assert sum(got[s] * n for s, n in kept.items()) == total
    assert np.isclose(sum(2.0 ** -got[s] for s in kept), 1)
### END HIDDEN TESTS

# %% [markdown]
# The lengths are enough: both sides can make the same **canonical** code from them.
# Sort the symbols by length, and those of one length by symbol. The first gets zeros.
# Each next one is the number before, plus one; where the length grows, zeros are
# appended until it fits.


# %% nbgrader={"grade_id": "canonical", "solution": true}
def canonical(lengths):
    """The canonical code of these lengths.

    lengths: dict from symbol (int) to its number of bits (int of 1 or more), as a
    Huffman code has them, 1 or more symbols. Returns a dict from symbol to a string
    of "0" and "1".
    """
    ### BEGIN SOLUTION
    codes, code, before = {}, 0, None
    for symbol in sorted(lengths, key=lambda s: (lengths[s], s)):
        if before is not None:
            code = (code + 1) << (lengths[symbol] - before)
        before = lengths[symbol]
        codes[symbol] = format(code, f"0{before}b")
    return codes
    ### END SOLUTION


# %%
# Try it: no code begins another.
some = {-1: 2, 0: 2, 1: 2, -2: 4, 2: 4, -3: 4, 3: 5, -4: 5}
for symbol, code in sorted(canonical(some).items(), key=lambda row: row[1]):
    print(f"{symbol:>3}: {code}")

# %% nbgrader={"grade_id": "canonical-value", "points": 2} tinyml={"objective": "18-huffman"}
# 2 points: four symbols, three lengths.
### HINT: Short codes first; among equals the smaller symbol. Longer: append zeros.
got = canonical({3: 3, 1: 2, 2: 3, 0: 1})
want = {0: "0", 1: "10", 2: "110", 3: "111"}
assert got == want, f"You have {got}."
got = canonical({0: 2, 1: 2, 2: 1})
assert got == {2: "0", 0: "10", 1: "11"}, f"The shortest one comes first: not {got}."

# %% nbgrader={"grade_id": "canonical-any", "points": 2} tinyml={"objective": "18-huffman"}
# 2 points, hidden: lengths that jump, symbols below zero, one symbol.
### BEGIN HIDDEN TESTS
### HINT: First one is added, then zeros are appended: as many as the length grows by.
### HINT: Zeros in front belong to the code. Minus one is smaller than zero.
hidden_seed = 84
rng = np.random.default_rng(hidden_seed)
for number in range(20):
    symbols = rng.permutation(np.arange(-60, 60)).tolist()
    sizes = [0]
    for _ in range(int(rng.integers(1, 40))):  # one becomes two, each a bit longer
        sizes += [sizes.pop(int(rng.integers(len(sizes)))) + 1] * 2
    if number % 4 == 0:  # one short code, all others longer by so many bits
        more = int(rng.integers(3, 5))
        sizes = [1] + [1 + more] * 2**more
    if number % 4 == 1:  # each longer than the one before
        sizes = [*range(1, 12 + number), 11 + number]
    lengths = dict(zip(symbols, rng.permutation(sizes).tolist(), strict=False))
    kept, want, at = dict(lengths), {}, 0
    for size, symbol in sorted((n, s) for s, n in lengths.items()):
        want[symbol] = format(at >> (60 - size), "b").zfill(size)
        at += 2 ** (60 - size)
    assert canonical(lengths) == want
    assert lengths == kept
alone = int(rng.integers(-999, 999))
assert canonical({alone: 1}) == {alone: "0"}
### END HIDDEN TESTS

# %% [markdown]
# The board reads bytes. The bits of all codes stand one after the other, the first
# bit in the **most significant** bit of the first byte; what is left of the last byte
# is filled with zeros. So somebody has to say how many symbols there are.


# %% nbgrader={"grade_id": "decode", "solution": true}
def decode(data, count, codes):
    """Read symbols back from bytes.

    data: bytes. count: int of 0 or more, how many symbols are in it. codes: dict from
    symbol to a string of "0" and "1", none of which begins another. Returns a list of
    count symbols. Raises ValueError if the data ends before they are read.
    """
    ### BEGIN SOLUTION
    symbols, found, word = {code: s for s, code in codes.items()}, [], ""
    bits = iter("".join(format(byte, "08b") for byte in data))
    while len(found) < count:
        bit = next(bits, None)
        if bit is None:
            raise ValueError(f"{len(found)} of {count} symbols, then the data ends")
        word += bit
        if word in symbols:
            found.append(symbols[word])
            word = ""
    return found
    ### END SOLUTION


# %%
# Try it: there and back. Python packs; you unpack.
some = {0: "0", 1: "10", -1: "110", 2: "1110", -2: "1111"}
drawn = np.clip(np.round(np.random.default_rng(0).laplace(0, 1, 1152)), -2, 2)
text = "".join(some[s] for s in drawn.astype(int).tolist())
text += "0" * (-len(text) % 8)
data = int(text, 2).to_bytes(len(text) // 8, "big")
print(f"{drawn.size} indices in {len(data)} bytes; plain nibbles: {drawn.size // 2}")
print("the same again:", decode(data, drawn.size, some) == drawn.tolist())

# %% nbgrader={"grade_id": "decode-value", "points": 2} tinyml={"objective": "18-huffman"}
# 2 points: five symbols in two bytes.
### HINT: The most significant bit comes first; and the zeros at the end are no symbol.
short = {0: "0", 1: "10", 2: "110", 3: "111"}
got = decode(bytes([0b10011101, 0b10000000]), 5, short)
assert list(got) == [1, 0, 3, 0, 2], f"10 0 111 0 110 is 1, 0, 3, 0, 2; not {got}."

# %% nbgrader={"grade_id": "decode-any", "points": 3} tinyml={"objective": "18-huffman"}
# 3 points, hidden: long codes, no symbols, data that ends too soon.
### BEGIN HIDDEN TESTS
### HINT: Read on over the border of a byte. Zero symbols are an empty list. Where data
### HINT: ends in the middle, say so by a ValueError, and never guess.
hidden_seed = 85
rng = np.random.default_rng(hidden_seed)
for longest in (1, 3, 11, 19):
    symbols = rng.permutation(np.arange(-90, 90))[: longest + 1].tolist()
    path = "".join(rng.choice(["0", "1"], longest))  # each code leaves it one bit later
    branch = [path[:k] + "10"[int(path[k])] for k in range(longest)]
    codes = dict(zip(symbols, [*branch, path], strict=True))
    for count in (1, 150):
        wanted = rng.choice(symbols, count).tolist()
        text = "".join(codes[s] for s in wanted)
        text += "0" * (-len(text) % 8)
        data = bytes(int(text[k : k + 8], 2) for k in range(0, len(text), 8))
        assert list(decode(data, count, codes)) == wanted
        assert list(decode(data, count - 1, codes)) == wanted[:-1]
        try:
            got = decode(data[:-1], count, codes)
        except ValueError:
            got = None
        assert got is None
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: whole numbers only (13 points)
#
# Between two int8 layers stands a real factor
# $M = \frac{s_x s_w}{s_y}$, nearly always below one. The board has no use for a real
# number, so it becomes a whole one and a shift,
#
# $$M = m \cdot 2^{\,\text{shift} - 31}, \qquad 2^{30} \le m < 2^{31}.$$


# %% nbgrader={"grade_id": "multiplier", "solution": true}
def multiplier(real):
    """A real factor as a whole number and a shift.

    real: float, 0 < real < 1, not smaller than 2**-31. Returns (m, shift), two ints:
    m is rounded to the nearest whole number, halves up, and 2**30 <= m < 2**31 holds
    after rounding too. shift is 0 or negative; 1 only where real is rounded up to 1.
    """
    ### BEGIN SOLUTION
    fraction, shift = np.frexp(real)
    m, shift = int(np.floor(fraction * 2.0**31 + 0.5)), int(shift)
    if m == 2**31:
        m, shift = 2**30, shift + 1
    return m, shift
    ### END SOLUTION


# %%
# Try it: how far off is the whole number?
for real in (0.5, 0.75, 0.0123, 1 / 3):
    m, shift = multiplier(real)
    print(
        f"{real:.6f} = {m:,} * 2**({shift} - 31),",
        f"off by {m * 2.0 ** (shift - 31) - real:.1e}",
    )

# %% nbgrader={"grade_id": "multiplier-value", "points": 2} tinyml={"objective": "19-integer"}
# 2 points: factors that need no rounding.
### HINT: Double the factor until it is a half or more; each doubling is one shift less.
got = multiplier(0.5)
assert tuple(got) == (2**30, 0), f"A half is 2**30 with no shift, not {got}."
got = multiplier(0.1875)
assert tuple(got) == (3 * 2**29, -2), f"0.1875 = 0.75 / 4: 3 * 2**29 and -2, not {got}."

# %% nbgrader={"grade_id": "multiplier-any", "points": 2} tinyml={"objective": "19-integer"}
# 2 points, hidden: any factor, also just below a power of two.
### BEGIN HIDDEN TESTS
### HINT: Nearest, not cut off. And when rounding reaches 2**31, which does not fit into
### HINT: 32 bits with a sign, halve it and shift by one more. Two ints, no floats.
hidden_seed = 86
from fractions import Fraction
from operator import index as whole_number

rng = np.random.default_rng(hidden_seed)
half_step = Fraction(1, 2**32)
for real in [*rng.uniform(0, 1, 12), *2.0 ** rng.uniform(-31, 0, 20), 2.0**-31]:
    m, shift = map(whole_number, multiplier(float(real)))
    assert 2**30 <= m < 2**31
    scaled = Fraction(m, 2**31) - Fraction(real) / Fraction(2) ** shift
    assert -half_step < scaled <= half_step
for down in (0, *rng.integers(1, 30, 7).tolist()):
    below = 2.0**-down - 2.0 ** -(down + int(rng.integers(33, 50)))
    assert tuple(multiplier(below)) == (2**30, 1 - down)
    m = int(rng.integers(2**30, 2**31 - 1))
    assert tuple(multiplier(m * 2.0 ** -(31 + down))) == (m, -down)
    assert tuple(multiplier((m + 0.5) * 2.0 ** -(31 + down))) == (m + 1, -down)
    last = (2**31 - 1) * 2.0 ** -(31 + down)
    assert tuple(multiplier(last)) == (2**31 - 1, -down)
### END HIDDEN TESTS

# %% [markdown]
# The accumulator of a layer is a sum of products, a whole number of 32 bits. TFLM
# brings it to int8 in these steps, and rounds **twice**:
#
# 1. $a = \left\lfloor \dfrac{\text{acc} \cdot m + 2^{30}}{2^{31}} \right\rfloor$,
#    in 64 bits: the nearest whole number, **halves up**;
# 2. $b$ is $a / 2^{-\text{shift}}$, the nearest whole number again, but **halves away
#    from zero**: 2.5 becomes 3, and $-2.5$ becomes $-3$;
# 3. add the zero point, and clamp to $-128 \ldots 127$.


# %% nbgrader={"grade_id": "requantize", "solution": true}
def requantize(acc, m, shift, zero_point):
    """Accumulators to int8, as TFLM rounds them.

    acc: int32 array of any shape. m: int, 2**30 <= m < 2**31. shift: int, -31 to 0.
    zero_point: int, -128 to 127. Returns an int8 array of the shape of acc.
    """
    ### BEGIN SOLUTION
    a = (acc.astype(np.int64) * m + (1 << 30)) >> 31
    if shift:
        half = 1 << (-shift - 1)
        a = np.sign(a) * ((np.abs(a) + half) >> -shift)
    return np.clip(a + zero_point, -128, 127).astype(np.int8)
    ### END SOLUTION


# %%
# Try it: a factor of an eighth, and what happens to halves.
print(requantize(np.arange(-28, 29, 8, dtype=np.int32), 2**30, -2, 0))

# %% nbgrader={"grade_id": "requantize-value", "points": 3} tinyml={"objective": "19-integer"}
# 3 points: values between halves, the zero point, both ends of int8.
### HINT: The product needs 64 bits. Is the zero point added after the rounding, and
### HINT: before the clamp?
acc = np.array([0, 12, -12, 100, -100, 70_000, -70_000, 2_000_000_000], np.int32)
got = np.asarray(requantize(acc, 3 * 2**29, -4, 5))
assert got.dtype == np.int8, f"int8 comes out, not {got.dtype}."
want = [5, 6, 4, 10, 0, 127, -128, 127]
assert np.array_equal(got, want), f"A factor of 3/64, zero point 5: {want}, not {got}."
got = requantize(acc[:5], 2**30, 0, -1)
want = [-1, 5, -7, 49, -51]
assert np.array_equal(got, want), f"A half, zero point -1: {want}, not {got}."

# %% nbgrader={"grade_id": "requantize-any", "points": 3} tinyml={"objective": "19-integer"}
# 3 points, hidden: halves of both kinds, any shape, the largest accumulators.
### BEGIN HIDDEN TESTS
### HINT: The first rounding sends halves up, the second away from zero: they differ
### HINT: below zero. And two roundings are not one: do not join the shifts. A shift of
### HINT: 0 has no second rounding. Which floats hold 31 bits?
hidden_seed = 87
rng = np.random.default_rng(hidden_seed)


def exactly(acc, m, shift, zero):
    a = (acc * m + 2**30) // 2**31
    whole = abs(a) * 2 + 2**-shift
    b = whole // 2 ** (1 - shift) * (1 if a >= 0 else -1)
    return max(-128, min(127, b + zero))


for shift in (0, -1, -2, -3, -7, -12, -20, -24, -31):
    some = [rng.integers(-(2**31), 2**31, 10), [-(2**31), 2**31 - 1]]
    for bits in (9 - shift, 12 - shift):
        reach = 2 ** min(bits, 31)
        some.append(rng.integers(-reach, reach, 20))
    if shift > -23:  # halves of both kinds, and one step on either side of them
        middle = (2 * rng.integers(-60, 60, 16)[:, None] + 1) << -shift
        some += [middle - 2, middle, middle + 2]
    some = np.concatenate([np.ravel(part) for part in some])
    acc = some[: some.size // 2 * 2].reshape(2, -1).astype(np.int32)
    kept = acc.copy()
    zero = int(rng.integers(-128, 128))
    for m in (2**30, 3 * 2**29, 2**31 - 1, int(rng.integers(2**30, 2**31))):
        got = np.asarray(requantize(acc, m, shift, zero))
        assert (got.shape, got.dtype) == (acc.shape, np.int8)
        want = [exactly(value, m, shift, zero) for value in kept.ravel().tolist()]
        assert np.array_equal(got.ravel(), want)
    assert np.array_equal(acc, kept)
### END HIDDEN TESTS

# %% [markdown]
# Now a whole dense layer in int8. The weights are symmetric (their zero point is 0).
# The rounding of each output's accumulators comes to you as a function, so that a
# mistake in `requantize` costs nothing here.


# %% nbgrader={"grade_id": "dense-int8", "solution": true}
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    """A dense layer in whole numbers.

    x_int8: (n, inputs) int8, its zero point x_zero (int). weights: (outputs, inputs)
    int8, zero point 0. bias: (outputs,) int32, in units of the accumulator. rescale:
    function from accumulators (n, outputs) int32 to whole numbers of that shape, in
    units of the output, zero point not yet added. y_zero: int. low: int, the smallest
    value that may come out (y_zero where relu follows); the largest is 127.
    Returns (n, outputs) int8.
    """
    ### BEGIN SOLUTION
    centred = x_int8.astype(np.int32) - x_zero
    acc = centred @ weights.astype(np.int32).T + bias
    return np.clip(rescale(acc) + y_zero, low, 127).astype(np.int8)
    ### END SOLUTION


# %%
# Try it: your first layer in int8, every output with a scale of its own.
s_x, z_x = np.ptp(x) / 255, -128 - int(np.round(x.min() / np.ptp(x) * 255))
x_int8 = np.clip(np.round(x / s_x) + z_x, -128, 127).astype(np.int8)
s_w = np.abs(W1).max(axis=0) / 127
w_int8 = np.round(W1 / s_w).T.astype(np.int8)
b_int32 = np.round(b1 / (s_x * s_w)).astype(np.int32)
h = np.maximum(x @ W1 + b1, 0)
s_h = h.max() / 255


def rescale(acc):
    columns = [
        requantize(column, *multiplier(float(s_x * s / s_h)), -128).astype(int) + 128
        for column, s in zip(acc.T, s_w, strict=True)
    ]
    return np.stack(columns, axis=1)


h_int8 = dense_int8(x_int8, z_x, w_int8, b_int32, rescale, -128)
back = s_h * (h_int8.astype(float) + 128)
right = np.mean((back @ W2 + b2).argmax(axis=1) == y)
print(
    f"hidden values off by {np.abs(back - h).mean():.4f} on average (scale {s_h:.4f})"
)
print(f"accuracy with an int8 first layer: {right:.1%}; float: {accuracy(W1, W2):.1%}")

# %% nbgrader={"grade_id": "dense-value", "points": 1} tinyml={"objective": "19-integer"}
# 1 point: two inputs, two outputs.
### HINT: Take the zero point off the input before you multiply; the bias is added
### HINT: before the rounding.
args = (np.array([[12, 20]], np.int8), 10, np.array([[4, 0], [4, 1]], np.int8))
got = np.asarray(dense_int8(*args, np.array([0, 2], np.int32), lambda a: a // 2, -5))
assert got.shape == (1, 2), f"One row, two outputs: (1, 2), not {got.shape}."
assert got.dtype == np.int8, f"int8 comes out, not {got.dtype}."
assert np.array_equal(got, [[-1, 5]]), f"8 / 2 - 5 and 20 / 2 - 5: not {got}."

# %% nbgrader={"grade_id": "dense-any", "points": 2} tinyml={"objective": "19-integer"}
# 2 points, hidden: many rows, sums that int8 and int16 cannot hold, relu.
### BEGIN HIDDEN TESTS
### HINT: Widen before you subtract and multiply: 127 - (-128) does not fit into int8.
### HINT: Which one is the lower end with relu, and does the zero point come before it?
hidden_seed = 88
rng = np.random.default_rng(hidden_seed)


def shifted(acc):
    return acc >> np.arange(8, 8 + outputs)


def last_places(acc):
    return acc % 199 - 99


for x0 in (-128, 127, int(rng.integers(-99, 99))):
    n, inputs, outputs = rng.integers((2, 40, 5), (9, 80, 10)).tolist()
    rows = rng.integers(-128, 128, (n, inputs)).astype(np.int8)
    rows[0] = 127 if x0 < 0 else -128
    table = rng.integers(-127, 128, (outputs, inputs)).astype(np.int8)
    table[0] = 127
    offset = rng.integers(-9000, 9000, outputs).astype(np.int32)
    sums = np.tile(offset.astype(int), (n, 1))
    for (r, c), _ in np.ndenumerate(sums):
        pairs = zip(rows[r].tolist(), table[c].tolist(), strict=True)
        sums[r, c] += sum((a - x0) * b for a, b in pairs)
    kept = [array.copy() for array in (rows, table, offset)]
    for change in (shifted, last_places):
        y0 = int(rng.integers(-60, 60))
        for lowest in (-128, y0):
            got = dense_int8(rows, x0, table, offset, change, y0, low=lowest)
            assert np.shape(got) == (n, outputs)
            assert np.asarray(got).dtype == np.int8
            assert np.array_equal(got, np.clip(change(sums) + y0, lowest, 127))
    for array, before in zip((rows, table, offset), kept, strict=True):
        assert np.array_equal(array, before)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* You set 80 % of the weights of a trained int8 network to zero and
#    flash it as before. Which of these become smaller: the flash it takes, the RAM,
#    the instructions of one inference, the zip of the file? What would have to be
#    done so that the instructions become fewer? Name one way and what it costs.
# 2. *(2 points)* A colleague replaces the two roundings of part 4 by a single one. It
#    is closer to the true product, simpler, and the accuracy on the test rows does not
#    change. Yet the tests that compare with TFLM fail in one output of a hundred.
#    Give one reason for refusing the change and one thing you would want to know
#    before you accept it.

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objectives": ["17-prune", "19-integer"]}
# 1. Only the zip: zeros are bytes like others to the compiled network, and a
#    multiplication by zero takes as long as any. Fewer instructions come from
#    taking away whole filters or neurons, so that the layers become smaller (it costs
#    accuracy at the same number of zeros, and training again), or from a sparse
#    kernel, which stores where the weights are and only pays when nearly all are zero.
# 2. Refuse: equal to TFLM is a test that can be run on anything, and "nearly equal"
#    hides the next real mistake. Before accepting: on which inputs do they differ and
#    by how much, does anything else (another tool, another board) have to agree, and
#    what is compared with what from now on.
#
# Rubric: 1. one point for the zip alone; one for a way with its cost. 2. one point for
# a reason, one for something that could be measured or asked.

# %% [markdown]
# ## What you have done
#
# You **pruned** weights and counted exactly, **shared** values, **coded** what is
# frequent in few bits and **read** it back from bytes, and **computed** a layer in
# whole numbers, equal to TFLM. Chapter 20 opens the file in which all this travels.
