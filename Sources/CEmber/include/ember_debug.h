// Return addresses, and the source lines they belong to.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Writes at most `capacity` return addresses, innermost first, and returns how many.
int32_t ember_call_stack(void **addresses, int32_t capacity);

/// File and line of the call that returns to `address`. The compiler may have inlined that call into others: `depth` 0 is the
/// innermost function's line, 1 the line from which that one was inlined, and so on. False past the last one, and when the
/// program has no debug information or libdw is not installed.
bool ember_source_location(uintptr_t address, int32_t depth, char *file, int32_t capacity, int32_t *line);

#ifdef __cplusplus
}
#endif
