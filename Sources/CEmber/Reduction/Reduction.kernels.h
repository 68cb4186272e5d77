#include "../Reduction/ElementTypes.kernels.h"
#include "../Softmax/Exponential.kernels.h"
#include "../Reduction/Folds.kernels.h"
#include "../Reduction/FoldLoops.kernels.h"

template <class F, class T>
static void foldRows(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, int64_t slots,
                     int64_t slotStride, const void *centers, void *partials) {
  using C = typename F::Compute;
  using W = typename F::Wide;
  constexpr int64_t gatherLimit = 256;
  const int64_t innerSize = reduced.sizes[reduced.rank - 1], innerStride = reduced.strides[reduced.rank - 1];
  const bool runs = innerStride == 1 && (reduced.rank == 1 || innerSize >= 64);
  for (int64_t slot = 0; slot < slots; ++slot) {
    const T *base = static_cast<const T *>(data) + slot * slotStride;
    C center = C(0);
    if constexpr (F::hasCenter) center = static_cast<const C *>(centers)[slot];
    W total = F::template identity<W>();
    if (runs && reduced.rank == 1) {
      foldRun<F>(base + begin, end - begin, center, total);
    } else if (runs) {
      Walk walk(reduced, begin);
      for (int64_t at = begin; at < end;) {
        int64_t n = walk.leftInRun() < end - at ? walk.leftInRun() : end - at;
        foldRun<F>(base + walk.offset, n, center, total);
        walk.advance(n);
        at += n;
      }
    } else {
      // Short or strided runs are gathered first: the registers are filled all the same.
      T gathered[gatherLimit];
      Walk walk(reduced, begin);
      int64_t filled = 0;
      for (int64_t at = begin; at < end;) {
        int64_t n = walk.leftInRun() < end - at ? walk.leftInRun() : end - at;
        if (n > gatherLimit - filled) n = gatherLimit - filled;
        const T *p = base + walk.offset;
        for (int64_t i = 0; i < n; ++i) gathered[filled + i] = p[i * innerStride];
        filled += n;
        at += n;
        walk.advance(n);
        if (filled == gatherLimit || at == end) {
          foldRun<F>(gathered, filled, center, total);
          filled = 0;
        }
      }
    }
    static_cast<W *>(partials)[slot] = total;
  }
}

template <class T>
using SearchType = either<isFloating<T>, ComputeType<T>, either<(sizeof(T) < 4), int32_t, T>>;

template <bool isMaximum, class T>
static void columnExtreme(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, int64_t slots,
                          void *values, int64_t *indices) {
  using C = SearchType<T>;
  using I = SignedOfSize<sizeof(C)>;
  using W = typename FoldTypes<T>::Wide;
  constexpr int64_t L = lanes<C>;
  C best[columnTile];
  I where[columnTile];
  constexpr int group = 8;
  const T *row[group];
  Walk walk(reduced, begin);
  const T *first = static_cast<const T *>(data) + walk.offset;
  for (int64_t j = 0; j < slots; ++j) {
    best[j] = scalarAs<C>(first[j]);
    where[j] = 0;
  }
  walk.advance(1);
  for (int64_t at = begin + 1; at < end;) {
    const int count = end - at < group ? int(end - at) : group;
    for (int r = 0; r < count; ++r) {
      row[r] = static_cast<const T *>(data) + walk.offset;
      walk.advance(1);
    }
    const I index = I(at - begin);
    int64_t j = 0;
    for (; j + L <= slots; j += L) {
      Vector<C> b = load(best + j);
      Vector<I> w = load(where + j);
      for (int r = 0; r < count; ++r) {
        Vector<C> x = loadAs<C>(row[r] + j);
        auto better = (isMaximum ? x > b : x < b) | ((x != x) & (b == b));
        b = better ? x : b;
        w = better ? Vector<I>(I(index + r)) : w;
      }
      store(best + j, b);
      store(where + j, w);
    }
    for (; j < slots; ++j) {
      for (int r = 0; r < count; ++r) {
        C x = scalarAs<C>(row[r][j]);
        if ((isMaximum ? x > best[j] : x < best[j]) || ((x != x) && (best[j] == best[j]))) {
          best[j] = x;
          where[j] = I(index + r);
        }
      }
    }
    at += count;
  }
  for (int64_t j = 0; j < slots; ++j) {
    static_cast<W *>(values)[j] = W(best[j]);
    indices[j] = begin + where[j];
  }
}

