// Pooling over windows given as tables. Where channels are consecutive in memory they are taken a register at a time.

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

/// One row of outputs: batch n, spatial position (z, y, ·), all channels.
template <class T>
void maximumRow(const PoolingOperands &o, int64_t n, int64_t z, int64_t y) {
  using A = Accumulator<T>;
  using Index = LaneIndex<A>;
  const Window wz = o.windows[0][z], wy = o.windows[1][y];
  const T *source = static_cast<const T *>(o.src) + n * o.srcBatch;
  int64_t outOffset = n * o.dstBatch + z * o.dstSpace[0] + y * o.dstSpace[1];
  int64_t indexOffset = n * o.indexBatch + z * o.indexSpace[0] + y * o.indexSpace[1];
  for (int64_t x = 0; x < o.outputSize[2]; ++x) {
    const Window wx = o.windows[2][x];
    T *out = static_cast<T *>(o.dst) + outOffset + x * o.dstSpace[2];
    int64_t *index = o.indices ? o.indices + indexOffset + x * o.indexSpace[2] : nullptr;
    int64_t first = (wz.begin * o.inputSize[1] + wy.begin) * o.inputSize[2] + wx.begin;
    int64_t c = 0;
    if constexpr (vectorisesMaximum<T>) {
      if (o.srcChannel == 1 && o.dstChannel == 1 && o.planeSize < INT32_MAX) {
        for (; c + lanes<A> <= o.channels; c += lanes<A>) {
          Vector<A> best = Vector<A>(A(-__builtin_inf()));
          Vector<Index> where = Vector<Index>(Index(first));
          for (int64_t iz = wz.begin; iz < wz.end; iz += o.step[0])
            for (int64_t iy = wy.begin; iy < wy.end; iy += o.step[1]) {
              const T *line = source + iz * o.srcSpace[0] + iy * o.srcSpace[1] + c;
              Index lineIndex = Index((iz * o.inputSize[1] + iy) * o.inputSize[2]);
              for (int64_t ix = wx.begin; ix < wx.end; ix += o.step[2]) {
                Vector<A> value = loadWide(line + ix * o.srcSpace[2]);
                auto takes = (value > best) | (value != value);
                best = takes ? value : best;
                where = takes ? Vector<Index>(Index(lineIndex + ix)) : where;
              }
            }
          storeNarrow<T>(out + c, best);
          if (index)
            for (int64_t l = 0; l < lanes<A>; ++l) index[(c + l) * o.indexChannel] = where[l];
        }
      }
    }
    for (; c < o.channels; ++c) {
      const T *plane = source + c * o.srcChannel;
      A best = A(0);
      bool empty = true;
      int64_t where = first;
      for (int64_t iz = wz.begin; iz < wz.end; iz += o.step[0])
        for (int64_t iy = wy.begin; iy < wy.end; iy += o.step[1])
          for (int64_t ix = wx.begin; ix < wx.end; ix += o.step[2]) {
            A value = widen(plane[iz * o.srcSpace[0] + iy * o.srcSpace[1] + ix * o.srcSpace[2]]);
            if (empty || value > best || value != value) {
              best = value;
              where = (iz * o.inputSize[1] + iy) * o.inputSize[2] + ix;
              empty = false;
            }
          }
      if constexpr (vectorisesMaximum<T>) {
        if (empty) best = A(-__builtin_inf());
      }
      out[c * o.dstChannel] = narrow<T>(best);
      if (index) index[c * o.indexChannel] = where;
    }
  }
}

EMBER_INLINE int64_t averageDivisor(const PoolingOperands &o, const Window &wz, const Window &wy, const Window &wx) {
  if (o.divisor) return o.divisor;
  if (o.countPadding) return wz.padded * wy.padded * wx.padded;
  return (wz.end - wz.begin) * (wy.end - wy.begin) * (wx.end - wx.begin);
}

template <class T>
void averageRow(const PoolingOperands &o, int64_t n, int64_t z, int64_t y) {
  using A = Accumulator<T>;
  const Window wz = o.windows[0][z], wy = o.windows[1][y];
  const T *source = static_cast<const T *>(o.src) + n * o.srcBatch;
  T *row = static_cast<T *>(o.dst) + n * o.dstBatch + z * o.dstSpace[0] + y * o.dstSpace[1];
  for (int64_t x = 0; x < o.outputSize[2]; ++x) {
    const Window wx = o.windows[2][x];
    T *out = row + x * o.dstSpace[2];
    bool empty = wz.end <= wz.begin || wy.end <= wy.begin || wx.end <= wx.begin;
    A divisor = empty ? A(1) : A(averageDivisor(o, wz, wy, wx));
    int64_t c = 0;
    if (o.srcChannel == 1 && o.dstChannel == 1) {
      for (; c + lanes<A> <= o.channels; c += lanes<A>) {
        Vector<A> sum = Vector<A>(A(0));
        for (int64_t iz = wz.begin; iz < wz.end; ++iz)
          for (int64_t iy = wy.begin; iy < wy.end; ++iy) {
            const T *line = source + iz * o.srcSpace[0] + iy * o.srcSpace[1] + c;
            for (int64_t ix = wx.begin; ix < wx.end; ++ix) sum += loadWide(line + ix * o.srcSpace[2]);
          }
        storeNarrow<T>(out + c, sum / Vector<A>(divisor));
      }
    }
    for (; c < o.channels; ++c) {
      const T *plane = source + c * o.srcChannel;
      A sum = A(0);
      for (int64_t iz = wz.begin; iz < wz.end; ++iz)
        for (int64_t iy = wy.begin; iy < wy.end; ++iy)
          for (int64_t ix = wx.begin; ix < wx.end; ++ix)
            sum = A(sum + widen(plane[iz * o.srcSpace[0] + iy * o.srcSpace[1] + ix * o.srcSpace[2]]));
      out[c * o.dstChannel] = narrow<T>(A(sum / divisor));
    }
  }
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
