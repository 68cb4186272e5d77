// Element types as C++ types: by size where elements only move, by data type where they are added or compared.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ember_runtime.h"

namespace ember::indexing {

struct Bytes16 {
  uint64_t low, high;
};

template <class T>
struct Tag {
  using type = T;
};

/// Calls `body(Tag<T>)` with an unsigned type of that many bytes.
template <class Body>
inline auto withElementSize(int32_t bytes, Body &&body) {
  switch (bytes) {
    case 1: return body(Tag<uint8_t>());
    case 2: return body(Tag<uint16_t>());
    case 4: return body(Tag<uint32_t>());
    case 8: return body(Tag<uint64_t>());
    default: return body(Tag<Bytes16>());
  }
}

struct BFloat16 {
  uint16_t bits;
  explicit operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }
  BFloat16() = default;
  /// To nearest, ties to even; NaN stays NaN.
  explicit BFloat16(float value) {
    uint32_t word = std::bit_cast<uint32_t>(value);
    bits = value != value ? uint16_t((word >> 16) | 0x40) : uint16_t((word + 0x7fff + ((word >> 16) & 1)) >> 16);
  }
};
using Float16 = _Float16;

/// What sums of T are taken in.
template <class T>
using Accumulator =
    std::conditional_t<std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>, float, T>;

/// Calls `body(Tag<T>)` for a real type; bool comes as uint8_t.
template <class Body>
inline auto withDType(int32_t dtype, Body &&body) {
  switch (dtype) {
    case EMBER_INT8: return body(Tag<int8_t>());
    case EMBER_INT16: return body(Tag<int16_t>());
    case EMBER_INT32: return body(Tag<int32_t>());
    case EMBER_INT64: return body(Tag<int64_t>());
    case EMBER_FLOAT16: return body(Tag<Float16>());
    case EMBER_BFLOAT16: return body(Tag<BFloat16>());
    case EMBER_FLOAT32: return body(Tag<float>());
    case EMBER_FLOAT64: return body(Tag<double>());
    case EMBER_UINT16: return body(Tag<uint16_t>());
    case EMBER_UINT32: return body(Tag<uint32_t>());
    case EMBER_UINT64: return body(Tag<uint64_t>());
    default: return body(Tag<uint8_t>());
  }
}

inline int32_t elementSize(int32_t dtype) {
  return withDType(dtype, [](auto tag) { return int32_t(sizeof(typename decltype(tag)::type)); });
}

}  // namespace ember::indexing
