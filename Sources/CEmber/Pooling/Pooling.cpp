#include "ember_pooling.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>
#include <vector>

#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"

namespace ember {

/// The input positions that one output position reads along one dimension: begin, begin + step, … below end.
struct Window {
  int64_t begin, end;
  int64_t padded;  // how many there would be with the padding
};

/// One pooling with its spatial dimensions padded in front to three. In a backward call `src` and `dst` are the gradients.
struct PoolingOperands {
  const void *src;
  void *dst;
  int64_t *indices;
  int64_t channels, planeSize;
  int64_t inputSize[3], outputSize[3], step[3];
  int64_t srcBatch, srcChannel, srcSpace[3];
  int64_t dstBatch, dstChannel, dstSpace[3];
  int64_t indexBatch, indexChannel, indexSpace[3];
  const Window *windows[3];
  // Outputs of a row whose windows are complete and follow each other at equal distances: [regularBegin, regularEnd).
  int64_t regularBegin, regularEnd, distance;
  int64_t divisor;
  bool countPadding;
};

struct PoolingKernels {
  void (*maximum)(const PoolingOperands &, int64_t n, int64_t channel0, int64_t channelEnd, int64_t z, int64_t y);
  void (*average)(const PoolingOperands &, int64_t n, int64_t channel0, int64_t channelEnd, int64_t z, int64_t y);
  bool (*maximumBackward)(const PoolingOperands &, int64_t n, int64_t channel0, int64_t count, void *scratch);
  bool (*averageBackward)(const PoolingOperands &, int64_t n, int64_t channel0, int64_t count, void *scratch);
  size_t scratchElement;  // bytes of scratch that a backward task needs for each element of its planes
};

}  // namespace ember

#define EMBER_KERNELS "../Pooling/Pooling.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

/// The operands of a call and the tables of windows that they point to.
struct Prepared {
  PoolingOperands operands{};
  std::vector<Window> tables[3];

  Prepared(const ember_pooling &p, const ember_view &src, const ember_view &dst, const ember_view &indices) {
    PoolingOperands &o = operands;
    o.src = src.data;
    o.dst = dst.data;
    o.indices = static_cast<int64_t *>(indices.data);
    o.channels = p.channels;
    o.divisor = p.adaptive ? 0 : p.divisor;
    o.countPadding = !p.adaptive && p.count_include_padding;
    o.planeSize = 1;
    o.srcBatch = src.strides[0];
    o.srcChannel = src.strides[1];
    o.dstBatch = dst.strides[0];
    o.dstChannel = dst.strides[1];
    if (o.indices) {
      o.indexBatch = indices.strides[0];
      o.indexChannel = indices.strides[1];
    }
    for (int i = 0; i < 3; ++i) {
      int d = i - (3 - p.spatial_rank);
      o.inputSize[i] = d < 0 ? 1 : p.input_size[d];
      o.outputSize[i] = d < 0 ? 1 : p.output_size[d];
      o.step[i] = d < 0 || p.adaptive ? 1 : p.dilation[d];
      o.srcSpace[i] = d < 0 ? 0 : src.strides[2 + d];
      o.dstSpace[i] = d < 0 ? 0 : dst.strides[2 + d];
      o.indexSpace[i] = d < 0 || !o.indices ? 0 : indices.strides[2 + d];
      o.planeSize *= o.inputSize[i];
      int64_t input = o.inputSize[i], output = o.outputSize[i];
      tables[i].reserve(size_t(output));
      for (int64_t at = 0; at < output; ++at) {
        if (d < 0) {
          tables[i].push_back({0, 1, 1});
        } else if (p.adaptive) {
          int64_t begin = at * input / output, end = ((at + 1) * input + output - 1) / output;
          tables[i].push_back({begin, end, end - begin});
        } else {
          int64_t start = at * p.stride[d] - p.padding[d];
          int64_t end = start + (p.kernel_size[d] - 1) * p.dilation[d] + 1;
          int64_t padded = std::min(end, input + p.padding[d]) - start;
          int64_t begin = start < 0 ? start + (-start + p.dilation[d] - 1) / p.dilation[d] * p.dilation[d] : start;
          tables[i].push_back({begin, std::min(end, input), padded});
        }
      }
      o.windows[i] = tables[i].data();
    }
    const std::vector<Window> &row = tables[2];
    int d = p.spatial_rank - 1;
    o.distance = !p.adaptive ? p.stride[d] : row.empty() ? 1 : o.inputSize[2] / int64_t(row.size());
    const int64_t reach = !p.adaptive ? (p.kernel_size[d] - 1) * p.dilation[d] + 1 : o.distance;
    // Those at the borders are the first and the last ones.
    const auto isRegular = [&](int64_t at) {
      const int64_t begin = at * o.distance - (p.adaptive ? 0 : p.padding[d]);
      return row[size_t(at)].begin == begin && row[size_t(at)].end == begin + reach;
    };
    while (o.regularBegin < int64_t(row.size()) && !isRegular(o.regularBegin)) ++o.regularBegin;
    o.regularEnd = o.regularBegin;
    while (o.regularEnd < int64_t(row.size()) && isRegular(o.regularEnd)) ++o.regularEnd;
  }
};

