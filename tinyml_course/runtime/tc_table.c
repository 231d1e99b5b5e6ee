/* input (size) -> output (size): one look-up an element. */
#include "tc.h"

TC_API void tc_table(const tc_table_layer *layer, const int8_t *input, int8_t *output) {
  for (int32_t i = 0; i < layer->size; i++) {
    output[i] = layer->table[input[i] + 128];
  }
}
