// Writing through indices: scatter, index_copy, index_fill, put. Where indices repeat the last one wins, at any
// thread count, because every destination element is written by one task that takes its indices in order.
#include <cstring>

#include "ElementTypes.h"
#include "IndexLoop.h"
#include "RowPartition.h"

using namespace ember;
using namespace ember::indexing;

extern "C" int32_t ember_scatter(int32_t element_size, int32_t rank, int32_t dim, const int64_t *shape,
                                 void *destination, const int64_t *destination_strides, int64_t destination_size,
                                 const int64_t *index,
                                 const int64_t *index_strides, const void *source, const int64_t *source_strides,
                                 ember_index_error *error) {
  if (int32_t status = checkIndices(rank, shape, index, index_strides, destination_size, false, error)) return status;
  IndexLoop loop(rank, dim, shape, destination_strides, index_strides, source_strides);
  const int64_t step = loop.along.stride[destinationOperand];
  loop.along.stride[destinationOperand] = 0;
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(destination);
    auto *from = static_cast<const T *>(source);
    loop.forEachPiece([&](const int64_t *offset, int64_t columns) {
      loop.forEachElement(offset, columns,
                          [=](int64_t d, int64_t i, int64_t s) { to[d + index[i] * step] = from[s]; });
    });
  });
  return EMBER_INDEX_OK;
}

extern "C" int32_t ember_index_copy(int32_t element_size, int64_t outer, int64_t n, int64_t inner, void *destination,
                                    int64_t count, const int64_t *index, const void *source, ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, false, error)) return status;
  const int64_t rowBytes = inner * element_size;
  if (rowBytes == 0) return EMBER_INDEX_OK;
  auto *to = static_cast<char *>(destination);
  auto *from = static_cast<const char *>(source);
  forEachRow(outer, n, inner, count, index, [&](int64_t o, int64_t k, int64_t at) {
    std::memcpy(to + (o * n + at) * rowBytes, from + (o * count + k) * rowBytes, size_t(rowBytes));
  });
  return EMBER_INDEX_OK;
}

extern "C" int32_t ember_index_fill(int32_t element_size, int64_t outer, int64_t n, int64_t inner, void *destination,
                                    int64_t count, const int64_t *index, const void *value, ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, true, error)) return status;
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(destination);
    T fill;
    std::memcpy(&fill, value, sizeof fill);
    forEachRow(outer, n, inner, count, index, [&](int64_t o, int64_t, int64_t at) {
      T *row = to + (o * n + at) * inner;
      for (int64_t i = 0; i < inner; ++i) row[i] = fill;
    });
  });
  return EMBER_INDEX_OK;
}

extern "C" int32_t ember_put(int32_t element_size, int64_t n, void *destination, int64_t count, const int64_t *index,
                             const void *source, ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, true, error)) return status;
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *to = static_cast<T *>(destination);
    auto *from = static_cast<const T *>(source);
    for (int64_t k = 0; k < count; ++k) to[index[k] < 0 ? index[k] + n : index[k]] = from[k];
  });
  return EMBER_INDEX_OK;
}
