// Resampling along one dimension: every element of the result is a weighted sum of neighbours. What linear, cubic, area and
// antialiased interpolation are in each dimension, and, with the table transposed, their gradients.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Element o of the result is Σ_k weights[offsets[o] + k] · x[first[o] + k] over the offsets[o + 1] - offsets[o] weights it has.
typedef struct ember_resampling_table {
  int64_t size;            // of the result along the dimension
  const int64_t *first;    // size of them
  const int64_t *offsets;  // size + 1
  const double *weights;
} ember_resampling_table;

/// y[outer, size, inner] from contiguous x[outer, n, inner]; both float32 or float64. Returns 0, or -1 for another type.
int32_t ember_resample(int32_t dtype, const void *x, void *y, int64_t outer, int64_t n, int64_t inner,
                       const ember_resampling_table *table);

/// How values between elements are found at places given by a grid.
typedef enum ember_grid_mode { EMBER_GRID_LINEAR = 0, EMBER_GRID_NEAREST = 1 } ember_grid_mode;
/// What lies outside: zeros, the closest element of the border, or the input mirrored there.
typedef enum ember_grid_padding { EMBER_GRID_ZEROS = 0, EMBER_GRID_BORDER = 1, EMBER_GRID_REFLECTION = 2 } ember_grid_padding;

/// Elements x [batch, sizes…, channels] read at the places that `grid` [batch, places, rank] names, the last dimension first, from -1 to 1:
/// the centres of the outermost elements with `align_corners`, else their outer edges. All contiguous, float32 or float64.
typedef struct ember_grid_sample {
  int32_t dtype;
  ember_grid_mode mode;
  ember_grid_padding padding;
  bool align_corners;
  int32_t rank;  // 2 or 3
  int64_t sizes[3];
  int64_t batch, channels, places;
  const void *x, *grid;
} ember_grid_sample;

/// y [batch, places, channels]. PyTorch: torch.nn.functional.grid_sample.
void ember_grid_sample_forward(const ember_grid_sample *problem, void *y);

/// From the cotangent of y, those of x (set to zero before) and of the grid; either may be null.
void ember_grid_sample_backward(const ember_grid_sample *problem, const void *cotangent, void *of_x, void *of_grid);

#ifdef __cplusplus
}
#endif
