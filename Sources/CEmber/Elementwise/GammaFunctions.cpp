// The gamma function's relatives. Equation numbers with a dot in them are those of the Digital Library of Mathematical Functions.
#include <cmath>
#include <iterator>
#include <limits>

#include "SpecialFunctions.h"

namespace ember::special {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

template <int n>
double polynomial(const double (&coefficients)[n], double x) {
  double sum = coefficients[n - 1];
  for (int i = n - 2; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

/// lgamma writes a global sign; this form does not.
double logGamma(double x) {
  int sign;
  return ::lgamma_r(x, &sign);
}

/// B_2j / (2j)!, j = 1, 2, …
constexpr double bernoulliOverFactorial[] = {
    0.083333333333333333, -0.0013888888888888889, 3.3068783068783069e-5, -8.2671957671957672e-7,
    2.0876756987868099e-8, -5.2841901386874932e-10, 1.3382536530684679e-11, -3.3896802963225829e-13,
    8.5860620562778446e-15, -2.1748686985580619e-16, 5.5090028283602295e-18, -1.3954464685812523e-19,
    3.5347070396294675e-21};

/// ζ(s, q) by Euler-Maclaurin summation (25.11.28) from the first q + n that is large enough for the tail to converge.
double zetaSum(double s, double q) {
  double sum = 0, at = q;
  double enough = 10 + 0.5 * s;
  for (; at < enough; at += 1) {
    double term = std::pow(at, -s);
    sum += term;
    // For large s only a few terms count.
    if (at > 0 && std::fabs(term) * (at / (s - 1) + 1) < 0.01 * epsilon * std::fabs(sum)) return sum;
  }
  double power = std::pow(at, -s);
  double tail = power * (at / (s - 1) + 0.5);
  double factor = s * power / at;
  for (int j = 0; j < int(std::size(bernoulliOverFactorial)); ++j) {
    double term = factor * bernoulliOverFactorial[j];
    tail += term;
    if (std::fabs(term) < 0.01 * epsilon * std::fabs(tail)) break;
    double k = 2 * j + 1;
    factor *= (s + k) / at * ((s + k + 1) / at);
  }
  return sum + tail;
}

}  // namespace

double zeta(double s, double q) {
  if (s != s || q != q) return nan;
  if (s == 1) return infinity;
  if (s < 1) return nan;
  if (q <= 0) {
    if (q == std::floor(q)) return infinity;
    if (s != std::floor(s)) return nan;  // powers of negative numbers
    if (q < -20) {
      // Σ (k + q)^-s over all whole k depends on the fraction of q only: what lies below 0 is taken from it.
      double fraction = q - std::floor(q);
      double sign = std::fmod(s, 2) == 0 ? 1 : -1;
      return zetaSum(s, fraction) + sign * (zetaSum(s, 1 - fraction) - zetaSum(s, 1 - q));
    }
  }
  if (s == infinity) return q > 1 ? 0 : q == 1 ? 1 : infinity;
  return zetaSum(s, q);
}

double digamma(double x) {
  if (x == 0) return std::copysign(infinity, -x);
  if (x != x || x == -infinity) return nan;
  double result = 0;
  if (x < 0) {
    // Reflection (5.5.4); πx by way of the fraction, which is exact.
    double whole;
    double fraction = std::modf(x, &whole);
    if (fraction == 0) return nan;
    result = -M_PI / std::tan(M_PI * fraction);
    x = 1 - x;
  }
  // Around the positive zero, given as a sum of two doubles, by its Taylor series, whose accuracy is relative.
  const double zero = 1.4616321449683622, zeroRest = 9.549995429965697e-17;
  static constexpr double series[] = {
    0.96767224544762117, -0.44276316898359211, 0.25849976095565101, -0.16394270544240653,
    0.10782405069126237, -0.072199561256454711, 0.048804288164143107, -0.033161126474847359,
    0.022597648232218105, -0.015424765904948959, 0.010538791616612175, -0.0072045343863568682,
    0.0049267813957298534, -0.0033698016554393281, 0.0023051263267349278, -0.0015769367714301973,
    0.0010788252019162966, -0.00073807093899600513, 0.00050495326583460204, -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803, 0.00011063372768747411, -7.5691795821950659e-5};
  double distance = (x - zero) - zeroRest;
  if (std::fabs(distance) < 0.3) return result + distance * polynomial(series, distance);
  // Recurrence (5.5.2), then the asymptotic series (5.11.2).
  for (; x < 10; x += 1) result -= 1 / x;
  double y = x < 1e17 ? 1 / (x * x) : 0;
  double tail = y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y * (1.0 / 132 -
                y * (691.0 / 32760 - y * (1.0 / 12)))))));
  return result + (std::log(x) - 0.5 / x - tail);
}

