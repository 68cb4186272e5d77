// Rows and tiles of strided copies.

#include "../InstructionSets/Transposition.kernels.h"

namespace copying {

/// How many elements one register block has on a side. Narrow elements use narrow registers: wide ones need shuffles
/// across the 128-bit halves, which AVX2 does slowly for bytes and words.
template <class T>
constexpr int blockSide() {
  if (sizeof(T) == 1) return 16;
  if (sizeof(T) == 2) return EMBER_VECTOR_BYTES == 64 ? 16 : 8;
  return int(EMBER_VECTOR_BYTES / sizeof(T));
}

/// A few long rows interleaved into one, or one split into a few (images with two to four channels): Few is the short
/// side.
template <class T, int Few>
void transposeFew(int64_t many, T *destination, int64_t destinationMany, int64_t destinationFew, const T *source,
                  int64_t sourceMany, int64_t sourceFew) {
  // With the steps known to the compiler the loop becomes shuffles.
  if (destinationMany == Few && destinationFew == 1 && sourceMany == 1) {
    for (int64_t i = 0; i < many; ++i)
#pragma clang loop unroll(full)
      for (int c = 0; c < Few; ++c) destination[i * Few + c] = source[c * sourceFew + i];
    return;
  }
  if (sourceMany == Few && sourceFew == 1 && destinationMany == 1) {
    for (int64_t i = 0; i < many; ++i)
#pragma clang loop unroll(full)
      for (int c = 0; c < Few; ++c) destination[c * destinationFew + i] = source[i * Few + c];
    return;
  }
  for (int64_t i = 0; i < many; ++i)
#pragma clang loop unroll(full)
    for (int c = 0; c < Few; ++c)
      destination[i * destinationMany + c * destinationFew] = source[i * sourceMany + c * sourceFew];
}

/// False when `few` is not few.
template <class T>
EMBER_INLINE bool transposeNarrow(int64_t few, int64_t many, T *to, int64_t toMany, int64_t toFew, const T *from,
                                  int64_t fromMany, int64_t fromFew) {
  switch (few) {
    case 1: transposeFew<T, 1>(many, to, toMany, toFew, from, fromMany, fromFew); return true;
    case 2: transposeFew<T, 2>(many, to, toMany, toFew, from, fromMany, fromFew); return true;
    case 3: transposeFew<T, 3>(many, to, toMany, toFew, from, fromMany, fromFew); return true;
    case 4: transposeFew<T, 4>(many, to, toMany, toFew, from, fromMany, fromFew); return true;
    default: return false;
  }
}

/// destination[j * d.j + i * d.i] = source[j * s.j + i * s.i] for j < rows, i < columns, where i is the fast
/// direction of the destination and j that of the source.
template <class T>
void copyTile(int64_t rows, int64_t columns, void *destinationBytes, int64_t destinationRow, int64_t destinationColumn,
              const void *sourceBytes, int64_t sourceRow, int64_t sourceColumn) {
  T *destination = static_cast<T *>(destinationBytes);
  const T *source = static_cast<const T *>(sourceBytes);
  if (columns <= 4 && transposeNarrow(columns, rows, destination, destinationRow, destinationColumn, source, sourceRow,
                                      sourceColumn))
    return;
  if (rows <= 4 && transposeNarrow(rows, columns, destination, destinationColumn, destinationRow, source, sourceColumn,
                                   sourceRow))
    return;
  int64_t blockRows = 0, blockColumns = 0;
  if constexpr (sizeof(T) <= 8) {
    constexpr int side = blockSide<T>();
    if (destinationColumn == 1 && sourceRow == 1) {
      blockRows = rows / side * side;
      blockColumns = columns / side * side;
      for (int64_t j = 0; j < blockRows; j += side)
        for (int64_t i = 0; i < blockColumns; i += side)
          transposeBlock<T, side>(destination + j * destinationRow + i, destinationRow, source + j + i * sourceColumn,
                                  sourceColumn);
    }
  }
  for (int64_t j = 0; j < rows; ++j)
    for (int64_t i = j < blockRows ? blockColumns : 0; i < columns; ++i)
      destination[j * destinationRow + i * destinationColumn] = source[j * sourceRow + i * sourceColumn];
}

template <class T>
EMBER_INLINE bool isZero(T value) { return value == 0; }
template <>
EMBER_INLINE bool isZero<Element16>(Element16 value) { return (value.low | value.high) == 0; }

template <class T>
void copyRow(int64_t count, void *destinationBytes, int64_t destinationStride, const void *sourceBytes,
             int64_t sourceStride) {
  T *destination = static_cast<T *>(destinationBytes);
  const T *source = static_cast<const T *>(sourceBytes);
  if (destinationStride == 1) {
    switch (sourceStride) {
      case 1: __builtin_memcpy(destination, source, size_t(count) * sizeof(T)); return;
      case 0: {
        T value = *source;
        // The library's memset knows how to write without reading first.
        if (isZero(value)) {
          __builtin_memset(destination, 0, size_t(count) * sizeof(T));
          return;
        }
        for (int64_t i = 0; i < count; ++i) destination[i] = value;
        return;
      }
      case -1:
        for (int64_t i = 0; i < count; ++i) destination[i] = source[-i];
        return;
      case 2:
        for (int64_t i = 0; i < count; ++i) destination[i] = source[2 * i];
        return;
      default: break;
    }
  }
  for (int64_t i = 0; i < count; ++i) destination[i * destinationStride] = source[i * sourceStride];
}

/// One table entry an element size: 1, 2, 4, 8, 16 bytes.
static constexpr CopyKernels copyKernels = {
    {copyRow<uint8_t>, copyRow<uint16_t>, copyRow<uint32_t>, copyRow<uint64_t>, copyRow<Element16>},
    {copyTile<uint8_t>, copyTile<uint16_t>, copyTile<uint32_t>, copyTile<uint64_t>, copyTile<Element16>},
};

}  // namespace copying
