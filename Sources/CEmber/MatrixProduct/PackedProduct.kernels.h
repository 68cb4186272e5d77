// Blocks of large products c = a · b of float32 and float64. Rows of the left operand are read where they lie if their elements are
// adjacent and few columns meet them; otherwise they are gathered, six at a time side by side.

#include "../MatrixProduct/ProductTile.kernels.h"

/// Brings rows of the left operand side by side in groups of groupRows, one group of `depth` steps after another. Writes up to a register
/// beyond the last. Memory is read along its lines: one group at a time would use a small part of each.
template <class T>
void gatherRows(const T *a, int64_t aRow, int64_t aColumn, int64_t rows, int64_t depth, T *to) {
  int64_t i = 0;
  if (aRow == 1) {
    // Some steps at a time, so that both memories are used along their lines.
    constexpr int64_t steps = 16;
    const int64_t whole = rows / groupRows * groupRows;
    for (int64_t first = 0; first < depth; first += steps)
      for (i = 0; i < whole; i += groupRows)
        for (int64_t p = first; p < depth && p < first + steps; ++p)
          __builtin_memcpy(to + i * depth + p * groupRows, a + p * aColumn + i, groupRows * sizeof(T));
    i = whole;
  } else if (aColumn == 1) {
    // Transposed blocks may have more rows than a group. Those behind come first, and are overwritten then.
    constexpr int side = lanes<T> < 8 ? int(lanes<T>) : 8;
    constexpr int64_t blockRows = (groupRows + side - 1) / side * side;
    for (; i + blockRows <= rows; i += groupRows) {
      T *target = to + i * depth;
      int64_t p = 0;
      for (; p + side <= depth; p += side)
        for (int64_t r = blockRows - side; r >= 0; r -= side)
          transposeBlock<T, side>(target + p * groupRows + r, groupRows, a + (i + r) * aRow + p, aRow);
      for (; p < depth; ++p)
        for (int64_t r = 0; r < groupRows; ++r) target[p * groupRows + r] = a[(i + r) * aRow + p];
    }
  }
  for (; i < rows; i += groupRows) {
    const int64_t some = rows - i < groupRows ? rows - i : groupRows;
    for (int64_t p = 0; p < depth; ++p)
      for (int64_t r = 0; r < some; ++r) to[i * depth + p * groupRows + r] = a[(i + r) * aRow + p * aColumn];
  }
}

/// Stores a tile where its rows or columns are not those of the result's memory, or adds it.
template <class T>
void storeTile(const T *tile, int64_t rows, int64_t columns, T *result, int64_t cRow, int64_t cColumn, bool add) {
  auto one = [&](int64_t r, int64_t l) {
    const T value = tile[r * panelWidth<T> + l];
    T &to = result[r * cRow + l * cColumn];
    to = add ? to + value : value;
  };
  if (cRow == 1) {
    for (int64_t l = 0; l < columns; ++l)
      for (int64_t r = 0; r < rows; ++r) one(r, l);
  } else {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t l = 0; l < columns; ++l) one(r, l);
  }
}

