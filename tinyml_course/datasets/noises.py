"""Noises of eleven kinds and rooms with echoes: a seed comes in, sound comes out.

Every noise is made of random numbers and filters; no place was recorded. Each call
draws a *place* (how loud its parts are, how fast, how high), so that two calls with
one kind sound like two places of that kind.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyml_course.errors import DataError

__all__ = ["KINDS", "RATE_HZ", "echo", "noise", "room"]

RATE_HZ = 16000


def _coloured(rng, n: int, slope: float, low=20.0, high=8000.0) -> np.ndarray:
    """Noise whose power falls with frequency as f**-slope, between two edges."""
    spectrum = rng.normal(size=n // 2 + 1) + 1j * rng.normal(size=n // 2 + 1)
    hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    gain = np.maximum(hz, 20.0) ** (-slope / 2)
    gain *= 1 / (1 + (low / np.maximum(hz, 1)) ** 4) / (1 + (hz / high) ** 4)
    x = np.fft.irfft(spectrum * gain, n)
    return x / (x.std() + 1e-12)


def _swell(rng, n: int, seconds: float, depth: float) -> np.ndarray:
    """A slow rise and fall around 1, about one in ``seconds``."""
    count = max(2, int(n / RATE_HZ / seconds) + 3)
    knots = np.exp(depth * rng.normal(size=count))
    where = np.linspace(0, count - 1, n) * (n / RATE_HZ / seconds) / (count - 1)
    return np.interp(where + rng.random(), np.arange(count), knots)


def _hits(rng, n: int, rate_hz: float, ring: Callable) -> np.ndarray:
    """Short sounds at random moments, ``rate_hz`` of them a second."""
    x = np.zeros(n)
    for start in rng.integers(0, n, rng.poisson(rate_hz * n / RATE_HZ)):
        hit = ring()[: n - start]
        x[start : start + len(hit)] += hit * rng.lognormal(0, 0.6)
    return x


def _ping(rng, low: float, high: float, seconds: float, modes: int) -> np.ndarray:
    t = np.arange(int(5 * seconds * RATE_HZ)) / RATE_HZ
    hz = rng.uniform(low, high, modes)[:, None]
    rings = np.sin(2 * np.pi * hz * t) * rng.random((modes, 1))
    return (rings * np.exp(-t / seconds)).sum(axis=0)


def _tones(rng, n: int, base: float, count: int, fall: float) -> np.ndarray:
    t = np.arange(n) / RATE_HZ
    k = np.arange(1, count + 1)[:, None]
    strength = rng.random((count, 1)) * k ** (-fall)
    return (strength * np.sin(2 * np.pi * (k * base * t + rng.random((count, 1))))).sum(
        axis=0
    )


def _hiss(rng, n):
    return _coloured(rng, n, rng.uniform(0, 2))


def _hum(rng, n):
    hum = _tones(rng, n, rng.choice([50.0, 60.0]), 12, rng.uniform(0.3, 1.2))
    return hum / hum.std() + rng.uniform(0.05, 0.4) * _coloured(rng, n, 1.0)


def _fan(rng, n):
    blades = _tones(rng, n, rng.uniform(60, 250), 6, 1.0)
    air = _coloured(rng, n, rng.uniform(0.5, 1.2), 80, rng.uniform(1500, 5000))
    return air + rng.uniform(0.1, 1.0) * blades / blades.std()


def _rain(rng, n):
    drop = _ping(rng, 1500, 7000, 0.002, 3)
    drops = _hits(rng, n, rng.uniform(30, 150), lambda: drop)
    roof = _coloured(rng, n, rng.uniform(0, 0.6), 500)
    return roof + rng.uniform(0.5, 2.0) * drops / (drops.std() + 1e-6)


def _office(rng, n):
    def key():
        return rng.normal(size=160) * np.exp(-np.arange(160) / rng.uniform(15, 50))

    keys = _hits(rng, n, rng.uniform(2, 9), key)
    air = _coloured(rng, n, rng.uniform(1.0, 1.8), 60, rng.uniform(600, 3000))
    return air + rng.uniform(1.0, 4.0) * keys / (keys.std() + 0.05)


def _music(rng, n):
    def note():
        pitch = 110 * 2 ** (rng.integers(0, 30) / 12)
        t = np.arange(8000) / RATE_HZ
        sound = sum(np.sin(2 * np.pi * k * pitch * t) / k for k in range(1, 5))
        return sound * np.exp(-t * rng.uniform(3, 9))

    notes = _hits(rng, n, rng.uniform(3, 10), note)
    return notes / (notes.std() + 0.05) + 0.05 * _coloured(rng, n, 1.0)


def _murmur(rng, n):
    """Many far voices: three hills in the spectrum, in the rhythm of syllables."""
    x = np.zeros(n)
    for _ in range(rng.integers(3, 9)):
        for middle in rng.uniform((250, 800, 2000), (800, 2000, 3400)):
            hill = _coloured(rng, n, 0, 0.85 * middle, 1.15 * middle)
            x += hill * _swell(rng, n, rng.uniform(0.1, 0.3), 1.0) * (500 / middle)
    return x


def _workshop(rng, n):
    def knock():
        length = int(rng.uniform(0.02, 0.25) * RATE_HZ)
        low = rng.uniform(100, 2500)
        burst = _coloured(rng, length, 0, low, low * rng.uniform(1.3, 3))
        tone = np.sin(2 * np.pi * rng.uniform(150, 3500) * np.arange(length) / RATE_HZ)
        fade = np.exp(-np.arange(length) / (length * rng.uniform(0.15, 0.5)))
        return (burst + rng.uniform(0, 2) * tone) * fade

    knocks = _hits(rng, n, rng.uniform(1, 6), knock)
    saw = _coloured(rng, n, rng.uniform(0, 1.5)) * _swell(rng, n, 0.25, 0.8)
    return knocks / (knocks.std() + 0.05) + rng.uniform(0.05, 0.7) * saw


def _street(rng, n):
    tyres = _coloured(rng, n, rng.uniform(0.6, 1.4), 150, rng.uniform(1500, 4000))
    rumble = _coloured(rng, n, 2.0, 30, 250)
    cars = tyres * _swell(rng, n, rng.uniform(1, 3), 0.7)
    engine = _tones(rng, n, rng.uniform(30, 70), 10, 0.6)
    return cars + rng.uniform(0.5, 1.5) * rumble + 0.3 * engine / engine.std()


def _kitchen(rng, n):
    def plate():
        return _ping(rng, 900, 6500, rng.uniform(0.02, 0.08), 6)

    plates = _hits(rng, n, rng.uniform(1, 5), plate)
    water = _coloured(rng, n, rng.uniform(-0.3, 0.5), 400, rng.uniform(3000, 7000))
    water = water * _swell(rng, n, 0.3, 0.2) * rng.uniform(0.5, 1.0)
    return water + rng.uniform(0.5, 1.5) * plates / (plates.std() + 0.05)


def _wind(rng, n):
    gusts = _coloured(rng, n, rng.uniform(1.8, 2.6), 20, rng.uniform(300, 1200))
    leaves = _coloured(rng, n, 0.3, 1500, 6000) * rng.uniform(0.02, 0.2)
    return (gusts + leaves) * _swell(rng, n, rng.uniform(0.3, 1.2), 0.6)


_MAKERS = {
    "hiss": _hiss,
    "hum": _hum,
    "fan": _fan,
    "rain": _rain,
    "office": _office,
    "music": _music,
    "murmur": _murmur,
    "workshop": _workshop,
    "street": _street,
    "kitchen": _kitchen,
    "wind": _wind,
}
KINDS = tuple(_MAKERS)
"""The kinds that :func:`noise` can make."""


def noise(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` samples of noise at 16 kHz, ``(n,) float32``, of mean square 1.

    >>> noise("wind", 16000, np.random.default_rng(0)).shape
    (16000,)
    """
    if kind not in _MAKERS:
        raise DataError(f"There is no noise {kind!r}. Known: {', '.join(KINDS)}.")
    x = _MAKERS[kind](rng, n)
    return (x / (np.sqrt(np.mean(x**2)) + 1e-9)).astype(np.float32)


def room(rng: np.random.Generator) -> np.ndarray:
    """The answer of a random room to a click at 16 kHz: the click, then its echoes.

    Echoes fade by 60 dB in 0.1 to 0.5 s, and are 4 to 16 dB weaker, all together, than
    the direct sound.
    """
    fade_s = rng.uniform(0.1, 0.5)
    t = np.arange(int(0.6 * fade_s * RATE_HZ)) / RATE_HZ
    echoes = rng.normal(size=len(t)) * 10 ** (-3 * t / fade_s)
    echoes[: int(rng.uniform(0.001, 0.006) * RATE_HZ)] = 0
    echoes *= 10 ** (-rng.uniform(4, 16) / 20) / np.sqrt(np.sum(echoes**2))
    echoes[0] = 1
    return echoes.astype(np.float32)


def echo(x: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """``x`` as it sounds in a room, with the last echoes."""
    from scipy.signal import fftconvolve

    return fftconvolve(x, answer).astype(np.float32)
