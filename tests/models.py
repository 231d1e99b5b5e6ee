"""Models and vectors that several tests share."""

from pathlib import Path

import numpy as np

from tinyml_course import datasets

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.tflite"))
DIGITS = datasets.model_path("digits_cnn")


def vectors(model, n=24, seed=0):
    """Random int8 rows and the two extremes, one array per input of the graph."""
    rng = np.random.default_rng(seed)
    shapes = [model.tensors[i].shape[1:] for i in model.inputs]
    columns = [rng.integers(-128, 128, (n, *s), dtype=np.int8) for s in shapes]
    for x in columns:
        x[0], x[1] = -128, 127
    return columns
