// Updates of many tensors: the table of rules, and how their elements are shared out.
#include "ember_update.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "../InstructionSets/InstructionSet.h"
#include "../Reduction/ElementTypes.h"
#include "../Runtime/Parallel.h"

namespace ember {

/// By element type, counted from EMBER_FLOAT16.
struct UpdateKernels {
  void (*run[4])(const ember_update_set &set, int64_t begin, int64_t end);
};

template <bool condition, class A, class B>
struct EitherOf {
  using type = A;
};
template <class A, class B>
struct EitherOf<false, A, B> {
  using type = B;
};
template <bool condition, class A, class B>
using either = typename EitherOf<condition, A, B>::type;

}  // namespace ember

#define EMBER_KERNELS "../Update/Update.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

#define EMBER_TEXT(...) #__VA_ARGS__
#define EMBER_UPDATE(name, operands, scalars, ...) {#name, operands, scalars, EMBER_TEXT(__VA_ARGS__)},
constexpr ember_update_rule rules[] = {
#include "UpdateRules.def"
};
#undef EMBER_UPDATE
#undef EMBER_TEXT

constexpr int64_t elementsPerTask = 1 << 14;

}  // namespace
}  // namespace ember

extern "C" const ember_update_rule *ember_update_rules(int32_t *count) {
  *count = int32_t(std::size(ember::rules));
  return ember::rules;
}

extern "C" int32_t ember_update(int32_t rule, int32_t dtype, const ember_update_set *sets, int64_t set_count) {
  using namespace ember;
  if (dtype < EMBER_FLOAT16 || dtype > EMBER_FLOAT64) return -1;
  const auto run = (*EMBER_SELECT(updates))[rule].run[dtype - EMBER_FLOAT16];
  // Laid end to end the sets are one range of elements; a task is a piece of it, and starts inside the set that `starts` names.
  std::vector<int64_t> starts(size_t(set_count) + 1);
  for (int64_t i = 0; i < set_count; ++i) starts[size_t(i) + 1] = starts[size_t(i)] + sets[i].count;
  auto piece = [&](int64_t begin, int64_t end) {
    int64_t i = std::upper_bound(starts.begin(), starts.end(), begin) - starts.begin() - 1;
    for (int64_t at = begin; at < end; ++i) {
      const int64_t first = starts[size_t(i)], last = std::min(starts[size_t(i) + 1], end);
      if (at < last) run(sets[i], at - first, last - first);
      at = std::max(at, last);
    }
  };
  const int64_t total = starts.back();
  if (total <= elementsPerTask) piece(0, total);
  else parallelRanges(total, elementsPerTask, piece);
  return 0;
}
