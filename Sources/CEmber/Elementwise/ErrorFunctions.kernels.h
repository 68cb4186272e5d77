// Compiled per instruction set, inside Elementwise.kernels.h: the error function's relatives. In float32 the inverse functions and Φ
// have formulas of their own; the others are computed in float64, as in ErrorFunctions.cpp, and rounded.

/// 1 - Φ(t) = exp(-t²/2) R(t) for t >= 0, Φ the normal distribution function, as `value * factor`: close to the smallest numbers the
/// factor lifts `value`, which keeps its bits.
///
/// R(t) (t + 2) is a polynomial in (t - 2) / (t + 2): a Chebyshev fit over [0, 14.5], its relative error is 9e-9.
struct NormalTail {
  F32 value, factor;
  EMBER_INLINE NormalTail(F32 t) {
    F32 square = t * t, rest = fused_multiply_add(t, t, -square);
    F32 sum = t + F32(2), q = (sum - F32(4)) / sum;
    constexpr float coefficients[] = {
        -3.314044773578644e-1f, 2.8797384351491928e-2f, 3.6719370633363724e-2f, -4.699086712207645e-4f,
        -6.734384689480066e-3f, -1.950837322510779e-3f, 8.234871202148497e-4f, 8.352070581167936e-4f,
        1.3266041059978306e-4f, -1.4830072177574039e-4f, -6.511323590530083e-5f};
    // The first coefficient in two parts.
    F32 ratio = fused_multiply_add(polynomial(coefficients, q), q, F32(1.9228609815513664e-8f)) + F32(6.724079847335815e-1f);
    SmallExponential<F32> e(square * F32(-0.5f));
    // R at the rounded sum, and from there to t by its slope R' = t R - 1/√2π.
    ratio /= sum;
    F32 slope = fused_multiply_add(t, ratio, F32(-0.39894228040143267794f));
    ratio = fused_multiply_add(slope, t - (sum - F32(2)), ratio);
    value = fused_multiply_add(e.value, F32(-0.5f) * rest, e.value) * ratio;
    factor = e.factor;
  }
};

EMBER_INLINE F32 normal_(F32 a) {
  NormalTail tail(minimum(absolute(a), F32(16)));
  return a < 0 ? tail.value * tail.factor : F32(1) - tail.value * tail.factor;
}
EMBER_INLINE F64 normal_(F64 a) {
  constexpr double root = 0.70710678118654752440, rest = -4.833646656726457e-17;  // √½ in two parts
  F64 z = -a * root, low = fused_multiply_add(-a, F64(root), -z) - a * rest;
  F64 correction = exponential(-z * z) * (low * M_2_SQRTPI);
  return F64(0.5) * (erfc(z) - (absolute(z) < 30 ? correction : F64(0)));
}

EMBER_INLINE F64 scaled_erfc(F64 a) {
  // exp(a²) with a² as a sum of two doubles: its rounding error would be multiplied by a².
  F64 near = a < 26 ? a : F64(26);
  F64 square = near * near, rest = fused_multiply_add(near, near, -square);
  F64 factor = exponential(square);
  F64 product = near < -26.6288 ? F64(std::numeric_limits<double>::infinity()) : (factor + factor * rest) * erfc(near);
  // Asymptotic series (Abramowitz & Stegun 7.1.23); beyond 26 six terms are exact.
  F64 far = a < 26 ? F64(26) : a, t = F64(0.5) / (far * far);
  F64 series = 1 - t * (1 - 3 * t * (1 - 5 * t * (1 - 7 * t * (1 - 9 * t))));
  return a < 26 ? product : (a == a ? M_2_SQRTPI / 2 / far * series : a);
}
template <Real T>
EMBER_INLINE T erfcx_(T a) {
  return inDouble(a, [](F64 x) { return scaled_erfc(x); });
}

template <Real T>
EMBER_INLINE T log_normal(T a) {
  return inDouble(a, [](F64 x) {
    F64 tail = log(F64(0.5) * scaled_erfc(x * -M_SQRT1_2)) - F64(0.5) * x * x;
    return x < -1 ? tail : log1p(-normal_(-x));
  });
}

/// The y with erf(y) = x, |y| = the one with erfc(y) = c, of x and c = 1 - |x|, each of which is exact where it is small. Rational
/// functions interpolate at Chebyshev nodes: erf⁻¹(x) / x of x² up to |x| = 3/4 (relative error 8e-9), and
/// erfc⁻¹(c) - s of s = √(-log c) up to s = 4.1 (8e-9), which is c = 5e-8, and up to 10.3 (1e-8), which is beyond the smallest number.
template <bool reachesBelow>
EMBER_INLINE F32 inverse_error(F32 x, F32 c) {
  constexpr float centre[] = {0.886226921f, 0.232015138f, 0.127471006f, 0.0884422008f, 0.0439599935f,
                              0.1832579f, -0.445274718f, 1.10943199f, -1.27908448f, 0.742620932f};
  constexpr float nearOver[] = {-0.0306363605f, -0.803225349f, -0.958538365f, -0.111382544f, -0.000436763153f};
  constexpr float nearUnder[] = {1, 1.29103258f, 2.09671751f, 0.804532981f, 0.049393414f};
  constexpr float farOver[] = {-0.85704535f, 1.07112189f, 0.131145461f, 0.000357307514f};
  constexpr float farUnder[] = {1, -1.0892002f, -0.963309287f, -0.0554084929f};
  F32 s = square_root(-log(c));
  F32 rest = polynomial(nearOver, s) / polynomial(nearUnder, s);
  if constexpr (reachesBelow) rest = s > F32(4.1f) ? polynomial(farOver, s) / polynomial(farUnder, s) : rest;
  F32 tail = s + rest;
  tail = c == 0 ? F32(std::numeric_limits<float>::infinity()) : tail;
  return absolute(x) <= F32(0.75f) ? x * polynomial(centre, x * x) : copy_sign(tail, x);
}

EMBER_INLINE F32 erfinv_(F32 a) { return inverse_error<false>(a, F32(1) - absolute(a)); }
EMBER_INLINE F64 erfinv_(F64 a) { return eachDouble(a, special::inverseErf); }

EMBER_INLINE F32 ndtri_(F32 a) {
  return F32(1.41421356237309504880f) * inverse_error<true>(a + a - F32(1), F32(2) * minimum(a, F32(1) - a));
}
EMBER_INLINE F64 ndtri_(F64 a) { return eachDouble(a, special::inverseNormal); }
