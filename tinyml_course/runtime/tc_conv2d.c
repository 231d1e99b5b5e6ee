/* input (in_h, in_w, in_c), weights (out_c, kernel_h, kernel_w, in_c)
 * -> output (out_h, out_w, out_c). Padding counts as the input's zero point, that is
 * as 0, so taps outside the image are left out. */
#include "tc.h"

TC_API void tc_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                      int8_t *output) {
  const tc_window *w = &layer->window;
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
      for (int32_t channel = 0; channel < w->out_c; channel++) {
        int32_t sum = layer->bias[channel];
        for (int32_t i = i_first; i < i_end; i++) {
          const int32_t y = top + i * w->dilation_h;
          const int32_t x = left + j_first * w->dilation_w;
          const int32_t tap = (channel * w->kernel_h + i) * w->kernel_w + j_first;
          const int8_t *pixel = input + (y * w->in_w + x) * w->in_c;
          const int8_t *weight = layer->weights + tap * w->in_c;
          for (int32_t piece = 0; piece < pieces; piece++) {
            sum += tc_dot(pixel, weight, length, layer->input_zero_point);
            pixel += w->dilation_w * w->in_c;
            weight += w->in_c;
          }
        }
        *output++ = tc_requantize(sum, &layer->output, channel);
      }
    }
  }
}
