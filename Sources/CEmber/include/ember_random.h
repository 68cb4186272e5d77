// PyTorch's CPU random generator and its sampling rules: the same seed gives the same numbers.
//
// A generator is a plain value. Copying the struct forks the sequence, comparing with `ember_generator_equal` tells whether two
// generators will go on alike. No function here locks: a generator belongs to one thread at a time.
//
// Sampling functions fill `count` contiguous elements of the given `ember_dtype`, in the order in which PyTorch visits a
// tensor: the order of memory, which for a contiguous tensor is the order of its indices. `ember_random_memory_order` gives
// that order for any other layout.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Words in the state of the Mersenne Twister MT19937.
enum { EMBER_MT19937_WORDS = 624 };
/// Size of the state that `torch.get_rng_state()` returns.
enum { EMBER_GENERATOR_STATE_BYTES = 5056 };

/// MT19937 with what PyTorch's CPUGeneratorImpl keeps beside it. Box–Muller makes normal numbers in pairs; where numbers are
/// drawn one at a time the second of a pair waits in the cache of its precision.
typedef struct ember_generator {
  uint64_t seed;
  uint32_t state[EMBER_MT19937_WORDS];
  int32_t left;   // words left before the next twist, plus one; 1 right after seeding
  uint32_t next;  // index of the next word; 0 right after seeding
  double next_double_normal;
  float next_float_normal;
  bool has_next_double_normal;
  bool has_next_float_normal;
} ember_generator;

// MARK: The generator

/// Starts the sequence of `seed`, of which the Mersenne Twister uses the low 32 bits. PyTorch: torch.manual_seed
void ember_generator_seed(ember_generator *generator, uint64_t seed);
/// A seed that differs from run to run, below 2^53 as PyTorch's. PyTorch: torch.seed
uint64_t ember_random_nondeterministic_seed(void);
/// The next 32 random bits.
uint32_t ember_generator_random32(ember_generator *generator);
/// The next 64 random bits: the first word drawn is the upper half.
uint64_t ember_generator_random64(ember_generator *generator);
/// Whether both are in the same state (seed, position, words, cached normals).
bool ember_generator_equal(const ember_generator *a, const ember_generator *b);

/// Writes the state in the byte layout of `torch.get_rng_state()`, little endian:
///
///        0  uint64       the seed
///        8  int32        left
///       12  int32        1 (seeded)
///       16  uint64       next
///       24  uint64[624]  the words, each widened to 64 bits
///     5016  double       0 (unused)
///     5024  double       cached normal of double precision, 0 when there is none
///     5032  double       0 (unused)
///     5040  int32        1 when that cache holds a number
///     5044  4 bytes      0 (padding)
///     5048  float        cached normal of single precision, 0 when there is none
///     5052  uint8        1 when that cache holds a number
///     5053  3 bytes      0 (padding)
void ember_generator_save(const ember_generator *generator, uint8_t *bytes);
/// Reads what `ember_generator_save` or PyTorch wrote, EMBER_GENERATOR_STATE_BYTES long. Returns 0, or 1 when the bytes are no
/// valid state; the generator is then unchanged.
int ember_generator_load(ember_generator *generator, const uint8_t *bytes);

// MARK: Continuous distributions, floating-point dtypes

/// Uniform on [from, to). PyTorch: Tensor.uniform_, torch.rand (0, 1)
void ember_random_uniform(ember_generator *generator, void *out, int32_t dtype, int64_t count, double from, double to);
/// Normal. PyTorch has two rules: `contiguous` tensors of 16 elements or more go by blocks of 16, others number by number
/// through the cache. Pass whether the tensor to be filled is contiguous. PyTorch: Tensor.normal_, torch.randn (0, 1)
void ember_random_normal(ember_generator *generator, void *out, int32_t dtype, int64_t count, double mean,
                         double standard_deviation, bool contiguous);
/// exp of a normal. PyTorch: Tensor.log_normal_
void ember_random_log_normal(ember_generator *generator, void *out, int32_t dtype, int64_t count, double mean,
                             double standard_deviation);
/// Exponential of rate `lambda`. PyTorch: Tensor.exponential_
void ember_random_exponential(ember_generator *generator, void *out, int32_t dtype, int64_t count, double lambda);
/// Cauchy around `median` of scale `sigma`. PyTorch: Tensor.cauchy_
void ember_random_cauchy(ember_generator *generator, void *out, int32_t dtype, int64_t count, double median, double sigma);

