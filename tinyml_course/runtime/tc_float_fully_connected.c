/* input (rows, inputs), weights (outputs, inputs) -> output (rows, outputs). */
#include "tc_float.h"

TC_API void tc_float_fully_connected(const tc_float_fully_connected_layer *layer,
                                     const float *input, float *output) {
  for (int32_t row = 0; row < layer->rows; row++, input += layer->inputs) {
    const float *weight = layer->weights;
    for (int32_t q = 0; q < layer->outputs; q++, weight += layer->inputs) {
      const float sum = tc_float_dot(0.0f, input, weight, layer->inputs);
      *output++ = tc_float_limit(sum + layer->bias[q], layer->low, layer->high);
    }
  }
}