/// One block of the result: `rows` rows and `columns` columns (of whole panels but for the last) over `depth`, whose packed panels
/// start at `panels`.
template <class T>
void multiplyPacked(const PackedBlock &block) {
  const T *a = static_cast<const T *>(block.a), *panels = static_cast<const T *>(block.panels);
  const T *bias = static_cast<const T *>(block.bias);
  T *c = static_cast<T *>(block.c);
  const int64_t depth = block.depth;
  alignas(64) T tile[groupRows * panelWidth<T>];
  auto multiply = [&](int64_t i, int64_t j) {
    const int64_t rows = block.rows - i < groupRows ? block.rows - i : groupRows;
    const T *group = a + i * (block.isGathered ? depth : block.aRow);
    const int64_t columns = block.columns - j < panelWidth<T> ? block.columns - j : panelWidth<T>;
    const int vectors = registersOf<T>(columns);
    const T *b = panels + j * depth;
    T *result = c + i * block.cRow + j * block.cColumn;
    const bool direct = block.cColumn == 1 && columns == vectors * lanes<T>;
    T *sums = direct ? result : tile;
    const int64_t sumsRow = direct ? block.cRow : panelWidth<T>;
    // The result's rows lie too far apart for the processor to foresee them.
    for (int64_t r = 0; block.panelsStay && direct && r < rows; ++r) {
      __builtin_prefetch(result + r * block.cRow, 1);
      __builtin_prefetch(result + r * block.cRow + columns - 1, 1);
    }
    const bool ends = direct && (block.epilogue || bias) && (!bias || block.biasColumn);
    TileEnd<T> end = {};
    if (ends && bias) end.bias = bias + j;
    if (ends && block.epilogue) end.epilogue = from(*block.epilogue, j, i * block.cRow + j);
    const TileEnd<T> *atEnd = ends ? &end : nullptr;
    if (block.isGathered) productTile<T, true>(vectors, rows, depth, group, groupRows, b, sums, sumsRow, direct && block.add, atEnd);
    else productTile<T, false>(vectors, rows, depth, group, block.aRow, b, sums, sumsRow, direct && block.add, atEnd);
    if (ends || (direct && !bias)) return;
    for (int64_t r = 0; r < rows; ++r) {
      T *line = sums + r * sumsRow;
      if (bias && block.biasColumn)
        for (int64_t l = 0; l < columns; ++l) line[l] += bias[j + l];
      else if (bias)
        for (int64_t l = 0; l < columns; ++l) line[l] += bias[i + r];
    }
    if (!direct) storeTile(tile, rows, columns, result, block.cRow, block.cColumn, block.add);
    if constexpr (__is_same(T, float)) {
      for (int64_t r = 0; block.epilogue && r < rows; ++r) {
        float *line = result + r * block.cRow;
        finishChannels(line, line, columns, from(*block.epilogue, j, (i + r) * block.cRow + j));
      }
    }
  };
  if (block.panelsStay) {
    for (int64_t j = 0; j < block.columns; j += panelWidth<T>)
      for (int64_t i = 0; i < block.rows; i += groupRows) multiply(i, j);
  } else {
    for (int64_t i = 0; i < block.rows; i += groupRows)
      for (int64_t j = 0; j < block.columns; j += panelWidth<T>) multiply(i, j);
  }
}

/// Packs panels one after another. Where their rows lie along memory, some rows of all come before the next ones: a panel alone reads a line
/// of each row, too far apart for the processor to foresee them, so those to come are fetched, too.
template <class T>
void packPanels(const T *b, int64_t bRow, int64_t bColumn, int64_t depth, int64_t columns, T *to) {
  constexpr int64_t lineElements = 64 / sizeof(T), rowsTogether = 8;
  const int64_t step = bColumn == 1 ? rowsTogether : depth;
  for (int64_t first = 0; first < depth; first += step) {
    const int64_t rows = depth - first < step ? depth - first : step;
    for (int64_t p = first + step; p < first + 2 * step && p < depth; ++p)
      for (int64_t l = 0; l < columns; l += lineElements) __builtin_prefetch(b + p * bRow + l, 0, 2);
    for (int64_t j = 0; j < columns; j += panelWidth<T>) {
      const int64_t some = columns - j < panelWidth<T> ? columns - j : panelWidth<T>, width = registersOf<T>(some) * lanes<T>;
      packColumns(b + first * bRow + j * bColumn, bRow, bColumn, rows, some, to + j * depth + first * width, width);
    }
  }
}

template <class T>
void packPanelsOf(const void *b, int64_t bRow, int64_t bColumn, int64_t depth, int64_t columns, void *to) {
  packPanels(static_cast<const T *>(b), bRow, bColumn, depth, columns, static_cast<T *>(to));
}

template <class T>
void gatherRowsOf(const void *a, int64_t aRow, int64_t aColumn, int64_t rows, int64_t depth, void *to) {
  gatherRows(static_cast<const T *>(a), aRow, aColumn, rows, depth, static_cast<T *>(to));
}

/// float32, float64.
static constexpr PackedProductKernels packedProductKernels[] = {
    {multiplyPacked<float>, gatherRowsOf<float>, packPanelsOf<float>, panelWidth<float>, lanes<float>, groupRows},
    {multiplyPacked<double>, gatherRowsOf<double>, packPanelsOf<double>, panelWidth<double>, lanes<double>, groupRows}};
