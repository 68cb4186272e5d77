// Matrix products by oneDNN.
#pragma once
#include <cstdint>

namespace ember::onednn {

constexpr int largestBatchRank = 4;

struct Product {
  int32_t dtype;
  int batchRank;
  const int64_t *batchSizes, *aBatch, *bBatch, *cBatch;
  int64_t m, n, k;
  const void *a, *b;
  void *c;
  int64_t aRow, aColumn, bRow, bColumn, cRow, cColumn;
  const void *bias;
  bool accumulate;
};

/// Returns EMBER_DNNL_UNSUPPORTED, having done nothing, for strides, types and processors without a fast kernel.
int multiply(const Product &product);

}  // namespace ember::onednn
