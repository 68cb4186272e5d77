// What the reduction kernels of every instruction set offer, and the shapes they take.
#pragma once
#include <cstdint>

#include "../Reduction/ElementTypes.h"
#include "ember_runtime.h"

namespace ember {

/// The folds the kernels know; the public kinds are made of these and of a last step on each result.
enum class Fold {
  sum, product, maximum, minimum, countNonzero, nanSum, sumOfSquares, sumOfMagnitudes, maximumMagnitude, minimumMagnitude,
  sumOfPowers, squaredDeviation, shiftedExponential,
};
inline constexpr int foldCount = 13;
inline constexpr int reducibleTypes = EMBER_UINT64 + 1;  // complex types are among them and have no kernels

/// The dimensions folded away, outermost first. A linear index below `count` walks them in row-major order.
struct ReducedDimensions {
  int64_t count;
  int32_t rank;
  int64_t sizes[EMBER_MAX_RANK];
  int64_t strides[EMBER_MAX_RANK];
};

/// The most columns a column kernel takes in one call.
inline constexpr int64_t columnTile = 1024;

/// A partial result is 8 bytes: double for floating types, int64 or uint64 for the others. Partials between blocks of
/// at most 32 additions per lane are in that wider type, so the error of a float sum does not grow with its length.
///
/// Folds elements begin..<end of each of `slots` rows that lie `slotStride` apart. `centers` (the fold's parameter, one
/// for each slot, in float for float16, bfloat16 and float32 and in double for float64) may be null where the fold has
/// none.
using RowFold = void (*)(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, int64_t slots,
                         int64_t slotStride, const void *centers, void *partials);
/// The same for `slots` adjacent columns.
using ColumnFold = void (*)(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, int64_t slots,
                            const void *centers, void *partials);
/// The extreme value of each column and the linear index of its first occurrence.
using ColumnExtreme = void (*)(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, int64_t slots,
                               void *values, int64_t *indices);
/// The linear index of the first element equal to `*value` (a partial), or of the first NaN when that is NaN.
using FindFirst = int64_t (*)(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end,
                              const void *value);

struct ReductionKernels {
  RowFold rows[foldCount][reducibleTypes] = {};
  ColumnFold columns[foldCount][reducibleTypes] = {};
  ColumnExtreme columnMaximum[reducibleTypes] = {};
  ColumnExtreme columnMinimum[reducibleTypes] = {};
  FindFirst findFirst[reducibleTypes] = {};
};

}  // namespace ember
