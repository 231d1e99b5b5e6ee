/* input_1 +- input_2 -> output, an axis of length 1 repeated as needed. */
#include "tc_float.h"

TC_API void tc_float_add(const tc_float_binary_layer *layer, const float *input_1,
                         const float *input_2, float *output) {
  const int32_t *s_1 = layer->operands.stride_1;
  const int32_t *s_2 = layer->operands.stride_2;
  const int32_t *shape = layer->operands.shape;
  for (int32_t i = 0; i < shape[0]; i++) {
    for (int32_t j = 0; j < shape[1]; j++) {
      for (int32_t k = 0; k < shape[2]; k++) {
        const float *row_1 = input_1 + i * s_1[0] + j * s_1[1] + k * s_1[2];
        const float *row_2 = input_2 + i * s_2[0] + j * s_2[1] + k * s_2[2];
        for (int32_t c = 0; c < shape[3]; c++) {
          const float y = row_1[c * s_1[3]] + layer->sign * row_2[c * s_2[3]];
          *output++ = tc_float_limit(y, layer->low, layer->high);
        }
      }
    }
  }
}
