// The incomplete gamma and beta functions: their derivatives with respect to every argument, up to second order in the shape
// parameters, their densities and their inverses. Equation numbers with a dot in them are those of the Digital Library of
// Mathematical Functions.
//
// Derivatives with respect to shapes are those of the series and continued fractions themselves, computed in numbers that carry their
// derivatives along (R. J. Moore, AS 187, 1982, does so for the gamma function, R. J. Boik and J. F. Robison-Cox, "Derivatives of the
// incomplete beta function", Journal of Statistical Software 3, 1998, for the beta function): no difference quotient, no cancellation.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "SpecialFunctions.h"

namespace ember::special {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double tiny = 1e-300;

/// lgamma writes a global sign; this form does not.
double logGamma(double x) {
  int sign;
  return ::lgamma_r(x, &sign);
}

double trigamma(double x) { return polygamma(1, x); }

/// log(1 + u) - u, without the cancellation around 0: with r = u / (2 + u), log(1 + u) = 2 (r + r³/3 + r⁵/5 + …).
double log1pMinus(double u) {
  if (std::fabs(u) > 0.5) return std::log1p(u) - u;
  double r = u / (2 + u), square = r * r;
  double sum = 0;
  for (int k = 35; k >= 3; k -= 2) sum = sum * square + 1.0 / k;
  return r * (2 * square * sum - u);
}

/// log Γ(a) - (a - ½) log a + a - ½ log 2π, the remainder of Stirling's formula (5.11.1), for a >= 10.
double stirlingRemainder(double a) {
  double y = 1 / (a * a);
  return 1 / a * (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 -
         y * (691.0 / 360360 - y * (1.0 / 156 - y * (3617.0 / 122400))))))));
}

/// A function of two variables at a point: its value and derivatives up to the second order.
struct Jet {
  double value = 0, a = 0, b = 0, aa = 0, ab = 0, bb = 0;

  Jet(double value) : value(value) {}
  static Jet firstVariable(double value) {
    Jet jet(value);
    jet.a = 1;
    return jet;
  }
  static Jet secondVariable(double value) {
    Jet jet(value);
    jet.b = 1;
    return jet;
  }
  Jet &operator+=(const Jet &o) {
    value += o.value, a += o.a, b += o.b, aa += o.aa, ab += o.ab, bb += o.bb;
    return *this;
  }
};

Jet operator+(Jet p, const Jet &q) { return p += q; }

Jet operator*(const Jet &p, const Jet &q) {
  Jet r(p.value * q.value);
  r.a = p.a * q.value + p.value * q.a;
  r.b = p.b * q.value + p.value * q.b;
  r.aa = p.aa * q.value + 2 * p.a * q.a + p.value * q.aa;
  r.ab = p.ab * q.value + p.a * q.b + p.b * q.a + p.value * q.ab;
  r.bb = p.bb * q.value + 2 * p.b * q.b + p.value * q.bb;
  return r;
}

Jet operator-(const Jet &p, const Jet &q) { return p + q * Jet(-1); }

Jet reciprocal(const Jet &p) {
  Jet r(1 / p.value);
  double square = r.value * r.value;
  r.a = -p.a * square;
  r.b = -p.b * square;
  r.aa = (2 * p.a * p.a * r.value - p.aa) * square;
  r.ab = (2 * p.a * p.b * r.value - p.ab) * square;
  r.bb = (2 * p.b * p.b * r.value - p.bb) * square;
  return r;
}

/// A product exp(log) · rest, where `log` is known by its derivatives alone and the value of exp(log) is `scale`.
Jet scaled(double scale, const Jet &log, const Jet &rest) {
  Jet factor(1);
  factor.a = log.a;
  factor.b = log.b;
  factor.aa = log.a * log.a + log.aa;
  factor.ab = log.a * log.b + log.ab;
  factor.bb = log.b * log.b + log.bb;
  return Jet(scale) * (factor * rest);
}

/// A number that may be divided by.
template <class Number>
Number nonzero(Number x) {
  return x == 0 ? tiny : x;
}
Jet nonzero(Jet x) {
  if (x.value == 0) x.value = tiny;
  return x;
}
double reciprocal(double x) { return 1 / x; }
double value(double x) { return x; }
double value(const Jet &x) { return x.value; }

/// How far to sum when `count` terms made the value converge: derivatives come later by a factor that is logarithmic in the accuracy.
template <class Number>
int64_t termsNeeded(int64_t count) {
  return std::is_same_v<Number, double> ? count : count + count / 2 + 10;
}

