#include "InstructionSet.h"

#include <cstdlib>
#include <cstring>

#include "ember_runtime.h"

namespace ember {

static InstructionSet detect() {
  InstructionSet best = InstructionSet::baseline;
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2) best = InstructionSet::avx2;
  if (avx512) best = InstructionSet::avx512;
#endif
  // Only ever lowers: asking for what the processor lacks would end in an illegal instruction.
  if (const char *wanted = std::getenv("EMBER_INSTRUCTION_SET")) {
    InstructionSet limit = best;
    if (!std::strcmp(wanted, "baseline")) limit = InstructionSet::baseline;
    if (!std::strcmp(wanted, "avx2")) limit = InstructionSet::avx2;
    if (limit < best) best = limit;
  }
  return best;
}

InstructionSet instructionSet() {
  static const InstructionSet found = detect();
  return found;
}

}  // namespace ember

extern "C" const char *ember_instruction_set_name(void) {
  switch (ember::instructionSet()) {
    case ember::InstructionSet::avx512: return "avx512";
    case ember::InstructionSet::avx2: return "avx2";
    case ember::InstructionSet::baseline: return "baseline";
  }
}
