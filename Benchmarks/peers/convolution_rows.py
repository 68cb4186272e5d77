"""Convolutions in channels-last, PyTorch's best layout of images on a CPU."""

import torch
import torch.nn.functional as F

from rows import normal, row


def channels_last(tensor):
    return tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor


def forward(name, input, weight, convolution=F.conv2d, **options):
    @row(name)
    def _():
        x, w = channels_last(torch.randn(input)), channels_last(torch.randn(weight))
        return lambda: convolution(x, w, **options)


def training(name, input, weight, output, convolution=F.conv2d, **options):
    @row(f"{name}, forward+backward", records=True)
    def _():
        x, w = channels_last(torch.randn(input)).requires_grad_(), channels_last(torch.randn(weight)).requires_grad_()
        cotangent = channels_last(torch.randn(output))
        return lambda: torch.autograd.grad(convolution(x, w, **options), [x, w], cotangent)[1]


forward("conv 3→64 7x7/2 224² b4", (4, 3, 224, 224), (64, 3, 7, 7), stride=2, padding=3)
forward("conv 64→64 3x3 56² b16", (16, 64, 56, 56), (64, 64, 3, 3), padding=1)
forward("conv 128→128 3x3 28² b16", (16, 128, 28, 28), (128, 128, 3, 3), padding=1)
forward("conv 256→64 1x1 56² b16", (16, 256, 56, 56), (64, 256, 1, 1))
forward("conv 512→512 3x3 7² b16", (16, 512, 7, 7), (512, 512, 3, 3), padding=1)
forward("conv depthwise 64 3x3 56² b16", (16, 64, 56, 56), (64, 1, 3, 3), padding=1, groups=64)
forward("conv 8 groups 64→64 3x3 56² b16", (16, 64, 56, 56), (64, 8, 3, 3), padding=1, groups=8)
forward("conv dilated 64→64 3x3 56² b16", (16, 64, 56, 56), (64, 64, 3, 3), padding=2, dilation=2)
normal("conv1d 64→64 9, 4096 b8", (8, 64, 4096), (64, 64, 9), call=lambda x, w: F.conv1d(x, w, padding=4))
forward("conv transposed 64→32 4x4/2 28² b16", (16, 64, 28, 28), (64, 32, 4, 4), F.conv_transpose2d, stride=2, padding=1)
normal("conv3d 16→32 3x3x3 16x32² b2", (2, 16, 16, 32, 32), (32, 16, 3, 3, 3), call=lambda x, w: F.conv3d(x, w, padding=1))
training("conv 3→64 7x7/2 224² b4", (4, 3, 224, 224), (64, 3, 7, 7), (4, 64, 112, 112), stride=2, padding=3)
training("conv 64→64 3x3 56² b8", (8, 64, 56, 56), (64, 64, 3, 3), (8, 64, 56, 56), padding=1)
training("conv 128→128 3x3 28² b8", (8, 128, 28, 28), (128, 128, 3, 3), (8, 128, 28, 28), padding=1)
training("conv 256→64 1x1 56² b8", (8, 256, 56, 56), (64, 256, 1, 1), (8, 64, 56, 56))
training("conv 512→512 3x3 7² b8", (8, 512, 7, 7), (512, 512, 3, 3), (8, 512, 7, 7), padding=1)
training("conv depthwise 64 3x3 56² b8", (8, 64, 56, 56), (64, 1, 3, 3), (8, 64, 56, 56), padding=1, groups=64)
training("conv 8 groups 64→64 3x3 56² b8", (8, 64, 56, 56), (64, 8, 3, 3), (8, 64, 56, 56), padding=1, groups=8)
training("conv dilated 64→64 3x3 56² b8", (8, 64, 56, 56), (64, 64, 3, 3), (8, 64, 56, 56), padding=2, dilation=2)
training("conv1d 64→64 9, 4096 b8", (8, 64, 4096), (64, 64, 9), (8, 64, 4096), F.conv1d, padding=4)
training("conv transposed 64→32 4x4/2 28² b8", (8, 64, 28, 28), (64, 32, 4, 4), (8, 32, 56, 56), F.conv_transpose2d, stride=2, padding=1)
