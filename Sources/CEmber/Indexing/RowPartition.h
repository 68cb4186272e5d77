// Splits work on rows named by indices among threads such that each destination row belongs to one task.
#pragma once
#include <algorithm>
#include <cstdint>

#include "IndexLoop.h"

namespace ember::indexing {

/// How many tasks to split `work` elements in rows of `rowLength` into: a power of two. Each task reads all indices
/// and takes its own, so short rows are not split. The result does not depend on the number: a row is handled by one
/// task, in order of its indices.
inline int64_t rowPartitions(int64_t work, int64_t rowLength, int64_t otherTasks) {
  int64_t threads = ember_thread_count(), partitions = 1;
  if (threads == 1 || work < 2 * grainElements || rowLength < 16) return 1;
  while (partitions * otherTasks < 2 * threads && partitions < 16) partitions *= 2;
  return partitions;
}

/// Spreads rows over partitions: neighbouring rows go to different ones, because frequent indices are often neighbours.
inline int64_t partitionOf(int64_t row, int64_t partitions) {
  return int64_t((uint64_t(row) * 0x9E3779B97F4A7C15u) >> 32) & (partitions - 1);
}

/// Calls `body(o, k, row)` for every o < outer and every k < count with row = index[k] (negative ones from the end);
/// calls for the same (o, row) come in order of k, on one thread.
template <class Body>
inline void forEachRow(int64_t outer, int64_t n, int64_t inner, int64_t count, const int64_t *index, Body &&body) {
  if (outer * inner * count == 0) return;
  if (outer == 1 && inner * count >= 2 * grainElements && index[0] >= 0 && std::is_sorted(index, index + count)) {
    // Equal ones are neighbours: tasks take stretches of them, whose bounds move to where the row changes.
    auto bound = [&](int64_t k) { return k == 0 ? k : int64_t(std::upper_bound(index + k, index + count, index[k - 1]) - index); };
    return parallelRanges(count, std::max<int64_t>(1, grainElements / inner), [&](int64_t begin, int64_t end) {
      const int64_t last = bound(end);
      for (int64_t k = bound(begin); k < last; ++k) body(int64_t(0), k, index[k]);
    });
  }
  const int64_t partitions = rowPartitions(outer * inner * count, inner, outer);
  auto run = [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t o = item / partitions, mine = item % partitions;
      for (int64_t k = 0; k < count; ++k) {
        const int64_t row = index[k] < 0 ? index[k] + n : index[k];
        if (partitions == 1 || partitionOf(row, partitions) == mine) body(o, k, row);
      }
    }
  };
  const int64_t items = outer * partitions;
  const int64_t grain = std::max<int64_t>(1, grainElements * partitions / (inner * count));
  if (items <= grain) run(0, items);
  else parallelRanges(items, grain, run);
}

}  // namespace ember::indexing
