"""Small networks of chapter 11: cheap convolutions, and a family that finds boats.

Pictures and boxes come in, targets for each cell of a picture and Keras models come
out, and boxes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

__all__ = [
    "backbone",
    "cell_loss",
    "cells",
    "conv",
    "decode",
    "finder",
    "separable",
    "shrink",
    "targets",
]

USUAL = 10.0  # pixels: the width and height of a usual box


def conv(x, filters, size=3):
    """Convolution, batch normalization, ReLU6."""
    from keras import layers

    x = layers.Conv2D(filters, size, padding="same", use_bias=False)(x)
    return layers.ReLU(6)(layers.BatchNormalization(momentum=0.9)(x))


def separable(x, filters):
    """The same in two steps: each channel by itself, then all at each pixel."""
    from keras import layers

    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6)(layers.BatchNormalization(momentum=0.9)(x))
    return conv(x, filters, size=1)


def backbone(image, width=1.0):
    """Pixels to features, (side, side, 1) to (side / 8, side / 8, 64 * width)."""
    from keras import layers

    x = conv(image, int(8 * width))
    x = separable(layers.MaxPooling2D()(x), int(16 * width))
    x = separable(layers.MaxPooling2D()(x), int(32 * width))
    return separable(layers.MaxPooling2D()(x), int(64 * width))


def finder(width=1.0, side=64) -> keras.Model:
    """Five numbers for each cell: how likely a boat (a logit), and its box.

    >>> finder(0.5, 32).output_shape
    (None, 4, 4, 5)
    """
    import keras
    from keras import layers

    image = keras.Input((side, side, 1))
    return keras.Model(image, layers.Conv2D(5, 1)(backbone(image, width)))


def shrink(x, side):
    """Larger pixels, each the mean of what it covers: (n, 64, 64, 1) to (n, side, ...).

    >>> shrink(np.ones((2, 64, 64, 1)), 48).shape
    (2, 48, 48, 1)
    """
    copies = side // np.gcd(side, x.shape[1])
    step = x.shape[1] * copies // side
    x = x.repeat(copies, axis=1).repeat(copies, axis=2)
    return x.reshape(len(x), side, step, side, step, 1).mean(axis=(2, 4))


def cells(count, side):
    """The middles of ``count`` by ``count`` cells in pixels, x and y as two maps.

    >>> cells(2, 16)[0].tolist()
    [[4.0, 12.0], [4.0, 12.0]]
    """
    middle = (np.arange(count) + 0.5) * side / count
    return np.meshgrid(middle, middle)


def targets(boxes, count, side=64):
    """What a finder shall say: (n, 4) boxes to (n, count, count, 5).

    A cell is hot, 1, when its middle is in the box or the box's middle is in it; then
    the other four numbers say how far the box's middle is from its own, and how much
    wider and higher the box is than usual.
    """
    x, y = cells(count, side)
    (x0, y0, x1, y1), half = boxes.T[:, :, None, None], side / count / 2
    dx, dy, w, h = (x0 + x1) / 2 - x, (y0 + y1) / 2 - y, x1 - x0, y1 - y0
    hot = (abs(dx) <= w / 2) & (abs(dy) <= h / 2)  # (n, count, count)
    hot = (w > 0) & (hot | (abs(dx) <= half) & (abs(dy) <= half))
    box = [dx, dy, w - USUAL + 0 * dx, h - USUAL + 0 * dy]
    return np.stack([hot, *(hot * part for part in box)], axis=-1).astype("float32")


def cell_loss(wanted, said):
    """Cross-entropy for every cell; for hot ones also how far the box is off."""
    from keras import ops

    hot, off = wanted[..., 0], ops.abs(wanted[..., 1:] - said[..., 1:])
    entropy = ops.binary_crossentropy(hot, said[..., 0], from_logits=True)
    bend = ops.where(off < 1, off**2 / 2, off - 0.5)  # no square: few wild ones
    box = ops.sum(bend * hot[..., None]) / (ops.sum(hot) + 1)
    return 40 * ops.mean(entropy) + box / 4


def decode(said, side):
    """One picture's cells (count, count, 5) to boxes (n, 4) and their scores (n,)."""
    x, y = cells(len(said), side)
    x, y = x + said[..., 1], y + said[..., 2]
    w, h = (np.maximum(said[..., k] + USUAL, 2) / 2 for k in (3, 4))
    boxes = np.stack([x - w, y - h, x + w, y + h], axis=-1)
    return boxes.reshape(-1, 4), 1 / (1 + np.exp(-said[..., 0].ravel()))
