"""Recurrent layers of two times 256 over 64 steps of 32 sequences, and single cells."""

import torch
from torch import nn

from rows import row


@row("LSTM 2x256, 64 steps b32")
def _():
    layer, x = nn.LSTM(256, 256, 2), torch.randn(64, 32, 256)
    return lambda: layer(x)[0]


@row("LSTM 2x256, 64 steps b32, forward+backward", records=True)
def _():
    layer, x, cotangent = nn.LSTM(256, 256, 2), torch.randn(64, 32, 256).requires_grad_(), torch.randn(64, 32, 256)
    inputs = [x, *layer.parameters()]
    return lambda: torch.autograd.grad(layer(x)[0], inputs, cotangent)[0]


@row("GRU 2x256, 64 steps b32")
def _():
    layer, x = nn.GRU(256, 256, 2), torch.randn(64, 32, 256)
    return lambda: layer(x)[0]


@row("RNN bidirectional 128, 64 steps b32")
def _():
    layer, x = nn.RNN(128, 128, bidirectional=True), torch.randn(64, 32, 128)
    return lambda: layer(x)[0]


@row("LSTMCell 256 b32")
def _():
    cell, x, h, c = nn.LSTMCell(256, 256), torch.randn(32, 256), torch.randn(32, 256), torch.randn(32, 256)
    return lambda: cell(x, (h, c))[0]


@row("GRUCell 256 b32")
def _():
    cell, x, h = nn.GRUCell(256, 256), torch.randn(32, 256), torch.randn(32, 256)
    return lambda: cell(x, h)
