// How values that meet in one element are combined.
#pragma once
#include <limits>
#include <type_traits>

#include "ElementTypes.h"

namespace ember::indexing {

/// Wraps on overflow as PyTorch's integers do (signed overflow is undefined in C++).
template <class T>
inline T wrappingAdd(T a, T b) {
  if constexpr (std::is_integral_v<T>) return T(std::make_unsigned_t<T>(a) + std::make_unsigned_t<T>(b));
  else return a + b;
}
template <class T>
inline T wrappingMultiply(T a, T b) {
  if constexpr (std::is_integral_v<T>) return T(uint64_t(a) * uint64_t(b));
  else return a * b;
}

struct Add {
  template <class T>
  static constexpr T identity() { return T(0); }
  template <class T>
  static T combine(T a, T b) { return wrappingAdd(a, b); }
};
struct Multiply {
  template <class T>
  static constexpr T identity() { return T(1); }
  template <class T>
  static T combine(T a, T b) { return wrappingMultiply(a, b); }
};
struct Maximum {
  template <class T>
  static constexpr T identity() {
    if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
    else return std::numeric_limits<T>::lowest();
  }
  // `a != a` first: a NaN that is there stays, and one that comes fails the comparison and wins.
  template <class T>
  static T combine(T a, T b) { return a != a || a > b ? a : b; }
};
struct Minimum {
  template <class T>
  static constexpr T identity() {
    if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::infinity();
    else return std::numeric_limits<T>::max();
  }
  template <class T>
  static T combine(T a, T b) { return a != a || a < b ? a : b; }
};

/// Calls `body` with the reduction's type; a mean is a sum that is divided at the end. For bool, or is the maximum
/// and and the minimum.
template <class Body>
inline void withReduction(int32_t dtype, int32_t reduction, Body &&body) {
  if (dtype == EMBER_BOOL) {
    if (reduction == EMBER_SCATTER_ADD) reduction = EMBER_SCATTER_MAXIMUM;
    if (reduction == EMBER_SCATTER_MULTIPLY) reduction = EMBER_SCATTER_MINIMUM;
  }
  switch (reduction) {
    case EMBER_SCATTER_MULTIPLY: return body(Multiply());
    case EMBER_SCATTER_MAXIMUM: return body(Maximum());
    case EMBER_SCATTER_MINIMUM: return body(Minimum());
    default: return body(Add());
  }
}

/// Integers round down, as PyTorch's mean does.
template <class T>
inline T divideByCount(T sum, int64_t count) {
  if constexpr (std::is_integral_v<T>) {
    int64_t whole = int64_t(sum), quotient = whole / count;
    return T(quotient - (whole % count < 0));
  } else {
    return sum / T(count);
  }
}

}  // namespace ember::indexing
