// The folds: what happens to an element (`map`) and to two results (`combine`), for scalars and registers alike.
//   Compute     what an element is widened to
//   Accumulate  what a lane holds, as wide as Compute
//   Wide        a partial result between blocks
// `exact` folds never round, so their blocks need not be short.

template <class T>
struct ComputeTypeOf {
  using type = T;
};
template <>
struct ComputeTypeOf<Half> {
  using type = float;
};
template <>
struct ComputeTypeOf<BFloat16> {
  using type = float;
};
template <class T>
using ComputeType = typename ComputeTypeOf<T>::type;

template <bool condition, class A, class B>
struct Either {
  using type = A;
};
template <class A, class B>
struct Either<false, A, B> {
  using type = B;
};
template <bool condition, class A, class B>
using either = typename Either<condition, A, B>::type;

template <class V>
constexpr bool isScalar = __is_arithmetic(V);

template <class T>
struct FoldTypes {
  using Compute = ComputeType<T>;
  using Accumulate = Compute;
  using Wide = either<isFloating<T>, double, either<isSame<T, uint64_t>, uint64_t, int64_t>>;
  static constexpr bool hasCenter = false, exact = false;
};

/// Integers wrap around: unsigned arithmetic, whose bits are those of int64.
template <class T>
struct WrappingTypes {
  using Compute = either<isFloating<T>, ComputeType<T>, uint64_t>;
  using Accumulate = Compute;
  using Wide = either<isFloating<T>, double, uint64_t>;
  static constexpr bool hasCenter = false, exact = false;
};

template <class T>
struct Sum : WrappingTypes<T> {
  // 32 additions of at most 16 bits stay below 2^31.
  using Compute = either<isFloating<T>, ComputeType<T>, either<(sizeof(T) < 4), int32_t, uint64_t>>;
  using Accumulate = Compute;
  template <class A>
  static EMBER_INLINE A identity() { return A(0); }
  template <class V>
  static EMBER_INLINE V map(V x, V) { return x; }
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return a + b; }
};

template <class T>
struct Product : WrappingTypes<T> {
  template <class A>
  static EMBER_INLINE A identity() { return A(1); }
  template <class V>
  static EMBER_INLINE V map(V x, V) { return x; }
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return a * b; }
};

template <class A>
EMBER_INLINE A lowest() {
  if constexpr (isFloating<A>) return A(-__builtin_inf());
  else return A(A(-1) < A(0) ? A(uint64_t(1) << (sizeof(A) * 8 - 1)) : A(0));
}
template <class A>
EMBER_INLINE A highest() {
  if constexpr (isFloating<A>) return A(__builtin_inf());
  else return A(~lowest<A>());
}

/// NaN wins: the first one met stays.
template <class T>
struct Maximum : FoldTypes<T> {
  static constexpr bool exact = true;
  template <class A>
  static EMBER_INLINE A identity() { return lowest<A>(); }
  template <class V>
  static EMBER_INLINE V map(V x, V) { return x; }
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return ((b > a) | (b != b)) ? b : a; }
};

template <class T>
struct Minimum : FoldTypes<T> {
  static constexpr bool exact = true;
  template <class A>
  static EMBER_INLINE A identity() { return highest<A>(); }
  template <class V>
  static EMBER_INLINE V map(V x, V) { return x; }
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return ((b < a) | (b != b)) ? b : a; }
};

template <class T>
struct MaximumMagnitude : Maximum<T> {
  template <class V>
  static EMBER_INLINE V map(V x, V) { return __builtin_elementwise_abs(x); }
};

template <class T>
struct MinimumMagnitude : Minimum<T> {
  template <class V>
  static EMBER_INLINE V map(V x, V) { return __builtin_elementwise_abs(x); }
};

template <int bytes>
using SignedOfSize = either<bytes == 8, int64_t, either<bytes == 4, int32_t, int16_t>>;

template <class T>
struct CountNonzero : FoldTypes<T> {
  // One byte would overflow within a block.
  using Compute = either<isFloating<T>, ComputeType<T>, SignedOfSize<sizeof(T)>>;
  using Accumulate = SignedOfSize<sizeof(Compute)>;
  using Wide = int64_t;
  template <class A>
  static EMBER_INLINE A identity() { return A(0); }
  template <class V>
  static EMBER_INLINE auto map(V x, V) {
    if constexpr (isScalar<V>) return Accumulate(x != V(0));
    else return (Vector<Accumulate>)(-(x != V(0)));
  }
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return a + b; }
};

template <class T>
struct NanSum : Sum<T> {
  template <class V>
  static EMBER_INLINE V map(V x, V) { return x != x ? V(0) : x; }
};

template <class T>
struct SumOfSquares : Sum<T> {
  template <class V>
  static EMBER_INLINE V map(V x, V) { return x * x; }
};

template <class T>
struct SumOfMagnitudes : Sum<T> {
  template <class V>
  static EMBER_INLINE V map(V x, V) { return __builtin_elementwise_abs(x); }
};

/// |x|^p, where the center is p.
template <class T>
struct SumOfPowers : Sum<T> {
  static constexpr bool hasCenter = true;
  template <class V>
  static EMBER_INLINE V map(V x, V p) {
    x = __builtin_elementwise_abs(x);
    if constexpr (isScalar<V>) {
      return V(__builtin_pow(double(x), double(p)));
    } else {
      V result = x;
      for (int i = 0; i < int(lanes<typename Sum<T>::Compute>); ++i) result[i] = __builtin_pow(double(x[i]), double(p[i]));
      return result;
    }
  }
};

template <class T>
struct SquaredDeviation : Sum<T> {
  static constexpr bool hasCenter = true;
  template <class V>
  static EMBER_INLINE V map(V x, V center) { return (x - center) * (x - center); }
};

template <class T>
struct ShiftedExponential : Sum<T> {
  static constexpr bool hasCenter = true;
  template <class V>
  static EMBER_INLINE V map(V x, V center) { return exponential(x - center); }
};
