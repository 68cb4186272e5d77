"""Softmax and the norms."""

import torch
import torch.nn.functional as F
from torch import nn

from rows import normal, row

MATRIX = (4096, 1024)
IMAGES = (32, 64, 56, 56)

normal("softmax rows 4096x1024", MATRIX, call=lambda a: a.softmax(-1))
normal("softmax columns 4096x1024", MATRIX, call=lambda a: a.softmax(0))
normal("logSoftmax rows 4096x1024", MATRIX, call=lambda a: a.log_softmax(-1))
normal("logSoftmax columns 4096x1024", MATRIX, call=lambda a: a.log_softmax(0))


@row("softmax rows 4096x1024, forward+backward", records=True)
def _():
    x, cotangent = torch.randn(MATRIX).requires_grad_(), torch.randn(MATRIX)
    return lambda: torch.autograd.grad(x.softmax(-1), [x], cotangent)[0]


normal("layerNorm 4096x1024", MATRIX, (1024,), (1024,), call=lambda x, w, b: F.layer_norm(x, (1024,), w, b))


@row("layerNorm 4096x1024, forward+backward", records=True)
def _():
    x, w, b = (torch.randn(shape).requires_grad_() for shape in (MATRIX, (1024,), (1024,)))
    cotangent = torch.randn(MATRIX)
    return lambda: torch.autograd.grad(F.layer_norm(x, (1024,), w, b), [x, w, b], cotangent)[0]


normal("rmsNorm 4096x1024", MATRIX, (1024,), call=lambda x, w: F.rms_norm(x, (1024,), w))
normal("normalize rows 4096x1024", MATRIX, call=F.normalize)


@row("batchNorm training 32x64x56²")
def _():
    x, layer = torch.randn(IMAGES), nn.BatchNorm2d(64)
    return lambda: layer(x)


@row("batchNorm evaluation 32x64x56²")
def _():
    x, layer = torch.randn(IMAGES), nn.BatchNorm2d(64).eval()
    return lambda: layer(x)


@row("batchNorm 32x64x56², forward+backward", records=True)
def _():
    x, layer, cotangent = torch.randn(IMAGES).requires_grad_(), nn.BatchNorm2d(64), torch.randn(IMAGES)
    return lambda: torch.autograd.grad(layer(x), [x], cotangent)[0]


normal("groupNorm 8 32x64x56²", IMAGES, call=lambda a: F.group_norm(a, 8))
normal("instanceNorm 32x64x56²", IMAGES, call=F.instance_norm)
normal("localResponseNorm 5 8x64x56²", (8, 64, 56, 56), call=lambda a: F.local_response_norm(a, 5))
