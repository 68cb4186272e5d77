#include "Winograd.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Caches.h"
#include "../Runtime/Parallel.h"
#include "Epilogue.h"
#include "WinogradKernels.h"

#define EMBER_KERNELS "../Convolution/Winograd.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember::winograd {
namespace {

constexpr int64_t line = 16;  // floats in a cache line

// How the gradient of the weight divides its sums.
constexpr int64_t leastParts = 8, mostParts = 16;
constexpr int64_t leastPart = 256;                // tiles
constexpr int64_t partFloats = int64_t(8) << 20;  // of all partial sums
constexpr int64_t largeSums = int64_t(2) << 20;   // floats; they must be used often while they are in a cache

int64_t roundUp(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

const Kernels &kernels() { return *EMBER_SELECT(winogradKernels); }

/// `parallel` for bodies that allocate: an exception must not leave the pool's threads.
template <class Body>
void parallelAllocating(int64_t count, Body &&body) {
  std::atomic<bool> failed{false};
  parallel(count, [&](int64_t index) {
    try {
      body(index);
    } catch (const std::bad_alloc &) {
      failed.store(true, std::memory_order_relaxed);
    }
  });
  if (failed) throw std::bad_alloc();
}

class Buffer {
 public:
  explicit Buffer(int64_t floats) : bytes_(size_t(floats) * 4), data_(static_cast<float *>(ember_allocate(bytes_))) {
    if (!data_) throw std::bad_alloc();
  }
  ~Buffer() { ember_deallocate(data_, bytes_); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  float *get() const { return data_; }

 private:
  size_t bytes_;
  float *data_;
};

/// Transformed tiles of up to `tiles` tiles.
struct PlaneShape {
  int64_t row, plane;

  PlaneShape(int64_t tiles, int64_t channels) {
    // Rows and planes a few lines longer than powers of two: a cache's sets would be the same ones for all of them.
    row = roundUp(channels, line) + line;
    plane = tiles * row;
    plane += line * ((5 + 64 - plane / line % 64) % 64);
  }
  int64_t floats() const { return positions * plane; }
};

/// `images` of `size`, cut so that tiles of `outputSize` results begin at the origin.
Tiling tiling(int64_t batch, const int64_t *size, int64_t channels, int64_t originY, int64_t originX, const int64_t *outputSize) {
  return {batch, size[0], size[1], channels, originY, originX, outputSize[0] / 2, outputSize[1] / 2, outputSize[0] % 2 != 0,
          outputSize[1] % 2 != 0};
}

/// The rows of `count` tiles from number `first` that need a position: [begin, end).
Tiling::Range rowsNeeding(const Tiling &t, int64_t position, int64_t first, int64_t count) {
  const Tiling::Range range = t.needing(position);
  const int64_t begin = std::clamp<int64_t>(range.begin - first, 0, count);
  return {begin, std::clamp<int64_t>(range.end - first, begin, count)};
}

/// Weights [outputs][channels][3][3] or the like, transformed: panels [position][panel][channel][panelColumns].
struct Weights : ember_packed_weights {
  int64_t channels, outputs;
  int64_t panelFloats, plane;
  Buffer data;

  float *at(int64_t position, int64_t panel) const { return data.get() + position * plane + panel * panelFloats; }

  Weights(const float *weight, int64_t outputs, int64_t channels, int64_t outputStride, int64_t channelStride, bool reversed)
      : channels(channels),
        outputs(outputs),
        panelFloats(channels * kernels().panelColumns),
        plane(roundUp(outputs, kernels().panelColumns) / kernels().panelColumns * panelFloats + 5 * line),
        data(positions * plane) {
    const int64_t columns = kernels().panelColumns, piece = 32;
    const int64_t pieces = (channels + piece - 1) / piece;
    parallel((outputs + columns - 1) / columns * pieces, [&](int64_t index) {
      const int64_t panel = index / pieces, output = panel * columns, channel = index % pieces * piece;
      kernels().transformWeight(weight + output * outputStride + channel * channelStride, outputStride, channelStride, reversed,
                                std::min(columns, outputs - output), std::min(piece, channels - channel),
                                at(0, panel) + channel * columns, plane);
    });
  }
};

/// How many tiles pass through the products together: as many as leave the transformed ones in a core's own cache, but enough for
/// each element of the other operand to be used often.
int64_t blockSize(int64_t channels, int64_t outputs, int64_t least) {
  const int64_t perTile = positions * (channels + outputs + 2 * line);
  return std::clamp<int64_t>(coreCacheSize() / 4 * 5 / 8 / perTile, least, 256);
}

/// Calls `body(first, count, copy)` for pieces of `tiles` tiles on the pool; `copy` has room for one tile of `channels` channels.
template <class Body>
void forPieces(int64_t tiles, int64_t channels, Body &&body) {
  constexpr int64_t piece = 16;
  parallelAllocating((tiles + piece - 1) / piece, [&](int64_t index) {
    Buffer copy(positions * roundUp(channels, line));
    body(index * piece, std::min(piece, tiles - index * piece), copy.get());
  });
}

/// What forward and the gradient of the input have in common: `src` correlated with transformed weights.
bool convolve(const Tiling &source, const float *src, const Weights &weights, const float *bias, const Tiling &result,
              const ember_epilogue *epilogue, float *dst) {
  const Kernels &k = kernels();
  const int64_t total = result.count(), outputs = roundUp(weights.outputs, k.lanes);
  const int64_t panels = (outputs + k.panelColumns - 1) / k.panelColumns;
  const int64_t blockTiles = roundUp(std::min(blockSize(source.channels, outputs, 48), total), k.productRows);
  // Products begin at any tile and take whole groups of rows.
  const PlaneShape left(blockTiles + k.productRows, source.channels), sums(blockTiles + k.productRows, outputs);
  std::atomic<bool> finite{true};

  auto convolveBlock = [&](int64_t block) {
    Buffer leftBuffer(left.floats()), sumsBuffer(sums.floats());
    const Planes v{leftBuffer.get(), left.row, left.plane}, m{sumsBuffer.get(), sums.row, sums.plane};
    const int64_t first = block * blockTiles, count = std::min(blockTiles, total - first);
    forPieces(count, source.channels, [&](int64_t tile, int64_t tiles, float *copy) {
      k.transformInput(source, src, first + tile, tiles, copy, v.from(tile));
    });
    // The rows after the last tile belong to none, but are multiplied as well.
    for (int64_t position = 0; position < positions; ++position)
      std::fill(v.at(position, count), v.at(position, count + k.productRows), 0.f);
    parallel(positions * panels, [&](int64_t index) {
      const int64_t position = index / panels, panel = index % panels, output = panel * k.panelColumns;
      const auto [begin, end] = rowsNeeding(result, position, first, count);
      k.multiply(roundUp(end - begin, k.productRows), std::min(k.panelColumns, outputs - output), source.channels, v.at(position, begin),
                 v.row, 1, weights.at(position, panel), k.panelColumns, m.at(position, begin) + output, m.row, false);
    });
    parallelRanges(count, 16, [&](int64_t begin, int64_t end) {
      if (!k.transformOutput(result, m.from(begin), bias, epilogue, first + begin, end - begin, dst))
        finite.store(false, std::memory_order_relaxed);
    });
  };
  const int64_t blocks = (total + blockTiles - 1) / blockTiles;
  if (blocks >= 2 * ember_thread_count()) {
    parallelAllocating(blocks, convolveBlock);
  } else {
    for (int64_t block = 0; block < blocks; ++block) convolveBlock(block);
  }
  return finite;
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
  const Weights &weights = slot.find<Weights>(
      [&](const Weights &known) { return known.outputs == c.out_channels && known.channels == c.in_channels; },
      [&] { return std::make_unique<Weights>(weight, c.out_channels, c.in_channels, taps * c.in_channels, taps, false); });
  Tiling source = tiling(c.batch, c.input_size, c.in_channels, c.padding_begin[0], c.padding_begin[1], c.output_size);
  Tiling result = tiling(c.batch, c.output_size, c.out_channels, 0, 0, c.output_size);
  return convolve(source, src, weights, bias, result, epilogue, dst);
}

bool inputGradient(const ember_convolution &c, const float *dstGradient, const float *weight, float *srcGradient) {
  Weights weights(weight, c.in_channels, c.out_channels, taps, taps * c.in_channels, true);
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
  if (parts < leastParts || parts * sums.floats() > partFloats) parts = 1;
  const int64_t partTiles = (total + parts - 1) / parts;
  const int64_t least = sums.floats() > largeSums ? 256 : parts == 1 ? 96 : 48;
  const int64_t blockTiles = std::min(blockSize(channels, outputs, least), partTiles);
  const PlaneShape left(blockTiles, channels), right(blockTiles, outputs);
  Buffer sumsBuffer(parts * sums.floats());

  parallelAllocating(parts, [&](int64_t part) {
    const Planes sum{sumsBuffer.get() + part * sums.floats(), sums.row, sums.plane};
    Buffer leftBuffer(left.floats()), rightBuffer(right.floats());
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
        const auto [from, to] = rowsNeeding(result, position, first, count);
        k.multiply(channels, std::min(k.panelColumns, outputs - output), to - from, v.at(position, from), 1, v.row,
                   y.at(position, from) + output, y.row, sum.at(position, 0) + output, sum.row, first != begin);
      });
    }
  });
  std::atomic<bool> finite{true};
  parallelRanges(c.in_channels, 8, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel)
      if (!k.transformWeightGradient(sumsBuffer.get() + channel * sums.row, sums.plane, parts, sums.floats(), c.out_channels,
                                     weightGradient + channel * taps, taps * c.in_channels))
        finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace ember::winograd
