#include "Planar.h"

#include <cstring>

#include "../Runtime/ScratchMemory.h"
#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "AxisTaps.h"
#include "PlanarKernels.h"

#define EMBER_KERNELS "../Convolution/Planar.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember::planar {
namespace {

/// Packed planes of a task stay in the second-level cache.
constexpr int64_t packedBytes = 256 << 10;

/// Multiplications that make a task worth its start.
constexpr int64_t workOfTask = 1 << 18;

template <class T>
const PlanarKernels<T> &kernels();
template <>
const PlanarKernels<float> &kernels() {
  return *EMBER_SELECT(planar::singleKernels);
}
template <>
const PlanarKernels<double> &kernels() {
  return *EMBER_SELECT(planar::doubleKernels);
}

/// An image operand of rank 3 or 4, a missing height being 1.
template <class T>
struct Planes {
  T *data;
  int64_t image, channel, row, column;

  Planes(const ember_view &view, int rank)
      : data(static_cast<T *>(view.data)),
        image(view.strides[0]),
        channel(view.strides[1]),
        row(rank == 2 ? view.strides[2] : 0),
        column(view.strides[1 + rank]) {}
};

/// A convolution and its images. Kernels of one element look at no neighbours: the rows of such an image are one long row.
struct Call {
  ember_convolution convolution;
  ember_view inputView, resultView;
  int64_t inputStrides[3], resultStrides[3];

  Call(const ember_convolution &c, const ember_view &input, const ember_view &result)
      : convolution(c), inputView(input), resultView(result) {
    if (c.spatial_rank != 2 || !isPointwise(c) || !joins(input, c.input_size[1]) || !joins(result, c.output_size[1])) return;
    convolution.spatial_rank = 1;
    convolution.input_size[0] = c.input_size[0] * c.input_size[1];
    convolution.output_size[0] = c.output_size[0] * c.output_size[1];
    inputView.strides = join(input, inputStrides);
    resultView.strides = join(result, resultStrides);
  }
  Call(const Call &) = delete;

  template <class T>
  Planes<T> input() const {
    return {inputView, convolution.spatial_rank};
  }
  template <class T>
  Planes<T> result() const {
    return {resultView, convolution.spatial_rank};
  }

 private:
  static bool isPointwise(const ember_convolution &c) {
    for (int d = 0; d < 2; ++d)
      if (c.kernel_size[d] != 1 || c.stride[d] != 1 || c.padding_begin[d] != 0 || c.input_size[d] != c.output_size[d]) return false;
    return true;
  }
  static bool joins(const ember_view &view, int64_t width) { return view.strides[2] == width * view.strides[3]; }
  static const int64_t *join(const ember_view &view, int64_t *strides) {
    std::copy_n(view.strides, 2, strides);
    strides[2] = view.strides[3];
    return strides;
  }
};

/// How the weight of result channel o, input channel i (both within a group) and kernel element (y, x) is found.
struct WeightOrder {
  int64_t group, result, input, row;
};

/// The sizes of one pass: results of `groups` groups from shifted planes, computed tile by tile.
struct Pass {
  int64_t batch, groups, inputs, results;  // the channels are those of one group
  AxisTaps y, x;
  WeightOrder weights;
  int64_t tileRows, tileColumns;

  Pass(const ember_convolution &c, int64_t inputs, int64_t results, AxisTaps ys, AxisTaps xs, WeightOrder weights, int64_t elementSize,
       int64_t tilePositions)
      : batch(c.batch), groups(c.groups), inputs(inputs), results(results), y(std::move(ys)), x(std::move(xs)), weights(weights) {
    // Whole rows if enough of them fit that those read twice, by neighbours, do not count; else a few, cut into pieces.
    const int64_t lineBytes = std::max<int64_t>(1, inputs * lines() * elementSize);
    const int64_t rows = packedBytes / (lineBytes * (x.count + x.reach)) - y.reach;
    tileRows = even(y.count, std::clamp<int64_t>(rows, std::min(y.count, 1 + y.reach), y.count));
    tileColumns = x.count;
    if (rows < tileRows) {
      const int64_t columns = packedBytes / (lineBytes * (tileRows + y.reach)) - x.reach;
      tileColumns = std::min(x.count, std::max<int64_t>(1, columns / tilePositions) * tilePositions);
    }
  }

