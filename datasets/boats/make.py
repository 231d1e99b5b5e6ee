"""Make scenes.npz: python datasets/boats/make.py (the same scenes each time).

The generator is tinyml_course/datasets/boats.py. It and this seed were fixed before
any detector was tried on its pictures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyml_course.datasets import boats

SEED = 1_000
SCENES = 2_800


def scenes(seed: int = SEED, n: int = SCENES) -> dict[str, np.ndarray]:
    """Grey levels (n, 64, 64) uint8, kind (n, 3) int8: scene, region, hull; box."""
    made = boats.generate(n, seed)
    names = boats.SCENES, boats.REGIONS, boats.HULLS
    words = made["scene"], made["region"], made["hull"]
    places = [
        [options.index(word) if word else -1 for word in column.tolist()]
        for options, column in zip(names, words, strict=True)
    ]  # -1: no hull, no boat
    return {
        "levels": np.round(made["x"][..., 0] * boats.LEVELS).astype(np.uint8),
        "kind": np.array(places, np.int8).T,
        "box": made["box"].astype(np.int8),
    }


if __name__ == "__main__":
    file = Path(__file__).with_name("scenes.npz")
    np.savez_compressed(file, **scenes())
