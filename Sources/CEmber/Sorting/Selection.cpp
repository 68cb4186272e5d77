// topk, kthvalue, median, mode.
#include <algorithm>

#include "Lines.h"
#include "RadixSort.h"
#include "SortKey.h"
#include "ember_sorting.h"

using namespace ember;
using namespace ember::sorting;

namespace {

/// How many candidates a selection of k collects before it throws the losers away.
int64_t candidateRoom(int64_t k) { return 2 * k + 128; }

/// Up to this many are kept in order as they are found.
constexpr int64_t fewKept = 16;

/// The k smallest items (1 <= k <= fewKept) of line[begin ..< end] in order; returns how many there are. An element that beats the worst of them is moved to its place, which needs no candidates.
template <class T, class Item>
int64_t selectFew(const T *line, int64_t begin, int64_t end, bool descending, int64_t k, Item *kept) {
  using Key = SortKey<T>;
  using Bits = typename Key::Bits;
  const Bits flip = descending ? Bits(~Bits(0)) : Bits(0);
  const auto insert = [kept](Item item, int64_t place) {
    for (; place > 0 && item < kept[place - 1]; --place) kept[place] = kept[place - 1];
    kept[place] = item;
  };
  const int64_t first = std::min(k, end - begin);
  for (int64_t i = 0; i < first; ++i) insert(makeItem<T, Item>(line, begin + i, descending), i);
  if (first < k) return first;
  Bits worst = Bits(kept[k - 1].key());
  constexpr int64_t stride = 32;
  for (int64_t i = begin + first; i < end; i += stride) {
    const int64_t last = std::min(i + stride, end);
    bool any = false;
    for (int64_t j = i; j < last; ++j) any |= Bits(Key::encode(line[j]) ^ flip) < worst;
    if (!any) continue;
    for (int64_t j = i; j < last; ++j) {
      const Bits key = Bits(Key::encode(line[j]) ^ flip);
      if (!(key < worst)) continue;  // an equal one comes later than those kept and loses
      insert(Item(key, uint64_t(j)), k - 1);
      worst = Bits(kept[k - 1].key());
    }
  }
  return k;
}

/// The k smallest items (k >= 1) of line[begin ..< end], in `kept`, which has room for candidateRoom(k); unordered.
/// Returns how many there are. Once k are known, an element must beat the worst of them, and most fall at that
/// comparison.
template <class T, class Item>
int64_t selectSmallest(const T *line, int64_t begin, int64_t end, bool descending, int64_t k, Item *kept) {
  using Key = SortKey<T>;
  using Bits = typename Key::Bits;
  const Bits flip = descending ? Bits(~Bits(0)) : Bits(0);
  if (k <= fewKept) return selectFew<T>(line, begin, end, descending, k, kept);
  const int64_t room = candidateRoom(k);
  int64_t count = std::min(room, end - begin);
  makeItems(line, begin, begin + count, descending, kept);
  if (count <= k) return count;
  auto prune = [&] {
    std::nth_element(kept, kept + (k - 1), kept + count);
    count = k;
    return Bits(kept[k - 1].key());
  };
  Bits worst = prune();
  constexpr int64_t stride = 32;
  int64_t i = begin + std::min(room, end - begin);
  for (; i < end; i += stride) {
    const int64_t last = std::min(i + stride, end);
    bool any = false;
    for (int64_t j = i; j < last; ++j) any |= Bits(Key::encode(line[j]) ^ flip) < worst;
    if (!any) continue;
    for (int64_t j = i; j < last; ++j) {
      Bits key = Bits(Key::encode(line[j]) ^ flip);
      if (!(key < worst)) continue;  // an equal one comes later than those kept and loses
      kept[count++] = Item(key, uint64_t(j));
      if (count == room) worst = prune();
    }
  }
  if (count > k) prune();
  return count;
}

/// Sorts the k selected items, whose order is arbitrary. The radix sort keeps equal keys in the order it finds them,
/// so for many items that order is restored by one more pass over the line, which costs less than comparisons.
template <class T, class Item>
const Item *sortSelected(const T *line, int64_t n, bool descending, int64_t k, Item *kept, Item *spare,
                         bool inParallel) {
  constexpr int64_t fewSelected = 2048;
  if (k < fewSelected || k < n / 16) {
    std::sort(kept, kept + k);
    return kept;
  }
  const Item worst = *std::max_element(kept, kept + k);
  int64_t count = 0;
  for (int64_t i = 0; count < k; ++i) {
    const Item item = makeItem<T, Item>(line, i, descending);
    kept[count] = item;
    count += !(worst < item);
  }
  return sortItems(kept, spare, k, int(8 * sizeof(T)), inParallel);
}

/// The item at `position` of the ascending order; `items` are all of the line's, and are reordered.
template <class Item>
Item itemAt(Item *items, int64_t n, int64_t position) {
  std::nth_element(items, items + position, items + n);
  return items[position];
}

/// Reduces every line to one element and its index: `body(line, items, n)` gets the line's items, with room for as
/// many behind them, and returns the chosen one.
template <class Body>
void reduceLines(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, void *values,
                 int64_t *indices, Body &&body) {
  if (outer * inner == 0) return;
  withItems(dtype, n, [&](auto tag, auto itemTag) {
    using T = typename decltype(tag)::type;
    using Item = typename decltype(itemTag)::type;
    const InputLines<T> input(static_cast<const T *>(source), outer, n, inner);
    auto *chosen = static_cast<T *>(values);
    forEachLine(outer * inner, n, [&](int64_t begin, int64_t end, bool alone) {
      Scratch<Item> items(2 * n);
      for (int64_t l = begin; l < end; ++l) {
        makeItems(input[l], 0, n, false, items.get());
        int64_t index = body(tag, items.get(), alone);
        chosen[l] = input[l][index];
        if (indices) indices[l] = index;
      }
    });
  });
}

}  // namespace

