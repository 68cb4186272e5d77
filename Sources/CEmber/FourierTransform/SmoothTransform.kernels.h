// Compiled per instruction set: transforms of lengths that have the factors 2, 3 and 5 alone, in which every lane of a register works on
// its own line.
//
// Neighbouring columns of a tensor fill the lanes as they lie in memory, rows when transposed. A single line is made into some by the
// four-step method of D. H. Bailey, FFTs in external or hierarchical memory (1990), which goes back to J. W. Cooley and J. W. Tukey, An
// algorithm for the machine calculation of complex Fourier series (1965): with the line as a matrix, transforms along its columns, a turn
// of every element, and transforms along its rows. They fit into the L1 cache up to lines of some hundred thousand numbers.

/// A complex number in every lane.
template <class T>
struct Lanes {
  Vector<T> re, im;
  friend EMBER_INLINE Lanes operator+(const Lanes &a, const Lanes &b) { return {a.re + b.re, a.im + b.im}; }
  friend EMBER_INLINE Lanes operator-(const Lanes &a, const Lanes &b) { return {a.re - b.re, a.im - b.im}; }
  friend EMBER_INLINE Lanes operator*(const Lanes &a, const Vector<T> &b) { return {a.re * b, a.im * b}; }
  friend EMBER_INLINE Lanes operator*(const Lanes &a, const Lanes &b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  /// Times -i.
  EMBER_INLINE Lanes turned() const { return {im, -re}; }
  EMBER_INLINE Lanes exchanged() const { return {im, re}; }
};

template <class T>
using EachLane = std::make_integer_sequence<int, int(lanes<T>)>;

/// Which of as many consecutive numbers as there are lanes is in lane l: the order that shuffles within 16 bytes bring about, which are
/// half of those that the numbers' own order takes.
template <class T>
constexpr int placeOf(int l) {
  constexpr int each = 16 / sizeof(T), half = each / 2;
  return l / each * half + l % half + (l % each < half ? 0 : int(lanes<T>) / 2);
}
template <class T>
constexpr int laneOf(int place) {
  for (int l = 0;; ++l)
    if (placeOf<T>(l) == place) return l;
}

/// Of as many numbers as there are lanes, that lie one after another.
template <class T, int... l>
EMBER_INLINE Lanes<T> separate(const T *p, std::integer_sequence<int, l...>) {
  Vector<T> a = load(p), b = load(p + lanes<T>);
  return {__builtin_shufflevector(a, b, (2 * placeOf<T>(l))...), __builtin_shufflevector(a, b, (2 * placeOf<T>(l) + 1)...)};
}
template <class T, int... l>
EMBER_INLINE void interleave(T *p, const Lanes<T> &z, std::integer_sequence<int, l...>) {
  constexpr int half = int(lanes<T>) / 2, n = int(lanes<T>);
  store(p, Vector<T>(__builtin_shufflevector(z.re, z.im, (l % 2 * n + laneOf<T>(l / 2))...)));
  store(p + n, Vector<T>(__builtin_shufflevector(z.re, z.im, (l % 2 * n + laneOf<T>(half + l / 2))...)));
}
/// The same for the first `count` numbers; the others are zero.
template <class T>
EMBER_INLINE Lanes<T> separateFirst(const T *p, int64_t count) {
  constexpr int64_t n = lanes<T>;
  if (count == n) return separate(p, EachLane<T>());
  T part[2 * n] = {};
  // Halves and quarters are what powers of two leave; copies of a known size are a few instructions.
  if (count == n / 2) __builtin_memcpy(part, p, n * sizeof(T));
  else if (count == n / 4) __builtin_memcpy(part, p, n / 2 * sizeof(T));
  else
    for (int64_t i = 0; i < 2 * count; ++i) part[i] = p[i];
  return separate(part, EachLane<T>());
}
template <class T>
EMBER_INLINE void interleaveFirst(T *p, const Lanes<T> &z, int64_t count) {
  constexpr int64_t n = lanes<T>;
  if (count == n) return interleave(p, z, EachLane<T>());
  T part[2 * n];
  interleave(part, z, EachLane<T>());
  if (count == n / 2) __builtin_memcpy(p, part, n * sizeof(T));
  else if (count == n / 4) __builtin_memcpy(p, part, n / 2 * sizeof(T));
  else
    for (int64_t i = 0; i < 2 * count; ++i) p[i] = part[i];
}

/// One step of a transposition: of rows i and i + h the elements that lie on the wrong side are exchanged.
template <int h, class T, int... l>
EMBER_INLINE void exchangeBlocks(Vector<T> *rows, std::integer_sequence<int, l...>) {
  constexpr int n = int(lanes<T>);
#pragma unroll
  for (int i = 0; i < n; ++i) {
    if (i & h) continue;
    const Vector<T> a = rows[i], b = rows[i + h];
    rows[i] = __builtin_shufflevector(a, b, (l & h ? n + l - h : l)...);
    rows[i + h] = __builtin_shufflevector(a, b, (l & h ? n + l : l + h)...);
  }
}
template <class T>
EMBER_INLINE void transpose(Vector<T> *rows) {
  if constexpr (lanes<T> > 8) exchangeBlocks<8, T>(rows, EachLane<T>());
  if constexpr (lanes<T> > 4) exchangeBlocks<4, T>(rows, EachLane<T>());
  if constexpr (lanes<T> > 2) exchangeBlocks<2, T>(rows, EachLane<T>());
  exchangeBlocks<1, T>(rows, EachLane<T>());
}

// MARK: Transforms of a few numbers, in place

template <class T>
EMBER_INLINE void transformFew(Lanes<T> (&z)[2]) {
  const Lanes<T> a = z[0], b = z[1];
  z[0] = a + b;
  z[1] = a - b;
}
template <class T>
EMBER_INLINE void transformFew(Lanes<T> (&z)[3]) {
  const Vector<T> half = Vector<T>(T(0.5)), sine = Vector<T>(T(0.86602540378443864676));
  const Lanes<T> sum = z[1] + z[2], middle = z[0] - sum * half, side = ((z[1] - z[2]) * sine).turned();
  z[0] = z[0] + sum;
  z[1] = middle + side;
  z[2] = middle - side;
}
template <class T>
EMBER_INLINE void transformFew(Lanes<T> (&z)[4]) {
  const Lanes<T> a = z[0] + z[2], b = z[0] - z[2], c = z[1] + z[3], d = (z[1] - z[3]).turned();
  z[0] = a + c;
  z[1] = b + d;
  z[2] = a - c;
  z[3] = b - d;
}
template <class T>
EMBER_INLINE void transformFew(Lanes<T> (&z)[5]) {
  const Vector<T> cosine1 = Vector<T>(T(0.30901699437494742410)), cosine2 = Vector<T>(T(-0.80901699437494742410));
  const Vector<T> sine1 = Vector<T>(T(0.95105651629515357212)), sine2 = Vector<T>(T(0.58778525229247312917));
  const Lanes<T> sum1 = z[1] + z[4], sum2 = z[2] + z[3], difference1 = z[1] - z[4], difference2 = z[2] - z[3];
  const Lanes<T> middle1 = z[0] + sum1 * cosine1 + sum2 * cosine2, middle2 = z[0] + sum1 * cosine2 + sum2 * cosine1;
  const Lanes<T> side1 = (difference1 * sine1 + difference2 * sine2).turned();
  const Lanes<T> side2 = (difference1 * sine2 - difference2 * sine1).turned();
  z[0] = z[0] + sum1 + sum2;
  z[1] = middle1 + side1;
  z[4] = middle1 - side1;
  z[2] = middle2 + side2;
  z[3] = middle2 - side2;
}
template <class T>
EMBER_INLINE void transformFew(Lanes<T> (&z)[8]) {
  const Vector<T> root = Vector<T>(T(0.70710678118654752440));
  Lanes<T> even[4] = {z[0], z[2], z[4], z[6]}, odd[4] = {z[1], z[3], z[5], z[7]};
  transformFew(even);
  transformFew(odd);
  const Lanes<T> o1 = (odd[1] + odd[1].turned()) * root, o2 = odd[2].turned(), o3 = (odd[3].turned() - odd[3]) * root;
  z[0] = even[0] + odd[0];
  z[4] = even[0] - odd[0];
  z[1] = even[1] + o1;
  z[5] = even[1] - o1;
  z[2] = even[2] + o2;
  z[6] = even[2] - o2;
  z[3] = even[3] + o3;
  z[7] = even[3] - o3;
}

/// A transform of n numbers in every lane, by T. G. Stockham's algorithm (High-speed convolution and correlation, 1966), whose results
/// come in order: a step of radix r makes transforms of length n / r that lie r times as far apart.
template <class T>
class LaneTransform {
  int64_t n;
  std::vector<int> radices;
  std::vector<T> turns;  // for each step and each p > 0 the powers 1 ... r - 1 of exp(-2πi p / length)

