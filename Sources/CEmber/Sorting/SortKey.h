// Unsigned integers that compare as the elements do: what makes one radix sort and one selection serve every data type.
#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

#include "../Indexing/ElementTypes.h"

namespace ember::sorting {

template <int Bytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> { using type = uint8_t; };
template <>
struct UnsignedOf<2> { using type = uint16_t; };
template <>
struct UnsignedOf<4> { using type = uint32_t; };
template <>
struct UnsignedOf<8> { using type = uint64_t; };

template <class T>
struct SortKey {
  using Bits = typename UnsignedOf<sizeof(T)>::type;
  static constexpr bool isFloat = !std::is_integral_v<T>;
  static constexpr Bits sign = Bits(Bits(1) << (sizeof(T) * 8 - 1));
  static constexpr Bits nan = Bits(~Bits(0));  // the key of every NaN (floating point only)

  /// The bits above which a magnitude is a NaN: those of infinity.
  static constexpr Bits infinity = [] {
    if constexpr (std::is_same_v<T, indexing::BFloat16>) return Bits(0x7f80);
    else if constexpr (std::is_same_v<T, indexing::Float16>) return Bits(0x7c00);
    else if constexpr (sizeof(T) == 4) return Bits(0x7f800000);
    else if constexpr (sizeof(T) == 8) return Bits(0x7ff0000000000000);
    else return Bits(0);
  }();

  static Bits encode(T value) {
    if constexpr (isFloat) {
      // Sign and magnitude: negative numbers are complemented, positive ones move above them.
      Bits bits = std::bit_cast<Bits>(value), magnitude = Bits(bits & Bits(~sign));
      Bits key = bits & sign ? Bits(~bits) : Bits(bits | sign);
      key = magnitude == 0 ? sign : key;
      return magnitude > infinity ? nan : key;
    } else if constexpr (std::is_signed_v<T>) {
      return Bits(Bits(value) ^ sign);
    } else {
      return value;
    }
  }
  /// Whether `decode` gives back the very element: not for zeros (whose sign the key lacks) and NaN.
  static bool isExact(Bits key) {
    if constexpr (isFloat) return key != sign && key != nan;
    else return true;
  }
  static T decode(Bits key) {
    if constexpr (isFloat) return std::bit_cast<T>(key & sign ? Bits(key ^ sign) : Bits(~key));
    else if constexpr (std::is_signed_v<T>) return T(key ^ sign);
    else return key;
  }
};

/// A key and the place it came from. The place takes part in the comparison, so any sorting method is a stable one
/// and any selection takes the first of equal elements.
struct PackedItem {
  uint64_t word;
  PackedItem() = default;
  PackedItem(uint64_t key, uint64_t index) : word(key << 32 | index) {}
  uint64_t key() const { return word >> 32; }
  int64_t index() const { return int64_t(uint32_t(word)); }
  bool operator<(const PackedItem &other) const { return word < other.word; }
};
struct WideItem {
  uint64_t keyBits, place;
  WideItem() = default;
  WideItem(uint64_t key, uint64_t index) : keyBits(key), place(index) {}
  uint64_t key() const { return keyBits; }
  int64_t index() const { return int64_t(place); }
  bool operator<(const WideItem &other) const {
    return keyBits != other.keyBits ? keyBits < other.keyBits : place < other.place;
  }
};

/// Calls `body(Tag<T>, Tag<Item>)` for a line of n elements.
template <class Body>
inline void withItems(int32_t dtype, int64_t n, Body &&body) {
  indexing::withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (sizeof(T) <= 4) {
      if (n <= int64_t(UINT32_MAX)) return body(tag, indexing::Tag<PackedItem>());
    }
    return body(tag, indexing::Tag<WideItem>());
  });
}

template <class T, class Item>
inline Item makeItem(const T *line, int64_t i, bool descending) {
  using Bits = typename SortKey<T>::Bits;
  return Item(Bits(SortKey<T>::encode(line[i]) ^ (descending ? Bits(~Bits(0)) : Bits(0))), uint64_t(i));
}

template <class T, class Item>
inline void makeItems(const T *line, int64_t begin, int64_t end, bool descending, Item *items) {
  for (int64_t i = begin; i < end; ++i) items[i - begin] = makeItem<T, Item>(line, i, descending);
}

/// The element of `line` that an item stands for.
template <class T, class Item>
inline T elementOf(const T *line, const Item &item, bool descending) {
  using Key = SortKey<T>;
  typename Key::Bits key = typename Key::Bits(descending ? ~item.key() : item.key());
  return Key::isExact(key) ? Key::decode(key) : line[item.index()];
}

}  // namespace ember::sorting
