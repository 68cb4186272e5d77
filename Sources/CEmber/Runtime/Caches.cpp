#include "Caches.h"

#include <cstdio>

#include <unistd.h>

// Systems that cannot be asked.
#ifndef _SC_LEVEL2_CACHE_SIZE
#define _SC_LEVEL2_CACHE_SIZE -1
#define _SC_LEVEL3_CACHE_SIZE -1
#endif

namespace {

/// What Linux says of the first processor's cache of that level, or 0. sysconf tells the sum over a whole package on some processors.
int64_t cacheSizeOfKernel(int level) {
  for (int index = 0; index < 8; ++index) {
    auto read = [index](const char *attribute, const char *format, long &value) {
      char path[80];
      std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, attribute);
      std::FILE *file = std::fopen(path, "r");
      if (!file) return false;
      const bool done = std::fscanf(file, format, &value) == 1;
      std::fclose(file);
      return done;
    };
    long found = 0, kibibytes = 0;
    if (!read("level", "%ld", found)) return 0;
    if (found == level && read("size", "%ldK", kibibytes)) return int64_t(kibibytes) << 10;
  }
  return 0;
}

/// What the system says, or `usual` where it says nothing.
int64_t cacheSize(int level, int name, int64_t usual) {
  if (const int64_t bytes = cacheSizeOfKernel(level); bytes > 0) return bytes;
  const long bytes = sysconf(name);
  return bytes > 0 ? bytes : usual;
}

}  // namespace

int64_t ember::lastLevelCacheSize() {
  static const int64_t size = cacheSize(3, _SC_LEVEL3_CACHE_SIZE, int64_t(32) << 20);
  return size;
}

int64_t ember::coreCacheSize() {
  static const int64_t size = cacheSize(2, _SC_LEVEL2_CACHE_SIZE, int64_t(1) << 20);
  return size;
}
