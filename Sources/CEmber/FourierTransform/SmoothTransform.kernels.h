// Compiled per instruction set: transforms of lengths n = rows · columns in which every lane of a register works on its own line.
//
// J. W. Cooley and J. W. Tukey, An algorithm for the machine calculation of complex Fourier series (1965), in the form that D. H. Bailey,
// FFTs in external or hierarchical memory (1990), calls the four-step method: with the line as a matrix, transforms along its columns,
// a turn of every element, and transforms along its rows. KISS FFT's template does the short ones, a register of doubles being its
// scalar, for as many columns, then rows, at once; they fit into the L1 cache up to lines of some hundred thousand numbers.

/// A register of doubles, with what KISS FFT's template asks of a scalar.
struct Lane {
  Vector<double> v;
  Lane() = default;
  EMBER_INLINE Lane(double x) : v(x) {}
  EMBER_INLINE explicit Lane(const Vector<double> &x) : v(x) {}
  friend EMBER_INLINE Lane operator+(const Lane &a, const Lane &b) { return Lane(a.v + b.v); }
  friend EMBER_INLINE Lane operator-(const Lane &a, const Lane &b) { return Lane(a.v - b.v); }
  friend EMBER_INLINE Lane operator*(const Lane &a, const Lane &b) { return Lane(a.v * b.v); }
  friend EMBER_INLINE Lane operator/(const Lane &a, const Lane &b) { return Lane(a.v / b.v); }
  friend EMBER_INLINE Lane operator-(const Lane &a) { return Lane(-a.v); }
};

namespace kiss {

// What the library's template calls std. The real std::complex belongs to no instruction set, and could not be inlined.
namespace std {
using ::std::size_t;
using ::std::swap;
using ::std::vector;

template <class R>
class complex {
  R re, im;

 public:
  complex() = default;
  EMBER_INLINE complex(const R &re, const R &im = R(0)) : re(re), im(im) {}
  EMBER_INLINE const R &real() const { return re; }
  EMBER_INLINE const R &imag() const { return im; }
  EMBER_INLINE void imag(const R &x) { im = x; }
  EMBER_INLINE complex &operator+=(const complex &b) { return *this = *this + b; }
  EMBER_INLINE complex &operator*=(const R &b) { return *this = *this * b; }
  friend EMBER_INLINE complex operator+(const complex &a, const complex &b) { return {a.re + b.re, a.im + b.im}; }
  friend EMBER_INLINE complex operator-(const complex &a, const complex &b) { return {a.re - b.re, a.im - b.im}; }
  friend EMBER_INLINE complex operator*(const complex &a, const R &b) { return {a.re * b, a.im * b}; }
  friend EMBER_INLINE complex operator*(const complex &a, const complex &b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
};

// For the library's constants, which are the same in every lane.
inline Lane acos(const Lane &a) { return Lane(::std::acos(a.v[0])); }
inline complex<Lane> exp(const complex<Lane> &turn) {
  return {Lane(::std::cos(turn.imag().v[0])), Lane(::std::sin(turn.imag().v[0]))};
}
inline complex<Lane> conj(const complex<Lane> &z) { return {z.real(), -z.imag()}; }
}  // namespace std

#undef KISSFFT_CLASS_HH
#include <kissfft/kissfft.hh>

}  // namespace kiss

typedef kiss::std::complex<Lane> LaneComplex;
typedef std::make_integer_sequence<int, int(lanes<double>)> EachLane;

template <int... l>
EMBER_INLINE LaneComplex separate(const double *p, std::integer_sequence<int, l...>) {
  Vector<double> a = load(p), b = load(p + lanes<double>);
  return {Lane{__builtin_shufflevector(a, b, (2 * l)...)}, Lane{__builtin_shufflevector(a, b, (2 * l + 1)...)}};
}
template <int... l>
EMBER_INLINE void interleave(double *p, const LaneComplex &z, std::integer_sequence<int, l...>) {
  constexpr int half = int(lanes<double>) / 2, n = int(lanes<double>);
  const Vector<double> re = z.real().v, im = z.imag().v;
  store(p, __builtin_shufflevector(re, im, (l % 2 * n + l / 2)...));
  store(p + n, __builtin_shufflevector(re, im, (l % 2 * n + half + l / 2)...));
}

/// One step of a transposition: of rows i and i + h the elements that lie on the wrong side are exchanged.
template <int h, int... l>
EMBER_INLINE void exchangeBlocks(Vector<double> *rows, std::integer_sequence<int, l...>) {
  constexpr int n = int(lanes<double>);
  for (int i = 0; i < n; ++i) {
    if (i & h) continue;
    const Vector<double> a = rows[i], b = rows[i + h];
    rows[i] = __builtin_shufflevector(a, b, (l & h ? n + l - h : l)...);
    rows[i + h] = __builtin_shufflevector(a, b, (l & h ? n + l : l + h)...);
  }
}
EMBER_INLINE void transpose(Vector<double> *rows) {
  if constexpr (lanes<double> > 4) exchangeBlocks<4>(rows, EachLane());
  if constexpr (lanes<double> > 2) exchangeBlocks<2>(rows, EachLane());
  exchangeBlocks<1>(rows, EachLane());
}

class LaneTransform {
  static constexpr int64_t width = lanes<double>;
  int64_t rows, columns;
  kiss::kissfft<Lane> alongColumns, alongRows;
  std::vector<LaneComplex> turns;  // exp(-2πi j k / n) for a register of columns j, then each row k

