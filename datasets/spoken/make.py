"""Speak the words of this folder: python make.py writes spoken.npz anew.

The synthesizer's noise is drawn anew each time, so the samples will differ a little
from the committed ones, which are those that count.
"""

from pathlib import Path

import numpy as np

from tinyml_course.datasets import spoken

if __name__ == "__main__":
    np.savez_compressed(Path(__file__).with_name("spoken.npz"), x=spoken.generate())
