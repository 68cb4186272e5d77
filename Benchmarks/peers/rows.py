"""The registry of PyTorch's rows: `row(name)` before a function that makes the inputs and returns the timed call."""

import sys

import torch

ROWS = {}
# What onnxruntime can run: the makers of modules and the shapes of their inputs, by row.
EXPORTS = {}
COMPILES = "--compile" in sys.argv


class Row:
    def __init__(self, prepare, records, times_one_call, compiles):
        self.prepare, self.records, self.times_one_call, self.compiles = prepare, records, times_one_call, compiles


def row(name, records=False, times_one_call=False, compiles=False):
    """Rows that do not record gradients run under `torch.no_grad()`. Those that `compiles` pass through `compiled` what can be compiled."""
    def register(prepare):
        assert name not in ROWS, name
        ROWS[name] = Row(prepare, records, times_one_call, compiles)
        return prepare
    return register


def compiled(call, **options):
    """What torch.compile makes of a module or function, in the process that measures that; else the same."""
    return torch.compile(call, **options) if COMPILES else call


def normal(name, *shapes, call, dtype=None):
    """A row whose inputs are tensors of normal numbers."""
    def prepare():
        inputs = [torch.randn(shape, dtype=dtype) for shape in shapes]
        function = compiled(call)
        return lambda: function(*inputs)
    row(name, compiles=True)(prepare)


def inference(name, make, shape):
    """A row of a module that maps one tensor of normal numbers; four dimensions lie channels-last."""
    EXPORTS[name] = make, shape

    @row(name, compiles=True)
    def _():
        module, x = make().eval(), torch.randn(shape)
        if x.dim() == 4:
            module, x = module.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
        # The weights will not change: their layouts, and normalisations behind convolutions, can be settled beforehand.
        forward = compiled(module, options={"freezing": True})
        return lambda: forward(x)
