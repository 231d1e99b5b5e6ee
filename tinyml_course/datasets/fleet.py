"""Wider scenes with several boats: a seed comes in, pictures and all their boxes out.

Drawn and photographed as those of :mod:`tinyml_course.datasets.boats`, whose pictures
hold one boat or none.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.datasets import boats as one
from tinyml_course.errors import DataError

__all__ = ["generate"]

APART = 5  # pixels: no two boxes are closer


def generate(
    n: int,
    seed: int,
    *,
    hulls: tuple[str, ...] = one.HULLS,
    size: int = 128,
    most: int = 4,
) -> dict[str, np.ndarray]:
    """New scenes with no boat to ``most`` boats of these hulls, over all kinds of sea.

    Returns
    -------
    dict
        ``x`` (n, size, size, 1) float32 0 to 1; ``scene`` and ``region`` (n,) str;
        ``boxes`` (n, most, 4) int64: x0, y0, x1, y1 of each hull, then zeros.

    Raises
    ------
    DataError
        If the size is too small for that many boats, or a hull is unknown.

    >>> made = generate(2, seed=1)
    >>> made["x"].shape, made["boxes"].shape, made["scene"].tolist()
    ((2, 128, 128, 1), (2, 4, 4), ['calm', 'waves'])
    """
    if size < 32 or most * 32**2 > size**2:
        raise DataError(
            f"A boat needs 32 by 32 pixels of sea; received size {size} for {most}."
        )
    if not hulls or isinstance(hulls, str) or set(hulls) - set(one.HULLS):
        raise DataError(
            f"Hulls are a tuple of names out of {', '.join(one.HULLS)}; received "
            f"{hulls!r}."
        )
    pictures = np.empty((n, size, size, 1), np.float32)
    boxes = np.zeros((n, most, 4), np.int64)
    scenes = [one.SCENES[i % len(one.SCENES)] for i in range(n)]
    regions = [one.REGIONS[i // len(one.SCENES) % 2] for i in range(n)]
    for i, (scene, region) in enumerate(zip(scenes, regions, strict=True)):
        rng = np.random.default_rng([seed, n, i, most])
        pictures[i, ..., 0], boxes[i] = _picture(rng, size, scene, region, hulls, most)
    return {
        "x": pictures,
        "scene": np.array(scenes, "U7"),
        "region": np.array(regions, "U7"),
        "boxes": boxes,
    }


def _picture(rng, size, scene, region, hulls, most):
    """One photograph (size, size), and the boxes of its boats (most, 4)."""
    wind = rng.uniform(0, np.pi)
    sea = one._water(rng, size, scene, region, wind)
    free = np.ones((size, size), bool)
    over = np.zeros((size, size), np.float32)
    if scene == "coast":
        sea, free = one._coast(rng, size, sea)
    if scene == "cloud":
        over = one._cloud(rng, size)
        sea = sea * (1 - 0.35 * np.roll(over, (9, 5), (0, 1)))
        free = over < 0.35
    boxes = np.zeros((most, 4), np.int64)
    for k in range(rng.integers(0, most + 1)):
        hull = hulls[rng.integers(len(hulls))]
        if not free[12:-12, 12:-12].any():
            break  # all cloud, land, or boats
        sea, boxes[k] = one._boat(rng, size, sea, hull, free)
        x0, y0, x1, y1 = boxes[k]
        gap = APART + 10  # ``free`` is where the middle of the next one may be
        free = free.copy()
        free[max(0, y0 - gap) : y1 + gap, max(0, x0 - gap) : x1 + gap] = False
    if scene == "cloud":
        white = 0.78 + 0.05 * one._field(rng, size, 1.5)
        sea = sea + over * (white - sea)
    if scene == "glint":
        sea = sea + one._glint(rng, size, wind)
    return one._photograph(rng, sea), boxes
