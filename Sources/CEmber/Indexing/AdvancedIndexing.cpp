// x[i, j, …] with index tensors: the positions that the tensors name are turned into offsets, then blocks of the
// dimensions without an index are moved.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "AccumulatorBuffer.h"
#include "ElementTypes.h"
#include "IndexLoop.h"
#include "Reductions.h"
#include "RowPartition.h"
#include "../Runtime/ScratchMemory.h"

using namespace ember;
using namespace ember::indexing;

namespace {

/// The index tensors' common shape with neighbouring dimensions joined where every tensor and the value allow.
struct IndexSpace {
  int rank = 0, tensors;
  int64_t count = 1;
  int64_t shape[EMBER_MAX_RANK], value[EMBER_MAX_RANK];
  int64_t strides[EMBER_MAX_RANK][EMBER_MAX_RANK];  // [tensor][dimension]
  const ember_advanced_index &at;

  explicit IndexSpace(const ember_advanced_index &at) : tensors(at.tensor_count), at(at) {
    for (int d = 0; d < at.index_rank; ++d) {
      int64_t size = at.index_shape[d];
      count *= size;
      if (size == 1) continue;
      bool joins = rank > 0 && value[rank - 1] == size * at.value_index_strides[d];
      for (int t = 0; t < tensors; ++t)
        joins = joins && strides[t][rank - 1] == size * at.index_strides[t][d];
      if (joins) size *= shape[--rank];
      shape[rank] = size;
      value[rank] = at.value_index_strides[d];
      for (int t = 0; t < tensors; ++t) strides[t][rank] = at.index_strides[t][d];
      ++rank;
    }
    if (rank > 0) return;
    shape[0] = 1;
    value[0] = 0;
    for (int t = 0; t < tensors; ++t) strides[t][0] = 0;
    rank = 1;
  }
};

/// Walks positions of an index space in row-major order, a run of the last dimension at a time; keeps the offset in
/// each index tensor and in the value.
class IndexPositions {
 public:
  IndexPositions(const IndexSpace &space, int64_t start) : space(space) {
    for (int d = space.rank - 1; d >= 0; --d) {
      position[d] = start % space.shape[d];
      start /= space.shape[d];
      value += position[d] * space.value[d];
      for (int t = 0; t < space.tensors; ++t) tensor[t] += position[d] * space.strides[t][d];
    }
  }
  /// How many positions the last dimension has left.
  int64_t run() const { return space.shape[space.rank - 1] - position[space.rank - 1]; }
  /// `steps` is at most `run()`.
  void advance(int64_t steps) {
    for (int d = space.rank - 1; d >= 0; --d, steps = 1) {
      move(d, steps);
      position[d] += steps;
      if (position[d] < space.shape[d]) return;
      move(d, -space.shape[d]);
      position[d] = 0;
    }
  }
  int64_t value = 0;
  int64_t tensor[EMBER_MAX_RANK] = {};

 private:
  void move(int d, int64_t steps) {
    value += steps * space.value[d];
    for (int t = 0; t < space.tensors; ++t) tensor[t] += steps * space.strides[t][d];
  }
  const IndexSpace &space;
  int64_t position[EMBER_MAX_RANK];
};

/// Calls `body(position, offset in the value)` for positions begin..<end.
template <class Body>
void forEachValue(const IndexSpace &space, int64_t begin, int64_t end, Body &&body) {
  IndexPositions walk(space, begin);
  const int64_t step = space.value[space.rank - 1];
  for (int64_t p = begin; p < end;) {
    const int64_t run = std::min(walk.run(), end - p);
    for (int64_t r = 0; r < run; ++r) body(p + r, walk.value + r * step);
    walk.advance(run);
    p += run;
  }
}

/// Offsets in x of positions begin..<end. False when an index is out of range.
bool resolve(const IndexSpace &space, int64_t begin, int64_t end, int64_t *offsets) {
  IndexPositions walk(space, begin);
  std::fill_n(offsets, end - begin, int64_t(0));
  int64_t outside = 0;
  for (int64_t p = begin; p < end;) {
    const int64_t run = std::min(walk.run(), end - p);
    for (int t = 0; t < space.tensors; ++t) {
      const int64_t *index = space.at.indices[t] + walk.tensor[t];
      const int64_t step = space.strides[t][space.rank - 1], size = space.at.indexed_sizes[t],
                    stride = space.at.indexed_strides[t];
      int64_t *to = offsets + (p - begin);
      for (int64_t r = 0; r < run; ++r) {
        const int64_t i = index[r * step];
        outside |= int64_t(i < -size) | int64_t(i >= size);
        to[r] += (i < 0 ? i + size : i) * stride;
      }
    }
    walk.advance(run);
    p += run;
  }
  return outside == 0;
}

int32_t reportFirst(const IndexSpace &space, ember_index_error *error) {
  IndexPositions walk(space, 0);
  for (int64_t p = 0; p < space.count; ++p, walk.advance(1))
    for (int t = 0; t < space.tensors; ++t) {
      int64_t i = space.at.indices[t][walk.tensor[t]], size = space.at.indexed_sizes[t];
      if (i < -size || i >= size) {
        *error = {i, size, p, t};
        return EMBER_INDEX_OUT_OF_RANGE;
      }
    }
  return EMBER_INDEX_OK;
}

/// The block of dimensions without an index, joined where both sides allow; the innermost is split off as `run`.
struct Rest {
  int rank = 0;
  int64_t shape[EMBER_MAX_RANK], x[EMBER_MAX_RANK], value[EMBER_MAX_RANK];
  int64_t run = 1, runX = 1, runValue = 1;  // the innermost dimension
  int64_t outer = 1;                        // how many runs

