// Moving elements between strided layouts of one data type. Conversions between data types belong to the element-wise
// engine.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Copies `source` to `destination`, both of `shape`, element by element. `element_size` is 1, 2, 4, 8 or 16 bytes;
/// strides count elements and may be zero (source only) or negative; the pointers are at the element with index 0 in
/// every dimension. The two must not overlap, and no two positions of the destination may be the same element.
void ember_copy_strided(int32_t element_size, int32_t rank, const int64_t *shape, void *destination,
                        const int64_t *destination_strides, const void *source, const int64_t *source_strides);

/// Writes the `element_size` bytes at `pattern` to every element of `destination`.
void ember_fill_strided(int32_t element_size, int32_t rank, const int64_t *shape, void *destination,
                        const int64_t *destination_strides, const void *pattern);

/// Copies contiguous matrices without the elements above the diagonal of number `diagonal` (below it, when `upper`), which become zero.
void ember_copy_triangle(int32_t element_size, int64_t batch, int64_t rows, int64_t columns, bool upper, int64_t diagonal,
                         void *destination, const void *source);

/// destination[i, j, …] = source[places[0][i], places[1][j], …] for a contiguous destination of `shape`; where `places[d]` is null, at the
/// same index. Strides are the source's. What repeats is copied from the destination.
void ember_copy_at_places(int32_t element_size, int32_t rank, const int64_t *shape, void *destination, const void *source,
                          const int64_t *source_strides, const int64_t *const *places);

/// Copies `bytes` bytes between buffers that do not overlap, on several threads when they are large.
void ember_copy_bytes(void *destination, const void *source, int64_t bytes);

#ifdef __cplusplus
}
#endif
