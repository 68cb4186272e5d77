// Lines transformed by a plan where they lie, or gathered, transformed and written where they belong.
#include <algorithm>
#include <atomic>
#include <new>

#include "../Runtime/Parallel.h"
#include "FourierPlan.h"
#include "ember_fft.h"

namespace ember {
namespace {

/// Neighbouring lines that are gathered together, so that a cache line of the tensor is read once.
constexpr int64_t together = 8;

/// Up to this length columns are transformed in the lanes of registers, which hold all of them at once.
constexpr int64_t longestInLanes = 16384;

/// Up to this many bytes rows are transformed in the lanes of registers, all of them at once: the L2 cache holds them twice. Larger
/// ones are transformed one by one, whose parts the L1 cache holds.
constexpr int64_t largestRowsInLanes = 131072;

/// One call, for parts of type T. Lines are counted in T.
template <class T>
class Call {
  using Complex = std::complex<T>;
  const ember_fft &t;
  const std::shared_ptr<const FourierPlan<T>> plan;
  const int64_t half;
  const bool realInput, realOutput;
  const int64_t inputLine, outputLine;       // numbers, real or complex
  const SmoothTransform<T> *many = nullptr;  // what transforms neighbours in the lanes of registers, if that is the way

 public:
  explicit Call(const ember_fft &t)
      : t(t), plan(FourierPlan<T>::forLength(t.n, t.kind != EMBER_FFT_COMPLEX)), half(t.n / 2),
        realInput(t.kind == EMBER_FFT_REAL_TO_HERMITIAN), realOutput(t.kind == EMBER_FFT_HERMITIAN_TO_REAL),
        inputLine(t.kind == EMBER_FFT_HERMITIAN_TO_REAL ? t.n / 2 + 1 : t.n),
        outputLine(t.kind == EMBER_FFT_REAL_TO_HERMITIAN ? t.n / 2 + 1 : t.n) {
    const FourierPlan<T> *lines = t.kind == EMBER_FFT_COMPLEX ? plan.get() : t.inner == 1 ? plan->half() : nullptr;
    const SmoothTransform<T> *smooth = lines ? lines->manyLines() : nullptr;
    if (!smooth) return;
    const int64_t lanes = smooth->mostLines(), length = t.kind == EMBER_FFT_COMPLEX ? t.n : half;
    const bool fits = t.inner == 1 ? length * lanes * int64_t(sizeof(Complex)) <= largestRowsInLanes : length <= longestInLanes;
    if (fits && fillLanes(t.inner == 1 ? t.outer : t.inner, lanes)) many = smooth;
  }

  int32_t run(const void *input, void *output) const {
    const int64_t neighbours = many && t.inner == 1 ? t.outer : t.inner;
    const int64_t group = std::min(many ? many->mostLines() : together, neighbours), groups = (neighbours + group - 1) / group;
    std::atomic<int32_t> status{0};
    parallelRanges(t.outer * t.inner / neighbours * groups, std::max<int64_t>(1, 8192 / (t.n * group)), [&](int64_t begin, int64_t end) {
      const size_t bytes = sizeof(Complex) * size_t(scratchCount(group));
      auto *memory = static_cast<Complex *>(ember_allocate(bytes));
      if (!memory) {
        status = -2;
        return;
      }
      for (int64_t task = begin; task < end; ++task) {
        const int64_t first = task % groups * group, line = task / groups * neighbours + first;
        transformGroup(static_cast<const T *>(input) + lineBegin(line, inputLine) * (realInput ? 1 : 2),
                       static_cast<T *>(output) + lineBegin(line, outputLine) * (realOutput ? 1 : 2), std::min(group, neighbours - first),
                       memory);
      }
      ember_deallocate(memory, bytes);
    });
    return status;
  }

 private:
  /// Whether so many neighbours are faster in lanes than one by one: rows, which are transposed for it, where they fill three quarters.
  bool fillLanes(int64_t neighbours, int64_t lanes) const {
    return t.inner == 1 ? 4 * neighbours >= 3 * lanes : 2 * neighbours >= lanes;
  }

  /// Where a line begins in a tensor whose lines have so many numbers.
  int64_t lineBegin(int64_t line, int64_t count) const { return line / t.inner * count * t.inner + line % t.inner; }

  /// Numbers of a line with a few to spare, so that lines begin at whole registers.
  int64_t stride() const { return (t.n + 9) / 8 * 8; }

  int64_t scratchCount(int64_t group) const {
    const int64_t oneByOne = 2 * stride() + plan->scratchCount() + (t.inner > 1 ? 2 * stride() * group : 0);
    return many ? std::max(oneByOne, stride() * group + many->scratchCount(group)) : oneByOne;
  }

  /// Neighbouring lines. The last ones are often too few for lanes.
  void transformGroup(const T *x, T *y, int64_t lines, Complex *scratch) const {
    const bool inLanes = many && fillLanes(lines, many->mostLines());
    if (inLanes && t.inner == 1) return transformRows(x, y, lines, scratch);
    if (inLanes)
      return many->transform(reinterpret_cast<const Complex *>(x), reinterpret_cast<Complex *>(y), scratch, t.inverse, T(t.scale), lines,
                             t.inner);
    if (t.inner > 1) return gathered(x, y, lines, scratch);
    for (int64_t l = 0; l < lines; ++l)
      transformLine(x + l * inputLine * (realInput ? 1 : 2), y + l * outputLine * (realOutput ? 1 : 2), scratch);
  }

