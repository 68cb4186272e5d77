#include "Pointwise.h"

#include "../MatrixProduct/PackedProduct.h"
#include "../Runtime/ScratchMemory.h"
#include "ember_copy.h"

namespace ember::pointwise {
namespace {

struct Weights : ember_packed_weights {
  PackedOperand operand;

  /// Weights [outputs][channels]: the product's right operand, transposed.
  Weights(const float *weight, int64_t channels, int64_t outputs) : operand(weight, 1, channels, channels, outputs) {}
};

/// The pixels that a convolution with strides reads, one after another.
void pickPixels(const ember_convolution &c, const float *src, float *picked) {
  const int rank = c.spatial_rank;
  int64_t shape[5], source[5], target[5];
  int64_t sourceStep = c.in_channels, targetStep = c.in_channels;
  shape[rank + 1] = c.in_channels;
  source[rank + 1] = target[rank + 1] = 1;
  for (int d = rank - 1; d >= 0; --d) {
    shape[d + 1] = c.output_size[d];
    source[d + 1] = sourceStep * c.stride[d];
    target[d + 1] = targetStep;
    sourceStep *= c.input_size[d];
    targetStep *= c.output_size[d];
  }
  shape[0] = c.batch;
  source[0] = sourceStep;
  target[0] = targetStep;
  ember_copy_strided(sizeof(float), rank + 2, shape, picked, target, src, source);
}

}  // namespace

bool suits(const ember_convolution &c) {
  if (c.dtype != EMBER_FLOAT32 || c.groups != 1 || !PackedOperand::suits(c.in_channels, c.out_channels)) return false;
  for (int d = 0; d < c.spatial_rank; ++d)
    if (c.kernel_size[d] != 1 || c.padding_begin[d] != 0 || (c.output_size[d] - 1) * c.stride[d] >= c.input_size[d]) return false;
  return true;
}

void forward(const ember_convolution &c, const float *src, const float *weight, const float *bias, float *dst, const ember_epilogue *epilogue,
             PackedWeightsSlot &slot) {
  const Weights &weights = slot.find<Weights>(
      [&](const Weights &known) { return known.operand.rows() == c.in_channels && known.operand.columns() == c.out_channels; },
      [&] { return std::make_unique<Weights>(weight, c.in_channels, c.out_channels); });
  int64_t pixels = c.batch;
  bool picks = false;
  for (int d = 0; d < c.spatial_rank; ++d) {
    pixels *= c.output_size[d];
    picks |= c.output_size[d] != c.input_size[d];
  }
  const Scratch<float> picked(picks ? pixels * c.in_channels : 0);
  if (picks) {
    pickPixels(c, src, picked.get());
    src = picked.get();
  }
  weights.operand.multiply(src, pixels, bias, epilogue, dst);
}

}  // namespace ember::pointwise
