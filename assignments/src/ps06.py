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
# # Problem set 6: "stop", said the cook
#
# A kitchen timer rings until somebody says *stop*. It has a microphone, a network
# that gives a score about 42 times a second, and no button to press. If it misses
# the word, the cook says it again; if it hears one that nobody said, the cake is
# burnt. You will make the pictures of sound that the network sees, and then turn
# its nervous scores into decisions with a known number of mistakes in an hour.
#
# **You need** chapters 13 and 14 and NumPy. **Time:** about 120 minutes.
# **Points:** 40.
#
# | part | you write | points |
# |---|---|---|
# | 1 | `frames` | 4 |
# | 2 | `mel_bank` | 6 |
# | 3 | `mfcc` | 6 |
# | 4 | `smooth`, `detect` | 9 |
# | 5 | `tally`, `operating_point` | 11 |
# | 6 | a few sentences | 4 |
#
# * Replace `raise NotImplementedError()` by your code; keep the function's name.
# * Each function **stands alone**: do not call one of them from another. A mistake
#   then costs points once only. What stands before part 1 is there for all.
# * A test cell that raises nothing, and warns of nothing, is passed. NumPy warns
#   when it divides by zero or takes the logarithm of 0, so do not let it.
# * Some test cells hold nothing but a comment: their tests are hidden, and run
#   when you are graded. The comment says what they look at, and the docstring
#   says all you need.
# * No function may change the arrays it is given.
# * A cell that says *Try it* gives no points. Change it as you like.
# * Before you hand in: *Kernel, Restart Kernel and Run All Cells*. It stops at
#   the first cell that raises something, so go on below it by hand where you
#   leave a part out.
#
# Put your own student name here, as you use it to hand in. Every name gets a kettle
# and a kitchen of its own. In grading the name comes from your submission, so compute
# with the arrays and never copy a number off the screen.

# %%
STUDENT = "your-name"

# %% nbgrader={"grade_id": "student-data", "locked": true}
import numpy as np

COURSE = 0  # your course's own number
RATE_HZ = 8000  # samples a second
HOP_S = 0.024  # seconds from one score to the next


def kettle(student):
    """One second of this student's kettle: a whistle that rises, and hiss."""
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode()])
    start, end = rng.uniform(600, 1200), rng.uniform(1800, 3200)
    time = np.arange(RATE_HZ) / RATE_HZ
    pitch = start + (end - start) * time**2
    whistle = np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ)
    return 0.5 * time * whistle + rng.normal(0, 0.02, RATE_HZ)


def kitchen(student, hours=2.0):
    """Scores of this student's timer while somebody cooks, made by a formula.

    Returns scores (n,) float from 0 to 1, one every HOP_S, and words, a sorted array
    of the places in it at which a spoken "stop" began.
    """
    rng = np.random.default_rng([COURSE, *student.strip().lower().encode(), 6])
    n = int(hours * 3600 / HOP_S)
    calm = np.convolve(rng.normal(0, 1, n), 0.6 ** np.arange(12), mode="same")
    level = -4 + 0.9 * calm + 0.8 * np.sin(np.arange(n) / rng.uniform(4e3, 9e3))
    words = np.sort(rng.choice(np.arange(200, n - 200, 150), 120, replace=False))
    like = rng.choice(np.arange(275, n - 200, 150), 160, replace=False)  # "top", "shop"
    bump = np.exp(-0.5 * (np.arange(-16, 17) / 6.0) ** 2)
    for places, middle in ((words, 7.5), (like, 3.6)):
        for place in places:
            level[place : place + 33] += rng.normal(middle, 1.5) * bump
    for place in rng.choice(n - 5, int(60 * hours), replace=False):
        level[place : place + 3] += rng.uniform(3, 9)  # a spoon falls
    return np.round(1 / (1 + np.exp(-level)), 4), words


sound = kettle(STUDENT)
scores, words = kitchen(STUDENT)

# %%
# Try it: how often is the score above one half, and how often was the word said?
print(f"{len(scores):,} scores in {len(scores) * HOP_S / 3600:.1f} hours")
print(f"{np.sum(scores > 0.5):,} of them above 0.5; {len(words)} words")

