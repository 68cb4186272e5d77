// What the kernels of Winograd's convolution work on, and their table.
#pragma once
#include <cstdint>

#include "ember_dnnl.h"

namespace ember::winograd {

/// Both the tile of the input and the transformed one have 4 × 4 elements; the tile of the output has 2 × 2.
constexpr int64_t tileSide = 4, outputSide = 2, positions = tileSide * tileSide, taps = 9;

/// Dense channels-last images cut into tiles that belong to 2 × 2 results each and begin every 2 pixels from (-originY, -originX). Pixels
/// outside of an image are zero. Where the result has an odd number of rows (columns), the last row (column) of tiles has only the first
/// row (column) of theirs, which the positions of the last row (column) of a transformed tile have no part in.
///
/// Tiles are numbered region by region, so that those which need a position are neighbours: the tiles with a short row below the others,
/// the whole ones, those with a short column on the right, and those in the corner. Within a region they go along the rows, then
/// down the columns, then over the batch.
struct Tiling {
  int64_t batch, height, width, channels;
  int64_t originY, originX;
  int64_t rows, columns;  // of whole tiles in one image
  bool shortRow, shortColumn;

  struct Region {
    int64_t row, rows, column, columns;
    int64_t count(int64_t batch) const { return batch * rows * columns; }
  };
  static constexpr int regions = 4;
  Region region(int index) const {
    switch (index) {
      case 0: return {rows, shortRow, 0, columns};
      case 1: return {0, rows, 0, columns};
      case 2: return {0, rows, columns, shortColumn};
      default: return {rows, shortRow, columns, shortColumn};
    }
  }
  int64_t count() const { return batch * (rows + shortRow) * (columns + shortColumn); }

  /// The tiles that need a position.
  struct Range {
    int64_t begin, end;
  };
  Range needing(int64_t position) const {
    const bool lastRow = position / tileSide == tileSide - 1, lastColumn = position % tileSide == tileSide - 1;
    const int64_t below = region(0).count(batch), right = region(2).count(batch), corner = region(3).count(batch);
    return {lastRow ? below : 0, count() - (lastColumn ? right + corner : lastRow ? corner : 0)};
  }
};

/// Transformed tiles: `positions` planes, each with a row of channels for every tile.
struct Planes {
  float *data;
  int64_t row, plane;  // strides

  float *at(int64_t position, int64_t tile) const { return data + position * plane + tile * row; }
  Planes from(int64_t tile) const { return {at(0, tile), row, plane}; }
};

/// What is compiled for each instruction set.
struct Kernels {
  /// The floats of a register, the rows that the inner kernel of products takes at once, and the columns of a panel of right operands.
  int64_t lanes, productRows, panelColumns;
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
  /// c[rows][columns] = a · b, or c += a · b, where a(i, p) = a[i · aRow + p · aDepth] and row p of b begins at b + p · bDepth. `rows`
  /// is a multiple of productRows, `columns` one register or a panel.
  void (*multiply)(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t aRow, int64_t aDepth, const float *b,
                   int64_t bDepth, float *c, int64_t cRow, bool accumulate);
};

}  // namespace ember::winograd
