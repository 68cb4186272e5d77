// A blocked matrix product for any strides and types, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
// Multiplication" (2008): blocks of k that stay in cache, operands packed into the order of use, and an inner kernel that keeps a
// small tile of the result in registers. What needs no packing (small, already in order) is read in place.

#include "../InstructionSets/ReducedPrecision.kernels.h"

#if defined(EMBER_AVX512)
constexpr int tileRows = 8;
constexpr int tileVectors = 3;
#elif defined(EMBER_AVX2)
constexpr int tileRows = 4;
constexpr int tileVectors = 3;
#else
constexpr int tileRows = 4;
constexpr int tileVectors = 2;
#endif
constexpr int64_t blockDepth = 256;

/// Integer products are rare: one width of tile is enough for them.
template <class A>
constexpr int tileVectorsOf = A(0.5) == A(0) ? 1 : tileVectors;

/// c[rows][vectors · lanes] (+)= a · b, where a(i, p) = a[i · aRow + p · aDepth] and row p of b starts at b + p · bDepth.
template <class A, int rows, int vectors>
EMBER_INLINE void multiplyTile(int64_t depth, const A *a, int64_t aRow, int64_t aDepth, const A *b, int64_t bDepth, A *c,
                               int64_t cRow, bool fresh) {
  Vector<A> sum[rows][vectors];
#pragma unroll
  for (int i = 0; i < rows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) sum[i][j] = fresh ? Vector<A>(A(0)) : load(c + i * cRow + j * lanes<A>);
  for (int64_t p = 0; p < depth; ++p) {
    Vector<A> right[vectors];
#pragma unroll
    for (int j = 0; j < vectors; ++j) right[j] = load(b + p * bDepth + j * lanes<A>);
#pragma unroll
    for (int i = 0; i < rows; ++i) {
      Vector<A> left = Vector<A>(a[i * aRow + p * aDepth]);
#pragma unroll
      for (int j = 0; j < vectors; ++j) sum[i][j] += left * right[j];
    }
  }
#pragma unroll
  for (int i = 0; i < rows; ++i)
#pragma unroll
    for (int j = 0; j < vectors; ++j) store(c + i * cRow + j * lanes<A>, sum[i][j]);
}

/// All rows of a panel that is `vectors` registers wide. `aGroup` is the way from one group of tileRows rows to the next.
template <class A, int vectors>
void multiplyPanel(int64_t rows, int64_t depth, const A *a, int64_t aGroup, int64_t aRow, int64_t aDepth, const A *b,
                   int64_t bDepth, A *c, int64_t cRow, bool fresh) {
  int64_t i = 0;
  for (; i + tileRows <= rows; i += tileRows, a += aGroup)
    multiplyTile<A, tileRows, vectors>(depth, a, aRow, aDepth, b, bDepth, c + i * cRow, cRow, fresh);
  if constexpr (tileRows > 4) {
    if (i + 4 <= rows) {
      multiplyTile<A, 4, vectors>(depth, a, aRow, aDepth, b, bDepth, c + i * cRow, cRow, fresh);
      i += 4;
      a += 4 * aRow;
    }
  }
  if (i + 2 <= rows) {
    multiplyTile<A, 2, vectors>(depth, a, aRow, aDepth, b, bDepth, c + i * cRow, cRow, fresh);
    i += 2;
    a += 2 * aRow;
  }
  if (i < rows) multiplyTile<A, 1, vectors>(depth, a, aRow, aDepth, b, bDepth, c + i * cRow, cRow, fresh);
}

template <class A>
EMBER_INLINE void multiplyPanelOf(int vectors, int64_t rows, int64_t depth, const A *a, int64_t aGroup, int64_t aRow,
                                  int64_t aDepth, const A *b, int64_t bDepth, A *c, int64_t cRow, bool fresh) {
  if constexpr (tileVectorsOf<A> >= 3) {
    if (vectors == 3) return multiplyPanel<A, 3>(rows, depth, a, aGroup, aRow, aDepth, b, bDepth, c, cRow, fresh);
  }
  if constexpr (tileVectorsOf<A> >= 2) {
    if (vectors == 2) return multiplyPanel<A, 2>(rows, depth, a, aGroup, aRow, aDepth, b, bDepth, c, cRow, fresh);
  }
  multiplyPanel<A, 1>(rows, depth, a, aGroup, aRow, aDepth, b, bDepth, c, cRow, fresh);
}

