// The profiler's switch, clock and view of threads.
#include "ember_profiling.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#ifdef __linux__
#include <sys/syscall.h>
#endif

extern "C" int32_t ember_profiler_count = 0;

extern "C" void ember_add_profilers(int32_t change) { __atomic_add_fetch(&ember_profiler_count, change, __ATOMIC_SEQ_CST); }

extern "C" int64_t ember_monotonic_nanoseconds(void) {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

extern "C" int64_t ember_thread_number(void) {
  // Asked once in each thread: it is a system call.
  static thread_local const int64_t number = [] {
#ifdef __linux__
    return int64_t(syscall(SYS_gettid));
#else
    uint64_t number = 0;
    pthread_threadid_np(nullptr, &number);
    return int64_t(number);
#endif
  }();
  return number;
}

extern "C" void ember_thread_name(char *name, size_t capacity) {
  if (capacity == 0) return;
  // Linux gives the first thread the program's name, and every new one its parent's.
  if (ember_thread_number() == int64_t(getpid())) {
    std::snprintf(name, capacity, "main");
  } else if (pthread_getname_np(pthread_self(), name, capacity) != 0) {
    name[0] = 0;
  }
}
