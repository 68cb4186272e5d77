#include "../Reduction/ElementTypes.kernels.h"

// The rows are programs of single operations, each rounded by itself as PyTorch's are: nothing is contracted into fused multiply-adds.
#pragma clang fp contract(off)

namespace update {

template <class V>
EMBER_INLINE V square_root(V a) { return __builtin_elementwise_sqrt(a); }
template <class V>
EMBER_INLINE V magnitude(V a) { return __builtin_elementwise_abs(a); }
/// NaN in either operand wins.
template <class V>
EMBER_INLINE V larger(V a, V b) { return a != a ? a : (a < b ? b : (b != b ? b : a)); }
template <class V>
EMBER_INLINE V smaller(V a, V b) { return a != a ? a : (a > b ? b : (b != b ? b : a)); }
/// The sign: -1, 0 or 1; NaN stays.
template <class V>
EMBER_INLINE V direction(V a) { return a > 0 ? V(1) : (a < 0 ? V(-1) : (a == a ? V(0) : a)); }

#define EMBER_UPDATE(name_, operands_, scalars_, ...)            \
  struct name_ {                                                 \
    static constexpr int operands = operands_, scalars = scalars_; \
    template <class V>                                           \
    static EMBER_INLINE void apply(V *x, const V *s) {           \
      __VA_ARGS__                                                \
    }                                                            \
  };
#include "../Update/UpdateRules.def"
#undef EMBER_UPDATE

}  // namespace update

/// Elements begin..<end of one set. What does not fill a register is computed in padded ones, so that an element's bits do not depend on where
/// it lies.
template <class Rule, class T>
static void runUpdate(const ember_update_set &set, int64_t begin, int64_t end) {
  using C = either<sizeof(T) == 2, float, T>;
  constexpr int64_t L = lanes<C>;
  Vector<C> s[Rule::scalars], x[Rule::operands];
  for (int k = 0; k < Rule::scalars; ++k) s[k] = Vector<C>(C(set.scalars[k]));
  T *p[Rule::operands];
  for (int k = 0; k < Rule::operands; ++k) p[k] = static_cast<T *>(set.operands[k]);
  int64_t i = begin;
  for (; i + L <= end; i += L) {
#pragma clang loop unroll(full)
    for (int k = 0; k < Rule::operands; ++k) x[k] = loadAs<C>(p[k] + i);
    Rule::apply(x, s);
#pragma clang loop unroll(full)
    for (int k = 0; k < Rule::operands; ++k)
      if (k != 1) storeTo<T, C>(p[k] + i, x[k]);
  }
  if (i == end) return;
  for (int k = 0; k < Rule::operands; ++k) {
    x[k] = Vector<C>(C(1));
    for (int64_t j = 0; j < end - i; ++j) x[k][j] = scalarAs<C>(p[k][i + j]);
  }
  Rule::apply(x, s);
  for (int k = 0; k < Rule::operands; ++k)
    for (int64_t j = 0; k != 1 && j < end - i; ++j) p[k][i + j] = scalarTo<T>(C(x[k][j]));
}

#define EMBER_UPDATE(name, ...) \
  {{runUpdate<update::name, Half>, runUpdate<update::name, BFloat16>, runUpdate<update::name, float>, runUpdate<update::name, double>}},
static constexpr UpdateKernels updates[] = {
#include "../Update/UpdateRules.def"
};
#undef EMBER_UPDATE
