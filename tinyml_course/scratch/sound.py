"""Spectra as chapter 13 derives them: inner products, the fast way, a hidden picture.

Slow and plain. What a model is fed with comes from `tinyml_course.features`.
"""

from __future__ import annotations

import numpy as np

__all__ = ["dft", "fft", "hide", "log2_whole", "round_to", "tone"]


def tone(hz, seconds=0.4, rate=16000):
    """A sine wave from -1 to 1, (seconds * rate,)."""
    t = np.arange(round(seconds * rate)) / rate
    return np.sin(2 * np.pi * hz * t)


def round_to(x, bits):
    """x, from -1 to 1, on a ruler with 2**bits marks."""
    half = 2 ** (bits - 1)
    return np.clip(np.round(x * half), -half, half - 1) / half


def dft(x):
    """The spectrum of x (n,) by n inner products of n numbers, (n,) complex."""
    n = len(x)
    k, time = np.arange(n)[:, None], np.arange(n)  # (n, 1), (n,)
    waves = np.exp(-2j * np.pi * k * time / n)  # (n, n)
    return waves @ x


def fft(x):
    """The same spectrum from those of the even and the odd samples; n = 2**m."""
    n = len(x)
    if n == 1:
        return np.array(x, complex)
    even, odd = fft(x[0::2]), fft(x[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned])


def hide(picture, seed=0, low=16, step=3, columns=6):
    """A picture (rows, width), 0 to 1, as a sound: rows are tones, top row highest."""
    rng = np.random.default_rng(seed)
    out = np.zeros(256 * (columns * picture.shape[1] + 1))
    for place, column in enumerate(np.repeat(picture.T, columns, axis=0)):
        spectrum = np.zeros(257, complex)  # of a window of 512
        bins = low + step * np.arange(len(column))[::-1]
        spectrum[bins] = column * np.exp(2j * np.pi * rng.random(len(column)))
        at = 256 * place
        out[at : at + 512] += np.hanning(512) * np.fft.irfft(spectrum)
    return 0.5 * out / np.abs(out).max()


def log2_whole(x):
    """log2 of a whole number x >= 1, with 8 bits behind the point."""
    whole = x.bit_length() - 1
    after = ((x << 8) >> whole) - 256  # what follows the first 1, 0 to 255
    return 256 * whole + after
