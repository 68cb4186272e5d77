// Systems of equations with known factors, triangular systems, and least squares.
#include <limits>

#include "Batch.h"
#include "SmallMatrices.h"
#include "ember_linalg.h"

using namespace ember::lapack;

extern "C" void ember_lu_solve(int32_t dtype, int64_t batch, int64_t n, int64_t columns, bool adjoint, const void *lu,
                               const int32_t *pivots, void *b) {
  if (n == 0 || columns == 0) return;
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 2.0 * n * n * columns, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        if constexpr (!isComplex<T>) {
          if (factorsSmall<T>(n, n)) {
            withSizes(n, n, [&](auto, auto n) {
              solveSmall(n, columns, adjoint, static_cast<const T *>(lu) + i * n * n, pivots + i * n, static_cast<T *>(b) + i * n * columns);
            });
            continue;
          }
        }
        getrs(adjoint ? 'C' : 'N', int(n), int(columns), static_cast<const T *>(lu) + i * n * n, pivots + i * n,
              static_cast<T *>(b) + i * n * columns);
      }
    });
  });
}

extern "C" void ember_ldl_solve(int32_t dtype, int64_t batch, int64_t n, int64_t columns, bool hermitian, const void *ld,
                                const int32_t *pivots, void *b) {
  if (n == 0 || columns == 0) return;
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 2.0 * n * n * columns, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        const T *factors = static_cast<const T *>(ld) + i * n * n;
        T *matrix = static_cast<T *>(b) + i * n * columns;
        if (hermitian) hetrs(int(n), int(columns), factors, pivots + i * n, matrix);
        else sytrs(int(n), int(columns), factors, pivots + i * n, matrix);
      }
    });
  });
}

extern "C" void ember_triangular_solve(int32_t dtype, int64_t batch, bool left, bool upper, bool transposed,
                                       bool unitriangular, int64_t m, int64_t n, const void *a, void *b) {
  if (m == 0 || n == 0) return;
  const int64_t order = left ? m : n;
  // BLAS asks for the triangle that is stored.
  const char triangle = upper != transposed ? 'U' : 'L';
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, double(m) * n * order, worthThreadsInProducts, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        trsm(left ? 'L' : 'R', triangle, transposed ? 'T' : 'N', unitriangular ? 'U' : 'N', int(m), int(n),
             static_cast<const T *>(a) + i * order * order, int(order), static_cast<T *>(b) + i * m * n, int(m));
      }
    });
  });
}

namespace {

template <class T>
class LeastSquares {
 public:
  LeastSquares(int64_t m, int64_t n, int64_t columns, ember_least_squares_driver driver, double rcond)
      : m_(int(m)), n_(int(n)), columns_(int(columns)), ldb_(int(std::max(m, n))), driver_(driver), rcond_(Real<T>(rcond)),
        isTall_(driver == EMBER_GELSY && m >= 8 * n), permutation_(n), reals_(realCount(m, n, columns)), tau_(isTall_ ? n : 0),
        square_(isTall_ ? n * n : 0) {
    // The routines for the singular values say how much of all three kinds of memory they need.
    T size = 1;
    Real<T> real = 1;
    int integers = 1, rank = 0;
    call(nullptr, nullptr, nullptr, &rank, &size, -1, &real, &integers);
    size_ = askedSize(size);
    if (isTall_) {
      geqrf(m_, n_, static_cast<T *>(nullptr), nullptr, &size, -1);
      size_ = std::max(size_, askedSize(size));
      applyAdjointQ(m_, columns_, n_, static_cast<T *>(nullptr), nullptr, nullptr, ldb_, &size, -1);
      size_ = std::max(size_, askedSize(size));
    }
    work_ = std::make_unique<Workspace<T>>(size_);
    if (driver == EMBER_GELSD) {
      integers_ = std::make_unique<Workspace<int>>(std::max(integers, 1));
      if (isComplex<T>) reals_ = Workspace<Real<T>>(std::max<int64_t>(askedSize(real), 1));
    } else {
      integers_ = std::make_unique<Workspace<int>>(1);
    }
  }

