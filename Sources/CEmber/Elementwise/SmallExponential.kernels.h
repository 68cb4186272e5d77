// Compiled per instruction set, inside Elementwise.kernels.h.
//
// exp of a large negative number is where functions lose digits: its argument's rounding error is multiplied by the argument, and
// close to the smallest numbers exp itself has few bits left. So arguments are formed with their rounding error (by fma), and
// exponents below a limit are shifted up by a constant, which is exact, and back by a factor at the end. The exponential function is
// softmax's, whose error is smaller than that of the vector library.
#include "../Softmax/Exponential.kernels.h"

template <class T>
constexpr double deepest = sizeof(E<T>) == 4 ? -64.0 : -512.0;
template <class T>
constexpr double lift = sizeof(E<T>) == 4 ? 32.0 : 256.0;
template <class T>
constexpr double lowered = sizeof(E<T>) == 4 ? 1.2664165549094175723e-14 : 6.6162610567094851634e-112;  // exp(-lift)

/// exp of a number that is not positive, in two factors that are exact apart from exp's own error.
template <Real T>
struct SmallExponential {
  T value, factor;
  EMBER_INLINE SmallExponential(T a) {
    auto deep = a < T(deepest<T>);
    value = exponential(deep ? a + T(lift<T>) : a);
    factor = deep ? T(lowered<T>) : T(1);
  }
};

/// 2^lift exp(x + rest) for x in [-87 - lift log 2, 0], or NaN: the power of two is one factor. `rest` is x's rounding error.
template <int lift>
EMBER_INLINE F32 liftedExponential(F32 x, F32 rest) {
  constexpr float magic = 0x1.8p23f;  // as in Exponential.kernels.h
  F32 t = fused_multiply_add(x, F32(0x1.715476p0f), F32(magic)), whole = t - F32(magic);
  F32 r = fused_multiply_add(whole, F32(-0x1.63p-1f), x);
  r = fused_multiply_add(whole, F32(0x1.bd0106p-13f), r) + rest;
  constexpr float coefficients[] = {0.5f, 0x1.5554dcp-3f, 0x1.555518p-5f, 0x1.120be2p-7f, 0x1.6d117cp-10f};
  F32 p = fused_multiply_add(r * r, polynomialInHalves(coefficients, r), r) + F32(1);
  // The low bits of t are the exponent; its high ones leave in the shift.
  return p * __builtin_bit_cast(F32, (__builtin_bit_cast(Bits<F32>, t) + (127 + lift)) << 23);
}
