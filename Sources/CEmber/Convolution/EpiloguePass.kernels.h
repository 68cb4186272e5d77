// The epilogue as a pass over memory.

#include "../Convolution/Epilogue.kernels.h"

void finishPixels(const ember_epilogue &e, float *images, int64_t pixels, int64_t channels) {
  ember_epilogue here = e;
  for (int64_t p = 0; p < pixels; ++p, images += channels) {
    finishChannels(images, images, channels, here);
    if (here.addend) here.addend += channels;
  }
}

void finishWholePlane(const ember_epilogue &e, float *plane, int64_t size) { finishPlane(plane, size, e); }

static constexpr EpilogueKernels epilogueKernels = {finishPixels, finishWholePlane};
