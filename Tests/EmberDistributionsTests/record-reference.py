"""Writes reference.tsv: what SciPy and PyTorch say about distributions, for the tests beside this file.

    python3 record-reference.py > reference.tsv        (with NumPy, SciPy and PyTorch)

Columns: what was asked, family, parameters (`;` between them, `,` between elements), arguments, answers.
"""
import warnings

import numpy as np
import torch
import torch.distributions as td
from scipy import stats
from torch.distributions.kl import _KL_REGISTRY

warnings.simplefilter("ignore")
torch.set_default_dtype(torch.float64)


def text(values, digits=10):
    return ",".join("%.*g" % (digits, v) for v in np.atleast_1d(np.asarray(values, dtype=float)).ravel())


def row(what, family, parameters, arguments, answers, digits=10):
    print(what, family, ";".join(text(p, 17) for p in parameters), text(arguments, 17), text(answers, digits), sep="\t")


# SciPy: name, distribution from parameters, parameter sets. Wide ranges, tails included.
continuous = [
    ("Normal", lambda l, s: stats.norm(l, s), [(0, 1), (-3, 0.01), (100, 25)]),
    ("HalfNormal", lambda s: stats.halfnorm(scale=s), [(1,), (0.01,), (30,)]),
    ("LogNormal", lambda l, s: stats.lognorm(s, scale=np.exp(l)), [(0, 1), (-2, 0.1), (3, 2)]),
    ("Uniform", lambda a, b: stats.uniform(a, b - a), [(0, 1), (-5, 20)]),
    ("Exponential", lambda r: stats.expon(scale=1 / r), [(1,), (0.01,), (50,)]),
    ("Gamma", lambda a, r: stats.gamma(a, scale=1 / r), [(0.05, 1), (0.7, 3), (2.5, 0.2), (40, 2), (3000, 10)]),
    ("InverseGamma", lambda a, r: stats.invgamma(a, scale=r), [(0.7, 3), (2.5, 0.2), (40, 2)]),
    ("Chi2", lambda d: stats.chi2(d), [(0.5,), (3,), (120,)]),
    ("Beta", lambda a, b: stats.beta(a, b), [(0.2, 0.3), (2, 5), (50, 0.6), (300, 700), (0.05, 20)]),
    ("Cauchy", lambda l, s: stats.cauchy(l, s), [(0, 1), (3, 0.2)]),
    ("HalfCauchy", lambda s: stats.halfcauchy(scale=s), [(1,), (20,)]),
    ("Laplace", lambda l, s: stats.laplace(l, s), [(0, 1), (3, 0.2)]),
    ("Gumbel", lambda l, s: stats.gumbel_r(l, s), [(0, 1), (3, 0.2)]),
    ("Pareto", lambda s, a: stats.pareto(a, scale=s), [(1, 3), (0.1, 0.8), (20, 9)]),
    ("Weibull", lambda s, c: stats.weibull_min(c, scale=s), [(1, 0.5), (3, 2), (0.1, 12)]),
    ("StudentT", lambda d, l, s: stats.t(d, l, s), [(0.6, 0, 1), (3, 0, 1), (25, -2, 5), (400, 0, 1)]),
    ("FisherSnedecor", lambda m, n: stats.f(m, n), [(1, 5), (7, 3), (40, 90)]),
    ("VonMises", lambda l, k: stats.vonmises(k, loc=l), [(0, 0.2), (0, 4), (0, 40)]),  # beyond 50, SciPy approximates
]
discrete = [
    ("Bernoulli", lambda p: stats.bernoulli(p), [(0.3,), (0.98,)]),
    ("Binomial", lambda n, p: stats.binom(n, p), [(1, 0.3), (12, 0.05), (40, 0.6), (2000, 0.4)]),
    ("Geometric", lambda p: stats.geom(p, loc=-1), [(0.3,), (0.01,), (0.9,)]),
    ("NegativeBinomial", lambda r, p: stats.nbinom(r, 1 - p), [(1, 0.3), (4.5, 0.8), (60, 0.5)]),
    ("Poisson", lambda r: stats.poisson(r), [(0.2,), (4,), (37.5,), (2500,)]),
]
probabilities = [1e-9, 1e-3, 0.2, 0.5, 0.77, 0.999, 1 - 1e-8]
for name, make, sets in continuous + discrete:
    for parameters in sets:
        d = make(*parameters)
        isContinuous = any(name == c[0] for c in continuous)
        points = d.ppf(probabilities)
        if name == "VonMises":
            points = points[1:-1]  # SciPy's own inverse is no better than 1e-8
        if not isContinuous:
            points = np.unique(np.clip(points, d.support()[0], d.support()[1]))
        # In full precision as it is written, so that both sides answer for the same point.
        points = np.array([float("%.17g" % p) for p in points])
        row("logProb", name, parameters, points, d.logpdf(points) if isContinuous else d.logpmf(points))
        row("cdf", name, parameters, points, d.cdf(points))
        if name != "VonMises":
            row("icdf", name, parameters, probabilities, d.ppf(probabilities))
            row("mean", name, parameters, [], d.mean())
            row("variance", name, parameters, [], d.var())
        row("entropy", name, parameters, [], d.entropy())
