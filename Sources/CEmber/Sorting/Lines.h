// A tensor (outer, n, inner) as lines of n neighbouring elements: when inner is not one, through transposed scratch
// memory.
#pragma once
#include <algorithm>

#include "../Runtime/ScratchMemory.h"
#include "../Runtime/Parallel.h"
#include "ember_copy.h"

namespace ember::sorting {

template <class T>
inline void transposeLines(int64_t outer, int64_t rows, int64_t columns, T *destination, const T *source) {
  const int64_t shape[3] = {outer, columns, rows};
  const int64_t to[3] = {rows * columns, rows, 1}, from[3] = {rows * columns, 1, columns};
  ember_copy_strided(sizeof(T), 3, shape, destination, to, source, from);
}

template <class T>
class InputLines {
 public:
  InputLines(const T *source, int64_t outer, int64_t n, int64_t inner)
      : source(source), n(n), scratch(needsScratch(n, inner) ? outer * n * inner : 0) {
    if (!needsScratch(n, inner)) return;
    transposeLines(outer, n, inner, scratch.get(), source);
    this->source = scratch.get();
  }
  const T *operator[](int64_t line) const { return source + line * n; }

 private:
  static bool needsScratch(int64_t n, int64_t inner) { return n > 1 && inner > 1; }
  const T *source;
  int64_t n;
  Scratch<T> scratch;
};

/// Lines of k results; `finish` puts them where they belong. A null destination stays null.
template <class T>
class OutputLines {
 public:
  OutputLines(T *destination, int64_t outer, int64_t k, int64_t inner)
      : destination(destination), outer(outer), k(k), inner(inner),
        scratch(destination && k > 1 && inner > 1 ? outer * k * inner : 0) {}
  explicit operator bool() const { return destination != nullptr; }
  T *operator[](int64_t line) const { return (scratch.get() ? scratch.get() : destination) + line * k; }
  void finish() const {
    if (scratch.get()) transposeLines(outer, inner, k, destination, scratch.get());
  }

 private:
  T *destination;
  int64_t outer, k, inner;
  Scratch<T> scratch;
};

/// Calls `body(firstLine, endLine, alone)`. Few long lines come one by one with `alone` set: then the body may use
/// the pool itself.
template <class Body>
inline void forEachLine(int64_t lines, int64_t n, Body &&body) {
  constexpr int64_t grainElements = 8 << 10, longLine = 128 << 10;
  if (lines == 0) return;
  const int64_t grain = std::max<int64_t>(1, grainElements / std::max<int64_t>(1, n));
  if (lines <= grain || (lines < ember_thread_count() && n >= longLine)) body(int64_t(0), lines, true);
  else parallelRanges(lines, grain, [&](int64_t begin, int64_t end) { body(begin, end, false); });
}

}  // namespace ember::sorting
