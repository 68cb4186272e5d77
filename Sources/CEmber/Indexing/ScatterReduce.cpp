// Reducing through indices: scatter_reduce, index_reduce (index_add, embedding gradients), put with accumulation.
// Values that meet in one element are combined by one task in the order of their indices, so the bits do not depend
// on the number of threads.
#include <algorithm>
#include <cstring>

#include "AccumulatorBuffer.h"
#include "ElementTypes.h"
#include "IndexLoop.h"
#include "Reductions.h"
#include "RowPartition.h"

using namespace ember;
using namespace ember::indexing;

extern "C" int32_t ember_scatter_reduce(int32_t dtype, int32_t reduction, bool include_self, int32_t rank, int32_t dim,
                                        const int64_t *shape, void *destination, const int64_t *destination_shape,
                                        const int64_t *index, const int64_t *index_strides, const void *source,
                                        const int64_t *source_strides, ember_index_error *error) {
  const int64_t size = rank == 0 ? 1 : destination_shape[dim];
  int64_t destinationStrides[EMBER_MAX_RANK], count = 1;
  for (int d = rank - 1; d >= 0; --d) {
    destinationStrides[d] = count;
    count *= destination_shape[d];
  }
  IndexLoop loop(rank, dim, shape, destinationStrides, index_strides, source_strides);
  if (loop.total == 0) return EMBER_INDEX_OK;
  const int64_t step = loop.along.stride[destinationOperand];
  loop.along.stride[destinationOperand] = 0;
  const bool mean = reduction == EMBER_SCATTER_MEAN;
  std::atomic<bool> bad{false};

  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Accumulator<T>;
    auto *from = static_cast<const T *>(source);
    AccumulatorBuffer<T> buffer(static_cast<T *>(destination), count);
    A *sum = buffer.data();
    withReduction(dtype, reduction, [&](auto operation) {
      using Op = decltype(operation);
      const auto apply = [&](auto body) {
        loop.forEachPiece([&](const int64_t *offset, int64_t columns) {
          if (!loop.forEachChecked(offset, columns, index, size, body)) bad.store(true, std::memory_order_relaxed);
        });
      };
      if (!include_self)
        apply([=](int64_t d, int64_t i, int64_t) { sum[d + index[i] * step] = Op::template identity<A>(); });
      const auto combine = [from, sum](int64_t at, int64_t s) { sum[at] = Op::combine(sum[at], A(from[s])); };
      if (step == 1) apply([=](int64_t d, int64_t i, int64_t s) { combine(d + index[i], s); });
      else apply([=](int64_t d, int64_t i, int64_t s) { combine(d + index[i] * step, s); });
    });
    if (bad.load()) return;
    if (mean) {
      Scratch<int32_t> counts(count);
      std::memset(counts.get(), 0, size_t(count) * sizeof(int32_t));
      loop.forEachPiece([&](const int64_t *offset, int64_t columns) {
        loop.forEachElement(offset, columns, [&](int64_t d, int64_t i, int64_t) { ++counts[d + index[i] * step]; });
      });
      parallelRanges(count, grainElements, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          if (counts[i] > 0) sum[i] = divideByCount(sum[i], int64_t(counts[i]) + include_self);
      });
    }
    buffer.finish();
  });
  return bad.load() ? checkIndices(rank, shape, index, index_strides, size, false, error) : EMBER_INDEX_OK;
}

extern "C" int32_t ember_index_reduce(int32_t dtype, int32_t reduction, bool include_self, int64_t outer, int64_t n,
                                      int64_t inner, void *destination, int64_t count, const int64_t *index,
                                      const void *source, ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, false, error)) return status;
  if (outer * inner * count == 0) return EMBER_INDEX_OK;
  const bool mean = reduction == EMBER_SCATTER_MEAN;
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Accumulator<T>;
    auto *from = static_cast<const T *>(source);
    AccumulatorBuffer<T> buffer(static_cast<T *>(destination), outer * n * inner);
    A *sum = buffer.data();
    withReduction(dtype, reduction, [&](auto operation) {
      using Op = decltype(operation);
      if (!include_self)
        forEachRow(outer, n, inner, count, index, [&](int64_t o, int64_t, int64_t at) {
          std::fill_n(sum + (o * n + at) * inner, inner, Op::template identity<A>());
        });
      forEachRow(outer, n, inner, count, index, [&](int64_t o, int64_t k, int64_t at) {
        A *__restrict row = sum + (o * n + at) * inner;
        const T *__restrict values = from + (o * count + k) * inner;
        for (int64_t i = 0; i < inner; ++i) row[i] = Op::combine(row[i], A(values[i]));
      });
    });
    if (mean) {
      Scratch<int64_t> counts(n);
      std::fill_n(counts.get(), n, int64_t(0));
      for (int64_t k = 0; k < count; ++k) ++counts[index[k]];
      for (int64_t o = 0; o < outer; ++o)
        for (int64_t at = 0; at < n; ++at) {
          if (counts[at] == 0) continue;
          A *row = sum + (o * n + at) * inner;
          for (int64_t i = 0; i < inner; ++i) row[i] = divideByCount(row[i], counts[at] + include_self);
        }
    }
    buffer.finish();
  });
  return EMBER_INDEX_OK;
}

extern "C" int32_t ember_put_accumulate(int32_t dtype, int64_t n, void *destination, int64_t count,
                                        const int64_t *index, const void *source, ember_index_error *error) {
  if (int32_t status = checkIndices(count, index, n, true, error)) return status;
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Accumulator<T>;
    auto *from = static_cast<const T *>(source);
    AccumulatorBuffer<T> buffer(static_cast<T *>(destination), n);
    A *sum = buffer.data();
    withReduction(dtype, EMBER_SCATTER_ADD, [&](auto operation) {
      for (int64_t k = 0; k < count; ++k) {
        A &at = sum[index[k] < 0 ? index[k] + n : index[k]];
        at = decltype(operation)::combine(at, A(from[k]));
      }
    });
    buffer.finish();
  });
  return EMBER_INDEX_OK;
}
