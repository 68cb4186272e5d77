// What the resampling kernels of every instruction set offer.
#pragma once
#include <cstdint>

namespace ember {

/// A table whose weights are of the type that is computed in.
template <class T>
struct ResamplingTable {
  int64_t size;
  const int64_t *first, *offsets;
  const T *weights;
};

template <class T>
struct ResamplingKernels {
  /// `rows` rows of n elements to rows of table.size elements.
  void (*rows)(const T *x, T *y, int64_t rows, int64_t n, const ResamplingTable<T> &table);
  /// Rows begin..<end of the result [table.size, inner] from x[n, inner].
  void (*columns)(const T *x, T *y, int64_t begin, int64_t end, int64_t inner, const ResamplingTable<T> &table);
};

struct ResamplingKernelTable {
  ResamplingKernels<float> float32;
  ResamplingKernels<double> float64;
};

}  // namespace ember
