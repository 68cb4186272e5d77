// How [outer, n, inner] is cut into tasks: ranges of rows where inner is 1, else tiles of adjacent columns of one outer
// index.
#pragma once
#include <algorithm>
#include <cstdint>

#include "../Reduction/ReductionKernels.h"
#include "../Runtime/Parallel.h"

namespace ember {

inline constexpr int64_t elementsPerSoftmaxTask = 1 << 14;

/// `rows(firstRow, count)` on the pool. A call has at most `columnTile` rows.
template <class Rows>
void forRows(int64_t outer, int64_t n, Rows &&rows) {
  const int64_t grain = std::clamp<int64_t>(elementsPerSoftmaxTask / std::max<int64_t>(n, 1), 1, columnTile);
  if (outer <= grain) {
    if (outer > 0) rows(int64_t(0), outer);
    return;
  }
  parallelRanges(outer, grain, [&](int64_t begin, int64_t end) { rows(begin, end - begin); });
}

/// `columns(outerIndex, firstColumn, width)` on the pool. The tile's n * width elements are read more than once, so
/// that they should stay in the second-level cache; a tile has some cache lines of each row all the same.
template <class Columns>
void forColumns(int64_t outer, int64_t n, int64_t inner, Columns &&columns) {
  if (outer == 0 || inner == 0) return;
  const int64_t fitting = (int64_t(1) << 17) / std::max<int64_t>(n, 1) / 64 * 64;
  const int64_t tile = std::min(inner, std::clamp<int64_t>(fitting, 64, columnTile));
  const int64_t tiles = (inner + tile - 1) / tile;
  const int64_t grain = std::max<int64_t>(1, elementsPerSoftmaxTask / std::max<int64_t>(1, n * tile));
  auto range = [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      const int64_t first = index % tiles * tile;
      columns(index / tiles, first, std::min(tile, inner - first));
    }
  };
  if (outer * tiles <= grain) {
    range(0, outer * tiles);
  } else {
    parallelRanges(outer * tiles, grain, range);
  }
}

}  // namespace ember
