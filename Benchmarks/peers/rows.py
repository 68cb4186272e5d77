"""The registry of PyTorch's rows: `row(name)` before a function that makes the inputs and returns the timed call."""

import torch

ROWS = {}


class Row:
    def __init__(self, prepare, records, times_one_call):
        self.prepare, self.records, self.times_one_call = prepare, records, times_one_call


def row(name, records=False, times_one_call=False):
    """Rows that do not record gradients run under `torch.no_grad()`."""
    def register(prepare):
        assert name not in ROWS, name
        ROWS[name] = Row(prepare, records, times_one_call)
        return prepare
    return register


def normal(name, *shapes, call, dtype=None):
    """A row whose inputs are tensors of normal numbers."""
    def prepare():
        inputs = [torch.randn(shape, dtype=dtype) for shape in shapes]
        return lambda: call(*inputs)
    row(name)(prepare)
