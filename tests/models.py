"""Models and vectors that several tests share."""

from pathlib import Path

import numpy as np

from tinyml_course import datasets

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.tflite"))
DIGITS = datasets.model_path("digits_cnn")


def vectors(model, n=24, seed=0):
    """Random rows and two extremes, one array per input of the graph."""
    rng = np.random.default_rng(seed)
    columns = []
    for tensor in (model.tensors[i] for i in model.inputs):
        shape = (n, *tensor.shape[1:])
        if tensor.dtype == "float32":
            columns.append(10 * rng.standard_normal(shape, np.float32))
        else:
            columns.append(rng.integers(-128, 128, shape, dtype=np.int8))
    for x in columns:
        x[0], x[1] = -128, 127
    return columns
