// Square blocks of elements transposed in registers. Compiled into each instruction set's namespace.

template <class T, int Lanes>
struct Block {
  typedef T type __attribute__((ext_vector_type(Lanes)));
  typedef T unaligned __attribute__((ext_vector_type(Lanes), aligned(sizeof(T))));
};

template <class V, int Lanes, int High, int... I>
EMBER_INLINE V interleave(V a, V b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, ((I & 1 ? Lanes : 0) + I / 2 + High * Lanes / 2)...);
}

/// destination[j * destinationStride + i] = source[i * sourceStride + j] for i, j below Side: log2(Side) rounds, each
/// of which interleaves row r with row r + Side / 2.
template <class T, int Side>
EMBER_INLINE void transposeBlock(T *destination, int64_t destinationStride, const T *source, int64_t sourceStride) {
  using V = typename Block<T, Side>::type;
  using U = typename Block<T, Side>::unaligned;
  constexpr auto order = std::make_integer_sequence<int, Side>();
  V row[Side], next[Side];
#pragma clang loop unroll(full)
  for (int i = 0; i < Side; ++i) row[i] = *reinterpret_cast<const U *>(source + i * sourceStride);
#pragma clang loop unroll(full)
  for (int width = 1; width < Side; width *= 2) {
#pragma clang loop unroll(full)
    for (int i = 0; i < Side / 2; ++i) {
      next[2 * i] = interleave<V, Side, 0>(row[i], row[i + Side / 2], order);
      next[2 * i + 1] = interleave<V, Side, 1>(row[i], row[i + Side / 2], order);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < Side; ++i) row[i] = next[i];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < Side; ++i) *reinterpret_cast<U *>(destination + i * destinationStride) = row[i];
}
