"""Sorting, selecting, searching and counting."""

import torch

from rows import normal, row

MILLION = (1_000_000,)
SQUARE = (1024, 1024)

normal("sort 1M", MILLION, call=lambda a: a.sort().values)
normal("sort rows 1024²", SQUARE, call=lambda a: a.sort(1).values)
normal("sort columns 1024²", SQUARE, call=lambda a: a.sort(0).values)
normal("argsort stable 1M", MILLION, call=lambda a: a.argsort(dim=0, stable=True))


@row("sort int64 1M")
def _():
    x = torch.randint(0, 1_000_000, MILLION)
    return lambda: x.sort().values


normal("topk 100 of 1M", MILLION, call=lambda a: a.topk(100).values)
normal("topk 10 rows 1024²", SQUARE, call=lambda a: a.topk(10).values)
normal("kthvalue rows 1024²", SQUARE, call=lambda a: a.kthvalue(300).values)
normal("median 1M", MILLION, call=lambda a: a.median())
normal("quantile rows 1024²", SQUARE, call=lambda a: a.quantile(0.3, 1))


@row("mode rows 1024²")
def _():
    x = torch.randint(0, 100, SQUARE)
    return lambda: x.mode(1).values


@row("unique 1M of 10000")
def _():
    x = torch.randint(0, 10_000, MILLION)
    return lambda: x.unique()


normal("unique 1M floats", MILLION, call=lambda a: a.unique())


@row("searchsorted 1M in 100000")
def _():
    edges, x = torch.randn(100_000).sort().values, torch.randn(MILLION)
    return lambda: torch.searchsorted(edges, x)


@row("isin 1M of 1000")
def _():
    x, wanted = torch.randint(0, 10_000, MILLION), torch.randint(0, 10_000, (1000,))
    return lambda: torch.isin(x, wanted)


@row("bincount 1M")
def _():
    x = torch.randint(0, 1000, MILLION)
    return lambda: x.bincount()


normal("histc 1M", MILLION, call=lambda a: a.histc(100, -3, 3))
