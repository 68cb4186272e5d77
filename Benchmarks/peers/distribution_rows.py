"""Densities, samples and divergences."""

import torch
from torch import distributions as D

from rows import row

COUNT = 100_000


def positive():
    return torch.rand(COUNT) + 0.5


@row("Normal logProb 100000")
def _():
    loc, scale, x = torch.randn(COUNT), positive(), torch.randn(COUNT)
    return lambda: D.Normal(loc, scale).log_prob(x)


@row("Normal rsample 100000")
def _():
    loc, scale = torch.randn(COUNT), positive()
    return lambda: D.Normal(loc, scale).rsample()


@row("Normal cdf 100000")
def _():
    loc, scale, x = torch.randn(COUNT), positive(), torch.randn(COUNT)
    return lambda: D.Normal(loc, scale).cdf(x)


@row("Normal divergence 100000")
def _():
    p, q = (D.Normal(torch.randn(COUNT), positive()) for _ in range(2))
    return lambda: D.kl_divergence(p, q)


@row("Gamma logProb 100000")
def _():
    a, b, x = positive(), positive(), torch.rand(COUNT) + 0.1
    return lambda: D.Gamma(a, b).log_prob(x)


@row("Beta logProb 100000")
def _():
    a, b, x = positive(), positive(), torch.rand(COUNT) * 0.8 + 0.1
    return lambda: D.Beta(a, b).log_prob(x)


@row("Beta divergence 100000")
def _():
    p, q = (D.Beta(positive(), positive()) for _ in range(2))
    return lambda: D.kl_divergence(p, q)


@row("Categorical logProb 10000x100")
def _():
    logits, x = torch.randn(10_000, 100), torch.randint(0, 100, (10_000,))
    return lambda: D.Categorical(logits=logits).log_prob(x)


@row("Categorical entropy 10000x100")
def _():
    logits = torch.randn(10_000, 100)
    return lambda: D.Categorical(logits=logits).entropy()


@row("Bernoulli logProb 100000")
def _():
    logits, x = torch.randn(COUNT), torch.rand(COUNT).bernoulli()
    return lambda: D.Bernoulli(logits=logits).log_prob(x)


@row("MultivariateNormal logProb 64, 1000 samples")
def _():
    a, loc, x = torch.randn(64, 64), torch.randn(64), torch.randn(1000, 64)
    covariance = a @ a.T + torch.eye(64) * 64
    return lambda: D.MultivariateNormal(loc, covariance).log_prob(x)


@row("Dirichlet logProb 10000x10")
def _():
    a, x = torch.rand(10_000, 10) + 0.5, torch.randn(10_000, 10).softmax(1)
    return lambda: D.Dirichlet(a).log_prob(x)
