#include "../Reduction/ElementTypes.kernels.h"
#include "../Softmax/Exponential.kernels.h"
#include "../Reduction/Folds.kernels.h"
#include "../Reduction/FoldLoops.kernels.h"

/// How a loop's body reads and writes: a register at a time, or one element where none is filled. `put` writes results, `keep` what is read again.
struct WholeRegister {
  template <class C, class T>
  static EMBER_INLINE Vector<C> get(const T *p) { return loadAs<C>(p); }
  template <class T, class C>
  static EMBER_INLINE void put(T *p, C v) { storeTo<T, decltype(C{}[0] + C{}[0])>(p, v); }
  template <class T, class C>
  static EMBER_INLINE void keep(T *p, C v) { put(p, v); }
};
struct OneElement {
  template <class C, class T>
  static EMBER_INLINE C get(const T *p) { return scalarAs<C>(*p); }
  template <class T, class C>
  static EMBER_INLINE void put(T *p, C v) { *p = scalarTo<T>(v); }
  template <class T, class C>
  static EMBER_INLINE void keep(T *p, C v) { put(p, v); }
};
/// Registers whose results go past the caches; only where memory is aligned to them and holds what they compute.
struct StreamedRegister : WholeRegister {
  template <class T, class C>
  static EMBER_INLINE void put(T *p, C v) {
    if constexpr (sizeof(T) == sizeof(C{}[0])) __builtin_nontemporal_store(v, reinterpret_cast<C *>(p));
    else WholeRegister::put(p, v);
  }
};

#define EMBER_BODY(i) [&](auto at, int64_t i) __attribute__((always_inline))

template <class C, class Body>
EMBER_INLINE void elements(int64_t n, Body body) {
  int64_t i = 0;
  for (; i + lanes<C> <= n; i += lanes<C>) body(WholeRegister{}, i);
  for (; i < n; ++i) body(OneElement{}, i);
}

/// The same where `body` puts its results at `y`, past the caches if `streams`.
template <class C, class T, class Body>
EMBER_INLINE void elementsInto(T *y, int64_t n, bool streams, Body body) {
  if (!streams || reinterpret_cast<uintptr_t>(y) % EMBER_VECTOR_BYTES != 0) return elements<C>(n, body);
  int64_t i = 0;
  for (; i + lanes<C> <= n; i += lanes<C>) body(StreamedRegister{}, i);
  for (; i < n; ++i) body(OneElement{}, i);
}

struct AddLanes {
  template <class V>
  static EMBER_INLINE V combine(V a, V b) { return a + b; }
};

/// Two sums over n elements: `body(at, i, first, second)` adds to both. Blocks of 64 registers go to double.
template <class C, class Body>
EMBER_INLINE void sumPairs(int64_t n, double &first, double &second, Body body) {
  constexpr int64_t L = lanes<C>;
  int64_t i = 0;
  while (i + L <= n) {
    Vector<C> a0 = Vector<C>(0), a1 = a0, b0 = a0, b1 = a0;
    const int64_t limit = n - i < 64 * L ? n - i : 64 * L, end = i + limit / L * L;
    for (; i + 2 * L <= end; i += 2 * L) {
      body(WholeRegister{}, i, a0, b0);
      body(WholeRegister{}, i + L, a1, b1);
    }
    if (i < end) {
      body(WholeRegister{}, i, a0, b0);
      i += L;
    }
    first += double(foldLanes<AddLanes, int(L)>(a0 + a1));
    second += double(foldLanes<AddLanes, int(L)>(b0 + b1));
  }
  C a = 0, b = 0;
  for (; i < n; ++i) body(OneElement{}, i, a, b);
  first += double(a);
  second += double(b);
}

template <class C>
EMBER_INLINE C reciprocalRoot(C variance, double epsilon) {
  return C(1) / C(__builtin_sqrt(C(variance + C(epsilon))));
}

// MARK: Runs of elements with one mean, factor and bias

