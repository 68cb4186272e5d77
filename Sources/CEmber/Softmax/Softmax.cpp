// Softmax, log-softmax, cross-entropy: dispatch by type and layout.
#include "ember_softmax.h"

#include <cmath>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "../Runtime/ScratchMemory.h"
#include "SoftmaxKernels.h"
#include "SoftmaxTiles.h"

#define EMBER_KERNELS "../Softmax/Softmax.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

using namespace ember;

namespace {

/// Losses of a task: each reads another line of memory.
constexpr int64_t lossesTogether = 1024;

/// The index in the kernel tables, or -1.
int softmaxType(int32_t dtype) {
  return dtype >= EMBER_FLOAT16 && dtype <= EMBER_FLOAT64 ? dtype - EMBER_FLOAT16 : -1;
}

int64_t bytesOf(int type) { return type < 2 ? 2 : type == 2 ? 4 : 8; }

double valueAt(const void *data, int type, int64_t index) {
  switch (type) {
    case 0: return baseline::scalarAs<double>(static_cast<const Half *>(data)[index]);
    case 1: return baseline::scalarAs<double>(static_cast<const BFloat16 *>(data)[index]);
    case 2: return double(static_cast<const float *>(data)[index]);
    default: return static_cast<const double *>(data)[index];
  }
}

void setValue(void *data, int type, int64_t index, double value) {
  switch (type) {
    case 0: static_cast<Half *>(data)[index] = baseline::scalarTo<Half>(value); break;
    case 1: static_cast<BFloat16 *>(data)[index] = baseline::scalarTo<BFloat16>(value); break;
    case 2: static_cast<float *>(data)[index] = float(value); break;
    default: static_cast<double *>(data)[index] = value; break;
  }
}

const char *at(const void *data, int64_t bytes) { return static_cast<const char *>(data) + bytes; }
char *at(void *data, int64_t bytes) { return static_cast<char *>(data) + bytes; }

/// Position + 1 of the first target that is neither a class nor ignored, or 0.
int64_t firstBadTarget(const ember_cross_entropy &problem) {
  const int64_t count = problem.outer * problem.inner;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t target = problem.targets[i];
    if (target != problem.ignore_index && (target < 0 || target >= problem.classes)) return i + 1;
  }
  return 0;
}

/// The terms of label smoothing that are the same for every distribution.
struct Smoothing {
  double hitShare;     // 1 - s
  double classShare;   // s / classes
  double weightTotal;  // sum of the class weights

  explicit Smoothing(const ember_cross_entropy &problem, int type) {
    hitShare = 1 - problem.label_smoothing;
    classShare = problem.label_smoothing / double(problem.classes);
    weightTotal = double(problem.classes);
    if (!problem.weights || classShare == 0) return;
    weightTotal = 0;
    for (int64_t c = 0; c < problem.classes; ++c) weightTotal += valueAt(problem.weights, type, c);
  }
};

double classWeight(const ember_cross_entropy &problem, int type, int64_t target) {
  return problem.weights ? valueAt(problem.weights, type, target) : 1;
}

}  // namespace

extern "C" int32_t ember_softmax(bool logarithm, const void *input, int32_t input_dtype, void *output, int32_t output_dtype,
                                 int64_t outer, int64_t n, int64_t inner) {
  const int type = softmaxType(input_dtype), result = softmaxType(output_dtype);
  const bool widens = type >= 0 && type < 2 && output_dtype == EMBER_FLOAT32;
  if (type < 0 || (type != result && !widens)) return -1;
  if (n == 0) return 0;
  const SoftmaxKernels &kernels = *EMBER_SELECT(kernels);
  const int64_t inputBytes = bytesOf(type), outputBytes = bytesOf(result);
  if (inner == 1) {
    const auto rows = kernels.forwardRows[logarithm][widens][type];
    forRows(outer, n, [&](int64_t first, int64_t count) {
      rows(at(input, first * n * inputBytes), at(output, first * n * outputBytes), count, n);
    });
  } else {
    const auto columns = kernels.forwardColumns[logarithm][widens][type];
    forColumns(outer, n, inner, [&](int64_t index, int64_t first, int64_t width) {
      const int64_t offset = index * n * inner + first;
      columns(at(input, offset * inputBytes), at(output, offset * outputBytes), n, inner, width);
    });
  }
  return 0;
}

