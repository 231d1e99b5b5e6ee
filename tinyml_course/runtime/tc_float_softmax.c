/* input (rows, depth) -> output (rows, depth): probabilities. */
#include "tc_float.h"

TC_API void tc_float_softmax(const tc_float_softmax_layer *layer, const float *input,
                             float *output) {
  for (int32_t row = 0; row < layer->rows; row++) {
    float largest = input[0];
    for (int32_t i = 1; i < layer->depth; i++) {
      largest = largest < input[i] ? input[i] : largest;
    }
    float sum = 0.0f;
    for (int32_t i = 0; i < layer->depth; i++) {
      output[i] = tc_float_exp((input[i] - largest) * layer->beta);
      sum += output[i];
    }
    for (int32_t i = 0; i < layer->depth; i++) {
      output[i] = output[i] / sum;
    }
    input += layer->depth;
    output += layer->depth;
  }
}
