"""Gathering, scattering, masking and embedding."""

import torch
import torch.nn.functional as F

from rows import normal, row

MILLION = (1_000_000,)
SQUARE = (1024, 1024)


@row("gather columns 1024²")
def _():
    x, index = torch.randn(SQUARE), torch.randint(0, 1024, SQUARE)
    return lambda: x.gather(1, index)


@row("gather rows 1024²")
def _():
    x, index = torch.randn(SQUARE), torch.randint(0, 1024, SQUARE)
    return lambda: x.gather(0, index)


@row("take 1M")
def _():
    x, index = torch.randn(MILLION), torch.randint(0, 1_000_000, MILLION)
    return lambda: x.take(index)


@row("scatterAdd columns 1024²")
def _():
    x, index, source = torch.randn(SQUARE), torch.randint(0, 1024, SQUARE), torch.randn(SQUARE)
    return lambda: x.scatter_add(1, index, source)


@row("scatterAdd 1M into 1000")
def _():
    x, index, source = torch.zeros(1000), torch.randint(0, 1000, MILLION), torch.randn(MILLION)
    return lambda: x.scatter_add(0, index, source)


@row("indexSelect 8192 rows of 256")
def _():
    x, index = torch.randn(20_000, 256), torch.randint(0, 20_000, (8192,))
    return lambda: x.index_select(0, index)


@row("index 1M pairs")
def _():
    x, i, j = torch.randn(SQUARE), torch.randint(0, 1024, MILLION), torch.randint(0, 1024, MILLION)
    return lambda: x[i, j]


@row("indexPut accumulate 1M pairs")
def _():
    x, values = torch.zeros(SQUARE), torch.randn(MILLION)
    i, j = torch.randint(0, 1024, MILLION), torch.randint(0, 1024, MILLION)
    return lambda: x.index_put((i, j), values, accumulate=True)


@row("indexAdd 8192 rows of 256")
def _():
    x, index, source = torch.zeros(20_000, 256), torch.randint(0, 20_000, (8192,)), torch.randn(8192, 256)
    return lambda: x.index_add(0, index, source)


@row("embedding 8192 of 50000x256")
def _():
    weight, index = torch.randn(50_000, 256), torch.randint(0, 50_000, (8192,))
    return lambda: F.embedding(index, weight)


@row("embedding 8192 of 5000x256, backward", records=True)
def _():
    weight, index, cotangent = torch.randn(5000, 256).requires_grad_(), torch.randint(0, 5000, (8192,)), torch.randn(8192, 256)
    return lambda: torch.autograd.grad(F.embedding(index, weight), [weight], cotangent)[0]


normal("maskedSelect 1M", MILLION, call=lambda a: a[a > 0])


@row("maskedFill 1M")
def _():
    x = torch.randn(MILLION)
    mask = x > 0
    return lambda: x.masked_fill(mask, 0)


@row("nonzero 1M")
def _():
    x = torch.randn(MILLION) > 0
    return lambda: x.nonzero()


@row("oneHot 100000 of 100")
def _():
    x = torch.randint(0, 100, (100_000,))
    return lambda: F.one_hot(x, 100)
