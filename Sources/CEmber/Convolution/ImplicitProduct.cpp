#include "ImplicitProduct.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "../Runtime/ScratchMemory.h"
#include "ImplicitProductKernels.h"
#include "PackedWeights.h"
#include "ember_copy.h"

#define EMBER_KERNELS "../Convolution/ImplicitProduct.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember::implicit_product {
namespace {

/// Places that a task computes: their elements are read again for every panel of weights, from the second-level cache.
constexpr int64_t taskPlaces = 16 * tileRows;

/// Places whose cotangent is packed at a time for the weight's gradient.
constexpr int64_t gradientPlaces = 256;

/// Sums of the weight's gradient that are computed apart and added at the end: fewer where they are large.
constexpr int64_t fewestParts = 4, mostParts = 16, partFloats = int64_t(4) << 20;

int64_t pieces(int64_t count, int64_t size) { return (count + size - 1) / size; }

/// The value of dimension `axis` (0: height, 1: width), which rank 1 lacks the first of.
int64_t at(const ember_convolution &c, const int64_t *values, int axis, int64_t absent) {
  return c.spatial_rank == 2 ? values[axis] : axis == 1 ? values[0] : absent;
}

/// One dimension: result q is computed from the elements q · step + offset of what is read.
struct Axis {
  int64_t size, count, step;
  std::vector<int64_t> offsets;  // one for each tap, ascending

  /// Zeros before and behind what is read.
  int64_t before() const { return offsets.empty() ? 0 : std::max<int64_t>(0, -offsets.front()); }
  int64_t behind() const { return offsets.empty() ? 0 : std::max<int64_t>(0, (count - 1) * step + offsets.back() - (size - 1)); }

  static Axis forward(const ember_convolution &c, int axis) {
    Axis a{at(c, c.input_size, axis, 1), at(c, c.output_size, axis, 1), at(c, c.stride, axis, 1), {}};
    for (int64_t k = 0; k < at(c, c.kernel_size, axis, 1); ++k)
      a.offsets.push_back(k * at(c, c.dilation, axis, 1) - at(c, c.padding_begin, axis, 0));
    return a;
  }

  /// The elements q · stride + r of the input's gradient, for remainders r from `first` up to `end`, and q as for remainder zero.
  static Axis inputGradient(const ember_convolution &c, int axis, int64_t first, int64_t end) {
    const int64_t stride = at(c, c.stride, axis, 1);
    Axis a{at(c, c.output_size, axis, 1), pieces(at(c, c.input_size, axis, 1), stride), 1, {}};
    for (int64_t r = first; r < end; ++r)
      for (int64_t k = 0; k < at(c, c.kernel_size, axis, 1); ++k) {
        const int64_t reached = r + at(c, c.padding_begin, axis, 0) - k * at(c, c.dilation, axis, 1);
        if (reached % stride == 0) a.offsets.push_back(reached / stride);
      }
    std::sort(a.offsets.begin(), a.offsets.end());
    a.offsets.erase(std::unique(a.offsets.begin(), a.offsets.end()), a.offsets.end());
    return a;
  }
};

/// Which kernel element takes elements `offset` away to the gradient at remainder `r`, or -1.
int64_t kernelElement(const ember_convolution &c, int axis, int64_t r, int64_t offset) {
  const int64_t reached = r + at(c, c.padding_begin, axis, 0) - offset * at(c, c.stride, axis, 1), dilation = at(c, c.dilation, axis, 1);
  return reached >= 0 && reached % dilation == 0 && reached / dilation < at(c, c.kernel_size, axis, 1) ? reached / dilation : -1;
}

/// An image with its channels side by side, and with zeros around it: the caller's memory if it lies so and needs no zeros, else a copy.
class Source {
 public:
  int64_t image, line, place;  // strides

  Source(const ember_view &view, int rank, int64_t batch, int64_t channels, const Axis &y, const Axis &x)
      : image(view.strides[0]),
        line(rank == 2 ? view.strides[2] : 0),
        place(view.strides[1 + rank]),
        data_(static_cast<const float *>(view.data)),
        copy_(liesInPlace(view, channels, y, x) ? 0 : batch * lines(y) * places(x) * channels) {
    if (!copy_.get()) return;
    const int64_t shape[] = {batch, y.size, x.size, channels}, from[] = {image, line, place, view.strides[1]};
    place = channels;
    line = places(x) * place;
    image = lines(y) * line;
    const int64_t to[] = {image, line, place, 1};
    ember_copy_strided(sizeof(float), 4, shape, copy_.get() + y.before() * line + x.before() * place, to, data_, from);
    parallel(batch, [&](int64_t n) {
      float *start = copy_.get() + n * image, *inside = start + y.before() * line, *behind = inside + y.size * line;
      std::fill(start, inside, 0.f);
      for (float *left = inside; left != behind; left += line) {
        std::fill_n(left, x.before() * place, 0.f);
        std::fill_n(left + (x.before() + x.size) * place, x.behind() * place, 0.f);
      }
      std::fill(behind, start + image, 0.f);
    });
    data_ = copy_.get() + y.before() * line + x.before() * place;
  }

