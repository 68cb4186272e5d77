// The loops that fold adjacent elements, and adjacent columns.

/// A position in the reduced dimensions.
struct Walk {
  const ReducedDimensions &reduced;
  int64_t offset = 0;
  int64_t index[EMBER_MAX_RANK];

  EMBER_INLINE Walk(const ReducedDimensions &dimensions, int64_t linear) : reduced(dimensions) {
    for (int d = reduced.rank - 1; d > 0; --d) {
      index[d] = linear % reduced.sizes[d];
      linear /= reduced.sizes[d];
      offset += index[d] * reduced.strides[d];
    }
    index[0] = linear;
    offset += linear * reduced.strides[0];
  }
  /// Moves on by `steps` of the innermost dimension, which must not pass its end by more than landing on it.
  EMBER_INLINE void advance(int64_t steps) {
    int d = reduced.rank - 1;
    index[d] += steps;
    offset += steps * reduced.strides[d];
    while (d > 0 && index[d] == reduced.sizes[d]) {
      offset -= index[d] * reduced.strides[d];
      index[d] = 0;
      --d;
      ++index[d];
      offset += reduced.strides[d];
    }
  }
  EMBER_INLINE int64_t leftInRun() const { return reduced.sizes[reduced.rank - 1] - index[reduced.rank - 1]; }
};

/// Folds a register to one value by halves.
template <class F, int N, class V>
EMBER_INLINE auto foldLanes(V v) {
  if constexpr (N == 2) {
    return F::combine(v[0], v[1]);
  } else {
    return foldLanes<F, N / 2>(F::combine(v.lo, v.hi));
  }
}

/// Asks for the elements that come some pages later: a fold does so little with an element that what the processor fetches ahead by itself
/// comes too late from the last cache.
template <int bytes>
EMBER_INLINE void fetchAhead(const void *p) {
  constexpr int64_t distance = 8192, cacheLine = 64;
#pragma unroll
  for (int64_t line = 0; line < bytes; line += cacheLine) __builtin_prefetch(static_cast<const char *>(p) + distance + line, 0, 2);
}

/// Folds n adjacent elements into `total`: four registers, 32 steps each, then one partial.
template <class F, class T>
EMBER_INLINE void foldRun(const T *p, int64_t n, typename F::Compute center, typename F::Wide &total) {
  using C = typename F::Compute;
  using A = typename F::Accumulate;
  constexpr int64_t L = lanes<C>;
  const Vector<C> c = Vector<C>(center);
  int64_t i = 0;
  while (n - i >= 4 * L) {
    int64_t steps = (n - i) / (4 * L);
    if (!F::exact && steps > 32) steps = 32;
    Vector<A> a0 = F::map(loadAs<C>(p + i), c), a1 = F::map(loadAs<C>(p + i + L), c);
    Vector<A> a2 = F::map(loadAs<C>(p + i + 2 * L), c), a3 = F::map(loadAs<C>(p + i + 3 * L), c);
    i += 4 * L;
    for (int64_t k = 1; k < steps; ++k, i += 4 * L) {
      fetchAhead<4 * L * sizeof(T)>(p + i);
      a0 = F::combine(a0, Vector<A>(F::map(loadAs<C>(p + i), c)));
      a1 = F::combine(a1, Vector<A>(F::map(loadAs<C>(p + i + L), c)));
      a2 = F::combine(a2, Vector<A>(F::map(loadAs<C>(p + i + 2 * L), c)));
      a3 = F::combine(a3, Vector<A>(F::map(loadAs<C>(p + i + 3 * L), c)));
    }
    Vector<A> sum = F::combine(F::combine(a0, a1), F::combine(a2, a3));
    total = F::combine(total, typename F::Wide(foldLanes<F, int(L)>(sum)));
  }
  if (n - i >= L) {
    Vector<A> sum = F::map(loadAs<C>(p + i), c);
    for (i += L; n - i >= L; i += L) sum = F::combine(sum, Vector<A>(F::map(loadAs<C>(p + i), c)));
    total = F::combine(total, typename F::Wide(foldLanes<F, int(L)>(sum)));
  }
  for (; i < n; ++i) total = F::combine(total, typename F::Wide(A(F::map(scalarAs<C>(p[i]), center))));
}

