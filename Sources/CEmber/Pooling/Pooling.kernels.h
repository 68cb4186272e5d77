// Pooling over windows given as tables. Where channels are consecutive in memory they are taken a register at a time, where rows are,
// outputs of a row.

#include "../InstructionSets/ReducedPrecision.kernels.h"

/// The integers whose lanes match those of a register of A.
template <int bytes>
struct LaneIndexOf {
  using type = int32_t;
};
template <>
struct LaneIndexOf<8> {
  using type = int64_t;
};
template <class A>
using LaneIndex = typename LaneIndexOf<sizeof(A)>::type;

template <class T>
constexpr bool vectorisesMaximum = __is_same(Accumulator<T>, float) || __is_same(Accumulator<T>, double);

template <class T, int... i>
EMBER_INLINE Vector<T> evenLanes(Vector<T> low, Vector<T> high, std::integer_sequence<int, i...>) {
  // `high` begins one element before the end of `low`, so that nothing behind the last element asked for is read.
  return __builtin_shufflevector(low, high, (i < int(lanes<T>) / 2 ? 2 * i : 2 * i + 1)...);
}

/// Every fourth element of what `a` … `d` hold one after another; `d` begins three elements before the end of `c`.
template <class T, int... i>
EMBER_INLINE Vector<T> fourthLanes(Vector<T> a, Vector<T> b, Vector<T> c, Vector<T> d, std::integer_sequence<int, i...>) {
  constexpr int n = int(lanes<T>);
  const Vector<T> low = __builtin_shufflevector(a, b, (4 * i % (2 * n))...);
  const Vector<T> high = __builtin_shufflevector(c, d, (4 * i % (2 * n) < n ? 4 * i % (2 * n) : 4 * i % (2 * n) + 3)...);
  return __builtin_shufflevector(low, high, (i < n / 2 ? i : n + i - n / 2)...);
}

/// `count` elements that lie `distance` apart.
template <class T>
EMBER_INLINE Vector<Accumulator<T>> loadSpread(const T *p, int64_t distance, int64_t count) {
  using A = Accumulator<T>;
  if (count == lanes<A>) {
    if (distance == 1) return loadWide(p);
    if (distance == 2)
      return evenLanes<A>(loadWide(p), loadWide(p + lanes<A> - 1), std::make_integer_sequence<int, int(lanes<A>)>());
    if constexpr (lanes<A> >= 4)
      if (distance == 4)
        return fourthLanes<A>(loadWide(p), loadWide(p + lanes<A>), loadWide(p + 2 * lanes<A>), loadWide(p + 3 * lanes<A> - 3),
                              std::make_integer_sequence<int, int(lanes<A>)>());
    Vector<A> v;
    for (int64_t l = 0; l < lanes<A>; ++l) v[l] = widen(p[l * distance]);
    return v;
  }
  A spread[lanes<A>] = {};
  for (int64_t l = 0; l < count; ++l) spread[l] = widen(p[l * distance]);
  return load(spread);
}

/// The elements of `even` and `odd` places of what `a` and `b` hold one after another.
template <class V, int... i>
EMBER_INLINE void separate(V a, V b, V &even, V &odd, std::integer_sequence<int, i...>) {
  even = __builtin_shufflevector(a, b, (2 * i)...);
  odd = __builtin_shufflevector(a, b, (2 * i + 1)...);
}

/// Every third element, from `first` on, of what `a`, `b` and `c` hold one after another. They lie in different lanes, since three divides
/// no number of lanes: one permutation puts them in order.
template <int first, class V, int... i>
EMBER_INLINE V thirdLanes(V a, V b, V c, std::integer_sequence<int, i...>) {
  constexpr int n = sizeof...(i);
  const V ab = __builtin_shufflevector(a, b, ((n + i) % 3 == first ? n + i : i)...);
  const V abc = __builtin_shufflevector(ab, c, ((2 * n + i) % 3 == first ? n + i : i)...);
  return __builtin_shufflevector(abc, abc, ((3 * i + first) % n)...);
}

