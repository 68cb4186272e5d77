// What the profiler needs from C: a switch that costs one load to look at, a clock, the calling thread, and peaks of memory.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How many profilers listen; changed by `ember_add_profilers` alone.
extern int32_t ember_profiler_count;

/// Whether anybody listens: what every operator call asks.
static inline bool ember_is_profiling(void) { return __atomic_load_n(&ember_profiler_count, __ATOMIC_RELAXED) > 0; }

void ember_add_profilers(int32_t change);

/// Nanoseconds since some moment in the past, never running backwards.
int64_t ember_monotonic_nanoseconds(void);

/// The number by which the system knows the calling thread, and the thread's name.
int64_t ember_thread_number(void);
void ember_thread_name(char *name, size_t capacity);

/// Lets the peak of memory in use start anew from what is in use now; returns the peak before, for `ember_end_peak_memory`.
int64_t ember_begin_peak_memory(void);
/// Returns the peak since `ember_begin_peak_memory`, and makes the larger of both the peak again. Sections nest; what other threads allocate
/// counts too, and their sections may hide a part of it from this one's.
int64_t ember_end_peak_memory(int64_t earlier);

#ifdef __cplusplus
}
#endif