  /// The first element inside.
  const float *data() const { return data_; }

 private:
  static int64_t lines(const Axis &y) { return y.before() + y.size + y.behind(); }
  static int64_t places(const Axis &x) { return x.before() + x.size + x.behind(); }
  static bool liesInPlace(const ember_view &view, int64_t channels, const Axis &y, const Axis &x) {
    return (channels == 1 || view.strides[1] == 1) && y.before() + y.behind() + x.before() + x.behind() == 0;
  }

  const float *data_;
  Scratch<float> copy_;
};

/// Where each tap of a convolution starts, from a place.
std::vector<int64_t> tapOffsets(const Source &source, const Axis &y, const Axis &x) {
  std::vector<int64_t> offsets;
  for (int64_t oy : y.offsets)
    for (int64_t ox : x.offsets) offsets.push_back(oy * source.line + ox * source.place);
  return offsets;
}

/// Results at the remainders (y, x) of a position by the stride, all channels of them.
struct Part {
  int64_t y, x;
};

/// The sizes of one matrix product: a row for each place, columns for the channels of every part.
struct Product {
  int64_t inputs, results;  // channels
  Axis y, x;
  std::vector<Part> parts;

  int64_t columns() const { return int64_t(parts.size()) * results; }
  int64_t panels() const { return pieces(columns(), tileColumns); }
  int64_t depth() const { return int64_t(y.offsets.size() * x.offsets.size()) * inputs; }
  int64_t packedSize() const { return panels() * depth() * tileColumns; }
};

/// Weights in panels [panel, tap, input, column]; `element(part, y tap, x tap)` is that of the first input and result, or null for zero.
template <class Element>
void packWeights(const Product &product, int64_t inputStride, int64_t resultStride, Element &&element, float *to) {
  for (int64_t p = 0; p < product.panels(); ++p)
    for (size_t ty = 0; ty < product.y.offsets.size(); ++ty)
      for (size_t tx = 0; tx < product.x.offsets.size(); ++tx, to += product.inputs * tileColumns)
        for (int64_t j = 0; j < tileColumns; ++j) {
          const int64_t column = p * tileColumns + j;
          const float *from = column < product.columns() ? element(product.parts[size_t(column / product.results)], ty, tx) : nullptr;
          if (from) from += column % product.results * resultStride;
          for (int64_t i = 0; i < product.inputs; ++i) to[i * tileColumns + j] = from ? from[i * inputStride] : 0.f;
        }
}

/// A result's memory.
struct Target {
  float *data;
  int64_t image, channel, row, column;
  int64_t height, width;
  int64_t strideY, strideX;  // from the result of one place to the next

  Target(const ember_view &view, int rank, int64_t height, int64_t width, int64_t strideY, int64_t strideX)
      : data(static_cast<float *>(view.data)),
        image(view.strides[0]),
        channel(view.strides[1]),
        row(rank == 2 ? view.strides[2] : 0),
        column(view.strides[1 + rank]),
        height(height),
        width(width),
        strideY(strideY),
        strideX(strideX) {}
};

/// A place: where its elements are read, and where its result at remainder zero is.
struct Place {
  int64_t y, x;
  const float *from;
  float *to;
};

/// The places from number `begin` on, image by image and line by line.
void findPlaces(const Axis &ys, const Axis &xs, const Source &source, const Target &target, int64_t begin, int64_t count, Place *places) {
  int64_t x = begin % xs.count, y = begin / xs.count % ys.count, n = begin / xs.count / ys.count;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = y * target.strideY, column = x * target.strideX;
    places[i] = {row, column, source.data() + n * source.image + y * ys.step * source.line + x * xs.step * source.place,
                 target.data + n * target.image + row * target.row + column * target.column};
    if (++x < xs.count) continue;
    x = 0;
    if (++y < ys.count) continue;
    y = 0;
    ++n;
  }
}

