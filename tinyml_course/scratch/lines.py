"""Straight lines, as chapter 02 derives them: points come in, two numbers go out."""

from __future__ import annotations

import numpy as np

__all__ = ["design_matrix", "fit_line", "least_squares", "mse", "predict"]


def predict(x, w, b):
    """The height of the line with slope ``w`` and intercept ``b`` at ``x``: chapter 02.

    >>> predict(0.75, w=100, b=-50)
    25.0
    """
    return w * x + b


def mse(y, predicted):
    """Mean squared error between ``y`` and what was ``predicted``: chapter 02.

    >>> float(mse(np.array([1.0, 2.0]), np.array([1.0, 5.0])))
    4.5
    """
    return np.mean((y - predicted) ** 2)


def fit_line(x, y):
    """Slope and intercept with the smallest MSE, for ``x`` and ``y`` (n,): chapter 02.

    >>> w, b = fit_line(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    >>> float(w), float(b)
    (2.0, 1.0)
    """
    x_middle, y_middle = x.mean(), y.mean()
    dx, dy = x - x_middle, y - y_middle
    w = (dx * dy).sum() / (dx * dx).sum()
    return w, y_middle - w * x_middle


def design_matrix(*columns):
    """Columns ``(n,)`` and one of ones, side by side: ``(n, columns + 1)``: chapter 02.

    >>> design_matrix(np.array([5.0, 7.0]))
    array([[5., 1.],
           [7., 1.]])
    """
    return np.column_stack([*columns, np.ones(len(columns[0]))])


def least_squares(X, y):
    """The weights ``(k,)`` that solve the normal equation ``X'X w = X'y``: chapter 02.

    >>> X = design_matrix(np.array([0.0, 1.0, 2.0]))
    >>> least_squares(X, np.array([1.0, 3.0, 5.0])).round(9)
    array([2., 1.])
    """
    return np.linalg.solve(X.T @ X, X.T @ y)
