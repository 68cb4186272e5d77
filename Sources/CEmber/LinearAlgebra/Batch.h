// How a batch of matrices is spread over the threads, and the memory that a routine needs besides.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "Lapack.h"
#include "ember_runtime.h"

extern "C" void omp_set_num_threads(int);

namespace ember::lapack {

/// Memory for one thread's calls, uninitialised.
template <class T>
class Workspace {
 public:
  explicit Workspace(int64_t count) : memory_(new T[size_t(std::max<int64_t>(count, 1))]) {}
  operator T *() const { return memory_.get(); }

 private:
  std::unique_ptr<T[]> memory_;
};

/// The size that a routine asks for in the first element of its workspace; rounded up, as float32 cannot hold every integer.
template <class T>
int askedSize(T answer) { return int(std::nextafter(std::real(answer), INFINITY)) + 1; }

/// From how many operations on, roughly, OpenBLAS's threads are worth their meetings. Bidiagonal, tridiagonal and Hessenberg forms
/// are made of thousands of short products of a matrix and a vector, at each of which all threads meet; where another program holds
/// a core, every meeting takes as long as the system lets that run.
constexpr double worthThreadsInProducts = 0, worthThreadsInPanels = 2e9, worthThreadsInReductions = 5e10;

/// Calls body(first, end) for ranges of the matrices 0..<batch. Small matrices are shared out to the threads in ranges whose
/// length depends on `operations` (roughly, a matrix) alone; large ones come one range after another on this thread, and OpenBLAS
/// uses all threads for each if there are more than `worthThreads` operations. OpenBLAS keeps to one thread inside a parallel region.
template <class Body>
void forEachRange(int64_t batch, double operations, double worthThreads, Body &&body) {
  ember_thread_count();  // tells OpenMP, and with it OpenBLAS, how many threads this thread's calls may use
  constexpr double worthSharing = 4e6, worthStarting = 2e4;
  if (batch == 0) return;
  if (batch == 1 || operations > std::max(worthSharing, worthThreads)) {
    if (operations <= worthThreads) omp_set_num_threads(1);
    body(int64_t(0), batch);
    ember_thread_count();
    return;
  }
  const int64_t length = std::max<int64_t>(1, int64_t(worthStarting / std::max(operations, 1.0)));
  struct Range {
    Body *body;
    int64_t batch, length;
  } range{&body, batch, length};
  ember_parallel((batch + length - 1) / length, [](void *context, int64_t index) {
    auto *range = static_cast<Range *>(context);
    const int64_t first = index * range->length;
    (*range->body)(first, std::min(first + range->length, range->batch));
  }, &range);
}

/// Folds the parts of numbers into sixteen results, since one would have every step wait for the one before.
template <class T, class Step>
auto foldParts(const T *values, int64_t count, Step &&step) {
  constexpr int64_t width = 16;
  const auto *parts = reinterpret_cast<const Real<T> *>(values);
  const int64_t total = count * (isComplex<T> ? 2 : 1);
  std::array<Real<T>, width> results = {};
  int64_t i = 0;
  for (; i + width <= total; i += width)
    for (int64_t j = 0; j < width; ++j) results[size_t(j)] = step(results[size_t(j)], parts[i + j]);
  for (; i < total; ++i) results[0] = step(results[0], parts[i]);
  return results;
}

template <class T>
bool isFinite(const T *values, int64_t count) {
  // Zero times anything finite is zero; one pass without branches.
  const auto sums = foldParts(values, count, [](Real<T> sum, Real<T> x) { return sum + x * 0; });
  return std::all_of(sums.begin(), sums.end(), [](Real<T> sum) { return sum == 0; });
}

/// Calls body with a null pointer of the element type that `dtype` names.
template <class Body>
void withType(int32_t dtype, Body &&body) {
  switch (dtype) {
    case EMBER_FLOAT32: return body(static_cast<float *>(nullptr));
    case EMBER_FLOAT64: return body(static_cast<double *>(nullptr));
    case EMBER_COMPLEX64: return body(static_cast<std::complex<float> *>(nullptr));
    case EMBER_COMPLEX128: return body(static_cast<std::complex<double> *>(nullptr));
  }
}

}  // namespace ember::lapack
