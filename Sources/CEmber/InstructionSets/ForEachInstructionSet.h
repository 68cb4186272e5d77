// Compiles EMBER_KERNELS once per instruction set. No include guard: every subject includes this once. See InstructionSet.h.
// Inside, EMBER_VECTOR_BYTES is the register width and `Vector<T>` a register of T that takes arithmetic, comparison and ?:.

#if defined(__x86_64__)
#pragma clang attribute push(                                                                                        \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), \
    apply_to = function)
namespace ember::avx512 {
#define EMBER_VECTOR_BYTES 64
#define EMBER_AVX512 1
#include "VectorType.kernels.h"
#include EMBER_KERNELS
#undef EMBER_AVX512
#undef EMBER_VECTOR_BYTES
}  // namespace ember::avx512
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
namespace ember::avx2 {
#define EMBER_VECTOR_BYTES 32
#define EMBER_AVX2 1
#include "VectorType.kernels.h"
#include EMBER_KERNELS
#undef EMBER_AVX2
#undef EMBER_VECTOR_BYTES
}  // namespace ember::avx2
#pragma clang attribute pop
#endif

namespace ember::baseline {
#define EMBER_VECTOR_BYTES 16
#define EMBER_BASELINE 1
#include "VectorType.kernels.h"
#include EMBER_KERNELS
#undef EMBER_BASELINE
#undef EMBER_VECTOR_BYTES
}  // namespace ember::baseline

#undef EMBER_KERNELS