namespace {

/// ψ′, the most frequent of them: recurrence (5.15.5), then the asymptotic series (5.15.8).
double trigamma(double x) {
  double sum = 0;
  for (; x < 12; x += 1) sum += 1 / (x * x);
  double y = x < 1e17 ? 1 / (x * x) : 0;
  double series = 1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y * (1.0 / 30 - y * (5.0 / 66 - y * (691.0 / 2730 - y * (7.0 / 6))))));
  return sum + (1 / x + y * (0.5 + series / x));
}

}  // namespace

double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  if (n == 1 && x > 0) return trigamma(x);
  if (!(n > 0) || n != std::floor(n)) return nan;
  // 25.11.12: ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! ζ(n + 1, x)
  double sign = std::fmod(n, 2) == 0 ? -1 : 1;
  double value = zeta(n + 1, x);
  if (n <= 170) return sign * std::tgamma(n + 1) * value;
  return sign * std::copysign(std::exp(logGamma(n + 1) + std::log(std::fabs(value))), value);
}

namespace {

/// log(x / a) - m for m = (x - a) / a, without the cancellation around 0: with r = m / (2 + m), log(1 + m) = 2 (r + r³/3 + r⁵/5 + …).
double logRatioMinus(double a, double x) {
  double m = (x - a) / a;
  if (std::fabs(m) > 0.5) return std::log(x / a) - m;
  double r = m / (2 + m), square = r * r;
  double sum = 0;
  for (int k = 35; k >= 3; k -= 2) sum = sum * square + 1.0 / k;
  return r * (2 * square * sum - m);
}

/// log Γ(1 + a) for 0 <= a < 1, relatively exact near 0 (5.7.3).
double logGamma1p(double a) {
  if (a > 0.5) return logGamma(1 + a);
  static constexpr double series[] = {  // (ζ(k) - 1) / k, k = 2, 3, …
    0.32246703342411322, 0.067352301053198095, 0.020580808427784548, 0.0073855510286739853,
    0.0028905103307415233, 0.001192753911703261, 0.00050966952474304242, 0.00022315475845357938,
    9.9457512781808534e-5, 4.4926236738133142e-5, 2.0507212775670692e-5, 9.4394882752683959e-6,
    4.3748667899074878e-6, 2.0392157538013662e-6, 9.5514121304074198e-7, 4.492469198764566e-7,
    2.1207184805554666e-7, 1.00432248239681e-7, 4.7698101693639806e-8, 2.2711094608943165e-8,
    1.0838659214896954e-8, 5.1834750419700467e-9, 2.4836745438024783e-9, 1.1921401405860912e-9,
    5.731367241678862e-10, 2.7595228851242331e-10};
  return -std::log1p(a) + a * (0.42278433509846713939 + a * polynomial(series, -a));
}

/// x^a exp(-x) / Γ(a + 1)
double gammaPrefix(double a, double x) {
  if (a < 10) {
    if (x < 700 && x > 1e-30) return std::pow(x, a) * std::exp(-x) / std::tgamma(a + 1);
    return std::exp(a * std::log(x) - x - logGamma(a + 1));
  }
  // Γ by Stirling's series (5.11.1), so that the large exponents cancel before exp.
  double y = 1 / (a * a);
  double stirling = 1 / a * (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 -
                    y * (691.0 / 360360 - y * (1.0 / 156 - y * (3617.0 / 122400))))))));
  return std::exp(a * logRatioMinus(a, x) - stirling) / std::sqrt(2 * M_PI * a);
}

/// P(a, x) by its power series (8.7.1); all terms are positive.
double gammaLowerSeries(double a, double x) {
  double prefix = gammaPrefix(a, x);
  if (prefix == 0) return 0;
  double term = 1, sum = 1;
  for (double k = a + 1; term > sum * 0.1 * epsilon; k += 1) {
    term *= x / k;
    sum += term;
  }
  return prefix * sum;
}

/// Q(a, x) by its continued fraction (8.9.2) in W. J. Lentz's way.
double gammaUpperFraction(double a, double x) {
  double prefix = gammaPrefix(a, x) * a;
  if (prefix == 0) return 0;
  const double tiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / tiny, d = b == 0 ? 1 / tiny : 1 / b, fraction = d;
  for (int k = 1; k < 100000; ++k) {
    double n = -k * (k - a);
    b += 2;
    d = n * d + b;
    c = b + n / c;
    if (d == 0) d = tiny;
    if (c == 0) c = tiny;
    d = 1 / d;
    double step = d * c;
    fraction *= step;
    if (std::fabs(step - 1) < epsilon) break;
  }
  return prefix * fraction;
}

