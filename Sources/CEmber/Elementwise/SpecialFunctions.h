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

// Incomplete gamma and beta functions (IncompleteFunctions.cpp)

/// x^(a-1) exp(-x) / Γ(a), the derivative of P in x.
double gammaDensity(double a, double x);
/// ∂P(a, x)/∂a and ∂²P(a, x)/∂a².
double gammaLowerShapeSlope(double a, double x);
double gammaLowerShapeCurvature(double a, double x);
/// x with P(a, x) = p, and x with Q(a, x) = q.
double gammaLowerInverse(double a, double p);
double gammaUpperInverse(double a, double q);
/// I_x(a, b), the regularised incomplete beta function, for a, b >= 0 and 0 <= x <= 1.
double betaLower(double a, double b, double x);
/// x^(a-1) (1-x)^(b-1) / B(a, b), the derivative of I in x.
double betaDensity(double a, double b, double x);
/// The derivatives of I with respect to a and b, of first and second order.
double betaLowerSlopeA(double a, double b, double x);
double betaLowerSlopeB(double a, double b, double x);
double betaLowerCurvatureAA(double a, double b, double x);
double betaLowerCurvatureAB(double a, double b, double x);
double betaLowerCurvatureBB(double a, double b, double x);
/// x with I_x(a, b) = p.
double betaLowerInverse(double a, double b, double p);
/// The distribution function of Student's t with ν degrees of freedom, its density, its two derivatives in ν, and its inverse.
double studentT(double nu, double t);
double studentTDensity(double nu, double t);
double studentTSlope(double nu, double t);
double studentTCurvature(double nu, double t);
double studentTInverse(double nu, double p);

// Error function and normal distribution (ErrorFunctions.cpp)

/// The inverse of erf.
double inverseErf(double x);
/// Φ(x), the normal distribution function.
double normal(double x);
/// The inverse of Φ.
double inverseNormal(double p);

// Bessel functions (BesselFunctions.cpp)

/// Functions of the first (J) and second (Y) kind of orders 0 and 1; Y is -∞ at 0 and NaN below.
double besselJ0(double x);
double besselJ1(double x);
double besselY0(double x);
double besselY1(double x);

/// The derivative of sin(πx) / (πx).
double sincSlope(double x);

}  // namespace ember::special
