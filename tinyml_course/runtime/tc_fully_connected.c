/* input (rows, inputs), weights (outputs, inputs) -> output (rows, outputs). */
#include "tc.h"

TC_API void tc_fully_connected(const tc_fully_connected_layer *layer,
                               const int8_t *input, int8_t *output) {
  const int32_t zero_point = layer->input_zero_point;
  for (int32_t row = 0; row < layer->rows; row++, input += layer->inputs) {
    const int8_t *weight = layer->weights;
    for (int32_t q = 0; q < layer->outputs; q++, weight += layer->inputs) {
      const int32_t sum =
          tc_plus(layer->bias[q], tc_dot(input, weight, layer->inputs, zero_point));
      *output++ = tc_requantize(sum, &layer->output, layer->per_channel ? q : 0);
    }
  }
}
