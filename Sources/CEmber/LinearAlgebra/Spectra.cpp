// Singular values and eigenvalues.
#include <limits>

#include "Batch.h"
#include "ember_linalg.h"

using namespace ember::lapack;

extern "C" void ember_svd(int32_t dtype, int64_t batch, int64_t m, int64_t n, ember_svd_vectors vectors, void *a, void *s,
                          void *u, void *vh, int32_t *info) {
  const int64_t k = std::min(m, n);
  const int64_t columns = vectors == EMBER_SVD_FULL ? m : k, rows = vectors == EMBER_SVD_FULL ? n : k;
  const char job = vectors == EMBER_SVD_VALUES_ONLY ? 'N' : vectors == EMBER_SVD_FULL ? 'A' : 'S';
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 20.0 * m * n * k, worthThreadsInReductions, [&](int64_t first, int64_t end) {
      // LAPACK's documentation of gesdd: the real workspace of the complex routine.
      const int64_t reals = !isComplex<T> ? 1 : job == 'N' ? 7 * k : std::max(5 * k * k + 5 * k, 2 * std::max(m, n) * k + 2 * k * k + k);
      Workspace<Real<T>> realWork(reals);
      Workspace<int> integers(8 * k);
      T size = 1;
      gesdd(job, int(m), int(n), static_cast<T *>(nullptr), static_cast<Real<T> *>(nullptr), nullptr, nullptr,
            int(std::max<int64_t>(rows, 1)), &size, -1, realWork, integers);
      const int asked = askedSize(size);
      Workspace<T> work(asked);
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * m * n;
        T *left = vectors == EMBER_SVD_VALUES_ONLY ? nullptr : static_cast<T *>(u) + i * m * columns;
        T *right = vectors == EMBER_SVD_VALUES_ONLY ? nullptr : static_cast<T *>(vh) + i * rows * n;
        info[i] = !isFinite(matrix, m * n)
                      ? EMBER_LINALG_NOT_FINITE
                      : gesdd(job, int(m), int(n), matrix, static_cast<Real<T> *>(s) + i * k, left, right,
                              int(std::max<int64_t>(rows, 1)), work, asked, realWork, integers);
      }
    });
  });
}

extern "C" void ember_eigh(int32_t dtype, int64_t batch, int64_t n, bool upper, bool vectors, void *a, void *values,
                           int32_t *info) {
  const char job = vectors ? 'V' : 'N', triangle = upper ? 'U' : 'L';
  withType(dtype, [&]<class T>(T *) {
    forEachRange(batch, 10.0 * n * n * n, worthThreadsInReductions, [&](int64_t first, int64_t end) {
      T size = 1;
      Real<T> realSize = 1;
      int integerSize = 1;
      heevd(job, triangle, int(n), static_cast<T *>(nullptr), static_cast<Real<T> *>(nullptr), &size, -1, &realSize, -1,
            &integerSize, -1);
      const int asked = askedSize(size), askedReals = isComplex<T> ? askedSize(realSize) : 1;
      Workspace<T> work(asked);
      Workspace<Real<T>> reals(askedReals);
      Workspace<int> integers(integerSize);
      for (int64_t i = first; i < end; ++i) {
        T *matrix = static_cast<T *>(a) + i * n * n;
        info[i] = !isFinite(matrix, n * n) ? EMBER_LINALG_NOT_FINITE
                                           : heevd(job, triangle, int(n), matrix, static_cast<Real<T> *>(values) + i * n,
                                                   work, asked, reals, askedReals, integers, integerSize);
      }
    });
  });
}

namespace {

/// LAPACK gives a pair of conjugate eigenvectors of a real matrix as a column of real and one of imaginary parts.
template <class R>
void joinConjugates(int64_t n, const R *im, const R *columns, std::complex<R> *vectors) {
  for (int64_t j = 0; j < n; ++j) {
    const R *re = columns + j * n;
    std::complex<R> *own = vectors + j * n;
    if (im[j] == 0 || j + 1 == n) {
      for (int64_t i = 0; i < n; ++i) own[i] = re[i];
    } else {
      for (int64_t i = 0; i < n; ++i) {
        own[i] = {re[i], re[n + i]};
        own[n + i] = {re[i], -re[n + i]};
      }
      ++j;
    }
  }
}

template <class R>
void eigenvalues(R *, int64_t batch, int64_t n, void *a, void *values, void *right, int32_t *info) {
  const char job = right ? 'V' : 'N';
  forEachRange(batch, 25.0 * n * n * n, worthThreadsInReductions, [&](int64_t first, int64_t end) {
    R size = 1;
    geev(job, int(n), static_cast<R *>(nullptr), nullptr, nullptr, nullptr, &size, -1);
    const int asked = askedSize(size);
    Workspace<R> work(asked), re(n), im(n), columns(right ? n * n : 1);
    for (int64_t i = first; i < end; ++i) {
      R *matrix = static_cast<R *>(a) + i * n * n;
      info[i] = !isFinite(matrix, n * n) ? EMBER_LINALG_NOT_FINITE : geev(job, int(n), matrix, re, im, columns, work, asked);
      if (info[i] != 0) continue;
      auto *own = static_cast<std::complex<R> *>(values) + i * n;
      for (int64_t j = 0; j < n; ++j) own[j] = {re[j], im[j]};
      if (right) joinConjugates<R>(n, im, columns, static_cast<std::complex<R> *>(right) + i * n * n);
    }
  });
}

template <class R>
void eigenvalues(std::complex<R> *, int64_t batch, int64_t n, void *a, void *values, void *right, int32_t *info) {
  using T = std::complex<R>;
  const char job = right ? 'V' : 'N';
  forEachRange(batch, 100.0 * n * n * n, worthThreadsInReductions, [&](int64_t first, int64_t end) {
    Workspace<R> reals(2 * n);
    T size = 1;
    geev(job, int(n), static_cast<T *>(nullptr), nullptr, nullptr, &size, -1, reals);
    const int asked = askedSize(size);
    Workspace<T> work(asked);
    for (int64_t i = first; i < end; ++i) {
      T *matrix = static_cast<T *>(a) + i * n * n;
      T *columns = right ? static_cast<T *>(right) + i * n * n : nullptr;
      info[i] = !isFinite(matrix, n * n)
                    ? EMBER_LINALG_NOT_FINITE
                    : geev(job, int(n), matrix, static_cast<T *>(values) + i * n, columns, work, asked, reals);
    }
  });
}

}  // namespace

extern "C" void ember_eig(int32_t dtype, int64_t batch, int64_t n, void *a, void *values, void *right, int32_t *info) {
  withType(dtype, [&](auto *type) { eigenvalues(type, batch, n, a, values, right, info); });
}
