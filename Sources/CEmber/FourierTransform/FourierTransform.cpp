// Lines gathered into double precision, transformed by a plan, and written where they belong.
#include <algorithm>
#include <atomic>
#include <new>

#include "../Runtime/Parallel.h"
#include "FourierPlan.h"
#include "ember_fft.h"

namespace ember {
namespace {

using Complex = std::complex<double>;

/// Neighbouring lines that are gathered together, so that a cache line of the tensor is read once.
constexpr int64_t together = 8;

int64_t elements(ember_fft_line line, int64_t n) { return line == EMBER_FFT_HERMITIAN ? n / 2 + 1 : n; }

/// Real and imaginary part exchanged: the inverse transform is the forward one between two exchanges.
inline Complex exchanged(Complex z, bool inverse) { return inverse ? Complex(z.imag(), z.real()) : z; }

/// Reads line `l` of those at x into z[l * n …].
template <class T>
void gather(const ember_fft &t, const T *x, int64_t lines, Complex *z) {
  const int64_t n = t.n, count = elements(t.input, n);
  for (int64_t k = 0; k < count; ++k) {
    for (int64_t l = 0; l < lines; ++l) {
      Complex value;
      if (t.input == EMBER_FFT_REAL) {
        value = Complex(x[k * t.inner + l], 0);
      } else {
        const T *at = x + 2 * (k * t.inner + l);
        value = Complex(at[0], at[1]);
      }
      if (t.input == EMBER_FFT_HERMITIAN) {
        if (k == 0 || 2 * k == n) value = Complex(value.real(), 0);
        else z[l * n + n - k] = exchanged(std::conj(value), t.inverse);
      }
      z[l * n + k] = exchanged(value, t.inverse);
    }
  }
}

template <class T>
void scatter(const ember_fft &t, const Complex *z, int64_t lines, T *y) {
  const int64_t n = t.n, count = elements(t.output, n);
  for (int64_t k = 0; k < count; ++k) {
    for (int64_t l = 0; l < lines; ++l) {
      const Complex value = exchanged(z[l * n + k], t.inverse) * t.scale;
      if (t.output == EMBER_FFT_REAL) {
        y[k * t.inner + l] = T(value.real());
      } else {
        T *at = y + 2 * (k * t.inner + l);
        at[0] = T(value.real());
        at[1] = T(value.imag());
      }
    }
  }
}

template <class T>
int32_t transform(const ember_fft &t, const void *input, void *output) {
  const auto plan = FourierPlan::forLength(t.n);
  const int64_t inputWidth = t.input == EMBER_FFT_REAL ? 1 : 2, outputWidth = t.output == EMBER_FFT_REAL ? 1 : 2;
  const int64_t inputCount = elements(t.input, t.n) * inputWidth, outputCount = elements(t.output, t.n) * outputWidth;
  // Lines that follow each other are [1, line, 1] each; lines side by side are taken several at once.
  const int64_t group = std::min(together, t.inner), groups = (t.inner + group - 1) / group;
  const int64_t grain = std::max<int64_t>(1, 8192 / (t.n * group));
  std::atomic<int32_t> status{0};
  parallelRanges(t.outer * groups, grain, [&](int64_t begin, int64_t end) {
    const size_t bytes = sizeof(Complex) * size_t(2 * t.n * group + plan->scratchCount());
    auto *memory = static_cast<Complex *>(ember_allocate(bytes));
    if (!memory) {
      status = -2;
      return;
    }
    Complex *x = memory, *y = x + t.n * group, *scratch = y + t.n * group;
    for (int64_t task = begin; task < end; ++task) {
      const int64_t o = task / groups, first = task % groups * group, lines = std::min(group, t.inner - first);
      gather(t, static_cast<const T *>(input) + o * inputCount * t.inner + first * inputWidth, lines, x);
      for (int64_t l = 0; l < lines; ++l) plan->transform(x + l * t.n, y + l * t.n, scratch);
      scatter(t, y, lines, static_cast<T *>(output) + o * outputCount * t.inner + first * outputWidth);
    }
    ember_deallocate(memory, bytes);
  });
  return status;
}

}  // namespace
}  // namespace ember

extern "C" int32_t ember_fft_transform(const ember_fft *t, const void *x, void *y) {
  if (t->n < 1 || (t->dtype != EMBER_FLOAT32 && t->dtype != EMBER_FLOAT64)) return -1;
  if (t->outer == 0 || t->inner == 0) return 0;
  try {
    return t->dtype == EMBER_FLOAT32 ? ember::transform<float>(*t, x, y) : ember::transform<double>(*t, x, y);
  } catch (const std::bad_alloc &) {
    return -2;
  }
}
