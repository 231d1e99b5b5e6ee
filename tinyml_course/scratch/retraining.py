"""Chapter 17's training with three more doors, for chapter 18.

A network is a list of layers ``(weights, biases)`` as in ``scratch.pruning``; a layer
whose biases are None is a plain matrix, without a bend behind it.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.scratch.logistic import softmax

__all__ = ["accuracy", "fit", "forward", "right", "soft"]


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


def fit(net, x, y, epochs=20, *, change=None, temperature=1.0, rate=3e-3, seed=0):
    """Train with Adam in batches of 64, the rate falling in a line to zero.

    Parameters
    ----------
    y : ndarray
        Classes ``(n,)``, or a probability of each class ``(n, classes)``.
    change : callable, optional
        ``change(place, slope)`` gives the slope to use for the weights of a layer.
    temperature : float
        What the sums are divided by before they become probabilities.

    Returns
    -------
    list
        A new network.
    """
    rng = np.random.default_rng(seed)
    net = [(w.copy(), b if b is None else b.copy()) for w, b in net]
    flat = [part for layer in net for part in layer if part is not None]
    mean, square = [np.zeros_like(p) for p in flat], [np.zeros_like(p) for p in flat]
    wanted = np.eye(net[-1][0].shape[1], dtype=np.float32)[y] if y.ndim == 1 else y
    steps, step = epochs * -(-len(x) // 64), 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for some in (order[i : i + 64] for i in range(0, len(x), 64)):
            step += 1
            correct = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            pace = np.float32(rate * (1 - step / steps) * correct)
            slopes = _slopes(net, x[some], wanted[some], change, temperature)
            for p, g, m, s in zip(flat, slopes, mean, square, strict=True):
                m += np.float32(0.1) * (g - m)
                s += np.float32(0.001) * (g * g - s)
                p -= pace * m / (np.sqrt(s) + np.float32(1e-7))
    return net


def _slopes(net, x, wanted, change, temperature):
    """Chapter 06's slopes, for softmax and cross-entropy: w, b of each layer."""
    values = forward(net, x)
    said = softmax(values[-1] / np.float32(temperature))
    g = (said - wanted) / np.float32(len(x))
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
