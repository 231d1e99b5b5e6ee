"""A .tflite file comes in, a checked :class:`Graph` goes out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from tinyml_course.errors import ModelError
from tinyml_course.graph.checks import count_macs
from tinyml_course.graph.checks.layer import LARGEST_SCALE, SMALLEST_SCALE
from tinyml_course.graph.flatbuffer import Table, root_table
from tinyml_course.graph.instead import advice
from tinyml_course.graph.model import Graph, Operator, Tensor
from tinyml_course.graph.schema import (
    DTYPES,
    KINDS,
    OPERATOR_NAMES,
    OPTION_TYPES,
    read_options,
)

__all__ = ["load_bytes", "read"]

_MAX_AXES = 8
_MAX_ELEMENTS = 2**23  # more than any board holds; keeps absurd claims from memory


def load_bytes(model: bytes | str | Path) -> bytes:
    """The bytes of a .tflite given as bytes or as a path, known to look like one."""
    if isinstance(model, bytes | bytearray | memoryview):
        data, name = bytes(model), "The model"
    else:
        path = Path(model)
        name = f"'{path}'"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise ModelError(f"There is no file {name}. Check the path.") from None
        except IsADirectoryError:
            raise ModelError(
                f"{name} is a folder. Name the .tflite file in it."
            ) from None
        except OSError as error:
            raise ModelError(f"{name} cannot be read: {error.strerror}.") from None
    if not data:
        raise ModelError(f"{name} is empty (0 bytes). Export the model again.")
    if data[4:8] != b"TFL3":
        raise ModelError(
            f"{name} is no .tflite file: bytes 4 to 7 are {data[4:8]!r}, expected "
            "b'TFL3'. Convert the model with quantize.to_int8."
        )
    return data


def _tensor(index: int, table: Table, buffers: list[Table]) -> Tensor:
    name = table.string(3) or f"tensor {index}"
    shape = tuple(int(n) for n in table.array(0, "int32"))
    signature = [int(n) for n in table.array(7, "int32")]
    if max(len(shape), len(signature)) > _MAX_AXES:
        raise ModelError(
            f"Tensor '{name}' has {max(len(shape), len(signature))} axes, expected at "
            f"most {_MAX_AXES}. Export the model again."
        )
    if any(n < 0 for n in signature[1:]):
        raise ModelError(
            f"Tensor '{name}' has the dynamic shape {signature}; a board needs every "
            "size in advance. Export the model with a fixed input shape and batch 1."
        )
    if any(n < 1 for n in shape) or np.prod(shape, dtype=object) > _MAX_ELEMENTS:
        raise ModelError(
            f"Tensor '{name}' has shape {shape}: every axis must be 1 or more, and all "
            f"together at most {_MAX_ELEMENTS:,} values."
        )
    if table.number(5, "b"):
        raise ModelError(
            f"Tensor '{name}' is a variable that keeps its value from run to run; "
            "expected none. Use inputs and outputs of the model for its state."
        )
    number = int(table.number(1, "b"))
    dtype = DTYPES[number] if 0 <= number < len(DTYPES) else f"type {number}"
    quantization = table.table(4)
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    axis = 0
    if quantization is not None and dtype != "float32":
        scale = tuple(float(s) for s in quantization.array(2, "float32"))
        zero_point = tuple(int(z) for z in quantization.array(3, "int64"))
        axis = int(quantization.number(6, "i"))
    return Tensor(
        index=index,
        name=name,
        shape=shape,
        dtype=dtype,
        scale=scale,
        zero_point=zero_point,
        axis=axis,
        data=_constant(table, name, shape, dtype, buffers),
    )


def _constant(
    table: Table, name: str, shape: tuple[int, ...], dtype: str, buffers: list[Table]
) -> np.ndarray | None:
    number = int(table.number(2, "I"))
    if number >= len(buffers):
        raise ModelError(
            f"Tensor '{name}' names buffer {number}, but the file has {len(buffers)}."
        )
    raw = buffers[number].array(0, "uint8")
    if number == 0 or raw.size == 0:
        return None
    if dtype not in ("int8", "int16", "int32", "int64", "float32"):
        raise ModelError(
            f"The constant '{name}' is {dtype}; supported are int8 weights with int32 "
            "biases, and float32. Quantize the model with quantize.to_int8."
        )
    expected = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if raw.size != expected:
        raise ModelError(
            f"The constant '{name}' of shape {shape} {dtype} needs {expected:,} bytes, "
            f"but the file stores {raw.size:,}. Export the model again."
        )
    values = raw.view(dtype).reshape(shape)
    if dtype == "float32" and not np.isfinite(values).all():
        raise ModelError(
            f"The constant '{name}' holds NaN or infinity. Train the model anew, with "
            "a smaller learning rate."
        )
    return values


def _operator_name(code: Table) -> str:
    # Older files keep the number in a byte, newer ones in an int32: the larger counts.
    number = int(max(code.number(0, "b"), code.number(3, "i")))
    if not 0 <= number < len(OPERATOR_NAMES):
        return f"operator {number}"
    if OPERATOR_NAMES[number] == "CUSTOM":
        return f"CUSTOM '{code.string(1)}'"
    return OPERATOR_NAMES[number]


def _operator(
    index: int, table: Table, names: list[str], tensors: tuple[Tensor, ...]
) -> Operator:
    code = int(table.number(0, "I"))
    if code >= len(names):
        raise ModelError(f"Layer {index:02d} names operator code {code}, not in file.")
    inputs = tuple(int(i) for i in table.array(1, "int32"))
    outputs = tuple(int(i) for i in table.array(2, "int32"))
    if not all(-1 <= i < len(tensors) for i in inputs) or not all(
        0 <= i < len(tensors) for i in outputs
    ):
        raise ModelError(
            f"Layer {index:02d} ({names[code]}) names a tensor that is not in the file."
        )
    made = tensors[outputs[0]].name if outputs else ""
    if names[code] not in KINDS:
        raise ModelError(
            f"Layer {index:02d} uses {names[code]} (it makes '{made}'), which the "
            f"compiler does not know. {advice(names[code])}"
        )
    kind = KINDS[names[code]]
    if kind == "rescale" and inputs and tensors[inputs[0]].dtype == "float32":
        kind = "quantize"
    settings, found = table.table(4), int(table.number(3, "B"))
    if settings and found != OPTION_TYPES.get(names[code], found):
        raise ModelError(
            f"Layer {index:02d} ({names[code]}) has the options of another operator "
            f"(type {found}, expected {OPTION_TYPES[names[code]]}). Export the model "
            "again."
        )
    options = read_options(names[code], settings)
    macs = count_macs(
        kind,
        f"{index:02d} {names[code]} ('{made}')",
        options,
        [tensors[i] if i >= 0 else None for i in inputs],
        [tensors[i] for i in outputs],
    )
    return Operator(index, kind, names[code], inputs, outputs, options, macs)


def _check_order(graph: Graph) -> None:
    """Every tensor is written once, before it is read; nothing constant is written."""
    known = {t.index for t in graph.tensors if t.data is not None} | set(graph.inputs)
    for op in graph.operators:
        for index in op.inputs:
            if index >= 0 and index not in known:
                raise ModelError(
                    f"Layer {op.name} reads '{graph.tensors[index].name}' before any "
                    "layer has written it; the file's order is broken."
                )
        for index in op.outputs:
            if index in known:
                raise ModelError(
                    f"Layer {op.name} writes '{graph.tensors[index].name}', which is "
                    "already there; each tensor may be written once."
                )
            known.add(index)
    if any(index not in known for index in graph.outputs):
        raise ModelError("The model has an output that no layer writes.")


def _check_ends(graph: Graph) -> None:
    if not graph.operators or not graph.inputs or not graph.outputs:
        raise ModelError(
            f"The model has {len(graph.operators)} layers, {len(graph.inputs)} inputs "
            f"and {len(graph.outputs)} outputs; at least one of each is needed."
        )
    ends = graph.inputs + graph.outputs
    if not all(0 <= i < len(graph.tensors) for i in ends):
        raise ModelError("The model's inputs or outputs name tensors not in the file.")
    if len(set(ends)) != len(ends) or any(graph.is_constant(i) for i in ends):
        raise ModelError(
            "The model hands an input or a constant straight to its output, or names "
            "one twice; there is nothing to compile."
        )
    for index in ends:
        tensor = graph.tensors[index]
        if tensor.dtype == "int32" and index in graph.outputs:  # of an ARG_MAX
            continue
        if tensor.dtype == "float32":
            continue
        if tensor.dtype != "int8":
            raise ModelError(
                f"The model is neither int8 nor float32: '{tensor.name}' is "
                f"{tensor.dtype}. Convert it with quantize.to_int8."
            )
        scales = tensor.scale
        if len(scales) != 1 or not SMALLEST_SCALE <= scales[0] <= LARGEST_SCALE:
            raise ModelError(
                f"The model's input or output '{tensor.name}' has no usable scale, so "
                "its integers mean nothing. Convert it with quantize.to_int8."
            )
        if len(tensor.zero_point) != 1 or not -128 <= tensor.zero_point[0] <= 127:
            raise ModelError(
                f"The model's input or output '{tensor.name}' has no zero point "
                "within int8. Convert it with quantize.to_int8."
            )


def read(model: bytes | str | Path) -> Graph:
    """Read and check a .tflite model.

    Parameters
    ----------
    model : bytes, str or Path
        The file's bytes, or where it is.

    Raises
    ------
    ModelError
        If it is no .tflite file, is damaged, is neither int8 nor float32, has dynamic
        shapes, or uses an operator that the compiler does not know.

    >>> read(b"hello, I am not a model")
    Traceback (most recent call last):
        ...
    tinyml_course.errors.ModelError: The model is no .tflite file: ...
    """
    data = load_bytes(model)
    root = root_table(data)
    subgraphs = root.tables(2)
    if len(subgraphs) != 1:
        raise ModelError(
            f"The model has {len(subgraphs)} subgraphs, expected 1: control flow such "
            "as a while loop cannot be compiled. Unroll it or export one step."
        )
    names = [_operator_name(code) for code in root.tables(1)]
    buffers = root.tables(4)
    body = subgraphs[0]
    inputs = tuple(int(i) for i in body.array(1, "int32"))
    outputs = tuple(int(i) for i in body.array(2, "int32"))
    tensors = tuple(
        _tensor(i, table, buffers) for i, table in enumerate(body.tables(0))
    )
    operators = body.tables(3)
    shell = Graph(
        tensors=tensors,
        operators=tuple(operators),
        inputs=inputs,
        outputs=outputs,
        sha256=hashlib.sha256(data).hexdigest(),
        file_bytes=len(data),
    )
    _check_ends(shell)
    graph = Graph(
        tensors=tensors,
        operators=tuple(
            _operator(i, table, names, tensors) for i, table in enumerate(operators)
        ),
        inputs=inputs,
        outputs=outputs,
        sha256=shell.sha256,
        file_bytes=len(data),
    )
    _check_order(graph)
    return graph
