// Reductions: chooses the kernels, cuts the work into batches (slots that a kernel takes together) and chunks (parts of
// the reduced elements), merges the chunks' partial results in order, and rounds them into the output.
#include "ember_reduction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "ReductionKernels.h"
#include "ReductionPlan.h"

#define EMBER_KERNELS "../Reduction/Reduction.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr int64_t elementsPerTask = 1 << 15;  // less is not worth waking a thread

int64_t elementSize(int32_t dtype) {
  switch (dtype) {
    case EMBER_BOOL: case EMBER_UINT8: case EMBER_INT8: return 1;
    case EMBER_INT16: case EMBER_UINT16: case EMBER_FLOAT16: case EMBER_BFLOAT16: return 2;
    case EMBER_INT32: case EMBER_UINT32: case EMBER_FLOAT32: return 4;
    default: return 8;
  }
}

bool isFloatingType(int32_t dtype) { return dtype >= EMBER_FLOAT16 && dtype <= EMBER_FLOAT64; }

/// 8 bytes that a kernel reads as double or as a 64-bit integer.
union Partial {
  double real;
  int64_t integer;
};
static_assert(sizeof(Partial) == 8);

/// What one reduction computes. A partial result is one or two 8-byte values for each slot:
///   simple        the fold
///   variance      mean; sum of squared deviations from it
///   logSumExp     maximum; sum of exp(x - maximum)
///   extreme       value; linear index
enum class Shape { simple, variance, logSumExp, extreme };

struct Reduction {
  const ReductionKernels &kernels;
  const ReductionPlan &plan;
  const char *input;
  int32_t type;
  Shape shape;
  Fold fold;          // of simple and extreme
  double parameter;   // the center of a fold that has one

  /// Whether the (first) partial is a double.
  bool isReal() const { return isFloatingType(type) && fold != Fold::countNonzero; }

  /// Whether an extreme met later replaces the one so far.
  bool beats(Partial next, Partial best) const {
    if (type == EMBER_UINT64) {
      const uint64_t a = uint64_t(next.integer), b = uint64_t(best.integer);
      return fold == Fold::maximum ? a > b : a < b;
    }
    if (!isReal()) return fold == Fold::maximum ? next.integer > best.integer : next.integer < best.integer;
    if (std::isnan(best.real)) return false;
    return std::isnan(next.real) || (fold == Fold::maximum ? next.real > best.real : next.real < best.real);
  }

  Partial combine(Partial a, Partial b) const {
    switch (fold) {
      case Fold::maximum: case Fold::minimum: return beats(b, a) ? b : a;
      case Fold::maximumMagnitude: return {.real = a.real >= b.real || std::isnan(a.real) ? a.real : b.real};
      case Fold::minimumMagnitude: return {.real = a.real <= b.real || std::isnan(a.real) ? a.real : b.real};
      case Fold::product:
        if (isReal()) return {.real = a.real * b.real};
        return {.integer = int64_t(uint64_t(a.integer) * uint64_t(b.integer))};
      default:
        if (isReal()) return {.real = a.real + b.real};
        return {.integer = int64_t(uint64_t(a.integer) + uint64_t(b.integer))};
    }
  }

  void call(Fold which, const char *data, int64_t begin, int64_t end, int64_t slots, const void *centers,
            Partial *partials) const {
    if (plan.columns) {
      kernels.columns[int(which)][type](data, plan.reduced, begin, end, slots, centers, partials);
    } else {
      kernels.rows[int(which)][type](data, plan.reduced, begin, end, slots, plan.slotStride, centers, partials);
    }
  }

  /// Centers in the type the kernels compute in; afterwards `exact` holds what they were rounded to.
  void callCentered(Fold which, const char *data, int64_t begin, int64_t end, int64_t slots, double *exact,
                    Partial *partials) const {
    if (type == EMBER_FLOAT64) return call(which, data, begin, end, slots, exact, partials);
    float centers[columnTile];
    for (int64_t i = 0; i < slots; ++i) exact[i] = centers[i] = float(exact[i]);
    call(which, data, begin, end, slots, centers, partials);
  }

