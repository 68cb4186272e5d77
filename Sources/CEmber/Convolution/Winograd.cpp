#include "Winograd.h"

#include "../InstructionSets/InstructionSet.h"
#include "Epilogue.h"
#include "WinogradBlocks.h"
#include "WinogradKernels.h"

#define EMBER_KERNELS "../Convolution/Winograd.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember::winograd {
namespace {

// How the gradient of the weight divides its sums.
constexpr int64_t leastParts = 8, mostParts = 16;
constexpr int64_t leastPart = 256;                // tiles
constexpr int64_t partFloats = int64_t(8) << 20;  // of all partial sums
constexpr int64_t largeSums = int64_t(2) << 20;   // floats; they must be used often while they are in a cache

const Kernels &kernels() { return *EMBER_SELECT(winogradKernels); }

/// Weights [outputs][channels][3][3] or the like, transformed.
struct TransformedWeights : Weights {
  TransformedWeights(const float *weight, int64_t outputs, int64_t channels, int64_t outputStride, int64_t channelStride, bool reversed)
      : Weights(kernels(), positions, 1, outputs, channels,
                [&](int64_t output, int64_t outputs, int64_t channel, int64_t channels, float *to) {
                  const float *first = weight + output * outputStride + channel * channelStride;
                  kernels().transformWeight(first, outputStride, channelStride, reversed, outputs, channels, to, plane);
                }) {}
};

/// The tiles that need a position: short rows and columns have nothing from the last ones.
Tiling::Range needing(const Tiling &t, int64_t position) {
  return t.without(position / tileSide == tileSide - 1, position % tileSide == tileSide - 1);
}

/// What forward and the gradient of the input have in common: `src` correlated with transformed weights.
bool convolve(const Tiling &source, const float *src, const Weights &weights, const float *bias, const Tiling &result,
              const ember_epilogue *epilogue, float *dst) {
  const Kernels &k = kernels();
  return convolve(
      k, {positions, result.count(), source.channels, 1, weights.outputs}, weights,
      [&](int64_t first, int64_t count, float *copy, const Planes &to) { k.transformInput(source, src, first, count, copy, to); },
      [&](int64_t position, int64_t) { return needing(result, position); },
      [&](const Planes &from, int64_t, int64_t first, int64_t count) {
        return k.transformOutput(result, from, bias, epilogue, first, count, dst);
      });
}

}  // namespace

bool suits(const ember_convolution &c) {
  if (c.dtype != EMBER_FLOAT32 || c.spatial_rank != 2 || c.groups != 1) return false;
  for (int i = 0; i < 2; ++i)
    if (c.kernel_size[i] != 3 || c.stride[i] != 1 || c.dilation[i] != 1) return false;
  // Costs in multiplications. The constants were measured; all three directions agree on them. Few channels make the transforms of
  // tiles expensive, few tiles those of the weights, and odd sizes leave a part of the last tiles unused.
  constexpr double perChannelOfTile = 96, perWeight = 256;
  const double inputs = double(c.in_channels), outputs = double(c.out_channels);
  const double paddedInputs = double(roundUp(c.in_channels, line)), paddedOutputs = double(roundUp(c.out_channels, line));
  const double results = double(c.batch) * double(c.output_size[0]) * double(c.output_size[1]);
  const double tiles = double(c.batch) * double((c.output_size[0] + 1) / 2) * double((c.output_size[1] + 1) / 2);
  auto positionsAlong = [](int64_t size) { return double(size / 2 * tileSide + size % 2 * (tileSide - 1)); };
  const double products = double(c.batch) * positionsAlong(c.output_size[0]) * positionsAlong(c.output_size[1]);
  return taps * results * inputs * outputs > products * inputs * paddedOutputs +
                                                 perChannelOfTile * tiles * (paddedInputs + paddedOutputs) +
                                                 perWeight * inputs * outputs;
}

bool forward(const ember_convolution &c, const float *src, const float *weight, const float *bias, float *dst, const ember_epilogue *epilogue,
             PackedWeightsSlot &slot) {
  const Weights &weights = slot.find<TransformedWeights>(
      [&](const TransformedWeights &known) { return known.outputs == c.out_channels && known.channels == c.in_channels; },
      [&] { return std::make_unique<TransformedWeights>(weight, c.out_channels, c.in_channels, taps * c.in_channels, taps, false); });
  Tiling source = tiling(c.batch, c.input_size, c.in_channels, c.padding_begin[0], c.padding_begin[1], c.output_size);
  Tiling result = tiling(c.batch, c.output_size, c.out_channels, 0, 0, c.output_size);
  return convolve(source, src, weights, bias, result, epilogue, dst);
}

