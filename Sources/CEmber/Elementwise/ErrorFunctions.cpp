// The error function's relatives, built on the C library's erf and erfc (below 1 ulp in double precision).
#include <cmath>
#include <limits>

#include "SpecialFunctions.h"

namespace ember::special {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double twoOverRootPi = 1.12837916709551257390;
constexpr double rootHalf = 0.70710678118654752440;
constexpr double rootHalfRest = -4.833646656726457e-17;  // √½ - rootHalf

/// y >= 0 with erfc(y) = c for 0 < c <= 1: Winitzki's approximation ("A handy approximation for the error function and its
/// inverse", 2008; relative error 2e-3), then Halley's iteration, which triples the digits.
double inverseErfc(double c) {
  const double a = 0.147;
  double l = std::log(c * (2 - c));
  double s = 2 / (M_PI * a) + l / 2;
  double y = std::sqrt(std::fmax(0, std::sqrt(s * s - l / a) - s));
  for (int i = 0; i < 3; ++i) {
    // Near 0 the difference is taken of erf, whose relative accuracy is that of y.
    double difference = c > 0.5 ? (1 - c) - std::erf(y) : std::erfc(y) - c;
    double step = difference / (twoOverRootPi * std::exp(-y * y));
    double next = y + step / (1 - y * step);
    if (!(next >= 0)) break;
    y = next;
  }
  return y;
}

/// -x/√2 as a sum of two doubles.
struct Scaled {
  double high, low;
};
Scaled negativeOverRootTwo(double x) {
  double high = -x * rootHalf;
  return {high, std::fma(-x, rootHalf, -high) - x * rootHalfRest};
}

}  // namespace

double inverseErf(double x) {
  double size = std::fabs(x);
  if (!(size < 1)) return size == 1 ? std::copysign(infinity, x) : nan;
  if (size < 1e-8) return x / twoOverRootPi;  // the next term is x³
  if (size < 0.5) {
    // As inverseErfc, but from x itself, of which 1 - x would lose digits.
    const double a = 0.147;
    double l = std::log1p(-size * size);
    double s = 2 / (M_PI * a) + l / 2;
    double y = std::sqrt(-l / a / (std::sqrt(s * s - l / a) + s));
    for (int i = 0; i < 2; ++i) {
      double step = (size - std::erf(y)) / (twoOverRootPi * std::exp(-y * y));
      y += step / (1 - y * step);
    }
    return std::copysign(y, x);
  }
  return std::copysign(inverseErfc(1 - size), x);
}

double normal(double x) {
  Scaled z = negativeOverRootTwo(x);
  double value = std::erfc(z.high);
  if (std::fabs(z.high) < 30) value -= twoOverRootPi * std::exp(-z.high * z.high) * z.low;
  return 0.5 * value;
}

double inverseNormal(double p) {
  if (!(p > 0 && p < 1)) return p == 0 ? -infinity : p == 1 ? infinity : nan;
  if (p < 0.25) return -M_SQRT2 * inverseErfc(2 * p);
  if (p > 0.75) return M_SQRT2 * inverseErfc(2 * (1 - p));
  return M_SQRT2 * inverseErf(2 * p - 1);
}

}  // namespace ember::special
