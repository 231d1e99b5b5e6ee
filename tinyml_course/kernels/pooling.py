"""Pooling in int8: each window becomes its largest or its average value."""

from __future__ import annotations

import numpy as np

from tinyml_course.kernels.convolution import patches

__all__ = ["average_pool2d", "max_pool2d"]


def max_pool2d(
    x: np.ndarray,
    *,
    pool: tuple[int, int],
    strides: tuple[int, int],
    same: bool = False,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """The largest value of each window of ``x`` (n, h, w, c) int8.

    >>> x = np.arange(4, dtype=np.int8).reshape(1, 2, 2, 1)
    >>> max_pool2d(x, pool=(2, 2), strides=(2, 2)).ravel()
    array([3], dtype=int8)
    """
    windows = patches(x, pool, strides, (1, 1), same, fill=-128)
    return np.clip(windows.max(axis=(3, 4)), activation_min, activation_max)


def average_pool2d(
    x: np.ndarray,
    *,
    pool: tuple[int, int],
    strides: tuple[int, int],
    same: bool = False,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """The average of each window of ``x`` (n, h, w, c) int8, ties away from zero.

    Padding does not count: a window at the edge averages the values it has.

    >>> x = np.arange(4, dtype=np.int8).reshape(1, 2, 2, 1)
    >>> average_pool2d(x, pool=(2, 2), strides=(2, 2)).ravel()
    array([2], dtype=int8)
    """
    ones = np.ones((1, *x.shape[1:3], 1), dtype=np.int64)
    count = patches(ones, pool, strides, (1, 1), same, fill=0).sum(axis=(3, 4))
    total = patches(x.astype(np.int64), pool, strides, (1, 1), same, fill=0)
    total = total.sum(axis=(3, 4))
    # C divides towards zero: round by adding half the count on the value's side.
    average = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return np.clip(average, activation_min, activation_max).astype(np.int8)
