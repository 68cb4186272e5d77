// What the planar convolution's driver and its kernels, compiled per instruction set, tell each other.
#pragma once
#include <cstdint>

namespace ember::planar {

/// How a line of the input is packed: elements begin..<end of `count` come from every `step`-th element of it, the others are zero.
struct PackedLine {
  int64_t count, begin, end, step;
};

/// Terms of the sums that make the results of one channel: `run` rows of the kernel that follow one another in one of its columns.
/// `start` is where the input stands for the first of them and the first result, `column` in which column of the input's rows that is, and
/// `weight` where their weights are.
struct RowTerm {
  int64_t start, column, weight, run;
};

/// Rows `pitch` apart. Columns from 0 up to `width` are elements; beyond them, up to where terms reach, is other memory that may be read.
template <class T>
struct RowInput {
  const T *data;
  int64_t pitch, width;
};

/// The longest run of kernel rows that a row kernel takes at once, and how many rows of results it computes together.
constexpr int longestRun = 4, rowsTogether = 4;

/// Where results go. `pitch` counts packed positions from row to row, of which the first `width` are results.
template <class T>
struct Target {
  T *data;
  int64_t channel, row, column;  // strides
  int64_t pitch, width;
};

/// Memory that will be read next, fetched into the cache while a kernel computes.
struct Ahead {
  const char *next = nullptr, *end = nullptr;
};

/// sums[o · sumStride + t] += Σ_i gradient[o · gradientStride + i] · input[terms[t] + i] for i below `positions` rounded up to a whole
/// number of registers, up to which the gradient is zero and the input finite.
template <class T>
struct Dots {
  const T *gradient;
  int64_t gradientStride;
  const T *input;
  const int64_t *terms;
  int64_t positions;
  T *sums;
  int64_t sumStride;
  Ahead inputAhead, gradientAhead;
};

template <class T>
struct PlanarKernels {
  /// The most result channels that one call of `tile` computes; fewer are rounded up to a power of two.
  int64_t tileChannels;
  /// The positions that `tile` computes most efficiently, and multiples of it. So many may be read behind the last one.
  int64_t tilePositions;
  /// The shortest row that `rows` takes.
  int64_t shortestRow;
  /// Packs `lineCount` lines of which only those from `firstInside` up to `endInside` exist.
  void (*pack)(const PackedLine &line, int64_t lineCount, const T *from, int64_t fromStride, int64_t firstInside, int64_t endInside, T *to);
  /// target(o, i) = bias[o] + Σ_t weights[t · channels + o] · input[terms[t] + i] for `channels` results (1, 2, 4 or 8) at `positions`
  /// packed positions, the first `valid` of the channels stored.
  void (*tile)(int64_t channels, int64_t valid, int64_t termCount, const int64_t *terms, const T *input, const T *weights, const T *bias,
               int64_t positions, const Target<T> &target);
  /// The same for one channel and complete rows, each a register wide at least; neighbouring rows share what they read. Columns that are no
  /// elements count as zeros.
  void (*rows)(int64_t termCount, const RowTerm *terms, const RowInput<T> &input, const T *weights, T bias, int64_t rowCount,
               const Target<T> &target, Ahead ahead);
  /// The products of some channels' gradients with the terms, summed over the positions.
  void (*dots)(int64_t channels, int64_t termCount, const Dots<T> &dots);
};

}  // namespace ember::planar
