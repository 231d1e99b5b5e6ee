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

# %% [markdown] tinyml={"objectives": ["13-sample","13-fourier","13-picture","13-mel","13-board"]}
# # Sound into pictures
#
# A voice says *stop*. A microphone turns it into one number after the other, and in
# that row of numbers nobody can read the word. The lower picture is made of the same
# numbers and nothing else; bright is loud. Press play, and follow it from left to
# right: a hiss, a short silence, a puff, a vowel in stripes, closed lips, and a last
# breath.
#
# **You will**
#
# * **sample** sounds, and hear what goes wrong when it is done too rarely or too
#   coarsely;
# * **derive** the Fourier transform, and write the fast one yourself;
# * **picture** a sound, choose window and hop, and hide a drawing of yours in it;
# * **shrink** the picture as the ear does: mel bands, logarithm, MFCC;
# * **run** all of it in whole numbers on the board, and compare it byte by byte.
#
# **You need** chapter 02, from chapter 08 the five steps and int8, and to have met
# complex numbers once. Earphones help. About 110 minutes.

# %% tags=["hide-input"] tinyml={"objective": "13-picture", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import boards, datasets, device, features, plots
from tinyml_course.audio import packed, play
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # one block for each number
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
board, RATE = boards.get("nano33"), 16000
data = datasets.load("spoken")
rows = zip(data.x_test, data.y_test, data.groups_test, strict=True)
said = {data.labels[y]: np.trim_zeros(x) / 32768 for x, y, who in rows if who == 0}
word = said["stop"]
fig, (above, below) = plt.subplots(2, 1, figsize=(6, 4.6), sharex=True)
above.plot(np.arange(len(word)) / RATE, word, color=BLUE, lw=0.6)
above.set(ylabel="pressure", yticks=[-0.5, 0, 0.5])
level = 10 * np.log10(features.sound.power_spectrum(word, 400, 80).T + 1e-7)
ends = (0, len(word) / RATE, 0, 8)
below.imshow(level, origin="lower", aspect="auto", extent=ends)
below.set(xlabel="seconds", ylabel="kilohertz")
below.grid(visible=False)
plots.show(fig, alt="Above, a wiggly line. Below, hiss, gap and a striped vowel.")
play({"stop": word})

# %% [markdown]
# ## A sound is a row of numbers
#
# Sound is air pressure that goes up and down. A microphone follows it, and a converter
# **samples** it: 16,000 times a second it writes down how far the membrane is from its
# rest. That is all there is. The simplest sound is a **tone**, a sine wave; how often
# it swings in a second is its **frequency**, in hertz (Hz). And two sounds at once are
# the sum of two rows:


# %% tinyml={"objective": "13-sample", "role": "explain"}
def tone(hz, seconds=0.4, rate=16000):
    t = np.arange(round(seconds * rate)) / rate
    return np.sin(2 * np.pi * hz * t)


low, high = 0.3 * tone(440), 0.3 * tone(660)
both = low + high
fig, axes = plt.subplots(3, 1, figsize=(6, 3.6), sharex=True, sharey=True)
names = ("440 Hz", "660 Hz", "sum")
for ax, x, name in zip(axes, (low, high, both), names, strict=True):
    ax.plot(1000 * np.arange(200) / RATE, x[:200], ".-", color=BLUE, ms=3, lw=1)
    ax.set(ylabel=name)
axes[2].set(xlabel="milliseconds")
plots.show(fig, alt="Two sine waves of dots, and their sum, which repeats more slowly.")
play({"440 Hz": low, "660 Hz": high, "both": both})

# %% [markdown]
# Each sample is stored in 16 bits, as a whole number from -32,768 to 32,767; we divide
# by 32,768 and think of -1 to 1. So how much sound can our board remember?

# %% tags=["hide-input"] tinyml={"objective": "13-sample", "role": "predict"}
Predict(
    f"The board has {board.ram_bytes:,} bytes of RAM. With nothing else in it: how "
    "many seconds of sound, 16,000 samples a second, 2 bytes each?",
    answer=round(board.ram_bytes / 32000, 1),
    unit="seconds",
    explain="A song does not fit, a sentence does. Whatever is to be heard must be "
    "heard while it passes, and what is kept must be far smaller than the samples.",
)

# %% [markdown]
# ## How often?
#
# Fewer samples would be cheaper. Take 8,000 a second, and a tone of 5,000 Hz. Sample
# number $n$ is $\sin(2\pi \cdot 5000\, n / 8000)$. The sine does not notice whole
# turns, so we may take $n$ of them away:
#
# $$\sin\Big(2\pi \frac{5000}{8000} n\Big) = \sin\Big(2\pi \frac{5000 - 8000}{8000}
# n\Big) = -\sin\Big(2\pi \frac{3000}{8000} n\Big).$$
#
# These are the numbers of a tone of 3,000 Hz, upside down, which no ear notices. Not
# similar ones: *the same*. A frequency that hides behind another is its **alias**.


# %% tinyml={"objective": "13-sample", "role": "explore"}
def alias_picture(hz):
    fine = np.arange(0, 2, 0.002)  # ms
    dots = np.arange(0, 2, 0.125)  # 8,000 samples a second
    heard = abs(hz - 8000 * round(hz / 8000))
    sign = 1 if hz % 8000 <= 4000 else -1
    fig, ax = plt.subplots(figsize=(6, 2.9))
    ax.plot(fine, np.sin(2 * np.pi * hz * fine / 1000), color=GREY, lw=1)
    ax.plot(fine, sign * np.sin(2 * np.pi * heard * fine / 1000), color=BLUE)
    ax.plot(dots, np.sin(2 * np.pi * hz * dots / 1000), "o", color=RED, ms=7)
    ax.set(xlabel="milliseconds", ylabel="pressure")
    heard = "nothing: all are 0" if heard in (0, 4000) else f"{heard:,} Hz"
    return fig, f"The tone has {hz:,} Hz. From the dots you hear {heard}."


