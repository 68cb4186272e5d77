// x[i, j, …] with index tensors: the positions that the tensors name are turned into offsets, then blocks of the dimensions without an
// index are moved.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "AccumulatorBuffer.h"
#include "ElementTypes.h"
#include "IndexLoop.h"
#include "Reductions.h"
#include "RowPartition.h"
#include "ScratchMemory.h"

using namespace ember;
using namespace ember::indexing;

namespace {

/// Walks positions of the index tensors' common shape in row-major order; keeps the offset in each index tensor and in the value.
class IndexPositions {
 public:
  IndexPositions(const ember_advanced_index &at, int64_t start) : at(at) {
    for (int d = at.index_rank - 1; d >= 0; --d) {
      position[d] = start % at.index_shape[d];
      start /= at.index_shape[d];
      value += position[d] * at.value_index_strides[d];
      for (int t = 0; t < at.tensor_count; ++t) tensor[t] += position[d] * at.index_strides[t][d];
    }
  }
  void advance() {
    for (int d = at.index_rank - 1; d >= 0; --d) {
      move(d, 1);
      if (++position[d] < at.index_shape[d]) return;
      move(d, -at.index_shape[d]);
      position[d] = 0;
    }
  }
  int64_t value = 0;
  int64_t tensor[EMBER_MAX_RANK] = {};

 private:
  void move(int d, int64_t steps) {
    value += steps * at.value_index_strides[d];
    for (int t = 0; t < at.tensor_count; ++t) tensor[t] += steps * at.index_strides[t][d];
  }
  const ember_advanced_index &at;
  int64_t position[EMBER_MAX_RANK];
};

int64_t indexCount(const ember_advanced_index &at) {
  int64_t count = 1;
  for (int d = 0; d < at.index_rank; ++d) count *= at.index_shape[d];
  return count;
}

/// Offsets in x of positions begin..<end. False when an index is out of range.
bool resolve(const ember_advanced_index &at, int64_t begin, int64_t end, int64_t *offsets) {
  IndexPositions walk(at, begin);
  bool inside = true;
  for (int64_t p = begin; p < end; ++p, walk.advance()) {
    int64_t offset = 0;
    for (int t = 0; t < at.tensor_count; ++t) {
      int64_t i = at.indices[t][walk.tensor[t]], size = at.indexed_sizes[t];
      inside = inside && i >= -size && i < size;
      offset += (i < 0 ? i + size : i) * at.indexed_strides[t];
    }
    offsets[p - begin] = offset;
  }
  return inside;
}

int32_t reportFirst(const ember_advanced_index &at, int64_t count, ember_index_error *error) {
  IndexPositions walk(at, 0);
  for (int64_t p = 0; p < count; ++p, walk.advance())
    for (int t = 0; t < at.tensor_count; ++t) {
      int64_t i = at.indices[t][walk.tensor[t]], size = at.indexed_sizes[t];
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

/// Calls `body(offset in x, offset in the value)` for every position; calls with the same offset in x come in order, on one thread.
template <class Body>
void forEachPosition(const ember_advanced_index &at, const int64_t *offsets, int64_t count, int64_t restCount, Body &&body) {
  const int64_t partitions = rowPartitions(count * restCount, restCount, 1);
  parallel(partitions, [&](int64_t mine) {
    IndexPositions walk(at, 0);
    for (int64_t p = 0; p < count; ++p, walk.advance())
      if (partitions == 1 || partitionOf(offsets[p], partitions) == mine) body(offsets[p], walk.value);
  });
}

/// Fills `offsets` for all positions.
int32_t resolveAll(const ember_advanced_index &at, int64_t count, int64_t *offsets, ember_index_error *error) {
  std::atomic<bool> inside{true};
  parallelRanges(count, grainElements, [&](int64_t begin, int64_t end) {
    if (!resolve(at, begin, end, offsets + begin)) inside.store(false, std::memory_order_relaxed);
  });
  return inside.load() ? EMBER_INDEX_OK : reportFirst(at, count, error);
}

}  // namespace

extern "C" int32_t ember_index_get(int32_t element_size, const ember_advanced_index *description, void *value,
                                   const void *x, ember_index_error *error) {
  const ember_advanced_index &at = *description;
  const int64_t count = indexCount(at);
  const Rest rest(at);
  if (count == 0) return EMBER_INDEX_OK;
  if (rest.count() == 0) return reportFirst(at, count, error);
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
        if (!resolve(at, first, last, offsets)) {
          inside.store(false, std::memory_order_relaxed);
          return;
        }
        IndexPositions walk(at, first);
        for (int64_t p = first; p < last; ++p, walk.advance())
          rest.forEachRun(offsets[p - first], walk.value, [&](int64_t offsetX, int64_t offsetValue) {
            moveRun(rest.run, to + offsetValue, rest.runValue, from + offsetX, rest.runX);
          });
      }
    };
    const int64_t grain = std::max<int64_t>(1, grainElements / rest.count());
    if (count <= grain) move(0, count);
    else parallelRanges(count, grain, move);
  });
  return inside.load() ? EMBER_INDEX_OK : reportFirst(at, count, error);
}

extern "C" int32_t ember_index_put(int32_t element_size, const ember_advanced_index *description, void *x,
                                   const void *value, ember_index_error *error) {
  const ember_advanced_index &at = *description;
  const int64_t count = indexCount(at);
  const Rest rest(at);
  if (count == 0) return EMBER_INDEX_OK;
  Scratch<int64_t> offsets(count);
  if (int32_t status = resolveAll(at, count, offsets.get(), error)) return status;
  if (rest.count() == 0) return EMBER_INDEX_OK;
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(x);
    auto *from = static_cast<const T *>(value);
    forEachPosition(at, offsets.get(), count, rest.count(), [&](int64_t offset, int64_t valueOffset) {
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
  const int64_t count = indexCount(at);
  const Rest rest(at);
  if (count == 0) return EMBER_INDEX_OK;
  Scratch<int64_t> offsets(count);
  if (int32_t status = resolveAll(at, count, offsets.get(), error)) return status;
  if (rest.count() == 0) return EMBER_INDEX_OK;
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Accumulator<T>;
    auto *from = static_cast<const T *>(value);
    AccumulatorBuffer<T> buffer(static_cast<T *>(x), x_count);
    A *sum = buffer.data();
    withReduction(dtype, EMBER_SCATTER_ADD, [&](auto operation) {
      using Op = decltype(operation);
      forEachPosition(at, offsets.get(), count, rest.count(), [&](int64_t offset, int64_t valueOffset) {
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