for a in [(0.3, 0.9), (2, 3, 4), (20, 0.5, 7, 1)]:
    x = np.array(a) / np.sum(a)
    row("logProb", "Dirichlet", [a], x, stats.dirichlet.logpdf(x, a))
    row("entropy", "Dirichlet", [a], [], stats.dirichlet.entropy(a))
    row("variance", "Dirichlet", [a], [], stats.dirichlet.var(a))
for n, p in [(5, (0.2, 0.3, 0.5)), (30, (0.05, 0.05, 0.8, 0.1))]:
    x = stats.multinomial.rvs(n, p, random_state=1)
    row("logProb", "Multinomial", [(n,), p], x, stats.multinomial.logpmf(x, n, p))
    row("entropy", "Multinomial", [(n,), p], [], stats.multinomial.entropy(n, p))
for loc, cov in [((1, -2), (2, 0.3, 0.3, 0.5)), ((0, 0, 5), (1, 0.9, 0.1, 0.9, 1, 0.2, 0.1, 0.2, 4))]:
    d = stats.multivariate_normal(loc, np.reshape(cov, (len(loc), -1)))
    x = np.array(loc) + np.arange(1, len(loc) + 1) * 0.7
    row("logProb", "MultivariateNormal", [loc, cov], x, d.logpdf(x))
    row("entropy", "MultivariateNormal", [loc, cov], [], d.entropy())
for df, scale in [(4.5, (2, 0.3, 0.3, 0.5)), (7, (1, 0.9, 0.1, 0.9, 1, 0.2, 0.1, 0.2, 4))]:
    n = int(len(scale) ** 0.5)
    d = stats.wishart(df, np.reshape(scale, (n, n)))
    x = np.diag(np.arange(1.0, n + 1)) + 0.2
    row("logProb", "Wishart", [(df,), scale], x, d.logpdf(x))
    row("entropy", "Wishart", [(df,), scale], [], d.entropy())
    row("variance", "Wishart", [(df,), scale], [], d.var())

# PyTorch: families by name from parameter tensors, with the parameters of the rows below.
families = {
    "Normal": (td.Normal, [(0.5,), (1.5,)]),
    "HalfNormal": (td.HalfNormal, [(1.5,)]),
    "LogNormal": (td.LogNormal, [(0.2,), (0.7,)]),
    "Uniform": (td.Uniform, [(0.25,), (0.75,)]),
    "Exponential": (td.Exponential, [(2.5,)]),
    "Gamma": (td.Gamma, [(1.7,), (2.5,)]),
    "InverseGamma": (td.InverseGamma, [(2.7,), (1.5,)]),
    "Chi2": (td.Chi2, [(3.5,)]),
    "Beta": (td.Beta, [(1.3,), (2.4,)]),
    "Kumaraswamy": (td.Kumaraswamy, [(1.3,), (2.4,)]),
    "Cauchy": (td.Cauchy, [(0.5,), (1.5,)]),
    "HalfCauchy": (td.HalfCauchy, [(1.5,)]),
    "Laplace": (td.Laplace, [(0.5,), (1.5,)]),
    "Gumbel": (td.Gumbel, [(0.5,), (1.5,)]),
    "Pareto": (td.Pareto, [(0.2,), (3.5,)]),
    "Weibull": (td.Weibull, [(1.5,), (0.8,)]),
    "StudentT": (td.StudentT, [(4.5,), (0.5,), (1.5,)]),
    "FisherSnedecor": (td.FisherSnedecor, [(4.5,), (6.5,)]),
    "VonMises": (td.VonMises, [(0.5,), (1.5,)]),
    "ContinuousBernoulli": (td.ContinuousBernoulli, [(0.3,)]),
    "Bernoulli": (td.Bernoulli, [(0.3,)]),
    "Binomial": (td.Binomial, [(12,), (0.3,)]),
    "Geometric": (td.Geometric, [(0.3,)]),
    "NegativeBinomial": (td.NegativeBinomial, [(4,), (0.3,)]),
    "Poisson": (td.Poisson, [(3.5,)]),
    "LogitRelaxedBernoulli": (td.relaxed_bernoulli.LogitRelaxedBernoulli, [(0.7,), (0.3,)]),
    "RelaxedBernoulli": (td.RelaxedBernoulli, [(0.7,), (0.3,)]),
    "Categorical": (td.Categorical, [(0.2, 0.3, 0.5)]),
    "OneHotCategorical": (td.OneHotCategorical, [(0.2, 0.3, 0.5)]),
    "OneHotCategoricalStraightThrough": (td.OneHotCategoricalStraightThrough, [(0.2, 0.3, 0.5)]),
    "Multinomial": (lambda n, p: td.Multinomial(int(n), p), [(6,), (0.2, 0.3, 0.5)]),
    "RelaxedOneHotCategorical": (td.RelaxedOneHotCategorical, [(0.7,), (0.2, 0.3, 0.5)]),
    "Dirichlet": (td.Dirichlet, [(1.3, 2.4, 0.8)]),
    "LogisticNormal": (td.LogisticNormal, [(0.3, -0.4), (0.9, 1.2)]),
    "MultivariateNormal": (lambda l, c: td.MultivariateNormal(l, c.reshape(len(l), -1)), [(1, -2), (2, 0.3, 0.3, 0.5)]),
    "LowRankMultivariateNormal": (lambda l, w, d: td.LowRankMultivariateNormal(l, w.reshape(len(l), -1), d),
                                  [(1, -2, 0.5), (0.4, 1.2, -0.7), (0.5, 0.8, 1.1)]),
    "LKJCholesky": (lambda n, c: td.LKJCholesky(int(n), c), [(3,), (1.7,)]),
    "Wishart": (lambda d, s: td.Wishart(d, s.reshape(int(len(s) ** 0.5), -1)), [(4.5,), (2, 0.3, 0.3, 0.5)]),
}
others = {  # a second member, for divergences
    "Normal": [(-0.3,), (0.8,)], "HalfNormal": [(0.6,)], "LogNormal": [(-0.1,), (1.3,)], "Uniform": [(-0.5,), (1.5,)],
    "Exponential": [(0.6,)], "Gamma": [(2.6,), (0.9,)], "Chi2": [(5.5,)], "Beta": [(2.2,), (0.7,)],
    "Cauchy": [(-0.3,), (0.8,)], "Laplace": [(-0.3,), (0.8,)], "Gumbel": [(-0.3,), (0.8,)], "Pareto": [(0.1,), (2.2,)],
    "ContinuousBernoulli": [(0.8,)], "Bernoulli": [(0.6,)], "Binomial": [(12,), (0.6,)], "Geometric": [(0.6,)], "Poisson": [(1.2,)],
    "Categorical": [(0.6, 0.3, 0.1)], "OneHotCategorical": [(0.6, 0.3, 0.1)], "Dirichlet": [(2.1, 0.4, 3.3)],
    "MultivariateNormal": [(0, 1), (1.5, -0.2, -0.2, 0.9)],
    "LowRankMultivariateNormal": [(0, 1, 0), (-0.3, 0.6, 0.2), (1.5, 0.4, 0.7)],
}


