#include "SmoothTransform.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "../InstructionSets/InstructionSet.h"

namespace ember {

struct SmoothKernels {
  void *(*make)(int64_t n);
  void (*destroy)(void *plan);
  int64_t (*scratchCount)(const void *plan);
  void (*transform)(const void *plan, const double *x, double *y, double *scratch);
  void (*separateHalves)(const double *z, const double *turns, int64_t half, double *y);
  void (*joinHalves)(const double *z, const double *turns, int64_t half, double *y);
};

}  // namespace ember

#define EMBER_KERNELS "../FourierTransform/SmoothTransform.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {

SmoothTransform::SmoothTransform(int64_t n) : kernels(EMBER_SELECT(smoothKernels)), plan(kernels->make(n)) {}
SmoothTransform::~SmoothTransform() { kernels->destroy(plan); }

int64_t SmoothTransform::scratchCount() const { return kernels->scratchCount(plan) / 2; }

void SmoothTransform::transform(const std::complex<double> *x, std::complex<double> *y, std::complex<double> *scratch) const {
  kernels->transform(plan, reinterpret_cast<const double *>(x), reinterpret_cast<double *>(y), reinterpret_cast<double *>(scratch));
}

void separateHalves(const std::complex<double> *z, const std::complex<double> *turns, int64_t half, std::complex<double> *y) {
  y[0] = z[0].real() + z[0].imag();
  y[half] = z[0].real() - z[0].imag();
  EMBER_SELECT(smoothKernels)->separateHalves(reinterpret_cast<const double *>(z), reinterpret_cast<const double *>(turns), half,
                                              reinterpret_cast<double *>(y));
}

void joinHalves(const std::complex<double> *z, const std::complex<double> *turns, int64_t half, std::complex<double> *y) {
  EMBER_SELECT(smoothKernels)->joinHalves(reinterpret_cast<const double *>(z), reinterpret_cast<const double *>(turns), half,
                                          reinterpret_cast<double *>(y));
}

}  // namespace ember
