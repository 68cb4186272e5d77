// What all kinds of minimal filtering do with tiles of channels-last images and with their products.

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

/// taps[channel · tapCount + tap][output] of up to a register of outputs.
template <int64_t tapCount>
void gatherTaps(const float *weight, int64_t outputStride, int64_t channelStride, int64_t outputs, int64_t channels,
                float (*taps)[width]) {
  int64_t done = 0;
  if (channelStride == tapCount && outputs == width)
    for (; done + width <= channels * tapCount; done += width)
      transposeBlock<float, int(width)>(taps[done], width, weight + done, outputStride);
  for (int64_t at = done; at < channels * tapCount; ++at) {
    const float *from = weight + at / tapCount * channelStride + at % tapCount;
    for (int64_t l = 0; l < width; ++l) taps[at][l] = l < outputs ? from[l * outputStride] : 0.f;
  }
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

inline void multiply(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t aRow, int64_t aDepth, const float *b,
              int64_t bDepth, float *c, int64_t cRow, bool accumulate) {
  for (int64_t i = 0; i < rows; i += productRows) {
    if (columns == panelColumns) {
      multiplyTile<panelVectors>(depth, a + i * aRow, aRow, aDepth, b, bDepth, c + i * cRow, cRow, accumulate);
    } else {
      multiplyTile<1>(depth, a + i * aRow, aRow, aDepth, b, bDepth, c + i * cRow, cRow, accumulate);
    }
  }
}

constexpr winograd::ProductKernel product = {width, productRows, panelColumns, multiply};

}  // namespace minimal_filtering
