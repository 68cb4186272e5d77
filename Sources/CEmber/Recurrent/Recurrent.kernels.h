// The steps of recurrent layers: a product with the packed weight, then the gates, a block of units at a time.
#include "../MatrixProduct/ProductTile.kernels.h"
#include "../Softmax/Exponential.kernels.h"

template <class T>
struct SignBits;
template <>
struct SignBits<float> {
  using type = int32_t;
};
template <>
struct SignBits<double> {
  using type = int64_t;
};

template <class T>
EMBER_INLINE Vector<T> magnitude(Vector<T> a) {
  using I = typename SignBits<T>::type;
  return (Vector<T>)((Vector<I>)a & Vector<I>(~(I(1) << (8 * sizeof(I) - 1))));
}

/// 1 / (1 + exp(-a)), for negative a as exp(a) / (1 + exp(a)), which does not overflow on the way.
template <class T>
EMBER_INLINE Vector<T> logistic(Vector<T> a) {
  const Vector<T> e = exponential(-magnitude<T>(a));
  return (a < T(0) ? e : Vector<T>(T(1))) / (T(1) + e);
}

/// tanh(a) = -m / (m + 2) with m = exp(-2|a|) - 1, and a's sign; no digit of m is lost for small a.
template <class T>
EMBER_INLINE Vector<T> hyperbolicTangent(Vector<T> a) {
  using I = typename SignBits<T>::type;
  constexpr int mantissa = sizeof(T) == 4 ? 23 : 52, bias = sizeof(T) == 4 ? 127 : 1023;
  Vector<T> x = T(-2) * magnitude<T>(a);
  x = x < T(-80) ? Vector<T>(T(-80)) : x;
  const auto [rest, power] = reducedExponential(x);
  const Vector<T> scale = (Vector<T>)((power + I(bias)) << mantissa);
  const Vector<T> m = rest * scale + (scale - T(1));
  const Vector<I> sign = (Vector<I>)a & Vector<I>(I(1) << (8 * sizeof(I) - 1));
  return (Vector<T>)((Vector<I>)(-m / (m + T(2))) | sign);
}

/// At most a register, from or to memory that may end behind it.
template <class T>
EMBER_INLINE Vector<T> loadSome(const T *p, int64_t count) {
  if (count >= lanes<T>) return load(p);
  Vector<T> v = Vector<T>(T(0));
  for (int64_t l = 0; l < count; ++l) v[l] = p[l];
  return v;
}
template <class T>
EMBER_INLINE void storeSome(T *p, Vector<T> v, int64_t count) {
  if (count >= lanes<T>) return store(p, v);
  for (int64_t l = 0; l < count; ++l) p[l] = v[l];
}

// MARK: Forward

/// A block has one register of units with all their gates, or, where a unit has one gate, a panel of units.
EMBER_INLINE constexpr int gateCount(int kind) {
  return kind == EMBER_RECURRENCE_LSTM ? 4 : kind == EMBER_RECURRENCE_GRU ? 3 : 1;
}
constexpr int blockVectors(int kind) { return gateCount(kind) > 1 ? gateCount(kind) : panelVectors; }

template <class T>
int64_t forwardBytes(int32_t kind, int64_t hidden) {
  return blockVectors(kind) * lanes<T> * hidden * int64_t(sizeof(T));
}

/// Registers of a block go into panels of panelVectors, the last of which may have fewer.
template <class T>
void packForward(int32_t kind, const void *weight, int64_t hidden, int64_t unit, void *to) {
  const T *w = static_cast<const T *>(weight);
  T *target = static_cast<T *>(to);
  const int vectors = blockVectors(kind);
  for (int v = 0; v < vectors; ++v) {
    const int first = v / panelVectors * panelVectors;
    const int64_t width = (vectors - first < panelVectors ? vectors - first : panelVectors) * lanes<T>;
    const int64_t row = gateCount(kind) > 1 ? v * hidden + unit : unit + v * lanes<T>;
    const int64_t left = hidden - (gateCount(kind) > 1 ? unit : unit + v * lanes<T>);
    T *place = target + first * lanes<T> * hidden + (v - first) * lanes<T>;
    if (left > 0) {
      packColumns(w + row * hidden, 1, hidden, hidden, left < lanes<T> ? left : lanes<T>, place, width);
    } else {
      for (int64_t p = 0; p < hidden; ++p) store(place + p * width, Vector<T>(T(0)));
    }
  }
}