  /// `length` numbers of each transform become r times length / r.
  template <int r, class Read, class Write>
  static EMBER_INLINE void step(int64_t length, int64_t apart, const T *turn, Read &&read, Write &&write) {
    const int64_t rest = length / r;
    for (int64_t q = 0; q < apart; ++q) {
      Lanes<T> z[r];
#pragma unroll
      for (int j = 0; j < r; ++j) z[j] = read(q + apart * rest * j);
      transformFew(z);
#pragma unroll
      for (int k = 0; k < r; ++k) write(q + apart * k, z[k]);
    }
    for (int64_t p = 1; p < rest; ++p, turn += 2 * (r - 1))
      for (int64_t q = 0; q < apart; ++q) {
        Lanes<T> z[r];
#pragma unroll
        for (int j = 0; j < r; ++j) z[j] = read(q + apart * (p + rest * j));
        transformFew(z);
        write(q + apart * r * p, z[0]);
#pragma unroll
        for (int k = 1; k < r; ++k)
          write(q + apart * (r * p + k), z[k] * Lanes<T>{Vector<T>(turn[2 * k - 2]), Vector<T>(turn[2 * k - 1])});
      }
  }

 public:
  explicit LaneTransform(int64_t n) : n(n) {
    for (int64_t rest = n; rest > 1;) {
      // Eights but for what would leave a two behind.
      const int r = rest % 8 == 0 && rest != 16 ? 8 : rest % 4 == 0 ? 4 : rest % 5 == 0 ? 5 : rest % 3 == 0 ? 3 : 2;
      radices.push_back(r);
      const int64_t length = rest;
      rest /= r;
      for (int64_t p = 1; p < rest; ++p)
        for (int k = 1; k < r; ++k) {
          const double angle = -2 * M_PI * double(p * k) / double(length);
          turns.push_back(T(std::cos(angle)));
          turns.push_back(T(std::sin(angle)));
        }
    }
  }

