"""The course's own models, each with data that it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinyml_course import datasets, train
from tinyml_course.datasets import boats_fair

if TYPE_CHECKING:
    import keras

__all__ = ["SHELF", "Data"]


class Data(NamedTuple):
    """Rows to calibrate with and others to validate with; ``y`` where it is known."""

    name: str
    x: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray | None


def _digits() -> tuple[keras.Model, Data]:
    import keras

    data = datasets.load("digits")
    train.seed_everything(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same", activation="relu", name="conv_1"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(16, 3, activation="relu", name="conv_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="scores"),
        ],
        name="digits_cnn",
    )
    train.fit(model, data.x_train, data.y_train, epochs=8, progress=False)
    return model, Data("digits", data.x_train, data.x_test, data.y_test)


def _boats() -> tuple[keras.Model, Data]:
    import keras

    path = datasets.folder("boats_cnn") / "model.keras"
    data = datasets.load("boats")
    model = keras.saving.load_model(path, compile=False)
    return model, Data("boats", data.x_train, data.x_test, data.y_test)


def _mended() -> tuple[keras.Model, Data]:
    seen, new = boats_fair.load("archive"), boats_fair.load("test")
    data = Data("boats_fair", seen["x"], new["x"], new["y"])
    return boats_fair.model("mended"), data


SHELF: dict[str, tuple[str, Callable[[], tuple[keras.Model, Data]]]] = {
    "digits": ("digits: a small CNN, trained now in a few seconds", _digits),
    "boats": ("boats: the CNN of chapter 09, 64 x 64 pixels", _boats),
    "boats_fair": ("boats: the mended CNN of chapter 12, 32 x 32 pixels", _mended),
}
"""Name -> (what the page calls it, what loads it)."""
