// The block interpreter. The index space is cut into blocks of up to 1,024 elements; for each block every input is brought into a
// register (or read in place, when it is contiguous and of the compute type), the instructions run, the results are stored. A
// chain of operators thus reads and writes memory once.
#include "ember_elementwise.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <type_traits>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Caches.h"
#include "../Runtime/Parallel.h"
#include "IndexSpace.h"
#include "SpecialFunctions.h"
#include "VectorMath.h"

namespace ember {

VectorMath vectorMath;

struct BFloat16 {
  uint16_t bits;
};

/// A complex number in memory.
template <class R>
struct Complex {
  R re, im;
};
template <class T>
constexpr bool isComplex = false;
template <class R>
constexpr bool isComplex<Complex<R>> = true;

constexpr int computeTypes = EMBER_COMPUTE_COMPLEX128 + 1, elementTypes = EMBER_UINT64 + 1;

typedef void *(*VectorMathLoader)(const char *name, bool binary, bool isDouble, const char *set, const char *lanes32,
                                  const char *lanes64);
enum RowFlags : unsigned { broadcastA = 1, broadcastB = 2, broadcastC = 4, streaming = 8 };
typedef void (*RowKernel)(void *out, const void *a, const void *b, const void *c, int64_t count, unsigned flags);
struct RowKernels {
  RowKernel kernel[computeTypes];
};
/// Loads `count` elements `stride` apart into a register, or stores a register so.
typedef void (*Conversion)(void *to, const void *from, int64_t stride, int64_t count);
struct ElementwiseKernels {
  const RowKernels *rows;
  Conversion load[computeTypes][elementTypes];
  Conversion store[computeTypes][elementTypes];
  double (*sum[2])(const void *block, int64_t count);  // float32, float64
  void (*prepareVectorMath)(VectorMathLoader);
};

}  // namespace ember

#define EMBER_KERNELS "../Elementwise/Elementwise.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

