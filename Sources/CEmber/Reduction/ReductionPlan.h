// How a reduction is laid out for the kernels: dimensions merged where memory allows, and one kept dimension chosen as
// the `slots` that a kernel call takes together, either rows (each folded along memory) or adjacent columns (folded
// side by side).
#pragma once
#include "ReductionKernels.h"
#include "ember_reduction.h"

namespace ember {

struct ReductionPlan {
  ReducedDimensions reduced;
  bool columns;
  int64_t inputOffset;  // of the first element, after negative strides were turned round

  // Kept dimensions apart from the slots, outermost first; output strides because the slots may have been taken from
  // the middle.
  int32_t outerRank;
  int64_t outerCount;
  int64_t outerSizes[EMBER_MAX_RANK], outerStrides[EMBER_MAX_RANK], outerOutputStrides[EMBER_MAX_RANK];
  int64_t slotCount, slotStride, slotOutputStride;

  int64_t slotTile;    // slots of one kernel call
  int64_t chunk;       // reduced elements of one kernel call
  int64_t keptCount;

  int64_t tilesPerOuter() const { return (slotCount + slotTile - 1) / slotTile; }
  int64_t batchCount() const { return outerCount * tilesPerOuter(); }
  int64_t chunkCount() const { return reduced.count == 0 ? 1 : (reduced.count + chunk - 1) / chunk; }

  struct Batch {
    int64_t inputOffset, outputOffset, slots;
  };
  Batch batch(int64_t index) const;
};

/// `keepsOrder`: the linear index of a reduced element matters.
void makeReductionPlan(ReductionPlan &plan, const ember_reduction_shape &shape, bool keepsOrder);

}  // namespace ember
