#include <algorithm>
#include <atomic>
#include <cstdint>

#include "../InstructionSets/InstructionSet.h"
#include "../OneDNN/MatrixProduct.h"
#include "../Runtime/Parallel.h"
#include "PackedProduct.h"
#include "ember_matrix_product.h"

namespace ember {

/// One product. The names of strides: element (i, p) of `a` is a[i · aRow + p · aColumn].
struct ProductOperands {
  const void *a, *b;
  void *c;
  int64_t k;
  int64_t aRow, aColumn, bRow, bColumn, cRow, cColumn;
  const void *bias;
  int64_t biasRow;  // multiplyVector: 1 if the bias goes along its rows, 0 if all have the first
  bool accumulate;
};

/// Results that one call of multiplyVector computes.
constexpr int64_t vectorChunk = 256;

/// What the kernels of one element type offer.
struct ProductKernels {
  void (*block)(const ProductOperands &, int64_t row, int64_t rows, int64_t column, int64_t columns, void *scratch);
  int64_t (*scratch)(int64_t rows, int64_t columns, int64_t k);
  void (*vector)(const ProductOperands &, int64_t row, int64_t rows);
  void (*line)(const ProductOperands &, int64_t from, int64_t count, void *part);
  void (*finishLine)(const ProductOperands &, const void *parts, int64_t count);
  void (*tiny)(const ProductOperands &, int64_t m, int64_t n);
  int64_t panelColumns;
};

}  // namespace ember

#define EMBER_KERNELS "../MatrixProduct/MatrixProduct.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

constexpr int64_t tinyWork = 64;             // multiplications
constexpr int64_t serialWork = 32768;        // below this a parallel region costs more than it saves
constexpr int64_t libraryWork = 64 * 64 * 64;  // above this oneDNN's kernels repay its overhead of a few microseconds
constexpr int64_t stackScratch = 24576;      // bytes
constexpr int64_t leastLinePart = 65536, mostLineParts = 256;  // of the sum that two vectors make

/// A product with its batch folded into as few dimensions as the strides allow.
struct Batch {
  int rank = 0;
  int64_t size[EMBER_MAX_RANK], a[EMBER_MAX_RANK], b[EMBER_MAX_RANK], c[EMBER_MAX_RANK];
  int64_t count = 1;

  explicit Batch(const ember_matrix_product &p) {
    for (int i = 0; i < p.batch_rank; ++i) {
      int64_t n = p.batch_sizes[i];
      count *= n;
      if (n == 1) continue;
      if (rank > 0 && a[rank - 1] == p.a.strides[i] * n && b[rank - 1] == p.b.strides[i] * n &&
          c[rank - 1] == p.c.strides[i] * n) {
        size[rank - 1] *= n;
        a[rank - 1] = p.a.strides[i];
        b[rank - 1] = p.b.strides[i];
        c[rank - 1] = p.c.strides[i];
        continue;
      }
      size[rank] = n;
      a[rank] = p.a.strides[i];
      b[rank] = p.b.strides[i];
      c[rank] = p.c.strides[i];
      ++rank;
    }
  }

  /// Moves the operands from the first matrix to number `index`.
  void move(ProductOperands &o, int64_t index, int64_t elementSize) const {
    int64_t da = 0, db = 0, dc = 0;
    for (int i = rank; i-- > 0;) {
      int64_t position = index % size[i];
      index /= size[i];
      da += position * a[i];
      db += position * b[i];
      dc += position * c[i];
    }
    o.a = static_cast<const char *>(o.a) + da * elementSize;
    o.b = static_cast<const char *>(o.b) + db * elementSize;
    o.c = static_cast<char *>(o.c) + dc * elementSize;
  }
};

int64_t sizeOf(int32_t dtype) {
  switch (dtype) {
    case EMBER_UINT8:
    case EMBER_INT8: return 1;
    case EMBER_INT16:
    case EMBER_UINT16:
    case EMBER_FLOAT16:
    case EMBER_BFLOAT16: return 2;
    case EMBER_INT32:
    case EMBER_UINT32:
    case EMBER_FLOAT32: return 4;
    default: return 8;
  }
}

/// The place of a type's kernels in the table.
int kernelsOf(int32_t dtype) {
  switch (dtype) {
    case EMBER_UINT16: return EMBER_INT16 - EMBER_UINT8;
    case EMBER_UINT32: return EMBER_INT32 - EMBER_UINT8;
    case EMBER_UINT64: return EMBER_INT64 - EMBER_UINT8;
    default: return dtype - EMBER_UINT8;
  }
}

