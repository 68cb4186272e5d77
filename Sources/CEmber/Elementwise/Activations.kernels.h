// Compiled per instruction set, inside Elementwise.kernels.h: activations that keep their last digits over the whole range.

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

/// Φ(-t) = exp(-t²/2) P(q) / (t + 2) with q = (t - 2) / (t + 2) for 0 <= t <= 14.5, Φ the normal distribution's cumulative function, as
/// the product of `exponential`, `ratio` and `scale`. As in NormalTail, with fewer corrections: one division, no branch for small numbers.
/// What bounds this is not the number of steps but how many wait for the one before: so the polynomials are in two halves.
struct GeluTail {
  static constexpr float scale = 0x1p-30f;
  F32 exponential, ratio;
  EMBER_INLINE GeluTail(F32 t) {
    F32 inverse = F32(1) / (t + F32(2)), q = fused_multiply_add(F32(-4), inverse, F32(1));
    constexpr float coefficients[] = {
        6.724079992e-1f, -3.314044773578644e-1f, 2.8797384351491928e-2f, 3.6719370633363724e-2f, -4.699086712207645e-4f,
        -6.734384689480066e-3f, -1.950837322510779e-3f, 8.234871202148497e-4f, 8.352070581167936e-4f,
        1.3266041059978306e-4f, -1.4830072177574039e-4f, -6.511323590530083e-5f};
    ratio = polynomialInHalves(coefficients, q) * inverse;
    F32 half = t * F32(-0.5f), square = half * t;
    exponential = liftedExponential<30>(square, fused_multiply_add(half, t, -square));
  }
};

/// a Φ(a) = max(a, 0) - |a| Φ(-|a|) (Hendrycks & Gimpel, arXiv:1606.08415).
EMBER_INLINE F32 gelu_(F32 a) {
  F32 t = absolute(a);
  t = t > F32(14.5f) ? F32(14.5f) : t;  // beyond, the result is zero; NaN passes
  GeluTail tail(t);
  return fused_multiply_add(t * tail.ratio * tail.exponential, F32(-GeluTail::scale), F32(0) > a ? F32(0) : a);
}
EMBER_INLINE F64 gelu_(F64 a) {
  F64 limited = maximum(a, F64(-40));  // below, the result is zero; and infinity times it would be none
  return limited * F64(0.5) * erfc(limited * F64(-M_SQRT1_2));
}

/// The derivative of gelu_, Φ(a) + a φ(a), is s(a) for a < 0 and 1 - s(-|a|) otherwise, s(-t) = Φ(-t) - t φ(t).
EMBER_INLINE F32 gelu_slope_(F32 a) {
  F32 t = absolute(a);
  t = t > F32(14.5f) ? F32(14.5f) : t;
  GeluTail tail(t);
  F32 s = tail.exponential * fused_multiply_add(t, F32(-0.39894228040143267794f), tail.ratio) * F32(GeluTail::scale);
  return a < 0 ? s : F32(1) - s;
}
EMBER_INLINE F64 gelu_slope_(F64 a) {
  F64 limited = minimum(maximum(a, F64(-40)), F64(40));
  return F64(0.5) * erfc(limited * F64(-M_SQRT1_2)) + limited * exponential(F64(-0.5) * limited * limited) * F64(0.39894228040143267794);
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