  int64_t planeTaps() const { return int64_t(y.taps.size() * x.taps.size()); }
  int64_t terms() const { return inputs * planeTaps(); }
  int64_t lines() const { return int64_t(y.lines.size() * x.lines.size()); }
  int64_t pitch() const { return tileColumns + x.reach; }
  int64_t lineRows() const { return tileRows + y.reach; }
  /// Elements of one channel's packed lines.
  int64_t plane() const { return lines() * lineRows() * pitch(); }
  /// Where a tap starts in a channel's packed lines.
  int64_t start(const AxisTaps::Tap &ty, const AxisTaps::Tap &tx) const {
    return ((ty.line * int64_t(x.lines.size()) + tx.line) * lineRows() + ty.offset) * pitch() + tx.offset;
  }
  /// Where every term starts: by input channel, then by tap.
  std::vector<int64_t> starts() const {
    std::vector<int64_t> starts;
    starts.reserve(size_t(terms()));
    for (int64_t i = 0; i < inputs; ++i)
      for (const auto &ty : y.taps)
        for (const auto &tx : x.taps) starts.push_back(i * plane() + start(ty, tx));
    return starts;
  }

  int64_t rowPieces() const { return pieces(y.count, tileRows); }
  int64_t columnPieces() const { return pieces(x.count, tileColumns); }
  int64_t tiles() const { return rowPieces() * columnPieces(); }

 private:
  static int64_t pieces(int64_t count, int64_t size) { return (count + size - 1) / size; }
  static int64_t even(int64_t count, int64_t size) { return pieces(count, pieces(count, size)); }
};

/// The rectangle of results that one task computes.
struct Tile {
  int64_t row, rows, column, columns;

  Tile(const Pass &pass, int64_t index)
      : row(index / pass.columnPieces() * pass.tileRows),
        rows(std::min(pass.tileRows, pass.y.count - row)),
        column(index % pass.columnPieces() * pass.tileColumns),
        columns(std::min(pass.tileColumns, pass.x.count - column)) {}

  /// Packed positions from its first result to its last.
  int64_t positions(const Pass &pass) const { return (rows - 1) * pass.pitch() + columns; }
};

int64_t size(const ember_convolution &c, const int64_t *sizes, int axis, int64_t absent) {
  return c.spatial_rank == 2 ? sizes[axis] : axis == 1 ? sizes[0] : absent;
}

AxisTaps forwardAxis(const ember_convolution &c, int axis) {
  return AxisTaps::forward(size(c, c.input_size, axis, 1), size(c, c.output_size, axis, 1), size(c, c.kernel_size, axis, 1),
                           size(c, c.stride, axis, 1), size(c, c.dilation, axis, 1), size(c, c.padding_begin, axis, 0));
}

AxisTaps inputGradientAxis(const ember_convolution &c, int axis, int64_t remainder) {
  return AxisTaps::inputGradient(size(c, c.input_size, axis, 1), size(c, c.output_size, axis, 1), size(c, c.kernel_size, axis, 1),
                                 size(c, c.stride, axis, 1), size(c, c.dilation, axis, 1), size(c, c.padding_begin, axis, 0), remainder);
}

/// The least j in 0...count for which at + step · j is not negative.
int64_t firstInside(int64_t at, int64_t step, int64_t count) { return std::clamp<int64_t>((-at + step - 1) / step, 0, count); }

/// The least j from there on for which at + step · j is not below `size` either, or `count`.
int64_t endInside(int64_t at, int64_t step, int64_t size, int64_t count) {
  return std::clamp<int64_t>(size <= at ? 0 : (size - at + step - 1) / step, firstInside(at, step, count), count);
}

/// The weight of a convolution, [results, inputs, kernel height, kernel width], seen by a pass over its input or over its cotangent.
WeightOrder weightOrder(const ember_convolution &c, bool ofInputGradient) {
  const int64_t row = size(c, c.kernel_size, 1, 1), plane = row * size(c, c.kernel_size, 0, 1);
  const int64_t result = c.in_channels / c.groups * plane, group = c.out_channels / c.groups * result;
  return ofInputGradient ? WeightOrder{group, plane, result, row} : WeightOrder{group, result, plane, row};
}

template <class T>
Pass forwardPass(const ember_convolution &c) {
  return Pass(c, c.in_channels / c.groups, c.out_channels / c.groups, forwardAxis(c, 0), forwardAxis(c, 1), weightOrder(c, false),
              sizeof(T), kernels<T>().tilePositions);
}

/// Packs what a tile's results are computed from: `rows` rows of each line of every channel of a group, zeros where there is no element.
template <class T>
void pack(const Pass &pass, const Tile &tile, int64_t rows, const T *group, int64_t channelStride, int64_t rowStride, T *to) {
  const AxisTaps &y = pass.y, &x = pass.x;
  for (int64_t i = 0; i < pass.inputs; ++i, group += channelStride)
    for (int64_t py : y.lines)
      for (int64_t px : x.lines) {
        // Element j of the line is element step · (tile's first + j) + remainder of the row, and so are its rows.
        const int64_t left = x.step * (tile.column + x.first) + px, top = y.step * (tile.row + y.first) + py;
        const int64_t columns = pass.pitch();
        const PackedLine line{columns, firstInside(left, x.step, columns), endInside(left, x.step, x.size, columns), x.step};
        kernels<T>().pack(line, rows, group + top * rowStride + left, y.step * rowStride, firstInside(top, y.step, rows),
                          endInside(top, y.step, y.size, rows), to);
        to += pass.lineRows() * columns;
      }
}

/// The channels of one group of one image, whose number counts the groups of all images, where they are computed from as one tile.
template <class T>
Ahead ahead(const Pass &pass, const Planes<T> &images, int64_t group, int64_t channels) {
  if (pass.tiles() != 1) return {};
  const T *from = images.data + group / pass.groups * images.image + group % pass.groups * channels * images.channel;
  return {reinterpret_cast<const char *>(from), reinterpret_cast<const char *>(from + channels * images.channel)};
}

/// The results of one group, in blocks of as many channels as a kernel takes at once; the last one may be smaller.
struct ChannelBlocks {
  int64_t results, most;

