// Compiled per instruction set, inside Elementwise.kernels.h: activations that keep their last digits over the whole range.
//
// exp of a large negative number is where these lose digits: its argument's rounding error is multiplied by the argument, and
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

template <Real T>
EMBER_INLINE T fused_multiply_add(T a, T b, T c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// 1 / (1 + exp(-a)): for negative a as exp(a) / (1 + exp(a)), which does not overflow on the way.
template <Real T>
EMBER_INLINE T sigmoid_(T a) {
  T e = exponential(-absolute(a));
  return (a < 0 ? e : T(1)) / (T(1) + e);
}

/// a sigmoid(a).
template <Real T>
EMBER_INLINE T silu_(T a) {
  SmallExponential<T> e(-absolute(a));
  return a < 0 ? (a * e.value / (T(1) + e.value * e.factor)) * e.factor : a / (T(1) + e.value * e.factor);
}

/// a tanh(log(1 + exp(a))) = a n / (n + 2) with n = exp(a) (exp(a) + 2) (Misra, arXiv:1908.08681, has the first form).
template <Real T>
EMBER_INLINE T mish_(T a) {
  SmallExponential<T> e(minimum(a, T(0)));
  T x = a > 0 ? exponential(minimum(a, T(40))) : e.value * e.factor;
  T rest = x + T(2);
  return a * ((a > 0 ? x : e.value) * rest / (x * rest + T(2))) * e.factor;
}

/// a Φ(a), Φ the normal distribution's cumulative function (Hendrycks & Gimpel, arXiv:1606.08415).
///
/// In float32 by Φ(-t) = exp(-t²/2) R(t) with R(t) (t + 2) a polynomial in (t - 2) / (t + 2): a Chebyshev fit over [0, 14.5],
/// its relative error is 9e-9.
EMBER_INLINE F32 gelu_(F32 a) {
  F32 t = minimum(absolute(a), F32(16));
  F32 square = t * t, rest = fused_multiply_add(t, t, -square);
  F32 sum = t + F32(2), q = (sum - F32(4)) / sum;
  constexpr float coefficients[] = {
      -6.511323590530083e-5f, -1.4830072177574039e-4f, 1.3266041059978306e-4f, 8.352070581167936e-4f,
      8.234871202148497e-4f, -1.950837322510779e-3f, -6.734384689480066e-3f, -4.699086712207645e-4f,
      3.6719370633363724e-2f, 2.8797384351491928e-2f, -3.314044773578644e-1f};
  F32 polynomial = F32(coefficients[0]);
  for (int i = 1; i < 11; ++i) polynomial = fused_multiply_add(polynomial, q, F32(coefficients[i]));
  // The last coefficient in two parts.
  polynomial = fused_multiply_add(polynomial, q, F32(1.9228609815513664e-8f)) + F32(6.724079847335815e-1f);
  SmallExponential<F32> e(square * F32(-0.5f));
  // R at the rounded sum, and from there to t by its slope R' = t R - 1/√2π.
  F32 ratio = polynomial / sum, slope = fused_multiply_add(t, ratio, F32(-0.39894228040143267794f));
  ratio = fused_multiply_add(slope, t - (sum - F32(2)), ratio);
  F32 tail = fused_multiply_add(e.value, F32(-0.5f) * rest, e.value) * ratio;
  return a < 0 ? -t * tail * e.factor : a * (F32(1) - tail * e.factor);
}
EMBER_INLINE F64 gelu_(F64 a) {
  F64 limited = maximum(a, F64(-40));  // below, the result is zero; and infinity times it would be none
  return limited * F64(0.5) * erfc(limited * F64(-M_SQRT1_2));
}

/// (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)) with 2u = a (c + c d a²), the weight of GELU's tanh form (the same, §2), and exp(-2|u|) in
/// two factors.
template <Real T>
struct GeluTanhWeight {
  T e, factor, weight;
  EMBER_INLINE GeluTanhWeight(T a) {
    constexpr double c = 1.59576912160573071176, cd = c * 0.044715;
    // c and cd as sums of two numbers of T.
    constexpr E<T> high = E<T>(c), low = E<T>(c - double(high)), cubic = E<T>(cd), cubicLow = E<T>(cd - double(cubic));
    T x = minimum(maximum(a, T(-16)), T(16));
    T square = x * x, squareRest = fused_multiply_add(x, x, -square);
    T term = square * T(cubic), termRest = fused_multiply_add(square, T(cubic), -term) + square * T(cubicLow) + squareRest * T(cubic);
    T sum = T(high) + term, part = sum - T(high);
    T sumRest = (T(high) - (sum - part)) + (term - part) + termRest + T(low);
    T u = x * sum, rest = fused_multiply_add(x, sum, -u) + x * sumRest;
    SmallExponential<T> small(-absolute(u));
    e = small.value * (T(1) + (x < 0 ? rest : -rest));
    factor = small.factor;
    weight = T(1) / (T(1) + e * factor);  // of the positive one of a and -a
  }
};

template <Real T>
EMBER_INLINE T gelu_tanh_(T a) {
  GeluTanhWeight<T> w(a);
  return a < 0 ? (a * w.e * w.weight) * w.factor : a * w.weight;
}
/// The derivative of gelu_tanh_.
template <Real T>
EMBER_INLINE T gelu_tanh_slope_(T a) {
  GeluTanhWeight<T> w(a);
  T weight = a < 0 ? w.e * w.factor * w.weight : w.weight;
  return weight + a * weight * (T(1) - weight) * T(1.59576912160573071176) * (T(1) + T(0.134145) * a * a);
}

/// log(a), near 1 by log1p, whose argument is exact there.
template <Real T>
EMBER_INLINE T log_near_one(T a) {
  return absolute(a - T(1)) < T(0.5) ? log1p(a - T(1)) : log(a);
}
