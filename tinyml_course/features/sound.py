"""Sound comes in, pictures of it go out: spectra, mel bands, logarithms, cepstra.

Everything is NumPy on floats, so that it can be read; `features.fixed_sound` computes
the same in whole numbers, as the board does. Sounds are ``(..., samples)``: floats from
-1 to 1, or int16 with 32,768 as 1.
"""

from __future__ import annotations

import math

import numpy as np

from tinyml_course.errors import DataError

__all__ = [
    "dct_matrix",
    "fft_points",
    "frames",
    "hann",
    "hz_to_mel",
    "log_mel",
    "mel_filters",
    "mel_to_hz",
    "mfcc",
    "power_spectrum",
    "stft",
]

LOW_HZ, HIGH_HZ = 80.0, 7600.0  # below: rumble; above: the microphone's own filter
FLOOR = -30.0  # in doublings of power: 90 dB below a full-scale tone


def frames(x: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Cut a sound into windows that begin every ``hop`` samples: a view, not a copy.

    Parameters
    ----------
    x : ndarray, (..., samples)
    window, hop : int
        In samples. What is left over at the end is not used.

    Returns
    -------
    ndarray, (..., 1 + (samples - window) // hop, window)

    Raises
    ------
    DataError
        For a sound shorter than a window, or a window or hop below 1 sample.

    >>> frames(np.arange(6), window=4, hop=2).tolist()
    [[0, 1, 2, 3], [2, 3, 4, 5]]
    """
    x = np.asarray(x)
    if window < 1 or hop < 1:
        raise DataError(
            "Window and hop are whole numbers of samples, 1 at least; received "
            f"{window:,} and {hop:,}."
        )
    if x.ndim == 0 or x.shape[-1] < window:
        raise DataError(
            f"A sound of at least {window:,} samples is needed, one window; received "
            f"shape {x.shape}. Append zeros, or take a shorter window."
        )
    view = np.lib.stride_tricks.sliding_window_view(x, window, axis=-1)
    return view[..., ::hop, :]


def hann(window: int) -> np.ndarray:
    """Hann's window: fades in and out, ``(window,) float64``; periodic.

    >>> hann(4).round(6).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)


def fft_points(window: int) -> int:
    """The smallest power of two that holds a window.

    >>> fft_points(480)
    512
    """
    return 1 << (window - 1).bit_length()


def stft(x: np.ndarray, window: int, hop: int, points: int | None = None) -> np.ndarray:
    """The spectra of all windows, ``(..., frames, points // 2 + 1) complex128``.

    Each window is faded in and out (:func:`hann`) and filled up with zeros to
    ``points`` samples; if not given, to the next power of two (:func:`fft_points`).

    Raises
    ------
    DataError
        For whole numbers other than int16, numbers that are not finite, or fewer
        points than a window has samples; and as :func:`frames`.

    >>> tone = np.cos(2 * np.pi * 1000 * np.arange(1600) / 16000)
    >>> int(np.abs(stft(tone, 480, 384))[0].argmax()) * 16000 / 512
    1000.0
    """
    x = np.asarray(x)
    if x.dtype == np.int16:
        x = x / 32768
    elif x.dtype.kind != "f" or not np.isfinite(x).all():
        what = "numbers that are not finite" if x.dtype.kind == "f" else x.dtype
        raise DataError(
            f"A sound is floats from -1 to 1, or int16; received {what}. For whole "
            "numbers of 16 bits: x.astype(np.int16)."
        )
    cut = frames(x, window, hop)
    points = points or fft_points(window)
    if points < window:
        raise DataError(
            f"A transform of {points:,} points would cut off a window of {window:,} "
            f"samples. Take {fft_points(window):,} points, or a shorter window."
        )
    return np.fft.rfft(cut * hann(window), points)


def power_spectrum(
    x: np.ndarray, window: int, hop: int, points: int | None = None
) -> np.ndarray:
    """The power in each window and bin, ``(..., frames, points // 2 + 1) float64``.

    A full-scale tone in the middle of a bin has power 1 there.

    >>> tone = np.cos(2 * np.pi * 1000 * np.arange(1600) / 16000)
    >>> round(float(power_spectrum(tone, 512, 384).max()), 6)
    1.0
    """
    full = hann(window).sum() / 2
    return np.abs(stft(x, window, hop, points) / full) ** 2


def hz_to_mel(hz):
    """Frequency as pitch that is heard as equal steps (O'Shaughnessy 1987).

    >>> round(float(hz_to_mel(1000.0)))
    1000
    """
    return 2595 * np.log10(1 + np.asarray(hz) / 700)


def mel_to_hz(mel):
    """The inverse of :func:`hz_to_mel`.

    >>> round(float(mel_to_hz(hz_to_mel(440.0))))
    440
    """
    return 700 * (10 ** (np.asarray(mel) / 2595) - 1)


def mel_filters(
    bands: int = 32,
    points: int = 512,
    rate_hz: int = 16000,
    low_hz: float = LOW_HZ,
    high_hz: float = HIGH_HZ,
) -> np.ndarray:
    """Triangles, equally wide in mel: ``power @ mel_filters(...)`` are the bands.

    Returns
    -------
    ndarray, (points // 2 + 1, bands) float64
        How much of each bin belongs to each band, 0 to 1. Neighbours overlap by half,
        so a bin between the first and the last centre is shared out whole.

    Raises
    ------
    DataError
        For bands that reach beyond half the rate, or are too narrow to hold a bin.

    >>> weights = mel_filters()
    >>> weights.shape, float(weights[100].sum().round(6))
    ((257, 32), 1.0)
    """
    if bands < 1 or not 0 < low_hz < high_hz <= rate_hz / 2:
        raise DataError(
            "There is 1 mel band at least, and all lie above 0 and up to half the "
            f"rate, {rate_hz / 2:,.0f} Hz; received {bands} from {low_hz:,.0f} to "
            f"{high_hz:,.0f} Hz. Give low_hz and high_hz for this rate."
        )
    edges = np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2)
    mel = hz_to_mel(np.arange(points // 2 + 1) * rate_hz / points)[:, np.newaxis]
    width = edges[1] - edges[0]
    weights = np.maximum(0, 1 - np.abs(mel - edges[1:-1]) / width)
    if not weights.any(axis=0).all():
        empty = np.flatnonzero(~weights.any(axis=0))
        raise DataError(
            f"{len(empty)} of {bands} mel bands hold no bin of a {points}-point "
            "spectrum: use fewer bands, more points, or a higher low_hz."
        )
    return weights


def log_mel(
    x: np.ndarray,
    *,
    rate_hz: int = 16000,
    window_ms: float = 30,
    hop_ms: float = 24,
    bands: int = 32,
    low_hz: float = LOW_HZ,
    high_hz: float = HIGH_HZ,
) -> np.ndarray:
    """The picture of a sound: the logarithm of the power in each mel band.

    Parameters
    ----------
    x : ndarray, (..., samples)
        Floats from -1 to 1, or int16.
    window_ms, hop_ms : float
        What one column hears, and from one column to the next.
    bands, low_hz, high_hz
        As in :func:`mel_filters`.

    Returns
    -------
    ndarray, (..., frames, bands) float32
        In doublings of power (3 dB each): 0 is a full-scale tone, -30 the floor.

    Raises
    ------
    DataError
        As :func:`stft` and :func:`mel_filters`.

    >>> log_mel(np.zeros(16000)).shape, float(log_mel(np.zeros(16000)).max())
    ((41, 32), -30.0)
    """
    window, hop = round(rate_hz * window_ms / 1000), round(rate_hz * hop_ms / 1000)
    power = power_spectrum(x, window, hop)
    weights = mel_filters(bands, fft_points(window), rate_hz, low_hz, high_hz)
    return np.log2(power @ weights + 2.0**FLOOR).astype(np.float32)


def dct_matrix(size: int, kept: int) -> np.ndarray:
    """Cosines of 0, 1/2, 1, ... waves over ``size`` values: (size, kept), orthonormal.

    Raises
    ------
    DataError
        For more cosines than values: they would repeat.

    >>> basis = dct_matrix(8, 8)
    >>> bool(np.allclose(basis.T @ basis, np.eye(8)))
    True
    """
    if not 1 <= kept <= size:
        raise DataError(
            f"Of {size} values 1 to {size} coefficients can be kept; received {kept}."
        )
    angle = math.pi / size * (np.arange(size)[:, np.newaxis] + 0.5) * np.arange(kept)
    basis = math.sqrt(2 / size) * np.cos(angle)
    basis[:, 0] /= math.sqrt(2)
    return basis


def mfcc(
    x: np.ndarray,
    *,
    rate_hz: int = 16000,
    window_ms: float = 30,
    hop_ms: float = 24,
    bands: int = 32,
    coefficients: int = 13,
    low_hz: float = LOW_HZ,
    high_hz: float = HIGH_HZ,
) -> np.ndarray:
    """Mel-frequency cepstral coefficients: the shape of each log-mel spectrum.

    The discrete cosine transform (DCT-II, orthonormal) of :func:`log_mel`, of which the
    slowest waves are kept (Davis and Mermelstein 1980). The first one is the loudness.

    Parameters
    ----------
    x, rate_hz, window_ms, hop_ms, bands, low_hz, high_hz
        As in :func:`log_mel`.
    coefficients : int
        How many are kept: 1 to ``bands``.

    Returns
    -------
    ndarray, (..., frames, coefficients) float32

    Raises
    ------
    DataError
        As :func:`log_mel`, and for more coefficients than bands.

    >>> mfcc(np.zeros(16000)).shape
    (41, 13)
    """
    logs = log_mel(
        x,
        rate_hz=rate_hz,
        window_ms=window_ms,
        hop_ms=hop_ms,
        bands=bands,
        low_hz=low_hz,
        high_hz=high_hz,
    )
    return (logs @ dct_matrix(bands, coefficients)).astype(np.float32)