  int64_t steps() const { return int64_t(radices.size()); }

  /// read(j) gives element j, write(k, z) takes element k; `a` and `b` have room for n.
  template <class Read, class Write>
  void transform(Lanes<T> *a, Lanes<T> *b, Read read, Write write) const {
    if (n == 1) return write(0, read(0));
    int64_t length = n, apart = 1;
    const T *turn = turns.data();
    for (size_t i = 0; i < radices.size(); ++i) {
      const bool isFirst = i == 0, isLast = i + 1 == radices.size();
      const auto run = [&]<int r>(std::integral_constant<int, r>) {
        const auto fromMemory = [a](int64_t j) { return a[j]; };
        const auto toMemory = [b](int64_t k, const Lanes<T> &z) { b[k] = z; };
        if (isFirst && isLast) step<r>(length, apart, turn, read, write);
        else if (isFirst) step<r>(length, apart, turn, read, toMemory);
        else if (isLast) step<r>(length, apart, turn, fromMemory, write);
        else step<r>(length, apart, turn, fromMemory, toMemory);
        turn += (length / r - 1) * 2 * (r - 1);
        length /= r;
        apart *= r;
      };
      switch (radices[i]) {
        case 2: run(std::integral_constant<int, 2>()); break;
        case 3: run(std::integral_constant<int, 3>()); break;
        case 4: run(std::integral_constant<int, 4>()); break;
        case 5: run(std::integral_constant<int, 5>()); break;
        default: run(std::integral_constant<int, 8>());
      }
      std::swap(a, b);
    }
  }
};

template <class T>
class LineTransform {
  static constexpr int64_t width = lanes<T>;
  int64_t rows, columns;
  LaneTransform<T> alongColumns, alongRows, whole;
  std::vector<T> turns;  // exp(-2πi j k / n) for a register of columns j, then each row k: real parts, imaginary parts

