/* A block of `shape` from input to output, each with its own start and strides: all that
 * concatenation, padding, slicing, splitting, stacking and transposing do. */
#include "tc.h"

TC_API void tc_copy(const tc_copy_layer *layer, const int8_t *input, int8_t *output) {
  const int32_t *n = layer->shape;
  const int32_t *f = layer->from_stride;
  const int32_t *t = layer->to_stride;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        const int8_t *from = input + layer->from + i * f[0] + j * f[1] + k * f[2];
        int8_t *to = output + layer->to + i * t[0] + j * t[1] + k * t[2];
        for (int32_t c = 0; c < n[3]; c++) {
          to[c * t[3]] = from[c * f[3]];
        }
      }
    }
  }
}
