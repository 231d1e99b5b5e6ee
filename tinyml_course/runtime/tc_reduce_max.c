/* input -> output (kept): the largest over the reduced axes. */
#include "tc.h"

static int8_t largest(const tc_reduce_layer *layer, const int8_t *input) {
  const int32_t *n = layer->reduced;
  const int32_t *step = layer->reduced_stride;
  int32_t most = -128;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          const int32_t x = input[i * step[0] + j * step[1] + k * step[2] + c * step[3]];
          most = x > most ? x : most;
        }
      }
    }
  }
  return (int8_t)most;
}

TC_API void tc_reduce_max(const tc_reduce_layer *layer, const int8_t *input,
                          int8_t *output) {
  const int32_t *n = layer->kept;
  const int32_t *step = layer->kept_stride;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          const int32_t from = i * step[0] + j * step[1] + k * step[2] + c * step[3];
          *output++ = largest(layer, input + from);
        }
      }
    }
  }
}
