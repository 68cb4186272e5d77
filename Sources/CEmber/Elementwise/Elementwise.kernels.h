// Compiled per instruction set: the scalar operators over vector registers, and the conversions at a block's borders.
// Below, T is a vector register of float, double, int64_t, uint64_t or complex numbers; E<T> is its element.

typedef Vector<float> F32;
typedef Vector<double> F64;
typedef Vector<int64_t> I64;
typedef Vector<uint64_t> U64;

template <class T>
struct ElementOf {
  typedef std::remove_reference_t<decltype(T{}[0])> type;
};
template <class T>
using E = typename ElementOf<T>::type;

template <class T>
constexpr int width = sizeof(T) / sizeof(E<T>);

template <class T>
constexpr bool integral = std::is_same_v<T, I64> || std::is_same_v<T, U64>;

/// A register of real numbers: what most functions below are for.
template <class T>
concept Real = std::is_same_v<T, F32> || std::is_same_v<T, F64> || integral<T>;

// MARK: Functions that rows use

/// The integer vector with the bits of T, for sign tests.
template <class T>
using Bits = Vector<std::conditional_t<sizeof(E<T>) == 4, int32_t, int64_t>>;

template <Real T, class Function>
EMBER_INLINE T eachLane(T a, Function function) {
  T result;
  for (int i = 0; i < width<T>; ++i) result[i] = E<T>(function(a[i]));
  return result;
}
template <Real T, class Function>
EMBER_INLINE T eachLane(T a, T b, Function function) {
  T result;
  for (int i = 0; i < width<T>; ++i) result[i] = E<T>(function(a[i], b[i]));
  return result;
}

#include "../Elementwise/VectorLibrary.kernels.h"

template <Real T>
EMBER_INLINE T absolute(T a) {
  if constexpr (std::is_same_v<T, U64>) return a;
  else if constexpr (integral<T>) return a < 0 ? -a : a;
  else return __builtin_elementwise_abs(a);
}
template <Real T>
EMBER_INLINE T square_root(T a) {
  return __builtin_elementwise_sqrt(a);
}
template <Real T>
EMBER_INLINE T maximum(T a, T b) {  // NaN in either operand wins
  T larger = b > a ? b : a;         // one instruction of x86, which gives a if a is NaN
  return b == b ? larger : b;
}
template <Real T>
EMBER_INLINE T minimum(T a, T b) {
  T smaller = b < a ? b : a;
  return b == b ? smaller : b;
}
template <Real T>
EMBER_INLINE T round_down(T a) {
  if constexpr (integral<T>) return a;
  else return __builtin_elementwise_floor(a);
}
template <Real T>
EMBER_INLINE T round_up(T a) {
  if constexpr (integral<T>) return a;
  else return __builtin_elementwise_ceil(a);
}
template <Real T>
EMBER_INLINE T round_zero(T a) {
  if constexpr (integral<T>) return a;
  else return __builtin_elementwise_trunc(a);
}
template <Real T>
EMBER_INLINE T round_even(T a) {
  if constexpr (integral<T>) return a;
  else return __builtin_elementwise_roundeven(a);
}
template <Real T>
EMBER_INLINE T fused_multiply_add(T a, T b, T c) {
  return __builtin_elementwise_fma(a, b, c);
}
template <Real T>
EMBER_INLINE T copy_sign(T a, T b) {
  return __builtin_elementwise_copysign(a, b);
}
template <Real T>
EMBER_INLINE T is_infinite(T a) {
  if constexpr (integral<T>) return T(0);
  else return absolute(a) == T(std::numeric_limits<E<T>>::infinity()) ? T(1) : T(0);
}
template <Real T>
EMBER_INLINE T sign_bit(T a) {
  if constexpr (std::is_same_v<T, U64>) return T(0);
  else return __builtin_bit_cast(Bits<T>, a) < 0 ? T(1) : T(0);
}

// Integer division: zero divisors are rejected before a kernel runs (they would trap); the smallest number over -1 wraps.

