// One length's transform: everything that does not depend on the data.
#pragma once
#include <complex>
#include <cstdint>
#include <memory>
#include <vector>

#include "SmoothTransform.h"

namespace ember {

/// A transform of n complex numbers with parts of type T (float, double). Constant after construction, so that threads can share it.
template <class T>
class FourierPlan {
 public:
  using Complex = std::complex<T>;

  FourierPlan(int64_t n, bool forReal);
  ~FourierPlan();

  /// The plan of a length, with or without what real numbers need besides; the most recent ones are kept.
  static std::shared_ptr<const FourierPlan> forLength(int64_t n, bool forReal);

  /// How many complex numbers `transform` needs besides its operands.
  int64_t scratchCount() const;

  /// The plan of n / 2 where n is even, with which two real numbers are transformed as one complex one; null otherwise.
  const FourierPlan *half() const { return halfPlan.get(); }

  /// exp(-2πi k / n) for k up to n / 2, where n is even.
  const Complex *turns() const { return turn.data(); }

  /// What can transform several neighbouring lines at once; null for lengths that have other factors than 2, 3 and 5.
  const SmoothTransform<T> *manyLines() const { return padded == 0 ? smooth.get() : nullptr; }

  /// y = the transform of x, or the inverse one, times `scale`; the three memories are different ones, `scratch` is aligned to 64 bytes.
  void transform(const Complex *x, Complex *y, Complex *scratch, bool inverse = false, T scale = 1) const;

 private:
  int64_t n;
  std::unique_ptr<SmoothTransform<T>> smooth;  // of length n, or of Bluestein's longer one
  int64_t padded = 0;                          // Bluestein's length, 0 where n has no large prime factor
  std::shared_ptr<const FourierPlan> halfPlan;
  std::vector<Complex> turn;
  std::vector<Complex> chirp;   // exp(-πi k² / n)
  std::vector<Complex> filter;  // the transform of the conjugate chirp, wrapped around, divided by `padded`
};

}  // namespace ember
