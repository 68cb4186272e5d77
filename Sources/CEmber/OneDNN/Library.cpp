#include "Library.h"

#include <string>

extern "C" {
int omp_in_parallel(void);
void omp_set_num_threads(int);
}

namespace ember::onednn {

namespace {
constexpr size_t longestMessage = 512;
thread_local char lastError[longestMessage] = "";
}  // namespace

const dnnl::engine &engine() {
  static const dnnl::engine *instance = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *instance;
}

dnnl::stream &stream() {
  static thread_local dnnl::stream instance(engine());
  return instance;
}

int planThreads() {
  if (omp_in_parallel()) {
    // A plan for several threads would wait for threads that a nested region does not get.
    omp_set_num_threads(1);
    return 1;
  }
  return ember_thread_count();
}

int fail(int status, const char *message) noexcept {
  std::strncpy(lastError, message, longestMessage - 1);
  return status;
}

dnnl::memory::data_type dataType(int32_t dtype) {
  switch (dtype) {
    case EMBER_FLOAT32: return dnnl::memory::data_type::f32;
    case EMBER_BFLOAT16: return dnnl::memory::data_type::bf16;
    default: throw Unsupported{"oneDNN has no CPU kernels for this data type"};
  }
}

}  // namespace ember::onednn

extern "C" const char *ember_dnnl_error(void) { return ember::onednn::lastError; }

extern "C" int ember_dnnl_version(void) {
  const dnnl_version_t *version = dnnl_version();
  return version->major * 10000 + version->minor * 100 + version->patch;
}