/// The rows of the next tile when `left` are left: about equally many in each, as a tile of one or two rows would wait for the weight
/// to come from the cache.
EMBER_INLINE int64_t nextTileRows(int64_t left) {
  const int64_t tiles = (left + groupRows - 1) / groupRows;
  return (left + tiles - 1) / tiles;
}

/// sums[rows][vectors · lanes] = a · packed
template <class T, int vectors>
EMBER_INLINE void multiplyBlock(int64_t rows, int64_t depth, const T *a, int64_t aRow, const T *packed, T *sums) {
#pragma unroll
  for (int v = 0; v < vectors; v += panelVectors) {
    constexpr int most = panelVectors;
    const int width = vectors - v < most ? vectors - v : most;
    productTile<T, false>(width, rows, depth, a, aRow, packed + v * lanes<T> * depth, sums + v * lanes<T>, vectors * lanes<T>, false);
  }
}

template <class T, int kind>
void forwardBlock(const RecurrentStep &s, int64_t unit) {
  constexpr int vectors = blockVectors(kind), gates = gateCount(kind);
  constexpr int64_t w = lanes<T>;
  const int64_t hidden = s.hidden;
  const T *state = static_cast<const T *>(s.state), *bias = static_cast<const T *>(s.bias);
  const T *packed = static_cast<const T *>(s.packed) + unit * hidden * gates;
  alignas(64) T sums[groupRows * vectors * w];
  for (int64_t i = 0, rows = 0; i < s.rows; i += rows) {
    rows = nextTileRows(s.rows - i);
    multiplyBlock<T, vectors>(rows, hidden, state + i * s.stateRow, s.stateRow, packed, sums);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t row = i + r;
      const T *input = static_cast<const T *>(s.input) + row * gates * hidden;
      T *output = static_cast<T *>(s.output) + row * hidden;
      const T *a = sums + r * vectors * w;
      if constexpr (gates == 1) {
        for (int v = 0; v < vectors; ++v) {
          const int64_t u = unit + v * w, n = hidden - u;
          if (n <= 0) break;
          Vector<T> x = load(a + v * w) + loadSome(input + u, n);
          if (bias) x += loadSome(bias + u, n);
          if constexpr (kind == EMBER_RECURRENCE_TANH) x = hyperbolicTangent<T>(x);
          else x = x < T(0) ? Vector<T>(T(0)) : x;
          storeSome(output + u, x, n);
        }
      } else {
        const int64_t n = hidden - unit;
        Vector<T> x[gates], p[gates];
#pragma unroll
        for (int g = 0; g < gates; ++g) {
          x[g] = loadSome(input + g * hidden + unit, n);
          p[g] = load(a + g * w);
          if (bias) p[g] += loadSome(bias + g * hidden + unit, n);
        }
        T *kept = s.kept ? static_cast<T *>(s.kept) + row * 4 * hidden + unit : nullptr;
        Vector<T> values[4];
        if constexpr (kind == EMBER_RECURRENCE_LSTM) {
          T *cell = static_cast<T *>(s.cell) + row * hidden + unit;
          values[0] = logistic<T>(x[0] + p[0]);
          values[1] = logistic<T>(x[1] + p[1]);
          values[2] = hyperbolicTangent<T>(x[2] + p[2]);
          values[3] = logistic<T>(x[3] + p[3]);
          const Vector<T> next = values[1] * loadSome(cell, n) + values[0] * values[2];
          storeSome(cell, next, n);
          storeSome(output + unit, values[3] * hyperbolicTangent<T>(next), n);
          if (s.cells) storeSome(static_cast<T *>(s.cells) + row * hidden + unit, next, n);
        } else {
          values[0] = logistic<T>(x[0] + p[0]);
          values[1] = logistic<T>(x[1] + p[1]);
          values[2] = hyperbolicTangent<T>(x[2] + values[0] * p[2]);
          values[3] = p[2];
          const Vector<T> before = loadSome(state + row * s.stateRow + unit, n);
          storeSome(output + unit, values[2] + values[1] * (before - values[2]), n);
        }
        if (kept)
#pragma unroll
          for (int g = 0; g < 4; ++g) storeSome(kept + g * hidden, values[g], n);
      }
    }
  }
}

