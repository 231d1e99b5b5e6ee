/* input (rows, depth) -> output (rows, depth): probabilities in steps of 1/256, zero
 * point -128. exp() and the reciprocal are gemmlowp's fixed-point functions; Qm.n has
 * m integer and n fractional bits. */
#include "tc.h"

#define SUM_BITS 12 /* the sum of exponentials is Q12.19: room for 4,096 ones */

static int32_t saturating_shift_left(int32_t x, int32_t bits) {
  const int64_t wide = (int64_t)x * (1 << bits);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* exp(x) in Q0.31 for x in [-1/4, 0) in Q0.31: a Taylor polynomial at -1/8. */
static int32_t exp_on_interval(int32_t x) {
  const int32_t exp_minus_eighth = 1895147668;
  const int32_t third = 715827883;
  x += 1 << 28;
  const int32_t x2 = tc_high_mul(x, x);
  const int32_t x3 = tc_high_mul(x2, x);
  const int32_t x4_over_4 = tc_round_shift(tc_high_mul(x2, x2), 2);
  const int32_t rest = tc_round_shift(tc_high_mul(x4_over_4 + x3, third) + x2, 1);
  return exp_minus_eighth + tc_high_mul(exp_minus_eighth, x + rest);
}

/* exp(x) in Q0.31 for x <= 0 in Q5.26. */
static int32_t exp_on_negative_values(int32_t x) {
  /* exp(-2^e) in Q0.31 for e = -2 .. 4 */
  static const int32_t factor[7] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};
  const int32_t quarter = 1 << 24;
  if (x == 0) {
    return INT32_MAX;
  }
  const int32_t mod_quarter = (x & (quarter - 1)) - quarter;
  const int32_t remainder = mod_quarter - x;
  int32_t result = exp_on_interval(tc_shift_left(mod_quarter, 5));
  for (int32_t e = 0; e < 7; e++) {
    if (remainder & (quarter << e)) {
      result = tc_high_mul(result, factor[e]);
    }
  }
  return result;
}

/* 1 / (1 + x) in Q0.31 for x in [0, 1] in Q0.31: three Newton steps. */
static int32_t one_over_one_plus(int32_t x) {
  const int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
  /* 48/17 - 32/17 * half in Q2.29 */
  int32_t estimate = 1515870810 + tc_high_mul(half, -1010580540);
  for (int32_t step = 0; step < 3; step++) {
    const int32_t error = (1 << 29) - tc_high_mul(half, estimate);
    estimate += saturating_shift_left(tc_high_mul(estimate, error), 2);
  }
  return saturating_shift_left(estimate, 1);
}

static int32_t leading_zeros(uint32_t x) {
  int32_t count = 0;
  while (!(x & 0x80000000U)) {
    x <<= 1;
    count++;
  }
  return count;
}

TC_API void tc_softmax(const tc_softmax_layer *layer, const int8_t *input,
                       int8_t *output) {
  for (int32_t row = 0; row < layer->rows; row++) {
    int32_t largest = -128;
    for (int32_t i = 0; i < layer->depth; i++) {
      largest = input[i] > largest ? input[i] : largest;
    }
    int32_t sum = 0;
    for (int32_t i = 0; i < layer->depth; i++) {
      const int32_t difference = input[i] - largest;
      if (difference >= layer->difference_min) {
        const int32_t scaled =
            tc_scale(difference, layer->multiplier, layer->left_shift);
        sum += tc_round_shift(exp_on_negative_values(scaled), SUM_BITS);
      }
    }
    /* sum = (1 + fraction) * 2^(SUM_BITS - headroom) */
    const int32_t headroom = leading_zeros((uint32_t)sum);
    const int32_t fraction = (int32_t)(((uint32_t)sum << headroom) - 0x80000000U);
    const int32_t reciprocal = one_over_one_plus(fraction);
    const int32_t shift = SUM_BITS - headroom + 31 - 8;
    for (int32_t i = 0; i < layer->depth; i++) {
      const int32_t difference = input[i] - largest;
      int32_t y = 0;
      if (difference >= layer->difference_min) {
        const int32_t scaled =
            tc_scale(difference, layer->multiplier, layer->left_shift);
        y = tc_round_shift(tc_high_mul(reciprocal, exp_on_negative_values(scaled)),
                           shift);
      }
      output[i] = tc_clamp(y - 128, -128, 127);
    }
    input += layer->depth;
    output += layer->depth;
  }
}
