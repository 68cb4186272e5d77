// Reading and writing the elements that index tensors and masks name. Indices are int64. Operators that only move
// elements take an element size in bytes (1, 2, 4, 8 or 16); those that add or compare take an `ember_dtype`.
//
// Every function that writes through indices checks all of them first, and changes nothing when one is out of range; only
// ember_scatter_reduce checks as it goes, and leaves a destination that is of no use then.
// Where several indices name one element the last one (in row-major order) wins, and sums are taken in row-major
// order: no result depends on the number of threads.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The first index (in row-major order of its tensor) that was out of range.
typedef struct ember_index_error {
  int64_t value;           // the index
  int64_t dimension_size;  // the size it had to be below
  int64_t position;        // where it stands in its index tensor, counted row-major
  int64_t tensor;          // which index tensor, for ember_index_get and _put; else 0
} ember_index_error;

/// Return codes.
enum { EMBER_INDEX_OK = 0, EMBER_INDEX_OUT_OF_RANGE = 1 };

typedef enum ember_scatter_reduction {
  EMBER_SCATTER_ADD = 0,
  EMBER_SCATTER_MULTIPLY = 1,
  EMBER_SCATTER_MAXIMUM = 2,  // NaN wins
  EMBER_SCATTER_MINIMUM = 3,  // NaN wins
  EMBER_SCATTER_MEAN = 4,     // integers: rounded down
} ember_scatter_reduction;

// MARK: One index per element (gather, scatter). `shape` is the index tensor's; in the dimensions other than `dim`
// the other operands are views at least that large, of which the first elements are used. Any strides. Indices are in
// 0..<size, negative ones are errors.

/// destination[…, k, …] = source[…, index[…, k, …], …]. PyTorch: torch.gather.
int32_t ember_gather(int32_t element_size, int32_t rank, int32_t dim, const int64_t *shape, void *destination,
                     const int64_t *destination_strides, const int64_t *index, const int64_t *index_strides,
                     const void *source, const int64_t *source_strides, int64_t source_size, ember_index_error *error);

/// destination[…, index[…, k, …], …] = source[…, k, …]; a scalar is a source whose strides are zero. PyTorch:
/// Tensor.scatter_.
int32_t ember_scatter(int32_t element_size, int32_t rank, int32_t dim, const int64_t *shape, void *destination,
                      const int64_t *destination_strides, int64_t destination_size, const int64_t *index,
                      const int64_t *index_strides, const void *source, const int64_t *source_strides,
                      ember_index_error *error);

/// The same with a reduction of all values that meet in one element; the destination is contiguous, of
/// `destination_shape`. Without `include_self` the old value of an element that is written does not count. float16
/// and bfloat16 are summed in float32 and rounded once. bool: add is or, multiply is and. PyTorch:
/// Tensor.scatter_reduce_, scatter_add_.
int32_t ember_scatter_reduce(int32_t dtype, int32_t reduction, bool include_self, int32_t rank, int32_t dim,
                             const int64_t *shape, void *destination, const int64_t *destination_shape,
                             const int64_t *index, const int64_t *index_strides, const void *source,
                             const int64_t *source_strides, ember_index_error *error);

// MARK: One index per slice. Tensors are contiguous and seen as (outer, n, inner), the index chooses along n; `index`
// is contiguous.

/// destination (outer, count, inner) = the chosen slices. PyTorch: torch.index_select; with outer = 1 an embedding
/// look-up.
int32_t ember_index_select(int32_t element_size, int64_t outer, int64_t n, int64_t inner, void *destination,
                           int64_t count, const int64_t *index, const void *source, ember_index_error *error);

/// destination[:, index[k], :] = source[:, k, :]. PyTorch: Tensor.index_copy_.
int32_t ember_index_copy(int32_t element_size, int64_t outer, int64_t n, int64_t inner, void *destination,
                         int64_t count, const int64_t *index, const void *source, ember_index_error *error);

/// destination[:, index[k], :] = the `element_size` bytes at `value`; negative indices count from the end. PyTorch:
/// Tensor.index_fill_.
int32_t ember_index_fill(int32_t element_size, int64_t outer, int64_t n, int64_t inner, void *destination,
                         int64_t count, const int64_t *index, const void *value, ember_index_error *error);

