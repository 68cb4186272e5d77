// Discrete Fourier transforms of lines, of any length in O(n log n).
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a line is transformed from and to. A Hermitian line is the first n / 2 + 1 of n complex numbers, of which element n - k is the
/// conjugate of element k.
typedef enum ember_fft_kind {
  EMBER_FFT_COMPLEX = 0,            // n complex numbers to n complex numbers
  EMBER_FFT_REAL_TO_HERMITIAN = 1,  // n real numbers
  EMBER_FFT_HERMITIAN_TO_REAL = 2,  // to n real numbers; imaginary parts in elements that can have none are not read
} ember_fft_kind;

/// `y[k] = scale · Σ_j x[j] exp(∓2πi jk / n)`, minus for the forward transform, along the middle dimension of contiguous
/// [outer, line, inner]. Complex numbers are pairs.
typedef struct ember_fft {
  int32_t dtype;  // of the parts: float32 or float64
  ember_fft_kind kind;
  bool inverse;
  double scale;
  int64_t n, outer, inner;
} ember_fft;

/// Returns 0; -1 for types that do not fit, -2 when memory is out. `x` and `y` do not overlap.
int32_t ember_fft_transform(const ember_fft *transform, const void *x, void *y);

#ifdef __cplusplus
}
#endif
