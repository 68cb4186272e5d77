#include "../Reduction/ElementTypes.kernels.h"
#include "../Softmax/Exponential.kernels.h"
#include "../Reduction/Folds.kernels.h"
#include "../Reduction/FoldLoops.kernels.h"

template <class C>
struct Add {
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return a + b; }
};

/// The largest element, NaN aside: where one is, the sum of exponentials is NaN and with it the whole result.
template <class T>
EMBER_INLINE ComputeType<T> rowMaximum(const T *x, int64_t n) {
  double maximum = -__builtin_inf();
  foldRun<Maximum<T>>(x, n, ComputeType<T>(0), maximum);
  return ComputeType<T>(maximum);
}

template <bool logarithm, class T, class U>
static void forwardRows(const void *input, void *output, int64_t rows, int64_t n) {
  using C = ComputeType<U>;
  constexpr int64_t L = lanes<C>;
  for (int64_t row = 0; row < rows; ++row) {
    const T *x = static_cast<const T *>(input) + row * n;
    U *y = static_cast<U *>(output) + row * n;
    const C maximum = rowMaximum(x, n);
    double sum = 0;
    if constexpr (!logarithm && isSame<U, C>) {
      // The exponentials are kept in the output. Blocks of 64 registers: 16 additions a lane before the sum goes to
      // double.
      int64_t i = 0;
      while (i + L <= n) {
        Vector<C> s0 = Vector<C>(0), s1 = s0, s2 = s0, s3 = s0;
        const int64_t limit = n - i < 64 * L ? n - i : 64 * L, end = i + limit / L * L;
        for (; i + 4 * L <= end; i += 4 * L) {
          Vector<C> e0 = exponential(loadAs<C>(x + i) - maximum), e1 = exponential(loadAs<C>(x + i + L) - maximum);
          Vector<C> e2 = exponential(loadAs<C>(x + i + 2 * L) - maximum), e3 = exponential(loadAs<C>(x + i + 3 * L) - maximum);
          store(y + i, e0);
          store(y + i + L, e1);
          store(y + i + 2 * L, e2);
          store(y + i + 3 * L, e3);
          s0 += e0;
          s1 += e1;
          s2 += e2;
          s3 += e3;
        }
        for (; i < end; i += L) {
          Vector<C> e = exponential(loadAs<C>(x + i) - maximum);
          store(y + i, e);
          s0 += e;
        }
        sum += double(foldLanes<Add<C>, int(L)>((s0 + s1) + (s2 + s3)));
      }
      for (; i < n; ++i) sum += double(y[i] = exponential(scalarAs<C>(x[i]) - maximum));
      const C total = C(sum);
      for (i = 0; i + L <= n; i += L) store(y + i, load(y + i) / total);
      for (; i < n; ++i) y[i] /= total;
    } else {
      foldRun<ShiftedExponential<T>>(x, n, maximum, sum);
      // Log-softmax subtracts the logarithm; a narrow softmax computes each exponential again rather than round it
      // twice.
      const C last = logarithm ? C(__builtin_log(sum)) : C(sum);
      int64_t i = 0;
      for (; i + L <= n; i += L) {
        Vector<C> shifted = loadAs<C>(x + i) - maximum;
        if constexpr (logarithm) storeTo<U, C>(y + i, shifted - last);
        else storeTo<U, C>(y + i, exponential(shifted) / last);
      }
      for (; i < n; ++i) {
        C shifted = scalarAs<C>(x[i]) - maximum;
        if constexpr (logarithm) y[i] = scalarTo<U>(shifted - last);
        else y[i] = scalarTo<U>(exponential(shifted) / last);
      }
    }
  }
}

/// Maximum, and sum of the exponentials shifted by it, of adjacent columns.
template <class T>
static void columnStatistics(const T *x, int64_t n, int64_t inner, int64_t width, ComputeType<T> *maximum, double *sum) {
  const ReducedDimensions along = {n, 1, {n}, {inner}};
  foldColumns<Maximum<T>, T>(x, along, 0, n, width, nullptr, sum);
  for (int64_t j = 0; j < width; ++j) maximum[j] = ComputeType<T>(sum[j]);
  foldColumns<ShiftedExponential<T>, T>(x, along, 0, n, width, maximum, sum);
}

