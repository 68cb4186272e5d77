"""Random numbers; the first call's are compared, which both sides draw from seed 0."""

import torch
import torch.nn.functional as F

from rows import normal, row

MILLION = 1_000_000

row("rand 1M")(lambda: lambda: torch.rand(MILLION))
row("randn 1M")(lambda: lambda: torch.randn(MILLION))
row("randint 1M")(lambda: lambda: torch.randint(0, 1000, (MILLION,)))
row("randperm 1M")(lambda: lambda: torch.randperm(MILLION))


@row("bernoulli 1M")
def _():
    p = torch.rand(MILLION)
    return lambda: p.bernoulli()


row("exponential 1M")(lambda: lambda: torch.empty(MILLION).exponential_())


@row("poisson 1M")
def _():
    rate = torch.rand(MILLION) * 5
    return lambda: torch.poisson(rate)


@row("multinomial 1000 of 100000")
def _():
    weights = torch.rand(100_000)
    return lambda: weights.multinomial(1000, replacement=True)


normal("dropout 4M", (4_000_000,), call=F.dropout)
