"""Makes features.npz beside this file: python make.py."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tinyml_course import features
from tinyml_course.datasets import scenes

PLACES, SECONDS, SEED = 36, 5, 51


def make(folder: Path) -> None:
    """Write the file: 36 places of each of five kinds, five seconds of each."""
    made = scenes.generate(PLACES, SECONDS, SEED)
    front = features.FrontEnd(scale=0.125, zero_point=112)
    x = np.concatenate(
        [features.fixed_log_mel(piece, front) for piece in np.split(made["audio"], 9)]
    )
    np.savez_compressed(
        folder / "features.npz",
        x=x,
        y=made["y"].astype(np.uint8),
        place=made["place"].astype(np.uint8),
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