template <class T, class C>
EMBER_INLINE void forwardRun(const T *x, T *y, int64_t n, bool streams, C mean, C factor, C bias) {
  elementsInto<C>(y, n, streams, EMBER_BODY(i) { at.put(y + i, (at.template get<C>(x + i) - mean) * factor + bias); });
}

template <class T, class C>
EMBER_INLINE void sumRun(const T *x, const T *g, int64_t n, C mean, double &sum, double &product) {
  sumPairs<C>(n, sum, product, [&](auto at, int64_t i, auto &first, auto &second) __attribute__((always_inline)) {
    const auto cotangent = at.template get<C>(g + i);
    first += cotangent;
    second += cotangent * (at.template get<C>(x + i) - mean);
  });
}

template <class T, class C>
EMBER_INLINE void backwardRun(const T *x, const T *g, T *dx, int64_t n, bool streams, C mean, C shift, C slope, C weight, C scale) {
  elementsInto<C>(dx, n, streams, EMBER_BODY(i) {
    const auto centred = at.template get<C>(x + i) - mean;
    at.put(dx + i, (at.template get<C>(g + i) * weight - shift - centred * slope) * scale);
  });
}

// MARK: Rows

template <class T, class C>
EMBER_INLINE void rowStatistics(const T *x, int64_t n, bool centred, C &mean, C &variance) {
  double total = 0, squares = 0;
  if (!centred) {
    foldRun<SumOfSquares<T>>(x, n, C(0), squares);
    mean = C(0);
    variance = C(squares / double(n));
    return;
  }
  foldRun<Sum<T>>(x, n, C(0), total);
  const double exact = total / double(n);
  mean = C(exact);
  foldRun<SquaredDeviation<T>>(x, n, mean, squares);
  // Deviations were taken from the rounded mean.
  const double shift = exact - double(mean), corrected = squares / double(n) - shift * shift;
  variance = exact - exact != 0 ? C(__builtin_nan("")) : C(corrected < 0 ? 0 : corrected);
}

template <class T>
static void rowsForward(const ember_normalized_rows &shape, const void *input, void *output, int64_t first, int64_t end, void *means,
                        void *variances, bool streams) {
  using C = ComputeType<T>;
  const int64_t n = shape.n, segment = shape.segment;
  const C *weight = static_cast<const C *>(shape.weight), *bias = static_cast<const C *>(shape.bias);
  for (int64_t row = first; row < end; ++row) {
    const T *x = static_cast<const T *>(input) + row * n;
    T *y = static_cast<T *>(output) + row * n;
    C &mean = static_cast<C *>(means)[row], &variance = static_cast<C *>(variances)[row];
    rowStatistics(x, n, shape.centred, mean, variance);
    const C m = mean, scale = reciprocalRoot(variance, shape.epsilon);
    if (!weight && !bias) {
      forwardRun(x, y, n, streams, m, scale, C(0));
    } else if (segment == 1) {
      const int64_t offset = row * n % shape.parameters;
      const C *w = weight ? weight + offset : nullptr, *b = bias ? bias + offset : nullptr;
      if (w && b) {
        elementsInto<C>(y, n, streams, EMBER_BODY(k) {
          at.put(y + k, (at.template get<C>(x + k) - m) * scale * at.template get<C>(w + k) + at.template get<C>(b + k));
        });
      } else if (w) {
        elementsInto<C>(y, n, streams, EMBER_BODY(k) { at.put(y + k, (at.template get<C>(x + k) - m) * scale * at.template get<C>(w + k)); });
      } else {
        elementsInto<C>(y, n, streams, EMBER_BODY(k) { at.put(y + k, (at.template get<C>(x + k) - m) * scale + at.template get<C>(b + k)); });
      }
    } else {
      const int64_t segments = n / segment;
      for (int64_t j = 0; j < segments; ++j) {
        const int64_t p = (row * segments + j) % shape.parameters;
        forwardRun(x + j * segment, y + j * segment, segment, streams, m, weight ? C(scale * weight[p]) : scale, bias ? bias[p] : C(0));
      }
    }
  }
}

