/* input (in_h, in_w, in_c) -> output (out_h, out_w, in_c): the average of each window,
 * over the values inside the image, ties away from zero. A window's sum fits an int32
 * up to 16,777,216 values. */
#include "tc.h"

TC_API void tc_average_pool2d(const tc_pool2d_layer *layer, const int8_t *input,
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
      const int32_t count = (y_end - y_first) * (x_end - x_first);
      for (int32_t c = 0; c < w->in_c; c++) {
        int32_t sum = 0;
        for (int32_t y = y_first; y < y_end; y++) {
          const int8_t *row = input + y * w->in_w * w->in_c + c;
          for (int32_t x = x_first; x < x_end; x++) {
            sum += row[x * w->in_c];
          }
        }
        const int32_t half = count / 2;
        const int32_t average = (sum > 0 ? sum + half : sum - half) / count;
        *output++ = tc_clamp(average, layer->low, layer->high);
      }
    }
  }
}
