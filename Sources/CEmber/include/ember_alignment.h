// Losses over all alignments of a sequence of labels with a longer one of distributions.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Connectionist temporal classification: label sequences with blanks between and around their labels, padded to `positions`.
typedef struct ember_ctc {
  int32_t dtype;                  // of log_probabilities, losses and gradient: float32 or float64
  int64_t time, batch, classes, positions;
  const void *log_probabilities;  // [time, batch, classes], contiguous
  const int64_t *labels;          // [batch, positions]: the class at each position
  const bool *skips;              // [batch, positions]: whether a position may be reached from two before
  const int64_t *input_lengths;   // [batch], at most `time`
  const int64_t *target_lengths;  // [batch]: the sequence of an example has 2 · length + 1 positions
} ember_ctc;

/// The negative log probability of each example's labels, infinite where they do not fit, and for `gradient`, which may be null, what
/// PyTorch gives for the log probabilities: their exponentials less the probability that an alignment of the labels passes there; zero
/// where the loss is infinite. Returns 0, -1 for other types, -2 where no memory is left. PyTorch: torch.nn.functional.ctc_loss.
int32_t ember_ctc_loss(const ember_ctc *problem, void *losses, void *gradient);

#ifdef __cplusplus
}
#endif
