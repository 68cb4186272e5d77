// Normalisation to mean 0 and variance 1 with scale and shift, and its gradients: layer, group, instance, RMS and batch norm.
//
// float16 and bfloat16 compute in float and are rounded once; weights, biases, statistics and their gradients are float for them and for
// float32, double for float64. Sums run in short blocks that are added in double. The same bits come out at any number of threads. Functions
// return 0, -1 for other types, -2 where no memory is left.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Rows of `n` adjacent elements, each normalised by itself. Element k of row r takes weight and bias number
/// (r · n / segment + k / segment) mod parameters: a layer norm has segments of 1 and n parameters, a group norm segments of one channel's
/// positions and as many parameters as channels. Either may be null.
typedef struct ember_normalized_rows {
  int32_t dtype;
  int64_t rows, n, segment, parameters;
  const void *weight, *bias;
  double epsilon;
  bool centred;  // false: the mean counts as 0, and the variance is the mean square
} ember_normalized_rows;

/// y = (x - mean) / sqrt(variance + epsilon) · weight + bias; mean and variance [rows] are results, too.
int32_t ember_normalize_rows(const ember_normalized_rows *shape, const void *x, void *y, void *mean, void *variance);

/// Gradients from that of y, each of which may be null.
int32_t ember_normalize_rows_backward(const ember_normalized_rows *shape, const void *x, const void *g, const void *mean,
                                      const void *variance, void *dx, void *dweight, void *dbias);

/// Elements [outer, channels, inner], each channel normalised over the others, with a weight and bias for each channel.
typedef struct ember_normalized_channels {
  int32_t dtype;
  int64_t outer, channels, inner;
  const void *weight, *bias;
  double epsilon;
} ember_normalized_channels;

/// y = (x - mean) / sqrt(variance + epsilon) · weight + bias, from statistics that are known.
int32_t ember_normalize_channels(const ember_normalized_channels *shape, const void *x, const void *mean, const void *variance, void *y);

/// Gradients from that of y, the statistics being functions of x. Each may be null.
int32_t ember_normalize_channels_backward(const ember_normalized_channels *shape, const void *x, const void *g, const void *mean,
                                          const void *variance, void *dx, void *dweight, void *dbias);

#ifdef __cplusplus
}
#endif
