// One length's transform: everything that does not depend on the data.
#pragma once
#include <complex>
#include <cstdint>
#include <memory>
#include <vector>

namespace ember {

/// A forward transform of n complex numbers in double precision. Constant after construction, so that threads can share it.
class FourierPlan {
 public:
  explicit FourierPlan(int64_t n);
  ~FourierPlan();

  /// The plan of a length; the most recent ones are kept.
  static std::shared_ptr<const FourierPlan> forLength(int64_t n);

  /// How many complex numbers `transform` needs besides its operands.
  int64_t scratchCount() const;

  /// y = the transform of x; the three memories are different ones.
  void transform(const std::complex<double> *x, std::complex<double> *y, std::complex<double> *scratch) const;

 private:
  struct Smooth;
  int64_t n;
  std::unique_ptr<Smooth> smooth;            // of length n, or of Bluestein's longer one
  int64_t padded = 0;                        // Bluestein's length, 0 where n has no large prime factor
  std::vector<std::complex<double>> chirp;   // exp(-πi k² / n)
  std::vector<std::complex<double>> filter;  // the transform of the conjugate chirp, wrapped around, divided by `padded`
};

}  // namespace ember