/// Writes count elements, `stride` apart in memory, one after another as accumulators.
template <class T>
EMBER_INLINE void packRow(const T *from, int64_t stride, int64_t count, Accumulator<T> *to) {
  int64_t i = 0;
  if (stride == 1)
    for (; i + lanes<Accumulator<T>> <= count; i += lanes<Accumulator<T>>) store(to + i, loadWide(from + i));
  for (; i < count; ++i) to[i] = widen(from[i * stride]);
}

/// The packed left operand: groups of tileRows rows, in each the elements that one step of the inner kernel takes side by side.
/// What the rows after the last whole group lack is left unset and never read.
template <class T>
void packLeft(const ProductOperands &o, int64_t rows, int64_t depth, const T *a, Accumulator<T> *to) {
  for (int64_t i = 0; i < rows; i += tileRows, to += tileRows * depth) {
    const T *group = a + i * o.aRow;
    if (rows - i < tileRows) {
      for (int64_t r = 0; r < rows - i; ++r)
        for (int64_t p = 0; p < depth; ++p) to[p * tileRows + r] = widen(group[r * o.aRow + p * o.aColumn]);
    } else if (o.aColumn == 1) {
      for (int64_t p = 0; p < depth; ++p)
#pragma unroll
        for (int r = 0; r < tileRows; ++r) to[p * tileRows + r] = widen(group[r * o.aRow + p]);
    } else if (o.aRow == 1) {
      for (int64_t p = 0; p < depth; ++p)
#pragma unroll
        for (int r = 0; r < tileRows; ++r) to[p * tileRows + r] = widen(group[r + p * o.aColumn]);
    } else {
      for (int64_t p = 0; p < depth; ++p)
        for (int r = 0; r < tileRows; ++r) to[p * tileRows + r] = widen(group[r * o.aRow + p * o.aColumn]);
    }
  }
}

/// The packed right operand: panels as wide as the inner kernel's tile, each row by row, the last one padded with zeros to a
/// whole number of registers. Memory is read along its rows, whole ones at a time: panel after panel would jump too often.
template <class T>
void packRight(const ProductOperands &o, int64_t depth, int64_t columns, const T *b, Accumulator<T> *to) {
  using A = Accumulator<T>;
  constexpr int64_t panel = tileVectorsOf<A> * lanes<A>;
  for (int64_t p0 = 0; p0 < depth; p0 += 16) {
    int64_t p1 = p0 + 16 < depth ? p0 + 16 : depth;
    for (int64_t j = 0; j < columns; j += panel) {
      int64_t width = columns - j < panel ? columns - j : panel;
      int64_t padded = (width + lanes<A> - 1) / lanes<A> * lanes<A>;
      A *target = to + j * depth;
      if (o.bRow == 1 && o.bColumn != 1) {
        for (int64_t l = 0; l < width; ++l)
          for (int64_t p = p0; p < p1; ++p) target[p * padded + l] = widen(b[p + (j + l) * o.bColumn]);
      } else {
        for (int64_t p = p0; p < p1; ++p) packRow(b + p * o.bRow + j * o.bColumn, o.bColumn, width, target + p * padded);
      }
      for (int64_t p = p0; width < padded && p < p1; ++p)
        for (int64_t l = width; l < padded; ++l) target[p * padded + l] = A(0);
    }
  }
}

/// Adds what is to be added to a finished row of sums, rounds and stores.
template <class T>
EMBER_INLINE void finishRow(const ProductOperands &o, const Accumulator<T> *sums, int64_t column, int64_t width, T *c) {
  using A = Accumulator<T>;
  const T *bias = static_cast<const T *>(o.bias);
  for (int64_t j = 0; j < width; ++j) {
    A value = sums[j];
    if (o.accumulate) value += widen(c[j * o.cColumn]);
    if (bias) value += widen(bias[column + j]);
    c[j * o.cColumn] = narrow<T>(value);
  }
}