/// Stores the results of some places, columns [column, end) of the product.
void storeTile(const Product &product, const Target &target, const Place *places, int64_t rows, const float *sums, int64_t column,
               int64_t end) {
  while (column < end) {
    const Part &part = product.parts[size_t(column / product.results)];
    const int64_t first = column % product.results, count = std::min(product.results - first, end - column);
    const int64_t offset = part.y * target.row + part.x * target.column + first * target.channel;
    for (int64_t r = 0; r < rows; ++r) {
      if (places[r].y + part.y >= target.height || places[r].x + part.x >= target.width) continue;
      float *to = places[r].to + offset;
      const float *from = sums + r * tileColumns;
      if (target.channel == 1 && count == tileColumns) {
        std::memcpy(to, from, tileColumns * sizeof(float));
      } else {
        for (int64_t i = 0; i < count; ++i) to[i * target.channel] = from[i];
      }
    }
    column += count;
    sums += count;
  }
}

/// Computes products that have their places in common, whose weights lie one after another. Whether all results are finite.
bool multiply(const std::vector<Product> &products, int64_t batch, const Source &source, const float *weights, const float *bias,
              const Target &target) {
  const Kernels &kernels = *EMBER_SELECT(implicitProductKernels);
  const Axis &y = products[0].y, &x = products[0].x;
  std::vector<std::vector<int64_t>> offsets;
  for (const Product &product : products) offsets.push_back(tapOffsets(source, product.y, product.x));
  std::vector<float> start(size_t(products[0].panels() * tileColumns));
  if (bias) std::copy_n(bias, products[0].results, start.data());
  std::atomic<bool> finite{true};
  parallelRanges(batch * y.count * x.count, taskPlaces, [&](int64_t begin, int64_t end) {
    Place places[taskPlaces];
    findPlaces(y, x, source, target, begin, end - begin, places);
    Tile tile{{}, 0, 0, nullptr, weights, nullptr};
    for (size_t number = 0; number < products.size(); ++number) {
      const Product &product = products[number];
      tile.taps = int64_t(offsets[number].size());
      tile.channels = product.inputs;
      tile.offsets = offsets[number].data();
      tile.start = start.data();
      for (int64_t p = 0; p < product.panels(); ++p, tile.panel += product.depth() * tileColumns, tile.start += tileColumns)
        for (int64_t i = 0; i < end - begin; i += tileRows) {
          // Rows that the last tile lacks are computed from its last place and not stored.
          const int64_t rows = std::min<int64_t>(tileRows, end - begin - i);
          for (int64_t r = 0; r < tileRows; ++r) tile.source[r] = places[i + std::min(r, rows - 1)].from;
          alignas(64) float sums[tileRows * tileColumns];
          if (!kernels.multiply(tile, sums)) finite.store(false, std::memory_order_relaxed);
          storeTile(product, target, places + i, rows, sums, p * tileColumns, std::min((p + 1) * tileColumns, product.columns()));
        }
    }
  });
  return finite;
}

int64_t kernelSize(const ember_convolution &c) { return at(c, c.kernel_size, 0, 1) * at(c, c.kernel_size, 1, 1); }

/// The weights of a forward call, known by their shape.
struct Weights : ember_packed_weights {
  int64_t inputs, results, kernelHeight, kernelWidth;
  Scratch<float> panels;

  Weights(const ember_convolution &c, const Product &product, const float *weight)
      : inputs(c.in_channels),
        results(c.out_channels),
        kernelHeight(at(c, c.kernel_size, 0, 1)),
        kernelWidth(at(c, c.kernel_size, 1, 1)),
        panels(product.packedSize()) {
    const int64_t kernel = kernelSize(c);
    packWeights(product, kernel, inputs * kernel,
                [&](const Part &, size_t ty, size_t tx) { return weight + int64_t(ty) * kernelWidth + int64_t(tx); }, panels.get());
  }
  bool fits(const ember_convolution &c) const {
    return inputs == c.in_channels && results == c.out_channels && kernelHeight == at(c, c.kernel_size, 0, 1) &&
           kernelWidth == at(c, c.kernel_size, 1, 1);
  }
};

/// Whether the results at all remainders are columns of one product: if they need the same elements, or are so few that they fit one panel,
/// where weights that some lack are zero.
bool joinsRemainders(const ember_convolution &c, const Axis &y, const Axis &x) {
  const int64_t strideY = at(c, c.stride, 0, 1), strideX = at(c, c.stride, 1, 1);
  const bool sameTaps = int64_t(y.offsets.size()) * strideY == at(c, c.kernel_size, 0, 1) &&
                        int64_t(x.offsets.size()) * strideX == at(c, c.kernel_size, 1, 1);
  return sameTaps || strideY * strideX * c.in_channels <= tileColumns;
}

