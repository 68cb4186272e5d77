// What the softmax kernels of every instruction set offer. Rows are contiguous; columns are `width` adjacent
// distributions whose elements lie `inner` apart. The type index counts from EMBER_FLOAT16.
#pragma once
#include <cstdint>

#include "../Reduction/ReductionKernels.h"

namespace ember {

inline constexpr int softmaxTypes = 4;

struct SoftmaxKernels {
  /// Index 0: softmax, 1: log-softmax. The second index: 0 keeps the type, 1 widens to float32.
  void (*forwardRows[2][2][softmaxTypes])(const void *x, void *y, int64_t rows, int64_t n);
  void (*forwardColumns[2][2][softmaxTypes])(const void *x, void *y, int64_t n, int64_t inner, int64_t width);
  void (*backwardRows[2][softmaxTypes])(const void *g, const void *y, void *dx, int64_t rows, int64_t n);
  void (*backwardColumns[2][softmaxTypes])(const void *g, const void *y, void *dx, int64_t n, int64_t inner, int64_t width);

  // Cross-entropy. `lse` is log(sum(exp(x))) of each distribution.
  void (*logSumExpRows[softmaxTypes])(const void *x, int64_t rows, int64_t n, double *lse);
  void (*logSumExpColumns[softmaxTypes])(const void *x, int64_t n, int64_t inner, int64_t width, double *lse);
  /// sum_c w[c] x[c]; null weights are 1.
  void (*weightedSumRows[softmaxTypes])(const void *x, const void *w, int64_t rows, int64_t n, double *sum);
  void (*weightedSumColumns[softmaxTypes])(const void *x, const void *w, int64_t n, int64_t inner, int64_t width, double *sum);
  /// dx[c] = a exp(x[c] - lse) - b w[c], less `hit` where c is the target. A negative target gives a column of 0.
  void (*gradientRow[softmaxTypes])(const void *x, const void *w, void *dx, int64_t n, int64_t target, double lse, double a,
                                    double b, double hit);
  void (*gradientColumns[softmaxTypes])(const void *x, const void *w, void *dx, int64_t n, int64_t inner, int64_t width,
                                        const int64_t *targets, const double *lse, const double *a, const double *b,
                                        const double *hit);
};

}  // namespace ember
