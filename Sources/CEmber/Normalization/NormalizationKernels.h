// What the normalisation kernels of every instruction set offer. Type indices count from EMBER_FLOAT16.
#pragma once
#include <cstdint>

#include "../Reduction/ReductionKernels.h"
#include "ember_normalization.h"

namespace ember {

inline constexpr int normalizedTypes = 4;

/// What a channel's elements are normalised by: y = (x - mean) · scale · weight + bias.
struct ChannelAffine {
  const void *mean, *factor, *bias;  // in the compute type; factor = scale · weight
};

/// What a channel's gradient is made of: dx = (g - shift - (x - mean) · slope) · factor.
struct ChannelGradient {
  const void *mean, *shift, *slope, *factor;
};

/// Where results `streams`, they go past the caches.
struct NormalizationKernels {
  void (*rowsForward[normalizedTypes])(const ember_normalized_rows &, const void *x, void *y, int64_t first, int64_t end, void *mean,
                                       void *variance, bool streams);
  /// `weightSums` and `biasSums` are added to: `parameters` of them where a segment is one element, else one for each segment of each row.
  /// `partials` has room for 2 n numbers of the compute type where a segment is one element.
  void (*rowsBackward[normalizedTypes])(const ember_normalized_rows &, const void *x, const void *g, const void *mean,
                                        const void *variance, void *dx, int64_t first, int64_t end, double *weightSums, double *biasSums,
                                        void *partials, bool streams);

  /// factor = weight / sqrt(variance + epsilon), bias 0 where there is none.
  void (*channelAffine[normalizedTypes])(const ember_normalized_channels &, const void *variance, void *factor, void *bias);
  /// From the sums of g and of g · (x - mean) of every channel: what its gradients are.
  void (*channelGradient[normalizedTypes])(const ember_normalized_channels &, const void *variance, const double *sums, const double *products,
                                           void *shift, void *slope, void *factor, void *dweight, void *dbias);
  // Adjacent elements of one channel.
  void (*planeForward[normalizedTypes])(const void *x, void *y, int64_t n, const ChannelAffine &, int64_t channel, bool streams);
  void (*planeSums[normalizedTypes])(const void *x, const void *g, int64_t n, const void *mean, int64_t channel, double *sum, double *product);
  void (*planeBackward[normalizedTypes])(const void *x, const void *g, void *dx, int64_t n, const ChannelGradient &, int64_t channel, bool streams);
  // Rows of one element of each channel.
  void (*columnsForward[normalizedTypes])(const void *x, void *y, int64_t rows, int64_t channels, const ChannelAffine &, bool streams);
  void (*columnsSums[normalizedTypes])(const void *x, const void *g, int64_t rows, int64_t channels, const void *mean, double *sums,
                                       double *products);
  void (*columnsBackward[normalizedTypes])(const void *x, const void *g, void *dx, int64_t rows, int64_t channels, const ChannelGradient &,
                                           bool streams);
};

}  // namespace ember
