// Transforms of lengths that have the factors 2, 3 and 5 alone.
#pragma once
#include <complex>
#include <cstdint>

namespace ember {

template <class T>
struct SmoothKernels;

/// A forward transform of n complex numbers with parts of type T (float, double). Constant after construction, so that threads can
/// share it.
template <class T>
class SmoothTransform {
 public:
  explicit SmoothTransform(int64_t n);
  ~SmoothTransform();
  SmoothTransform(const SmoothTransform &) = delete;

  /// Up to how many neighbouring lines are transformed together.
  int64_t mostLines() const;

  /// How many numbers `transform` needs besides its operands.
  int64_t scratchCount(int64_t lines = 1) const;

  /// y = the transform of x, times `scale`; the three memories are different ones, `scratch` is aligned to 64 bytes. With `exchange`, real
  /// and imaginary parts are exchanged before and after: the inverse transform. Several lines follow each other where `apart` is 1, and
  /// begin at neighbours otherwise: the elements of each lie `apart` numbers apart.
  void transform(const std::complex<T> *x, std::complex<T> *y, std::complex<T> *scratch, bool exchange = false, T scale = 1,
                 int64_t lines = 1, int64_t apart = 1) const;

 private:
  const SmoothKernels<T> *kernels;
  void *plan;
};

/// The transform y[0 ... half] of 2 · half real numbers, or its conjugate, from that of its even elements as real and its odd ones as
/// imaginary parts, z; times `scale`. `turns[k]` is exp(-πi k / half).
template <class T>
void separateHalves(const std::complex<T> *z, const std::complex<T> *turns, int64_t half, bool conjugate, T scale, std::complex<T> *y);

/// From z[0 ... half], or its conjugate, what the inverse transform of `half` numbers makes 2 · half real ones of: these are the real and
/// imaginary parts, in that order, of its result. Imaginary parts of z[0] and z[half] are not read.
template <class T>
void joinHalves(const std::complex<T> *z, const std::complex<T> *turns, int64_t half, bool conjugate, std::complex<T> *y);

/// y = a · b · scale, with a's conjugate, or the conjugate of all, where asked. y may be a.
template <class T>
void multiply(const std::complex<T> *a, const std::complex<T> *b, int64_t count, bool conjugateLeft, bool conjugateProduct, T scale,
              std::complex<T> *y);

}  // namespace ember
