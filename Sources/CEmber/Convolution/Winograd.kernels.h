// Winograd's minimal filtering F(2 × 2, 3 × 3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4) on
// channels-last images: every transform works on a register of channels, so that none needs a shuffle.

#include "../Convolution/Epilogue.kernels.h"
#include "../Convolution/WinogradTiles.kernels.h"

namespace minimal_filtering {

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

void transformWeight(const float *weight, int64_t outputStride, int64_t channelStride, bool reversed, int64_t outputs,
                     int64_t channels, float *panel, int64_t plane) {
  const int64_t together = channelStride == winograd::taps ? weightChannels : 1;
  for (int64_t c0 = 0; c0 < channels; c0 += together)
    for (int64_t o = 0; o < outputs; o += width) {
      const int64_t c1 = c0 + together < channels ? c0 + together : channels;
      alignas(EMBER_VECTOR_BYTES) float taps[weightChannels * winograd::taps][width];
      gatherTaps<winograd::taps>(weight + o * outputStride + c0 * channelStride, outputStride, channelStride,
                                 outputs - o < width ? outputs - o : width, c1 - c0, taps);
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

}  // namespace minimal_filtering

static constexpr winograd::Kernels winogradKernels = {
    minimal_filtering::product,         minimal_filtering::transformInput,  minimal_filtering::transformGradient,
    minimal_filtering::transformOutput, minimal_filtering::transformWeight, minimal_filtering::transformWeightGradient};
