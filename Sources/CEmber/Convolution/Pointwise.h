// Convolutions with kernels of one element on channels-last images: products of all pixels with the weights.
#pragma once
#include "PackedWeights.h"
#include "ember_dnnl.h"

namespace ember::pointwise {

/// Whether this way is made for a convolution, forward.
bool suits(const ember_convolution &);

/// Images are dense channels-last memory; `bias` and `epilogue` may be null. Throws std::bad_alloc.
void forward(const ember_convolution &, const float *src, const float *weight, const float *bias, float *dst, const ember_epilogue *epilogue,
             PackedWeightsSlot &slot);

}  // namespace ember::pointwise
