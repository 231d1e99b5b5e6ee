/* input (size) -> output (size): tanh(x) = m / (m + 2) with m = exp(2 |x|) - 1, and the
 * sign of x. From 9.02 on it rounds to 1. */
#include "tc_float.h"

TC_API void tc_float_tanh(const tc_float_unary_layer *layer, const float *input,
                          float *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    const float x = input[i];
    const float size = x < 0.0f ? -x : x;
    const float m = tc_float_exp_minus_one(size < 10.0f ? 2.0f * size : 20.0f);
    const float y = m / (m + 2.0f);
    output[i] = x < 0.0f ? -y : x > 0.0f ? y : x; /* 0, -0 and NaN stay */
  }
}