/// One block of the result: rows [row, row + rows), columns [column, column + columns).
template <class T>
void multiplyBlock(const ProductOperands &o, int64_t row, int64_t rows, int64_t column, int64_t columns, void *scratch) {
  using A = Accumulator<T>;
  constexpr bool sameType = __is_same(T, A);
  constexpr int64_t panel = tileVectorsOf<A> * lanes<A>;
  const T *a = static_cast<const T *>(o.a) + row * o.aRow;
  const T *b = static_cast<const T *>(o.b) + column * o.bColumn;
  T *c = static_cast<T *>(o.c) + row * o.cRow + column * o.cColumn;

  int64_t paddedColumns = (columns + lanes<A> - 1) / lanes<A> * lanes<A>;
  int64_t paddedRows = (rows + tileRows - 1) / tileRows * tileRows;
  int64_t depth0 = o.k < blockDepth ? o.k : blockDepth;
  // Sums go straight to the result if it can take whole registers and nothing is left to do to them.
  bool direct = sameType && o.cColumn == 1 && columns == paddedColumns && !o.bias;
  // Packing costs about what using an element three times does.
  bool packsLeft = !sameType || columns > 3 * panel || (rows > 64 && o.aColumn != 1);
  bool packsRight = !sameType || o.bColumn != 1 || columns != paddedColumns || (rows > 4 * tileRows && o.k > 64);

  A *left = static_cast<A *>(scratch);
  A *right = left + (packsLeft ? paddedRows * depth0 : 0);
  A *tile = right + (packsRight ? depth0 * paddedColumns : 0);
  A *sums = direct ? reinterpret_cast<A *>(c) : tile;
  int64_t sumsRow = direct ? o.cRow : paddedColumns;

  for (int64_t p = 0; p < o.k || p == 0; p += blockDepth) {
    int64_t depth = o.k - p < blockDepth ? o.k - p : blockDepth;
    const A *aBlock = reinterpret_cast<const A *>(a + p * o.aColumn);
    int64_t aGroup = tileRows * o.aRow, aRow = o.aRow, aDepth = o.aColumn;
    if (packsLeft) {
      packLeft<T>(o, rows, depth, a + p * o.aColumn, left);
      aBlock = left;
      aGroup = tileRows * depth;
      aRow = 1;
      aDepth = tileRows;
    }
    if (packsRight) packRight<T>(o, depth, columns, b + p * o.bRow, right);
    for (int64_t j = 0; j < columns; j += panel) {
      int64_t paddedWidth = paddedColumns - j < panel ? paddedColumns - j : panel;
      const A *bBlock = packsRight ? right + j * depth : reinterpret_cast<const A *>(b + p * o.bRow) + j;
      multiplyPanelOf<A>(int(paddedWidth / lanes<A>), rows, depth, aBlock, aGroup, aRow, aDepth, bBlock,
                         packsRight ? paddedWidth : o.bRow, sums + j, sumsRow, p == 0 && !(direct && o.accumulate));
    }
  }
  if (!direct)
    for (int64_t i = 0; i < rows; ++i) finishRow<T>(o, sums + i * sumsRow, column, columns, c + i * o.cRow);
}

/// The bytes of scratch that multiplyBlock may use for a block of this size.
template <class T>
int64_t blockScratch(int64_t rows, int64_t columns, int64_t k) {
  using A = Accumulator<T>;
  int64_t padded = (columns + lanes<A> - 1) / lanes<A> * lanes<A>;
  int64_t depth = k < blockDepth ? k : blockDepth;
  int64_t paddedRows = (rows + tileRows - 1) / tileRows * tileRows;
  return int64_t(sizeof(A)) * (paddedRows * depth + depth * padded + rows * padded);
}

