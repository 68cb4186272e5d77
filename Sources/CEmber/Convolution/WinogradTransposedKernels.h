// What the kernels of transposed convolutions by minimal filtering work on, and their table.
//
// The results at one remainder by the stride, q · 2 + r - padding for all q, are a convolution with two taps:
// y(q) = d(q - 1) · w[2 + r] + d(q) · w[r]. F(2, 2) computes two neighbours from three products, in each dimension. With g0 = w[2 + r] and
// g1 = w[r], m0 = (d0 - d1) · g0, m1 = d1 · (g0 + g1), m2 = (d1 - d2) · g1; y0 = m0 + m1, y1 = m1 - m2.
// All remainders need the same transformed elements.
#pragma once
#include "WinogradTiles.h"

namespace ember::winograd::transposed {

/// A tile of the input and the transformed one have 3 × 3 elements; the tile of the output has 2 × 2 of each of the 2 × 2 remainders.
constexpr int64_t tileSide = 3, positions = tileSide * tileSide, stride = 2, remainders = stride * stride;
constexpr int64_t kernelSide = 4, taps = kernelSide * kernelSide;

struct Kernels : ProductKernel {
  void (*transformInput)(const Tiling &, const float *images, int64_t first, int64_t count, float *copy, const Planes &to);
  /// Results from rows [remainder][outputs]. The tiling is that of the results at one remainder, of images `height` × `width`.
  bool (*transformOutput)(const Tiling &, const Planes &from, int64_t outputs, int64_t first, int64_t count, float *images);
  /// The weights of up to panelColumns outputs and `channels` channels into a panel of each position and remainder, these `part` apart:
  /// [channels][panelColumns]. The kernel of output o and channel c is at weight[c · channelStride + o · 16].
  void (*transformWeight)(const float *weight, int64_t channelStride, int64_t outputs, int64_t channels, float *panel, int64_t plane,
                          int64_t part);
};

}  // namespace ember::winograd::transposed
