/* tc.h: int8 operators for microcontrollers, equal to TensorFlow Lite Micro byte for
 * byte. C11, no heap, no recursion, no libc. Activations are NHWC with batch 1.
 *
 * Ranges every function relies on (the generator checks them):
 *   zero points and activation limits lie in [-128, 127]; weights have zero point 0;
 *   a multiplier is 0 or in [2^30, 2^31); a shift lies in [-31, 30].
 * A sum of n products of (int8 - zero point) and int8 is at most n * 255 * 128, which
 * fits an int32 for n up to 65,793 taps; with more, or with a bias near its own limits,
 * it wraps as TFLM's does (tc_plus: in C, only unsigned sums may wrap).
 */
#ifndef TC_H
#define TC_H

#include <stdint.h>

/* Each generated model brings its own copy of these functions. They are weak, so that
 * two models link into one program, which then keeps one copy. */
#define TC_API __attribute__((weak))

/* A window that slides over an image of in_h x in_w x in_c. */
typedef struct {
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left; /* rows and columns before the image */
} tc_window;

/* Scaling of an int32 accumulator to int8. */
typedef struct {
  const int32_t *multiplier; /* Q0.31, one per channel (or one in all) */
  const int8_t *shift;       /* power of two, one per channel (or one in all) */
  int32_t zero_point;
  int32_t low, high; /* activation limits */
} tc_output;

typedef struct {
  tc_window window;
  int32_t input_zero_point;
  const int8_t *weights;
  const int32_t *bias;
  tc_output output;
} tc_conv2d_layer;

typedef struct {
  int32_t rows, inputs, outputs;
  int32_t input_zero_point;
  int32_t per_channel; /* 1: a multiplier per output, 0: one for all */
  const int8_t *weights;
  const int32_t *bias;
  tc_output output;
} tc_fully_connected_layer;

typedef struct {
  tc_window window;
  int32_t low, high;
} tc_pool2d_layer;

typedef struct {
  int32_t rows, depth;
  int32_t multiplier, left_shift; /* input scale in Q5.26 */
  int32_t difference_min;         /* exp() of anything lower is 0 */
} tc_softmax_layer;

/* Two operands of one to four axes; a stride is 0 along an axis that is repeated. */
typedef struct {
  int32_t shape[4]; /* of the output */
  int32_t stride_1[4], stride_2[4];
} tc_broadcast;

typedef struct {
  tc_broadcast operands;
  int32_t zero_point_1, zero_point_2, output_zero_point;
  int32_t multiplier_1, multiplier_2, output_multiplier;
  int32_t shift_1, shift_2, output_shift, left_shift;
  int32_t sign; /* 1 adds, -1 subtracts */
  int32_t low, high;
} tc_add_layer;

typedef struct {
  tc_broadcast operands;
  int32_t zero_point_1, zero_point_2, output_zero_point;
  int32_t multiplier, shift;
  int32_t low, high;
} tc_multiply_layer;

/* What works on each element alone: output = table[input + 128]. */
typedef struct {
  int32_t size;
  const int8_t *table;
} tc_table_layer;

/* Values that become one: `kept` axes of the output, `reduced` axes of each window. */
typedef struct {
  int32_t kept[4], kept_stride[4];
  int32_t reduced[4], reduced_stride[4];
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;
} tc_reduce_layer;

/* A block of values from one place to another. */
typedef struct {
  int32_t shape[4];
  int32_t from, from_stride[4];
  int32_t to, to_stride[4];
} tc_copy_layer;

typedef struct {
  int32_t size;
  int8_t value;
} tc_fill_layer;

typedef struct {
  int32_t in_w, out_h, out_w, channels;
  const int16_t *rows, *columns; /* the input's row and column for each of the output */
} tc_resize_nearest_layer;

void tc_conv2d(const tc_conv2d_layer *layer, const int8_t *input, int8_t *output);
void tc_depthwise_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                         int8_t *output);
void tc_fully_connected(const tc_fully_connected_layer *layer, const int8_t *input,
                        int8_t *output);
void tc_max_pool2d(const tc_pool2d_layer *layer, const int8_t *input, int8_t *output);
void tc_average_pool2d(const tc_pool2d_layer *layer, const int8_t *input,
                       int8_t *output);
