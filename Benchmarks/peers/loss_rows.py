"""Losses, most over 4096×1024."""

import torch
import torch.nn.functional as F

from rows import normal, row

MATRIX = (4096, 1024)


@row("crossEntropy 4096x1024")
def _():
    x, target = torch.randn(MATRIX), torch.randint(0, 1024, (4096,))
    return lambda: F.cross_entropy(x, target)


@row("crossEntropy 4096x1024, forward+backward", records=True)
def _():
    x, target = torch.randn(MATRIX).requires_grad_(), torch.randint(0, 1024, (4096,))
    return lambda: torch.autograd.grad(F.cross_entropy(x, target), [x])[0]


@row("crossEntropy of probabilities 4096x1024")
def _():
    x, target = torch.randn(MATRIX), torch.randn(MATRIX).softmax(1)
    return lambda: F.cross_entropy(x, target)


@row("nllLoss 4096x1024")
def _():
    x, target = torch.randn(MATRIX).log_softmax(1), torch.randint(0, 1024, (4096,))
    return lambda: F.nll_loss(x, target)


normal("mseLoss 4096x1024", MATRIX, MATRIX, call=F.mse_loss)


@row("mseLoss 4096x1024, forward+backward", records=True)
def _():
    x, target = torch.randn(MATRIX).requires_grad_(), torch.randn(MATRIX)
    return lambda: torch.autograd.grad(F.mse_loss(x, target), [x])[0]


normal("l1Loss 4096x1024", MATRIX, MATRIX, call=F.l1_loss)
normal("smoothL1Loss 4096x1024", MATRIX, MATRIX, call=F.smooth_l1_loss)
normal("huberLoss 4096x1024", MATRIX, MATRIX, call=F.huber_loss)


@row("binaryCrossEntropyWithLogits 4096x1024")
def _():
    x, target = torch.randn(MATRIX), torch.rand(MATRIX)
    return lambda: F.binary_cross_entropy_with_logits(x, target)


@row("klDivergence 4096x1024")
def _():
    x, target = torch.randn(MATRIX).log_softmax(1), torch.randn(MATRIX).softmax(1)
    return lambda: F.kl_div(x, target, reduction="batchmean")


normal("cosineSimilarity 4096x1024", MATRIX, MATRIX, call=F.cosine_similarity)
normal("tripletMarginLoss 4096x256", (4096, 256), (4096, 256), (4096, 256), call=F.triplet_margin_loss)


@row("multiMarginLoss 4096x1024")
def _():
    x, target = torch.randn(MATRIX), torch.randint(0, 1024, (4096,))
    return lambda: F.multi_margin_loss(x, target)


@row("ctcLoss 100x16x32, forward+backward", records=True)
def _():
    x, targets = torch.randn(100, 16, 32).requires_grad_(), torch.randint(1, 32, (16, 20))
    times, lengths = [100] * 16, [20] * 16
    return lambda: torch.autograd.grad(F.ctc_loss(x.log_softmax(2), targets, times, lengths), [x])[0]