/// The elements from p, p + 1, … on that lie `distance` apart, a register full of each.
template <int distance, class T>
EMBER_INLINE void loadInterleaved(const T *p, Vector<Accumulator<T>> (&spread)[distance]) {
  using A = Accumulator<T>;
  using V = Vector<A>;
  constexpr auto order = std::make_integer_sequence<int, int(lanes<A>)>();
  V in[distance];
#pragma clang loop unroll(full)
  for (int i = 0; i < distance; ++i) in[i] = loadWide(p + i * lanes<A>);
  if constexpr (distance == 2) {
    separate(in[0], in[1], spread[0], spread[1], order);
  } else if constexpr (distance == 3) {
    spread[0] = thirdLanes<0>(in[0], in[1], in[2], order);
    spread[1] = thirdLanes<1>(in[0], in[1], in[2], order);
    spread[2] = thirdLanes<2>(in[0], in[1], in[2], order);
  } else {
    V even[2], odd[2];
    separate(in[0], in[1], even[0], odd[0], order);
    separate(in[2], in[3], even[1], odd[1], order);
    separate(even[0], even[1], spread[0], spread[2], order);
    separate(odd[0], odd[1], spread[1], spread[3], order);
  }
}

/// Calls take(r, values, ix) for each element ix of `wx` and each register r of `count` windows, of which `wx` is the first. The windows
/// lie `known` apart or, where that is 0, `distance`. Neighbouring elements share their loads.
template <int registers, int known, class T, class Take>
EMBER_INLINE void forEachSpread(const T *line, const Window &wx, int64_t step, int64_t distance, int64_t count, Take take) {
  using A = Accumulator<T>;
  int64_t ix = wx.begin;
  if constexpr (known > 1)
    if (step == 1)
      for (; ix + known <= wx.end; ix += known)
#pragma clang loop unroll(full)
        for (int r = 0; r < registers; ++r) {
          Vector<A> spread[known];
          loadInterleaved(line + ix + r * lanes<A> * known, spread);
#pragma clang loop unroll(full)
          for (int j = 0; j < known; ++j) take(r, spread[j], ix + j);
        }
  if constexpr (known) distance = known, count = lanes<A>;
  for (; ix < wx.end; ix += step)
#pragma clang loop unroll(full)
    for (int r = 0; r < registers; ++r) take(r, loadSpread(line + ix + r * lanes<A> * distance, distance, count), ix);
}

/// Calls body(distance) with the distance of a row's regular windows as a constant where registers of them are loaded without going through
/// their lanes, else with 0. A choice in the innermost loop would cost as much as the work there.
template <class Body>
EMBER_INLINE void withDistance(const PoolingOperands &o, int64_t size, Body body) {
  const int64_t distance = o.regularEnd - o.regularBegin < size ? 0 : o.distance;
  if (distance == 1) body(std::integral_constant<int, 1>());
  else if (distance == 2) body(std::integral_constant<int, 2>());
  else if (distance == 3) body(std::integral_constant<int, 3>());
  else if (distance == 4) body(std::integral_constant<int, 4>());
  else body(std::integral_constant<int, 0>());
}

/// Registers of outputs computed at a time, so that what is done once per window and line weighs little. Where loads go through the lanes
/// it does anyway.
template <int distance>
constexpr int registersTogether = distance ? 4 : 1;

template <class T>
EMBER_INLINE void storeFirst(T *p, Vector<Accumulator<T>> v, int64_t count) {
  if (count == lanes<Accumulator<T>>) return storeNarrow<T>(p, v);
  for (int64_t l = 0; l < count; ++l) p[l] = narrow<T>(v[l]);
}

/// `count` positions as int64, one after another.
template <class V>
EMBER_INLINE void storePositions(int64_t *p, V positions, int64_t count) {
  constexpr int n = sizeof(V) / sizeof(positions[0]);
  typedef int64_t Wide __attribute__((ext_vector_type(n), aligned(8)));
  if (count == n) *reinterpret_cast<Wide *>(p) = __builtin_convertvector(positions, Wide);
  else
    for (int64_t l = 0; l < count; ++l) p[l] = positions[l];
}

