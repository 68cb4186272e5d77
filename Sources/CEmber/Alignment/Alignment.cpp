#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "ember_alignment.h"

namespace ember {

struct AlignmentKernels {
  /// to[s] = emission[s] + log(exp a[s] + exp b[s] + exp (c[s] + cost[s])); `count` is a multiple of the lanes of a register.
  void (*advance)(const double *a, const double *b, const double *c, const double *cost, const double *emission, int64_t count,
                  double *to);
  /// to[i] = exp(x[i] - shift)
  void (*exponentials)(const double *x, int64_t count, double shift, double *to);
};

}  // namespace ember

#define EMBER_KERNELS "../Alignment/Alignment.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr double never = -std::numeric_limits<double>::infinity();

/// The recursions of A. Graves et al., Connectionist Temporal Classification (2006), section 4.1, in logarithms, for one example. Numbers of
/// positions are rounded up to whole registers, and each line has two places before and behind that no alignment reaches.
template <class T>
class Example {
  static constexpr int64_t edge = 8;
  const ember_ctc &p;
  const int64_t n, steps, width, line;  // of a line: its positions as whole registers, and its place in memory
  const int64_t *labels;
  double *emissions, *alpha, *beta, *cost, *costAhead;

 public:
  static int64_t widthOf(const ember_ctc &p) { return (p.positions + 7) / 8 * 8; }
  /// Doubles that one example needs.
  static int64_t scratchCount(const ember_ctc &p) { return (3 * p.time + 2) * (widthOf(p) + 2 * edge) + p.classes; }

  Example(const ember_ctc &p, int64_t n, double *scratch)
      : p(p), n(n), steps(p.input_lengths[n]), width(widthOf(p)), line(width + 2 * edge), labels(p.labels + n * p.positions),
        emissions(scratch + edge), alpha(emissions + p.time * line), beta(alpha + p.time * line), cost(beta + p.time * line),
        costAhead(cost + line) {
    std::fill(emissions - edge, costAhead + line - edge, never);
    for (int64_t t = 0; t < steps; ++t) {
      const T *x = static_cast<const T *>(p.log_probabilities) + (t * p.batch + n) * p.classes;
      for (int64_t s = 0; s < p.positions; ++s) emissions[t * line + s] = double(x[labels[s]]);
    }
    for (int64_t s = 0; s < p.positions; ++s) {
      if (!p.skips[n * p.positions + s]) continue;
      cost[s] = 0;
      if (s >= 2) costAhead[s - 2] = 0;
    }
  }

  double loss(const AlignmentKernels &kernels) const {
    const int64_t length = p.target_lengths[n], last = 2 * length;
    if (steps == 0) return length == 0 ? 0 : -never;
    // An alignment starts with the first blank or the first label, and ends with the last label or the blank behind it.
    for (int64_t s = 0; s < std::min<int64_t>(2, p.positions); ++s) alpha[s] = emissions[s];
    for (int64_t t = 1; t < steps; ++t) {
      const double *before = alpha + (t - 1) * line;
      kernels.advance(before, before - 1, before - 2, cost, emissions + t * line, width, alpha + t * line);
    }
    const double *end = alpha + (steps - 1) * line;
    const double blank = end[last], label = length > 0 ? end[last - 1] : never, larger = std::max(blank, label);
    return larger == never ? -never : -(larger + std::log(std::exp(blank - larger) + std::exp(label - larger)));
  }

  /// The gradient where the loss is that.
  void gradient(const AlignmentKernels &kernels, double loss, T *result) const {
    const bool counts = std::isfinite(loss);
    const int64_t length = p.target_lengths[n], last = 2 * length;
    double *exponentials = costAhead + line - edge;
    const auto rowOf = [&](int64_t t) { return result + (t * p.batch + n) * p.classes; };
    for (int64_t t = counts ? steps : 0; t < p.time; ++t) std::fill_n(rowOf(t), p.classes, T(0));
    if (!counts) return;
    for (int64_t t = steps - 1; t >= 0; --t) {
      double *here = beta + t * line;
      if (t == steps - 1) {
        here[last] = emissions[t * line + last];
        if (length > 0) here[last - 1] = emissions[t * line + last - 1];
      } else {
        const double *after = here + line;
        kernels.advance(after, after + 1, after + 2, costAhead, emissions + t * line, width, here);
      }
      const T *x = static_cast<const T *>(p.log_probabilities) + (t * p.batch + n) * p.classes;
      T *row = rowOf(t);
      for (int64_t c = 0; c < p.classes; ++c) exponentials[c] = double(x[c]);
      kernels.exponentials(exponentials, p.classes, 0, exponentials);
      // Both recursions count the emission here.
      double *passing = alpha + t * line;
      const double *emission = emissions + t * line;
      for (int64_t s = 0; s <= last; ++s) passing[s] = emission[s] == never ? never : passing[s] + here[s] - emission[s];
      kernels.exponentials(passing, last + 1, -loss, passing);
      for (int64_t s = 0; s <= last; ++s) exponentials[labels[s]] -= passing[s];
      for (int64_t c = 0; c < p.classes; ++c) row[c] = T(exponentials[c]);
    }
  }
};

template <class T>
int32_t ctcLoss(const ember_ctc &p, T *losses, T *gradient) {
  const AlignmentKernels &kernels = *EMBER_SELECT(alignmentKernels);
  std::atomic<int32_t> status{0};
  parallel(p.batch, [&](int64_t n) {
    const size_t bytes = size_t(Example<T>::scratchCount(p)) * sizeof(double);
    auto *scratch = static_cast<double *>(ember_allocate(bytes));
    if (!scratch) {
      status = -2;
      return;
    }
    const Example<T> example(p, n, scratch);
    const double loss = example.loss(kernels);
    losses[n] = T(loss);
    if (gradient) example.gradient(kernels, loss, gradient);
    ember_deallocate(scratch, bytes);
  });
  return status;
}

}  // namespace
}  // namespace ember

extern "C" int32_t ember_ctc_loss(const ember_ctc *problem, void *losses, void *gradient) {
  switch (problem->dtype) {
    case EMBER_FLOAT32: return ember::ctcLoss(*problem, static_cast<float *>(losses), static_cast<float *>(gradient));
    case EMBER_FLOAT64: return ember::ctcLoss(*problem, static_cast<double *>(losses), static_cast<double *>(gradient));
    default: return -1;
  }
}
