"""Numbers as C text: arrays and literals come in, lines of source go out."""

from __future__ import annotations

import textwrap

import numpy as np

__all__ = ["array", "c_type", "floating", "struct"]


def c_type(dtype: str) -> str:
    """NumPy's name of a type as C's.

    >>> c_type("int8"), c_type("float32")
    ('int8_t', 'float')
    """
    return "float" if dtype == "float32" else f"{dtype}_t"


def floating(value: float) -> str:
    """A float32 literal: 9 significant digits and always a point.

    >>> floating(1 / 256), floating(2.0)
    ('0.00390625f', '2.0f')
    """
    text = f"{np.float32(value):.9g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}f"
    return f"{text if '.' in text else text + '.0'}f"


def array(ctype: str, name: str, values: np.ndarray) -> str:
    """A constant C array of integers or float32.

    >>> print(array("int8_t", "w", np.array([1, -2])), end="")
    static const int8_t w[2] = {
        1, -2};
    """
    flat = np.asarray(values).reshape(-1)
    if flat.dtype == np.float32:
        words = [floating(value) for value in flat]
        rows = (", ".join(words[i : i + 4]) for i in range(0, len(words), 4))
        body = ",\n".join(rows)
    else:  # C reads -2147483648 as minus an int that does not exist.
        words = (
            "(-2147483647 - 1)" if v == -(2**31) else str(v) for v in flat.tolist()
        )
        body = textwrap.fill(", ".join(words), 88, break_on_hyphens=False)
    body = textwrap.indent(body, "    ")
    return f"static const {ctype} {name}[{flat.size}] = {{\n{body}}};\n"


def struct(ctype: str, name: str, fields: dict[str, object]) -> str:
    """A constant C structure with its fields named; a dictionary is a nested one.

    >>> print(struct("tc_pool2d_layer", "p", {"low": 0, "window": {"in_h": 2}}), end="")
    static const tc_pool2d_layer p = {
        .low = 0,
        .window = {.in_h = 2},
    };
    """

    def text(value: object) -> str:
        if isinstance(value, dict):
            inner = ", ".join(f".{k} = {text(v)}" for k, v in value.items())
            return "{" + inner + "}"
        if isinstance(value, list):
            return "{" + ", ".join(map(str, value)) + "}"
        return str(value)

    lines = [f"    .{key} = {text(value)}," for key, value in fields.items()]
    return f"static const {ctype} {name} = {{\n" + "\n".join(lines) + "\n};\n"
