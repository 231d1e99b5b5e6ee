/* input (size) -> output (size): ReLU and ReLU6. */
#include "tc_float.h"

TC_API void tc_float_clamp(const tc_float_unary_layer *layer, const float *input,
                           float *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    output[i] = tc_float_limit(input[i], layer->low, layer->high);
  }
}
