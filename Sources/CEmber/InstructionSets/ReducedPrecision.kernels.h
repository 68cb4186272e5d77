// float16 and bfloat16 as storage: loaded into float32 registers, rounded once when stored. Compiled into each instruction set's
// namespace. Every other type is its own accumulator.

/// The upper half of a float32.
struct BFloat16 {
  uint16_t bits;
};

template <class T>
struct AccumulatorOf {
  using type = T;
};
template <>
struct AccumulatorOf<_Float16> {
  using type = float;
};
template <>
struct AccumulatorOf<BFloat16> {
  using type = float;
};
/// The type that sums of T are kept in.
template <class T>
using Accumulator = typename AccumulatorOf<T>::type;

template <class T>
EMBER_INLINE Accumulator<T> widen(T x) {
  return Accumulator<T>(x);
}
template <>
EMBER_INLINE float widen<BFloat16>(BFloat16 x) {
  return __builtin_bit_cast(float, uint32_t(x.bits) << 16);
}

template <class T>
EMBER_INLINE T narrow(Accumulator<T> x) {
  return T(x);
}
template <>
EMBER_INLINE BFloat16 narrow<BFloat16>(float x) {
  uint32_t bits = __builtin_bit_cast(uint32_t, x);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;  // to nearest, ties to even
  return {uint16_t(x != x ? 0x7fc0 : rounded)};
}

/// A register of accumulators, filled from as many consecutive T.
template <class T>
EMBER_INLINE Vector<Accumulator<T>> loadWide(const T *p) {
  return load(p);
}
template <>
EMBER_INLINE Vector<float> loadWide<_Float16>(const _Float16 *p) {
  typedef _Float16 Half __attribute__((ext_vector_type(EMBER_VECTOR_BYTES / 4), aligned(2)));
  return __builtin_convertvector(*reinterpret_cast<const Half *>(p), Vector<float>);
}
template <>
EMBER_INLINE Vector<float> loadWide<BFloat16>(const BFloat16 *p) {
  typedef uint16_t Half __attribute__((ext_vector_type(EMBER_VECTOR_BYTES / 4), aligned(2)));
  return __builtin_bit_cast(Vector<float>,
                            __builtin_convertvector(*reinterpret_cast<const Half *>(p), Vector<uint32_t>) << 16);
}

template <class T>
EMBER_INLINE void storeNarrow(T *p, Vector<Accumulator<T>> v) {
  store(p, v);
}
template <>
EMBER_INLINE void storeNarrow<_Float16>(_Float16 *p, Vector<float> v) {
  typedef _Float16 Half __attribute__((ext_vector_type(EMBER_VECTOR_BYTES / 4), aligned(2)));
  *reinterpret_cast<Half *>(p) = __builtin_convertvector(v, Half);
}
template <>
EMBER_INLINE void storeNarrow<BFloat16>(BFloat16 *p, Vector<float> v) {
  for (int64_t i = 0; i < lanes<float>; ++i) p[i] = narrow<BFloat16>(v[i]);
}
