"""A model as a Python module that builds and runs its C: a graph in, text out."""

from __future__ import annotations

from tinyml_course import graph
from tinyml_course.graph import Graph

__all__ = ["to_python"]

_MODULE = '''\
"""The model compiled for this computer: ``predict(x)`` takes and gives int8 arrays.

The C beside this file is built on the first call, with the compiler of tinyml_course.
"""

from functools import cache
from pathlib import Path

import numpy as np

from tinyml_course import device

INPUT_SHAPES = {inputs}
OUTPUT_SHAPES = {outputs}


@cache
def _compiled():
    folder = Path(__file__).parent
    files = (*folder.glob("*.c"), *folder.glob("*.h"))
    sources = {{path.name: path.read_text(encoding="utf-8") for path in files}}
    return device.host(sources, name="{name}")


def predict(*inputs):
    """Run the model on int8 arrays (n, *input shape), one per input of the model.

    Returns one array (n, *output shape), a tuple where the model has several outputs.
    """
    arrays = [np.asarray(x) for x in inputs]
    for x, shape in zip(arrays, INPUT_SHAPES, strict=True):
        if x.shape[1:] != shape:
            raise ValueError(f"expected inputs (n, *{{shape}}), received {{x.shape}}")
    results = _compiled().predict([x.reshape(len(x), -1) for x in arrays])
    results = results if isinstance(results, list) else [results]
    outputs = [y.reshape(-1, *s) for y, s in zip(results, OUTPUT_SHAPES, strict=True)]
    return outputs[0] if len(outputs) == 1 else tuple(outputs)
'''


def to_python(model: Graph, name: str) -> str:
    """The module ``<name>.py``, to stand beside the model's C.

    >>> from tinyml_course import datasets
    >>> net = graph.read(datasets.model_path("digits_cnn"))
    >>> "INPUT_SHAPES = [(8, 8, 1)]" in to_python(net, "digits")
    True
    """
    shapes = {
        role: [graph.row_shape(model.tensors[i].shape) for i in indices]
        for role, indices in (("inputs", model.inputs), ("outputs", model.outputs))
    }
    return _MODULE.format(name=name, **shapes)
