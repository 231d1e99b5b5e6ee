"""Plain bytes come in, the value that they tell comes out."""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import json
import pathlib
from collections.abc import Callable
from typing import Any

from tinyml_course.grading.plain.models import built
from tinyml_course.grading.plain.pack import Remote
from tinyml_course.grading.plain.values import NotPlain

__all__ = ["Unpacker"]

_MAKE = {
    "Fraction": fractions.Fraction,
    "Decimal": decimal.Decimal,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "PosixPath": pathlib.PurePosixPath,
}


_MARKS = frozenset(
    "f i c r l t s z q d o n nt b ba g sl e x td ty it fn own ao a ns dt nt1 rng "
    "ix se df ts tf km".split()
)


class Unpacker:
    """The other direction of :class:`Packer`; it trusts nothing that it reads.

    Parameters
    ----------
    known : dict
        ``{number: object}``, filled with what is read.
    call : callable
        ``call(handle, args, kwargs)``: what a function from over there shall do.
    own : list
        Our functions, by the numbers that we gave them: one of them may come back.
    """

    def __init__(
        self,
        known: dict | None = None,
        call: Callable | None = None,
        own: list | None = None,
    ):
        self.known = {} if known is None else known
        self.call, self.functions = call, own or []
        self.blocks: list[bytes] = []

    def value(self, message: bytes) -> Any:
        """The value of a whole message; NotPlain where it makes no sense."""
        try:
            size = int.from_bytes(message[:8], "little")
            tree, lengths = json.loads(message[8 : 8 + size])
            at, self.blocks = 8 + size, []
            for length in lengths:
                self.blocks.append(message[at : at + length])
                at += length
            return self.of(tree)
        except NotPlain:
            raise
        except Exception as error:  # whatever a hostile sender makes up
            raise NotPlain(f"A message that makes no sense ({error!r:.80}).") from None

    def of(self, tree: Any) -> Any:
        """The value of one part of the tree."""
        if not isinstance(tree, list):
            return tree
        if tree[0] not in _MARKS:
            raise NotPlain(f"{tree[0]!r:.20} is no kind of value.")
        return getattr(self, f"_{tree[0]}")(*tree[1:])

    def _f(self, text):
        return float(text)

    def _i(self, text):
        return int(text, 16)

    def _c(self, real, imag):
        return complex(float(real), float(imag))

    def _r(self, number):
        return self.known[number]

    def _l(self, number, items):
        self.known[number] = made = []
        made.extend(self.of(item) for item in items)
        return made

    def _items(self, kind, number, items):
        self.known[number] = made = kind([self.of(item) for item in items])
        return made

    def _t(self, number, items):
        return self._items(tuple, number, items)

    def _s(self, number, items):
        return self._items(set, number, items)

    def _z(self, number, items):
        return self._items(frozenset, number, items)

    def _q(self, number, items):
        return self._items(collections.deque, number, items)

    def _pairs(self, kind, number, items):
        self.known[number] = made = kind()
        for key, value in items:
            made[self.of(key)] = self.of(value)
        return made

    def _d(self, number, items):
        return self._pairs(dict, number, items)

    def _o(self, number, items):
        return self._pairs(collections.OrderedDict, number, items)

    def _n(self, number, items):
        return self._pairs(collections.Counter, number, items)

    def _nt(self, name, fields, items):
        kind = collections.namedtuple(name, fields)
        return kind(*(self.of(item) for item in items))

    def _b(self, number, block):
        self.known[number] = made = self.blocks[block]
        return made

    def _ba(self, number, block):
        self.known[number] = made = bytearray(self.blocks[block])
        return made

    def _g(self, start, stop, step):
        return range(start, stop, step)

    def _sl(self, parts):
        return slice(*(self.of(part) for part in parts))

    def _e(self):
        return Ellipsis

    def _x(self, name, text):
        return _MAKE[name](text)

    def _td(self, days, seconds, micro):
        return datetime.timedelta(days, seconds, micro)

    def _ty(self, name):
        made = getattr(builtins, name)
        if not isinstance(made, type):
            raise NotPlain(f"{name} is no type.")
        return made

    def _it(self, items):
        return iter([self.of(item) for item in items])

    def _fn(self, handle, name, doc):
        if self.call is None:
            raise NotPlain("A function where none is expected.")
        return Remote(int(handle), str(name), doc, self.call)

    def _own(self, handle):
        return self.functions[handle]

    def _ao(self, number, shape, items):
        import numpy

        made = numpy.empty(len(items), object)
        for place, item in enumerate(items):
            made[place] = self.of(item)
        self.known[number] = made = made.reshape(shape)
        return made

    def _a(self, number, dtype, shape, block):
        self.known[number] = made = self._array(dtype, shape, block).copy()
        return made

    def _array(self, dtype, shape, block):
        import numpy

        if isinstance(dtype, list):
            dtype = [
                tuple(tuple(p) if type(p) is list else p for p in d) for d in dtype
            ]
        dtype = numpy.dtype(dtype)
        if dtype.hasobject:
            raise NotPlain("An array of objects as bytes.")
        return numpy.frombuffer(self.blocks[block], dtype).reshape(shape)

    def _ns(self, dtype, block):
        return self._array(dtype, [1], block)[0]

    def _dt(self, text):
        import numpy

        return numpy.dtype(text)

    def _nt1(self, name):
        import numpy

        made = getattr(numpy, name)
        if not (isinstance(made, type) and issubclass(made, numpy.generic)):
            raise NotPlain(f"{name} is no type of numpy's.")
        return made

    def _rng(self, number, name, state):
        import numpy

        if name not in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
            raise NotPlain(f"{name} is no bit generator.")
        place, most = {
            "MT19937": (state.get("state", {}).get("pos"), 624),
            "Philox": (state.get("buffer_pos"), 4),
        }.get(name, (0, 0))
        if type(place) is not int or not 0 <= place <= most:
            raise NotPlain("A generator that would read beyond its numbers.")
        bits = getattr(numpy.random, name)()
        bits.state = state
        self.known[number] = made = numpy.random.Generator(bits)
        return made

    def _column(self, column, index, name=None):
        import pandas

        dtype, items = column
        values = [self.of(item) for item in items]
        try:
            return pandas.Series(values, index, dtype, name=name)
        except (TypeError, ValueError):
            return pandas.Series(values, index, object, name=name)

    def _index(self, told):
        import pandas

        kind, dtype, names, items = told
        values, names = [self.of(i) for i in items], [self.of(n) for n in names]
        if kind == "MultiIndex":
            return pandas.MultiIndex.from_tuples(values, names=names)
        if kind == "RangeIndex":
            step = values[1] - values[0] if len(values) > 1 else 1
            start = values[0] if values else 0
            return pandas.RangeIndex(
                start, start + step * len(values), step, name=names[0]
            )
        try:
            return pandas.Index(values, dtype, name=names[0])
        except (TypeError, ValueError):
            return pandas.Index(values, object, name=names[0])

    def _ix(self, told):
        return self._index(told)

    def _se(self, name, index, column):
        return self._column(column, self._index(index), self.of(name))

    def _df(self, names, columns):
        import pandas

        labels, rows = (self._index(told) for told in names)
        made = pandas.DataFrame(
            dict(enumerate(self._column(column, rows) for column in columns)), rows
        )
        made.columns = labels
        return made

    def _ts(self, text):
        import pandas

        return pandas.Timestamp(text)

    def _tf(self, array):
        import tensorflow

        return tensorflow.constant(self.of(array))

    def _km(self, plan, weights):
        return built(json.loads(plan), [self.of(array) for array in weights])
