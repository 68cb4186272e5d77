// The caching allocator. PyTorch on the CPU takes fresh pages from the kernel for every large result; keeping blocks is worth more
// than any kernel. Sizes are rounded to classes (eight steps to each power of two: at most 12.5 % is lost), free blocks of a
// class form a stack, small classes have a private stack in each thread that needs no lock.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "ember_profiling.h"
#include "ember_runtime.h"

namespace {

constexpr size_t alignment = 64;
constexpr size_t hugePage = size_t(2) << 20;
constexpr size_t smallLimit = 4096;   // classes up to here have per-thread stacks
constexpr int smallClasses = smallLimit / alignment;
constexpr int perThread = 32;         // blocks a thread keeps of each small class
constexpr int largeClasses = 64 * 8;

/// Small: multiples of 64 bytes. Large: eight classes between powers of two.
size_t roundUp(size_t bytes) {
  if (bytes <= smallLimit) return bytes == 0 ? alignment : (bytes + alignment - 1) & ~(alignment - 1);
  size_t step = std::bit_floor(bytes - 1) / 8;
  return (bytes + step - 1) / step * step;
}

int largeClass(size_t rounded) {
  int power = std::bit_width(rounded) - 1;
  return power * 8 + int((rounded >> (power - 3)) & 7);
}

std::atomic<int64_t> currentBytes{0}, peakBytes{0}, cachedBytes{0}, allocations{0}, systemAllocations{0};

int64_t defaultCacheLimit() {
  // Half of the machine: a training step's working set is kept, and a forgotten spike cannot starve everything else.
  return int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 2;
}
std::atomic<int64_t> cacheLimit{defaultCacheLimit()};

void *systemAllocate(size_t rounded) {
  systemAllocations.fetch_add(1, std::memory_order_relaxed);
  if (rounded < hugePage) return std::aligned_alloc(alignment, rounded);
  void *pointer = nullptr;
  if (posix_memalign(&pointer, hugePage, rounded)) return nullptr;
  madvise(pointer, rounded, MADV_HUGEPAGE);  // advice: a refusal costs only speed
  return pointer;
}

struct Shared {
  std::mutex lock;
  std::vector<void *> small[smallClasses + 1];
  std::vector<void *> large[largeClasses];

  void *take(std::vector<void *> &stack, size_t rounded) {
    std::lock_guard guard(lock);
    if (stack.empty()) return nullptr;
    void *pointer = stack.back();
    stack.pop_back();
    cachedBytes.fetch_sub(int64_t(rounded), std::memory_order_relaxed);
    return pointer;
  }
  void give(std::vector<void *> &stack, void *pointer, size_t rounded) {
    if (cachedBytes.load(std::memory_order_relaxed) + int64_t(rounded) > cacheLimit.load(std::memory_order_relaxed)) {
      std::free(pointer);
      return;
    }
    std::lock_guard guard(lock);
    stack.push_back(pointer);
    cachedBytes.fetch_add(int64_t(rounded), std::memory_order_relaxed);
  }
};

/// Never destroyed: tensors in globals may be released after static destructors have run.
Shared &shared() {
  static Shared *instance = new Shared;
  return *instance;
}

struct ThreadCache {
  void *blocks[smallClasses + 1][perThread];
  int count[smallClasses + 1] = {};
  bool closed = false;

  ~ThreadCache() {
    closed = true;
    for (int c = 0; c <= smallClasses; ++c) {
      for (int i = 0; i < count[c]; ++i) shared().give(shared().small[c], blocks[c][i], size_t(c) * alignment);
      count[c] = 0;
    }
  }
};
thread_local ThreadCache threadCache;

void raisePeak(int64_t bytes) {
  int64_t peak = peakBytes.load(std::memory_order_relaxed);
  while (bytes > peak && !peakBytes.compare_exchange_weak(peak, bytes, std::memory_order_relaxed)) {
  }
}

void countAllocation(size_t rounded) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  raisePeak(currentBytes.fetch_add(int64_t(rounded), std::memory_order_relaxed) + int64_t(rounded));
}

}  // namespace

extern "C" void *ember_allocate(size_t bytes) {
  if (bytes > (SIZE_MAX >> 1)) return nullptr;
  size_t rounded = roundUp(bytes);
  void *pointer = nullptr;
  if (rounded <= smallLimit) {
    int c = int(rounded / alignment);
    if (threadCache.count[c] > 0) {
      pointer = threadCache.blocks[c][--threadCache.count[c]];
    } else {
      pointer = shared().take(shared().small[c], rounded);
    }
  } else {
    pointer = shared().take(shared().large[largeClass(rounded)], rounded);
  }
  if (!pointer) pointer = systemAllocate(rounded);
  if (!pointer) {
    ember_empty_cache();
    pointer = systemAllocate(rounded);
    if (!pointer) return nullptr;
  }
  countAllocation(rounded);
  return pointer;
}

extern "C" void ember_deallocate(void *pointer, size_t bytes) {
  if (!pointer) return;
  size_t rounded = roundUp(bytes);
  currentBytes.fetch_sub(int64_t(rounded), std::memory_order_relaxed);
  if (rounded <= smallLimit) {
    int c = int(rounded / alignment);
    if (!threadCache.closed && threadCache.count[c] < perThread) {
      threadCache.blocks[c][threadCache.count[c]++] = pointer;
    } else {
      shared().give(shared().small[c], pointer, rounded);
    }
  } else {
    shared().give(shared().large[largeClass(rounded)], pointer, rounded);
  }
}

extern "C" ember_memory_statistics ember_memory_statistics_now(void) {
  return {currentBytes.load(), peakBytes.load(), cachedBytes.load(), allocations.load(), systemAllocations.load()};
}

extern "C" void ember_reset_peak_memory(void) { peakBytes.store(currentBytes.load()); }

extern "C" int64_t ember_begin_peak_memory(void) { return peakBytes.exchange(currentBytes.load()); }

extern "C" int64_t ember_end_peak_memory(int64_t earlier) {
  int64_t reached = peakBytes.load();
  raisePeak(earlier);
  return reached;
}

extern "C" void ember_set_cache_limit(int64_t bytes) {
  cacheLimit.store(bytes < 0 ? 0 : bytes);
  if (cachedBytes.load() > bytes) ember_empty_cache();
}

extern "C" void ember_empty_cache(void) {
  Shared &all = shared();
  std::lock_guard guard(all.lock);
  auto empty = [](std::vector<void *> &stack) {
    for (void *pointer : stack) std::free(pointer);
    stack.clear();
  };
  for (auto &stack : all.small) empty(stack);
  for (auto &stack : all.large) empty(stack);
  cachedBytes.store(0);
}
