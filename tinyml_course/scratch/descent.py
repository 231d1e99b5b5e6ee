"""Walks downhill, as chapter 03 derives them: a gradient comes in, a path goes out.

A method such as :func:`adam` is a plain function: it gets a gradient, a ``memory``
(a dict that it alone reads and writes, empty at the start) and a rate, and gives the
step to add to the parameters. :func:`optimize` walks with any of them.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "batches",
    "gradient_descent",
    "momentum",
    "mse_gradient",
    "nesterov",
    "noisy_gradient",
    "numeric_gradient",
    "optimize",
    "rmsprop",
    "sgd",
]


def numeric_gradient(f, p, h=1e-4):
    """The slopes of ``f`` at ``p`` (k,), by finite differences: chapter 03.

    A vector-valued ``f`` gives a matrix with one row for each parameter.

    >>> numeric_gradient(lambda p: p[0] ** 2 + 3 * p[1], np.array([2.0, 1.0])).round(6)
    array([4., 3.])
    """
    steps = h * np.eye(len(p))  # one row for each parameter
    return np.array([(f(p + s) - f(p - s)) / (2 * h) for s in steps])


def mse_gradient(X, y, p):
    """Gradient of the MSE of ``X @ p`` against ``y``, shaped like ``p``: chapter 03.

    ``X`` (n, k) and ``y`` (n,) with ``p`` (k,), or ``y`` (n, m) with ``p`` (k, m): then
    it is the gradient of the sum of the outputs' MSEs.

    >>> mse_gradient(np.array([[2.0, 1.0]]), np.array([5.0]), np.array([1.0, 1.0]))
    array([-8., -4.])
    """
    return X.T @ (X @ p - y) * (2 / len(X))


def gradient_descent(gradient, start, rate, steps):
    """Every point of a walk against ``gradient``, ``(steps + 1, *shape)``: chapter 03.

    >>> gradient_descent(lambda p: 2 * p, [8.0], rate=0.25, steps=2)[:, 0]
    array([8., 4., 2.])
    """
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
    return np.array(path)  # (steps + 1, k)


def batches(rows, size, seed):
    """Row numbers, ``size`` at a time, without end; shuffled each epoch: chapter 03.

    >>> drawn = batches(5, 2, seed=0)
    >>> sorted(int(row) for _ in range(3) for row in next(drawn))
    [0, 1, 2, 3, 4]
    """
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(rows)
        for first in range(0, rows, size):
            yield order[first : first + size]


def noisy_gradient(X, y, size, seed=0):
    """A function of ``p``: the MSE's gradient on the next mini-batch: chapter 03.

    >>> gradient = noisy_gradient(np.ones((4, 1)), np.zeros(4), size=2)
    >>> gradient(np.array([3.0]))
    array([6.])
    """
    drawn = batches(len(X), size, seed)

    def gradient(p):
        rows = next(drawn)
        return mse_gradient(X[rows], y[rows], p)

    return gradient


def optimize(method, gradient, start, rate, steps):
    """Every point of a walk with a method such as :func:`adam`: chapter 03.

    >>> optimize(sgd, lambda p: 2 * p, [8.0], rate=0.25, steps=2)[:, 0]
    array([8., 4., 2.])
    """
    path, memory = [np.array(start, dtype=float)], {}
    for _ in range(steps):
        path.append(path[-1] + method(gradient(path[-1]), memory, rate))
    return np.array(path)


def sgd(g, memory, rate):
    """The step of plain descent: chapter 03."""
    return -rate * g


def momentum(g, memory, rate, keep=0.9):
    """The step of a heavy ball that keeps most of its velocity: chapter 03."""
    memory["v"] = keep * memory.get("v", 0.0) - rate * g
    return memory["v"]


def nesterov(g, memory, rate, keep=0.9):
    """The step of momentum that looks where the velocity leads: chapter 03."""
    memory["v"] = keep * memory.get("v", 0.0) - rate * g
    return keep * memory["v"] - rate * g


def adagrad(g, memory, rate, tiny=1e-7):
    """A step of each gradient over the root of all its squares so far: chapter 03."""
    memory["s"] = memory.get("s", 0.0) + g**2
    return -rate * g / np.sqrt(memory["s"] + tiny)


def rmsprop(g, memory, rate, keep=0.9, tiny=1e-7):
    """A step of each gradient over its size of late: chapter 03."""
    memory["s"] = keep * memory.get("s", 0.0) + (1 - keep) * g**2
    return -rate * g / np.sqrt(memory["s"] + tiny)


def adadelta(g, memory, rate, keep=0.95, tiny=1e-7):
    """The step of RMSProp in the unit of the parameter's own steps: chapter 03."""
    d = memory.get("d", 0.0)
    memory["s"] = keep * memory.get("s", 0.0) + (1 - keep) * g**2
    step = -g * np.sqrt((d + tiny) / (memory["s"] + tiny))
    memory["d"] = keep * d + (1 - keep) * step**2
    return rate * step


def adam(g, memory, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    """A step of the gradient's running mean over its running size: chapter 03.

    >>> memory = {}
    >>> adam(np.array([4.0, -0.5]), memory, rate=0.1).round(6)
    array([-0.1,  0.1])
    """
    t = memory["t"] = memory.get("t", 0) + 1
    memory["m"] = keep * memory.get("m", 0.0) + (1 - keep) * g
    memory["s"] = keep_size * memory.get("s", 0.0) + (1 - keep_size) * g**2
    m = memory["m"] / (1 - keep**t)
    s = memory["s"] / (1 - keep_size**t)
    return -rate * m / (np.sqrt(s) + tiny)
