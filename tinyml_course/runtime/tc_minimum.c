/* The smaller of input_1 and input_2 -> output, an axis of length 1 repeated as needed. */
#include "tc.h"

TC_API void tc_minimum(const tc_broadcast *layer, const int8_t *input_1,
                       const int8_t *input_2, int8_t *output) {
  const int32_t *s_1 = layer->stride_1;
  const int32_t *s_2 = layer->stride_2;
  const int32_t *shape = layer->shape;
  for (int32_t i = 0; i < shape[0]; i++) {
    for (int32_t j = 0; j < shape[1]; j++) {
      for (int32_t k = 0; k < shape[2]; k++) {
        const int8_t *row_1 = input_1 + i * s_1[0] + j * s_1[1] + k * s_1[2];
        const int8_t *row_2 = input_2 + i * s_2[0] + j * s_2[1] + k * s_2[2];
        for (int32_t c = 0; c < shape[3]; c++) {
          const int32_t a = row_1[c * s_1[3]];
          const int32_t b = row_2[c * s_2[3]];
          *output++ = (int8_t)(a < b ? a : b);
        }
      }
    }
  }
}