  int64_t count() const { return (results + most - 1) / most; }
  int64_t valid(int64_t block) const { return std::min(most, results - block * most); }
  /// A power of two that holds them.
  int64_t width(int64_t block) const {
    int64_t width = 1;
    while (width < valid(block)) width *= 2;
    return width;
  }
  int64_t paddedResults() const { return (count() - 1) * most + width(count() - 1); }
};

/// The weights in the order in which the kernels read them: by group, block of channels, input channel, tap, channel of the block.
template <class T>
void packWeights(const Pass &pass, const ChannelBlocks &blocks, const T *weight, T *to) {
  const WeightOrder &w = pass.weights;
  for (int64_t g = 0; g < pass.groups; ++g)
    for (int64_t b = 0; b < blocks.count(); ++b) {
      const int64_t width = blocks.width(b), valid = blocks.valid(b);
      for (int64_t i = 0; i < pass.inputs; ++i)
        for (const auto &ty : pass.y.taps)
          for (const auto &tx : pass.x.taps) {
            const T *from = weight + g * w.group + b * blocks.most * w.result + i * w.input + ty.kernel * w.row + tx.kernel;
            for (int64_t o = 0; o < width; ++o) *to++ = o < valid ? from[o * w.result] : T(0);
          }
    }
}

/// For one channel of results per group: the terms in an order in which kernel rows that follow one another are together, because they
/// share what they read, and the places of the weights of `starts` in that order.
struct RowTerms {
  RowTerms() = default;

  std::vector<RowTerm> packed, inPlace;  // where the input is packed, and where the image itself is read
  std::vector<int64_t> weightOrder;

  template <class T>
  RowTerms(const Pass &pass, const Planes<T> &src) {
    const auto &ys = pass.y.taps;
    const auto &xs = pass.x.taps;
    for (int64_t i = 0; i < pass.inputs; ++i)
      for (size_t begin = 0, end; begin < ys.size(); begin = end) {
        end = begin + 1;
        while (end < ys.size() && end - begin < longestRun && ys[end].line == ys[begin].line &&
               ys[end].offset == ys[begin].offset + int64_t(end - begin))
          ++end;
        for (size_t tx = 0; tx < xs.size(); ++tx) {
          const int64_t weight = int64_t(weightOrder.size()), run = int64_t(end - begin);
          const int64_t column = pass.x.first + xs[tx].offset, row = pass.y.first + ys[begin].offset;
          packed.push_back({i * pass.plane() + pass.start(ys[begin], xs[tx]), xs[tx].offset, weight, run});
          inPlace.push_back({i * src.channel + row * src.row + column, column, weight, run});
          for (size_t ty = begin; ty < end; ++ty) weightOrder.push_back(i * pass.planeTaps() + int64_t(ty * xs.size() + tx));
        }
      }
  }
};

/// The rows of results begin..<end that read only rows which the input has, and beside them only memory that belongs to it: these need no
/// packing. The others are a few at the top and at the bottom.
struct RowsInPlace {
  int64_t begin = 0, end = 0;

