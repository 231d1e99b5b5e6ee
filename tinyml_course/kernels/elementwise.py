"""Operators that work on each element alone, in int8."""

from __future__ import annotations

import math

import numpy as np

from tinyml_course.kernels.arithmetic import (
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    requantize,
    rounding_divide_by_power_of_two,
)
from tinyml_course.kernels.fixed_point import logistic as fixed_logistic
from tinyml_course.kernels.fixed_point import tanh as fixed_tanh

__all__ = [
    "hard_swish",
    "leaky_relu",
    "logistic",
    "multiply",
    "relu",
    "relu6",
    "rescale",
    "tanh",
]

# Each unary operator takes (x, input scale, input zero point, output scale, output
# zero point). These settle all 256 outputs, so the compiler stores them as a table.


def _in_q4_27(x: np.ndarray, scale: float, zero_point: int):
    """``x`` in Q4.27, and where it lies beyond what fits (-1, 0 or 1)."""
    factor = scale * 2.0**27
    multiplier, shift = quantize_multiplier(factor)
    # Above a scale of 8 a single step is too far: then the radius is 0.
    radius = math.floor(15.0 * 2.0**27 / 2.0 ** math.frexp(factor)[1])
    steps = x.astype(np.int64) - zero_point
    beyond = np.where(steps <= -radius, -1, np.where(steps >= radius, 1, 0))
    inside = np.where(beyond == 0, steps, 0)
    return multiply_by_quantized_multiplier(inside, multiplier, shift), beyond


def logistic(
    x: np.ndarray, scale: float, zero_point: int, _: float, __: int
) -> np.ndarray:
    """1 / (1 + exp(-x)); the output's scale is 1/256, its zero point -128.

    >>> logistic(np.array([-128, 0, 127], np.int8), 0.1, 0, 1 / 256, -128)
    array([-128,    0,  127], dtype=int8)
    """
    fixed, beyond = _in_q4_27(x, scale, zero_point)
    y = rounding_divide_by_power_of_two(fixed_logistic(fixed), 23) - 128
    y = np.where(beyond < 0, -128, np.where(beyond > 0, 127, y))
    return np.clip(y, -128, 127).astype(np.int8)


def tanh(x: np.ndarray, scale: float, zero_point: int, _: float, __: int) -> np.ndarray:
    """The hyperbolic tangent; the output's scale is 1/128, its zero point 0.

    >>> tanh(np.array([-128, 0, 127], np.int8), 0.1, 0, 1 / 128, 0)
    array([-128,    0,  127], dtype=int8)
    """
    fixed, beyond = _in_q4_27(x, scale, zero_point)
    y = rounding_divide_by_power_of_two(fixed_tanh(fixed), 24)
    y = np.where(beyond < 0, -128, np.where(beyond > 0, 127, y))
    return np.clip(y, -128, 127).astype(np.int8)


def rescale(
    x: np.ndarray,
    scale: float,
    zero_point: int,
    output_scale: float,
    output_zero_point: int,
    lowest: int = -128,
) -> np.ndarray:
    """The same real values at another scale and zero point (QUANTIZE int8 to int8).

    >>> rescale(np.array([-10, 10], np.int8), 0.2, 0, 0.1, 5)
    array([-15,  25], dtype=int8)
    """
    factor = quantize_multiplier(scale / output_scale)
    steps = x.astype(np.int64) - zero_point
    return requantize(steps, *factor, output_zero_point, lowest)


def relu(
    x: np.ndarray,
    scale: float,
    zero_point: int,
    output_scale: float,
    output_zero_point: int,
) -> np.ndarray:
    """``max(x, 0)``.

    >>> relu(np.array([-10, 10], np.int8), 0.1, 0, 0.1, 0)
    array([ 0, 10], dtype=int8)
    """
    return rescale(
        x, scale, zero_point, output_scale, output_zero_point, output_zero_point
    )


def relu6(
    x: np.ndarray, scale: float, zero_point: int, _: float, __: int
) -> np.ndarray:
    """``min(max(x, 0), 6)``; input and output have one scale.

    >>> relu6(np.array([-10, 10, 100], np.int8), 0.1, 0, 0.1, 0)
    array([ 0, 10, 60], dtype=int8)
    """
    six = zero_point + math.floor(float(np.float32(6.0) / np.float32(scale)) + 0.5)
    return np.clip(x, zero_point, min(six, 127)).astype(np.int8)


