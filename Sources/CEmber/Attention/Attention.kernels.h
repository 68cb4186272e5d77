// Attention in blocks of sources, for each of which every target's weights are computed, used and forgotten: softmax with a running
// maximum and sum by Milakov and Gimelshein, "Online normalizer calculation for softmax" (arXiv:1805.02867); forward and backward pass
// after Dao, "FlashAttention-2" (arXiv:2307.08691), Algorithms 1 and 2.
#include "../MatrixProduct/ProductTile.kernels.h"
#include "../Softmax/Exponential.kernels.h"

constexpr int64_t sourceBlock = 128;          // forward
constexpr int64_t gradientSourceBlock = 64;   // backward
constexpr int64_t gradientTargetBlock = 96;

template <class T>
constexpr T infinity = T(__builtin_inf());
template <class T>
constexpr T lowestExponent = sizeof(T) == 4 ? T(-87) : T(-708);

/// exp(x) for x that is not positive: 0 where it would be no normal number, NaN for NaN.
template <class T>
EMBER_INLINE Vector<T> weightOf(Vector<T> x) {
  constexpr int mantissa = sizeof(T) == 4 ? 23 : 52, bias = sizeof(T) == 4 ? 127 : 1023;
  const auto [rest, power] = reducedExponential(x < lowestExponent<T> ? Vector<T>(T(0)) : x);
  const Vector<T> scale = (Vector<T>)((power + bias) << mantissa);
  return x < lowestExponent<T> ? Vector<T>(T(0)) : (rest + T(1)) * scale;
}

template <class T>
EMBER_INLINE int64_t wholeRegisters(int64_t count) {
  return (count + lanes<T> - 1) / lanes<T> * lanes<T>;
}

/// The lower, or upper, halves of two registers, element by element in turn.
template <int high, class V>
EMBER_INLINE V interleaved(V a, V b) {
  constexpr int n = int(sizeof(V) / sizeof(a[0]));
  return interleave<V, n, high>(a, b, std::make_integer_sequence<int, n>());
}

/// The lanes of a register folded in a tree.
template <class T, class Fold>
EMBER_INLINE T folded(Vector<T> v, Fold fold) {
#pragma unroll
  for (int64_t n = lanes<T>; n > 1; n /= 2) v = fold(interleaved<0>(v, v), interleaved<1>(v, v));
  return v[0];
}
template <class T>
EMBER_INLINE T sumOf(Vector<T> v) {
  return folded<T>(v, [](Vector<T> a, Vector<T> b) __attribute__((always_inline)) { return a + b; });
}
template <class T>
EMBER_INLINE T largestOf(Vector<T> v) {
  return folded<T>(v, [](Vector<T> a, Vector<T> b) __attribute__((always_inline)) { return b > a ? b : a; });
}

EMBER_INLINE float logarithm(float x) { return __builtin_logf(x); }
EMBER_INLINE double logarithm(double x) { return __builtin_log(x); }

/// All panels of a matrix with `columns` columns: panel after panel of `depth` rows.
template <class T>
void packPanels(const T *b, int64_t bRow, int64_t bColumn, int64_t depth, int64_t columns, T *to) {
  for (int64_t j = 0; j < columns; j += panelWidth<T>) {
    const int64_t width = columns - j < panelWidth<T> ? columns - j : panelWidth<T>;
    packPanel(b + j * bColumn, bRow, bColumn, depth, width, to + j * depth);
  }
}

/// c (+)= a · panels for at most groupRows rows; `packedDepth` rows lie in each panel, of which `depth` from `first` on are used.
template <class T, bool transposed>
EMBER_INLINE void multiplyPanels(int64_t rows, int64_t depth, const T *a, int64_t aStep, const T *panels, int64_t packedDepth,
                                 int64_t first, int64_t columns, T *c, int64_t cRow, bool add) {
  for (int64_t j = 0; j < columns; j += panelWidth<T>) {
    const int vectors = registersOf<T>(columns - j < panelWidth<T> ? columns - j : panelWidth<T>);
    productTile<T, transposed>(vectors, rows, depth, a, aStep, panels + j * packedDepth + first * vectors * lanes<T>, c + j, cRow, add);
  }
}

/// Rows times a factor, side by side.
template <class T>
void copyScaled(const T *from, int64_t fromRow, int64_t rows, int64_t columns, T factor, T *to, int64_t toRow) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t d = 0; d < columns; ++d) to[i * toRow + d] = from[i * fromRow + d] * factor;
}