/// In float64 if all numbers lie within ±2⁵¹: for them a rounded quotient reaches no whole number that the exact one does not. A whole number
/// added to 1.5 · 2⁵² stands in the sum's lowest bits, which converts both ways without an instruction for it.
EMBER_INLINE I64 divide_integers(I64 a, I64 b) {
  constexpr double shift = 0x1.8p52;
  constexpr int64_t bits = __builtin_bit_cast(int64_t, shift);
  constexpr uint64_t limit = uint64_t(1) << 51;
  if (__builtin_reduce_or((__builtin_convertvector(a, U64) + limit) | (__builtin_convertvector(b, U64) + limit)) >> 52)
    return eachLane(a, b, [](int64_t x, int64_t y) { return y == -1 ? int64_t(-uint64_t(x)) : x / y; });
  F64 quotient = (__builtin_bit_cast(F64, a + bits) - shift) / (__builtin_bit_cast(F64, b + bits) - shift);
  return __builtin_bit_cast(I64, __builtin_elementwise_trunc(quotient) + shift) - bits;
}
template <Real T>
EMBER_INLINE T divide_trunc(T a, T b) {
  if constexpr (std::is_same_v<T, U64>) return a / b;
  else if constexpr (integral<T>) return divide_integers(a, b);
  else return __builtin_elementwise_trunc(a / b);
}
template <Real T>
EMBER_INLINE T remainder_trunc(T a, T b) {
  if constexpr (std::is_same_v<T, U64>) return a % b;
  else if constexpr (integral<T>) return a - divide_integers(a, b) * b;
  else return eachLane(a, b, [](E<T> x, E<T> y) { return std::fmod(x, y); });
}
/// Python's %: the result has the divisor's sign.
template <Real T>
EMBER_INLINE T remainder_floor(T a, T b) {
  T r = remainder_trunc(a, b);
  if constexpr (std::is_same_v<T, U64>) return r;
  else if constexpr (integral<T>) return ((r != 0) & ((r ^ b) < 0)) ? r + b : r;
  else return r != 0 ? ((r < 0) != (b < 0) ? r + b : r) : r;
}
/// Python's //, exact also where a/b rounds up to a whole number: by way of the remainder.
template <Real T>
EMBER_INLINE T divide_floor(T a, T b) {
  if constexpr (std::is_same_v<T, U64>) {
    return a / b;
  } else if constexpr (integral<T>) {
    T q = divide_trunc(a, b);
    T r = a - q * b;
    return ((r != 0) & ((r ^ b) < 0)) ? q - 1 : q;
  } else {
    T r = remainder_trunc(a, b);
    T q = (a - r) / b;
    q = r != 0 ? ((r < 0) != (b < 0) ? q - T(1) : q) : q;
    T floored = __builtin_elementwise_floor(q);
    T result = q - floored > T(0.5) ? floored + T(1) : floored;
    result = q == 0 ? copy_sign(T(0), a / b) : result;
    return b == 0 ? a / b : result;
  }
}
EMBER_INLINE uint64_t integerPower(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}
EMBER_INLINE int64_t integerPower(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
  return int64_t(integerPower(uint64_t(base), uint64_t(exponent)));
}
template <Real T>
EMBER_INLINE T power(T a, T b) {
  if constexpr (integral<T>) return eachLane(a, b, [](E<T> x, E<T> y) { return integerPower(x, y); });
  else return pow(a, b);
}
template <Real T>
EMBER_INLINE T shift_left(T a, T b) {
  return eachLane(a, b, [](E<T> x, E<T> y) { return y < 0 || y > 63 ? E<T>(0) : E<T>(uint64_t(x) << y); });
}
template <Real T>
EMBER_INLINE T shift_right(T a, T b) {
  return eachLane(a, b, [](E<T> x, E<T> y) { return y < 0 || y > 63 ? (x < 0 ? E<T>(-1) : E<T>(0)) : x >> y; });
}
template <Real T>
EMBER_INLINE T greatest_common_divisor(T a, T b) {
  return eachLane(a, b, [](E<T> x, E<T> y) { return std::gcd(x, y); });
}
template <Real T>
EMBER_INLINE T least_common_multiple(T a, T b) {
  return eachLane(a, b, [](E<T> x, E<T> y) {
    E<T> divisor = std::gcd(x, y);
    E<T> product = divisor == 0 ? E<T>(0) : x / divisor * y;
    return product < 0 ? -product : product;
  });
}
/// log(1 + exp(a)) without overflow.
template <Real T>
EMBER_INLINE T softplus_(T a) {
  return maximum(a, T(0)) + log1p(exp(-absolute(a)));
}
// Functions of SpecialFunctions.h, one lane after the other; not inlined, because their own time outweighs the call by far.
template <Real T>
__attribute__((noinline)) static T eachDouble(T a, double (*function)(double)) {
  T result;
#pragma clang loop unroll(disable)
  for (int i = 0; i < width<T>; ++i) result[i] = E<T>(function(a[i]));
  return result;
}
template <Real T>
__attribute__((noinline)) static T eachDouble(T a, T b, double (*function)(double, double)) {
  T result;
#pragma clang loop unroll(disable)
  for (int i = 0; i < width<T>; ++i) result[i] = E<T>(function(a[i], b[i]));
  return result;
}
template <Real T>
__attribute__((noinline)) static T eachDouble(T a, T b, T c, double (*function)(double, double, double)) {
  T result;
#pragma clang loop unroll(disable)
  for (int i = 0; i < width<T>; ++i) result[i] = E<T>(function(a[i], b[i], c[i]));
  return result;
}

