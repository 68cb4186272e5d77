// What the scan kernels of every instruction set offer. A call scans `width` adjacent sequences (or, with inner 1,
// `width` rows that follow each other).
#pragma once
#include <cstdint>

#include "../Reduction/ReductionKernels.h"

namespace ember {

struct ScanKernels {
  using Scan = void (*)(const void *x, void *y, int64_t n, int64_t inner, int64_t width);
  using Extreme = void (*)(const void *x, void *values, int64_t *indices, int64_t n, int64_t inner, int64_t width);
  Scan scans[3][2][reducibleTypes];  // kind; 0 keeps the type, 1 widens to int64; type
  Extreme extremes[2][reducibleTypes];
};

}  // namespace ember
