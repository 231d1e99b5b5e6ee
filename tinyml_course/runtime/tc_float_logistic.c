/* input (size) -> output (size): 1 / (1 + exp(-x)), at its ends 1 and exp(x). */
#include "tc_float.h"

TC_API void tc_float_logistic(const tc_float_unary_layer *layer, const float *input,
                              float *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    const float x = input[i];
    if (x > 16.6190472f) {
      output[i] = 1.0f;
    } else {
      output[i] = x < -9.0f ? tc_float_exp(x) : 1.0f / (1.0f + tc_float_exp(-x));
    }
  }
}
