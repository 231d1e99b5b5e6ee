"""Float32 operators in NumPy: float32 arrays come in, float32 arrays go out.

Sums run in the order of TFLM's loops and every step is rounded to float32, so what only
adds, multiplies and compares equals TFLM bit for bit. ``exp`` and ``tanh`` are those of
``runtime/tc_float_exp.c``, step by step: C and NumPy are equal, and TFLM, which calls
the C library of its computer, is a few units in the last place away.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinyml_course.kernels.convolution import patches

__all__ = [
    "average_pool2d",
    "clamp",
    "conv2d",
    "depthwise_conv2d",
    "dequantize",
    "exp",
    "fully_connected",
    "logistic",
    "max_pool2d",
    "mean",
    "quantize",
    "softmax",
    "tanh",
]

F = np.float32
LARGEST = float(np.finfo(F).max)


def clamp(x: np.ndarray, low: float = -LARGEST, high: float = LARGEST) -> np.ndarray:
    """``x`` between two limits.

    >>> clamp(np.float32([-1, 3, 9]), 0, 6)
    array([0., 3., 6.], dtype=float32)
    """
    raised = np.where(x < F(low), F(low), x)
    return np.where(F(high) < raised, F(high), raised)


def _in_order(terms: Iterable[np.ndarray]) -> np.ndarray:
    """The sum of arrays, one after the other, each step rounded."""
    total = F(0)
    for term in terms:
        total = total + term
    return total


def fully_connected(
    x: np.ndarray, weights: np.ndarray, bias: np.ndarray, low: float, high: float
) -> np.ndarray:
    """``x`` (n, inputs) times ``weights`` (outputs, inputs), plus ``bias``.

    >>> x, w = np.float32([[1, 2]]), np.float32([[3, 4], [5, -6]])
    >>> fully_connected(x, w, np.float32([1, 0]), 0, LARGEST)
    array([[12.,  0.]], dtype=float32)
    """
    total = _in_order(x[:, i, None] * weights[:, i] for i in range(x.shape[1]))
    return clamp(total + bias, low, high)


def conv2d(
    x: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    low: float,
    high: float,
    *,
    strides: tuple[int, int] = (1, 1),
    dilations: tuple[int, int] = (1, 1),
    same: bool = False,
) -> np.ndarray:
    """Convolve ``x`` (n, h, w, c) with ``weights`` (out_c, k_h, k_w, c).

    >>> x, ones = np.ones((1, 3, 3, 1), F), np.ones((1, 3, 3, 1), F)
    >>> conv2d(x, ones, np.float32([0.5]), -LARGEST, LARGEST).ravel()
    array([9.5], dtype=float32)
    """
    windows = patches(x, weights.shape[1:3], strides, dilations, same, 0)
    taps = np.ndindex(weights.shape[1:])
    total = _in_order(windows[..., *t, None] * weights[:, *t] for t in taps)
    return clamp(total + bias, low, high)


def depthwise_conv2d(
    x: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    low: float,
    high: float,
    *,
    strides: tuple[int, int] = (1, 1),
    dilations: tuple[int, int] = (1, 1),
    same: bool = False,
) -> np.ndarray:
    """Convolve each channel on its own; ``weights`` are (1, k_h, k_w, c * m).

    >>> x = np.arange(8, dtype=F).reshape(1, 2, 2, 2)
    >>> taps, bias = np.ones((1, 2, 2, 2), F), np.zeros(2, F)
    >>> depthwise_conv2d(x, taps, bias, 0, LARGEST).ravel()
    array([12., 16.], dtype=float32)
    """
    windows = patches(x, weights.shape[1:3], strides, dilations, same, 0)
    windows = np.repeat(windows, weights.shape[3] // x.shape[3], axis=-1)
    taps = np.ndindex(weights.shape[1:3])
    total = _in_order(windows[..., *t, :] * weights[0, *t] for t in taps)
    return clamp(total + bias, low, high)


def max_pool2d(
    x: np.ndarray,
    low: float,
    high: float,
    *,
    pool: tuple[int, int],
    strides: tuple[int, int],
    same: bool = False,
) -> np.ndarray:
    """The largest value of each window of ``x`` (n, h, w, c).

    >>> x = np.arange(4, dtype=F).reshape(1, 2, 2, 1)
    >>> max_pool2d(x, 0, LARGEST, pool=(2, 2), strides=(2, 2)).ravel()
    array([3.], dtype=float32)
    """
    windows = patches(x, pool, strides, (1, 1), same, -LARGEST)
    return clamp(windows.max(axis=(3, 4)), low, high)


def average_pool2d(
    x: np.ndarray,
    low: float,
    high: float,
    *,
    pool: tuple[int, int],
    strides: tuple[int, int],
    same: bool = False,
) -> np.ndarray:
    """The average of each window of ``x`` (n, h, w, c); padding does not count.

    >>> x = np.arange(4, dtype=F).reshape(1, 2, 2, 1)
    >>> average_pool2d(x, 0, LARGEST, pool=(2, 2), strides=(2, 2)).ravel()
    array([1.5], dtype=float32)
    """
    inside = patches(np.ones((1, *x.shape[1:3], 1), F), pool, strides, (1, 1), same, 0)
    windows = patches(x, pool, strides, (1, 1), same, 0)
    total = _in_order(windows[..., *t, :] for t in np.ndindex(*pool))
    return clamp(total / inside.sum(axis=(3, 4)), low, high)


def mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The mean over ``axes``, which go.

    >>> mean(np.float32([[1, 2, 6]]), (1,))
    array([3.], dtype=float32)
    """
    last = np.moveaxis(x, axes, range(-len(axes), 0))
    gone = last.shape[last.ndim - len(axes) :]
    return _in_order(last[..., *t] for t in np.ndindex(gone)) / F(np.prod(gone))


