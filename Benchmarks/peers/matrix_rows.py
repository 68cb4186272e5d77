"""Matrix products."""

import torch
import torch.nn.functional as F

from rows import normal, row

for n in (64, 128, 256, 512, 1024, 2048):
    normal(f"matmul {n}", (n, n), (n, n), call=torch.matmul)
normal("matmul tall 8192x64 · 64x64", (8192, 64), (64, 64), call=torch.matmul)
normal("matmul flat 64x8192 · 8192x64", (64, 8192), (8192, 64), call=torch.matmul)
normal("matmul transposed 1024", (1024, 1024), (1024, 1024), call=lambda a, b: a.T @ b.T)
normal("matmul batched 32x128²", (32, 128, 128), (32, 128, 128), call=torch.matmul)
normal("matmul batched 4096x4²", (4096, 4, 4), (4096, 4, 4), call=torch.matmul)
normal("matmul float64 1024", (1024, 1024), (1024, 1024), call=torch.matmul, dtype=torch.float64)


@row("matmul int64 256")
def _():
    a, b = torch.randint(0, 100, (256, 256)), torch.randint(0, 100, (256, 256))
    return lambda: a @ b


normal("matrix-vector 4096", (4096, 4096), (4096,), call=torch.mv)
normal("dot 4M", (4_000_000,), (4_000_000,), call=torch.dot)
normal("outer 2048", (2048,), (2048,), call=torch.outer)
normal("linear + bias 64x1024 → 1024", (64, 1024), (1024, 1024), (1024,), call=F.linear)
normal("linear + bias + relu 64x1024 → 1024", (64, 1024), (1024, 1024), (1024,), call=lambda x, w, b: F.linear(x, w, b).relu_())


@row("linear forward+backward 64x1024 → 1024", records=True)
def _():
    x, w = torch.randn(64, 1024).requires_grad_(), torch.randn(1024, 1024).requires_grad_()
    cotangent = torch.randn(64, 1024)
    return lambda: torch.autograd.grad(F.linear(x, w), [x, w], cotangent)[1]


normal("einsum bhqd,bhkd->bhqk", (8, 8, 128, 64), (8, 8, 128, 64), call=lambda q, k: torch.einsum("bhqd,bhkd->bhqk", q, k))
normal("cdist 1000x1000 of 64", (1000, 64), (1000, 64), call=torch.cdist)
