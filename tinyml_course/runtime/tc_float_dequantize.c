/* input (size) int8 -> output (size) float. */
#include "tc_float.h"

TC_API void tc_float_dequantize(const tc_float_scale_layer *layer, const int8_t *input,
                                float *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    output[i] = layer->scale * (float)(input[i] - layer->zero_point);
  }
}