template <class T>
void forwardBlockOf(const RecurrentStep &s, int64_t unit) {
  switch (s.kind) {
    case EMBER_RECURRENCE_TANH: return forwardBlock<T, EMBER_RECURRENCE_TANH>(s, unit);
    case EMBER_RECURRENCE_RELU: return forwardBlock<T, EMBER_RECURRENCE_RELU>(s, unit);
    case EMBER_RECURRENCE_LSTM: return forwardBlock<T, EMBER_RECURRENCE_LSTM>(s, unit);
    default: return forwardBlock<T, EMBER_RECURRENCE_GRU>(s, unit);
  }
}

// MARK: Backward

template <class T>
int64_t backwardBytes(int32_t kind, int64_t hidden) {
  return panelWidth<T> * gateCount(kind) * hidden * int64_t(sizeof(T));
}

template <class T>
void packBackward(int32_t kind, const void *weight, int64_t hidden, int64_t unit, void *to) {
  const int64_t left = hidden - unit;
  packPanel(static_cast<const T *>(weight) + unit, hidden, 1, gateCount(kind) * hidden, left < panelWidth<T> ? left : panelWidth<T>,
            static_cast<T *>(to));
}

/// Gradients of one row's gates, a register of units; `hiddenGradient` becomes the part of the state before that does not go through
/// the product.
template <class T, int kind>
EMBER_INLINE void gateGradients(const RecurrentGradientStep &s, int64_t row, int64_t u, int64_t n, T *hiddenGradient) {
  constexpr int gates = gateCount(kind);
  const int64_t hidden = s.hidden, at = row * hidden + u;
  Vector<T> dh = loadSome(hiddenGradient, n) + loadSome(static_cast<const T *>(s.outputGradient) + at, n);
  Vector<T> direct = Vector<T>(T(0)), ofInput[gates], ofProduct[gates];
  if constexpr (gates == 1) {
    const Vector<T> h = loadSome(static_cast<const T *>(s.output) + at, n);
    if constexpr (kind == EMBER_RECURRENCE_TANH) ofInput[0] = dh * (T(1) - h * h);
    else ofInput[0] = h > T(0) ? dh : Vector<T>(T(0));
    ofProduct[0] = ofInput[0];
  } else {
    const T *kept = static_cast<const T *>(s.kept) + row * 4 * hidden + u;
    Vector<T> v[4];
#pragma unroll
    for (int g = 0; g < 4; ++g) v[g] = loadSome(kept + g * hidden, n);
    if constexpr (kind == EMBER_RECURRENCE_LSTM) {
      T *cellGradient = static_cast<T *>(s.cellGradient) + at;
      const Vector<T> t = hyperbolicTangent<T>(loadSome(static_cast<const T *>(s.cells) + at, n));
      const Vector<T> dc = loadSome(cellGradient, n) + dh * v[3] * (T(1) - t * t);
      ofInput[0] = dc * v[2] * v[0] * (T(1) - v[0]);
      ofInput[1] = dc * loadSome(static_cast<const T *>(s.previousCell) + at, n) * v[1] * (T(1) - v[1]);
      ofInput[2] = dc * v[0] * (T(1) - v[2] * v[2]);
      ofInput[3] = dh * t * v[3] * (T(1) - v[3]);
      storeSome(cellGradient, dc * v[1], n);
#pragma unroll
      for (int g = 0; g < gates; ++g) ofProduct[g] = ofInput[g];
    } else {
      const Vector<T> before = loadSome(static_cast<const T *>(s.previous) + at, n);
      direct = dh * v[1];
      ofInput[2] = dh * (T(1) - v[1]) * (T(1) - v[2] * v[2]);
      ofInput[1] = dh * (before - v[2]) * v[1] * (T(1) - v[1]);
      ofInput[0] = ofInput[2] * v[3] * v[0] * (T(1) - v[0]);
      ofProduct[0] = ofInput[0];
      ofProduct[1] = ofInput[1];
      ofProduct[2] = ofInput[2] * v[0];
      T *product = static_cast<T *>(s.productGradient) + row * gates * hidden + u;
#pragma unroll
      for (int g = 0; g < gates; ++g) storeSome(product + g * hidden, ofProduct[g], n);
    }
  }
  T *input = static_cast<T *>(s.inputGradient) + row * gates * hidden + u;
  T *scratch = static_cast<T *>(s.gates) + row * s.gateRow + u;
#pragma unroll
  for (int g = 0; g < gates; ++g) {
    storeSome(input + g * hidden, ofInput[g], n);
    storeSome(scratch + g * hidden, ofProduct[g], n);
  }
  storeSome(hiddenGradient, direct, n);
}