  static int64_t registers(int64_t count) { return (count + width - 1) / width; }

  /// The divisor of n that leaves the fewest lanes idle, near its root.
  static int64_t chooseRows(int64_t n) {
    int64_t best = 1;
    double least = std::numeric_limits<double>::infinity();
    for (int64_t d = 1; d <= n; ++d) {
      if (n % d != 0) continue;
      const int64_t e = n / d;
      const double cost = double(registers(e)) * double(d) * (1 + std::log2(double(d))) + double(registers(d)) * double(e) * (1 + std::log2(double(e)));
      if (cost < least) {
        least = cost;
        best = d;
      }
    }
    return best;
  }

  LaneTransform(int64_t rows, int64_t columns)
      : rows(rows), columns(columns), alongColumns(size_t(rows), false), alongRows(size_t(columns), false),
        turns(size_t(registers(columns) * rows)) {
    const int64_t n = rows * columns;
    for (int64_t block = 0; block < registers(columns); ++block)
      for (int64_t k = 0; k < rows; ++k) {
        Vector<double> re, im;
        for (int64_t l = 0; l < width; ++l) {
          const double angle = -2 * M_PI * double((block * width + l) * k % n) / double(n);
          re[l] = std::cos(angle);
          im[l] = std::sin(angle);
        }
        turns[size_t(block * rows + k)] = {Lane{re}, Lane{im}};
      }
  }

 public:
  explicit LaneTransform(int64_t n) : LaneTransform(chooseRows(n), n / chooseRows(n)) {}

  /// How many doubles `transform` needs besides its operands.
  int64_t scratchCount() const {
    return 2 * width * (2 * std::max(rows, columns) + registers(columns) * rows);
  }

