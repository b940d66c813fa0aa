"""The public pictures' numbers on the page of reproduction are those that the figures draw."""

import re

from ssq_book.chapters.demand_response.policies import PUBLIC_GAPS
from ssq_book.chapters.demand_response_scale.returns import PUBLIC_REWARDS
from ssq_book.chapters.performance.measurements import PUBLIC_SECONDS
from ssq_book.chapters.queueing.tables import PICTURE
from ssq_book.studies.sources import ROOT


def test_the_public_pictures_have_the_same_numbers_on_the_page_and_in_the_figures() -> None:
    text = (ROOT / "book" / "reproduction.md").read_text("utf-8")
    found: list[dict[int, float]] = []
    for line in text.splitlines():
        if line.startswith("| *k* |"):
            found.append({})
        elif row := re.match(r"\| (\d+) \| ([\d.]+) \|", line):
            found[-1][int(row[1])] = float(row[2])
    assert found == [PUBLIC_SECONDS, PUBLIC_GAPS, PUBLIC_REWARDS, PICTURE]
