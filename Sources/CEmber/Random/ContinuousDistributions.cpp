// Uniform, normal and the distributions that transform one uniform number each. The words are drawn in sequence, the
// transforms run on the pool: an element's bits depend on its place alone.
#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "ElementConversion.h"
#include "RandomKernels.h"

// Where PyTorch fuses a multiplication into an addition is written out; nothing else may be.
#pragma clang fp contract(off)

#define EMBER_KERNELS "../Random/Random.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {

const RandomKernels &randomKernels() {
  static const RandomKernels &table = *EMBER_SELECT(randomKernelTable);
  return table;
}

namespace {

constexpr int64_t blockSize = 16;

/// out[i] = transform(u), each u uniform on [0, 1) by the 53-bit rule. For transforms of tens of nanoseconds.
template <class T, class Transform>
void transformUniforms(ember_generator *generator, T *out, int64_t count, Transform transform) {
  constexpr int64_t grain = 4096, largestChunk = 1 << 17, stackChunk = 512;
  double stack[stackChunk];
  const int64_t chunk = std::min(count, largestChunk);
  const size_t bytes = size_t(chunk) * sizeof(double);
  // Where memory has run out the stack does, in smaller steps.
  double *heap = count > stackChunk ? static_cast<double *>(ember_allocate(bytes)) : nullptr;
  double *numbers = heap ? heap : stack;
  const int64_t step = heap ? chunk : stackChunk;
  for (int64_t done = 0; done < count; done += step) {
    int64_t length = std::min(step, count - done);
    randomKernels().uniformFloat64(generator, numbers, length, 0, 1);
    T *target = out + done;
    parallelRanges(length, grain, [numbers, target, transform](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) target[i] = elementOf<T>(transform(numbers[i]));
    });
  }
  if (heap) ember_deallocate(heap, bytes);
}

/// Box–Muller in place: element i and i + 8 of each 16 are the two uniform numbers, then the two normal ones.
void normalBlocks(double *data, int64_t blocks, double mean, double standardDeviation) {
  for (int64_t block = 0; block < blocks; block++, data += blockSize) {
    for (int64_t i = 0; i < 8; i++) {
      double radius = std::sqrt(-2 * std::log(1 - data[i]));
      double theta = 2 * M_PI * data[i + 8];
      data[i] = std::fma(radius * std::cos(theta), standardDeviation, mean);
      data[i + 8] = std::fma(radius * std::sin(theta), standardDeviation, mean);
    }
  }
}

void normalBlocks(float *data, int64_t blocks, float mean, float standardDeviation) {
  randomKernels().normalBlocksFloat32(data, blocks, mean, standardDeviation);
}

void uniforms(ember_generator *generator, double *out, int64_t count, double from = 0, double to = 1) {
  randomKernels().uniformFloat64(generator, out, count, from, to);
}

void uniforms(ember_generator *generator, float *out, int64_t count, float from = 0, float to = 1) {
  randomKernels().uniformFloat32(generator, out, count, from, to);
}

void roundTo(const float *numbers, _Float16 *out, int64_t count) { randomKernels().roundToFloat16(numbers, out, count); }

void roundTo(const float *numbers, BFloat16 *out, int64_t count) {
  randomKernels().roundToBFloat16(numbers, &out->bits, count);
}

/// float16 and bfloat16: what rounds up to `to` becomes `from`.
template <class T>
void uniformHalf(ember_generator *generator, T *out, int64_t count, float from, float to) {
  constexpr int64_t chunk = 2048;
  float numbers[chunk];
  const uint16_t lower = std::bit_cast<uint16_t>(T(from)), upper = std::bit_cast<uint16_t>(T(to));
  const bool upperIsZero = (upper & 0x7fff) == 0;
  for (int64_t done = 0; done < count; done += chunk) {
    int64_t length = std::min(chunk, count - done);
    T *target = out + done;
    uniforms(generator, numbers, length, from, to);
    roundTo(numbers, target, length);
    for (int64_t i = 0; i < length; i++) {
      uint16_t bits = std::bit_cast<uint16_t>(target[i]);
      bool reached = bits == upper || (upperIsZero && (bits & 0x7fff) == 0);
      target[i] = std::bit_cast<T>(reached ? lower : bits);
    }
  }
}

