// What the kernels of Winograd's convolution work on, and their table.
#pragma once
#include "WinogradTiles.h"
#include "ember_dnnl.h"

namespace ember::winograd {

/// Both the tile of the input and the transformed one have 4 × 4 elements; the tile of the output has 2 × 2.
constexpr int64_t tileSide = 4, positions = tileSide * tileSide, taps = 9;

/// What is compiled for each instruction set.
struct Kernels : ProductKernel {
  /// Bᵀ d B of `count` tiles of the input from number `first`. `copy` has room for a tile with its channels filled up to whole registers.
  void (*transformInput)(const Tiling &, const float *images, int64_t first, int64_t count, float *copy, const Planes &to);
  /// A y Aᵀ of tiles of the output's gradient.
  void (*transformGradient)(const Tiling &, const float *images, int64_t first, int64_t count, float *copy, const Planes &to);
  /// Aᵀ m A + bias and perhaps an epilogue, written to the output. False if a result, before the epilogue, is infinite or not a number.
  bool (*transformOutput)(const Tiling &, const Planes &from, const float *bias, const ember_epilogue *, int64_t first, int64_t count,
                          float *images);
  /// G g Gᵀ of up to panelColumns outputs and `channels` channels into a panel of each position: [channels][panelColumns]. The kernel
  /// of output o and channel c is at weight[o · outputStride + c · channelStride], backwards if `reversed`.
  void (*transformWeight)(const float *weight, int64_t outputStride, int64_t channelStride, bool reversed, int64_t outputs,
                          int64_t channels, float *panel, int64_t plane);
  /// Gᵀ u G of the sums of `parts` partial results [positions][channels][outputs], for one channel and `outputs` outputs; written
  /// `outputStride` apart. False if a result is infinite or not a number.
  bool (*transformWeightGradient)(const float *sums, int64_t plane, int64_t parts, int64_t part, int64_t outputs, float *gradient,
                                  int64_t outputStride);
};

}  // namespace ember::winograd
