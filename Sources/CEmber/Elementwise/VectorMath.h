// glibc's vector mathematics library, found at run time: at most 4 ulp (mostly below 2) over the whole range, special values
// included. Where it is missing (other C libraries, other processors), each lane goes through the scalar function.
#pragma once

#define EMBER_VECTOR_MATH_UNARY(X)                                                                                      \
  X(acos) X(acosh) X(asin) X(asinh) X(atan) X(atanh) X(cos) X(cosh) X(erf) X(erfc) X(exp) X(exp2) X(expm1) X(log) \
  X(log10) X(log1p) X(log2) X(sin) X(sinh) X(tan) X(tanh)
#define EMBER_VECTOR_MATH_BINARY(X) X(atan2) X(hypot) X(pow)

namespace ember {

/// Addresses of the vector functions for the chosen instruction set, null where there is none; the .f32 and .f64 take and return
/// whole registers.
struct VectorMath {
  struct Entry {
    void *f32, *f64;
  };
#define EMBER_ENTRY(name) Entry name;
  EMBER_VECTOR_MATH_UNARY(EMBER_ENTRY)
  EMBER_VECTOR_MATH_BINARY(EMBER_ENTRY)
#undef EMBER_ENTRY
};

extern VectorMath vectorMath;

}  // namespace ember