template <bool logarithm, class T, class U>
static void forwardColumns(const void *input, void *output, int64_t n, int64_t inner, int64_t width) {
  using C = ComputeType<U>;
  constexpr int64_t L = lanes<C>;
  const T *x = static_cast<const T *>(input);
  U *y = static_cast<U *>(output);
  C maximum[columnTile], last[columnTile];
  double sum[columnTile];
  columnStatistics(x, n, inner, width, maximum, sum);
  for (int64_t j = 0; j < width; ++j) last[j] = logarithm ? C(__builtin_log(sum[j])) : C(1 / sum[j]);
  for (int64_t row = 0; row < n; ++row, x += inner, y += inner) {
    int64_t j = 0;
    for (; j + L <= width; j += L) {
      Vector<C> shifted = loadAs<C>(x + j) - load(maximum + j);
      if constexpr (logarithm) storeTo<U, C>(y + j, shifted - load(last + j));
      else storeTo<U, C>(y + j, exponential(shifted) * load(last + j));
    }
    for (; j < width; ++j) {
      C shifted = scalarAs<C>(x[j]) - maximum[j];
      if constexpr (logarithm) y[j] = scalarTo<U>(shifted - last[j]);
      else y[j] = scalarTo<U>(exponential(shifted) * last[j]);
    }
  }
}

/// sum a[i] b[i], or of a alone where b is null.
template <class T>
EMBER_INLINE double dot(const T *a, const T *b, int64_t n) {
  using C = ComputeType<T>;
  constexpr int64_t L = lanes<C>;
  double total = 0;
  if (!b) {
    foldRun<Sum<T>>(a, n, C(0), total);
    return total;
  }
  int64_t i = 0;
  while (i + L <= n) {
    Vector<C> s0 = Vector<C>(0), s1 = s0, s2 = s0, s3 = s0;
    const int64_t limit = n - i < 128 * L ? n - i : 128 * L, end = i + limit / L * L;
    for (; i + 4 * L <= end; i += 4 * L) {
      s0 += loadAs<C>(a + i) * loadAs<C>(b + i);
      s1 += loadAs<C>(a + i + L) * loadAs<C>(b + i + L);
      s2 += loadAs<C>(a + i + 2 * L) * loadAs<C>(b + i + 2 * L);
      s3 += loadAs<C>(a + i + 3 * L) * loadAs<C>(b + i + 3 * L);
    }
    for (; i < end; i += L) s0 += loadAs<C>(a + i) * loadAs<C>(b + i);
    total += double(foldLanes<Add<C>, int(L)>((s0 + s1) + (s2 + s3)));
  }
  for (; i < n; ++i) total += double(scalarAs<C>(a[i]) * scalarAs<C>(b[i]));
  return total;
}

/// sum[j] = sum over rows of x[row, j] times w[row] (`Weight::row`), z[row, j] (`Weight::element`) or 1.
enum class Weight { none, row, element };

template <Weight weight, class T>
static void dotColumns(const T *x, const T *w, int64_t n, int64_t inner, int64_t width, double *sum) {
  using C = ComputeType<T>;
  constexpr int64_t L = lanes<C>, block = 16;
  C partial[columnTile];
  for (int64_t j = 0; j < width; ++j) sum[j] = 0;
  for (int64_t first = 0; first < n; first += block) {
    const int64_t end = first + block < n ? first + block : n;
    for (int64_t j = 0; j < width; ++j) partial[j] = 0;
    for (int64_t row = first; row < end; ++row) {
      const T *p = x + row * inner;
      const T *q = weight == Weight::element ? w + row * inner : nullptr;
      const C factor = weight == Weight::row ? scalarAs<C>(w[row]) : C(1);
      int64_t j = 0;
      for (; j + L <= width; j += L) {
        Vector<C> v = loadAs<C>(p + j);
        if constexpr (weight == Weight::row) v = v * factor;
        if constexpr (weight == Weight::element) v = v * loadAs<C>(q + j);
        store(partial + j, load(partial + j) + v);
      }
      for (; j < width; ++j) {
        C v = scalarAs<C>(p[j]);
        if constexpr (weight == Weight::row) v = v * factor;
        if constexpr (weight == Weight::element) v = v * scalarAs<C>(q[j]);
        partial[j] += v;
      }
    }
    for (int64_t j = 0; j < width; ++j) sum[j] += double(partial[j]);
  }
}

template <bool logarithm, class V>
EMBER_INLINE V inputGradient(V g, V y, V sum) {
  if constexpr (logarithm) return g - exponential(y) * sum;
  else return y * (g - sum);
}

