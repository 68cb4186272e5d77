#include "Resampling.h"

#include <algorithm>
#include <vector>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "ember_interpolation.h"

#define EMBER_KERNELS "../Interpolation/Resampling.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

/// About how many elements of the result a task computes.
constexpr int64_t grainElements = 16384;

template <class T>
void resample(const ResamplingKernels<T> &kernels, const void *input, void *output, int64_t outer, int64_t n, int64_t inner,
              const ember_resampling_table &given) {
  const std::vector<T> weights(given.weights, given.weights + given.offsets[given.size]);
  const ResamplingTable<T> table = {given.size, given.first, given.offsets, weights.data()};
  const T *x = static_cast<const T *>(input);
  T *y = static_cast<T *>(output);
  if (inner == 1) {
    parallelRanges(outer, std::max<int64_t>(4, grainElements / table.size), [&](int64_t begin, int64_t end) {
      kernels.rows(x + begin * n, y + begin * table.size, end - begin, n, table);
    });
    return;
  }
  // Positions of the result in pieces; those of one outer index read the same input.
  const int64_t piece = std::clamp<int64_t>(grainElements / inner, 1, table.size), pieces = (table.size + piece - 1) / piece;
  parallelRanges(outer * pieces, std::max<int64_t>(1, grainElements / (piece * inner)), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t o = task / pieces, position = task % pieces * piece;
      kernels.columns(x + o * n * inner, y + o * table.size * inner, position, std::min(position + piece, table.size), inner,
                      table);
    }
  });
}

}  // namespace
}  // namespace ember

extern "C" int32_t ember_resample(int32_t dtype, const void *x, void *y, int64_t outer, int64_t n, int64_t inner,
                                  const ember_resampling_table *table) {
  using namespace ember;
  if (outer * table->size * inner == 0) return dtype == EMBER_FLOAT32 || dtype == EMBER_FLOAT64 ? 0 : -1;
  const ResamplingKernelTable *kernels = EMBER_SELECT(resamplingKernels);
  switch (dtype) {
    case EMBER_FLOAT32: resample(kernels->float32, x, y, outer, n, inner, *table); return 0;
    case EMBER_FLOAT64: resample(kernels->float64, x, y, outer, n, inner, *table); return 0;
    default: return -1;
  }
}
