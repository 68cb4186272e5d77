// Sums of shifted planes: the inner loops of convolutions whose images lie plane by plane.

namespace planar {

using ember::planar::Ahead;
using ember::planar::Dots;
using ember::planar::longestRun;
using ember::planar::PackedLine;
using ember::planar::PlanarKernels;
using ember::planar::RowInput;
using ember::planar::RowTerm;
using ember::planar::rowsTogether;
using ember::planar::Target;

#if defined(EMBER_AVX512)
constexpr int mostChannels = 8;
#else
constexpr int mostChannels = 4;
#endif

/// Registers side by side, so that with `channels` results the sums, the inputs and a weight fill the register file. Not to the last one: a
/// compiler that has none left moves sums to memory and back.
template <int channels>
constexpr int tileVectors = EMBER_VECTOR_BYTES == 64 ? (channels == 8 ? 3 : channels == 4 ? 6 : 8)
                                                     : (channels == 4 ? 2 : channels == 2 ? 4 : 8);

/// Asks for the next cache lines. A few at a time: a processor that waits for too many stops.
template <int lines>
EMBER_INLINE void fetch(Ahead &ahead) {
  if (ahead.next >= ahead.end) return;
#pragma unroll
  for (int i = 0; i < lines; ++i) __builtin_prefetch(ahead.next + i * 64);
  ahead.next += lines * 64;
}

/// Copies fewer elements than two registers hold, in powers of two.
template <class T>
EMBER_INLINE void copyShort(T *to, const T *from, int64_t count) {
  int64_t i = 0;
#pragma unroll
  for (int64_t step = lanes<T>; step > 0; step /= 2)
    if (count & step) {
      __builtin_memcpy(to + i, from + i, size_t(step) * sizeof(T));
      i += step;
    }
}

template <class T>
EMBER_INLINE void copyResults(T *to, int64_t column, const T *from, int64_t count) {
  if (column != 1) {
    for (int64_t i = 0; i < count; ++i) to[i * column] = from[i];
    return;
  }
  for (; count >= 2 * lanes<T>; count -= lanes<T>, to += lanes<T>, from += lanes<T>) store(to, load(from));
  copyShort(to, from, count);
}

/// Where the next packed position belongs.
struct Position {
  int64_t y = 0, x = 0;
};

/// Stores `count` results of each channel, leaving out what lies between the rows.
template <class T>
EMBER_INLINE void scatter(const Target<T> &target, Position &at, int64_t channels, const T *from, int64_t fromStride, int64_t count) {
  for (int64_t done = 0; done < count;) {
    const int64_t segment = at.x + count - done < target.pitch ? count - done : target.pitch - at.x;
    const int64_t results = at.x + segment <= target.width ? segment : target.width - at.x;
    if (results > 0)
      for (int64_t o = 0; o < channels; ++o)
        copyResults(target.data + o * target.channel + at.y * target.row + at.x * target.column, target.column,
                    from + o * fromStride + done, results);
    done += segment;
    at.x += segment;
    if (at.x == target.pitch) at = {at.y + 1, 0};
  }
}

template <class T, int channels, int vectors>
EMBER_INLINE void tileBlock(int64_t termCount, const int64_t *terms, const T *input, const T *weights, const T *bias, T *block) {
  Vector<T> sum[channels][vectors];
#pragma unroll
  for (int o = 0; o < channels; ++o)
#pragma unroll
    for (int v = 0; v < vectors; ++v) sum[o][v] = Vector<T>(bias[o]);
  for (int64_t t = 0; t < termCount; ++t, weights += channels) {
    const T *from = input + terms[t];
    Vector<T> x[vectors];
#pragma unroll
    for (int v = 0; v < vectors; ++v) x[v] = load(from + v * lanes<T>);
#pragma unroll
    for (int o = 0; o < channels; ++o) {
      const Vector<T> w = Vector<T>(weights[o]);
#pragma unroll
      for (int v = 0; v < vectors; ++v) sum[o][v] += w * x[v];
    }
  }
#pragma unroll
  for (int o = 0; o < channels; ++o)
#pragma unroll
    for (int v = 0; v < vectors; ++v) store(block + (o * vectors + v) * lanes<T>, sum[o][v]);
}

/// As many blocks of `vectors` registers as there are, then narrower ones.
template <class T, int channels, int vectors>
EMBER_INLINE void tileBlocks(int64_t valid, int64_t termCount, const int64_t *terms, const T *input, const T *weights, const T *bias,
                             int64_t positions, Position at, const Target<T> &target) {
  constexpr int64_t width = vectors * lanes<T>;
  alignas(64) T block[channels * width];
  for (; vectors == 1 ? positions > 0 : positions >= width; positions -= width, input += width) {
    tileBlock<T, channels, vectors>(termCount, terms, input, weights, bias, block);
    scatter(target, at, valid, block, width, positions < width ? positions : width);
  }
  if constexpr (vectors > 1)
    tileBlocks<T, channels, vectors == 3 ? 2 : vectors / 2>(valid, termCount, terms, input, weights, bias, positions, at, target);
}

template <class T, int channels>
void tileOf(int64_t valid, int64_t termCount, const int64_t *terms, const T *input, const T *weights, const T *bias, int64_t positions,
            const Target<T> &target) {
  tileBlocks<T, channels, tileVectors<channels>>(valid, termCount, terms, input, weights, bias, positions, {}, target);
}

template <class T>
void tile(int64_t channels, int64_t valid, int64_t termCount, const int64_t *terms, const T *input, const T *weights, const T *bias,
          int64_t positions, const Target<T> &target) {
  switch (channels) {
    case 1: return tileOf<T, 1>(valid, termCount, terms, input, weights, bias, positions, target);
    case 2: return tileOf<T, 2>(valid, termCount, terms, input, weights, bias, positions, target);
    case 4: return tileOf<T, 4>(valid, termCount, terms, input, weights, bias, positions, target);
    default:
      if constexpr (mostChannels == 8) return tileOf<T, 8>(valid, termCount, terms, input, weights, bias, positions, target);
  }
}

template <class T>
using LaneIndex = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;

/// Ones in the lanes whose columns, from `column` on, are elements of rows of `width`.
template <class T>
EMBER_INLINE auto insideRow(int64_t column, int64_t width) {
  Vector<LaneIndex<T>> lane;
#pragma unroll
  for (int64_t i = 0; i < lanes<T>; ++i) lane[i] = LaneIndex<T>(i);
  const auto at = lane + LaneIndex<T>(column);
  return (at >= 0) & (at < LaneIndex<T>(width));
}

/// `rows` sums below each other take one term: `run` rows of the kernel, and so rows + run - 1 of the input, each loaded once.
template <class T, int rows, int run, bool atEdge>
EMBER_INLINE void addRun(Vector<T> (&sum)[rows], const RowInput<T> &input, const RowTerm &term, int64_t y, int64_t x,
                         const Vector<T> (&w)[run]) {
  const T *from = input.data + term.start + y * input.pitch + x;
#pragma unroll
  for (int j = 0; j < rows + run - 1; ++j) {
    Vector<T> in = load(from + j * input.pitch);
    if constexpr (atEdge) in = insideRow<T>(x + term.column, input.width) ? in : Vector<T>(T(0));
#pragma unroll
    for (int k = 0; k < run; ++k)
      if (j - k >= 0 && j - k < rows) sum[j - k] += w[k] * in;
  }
}

template <class T, int run>
EMBER_INLINE void spread(const T *weights, Vector<T> (&w)[run]) {
#pragma unroll
  for (int k = 0; k < run; ++k) w[k] = Vector<T>(weights[k]);
}

/// Adds terms of any number and lengths.
template <class T>
struct AnyTerms {
  int64_t count;
  const RowTerm *terms;
  const T *weights;

