// Bernoulli draws, dropout, integers, permutations and multinomials.
#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <new>
#include <limits>
#include <type_traits>
#include <utility>

#include "ElementConversion.h"
#include "RandomKernels.h"

#pragma clang fp contract(off)

namespace ember {
namespace {

constexpr int64_t chunkSize = 2048;

/// out[i] = u < p ? success : 0, each u uniform on [0, 1) by the 53-bit rule.
template <class T>
void chooseUniformly(ember_generator *generator, T *out, int64_t count, double p, T success) {
  double numbers[chunkSize];
  T failure = elementOf<T>(int64_t(0));
  for (int64_t done = 0; done < count; done += chunkSize) {
    int64_t length = std::min(chunkSize, count - done);
    randomKernels().uniformFloat64(generator, numbers, length, 0, 1);
    for (int64_t i = 0; i < length; i++) out[done + i] = numbers[i] < p ? success : failure;
  }
}

/// out[i] = transform(word), one 32-bit word an element.
template <class T, class Transform>
void transformWords(ember_generator *generator, T *out, int64_t count, Transform transform) {
  uint32_t words[chunkSize];
  for (int64_t done = 0; done < count; done += chunkSize) {
    int64_t length = std::min(chunkSize, count - done);
    randomKernels().words(generator, words, length);
    for (int64_t i = 0; i < length; i++) out[done + i] = elementOf<T>(transform(words[i]));
  }
}

/// out[i] = transform(bits), two words an element, the first the upper half.
template <class T, class Transform>
void transformWordPairs(ember_generator *generator, T *out, int64_t count, Transform transform) {
  uint32_t words[2 * chunkSize];
  for (int64_t done = 0; done < count; done += chunkSize) {
    int64_t length = std::min(chunkSize, count - done);
    randomKernels().words(generator, words, 2 * length);
    for (int64_t i = 0; i < length; i++) {
      out[done + i] = elementOf<T>(transform(uint64_t(words[2 * i]) << 32 | words[2 * i + 1]));
    }
  }
}

/// Remainders by one fixed divisor other than 0, by way of its reciprocal with 64 significant bits (Granlund and Montgomery, PLDI
/// 1994). The quotient comes out one too small with a probability below 2 / range, never by more.
class Remainder {
 public:
  explicit Remainder(uint64_t range) : range(range), shift(63 - std::countl_zero(range)) {
    unsigned __int128 numerator = (static_cast<unsigned __int128>(1) << (64 + shift)) - 1;
    reciprocal = uint64_t(numerator / range);
  }
  uint64_t operator()(uint64_t bits) const {
    uint64_t quotient = uint64_t((static_cast<unsigned __int128>(bits) * reciprocal) >> 64) >> shift;
    uint64_t remainder = bits - quotient * range;
    return remainder < range ? remainder : remainder - range;
  }

