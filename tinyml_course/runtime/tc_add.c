/* input_1 (size), input_2 (size) -> output (size). Each input is brought to the scale
 * 2 * max(scale_1, scale_2) / 2^20: |value| <= 255 * 2^20 < 2^28, so the sum fits. */
#include "tc.h"

TC_API void tc_add(const tc_add_layer *layer, const int8_t *input_1,
                   const int8_t *input_2, int8_t *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    const int32_t a =
        tc_scale(tc_shift_left(input_1[i] - layer->zero_point_1, layer->left_shift),
                 layer->multiplier_1, layer->shift_1);
    const int32_t b =
        tc_scale(tc_shift_left(input_2[i] - layer->zero_point_2, layer->left_shift),
                 layer->multiplier_2, layer->shift_2);
    const int32_t sum = tc_scale(a + b, layer->output_multiplier, layer->output_shift);
    output[i] = tc_clamp(sum + layer->output_zero_point, layer->low, layer->high);
  }
}
