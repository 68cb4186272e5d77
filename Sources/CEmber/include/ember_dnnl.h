// Convolution: by oneDNN (2.x and 3.x), by Winograd's minimal filtering, over planes, or as products over the image; the functions choose.
//
// Tensors are given in place with any strides. Images that lie in planes are left so where own kernels are the better way
// (ember_convolution_keeps_planes). Else dense channels-last memory (the strides of an NHWC array under the logical order
// N, C, H, W; likewise in 1 and 3 dimensions) is what the kernels run on; anything else is copied to or from it inside the call.
// Weights, bias and their gradients are dense in PyTorch's order (O, I/groups, kernel…), 64-byte alignment is not needed.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the functions below return.
typedef enum ember_dnnl_status {
  EMBER_DNNL_OK = 0,
  EMBER_DNNL_UNSUPPORTED = 1,    // this data type or processor has no kernel: use another way
  EMBER_DNNL_OUT_OF_MEMORY = 2,
  EMBER_DNNL_FAILED = 3,         // the library refused; ember_dnnl_error() says why
} ember_dnnl_status;

/// What went wrong in the calling thread's last failed call; an empty string before any. Valid until the thread's next failure.
const char *ember_dnnl_error(void);

/// The version of the library at run time: major * 10000 + minor * 100 + patch.
int ember_dnnl_version(void);

/// The sizes of one convolution. Only the first `spatial_rank` elements of the arrays are read. The output size is given, not
/// derived: the padding behind the input is whatever it implies, so unequal paddings, PyTorch's floor rule and transposed
/// convolution's `output_padding` are all expressed by it.
typedef struct ember_convolution {
  int32_t dtype;         // of all operands: float32, bfloat16 where the processor has it, or float64 if planes are kept
  int32_t spatial_rank;  // 1, 2 or 3
  int64_t batch;
  int64_t in_channels;
  int64_t out_channels;
  int64_t groups;
  int64_t input_size[3];
  int64_t output_size[3];
  int64_t kernel_size[3];
  int64_t stride[3];
  int64_t dilation[3];       // 1: no gaps
  int64_t padding_begin[3];  // zeros before the input
} ember_convolution;

/// Whether an image of the convolution (its result or its cotangent, else its input) lies plane by plane, as PyTorch's contiguous layout does,
/// and is best left so: the result of a call with it should lie in planes then, else have its channels innermost.
bool ember_convolution_keeps_planes(const ember_convolution *convolution, ember_view image, bool is_result);

/// Weights in the arrangement that some kernel wants.
typedef struct ember_packed_weights ember_packed_weights;
void ember_packed_weights_release(ember_packed_weights *weights);

/// What follows a convolution at each place of its result: y · scale + shift by channel, + addend, negative numbers to zero. NaN stays NaN.
/// Null pointers: without that.
typedef struct ember_epilogue {
  const float *scale, *shift;  // of each channel
  const float *addend;         // shaped and laid out like the result, in other memory
  bool relu;
} ember_epilogue;

/// dst = epilogue(src ⋆ weight + bias). `src` and `dst` have spatial_rank + 2 strides; `bias` may be null, and so may `epilogue`, which
/// float32 images may have whose result is dense, plane by plane or with its channels innermost. A transposed convolution's gradient with
/// respect to its input is this, too.
///
/// `known`, if not null, is what an earlier call made of the same weights. `made`, if not null, receives what this call made of them because
/// nothing was known, or nothing that fits its kernel; else null. The caller releases it.
int ember_convolution_forward(const ember_convolution *convolution, ember_view src, const void *weight, const void *bias,
                              ember_view dst, const ember_epilogue *epilogue, const ember_packed_weights *known,
                              ember_packed_weights **made);

/// The gradient with respect to src; a transposed convolution's forward (its input is `dst_gradient`, its output is
/// `src_gradient`, its in_channels are this out_channels).
int ember_convolution_backward_data(const ember_convolution *convolution, ember_view dst_gradient, const void *weight,
                                    ember_view src_gradient);

/// The gradients with respect to weight and bias (`bias_gradient` may be null).
int ember_convolution_backward_weights(const ember_convolution *convolution, ember_view src, ember_view dst_gradient,
                                       void *weight_gradient, void *bias_gradient);

#ifdef __cplusplus
}
#endif
