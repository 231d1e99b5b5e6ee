"""Other programs that run a model, for chapter 20: a file and rows in, answers out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

__all__ = ["lite", "onnx", "onnx_contents", "onnx_int8", "to_onnx"]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without hints about options that are not needed here."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)


def lite(file, rows, tensors=()):
    """What LiteRT says with its reference kernels, the same on every machine.

    With ``tensors`` (numbers in the file), their values as well: a list of arrays.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    one = Interpreter(
        model_content=file,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    one.allocate_tensors()
    (given,), (last,) = one.get_input_details(), one.get_output_details()
    wanted, said = [last["index"], *tensors], []
    for row in rows:
        one.set_tensor(given["index"], row[None])
        one.invoke()
        said.append([one.get_tensor(i)[0].copy() for i in wanted])
    columns = [np.stack(column) for column in zip(*said, strict=True)]
    return columns if tensors else columns[0]


def to_onnx(model, x):
    """A Keras model as the bytes of an ONNX file; ``x`` is a row to build it with."""
    with TemporaryDirectory() as folder, _quiet():
        model(x[:1])
        path = Path(folder) / "model.onnx"
        model.export(str(path), format="onnx", verbose=False)
        return path.read_bytes()


def onnx_contents(file):
    """The opset, the operators' names, and the bytes of the constants."""
    import onnx as library

    model = library.load_from_string(file)
    constants = map(library.numpy_helper.to_array, model.graph.initializer)
    return (
        model.opset_import[0].version,
        [node.op_type for node in model.graph.node],
        sum(constant.nbytes for constant in constants),
    )


def onnx(file, x):
    """What ONNX Runtime says to the rows of ``x``."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def onnx_int8(file, x_rep):
    """The file with int8 weights and activations, by ONNX Runtime's own quantizer."""
    import onnx as library
    from onnxruntime import quantization

    model = library.load_from_string(file)
    name = model.graph.input[0].name

    class Rows(quantization.CalibrationDataReader):
        def __init__(self):
            self.rows = iter(x_rep)

        def get_next(self):
            row = next(self.rows, None)
            return None if row is None else {name: row[None]}

    with TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            model,
            str(path),
            Rows(),
            activation_type=quantization.QuantType.QInt8,
            per_channel=True,
        )
        return path.read_bytes()
