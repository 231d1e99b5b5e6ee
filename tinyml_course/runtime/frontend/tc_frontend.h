/* tc_frontend.h: 16-bit samples of sound -> one column of 8-bit mel bands.
 *
 * Four steps, each a function: fade the window in and out and pack it, transform it,
 * add the power up in mel bands, take the logarithm. Only whole numbers; a right shift
 * of a negative number rounds down, as with every compiler the course knows. `N` is
 * the number of points of the transform (64 to 1024, a power of two).
 */
#ifndef TC_FRONTEND_H
#define TC_FRONTEND_H

#include <stdint.h>

/* Two front ends link into one program, which keeps one copy of these functions. */
#define TC_FRONTEND_API __attribute__((weak))

#define TC_FRONTEND_BANDS 64 /* at most */
#define TC_FRONTEND_OUTSIDE 255 /* the interval of a bin that no band wants */

typedef struct {
  int32_t window, points, bands;
  const uint16_t *fade;     /* (window), 32768 is 1 */
  const int32_t *sine;      /* (3/4 N), sin(2 pi i / N), 2^30 is 1 */
  const uint8_t *interval;  /* (N/2), between which two centres a bin lies */
  const uint16_t *rising;   /* (N/2), the upper band's share of it, 32768 is 1 */
  const uint16_t *log2;     /* (33), log2(1 + i/32), 32768 is 1 */
  int32_t power_shift;      /* 30 - 2 log2(N) */
  uint64_t floor;           /* added to each band's energy */
  int32_t reference;        /* log2 of a full-scale tone's energy, 32768 is 1 */
  int32_t multiplier, shift; /* to steps of the output's scale */
  int32_t zero_point;
} tc_frontend;

/* samples (window) -> work (N): N/2 complex numbers, even samples real, odd ones
 * imaginary, in the order the transform wants (bits of the index reversed). */
void tc_frontend_pack(const tc_frontend *f, const int16_t *samples, int32_t *work);

/* work (N): N/2 complex numbers -> their transform divided by N/2, in place */
void tc_frontend_transform(const tc_frontend *f, int32_t *work);

/* work (N) -> energy (bands + 2); the first and the last belong to no band. */
void tc_frontend_bands(const tc_frontend *f, const int32_t *work, uint64_t *energy);

/* energy (bands + 2) -> output (bands) */
void tc_frontend_log(const tc_frontend *f, const uint64_t *energy, int8_t *output);

/* log2(x) for x >= 1; 32768 is 1 */
int32_t tc_frontend_log2(const uint16_t *table, uint64_t x);

#endif
