// The element-wise engine: a program of scalar operators over strided operands, run block by block in the L1 cache.
#pragma once
#include "ember_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How an operator's result type follows from its operands' (see Operators/ScalarOperator.swift, which applies the rule).
typedef enum ember_type_rule {
  EMBER_RULE_ARITHMETIC = 0,  // the promoted type
  EMBER_RULE_FLOATING = 1,    // the promoted type; integers and booleans become the default floating type
  EMBER_RULE_INTEGRAL = 2,    // the promoted type; floating operands are an error
  EMBER_RULE_COMPARISON = 3,  // bool, computed in the promoted type
  EMBER_RULE_SELECTION = 4,   // the promoted type of all but the first operand
  EMBER_RULE_MAGNITUDE = 5,   // the promoted type; complex numbers give real ones of their precision
} ember_type_rule;

/// One row of Elementwise/ScalarOperators.def.
typedef struct ember_scalar_operator {
  const char *name;
  int32_t arity;
  int32_t rule;
  const char *expression;  // over a, b, c: the text that a CUDA compiler would be given
  const char *derivative;  // one expression per operand, separated by `;`, over a, b, c, the result y and its cotangent g
  const char *onnx;        // the ONNX operator, or empty
} ember_scalar_operator;

/// The table. An operator's index in it is its code in a program.
const ember_scalar_operator *ember_scalar_operators(int32_t *count);

/// What registers hold while a program runs. Narrower types are widened when loaded and rounded once when stored.
typedef enum ember_compute {
  EMBER_COMPUTE_FLOAT32 = 0,
  EMBER_COMPUTE_FLOAT64 = 1,
  EMBER_COMPUTE_INT64 = 2,
  EMBER_COMPUTE_UINT64 = 3,      // only for uint64: int64 holds the values of every other integer type
  EMBER_COMPUTE_COMPLEX64 = 4,   // real results have the imaginary part 0, which storing them drops
  EMBER_COMPUTE_COMPLEX128 = 5,
} ember_compute;

/// Whether the operator has a meaning for operands of that type: most have none for complex numbers.
bool ember_scalar_operator_computes(uint16_t operation, int32_t compute);

/// `registers[out] = operator(registers[a], registers[b], registers[c])`; operands that the operator lacks are ignored.
typedef struct ember_instruction {
  uint16_t operation, out, a, b, c;
} ember_instruction;

/// Registers are numbered: the inputs first, then the constants, then results.
typedef struct ember_program {
  const ember_instruction *instructions;
  const double *constants;  // exact in every compute type that uses them
  const uint16_t *results;  // for each output, the register it stores
  int32_t instruction_count, input_count, constant_count, output_count, register_count;
  int32_t compute;
} ember_program;

enum { EMBER_MAX_OPERANDS = 32, EMBER_MAX_REGISTERS = 64 };

/// Runs `program` for every index of `shape`. Inputs may broadcast (stride 0) and be of any type; outputs may not overlap
/// themselves, and an output may be the same memory as an input only with the same strides and type.
void ember_elementwise(const ember_program *program, const ember_view *inputs, const ember_view *outputs, int32_t rank,
                       const int64_t *shape);

/// The sum of the only result of `program` over every index of `shape`, which is not stored. The program computes in float32 or float64; sums
/// are kept in double over short runs, and joined in an order that depends on the shape alone.
double ember_elementwise_sum(const ember_program *program, const ember_view *inputs, int32_t rank, const int64_t *shape);

/// An operand of `ember_elementwise_flat`: `stride` is 1, or 0 for one element used throughout.
typedef struct ember_flat_operand {
  void *data;
  int32_t dtype;
  int32_t stride;
} ember_flat_operand;

/// One operator over `count` elements that lie without gaps: what most calls are, without the general case's preparation.
void ember_elementwise_flat(uint16_t operation, int32_t compute, int64_t count, ember_flat_operand out,
                            ember_flat_operand a, ember_flat_operand b, ember_flat_operand c);

#ifdef __cplusplus
}
#endif
