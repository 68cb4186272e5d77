// Compiled per instruction set, inside Elementwise.kernels.h: the gamma function's relatives for positive arguments, a register at a
// time. Lanes with other numbers go to GammaFunctions.cpp one by one; a lane's bits do not depend on the others.

/// `result` where the condition holds, elsewhere function(a[i], …) of each lane.
template <class T, class Function>
EMBER_INLINE T orEachLane(decltype(T{} == T{}) holds, T result, Function function) {
  if (!__builtin_reduce_and(holds))
    for (int i = 0; i < width<T>; ++i)
      if (!holds[i]) result[i] = E<T>(function(i));
  return result;
}

/// log |Γ(x)|. In float32 from 5 by Stirling's series, below by a rational function times (x - 1)(x - 2), which interpolates on
/// [0.5, 5] at Chebyshev nodes (relative error 1.5e-8) and is computed in float64, and below that by x + 1.
EMBER_INLINE F32 log_gamma(F32 a) {
  F32 logarithm = log(a);
  F32 low = inDouble(a, [](F64 a) {
    constexpr double over[] = {2.24096407, 27.395889, 62.5888644, 38.791071, 6.8825979, 0.28037385, 0.000603185396};
    constexpr double under[] = {1, 23.1515606, 88.6206248, 92.4207182, 30.9375302, 3.18731664, 0.0734715644};
    F64 x = a < 5 ? (a < 0.5 ? a + 1 : a) : F64(5);
    return (x - 1) * (x - 2) * (polynomial(over, x) / polynomial(under, x));
  });
  low = a < F32(0.5f) ? low - logarithm : low;
  F32 inverse = F32(1) / (a < 5 ? F32(5) : a), y = inverse * inverse;
  F32 series = inverse * (F32(1.0f / 12) - y * (F32(1.0f / 360) - y * (F32(1.0f / 1260) - y * F32(1.0f / 1680))));
  F32 high = fused_multiply_add(a - F32(0.5f), logarithm - F32(1), F32(0.41893853320467274178f)) + series;
  return orEachLane((a >= 0) | (a != a), a < 5 ? low : high, [&](int i) {
    int sign;  // the re-entrant form: lgamma itself writes a global
    return lgamma_r(double(a[i]), &sign);
  });
}
EMBER_INLINE F64 log_gamma(F64 a) {
  return eachLane(a, [](double x) {
    int sign;
    return lgamma_r(x, &sign);
  });
}

/// ψ(x). Up to 10 a rational function, which interpolates x ψ(x) / (x - x₀) with the zero x₀ at Chebyshev nodes of √x (relative error
/// 1e-16), so that the accuracy is relative at the zero too; beyond, the asymptotic series (5.11.2).
__attribute__((noinline)) static F64 digammaOf(F64 a) {
  auto isPositive = a > 0;
  F64 x = isPositive ? a : F64(1), near = F64(0), far = F64(0);
  // Most registers need one side only.
  if (__builtin_reduce_or(x < 10)) {
    constexpr double zero = 1.4616321449683622, zeroRest = 9.549995429965697e-17;  // a sum of two doubles
    constexpr double over[] = {0.6841666717870696, 2.484031538899029, 2.935103741520679, 1.599161664797776, 0.45129264819704606,
        0.06785842321334573, 0.005276482948151159, 0.00019333569604486057, 2.731936897219767e-6, 9.045142564777554e-9};
    constexpr double under[] = {1.0, 2.3693580096814473, 2.083313946424684, 0.8951417114898583, 0.20490652294682554,
        0.025286802450148634, 0.0016134290766155763, 4.7901870018398044e-5, 5.30139886238466e-7, 1.2399450908705996e-9};
    F64 y = x < 10 ? x : F64(10);
    near = ((y - zero) - zeroRest) * polynomial(over, y) / (y * polynomial(under, y));
  }
  if (__builtin_reduce_or(x >= 10)) {
    F64 inverse = 1 / x, y = inverse * inverse;
    constexpr double series[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12};
    far = log(x) - F64(0.5) * inverse - y * polynomial(series, y);
  }
  return orEachLane(isPositive, x < 10 ? near : far, [&](int i) { return special::digamma(a[i]); });
}
template <Real T>
EMBER_INLINE T digamma_(T a) {
  return inDouble(a, [](F64 x) { return digammaOf(x); });
}