template <bool logarithm, class T>
static void backwardRows(const void *gradient, const void *output, void *result, int64_t rows, int64_t n) {
  using C = ComputeType<T>;
  constexpr int64_t L = lanes<C>;
  for (int64_t row = 0; row < rows; ++row) {
    const T *g = static_cast<const T *>(gradient) + row * n, *y = static_cast<const T *>(output) + row * n;
    T *dx = static_cast<T *>(result) + row * n;
    const C sum = C(dot<T>(g, logarithm ? nullptr : y, n));
    int64_t i = 0;
    for (; i + L <= n; i += L) {
      storeTo<T, C>(dx + i, inputGradient<logarithm>(loadAs<C>(g + i), loadAs<C>(y + i), Vector<C>(sum)));
    }
    for (; i < n; ++i) dx[i] = scalarTo<T>(inputGradient<logarithm>(scalarAs<C>(g[i]), scalarAs<C>(y[i]), sum));
  }
}

template <bool logarithm, class T>
static void backwardColumns(const void *gradient, const void *output, void *result, int64_t n, int64_t inner, int64_t width) {
  using C = ComputeType<T>;
  constexpr int64_t L = lanes<C>;
  const T *g = static_cast<const T *>(gradient), *y = static_cast<const T *>(output);
  T *dx = static_cast<T *>(result);
  double wide[columnTile];
  C sum[columnTile];
  dotColumns<logarithm ? Weight::none : Weight::element>(g, y, n, inner, width, wide);
  for (int64_t j = 0; j < width; ++j) sum[j] = C(wide[j]);
  for (int64_t row = 0; row < n; ++row, g += inner, y += inner, dx += inner) {
    int64_t j = 0;
    for (; j + L <= width; j += L) {
      storeTo<T, C>(dx + j, inputGradient<logarithm>(loadAs<C>(g + j), loadAs<C>(y + j), load(sum + j)));
    }
    for (; j < width; ++j) dx[j] = scalarTo<T>(inputGradient<logarithm>(scalarAs<C>(g[j]), scalarAs<C>(y[j]), sum[j]));
  }
}

/// An infinite maximum is the result: a shift by it would give NaN.
EMBER_INLINE double logSumExp(double maximum, double sum) {
  return __builtin_isinf(maximum) ? maximum : maximum + __builtin_log(sum);
}

template <class T>
static void logSumExpRows(const void *input, int64_t rows, int64_t n, double *lse) {
  for (int64_t row = 0; row < rows; ++row) {
    const T *x = static_cast<const T *>(input) + row * n;
    const ComputeType<T> maximum = rowMaximum(x, n);
    double sum = 0;
    foldRun<ShiftedExponential<T>>(x, n, maximum, sum);
    lse[row] = logSumExp(double(maximum), sum);
  }
}

template <class T>
static void logSumExpColumns(const void *input, int64_t n, int64_t inner, int64_t width, double *lse) {
  ComputeType<T> maximum[columnTile];
  columnStatistics(static_cast<const T *>(input), n, inner, width, maximum, lse);
  for (int64_t j = 0; j < width; ++j) lse[j] = logSumExp(double(maximum[j]), lse[j]);
}

template <class T>
static void weightedSumRows(const void *input, const void *weights, int64_t rows, int64_t n, double *sum) {
  for (int64_t row = 0; row < rows; ++row) {
    sum[row] = dot<T>(static_cast<const T *>(input) + row * n, static_cast<const T *>(weights), n);
  }
}

template <class T>
static void weightedSumColumns(const void *input, const void *weights, int64_t n, int64_t inner, int64_t width, double *sum) {
  const T *x = static_cast<const T *>(input), *w = static_cast<const T *>(weights);
  if (w) dotColumns<Weight::row>(x, w, n, inner, width, sum);
  else dotColumns<Weight::none>(x, w, n, inner, width, sum);
}

