// The way of a sequence through a recurrent layer. A step is shared out to the pool in blocks of units, backward also in ranges of rows.
#include "ember_recurrent.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../Convolution/Epilogue.h"
#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "RecurrentKernels.h"

#define EMBER_KERNELS "../Recurrent/Recurrent.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr int64_t taskWork = 32768;     // multiplications below which another task costs more than it saves
constexpr int64_t backwardRows = 18;    // of a task, a multiple of the rows of a tile

int64_t roundedUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Elements between rows that a product reads side by side: not a power of two, which would put them all in one set of the cache.
int64_t paddedRow(int64_t count) { return roundedUp(count, 16) + 16; }

/// Memory from the allocator, for the time of a call.
struct Scratch {
  char *memory;
  size_t bytes;
  explicit Scratch(int64_t size) : memory(static_cast<char *>(ember_allocate(size_t(size)))), bytes(size_t(size)) {}
  ~Scratch() {
    if (memory) ember_deallocate(memory, bytes);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
};

/// What both directions share.
struct Sequence {
  const ember_recurrence &r;
  const RecurrentKernels &kernels;
  int64_t bytes, gates, hidden;
  std::vector<int64_t> firstRow;  // of each step

  explicit Sequence(const ember_recurrence &recurrence)
      : r(recurrence),
        kernels((*EMBER_SELECT(recurrentKernels))[recurrence.dtype == EMBER_FLOAT32 ? 0 : 1]),
        bytes(recurrence.dtype == EMBER_FLOAT32 ? 4 : 8),
        gates(gatesOf(recurrence.kind)),
        hidden(recurrence.hidden) {
    firstRow.reserve(size_t(r.steps));
    int64_t row = 0;
    for (int64_t t = 0; t < r.steps; ++t) {
      firstRow.push_back(row);
      row += r.batch_sizes[t];
    }
  }

  /// The step that is number `i` in the order of the pass.
  int64_t step(int64_t i) const { return r.reverse ? r.steps - 1 - i : i; }
  const char *at(const void *base, int64_t elements) const {
    return base ? static_cast<const char *>(base) + elements * bytes : nullptr;
  }
  char *at(void *base, int64_t elements) const { return base ? static_cast<char *>(base) + elements * bytes : nullptr; }
};

bool isSupported(int32_t dtype) { return dtype == EMBER_FLOAT32 || dtype == EMBER_FLOAT64; }

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" int64_t ember_recurrence_kept(int32_t kind) { return gatesOf(kind) > 1 ? 4 : 0; }

extern "C" int32_t ember_recurrence_forward(const ember_recurrence *recurrence, const void *input, void *hidden, void *cell,
                                            void *output, void *kept, void *cells) {
  if (!isSupported(recurrence->dtype)) return -1;
  const Sequence s(*recurrence);
  const ember_recurrence &r = s.r;
  const int64_t units = s.kernels.forwardUnits[r.kind], blocks = (s.hidden + units - 1) / units;
  const int64_t blockBytes = s.kernels.forwardBytes(r.kind, s.hidden), stateRow = paddedRow(s.hidden);
  Scratch packed(blocks * blockBytes), state(r.batch * stateRow * s.bytes);
  if (!packed.memory || !state.memory) return -2;
  const int64_t blockWork = std::max<int64_t>(1, units * s.gates * s.hidden);
  parallelRanges(blocks, std::max<int64_t>(1, taskWork / blockWork), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b)
      s.kernels.packForward(r.kind, r.weight, s.hidden, b * units, packed.memory + b * blockBytes);
  });
  for (int64_t i = 0; i < r.batch; ++i)
    std::memcpy(state.memory + i * stateRow * s.bytes, s.at(hidden, i * s.hidden), size_t(s.hidden * s.bytes));
  for (int64_t i = 0; i < r.steps; ++i) {
    const int64_t t = s.step(i), rows = r.batch_sizes[t], row = s.firstRow[size_t(t)];
    const RecurrentStep step{r.kind, s.hidden, rows, packed.memory, r.bias, state.memory, stateRow,
                             s.at(input, row * s.gates * s.hidden), cell, s.at(output, row * s.hidden),
                             s.at(kept, row * 4 * s.hidden), s.at(cells, row * s.hidden)};
    parallelRanges(blocks, std::max<int64_t>(1, taskWork / (blockWork * std::max<int64_t>(rows, 1))), [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) s.kernels.forward(step, b * units);
    });
    for (int64_t k = 0; k < rows; ++k)
      std::memcpy(state.memory + k * stateRow * s.bytes, s.at(output, (row + k) * s.hidden), size_t(s.hidden * s.bytes));
  }
  for (int64_t i = 0; i < r.batch; ++i)
    std::memcpy(s.at(hidden, i * s.hidden), state.memory + i * stateRow * s.bytes, size_t(s.hidden * s.bytes));
  return 0;
}

