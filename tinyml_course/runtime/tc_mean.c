/* input -> output (kept): the mean over the reduced axes. A sum fits an int32 up to
 * 8,421,504 values of at most 255. */
#include "tc.h"

static int8_t mean(const tc_reduce_layer *layer, const int8_t *input) {
  const int32_t *n = layer->reduced;
  const int32_t *step = layer->reduced_stride;
  int32_t sum = 0;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          const int32_t x = input[i * step[0] + j * step[1] + k * step[2] + c * step[3]];
          sum += x - layer->input_zero_point;
        }
      }
    }
  }
  const int32_t scaled = tc_scale(sum, layer->multiplier, layer->shift);
  return tc_clamp(tc_plus(scaled, layer->output_zero_point), -128, 127);
}

TC_API void tc_mean(const tc_reduce_layer *layer, const int8_t *input, int8_t *output) {
  const int32_t *n = layer->kept;
  const int32_t *step = layer->kept_stride;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          const int32_t from = i * step[0] + j * step[1] + k * step[2] + c * step[3];
          *output++ = mean(layer, input + from);
        }
      }
    }
  }
}
