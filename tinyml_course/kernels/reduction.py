"""Many values become one: means in int8."""

from __future__ import annotations

import numpy as np

from tinyml_course.kernels.arithmetic import requantize

__all__ = ["mean", "mean_factor"]


def mean_factor(multiplier: int, shift: int, count: int) -> tuple[int, int]:
    """The factor (multiplier, shift) divided by ``count``, as TFLM folds it in.

    >>> mean_factor(2**30, 1, 4)
    (1073741824, -1)
    """
    bits = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << bits) // count, shift - bits


def mean(
    x: np.ndarray,
    axes: tuple[int, ...],
    *,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
) -> np.ndarray:
    """The mean of int8 ``x`` over ``axes``; these stay with length 1.

    ``multiplier`` and ``shift`` are input_scale / output_scale / number of values, from
    :func:`mean_factor`.

    >>> x = np.array([[1, 2, 3, 6]], np.int8)
    >>> factor = dict(zip(("multiplier", "shift"), mean_factor(2**30, 1, 4)))
    >>> mean(x, (1,), input_zero_point=0, output_zero_point=0, **factor)
    array([[3]], dtype=int8)
    """
    count = int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))
    total = x.sum(axis=axes, keepdims=True, dtype=np.int64) - input_zero_point * count
    return requantize(total, multiplier, shift, output_zero_point)