/// Convolutions of float32 lines and images that look at neighbours, on processors for whose registers the tiles are made. So many
/// results repay the packing of weights.
bool fits(const ember_convolution &c) {
  constexpr int64_t leastResults = 1024;
  if (instructionSet() != InstructionSet::avx2 || c.dtype != EMBER_FLOAT32 || c.groups != 1 || c.spatial_rank > 2) return false;
  int64_t inputs = c.batch, results = c.batch, kernel = 1;
  for (int d = 0; d < c.spatial_rank; ++d) {
    if (c.kernel_size[d] < c.stride[d]) return false;
    inputs *= c.input_size[d];
    results *= c.output_size[d];
    kernel *= c.kernel_size[d];
  }
  return kernel > 1 && results >= leastResults && inputs > 0;
}

/// Whether the depth has inner loops of some length and the columns fill most of their panels.
bool fills(int64_t inputs, int64_t columns) { return inputs >= 8 && 4 * columns >= 3 * pieces(columns, tileColumns) * tileColumns; }

/// Packs a panel of the cotangent, [lines, places, tileColumns], of which `columns` channels exist.
void packGradient(const Source &gradient, const float *from, int64_t lines, int64_t places, int64_t columns, float *to) {
  for (int64_t line = 0; line < lines; ++line, from += gradient.line)
    for (int64_t place = 0; place < places; ++place, to += tileColumns) {
      const float *g = from + place * gradient.place;
      if (columns == tileColumns) {
        std::memcpy(to, g, tileColumns * sizeof(float));
      } else {
        for (int64_t j = 0; j < tileColumns; ++j) to[j] = j < columns ? g[j] : 0.f;
      }
    }
}

}  // namespace

// The library's kernels for images are as good forward, and for the input's gradient where there is no stride.

bool suitsForward(const ember_convolution &c) { return fits(c) && c.spatial_rank == 1 && fills(c.in_channels, c.out_channels); }

bool suitsInputGradient(const ember_convolution &c) {
  const int64_t strideY = at(c, c.stride, 0, 1), strideX = at(c, c.stride, 1, 1);
  if (!fits(c) || (c.spatial_rank == 2 && strideY * strideX == 1)) return false;
  const bool joined = joinsRemainders(c, Axis::inputGradient(c, 0, 0, strideY), Axis::inputGradient(c, 1, 0, strideX));
  return fills(c.out_channels, joined ? strideY * strideX * c.in_channels : c.in_channels);
}

bool suitsWeightGradient(const ember_convolution &c) { return fits(c) && fills(c.in_channels * kernelSize(c), c.out_channels); }

bool forward(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst,
             PackedWeightsSlot &slot) {
  const Product product{c.in_channels, c.out_channels, Axis::forward(c, 0), Axis::forward(c, 1), {{0, 0}}};
  const Source source(src, c.spatial_rank, c.batch, c.in_channels, product.y, product.x);
  const Weights &weights = slot.find<Weights>([&](const Weights &known) { return known.fits(c); },
                                              [&] { return std::make_unique<Weights>(c, product, static_cast<const float *>(weight)); });
  const Target target(dst, c.spatial_rank, product.y.count, product.x.count, 1, 1);
  return multiply({product}, c.batch, source, weights.panels.get(), static_cast<const float *>(bias), target);
}

bool inputGradient(const ember_convolution &c, const ember_view &dstGradient, const void *weight, const ember_view &srcGradient) {
  const int64_t strideY = at(c, c.stride, 0, 1), strideX = at(c, c.stride, 1, 1);
  const Target target(srcGradient, c.spatial_rank, at(c, c.input_size, 0, 1), at(c, c.input_size, 1, 1), strideY, strideX);
  const Axis wholeY = Axis::inputGradient(c, 0, 0, strideY), wholeX = Axis::inputGradient(c, 1, 0, strideX);
  const Source source(dstGradient, c.spatial_rank, c.batch, c.out_channels, wholeY, wholeX);
  std::vector<Part> parts;
  for (int64_t y = 0; y < std::min(strideY, target.height); ++y)
    for (int64_t x = 0; x < std::min(strideX, target.width); ++x) parts.push_back({y, x});
  std::vector<Product> products;
  if (joinsRemainders(c, wholeY, wholeX)) {
    products.push_back({c.out_channels, c.in_channels, wholeY, wholeX, std::move(parts)});
  } else {
    for (const Part &part : parts)
      products.push_back({c.out_channels, c.in_channels, Axis::inputGradient(c, 0, part.y, part.y + 1),
                          Axis::inputGradient(c, 1, part.x, part.x + 1), {part}});
  }
  int64_t size = 0;
  for (const Product &product : products) size += product.packedSize();
  const Scratch<float> weights(size);
  float *packed = weights.get();
  const int64_t kernel = kernelSize(c), row = at(c, c.kernel_size, 1, 1);
  for (const Product &product : products) {
    packWeights(product, c.in_channels * kernel, kernel, [&](const Part &part, size_t ty, size_t tx) -> const float * {
      const int64_t ky = kernelElement(c, 0, part.y, product.y.offsets[ty]), kx = kernelElement(c, 1, part.x, product.x.offsets[tx]);
      return ky < 0 || kx < 0 ? nullptr : static_cast<const float *>(weight) + ky * row + kx;
    }, packed);
    packed += product.packedSize();
  }
  return multiply(products, c.batch, source, weights.get(), nullptr, target);
}