extern "C" int32_t ember_softmax_backward(bool logarithm, const void *gradient, const void *output, void *input_gradient,
                                          int32_t dtype, int64_t outer, int64_t n, int64_t inner) {
  const int type = softmaxType(dtype);
  if (type < 0) return -1;
  if (n == 0) return 0;
  const SoftmaxKernels &kernels = *EMBER_SELECT(kernels);
  const int64_t bytes = bytesOf(type);
  if (inner == 1) {
    forRows(outer, n, [&](int64_t first, int64_t count) {
      const int64_t offset = first * n * bytes;
      kernels.backwardRows[logarithm][type](at(gradient, offset), at(output, offset), at(input_gradient, offset), count, n);
    });
  } else {
    forColumns(outer, n, inner, [&](int64_t index, int64_t first, int64_t width) {
      const int64_t offset = (index * n * inner + first) * bytes;
      kernels.backwardColumns[logarithm][type](at(gradient, offset), at(output, offset), at(input_gradient, offset), n, inner,
                                               width);
    });
  }
  return 0;
}

extern "C" int64_t ember_cross_entropy_forward(const ember_cross_entropy *pointer, void *losses, void *logsumexp,
                                               double *weight_sum) {
  const ember_cross_entropy &problem = *pointer;
  const int type = softmaxType(problem.dtype);
  if (type < 0) return -1;
  if (const int64_t bad = firstBadTarget(problem)) return bad;
  const SoftmaxKernels &kernels = *EMBER_SELECT(kernels);
  const Smoothing smoothing(problem, type);
  const int64_t n = problem.classes, inner = problem.inner, bytes = bytesOf(type);
  const int saved = type == 3 ? 3 : 2;

  // Positions first..<first + count of [outer, inner], whose logits start at `offset` and lie `stride` apart.
  auto finish = [&](int64_t first, int64_t count, int64_t offset, int64_t stride, const double *lse, const double *sums) {
    for (int64_t j = 0; j < count; ++j) {
      const int64_t target = problem.targets[first + j];
      double loss = 0;
      if (target != problem.ignore_index) {
        const double logit = valueAt(problem.logits, type, offset + j * stride + target * inner);
        loss = smoothing.hitShare * classWeight(problem, type, target) * (lse[j] - logit);
        if (smoothing.classShare != 0) loss += smoothing.classShare * (smoothing.weightTotal * lse[j] - sums[j]);
      }
      setValue(losses, type, first + j, loss);
      setValue(logsumexp, saved, first + j, lse[j]);
    }
  };
  if (inner == 1) {
    forRows(problem.outer, n, [&](int64_t first, int64_t count) {
      double lse[columnTile], sums[columnTile];
      const char *x = at(problem.logits, first * n * bytes);
      kernels.logSumExpRows[type](x, count, n, lse);
      if (smoothing.classShare != 0) kernels.weightedSumRows[type](x, problem.weights, count, n, sums);
      finish(first, count, first * n, n, lse, sums);
    });
  } else {
    forColumns(problem.outer, n, inner, [&](int64_t index, int64_t first, int64_t width) {
      double lse[columnTile], sums[columnTile];
      const int64_t offset = index * n * inner + first;
      const char *x = at(problem.logits, offset * bytes);
      kernels.logSumExpColumns[type](x, n, inner, width, lse);
      if (smoothing.classShare != 0) kernels.weightedSumColumns[type](x, problem.weights, n, inner, width, sums);
      finish(index * inner + first, width, offset, 1, lse, sums);
    });
  }
  if (weight_sum) {
    double total = 0;
    const int64_t count = problem.outer * inner;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t target = problem.targets[i];
      if (target != problem.ignore_index) total += classWeight(problem, type, target);
    }
    *weight_sum = total;
  }
  return 0;
}

