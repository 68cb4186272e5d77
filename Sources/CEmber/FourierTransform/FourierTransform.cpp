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

/// Real and imaginary part exchanged: the inverse transform is the forward one between two exchanges.
inline Complex exchanged(Complex z) { return {z.imag(), z.real()}; }

/// Of neighbouring numbers: z = x as double, of pairs that are exchanged when `exchange` says so.
template <class T>
void widen(const T *x, int64_t count, bool exchange, double *z) {
  if (!exchange) {
    for (int64_t i = 0; i < count; ++i) z[i] = x[i];
  } else {
    for (int64_t i = 0; i + 1 < count; i += 2) {
      z[i] = x[i + 1];
      z[i + 1] = x[i];
    }
  }
}
template <class T>
void narrow(const double *z, int64_t count, double scale, bool exchange, T *y) {
  if (!exchange) {
    for (int64_t i = 0; i < count; ++i) y[i] = T(z[i] * scale);
  } else {
    for (int64_t i = 0; i + 1 < count; i += 2) {
      y[i] = T(z[i + 1] * scale);
      y[i + 1] = T(z[i] * scale);
    }
  }
}

/// z[l * stride + k] = element k of line l, each passed through `convert`.
template <class T, class Convert>
void gatherComplex(const T *x, int64_t count, int64_t inner, int64_t lines, Complex *z, int64_t stride, Convert convert) {
  for (int64_t k = 0; k < count; ++k)
    for (int64_t l = 0; l < lines; ++l) {
      const T *at = x + 2 * (k * inner + l);
      z[l * stride + k] = convert(Complex(at[0], at[1]));
    }
}

template <class T, class Convert>
void scatterComplex(const Complex *z, int64_t count, int64_t inner, int64_t lines, T *y, int64_t stride, Convert convert) {
  for (int64_t k = 0; k < count; ++k)
    for (int64_t l = 0; l < lines; ++l) {
      const Complex value = convert(z[l * stride + k]);
      T *at = y + 2 * (k * inner + l);
      at[0] = T(value.real());
      at[1] = T(value.imag());
    }
}

/// Several lines side by side, from x to y; z and w have at least n + 2 numbers a line.
template <class T>
struct Lines {
  const ember_fft &t;
  const FourierPlan &plan;
  int64_t lines, stride;
  Complex *z, *w, *scratch;

  void complexToComplex(const T *x, T *y) const {
    if (t.inner == 1) {
      widen(x, 2 * t.n, t.inverse, reinterpret_cast<double *>(z));
      plan.transform(z, w, scratch);
      return narrow(reinterpret_cast<double *>(w), 2 * t.n, t.scale, t.inverse, y);
    }
    const auto turn = [&](Complex a) { return t.inverse ? exchanged(a) : a; };
    gatherComplex(x, t.n, t.inner, lines, z, stride, turn);
    for (int64_t l = 0; l < lines; ++l) plan.transform(z + l * stride, w + l * stride, scratch);
    scatterComplex(w, t.n, t.inner, lines, y, stride, [&](Complex a) { return turn(a) * t.scale; });
  }

  /// The inverse transform of real numbers is the conjugate of the forward one.
  void realToHermitian(const T *x, T *y) const {
    const int64_t n = t.n, half = n / 2;
    if (const FourierPlan *halves = plan.half()) {
      // Two neighbours as one complex number; then even and odd places are separated again.
      if (t.inner == 1) widen(x, n, false, reinterpret_cast<double *>(z));
      for (int64_t k = 0; k < half && t.inner > 1; ++k)
        for (int64_t l = 0; l < lines; ++l)
          z[l * stride + k] = Complex(x[2 * k * t.inner + l], x[(2 * k + 1) * t.inner + l]);
      for (int64_t l = 0; l < lines; ++l) {
        Complex *a = z + l * stride, *b = w + l * stride;
        halves->transform(a, b, scratch);
        separateHalves(b, plan.turns(), half, a);
      }
    } else {
      for (int64_t k = 0; k < n; ++k)
        for (int64_t l = 0; l < lines; ++l) w[l * stride + k] = Complex(x[k * t.inner + l], 0);
      for (int64_t l = 0; l < lines; ++l) plan.transform(w + l * stride, z + l * stride, scratch);
    }
    if (t.inner == 1 && !t.inverse) return narrow(reinterpret_cast<double *>(z), 2 * half + 2, t.scale, false, y);
    scatterComplex(z, half + 1, t.inner, lines, y, stride,
                   [&](Complex a) { return (t.inverse ? std::conj(a) : a) * t.scale; });
  }

