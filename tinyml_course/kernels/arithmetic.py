"""Integer-only scaling: an int32 accumulator comes in, an int8 output goes out.

A real factor such as ``input_scale * weight_scale / output_scale`` is stored as an
int32 ``multiplier`` (the factor's mantissa in Q0.31) and a ``shift`` (its power of
two). Sources: Jacob et al., "Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference" (2018), section 2.2; gemmlowp's
fixed-point definitions, whose double rounding TFLM keeps.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

__all__ = [
    "AddParameters",
    "add_parameters",
    "multiply_by_quantized_multiplier",
    "quantize_multiplier",
    "requantize",
    "rounding_divide_by_power_of_two",
    "saturating_rounding_doubling_high_mul",
    "wrap_int32",
]


def quantize_multiplier(factor: float) -> tuple[int, int]:
    """``factor`` as ``(multiplier, shift)``: factor = multiplier / 2**31 * 2**shift.

    ``multiplier`` is in [2**30, 2**31) for a positive factor, 0 for zero.

    >>> quantize_multiplier(0.75)
    (1610612736, 0)
    >>> quantize_multiplier(0.1)
    (1717986918, -3)
    """
    if factor == 0.0:
        return 0, 0
    mantissa, shift = math.frexp(factor)
    multiplier = math.floor(mantissa * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    if shift < -31:  # the product would always round to zero
        return 0, 0
    if shift > 30:
        return 2**31 - 1, 30
    return multiplier, shift


def wrap_int32(x: np.ndarray) -> np.ndarray:
    """Int64 values kept modulo 2**32, as int32 registers hold them (still int64)."""
    return np.asarray(x, dtype=np.int64).astype(np.int32).astype(np.int64)


def saturating_rounding_doubling_high_mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``round(a * b / 2**31)`` of int32 values, ties upward, as int64 arrays.

    The one product that does not fit, -2**31 times itself, saturates.

    >>> int(saturating_rounding_doubling_high_mul(1000, 2**30))
    500
    """
    product = np.asarray(a, dtype=np.int64) * np.asarray(b, dtype=np.int64)
    return np.minimum((product + 2**30) >> 31, 2**31 - 1)


def rounding_divide_by_power_of_two(x: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """``x / 2**exponent`` rounded to the nearest, ties away from zero (int64).

    >>> [int(rounding_divide_by_power_of_two(v, 1)) for v in (-3, -1, 1, 3)]
    [-2, -1, 1, 2]
    """
    x = np.asarray(x, dtype=np.int64)
    exponent = np.asarray(exponent, dtype=np.int64)
    half = (np.int64(1) << exponent) >> 1
    return (x + half - ((x < 0) & (exponent > 0))) >> exponent


def multiply_by_quantized_multiplier(
    x: np.ndarray, multiplier: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """``x * multiplier / 2**31 * 2**shift`` in integers, rounded twice as TFLM does.

    >>> int(multiply_by_quantized_multiplier(1000, *quantize_multiplier(0.1)))
    100
    """
    shift = np.asarray(shift, dtype=np.int64)
    left = wrap_int32(np.asarray(x, dtype=np.int64) << np.maximum(shift, 0))
    high = saturating_rounding_doubling_high_mul(left, multiplier)
    return rounding_divide_by_power_of_two(high, np.maximum(-shift, 0))


def requantize(
    accumulator: np.ndarray,
    multiplier: np.ndarray,
    shift: np.ndarray,
    output_zero_point: int,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """An int32 accumulator as int8: scaled, shifted to the zero point, clamped.

    >>> requantize(np.array([1000, 9000]), *quantize_multiplier(0.1), -28)
    array([ 72, 127], dtype=int8)
    """
    scaled = multiply_by_quantized_multiplier(accumulator, multiplier, shift)
    shifted = wrap_int32(scaled + output_zero_point)
    return np.clip(shifted, activation_min, activation_max).astype(np.int8)


class AddParameters(NamedTuple):
    """The three factors of an int8 addition, each a (multiplier, shift) pair."""

    input_1: tuple[int, int]
    input_2: tuple[int, int]
    output: tuple[int, int]
    left_shift: int


def add_parameters(
    scale_1: float, scale_2: float, output_scale: float
) -> AddParameters:
    """How ADD brings two scales to one: both inputs in 1/2**20 of twice the larger.

    >>> add_parameters(0.5, 0.25, 0.5).input_1
    (1073741824, 0)
    """
    left_shift = 20
    twice_larger = 2.0 * max(scale_1, scale_2)
    return AddParameters(
        input_1=quantize_multiplier(scale_1 / twice_larger),
        input_2=quantize_multiplier(scale_2 / twice_larger),
        output=quantize_multiplier(twice_larger / (2.0**left_shift * output_scale)),
        left_shift=left_shift,
    )
