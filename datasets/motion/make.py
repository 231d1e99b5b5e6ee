"""Make recordings.npz: python datasets/motion/make.py (the same arrays each time).

A simulation, and the card beside this file says so. The people, their gait and their
sensors are in tinyml_course/datasets/gait.py, which the chapters call as well, to
switch the differences between people off.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyml_course.datasets import motion


def main() -> None:
    """Write the recordings beside this file."""
    np.savez_compressed(Path(__file__).parent / "recordings.npz", **motion.generate())


if __name__ == "__main__":
    main()
