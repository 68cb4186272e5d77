#include <algorithm>
#include <optional>

#include "../Convolution/Epilogue.h"
#include "../Convolution/ImplicitProduct.h"
#include "../Convolution/PackedWeights.h"
#include "../Convolution/Planar.h"
#include "../Convolution/Pointwise.h"
#include "../Convolution/Winograd.h"
#include "../Convolution/WinogradTransposed.h"
#include "../Runtime/Caches.h"
#include "ChannelsLast.h"
#include "DilatedConvolution.h"
#include "PointwiseConvolution.h"
#include "PrimitiveDescriptions.h"

namespace ember::onednn {
namespace {

enum Kind : int64_t { forward = 0, backwardData = 1, backwardWeights = 2 };

/// A prepared convolution. `weights` is the arrangement that the kernel wants, `plainWeights` PyTorch's.
struct ConvolutionPlan {
  dnnl::primitive primitive;
  Description src, weights, plainWeights, bias, dst, scratchpad;
  dnnl::reorder reorder;  // between the two arrangements, towards the kernel's except for gradients of weights
  Description reorderScratchpad;
  bool reordersWeights = false;
};

dnnl::memory::format_tag channelsLastTag(int rank) {
  return rank == 1 ? dnnl::memory::format_tag::nwc
                   : rank == 2 ? dnnl::memory::format_tag::nhwc : dnnl::memory::format_tag::ndhwc;
}

dnnl::memory::format_tag plainWeightsTag(int rank, bool grouped) {
  using tag = dnnl::memory::format_tag;
  if (grouped) return rank == 1 ? tag::goiw : rank == 2 ? tag::goihw : tag::goidhw;
  return rank == 1 ? tag::oiw : rank == 2 ? tag::oihw : tag::oidhw;
}

Dims dims(int64_t first, int64_t second, const int64_t *size, int rank) {
  Dims result{first, second};
  result.insert(result.end(), size, size + rank);
  return result;
}

ConvolutionGeometry geometry(const ember_convolution &c) {
  ConvolutionGeometry g;
  for (int i = 0; i < c.spatial_rank; ++i) {
    g.stride.push_back(c.stride[i]);
    g.dilation.push_back(c.dilation[i] - 1);
    g.paddingBegin.push_back(c.padding_begin[i]);
    // Any padding behind from `exact` to `exact + stride - 1` gives this output; zero, the usual one, is taken if it is one of them.
    int64_t reach = c.dilation[i] * (c.kernel_size[i] - 1) + 1;
    int64_t exact = (c.output_size[i] - 1) * c.stride[i] + reach - c.input_size[i] - c.padding_begin[i];
    g.paddingEnd.push_back(exact < 0 ? std::min<int64_t>(0, exact + c.stride[i] - 1) : exact);
  }
  return g;
}

PlanKey keyOf(const ember_convolution &c, Kind kind, bool bias, int threads) {
  PlanKey key;
  int64_t *v = key.values.data();
  *v++ = kind | bias << 4 | c.dtype << 16 | c.spatial_rank << 24;
  *v++ = threads;
  *v++ = c.batch;
  *v++ = c.in_channels;
  *v++ = c.out_channels;
  *v++ = c.groups;
  for (int i = 0; i < c.spatial_rank; ++i) {
    *v++ = c.input_size[i];
    *v++ = c.output_size[i];
    *v++ = c.kernel_size[i];
    // Stride and dilation share a number; neither comes near 2³².
    *v++ = c.stride[i] << 32 | c.dilation[i];
    *v++ = c.padding_begin[i];
  }
  return key;
}

std::shared_ptr<const ConvolutionPlan> makePlan(const ember_convolution &c, Kind kind, bool bias) {
  int rank = c.spatial_rank;
  auto type = dataType(c.dtype);
  auto plan = std::make_shared<ConvolutionPlan>();
  plan->src = Description(dims(c.batch, c.in_channels, c.input_size, rank), type, channelsLastTag(rank));
  plan->dst = Description(dims(c.batch, c.out_channels, c.output_size, rank), type, channelsLastTag(rank));
  Dims weightDims = dims(c.out_channels / c.groups, c.in_channels / c.groups, c.kernel_size, rank);
  if (c.groups > 1) weightDims.insert(weightDims.begin(), c.groups);
  plan->plainWeights = Description(weightDims, type, plainWeightsTag(rank, c.groups > 1));
  Description anyWeights(weightDims, type, dnnl::memory::format_tag::any);
  if (bias) plan->bias = Description({c.out_channels}, type, dnnl::memory::format_tag::x);

  ConvolutionGeometry g = geometry(c);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (kind == forward) {
    auto d = describeForward(plan->src, anyWeights, plan->bias, plan->dst, g, attributes);
    plan->primitive = dnnl::convolution_forward(d);
    plan->weights = d.weights_desc();
    plan->scratchpad = d.scratchpad_desc();
  } else {
    auto hint = describeForward(plan->src, anyWeights, Description(), plan->dst, g, attributes);
    if (kind == backwardData) {
      auto d = describeBackwardData(plan->src, anyWeights, plan->dst, g, hint, attributes);
      plan->primitive = dnnl::convolution_backward_data(d);
      plan->weights = d.weights_desc();
      plan->scratchpad = d.scratchpad_desc();
      } else {
      auto d = describeBackwardWeights(plan->src, anyWeights, plan->bias, plan->dst, g, hint, attributes);
      plan->primitive = dnnl::convolution_backward_weights(d);
      plan->weights = d.diff_weights_desc();
      plan->scratchpad = d.scratchpad_desc();
      }
  }
  plan->reordersWeights = plan->weights != plan->plainWeights;
  if (plan->reordersWeights) {
    const Description &from = kind == backwardWeights ? plan->weights : plan->plainWeights;
    const Description &to = kind == backwardWeights ? plan->plainWeights : plan->weights;
    dnnl::primitive_attr reorderAttributes;
    reorderAttributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::reorder::primitive_desc d(engine(), from, engine(), to, reorderAttributes);
    plan->reorder = dnnl::reorder(d);
    plan->reorderScratchpad = d.scratchpad_desc();
  }
  return plan;
}

std::shared_ptr<const ConvolutionPlan> planFor(const ember_convolution &c, Kind kind, bool bias) {
  static auto *cache = new PlanCache<ConvolutionPlan>;
  return cache->find(keyOf(c, kind, bias, planThreads()), [&] { return makePlan(c, kind, bias); });
}

/// An operand as dense channels-last memory: the caller's own if it is that already, else a copy.
class Operand {
 public:
  Operand(const Image &image, const ember_view &view, int rank)
      : image_(image),
        elementSize_(view.dtype == EMBER_FLOAT32 ? 4 : 2),
        user_(view.data),
        userStrides_(ImageStrides::of(view, rank)),
        strides_(ImageStrides::channelsLast(image)),
        inPlace_(userStrides_.same(strides_, image)),
        copy_(inPlace_ ? 0 : size_t(image.count() * elementSize_)) {}