# %% [markdown]
# ## Part 1: a second becomes pictures (4 points)
#
# Sound is cut into **frames** of `width` samples; from one to the next it goes on by
# `hop` samples. A hop smaller than the width makes them overlap, a larger one leaves
# gaps. Samples at the end that do not fill a frame are left out.


# %% nbgrader={"grade_id": "frames", "solution": true}
def frames(x, width, hop):
    """Cut a sound into frames.

    x: (n,) samples. width, hop: ints of 1 or more.
    Returns an array (count, width) of the same dtype; count is 0 where the sound is
    shorter than a frame.
    """
    ### BEGIN SOLUTION
    count = max(0, (len(x) - width) // hop + 1)
    return x[hop * np.arange(count)[:, None] + np.arange(width)]
    ### END SOLUTION


# %%
# Try it: 32 ms of sound every 24 ms.
cut = frames(sound, 256, 192)
print(f"{len(cut)} frames; loudest: number {np.argmax(np.abs(cut).max(axis=1))}")

# %% nbgrader={"grade_id": "frames-value", "points": 2} tinyml={"objective": "13-picture"}
# 2 points: frames that overlap.
### HINT: Where does frame 0 begin, where frame 1? Which is the last one that is full?
got = np.asarray(frames(np.arange(10), 4, 2))
assert got.ndim == 2, f"A row for each frame, not shape {got.shape}."
assert got.shape == (4, 4), f"Frames begin at samples 0, 2, 4, 6: not {got.shape}."
assert np.array_equal(got[:, 0], [0, 2, 4, 6]), f"They begin with {got[:, 0]}."
assert np.array_equal(got[3], [6, 7, 8, 9]), f"The last frame is {got[3]}."

# %% nbgrader={"grade_id": "frames-any", "points": 2} tinyml={"objective": "13-picture"}
# 2 points, hidden: gaps, samples left over, sounds that are too short, other types.
### BEGIN HIDDEN TESTS
### HINT: Count the places at which a whole frame can begin. There may be samples left
### HINT: at the end, there may be gaps, and there may be no frame at all.
hidden_seed = 61
rng = np.random.default_rng(hidden_seed)
for n, width, hop in (
    *((11, 3, 5), (13, 3, 5), (6, 6, 4), (5, 6, 2), (3, 6, 2), (0, 6, 2), (5, 2, 1)),
    *((16000, 480, 384), (9, 4, 4), (10, 4, 4)),
    *rng.integers([20, 1, 1], [90, 30, 30], (20, 3)).tolist(),
):
    long = rng.integers(-999, 999, n).astype(rng.choice([np.int16, np.int32, float]))
    starts = range(0, n - width + 1, hop)
    got = frames(long, width, hop)
    assert np.shape(got) == (len(starts), width)
    assert got.dtype == long.dtype
    for row, start in zip(got, starts, strict=True):
        assert np.array_equal(row, long[start : start + width])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: as ears share out the pitch (6 points)
#
# A spectrum has a value for each **bin**; with `bins` of them, from 0 Hz to half the
# sampling rate, bin $k$ stands at $f_k = \frac{k}{\text{bins} - 1}\cdot
# \frac{\text{rate}}{2}$. Ears are finer below than above. The **mel** scale says how
# much:
#
# $$m = 2595\,\log_{10}\!\left(1 + \frac{f}{700}\right).$$
#
# Choose `bands + 2` points with **equal steps in mel** from `low_hz` to `high_hz`,
# and turn them back into hertz: $e_0 \dots e_{\text{bands}+1}$. Band $b$ is a
# triangle over the frequencies: 0 up to $e_b$, rising straight to 1 at $e_{b+1}$,
# falling straight to 0 at $e_{b+2}$, and 0 from there on.
# (Chapter 13's bands have their corners at the same places; between them they are
# straight over mel, not over hertz. Libraries do both, and the difference is small.)


# %% nbgrader={"grade_id": "mel-bank", "solution": true}
def mel_bank(bands, bins, rate_hz, low_hz, high_hz):
    """Triangles that gather the bins of a spectrum into bands.

    bands: int of 1 or more. bins: int of 2 or more. rate_hz, low_hz, high_hz: numbers,
    0 <= low_hz < high_hz, and high_hz at most half of rate_hz.
    Returns an array (bands, bins) float.
    """
    ### BEGIN SOLUTION
    f = np.arange(bins) / (bins - 1) * rate_hz / 2
    low, high = (2595 * np.log10(1 + edge / 700) for edge in (low_hz, high_hz))
    edges = 700 * (10 ** (np.linspace(low, high, bands + 2) / 2595) - 1)
    left, top, right = (edges[i : i + bands, None] for i in (0, 1, 2))
    return np.maximum(
        0, np.minimum((f - left) / (top - left), (right - f) / (right - top))
    )
    ### END SOLUTION


# %%
# Try it: where do ten bands have their tops?
bank = mel_bank(10, 129, RATE_HZ, 100, 4000)
print((np.argmax(bank, axis=1) * RATE_HZ / 256).round(), "Hz")

# %% nbgrader={"grade_id": "mel-value", "points": 2} tinyml={"objective": "13-mel"}
# 2 points: two bands.
### HINT: First the edges: equal steps in mel, then back to hertz. Turn the formula
### HINT: round.
got = np.asarray(mel_bank(2, 9, 8000, 0, 4000))
assert got.shape == (2, 9), (
    f"A row for each band, a column for each bin, not {got.shape}."
)
assert np.all(got > -1e-9), (
    "A weight is never below 0: a triangle ends where it meets 0."
)
assert abs(got[0, 0]) < 1e-9, "Band 0 begins at 0 Hz, with weight 0."
assert np.isclose(got[0, 1], 0.8057, atol=1e-3), f"500 Hz in band 0: not {got[0, 1]}."
assert np.isclose(got[1, 4], 0.9055, atol=1e-3), f"2000 Hz in band 1: not {got[1, 4]}."

# %% nbgrader={"grade_id": "mel-shape", "points": 2} tinyml={"objective": "13-mel"}
# 2 points, hidden: where bands begin and end.
### BEGIN HIDDEN TESTS
### HINT: low_hz is where the first triangle begins, high_hz where the last one ends;
### HINT: the tops lie between. What does a bin outside of them get? Neighbours share:
### HINT: as one triangle falls, the next one rises.
hidden_seed = 62
rng = np.random.default_rng(hidden_seed)
for count in (4, 5, 7):
    rate = int(rng.integers(14000, 20000))
    ends = int(rng.integers(200, 500)), int(rng.integers(5000, 6500))
    got = np.asarray(mel_bank(count, 257, rate, *ends))
    f = np.arange(257) / 256 * rate / 2
    assert np.all(np.abs(got[:, (f <= ends[0]) | (f >= ends[1])]) < 1e-9)
    assert np.all(got <= 1 + 1e-9)
    mel = 2595 * np.log10(1 + np.array(ends) / 700)
    tops = 700 * (10 ** (np.linspace(*mel, count + 2)[1:-1] / 2595) - 1)
    between = (f > tops[0]) & (f < tops[-1])
    assert np.allclose(got.sum(axis=0)[between], 1)
    # the largest weight is in one of the two bins on the sides of the top
    assert np.allclose(f[got.argmax(axis=1)], tops, rtol=0, atol=rate / 512)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "mel-any", "points": 2} tinyml={"objective": "13-mel"}
