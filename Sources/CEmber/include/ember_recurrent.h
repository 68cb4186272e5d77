// One layer and direction of a recurrent network over a whole sequence, forward and backward.
//
// Rows of tensors over time lie step after step, a row for each sequence that still runs: batch_sizes[t] rows belong to step t, and those never
// rise. All memory is dense. The same bits come out at any number of threads. Functions return 0, -1 for other types, -2 where no memory is left.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ember_recurrence_kind {
  EMBER_RECURRENCE_TANH = 0,  // h' = tanh(x + a), where a = h · weightᵀ + bias and x is the input's part of the gates
  EMBER_RECURRENCE_RELU = 1,  // h' = relu(x + a)
  EMBER_RECURRENCE_LSTM = 2,  // gates i, f, g, o; c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c')
  EMBER_RECURRENCE_GRU = 3,   // gates r, z, n; n = tanh(x + σ(r) a), h' = n + σ(z) (h - n)
} ember_recurrence_kind;

typedef struct ember_recurrence {
  int32_t kind;
  int32_t dtype;  // float32 or float64
  int64_t steps;
  const int64_t *batch_sizes;
  bool reverse;          // from the last step to the first
  int64_t batch, hidden;
  const void *weight;    // [gates · hidden, hidden]
  const void *bias;      // [gates · hidden], or null
} ember_recurrence;

/// Numbers that each unit and row keeps for the gradient: the gates' values, for a GRU also n's part a.
int64_t ember_recurrence_kept(int32_t kind);

/// `input` [rows, gates · hidden] → `output` [rows, hidden]. `hidden` and, for an LSTM, `cell` [batch, hidden] are the first states before and the
/// last ones after. What the gradient needs is written to `kept` [rows, kept · hidden] and, for an LSTM, `cells` [rows, hidden] unless null.
int32_t ember_recurrence_forward(const ember_recurrence *recurrence, const void *input, void *hidden, void *cell, void *output,
                                 void *kept, void *cells);

/// What the gradient is computed from, and its results.
typedef struct ember_recurrence_gradient {
  const void *output, *kept, *cells;          // as forward wrote them
  const void *first_hidden, *first_cell;      // [batch, hidden]
  const void *output_gradient;                // [rows, hidden]
  void *hidden_gradient, *cell_gradient;      // [batch, hidden]: of the last states before, of the first ones after
  void *input_gradient;                       // [rows, gates · hidden]: of x
  void *product_gradient;                     // the same of a, for a GRU; otherwise null: they are equal
  void *previous;                             // [rows, hidden]: the hidden states before each row, for the gradient of the weight
} ember_recurrence_gradient;

int32_t ember_recurrence_backward(const ember_recurrence *recurrence, const ember_recurrence_gradient *gradient);

#ifdef __cplusplus
}
#endif
