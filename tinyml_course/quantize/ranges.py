"""A histogram of what a layer puts out comes in, the range to keep goes out.

int8 has 256 steps for a range. A wide one rounds coarsely, a narrow one clips what lies
outside; the methods differ in how they weigh the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tinyml_course.errors import DataError

__all__ = ["BINS", "METHODS", "LayerRange", "entropy", "percentile"]

BINS = 2048
"""Bins of a histogram, as in Migacz (2017)."""

METHODS = ("min-max", "percentile", "entropy")

KEEP = 99.9  # percent of the values that "percentile" keeps
_STEP = 4  # bins from one clip that "entropy" tries to the next


@dataclass(frozen=True, eq=False)
class LayerRange:
    """What one stored tensor held while the representative data ran through it.

    Attributes
    ----------
    name : str
        Of the Keras layer whose output it is; "input" for the model's own.
    layers : tuple of str
        All layers whose outputs share this range: one that is fused (a convolution with
        its ReLU) and those that only move values (max pooling, concatenation).
    low, high : float
        The smallest and the largest value seen.
    counts, edges : ndarray, (2048,) int64 and (2049,) float64
        The histogram from ``low`` to ``high``.
    fixed : bool
        Whether the operator settles its range itself (softmax, sigmoid, tanh).
    tensors : tuple of str
        The names in the .tflite.

    >>> counts, edges = np.histogram([0.0, 0.5, 0.5, 4.0], bins=BINS)
    >>> layer = LayerRange("relu", ("relu",), 0.0, 4.0, counts, edges)
    >>> layer.choose("min-max"), layer.clipped(0, 1)
    ((0.0, 4.0), 0.25)
    """

    name: str
    layers: tuple[str, ...]
    low: float
    high: float
    counts: np.ndarray = field(repr=False)
    edges: np.ndarray = field(repr=False)
    fixed: bool = False
    tensors: tuple[str, ...] = field(default=(), repr=False)

    def choose(
        self, how: str | tuple[float, float], keep: float = KEEP
    ) -> tuple[float, float]:
        """The range by ``how``: "min-max", "percentile", "entropy" or your own two.

        Raises
        ------
        DataError
            If the method is unknown, or the pair is no range that holds zero.
        """
        if isinstance(how, str):
            if how not in METHODS:
                raise DataError(
                    f"There is no method {how!r} to choose a range. Take "
                    f"{', '.join(METHODS)}, or a pair (low, high)."
                )
            if how == "min-max" or self.fixed or self.low == self.high:
                return self.low, self.high
            if how == "percentile":
                return percentile(self.counts, self.edges, keep)
            return entropy(self.counts, self.edges)
        return _own(self.name, how, self.fixed)

    def clipped(self, low: float, high: float) -> float:
        """The share of the values that lie outside ``low`` to ``high``."""
        middles = (self.edges[:-1] + self.edges[1:]) / 2
        outside = (middles < low) | (middles > high)
        return float(self.counts[outside].sum() / max(1, self.counts.sum()))


def _own(name: str, pair: object, fixed: bool) -> tuple[float, float]:
    """A pair that a person chose, checked."""
    try:
        low, high = (float(edge) for edge in pair)
    except (TypeError, ValueError):
        raise DataError(
            f"The range for '{name}' is {pair!r}; expected a pair (low, high) or one "
            f"of {', '.join(METHODS)}."
        ) from None
    if fixed:
        raise DataError(
            f"The range of '{name}' is settled by the operator (softmax, sigmoid, "
            "tanh) and cannot be chosen. Leave this layer out."
        )
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError(
            f"The range for '{name}' is {low:g} to {high:g}; expected two finite "
            "numbers."
        )
    if low >= high:
        raise DataError(
            f"The range for '{name}' is {low:g} to {high:g}; the first must be the "
            "smaller one."
        )
    if not low <= 0 <= high:
        raise DataError(
            f"The range for '{name}' is {low:g} to {high:g} and leaves out zero, which "
            "must be exact: padding and ReLU make zeros. Take "
            f"{min(low, 0):g} to {max(high, 0):g}."
        )
    if (high - low) / 255 < 2.0**-28 or (high - low) / 255 > 2.0**28:
        raise DataError(
            f"The range for '{name}' is {low:g} to {high:g}; a step of it is beyond "
            "what int8 arithmetic can rescale."
        )
    return low, high


def percentile(
    counts: np.ndarray, edges: np.ndarray, keep: float = KEEP
) -> tuple[float, float]:
    """The range that keeps ``keep`` percent of the values: half of the rest each end.

    Zero is always kept. Exact to a bin of the histogram.

    >>> percentile(np.array([0, 10, 0]), np.array([-3.0, -1.0, 1.0, 3.0]), keep=50)
    (-0.5, 0.5)
    """
    if not 0 < keep <= 100:
        raise DataError(
            f"The percentile keeps {keep} %; expected more than 0 and up to 100."
        )
    total = np.concatenate([[0], np.cumsum(counts)]) / max(1, np.sum(counts))
    tail = (100 - keep) / 200
    # where the share is flat no value lies: the outer end of the gap is not needed
    first = np.searchsorted(total, tail, side="right") - 1
    last = np.searchsorted(total, 1 - tail, side="left")
    low, high = edges[0], edges[-1]
    if tail > 0:
        low = np.interp(tail, total[first : first + 2], edges[first : first + 2])
        high = np.interp(
            1 - tail, total[last - 1 : last + 1], edges[last - 1 : last + 1]
        )
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    return (low, high) if low < high else (float(edges[0]), float(edges[-1]))


def entropy(
    counts: np.ndarray, edges: np.ndarray, levels: int = 256
) -> tuple[float, float]:
    """The clip whose ``levels`` steps tell least of the distribution wrong.

    For each clip T the values outside -T to T are moved to its ends (P) and the rest is
    merged into ``levels`` steps (Q); the T with the smallest Kullback-Leibler
    divergence of Q from P is taken (Migacz 2017, TensorRT). Zeros, which every range
    holds exactly, do not vote.

    >>> values = np.random.default_rng(0).normal(size=100_000)
    >>> counts, edges = np.histogram(np.append(values, 30.0), bins=BINS)
    >>> low, high = entropy(counts, edges)
    >>> 3 < high < 10
    True
    """
    counts = np.asarray(counts, dtype=np.float64).copy()
    zero = int(
        np.clip(np.searchsorted(edges, 0.0, side="right") - 1, 0, len(counts) - 1)
    )
    beside = [i for i in (zero - 1, zero + 1) if 0 <= i < len(counts)]
    counts[zero] = min(counts[zero], np.mean([counts[i] for i in beside]))
    low, high = min(edges[0], 0.0), max(edges[-1], 0.0)
    farthest = max(-low, high)
    width = (edges[-1] - edges[0]) / len(counts)
    best, chosen = np.inf, farthest
    sides = (low < 0) + (high > 0)
    smallest = levels * width / sides
    for clip in np.arange(farthest, smallest, -_STEP * width):
        first = int(np.searchsorted(edges, -clip - width / 2, side="left"))
        last = int(np.searchsorted(edges, clip + width / 2, side="right")) - 1
        last = min(last, len(counts))
        if last - first < 2:
            break
        found = _divergence(counts, first, last, levels)
        if found < best:
            best, chosen = found, clip
    low, high = max(float(low), -float(chosen)), min(float(high), float(chosen))
    return (low, high) if low < high else (float(edges[0]), float(edges[-1]))


def _divergence(counts: np.ndarray, first: int, last: int, levels: int) -> float:
    """Kullback-Leibler divergence of bins merged into levels from the clipped ones."""
    inside = counts[first:last]
    p = inside.copy()
    p[0] += counts[:first].sum()
    p[-1] += counts[last:].sum()
    if not inside.sum():
        return np.inf
    size = len(inside)
    starts = np.unique(np.arange(levels) * size // levels)
    filled = inside > 0
    total = np.add.reduceat(inside, starts)
    number = np.add.reduceat(filled.astype(np.float64), starts)
    mean = np.divide(total, number, out=np.zeros_like(total), where=number > 0)
    q = np.repeat(mean, np.diff(np.append(starts, size))) * filled
    p, q = p / p.sum(), q / q.sum()
    some = p > 0
    return float(np.sum(p[some] * np.log(p[some] / np.maximum(q[some], 1e-4 / size))))
