"""Chapter 09: pictures as numbers; a picture comes in, edges, regions or motion out.

Each function is written in front of the student in chapter 09, word for word.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "conv_macs",
    "convolve",
    "difference",
    "edge_pixels",
    "features",
    "gaussian",
    "lucas_kanade",
    "mean_shift",
    "output_side",
    "sobel",
]


def difference(row):
    """The slope of a row of grey values (n,), (n - 2,) numbers.

    >>> difference(np.array([0.0, 0.0, 4.0, 4.0]))
    array([2., 2.])
    """
    return (row[2:] - row[:-2]) / 2


def gaussian(sigma):
    """A bell of weights with sum 1, cut off at three widths, (2 r + 1,).

    >>> gaussian(0.5).round(3)
    array([0.   , 0.106, 0.787, 0.106, 0.   ])
    """
    radius = int(np.ceil(3 * sigma))
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-(x**2) / (2 * sigma**2))
    return bell / bell.sum()


def mean_shift(points, radius, steps=30):
    """Each point (n, d) moved to the top of the hill it stands on, (n, d).

    >>> mean_shift(np.array([[0.0], [1.0], [9.0]]), radius=2).ravel()
    array([0.5, 0.5, 9. ])
    """
    places = points.copy()
    for _ in range(steps):
        apart = ((places[:, None] - points) ** 2).sum(axis=2)  # (n, n)
        near = (apart <= radius**2).astype(points.dtype)
        places = near @ points / near.sum(axis=1, keepdims=True)
    return places


def convolve(image, kernel):
    """A kernel (k, k) laid on every place of a picture (h, w) where it fits.

    >>> convolve(np.arange(16.0).reshape(4, 4), np.ones((3, 3)) / 9)
    array([[ 5.,  6.],
           [ 9., 10.]])
    """
    k = len(kernel)
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            out[i, j] = np.sum(image[i : i + k, j : j + k] * kernel)
    return out


def sobel(x):
    """How steep each place of pictures (..., h, w) is, (..., h - 2, w - 2).

    >>> sobel(np.array([[0.0, 0, 1, 1]] * 3))
    array([[4., 4.]])
    """
    across = x[..., 2:] - x[..., :-2]  # derivative
    across = across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]
    down = x[..., 2:, :] - x[..., :-2, :]
    down = down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]
    return np.hypot(across, down)


def output_side(side, kernel, stride=1, padding=0):
    """How many places a kernel has along one side.

    >>> output_side(64, 3, stride=2, padding=1)
    32
    """
    return (side + 2 * padding - kernel) // stride + 1


def conv_macs(out_side, kernel, channels_in, channels_out):
    """Multiply-accumulates of one convolution on a square picture.

    >>> conv_macs(32, 3, 1, 8)
    73728
    """
    return out_side**2 * channels_out * kernel**2 * channels_in


def lucas_kanade(before, after, row, column, half=7):
    """Motion (right, down) in pixels of a window, and how well two ways are known.

    >>> rng = np.random.default_rng(0)
    >>> sea = np.add.outer(np.sin(np.arange(40) / 5), np.cos(np.arange(40) / 4))
    >>> motion, sure = lucas_kanade(sea[1:], sea[:-1], 20, 20)
    >>> motion.round(1) + 0.0
    array([0., 1.])
    """
    window = np.s_[row - half : row + half + 1, column - half : column + half + 1]
    down, right = np.gradient((before + after) / 2)
    A = np.column_stack([right[window].ravel(), down[window].ravel()])  # (pixels, 2)
    b = (before - after)[window].ravel()
    return np.linalg.pinv(A, rcond=0.02) @ b, np.linalg.eigvalsh(A.T @ A)


def edge_pixels(x, smooth, threshold):
    """How many pixels of pictures (n, h, w) are steeper than ``threshold``, (n,)."""
    from scipy.ndimage import gaussian_filter

    steep = sobel(gaussian_filter(x, (0, smooth, smooth)))
    return np.sum(steep > threshold, axis=(1, 2))


def features(x, smooth, cell):
    """What somebody thought of, for pictures (n, 64, 64): (n, 24) numbers."""
    from scipy.ndimage import gaussian_filter

    steep = sobel(gaussian_filter(x, (0, smooth, smooth)))[:, 1:-1, 1:-1]  # (n, 60, 60)
    side = 60 // cell
    cells = steep.reshape(len(x), side, cell, side, cell).mean(axis=(2, 4))
    shares = np.linspace(0, 1, 8)
    parts = x.reshape(len(x), -1), steep.reshape(len(x), -1), cells.reshape(len(x), -1)
    return np.vstack([np.quantile(part, shares, axis=1) for part in parts]).T
