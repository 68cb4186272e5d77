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

}  // namespace ember
