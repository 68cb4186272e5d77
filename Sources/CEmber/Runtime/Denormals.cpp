// The processor's switch for numbers below the smallest normal one. It belongs to a thread, and threads inherit it when they are made.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstdint>

#include "Parallel.h"
#include "ember_runtime.h"

namespace {

void setOnThisThread(void *flush) {
  [[maybe_unused]] const bool on = *static_cast<const bool *>(flush);
#if defined(__x86_64__)
  // Results (flush to zero) and operands (denormals are zero).
  constexpr unsigned bits = 0x8000 | 0x0040;
  _mm_setcsr(on ? _mm_getcsr() | bits : _mm_getcsr() & ~bits);
#elif defined(__aarch64__)
  constexpr uint64_t bit = uint64_t(1) << 24;
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  control = on ? control | bit : control & ~bit;
  __asm__ volatile("msr fpcr, %0" : : "r"(control));
#endif
}

}  // namespace

extern "C" bool ember_set_flush_denormals(bool flush) {
#if defined(__x86_64__) || defined(__aarch64__)
  ember::onEveryThread(setOnThisThread, &flush);
  return true;
#else
  (void)flush;
  return false;
#endif
}
