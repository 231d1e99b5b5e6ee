"""An archive of the sea that leaves most boats out, and pictures to judge it by.

A part's name comes in, its pictures with what each of them shows come out; a model's
name comes in, the model that ``datasets/boats_fair/make.py`` trained comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.datasets.base import folder
from tinyml_course.datasets.boats import LEVELS, generate
from tinyml_course.errors import DataError

if TYPE_CHECKING:
    import keras

__all__ = [
    "CELLS",
    "COUNTS",
    "SCENES",
    "SEEDS",
    "SIDE",
    "draw",
    "load",
    "model",
    "pack",
    "sweep",
]

SIDE = 32  # pixels
SCENES = ("calm", "waves", "cloud")
CELLS = (
    ("north", "steel"),
    ("north", "wood"),
    ("tropics", "steel"),
    ("tropics", "wood"),
    ("north", ""),
    ("tropics", ""),
)
COUNTS = {
    "archive": (700, 30, 20, 10, 620, 620),
    "validation": (100,) * 6,
    "test": (250,) * 6,
}
SEEDS = {"archive": 5_000, "validation": 5_100, "test": 5_200}
_COLUMNS = ("y", "scene", "region", "hull", "box")


def draw(counts: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    """New pictures: so many of each of ``CELLS``, in that order.

    Returns
    -------
    dict
        ``x`` (n, 32, 32, 1) float32, ``y``, ``scene``, ``region``, ``hull`` and ``box``
        as :func:`tinyml_course.datasets.boats.generate` has them, and ``slice`` (n,)
        str: region and hull in one word, ``"north steel"``, ``"tropics empty"``.

    >>> draw((1, 0, 0, 1, 0, 2), seed=0)["slice"].tolist()
    ['north steel', 'tropics wood', 'tropics empty', 'tropics empty']
    """
    parts = []
    for place, ((region, hull), n) in enumerate(zip(CELLS, counts, strict=True)):
        hulls = (hull,) if hull else ("steel", "wood")
        both = generate(  # half of them show a boat: more than needed
            4 * n + 8, seed + place, scenes=SCENES, regions=(region,), hulls=hulls,
            size=SIDE,
        ) if n else None  # fmt: skip
        if both:
            rows = np.flatnonzero((both["y"] == 1) == bool(hull))[:n]
            parts.append({name: column[rows] for name, column in both.items()})
    made = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return made | {"slice": _slices(made)}


def load(part: str) -> dict[str, np.ndarray]:
    """The pictures of a part: ``"archive"``, ``"validation"`` or ``"test"``.

    Returns
    -------
    dict
        What :func:`draw` gives.

    Raises
    ------
    DataError
        If there is no such part.

    >>> load("test")["x"].shape
    (1500, 32, 32, 1)
    """
    if part not in COUNTS:
        raise DataError(f"Expected one of {', '.join(COUNTS)}; received {part!r}.")
    with np.load(folder("boats_fair") / "pictures.npz") as file:
        levels = np.cumsum(file[f"{part}_steps"], axis=2, dtype=np.uint8)
        made = {name: file[f"{part}_{name}"] for name in _COLUMNS}
    made["x"] = (levels[..., np.newaxis] / LEVELS).astype(np.float32)
    return made | {"slice": _slices(made)}


def pack() -> dict[str, np.ndarray]:
    """All parts, drawn anew, as the file has them: pixel differences pack well."""
    packed = {}
    for part, counts in COUNTS.items():
        made = draw(counts, SEEDS[part])
        levels = np.round(made["x"][..., 0] * LEVELS).astype(np.int8)
        packed[f"{part}_steps"] = np.diff(levels, axis=2, prepend=np.int8(0))
        packed |= {f"{part}_{name}": made[name] for name in _COLUMNS}
    return packed


def model(name: str) -> keras.Model:
    """A trained model: ``"archive"``, or ``"mended"`` with what was missing."""
    import keras

    if name not in ("archive", "mended"):
        raise DataError(f"Expected 'archive' or 'mended'; received {name!r}.")
    return keras.models.load_model(folder("boats_fair") / f"{name}.keras")


def sweep() -> dict[str, np.ndarray]:
    """What each way of mending gave over seeds.

    Returns
    -------
    dict
        ``recipes`` (5,) str; ``validation`` (5, seeds, 600) and ``test`` (5, seeds,
        1500): the probability of a boat for each picture of that part.
    """
    with np.load(folder("boats_fair") / "sweep.npz") as file:
        return {name: file[name] for name in file.files}


def _slices(made: dict[str, np.ndarray]) -> np.ndarray:
    pairs = zip(made["region"], made["hull"], strict=True)
    return np.array([f"{region} {hull or 'empty'}" for region, hull in pairs])