# 2 points, hidden: any number of bands and bins, any rate.
### BEGIN HIDDEN TESTS
### HINT: Compute each weight from the frequency of its bin, as the text says, and not
### HINT: from the number of a bin next to an edge. Narrow bands may lie between two
### HINT: bins.
hidden_seed = 63
rng = np.random.default_rng(hidden_seed)
for count, bins in ((1, 33), (12, 65), (40, 129), (3, 100), (2, 2)):
    rate = int(rng.integers(4000, 17000))
    for low, high in (
        (0, rate / 2),
        (int(rng.integers(20, 200)), int(rng.integers(0.3 * rate, 0.5 * rate))),
    ):
        mel = [2595 * np.log10(1 + edge / 700) for edge in (low, high)]
        edge = [700 * (10 ** (m / 2595) - 1) for m in np.linspace(*mel, count + 2)]
        f = np.linspace(0, rate / 2, bins)
        want = [np.interp(f, edge[b : b + 3], [0, 1, 0]) for b in range(count)]
        got = mel_bank(count, bins, rate, low, high)
        assert np.shape(got) == (count, bins)
        assert np.allclose(got, want, atol=1e-9)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: a dozen numbers for a frame (6 points)
#
# From the power of a frame's bins, `power`, three steps lead to its **MFCC**:
#
# 1. **gather**: the energy of each band, the bank's weights times the bins, added
#    up;
# 2. **compress**: the natural logarithm, after every energy below `floor` is
#    replaced by `floor` (silence has no logarithm);
# 3. **turn**: the orthonormal DCT-II of the $B$ bands,
#
# $$c_k = s_k \sqrt{\tfrac{2}{B}} \sum_{b=0}^{B-1} \ell_b
#   \cos\!\left(\frac{\pi k\,(b + \tfrac12)}{B}\right), \qquad
#   s_0 = \tfrac{1}{\sqrt 2},\quad s_k = 1 \text{ for } k > 0,$$
#
# of which the first `count` are kept.