  RowsInPlace() = default;
  template <class T>
  RowsInPlace(const Pass &pass, const Planes<T> &src) {
    const AxisTaps &y = pass.y, &x = pass.x;
    if (y.step != 1 || x.step != 1 || src.column != 1 || src.row < x.size || x.taps.empty() || y.taps.empty()) return;
    // Elements that are read before the first of a row, and behind its last.
    const int64_t before = std::max<int64_t>(0, -x.first), behind = std::max<int64_t>(0, x.count + x.first + x.reach - x.size);
    if (before > src.row || behind > src.row) return;
    begin = std::max<int64_t>(0, (before > 0 ? 1 : 0) - y.first);
    end = std::min(y.count, y.size - (behind > 0 ? 1 : 0) - y.first - y.reach);
    // What is packed then takes as many rows as the kernel computes together.
    if (begin > 0) begin = std::max<int64_t>(begin, rowsTogether);
    if (end < y.count) end = std::min(end, y.count - rowsTogether);
    if (end - begin < 2 * rowsTogether) begin = end = 0;
  }
};

/// dst = bias + Σ weight · src over a pass.
template <class T>
void convolve(const Pass &pass, const Planes<T> &src, const T *weight, const T *bias, const Planes<T> &dst) {
  const PlanarKernels<T> &kernel = kernels<T>();
  const ChannelBlocks blocks{pass.results, kernel.tileChannels};
  const int64_t terms = pass.terms(), fullBlock = terms * blocks.most, groupWeights = terms * blocks.paddedResults();
  Scratch<T> weights(pass.groups * groupWeights);
  packWeights(pass, blocks, weight, weights.get());
  const bool byRows = pass.results == 1 && pass.tileColumns == pass.x.count && pass.x.count >= kernel.shortestRow && terms > 0;
  const RowTerms rows = byRows ? RowTerms(pass, src) : RowTerms();
  const std::vector<int64_t> starts = byRows ? std::vector<int64_t>() : pass.starts();
  if (byRows) {
    std::vector<T> old(static_cast<size_t>(terms));
    for (int64_t g = 0; g < pass.groups; ++g) {
      T *group = weights.get() + g * terms;
      std::copy_n(group, terms, old.data());
      for (size_t t = 0; t < rows.weightOrder.size(); ++t) group[t] = old[size_t(rows.weightOrder[t])];
    }
  }

  // Where there are few tiles, several tasks share one, each with some of the channels.
  const int64_t tiles = pass.batch * pass.groups * pass.tiles();
  const int64_t shares = std::clamp<int64_t>(16 / std::max<int64_t>(tiles, 1), 1, std::max<int64_t>(1, blocks.count() / 2));
  const int64_t work = std::max<int64_t>(1, pass.tileRows * pass.tileColumns * terms * pass.results / shares);
  const RowsInPlace inPlace = byRows ? RowsInPlace(pass, src) : RowsInPlace();
  parallelRanges(tiles * shares, std::max<int64_t>(1, workOfTask / work), [&](int64_t begin, int64_t end) {
    Scratch<T> packed(pass.inputs * pass.plane() + kernel.tilePositions);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t share = task % shares, within = task / shares % pass.tiles();
      const int64_t g = task / shares / pass.tiles() % pass.groups, n = task / shares / pass.tiles() / pass.groups;
      const Tile tile(pass, within);
      const T *const group = src.data + n * src.image + g * pass.inputs * src.channel;
      const Target<T> whole{dst.data + n * dst.image + g * pass.results * dst.channel + pass.y.resultStart * dst.row +
                                (pass.x.resultStart + tile.column * pass.x.resultStep) * dst.column,
                            dst.channel, pass.y.resultStep * dst.row, pass.x.resultStep * dst.column, pass.pitch(), tile.columns};
      auto target = [&](int64_t row) {
        Target<T> target = whole;
        target.data += row * target.row;
        return target;
      };
      if (byRows) {
        const T *const w = weights.get() + g * terms, start = bias ? bias[g] : T(0);
        const int64_t count = int64_t(rows.packed.size()), last = tile.row + tile.rows;
        const int64_t top = std::clamp(inPlace.begin, tile.row, last), bottom = std::clamp(inPlace.end, top, last);
        const Ahead next = task + 1 < end ? ahead(pass, src, task + 1, pass.inputs) : Ahead();
        auto packedRows = [&](int64_t from, int64_t to, Ahead next) {
          if (from == to) return;
          Tile some = tile;
          some.row = from;
          some.rows = to - from;
          pack(pass, some, some.rows + pass.y.reach, group, src.channel, src.row, packed.get());
          kernel.rows(count, rows.packed.data(), {packed.get(), pass.pitch(), pass.pitch()}, w, start, some.rows, target(from),
                      next);
        };
        packedRows(tile.row, top, {});
        if (top < bottom)
          kernel.rows(count, rows.inPlace.data(), {group + top * src.row, src.row, pass.x.size}, w, start, bottom - top, target(top),
                      next);
        packedRows(bottom, last, top < bottom ? Ahead() : next);
        continue;
      }
      pack(pass, tile, pass.lineRows(), group, src.channel, src.row, packed.get());
      const int64_t firstBlock = blocks.count() * share / shares;
      Target<T> some = target(tile.row);
      some.data += firstBlock * blocks.most * dst.channel;
      for (int64_t b = firstBlock; b < blocks.count() * (share + 1) / shares; ++b, some.data += blocks.most * dst.channel) {
        T start[8] = {};
        if (bias) std::copy_n(bias + g * pass.results + b * blocks.most, blocks.valid(b), start);
        kernel.tile(blocks.width(b), blocks.valid(b), terms, starts.data(), packed.get(), weights.get() + g * groupWeights + b * fullBlock,
                    start, tile.positions(pass), some);
      }
    }
  });
}

