"""Pooling over 16×64×56²."""

import torch
import torch.nn.functional as F

from rows import normal, row

IMAGES = (16, 64, 56, 56)


def training(name, pool):
    @row(name, records=True)
    def _():
        x, cotangent = torch.randn(IMAGES).requires_grad_(), torch.randn(16, 64, 28, 28)
        return lambda: torch.autograd.grad(pool(x, 2), [x], cotangent)[0]


normal("maxPool 2", IMAGES, call=lambda a: F.max_pool2d(a, 2))
normal("maxPool 3/2", IMAGES, call=lambda a: F.max_pool2d(a, 3, 2, 1))
normal("maxPool 2 with indices", IMAGES, call=lambda a: F.max_pool2d(a, 2, return_indices=True)[1])
training("maxPool 2, forward+backward", F.max_pool2d)
normal("avgPool 2", IMAGES, call=lambda a: F.avg_pool2d(a, 2))
normal("avgPool 3/1", IMAGES, call=lambda a: F.avg_pool2d(a, 3, 1, 1))
training("avgPool 2, forward+backward", F.avg_pool2d)
normal("adaptiveAvgPool to 1", IMAGES, call=lambda a: F.adaptive_avg_pool2d(a, 1))
normal("adaptiveAvgPool to 7", IMAGES, call=lambda a: F.adaptive_avg_pool2d(a, 7))
normal("adaptiveMaxPool to 7", IMAGES, call=lambda a: F.adaptive_max_pool2d(a, 7))
normal("lpPool 2", IMAGES, call=lambda a: F.lp_pool2d(a.abs(), 2, 2))


@row("maxUnpool 2")
def _():
    values, indices = F.max_pool2d(torch.randn(IMAGES), 2, return_indices=True)
    return lambda: F.max_unpool2d(values, indices, 2)


normal("maxPool1d 4", (8, 64, 8192), call=lambda a: F.max_pool1d(a, 4))
normal("maxPool3d 2", (4, 32, 32, 32, 32), call=lambda a: F.max_pool3d(a, 2))
