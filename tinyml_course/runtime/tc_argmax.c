/* input -> output (kept): where along the one reduced axis, the last of the four, the
 * largest is; the first of several. */
#include "tc.h"

static int32_t place(const tc_reduce_layer *layer, const int8_t *input) {
  const int32_t step = layer->reduced_stride[3];
  int32_t best = 0;
  for (int32_t c = 1; c < layer->reduced[3]; c++) {
    best = input[c * step] > input[best * step] ? c : best;
  }
  return best;
}

TC_API void tc_argmax(const tc_reduce_layer *layer, const int8_t *input,
                      int32_t *output) {
  const int32_t *n = layer->kept;
  const int32_t *step = layer->kept_stride;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        for (int32_t c = 0; c < n[3]; c++) {
          const int32_t from = i * step[0] + j * step[1] + k * step[2] + c * step[3];
          *output++ = place(layer, input + from);
        }
      }
    }
  }
}
