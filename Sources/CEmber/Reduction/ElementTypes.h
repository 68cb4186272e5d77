// Storage types of the element types C++ has no arithmetic for. Their conversions, which depend on the instruction set,
// are in ElementTypes.kernels.h.
#pragma once
#include <cstdint>

namespace ember {

/// IEEE 754 binary16.
struct Half {
  uint16_t bits;
};

/// The upper half of a binary32.
struct BFloat16 {
  uint16_t bits;
};

template <class A, class B>
inline constexpr bool isSame = false;
template <class A>
inline constexpr bool isSame<A, A> = true;

template <class T>
inline constexpr bool isFloating = isSame<T, Half> || isSame<T, BFloat16> || isSame<T, float> || isSame<T, double>;

}  // namespace ember