// MARK: Discrete distributions, any dtype up to EMBER_FLOAT64 unless said otherwise

/// 1 with probability `p`, else 0. PyTorch: Tensor.bernoulli_(p), except on processors of Intel's, where PyTorch leaves this
/// one to MKL's generator.
void ember_random_bernoulli(ember_generator *generator, void *out, int32_t dtype, int64_t count, double p);
/// 1 with the probability at the same place in `probabilities` (contiguous, floating point). Returns 0, or 1 when a probability
/// is not in 0...1: the elements before it are then drawn, the rest is untouched. PyTorch: torch.bernoulli(p)
int ember_random_bernoulli_tensor(ember_generator *generator, void *out, int32_t dtype, int64_t count,
                                  const void *probabilities, int32_t probabilities_dtype);
/// What dropout multiplies by: 1 / (1 - p) with probability 1 - p, else 0. Floating-point dtypes. All zeros, with nothing
/// drawn, for p = 1. (For p = 0 PyTorch draws nothing and needs no mask: do not call.) PyTorch: the noise of torch.nn.functional.dropout
void ember_random_dropout_mask(ember_generator *generator, void *out, int32_t dtype, int64_t count, double p);
/// The number of trials up to the first success, 1, 2, …, success having probability `p`. PyTorch: Tensor.geometric_
void ember_random_geometric(ember_generator *generator, void *out, int32_t dtype, int64_t count, double p);
/// Integers from `base` up to but not including base + `range`; `range` 0 stands for
/// all 2^64 values of int64, whatever the base.
/// PyTorch: torch.randint, Tensor.random_(from, to)
void ember_random_integers(ember_generator *generator, void *out, int32_t dtype, int64_t count, int64_t base,
                           uint64_t range);
/// Integers over all that the dtype holds from 0 on: 0...max of an integer type, 0...2^p of a floating-point type with p
/// significant bits. PyTorch: Tensor.random_()
void ember_random_all_integers(ember_generator *generator, void *out, int32_t dtype, int64_t count);
/// A permutation of 0..<count. PyTorch: torch.randperm
void ember_random_permutation(ember_generator *generator, void *out, int32_t dtype, int64_t count);

/// What a multinomial draw answers.
enum {
  EMBER_MULTINOMIAL_OK = 0,
  EMBER_MULTINOMIAL_INVALID_WEIGHT = 1,  // a weight is negative, infinite or not a number
  EMBER_MULTINOMIAL_ZERO_SUM = 2,        // the weights of a row sum to zero
  EMBER_MULTINOMIAL_NO_MEMORY = 3,
};
/// For each of `rows` rows of `categories` weights (contiguous, floating point, not normalised) draws `samples` category
/// indices into int64 `out[rows][samples]`. Without replacement, samples <= categories. PyTorch: torch.multinomial
int ember_random_multinomial(ember_generator *generator, int64_t *out, const void *weights, int32_t weights_dtype,
                             int64_t rows, int64_t categories, int64_t samples, bool replacement);

// MARK: Distributions with a parameter per element (float32 and float64; parameters have the dtype of `out`)

/// Gamma of shape `alpha[i]` and scale 1. PyTorch: torch._standard_gamma
void ember_random_standard_gamma(ember_generator *generator, void *out, const void *alpha, int32_t dtype, int64_t count);
/// Dirichlet of concentrations `alpha`, `rows` rows of `categories` numbers. PyTorch: torch._sample_dirichlet
void ember_random_dirichlet(ember_generator *generator, void *out, const void *alpha, int32_t dtype, int64_t rows,
                            int64_t categories);
/// Poisson of mean `rate[i]`. Returns 0, or 1 when a rate is negative or not a number. PyTorch: torch.poisson
int ember_random_poisson(ember_generator *generator, void *out, const void *rate, int32_t dtype, int64_t count);
/// Successes in `trials[i]` trials of probability `p[i]`. PyTorch: torch.binomial
void ember_random_binomial(ember_generator *generator, void *out, const void *trials, const void *p, int32_t dtype,
                           int64_t count);

// MARK: Layouts

/// The dimensions of a tensor in the order in which PyTorch fills it, slowest first: by falling stride, where equal strides
/// keep the smaller extent slower. To fill a tensor that is not contiguous, sample contiguously into the shape
/// `sizes[order[0]], sizes[order[1]], …` and copy that into the tensor permuted likewise.
void ember_random_memory_order(int32_t rank, const int64_t *sizes, const int64_t *strides, int32_t *order);

#ifdef __cplusplus
}
#endif
