// Binary search and counting into bins.
#include <algorithm>
#include <atomic>

#include "../Indexing/ElementTypes.h"
#include "../Indexing/IndexLoop.h"
#include "../Runtime/ScratchMemory.h"
#include "../Runtime/Parallel.h"
#include "SortKey.h"
#include "ember_sorting.h"

using namespace ember;
using namespace ember::indexing;

extern "C" int32_t ember_searchsorted(int32_t dtype, int64_t outer, int64_t n, int64_t m, const void *sorted,
                                      bool shared, const int64_t *sorter, const void *values, bool right,
                                      int64_t *result, ember_index_error *error) {
  if (sorter)
    if (int32_t status = checkIndices(shared ? n : outer * n, sorter, n, false, error)) return status;
  const int64_t total = outer * m;
  if (total == 0) return EMBER_INDEX_OK;
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using Key = sorting::SortKey<T>;
    auto *ascending = static_cast<const T *>(sorted);
    auto *wanted = static_cast<const T *>(values);
    auto search = [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = shared ? 0 : i / m;
        const T *line = ascending + row * n;
        const int64_t *order = sorter ? sorter + row * n : nullptr;
        const auto key = Key::encode(wanted[i]);
        // Halving without a branch on the comparison: it is as good as random.
        int64_t first = 0, size = n;
        while (size > 0) {
          const int64_t half = size / 2, middle = first + half;
          const auto here = Key::encode(line[order ? order[middle] : middle]);
          const bool after = right ? here <= key : here < key;
          first = after ? middle + 1 : first;
          size = after ? size - half - 1 : half;
        }
        result[i] = first;
      }
    };
    constexpr int64_t grain = 4 << 10;
    if (total <= grain) search(0, total);
    else parallelRanges(total, grain, search);
  });
  return EMBER_INDEX_OK;
}

extern "C" int64_t ember_bincount_bins(int64_t count, const int64_t *values) {
  constexpr int64_t chunk = 256 << 10, block = 4 << 10;
  std::atomic<int64_t> largest{-1};
  std::atomic<bool> negative{false};
  auto measure = [&](int64_t begin, int64_t end) {
    int64_t mine = -1;
    for (int64_t first = begin; first < end; first += block) {
      const int64_t *at = values + first, here = std::min(block, end - first);
      uint64_t bits = 0;
      for (int64_t i = 0; i < here; ++i) bits |= uint64_t(at[i]);
      if (bits >> 63) negative.store(true, std::memory_order_relaxed);
      if (int64_t(bits) <= mine) continue;
      // Numbers of 32 bits have a maximum in every instruction set.
      if (bits < 1u << 31) {
        int32_t most = 0;
        for (int64_t i = 0; i < here; ++i) most = std::max(most, int32_t(at[i]));
        mine = std::max<int64_t>(mine, most);
      } else {
        for (int64_t i = 0; i < here; ++i) mine = std::max(mine, at[i]);
      }
    }
    for (int64_t known = largest.load(); known < mine && !largest.compare_exchange_weak(known, mine);) {
    }
  };
  if (count <= chunk) measure(0, count);
  else parallelRanges(count, chunk, measure);
  return negative.load() ? -1 : largest.load() + 1;
}

extern "C" void ember_bincount(int64_t count, const int64_t *values, int64_t bins, int64_t *counts) {
  std::fill_n(counts, bins, int64_t(0));
  // Few bins and many values: each chunk counts for itself (whole numbers add up alike in any order).
  constexpr int64_t chunk = 256 << 10;
  const int64_t chunks = (count + chunk - 1) / chunk;
  if (chunks > 1 && bins <= chunk / 16) {
    Scratch<int64_t> partial(chunks * bins);
    parallelRanges(count, chunk, [&](int64_t begin, int64_t end) {
      int64_t *mine = partial.get() + begin / chunk * bins;
      std::fill_n(mine, bins, int64_t(0));
      for (int64_t i = begin; i < end; ++i) ++mine[values[i]];
    });
    for (int64_t c = 0; c < chunks; ++c)
      for (int64_t b = 0; b < bins; ++b) counts[b] += partial[c * bins + b];
  } else {
    for (int64_t i = 0; i < count; ++i) ++counts[values[i]];
  }
}

extern "C" void ember_bincount_weighted(int32_t dtype, int64_t count, const int64_t *values, const void *weights,
                                        int64_t bins, void *sums) {
  auto add = [&](auto zero) {
    using T = decltype(zero);
    auto *to = static_cast<T *>(sums);
    auto *from = static_cast<const T *>(weights);
    std::fill_n(to, bins, zero);
    for (int64_t i = 0; i < count; ++i) to[values[i]] += from[i];
  };
  if (dtype == EMBER_FLOAT32) add(0.0f);
  else add(0.0);
}

extern "C" void ember_histogram(int32_t dtype, int64_t count, const void *source, int64_t bins, double low, double high,
                                void *counts) {
  constexpr int64_t chunk = 64 << 10;
  const int64_t chunks = std::max<int64_t>(1, (count + chunk - 1) / chunk);
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (sorting::SortKey<T>::isFloat) {
      using A = Accumulator<T>;
      auto *from = static_cast<const T *>(source);
      auto *to = static_cast<T *>(counts);
      const A first = A(low), last = A(high), binCount = A(bins), width = last - first;
      // Many bins: one count for all; else one for each chunk, so that chunks can run side by side.
      const bool split = chunks > 1 && bins <= chunk / 8;
      Scratch<int64_t> partial((split ? chunks : 1) * bins);
      std::fill_n(partial.get(), (split ? chunks : 1) * bins, int64_t(0));
      auto countRange = [&](int64_t begin, int64_t end) {
        int64_t *mine = partial.get() + (split ? begin / chunk : 0) * bins;
        for (int64_t i = begin; i < end; ++i) {
          const A value = A(from[i]);
          if (!(value >= first && value <= last)) continue;
          // In this order of operations, which PyTorch has too: it decides about values on the edge of two bins.
          const int64_t bin = int64_t((value - first) * binCount / width);
          ++mine[std::min(bin, bins - 1)];
        }
      };
      if (split) parallelRanges(count, chunk, countRange);
      else countRange(0, count);
      for (int64_t b = 0; b < bins; ++b) {
        int64_t sum = 0;
        for (int64_t c = 0; c < (split ? chunks : 1); ++c) sum += partial[c * bins + b];
        to[b] = T(A(sum));
      }
    }
  });
}
