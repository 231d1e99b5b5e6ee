/* A block of `shape` from input to output, as tc_copy.c has it for int8. */
#include "tc_float.h"

TC_API void tc_float_copy(const tc_copy_layer *layer, const float *input,
                          float *output) {
  const int32_t *n = layer->shape;
  const int32_t *f = layer->from_stride;
  const int32_t *t = layer->to_stride;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        const float *from = input + layer->from + i * f[0] + j * f[1] + k * f[2];
        float *to = output + layer->to + i * t[0] + j * t[1] + k * t[2];
        for (int32_t c = 0; c < n[3]; c++) {
          to[c * t[3]] = from[c * f[3]];
        }
      }
    }
  }
}
