"""What every peer's side does with a row: times its call, digests its result, answers with a line of JSON."""

import json
import pathlib
import statistics
import sys
import time

import torch


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


def peak_bytes():
    """The most memory this process has had so far."""
    status = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def answer(call, duration, times_one_call=False):
    start = time.perf_counter()
    result = call()
    first_call = time.perf_counter() - start
    # Before the calls that follow: they may change the result in place.
    digested = digest(result)
    seconds = first_call if times_one_call else median_seconds(call, duration / 2)
    return {**digested, "seconds": seconds, "peak_bytes": peak_bytes()}


def serve(measure):
    """Answers each row's name on standard input by `measure(name)`: the answer, or None where this side does not have the row."""
    for line in sys.stdin:
        print(json.dumps(measure(line.rstrip("\n")) or {"absent": True}), flush=True)