  explicit Rest(const ember_advanced_index &at) {
    for (int d = 0; d < at.rest_rank; ++d) {
      if (at.rest_shape[d] == 1) continue;
      int64_t size = at.rest_shape[d], strideX = at.rest_strides[d], strideValue = at.value_rest_strides[d];
      if (rank > 0 && x[rank - 1] == size * strideX && value[rank - 1] == size * strideValue) {
        size *= shape[--rank];
      }
      shape[rank] = size;
      x[rank] = strideX;
      value[rank++] = strideValue;
    }
    if (rank > 0) {
      --rank;
      run = shape[rank];
      runX = x[rank];
      runValue = value[rank];
    }
    for (int d = 0; d < rank; ++d) outer *= shape[d];
  }
  int64_t count() const { return run * outer; }

  /// Calls `body(offset in x, offset in the value)` for each run.
  template <class Body>
  void forEachRun(int64_t offsetX, int64_t offsetValue, Body &&body) const {
    if (rank == 0) return body(offsetX, offsetValue);
    int64_t position[EMBER_MAX_RANK] = {};
    for (int64_t i = 0; i < outer; ++i) {
      body(offsetX, offsetValue);
      for (int d = rank - 1; d >= 0; --d) {
        offsetX += x[d];
        offsetValue += value[d];
        if (++position[d] < shape[d]) break;
        offsetX -= shape[d] * x[d];
        offsetValue -= shape[d] * value[d];
        position[d] = 0;
      }
    }
  }
};

template <class T>
inline void moveRun(int64_t count, T *to, int64_t toStride, const T *from, int64_t fromStride) {
  if (count == 1) {
    *to = *from;
  } else if (toStride == 1 && fromStride == 1) {
    std::memcpy(to, from, size_t(count) * sizeof(T));
  } else {
    for (int64_t i = 0; i < count; ++i) to[i * toStride] = from[i * fromStride];
  }
}

/// Calls `body(offset in x, offset in the value)` for every position; calls with the same offset in x come in order,
/// on one thread.
template <class Body>
void forEachPosition(const IndexSpace &space, const int64_t *offsets, int64_t restCount, Body &&body) {
  const int64_t partitions = rowPartitions(space.count * restCount, restCount, 1);
  parallel(partitions, [&](int64_t mine) {
    forEachValue(space, 0, space.count, [&](int64_t p, int64_t value) {
      if (partitions == 1 || partitionOf(offsets[p], partitions) == mine) body(offsets[p], value);
    });
  });
}

/// Fills `offsets` for all positions.
int32_t resolveAll(const IndexSpace &space, int64_t *offsets, ember_index_error *error) {
  std::atomic<bool> inside{true};
  parallelRanges(space.count, grainElements, [&](int64_t begin, int64_t end) {
    if (!resolve(space, begin, end, offsets + begin)) inside.store(false, std::memory_order_relaxed);
  });
  return inside.load() ? EMBER_INDEX_OK : reportFirst(space, error);
}

}  // namespace

