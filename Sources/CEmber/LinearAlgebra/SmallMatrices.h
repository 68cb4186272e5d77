// Factors of matrices so small that a call of LAPACK costs more than the arithmetic. Matrices lie column by column.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "Lapack.h"

namespace ember::lapack {

/// Up to which order; measured, this is faster than OpenBLAS there.
constexpr int64_t smallOrder = 8;

template <class T>
constexpr bool factorsSmall(int64_t m, int64_t n) {
  return !isComplex<T> && m <= smallOrder && n <= smallOrder;
}

/// Calls body(m, n) with numbers that the compiler knows where the sizes are usual ones: its loops are then unrolled.
template <class Body>
inline auto withSizes(int64_t m, int64_t n, Body &&body) {
  if (m == n) {
    switch (n) {
      case 2: return body(std::integral_constant<int, 2>(), std::integral_constant<int, 2>());
      case 3: return body(std::integral_constant<int, 3>(), std::integral_constant<int, 3>());
      case 4: return body(std::integral_constant<int, 4>(), std::integral_constant<int, 4>());
    }
  }
  return body(int(m), int(n));
}

/// As getrf: a = P L U with row exchanges `pivots`, counted from 1. Returns the 1-based number of the first pivot that is zero, or 0.
template <class R, class M, class N>
int factorSmall(M m, N n, R *a, int32_t *pivots) {
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
    const R inverse = 1 / column[j];
    // The reciprocal of a number that is next to nothing is infinite.
    if (std::isinf(inverse))
      for (int i = j + 1; i < m; ++i) column[i] /= column[j];
    else
      for (int i = j + 1; i < m; ++i) column[i] *= inverse;
    for (int k = j + 1; k < n; ++k) {
      R *other = a + k * m;
      for (int i = j + 1; i < m; ++i) other[i] -= column[i] * other[j];
    }
  }
  return info;
}

/// As getrs: b becomes the solution of a x = b, or of aᵀ x = b, for `columns` right sides, from the factors of a.
template <class R, class N>
void solveSmall(N n, int64_t columns, bool transposed, const R *lu, const int32_t *pivots, R *b) {
  for (int64_t c = 0; c < columns; ++c, b += n) {
    if (!transposed) {
      for (int j = 0; j < n; ++j)
        if (pivots[j] - 1 != j) std::swap(b[j], b[pivots[j] - 1]);
      for (int j = 0; j < n; ++j)
        for (int i = j + 1; i < n; ++i) b[i] -= lu[i + j * n] * b[j];
      for (int j = n - 1; j >= 0; --j) {
        b[j] /= lu[j + j * n];
        for (int i = 0; i < j; ++i) b[i] -= lu[i + j * n] * b[j];
      }
      continue;
    }
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < j; ++i) b[j] -= lu[i + j * n] * b[i];
      b[j] /= lu[j + j * n];
    }
    for (int j = n - 1; j >= 0; --j)
      for (int i = j + 1; i < n; ++i) b[j] -= lu[i + j * n] * b[i];
    for (int j = n - 1; j >= 0; --j)
      if (pivots[j] - 1 != j) std::swap(b[j], b[pivots[j] - 1]);
  }
}

/// As potrf, and zeros in the other triangle. Returns the order of the first leading minor that is not positive, or 0.
template <class R, class N>
int choleskySmall(N n, bool upper, R *a) {
  // Element (i, j) of the lower factor; of an upper one the transposed.
  const auto at = [=](int i, int j) -> R & { return upper ? a[j + i * n] : a[i + j * n]; };
  int info = 0;
  for (int j = 0; j < n && info == 0; ++j) {
    R diagonal = at(j, j);
    for (int k = 0; k < j; ++k) diagonal -= at(j, k) * at(j, k);
    if (!(diagonal > 0)) {
      at(j, j) = diagonal;
      info = j + 1;
      break;
    }
    at(j, j) = diagonal = std::sqrt(diagonal);
    const R inverse = 1 / diagonal;
    for (int i = j + 1; i < n; ++i) {
      R sum = at(i, j);
      for (int k = 0; k < j; ++k) sum -= at(i, k) * at(j, k);
      at(i, j) = sum * inverse;
    }
  }
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < j; ++i) at(i, j) = 0;
  return info;
}

/// The root of the sum of squares, safe from overflow.
template <class R>
R lengthOf(const R *x, int count) {
  R sum = 0;
  for (int i = 0; i < count; ++i) sum += x[i] * x[i];
  if (sum > std::numeric_limits<R>::min() / std::numeric_limits<R>::epsilon() && sum < std::numeric_limits<R>::max()) return std::sqrt(sum);
  R largest = 0;
  for (int i = 0; i < count; ++i) largest = std::fmax(largest, std::fabs(x[i]));
  if (!(largest > 0) || std::isinf(largest)) return sum == sum ? largest : sum;
  R scaled = 0;
  for (int i = 0; i < count; ++i) scaled += (x[i] / largest) * (x[i] / largest);
  return largest * std::sqrt(scaled);
}

/// As geqrf: R on and above the diagonal, below it Householder's vectors, whose first element 1 is not stored.
template <class R, class M, class N>
void reflectSmall(M m, N n, R *a, R *tau) {
  for (int j = 0; j < std::min<int>(m, n); ++j) {
    R *column = a + j + j * m;
    const int below = m - j - 1;
    const R length = lengthOf(column + 1, below), first = column[0];
    if (length == 0) {
      tau[j] = 0;
      continue;
    }
    const R both[2] = {first, length}, beta = -std::copysign(lengthOf(both, 2), first);
    tau[j] = (beta - first) / beta;
    for (int i = 1; i <= below; ++i) column[i] /= first - beta;
    column[0] = beta;
    for (int k = j + 1; k < n; ++k) {
      R *other = a + j + k * m;
      R sum = other[0];
      for (int i = 1; i <= below; ++i) sum += column[i] * other[i];
      sum *= tau[j];
      other[0] -= sum;
      for (int i = 1; i <= below; ++i) other[i] -= sum * column[i];
    }
  }
}

/// As orgqr: the first columns of the product of the k reflectors that stand in `q`.
template <class R, class M, class N>
void formSmall(M m, N columns, int k, R *q, const R *tau) {
  R v[smallOrder * smallOrder];
  std::copy(q, q + m * k, v);
  std::fill(q, q + m * columns, R(0));
  for (int j = 0; j < columns; ++j) q[j + j * m] = 1;
  for (int j = k - 1; j >= 0; --j) {
    const R *vector = v + j * m;
    for (int c = j; c < columns; ++c) {
      R *column = q + c * m;
      R sum = column[j];
      for (int i = j + 1; i < m; ++i) sum += vector[i] * column[i];
      sum *= tau[j];
      column[j] -= sum;
      for (int i = j + 1; i < m; ++i) column[i] -= sum * vector[i];
    }
  }
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