  void *data() const { return inPlace_ ? user_ : copy_.get(); }
  float *floats() const { return static_cast<float *>(data()); }
  bool isInPlace() const { return inPlace_; }
  void load() const {
    if (!inPlace_) copyImage(image_, user_, userStrides_, copy_.get(), strides_, elementSize_);
  }
  void store() const {
    if (!inPlace_) copyImage(image_, copy_.get(), strides_, user_, userStrides_, elementSize_);
  }
  /// Fills the caller's memory directly.
  void fill(const void *value) const { fillImage(image_, user_, userStrides_, value, elementSize_); }

 private:
  Image image_;
  int64_t elementSize_;
  void *user_;
  ImageStrides userStrides_, strides_;
  bool inPlace_;
  Scratch copy_;
};

/// An operand as planes with consecutive elements: the caller's own memory if it is that, else a copy.
struct InPlanes {
  int64_t strides[5];
  ember_view view;

  InPlanes(const Image &image, const ember_view &user, int rank) : view(user) {
    const ImageStrides own = ImageStrides::of(user, rank), planes = ImageStrides::planar(image);
    if (own.same(planes, image)) return;
    const int64_t elementSize = user.dtype == EMBER_FLOAT64 ? 8 : 4;
    copy_.emplace(size_t(image.count() * elementSize));
    copyImage(image, user.data, own, copy_->get(), planes, elementSize);
    strides[0] = planes.batch;
    strides[1] = planes.channel;
    for (int i = 0; i < rank; ++i) strides[2 + i] = planes.spatial[3 - rank + i];
    view = {copy_->get(), strides, user.dtype};
  }
  InPlanes(const InPlanes &) = delete;

