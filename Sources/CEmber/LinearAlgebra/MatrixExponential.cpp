// exp(A) by scaling and squaring with diagonal Padé approximants: Higham, The Scaling and Squaring Method for the Matrix
// Exponential Revisited, SIAM J. Matrix Anal. Appl. 26 (2005).
#include <iterator>
#include <limits>

#include "Batch.h"
#include "ember_linalg.h"

using namespace ember::lapack;

namespace {

/// Up to which 1-norm the approximant of a degree is exact to the rounding of float64 (Higham, table 2.3).
struct Degree {
  int degree;
  double bound;
};
constexpr Degree degrees[] = {{3, 1.495585217958292e-2}, {5, 2.539398330063230e-1}, {7, 9.504178996162932e-1},
                              {9, 2.097847961257068}, {13, 5.371920351148152}};
constexpr int last = std::size(degrees) - 1;

/// The exponential of n × n matrices, one after another, in memory of its own.
template <class T>
class Exponential {
 public:
  explicit Exponential(int64_t n) : n_(n), count_(n * n), memory_(7 * count_), pivots_(n) {}

  void operator()(const T *a, T *result) {
    if (!isFinite(a, count_)) {
      std::fill(result, result + count_, T(std::numeric_limits<double>::quiet_NaN()));
      return;
    }
    const double norm = oneNorm(a);
    int chosen = 0;
    while (chosen < last && norm > degrees[chosen].bound) ++chosen;
    int squarings = 0;
    if (norm > degrees[last].bound) squarings = std::max(0, int(std::ceil(std::log2(norm / degrees[last].bound))));
    T *scaled = slot(0);
    const double factor = std::ldexp(1.0, -squarings);
    for (int64_t i = 0; i < count_; ++i) scaled[i] = a[i] * factor;
    approximate(degrees[chosen].degree, result);
    for (int i = 0; i < squarings; ++i) {
      multiply(result, result, scaled);
      std::copy(scaled, scaled + count_, result);
    }
  }

 private:
  T *slot(int index) { return memory_ + index * count_; }

  void multiply(const T *a, const T *b, T *c) {
    gemm(int(n_), int(n_), int(n_), T(1), a, int(n_), b, int(n_), T(0), c, int(n_));
  }

  double oneNorm(const T *a) const {
    double largest = 0;
    for (int64_t column = 0; column < n_; ++column) {
      double sum = 0;
      for (int64_t row = 0; row < n_; ++row) sum += std::abs(a[column * n_ + row]);
      largest = std::max(largest, sum);
    }
    return largest;
  }

  /// target = Σ coefficients[i] · powers[i] over the first `count`, plus `constant` on the diagonal.
  void combine(T *target, const double *coefficients, T *const *powers, int count, double constant) {
    for (int64_t i = 0; i < count_; ++i) {
      T sum = 0;
      for (int k = 0; k < count; ++k) sum += powers[k][i] * coefficients[k];
      target[i] = sum;
    }
    for (int64_t i = 0; i < n_; ++i) target[i * (n_ + 1)] += constant;
  }

  /// result = q(A)⁻¹ p(A) for A in slot 0, where p is the numerator of exp's approximant of that degree and q(A) = p(-A).
  void approximate(int degree, T *result) {
    double b[14] = {1};
    for (int j = 1; j <= degree; ++j) b[j] = b[j - 1] * (degree - j + 1) / (double(j) * (2 * degree - j + 1));
    T *a = slot(0), *square = slot(1), *fourth = slot(2), *sixth = slot(3), *eighth = slot(4), *odd = slot(5), *even = slot(6);
    T *powers[] = {square, fourth, sixth, eighth};
    multiply(a, a, square);
    if (degree >= 5) multiply(square, square, fourth);
    if (degree >= 7) multiply(square, fourth, sixth);
    if (degree == 9) multiply(fourth, fourth, eighth);
    if (degree < 13) {
      const int count = (degree - 1) / 2;
      const double oddCoefficients[] = {b[3], b[5], b[7], b[9]}, evenCoefficients[] = {b[2], b[4], b[6], b[8]};
      combine(result, oddCoefficients, powers, count, b[1]);
      combine(even, evenCoefficients, powers, count, b[0]);
    } else {
      // Both halves as A⁶ · (…) + …, which saves three products (Higham, (2.9) and (2.10)).
      const double oddHigh[] = {b[9], b[11], b[13]}, oddLow[] = {b[3], b[5], b[7]};
      const double evenHigh[] = {b[8], b[10], b[12]}, evenLow[] = {b[2], b[4], b[6]};
      combine(eighth, evenHigh, powers, 3, 0);
      combine(even, evenLow, powers, 3, b[0]);
      gemm(int(n_), int(n_), int(n_), T(1), sixth, int(n_), eighth, int(n_), T(1), even, int(n_));
      combine(eighth, oddHigh, powers, 3, 0);
      combine(result, oddLow, powers, 3, b[1]);
      gemm(int(n_), int(n_), int(n_), T(1), sixth, int(n_), eighth, int(n_), T(1), result, int(n_));
    }
    multiply(a, result, odd);
    for (int64_t i = 0; i < count_; ++i) {
      result[i] = even[i] + odd[i];
      even[i] -= odd[i];
    }
    getrf(int(n_), int(n_), even, int(n_), pivots_);
    getrs('N', int(n_), int(n_), even, pivots_, result);
  }

  const int64_t n_, count_;
  Workspace<T> memory_;
  Workspace<int> pivots_;
};

template <class T>
void exponentials(int64_t batch, int64_t n, const T *a, T *result) {
  forEachRange(batch, 20.0 * n * n * n, worthThreadsInProducts, [&](int64_t first, int64_t end) {
    Exponential<T> exponential(n);
    for (int64_t i = first; i < end; ++i) exponential(a + i * n * n, result + i * n * n);
  });
}

}  // namespace

extern "C" void ember_matrix_exp(int32_t dtype, int64_t batch, int64_t n, const void *a, void *result) {
  if (n == 0) return;
  using Complex = std::complex<double>;
  if (dtype == EMBER_COMPLEX128) exponentials(batch, n, static_cast<const Complex *>(a), static_cast<Complex *>(result));
  else exponentials(batch, n, static_cast<const double *>(a), static_cast<double *>(result));
}
