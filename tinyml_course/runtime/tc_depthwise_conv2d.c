/* input (in_h, in_w, in_c), weights (kernel_h, kernel_w, out_c), out_c = in_c * m
 * -> output (out_h, out_w, out_c). Output channel q reads input channel q / m. */
#include "tc.h"

/* A row of taps for four channels side by side: what steps from tap to tap is paid
 * once for the four. */
static inline void add_four(int32_t sum[4], const int8_t *pixel, const int8_t *weight,
                            int32_t taps, int32_t pixel_step, int32_t weight_step,
                            int32_t zero_point) {
  int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
  for (; taps > 0; taps--) {
    a = tc_plus(a, (pixel[0] - zero_point) * weight[0]);
    b = tc_plus(b, (pixel[1] - zero_point) * weight[1]);
    c = tc_plus(c, (pixel[2] - zero_point) * weight[2]);
    d = tc_plus(d, (pixel[3] - zero_point) * weight[3]);
    pixel += pixel_step;
    weight += weight_step;
  }
  sum[0] = a, sum[1] = b, sum[2] = c, sum[3] = d;
}

TC_API void tc_depthwise_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                                int8_t *output) {
  const tc_window *w = &layer->window;
  const int32_t multiplier = w->out_c / w->in_c;
  const int32_t zero_point = layer->input_zero_point;
  const int32_t row_step = w->dilation_h * w->in_w * w->in_c;
  const int32_t column_step = w->dilation_w * w->in_c;
  for (int32_t out_y = 0; out_y < w->out_h; out_y++) {
    const int32_t top = out_y * w->stride_h - w->pad_top;
    const int32_t i_first = tc_first_tap(top, w->dilation_h);
    const int32_t i_end = tc_end_tap(top, w->dilation_h, w->kernel_h, w->in_h);
    for (int32_t out_x = 0; out_x < w->out_w; out_x++) {
      const int32_t left = out_x * w->stride_w - w->pad_left;
      const int32_t j_first = tc_first_tap(left, w->dilation_w);
      const int32_t taps =
          tc_end_tap(left, w->dilation_w, w->kernel_w, w->in_w) - j_first;
      const int32_t y = top + i_first * w->dilation_h;
      const int32_t x = left + j_first * w->dilation_w;
      const int8_t *corner = input + (y * w->in_w + x) * w->in_c;
      const int8_t *first_weight =
          layer->weights + (i_first * w->kernel_w + j_first) * w->out_c;
      int32_t channel = 0;
      if (multiplier == 1) {
        for (; channel + 4 <= w->out_c; channel += 4) {
          const int32_t *bias = layer->bias + channel;
          int32_t sum[4] = {bias[0], bias[1], bias[2], bias[3]};
          const int8_t *pixel_row = corner + channel;
          const int8_t *weight_row = first_weight + channel;
          for (int32_t i = i_first; i < i_end; i++) {
            add_four(sum, pixel_row, weight_row, taps, column_step, w->out_c,
                     zero_point);
            pixel_row += row_step;
            weight_row += w->kernel_w * w->out_c;
          }
          for (int32_t k = 0; k < 4; k++) {
            *output++ = tc_requantize(sum[k], &layer->output, channel + k);
          }
        }
      }
      for (; channel < w->out_c; channel++) {
        const int8_t *pixel_row = corner + channel / multiplier;
        const int8_t *weight_row = first_weight + channel;
        int32_t sum = layer->bias[channel];
        for (int32_t i = i_first; i < i_end; i++) {
          const int8_t *pixel = pixel_row;
          const int8_t *weight = weight_row;
          for (int32_t j = 0; j < taps; j++) {
            sum = tc_plus(sum, (*pixel - zero_point) * *weight);
            pixel += column_step;
            weight += w->out_c;
          }
          pixel_row += row_step;
          weight_row += w->kernel_w * w->out_c;
        }
        *output++ = tc_requantize(sum, &layer->output, channel);
      }
    }
  }
}