 private:
  std::optional<Scratch> copy_;
};

Image sourceImage(const ember_convolution &c) { return Image(c.batch, c.in_channels, c.input_size, c.spatial_rank); }
Image resultImage(const ember_convolution &c) { return Image(c.batch, c.out_channels, c.output_size, c.spatial_rank); }

int64_t weightCount(const ember_convolution &c) {
  int64_t count = c.out_channels * (c.in_channels / c.groups);
  for (int i = 0; i < c.spatial_rank; ++i) count *= c.kernel_size[i];
  return count;
}

/// Puts weights into the kernel's arrangement.
void arrangeWeights(const ConvolutionPlan &plan, const void *weight, void *arranged) {
  Scratch scratchpad(plan.reorderScratchpad.get_size());
  Arguments arguments;
  arguments.add(DNNL_ARG_FROM, plan.plainWeights, weight);
  arguments.add(DNNL_ARG_TO, plan.weights, arranged);
  arguments.add(DNNL_ARG_SCRATCHPAD, plan.reorderScratchpad, scratchpad.get());
  arguments.execute(plan.reorder);
}

/// Weights in the arrangement of one of the library's kernels.
struct ArrangedWeights : ember_packed_weights {
  Description arrangement;
  Scratch memory;

  ArrangedWeights(const ConvolutionPlan &plan, const void *weight) : arrangement(plan.weights), memory(plan.weights.get_size()) {
    arrangeWeights(plan, weight, memory.get());
  }
};

const void *arrangedWeights(const ConvolutionPlan &plan, const void *weight, PackedWeightsSlot &slot) {
  if (!plan.reordersWeights) return weight;
  return slot
      .find<ArrangedWeights>([&](const ArrangedWeights &known) { return known.arrangement == plan.weights; },
                             [&] { return std::make_unique<ArrangedWeights>(plan, weight); })
      .memory.get();
}

void runForward(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst,
                PackedWeightsSlot &slot) {
  dataType(c.dtype);
  Operand result(resultImage(c), dst, c.spatial_rank);
  if (resultImage(c).count() == 0) return;
  if (sourceImage(c).count() == 0 || weightCount(c) == 0) return result.fill(bias);
  Operand source(sourceImage(c), src, c.spatial_rank);
  source.load();
  auto plan = planFor(c, forward, bias != nullptr);
  Scratch scratchpad(plan->scratchpad.get_size());
  Arguments arguments;
  arguments.add(DNNL_ARG_SRC, plan->src, source.data());
  arguments.add(DNNL_ARG_WEIGHTS, plan->weights, arrangedWeights(*plan, weight, slot));
  if (bias) arguments.add(DNNL_ARG_BIAS, plan->bias, bias);
  arguments.add(DNNL_ARG_DST, plan->dst, result.data());
  arguments.add(DNNL_ARG_SCRATCHPAD, plan->scratchpad, scratchpad.get());
  arguments.execute(plan->primitive);
  result.store();
}

/// The ways that have an epilogue of their own; false, having done nothing that counts, if none of them is made for the convolution.
bool runForwardToEnd(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst,
                     const ember_epilogue *epilogue, PackedWeightsSlot &slot) {
  const bool byTiles = winograd::suits(c);
  if ((!byTiles && !pointwise::suits(c)) || sourceImage(c).count() == 0 || resultImage(c).count() == 0) return false;
  Operand result(resultImage(c), dst, c.spatial_rank), source(sourceImage(c), src, c.spatial_rank);
  if (epilogue && !result.isInPlace()) return false;
  source.load();
  const auto *w = static_cast<const float *>(weight), *b = static_cast<const float *>(bias);
  if (!byTiles) {
    pointwise::forward(c, source.floats(), w, b, result.floats(), epilogue, slot);
  } else if (!winograd::forward(c, source.floats(), w, b, result.floats(), epilogue, slot)) {
    return false;
  }
  result.store();
  return true;
}

/// A convolution without epilogue, by the best way.
void runForwardAlone(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst,
                     PackedWeightsSlot &slot) {
  if (ember_convolution_keeps_planes(&c, src, false)) {
    if (!bias && pointwiseForward(c, src, weight, dst)) return;
    return planar::forward(c, src, weight, bias, dst);
  }
  if (implicit_product::suitsForward(c) && implicit_product::forward(c, src, weight, bias, dst, slot)) return;
  if (DilatedConvolution::suits(c)) {
    const DilatedConvolution dilated(c);
    const ImageParts source(dilated, src, false), result(dilated, dst, true);
    source.load();
    if (!runForwardToEnd(dilated.parts, source.view(), weight, bias, result.view(), nullptr, slot))
      runForward(dilated.parts, source.view(), weight, bias, result.view(), slot);
    return result.store();
  }
  if (!runForwardToEnd(c, src, weight, bias, dst, nullptr, slot)) runForward(c, src, weight, bias, dst, slot);
}

/// As many images at a time as leave their results in the caches, where the epilogue finds them.
void runForwardByParts(const ember_convolution &c, const ember_view &src, const void *weight, const void *bias, const ember_view &dst,
                       const ember_epilogue &epilogue, PackedWeightsSlot &slot) {
  const Image images = resultImage(c);
  if (c.dtype != EMBER_FLOAT32) throw Unsupported{"an epilogue for this element type"};
  if (images.count() == 0) return;
  const ImageStrides strides = ImageStrides::of(dst, c.spatial_rank);
  const bool pixels = strides.same(ImageStrides::channelsLast(images), images);
  if (!pixels && !strides.same(ImageStrides::planar(images), images)) throw Unsupported{"an epilogue for a result with gaps"};
  const int64_t image = images.count() / c.batch, size = image / c.out_channels;
  const int64_t together = std::max<int64_t>(1, lastLevelCacheSize() / 8 / (image * int64_t(sizeof(float))));
  for (int64_t first = 0; first < c.batch; first += together) {
    ember_convolution part = c;
    part.batch = std::min(together, c.batch - first);
    const ember_view input{static_cast<float *>(src.data) + first * src.strides[0], src.strides, src.dtype};
    const ember_view result{static_cast<float *>(dst.data) + first * image, dst.strides, dst.dtype};
    runForwardAlone(part, input, weight, bias, result, slot);
    const ember_epilogue here = from(epilogue, 0, first * image);
    if (pixels) applyToPixels(here, static_cast<float *>(result.data), part.batch * size, c.out_channels);
    else applyToPlanes(here, static_cast<float *>(result.data), part.batch * c.out_channels, size, c.out_channels);
  }
}

void runBackwardData(const ember_convolution &c, const ember_view &dstGradient, const void *weight,
                     const ember_view &srcGradient) {
  dataType(c.dtype);
  Operand result(sourceImage(c), srcGradient, c.spatial_rank);
  if (sourceImage(c).count() == 0) return;
  if (resultImage(c).count() == 0 || weightCount(c) == 0) return result.fill(nullptr);
  Operand gradient(resultImage(c), dstGradient, c.spatial_rank);
  gradient.load();
  const auto *w = static_cast<const float *>(weight);
  if (winograd::suits(c) && winograd::inputGradient(c, gradient.floats(), w, result.floats())) return result.store();
  if (winograd::transposed::suits(c) && winograd::transposed::inputGradient(c, gradient.floats(), w, result.floats()))
    return result.store();
  auto plan = planFor(c, backwardData, false);
  PackedWeightsSlot slot(nullptr);
  Scratch scratchpad(plan->scratchpad.get_size());
  Arguments arguments;
  arguments.add(DNNL_ARG_DIFF_SRC, plan->src, result.data());
  arguments.add(DNNL_ARG_WEIGHTS, plan->weights, arrangedWeights(*plan, weight, slot));
  arguments.add(DNNL_ARG_DIFF_DST, plan->dst, gradient.data());
  arguments.add(DNNL_ARG_SCRATCHPAD, plan->scratchpad, scratchpad.get());
  arguments.execute(plan->primitive);
  result.store();
}

void runBackwardWeights(const ember_convolution &c, const ember_view &src, const ember_view &dstGradient,
                        void *weightGradient, void *biasGradient) {
  dataType(c.dtype);
  size_t elementSize = c.dtype == EMBER_FLOAT32 ? 4 : 2;
  if (resultImage(c).count() == 0 || sourceImage(c).count() == 0 || weightCount(c) == 0) {
    if (biasGradient && resultImage(c).count() != 0) throw Unsupported{"the bias gradient of a convolution without inputs"};
    std::memset(weightGradient, 0, size_t(weightCount(c)) * elementSize);
    if (biasGradient) std::memset(biasGradient, 0, size_t(c.out_channels) * elementSize);
    return;
  }
  if (!biasGradient && !winograd::suits(c) && implicit_product::suitsWeightGradient(c) &&
      implicit_product::weightGradient(c, src, dstGradient, weightGradient))
    return;
  Operand source(sourceImage(c), src, c.spatial_rank), gradient(resultImage(c), dstGradient, c.spatial_rank);
  source.load();
  gradient.load();
  if (!biasGradient && winograd::suits(c) &&
      winograd::weightGradient(c, source.floats(), gradient.floats(), static_cast<float *>(weightGradient)))
    return;
  auto plan = planFor(c, backwardWeights, biasGradient != nullptr);
  Scratch packed(plan->reordersWeights ? plan->weights.get_size() : 0), scratchpad(plan->scratchpad.get_size());
  Arguments arguments;
  arguments.add(DNNL_ARG_SRC, plan->src, source.data());
  arguments.add(DNNL_ARG_DIFF_DST, plan->dst, gradient.data());
  arguments.add(DNNL_ARG_DIFF_WEIGHTS, plan->weights, plan->reordersWeights ? packed.get() : weightGradient);
  if (biasGradient) arguments.add(DNNL_ARG_DIFF_BIAS, plan->bias, biasGradient);
  arguments.add(DNNL_ARG_SCRATCHPAD, plan->scratchpad, scratchpad.get());
  arguments.execute(plan->primitive);
  if (plan->reordersWeights) {
    Scratch reorderScratchpad(plan->reorderScratchpad.get_size());
    Arguments reorder;
    reorder.add(DNNL_ARG_FROM, plan->weights, packed.get());
    reorder.add(DNNL_ARG_TO, plan->plainWeights, weightGradient);
    reorder.add(DNNL_ARG_SCRATCHPAD, plan->reorderScratchpad, reorderScratchpad.get());
    reorder.execute(plan->reorder);
  }
}

}  // namespace
}  // namespace ember::onednn