void tc_softmax(const tc_softmax_layer *layer, const int8_t *input, int8_t *output);
void tc_add(const tc_add_layer *layer, const int8_t *input_1, const int8_t *input_2,
            int8_t *output);
void tc_multiply(const tc_multiply_layer *layer, const int8_t *input_1,
                 const int8_t *input_2, int8_t *output);
void tc_maximum(const tc_broadcast *layer, const int8_t *input_1,
                const int8_t *input_2, int8_t *output);
void tc_minimum(const tc_broadcast *layer, const int8_t *input_1,
                const int8_t *input_2, int8_t *output);
void tc_table(const tc_table_layer *layer, const int8_t *input, int8_t *output);
void tc_mean(const tc_reduce_layer *layer, const int8_t *input, int8_t *output);
void tc_reduce_max(const tc_reduce_layer *layer, const int8_t *input, int8_t *output);
void tc_argmax(const tc_reduce_layer *layer, const int8_t *input, int32_t *output);
void tc_copy(const tc_copy_layer *layer, const int8_t *input, int8_t *output);
void tc_fill(const tc_fill_layer *layer, int8_t *output);
void tc_resize_nearest(const tc_resize_nearest_layer *layer, const int8_t *input,
                       int8_t *output);
void tc_transpose_conv2d(const tc_conv2d_layer *layer, const int8_t *input,
                         int8_t *output);

/* round(a * b / 2^31), ties upward. Only -2^31 * -2^31 would not fit; it saturates. */
static inline int32_t tc_high_mul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) {
    return INT32_MAX;
  }
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^exponent, rounded to the nearest, ties away from zero; 0 <= exponent <= 31.
 * What the shift drops decides; nothing is added to x that could overflow. */
static inline int32_t tc_round_shift(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1);
  const int32_t dropped = x & mask;
  return (x >> exponent) + (dropped > (mask >> 1) + (x < 0));
}

/* x * 2^shift modulo 2^32, as a register holds it. */
static inline int32_t tc_shift_left(int32_t x, int32_t shift) {
  return (int32_t)((uint32_t)x << shift);
}

/* x * multiplier / 2^31 * 2^shift, rounded twice as TFLM does. A multiplier is never
 * -2^31, so the product needs no saturation. */
static inline int32_t tc_scale(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int64_t product = (int64_t)tc_shift_left(x, left) * multiplier;
  return tc_round_shift((int32_t)((product + (1 << 30)) >> 31), right);
}

/* a + b modulo 2^32 */
static inline int32_t tc_plus(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int8_t tc_clamp(int32_t x, int32_t low, int32_t high) {
  return (int8_t)(x < low ? low : x > high ? high : x);
}

/* An accumulator of output channel `channel` as int8. */
static inline int8_t tc_requantize(int32_t sum, const tc_output *output,
                                   int32_t channel) {
  int32_t scaled = tc_scale(sum, output->multiplier[channel], output->shift[channel]);
  return tc_clamp(tc_plus(scaled, output->zero_point), output->low, output->high);
}

/* Taps [first, end) of a kernel that begins at `start` on an axis of `size` values and
 * so fall inside it. */
static inline int32_t tc_first_tap(int32_t start, int32_t dilation) {
  return start < 0 ? (dilation - 1 - start) / dilation : 0;
}
static inline int32_t tc_end_tap(int32_t start, int32_t dilation, int32_t kernel,
                                 int32_t size) {
  const int32_t inside = (size - start + dilation - 1) / dilation;
  return inside < kernel ? inside : kernel;
}

/* sum of (x[i] - zero_point) * weight[i] over n values, four a round: a loop's own
 * instructions would cost as much as the two multiply-adds they count. */
static inline int32_t tc_dot(const int8_t *x, const int8_t *weight, int32_t n,
                             int32_t zero_point) {
  uint32_t sum = 0;
  for (; n >= 4; n -= 4) {
    sum += (uint32_t)((x[0] - zero_point) * weight[0]);
    sum += (uint32_t)((x[1] - zero_point) * weight[1]);
    sum += (uint32_t)((x[2] - zero_point) * weight[2]);
    sum += (uint32_t)((x[3] - zero_point) * weight[3]);
    x += 4;
    weight += 4;
  }
  for (; n > 0; n--) {
    sum += (uint32_t)((*x++ - zero_point) * *weight++);
  }
  return (int32_t)sum;
}

#endif