template <class T>
static int64_t findFirst(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, const void *value) {
  using C = SearchType<T>;
  using W = typename FoldTypes<T>::Wide;
  constexpr int64_t L = lanes<C>;
  const C wanted = C(*static_cast<const W *>(value));
  const bool wantsNaN = wanted != wanted;
  const int64_t stride = reduced.strides[reduced.rank - 1];
  Walk walk(reduced, begin);
  for (int64_t at = begin; at < end;) {
    const int64_t n = walk.leftInRun() < end - at ? walk.leftInRun() : end - at;
    const T *p = static_cast<const T *>(data) + walk.offset;
    int64_t i = 0;
    if (stride == 1) {
      for (; i + L <= n; i += L) {
        Vector<C> x = loadAs<C>(p + i);
        auto found = wantsNaN ? x != x : x == Vector<C>(wanted);
        if (__builtin_reduce_or(found)) break;
      }
    }
    for (; i < n; ++i) {
      C x = scalarAs<C>(p[i * stride]);
      if (wantsNaN ? x != x : x == wanted) return at + i;
    }
    at += n;
    walk.advance(n);
  }
  return begin;  // unreachable: the value was taken from this range
}

template <class T>
static constexpr void addType(ReductionKernels &table, int type) {
  auto add = [&]<class F>(Fold fold) {
    table.rows[int(fold)][type] = foldRows<F, T>;
    table.columns[int(fold)][type] = foldColumns<F, T>;
  };
  add.template operator()<Sum<T>>(Fold::sum);
  add.template operator()<Product<T>>(Fold::product);
  add.template operator()<Maximum<T>>(Fold::maximum);
  add.template operator()<Minimum<T>>(Fold::minimum);
  add.template operator()<CountNonzero<T>>(Fold::countNonzero);
  if constexpr (isFloating<T>) {
    add.template operator()<NanSum<T>>(Fold::nanSum);
    add.template operator()<SumOfSquares<T>>(Fold::sumOfSquares);
    add.template operator()<SumOfMagnitudes<T>>(Fold::sumOfMagnitudes);
    add.template operator()<MaximumMagnitude<T>>(Fold::maximumMagnitude);
    add.template operator()<MinimumMagnitude<T>>(Fold::minimumMagnitude);
    add.template operator()<SumOfPowers<T>>(Fold::sumOfPowers);
    add.template operator()<SquaredDeviation<T>>(Fold::squaredDeviation);
    add.template operator()<ShiftedExponential<T>>(Fold::shiftedExponential);
  }
  table.columnMaximum[type] = columnExtreme<true, T>;
  table.columnMinimum[type] = columnExtreme<false, T>;
  table.findFirst[type] = findFirst<T>;
}

static constexpr ReductionKernels makeReductionKernels() {
  ReductionKernels table;
  addType<uint8_t>(table, EMBER_BOOL);
  addType<uint8_t>(table, EMBER_UINT8);
  addType<int8_t>(table, EMBER_INT8);
  addType<int16_t>(table, EMBER_INT16);
  addType<int32_t>(table, EMBER_INT32);
  addType<int64_t>(table, EMBER_INT64);
  addType<Half>(table, EMBER_FLOAT16);
  addType<BFloat16>(table, EMBER_BFLOAT16);
  addType<float>(table, EMBER_FLOAT32);
  addType<double>(table, EMBER_FLOAT64);
  addType<uint16_t>(table, EMBER_UINT16);
  addType<uint32_t>(table, EMBER_UINT32);
  addType<uint64_t>(table, EMBER_UINT64);
  return table;
}

static constexpr ReductionKernels kernels = makeReductionKernels();