/// ψ′ of positive numbers below 1e15: 1 / x² + ψ′(x + 1) (5.15.5), where the second is a rational function, which interpolates at the
/// Chebyshev nodes of (x - 2) / (x + 2) (relative error 3e-17).
EMBER_INLINE F64 trigammaOf(F64 x) {
  constexpr double over[] = {1.6449340668482264, 5.553295360014524, 8.327074048847225, 7.226188564388086, 3.9720329523609728,
      1.4200033553242406, 0.32386656656835033, 0.043355266485798634, 0.0026310307908195595};
  constexpr double under[] = {1.0, 4.837524692755921, 10.158500931283836, 12.212523422289593, 9.317044292804567, 4.707213386893854,
      1.5854399512000221, 0.34576345237714184, 0.04467078188120846, 0.0026310307908195595};
  F64 square = x * x, denominator = polynomial(under, x);
  return fused_multiply_add(square, polynomial(over, x), denominator) / (square * denominator);
}

/// ζ(s, q) for s > 1 and q > 0 by Euler-Maclaurin summation (25.11.28) from the first q + n that is large enough.
EMBER_INLINE F64 zetaOf(F64 s, F64 q) {
  F64 sum = F64(0), at = q, enough = 10 + F64(0.5) * s;
  // For large s only a few terms count.
  auto complete = at != at;
  for (auto goesOn = at < enough; __builtin_reduce_or(goesOn); goesOn = (at < enough) & ~complete) {
    F64 term = pow(at, -s);
    sum = goesOn ? sum + term : sum;
    complete |= goesOn & (term * (at / (s - 1) + 1) < 0.01 * std::numeric_limits<double>::epsilon() * sum);
    at = goesOn ? at + 1 : at;
  }
  constexpr double bernoulliOverFactorial[] = {  // B_2j / (2j)!, j = 1, 2, …
      0.083333333333333333, -0.0013888888888888889, 3.3068783068783069e-5, -8.2671957671957672e-7,
      2.0876756987868099e-8, -5.2841901386874932e-10, 1.3382536530684679e-11, -3.3896802963225829e-13,
      8.5860620562778446e-15, -2.1748686985580619e-16};
  F64 power = pow(at, -s), inverse = 1 / at;
  F64 tail = power * (at / (s - 1) + F64(0.5)), factor = s * power * inverse;
  for (int j = 0; j < 10; ++j) {
    tail += factor * bernoulliOverFactorial[j];
    double k = 2 * j + 1;
    factor *= (s + k) * inverse * ((s + k + 1) * inverse);
  }
  return complete ? sum : sum + tail;
}

__attribute__((noinline)) static F64 zetaOfAll(F64 s, F64 q) {
  auto isCommon = (s > 1) & (s < 1e6) & (q > 0) & (q < 1e15);
  F64 result = zetaOf(isCommon ? s : F64(2), isCommon ? q : F64(1));
  return orEachLane(isCommon, result, [&](int i) { return special::zeta(s[i], q[i]); });
}
template <Real T>
EMBER_INLINE T zeta_(T s, T q) {
  return inDouble(s, q, [](F64 a, F64 b) { return zetaOfAll(a, b); });
}