/// Adds R rows to the partials of adjacent columns.
template <class F, int R, class T>
EMBER_INLINE void foldColumnGroup(const T *const *row, int64_t slots, const typename F::Compute *centers,
                                  typename F::Wide *wide) {
  using C = typename F::Compute;
  using A = typename F::Accumulate;
  using W = typename F::Wide;
  constexpr int64_t L = lanes<C>;
  typedef W WideVector __attribute__((ext_vector_type(L)));
  int64_t j = 0;
  for (; j + L <= slots; j += L) {
    Vector<C> c = Vector<C>(0);
    if constexpr (F::hasCenter) c = load(centers + j);
    Vector<A> a = F::map(loadAs<C>(row[0] + j), c);
#pragma clang loop unroll(full)
    for (int r = 1; r < R; ++r) a = F::combine(a, Vector<A>(F::map(loadAs<C>(row[r] + j), c)));
    const WideVector widened = __builtin_convertvector(a, WideVector);
    const auto *part = reinterpret_cast<const Vector<W> *>(&widened);
#pragma clang loop unroll(full)
    for (int64_t k = 0; k < L / lanes<W>; ++k) {
      W *w = wide + j + k * lanes<W>;
      store(w, F::combine(load(w), part[k]));
    }
  }
  for (; j < slots; ++j) {
    C c = C(0);
    if constexpr (F::hasCenter) c = centers[j];
    A a = F::map(scalarAs<C>(row[0][j]), c);
    for (int r = 1; r < R; ++r) a = F::combine(a, A(F::map(scalarAs<C>(row[r][j]), c)));
    wide[j] = F::combine(wide[j], W(a));
  }
}

/// Columns too few to fill registers, whose rows follow each other without a gap: several rows are taken as one long
/// row, whose columns are folded together at the end. Returns how many rows it has folded.
template <class F, class T>
static int64_t foldDenseColumns(const T *p, int64_t rows, int64_t slots, const typename F::Compute *centers,
                                typename F::Wide *wide) {
  using C = typename F::Compute;
  using W = typename F::Wide;
  constexpr int64_t width = 512;
  constexpr int group = 8;
  const int64_t together = width / slots, longSlots = together * slots;
  W longWide[width];
  C longCenters[width];
  for (int64_t j = 0; j < longSlots; ++j) {
    longWide[j] = F::template identity<W>();
    if constexpr (F::hasCenter) longCenters[j] = centers[j % slots];
  }
  const int64_t longRows = rows / together / group * group;
  const T *row[group];
  for (int64_t at = 0; at < longRows; at += group) {
    for (int r = 0; r < group; ++r) row[r] = p + (at + r) * longSlots;
    foldColumnGroup<F, group>(row, longSlots, longCenters, longWide);
  }
  for (int64_t j = 0; j < longSlots; ++j) wide[j % slots] = F::combine(wide[j % slots], longWide[j]);
  return longRows * together;
}

template <class F, class T>
static void foldColumns(const void *data, const ReducedDimensions &reduced, int64_t begin, int64_t end, int64_t slots,
                        const void *centers, void *partials) {
  using C = typename F::Compute;
  using W = typename F::Wide;
  auto *wide = static_cast<W *>(partials);
  const auto *c = static_cast<const C *>(centers);
  for (int64_t j = 0; j < slots; ++j) wide[j] = F::template identity<W>();
  if (slots <= 256 && reduced.rank == 1 && reduced.strides[0] == slots && (end - begin) * slots >= 8192) {
    begin += foldDenseColumns<F>(static_cast<const T *>(data) + begin * slots, end - begin, slots, c, wide);
  }
  constexpr int group = 8;
  const T *row[group];
  Walk walk(reduced, begin);
  int64_t at = begin;
  for (; at + group <= end; at += group) {
    for (int r = 0; r < group; ++r) {
      row[r] = static_cast<const T *>(data) + walk.offset;
      walk.advance(1);
    }
    foldColumnGroup<F, group>(row, slots, c, wide);
  }
  for (; at < end; ++at) {
    row[0] = static_cast<const T *>(data) + walk.offset;
    walk.advance(1);
    foldColumnGroup<F, 1>(row, slots, c, wide);
  }
}

