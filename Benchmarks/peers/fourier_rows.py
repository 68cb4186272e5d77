"""Fourier transforms: lengths of every kind."""

import torch
from torch import fft

from rows import normal


def complex(name, shape, call):
    normal(name, shape, call=call, dtype=torch.complex64)


complex("fft 2^20", (1 << 20,), fft.fft)
complex("fft 1000", (1000,), fft.fft)
complex("fft 1000 x1000", (1000, 1000), fft.fft)
complex("fft 1024 x1024", (1024, 1024), fft.fft)
complex("fft columns 1024 x1024", (1024, 1024), lambda x: fft.fft(x, dim=0))
complex("fft prime 10007", (10_007,), fft.fft)
complex("fft prime 1009 x100", (100, 1009), fft.fft)
complex("ifft 1024 x1024", (1024, 1024), fft.ifft)
complex("fft2 512²", (512, 512), fft.fft2)
normal("rfft 4096 x256", (256, 4096), call=fft.rfft)
normal("irfft 4096 x256", (256, 4096), call=lambda x: fft.irfft(fft.rfft(x)))
normal("rfft2 16x128²", (16, 128, 128), call=fft.rfft2)
normal("stft 10 s at 16 kHz", (160_000,),
       call=lambda x: torch.stft(x, 512, 128, window=torch.hann_window(512), return_complex=True))
