"""Data sets by name: a name comes in, a :class:`Dataset` already split comes out.

Each data set has a folder under ``datasets/`` with a card that says where the
numbers are from, what they mean and how they were made. Nothing is downloaded.
"""

from __future__ import annotations

from tinyml_course.datasets import boats, code, motion, scenes, shelf, spoken, words
from tinyml_course.datasets.base import Dataset, card, folder, model_path, split
from tinyml_course.errors import CourseError

__all__ = ["Dataset", "card", "folder", "load", "model_path", "names", "split"]

_LOADERS = {
    "boats": boats.boats,
    "breast_cancer": shelf.breast_cancer,
    "code": code.load,
    "diabetes": shelf.diabetes,
    "digits": shelf.digits,
    "fans": shelf.fans,
    "motion": motion.load,
    "scenes": scenes.scenes,
    "spoken": spoken.load,
    "thermometer": shelf.thermometer,
    "wine": shelf.wine,
    "words": words.words,
}


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
