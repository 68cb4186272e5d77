// The memory that sums are taken in: the destination itself, or a float32 copy of a 16-bit destination.
#pragma once
#include "../Runtime/Parallel.h"
#include "ElementTypes.h"
#include "IndexLoop.h"
#include "../Runtime/ScratchMemory.h"

namespace ember::indexing {

/// 16-bit floats are widened once before and rounded once after; other types are used in place.
template <class T>
class AccumulatorBuffer {
 public:
  using A = Accumulator<T>;
  static constexpr bool widened = !std::is_same_v<A, T>;

  AccumulatorBuffer(T *destination, int64_t count)
      : destination(destination), count(count), scratch(widened ? count : 0) {
    if constexpr (widened)
      parallelRanges(count, 4 * grainElements, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) scratch[i] = A(destination[i]);
      });
  }
  A *data() const {
    if constexpr (widened) return scratch.get();
    else return destination;
  }
  /// Rounds the sums into the destination.
  void finish() const {
    if constexpr (widened)
      parallelRanges(count, 4 * grainElements, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) destination[i] = T(scratch[i]);
      });
  }

 private:
  T *destination;
  int64_t count;
  Scratch<A> scratch;
};

}  // namespace ember::indexing
