// Special functions of one number, computed in double precision: the rows of ScalarOperators.def that no vector library has call
// these for each lane. A float32 result is the rounded double one. Accuracy is relative to the exact value unless said otherwise.
#pragma once

namespace ember::special {

// Gamma function and its relatives (GammaFunctions.cpp)

/// ψ(x), the derivative of log Γ; -∞ at +0, +∞ at -0, NaN at the other poles.
double digamma(double x);
/// The n-th derivative of ψ for whole n >= 0, else NaN.
double polygamma(double n, double x);
/// Hurwitz's ζ(s, q) = Σ (q + k)^-s over k >= 0, for s > 1. Below q = 0 only whole s have a value.
double zeta(double s, double q);
/// P(a, x), the regularised lower incomplete gamma function, for a >= 0 and x >= 0.
double gammaLower(double a, double x);
/// Q(a, x) = 1 - P(a, x), exact where it is small.
double gammaUpper(double a, double x);

// Error function and normal distribution (ErrorFunctions.cpp)

/// The inverse of erf.
double inverseErf(double x);
/// exp(x²) erfc(x), without overflow for positive x.
double scaledErfc(double x);
/// Φ(x), the normal distribution function.
double normal(double x);
/// log Φ(x), exact in both tails.
double logNormal(double x);
/// The inverse of Φ.
double inverseNormal(double p);

// Bessel functions (BesselFunctions.cpp)

/// I₀(x) and exp(-|x|) I₀(x), the modified functions of the first kind and order 0.
double besselI0(double x);
double besselI0Scaled(double x);
/// I₁(x) and exp(-|x|) I₁(x).
double besselI1(double x);
double besselI1Scaled(double x);
/// Functions of the first (J) and second (Y) kind of orders 0 and 1; Y is -∞ at 0 and NaN below.
double besselJ0(double x);
double besselJ1(double x);
double besselY0(double x);
double besselY1(double x);

/// The derivative of sin(πx) / (πx).
double sincSlope(double x);

}  // namespace ember::special
