/* input (in_h, in_w, channels) -> output (out_h, out_w, channels): each pixel is its
 * nearest neighbour's, found by the generator. */
#include "tc.h"

TC_API void tc_resize_nearest(const tc_resize_nearest_layer *layer, const int8_t *input,
                              int8_t *output) {
  for (int32_t y = 0; y < layer->out_h; y++) {
    const int8_t *row = input + layer->rows[y] * layer->in_w * layer->channels;
    for (int32_t x = 0; x < layer->out_w; x++) {
      const int8_t *pixel = row + layer->columns[x] * layer->channels;
      for (int32_t c = 0; c < layer->channels; c++) {
        *output++ = pixel[c];
      }
    }
  }
}
