#include "Caches.h"

#include <unistd.h>

// Systems that cannot be asked.
#ifndef _SC_LEVEL2_CACHE_SIZE
#define _SC_LEVEL2_CACHE_SIZE -1
#define _SC_LEVEL3_CACHE_SIZE -1
#endif

namespace {

/// What the system says, or `usual` where it says nothing.
int64_t cacheSize(int name, int64_t usual) {
  const long bytes = sysconf(name);
  return bytes > 0 ? bytes : usual;
}

}  // namespace

int64_t ember::lastLevelCacheSize() {
  static const int64_t size = cacheSize(_SC_LEVEL3_CACHE_SIZE, int64_t(32) << 20);
  return size;
}

int64_t ember::coreCacheSize() {
  static const int64_t size = cacheSize(_SC_LEVEL2_CACHE_SIZE, int64_t(1) << 20);
  return size;
}