  static int64_t registers(int64_t count) { return (count + width - 1) / width; }

  /// The divisor of n that leaves the fewest lanes idle, near its root.
  static int64_t chooseRows(int64_t n) {
    int64_t best = 1;
    double least = std::numeric_limits<double>::infinity();
    for (int64_t d = 1; d <= n; ++d) {
      if (n % d != 0) continue;
      const int64_t e = n / d;
      const double cost = double(registers(e)) * double(d) * (1 + std::log2(double(d))) +
                          double(registers(d)) * double(e) * (1 + std::log2(double(e)));
      if (cost < least) {
        least = cost;
        best = d;
      }
    }
    return best;
  }

  LineTransform(int64_t rows, int64_t columns)
      : rows(rows), columns(columns), alongColumns(rows), alongRows(columns), whole(rows * columns),
        turns(size_t(registers(columns) * rows * 2 * width)) {
    const int64_t n = rows * columns;
    T *to = turns.data();
    for (int64_t block = 0; block < registers(columns); ++block)
      for (int64_t k = 0; k < rows; ++k, to += 2 * width)
        for (int64_t l = 0; l < width; ++l) {
          const double angle = -2 * M_PI * double((block * width + placeOf<T>(int(l))) * k % n) / double(n);
          to[l] = T(std::cos(angle));
          to[width + l] = T(std::sin(angle));
        }
  }

 public:
  explicit LineTransform(int64_t n) : LineTransform(chooseRows(n), n / chooseRows(n)) {}

  /// How many T the transforms need besides their operands.
  int64_t scratchCount(int64_t lines) const {
    if (lines > 1) return 2 * width * 2 * rows * columns;
    const int64_t longest = std::max(registers(rows) * width, columns);
    return 2 * width * (3 * longest + registers(rows) * registers(columns) * width);
  }

  /// `x` and `y` hold complex numbers, of which real and imaginary part are exchanged on both ways if `exchange` is set.
  template <bool exchange>
  void transformLine(const T *x, T *y, T scale, T *scratch) const {
    const int64_t rows = this->rows, columns = this->columns, blocks = registers(columns), padded = blocks * width;
    const int64_t longest = std::max(registers(rows) * width, columns);
    auto *a = reinterpret_cast<Lanes<T> *>(scratch), *b = a + longest, *out = b + longest, *turned = out + longest;
    const auto plain = [](const Lanes<T> &z) { return exchange ? z.exchanged() : z; };
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t column = block * width, count = std::min(width, columns - column);
      const T *turn = turns.data() + block * rows * 2 * width;
      alongColumns.transform(
          a, b, [=](int64_t j) __attribute__((always_inline)) { return plain(separateFirst(x + 2 * (j * columns + column), count)); },
          [=](int64_t k, const Lanes<T> &z) __attribute__((always_inline)) {
            out[k] = z * Lanes<T>{load(turn + 2 * width * k), load(turn + 2 * width * k + width)};
          });
      // From a lane for each column to a lane for each row.
      for (int64_t row = 0; row < rows; row += width) {
        Vector<T> re[width], im[width];
#pragma unroll
        for (int l = 0; l < width; ++l) re[l] = out[row + placeOf<T>(l)].re, im[l] = out[row + placeOf<T>(l)].im;
        transpose<T>(re);
        transpose<T>(im);
        Lanes<T> *to = turned + row * blocks + column;
#pragma unroll
        for (int l = 0; l < width; ++l) to[placeOf<T>(l)] = {re[l], im[l]};
      }
    }
    const Vector<T> factor = Vector<T>(scale);
    for (int64_t row = 0; row < rows; row += width) {
      const int64_t count = std::min(width, rows - row);
      const Lanes<T> *from = turned + row / width * padded;
      alongRows.transform(
          a, b, [=](int64_t j) __attribute__((always_inline)) { return from[j]; },
          [=](int64_t k, const Lanes<T> &z) __attribute__((always_inline)) {
            interleaveFirst(y + 2 * (k * rows + row), plain(z * factor), count);
          });
    }
  }

