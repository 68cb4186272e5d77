// Values at places that a grid names, and their gradients. A place is looked up once for all channels, which are neighbours in memory.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "../Runtime/Parallel.h"
#include "ember_interpolation.h"

namespace ember {
namespace {

constexpr int mostTaps = 8;
constexpr int64_t grainElements = 16384;

/// A coordinate in numbers of elements, and its derivative with respect to the grid's number.
template <class T>
struct Place {
  T at, slope;
};

/// std::floor without a call where the instruction set has none; beyond 2³⁰ every place is outside.
template <class T>
inline T floorOf(T x) {
  if (!(std::fabs(x) < T(1 << 30))) return x;
  const T whole = T(int32_t(x));
  return whole - T(whole > x);
}

/// The nearest integer, of two the even one: adding this number leaves no room for digits behind the point.
template <class T>
inline T nearestOf(T x) {
  constexpr T magic = sizeof(T) == 4 ? T(0x1.8p23) : T(0x1.8p52);
  return std::fabs(x) < T(1 << 22) ? (x + magic) - magic : std::nearbyint(x);
}

/// The elements that one place reads: rows of channels, weights, and of these the derivatives with respect to the grid.
template <class T>
struct Taps {
  int count = 0;
  int64_t row[mostTaps];
  T weight[mostTaps], slope[mostTaps][3];
};

template <class T>
class Sampler {
  const ember_grid_sample &p;
  const T *grid;

  Place<T> placeOf(T number, int64_t size) const {
    Place<T> x = p.align_corners ? Place<T>{(number + 1) * (T(size - 1) / 2), T(size - 1) / 2}
                                 : Place<T>{((number + 1) * T(size) - 1) / 2, T(size) / 2};
    if (p.padding == EMBER_GRID_ZEROS) return x;
    if (p.padding == EMBER_GRID_REFLECTION) {
      // Mirrored at the outermost centres, or at the outer edges.
      const T low = p.align_corners ? T(0) : T(-0.5), span = T(p.align_corners ? size - 1 : size);
      if (span == 0) return {T(0), T(0)};
      const T shifted = x.at - low, distance = std::fabs(shifted), flips = std::floor(distance / span), extra = distance - flips * span;
      const bool isEven = std::fmod(flips, T(2)) == 0;
      x = {(isEven ? extra : span - extra) + low, (shifted < 0) != isEven ? x.slope : -x.slope};
    }
    // At and beyond the border the value is constant. No number is the first element, as in PyTorch.
    const T last = T(size - 1);
    if (x.at > 0 && x.at < last) return x;
    return {x.at > 0 ? last : T(0), T(0)};
  }

 public:
  explicit Sampler(const ember_grid_sample &p) : p(p), grid(static_cast<const T *>(p.grid)) {}

  /// The taps of a place, counted through the batch; in each dimension one element or the two `ends` of an interval.
  template <int rank, int ends, bool withSlopes>
  inline __attribute__((always_inline)) void find(int64_t place, Taps<T> &taps) const {
    const T *numbers = grid + place * rank;
    taps.count = 0;
    int64_t index[rank][ends], stride = 1;
    T weight[rank][ends], slope[rank];
    bool inside[rank][ends];
    for (int d = rank - 1; d >= 0; --d) {
      const int64_t size = p.sizes[d];
      const Place<T> x = placeOf(numbers[rank - 1 - d], size);
      const T lower = ends == 2 ? floorOf(x.at) : nearestOf(x.at), t = x.at - lower;
      slope[d] = x.slope;
      for (int e = 0; e < ends; ++e) {
        const T at = lower + T(e);
        inside[d][e] = at >= 0 && at < T(size);
        index[d][e] = inside[d][e] ? int64_t(at) * stride : 0;
        weight[d][e] = ends == 1 ? T(1) : e == 0 ? 1 - t : t;
      }
      stride *= size;
    }
    const int64_t first = place / p.places * stride;
#pragma unroll
    for (int combination = 0; combination < (ends == 1 ? 1 : 1 << rank); ++combination) {
      int64_t row = first;
      T product = 1;
      bool isInside = true;
      int end[rank];
      for (int d = 0; d < rank; ++d) {
        const int e = end[d] = ends == 1 ? 0 : combination >> (rank - 1 - d) & 1;
        row += index[d][e];
        product *= weight[d][e];
        isInside = isInside && inside[d][e];
      }
      if (!isInside) continue;
      taps.row[taps.count] = row;
      taps.weight[taps.count] = product;
      if constexpr (withSlopes)
        for (int d = 0; d < rank; ++d) {
          T others = end[d] == 1 ? slope[d] : -slope[d];
          for (int e = 0; e < rank; ++e)
            if (e != d) others *= weight[e][end[e]];
          taps.slope[taps.count][d] = others;
        }
      ++taps.count;
    }
  }

