// Weighted sums of neighbours, along rows or across columns. An element's terms are added in the table's order.

/// R rows at a time: they share what is read of the table, and their sums do not wait for each other.
template <int R, class T>
EMBER_INLINE void resampleRowGroup(const T *x, T *y, int64_t n, const ResamplingTable<T> &table) {
  for (int64_t o = 0; o < table.size; ++o) {
    const int64_t first = table.first[o], begin = table.offsets[o], end = table.offsets[o + 1];
    T sum[R] = {};
    for (int64_t k = begin; k < end; ++k) {
      const T weight = table.weights[k];
      const T *at = x + first + (k - begin);
      for (int r = 0; r < R; ++r) sum[r] += weight * at[r * n];
    }
    for (int r = 0; r < R; ++r) y[r * table.size + o] = sum[r];
  }
}

template <class T>
static void resampleRows(const T *x, T *y, int64_t rows, int64_t n, const ResamplingTable<T> &table) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) resampleRowGroup<4>(x + row * n, y + row * table.size, n, table);
  for (; row < rows; ++row) resampleRowGroup<1>(x + row * n, y + row * table.size, n, table);
}

template <class T>
static void resampleColumns(const T *x, T *y, int64_t begin, int64_t end, int64_t inner,
                            const ResamplingTable<T> &table) {
  constexpr int64_t L = lanes<T>;
  for (int64_t o = begin; o < end; ++o) {
    const T *weights = table.weights + table.offsets[o];
    const int64_t count = table.offsets[o + 1] - table.offsets[o];
    const T *from = x + table.first[o] * inner;
    T *to = y + o * inner;
    int64_t j = 0;
    for (; j + 4 * L <= inner; j += 4 * L) {
      Vector<T> sum[4] = {};
      for (int64_t k = 0; k < count; ++k)
        for (int v = 0; v < 4; ++v) sum[v] += Vector<T>(weights[k]) * load(from + k * inner + j + v * L);
      for (int v = 0; v < 4; ++v) store(to + j + v * L, sum[v]);
    }
    for (; j + L <= inner; j += L) {
      Vector<T> sum = {};
      for (int64_t k = 0; k < count; ++k) sum += Vector<T>(weights[k]) * load(from + k * inner + j);
      store(to + j, sum);
    }
    for (; j < inner; ++j) {
      T sum = 0;
      for (int64_t k = 0; k < count; ++k) sum += weights[k] * from[k * inner + j];
      to[j] = sum;
    }
  }
}

static constexpr ResamplingKernelTable resamplingKernels = {{resampleRows<float>, resampleColumns<float>},
                                                            {resampleRows<double>, resampleColumns<double>}};
