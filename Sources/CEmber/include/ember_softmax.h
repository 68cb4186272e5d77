// Softmax, log-softmax and cross-entropy, with their gradients.
//
// Tensors are contiguous and seen as [outer, n, inner]: the distribution lies along n. float16 and bfloat16 compute in
// float and are rounded once; sums along n are kept in short blocks. A row of -infinity gives NaN, as in PyTorch. The
// same bits come out at any number of threads.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// softmax, or log-softmax when `logarithm`. Floating types; `output_dtype` is `input_dtype`, or float32 for a float16
/// or bfloat16 input. Returns 0, -1 for other types, -2 where no memory is left.
int32_t ember_softmax(bool logarithm, const void *input, int32_t input_dtype, void *output, int32_t output_dtype,
                      int64_t outer, int64_t n, int64_t inner);

/// The gradient of the input from that of the output and the output itself, all of type `dtype`:
/// softmax y (g - sum(g y)); log-softmax g - exp(y) sum(g). Returns as `ember_softmax`.
int32_t ember_softmax_backward(bool logarithm, const void *gradient, const void *output, void *input_gradient,
                               int32_t dtype, int64_t outer, int64_t n, int64_t inner);

/// Cross-entropy of logits [outer, classes, inner] with class indices [outer, inner] (int64).
typedef struct ember_cross_entropy {
  const void *logits;
  int32_t dtype;          // float16, bfloat16, float32 or float64
  int64_t outer, classes, inner;
  const int64_t *targets;
  const void *weights;    // [classes], of type `dtype`, or null for 1
  int64_t ignore_index;   // targets equal to it contribute nothing
  double label_smoothing; // 0 for none
} ember_cross_entropy;

/// `losses` [outer, inner] of type `dtype`, unreduced: (1 - s) w[t] (logsumexp - x[t]) + s / classes sum_c w[c]
/// (logsumexp - x[c]). `logsumexp` [outer, inner] in float (double for float64) is what the gradient needs.
/// `weight_sum` (may be null) gets the sum of w[t] over the targets not ignored, the divisor of the mean. Returns 0, -1
/// for other types, -2 where no memory is left, or the position + 1 of a target that is neither a class nor ignored.
int64_t ember_cross_entropy_forward(const ember_cross_entropy *problem, void *losses, void *logsumexp, double *weight_sum);

/// The same with log-probabilities in the logits' place, and no label smoothing: -w[t] x[t]. `losses` may be null, `sum` gets their sum.
int64_t ember_nll_loss(const ember_cross_entropy *problem, void *losses, double *sum, double *weight_sum);

/// The gradient of the logits, of type `dtype`. `loss_gradient` has type `dtype` and [outer, inner] elements, or one
/// when `loss_gradient_is_scalar`; it is multiplied by `scale` (1 / weight_sum for the mean). Returns as the forward.
int64_t ember_cross_entropy_backward(const ember_cross_entropy *problem, const void *logsumexp, const void *loss_gradient,
                                     bool loss_gradient_is_scalar, double scale, void *logits_gradient);

#ifdef __cplusplus
}
#endif
