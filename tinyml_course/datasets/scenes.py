"""Where a sound was heard: five kinds of place, generated; features loaded."""

from __future__ import annotations

import numpy as np

from tinyml_course.datasets import noises
from tinyml_course.datasets.base import Dataset, card, folder

__all__ = ["LABELS", "generate", "scenes"]

LABELS = ("street", "kitchen", "office", "wind", "workshop")
RATE_HZ = noises.RATE_HZ


def generate(places: int, seconds: int, seed: int) -> dict[str, np.ndarray]:
    """Sound of ``places`` places of each kind, cut into seconds.

    Another kind of place is heard from afar (5 to 18 dB weaker), and the microphone
    adds its hiss.

    Returns
    -------
    dict
        ``audio`` (n, 16000) int16, ``y`` (n,) int64, ``place`` (n,) int64.

    >>> generate(2, 3, seed=0)["audio"].shape
    (30, 16000)
    """
    rng = np.random.default_rng(seed)
    audio, y, place = [], [], []
    for number in range(places * len(LABELS)):
        label = number % len(LABELS)
        far = str(rng.choice([name for name in LABELS if name != LABELS[label]]))
        n = seconds * RATE_HZ
        x = noises.noise(LABELS[label], n, rng)
        x += noises.noise(far, n, rng) * 10 ** (-rng.uniform(5, 18) / 20)
        x += noises.noise("hiss", n, rng) * 10 ** (-rng.uniform(10, 30) / 20)
        x *= 10 ** (rng.uniform(-45, -15) / 20)
        audio.append(np.clip(np.round(32767 * x), -32768, 32767).astype(np.int16))
        y += seconds * [label]
        place += seconds * [number]
    return {
        "audio": np.concatenate(audio).reshape(-1, RATE_HZ),
        "y": np.array(y, np.int64),
        "place": np.array(place, np.int64),
    }


def scenes(seed: int) -> Dataset:
    """Pictures of sound from places of five kinds, split by place."""
    with np.load(folder("scenes") / "features.npz") as file:
        x, y, place = file["x"], file["y"].astype(np.int64), file["place"]
    rng = np.random.default_rng(seed)
    kinds = len(LABELS)
    held = np.zeros(len(y), bool)
    for label in range(kinds):  # a third of the places of each kind
        names = rng.permutation(np.unique(place[y == label]))
        held |= np.isin(place, names[: len(names) // 3])
    train, test = (rng.permutation(np.flatnonzero(side)) for side in (~held, held))
    x = x[..., np.newaxis].astype(np.float32) / 8
    return Dataset(
        "scenes",
        x[train],
        y[train],
        x[test],
        y[test],
        LABELS,
        card("scenes"),
        groups_train=place[train],
        groups_test=place[test],
    )
