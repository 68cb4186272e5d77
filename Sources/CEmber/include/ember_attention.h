// softmax(query · keyᵀ · scale + mask) · value without the matrix of weights in memory, and its gradient.
//
// The same bits come out at any number of threads. Functions return 0, -1 for other types, -2 where no memory is left.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Operands have `batch_rank` dimensions and two more: targets or sources, and features, whose stride is 1. Their dtype is `dtype`.
typedef struct ember_attention {
  int32_t dtype;  // float32 or float64
  int32_t batch_rank;
  const int64_t *batch_sizes;
  int64_t targets, sources, features, values;
  double scale;
  bool causal;            // a target sees no source after its own position
  ember_view mask;        // batch_rank + 2 strides, or null data: bool (true takes part) or of `dtype`, to be added
  ember_view query, key, value;
} ember_attention;

/// `result` [batch…, targets, values], features of stride 1; `lse` [batch…, targets], dense, or null: the logarithm of the sum of
/// each target's exponentials, infinity where it may see nothing by a bool mask.
int32_t ember_attention_forward(const ember_attention *attention, ember_view result, void *lse);

/// Gradients of query, key and value from that of the result; features have stride 1 everywhere.
int32_t ember_attention_backward(const ember_attention *attention, ember_view result, const void *lse, ember_view result_gradient,
                                 ember_view query_gradient, ember_view key_gradient, ember_view value_gradient);

#ifdef __cplusplus
}
#endif