/// The polynomial whose coefficients begin with the constant one.
template <Real T, int n>
EMBER_INLINE T polynomial(const E<T> (&coefficients)[n], T x) {
  T sum = T(coefficients[n - 1]);
#pragma unroll
  for (int i = n - 2; i >= 0; --i) sum = fused_multiply_add(sum, x, T(coefficients[i]));
  return sum;
}

/// The same by its even and its odd part, which do not wait for each other.
template <Real T, int n>
EMBER_INLINE T polynomialInHalves(const E<T> (&coefficients)[n], T x) {
  constexpr int even = (n - 1) / 2 * 2, odd = (n - 2) / 2 * 2 + 1;
  const T square = x * x;
  T evens = T(coefficients[even]), odds = T(coefficients[odd]);
#pragma unroll
  for (int i = even - 2; i >= 0; i -= 2) evens = fused_multiply_add(evens, square, T(coefficients[i]));
#pragma unroll
  for (int i = odd - 2; i >= 0; i -= 2) odds = fused_multiply_add(odds, square, T(coefficients[i]));
  return fused_multiply_add(odds, x, evens);
}

/// The same by four polynomials of x⁴, for many coefficients.
template <Real T, int n>
EMBER_INLINE T polynomialInQuarters(const E<T> (&coefficients)[n], T x) {
  const T square = x * x, fourth = square * square;
  T sums[4];
#pragma unroll
  for (int i = n - 1; i >= n - 4; --i) sums[i % 4] = T(coefficients[i]);
#pragma unroll
  for (int i = n - 5; i >= 0; --i) sums[i % 4] = fused_multiply_add(sums[i % 4], fourth, T(coefficients[i]));
  return fused_multiply_add(fused_multiply_add(sums[3], x, sums[2]), square, fused_multiply_add(sums[1], x, sums[0]));
}

typedef float HalfOfF32 __attribute__((ext_vector_type(lanes<double>)));

/// A function of float64 registers, applied to float32 ones by halves and rounded.
template <class Function>
EMBER_INLINE F64 inDouble(F64 a, Function function) {
  return function(a);
}
template <class Function>
EMBER_INLINE F64 inDouble(F64 a, F64 b, Function function) {
  return function(a, b);
}
template <class Function>
EMBER_INLINE F32 inDouble(F32 a, Function function) {
  F32 result;
  result.lo = __builtin_convertvector(function(__builtin_convertvector(a.lo, F64)), HalfOfF32);
  result.hi = __builtin_convertvector(function(__builtin_convertvector(a.hi, F64)), HalfOfF32);
  return result;
}
template <class Function>
EMBER_INLINE F32 inDouble(F32 a, F32 b, Function function) {
  F32 result;
  result.lo = __builtin_convertvector(function(__builtin_convertvector(a.lo, F64), __builtin_convertvector(b.lo, F64)), HalfOfF32);
  result.hi = __builtin_convertvector(function(__builtin_convertvector(a.hi, F64), __builtin_convertvector(b.hi, F64)), HalfOfF32);
  return result;
}

#include "../Elementwise/SmallExponential.kernels.h"
#include "../Elementwise/ErrorFunctions.kernels.h"
#include "../Elementwise/GammaFunctions.kernels.h"
#include "../Elementwise/BesselFunctions.kernels.h"
#include "../Elementwise/Activations.kernels.h"

