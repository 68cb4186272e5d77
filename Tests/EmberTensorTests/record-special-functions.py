#!/usr/bin/env python3
"""Writes special-functions.tsv: values of special functions, computed in 50 digits and rounded to float64.

    python3 Tests/EmberTensorTests/record-special-functions.py > Tests/EmberTensorTests/special-functions.tsv

Needs mpmath. A row is a function, an argument and the value. Arguments are numbers of float32, spread over the range in which the
result is neither infinite nor zero.
"""
import random
import struct

import mpmath as mp

mp.mp.dps = 50


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def log_normal(x):
    tail = mp.erfc(abs(x) / mp.sqrt(2)) / 2
    return mp.log1p(-tail) if x > 0 else mp.log(tail)


def sinc(x):
    return mp.sinpi(x) / (mp.pi * x)


WIDE = [2.0**e for e in range(-20, 7)]
FUNCTIONS = {
    # name: function, arguments (positive ones; "±" adds the negative ones)
    "exp": (mp.exp, [e for e in WIDE if e < 88], "±"),
    "log": (mp.log, WIDE + [1e-30, 1e30, 0.99, 1.01], ""),
    "log1p": (mp.log1p, WIDE, ""),
    "expm1": (mp.expm1, [e for e in WIDE if e < 88], "±"),
    "sin": (mp.sin, WIDE + [1e4, 1e8], "±"),
    "cos": (mp.cos, WIDE + [1e4, 1e8], ""),
    "tan": (mp.tan, WIDE, "±"),
    "tanh": (mp.tanh, WIDE, "±"),
    "gelu": (lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2, [e for e in WIDE if e < 13], "±"),
    "erf": (mp.erf, [e for e in WIDE if e < 6], "±"),
    "erfc": (mp.erfc, [e for e in WIDE if e < 10], "±"),
    "erfcx": (lambda x: mp.erfc(x) * mp.exp(x * x), WIDE, ""),
    "erfinv": (mp.erfinv, [0.001, 0.1, 0.5, 0.9, 0.99, 0.9999, 0.999999], "±"),
    "ndtr": (mp.ncdf, [e for e in WIDE if e < 13], "±"),
    "logNdtr": (log_normal, [e for e in WIDE if e < 33], "±"),
    "ndtri": (lambda p: mp.sqrt(2) * mp.erfinv(2 * mp.mpf(p) - 1), [1e-6, 0.001, 0.1, 0.3, 0.6, 0.9, 0.999], ""),
    "logGamma": (lambda x: mp.log(abs(mp.gamma(x))), WIDE + [3.3, 1.5, 2.5, 1e6], ""),
    "digamma": (mp.digamma, WIDE + [1.5, 2.5, 1e6], ""),
    "trigamma": (lambda x: mp.polygamma(1, x), WIDE + [1.5, 2.5, 1e6], ""),
    "polygamma2": (lambda x: mp.polygamma(2, x), [e for e in WIDE if e > 1e-4] + [1.5, 2.5], ""),
    "zeta": (lambda x: mp.zeta(2.5, x), [e for e in WIDE if e > 1e-4] + [1.5, 2.5], ""),
    "igamma": (lambda x: mp.gammainc(2.5, 0, x, regularized=True), [e for e in WIDE if e > 1e-3], ""),
    "igammac": (lambda x: mp.gammainc(2.5, x, mp.inf, regularized=True), [e for e in WIDE if e > 1e-3], ""),
    "i0": (lambda x: mp.besseli(0, x), WIDE, "±"),
    "i0e": (lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), WIDE, "±"),
    "i1": (lambda x: mp.besseli(1, x), WIDE, "±"),
    "i1e": (lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), WIDE, "±"),
    "besselJ0": (lambda x: mp.besselj(0, x), WIDE, "±"),
    "besselJ1": (lambda x: mp.besselj(1, x), WIDE, "±"),
    "besselY0": (lambda x: mp.bessely(0, x), WIDE, ""),
    "besselY1": (lambda x: mp.bessely(1, x), WIDE, ""),
    "sinc": (sinc, WIDE, "±"),
}

random.seed(1)
for name, (function, arguments, signs) in FUNCTIONS.items():
    for base in arguments:
        # Beside the round number, where functions are often exact, one that is not.
        for x in (base, base * random.uniform(0.51, 0.99)):
            for argument in (single(x), -single(x)) if signs else (single(x),):
                print(f"{name}\t{argument!r}\t{float(function(mp.mpf(argument)))!r}")
