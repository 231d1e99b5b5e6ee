/* output (size) = value. */
#include "tc.h"

TC_API void tc_fill(const tc_fill_layer *layer, int8_t *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    output[i] = layer->value;
  }
}
