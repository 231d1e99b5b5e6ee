/* input (in_h, in_w, in_c) -> output (out_h, out_w, in_c): the largest of each window. */
#include "tc.h"

TC_API void tc_max_pool2d(const tc_pool2d_layer *layer, const int8_t *input,
                          int8_t *output) {
  const tc_window *w = &layer->window;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    const int32_t y_first = top + tc_first_tap(top, 1);
    const int32_t y_end = top + tc_end_tap(top, 1, w->kernel_h, w->in_h);
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      const int32_t x_first = left + tc_first_tap(left, 1);
      const int32_t x_end = left + tc_end_tap(left, 1, w->kernel_w, w->in_w);
      for (int32_t c = 0; c < w->in_c; c++) {
        int32_t largest = -128;
        for (int32_t y = y_first; y < y_end; y++) {
          const int8_t *row = input + y * w->in_w * w->in_c + c;
          for (int32_t x = x_first; x < x_end; x++) {
            const int32_t value = row[x * w->in_c];
            largest = value > largest ? value : largest;
          }
        }
        *output++ = tc_clamp(largest, layer->low, layer->high);
      }
    }
  }
}