/// Weights that differ from element to element. Their sums are kept in the compute type over blocks of rows, then added in double.
template <bool hasWeight, class T>
static void elementwiseBackward(const ember_normalized_rows &shape, const void *input, const void *gradient, const void *means,
                                const void *variances, void *result, int64_t first, int64_t end, double *weightSums, double *biasSums,
                                void *partials, bool streams) {
  using C = ComputeType<T>;
  const int64_t n = shape.n, block = shape.parameters == n ? 16 : 1;
  const bool sums = weightSums || biasSums;
  C *products = static_cast<C *>(partials), *terms = products + n;
  for (int64_t begin = first; begin < end; begin += block) {
    const int64_t last = begin + block < end ? begin + block : end;
    if (sums) std::fill_n(products, 2 * n, C(0));
    for (int64_t row = begin; row < last; ++row) {
      const T *x = static_cast<const T *>(input) + row * n, *g = static_cast<const T *>(gradient) + row * n;
      const C m = static_cast<const C *>(means)[row];
      const C scale = reciprocalRoot(static_cast<const C *>(variances)[row], shape.epsilon);
      const C *w = hasWeight ? static_cast<const C *>(shape.weight) + row * n % shape.parameters : nullptr;
      if (result) {
        double sum = 0, product = 0;
        sumPairs<C>(n, sum, product, [&](auto at, int64_t i, auto &a, auto &b) __attribute__((always_inline)) {
          auto weighted = at.template get<C>(g + i);
          if constexpr (hasWeight) weighted = weighted * at.template get<C>(w + i);
          a += weighted;
          b += weighted * (at.template get<C>(x + i) - m);
        });
        const C shift = shape.centred ? C(sum / double(n)) : C(0);
        const C slope = C(product / double(n) * double(scale) * double(scale));
        T *dx = static_cast<T *>(result) + row * n;
        elementsInto<C>(dx, n, streams, EMBER_BODY(i) {
          auto weighted = at.template get<C>(g + i);
          if constexpr (hasWeight) weighted = weighted * at.template get<C>(w + i);
          at.put(dx + i, (weighted - shift - (at.template get<C>(x + i) - m) * slope) * scale);
        });
      }
      // The row still lies in the cache.
      if (!sums) continue;
      elements<C>(n, EMBER_BODY(i) {
        const auto cotangent = at.template get<C>(g + i);
        at.keep(products + i, at.template get<C>(products + i) + cotangent * ((at.template get<C>(x + i) - m) * scale));
        at.keep(terms + i, at.template get<C>(terms + i) + cotangent);
      });
    }
    const int64_t offset = begin * n % shape.parameters;
    for (int64_t i = 0; weightSums && i < n; ++i) weightSums[offset + i] += double(products[i]);
    for (int64_t i = 0; biasSums && i < n; ++i) biasSums[offset + i] += double(terms[i]);
  }
}

template <class T>
static void rowsBackward(const ember_normalized_rows &shape, const void *input, const void *gradient, const void *means,
                         const void *variances, void *result, int64_t first, int64_t end, double *weightSums, double *biasSums,
                         void *partials, bool streams) {
  using C = ComputeType<T>;
  const int64_t n = shape.n, segment = shape.segment, segments = n / segment;
  const C *weight = static_cast<const C *>(shape.weight);
  if (segment == 1) {
    const auto run = weight ? elementwiseBackward<true, T> : elementwiseBackward<false, T>;
    return run(shape, input, gradient, means, variances, result, first, end, weightSums, biasSums, partials, streams);
  }
  for (int64_t row = first; row < end; ++row) {
    const T *x = static_cast<const T *>(input) + row * n, *g = static_cast<const T *>(gradient) + row * n;
    const C m = static_cast<const C *>(means)[row];
    const C scale = reciprocalRoot(static_cast<const C *>(variances)[row], shape.epsilon);
    double sum = 0, product = 0;
    for (int64_t j = 0; j < segments; ++j) {
      const int64_t index = row * segments + j;
      double segmentSum = 0, segmentProduct = 0;
      sumRun(x + j * segment, g + j * segment, segment, m, segmentSum, segmentProduct);
      const double w = weight ? double(weight[index % shape.parameters]) : 1;
      sum += w * segmentSum;
      product += w * segmentProduct;
      if (weightSums) weightSums[index] = segmentProduct * double(scale);
      if (biasSums) biasSums[index] = segmentSum;
    }
    if (!result) continue;
    const C shift = shape.centred ? C(sum / double(n)) : C(0), slope = C(product / double(n) * double(scale) * double(scale));
    T *dx = static_cast<T *>(result) + row * n;
    for (int64_t j = 0; j < segments; ++j) {
      const C w = weight ? weight[(row * segments + j) % shape.parameters] : C(1);
      backwardRun(x + j * segment, g + j * segment, dx + j * segment, segment, streams, m, shift, slope, w, scale);
    }
  }
}