/// The part of a row's regular outputs that begins at `x`: a register full if there are as many, the last one overlapping.
EMBER_INLINE int64_t fillRegister(const PoolingOperands &o, int64_t &x, int64_t size) {
  if (o.regularEnd - o.regularBegin < size) return o.regularEnd - x;
  x = std::min(x, o.regularEnd - size);
  return size;
}

/// The largest value and its position, over one window in each lane. `next` moves to the window's next element.
template <class A>
struct LargestOf {
  using Index = LaneIndex<A>;
  Vector<A> best = Vector<A>(A(-__builtin_inf()));
  Vector<Index> where;  // that of the window's first element to begin with

  EMBER_INLINE void take(Vector<A> value, Vector<Index> at) {
    auto takes = (value > best) | (value != value);
    best = takes ? value : best;
    where = takes ? at : where;
  }
};

/// One row of outputs: batch n, channels [channel, channelEnd), spatial position (z, y, ·).
template <class T>
void maximumRow(const PoolingOperands &o, int64_t n, int64_t channel, int64_t channelEnd, int64_t z, int64_t y) {
  using A = Accumulator<T>;
  using Index = LaneIndex<A>;
  const Window wz = o.windows[0][z], wy = o.windows[1][y];
  const T *source = static_cast<const T *>(o.src) + n * o.srcBatch;
  T *target = static_cast<T *>(o.dst) + n * o.dstBatch + z * o.dstSpace[0] + y * o.dstSpace[1];
  int64_t *indices = o.indices ? o.indices + n * o.indexBatch + z * o.indexSpace[0] + y * o.indexSpace[1] : nullptr;
  const auto firstOf = [&](const Window &wx) { return (wz.begin * o.inputSize[1] + wy.begin) * o.inputSize[2] + wx.begin; };
  /// Calls body(line, position of its first element) for the lines of input that the row's windows reach.
  const auto forEachLine = [&](auto &&body) __attribute__((always_inline)) {
    for (int64_t iz = wz.begin; iz < wz.end; iz += o.step[0])
      for (int64_t iy = wy.begin; iy < wy.end; iy += o.step[1])
        body(source + iz * o.srcSpace[0] + iy * o.srcSpace[1], (iz * o.inputSize[1] + iy) * o.inputSize[2]);
  };
  const auto single = [&](int64_t c, int64_t x) {
    const Window wx = o.windows[2][x];
    A best = A(0);
    bool empty = true;
    int64_t where = firstOf(wx);
    forEachLine([&](const T *line, int64_t lineIndex) {
      for (int64_t ix = wx.begin; ix < wx.end; ix += o.step[2]) {
        A value = widen(line[c * o.srcChannel + ix * o.srcSpace[2]]);
        if (empty || value > best || value != value) {
          best = value;
          where = lineIndex + ix;
          empty = false;
        }
      }
    });
    if constexpr (vectorisesMaximum<T>) {
      if (empty) best = A(-__builtin_inf());
    }
    target[c * o.dstChannel + x * o.dstSpace[2]] = narrow<T>(best);
    if (indices) indices[c * o.indexChannel + x * o.indexSpace[2]] = where;
  };
  if constexpr (vectorisesMaximum<T>) {
    const bool fits = o.planeSize < INT32_MAX;
    if (fits && o.srcChannel == 1 && o.dstChannel == 1) {
      for (int64_t x = 0; x < o.outputSize[2]; ++x) {
        const Window wx = o.windows[2][x];
        int64_t c = channel;
        for (; c + lanes<A> <= channelEnd; c += lanes<A>) {
          LargestOf<A> largest{.where = Vector<Index>(Index(firstOf(wx)))};
          forEachLine([&](const T *line, int64_t lineIndex) __attribute__((always_inline)) {
            for (int64_t ix = wx.begin; ix < wx.end; ix += o.step[2])
              largest.take(loadWide(line + c + ix * o.srcSpace[2]), Vector<Index>(Index(lineIndex + ix)));
          });
          storeNarrow<T>(target + c + x * o.dstSpace[2], largest.best);
          if (indices && o.indexChannel == 1) storePositions(indices + c + x * o.indexSpace[2], largest.where, lanes<A>);
          else if (indices)
            for (int64_t l = 0; l < lanes<A>; ++l) indices[(c + l) * o.indexChannel + x * o.indexSpace[2]] = largest.where[l];
        }
        for (; c < channelEnd; ++c) single(c, x);
      }
      return;
    }
    if (fits && o.srcSpace[2] == 1 && o.dstSpace[2] == 1 && (!indices || o.indexSpace[2] == 1)) {
      Vector<Index> offsets;
      for (int64_t l = 0; l < lanes<A>; ++l) offsets[l] = Index(l * o.distance);
      withDistance(o, lanes<A>, [&]<int distance>(std::integral_constant<int, distance>) __attribute__((always_inline)) {
        constexpr int64_t together = registersTogether<distance> * lanes<A>;
        for (int64_t c = channel; c < channelEnd; ++c) {
          int64_t x = 0;
          for (; x < o.regularBegin; ++x) single(c, x);
          const auto several = [&]<int registers>(std::integral_constant<int, registers>, int64_t count) __attribute__((always_inline)) {
            const Window wx = o.windows[2][x];
            LargestOf<A> largest[registers];  // with positions as if all were the first register
            for (LargestOf<A> &each : largest) each.where = Index(firstOf(wx)) + offsets;
            forEachLine([&](const T *line, int64_t lineIndex) __attribute__((always_inline)) {
              forEachSpread<registers, distance>(line + c * o.srcChannel, wx, o.step[2], o.distance, count,
                                                 [&](int r, Vector<A> values, int64_t ix) __attribute__((always_inline)) {
                                                   largest[r].take(values, Index(lineIndex + ix) + offsets);
                                                 });
            });
#pragma clang loop unroll(full)
            for (int r = 0; r < registers; ++r) {
              const int64_t at = x + r * lanes<A>;
              storeFirst(target + c * o.dstChannel + at, largest[r].best, count);
              if (indices)
                storePositions(indices + c * o.indexChannel + at, largest[r].where + Index(r * lanes<A> * o.distance), count);
            }
          };
          for (; x + together <= o.regularEnd; x += together)
            several(std::integral_constant<int, registersTogether<distance>>(), lanes<A>);
          for (int64_t count; x < o.regularEnd; x += count) {
            count = fillRegister(o, x, lanes<A>);
            several(std::integral_constant<int, 1>(), count);
          }
          for (; x < o.outputSize[2]; ++x) single(c, x);
        }
      });
      return;
    }
  }
  for (int64_t c = channel; c < channelEnd; ++c)
    for (int64_t x = 0; x < o.outputSize[2]; ++x) single(c, x);
}

