// A vector register of T, and how to fill, load and store one. Compiled into each instruction set's namespace.

template <class T>
struct VectorOf {
  typedef T type __attribute__((ext_vector_type(EMBER_VECTOR_BYTES / sizeof(T))));
  typedef T unaligned __attribute__((ext_vector_type(EMBER_VECTOR_BYTES / sizeof(T)), aligned(sizeof(T))));
};
template <class T>
using Vector = typename VectorOf<T>::type;

/// How many T lie in one register.
template <class T>
constexpr int64_t lanes = EMBER_VECTOR_BYTES / int64_t(sizeof(T));

template <class T>
EMBER_INLINE Vector<T> load(const T *p) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned *>(p);
}
template <class T>
EMBER_INLINE void store(T *p, Vector<T> v) {
  *reinterpret_cast<typename VectorOf<T>::unaligned *>(p) = v;
}
