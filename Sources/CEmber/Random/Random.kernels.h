// The generator's inner loops: the recurrence of MT19937, words to uniform numbers, uniform numbers to normal ones.

namespace mt19937 {
constexpr int64_t size = EMBER_MT19937_WORDS;
constexpr int64_t shift = 397;

template <class Word>
EMBER_INLINE Word mix(Word current, Word following, Word shifted) {
  Word y = (current & 0x80000000u) | (following & 0x7fffffffu);
  return shifted ^ (y >> 1) ^ ((Word(0) - (following & 1u)) & 0x9908b0dfu);
}

// state[j] becomes shifted[j] ^ f(state[j], state[j + 1]) for begin <= j < end, where every word read lies ahead of j or was
// written at least 227 words before, so that a whole register can be done at once.
EMBER_INLINE void advance(uint32_t *state, int64_t begin, int64_t end, int64_t offset) {
  int64_t j = begin;
  for (; j + lanes<uint32_t> <= end; j += lanes<uint32_t>) {
    store(state + j, mix(load(state + j), load(state + j + 1), load(state + j + offset)));
  }
  for (; j < end; j++) state[j] = mix(state[j], state[j + 1], state[j + offset]);
}

inline void twist(uint32_t *state) {
  advance(state, 0, size - shift, shift);
  advance(state, size - shift, size - 1, shift - size);
  state[size - 1] = mix(state[size - 1], state[0], state[shift - 1]);
}

/// Calls `body(words, first, count)` with runs of untempered words until `total` have been taken.
template <class Body>
EMBER_INLINE void take(ember_generator *generator, int64_t total, Body body) {
  for (int64_t done = 0; done < total;) {
    if (generator->left == 1) {
      twist(generator->state);
      generator->left = size + 1;
      generator->next = 0;
    }
    int64_t ready = generator->left - 1;
    int64_t count = ready < total - done ? ready : total - done;
    body(generator->state + generator->next, done, count);
    generator->left -= int32_t(count);
    generator->next += uint32_t(count);
    done += count;
  }
}

template <class Word>
EMBER_INLINE Word tempered(Word y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}
}  // namespace mt19937

inline void randomWords(ember_generator *generator, uint32_t *out, int64_t count) {
  mt19937::take(generator, count, [out](const uint32_t *words, int64_t first, int64_t length) {
    for (int64_t i = 0; i < length; i++) out[first + i] = mt19937::tempered(words[i]);
  });
}

// PyTorch scales with a fused multiply-add and moves what rounding lifted to `to` back to `from`. On [0, 1) neither changes
// anything.
template <class T>
EMBER_INLINE T scaled(T unit, T range, T from, T to) {
  T value = __builtin_elementwise_fma(unit, range, from);
  return value == to ? from : value;
}

inline void uniformFloat32(ember_generator *generator, float *out, int64_t count, float from, float to) {
  float range = to - from;
  bool unitInterval = from == 0 && to == 1;
  mt19937::take(generator, count, [=](const uint32_t *words, int64_t first, int64_t length) {
    float *target = out + first;
    for (int64_t i = 0; i < length; i++) {
      target[i] = float(int32_t(mt19937::tempered(words[i]) & 0xffffff)) * 0x1p-24f;
    }
    if (unitInterval) return;
    for (int64_t i = 0; i < length; i++) target[i] = scaled(target[i], range, from, to);
  });
}

inline void uniformFloat64(ember_generator *generator, double *out, int64_t count, double from, double to) {
  constexpr int64_t chunk = 512;
  uint32_t words[2 * chunk];
  double range = to - from;
  bool unitInterval = from == 0 && to == 1;
  for (int64_t done = 0; done < count; done += chunk) {
    int64_t length = count - done < chunk ? count - done : chunk;
    randomWords(generator, words, 2 * length);
    double *target = out + done;
    for (int64_t i = 0; i < length; i++) {
      // 21 upper and 32 lower bits: both convert exactly, and so does their sum.
      double high = double(int32_t(words[2 * i] & 0x1fffff));
      double low = double(words[2 * i + 1]);
      target[i] = (high * 0x1p32 + low) * 0x1p-53;
    }
    if (unitInterval) continue;
    for (int64_t i = 0; i < length; i++) target[i] = scaled(target[i], range, from, to);
  }
}

// Box–Muller on eight pairs at a time, with the single-precision logarithm, sine and cosine of Moshier's Cephes library (logf.c,
// sinf.c), which PyTorch's vector code uses too. The places of the fused multiply-adds are those of its compiled form: they
// decide the last bit.
// A block is eight pairs, so no register wider than eight floats is used.
constexpr int64_t pairLanes = EMBER_VECTOR_BYTES / 4 < 8 ? EMBER_VECTOR_BYTES / 4 : 8;
typedef float Floats __attribute__((ext_vector_type(pairLanes)));
typedef float UnalignedFloats __attribute__((ext_vector_type(pairLanes), aligned(4)));
typedef int32_t Ints __attribute__((ext_vector_type(pairLanes)));

EMBER_INLINE Floats fused(Floats a, Floats b, Floats c) { return __builtin_elementwise_fma(a, b, c); }