/// The continued fraction first / (b₁ + n₁ / (b₂ + n₂ / …)) in W. J. Lentz's way; `next(k)` gives the pair (nₖ, bₖ₊₁).
template <class Number, class Next>
Number continuedFraction(Number b, Next next) {
  Number d = reciprocal(nonzero(b)), c = Number(1 / tiny), fraction = d;
  int64_t end = 1 << 24;
  for (int64_t k = 1; k < end; ++k) {
    auto [numerator, denominator] = next(k);
    d = reciprocal(nonzero(numerator * d + denominator));
    c = nonzero(denominator + numerator * reciprocal(c));
    Number step = c * d;
    fraction = fraction * step;
    if (end == 1 << 24 && std::fabs(value(step) - 1) < epsilon) end = std::min(end, termsNeeded<Number>(k + 1));
  }
  return fraction;
}

// MARK: Incomplete gamma function

bool isSeries(double a, double x) { return x < 1.1 || x < a + 1; }

/// Σ x^k / ((a + 1) … (a + k)): P(a, x) is this times x^a exp(-x) / Γ(a + 1) (8.7.1).
Jet gammaSeries(double a, double x) {
  Jet shape = Jet::firstVariable(a), term = 1, sum = 1;
  int64_t end = 1 << 30;
  for (int64_t k = 1; k < end; ++k) {
    term = term * (Jet(x) * reciprocal(shape + Jet(double(k))));
    sum += term;
    if (end == 1 << 30 && term.value <= sum.value * 0.1 * epsilon) end = termsNeeded<Jet>(k + 1);
  }
  return sum;
}

/// Q(a, x) over the density (8.9.2).
Jet gammaFraction(double a, double x) {
  Jet shape = Jet::firstVariable(a);
  Jet fraction = continuedFraction<Jet>(Jet(x + 1) - shape, [&](int64_t k) {
    double n = double(k);
    return std::pair(Jet(-n) * (Jet(n) - shape), Jet(x + 1 + 2 * n) - shape);
  });
  return Jet(x) * fraction;
}

/// P(a, x), of which only the derivatives are meant to be used.
Jet gammaLowerJet(double a, double x) {
  double density = gammaDensity(a, x);
  Jet log(0);
  if (isSeries(a, x)) {
    log.a = std::log(x) - digamma(a + 1);
    log.aa = -trigamma(a + 1);
    return scaled(density * x / a, log, gammaSeries(a, x));
  }
  log.a = std::log(x) - digamma(a);
  log.aa = -trigamma(a);
  return scaled(-density, log, gammaFraction(a, x));
}

/// ∂Q/∂a over the density for large a, from the leading terms of N. M. Temme's uniform expansion (8.12.4), whose relative error is below
/// 1e-3 / a. With λ = x / a and η²/2 = λ - 1 - log λ, all terms share the factor exp(-a η²/2).
double gammaUniformSlope(double a, double x) {
  double excess = (x - a) / a;
  double logRatio = std::log1p(excess);
  double eta = std::copysign(std::sqrt(-2 * log1pMinus(excess)), excess);
  // c₀ = 1 / (λ - 1) - 1 / η (8.12.9) and its derivative, by their Taylor series where they would cancel.
  bool small = std::fabs(eta) < 1e-3;
  double c0 = small ? -1.0 / 3 + eta / 12 : 1 / excess - 1 / eta;
  double c0Slope = small ? 1.0 / 12 - 2.0 / 45 * eta : 1 / (eta * eta) - eta * (1 + excess) / (excess * excess * excess);
  double quotient = small ? 1 + eta / 3 + eta * eta / 36 : excess / eta;
  double slope = quotient - eta / 2 - c0Slope * quotient / a + c0 * (logRatio - 0.5 / a);
  return (1 + excess) * std::exp(stirlingRemainder(a)) * slope;
}

bool isShapeAndPoint(double a, double x) { return a > 0 && a < infinity && x > 0 && x < infinity; }

/// The root of a function that grows from below 0 to above 0, by Newton's method inside a bracket that shrinks. `function(u)` returns
/// the function and its derivative.
template <class Function>
double growingRoot(double u, Function function) {
  double low = -infinity, high = infinity, width = 1;
  for (int i = 0; i < 200; ++i) {
    auto [excess, slope] = function(u);
    if (excess == 0) return u;
    (excess < 0 ? low : high) = u;
    double next = u - excess / slope;
    if (!(next > low && next < high) || !(slope > 0)) {
      // Outside of the bracket, or no slope to follow: halve the bracket, or widen it where it is still open.
      if (low == -infinity) next = high - width;
      else if (high == infinity) next = low + width;
      else next = low + (high - low) / 2;
      width *= 2;
    }
    if (std::fabs(next - u) <= 2 * epsilon * std::fabs(next) || next == low || next == high) return next;
    u = next;
  }
  return u;
}

