/* tc_io.h: real values in and out of an int8 model. Only what is compiled with input
 * and output code needs it; the model itself stays free of float. C11, no libc. */
#ifndef TC_IO_H
#define TC_IO_H

#include <stdint.h>

/* step = (value - mean) / std / scale + zero_point. Ranges: scale and std are above 0. */
typedef struct {
  int32_t size;
  float mean, std;
  float scale;
  int32_t zero_point;
} tc_io_input;

/* value = scale * (step - zero_point) */
typedef struct {
  int32_t size;
  float scale;
  int32_t zero_point;
} tc_io_output;

void tc_io_quantize(const tc_io_input *layer, const float *values, int8_t *steps);
void tc_io_dequantize(const tc_io_output *layer, const int8_t *steps, float *values);

#endif