  /// The same for `lines` neighbours, at most as many as there are lanes, whose elements lie `apart` complex numbers apart.
  template <bool exchange>
  void transformLines(const T *x, T *y, int64_t lines, int64_t apart, T scale, T *scratch) const {
    auto *a = reinterpret_cast<Lanes<T> *>(scratch), *b = a + rows * columns;
    const Vector<T> factor = Vector<T>(scale);
    const auto plain = [](const Lanes<T> &z) { return exchange ? z.exchanged() : z; };
    whole.transform(
        a, b, [=](int64_t j) __attribute__((always_inline)) { return plain(separateFirst(x + 2 * j * apart, lines)); },
        [=](int64_t k, const Lanes<T> &z) __attribute__((always_inline)) {
          interleaveFirst(y + 2 * k * apart, plain(z * factor), lines);
        });
  }

  /// The same for `lines` whole lines that follow each other, at most as many as there are lanes.
  template <bool exchange>
  void transformRows(const T *x, T *y, int64_t lines, T scale, T *scratch) const {
    const int64_t n = rows * columns;
    auto *a = reinterpret_cast<Lanes<T> *>(scratch), *b = a + n, *results = whole.steps() % 2 == 0 ? a : b;
    const Vector<T> factor = Vector<T>(scale);
    const auto plain = [](const Lanes<T> &z) { return exchange ? z.exchanged() : z; };
    Vector<T> re[width], im[width];
    for (int64_t j = 0; j < n; j += width) {
      const int64_t count = std::min(width, n - j);
#pragma unroll
      for (int l = 0; l < width; ++l) {
        // Lanes without a line repeat the last one.
        const Lanes<T> z = plain(separateFirst(x + 2 * (std::min<int64_t>(l, lines - 1) * n + j), count));
        re[l] = z.re, im[l] = z.im;
      }
      transpose<T>(re);
      transpose<T>(im);
#pragma unroll
      for (int l = 0; l < width; ++l)
        if (placeOf<T>(l) < count) a[j + placeOf<T>(l)] = {re[l], im[l]};
    }
    whole.transform(
        a, b, [=](int64_t j) __attribute__((always_inline)) { return a[j]; },
        [=](int64_t k, const Lanes<T> &z) __attribute__((always_inline)) { results[k] = z * factor; });
    for (int64_t k = 0; k < n; k += width) {
      const int64_t count = std::min(width, n - k);
#pragma unroll
      for (int l = 0; l < width; ++l) {
        const Lanes<T> z = results[std::min(k + placeOf<T>(l), n - 1)];
        re[l] = z.re, im[l] = z.im;
      }
      transpose<T>(re);
      transpose<T>(im);
#pragma unroll
      for (int l = 0; l < width; ++l)
        if (l < lines) interleaveFirst(y + 2 * (l * n + k), plain(Lanes<T>{re[l], im[l]}), count);
    }
  }
};

// MARK: Real lines

