#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "ember_copy.h"

namespace ember {

struct Element16 {
  uint64_t low, high;
};

using CopyRow = void (*)(int64_t count, void *destination, int64_t destinationStride, const void *source,
                         int64_t sourceStride);
using CopyTile = void (*)(int64_t rows, int64_t columns, void *destination, int64_t destinationRow,
                          int64_t destinationColumn, const void *source, int64_t sourceRow, int64_t sourceColumn);

struct CopyKernels {
  CopyRow row[5];
  CopyTile tile[5];
};

}  // namespace ember

#define EMBER_KERNELS "../Copy/Copy.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr int64_t grainBytes = 128 << 10;

struct Dimension {
  int64_t size, destination, source;  // strides in elements
};

/// The copy reduced to its essence: no dimension of size one, destination strides positive and falling, neighbours
/// that are one run in both layouts joined.
struct Layout {
  Dimension dims[EMBER_MAX_RANK];
  int rank = 0;
  int64_t count = 1;
  int64_t destinationOffset = 0, sourceOffset = 0;

  Layout(int32_t inputRank, const int64_t *shape, const int64_t *destinationStrides, const int64_t *sourceStrides) {
    for (int d = 0; d < inputRank; ++d) {
      count *= shape[d];
      if (shape[d] != 1) dims[rank++] = {shape[d], destinationStrides[d], sourceStrides[d]};
    }
    if (count == 0) return;
    for (int d = 0; d < rank; ++d)
      if (dims[d].destination < 0) flip(d);
    // Insertion sort: stable, and dimensions nearly always come in order.
    for (int d = 1; d < rank; ++d)
      for (int e = d; e > 0 && dims[e - 1].destination < dims[e].destination; --e) std::swap(dims[e - 1], dims[e]);
    int joined = 0;
    for (int d = 0; d < rank; ++d) {
      Dimension &last = dims[joined - (joined > 0)];
      if (joined > 0 && last.destination == dims[d].size * dims[d].destination &&
          last.source == dims[d].size * dims[d].source) {
        last = {last.size * dims[d].size, dims[d].destination, dims[d].source};
      } else {
        dims[joined++] = dims[d];
      }
    }
    rank = joined;
  }

  void flip(int d) {
    destinationOffset += (dims[d].size - 1) * dims[d].destination;
    sourceOffset += (dims[d].size - 1) * dims[d].source;
    dims[d].destination = -dims[d].destination;
    dims[d].source = -dims[d].source;
  }
};

/// Walks the outer dimensions of a layout in row-major order.
struct Odometer {
  const Dimension *dims;
  int rank;
  int64_t position[EMBER_MAX_RANK];
  int64_t destination = 0, source = 0;

  Odometer(const Dimension *dims, int rank, int64_t index) : dims(dims), rank(rank) {
    for (int d = rank - 1; d >= 0; --d) {
      position[d] = index % dims[d].size;
      index /= dims[d].size;
      destination += position[d] * dims[d].destination;
      source += position[d] * dims[d].source;
    }
  }
  void advance() {
    for (int d = rank - 1; d >= 0; --d) {
      destination += dims[d].destination;
      source += dims[d].source;
      if (++position[d] < dims[d].size) return;
      destination -= dims[d].size * dims[d].destination;
      source -= dims[d].size * dims[d].source;
      position[d] = 0;
    }
  }
};

int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }
int64_t piecesOf(int64_t total, int64_t size) { return (total + size - 1) / size; }

/// Runs `body(begin, end)` over `items` of about `itemBytes` each; on the caller when all of them are little work.
template <class Body>
void distribute(int64_t items, int64_t itemBytes, Body &&body) {
  int64_t grain = std::max<int64_t>(1, grainBytes / std::max<int64_t>(1, itemBytes));
  if (items <= grain) return body(int64_t(0), items);
  parallelRanges(items, grain, body);
}

void copyRows(const Layout &layout, int64_t elementSize, char *destination, const char *source, CopyRow row) {
  const Dimension inner = layout.dims[layout.rank - 1];
  const int outerRank = layout.rank - 1;
  const int64_t rows = layout.count / inner.size;
  const int64_t segment = std::min(inner.size, std::max<int64_t>(1, grainBytes / elementSize));
  const int64_t segments = piecesOf(inner.size, segment);
  if (segments == 1) {
    distribute(rows, inner.size * elementSize, [&](int64_t begin, int64_t end) {
      Odometer at(layout.dims, outerRank, begin);
      for (int64_t r = begin; r < end; ++r, at.advance())
        row(inner.size, destination + at.destination * elementSize, inner.destination, source + at.source * elementSize,
            inner.source);
    });
    return;
  }
  distribute(rows * segments, segment * elementSize, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      Odometer at(layout.dims, outerRank, item / segments);
      int64_t first = item % segments * segment;
      row(std::min(segment, inner.size - first),
          destination + (at.destination + first * inner.destination) * elementSize, inner.destination,
          source + (at.source + first * inner.source) * elementSize, inner.source);
    }
  });
}