/// Runs one task with scratch memory from the stack or the allocator.
template <class Body>
bool withScratch(int64_t bytes, Body &&body) {
  if (bytes <= stackScratch) {
    alignas(64) char local[stackScratch];
    body(local);
    return true;
  }
  void *memory = ember_allocate(size_t(bytes));
  if (!memory) return false;
  body(memory);
  ember_deallocate(memory, size_t(bytes));
  return true;
}

/// float64, and of float32 what the packed kernels do faster than the library: weights [outputs, inputs], which it copies, large products,
/// and with AVX2 small ones, and those whose right operand has rows that get in each other's way.
bool suitsPackedProduct(int32_t dtype, const ProductOperands &o, int64_t m, int64_t n) {
  if (dtype != EMBER_FLOAT32 && dtype != EMBER_FLOAT64) return false;
  // Without fused multiplication and addition the library's kernels are as good; narrow results leave panels half empty.
  if (instructionSet() == InstructionSet::baseline || m < 32 || n < 32 || o.k < 8) return false;
  const bool avx2 = instructionSet() == InstructionSet::avx2;
  const int64_t work = m * n * o.k;
  if (work <= libraryWork) return avx2 && work >= serialWork && o.k >= 16;
  if (dtype == EMBER_FLOAT64) return true;
  const bool wide = m >= 128 && n >= 128, large = wide && o.k >= 256;
  // Where the left operand must be gathered, as for a weight's gradient, the library is better with AVX-512. On AVX2 it is a little better for
  // small depths, but takes up to twice as long for some results of up to half a million elements.
  if (o.aColumn != 1) return avx2 && (large || (wide && o.k >= 64 && m * n <= 1 << 19));
  // The library reads rows where they lie. Those that are multiples of half a page apart share a few sets of the L1 cache.
  const bool rowsCollide = o.bColumn == 1 && o.bRow * int64_t(sizeof(float)) % 2048 == 0 && n >= 128 && o.k >= 256;
  return o.bRow == 1 || large || (avx2 && rowsCollide);
}

template <class Kernels>
int multiplyHere(const Kernels &kernels, const Batch &batch, const ProductOperands &first, int64_t m, int64_t n,
                 int64_t elementSize) {
  int64_t work = m * n * std::max<int64_t>(first.k, 1);
  if (work <= tinyWork) {
    int64_t grain = serialWork / 4 / work;
    parallelRanges(batch.count, grain, [&](int64_t begin, int64_t end) {
      for (int64_t index = begin; index < end; ++index) {
        ProductOperands o = first;
        batch.move(o, index, elementSize);
        kernels.tiny(o, m, n);
      }
    });
    return EMBER_DNNL_OK;
  }
  if (m == 1 && n == 1 && batch.count == 1 && first.k >= 2 * leastLinePart) {
    const int64_t part = std::max(leastLinePart, (first.k + mostLineParts - 1) / mostLineParts);
    uint64_t sums[mostLineParts];
    parallelRanges(first.k, part, [&](int64_t begin, int64_t end) {
      kernels.line(first, begin, end - begin, sums + begin / part);
    });
    kernels.finishLine(first, sums, (first.k + part - 1) / part);
    return EMBER_DNNL_OK;
  }
  if (m == 1 || n == 1) {
    ProductOperands turned = first;
    turned.biasRow = 0;
    if (m == 1 && n != 1) {
      // (a · b)ᵀ = bᵀ · aᵀ
      turned.a = first.b;
      turned.aRow = first.bColumn;
      turned.aColumn = first.bRow;
      turned.b = first.a;
      turned.bRow = first.aColumn;
      turned.cRow = first.cColumn;
      turned.biasRow = 1;
    }
    int64_t rows = std::max(m, n);
    // Small enough that the chunks of one product keep every core busy, large enough to be worth a turn; where columns are
    // consecutive, long pieces of them.
    int64_t least = turned.aRow == 1 ? 128 : 16;
    int64_t chunk = std::clamp<int64_t>(serialWork / 2 / std::max<int64_t>(first.k, 1), least, vectorChunk);
    int64_t chunks = (rows + chunk - 1) / chunk;
    bool exchanged = m == 1 && n != 1;
    int64_t grain = std::max<int64_t>(1, serialWork / (std::min(rows, chunk) * std::max<int64_t>(first.k, 1)));
    parallelRanges(batch.count * chunks, grain, [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; ++task) {
        ProductOperands o = turned;
        if (exchanged) std::swap(o.a, o.b);
        batch.move(o, task / chunks, elementSize);
        if (exchanged) std::swap(o.a, o.b);
        int64_t row = task % chunks * chunk;
        kernels.vector(o, row, std::min(chunk, rows - row));
      }
    });
    return EMBER_DNNL_OK;
  }
  int64_t blockRows = work <= serialWork ? m : m >= 512 ? 128 : 64;
  int64_t blockColumns = work <= serialWork ? n : n >= 8 * kernels.panelColumns ? 4 * kernels.panelColumns
                                                                             : 2 * kernels.panelColumns;
  int64_t rowBlocks = (m + blockRows - 1) / blockRows, columnBlocks = (n + blockColumns - 1) / blockColumns;
  int64_t scratch = kernels.scratch(std::min(m, blockRows), std::min(n, blockColumns), first.k);
  int64_t blockWork = std::min(m, blockRows) * std::min(n, blockColumns) * std::max<int64_t>(first.k, 1);
  int64_t grain = std::max<int64_t>(1, serialWork / blockWork);
  std::atomic<bool> failed{false};
  parallelRanges(batch.count * rowBlocks * columnBlocks, grain, [&](int64_t begin, int64_t end) {
    bool enough = withScratch(scratch, [&](void *memory) {
      for (int64_t task = begin; task < end; ++task) {
        ProductOperands o = first;
        batch.move(o, task / (rowBlocks * columnBlocks), elementSize);
        int64_t row = task / columnBlocks % rowBlocks * blockRows, column = task % columnBlocks * blockColumns;
        kernels.block(o, row, std::min(blockRows, m - row), column, std::min(blockColumns, n - column), memory);
      }
    });
    if (!enough) failed.store(true, std::memory_order_relaxed);
  });
  return failed ? int(EMBER_DNNL_OUT_OF_MEMORY) : int(EMBER_DNNL_OK);
}

}  // namespace
}  // namespace ember