def member(name, parameters, dtype=torch.float64, gradient=False):
    tensors = [torch.tensor(p[0] if len(p) == 1 else p, dtype=dtype) for p in parameters]
    counts = name in ("Binomial", "Multinomial", "NegativeBinomial", "LKJCholesky")
    for i, t in enumerate(tensors):
        if gradient and not (counts and i == 0):
            t.requires_grad_()
    return families[name][0](*tensors), tensors


for name, (_, parameters) in families.items():
    d, _ = member(name, parameters, torch.float32)
    torch.manual_seed(0)
    if name != "Wishart":  # of which PyTorch 2.13 drops the first samples, taking regular matrices for singular ones
        row("sample", name, parameters, [3], d.sample((3,)), 8)
    if d.has_rsample and name not in ("MultivariateNormal", "LowRankMultivariateNormal", "Wishart"):
        d, tensors = member(name, parameters, gradient=True)
        torch.manual_seed(0)
        x = d.rsample((3,))
        weights = torch.cos(1.7 * torch.arange(x.numel()) + 0.3).reshape(x.shape)
        (x * weights).sum().backward()
        row("rsampleGradient", name, parameters, x.detach(), np.concatenate([t.grad.reshape(-1) for t in tensors]))
    d, _ = member(name, parameters)
    torch.manual_seed(1)
    x = d.sample()
    row("torchLogProb", name, parameters, x, d.log_prob(x), 15)
    for what in ("entropy", "mean", "mode", "variance"):
        try:
            value = getattr(d, what)
            value = value() if callable(value) else value
        except NotImplementedError:
            continue
        row("torch" + what.capitalize(), name, parameters, [], value, 13)
names = {getattr(td, name, None): name for name in families}
for p_type, q_type in sorted(_KL_REGISTRY, key=lambda pair: (pair[0].__name__, pair[1].__name__)):
    if p_type not in names or q_type not in names:
        continue
    p, q = names[p_type], names[q_type]
    if q not in others:
        continue
    first, second = families[p][1], others[q]
    if "MultivariateNormal" in p and p != q:
        if p.startswith("LowRank"):
            first = [(1, -2), (0.4, 1.2), (0.5, 0.8)]
        else:
            second = [(0, 1), (-0.3, 0.6), (1.5, 0.4)]
    value = td.kl_divergence(member(p, first)[0], member(q, second)[0])
    parameters = "|".join(";".join(text(x, 17) for x in own) for own in (first, second))
    print("kl", p + "|" + q, parameters, "", text(value, 13), sep="\t")
