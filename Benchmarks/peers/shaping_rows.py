"""Joining, copying in another order, padding."""

import torch
import torch.nn.functional as F

from rows import normal

THOUSAND = (1000, 1000)
IMAGES = (16, 64, 56, 56)

normal("cat rows 2x 1000x1000", THOUSAND, THOUSAND, call=lambda a, b: torch.cat([a, b]))
normal("cat columns 2x 1000x1000", THOUSAND, THOUSAND, call=lambda a, b: torch.cat([a, b], 1))
normal("stack last 2x 1000x1000", THOUSAND, THOUSAND, call=lambda a, b: torch.stack([a, b], -1))
normal("transpose copy 1024²", (1024, 1024), call=lambda a: a.T.contiguous())
normal("transpose copy 4096x1000", (4096, 1000), call=lambda a: a.T.contiguous())
normal("NCHW to NHWC copy 16x64x56²", IMAGES, call=lambda a: a.permute(0, 2, 3, 1).contiguous())
normal("strided slice copy 4M", (4_000_000,), call=lambda a: a[::2].contiguous())
normal("flip rows 1024²", (1024, 1024), call=lambda a: a.flip(1))
normal("roll 1024²", (1024, 1024), call=lambda a: a.roll(100, 1))
normal("repeat 4x 1000x1000", THOUSAND, call=lambda a: a.repeat(2, 2))
normal("repeatInterleave 4x 1M", (1_000_000,), call=lambda a: a.repeat_interleave(4))
normal("pad constant 16x64x56²", IMAGES, call=lambda a: F.pad(a, (1, 1, 1, 1)))
normal("pad reflect 16x64x56²", IMAGES, call=lambda a: F.pad(a, (1, 1, 1, 1), mode="reflect"))
normal("tril 2048²", (2048, 2048), call=lambda a: a.tril())
normal("diagonal views of 8x8", (8, 8), call=lambda a: a.reshape(4, 16).T.narrow(0, 2, 8).unsqueeze(0))
normal("split and sum of 64 parts 64x64", (64, 64), call=lambda a: sum(a.split(1), torch.zeros(1, 64)))
normal("pixelShuffle 8x256x32²", (8, 256, 32, 32), call=lambda a: F.pixel_shuffle(a, 2))
