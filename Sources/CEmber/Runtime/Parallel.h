// ember_parallel for C++ lambdas.
#pragma once
#include <utility>

#include "ember_runtime.h"

namespace ember {

/// Calls `body(index)` for every index below `count` on the pool.
template <class Body>
inline void parallel(int64_t count, Body &&body) {
  ember_parallel(
      count, [](void *context, int64_t index) { (*static_cast<std::remove_reference_t<Body> *>(context))(index); },
      const_cast<void *>(static_cast<const void *>(&body)));
}

/// Calls `body` once on each thread of the pool, the caller's included: for what is a property of threads.
void onEveryThread(void (*body)(void *), void *context);

/// Splits 0..<total into pieces of `grain` (a fixed number, never derived from the thread count, so that results do not depend
/// on it) and calls `body(begin, end)` for each on the pool.
template <class Body>
inline void parallelRanges(int64_t total, int64_t grain, Body &&body) {
  parallel((total + grain - 1) / grain, [&](int64_t index) {
    int64_t begin = index * grain;
    body(begin, begin + grain < total ? begin + grain : total);
  });
}

}  // namespace ember