  void evaluate(const char *data, int64_t begin, int64_t end, int64_t slots, Partial *first, Partial *second) const;
  void merge(int64_t countBefore, int64_t count, int64_t slots, Partial *first, Partial *second, const Partial *nextFirst,
             const Partial *nextSecond) const;
};

void Reduction::evaluate(const char *data, int64_t begin, int64_t end, int64_t slots, Partial *first,
                         Partial *second) const {
  const double count = double(end - begin);
  switch (shape) {
    case Shape::simple: {
      if (fold != Fold::sumOfPowers) return call(fold, data, begin, end, slots, nullptr, first);
      double centers[columnTile];
      std::fill_n(centers, slots, parameter);
      return callCentered(fold, data, begin, end, slots, centers, first);
    }
    case Shape::variance: {
      call(Fold::sum, data, begin, end, slots, nullptr, first);
      double centers[columnTile];
      for (int64_t i = 0; i < slots; ++i) {
        first[i].real /= count;
        centers[i] = first[i].real;
      }
      callCentered(Fold::squaredDeviation, data, begin, end, slots, centers, second);
      for (int64_t i = 0; i < slots; ++i) {
        // Deviations were taken from the rounded mean: sum (x - c)^2 = sum (x - mean)^2 + n (mean - c)^2.
        const double shift = first[i].real - centers[i];
        if (!std::isfinite(first[i].real)) {
          second[i].real = std::numeric_limits<double>::quiet_NaN();
        } else if (shift != 0) {
          second[i].real = std::max(0.0, second[i].real - count * shift * shift);
        }
      }
      return;
    }
    case Shape::logSumExp: {
      call(Fold::maximum, data, begin, end, slots, nullptr, first);
      double centers[columnTile];
      for (int64_t i = 0; i < slots; ++i) {
        centers[i] = std::isinf(first[i].real) ? 0 : first[i].real;  // inf - inf would be NaN
      }
      return callCentered(Fold::shiftedExponential, data, begin, end, slots, centers, second);
    }
    case Shape::extreme: {
      const bool maximum = fold == Fold::maximum;
      if (plan.columns) {
        const auto &kernel = maximum ? kernels.columnMaximum[type] : kernels.columnMinimum[type];
        return kernel(data, plan.reduced, begin, end, slots, first, &second->integer);
      }
      // The fold is by far faster than tracking an index; then only the block that holds the winner is searched.
      constexpr int64_t block = 4096;
      for (int64_t i = 0; i < slots; ++i) {
        const char *row = data + i * plan.slotStride * elementSize(type);
        int64_t winner = begin;
        call(fold, row, begin, std::min(begin + block, end), 1, nullptr, first + i);
        for (int64_t at = begin + block; at < end; at += block) {
          Partial next;
          call(fold, row, at, std::min(at + block, end), 1, nullptr, &next);
          if (beats(next, first[i])) {
            first[i] = next;
            winner = at;
          }
        }
        second[i].integer =
            kernels.findFirst[type](row, plan.reduced, winner, std::min(winner + block, end), first + i);
      }
      return;
    }
  }
}

