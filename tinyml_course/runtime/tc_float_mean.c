/* input -> output (kept): the mean over the reduced axes. */
#include "tc_float.h"

static float sum_of(const tc_float_mean_layer *layer, const float *input) {
  const int32_t *n = layer->reduced;
  const int32_t *step = layer->reduced_stride;
  float sum = 0.0f;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          sum += input[i * step[0] + j * step[1] + k * step[2] + c * step[3]];
        }
      }
    }
  }
  return sum;
}

TC_API void tc_float_mean(const tc_float_mean_layer *layer, const float *input,
                          float *output) {
  const int32_t *n = layer->kept;
  const int32_t *step = layer->kept_stride;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          const int32_t from = i * step[0] + j * step[1] + k * step[2] + c * step[3];
          *output++ = sum_of(layer, input + from) / layer->count;
        }
      }
    }
  }
}