# %% nbgrader={"grade_id": "mfcc", "solution": true}
def mfcc(power, bank, count, floor):
    """Mel-frequency cepstral coefficients of each frame.

    power: (frames, bins) float, 0 or more. bank: (bands, bins) float.
    count: int, at most the number of bands. floor: a number above 0.
    Returns an array (frames, count).
    """
    ### BEGIN SOLUTION
    energy = np.log(np.maximum(power @ bank.T, floor))
    bands = len(bank)
    k, b = np.arange(count)[:, None], np.arange(bands)
    basis = np.sqrt(2 / bands) * np.cos(np.pi * k * (b + 0.5) / bands)
    basis[0] /= np.sqrt(2)
    return energy @ basis.T
    ### END SOLUTION


# %%
# Try it: the kettle, before and while it whistles.
power = np.abs(np.fft.rfft(frames(sound, 256, 192) * np.hanning(256), axis=1)) ** 2
quiet, loud = mfcc(power, mel_bank(10, 129, RATE_HZ, 100, 4000), 5, 1e-6)[[0, -1]]
print("first frame:", quiet.round(1))
print("last frame: ", loud.round(1))

# %% nbgrader={"grade_id": "mfcc-value", "points": 2} tinyml={"objective": "13-mel"}
# 2 points: one frame, two bands.
### HINT: Gather, then the logarithm, then the cosines. The first coefficient is the sum
### HINT: of the logarithms, divided by the root of how many there are.
half = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
got = np.asarray(mfcc(np.exp([[2.0, 2.0, 0.0]]) / [2, 2, 1], half, 2, 1e-9))
assert got.shape == (1, 2), f"One frame, two coefficients, not {got.shape}."
assert np.isclose(got[0, 0], 2**0.5), f"Logarithms 2 and 0: first {got[0, 0]}?"
assert np.isclose(got[0, 1], 2**0.5), f"Logarithms 2 and 0: second {got[0, 1]}?"

# %% nbgrader={"grade_id": "mfcc-silence", "points": 2} tinyml={"objective": "13-mel"}
# 2 points, hidden: silence, and energies around the floor.
### BEGIN HIDDEN TESTS
### HINT: The floor is for the energy of a band, not for a bin, and nothing is added to
### HINT: energies above it.
hidden_seed = 64
rng = np.random.default_rng(hidden_seed)
both = rng.uniform(0.5, 1, (2, 6))
some = rng.uniform(0.1, 0.9, (5, 6))
energy = np.array([[np.dot(row, band) for band in both] for row in some])
floors = [*np.quantile(energy, [0.3, 0.7]), energy.min() / 9, energy.max() * 9]
for floor in floors:
    above = np.log(np.where(energy < floor, floor, energy))
    want = np.stack([above[:, 0] + above[:, 1], above[:, 0] - above[:, 1]], axis=1)
    assert np.allclose(mfcc(some, both, 2, floor), want / 2**0.5)
    got = mfcc(np.zeros((3, 6)), both, 2, floor)
    assert np.allclose(got, [[2**0.5 * np.log(floor), 0]] * 3)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "mfcc-any", "points": 2} tinyml={"objective": "13-mel"}
