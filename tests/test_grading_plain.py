"""Values cross from one process to another as plain data, of exactly their type."""

import collections
import datetime
import fractions
import json
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml_course.grading.plain import NotPlain, Packer, Unpacker

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
    st.fractions(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner),
        st.tuples(inner, inner),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    ),
    max_leaves=20,
)


def there_and_back(value):
    return Unpacker().value(Packer().bytes_of(value))


@given(VALUES)
def test_a_value_arrives_as_it_was(value):
    assert repr(there_and_back(value)) == repr(value)  # nan is not equal to nan


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        frozenset("ab"),
        range(3, 9, 2),
        slice(None, 5),
        ...,
        int,
        np.int8,
        np.dtype("float32"),
        collections.Counter("aab"),
        collections.OrderedDict(b=1, a=2),
        collections.deque([1, 2]),
        bytearray(b"ab"),
        datetime.date(2026, 1, 2),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
        datetime.timedelta(1, 2, 3),
        fractions.Fraction(1, 3),
        np.float32(0.1),
        np.bool_(True),
    ],
    # not their repr: a frozenset's order is another in each process
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_other_types_arrive_as_they_were(value):
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back == value


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24).reshape(2, 3, 4)[:, ::-1],
        np.array(3.5, np.float32),
        np.zeros((0, 3), np.int8),
        np.array(["a", "bcd"]),
        np.array([1, None, "x"], object),
        np.zeros(2, [("a", "i4"), ("b", "f8", (2,))]),
        np.array(["2026-01-02"], "datetime64[D]"),
        np.asfortranarray(np.eye(3)),
    ],
    ids=lambda a: f"{a.dtype}{a.shape}",
)
def test_arrays_arrive_with_their_shape_and_dtype(array):
    back = there_and_back(array)
    assert back.shape == array.shape
    assert back.dtype == array.dtype
    assert repr(back) == repr(array)


def test_tables_arrive():
    table = pd.DataFrame(
        {"a": [1, 2], "b": ["x", None], "when": pd.to_datetime(["2026-01-01"] * 2)},
        index=pd.Index(["p", "q"], name="row"),
    )
    pd.testing.assert_frame_equal(there_and_back(table), table)
    column = pd.Series([1.5, 2.5], name="volts")
    pd.testing.assert_series_equal(there_and_back(column), column)


def test_one_object_twice_is_one_object_there_too():
    one = [1]
    back = there_and_back({"a": one, "b": [one, one]})
    assert back["a"] is back["b"][0] is back["b"][1]
    one.append(one)
    back = there_and_back(one)
    assert back[1] is back


def test_a_named_tuple_keeps_its_fields_and_a_generator_its_state():
    point = collections.namedtuple("Point", "x y")(1, [2])
    back = there_and_back(point)
    assert (back.x, back.y, type(back).__name__) == (1, [2], "Point")
    rng = np.random.default_rng(7)
    rng.normal(size=3)
    assert there_and_back(rng).normal() == rng.normal()


class Own:
    """A class of one's own."""

    def __eq__(self, other):
        return True

    __hash__ = None


class OwnInt(int):
    """A number with other manners."""

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    "value",
    [
        Own(),
        Own,
        OwnInt(3),
        [1, {"a": Own()}],
        np.ma.array([1]),
        np.array([Own()], object),
        json,
        open,  # a function, where none is expected
        "\ud800",
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_is_no_plain_data_is_refused(value):
    with pytest.raises(NotPlain):
        Packer().bytes_of(value)


def test_what_lies_too_deep_is_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotPlain, match="deep"):
        Packer().bytes_of(deep)


def test_a_function_is_told_by_its_number_and_comes_home_as_itself():
    functions = []

    def number(function):
        functions.append(function)
        return len(functions) - 1

    def triple(x):
        return 3 * x

    message = Packer(function=number).bytes_of([triple])
    asked = []
    there = Unpacker(call=lambda *what: asked.append(what)).value(message)
    there[0](5, k=1)
    assert asked == [(0, (5,), {"k": 1})]
    home = Unpacker(own=functions).value(Packer().bytes_of(there))
    assert home == [triple]


def tree(told, *blocks):
    head = json.dumps([told, [len(block) for block in blocks]]).encode()
    return len(head).to_bytes(8, "little") + head + b"".join(blocks)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff" * 30,
        (10**9).to_bytes(8, "little") + b"[]",
        tree(["_init__"]),
        tree(["ty", "print"]),
        tree(["nt1", "load"]),
        tree(["r", 5]),
        tree(["a", 0, "O", [1], 0], b"12345678"),
        tree(["a", 0, "<i4", [10**9], 0], b"1234"),
        tree(["rng", 0, "__class__", {}]),
        tree(["fn", 0, "f", None]),
        tree(["x", "open", "/etc/passwd"]),
        tree(["own", 3]),
        tree(["known", 3]),
    ],
    ids=range(14),
)
def test_a_message_made_up_by_an_enemy_is_refused(message):
    with pytest.raises(NotPlain):
        Unpacker().value(message)


def test_a_path_is_only_a_name():
    back = there_and_back(pathlib.PosixPath("/etc/passwd"))
    assert str(back) == "/etc/passwd"
    assert not hasattr(back, "read_text")
