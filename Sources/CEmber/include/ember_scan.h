// Scans: running sums, products, extremes and log-sum-exps along one dimension.
//
// Tensors are contiguous and seen as [outer, n, inner]; the scan runs along n. Floating types accumulate in double,
// integers in 64 bits (and wrap around). The same bits come out at any number of threads.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ember_scan_kind {
  EMBER_SCAN_SUM = 0,
  EMBER_SCAN_PRODUCT = 1,
  EMBER_SCAN_LOGSUMEXP = 2,  // floating types only
} ember_scan_kind;

/// Inclusive scan. `output_dtype` is `input_dtype` (not bool), or int64 for an integer or bool input. Returns 0, or -1
/// where the types do not fit.
int32_t ember_scan(ember_scan_kind kind, const void *input, int32_t input_dtype, void *output, int32_t output_dtype,
                   int64_t outer, int64_t n, int64_t inner);

/// Running maximum or minimum, `values` of the input's type, and the index along n of each: the latest among equals,
/// and the latest NaN once there is one (as `torch.cummax`).
int32_t ember_scan_extreme(bool maximum, const void *input, int32_t dtype, void *values, int64_t *indices, int64_t outer,
                           int64_t n, int64_t inner);

#ifdef __cplusplus
}
#endif
