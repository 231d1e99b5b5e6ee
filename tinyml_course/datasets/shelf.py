"""The data sets of Part I: scikit-learn's, and small recordings beside their cards."""

from __future__ import annotations

import numpy as np

from tinyml_course.datasets.base import Dataset, card, folder, split
from tinyml_course.errors import ToolError

__all__ = ["breast_cancer", "diabetes", "digits", "fans", "thermometer", "wine"]


def digits(seed: int) -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels."""
    raw = _scikit_learn().load_digits()
    x = (raw.images[..., np.newaxis] / 16.0).astype(np.float32)  # pixels are 0..16
    y = raw.target.astype(np.int64)
    train, test = split(y, 360, seed, by_class=True)
    labels = tuple(str(digit) for digit in range(10))
    return Dataset(
        "digits", x[train], y[train], x[test], y[test], labels, card("digits")
    )


def thermometer(seed: int) -> Dataset:
    """80 readings of two sensors, and the temperature of each."""
    path = folder("thermometer") / "readings.csv"
    with path.open(encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
        table = np.loadtxt(file, delimiter=",")
    x, y = table[:, :2], table[:, 2]
    train, test = split(y, 20, seed)
    return Dataset(
        "thermometer",
        x[train],
        y[train],
        x[test],
        y[test],
        labels=(),
        card=card("thermometer"),
        columns=tuple(columns[:2]),
    )


def diabetes(seed: int) -> Dataset:
    """442 patients, ten measurements, the disease a year later."""
    raw = _scikit_learn().load_diabetes(scaled=False)
    train, test = split(raw.target, 110, seed)
    return Dataset(
        "diabetes",
        raw.data[train],
        raw.target[train],
        raw.data[test],
        raw.target[test],
        labels=(),
        card=card("diabetes"),
        columns=tuple(raw.feature_names),
    )


def wine(seed: int) -> Dataset:
    """178 wines of three cultivars, thirteen measurements."""
    raw = _scikit_learn().load_wine()
    y = raw.target.astype(np.int64)
    train, test = split(y, 54, seed, by_class=True)
    return Dataset(
        "wine",
        raw.data[train],
        y[train],
        raw.data[test],
        y[test],
        labels=("Barolo", "Grignolino", "Barbera"),
        card=card("wine"),
        columns=tuple(raw.feature_names),
    )


def breast_cancer(seed: int) -> Dataset:
    """569 tumours, thirty measurements, benign or malignant."""
    raw = _scikit_learn().load_breast_cancer()
    y = (1 - raw.target).astype(np.int64)  # theirs: 1 is benign; ours: 1 is malignant
    train, test = split(y, 114, seed, by_class=True)
    return Dataset(
        "breast_cancer",
        raw.data[train],
        y[train],
        raw.data[test],
        y[test],
        labels=("benign", "malignant"),
        card=card("breast_cancer"),
        columns=tuple(str(name) for name in raw.feature_names),
    )


def fans(seed: int) -> Dataset:
    """Vibration of 32 fans in four states, split by fan."""
    with np.load(folder("fans") / "recordings.npz") as file:
        x, y, fan = file["counts"], file["state"].astype(np.int64), file["fan"]
    rng = np.random.default_rng(seed)
    # Whole fans to either side: rows of one fan are too much alike to be a test.
    fans = rng.permutation(np.unique(fan))
    train, test = (
        rng.permutation(np.flatnonzero(np.isin(fan, some)))
        for some in (fans[:16], fans[16:])
    )
    return Dataset(
        "fans",
        x[train],
        y[train],
        x[test],
        y[test],
        labels=("fine", "unbalanced", "blocked", "worn"),
        card=card("fans"),
        columns=("across", "up", "along"),
        groups_train=fan[train],
        groups_test=fan[test],
    )


def _scikit_learn():
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ToolError(
            "This data set comes with scikit-learn, which is not installed. "
            "Try: pip install 'tinyml-course[train]'."
        ) from error
    return datasets
