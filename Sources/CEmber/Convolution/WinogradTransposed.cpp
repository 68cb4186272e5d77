#include "WinogradTransposed.h"

#include "../InstructionSets/InstructionSet.h"
#include "WinogradBlocks.h"
#include "WinogradTransposedKernels.h"

#define EMBER_KERNELS "../Convolution/WinogradTransposed.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember::winograd::transposed {
namespace {

/// One dimension: the results of the input's gradient, from the first q on that has any.
struct Axis {
  int64_t first, count;  // q
  int64_t origin;        // results of the first q before the image
  bool cutsLast;         // the last q has no result at remainder 1

  Axis(int64_t size, int64_t padding)
      : first(padding / stride),
        count((padding + size - 1) / stride - first + 1),
        origin(padding % stride),
        cutsLast((padding + size) % stride != 0) {}

  /// For each tile and remainder, three; a short tile needs two for each remainder that it has.
  int64_t products() const { return count / 2 * tileSide * stride + count % 2 * (tileSide - 1) * (cutsLast ? 1 : stride); }
};

const Kernels &kernels() { return *EMBER_SELECT(transposedKernels); }

}  // namespace

bool suits(const ember_convolution &c) {
  // Measured against products over the image and the library's kernels for AVX2 alone.
  if (instructionSet() != InstructionSet::avx2 || c.dtype != EMBER_FLOAT32 || c.spatial_rank != 2 || c.groups != 1) return false;
  for (int i = 0; i < 2; ++i)
    if (c.kernel_size[i] != kernelSide || c.stride[i] != stride || c.dilation[i] != 1) return false;
  // Costs in multiplications. The constants were measured: for an element of a tile that is transformed, and for a weight.
  constexpr double perElement = 8, perWeight = 384;
  const int64_t lanes = kernels().lanes;
  const double channels = double(c.out_channels), outputs = double(c.in_channels), paddedOutputs = double(roundUp(c.in_channels, lanes));
  const double results = double(c.batch) * double(c.input_size[0]) * double(c.input_size[1]);
  double products = double(c.batch), tiles = double(c.batch);
  for (int i = 0; i < 2; ++i) {
    const Axis axis(c.input_size[i], c.padding_begin[i]);
    products *= double(axis.products());
    tiles *= double((axis.count + 1) / 2);
  }
  const double elements = positions * tiles * (double(roundUp(c.out_channels, lanes)) + remainders * paddedOutputs);
  return taps / remainders * results * channels * outputs >
         products * channels * paddedOutputs + perElement * elements + perWeight * channels * outputs;
}

bool inputGradient(const ember_convolution &c, const float *dstGradient, const float *weight, float *srcGradient) {
  const Kernels &k = kernels();
  const Axis y(c.input_size[0], c.padding_begin[0]), x(c.input_size[1], c.padding_begin[1]);
  const int64_t count[] = {y.count, x.count};
  // The first of the three elements is that before the first q.
  const Tiling source = tiling(c.batch, c.output_size, c.out_channels, 1 - y.first, 1 - x.first, count);
  const Tiling result = tiling(c.batch, c.input_size, c.in_channels, y.origin, x.origin, count);
  const Weights weights(k, positions, remainders, c.in_channels, c.out_channels,
                        [&](int64_t output, int64_t outputs, int64_t channel, int64_t channels, float *to) {
                          k.transformWeight(weight + (channel * c.in_channels + output) * taps, c.in_channels * taps, outputs, channels, to,
                                            weights.plane, weights.part);
                        });
  return convolve(
      k, {positions, result.count(), c.out_channels, remainders, c.in_channels}, weights,
      [&](int64_t first, int64_t count, float *copy, const Planes &to) { k.transformInput(source, dstGradient, first, count, copy, to); },
      [&](int64_t position, int64_t remainder) {
        return result.without(position / tileSide == tileSide - 1 || (y.cutsLast && remainder / stride == 1),
                              position % tileSide == tileSide - 1 || (x.cutsLast && remainder % stride == 1));
      },
      [&](const Planes &from, int64_t outputs, int64_t first, int64_t count) {
        return k.transformOutput(result, from, outputs, first, count, srcGradient);
      });
}

}  // namespace ember::winograd::transposed