Explore(
    alias_picture,
    hz=Slider(1000, 9000, 1000, 5000, "the tone (Hz)"),
    look="Grey is the tone, blue the slowest one through the dots. Where do they part?",
    alt="A fast grey wave, red dots on it, and the slowest wave through those dots.",
)

# %% [markdown]
# Below half of the sampling rate all is well; above it the frequency that is heard
# comes back down, and from the full rate on it climbs again. At exactly half, a sine
# may be met at each of its zeros. Half the rate is called the **Nyquist frequency**.
# Hear it: a tone that climbs from 100 to 8,000 Hz, then every second sample of it
# alone. And then the remedy: first take away what is above the new Nyquist frequency,
# *then* drop samples. Afterwards nobody can. (Digital microphones have that filter
# inside.)


# %% tinyml={"objective": "13-sample", "role": "explain"}
def without_above(x, hz, rate=16000):
    spectrum = np.fft.rfft(x)  # which you will write yourself in a minute
    spectrum[round(hz * len(x) / rate) :] = 0
    return np.fft.irfft(spectrum, len(x))


t = np.arange(RATE) / RATE
climb = 0.3 * np.sin(2 * np.pi * (100 * t + 3950 * t**2))
play({"climbing": climb})
halves = {"every second sample": climb[::2]}
halves["filtered, then every second"] = without_above(climb, 3800)[::2]
play(halves, rate_hz=8000)

# %% tags=["hide-input"] tinyml={"objective": "13-sample", "role": "check"}
Check(
    "A board samples 8,000 times a second, without a filter. A worn fan whistles at "
    "6,500 Hz. At how many hertz does the board hear it?",
    answer=1500,
    mistakes={
        6500: "That is above half the rate. Can 8,000 samples a second tell it from a "
        "slower tone?",
        2500: "You measured the way to half the rate. Which whole turns may be taken "
        "away from a sine?",
        4000: "The tone is not stopped at half the rate. What does the slider show?",
        3250: "Nothing is halved. Take whole turns away: 8,000 a second.",
        -1500: "The right distance. A frequency is counted without its sign.",
        14500: "Whole turns may be added too, but the ear takes the slowest tone.",
    },
    low="Lower than it is. How far is the tone from 8,000?",
    high="Higher than it is. How far is the tone from 8,000?",
    reveal="8,000 - 6,500. A threshold on high tones would never have fired.",
)

# %% [markdown]
# ## How finely?
#
# The other thing that is rounded is the height. With $b$ bits the ruler from -1 to 1
# has $2^b$ marks, $\Delta = 2 / 2^b$ apart. The error lies anywhere within half a gap,
# and the mean square of such an error is $\Delta^2 / 12$. One bit more halves
# $\Delta$, so the power of the noise falls to a quarter.
#
# > **Note:** Power comes in ratios, and ratios in **decibels**: ten times the power is
# > 10 dB more. Twice the power is close to 3 dB, four times to 6 dB. So a bit is worth
# > 6 dB.


# %% tinyml={"objective": "13-sample", "role": "explain"}
def round_to(x, bits):
    half = 2 ** (bits - 1)
    return np.clip(np.round(x * half), -half, half - 1) / half


def decibel(power):
    return 10 * np.log10(power)


rows = ["| bits | word over noise | by $\\Delta^2/12$ | one bit more |"]
rows += ["|---|---|---|---|"]
x = word[word != 0]  # the silences in it round without an error
bits_tried, before = (3, 4, 6, 8, 9, 12), None
for bits in bits_tried:
    error = round_to(x, bits) - x
    ratio = decibel(np.mean(x**2) / np.mean(error**2))
    gain = f"{(ratio - before[1]) / (bits - before[0]):.1f} dB" if before else ""
    rule = decibel(np.mean(x**2) / ((2 / 2**bits) ** 2 / 12))
    rows.append(f"| {bits} | {ratio:.1f} dB | {rule:.1f} dB | {gain} |")
    before = bits, ratio
plots.say("\n".join(rows))
play({f"{bits} bits": round_to(word, bits) for bits in (8, 4, 3)})

# %% [markdown]
# From six bits on the rule holds, and one more is worth what it should. With fewer the
# gap is wider than soft sounds are high: they round to nothing, and what is lost is no
# noise but the word itself. Hear it at three bits. Sixteen leave room: people speak
# softly, and stand far away.
#
# ## Which tones are in it?
#
# Now to the lower picture. Is there a tone of 400 Hz in a sound $x$? Multiply, sample
# by sample, with that tone, and add up: an **inner product**. Where the sound swings
# along, all products are positive and pile up. Where it swings at another rate, they
# are as often negative, and cancel. One snag: a tone that has begun a quarter turn
# earlier is a cosine, and the sine misses it. So ask with the cosine too, and join the
# two by Pythagoras. Of the two tones in this chord the higher one is a cosine:


# %% tinyml={"objective": "13-fourier", "role": "explore"}
angle = 2 * np.pi * np.arange(480) / RATE  # of a tone of 1 Hz, in 30 ms
chord, asked = np.sin(400 * angle) + 0.5 * np.cos(700 * angle), range(100, 1001, 10)


def ask(x, hz):
    return np.sum(x * np.cos(hz * angle)), np.sum(x * np.sin(hz * angle))


def ask_picture(hz):
    fig, (left, right) = plt.subplots(1, 2, figsize=(6, 2.9))
    left.fill_between(np.arange(480) / 16, chord * np.sin(hz * angle), color=BLUE)
    left.set(xlabel="milliseconds", title="sound times sine", ylim=(-1.6, 1.6))
    right.plot(asked, [np.hypot(*ask(chord, one)) for one in asked], color=GREY)
    right.plot(hz, np.hypot(*ask(chord, hz)), "o", color=RED, ms=10)
    right.set(xlabel="asked (Hz)", title="how much of it")
    c, s = (round(part) for part in ask(chord, hz))
    return fig, f"By cosine {c}, by sine {s}, joined {np.hypot(c, s):.0f}."


Explore(
    ask_picture,
    hz=Slider(100, 1000, 100, 400, "asked (Hz)"),
    look="When is more blue above the line than below? How, then, is 700 Hz found?",
    alt="Left, products over time as blue areas; right, two peaks, at 400 and 700.",
)

