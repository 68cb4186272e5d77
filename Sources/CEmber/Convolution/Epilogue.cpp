#include "Epilogue.h"

#include <algorithm>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"

namespace ember {
namespace {

constexpr int64_t grain = 8192;  // elements

struct EpilogueKernels {
  void (*pixels)(const ember_epilogue &, float *images, int64_t pixels, int64_t channels);
  void (*plane)(const ember_epilogue &, float *plane, int64_t size);
};

}  // namespace
}  // namespace ember

#define EMBER_KERNELS "../Convolution/EpiloguePass.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {

void applyToPixels(const ember_epilogue &e, float *images, int64_t pixels, int64_t channels) {
  const auto &kernels = *EMBER_SELECT(epilogueKernels);
  parallelRanges(pixels, std::max<int64_t>(1, grain / channels), [&](int64_t begin, int64_t end) {
    kernels.pixels(from(e, 0, begin * channels), images + begin * channels, end - begin, channels);
  });
}

void applyToPlanes(const ember_epilogue &e, float *images, int64_t planes, int64_t size, int64_t channels) {
  const auto &kernels = *EMBER_SELECT(epilogueKernels);
  parallelRanges(planes, std::max<int64_t>(1, grain / size), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane)
      kernels.plane(from(e, plane % channels, plane * size), images + plane * size, size);
  });
}

}  // namespace ember
