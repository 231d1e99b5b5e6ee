"""Strokes of a pen come in, the 8x8 image that the digit models know goes out.

The rows of the digits data set began as 32x32 bitmaps that NIST's program had made
alike: each digit fills all 32 rows, is at most about 20 columns wide, and its pen is
thickened or thinned until some 30 % of the bitmap is ink. UCI then counted the dark
pixels of each 4x4 block. This module does the same to a drawing.

`widgets/live/digit.js` does it in the page, with the same operations in the same order
on the same 64-bit floats: a test holds the two equal, pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.errors import DataError

__all__ = ["from_strokes"]

SIDE = 32  # of the bitmap
BLOCK = 4  # SIDE / BLOCK = 8
WIDTH = 21.0  # columns that a digit fills at most, pen included
INK = 300  # dark pixels at which the pen is thick enough (29 % of the bitmap)
RADII = tuple(quarter / 4 for quarter in range(6, 21))  # of the pen: 1.5 to 5
STRETCH = 1.5  # a thin digit may grow by so much more in one direction than the other


def from_strokes(strokes: Sequence[Sequence[Sequence[float]]]) -> np.ndarray:
    """Turn a drawing into the image that a digits model takes.

    Parameters
    ----------
    strokes : list of strokes; a stroke is a list of [x, y], y downwards
        Any unit, any place, any size: the drawing is moved and scaled.

    Returns
    -------
    ndarray, (8, 8, 1) float32
        Ink from 0 to 1 in steps of 1/16; all zero when nothing was drawn.

    Raises
    ------
    DataError
        If a point is not two finite numbers.

    >>> image = from_strokes([[[10, 0], [10, 50]]])   # a 1: one line downwards
    >>> print(image[4, :, 0].tolist())
    [0.0, 0.0, 0.25, 1.0, 1.0, 0.25, 0.0, 0.0]
    """
    counts = _bitmap(_segments(strokes)).reshape(8, BLOCK, 8, BLOCK).sum(axis=(1, 3))
    return (counts / BLOCK**2).astype(np.float32)[..., np.newaxis]


def _segments(strokes: Sequence) -> np.ndarray:
    """The straight pieces of all strokes, (n, 4) float64: from x, y to x, y."""
    pieces = []
    for stroke in strokes:
        try:
            points = np.asarray(stroke, np.float64)
        except (TypeError, ValueError):
            points = np.empty(0)
        if len(stroke) == 0:
            continue
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise DataError(
                "A stroke must be a list of [x, y] with finite numbers; received "
                f"{str(stroke)[:60]}."
            )
        if len(points) == 1:  # a dot
            points = np.vstack([points, points])
        pieces.append(np.hstack([points[:-1], points[1:]]))
    return np.vstack(pieces) if pieces else np.empty((0, 4))


def _bitmap(segments: np.ndarray) -> np.ndarray:
    """32x32 bool, drawn with the thinnest pen that gives enough ink."""
    on = np.zeros((SIDE, SIDE), bool)
    if len(segments):
        for radius in RADII:
            on = _drawn(_fitted(segments, radius), radius)
            if np.count_nonzero(on) >= INK:
                break
    return on


def _fitted(segments: np.ndarray, radius: float) -> np.ndarray:
    """The segments in pixels: in the middle, the pen's edge at the edge of the box."""
    x, y = segments[:, 0::2], segments[:, 1::2]
    wide, high = x.max() - x.min(), y.max() - y.min()
    x_scale = (WIDTH - 2 * radius) / wide if wide > 0 else np.inf
    y_scale = (SIDE - 2 * radius) / high if high > 0 else np.inf
    x_scale, y_scale = min(x_scale, STRETCH * y_scale), min(y_scale, STRETCH * x_scale)
    if x_scale == np.inf:  # a single dot: any scale will do
        x_scale = y_scale = 1.0
    fitted = np.empty_like(segments)
    fitted[:, 0::2] = (x - (x.min() + x.max()) / 2) * x_scale + SIDE / 2
    fitted[:, 1::2] = (y - (y.min() + y.max()) / 2) * y_scale + SIDE / 2
    return fitted


def _drawn(segments: np.ndarray, radius: float) -> np.ndarray:
    """Which pixels have their centre within ``radius`` of a segment."""
    column, row = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
    on = np.zeros((SIDE, SIDE), bool)
    for ax, ay, bx, by in segments:
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        along = 0.0
        if length2 > 0:  # how far along the segment its nearest point lies, 0 to 1
            along = ((column - ax) * dx + (row - ay) * dy) / length2
            along = np.minimum(np.maximum(along, 0.0), 1.0)
        x_off, y_off = column - (ax + along * dx), row - (ay + along * dy)
        on |= x_off * x_off + y_off * y_off <= radius * radius
    return on