void Reduction::merge(int64_t countBefore, int64_t count, int64_t slots, Partial *first, Partial *second,
                      const Partial *nextFirst, const Partial *nextSecond) const {
  for (int64_t i = 0; i < slots; ++i) {
    Partial &a = first[i];
    const Partial &b = nextFirst[i];
    switch (shape) {
      case Shape::simple: a = combine(a, b); break;
      case Shape::variance: {
        const double m = double(countBefore), n = double(count), difference = b.real - a.real;
        a.real += difference * (n / (m + n));
        second[i].real += nextSecond[i].real + difference * difference * (m * n / (m + n));
        break;
      }
      case Shape::logSumExp: {
        const double infinity = std::numeric_limits<double>::infinity();
        if (b.real == -infinity || a.real == infinity || std::isnan(a.real)) break;
        if (a.real == -infinity || b.real == infinity || std::isnan(b.real)) {
          a = b;
          second[i] = nextSecond[i];
          break;
        }
        const double largest = std::max(a.real, b.real);
        second[i].real = second[i].real * std::exp(a.real - largest) + nextSecond[i].real * std::exp(b.real - largest);
        a.real = largest;
        break;
      }
      case Shape::extreme:
        if (beats(b, a)) {
          a = b;
          second[i] = nextSecond[i];
        }
        break;
    }
  }
}


/// Runs the reduction and hands each batch's final partials to `finish(outputOffset, slots, first, second)`. False: out
/// of memory.
template <class Finish>
bool run(const Reduction &reduction, Finish &&finish) {
  const ReductionPlan &plan = reduction.plan;
  const int64_t size = elementSize(reduction.type), total = plan.reduced.count;
  const int64_t batches = plan.batchCount(), chunks = plan.chunkCount();

  auto chunkOf = [&](const ReductionPlan::Batch &batch, int64_t chunk, Partial *first, Partial *second) {
    const int64_t begin = chunk * plan.chunk;
    reduction.evaluate(reduction.input + batch.inputOffset * size, begin, std::min(begin + plan.chunk, total), batch.slots,
                       first, second);
  };

  if (chunks == 1 || batches >= 8) {
    auto batchesFrom = [&](int64_t begin, int64_t end) {
      Partial first[columnTile], second[columnTile];
      for (int64_t index = begin; index < end; ++index) {
        const ReductionPlan::Batch batch = plan.batch(index);
        chunkOf(batch, 0, first, second);
        for (int64_t chunk = 1; chunk < chunks; ++chunk) {
          Partial nextFirst[columnTile], nextSecond[columnTile];
          chunkOf(batch, chunk, nextFirst, nextSecond);
          const int64_t before = chunk * plan.chunk;
          reduction.merge(before, std::min(plan.chunk, total - before), batch.slots, first, second, nextFirst, nextSecond);
        }
        finish(batch.outputOffset, batch.slots, first, second);
      }
    };
    const int64_t batchElements = std::max<int64_t>(1, total * plan.slotTile);
    const int64_t grain = std::max<int64_t>(1, elementsPerTask / batchElements);
    if (batches <= grain) {
      batchesFrom(0, batches);
    } else {
      parallelRanges(batches, grain, batchesFrom);
    }
    return true;
  }

  // Few batches of many elements: the chunks are the parallel work, and their partials are merged afterwards in order.
  const int64_t tile = plan.slotTile;
  const size_t bytes = size_t(batches * chunks * tile * 2) * sizeof(Partial);
  auto *partials = static_cast<Partial *>(ember_allocate(bytes));
  if (!partials) return false;
  parallel(batches * chunks, [&](int64_t index) {
    Partial *first = partials + index * tile * 2;
    chunkOf(plan.batch(index / chunks), index % chunks, first, first + tile);
  });
  for (int64_t index = 0; index < batches; ++index) {
    const ReductionPlan::Batch batch = plan.batch(index);
    Partial *first = partials + index * chunks * tile * 2, *next = first;
    for (int64_t chunk = 1; chunk < chunks; ++chunk) {
      next += tile * 2;
      const int64_t before = chunk * plan.chunk;
      reduction.merge(before, std::min(plan.chunk, total - before), batch.slots, first, first + tile, next, next + tile);
    }
    finish(batch.outputOffset, batch.slots, first, first + tile);
  }
  ember_deallocate(partials, bytes);
  return true;
}