# %% [markdown]
# You have found the two tones of a chord by nothing but multiplying and adding.
#
# Sine and cosine together are one complex number on the unit circle, $e^{-i\theta} =
# \cos\theta - i\sin\theta$. For $N$ samples, ask for the $N$ frequencies that fit
# into them with 0, 1, 2, ... whole waves:
#
# $$X_k = \sum_{n=0}^{N-1} x_n\, e^{-2\pi i\, k n / N}, \qquad k = 0, \ldots, N-1.$$
#
# This is the **discrete Fourier transform** (DFT), and $|X_k|^2$ is the power at
# frequency $k$, in **bin** $k$. It is linear, so it is a matrix; one row a question.


# %% tinyml={"objective": "13-fourier", "role": "explain"}
def dft(x):
    n = len(x)
    k, time = np.arange(n)[:, None], np.arange(n)  # (n, 1), (n,)
    waves = np.exp(-2j * np.pi * k * time / n)  # (n, n)
    return waves @ x


piece = word[4000:4512]
X = dft(piece)
waves = np.array([dft(unit) for unit in np.eye(8)])  # the matrix for n = 8
own = waves @ waves.conj().T
beside = np.abs(own - 8 * np.eye(8)).max()  # and the diagonal less 8
back = dft(X.conj()).conj().real / 512
mirror = np.abs(X[:0:-1] - X[1:].conj()).max()
plots.say(
    f"Off `np.fft.fft` by {np.abs(X - np.fft.fft(piece)).max():.0e}. The matrix "
    f"times its own conjugate is 8 on the diagonal and 0 elsewhere, up to "
    f"{beside:.0e}. There and back: off by {np.abs(back - piece).max():.0e}. "
    f"$X_{{N-k}}$ and the conjugate of $X_k$: {mirror:.0e}."
)

# %% [markdown]
# Two things to see. Different waves are perpendicular: none answers for another. So
# nothing is lost, and the same sum with the other sign (divided by $N$) leads back.
# Second, $x$ is real, so $X_{N-k}$ is the conjugate of $X_k$: only the bins from 0 to
# $N/2$ tell anything new.

# %% [markdown]
# ## The same in less time
#
# Each of 512 questions takes 512 products: 262,144, some forty times a second. There
# is a shorter way. Split the sum into even and odd samples, $n = 2m$ and $n = 2m+1$:
#
# $$X_k = \underbrace{\sum_m x_{2m}\, e^{-2\pi i k m / (N/2)}}_{E_k} + e^{-2\pi i k / N}
# \underbrace{\sum_m x_{2m+1}\, e^{-2\pi i k m / (N/2)}}_{O_k}.$$
#
# $E$ and $O$ are the DFTs of two rows half as long. They repeat after $N/2$, so
# $E_{k+N/2} = E_k$, and likewise $O$. And the factor before $O$ half a turn later is
# the same with a minus. So each pair $E_k$, $O_k$ gives *two* answers: a
# **butterfly**. And to get $E$ and $O$? The same again.
#
# **Your turn.** The recursion stands. What is missing is the last line.


# %% tinyml={"objective": "13-fourier", "role": "exercise"}
def my_fft(x):
    """The spectrum of x (n,), n a power of two."""
    n = len(x)
    if n == 1:
        return np.array(x, complex)
    even, odd = my_fft(x[0::2]), my_fft(x[1::2])  # E and O, (n / 2,) each
    factor = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([even, factor * odd])  # not yet


# %% tags=["hide-input"] tinyml={"objective": "13-fourier", "role": "check"}
def test_my_fft():
    two, four = np.array([3.0, 1.0]), np.array([3.0, 1.0, 2.0, 7.0])
    got, want = np.asarray(my_fft(four)), np.fft.fft(four)
    if got.shape != (4,):
        return "4 samples go in, so 4 numbers must come out, in one row."
    if np.allclose(my_fft(two), two):
        return "Two samples 3 and 1 come back as they are. Join E and O first."
    if np.allclose(my_fft(two), [4, 4]):
        return "Both halves are alike. What becomes of the factor half a turn later?"
    if np.allclose(got, want.conj()):
        return "All turns go the wrong way round. Look at the sign in the exponent."
    if np.allclose(got, [13, 1, -3, 1]):
        return "Right for two samples. From four on, O needs its factor."
    if not np.allclose(got, want):
        return "Not yet. Try 3 and 1 by hand, then 3, 1, 2 and 7. What should come out?"
    long = np.random.default_rng(3).normal(size=512)
    if not np.allclose(my_fft(long), np.fft.fft(long)):
        return "Right for 4 samples, but not for 512. Does a size stand in the code?"


Check("`my_fft(x)` is the spectrum, in the fast way.", test=test_my_fft)

# %% [markdown]
# What is the gain? Count the products with a factor. A row of $N$ needs $N/2$ of them,
# and twice what a row of $N/2$ needs; and a row of one needs none.

# %% tags=["hide-input"] tinyml={"objective": "13-fourier", "role": "predict"}
Predict(
    "The matrix takes 512 x 512 = 262,144 products for 512 samples. How many does the "
    "fast way take?",
    answer=256 * 9,
    unit="products",
    explain="256 at each of 9 levels, N/2 times the logarithm of N to base 2: "
    f"{512 * 512 / (256 * 9):.0f} times fewer. Gauss had the idea in 1805, Cooley and "
    "Tukey made it the FFT in 1965.",
)

# %% [markdown]
# `fft` of `tinyml_course.scratch.sound` is ours, in the same seven lines; yours does as
# well. From here on we use NumPy's, whose `rfft` computes only the bins from 0 to
# $N/2$.

# %% [markdown]
# ## The edges of a window
#
# The $N$ frequencies are those that *fit*. What of a tone between two of them? The
# DFT knows nothing before its first sample and after its last; it takes the piece for
# one turn of something that goes on forever. A tone that does not fit then jumps at
# the seam, and a jump is made of all frequencies. They **leak** into the whole
# spectrum, and a soft tone drowns in them.
#
# Against that, fade the piece in and out. Hann's **window** is one turn of a cosine,
# upside down: $\frac12 - \frac12\cos(2\pi n / N)$.