// MARK: Channels

template <class T>
static void channelAffine(const ember_normalized_channels &shape, const void *variances, void *factors, void *biases) {
  using C = ComputeType<T>;
  const C *weight = static_cast<const C *>(shape.weight), *bias = static_cast<const C *>(shape.bias);
  for (int64_t c = 0; c < shape.channels; ++c) {
    const C scale = reciprocalRoot(static_cast<const C *>(variances)[c], shape.epsilon);
    static_cast<C *>(factors)[c] = weight ? C(scale * weight[c]) : scale;
    static_cast<C *>(biases)[c] = bias ? bias[c] : C(0);
  }
}

template <class T>
static void channelGradient(const ember_normalized_channels &shape, const void *variances, const double *sums, const double *products,
                            void *shifts, void *slopes, void *factors, void *dweight, void *dbias) {
  using C = ComputeType<T>;
  const C *weight = static_cast<const C *>(shape.weight);
  const double count = double(shape.outer * shape.inner);
  for (int64_t c = 0; c < shape.channels; ++c) {
    const C scale = reciprocalRoot(static_cast<const C *>(variances)[c], shape.epsilon);
    static_cast<C *>(shifts)[c] = C(sums[c] / count);
    static_cast<C *>(slopes)[c] = C(products[c] / count * double(scale) * double(scale));
    static_cast<C *>(factors)[c] = weight ? C(scale * weight[c]) : scale;
    if (dweight) static_cast<C *>(dweight)[c] = C(products[c] * double(scale));
    if (dbias) static_cast<C *>(dbias)[c] = C(sums[c]);
  }
}

template <class T>
static void planeForward(const void *x, void *y, int64_t n, const ChannelAffine &affine, int64_t c, bool streams) {
  using C = ComputeType<T>;
  forwardRun(static_cast<const T *>(x), static_cast<T *>(y), n, streams, static_cast<const C *>(affine.mean)[c],
             static_cast<const C *>(affine.factor)[c], static_cast<const C *>(affine.bias)[c]);
}

template <class T>
static void planeSums(const void *x, const void *g, int64_t n, const void *mean, int64_t c, double *sum, double *product) {
  using C = ComputeType<T>;
  *sum = *product = 0;
  sumRun(static_cast<const T *>(x), static_cast<const T *>(g), n, static_cast<const C *>(mean)[c], *sum, *product);
}

template <class T>
static void planeBackward(const void *x, const void *g, void *dx, int64_t n, const ChannelGradient &gradient, int64_t c, bool streams) {
  using C = ComputeType<T>;
  backwardRun(static_cast<const T *>(x), static_cast<const T *>(g), static_cast<T *>(dx), n, streams, static_cast<const C *>(gradient.mean)[c],
              static_cast<const C *>(gradient.shift)[c], static_cast<const C *>(gradient.slope)[c], C(1),
              static_cast<const C *>(gradient.factor)[c]);
}

