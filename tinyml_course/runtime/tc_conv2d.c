/* input (in_h, in_w, in_c), weights (out_c, kernel_h, kernel_w, in_c)
 * -> output (out_h, out_w, out_c). Padding counts as the input's zero point, that is
 * as 0, so taps outside the image are left out. */
#include "tc.h"

TC_API void tc_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                      int8_t *output) {
  const tc_window *w = &layer->window;
  const int32_t zero_point = layer->input_zero_point;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      const int8_t *weight = layer->weights;
      for (int32_t channel = 0; channel < w->out_c; channel++) {
        int32_t sum = layer->bias[channel];
        for (int32_t i = 0; i < w->kernel_h; i++) {
          const int32_t y = top + i * w->dilation_h;
          for (int32_t j = 0; j < w->kernel_w; j++, weight += w->in_c) {
            const int32_t x = left + j * w->dilation_w;
            if (y < 0 || y >= w->in_h || x < 0 || x >= w->in_w) {
              continue;
            }
            const int8_t *pixel = input + (y * w->in_w + x) * w->in_c;
            for (int32_t c = 0; c < w->in_c; c++) {
              sum += (pixel[c] - zero_point) * weight[c];
            }
          }
        }
        *output++ = tc_requantize(sum, &layer->output, channel);
      }
    }
  }
}
