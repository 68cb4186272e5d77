// How a sampled number becomes an element of each dtype, as PyTorch's casts do it: float16 and bfloat16 go through float32.
#pragma once
#include <bit>
#include <cstdint>

#include "ember_runtime.h"

namespace ember {

struct BFloat16 {
  uint16_t bits;
  BFloat16() = default;
  explicit BFloat16(float value) {
    uint32_t word = std::bit_cast<uint32_t>(value);
    bits = value != value ? 0x7fc0 : uint16_t((word + 0x7fff + ((word >> 16) & 1)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }
};

template <class T>
inline T elementOf(double value) {
  if constexpr (std::is_same_v<T, BFloat16> || std::is_same_v<T, _Float16>) {
    return T(float(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_same_v<T, uint64_t>) return value < 0x1p63 ? T(int64_t(value)) : T(value);
    else return T(value < 0x1p63 ? int64_t(value) : INT64_MAX);
  } else {
    return T(value);
  }
}

template <class T>
inline T elementOf(int64_t value) {
  if constexpr (std::is_same_v<T, BFloat16> || std::is_same_v<T, _Float16>) {
    return T(float(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else {
    return T(value);
  }
}

/// Calls `body.template operator()<T>()` for the element type of a floating-point dtype.
template <class Body>
inline auto withFloatingType(int32_t dtype, Body &&body) {
  switch (dtype) {
    case EMBER_FLOAT16: return body.template operator()<_Float16>();
    case EMBER_BFLOAT16: return body.template operator()<BFloat16>();
    case EMBER_FLOAT64: return body.template operator()<double>();
    default: return body.template operator()<float>();
  }
}

/// The same for any real dtype.
template <class Body>
inline auto withElementType(int32_t dtype, Body &&body) {
  switch (dtype) {
    case EMBER_BOOL: return body.template operator()<bool>();
    case EMBER_UINT8: return body.template operator()<uint8_t>();
    case EMBER_INT8: return body.template operator()<int8_t>();
    case EMBER_INT16: return body.template operator()<int16_t>();
    case EMBER_INT32: return body.template operator()<int32_t>();
    case EMBER_INT64: return body.template operator()<int64_t>();
    case EMBER_UINT16: return body.template operator()<uint16_t>();
    case EMBER_UINT32: return body.template operator()<uint32_t>();
    case EMBER_UINT64: return body.template operator()<uint64_t>();
    default: return withFloatingType(dtype, body);
  }
}

}  // namespace ember