bool weightGradient(const ember_convolution &c, const ember_view &src, const ember_view &dstGradient, void *weightGradient) {
  const Kernels &kernels = *EMBER_SELECT(implicitProductKernels);
  const Axis y = Axis::forward(c, 0), x = Axis::forward(c, 1);
  const Source source(src, c.spatial_rank, c.batch, c.in_channels, y, x);
  const Axis everyLine{y.count, y.count, 1, {0}}, everyPlace{x.count, x.count, 1, {0}};
  const Source gradient(dstGradient, c.spatial_rank, c.batch, c.out_channels, everyLine, everyPlace);
  // A row of the product is an input channel at a tap.
  std::vector<int64_t> rows;
  for (int64_t tap : tapOffsets(source, y, x))
    for (int64_t i = 0; i < c.in_channels; ++i) rows.push_back(tap + i);
  const int64_t rowCount = int64_t(rows.size()), groups = pieces(rowCount, tileRows), panels = pieces(c.out_channels, tileColumns);
  rows.resize(size_t(groups * tileRows), rows.back());
  // The places are cut into rectangles.
  const int64_t columns = pieces(x.count, pieces(x.count, gradientPlaces));
  const int64_t lines = std::min(y.count, std::max<int64_t>(1, gradientPlaces / columns));
  const int64_t across = pieces(x.count, columns), down = pieces(y.count, lines), units = c.batch * down * across;
  const int64_t partSize = panels * groups * tileRows * tileColumns;
  const int64_t parts = std::min(units, std::clamp(partFloats / partSize, fewestParts, mostParts));
  const Scratch<float> sums(parts * partSize);
  parallel(parts, [&](int64_t part) {
    float *own = sums.get() + part * partSize;
    std::fill_n(own, partSize, 0.f);
    const Scratch<float> packed(lines * columns * tileColumns);
    for (int64_t unit = units * part / parts; unit < units * (part + 1) / parts; ++unit) {
      const int64_t n = unit / (down * across), top = unit / across % down * lines, left = unit % across * columns;
      const int64_t height = std::min(lines, y.count - top), width = std::min(columns, x.count - left);
      const float *from = source.data() + n * source.image + top * y.step * source.line + left * x.step * source.place;
      GradientTile tile{{}, height, width, y.step * source.line, x.step * source.place, packed.get()};
      for (int64_t p = 0; p < panels; ++p) {
        const float *g = gradient.data() + n * gradient.image + top * gradient.line + left * gradient.place + p * tileColumns;
        packGradient(gradient, g, height, width, std::min<int64_t>(tileColumns, c.out_channels - p * tileColumns), packed.get());
        for (int64_t r = 0; r < groups; ++r) {
          for (int64_t i = 0; i < tileRows; ++i) tile.source[i] = from + rows[size_t(r * tileRows + i)];
          kernels.addProducts(tile, own + (p * groups + r) * tileRows * tileColumns);
        }
      }
    }
  });
  bool finite = true;
  const int64_t kernel = kernelSize(c);
  for (int64_t part = 1; part < parts; ++part)
    for (int64_t i = 0; i < partSize; ++i) sums[i] += sums[part * partSize + i];
  for (int64_t o = 0; o < c.out_channels; ++o)
    for (int64_t r = 0; r < rowCount; ++r) {
      const float value = sums[(o / tileColumns * groups * tileRows + r) * tileColumns + o % tileColumns];
      finite &= value * 0.f == 0.f;
      static_cast<float *>(weightGradient)[(o * c.in_channels + r % c.in_channels) * kernel + r / c.in_channels] = value;
    }
  return finite;
}

}  // namespace ember::implicit_product