/// x with P(a, x) = p and Q(a, x) = q, of which the smaller is exact.
double gammaQuantile(double a, double p, double q) {
  if (!(a > 0 && p >= 0 && q >= 0)) return nan;
  if (p == 0) return 0;
  if (q == 0) return infinity;
  // E. B. Wilson and M. M. Hilferty's approximation; near 0, the first term of the series.
  double z = p < q ? inverseNormal(p) : -inverseNormal(q);
  double root = 1 - 1 / (9 * a) + z / (3 * std::sqrt(a));
  double guess = a > 0.5 && root > 0.2 ? std::log(a) + 3 * std::log(root) : (std::log(p) + logGamma(a + 1)) / a;
  if (guess < -700) return std::exp(guess);  // where the other terms do not count
  if (guess > 3 && a < 1) guess = std::log(3 - std::log(q));
  // In log x, log P is concave and grows: Newton's method finds its root from anywhere below it.
  bool lower = p < q;
  double target = std::log(lower ? p : q);
  double u = growingRoot(guess, [&](double u) {
    double x = std::exp(u);
    double tail = lower ? gammaLower(a, x) : gammaUpper(a, x);
    double excess = lower ? std::log(tail) - target : target - std::log(tail);
    return std::pair(excess, gammaDensity(a, x) * x / tail);
  });
  double x = std::exp(u);
  // u has an absolute error of its last place; a step in x itself has the relative one.
  double density = gammaDensity(a, x);
  double error = lower ? gammaLower(a, x) - p : q - gammaUpper(a, x);
  double polished = x - error / density;
  return std::fabs(polished - x) < 1e-6 * x ? polished : x;
}

}  // namespace

double gammaDensity(double a, double x) {
  if (!(a >= 0 && x >= 0)) return nan;
  if (a == 0 || x == infinity || a == infinity) return 0;
  if (x == 0) return a < 1 ? infinity : a == 1 ? 1 : 0;
  if (a < 10) return std::exp((a - 1) * std::log(x) - x - logGamma(a));
  // Γ by Stirling's series, so that the large exponents cancel before exp.
  return std::exp(a * log1pMinus((x - a) / a) - stirlingRemainder(a)) * std::sqrt(a / (2 * M_PI)) / x;
}

double gammaLowerShapeSlope(double a, double x) {
  if (!isShapeAndPoint(a, x)) return a > 0 && (x == 0 || x == infinity) ? 0 : nan;
  if (a > 1e5 && std::fabs(x - a) < 0.3 * a) return -gammaDensity(a, x) * gammaUniformSlope(a, x);
  return gammaLowerJet(a, x).a;
}

double gammaLowerShapeCurvature(double a, double x) {
  if (!isShapeAndPoint(a, x)) return a > 0 && (x == 0 || x == infinity) ? 0 : nan;
  return gammaLowerJet(a, x).aa;
}

double gammaLowerInverse(double a, double p) { return gammaQuantile(a, p, 1 - p); }
double gammaUpperInverse(double a, double q) { return gammaQuantile(a, 1 - q, q); }

// MARK: Incomplete beta function