extern "C" void ember_topk(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, int64_t k,
                           bool largest, bool sorted, void *values, int64_t *indices) {
  if (outer * inner * k == 0) return;
  withItems(dtype, n, [&](auto tag, auto itemTag) {
    using T = typename decltype(tag)::type;
    using Item = typename decltype(itemTag)::type;
    const InputLines<T> input(static_cast<const T *>(source), outer, n, inner);
    const OutputLines<T> best(static_cast<T *>(values), outer, k, inner);
    const OutputLines<int64_t> places(indices, outer, k, inner);
    const int64_t room = candidateRoom(k);
    forEachLine(outer * inner, n, [&](int64_t begin, int64_t end, bool alone) {
      // A long line is selected from in pieces of a fixed size, whose winners are selected from once more.
      const int64_t piece = std::max<int64_t>(64 << 10, 8 * k);
      const int64_t pieces = alone ? std::max<int64_t>(1, (n + piece - 1) / piece) : 1;
      Scratch<Item> kept(pieces * room);
      Scratch<Item> spare(k);
      for (int64_t l = begin; l < end; ++l) {
        const T *line = input[l];
        int64_t count = 0;
        if (pieces == 1) {
          count = selectSmallest(line, 0, n, largest, k, kept.get());
        } else {
          Scratch<int64_t> counts(pieces);
          parallel(pieces, [&](int64_t p) {
            const int64_t end = std::min(n, (p + 1) * piece);
            counts[p] = selectSmallest(line, p * piece, end, largest, k, kept.get() + p * room);
          });
          for (int64_t p = 0; p < pieces; ++p) {
            std::copy_n(kept.get() + p * room, counts[p], kept.get() + count);
            count += counts[p];
          }
          if (count > k) std::nth_element(kept.get(), kept.get() + (k - 1), kept.get() + count);
        }
        const Item *result = kept.get();
        if (sorted) result = sortSelected(line, n, largest, k, kept.get(), spare.get(), alone);
        for (int64_t i = 0; i < k; ++i) {
          if (best) best[l][i] = elementOf(line, result[i], largest);
          if (places) places[l][i] = result[i].index();
        }
      }
    });
    best.finish();
    places.finish();
  });
}

extern "C" void ember_kth_value(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source,
                                int64_t position, void *values, int64_t *indices) {
  reduceLines(dtype, outer, n, inner, source, values, indices,
              [&](auto, auto *items, bool) { return itemAt(items, n, position).index(); });
}

extern "C" void ember_median(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source,
                             bool ignore_nan, void *values, int64_t *indices) {
  reduceLines(dtype, outer, n, inner, source, values, indices, [&](auto tag, auto *items, bool) {
    using Key = SortKey<typename decltype(tag)::type>;
    int64_t numbers = n;
    if constexpr (Key::isFloat) {
      for (int64_t i = 0; i < n; ++i) {
        if (items[i].key() != Key::nan) continue;
        if (!ignore_nan) return items[i].index();
        --numbers;
      }
    }
    return itemAt(items, n, numbers > 0 ? (numbers - 1) / 2 : 0).index();
  });
}

extern "C" void ember_mode(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, void *values,
                           int64_t *indices) {
  reduceLines(dtype, outer, n, inner, source, values, indices, [&](auto tag, auto *items, bool alone) {
    auto *sorted = sortItems(items, items + n, n, int(8 * sizeof(typename decltype(tag)::type)), alone);
    int64_t longest = 0, index = 0;
    for (int64_t start = 0, i = 1; i <= n; ++i) {
      if (i < n && sorted[i].key() == sorted[start].key()) continue;
      if (i - start > longest) {
        longest = i - start;
        index = sorted[i - 1].index();
      }
      start = i;
    }
    return index;
  });
}
