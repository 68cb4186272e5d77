#include "../Reduction/ElementTypes.kernels.h"
#include "../Softmax/Exponential.kernels.h"
#include "../Reduction/Folds.kernels.h"

template <class T>
using ScanType = either<isFloating<T>, double, uint64_t>;

struct RunningSum {
  static constexpr int start = 0;
  template <class A>
  static EMBER_INLINE A next(A a, A x) { return a + x; }
};
struct RunningProduct {
  static constexpr int start = 1;
  template <class A>
  static EMBER_INLINE A next(A a, A x) { return a * x; }
};
/// log(e^a + e^x), from the larger of the two.
struct RunningLogSumExp {
  template <class A>
  static EMBER_INLINE A next(A a, A x) {
    if (a != a || x != x) return a + x;
    const A larger = a > x ? a : x, smaller = a > x ? x : a;
    if (__builtin_isinf(larger)) return larger;
    return larger + __builtin_log1p(__builtin_exp(smaller - larger));
  }
};

template <class Running, class A>
EMBER_INLINE A startOf() {
  if constexpr (isSame<Running, RunningLogSumExp>) return A(-__builtin_inf());
  else return A(Running::start);
}

/// Four rows at a time: each row is a chain of dependent operations.
template <class Running, int R, class T, class U>
EMBER_INLINE void scanRowGroup(const T *x, U *y, int64_t n) {
  using A = ScanType<T>;
  A a[R];
  for (int r = 0; r < R; ++r) a[r] = startOf<Running, A>();
  for (int64_t i = 0; i < n; ++i) {
    for (int r = 0; r < R; ++r) {
      a[r] = Running::next(a[r], scalarAs<A>(x[r * n + i]));
      y[r * n + i] = scalarTo<U>(a[r]);
    }
  }
}

template <class Running, class T, class U>
static void scan(const void *input, void *output, int64_t n, int64_t inner, int64_t width) {
  using A = ScanType<T>;
  const T *x = static_cast<const T *>(input);
  U *y = static_cast<U *>(output);
  if (inner == 1) {
    int64_t row = 0;
    for (; row + 4 <= width; row += 4) scanRowGroup<Running, 4>(x + row * n, y + row * n, n);
    for (; row < width; ++row) scanRowGroup<Running, 1>(x + row * n, y + row * n, n);
    return;
  }
  A a[columnTile];
  for (int64_t j = 0; j < width; ++j) a[j] = startOf<Running, A>();
  for (int64_t i = 0; i < n; ++i, x += inner, y += inner) {
    for (int64_t j = 0; j < width; ++j) {
      a[j] = Running::next(a[j], scalarAs<A>(x[j]));
      y[j] = scalarTo<U>(a[j]);
    }
  }
}

template <bool isMaximum, class T>
static void scanExtreme(const void *input, void *output, int64_t *indices, int64_t n, int64_t inner, int64_t width) {
  using C = ComputeType<T>;
  const int64_t sequenceStride = inner == 1 ? n : 1;
  for (int64_t j = 0; j < width; ++j) {
    const T *x = static_cast<const T *>(input) + j * sequenceStride;
    T *y = static_cast<T *>(output) + j * sequenceStride;
    int64_t *where = indices + j * sequenceStride, at = 0;
    T kept = x[0];
    C best = scalarAs<C>(kept);
    for (int64_t i = 0; i < n; ++i) {
      const C v = scalarAs<C>(x[i * inner]);
      // The extreme changes some log n times: a branch that is nearly always predicted beats a chain of selections.
      const bool stays = isMaximum ? v < best : v > best;
      if (!__builtin_expect(stays, 1) && (v != v || best == best)) {
        best = v;
        kept = x[i * inner];
        at = i;
      }
      y[i * inner] = kept;
      where[i * inner] = at;
    }
  }
}

template <class T>
static constexpr void addScanType(ScanKernels &table, int type) {
  table.scans[0][0][type] = scan<RunningSum, T, T>;
  table.scans[1][0][type] = scan<RunningProduct, T, T>;
  if constexpr (isFloating<T>) {
    table.scans[2][0][type] = scan<RunningLogSumExp, T, T>;
  } else {
    table.scans[0][1][type] = scan<RunningSum, T, int64_t>;
    table.scans[1][1][type] = scan<RunningProduct, T, int64_t>;
  }
  table.extremes[0][type] = scanExtreme<false, T>;
  table.extremes[1][type] = scanExtreme<true, T>;
}

static constexpr ScanKernels makeScanKernels() {
  ScanKernels table = {};
  addScanType<uint8_t>(table, EMBER_BOOL);
  addScanType<uint8_t>(table, EMBER_UINT8);
  addScanType<int8_t>(table, EMBER_INT8);
  addScanType<int16_t>(table, EMBER_INT16);
  addScanType<int32_t>(table, EMBER_INT32);
  addScanType<int64_t>(table, EMBER_INT64);
  addScanType<Half>(table, EMBER_FLOAT16);
  addScanType<BFloat16>(table, EMBER_BFLOAT16);
  addScanType<float>(table, EMBER_FLOAT32);
  addScanType<double>(table, EMBER_FLOAT64);
  addScanType<uint16_t>(table, EMBER_UINT16);
  addScanType<uint32_t>(table, EMBER_UINT32);
  addScanType<uint64_t>(table, EMBER_UINT64);
  return table;
}

static constexpr ScanKernels kernels = makeScanKernels();
