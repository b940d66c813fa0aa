"""Figures of the chapter on performance: Figure 1a of the paper, peers, and growth."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style

# name of a curve in Figure 1a: (colour of the palette, line, marker)
_CURVES = {
    "printed algorithm, tuples (extrapolated)": (3, "--", "s"),
    "printed algorithm, histograms (extrapolated)": (1, "--", "D"),
    "public picture": (7, ":", "x"),
    "Algorithm 1, this library": (0, "-", "o"),
    "exact, this library": (2, "-", "^"),
}
_SOLVERS = ("ssq", "quantecon", "mdpsolver")
_METHODS = {"": ("-", "o"), "mpi": ("--", "s"), "pi": (":", "^"), "vi": ("-.", "D")}
_LABELS = {
    "k": "sampled agents $k$",
    "states": "number of local states",
    "m": "samples per update $m$",
    "n": "agents $n$",
}


def learning_time(curves: Mapping[str, pd.Series]) -> Figure:
    """Plot the seconds to learn against k, Figure 1a, of the names in _CURVES."""
    fig, ax = style.figure(height=5.0)
    for name, values in curves.items():
        colour, line, marker = _CURVES[name]
        look = {"linestyle": line, "marker": marker, "color": style.PALETTE[colour]}
        ax.plot(values, label=name, **look)
    for length, name in ((3600, "an hour"), (3.156e7, "a year")):
        ax.axhline(length, color="0.6", linewidth=0.8, zorder=0)
        ax.annotate(name, (8, length), va="bottom", ha="right", color="0.4", fontsize=10)
    ax.set(yscale="log", xlabel=_LABELS["k"], ylabel="time to learn (seconds)")
    style.legend_below(ax, ncols=1)
    return fig


def solver_times(totals: pd.DataFrame) -> Figure:
    """Plot the seconds of every exact solver against k; rows of `totals` are solvers, columns k."""
    fig, ax = style.figure(height=4.6)
    for contender, seconds in totals.iterrows():
        solver, _, method = str(contender).partition(" ")
        colour, (line, marker) = style.PALETTE[_SOLVERS.index(solver)], _METHODS[method]
        ax.plot(seconds, line, marker=marker, ms=5, color=colour, label=contender)
    ax.set(yscale="log", xlabel=_LABELS["k"], ylabel="seconds, set-up included")
    ax.set_xticks(totals.columns.tolist())
    style.legend_below(ax)
    return fig


def growth(panels: Mapping[str, pd.DataFrame], exponents: pd.DataFrame) -> Figure:
    """Plot time against what varies, one panel each, beside the growth of the predicted work."""
    fig, axes = style.panels(2, 2, height=5.2)
    known = exponents.set_index("varies")
    for ax, (name, rows) in zip(axes.flat, panels.items(), strict=True):
        x, expected = rows[name].tolist(), rows.work * (rows.seconds / rows.work).iloc[-1]
        ax.plot(x, rows.seconds, "o-", color=style.PALETTE[0], label="measured")
        ax.plot(x, expected, ":", color="0.3", label="predicted work")
        fitted, predicted = (round(known[c][name], 1) + 0.0 for c in ("fitted", "predicted"))
        slopes = f"exponent {fitted:.1f}\npredicted {predicted:.1f}"
        ax.annotate(slopes, (0.97, 0.05), xycoords="axes fraction", ha="right", va="bottom")
        ax.set(xscale="log", yscale="log", xlabel=_LABELS[name], ylabel="seconds")
        if name != "n":
            style.plain_numbers(ax.xaxis, x)
        both = pd.concat([rows.seconds, expected])
        ax.set_ylim(both.min() / 3, both.max() * 3)
    axes.flat[0].legend(loc="upper left", fontsize=10)
    return fig
