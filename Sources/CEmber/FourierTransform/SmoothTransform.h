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

/// The transform y[0 ... half] of 2 · half real numbers, from that of its even elements as real and its odd ones as imaginary parts, z.
/// `turns[k]` is exp(-πi k / half).
void separateHalves(const std::complex<double> *z, const std::complex<double> *turns, int64_t half, std::complex<double> *y);

/// From z[0 ... half], what the transform of `half` numbers makes 2 · half real ones of: these are the imaginary and real parts, in that
/// order, of its result.
void joinHalves(const std::complex<double> *z, const std::complex<double> *turns, int64_t half, std::complex<double> *y);

}  // namespace ember
