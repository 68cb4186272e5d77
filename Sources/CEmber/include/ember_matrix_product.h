// Matrix products: one or a batch, any strides, every numeric type.
#pragma once
#include "ember_dnnl.h"
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// c = a · b + bias + (accumulate ? c : 0) for each matrix of a batch. Transposed, broadcast (stride 0) and strided
/// operands are read where they lie; `c` may have any strides under which its elements are distinct.
typedef struct ember_matrix_product {
  int32_t dtype;               // of all operands: uint8 … float64
  int32_t batch_rank;          // 0 for one product
  const int64_t *batch_sizes;
  int64_t m, n, k;             // a is m × k, b is k × n, c is m × n
  ember_view a, b, c;          // batch_rank + 2 strides each, the last two for rows and columns
  const void *bias;            // n consecutive values added to every row, or null
  bool accumulate;
} ember_matrix_product;

/// Returns an ember_dnnl_status; EMBER_DNNL_OUT_OF_MEMORY is the only failure that arguments as described can meet.
int ember_multiply_matrices(const ember_matrix_product *product);

#ifdef __cplusplus
}
#endif
