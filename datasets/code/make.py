"""Make code.npz again: python datasets/code/make.py (with Python 3.11)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyml_course.datasets.code import collect

HERE = Path(__file__).parent


def main() -> None:
    """Write the modules one after the other, and how long each is."""
    texts = collect()
    np.savez_compressed(
        HERE / "code.npz",
        text=np.frombuffer("".join(texts.values()).encode("ascii"), np.uint8),
        lengths=np.array([len(text) for text in texts.values()], np.int32),
    )


if __name__ == "__main__":
    main()