void *findVectorMath(const char *name, bool binary, bool isDouble, const char *set, const char *lanes32,
                     const char *lanes64) {
  static void *library = dlopen("libmvec.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return nullptr;
  // x86-64 vector function ABI: _ZGV, set, N (unmasked), lanes, one v per operand, then the scalar function's name.
  char symbol[64];
  std::snprintf(symbol, sizeof symbol, "_ZGV%s%s%s_%s%s", set, isDouble ? lanes64 : lanes32, binary ? "vv" : "v", name,
                isDouble ? "" : "f");
  return dlsym(library, symbol);
}

const ElementwiseKernels &kernels() {
  static const ElementwiseKernels *chosen = [] {
    const ElementwiseKernels *table = EMBER_SELECT(kernels);
    table->prepareVectorMath(findVectorMath);
    return table;
  }();
  return *chosen;
}

constexpr ember_scalar_operator operators[] = {
#define EMBER_SCALAR(name, arity, rule, expression, derivative, onnx) \
  {#name, arity, EMBER_RULE_##rule, #expression, derivative, onnx},
#include "ScalarOperators.def"
#undef EMBER_SCALAR
};

constexpr int registerBytes = blockSize * 16;

int computeDtype(int32_t compute) {
  constexpr int dtypes[] = {EMBER_FLOAT32, EMBER_FLOAT64,   EMBER_INT64,
                            EMBER_UINT64,  EMBER_COMPLEX64, EMBER_COMPLEX128};
  return dtypes[compute];
}

void fillConstant(void *buffer, int32_t compute, double value, int64_t count) {
  switch (compute) {
    case EMBER_COMPUTE_FLOAT32: std::fill_n(static_cast<float *>(buffer), count, float(value)); break;
    case EMBER_COMPUTE_FLOAT64: std::fill_n(static_cast<double *>(buffer), count, value); break;
    case EMBER_COMPUTE_COMPLEX64: std::fill_n(static_cast<Complex<float> *>(buffer), count, Complex<float>{float(value), 0}); break;
    case EMBER_COMPUTE_COMPLEX128: std::fill_n(static_cast<Complex<double> *>(buffer), count, Complex<double>{value, 0}); break;
    default: std::fill_n(static_cast<int64_t *>(buffer), count, int64_t(value)); break;
  }
}

/// One thread's registers. On the heap: static thread-local memory of this size would eat the small stacks of worker threads.
/// Only what a program uses is ever touched, so that it stays in L1.
struct Registers {
  char *memory = static_cast<char *>(std::aligned_alloc(64, EMBER_MAX_REGISTERS * registerBytes));
  ~Registers() { std::free(memory); }
};
thread_local Registers threadRegisters;

/// Where in a thread's memory each register of a program lies, in units of a block. A result takes the place of one that no later instruction
/// reads: a long program then needs no more of the L1 cache than its few living values.
struct RegisterPlan {
  uint8_t place[EMBER_MAX_REGISTERS];
  /// Whether a register holds one value, throughout or in each block: then only one vector register of it is filled.
  bool constant[EMBER_MAX_REGISTERS];

  RegisterPlan(const ember_program &p, const auto &isConstantInput) {
    int lastUse[EMBER_MAX_REGISTERS];
    bool stored[EMBER_MAX_REGISTERS] = {};
    const int sources = p.input_count + p.constant_count;
    for (int r = 0; r < p.register_count; ++r) {
      place[r] = uint8_t(r);
      lastUse[r] = -1;
      constant[r] = r < sources && (r >= p.input_count || isConstantInput(r));
    }
    for (int o = 0; o < p.output_count; ++o) {
      stored[p.results[o]] = true;
      constant[p.results[o]] = false;  // it is copied from, element by element
    }
    for (int i = 0; i < p.instruction_count; ++i) {
      const ember_instruction &in = p.instructions[i];
      lastUse[in.a] = lastUse[in.b] = lastUse[in.c] = i;
    }
    uint8_t free[EMBER_MAX_REGISTERS];
    int freeCount = 0, next = sources;
    for (int i = 0; i < p.instruction_count; ++i) {
      const ember_instruction &in = p.instructions[i];
      // An operand that dies here may be overwritten while it is read: a kernel loads before it stores.
      const int operands[] = {in.a, in.b, in.c};
      for (int k = 0; k < 3; ++k) {
        const int r = operands[k];
        const bool seen = (k > 0 && r == in.a) || (k > 1 && r == in.b);
        if (r >= sources && lastUse[r] == i && !stored[r] && !seen) free[freeCount++] = place[r];
      }
      place[in.out] = freeCount > 0 ? free[--freeCount] : uint8_t(next++);
    }
  }
};

struct Run {
  const ember_program &program;
  const ElementwiseKernels &kernels;
  const Space &space;
  const Operand *operands;  // inputs, then outputs
  /// Whether the operands are more than the caches hold. Then results go past them: little would be found there again, and a store that goes
  /// through them reads its line from memory first.
  const bool exceedsCaches;
  const Blocks blocks;
  const RegisterPlan plan;

  /// `sums`: the result is summed, over blocks that depend on the shape alone.
  Run(const ember_program &program, const Space &space, const Operand *operands, bool sums = false)
      : program(program), kernels(ember::kernels()), space(space), operands(operands),
        exceedsCaches(traffic() >= lastLevelCacheSize()),
        // Short ones are fetched from memory ahead, by the processor itself, while a program computes those before them.
        blocks(space, exceedsCaches && program.instruction_count > 1 && !sums ? blockSize / 4 : blockSize),
        plan(program, [&](int i) { return operands[i].constant || isConstantInBlocks(operands[i]); }) {}

  /// Whether a block needs only one element of an operand.
  bool isConstantInBlocks(const Operand &in) const { return blocks.run > 0 && !in.linear && in.strides[space.rank - 1] == 0; }

  /// Where an operand's element `at` lies.
  char *locate(const Operand &in, int64_t at) const {
    int64_t offset = 0;
    for (int d = space.rank - 1; d >= 0; --d) {
      offset += at % space.shape[d] * in.strides[d];
      at /= space.shape[d];
    }
    return in.data + offset * in.size;
  }

  /// The bytes of the operands that are walked from end to end.
  int64_t traffic() const {
    int64_t bytes = 0;
    for (int o = 0; o < program.input_count + program.output_count; ++o)
      if (operands[o].linear && !operands[o].constant) bytes += space.count * operands[o].size;
    return bytes;
  }

  /// Whether an output may be computed straight into its memory: not where a later instruction still reads an input there.
  bool computedInPlace(int output) const {
    const ember_program &p = program;
    const Operand &out = operands[p.input_count + output];
    int result = p.results[output];
    if (result < p.input_count + p.constant_count || !out.linear || out.stride != 1 ||
        out.dtype != computeDtype(p.compute))
      return false;
    if (p.instructions[p.instruction_count - 1].out == result) return true;
    for (int i = 0; i < p.input_count; ++i)
      if (operands[i].data == out.data) return false;
    return true;
  }

  /// Whether the last instruction's result is stored past the caches: not where it replaces an operand, whose lines are in them.
  bool streamsResult() const {
    if (!exceedsCaches || !blocks.isAligned() || program.instruction_count == 0) return false;
    const int result = program.instructions[program.instruction_count - 1].out;
    for (int o = 0; o < program.output_count; ++o) {
      if (program.results[o] != result) continue;
      const char *target = operands[program.input_count + o].data;
      if (!computedInPlace(o) || reinterpret_cast<uintptr_t>(target) % cacheLine != 0) return false;
      return std::none_of(operands, operands + program.input_count, [&](const Operand &in) { return in.data == target; });
    }
    return false;
  }

  /// Runs the program for elements begin..<end. With `sum` the first result is added to it instead of being stored.
  void chunk(int64_t begin, int64_t end, double *sum = nullptr) const {
    const ember_program &p = program;
    int computeType = computeDtype(p.compute);
    int computeSize = elementSize(computeType);
    char *const memory = threadRegisters.memory;
    auto placeOf = [&](int r) { return memory + plan.place[r] * blockSize * computeSize; };
    char *registers[EMBER_MAX_REGISTERS];
    int64_t most = std::min(blocks.most, end - begin);
    bool inPlace[EMBER_MAX_OPERANDS];
    for (int o = 0; o < p.output_count; ++o) inPlace[o] = !sum && computedInPlace(o);
    const bool streams = !sum && streamsResult();

    for (int i = 0; i < p.input_count; ++i) {
      const Operand &in = operands[i];
      if (!in.constant) continue;
      registers[i] = placeOf(i);
      kernels.load[p.compute][in.dtype](registers[i], in.data, 0, plan.constant[i] ? vectorElements : most);
    }
    for (int i = 0; i < p.constant_count; ++i) {
      const int r = p.input_count + i;
      registers[r] = placeOf(r);
      fillConstant(registers[r], p.compute, p.constants[i], plan.constant[r] ? vectorElements : most);
    }
    for (int64_t at = begin, count; at < end; at += count) {
      count = blocks.length(at, end);
      for (int i = 0; i < p.input_count; ++i) {
        const Operand &in = operands[i];
        if (in.constant) continue;
        const bool isOneRun = in.linear || blocks.run > 0;
        const int64_t stride = in.linear ? in.stride : in.strides[space.rank - 1];
        char *data = in.linear ? in.data + at * in.stride * in.size : isOneRun ? locate(in, at) : nullptr;
        if (isOneRun && stride == 1 && in.dtype == computeType) {
          registers[i] = data;
          continue;
        }
        registers[i] = placeOf(i);
        Conversion load = kernels.load[p.compute][in.dtype];
        if (isOneRun) {
          load(registers[i], data, stride, stride == 0 && plan.constant[i] ? vectorElements : count);
        } else {
          forRuns(space, in, at, at + count, [&](char *from, int64_t position, int64_t n) {
            load(registers[i] + position * computeSize, from, stride, n);
          });
        }
      }
      for (int r = p.input_count + p.constant_count; r < p.register_count; ++r) registers[r] = placeOf(r);
      for (int o = 0; o < p.output_count; ++o)
        if (inPlace[o]) registers[p.results[o]] = operands[p.input_count + o].data + at * computeSize;
      for (int i = 0; i < p.instruction_count; ++i) {
        const ember_instruction &in = p.instructions[i];
        const unsigned flags = (plan.constant[in.a] ? broadcastA : 0u) | (plan.constant[in.b] ? broadcastB : 0u) |
                               (plan.constant[in.c] ? broadcastC : 0u) |
                               (streams && i == p.instruction_count - 1 ? unsigned(streaming) : 0u);
        kernels.rows[in.operation].kernel[p.compute](registers[in.out], registers[in.a], registers[in.b],
                                                     registers[in.c], count, flags);
      }
      if (sum) {
        *sum += kernels.sum[p.compute](registers[p.results[0]], count);
        continue;
      }
      for (int o = 0; o < p.output_count; ++o) {
        const Operand &out = operands[p.input_count + o];
        char *result = registers[p.results[o]];
        if (out.linear) {
          char *target = out.data + at * out.stride * out.size;
          if (target != result) kernels.store[p.compute][out.dtype](target, result, out.stride, count);
        } else {
          int64_t stride = out.strides[space.rank - 1];
          Conversion store = kernels.store[p.compute][out.dtype];
          forRuns(space, out, at, at + count, [&](char *to, int64_t position, int64_t n) {
            store(to, result + position * computeSize, stride, n);
          });
        }
      }
    }
  }
};

}  // namespace
}  // namespace ember

