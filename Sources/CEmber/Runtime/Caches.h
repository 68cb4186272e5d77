// The sizes of this processor's caches.
#pragma once
#include <cstdint>

namespace ember {

/// The bytes of the last-level cache, as the system tells them; 32 MiB where it does not say.
int64_t lastLevelCacheSize();

}  // namespace ember
