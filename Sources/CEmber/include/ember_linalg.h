// Linear algebra: batches of small or large matrices, on LAPACK and BLAS (OpenBLAS).
//
// Every matrix is column-major without gaps, and the matrices of a batch follow one another. `dtype` is float32, float64,
// complex64 or complex128; norms, singular values and eigenvalues of Hermitian matrices have the real type of the same
// precision. `info` has one number a matrix: 0, or as LAPACK says the (1-based) pivot, minor or value at which the
// algorithm stopped; EMBER_LINALG_NOT_FINITE where a matrix with NaN or infinities was not even tried.
//
// The same bits come out in each run with the same number of threads.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMBER_LINALG_NOT_FINITE = -1 };

/// A = P·L·U of m × n matrices in place: U on and above the diagonal, L (of unit diagonal) below. Row i (0-based) was
/// exchanged with row pivots[i] - 1; there are min(m, n) of them. Without `pivoting` no rows are exchanged.
void ember_lu_factor(int32_t dtype, int64_t batch, int64_t m, int64_t n, bool pivoting, void *a, int32_t *pivots,
                     int32_t *info);

/// Solves op(A) · X = B with the factors of n × n matrices; `b` (n × columns) becomes X. `adjoint`: op(A) = Aᴴ.
void ember_lu_solve(int32_t dtype, int64_t batch, int64_t n, int64_t columns, bool adjoint, const void *lu,
                    const int32_t *pivots, void *b);

/// The inverse of n × n matrices in place.
void ember_invert(int32_t dtype, int64_t batch, int64_t n, void *a, int32_t *info);

/// A = L·Lᴴ (`upper`: Uᴴ·U) in place, from that triangle of A; the other triangle becomes zero.
void ember_cholesky(int32_t dtype, int64_t batch, int64_t n, bool upper, void *a, int32_t *info);

/// Bunch and Kaufman's A = L·D·Lᵀ (`hermitian`: L·D·Lᴴ) in place, from the lower triangle; the upper one becomes zero.
void ember_ldl_factor(int32_t dtype, int64_t batch, int64_t n, bool hermitian, void *a, int32_t *pivots, int32_t *info);

/// Solves A · X = B with the factors of ember_ldl_factor; `b` (n × columns) becomes X.
void ember_ldl_solve(int32_t dtype, int64_t batch, int64_t n, int64_t columns, bool hermitian, const void *ld,
                     const int32_t *pivots, void *b);

/// Solves A · X = B (`left`) or X · A = B for triangular A; `b` is m × n and becomes X. `transposed`: `a` lies in memory as Aᵀ, that
/// is, row-major. `upper` and `unitriangular` (the diagonal is 1 and not read) are about A.
void ember_triangular_solve(int32_t dtype, int64_t batch, bool left, bool upper, bool transposed, bool unitriangular,
                            int64_t m, int64_t n, const void *a, void *b);

/// Householder's reflectors of m × n matrices in place: R on and above the diagonal, below it the reflectors with their
/// factors `tau`, min(m, n) a matrix.
void ember_qr_factor(int32_t dtype, int64_t batch, int64_t m, int64_t n, void *a, void *tau);

/// The first `columns` columns of the product of `k` reflectors that stand in the first k columns of `q` (m × columns), in place.
void ember_qr_form(int32_t dtype, int64_t batch, int64_t m, int64_t columns, int64_t k, void *q, const void *tau);

typedef enum ember_svd_vectors {
  EMBER_SVD_VALUES_ONLY = 0,
  EMBER_SVD_REDUCED = 1,  // u is m × min(m, n), vh is min(m, n) × n
  EMBER_SVD_FULL = 2,     // u is m × m, vh is n × n
} ember_svd_vectors;

/// A = U · diag(s) · Vᴴ, values falling; `a` (m × n) is overwritten.
void ember_svd(int32_t dtype, int64_t batch, int64_t m, int64_t n, ember_svd_vectors vectors, void *a, void *s, void *u,
               void *vh, int32_t *info);

/// Eigenvalues, rising, of Hermitian matrices given by one triangle; `a` becomes the eigenvectors (or is overwritten).
void ember_eigh(int32_t dtype, int64_t batch, int64_t n, bool upper, bool vectors, void *a, void *values, int32_t *info);

/// Eigenvalues and, unless `right` is null, right eigenvectors of length 1 of any square matrices; both complex also for real
/// `dtype`. `a` is overwritten.
void ember_eig(int32_t dtype, int64_t batch, int64_t n, void *a, void *values, void *right, int32_t *info);

typedef enum ember_least_squares_driver {
  EMBER_GELS = 0,   // QR; A has full rank
  EMBER_GELSY = 1,  // QR with pivoting
  EMBER_GELSD = 2,  // SVD, divide and conquer
  EMBER_GELSS = 3,  // SVD
} ember_least_squares_driver;

/// Minimises |A·X - B| (and |X| where that leaves a choice). `a` is m × n and overwritten; `b` has max(m, n) rows, of which the
/// first m hold B before and the first n hold X after; for m > n the squares of the rest sum to the residuals of a
/// full-rank problem. `ranks` (int64) and `s` (min(m, n) singular values) are written by the drivers that know them.
void ember_least_squares(int32_t dtype, int64_t batch, int64_t m, int64_t n, int64_t columns,
                         ember_least_squares_driver driver, double rcond, void *a, void *b, int64_t *ranks, void *s,
                         int32_t *info);

/// exp(A) of n × n matrices of float64 or complex128. Matrices with NaN or infinities give NaN.
void ember_matrix_exp(int32_t dtype, int64_t batch, int64_t n, const void *a, void *result);

#ifdef __cplusplus
}
#endif
