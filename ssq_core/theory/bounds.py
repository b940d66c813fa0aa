"""The bounds of the paper and their corrections, each as one sympy expression.

The page's LaTeX (`latex`), the numbers (`value`) and the tests all come from these expressions.
They are built unevaluated, so that they print in the paper's own form; `full` replaces the
abbreviations of `definitions` and lets sympy evaluate. Names carry the paper's numbers; `L2` to
`L6` and the radii `tv_...` are the corrected results. What fails as printed is kept as printed.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace

import sympy as sp
from scipy.special import lambertw

from ssq_core.checks import check_count, check_number, shown
from ssq_core.theory.system_constants import constants as constants

_count = {"integer": True, "positive": True}
n = sp.Symbol("n", **_count)  # local agents
k = sp.Symbol("k", **_count)  # sampled agents
size = sp.Symbol(r"\left|\mathcal{S}_l\right|", **_count)
actions = sp.Symbol(r"\left|\mathcal{A}_g\right|", **_count)
dimension = sp.Symbol("d", **_count)  # of the space that holds S_l, in Theorem C.2
r_max = sp.Symbol(r"\tilde{r}", positive=True)  # bound on |r|
r_local = sp.Symbol(r"\left\|{r_l}\right\|_\infty", positive=True)
gamma = sp.Symbol("gamma", positive=True)
eps = sp.Symbol(r"\epsilon_{k,m}", nonnegative=True)  # Bellman noise of Assumption 3.1
distance = sp.Symbol("epsilon", positive=True)  # the distance of Theorem 4.3
delta = sp.Symbol("delta", positive=True)  # failure probability
delta_2 = sp.Symbol("delta_2", positive=True)
span = sp.Symbol(r"\operatorname{span}", nonnegative=True)  # largest over s_g of max r_l - min r_l
tau = sp.Symbol("tau", nonnegative=True)  # largest over s_g Dobrushin coefficient of P_l
nu = sp.Symbol("nu", nonnegative=True)  # fluctuation of one step of the local agents
tv = sp.Symbol(r"\operatorname{TV}", nonnegative=True)

symbols = SimpleNamespace(**{name: s for name, s in vars().items() if isinstance(s, sp.Symbol)})

# Abbreviations of expressions in n, k and size alone; `definitions` holds their meaning.
a = sp.Symbol("a", nonnegative=True)
alpha = sp.Symbol(r"\alpha_{k,n}", nonnegative=True)
sigma = sp.Symbol(r"\sigma_k", nonnegative=True)
theta = sp.Symbol(r"\theta_{k,n}", nonnegative=True)
rho = sp.Symbol(r"\rho_{k,n}", nonnegative=True)
_j = sp.Symbol("j", **_count)
_sum = sp.Add  # of several terms: chained + would nest them, and print brackets

with sp.evaluate(False):
    _left = _sum(n, -k, 1)
    _rest = _sum(n, -k)
    _last = _sum(n, -1)
    _horizon = _sum(1, -gamma)
    _contact = _sum(1, -(gamma * tau))
    _noise = 2 * eps / _horizon
    _log = sp.log(2 * size / delta)
    _log_2 = sp.log(2 * size / delta_2)

    with sp.evaluate(True):  # unevaluated, the fraction would print as a product with 1
        _squares = sp.Sum(_j**-2, (_j, _rest, _last))
    definitions = {
        a: sp.sqrt(_left / (2 * n * k)),
        # Serfling's martingale: the i-th draw moves it by (n - k)/(n - i); 1/0 at k = n is cut out
        alpha: sp.Piecewise((sp.Integer(0), sp.Eq(k, n)), (_rest**2 * _squares, True)),
        # for n = 1 the numerator is 0 already; the maximum only keeps 0/0 away
        sigma: sp.sqrt(_sum(size, -1) * _rest / (k * sp.Max(_last, 1))),
        theta: sp.sqrt(_rest / (n * k)),
        rho: sp.Min(_left / n, _rest / n * _sum(1, 1 / k)),
    }

    # Failure probability of `distance` between sample and population.
    theorem_4_3 = 2 * size * sp.exp(sp.Integer(-2) * k * n * distance**2 / _left)
    theorem_C_2 = dimension * _sum(n, 1) * sp.exp(sp.Integer(-2) * k * distance**2)
    lemma_C_4 = 2 * sp.exp(
        sp.Integer(-2) * k * distance**2 / _sum(1, -(_sum(k, -1) / n))
    )  # range b - a = 1
    bardenet_maillard = sp.Piecewise(
        (sp.Integer(0), sp.Eq(k, n)),  # rho is 0
        (2 * sp.exp(sp.Integer(-2) * k * distance**2 / rho), True),
    )

    # Distances exceeded with probability at most delta: the supremum in Theorem 4.3, then TV.
    theorem_4_3_radius = sp.sqrt(_left / (2 * n * k) * _log)
    equation_13 = sp.sqrt(_left / (8 * n * k) * _log)
    lemma_C_7 = sp.sqrt(_sum(1, -(k / n)))
    # ln((2^size - 2)/delta), written so that it cannot overflow
    _log_subsets = _sum(
        size * sp.log(2), sp.log(_sum(1, -(2 ** _sum(1, -size)))), sp.log(1 / delta)
    )
    tv_union = sp.sqrt(_left / (2 * n * k) * _log_subsets)
    tv_martingale = _sum(sigma / 2, sp.sqrt(alpha * sp.log(1 / delta) / (2 * k**2)))
    tv_complement = _sum(1, -(k / n))

    # Differences of Q-functions: 4.2 for any k and k', C.6 for k and n with probability 1 - delta;
    # L2 for equal k, L3 for k and the mean field, L4 for Delta within [n] and for any two samples.
    theorem_4_2 = 2 * r_local / _horizon * tv
    theorem_C_6 = 2 * r_local / _horizon * equation_13
    L2 = span / _contact * tv
    L3 = span * gamma * nu / (_horizon * _contact * sp.sqrt(k))
    L4 = span / _contact * _sum(tv, gamma * nu * theta / _horizon)
    L4_any = span / _contact * _sum(tv, gamma * nu / (_horizon * sp.sqrt(k)))  # k the smaller size

    # Losses of one action chosen from a sample: 4.4 with probability 1 - |A_g|(delta + delta_2),
    # D.4 on average.
    _radii = sp.sqrt(_left / (8 * n * k)) * _sum(sp.sqrt(_log), sp.sqrt(_log_2))
    theorem_4_4 = _sum(2 * r_local / _horizon * _radii, 2 * eps)
    lemma_D_4 = _sum(
        2 * r_local / _horizon * _radii, r_max / _horizon * actions * _sum(delta, delta_2), 2 * eps
    )
    L4_ahead = span / _contact * _sum(tau * tv, nu / (_horizon * sp.sqrt(k)))  # one step earlier

    # Both corrected: the loss of one action given TV (or its radius), and averaged over Delta.
    L4_loss = _sum(2 * span / _contact * _sum(tv, gamma * nu * theta / _horizon), 2 * eps)
    L4_mean = _sum(span / _contact * _sum(sigma / 2, gamma * nu * theta / _horizon), 2 * eps)

    # Optimality gaps V* - V^pi of the subsampled policy.
    trivial = 2 * r_max / _horizon  # any two values differ by no more
    theorem_D_3 = _sum(
        2 * r_local / _horizon**2 * sp.sqrt(_left / (2 * n * k)) * sp.sqrt(_log),
        2 * r_max / _horizon**2 * actions * delta,
        _noise,
    )
    _log_paper = sp.log(2 * size * actions * sp.sqrt(k))
    theorem_3_2 = _sum(
        2 * r_max / _horizon**2 * _sum(sp.sqrt(_left / (2 * n * k) * _log_paper), 1 / sp.sqrt(k)),
        _noise,
    )
    _reach = gamma * tau * span / (_horizon * _contact)
    _martingale = sp.sqrt(alpha * sp.log(actions) / (2 * k**2))
    _variance = sigma / sp.sqrt(2)
    L5_martingale = _sum(_reach * _martingale, _noise)
    L5_variance = _sum(_reach * _variance, _noise)
    L5 = _sum(_reach * sp.Min(_martingale, _variance), _noise)
    # where r_l depends on the action; span and tau are then the largest over s_g and the action
    L5_rewards = _sum(span / (_horizon * _contact) * sp.Min(_martingale, _variance), _noise)
    # one Delta for ever, averaged over Delta
    L6 = _sum(span * sigma / (2 * _horizon * _contact), _noise)

    # From Theorem D.3 to Theorem 3.2: the function f(delta), the paper's delta, the minimiser.
    objective = _sum(a * sp.sqrt(_log), actions * delta)
    delta_paper = 1 / (sp.sqrt(k) * actions)
    # f' = 0 at delta = 2|S_l| exp(-u) reads -2u exp(-2u) = -a^2/(8 |S_l|^2 |A_g|^2)
    delta_best = a / (
        actions * sp.sqrt(sp.Integer(-2) * sp.LambertW(-(a**2 / (8 * size**2 * actions**2)), -1))
    )


def _check_expression(expr: object) -> None:
    if not isinstance(expr, sp.Expr):
        raise ValueError(f"expr must be an expression of this module, got {shown(expr)}")


def full(expr: sp.Expr) -> sp.Expr:
    """Return `expr` with every abbreviation of `definitions` written out and evaluated by sympy.

    Raises ValueError for what is no expression.

    >>> ssq.bounds.full(ssq.bounds.tv_complement)
    -k/n + 1
    """
    _check_expression(expr)
    explicit = expr.xreplace(definitions)
    return explicit.replace(lambda part: bool(part.args), lambda part: part.func(*part.args))


def latex(expr: sp.Expr) -> str:
    r"""Return the LaTeX of `expr`, its terms in the order in which they are written here.

    Raises ValueError for what is no expression.

    >>> ssq.bounds.latex(ssq.bounds.tv_complement)
    '1 - \\frac{k}{n}'
    """
    _check_expression(expr)
    return str(sp.latex(expr, order="none", ln_notation=True))


def value(expr: sp.Expr, **parameters: float) -> float:
    """Return the number that `expr` takes, through `sympy.lambdify` in double precision.

    `parameters` are names in `symbols`: counts as integers with k <= n, gamma below 1,
    probabilities, tau and tv at most 1; those that `expr` does not use may be left out.
    Raises ValueError that names a parameter that is unknown, missing or out of range.

    >>> known = {"n": 50, "size": 50, "actions": 3, "r_max": 20, "gamma": 0.9, "eps": 0}
    >>> round(ssq.bounds.value(ssq.bounds.theorem_3_2, k=5, **known), 1)
    4884.1
    """
    _check_expression(expr)
    checked = {name: _checked(name, number) for name, number in parameters.items()}
    if any(size in power.exp.free_symbols for power in expr.atoms(sp.Pow)):
        # a union over proper subsets of the states, of which one state has none
        check_count("size", checked.get("size", 2), 2)
    if "k" in checked and "n" in checked and checked["k"] > checked["n"]:
        raise ValueError(f"k must be at most n = {checked['n']}, got {checked['k']}")
    names, function = _compiled(expr)
    for name in names:
        if name not in checked:
            raise ValueError(f"parameter {name!r} is missing: the expression uses {names}")
    return float(function(*(checked[name] for name in names)))


def first_k_below(expr: sp.Expr, level: float, n: int, **parameters: float) -> int | None:
    """Return the smallest k <= n at which `expr`, decreasing in k, is below `level`; None if none.

    `parameters` as for `value`, without k; raises as `value` does.

    >>> ssq.bounds.first_k_below(ssq.bounds.tv_complement, 0.1, n=50)
    46
    """
    check_number("level", level, "(-inf, inf)")
    if value(expr, n=n, k=n, **parameters) >= level:
        return None
    return bisect_left(
        range(n), True, lo=1, key=lambda k: value(expr, n=n, k=k, **parameters) < level
    )


class _Squares(sp.Function):  # type: ignore[misc]
    """sum of j^-2 over first <= j <= last, for numbers; the symbolic sum would add them all."""


def _squares_value(first: int, last: int) -> float:
    """Return the sum of j^-2 over first <= j <= last: term by term, then by Euler and Maclaurin."""
    start = min(max(first, 64), last + 1)
    total = math.fsum(1 / j**2 for j in range(first, start))
    if start > last:
        return total
    # the integral, half of both ends, and derivatives up to the fifth: off by less than 1e-17
    total += (last - start) / (start * last) + (start**-2 + last**-2) / 2
    for divisor, power in ((6, 3), (-30, 5), (42, 7)):
        total += (float(start) ** -power - float(last) ** -power) / divisor
    return total


def _cancels(part: sp.Basic) -> bool:
    """Return whether `part` is a sum of fractions of counts, to be one fraction of integers."""
    return bool(part.is_Add and part.free_symbols <= {n, k} and part.is_rational_function())


@lru_cache(maxsize=256)
def _compiled(expr: sp.Expr) -> tuple[tuple[str, ...], Callable[..., float]]:
    """Return the parameter names that `expr` needs and a function of them, in that order."""
    explicit = expr.xreplace(definitions).replace(_cancels, lambda part: sp.together(part.doit()))
    explicit = explicit.replace(sp.log, lambda x: sp.expand_log(sp.log(x)))  # cannot overflow
    used = {name: s for name, s in vars(symbols).items() if s in explicit.free_symbols}
    explicit = explicit.replace(_squares, _Squares(_rest, _last))
    functions = {"LambertW": lambda *at: lambertw(*at).real, "_Squares": _squares_value}
    return tuple(used), sp.lambdify(list(used.values()), explicit, modules=[functions, "math"])


def _checked(name: str, number: float) -> float:
    """Return `number` as an int or a float, as the assumptions on the symbol ask, or refuse it."""
    if name not in vars(symbols):
        raise ValueError(f"unknown parameter {shown(name)}: known are {', '.join(vars(symbols))}")
    symbol = getattr(symbols, name)
    if symbol.is_integer:
        return check_count(name, number)
    if name in ("gamma", "delta", "delta_2", "tau", "tv"):
        high = "1)" if name == "gamma" else "1]"
        return check_number(name, number, ("(0, " if symbol.is_positive else "[0, ") + high)
    return check_number(name, number, "(0, 1e100]" if symbol.is_positive else "[0, 1e100]")