template <class T>
static void gradientRow(const void *input, const void *weights, void *result, int64_t n, int64_t target, double lse, double a,
                        double b, double hit) {
  using C = ComputeType<T>;
  constexpr int64_t L = lanes<C>;
  const T *x = static_cast<const T *>(input), *w = static_cast<const T *>(weights);
  T *dx = static_cast<T *>(result);
  const C shift = C(lse), factor = C(a), less = C(b);
  const bool weighted = w && less != 0;
  int64_t c = 0;
  for (; c + L <= n; c += L) {
    Vector<C> v = exponential(loadAs<C>(x + c) - shift) * factor;
    storeTo<T, C>(dx + c, weighted ? v - less * loadAs<C>(w + c) : v - less);
  }
  for (; c < n; ++c) {
    C v = exponential(scalarAs<C>(x[c]) - shift) * factor;
    dx[c] = scalarTo<T>(weighted ? v - less * scalarAs<C>(w[c]) : v - less);
  }
  C v = exponential(scalarAs<C>(x[target]) - shift) * factor - (weighted ? less * scalarAs<C>(w[target]) : less);
  dx[target] = scalarTo<T>(v - C(hit));
}

template <class T>
static void gradientColumns(const void *input, const void *weights, void *result, int64_t n, int64_t inner, int64_t width,
                            const int64_t *targets, const double *lse, const double *a, const double *b, const double *hit) {
  using C = ComputeType<T>;
  constexpr int64_t L = lanes<C>;
  const T *w = static_cast<const T *>(weights);
  C shift[columnTile], factor[columnTile], less[columnTile];
  for (int64_t j = 0; j < width; ++j) {
    shift[j] = C(lse[j]);
    factor[j] = C(a[j]);
    less[j] = C(b[j]);
  }
  auto value = [&](const T *x, C weight, int64_t j) __attribute__((always_inline)) {
    return exponential(scalarAs<C>(x[j]) - shift[j]) * factor[j] - less[j] * weight;
  };
  for (int64_t c = 0; c < n; ++c) {
    const T *x = static_cast<const T *>(input) + c * inner;
    T *dx = static_cast<T *>(result) + c * inner;
    const C weight = w ? scalarAs<C>(w[c]) : C(1);
    int64_t j = 0;
    for (; j + L <= width; j += L) {
      storeTo<T, C>(dx + j, exponential(loadAs<C>(x + j) - load(shift + j)) * load(factor + j) - load(less + j) * weight);
    }
    for (; j < width; ++j) dx[j] = scalarTo<T>(value(x, weight, j));
  }
  for (int64_t j = 0; j < width; ++j) {
    T *dx = static_cast<T *>(result) + j;
    const int64_t c = targets[j];
    if (c < 0) {  // ignored: 0 even where the logits are not finite
      for (int64_t k = 0; k < n; ++k) dx[k * inner] = scalarTo<T>(C(0));
    } else {
      const C weight = w ? scalarAs<C>(w[c]) : C(1);
      dx[c * inner] = scalarTo<T>(value(static_cast<const T *>(input) + c * inner, weight, j) - C(hit[j]));
    }
  }
}

template <class T>
static constexpr void addSoftmaxType(SoftmaxKernels &table, int type) {
  using Widened = either<(sizeof(T) == 2), float, T>;
  table.forwardRows[0][0][type] = forwardRows<false, T, T>;
  table.forwardRows[1][0][type] = forwardRows<true, T, T>;
  table.forwardRows[0][1][type] = forwardRows<false, T, Widened>;
  table.forwardRows[1][1][type] = forwardRows<true, T, Widened>;
  table.forwardColumns[0][0][type] = forwardColumns<false, T, T>;
  table.forwardColumns[1][0][type] = forwardColumns<true, T, T>;
  table.forwardColumns[0][1][type] = forwardColumns<false, T, Widened>;
  table.forwardColumns[1][1][type] = forwardColumns<true, T, Widened>;
  table.backwardRows[0][type] = backwardRows<false, T>;
  table.backwardRows[1][type] = backwardRows<true, T>;
  table.backwardColumns[0][type] = backwardColumns<false, T>;
  table.backwardColumns[1][type] = backwardColumns<true, T>;
  table.logSumExpRows[type] = logSumExpRows<T>;
  table.logSumExpColumns[type] = logSumExpColumns<T>;
  table.weightedSumRows[type] = weightedSumRows<T>;
  table.weightedSumColumns[type] = weightedSumColumns<T>;
  table.gradientRow[type] = gradientRow<T>;
  table.gradientColumns[type] = gradientColumns<T>;
}

static constexpr SoftmaxKernels makeSoftmaxKernels() {
  SoftmaxKernels table = {};
  addSoftmaxType<Half>(table, 0);
  addSoftmaxType<BFloat16>(table, 1);
  addSoftmaxType<float>(table, 2);
  addSoftmaxType<double>(table, 3);
  return table;
}

static constexpr SoftmaxKernels kernels = makeSoftmaxKernels();
