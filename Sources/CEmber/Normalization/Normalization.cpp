// Normalisation: dispatch by type and layout, how work is shared out, and the sums for the parameters' gradients, which are joined in a fixed
// order.
#include "ember_normalization.h"

#include <algorithm>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Caches.h"
#include "../Runtime/Parallel.h"
#include "NormalizationKernels.h"

#define EMBER_KERNELS "../Normalization/Normalization.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

using namespace ember;

namespace {

constexpr int64_t elementsPerTask = 1 << 14;

/// The index in the kernel tables, or -1.
int normalizedType(int32_t dtype) { return dtype >= EMBER_FLOAT16 && dtype <= EMBER_FLOAT64 ? dtype - EMBER_FLOAT16 : -1; }

int64_t bytesOf(int type) { return type < 2 ? 2 : type == 2 ? 4 : 8; }
int64_t statisticBytes(int type) { return type < 3 ? 4 : 8; }

const char *at(const void *data, int64_t bytes) { return static_cast<const char *>(data) + bytes; }
char *at(void *data, int64_t bytes) { return data ? static_cast<char *>(data) + bytes : nullptr; }

/// Whether a pass over `arrays` of `count` elements is more than the caches hold, so that its result is better stored past them.
bool exceedsCaches(int type, int64_t count, int arrays) { return count * bytesOf(type) * arrays >= lastLevelCacheSize(); }

/// Memory for one call.
struct Scratch {
  const size_t bytes;
  char *const memory;

  explicit Scratch(int64_t size) : bytes(size_t(std::max<int64_t>(size, 1))), memory(static_cast<char *>(ember_allocate(bytes))) {}
  ~Scratch() {
    if (memory) ember_deallocate(memory, bytes);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
};

/// result[p] = the sum of terms[i · step + p] for i below `count`, in order.
void joinSums(int type, const double *terms, int64_t count, int64_t step, void *result) {
  if (!result) return;
  parallelRanges(step, 1 << 12, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      double sum = 0;
      for (int64_t i = 0; i < count; ++i) sum += terms[i * step + p];
      if (type < 3) static_cast<float *>(result)[p] = float(sum);
      else static_cast<double *>(result)[p] = sum;
    }
  });
}

}  // namespace

extern "C" int32_t ember_normalize_rows(const ember_normalized_rows *pointer, const void *x, void *y, void *mean, void *variance) {
  const ember_normalized_rows &shape = *pointer;
  const int type = normalizedType(shape.dtype);
  if (type < 0) return -1;
  const auto forward = EMBER_SELECT(kernels)->rowsForward[type];
  const int64_t grain = std::max<int64_t>(1, elementsPerTask / std::max<int64_t>(shape.n, 1));
  const bool streams = exceedsCaches(type, shape.rows * shape.n, 2);
  parallelRanges(shape.rows, grain, [&](int64_t begin, int64_t end) { forward(shape, x, y, begin, end, mean, variance, streams); });
  return 0;
}