/// PyTorch's rule for contiguous float32 and float64: all uniform numbers first; when the count is no multiple of 16, sixteen
/// more replace the last sixteen.
template <class T>
void normalFill(ember_generator *generator, T *out, int64_t count, T mean, T standardDeviation) {
  constexpr int64_t grain = sizeof(T) == 4 ? 256 : 32;
  uniforms(generator, out, count);
  int64_t tail = count % blockSize;
  parallelRanges(count / blockSize, grain, [=](int64_t begin, int64_t end) {
    normalBlocks(out + begin * blockSize, end - begin, mean, standardDeviation);
  });
  if (tail != 0) {
    T *last = out + count - blockSize;
    uniforms(generator, last, blockSize);
    normalBlocks(last, 1, mean, standardDeviation);
  }
}

/// The rule for contiguous float16 and bfloat16: the numbers beyond the last whole block are not drawn before the sixteen that
/// make the tail.
template <class T>
void normalFillHalf(ember_generator *generator, T *out, int64_t count, float mean, float standardDeviation) {
  constexpr int64_t chunk = 256 * blockSize;
  float numbers[chunk];
  int64_t whole = count - count % blockSize;
  for (int64_t done = 0; done < whole; done += chunk) {
    int64_t length = std::min(chunk, whole - done);
    uniforms(generator, numbers, length);
    normalBlocks(numbers, length / blockSize, mean, standardDeviation);
    roundTo(numbers, out + done, length);
  }
  if (whole != count) {
    uniforms(generator, numbers, blockSize);
    normalBlocks(numbers, 1, mean, standardDeviation);
    roundTo(numbers, out + count - blockSize, blockSize);
  }
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" void ember_random_uniform(ember_generator *generator, void *out, int32_t dtype, int64_t count, double from,
                                     double to) {
  withFloatingType(dtype, [=]<class T>() {
    T *target = static_cast<T *>(out);
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      uniforms(generator, target, count, T(from), T(to));
    } else {
      uniformHalf(generator, target, count, float(from), float(to));
    }
  });
}

extern "C" void ember_random_normal(ember_generator *generator, void *out, int32_t dtype, int64_t count, double mean,
                                    double standardDeviation, bool contiguous) {
  withFloatingType(dtype, [=]<class T>() {
    T *target = static_cast<T *>(out);
    if (count < blockSize || !contiguous) {
      for (int64_t i = 0; i < count; i++) {
        target[i] = elementOf<T>(std::fma(scalarNormal(*generator), standardDeviation, mean));
      }
    } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      normalFill(generator, target, count, T(mean), T(standardDeviation));
    } else {
      normalFillHalf(generator, target, count, float(mean), float(standardDeviation));
    }
  });
}

extern "C" void ember_random_log_normal(ember_generator *generator, void *out, int32_t dtype, int64_t count, double mean,
                                        double standardDeviation) {
  withFloatingType(dtype, [=]<class T>() {
    T *target = static_cast<T *>(out);
    for (int64_t i = 0; i < count; i++) {
      target[i] = elementOf<T>(std::exp(std::fma(scalarNormal(*generator), standardDeviation, mean)));
    }
  });
}

extern "C" void ember_random_exponential(ember_generator *generator, void *out, int32_t dtype, int64_t count,
                                         double lambda) {
  double scale = -1.0 / lambda;
  withFloatingType(dtype, [=]<class T>() {
    transformUniforms(generator, static_cast<T *>(out), count, [scale](double u) { return scale * std::log1p(-u); });
  });
}

extern "C" void ember_random_cauchy(ember_generator *generator, void *out, int32_t dtype, int64_t count, double median,
                                    double sigma) {
  withFloatingType(dtype, [=]<class T>() {
    transformUniforms(generator, static_cast<T *>(out), count,
                      [=](double u) { return std::fma(sigma, std::tan(M_PI * (u - 0.5)), median); });
  });
}

extern "C" void ember_random_geometric(ember_generator *generator, void *out, int32_t dtype, int64_t count, double p) {
  double logFailure = std::log1p(-p);
  withElementType(dtype, [=]<class T>() {
    transformUniforms(generator, static_cast<T *>(out), count,
                      [logFailure](double u) { return std::ceil(std::log(u) / logFailure); });
  });
}
