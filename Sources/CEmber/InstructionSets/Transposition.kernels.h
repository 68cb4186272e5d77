// Square blocks of elements transposed in registers. Compiled into each instruction set's namespace.

template <class T, int Lanes>
struct Block {
  typedef T type __attribute__((ext_vector_type(Lanes)));
  typedef T unaligned __attribute__((ext_vector_type(Lanes), aligned(sizeof(T))));
};

/// The lower or the higher halves of each `Part` lanes of a and b, lane by lane in turn.
template <class V, int Lanes, int High, int Part = Lanes, int... I>
EMBER_INLINE V interleave(V a, V b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, ((I & 1 ? Lanes : 0) + I / Part * Part + I % Part / 2 + High * Part / 2)...);
}

/// Transposes the square of Part rows that each Part lanes of the registers hold: log2(Part) rounds, each of which interleaves row r with
/// row r + Part / 2.
template <class V, int Lanes, int Part>
EMBER_INLINE void transposeParts(V (&row)[Part]) {
  constexpr auto order = std::make_integer_sequence<int, Lanes>();
  V next[Part];
#pragma clang loop unroll(full)
  for (int width = 1; width < Part; width *= 2) {
#pragma clang loop unroll(full)
    for (int i = 0; i < Part / 2; ++i) {
      next[2 * i] = interleave<V, Lanes, 0, Part>(row[i], row[i + Part / 2], order);
      next[2 * i + 1] = interleave<V, Lanes, 1, Part>(row[i], row[i + Part / 2], order);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < Part; ++i) row[i] = next[i];
  }
}

template <class V, class Half, int... I>
EMBER_INLINE V joined(Half low, Half high, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(low, high, I...);
}

/// destination[j * destinationStride + i] = source[i * sourceStride + j] for i, j below Side.
template <class T, int Side>
EMBER_INLINE void transposeBlock(T *destination, int64_t destinationStride, const T *source, int64_t sourceStride) {
  using V = typename Block<T, Side>::type;
  using U = typename Block<T, Side>::unaligned;
  if constexpr (sizeof(V) == 32) {
    // AVX2's shuffles stay within halves of a register, which loading puts together at no cost.
    constexpr int part = Side / 2;
    using Half = typename Block<T, part>::unaligned;
    V row[2][part];
#pragma clang loop unroll(full)
    for (int i = 0; i < Side; ++i) {
      const T *from = source + i % part * sourceStride + i / part * part;
      row[i / part][i % part] = joined<V>(*reinterpret_cast<const Half *>(from), *reinterpret_cast<const Half *>(from + part * sourceStride),
                                          std::make_integer_sequence<int, Side>());
    }
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; ++half) {
      transposeParts<V, Side, part>(row[half]);
#pragma clang loop unroll(full)
      for (int i = 0; i < part; ++i) *reinterpret_cast<U *>(destination + (half * part + i) * destinationStride) = row[half][i];
    }
  } else {
    V row[Side];
#pragma clang loop unroll(full)
    for (int i = 0; i < Side; ++i) row[i] = *reinterpret_cast<const U *>(source + i * sourceStride);
    transposeParts<V, Side, Side>(row);
#pragma clang loop unroll(full)
    for (int i = 0; i < Side; ++i) *reinterpret_cast<U *>(destination + i * destinationStride) = row[i];
  }
}
