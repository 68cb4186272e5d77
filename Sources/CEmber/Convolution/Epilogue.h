// What follows a convolution, done to results that a kernel without an epilogue of its own has just written.
#pragma once
#include <cstdint>

#include "ember_dnnl.h"

namespace ember {

/// The epilogue from channel number `channel` and the addend's element number `place` on.
inline ember_epilogue from(const ember_epilogue &e, int64_t channel, int64_t place) {
  return {e.scale ? e.scale + channel : nullptr, e.shift ? e.shift + channel : nullptr, e.addend ? e.addend + place : nullptr, e.relu};
}

/// Applies it in place to dense images of `pixels` pixels in all, whose channels are innermost.
void applyToPixels(const ember_epilogue &e, float *images, int64_t pixels, int64_t channels);

/// The same for `planes` planes of `size` elements, of which every `channels` in sequence make an image.
void applyToPlanes(const ember_epilogue &e, float *images, int64_t planes, int64_t size, int64_t channels);

}  // namespace ember
