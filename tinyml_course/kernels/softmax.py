"""Softmax in integers: int8 scores come in, int8 probabilities (1/256 each) go out.

The exponential and the reciprocal are gemmlowp's fixed-point functions, as TFLM's
reference kernel uses them. Q5.26 means 5 integer and 26 fractional bits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tinyml_course.kernels.arithmetic import (
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_power_of_two,
    saturating_rounding_doubling_high_mul,
)

__all__ = ["SoftmaxParameters", "softmax", "softmax_parameters"]

_INTEGER_BITS = 5  # of the scaled difference to the largest score
_SUM_BITS = 12  # integer bits of the sum of exponentials
_MAX = 2**31 - 1

# exp(-2**e) in Q0.31 for e = -2 .. 4, the factors of exp(x) by the bits of x.
_EXP_FACTORS = (
    1672461947,
    1302514674,
    790015084,
    290630308,
    39332535,
    720401,
    242,
)


class SoftmaxParameters(NamedTuple):
    """The input's factor in Q5.26 and the difference below which exp() is 0."""

    multiplier: int
    left_shift: int
    difference_min: int


def softmax_parameters(input_scale: float, beta: float = 1.0) -> SoftmaxParameters:
    """The integer parameters of a softmax whose int8 input has ``input_scale``.

    >>> softmax_parameters(0.125)
    SoftmaxParameters(multiplier=1073741824, left_shift=24, difference_min=-124)
    """
    factor = min(beta * input_scale * 2.0 ** (31 - _INTEGER_BITS), float(_MAX))
    multiplier, left_shift = quantize_multiplier(factor)
    largest = (2**_INTEGER_BITS - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**left_shift
    return SoftmaxParameters(multiplier, left_shift, -math.floor(largest))


def _exp_on_interval(x: np.ndarray) -> np.ndarray:
    """exp(x) in Q0.31 for x in [-1/4, 0) in Q0.31: a Taylor polynomial at -1/8."""
    mul = saturating_rounding_doubling_high_mul
    x = x + 2**28
    x2 = mul(x, x)
    x3 = mul(x2, x)
    x4 = mul(x2, x2)
    x4_over_4 = rounding_divide_by_power_of_two(x4, 2)
    rest = rounding_divide_by_power_of_two(mul(x4_over_4 + x3, 715827883) + x2, 1)
    return 1895147668 + mul(1895147668, x + rest)


def exp_on_negative_values(x: np.ndarray) -> np.ndarray:
    """exp(x) in Q0.31 for x <= 0 in Q5.26.

    >>> int(exp_on_negative_values(np.int64(0))) == 2**31 - 1
    True
    """
    x = np.asarray(x, dtype=np.int64)
    quarter = 1 << 24
    remainder_mod_quarter = (x & (quarter - 1)) - quarter
    result = _exp_on_interval(remainder_mod_quarter << _INTEGER_BITS)
    remainder = remainder_mod_quarter - x
    for bit, factor in enumerate(_EXP_FACTORS, start=24):
        scaled = saturating_rounding_doubling_high_mul(result, factor)
        result = np.where(remainder & (1 << bit), scaled, result)
    return np.where(x == 0, _MAX, result)


def _one_over_one_plus(x: np.ndarray) -> np.ndarray:
    """1 / (1 + x) in Q0.31 for x in [0, 1] in Q0.31: three Newton steps."""
    mul = saturating_rounding_doubling_high_mul
    total = x + _MAX
    half = np.sign(total) * ((np.abs(total) + 1) // 2)
    estimate = 1515870810 + mul(half, -1010580540)  # 48/17 - 32/17 * d in Q2.29
    for _ in range(3):
        error = (1 << 29) - mul(half, estimate)
        estimate = estimate + _saturating_shift(mul(estimate, error), 2)
    return _saturating_shift(estimate, 1)


def _saturating_shift(x: np.ndarray, bits: int) -> np.ndarray:
    return np.clip(x << bits, -(2**31), _MAX)


def softmax(x: np.ndarray, parameters: SoftmaxParameters) -> np.ndarray:
    """Softmax over the last axis of int8 ``x``; output scale 1/256, zero point -128.

    >>> softmax(np.array([[0, 0]], np.int8), softmax_parameters(0.125))
    array([[0, 0]], dtype=int8)
    """
    difference = x.astype(np.int64) - x.max(axis=-1, keepdims=True)
    counted = difference >= parameters.difference_min
    scaled = multiply_by_quantized_multiplier(
        np.where(counted, difference, 0), parameters.multiplier, parameters.left_shift
    )
    exponential = np.where(counted, exp_on_negative_values(scaled), 0)
    terms = np.where(
        counted, rounding_divide_by_power_of_two(exponential, _SUM_BITS), 0
    )
    total = terms.sum(axis=-1, keepdims=True)
    # total in Q12.19 = (1 + fraction) * 2**(bits over one)
    headroom = 31 - np.floor(np.log2(total.astype(np.float64))).astype(np.int64)
    fraction = (total << headroom) - 2**31
    shifted_scale = _one_over_one_plus(fraction)
    bits_over_unit = _SUM_BITS - headroom
    product = saturating_rounding_doubling_high_mul(shifted_scale, exponential)
    y = rounding_divide_by_power_of_two(product, bits_over_unit + 31 - 8)
    return np.where(counted, np.clip(y - 128, -128, 127), -128).astype(np.int8)
