"""Resampling and sliding windows."""

import torch
import torch.nn.functional as F

from rows import normal, row

IMAGES = (8, 32, 64, 64)


def doubled(mode):
    return lambda x: F.interpolate(x, scale_factor=2, mode=mode)


normal("nearest 2x 8x32x64²", IMAGES, call=doubled("nearest"))
normal("bilinear 2x 8x32x64²", IMAGES, call=doubled("bilinear"))


@row("bilinear 2x 8x32x64², forward+backward", records=True)
def _():
    x, cotangent = torch.randn(IMAGES).requires_grad_(), torch.randn(8, 32, 128, 128)
    return lambda: torch.autograd.grad(doubled("bilinear")(x), [x], cotangent)[0]


normal("bicubic 2x 8x32x64²", IMAGES, call=doubled("bicubic"))
normal("bilinear antialiased to 24² 8x32x64²", IMAGES, call=lambda x: F.interpolate(x, 24, mode="bilinear", antialias=True))
normal("area to 16² 8x32x64²", IMAGES, call=lambda x: F.interpolate(x, 16, mode="area"))
normal("linear 2x 8x64x4096", (8, 64, 4096), call=doubled("linear"))
normal("trilinear 2x 2x16x16³", (2, 16, 16, 16, 16), call=doubled("trilinear"))


@row("gridSample bilinear 8x32x64²")
def _():
    x, grid = torch.randn(IMAGES), torch.rand(8, 64, 64, 2) * 2 - 1
    return lambda: F.grid_sample(x, grid, align_corners=False)


@row("gridSample nearest 8x32x64²")
def _():
    x, grid = torch.randn(IMAGES), torch.rand(8, 64, 64, 2) * 2 - 1
    return lambda: F.grid_sample(x, grid, mode="nearest", align_corners=False)


@row("gridSample bilinear 8x32x64², forward+backward", records=True)
def _():
    x, grid, cotangent = torch.randn(IMAGES).requires_grad_(), torch.rand(8, 64, 64, 2) * 2 - 1, torch.randn(IMAGES)
    return lambda: torch.autograd.grad(F.grid_sample(x, grid, align_corners=False), [x], cotangent)[0]


normal("affineGrid 8x64²", (8, 2, 3), call=lambda theta: F.affine_grid(theta, (8, 3, 64, 64), align_corners=False))
normal("unfold 3x3 8x32x64²", IMAGES, call=lambda x: F.unfold(x, 3, padding=1))
normal("fold 3x3 8x32x64²", (8, 288, 4096), call=lambda x: F.fold(x, 64, 3, padding=1))
