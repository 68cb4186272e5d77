// Bessel functions of orders 0 and 1. Equation numbers are those of Abramowitz & Stegun.
#include <cmath>
#include <limits>

#include "SpecialFunctions.h"

namespace ember::special {
namespace {

/// From here on the asymptotic series reaches double precision (its smallest term is about exp(-2x)).
constexpr double asymptoticFrom = 20;

/// I_order(x) / (x/2)^order by the power series 9.6.10: all its terms are positive.
double besselISeries(int order, double x) {
  double q = 0.25 * x * x;
  double term = 1, sum = 1;
  for (int k = 1; k < 100; ++k) {
    term *= q / (double(k) * (k + order));
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

/// √(2πx) exp(-x) I_order(x) by the asymptotic series 9.7.1.
double besselIAsymptotic(int order, double x) {
  double mu = 4.0 * order * order;
  double term = 1, sum = 1;
  for (int k = 1; k < 40; ++k) {
    double odd = 2 * k - 1;
    double next = -term * (mu - odd * odd) / (k * 8 * x);
    if (std::fabs(next) >= std::fabs(term)) break;
    term = next;
    sum += term;
    if (std::fabs(term) < std::fabs(sum) * 1e-17) break;
  }
  return sum;
}

double besselI(int order, double x, bool scaled) {
  double size = std::fabs(x);
  double sign = order == 1 && x < 0 ? -1 : 1;
  if (x != x) return x;
  if (size < asymptoticFrom) {
    double value = besselISeries(order, size);
    if (order == 1) value *= 0.5 * size;
    return sign * (scaled ? value * std::exp(-size) : value);
  }
  if (size == std::numeric_limits<double>::infinity()) return scaled ? 0 * sign : sign * size;
  double value = besselIAsymptotic(order, size) / std::sqrt(2 * M_PI * size);
  if (scaled) return sign * value;
  // exp(x) overflows a little before the product does.
  if (size < 700) return sign * value * std::exp(size);
  double half = std::exp(0.5 * size);
  return sign * (value * half) * half;
}

}  // namespace

double besselI0(double x) { return besselI(0, x, false); }
double besselI0Scaled(double x) { return besselI(0, x, true); }
double besselI1(double x) { return besselI(1, x, false); }
double besselI1Scaled(double x) { return besselI(1, x, true); }

// POSIX has these four.
double besselJ0(double x) { return ::j0(x); }
double besselJ1(double x) { return ::j1(x); }
double besselY0(double x) { return ::y0(x); }
double besselY1(double x) { return ::y1(x); }

double sincSlope(double x) {
  double z = M_PI * x;
  if (std::fabs(z) < 0.5) {
    // π Σ (-1)^k 2k z^(2k-1) / (2k+1)!, the derivative of sinc's power series.
    double q = z * z;
    return -M_PI * z / 3 * (1 - q / 10 * (1 - q / 28 * (1 - q / 54 * (1 - q / 88 * (1 - q / 130)))));
  }
  if (std::isinf(x)) return 0;
  // cos and sin of πx by way of the nearest whole number, whose distance is exact.
  double whole = std::nearbyint(x);
  double rest = M_PI * (x - whole);
  double sign = std::fmod(whole, 2) == 0 ? 1 : -1;
  return sign * (std::cos(rest) - std::sin(rest) / z) / x;
}

}  // namespace ember::special
