"""A small network for chapters 17 and 18, and how its weights are pruned.

A network is a list of layers, each a pair of weights ``(inputs, outputs)`` and biases
``(outputs,)``; masks are one array of ones and zeros for each layer's weights.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    import keras

__all__ = [
    "accuracy",
    "fit",
    "forward",
    "magnitude_mask",
    "masks_of",
    "network",
    "shaken",
    "shaky_digits",
    "to_keras",
]


def shaken(x, y, views, seed):
    """Pictures (n, 8, 8, 1) seen several times, moved by up to a pixel, with noise."""
    rng = np.random.default_rng(seed)
    x, y = np.tile(x[..., 0], (views, 1, 1)), np.tile(y, views)
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    places = sliding_window_view(wide, (8, 8), axis=(1, 2))  # (n, 3, 3, 8, 8)
    down, right = rng.integers(0, 3, (2, len(x)))
    seen = places[np.arange(len(x)), down, right].reshape(len(x), 64)
    noisy = seen + rng.normal(0, 0.1, seen.shape)
    return np.clip(noisy, 0, 1).astype(np.float32), y


def shaky_digits():
    """Training, validation and test rows of the shaken digits: three pairs (x, y)."""
    from tinyml_course import datasets

    digits = datasets.load("digits")
    x, y = digits.x_train, digits.y_train
    return (
        shaken(x[:1200], y[:1200], views=8, seed=1),
        shaken(x[1200:], y[1200:], views=8, seed=2),
        shaken(digits.x_test, digits.y_test, views=8, seed=3),
    )


def network(*sizes, seed=0):
    """Random weights of the right size for ReLU, and biases of zero.

    >>> [w.shape for w, b in network(64, 128, 10)]
    [(64, 128), (128, 10)]
    """
    rng = np.random.default_rng(seed)
    return [
        (
            rng.normal(0, np.sqrt(2 / k), (k, m)).astype(np.float32),
            np.zeros(m, np.float32),
        )
        for k, m in pairwise(sizes)
    ]


def forward(net, x):
    """What each layer hands on, the input first and the sums of the last one last."""
    values = [x]
    for place, (w, b) in enumerate(net):
        sums = values[-1] @ w + b
        values.append(np.maximum(sums, 0) if place < len(net) - 1 else sums)
    return values


def accuracy(net, x, y):
    """The share of rows whose largest sum is the right one."""
    return float(np.mean(forward(net, x)[-1].argmax(axis=1) == y))


def fit(net, x, y, epochs=20, masks=None, l1=0.0, l2=1e-4, rate=3e-3, seed=0):
    """Train with Adam in batches of 64; where a mask is 0 the weight stays 0.

    ``l1`` and ``l2`` are added to the slope: ``l1 * sign(w) + l2 * w``. The rate falls
    in a line to zero. Returns a new network.
    """
    rng = np.random.default_rng(seed)
    masks = [np.ones_like(w) for w, _ in net] if masks is None else masks
    net = [(w * mask, b.copy()) for (w, b), mask in zip(net, masks, strict=True)]
    flat = [part for layer in net for part in layer]
    mean, square = [np.zeros_like(p) for p in flat], [np.zeros_like(p) for p in flat]
    steps, step = epochs * -(-len(x) // 64), 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for some in (order[i : i + 64] for i in range(0, len(x), 64)):
            step += 1
            correct = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            pace = np.float32(rate * (1 - step / steps) * correct)
            slopes = _slopes(net, x[some], y[some], masks, l1, l2)
            for p, g, m, s in zip(flat, slopes, mean, square, strict=True):
                m += np.float32(0.1) * (g - m)
                s += np.float32(0.001) * (g * g - s)
                p -= pace * m / (np.sqrt(s) + np.float32(1e-7))
    return net


def _slopes(net, x, y, masks, l1, l2):
    """Chapter 06's slopes, for softmax and cross-entropy: w, b of each layer."""
    values = forward(net, x)
    shifted = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
    g = shifted / shifted.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g /= len(y)
    slopes = []
    for place in range(len(net) - 1, -1, -1):
        w, _ = net[place]
        g_w = values[place].T @ g + np.float32(l1) * np.sign(w) + np.float32(l2) * w
        slopes = [g_w * masks[place], g.sum(axis=0), *slopes]
        g = (g @ w.T) * (values[place] > 0)
    return slopes


def magnitude_mask(w, share):
    """Zeros where the ``share`` of the smallest weights is: exactly that many.

    Of weights of one size the first in reading order go first.

    >>> magnitude_mask(np.array([0.5, -0.1, 0.2, 0.1]), 0.5)
    array([1., 0., 1., 0.], dtype=float32)
    """
    order = np.argsort(np.abs(w), axis=None, kind="stable")
    mask = np.ones(w.size, np.float32)
    mask[order[: round(share * w.size)]] = 0
    return mask.reshape(w.shape)


def masks_of(net, share):
    """One threshold for all layers: each keeps what is large among all weights."""
    every = np.concatenate([w.ravel() for w, _ in net])
    ends = np.cumsum([w.size for w, _ in net])
    parts = np.split(magnitude_mask(every, share), ends[:-1])
    return [part.reshape(w.shape) for part, (w, _) in zip(parts, net, strict=True)]


def to_keras(net) -> keras.Model:
    """The same network as a Keras model with softmax, ready to be converted."""
    import keras

    *hidden, last = net
    layers = [keras.layers.Dense(len(b), activation="relu") for _, b in hidden]
    layers.append(keras.layers.Dense(len(last[1]), activation="softmax"))
    model = keras.Sequential([keras.Input((len(net[0][0]),)), *layers])
    model.set_weights([part for layer in net for part in layer])
    return model