template <class T>
void runInputGradient(const ember_convolution &c, const Planes<T> &gradient, const T *weight, const Planes<T> &result) {
  const int64_t inputs = c.out_channels / c.groups, results = c.in_channels / c.groups;
  const int64_t remaindersY = std::min(size(c, c.stride, 0, 1), size(c, c.input_size, 0, 1));
  const int64_t remaindersX = std::min(size(c, c.stride, 1, 1), size(c, c.input_size, 1, 1));
  for (int64_t ry = 0; ry < remaindersY; ++ry)
    for (int64_t rx = 0; rx < remaindersX; ++rx) {
      const Pass pass(c, inputs, results, inputGradientAxis(c, 0, ry), inputGradientAxis(c, 1, rx), weightOrder(c, true), sizeof(T),
                      kernels<T>().tilePositions);
      convolve(pass, gradient, weight, static_cast<const T *>(nullptr), result);
    }
}

/// The images are cut into pieces, whose sums are added in a fixed order at the end.
template <class T>
void runWeightGradient(const ember_convolution &c, const Planes<T> &src, const Planes<T> &gradient, T *result) {
  const PlanarKernels<T> &kernel = kernels<T>();
  const Pass pass = forwardPass<T>(c);
  const std::vector<int64_t> starts = pass.starts();
  const int64_t terms = pass.terms(), groupWeights = pass.results * terms;
  const int64_t units = pass.batch * pass.tiles(), parts = pass.groups >= 16 ? 1 : std::min<int64_t>(units, 16);
  const int64_t work = std::max<int64_t>(1, pass.tileRows * pass.tileColumns * groupWeights * units / parts);
  Scratch<T> partial(parts * pass.groups * groupWeights);
  parallelRanges(parts * pass.groups, std::max<int64_t>(1, workOfTask / work), [&](int64_t begin, int64_t end) {
    const int64_t longest = pass.tileRows * pass.pitch() + kernel.tilePositions;
    const int64_t packedCount = pass.inputs * pass.plane();
    Scratch<T> packed(packedCount + kernel.tilePositions), packedGradient(pass.results * longest);
    std::fill_n(packed.get() + packedCount, kernel.tilePositions, T(0));
    for (int64_t task = begin; task < end; ++task) {
      const int64_t g = task % pass.groups, part = task / pass.groups;
      T *sums = partial.get() + task * groupWeights;
      std::fill_n(sums, groupWeights, T(0));
      for (int64_t unit = units * part / parts; unit < units * (part + 1) / parts; ++unit) {
        const int64_t n = unit / pass.tiles();
        const Tile tile(pass, unit % pass.tiles());
        pack(pass, tile, pass.lineRows(), src.data + n * src.image + g * pass.inputs * src.channel, src.channel, src.row, packed.get());
        // The gradient's rows lie as far apart as those of the input, with zeros between them and behind the last one.
        const PackedLine line{pass.pitch(), 0, tile.columns, 1};
        const T *from = gradient.data + n * gradient.image + g * pass.results * gradient.channel + tile.row * gradient.row + tile.column;
        for (int64_t o = 0; o < pass.results; ++o) {
          T *to = packedGradient.get() + o * longest;
          kernel.pack(line, tile.rows, from + o * gradient.channel, gradient.row, 0, tile.rows, to);
          std::fill_n(to + tile.positions(pass), kernel.tilePositions, T(0));
        }
        Dots<T> dots{packedGradient.get(), longest, packed.get(), starts.data(), tile.positions(pass), sums, terms, {}, {}};
        if (n + 1 < pass.batch) {
          dots.inputAhead = ahead(pass, src, (n + 1) * pass.groups + g, pass.inputs);
          dots.gradientAhead = ahead(pass, gradient, (n + 1) * pass.groups + g, pass.results);
        }
        kernel.dots(pass.results, terms, dots);
      }
    }
  });
  // The taps are by line and offset; the weight's order is by kernel element.
  for (int64_t g = 0; g < pass.groups; ++g)
    for (int64_t o = 0; o < pass.results; ++o)
      for (int64_t i = 0; i < pass.inputs; ++i) {
        const T *sums = partial.get() + g * groupWeights + o * terms + i * pass.planeTaps();
        T *to = result + g * pass.weights.group + o * pass.weights.result + i * pass.weights.input;
        for (const auto &ty : pass.y.taps)
          for (const auto &tx : pass.x.taps) {
            T sum = *sums;
            for (int64_t part = 1; part < parts; ++part) sum += sums[part * pass.groups * groupWeights];
            to[ty.kernel * pass.weights.row + tx.kernel] = sum;
            ++sums;
          }
      }
}

