// Convolutions with kernels of one element are matrix products of the weight with each image's planes.
#pragma once
#include "ember_dnnl.h"

namespace ember::onednn {

// Each returns false, having done nothing, where the convolution or its memory is not of the kind: kernels of one element in steps of
// one, no groups, float32 images whose planes have consecutive elements. They throw what Library.h names.

bool pointwiseForward(const ember_convolution &c, const ember_view &src, const void *weight, const ember_view &dst);
bool pointwiseInputGradient(const ember_convolution &c, const ember_view &dstGradient, const void *weight, const ember_view &srcGradient);
bool pointwiseWeightGradient(const ember_convolution &c, const ember_view &src, const ember_view &dstGradient, void *weightGradient);

}  // namespace ember::onednn