template <class Value>
void storeAll(void *output, int32_t type, int64_t offset, int64_t stride, int64_t count, Value &&value) {
  auto each = [&]<class T>(T *p) {
    for (int64_t i = 0; i < count; ++i) p[offset + i * stride] = T(value(i));
  };
  switch (type) {
    case EMBER_BOOL:
      for (int64_t i = 0; i < count; ++i) static_cast<uint8_t *>(output)[offset + i * stride] = value(i) != 0;
      break;
    case EMBER_UINT8: each(static_cast<uint8_t *>(output)); break;
    case EMBER_INT8: each(static_cast<int8_t *>(output)); break;
    case EMBER_INT16: each(static_cast<int16_t *>(output)); break;
    case EMBER_INT32: each(static_cast<int32_t *>(output)); break;
    case EMBER_INT64: each(static_cast<int64_t *>(output)); break;
    case EMBER_UINT16: each(static_cast<uint16_t *>(output)); break;
    case EMBER_UINT32: each(static_cast<uint32_t *>(output)); break;
    case EMBER_UINT64: each(static_cast<uint64_t *>(output)); break;
    case EMBER_FLOAT16:
      for (int64_t i = 0; i < count; ++i) {
        static_cast<uint16_t *>(output)[offset + i * stride] = baseline::halfFromScalar(float(value(i)));
      }
      break;
    case EMBER_BFLOAT16:
      for (int64_t i = 0; i < count; ++i) {
        static_cast<uint16_t *>(output)[offset + i * stride] = baseline::bfloat16FromScalar(float(value(i)));
      }
      break;
    case EMBER_FLOAT32: each(static_cast<float *>(output)); break;
    case EMBER_FLOAT64: each(static_cast<double *>(output)); break;
    default: break;
  }
}

bool foldOf(ember_reduction kind, bool floating, Fold &fold) {
  switch (kind) {
    case EMBER_REDUCE_SUM: case EMBER_REDUCE_MEAN: fold = Fold::sum; return true;
    case EMBER_REDUCE_PRODUCT: fold = Fold::product; return true;
    case EMBER_REDUCE_MAX: fold = Fold::maximum; return true;
    case EMBER_REDUCE_MIN: fold = Fold::minimum; return true;
    case EMBER_REDUCE_ANY: case EMBER_REDUCE_ALL: case EMBER_REDUCE_COUNT_NONZERO: fold = Fold::countNonzero; return true;
    case EMBER_REDUCE_NANSUM: fold = Fold::nanSum; return floating;
    case EMBER_REDUCE_SUM_OF_SQUARES: case EMBER_REDUCE_L2_NORM: fold = Fold::sumOfSquares; return floating;
    case EMBER_REDUCE_L1_NORM: fold = Fold::sumOfMagnitudes; return floating;
    case EMBER_REDUCE_LP_NORM: fold = Fold::sumOfPowers; return floating;
    case EMBER_REDUCE_MAX_NORM: fold = Fold::maximumMagnitude; return floating;
    case EMBER_REDUCE_MIN_NORM: fold = Fold::minimumMagnitude; return floating;
    case EMBER_REDUCE_LOGSUMEXP: fold = Fold::maximum; return floating;
  }
  return false;
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" int32_t ember_reduce(ember_reduction kind, const void *input, int32_t input_dtype,
                                const ember_reduction_shape *shape, void *output, int32_t output_dtype, double parameter) {
  Fold fold;
  if (!foldOf(kind, isFloatingType(input_dtype), fold)) return -1;
  ReductionPlan plan;
  makeReductionPlan(plan, *shape, false);
  if (plan.keptCount == 0) return 0;
  const Shape form = kind == EMBER_REDUCE_LOGSUMEXP ? Shape::logSumExp : Shape::simple;
  const Reduction reduction = {*EMBER_SELECT(kernels), plan, static_cast<const char *>(input), input_dtype, form, fold,
                               parameter};
  const double count = double(plan.reduced.count);
  const bool emptyNorm = plan.reduced.count == 0 && (kind == EMBER_REDUCE_MAX_NORM || kind == EMBER_REDUCE_MIN_NORM);
  const bool done = run(reduction, [&](int64_t offset, int64_t slots, const Partial *first, const Partial *second) {
    auto save = [&](auto &&value) { storeAll(output, output_dtype, offset, plan.slotOutputStride, slots, value); };
    switch (kind) {
      case EMBER_REDUCE_ANY: return save([&](int64_t i) { return first[i].integer != 0; });
      case EMBER_REDUCE_ALL: return save([&](int64_t i) { return first[i].integer == plan.reduced.count; });
      case EMBER_REDUCE_MEAN:
        return save([&](int64_t i) { return (reduction.isReal() ? first[i].real : double(first[i].integer)) / count; });
      case EMBER_REDUCE_L2_NORM: return save([&](int64_t i) { return std::sqrt(first[i].real); });
      case EMBER_REDUCE_LP_NORM: return save([&](int64_t i) { return std::pow(first[i].real, 1 / parameter); });
      case EMBER_REDUCE_LOGSUMEXP:
        return save([&](int64_t i) {
          return std::isinf(first[i].real) ? first[i].real : first[i].real + std::log(second[i].real);
        });
      default:
        if (emptyNorm) return save([&](int64_t) { return 0.0; });
        if (reduction.isReal()) return save([&](int64_t i) { return first[i].real; });
        return save([&](int64_t i) { return first[i].integer; });
    }
  });
  return done ? 0 : -2;
}

