/* input_1 +- input_2 -> output, an axis of length 1 repeated as needed. Each input is
 * brought to the scale 2 * max(scale_1, scale_2) / 2^20: |value| <= 255 * 2^20 < 2^28,
 * so the sum fits. */
#include "tc.h"

static int8_t add(const tc_add_layer *layer, int32_t a, int32_t b) {
  const int32_t x = tc_scale(tc_shift_left(a - layer->zero_point_1, layer->left_shift),
                             layer->multiplier_1, layer->shift_1);
  const int32_t y = tc_scale(tc_shift_left(b - layer->zero_point_2, layer->left_shift),
                             layer->multiplier_2, layer->shift_2);
  const int32_t sum =
      tc_scale(x + layer->sign * y, layer->output_multiplier, layer->output_shift);
  return tc_clamp(tc_plus(sum, layer->output_zero_point), layer->low, layer->high);
}

TC_API void tc_add(const tc_add_layer *layer, const int8_t *input_1,
                   const int8_t *input_2, int8_t *output) {
  const int32_t *s_1 = layer->operands.stride_1;
  const int32_t *s_2 = layer->operands.stride_2;
  const int32_t *shape = layer->operands.shape;
  for (int32_t i = 0; i < shape[0]; i++) {
    for (int32_t j = 0; j < shape[1]; j++) {
      for (int32_t k = 0; k < shape[2]; k++) {
        const int8_t *row_1 = input_1 + i * s_1[0] + j * s_1[1] + k * s_1[2];
        const int8_t *row_2 = input_2 + i * s_2[0] + j * s_2[1] + k * s_2[2];
        for (int32_t c = 0; c < shape[3]; c++) {
          const int32_t a = row_1[c * s_1[3]];
          const int32_t b = row_2[c * s_2[3]];
          *output++ = add(layer, a, b);
        }
      }
    }
  }
}