template <class T, int kind>
void backwardBlock(const RecurrentGradientStep &s, int64_t unit, int64_t firstRow, int64_t endRow) {
  constexpr int gates = gateCount(kind);
  const int64_t hidden = s.hidden, left = hidden - unit, columns = left < panelWidth<T> ? left : panelWidth<T>;
  const int vectors = registersOf<T>(columns);
  const T *packed = static_cast<const T *>(s.packed) + unit * gates * hidden;
  alignas(64) T sums[groupRows * panelWidth<T>];
  for (int64_t i = firstRow, end = i; i < endRow; i = end) {
    end = i + nextTileRows(endRow - i);
    const int64_t behind = (end < s.behindRows ? end : s.behindRows) - i;
    if (behind > 0)
      productTile<T, false>(vectors, behind, gates * hidden, static_cast<const T *>(s.behind) + i * s.gateRow, s.gateRow, packed, sums,
                            panelWidth<T>, false);
    for (int64_t row = i; row < end; ++row) {
      for (int64_t u = 0; u < columns; u += lanes<T>) {
        T *hiddenGradient = static_cast<T *>(s.hiddenGradient) + row * hidden + unit + u;
        if (row - i < behind)
          storeSome(hiddenGradient, loadSome(hiddenGradient, columns - u) + load(sums + (row - i) * panelWidth<T> + u), columns - u);
        if (row < s.rows) gateGradients<T, kind>(s, row, unit + u, columns - u, hiddenGradient);
      }
    }
  }
}

template <class T>
void backwardBlockOf(const RecurrentGradientStep &s, int64_t unit, int64_t firstRow, int64_t endRow) {
  switch (s.kind) {
    case EMBER_RECURRENCE_TANH: return backwardBlock<T, EMBER_RECURRENCE_TANH>(s, unit, firstRow, endRow);
    case EMBER_RECURRENCE_RELU: return backwardBlock<T, EMBER_RECURRENCE_RELU>(s, unit, firstRow, endRow);
    case EMBER_RECURRENCE_LSTM: return backwardBlock<T, EMBER_RECURRENCE_LSTM>(s, unit, firstRow, endRow);
    default: return backwardBlock<T, EMBER_RECURRENCE_GRU>(s, unit, firstRow, endRow);
  }
}

template <class T>
constexpr RecurrentKernels recurrentKernelsOf = {
    {panelWidth<T>, panelWidth<T>, lanes<T>, lanes<T>}, panelWidth<T>, forwardBytes<T>, backwardBytes<T>, packForward<T>, packBackward<T>,
    forwardBlockOf<T>, backwardBlockOf<T>};

/// float32, float64.
static constexpr RecurrentKernels recurrentKernels[] = {recurrentKernelsOf<float>, recurrentKernelsOf<double>};