EMBER_INLINE int64_t averageDivisor(const PoolingOperands &o, const Window &wz, const Window &wy, const Window &wx) {
  if (o.divisor) return o.divisor;
  if (o.countPadding) return wz.padded * wy.padded * wx.padded;
  return (wz.end - wz.begin) * (wy.end - wy.begin) * (wx.end - wx.begin);
}

template <class T>
void averageRow(const PoolingOperands &o, int64_t n, int64_t channel, int64_t channelEnd, int64_t z, int64_t y) {
  using A = Accumulator<T>;
  const Window wz = o.windows[0][z], wy = o.windows[1][y];
  const T *source = static_cast<const T *>(o.src) + n * o.srcBatch;
  T *target = static_cast<T *>(o.dst) + n * o.dstBatch + z * o.dstSpace[0] + y * o.dstSpace[1];
  const auto forEachLine = [&](auto &&body) __attribute__((always_inline)) {
    for (int64_t iz = wz.begin; iz < wz.end; ++iz)
      for (int64_t iy = wy.begin; iy < wy.end; ++iy) body(source + iz * o.srcSpace[0] + iy * o.srcSpace[1]);
  };
  const auto divisorOf = [&](const Window &wx) {
    bool empty = wz.end <= wz.begin || wy.end <= wy.begin || wx.end <= wx.begin;
    return empty ? A(1) : A(averageDivisor(o, wz, wy, wx));
  };
  const auto single = [&](int64_t c, int64_t x) {
    const Window wx = o.windows[2][x];
    A sum = A(0);
    forEachLine([&](const T *line) {
      for (int64_t ix = wx.begin; ix < wx.end; ++ix) sum = A(sum + widen(line[c * o.srcChannel + ix * o.srcSpace[2]]));
    });
    target[c * o.dstChannel + x * o.dstSpace[2]] = narrow<T>(A(sum / divisorOf(wx)));
  };
  if (o.srcChannel == 1 && o.dstChannel == 1) {
    for (int64_t x = 0; x < o.outputSize[2]; ++x) {
      const Window wx = o.windows[2][x];
      const A divisor = divisorOf(wx);
      int64_t c = channel;
      for (; c + lanes<A> <= channelEnd; c += lanes<A>) {
        Vector<A> sum = Vector<A>(A(0));
        forEachLine([&](const T *line) __attribute__((always_inline)) {
          for (int64_t ix = wx.begin; ix < wx.end; ++ix) sum += loadWide(line + c + ix * o.srcSpace[2]);
        });
        storeNarrow<T>(target + c + x * o.dstSpace[2], sum / Vector<A>(divisor));
      }
      for (; c < channelEnd; ++c) single(c, x);
    }
    return;
  }
  const bool consecutive = o.srcSpace[2] == 1 && o.dstSpace[2] == 1;
  // Windows of many elements: the lines are added up first, as registers, then pieces of the sum.
  constexpr int64_t longestLine = 2048;
  const int64_t reached = o.windows[2][o.outputSize[2] - 1].end;
  if (consecutive && o.distance > 2 && wy.end - wy.begin > 1 && reached <= longestLine) {
    alignas(64) A sums[longestLine];
    for (int64_t c = channel; c < channelEnd; ++c) {
      std::fill(sums, sums + reached, A(0));
      forEachLine([&](const T *line) __attribute__((always_inline)) {
        line += c * o.srcChannel;
        int64_t i = 0;
        for (; i + lanes<A> <= reached; i += lanes<A>) store(sums + i, load(sums + i) + loadWide(line + i));
        for (; i < reached; ++i) sums[i] = A(sums[i] + widen(line[i]));
      });
      for (int64_t x = 0; x < o.outputSize[2]; ++x) {
        const Window wx = o.windows[2][x];
        A sum = A(0);
        for (int64_t ix = wx.begin; ix < wx.end; ++ix) sum = A(sum + sums[ix]);
        target[c * o.dstChannel + x] = narrow<T>(A(sum / divisorOf(wx)));
      }
    }
    return;
  }
  withDistance(o, lanes<A>, [&]<int distance>(std::integral_constant<int, distance>) __attribute__((always_inline)) {
    constexpr int64_t together = registersTogether<distance> * lanes<A>;
    for (int64_t c = channel; c < channelEnd; ++c) {
      int64_t x = 0;
      if (consecutive && o.regularEnd - o.regularBegin >= lanes<A>) {
        for (; x < o.regularBegin; ++x) single(c, x);
        const A divisor = divisorOf(o.windows[2][x]);
        const auto several = [&]<int registers>(std::integral_constant<int, registers>) __attribute__((always_inline)) {
          const Window wx = o.windows[2][x];
          Vector<A> sums[registers] = {};
          forEachLine([&](const T *line) __attribute__((always_inline)) {
            forEachSpread<registers, distance>(line + c * o.srcChannel, wx, 1, o.distance, lanes<A>,
                                               [&](int r, Vector<A> values, int64_t)
                                                   __attribute__((always_inline)) { sums[r] += values; });
          });
#pragma clang loop unroll(full)
          for (int r = 0; r < registers; ++r) storeNarrow<T>(target + c * o.dstChannel + x + r * lanes<A>, sums[r] / Vector<A>(divisor));
        };
        for (; x + together <= o.regularEnd; x += together) several(std::integral_constant<int, registersTogether<distance>>());
        for (; x < o.regularEnd; x += lanes<A>) {
          fillRegister(o, x, lanes<A>);
          several(std::integral_constant<int, 1>());
        }
      }
      for (; x < o.outputSize[2]; ++x) single(c, x);
    }
  });
}

