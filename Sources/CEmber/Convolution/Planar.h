// Convolutions of images that lie plane by plane (PyTorch's contiguous layout), without bringing them into another order.
#pragma once
#include "ember_dnnl.h"

namespace ember::planar {

/// Whether a convolution of images that lie in planes is best left to these kernels, or to others that leave them where they are.
bool suits(const ember_convolution &c);

/// Whether the gradient with respect to the input is, however the cotangent lies.
bool suitsInputGradient(const ember_convolution &c);

/// Whether the elements of each row follow one another in the convolution's input, or its result.
bool liesInPlanes(const ember_convolution &c, const ember_view &image, bool isResult);

/// The three directions, for operands that lie in planes. The results of the first two may have any strides.
void forward(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst);
void inputGradient(const ember_convolution &c, const ember_view &dstGradient, const void *weight, const ember_view &srcGradient);
void weightGradient(const ember_convolution &c, const ember_view &src, const ember_view &dstGradient, void *weightGradient);

}  // namespace ember::planar
