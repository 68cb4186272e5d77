// Compiled per instruction set, inside Elementwise.kernels.h: functions of glibc's vector library on registers.

// Calls of vector functions, which take and return whole registers.
#if EMBER_BASELINE
template <class V>
EMBER_INLINE V callVector(void *function, V a) {
  return reinterpret_cast<V (*)(V)>(function)(a);
}
template <class V>
EMBER_INLINE V callVector(void *function, V a, V b) {
  return reinterpret_cast<V (*)(V, V)>(function)(a, b);
}
#else
// For clang registers wider than those of the file's target are passed in memory, whatever the function's own target says. So the
// call is written out: on an aligned stack below the red zone, with every register that a callee may change.
#if EMBER_AVX512
#define EMBER_REGISTER(n) "zmm" #n
#define EMBER_MORE_REGISTERS                                                                                       \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27",    \
      "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define EMBER_REGISTER(n) "ymm" #n
#define EMBER_MORE_REGISTERS
#endif
#define EMBER_CALL                                                                                              \
  "movq %%rsp, %%r12\n\tsubq $128, %%rsp\n\tandq $-64, %%rsp\n\tcall *%[function]\n\tmovq %%r12, %%rsp"
#define EMBER_CLOBBERS                                                                                          \
  "cc", "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "xmm2", "xmm3", "xmm4", "xmm5", \
      "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15" EMBER_MORE_REGISTERS
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wregister"
template <class V>
EMBER_INLINE V callVector(void *function, V a) {
  register V x asm(EMBER_REGISTER(0)) = a;
  asm volatile(EMBER_CALL : "+v"(x) : [function] "r"(function) : "xmm1", EMBER_CLOBBERS);
  return x;
}
template <class V>
EMBER_INLINE V callVector(void *function, V a, V b) {
  register V x asm(EMBER_REGISTER(0)) = a;
  register V y asm(EMBER_REGISTER(1)) = b;
  asm volatile(EMBER_CALL : "+v"(x), "+v"(y) : [function] "r"(function) : EMBER_CLOBBERS);
  return x;
}
#pragma clang diagnostic pop
#undef EMBER_REGISTER
#undef EMBER_MORE_REGISTERS
#undef EMBER_CALL
#undef EMBER_CLOBBERS
#endif

// Where the library lacks a function each lane goes through the scalar one.
#define EMBER_LANES(T, name)                                                                                  \
  __attribute__((noinline)) static T each_##name(T a) { return eachLane(a, [](E<T> x) { return std::name(x); }); } \
  EMBER_INLINE T name(T a) {                                                                                  \
    void *function = sizeof(E<T>) == 4 ? vectorMath.name.f32 : vectorMath.name.f64;                           \
    return function ? callVector(function, a) : each_##name(a);                                               \
  }
#define EMBER_UNARY(name) EMBER_LANES(F32, name) EMBER_LANES(F64, name)
EMBER_VECTOR_MATH_UNARY(EMBER_UNARY)
#undef EMBER_UNARY
#undef EMBER_LANES

#define EMBER_LANES(T, name)                                                                   \
  __attribute__((noinline)) static T each_##name(T a, T b) {                                   \
    return eachLane(a, b, [](E<T> x, E<T> y) { return std::name(x, y); });                     \
  }                                                                                            \
  EMBER_INLINE T name(T a, T b) {                                                              \
    void *function = sizeof(E<T>) == 4 ? vectorMath.name.f32 : vectorMath.name.f64;            \
    return function ? callVector(function, a, b) : each_##name(a, b);                          \
  }
#define EMBER_BINARY(name) EMBER_LANES(F32, name) EMBER_LANES(F64, name)
EMBER_VECTOR_MATH_BINARY(EMBER_BINARY)
#undef EMBER_BINARY
#undef EMBER_LANES

#if EMBER_AVX512
#define EMBER_VECTOR_ABI "eN", "16", "8"
#elif EMBER_AVX2
#define EMBER_VECTOR_ABI "dN", "8", "4"
#else
#define EMBER_VECTOR_ABI "bN", "4", "2"
#endif

/// Fills `vectorMath` with the library's functions for this set, null where there is none.
static void prepareVectorMath(VectorMathLoader find) {
#define EMBER_LOAD(name)                                              \
  vectorMath.name.f32 = find(#name, false, false, EMBER_VECTOR_ABI); \
  vectorMath.name.f64 = find(#name, false, true, EMBER_VECTOR_ABI);
  EMBER_VECTOR_MATH_UNARY(EMBER_LOAD)
#undef EMBER_LOAD
#define EMBER_LOAD(name)                                             \
  vectorMath.name.f32 = find(#name, true, false, EMBER_VECTOR_ABI); \
  vectorMath.name.f64 = find(#name, true, true, EMBER_VECTOR_ABI);
  EMBER_VECTOR_MATH_BINARY(EMBER_LOAD)
#undef EMBER_LOAD
}
