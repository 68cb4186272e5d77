"""Element-wise operators."""

import torch
import torch.nn.functional as F

from rows import normal, row

LARGE = (4_000_000,)

normal("add 2x2", (2, 2), (2, 2), call=lambda a, b: a + b)


@row("add 2x2, recorded", records=True)
def _():
    a, b = torch.randn(2, 2).requires_grad_(), torch.randn(2, 2)
    return lambda: a + b


@row("chain of 10 on 8, forward+backward", records=True)
def _():
    x = torch.randn(8).requires_grad_()

    def call():
        y = x
        for _ in range(5):
            y = (y * 1.1).tanh()
        return torch.autograd.grad(y.sum(), [x])[0]
    return call


normal("gelu(a·b + c)·d 4M", LARGE, LARGE, LARGE, LARGE, call=lambda a, b, c, d: F.gelu(torch.addcmul(c, a, b)).mul_(d))
normal("add 4M", LARGE, LARGE, call=lambda a, b: a + b)
normal("add number 4M", LARGE, call=lambda a: a + 1.5)
normal("exp 4M", LARGE, call=lambda a: a.exp())
normal("log 4M", LARGE, call=lambda a: a.abs().log())
normal("sin 4M", LARGE, call=lambda a: a.sin())
normal("tanh 4M", LARGE, call=lambda a: a.tanh())
normal("sigmoid 4M", LARGE, call=lambda a: a.sigmoid())
normal("pow 4M", LARGE, LARGE, call=lambda a, b: a.abs().pow(b))
normal("atan2 4M", LARGE, LARGE, call=lambda a, b: a.atan2(b))


@row("where 4M")
def _():
    a, b = torch.randn(LARGE), torch.randn(LARGE)
    condition = a > b
    return lambda: torch.where(condition, a, b)


normal("less 4M", LARGE, LARGE, call=lambda a, b: a < b)
normal("clamp 4M", LARGE, call=lambda a: a.clamp(-1, 1))


@row("mixed int64 + float32 4M")
def _():
    a, b = torch.randint(0, 100, LARGE), torch.randn(LARGE)
    return lambda: a + b


normal("float32 to float64 4M", LARGE, call=lambda a: a.double())
normal("float32 to bfloat16 4M", LARGE, call=lambda a: a.bfloat16())


@row("add bfloat16 4M")
def _():
    a, b = torch.randn(LARGE).bfloat16(), torch.randn(LARGE).bfloat16()
    return lambda: a + b


normal("exp float64 4M", LARGE, call=lambda a: a.exp(), dtype=torch.float64)


@row("floor division int64 4M")
def _():
    a, b = torch.randint(0, 1000, LARGE), torch.randint(1, 10, LARGE)
    return lambda: a // b


@row("and bool 4M")
def _():
    a, b = torch.randn(LARGE) > 0, torch.randn(LARGE) > 0
    return lambda: a & b


normal("add row 4096x1024", (4096, 1024), (1024,), call=lambda a, b: a + b)
normal("add column 4096x1024", (4096, 1024), (4096, 1), call=lambda a, b: a + b)
normal("add transposed 2048²", (2048, 2048), (2048, 2048), call=lambda a, b: a.T + b)


@row("gelu 1M, forward+backward", records=True)
def _():
    x, cotangent = torch.randn(1_000_000).requires_grad_(), torch.ones(1_000_000)
    return lambda: torch.autograd.grad(F.gelu(x), [x], cotangent)[0]
