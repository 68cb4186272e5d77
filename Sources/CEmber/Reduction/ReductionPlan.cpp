#include "ReductionPlan.h"

namespace ember {

namespace {

struct Dimension {
  int64_t size, stride, outputStride;
};

/// Merges neighbours that memory holds as one, innermost last.
int merge(Dimension *dims, int rank) {
  int kept = 0;
  for (int d = 0; d < rank; ++d) {
    if (dims[d].size == 1) continue;
    if (kept > 0) {
      Dimension &outer = dims[kept - 1];
      if (outer.stride == dims[d].size * dims[d].stride && outer.outputStride == dims[d].size * dims[d].outputStride) {
        outer = {outer.size * dims[d].size, dims[d].stride, dims[d].outputStride};
        continue;
      }
    }
    dims[kept++] = dims[d];
  }
  return kept;
}

void sortByStride(Dimension *dims, int rank) {
  for (int i = 1; i < rank; ++i) {
    Dimension moving = dims[i];
    int j = i;
    for (; j > 0 && dims[j - 1].stride < moving.stride; --j) dims[j] = dims[j - 1];
    dims[j] = moving;
  }
}

// Fixed numbers: the partial results, and with them the bits, follow from the shape alone.
constexpr int64_t elementsPerChunk = 1 << 17;  // half of a second-level cache at 4 bytes: two-pass kinds read it twice
constexpr int64_t elementsPerRowBatch = 1 << 15;
constexpr int64_t rowTile = 64;

}  // namespace

void makeReductionPlan(ReductionPlan &plan, const ember_reduction_shape &shape, bool keepsOrder) {
  Dimension kept[EMBER_MAX_RANK], reduced[EMBER_MAX_RANK];
  plan.inputOffset = 0;
  plan.keptCount = 1;
  plan.reduced.count = 1;
  int keptRank = shape.kept_rank, reducedRank = shape.reduced_rank;
  for (int d = keptRank - 1; d >= 0; --d) {
    kept[d] = {shape.kept_sizes[d], shape.kept_strides[d], plan.keptCount};
    plan.keptCount *= shape.kept_sizes[d];
  }
  for (int d = reducedRank - 1; d >= 0; --d) {
    int64_t size = shape.reduced_sizes[d], stride = shape.reduced_strides[d];
    plan.reduced.count *= size;
    if (stride < 0 && !keepsOrder && size > 0) {
      plan.inputOffset += (size - 1) * stride;
      stride = -stride;
    }
    reduced[d] = {size, stride, 0};
  }
  keptRank = merge(kept, keptRank);
  if (!keepsOrder && reducedRank > 1) sortByStride(reduced, reducedRank);
  reducedRank = merge(reduced, reducedRank);
  if (reducedRank == 0 || plan.reduced.count == 0) {
    reduced[0] = {plan.reduced.count, 1, 0};
    reducedRank = 1;
  }

  plan.reduced.rank = reducedRank;
  for (int d = 0; d < reducedRank; ++d) {
    plan.reduced.sizes[d] = reduced[d].size;
    plan.reduced.strides[d] = reduced[d].stride;
  }

  // Columns when the folded elements lie apart and kept ones side by side; two or three of them (the parts of complex numbers, a point's
  // coordinates) only where rows follow without a gap, so that many are taken as one long row.
  int slot = -1;
  plan.columns = false;
  for (int d = 0; d < keptRank; ++d) {
    const bool isDense = !keepsOrder && reducedRank == 1 && reduced[0].stride == kept[d].size;
    if (kept[d].stride == 1 && (kept[d].size >= 4 || isDense) && reduced[reducedRank - 1].stride != 1) {
      slot = d;
      plan.columns = true;
    }
  }
  if (slot < 0 && keptRank > 0) slot = keptRank - 1;
  plan.outerRank = 0;
  plan.outerCount = 1;
  for (int d = 0; d < keptRank; ++d) {
    if (d == slot) continue;
    plan.outerSizes[plan.outerRank] = kept[d].size;
    plan.outerStrides[plan.outerRank] = kept[d].stride;
    plan.outerOutputStrides[plan.outerRank] = kept[d].outputStride;
    plan.outerCount *= kept[d].size;
    ++plan.outerRank;
  }
  plan.slotCount = slot < 0 ? 1 : kept[slot].size;
  plan.slotStride = slot < 0 ? 0 : kept[slot].stride;
  plan.slotOutputStride = slot < 0 ? 1 : kept[slot].outputStride;

  const int64_t folded = plan.reduced.count < 1 ? 1 : plan.reduced.count;
  if (plan.columns) {
    plan.slotTile = plan.slotCount < columnTile ? plan.slotCount : columnTile;
    plan.chunk = elementsPerChunk / plan.slotTile;
  } else {
    plan.slotTile = elementsPerRowBatch / folded;
    if (plan.slotTile < 1) plan.slotTile = 1;
    if (plan.slotTile > rowTile) plan.slotTile = rowTile;
    plan.chunk = elementsPerChunk;
  }
}

ReductionPlan::Batch ReductionPlan::batch(int64_t index) const {
  const int64_t tiles = tilesPerOuter();
  int64_t outer = tiles == 1 ? index : index / tiles;
  const int64_t first = (tiles == 1 ? 0 : index % tiles) * slotTile;
  Batch result = {inputOffset + first * slotStride, first * slotOutputStride,
                  slotCount - first < slotTile ? slotCount - first : slotTile};
  for (int d = outerRank - 1; d >= 0; --d) {
    const int64_t i = d == 0 ? outer : outer % outerSizes[d];
    outer = d == 0 ? 0 : outer / outerSizes[d];
    result.inputOffset += i * outerStrides[d];
    result.outputOffset += i * outerOutputStrides[d];
  }
  return result;
}

}  // namespace ember
