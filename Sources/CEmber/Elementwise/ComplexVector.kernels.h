// Complex numbers as a register of real and one of imaginary parts, with the functions that rows of ScalarOperators.def use: a
// row whose expression compiles for ComplexVector has complex kernels, any other refuses complex operands. Compiled into each
// instruction set's namespace.
//
// Formulas are those of W. Kahan, "Branch Cuts for Complex Elementary Functions, or Much Ado About Nothing's Sign Bit" (1987),
// where they differ from the textbook's; signs of zero and branch cuts are C99's.

template <class V>
using Mask = decltype(V{} == V{});

template <class V>
struct ComplexVector {
  V re, im;

  ComplexVector() = default;
  EMBER_INLINE ComplexVector(V real, V imaginary) : re(real), im(imaginary) {}
  /// A real number in every lane; implicit, so that rows can write `a != 0`.
  EMBER_INLINE ComplexVector(double real) : re(V(E<V>(real))), im(V(E<V>(0))) {}

  friend EMBER_INLINE ComplexVector operator+(ComplexVector a, ComplexVector b) { return {a.re + b.re, a.im + b.im}; }
  friend EMBER_INLINE ComplexVector operator-(ComplexVector a, ComplexVector b) { return {a.re - b.re, a.im - b.im}; }
  friend EMBER_INLINE ComplexVector operator-(ComplexVector a) { return {-a.re, -a.im}; }
  friend EMBER_INLINE ComplexVector operator*(ComplexVector a, ComplexVector b) {
    // Without fused operations, so that a number times its conjugate is real.
#pragma clang fp contract(off)
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  /// By the larger part of the divisor (R. L. Smith, Algorithm 116, 1962): squares would overflow.
  friend EMBER_INLINE ComplexVector operator/(ComplexVector a, ComplexVector b) {
    auto swapped = absolute(b.im) > absolute(b.re);
    V large = swapped ? b.im : b.re, small = swapped ? b.re : b.im;
    V ratio = large == 0 ? large : small / large;
    V divisor = large + small * ratio;
    V x = swapped ? a.re * ratio + a.im : a.re + a.im * ratio;
    V y = swapped ? a.im * ratio - a.re : a.im - a.re * ratio;
    return {x / divisor, y / divisor};
  }
  friend EMBER_INLINE Mask<V> operator==(ComplexVector a, ComplexVector b) { return (a.re == b.re) & (a.im == b.im); }
  friend EMBER_INLINE Mask<V> operator!=(ComplexVector a, ComplexVector b) { return (a.re != b.re) | (a.im != b.im); }
};

/// Registers of complex elements.
template <class R>
struct VectorOf<Complex<R>> {
  typedef ComplexVector<Vector<R>> type;
};
template <class V>
struct ElementOf<ComplexVector<V>> {
  typedef Complex<E<V>> type;
};

typedef ComplexVector<F32> C64;
typedef ComplexVector<F64> C128;

/// Elements of 16 bytes: beyond them one instruction moves nothing. So lanes are not in memory's order, but in the same one in all
/// registers.
template <class V>
constexpr int together = 16 / int(sizeof(E<V>));
template <class V>
constexpr int separated(int lane, int count) {
  const int place = lane % together<V>, half = together<V> / 2;
  return (place < half ? 0 : count) + lane - place + 2 * (place % half);
}
template <class V>
constexpr int joined(int lane, int count) {
  const int place = lane % together<V>;
  return (place % 2 ? count : 0) + lane - place + place / 2;
}
template <class V, int... I>
EMBER_INLINE ComplexVector<V> separate(V low, V high, std::integer_sequence<int, I...>) {
  constexpr int count = sizeof...(I);
  return {__builtin_shufflevector(low, high, separated<V>(I, count)...),
          __builtin_shufflevector(low, high, separated<V>(I, count) + 1 ...)};
}
template <class V, int... I>
EMBER_INLINE V joinLow(V re, V im, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(re, im, joined<V>(I, int(sizeof...(I)))...);
}
template <class V, int... I>
EMBER_INLINE V joinHigh(V re, V im, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(re, im, joined<V>(I, int(sizeof...(I))) + together<V> / 2 ...);
}
template <class R>
EMBER_INLINE ComplexVector<Vector<R>> load(const Complex<R> *p) {
  auto *parts = reinterpret_cast<const R *>(p);
  return separate(load(parts), load(parts + lanes<R>), std::make_integer_sequence<int, int(lanes<R>)>());
}
template <class R>
EMBER_INLINE void store(Complex<R> *p, ComplexVector<Vector<R>> v) {
  auto *parts = reinterpret_cast<R *>(p);
  constexpr auto order = std::make_integer_sequence<int, int(lanes<R>)>();
  store(parts, joinLow(v.re, v.im, order));
  store(parts + lanes<R>, joinHigh(v.re, v.im, order));
}

// MARK: Functions that rows use, beside those for real numbers

template <class V>
EMBER_INLINE ComplexVector<V> select(Mask<V> condition, ComplexVector<V> yes, ComplexVector<V> no) {
  return {condition ? yes.re : no.re, condition ? yes.im : no.im};
}
template <class V>
EMBER_INLINE ComplexVector<V> magnitude(ComplexVector<V> a) {
  return {hypot(a.re, a.im), V(0)};
}
template <class V>
EMBER_INLINE ComplexVector<V> conjugate(ComplexVector<V> a) {
  return {a.re, -a.im};
}
template <class V>
EMBER_INLINE ComplexVector<V> real_part(ComplexVector<V> a) {
  return {a.re, V(0)};
}
template <class V>
EMBER_INLINE ComplexVector<V> argument(ComplexVector<V> a) {
  return {atan2(a.im, a.re), V(0)};
}
/// a / |a|, 0 at 0.
template <class V>
EMBER_INLINE ComplexVector<V> direction(ComplexVector<V> a) {
  V size = hypot(a.re, a.im);
  size = size == 0 ? V(1) : size;
  return {a.re / size, a.im / size};
}
template <class V>
EMBER_INLINE ComplexVector<V> is_infinite(ComplexVector<V> a) {
  return {maximum(is_infinite(a.re), is_infinite(a.im)), V(0)};
}
template <class V>
EMBER_INLINE ComplexVector<V> is_nonnegative(ComplexVector<V> a) {
  return {a.re >= 0 ? V(1) : V(0), V(0)};
}

template <class V>
EMBER_INLINE ComplexVector<V> exp(ComplexVector<V> a) {
  V size = exp(a.re);
  // A real number stays real: infinity times sin 0 would be NaN.
  return {a.im == 0 ? size : size * cos(a.im), a.im == 0 ? a.im : size * sin(a.im)};
}
/// log |a|; near 1 by log1p of the exactly computed distance.
template <class V>
EMBER_INLINE V log_magnitude(ComplexVector<V> a) {
  V x = absolute(a.re), y = absolute(a.im);
  V large = x > y ? x : y, small = x > y ? y : x, size = hypot(x, y);
  auto isNear = (size > V(0.5)) & (size < V(2));
  return isNear ? V(0.5) * log1p((large - V(1)) * (large + V(1)) + small * small) : log(size);
}
template <class V>
EMBER_INLINE ComplexVector<V> log(ComplexVector<V> a) {
  return {log_magnitude(a), atan2(a.im, a.re)};
}
template <class V>
EMBER_INLINE ComplexVector<V> scaled(ComplexVector<V> a, double factor) {
  return {a.re * V(E<V>(factor)), a.im * V(E<V>(factor))};
}
template <class V>
EMBER_INLINE ComplexVector<V> exp2(ComplexVector<V> a) { return exp(scaled(a, M_LN2)); }
template <class V>
EMBER_INLINE ComplexVector<V> log2(ComplexVector<V> a) { return scaled(log(a), 1 / M_LN2); }
template <class V>
EMBER_INLINE ComplexVector<V> log10(ComplexVector<V> a) { return scaled(log(a), 1 / M_LN10); }
/// exp(x) cos y - 1 = expm1(x) cos y - 2 sin²(y / 2).
template <class V>
EMBER_INLINE ComplexVector<V> expm1(ComplexVector<V> a) {
  V half = sin(a.im * V(0.5));
  return {expm1(a.re) * cos(a.im) - V(2) * half * half, exp(a.re) * sin(a.im)};
}
/// |1 + a|² - 1 = x (x + 2) + y².
template <class V>
EMBER_INLINE ComplexVector<V> log1p(ComplexVector<V> a) {
  ComplexVector<V> sum = {a.re + V(1), a.im};
  V size = hypot(sum.re, sum.im);
  auto isNear = (size > V(0.5)) & (size < V(2));
  return {isNear ? V(0.5) * log1p(a.re * (a.re + V(2)) + a.im * a.im) : log(size), atan2(sum.im, sum.re)};
}
template <class V>
EMBER_INLINE ComplexVector<V> square_root(ComplexVector<V> a) {
  V x = absolute(a.re);
  V s = square_root(V(0.5) * x + V(0.5) * hypot(x, a.im));
  V t = s == 0 ? a.im : V(0.5) * a.im / s;
  s = is_infinite(a.im) != 0 ? absolute(a.im) : s;
  return {a.re < 0 ? absolute(t) : s, a.re < 0 ? copy_sign(s, a.im) : t};
}
template <class V>
EMBER_INLINE ComplexVector<V> power(ComplexVector<V> a, ComplexVector<V> b) {
  ComplexVector<V> y = exp(b * log(a));
  y = select(a == ComplexVector<V>(0), ComplexVector<V>(0), y);
  return select(b == ComplexVector<V>(0), ComplexVector<V>(1), y);
}

template <class V>
EMBER_INLINE ComplexVector<V> sinh(ComplexVector<V> a) {
  return {sinh(a.re) * cos(a.im), a.im == 0 ? a.im : cosh(a.re) * sin(a.im)};
}
template <class V>
EMBER_INLINE ComplexVector<V> cosh(ComplexVector<V> a) {
  return {cosh(a.re) * cos(a.im), a.im == 0 ? a.im * a.re : sinh(a.re) * sin(a.im)};
}
/// Kahan's CTANH; beyond where tanh rounds to ±1 the imaginary part is 4 sin y cos y exp(-2|x|).
template <class V>
EMBER_INLINE ComplexVector<V> tanh(ComplexVector<V> a) {
  V t = tan(a.im), s = sinh(a.re);
  V beta = V(1) + t * t, rho = square_root(V(1) + s * s);
  V divisor = V(1) + beta * s * s;
  V far = V(4) * sin(a.im) * cos(a.im) * exp(V(-2) * absolute(a.re));
  auto large = absolute(a.re) > V(sizeof(E<V>) == 4 ? 11 : 22);
  return {large ? copy_sign(V(1), a.re) : beta * rho * s / divisor, large ? far : t / divisor};
}
/// i a and -i a: the circular functions are the hyperbolic ones of i a.
template <class V>
EMBER_INLINE ComplexVector<V> turned(ComplexVector<V> a) { return {-a.im, a.re}; }
template <class V>
EMBER_INLINE ComplexVector<V> turned_back(ComplexVector<V> a) { return {a.im, -a.re}; }
template <class V>
EMBER_INLINE ComplexVector<V> sin(ComplexVector<V> a) { return turned_back(sinh(turned(a))); }
template <class V>
EMBER_INLINE ComplexVector<V> cos(ComplexVector<V> a) { return cosh(turned(a)); }
template <class V>
EMBER_INLINE ComplexVector<V> tan(ComplexVector<V> a) { return turned_back(tanh(turned(a))); }
/// The integers' sinc is 1 at 0 and 0 elsewhere; those in between need no exact zeros.
template <class V>
EMBER_INLINE ComplexVector<V> sinc_(ComplexVector<V> a) {
  ComplexVector<V> turn = scaled(a, M_PI);
  return select(a == ComplexVector<V>(0), ComplexVector<V>(1), sin(turn) / turn);
}
template <class V>
EMBER_INLINE ComplexVector<V> sinc_slope_(ComplexVector<V> a) {
  return select(a == ComplexVector<V>(0), ComplexVector<V>(0), (cos(scaled(a, M_PI)) - sinc_(a)) / a);
}

// The inverse functions have too many cases near their cuts for registers: the C library's, one lane after the other.
#define EMBER_EACH_COMPLEX(name)                                                        \
  template <class V>                                                                    \
  __attribute__((noinline)) static ComplexVector<V> name(ComplexVector<V> a) {          \
    ComplexVector<V> result;                                                            \
    for (int i = 0; i < int(lanes<E<V>>); ++i) {                                        \
      std::complex<E<V>> y = std::name(std::complex<E<V>>(a.re[i], a.im[i]));           \
      result.re[i] = y.real();                                                          \
      result.im[i] = y.imag();                                                          \
    }                                                                                   \
    return result;                                                                      \
  }
EMBER_EACH_COMPLEX(asin)
EMBER_EACH_COMPLEX(acos)
EMBER_EACH_COMPLEX(atan)
EMBER_EACH_COMPLEX(asinh)
EMBER_EACH_COMPLEX(acosh)
EMBER_EACH_COMPLEX(atanh)
#undef EMBER_EACH_COMPLEX
template <class V>
EMBER_INLINE ComplexVector<V> sigmoid_(ComplexVector<V> a) { return ComplexVector<V>(1) / (ComplexVector<V>(1) + exp(-a)); }
template <class V>
EMBER_INLINE ComplexVector<V> silu_(ComplexVector<V> a) { return a * sigmoid_(a); }