bool inputGradient(const ember_convolution &c, const float *dstGradient, const float *weight, float *srcGradient) {
  TransformedWeights weights(weight, c.in_channels, c.out_channels, taps, taps * c.in_channels, true);
  Tiling source = tiling(c.batch, c.output_size, c.out_channels, 2 - c.padding_begin[0], 2 - c.padding_begin[1], c.input_size);
  Tiling result = tiling(c.batch, c.input_size, c.in_channels, 0, 0, c.input_size);
  return convolve(source, dstGradient, weights, nullptr, result, nullptr, srcGradient);
}

bool weightGradient(const ember_convolution &c, const float *src, const float *dstGradient, float *weightGradient) {
  const Kernels &k = kernels();
  const Tiling source = tiling(c.batch, c.input_size, c.in_channels, c.padding_begin[0], c.padding_begin[1], c.output_size);
  const Tiling result = tiling(c.batch, c.output_size, c.out_channels, 0, 0, c.output_size);
  const int64_t total = result.count();
  const int64_t channels = roundUp(c.in_channels, k.productRows), outputs = roundUp(c.out_channels, k.lanes);
  const int64_t panels = (outputs + k.panelColumns - 1) / k.panelColumns;
  const PlaneShape sums(channels, outputs);
  // Many parts of the tiles, each summed by one thread and then added in order, or one, whose positions the threads share. Which, and
  // where the parts begin, depends on the sizes alone.
  int64_t parts = std::min(mostParts, total / leastPart);
  if (parts < leastParts || parts * sums.floats(positions) > partFloats) parts = 1;
  const int64_t partTiles = (total + parts - 1) / parts;
  const int64_t least = sums.floats(positions) > largeSums ? 256 : parts == 1 ? 96 : 48;
  const int64_t blockTiles = std::min(blockSize(positions, channels, outputs, least), partTiles);
  const PlaneShape left(blockTiles, channels), right(blockTiles, outputs);
  Buffer sumsBuffer(parts * sums.floats(positions));

  parallelAllocating(parts, [&](int64_t part) {
    const Planes sum{sumsBuffer.get() + part * sums.floats(positions), sums.row, sums.plane};
    Buffer leftBuffer(left.floats(positions)), rightBuffer(right.floats(positions));
    const Planes v{leftBuffer.get(), left.row, left.plane}, y{rightBuffer.get(), right.row, right.plane};
    const int64_t begin = part * partTiles, end = std::min(total, begin + partTiles);
    // Channels that only fill up the inner kernel's rows.
    for (int64_t tile = 0, known = roundUp(c.in_channels, k.lanes); known < channels && tile < blockTiles; ++tile)
      for (int64_t position = 0; position < positions; ++position)
        std::fill(v.at(position, tile) + known, v.at(position, tile) + channels, 0.f);
    for (int64_t first = begin; first < end; first += blockTiles) {
      const int64_t count = std::min(blockTiles, end - first);
      forPieces(count, std::max(c.in_channels, c.out_channels), [&](int64_t tile, int64_t tiles, float *copy) {
        k.transformInput(source, src, first + tile, tiles, copy, v.from(tile));
        k.transformGradient(result, dstGradient, first + tile, tiles, copy, y.from(tile));
      });
      parallel(positions * panels, [&](int64_t index) {
        const int64_t position = index / panels, output = index % panels * k.panelColumns;
        const auto [from, to] = within(needing(result, position), first, count);
        k.multiply(channels, std::min(k.panelColumns, outputs - output), to - from, v.at(position, from), 1, v.row,
                   y.at(position, from) + output, y.row, sum.at(position, 0) + output, sum.row, first != begin);
      });
    }
  });
  std::atomic<bool> finite{true};
  parallelRanges(c.in_channels, 8, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel)
      if (!k.transformWeightGradient(sumsBuffer.get() + channel * sums.row, sums.plane, parts, sums.floats(positions), c.out_channels,
                                     weightGradient + channel * taps, taps * c.in_channels))
        finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace ember::winograd
