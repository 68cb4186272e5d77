// masked_select, masked_scatter, nonzero: a first pass counts in fixed chunks, a second one starts each chunk at the
// sum of those before.
#include <algorithm>
#include <cstring>

#include "../Runtime/Parallel.h"
#include "ElementTypes.h"
#include "../Runtime/ScratchMemory.h"
#include "ember_indexing.h"

using namespace ember;
using namespace ember::indexing;

namespace {

constexpr int64_t chunkElements = 64 << 10;

template <class T>
inline bool isNonzero(T value) {
  if constexpr (std::is_same_v<T, BFloat16>) return (value.bits & 0x7fff) != 0;
  else if constexpr (std::is_same_v<T, Float16>) return (std::bit_cast<uint16_t>(value) & 0x7fff) != 0;
  else return value != T(0);
}

template <class T>
int64_t countRange(const T *source, int64_t begin, int64_t end) {
  int64_t count = 0;
  for (int64_t i = begin; i < end; ++i) count += isNonzero(source[i]);
  return count;
}

/// Where each chunk's set elements start, and at the end how many there are in all.
class ChunkStarts {
 public:
  template <class T>
  ChunkStarts(const T *source, int64_t count)
      : chunks((count + chunkElements - 1) / chunkElements), starts(chunks + 1) {
    parallelRanges(count, chunkElements, [&](int64_t begin, int64_t end) {
      starts[begin / chunkElements] = countRange(source, begin, end);
    });
    int64_t sum = 0;
    for (int64_t c = 0; c < chunks; ++c) {
      int64_t here = starts[c];
      starts[c] = sum;
      sum += here;
    }
    starts[chunks] = sum;
  }
  int64_t total() const { return starts[chunks]; }
  int64_t start(int64_t chunk) const { return starts[chunk]; }

 private:
  int64_t chunks;
  Scratch<int64_t> starts;
};

}  // namespace

extern "C" int64_t ember_count_nonzero(int32_t dtype, int64_t count, const void *source) {
  return withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return ChunkStarts(static_cast<const T *>(source), count).total();
  });
}

extern "C" void ember_masked_select(int32_t element_size, int64_t count, const void *source, const void *mask,
                                    void *destination) {
  auto *set = static_cast<const uint8_t *>(mask);
  ChunkStarts chunks(set, count);
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *from = static_cast<const T *>(source);
    auto *to = static_cast<T *>(destination);
    parallelRanges(count, chunkElements, [&](int64_t begin, int64_t) {
      int64_t next = chunks.start(begin / chunkElements), stop = chunks.start(begin / chunkElements + 1);
      // Written always, kept when the mask is set: no branch to mispredict. It ends with the last set element, so
      // that nothing of the next chunk is touched.
      for (int64_t i = begin; next < stop; ++i) {
        to[next] = from[i];
        next += set[i] != 0;
      }
    });
  });
}

extern "C" void ember_masked_scatter(int32_t element_size, int64_t count, void *destination, const void *mask,
                                     const void *source) {
  auto *set = static_cast<const uint8_t *>(mask);
  ChunkStarts chunks(set, count);
  withElementSize(element_size, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *from = static_cast<const T *>(source);
    auto *to = static_cast<T *>(destination);
    parallelRanges(count, chunkElements, [&](int64_t begin, int64_t) {
      int64_t next = chunks.start(begin / chunkElements), stop = chunks.start(begin / chunkElements + 1);
      for (int64_t i = begin; next < stop; ++i)
        if (set[i]) to[i] = from[next++];
    });
  });
}

extern "C" void ember_nonzero(int32_t dtype, int32_t rank, const int64_t *shape, const void *source,
                              int64_t *coordinates) {
  int64_t count = 1;
  for (int d = 0; d < rank; ++d) count *= shape[d];
  if (count == 0 || rank == 0) return;
  const int64_t inner = shape[rank - 1];
  withDType(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto *from = static_cast<const T *>(source);
    ChunkStarts chunks(from, count);
    parallelRanges(count, chunkElements, [&](int64_t begin, int64_t end) {
      int64_t next = chunks.start(begin / chunkElements), stop = chunks.start(begin / chunkElements + 1);
      if (rank == 1) {
        for (int64_t i = begin; next < stop; ++i) {
          coordinates[next] = i;
          next += isNonzero(from[i]);
        }
        return;
      }
      int64_t position[EMBER_MAX_RANK], rest = begin / inner;
      for (int d = rank - 2; d >= 0; --d) {
        position[d] = rest % shape[d];
        rest /= shape[d];
      }
      for (int64_t i = begin, column = begin % inner; i < end && next < stop; column = 0) {
        const int64_t rowEnd = std::min(end, i + inner - column);
        for (; i < rowEnd; ++i, ++column) {
          if (!isNonzero(from[i])) continue;
          int64_t *at = coordinates + next++ * rank;
          for (int d = 0; d < rank - 1; ++d) at[d] = position[d];
          at[rank - 1] = column;
        }
        for (int d = rank - 2; d >= 0; --d) {
          if (++position[d] < shape[d]) break;
          position[d] = 0;
        }
      }
    });
  });
}
