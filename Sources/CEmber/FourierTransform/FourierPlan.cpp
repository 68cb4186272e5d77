#include "FourierPlan.h"

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

/// The product, without the search for infinities that std::complex's makes.
inline std::complex<double> product(std::complex<double> a, std::complex<double> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace

// L. Bluestein, A linear filtering approach to the computation of the discrete Fourier transform (1970): with jk = (j² + k² - (k - j)²) / 2
// the transform is a convolution with a chirp, computed as a product of transforms of a length that has small factors.
FourierPlan::FourierPlan(int64_t n, bool forReal) : n(n) {
  if (n <= 1) return;
  if (forReal && n % 2 == 0) {
    halfPlan = forLength(n / 2, false);
    turn.resize(size_t(n / 2 + 1));
    for (int64_t k = 0; k <= n / 2; ++k) {
      const double angle = -2 * M_PI * double(k) / double(n);
      turn[size_t(k)] = {std::cos(angle), std::sin(angle)};
    }
    turn.back() = -1;  // exactly, so that the last element of a real line's transform is real
    return;
  }
  if (isSmooth(n)) {
    smooth = std::make_unique<SmoothTransform>(n);
    return;
  }
  padded = 4;
  while (padded < 2 * n - 1) padded *= 2;
  smooth = std::make_unique<SmoothTransform>(padded);
  chirp.resize(size_t(n));
  // k² modulo 2n, exactly: (k + 1)² = k² + 2k + 1.
  int64_t square = 0;
  for (int64_t k = 0; k < n; ++k) {
    const double angle = -M_PI * double(square) / double(n);
    chirp[size_t(k)] = {std::cos(angle), std::sin(angle)};
    square = (square + 2 * k + 1) % (2 * n);
  }
  std::vector<std::complex<double>> wrapped(static_cast<size_t>(padded));
  const double scale = 1.0 / double(padded);
  for (int64_t k = 0; k < n; ++k) {
    const std::complex<double> value = std::conj(chirp[size_t(k)]) * scale;
    wrapped[size_t(k)] = value;
    if (k > 0) wrapped[size_t(padded - k)] = value;
  }
  filter.resize(size_t(padded));
  std::vector<std::complex<double>> memory(static_cast<size_t>(smooth->scratchCount() + 4));
  void *aligned = memory.data();
  size_t space = memory.size() * sizeof(memory[0]);
  std::align(64, size_t(smooth->scratchCount()) * sizeof(memory[0]), aligned, space);
  smooth->transform(wrapped.data(), filter.data(), static_cast<std::complex<double> *>(aligned));
}

FourierPlan::~FourierPlan() = default;

int64_t FourierPlan::scratchCount() const {
  if (halfPlan) return halfPlan->scratchCount();
  return 2 * padded + (smooth ? smooth->scratchCount() : 0);
}

void FourierPlan::transform(const std::complex<double> *x, std::complex<double> *y, std::complex<double> *scratch) const {
  if (n <= 1) {
    if (n == 1) y[0] = x[0];
    return;
  }
  if (padded == 0) {
    smooth->transform(x, y, scratch);
    return;
  }
  std::complex<double> *a = scratch, *b = scratch + padded, *rest = scratch + 2 * padded;
  for (int64_t k = 0; k < n; ++k) a[k] = product(x[k], chirp[size_t(k)]);
  std::fill(a + n, a + padded, std::complex<double>());
  smooth->transform(a, b, rest);
  // The inverse transform is the forward one of the conjugate.
  for (int64_t k = 0; k < padded; ++k) a[k] = std::conj(product(b[k], filter[size_t(k)]));
  smooth->transform(a, b, rest);
  for (int64_t k = 0; k < n; ++k) y[k] = product(std::conj(b[k]), chirp[size_t(k)]);
}

std::shared_ptr<const FourierPlan> FourierPlan::forLength(int64_t n, bool forReal) {
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

}  // namespace ember
