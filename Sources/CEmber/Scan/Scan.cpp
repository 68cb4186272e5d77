// Scans along one dimension: dispatch by type and layout.
#include "ember_scan.h"

#include "../InstructionSets/InstructionSet.h"
#include "../Softmax/SoftmaxTiles.h"
#include "ScanKernels.h"

#define EMBER_KERNELS "../Scan/Scan.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

using namespace ember;

namespace {

int64_t bytesOf(int32_t dtype) {
  switch (dtype) {
    case EMBER_BOOL: case EMBER_UINT8: case EMBER_INT8: return 1;
    case EMBER_INT16: case EMBER_UINT16: case EMBER_FLOAT16: case EMBER_BFLOAT16: return 2;
    case EMBER_INT32: case EMBER_UINT32: case EMBER_FLOAT32: return 4;
    default: return 8;
  }
}

/// `sequences(offset of the first element, how many)` on the pool.
template <class Sequences>
void forSequences(int64_t outer, int64_t n, int64_t inner, Sequences &&sequences) {
  if (n == 0) return;
  if (inner == 1) {
    forRows(outer, n, [&](int64_t first, int64_t count) { sequences(first * n, count); });
  } else {
    forColumns(outer, n, inner, [&](int64_t index, int64_t first, int64_t width) {
      sequences(index * n * inner + first, width);
    });
  }
}

}  // namespace

extern "C" int32_t ember_scan(ember_scan_kind kind, const void *input, int32_t input_dtype, void *output,
                              int32_t output_dtype, int64_t outer, int64_t n, int64_t inner) {
  if (input_dtype < 0 || input_dtype > EMBER_UINT64 || kind < 0 || kind > EMBER_SCAN_LOGSUMEXP) return -1;
  const bool widens = input_dtype != output_dtype;
  if (widens ? output_dtype != EMBER_INT64 : input_dtype == EMBER_BOOL) return -1;
  const auto scan = EMBER_SELECT(kernels)->scans[kind][widens][input_dtype];
  if (!scan) return -1;
  const int64_t inputBytes = bytesOf(input_dtype), outputBytes = bytesOf(output_dtype);
  forSequences(outer, n, inner, [&](int64_t offset, int64_t width) {
    scan(static_cast<const char *>(input) + offset * inputBytes, static_cast<char *>(output) + offset * outputBytes, n,
         inner, width);
  });
  return 0;
}

extern "C" int32_t ember_scan_extreme(bool maximum, const void *input, int32_t dtype, void *values, int64_t *indices,
                                      int64_t outer, int64_t n, int64_t inner) {
  if (dtype < 0 || dtype > EMBER_UINT64) return -1;
  const auto scan = EMBER_SELECT(kernels)->extremes[maximum][dtype];
  if (!scan) return -1;
  const int64_t bytes = bytesOf(dtype);
  forSequences(outer, n, inner, [&](int64_t offset, int64_t width) {
    scan(static_cast<const char *>(input) + offset * bytes, static_cast<char *>(values) + offset * bytes, indices + offset,
         n, inner, width);
  });
  return 0;
}
