/* tc_float.h: float32 operators, in the order of TensorFlow Lite Micro's loops. C11, no
 * libc. An int8 model needs none of them.
 *
 * Sums of products equal TFLM's bit for bit when a product is rounded before it is
 * added: compile with -ffp-contract=off (gcc has that with -std=c11). exp() and tanh()
 * are our own, see tc_float_exp.c. */
#ifndef TC_FLOAT_H
#define TC_FLOAT_H

#include "tc.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

typedef struct {
  tc_window window;
  const float *weights;
  const float *bias;
  float low, high; /* activation limits */
} tc_float_conv2d_layer;

typedef struct {
  int32_t rows, inputs, outputs;
  const float *weights;
  const float *bias;
  float low, high;
} tc_float_fully_connected_layer;

typedef struct {
  tc_window window;
  float low, high;
} tc_float_pool2d_layer;

typedef struct {
  int32_t rows, depth;
  float beta;
} tc_float_softmax_layer;

typedef struct {
  tc_broadcast operands;
  float sign; /* of the second operand of an addition */
  float low, high;
} tc_float_binary_layer;

/* What works on each element alone. */
typedef struct {
  int32_t size;
  float low, high;
} tc_float_unary_layer;

typedef struct {
  int32_t kept[4], kept_stride[4];
  int32_t reduced[4], reduced_stride[4];
  float count; /* of the values that become one */
} tc_float_mean_layer;

/* real = scale * (value - zero point) */
typedef struct {
  int32_t size;
  float scale;
  int32_t zero_point;
} tc_float_scale_layer;

void tc_float_conv2d(const tc_float_conv2d_layer *layer, const float *input,
                     float *output);
void tc_float_depthwise_conv2d(const tc_float_conv2d_layer *layer, const float *input,
                               float *output);
void tc_float_fully_connected(const tc_float_fully_connected_layer *layer,
                              const float *input, float *output);
void tc_float_max_pool2d(const tc_float_pool2d_layer *layer, const float *input,
                         float *output);
void tc_float_average_pool2d(const tc_float_pool2d_layer *layer, const float *input,
                             float *output);
void tc_float_softmax(const tc_float_softmax_layer *layer, const float *input,
                      float *output);
void tc_float_add(const tc_float_binary_layer *layer, const float *input_1,
                  const float *input_2, float *output);
void tc_float_multiply(const tc_float_binary_layer *layer, const float *input_1,
                       const float *input_2, float *output);
void tc_float_clamp(const tc_float_unary_layer *layer, const float *input,
                    float *output);
void tc_float_logistic(const tc_float_unary_layer *layer, const float *input,
                       float *output);
void tc_float_tanh(const tc_float_unary_layer *layer, const float *input,
                   float *output);
void tc_float_mean(const tc_float_mean_layer *layer, const float *input, float *output);
void tc_float_copy(const tc_copy_layer *layer, const float *input, float *output);
void tc_float_quantize(const tc_float_scale_layer *layer, const float *input,
                       int8_t *output);
void tc_float_dequantize(const tc_float_scale_layer *layer, const int8_t *input,
                         float *output);

float tc_float_exp(float x);
float tc_float_exp_minus_one(float x); /* for 0 <= x <= 20 */

/* sum + x[0] * weight[0] + ... over n values, in this order, four a round as tc_dot. */
static inline float tc_float_dot(float sum, const float *x, const float *weight,
                                 int32_t n) {
  for (; n >= 4; n -= 4) {
    sum += x[0] * weight[0];
    sum += x[1] * weight[1];
    sum += x[2] * weight[2];
    sum += x[3] * weight[3];
    x += 4;
    weight += 4;
  }
  for (; n > 0; n--) {
    sum += *x++ * *weight++;
  }
  return sum;
}

static inline float tc_float_limit(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return high < raised ? high : raised;
}

#endif
