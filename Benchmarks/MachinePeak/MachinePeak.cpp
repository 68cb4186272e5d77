// Loops that do nothing but multiply and add, or nothing but move memory. The best of several runs counts: everything else only disturbs.
#include "machine_peak.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace {

constexpr int runs = 20;

double seconds(auto &&body) {
  auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Runs `body(thread)` on all threads at once.
void onThreads(int threads, auto &&body) {
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back([&, t] { body(t); });
  body(0);
  for (auto &thread : others) thread.join();
}

/// Enough independent sums to keep two units busy whose results take four or five cycles.
constexpr int sums = 12;

/// `rounds` times `sums` multiplications with addition of vectors; returns something that depends on all.
template <typename Vector>
inline __attribute__((always_inline)) float multiplyAdd(long rounds) {
#pragma clang fp contract(fast)
  Vector a[sums], x = Vector{} + 0.999999f, y = Vector{} + 1e-6f;
  for (int i = 0; i < sums; ++i) a[i] = Vector{} + float(i);
  for (long r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int i = 0; i < sums; ++i) a[i] = a[i] * x + y;
  }
  Vector total{};
  for (int i = 0; i < sums; ++i) total += a[i];
  return total[0];
}

typedef float Floats4 __attribute__((vector_size(16)));
float multiplyAddBaseline(long rounds) { return multiplyAdd<Floats4>(rounds); }

#if defined(__x86_64__)
typedef float Floats8 __attribute__((vector_size(32)));
typedef float Floats16 __attribute__((vector_size(64)));
__attribute__((target("avx2,fma"))) float multiplyAddAVX2(long rounds) { return multiplyAdd<Floats8>(rounds); }
__attribute__((target("avx512f"))) float multiplyAddAVX512(long rounds) { return multiplyAdd<Floats16>(rounds); }
#endif

struct Kernel {
  float (*run)(long rounds);
  int width;
};

Kernel widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {multiplyAddAVX512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {multiplyAddAVX2, 8};
#endif
  return {multiplyAddBaseline, 4};
}

/// Results go here, so that no loop is left out.
volatile float sink;

}  // namespace

extern "C" double machine_peak_flops(int threads) {
  Kernel kernel = widest();
  const long rounds = 2'000'000;
  double best = 1e9;
  for (int run = 0; run < runs; ++run) {
    best = std::min(best, seconds([&] { onThreads(threads, [&](int) { sink = kernel.run(rounds); }); }));
  }
  return 2.0 * double(rounds) * sums * kernel.width * threads / best;
}

extern "C" double machine_peak_bandwidth(int threads) {
  const size_t count = size_t(32) << 20;
  std::vector<float> a(count), b(count, 1), c(count, 2);
  auto part = [&](int t) { return std::pair(count * size_t(t) / size_t(threads), count * size_t(t + 1) / size_t(threads)); };
  double sum = 1e9, triad = 1e9;
  for (int run = 0; run < runs; ++run) {
    sum = std::min(sum, seconds([&] {
      onThreads(threads, [&](int t) {
        auto [begin, end] = part(t);
        // As many sums as fill a cache line, or the additions would be waited for.
        float sums[64] = {};
        for (size_t i = begin; i + 64 <= end; i += 64) {
          for (int k = 0; k < 64; ++k) sums[k] += b[i + size_t(k)];
        }
        for (float value : sums) sink = sink + value;
      });
    }));
    triad = std::min(triad, seconds([&] {
      onThreads(threads, [&](int t) {
        auto [begin, end] = part(t);
        for (size_t i = begin; i < end; ++i) a[i] = b[i] + 3 * c[i];
      });
    }));
  }
  double bytes = double(count) * sizeof(float);
  return std::max(bytes / sum, 3 * bytes / triad);
}
