// Convolutions with dilation as convolutions without, of more and smaller images: with dilation d, results at equal remainders of their
// position by d are computed from elements at equal remainders, and from no others.
#pragma once
#include "../Convolution/Winograd.h"
#include "ChannelsLast.h"
#include "Library.h"

namespace ember::onednn {

/// A convolution of two dimensions whose images fall apart into equal parts, one for each pair of remainders.
struct DilatedConvolution {
  ember_convolution parts;  // of all parts, as one batch
  int64_t dilation[2];

  /// Whether it is one, and the parts gain what taking them apart costs: kernels of 3 × 3 without dilation need fewer multiplications.
  static bool suits(const ember_convolution &c) {
    if (c.dtype != EMBER_FLOAT32 || c.spatial_rank != 2 || c.dilation[0] * c.dilation[1] == 1) return false;
    for (int d = 0; d < 2; ++d)
      if (c.stride[d] != 1 || c.padding_begin[d] % c.dilation[d] != 0 || c.input_size[d] % c.dilation[d] != 0 ||
          c.output_size[d] % c.dilation[d] != 0)
        return false;
    return winograd::suits(DilatedConvolution(c).parts);
  }

  explicit DilatedConvolution(const ember_convolution &c) : parts(c), dilation{c.dilation[0], c.dilation[1]} {
    for (int d = 0; d < 2; ++d) {
      parts.input_size[d] /= dilation[d];
      parts.output_size[d] /= dilation[d];
      parts.padding_begin[d] /= dilation[d];
      parts.dilation[d] = 1;
    }
    parts.batch *= dilation[0] * dilation[1];
  }
};

/// The parts of an image in dense channels-last memory, part after part.
class ImageParts {
 public:
  ImageParts(const DilatedConvolution &c, const ember_view &user, bool isResult)
      : user_(user),
        dilation_{c.dilation[0], c.dilation[1]},
        part_(c.parts.batch / (c.dilation[0] * c.dilation[1]), isResult ? c.parts.out_channels : c.parts.in_channels,
              isResult ? c.parts.output_size : c.parts.input_size, 2),
        dense_(ImageStrides::channelsLast(part_)),
        memory_(size_t(part_.count() * c.dilation[0] * c.dilation[1]) * sizeof(float)),
        strides_{dense_.batch, dense_.channel, dense_.spatial[1], dense_.spatial[2]} {}
  ImageParts(const ImageParts &) = delete;

  /// All parts as one batch.
  ember_view view() const { return {memory_.get(), strides_, EMBER_FLOAT32}; }

  void load() const {
    forEach([&](float *user, const ImageStrides &strides, float *part) {
      copyImage(part_, user, strides, part, dense_, sizeof(float));
    });
  }
  void store() const {
    forEach([&](float *user, const ImageStrides &strides, float *part) {
      copyImage(part_, part, dense_, user, strides, sizeof(float));
    });
  }

 private:
  template <class Body>
  void forEach(Body &&body) const {
    const int64_t row = user_.strides[2], column = user_.strides[3];
    const ImageStrides strides{user_.strides[0], user_.strides[1], {0, row * dilation_[0], column * dilation_[1]}};
    float *part = static_cast<float *>(memory_.get());
    for (int64_t y = 0; y < dilation_[0]; ++y)
      for (int64_t x = 0; x < dilation_[1]; ++x, part += part_.count())
        body(static_cast<float *>(user_.data) + y * row + x * column, strides, part);
  }

  ember_view user_;
  int64_t dilation_[2];
  Image part_;
  ImageStrides dense_;
  Scratch memory_;
  int64_t strides_[4];
};

}  // namespace ember::onednn
