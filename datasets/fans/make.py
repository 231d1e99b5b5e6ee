"""Make recordings.npz: python datasets/fans/make.py (the same arrays each time).

A simulation, and the card beside this file says so. Somebody walks with a board from
fan to fan, holds the board's accelerometer against the housing, and records each fan
as it is, with a lump of putty on a blade, with its filter covered, and with a worn
bearing put in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

FANS = 32
STATES = ("fine", "unbalanced", "blocked", "worn")
RATE_HZ = 119.0  # the rate of the board's sensor library
SAMPLES = 1_536  # in one recording: 12 windows of 128
COUNTS_PER_G = 8_192.0  # 16 bits for -4 g to 4 g


def noise(rng: np.random.Generator, shape: np.ndarray) -> np.ndarray:
    """Noise with this amplitude spectrum, (SAMPLES // 2 + 1,) -> (SAMPLES,)."""
    bins = len(shape)
    white = rng.normal(size=bins) + 1j * rng.normal(size=bins)
    return np.fft.irfft(white * shape * np.sqrt(SAMPLES) / 2, SAMPLES)


def turn(rng: np.random.Generator, degrees: float) -> np.ndarray:
    """A rotation by normal angles about the three axes, (3, 3)."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(rng.normal(0, degrees, 3))):
        c, s = np.cos(angle), np.sin(angle)
        i, j = [k for k in range(3) if k != axis]
        step = np.eye(3)
        step[i, i], step[i, j], step[j, i], step[j, j] = c, -s, s, c
        matrix = step @ matrix
    return matrix


def fan_of(rng: np.random.Generator) -> dict:
    """One fan and how it is mounted."""
    return {
        "turns": rng.uniform(19.0, 27.0),  # a second
        "lump": 0.055 * np.exp(rng.normal(0, 0.5)),  # g: no fan is in balance
        "air": 0.030 * np.exp(rng.normal(0, 0.45)),
        "stiffness": np.exp(rng.normal(0, 0.30, 3)),  # along each axis
        "rings_at": rng.uniform(28.0, 52.0),  # Hz: the sheet it is screwed to
        "rings": rng.uniform(1.0, 4.0),
    }


def record(rng: np.random.Generator, fan: dict, state: str) -> np.ndarray:
    """One recording in counts, (SAMPLES, 3) int16: across, up, along the shaft."""
    t = np.arange(SAMPLES) / RATE_HZ
    hertz = np.fft.rfftfreq(SAMPLES, 1 / RATE_HZ)
    severity = np.exp(rng.normal(0, 0.35))
    turns, lump, air = fan["turns"], fan["lump"], fan["air"]
    if state == "unbalanced":
        lump += 0.085 * severity
    if state == "blocked":
        turns *= 1 - 0.06 * severity
    phase = 2 * np.pi * (turns * t + np.cumsum(rng.normal(0, 0.004, SAMPLES)))
    phase += rng.uniform(0, 2 * np.pi)

    sheet = 1 + fan["rings"] / (1 + ((hertz - fan["rings_at"]) / 3.0) ** 2)
    rush = air / (1 + hertz / 25.0) * sheet
    if state == "blocked":  # the stream tears off the blades and buffets
        rush = rush + 0.034 * severity * (hertz < 14) * (hertz > 1)
    axes = [noise(rng, rush) for _ in range(3)]
    if state == "worn":  # balls pass the pit; the cage's turn makes it swell and fade
        swell = 1 + 0.8 * np.cos(0.4 * phase)
        axes = [a + swell * noise(rng, 0.022 * severity * sheet) for a in axes]
    shake = np.column_stack(axes)
    shake[:, 0] += lump * np.cos(phase) + 0.25 * lump * np.cos(2 * phase)
    shake[:, 1] += lump * np.sin(phase)
    shake[:, 2] += 0.3 * lump * np.cos(phase + 1.0)

    shake = (shake * fan["stiffness"] + [0, -1.0, 0]) @ turn(rng, 12.0).T
    counts = np.round(shake * COUNTS_PER_G + rng.normal(0, 20, shake.shape))
    return np.clip(counts, -32_768, 32_767).astype(np.int16)


def recordings(seed: int = 17) -> dict[str, np.ndarray]:
    """All of them: counts (128, SAMPLES, 3), state (128,) and fan (128,)."""
    rng = np.random.default_rng(seed)
    fans = [fan_of(rng) for _ in range(FANS)]
    rows = [(f, s) for f in range(FANS) for s in range(len(STATES))]
    counts = np.stack([record(rng, fans[f], STATES[s]) for f, s in rows])
    # Two accidents, as they happen. The sensor's bus hung and repeated the last value:
    hung = rows.index((18, STATES.index("worn")))
    counts[hung, 700:1_150] = counts[hung, 700]
    # and one recording was saved a second time, under the name of another state.
    fine, blocked = (rows.index((4, STATES.index(s))) for s in ("fine", "blocked"))
    counts[blocked] = counts[fine]
    return {
        "counts": counts,
        "state": np.array([s for _, s in rows], np.int8),
        "fan": np.array([f for f, _ in rows], np.int8),
    }


if __name__ == "__main__":
    file = Path(__file__).with_name("recordings.npz")
    np.savez_compressed(file, **recordings())