extern "C" int32_t ember_recurrence_backward(const ember_recurrence *recurrence, const ember_recurrence_gradient *gradient) {
  if (!isSupported(recurrence->dtype)) return -1;
  const Sequence s(*recurrence);
  const ember_recurrence &r = s.r;
  const ember_recurrence_gradient &g = *gradient;
  const int64_t units = s.kernels.backwardUnits, blocks = (s.hidden + units - 1) / units;
  const int64_t blockBytes = s.kernels.backwardBytes(r.kind, s.hidden), gateRow = paddedRow(s.gates * s.hidden);
  const bool isLSTM = r.kind == EMBER_RECURRENCE_LSTM;
  Scratch packed(blocks * blockBytes), gates(2 * r.batch * gateRow * s.bytes), previousCells(isLSTM ? r.batch * s.hidden * s.bytes : 1);
  if (!packed.memory || !gates.memory || !previousCells.memory) return -2;
  const int64_t blockWork = std::max<int64_t>(1, units * s.gates * s.hidden);
  parallelRanges(blocks, std::max<int64_t>(1, taskWork / blockWork), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b)
      s.kernels.packBackward(r.kind, r.weight, s.hidden, b * units, packed.memory + b * blockBytes);
  });
  // States before a step are the step's that came before it in the pass, for sequences that ran then, else the first ones.
  auto collect = [&](int64_t i, const void *all, const void *first, char *to) {
    const int64_t rows = r.batch_sizes[s.step(i)], before = i > 0 ? s.step(i - 1) : 0;
    const int64_t known = i > 0 ? std::min(rows, r.batch_sizes[before]) : 0;
    const size_t row = size_t(s.hidden * s.bytes);
    if (known > 0) std::memcpy(to, s.at(all, s.firstRow[size_t(before)] * s.hidden), size_t(known) * row);
    if (rows > known) std::memcpy(to + size_t(known) * row, s.at(first, known * s.hidden), size_t(rows - known) * row);
  };
  int64_t behindRows = 0;
  for (int64_t i = r.steps - 1; i >= -1; --i) {
    const char *behind = gates.memory + (i + 1) % 2 * r.batch * gateRow * s.bytes;
    RecurrentGradientStep step{r.kind, s.hidden, packed.memory, behindRows, behind, gateRow, g.hidden_gradient, g.cell_gradient};
    if (i >= 0) {
      const int64_t t = s.step(i), row = s.firstRow[size_t(t)];
      step.rows = r.batch_sizes[t];
      char *previous = s.at(g.previous, row * s.hidden);
      collect(i, g.output, g.first_hidden, previous);
      if (isLSTM) collect(i, g.cells, g.first_cell, previousCells.memory);
      step.previous = previous;
      step.previousCell = previousCells.memory;
      step.output = s.at(g.output, row * s.hidden);
      step.kept = s.at(g.kept, row * 4 * s.hidden);
      step.cells = s.at(g.cells, row * s.hidden);
      step.outputGradient = s.at(g.output_gradient, row * s.hidden);
      step.inputGradient = s.at(g.input_gradient, row * s.gates * s.hidden);
      step.productGradient = s.at(g.product_gradient, row * s.gates * s.hidden);
      step.gates = gates.memory + (i + 2) % 2 * r.batch * gateRow * s.bytes;
    }
    const int64_t rows = std::max(behindRows, step.rows), ranges = (rows + backwardRows - 1) / backwardRows;
    const int64_t work = blockWork * std::max<int64_t>(1, std::min(rows, backwardRows));
    parallelRanges(blocks * ranges, std::max<int64_t>(1, taskWork / work), [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; ++task) {
        const int64_t first = task % ranges * backwardRows;
        s.kernels.backward(step, task / ranges * units, first, std::min(rows, first + backwardRows));
      }
    });
    behindRows = step.rows;
  }
  return 0;
}
