#include "PointwiseConvolution.h"

#include <atomic>

#include "../Runtime/Parallel.h"
#include "Library.h"

namespace ember::onednn {
namespace {

struct Planes {
  float *data;
  int64_t image, channel;

  explicit Planes(const ember_view &view) : data(static_cast<float *>(view.data)), image(view.strides[0]), channel(view.strides[1]) {}
  float *at(int64_t n) const { return data + n * image; }
};

/// Whether the planes are runs of consecutive elements.
bool isDense(const ember_convolution &c, const ember_view &view) {
  int64_t step = 1;
  for (int d = c.spatial_rank - 1; d >= 0; --d) {
    if (c.input_size[d] != 1 && view.strides[2 + d] != step) return false;
    step *= c.input_size[d];
  }
  return view.strides[1] >= step;
}

bool isPointwise(const ember_convolution &c, const ember_view &input, const ember_view &result) {
  if (c.dtype != EMBER_FLOAT32 || c.groups != 1) return false;
  for (int d = 0; d < c.spatial_rank; ++d)
    if (c.kernel_size[d] != 1 || c.stride[d] != 1 || c.padding_begin[d] != 0 || c.input_size[d] != c.output_size[d]) return false;
  return isDense(c, input) && isDense(c, result);
}

int64_t planeSize(const ember_convolution &c) {
  int64_t size = 1;
  for (int d = 0; d < c.spatial_rank; ++d) size *= c.input_size[d];
  return size;
}

/// c = op(a) · op(b) + beta · c for matrices row by row.
void multiply(char transposeA, char transposeB, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b, int64_t ldb,
              float beta, float *c, int64_t ldc) {
  dnnl::error::wrap_c_api(dnnl_sgemm(transposeA, transposeB, m, n, k, 1.f, a, lda, b, ldb, beta, c, ldc),
                          "oneDNN could not multiply matrices");
}

/// Calls `body` for every image: on several threads at once if there are several images, else the library's threads share one.
template <class Body>
void forEachImage(int64_t batch, Body &&body) {
  planThreads();
  if (batch == 1) return body(int64_t(0));
  std::atomic<int> status{dnnl_success};
  parallel(batch, [&](int64_t n) {
    planThreads();
    try {
      body(n);
    } catch (const dnnl::error &error) {
      status = error.status;
    }
  });
  dnnl::error::wrap_c_api(dnnl_status_t(status.load()), "oneDNN could not multiply matrices");
}

}  // namespace

bool pointwiseForward(const ember_convolution &c, const ember_view &src, const void *weight, const ember_view &dst) {
  if (!isPointwise(c, src, dst)) return false;
  const Planes x(src), y(dst);
  const int64_t plane = planeSize(c);
  forEachImage(c.batch, [&](int64_t n) {
    multiply('N', 'N', c.out_channels, plane, c.in_channels, static_cast<const float *>(weight), c.in_channels, x.at(n), x.channel, 0.f,
             y.at(n), y.channel);
  });
  return true;
}

bool pointwiseInputGradient(const ember_convolution &c, const ember_view &dstGradient, const void *weight, const ember_view &srcGradient) {
  if (!isPointwise(c, srcGradient, dstGradient)) return false;
  const Planes g(dstGradient), result(srcGradient);
  const int64_t plane = planeSize(c);
  forEachImage(c.batch, [&](int64_t n) {
    multiply('T', 'N', c.in_channels, plane, c.out_channels, static_cast<const float *>(weight), c.in_channels, g.at(n), g.channel, 0.f,
             result.at(n), result.channel);
  });
  return true;
}

bool pointwiseWeightGradient(const ember_convolution &c, const ember_view &src, const ember_view &dstGradient, void *weightGradient) {
  if (!isPointwise(c, src, dstGradient)) return false;
  const Planes x(src), g(dstGradient);
  const int64_t plane = planeSize(c);
  planThreads();
  for (int64_t n = 0; n < c.batch; ++n)
    multiply('N', 'T', c.out_channels, c.in_channels, plane, g.at(n), g.channel, x.at(n), x.channel, n == 0 ? 0.f : 1.f,
             static_cast<float *>(weightGradient), c.in_channels);
  return true;
}

}  // namespace ember::onednn
