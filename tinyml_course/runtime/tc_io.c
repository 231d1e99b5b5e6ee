/* values (size) float -> steps (size) int8, rounded to the nearest step, ties away from
 * zero, and clamped, as TensorFlow Lite Micro does; and steps -> values. Infinity is
 * clamped too; what is not a number becomes the zero point. */
#include "tc_io.h"

#include "tc.h"

TC_API void tc_io_quantize(const tc_io_input *layer, const float *values,
                           int8_t *steps) {
  for (int32_t i = 0; i < layer->size; i++) {
    float x = (values[i] - layer->mean) / layer->std / layer->scale;
    x = x == x ? x : 0.0f;
    x = x < -512.0f ? -512.0f : x; /* then the conversion to an integer always fits */
    x = x > 512.0f ? 512.0f : x;
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole; /* exact */
    const int32_t up = (rest >= 0.5f) - (rest <= -0.5f);
    steps[i] = tc_clamp(whole + up + layer->zero_point, -128, 127);
  }
}

TC_API void tc_io_dequantize(const tc_io_output *layer, const int8_t *steps,
                             float *values) {
  for (int32_t i = 0; i < layer->size; i++) {
    values[i] = layer->scale * (float)(steps[i] - layer->zero_point);
  }
}
