/* input (in_h, in_w, in_c) -> output (out_h, out_w, in_c): the average of each window,
 * over the values inside the image. */
#include "tc_float.h"

TC_API void tc_float_average_pool2d(const tc_float_pool2d_layer *layer,
                                    const float *input, float *output) {
  const tc_window *w = &layer->window;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    const int32_t y_first = top + tc_first_tap(top, 1);
    const int32_t y_end = top + tc_end_tap(top, 1, w->kernel_h, w->in_h);
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      const int32_t x_first = left + tc_first_tap(left, 1);
      const int32_t x_end = left + tc_end_tap(left, 1, w->kernel_w, w->in_w);
      const float count = (float)((y_end - y_first) * (x_end - x_first));
      for (int32_t c = 0; c < w->in_c; c++) {
        float sum = 0.0f;
        for (int32_t y = y_first; y < y_end; y++) {
          for (int32_t x = x_first; x < x_end; x++) {
            sum += input[(y * w->in_w + x) * w->in_c + c];
          }
        }
        *output++ = tc_float_limit(sum / count, layer->low, layer->high);
      }
    }
  }
}