extern "C" int32_t ember_normalize_rows_backward(const ember_normalized_rows *pointer, const void *x, const void *g, const void *mean,
                                                 const void *variance, void *dx, void *dweight, void *dbias) {
  const ember_normalized_rows &shape = *pointer;
  const int type = normalizedType(shape.dtype);
  if (type < 0) return -1;
  const auto backward = EMBER_SELECT(kernels)->rowsBackward[type];
  const bool streams = exceedsCaches(type, shape.rows * shape.n, 3);
  int64_t grain = std::max<int64_t>(1, elementsPerTask / std::max<int64_t>(shape.n, 1));
  if (!dweight && !dbias) {
    parallelRanges(shape.rows, grain, [&](int64_t begin, int64_t end) {
      backward(shape, x, g, mean, variance, dx, begin, end, nullptr, nullptr, nullptr, streams);
    });
    return 0;
  }
  // A sum for each parameter and task where every element has its own, else one for each segment.
  const bool perTask = shape.segment == 1;
  if (perTask) {
    const int64_t most = std::clamp<int64_t>((int64_t(1) << 20) / std::max<int64_t>(shape.parameters, 1), 1, 64);
    grain = std::max(grain, (shape.rows + most - 1) / most);
  }
  const int64_t tasks = (shape.rows + grain - 1) / grain;
  const int64_t terms = perTask ? tasks * shape.parameters : shape.rows * (shape.n / shape.segment);
  const int64_t partialBytes = perTask ? 2 * shape.n * statisticBytes(type) : 0;
  Scratch scratch(2 * terms * int64_t(sizeof(double)) + tasks * partialBytes);
  if (!scratch.memory) return -2;
  double *weightSums = reinterpret_cast<double *>(scratch.memory), *biasSums = weightSums + terms;
  char *partials = reinterpret_cast<char *>(biasSums + terms);
  parallelRanges(shape.rows, grain, [&](int64_t begin, int64_t end) {
    const int64_t offset = perTask ? begin / grain * shape.parameters : 0;
    if (perTask) {
      std::fill_n(weightSums + offset, shape.parameters, 0.0);
      std::fill_n(biasSums + offset, shape.parameters, 0.0);
    }
    backward(shape, x, g, mean, variance, dx, begin, end, dweight ? weightSums + offset : nullptr, dbias ? biasSums + offset : nullptr,
             partials + begin / grain * partialBytes, streams);
  });
  const int64_t count = shape.parameters > 0 ? terms / shape.parameters : 0;
  joinSums(type, weightSums, count, shape.parameters, dweight);
  joinSums(type, biasSums, count, shape.parameters, dbias);
  return 0;
}

namespace {

/// How [outer, channels, inner] is cut: where inner is 1 into ranges of rows, else into pieces of planes.
struct ChannelCut {
  static constexpr int64_t pieceSize = 1 << 16;
  const ember_normalized_channels &shape;
  const bool columns = shape.inner == 1;
  const int64_t rowsPerTask = std::max<int64_t>(std::max<int64_t>(1, elementsPerTask / std::max<int64_t>(shape.channels, 1)),
                                                (shape.outer + 63) / 64);
  const int64_t rowTasks = (shape.outer + rowsPerTask - 1) / rowsPerTask;
  const int64_t piecesPerPlane = (shape.inner + pieceSize - 1) / pieceSize;
  const int64_t pieces = shape.outer * shape.channels * piecesPerPlane;

  /// `rows(task, firstRow, count)` on the pool.
  template <class Rows>
  void forRows(Rows &&rows) const {
    parallelRanges(shape.outer, rowsPerTask, [&](int64_t begin, int64_t end) { rows(begin / rowsPerTask, begin, end - begin); });
  }
  /// `plane(piece, channel, firstElement, count)` on the pool.
  template <class Plane>
  void forPieces(Plane &&plane) const {
    const int64_t grain = std::max<int64_t>(1, elementsPerTask / std::min(shape.inner, pieceSize));
    parallelRanges(pieces, grain, [&](int64_t begin, int64_t end) {
      for (int64_t piece = begin; piece < end; ++piece) {
        const int64_t index = piece / piecesPerPlane, first = piece % piecesPerPlane * pieceSize;
        plane(piece, index % shape.channels, index * shape.inner + first, std::min(pieceSize, shape.inner - first));
      }
    });
  }
};

}  // namespace

