// How all kinds of minimal filtering drive their kernels: memory, weights, and blocks of tiles shared among threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "../Runtime/Caches.h"
#include "../Runtime/Parallel.h"
#include "PackedWeights.h"
#include "WinogradTiles.h"

namespace ember::winograd {

constexpr int64_t line = 16;  // floats in a cache line
constexpr int64_t largestTile = 16;  // elements of a transformed tile

inline int64_t roundUp(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

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

/// The strides of transformed tiles, up to `tiles` of them.
struct PlaneShape {
  int64_t row, plane;

  PlaneShape(int64_t tiles, int64_t channels) {
    // Rows and planes a few lines longer than powers of two: a cache's sets would be the same ones for all of them.
    row = roundUp(channels, line) + line;
    plane = tiles * row;
    plane += line * ((5 + 64 - plane / line % 64) % 64);
  }
  int64_t floats(int64_t positions) const { return positions * plane; }
};

/// `images` of `size`, cut so that tiles of `outputSize` results begin at the origin.
inline Tiling tiling(int64_t batch, const int64_t *size, int64_t channels, int64_t originY, int64_t originX, const int64_t *outputSize) {
  return {batch, size[0], size[1], channels, originY, originX, outputSize[0] / 2, outputSize[1] / 2, outputSize[0] % 2 != 0,
          outputSize[1] % 2 != 0};
}

/// Those of `count` tiles from number `first` that are in a range: [begin, end).
inline Tiling::Range within(const Tiling::Range &range, int64_t first, int64_t count) {
  const int64_t begin = std::clamp<int64_t>(range.begin - first, 0, count);
  return {begin, std::clamp<int64_t>(range.end - first, begin, count)};
}

/// Transformed weights: panels [position][part][panel][channel][panelColumns]. A part is the outputs of one remainder by the stride.
struct Weights : ember_packed_weights {
  int64_t channels, outputs;  // of one part
  int64_t panels, panelFloats, part, plane;
  Buffer data;

  float *at(int64_t position, int64_t panel) const { return data.get() + position * plane + panel * panelFloats; }

  /// `transform(output, outputs, channel, channels, to)` writes some outputs and channels into a panel of each position and part, `plane`
  /// and `part` apart.
  template <class Transform>
  Weights(const ProductKernel &kernel, int64_t positions, int64_t parts, int64_t outputs, int64_t channels, Transform &&transform)
      : channels(channels),
        outputs(outputs),
        panels((outputs + kernel.panelColumns - 1) / kernel.panelColumns),
        panelFloats(channels * kernel.panelColumns),
        part(panels * panelFloats),
        plane(parts * part + 5 * line),
        data(positions * plane) {
    const int64_t columns = kernel.panelColumns, piece = 32;
    const int64_t pieces = (channels + piece - 1) / piece;
    parallel(panels * pieces, [&](int64_t index) {
      const int64_t panel = index / pieces, output = panel * columns, channel = index % pieces * piece;
      transform(output, std::min(columns, outputs - output), channel, std::min(piece, channels - channel),
                at(0, panel) + channel * columns);
    });
  }
};

/// How many tiles pass through the products together: as many as leave the transformed ones in a core's own cache, but enough for
/// each element of the other operand to be used often.
inline int64_t blockSize(int64_t positions, int64_t channels, int64_t outputs, int64_t least) {
  const int64_t perTile = positions * (channels + outputs + 2 * line);
  return std::clamp<int64_t>(coreCacheSize() / 4 * 5 / 8 / perTile, least, 256);
}

/// Calls `body(first, count, copy)` for pieces of `tiles` tiles on the pool; `copy` has room for one tile of `channels` channels.
template <class Body>
void forPieces(int64_t tiles, int64_t channels, Body &&body) {
  constexpr int64_t piece = 16;
  parallelAllocating((tiles + piece - 1) / piece, [&](int64_t index) {
    Buffer copy(largestTile * roundUp(channels, line));
    body(index * piece, std::min(piece, tiles - index * piece), copy.get());
  });
}

/// What is multiplied: `tiles` tiles of `channels` channels by weights for `parts` · `outputs` outputs, at each position.
struct ProductSizes {
  int64_t positions, tiles, channels, parts, outputs;
};

/// Correlates tiles with transformed weights, block by block. `transformInput(first, count, copy, to)` and
/// `transformOutput(from, outputs, first, count)` are told the number of their first tile; what comes from the products has `outputs`
/// columns for each part. `needing(position, part)` is the tiles that a product is needed for. Whether all results are finite.
template <class TransformInput, class Needing, class TransformOutput>
bool convolve(const ProductKernel &k, const ProductSizes &sizes, const Weights &weights, TransformInput &&transformInput, Needing &&needing,
              TransformOutput &&transformOutput) {
  const int64_t outputs = roundUp(sizes.outputs, k.lanes), columns = sizes.parts * outputs, panels = sizes.parts * weights.panels;
  const int64_t blockTiles =
      roundUp(std::min(blockSize(sizes.positions, sizes.channels, columns, 48), sizes.tiles), k.productRows);
  // Products begin at any tile and take whole groups of rows.
  const PlaneShape left(blockTiles + k.productRows, sizes.channels), sums(blockTiles + k.productRows, columns);
  std::atomic<bool> finite{true};

  auto convolveBlock = [&](int64_t block) {
    Buffer leftBuffer(left.floats(sizes.positions)), sumsBuffer(sums.floats(sizes.positions));
    const Planes v{leftBuffer.get(), left.row, left.plane}, m{sumsBuffer.get(), sums.row, sums.plane};
    const int64_t first = block * blockTiles, count = std::min(blockTiles, sizes.tiles - first);
    forPieces(count, sizes.channels, [&](int64_t tile, int64_t tiles, float *copy) {
      transformInput(first + tile, tiles, copy, v.from(tile));
    });
    // The rows after the last tile belong to none, but are multiplied as well.
    for (int64_t position = 0; position < sizes.positions; ++position)
      std::fill(v.at(position, count), v.at(position, count + k.productRows), 0.f);
    parallel(sizes.positions * panels, [&](int64_t index) {
      const int64_t position = index / panels, panel = index % panels;
      const int64_t part = panel / weights.panels, output = panel % weights.panels * k.panelColumns;
      const auto [begin, end] = within(needing(position, part), first, count);
      k.multiply(roundUp(end - begin, k.productRows), std::min(k.panelColumns, outputs - output), sizes.channels, v.at(position, begin),
                 v.row, 1, weights.at(position, panel), k.panelColumns, m.at(position, begin) + part * outputs + output, m.row, false);
    });
    parallelRanges(count, 16, [&](int64_t begin, int64_t end) {
      if (!transformOutput(m.from(begin), outputs, first + begin, end - begin)) finite.store(false, std::memory_order_relaxed);
    });
  };
  const int64_t blocks = (sizes.tiles + blockTiles - 1) / blockTiles;
  if (blocks >= 2 * ember_thread_count()) {
    parallelAllocating(blocks, convolveBlock);
  } else {
    for (int64_t block = 0; block < blocks; ++block) convolveBlock(block);
  }
  return finite;
}

}  // namespace ember::winograd