# 2 points, hidden: many frames and bands, any count.
### BEGIN HIDDEN TESTS
### HINT: The number of bands stands in three places of the formula, and it is not
### HINT: count. All coefficients together are a rotation: lengths stay.
hidden_seed = 65
rng = np.random.default_rng(hidden_seed)
for bands in (1, 4, 9):
    some, weights = rng.uniform(0.1, 5, (7, 20)), rng.uniform(0, 1, (bands, 20))
    logs = np.log(some @ weights.T)
    full = np.asarray(mfcc(some, weights, bands, 1e-6))
    assert np.allclose(np.sum(full**2, axis=1), np.sum(logs**2, axis=1))
    odd = 2 * np.arange(bands) + 1
    want = logs @ np.cos(np.pi / 2 / bands * np.outer(np.arange(bands), odd)).T
    want[:, 0] /= 2**0.5
    assert np.allclose(full, np.sqrt(2 / bands) * want)
    for count in range(1, bands):
        got = mfcc(some, weights, count, 1e-6)
        assert np.shape(got) == (7, count)
        assert np.allclose(got, full[:, :count])
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: from scores to decisions (9 points)
#
# A falling spoon lifts the score for a moment, a word for half a second. So smooth:
# the value at place $i$ is the mean of the last `width` scores, $i$ itself
# included, because the board does not know the future. At the beginning there are
# fewer; then it is the mean of those that are there.


# %% nbgrader={"grade_id": "smooth", "solution": true}
def smooth(scores, width):
    """Mean of the last width scores at each place, of fewer at the beginning.

    scores: (n,) float, n may be 0. width: int of 1 or more, may exceed n.
    Returns an array (n,).
    """
    ### BEGIN SOLUTION
    total = np.concatenate([[0.0], np.cumsum(scores)])
    last = np.arange(1, len(scores) + 1)
    first = np.maximum(last - width, 0)
    return (total[last] - total[first]) / (last - first)
    ### END SOLUTION


# %%
# Try it: the highest score within five minutes, and what smoothing leaves of it.
part = scores[: int(300 / HOP_S)]
for width in (1, 4, 16):
    print(f"mean of {width:2d}: largest value {smooth(part, width).max():.3f}")

# %% nbgrader={"grade_id": "smooth-value", "points": 2} tinyml={"objective": "14-stream"}
# 2 points: five scores, a width of 3.
### HINT: At place 0 there is one score only. Nothing after place i may be used at i.
got = np.asarray(smooth(np.array([0.3, 0.9, 0.0, 0.6, 0.6]), 3))
assert got.shape == (5,), f"A value at each place, not shape {got.shape}."
assert np.isclose(got[0], 0.3), f"Place 0: only one score is known, not {got[0]}."
assert np.isclose(got[1], 0.6), f"Place 1: the mean of two, not {got[1]}."
assert np.allclose(got[2:], [0.4, 0.5, 0.4]), f"Then the last three: not {got[2:]}."

# %% nbgrader={"grade_id": "smooth-any", "points": 2} tinyml={"objective": "14-stream"}
# 2 points, hidden: any width and length.
### BEGIN HIDDEN TESTS
### HINT: A width of 1 changes nothing; a width beyond the beginning is the mean of all
### HINT: there are. Could somebody who hears only the first i scores say the same?
hidden_seed = 66
rng = np.random.default_rng(hidden_seed)
n = int(rng.integers(50, 70))
line = rng.uniform(size=n)
kept = line.copy()
for width in (1, 2, 7, n - 1, n, n + 30):
    want = [line[max(0, i - width + 1) : i + 1].mean() for i in range(n)]
    assert np.allclose(smooth(line, width), want)
assert np.array_equal(line, kept)
assert np.shape(smooth(line[:0], 4)) == (0,)
assert np.allclose(smooth(line[:1], 9), line[:1])
### END HIDDEN TESTS

# %% [markdown]
# The timer decides *stop* at the first place at which the score **reaches** the
# threshold. Then it is deaf for a while, or one word would count many times: it looks
# again `rest` places later, and not before. If the score is still (or again) up there
# and then, it decides again.


