// The routines of LAPACK and BLAS that Ember calls, as overloads over the element type.
//
// Declared here because Debian's OpenBLAS brings no lapack.h. The trailing sizes are the lengths of the character
// arguments, which Fortran compilers pass behind all others.
#pragma once
#include <complex>
#include <cstddef>
#include <cstdint>

namespace ember::lapack {

using Length = size_t;

template <class T> struct RealOf { using type = T; };
template <class T> struct RealOf<std::complex<T>> { using type = T; };
template <class T> using Real = typename RealOf<T>::type;
template <class T> constexpr bool isComplex = !std::is_same_v<T, Real<T>>;

// clang-format off
#define EMBER_LAPACK_COMMON(T, p)                                                                                            \
  extern "C" {                                                                                                               \
  void p##getrf_(const int *, const int *, T *, const int *, int *, int *);                                                  \
  void p##getrs_(const char *, const int *, const int *, const T *, const int *, const int *, T *, const int *, int *, Length); \
  void p##getri_(const int *, T *, const int *, const int *, T *, const int *, int *);                                       \
  void p##potrf_(const char *, const int *, T *, const int *, int *, Length);                                                \
  void p##sytrf_(const char *, const int *, T *, const int *, int *, T *, const int *, int *, Length);                       \
  void p##sytrs_(const char *, const int *, const int *, const T *, const int *, const int *, T *, const int *, int *, Length); \
  void p##geqrf_(const int *, const int *, T *, const int *, T *, T *, const int *, int *);                                  \
  void p##gels_(const char *, const int *, const int *, const int *, T *, const int *, T *, const int *, T *, const int *,   \
                int *, Length);                                                                                              \
  void p##trsm_(const char *, const char *, const char *, const char *, const int *, const int *, const T *, const T *,      \
                const int *, T *, const int *, Length, Length, Length, Length);                                              \
  void p##gemm_(const char *, const char *, const int *, const int *, const int *, const T *, const T *, const int *,        \
                const T *, const int *, const T *, T *, const int *, Length, Length);                                        \
  }                                                                                                                          \
  inline int getrf(int m, int n, T *a, int lda, int *pivots) { int info; p##getrf_(&m, &n, a, &lda, pivots, &info); return info; } \
  inline int getrs(char form, int n, int columns, const T *lu, const int *pivots, T *b) {                                    \
    int info; p##getrs_(&form, &n, &columns, lu, &n, pivots, b, &n, &info, 1); return info; }                                \
  inline int getri(int n, T *a, const int *pivots, T *work, int size) {                                                      \
    int info; p##getri_(&n, a, &n, pivots, work, &size, &info); return info; }                                               \
  inline int potrf(char triangle, int n, T *a) { int info; p##potrf_(&triangle, &n, a, &n, &info, 1); return info; }         \
  inline int sytrf(int n, T *a, int *pivots, T *work, int size) {                                                            \
    int info; p##sytrf_("L", &n, a, &n, pivots, work, &size, &info, 1); return info; }                                       \
  inline int sytrs(int n, int columns, const T *ld, const int *pivots, T *b) {                                               \
    int info; p##sytrs_("L", &n, &columns, ld, &n, pivots, b, &n, &info, 1); return info; }                                  \
  inline int geqrf(int m, int n, T *a, T *tau, T *work, int size) {                                                          \
    int info; p##geqrf_(&m, &n, a, &m, tau, work, &size, &info); return info; }                                              \
  inline int gels(int m, int n, int columns, T *a, T *b, int ldb, T *work, int size) {                                       \
    int info; p##gels_("N", &m, &n, &columns, a, &m, b, &ldb, work, &size, &info, 1); return info; }                         \
  inline void trsm(char side, char triangle, char form, char diagonal, int m, int n, const T *a, int lda, T *b, int ldb) {   \
    const T one = 1; p##trsm_(&side, &triangle, &form, &diagonal, &m, &n, &one, a, &lda, b, &ldb, 1, 1, 1, 1); }             \
  inline void gemm(int m, int n, int k, T alpha, const T *a, int lda, const T *b, int ldb, T beta, T *c, int ldc) {          \
    p##gemm_("N", "N", &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1); }

#define EMBER_LAPACK_REAL(T, p)                                                                                              \
  EMBER_LAPACK_COMMON(T, p)                                                                                                  \
  extern "C" {                                                                                                               \
  void p##orgqr_(const int *, const int *, const int *, T *, const int *, const T *, T *, const int *, int *);               \
  void p##ormqr_(const char *, const char *, const int *, const int *, const int *, const T *, const int *, const T *, T *,  \
                 const int *, T *, const int *, int *, Length, Length);                                                      \
  void p##gesdd_(const char *, const int *, const int *, T *, const int *, T *, T *, const int *, T *, const int *, T *,     \
                 const int *, int *, int *, Length);                                                                         \
  void p##syevd_(const char *, const char *, const int *, T *, const int *, T *, T *, const int *, int *, const int *, int *,\
                 Length, Length);                                                                                            \
  void p##geev_(const char *, const char *, const int *, T *, const int *, T *, T *, T *, const int *, T *, const int *, T *,\
                const int *, int *, Length, Length);                                                                         \
  void p##gelsy_(const int *, const int *, const int *, T *, const int *, T *, const int *, int *, const T *, int *, T *,    \
                 const int *, int *);                                                                                        \
  void p##gelsd_(const int *, const int *, const int *, T *, const int *, T *, const int *, T *, const T *, int *, T *,      \
                 const int *, int *, int *);                                                                                 \
  void p##gelss_(const int *, const int *, const int *, T *, const int *, T *, const int *, T *, const T *, int *, T *,      \
                 const int *, int *);                                                                                        \
  }                                                                                                                          \
  inline int hetrf(int n, T *a, int *pivots, T *work, int size) { return sytrf(n, a, pivots, work, size); }                  \
  inline int hetrs(int n, int columns, const T *ld, const int *pivots, T *b) { return sytrs(n, columns, ld, pivots, b); }    \
  inline int orgqr(int m, int n, int k, T *a, const T *tau, T *work, int size) {                                             \
    int info; p##orgqr_(&m, &n, &k, a, &m, tau, work, &size, &info); return info; }                                          \
  inline int applyAdjointQ(int m, int n, int k, const T *a, const T *tau, T *c, int ldc, T *work, int size) {                \
    int info; p##ormqr_("L", "T", &m, &n, &k, a, &m, tau, c, &ldc, work, &size, &info, 1, 1); return info; }                 \
  inline int gesdd(char job, int m, int n, T *a, T *s, T *u, T *vh, int ldvh, T *work, int size, T *, int *integers) {       \
    int info, ldu = m; p##gesdd_(&job, &m, &n, a, &m, s, u, &ldu, vh, &ldvh, work, &size, integers, &info, 1); return info; }\
  inline int heevd(char job, char triangle, int n, T *a, T *w, T *work, int size, T *, int, int *integers, int isize) {      \
    int info; p##syevd_(&job, &triangle, &n, a, &n, w, work, &size, integers, &isize, &info, 1, 1); return info; }           \
  inline int geev(char job, int n, T *a, T *re, T *im, T *right, T *work, int size) {                                        \
    int info; p##geev_("N", &job, &n, a, &n, re, im, nullptr, &n, right, &n, work, &size, &info, 1, 1); return info; }       \
  inline int gelsy(int m, int n, int columns, T *a, T *b, int ldb, int *jpvt, T rcond, int *rank, T *work, int size, T *) {  \
    int info; p##gelsy_(&m, &n, &columns, a, &m, b, &ldb, jpvt, &rcond, rank, work, &size, &info); return info; }            \
  inline int gelsd(int m, int n, int columns, T *a, T *b, int ldb, T *s, T rcond, int *rank, T *work, int size, T *,         \
                   int *integers) {                                                                                          \
    int info; p##gelsd_(&m, &n, &columns, a, &m, b, &ldb, s, &rcond, rank, work, &size, integers, &info); return info; }     \
  inline int gelss(int m, int n, int columns, T *a, T *b, int ldb, T *s, T rcond, int *rank, T *work, int size, T *) {       \
    int info; p##gelss_(&m, &n, &columns, a, &m, b, &ldb, s, &rcond, rank, work, &size, &info); return info; }

#define EMBER_LAPACK_COMPLEX(R, p)                                                                                           \
  EMBER_LAPACK_COMMON(std::complex<R>, p)                                                                                    \
  extern "C" {                                                                                                               \
  void p##hetrf_(const char *, const int *, std::complex<R> *, const int *, int *, std::complex<R> *, const int *, int *, Length); \
  void p##hetrs_(const char *, const int *, const int *, const std::complex<R> *, const int *, const int *,                  \
                 std::complex<R> *, const int *, int *, Length);                                                             \
  void p##ungqr_(const int *, const int *, const int *, std::complex<R> *, const int *, const std::complex<R> *,             \
                 std::complex<R> *, const int *, int *);                                                                     \
  void p##unmqr_(const char *, const char *, const int *, const int *, const int *, const std::complex<R> *, const int *,    \
                 const std::complex<R> *, std::complex<R> *, const int *, std::complex<R> *, const int *, int *, Length, Length);\
  void p##gesdd_(const char *, const int *, const int *, std::complex<R> *, const int *, R *, std::complex<R> *, const int *,\
                 std::complex<R> *, const int *, std::complex<R> *, const int *, R *, int *, int *, Length);                 \
  void p##heevd_(const char *, const char *, const int *, std::complex<R> *, const int *, R *, std::complex<R> *,            \
                 const int *, R *, const int *, int *, const int *, int *, Length, Length);                                  \
  void p##geev_(const char *, const char *, const int *, std::complex<R> *, const int *, std::complex<R> *,                  \
                std::complex<R> *, const int *, std::complex<R> *, const int *, std::complex<R> *, const int *, R *, int *,  \
                Length, Length);                                                                                             \
  void p##gelsy_(const int *, const int *, const int *, std::complex<R> *, const int *, std::complex<R> *, const int *,      \
                 int *, const R *, int *, std::complex<R> *, const int *, R *, int *);                                       \
  void p##gelsd_(const int *, const int *, const int *, std::complex<R> *, const int *, std::complex<R> *, const int *, R *, \
                 const R *, int *, std::complex<R> *, const int *, R *, int *, int *);                                       \
  void p##gelss_(const int *, const int *, const int *, std::complex<R> *, const int *, std::complex<R> *, const int *, R *, \
                 const R *, int *, std::complex<R> *, const int *, R *, int *);                                              \
  }                                                                                                                          \
  inline int hetrf(int n, std::complex<R> *a, int *pivots, std::complex<R> *work, int size) {                                \
    int info; p##hetrf_("L", &n, a, &n, pivots, work, &size, &info, 1); return info; }                                       \
  inline int hetrs(int n, int columns, const std::complex<R> *ld, const int *pivots, std::complex<R> *b) {                   \
    int info; p##hetrs_("L", &n, &columns, ld, &n, pivots, b, &n, &info, 1); return info; }                                  \
  inline int orgqr(int m, int n, int k, std::complex<R> *a, const std::complex<R> *tau, std::complex<R> *work, int size) {   \
    int info; p##ungqr_(&m, &n, &k, a, &m, tau, work, &size, &info); return info; }                                          \
  inline int applyAdjointQ(int m, int n, int k, const std::complex<R> *a, const std::complex<R> *tau, std::complex<R> *c,    \
                           int ldc, std::complex<R> *work, int size) {                                                       \
    int info; p##unmqr_("L", "C", &m, &n, &k, a, &m, tau, c, &ldc, work, &size, &info, 1, 1); return info; }                 \
  inline int gesdd(char job, int m, int n, std::complex<R> *a, R *s, std::complex<R> *u, std::complex<R> *vh, int ldvh,      \
                   std::complex<R> *work, int size, R *reals, int *integers) {                                               \
    int info, ldu = m;                                                                                                       \
    p##gesdd_(&job, &m, &n, a, &m, s, u, &ldu, vh, &ldvh, work, &size, reals, integers, &info, 1); return info; }            \
  inline int heevd(char job, char triangle, int n, std::complex<R> *a, R *w, std::complex<R> *work, int size, R *reals,      \
                   int rsize, int *integers, int isize) {                                                                    \
    int info;                                                                                                                \
    p##heevd_(&job, &triangle, &n, a, &n, w, work, &size, reals, &rsize, integers, &isize, &info, 1, 1); return info; }      \
  inline int geev(char job, int n, std::complex<R> *a, std::complex<R> *w, std::complex<R> *right, std::complex<R> *work,    \
                  int size, R *reals) {                                                                                      \
    int info; p##geev_("N", &job, &n, a, &n, w, nullptr, &n, right, &n, work, &size, reals, &info, 1, 1); return info; }     \
  inline int gelsy(int m, int n, int columns, std::complex<R> *a, std::complex<R> *b, int ldb, int *jpvt, R rcond,           \
                   int *rank, std::complex<R> *work, int size, R *reals) {                                                   \
    int info; p##gelsy_(&m, &n, &columns, a, &m, b, &ldb, jpvt, &rcond, rank, work, &size, reals, &info); return info; }     \
  inline int gelsd(int m, int n, int columns, std::complex<R> *a, std::complex<R> *b, int ldb, R *s, R rcond, int *rank,     \
                   std::complex<R> *work, int size, R *reals, int *integers) {                                               \
    int info;                                                                                                                \
    p##gelsd_(&m, &n, &columns, a, &m, b, &ldb, s, &rcond, rank, work, &size, reals, integers, &info); return info; }        \
  inline int gelss(int m, int n, int columns, std::complex<R> *a, std::complex<R> *b, int ldb, R *s, R rcond, int *rank,     \
                   std::complex<R> *work, int size, R *reals) {                                                              \
    int info; p##gelss_(&m, &n, &columns, a, &m, b, &ldb, s, &rcond, rank, work, &size, reals, &info); return info; }
// clang-format on

EMBER_LAPACK_REAL(float, s)
EMBER_LAPACK_REAL(double, d)
EMBER_LAPACK_COMPLEX(float, c)
EMBER_LAPACK_COMPLEX(double, z)

#undef EMBER_LAPACK_COMMON
#undef EMBER_LAPACK_REAL
#undef EMBER_LAPACK_COMPLEX

}  // namespace ember::lapack