def _power_of_two(n: np.ndarray) -> np.ndarray:
    return ((n + 127).astype(np.uint32) << 23).view(F)


def _reduced(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``exp(r) - 1`` and ``n``, where x = n ln 2 + r: the polynomial is Taylor's."""
    turns = x * F(1.44269504)
    n = np.trunc(np.where(x < 0, turns - F(0.5), turns + F(0.5))).astype(np.int32)
    whole = n.astype(F)
    r = (x - whole * F(0.693145752)) - whole * F(1.42860677e-06)
    total = F(1.98412698e-04)  # 1 / 7!
    for factor in (1.38888889e-03, 8.33333333e-03, 4.16666667e-02, 1.66666667e-01, 0.5):
        total = total * r + F(factor)
    return r + r * r * total, n


def exp(x: np.ndarray) -> np.ndarray:
    """``exp(x)``, at most 1.03 ulp from the real one if that is an ordinary number.

    >>> exp(np.float32([0, 1, -200]))
    array([1.       , 2.7182817, 0.       ], dtype=float32)
    """
    rest, n = _reduced(clamp(x, -104, 89))
    half = np.trunc(n / 2).astype(np.int32)
    with np.errstate(over="ignore", under="ignore"):
        return (F(1) + rest) * _power_of_two(half) * _power_of_two(n - half)


def tanh(x: np.ndarray) -> np.ndarray:
    """``tanh(x)``, at most 2.43 ulp from the real one.

    >>> tanh(np.float32([0, -0.5, 20]))
    array([ 0.        , -0.46211714,  1.        ], dtype=float32)
    """
    size = np.where(x < 0, -x, x)
    rest, n = _reduced(np.where(size < 10, F(2) * size, F(20)))
    power = _power_of_two(n)
    m = np.where(n == 0, rest, power * rest + (power - F(1)))
    y = m / (m + F(2))
    return np.where(x < 0, -y, np.where(x > 0, y, x))


def logistic(x: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))``, at its ends 1 and ``exp(x)``, as TFLM has it.

    >>> logistic(np.float32([0, 20]))
    array([0.5, 1. ], dtype=float32)
    """
    with np.errstate(over="ignore"):
        inner = F(1) / (F(1) + exp(-x))
    return np.where(x > F(16.6190472), F(1), np.where(x < -9, exp(x), inner))


def softmax(x: np.ndarray, beta: float = 1.0) -> np.ndarray:
    """Probabilities along the last axis.

    >>> softmax(np.float32([0, 0, -200]))
    array([0.5, 0.5, 0. ], dtype=float32)
    """
    powers = exp((x - x.max(axis=-1, keepdims=True)) * F(beta))
    total = _in_order(powers[..., i, None] for i in range(x.shape[-1]))
    return powers / total


def quantize(x: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    """Float32 as int8: the nearest step, ties away from zero, clamped.

    >>> quantize(np.float32([0.25, -0.25, 1e9]), 0.5, 3)
    array([  4,   2, 127], dtype=int8)
    """
    with np.errstate(over="ignore"):
        steps = clamp(x / F(scale), -512, 512)
    whole = np.trunc(steps)
    rest = steps - whole
    whole = whole + (rest >= 0.5) - (rest <= -0.5)
    return np.clip(whole + zero_point, -128, 127).astype(np.int8)


def dequantize(x: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    """Int8 as float32: ``scale * (x - zero_point)``.

    >>> dequantize(np.int8([-1, 3]), 0.5, 3)
    array([-2.,  0.], dtype=float32)
    """
    return F(scale) * (x.astype(F) - F(zero_point))