/// Q(a, x) for small a and x, where 1 - P would lose all digits: 1 - x^a / Γ(a + 1), and the rest of 8.7.1's other form.
double gammaUpperSeries(double a, double x) {
  double logX = std::log(x);
  double sum = 0, factor = 1;
  for (int n = 1; n < 100; ++n) {
    factor *= -x / n;
    double term = factor / (a + n);
    sum += term;
    if (std::fabs(term) < 0.1 * epsilon * std::fabs(sum)) break;
  }
  double first = -std::expm1(a * logX - logGamma1p(a));
  return first - std::exp(a * logX - logGamma1p(a)) * a * sum;
}

/// N. M. Temme's uniform expansion for large a (8.12.3, 8.12.4 and 8.12.7), Q when `upper`, else P. The coefficients are those of
/// 8.12.11 and 8.12.12, by the recursion given there.
double gammaUniform(double a, double x, bool upper) {
  static constexpr double c0[] = {
    -0.33333333333333333, 0.083333333333333333, -0.014814814814814815, 0.0011574074074074074,
    0.0003527336860670194, -0.00017875514403292181, 3.9192631785224378e-5, -2.1854485106799922e-6,
    -1.85406221071516e-6, 8.296711340953086e-7, -1.7665952736826079e-7, 6.7078535434014986e-9,
    1.0261809784240308e-8, -4.3820360184533532e-9, 9.1476995822367902e-10, -2.551419399494625e-11,
    -5.8307721325504251e-11, 2.4361948020667416e-11};
  static constexpr double c1[] = {
    -0.0018518518518518519, -0.0034722222222222222, 0.0026455026455026455, -0.00099022633744855967,
    0.00020576131687242798, -4.0187757201646091e-7, -1.8098550334489978e-5, 7.6491609160811101e-6,
    -1.6120900894563446e-6, 4.6471278028074343e-9, 1.378633446915721e-7, -5.752545603517705e-8,
    1.1951628599778147e-8, -1.7543241719747648e-11};
  static constexpr double c2[] = {
    0.0041335978835978836, -0.0026813271604938272, 0.00077160493827160494, 2.0093878600823045e-6,
    -0.00010736653226365161, 5.2923448829120125e-5, -1.2760635188618728e-5, 3.4235787340961381e-8,
    1.3721957309062933e-6, -6.298992138380055e-7};
  static constexpr double c3[] = {
    0.00064943415637860082, 0.00022947209362139918, -0.00046918949439525571, 0.00026772063206283885,
    -7.5618016718839764e-5, -2.3965051138672967e-7};
  double halfSquare = -logRatioMinus(a, x);  // η² / 2
  double eta = std::copysign(std::sqrt(2 * halfSquare), x - a);
  double series = polynomial(c0, eta) + (polynomial(c1, eta) + (polynomial(c2, eta) + polynomial(c3, eta) / a) / a) / a;
  double rest = std::exp(-a * halfSquare) / std::sqrt(2 * M_PI * a) * series;
  double argument = eta * std::sqrt(0.5 * a);
  return upper ? 0.5 * std::erfc(argument) + rest : 0.5 * std::erfc(-argument) - rest;
}

bool isUniform(double a, double x) { return a > 1e4 && std::fabs(x - a) < 0.3 * a; }

}  // namespace

double gammaLower(double a, double x) {
  if (!(a >= 0 && x >= 0)) return nan;
  if (a == 0) return x > 0 ? 1 : nan;
  if (x == 0) return 0;
  if (a == infinity) return x == infinity ? nan : 0;
  if (x == infinity) return 1;
  if (isUniform(a, x)) return gammaUniform(a, x, false);
  return x < a + 1 ? gammaLowerSeries(a, x) : 1 - gammaUpper(a, x);
}

double gammaUpper(double a, double x) {
  if (!(a >= 0 && x >= 0)) return nan;
  if (a == 0) return x > 0 ? 0 : nan;
  if (x == 0) return 1;
  if (a == infinity) return x == infinity ? nan : 1;
  if (x == infinity) return 0;
  if (isUniform(a, x)) return gammaUniform(a, x, true);
  if (x < 1.1 && a < 1 && (x < 0.5 ? a * -std::log(x) < 0.4 : a < 1.1 * x)) return gammaUpperSeries(a, x);
  return x < 1.1 || x < a ? 1 - gammaLowerSeries(a, x) : gammaUpperFraction(a, x);
}

}  // namespace ember::special
