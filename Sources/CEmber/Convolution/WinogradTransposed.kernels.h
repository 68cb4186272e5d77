// Minimal filtering F(2 × 2, 2 × 2) of each remainder of a transposed convolution; see WinogradTransposedKernels.h.

#include "../Convolution/WinogradTiles.kernels.h"

namespace transposed_filtering {

using namespace minimal_filtering;
using winograd::Planes;
using winograd::Tiling;
using winograd::transposed::stride;

EMBER_INLINE void transformInputLine(V a, V b, V c, V *to, int64_t step) {
  to[0] = a - b;
  to[step] = b;
  to[2 * step] = b - c;
}

void transformInput(const Tiling &t, const float *images, int64_t first, int64_t count, float *copy, const Planes &to) {
  forTiles<3>(t, images, first, count, copy, [&](const float *pixels, int64_t row, int64_t pixel, int64_t tile) {
    float *target = to.data + tile * to.row;
    for (int64_t c = 0; c < t.channels; c += width) {
      V half[9], whole[9];
#pragma unroll
      for (int j = 0; j < 3; ++j) {
        const float *p = pixels + j * pixel + c;
        transformInputLine(load(p), load(p + row), load(p + 2 * row), half + j, 3);
      }
#pragma unroll
      for (int i = 0; i < 3; ++i) transformInputLine(half[3 * i], half[3 * i + 1], half[3 * i + 2], whole + 3 * i, 1);
#pragma unroll
      for (int i = 0; i < 9; ++i) store(target + i * to.plane + c, whole[i]);
    }
  });
}

EMBER_INLINE void transformOutputLine(V a, V b, V c, V *to, int64_t step) {
  to[0] = a + b;
  to[step] = b - c;
}

bool transformOutput(const Tiling &t, const Planes &from, int64_t outputs, int64_t first, int64_t count, float *images) {
  FiniteCheck finite;
  TilePlace place(t, first);
  for (int64_t tile = 0; tile < count; ++tile, place.advance()) {
    const int64_t y = stride * winograd::outputSide * place.y - t.originY, x = stride * winograd::outputSide * place.x - t.originX;
    float *pixel = images + ((place.image * t.height + y) * t.width + x) * t.channels;
    for (int64_t c = 0; c < t.channels; c += width)
      for (int64_t r = 0; r < winograd::transposed::remainders; ++r) {
        const float *source = from.data + tile * from.row + r * outputs + c;
        V half[6], whole[4];
#pragma unroll
        for (int j = 0; j < 3; ++j) {
          const float *p = source + j * from.plane;
          transformOutputLine(load(p), load(p + 3 * from.plane), load(p + 6 * from.plane), half + j, 3);
        }
#pragma unroll
        for (int i = 0; i < 2; ++i) transformOutputLine(half[3 * i], half[3 * i + 1], half[3 * i + 2], whole + 2 * i, 1);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const int64_t down = stride * (i / 2) + r / stride, right = stride * (i % 2) + r % stride;
          if (y + down < 0 || y + down >= t.height || x + right < 0 || x + right >= t.width) continue;
          finite(whole[i]);
          storeSome(pixel + (down * t.width + right) * t.channels + c, whole[i], t.channels - c);
        }
      }
  }
  return finite.passed();
}

void transformWeight(const float *weight, int64_t channelStride, int64_t outputs, int64_t channels, float *panel, int64_t plane,
                     int64_t part) {
  constexpr int64_t side = winograd::transposed::kernelSide, tapCount = side * side;
  auto transformLine = [](V a, V b, V *to, int64_t step) {
    to[0] = a;
    to[step] = a + b;
    to[2 * step] = b;
  };
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t o = 0; o < outputs; o += width) {
      alignas(EMBER_VECTOR_BYTES) float taps[tapCount][width];
      const int64_t count = outputs - o < width ? outputs - o : width;
      gatherTaps<tapCount>(weight + c * channelStride + o * tapCount, tapCount, tapCount, count, 1, taps);
      for (int64_t r = 0; r < winograd::transposed::remainders; ++r) {
        auto tap = [&](int64_t y, int64_t x) { return load(taps[(stride * y + r / stride) * side + stride * x + r % stride]); };
        V half[6], whole[9];
#pragma unroll
        for (int j = 0; j < 2; ++j) transformLine(tap(1, 1 - j), tap(0, 1 - j), half + j, 2);
#pragma unroll
        for (int i = 0; i < 3; ++i) transformLine(half[2 * i], half[2 * i + 1], whole + 3 * i, 1);
#pragma unroll
        for (int i = 0; i < 9; ++i) store(panel + r * part + i * plane + c * panelColumns + o, whole[i]);
      }
    }
}

}  // namespace transposed_filtering

static constexpr winograd::transposed::Kernels transposedKernels = {
    minimal_filtering::product, transposed_filtering::transformInput, transposed_filtering::transformOutput,
    transposed_filtering::transformWeight};
