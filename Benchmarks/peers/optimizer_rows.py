"""Steps over 25 million parameters in 160 tensors, and over many small ones; fused where PyTorch has that, but for RMSprop, which it does
fastest by default."""

import torch
from torch import optim

from rows import row


def step(name, count, size, make, default=False):
    @row(f"{name}, {count} tensors of {size}" + (", PyTorch's default" if default else ""))
    def _():
        parameters = [torch.nn.Parameter(torch.randn(size)) for _ in range(count)]
        for parameter in parameters:
            parameter.grad = torch.randn(size)
        optimizer = make(parameters)

        def call():
            optimizer.step()
            return parameters[0]
        return call


step("Adam step", 160, 156_250, lambda p: optim.Adam(p, fused=True))
step("AdamW step", 160, 156_250, lambda p: optim.AdamW(p, fused=True))
step("SGD step", 160, 156_250, lambda p: optim.SGD(p, fused=True))
step("SGD momentum step", 160, 156_250, lambda p: optim.SGD(p, momentum=0.9, fused=True))
step("RMSprop step", 160, 156_250, optim.RMSprop)
step("Adagrad step", 160, 156_250, lambda p: optim.Adagrad(p, fused=True))
step("Adam step", 160, 156_250, optim.Adam, default=True)
step("SGD step", 160, 156_250, optim.SGD, default=True)
step("Adam step", 500, 100, lambda p: optim.Adam(p, fused=True))
step("SGD step", 500, 100, lambda p: optim.SGD(p, fused=True))