extern "C" int32_t ember_variance(const void *input, int32_t input_dtype, const ember_reduction_shape *shape,
                                  double correction, bool standard_deviation, void *output, void *mean,
                                  int32_t output_dtype) {
  if (!isFloatingType(input_dtype)) return -1;
  ReductionPlan plan;
  makeReductionPlan(plan, *shape, false);
  if (plan.keptCount == 0) return 0;
  const Reduction reduction = {*EMBER_SELECT(kernels), plan,     static_cast<const char *>(input), input_dtype,
                               Shape::variance,        Fold::sum, 0};
  const double divisor = std::max(0.0, double(plan.reduced.count) - correction);
  const bool done = run(reduction, [&](int64_t offset, int64_t slots, const Partial *first, const Partial *second) {
    storeAll(output, output_dtype, offset, plan.slotOutputStride, slots, [&](int64_t i) {
      const double variance = second[i].real / divisor;
      return standard_deviation ? std::sqrt(variance) : variance;
    });
    if (!mean) return;
    storeAll(mean, output_dtype, offset, plan.slotOutputStride, slots, [&](int64_t i) { return first[i].real; });
  });
  return done ? 0 : -2;
}

extern "C" int32_t ember_reduce_extreme(bool maximum, const void *input, int32_t input_dtype,
                                        const ember_reduction_shape *shape, void *values, int64_t *indices) {
  ReductionPlan plan;
  makeReductionPlan(plan, *shape, true);
  if (plan.keptCount == 0 || plan.reduced.count == 0) return 0;
  const Fold fold = maximum ? Fold::maximum : Fold::minimum;
  const Reduction reduction = {*EMBER_SELECT(kernels), plan, static_cast<const char *>(input), input_dtype,
                               Shape::extreme,         fold, 0};
  const bool done = run(reduction, [&](int64_t offset, int64_t slots, const Partial *first, const Partial *second) {
    const int64_t stride = plan.slotOutputStride;
    if (indices) {
      for (int64_t i = 0; i < slots; ++i) indices[offset + i * stride] = second[i].integer;
    }
    if (!values) return;
    if (reduction.isReal()) {
      storeAll(values, input_dtype, offset, stride, slots, [&](int64_t i) { return first[i].real; });
    } else {
      storeAll(values, input_dtype, offset, stride, slots, [&](int64_t i) { return first[i].integer; });
    }
  });
  return done ? 0 : -2;
}
