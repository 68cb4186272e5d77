// The one place that knows oneDNN's version: 2.x describes an operation first and its implementation second, 3.x does both
// at once.
#pragma once
#include "Library.h"

namespace ember::onednn {

using Dims = dnnl::memory::dims;
using Description = dnnl::memory::desc;

struct ConvolutionGeometry {
  Dims stride, dilation, paddingBegin, paddingEnd;  // oneDNN's dilation: 0 means no gaps
};

inline dnnl::convolution_forward::primitive_desc describeForward(const Description &src, const Description &weights,
                                                                 const Description &bias, const Description &dst,
                                                                 const ConvolutionGeometry &g,
                                                                 const dnnl::primitive_attr &attributes) {
  using Forward = dnnl::convolution_forward;
  // forward_training, whose results do not differ, because backward descriptions need it as a hint.
  auto kind = dnnl::prop_kind::forward_training;
  auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Forward::primitive_desc(engine(), kind, algorithm, src, weights, bias, dst, g.stride, g.dilation, g.paddingBegin,
                                 g.paddingEnd, attributes);
#else
  return Forward::primitive_desc(Forward::desc(kind, algorithm, src, weights, bias, dst, g.stride, g.dilation,
                                               g.paddingBegin, g.paddingEnd),
                                 attributes, engine());
#endif
}

inline dnnl::convolution_backward_data::primitive_desc describeBackwardData(
    const Description &src, const Description &weights, const Description &dst, const ConvolutionGeometry &g,
    const dnnl::convolution_forward::primitive_desc &hint, const dnnl::primitive_attr &attributes) {
  using Backward = dnnl::convolution_backward_data;
  auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Backward::primitive_desc(engine(), algorithm, src, weights, dst, g.stride, g.dilation, g.paddingBegin,
                                  g.paddingEnd, hint, attributes);
#else
  return Backward::primitive_desc(
      Backward::desc(algorithm, src, weights, dst, g.stride, g.dilation, g.paddingBegin, g.paddingEnd), attributes,
      engine(), hint);
#endif
}

inline dnnl::convolution_backward_weights::primitive_desc describeBackwardWeights(
    const Description &src, const Description &weights, const Description &bias, const Description &dst,
    const ConvolutionGeometry &g, const dnnl::convolution_forward::primitive_desc &hint,
    const dnnl::primitive_attr &attributes) {
  using Backward = dnnl::convolution_backward_weights;
  auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Backward::primitive_desc(engine(), algorithm, src, weights, bias, dst, g.stride, g.dilation, g.paddingBegin,
                                  g.paddingEnd, hint, attributes);
#else
  return Backward::primitive_desc(
      Backward::desc(algorithm, src, weights, bias, dst, g.stride, g.dilation, g.paddingBegin, g.paddingEnd), attributes,
      engine(), hint);
#endif
}

inline dnnl::matmul::primitive_desc describeMatmul(const Description &src, const Description &weights,
                                                   const Description &bias, const Description &dst,
                                                   const dnnl::primitive_attr &attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl::matmul::primitive_desc(engine(), src, weights, bias, dst, attributes);
#else
  return dnnl::matmul::primitive_desc(dnnl::matmul::desc(src, weights, bias, dst), attributes, engine());
#endif
}

}  // namespace ember::onednn