# %% tinyml={"objective": "13-picture", "role": "explore"}
def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def leak_picture(waves, window):
    turns = 2 * np.pi * np.arange(512) / 512
    x = np.sin(waves * turns) + 0.001 * np.sin(60 * turns)  # the soft one: 60 dB below
    shape = hann(512) if window == "Hann" else np.ones(512)
    level = decibel(np.abs(np.fft.rfft(x * shape) / shape.sum() * 2) ** 2 + 1e-12)
    fig, (left, right) = plt.subplots(1, 2, figsize=(6, 3), width_ratios=[2, 3])
    left.plot(np.arange(-100, 100), np.tile(x * shape, 2)[412:612], color=BLUE, lw=1.2)
    left.set(xlabel="samples from the seam")
    right.plot(level[:100], color=BLUE, lw=1.4)
    right.plot(60, level[60], "o", color=RED)
    right.set(xlabel="bin", ylabel="power (dB)", ylim=(-125, 5))
    return fig, f"It stands out by {round(level[60] - np.median(level[50:57])):+} dB."


Explore(
    leak_picture,
    waves=Slider(20, 21, 0.25, 20.5, "waves in the window"),
    window=Choice(["none", "Hann"], "none", "window"),
    look="With which window does the red dot stand out, and when?",
    alt="Left, where the piece's end meets its start; right, its spectrum.",
)

# %% [markdown]
# Without a window the soft tone shows only when the loud one happens to fit. With
# Hann it always does. The price: the loud peak is twice as wide, so a neighbour must
# be two bins away to be told apart.

# %% [markdown]
# ## Many windows in a row
#
# A word is not one chord; it changes. So take a short piece (a **frame**; most say
# window for it too), fade it in and out, transform it, move on by a **hop**, and set
# the spectra side by side: the **short-time Fourier transform** (STFT). Its power is
# the picture of the first screen, the **spectrogram**.


# %% tinyml={"objective": "13-picture", "role": "explain"}
def frames(x, window, hop):
    starts = range(0, len(x) - window + 1, hop)
    return np.array([x[at : at + window] for at in starts])  # (count, window)


def spectrogram(x, window=480, hop=384, points=512):
    faded = frames(x, window, hop) * hann(window)
    spectra = np.fft.rfft(faded, points)  # filled up with zeros to `points`
    return np.abs(spectra / (window / 4)) ** 2  # a full-scale tone is 1


second = np.zeros(RATE)
second[3000 : 3000 + len(word)] = word
S = spectrogram(second)
same = np.allclose(S, features.sound.power_spectrum(second, 480, 384))
plots.say(
    f"A second of sound, {len(second):,} numbers, became {S.shape[0]} columns of "
    f"{S.shape[1]} bins: {S.size:,} numbers. The same as `features`: **{same}**."
)


# %% tinyml={"objective": "13-picture", "role": "explore"}
def bits_of_sound():
    x = np.zeros(8000)
    x[:4000] = 0.1 * hann(4000) * (tone(1000, 0.25) + tone(1080, 0.25))
    x[[5000, 5240]] = 1.0  # two clicks, 15 ms apart; the tones are 80 Hz apart
    return x


def trade_picture(window_ms):
    window = int(16 * window_ms)
    power = features.sound.power_spectrum(bits_of_sound(), window, 32, 2048).T[64:193]
    fig, ax = plt.subplots(figsize=(6, 3.2))
    ends = (window_ms / 2, 500 - window_ms / 2, 0.5, 1.5)
    shown = np.clip(decibel(power / power.max() + 1e-9), -30, 0)
    ax.imshow(shown, origin="lower", aspect="auto", extent=ends)
    ax.set(xlabel="milliseconds", ylabel="kilohertz", xlim=(0, 500))
    ax.grid(visible=False)
    return fig, f"{window} samples; two bins are {2 * RATE / window:.0f} Hz."


Explore(
    trade_picture,
    window_ms=Choice([4, 8, 16, 32, 64], 8, "window (ms)"),
    look="Which window shows both tones, which both clicks? Is there one for both?",
    alt="A picture of sound: at the left one or two stripes, at the right clicks.",
)

# %% [markdown]
# There is none. A window of $T$ seconds can tell two tones apart when one of them makes
# a wave more in it than the other, so their distance must be $1/T$ at least (with Hann
# two times that). Filling up with zeros, as here to 2,048 samples, draws the peaks more
# finely, and parts no more of them. And two moments run into one when they are closer
# than half of it (the other half is faded). Sharp in frequency is long in time, in any
# picture made of windows. For speech, a thirtieth of a second or so is the compromise:
# the mouth moves slower than that, and voices swing faster.

# %% tags=["hide-input"] tinyml={"objective": "13-picture", "role": "check"}
Check(
    "A gearbox has two tones 50 Hz apart; both shall show as peaks of their own, with "
    "Hann's window, two bins apart. How many milliseconds must the window last?",
    answer=40,
    mistakes={
        20: "That makes bins of 50 Hz. How many bins must lie between the two peaks?",
        80: "Then there are four bins from one to the other. More than was asked for.",
        50: "Hertz are not milliseconds. How wide are the bins when the window is T?",
        0.04: "In seconds, yes. And in milliseconds?",
        100: "Bins of 10 Hz: far finer than asked, and blind for all that is shorter.",
        25: "So wide may a bin be, in hertz. How long must the window be for that?",
        10: "Longer windows have finer bins. Bins of 100 Hz are too coarse.",
    },
    low="Too short. How wide may a bin be, if two fit into 50 Hz?",
    high="Longer than needed. How wide may a bin be, if two fit into 50 Hz?",
    reveal="Bins of 25 Hz are 1/25 of a second. It does not depend on the rate.",
)

