"""A small writer of int8 .tflite files: tensors and operators come in, bytes go out.

It needs no TensorFlow and takes about a millisecond a model, so tests can make models
by the thousand, and broken ones too. TFLM accepts what it writes.
"""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np

from tinyml_course.graph.schema import _OPTIONS, DTYPES, OPERATOR_NAMES, OPTION_TYPES

# Options that TFLM reads and the compiler does not need: (field, letter, default).
_MORE_OPTIONS = {
    "ARG_MAX": {"output_type": (0, "b", 0)},
    "PACK": {"values_count": (0, "i", 0)},
    "SPLIT": {"num_splits": (0, "i", 0)},
    "SPLIT_V": {"num_splits": (0, "i", 0)},
    "UNPACK": {"num": (0, "i", 0)},
}


@dataclass
class _Tensor:
    shape: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int
    data: np.ndarray | bytes | None
    signature: tuple[int, ...] | None
    variable: bool


@dataclass
class Model:
    """A model to be written; every method gives what the next one needs.

    >>> model = Model()
    >>> x = model.tensor((1, 4), scale=0.5, zero_point=3)
    >>> y = model.tensor((1, 4), scale=0.5, zero_point=3)
    >>> model.operator("RELU", [x], [y])
    >>> model.bytes([x], [y])[4:8]
    b'TFL3'
    """

    tensors: list[_Tensor] = field(default_factory=list)
    operators: list[tuple] = field(default_factory=list)

    def tensor(
        self,
        shape,
        dtype="int8",
        *,
        scale=(),
        zero_point=(),
        axis=0,
        data=None,
        signature=None,
        variable=False,
    ) -> int:
        """Add a tensor, a constant when ``data`` is there; its number."""
        scale = (scale,) if np.isscalar(scale) else tuple(scale)
        zero_point = (zero_point,) if np.isscalar(zero_point) else tuple(zero_point)
        self.tensors.append(
            _Tensor(
                tuple(shape), dtype, scale, zero_point, axis, data, signature, variable
            )
        )
        return len(self.tensors) - 1

    def constant(self, values, dtype="int32", **more) -> int:
        """Add a constant; its number."""
        data = np.asarray(values, dtype)
        return self.tensor(data.shape, dtype, data=data, **more)

    def operator(self, code: str, inputs, outputs, **options) -> None:
        """Add an operator by TensorFlow Lite's name; absent inputs are -1."""
        self.operators.append((code, list(inputs), list(outputs), options))

    def bytes(self, inputs, outputs, subgraphs: int = 1) -> bytes:
        """The file."""
        b = flatbuffers.Builder(4096)
        codes = sorted({code for code, *_ in self.operators})
        buffers, numbers = [_table(b)], []
        for tensor in self.tensors:
            numbers.append(len(buffers) if tensor.data is not None else 0)
            if tensor.data is not None:
                buffers.append(_table(b, (0, "vector", _data(b, tensor.data))))
        tensors = [
            _write_tensor(b, i, tensor, number)
            for i, (tensor, number) in enumerate(
                zip(self.tensors, numbers, strict=True)
            )
        ]
        operators = [_write_operator(b, codes, *parts) for parts in self.operators]
        code_tables = []
        for code in codes:
            number = _number(code)
            code_tables.append(
                _table(b, (0, "b", min(number, 127)), (2, "i", 1), (3, "i", number))
            )
        graph = _table(
            b,
            (0, "vector", _offsets(b, tensors)),
            (1, "vector", _ints(b, inputs)),
            (2, "vector", _ints(b, outputs)),
            (3, "vector", _offsets(b, operators)),
        )
        model = _table(
            b,
            (0, "I", 3),
            (1, "vector", _offsets(b, code_tables)),
            (2, "vector", _offsets(b, [graph] * subgraphs)),
            (4, "vector", _offsets(b, buffers)),
        )
        b.Finish(model, b"TFL3")
        return bytes(b.Output())


def _number(code: str) -> int:
    return (
        OPERATOR_NAMES.index(code)
        if code in OPERATOR_NAMES
        else int(code.removeprefix("operator "))
    )


_SLOTS = {"b": "Int8", "B": "Uint8", "i": "Int32", "I": "Uint32", "f": "Float32"}


def _table(b, *fields) -> int:
    """A table of (field number, letter or ``vector``, value)."""
    b.StartObject(max((number for number, *_ in fields), default=0) + 1)
    for number, letter, value in fields:
        if letter == "vector":
            b.PrependUOffsetTRelativeSlot(number, value, 0)
        else:
            getattr(b, f"Prepend{_SLOTS[letter]}Slot")(number, value, None)
    return b.EndObject()


def _data(b, data) -> int:
    raw = data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()
    b.StartVector(1, len(raw), 16)
    b.head = b.head - len(raw)
    b.Bytes[b.head : b.head + len(raw)] = raw
    return b.EndVector()


def _numbers(b, values, dtype: str) -> int:
    return b.CreateNumpyVector(np.asarray(list(values), dtype))


def _ints(b, values) -> int:
    return _numbers(b, values, "int32")


def _offsets(b, tables) -> int:
    b.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        b.PrependUOffsetTRelative(table)
    return b.EndVector()


def _write_tensor(b, index: int, tensor: _Tensor, buffer: int) -> int:
    name = b.CreateString(f"t{index}")
    fields = [
        (0, "vector", _ints(b, tensor.shape)),
        (1, "b", DTYPES.index(tensor.dtype)),
        (2, "I", buffer),
        (3, "vector", name),
    ]
    if tensor.scale:
        scales = _numbers(b, tensor.scale, "float32")
        zeros = _numbers(b, tensor.zero_point or (0,) * len(tensor.scale), "int64")
        quantization = _table(
            b, (2, "vector", scales), (3, "vector", zeros), (6, "i", tensor.axis)
        )
        fields.append((4, "vector", quantization))
    if tensor.variable:
        fields.append((5, "b", 1))
    if tensor.signature is not None:
        fields.append((7, "vector", _ints(b, tensor.signature)))
    return _table(b, *fields)


def _write_operator(b, codes, code, inputs, outputs, options) -> int:
    known = {**_OPTIONS.get(code, {}), **_MORE_OPTIONS.get(code, {})}
    fields = [
        (0, "I", codes.index(code)),
        (1, "vector", _ints(b, inputs)),
        (2, "vector", _ints(b, outputs)),
    ]
    assert set(options) <= set(known), f"{code} has no {set(options) - set(known)}"
    if code in OPTION_TYPES:
        values = [
            (number, letter, options.get(name, default))
            for name, (number, letter, default) in known.items()
        ]
        fields += [(3, "B", OPTION_TYPES[code]), (4, "vector", _table(b, *values))]
    return _table(b, *fields)