extern "C" const ember_scalar_operator *ember_scalar_operators(int32_t *count) {
  *count = int32_t(std::size(ember::operators));
  return ember::operators;
}

extern "C" bool ember_scalar_operator_computes(uint16_t operation, int32_t compute) {
  return ember::kernels().rows[operation].kernel[compute] != nullptr;
}

extern "C" void ember_elementwise(const ember_program *program, const ember_view *inputs, const ember_view *outputs,
                                  int32_t rank, const int64_t *shape) {
  using namespace ember;
  Space space;
  space.count = 1;
  for (int d = 0; d < rank; ++d) space.count *= shape[d];
  if (space.count == 0) return;
  Operand operands[EMBER_MAX_OPERANDS];
  prepare(space, operands, program, inputs, outputs, rank, shape);
  std::optional<Straightened> straightened[EMBER_MAX_OPERANDS];
  if (space.count >= chunkSize)
    for (int i = 0; i < program->input_count; ++i)
      if (isTransposed(space, operands[i])) straightened[i].emplace(space, operands[i]);
  const Run run(*program, space, operands);
  if (space.count <= chunkSize) return run.chunk(0, space.count);
  parallelRanges(space.count, chunkSize, [&](int64_t begin, int64_t end) { run.chunk(begin, end); });
}