template <class T>
static void columnsForward(const void *input, void *output, int64_t rows, int64_t channels, const ChannelAffine &affine, bool streams) {
  using C = ComputeType<T>;
  const C *mean = static_cast<const C *>(affine.mean), *factor = static_cast<const C *>(affine.factor);
  const C *bias = static_cast<const C *>(affine.bias);
  for (int64_t row = 0; row < rows; ++row) {
    const T *x = static_cast<const T *>(input) + row * channels;
    T *y = static_cast<T *>(output) + row * channels;
    elementsInto<C>(y, channels, streams, EMBER_BODY(c) {
      at.put(y + c, (at.template get<C>(x + c) - at.template get<C>(mean + c)) * at.template get<C>(factor + c) + at.template get<C>(bias + c));
    });
  }
}

template <class T>
static void columnsSums(const void *input, const void *gradient, int64_t rows, int64_t channels, const void *means, double *sums,
                        double *products) {
  using C = ComputeType<T>;
  constexpr int64_t tile = 512, block = 32;
  C partialSums[tile], partialProducts[tile];
  for (int64_t c = 0; c < channels; ++c) sums[c] = products[c] = 0;
  for (int64_t first = 0; first < channels; first += tile) {
    const int64_t width = channels - first < tile ? channels - first : tile;
    const C *mean = static_cast<const C *>(means) + first;
    for (int64_t begin = 0; begin < rows; begin += block) {
      const int64_t end = begin + block < rows ? begin + block : rows;
      for (int64_t c = 0; c < width; ++c) partialSums[c] = partialProducts[c] = 0;
      for (int64_t row = begin; row < end; ++row) {
        const T *x = static_cast<const T *>(input) + row * channels + first, *g = static_cast<const T *>(gradient) + row * channels + first;
        elements<C>(width, EMBER_BODY(c) {
          const auto cotangent = at.template get<C>(g + c);
          at.put(partialSums + c, at.template get<C>(partialSums + c) + cotangent);
          at.put(partialProducts + c, at.template get<C>(partialProducts + c) +
                                          cotangent * (at.template get<C>(x + c) - at.template get<C>(mean + c)));
        });
      }
      for (int64_t c = 0; c < width; ++c) sums[first + c] += double(partialSums[c]);
      for (int64_t c = 0; c < width; ++c) products[first + c] += double(partialProducts[c]);
    }
  }
}

template <class T>
static void columnsBackward(const void *input, const void *gradient, void *result, int64_t rows, int64_t channels,
                            const ChannelGradient &parts, bool streams) {
  using C = ComputeType<T>;
  const C *mean = static_cast<const C *>(parts.mean), *shift = static_cast<const C *>(parts.shift);
  const C *slope = static_cast<const C *>(parts.slope), *factor = static_cast<const C *>(parts.factor);
  for (int64_t row = 0; row < rows; ++row) {
    const T *x = static_cast<const T *>(input) + row * channels, *g = static_cast<const T *>(gradient) + row * channels;
    T *dx = static_cast<T *>(result) + row * channels;
    elementsInto<C>(dx, channels, streams, EMBER_BODY(c) {
      const auto centred = at.template get<C>(x + c) - at.template get<C>(mean + c);
      at.put(dx + c, (at.template get<C>(g + c) - at.template get<C>(shift + c) - centred * at.template get<C>(slope + c)) *
                         at.template get<C>(factor + c));
    });
  }
}

#undef EMBER_BODY

#define EMBER_EACH_TYPE(kernel) {kernel<Half>, kernel<BFloat16>, kernel<float>, kernel<double>}
static constexpr NormalizationKernels kernels = {
    EMBER_EACH_TYPE(rowsForward),    EMBER_EACH_TYPE(rowsBackward), EMBER_EACH_TYPE(channelAffine),  EMBER_EACH_TYPE(channelGradient),
    EMBER_EACH_TYPE(planeForward),   EMBER_EACH_TYPE(planeSums),    EMBER_EACH_TYPE(planeBackward),  EMBER_EACH_TYPE(columnsForward),
    EMBER_EACH_TYPE(columnsSums),    EMBER_EACH_TYPE(columnsBackward),
};
#undef EMBER_EACH_TYPE
