"""Sharing and coding of chapter 18: weights in, codebook and bits out, and back.

Bits are written from the left: the first bit of a stream is the highest of its first
byte.
"""

from __future__ import annotations

import heapq
from collections import Counter

import numpy as np

__all__ = [
    "bits_per_weight",
    "canonical",
    "code_lengths",
    "decode",
    "encode",
    "entropy",
    "from_bits",
    "from_gaps",
    "k_means",
    "nearest",
    "start",
    "to_bits",
    "to_gaps",
]


def nearest(values, codebook):
    """For each value the number of the nearest in a sorted codebook: chapter 18.

    >>> nearest(np.array([-1.0, 0.4, 0.6, 9.0]), np.array([0.0, 1.0]))
    array([0, 0, 1, 1])
    """
    return np.searchsorted((codebook[:-1] + codebook[1:]) / 2, values)


def k_means(values, codebook, rounds=20):
    """Move each entry to the mean of the values nearest to it, again: chapter 18.

    Returns
    -------
    codebook, numbers
        The entries ``(k,)``, sorted; and for each value the number of its entry.

    >>> k_means(np.array([0.0, 2.0, 9.0]), np.array([0.0, 3.0]))
    (array([1., 9.]), array([0, 0, 1]))
    """
    codebook = np.sort(codebook)
    for _ in range(rounds):
        numbers = nearest(values, codebook)
        count = np.bincount(numbers, minlength=len(codebook))
        total = np.bincount(numbers, values, minlength=len(codebook))
        codebook = np.where(count, total / np.maximum(count, 1), codebook)
    return codebook, nearest(values, codebook)


def start(values, k, how, seed=0):
    """A first codebook: "linear", "random" or "density": chapter 18.

    >>> start(np.array([0.0, 0.0, 0.0, 1.0]), 3, "linear")
    array([0. , 0.5, 1. ])
    """
    if how == "linear":
        return np.linspace(values.min(), values.max(), k)
    if how == "random":
        return np.random.default_rng(seed).choice(values, k, replace=False)
    return np.quantile(values, (np.arange(k) + 0.5) / k)


def bits_per_weight(n, k, bits=32):
    """Bits that ``n`` weights cost as numbers into a codebook of ``k``: chapter 18.

    >>> float(bits_per_weight(1024, 16))
    4.5
    """
    return np.ceil(np.log2(k)) + k * bits / n


def to_bits(numbers, width):
    """Whole numbers below ``2**width`` as bytes, ``width`` bits each: chapter 18.

    >>> to_bits([1, 2, 3], 4).hex()
    '1230'
    """
    places = np.arange(width)[::-1]
    return np.packbits(np.asarray(numbers)[:, None] >> places & 1).tobytes()


def from_bits(data, width, count):
    """The first ``count`` numbers of :func:`to_bits`: chapter 18.

    >>> from_bits(bytes.fromhex("1230"), 4, 3)
    array([1, 2, 3])
    """
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count * width)
    return bits.reshape(count, width) @ (1 << np.arange(width)[::-1])


def entropy(counts):
    """Bits per symbol that no code for single symbols can beat: chapter 18.

    >>> float(entropy({"a": 2, "b": 1, "c": 1}))
    1.5
    """
    p = np.array(list(counts.values())) / sum(counts.values())
    return -np.sum(p * np.log2(p))


def code_lengths(counts):
    """Huffman's lengths, ``{symbol: bits}``, from ``{symbol: count}``: chapter 18.

    >>> code_lengths({0: 5, 1: 2, 2: 1, 4: 1})
    {0: 1, 1: 2, 2: 3, 4: 3}
    """
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)  # even a single symbol needs a bit
    lengths = dict.fromkeys(sorted(counts), 0)
    heap = [(count, symbol, [symbol]) for symbol, count in counts.items()]
    heapq.heapify(heap)
    while len(heap) > 1:
        rare, next_rare = heapq.heappop(heap), heapq.heappop(heap)
        both = rare[2] + next_rare[2]
        for symbol in both:
            lengths[symbol] += 1  # one step further from the root
        heapq.heappush(heap, (rare[0] + next_rare[0], min(both), both))
    return lengths


def canonical(lengths):
    """The code words of these lengths, ``{symbol: "bits"}``: chapter 18.

    Short words come first, words of one length in the order of their symbols, and
    each is the one before plus 1.

    >>> canonical({0: 1, 1: 2, 2: 3, 4: 3})
    {0: '0', 1: '10', 2: '110', 4: '111'}
    """
    words, code, before = {}, 0, 0
    for length, symbol in sorted((n, s) for s, n in lengths.items()):
        code <<= length - before
        words[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return words


def encode(symbols, lengths):
    """Symbols as the bytes of a canonical code, the last filled with 0: chapter 18.

    >>> encode([0, 2, 1], {0: 1, 1: 2, 2: 3, 4: 3}).hex()
    '68'
    """
    words = canonical(lengths)
    bits = "".join([words[s] for s in symbols])
    return np.packbits(np.frombuffer(bits.encode(), np.uint8) - 48).tobytes()


def decode(data, lengths, count):
    """The first ``count`` symbols that :func:`encode` wrote: chapter 18.

    >>> decode(bytes.fromhex("68"), {0: 1, 1: 2, 2: 3, 4: 3}, 3)
    [0, 2, 1]
    """
    order = [s for _, s in sorted((n, s) for s, n in lengths.items())]
    many = Counter(lengths.values())  # how many words have each length
    bits = iter(np.unpackbits(np.frombuffer(data, np.uint8)).tolist())
    symbols = []
    for _ in range(count):
        code = first = place = length = 0
        while code - first >= many[length]:
            place, first = place + many[length], first + many[length]
            length += 1
            code, first = 2 * code + next(bits), 2 * first
        symbols.append(order[place + code - first])
    return symbols


def to_gaps(numbers, width):
    """What is not 0 of a list, each with its distance from the one before: chapter 18.

    Distances have ``width`` bits; where one does not fit, a 0 is put in as a step.

    Returns
    -------
    gaps, kept
        Two lists of equal length: distances of 1 to ``2**width``, less 1; and numbers.

    >>> to_gaps([0, 7, 0, 0, 0, 0, 0, 3], 2)
    ([1, 3, 1], [7, 0, 3])
    """
    gaps, kept, last, far = [], [], -1, 2**width
    for place in np.flatnonzero(numbers).tolist():
        while place - last > far:
            last += far
            gaps.append(far - 1)
            kept.append(0)
        gaps.append(place - last - 1)
        kept.append(int(numbers[place]))
        last = place
    return gaps, kept


def from_gaps(gaps, kept, n):
    """The list of length ``n`` again that :func:`to_gaps` wrote: chapter 18.

    >>> from_gaps([1, 3, 1], [7, 0, 3], 8)
    array([0, 7, 0, 0, 0, 0, 0, 3])
    """
    numbers = np.zeros(n, int)
    numbers[np.cumsum(np.array(gaps, int) + 1) - 1] = kept
    return numbers
