// Order: sorting, selection, unique values, searching, counting. Order is PyTorch's: NaN is greater than everything
// and equal to NaN, -0 equals +0. Everything takes every data type up to EMBER_FLOAT64 unless it says otherwise;
// tensors are contiguous and, where there is a dimension, seen as (outer, n, inner) with the work along n. Indices
// are int64. No result depends on the number of threads.
#pragma once
#include "ember_indexing.h"
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Stable sort along n: `values` and `indices` are (outer, n, inner); either may be null (argsort). PyTorch:
/// torch.sort(stable=True).
void ember_sort(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, bool descending,
                void *values, int64_t *indices);

/// The k largest or smallest along n, 0 <= k <= n: `values` and `indices` are (outer, k, inner). Of equal elements
/// the first ones are taken. Without `sorted` the order of the k is unspecified (but always the same). PyTorch:
/// torch.topk.
void ember_topk(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, int64_t k, bool largest,
                bool sorted, void *values, int64_t *indices);

/// The element at `position` (0 is the smallest) of the ascending stable order: `values` and `indices` are (outer,
/// inner). n > 0. PyTorch: torch.kthvalue, whose k is position + 1.
void ember_kth_value(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, int64_t position,
                     void *values, int64_t *indices);

/// The lower median along n; NaN when there is one, unless `ignore_nan`. `indices` may be null. n > 0.
/// PyTorch: torch.median, torch.nanmedian.
void ember_median(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, bool ignore_nan,
                  void *values, int64_t *indices);

/// The most frequent value along n, the smallest such, and where it stands last. n > 0. PyTorch: torch.mode.
void ember_mode(int32_t dtype, int64_t outer, int64_t n, int64_t inner, const void *source, void *values,
                int64_t *indices);

/// The different values of `count` elements, ascending; every NaN is its own. `values` has room for `count` elements,
/// `counts` (how often each occurs) too, `inverse[i]` is the place of element i among the values; `counts` and
/// `inverse` may be null. Returns how many there are. PyTorch: torch.unique.
int64_t ember_unique(int32_t dtype, int64_t count, const void *source, void *values, int64_t *inverse, int64_t *counts);

/// The same for runs of equal neighbours, in their order. PyTorch: torch.unique_consecutive.
int64_t ember_unique_consecutive(int32_t dtype, int64_t count, const void *source, void *values, int64_t *inverse,
                                 int64_t *counts);

/// The different rows of a (rows, columns) matrix in lexicographic order, as the number of each one's first row in
/// `representatives` (room for `rows`); `inverse` and `counts` as above. With `consecutive` only equal neighbours are
/// joined, in their order. PyTorch: torch.unique(dim:), torch.unique_consecutive(dim:).
int64_t ember_unique_rows(int32_t dtype, int64_t rows, int64_t columns, const void *source, bool consecutive,
                          int64_t *representatives, int64_t *inverse, int64_t *counts);

/// For each of the m values of a row, where it would be inserted into that row's n ascending elements: before equal
/// ones, or after them when `right`. `sorted` is (outer, n), or (n) for all rows when `shared`; `values` and `result`
/// are (outer, m). `sorter` (shape of `sorted`, may be null) gives the ascending order of an unsorted row; it is
/// checked. PyTorch: torch.searchsorted, bucketize.
int32_t ember_searchsorted(int32_t dtype, int64_t outer, int64_t n, int64_t m, const void *sorted, bool shared,
                           const int64_t *sorter, const void *values, bool right, int64_t *result,
                           ember_index_error *error);

/// The largest of `values` plus one, 0 of none; -1 when one is negative.
int64_t ember_bincount_bins(int64_t count, const int64_t *values);

/// counts[b] = how many of `values`, which lie in 0..<bins, equal b. PyTorch: torch.bincount.
void ember_bincount(int64_t count, const int64_t *values, int64_t bins, int64_t *counts);

/// sums[b] = the sum of the weights (EMBER_FLOAT32 or EMBER_FLOAT64) whose value is b, taken in order. PyTorch:
/// torch.bincount(weights:).
void ember_bincount_weighted(int32_t dtype, int64_t count, const int64_t *values, const void *weights, int64_t bins, void *sums);

/// result[i] = whether values[i] is one of the `test_count` > 0 elements `tests` (not, with `invert`); NaN is none. PyTorch: torch.isin.
void ember_isin(int32_t dtype, int64_t count, const void *values, int64_t test_count, const void *tests, bool invert, bool *result);

/// counts[b] (of the same floating point dtype) = how many elements lie in bin b of `bins` equal ones from `low` to
/// `high`; the last bin includes `high`, what lies outside (and NaN) is not counted. low < high. PyTorch:
/// torch.histc.
void ember_histogram(int32_t dtype, int64_t count, const void *source, int64_t bins, double low, double high,
                     void *counts);

#ifdef __cplusplus
}
#endif
