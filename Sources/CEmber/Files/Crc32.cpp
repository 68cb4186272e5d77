#include "ember_files.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace {

// Gopal, Ozturk, Guilford, Wolrich, Feghali, Dixon and Karakoyunlu: Fast CRC computation for generic polynomials using PCLMULQDQ instruction
// (Intel, 2009). 128 bits that stand n bits before others are added to them after their halves were multiplied by x^(n+32) and x^(n-32) modulo
// the polynomial. The constants are these powers, of zlib's polynomial, with their bits reversed and shifted left by one:
constexpr long long overFour[2] = {0x154442bd4, 0x1c6e41596};  // n = 512
constexpr long long overOne[2] = {0x1751997d0, 0x0ccaa009e};   // n = 128

#define WITH_MULTIPLICATION __attribute__((target("pclmul,sse4.1")))

WITH_MULTIPLICATION inline __m128i load(const uint8_t *bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes)); }

WITH_MULTIPLICATION inline __m128i folded(__m128i value, __m128i powers, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(value, powers, 0x00), high = _mm_clmulepi64_si128(value, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

WITH_MULTIPLICATION size_t fold(uint32_t checksum, const uint8_t *bytes, size_t count, uint8_t *remainder) {
  __m128i powers = _mm_set_epi64x(overFour[1], overFour[0]);
  __m128i lanes[4] = {load(bytes), load(bytes + 16), load(bytes + 32), load(bytes + 48)};
  // zlib's checksum is the register with its bits inverted; the register is added to the first bits of the message.
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(~checksum)));
  size_t position = 64;
  for (; position + 64 <= count; position += 64)
    for (int i = 0; i < 4; i++) lanes[i] = folded(lanes[i], powers, load(bytes + position + 16 * i));
  powers = _mm_set_epi64x(overOne[1], overOne[0]);
  __m128i rest = lanes[0];
  for (int i = 1; i < 4; i++) rest = folded(rest, powers, lanes[i]);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(remainder), rest);
  return position;
}

}  // namespace

size_t ember_crc32_fold(uint32_t checksum, const void *bytes, size_t count, uint8_t remainder[16]) {
  static const bool canMultiply = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return canMultiply && count >= 64 ? fold(checksum, static_cast<const uint8_t *>(bytes), count, remainder) : 0;
}

#else

size_t ember_crc32_fold(uint32_t, const void *, size_t, uint8_t[16]) { return 0; }

#endif
