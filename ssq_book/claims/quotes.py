"""What the page of corrections quotes: formulas from their expressions, numbers from the checks.

That page has no code of its own; the claims chapter publishes these under the names given here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Expr, Symbol, evaluate

from ssq_book.claims.page import display, formula
from ssq_book.claims.verdict import CHECKS
from ssq_core import bounds

_RADIUS = {bounds.tv: Symbol(r"\mathrm{tv}_\delta", nonnegative=True)}  # the radius of E for TV
_SMALLER = {bounds.k: Symbol(r"\min(k, k')", positive=True)}
_DELTA = r"\hat Q_k^*(s_g, F_{s_\Delta}, a_g)"
_OTHER = r"\hat Q_{k'}^*(s_g, F_{s_{\Delta'}}, a_g)"
_ALL = r"\hat Q_n^*(s_g, F_{s_{[n]}}, a_g)"
_FIELD = r"0 \le \hat Q_k^*(s_g, F, a_g) - Q_\infty^*(s_g, F, a_g) \le "
_AHEAD = r"\bigl|\mathbb E\,\hat Q_k^T - \mathbb E\,\hat Q_{k'}^T\bigr| \le "
_GAP = r"V^{\pi^*}(s) - V^{\tilde\pi}(s) \le "
_KEPT = r"\mathbb E_\Delta\bigl[V^{\pi^*}(s) - V^{\pi_\Delta}(s)\bigr] \le "
_LOSS = r"\zeta(s, \Delta) \le "
_MEAN_LOSS = r"\mathbb E\,\zeta(s, \Delta) \le "
_LONG = (
    "theorem-3-2",
    "theorem-4-4",
    "theorem-C-6",
    "lemma-D-4",
    "L4",
    "L4-any",
    "L5",
    "L5-rewards",
)
_SECOND = r"+ \frac{\tilde{r}}{1 - \gamma}"  # the second term of Lemma D.4
_TV = r"\mathrm{TV}(F_{s_\Delta}, F_{s_{[n]}}) \le "


def formulas() -> dict[str, str]:
    """Return the displayed formulas as HTML, by name."""
    with evaluate(False):  # the expressions keep the form in which they were written
        any_two, ahead = (e.xreplace(_SMALLER) for e in (bounds.L4_any, bounds.L4_ahead))
        values, loss = (e.xreplace(_RADIUS) for e in (bounds.L4, bounds.L4_loss))
    found = {
        "theorem-3-2": (bounds.theorem_3_2, _GAP),
        "theorem-4-2": (bounds.theorem_4_2, rf"\bigl|{_DELTA} - {_OTHER}\bigr| \le "),
        "theorem-4-4": (bounds.theorem_4_4, _LOSS),
        "theorem-C-6": (bounds.theorem_C_6, rf"\bigl|{_DELTA} - {_ALL}\bigr| \le "),
        "lemma-D-4": (bounds.lemma_D_4, _MEAN_LOSS),
        "equation-13": (bounds.equation_13, _TV),
        "L3": (bounds.L3, _FIELD),
        "L4": (bounds.L4, rf"\bigl|{_DELTA} - {_ALL}\bigr| \le "),
        "L4-any": (any_two, rf"\bigl|{_DELTA} - {_OTHER}\bigr| \le "),
        "L4-ahead": (ahead, _AHEAD),
        "L5": (bounds.L5, _GAP),
        "L5-rewards": (bounds.L5_rewards, _GAP),
        "L6": (bounds.L6, _KEPT),
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
    return {name: _shown(name, expr, left) for name, (expr, left) in found.items()}


def _shown(name: str, expr: Expr, left: str) -> str:
    """Return a bound as a displayed formula, broken into lines where it is too long for one."""
    if name not in _LONG:
        return formula(expr, left)
    side = left.removesuffix(r"\le ")
    right = bounds.latex(expr).replace(_SECOND, rf" \\ & \qquad {_SECOND}")
    return display(rf"\begin{{aligned}} & {side} \\ & \quad \le {right} \end{{aligned}}")


# by statement: the name under which a number is quoted, and its name in the check's evidence
QUOTED: Mapping[str, Mapping[str, str]] = {
    "theorem-B.2": {"T2": "left at T = 2", "T3": "left at T = 3", "fixed": "left side"},
    "lemma-B.3": {"T3": "left at T = 3", "T4": "left at T = 4"},
    "remark-B.8": {
        "classes": "recurrent classes",
        "watched": "its recurrent classes under a_g = s_1",
    },
    "lemma-B.9": {
        "left": "match: left side",
        "right": "match: right side",
        "coin": "coin: left side",
        "coin-right": "coin: right side",
    },
    "lemma-B.12": {"limit": "limit in match(3/4, 1/2), n = 2, k = 1"},
    "theorem-C.2": {"ratio": "largest ratio to the bound", "ours": "ratio to n exp(-2k eps^2)"},
    "lemma-C.3": {"left": "with replacement", "right": "without"},
    "theorem-C.6": {
        "probability": "absorbing: probability",
        "left": "absorbing: left side",
        "right": "absorbing: right side",
        "corrected": "absorbing: corrected bound",
        "overfit": "overfit: left side",
        "overfit-right": "overfit: right side",
        "positive": "overfit + 1/2: left side",
        "positive-right": "overfit + 1/2: right side",
    },
    "equation-13": {
        "probability": "n=4, |S_l|=2, k=1, delta=0.1: P[TV > radius]",
        "radius": "n=4, |S_l|=2, k=1, delta=0.1: radius",
        "corrected": "n=4, |S_l|=2, k=1, delta=0.1: corrected",
        "four": "n=4, |S_l|=4, k=2, delta=0.1: radius",
        "fifty": "n=50, |S_l|=50, k=25, delta=0.05: radius",
        "fifty-corrected": "n=50, |S_l|=50, k=25, delta=0.05: corrected",
        "large": "n=1000, |S_l|=10, k=100, delta=0.1: P[TV > radius]",
    },
    "lemma-C.7": {"ratio": "largest ratio to the bound", "n": "n up to"},
    "lemma-D.1": {
        "left": "absorbing: left side",
        "right": "absorbing: right side",
        "raised": "tree + 1/2: radius",
    },
    "lemma-D.4": {
        "one": "one Delta: left side",
        "one-right": "one Delta: right side",
        "mean": "mean over Delta, tree: left side",
        "mean-right": "mean over Delta, tree: right side",
        "raised": "mean over Delta, tree + 1/2: left side",
        "raised-right": "mean over Delta, tree + 1/2: right side",
        "corrected": "mean over Delta, tree: corrected bound",
    },
    "lemma-D.5": {
        "tree": "tree: left side",
        "tree-right": "tree: right side",
        "tree-probability": "tree: probability of the loss",
        "tree-promised": "tree: probability promised",
        "raised": "tree + 1/2: left side",
        "raised-right": "tree + 1/2: right side",
        "fork": "fork: left side",
        "fork-right": "fork: right side",
        "fork-probability": "fork: probability of the loss",
        "fork-promised": "fork: probability promised",
    },
    "equation-26": {
        "six": "Eq. 6, largest gap",
        "actions": "Eq. 26, largest gap",
        "fork": "fork: gap of Eq. 26",
        "bound": "fork: bound of Theorem 3.2",
    },
    "figure-1b": {
        "largest-1": "largest gap of the counterexample, k = 1",
        "largest-2": "counterexample, k = 2",
        "mean-1": "mean gap of the counterexample, k = 1",
        "mean-2": "mean gap there, k = 2",
    },
    "theorem-A.20": {
        "error": "error after T",
        "eps": "eps",
        "product": "eta T",
        "least": "printed T suffices for eps from",
    },
}


def numbers() -> Iterator[tuple[str, float | str]]:
    """Yield names such as "lemma-B.9-left" and numbers; fractions as text, "3/64"."""
    for identity, names in QUOTED.items():
        evidence = CHECKS[identity]().evidence
        for name, key in names.items():
            value = evidence[key]
            yield f"{identity}-{name}", value if isinstance(value, int | float) else str(value)
