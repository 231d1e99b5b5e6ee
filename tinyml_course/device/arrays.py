"""Arrays in, the bytes a model's C reads and writes out, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.graph import row_shape

__all__ = ["pack_inputs", "unpack_outputs"]


def pack_inputs(x, tensors: Sequence[tuple[str, tuple[int, ...], str]]):
    """Check arrays against ``(name, shape, dtype)``; each as bytes ``(n, bytes)``."""
    several = isinstance(x, tuple | list)
    arrays = [np.asarray(a) for a in x] if several else [np.asarray(x)]
    if len(arrays) != len(tensors):
        raise DataError(
            f"The model has {len(tensors)} inputs; received {len(arrays)} arrays. Give "
            "a tuple with one array per input."
        )
    packed = []
    for array, (name, shape, dtype) in zip(arrays, tensors, strict=True):
        row = row_shape(tuple(shape))
        if array.dtype != np.dtype(dtype):
            raise DataError(
                f"Input '{name}' takes {dtype}; received {array.dtype}. Convert it "
                "first: tensor.quantize(x)."
            )
        if array.ndim == 0 or array.shape[1:] not in (row, tuple(shape)):
            raise DataError(
                f"Input '{name}' takes (n, {', '.join(map(str, row))}); received shape "
                f"{array.shape}."
            )
        n = len(array)
        if n == 0:
            raise DataError(f"Input '{name}' holds no rows; expected at least one.")
        packed.append(np.ascontiguousarray(array).reshape(n, -1).view(np.uint8))
    if len({len(a) for a in packed}) != 1:
        raise DataError(
            "The inputs hold different numbers of rows: "
            f"{', '.join(str(len(a)) for a in packed)}."
        )
    return packed


def unpack_outputs(raw: np.ndarray, tensors: Sequence[tuple[tuple[int, ...], str]]):
    """Rows of bytes ``(n, bytes) uint8`` as one array per ``(shape, dtype)``.

    A list where there are several, else the array itself.
    """
    sizes = [int(np.prod(s)) * np.dtype(d).itemsize for s, d in tensors]
    count = len(raw)
    arrays, at = [], 0
    for (shape, dtype), size in zip(tensors, sizes, strict=True):
        part = np.ascontiguousarray(raw[:, at : at + size])
        arrays.append(part.view(dtype).reshape(count, *row_shape(tuple(shape))))
        at += size
    return arrays[0] if len(arrays) == 1 else arrays