/// A target's scores of the sources [first, first + visible) with the mask, and minus infinity up to `count`.
template <class T>
EMBER_INLINE void maskScores(const AttentionHead &h, int64_t target, int64_t first, int64_t visible, int64_t count, T *scores) {
  if (h.mask) {
    const int64_t at = target * h.maskRow + first * h.maskColumn;
    if (h.maskIsBool) {
      const uint8_t *mask = static_cast<const uint8_t *>(h.mask) + at;
      for (int64_t c = 0; c < visible; ++c) scores[c] = mask[c * h.maskColumn] ? scores[c] : -infinity<T>;
    } else {
      const T *mask = static_cast<const T *>(h.mask) + at;
      for (int64_t c = 0; c < visible; ++c) scores[c] += mask[c * h.maskColumn];
    }
  }
  for (int64_t c = visible < 0 ? 0 : visible; c < count; ++c) scores[c] = -infinity<T>;
}

/// The running maximum and sum of a target's softmax.
template <class T>
struct RunningSoftmax {
  T largest = -infinity<T>;
  T sum = T(0);

  /// Turns `count` scores (whole registers) into weights relative to the largest so far; returns the factor that older weights need.
  EMBER_INLINE T add(T *scores, int64_t count) {
    Vector<T> most = Vector<T>(largest);
    for (int64_t c = 0; c < count; c += lanes<T>) {
      const Vector<T> x = load(scores + c);
      most = x > most ? x : most;
    }
    const T next = largestOf<T>(most);
    // While everything is hidden there is nothing to be relative to.
    const T base = next == -infinity<T> ? T(0) : next;
    Vector<T> total = Vector<T>(T(0));
    for (int64_t c = 0; c < count; c += lanes<T>) {
      const Vector<T> weight = weightOf<T>(load(scores + c) - base);
      store(scores + c, weight);
      total += weight;
    }
    const T factor = next == largest ? T(1) : largest == -infinity<T> ? T(0) : weightOf<T>(Vector<T>(largest - base))[0];
    sum = sum * factor + sumOf<T>(total);
    largest = next;
    return factor;
  }

  /// Divides sums of weighted values, and keeps what the gradient needs.
  EMBER_INLINE void finish(const AttentionHead &h, int64_t target, const T *sums) const {
    T *result = static_cast<T *>(h.result) + target * h.resultRow;
    const bool seesNothing = sum == T(0) && h.maskIsBool;
    const T factor = seesNothing ? T(0) : T(1) / sum;
    for (int64_t d = 0; d < h.values; ++d) result[d] = sums[d] * factor;
    if (h.lse) static_cast<T *>(h.lse)[target] = seesNothing ? infinity<T> : largest + logarithm(sum);
  }
};

/// Targets so few that packing the sources would cost more than using them: each source is read where it lies. Not where a gradient will
/// be asked for: it needs the very scores, which it computes in tiles.
EMBER_INLINE bool hasFewTargets(const AttentionHead &h) { return h.targets <= 4 && !h.lse; }

template <class T>
int64_t forwardScratch(const AttentionHead &h, int64_t rows) {
  if (hasFewTargets(h)) return int64_t(sizeof(T)) * (wholeRegisters<T>(h.features) + wholeRegisters<T>(h.values));
  const int64_t block = h.sources < sourceBlock ? wholeRegisters<T>(h.sources) : sourceBlock;
  return int64_t(sizeof(T)) * (rows * wholeRegisters<T>(h.features) + block * h.features + block * wholeRegisters<T>(h.values) +
                               rows * wholeRegisters<T>(h.values)) +
         rows * int64_t(sizeof(RunningSoftmax<T>));
}

/// The scores of a register of sources: lane l of the sum is q · k[l].
template <class T>
EMBER_INLINE Vector<T> scoresOfRegister(const T *q, const T *k, int64_t kRow, int64_t count, int64_t features) {
  constexpr int n = int(lanes<T>);
  Vector<T> x[n];
  const int64_t whole = features / lanes<T> * lanes<T>;
#pragma unroll
  for (int l = 0; l < n; ++l) {
    x[l] = Vector<T>(T(0));
    const T *row = k + (l < count ? l : 0) * kRow;
    for (int64_t d = 0; d < whole; d += lanes<T>) x[l] += load(q + d) * load(row + d);
    for (int64_t d = whole; d < features; ++d) x[l][0] += q[d] * row[d];
  }
#pragma unroll
  for (int step = n / 2; step > 0; step /= 2)
#pragma unroll
    for (int l = 0; l < n / 2; ++l) {
      if (l >= step) break;
      x[l] = interleaved<0>(x[l], x[l + step]) + interleaved<1>(x[l], x[l + step]);
    }
  return x[0];
}

