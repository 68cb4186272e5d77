"""Reductions and scans over the rows and over the columns of 4096×1024, and over everything."""

import torch

from rows import normal, row

MATRIX = (4096, 1024)

normal("sum all 4096x1024", MATRIX, call=lambda a: a.sum())
normal("sum rows 4096x1024", MATRIX, call=lambda a: a.sum(1))
normal("sum columns 4096x1024", MATRIX, call=lambda a: a.sum(0))
normal("mean rows 4096x1024", MATRIX, call=lambda a: a.mean(1))
normal("mean columns 4096x1024", MATRIX, call=lambda a: a.mean(0))
normal("max rows 4096x1024", MATRIX, call=lambda a: a.max(1).values)
normal("max columns 4096x1024", MATRIX, call=lambda a: a.max(0).values)
normal("amax all 4096x1024", MATRIX, call=lambda a: a.amax())
normal("argmax rows 4096x1024", MATRIX, call=lambda a: a.argmax(1))
normal("argmax columns 4096x1024", MATRIX, call=lambda a: a.argmax(0))
normal("var rows 4096x1024", MATRIX, call=lambda a: a.var(1))
normal("var columns 4096x1024", MATRIX, call=lambda a: a.var(0))
normal("prod rows 4096x1024", MATRIX, call=lambda a: (a * 0.01 + 1).prod(1))
normal("norm rows 4096x1024", MATRIX, call=lambda a: torch.linalg.vector_norm(a, dim=1))
normal("logsumexp rows 4096x1024", MATRIX, call=lambda a: a.logsumexp(1))


@row("any rows 4096x1024")
def _():
    x = torch.randn(MATRIX) > 4
    return lambda: x.any(1)


normal("count nonzero 4096x1024", MATRIX, call=lambda a: a.count_nonzero())


@row("sum int64 4M")
def _():
    x = torch.randint(0, 100, (4_000_000,))
    return lambda: x.sum()


normal("sum transposed 4096x1024", MATRIX, call=lambda a: a.T.sum(1))
normal("sum middle 64x256x256", (64, 256, 256), call=lambda a: a.sum(1))
normal("cumsum rows 4096x1024", MATRIX, call=lambda a: a.cumsum(1))
normal("cumsum columns 4096x1024", MATRIX, call=lambda a: a.cumsum(0))
normal("cumprod rows 4096x1024", MATRIX, call=lambda a: (a * 0.01 + 1).cumprod(1))
normal("cummax rows 4096x1024", MATRIX, call=lambda a: a.cummax(1).values)
normal("logcumsumexp rows 4096x1024", MATRIX, call=lambda a: a.logcumsumexp(1))
