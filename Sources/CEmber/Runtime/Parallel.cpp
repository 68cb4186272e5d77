// Our kernels run on libgomp's threads, because oneDNN's do: two pools would fight over the cores (libgomp's threads spin
// for a while after each region). GOMP_parallel is what a compiler emits for `#pragma omp parallel`; calling it directly needs no
// OpenMP compiler flag.
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "Parallel.h"
#include "ember_runtime.h"

extern "C" {
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_in_parallel(void);
int omp_get_thread_num(void);
void omp_set_num_threads(int);
int omp_get_max_threads(void);
}

namespace {

int initialThreadCount() {
  if (const char *text = std::getenv("EMBER_NUM_THREADS")) {
    int count = std::atoi(text);
    if (count > 0) return count;
  }
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    int count = CPU_COUNT(&allowed);
    if (count > 0) return count;
  }
  return 1;
}

std::atomic<int> &threadCount() {
  static std::atomic<int> count{initialThreadCount()};
  return count;
}

/// The indexes that a thread begins with, the same for the same count in each region: what one operator left in the core's caches, the next
/// finds there. Two lines of a cache each: processors fetch them in pairs.
struct alignas(128) Share {
  std::atomic<int64_t> next;
  int64_t end;
};

constexpr int mostShares = 64;

struct Region {
  Share shares[mostShares];
  int shareCount;
  void (*body)(void *, int64_t);
  void *context;
};

/// A thread does its share, then what the others have left of theirs.
void work(void *pointer) {
  auto *region = static_cast<Region *>(pointer);
  const int own = omp_get_thread_num();
  for (int i = 0; i < region->shareCount; ++i) {
    Share &share = region->shares[(own + i) % region->shareCount];
    // Reading comes first: it leaves the line where it is.
    while (share.next.load(std::memory_order_relaxed) < share.end) {
      const int64_t index = share.next.fetch_add(1, std::memory_order_relaxed);
      if (index >= share.end) break;
      region->body(region->context, index);
    }
  }
}

}  // namespace

extern "C" int ember_thread_count(void) {
  int count = ember_thread()->single_threaded ? 1 : threadCount().load(std::memory_order_relaxed);
  // The number is a property of each calling thread in OpenMP; oneDNN reads it there.
  if (omp_get_max_threads() != count) omp_set_num_threads(count);
  return count;
}

extern "C" void ember_set_thread_count(int count) {
  if (count < 1) count = 1;
  threadCount().store(count, std::memory_order_relaxed);
  omp_set_num_threads(count);
}

extern "C" void ember_parallel(int64_t count, void (*body)(void *, int64_t), void *context) {
  if (count <= 0) return;
  int threads = count == 1 || omp_in_parallel() ? 1 : ember_thread_count();
  if (threads == 1) {
    for (int64_t index = 0; index < count; ++index) body(context, index);
    return;
  }
  if (threads > count) threads = int(count);
  Region region;
  region.shareCount = std::min(threads, mostShares);
  region.body = body;
  region.context = context;
  for (int64_t i = 0; i < region.shareCount; ++i) {
    region.shares[i].next.store(i * count / region.shareCount, std::memory_order_relaxed);
    region.shares[i].end = (i + 1) * count / region.shareCount;
  }
  GOMP_parallel(work, &region, unsigned(threads), 0);
}

void ember::onEveryThread(void (*body)(void *), void *context) {
  if (omp_in_parallel()) return body(context);
  GOMP_parallel(body, context, unsigned(ember_thread_count()), 0);
}

extern "C" ember_thread_state *ember_thread(void) {
  static thread_local ember_thread_state state = {};
  return &state;
}