 private:
  uint64_t range, reciprocal;
  int shift;
};

template <class T>
struct SignificantBits {
  static constexpr int value = std::numeric_limits<T>::digits;
};
template <>
struct SignificantBits<_Float16> {
  static constexpr int value = 11;
};
template <>
struct SignificantBits<BFloat16> {
  static constexpr int value = 8;
};

/// Swaps element i with one of those from i on, for every i but the last.
template <class T>
void permute(ember_generator *generator, T *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = elementOf<T>(i);
  // From here on 32 bits are no longer many times the number of choices.
  if (count < int64_t(UINT32_MAX / 20)) {
    uint32_t words[chunkSize];
    for (int64_t done = 0; done < count - 1; done += chunkSize) {
      int64_t length = std::min(chunkSize, count - 1 - done);
      randomKernels().words(generator, words, length);
      for (int64_t i = 0; i < length; i++) {
        int64_t place = done + i;
        std::swap(out[place], out[place + words[i] % uint32_t(count - place)]);
      }
    }
  } else {
    for (int64_t i = 0; i < count - 1; i++) {
      std::swap(out[i], out[i + int64_t(random64(*generator) % uint64_t(count - i))]);
    }
  }
}

/// float16 and bfloat16 weights are summed in float32, the others in their own type.
template <class T>
using Accumulator = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <class T>
int checkWeights(const T *weights, int64_t count) {
  bool isValid = true, isZero = true;
  for (int64_t i = 0; i < count; i++) {
    const Accumulator<T> weight = Accumulator<T>(weights[i]);
    isValid &= (weight >= 0) & (weight <= std::numeric_limits<Accumulator<T>>::max());
    isZero &= !(weight > 0);
  }
  return !isValid ? EMBER_MULTINOMIAL_INVALID_WEIGHT : isZero ? EMBER_MULTINOMIAL_ZERO_SUM : EMBER_MULTINOMIAL_OK;
}

/// For each of `many` numbers the first place of the ascending `sorted` that reaches it; the last one does. The searches do not wait for
/// each other.
template <int many, class A>
void firstReaching(const A *sorted, int64_t count, const double *numbers, int64_t *places) {
  for (int k = 0; k < many; k++) places[k] = 0;
  while (count > 1) {
    const int64_t half = count / 2;
    for (int k = 0; k < many; k++) places[k] += sorted[places[k] + half - 1] < numbers[k] ? half : 0;
    count -= half;
  }
}

/// The first place of the cumulative weights that reaches a uniform number.
template <class T>
int multinomialWithReplacement(ember_generator *generator, int64_t *out, const T *weights, int64_t rows,
                               int64_t categories, int64_t samples) {
  using A = Accumulator<T>;
  std::unique_ptr<A[]> cumulative(new (std::nothrow) A[size_t(categories)]);
  if (!cumulative) return EMBER_MULTINOMIAL_NO_MEMORY;
  for (int64_t row = 0; row < rows; row++, weights += categories, out += samples) {
    if (int error = checkWeights(weights, categories)) return error;
    A sum = 0;
    for (int64_t i = 0; i < categories; i++) cumulative[size_t(i)] = sum += A(weights[i]);
    for (int64_t i = 0; i < categories; i++) cumulative[size_t(i)] /= sum;
    cumulative[size_t(categories - 1)] = 1;
    constexpr int together = 8;
    double numbers[together];
    int64_t i = 0;
    for (; i + together <= samples; i += together) {
      for (double &number : numbers) number = uniform53(*generator);
      firstReaching<together>(cumulative.get(), categories, numbers, out + i);
    }
    for (; i < samples; i++) {
      numbers[0] = uniform53(*generator);
      firstReaching<1>(cumulative.get(), categories, numbers, out + i);
    }
  }
  return EMBER_MULTINOMIAL_OK;
}

/// The categories of the largest weight / e, each e exponential: the Gumbel-max trick without logarithms of the weights.
/// Among equal quotients the choice is that of the standard library's selection, as it is in PyTorch.
template <class T>
int multinomialByExponentials(ember_generator *generator, int64_t *out, const T *weights, int64_t rows,
                              int64_t categories, int64_t samples) {
  using A = Accumulator<T>;
  using Candidate = std::pair<A, int64_t>;
  for (int64_t row = 0; row < rows; row++) {
    if (int error = checkWeights(weights + row * categories, categories)) return error;
  }
  std::unique_ptr<Candidate[]> storage(new (std::nothrow) Candidate[size_t(categories)]);
  std::unique_ptr<T[]> exponentials(new (std::nothrow) T[size_t(categories)]);
  if (!storage || !exponentials) return EMBER_MULTINOMIAL_NO_MEMORY;
  Candidate *candidates = storage.get();
  int32_t dtype = std::is_same_v<T, double>     ? EMBER_FLOAT64
                  : std::is_same_v<T, float>    ? EMBER_FLOAT32
                  : std::is_same_v<T, BFloat16> ? EMBER_BFLOAT16
                                                : EMBER_FLOAT16;
  auto greater = [](const Candidate &a, const Candidate &b) {
    return (std::isnan(a.first) && !std::isnan(b.first)) || a.first > b.first;
  };
  for (int64_t row = 0; row < rows; row++, weights += categories, out += samples) {
    ember_random_exponential(generator, exponentials.get(), dtype, categories, 1);
    for (int64_t i = 0; i < categories; i++) {
      A quotient = A(weights[i]) / A(exponentials[size_t(i)]);
      candidates[i] = {A(elementOf<T>(double(quotient))), i};
    }
    if (samples == 1) {
      out[0] = std::min_element(candidates, candidates + categories, greater)->second;
      continue;
    }
    if (samples * 64 <= categories) {
      std::partial_sort(candidates, candidates + samples, candidates + categories, greater);
    } else {
      std::nth_element(candidates, candidates + samples - 1, candidates + categories, greater);
      std::sort(candidates, candidates + samples - 1, greater);
    }
    for (int64_t i = 0; i < samples; i++) out[i] = candidates[i].second;
  }
  return EMBER_MULTINOMIAL_OK;
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" void ember_random_bernoulli(ember_generator *generator, void *out, int32_t dtype, int64_t count, double p) {
  withElementType(dtype, [=]<class T>() {
    chooseUniformly(generator, static_cast<T *>(out), count, p, elementOf<T>(int64_t(1)));
  });
}

extern "C" int ember_random_bernoulli_tensor(ember_generator *generator, void *out, int32_t dtype, int64_t count,
                                             const void *probabilities, int32_t probabilities_dtype) {
  return withElementType(dtype, [=]<class T>() {
    return withFloatingType(probabilities_dtype, [=]<class P>() {
      T *target = static_cast<T *>(out);
      const P *p = static_cast<const P *>(probabilities);
      for (int64_t i = 0; i < count; i++) {
        Accumulator<P> probability = Accumulator<P>(p[i]);
        if (!(probability >= 0 && probability <= 1)) return 1;
        bool success;
        if constexpr (std::is_same_v<P, double>) {
          success = uniform53(*generator) < probability;
        } else {
          success = float(random32(*generator) & 0xffffff) * 0x1p-24f < probability;
        }
        target[i] = elementOf<T>(int64_t(success));
      }
      return 0;
    });
  });
}

extern "C" void ember_random_dropout_mask(ember_generator *generator, void *out, int32_t dtype, int64_t count, double p) {
  withFloatingType(dtype, [=]<class T>() {
    T *target = static_cast<T *>(out);
    if (p == 1) {
      std::fill_n(target, count, elementOf<T>(int64_t(0)));
      return;
    }
    using A = Accumulator<T>;
    chooseUniformly(generator, target, count, 1 - p, elementOf<T>(double(A(1) / A(1 - p))));
  });
}

extern "C" void ember_random_integers(ember_generator *generator, void *out, int32_t dtype, int64_t count, int64_t base,
                                      uint64_t range) {
  withElementType(dtype, [=]<class T>() {
    T *target = static_cast<T *>(out);
    // Below 2^28 the remainder of one word is used, skewed by at most 1/16; above, that of two.
    if (range == 0) {
      transformWordPairs(generator, target, count, [](uint64_t bits) { return int64_t(bits); });
      return;
    }
    if (range >= uint64_t(1) << 28) {
      transformWordPairs(generator, target, count, [base, remainder = Remainder(range)](uint64_t bits) {
        return int64_t(remainder(bits) + uint64_t(base));
      });
      return;
    }
    if (range == 1) {
      transformWords(generator, target, count, [base](uint32_t) { return base; });
      return;
    }
    uint32_t words[chunkSize];
    for (int64_t done = 0; done < count; done += chunkSize) {
      int64_t length = std::min(chunkSize, count - done);
      randomKernels().words(generator, words, length);
      randomKernels().remainders(words, uint32_t(range), words, length);
      for (int64_t i = 0; i < length; i++) target[done + i] = elementOf<T>(int64_t(words[i]) + base);
    }
  });
}

extern "C" void ember_random_all_integers(ember_generator *generator, void *out, int32_t dtype, int64_t count) {
  withElementType(dtype, [=]<class T>() {
    T *target = static_cast<T *>(out);
    if constexpr (std::is_same_v<T, bool>) {
      transformWords(generator, target, count, [](uint32_t word) { return int64_t(word & 1); });
    } else if constexpr (std::is_same_v<T, int64_t>) {
      transformWordPairs(generator, target, count, [](uint64_t bits) { return int64_t(bits & INT64_MAX); });
    } else if constexpr (std::is_same_v<T, double>) {
      transformWordPairs(generator, target, count,
                         [](uint64_t bits) { return int64_t(bits % ((uint64_t(1) << 53) + 1)); });
    } else if constexpr (std::is_integral_v<T>) {
      transformWords(generator, target, count,
                     [](uint32_t word) { return int64_t(word & uint32_t(std::numeric_limits<T>::max())); });
    } else {
      constexpr uint32_t modulus = (uint32_t(1) << SignificantBits<T>::value) + 1;
      transformWords(generator, target, count, [](uint32_t word) { return int64_t(word % modulus); });
    }
  });
}

extern "C" void ember_random_permutation(ember_generator *generator, void *out, int32_t dtype, int64_t count) {
  withElementType(dtype, [=]<class T>() { permute(generator, static_cast<T *>(out), count); });
}

extern "C" int ember_random_multinomial(ember_generator *generator, int64_t *out, const void *weights,
                                        int32_t weights_dtype, int64_t rows, int64_t categories, int64_t samples,
                                        bool replacement) {
  if (rows == 0 || samples == 0) return EMBER_MULTINOMIAL_OK;
  if (categories == 0) return EMBER_MULTINOMIAL_ZERO_SUM;
  return withFloatingType(weights_dtype, [=]<class T>() {
    const T *values = static_cast<const T *>(weights);
    // A single draw needs no replacement.
    return replacement && samples > 1
               ? multinomialWithReplacement(generator, out, values, rows, categories, samples)
               : multinomialByExponentials(generator, out, values, rows, categories, samples);
  });
}

extern "C" void ember_random_memory_order(int32_t rank, const int64_t *sizes, const int64_t *strides, int32_t *order) {
  // Insertion sort from the fastest dimension outwards. A dimension of stride 0 is left where it is: it cannot be ordered.
  int32_t fastest[EMBER_MAX_RANK];
  for (int32_t i = 0; i < rank; i++) fastest[i] = rank - 1 - i;
  auto isSlower = [&](int32_t a, int32_t b) {
    int64_t strideA = strides[a] < 0 ? -strides[a] : strides[a], strideB = strides[b] < 0 ? -strides[b] : strides[b];
    if (strideA == 0 || strideB == 0) return 0;
    if (strideA != strideB) return strideA > strideB ? 1 : -1;
    return sizes[a] > sizes[b] ? 1 : 0;
  };
  for (int32_t i = 1; i < rank; i++) {
    int32_t moving = i;
    for (int32_t other = i - 1; other >= 0; other--) {
      int comparison = isSlower(fastest[other], fastest[moving]);
      if (comparison > 0) {
        std::swap(fastest[other], fastest[moving]);
        moving = other;
      } else if (comparison < 0) {
        break;
      }
    }
  }
  for (int32_t i = 0; i < rank; i++) order[i] = fastest[rank - 1 - i];
}
