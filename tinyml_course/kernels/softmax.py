"""Softmax in integers: int8 scores come in, int8 probabilities (1/256 each) go out.

The exponential and the reciprocal are those of ``fixed_point``.
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
from tinyml_course.kernels.fixed_point import (
    exp_on_negative_values,
    one_over_one_plus,
)

__all__ = ["SoftmaxParameters", "softmax", "softmax_parameters"]

_INTEGER_BITS = 5  # of the scaled difference to the largest score
_SUM_BITS = 12  # integer bits of the sum of exponentials


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
    factor = min(beta * input_scale * 2.0 ** (31 - _INTEGER_BITS), float(2**31 - 1))
    multiplier, left_shift = quantize_multiplier(factor)
    exponent = math.frexp(factor)[1]  # 31 where left_shift stays at 30
    largest = (2**_INTEGER_BITS - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**exponent
    return SoftmaxParameters(multiplier, left_shift, -math.floor(largest))


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
    shifted_scale = one_over_one_plus(fraction)
    bits_over_unit = _SUM_BITS - headroom
    product = saturating_rounding_doubling_high_mul(shifted_scale, exponential)
    y = rounding_divide_by_power_of_two(product, bits_over_unit + 31 - 8)
    return np.where(counted, np.clip(y - 128, -128, 127), -128).astype(np.int8)
