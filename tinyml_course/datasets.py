"""Data sets by name: a name comes in, a :class:`Dataset` already split comes out.

Each data set has a folder under ``datasets/`` with a card that says where the
numbers are from, what they mean and how they were made. Nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml_course.errors import CourseError, DataError, ToolError

__all__ = ["Dataset", "card", "load", "model_path", "names", "split"]

_PACKAGE = Path(__file__).resolve().parent


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


def names() -> tuple[str, ...]:
    """The names that :func:`load` knows.

    >>> "digits" in names()
    True
    """
    return tuple(sorted(_LOADERS))


def load(name: str, seed: int = 0) -> Dataset:
    """The data set called ``name``, split into training and test rows by ``seed``.

    Raises
    ------
    CourseError
        If no data set has that name.
    ToolError
        If it comes with scikit-learn and scikit-learn is not installed.

    >>> load("digits").x_train.shape
    (1437, 8, 8, 1)
    """
    if name not in _LOADERS:
        known = ", ".join(names())
        raise CourseError(f"There is no data set called {name!r}. Known: {known}.")
    return _LOADERS[name](seed)


def model_path(name: str) -> Path:
    """The path of a trained model that comes with the course, a ``.tflite``.

    Raises
    ------
    DataError
        If there is no such model.

    >>> model_path("digits_cnn").name
    'model.tflite'
    """
    path = _folder(name) / "model.tflite"
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


def _digits(seed: int) -> Dataset:
    raw = _scikit_learn().load_digits()
    x = (raw.images[..., np.newaxis] / 16.0).astype(np.float32)  # pixels are 0..16
    y = raw.target.astype(np.int64)
    train, test = split(y, 360, seed, by_class=True)
    labels = tuple(str(digit) for digit in range(10))
    return Dataset(
        "digits", x[train], y[train], x[test], y[test], labels, card("digits")
    )


def _thermometer(seed: int) -> Dataset:
    path = _folder("thermometer") / "readings.csv"
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


def _diabetes(seed: int) -> Dataset:
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


def _wine(seed: int) -> Dataset:
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


def _breast_cancer(seed: int) -> Dataset:
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


def _fans(seed: int) -> Dataset:
    with np.load(_folder("fans") / "recordings.npz") as file:
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


_LOADERS = {
    "breast_cancer": _breast_cancer,
    "diabetes": _diabetes,
    "digits": _digits,
    "fans": _fans,
    "thermometer": _thermometer,
    "wine": _wine,
}


def _scikit_learn():
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ToolError(
            "This data set comes with scikit-learn, which is not installed. "
            "Try: pip install 'tinyml-course[train]'."
        ) from error
    return datasets


def _folder(name: str) -> Path:
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
    text = (_folder(name) / "README.md").read_text(encoding="utf-8")
    return text.removeprefix(f"# {name}\n").lstrip()  # shown on pages with a title
