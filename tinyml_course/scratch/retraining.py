"""Chapter 17's training with more doors, for chapter 18.

A network is a list of layers ``(weights, biases)`` as in ``scratch.pruning``; a layer
whose biases are None is a plain matrix, without a bend behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.scratch.descent import adam
from tinyml_course.scratch.logistic import softmax

if TYPE_CHECKING:
    import keras

__all__ = ["accuracy", "fit", "forward", "right", "soft", "to_keras"]


def forward(net, x):
    """What each layer hands on, the input first and the sums of the last one last."""
    values = [x]
    for place, (w, b) in enumerate(net):
        sums = values[-1] @ w if b is None else values[-1] @ w + b
        bent = b is not None and place < len(net) - 1
        values.append(np.maximum(sums, 0) if bent else sums)
    return values


def right(net, x, y):
    """For each row, whether the largest sum is the right one."""
    return forward(net, x)[-1].argmax(axis=1) == y


def accuracy(net, x, y):
    """The share of rows whose largest sum is the right one."""
    return float(np.mean(right(net, x, y)))


def soft(net, x, temperature=1.0):
    """The probabilities ``(n, classes)`` of the sums over ``temperature``: chapter 18.

    >>> soft([(np.array([[2.0, 0.0]]), None)], np.ones((1, 1)), 2.0).round(3)
    array([[0.731, 0.269]])
    """
    return softmax(forward(net, x)[-1] / np.float32(temperature))


def fit(net, x, y, epochs=20, *, change=None, rate=3e-3, seed=0):
    """Train with Adam in batches of 64, the rate falling in a line to zero.

    Parameters
    ----------
    y : ndarray
        Classes ``(n,)``, or a probability of each class ``(n, classes)``.
    change : callable, optional
        ``change(place, slope)`` gives the slope to use for the weights of a layer.

    Returns
    -------
    list
        A new network.
    """
    rng = np.random.default_rng(seed)
    net = [(w.copy(), b if b is None else b.copy()) for w, b in net]
    parts = [part for layer in net for part in layer if part is not None]
    memories, order = [{} for _ in parts], np.arange(len(x))
    wanted = np.eye(net[-1][0].shape[1], dtype=np.float32)[y] if y.ndim == 1 else y
    starts = [i for _ in range(epochs) for i in range(0, len(x), 64)]
    for step, i in enumerate(starts):
        order = rng.permutation(len(x)) if i == 0 else order
        some = order[i : i + 64]
        slopes = _slopes(net, x[some], wanted[some], change)
        pace = rate * (1 - step / len(starts))
        for part, slope, memory in zip(parts, slopes, memories, strict=True):
            part += adam(slope, memory, pace)
    return net


def _slopes(net, x, wanted, change):
    """Chapter 06's slopes, for softmax and cross-entropy: w, b of each layer."""
    values = forward(net, x)
    g = (softmax(values[-1]) - wanted) / np.float32(len(x))
    slopes = []
    for place in range(len(net) - 1, -1, -1):
        w, b = net[place]
        g_w = values[place].T @ g + np.float32(1e-4) * w
        g_w = g_w if change is None else change(place, g_w)
        slopes = [g_w, *([] if b is None else [g.sum(axis=0)]), *slopes]
        g = g @ w.T
        if place and net[place - 1][1] is not None:
            g *= values[place] > 0
    return slopes


def to_keras(net) -> keras.Model:
    """The same network as a Keras model with softmax, ready to be converted."""
    import keras

    layers = [keras.Input((len(net[0][0]),))]
    for place, (w, b) in enumerate(net):
        bend = "softmax" if place == len(net) - 1 else "relu"
        bent = {"activation": None if b is None else bend, "use_bias": b is not None}
        layers.append(keras.layers.Dense(w.shape[1], **bent))
    model = keras.Sequential(layers)
    model.set_weights([part for layer in net for part in layer if part is not None])
    return model
