"""The first page: the picture of the algorithm, and a slider whose sentences are the results'."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from ssq_book.chapters import intro
from ssq_book.sphinx_ext import hero

GAPS = pd.DataFrame({"n1": 4, "n2": 4, "k": range(1, 9), "mean": 0.25, "largest": 0.5})
GAPS.loc[7, ["mean", "largest"]] = 0.0, -1e-9
CONSTANT = pd.Series({"loss": 0.125, "value": 34.5})


def test_the_picture_counts_the_sample_that_it_draws() -> None:
    figure = intro.pipeline(GAPS)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    bars = [bar for box in ax.containers for bar in box if isinstance(bar, Rectangle)]
    assert sum(bar.get_height() for bar in bars) == len(intro.SAMPLED)
    assert {"$n = 8$\nagents", "sample\nof $k = 3$"} <= {text.get_text() for text in ax.texts}


def test_the_slider_says_what_is_stored_for_every_k_and_lights_as_many_users() -> None:
    html = hero.widget(GAPS, CONSTANT)
    lines = json.loads(unescape(re.findall(r'data-lines="([^"]+)"', html)[0]))
    assert len(lines) == 8
    rest = "Ignoring all: mean 0.125. The optimum earns 34.50."
    assert lines[1] == f"k = 2 of 8: mean loss 0.250, largest 0.500. {rest}"
    assert lines[7] == f"k = 8 of 8: mean loss 0.000, largest 0.000. {rest}"
    ranks = [int(rank) for rank in re.findall(r'class="user(?: lit)?" data-rank="(.)"', html)]
    assert sorted(ranks) == list(range(8))
    assert html.count('class="user lit"') == hero.FIRST
    assert f"<p>{lines[hero.FIRST - 1]}</p>" in html  # without scripts


def test_the_plot_is_to_scale() -> None:
    svg = hero.plot(GAPS, 0.125)
    heights = [float(y) for y in re.findall(r'cy="([^"]+)" r="4.5" class="mean', svg)]
    (level,) = re.findall(r'class="level" d="M\d+ ([\d.]+)H', svg)
    above = hero.BOTTOM - np.array([*heights, float(level)])
    assert np.allclose(above, above[0] * np.array([*[1] * 7, 0, 0.5]), rtol=0, atol=0.1)
