// What the files of Random share: the vectorised kernels and the scalar draws.
#pragma once
#include <cmath>
#include <cstdint>

#include "ember_random.h"

namespace ember {

/// The parts of the generator that are compiled per instruction set.
struct RandomKernels {
  /// Replaces the 624 words of the state by the next 624.
  void (*twist)(uint32_t *state);
  /// The next `count` words.
  void (*words)(ember_generator *generator, uint32_t *out, int64_t count);
  /// Uniform on [from, to) by the 24-bit rule, one word a number.
  void (*uniformFloat32)(ember_generator *generator, float *out, int64_t count, float from, float to);
  /// Uniform on [from, to) by the 53-bit rule, two words a number.
  void (*uniformFloat64)(ember_generator *generator, double *out, int64_t count, double from, double to);
  /// Box–Muller in place on blocks of 16 uniform numbers.
  void (*normalBlocksFloat32)(float *data, int64_t blocks, float mean, float standardDeviation);
  /// out[i] = words[i] % range, for 1 < range < 2^28; `out` may be `words`.
  void (*remainders)(const uint32_t *words, uint32_t range, uint32_t *out, int64_t count);
  /// Rounds to the nearest float16, ties to even.
  void (*roundToFloat16)(const float *numbers, _Float16 *out, int64_t count);
  /// Rounds to the nearest bfloat16, ties to even; no NaN may be among the numbers.
  void (*roundToBFloat16)(const float *numbers, uint16_t *out, int64_t count);
};

const RandomKernels &randomKernels();

inline uint32_t temper(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

inline uint32_t random32(ember_generator &generator) {
  if (--generator.left == 0) {
    randomKernels().twist(generator.state);
    generator.left = EMBER_MT19937_WORDS;
    generator.next = 0;
  }
  return temper(generator.state[generator.next++]);
}

inline uint64_t random64(ember_generator &generator) {
  uint64_t high = random32(generator);
  return high << 32 | random32(generator);
}

/// Uniform on [0, 1): the low 53 bits of 64.
inline double uniform53(ember_generator &generator) {
  return double(random64(generator) & ((uint64_t(1) << 53) - 1)) * 0x1p-53;
}

/// Standard normal in double, one at a time: Box–Muller, the sine waits in the generator for the next call.
inline double scalarNormal(ember_generator &generator) {
  if (generator.has_next_double_normal) {
    generator.has_next_double_normal = false;
    double cached = generator.next_double_normal;
    generator.next_double_normal = 0;
    return cached;
  }
  double u1 = uniform53(generator);
  double u2 = uniform53(generator);
  double radius = std::sqrt(-2.0 * std::log1p(-u2));
  double theta = 2.0 * M_PI * u1;
  generator.next_double_normal = radius * std::sin(theta);
  generator.has_next_double_normal = true;
  return radius * std::cos(theta);
}

}  // namespace ember