extern "C" int32_t ember_normalize_channels(const ember_normalized_channels *pointer, const void *x, const void *mean, const void *variance,
                                            void *y) {
  const ember_normalized_channels &shape = *pointer;
  const int type = normalizedType(shape.dtype);
  if (type < 0) return -1;
  const NormalizationKernels &kernels = *EMBER_SELECT(kernels);
  const int64_t bytes = bytesOf(type), line = shape.channels * statisticBytes(type);
  Scratch scratch(2 * line);
  if (!scratch.memory) return -2;
  kernels.channelAffine[type](shape, variance, scratch.memory, scratch.memory + line);
  const ChannelAffine affine = {mean, scratch.memory, scratch.memory + line};
  const ChannelCut cut = {shape};
  const bool streams = exceedsCaches(type, shape.outer * shape.channels * shape.inner, 2);
  if (cut.columns) {
    cut.forRows([&](int64_t, int64_t first, int64_t count) {
      const int64_t offset = first * shape.channels * bytes;
      kernels.columnsForward[type](at(x, offset), at(y, offset), count, shape.channels, affine, streams);
    });
  } else {
    cut.forPieces([&](int64_t, int64_t channel, int64_t first, int64_t count) {
      kernels.planeForward[type](at(x, first * bytes), at(y, first * bytes), count, affine, channel, streams);
    });
  }
  return 0;
}

extern "C" int32_t ember_normalize_channels_backward(const ember_normalized_channels *pointer, const void *x, const void *g, const void *mean,
                                                     const void *variance, void *dx, void *dweight, void *dbias) {
  const ember_normalized_channels &shape = *pointer;
  const int type = normalizedType(shape.dtype);
  if (type < 0) return -1;
  const NormalizationKernels &kernels = *EMBER_SELECT(kernels);
  const int64_t bytes = bytesOf(type), line = shape.channels * statisticBytes(type), channels = shape.channels;
  const ChannelCut cut = {shape};
  const int64_t terms = cut.columns ? cut.rowTasks * channels : cut.pieces;
  Scratch scratch(2 * (terms + channels) * int64_t(sizeof(double)) + 3 * line);
  if (!scratch.memory) return -2;
  double *sums = reinterpret_cast<double *>(scratch.memory), *products = sums + channels;
  double *sumTerms = products + channels, *productTerms = sumTerms + terms;
  char *shift = reinterpret_cast<char *>(productTerms + terms), *slope = shift + line, *factor = slope + line;
  std::fill_n(sums, 2 * channels, 0.0);
  if (cut.columns) {
    cut.forRows([&](int64_t task, int64_t first, int64_t count) {
      const int64_t offset = first * channels * bytes;
      kernels.columnsSums[type](at(x, offset), at(g, offset), count, channels, mean, sumTerms + task * channels,
                                productTerms + task * channels);
    });
    for (int64_t i = 0; i < terms; ++i) {
      sums[i % channels] += sumTerms[i];
      products[i % channels] += productTerms[i];
    }
  } else {
    cut.forPieces([&](int64_t piece, int64_t channel, int64_t first, int64_t count) {
      kernels.planeSums[type](at(x, first * bytes), at(g, first * bytes), count, mean, channel, sumTerms + piece, productTerms + piece);
    });
    for (int64_t i = 0; i < terms; ++i) {
      const int64_t channel = i / cut.piecesPerPlane % channels;
      sums[channel] += sumTerms[i];
      products[channel] += productTerms[i];
    }
  }
  kernels.channelGradient[type](shape, variance, sums, products, shift, slope, factor, dweight, dbias);
  if (!dx) return 0;
  const ChannelGradient gradient = {mean, shift, slope, factor};
  const bool streams = exceedsCaches(type, shape.outer * channels * shape.inner, 3);
  if (cut.columns) {
    cut.forRows([&](int64_t, int64_t first, int64_t count) {
      const int64_t offset = first * channels * bytes;
      kernels.columnsBackward[type](at(x, offset), at(g, offset), at(dx, offset), count, channels, gradient, streams);
    });
  } else {
    cut.forPieces([&](int64_t, int64_t channel, int64_t first, int64_t count) {
      kernels.planeBackward[type](at(x, first * bytes), at(g, first * bytes), at(dx, first * bytes), count, gradient, channel, streams);
    });
  }
  return 0;
}