# %% [markdown]
# ## A picture in a sound
#
# The transform leads back as well. So draw first, and compute the sound whose
# spectrogram is the drawing: each row of the drawing becomes a tone, each column a
# moment, ink is power. Musicians have hidden faces in their records in this way.
#
# Draw something of your own below: up to 36 rows, `#` is ink, all else is not. Then
# hear it. Could you have told?


# %% tinyml={"objective": "13-picture", "role": "exercise"}
DRAWING = """
#####.#.#...#.#...#.#...#.#.....
..#...#.##..#..#.#..##.##.#.....
..#...#.#.#.#...#...#.#.#.#.....
..#...#.#..##...#...#...#.#.....
..#...#.#...#...#...#...#.#####.
"""


def hide(picture, seed=0, low=16, step=3, columns=6):
    rng = np.random.default_rng(seed)
    out = np.zeros(256 * (columns * picture.shape[1] + 1))
    for place, column in enumerate(np.repeat(picture.T, columns, axis=0)):
        spectrum = np.zeros(257, complex)  # of a window of 512
        bins = low + step * np.arange(len(column))[::-1]
        spectrum[bins] = column * np.exp(2j * np.pi * rng.random(len(column)))
        at = 256 * place
        out[at : at + 512] += np.hanning(512) * np.fft.irfft(spectrum)
    return 0.5 * out / np.abs(out).max()


# %% [markdown]
# (The phases are random: with equal ones all tones would peak at the same moment, and
# the sound would be a row of clicks. The windows overlap by half, so that where one
# fades out the next has faded in.) And now find it:

