"""Scores into probabilities, their loss and its gradient, as chapter 04 derives them.

A score is any real number, ``z = X @ w``; the last column of ``X`` is the one of ones
(:func:`tinyml_course.scratch.design_matrix`), so the last weight is the intercept.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "auc",
    "confusion",
    "cross_entropy",
    "logistic_gradient",
    "roc",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "softmax_gradient",
]


def sigmoid(z):
    """The probability whose log odds are ``z``, shaped like ``z``: chapter 04.

    >>> sigmoid(np.array([-800.0, 0.0, 800.0]))
    array([0. , 0.5, 1. ])
    """
    e = np.exp(-abs(z))  # never above 1: no overflow
    return np.where(z >= 0, 1, e) / (1 + e)


def cross_entropy(y, z):
    """Mean surprise at ``y`` (n,) of 0 and 1 when the scores are ``z``: chapter 04.

    >>> float(cross_entropy(np.array([0, 1]), np.array([0.0, 0.0])).round(6))
    0.693147
    """
    return np.mean(np.logaddexp(0, z) - y * z)


def logistic_gradient(X, y, w, penalty=0.0):
    """Gradient of :func:`cross_entropy` at ``X @ w``, shaped like ``w``: chapter 04.

    With ``penalty`` times half the sum of squared weights, all but the intercept.

    >>> logistic_gradient(np.array([[2.0, 1.0]]), np.array([1]), np.zeros(2))
    array([-1. , -0.5])
    """
    errors = sigmoid(X @ w) - y  # (n,)
    return X.T @ errors / len(y) + penalty * np.append(w[:-1], 0)


def confusion(y, said):
    """Counts ``[[right no, false alarms], [misses, hits]]``: chapter 04.

    >>> confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    array([[2, 1],
           [0, 1]])
    """
    return np.array([[np.sum((y == a) & (said == b)) for b in (0, 1)] for a in (0, 1)])


def roc(y, z):
    """False-alarm rates and recalls as the threshold falls past each ``z``: chapter 04.

    >>> false_alarms, recall = roc(np.array([1, 0, 1, 0]), np.array([3, 2, 1, 0]))
    >>> recall
    array([0. , 0.5, 0.5, 1. , 1. ])
    """
    thresholds = np.append(np.inf, np.unique(z)[::-1])  # from above all to the lowest
    alarms = z >= thresholds[:, None]  # (thresholds, n)
    return alarms[:, y == 0].mean(axis=1), alarms[:, y == 1].mean(axis=1)


def auc(y, z):
    """How often a random yes scores above a random no; ties count half: chapter 04.

    >>> float(auc(np.array([1, 0, 1, 0]), np.array([3, 2, 1, 0])))
    0.75
    """
    yes, no = z[y == 1][:, None], z[y == 0]
    return np.mean((yes > no) + 0.5 * (yes == no))


def softmax(Z):
    """Probabilities ``(n, k)`` of ``k`` classes from their scores: chapter 04.

    >>> softmax(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """
    e = np.exp(Z - Z.max(axis=1, keepdims=True))  # the largest becomes 1
    return e / e.sum(axis=1, keepdims=True)


def softmax_cross_entropy(Y, Z):
    """Mean surprise at ``Y`` (n, k), a single 1 in each row, given scores: chapter 04.

    >>> float(softmax_cross_entropy(np.eye(2), np.zeros((2, 2))).round(6))
    0.693147
    """
    Z = Z - Z.max(axis=1, keepdims=True)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -np.mean((Y * log_p).sum(axis=1))


def softmax_gradient(X, Y, W, penalty=0.0):
    """Gradient of the softmax's cross-entropy, shaped like ``W`` (m, k): chapter 04.

    >>> softmax_gradient(np.ones((1, 1)), np.array([[1, 0]]), np.zeros((1, 2)))
    array([[-0.5,  0.5]])
    """
    errors = softmax(X @ W) - Y  # (n, k)
    keep = np.ones((len(W), 1))
    keep[-1] = 0  # the intercepts go free
    return X.T @ errors / len(Y) + penalty * keep * W
