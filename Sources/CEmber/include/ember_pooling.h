// Maximum and average pooling in one to three dimensions, with fixed or adaptive windows, for any strides and numeric type.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the functions below return.
enum { EMBER_POOLING_OK = 0, EMBER_POOLING_BAD_INDEX = 1, EMBER_POOLING_OUT_OF_MEMORY = 2 };

/// The sizes of one pooling. Only the first `spatial_rank` elements of the arrays are read. The output size is given, so that
/// rounding down and up (`ceil_mode`) are both expressed. Operands have spatial_rank + 2 strides: batch, channel, space.
typedef struct ember_pooling {
  int32_t dtype;  // uint8 … float64
  int32_t spatial_rank;
  int64_t batch;
  int64_t channels;
  int64_t input_size[3];
  int64_t output_size[3];
  bool adaptive;  // window o of O over I elements is [⌊o·I/O⌋, ⌈(o+1)·I/O⌉); the four arrays below are not read
  int64_t kernel_size[3];
  int64_t stride[3];
  int64_t dilation[3];  // 1 for averages
  int64_t padding[3];   // before; behind, windows end where the input does
  bool count_include_padding;  // average: divide by the window's size with padding (PyTorch: count_include_pad)
  int64_t divisor;             // average: if not 0, divide by this (PyTorch: divisor_override)
} ember_pooling;

/// The largest element of each window; padding counts as −∞, a NaN wins over everything. `indices` (data may be null) gets, as
/// int64, its position in the input's spatial dimensions flattened in row-major order. PyTorch: max_pool1d … 3d.
int ember_max_pool(const ember_pooling *pooling, ember_view src, ember_view dst, ember_view indices);

/// Adds each element of dst_gradient to src_gradient (set to zero first) at the position that `indices` names.
int ember_max_pool_backward(const ember_pooling *pooling, ember_view dst_gradient, ember_view indices,
                            ember_view src_gradient);

/// The mean of each window. PyTorch: avg_pool1d … 3d, adaptive_avg_pool1d … 3d.
int ember_average_pool(const ember_pooling *pooling, ember_view src, ember_view dst);

/// The gradient of ember_average_pool with respect to src.
int ember_average_pool_backward(const ember_pooling *pooling, ember_view dst_gradient, ember_view src_gradient);

#ifdef __cplusplus
}
#endif
