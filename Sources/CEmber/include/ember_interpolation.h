// Resampling along one dimension: every element of the result is a weighted sum of neighbours. What linear, cubic, area and
// antialiased interpolation are in each dimension, and, with the table transposed, their gradients.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Element o of the result is Σ_k weights[offsets[o] + k] · x[first[o] + k] over the offsets[o + 1] - offsets[o] weights it has.
typedef struct ember_resampling_table {
  int64_t size;            // of the result along the dimension
  const int64_t *first;    // size of them
  const int64_t *offsets;  // size + 1
  const double *weights;
} ember_resampling_table;

/// y[outer, size, inner] from contiguous x[outer, n, inner]; both float32 or float64. Returns 0, or -1 for another type.
int32_t ember_resample(int32_t dtype, const void *x, void *y, int64_t outer, int64_t n, int64_t inner,
                       const ember_resampling_table *table);

#ifdef __cplusplus
}
#endif