extern "C" int64_t ember_nll_loss(const ember_cross_entropy *pointer, void *losses, double *sum, double *weight_sum) {
  const ember_cross_entropy &problem = *pointer;
  const int type = softmaxType(problem.dtype);
  if (type < 0) return -1;
  if (const int64_t bad = firstBadTarget(problem)) return bad;
  const int64_t count = problem.outer * problem.inner;
  struct Sums {
    double loss = 0, weight = 0;
  };
  Scratch<Sums> parts((count + lossesTogether - 1) / lossesTogether);
  parallelRanges(count, lossesTogether, [&](int64_t begin, int64_t end) {
    Sums sums;
    for (int64_t i = begin, o = begin / problem.inner, j = begin % problem.inner; i < end; ++i) {
      const int64_t target = problem.targets[i];
      double loss = 0;
      // An ignored target's log-probability may be infinite, and 0 times that is no number.
      if (target != problem.ignore_index) {
        const double weight = classWeight(problem, type, target);
        loss = -weight * valueAt(problem.logits, type, (o * problem.classes + target) * problem.inner + j);
        sums.weight += weight;
      }
      sums.loss += loss;
      if (losses) setValue(losses, type, i, loss);
      if (++j == problem.inner) {
        j = 0;
        ++o;
      }
    }
    parts[begin / lossesTogether] = sums;
  });
  *sum = *weight_sum = 0;
  for (int64_t begin = 0; begin < count; begin += lossesTogether) {
    *sum += parts[begin / lossesTogether].loss;
    *weight_sum += parts[begin / lossesTogether].weight;
  }
  return 0;
}

extern "C" int64_t ember_cross_entropy_backward(const ember_cross_entropy *pointer, const void *logsumexp,
                                                const void *loss_gradient, bool loss_gradient_is_scalar, double scale,
                                                void *logits_gradient) {
  const ember_cross_entropy &problem = *pointer;
  const int type = softmaxType(problem.dtype);
  if (type < 0) return -1;
  if (const int64_t bad = firstBadTarget(problem)) return bad;
  const SoftmaxKernels &kernels = *EMBER_SELECT(kernels);
  const Smoothing smoothing(problem, type);
  const int64_t n = problem.classes, inner = problem.inner, bytes = bytesOf(type);
  const int saved = type == 3 ? 3 : 2;
  if (n == 0) return 0;

  // d loss / d x[c] = a softmax(x)[c] - b w[c] - hit [c = target]
  struct Factors {
    double a = 0, b = 0, hit = 0;
  };
  auto factors = [&](int64_t position) {
    const int64_t target = problem.targets[position];
    if (target == problem.ignore_index) return Factors{};
    const double g = scale * valueAt(loss_gradient, type, loss_gradient_is_scalar ? 0 : position);
    const double hit = g * smoothing.hitShare * classWeight(problem, type, target);
    return Factors{hit + g * smoothing.classShare * smoothing.weightTotal, g * smoothing.classShare, hit};
  };
  if (inner == 1) {
    forRows(problem.outer, n, [&](int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        char *dx = at(logits_gradient, row * n * bytes);
        if (problem.targets[row] == problem.ignore_index) {
          std::fill_n(dx, n * bytes, 0);
          continue;
        }
        const Factors f = factors(row);
        kernels.gradientRow[type](at(problem.logits, row * n * bytes), problem.weights, dx, n, problem.targets[row],
                                  valueAt(logsumexp, saved, row), f.a, f.b, f.hit);
      }
    });
  } else {
    forColumns(problem.outer, n, inner, [&](int64_t index, int64_t first, int64_t width) {
      double lse[columnTile], a[columnTile], b[columnTile], hit[columnTile];
      int64_t targets[columnTile];
      for (int64_t j = 0; j < width; ++j) {
        const int64_t position = index * inner + first + j;
        const Factors f = factors(position);
        a[j] = f.a;
        b[j] = f.b;
        hit[j] = f.hit;
        lse[j] = valueAt(logsumexp, saved, position);
        targets[j] = problem.targets[position] == problem.ignore_index ? -1 : problem.targets[position];
      }
      const int64_t offset = (index * n * inner + first) * bytes;
      kernels.gradientColumns[type](at(problem.logits, offset), problem.weights, at(logits_gradient, offset), n, inner, width,
                                    targets, lse, a, b, hit);
    });
  }
  return 0;
}
