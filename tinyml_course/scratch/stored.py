"""The C of an int8 network comes in; out it goes with its weights stored another way.

Chapter 18. What the operators compute stays: each neuron is still the course's own
``tc_fully_connected``, which sees a row of weights and does not know where from.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from tinyml_course.scratch.coding import canonical, code_lengths, encode, to_bits

__all__ = [
    "NEXT_C",
    "NIBBLE_C",
    "ROWS_C",
    "TABLE_C",
    "c_array",
    "coded_arrays",
    "stored",
]

NEXT_C = """
typedef struct {
    const uint8_t *data, *many; /* bits; how many words have each length */
    const int8_t *symbols;      /* in the order of their words */
    uint32_t place;             /* of the next bit */
} stream;

static inline int8_t next(stream *s) {
    int32_t code = 0, first = 0, before = 0, length = 0;
    while (code - first >= s->many[length]) {
        before += s->many[length];
        first = 2 * (first + s->many[length++]);
        code = 2 * code + (s->data[s->place >> 3] >> (7 - (s->place & 7)) & 1);
        s->place++;
    }
    return s->symbols[before + code - first];
}
"""

#: With a table: for each pattern of as many bits as the longest word has, the symbol
#: that begins there and the length of its word. ``many`` points to the table, and the
#: one entry of ``symbols`` is that longest length.
TABLE_C = (
    NEXT_C.split("static", maxsplit=1)[0]
    + """static inline int8_t next(stream *s) {
    const uint8_t *d = s->data + (s->place >> 3);
    uint32_t window = (uint32_t)d[0] << 16 | d[1] << 8 | d[2];
    window = window << (s->place & 7) & 0xffffff;
    const uint8_t *entry = s->many + 2 * (window >> (24 - *s->symbols));
    s->place += entry[1];
    return (int8_t)entry[0];
}
"""
)

#: Plain numbers of 4 bits, two in a byte.
NIBBLE_C = (
    NEXT_C.split("static", maxsplit=1)[0]
    + """static inline int8_t next(stream *s) {
    uint8_t two = s->data[s->place >> 1];
    return s->symbols[s->place++ & 1 ? two & 15 : two >> 4];
}
"""
)

ROWS_C = """
static void by_rows(const tc_fully_connected_layer *layer, stream s,
                    const int8_t *input, int8_t *output) {
    _Alignas(4) static int8_t row[128];
    tc_fully_connected_layer one = *layer;
    one.outputs = 1, one.weights = row;
    for (int32_t q = 0; q < layer->outputs; q++) {
        for (int32_t i = 0; i < layer->inputs; i++)
            row[i] = next(&s);
        one.bias = layer->bias + q;
        tc_fully_connected(&one, input, output + q);
    }
}
"""


def c_array(name, values, kind="uint8_t"):
    r"""A constant array in C.

    >>> c_array("data", [1, 2])
    'static const uint8_t data[] = {1, 2};\n'
    """
    return f"static const {kind} {name}[] = {{{', '.join(map(str, values))}}};\n"


def coded_arrays(w, name=""):
    """What :data:`NEXT_C` reads int8 weights from: ``data``, ``many``, ``symbols``."""
    flat, (lengths, order) = w.ravel().tolist(), _code(w)
    many = [list(lengths.values()).count(n) for n in range(max(lengths.values()) + 1)]
    return (
        c_array(f"data{name}", encode(flat, lengths))
        + c_array(f"many{name}", many)
        + c_array(f"symbols{name}", order, "int8_t")
    )


def stored(sources, layers, way):
    """The C of a network of dense layers whose weights are stored another way.

    Parameters
    ----------
    sources : dict of str to str
        What ``export.to_c`` made, named ``model``; one scale for each layer.
    layers : list of ndarray, (outputs, inputs) int8
        The weights in the order of the layers; at most 128 inputs, 10 layers.
    way : str
        "numbers, by rows", "words, by rows", "table, by rows" or "words, once".
    """
    text, fill = sources["model.c"], ""
    names = re.findall(r"const int8_t (weights_\w+)\[", text)
    arrays_of, next_c = {
        "numbers": (_number_arrays, NIBBLE_C),
        "words": (coded_arrays, NEXT_C),
        "table": (_table_arrays, TABLE_C),
    }[way.split(",")[0]]
    for i, (w, name) in enumerate(zip(layers, names, strict=True)):
        arrays = arrays_of(w, f"_{i}")
        stream = f"(stream){{data_{i}, many_{i}, symbols_{i}, 0}}"
        if way.endswith("once"):
            arrays += f"_Alignas(4) static int8_t {name}[{w.size}];"
            fill += f"s = {stream}; for (int i = 0; i < {w.size}; i++) "
            fill += f"{name}[i] = next(&s); "
        else:
            text = text.replace(f".weights = {name}", ".weights = 0")
            call = f"(&layer_{i:02}, "
            text = text.replace(f"tc_fully_connected{call}", f"by_rows{call}{stream}, ")
        array = rf"static const int8_t {name}\[\d+\] = {{.*?}};"
        text = re.sub(array, arrays, text, flags=re.DOTALL)
    if fill:
        first = f"static int done; stream s; if (!done) {{ {fill}done = 1; }}"
        text = text.replace("model_invoke(void) {", f"model_invoke(void) {{ {first}")
    decoder = next_c + ("" if fill else ROWS_C)
    text = text.replace('#include "tc.h"\n', '#include "tc.h"\n' + decoder)
    return {**sources, "model.c": text}


def _code(w):
    """Lengths of Huffman's code for weights, and its symbols in the order of words."""
    lengths = code_lengths(Counter(w.ravel().tolist()))
    return lengths, [s for _, s in sorted((n, s) for s, n in lengths.items())]


def _number_arrays(w, name):
    values, numbers = np.unique(w, return_inverse=True)
    return (
        c_array(f"data{name}", to_bits(numbers.ravel(), 4))
        + c_array(f"many{name}", [0])
        + c_array(f"symbols{name}", values, "int8_t")
    )


def _table_arrays(w, name):
    lengths, order = _code(w)
    width, words, table = max(lengths.values()), canonical(lengths), []
    for symbol in order:
        table += [symbol & 255, lengths[symbol]] * 2 ** (width - len(words[symbol]))
    bits = encode(w.ravel().tolist(), lengths) + bytes(2)  # a window may look past it
    return (
        c_array(f"data{name}", bits)
        + c_array(f"many{name}", table)
        + c_array(f"symbols{name}", [width], "int8_t")
    )