  /// One line whose numbers are neighbours.
  void transformLine(const T *x, T *y, Complex *scratch) const {
    Complex *z = scratch, *w = scratch + stride(), *rest = w + stride();
    auto *from = reinterpret_cast<const Complex *>(x);
    auto *to = reinterpret_cast<Complex *>(y);
    const T scale = T(t.scale);
    const FourierPlan<T> *halves = plan->half();
    switch (t.kind) {
      case EMBER_FFT_COMPLEX: return plan->transform(from, to, rest, t.inverse, scale);
      case EMBER_FFT_REAL_TO_HERMITIAN:
        // The inverse transform of real numbers is the conjugate of the forward one.
        if (halves) {
          // Two neighbours as one complex number; then even and odd places are separated again.
          halves->transform(from, z, rest);
          return separateHalves(z, plan->turns(), half, t.inverse, scale, to);
        }
        for (int64_t k = 0; k < t.n; ++k) z[k] = x[k];
        plan->transform(z, w, rest, false, scale);
        for (int64_t k = 0; k <= half; ++k) to[k] = t.inverse ? std::conj(w[k]) : w[k];
        return;
      case EMBER_FFT_HERMITIAN_TO_REAL:
        // Computed as an inverse transform; the forward one of x is the inverse one of its conjugate, as the result is real.
        if (halves) {
          joinHalves(from, plan->turns(), half, !t.inverse, z);
          return halves->transform(z, to, rest, true, scale);
        }
        for (int64_t k = 0; k <= half; ++k) z[k] = t.inverse ? from[k] : std::conj(from[k]);
        z[0] = z[0].real();
        for (int64_t k = 1; 2 * k < t.n; ++k) z[t.n - k] = std::conj(z[k]);
        plan->transform(z, w, rest, true, scale);
        for (int64_t k = 0; k < t.n; ++k) y[k] = w[k].real();
    }
  }

  /// Several rows, the real ones as complex ones of half the length.
  void transformRows(const T *x, T *y, int64_t lines, Complex *scratch) const {
    Complex *z = scratch, *rest = scratch + stride() * lines;
    auto *from = reinterpret_cast<const Complex *>(x);
    auto *to = reinterpret_cast<Complex *>(y);
    const Complex *turns = plan->turns();
    const T scale = T(t.scale);
    switch (t.kind) {
      case EMBER_FFT_COMPLEX: return many->transform(from, to, rest, t.inverse, scale, lines);
      case EMBER_FFT_REAL_TO_HERMITIAN:
        many->transform(from, z, rest, false, 1, lines);
        for (int64_t l = 0; l < lines; ++l) separateHalves(z + l * half, turns, half, t.inverse, scale, to + l * outputLine);
        return;
      case EMBER_FFT_HERMITIAN_TO_REAL:
        for (int64_t l = 0; l < lines; ++l) joinHalves(from + l * inputLine, turns, half, !t.inverse, z + l * half);
        return many->transform(z, to, rest, true, scale, lines);
    }
  }

  /// Some of the lines whose numbers lie `inner` apart.
  void gathered(const T *x, T *y, int64_t lines, Complex *scratch) const {
    Complex *in = scratch + 2 * stride() + plan->scratchCount(), *out = in + stride() * lines;
    const auto move = [&](auto *from, int64_t fromLine, int64_t fromElement, auto *to, int64_t toLine, int64_t toElement, int64_t count) {
      for (int64_t k = 0; k < count; ++k)
        for (int64_t l = 0; l < lines; ++l) to[l * toLine + k * toElement] = from[l * fromLine + k * fromElement];
    };
    if (realInput) move(x, 1, t.inner, reinterpret_cast<T *>(in), 2 * stride(), 1, inputLine);
    else move(reinterpret_cast<const Complex *>(x), 1, t.inner, in, stride(), 1, inputLine);
    for (int64_t l = 0; l < lines; ++l)
      transformLine(reinterpret_cast<const T *>(in + l * stride()), reinterpret_cast<T *>(out + l * stride()), scratch);
    if (realOutput) move(reinterpret_cast<const T *>(out), 2 * stride(), 1, y, 1, t.inner, outputLine);
    else move(out, stride(), 1, reinterpret_cast<Complex *>(y), 1, t.inner, outputLine);
  }
};

}  // namespace
}  // namespace ember

extern "C" int32_t ember_fft_transform(const ember_fft *t, const void *x, void *y) {
  if (t->n < 1 || (t->dtype != EMBER_FLOAT32 && t->dtype != EMBER_FLOAT64)) return -1;
  if (t->outer == 0 || t->inner == 0) return 0;
  try {
    return t->dtype == EMBER_FLOAT32 ? ember::Call<float>(*t).run(x, y) : ember::Call<double>(*t).run(x, y);
  } catch (const std::bad_alloc &) {
    return -2;
  }
}