extern "C" double ember_elementwise_sum(const ember_program *program, const ember_view *inputs, int32_t rank, const int64_t *shape) {
  using namespace ember;
  Space space;
  space.count = 1;
  for (int d = 0; d < rank; ++d) space.count *= shape[d];
  if (space.count == 0) return 0;
  // In the place of an output stands the input that is walked in memory's order: the one with the fewest broadcast dimensions.
  int leading = 0, fewest = EMBER_MAX_RANK + 1;
  for (int i = 0; i < program->input_count; ++i) {
    const int broadcast = int(std::count(inputs[i].strides, inputs[i].strides + rank, 0));
    if (broadcast < fewest) {
      fewest = broadcast;
      leading = i;
    }
  }
  Operand operands[EMBER_MAX_OPERANDS];
  prepare(space, operands, program, inputs, inputs + leading, rank, shape);
  const Run run(*program, space, operands, true);
  double total = 0;
  if (space.count <= chunkSize) {
    run.chunk(0, space.count, &total);
    return total;
  }
  const size_t bytes = size_t((space.count + chunkSize - 1) / chunkSize) * sizeof(double);
  auto *partials = static_cast<double *>(ember_allocate(bytes));
  if (!partials) std::abort();
  parallelRanges(space.count, chunkSize, [&](int64_t begin, int64_t end) {
    double sum = 0;
    run.chunk(begin, end, &sum);
    partials[begin / chunkSize] = sum;
  });
  for (int64_t begin = 0; begin < space.count; begin += chunkSize) total += partials[begin / chunkSize];
  ember_deallocate(partials, bytes);
  return total;
}

