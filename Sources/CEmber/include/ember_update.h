// Rules that overwrite some of their operands element by element, over many tensors at once: the steps of optimisers.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One row of Update/UpdateRules.def.
typedef struct ember_update_rule {
  const char *name;
  int32_t operands;
  int32_t scalars;
  const char *body;  // the text that a CUDA compiler would be given
} ember_update_rule;

/// The table. A rule's index in it is its code.
const ember_update_rule *ember_update_rules(int32_t *count);

enum { EMBER_MAX_UPDATE_OPERANDS = 6, EMBER_MAX_UPDATE_SCALARS = 12 };

/// Operands of one type and `count` elements each, which lie without gaps in the same order. All but the one with index 1 are
/// overwritten.
typedef struct ember_update_set {
  void *operands[EMBER_MAX_UPDATE_OPERANDS];
  double scalars[EMBER_MAX_UPDATE_SCALARS];
  int64_t count;
} ember_update_set;

/// Runs the rule on every set, as one piece of parallel work that is cut by size alone. `dtype` is float16 or bfloat16, which compute in
/// float, float32 or float64. Returns 0, or -1 for other types.
int32_t ember_update(int32_t rule, int32_t dtype, const ember_update_set *sets, int64_t set_count);

#ifdef __cplusplus
}
#endif
