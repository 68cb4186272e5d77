// Convolution by Winograd's minimal filtering: kernels of 3 × 3 with 2.25 times fewer multiplications.
#pragma once
#include "PackedWeights.h"
#include "ember_dnnl.h"

namespace ember::winograd {

/// Whether this way is made for a convolution, in whose shapes it is faster than the library's direct one. The rule is the same for
/// all three directions.
bool suits(const ember_convolution &);

// Images are dense channels-last memory, weights dense in PyTorch's order. Each function returns false, having written anything, if a
// result is infinite or not a number: differences of infinities are no infinities, so that only the direct way can tell which it is.
// They throw std::bad_alloc.

/// `bias` and `epilogue` may be null. The addend's memory is not dst's, which may have been written in vain.
bool forward(const ember_convolution &, const float *src, const float *weight, const float *bias, float *dst, const ember_epilogue *epilogue,
             PackedWeightsSlot &slot);
bool inputGradient(const ember_convolution &, const float *dstGradient, const float *weight, float *srcGradient);
bool weightGradient(const ember_convolution &, const float *src, const float *dstGradient, float *weightGradient);

}  // namespace ember::winograd
