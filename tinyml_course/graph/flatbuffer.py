"""Reading flatbuffers with every offset checked: bytes come in, tables go out.

A .tflite file is a flatbuffer: tables of fields found through offsets. A damaged
file can point anywhere, so nothing here is followed before it is known to lie
inside the file. Source: the FlatBuffers internals document (binary format).
"""

from __future__ import annotations

import struct

import numpy as np

from tinyml_course.errors import ModelError

__all__ = ["Table", "root_table"]

MOST_TABLES = 20_000


def _damaged(what: str, position: int, size: int) -> ModelError:
    return ModelError(
        f"The .tflite file is damaged: {what} at byte {position:,} lies outside the "
        f"file of {size:,} bytes. Export the model again."
    )


class Table:
    """One table of a flatbuffer; fields are asked for by their number in the schema."""

    def __init__(self, buffer: bytes, position: int, left: list[int]) -> None:
        self._buffer = buffer
        self._left = left  # bytes that lists may still take, one count for the file
        self._position = position
        back = self._unpack("<i", position, "a table")
        self._vtable = position - back
        self._vtable_size = self._unpack("<H", self._vtable, "a table's layout")

    def _unpack(self, code: str, position: int, what: str) -> int | float:
        size = struct.calcsize(code)
        if position < 0 or position + size > len(self._buffer):
            raise _damaged(what, position, len(self._buffer))
        return struct.unpack_from(code, self._buffer, position)[0]

    def _field(self, number: int) -> int | None:
        """Where field ``number`` is stored, or None where it has its default."""
        entry = 4 + 2 * number
        if entry >= self._vtable_size:
            return None
        offset = self._unpack("<H", self._vtable + entry, "a table's layout")
        return self._position + offset if offset else None

    def number(self, number: int, code: str, default: float = 0) -> int | float:
        """A scalar field; ``code`` is its struct letter (``b i I f ...``)."""
        place = self._field(number)
        return default if place is None else self._unpack("<" + code, place, "a number")

    def _target(self, number: int) -> int | None:
        place = self._field(number)
        if place is None:
            return None
        return place + self._unpack("<I", place, "an offset")

    def table(self, number: int) -> Table | None:
        """A field that is itself a table, or None where it is absent."""
        target = self._target(number)
        return None if target is None else Table(self._buffer, target, self._left)

    def _vector(self, number: int, item_size: int) -> tuple[int, int]:
        target = self._target(number)
        if target is None:
            return 0, 0
        length = self._unpack("<I", target, "a list's length")
        if target + 4 + length * item_size > len(self._buffer):
            raise _damaged(f"a list of {length:,} items", target, len(self._buffer))
        self._left[0] -= length * item_size
        if self._left[0] < 0:
            raise ModelError(
                f"The .tflite file is damaged: its {len(self._buffer):,} bytes hold "
                "lists that lie inside one another. Export the model again."
            )
        return target + 4, length

    def array(self, number: int, dtype: str) -> np.ndarray:
        """A vector of numbers, copied out (empty where the field is absent)."""
        item = np.dtype(dtype).newbyteorder("<")
        start, length = self._vector(number, item.itemsize)
        return np.frombuffer(self._buffer, item, length, start).astype(dtype)

    def string(self, number: int) -> str:
        """A text field on one line: at most 100 characters, odd ones replaced by ?."""
        start, length = self._vector(number, 1)
        text = self._buffer[start : start + length][:400].decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "?" for c in text)[:100]

    def tables(self, number: int) -> list[Table]:
        """A vector of tables."""
        start, length = self._vector(number, 4)
        if length > MOST_TABLES:
            raise ModelError(
                f"The model has a list of {length:,} layers or tensors, expected at "
                f"most {MOST_TABLES:,}."
            )
        places = range(start, start + 4 * length, 4)
        return [
            Table(
                self._buffer,
                place + self._unpack("<I", place, "an offset"),
                self._left,
            )
            for place in places
        ]


def root_table(buffer: bytes) -> Table:
    """The outermost table of a flatbuffer.

    >>> root_table(b"")
    Traceback (most recent call last):
        ...
    tinyml_course.errors.ModelError: The .tflite file is damaged: the root offset ...
    """
    if len(buffer) < 8:
        raise _damaged("the root offset", 0, len(buffer))
    # Lists may be shared, weights for example, but not all by all.
    left = [8 * len(buffer) + 2**20]
    return Table(buffer, struct.unpack_from("<I", buffer, 0)[0], left)
