#!/usr/bin/env python3
"""Records what PyTorch answers to its own operator samples, in the format of vectors/README.md.

    python3 Tests/Conformance/record.py FOLDER --seed 7 --samples 8
    python3 Tests/Conformance/record.py FOLDER --dtypes float16,int8,int16,int32 --samples 2

Then `ember-conformance FOLDER` compares Ember's answers. Needs torch, numpy, safetensors, expecttest and hypothesis.
"""
import argparse
import itertools
import json
import math
import os
import random
import warnings

import numpy as np
import torch
from safetensors.torch import save_file
from torch.testing._internal.common_methods_invocations import op_db

LARGEST = 20_000  # elements of a recorded tensor


class NotRecordable(Exception):
    """The call has an argument that the format has no form for."""


class Recorder:
    """Turns one call into JSON and collects its tensors."""

    def __init__(self, prefix):
        self.prefix, self.tensors, self.leaves, self.has_complex = prefix, {}, [], False

    def store(self, tensor):
        key = f"{self.prefix}/{len(self.tensors)}"
        values = tensor.detach().resolve_conj().resolve_neg()
        if values.is_complex():
            self.has_complex = True
            values = torch.view_as_real(values)
        self.tensors[key] = values.contiguous().clone()
        return {"t": key}

    def tensor(self, value, is_input):
        if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu" or value.numel() > LARGEST:
            raise NotRecordable
        entry = self.store(value)
        if value.requires_grad:
            entry["grad"] = True
            if is_input:
                self.leaves.append(value)
        if is_input and value.numel() and not value.is_contiguous():
            entry["nc"] = True
        if value.is_complex():
            entry["complex"] = True
        return entry

    def value(self, value, is_input=True):
        if value is None:
            return None
        if isinstance(value, torch.Tensor):
            return self.tensor(value, is_input)
        if isinstance(value, bool):
            return {"b": value}
        if isinstance(value, (int, np.integer)):
            return {"i": int(value)}
        if isinstance(value, (float, np.floating)):
            number = float(value)
            return {"f": number if math.isfinite(number) else str(number)}
        if isinstance(value, str):
            return {"s": value}
        if isinstance(value, torch.dtype):
            return {"dtype": str(value).removeprefix("torch.")}
        if isinstance(value, slice):
            return {"slice": [value.start, value.stop, value.step]}
        if value is Ellipsis:
            return {"ellipsis": True}
        if isinstance(value, dict):
            return {"d": {key: self.value(item, is_input) for key, item in value.items()}}
        if isinstance(value, (list, tuple)):
            return [self.value(item, is_input) for item in value]
        raise NotRecordable

    def call(self, op, sample, number, dtype=None):
        line = {"op": op.name, "variant": op.variant_test_name}
        if dtype is not None:
            line["dtype"] = str(dtype).removeprefix("torch.")
        line |= {"sample": number, "input": self.value(sample.input), "args": [self.value(a) for a in sample.args],
                 "kwargs": {name: self.value(a) for name, a in sample.kwargs.items()}}
        return line


def tensors_of(value):
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for item in value for t in tensors_of(item)] if isinstance(value, (list, tuple)) else []


# Their values differ by nature (or are never written, as those of `empty`), and only shape and type are compared.
RANDOM = {
    "bernoulli", "cauchy", "exponential", "geometric", "log_normal", "multinomial", "nn.functional.alpha_dropout",
    "nn.functional.dropout", "nn.functional.dropout2d", "nn.functional.dropout3d", "nn.functional.feature_alpha_dropout",
    "nn.functional.fractional_max_pool2d", "nn.functional.fractional_max_pool3d", "nn.functional.rrelu", "normal",
    "pca_lowrank", "rand_like", "randint", "randint_like", "randn", "randn_like", "svd_lowrank", "uniform",
    "empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided",
}


def record_answers(op, dtype, count, seed):
    differentiable = dtype in (torch.float32, torch.float64) and op.supports_autograd
    torch.manual_seed(seed), np.random.seed(seed), random.seed(seed)
    try:
        samples = list(itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=differentiable), 200))
    except Exception:  # a sample generator that needs what is not there
        return
    for number in sorted(random.Random(seed).sample(range(len(samples)), min(count, len(samples)))):
        sample, recorder = samples[number], Recorder(f"{str(dtype).removeprefix('torch.')}{number}")
        try:
            line = recorder.call(op, sample, number, dtype)
            result = op(sample.input, *sample.args, **sample.kwargs)
            line["out"] = recorder.value(list(result) if isinstance(result, tuple) else result, is_input=False)
            if op.name in RANDOM:
                line["random"] = True
            elif differentiable and not recorder.has_complex and recorder.leaves:
                outputs = tensors_of(result)
                chosen = [k for k, t in enumerate(outputs) if t.requires_grad and t.is_floating_point()]
                cotangents = [torch.randn_like(outputs[k]) for k in chosen]
                if chosen:
                    found = torch.autograd.grad([outputs[k] for k in chosen], recorder.leaves, cotangents, allow_unused=True)
                    line |= {"diff_out": chosen, "cot": [recorder.store(c) for c in cotangents],
                             "grads": [None if g is None else recorder.store(g) for g in found]}
        except Exception:  # PyTorch refuses the sample, or the format has no form for it
            continue
        yield line, recorder


def record_errors(op):
    for number, error in enumerate(op.error_inputs("cpu")):
        sample, recorder = error.sample_input, Recorder(f"error{number}")
        try:
            line = recorder.call(op, sample, number)
        except NotRecordable:
            continue
        try:
            op(sample.input, *sample.args, **sample.kwargs)
        except Exception as refusal:
            yield line | {"error": type(refusal).__name__, "says": str(refusal).split("\n")[0]}, recorder


def write(folder, name, records):
    records = list(records)
    if not records:
        return 0
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}.jsonl", "w") as file:
        file.writelines(json.dumps(line) + "\n" for line, _ in records)
    tensors = {key: t for _, recorder in records for key, t in recorder.tensors.items()}
    save_file(tensors or {"none": torch.zeros(1)}, f"{folder}/{name}.safetensors")
    return len(records)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=8, help="calls of each operator and type")
    parser.add_argument("--dtypes", default="float32,float64,int64,bfloat16,uint8,bool,complex64,complex128")
    parser.add_argument("--only", default="", help="operators whose name begins so")
    parser.add_argument("--errors", action="store_true", help="also the calls that must fail")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    dtypes, total = [getattr(torch, name) for name in options.dtypes.split(",")], 0
    for op in op_db:
        name = op.name.replace("nn.functional.", "F.", 1) + (f".{op.variant_test_name}" if op.variant_test_name else "")
        if not name.startswith(options.only):
            continue
        folders = {"ops": [], "complex": []}
        for dtype in dtypes:
            if dtype in op.supported_dtypes("cpu"):
                for line, recorder in record_answers(op, dtype, options.samples, options.seed):
                    folders["complex" if recorder.has_complex else "ops"].append((line, recorder))
        for folder, records in folders.items():
            total += write(f"{options.folder}/{folder}", name, records)
        if options.errors and op.error_inputs_func:
            try:
                total += write(f"{options.folder}/errors", name, record_errors(op))
            except Exception:  # an error sample that needs another device
                pass
    print(total, "cases")


if __name__ == "__main__":
    main()
