// What the kernels of recurrences offer for one element type. A block is a group of units, whose gates one task computes.
#pragma once
#include <cstdint>

#include "ember_recurrent.h"

namespace ember {

/// One step of a forward pass for the first `rows` sequences. Pointers are to the step's first row.
struct RecurrentStep {
  int32_t kind;
  int64_t hidden, rows;
  const void *packed;  // the weight, block after block
  const void *bias;
  const void *state;   // hidden states before the step, rows `stateRow` apart
  int64_t stateRow;
  const void *input;
  void *cell, *output, *kept, *cells;
};

/// One step of a backward pass: first the gradient of the states after it, from the gates of the step behind, then that of its gates.
struct RecurrentGradientStep {
  int32_t kind;
  int64_t hidden;
  const void *packed;      // the weight, block after block
  int64_t behindRows;      // rows of the step behind, 0 at the end
  const void *behind;      // gradients of its gates' products, rows `gateRow` apart
  int64_t gateRow;
  void *hiddenGradient, *cellGradient;  // of the states
  int64_t rows;            // 0: only the states
  const void *previous, *previousCell;  // states before the step, dense
  const void *output, *kept, *cells, *outputGradient;
  void *inputGradient, *productGradient;  // dense; the latter for a GRU only
  void *gates;             // where this step's gradients of the gates' products go, rows `gateRow` apart
};

struct RecurrentKernels {
  /// Units of a block, forward by kind and backward.
  int64_t forwardUnits[4], backwardUnits;
  /// Bytes of one packed block of the weight.
  int64_t (*forwardBytes)(int32_t kind, int64_t hidden);
  int64_t (*backwardBytes)(int32_t kind, int64_t hidden);
  void (*packForward)(int32_t kind, const void *weight, int64_t hidden, int64_t unit, void *to);
  void (*packBackward)(int32_t kind, const void *weight, int64_t hidden, int64_t unit, void *to);
  /// A block of units from `unit` on.
  void (*forward)(const RecurrentStep &, int64_t unit);
  /// A block of units and a range of rows, of both steps.
  void (*backward)(const RecurrentGradientStep &, int64_t unit, int64_t firstRow, int64_t endRow);
};

inline int64_t gatesOf(int32_t kind) {
  return kind == EMBER_RECURRENCE_LSTM ? 4 : kind == EMBER_RECURRENCE_GRU ? 3 : 1;
}

}  // namespace ember
