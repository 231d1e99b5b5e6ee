"""Vectors to run a model with: a graph or an .npz comes in, checked arrays go out."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.graph import Graph, check_input, row_shape

__all__ = ["load", "probe"]


def probe(model: Graph, random: int = 32, seed: int = 0) -> list[np.ndarray]:
    """Per input, seeded random vectors and four extremes: (random + 4, ...).

    The extremes: all lowest, all highest, all zero point, lowest and highest in turn.
    For float32 the vectors are normal, and -10 and 10 stand for lowest and highest.

    >>> from tinyml_course import datasets, graph
    >>> [x.shape for x in probe(graph.read(datasets.model_path("digits_cnn")))]
    [(36, 8, 8, 1)]
    """
    rng = np.random.default_rng(seed)
    arrays = []
    for index in model.inputs:
        tensor = model.tensors[index]
        inner = row_shape(tensor.shape)
        if tensor.dtype == "float32":
            low, high, zero = -10, 10, 0
            drawn = rng.standard_normal((random, *inner), tensor.dtype)
        else:
            limits = np.iinfo(tensor.dtype)
            low, high, zero = limits.min, limits.max, tensor.zero_point[0]
            drawn = rng.integers(low, high, (random, *inner), tensor.dtype, True)
        flat = np.tile([low, high], tensor.size)[: tensor.size]
        levels = (low, high, zero)
        extremes = [np.full(inner, level, tensor.dtype) for level in levels]
        extremes.append(flat.reshape(inner).astype(tensor.dtype))
        arrays.append(np.concatenate([drawn, np.stack(extremes)]))
    return arrays


def load(path: str | Path, model: Graph) -> tuple[list[np.ndarray], np.ndarray | None]:
    """The inputs ``x`` of an .npz, checked against ``model``, and ``y`` if it is there.

    ``x`` is (n, 1, ...) or (n, ...) of the input's type; other keys than ``x`` and
    ``y`` are ignored.

    Raises
    ------
    DataError
        If the file is missing, no .npz, has no ``x``, or its shape or dtype is wrong.

    >>> from tinyml_course import datasets, graph
    >>> import os, tempfile
    >>> model = graph.read(datasets.model_path("digits_cnn"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "test.npz")
    ...     np.savez(path, x=np.zeros((3, 8, 8, 1), np.int8))
    ...     (x,), y = load(path, model)
    >>> x.shape, y
    ((3, 8, 8, 1), None)
    """
    if len(model.inputs) != 1:
        raise DataError(
            f"The model has {len(model.inputs)} inputs; an .npz with one x serves "
            "models with one input. Leave --inputs out to use the seeded vectors."
        )
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise DataError(f"There is no file '{path}'. Check the path.") from None
    except IsADirectoryError:
        raise DataError(f"'{path}' is a folder. Name the .npz file in it.") from None
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror}.") from None
    try:
        stored = np.load(io.BytesIO(content), allow_pickle=False)
        if isinstance(stored, np.ndarray):
            raise DataError(f"'{path}' is a single array, expected an .npz with x.")
        if "x" not in stored.files:
            raise DataError(
                f"'{path}' has no array 'x', only: "
                f"{', '.join(stored.files[:8]) or 'nothing'}. "
                "Save it with np.savez(path, x=x_int8)."
            )
        x = stored["x"]
        y = stored["y"] if "y" in stored.files else None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        raise DataError(
            f"'{path}' is no readable .npz file of plain arrays. Save one with "
            "np.savez(path, x=x_int8)."
        ) from None
    return [check_input(model, x)], None if y is None else _checked_y(y, x, model)


def _checked_y(y: np.ndarray, x: np.ndarray, model: Graph) -> np.ndarray:
    """``y`` as (n, values) of the first output's dtype."""
    tensor = model.tensors[model.outputs[0]]
    if y.dtype != tensor.dtype or y.size != len(x) * tensor.size:
        raise DataError(
            f"The expected outputs y are {y.shape} {y.dtype}; for {len(x)} inputs "
            f"{(len(x), *row_shape(tensor.shape))} {tensor.dtype} was expected."
        )
    return y.reshape(len(x), -1)
