"""Complex numbers."""

import torch

from rows import normal, row

MILLION = (1_000_000,)


def unary(name, call):
    normal(f"{name} complex64 1M", MILLION, call=call, dtype=torch.complex64)


def binary(name, call):
    normal(f"{name} complex64 1M", MILLION, MILLION, call=call, dtype=torch.complex64)


binary("add", torch.add)
binary("multiply", torch.mul)
binary("divide", torch.div)
unary("abs", torch.abs)
unary("angle", torch.angle)
unary("exp", torch.exp)
unary("log", torch.log)
unary("sqrt", torch.sqrt)
unary("conjugate product", lambda x: x * x.conj())
unary("sum", torch.sum)
normal("polar 1M", MILLION, MILLION, call=lambda a, b: torch.polar(a.abs(), b))
normal("matmul complex64 512", (512, 512), (512, 512), call=torch.matmul, dtype=torch.complex64)


@row("solve complex64 256")
def _():
    a = torch.randn(256, 256, dtype=torch.complex64) + torch.eye(256) * 256
    b = torch.randn(256, 16, dtype=torch.complex64)
    return lambda: torch.linalg.solve(a, b)
