// Loads that widen and stores that narrow: `float16` and `bfloat16` compute in float and are rounded once, to nearest
// even.

/// N elements at any address.
template <class T, int N>
struct Packed {
  typedef T type __attribute__((ext_vector_type(N), aligned(sizeof(T))));
};

EMBER_INLINE float scalarFromHalf(uint16_t h) {
#if defined(EMBER_BASELINE)
  // The exponent is rebiased by a multiplication with 2^112, which also normalises subnormal halves.
  uint32_t bits = uint32_t(h & 0x7fff) << 13;
  float magnitude = __builtin_bit_cast(float, bits) * 0x1p112f;
  if (magnitude >= 65536.0f) magnitude = __builtin_bit_cast(float, bits | 0x7f800000u);
  return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, magnitude) | uint32_t(h & 0x8000) << 16);
#else
  return float(__builtin_bit_cast(_Float16, h));
#endif
}

EMBER_INLINE uint16_t halfFromScalar(float x) {
#if defined(EMBER_BASELINE)
  uint32_t bits = __builtin_bit_cast(uint32_t, x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return uint16_t(sign | 0x7e00);
  if (magnitude >= 0x477ff000u) return uint16_t(sign | 0x7c00);  // rounds to 65536 or more
  if (magnitude < 0x38800000u) {
    // Subnormal halves: adding 0.5 leaves the multiple of 2^-24 in the low bits, rounded to nearest even.
    float shifted = __builtin_bit_cast(float, magnitude) + 0.5f;
    return uint16_t(sign | (__builtin_bit_cast(uint32_t, shifted) - 0x3f000000u));
  }
  uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000u;
  return uint16_t(sign | rounded >> 13);
#else
  return __builtin_bit_cast(uint16_t, _Float16(x));
#endif
}

EMBER_INLINE uint16_t bfloat16FromScalar(float x) {
  uint32_t bits = __builtin_bit_cast(uint32_t, x);
  if (x != x) return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <class C, class T>
EMBER_INLINE C scalarAs(T x) {
  if constexpr (isSame<T, Half>) {
    return C(scalarFromHalf(x.bits));
  } else if constexpr (isSame<T, BFloat16>) {
    return C(__builtin_bit_cast(float, uint32_t(x.bits) << 16));
  } else {
    return C(x);
  }
}

template <class T, class C>
EMBER_INLINE T scalarTo(C x) {
  if constexpr (isSame<T, Half>) {
    return Half{halfFromScalar(float(x))};
  } else if constexpr (isSame<T, BFloat16>) {
    return BFloat16{bfloat16FromScalar(float(x))};
  } else {
    return T(x);
  }
}

/// A register of C from as many T.
template <class C, class T>
EMBER_INLINE Vector<C> loadAs(const T *p) {
  constexpr int N = int(lanes<C>);
  if constexpr (isSame<T, C>) {
    return load(p);
  } else if constexpr (isSame<T, BFloat16>) {
    auto bits = *reinterpret_cast<const typename Packed<uint16_t, N>::type *>(p);
    return (Vector<C>)(__builtin_convertvector(bits, Vector<uint32_t>) << 16);
  } else if constexpr (isSame<T, Half>) {
#if defined(EMBER_BASELINE)
    auto half = __builtin_convertvector(*reinterpret_cast<const typename Packed<uint16_t, N>::type *>(p), Vector<uint32_t>);
    Vector<uint32_t> bits = (half & 0x7fff) << 13;
    Vector<float> magnitude = (Vector<float>)bits * 0x1p112f;
    magnitude = magnitude >= 65536.0f ? (Vector<float>)(bits | 0x7f800000u) : magnitude;
    return (Vector<float>)((Vector<uint32_t>)magnitude | (half & 0x8000) << 16);
#else
    return __builtin_convertvector(*reinterpret_cast<const typename Packed<_Float16, N>::type *>(p), Vector<C>);
#endif
  } else {
    return __builtin_convertvector(*reinterpret_cast<const typename Packed<T, N>::type *>(p), Vector<C>);
  }
}

/// As many T from a register of float or double.
template <class T, class C>
EMBER_INLINE void storeTo(T *p, Vector<C> v) {
  constexpr int N = int(lanes<C>);
  if constexpr (isSame<T, C>) {
    store(p, v);
  } else if constexpr (isSame<T, BFloat16>) {
    auto bits = (Vector<uint32_t>)v;
    auto rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    rounded = v != v ? (bits >> 16 | 0x40) : rounded;
    *reinterpret_cast<typename Packed<uint16_t, N>::type *>(p) =
        __builtin_convertvector(rounded, typename Packed<uint16_t, N>::type);
  } else if constexpr (isSame<T, Half>) {
#if defined(EMBER_BASELINE)
    for (int i = 0; i < N; ++i) p[i] = Half{halfFromScalar(v[i])};
#else
    *reinterpret_cast<typename Packed<_Float16, N>::type *>(p) =
        __builtin_convertvector(v, typename Packed<_Float16, N>::type);
#endif
  } else {
    *reinterpret_cast<typename Packed<T, N>::type *>(p) = __builtin_convertvector(v, typename Packed<T, N>::type);
  }
}
