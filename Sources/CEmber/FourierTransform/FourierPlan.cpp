#include "FourierPlan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

namespace ember {

namespace {

bool isSmooth(int64_t n) {
  for (int64_t p : {2, 3, 5})
    while (n % p == 0) n /= p;
  return n == 1;
}

}  // namespace

// L. Bluestein, A linear filtering approach to the computation of the discrete Fourier transform (1970): with jk = (j² + k² - (k - j)²) / 2
// the transform is a convolution with a chirp, computed as a product of transforms of a length that has small factors.
template <class T>
FourierPlan<T>::FourierPlan(int64_t n, bool forReal) : n(n) {
  if (n <= 1) return;
  if (forReal && n % 2 == 0) {
    halfPlan = forLength(n / 2, false);
    turn.resize(size_t(n / 2 + 1));
    for (int64_t k = 0; k <= n / 2; ++k) {
      const double angle = -2 * M_PI * double(k) / double(n);
      turn[size_t(k)] = {T(std::cos(angle)), T(std::sin(angle))};
    }
    turn.back() = -1;  // exactly, so that the last element of a real line's transform is real
    return;
  }
  if (isSmooth(n)) {
    smooth = std::make_unique<SmoothTransform<T>>(n);
    return;
  }
  padded = 4;
  while (padded < 2 * n - 1) padded *= 2;
  smooth = std::make_unique<SmoothTransform<T>>(padded);
  chirp.resize(size_t(n));
  std::vector<std::complex<double>> wrapped(static_cast<size_t>(padded));
  const double scale = 1.0 / double(padded);
  // k² modulo 2n, exactly: (k + 1)² = k² + 2k + 1.
  int64_t square = 0;
  for (int64_t k = 0; k < n; ++k) {
    const double angle = -M_PI * double(square) / double(n);
    chirp[size_t(k)] = {T(std::cos(angle)), T(std::sin(angle))};
    const std::complex<double> value(std::cos(angle) * scale, -std::sin(angle) * scale);
    wrapped[size_t(k)] = value;
    if (k > 0) wrapped[size_t(padded - k)] = value;
    square = (square + 2 * k + 1) % (2 * n);
  }
  // Once, and in double precision.
  const SmoothTransform<double> exact(padded);
  std::vector<std::complex<double>> transformed(static_cast<size_t>(padded)), memory(static_cast<size_t>(exact.scratchCount() + 4));
  void *aligned = memory.data();
  size_t space = memory.size() * sizeof(memory[0]);
  std::align(64, size_t(exact.scratchCount()) * sizeof(memory[0]), aligned, space);
  exact.transform(wrapped.data(), transformed.data(), static_cast<std::complex<double> *>(aligned));
  filter.assign(transformed.begin(), transformed.end());
}

template <class T>
FourierPlan<T>::~FourierPlan() = default;

template <class T>
int64_t FourierPlan<T>::scratchCount() const {
  if (halfPlan) return halfPlan->scratchCount();
  return 2 * padded + (smooth ? smooth->scratchCount() : 0);
}

template <class T>
void FourierPlan<T>::transform(const Complex *x, Complex *y, Complex *scratch, bool inverse, T scale) const {
  if (n <= 1) {
    if (n == 1) y[0] = x[0] * scale;
    return;
  }
  if (padded == 0) return smooth->transform(x, y, scratch, inverse, scale);
  // The inverse transform is the conjugate of the forward one of the conjugate.
  Complex *a = scratch, *b = scratch + padded, *rest = scratch + 2 * padded;
  multiply(x, chirp.data(), n, inverse, false, T(1), a);
  std::fill(a + n, a + padded, Complex());
  smooth->transform(a, b, rest);
  multiply(b, filter.data(), padded, false, false, T(1), a);
  smooth->transform(a, b, rest, true);
  multiply(b, chirp.data(), n, false, inverse, scale, y);
}

template <class T>
std::shared_ptr<const FourierPlan<T>> FourierPlan<T>::forLength(int64_t n, bool forReal) {
  static std::mutex mutex;
  static std::map<std::pair<int64_t, bool>, std::shared_ptr<const FourierPlan>> plans;
  const std::pair<int64_t, bool> key(n, forReal && n % 2 == 0);
  constexpr size_t kept = 64;
  {
    std::lock_guard lock(mutex);
    if (auto found = plans.find(key); found != plans.end()) return found->second;
  }
  auto plan = std::make_shared<const FourierPlan>(n, key.second);
  std::lock_guard lock(mutex);
  if (plans.size() >= kept) plans.clear();
  return plans.emplace(key, plan).first->second;
}

template class FourierPlan<float>;
template class FourierPlan<double>;

}  // namespace ember
