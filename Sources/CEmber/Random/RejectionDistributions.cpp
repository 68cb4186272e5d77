// Gamma, Dirichlet, Poisson and binomial numbers. These draw until a candidate is accepted, so the number of words that one
// element takes varies, and every step below decides what the following elements are: the order of the draws and of the
// floating-point operations is PyTorch's.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "RandomKernels.h"

#pragma clang fp contract(off)

namespace ember {
namespace {

/// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000. `alpha` keeps the precision of
/// its tensor: the boost below is done in it.
template <class T>
double sampleGamma(ember_generator &generator, T alpha) {
  double scale = 1;
  if (alpha < 1) {
    if (alpha == 0) return 0;
    // Gamma(alpha) is Gamma(alpha + 1) times U^(1 / alpha).
    scale = std::pow(1 - uniform53(generator), double(T(1) / alpha));
    alpha += 1;
  }
  // PyTorch rounds these constants to single precision.
  const double d = double(alpha - T(1.0f / 3.0f));
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    double x, y;
    do {
      x = scalarNormal(generator);
      y = 1 + c * x;
    } while (y <= 0);
    const double v = y * y * y;
    const double u = 1 - uniform53(generator);
    const double square = x * x;
    const bool squeezed = u < 1 - double(0.0331f) * square * square;
    if (squeezed || std::log(u) < 0.5 * square + d * (1 - v + std::log(v))) return double(T(scale * d * v));
  }
}

/// Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and
/// Economics 12, 1993 (PTRS), for means from 10 on; below, products of uniform numbers are counted (Knuth).
int64_t samplePoisson(ember_generator &generator, double mean) {
  if (mean == 0) return 0;
  if (mean < 10) {
    const double limit = std::exp(-mean);
    int64_t events = 0;
    for (double product = uniform53(generator); product > limit; product *= uniform53(generator)) events++;
    return events;
  }
  const double logMean = std::log(mean);
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const double vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = uniform53(generator) - 0.5;
    const double v = uniform53(generator);
    const double us = 0.5 - std::fabs(u);
    const double candidate = std::floor((2 * a / us + b) * u + mean + 0.43);
    // A u at the very edge throws the candidate beyond any integer.
    if (!(candidate > -0x1p63 && candidate < 0x1p63)) continue;
    const int64_t k = int64_t(candidate);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v) + std::log(inverseAlpha) - std::log(a / (us * us) + b) <=
        -mean + double(k) * logMean - std::lgamma(double(k) + 1)) {
      return k;
    }
  }
}

