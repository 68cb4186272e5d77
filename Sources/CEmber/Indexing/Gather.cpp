// Reading through indices: gather, index_select, take.
#include <cstring>

#include "ElementTypes.h"
#include "IndexLoop.h"

using namespace ember;
using namespace ember::indexing;

extern "C" int32_t ember_gather(int32_t element_size, int32_t rank, int32_t dim, const int64_t *shape,
                                void *destination, const int64_t *destination_strides, const int64_t *index,
                                const int64_t *index_strides, const void *source, const int64_t *source_strides,
                                int64_t source_size,
                                ember_index_error *error) {
  IndexLoop loop(rank, dim, shape, destination_strides, index_strides, source_strides);
  // The source moves along the indexed dimension by the index, not by the loop.
  const int64_t step = loop.along.stride[sourceOperand];
  loop.along.stride[sourceOperand] = 0;
  loop.cutAcrossIndexed();
  if (source_size == 0) return checkIndices(rank, shape, index, index_strides, source_size, false, error);
  std::atomic<bool> bad{false};
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(destination);
    auto *from = static_cast<const T *>(source);
    // By value: captured references would be read again after every store.
    const auto move = [&](auto read) {
      loop.forEachPiece([&](const int64_t *offset, int64_t columns) {
        if (!loop.forEachChecked(offset, columns, index, source_size, read)) bad.store(true, std::memory_order_relaxed);
      });
    };
    if (step == 1) move([=](int64_t d, int64_t i, int64_t s) { to[d] = from[s + index[i]]; });
    else move([=](int64_t d, int64_t i, int64_t s) { to[d] = from[s + index[i] * step]; });
  });
  return bad.load() ? checkIndices(rank, shape, index, index_strides, source_size, false, error) : EMBER_INDEX_OK;
}

extern "C" int32_t ember_index_select(int32_t element_size, int64_t outer, int64_t n, int64_t inner, void *destination,
                                      int64_t count, const int64_t *index, const void *source,
                                      ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, false, error)) return status;
  const int64_t rowBytes = inner * element_size, rows = outer * count;
  if (rowBytes == 0 || rows == 0) return EMBER_INDEX_OK;
  auto *to = static_cast<char *>(destination);
  auto *from = static_cast<const char *>(source);
  auto move = [&](int64_t begin, int64_t end) {
    int64_t o = begin / count, k = begin % count;
    auto walk = [&](auto copy) {
      for (int64_t row = begin; row < end; ++row) {
        copy(to + row * rowBytes, from + (o * n + index[k]) * rowBytes);
        if (++k == count) {
          k = 0;
          ++o;
        }
      }
    };
    // Rows of one element are moved without a call.
    switch (rowBytes) {
      case 1: walk([](char *d, const char *s) { *d = *s; }); break;
      case 2: walk([](char *d, const char *s) { std::memcpy(d, s, 2); }); break;
      case 4: walk([](char *d, const char *s) { std::memcpy(d, s, 4); }); break;
      case 8: walk([](char *d, const char *s) { std::memcpy(d, s, 8); }); break;
      case 16: walk([](char *d, const char *s) { std::memcpy(d, s, 16); }); break;
      default: walk([rowBytes](char *d, const char *s) { std::memcpy(d, s, size_t(rowBytes)); }); break;
    }
  };
  const int64_t grain = std::max<int64_t>(1, (128 << 10) / std::max<int64_t>(8, rowBytes));
  if (rows <= grain) move(0, rows);
  else parallelRanges(rows, grain, move);
  return EMBER_INDEX_OK;
}

extern "C" int32_t ember_take(int32_t element_size, int64_t n, const void *source, int64_t count, const int64_t *index,
                              void *destination, ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, true, error)) return status;
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(destination);
    auto *from = static_cast<const T *>(source);
    auto move = [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) to[k] = from[index[k] < 0 ? index[k] + n : index[k]];
    };
    if (count <= grainElements) move(0, count);
    else parallelRanges(count, grainElements, move);
  });
  return EMBER_INDEX_OK;
}