/// The sums of `rows` rows' products with x, over `count` elements that lie side by side. Several rows are as many streams through memory.
template <class T, int rows>
EMBER_INLINE void multiplyRows(const T *a, int64_t aRow, const Accumulator<T> *x, int64_t count, Accumulator<T> *sums) {
  using A = Accumulator<T>;
  constexpr int64_t width = lanes<A>;
  constexpr int parts = rows == 1 ? 4 : 2;
  Vector<A> part[rows][parts] = {};
  int64_t p = 0;
  for (; p + parts * width <= count; p += parts * width)
#pragma unroll
    for (int j = 0; j < parts; ++j) {
      const Vector<A> right = load(x + p + j * width);
#pragma unroll
      for (int i = 0; i < rows; ++i) part[i][j] += loadWide(a + i * aRow + p + j * width) * right;
    }
  for (; p + width <= count; p += width)
#pragma unroll
    for (int i = 0; i < rows; ++i) part[i][0] += loadWide(a + i * aRow + p) * load(x + p);
#pragma unroll
  for (int i = 0; i < rows; ++i) {
    Vector<A> total = part[i][0] + part[i][1];
    if constexpr (parts == 4) total += part[i][2] + part[i][3];
    A sum = A(0);
    for (int64_t l = 0; l < width; ++l) sum = A(sum + total[l]);
    for (int64_t q = p; q < count; ++q) sum = A(sum + widen(a[i * aRow + q]) * x[q]);
    sums[i] = A(sums[i] + sum);
  }
}

/// Adds the products with elements [p, p + count) of x to `sums`.
template <class T>
void multiplyVectorPart(const ProductOperands &o, int64_t row, int64_t rows, int64_t from, int64_t count, Accumulator<T> *sums) {
  using A = Accumulator<T>;
  constexpr int64_t piece = 4096, packedPiece = 512;
  // Rows of some pages are read side by side, x once for all. Shorter ones follow each other so soon that they are one stream; several, each
  // ending before the processor has fetched ahead, would take twice as long.
  constexpr int64_t longRow = 16384;  // bytes
  const T *a = static_cast<const T *>(o.a) + row * o.aRow, *x = static_cast<const T *>(o.b);
  const bool inPlace = __is_same(T, A) && o.bRow == 1;
  alignas(64) A packed[packedPiece];
  for (int64_t p0 = from; p0 < from + count;) {
    const int64_t here = std::min(inPlace ? piece : packedPiece, from + count - p0);
    if (!inPlace) packRow(x + p0 * o.bRow, o.bRow, here, packed);
    const A *right = inPlace ? reinterpret_cast<const A *>(x) + p0 : packed;
    const T *line = a + p0 * o.aColumn;
    int64_t i = 0;
    if (o.aColumn == 1) {
      for (; o.aRow * int64_t(sizeof(T)) >= longRow && i + 4 <= rows; i += 4) multiplyRows<T, 4>(line + i * o.aRow, o.aRow, right, here, sums + i);
      for (; i < rows; ++i) multiplyRows<T, 1>(line + i * o.aRow, o.aRow, right, here, sums + i);
    }
    for (; i < rows; ++i) {
      A sum = A(0);
      for (int64_t p = 0; p < here; ++p) sum = A(sum + widen(line[i * o.aRow + p * o.aColumn]) * right[p]);
      sums[i] = A(sums[i] + sum);
    }
    p0 += here;
  }
}

/// Writes the sums of rows [row, row + rows), with what is still to be done to them.
template <class T>
EMBER_INLINE void finishVector(const ProductOperands &o, int64_t row, int64_t rows, const Accumulator<T> *sums) {
  using A = Accumulator<T>;
  T *c = static_cast<T *>(o.c) + row * o.cRow;
  const T *bias = static_cast<const T *>(o.bias);
  for (int64_t i = 0; i < rows; ++i) {
    A value = sums[i];
    if (o.accumulate) value = A(value + widen(c[i * o.cRow]));
    if (bias) value = A(value + widen(bias[(row + i) * o.biasRow]));
    c[i * o.cRow] = narrow<T>(value);
  }
}

