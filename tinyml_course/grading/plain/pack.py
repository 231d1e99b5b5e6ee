"""A Python value comes in, plain bytes come out."""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import json
import math
import pathlib
import sys
import types
from collections.abc import Callable
from typing import Any

from tinyml_course.grading.plain.models import taken_apart
from tinyml_course.grading.plain.values import NotPlain

__all__ = ["NotPlain", "Packer", "Remote"]

DEPTH = 60  # how deep lists may lie within lists
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.LambdaType,
)
_TEXT = {  # types told by a text that they can be made from again
    fractions.Fraction: str,
    decimal.Decimal: str,
    datetime.date: datetime.date.isoformat,
    datetime.datetime: datetime.datetime.isoformat,
    datetime.time: datetime.time.isoformat,
    pathlib.PosixPath: str,
}
_KINDS = "biufcSUmMV"  # of arrays whose bytes say everything


class Remote:
    """A function that lives in the other process; calling it asks over there."""

    def __init__(self, handle: int, name: str, doc: str | None, call: Callable):
        self.__name__ = self.__qualname__ = name
        self.__doc__ = doc
        self._handle, self._call = handle, call

    def __call__(self, *args, **kwargs):
        """Call the function over there."""
        return self._call(self._handle, args, kwargs)

    def __repr__(self):
        return f"<function {self.__name__}>"


