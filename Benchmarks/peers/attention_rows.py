"""Attention, alone and in Transformer layers."""

import torch
import torch.nn.functional as F
from torch import nn

from rows import inference, normal, row

BATCH = (8, 8, 128, 64)
LONG = (1, 8, 1024, 64)

normal("attention 8x8x128x64", BATCH, BATCH, BATCH, call=F.scaled_dot_product_attention)
normal("attention causal 1x8x1024x64", LONG, LONG, LONG, call=lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True))
normal("attention one query of 1024 keys", (1, 8, 1, 64), LONG, LONG, call=F.scaled_dot_product_attention)


@row("attention 8x8x128x64, forward+backward", records=True)
def _():
    q, k, v = (torch.randn(BATCH).requires_grad_() for _ in range(3))
    cotangent = torch.randn(BATCH)
    return lambda: torch.autograd.grad(F.scaled_dot_product_attention(q, k, v), [q, k, v], cotangent)[0]


@row("MultiheadAttention 512, 8 heads, 128 tokens b8")
def _():
    layer, x = nn.MultiheadAttention(512, 8, batch_first=True).eval(), torch.randn(8, 128, 512)
    return lambda: layer(x, x, x, need_weights=False)[0]


inference("TransformerEncoderLayer 512, 128 tokens b8, evaluation",
          lambda: nn.TransformerEncoderLayer(512, 8, batch_first=True), (8, 128, 512))


@row("TransformerEncoderLayer 512, 128 tokens b8, forward+backward", records=True)
def _():
    layer, x = nn.TransformerEncoderLayer(512, 8, dropout=0, batch_first=True), torch.randn(8, 128, 512).requires_grad_()
    cotangent, inputs = torch.randn(8, 128, 512), [x, *layer.parameters()]
    return lambda: torch.autograd.grad(layer(x), inputs, cotangent)[0]
