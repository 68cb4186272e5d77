#include "Caches.h"

#include <unistd.h>

int64_t ember::lastLevelCacheSize() {
  static const int64_t size = [] {
    int64_t bytes = 0;
#ifdef _SC_LEVEL3_CACHE_SIZE
    bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    return bytes > 0 ? bytes : int64_t(32) << 20;
  }();
  return size;
}

int64_t ember::coreCacheSize() {
  static const int64_t size = [] {
    int64_t bytes = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
    bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    return bytes > 0 ? bytes : int64_t(1) << 20;
  }();
  return size;
}
