// What all kinds of minimal filtering work on: tiles of images, and the products of transformed ones.
#pragma once
#include <cstdint>

namespace ember::winograd {

/// The results of a tile in each dimension: at each remainder by the stride, where a transposed convolution has one.
constexpr int64_t outputSide = 2;

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

  struct Range {
    int64_t begin, end;
  };
  /// The tiles but those with a short row (column), if these are left out.
  Range without(bool shortRows, bool shortColumns) const {
    const int64_t below = region(0).count(batch), right = region(2).count(batch), corner = region(3).count(batch);
    return {shortRows ? below : 0, count() - (shortColumns ? right + corner : shortRows ? corner : 0)};
  }
};

/// Transformed tiles: a plane for each position, each with a row of channels for every tile.
struct Planes {
  float *data;
  int64_t row, plane;  // strides

  float *at(int64_t position, int64_t tile) const { return data + position * plane + tile * row; }
  Planes from(int64_t tile) const { return {at(0, tile), row, plane}; }
};

struct ProductKernel {
  /// The floats of a register, the rows that the inner kernel of products takes at once, and the columns of a panel of right operands.
  int64_t lanes, productRows, panelColumns;
  /// c[rows][columns] = a · b, or c += a · b, where a(i, p) = a[i · aRow + p · aDepth] and row p of b begins at b + p · bDepth. `rows`
  /// is a multiple of productRows, `columns` one register or a panel.
  void (*multiply)(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t aRow, int64_t aDepth, const float *b,
                   int64_t bDepth, float *c, int64_t cRow, bool accumulate);
};

}  // namespace ember::winograd
