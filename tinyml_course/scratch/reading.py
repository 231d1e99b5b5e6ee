"""Lines of handwriting for the reader of chapter 10: digits in, lines and squares out.

Plumbing: text and pictures of digits come in; pictures to learn from, and the digits
found in a network's map of answers, go out.
"""

from __future__ import annotations

import numpy as np

__all__ = ["NONE", "cut_out", "peaks", "write"]

NONE = 10  # the class of a square without a digit in its middle


def write(text, x, y, rng, width=96):
    """A line (16, width) with each digit of ``text`` from some picture of ``x``.

    Returns the line and (top, left, digit) for each; what does not fit is left out.

    >>> x, y = np.ones((10, 8, 8)), np.arange(10)
    >>> line, places = write("1 2", x, y, np.random.default_rng(0))
    >>> line.shape, [digit for *_, digit in places]
    ((16, 96), [1, 2])
    """
    line, places, left = np.zeros((16, width), np.float32), [], 4
    for sign in text:
        if sign in "0123456789" and left + 12 <= width:
            top, which = rng.integers(3, 6), rng.choice(np.flatnonzero(y == int(sign)))
            line[top : top + 8, left : left + 8] = x[which]
            places.append((int(top), int(left), int(sign)))
        left += rng.integers(9, 13)
    return line, places


def cut_out(x, y, lines, seed):
    """Squares (n, 12, 12, 1) of lines of six digits, and what is in their middle.

    Around each digit one square, at one of four places a pixel apart; and for most
    digits one more, at least two pixels off: there is none in *its* middle.
    """
    rng, squares, labels = np.random.default_rng(seed), [], []
    for _ in range(lines):
        line, places = write("".join(map(str, rng.integers(0, 10, 6))), x, y, rng)
        for top, left, digit in places:
            down, right = rng.integers(-1, 1, 2)
            corners = [(digit, down, right)]
            if rng.random() < 0.8:
                while -2 <= down <= 1 and -2 <= right <= 1:
                    down, right = rng.integers(-3, 4), rng.integers(-6, 7)
                corners.append((NONE, down, right))
            for label, down, right in corners:
                row, column = max(top - 2 + down, 0), max(left - 2 + right, 0)
                row, column = min(row, 4), min(column, 84)
                squares.append(line[row : row + 12, column : column + 12])
                labels.append(label)
    return np.array(squares)[..., np.newaxis], np.array(labels)


def peaks(answers, sure=0.5):
    """The digits (left, digit) of a line, from probabilities (h, w, 11).

    The surest place first; what is near it sees the same digit and is left out.
    """
    best, found = answers[..., :NONE].max(axis=-1), []
    while best.max() > sure:
        i, j = np.unravel_index(best.argmax(), best.shape)
        found.append((2 * int(j) + 2, int(answers[i, j, :NONE].argmax())))
        best[:, max(j - 3, 0) : j + 4] = 0
    return sorted(found)
