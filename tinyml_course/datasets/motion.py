"""People who walk, climb and rest: recordings of waist and wrist, and a generator.

The physics is in :mod:`tinyml_course.datasets.gait`.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.datasets import gait
from tinyml_course.datasets.base import Dataset, card, folder
from tinyml_course.datasets.gait import FULL_SCALE, LABELS, RATE_HZ

__all__ = [
    "COLUMNS",
    "FULL_SCALE",
    "LABELS",
    "RATE_HZ",
    "generate",
    "load",
    "session",
    "to_units",
    "walks",
]

COLUMNS = tuple(
    f"{place} {kind} {axis}"
    for place in ("waist", "wrist")
    for kind in ("acceleration", "rotation")
    for axis in "xyz"
)
SUBJECTS, TEST_SUBJECTS, SECONDS, SEED = 20, 6, 25.6, 16


def load(seed: int = 0) -> Dataset:
    """Six activities of 20 people, split by person."""
    with np.load(folder("motion") / "recordings.npz") as file:
        x, y, subject = file["counts"], file["activity"].astype(int), file["subject"]
    rng = np.random.default_rng(seed)
    # Whole people to either side: rows of one person are too much alike to be a test.
    people = rng.permutation(np.unique(subject))
    train, test = (
        rng.permutation(np.flatnonzero(np.isin(subject, some)))
        for some in (people[TEST_SUBJECTS:], people[:TEST_SUBJECTS])
    )
    return Dataset(
        "motion",
        x[train],
        y[train],
        x[test],
        y[test],
        labels=LABELS,
        card=card("motion"),
        columns=COLUMNS,
        groups_train=subject[train],
        groups_test=subject[test],
    )


def to_units(counts: np.ndarray) -> np.ndarray:
    """Counts (..., 12) or (..., 6) as float32: g for accelerations, rad/s for turns.

    >>> float(to_units(np.full((1, 12), 16384))[0, 0])
    1.0
    """
    scale = FULL_SCALE[: counts.shape[-1]] / 32768
    return (counts * scale).astype(np.float32)


def generate(
    subjects: int = SUBJECTS,
    *,
    seconds: float = SECONDS,
    seed: int = SEED,
    spread: float = 1.0,
) -> dict[str, np.ndarray]:
    """Each subject in each activity once: ``counts``, ``activity``, ``subject``.

    Parameters
    ----------
    subjects : int
        How many people.
    seconds : float
        Length of each recording.
    seed : int
        Of everything; the same seed with another ``spread`` has the same noise.
    spread : float
        How much people, and the way they wear their sensors, differ: 1 as in the
        committed file, 0 makes them all the same.

    Returns
    -------
    dict
        ``counts`` (6 * subjects, time, 12) int16, ``activity`` and ``subject``
        (6 * subjects,) uint8.

    >>> generate(2, seconds=2.56)["counts"].shape
    (12, 128, 12)
    """
    rows = []
    for subject in range(subjects):
        who = gait.person(np.random.default_rng([seed, subject]), spread)
        for activity in LABELS:
            rng = np.random.default_rng([seed, subject, LABELS.index(activity)])
            felt, _ = gait.feel(who, activity, seconds, rng)
            rows.append(gait.counts(felt, who, rng))
    return {
        "counts": np.array(rows),
        "activity": np.tile(np.arange(6, dtype=np.uint8), subjects),
        "subject": np.repeat(np.arange(subjects, dtype=np.uint8), 6),
    }


def session(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """One person, one afternoon: counts (time, 12) and the activity of each reading.

    >>> counts, activity = session()
    >>> counts.shape[0] == activity.shape[0]
    True
    """
    rng = np.random.default_rng([SEED, 1000, seed])
    who = gait.person(rng, 1.0)
    counts, truth = [], []
    for number in (4, 0, 1, 4, 2, 0, 3, 5):
        seconds = rng.uniform(5, 11)
        felt, _ = gait.feel(who, LABELS[number], seconds, rng)
        counts.append(gait.counts(felt, who, rng))
        truth.append(np.full(len(counts[-1]), number))
    return np.concatenate(counts), np.concatenate(truth)


def walks(
    n: int, seed: int = 0, *, seconds: float = 8.0, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """``n`` people start from rest and walk, with a turn: what the waist feels, where.

    Returns
    -------
    x, path : ndarray
        The six channels of the waist in counts (n, time, 6) int16, and where the waist
        truly was at each reading, (n, time, 2) float32: metres ahead and to the left of
        the start.

    >>> x, path = walks(2)
    >>> x.shape, path.shape
    ((2, 400, 6), (2, 400, 2))
    """
    x, paths = [], []
    for row in range(n):
        rng = np.random.default_rng([SEED, 2000, seed, row])
        who = gait.person(rng, spread)
        speed, turn = rng.uniform(0.7, 1.7), np.deg2rad(rng.uniform(-100, 100))
        middle, wide = rng.uniform(3, seconds - 2), rng.uniform(0.5, 1.2)

        def tour(t, speed=speed, turn=turn, middle=middle, wide=wide):
            return speed * gait.rise((t - 1.0) / 1.4), turn * gait.rise(
                (t - middle) / wide
            )

        felt, path = gait.feel(who, "walking", seconds, rng, tour, speed)
        x.append(gait.counts(felt, who, rng)[:, :6])
        paths.append(path)
    return np.array(x), np.array(paths, dtype=np.float32)
