/* input (in_h, in_w, in_c), weights (kernel_h, kernel_w, out_c), out_c = in_c * m
 * -> output (out_h, out_w, out_c). Output channel q reads input channel q / m. */
#include "tc.h"

TC_API void tc_depthwise_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                                int8_t *output) {
  const tc_window *w = &layer->window;
  const int32_t zero_point = layer->input_zero_point;
  const int32_t multiplier = w->out_c / w->in_c;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      for (int32_t c = 0; c < w->in_c; c++) {
        for (int32_t m = 0; m < multiplier; m++) {
          const int32_t channel = c * multiplier + m;
          int32_t sum = layer->bias[channel];
          for (int32_t i = 0; i < w->kernel_h; i++) {
            const int32_t y = top + i * w->dilation_h;
            if (y < 0 || y >= w->in_h) {
              continue;
            }
            for (int32_t j = 0; j < w->kernel_w; j++) {
              const int32_t x = left + j * w->dilation_w;
              if (x < 0 || x >= w->in_w) {
                continue;
              }
              const int32_t tap = (i * w->kernel_w + j) * w->out_c + channel;
              sum += (input[(y * w->in_w + x) * w->in_c + c] - zero_point) *
                     layer->weights[tap];
            }
          }
          *output++ = tc_requantize(sum, &layer->output, channel);
        }
      }
    }
  }
}
