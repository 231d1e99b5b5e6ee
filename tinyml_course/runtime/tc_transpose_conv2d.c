/* input (in_h, in_w, in_c), weights (out_c, kernel_h, kernel_w, in_c)
 * -> output (out_h, out_w, out_c). Written from the output's side: pixel y of the input
 * reaches output row y * stride_h - pad_top + i with tap i. */
#include "tc.h"

TC_API void tc_transpose_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                                int8_t *output) {
  const tc_window *w = &layer->window;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t row = out_y + w->pad_top;
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t column = out_x + w->pad_left;
      for (int32_t channel = 0; channel < w->out_c; channel++) {
        int32_t sum = layer->bias[channel];
        for (int32_t i = row % w->stride_h; i < w->kernel_h; i += w->stride_h) {
          const int32_t y = (row - i) / w->stride_h;
          if (row < i || y >= w->in_h) {
            continue;
          }
          for (int32_t j = column % w->stride_w; j < w->kernel_w; j += w->stride_w) {
            const int32_t x = (column - j) / w->stride_w;
            if (column < j || x >= w->in_w) {
              continue;
            }
            const int32_t tap = (channel * w->kernel_h + i) * w->kernel_w + j;
            sum = tc_plus(sum, tc_dot(input + (y * w->in_w + x) * w->in_c,
                                      layer->weights + tap * w->in_c, w->in_c,
                                      layer->input_zero_point));
          }
        }
        *output++ = tc_requantize(sum, &layer->output, channel);
      }
    }
  }
}