/// a - tanh(a); near 0 by Gauss's continued fraction tanh(a) = a / (1 + a² / (3 + a² / (5 + …))), so that nothing cancels.
template <Real T>
EMBER_INLINE T tanh_shrink(T a) {
  T square = a * a, q = square / T(21);
  for (int k = 19; k >= 3; k -= 2) q = square / (T(k) + q);
  return absolute(a) < T(1) ? a * q / (T(1) + q) : a - tanh(a);
}
/// sin(πa) / (πa), with sin by way of the nearest whole number, whose distance is exact.
template <Real T>
EMBER_INLINE T sinc_(T a) {
  T whole = round_even(a);
  T half = whole * T(0.5);
  T s = sin(T(M_PI) * (a - whole)) / (T(M_PI) * a);
  s = half == round_zero(half) ? s : -s;
  return a == 0 ? T(1) : (absolute(a) == T(std::numeric_limits<E<T>>::infinity()) ? T(0) : s);
}
/// log(a / (1 - a)). From 1/4 to 3/4 as 2 artanh(z) with z = 2a - 1, which is exact there, so that the zero is too: z times a polynomial of
/// z², which interpolates at Chebyshev nodes (relative error 2e-9).
EMBER_INLINE F32 logit_(F32 a) {
  constexpr float series[] = {0.6666667f, 0.39999917f, 0.28576633f, 0.2210047f, 0.19514169f, 0.081427716f, 0.3131749f};
  F32 z = a + a - F32(1), square = z * z;
  F32 centre = fused_multiply_add(z * square, polynomial(series, square), z + z);
  return absolute(z) <= F32(0.5f) ? centre : log(a / (F32(1) - a));
}
EMBER_INLINE F64 logit_(F64 a) {
  F64 rest = F64(1) - a;
  return absolute(a - F64(0.5)) <= F64(0.25) ? log1p((a + a - F64(1)) / rest) : log(a / rest);
}
/// a 2^b, exact for whole b.
template <Real T>
EMBER_INLINE T scale_by_power(T a, T b) {
  return eachLane(a, b, [](E<T> x, E<T> y) {
    return y == std::trunc(y) ? std::ldexp(x, int(std::fmin(std::fmax(y, E<T>(-4000)), E<T>(4000)))) : x * std::exp2(y);
  });
}
template <Real T>
EMBER_INLINE T mantissa_(T a) {
  return eachLane(a, [](E<T> x) {
    int exponent;
    return std::frexp(x, &exponent);
  });
}
/// The exponent that goes with mantissa_; 0 where there is none.
template <Real T>
EMBER_INLINE T exponent_(T a) {
  return eachLane(a, [](E<T> x) {
    int exponent = 0;
    if (std::isfinite(x)) std::frexp(x, &exponent);
    return E<T>(exponent);
  });
}
template <Real T>
EMBER_INLINE T next_after(T a, T b) {
  return eachLane(a, b, [](E<T> x, E<T> y) { return std::nextafter(x, y); });
}
template <Real T>
EMBER_INLINE T is_infinity(T a, int sign) {
  if constexpr (integral<T>) return T(0);
  else return a == T(sign * std::numeric_limits<E<T>>::infinity()) ? T(1) : T(0);
}

// Functions of rows that complex numbers have too
template <Real T>
EMBER_INLINE T select(decltype(T{} == T{}) condition, T yes, T no) {
  return condition ? yes : no;
}
template <Real T>
EMBER_INLINE T magnitude(T a) {
  return absolute(a);
}
template <Real T>
EMBER_INLINE T conjugate(T a) {
  return a;
}
template <Real T>
EMBER_INLINE T real_part(T a) {
  return a;
}
/// The angle of a real number: 0, or π below zero.
template <Real T>
EMBER_INLINE T argument(T a) {
  return a < 0 ? T(M_PI) : (a == a ? T(0) : a);
}
template <Real T>
EMBER_INLINE T direction(T a) {
  return a > 0 ? T(1) : (a < 0 ? T(-1) : (a == a ? T(0) : a));
}
template <Real T>
EMBER_INLINE T is_nonnegative(T a) {
  return a >= 0 ? T(1) : T(0);
}
template <Real T>
EMBER_INLINE T sinc_slope_(T a) {
  return eachDouble(a, special::sincSlope);
}