/// The last dimension is the destination's fast one, the one before it the source's.
void copyTiles(const Layout &layout, int64_t elementSize, char *destination, const char *source, CopyTile tile) {
  const Dimension column = layout.dims[layout.rank - 1], row = layout.dims[layout.rank - 2];
  const int outerRank = layout.rank - 2;
  const int64_t outer = layout.count / (row.size * column.size);
  // A tile of each side fits the first-level cache; a side of few elements is taken whole.
  constexpr int64_t few = 4;
  int64_t side = elementSize <= 2 ? 128 : elementSize <= 8 ? 64 : 32;
  int64_t tileRows = std::min(row.size, column.size <= few ? 4096 / elementSize * 4 : side);
  int64_t tileColumns = std::min(column.size, row.size <= few ? 4096 / elementSize * 4 : side);
  const int64_t rowTiles = piecesOf(row.size, tileRows), columnTiles = piecesOf(column.size, tileColumns);
  const int64_t tiles = rowTiles * columnTiles;
  distribute(outer * tiles, tileRows * tileColumns * elementSize, [&](int64_t begin, int64_t end) {
    int64_t within = begin % tiles;
    Odometer at(layout.dims, outerRank, begin / tiles);
    int64_t tileRow = within / columnTiles, tileColumn = within % columnTiles;
    for (int64_t item = begin; item < end; ++item) {
      int64_t j = tileRow * tileRows, i = tileColumn * tileColumns;
      tile(std::min(tileRows, row.size - j), std::min(tileColumns, column.size - i),
           destination + (at.destination + j * row.destination + i * column.destination) * elementSize, row.destination,
           column.destination, source + (at.source + j * row.source + i * column.source) * elementSize, row.source,
           column.source);
      if (++tileColumn == columnTiles) {
        tileColumn = 0;
        if (++tileRow == rowTiles) {
          tileRow = 0;
          at.advance();
        }
      }
    }
  });
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" void ember_copy_strided(int32_t element_size, int32_t rank, const int64_t *shape, void *destination,
                                   const int64_t *destination_strides, const void *source,
                                   const int64_t *source_strides) {
  Layout layout(rank, shape, destination_strides, source_strides);
  if (layout.count == 0) return;
  const int sizeClass = std::countr_zero(unsigned(element_size));
  const CopyKernels *kernels = EMBER_SELECT(copying::copyKernels);
  if (layout.rank == 0) {
    kernels->row[sizeClass](1, static_cast<char *>(destination) + layout.destinationOffset * element_size, 1,
                            static_cast<const char *>(source) + layout.sourceOffset * element_size, 1);
    return;
  }
  int last = layout.rank - 1;
  // The dimension in which the source moves least: when it is not the destination's fast one, walking rows would
  // touch a new cache line for every element.
  int fastest = last;
  for (int d = 0; d < last; ++d)
    if (layout.dims[d].source != 0 && magnitude(layout.dims[d].source) < magnitude(layout.dims[fastest].source))
      fastest = d;
  // Every element repeated a few times in a row: rows would be too short.
  const bool repeats = last > 0 && layout.dims[last].source == 0 && layout.dims[last].size <= 4 && layout.dims[last - 1].source != 0;
  bool tiled = fastest != last || repeats;
  if (fastest != last) {
    std::rotate(layout.dims + fastest, layout.dims + fastest + 1, layout.dims + last);
    if (layout.dims[last - 1].source < 0) layout.flip(last - 1);
  }
  char *to = static_cast<char *>(destination) + layout.destinationOffset * element_size;
  const char *from = static_cast<const char *>(source) + layout.sourceOffset * element_size;
  if (tiled) copyTiles(layout, element_size, to, from, kernels->tile[sizeClass]);
  else copyRows(layout, element_size, to, from, kernels->row[sizeClass]);
}

extern "C" void ember_fill_strided(int32_t element_size, int32_t rank, const int64_t *shape, void *destination,
                                   const int64_t *destination_strides, const void *pattern) {
  static constexpr int64_t still[EMBER_MAX_RANK] = {};
  ember_copy_strided(element_size, rank, shape, destination, destination_strides, pattern, still);
}

extern "C" void ember_copy_bytes(void *destination, const void *source, int64_t bytes) {
  distribute(bytes, 1, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<char *>(destination) + begin, static_cast<const char *>(source) + begin,
                size_t(end - begin));
  });
}
