// What the kernels of attention offer for one element type.
#pragma once
#include <cstdint>

namespace ember {

/// One matrix of each operand: one head of one example. Rows are so many elements apart.
struct AttentionHead {
  const void *query, *key, *value, *mask;
  int64_t queryRow, keyRow, valueRow;
  int64_t maskRow, maskColumn;
  bool maskIsBool;
  int64_t targets, sources, features, values;
  double scale;
  bool causal;
  void *result;
  int64_t resultRow;
  void *lse;  // dense; null if nobody wants it
};

struct AttentionGradientHead {
  AttentionHead forward;  // `result` and `lse` are read
  const void *resultGradient;
  int64_t resultGradientRow;
  void *queryGradient, *keyGradient, *valueGradient;
  int64_t queryGradientRow, keyGradientRow, valueGradientRow;
};

struct AttentionKernels {
  int64_t bytes;  // of an element
  /// Bytes of scratch memory for `rows` targets, and for a gradient.
  int64_t (*forwardScratch)(const AttentionHead &, int64_t rows);
  int64_t (*backwardScratch)(const AttentionHead &);
  void (*forward)(const AttentionHead &, int64_t firstRow, int64_t rows, void *scratch);
  void (*backward)(const AttentionGradientHead &, void *scratch);
};

}  // namespace ember
