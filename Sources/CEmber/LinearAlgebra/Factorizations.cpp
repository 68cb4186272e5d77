// LU, Cholesky, LDL and QR factors.
#include "Batch.h"
#include "SmallMatrices.h"
#include "ember_linalg.h"

using namespace ember::lapack;

namespace {

/// LU without exchanges by halving the columns: factors of the left half, then what they leave of the right one.
/// Returns the 1-based number of the first pivot that is zero.
template <class T>
int factorWithoutPivoting(int m, int n, T *a, int lda) {
  const int pivots = std::min(m, n);
  if (n == 1) {
    if (a[0] == T(0)) return 1;
    for (int i = 1; i < m; ++i) a[i] /= a[0];
    return 0;
  }
  const int left = n <= pivots ? n / 2 : std::min(pivots, std::max(n / 2, 1));
  const int right = n - left, below = m - left;
  T *corner = a + int64_t(left) * lda;
  int info = factorWithoutPivoting(m, left, a, lda);
  trsm('L', 'L', 'N', 'U', left, right, a, lda, corner, lda);
  if (below <= 0) return info;
  gemm(below, right, left, T(-1), a + left, lda, corner, lda, T(1), corner + left, lda);
  const int later = factorWithoutPivoting(below, right, corner + left, lda);
  return info != 0 ? info : later != 0 ? later + left : 0;
}

/// Sets the elements above (`upper`) or below the diagonal to zero.
template <class T>
void clearTriangle(bool upper, int64_t n, T *a) {
  for (int64_t column = 0; column < n; ++column) {
    if (upper) std::fill(a + column * n, a + column * n + column, T(0));
    else std::fill(a + column * n + column + 1, a + (column + 1) * n, T(0));
  }
}

}  // namespace

extern "C" void ember_lu_factor(int32_t dtype, int64_t batch, int64_t m, int64_t n, bool pivoting, void *a, int32_t *pivots,
                                int32_t *info) {
  const int64_t k = std::min(m, n);
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, double(m) * n * k, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * m * n;
        int32_t *rows = pivots + i * k;
        if (k == 0) {
          info[i] = 0;
        } else if (pivoting && factorsSmall<T>(m, n)) {
          if constexpr (!isComplex<T>) info[i] = withSizes(m, n, [&](auto m, auto n) { return factorSmall(m, n, matrix, rows); });
        } else if (pivoting) {
          info[i] = getrf(int(m), int(n), matrix, int(m), rows);
        } else {
          for (int64_t row = 0; row < k; ++row) rows[row] = int32_t(row + 1);
          info[i] = factorWithoutPivoting(int(m), int(n), matrix, int(m));
        }
      }
    });
  });
}

extern "C" void ember_invert(int32_t dtype, int64_t batch, int64_t n, void *a, int32_t *info) {
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 2.0 * n * n * n, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      T size = 1;
      if (n > 0) getri(int(n), static_cast<T *>(nullptr), nullptr, &size, -1);
      const int asked = askedSize(size);
      Workspace<T> work(asked);
      Workspace<int> pivots(n);
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * n * n;
        if constexpr (!isComplex<T>) {
          if (factorsSmall<T>(n, n)) {
            info[i] = withSizes(n, n, [&](auto m, auto n) { return factorSmall(m, n, matrix, &pivots[0]); });
            if (info[i] == 0) invertSmall(int(n), matrix, pivots);
            else std::fill_n(matrix, n * n, std::numeric_limits<T>::quiet_NaN());
            continue;
          }
        }
        info[i] = n == 0 ? 0 : getrf(int(n), int(n), matrix, int(n), pivots);
        if (n > 0 && info[i] == 0) {
          getri(int(n), matrix, pivots, work, asked);
        } else if (info[i] > 0) {
          std::fill(matrix, matrix + n * n, T(std::numeric_limits<Real<T>>::quiet_NaN()));
        }
      }
    });
  });
}

extern "C" void ember_cholesky(int32_t dtype, int64_t batch, int64_t n, bool upper, void *a, int32_t *info) {
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, double(n) * n * n / 3, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * n * n;
        if constexpr (!isComplex<T>) {
          if (factorsSmall<T>(n, n)) {
            info[i] = withSizes(n, n, [&](auto, auto n) { return choleskySmall(n, upper, matrix); });
            continue;
          }
        }
        info[i] = n == 0 ? 0 : potrf(upper ? 'U' : 'L', int(n), matrix);
        clearTriangle(!upper, n, matrix);
      }
    });
  });
}

extern "C" void ember_ldl_factor(int32_t dtype, int64_t batch, int64_t n, bool hermitian, void *a, int32_t *pivots,
                                 int32_t *info) {
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, double(n) * n * n / 3, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      T size = 1;
      int order = int(n);
      if (n > 0) hermitian ? hetrf(order, static_cast<T *>(nullptr), nullptr, &size, -1)
                           : sytrf(order, static_cast<T *>(nullptr), nullptr, &size, -1);
      const int asked = askedSize(size);
      Workspace<T> work(asked);
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * n * n;
        info[i] = n == 0 ? 0 : hermitian ? hetrf(order, matrix, pivots + i * n, work, asked)
                                         : sytrf(order, matrix, pivots + i * n, work, asked);
        clearTriangle(true, n, matrix);
      }
    });
  });
}

extern "C" void ember_qr_factor(int32_t dtype, int64_t batch, int64_t m, int64_t n, void *a, void *tau) {
  const int64_t k = std::min(m, n);
  if (k == 0) return;
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 2.0 * m * n * k, worthThreadsInPanels, [&](int64_t first, int64_t end) {
      if constexpr (!isComplex<T>) {
        if (factorsSmall<T>(m, n)) {
          for (int64_t i = first; i < end; ++i)
            withSizes(m, n, [&](auto m, auto n) { reflectSmall(m, n, static_cast<T *>(a) + i * m * n, static_cast<T *>(tau) + i * k); });
          return;
        }
      }
      T size = 1;
      geqrf(int(m), int(n), static_cast<T *>(nullptr), nullptr, &size, -1);
      const int asked = askedSize(size);
      Workspace<T> work(asked);
      for (int64_t i = first; i < end; ++i) {
        geqrf(int(m), int(n), static_cast<T *>(a) + i * m * n, static_cast<T *>(tau) + i * k, work, asked);
      }
    });
  });
}

extern "C" void ember_qr_form(int32_t dtype, int64_t batch, int64_t m, int64_t columns, int64_t k, void *q,
                              const void *tau) {
  if (m == 0 || columns == 0) return;
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 2.0 * m * columns * std::max<int64_t>(k, 1), worthThreadsInPanels, [&](int64_t first, int64_t end) {
      if constexpr (!isComplex<T>) {
        if (factorsSmall<T>(m, columns)) {
          for (int64_t i = first; i < end; ++i)
            withSizes(m, columns, [&](auto m, auto n) {
              formSmall(m, n, int(k), static_cast<T *>(q) + i * m * n, static_cast<const T *>(tau) + i * k);
            });
          return;
        }
      }
      T size = 1;
      orgqr(int(m), int(columns), int(k), static_cast<T *>(nullptr), nullptr, &size, -1);
      const int asked = askedSize(size);
      Workspace<T> work(asked);
      for (int64_t i = first; i < end; ++i) {
        orgqr(int(m), int(columns), int(k), static_cast<T *>(q) + i * m * columns, static_cast<const T *>(tau) + i * k, work,
              asked);
      }
    });
  });
}
