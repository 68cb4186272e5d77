// Sums of exponentials, a register of positions at a time.

#include "../Softmax/Exponential.kernels.h"

/// log y for 1 <= y <= 3: log √3 + 2 artanh(r), r = (y - √3) / (y + √3), whose series converges fast.
EMBER_INLINE Vector<double> logarithmUpToThree(Vector<double> y) {
  const Vector<double> r = (y - 1.7320508075688772935) / (y + 1.7320508075688772935), square = r * r;
  Vector<double> sum = Vector<double>(1.0 / 25);
  for (int k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return r * sum * 2.0 + 0.54930614433405484570;
}

static void advance(const double *a, const double *b, const double *c, const double *cost, const double *emission, int64_t count,
                    double *to) {
  const Vector<double> never = Vector<double>(-std::numeric_limits<double>::infinity());
  for (int64_t s = 0; s < count; s += lanes<double>) {
    const Vector<double> x = load(a + s), y = load(b + s), z = load(c + s) + load(cost + s);
    Vector<double> largest = x > y ? x : y;
    largest = largest > z ? largest : z;
    const auto isNever = largest == never;
    const Vector<double> shift = isNever ? Vector<double>(0.0) : largest;
    const Vector<double> sum = exponential(x - shift) + exponential(y - shift) + exponential(z - shift);
    store(to + s, isNever ? never : largest + logarithmUpToThree(isNever ? Vector<double>(1.0) : sum) + load(emission + s));
  }
}

static void exponentials(const double *x, int64_t count, double shift, double *to) {
  int64_t i = 0;
  for (; i + lanes<double> <= count; i += lanes<double>) store(to + i, exponential(load(x + i) - shift));
  for (; i < count; ++i) to[i] = exponential(x[i] - shift);
}

static constexpr AlignmentKernels alignmentKernels = {advance, exponentials};
