// Views of images (N, C, spatial…) and the dense channels-last memory that the convolution kernels run on.
#pragma once
#include "ember_copy.h"

namespace ember::onednn {

/// An image tensor with its spatial dimensions padded in front to three.
struct Image {
  int64_t batch, channels;
  int64_t spatial[3];

  Image(int64_t batch, int64_t channels, const int64_t *size, int rank) : batch(batch), channels(channels) {
    for (int i = 0; i < 3; ++i) spatial[i] = i < 3 - rank ? 1 : size[i - (3 - rank)];
  }
  int64_t count() const { return batch * channels * spatial[0] * spatial[1] * spatial[2]; }
};

/// Strides in elements: batch, channel, and three spatial ones.
struct ImageStrides {
  int64_t batch, channel, spatial[3];

  static ImageStrides of(const ember_view &view, int rank) {
    ImageStrides s{view.strides[0], view.strides[1], {0, 0, 0}};
    for (int i = 3 - rank; i < 3; ++i) s.spatial[i] = view.strides[2 + i - (3 - rank)];
    return s;
  }
  static ImageStrides channelsLast(const Image &image) {
    ImageStrides s;
    s.channel = 1;
    s.spatial[2] = image.channels;
    s.spatial[1] = s.spatial[2] * image.spatial[2];
    s.spatial[0] = s.spatial[1] * image.spatial[1];
    s.batch = s.spatial[0] * image.spatial[0];
    return s;
  }
  static ImageStrides planar(const Image &image) {
    ImageStrides s;
    s.spatial[2] = 1;
    s.spatial[1] = image.spatial[2];
    s.spatial[0] = s.spatial[1] * image.spatial[1];
    s.channel = s.spatial[0] * image.spatial[0];
    s.batch = s.channel * image.channels;
    return s;
  }
  /// Whether both address the same memory: strides of dimensions of size 1 mean nothing.
  bool same(const ImageStrides &other, const Image &image) const {
    auto agree = [](int64_t size, int64_t a, int64_t b) { return size <= 1 || a == b; };
    return agree(image.batch, batch, other.batch) && agree(image.channels, channel, other.channel) &&
           agree(image.spatial[0], spatial[0], other.spatial[0]) && agree(image.spatial[1], spatial[1], other.spatial[1]) &&
           agree(image.spatial[2], spatial[2], other.spatial[2]);
  }
};

/// Copies an image between any two arrangements; elements of `elementSize` bytes.
inline void copyImage(const Image &image, const void *from, const ImageStrides &f, void *to, const ImageStrides &t,
                      int64_t elementSize) {
  const int64_t shape[] = {image.batch, image.channels, image.spatial[0], image.spatial[1], image.spatial[2]};
  const int64_t source[] = {f.batch, f.channel, f.spatial[0], f.spatial[1], f.spatial[2]};
  const int64_t destination[] = {t.batch, t.channel, t.spatial[0], t.spatial[1], t.spatial[2]};
  ember_copy_strided(int32_t(elementSize), 5, shape, to, destination, from, source);
}

/// Writes value[channel] (zero where `value` is null) to every pixel.
inline void fillImage(const Image &image, void *to, const ImageStrides &t, const void *value, int64_t elementSize) {
  const uint32_t zero = 0;
  copyImage(image, value ? value : &zero, {0, value ? 1 : 0, {0, 0, 0}}, to, t, elementSize);
}

}  // namespace ember::onednn
