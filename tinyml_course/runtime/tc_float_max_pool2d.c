/* input (in_h, in_w, in_c) -> output (out_h, out_w, in_c): the largest of each window,
 * over the values inside the image. */
#include "tc_float.h"

TC_API void tc_float_max_pool2d(const tc_float_pool2d_layer *layer, const float *input,
                                float *output) {
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
        float largest = input[(y_first * w->in_w + x_first) * w->in_c + c];
        for (int32_t y = y_first; y < y_end; y++) {
          for (int32_t x = x_first; x < x_end; x++) {
            const float value = input[(y * w->in_w + x) * w->in_c + c];
            largest = largest < value ? value : largest;
          }
        }
        *output++ = tc_float_limit(largest, layer->low, layer->high);
      }
    }
  }
}