/// Where a backward task adds: the caller's memory, or for types that must round once a plane of accumulators in `scratch`.
template <class T>
struct GradientPlane {
  Accumulator<T> *data;
  int64_t channel, space[3];

  GradientPlane(const PoolingOperands &o, int64_t n, int64_t channel0, int64_t count, void *scratch) {
    if constexpr (__is_same(T, Accumulator<T>)) {
      data = static_cast<T *>(const_cast<void *>(o.src)) + n * o.srcBatch + channel0 * o.srcChannel;
      channel = o.srcChannel;
      for (int i = 0; i < 3; ++i) space[i] = o.srcSpace[i];
    } else {
      data = static_cast<Accumulator<T> *>(scratch);
      channel = 1;
      space[2] = count;
      space[1] = count * o.inputSize[2];
      space[0] = space[1] * o.inputSize[1];
    }
    forEach(o, count, [](Accumulator<T> &value, int64_t) { value = Accumulator<T>(0); });
  }

  template <class Body>
  EMBER_INLINE void forEach(const PoolingOperands &o, int64_t count, Body &&body) {
    for (int64_t z = 0; z < o.inputSize[0]; ++z)
      for (int64_t y = 0; y < o.inputSize[1]; ++y) {
        Accumulator<T> *line = data + z * space[0] + y * space[1];
        int64_t offset = z * o.srcSpace[0] + y * o.srcSpace[1];
        if (channel == 1) {
          for (int64_t x = 0; x < o.inputSize[2]; ++x)
            for (int64_t c = 0; c < count; ++c)
              body(line[x * space[2] + c], offset + x * o.srcSpace[2] + c * o.srcChannel);
        } else {
          for (int64_t c = 0; c < count; ++c)
            for (int64_t x = 0; x < o.inputSize[2]; ++x)
              body(line[x * space[2] + c * channel], offset + x * o.srcSpace[2] + c * o.srcChannel);
        }
      }
  }

