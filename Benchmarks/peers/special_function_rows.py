"""Special functions of a million float32."""

import torch
from torch import special

from rows import normal, row

MILLION = (1_000_000,)


def uniform(name, factor, start, call):
    @row(name)
    def _():
        x = torch.rand(MILLION) * factor + start
        return lambda: call(x)


normal("erf 1M", MILLION, call=special.erf)
uniform("erfinv 1M", 1.8, -0.9, special.erfinv)
normal("erfcx 1M", MILLION, call=special.erfcx)
normal("ndtr 1M", MILLION, call=special.ndtr)
uniform("ndtri 1M", 0.9, 0.05, special.ndtri)
normal("logGamma 1M", MILLION, call=lambda x: special.gammaln(x.abs() + 0.5))
normal("digamma 1M", MILLION, call=lambda x: special.digamma(x.abs() + 0.5))
normal("trigamma 1M", MILLION, call=lambda x: special.polygamma(1, x.abs() + 0.5))
normal("zeta 1M", MILLION, call=lambda x: special.zeta(x.abs() + 1.5, x.abs() + 0.5))
normal("i0 1M", MILLION, call=special.i0)
normal("i1e 1M", MILLION, call=special.i1e)
normal("besselJ0 1M", MILLION, call=lambda x: special.bessel_j0(x * 5))
normal("sinc 1M", MILLION, call=special.sinc)
uniform("logit 1M", 0.9, 0.05, special.logit)
normal("xlogy 1M", MILLION, MILLION, call=lambda x, y: special.xlogy(x, y.abs()))
normal("igamma 1M", MILLION, MILLION, call=lambda a, x: special.gammainc(a.abs() + 0.5, x.abs()))