# %% nbgrader={"grade_id": "detect", "solution": true}
def detect(scores, threshold, rest):
    """Places at which the timer decides that the word was said.

    scores: (n,) float. threshold: a number. rest: int of 1 or more; after a decision
    at place i the next one is at i + rest at the earliest.
    Returns a sorted array or list of ints, possibly empty.
    """
    ### BEGIN SOLUTION
    found, awake = [], 0
    for i in np.flatnonzero(scores >= threshold):
        if i >= awake:
            found.append(int(i))
            awake = i + rest
    return np.array(found, int)
    ### END SOLUTION


# %%
# Try it: decisions in two hours, for three thresholds, with a second of rest.
calm = smooth(scores, 8)
for threshold in (0.5, 0.7, 0.9):
    print(f"from {threshold} on: {len(detect(calm, threshold, 42))} decisions")

# %% nbgrader={"grade_id": "detect-value", "points": 2} tinyml={"objective": "14-stream"}
# 2 points: two words.
### HINT: A score equal to the threshold reaches it. Count the rest from the decision.
two = np.array([0.1, 0.8, 0.9, 0.8, 0.2, 0.1, 0.7, 0.9, 0.1])
got = [int(i) for i in detect(two, 0.8, 4)]
assert 2 not in got, "At place 2 it is deaf: it decided at place 1."
assert got == [1, 7], f"It decides at places 1 and 7, not {got}."
got = [int(i) for i in detect(two, 0.95, 4)]
assert got == [], f"No score reaches 0.95, but it decides at {got}."

# %% nbgrader={"grade_id": "detect-rest", "points": 3} tinyml={"objective": "14-stream"}
# 3 points, hidden: long words, short rests, the very beginning and end.
### BEGIN HIDDEN TESTS
### HINT: After the rest it looks at the score as it is then: it need not have been
### HINT: low in between. What it did not hear while deaf does not make the rest
### HINT: longer. And the scores belong to somebody else: only look at them.
hidden_seed = 67
rng = np.random.default_rng(hidden_seed)
for n in (0, 1, 12, 60, 60, 60):
    levels = rng.uniform(0.1, 0.9, 4)
    some = rng.choice(levels, n)
    if n:
        some[[0, -1]] = levels.max()
    kept = some.copy()
    thresholds = rng.permutation([*levels, levels.max()])
    for threshold, rest in zip(thresholds, (1, 2, 3, 7, 60), strict=True):
        want, i = [], 0
        while i < n:
            if some[i] >= threshold:
                want.append(i)
            i += rest if some[i] >= threshold else 1
        assert [int(k) for k in detect(some, threshold, rest)] == want
        assert np.array_equal(some, kept)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: mistakes in an hour (11 points)
#
# A word begins at a place in `words`. It is **heard** if there is a decision from
# that place up to `late` places after it, both included, and one decision hears
# **one** word at most. Go through the words in their order; each takes the
# **first** decision that fits and is not taken yet. Decisions that no word took are
# **false accepts**; words that found none are **false rejects**.


# %% nbgrader={"grade_id": "tally", "solution": true}
def tally(found, words, late):
    """How many words were heard and missed, and how many decisions were false.

    found: sorted places of decisions. words: sorted places where words began. Both are
    lists or arrays, possibly empty. late: int of 0 or more.
    Returns (heard, false_rejects, false_accepts), three ints.
    """
    ### BEGIN SOLUTION
    left, heard = [int(i) for i in found], 0
    for word in words:
        fits = [i for i in left if word <= i <= word + late]
        if fits:
            left.remove(fits[0])
            heard += 1
    return heard, len(words) - heard, len(left)
    ### END SOLUTION


# %%
# Try it: what three timers do in two hours of your kitchen, if they have a second.
calm = smooth(scores, 8)
for threshold in (0.5, 0.7, 0.9):
    heard, missed, false = tally(detect(calm, threshold, 42), words, 42)
    print(f"from {threshold} on: {missed} of {len(words)} words missed,", end=" ")
    print(f"{false / (len(scores) * HOP_S / 3600):.1f} false accepts an hour")

