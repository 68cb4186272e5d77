"""Decompositions and what is built on them: many small matrices and one large one."""

import torch
from torch import linalg

from rows import normal, row


def rows(size, shape):
    n = shape[-1]

    def general(name, call):
        @row(f"{name} {size}")
        def _():
            a = torch.randn(shape) + torch.eye(n) * n
            return lambda: call(a)

    def symmetric(name, call):
        @row(f"{name} {size}")
        def _():
            a = torch.randn(shape)
            a = a @ a.mT + torch.eye(n) * n
            return lambda: call(a)

    @row(f"solve {size}")
    def _():
        a, b = torch.randn(shape) + torch.eye(n) * n, torch.randn(shape)
        return lambda: linalg.solve(a, b)
    general("inv", linalg.inv)
    general("det", lambda a: linalg.slogdet(a)[1])
    general("lu", lambda a: linalg.lu_factor(a)[0])
    general("qr", lambda a: linalg.qr(a)[1].abs())
    general("svd", lambda a: linalg.svd(a, full_matrices=False)[1])
    symmetric("cholesky", linalg.cholesky)
    symmetric("eigh", lambda a: linalg.eigh(a)[0])


rows("1024x4²", (1024, 4, 4))
rows("512²", (512, 512))
normal("eigvals 128²", (128, 128), call=lambda a: linalg.eigvals(a).abs().sort().values)
normal("lstsq 1000x50", (1000, 50), (1000, 4), call=lambda a, b: linalg.lstsq(a, b).solution)
normal("pinv 256x128", (256, 128), call=linalg.pinv)
normal("matrixExp 128²", (128, 128), call=lambda a: linalg.matrix_exp(a * 0.05))
normal("solveTriangular 512²", (512, 512), (512, 512),
       call=lambda a, b: linalg.solve_triangular(a.tril() + torch.eye(512) * 100, b, upper=False))


@row("cholesky 512², forward+backward", records=True)
def _():
    x = torch.randn(512, 512)
    a = (x @ x.T + torch.eye(512) * 512).requires_grad_()
    return lambda: torch.autograd.grad(linalg.cholesky(a).sum(), [a])[0]