#include "../Elementwise/ComplexVector.kernels.h"

// MARK: One kernel per row and compute type

/// Stores a register past the caches, at an address aligned to it.
template <Real T>
EMBER_INLINE void stream(E<T> *p, T v) {
  __builtin_nontemporal_store(v, reinterpret_cast<T *>(p));
}
template <class T>
EMBER_INLINE void stream(E<T> *p, T v) {
  store(p, v);
}

/// Applies Row to `count` elements. The rest that does not fill a register is computed in a padded one, so that an
/// element's bits do not depend on where in a block it lies. An operand among `flags` is one register, used throughout. The result of
/// a streaming call, which is aligned to registers, goes past the caches.
template <class Row, class T>
static void apply(void *out, const void *pa, const void *pb, const void *pc, int64_t count, unsigned flags) {
  using Element = E<T>;
  constexpr int64_t n = width<T>;
  auto *y = static_cast<Element *>(out);
  auto *a = static_cast<const Element *>(pa);
  auto *b = static_cast<const Element *>(pb);
  auto *c = static_cast<const Element *>(pc);
  const int64_t stepA = flags & broadcastA ? 0 : -1, stepB = flags & broadcastB ? 0 : -1, stepC = flags & broadcastC ? 0 : -1;
  int64_t i = 0;
  for (; i + n <= count; i += n) {
    T va = load(a + (i & stepA)), vb = va, vc = va;
    if constexpr (Row::arity > 1) vb = load(b + (i & stepB));
    if constexpr (Row::arity > 2) vc = load(c + (i & stepC));
    const T result = Row::apply(va, vb, vc);
    if (flags & streaming) stream(y + i, result);
    else store(y + i, result);
  }
  if (i < count) {
    // Padding is 1, which no operator traps on.
    Element pads[3][n];
    std::fill_n(&pads[0][0], 3 * n, Element{1});
    const int64_t rest = count - i;
    std::copy_n(a + (i & stepA), rest, pads[0]);
    if constexpr (Row::arity > 1) std::copy_n(b + (i & stepB), rest, pads[1]);
    if constexpr (Row::arity > 2) std::copy_n(c + (i & stepC), rest, pads[2]);
    Element result[n];
    store(result, Row::apply(load(pads[0]), load(pads[1]), load(pads[2])));
    std::copy(result, result + (count - i), y + i);
  }
}

#define EMBER_SCALAR(name, arity_, rule_, expression, derivative, onnx)                    \
  struct name##_row {                                                                      \
    static constexpr int arity = arity_;                                                   \
    static constexpr int rule = EMBER_RULE_##rule_;                                        \
    template <class T>                                                                     \
    static EMBER_INLINE T apply(T a, [[maybe_unused]] T b, [[maybe_unused]] T c)           \
      requires requires { T(expression); }                                                 \
    {                                                                                      \
      return expression;                                                                   \
    }                                                                                      \
  };
#include "ScalarOperators.def"
#undef EMBER_SCALAR

/// Whether the row's expression has a meaning for complex numbers.
template <class Row>
concept TakesComplex = requires(C64 a) { Row::apply(a, a, a); };

template <class Row>
constexpr RowKernels kernelsOf() {
  RowKernels k = {};
  if constexpr (Row::rule != EMBER_RULE_INTEGRAL) {
    k.kernel[EMBER_COMPUTE_FLOAT32] = apply<Row, F32>;
    k.kernel[EMBER_COMPUTE_FLOAT64] = apply<Row, F64>;
  }
  if constexpr (Row::rule != EMBER_RULE_FLOATING) {
    k.kernel[EMBER_COMPUTE_INT64] = apply<Row, I64>;
    k.kernel[EMBER_COMPUTE_UINT64] = apply<Row, U64>;
  }
  if constexpr (TakesComplex<Row>) {
    k.kernel[EMBER_COMPUTE_COMPLEX64] = apply<Row, C64>;
    k.kernel[EMBER_COMPUTE_COMPLEX128] = apply<Row, C128>;
  }
  return k;
}

#define EMBER_SCALAR(name, ...) kernelsOf<name##_row>(),
static constexpr RowKernels rows[] = {
#include "ScalarOperators.def"
};
#undef EMBER_SCALAR

// MARK: Conversions between memory and registers

