// Large products of float32 and float64 by kernels of our own.
#pragma once
#include <cstddef>
#include <cstdint>

#include "ember_dnnl.h"

namespace ember {

/// Part of a product c = a · b whose right operand lies packed. Element (i, p) of the left one is a[i · aRow + p · aColumn] if it was not
/// gathered.
struct PackedBlock {
  const void *a, *panels;
  void *c;
  int64_t rows, columns, depth;
  int64_t aRow, aColumn, cRow, cColumn;
  const void *bias;                // null, or what the last block of the depth adds
  bool biasColumn;                 // the bias goes along the columns, else along the rows
  bool add;                        // to what c holds
  bool panelsStay;                 // each panel meets all rows in turn, else each group of rows meets all panels
  bool isGathered;                 // `a` is what `gather` made of the rows; else their elements are adjacent
  const ember_epilogue *epilogue;  // null, or what the last block of the depth does then: float32, cColumn 1; the addend lies as c does
};

/// What the kernels of one element type offer.
struct PackedProductKernels {
  void (*multiply)(const PackedBlock &);
  void (*gather)(const void *a, int64_t aRow, int64_t aColumn, int64_t rows, int64_t depth, void *to);
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
  bool accumulate;
};

/// Runs a product of float32 (`bytes` 4) or float64 (8) on the pool; false if there is no memory.
bool multiplyPacked(const PackedProduct &product, int64_t bytes);

/// A right operand of float32 that is packed once for many products. Immutable.
class PackedOperand {
 public:
  /// Whether one of that size fits into memory that a product may take.
  static bool suits(int64_t k, int64_t n);

  /// b is k × n. Throws std::bad_alloc.
  PackedOperand(const float *b, int64_t bRow, int64_t bColumn, int64_t k, int64_t n);
  ~PackedOperand();
  PackedOperand(const PackedOperand &) = delete;
  PackedOperand &operator=(const PackedOperand &) = delete;

  int64_t rows() const { return k_; }
  int64_t columns() const { return n_; }

  /// c = epilogue(a · b + bias) for dense rows, `m` of them; n channels in the epilogue and the bias, which may be null. Runs on the pool.
  void multiply(const float *a, int64_t m, const float *bias, const ember_epilogue *epilogue, float *c) const;

 private:
  int64_t k_, n_;
  size_t size_;
  char *packed_;
};

}  // namespace ember
