// Bessel functions of orders 0 and 1.
#include <cmath>

#include "SpecialFunctions.h"

namespace ember::special {
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
