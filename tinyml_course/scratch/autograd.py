"""Slopes through any chain of array operations, as chapter 06 derives them.

A :class:`Value` is an array that remembers what it was made of. Build a loss from
values with the functions here (``+``, ``*`` and ``@`` work too), call its
``backward()``, and every value that it was made of has its slope in ``grad``.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tinyml_course.scratch.descent import adam
from tinyml_course.scratch.logistic import softmax, softmax_cross_entropy

__all__ = [
    "Value",
    "add",
    "in_order",
    "matmul",
    "mean",
    "minimize",
    "multiply",
    "network",
    "relu",
    "run",
    "sigmoid",
    "squared_error",
    "sum_to",
    "surprise",
]


def in_order(end):
    """Every value that ``end`` was made of, and ``end``; parents first: chapter 06.

    >>> x = Value(3.0)
    >>> [float(value.data) for value in in_order(x + x)]
    [3.0, 6.0]
    """
    order, seen = [], set()

    def visit(value):
        if value not in seen:
            seen.add(value)
            for parent in value.parents:
                visit(parent)
            order.append(value)

    visit(end)
    return order


class Value:
    """An array that remembers what it was made of: chapter 06.

    ``pull`` takes the slope of the loss for this value and gives one for each parent.

    >>> x = Value(3.0)
    >>> y = x * x + x
    >>> y.backward()
    >>> float(y.data), float(x.grad)
    (12.0, 7.0)
    """

    def __init__(self, data, parents=(), pull=None):
        self.data = np.asarray(data, dtype=float)
        self.parents, self.pull = parents, pull
        self.grad = np.zeros_like(self.data)

    def backward(self):
        """Put the slope of this value for each value that made it into ``grad``."""
        self.grad = np.ones_like(self.data)
        for value in reversed(in_order(self)):
            if value.pull:
                shares = value.pull(value.grad)
                for parent, share in zip(value.parents, shares, strict=True):
                    parent.grad = parent.grad + share

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def __matmul__(self, other):
        return matmul(self, other)


def sum_to(slope, shape):
    """``slope`` summed over what broadcasting repeated, ``shape`` again: chapter 06.

    >>> sum_to(np.ones((5, 3)), (3,))
    array([5., 5., 5.])
    """
    slope = slope.sum(axis=tuple(range(slope.ndim - len(shape))))
    ones = tuple(i for i, length in enumerate(shape) if length == 1)
    return slope.sum(axis=ones, keepdims=True)


def add(a, b):
    """The sum of two values, shapes broadcast as in NumPy: chapter 06."""

    def pull(g):
        return sum_to(g, a.data.shape), sum_to(g, b.data.shape)

    return Value(a.data + b.data, (a, b), pull)


def multiply(a, b):
    """The product of two values, entry by entry: chapter 06."""

    def pull(g):
        return sum_to(g * b.data, a.data.shape), sum_to(g * a.data, b.data.shape)

    return Value(a.data * b.data, (a, b), pull)


def matmul(a, b):
    """The product of two matrices (n, k) and (k, m): chapter 06."""
    return Value(a.data @ b.data, (a, b), lambda g: (g @ b.data.T, a.data.T @ g))


def relu(a):
    """What is positive; zero for the rest: chapter 06."""
    on = a.data > 0
    return Value(a.data * on, (a,), lambda g: (g * on,))


def sigmoid(a):
    """The sigmoid of each entry: chapter 06."""
    s = 1 / (1 + np.exp(-a.data))
    return Value(s, (a,), lambda g: (g * s * (1 - s),))


def mean(a):
    """The mean of all entries, one number: chapter 06."""
    return Value(a.data.mean(), (a,), lambda g: (0 * a.data + g / a.data.size,))


def squared_error(predicted, y):
    """The mean squared difference of a value and an array: chapter 06."""
    gap = predicted + Value(-y)
    return mean(gap * gap)


def surprise(scores, Y):
    """Softmax and cross-entropy of chapter 04, of a value (n, k): chapter 06."""
    errors = (softmax(scores.data) - Y) / len(Y)
    loss = softmax_cross_entropy(Y, scores.data)
    return Value(loss, (scores,), lambda g: (g * errors,))


def network(*sizes, seed=0):
    """Starting weights and biases, ``[W1, b1, W2, b2, ...]``: chapter 06.

    >>> [parameter.data.shape for parameter in network(2, 16, 1)]
    [(2, 16), (16,), (16, 1), (1,)]
    """
    rng = np.random.default_rng(seed)
    parameters = []
    for k, m in pairwise(sizes):
        parameters.append(Value(rng.normal(0, np.sqrt(2 / k), (k, m))))
        parameters.append(Value(rng.normal(0, 0.5, m)))
    return parameters


def run(parameters, x, bend=relu):
    """The network forward, (n, inputs) to a value (n, outputs): chapter 06."""
    h = x if isinstance(x, Value) else Value(x)
    for i in range(0, len(parameters), 2):
        h = h @ parameters[i] + parameters[i + 1]
        h = bend(h) if i + 2 < len(parameters) else h  # the last layer stays straight
    return h


def minimize(loss, parameters, rate, steps):
    """Walk with Adam; ``loss()`` builds a value; gives its history: chapter 06."""
    memories, history = [{} for _ in parameters], []
    for _ in range(steps):
        for p in parameters:
            p.grad = np.zeros_like(p.data)
        value = loss()
        value.backward()
        history.append(float(value.data))
        for p, memory in zip(parameters, memories, strict=True):
            p.data = p.data + adam(p.grad, memory, rate)
    return history
