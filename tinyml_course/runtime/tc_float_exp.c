/* exp(x) = 2^n * exp(r) with x = n * ln 2 + r, |r| <= 0.35, and Taylor's polynomial for
 * exp(r) - 1. Distance from the real value, measured over all floats whose result is an
 * ordinary number, in ulp (units in the last place): exp() at most 1.03; tanh() in
 * tc_float_tanh.c 2.43; the logistic function in tc_float_logistic.c 2.0 from -9 on. */
#include "tc_float.h"

/* 2^n for -126 <= n <= 127 */
static float power_of_two(int32_t n) {
  union {
    uint32_t bits;
    float value;
  } word = {(uint32_t)(n + 127) << 23};
  return word.value;
}

static int32_t nearest(float x) { return (int32_t)(x < 0.0f ? x - 0.5f : x + 0.5f); }

/* exp(r) - 1 for the r that is left of x after n times ln 2. The first part of ln 2 has
 * 15 bits, so that n times it is exact. */
static float rest_minus_one(float x, int32_t n) {
  const float r = (x - (float)n * 0.693145752f) - (float)n * 1.42860677e-06f;
  float sum = 1.98412698e-04f; /* 1/7! */
  sum = sum * r + 1.38888889e-03f;
  sum = sum * r + 8.33333333e-03f;
  sum = sum * r + 4.16666667e-02f;
  sum = sum * r + 1.66666667e-01f;
  sum = sum * r + 0.5f;
  return r + r * r * sum;
}

TC_API float tc_float_exp(float x) {
  if (x != x) {
    return x; /* not a number */
  }
  const float inside = tc_float_limit(x, -104.0f, 89.0f); /* beyond: 0, infinity */
  const int32_t n = nearest(inside * 1.44269504f);
  /* In two factors, as 2^n alone may be no ordinary float. */
  const float power = 1.0f + rest_minus_one(inside, n);
  return power * power_of_two(n / 2) * power_of_two(n - n / 2);
}

TC_API float tc_float_exp_minus_one(float x) {
  const int32_t n = nearest(x * 1.44269504f);
  const float rest = rest_minus_one(x, n);
  const float power = power_of_two(n);
  return n == 0 ? rest : power * rest + (power - 1.0f);
}
