// Views of images (N, C, spatial…) and the dense channels-last memory that the convolution kernels run on.
#pragma once
#include "../Runtime/Parallel.h"
#include "ember_runtime.h"

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
  /// Whether both address the same memory: strides of dimensions of size 1 mean nothing.
  bool same(const ImageStrides &other, const Image &image) const {
    auto agree = [](int64_t size, int64_t a, int64_t b) { return size <= 1 || a == b; };
    return agree(image.batch, batch, other.batch) && agree(image.channels, channel, other.channel) &&
           agree(image.spatial[0], spatial[0], other.spatial[0]) && agree(image.spatial[1], spatial[1], other.spatial[1]) &&
           agree(image.spatial[2], spatial[2], other.spatial[2]);
  }
};

/// Copies an image between any two arrangements. Tiles of 16 × 16 keep both sides' cache lines in use while one side runs
/// along the channels and the other along the width.
template <class T>
void copyImage(const Image &image, const T *from, const ImageStrides &f, T *to, const ImageStrides &t) {
  constexpr int64_t tile = 16;
  int64_t rows = image.batch * image.spatial[0] * image.spatial[1];
  parallel(rows, [&](int64_t row) {
    int64_t y = row % image.spatial[1], z = row / image.spatial[1] % image.spatial[0];
    int64_t n = row / (image.spatial[1] * image.spatial[0]);
    const T *source = from + n * f.batch + z * f.spatial[0] + y * f.spatial[1];
    T *target = to + n * t.batch + z * t.spatial[0] + y * t.spatial[1];
    for (int64_t x0 = 0; x0 < image.spatial[2]; x0 += tile) {
      int64_t x1 = x0 + tile < image.spatial[2] ? x0 + tile : image.spatial[2];
      for (int64_t c0 = 0; c0 < image.channels; c0 += tile) {
        int64_t c1 = c0 + tile < image.channels ? c0 + tile : image.channels;
        for (int64_t x = x0; x < x1; ++x)
          for (int64_t c = c0; c < c1; ++c)
            target[x * t.spatial[2] + c * t.channel] = source[x * f.spatial[2] + c * f.channel];
      }
    }
  });
}

/// The same for elements of 2 or 4 bytes.
inline void copyImage(const Image &image, const void *from, const ImageStrides &f, void *to, const ImageStrides &t,
                      int64_t elementSize) {
  if (elementSize == 2) {
    copyImage(image, static_cast<const uint16_t *>(from), f, static_cast<uint16_t *>(to), t);
  } else {
    copyImage(image, static_cast<const uint32_t *>(from), f, static_cast<uint32_t *>(to), t);
  }
}

/// Writes value[channel] (zero where `value` is null) to every pixel.
inline void fillImage(const Image &image, void *to, const ImageStrides &t, const void *value, int64_t elementSize) {
  ImageStrides constant{0, 1, {0, 0, 0}};
  Image wide = image;
  if (value) return copyImage(wide, value, constant, to, t, elementSize);
  uint32_t zero = 0;
  constant.channel = 0;
  copyImage(wide, &zero, constant, to, t, elementSize);
}

}  // namespace ember::onednn