  int solve(T *a, T *b, Real<T> *s, int *rank) {
    std::fill(permutation_ + 0, permutation_ + n_, 0);
    if (isTall_ && needsNoScale(a)) return solveTall(a, b, rank);
    return call(a, b, s, rank, *work_, size_, reals_, *integers_);
  }

 private:
  /// A's own QR factors first: gelsy then exchanges columns of the triangle alone. It factors by products of matrices and vectors, which
  /// read all rows for every column.
  int solveTall(T *a, T *b, int *rank) {
    geqrf(m_, n_, a, tau_, *work_, size_);
    applyAdjointQ(m_, columns_, n_, a, tau_, b, ldb_, *work_, size_);
    for (int64_t j = 0; j < n_; ++j) {
      std::copy_n(a + j * m_, j + 1, square_ + j * n_);
      std::fill(square_ + j * n_ + j + 1, square_ + (j + 1) * n_, T(0));
    }
    return gelsy(n_, n_, columns_, square_, b, ldb_, permutation_, rcond_, rank, *work_, size_, reals_);
  }

  /// Whether gelsy would leave A's elements as they are, being neither huge nor tiny.
  bool needsNoScale(const T *a) const {
    const auto parts = foldParts(a, int64_t(m_) * n_, [](Real<T> most, Real<T> x) { return std::max(most, std::abs(x)); });
    const Real<T> largest = *std::max_element(parts.begin(), parts.end());
    constexpr Real<T> least = std::numeric_limits<Real<T>>::min() / std::numeric_limits<Real<T>>::epsilon();
    return largest >= least && largest <= 1 / least;
  }

  static int64_t realCount(int64_t m, int64_t n, int64_t) { return std::max<int64_t>(2 * n, 5 * std::min(m, n)); }

  int call(T *a, T *b, Real<T> *s, int *rank, T *work, int size, Real<T> *reals, int *integers) {
    switch (driver_) {
      case EMBER_GELS: return gels(m_, n_, columns_, a, b, ldb_, work, size);
      case EMBER_GELSY: return gelsy(m_, n_, columns_, a, b, ldb_, permutation_, rcond_, rank, work, size, reals);
      case EMBER_GELSD: return gelsd(m_, n_, columns_, a, b, ldb_, s, rcond_, rank, work, size, reals, integers);
      case EMBER_GELSS: return gelss(m_, n_, columns_, a, b, ldb_, s, rcond_, rank, work, size, reals);
    }
    return 0;
  }

  const int m_, n_, columns_, ldb_;
  const ember_least_squares_driver driver_;
  const Real<T> rcond_;
  const bool isTall_;
  int size_ = 1;
  Workspace<int> permutation_;
  Workspace<Real<T>> reals_;
  Workspace<T> tau_, square_;
  std::unique_ptr<Workspace<T>> work_;
  std::unique_ptr<Workspace<int>> integers_;
};

}  // namespace

extern "C" void ember_least_squares(int32_t dtype, int64_t batch, int64_t m, int64_t n, int64_t columns,
                                    ember_least_squares_driver driver, double rcond, void *a, void *b, int64_t *ranks,
                                    void *s, int32_t *info) {
  const int64_t k = std::min(m, n), rows = std::max(m, n);
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 10.0 * m * n * std::max<int64_t>(k, 1), worthThreadsInProducts, [&](int64_t first, int64_t end) {
      LeastSquares<T> problem(m, n, columns, driver, rcond);
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * m * n, *right = static_cast<T *>(b) + i * rows * columns;
        int rank = 0;
        // NaN would leave some of the iterations without an end.
        info[i] = !isFinite(matrix, m * n) ? EMBER_LINALG_NOT_FINITE
                                           : problem.solve(matrix, right, static_cast<Real<T> *>(s) + i * k, &rank);
        if (driver != EMBER_GELS) ranks[i] = rank;
      }
    });
  });
}