  template <int rows, bool atEdge>
  EMBER_INLINE void add(Vector<T> (&sum)[rows], const RowInput<T> &input, int64_t y, int64_t x) const {
    for (int64_t t = 0; t < count; ++t) {
      static_assert(longestRun == 4);
      switch (terms[t].run) {
        case 1: addOne<rows, 1, atEdge>(sum, input, y, x, terms[t]); break;
        case 2: addOne<rows, 2, atEdge>(sum, input, y, x, terms[t]); break;
        case 3: addOne<rows, 3, atEdge>(sum, input, y, x, terms[t]); break;
        default: addOne<rows, 4, atEdge>(sum, input, y, x, terms[t]); break;
      }
    }
  }
  template <int rows, int run, bool atEdge>
  EMBER_INLINE void addOne(Vector<T> (&sum)[rows], const RowInput<T> &input, int64_t y, int64_t x, const RowTerm &term) const {
    Vector<T> w[run];
    spread(weights + term.weight, w);
    addRun<T, rows, run, atEdge>(sum, input, term, y, x, w);
  }
};

/// Adds the three terms of a kernel of 3 × 3, whose weights stay in registers.
template <class T>
struct ThreeTerms {
  RowTerm terms[3];
  Vector<T> w[3][3];

  EMBER_INLINE ThreeTerms(const RowTerm *from, const T *weights) {
#pragma unroll
    for (int t = 0; t < 3; ++t) {
      terms[t] = from[t];
      spread(weights + from[t].weight, w[t]);
    }
  }
  template <int rows, bool atEdge>
  EMBER_INLINE void add(Vector<T> (&sum)[rows], const RowInput<T> &input, int64_t y, int64_t x) const {
#pragma unroll
    for (int t = 0; t < 3; ++t) addRun<T, rows, 3, atEdge>(sum, input, terms[t], y, x, w[t]);
  }
};

template <class T, int rows>
EMBER_INLINE void storeRows(const Vector<T> (&sum)[rows], const Target<T> &target, int64_t y, int64_t x) {
  T *to = target.data + y * target.row + x * target.column;
#pragma unroll
  for (int r = 0; r < rows; ++r) {
    if (target.column == 1) {
      store(to + r * target.row, sum[r]);
    } else {
      for (int64_t i = 0; i < lanes<T>; ++i) to[r * target.row + i * target.column] = sum[r][i];
    }
  }
}

template <class T, int rows, class Terms>
EMBER_INLINE void rowBlock(const Terms &terms, const RowInput<T> &input, int64_t firstColumn, int64_t lastColumn, T bias, int64_t y,
                           const Target<T> &target, Ahead &ahead) {
  for (int64_t next = 0; next < target.width; next += lanes<T>) {
    fetch<rows>(ahead);
    // The last register of a row ends with it, and so computes some results again.
    const int64_t x = next + lanes<T> <= target.width ? next : target.width - lanes<T>;
    Vector<T> sum[rows];
#pragma unroll
    for (int r = 0; r < rows; ++r) sum[r] = Vector<T>(bias);
    if (x + firstColumn < 0 || x + lastColumn + lanes<T> > input.width) {
      terms.template add<rows, true>(sum, input, y, x);
    } else {
      terms.template add<rows, false>(sum, input, y, x);
    }
    storeRows(sum, target, y, x);
  }
}

template <class T, class Terms>
EMBER_INLINE void rowBlocks(const Terms &terms, const RowInput<T> &input, int64_t firstColumn, int64_t lastColumn, T bias, int64_t rowCount,
                            const Target<T> &target, Ahead &ahead) {
  if (rowCount < rowsTogether) {
    for (int64_t y = 0; y < rowCount; ++y) rowBlock<T, 1>(terms, input, firstColumn, lastColumn, bias, y, target, ahead);
    return;
  }
  // As above, the last ones end with the last row.
  for (int64_t next = 0; next < rowCount; next += rowsTogether) {
    const int64_t y = next + rowsTogether <= rowCount ? next : rowCount - rowsTogether;
    rowBlock<T, rowsTogether>(terms, input, firstColumn, lastColumn, bias, y, target, ahead);
  }
}

template <class T>
void rows(int64_t termCount, const RowTerm *terms, const RowInput<T> &in, const T *weights, T bias, int64_t rowCount, const Target<T> &to,
          Ahead ahead) {
  const Target<T> target = to;  // copies, which stores of results can not change
  const RowInput<T> input = in;
  int64_t firstColumn = terms[0].column, lastColumn = firstColumn;
  bool areThree = termCount == 3;
  for (int64_t t = 0; t < termCount; ++t) {
    firstColumn = terms[t].column < firstColumn ? terms[t].column : firstColumn;
    lastColumn = terms[t].column > lastColumn ? terms[t].column : lastColumn;
    areThree &= terms[t].run == 3;
  }
  if (areThree) {
    rowBlocks<T>(ThreeTerms<T>(terms, weights), input, firstColumn, lastColumn, bias, rowCount, target, ahead);
  } else {
    rowBlocks<T>(AnyTerms<T>{termCount, terms, weights}, input, firstColumn, lastColumn, bias, rowCount, target, ahead);
  }
}

template <class T>
EMBER_INLINE T total(Vector<T> v) {
  T half[lanes<T>];
  store(half, v);
#pragma unroll
  for (int64_t step = lanes<T> / 2; step > 0; step /= 2)
#pragma unroll
    for (int64_t i = 0; i < step; ++i) half[i] += half[i + step];
  return half[0];
}

/// The products of channels o0..<o0 + channels with terms t0..<t0 + termCount. The first block fetches what comes next.
template <class T, int channels, int termCount>
EMBER_INLINE void dotBlock(const Dots<T> &dots, int64_t o0, int64_t t0) {
  const T *gradient = dots.gradient + o0 * dots.gradientStride;
  const T *from[termCount];
  Vector<T> sum[channels][termCount];
#pragma unroll
  for (int t = 0; t < termCount; ++t) {
    from[t] = dots.input + dots.terms[t0 + t];
#pragma unroll
    for (int o = 0; o < channels; ++o) sum[o][t] = Vector<T>(T(0));
  }
  Ahead inputAhead, gradientAhead;
  if (o0 == 0 && t0 == 0) {
    inputAhead = dots.inputAhead;
    gradientAhead = dots.gradientAhead;
  }
  for (int64_t i = 0; i < dots.positions; i += lanes<T>) {
    fetch<1>(inputAhead);
    fetch<1>(gradientAhead);
    Vector<T> g[channels];
#pragma unroll
    for (int o = 0; o < channels; ++o) g[o] = load(gradient + o * dots.gradientStride + i);
#pragma unroll
    for (int t = 0; t < termCount; ++t) {
      const Vector<T> x = load(from[t] + i);
#pragma unroll
      for (int o = 0; o < channels; ++o) sum[o][t] += g[o] * x;
    }
  }
#pragma unroll
  for (int o = 0; o < channels; ++o)
#pragma unroll
    for (int t = 0; t < termCount; ++t) dots.sums[(o0 + o) * dots.sumStride + t0 + t] += total<T>(sum[o][t]);
}

template <class T, int channels, int block>
EMBER_INLINE void dotsOf(const Dots<T> &dots, int64_t o0, int64_t termCount) {
  int64_t t = 0;
  for (; t + block <= termCount; t += block) dotBlock<T, channels, block>(dots, o0, t);
  if constexpr (block > 3) {
    for (; t + 3 <= termCount; t += 3) dotBlock<T, channels, 3>(dots, o0, t);
  }
  for (; t < termCount; ++t) dotBlock<T, channels, 1>(dots, o0, t);
}

template <class T>
void dots(int64_t channels, int64_t termCount, const Dots<T> &dots) {
  // As many sums as leave registers for the gradients and an input.
  constexpr bool wide = EMBER_VECTOR_BYTES == 64;
  int64_t o = 0;
  for (; o + 4 <= channels; o += 4) dotsOf<T, 4, wide ? 6 : 2>(dots, o, termCount);
  for (; o + 2 <= channels; o += 2) dotsOf<T, 2, wide ? 6 : 4>(dots, o, termCount);
  if (o < channels) dotsOf<T, 1, 9>(dots, o, termCount);
}

/// to[i] = from[i · step], where `from` has elements for i in begin..<end, and zero elsewhere.
template <class T>
EMBER_INLINE void packLine(const PackedLine &line, const T *from, T *to) {
  int64_t i = 0;
  for (; i < line.begin; ++i) to[i] = 0;
  if (line.step == 1) {
    for (; i + lanes<T> <= line.end; i += lanes<T>) store(to + i, load(from + i));
    copyShort(to + i, from + i, line.end - i);
    i = line.end;
  } else if (line.step == 2) {
    for (; i < line.end; ++i) to[i] = from[2 * i];
  } else {
    for (; i < line.end; ++i) to[i] = from[i * line.step];
  }
  for (; i < line.count; ++i) to[i] = 0;
}

template <class T>
void pack(const PackedLine &packed, int64_t lineCount, const T *from, int64_t fromStride, int64_t firstInside, int64_t endInside, T *to) {
  const PackedLine line = packed;  // a copy, which stores of elements can not change
  for (int64_t j = 0; j < lineCount; ++j, to += line.count) {
    if (j < firstInside || j >= endInside) {
      for (int64_t i = 0; i < line.count; ++i) to[i] = 0;
    } else {
      packLine(line, from + j * fromStride, to);
    }
  }
}

template <class T>
static constexpr PlanarKernels<T> kernelsOf = {
    mostChannels, tileVectors<mostChannels> *lanes<T>, lanes<T>, pack<T>, tile<T>, rows<T>, dots<T>};

static constexpr PlanarKernels<float> singleKernels = kernelsOf<float>;
static constexpr PlanarKernels<double> doubleKernels = kernelsOf<double>;

}  // namespace planar
