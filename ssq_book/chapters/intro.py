"""The first page's picture of the algorithm."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ssq_book import style

SHAPES = "os^"  # of local states
STATES = (0, 1, 2, 1, 0, 2, 1, 1)  # of eight agents in the picture
SAMPLED = (1, 4, 6)


def pipeline(gaps: pd.DataFrame) -> Figure:
    """Draw agents, a sample, its histogram, the table and an action, for the n of stored gaps."""
    n, k = int(gaps.n1[0] + gaps.n2[0]), len(SAMPLED)
    fig, ax = style.figure(width=5.6, height=2.3)
    ax.set(xlim=(-0.5, 12.7), ylim=(-1.6, 3.5), aspect="equal")
    ax.set_axis_off()

    def agent(x: float, y: float, i: int) -> None:
        lit = i in SAMPLED
        colour = style.PALETTE[1] if lit else "0.75"
        ax.plot(x, y, SHAPES[STATES[i]], ms=11 if lit else 9, color=colour, mec="0.3", mew=lit)

    for i in range(n):
        agent(i % 2, 3 - i // 2, i)
    for place, i in enumerate(SAMPLED):
        agent(3.2, 2.5 - place, i)
    counts = np.bincount([STATES[i] for i in SAMPLED], minlength=len(SHAPES))
    for state, count in enumerate(counts):
        ax.bar(5.2 + 0.6 * state, count, width=0.45, bottom=0.4, color=style.PALETTE[1])
        ax.plot(5.2 + 0.6 * state, 0, SHAPES[state], ms=7, color="0.45")
    for row in range(4):
        here = row == 1
        for column in range(3):
            colour = style.PALETTE[0] if here and column == 0 else "0.8" if here else "0.93"
            where = (8.0 + 0.6 * column, 2.4 - 0.75 * row)
            ax.add_patch(Rectangle(where, 0.6, 0.75, facecolor=colour, edgecolor="0.5"))
    names = f"$n = {n}$\nagents", f"sample\nof $k = {k}$", "histo-\ngram", "table", "action:\nlower"
    for x, name in zip((0.5, 3.2, 5.8, 8.9, 11.8), names, strict=True):
        ax.text(x, -0.6, name, ha="center", va="top", fontsize=11)
    for x in (1.6, 3.9, 7.1, 10.2):
        ax.annotate("", (x + 0.75, 1.5), (x, 1.5), arrowprops={"arrowstyle": "->", "color": "0.45"})
    down = {"arrowstyle": "-|>", "lw": 4, "color": style.PALETTE[0]}
    ax.annotate("", (11.8, 0.7), (11.8, 2.3), arrowprops=down)
    return fig