  /// Calls body(place, taps) for each place.
  template <bool withSlopes, class Body>
  void forEach(int64_t begin, int64_t end, Body &&body) const {
    const auto walk = [&]<int rank, int ends>(std::integral_constant<int, rank>, std::integral_constant<int, ends>) {
      Taps<T> taps;
      for (int64_t place = begin; place < end; ++place) {
        find<rank, ends, withSlopes>(place, taps);
        body(place, taps);
      }
    };
    const std::integral_constant<int, 1> one;
    const std::integral_constant<int, 2> two;
    const std::integral_constant<int, 3> three;
    if (p.mode == EMBER_GRID_LINEAR) p.rank == 2 ? walk(two, two) : walk(three, two);
    else p.rank == 2 ? walk(two, one) : walk(three, one);
  }

  void forward(T *y) const {
    const T *x = static_cast<const T *>(p.x);
    const int64_t channels = p.channels;
    parallelRanges(p.batch * p.places, std::max<int64_t>(1, grainElements / std::max<int64_t>(1, channels)), [&](int64_t begin, int64_t end) {
      forEach<false>(begin, end, [&](int64_t place, const Taps<T> &all) {
        T *__restrict to = y + place * channels;
        if (p.mode == EMBER_GRID_NEAREST && all.count == 1) {
          const T *from = x + all.row[0] * channels;
          for (int64_t i = 0; i < channels; ++i) to[i] = from[i];
          return;
        }
        if (all.count == 4) {
          const T *a = x + all.row[0] * channels, *b = x + all.row[1] * channels, *c = x + all.row[2] * channels,
                  *d = x + all.row[3] * channels;
          const T wa = all.weight[0], wb = all.weight[1], wc = all.weight[2], wd = all.weight[3];
          for (int64_t i = 0; i < channels; ++i) to[i] = a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
          return;
        }
        std::fill(to, to + channels, T(0));
        for (int tap = 0; tap < all.count; ++tap) {
          const T *from = x + all.row[tap] * channels;
          const T weight = all.weight[tap];
          for (int64_t i = 0; i < channels; ++i) to[i] += from[i] * weight;
        }
      });
    });
  }

  /// Elements of one batch element get their sums from one task, in the order of the places.
  void backward(const T *g, T *ofX, T *ofGrid) const {
    const T *x = static_cast<const T *>(p.x);
    const int64_t channels = p.channels;
    const auto add = [&](int64_t place, const Taps<T> &all) {
      const T *__restrict from = g + place * channels;
      T slopes[3] = {0, 0, 0};
      for (int tap = 0; tap < all.count; ++tap) {
        if (ofX) {
          T *__restrict to = ofX + all.row[tap] * channels;
          const T weight = all.weight[tap];
          for (int64_t i = 0; i < channels; ++i) to[i] += from[i] * weight;
        }
        if (ofGrid && p.mode == EMBER_GRID_LINEAR) {
          const T *row = x + all.row[tap] * channels;
          T sum = 0;
          for (int64_t i = 0; i < channels; ++i) sum += from[i] * row[i];
          for (int d = 0; d < p.rank; ++d) slopes[d] += sum * all.slope[tap][d];
        }
      }
      if (ofGrid)
        for (int d = 0; d < p.rank; ++d) ofGrid[place * p.rank + p.rank - 1 - d] = slopes[d];
    };
    parallel(p.batch, [&](int64_t n) {
      if (ofGrid) forEach<true>(n * p.places, (n + 1) * p.places, add);
      else forEach<false>(n * p.places, (n + 1) * p.places, add);
    });
  }
};

}  // namespace
}  // namespace ember

extern "C" void ember_grid_sample_forward(const ember_grid_sample *problem, void *y) {
  if (problem->dtype == EMBER_FLOAT32) ember::Sampler<float>(*problem).forward(static_cast<float *>(y));
  else ember::Sampler<double>(*problem).forward(static_cast<double *>(y));
}

extern "C" void ember_grid_sample_backward(const ember_grid_sample *problem, const void *cotangent, void *of_x, void *of_grid) {
  if (problem->dtype == EMBER_FLOAT32) {
    ember::Sampler<float>(*problem).backward(static_cast<const float *>(cotangent), static_cast<float *>(of_x), static_cast<float *>(of_grid));
  } else {
    ember::Sampler<double>(*problem).backward(static_cast<const double *>(cotangent), static_cast<double *>(of_x),
                                              static_cast<double *>(of_grid));
  }
}
