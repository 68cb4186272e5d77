#include "MatrixProduct.h"

#include <string>

#include "PrimitiveDescriptions.h"

namespace ember::onednn {
namespace {

struct MatrixProductPlan {
  dnnl::primitive primitive;
  Description a, b, c, bias, scratchpad;
  bool supported = true;
};

/// The library's kernels want one of the two strides to be 1, and rows or columns that do not overlap.
bool readable(int64_t rows, int64_t columns, int64_t row, int64_t column) {
  return (column == 1 && row >= columns) || (row == 1 && column >= rows);
}

Description operand(const Product &p, dnnl::memory::data_type type, const int64_t *batch, int64_t rows, int64_t columns,
                    int64_t row, int64_t column) {
  Dims sizes, strides;
  for (int i = 0; i < p.batchRank; ++i) {
    // A broadcast dimension has size 1 here.
    sizes.push_back(batch[i] == 0 ? 1 : p.batchSizes[i]);
    strides.push_back(batch[i] == 0 ? rows * columns : batch[i]);
  }
  sizes.insert(sizes.end(), {rows, columns});
  strides.insert(strides.end(), {row, column});
  return Description(sizes, type, strides);
}

std::shared_ptr<const MatrixProductPlan> makePlan(const Product &p) {
  auto type = dataType(p.dtype);
  auto plan = std::make_shared<MatrixProductPlan>();
  plan->a = operand(p, type, p.aBatch, p.m, p.k, p.aRow, p.aColumn);
  plan->b = operand(p, type, p.bBatch, p.k, p.n, p.bRow, p.bColumn);
  plan->c = operand(p, type, p.cBatch, p.m, p.n, p.cRow, p.cColumn);
  if (p.bias) {
    Dims sizes(size_t(p.batchRank) + 2, 1), strides(sizes.size(), p.n);
    sizes.back() = p.n;
    strides.back() = 1;
    plan->bias = Description(sizes, type, strides);
  }
  dnnl::post_ops operations;
  if (p.accumulate) operations.append_sum(1.f);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  auto d = describeMatmul(plan->a, plan->b, plan->bias, plan->c, attributes);
  // Its reference implementation is a hundred times slower than our own kernels.
  plan->supported = std::string(d.impl_info_str()).find("ref") == std::string::npos;
  if (plan->supported) plan->primitive = dnnl::matmul(d);
  plan->scratchpad = d.scratchpad_desc();
  return plan;
}

PlanKey keyOf(const Product &p, int threads) {
  PlanKey key;
  int64_t *v = key.values.data();
  *v++ = p.dtype | (p.bias ? 1 : 0) << 8 | (p.accumulate ? 1 : 0) << 10 | p.batchRank << 16;
  *v++ = threads;
  for (int64_t value : {p.m, p.n, p.k, p.aRow, p.aColumn, p.bRow, p.bColumn, p.cRow, p.cColumn}) *v++ = value;
  for (int i = 0; i < p.batchRank; ++i)
    for (int64_t value : {p.batchSizes[i], p.aBatch[i], p.bBatch[i], p.cBatch[i]}) *v++ = value;
  return key;
}

}  // namespace

int multiply(const Product &p) {
  if (p.cColumn != 1 || p.cRow < p.n || !readable(p.m, p.k, p.aRow, p.aColumn) ||
      !readable(p.k, p.n, p.bRow, p.bColumn)) {
    return EMBER_DNNL_UNSUPPORTED;
  }
  return guarded([&] {
    static auto *cache = new PlanCache<MatrixProductPlan>;
    auto plan = cache->find(keyOf(p, planThreads()), [&] {
      try {
        return makePlan(p);
      } catch (const dnnl::error &error) {
        // Remembered, so that the next call does not ask again.
        if (error.status != dnnl_unimplemented && error.status != dnnl_invalid_arguments) throw;
        auto none = std::make_shared<MatrixProductPlan>();
        none->supported = false;
        return std::shared_ptr<const MatrixProductPlan>(none);
      }
    });
    if (!plan->supported) throw Unsupported{"no fast kernel for this matrix product"};
    Scratch scratchpad(plan->scratchpad.get_size());
    Arguments arguments;
    arguments.add(DNNL_ARG_SRC, plan->a, p.a);
    arguments.add(DNNL_ARG_WEIGHTS, plan->b, p.b);
    if (p.bias) arguments.add(DNNL_ARG_BIAS, plan->bias, p.bias);
    arguments.add(DNNL_ARG_DST, plan->c, p.c);
    arguments.add(DNNL_ARG_SCRATCHPAD, plan->scratchpad, scratchpad.get());
    arguments.execute(plan->primitive);
  });
}

}  // namespace ember::onednn
