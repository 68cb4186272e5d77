// Reductions: many elements folded into one, over any set of dimensions.
//
// Accuracy: float16 and bfloat16 are widened to float, float is summed in short blocks whose results are added in
// double, double stays double, integers are summed in 64 bits (and wrap around). The result is rounded once. The order
// of every operation follows from the shape alone: the same bits come out at any number of threads.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What is reduced: the input's dimensions, split by Swift into those that stay and those that are folded away, each in
/// the input's order. Either rank may be 0. Strides count elements.
typedef struct ember_reduction_shape {
  int32_t kept_rank;
  const int64_t *kept_sizes;
  const int64_t *kept_strides;
  int32_t reduced_rank;
  const int64_t *reduced_sizes;
  const int64_t *reduced_strides;
} ember_reduction_shape;

typedef enum ember_reduction {
  EMBER_REDUCE_SUM = 0,
  EMBER_REDUCE_PRODUCT = 1,
  EMBER_REDUCE_MAX = 2,             // NaN wins
  EMBER_REDUCE_MIN = 3,             // NaN wins
  EMBER_REDUCE_ANY = 4,             // NaN counts as true
  EMBER_REDUCE_ALL = 5,
  EMBER_REDUCE_MEAN = 6,
  EMBER_REDUCE_COUNT_NONZERO = 7,
  // The kinds from here on take floating types only.
  EMBER_REDUCE_NANSUM = 8,          // NaN counts as 0
  EMBER_REDUCE_SUM_OF_SQUARES = 9,
  EMBER_REDUCE_L1_NORM = 10,
  EMBER_REDUCE_L2_NORM = 11,
  EMBER_REDUCE_LP_NORM = 12,        // (sum |x|^p)^(1/p); `parameter` is p: finite, not 0
  EMBER_REDUCE_MAX_NORM = 13,       // max |x|, the norm of p = infinity
  EMBER_REDUCE_MIN_NORM = 14,       // min |x|, the norm of p = -infinity
  EMBER_REDUCE_LOGSUMEXP = 15,      // log(sum(exp(x - max))) + max
} ember_reduction;

/// Reduces `input` into `output`, contiguous in the kept shape. Every pair of data types is taken; bool outputs are 0
/// or 1. Nothing to reduce (a reduced size of 0) gives the identity: sum 0, product 1, all true, any false, mean NaN,
/// norms 0, logsumexp -infinity, max and min the type's limits (Swift refuses those before). Returns 0, or -1 where the
/// kind does not take the type, or -2 where no memory is left.
int32_t ember_reduce(ember_reduction kind, const void *input, int32_t input_dtype, const ember_reduction_shape *shape,
                     void *output, int32_t output_dtype, double parameter);

/// Variance with the divisor max(0, n - correction) as `torch.var`, or its square root; `mean` may be null. Both
/// outputs are contiguous in the kept shape and have `output_dtype`. Two passes over blocks that stay in the cache,
/// whose means and squared deviations are merged in double (T. F. Chan, G. H. Golub, R. J. LeVeque, Updating Formulae
/// and a Pairwise Algorithm for Computing Sample Variances, 1979). Floating inputs only: -1 otherwise, -2 where no
/// memory is left.
int32_t ember_variance(const void *input, int32_t input_dtype, const ember_reduction_shape *shape, double correction,
                       bool standard_deviation, void *output, void *mean, int32_t output_dtype);

/// The extreme value (`values`, of the input's type, may be null) and where it is (`indices`, may be null): the linear
/// index into the reduced dimensions of its first occurrence, or of the first NaN. Serves argmax, argmin and max/min
/// with indices. Every reduced size is at least 1. Returns 0, or -2 where no memory is left.
int32_t ember_reduce_extreme(bool maximum, const void *input, int32_t input_dtype, const ember_reduction_shape *shape,
                             void *values, int64_t *indices);

#ifdef __cplusplus
}
#endif
