// How large products are cut into blocks. The cuts depend on the sizes alone, so the bits do not depend on the thread count.
#include "PackedProduct.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "../Convolution/Epilogue.h"
#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Caches.h"
#include "../Runtime/Parallel.h"
#include "ember_runtime.h"

#define EMBER_KERNELS "../MatrixProduct/PackedProduct.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr int64_t packedBytes = 64 << 20;       // of all panels at a time
constexpr int64_t packedTogether = 32768;       // elements of a task

// Where a panel is narrow, it stays in the L1 cache while all rows of a block, gathered, come from the core's own cache.
constexpr int64_t stayingPanelBytes = 16 << 10;
constexpr int64_t stayingDepth = 256;
constexpr int64_t gatheredBytes = 192 << 10;
constexpr int64_t stayingColumns = 256;         // of the least product that is multiplied so
constexpr int64_t gatheringColumns = 384;       // of a block: that many repay the gathering
constexpr int64_t leastOwnColumns = 128;        // of a thread

// Where one block has all rows, they are gathered once, and each panel is packed just before it meets them.
constexpr int64_t fewestColumns = 64, fewColumns = 256;  // of a task

// Else a group of rows stays there, and the panels come from the core's own cache.
constexpr int64_t mostColumns = 384;
constexpr int64_t blockRows = 96;
constexpr int64_t panelBytes = 512 << 10;       // of the panels of mostColumns columns, whose depth is cut so

int64_t roundedUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// The columns of a block, so many that its panels stay in half of a core's own cache. Where columns are cut does not change a result's bits.
int64_t columnsOfBlock() {
  static const int64_t columns = coreCacheSize() >= 2 * panelBytes ? mostColumns : mostColumns / 2;
  return columns;
}

/// Cycles, roughly, that reading the right operand into panels and writing a result of these strides take beside the arithmetic.
double overhead(int64_t m, int64_t n, int64_t k, int64_t aColumn, int64_t bRow, int64_t bColumn, int64_t cColumn,
                const PackedProductKernels &kernels) {
  double packing = double(k) * double(n) * (bRow == 1 && bColumn != 1 ? 0.4 : 0.1);
  double gathering = aColumn == 1 ? 0 : double(k) * double(m) * double((n + mostColumns - 1) / mostColumns) * 0.3;
  double storing = cColumn == 1 ? 0 : double(m) * double(n) * 1.5;
  double padding = double(roundedUp(n, kernels.lanes) - n) * double(m) * double(k) / (kernels.lanes);
  return packing + gathering + storing + padding;
}

/// (a · b)ᵀ = bᵀ · aᵀ
PackedProduct exchanged(const PackedProduct &p) {
  return {p.b, p.a, p.c, p.n, p.m, p.k, p.bColumn, p.bRow, p.aColumn, p.aRow, p.cColumn, p.cRow, p.bias, p.accumulate};
}

/// How the right operand of a product, k × n, is cut.
struct Cut {
  const PackedProductKernels &kernels;
  int64_t bytes;        // of an element
  int64_t slabColumns;  // packed at a time
  bool panelsStay;      // in the L1 cache
  int64_t depth;        // of a block
  int64_t blocks;       // of the depth

  Cut(int64_t k, int64_t n, int64_t bytes) : kernels((*EMBER_SELECT(packedProductKernels))[bytes == 4 ? 0 : 1]), bytes(bytes) {
    slabColumns = std::min(n, std::max(mostColumns, packedBytes / bytes / k / mostColumns * mostColumns));
    panelsStay = n >= stayingColumns && kernels.panelWidth * stayingDepth * bytes <= stayingPanelBytes;
    const int64_t mostDepth =
        panelsStay ? stayingDepth : std::max<int64_t>(64, panelBytes / bytes / std::min(mostColumns, roundedUp(n, kernels.lanes)));
    blocks = (k + mostDepth - 1) / mostDepth;
    depth = std::min(k, roundedUp((k + blocks - 1) / blocks, 16));
  }

  const char *at(const void *base, int64_t offset) const { return static_cast<const char *>(base) + offset * bytes; }
  int64_t paddedColumns(int64_t columns) const { return roundedUp(columns, kernels.lanes); }
  size_t slabSize(int64_t k) const { return size_t(paddedColumns(slabColumns) * k * bytes); }

