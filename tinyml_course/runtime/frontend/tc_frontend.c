/* samples (window) -> output (bands): the steps declared in tc_frontend.h. */
#include "tc_frontend.h"

/* |sample * fade| <= 2^15 * 2^15 = 2^30: fits int32. */
TC_FRONTEND_API void tc_frontend_pack(const tc_frontend *f, const int16_t *samples, int32_t *work) {
  const int32_t half = f->points / 2;
  int32_t place = 0; /* i with its bits reversed */
  for (int32_t i = 0; i < half; i++) {
    for (int32_t j = 0; j < 2; j++) {
      const int32_t at = 2 * i + j;
      work[2 * place + j] = at < f->window ? samples[at] * (int32_t)f->fade[at] : 0;
    }
    int32_t bit = half / 2; /* add one at the other end */
    for (; place & bit; bit /= 2) {
      place -= bit;
    }
    place += bit;
  }
}

/* Each butterfly halves as it adds: a, b -> (a + w b) / 2, (a - w b) / 2 with |w| = 1.
 * So no complex number grows longer than the longest at the start, sqrt(2) * 2^30, and
 * both of its parts stay inside int32 (2^31). a/2 and w b/2 are half as long, and the
 * two products summed before the shift are at most 2^30 * sqrt(2) * 2^30 < 2^61. */
TC_FRONTEND_API void tc_frontend_transform(const tc_frontend *f, int32_t *work) {
  const int32_t count = f->points / 2, quarter = f->points / 4;
  for (int32_t half = 1; half < count; half *= 2) {
    for (int32_t j = 0; j < half; j++) {
      const int32_t angle = j * (count / half);
      const int64_t cosine = f->sine[angle + quarter], sine = f->sine[angle];
      for (int32_t at = j; at < count; at += 2 * half) {
        int32_t *a = work + 2 * at, *b = a + 2 * half;
        const int32_t re = (int32_t)((cosine * b[0] + sine * b[1]) >> 31);
        const int32_t im = (int32_t)((cosine * b[1] - sine * b[0]) >> 31);
        const int32_t a_re = a[0] >> 1, a_im = a[1] >> 1;
        a[0] = a_re + re;
        a[1] = a_im + im;
        b[0] = a_re - re;
        b[1] = a_im - im;
      }
    }
  }
}

/* A bin's power, re^2 + im^2 < 2^62, goes to the two bands between whose centres it
 * lies. By Parseval's theorem and with a Hann window all bins together have less than
 * N^2 * 2^28 of power after the shift; times a share of 2^15 that is at most 2^63. */
static inline void add(const tc_frontend *f, int32_t bin, int64_t re, int64_t im,
                       uint64_t *energy) {
  const uint64_t power = (uint64_t)(re * re + im * im) >> f->power_shift;
  const int32_t interval = f->interval[bin];
  if (interval != TC_FRONTEND_OUTSIDE) {
    const uint32_t rising = f->rising[bin];
    energy[interval] += power * (32768u - rising);
    energy[interval + 1] += power * rising;
  }
}

/* The packed transform holds two: Z = E + i O, of the even and of the odd samples.
 * E and O come apart because both inputs were real (their transforms mirror), and one
 * more butterfly joins them: X[k] = E + w O, X[N/2 - k] = conj(E - w O), halved again. */
TC_FRONTEND_API void tc_frontend_bands(const tc_frontend *f, const int32_t *work, uint64_t *energy) {
  const int32_t count = f->points / 2, quarter = f->points / 4;
  for (int32_t band = 0; band < f->bands + 2; band++) {
    energy[band] = 0;
  }
  for (int32_t k = 1; k <= quarter; k++) {
    const int32_t *z = work + 2 * k, *mirror = work + 2 * (count - k);
    const int32_t even_re = (z[0] >> 2) + (mirror[0] >> 2);
    const int32_t even_im = (z[1] >> 2) - (mirror[1] >> 2);
    const int64_t odd_re = (z[1] >> 1) + (mirror[1] >> 1);
    const int64_t odd_im = (mirror[0] >> 1) - (z[0] >> 1);
    const int64_t cosine = f->sine[k + quarter], sine = f->sine[k];
    const int32_t re = (int32_t)((cosine * odd_re + sine * odd_im) >> 31);
    const int32_t im = (int32_t)((cosine * odd_im - sine * odd_re) >> 31);
    add(f, k, even_re + re, even_im + im, energy);
    if (k < quarter) {
      add(f, count - k, even_re - re, even_im - im, energy);
    }
  }
}

TC_FRONTEND_API int32_t tc_frontend_log2(const uint16_t *table, uint64_t x) {
  int32_t whole = 63;
  for (int32_t step = 32; step > 0; step /= 2) { /* bring the first 1 to the top */
    if (x >> (64 - step) == 0) {
      x <<= step;
      whole -= step;
    }
  }
  const uint32_t top = (uint32_t)(x >> 32);        /* 1, then 31 bits of fraction */
  const uint32_t row = (top >> 26) & 31;           /* its first five bits */
  const uint32_t rest = (top >> 10) & 0xFFFF;      /* the next sixteen */
  const uint32_t low = table[row], high = table[row + 1];
  return whole * 32768 + (int32_t)(low + (((high - low) * rest) >> 16));
}

/* log2 <= 64 * 2^15 = 2^21, multiplier < 2^31: their product fits int64. */
TC_FRONTEND_API void tc_frontend_log(const tc_frontend *f, const uint64_t *energy, int8_t *output) {
  for (int32_t band = 0; band < f->bands; band++) {
    const int32_t log2 = tc_frontend_log2(f->log2, energy[band + 1] + f->floor);
    const int64_t product = (int64_t)(log2 - f->reference) * f->multiplier;
    const int64_t half = (int64_t)1 << (f->shift - 1);
    const int64_t value = ((product + half) >> f->shift) + f->zero_point;
    output[band] = (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
  }
}
