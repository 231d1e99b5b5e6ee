"""Listening without end: scores window by window come in, decisions come out.

The functions of chapter 14, word for word.
"""

from __future__ import annotations

import numpy as np

__all__ = ["detect", "per_hour", "smooth", "tally"]


def smooth(scores, width):
    """Each row (n, words) becomes the mean of itself and the rows before, width in all.

    >>> smooth(np.array([[0.0], [1.0], [1.0]]), 2).ravel().tolist()
    [0.0, 0.5, 1.0]
    """
    sums = np.cumsum(scores, axis=0)
    sums[width:] = sums[width:] - sums[:-width]
    return sums / np.minimum(np.arange(len(scores)) + 1, width)[:, None]


def detect(scores, threshold, rest):
    """Decisions (row, word): a score reaches the threshold, then the ear rests.

    >>> detect(np.array([[0.9, 0.0], [0.9, 0.0], [0.1, 0.8]]), 0.7, rest=2)
    [(0, 0), (2, 1)]
    """
    decisions, awake = [], 0
    for row in np.flatnonzero(scores.max(axis=1) >= threshold).tolist():
        if row >= awake:
            decisions.append((row, int(scores[row].argmax())))
            awake = row + rest
    return decisions


def tally(decisions, words, late=1.0, hop=0.192):
    """Which words (begin, end, label) were heard, and how many decisions were false.

    >>> tally([(5, 3)], np.array([[1.0, 1.5, 3]]))
    (array([ True]), 0)
    """
    heard, false = np.zeros(len(words), bool), 0
    for row, label in decisions:
        now = row * hop + 1.0  # when the window of this row ends, in seconds
        fits = (words[:, 0] < now) & (now <= words[:, 1] + late)
        fits &= (words[:, 2] == label) & ~heard
        if fits.any():
            heard[fits.argmax()] = True
        else:
            false += 1
    return heard, false


def per_hour(count, hours):
    """Events an hour, and the 95 % interval of Poisson's law (Garwood 1936).

    >>> [round(value, 2) for value in per_hour(0, 3)]
    [0.0, 0.0, 1.23]
    """
    from scipy.stats import chi2

    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    high = chi2.ppf(0.975, 2 * count + 2) / 2
    return count / hours, float(low / hours), float(high / hours)
