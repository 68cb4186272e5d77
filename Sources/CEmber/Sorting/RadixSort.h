// Least significant digit radix sort of items, serial or in chunks on the pool (the result of a stable sort is
// unique, so the number of chunks may follow the number of threads).
#pragma once
#include <algorithm>
#include <cstring>
#include <utility>

#include "../Runtime/ScratchMemory.h"
#include "../Runtime/Parallel.h"
#include "SortKey.h"

namespace ember::sorting {

constexpr int64_t parallelSortSize = 128 << 10;

template <int DigitBits, class Item>
Item *radixSortSerial(Item *from, Item *to, int64_t n, int keyBits) {
  constexpr int64_t radix = int64_t(1) << DigitBits;
  constexpr int maxPasses = (64 + DigitBits - 1) / DigitBits;
  const int passes = (keyBits + DigitBits - 1) / DigitBits;
  int64_t counts[maxPasses][radix];
  std::memset(counts, 0, size_t(passes) * sizeof counts[0]);
  for (int64_t i = 0; i < n; ++i) {
    uint64_t key = from[i].key();
    for (int pass = 0; pass < passes; ++pass) ++counts[pass][(key >> (pass * DigitBits)) & (radix - 1)];
  }
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = pass * DigitBits;
    int64_t *start = counts[pass];
    if (start[(from[0].key() >> shift) & (radix - 1)] == n) continue;  // all have this digit
    int64_t sum = 0;
    for (int64_t digit = 0; digit < radix; ++digit) sum += std::exchange(start[digit], sum);
    for (int64_t i = 0; i < n; ++i) to[start[(from[i].key() >> shift) & (radix - 1)]++] = from[i];
    std::swap(from, to);
  }
  return from;
}

template <class Item>
Item *radixSortParallel(Item *from, Item *to, int64_t n, int keyBits) {
  constexpr int digitBits = 11;
  constexpr int64_t radix = int64_t(1) << digitBits;
  const int64_t chunks = std::min<int64_t>(ember_thread_count(), 64);
  const int64_t chunk = (n + chunks - 1) / chunks;
  Scratch<int64_t> counts(chunks * radix);
  for (int shift = 0; shift < keyBits; shift += digitBits) {
    parallel(chunks, [&](int64_t c) {
      int64_t *mine = counts.get() + c * radix;
      std::fill_n(mine, radix, int64_t(0));
      for (int64_t i = c * chunk, end = std::min(n, (c + 1) * chunk); i < end; ++i)
        ++mine[(from[i].key() >> shift) & (radix - 1)];
    });
    int64_t sum = 0;
    bool trivial = false;
    for (int64_t digit = 0; digit < radix; ++digit) {
      const int64_t before = sum;
      for (int64_t c = 0; c < chunks; ++c) sum += std::exchange(counts[c * radix + digit], sum);
      trivial = trivial || sum - before == n;
    }
    if (trivial) continue;
    parallel(chunks, [&](int64_t c) {
      int64_t *start = counts.get() + c * radix;
      for (int64_t i = c * chunk, end = std::min(n, (c + 1) * chunk); i < end; ++i)
        to[start[(from[i].key() >> shift) & (radix - 1)]++] = from[i];
    });
    std::swap(from, to);
  }
  return from;
}

/// Sorts `items` with `spare` as room for as many; returns whichever of the two holds the result.
template <class Item>
Item *sortItems(Item *items, Item *spare, int64_t n, int keyBits, bool inParallel) {
  // Below these sizes clearing and summing the digit counts costs more than comparing.
  if (n <= 4 * keyBits) {
    std::sort(items, items + n);
    return items;
  }
  if (inParallel && n >= parallelSortSize && ember_thread_count() > 1)
    return radixSortParallel(items, spare, n, keyBits);
  if (keyBits <= 16 || n < (32 << 10)) return radixSortSerial<8>(items, spare, n, keyBits);
  return radixSortSerial<11>(items, spare, n, keyBits);
}

}  // namespace ember::sorting