const PoolingKernels &kernelsFor(int32_t dtype) { return (*EMBER_SELECT(poolingKernels))[dtype - EMBER_UINT8]; }

/// Calls `kernel` for every row of outputs: of all channels where these are consecutive in memory, else of one.
int runRows(const ember_pooling &p, const PoolingOperands &o,
            void (*kernel)(const PoolingOperands &, int64_t, int64_t, int64_t, int64_t, int64_t)) {
  const int64_t together = o.srcChannel == 1 ? o.channels : 1;
  if (p.batch == 0 || o.channels == 0 || o.outputSize[0] * o.outputSize[1] * o.outputSize[2] == 0) return EMBER_POOLING_OK;
  const int64_t groups = o.channels / together, rows = p.batch * groups * o.outputSize[0] * o.outputSize[1];
  parallelRanges(rows, std::max<int64_t>(1, 4096 / (o.outputSize[2] * together)), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t y = row % o.outputSize[1], rest = row / o.outputSize[1];
      int64_t z = rest % o.outputSize[0], plane = rest / o.outputSize[0];
      int64_t channel = plane % groups * together;
      kernel(o, plane / groups, channel, channel + together, z, y);
    }
  });
  return EMBER_POOLING_OK;
}

/// Calls `kernel` for groups of channels of each batch element: a task owns the planes it adds to.
int runPlanes(const ember_pooling &p, const PoolingOperands &o, size_t scratchElement,
              bool (*kernel)(const PoolingOperands &, int64_t, int64_t, int64_t, void *)) {
  if (p.batch == 0 || p.channels == 0 || o.planeSize == 0) return EMBER_POOLING_OK;
  // Consecutive channels share cache lines and belong together; separate planes only when they are small.
  int64_t group = o.srcChannel == 1 ? 64 : std::clamp<int64_t>(4096 / o.planeSize, 1, 64);
  int64_t groups = (p.channels + group - 1) / group;
  std::atomic<int> status{EMBER_POOLING_OK};
  parallel(p.batch * groups, [&](int64_t task) {
    int64_t channel0 = task % groups * group, count = std::min(group, p.channels - channel0);
    size_t bytes = scratchElement * size_t(o.planeSize * count);
    void *scratch = bytes ? ember_allocate(bytes) : nullptr;
    if (bytes && !scratch) {
      status = EMBER_POOLING_OUT_OF_MEMORY;
      return;
    }
    if (!kernel(o, task / groups, channel0, count, scratch)) status = EMBER_POOLING_BAD_INDEX;
    ember_deallocate(scratch, bytes);
  });
  return status;
}

template <class Body>
int guarded(Body &&body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return EMBER_POOLING_OUT_OF_MEMORY;
  }
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" int ember_max_pool(const ember_pooling *pooling, ember_view src, ember_view dst, ember_view indices) {
  return guarded([&] {
    Prepared prepared(*pooling, src, dst, indices);
    return runRows(*pooling, prepared.operands, kernelsFor(pooling->dtype).maximum);
  });
}

extern "C" int ember_max_pool_backward(const ember_pooling *pooling, ember_view dst_gradient, ember_view indices,
                                       ember_view src_gradient) {
  return guarded([&] {
    Prepared prepared(*pooling, src_gradient, dst_gradient, indices);
    const PoolingKernels &kernels = kernelsFor(pooling->dtype);
    return runPlanes(*pooling, prepared.operands, kernels.scratchElement, kernels.maximumBackward);
  });
}

extern "C" int ember_average_pool(const ember_pooling *pooling, ember_view src, ember_view dst) {
  return guarded([&] {
    Prepared prepared(*pooling, src, dst, ember_view{});
    return runRows(*pooling, prepared.operands, kernelsFor(pooling->dtype).average);
  });
}

extern "C" int ember_average_pool_backward(const ember_pooling *pooling, ember_view dst_gradient,
                                           ember_view src_gradient) {
  return guarded([&] {
    Prepared prepared(*pooling, src_gradient, dst_gradient, ember_view{});
    const PoolingKernels &kernels = kernelsFor(pooling->dtype);
    return runPlanes(*pooling, prepared.operands, kernels.scratchElement, kernels.averageBackward);
  });
}
