// Winograd's minimal filtering F(2 × 2, 3 × 3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4) on
// channels-last images: every transform works on a register of channels, so that none needs a shuffle.

#include "../Convolution/Epilogue.kernels.h"
#include "../InstructionSets/Transposition.kernels.h"

namespace minimal_filtering {

#if defined(EMBER_AVX512)
constexpr int productRows = 8;
#elif defined(EMBER_AVX2)
constexpr int productRows = 6;
#else
constexpr int productRows = 4;
#endif
constexpr int panelVectors = 2;
constexpr int64_t width = lanes<float>;
constexpr int64_t panelColumns = panelVectors * width;

using V = Vector<float>;

EMBER_INLINE V loadSome(const float *p, int64_t count) {
  if (count >= width) return load(p);
  alignas(EMBER_VECTOR_BYTES) float some[width] = {};
  for (int64_t i = 0; i < count; ++i) some[i] = p[i];
  return load(some);
}

EMBER_INLINE void storeSome(float *p, V v, int64_t count) {
  if (count >= width) return store(p, v);
  for (int64_t i = 0; i < count; ++i) p[i] = v[i];
}

/// NaN in each lane that ever met a number that is not finite, else zero.
struct FiniteCheck {
  V trace = V(0.f);
  EMBER_INLINE void operator()(V v) { trace += v * V(0.f); }
  EMBER_INLINE bool passed() const {
    bool finite = true;
    for (int64_t l = 0; l < width; ++l) finite &= trace[l] == 0.f;
    return finite;
  }
};

/// Where a tile lies.
struct TilePlace {
  const winograd::Tiling &tiling;
  int index = 0;
  winograd::Tiling::Region region;
  int64_t image, y, x;

  TilePlace(const winograd::Tiling &t, int64_t tile) : tiling(t), region(t.region(0)) {
    while (tile >= region.count(t.batch) && index + 1 < t.regions) {
      tile -= region.count(t.batch);
      region = t.region(++index);
    }
    image = region.rows * region.columns == 0 ? 0 : tile / (region.rows * region.columns);
    y = region.columns == 0 ? 0 : region.row + tile / region.columns % region.rows;
    x = region.columns == 0 ? 0 : region.column + tile % region.columns;
  }
  EMBER_INLINE void advance() {
    if (++x < region.column + region.columns) return;
    x = region.column;
    if (++y < region.row + region.rows) return;
    y = region.row;
    if (++image < tiling.batch) return;
    image = 0;
    do {
      if (++index == tiling.regions) return;
      region = tiling.region(index);
    } while (region.count(1) == 0);
    y = region.row;
    x = region.column;
  }
};

/// Calls `body(pixels, row, pixel, tile)` with the top left pixel of each tile of `side` × `side` and its strides. Tiles that reach over
/// an edge, or channels that fill no whole register, are copied and completed with zeros first.
template <int side, class Body>
EMBER_INLINE void forTiles(const winograd::Tiling &t, const float *images, int64_t first, int64_t count, float *copy, Body &&body) {
  const int64_t padded = (t.channels + width - 1) / width * width;
  TilePlace place(t, first);
  for (int64_t tile = 0; tile < count; ++tile, place.advance()) {
    const int64_t y = place.y * winograd::outputSide - t.originY, x = place.x * winograd::outputSide - t.originX;
    const float *image = images + place.image * t.height * t.width * t.channels;
    if (padded == t.channels && y >= 0 && x >= 0 && y + side <= t.height && x + side <= t.width) {
      body(image + (y * t.width + x) * t.channels, t.width * t.channels, t.channels, tile);
      continue;
    }
    for (int64_t i = 0; i < side; ++i)
      for (int64_t j = 0; j < side; ++j) {
        const bool inside = y + i >= 0 && y + i < t.height && x + j >= 0 && x + j < t.width;
        const float *from = image + ((y + i) * t.width + x + j) * t.channels;
        float *to = copy + (i * side + j) * padded;
        for (int64_t c = 0; c < padded; c += width) store(to + c, inside ? loadSome(from + c, t.channels - c) : V(0.f));
      }
    body(static_cast<const float *>(copy), side * padded, padded, tile);
  }
}

/// Bᵀ v of four values.
EMBER_INLINE void transformInputLine(V a, V b, V c, V d, V *to, int64_t step) {
  to[0] = a - c;
  to[step] = b + c;
  to[2 * step] = c - b;
  to[3 * step] = b - d;
}

void transformInput(const winograd::Tiling &t, const float *images, int64_t first, int64_t count, float *copy,
                    const winograd::Planes &to) {
  forTiles<4>(t, images, first, count, copy, [&](const float *pixels, int64_t row, int64_t pixel, int64_t tile) {
    float *target = to.data + tile * to.row;
    for (int64_t c = 0; c < t.channels; c += width) {
      V half[16], whole[16];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const float *p = pixels + j * pixel + c;
        transformInputLine(load(p), load(p + row), load(p + 2 * row), load(p + 3 * row), half + j, 4);
      }
#pragma unroll
      for (int i = 0; i < 4; ++i)
        transformInputLine(half[4 * i], half[4 * i + 1], half[4 * i + 2], half[4 * i + 3], whole + 4 * i, 1);
#pragma unroll
      for (int i = 0; i < 16; ++i) store(target + i * to.plane + c, whole[i]);
    }
  });
}

