"""PyTorch's side of `./Benchmarks/compare`: `torch_rows.py SECONDS [--compile]` reads names of rows, one a line, and answers each with a line
of JSON, as `ember-benchmarks --serve SECONDS` does: the median time of a call and a digest of the result. With `--compile` only the rows are
there that torch.compile is made for, compiled."""

import contextlib
import sys

import torch

import attention_rows, complex_rows, convolution_rows, data_rows, distribution_rows, fourier_rows  # noqa: E401, F401
import indexing_rows, interpolation_rows, linear_algebra_rows, loss_rows, matrix_rows, network_rows  # noqa: E401, F401
import normalization_rows, optimizer_rows, ordering_rows, pointwise_rows, pooling_rows, random_rows  # noqa: E401, F401
import recurrent_rows, reduction_rows, shaping_rows, sparse_rows, special_function_rows, training_rows  # noqa: E401, F401
from measurement import answer, serve
from rows import COMPILES, ROWS


def measure(name, duration):
    row = ROWS[name]
    if COMPILES and not row.compiles:
        return None
    torch.manual_seed(0)
    with contextlib.nullcontext() if row.records else torch.no_grad():
        return answer(row.prepare(), duration, row.times_one_call)


if __name__ == "__main__":
    serve(lambda name: measure(name, float(sys.argv[1])))