/// The logarithm of normal positive numbers.
EMBER_INLINE Floats cephesLog(Floats x) {
  Ints bits = __builtin_bit_cast(Ints, x);
  // x = mantissa · 2^exponent with the mantissa in [√½, √2), less 1
  Floats exponent = __builtin_convertvector((bits >> 23) - 126, Floats);
  Floats mantissa = __builtin_bit_cast(Floats, (bits & 0x007fffff) | 0x3f000000);
  Ints small = mantissa < Floats(0.707106781186547524f);
  exponent = small ? exponent - 1.0f : exponent;
  Floats m = small ? (mantissa - 1.0f) + mantissa : mantissa - 1.0f;
  Floats square = m * m;
  Floats y = 7.0376836292e-2f;
  y = fused(y, m, -1.1514610310e-1f);
  y = fused(y, m, 1.1676998740e-1f);
  y = fused(y, m, -1.2420140846e-1f);
  y = fused(y, m, 1.4249322787e-1f);
  y = fused(y, m, -1.6668057665e-1f);
  y = fused(y, m, 2.0000714765e-1f);
  y = fused(y, m, -2.4999993993e-1f);
  y = fused(y, m, 3.3333331174e-1f);
  y = y * m;
  y = fused(y, square, exponent * -2.12194440e-4f);
  y = fused(square, -0.5f, y);
  return fused(exponent, 0.693359375f, m + y);
}

/// Sine and cosine of 0 <= angle < 8192.
EMBER_INLINE void cephesSineCosine(Floats angle, Floats &sine, Floats &cosine) {
  // octant, rounded up to even, and the angle less octant · π/4, in three steps of falling size (Cody and Waite)
  Ints octant = __builtin_convertvector(angle * 1.27323954473516f, Ints);
  octant = (octant + 1) & ~1;
  Floats multiple = __builtin_convertvector(octant, Floats);
  Floats x = fused(multiple, -0.78515625f, angle);
  x = fused(multiple, -2.4187564849853515625e-4f, x);
  x = fused(multiple, -3.77489497744594108e-8f, x);
  Floats square = x * x;

  Floats even = 2.443315711809948e-5f;
  even = fused(even, square, -1.388731625493765e-3f);
  even = fused(even, square, 4.166664568298827e-2f);
  even = even * square;
  even = fused(even, square, square * -0.5f);
  even = even + 1.0f;

  Floats odd = -1.9515295891e-4f;
  odd = fused(odd, square, 8.3321608736e-3f);
  odd = fused(odd, square, -1.6666654611e-1f);
  odd = odd * square;
  odd = fused(odd, x, x);

  Ints swapped = (octant & 2) != 0;
  Ints sineSign = (octant & 4) << 29;
  Ints cosineSign = (~(octant - 2) & 4) << 29;
  sine = __builtin_bit_cast(Floats, __builtin_bit_cast(Ints, swapped ? even : odd) ^ sineSign);
  cosine = __builtin_bit_cast(Floats, __builtin_bit_cast(Ints, swapped ? odd : even) ^ cosineSign);
}

inline void normalBlocksFloat32(float *data, int64_t blocks, float mean, float standardDeviation) {
  for (float *end = data + 16 * blocks; data < end; data += 16) {
    for (int64_t pair = 0; pair < 8; pair += pairLanes) {
      UnalignedFloats *first = reinterpret_cast<UnalignedFloats *>(data + pair);
      UnalignedFloats *second = reinterpret_cast<UnalignedFloats *>(data + pair + 8);
      Floats u1 = 1.0f - *first;
      Floats radius = __builtin_elementwise_sqrt(-2.0f * cephesLog(u1));
      Floats sine, cosine;
      cephesSineCosine(float(2 * 3.14159265358979323846) * *second, sine, cosine);
      *first = fused(radius * cosine, standardDeviation, mean);
      *second = fused(radius * sine, standardDeviation, mean);
    }
  }
}

// The quotient by way of a double is off by one at most.
inline void remainders(const uint32_t *words, uint32_t range, uint32_t *out, int64_t count) {
  double inverse = 1.0 / range;
  for (int64_t i = 0; i < count; i++) {
    uint32_t quotient = uint32_t(int32_t(double(words[i]) * inverse));
    int32_t remainder = int32_t(words[i] - quotient * range);
    remainder += remainder < 0 ? int32_t(range) : 0;
    remainder -= remainder >= int32_t(range) ? int32_t(range) : 0;
    out[i] = uint32_t(remainder);
  }
}

inline void roundToFloat16(const float *numbers, _Float16 *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = _Float16(numbers[i]);
}

inline void roundToBFloat16(const float *numbers, uint16_t *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t word = __builtin_bit_cast(uint32_t, numbers[i]);
    out[i] = uint16_t((word + 0x7fff + ((word >> 16) & 1)) >> 16);
  }
}

static constexpr ember::RandomKernels randomKernelTable = {
    mt19937::twist, randomWords, uniformFloat32, uniformFloat64, normalBlocksFloat32, remainders, roundToFloat16,
    roundToBFloat16};
