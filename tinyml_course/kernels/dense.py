"""Fully connected layers and additions in int8."""

from __future__ import annotations

import numpy as np

from tinyml_course.kernels.arithmetic import (
    AddParameters,
    multiply_by_quantized_multiplier,
    requantize,
)

__all__ = ["add", "fully_connected"]


def fully_connected(
    x: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: np.ndarray,
    shift: np.ndarray,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """``x`` (n, inputs) int8 times ``weights`` (outputs, inputs) int8, plus ``bias``.

    Returns int8 (n, outputs). ``multiplier`` and ``shift`` are (1,) or (outputs,).

    >>> unit = dict(multiplier=np.array([2**30]), shift=np.array([1]))
    >>> zero = dict(input_zero_point=0, output_zero_point=-10)
    >>> x, w = np.array([[1, 2]], np.int8), np.array([[3, 4], [5, 6]], np.int8)
    >>> fully_connected(x, w, np.array([1, 0]), **zero, **unit)
    array([[2, 7]], dtype=int8)
    """
    # Exact in float64, as in conv2d.
    rows = x.astype(np.float64) - input_zero_point
    accumulator = (rows @ weights.T.astype(np.float64)).astype(np.int64) + bias
    return requantize(
        accumulator,
        multiplier,
        shift,
        output_zero_point,
        activation_min,
        activation_max,
    )


def add(
    x_1: np.ndarray,
    x_2: np.ndarray,
    *,
    zero_point_1: int,
    zero_point_2: int,
    output_zero_point: int,
    parameters: AddParameters,
    sign: int = 1,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """Int8 ``x_1 + sign * x_2``, each with its own scale; shapes may broadcast.

    >>> from tinyml_course.kernels import add_parameters
    >>> zero = dict(zero_point_1=0, zero_point_2=0, output_zero_point=0)
    >>> a, b = np.array([10], np.int8), np.array([20], np.int8)
    >>> add(a, b, parameters=add_parameters(0.5, 0.25, 0.5), **zero)
    array([20], dtype=int8)
    """

    def scaled(x: np.ndarray, zero_point: int, factor: tuple[int, int]) -> np.ndarray:
        shifted = (x.astype(np.int64) - zero_point) << parameters.left_shift
        return multiply_by_quantized_multiplier(shifted, *factor)

    total = scaled(x_1, zero_point_1, parameters.input_1)
    total = total + sign * scaled(x_2, zero_point_2, parameters.input_2)
    return requantize(
        total, *parameters.output, output_zero_point, activation_min, activation_max
    )