def leaky_relu(
    x: np.ndarray,
    scale: float,
    zero_point: int,
    output_scale: float,
    output_zero_point: int,
    alpha: float,
) -> np.ndarray:
    """``x`` where positive, ``alpha * x`` elsewhere.

    >>> leaky_relu(np.array([-10, 10], np.int8), 0.1, 0, 0.1, 0, alpha=0.5)
    array([-5, 10], dtype=int8)
    """
    scale_32, output_32 = np.float32(scale), np.float32(output_scale)
    # TFLM forms both factors in float32.
    same = quantize_multiplier(float(scale_32 / output_32))
    slope = quantize_multiplier(float(scale_32 * np.float32(alpha) / output_32))
    steps = x.astype(np.int64) - zero_point
    return np.where(
        steps >= 0,
        requantize(steps, *same, output_zero_point),
        requantize(steps, *slope, output_zero_point),
    )


def _int16_high_mul(a: np.ndarray, b: int) -> np.ndarray:
    """``round(a * b / 2**15)`` of int16 values."""
    return np.minimum((a * b + 2**14) >> 15, 2**15 - 1)


def _int16_divide(x: np.ndarray, exponent: int) -> np.ndarray:
    """``x / 2**exponent`` rounded, as int16 registers do it.

    From an exponent of 16 the mask of what is dropped is -1 there: 1 or -1 remains.
    """
    if exponent > 15:
        return np.where(x < 0, -1, 1)
    return rounding_divide_by_power_of_two(x, exponent)


def _int16_multiplier(factor: float) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(factor)
    return min((multiplier + 2**15) >> 16, 2**15 - 1), shift


def hard_swish(
    x: np.ndarray,
    scale: float,
    zero_point: int,
    output_scale: float,
    output_zero_point: int,
) -> np.ndarray:
    """``x * min(max(x + 3, 0), 6) / 6`` in 16-bit fixed point.

    >>> hard_swish(np.array([-128, 0, 64], np.int8), 0.1, 0, 0.1, 0)
    array([ 0,  0, 64], dtype=int8)
    """
    limits = -(2**15), 2**15 - 1
    fine_scale = np.float32(1 / 128) * np.float32(scale)
    to_output = _int16_multiplier(float(fine_scale / np.float32(output_scale)))
    to_gate = _int16_multiplier(
        float(fine_scale / (np.float32(3.0) / np.float32(32768.0)))
    )
    fine = (x.astype(np.int64) - zero_point) * 128
    on_output_scale = _int16_high_mul(fine, to_output[0])
    gate, exponent = fine, to_gate[1]
    if exponent > 0:
        gate = np.clip(gate << (exponent - 1), *limits)
    gate = _int16_high_mul(gate, to_gate[0])
    if exponent > 0:
        gate = np.clip(gate << 1, *limits)
    if exponent < 0:
        gate = _int16_divide(gate, -exponent)
    gate = (gate + 2**15) >> 1
    product = gate * on_output_scale
    towards_zero = np.sign(product) * (np.abs(product) >> 15)
    y = _int16_divide(towards_zero, max(-to_output[1], 0))
    return np.clip(y + output_zero_point, -128, 127).astype(np.int8)


def multiply(
    x_1: np.ndarray,
    x_2: np.ndarray,
    *,
    zero_point_1: int,
    zero_point_2: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """Int8 ``x_1 * x_2``; the factor is scale_1 * scale_2 / output_scale.

    >>> unit = dict(zero_point_1=0, zero_point_2=0, output_zero_point=0)
    >>> a, b = np.array([10], np.int8), np.array([4], np.int8)
    >>> multiply(a, b, multiplier=2**30, shift=0, **unit)
    array([20], dtype=int8)
    """
    product = (x_1.astype(np.int64) - zero_point_1) * (
        x_2.astype(np.int64) - zero_point_2
    )
    return requantize(
        product, multiplier, shift, output_zero_point, activation_min, activation_max
    )
