// Convolutions of float32 as matrix products of weights with an image's elements around each place, which are read where they lie in
// channels-last memory: im2col without the columns.
#pragma once
#include "ember_dnnl.h"

namespace ember {
class PackedWeightsSlot;
}

namespace ember::implicit_product {

/// Whether each of the three is faster this way than in the library.
bool suitsForward(const ember_convolution &c);
bool suitsInputGradient(const ember_convolution &c);
bool suitsWeightGradient(const ember_convolution &c);

/// Operands may have any strides; `bias` may be null. False if a result is not finite and may differ from the convolution's: padding is
/// multiplied like other elements. The result's memory is then undefined.
bool forward(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst,
             PackedWeightsSlot &slot);
bool inputGradient(const ember_convolution &c, const ember_view &dstGradient, const void *weight, const ember_view &srcGradient);
bool weightGradient(const ember_convolution &c, const ember_view &src, const ember_view &dstGradient, void *weightGradient);

}  // namespace ember::implicit_product
