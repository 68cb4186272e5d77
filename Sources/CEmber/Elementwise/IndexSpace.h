// The index space of an element-wise program: its operands over joined dimensions, in the order in which memory is walked, and its blocks.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "../Runtime/ScratchMemory.h"
#include "ember_copy.h"
#include "ember_elementwise.h"

namespace ember {

constexpr int64_t blockSize = 1024;
constexpr int64_t chunkSize = 32 * blockSize;  // the unit of parallel work
constexpr uintptr_t cacheLine = 64;
constexpr int64_t vectorElements = 16;  // at least as many as a vector register has, in every compute type

inline int elementSize(int32_t dtype) {
  constexpr int sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 2, 4, 8};
  return sizes[dtype];
}
/// An operand over the coalesced index space.
struct Operand {
  char *data;
  int32_t dtype;
  int32_t size;
  bool constant;           // every stride is zero
  bool linear;             // one stride serves the whole space
  int64_t stride;          // that stride
  int64_t strides[EMBER_MAX_RANK];
};

struct Space {
  int rank;
  int64_t shape[EMBER_MAX_RANK];
  int64_t count;
};

/// Orders dimensions by the first output's strides, so that memory is walked in order, and joins those that every operand
/// walks as one.
inline void coalesce(Space &space, Operand *operands, int operandCount, int leading, int32_t rank, const int64_t *shape,
              const ember_view *inputs, int inputCount, const ember_view *outputs) {
  int order[EMBER_MAX_RANK];
  int kept = 0;
  for (int d = 0; d < rank; ++d)
    if (shape[d] != 1) order[kept++] = d;
  auto strideOf = [&](int operand, int d) {
    return operand < inputCount ? inputs[operand].strides[d] : outputs[operand - inputCount].strides[d];
  };
  // Insertion sort: stable, without memory, and there are few dimensions.
  for (int i = 1; i < kept; ++i)
    for (int j = i; j > 0 && std::llabs(strideOf(leading, order[j])) > std::llabs(strideOf(leading, order[j - 1])); --j)
      std::swap(order[j], order[j - 1]);
  space.rank = 0;
  for (int i = 0; i < kept; ++i) {
    int d = order[i];
    bool joins = space.rank > 0;
    for (int o = 0; joins && o < operandCount; ++o)
      joins = operands[o].strides[space.rank - 1] == strideOf(o, d) * shape[d];
    int target = joins ? space.rank - 1 : space.rank++;
    space.shape[target] = joins ? space.shape[target] * shape[d] : shape[d];
    for (int o = 0; o < operandCount; ++o) operands[o].strides[target] = strideOf(o, d);
  }
}

/// How a space is cut into blocks. Where the last dimension is long they end with its runs, all about as long: then each operand's part of a
/// block is one run, read where it is, or one element. Short runs are gathered into full blocks.
struct Blocks {
  int64_t run = 0;  // the length of the runs that end blocks, or 0
  int64_t most;

  Blocks(const Space &space, int64_t most) : most(most) {
    constexpr int64_t shortest = blockSize / 4;
    if (space.rank < 2 || space.shape[space.rank - 1] < shortest) return;
    run = space.shape[space.rank - 1];
    const int64_t pieces = (run + most - 1) / most;
    this->most = ((run + pieces - 1) / pieces + vectorElements - 1) / vectorElements * vectorElements;
  }
  /// The length of the block at element `at` of begin..<end.
  int64_t length(int64_t at, int64_t end) const { return std::min(run > 0 ? std::min(most, run - at % run) : most, end - at); }
  /// Whether all blocks begin at multiples of a vector register.
  bool isAligned() const { return run % vectorElements == 0; }
};

/// Calls `run(pointer, count)` for the runs along the last dimension that make up elements begin..<end.
template <class Run>
void forRuns(const Space &space, const Operand &operand, int64_t begin, int64_t end, Run &&run) {
  int64_t index[EMBER_MAX_RANK];
  int64_t rest = begin, offset = 0;
  for (int d = space.rank - 1; d >= 0; --d) {
    index[d] = rest % space.shape[d];
    rest /= space.shape[d];
    offset += index[d] * operand.strides[d];
  }
  int last = space.rank - 1;
  for (int64_t at = begin; at < end;) {
    int64_t count = std::min(space.shape[last] - index[last], end - at);
    run(operand.data + offset * operand.size, at - begin, count);
    at += count;
    offset += count * operand.strides[last];
    index[last] += count;
    for (int d = last; d > 0 && index[d] == space.shape[d]; --d) {
      offset += operand.strides[d - 1] - index[d] * operand.strides[d];
      index[d] = 0;
      ++index[d - 1];
    }
  }
}

/// Lays the operands out over their joined dimensions.
inline void prepare(Space &space, Operand *operands, const ember_program *program, const ember_view *inputs, const ember_view *outputs,
             int32_t rank, const int64_t *shape) {
  int operandCount = program->input_count + program->output_count;
  coalesce(space, operands, operandCount, program->input_count, rank, shape, inputs, program->input_count, outputs);
  for (int o = 0; o < operandCount; ++o) {
    const ember_view &view = o < program->input_count ? inputs[o] : outputs[o - program->input_count];
    Operand &operand = operands[o];
    operand.data = static_cast<char *>(view.data);
    operand.dtype = view.dtype;
    operand.size = elementSize(view.dtype);
    operand.linear = space.rank <= 1;
    operand.stride = space.rank == 0 ? 1 : operand.strides[space.rank - 1];
    operand.constant = space.count > 1;
    for (int d = 0; d < space.rank; ++d) operand.constant = operand.constant && operand.strides[d] == 0;
    // Dimensions join only where every operand agrees; this one may still be linear over all of them.
    if (!operand.linear) {
      bool joined = true;
      for (int d = 1; d < space.rank; ++d)
        joined = joined && operand.strides[d - 1] == operand.strides[d] * space.shape[d];
      operand.linear = joined;
    }
  }
}

/// Whether an operand's neighbours in the walk lie far apart while those in another dimension adjoin, as in a transposed matrix. Then its
/// cache lines would be read once for each of their elements.
inline bool isTransposed(const Space &space, const Operand &operand) {
  if (operand.linear || std::llabs(operand.strides[space.rank - 1]) <= 1) return false;
  for (int d = 0; d < space.rank - 1; ++d)
    if (operand.strides[d] == 1 && space.shape[d] * operand.size >= int64_t(cacheLine)) return true;
  return false;
}

/// A transposed operand, copied tile by tile into the order of the walk.
class Straightened {
 public:
  Straightened(const Space &space, Operand &operand) : memory(bytes(space, operand)) {
    int64_t shape[EMBER_MAX_RANK], strides[EMBER_MAX_RANK], step = 1;
    for (int d = space.rank - 1; d >= 0; --d) {
      shape[d] = operand.strides[d] == 0 ? 1 : space.shape[d];
      strides[d] = operand.strides[d] == 0 ? 0 : step;
      step *= shape[d];
    }
    ember_copy_strided(operand.size, space.rank, shape, memory.get(), strides, operand.data, operand.strides);
    operand.data = memory.get();
    std::copy_n(strides, space.rank, operand.strides);
    operand.stride = strides[space.rank - 1];
    operand.linear = step == space.count;
  }

 private:
  static int64_t bytes(const Space &space, const Operand &operand) {
    int64_t count = operand.size;
    for (int d = 0; d < space.rank; ++d) count *= operand.strides[d] == 0 ? 1 : space.shape[d];
    return count;
  }
  Scratch<char> memory;
};

}  // namespace ember
