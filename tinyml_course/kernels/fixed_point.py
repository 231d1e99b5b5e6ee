"""Exponential, logistic and tanh in fixed point: Q-numbers come in, Q0.31 goes out.

These are gemmlowp's functions, as TFLM's reference kernels use them. Qm.n has m integer
and n fractional bits; all values are int32, held in int64 arrays.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.kernels.arithmetic import (
    rounding_divide_by_power_of_two,
    saturating_rounding_doubling_high_mul,
)

__all__ = [
    "exp_on_negative_values",
    "logistic",
    "one_over_one_plus",
    "saturating_shift_left",
    "tanh",
]

_ONE = 2**31 - 1  # 1 in Q0.31, saturated

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


def saturating_shift_left(x: np.ndarray, bits: int) -> np.ndarray:
    """``x * 2**bits``, held within int32.

    >>> int(saturating_shift_left(np.int64(2**30), 2)) == 2**31 - 1
    True
    """
    return np.clip(np.asarray(x, dtype=np.int64) << bits, -(2**31), _ONE)


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


def exp_on_negative_values(x: np.ndarray, integer_bits: int = 5) -> np.ndarray:
    """exp(x) in Q0.31 for x <= 0 with ``integer_bits`` integer bits (at most 5).

    >>> int(exp_on_negative_values(np.int64(0))) == 2**31 - 1
    True
    """
    x = np.asarray(x, dtype=np.int64)
    quarter_bit = 31 - integer_bits - 2
    quarter = 1 << quarter_bit
    remainder_mod_quarter = (x & (quarter - 1)) - quarter
    result = _exp_on_interval(remainder_mod_quarter << integer_bits)
    remainder = remainder_mod_quarter - x
    # factor e is for the bit worth 2**e; bits from 2**integer_bits up do not exist
    for e, factor in enumerate(_EXP_FACTORS[: integer_bits + 2]):
        scaled = saturating_rounding_doubling_high_mul(result, factor)
        result = np.where(remainder & (quarter << e), scaled, result)
    return np.where(x == 0, _ONE, result)


def _reciprocal_of_half_sum(x: np.ndarray) -> np.ndarray:
    """2 / (1 + x) in Q2.29 for x in [0, 1] in Q0.31: three Newton steps."""
    mul = saturating_rounding_doubling_high_mul
    half = (x + _ONE + 1) // 2  # never negative here
    estimate = 1515870810 + mul(half, -1010580540)  # 48/17 - 32/17 * half
    for _ in range(3):
        error = (1 << 29) - mul(half, estimate)
        estimate = estimate + saturating_shift_left(mul(estimate, error), 2)
    return estimate


def one_over_one_plus(x: np.ndarray) -> np.ndarray:
    """1 / (1 + x) in Q0.31 for x in [0, 1] in Q0.31.

    >>> round(int(one_over_one_plus(np.int64(2**31 - 1))) / 2**31, 6)
    0.5
    """
    return saturating_shift_left(_reciprocal_of_half_sum(x), 1)


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) in Q0.31 for x in Q4.27.

    >>> int(logistic(np.int64(0))) == 2**30
    True
    """
    x = np.asarray(x, dtype=np.int64)
    positive = one_over_one_plus(exp_on_negative_values(-np.abs(x), integer_bits=4))
    result = np.where(x < 0, _ONE - positive, positive)
    return np.where(x == 0, 2**30, result)


def tanh(x: np.ndarray) -> np.ndarray:
    """tanh(x) in Q0.31 for x in Q4.27.

    >>> round(int(tanh(np.int64(2**27))) / 2**31, 4)
    0.7616
    """
    x = np.asarray(x, dtype=np.int64)
    # The same bits with one integer bit more are 2x.
    exponential = exp_on_negative_values(-np.abs(x), integer_bits=5)
    quotient = _reciprocal_of_half_sum(exponential) - (1 << 29)
    positive = saturating_shift_left(quotient, 2)
    return np.where(x == 0, 0, np.where(x < 0, -positive, positive))
