/* input (size) float -> output (size) int8: rounded to the nearest step, ties away from
 * zero, and clamped. The limits come first, so that the conversion to an integer always
 * fits: TFLM wraps where |input| is 2^31 steps or more. */
#include "tc_float.h"

TC_API void tc_float_quantize(const tc_float_scale_layer *layer, const float *input,
                              int8_t *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    const float steps = tc_float_limit(input[i] / layer->scale, -512.0f, 512.0f);
    const int32_t whole = steps == steps ? (int32_t)steps : 0; /* 0 for NaN */
    const float rest = steps - (float)whole; /* exact */
    const int32_t up = (rest >= 0.5f) - (rest <= -0.5f);
    output[i] = tc_clamp(whole + up + layer->zero_point, -128, 127);
  }
}
