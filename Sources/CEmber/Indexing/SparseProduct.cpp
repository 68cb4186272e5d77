// The product of a sparse matrix in coordinate form and a dense one. A row of the result belongs to one task, which adds in the order of
// the coordinates.
#include "ElementTypes.h"
#include "IndexLoop.h"
#include "RowPartition.h"

using namespace ember;
using namespace ember::indexing;

extern "C" int32_t ember_sparse_product(int32_t dtype, int64_t count, const int64_t *rows, const int64_t *columns, const void *values,
                                        int64_t dense_rows, int64_t inner, const void *dense, int64_t destination_rows,
                                        void *destination, ember_index_error *error) {
  if (int32_t status = checkIndices(count, rows, destination_rows, false, error)) return status;
  if (int32_t status = checkIndices(count, columns, dense_rows, false, error)) {
    error->tensor = 1;
    return status;
  }
  const auto multiply = [&](auto zero) {
    using T = decltype(zero);
    const T *factors = static_cast<const T *>(values), *from = static_cast<const T *>(dense);
    T *to = static_cast<T *>(destination);
    forEachRow(1, destination_rows, inner, count, rows, [=](int64_t, int64_t k, int64_t row) {
      const T factor = factors[k];
      const T *__restrict source = from + columns[k] * inner;
      T *__restrict target = to + row * inner;
      for (int64_t i = 0; i < inner; ++i) target[i] += factor * source[i];
    });
  };
  if (dtype == EMBER_FLOAT32) multiply(0.0f);
  else multiply(0.0);
  return EMBER_INDEX_OK;
}
