// Copies of which every dimension has a list of places to read: borders, enlarged images. And of triangles.
#include <algorithm>
#include <cstring>
#include <vector>

#include "../Indexing/ElementTypes.h"
#include "../Runtime/Parallel.h"
#include "ember_copy.h"

namespace ember {
namespace {

constexpr int64_t grainBytes = 128 << 10;

/// Elements of a row that are read alike.
struct Run {
  enum Kind { neighbours, doubled, any } kind;
  int64_t begin, end;  // in the destination
};

/// Divides a row with the source offsets `at` into pieces: of neighbours, of neighbours twice each, and of what is neither.
std::vector<Run> runsOf(const std::vector<int64_t> &at) {
  const int64_t count = int64_t(at.size());
  constexpr int64_t worthwhile = 8;
  std::vector<Run> runs;
  const auto add = [&](Run::Kind kind, int64_t begin, int64_t end) {
    if (kind == Run::any && !runs.empty() && runs.back().kind == Run::any) runs.back().end = end;
    else runs.push_back({kind, begin, end});
  };
  for (int64_t i = 0; i < count;) {
    int64_t neighbours = i + 1, doubled = i;
    while (neighbours < count && at[size_t(neighbours)] == at[size_t(neighbours - 1)] + 1) ++neighbours;
    while (doubled + 1 < count && at[size_t(doubled)] == at[size_t(doubled + 1)] &&
           (doubled == i || at[size_t(doubled)] == at[size_t(doubled - 1)] + 1))
      doubled += 2;
    const bool isRow = neighbours - i >= worthwhile, isDoubled = doubled - i >= worthwhile;
    const int64_t end = isRow ? neighbours : isDoubled ? doubled : i + 1;
    add(isRow ? Run::neighbours : isDoubled ? Run::doubled : Run::any, i, end);
    i = end;
  }
  return runs;
}

template <class T>
void copyAtPlaces(int rank, const int64_t *shape, T *destination, const T *source, const int64_t *strides,
                  const int64_t *const *places) {
  const int64_t columns = shape[rank - 1];
  std::vector<int64_t> offsets[EMBER_MAX_RANK];
  int64_t rows = 1;
  for (int d = 0; d < rank; ++d) {
    offsets[d].resize(size_t(shape[d]));
    for (int64_t i = 0; i < shape[d]; ++i) offsets[d][size_t(i)] = (places[d] ? places[d][i] : i) * strides[d];
    if (d < rank - 1) rows *= shape[d];
  }
  const std::vector<Run> runs = runsOf(offsets[rank - 1]);
  const int64_t *at = offsets[rank - 1].data();
  const auto copyRow = [&](T *to, const T *from) {
    for (const Run &run : runs) {
      switch (run.kind) {
        case Run::neighbours: std::memcpy(to + run.begin, from + at[run.begin], size_t(run.end - run.begin) * sizeof(T)); break;
        case Run::doubled: {
          const T *first = from + at[run.begin];
          T *pairs = to + run.begin;
          for (int64_t i = 0; i < (run.end - run.begin) / 2; ++i) pairs[2 * i] = pairs[2 * i + 1] = first[i];
          break;
        }
        case Run::any:
          for (int64_t i = run.begin; i < run.end; ++i) to[i] = from[at[i]];
      }
    }
  };
  parallelRanges(rows, std::max<int64_t>(1, grainBytes / int64_t(sizeof(T) * size_t(columns))), [&](int64_t begin, int64_t end) {
    int64_t position[EMBER_MAX_RANK], rest = begin;
    for (int d = rank - 2; d >= 0; --d) {
      position[d] = rest % shape[d];
      rest /= shape[d];
    }
    int64_t last = -1;
    for (int64_t row = begin; row < end; ++row) {
      int64_t from = 0;
      for (int d = 0; d < rank - 1; ++d) from += offsets[d][size_t(position[d])];
      T *to = destination + row * columns;
      if (row > begin && from == last) std::memcpy(to, to - columns, size_t(columns) * sizeof(T));
      else copyRow(to, source + from);
      last = from;
      for (int d = rank - 2; d >= 0 && ++position[d] == shape[d]; --d) position[d] = 0;
    }
  });
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" void ember_copy_at_places(int32_t element_size, int32_t rank, const int64_t *shape, void *destination, const void *source,
                                     const int64_t *source_strides, const int64_t *const *places) {
  for (int d = 0; d < rank; ++d)
    if (shape[d] == 0) return;
  if (rank == 0) {
    std::memcpy(destination, source, size_t(element_size));
    return;
  }
  indexing::withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    copyAtPlaces(rank, shape, static_cast<T *>(destination), static_cast<const T *>(source), source_strides, places);
  });
}

extern "C" void ember_copy_triangle(int32_t element_size, int64_t batch, int64_t rows, int64_t columns, bool upper, int64_t diagonal,
                                    void *destination, const void *source) {
  const int64_t rowBytes = columns * element_size;
  auto *to = static_cast<char *>(destination);
  auto *from = static_cast<const char *>(source);
  parallelRanges(batch * rows, std::max<int64_t>(1, grainBytes / std::max<int64_t>(1, rowBytes)), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      // Where the lower part ends, or the upper one begins.
      const int64_t here = row % rows, cut = std::clamp<int64_t>(here + diagonal + (upper ? 0 : 1), 0, columns) * element_size;
      char *target = to + row * rowBytes;
      const char *line = from + row * rowBytes;
      if (upper) {
        std::memset(target, 0, size_t(cut));
        std::memcpy(target + cut, line + cut, size_t(rowBytes - cut));
      } else {
        std::memcpy(target, line, size_t(cut));
        std::memset(target + cut, 0, size_t(rowBytes - cut));
      }
    }
  });
}
