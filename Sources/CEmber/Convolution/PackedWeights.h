// Weights in a kernel's arrangement, kept from one call to the next while the weights themselves do not change.
#pragma once
#include <memory>

#include "ember_dnnl.h"

/// Each way to compute a convolution derives its own arrangement. Immutable once made.
struct ember_packed_weights {
  ember_packed_weights() = default;
  ember_packed_weights(const ember_packed_weights &) = delete;
  virtual ~ember_packed_weights() = default;
};

namespace ember {

/// What a call knows of its weights, and what the caller gets to keep.
class PackedWeightsSlot {
 public:
  explicit PackedWeightsSlot(const ember_packed_weights *known) : known_(known) {}

  /// The known weights, or those made before, if they are a `Packed` that `fits`, else new ones from `make`, which live as long as this.
  template <class Packed, class Fits, class Make>
  const Packed &find(Fits &&fits, Make &&make) {
    for (const ember_packed_weights *candidate : {known_, static_cast<const ember_packed_weights *>(made_.get())})
      if (const auto *known = dynamic_cast<const Packed *>(candidate); known && fits(*known)) return *known;
    std::unique_ptr<Packed> packed = make();
    const Packed &result = *packed;
    made_ = std::move(packed);
    return result;
  }

  /// What was made, if anything, for the caller.
  ember_packed_weights *release() { return made_.release(); }

 private:
  const ember_packed_weights *known_;
  std::unique_ptr<ember_packed_weights> made_;
};

}  // namespace ember
