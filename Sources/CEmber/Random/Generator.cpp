// The Mersenne Twister MT19937 (Matsumoto and Nishimura, ACM TOMACS 8(1), 1998) seeded and stored as PyTorch does.
#include <bit>
#include <chrono>
#include <cstring>
#include <exception>
#include <random>

#include "RandomKernels.h"

namespace ember {

namespace {

// Multi-byte fields are little endian whatever the machine.
template <class T>
void writeLittleEndian(uint8_t *bytes, T value) {
  for (size_t i = 0; i < sizeof(T); i++) bytes[i] = uint8_t(uint64_t(value) >> (8 * i));
}

template <class T>
T readLittleEndian(const uint8_t *bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); i++) value |= uint64_t(bytes[i]) << (8 * i);
  return T(value);
}

enum StateOffset {
  seedOffset = 0,
  leftOffset = 8,
  seededOffset = 12,
  nextOffset = 16,
  wordsOffset = 24,
  doubleNormalOffset = 5024,
  hasDoubleNormalOffset = 5040,
  floatNormalOffset = 5048,
  hasFloatNormalOffset = 5052,
};

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" void ember_generator_seed(ember_generator *generator, uint64_t seed) {
  std::memset(generator, 0, sizeof *generator);
  generator->seed = seed;
  uint32_t word = uint32_t(seed);
  generator->state[0] = word;
  for (uint32_t i = 1; i < EMBER_MT19937_WORDS; i++) {
    word = 1812433253u * (word ^ (word >> 30)) + i;
    generator->state[i] = word;
  }
  generator->left = 1;
  generator->next = 0;
}

extern "C" uint64_t ember_random_nondeterministic_seed(void) {
  uint64_t bits;
  try {
    std::random_device device;
    uint64_t high = device();
    bits = high << 32 | device();
  } catch (const std::exception &) {
    // No source of entropy: the clock, its bits spread by the golden ratio (Knuth, TAOCP 3, section 6.4).
    bits = uint64_t(std::chrono::steady_clock::now().time_since_epoch().count()) * 0x9e3779b97f4a7c15u;
  }
  return bits & ((uint64_t(1) << 53) - 1);
}

extern "C" uint32_t ember_generator_random32(ember_generator *generator) { return random32(*generator); }
extern "C" uint64_t ember_generator_random64(ember_generator *generator) { return random64(*generator); }

extern "C" bool ember_generator_equal(const ember_generator *a, const ember_generator *b) {
  return a->seed == b->seed && a->left == b->left && a->next == b->next &&
         std::memcmp(a->state, b->state, sizeof a->state) == 0 &&
         a->has_next_double_normal == b->has_next_double_normal &&
         a->has_next_float_normal == b->has_next_float_normal &&
         (!a->has_next_double_normal || a->next_double_normal == b->next_double_normal) &&
         (!a->has_next_float_normal || a->next_float_normal == b->next_float_normal);
}

extern "C" void ember_generator_save(const ember_generator *generator, uint8_t *bytes) {
  std::memset(bytes, 0, EMBER_GENERATOR_STATE_BYTES);
  writeLittleEndian(bytes + seedOffset, generator->seed);
  writeLittleEndian(bytes + leftOffset, generator->left);
  writeLittleEndian(bytes + seededOffset, int32_t(1));
  writeLittleEndian(bytes + nextOffset, uint64_t(generator->next));
  for (int i = 0; i < EMBER_MT19937_WORDS; i++) {
    writeLittleEndian(bytes + wordsOffset + 8 * i, uint64_t(generator->state[i]));
  }
  if (generator->has_next_double_normal) {
    writeLittleEndian(bytes + doubleNormalOffset, std::bit_cast<uint64_t>(generator->next_double_normal));
    writeLittleEndian(bytes + hasDoubleNormalOffset, int32_t(1));
  }
  if (generator->has_next_float_normal) {
    writeLittleEndian(bytes + floatNormalOffset, std::bit_cast<uint32_t>(generator->next_float_normal));
    bytes[hasFloatNormalOffset] = 1;
  }
}

extern "C" int ember_generator_load(ember_generator *generator, const uint8_t *bytes) {
  int32_t left = readLittleEndian<int32_t>(bytes + leftOffset);
  uint64_t next = readLittleEndian<uint64_t>(bytes + nextOffset);
  bool seeded = readLittleEndian<int32_t>(bytes + seededOffset) != 0;
  // Right after seeding no word is ready, whatever `next` says; later `left` and `next` count the same words from both ends.
  bool positioned = left == 1 ? next == 0 || next == EMBER_MT19937_WORDS
                              : left > 1 && left <= EMBER_MT19937_WORDS && int64_t(next) == EMBER_MT19937_WORDS + 1 - left;
  if (!seeded || !positioned) return 1;
  std::memset(generator, 0, sizeof *generator);
  generator->seed = readLittleEndian<uint64_t>(bytes + seedOffset);
  generator->left = left;
  generator->next = uint32_t(next);
  for (int i = 0; i < EMBER_MT19937_WORDS; i++) {
    generator->state[i] = uint32_t(readLittleEndian<uint64_t>(bytes + wordsOffset + 8 * i));
  }
  generator->has_next_double_normal = readLittleEndian<int32_t>(bytes + hasDoubleNormalOffset) != 0;
  if (generator->has_next_double_normal) {
    generator->next_double_normal = std::bit_cast<double>(readLittleEndian<uint64_t>(bytes + doubleNormalOffset));
  }
  generator->has_next_float_normal = bytes[hasFloatNormalOffset] != 0;
  if (generator->has_next_float_normal) {
    generator->next_float_normal = std::bit_cast<float>(readLittleEndian<uint32_t>(bytes + floatNormalOffset));
  }
  return 0;
}