template <class T>
void attendFew(const AttentionHead &h, int64_t target, T *scratch) {
  const T *key = static_cast<const T *>(h.key), *value = static_cast<const T *>(h.value);
  const int64_t valuesRow = wholeRegisters<T>(h.values), whole = h.values / lanes<T> * lanes<T>;
  T *q = scratch, *sums = q + wholeRegisters<T>(h.features);
  copyScaled(static_cast<const T *>(h.query) + target * h.queryRow, h.queryRow, 1, h.features, T(h.scale), q, h.features);
  for (int64_t d = 0; d < valuesRow; ++d) sums[d] = T(0);
  RunningSoftmax<T> softmax;
  alignas(64) T scores[sourceBlock];
  const int64_t sources = h.causal && target + 1 < h.sources ? target + 1 : h.sources;
  for (int64_t j = 0; j < sources; j += sourceBlock) {
    const int64_t n = sources - j < sourceBlock ? sources - j : sourceBlock;
    for (int64_t c = 0; c < n; c += lanes<T>)
      store(scores + c, scoresOfRegister(q, key + (j + c) * h.keyRow, h.keyRow, n - c, h.features));
    maskScores(h, target, j, n, wholeRegisters<T>(n), scores);
    const T factor = softmax.add(scores, wholeRegisters<T>(n));
    if (factor != T(1))
      for (int64_t d = 0; d < valuesRow; d += lanes<T>) store(sums + d, load(sums + d) * factor);
    const T *v = value + j * h.valueRow;
    int64_t d = 0;
    for (; d + 4 * lanes<T> <= whole; d += 4 * lanes<T>) {
      Vector<T> a0 = load(sums + d), a1 = load(sums + d + lanes<T>), a2 = load(sums + d + 2 * lanes<T>), a3 = load(sums + d + 3 * lanes<T>);
      for (int64_t c = 0; c < n; ++c) {
        const T *row = v + c * h.valueRow + d;
        const Vector<T> weight = Vector<T>(scores[c]);
        a0 += weight * load(row);
        a1 += weight * load(row + lanes<T>);
        a2 += weight * load(row + 2 * lanes<T>);
        a3 += weight * load(row + 3 * lanes<T>);
      }
      store(sums + d, a0);
      store(sums + d + lanes<T>, a1);
      store(sums + d + 2 * lanes<T>, a2);
      store(sums + d + 3 * lanes<T>, a3);
    }
    for (; d < whole; d += lanes<T>) {
      Vector<T> a = load(sums + d);
      for (int64_t c = 0; c < n; ++c) a += Vector<T>(scores[c]) * load(v + c * h.valueRow + d);
      store(sums + d, a);
    }
    for (; d < h.values; ++d)
      for (int64_t c = 0; c < n; ++c) sums[d] += scores[c] * v[c * h.valueRow + d];
  }
  softmax.finish(h, target, sums);
}