# %% tinyml={"objective": "13-picture", "role": "explain"}
rows_drawn = DRAWING.strip("\n").splitlines()
wide = max(map(len, rows_drawn))
ink = np.array([[c == "#" for c in row.ljust(wide)] for row in rows_drawn], float)
secret = hide(np.repeat(ink, 36 // len(ink), axis=0), columns=3)
found = decibel(spectrogram(secret, 512, 128).T[:129] + 1e-5)
fig, ax = plt.subplots(figsize=(6, 3))
ends = (0, len(secret) / RATE, 0, 4)
ax.imshow(found, origin="lower", aspect="auto", extent=ends)
ax.set(xlabel="seconds", ylabel="kilohertz")
ax.grid(visible=False)
plots.show(
    fig, alt="A spectrogram in which a drawing is to be seen: letters of stripes."
)
play({"what is in it?": secret[: RATE * 2]})

# %% [markdown]
# The strokes are blurred in both directions, as the window allows. And what you *heard*
# told you nothing, though it is the same sound. Some things are plain in one picture of
# the data and invisible in another. That is what step 2 of the flow is for.

# %% [markdown]
# ## As the ear hears
#
# Our spectrogram gives every hertz the same room. Ears do not. Press play: in each
# pair the second tone is 100 Hz higher. Equal steps in **mel** sound equally wide:
#
# $$\text{mel}(f) = 2595 \log_{10}(1 + f / 700).$$
#
# So lay 32 triangles over the bins, all equally wide in mel, each reaching to its
# neighbours' tips, and add up the power under each: a **mel band**. They reach from 80
# Hz, for below is rumble, to 7,600, for above is the microphone's filter. 257 bins
# become 32 numbers, close together where speech has most to say.

# %% tinyml={"objective": "13-mel", "role": "explain"}
pairs = {"200, then 300 Hz": (200, 300), "4,000, then 4,100 Hz": (4000, 4100)}
play({name: np.r_[tone(a) * 0.2, tone(b) * 0.2] for name, (a, b) in pairs.items()})

edges = np.linspace(*(2595 * np.log10(1 + hz / 700) for hz in (80.0, 7600.0)), 34)
mel = 2595 * np.log10(1 + np.arange(257) * RATE / 512 / 700)  # of each bin
width = edges[1] - edges[0]
triangles = np.maximum(0, 1 - np.abs(mel[:, None] - edges[1:-1]) / width)
fig, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(np.arange(257) * RATE / 512 / 1000, triangles, color=BLUE, lw=1)
ax.set(xlabel="kilohertz", ylabel="share of a bin")
plots.show(
    fig, alt="Thirty-two triangles: narrow and close at the left, wide at the right."
)
agree = np.allclose(triangles, features.mel_filters())
plots.say(
    f"{triangles.shape[0]} bins to {triangles.shape[1]} bands; as `features`: {agree}."
)

# %% [markdown]
# Last, the **logarithm**. Loudness too is heard in ratios: a voice across the room has
# a hundredth of the power, and is the same word. The logarithm turns that factor into
# a shift, and gives soft consonants a say beside loud vowels. We take it to base 2: a
# step of one is a doubling of the power, 3 dB. And before it we add a floor, 90 dB
# below full scale, for there is no logarithm of silence.


# %% tinyml={"objective": "13-mel", "role": "explain"}
def log_mel(x):
    return np.log2(spectrogram(x) @ triangles + 2.0**-30)  # (frames, bands)


fig, axes = plt.subplots(1, 3, figsize=(6, 2.8), sharey=True)
for ax, text in zip(axes, ("yes", "no", "stop"), strict=True):
    x = np.zeros(RATE)
    x[4000 : 4000 + len(said[text])] = said[text]
    ax.imshow(log_mel(x).T, origin="lower", aspect="auto", extent=(0, 1, 0, 32))
    ax.set(title=text, xlabel="seconds")
    ax.grid(visible=False)
axes[0].set(ylabel="mel band")
plots.show(
    fig, alt="Three small pictures of sound, each of another shape: yes, no, stop."
)
off = np.abs(log_mel(x) - features.log_mel(x)).max()
plots.say(
    f"{log_mel(x).size:,} numbers a second instead of {RATE:,}; off by {off:.0e}."
)

# %% [markdown]
# Window, hop, bands: all three are yours now, with sound. *Play the picture* fills each
# column with noise of just the power that the picture tells. Nothing else is left of
# the voice, so what you still understand is what a network could still know. How few
# bands will do? (*Record a second* takes your own voice. It stays in this page.)

# %% tinyml={"objective": "13-mel", "role": "explore"}
heard = {"stop": word, "left": said["left"], "climbing": climb[: RATE // 2]}
heard["tones and clicks"] = bits_of_sound()
Explore(
    live="spectrogram",
    data={
        "rate": RATE,
        "sounds": {name: packed(x) for name, x in heard.items()},
        "windows": [8, 15, 30, 60],
        "hops": [6, 12, 24, 48],
        "bands": [0, 32, 16, 8],
        "start": {"sound": "stop", "window": 30, "hop": 24, "bands": 32},
    },
    look="Make the picture coarser and play it. When does the word get lost?",
    alt="A picture of a word: 41 columns a second, 32 bands, bright where it is loud.",
)

# %% [markdown]
# That is the picture which chapter 14 feeds to a network. Older recognizers go one step
# further. A voice is a buzz of the vocal cords, softer towards the top, at a **pitch**,
# through the mouth, whose resonances (**formants**) make the vowel. Two people say *ah*
# at different pitches; the word is in the formants. Make vowels from nothing but
# cosines:


# %% tinyml={"objective": "13-mel", "role": "explain"}
FORMANTS = {"ah": (730, 1090, 2440), "ee": (270, 2290, 3010)}  # Hz


def vowel(pitch, name, seconds=0.4):
    tones = pitch * np.arange(1, 7600 // pitch)  # the buzz: all multiples
    loud = sum(1 / (1 + ((tones - hz) / 90) ** 2) for hz in FORMANTS[name]) / tones
    t = np.arange(round(seconds * RATE)) / RATE
    x = loud @ np.cos(2 * np.pi * tones[:, None] * t)
    return 0.5 * x / np.abs(x).max()


voices = {f"{name} at {pitch} Hz": vowel(pitch, name)
          for name in FORMANTS for pitch in (110, 230)}  # fmt: skip
play(voices)
slow = features.sound.dct_matrix(32, 13)  # 13 slow waves: for the dashed lines
fig, axes = plt.subplots(1, 2, figsize=(6, 2.8), sharey=True)
for ax, name in zip(axes, FORMANTS, strict=True):
    for pitch, hue in ((110, BLUE), (230, RED)):
        column = features.log_mel(voices[f"{name} at {pitch} Hz"])[4]
        ax.plot(column, color=hue, lw=1, label=f"{pitch} Hz")
        ax.plot(column @ slow @ slow.T, "--", color=hue)
    ax.set(title=name, xlabel="mel band")
axes[0].set(ylabel="power (doublings)")
axes[1].legend()
plots.show(fig, alt="Two vowels, two pitches each: same hills, other ripples.")

# %% [markdown]
# The hills are the vowel, the ripples on them the pitch. Slow waves and fast waves
# along the *bands*: so ask once more by inner products, this time with cosines of 0,
# 1/2, 1, ... waves, and keep the slow ones (the dashed lines). This is the **discrete
# cosine transform** (DCT), and what is kept are the **mel-frequency cepstral
# coefficients** (MFCC):
#
# $$c_j = s_j \sum_{b=0}^{B-1} \ell_b \cos\Big(\frac{\pi}{B} j \big(b + \tfrac12\big)
# \Big), \qquad j = 0, \ldots, 12,$$
#
# with the band's logarithm $\ell_b$, and $s_j$ such that each column of cosines has
# length 1. $c_0$ is the loudness. **Your turn**: as one matrix product.


# %% tinyml={"objective": "13-mel", "role": "exercise"}
def my_mfcc(logs, kept=13):
    """Logarithms (frames, bands) -> coefficients (frames, kept)."""
    bands = logs.shape[1]
    b, j = np.arange(bands)[:, None], np.arange(kept)  # (bands, 1), (kept,)
    waves = np.ones((b * j).shape)  # not yet: cosines, each column of length 1
    return logs @ waves


# %% tags=["hide-input"] tinyml={"objective": "13-mel", "role": "check"}
def test_my_mfcc():
    logs = np.random.default_rng(4).normal(-12, 4, (5, 32))
    got = np.asarray(my_mfcc(logs))
    if got.shape != (5, 13):
        return f"Five columns should give (5, 13); received {got.shape}."
    want = logs @ features.sound.dct_matrix(32, 13)
    if np.allclose(got[:, 0], got[:, 1]):
        return "All coefficients are alike. Which one asks with how many waves?"
    length = np.sqrt([32] + [16] * 12)  # of the columns of cosines
    if np.allclose(got, want * length):
        return "The cosines are right. How long is a column of them?"
    if np.allclose(got, want * length / 4):
        return "All are right but one. Is the column of j = 0 as long as the others?"
    edge = np.cos(np.pi / 32 * np.arange(32)[:, None] * np.arange(13))
    edge = edge / np.linalg.norm(edge, axis=0)
    if np.allclose(got, logs @ edge) or np.allclose(got, logs @ edge * length):
        return "The waves begin at the edge of the first band, not in its middle."
    if not np.allclose(got, want):
        return "Not yet. Compare your matrix with the formula for b = 0 and j = 1."
    if np.shape(my_mfcc(logs[:, :20], 7)) != (5, 7):
        return "Right for 32 bands and 13 kept. Does one of them stand in the code?"


Check("`my_mfcc(logs, kept)` is the DCT of each column.", test=test_my_mfcc)

# %% [markdown]
# ## Is it the same word?
#
# Here is what all this is good for. Six words, six voices each. Take one recording,
# and look among the recordings of the *other* voices for the nearest, in the plainest
# sense: the sum of squared differences. Is it the same word? By chance one in six
# would be. Write your order down first: the samples, all bins, the bands, the
# coefficients?

# %% tinyml={"objective": "13-mel", "role": "explain"}
spoken = np.concatenate([data.x_train, data.x_test]) / 32768  # (36, 8000)
which = np.concatenate([data.y_train, data.y_test])  # the word
who = np.concatenate([data.groups_train, data.groups_test])  # the voice


def nearest(pictures):
    flat = pictures.reshape(36, -1)
    apart = ((flat[:, None] - flat) ** 2).sum(axis=2)
    apart[who[:, None] == who] = np.inf  # only other voices
    return np.sum(which[apart.argmin(axis=1)] == which), flat.shape[1]


bins = np.log2(features.sound.power_spectrum(spoken, 480, 384) + 2.0**-30)
bands = features.log_mel(spoken)
tried = {"samples": spoken, "all bins": bins, "mel bands": bands}
tried["bands without their mean"] = bands - bands.mean(axis=2, keepdims=True)
tried["MFCC without the loudness"] = features.mfcc(spoken)[..., 1:]
table = "| picture | numbers | right of 36 |\n|---|---|---|\n"
for name, pictures in tried.items():
    right, size = nearest(pictures)
    table += f"| {name} | {size:,} | {right} |\n"
plots.say(table)

# %% [markdown]
# As samples, the same word of two people has nothing in common. As pictures it has, and
# nothing was learned yet. Which picture is best, 36 recordings cannot tell: three more
# or fewer may be chance. But the coefficients do with a few hundred numbers what all
# bins do with thousands. A convolutional network can learn waves along the bands by
# itself, so chapter 14 gives it the bands. (These voices are a speech synthesizer's,
# and there is no noise. Real rooms are harder: chapter 14.)

# %% [markdown]
# ## In whole numbers
#
# Now to the board. The network wants 8-bit numbers anyway, on smaller boards a float
# is a slow subroutine, and whole numbers are the same on every machine, to the last
# bit. So: no floats at all. A fraction is kept as a whole number of $2^{-15}$, called
# **Q15**. The product of two Q15 numbers is one of $2^{-30}$, and a shift by 15 bits
# brings it back. What can go wrong?
#
# * *Too large.* A sample times the window is $2^{30}$ at most. Each butterfly adds two
#   numbers, so after nine of them there might be 9 bits more, and a register has 32.
#   Therefore each butterfly halves what it adds, and no complex number gets longer.
# * *Too small.* What halving cuts off is lost. We start at $2^{30}$, not at $2^{15}$,
#   so that there is something to lose.
# * *No logarithm.* But the place of the first 1 is the whole part of $\log_2$! And
#   what follows it is nearly the rest (try other `numbers`):


# %% tinyml={"objective": "13-board", "role": "exercise"}
def log2_whole(x):
    whole = x.bit_length() - 1
    after = ((x << 8) >> whole) - 256  # what follows the first 1, 0 to 255
    return 256 * whole + after


print("0.3 x 0.7 in Q15:", (round(0.3 * 2**15) * round(0.7 * 2**15) >> 15) / 2**15)
numbers = [1, 2, 3, 1000, 1_000_000]
for x in numbers:
    print(f"{x:>9,} = {x:>22b}: {log2_whole(x) / 256:8.4f}, truly {np.log2(x):8.4f}")
worst = max(abs(log2_whole(x) / 256 - np.log2(x)) for x in range(1, 5000))
whole = np.arange(1, 5000)
finer = np.abs(features.fixed_sound.log2_q15(whole) / 2**15 - np.log2(whole)).max()
plots.say(f"Off by {worst:.3f} at most. With a table of 33 numbers: {finer:.4f}.")

# %% [markdown]
# All of it once more, this time as C: `features.frontend_c` writes the tables (window,
# sines, bands) and adds four hand-written functions. This is the heart of the
# transform, the butterfly. `>> 31` takes away the 30 bits of the sine and one more,
# which is the halving:
#
# ```c
# const int32_t re = (int32_t)((cosine * b[0] + sine * b[1]) >> 31);
# const int32_t im = (int32_t)((cosine * b[1] - sine * b[0]) >> 31);
# a[0] = a_re + re; /* a_re is a[0] >> 1 */
# b[0] = a_re - re;
# ```
#
# > **Note:** One trick more. The samples are real, so the C makes one complex number of
# > each even sample and the odd one after it, and transforms 256 of those. That is $E$
# > and $O$ at once; a last butterfly parts and joins them, in half the time and RAM.
#
# It has a twin in Python, `features.fixed_log_mel`, with the same whole numbers in the
# same order. How long will the board need for a second of sound?

# %% tags=["hide-input"] tinyml={"objective": "13-board", "role": "predict"}
front = features.FrontEnd()
firmware = device.build_model(features.frontend_c(front, "ear"), "ear")
samples = np.round(second * 32767).astype(np.int16)
windows = features.sound.frames(samples, 480, 384)  # (41, 480)
result = device.run(firmware, windows.tobytes(), name="ear")
busy = 1000 / 24 * result.latency_ms  # ms of work in a second of sound
SLOW = """int sine[512], x[480], out[8]; /* 8 of 257 bins */
int main(void) {
  for (int k = 0; k < 8; k++) {
    long long re = 0, im = 0;
    for (int n = 0; n < 480; n++) {
      re += (long long)x[n] * sine[(k * n + 128) & 511];
      im += (long long)x[n] * sine[k * n & 511]; }
    out[k] = (int)((re + im) >> 32); }
  return 0; }"""
slowly = 1000 / 24 * device.run({"main.c": SLOW}).latency_ms * 257 / 8
Predict(
    "Of every 1,000 ms of sound, how many will the board (64 MHz) spend on windows, "
    "transforms, bands and logarithms?",
    answer=round(busy),
    unit="ms",
    explain="The rest is for the network, or for sleeping. With the matrix, the "
    f"transforms alone would take {slowly:,.0f} ms for the same second.",
)

# %% tinyml={"objective": "13-board", "role": "explain"}
on_board = np.frombuffer(result.stdout, np.int8).reshape(41, 32)
twin = features.fixed_log_mel(samples, front)
rows = ["| step | instructions | cycles (estimated) |", "|---|---|---|"]
for row in result.profile:
    rows.append(f"| {row.kind} | {row.instructions:,} | {row.cycles:,} |")
plots.say("\n".join(rows))
per_second = 1000 / 24 * result.inference_instructions
plots.say(
    f"{np.sum(on_board != twin)} of {on_board.size:,} bytes differ from the twin. "
    f"A window takes {result.inference_instructions:,} instructions and "
    f"{result.latency_ms:.2f} ms (estimated), a second of sound {per_second:,.0f} "
    f"instructions and {busy:.0f} ms: a real-time factor of {busy / 1000:.3f}. Flash "
    f"{firmware.flash_bytes - device.overhead_bytes():,} bytes, RAM "
    f"{firmware.static_ram_bytes:,} and {result.stack_bytes} of stack."
)

# %% [markdown]
# Equal to the twin: so whatever is trained on the twin's pictures meets the same ones
# on the board. And how far are both from the floats? The output is in steps of an
# eighth of a doubling, so rounding alone is off by up to half a step.

# %% tinyml={"objective": "13-board", "role": "explain"}
rng = np.random.default_rng(0)
sounds = {"word": second, "word, 40 dB softer": second / 100, "vowel": vowel(110, "ah")}
sounds |= {"noise": rng.normal(0, 0.1, RATE), "clipped": np.clip(9 * second, -1, 1)}
table = "| sound | off by a step | farthest (dB) |\n|---|---|---|\n"
for name, x in sounds.items():
    x = np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16)
    floats = features.log_mel(x)
    whole = features.fixed_log_mel(x, front)
    steps = np.round(floats / front.scale) + front.zero_point
    unlike = np.mean(whole != np.clip(steps, -128, 127))
    far = 3.01 * np.abs(front.scale * (whole - 112.0) - floats).max()
    table += f"| {name} | {unlike:.1%} of the bytes | {far:.2f} |\n"
plots.say(table + f"\nHalf a step is {3.01 * front.scale / 2:.2f} dB.")

# %% tags=["hide-input"] tinyml={"objective": "13-board", "role": "check"}
Check(
    "Say the front end takes 80,000 cycles for a window, and a new window is due every "
    "24 ms. On a board of 16 MHz, how many milliseconds of each 24 remain for the "
    "network?",
    answer=19,
    tolerance=0.05,
    mistakes={
        5: "That is what the front end takes. What remains?",
        22.75: "That is a board of 64 MHz. This one is four times slower.",
        24: "The front end is not free: cycles divided by cycles a second.",
        29: "You added. The front end and the network share the 24.",
        25: "The window lasts 30, but a new one is due every 24.",
    },
    low="Less than there is. How long do 80,000 cycles take at 16 million a second?",
    high="More than there is. How long do 80,000 cycles take at 16 million a second?",
    reveal="80,000 / 16,000,000 s are 5 ms. A network that takes longer falls behind "
    "for good.",
)

# %% [markdown]
# ## On your own
#
# 1. `from tinyml_course.datasets.voices import say`, then `say("butterfly", "en+f3")`
#    speaks any word. Which sounds are stripes, which are clouds? Take *six* and *fix*,
#    and find where they differ.
# 2. Give `climb[::2]` to `spectrogram` and draw it: what you heard, seen.
# 3. Hide a drawing *under* a word: `second + 0.05 * secret[:RATE]`. Who hears it, who
#    sees it, and down to which factor?
# 4. Take `bands` of 8, 16, 32, 64 in `features.log_mel`, and let `nearest` judge. And
#    how many coefficients does the word need? (The set of problems `ps06` goes on from
#    here: your own front end, and the point at which a keyword is called.)
# 5. Our hop gives 41 columns a second. With half the hop, what happens to the picture,
#    to the work of the board, to the size of the network's input?
# 6. In C the front end also takes sound as it comes: `ear_push(hop)` moves its window
#    on by 384 samples. Why is the first column not the one you got here?
#
# ## What you have done
#
# * You **sampled**: what is above half the rate comes back as an alias, and each bit
#   is worth 6 dB.
# * You **derived** the Fourier transform from multiplying and adding, and wrote the
#   one that needs $\frac N2 \log_2 N$ products instead of $N^2$.
# * You **pictured** sound with windows, met the limit of time against frequency, and
#   hid a drawing in a sound.
# * You **shrank** a second from 16,000 numbers to 41 columns of 32 bands, or of 12
#   coefficients, in which a word resembles itself.
# * You **ran** the same front end in whole numbers on the board, byte for byte.
#
# **The idea to keep:** choose a picture of the data in which what matters is near, and
# what does not matter has gone; then learning is half done.
#
# **Next:** a network looks at these pictures and waits for its word: chapter 14,
# *Keyword spotting*.
#
# ## Sources
#
# * C. E. Shannon, "Communication in the Presence of Noise", *Proc. IRE* 37 (1949);
#   H. Nyquist, "Certain Topics in Telegraph Transmission Theory", *Trans. AIEE* 47
#   (1928): half the rate.
# * J. W. Cooley and J. W. Tukey, "An Algorithm for the Machine Calculation of Complex
#   Fourier Series", *Mathematics of Computation* 19 (1965); M. T. Heideman, D. H.
#   Johnson and C. S. Burrus, "Gauss and the History of the Fast Fourier Transform",
#   *IEEE ASSP Magazine* 1 (1984).
# * F. J. Harris, "On the Use of Windows for Harmonic Analysis with the Discrete Fourier
#   Transform", *Proc. IEEE* 66 (1978): leakage.
# * D. O'Shaughnessy, *Speech Communication* (1987): the formula for mel. S. S. Stevens,
#   J. Volkmann and E. B. Newman, "A Scale for the Measurement of the Psychological
#   Magnitude Pitch", *JASA* 8 (1937).
# * S. Davis and P. Mermelstein, "Comparison of Parametric Representations for
#   Monosyllabic Word Recognition in Continuously Spoken Sentences", *IEEE Trans. ASSP*
#   28 (1980): MFCC.
# * G. E. Peterson and H. L. Barney, "Control Methods Used in a Study of the Vowels",
#   *JASA* 24 (1952): the formants.
# * *CS249r: Tiny Machine Learning*, Harvard (2020): spectrograms, and pictures that
#   musicians hid in records. P. Warden and D. Situnayake, *TinyML* (2019): a front end
#   on a microcontroller.
# * eSpeak NG, a free speech synthesizer, speaks the words.
