"""A network of chapter 18 comes in, the bytes of a file go out, and it comes back.

A file is a row of parts, each with its length before it (2 bytes). A layer has seven:
its shape; biases (16 bits each); the table of a code and the bits of the gaps, if at
least four weights of ten are 0; its values; and table and bits of their numbers. Layers
that share nothing have no numbers, and their values are all weights in 32 bits.
"""

from __future__ import annotations

import struct
from collections import Counter

import numpy as np

from tinyml_course.scratch.coding import code_lengths, decode, encode, to_gaps

__all__ = ["bill", "halved", "pack", "unpack"]

KINDS = ("shapes", "biases", "codes", "gaps", "values", "codes", "numbers")
GAP_BITS = 4


def halved(net, shares=True):
    """The network with all that a file keeps in 16 bits rounded to it: chapter 18.

    >>> halved([(np.array([[0.1]], "f4"), None)])[0][0]
    array([[0.09997559]], dtype=float32)
    """
    return [
        (_half(w) if shares else w, b if b is None else _half(b)) for w, b in net
    ]  # fmt: skip


def pack(net, shares=True, coded=True):
    """The bytes of a network: chapter 18.

    Parameters
    ----------
    shares : bool
        Whether weights are numbers into a codebook, or floats of 32 bits.
    coded : bool
        Whether numbers and gaps have Huffman's words, or words of equal length.

    >>> len(pack([(np.array([[0.5, -0.5]], "f4"), None)]))
    27
    """
    parts = []
    for w, b in net:
        book, numbers = np.unique(w, return_inverse=True)
        order = np.argsort(np.abs(book), kind="stable")  # 0 becomes number 0
        book, numbers = book[order], np.argsort(order)[numbers.ravel()]
        parts.append(struct.pack("<HH", *w.shape))
        parts.append(b"" if b is None else b.astype("<f2").tobytes())
        if np.mean(w == 0) >= 0.4:
            gaps, numbers = to_gaps(numbers, GAP_BITS)
            parts += _write(gaps, coded)
        else:
            parts += [b"", b""]
        if shares:
            parts += [book.astype("<f2").tobytes(), *_write(list(numbers), coded)]
        else:
            parts += [book[numbers].astype("<f4").tobytes(), b"", b""]
    return b"".join(struct.pack("<H", len(part)) + part for part in parts)


def unpack(data):
    """The network that :func:`pack` wrote: chapter 18.

    >>> unpack(pack([(np.array([[0.5, -0.5]], "f4"), None)]))
    [(array([[ 0.5, -0.5]], dtype=float32), None)]
    """
    parts, net = _split(data), []
    for shape, b, table, gaps, values, *numbers in zip(*[iter(parts)] * 7, strict=True):
        if numbers[1]:
            w = np.frombuffer(values, "<f2")[_read(*numbers)]
        else:
            w = np.frombuffer(values, "<f4")
        shape = struct.unpack("<HH", shape)
        if gaps:
            places = np.cumsum(np.array(_read(table, gaps)) + 1) - 1
            kept, w = w, np.zeros(shape[0] * shape[1])
            w[places] = kept
        b = np.frombuffer(b, "<f2").astype(np.float32) if b else None
        net.append((w.astype(np.float32).reshape(shape), b))
    return net


def bill(data):
    """What takes how many bytes in a file, ``{kind: bytes}``: chapter 18.

    >>> bill(pack([(np.array([[0.5, -0.5]], "f4"), None)]))["shapes"]
    4
    """
    parts = _split(data)
    sums = dict.fromkeys(KINDS, 0)
    for place, part in enumerate(parts):
        sums[KINDS[place % len(KINDS)]] += len(part)
    return {**sums, "lengths of parts": 2 * len(parts)}


def _half(values):
    return values.astype(np.float16).astype(np.float32)


def _write(symbols, coded):
    """A table, the count before it, and bits."""
    counts = Counter(symbols)
    if coded:
        lengths = code_lengths(counts)
    else:  # words of equal length are a canonical code too
        lengths = dict.fromkeys(counts, max(1, (len(counts) - 1).bit_length()))
    table = bytes(lengths.get(s, 0) for s in range(max(counts) + 1))
    return [struct.pack("<H", len(symbols)) + table, encode(symbols, lengths)]


def _read(table, bits):
    lengths = {s: n for s, n in enumerate(table[2:]) if n}
    return decode(bits, lengths, struct.unpack("<H", table[:2])[0])


def _split(data):
    parts = []
    while data:
        size = 2 + struct.unpack("<H", data[:2])[0]
        parts.append(data[2:size])
        data = data[size:]
    return parts
