// What convolutions as matrix products and their kernels, compiled per instruction set, tell each other.
#pragma once
#include <cstdint>

namespace ember::implicit_product {

/// The rows and columns of a tile, whose sums stay in registers.
constexpr int tileRows = 6;
constexpr int tileColumns = 16;

/// The products of tileRows places of an image with a panel of weights.
struct Tile {
  const float *source[tileRows];
  int64_t taps, channels;
  const int64_t *offsets;  // of every tap, from a place
  const float *panel;      // [taps, channels, tileColumns]
  const float *start;      // what is added to each column
};

/// The products of tileRows elements below places of an image with a panel of the cotangent, summed over the places.
struct GradientTile {
  const float *source[tileRows];
  int64_t lines, places;      // places are `step` apart, their lines `line`
  int64_t line, step;
  const float *panel;         // [lines, places, tileColumns]
};

struct Kernels {
  /// sums[tileRows, tileColumns] = …; whether all of them are finite.
  bool (*multiply)(const Tile &tile, float *sums);
  /// sums[tileRows, tileColumns] += …
  void (*addProducts)(const GradientTile &tile, float *sums);
};

}  // namespace ember::implicit_product