  /// Computed as an inverse transform; the forward one of x is the inverse one of its conjugate, as the result is real.
  void hermitianToReal(const T *x, T *y) const {
    const int64_t n = t.n, half = n / 2;
    if (t.inner == 1 && t.inverse) widen(x, 2 * half + 2, false, reinterpret_cast<double *>(z));
    else gatherComplex(x, half + 1, t.inner, lines, z, stride, [&](Complex a) { return t.inverse ? a : std::conj(a); });
    for (int64_t l = 0; l < lines; ++l) {
      Complex *a = z + l * stride, *b = w + l * stride;
      a[0] = a[0].real();
      if (n % 2 == 0) a[half] = a[half].real();
      if (const FourierPlan *halves = plan.half()) {
        joinHalves(a, plan.turns(), half, b);
        halves->transform(b, a, scratch);
      } else {
        for (int64_t k = 1; 2 * k < n; ++k) a[n - k] = std::conj(a[k]);
        for (int64_t k = 0; k < n; ++k) b[k] = exchanged(a[k]);
        plan.transform(b, a, scratch);
      }
    }
    const bool paired = plan.half() != nullptr;
    if (paired && t.inner == 1) return narrow(reinterpret_cast<double *>(z), n, t.scale, true, y);
    for (int64_t j = 0; j < n; ++j)
      for (int64_t l = 0; l < lines; ++l) {
        const Complex value = exchanged(z[l * stride + (paired ? j / 2 : j)]);
        y[j * t.inner + l] = T((paired && j % 2 == 1 ? value.imag() : value.real()) * t.scale);
      }
  }
};

template <class T>
int32_t transform(const ember_fft &t, const void *input, void *output) {
  const auto plan = FourierPlan::forLength(t.n, t.kind != EMBER_FFT_COMPLEX);
  const int64_t complexLine = 2 * (t.kind == EMBER_FFT_COMPLEX ? t.n : t.n / 2 + 1);
  const bool realInput = t.kind == EMBER_FFT_REAL_TO_HERMITIAN, realOutput = t.kind == EMBER_FFT_HERMITIAN_TO_REAL;
  const int64_t inputLine = realInput ? t.n : complexLine, outputLine = realOutput ? t.n : complexLine;
  const int64_t group = std::min(together, t.inner), groups = (t.inner + group - 1) / group, stride = (t.n + 5) / 4 * 4;
  std::atomic<int32_t> status{0};
  parallelRanges(t.outer * groups, std::max<int64_t>(1, 8192 / (t.n * group)), [&](int64_t begin, int64_t end) {
    const size_t bytes = sizeof(Complex) * size_t(2 * stride * group + plan->scratchCount());
    auto *memory = static_cast<Complex *>(ember_allocate(bytes));
    if (!memory) {
      status = -2;
      return;
    }
    for (int64_t task = begin; task < end; ++task) {
      const int64_t o = task / groups, first = task % groups * group;
      const Lines<T> work = {t, *plan, std::min(group, t.inner - first), stride,
                             memory, memory + stride * group, memory + 2 * stride * group};
      const T *x = static_cast<const T *>(input) + o * inputLine * t.inner + first * (realInput ? 1 : 2);
      T *y = static_cast<T *>(output) + o * outputLine * t.inner + first * (realOutput ? 1 : 2);
      switch (t.kind) {
        case EMBER_FFT_COMPLEX: work.complexToComplex(x, y); break;
        case EMBER_FFT_REAL_TO_HERMITIAN: work.realToHermitian(x, y); break;
        case EMBER_FFT_HERMITIAN_TO_REAL: work.hermitianToReal(x, y); break;
      }
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