/// Targets [first, first + rows) of one head.
template <class T>
void attend(const AttentionHead &h, int64_t first, int64_t rows, void *scratch) {
  if (hasFewTargets(h)) {
    for (int64_t i = 0; i < rows; ++i) attendFew(h, first + i, static_cast<T *>(scratch));
    return;
  }
  const int64_t queryRow = wholeRegisters<T>(h.features), sumsRow = wholeRegisters<T>(h.values);
  const int64_t sources = h.causal && first + rows < h.sources ? first + rows : h.sources;
  const int64_t mostSources = h.sources < sourceBlock ? wholeRegisters<T>(h.sources) : sourceBlock;
  T *query = static_cast<T *>(scratch), *keys = query + rows * queryRow, *values = keys + mostSources * h.features;
  T *sums = values + mostSources * sumsRow;
  auto *softmax = reinterpret_cast<RunningSoftmax<T> *>(sums + rows * sumsRow);
  copyScaled(static_cast<const T *>(h.query) + first * h.queryRow, h.queryRow, rows, h.features, T(h.scale), query, queryRow);
  for (int64_t i = 0; i < rows; ++i) softmax[i] = RunningSoftmax<T>();
  alignas(64) T scores[groupRows * sourceBlock];
  for (int64_t j = 0; j < sources; j += sourceBlock) {
    const int64_t n = sources - j < sourceBlock ? sources - j : sourceBlock;
    packPanels(static_cast<const T *>(h.key) + j * h.keyRow, 1, h.keyRow, h.features, n, keys);
    packPanels(static_cast<const T *>(h.value) + j * h.valueRow, h.valueRow, 1, n, h.values, values);
    for (int64_t i = 0; i < rows; i += groupRows) {
      const int64_t group = rows - i < groupRows ? rows - i : groupRows;
      // What the last target of the group sees of this block.
      const int64_t seen = h.causal && first + i + group - j < n ? first + i + group - j : n;
      if (seen <= 0) continue;
      const int64_t count = wholeRegisters<T>(seen);
      for (int64_t c = 0; c < seen; c += panelWidth<T>) {
        const int vectors = registersOf<T>(n - c < panelWidth<T> ? n - c : panelWidth<T>);
        productTile<T, false>(vectors, group, h.features, query + i * queryRow, queryRow, keys + c * h.features, scores + c, sourceBlock, false);
      }
      for (int64_t r = 0; r < group; ++r) {
        const int64_t target = first + i + r;
        const int64_t visible = h.causal && target + 1 - j < seen ? target + 1 - j : seen;
        T *line = scores + r * sourceBlock;
        maskScores(h, target, j, visible, count, line);
        const T factor = softmax[i + r].add(line, count);
        if (factor != T(1) && j > 0)
          for (int64_t d = 0; d < sumsRow; d += lanes<T>) store(sums + (i + r) * sumsRow + d, load(sums + (i + r) * sumsRow + d) * factor);
      }
      multiplyPanels<T, false>(group, seen, scores, sourceBlock, values, n, 0, h.values, sums + i * sumsRow, sumsRow, j > 0);
    }
  }
  for (int64_t i = 0; i < rows; ++i) softmax[i].finish(h, first + i, sums + i * sumsRow);
}

// MARK: Backward

/// Scratch of a gradient, in elements.
template <class T>
struct GradientScratch {
  int64_t featuresRow, valuesRow;
  T *query, *cotangent;              // rows of all targets: scaled queries, gradients of results
  T *queryPanels, *cotangentPanels;  // the same as right operands
  T *inner;                          // of each target's gradient and result
  T *queryGradient;
  T *keys, *keyPanels, *valuePanels;  // a block of sources: keys and values transposed, keys as they are
  T *keyGradient, *valueGradient;
  T *weights, *slopes;               // of a block of targets and sources
  int64_t count;

  GradientScratch(const AttentionHead &h, void *memory) {
    featuresRow = wholeRegisters<T>(h.features);
    valuesRow = wholeRegisters<T>(h.values);
    T *next = static_cast<T *>(memory);
    count = 0;
    auto take = [&](int64_t elements) {
      T *taken = memory ? next + count : nullptr;
      count += wholeRegisters<T>(elements);
      return taken;
    };
    query = take(h.targets * featuresRow);
    cotangent = take(h.targets * valuesRow);
    queryPanels = take(h.targets * featuresRow);
    cotangentPanels = take(h.targets * valuesRow);
    inner = take(h.targets);
    queryGradient = take(h.targets * featuresRow);
    keys = take(gradientSourceBlock * featuresRow);
    keyPanels = take(gradientSourceBlock * h.features);
    valuePanels = take(gradientSourceBlock * h.values);
    keyGradient = take(gradientSourceBlock * featuresRow);
    valueGradient = take(gradientSourceBlock * valuesRow);
    weights = take(gradientTargetBlock * gradientSourceBlock);
    slopes = take(gradientTargetBlock * gradientSourceBlock);
  }
};

template <class T>
int64_t backwardScratch(const AttentionHead &h) {
  return GradientScratch<T>(h, nullptr).count * int64_t(sizeof(T));
}