  /// Rounds into the caller's memory.
  void finish(const PoolingOperands &o, int64_t n, int64_t channel0, int64_t count) {
    if constexpr (!__is_same(T, Accumulator<T>)) {
      T *target = static_cast<T *>(const_cast<void *>(o.src)) + n * o.srcBatch + channel0 * o.srcChannel;
      forEach(o, count, [&](Accumulator<T> &value, int64_t offset) { target[offset] = narrow<T>(value); });
    }
  }
};

/// The gradient of channels [channel0, channel0 + count) of one batch element. Returns false for an index outside the plane.
template <class T>
bool maximumBackward(const PoolingOperands &o, int64_t n, int64_t channel0, int64_t count, void *scratch) {
  GradientPlane<T> plane(o, n, channel0, count, scratch);
  const T *gradient = static_cast<const T *>(o.dst) + n * o.dstBatch + channel0 * o.dstChannel;
  const int64_t *indices = o.indices + n * o.indexBatch + channel0 * o.indexChannel;
  // Rows and planes that follow each other without gaps need no division to find an index's place.
  bool flat = (o.inputSize[1] == 1 || plane.space[1] == plane.space[2] * o.inputSize[2]) &&
              (o.inputSize[0] == 1 || plane.space[0] == plane.space[2] * o.inputSize[2] * o.inputSize[1]);
  bool valid = true;
  auto add = [&](int64_t z, int64_t y, int64_t x, int64_t c) {
    int64_t at = indices[z * o.indexSpace[0] + y * o.indexSpace[1] + x * o.indexSpace[2] + c * o.indexChannel];
    if (at < 0 || at >= o.planeSize) {
      valid = false;
      return;
    }
    int64_t offset = at * plane.space[2];
    if (!flat) {
      int64_t ix = at % o.inputSize[2], iy = at / o.inputSize[2] % o.inputSize[1];
      int64_t iz = at / o.inputSize[2] / o.inputSize[1];
      offset = iz * plane.space[0] + iy * plane.space[1] + ix * plane.space[2];
    }
    Accumulator<T> &value = plane.data[offset + c * plane.channel];
    value = Accumulator<T>(
        value + widen(gradient[z * o.dstSpace[0] + y * o.dstSpace[1] + x * o.dstSpace[2] + c * o.dstChannel]));
  };
  for (int64_t z = 0; z < o.outputSize[0]; ++z)
    for (int64_t y = 0; y < o.outputSize[1]; ++y)
      for (int64_t x = 0; x < o.outputSize[2]; ++x)
        for (int64_t c = 0; c < count; ++c) add(z, y, x, c);
  plane.finish(o, n, channel0, count);
  return valid;
}

