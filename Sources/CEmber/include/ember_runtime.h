// What every part of CEmber shares: data types, the thread pool, memory, and the processor's abilities.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The element types. The numbers are part of the C interface (Swift's `DType` has the same raw values).
typedef enum ember_dtype {
  EMBER_BOOL = 0,
  EMBER_UINT8 = 1,
  EMBER_INT8 = 2,
  EMBER_INT16 = 3,
  EMBER_INT32 = 4,
  EMBER_INT64 = 5,
  EMBER_FLOAT16 = 6,
  EMBER_BFLOAT16 = 7,
  EMBER_FLOAT32 = 8,
  EMBER_FLOAT64 = 9,
  EMBER_COMPLEX64 = 10,  // two float32, the real part first
  EMBER_COMPLEX128 = 11,
  EMBER_UINT16 = 12,
  EMBER_UINT32 = 13,
  EMBER_UINT64 = 14,
} ember_dtype;

/// The largest number of dimensions any kernel accepts.
enum { EMBER_MAX_RANK = 32 };

/// A strided operand. Strides count elements, not bytes, may be zero (broadcast) or negative, and there are as many as the
/// call has dimensions. `data` points at the element with index 0 in every dimension.
typedef struct ember_view {
  void *data;
  const int64_t *strides;
  int32_t dtype;
} ember_view;

// MARK: Thread pool (libgomp's, so that oneDNN's threads and ours are the same ones)

/// How many threads a kernel may use: `EMBER_NUM_THREADS` at start, else the processors this process may run on.
int ember_thread_count(void);
void ember_set_thread_count(int count);

/// Runs `body(context, index)` for every index below `count`, on the pool. Which thread gets which index is not fixed, so
/// a kernel whose bits must not depend on the thread count splits its work by index alone.
/// Runs on the caller when `count` is 1, or inside another parallel region.
void ember_parallel(int64_t count, void (*body)(void *context, int64_t index), void *context);

// MARK: Memory

/// 64-byte aligned memory from the caching allocator; large blocks lie on huge pages. Null when the system has no more.
void *ember_allocate(size_t bytes);
/// Gives back what `ember_allocate(bytes)` returned; `bytes` must be the same number.
void ember_deallocate(void *pointer, size_t bytes);

typedef struct ember_memory_statistics {
  int64_t current_bytes;      // in use by tensors now
  int64_t peak_bytes;         // the most ever in use since the last reset
  int64_t cached_bytes;       // kept for reuse
  int64_t allocation_count;   // calls of ember_allocate since the start
  int64_t system_allocation_count;  // of these, how many had to ask the system
} ember_memory_statistics;

ember_memory_statistics ember_memory_statistics_now(void);
void ember_reset_peak_memory(void);
/// Returns cached memory to the system (what other threads keep in their small private caches stays).
void ember_empty_cache(void);
/// The most bytes the cache may keep.
void ember_set_cache_limit(int64_t bytes);

// MARK: Processor

/// The instruction set the kernels were chosen for: "avx512", "avx2" or "baseline". `EMBER_INSTRUCTION_SET` may lower it.
const char *ember_instruction_set_name(void);

/// Treats subnormal numbers as zero, or no longer, on the calling thread and its pool. False where the processor cannot.
bool ember_set_flush_denormals(bool flush);

// MARK: Per-thread state that Swift keeps here because C's thread-locals are the fastest there are

typedef struct ember_thread_state {
  int32_t gradient_disabled;   // depth of noGrad
  int32_t anomaly_detection;
  int32_t checked_depth;       // depth of `checked { }`
  int32_t draining_graph;      // Node.deinit is emptying the list below
  int32_t single_threaded;     // depth of withSingleThread: kernels called on this thread stay on it
  void *failure;               // first error inside `checked`, an Unmanaged Swift object
  void *graveyard;             // nodes waiting to be released, an Unmanaged Swift object
  void *extension;             // for Swift: an Unmanaged dictionary-like object of rarer per-thread values
} ember_thread_state;

ember_thread_state *ember_thread(void);

#ifdef __cplusplus
}
#endif