/// A v of two values.
EMBER_INLINE void transformGradientLine(V a, V b, V *to, int64_t step) {
  to[0] = a;
  to[step] = a + b;
  to[2 * step] = a - b;
  to[3 * step] = -b;
}

void transformGradient(const winograd::Tiling &t, const float *images, int64_t first, int64_t count, float *copy,
                       const winograd::Planes &to) {
  forTiles<2>(t, images, first, count, copy, [&](const float *pixels, int64_t row, int64_t pixel, int64_t tile) {
    float *target = to.data + tile * to.row;
    for (int64_t c = 0; c < t.channels; c += width) {
      V half[8], whole[16];
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const float *p = pixels + j * pixel + c;
        transformGradientLine(load(p), load(p + row), half + j, 2);
      }
#pragma unroll
      for (int i = 0; i < 4; ++i) transformGradientLine(half[2 * i], half[2 * i + 1], whole + 4 * i, 1);
#pragma unroll
      for (int i = 0; i < 16; ++i) store(target + i * to.plane + c, whole[i]);
    }
  });
}

/// Aᵀ v of four values.
EMBER_INLINE void transformOutputLine(V a, V b, V c, V d, V *to, int64_t step) {
  to[0] = a + b + c;
  to[step] = b - c - d;
}

bool transformOutput(const winograd::Tiling &t, const winograd::Planes &from, const float *bias, const ember_epilogue *epilogue,
                     int64_t first, int64_t count, float *images) {
  FiniteCheck finite;
  TilePlace place(t, first);
  for (int64_t tile = 0; tile < count; ++tile, place.advance()) {
    const int64_t y = place.y * winograd::outputSide, x = place.x * winograd::outputSide;
    const bool below = place.y < t.rows, right = place.x < t.columns;
    float *pixel = images + ((place.image * t.height + y) * t.width + x) * t.channels;
    const float *source = from.data + tile * from.row;
    for (int64_t c = 0; c < t.channels; c += width) {
      V half[8], whole[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const float *p = source + j * from.plane + c;
        transformOutputLine(load(p), load(p + 4 * from.plane), load(p + 8 * from.plane), load(p + 12 * from.plane), half + j, 4);
      }
      const int64_t count = t.channels - c;
      const V offset = bias ? loadSome(bias + c, count) : V(0.f);
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        transformOutputLine(half[4 * i], half[4 * i + 1], half[4 * i + 2], half[4 * i + 3], whole + 2 * i, 1);
        whole[2 * i] += offset;
        whole[2 * i + 1] += offset;
      }
      float *to = pixel + c;
      auto write = [&](float *to, V v) {
        finite(v);
        if (epilogue) v = finished(v, ember::from(*epilogue, c, to - images), 0, [&](const float *p) { return loadSome(p, count); });
        storeSome(to, v, count);
      };
      write(to, whole[0]);
      if (right) write(to + t.channels, whole[1]);
      if (below) write(to + t.width * t.channels, whole[2]);
      if (below && right) write(to + (t.width + 1) * t.channels, whole[3]);
    }
  }
  return finite.passed();
}

/// G v of three values.
EMBER_INLINE void transformWeightLine(V a, V b, V c, V *to, int64_t step) {
  const V ends = V(0.5f) * (a + c), middle = V(0.5f) * b;
  to[0] = a;
  to[step] = ends + middle;
  to[2 * step] = ends - middle;
  to[3 * step] = c;
}

/// Channels whose weights are brought into the order of the transform together, where they are neighbours in memory.
constexpr int64_t weightChannels = 16;

/// taps[channel · 9 + tap][output] of up to a register of outputs.
void gatherTaps(const float *weight, int64_t outputStride, int64_t channelStride, int64_t outputs, int64_t channels,
                float (*taps)[width]) {
  int64_t done = 0;
  if (channelStride == winograd::taps && outputs == width)
    for (; done + width <= channels * winograd::taps; done += width)
      transposeBlock<float, int(width)>(taps[done], width, weight + done, outputStride);
  for (int64_t at = done; at < channels * winograd::taps; ++at) {
    const float *from = weight + at / winograd::taps * channelStride + at % winograd::taps;
    for (int64_t l = 0; l < width; ++l) taps[at][l] = l < outputs ? from[l * outputStride] : 0.f;
  }
}

