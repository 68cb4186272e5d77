// Distinct values: of all elements (through a sort), of neighbours, of rows.
#include <algorithm>

#include "../Indexing/IndexLoop.h"
#include "Lines.h"
#include "RadixSort.h"
#include "SortKey.h"
#include "ember_sorting.h"

using namespace ember;
using namespace ember::sorting;

namespace {

/// Numbers the groups of a sequence: `joins(i)` says whether item i belongs with item i - 1, `place(i)` which element
/// it is. Calls `first(group, element)` for each group's first item.
template <class Joins, class Place, class First>
int64_t numberGroups(int64_t count, int64_t *inverse, int64_t *counts, Joins &&joins, Place &&place, First &&first) {
  int64_t groups = 0, start = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t element = place(i);
    if (i == 0 || !joins(i)) {
      if (counts && groups > 0) counts[groups - 1] = i - start;
      start = i;
      first(groups++, element);
    }
    if (inverse) inverse[element] = groups - 1;
  }
  if (counts && groups > 0) counts[groups - 1] = count - start;
  return groups;
}

/// Equal as keys are (-0 is +0), but a NaN equals nothing.
template <class T>
bool sameValue(T a, T b) {
  using Key = SortKey<T>;
  const auto key = Key::encode(a);
  return key == Key::encode(b) && !(Key::isFloat && key == Key::nan);
}

/// Lexicographic comparison of rows by key: negative, zero or positive.
template <class T>
int compareRows(const T *a, const T *b, int64_t columns) {
  for (int64_t c = 0; c < columns; ++c) {
    const auto left = SortKey<T>::encode(a[c]), right = SortKey<T>::encode(b[c]);
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

template <class T>
bool sameRow(const T *a, const T *b, int64_t columns) {
  for (int64_t c = 0; c < columns; ++c)
    if (!sameValue(a[c], b[c])) return false;
  return true;
}

}  // namespace

extern "C" int64_t ember_unique(int32_t dtype, int64_t count, const void *source, void *values, int64_t *inverse,
                                int64_t *counts) {
  int64_t groups = 0;
  if (count == 0) return groups;
  withItems(dtype, count, [&](auto tag, auto itemTag) {
    using T = typename decltype(tag)::type;
    using Item = typename decltype(itemTag)::type;
    using Key = SortKey<T>;
    auto *from = static_cast<const T *>(source);
    auto *to = static_cast<T *>(values);
    Scratch<Item> items(2 * count);
    parallelRanges(count, 64 << 10, [&](int64_t begin, int64_t end) {
      makeItems(from, begin, end, false, items.get() + begin);
    });
    const Item *sorted = sortItems(items.get(), items.get() + count, count, int(8 * sizeof(T)), true);
    groups = numberGroups(
        count, inverse, counts,
        [&](int64_t i) {
          return sorted[i].key() == sorted[i - 1].key() && !(Key::isFloat && sorted[i].key() == Key::nan);
        },
        [&](int64_t i) { return sorted[i].index(); },
        [&](int64_t group, int64_t element) { to[group] = from[element]; });
  });
  return groups;
}

extern "C" int64_t ember_unique_consecutive(int32_t dtype, int64_t count, const void *source, void *values,
                                            int64_t *inverse, int64_t *counts) {
  return indexing::withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *from = static_cast<const T *>(source);
    auto *to = static_cast<T *>(values);
    return numberGroups(
        count, inverse, counts, [&](int64_t i) { return sameValue(from[i], from[i - 1]); },
        [](int64_t i) { return i; }, [&](int64_t group, int64_t element) { to[group] = from[element]; });
  });
}

extern "C" int64_t ember_unique_rows(int32_t dtype, int64_t rows, int64_t columns, const void *source, bool consecutive,
                                     int64_t *representatives, int64_t *inverse, int64_t *counts) {
  return indexing::withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *from = static_cast<const T *>(source);
    Scratch<int64_t> order(rows);
    for (int64_t r = 0; r < rows; ++r) order[r] = r;
    if (!consecutive)
      std::sort(order.get(), order.get() + rows, [&](int64_t a, int64_t b) {
        const int comparison = compareRows(from + a * columns, from + b * columns, columns);
        return comparison != 0 ? comparison < 0 : a < b;
      });
    return numberGroups(
        rows, inverse, counts,
        [&](int64_t i) { return sameRow(from + order[i - 1] * columns, from + order[i] * columns, columns); },
        [&](int64_t i) { return order[i]; }, [&](int64_t group, int64_t element) { representatives[group] = element; });
  });
}
