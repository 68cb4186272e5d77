"""Sparse tensors in coordinate form: 100000 numbers in a 10000×10000 matrix, some places twice."""

import torch

from rows import row


def matrix(size=10_000):
    indices = torch.randint(0, size, (2, 100_000))
    return torch.sparse_coo_tensor(indices, torch.randn(100_000), (size, size), check_invariants=False)


@row("coalesce 100000")
def _():
    a = matrix()
    return lambda: a.coalesce().values()


@row("sparse · dense 10000² · 10000x64")
def _():
    a, b = matrix().coalesce(), torch.randn(10_000, 64)
    return lambda: a @ b


@row("sparse · dense, backward", records=True)
def _():
    a, b = matrix().coalesce(), torch.randn(10_000, 64).requires_grad_()
    cotangent = torch.randn(10_000, 64)
    return lambda: torch.autograd.grad(torch.sparse.mm(a, b), [b], cotangent)[0]


@row("sparse + sparse")
def _():
    a, b = matrix().coalesce(), matrix().coalesce()
    return lambda: (a + b).coalesce().values()


@row("sparse sum over rows")
def _():
    a = matrix().coalesce()
    return lambda: torch.sparse.sum(a, [0]).to_dense()


@row("to dense 2000²")
def _():
    a = matrix(2000).coalesce()
    return lambda: a.to_dense()


@row("to sparse 2000²")
def _():
    x = torch.randn(2000, 2000)
    a = x.masked_fill(x < 2, 0)
    return lambda: a.to_sparse().values()
