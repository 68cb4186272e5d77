#include "SmoothTransform.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "../InstructionSets/InstructionSet.h"

namespace ember {

template <class T>
struct SmoothKernels {
  int64_t lanes;
  void *(*make)(int64_t n);
  void (*destroy)(void *plan);
  int64_t (*scratchCount)(const void *plan, int64_t lines);
  void (*transform)(const void *plan, const T *x, T *y, int64_t lines, int64_t apart, bool exchange, T scale, T *scratch);
  void (*addMirrored)(const T *z, const T *turns, int64_t half, bool conjugateTurns, bool conjugate, T scale, T *y);
  void (*multiply)(const T *a, const T *b, int64_t count, bool conjugateLeft, bool conjugateProduct, T scale, T *y);
};

struct AllSmoothKernels {
  SmoothKernels<float> ofFloat;
  SmoothKernels<double> ofDouble;
};

}  // namespace ember

#define EMBER_KERNELS "../FourierTransform/SmoothTransform.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

template <class T>
const SmoothKernels<T> *ofType(const AllSmoothKernels *all) {
  if constexpr (std::is_same_v<T, float>) return &all->ofFloat;
  else return &all->ofDouble;
}
template <class T>
const SmoothKernels<T> *kernelsOf() { return ofType<T>(EMBER_SELECT(smoothKernels)); }

/// Lines shorter than the square of the lanes leave some of them idle: they are for narrower registers.
template <class T>
const SmoothKernels<T> *kernelsFor(int64_t n) {
  const SmoothKernels<T> *best = kernelsOf<T>();
#if defined(__x86_64__)
  if (instructionSet() == InstructionSet::avx512 && n < best->lanes * best->lanes) return ofType<T>(&avx2::smoothKernels);
#endif
  return best;
}

template <class T>
const T *parts(const std::complex<T> *z) { return reinterpret_cast<const T *>(z); }
template <class T>
T *parts(std::complex<T> *z) { return reinterpret_cast<T *>(z); }

}  // namespace

template <class T>
SmoothTransform<T>::SmoothTransform(int64_t n) : kernels(kernelsFor<T>(n)), plan(kernels->make(n)) {}
template <class T>
SmoothTransform<T>::~SmoothTransform() { kernels->destroy(plan); }

template <class T>
int64_t SmoothTransform<T>::mostLines() const { return kernels->lanes; }

template <class T>
int64_t SmoothTransform<T>::scratchCount(int64_t lines) const { return kernels->scratchCount(plan, lines) / 2; }

template <class T>
void SmoothTransform<T>::transform(const std::complex<T> *x, std::complex<T> *y, std::complex<T> *scratch, bool exchange, T scale,
                                   int64_t lines, int64_t apart) const {
  kernels->transform(plan, parts(x), parts(y), lines, apart, exchange, scale, parts(scratch));
}

template <class T>
void separateHalves(const std::complex<T> *z, const std::complex<T> *turns, int64_t half, bool conjugate, T scale, std::complex<T> *y) {
  y[0] = (z[0].real() + z[0].imag()) * scale;
  y[half] = (z[0].real() - z[0].imag()) * scale;
  kernelsOf<T>()->addMirrored(parts(z), parts(turns), half, false, conjugate, scale / 2, parts(y));
}

template <class T>
void joinHalves(const std::complex<T> *z, const std::complex<T> *turns, int64_t half, bool conjugate, std::complex<T> *y) {
  y[0] = {z[0].real() + z[half].real(), z[0].real() - z[half].real()};
  // Of the conjugate it is the conjugate of that with conjugate turns.
  kernelsOf<T>()->addMirrored(parts(z), parts(turns), half, !conjugate, conjugate, T(1), parts(y));
}

template <class T>
void multiply(const std::complex<T> *a, const std::complex<T> *b, int64_t count, bool conjugateLeft, bool conjugateProduct, T scale,
              std::complex<T> *y) {
  kernelsOf<T>()->multiply(parts(a), parts(b), count, conjugateLeft, conjugateProduct, scale, parts(y));
}

#define EMBER_INSTANTIATE(T)                                                                                                        \
  template class SmoothTransform<T>;                                                                                                \
  template void separateHalves(const std::complex<T> *, const std::complex<T> *, int64_t, bool, T, std::complex<T> *);              \
  template void joinHalves(const std::complex<T> *, const std::complex<T> *, int64_t, bool, std::complex<T> *);                     \
  template void multiply(const std::complex<T> *, const std::complex<T> *, int64_t, bool, bool, T, std::complex<T> *);
EMBER_INSTANTIATE(float)
EMBER_INSTANTIATE(double)
#undef EMBER_INSTANTIATE

}  // namespace ember
