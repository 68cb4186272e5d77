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
