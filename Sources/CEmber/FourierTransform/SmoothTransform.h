// Transforms of lengths that have the factors 2, 3 and 5 alone.
#pragma once
#include <complex>
#include <cstdint>

namespace ember {

struct SmoothKernels;

/// A forward transform of n complex numbers in double precision. Constant after construction, so that threads can share it.
class SmoothTransform {
 public:
  explicit SmoothTransform(int64_t n);
  ~SmoothTransform();
  SmoothTransform(const SmoothTransform &) = delete;

  /// How many complex numbers `transform` needs besides its operands.
  int64_t scratchCount() const;

  /// y = the transform of x; the three memories are different ones, `scratch` is aligned to 64 bytes.
  void transform(const std::complex<double> *x, std::complex<double> *y, std::complex<double> *scratch) const;

 private:
  const SmoothKernels *kernels;
  void *plan;
};

}  // namespace ember
