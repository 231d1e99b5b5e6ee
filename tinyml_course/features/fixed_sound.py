"""16-bit sound comes in, 8-bit mel bands go out, in whole numbers; and the C of it.

Each function here is the twin of one in `runtime/frontend/tc_frontend.c`, where the
argument stands that nothing overflows: same integers, same order, same bytes out. A
right shift rounds down in both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.features import sound

__all__ = ["FrontEnd", "fixed_log_mel", "log2_q15"]

ONE = 1 << 15  # 1 as Q15
OUTSIDE = 255  # the interval of a bin that no band wants
MAX_BANDS = 64
_AT_ONCE = 2048  # windows


@dataclass(frozen=True)
class FrontEnd:
    """What a front end computes, and the whole numbers it computes with.

    Attributes
    ----------
    rate_hz, window_ms, hop_ms, bands, low_hz, high_hz
        As in :func:`tinyml_course.features.log_mel`.
    scale, zero_point : float, int
        Of the output: doublings of power = scale * (value - zero_point). The default
        has steps of 1/8 doubling (0.4 dB) from -30, the floor, to 1.9. For a model take
        those of its input.

    Raises
    ------
    DataError
        For what the board's code cannot hold.

    >>> FrontEnd().window, FrontEnd().hop, FrontEnd().points
    (480, 384, 512)
    """

    rate_hz: int = 16000
    window_ms: float = 30
    hop_ms: float = 24
    bands: int = 32
    low_hz: float = sound.LOW_HZ
    high_hz: float = sound.HIGH_HZ
    scale: float = 0.125
    zero_point: int = 112

    def __post_init__(self) -> None:
        if not 33 <= self.window <= 1024 or not 1 <= self.hop <= self.window:
            raise DataError(
                "The fixed-point front end takes a window of 33 to 1,024 samples and a "
                f"hop of at most a window; received {self.window:,} and {self.hop:,}. "
                "Change window_ms or hop_ms, or sample less often."
            )
        if self.bands not in range(1, MAX_BANDS + 1):
            raise DataError(
                f"The front end has 1 to {MAX_BANDS} bands; received {self.bands}."
            )
        if not 2.0**-10 <= self.scale <= 16 or self.zero_point not in range(-128, 128):
            raise DataError(
                "The output needs a scale from 1/1024 to 16 and a whole zero point "
                f"from -128 to 127; received {self.scale} and {self.zero_point}. Take "
                "those of the model's input."
            )
        _ = self.weights  # raises if a band holds no bin

    @property
    def window(self) -> int:
        """Samples of a window."""
        return round(self.rate_hz * self.window_ms / 1000)

    @property
    def hop(self) -> int:
        """Samples from a window to the next."""
        return round(self.rate_hz * self.hop_ms / 1000)

    @property
    def points(self) -> int:
        """Points of the transform."""
        return sound.fft_points(self.window)

    @cached_property
    def fade(self) -> np.ndarray:
        """Hann's window in Q15, ``(window,) int64``."""
        return np.round(sound.hann(self.window) * ONE).astype(np.int64)

    @cached_property
    def sine(self) -> np.ndarray:
        """Three quarters of a turn in Q30, ``(3 * points // 4,) int64``."""
        turn = 2 * np.pi * np.arange(3 * self.points // 4) / self.points
        return np.round(np.sin(turn) * 2**30).astype(np.int64)

    @cached_property
    def weights(self) -> np.ndarray:
        """:func:`tinyml_course.features.mel_filters`, which the tables come from."""
        return sound.mel_filters(
            self.bands, self.points, self.rate_hz, self.low_hz, self.high_hz
        )

    @cached_property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """For each bin between which centres it lies, and the upper band's share.

        ``(points // 2,) int64`` both: 0 is the interval below the first centre,
        `OUTSIDE` none; the share is in Q15.
        """
        low, high = sound.hz_to_mel(self.low_hz), sound.hz_to_mel(self.high_hz)
        hz = np.arange(self.points // 2) * self.rate_hz / self.points
        steps = (sound.hz_to_mel(hz) - low) / (high - low) * (self.bands + 1)
        interval = np.floor(steps).astype(np.int64)
        rising = np.round((steps - interval) * ONE).astype(np.int64)
        outside = (interval < 0) | (interval > self.bands)
        outside[0] = True  # the mean is no sound
        return np.where(outside, OUTSIDE, interval), np.where(outside, 0, rising)

    @property
    def power_shift(self) -> int:
        """Brings the power to units of one step of a sample, squared."""
        return 30 - 2 * (self.points.bit_length() - 1)

    @property
    def full_scale(self) -> float:
        """The energy of a full-scale tone, log2."""
        return 2 * math.log2(32768 * sound.hann(self.window).sum() / 2) + 15

    @property
    def floor(self) -> int:
        """What is added to each band's energy."""
        return round(2 ** (self.full_scale + sound.FLOOR))

    @property
    def reference(self) -> int:
        """`full_scale` in Q15."""
        return round(self.full_scale * ONE)

    @property
    def multiplier(self) -> tuple[int, int]:
        """``(multiplier, shift)``: value * multiplier / 2**shift is Q15 in steps."""
        fraction, exponent = math.frexp(1 / (self.scale * ONE))
        whole = round(fraction * 2**31)
        if whole == 2**31:
            whole, exponent = 2**30, exponent + 1
        return whole, 31 - exponent


LOG2_TABLE = np.round(np.log2(1 + np.arange(33) / 32) * ONE).astype(np.int64)


def fixed_log_mel(samples: np.ndarray, front: FrontEnd | None = None) -> np.ndarray:
    """What the front end on the board makes of 16-bit sound.

    Parameters
    ----------
    samples : ndarray, (..., samples) int16
    front : FrontEnd, optional
        ``FrontEnd()`` if not given: 30 ms, 24 ms, 32 bands.

    Returns
    -------
    ndarray, (..., frames, bands) int8
        ``front.scale * (value - front.zero_point)`` is close to
        :func:`tinyml_course.features.log_mel`.

    Raises
    ------
    DataError
        For samples that are not int16, or fewer than a window.

    >>> fixed_log_mel(np.zeros(16000, np.int16)).shape
    (41, 32)
    """
    front = front or FrontEnd()
    samples = np.asarray(samples)
    if samples.dtype != np.int16:
        raise DataError(
            f"The front end takes samples as int16; received {samples.dtype}. For "
            "floats from -1 to 1: np.clip(np.round(x * 32768), -32768, 32767)"
            ".astype(np.int16)."
        )
    windows = sound.frames(samples, front.window, front.hop)
    rows = windows.reshape(-1, front.window)
    out = np.empty((len(rows), front.bands), np.int8)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE].astype(np.int64)
        energy = _bands(front, *_transform(front, *_pack(front, part)))
        out[start : start + _AT_ONCE] = _log(front, energy)
    return out.reshape(*windows.shape[:-1], front.bands)


def _pack(front: FrontEnd, rows: np.ndarray):
    """Faded, even samples real, odd ones imaginary, in the order of reversed bits."""
    faded = np.zeros((len(rows), front.points), np.int64)
    faded[:, : front.window] = rows * front.fade
    count = front.points // 2
    bits = count.bit_length() - 1
    order = [int(f"{i:0{bits}b}"[::-1], 2) for i in range(count)]
    return faded[:, 0::2][:, order], faded[:, 1::2][:, order]


def _transform(front: FrontEnd, re: np.ndarray, im: np.ndarray):
    """The transform of count = points / 2 complex numbers, divided by count."""
    n, count = re.shape
    half = 1
    while half < count:
        angle = np.arange(half) * (count // half)
        cosine, sine = front.sine[angle + front.points // 4], front.sine[angle]
        re, im = (part.reshape(n, -1, 2, half) for part in (re, im))
        a_re, a_im = re[:, :, 0] >> 1, im[:, :, 0] >> 1
        b_re, b_im = re[:, :, 1], im[:, :, 1]
        t_re = (cosine * b_re + sine * b_im) >> 31
        t_im = (cosine * b_im - sine * b_re) >> 31
        re = np.stack([a_re + t_re, a_re - t_re], axis=2).reshape(n, count)
        im = np.stack([a_im + t_im, a_im - t_im], axis=2).reshape(n, count)
        half *= 2
    return re, im


def _bands(front: FrontEnd, re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """Energy in the bands, ``(n, bands) uint64``."""
    count, quarter = front.points // 2, front.points // 4
    k = np.arange(1, quarter + 1)
    z_re, z_im, m_re, m_im = re[:, k], im[:, k], re[:, count - k], im[:, count - k]
    even_re, even_im = (z_re >> 2) + (m_re >> 2), (z_im >> 2) - (m_im >> 2)
    odd_re, odd_im = (z_im >> 1) + (m_im >> 1), (m_re >> 1) - (z_re >> 1)
    cosine, sine = front.sine[k + quarter], front.sine[k]
    t_re = (cosine * odd_re + sine * odd_im) >> 31
    t_im = (cosine * odd_im - sine * odd_re) >> 31
    power = np.zeros((len(re), count), np.uint64)
    power[:, count - k] = (even_re - t_re) ** 2 + (even_im - t_im) ** 2
    power[:, k] = (even_re + t_re) ** 2 + (even_im + t_im) ** 2
    power >>= np.uint64(front.power_shift)
    interval, rising = front.shares
    energy = np.zeros((len(re), front.bands + 2), np.uint64)
    for step in range(front.bands + 1):
        mine = interval == step
        up = rising[mine].astype(np.uint64)
        energy[:, step] += (power[:, mine] * (np.uint64(ONE) - up)).sum(axis=1)
        energy[:, step + 1] += (power[:, mine] * up).sum(axis=1)
    return energy[:, 1:-1]


def log2_q15(x: np.ndarray) -> np.ndarray:
    """log2 of whole numbers >= 1, times 32,768, ``int64``.

    The place of the first 1, and for what follows it a table of 33 values with a
    straight line from each to the next: log2 is met within 0.0002.

    >>> log2_q15(np.array([1, 2, 3], np.uint64)).tolist()
    [0, 32768, 51936]
    """
    x = np.asarray(x, np.uint64).copy()
    whole = np.full(x.shape, 63, np.int64)
    for step in (32, 16, 8, 4, 2, 1):
        small = x >> np.uint64(64 - step) == 0
        x[small] <<= np.uint64(step)
        whole[small] -= step
    top = (x >> np.uint64(32)).astype(np.int64)
    row, rest = (top >> 26) & 31, (top >> 10) & 0xFFFF
    low, high = LOG2_TABLE[row], LOG2_TABLE[row + 1]
    return whole * ONE + low + (((high - low) * rest) >> 16)


def _log(front: FrontEnd, energy: np.ndarray) -> np.ndarray:
    multiplier, shift = front.multiplier
    value = log2_q15(energy + np.uint64(front.floor)) - front.reference
    steps = (value * multiplier + (1 << (shift - 1))) >> shift
    return np.clip(steps + front.zero_point, -128, 127).astype(np.int8)