  /// Packs columns. Panel j of the block of depth that starts at d lies at d · padded + j · (depth of that block). Tasks go along the
  /// columns, so that a thread packs most of those that it multiplies with; several panels each, for memory is read along its lines.
  void pack(const void *b, int64_t bRow, int64_t bColumn, int64_t k, int64_t columns, char *packed) const {
    const int64_t padded = paddedColumns(columns);
    const int64_t width = kernels.panelWidth * std::max<int64_t>(1, packedTogether / (depth * kernels.panelWidth));
    parallel((columns + width - 1) / width * blocks, [&](int64_t task) {
      const int64_t d = task % blocks * depth, here = std::min(depth, k - d), first = task / blocks * width;
      if (here > 0)
        kernels.pack(at(b, d * bRow + first * bColumn), bRow, bColumn, here, std::min(width, columns - first),
                     packed + (d * padded + first * here) * bytes);
    });
  }

  /// The most rows of a block.
  int64_t mostRows() const { return panelsStay ? gatheredBytes / bytes / stayingDepth : blockRows; }

  /// A product with so few rows that one block has them all; false if there is no memory.
  bool multiplyFewRows(const PackedProduct &p, bool biasColumn) const {
    const int64_t threads = ember_thread_count(), width = fewestColumns;
    const int64_t columns = roundedUp(std::clamp((p.n + 4 * threads - 1) / (4 * threads), fewestColumns, fewColumns), width);
    const int64_t groupBytes = roundedUp(p.m, kernels.groupRows) * bytes;
    const size_t gatheredSize = size_t(panelsStay || p.aColumn != 1 ? groupBytes * p.k + 64 : 0), panelsSize = size_t(width * depth * bytes);
    char *const gathered = gatheredSize == 0 ? nullptr : static_cast<char *>(ember_allocate(gatheredSize));
    if (!gathered && gatheredSize > 0) return false;
    if (gathered)
      parallelRanges(blocks, std::max<int64_t>(1, 65536 / (p.m * depth)), [&](int64_t begin, int64_t end) {
        for (int64_t d = begin * depth; d < std::min(p.k, end * depth); d += depth)
          kernels.gather(at(p.a, d * p.aColumn), p.aRow, p.aColumn, p.m, std::min(depth, p.k - d), gathered + d * groupBytes);
      });
    std::atomic<bool> failed{false};
    parallel((p.n + columns - 1) / columns, [&](int64_t task) {
      void *const panels = ember_allocate(panelsSize);
      if (!panels) return failed.store(true, std::memory_order_relaxed);
      for (int64_t d = 0; d < p.k; d += depth) {
        const int64_t some = std::min(depth, p.k - d);
        for (int64_t j = task * columns; j < std::min(p.n, (task + 1) * columns); j += width) {
          const int64_t here = std::min(width, p.n - j);
          kernels.pack(at(p.b, d * p.bRow + j * p.bColumn), p.bRow, p.bColumn, some, here, panels);
          kernels.multiply({gathered ? gathered + d * groupBytes : at(p.a, d * p.aColumn), panels, const_cast<char *>(at(p.c, j * p.cColumn)),
                            p.m, here, some, p.aRow, p.aColumn, p.cRow, p.cColumn,
                            d + some == p.k && p.bias ? at(p.bias, biasColumn ? j : 0) : nullptr, biasColumn, d > 0 || p.accumulate, panelsStay,
                            gathered != nullptr, nullptr});
        }
      }
      ember_deallocate(panels, panelsSize);
    });
    if (gathered) ember_deallocate(gathered, gatheredSize);
    return !failed;
  }

