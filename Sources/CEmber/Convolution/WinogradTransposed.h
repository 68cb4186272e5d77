// The input's gradient of convolutions with 4 × 4 kernels and stride 2, which is the forward pass of transposed ones, by Winograd's minimal
// filtering: 1.78 times fewer multiplications.
#pragma once
#include "ember_dnnl.h"

namespace ember::winograd::transposed {

/// Whether this way is made for a convolution, in whose shapes it is faster than the other ones.
bool suits(const ember_convolution &);

/// Images are dense channels-last memory, weights dense in PyTorch's order. False, having written anything, if a result is infinite or not
/// a number; see Winograd.h. Throws std::bad_alloc.
bool inputGradient(const ember_convolution &, const float *dstGradient, const float *weight, float *srcGradient);

}  // namespace ember::winograd::transposed