namespace {

/// A point of the unit interval with its distance from 1, which may be known better than 1 - x.
struct UnitPoint {
  double x, y;
  UnitPoint mirrored() const { return {y, x}; }
  double logX() const { return x > 0.5 ? std::log1p(-y) : std::log(x); }
  double logY() const { return y > 0.5 ? std::log1p(-x) : std::log(y); }
};

/// x^a y^b / B(a, b)
double betaPower(double a, double b, UnitPoint at) {
  if (a >= 10 && b >= 10) {
    // The gamma functions by Stirling's series: the large exponents and the linear terms of the logarithms cancel.
    double n = a + b, distance = at.x * b - at.y * a;
    double exponent = a * log1pMinus(distance / a) + b * log1pMinus(-distance / b);
    double rest = stirlingRemainder(n) - stirlingRemainder(a) - stirlingRemainder(b);
    return std::exp(exponent + rest) * std::sqrt(a / (2 * M_PI) * (b / n));
  }
  double small = std::min(a, b), large = std::max(a, b);
  double logRatio = large < 10 ? logGamma(large) - logGamma(large + small)
                               : small - (large + small - 0.5) * std::log1p(small / large) - small * std::log(large) +
                                 stirlingRemainder(large) - stirlingRemainder(large + small);
  return std::exp(a * at.logX() + b * at.logY() - logGamma(small) - logRatio);
}

/// Whether the fraction is that of I_y(b, a): it converges fast below the mean. For small b it is taken further, where I is small.
bool isMirrored(double a, double b, UnitPoint at) {
  return at.x > (a + 1) / (a + b + 2) && !(b < 1 && at.x <= 0.9);
}

/// I_x(a, b) over x^a y^b / (a B(a, b)), by 8.17.22.
template <class Number>
Number betaFraction(Number a, Number b, double x) {
  return continuedFraction<Number>(Number(1), [&](int64_t k) {
    double m = double(k / 2);
    Number at = a + Number(2 * m);
    Number numerator = k % 2 == 0 ? Number(m) * (b - Number(m)) * Number(x) * reciprocal((at - Number(1)) * at)
                                  : Number(-x) * (a + Number(m)) * (a + b + Number(m)) * reciprocal(at * (at + Number(1)));
    return std::pair(numerator, Number(1));
  });
}

/// I_x(a, b) and 1 - I_x(a, b), the smaller of which is exact.
std::pair<double, double> betaTails(double a, double b, UnitPoint at) {
  double power = betaPower(a, b, at);
  if (isMirrored(a, b, at)) {
    double upper = power / b * betaFraction(b, a, at.y);
    return {1 - upper, upper};
  }
  double lower = power / a * betaFraction(a, b, at.x);
  return {lower, 1 - lower};
}

/// I_x(a, b), of which only the derivatives are meant to be used.
Jet betaJet(double a, double b, UnitPoint at) {
  double power = betaPower(a, b, at);
  Jet first = Jet::firstVariable(a), second = Jet::secondVariable(b), log(0);
  bool mirrored = isMirrored(a, b, at);
  double sum = digamma(a + b);
  log.ab = trigamma(a + b);
  log.a = at.logX() + sum - digamma(mirrored ? a : a + 1);
  log.b = at.logY() + sum - digamma(mirrored ? b + 1 : b);
  log.aa = log.ab - trigamma(mirrored ? a : a + 1);
  log.bb = log.ab - trigamma(mirrored ? b + 1 : b);
  return mirrored ? scaled(-power / b, log, betaFraction(second, first, at.y)) : scaled(power / a, log, betaFraction(first, second, at.x));
}

bool areShapesAndPoint(double a, double b, UnitPoint at) {
  return a > 0 && b > 0 && a < infinity && b < infinity && at.x > 0 && at.y > 0;
}

/// One of the derivatives of I_x(a, b); 0 at the ends of the interval.
double betaDerivative(double a, double b, double x, double Jet::*which) {
  UnitPoint at{x, 1 - x};
  if (areShapesAndPoint(a, b, at)) return betaJet(a, b, at).*which;
  return a > 0 && b > 0 && (x == 0 || x == 1) ? 0 : nan;
}

UnitPoint fromLogit(double u) { return {1 / (1 + std::exp(-u)), 1 / (1 + std::exp(u))}; }

/// log(x / y) of the point with I_x(a, b) = p and 1 - I_x(a, b) = q, of which the smaller is exact.
double betaQuantileLogit(double a, double b, double p, double q) {
  if (!(a > 0 && b > 0 && p >= 0 && q >= 0)) return nan;
  if (p == 0) return -infinity;
  if (q == 0) return infinity;
  bool lower = p < q;
  double target = std::log(lower ? p : q);
  // The first term of the series of the smaller tail: log x ≈ (log p + log(a B(a, b))) / a. For large shapes, the normal approximation.
  double logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  double guess = lower ? (target + std::log(a) + logBeta) / a : -(target + std::log(b) + logBeta) / b;
  if (lower ? guess < -600 : guess > 600) return guess;  // where the other terms do not count
  if ((a > 1 && b > 1) || std::fabs(guess) < 1) {
    double z = lower ? inverseNormal(p) : -inverseNormal(q);
    guess = std::log(a / b) + z * std::sqrt(1 / a + 1 / b);
  }
  return growingRoot(guess, [&](double u) {
    UnitPoint at = fromLogit(u);
    if (at.x == 0 || at.y == 0) return std::pair(at.x == 0 ? -1.0 : 1.0, 0.0);
    auto [below, above] = betaTails(a, b, at);
    double tail = lower ? below : above;
    return std::pair(lower ? std::log(tail) - target : target - std::log(tail), betaPower(a, b, at) / tail);
  });
}

}  // namespace

double betaDensity(double a, double b, double x) {
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1)) return nan;
  if (a == 0 || b == 0) return 0;
  if (x == 0) return a < 1 ? infinity : a == 1 ? b : 0;
  if (x == 1) return b < 1 ? infinity : b == 1 ? a : 0;
  return betaPower(a, b, {x, 1 - x}) / x / (1 - x);
}