# %% nbgrader={"grade_id": "tally-value", "points": 2} tinyml={"objective": "14-point"}
# 2 points: three words, far from each other.
### HINT: A decision before a word began is not for that word.
got = tuple(tally([12, 30, 55], [10, 31, 50], 5))
assert got[0] == 2, f"Words 10 and 50 are heard; you have {got[0]}."
assert got[1] == 1, f"Word 31 is missed: 30 is too early; you have {got[1]}."
assert got[2] == 1, f"The decision at 30 is false; you have {got[2]}."

# %% nbgrader={"grade_id": "tally-edges", "points": 2} tinyml={"objective": "14-point"}
# 2 points, hidden: exactly on time, exactly late, nobody there.
### BEGIN HIDDEN TESTS
### HINT: Both ends count: at the very place, and late places after it. No words, or no
### HINT: decisions, is an evening like any other.
hidden_seed = 68
rng = np.random.default_rng(hidden_seed)
for late in (0, 1, 5, 9):
    # a decision on time, exactly late, too early, too late; and no decision at all
    kinds = rng.permutation([*range(5), *rng.integers(5, size=10)])
    spoken = np.cumsum(rng.integers(30, 60, 15))
    heard, none = np.sum(kinds < 2), np.sum(kinds == 4)
    made = (spoken + np.array([0, late, -1, late + 1, 0])[kinds])[kinds < 4]
    want = (heard, 15 - heard, 15 - none - heard)
    assert tuple(tally(made.tolist(), spoken.tolist(), late)) == want
    assert tuple(tally(made, spoken, late)) == want
    assert tuple(tally([], spoken.tolist(), late)) == (0, 15, 0)
    assert tuple(tally(made.tolist(), [], late)) == (0, 0, 15 - none)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "tally-once", "points": 2} tinyml={"objective": "14-point"}
# 2 points, hidden: words and decisions that crowd together.
### BEGIN HIDDEN TESTS
### HINT: One decision hears one word, and one word takes one decision, the first that
### HINT: is left. A second decision for the same word is false.
hidden_seed = 69
rng = np.random.default_rng(hidden_seed)
for late in (2, 4, 5, 9) * 5:
    spoken, made = (sorted(rng.permutation(70)[:n].tolist()) for n in (14, 18))
    kept, heard, k = [*made], 0, 0
    for word in spoken:
        while k < 18 and made[k] < word:
            k += 1  # too early for this word, and for all that come
        if k < 18 and made[k] <= word + late:
            heard, k = heard + 1, k + 1
    assert tuple(tally(made, spoken, late)) == (heard, 14 - heard, 18 - heard)
    assert made == kept
### END HIDDEN TESTS

# %% [markdown]
# A threshold is chosen on one recording and trusted on another. The cook accepts at
# most `per_hour` false accepts an hour. Among the thresholds that keep this, take
# the one that **misses the fewest words**; where several miss equally few, the
# **highest** of them (the calmest). If none keeps it, there is none: `None`.


# %% nbgrader={"grade_id": "operating-point", "solution": true}
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    """The threshold to use.

    thresholds: list of numbers in any order, possibly empty. rejects, accepts: for each
    threshold, how many words were missed, and how many decisions were false. hours:
    how long that took, a number above 0.
    per_hour: the most false accepts an hour that are allowed.
    Returns one of the thresholds, or None.
    """
    ### BEGIN SOLUTION
    fine = [
        (-rejects[i], thresholds[i])
        for i, false in enumerate(accepts)
        if false <= per_hour * hours
    ]
    return max(fine)[1] if fine else None
    ### END SOLUTION


# %%
# Try it: choose on the first hour of your kitchen, and trust on the second.
calm = smooth(scores, 8)
half, grid = len(calm) // 2, [i / 25 for i in range(8, 25)]
first, second = words[words < half], words[words >= half]
counts = [tally(detect(calm[:half], t, 42), first, 42) for t in grid]
chosen = operating_point(grid, [c[1] for c in counts], [c[2] for c in counts], 1.0, 4)
print(f"chosen: {chosen}")
if chosen is not None:
    _, missed, false = counts[grid.index(chosen)]
    print(f"this hour: {missed} of {len(first)} words missed, {false} false accepts")
    later = calm.copy()
    later[:half] = 0
    heard, missed, false = tally(detect(later, chosen, 42), second, 42)
    print(f"next hour: {missed} of {len(second)} words missed, {false} false accepts")

