/* input (in_h, in_w, in_c), weights (out_c, kernel_h, kernel_w, in_c)
 * -> output (out_h, out_w, out_c). Taps outside the image are left out. */
#include "tc_float.h"

TC_API void tc_float_conv2d(const tc_float_conv2d_layer *layer, const float *input,
                            float *output) {
  const tc_window *w = &layer->window;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    const int32_t i_first = tc_first_tap(top, w->dilation_h);
    const int32_t i_end = tc_end_tap(top, w->dilation_h, w->kernel_h, w->in_h);
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      const int32_t j_first = tc_first_tap(left, w->dilation_w);
      const int32_t j_end = tc_end_tap(left, w->dilation_w, w->kernel_w, w->in_w);
      for (int32_t channel = 0; channel < w->out_c; channel++) {
        float sum = 0.0f;
        for (int32_t i = i_first; i < i_end; i++) {
          const int32_t y = top + i * w->dilation_h;
          for (int32_t j = j_first; j < j_end; j++) {
            const int32_t x = left + j * w->dilation_w;
            const int32_t tap = (channel * w->kernel_h + i) * w->kernel_w + j;
            const float *pixel = input + (y * w->in_w + x) * w->in_c;
            const float *weight = layer->weights + tap * w->in_c;
            for (int32_t c = 0; c < w->in_c; c++) {
              sum += pixel[c] * weight[c];
            }
          }
        }
        *output++ = tc_float_limit(sum + layer->bias[channel], layer->low, layer->high);
      }
    }
  }
}
