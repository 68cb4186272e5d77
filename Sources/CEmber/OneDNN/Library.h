// What every use of oneDNN shares: the engine, error reports, scratch memory, and a cache of prepared primitives.
#pragma once
#include <array>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "ember_dnnl.h"
#include "ember_runtime.h"

namespace ember::onednn {

/// The processor's engine. Never destroyed: primitives in thread-local or static storage may outlive any order of destruction.
const dnnl::engine &engine();

/// The calling thread's stream.
dnnl::stream &stream();

/// Sets OpenMP's thread number for the calling thread, and returns it. Primitives are planned for a number of threads, so it
/// is part of every key.
int planThreads();

/// Remembers `message` for ember_dnnl_error and returns `status`.
int fail(int status, const char *message) noexcept;

/// Thrown where a data type or layout has no kernel.
struct Unsupported {
  const char *reason;
};

/// Runs `body`, turning whatever it throws into a status.
template <class Body>
int guarded(Body &&body) noexcept {
  try {
    body();
    return EMBER_DNNL_OK;
  } catch (const Unsupported &unsupported) {
    return fail(EMBER_DNNL_UNSUPPORTED, unsupported.reason);
  } catch (const std::bad_alloc &) {
    return fail(EMBER_DNNL_OUT_OF_MEMORY, "out of memory");
  } catch (const dnnl::error &error) {
    int status = error.status == dnnl_unimplemented   ? EMBER_DNNL_UNSUPPORTED
                 : error.status == dnnl_out_of_memory ? EMBER_DNNL_OUT_OF_MEMORY
                                                      : EMBER_DNNL_FAILED;
    return fail(status, error.what());
  } catch (const std::exception &error) {
    return fail(EMBER_DNNL_FAILED, error.what());
  }
}

/// Memory for the duration of a call.
class Scratch {
 public:
  explicit Scratch(size_t bytes) : bytes_(bytes), pointer_(bytes ? ember_allocate(bytes) : nullptr) {
    if (bytes && !pointer_) throw std::bad_alloc();
  }
  ~Scratch() {
    if (pointer_) ember_deallocate(pointer_, bytes_);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  void *get() const { return pointer_; }

 private:
  size_t bytes_;
  void *pointer_;
};

/// oneDNN's name of an element type; throws Unsupported for those it lacks.
dnnl::memory::data_type dataType(int32_t dtype);

/// Everything that identifies a prepared primitive, as numbers; unused places are zero.
struct PlanKey {
  std::array<int64_t, 32> values{};
  bool operator==(const PlanKey &other) const {
    return std::memcmp(values.data(), other.values.data(), sizeof values) == 0;
  }
};

struct PlanKeyHash {
  size_t operator()(const PlanKey &key) const {
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (int64_t value : key.values) {
      hash = (hash ^ uint64_t(value)) * 0xFF51AFD7ED558CCDu;
      hash ^= hash >> 32;
    }
    return size_t(hash);
  }
};

/// The most recently used plans. A plan is immutable, so threads may run one at the same time, and one that was pushed
/// out lives on until its last user is done.
template <class Plan, size_t capacity = 512>
class PlanCache {
 public:
  template <class Make>
  std::shared_ptr<const Plan> find(const PlanKey &key, Make &&make) {
    {
      std::lock_guard guard(lock_);
      auto found = index_.find(key);
      if (found != index_.end()) {
        if (found->second != entries_.begin()) entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->second;
      }
    }
    // Made without the lock: compiling a kernel takes a millisecond. Two threads may make the same one; the first stays.
    std::shared_ptr<const Plan> plan = make();
    std::lock_guard guard(lock_);
    auto found = index_.find(key);
    if (found != index_.end()) return found->second->second;
    entries_.emplace_front(key, plan);
    index_.emplace(key, entries_.begin());
    if (entries_.size() > capacity) {
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
    return plan;
  }

 private:
  using Entries = std::list<std::pair<PlanKey, std::shared_ptr<const Plan>>>;
  std::mutex lock_;
  Entries entries_;
  std::unordered_map<PlanKey, typename Entries::iterator, PlanKeyHash> index_;
};

/// The arguments of one execution.
class Arguments {
 public:
  void add(int name, const dnnl::memory::desc &description, const void *data) {
    if (description.get_size() == 0) return;
    memories_[count_] = dnnl::memory(description, engine(), const_cast<void *>(data));
    arguments_[count_] = {name, memories_[count_].get()};
    ++count_;
  }
  void execute(const dnnl::primitive &primitive) const {
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.get(), stream().get(), count_, arguments_),
                            "oneDNN could not execute a primitive");
    stream().wait();
  }

 private:
  static constexpr int capacity = 8;
  dnnl::memory memories_[capacity];
  dnnl_exec_arg_t arguments_[capacity];
  int count_ = 0;
};

}  // namespace ember::onednn