  /// The result's columns from `column` on, `columns` of them, whose right operand is `packed`; false if there is no memory.
  bool multiply(const PackedProduct &p, int64_t column, int64_t columns, const char *packed, bool biasColumn,
                const ember_epilogue *epilogue) const {
    int64_t rows = mostRows(), blockColumns = columnsOfBlock();
    if (panelsStay) {
      // Large blocks gather less, small ones keep all threads busy. Where rows and columns are cut does not change a result's bits.
      blockColumns = 2 * mostColumns;
      auto blocksLeft = [&] { return (p.m + rows - 1) / rows * ((columns + blockColumns - 1) / blockColumns) >= 4 * ember_thread_count(); };
      if (!blocksLeft()) rows /= 2;
      if (!blocksLeft()) blockColumns /= 2;
    }
    // Blocks alike keep all threads busy to the end; of a few, there must be as many for one thread as for another, better of its own
    // columns, which it packed itself.
    int64_t rowBlocks = (p.m + rows - 1) / rows, columnBlocks = (columns + blockColumns - 1) / blockColumns;
    const int64_t threads = ember_thread_count(), shared = roundedUp(columnBlocks, threads);
    const bool areFew = rowBlocks * columnBlocks < 4 * threads;
    if (areFew && shared * leastOwnColumns <= columns) columnBlocks = shared;
    blockColumns = roundedUp((columns + columnBlocks - 1) / columnBlocks, kernels.panelWidth);
    columnBlocks = (columns + blockColumns - 1) / blockColumns;
    if (areFew && columnBlocks % threads != 0) rowBlocks = roundedUp(rowBlocks, threads);
    rows = std::max(roundedUp((p.m + rowBlocks - 1) / rowBlocks, kernels.groupRows), 4 * kernels.groupRows);
    rowBlocks = (p.m + rows - 1) / rows;
    const int64_t padded = paddedColumns(columns);
    const bool gathers = p.aColumn != 1 || (panelsStay && blockColumns >= gatheringColumns);
    std::atomic<bool> failed{false};
    parallel(rowBlocks * columnBlocks, [&](int64_t task) {
      const int64_t row = task % rowBlocks * rows, first = task / rowBlocks * blockColumns, j = column + first;
      const size_t size = size_t(gathers ? rows * depth * bytes + 64 : 0);
      void *gathered = size == 0 ? nullptr : ember_allocate(size);
      if (!gathered && p.aColumn != 1) return failed.store(true, std::memory_order_relaxed);
      ember_epilogue here = {};
      if (epilogue) here = from(*epilogue, j, row * p.cRow + j);
      for (int64_t d = 0; d < p.k; d += depth) {
        const int64_t some = std::min(depth, p.k - d);
        const bool last = d + some == p.k;
        const void *const left = at(p.a, row * p.aRow + d * p.aColumn);
        if (gathered) kernels.gather(left, p.aRow, p.aColumn, std::min(rows, p.m - row), some, gathered);
        kernels.multiply({gathered ? gathered : left, packed + (d * padded + first * some) * bytes,
                          const_cast<char *>(at(p.c, row * p.cRow + j * p.cColumn)), std::min(rows, p.m - row),
                          std::min(blockColumns, columns - first), some, p.aRow, p.aColumn, p.cRow, p.cColumn,
                          last && p.bias ? at(p.bias, biasColumn ? j : row) : nullptr, biasColumn, d > 0 || p.accumulate,
                          panelsStay, gathered != nullptr, last && epilogue ? &here : nullptr});
      }
      if (gathered) ember_deallocate(gathered, size);
    });
    return !failed;
  }
};

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
  const Cut cut(p.k, p.n, bytes);
  if (p.m <= cut.mostRows()) return cut.multiplyFewRows(p, biasColumn);
  const size_t size = cut.slabSize(p.k);
  char *packed = static_cast<char *>(ember_allocate(size));
  if (!packed) return false;
  bool done = true;
  for (int64_t column = 0; done && column < p.n; column += cut.slabColumns) {
    const int64_t columns = std::min(cut.slabColumns, p.n - column);
    cut.pack(cut.at(p.b, column * p.bColumn), p.bRow, p.bColumn, p.k, columns, packed);
    done = cut.multiply(p, column, columns, packed, biasColumn, nullptr);
  }
  ember_deallocate(packed, size);
  return done;
}

bool PackedOperand::suits(int64_t k, int64_t n) { return k > 0 && n > 0 && k * roundedUp(n, 16) <= packedBytes / int64_t(sizeof(float)); }

PackedOperand::PackedOperand(const float *b, int64_t bRow, int64_t bColumn, int64_t k, int64_t n) : k_(k), n_(n) {
  const Cut cut(k, n, sizeof(float));
  size_ = cut.slabSize(k);
  packed_ = static_cast<char *>(ember_allocate(size_));
  if (!packed_) throw std::bad_alloc();
  cut.pack(b, bRow, bColumn, k, n, packed_);
}

PackedOperand::~PackedOperand() { ember_deallocate(packed_, size_); }

void PackedOperand::multiply(const float *a, int64_t m, const float *bias, const ember_epilogue *epilogue, float *c) const {
  // Adjacent elements need no memory: without any they are read in place.
  Cut(k_, n_, sizeof(float)).multiply({a, nullptr, c, m, n_, k_, k_, 1, 0, 0, n_, 1, bias, false}, 0, n_, packed_, true, epilogue);
}

}  // namespace ember