void transformWeight(const float *weight, int64_t outputStride, int64_t channelStride, bool reversed, int64_t outputs,
                     int64_t channels, float *panel, int64_t plane) {
  const int64_t together = channelStride == winograd::taps ? weightChannels : 1;
  for (int64_t c0 = 0; c0 < channels; c0 += together)
    for (int64_t o = 0; o < outputs; o += width) {
      const int64_t c1 = c0 + together < channels ? c0 + together : channels;
      alignas(EMBER_VECTOR_BYTES) float taps[weightChannels * winograd::taps][width];
      gatherTaps(weight + o * outputStride + c0 * channelStride, outputStride, channelStride, outputs - o < width ? outputs - o : width,
                 c1 - c0, taps);
      for (int64_t c = c0; c < c1; ++c) {
        const float (*tap)[width] = taps + (c - c0) * winograd::taps;
        V half[12], whole[16];
#pragma unroll
        for (int j = 0; j < 3; ++j) {
          auto at = [&](int i) { return load(tap[reversed ? 8 - (3 * i + j) : 3 * i + j]); };
          transformWeightLine(at(0), at(1), at(2), half + j, 3);
        }
#pragma unroll
        for (int i = 0; i < 4; ++i) transformWeightLine(half[3 * i], half[3 * i + 1], half[3 * i + 2], whole + 4 * i, 1);
#pragma unroll
        for (int i = 0; i < 16; ++i) store(panel + i * plane + c * panelColumns + o, whole[i]);
      }
    }
}

/// Gᵀ v of four values.
EMBER_INLINE void transformWeightGradientLine(V a, V b, V c, V d, V *to, int64_t step) {
  const V sum = V(0.5f) * (b + c), difference = V(0.5f) * (b - c);
  to[0] = a + sum;
  to[step] = difference;
  to[2 * step] = sum + d;
}

bool transformWeightGradient(const float *sums, int64_t plane, int64_t parts, int64_t part, int64_t outputs, float *gradient,
                             int64_t outputStride) {
  FiniteCheck finite;
  for (int64_t o = 0; o < outputs; o += width) {
    V position[16], half[12], whole[9];
#pragma unroll
    for (int i = 0; i < 16; ++i) {
      position[i] = load(sums + i * plane + o);
      for (int64_t p = 1; p < parts; ++p) position[i] += load(sums + p * part + i * plane + o);
    }
#pragma unroll
    for (int j = 0; j < 4; ++j)
      transformWeightGradientLine(position[j], position[4 + j], position[8 + j], position[12 + j], half + j, 4);
#pragma unroll
    for (int i = 0; i < 3; ++i)
      transformWeightGradientLine(half[4 * i], half[4 * i + 1], half[4 * i + 2], half[4 * i + 3], whole + 3 * i, 1);
    const int64_t count = outputs - o < width ? outputs - o : width;
    alignas(EMBER_VECTOR_BYTES) float taps[9][width];
#pragma unroll
    for (int k = 0; k < 9; ++k) {
      finite(whole[k]);
      store(taps[k], whole[k]);
    }
    for (int64_t l = 0; l < count; ++l)
#pragma unroll
      for (int k = 0; k < 9; ++k) gradient[(o + l) * outputStride + k] = taps[k][l];
  }
  return finite.passed();
}

/// As in MatrixProduct.kernels.h, but the sums of one call stay apart from those of the calls before it until its end: shorter sums
/// round less. The tile leaves registers for the right operand and one broadcast element.
template <int vectors>
EMBER_INLINE void multiplyTile(int64_t depth, const float *a, int64_t aRow, int64_t aDepth, const float *b, int64_t bDepth,
                               float *c, int64_t cRow, bool accumulate) {
  V sum[productRows][vectors];
#pragma unroll
  for (int i = 0; i < productRows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) sum[i][j] = V(0.f);
  for (int64_t p = 0; p < depth; ++p) {
    V right[vectors];
#pragma unroll
    for (int j = 0; j < vectors; ++j) right[j] = load(b + p * bDepth + j * width);
#pragma unroll
    for (int i = 0; i < productRows; ++i) {
      const V left = V(a[i * aRow + p * aDepth]);
#pragma unroll
      for (int j = 0; j < vectors; ++j) sum[i][j] += left * right[j];
    }
  }
#pragma unroll
  for (int i = 0; i < productRows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) {
      float *to = c + i * cRow + j * width;
      store(to, accumulate ? load(to) + sum[i][j] : sum[i][j]);
    }
}

void multiply(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t aRow, int64_t aDepth, const float *b,
              int64_t bDepth, float *c, int64_t cRow, bool accumulate) {
  for (int64_t i = 0; i < rows; i += productRows) {
    if (columns == panelColumns) {
      multiplyTile<panelVectors>(depth, a + i * aRow, aRow, aDepth, b, bDepth, c + i * cRow, cRow, accumulate);
    } else {
      multiplyTile<1>(depth, a + i * aRow, aRow, aDepth, b, bDepth, c + i * cRow, cRow, accumulate);
    }
  }
}

}  // namespace minimal_filtering

static constexpr winograd::Kernels winogradKernels = {
    minimal_filtering::width,           minimal_filtering::productRows,     minimal_filtering::panelColumns,
    minimal_filtering::transformInput,  minimal_filtering::transformGradient, minimal_filtering::transformOutput,
    minimal_filtering::transformWeight, minimal_filtering::transformWeightGradient, minimal_filtering::multiply};