namespace ember {
namespace {

/// The operator on whole words that this one is for elements of `dtype`, or -1: and, or and xor do not care where elements end.
int wordOperation(uint16_t operation, int32_t dtype) {
  static const auto find = [](const char *name) {
    for (int i = 0; i < int(std::size(operators)); ++i)
      if (!std::strcmp(operators[i].name, name)) return i;
    return -1;
  };
  static const int bitwise[] = {find("bitwise_and"), find("bitwise_or"), find("bitwise_xor")};
  static const int logical[] = {find("logical_and"), find("logical_or"), find("logical_xor")};
  for (int i = 0; i < 3; ++i)
    if (operation == bitwise[i] || (operation == logical[i] && dtype == EMBER_BOOL)) return bitwise[i];
  return -1;
}

}  // namespace
}  // namespace ember

extern "C" void ember_elementwise_flat(uint16_t operation, int32_t compute, int64_t count, ember_flat_operand out,
                                       ember_flat_operand a, ember_flat_operand b, ember_flat_operand c) {
  using namespace ember;
  int arity = operators[operation].arity;
  int type = computeDtype(compute);
  const ember_flat_operand operands[] = {a, b, c};
  bool direct = count <= blockSize && out.dtype == type;
  for (int i = 0; i < arity; ++i) direct = direct && (operands[i].stride == 0 || operands[i].dtype == type);
  if (direct) {
    // A few elements, and single ones of any type.
    alignas(cacheLine) char singles[3][vectorElements * 16];
    const void *data[3] = {a.data, b.data, c.data};
    unsigned flags = 0;
    for (int i = 0; i < arity; ++i) {
      if (operands[i].stride == 1 || (count == 1 && operands[i].dtype == type)) continue;
      kernels().load[compute][operands[i].dtype](singles[i], operands[i].data, 0, vectorElements);
      data[i] = singles[i];
      flags |= broadcastA << i;
    }
    kernels().rows[operation].kernel[compute](out.data, data[0], data[1], data[2], count, flags);
    return;
  }
  int size = elementSize(out.dtype);
  bool isAlike = arity == 2 && size < 8 && count * size >= 8;
  for (int i = 0; isAlike && i < arity; ++i)
    isAlike = operands[i].dtype == out.dtype && operands[i].stride == 1 && reinterpret_cast<uintptr_t>(operands[i].data) % 8 == 0;
  if (isAlike && reinterpret_cast<uintptr_t>(out.data) % 8 == 0) {
    if (int words = wordOperation(operation, out.dtype); words >= 0) {
      int64_t bytes = count * size, whole = bytes / 8 * 8;
      auto part = [&](ember_flat_operand operand, int64_t from, int32_t dtype) {
        return ember_flat_operand{static_cast<char *>(operand.data) + from, dtype, 1};
      };
      ember_elementwise_flat(uint16_t(words), EMBER_COMPUTE_INT64, whole / 8, part(out, 0, EMBER_INT64), part(a, 0, EMBER_INT64),
                             part(b, 0, EMBER_INT64), c);
      if (whole < bytes)
        ember_elementwise_flat(uint16_t(words), EMBER_COMPUTE_INT64, bytes - whole, part(out, whole, EMBER_UINT8),
                               part(a, whole, EMBER_UINT8), part(b, whole, EMBER_UINT8), c);
      return;
    }
  }
  const int64_t strides[] = {0, 1};
  ember_view inputs[3];
  for (int i = 0; i < arity; ++i) inputs[i] = {operands[i].data, &strides[operands[i].stride], operands[i].dtype};
  ember_view output = {out.data, &strides[1], out.dtype};
  uint16_t result = uint16_t(arity);
  ember_instruction instruction = {operation, result, 0, uint16_t(arity > 1 ? 1 : 0), uint16_t(arity > 2 ? 2 : 0)};
  ember_program program = {&instruction, nullptr, &result, 1, arity, 0, 1, arity + 1, compute};
  ember_elementwise(&program, inputs, &output, 1, &count);
}
