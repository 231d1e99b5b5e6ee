"""Integer arithmetic against exact rational arithmetic and real-valued references."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml_course import kernels

INT32 = st.integers(-(2**31), 2**31 - 1)


@given(st.floats(1e-9, 1e6))
def test_a_quantized_multiplier_is_the_factor_to_31_bits(factor):
    multiplier, shift = kernels.quantize_multiplier(factor)
    assert 2**30 <= multiplier < 2**31
    assert multiplier * 2.0 ** (shift - 31) == pytest.approx(factor, rel=2**-31)


def test_what_leaves_an_int32_comes_back_at_the_other_end():
    highest = np.array([2**31 - 1])
    assert kernels.requantize(highest, 2**31 - 1, 0, 0) == 127
    assert kernels.requantize(highest, 2**31 - 1, 0, 127) == -128
    assert kernels.requantize(np.array([-(2**31)]), 2**31 - 1, 0, -128) == 127


def test_factors_at_the_edges():
    assert kernels.quantize_multiplier(0.0) == (0, 0)
    assert kernels.quantize_multiplier(1.0) == (2**30, 1)
    assert kernels.quantize_multiplier(math.nextafter(1.0, 0)) == (2**30, 1)
    assert kernels.quantize_multiplier(2.0**-40) == (0, 0)


@given(INT32, INT32)
def test_the_high_product_rounds_ties_upward(a, b):
    exact = Fraction(a * b, 2**31)
    expected = min(math.floor(exact + Fraction(1, 2)), 2**31 - 1)
    assert int(kernels.saturating_rounding_doubling_high_mul(a, b)) == expected


@given(INT32, st.integers(0, 31))
def test_division_by_a_power_of_two_rounds_ties_away_from_zero(x, exponent):
    exact = Fraction(x, 2**exponent)
    expected = math.floor(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    got = kernels.rounding_divide_by_power_of_two(x, exponent)
    assert int(got) == expected


@given(st.integers(-(2**20), 2**20), st.floats(1e-4, 0.99))
def test_requantizing_is_within_one_step_of_the_real_product(accumulator, factor):
    multiplier, shift = kernels.quantize_multiplier(factor)
    got = kernels.multiply_by_quantized_multiplier(accumulator, multiplier, shift)
    assert abs(int(got) - accumulator * factor) <= 1.0  # it rounds twice


def test_softmax_is_within_one_step_of_the_real_one():
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (200, 10), dtype=np.int8)
    scale = 0.07
    real = np.exp((x - x.max(axis=1, keepdims=True).astype(float)) * scale)
    real /= real.sum(axis=1, keepdims=True)
    got = kernels.softmax(x, kernels.softmax_parameters(scale)).astype(int) + 128
    assert np.abs(got - np.minimum(real * 256, 255)).max() <= 1.0


def test_average_pooling_counts_only_what_is_inside():
    x = np.full((1, 3, 3, 1), 7, np.int8)
    y = kernels.average_pool2d(x, pool=(2, 2), strides=(2, 2), same=True)
    assert (y == 7).all()


def test_average_pooling_rounds_halves_away_from_zero():
    for values, expected in (([1, 2], 2), ([-1, -2], -2)):
        x = np.array(values, np.int8).reshape(1, 1, 2, 1)
        y = kernels.average_pool2d(x, pool=(1, 2), strides=(1, 2))
        assert y.item() == expected