/// log(k!) less Stirling's formula without its correction.
double stirlingTail(double k) {
  static constexpr double exact[] = {0.0810614667953272, 0.0413406959554092,  0.0276779256849983, 0.02079067210376509,
                                     0.0166446911898211, 0.0138761288230707,  0.0118967099458917, 0.0104112652619720,
                                     0.00925546218271273, 0.00833056343336287};
  if (k < 10) return exact[int(k)];
  const double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

/// Counts the geometric waiting times that fit into the trials; for few expected successes.
template <class T>
T binomialByInversion(ember_generator &generator, T trials, T p) {
  const double logFailure = double(std::log1p(-p));
  double sum = 0;
  for (T successes = 0;; successes += 1) {
    sum += std::ceil(std::log(uniform53(generator)) / logFailure);
    if (sum > double(trials)) return successes;
  }
}

/// Hörmann, "The generation of binomial random variates", Journal of Statistical Computation and Simulation 46, 1993
/// (BTRS). Expressions in the parameters alone are evaluated in their own precision, as in PyTorch.
template <class T>
T binomialByTransformedRejection(ember_generator &generator, T trials, T p) {
  const double deviation = double(std::sqrt(trials * p * (1 - p)));
  const double b = 1.15 + 2.53 * deviation;
  const double a = -0.0873 + 0.0248 * b + 0.01 * double(p);
  const double c = double(trials * p) + 0.5;
  const double vr = 0.92 - 4.2 / b;
  const double odds = double(p / (1 - p));
  const double alpha = (2.83 + 5.1 / b) * deviation;
  const double mode = double(std::floor((trials + 1) * p));
  for (;;) {
    const double u = uniform53(generator) - 0.5;
    double v = uniform53(generator);
    const double us = 0.5 - std::fabs(u);
    const T k = T(std::floor((2 * a / us + b) * u + c));
    // Written so that a candidate that is not a number is rejected too.
    if (!(k >= 0 && k <= trials)) continue;
    if (us >= 0.07 && v <= vr) return k;
    v = std::log(v * alpha / (a / (us * us) + b));
    const double n = double(trials);
    const double bound = (mode + 0.5) * std::log((mode + 1) / (odds * (n - mode + 1))) +
                         double(trials + 1) * std::log((n - mode + 1) / double(trials - k + 1)) +
                         (double(k) + 0.5) * std::log(odds * double(trials - k + 1) / double(k + 1)) +
                         stirlingTail(mode) + stirlingTail(n - mode) - stirlingTail(double(k)) -
                         stirlingTail(double(trials - k));
    if (v <= bound) return k;
  }
}

template <class T>
T sampleBinomial(ember_generator &generator, T trials, T p) {
  if (trials <= 0 || p <= 0) return 0;
  if (p >= 1) return trials;
  if (p != p || trials != trials) return std::numeric_limits<T>::quiet_NaN();
  // The rarer outcome is the one that is drawn.
  const bool mirrored = p > T(0.5);
  const T rarer = mirrored ? T(1.0 - double(p)) : p;
  const T drawn = trials * rarer >= 10 ? binomialByTransformedRejection(generator, trials, rarer)
                                       : binomialByInversion(generator, trials, rarer);
  return mirrored ? trials - drawn : drawn;
}

template <class Body>
auto withRealType(int32_t dtype, Body &&body) {
  return dtype == EMBER_FLOAT64 ? body.template operator()<double>() : body.template operator()<float>();
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" void ember_random_standard_gamma(ember_generator *generator, void *out, const void *alpha, int32_t dtype,
                                            int64_t count) {
  withRealType(dtype, [=]<class T>() {
    for (int64_t i = 0; i < count; i++) {
      T sample = T(sampleGamma(*generator, static_cast<const T *>(alpha)[i]));
      static_cast<T *>(out)[i] = std::max(std::numeric_limits<T>::min(), sample);
    }
  });
}

extern "C" void ember_random_dirichlet(ember_generator *generator, void *out, const void *alpha, int32_t dtype,
                                       int64_t rows, int64_t categories) {
  withRealType(dtype, [=]<class T>() {
    // Gamma numbers in double, since small concentrations underflow in single precision; normalised to lie inside (0, 1).
    const T below = std::nextafter(T(1), T(0));
    for (int64_t row = 0; row < rows; row++) {
      const T *concentrations = static_cast<const T *>(alpha) + row * categories;
      T *target = static_cast<T *>(out) + row * categories;
      // The sum is needed first; drawing the same numbers twice costs no memory.
      ember_generator start = *generator;
      double sum = 0;
      for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) *generator = start;
        for (int64_t i = 0; i < categories; i++) {
          double gamma = std::max(std::numeric_limits<double>::min(), sampleGamma(*generator, double(concentrations[i])));
          if (pass == 0) {
            sum += gamma;
          } else {
            target[i] = std::min(below, std::max(std::numeric_limits<T>::min(), T(gamma / sum)));
          }
        }
      }
    }
  });
}

extern "C" int ember_random_poisson(ember_generator *generator, void *out, const void *rate, int32_t dtype,
                                    int64_t count) {
  return withRealType(dtype, [=]<class T>() {
    for (int64_t i = 0; i < count; i++) {
      double mean = double(static_cast<const T *>(rate)[i]);
      if (!(mean >= 0) || std::isinf(mean)) return 1;
      static_cast<T *>(out)[i] = T(samplePoisson(*generator, mean));
    }
    return 0;
  });
}

extern "C" void ember_random_binomial(ember_generator *generator, void *out, const void *trials, const void *p,
                                      int32_t dtype, int64_t count) {
  withRealType(dtype, [=]<class T>() {
    for (int64_t i = 0; i < count; i++) {
      static_cast<T *>(out)[i] =
          sampleBinomial(*generator, static_cast<const T *>(trials)[i], static_cast<const T *>(p)[i]);
    }
  });
}