double betaLower(double a, double b, double x) {
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1)) return nan;
  if (x == 0 || x == 1) return x;
  // All the mass lies at 0 or at 1.
  if (a == 0 || b == infinity) return b == 0 || a == infinity ? nan : 1;
  if (b == 0 || a == infinity) return 0;
  return betaTails(a, b, {x, 1 - x}).first;
}

double betaLowerSlopeA(double a, double b, double x) { return betaDerivative(a, b, x, &Jet::a); }
double betaLowerSlopeB(double a, double b, double x) { return betaDerivative(a, b, x, &Jet::b); }
double betaLowerCurvatureAA(double a, double b, double x) { return betaDerivative(a, b, x, &Jet::aa); }
double betaLowerCurvatureAB(double a, double b, double x) { return betaDerivative(a, b, x, &Jet::ab); }
double betaLowerCurvatureBB(double a, double b, double x) { return betaDerivative(a, b, x, &Jet::bb); }

double betaLowerInverse(double a, double b, double p) { return fromLogit(betaQuantileLogit(a, b, p, 1 - p)).x; }

// MARK: Student's t distribution

namespace {

/// ν / (ν + t²), of which I gives twice the tail beyond |t|.
UnitPoint studentPoint(double nu, double t) {
  double square = t * t;
  if (square == infinity) return {nu / t / t, 1};
  return {nu / (nu + square), square / (nu + square)};
}

}  // namespace

double studentT(double nu, double t) {
  if (!(nu > 0) || t != t) return nan;
  if (std::isinf(t)) return t > 0 ? 1 : 0;
  if (nu == infinity) return normal(t);
  if (t == 0) return 0.5;
  UnitPoint at = studentPoint(nu, t);
  if (at.x == 0) return t > 0 ? 1 : 0;
  if (at.y == 0) return 0.5;
  auto [beyond, within] = betaTails(nu / 2, 0.5, at);
  return t < 0 ? 0.5 * beyond : 0.5 + 0.5 * within;
}

double studentTDensity(double nu, double t) {
  if (!(nu > 0) || t != t) return nan;
  if (std::isinf(t)) return 0;
  if (nu == infinity) return std::exp(-0.5 * t * t) / std::sqrt(2 * M_PI);
  // x^(ν/2) √y / B(ν/2, ½) is |t| times the density.
  UnitPoint at = studentPoint(nu, 1);
  double middle = betaPower(nu / 2, 0.5, at) * std::pow(1 + 1 / nu, 0.5 * (nu + 1));
  return middle * std::exp(-0.5 * (nu + 1) * std::log1p(t / nu * t));
}

double studentTSlope(double nu, double t) {
  if (!(nu > 0) || t != t) return nan;
  UnitPoint at = studentPoint(nu, t);
  if (!(nu < infinity) || !(at.x > 0 && at.y > 0)) return 0;
  // ν moves the shape ν/2 and the point, whose speed is x y / ν.
  double a = nu / 2;
  double slope = 0.5 * betaJet(a, 0.5, at).a + betaPower(a, 0.5, at) / nu;
  return (t < 0 ? 0.5 : -0.5) * slope;
}

double studentTCurvature(double nu, double t) {
  if (!(nu > 0) || t != t) return nan;
  UnitPoint at = studentPoint(nu, t);
  if (!(nu < infinity) || !(at.x > 0 && at.y > 0)) return 0;
  double a = nu / 2;
  // d/dν of ½ I_a + x^a √y / (ν B(a, ½)).
  double power = betaPower(a, 0.5, at);
  double logSlope = at.logX() - digamma(a) + digamma(a + 0.5);
  double powerSlope = 0.5 * logSlope + (a * at.y - 0.5 * at.x) / nu;
  double curvature = 0.25 * betaJet(a, 0.5, at).aa + 0.5 * power / nu * logSlope + power / nu * (powerSlope - 1 / nu);
  return (t < 0 ? 0.5 : -0.5) * curvature;
}

double studentTInverse(double nu, double p) {
  if (!(nu > 0 && p >= 0 && p <= 1)) return nan;
  if (nu == infinity) return inverseNormal(p);
  if (p == 0 || p == 1) return p == 0 ? -infinity : infinity;
  double tail = std::min(p, 1 - p);
  // Twice the tail is I, and what is left of 1 is exact for tails from ¼ on.
  double u = betaQuantileLogit(nu / 2, 0.5, 2 * tail, 1 - 2 * tail);
  return std::copysign(std::sqrt(nu) * std::exp(-u / 2), p - 0.5);
}

}  // namespace ember::special