template <class T>
void attendBackward(const AttentionGradientHead &g, void *memory) {
  const AttentionHead &h = g.forward;
  const GradientScratch<T> s(h, memory);
  const T *lse = static_cast<const T *>(h.lse), *result = static_cast<const T *>(h.result);
  const T *key = static_cast<const T *>(h.key), *value = static_cast<const T *>(h.value);
  copyScaled(static_cast<const T *>(h.query), h.queryRow, h.targets, h.features, T(h.scale), s.query, s.featuresRow);
  copyScaled(static_cast<const T *>(g.resultGradient), g.resultGradientRow, h.targets, h.values, T(1), s.cotangent, s.valuesRow);
  packPanels(s.query, s.featuresRow, 1, h.targets, h.features, s.queryPanels);
  packPanels(s.cotangent, s.valuesRow, 1, h.targets, h.values, s.cotangentPanels);
  for (int64_t i = 0; i < h.targets; ++i) {
    // What is subtracted from each weight's gradient must not be rounder than they are: their sums cancel.
    double sum = 0;
    for (int64_t d = 0; d < h.values; ++d) sum += double(s.cotangent[i * s.valuesRow + d]) * double(result[i * h.resultRow + d]);
    s.inner[i] = T(sum);
  }
  for (int64_t e = 0; e < h.targets * s.featuresRow; ++e) s.queryGradient[e] = T(0);
  constexpr int64_t width = gradientSourceBlock;
  for (int64_t j = 0; j < h.sources; j += width) {
    const int64_t n = h.sources - j < width ? h.sources - j : width, count = wholeRegisters<T>(n);
    packPanels(key + j * h.keyRow, 1, h.keyRow, h.features, n, s.keyPanels);
    packPanels(value + j * h.valueRow, 1, h.valueRow, h.values, n, s.valuePanels);
    packPanels(key + j * h.keyRow, h.keyRow, 1, n, h.features, s.keys);
    for (int64_t e = 0; e < n * s.featuresRow; ++e) s.keyGradient[e] = T(0);
    for (int64_t e = 0; e < n * s.valuesRow; ++e) s.valueGradient[e] = T(0);
    // Targets before the block see nothing of it.
    for (int64_t i = h.causal ? j / gradientTargetBlock * gradientTargetBlock : 0; i < h.targets; i += gradientTargetBlock) {
      const int64_t block = h.targets - i < gradientTargetBlock ? h.targets - i : gradientTargetBlock;
      for (int64_t r = 0; r < block; r += groupRows) {
        const int64_t group = block - r < groupRows ? block - r : groupRows, target = i + r;
        multiplyPanels<T, false>(group, h.features, s.query + target * s.featuresRow, s.featuresRow, s.keyPanels, h.features, 0, n,
                                 s.weights + r * width, width, false);
        multiplyPanels<T, false>(group, h.values, s.cotangent + target * s.valuesRow, s.valuesRow, s.valuePanels, h.values, 0, n,
                                 s.slopes + r * width, width, false);
        for (int64_t q = r; q < r + group; ++q) {
          T *weights = s.weights + q * width, *slopes = s.slopes + q * width;
          const int64_t visible = h.causal && i + q + 1 - j < n ? i + q + 1 - j : n;
          maskScores(h, i + q, j, visible, count, weights);
          for (int64_t c = 0; c < count; c += lanes<T>) {
            const Vector<T> weight = weightOf<T>(load(weights + c) - lse[i + q]);
            store(weights + c, weight);
            store(slopes + c, weight * (load(slopes + c) - s.inner[i + q]));
          }
        }
        multiplyPanels<T, false>(group, n, s.slopes + r * width, width, s.keys, n, 0, h.features, s.queryGradient + target * s.featuresRow,
                                 s.featuresRow, true);
      }
      for (int64_t c = 0; c < n; c += groupRows) {
        const int64_t group = n - c < groupRows ? n - c : groupRows;
        multiplyPanels<T, true>(group, block, s.weights + c, width, s.cotangentPanels, h.targets, i, h.values, s.valueGradient + c * s.valuesRow,
                                s.valuesRow, true);
        multiplyPanels<T, true>(group, block, s.slopes + c, width, s.queryPanels, h.targets, i, h.features, s.keyGradient + c * s.featuresRow,
                                s.featuresRow, true);
      }
    }
    copyScaled(s.keyGradient, s.featuresRow, n, h.features, T(1), static_cast<T *>(g.keyGradient) + j * g.keyGradientRow, g.keyGradientRow);
    copyScaled(s.valueGradient, s.valuesRow, n, h.values, T(1), static_cast<T *>(g.valueGradient) + j * g.valueGradientRow, g.valueGradientRow);
  }
  copyScaled(s.queryGradient, s.featuresRow, h.targets, h.features, T(h.scale), static_cast<T *>(g.queryGradient), g.queryGradientRow);
}

template <class T>
constexpr AttentionKernels attentionKernelsOf = {int64_t(sizeof(T)), forwardScratch<T>, backwardScratch<T>, attend<T>, attendBackward<T>};

/// float32, float64.
static constexpr AttentionKernels attentionKernels[] = {attentionKernelsOf<float>, attentionKernelsOf<double>};
