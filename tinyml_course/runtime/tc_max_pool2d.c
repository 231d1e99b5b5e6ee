/* input (in_h, in_w, in_c) -> output (out_h, out_w, in_c): the largest of each window. */
#include "tc.h"

TC_API void tc_max_pool2d(const tc_pool2d_layer *layer, const int8_t *input,
                          int8_t *output) {
  const tc_window *w = &layer->window;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      for (int32_t c = 0; c < w->in_c; c++) {
        int32_t largest = -128;
        for (int32_t y = top; y < top + w->kernel_h; y++) {
          for (int32_t x = left; x < left + w->kernel_w; x++) {
            if (y < 0 || y >= w->in_h || x < 0 || x >= w->in_w) {
              continue;
            }
            const int32_t value = input[(y * w->in_w + x) * w->in_c + c];
            largest = value > largest ? value : largest;
          }
        }
        *output++ = tc_clamp(largest, layer->low, layer->high);
      }
    }
  }
}
