"""What the page of corrections quotes: formulas from their expressions, numbers from the checks.

That page has no code of its own; the claims chapter publishes these under the names given here.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from sympy import Expr, Symbol, evaluate

from ssq_book.claims.page import display
from ssq_book.claims.verdict import CHECKS
from ssq_core import bounds

_DELTA = r"\hat Q_k^*(s_g, F_{s_\Delta}, a_g)"
_OTHER = r"\hat Q_{k'}^*(s_g, F_{s_{\Delta'}}, a_g)"
_ALL = r"\hat Q_n^*(s_g, F_{s_{[n]}}, a_g)"
_GAP = r"V^{\pi^*}(s) - V^{\tilde\pi}(s) \le "
_LOSS = r"\zeta(s, \Delta) \le "
_MEAN_LOSS = r"\mathbb E\,\zeta(s, \Delta) \le "
_SECOND = r"+ \frac{\tilde{r}}{1 - \gamma}"  # the second term of Lemma D.4
MAX_LENGTH = 270  # characters of a formula that stands on one line


def formulas() -> dict[str, str]:
    """Return the displayed formulas as HTML, by name."""
    smaller = {bounds.k: Symbol(r"\min(k, k')", positive=True)}
    radius = {bounds.tv: Symbol(r"\mathrm{tv}_\delta", nonnegative=True)}  # the radius of E for TV
    with evaluate(False):  # the expressions keep the form in which they were written
        any_two, ahead = (e.xreplace(smaller) for e in (bounds.L4_any, bounds.L4_ahead))
        values, loss = (e.xreplace(radius) for e in (bounds.L4, bounds.L4_loss))
    found = {
        "theorem-3-2": (bounds.theorem_3_2, _GAP),
        "theorem-4-2": (bounds.theorem_4_2, rf"\bigl|{_DELTA} - {_OTHER}\bigr| \le "),
        "theorem-4-4": (bounds.theorem_4_4, _LOSS),
        "theorem-C-6": (bounds.theorem_C_6, rf"\bigl|{_DELTA} - {_ALL}\bigr| \le "),
        "lemma-D-4": (bounds.lemma_D_4, _MEAN_LOSS),
        "equation-13": (bounds.equation_13, r"\mathrm{TV}(F_{s_\Delta}, F_{s_{[n]}}) \le "),
        "L3": (bounds.L3, r"0 \le \hat Q_k^*(s_g, F, a_g) - Q_\infty^*(s_g, F, a_g) \le "),
        "L4": (bounds.L4, rf"\bigl|{_DELTA} - {_ALL}\bigr| \le "),
        "L4-any": (any_two, rf"\bigl|{_DELTA} - {_OTHER}\bigr| \le "),
        "L4-ahead": (ahead, r"\bigl|\mathbb E\,\hat Q_k^T - \mathbb E\,\hat Q_{k'}^T\bigr| \le "),
        "L5": (bounds.L5, _GAP),
        "L5-rewards": (bounds.L5_rewards, _GAP),
        "L6": (bounds.L6, r"\mathbb E_\Delta\bigl[V^{\pi^*}(s) - V^{\pi_\Delta}(s)\bigr] \le "),
        "C-6-corrected": (values, rf"\bigl|{_DELTA} - {_ALL}\bigr| \le "),
        "4-4-corrected": (loss, _LOSS),
        "D-4-corrected": (bounds.L4_mean, _MEAN_LOSS),
        "tv-union": (bounds.tv_union, r"\mathrm{(i)}\quad "),
        "tv-martingale": (bounds.tv_martingale, r"\mathrm{(ii)}\quad "),
        "tv-complement": (bounds.tv_complement, r"\mathrm{(iii)}\quad "),
    }
    short = {"alpha": bounds.alpha, "sigma": bounds.sigma, "theta": bounds.theta}
    for name, symbol in short.items():
        found[name] = (bounds.definitions[symbol], f"{bounds.latex(symbol)} = ")
    return {name: _shown(expr, left) for name, (expr, left) in found.items()}


def _shown(expr: Expr, left: str) -> str:
    """Return a bound as a displayed formula, broken into lines where it is too long for one."""
    right = bounds.latex(expr)
    if len(line := display(left + right)) <= MAX_LENGTH:
        return line
    side = left.removesuffix(r"\le ")
    right = right.replace(_SECOND, rf" \\ & \qquad {_SECOND}")
    return display(rf"\begin{{aligned}} & {side} \\ & \quad \le {right} \end{{aligned}}")


@cache
def quoted() -> dict[str, dict[str, str]]:
    """Return by statement the names of numbers on the page, and in the evidence of its check."""
    return tomllib.loads((files(__package__) / "quoted.toml").read_text("utf-8"))


def numbers() -> Iterator[tuple[str, float | str]]:
    """Yield names such as "lemma-B.9-left" and numbers; fractions as text, "3/64"."""
    for identity, names in quoted().items():
        evidence = CHECKS[identity]().evidence
        for name, key in names.items():
            value = evidence[key]
            yield f"{identity}-{name}", value if isinstance(value, int | float) else str(value)
