// The one mechanism by which a kernel is compiled per instruction set and chosen at run time.
//
// A subject has two files. `Subject.kernels.h` holds templates and one `static constexpr SubjectKernels kernels = {…}` of function
// pointers; it may include nothing. `Subject.cpp` includes its headers, then
//
//     #define EMBER_KERNELS "Subject.kernels.h"
//     #include "../InstructionSets/ForEachInstructionSet.h"
//
// which compiles the kernels once in each of the namespaces ember::avx512, ember::avx2 and ember::baseline, and calls
// `EMBER_SELECT(kernels)`, a pointer to the table of the best set this processor has.
#pragma once
#include <cstdint>

namespace ember {

enum class InstructionSet { baseline, avx2, avx512 };

/// The best set that the processor and `EMBER_INSTRUCTION_SET` allow; found once.
InstructionSet instructionSet();

}  // namespace ember

#if defined(__x86_64__)
#define EMBER_SELECT(table)                                                                  \
  (::ember::instructionSet() == ::ember::InstructionSet::avx512                              \
       ? &::ember::avx512::table                                                             \
       : ::ember::instructionSet() == ::ember::InstructionSet::avx2 ? &::ember::avx2::table \
                                                                    : &::ember::baseline::table)
#else
#define EMBER_SELECT(table) (&::ember::baseline::table)
#endif

#define EMBER_INLINE inline __attribute__((always_inline))