# %% nbgrader={"grade_id": "point-value", "points": 2} tinyml={"objective": "14-point"}
# 2 points: four thresholds, two hours.
### HINT: First those that are allowed, then the fewest misses. Mind the hours.
grid = [0.5, 0.6, 0.7, 0.8]
got = operating_point(grid, [1, 3, 5, 9], [30, 8, 6, 1], 2.0, 4)
assert got is not None, "From 0.6 on there are at most 4 false accepts an hour."
assert got == 0.6, f"8 in two hours are 4 an hour, which is allowed; you take {got}."
got = operating_point(grid, [1, 3, 5, 9], [30, 8, 6, 1], 2.0, 3.5)
assert got == 0.7, f"At most 7 in two hours: 0.7 misses the fewest; you take {got}."

# %% nbgrader={"grade_id": "point-any", "points": 3} tinyml={"objective": "14-point"}
# 3 points, hidden: any order, equal counts, fractions of an hour, nothing allowed.
### BEGIN HIDDEN TESTS
### HINT: The thresholds may come in any order, a higher one need not miss more, and
### HINT: among equals the highest counts. None where nothing is good enough; a
### HINT: threshold of 0 is a threshold.
hidden_seed = 70
rng = np.random.default_rng(hidden_seed)
for hours in (0.5, 1, 1.5, 3.0, 5) * 4:
    some = rng.permutation(100)[:8] / 100
    some[rng.integers(8)] = 0.0
    missed, false = rng.integers(0, 4, 8), rng.integers(0, 20, 8)
    most = int(rng.integers(0, 9))
    fine = [i for i in range(8) if false[i] / hours <= most]
    calm = [some[i] for i in fine if missed[i] == missed[fine].min()]
    given = some.tolist(), missed.tolist(), false.tolist()
    got = operating_point(*given, hours, most)
    assert got == (max(calm) if fine else None)
even = [0] * 8
assert operating_point([0.0], given[1][:1], [0], hours, most) == 0.0
assert operating_point(given[0], even, even, hours, most) == max(given[0])
assert operating_point(*given[:2], (false + 1).tolist(), hours, 0) is None
assert operating_point([], [], [], 2, 1) is None
### END HIDDEN TESTS

# %% [markdown]
# ## Part 6: in your own words (4 points)
#
# Answer in the cell below, in at most 150 words altogether.
#
# 1. *(2 points)* Your timer made no false accept in one hour of test. A colleague
#    writes on the box: "no false alarm, ever". What may be said honestly? (If a
#    device makes $r$ false accepts an hour on average, an hour without any has
#    probability $e^{-r}$: for which $r$ would that still be no surprise?)
# 2. *(2 points)* Smoothing over 1 second instead of 0.2 seconds makes spoons
#    harmless. What does the cook lose, and which part of the timer's cost (flash,
#    RAM, energy, latency) changes, which does not?

# %% [markdown] nbgrader={"grade_id": "words", "solution": true, "points": 4} tinyml={"objective": "14-point"}
# 1. One quiet hour fits every rate up to about 3 an hour: e to the -3 is 0.05. So
#    the honest sentence is "fewer than 3 an hour (95 %), from one hour of test";
#    to promise less, test longer: the bound is 3 divided by the hours.
# 2. The answer comes later, up to most of a second, and short words do not fill the
#    window, so their mean stays lower and more of them are missed. RAM grows by the
#    scores that are kept (42 instead of 8 numbers); flash and the work for the network
#    do not change, nor does the energy, to speak of.
#
# Rubric: 1. one point for "one hour shows only that the rate is below some bound";
# one point for a bound with the formula (2 to 3 an hour, or 3 / hours). 2. one
# point for later **or** short words missed; one point for RAM grows a little and
# the network's cost stays.

# %% [markdown]
# ## What you have done
#
# You **cut** sound into frames, **gathered** its spectrum as ears do, **turned** it
# into a dozen numbers, **calmed** a nervous score, **decided**, and **counted** two
# kinds of mistakes to choose a threshold that keeps a promise. Chapter 15 lets a
# network keep its own memory of what came before.