/// Rows [row, row + rows) of a product with one column, or, by exchanging the operands, of one with one row.
template <class T>
void multiplyVector(const ProductOperands &o, int64_t row, int64_t rows) {
  using A = Accumulator<T>;
  constexpr int64_t width = lanes<A>;
  alignas(64) A sums[vectorChunk];
  for (int64_t i = 0; i < rows; ++i) sums[i] = A(0);
  if (o.aRow == 1 && o.aColumn != 1) {
    // Columns are consecutive: add multiples of them, four at a time.
    const T *a = static_cast<const T *>(o.a) + row, *x = static_cast<const T *>(o.b);
    int64_t p = 0;
    for (; p + 4 <= o.k; p += 4) {
      const T *a0 = a + p * o.aColumn, *a1 = a0 + o.aColumn, *a2 = a1 + o.aColumn, *a3 = a2 + o.aColumn;
      A x0 = widen(x[p * o.bRow]), x1 = widen(x[(p + 1) * o.bRow]), x2 = widen(x[(p + 2) * o.bRow]),
        x3 = widen(x[(p + 3) * o.bRow]);
      int64_t i = 0;
      for (; i + width <= rows; i += width) {
        Vector<A> sum = load(sums + i);
        sum += loadWide(a0 + i) * Vector<A>(x0);
        sum += loadWide(a1 + i) * Vector<A>(x1);
        sum += loadWide(a2 + i) * Vector<A>(x2);
        sum += loadWide(a3 + i) * Vector<A>(x3);
        store(sums + i, sum);
      }
      for (; i < rows; ++i)
        sums[i] = A(sums[i] + widen(a0[i]) * x0 + widen(a1[i]) * x1 + widen(a2[i]) * x2 + widen(a3[i]) * x3);
    }
    for (; p < o.k; ++p) {
      A x0 = widen(x[p * o.bRow]);
      for (int64_t i = 0; i < rows; ++i) sums[i] = A(sums[i] + widen(a[i + p * o.aColumn]) * x0);
    }
  } else {
    multiplyVectorPart<T>(o, row, rows, 0, o.k, sums);
  }
  finishVector<T>(o, row, rows, sums);
}

/// A part of the single element of a row's product with a column, and that element from its parts, each in 8 bytes.
template <class T>
void multiplyLine(const ProductOperands &o, int64_t from, int64_t count, void *part) {
  auto *sum = static_cast<Accumulator<T> *>(part);
  *sum = Accumulator<T>(0);
  multiplyVectorPart<T>(o, 0, 1, from, count, sum);
}
template <class T>
void finishLine(const ProductOperands &o, const void *parts, int64_t count) {
  using A = Accumulator<T>;
  A sum = A(0);
  for (int64_t i = 0; i < count; ++i) sum = A(sum + *reinterpret_cast<const A *>(static_cast<const char *>(parts) + 8 * i));
  finishVector<T>(o, 0, 1, &sum);
}

/// A product of very few elements, where setting up registers would cost more than the sums.
template <class T>
void multiplyTiny(const ProductOperands &o, int64_t m, int64_t n) {
  using A = Accumulator<T>;
  const T *a = static_cast<const T *>(o.a), *b = static_cast<const T *>(o.b);
  T *c = static_cast<T *>(o.c);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      A sum = A(0);
      for (int64_t p = 0; p < o.k; ++p)
        sum = A(sum + widen(a[i * o.aRow + p * o.aColumn]) * widen(b[p * o.bRow + j * o.bColumn]));
      finishRow<T>(o, &sum, j, 1, c + i * o.cRow + j * o.cColumn);
    }
  }
}

template <class T>
constexpr ProductKernels productKernelsOf = {multiplyBlock<T>, blockScratch<T>, multiplyVector<T>, multiplyLine<T>, finishLine<T>,
                                             multiplyTiny<T>, tileVectorsOf<Accumulator<T>> * lanes<Accumulator<T>>};

/// By ember_dtype from EMBER_UINT8. Signed integers share the kernels of unsigned ones: products modulo 2ⁿ have the same bits.
static constexpr ProductKernels productKernels[] = {
    productKernelsOf<uint8_t>,  productKernelsOf<uint8_t>,  productKernelsOf<uint16_t>, productKernelsOf<uint32_t>,
    productKernelsOf<uint64_t>, productKernelsOf<_Float16>, productKernelsOf<BFloat16>, productKernelsOf<float>,
    productKernelsOf<double>};
