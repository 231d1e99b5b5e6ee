/* input (in_h, in_w, in_c), weights (out_c, kernel_h, kernel_w, in_c)
 * -> output (out_h, out_w, out_c). Taps outside the image are left out. */
#include "tc_float.h"

TC_API void tc_float_conv2d(const tc_float_conv2d_layer *layer, const float *input,
                            float *output) {
  const tc_window *w = &layer->window;
  const int32_t row_step = w->dilation_h * w->in_w * w->in_c;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    const int32_t i_first = tc_first_tap(top, w->dilation_h);
    const int32_t i_end = tc_end_tap(top, w->dilation_h, w->kernel_h, w->in_h);
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      const int32_t j_first = tc_first_tap(left, w->dilation_w);
      const int32_t j_end = tc_end_tap(left, w->dilation_w, w->kernel_w, w->in_w);
      /* Without dilation a row of taps lies in one piece. */
      const int32_t taps = j_end - j_first;
      const int32_t pieces = w->dilation_w == 1 ? 1 : taps;
      const int32_t length = w->dilation_w == 1 ? taps * w->in_c : w->in_c;
      const int32_t corner_y = top + i_first * w->dilation_h;
      const int32_t corner_x = left + j_first * w->dilation_w;
      const float *corner = input + (corner_y * w->in_w + corner_x) * w->in_c;
      const float *weights =
          layer->weights + (i_first * w->kernel_w + j_first) * w->in_c;
      for (int32_t channel = 0; channel < w->out_c; channel++) {
        float sum = 0.0f;
        const float *pixel_row = corner;
        const float *weight_row = weights;
        for (int32_t i = i_first; i < i_end; i++) {
          for (int32_t piece = 0; piece < pieces; piece++) {
            sum = tc_float_dot(sum, pixel_row + piece * w->dilation_w * w->in_c,
                               weight_row + piece * w->in_c, length);
          }
          pixel_row += row_step;
          weight_row += w->kernel_w * w->in_c;
        }
        weights += w->kernel_h * w->kernel_w * w->in_c;
        *output++ = tc_float_limit(sum + layer->bias[channel], layer->low, layer->high);
      }
    }
  }
}
