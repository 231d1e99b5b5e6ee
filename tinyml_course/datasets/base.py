"""What every data set is: arrays already split, a folder, and a card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml_course.errors import DataError

__all__ = ["Dataset", "card", "folder", "model_path", "split"]

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Arrays that belong together, split once into rows to learn from and to test on.

    Attributes
    ----------
    x_train, y_train, x_test, y_test : ndarray
        Inputs and answers; the first axis counts the rows.
    labels : tuple of str
        Names of the classes, indexed by ``y``; empty when ``y`` is a quantity.
    card : str
        The data card: origin, licence, shape, units, how it was made.
    columns : tuple of str
        Names of the columns of ``x``, where it has any.
    groups_train, groups_test : ndarray
        Who or what each row is from (a person, a device), where rows come in groups.

    >>> from tinyml_course.datasets import load
    >>> data = load("thermometer")
    >>> data
    thermometer: x_train (60, 2) float64, x_test (20, 2) float64
    >>> data.columns
    ('linear_counts', 'thermistor_counts')
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    labels: tuple[str, ...]
    card: str
    columns: tuple[str, ...] = ()
    groups_train: np.ndarray | None = None
    groups_test: np.ndarray | None = None

    def __repr__(self) -> str:
        text = (
            f"{self.name}: x_train {self.x_train.shape} {self.x_train.dtype}, "
            f"x_test {self.x_test.shape} {self.x_test.dtype}"
        )
        return f"{text}, {len(self.labels)} classes" if self.labels else text


def model_path(name: str) -> Path:
    """The path of a trained model that comes with the course, a ``.tflite``.

    Raises
    ------
    DataError
        If there is no such model.

    >>> model_path("digits_cnn").name
    'model.tflite'
    """
    path = folder(name) / "model.tflite"
    if not path.is_file():
        raise DataError(f"There is no model called {name!r}. Try 'digits_cnn'.")
    return path


def split(y: np.ndarray, test_rows: int, seed: int, *, by_class: bool = False):
    """Row numbers ``(train, test)``, both shuffled; ``by_class`` keeps class shares.

    >>> train, test = split(np.zeros(10), test_rows=3, seed=0)
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (7, 3, True)
    """
    if not 0 < test_rows < len(y):
        raise DataError(
            f"A split of {len(y):,} rows needs between 1 and {len(y) - 1:,} test rows; "
            f"received {test_rows:,}."
        )
    order = np.random.default_rng(seed).permutation(len(y))
    if by_class:
        # Deal the rows out class by class, evenly spread; then any slice is fair.
        place = np.empty(len(y))
        for label in np.unique(y):
            rows = order[y[order] == label]
            place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
        order = order[np.argsort(place[order], kind="stable")]
    test = order[:test_rows]
    train = order[test_rows:]
    shuffle = np.random.default_rng(seed + 1)
    return shuffle.permutation(train), shuffle.permutation(test)


def folder(name: str) -> Path:
    """Where the files of a data set are.

    Raises
    ------
    DataError
        If this installation does not have them.

    >>> folder("digits").name
    'digits'
    """
    # In a wheel the folders travel inside the package; in a clone they lie beside it.
    for parent in (_PACKAGE / "_datasets", _PACKAGE.parent / "datasets"):
        if (parent / name).is_dir():
            return parent / name
    raise DataError(
        f"The folder of the data set {name!r} is missing from this installation. "
        "Try: make setup."
    )


def card(name: str) -> str:
    """The data card of a data set: origin, licence, shape, units, how it was made.

    >>> "| Licence |" in card("digits")
    True
    """
    text = (folder(name) / "README.md").read_text(encoding="utf-8")
    return text.removeprefix(f"# {name}\n").lstrip()  # shown on pages with a title