using namespace ember::onednn;
namespace implicit_product = ember::implicit_product;
namespace planar = ember::planar;
namespace winograd = ember::winograd;

extern "C" void ember_packed_weights_release(ember_packed_weights *weights) { delete weights; }

extern "C" bool ember_convolution_keeps_planes(const ember_convolution *convolution, ember_view image, bool is_result) {
  return planar::suits(*convolution) && planar::liesInPlanes(*convolution, image, is_result);
}

extern "C" int ember_convolution_forward(const ember_convolution *convolution, ember_view src, const void *weight, const void *bias,
                                         ember_view dst, const ember_epilogue *epilogue, const ember_packed_weights *known,
                                         ember_packed_weights **made) {
  if (made) *made = nullptr;
  return guarded([&] {
    const ember_convolution &c = *convolution;
    ember::PackedWeightsSlot slot(known);
    if (!epilogue) {
      runForwardAlone(c, src, weight, bias, dst, slot);
    } else if (ember_convolution_keeps_planes(&c, src, false) || !runForwardToEnd(c, src, weight, bias, dst, epilogue, slot)) {
      runForwardByParts(c, src, weight, bias, dst, *epilogue, slot);
    }
    if (made) *made = slot.release();
  });
}

extern "C" int ember_convolution_backward_data(const ember_convolution *convolution, ember_view dst_gradient,
                                               const void *weight, ember_view src_gradient) {
  return guarded([&] {
    const ember_convolution &c = *convolution;
    if (ember_convolution_keeps_planes(convolution, dst_gradient, true)) {
      if (pointwiseInputGradient(c, dst_gradient, weight, src_gradient)) return;
      return planar::inputGradient(c, dst_gradient, weight, src_gradient);
    }
    if (!winograd::transposed::suits(c) && implicit_product::suitsInputGradient(c) &&
        implicit_product::inputGradient(c, dst_gradient, weight, src_gradient))
      return;
    if (planar::suitsInputGradient(c)) {
      InPlanes gradient(resultImage(c), dst_gradient, c.spatial_rank);
      return planar::inputGradient(c, gradient.view, weight, src_gradient);
    }
    if (DilatedConvolution::suits(c)) {
      const DilatedConvolution dilated(c);
      const ImageParts gradient(dilated, dst_gradient, true), result(dilated, src_gradient, false);
      gradient.load();
      runBackwardData(dilated.parts, gradient.view(), weight, result.view());
      return result.store();
    }
    runBackwardData(c, dst_gradient, weight, src_gradient);
  });
}

extern "C" int ember_convolution_backward_weights(const ember_convolution *convolution, ember_view src,
                                                  ember_view dst_gradient, void *weight_gradient, void *bias_gradient) {
  return guarded([&] {
    const ember_convolution &c = *convolution;
    if (!bias_gradient && ember_convolution_keeps_planes(convolution, src, false)) {
      InPlanes gradient(resultImage(c), dst_gradient, c.spatial_rank);
      if (pointwiseWeightGradient(c, src, gradient.view, weight_gradient)) return;
      return planar::weightGradient(c, src, gradient.view, weight_gradient);
    }
    if (DilatedConvolution::suits(c)) {
      const DilatedConvolution dilated(c);
      const ImageParts source(dilated, src, false), gradient(dilated, dst_gradient, true);
      source.load();
      gradient.load();
      return runBackwardWeights(dilated.parts, source.view(), gradient.view(), weight_gradient, bias_gradient);
    }
    runBackwardWeights(c, src, dst_gradient, weight_gradient, bias_gradient);
  });
}