class Packer:
    """Values to a text and some blocks of bytes.

    Parameters
    ----------
    known : dict
        ``{id(object): number}`` of objects that the reader has already; they are told
        by their number, so that a function can give back the very list it was given.
    function : callable
        Gives a number to a function, by which the reader may call it.

    >>> from tinyml_course.grading.plain import Unpacker
    >>> Unpacker().value(Packer().bytes_of({"a": [1, 2.5, (True, None)]}))
    {'a': [1, 2.5, (True, None)]}
    """

    def __init__(self, known: dict | None = None, function: Callable | None = None):
        self.known = {} if known is None else known
        self.next = 1 + max(self.known.values(), default=-1)
        self.kept: list = []  # so that no id is given to another object meanwhile
        self.function = function
        self.blocks: list[bytes] = []

    def bytes_of(self, value: Any) -> bytes:
        """The whole message for one value."""
        return self.message(self.tree(value))

    def message(self, tree) -> bytes:
        """The whole message for a tree of which every part was packed here."""
        head = json.dumps([tree, [len(block) for block in self.blocks]]).encode()
        return len(head).to_bytes(8, "little") + head + b"".join(self.blocks)

    def tree(self, value: Any, depth: int = 0):
        """The value as JSON; what is bytes goes into ``blocks``."""
        kind = type(value)
        if value is None or kind in (bool, str):
            if kind is str and any("\ud800" <= c <= "\udfff" for c in value):
                raise NotPlain("A text with half a character cannot be handed over.")
            return value
        if kind is float:
            return value if math.isfinite(value) else ["f", repr(value)]
        if kind is int:
            return value if abs(value) < 2**60 else ["i", hex(value)]
        if kind is complex:
            return ["c", repr(value.real), repr(value.imag)]
        if depth > DEPTH:
            raise NotPlain(f"Lists within lists more than {DEPTH} deep.")
        if id(value) in self.known:
            return ["r", self.known[id(value)]]
        return self._compound(value, kind, depth + 1)

    def _compound(self, value, kind, depth):
        if kind in (list, tuple, set, frozenset, collections.deque):
            mark = {list: "l", tuple: "t", set: "s", frozenset: "z"}.get(kind, "q")
            number = self._number(value)
            return [mark, number, [self.tree(v, depth) for v in value]]
        if kind in (dict, collections.OrderedDict, collections.Counter) or (
            kind is collections.defaultdict
        ):
            mark = {collections.OrderedDict: "o", collections.Counter: "n"}.get(
                kind, "d"
            )
            number = self._number(value)
            items = [
                [self.tree(k, depth), self.tree(v, depth)] for k, v in value.items()
            ]
            return [mark, number, items]
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            fields = list(kind._fields)
            return ["nt", kind.__name__, fields, [self.tree(v, depth) for v in value]]
        if kind in (bytes, bytearray):
            mark = "b" if kind is bytes else "ba"
            return [mark, self._number(value), self._block(bytes(value))]
        if kind is range:
            return ["g", value.start, value.stop, value.step]
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            return ["sl", [self.tree(v, depth) for v in parts]]
        if value is Ellipsis:
            return ["e"]
        if kind in _TEXT:
            return ["x", kind.__name__, _TEXT[kind](value)]
        if kind is datetime.timedelta:
            return ["td", value.days, value.seconds, value.microseconds]
        if isinstance(value, type) and getattr(builtins, value.__name__, 0) is value:
            return ["ty", value.__name__]
        module = (value if kind is type else kind).__module__.partition(".")[0]
        if kind is Remote:
            return ["own", value._handle]
        packed = None
        if module == "numpy":
            packed = self._numpy(value, kind, depth)
        elif module == "pandas":
            packed = self._pandas(value, kind, depth)
        elif module in ("keras", "tensorflow"):
            packed = self._keras(value)
        if packed is not None:
            return packed
        if self.function is not None and isinstance(value, _FUNCTIONS):
            name = str(getattr(value, "__name__", "function"))
            doc = getattr(value, "__doc__", None)
            doc = doc if type(doc) is str else None
            return ["fn", self.function(value), name, doc]
        if isinstance(value, (map, zip, filter, enumerate, reversed)) or (
            kind in (types.GeneratorType, type(iter([])), type(iter(())))
        ):
            items = []
            for item in value:
                items.append(self.tree(item, depth))
                if len(items) > 100_000:
                    raise NotPlain("An iterator of more than 100,000 values.")
            return ["it", items]
        raise NotPlain(
            f"{_a(kind.__name__)} is no plain data; expected numbers, texts, lists, "
            "tuples, dicts, sets, arrays or tables."
        )

    def _numpy(self, value, kind, depth):
        numpy = sys.modules["numpy"]
        if kind is numpy.ndarray:
            number = self._number(value)
            if value.dtype.kind == "O":
                flat = [self.tree(v, depth) for v in value.ravel().tolist()]
                return ["ao", number, list(value.shape), flat]
            if value.dtype.kind in _KINDS and not value.dtype.hasobject:
                dtype = value.dtype.descr if value.dtype.fields else value.dtype.str
                block = self._block(numpy.ascontiguousarray(value).tobytes())
                return ["a", number, dtype, list(value.shape), block]
        if (
            isinstance(value, numpy.generic)
            and getattr(numpy, kind.__name__, 0) is kind
        ):
            return ["ns", value.dtype.str, self._block(value.tobytes())]
        if isinstance(value, numpy.dtype) and value.kind in _KINDS:
            return ["dt", value.str]
        if kind is type and issubclass(value, numpy.generic):
            return ["nt1", value.__name__]
        if kind is numpy.random.Generator:
            bits = value.bit_generator
            state = json.loads(json.dumps(bits.state, default=_listed))
            return ["rng", self._number(value), type(bits).__name__, state]
        return None

    def _pandas(self, value, kind, depth):
        pandas = sys.modules["pandas"]
        if kind is pandas.DataFrame:
            columns = [
                self._column(value.iloc[:, k], depth) for k in range(value.shape[1])
            ]
            names = [self._index(value.columns, depth), self._index(value.index, depth)]
            return ["df", names, columns]
        if kind is pandas.Series:
            name = self.tree(value.name, depth)
            return [
                "se",
                name,
                self._index(value.index, depth),
                self._column(value, depth),
            ]
        if isinstance(value, pandas.Index):
            return ["ix", self._index(value, depth)]
        if kind is pandas.Timestamp:
            return ["ts", value.isoformat()]
        return None

    def _column(self, series, depth):
        return [str(series.dtype), [self.tree(v, depth) for v in series.tolist()]]

    def _index(self, index, depth):
        names = [self.tree(n, depth) for n in index.names]
        kind = type(index).__name__
        return [kind, str(index.dtype), names, [self.tree(v, depth) for v in index]]

    def _keras(self, value):
        keras = sys.modules.get("keras")
        if keras is not None and isinstance(value, keras.Model):
            plan, weights = taken_apart(value)
            return ["km", json.dumps(plan), [self.tree(array) for array in weights]]
        if hasattr(value, "numpy") and type(value).__name__ == "EagerTensor":
            return ["tf", self.tree(value.numpy())]
        return None

    def _number(self, value) -> int:
        """Remember an object, so that it is told once only."""
        self.known[id(value)] = number = self.next
        self.next += 1
        self.kept.append(value)
        return number

    def _block(self, data: bytes) -> int:
        self.blocks.append(data)
        return len(self.blocks) - 1


def _listed(value):
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _a(name: str) -> str:
    return f"{'An' if name[:1].lower() in 'aeiou' else 'A'} {name}"