template <class T>
bool averageBackward(const PoolingOperands &o, int64_t n, int64_t channel0, int64_t count, void *scratch) {
  using A = Accumulator<T>;
  GradientPlane<T> plane(o, n, channel0, count, scratch);
  const T *gradient = static_cast<const T *>(o.dst) + n * o.dstBatch + channel0 * o.dstChannel;
  for (int64_t z = 0; z < o.outputSize[0]; ++z)
    for (int64_t y = 0; y < o.outputSize[1]; ++y)
      for (int64_t x = 0; x < o.outputSize[2]; ++x) {
        const Window wz = o.windows[0][z], wy = o.windows[1][y], wx = o.windows[2][x];
        if (wz.end <= wz.begin || wy.end <= wy.begin || wx.end <= wx.begin) continue;
        A divisor = A(averageDivisor(o, wz, wy, wx));
        const T *from = gradient + z * o.dstSpace[0] + y * o.dstSpace[1] + x * o.dstSpace[2];
        for (int64_t iz = wz.begin; iz < wz.end; ++iz)
          for (int64_t iy = wy.begin; iy < wy.end; ++iy)
            for (int64_t ix = wx.begin; ix < wx.end; ++ix) {
              A *to = plane.data + iz * plane.space[0] + iy * plane.space[1] + ix * plane.space[2];
              int64_t c = 0;
              if (plane.channel == 1 && o.dstChannel == 1)
                for (; c + lanes<A> <= count; c += lanes<A>)
                  store(to + c, load(to + c) + loadWide(from + c) / Vector<A>(divisor));
              for (; c < count; ++c)
                to[c * plane.channel] = A(to[c * plane.channel] + widen(from[c * o.dstChannel]) / divisor);
            }
      }
  plane.finish(o, n, channel0, count);
  return true;
}

template <class T>
constexpr PoolingKernels poolingKernelsOf = {maximumRow<T>, averageRow<T>, maximumBackward<T>, averageBackward<T>,
                                             __is_same(T, Accumulator<T>) ? 0 : sizeof(Accumulator<T>)};

/// By ember_dtype from EMBER_UINT8; complex numbers have no maximum, and no kernels.
static constexpr PoolingKernels poolingKernels[] = {
    poolingKernelsOf<uint8_t>, poolingKernelsOf<int8_t>,   poolingKernelsOf<int16_t>, poolingKernelsOf<int32_t>,
    poolingKernelsOf<int64_t>, poolingKernelsOf<_Float16>, poolingKernelsOf<BFloat16>, poolingKernelsOf<float>,
    poolingKernelsOf<double>,  {},                         {},                         poolingKernelsOf<uint16_t>,
    poolingKernelsOf<uint32_t>, poolingKernelsOf<uint64_t>};