/// Widening and rounding of one element; the compiler vectorises the loops around it.
template <class To, class From>
EMBER_INLINE To convertElement(From x) {
  if constexpr (isComplex<From> && isComplex<To>) {
    return {decltype(To::re)(x.re), decltype(To::im)(x.im)};
  } else if constexpr (isComplex<To>) {
    return {convertElement<decltype(To::re)>(x), 0};
  } else if constexpr (isComplex<From> && std::is_same_v<To, bool>) {
    return x.re != 0 || x.im != 0;
  } else if constexpr (isComplex<From>) {
    return convertElement<To>(x.re);
  } else if constexpr (std::is_same_v<From, BFloat16>) {
    return convertElement<To>(__builtin_bit_cast(float, uint32_t(x.bits) << 16));
  } else if constexpr (std::is_same_v<To, BFloat16>) {
    uint32_t bits = __builtin_bit_cast(uint32_t, float(x));
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;  // to nearest, ties to even
    return BFloat16{uint16_t((bits & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded)};
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Through int64, as PyTorch does: narrow integers wrap instead of being undefined.
    if constexpr (std::is_same_v<To, uint64_t>) return x < From(0x1p63) ? To(int64_t(x)) : To(x);
    else return To(int64_t(x));
  } else {
    return To(x);
  }
}

template <class To, class From>
static void convert(void *to, const void *from, int64_t stride, int64_t count) {
  auto *out = static_cast<To *>(to);
  auto *in = static_cast<const From *>(from);
  if (stride == 1) {
    for (int64_t i = 0; i < count; ++i) out[i] = convertElement<To>(in[i]);
  } else if (stride == 0) {  // one element broadcast along the run
    std::fill_n(out, count, convertElement<To>(*in));
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = convertElement<To>(in[i * stride]);
  }
}
template <class To, class From>
static void convertTo(void *to, const void *from, int64_t stride, int64_t count) {
  auto *out = static_cast<To *>(to);
  auto *in = static_cast<const From *>(from);
  if (stride == 1) {
    for (int64_t i = 0; i < count; ++i) out[i] = convertElement<To>(in[i]);
  } else {
    for (int64_t i = 0; i < count; ++i) out[i * stride] = convertElement<To>(in[i]);
  }
}

/// The sum of a block: 16 additions a lane at most, then double.
template <class T>
static double sumBlock(const void *block, int64_t count) {
  constexpr int64_t n = width<T>;
  auto *x = static_cast<const E<T> *>(block);
  T s0 = T(0), s1 = s0, s2 = s0, s3 = s0;
  int64_t i = 0;
  for (; i + 4 * n <= count; i += 4 * n) {
    s0 += load(x + i);
    s1 += load(x + i + n);
    s2 += load(x + i + 2 * n);
    s3 += load(x + i + 3 * n);
  }
  T s = (s0 + s1) + (s2 + s3);
  double total = 0;
  for (int k = 0; k < n; ++k) total += double(s[k]);
  for (; i < count; ++i) total += double(x[i]);
  return total;
}

// By ember_dtype.
#define EMBER_ALL(X, R) \
  {X(bool, R), X(uint8_t, R), X(int8_t, R), X(int16_t, R), X(int32_t, R), X(int64_t, R), X(_Float16, R), X(BFloat16, R), \
   X(float, R), X(double, R), X(Complex<float>, R), X(Complex<double>, R), X(uint16_t, R), X(uint32_t, R), X(uint64_t, R)}
// By ember_compute.
#define EMBER_REGISTERS(X) \
  {EMBER_ALL(X, float), EMBER_ALL(X, double), EMBER_ALL(X, int64_t), EMBER_ALL(X, uint64_t), \
   EMBER_ALL(X, Complex<float>), EMBER_ALL(X, Complex<double>)}
#define EMBER_LOADER(M, R) convert<R, M>
#define EMBER_STORER(M, R) convertTo<M, R>
static constexpr ElementwiseKernels kernels = {
    rows,
    EMBER_REGISTERS(EMBER_LOADER),
    EMBER_REGISTERS(EMBER_STORER),
    {sumBlock<F32>, sumBlock<F64>},
    prepareVectorMath,
};
#undef EMBER_REGISTERS
#undef EMBER_ALL
#undef EMBER_LOADER
#undef EMBER_STORER
#undef EMBER_VECTOR_ABI
