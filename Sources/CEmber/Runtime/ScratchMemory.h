// Memory that lives as long as one kernel call, from the caching allocator.
#pragma once
#include <cstdio>
#include <cstdlib>

#include "ember_runtime.h"

namespace ember {

/// Uninitialised elements.
template <class T>
class Scratch {
 public:
  explicit Scratch(int64_t count) : bytes(size_t(count) * sizeof(T)) {
    if (bytes == 0) return;
    pointer = static_cast<T *>(ember_allocate(bytes));
    if (!pointer) {
      // No kernel has a way on without its scratch memory, and none reports this one: stop with a reason.
      std::fprintf(stderr, "Ember: out of memory: a kernel could not get %zu bytes of scratch memory\n", bytes);
      std::abort();
    }
  }
  ~Scratch() {
    if (pointer) ember_deallocate(pointer, bytes);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  T *get() const { return pointer; }
  T &operator[](int64_t i) const { return pointer[i]; }

 private:
  size_t bytes;
  T *pointer = nullptr;
};

}  // namespace ember
