// The inner part of products c = a · b of float32 and float64, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
// Multiplication" (2008): the right operand is packed into panels, and a tile of the result stays in registers while the depth goes
// by. Compiled per instruction set, inside the kernels of matrix products, recurrences and attention.

#include "../Convolution/Epilogue.kernels.h"
#include "../InstructionSets/Transposition.kernels.h"

/// A tile takes this many rows and registers of columns; sums, a row of the right operand and one element fill the register file.
constexpr int groupRows = 6;
#if defined(EMBER_AVX512)
constexpr int panelVectors = 4;
#else
constexpr int panelVectors = 2;
#endif
template <class T>
constexpr int64_t panelWidth = panelVectors * lanes<T>;

/// What is done to a finished tile while it is in registers: the bias of its columns, null for none, is added, then the epilogue's part
/// (float32).
template <class T>
struct TileEnd {
  const T *bias;
  ember_epilogue epilogue;
};

/// c[rows][vectors · lanes] (+)= a · b: element (i, p) of a is a[i · aStep + p], or a[i + p · aStep] if it lies transposed; a row of b is
/// `vectors` registers, one row after another. A function of its own: its caller's constants would take registers from the sums.
template <class T, int rows, int vectors, bool transposed>
__attribute__((noinline)) void productTile(int64_t depth, const T *a, int64_t aStep, const T *b, T *c, int64_t cRow, bool add,
                                           const TileEnd<T> *end) {
  Vector<T> sum[rows][vectors];
#pragma unroll
  for (int i = 0; i < rows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) sum[i][j] = Vector<T>(T(0));
  // Where two threads share a core, what counts is how few instructions go with the multiplications.
#pragma clang loop unroll_count(4)
  for (int64_t p = 0; p < depth; ++p) {
    Vector<T> right[vectors];
#pragma unroll
    for (int j = 0; j < vectors; ++j) right[j] = load(b + j * lanes<T>);
    b += vectors * lanes<T>;
#pragma unroll
    for (int i = 0; i < rows; ++i) {
      Vector<T> left = Vector<T>(transposed ? a[i] : a[i * aStep]);
#pragma unroll
      for (int j = 0; j < vectors; ++j) sum[i][j] += left * right[j];
    }
    a += transposed ? aStep : 1;
  }
#pragma unroll
  for (int i = 0; i < rows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) {
      const T *held = c + i * cRow + j * lanes<T>;
      if (add) sum[i][j] += load(held);
    }
  if (end) {
    ember_epilogue epilogue = end->epilogue;
#pragma unroll
    for (int i = 0; i < rows; ++i) {
#pragma unroll
      for (int j = 0; j < vectors; ++j) {
        if (end->bias) sum[i][j] += load(end->bias + j * lanes<T>);
        if constexpr (__is_same(T, float))
          sum[i][j] = finished(sum[i][j], epilogue, j * lanes<T>, [](const float *p) { return load(p); });
      }
      if (epilogue.addend) epilogue.addend += cRow;
    }
  }
#pragma unroll
  for (int i = 0; i < rows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) store(c + i * cRow + j * lanes<T>, sum[i][j]);
}

template <class T, int vectors, bool transposed>
EMBER_INLINE void productTileOf(int64_t rows, int64_t depth, const T *a, int64_t aStep, const T *b, T *c, int64_t cRow, bool add,
                                const TileEnd<T> *end) {
  switch (rows) {
    case 1: return productTile<T, 1, vectors, transposed>(depth, a, aStep, b, c, cRow, add, end);
    case 2: return productTile<T, 2, vectors, transposed>(depth, a, aStep, b, c, cRow, add, end);
    case 3: return productTile<T, 3, vectors, transposed>(depth, a, aStep, b, c, cRow, add, end);
    case 4: return productTile<T, 4, vectors, transposed>(depth, a, aStep, b, c, cRow, add, end);
    case 5: return productTile<T, 5, vectors, transposed>(depth, a, aStep, b, c, cRow, add, end);
    default: return productTile<T, 6, vectors, transposed>(depth, a, aStep, b, c, cRow, add, end);
  }
}

/// The tile of at most groupRows rows and `vectors` registers of columns.
template <class T, bool transposed>
EMBER_INLINE void productTile(int vectors, int64_t rows, int64_t depth, const T *a, int64_t aStep, const T *b, T *c, int64_t cRow,
                              bool add, const TileEnd<T> *end = nullptr) {
  if constexpr (panelVectors == 4) {
    if (vectors == 4) return productTileOf<T, 4, transposed>(rows, depth, a, aStep, b, c, cRow, add, end);
    if (vectors == 3) return productTileOf<T, 3, transposed>(rows, depth, a, aStep, b, c, cRow, add, end);
  }
  if (vectors == 2) return productTileOf<T, 2, transposed>(rows, depth, a, aStep, b, c, cRow, add, end);
  productTileOf<T, 1, transposed>(rows, depth, a, aStep, b, c, cRow, add, end);
}

/// Registers that `columns` columns of a panel take.
template <class T>
EMBER_INLINE int registersOf(int64_t columns) {
  return int((columns + lanes<T> - 1) / lanes<T>);
}

/// Packs columns of the right operand, rows 0..<depth, to where rows are `width` apart; what the last register lacks is zero.
template <class T>
void packColumns(const T *b, int64_t bRow, int64_t bColumn, int64_t depth, int64_t columns, T *to, int64_t width) {
  if (bRow == 1 && bColumn != 1) {
    int64_t l = 0;
    for (; l + lanes<T> <= columns; l += lanes<T>) {
      int64_t p = 0;
      for (; p + lanes<T> <= depth; p += lanes<T>) transposeBlock<T, int(lanes<T>)>(to + p * width + l, width, b + p + l * bColumn, bColumn);
      for (; p < depth; ++p)
        for (int64_t i = l; i < l + lanes<T>; ++i) to[p * width + i] = b[p + i * bColumn];
    }
    for (; l < columns; ++l)
      for (int64_t p = 0; p < depth; ++p) to[p * width + l] = b[p + l * bColumn];
  } else {
    for (int64_t p = 0; p < depth; ++p) {
      int64_t l = 0;
      if (bColumn == 1)
        for (; l + lanes<T> <= columns; l += lanes<T>) store(to + p * width + l, load(b + p * bRow + l));
      for (; l < columns; ++l) to[p * width + l] = b[p * bRow + l * bColumn];
    }
  }
  const int64_t whole = registersOf<T>(columns) * lanes<T>;
  for (int64_t p = 0; columns < whole && p < depth; ++p)
    for (int64_t l = columns; l < whole; ++l) to[p * width + l] = T(0);
}

/// Packs one panel of at most panelWidth columns.
template <class T>
void packPanel(const T *b, int64_t bRow, int64_t bColumn, int64_t depth, int64_t columns, T *to) {
  packColumns(b, bRow, bColumn, depth, columns, to, registersOf<T>(columns) * lanes<T>);
}
