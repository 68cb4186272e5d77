"""PyTorch's side of `./Benchmarks/compare`: reads names of rows, one a line, and answers each with a line of JSON, as
`ember-benchmarks --serve SECONDS` does: the median time of a call and a digest of the result."""

import contextlib
import json
import statistics
import sys
import time

import torch

import attention_rows, complex_rows, convolution_rows, distribution_rows, fourier_rows, indexing_rows  # noqa: E401, F401
import interpolation_rows, linear_algebra_rows, loss_rows, matrix_rows, normalization_rows, optimizer_rows  # noqa: E401, F401
import ordering_rows, pointwise_rows, pooling_rows, random_rows, recurrent_rows, reduction_rows  # noqa: E401, F401
import shaping_rows, sparse_rows, special_function_rows, training_rows  # noqa: E401, F401
from rows import ROWS


def timed(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def median_seconds(call, duration):
    """Warms up for `duration` seconds and takes the median of calls over as long again."""
    estimate = min(timed(call, 1) for _ in range(2))
    # Short calls are timed in batches, as on Ember's side.
    batch = max(1, int(2e-4 / max(estimate, 1e-9)))
    end = time.perf_counter() + duration - 2 * estimate
    while time.perf_counter() < end:
        timed(call, batch)
    times = []
    end = time.perf_counter() + duration
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 10_000):
        times.append(timed(call, batch) / batch)
    return statistics.median(times)


def digest(result):
    """What two results are compared by: the mean of absolute values, and elements that lie evenly spread."""
    plain = result.detach()
    values = (torch.view_as_real(plain.resolve_conj()) if plain.is_complex() else plain).double().reshape(-1)
    count = values.numel()
    places = [i * count // min(count, 64) for i in range(min(count, 64))]
    return {"count": count, "magnitude": values.abs().mean().item(), "samples": values[places].tolist()}


def measure(name, duration):
    row = ROWS[name]
    torch.manual_seed(0)
    with contextlib.nullcontext() if row.records else torch.no_grad():
        call = row.prepare()
        start = time.perf_counter()
        result = call()
        first_call = time.perf_counter() - start
        answer = {"row": name, **digest(result)}
        answer["seconds"] = first_call if row.times_one_call else median_seconds(call, duration / 2)
    return answer


def main():
    duration = float(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(measure(line.rstrip("\n"), duration)), flush=True)


if __name__ == "__main__":
    main()
