// Walks (destination, index, source) together for operators with one index per element, and checks index values.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include "../Runtime/Parallel.h"
#include "ember_indexing.h"

namespace ember::indexing {

/// Below this many elements a parallel region costs more than it saves.
constexpr int64_t grainElements = 16 << 10;

enum Operand { destinationOperand = 0, indexOperand = 1, sourceOperand = 2 };

struct IndexDimension {
  int64_t size = 1;
  int64_t stride[3] = {0, 0, 0};
};

/// The loop nest of gather and scatter: `along` is the indexed dimension, `column` the innermost other one, `outer`
/// the rest with neighbours joined where all three operands allow.
struct IndexLoop {
  IndexDimension along, column, outer[EMBER_MAX_RANK];
  int outerRank = 0;
  int64_t outerCount = 1;
  int64_t total = 1;

  IndexLoop(int32_t rank, int32_t dim, const int64_t *shape, const int64_t *destination, const int64_t *index,
            const int64_t *source) {
    for (int d = 0; d < rank; ++d) {
      IndexDimension here{shape[d], {destination[d], index[d], source[d]}};
      total *= shape[d];
      if (d == dim) {
        along = here;
        continue;
      }
      if (shape[d] == 1) continue;
      if (outerRank > 0) {
        IndexDimension &last = outer[outerRank - 1];
        bool joins = true;
        for (int operand = 0; operand < 3; ++operand)
          joins = joins && last.stride[operand] == here.size * here.stride[operand];
        if (joins) {
          here.size *= last.size;
          last = here;
          continue;
        }
      }
      outer[outerRank++] = here;
    }
    if (outerRank > 0) column = outer[--outerRank];
    for (int d = 0; d < outerRank; ++d) outerCount *= outer[d].size;
  }

  /// Whether the inner loop should run along the indexed dimension.
  bool alongIsInner() const {
    auto size = [](int64_t x) { return x < 0 ? -x : x; };
    if (column.size == 1 || along.size == 1) return column.size == 1;
    return size(along.stride[indexOperand]) < size(column.stride[indexOperand]);
  }

  /// For loops whose elements are all independent (gather): lets pieces be cut across the indexed dimension, so that
  /// they are whole rows of memory. The source stride along the indexed dimension must have been cleared.
  void cutAcrossIndexed() {
    if (!alongIsInner() || column.size == 1) std::swap(along, column);
  }

  /// Calls `body(offsets of the three operands, columns)` for pieces that are independent of each other: each piece
  /// has the whole indexed dimension of some columns.
  template <class Body>
  void forEachPiece(Body &&body) const {
    if (total == 0) return;
    const int64_t columnsPerPiece =
        std::min(column.size, std::max<int64_t>(alongIsInner() ? 16 : 128, grainElements / along.size));
    const int64_t pieces = (column.size + columnsPerPiece - 1) / columnsPerPiece;
    const int64_t items = outerCount * pieces;
    const int64_t grain = std::max<int64_t>(1, grainElements / (along.size * columnsPerPiece));
    auto run = [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        int64_t rest = item / pieces, first = item % pieces * columnsPerPiece;
        int64_t offset[3];
        for (int operand = 0; operand < 3; ++operand) offset[operand] = first * column.stride[operand];
        for (int d = outerRank - 1; d >= 0; --d) {
          int64_t position = rest % outer[d].size;
          rest /= outer[d].size;
          for (int operand = 0; operand < 3; ++operand) offset[operand] += position * outer[d].stride[operand];
        }
        body(offset, std::min(columnsPerPiece, column.size - first));
      }
    };
    if (items <= grain) run(0, items);
    else parallelRanges(items, grain, run);
  }

  /// Calls `body(destination, index, source offset)` for every element of a piece; for one column in rising order
  /// along the indexed dimension.
  template <class Body>
  void forEachElement(const int64_t offset[3], int64_t columns, Body &&body) const {
    forEachRun(offset, columns, [&](const int64_t *at, const int64_t *step, int64_t count) {
      forEachOfRun(at, step, count, body);
    });
  }

  /// The same, but stops and returns false where an index is not in 0..<size: indices are looked at in blocks that stay in cache, so
  /// that the check is no pass over memory of its own.
  template <class Body>
  bool forEachChecked(const int64_t offset[3], int64_t columns, const int64_t *index, int64_t size, Body &&body) const {
    constexpr int64_t block = 1024;
    bool inside = true;
    forEachRun(offset, columns, [&](const int64_t *start, const int64_t *step, int64_t count) {
      for (int64_t first = 0; first < count && inside; first += block) {
        const int64_t at[3] = {start[0] + first * step[0], start[1] + first * step[1], start[2] + first * step[2]};
        const int64_t here = std::min(block, count - first);
        inside = step[1] == 1 ? allInside<true>(index + at[1], 1, here, size) : allInside<false>(index + at[1], step[1], here, size);
        if (inside) forEachOfRun(at, step, here, body);
      }
    });
    return inside;
  }

