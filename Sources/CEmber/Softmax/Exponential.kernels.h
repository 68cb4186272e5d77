// e^x a register at a time. Range reduction by W. J. Cody and W. Waite, Software Manual for the Elementary Functions
// (1980), ch. 6: x = n ln 2 + r with ln 2 in two parts, so that n times the upper one is exact. Then e^r = 1 + r + r²
// q(r), where q interpolates (e^r - 1 - r) / r² at the Chebyshev nodes of |r| <= ln 2 / 2 (relative error 9e-9 in
// float, 2e-19 in double before rounding), and 2^n in two factors, so that results down to the smallest subnormal are
// reached. Overflow gives infinity, NaN stays NaN.

/// e^x = (rest + 1) 2^power, |rest| < 0.42.
template <class T, class Integer>
struct ReducedExponential {
  Vector<T> rest;
  Vector<Integer> power;
};

EMBER_INLINE ReducedExponential<float, int32_t> reducedExponential(Vector<float> x) {
  constexpr float magic = 0x1.8p23f;  // adding it leaves the nearest integer in the low bits
  Vector<float> t = x * 0x1.715476p0f + magic;
  Vector<int32_t> n = (Vector<int32_t>)t - __builtin_bit_cast(int32_t, magic);
  Vector<float> whole = t - magic;
  Vector<float> r = x - whole * 0x1.63p-1f;
  r = r - whole * -0x1.bd0106p-13f;
  Vector<float> q = r * 0x1.6d117cp-10f + 0x1.120be2p-7f;
  q = q * r + 0x1.555518p-5f;
  q = q * r + 0x1.5554dcp-3f;
  q = q * r + 0.5f;
  return {r * r * q + r, n};
}

EMBER_INLINE ReducedExponential<double, int64_t> reducedExponential(Vector<double> x) {
  constexpr double magic = 0x1.8p52;
  Vector<double> t = x * 0x1.71547652b82fep0 + magic;
  Vector<int64_t> n = (Vector<int64_t>)t - __builtin_bit_cast(int64_t, magic);
  Vector<double> whole = t - magic;
  Vector<double> r = x - whole * 0x1.62e42feep-1;
  r = r - whole * 0x1.a39ef35793c76p-33;
  Vector<double> q = r * 0x1.1f7340dbc337ep-29 + 0x1.af4e554377204p-26;
  q = q * r + 0x1.27e4db46cddd1p-22;
  q = q * r + 0x1.71de01fdbf9cap-19;
  q = q * r + 0x1.a01a01a6e1e2ap-16;
  q = q * r + 0x1.a01a01abf85abp-13;
  q = q * r + 0x1.6c16c16c162c3p-10;
  q = q * r + 0x1.11111111100bep-7;
  q = q * r + 0x1.5555555555556p-5;
  q = q * r + 0x1.5555555555557p-3;
  q = q * r + 0.5;
  return {r * r * q + r, n};
}

EMBER_INLINE Vector<float> exponential(Vector<float> x) {
  x = x < -104.0f ? Vector<float>(-104.0f) : x;  // comparisons with NaN are false: it passes
  x = x > 89.0f ? Vector<float>(89.0f) : x;
  const auto [rest, n] = reducedExponential(x);
  Vector<int32_t> first = n >> 1;
  return (rest + 1.0f) * (Vector<float>)((first + 127) << 23) * (Vector<float>)((n - first + 127) << 23);
}

EMBER_INLINE Vector<double> exponential(Vector<double> x) {
  x = x < -746.0 ? Vector<double>(-746.0) : x;
  x = x > 710.0 ? Vector<double>(710.0) : x;
  const auto [rest, n] = reducedExponential(x);
  Vector<int64_t> first = n >> 1;
  return (rest + 1.0) * (Vector<double>)((first + 1023) << 52) * (Vector<double>)((n - first + 1023) << 52);
}

/// One value, with the bits that it has in a register.
EMBER_INLINE float exponential(float x) { return exponential(Vector<float>(x))[0]; }
EMBER_INLINE double exponential(double x) { return exponential(Vector<double>(x))[0]; }
