// Large products of float32 and float64 by kernels of our own.
#pragma once
#include <cstdint>

namespace ember {

/// Part of a product c = a · b whose right operand lies packed. Element (i, p) of the left one is a[i · aRow + p · aColumn].
struct PackedBlock {
  const void *a, *panels;
  void *c;
  int64_t rows, columns, depth;
  int64_t aRow, aColumn, cRow, cColumn;
  const void *bias;  // null, or what the last block of the depth adds
  bool biasColumn;   // the bias goes along the columns, else along the rows
  bool add;          // to what c holds
  bool relu;
};

/// What the kernels of one element type offer.
struct PackedProductKernels {
  void (*multiply)(const PackedBlock &, void *gathered);
  void (*pack)(const void *b, int64_t bRow, int64_t bColumn, int64_t depth, int64_t columns, void *to);
  int64_t panelWidth, lanes, groupRows;
};

/// One product, of any strides. Strides count elements.
struct PackedProduct {
  const void *a, *b;
  void *c;
  int64_t m, n, k;
  int64_t aRow, aColumn, bRow, bColumn, cRow, cColumn;
  const void *bias;  // n elements, or null
  bool accumulate, relu;
};

/// Runs a product of float32 (`bytes` 4) or float64 (8) on the pool; false if there is no memory.
bool multiplyPacked(const PackedProduct &product, int64_t bytes);

}  // namespace ember