/// The sums that take half a real line's transform apart or put it together. For c = z[k], d = z[half - k] conjugate and u = -i · turns[k]
/// or its conjugate: y[k] = (c + d + (c - d) u) · scale and y[half - k] = (c + d - (c - d) u) conjugate · scale, or both conjugates, for
/// 0 < k < half. Numbers stay as they lie in memory, half as many in a register as it has lanes.
template <class T, int... l>
EMBER_INLINE void addMirrored(const T *z, const T *turns, int64_t half, bool conjugateTurns, bool conjugate, T scale, T *y,
                              std::integer_sequence<int, l...>) {
  constexpr int64_t width = lanes<T> / 2;
  constexpr int last = int(lanes<T>) - 2;
  if (half <= width) {
    const T sign = conjugateTurns ? -1 : 1;
    for (int64_t k = 1; k < half; ++k) {
      const T *c = z + 2 * k, *d = z + 2 * (half - k), re = turns[2 * k], im = turns[2 * k + 1];
      const T differenceRe = c[0] - d[0], differenceIm = c[1] + d[1];
      y[2 * k] = (c[0] + d[0] + (differenceRe * im + differenceIm * re * sign)) * scale;
      y[2 * k + 1] = (c[1] - d[1] + (differenceIm * im - differenceRe * re * sign)) * (conjugate ? -scale : scale);
    }
    return;
  }
  const Vector<T> conjugated = {T(l % 2 ? -1 : 1)...};
  const Vector<T> sign = conjugateTurns ? -conjugated : conjugated;
  const Vector<T> factor = Vector<T>(scale), mirrored = factor * conjugated;
  const Vector<T> left = conjugate ? mirrored : factor, right = conjugate ? factor : mirrored;
  const auto reversed = [](const Vector<T> &v) { return __builtin_shufflevector(v, v, (last - l / 2 * 2 + l % 2)...); };
  // The last register of pairs overlaps the one before, or its own mirror image.
  for (int64_t next = 1; next <= half / 2; next += width) {
    const int64_t k = std::min(next, half - width), mirror = half - k - width + 1;
    const Vector<T> c = load(z + 2 * k), d = reversed(load(z + 2 * mirror)) * conjugated, turn = load(turns + 2 * k);
    const Vector<T> re = __builtin_shufflevector(turn, turn, (l / 2 * 2)...), im = __builtin_shufflevector(turn, turn, (l | 1)...);
    const Vector<T> sum = c + d, difference = c - d, exchanged = __builtin_shufflevector(difference, difference, (l ^ 1)...);
    const Vector<T> side = difference * im + exchanged * (re * sign);
    store(y + 2 * k, Vector<T>((sum + side) * left));
    store(y + 2 * mirror, Vector<T>(reversed(sum - side) * right));
  }
}
template <class T>
static void addMirrored(const T *z, const T *turns, int64_t half, bool conjugateTurns, bool conjugate, T scale, T *y) {
  addMirrored(z, turns, half, conjugateTurns, conjugate, scale, y, EachLane<T>());
}

/// y = a · b · scale; of conjugates where asked.
template <class T>
static void multiply(const T *a, const T *b, int64_t count, bool conjugateLeft, bool conjugateProduct, T scale, T *y) {
  const Vector<T> left = Vector<T>(T(conjugateLeft ? -1 : 1)), re = Vector<T>(scale), im = conjugateProduct ? -re : re;
  for (int64_t k = 0; k < count; k += lanes<T>) {
    const int64_t here = std::min(lanes<T>, count - k);
    const Lanes<T> z = separateFirst(a + 2 * k, here);
    const Lanes<T> product = Lanes<T>{z.re, z.im * left} * separateFirst(b + 2 * k, here);
    interleaveFirst(y + 2 * k, Lanes<T>{product.re * re, product.im * im}, here);
  }
}

template <class T>
static constexpr SmoothKernels<T> smoothKernelsOf = {
    lanes<T>,
    [](int64_t n) -> void * { return new LineTransform<T>(n); },
    [](void *transform) { delete static_cast<LineTransform<T> *>(transform); },
    [](const void *transform, int64_t lines) { return static_cast<const LineTransform<T> *>(transform)->scratchCount(lines); },
    [](const void *transform, const T *x, T *y, int64_t lines, int64_t apart, bool exchange, T scale, T *scratch) {
      const auto *line = static_cast<const LineTransform<T> *>(transform);
      if (apart == 1 && lines > 1) {
        exchange ? line->template transformRows<true>(x, y, lines, scale, scratch)
                 : line->template transformRows<false>(x, y, lines, scale, scratch);
      } else if (apart == 1) {
        exchange ? line->template transformLine<true>(x, y, scale, scratch) : line->template transformLine<false>(x, y, scale, scratch);
      } else {
        exchange ? line->template transformLines<true>(x, y, lines, apart, scale, scratch)
                 : line->template transformLines<false>(x, y, lines, apart, scale, scratch);
      }
    },
    addMirrored<T>, multiply<T>};

static constexpr AllSmoothKernels smoothKernels = {smoothKernelsOf<float>, smoothKernelsOf<double>};