 private:
  template <bool neighbours>
  static bool allInside(const int64_t *index, int64_t stride, int64_t count, int64_t size) {
    // The sign of `at` or of `size - 1 - at` is set outside. Unsigned numbers may wrap around.
    uint64_t signs = 0;
    for (int64_t i = 0; i < count; ++i) {
      const uint64_t at = uint64_t(index[neighbours ? i : i * stride]);
      signs |= at | (uint64_t(size) - 1 - at);
    }
    return signs >> 63 == 0;
  }

  /// Calls `body(offsets, steps, count)` for the inner loops of a piece.
  template <class Body>
  void forEachRun(const int64_t offset[3], int64_t columns, Body &&body) const {
    const bool inner = alongIsInner();
    const IndexDimension &outside = inner ? column : along, &inside = inner ? along : column;
    const int64_t repeats = inner ? columns : along.size, count = inner ? along.size : columns;
    for (int64_t j = 0; j < repeats; ++j) {
      const int64_t at[3] = {offset[0] + j * outside.stride[0], offset[1] + j * outside.stride[1], offset[2] + j * outside.stride[2]};
      body(at, inside.stride, count);
    }
  }

  template <class Body>
  static void forEachOfRun(const int64_t *at, const int64_t *step, int64_t count, Body &&body) {
    const int64_t to = at[0], index = at[1], from = at[2];
    // The usual strides as constants: the compiler then unrolls the loop.
    if (step[1] == 1 && step[0] == 1 && step[2] == 0) {
      for (int64_t i = 0; i < count; ++i) body(to + i, index + i, from);
    } else if (step[1] == 1 && step[0] == 0 && step[2] == 1) {
      for (int64_t i = 0; i < count; ++i) body(to, index + i, from + i);
    } else if (step[1] == 1 && step[0] == 1 && step[2] == 1) {
      for (int64_t i = 0; i < count; ++i) body(to + i, index + i, from + i);
    } else {
      for (int64_t i = 0; i < count; ++i) body(to + i * step[0], index + i * step[1], from + i * step[2]);
    }
  }
};

/// Finds the first index outside 0..<size (with `wraps`: outside -size..<size).
inline int32_t checkIndices(int32_t rank, const int64_t *shape, const int64_t *index, const int64_t *strides,
                            int64_t size, bool wraps, ember_index_error *error) {
  int64_t total = 1;
  bool contiguous = true;
  for (int d = rank - 1; d >= 0; --d) {
    if (shape[d] != 1 && strides[d] != total) contiguous = false;
    total *= shape[d];
  }
  const int64_t lowest = wraps ? -size : 0;
  auto report = [&](int64_t value, int64_t position) {
    *error = {value, size, position, 0};
    return EMBER_INDEX_OUT_OF_RANGE;
  };
  if (contiguous) {
    std::atomic<bool> bad{false};
    auto scan = [&](int64_t begin, int64_t end) {
      int64_t outside = 0;
      for (int64_t i = begin; i < end; ++i) outside |= int64_t(index[i] < lowest) | int64_t(index[i] >= size);
      if (outside) bad.store(true, std::memory_order_relaxed);
    };
    if (total <= 4 * grainElements) scan(0, total);
    else parallelRanges(total, 2 * grainElements, scan);
    if (!bad.load()) return EMBER_INDEX_OK;
    for (int64_t i = 0; i < total; ++i)
      if (index[i] < lowest || index[i] >= size) return report(index[i], i);
  }
  int64_t position[EMBER_MAX_RANK] = {}, offset = 0;
  for (int64_t i = 0; i < total; ++i) {
    if (index[offset] < lowest || index[offset] >= size) return report(index[offset], i);
    for (int d = rank - 1; d >= 0; --d) {
      offset += strides[d];
      if (++position[d] < shape[d]) break;
      offset -= shape[d] * strides[d];
      position[d] = 0;
    }
  }
  return EMBER_INDEX_OK;
}

inline int32_t checkIndices(int64_t count, const int64_t *index, int64_t size, bool wraps, ember_index_error *error) {
  const int64_t unit = 1;
  return checkIndices(1, &count, index, &unit, size, wraps, error);
}

}  // namespace ember::indexing