/// Slices source[:, k, :] are reduced into destination[:, index[k], :]. With EMBER_SCATTER_ADD and include_self this is
/// Tensor.index_add_, and the gradient of an embedding. PyTorch: Tensor.index_reduce_.
int32_t ember_index_reduce(int32_t dtype, int32_t reduction, bool include_self, int64_t outer, int64_t n, int64_t inner,
                           void *destination, int64_t count, const int64_t *index, const void *source,
                           ember_index_error *error);

/// destination[rows[k], :] += values[k] · dense[columns[k], :] in the order of k, for `count` elements k and rows of `inner` elements:
/// the product of a sparse and a dense matrix. float32 and float64; all contiguous. PyTorch: torch.sparse.mm.
int32_t ember_sparse_product(int32_t dtype, int64_t count, const int64_t *rows, const int64_t *columns, const void *values,
                             int64_t dense_rows, int64_t inner, const void *dense, int64_t destination_rows, void *destination,
                             ember_index_error *error);

// MARK: Advanced indexing, x[i, j, …]. Negative indices count from the end.

/// Which elements x[i, j, …] names, and where they stand in the value. All index tensors are broadcast to one shape.
/// The value (result of get, source of put) has the index dimensions and the dimensions of x that no tensor indexes
/// ("rest"), in any order that its strides say. Strides count elements.
typedef struct ember_advanced_index {
  int32_t tensor_count;                 // index tensors
  int32_t index_rank;                   // dimensions of their common shape
  int32_t rest_rank;                    // dimensions of x without an index
  const int64_t *index_shape;           // [index_rank]
  const int64_t *const *indices;        // [tensor_count]
  const int64_t *const *index_strides;  // [tensor_count][index_rank]
  const int64_t *indexed_sizes;         // [tensor_count] size of each indexed dimension of x
  const int64_t *indexed_strides;       // [tensor_count] its stride in x
  const int64_t *rest_shape;            // [rest_rank]
  const int64_t *rest_strides;          // [rest_rank] in x
  const int64_t *value_index_strides;   // [index_rank] in the value
  const int64_t *value_rest_strides;    // [rest_rank] in the value
} ember_advanced_index;

/// value = x[i, j, …]
int32_t ember_index_get(int32_t element_size, const ember_advanced_index *at, void *value, const void *x,
                        ember_index_error *error);
/// x[i, j, …] = value (strides of the value may be zero).
int32_t ember_index_put(int32_t element_size, const ember_advanced_index *at, void *x, const void *value,
                        ember_index_error *error);
/// x[i, j, …] += value, where indices may repeat; x is contiguous and has `x_count` elements. float16 and bfloat16
/// are summed in float32 and rounded once. PyTorch: Tensor.index_put_(accumulate=True).
int32_t ember_index_put_accumulate(int32_t dtype, const ember_advanced_index *at, void *x, int64_t x_count,
                                   const void *value, ember_index_error *error);

// MARK: Flat indices into contiguous tensors of n elements; negative ones count from the end.

/// destination[k] = source[index[k]]. PyTorch: torch.take.
int32_t ember_take(int32_t element_size, int64_t n, const void *source, int64_t count, const int64_t *index,
                   void *destination, ember_index_error *error);
/// destination[index[k]] = source[k]. PyTorch: Tensor.put_.
int32_t ember_put(int32_t element_size, int64_t n, void *destination, int64_t count, const int64_t *index,
                  const void *source, ember_index_error *error);
/// destination[index[k]] += source[k]. PyTorch: Tensor.put_(accumulate=True).
int32_t ember_put_accumulate(int32_t dtype, int64_t n, void *destination, int64_t count, const int64_t *index,
                             const void *source, ember_index_error *error);

// MARK: Masks (one byte per element, zero is false), contiguous

/// How many elements are not zero (NaN is not zero). PyTorch: torch.count_nonzero.
int64_t ember_count_nonzero(int32_t dtype, int64_t count, const void *source);
/// Packs the elements whose mask is set into `destination`, which has room for ember_count_nonzero(mask) of them.
void ember_masked_select(int32_t element_size, int64_t count, const void *source, const void *mask, void *destination);
/// The elements of `destination` whose mask is set take the elements of `source` in order; it has at least as many.
void ember_masked_scatter(int32_t element_size, int64_t count, void *destination, const void *mask, const void *source);
/// The coordinates of the elements that are not zero: `coordinates` is (ember_count_nonzero, rank), row-major;
/// `source` is contiguous.
void ember_nonzero(int32_t dtype, int32_t rank, const int64_t *shape, const void *source, int64_t *coordinates);

#ifdef __cplusplus
}
#endif