extern "C" int ember_multiply_matrices(const ember_matrix_product *product) {
  using namespace ember;
  ember_matrix_product p = *product;
  Batch batch(p);
  if (p.m == 0 || p.n == 0 || batch.count == 0) return EMBER_DNNL_OK;
  int64_t aRow = p.a.strides[p.batch_rank], bRow = p.b.strides[p.batch_rank], cRow = p.c.strides[p.batch_rank];
  // A batch of rows against one right operand is one product with more rows.
  if (batch.rank > 0) {
    int last = batch.rank - 1;
    if (batch.b[last] == 0 && (p.m == 1 || (batch.a[last] == p.m * aRow && batch.c[last] == p.m * cRow))) {
      if (p.m == 1) {
        aRow = batch.a[last];
        cRow = batch.c[last];
      }
      p.m *= batch.size[last];
      batch.count /= batch.size[last];
      --batch.rank;
    }
  }
  ProductOperands o{p.a.data, p.b.data, p.c.data, p.k,
                    aRow, p.a.strides[p.batch_rank + 1],
                    bRow, p.b.strides[p.batch_rank + 1],
                    cRow, p.c.strides[p.batch_rank + 1],
                    p.bias, 1, p.accumulate};
  if (batch.rank == 0 && suitsPackedProduct(p.dtype, o, p.m, p.n)) {
    PackedProduct call{o.a, o.b, o.c, p.m, p.n, p.k, o.aRow, o.aColumn, o.bRow, o.bColumn, o.cRow, o.cColumn, o.bias, o.accumulate};
    return multiplyPacked(call, sizeOf(p.dtype)) ? EMBER_DNNL_OK : EMBER_DNNL_OUT_OF_MEMORY;
  }
  bool library = (p.dtype == EMBER_FLOAT32 || p.dtype == EMBER_BFLOAT16) && p.m > 1 && p.n > 1 &&
                 p.m * p.n * p.k > libraryWork && batch.rank <= onednn::largestBatchRank;
  if (library) {
    onednn::Product call{p.dtype, batch.rank, batch.size, batch.a, batch.b, batch.c, p.m, p.n, p.k, o.a, o.b, o.c,
                         o.aRow, o.aColumn, o.bRow, o.bColumn, o.cRow, o.cColumn, o.bias, o.accumulate};
    int status = onednn::multiply(call);
    if (status != EMBER_DNNL_UNSUPPORTED) return status;
  }
  return multiplyHere((*EMBER_SELECT(productKernels))[kernelsOf(p.dtype)], batch, o, p.m, p.n, sizeOf(p.dtype));
}
