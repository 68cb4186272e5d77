// Whether elements are among others.
#include <algorithm>
#include <bit>

#include "../Indexing/ElementTypes.h"
#include "../Runtime/ScratchMemory.h"
#include "../Runtime/Parallel.h"
#include "SortKey.h"
#include "ember_sorting.h"

using namespace ember;
using namespace ember::indexing;

namespace {

/// A hash table with linear probing, at most half full. Free places hold the first element's key: where a search for another key meets it,
/// the search ends.
template <class T>
class Members {
  using Key = sorting::SortKey<T>;
  using Bits = typename Key::Bits;

 public:
  Members(const T *elements, int64_t count)
      : bits(std::max(1, int(std::bit_width(uint64_t(2 * count - 1))))), table(int64_t(1) << bits) {
    int64_t start = 0;
    while (start < count && isNaN(Key::encode(elements[start]))) ++start;
    isEmpty = start == count;
    if (isEmpty) return;
    first = Key::encode(elements[start]);
    std::fill_n(table.get(), int64_t(1) << bits, first);
    for (int64_t i = start; i < count; ++i) {
      const Bits key = Key::encode(elements[i]);
      if (!isNaN(key)) *find(key) = key;
    }
  }

  bool contains(T element) const {
    const Bits key = Key::encode(element);
    return !isNaN(key) && !isEmpty && *find(key) == key;
  }

 private:
  static bool isNaN(Bits key) { return Key::isFloat && key == Key::nan; }

  /// Where `key` is, or would be.
  Bits *find(Bits key) const {
    const uint64_t mask = (uint64_t(1) << bits) - 1;
    uint64_t place = (uint64_t(key) * 0x9E3779B97F4A7C15u) >> (64 - bits);
    while (table[int64_t(place)] != key && table[int64_t(place)] != first) place = (place + 1) & mask;
    return &table[int64_t(place)];
  }

  int bits;
  Scratch<Bits> table;
  Bits first = 0;
  bool isEmpty = false;
};

}  // namespace

extern "C" void ember_isin(int32_t dtype, int64_t count, const void *values, int64_t test_count, const void *tests, bool invert,
                           bool *result) {
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const Members<T> members(static_cast<const T *>(tests), test_count);
    const T *from = static_cast<const T *>(values);
    constexpr int64_t grain = 16 << 10;
    const auto search = [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) result[i] = members.contains(from[i]) != invert;
    };
    if (count <= grain) search(0, count);
    else parallelRanges(count, grain, search);
  });
}
