"""Convolutional networks by hand, and their blocks in Keras: chapter 10.

A picture (h, w, channels) comes in, feature maps go out.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.scratch.logistic import softmax
from tinyml_course.scratch.vision import convolve

__all__ = [
    "alexnet",
    "conv2d",
    "forward",
    "googlenet",
    "hand_made",
    "inception",
    "max_pool",
    "noise",
    "residual",
    "smoothness",
    "vgg",
]


def conv2d(x, kernel, bias):
    """Maps (h, w, channels) through filters (k, k, channels, n) to (h', w', n)."""
    maps = []
    for f in range(len(bias)):
        seen = [convolve(x[..., c], kernel[..., c, f]) for c in range(x.shape[-1])]
        maps.append(sum(seen) + bias[f])
    return np.stack(maps, axis=-1)


def max_pool(x):
    """The largest of each 2 x 2 square of each channel.

    >>> max_pool(np.arange(16.0).reshape(4, 4, 1))[..., 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    h, w = x.shape[0] // 2, x.shape[1] // 2
    return x[: 2 * h, : 2 * w].reshape(h, 2, w, 2, -1).max(axis=(1, 3))


def forward(weights, x):
    """The reader of chapter 10: picture (h, w, 1) to probabilities (h', w', 11)."""
    k1, b1, k2, b2, k3, b3 = weights
    x = max_pool(np.maximum(conv2d(x, k1, b1), 0))
    x = np.maximum(conv2d(x, k2, b2), 0)
    scores = conv2d(x, k3, b3)
    return softmax(scores.reshape(-1, 11)).reshape(scores.shape)


def vgg(x, filters, count=2):
    """A few 3 x 3 convolutions, then half the size."""
    from keras import layers

    for _ in range(count):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.MaxPooling2D()(x)


def inception(x, one, three, five, pooled):
    """Four ways side by side; ``three`` and ``five`` are (narrow, wide)."""
    from keras import layers

    def conv(x, filters, k):
        return layers.Conv2D(filters, k, padding="same", activation="relu")(x)

    pool = layers.MaxPooling2D(3, 1, padding="same")(x)
    ways = [conv(x, one, 1), conv(conv(x, three[0], 1), three[1], 3)]
    ways += [conv(conv(x, five[0], 1), five[1], 5), conv(pool, pooled, 1)]
    return layers.Concatenate()(ways)


def residual(x, skip=True):
    """Two convolutions, and the input added to what they say."""
    from keras import layers

    channels = x.shape[-1]
    y = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(channels, 3, padding="same")(y)
    return layers.ReLU()(layers.Add()([x, y]) if skip else y)


def alexnet(classes=1000):
    """AlexNet as Caffe has it: 227 x 227 pixels, some layers in two halves.

    Its normalization looks at neighbouring maps and has no parameters; another one
    without parameters stands in for it, for the shapes.
    """
    import keras
    from keras import layers

    def local(x):
        return layers.LayerNormalization(center=False, scale=False)(x)

    same = {"padding": "same", "activation": "relu"}
    x = image = keras.Input((227, 227, 3))
    x = local(layers.Conv2D(96, 11, 4, activation="relu")(x))
    x = local(layers.Conv2D(256, 5, groups=2, **same)(layers.MaxPooling2D(3, 2)(x)))
    x = layers.MaxPooling2D(3, 2)(x)
    for filters, halves in ((384, 1), (384, 2), (256, 2)):
        x = layers.Conv2D(filters, 3, groups=halves, **same)(x)
    x = layers.Flatten()(layers.MaxPooling2D(3, 2)(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return keras.Model(image, layers.Dense(classes)(x))


NINE = """64 96 128 16 32 32, 128 128 192 32 96 64, half, 192 96 208 16 48 64,
160 112 224 24 64 64, 128 128 256 24 64 64, 112 144 288 32 64 64,
256 160 320 32 128 128, half, 256 160 320 32 128 128, 384 192 384 48 128 128"""


def googlenet(classes=1000):
    """GoogLeNet as it answers, without the two helpers of its training."""
    import keras
    from keras import layers

    def conv(x, filters, k, stride=1):
        layer = layers.Conv2D(filters, k, stride, padding="same", activation="relu")
        return layer(x)

    def half(x):
        return layers.MaxPooling2D(3, 2, "same")(x)

    image = keras.Input((224, 224, 3))
    local = layers.LayerNormalization(center=False, scale=False)
    x = local(half(conv(image, 64, 7, 2)))
    local = layers.LayerNormalization(center=False, scale=False)
    x = half(local(conv(conv(x, 64, 1), 192, 3)))
    for block in map(str.split, NINE.split(",")):
        if block == ["half"]:
            x = half(x)
        else:
            one, n3, w3, n5, w5, pooled = map(int, block)
            x = inception(x, one, (n3, w3), (n5, w5), pooled)
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, layers.Dense(classes)(x))


def hand_made(side=5):
    """Kernels as in chapter 09: bells, their slopes, their bends, (n, side, side).

    Three widths, an angle every 15 degrees; each has length one.

    >>> hand_made().shape
    (216, 5, 5)
    """
    reach = (side - 1) / 2
    row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernels = []
    for width in (0.7, 1.0, 1.4):
        for angle in np.deg2rad(np.arange(0, 360, 15)):
            bell = np.exp(-(row**2 + column**2) / (2 * width**2))
            along = np.cos(angle) * column + np.sin(angle) * row
            kernels += [bell, along * bell, (along**2 / width**2 - 1) * bell]
    kernels = np.array(kernels)
    return kernels / np.linalg.norm(kernels, axis=(1, 2), keepdims=True)


def noise(n, share=0.0, side=5, seed=0):
    """Kernels of noise, (n, side, side).

    Each value takes ``share`` of its four neighbours: the more, the smoother.

    >>> noise(3).shape
    (3, 5, 5)
    """
    x = np.random.default_rng(seed).normal(size=(n, side + 2, side + 2))
    beside = x[:, 1:-1, 2:] + x[:, 1:-1, :-2]
    return x[:, 1:-1, 1:-1] + share * (x[:, 2:, 1:-1] + x[:, :-2, 1:-1] + beside)


def smoothness(kernels):
    """How alike neighbours are: 1 when equal, 0 when they have nothing in common.

    >>> round(float(smoothness(np.ones((1, 5, 5)))), 2)
    1.0
    """
    down = np.mean(kernels[:, 1:] * kernels[:, :-1])
    across = np.mean(kernels[:, :, 1:] * kernels[:, :, :-1])
    return (down + across) / 2 / np.mean(kernels**2)
