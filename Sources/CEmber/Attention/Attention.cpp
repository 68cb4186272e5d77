// Attention over a batch of heads: what each task gets.
#include "ember_attention.h"

#include <algorithm>
#include <atomic>

#include "../Convolution/Epilogue.h"
#include "../InstructionSets/InstructionSet.h"
#include "../Runtime/Parallel.h"
#include "AttentionKernels.h"

#define EMBER_KERNELS "../Attention/Attention.kernels.h"
#include "../InstructionSets/ForEachInstructionSet.h"

namespace ember {
namespace {

/// Targets of a task: enough that the sources packed for it are used often.
constexpr int64_t targetChunk = 252;

const AttentionKernels *kernelsOf(int32_t dtype) {
  if (dtype != EMBER_FLOAT32 && dtype != EMBER_FLOAT64) return nullptr;
  return &(*EMBER_SELECT(attentionKernels))[dtype == EMBER_FLOAT32 ? 0 : 1];
}

/// The heads of all operands.
struct Heads {
  const ember_attention &a;
  int64_t bytes, count = 1;

  Heads(const ember_attention &attention, int64_t elementBytes) : a(attention), bytes(elementBytes) {
    for (int32_t d = 0; d < a.batch_rank; ++d) count *= a.batch_sizes[d];
  }

  /// Where head number `index` of an operand starts.
  char *at(const ember_view &view, int64_t index, int64_t elementBytes) const {
    int64_t offset = 0;
    for (int32_t d = a.batch_rank; d-- > 0;) {
      offset += index % a.batch_sizes[d] * view.strides[d];
      index /= a.batch_sizes[d];
    }
    return static_cast<char *>(view.data) + offset * elementBytes;
  }
  char *at(const ember_view &view, int64_t index) const { return at(view, index, bytes); }
  int64_t row(const ember_view &view) const { return view.strides[a.batch_rank]; }

  AttentionHead head(int64_t index, const ember_view &result, const void *lse) const {
    AttentionHead h{};
    h.query = at(a.query, index);
    h.key = at(a.key, index);
    h.value = at(a.value, index);
    h.queryRow = row(a.query);
    h.keyRow = row(a.key);
    h.valueRow = row(a.value);
    if (a.mask.data) {
      h.maskIsBool = a.mask.dtype == EMBER_BOOL;
      h.mask = at(a.mask, index, h.maskIsBool ? 1 : bytes);
      h.maskRow = row(a.mask);
      h.maskColumn = a.mask.strides[a.batch_rank + 1];
    }
    h.targets = a.targets;
    h.sources = a.sources;
    h.features = a.features;
    h.values = a.values;
    h.scale = a.scale;
    h.causal = a.causal;
    h.result = at(result, index);
    h.resultRow = row(result);
    h.lse = lse ? const_cast<char *>(static_cast<const char *>(lse)) + index * a.targets * bytes : nullptr;
    return h;
  }
};

/// Runs `body(index, memory)` for every index below `count`, with scratch memory of its own.
template <class Body>
int32_t parallelWithScratch(int64_t count, int64_t bytes, Body &&body) {
  std::atomic<bool> failed{false};
  parallel(count, [&](int64_t index) {
    void *memory = ember_allocate(size_t(bytes));
    if (!memory) return failed.store(true, std::memory_order_relaxed);
    body(index, memory);
    ember_deallocate(memory, size_t(bytes));
  });
  return failed ? -2 : 0;
}

}  // namespace
}  // namespace ember

using namespace ember;

extern "C" int32_t ember_attention_forward(const ember_attention *attention, ember_view result, void *lse) {
  const AttentionKernels *kernels = kernelsOf(attention->dtype);
  if (!kernels) return -1;
  const Heads heads(*attention, kernels->bytes);
  if (heads.count == 0 || attention->targets == 0) return 0;
  const int64_t chunks = (attention->targets + targetChunk - 1) / targetChunk;
  const int64_t rows = std::min(attention->targets, targetChunk);
  const int64_t bytes = kernels->forwardScratch(heads.head(0, result, lse), rows);
  return parallelWithScratch(heads.count * chunks, bytes, [&](int64_t task, void *memory) {
    // The last targets first: a causal call gives them the most work.
    const int64_t first = (chunks - 1 - task % chunks) * targetChunk;
    kernels->forward(heads.head(task / chunks, result, lse), first, std::min(targetChunk, attention->targets - first), memory);
  });
}

extern "C" int32_t ember_attention_backward(const ember_attention *attention, ember_view result, const void *lse,
                                            ember_view result_gradient, ember_view query_gradient, ember_view key_gradient,
                                            ember_view value_gradient) {
  const AttentionKernels *kernels = kernelsOf(attention->dtype);
  if (!kernels) return -1;
  const Heads heads(*attention, kernels->bytes);
  if (heads.count == 0) return 0;
  return parallelWithScratch(heads.count, kernels->backwardScratch(heads.head(0, result, lse)), [&](int64_t index, void *memory) {
    const AttentionGradientHead g{heads.head(index, result, lse), heads.at(result_gradient, index), heads.row(result_gradient),
                                  heads.at(query_gradient, index), heads.at(key_gradient, index), heads.at(value_gradient, index),
                                  heads.row(query_gradient), heads.row(key_gradient), heads.row(value_gradient)};
    kernels->backward(g, memory);
  });
}
