// LU factors of matrices so small that a call of LAPACK costs more than the arithmetic. Matrices lie column by column.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "Lapack.h"

namespace ember::lapack {

/// Up to which order; measured, this is faster than OpenBLAS there.
constexpr int64_t smallOrder = 8;

template <class T>
constexpr bool factorsSmall(int64_t m, int64_t n) {
  return !isComplex<T> && m <= smallOrder && n <= smallOrder;
}

/// As getrf: a = P L U with row exchanges `pivots`, counted from 1. Returns the 1-based number of the first pivot that is zero, or 0.
template <class R>
int factorSmall(int m, int n, R *a, int32_t *pivots) {
  int info = 0;
  for (int j = 0; j < std::min(m, n); ++j) {
    R *column = a + j * m;
    int best = j;
    for (int i = j + 1; i < m; ++i)
      if (std::fabs(column[i]) > std::fabs(column[best])) best = i;
    pivots[j] = best + 1;
    if (column[best] == 0) {
      if (info == 0) info = j + 1;
      continue;
    }
    if (best != j)
      for (int k = 0; k < n; ++k) std::swap(a[j + k * m], a[best + k * m]);
    for (int i = j + 1; i < m; ++i) column[i] /= column[j];
    for (int k = j + 1; k < n; ++k) {
      R *other = a + k * m;
      for (int i = j + 1; i < m; ++i) other[i] -= column[i] * other[j];
    }
  }
  return info;
}

/// The inverse from the factors, in their place.
template <class R>
void invertSmall(int n, R *lu, const int32_t *pivots) {
  R x[smallOrder][smallOrder] = {};  // row by row, so that the inner loops run along memory
  for (int j = 0; j < n; ++j) x[j][j] = 1;
  for (int j = 0; j < n; ++j)
    if (pivots[j] - 1 != j) std::swap(x[j], x[pivots[j] - 1]);
  for (int j = 0; j < n; ++j)
    for (int i = j + 1; i < n; ++i)
      for (int k = 0; k < n; ++k) x[i][k] -= lu[i + j * n] * x[j][k];
  for (int j = n - 1; j >= 0; --j) {
    for (int k = 0; k < n; ++k) x[j][k] /= lu[j + j * n];
    for (int i = 0; i < j; ++i)
      for (int k = 0; k < n; ++k) x[i][k] -= lu[i + j * n] * x[j][k];
  }
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) lu[i + j * n] = x[i][j];
}

}  // namespace ember::lapack
