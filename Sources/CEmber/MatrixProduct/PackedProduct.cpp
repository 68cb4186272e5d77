// How large products are cut into blocks. The cuts depend on the sizes alone, so the bits do not depend on the thread count.
#include "PackedProduct.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "ember_runtime.h"

#define EMBER_KERNELS "../MatrixProduct/PackedProduct.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr int64_t blockColumns = 384;
constexpr int64_t blockRows = 96;
constexpr int64_t panelBytes = 512 << 10;       // of a block of panels, which stays in the L2 cache
constexpr int64_t packedBytes = 64 << 20;       // of all panels at a time

int64_t roundedUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Cycles, roughly, that reading the right operand into panels and writing a result of these strides take beside the arithmetic.
double overhead(int64_t m, int64_t n, int64_t k, int64_t aColumn, int64_t bRow, int64_t bColumn, int64_t cColumn,
                const PackedProductKernels &kernels) {
  double packing = double(k) * double(n) * (bRow == 1 && bColumn != 1 ? 0.4 : 0.1);
  double gathering = aColumn == 1 ? 0 : double(k) * double(m) * double((n + blockColumns - 1) / blockColumns) * 0.3;
  double storing = cColumn == 1 ? 0 : double(m) * double(n) * 1.5;
  double padding = double(roundedUp(n, kernels.lanes) - n) * double(m) * double(k) / (kernels.lanes);
  return packing + gathering + storing + padding;
}

/// (a · b)ᵀ = bᵀ · aᵀ
PackedProduct exchanged(const PackedProduct &p) {
  return {p.b, p.a, p.c, p.n, p.m, p.k, p.bColumn, p.bRow, p.aColumn, p.aRow, p.cColumn, p.cRow, p.bias, p.accumulate, p.relu};
}

}  // namespace

bool multiplyPacked(const PackedProduct &product, int64_t bytes) {
  const PackedProductKernels &kernels = (*EMBER_SELECT(packedProductKernels))[bytes == 4 ? 0 : 1];
  PackedProduct p = product;
  bool biasColumn = true;
  if (overhead(p.n, p.m, p.k, p.bRow, p.aColumn, p.aRow, p.cRow, kernels) <
      overhead(p.m, p.n, p.k, p.aColumn, p.bRow, p.bColumn, p.cColumn, kernels)) {
    p = exchanged(p);
    biasColumn = false;
  }
  const int64_t slabColumns = std::min(p.n, std::max(blockColumns, packedBytes / bytes / p.k / blockColumns * blockColumns));
  const int64_t mostDepth = std::max<int64_t>(64, panelBytes / bytes / std::min(blockColumns, roundedUp(p.n, kernels.lanes)));
  const int64_t depthBlocks = (p.k + mostDepth - 1) / mostDepth;
  const int64_t blockDepth = std::min(p.k, roundedUp((p.k + depthBlocks - 1) / depthBlocks, 16));
  const size_t size = size_t(roundedUp(slabColumns, kernels.lanes) * p.k * bytes);
  char *packed = static_cast<char *>(ember_allocate(size));
  if (!packed) return false;
  auto at = [bytes](const void *base, int64_t offset) { return static_cast<const char *>(base) + offset * bytes; };
  std::atomic<bool> failed{false};
  for (int64_t column = 0; column < p.n; column += slabColumns) {
    const int64_t n = std::min(slabColumns, p.n - column), padded = roundedUp(n, kernels.lanes);
    // Panel j of the block of depth that starts at d lies at d · padded + j · (depth of that block).
    const int64_t panels = (n + kernels.panelWidth - 1) / kernels.panelWidth;
    parallelRanges(panels * depthBlocks, std::max<int64_t>(1, 32768 / (blockDepth * kernels.panelWidth)), [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; ++task) {
        const int64_t d = task / panels * blockDepth, j = task % panels * kernels.panelWidth;
        const int64_t depth = std::min(blockDepth, p.k - d);
        if (depth <= 0) continue;
        kernels.pack(at(p.b, d * p.bRow + (column + j) * p.bColumn), p.bRow, p.bColumn, depth, std::min(kernels.panelWidth, n - j),
                     packed + (d * padded + j * depth) * bytes);
      }
    });
    const int64_t rowBlocks = (p.m + blockRows - 1) / blockRows, columnBlocks = (n + blockColumns - 1) / blockColumns;
    parallel(rowBlocks * columnBlocks, [&](int64_t task) {
      const int64_t row = task % rowBlocks * blockRows, first = task / rowBlocks * blockColumns;
      const int64_t gatheredBytes = p.aColumn == 1 ? 0 : blockRows * blockDepth * bytes;
      void *gathered = gatheredBytes == 0 ? nullptr : ember_allocate(size_t(gatheredBytes));
      if (gatheredBytes > 0 && !gathered) return failed.store(true, std::memory_order_relaxed);
      for (int64_t d = 0; d < p.k; d += blockDepth) {
        const int64_t depth = std::min(blockDepth, p.k - d);
        const bool last = d + depth == p.k;
        const int64_t j = column + first;
        kernels.multiply({at(p.a, row * p.aRow + d * p.aColumn), packed + (d * padded + first * depth) * bytes,
                          const_cast<char *>(at(p.c, row * p.cRow + j * p.cColumn)), std::min(blockRows, p.m - row),
                          std::min(blockColumns, n - first), depth, p.aRow, p.aColumn, p.cRow, p.cColumn,
                          last && p.bias ? at(p.bias, biasColumn ? j : row) : nullptr, biasColumn, d > 0 || p.accumulate, last && p.relu},
                         gathered);
      }
      if (gathered) ember_deallocate(gathered, size_t(gatheredBytes));
    });
  }
  ember_deallocate(packed, size);
  return !failed;
}

}  // namespace ember
