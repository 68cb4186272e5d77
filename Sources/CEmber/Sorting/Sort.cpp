#include "Lines.h"
#include "RadixSort.h"
#include "SortKey.h"
#include "ember_sorting.h"

using namespace ember;
using namespace ember::sorting;

extern "C" void ember_sort(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, bool descending,
                           void *values, int64_t *indices) {
  if (outer * n * inner == 0) return;
  withItems(dtype, n, [&](auto tag, auto itemTag) {
    using T = typename decltype(tag)::type;
    using Item = typename decltype(itemTag)::type;
    const InputLines<T> input(static_cast<const T *>(source), outer, n, inner);
    const OutputLines<T> sorted(static_cast<T *>(values), outer, n, inner);
    const OutputLines<int64_t> places(indices, outer, n, inner);
    forEachLine(outer * inner, n, [&](int64_t begin, int64_t end, bool alone) {
      Scratch<Item> items(2 * n);
      auto pieces = [&](auto body) {
        if (alone && n >= parallelSortSize) parallelRanges(n, 64 << 10, body);
        else body(int64_t(0), n);
      };
      for (int64_t l = begin; l < end; ++l) {
        const T *line = input[l];
        pieces([&](int64_t first, int64_t last) { makeItems(line, first, last, descending, items.get() + first); });
        const Item *result = sortItems(items.get(), items.get() + n, n, int(8 * sizeof(T)), alone);
        pieces([&](int64_t first, int64_t last) {
          if (sorted)
            for (int64_t i = first; i < last; ++i) sorted[l][i] = elementOf(line, result[i], descending);
          if (places)
            for (int64_t i = first; i < last; ++i) places[l][i] = result[i].index();
        });
      }
    });
    sorted.finish();
    places.finish();
  });
}
