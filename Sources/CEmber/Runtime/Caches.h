// The sizes of this processor's caches.
#pragma once
#include <cstdint>

namespace ember {

/// The bytes of the last-level cache, as the system tells them; 32 MiB where it does not say.
int64_t lastLevelCacheSize();

/// The bytes of the cache that a core has for itself besides the smallest, as the system tells them; 1 MiB where it does not say.
int64_t coreCacheSize();

}  // namespace ember