/// Calls `body` with a value of the element type.
template <class Body>
void withType(const ember_convolution &c, Body &&body) {
  if (c.dtype == EMBER_FLOAT64) return body(double());
  body(float());
}

}  // namespace

bool suits(const ember_convolution &c) {
  if (c.spatial_rank > 2) return false;
  if (c.dtype == EMBER_FLOAT64) return true;  // the library has no kernels for it
  if (c.dtype != EMBER_FLOAT32) return false;
  if (c.groups > 1) return true;
  for (int d = 0; d < c.spatial_rank; ++d)
    if (c.kernel_size[d] != 1 || c.stride[d] != 1 || c.padding_begin[d] != 0 || c.input_size[d] != c.output_size[d]) return false;
  return true;
}

bool suitsInputGradient(const ember_convolution &c) {
  // The library computes a whole register of channels, however few there are (pictures have three).
  return c.dtype == EMBER_FLOAT32 && c.spatial_rank <= 2 && c.groups == 1 && c.in_channels <= 4;
}

bool liesInPlanes(const ember_convolution &c, const ember_view &image, bool isResult) {
  const int rank = c.spatial_rank;
  const int64_t *sizes = isResult ? c.output_size : c.input_size, channels = isResult ? c.out_channels : c.in_channels;
  int64_t plane = 1;
  for (int d = 0; d < rank; ++d) plane *= sizes[d];
  // Memory of a single channel or of single elements lies in every order at once.
  return (sizes[rank - 1] == 1 || image.strides[1 + rank] == 1) && channels > 1 && plane > 1 && image.strides[1] != 1;
}

void forward(const ember_convolution &convolution, const ember_view &src, const void *weight, const void *bias, const ember_view &dst) {
  const Call call(convolution, src, dst);
  withType(call.convolution, [&](auto zero) {
    using T = decltype(zero);
    convolve(forwardPass<T>(call.convolution), call.input<T>(), static_cast<const T *>(weight), static_cast<const T *>(bias),
             call.result<T>());
  });
}

void inputGradient(const ember_convolution &convolution, const ember_view &dstGradient, const void *weight, const ember_view &srcGradient) {
  const Call call(convolution, srcGradient, dstGradient);
  withType(call.convolution, [&](auto zero) {
    using T = decltype(zero);
    runInputGradient(call.convolution, call.result<T>(), static_cast<const T *>(weight), call.input<T>());
  });
}

void weightGradient(const ember_convolution &convolution, const ember_view &src, const ember_view &dstGradient, void *weightGradient) {
  const Call call(convolution, src, dstGradient);
  withType(call.convolution, [&](auto zero) {
    using T = decltype(zero);
    runWeightGradient(call.convolution, call.input<T>(), call.result<T>(), static_cast<T *>(weightGradient));
  });
}

}  // namespace ember::planar