  /// `x` and `y` hold complex numbers.
  void transform(const double *x, double *y, double *scratch) const {
    auto *in = reinterpret_cast<LaneComplex *>(scratch), *out = in + std::max(rows, columns), *turned = out + std::max(rows, columns);
    const int64_t blocks = registers(columns);
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t column = block * width, count = std::min(width, columns - column);
      for (int64_t j = 0; j < rows; ++j) {
        const double *p = x + 2 * (j * columns + column);
        double part[2 * width] = {};
        if (count < width) std::copy(p, p + 2 * count, part);
        in[j] = separate(count < width ? part : p, EachLane());
      }
      alongColumns.transform(in, out);
      for (int64_t k = 0; k < rows; ++k) turned[k * blocks + block] = out[k] * turns[size_t(block * rows + k)];
    }
    for (int64_t row = 0; row < rows; row += width) {
      const int64_t count = std::min(width, rows - row);
      for (int64_t block = 0; block < blocks; ++block) {
        Vector<double> re[width], im[width];
        for (int64_t l = 0; l < width; ++l) {
          const LaneComplex &z = turned[(row + std::min(l, count - 1)) * blocks + block];
          re[l] = z.real().v;
          im[l] = z.imag().v;
        }
        transpose(re);
        transpose(im);
        const int64_t column = block * width;
        for (int64_t l = 0; l < std::min(width, columns - column); ++l) in[column + l] = {Lane{re[l]}, Lane{im[l]}};
      }
      alongRows.transform(in, out);
      for (int64_t k = 0; k < columns; ++k) {
        double *p = y + 2 * (k * rows + row), part[2 * width];
        interleave(count < width ? part : p, out[k], EachLane());
        if (count < width) std::copy(part, part + 2 * count, p);
      }
    }
  }
};

template <int... l>
EMBER_INLINE LaneComplex separateReversed(const double *p, std::integer_sequence<int, l...> each) {
  const LaneComplex z = separate(p, each);
  constexpr int last = int(lanes<double>) - 1;
  const Vector<double> re = z.real().v, im = z.imag().v;
  return {Lane(__builtin_shufflevector(re, re, (last - l)...)), Lane(__builtin_shufflevector(im, im, (last - l)...))};
}

/// Calls body(c, d, turn) for c = z[k], d = z[m - k] conjugate, and stores what it gives for each k in begin..<end.
template <class Body>
EMBER_INLINE void forEachPair(const double *z, const double *turns, int64_t m, int64_t begin, int64_t end, double *y, Body &&body) {
  constexpr int64_t width = lanes<double>;
  int64_t k = begin;
  for (; k + width <= end; k += width) {
    const LaneComplex d = separateReversed(z + 2 * (m - k - width + 1), EachLane());
    interleave(y + 2 * k, body(separate(z + 2 * k, EachLane()), conj(d), separate(turns + 2 * k, EachLane())), EachLane());
  }
  for (; k < end; ++k) {
    const auto at = [](const double *p) { return LaneComplex(Lane(p[0]), Lane(p[1])); };
    const LaneComplex value = body(at(z + 2 * k), conj(at(z + 2 * (m - k))), at(turns + 2 * k));
    y[2 * k] = value.real().v[0];
    y[2 * k + 1] = value.imag().v[0];
  }
}

/// A real line's transform from that of its even and odd elements as real and imaginary parts, `z`, for 0 < k < half.
static void separateHalves(const double *z, const double *turns, int64_t half, double *y) {
  forEachPair(z, turns, half, 1, half, y, [](const LaneComplex &c, const LaneComplex &d, const LaneComplex &turn) {
    const LaneComplex even = (c + d) * Lane(0.5), difference = (c - d) * Lane(0.5);
    return even + turn * LaneComplex(difference.imag(), -difference.real());
  });
}
/// The other way, with real and imaginary parts exchanged, for 0 <= k < half.
static void joinHalves(const double *z, const double *turns, int64_t half, double *y) {
  forEachPair(z, turns, half, 0, half, y, [](const LaneComplex &c, const LaneComplex &d, const LaneComplex &turn) {
    const LaneComplex even = c + d, odd = (c - d) * conj(turn);
    return LaneComplex(even.imag() + odd.real(), even.real() - odd.imag());
  });
}

static constexpr SmoothKernels smoothKernels = {
    [](int64_t n) -> void * { return new LaneTransform(n); },
    [](void *transform) { delete static_cast<LaneTransform *>(transform); },
    [](const void *transform) { return static_cast<const LaneTransform *>(transform)->scratchCount(); },
    [](const void *transform, const double *x, double *y, double *scratch) {
      static_cast<const LaneTransform *>(transform)->transform(x, y, scratch);
    },
    separateHalves, joinHalves};
