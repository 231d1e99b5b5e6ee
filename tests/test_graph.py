"""Reading models, running them in NumPy, and planning their memory."""

from pathlib import Path

import numpy as np
import pytest

from tinyml_course import graph, oracle
from tinyml_course.errors import DataError, ModelError

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.tflite"))


def vectors(model, n=24, seed=0):
    rng = np.random.default_rng(seed)
    shapes = [model.tensors[i].shape[1:] for i in model.inputs]
    columns = [rng.integers(-128, 128, (n, *s), dtype=np.int8) for s in shapes]
    for x in columns:
        x[0], x[1] = -128, 127
    return columns


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_numpy_equals_tflm_byte_for_byte(path):
    model = graph.read(path)
    x = vectors(model)
    answer = oracle.ask(path.read_bytes(), x, outputs=len(model.outputs))
    got = graph.invoke(model, *x)
    got = got if isinstance(got, list) else [got]
    for ours, theirs in zip(got, answer.outputs, strict=True):
        np.testing.assert_array_equal(ours.reshape(theirs.shape), theirs)