/// ψ⁽ⁿ⁾(x) for one whole n >= 0 and positive x.
EMBER_INLINE F64 polygammaOf(double n, F64 x) {
  if (n == 0) return digammaOf(x);
  if (n == 1) return trigammaOf(x);
  // 25.11.12: ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! ζ(n + 1, x)
  double factorial = std::tgamma(n + 1);
  return (std::fmod(n, 2) == 0 ? -factorial : factorial) * zetaOf(F64(n + 1), x);
}
__attribute__((noinline)) static F64 polygammaOfAll(F64 n, F64 x) {
  auto isCommon = (n == round_zero(n)) & (n >= 0) & (n <= 170) & (x > 0) & (x < 1e15), rest = isCommon;
  F64 result = F64(0);
  for (int i = 0; i < width<F64>; ++i) {
    if (!rest[i]) continue;
    auto same = rest & (n == n[i]);
    result = same ? polygammaOf(n[i], same ? x : F64(1)) : result;
    rest &= ~same;
  }
  return orEachLane(isCommon, result, [&](int i) { return special::polygamma(n[i], x[i]); });
}
template <Real T>
EMBER_INLINE T polygamma_(T n, T x) {
  return inDouble(n, x, [](F64 a, F64 b) { return polygammaOfAll(a, b); });
}

/// P(a, x) to float32's accuracy: the power series (8.7.1) below a + 1, from there 1 - Q by its continued fraction (8.9.2) in W. J. Lentz's
/// way. A lane that has converged stays as it is.
__attribute__((noinline)) static F64 gammaLowerOf(F64 a, F64 x) {
  constexpr double enough = 1e-10;
  auto isCommon = (a > 1e-30) & (a < 1000) & (x > 1e-30) & (x < 2000);
  a = isCommon ? a : F64(1);
  x = isCommon ? x : F64(1);
  // log Γ(a + 1) by Stirling's series (5.11.1) from 8 on, below that from a + 1 + n.
  F64 z = a + 1, factors = F64(1);
  for (auto below = z < 8; __builtin_reduce_or(below); below = z < 8) {
    factors = below ? factors * z : factors;
    z = below ? z + 1 : z;
  }
  F64 inverse = 1 / z, y = inverse * inverse;
  constexpr double series[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};
  F64 logGamma = (z - F64(0.5)) * log(z) - z + F64(0.91893853320467274178) + inverse * polynomial(series, y) - log(factors);
  F64 prefix = exponential(a * log(x) - x - logGamma);
  auto isSeries = (x < a + 1) | (x < 1.1);
  F64 term = F64(1), sum = F64(1), k = a + 1;
  for (auto goesOn = isSeries; __builtin_reduce_or(goesOn); goesOn &= term > sum * enough) {
    term = goesOn ? term * (x / k) : term;
    sum = goesOn ? sum + term : sum;
    k += 1;
  }
  F64 lower = prefix * sum, b = x + 1 - a, c = F64(1e300), d = 1 / (isSeries ? F64(1) : b), fraction = d, n = F64(0);
  for (auto goesOn = ~isSeries; __builtin_reduce_or(goesOn);) {
    n += 1;
    b += 2;
    F64 numerator = -n * (n - a), nextD = 1 / (numerator * d + b), nextC = b + numerator / c, step = nextD * nextC;
    d = goesOn ? nextD : d;
    c = goesOn ? nextC : c;
    fraction = goesOn ? fraction * step : fraction;
    goesOn &= absolute(step - 1) > enough;
  }
  return isSeries ? lower : 1 - prefix * a * fraction;
}
EMBER_INLINE F32 gamma_lower(F32 a, F32 x) {
  auto isCommon = (a > 1e-30f) & (a < 1000) & (x > 1e-30f) & (x < 2000);
  F32 result = inDouble(a, x, [](F64 a, F64 x) { return gammaLowerOf(a, x); });
  return orEachLane(isCommon, result, [&](int i) { return special::gammaLower(a[i], x[i]); });
}
EMBER_INLINE F64 gamma_lower(F64 a, F64 x) { return eachDouble(a, x, special::gammaLower); }
