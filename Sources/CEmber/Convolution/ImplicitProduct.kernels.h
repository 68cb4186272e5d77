// Tiles of matrix products whose left operand is read from where it lies in an image.

namespace implicit_product {

using ember::implicit_product::GradientTile;
using ember::implicit_product::Kernels;
using ember::implicit_product::Tile;
using ember::implicit_product::tileColumns;
using ember::implicit_product::tileRows;

using V = Vector<float>;
constexpr int width = int(lanes<float>);
constexpr int vectors = tileColumns / width;

/// Adds the product of one element of every row with a row of the panel.
template <class Element>
EMBER_INLINE void addProduct(V (&sum)[tileRows][vectors], const float *panel, Element &&element) {
  V right[vectors];
#pragma unroll
  for (int j = 0; j < vectors; ++j) right[j] = load(panel + j * width);
#pragma unroll
  for (int i = 0; i < tileRows; ++i) {
    const V left = V(element(i));
#pragma unroll
    for (int j = 0; j < vectors; ++j) sum[i][j] += left * right[j];
  }
}

bool multiply(const Tile &tile, float *sums) {
  const float *source[tileRows];
#pragma unroll
  for (int i = 0; i < tileRows; ++i) source[i] = tile.source[i];
  V sum[tileRows][vectors];
#pragma unroll
  for (int i = 0; i < tileRows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) sum[i][j] = load(tile.start + j * width);
  const float *panel = tile.panel;
  for (int64_t t = 0; t < tile.taps; ++t)
    for (int64_t p = tile.offsets[t], end = p + tile.channels; p < end; ++p, panel += tileColumns)
      addProduct(sum, panel, [&](int i) { return source[i][p]; });
  // Infinite and undefined sums stay so when they are multiplied by zero.
  V check = V(0.f);
#pragma unroll
  for (int i = 0; i < tileRows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) {
      check += sum[i][j] * V(0.f);
      store(sums + i * tileColumns + j * width, sum[i][j]);
    }
  float total = 0;
  for (int l = 0; l < width; ++l) total += check[l];
  return total == 0;
}

void addProducts(const GradientTile &tile, float *sums) {
  V sum[tileRows][vectors] = {};
  const float *panel = tile.panel;
  for (int64_t line = 0; line < tile.lines; ++line) {
    const float *source[tileRows];
#pragma unroll
    for (int i = 0; i < tileRows; ++i) source[i] = tile.source[i] + line * tile.line;
    for (int64_t p = 0, end = tile.places * tile.step; p < end; p += tile.step, panel += tileColumns)
      addProduct(sum, panel, [&](int i) { return source[i][p]; });
  }
#pragma unroll
  for (int i = 0; i < tileRows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) {
      float *to = sums + i * tileColumns + j * width;
      store(to, load(to) + sum[i][j]);
    }
}

}  // namespace implicit_product

static constexpr implicit_product::Kernels implicitProductKernels = {implicit_product::multiply, implicit_product::addProducts};