extern "C" int32_t ember_index_get(int32_t element_size, const ember_advanced_index *description, void *value,
                                   const void *x, ember_index_error *error) {
  const ember_advanced_index &at = *description;
  const IndexSpace space(at);
  const int64_t count = space.count;
  const Rest rest(at);
  if (count == 0) return EMBER_INDEX_OK;
  if (rest.count() == 0) return reportFirst(space, error);
  std::atomic<bool> inside{true};
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(value);
    auto *from = static_cast<const T *>(x);
    auto move = [&](int64_t begin, int64_t end) {
      constexpr int64_t batch = 256;
      int64_t offsets[batch];
      for (int64_t first = begin; first < end; first += batch) {
        const int64_t last = std::min(first + batch, end);
        if (!resolve(space, first, last, offsets)) {
          inside.store(false, std::memory_order_relaxed);
          return;
        }
        if (rest.count() == 1) {
          forEachValue(space, first, last, [&](int64_t p, int64_t value) { to[value] = from[offsets[p - first]]; });
          continue;
        }
        forEachValue(space, first, last, [&](int64_t p, int64_t value) {
          rest.forEachRun(offsets[p - first], value, [&](int64_t offsetX, int64_t offsetValue) {
            moveRun(rest.run, to + offsetValue, rest.runValue, from + offsetX, rest.runX);
          });
        });
      }
    };
    const int64_t grain = std::max<int64_t>(1, grainElements / rest.count());
    if (count <= grain) move(0, count);
    else parallelRanges(count, grain, move);
  });
  return inside.load() ? EMBER_INDEX_OK : reportFirst(space, error);
}

extern "C" int32_t ember_index_put(int32_t element_size, const ember_advanced_index *description, void *x,
                                   const void *value, ember_index_error *error) {
  const ember_advanced_index &at = *description;
  const IndexSpace space(at);
  const int64_t count = space.count;
  const Rest rest(at);
  if (count == 0) return EMBER_INDEX_OK;
  Scratch<int64_t> offsets(count);
  if (int32_t status = resolveAll(space, offsets.get(), error)) return status;
  if (rest.count() == 0) return EMBER_INDEX_OK;
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(x);
    auto *from = static_cast<const T *>(value);
    if (rest.count() == 1)
      return forEachPosition(space, offsets.get(), 1, [=](int64_t offset, int64_t valueOffset) {
        to[offset] = from[valueOffset];
      });
    forEachPosition(space, offsets.get(), rest.count(), [&](int64_t offset, int64_t valueOffset) {
      rest.forEachRun(offset, valueOffset, [&](int64_t offsetX, int64_t offsetValue) {
        moveRun(rest.run, to + offsetX, rest.runX, from + offsetValue, rest.runValue);
      });
    });
  });
  return EMBER_INDEX_OK;
}

extern "C" int32_t ember_index_put_accumulate(int32_t dtype, const ember_advanced_index *description, void *x,
                                              int64_t x_count, const void *value, ember_index_error *error) {
  const ember_advanced_index &at = *description;
  const IndexSpace space(at);
  const int64_t count = space.count;
  const Rest rest(at);
  if (count == 0) return EMBER_INDEX_OK;
  Scratch<int64_t> offsets(count);
  if (int32_t status = resolveAll(space, offsets.get(), error)) return status;
  if (rest.count() == 0) return EMBER_INDEX_OK;
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Accumulator<T>;
    auto *from = static_cast<const T *>(value);
    AccumulatorBuffer<T> buffer(static_cast<T *>(x), x_count);
    A *sum = buffer.data();
    withReduction(dtype, EMBER_SCATTER_ADD, [&](auto operation) {
      using Op = decltype(operation);
      if (rest.count() == 1)
        return forEachPosition(space, offsets.get(), 1, [=](int64_t offset, int64_t valueOffset) {
          sum[offset] = Op::combine(sum[offset], A(from[valueOffset]));
        });
      forEachPosition(space, offsets.get(), rest.count(), [&](int64_t offset, int64_t valueOffset) {
        rest.forEachRun(offset, valueOffset, [&](int64_t offsetX, int64_t offsetValue) {
          A *to = sum + offsetX;
          const T *values = from + offsetValue;
          if (rest.runX == 1 && rest.runValue == 1) {
            for (int64_t i = 0; i < rest.run; ++i) to[i] = Op::combine(to[i], A(values[i]));
          } else {
            for (int64_t i = 0; i < rest.run; ++i)
              to[i * rest.runX] = Op::combine(to[i * rest.runX], A(values[i * rest.runValue]));
          }
        });
      });
    });
    buffer.finish();
  });
  return EMBER_INDEX_OK;
}
