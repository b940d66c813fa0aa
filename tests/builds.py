"""What two builds of the book say differently: `python -m tests.builds ONE/html OTHER/html`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# Times, and the memory that was free, are of the machine and the moment.
OF_THE_MOMENT = {
    "notebooks/demand_response.html": "seconds of a solution",
    "notebooks/demand_response_scale.html": "bytes available in what is refused",
    "notebooks/execution.html": "times of a step, and their figure",
    "notebooks/performance.html": "times, and bytes available",
}
TAG, NUMBER, IMAGE = (
    re.compile(r"<[^>]*>"),
    re.compile(r"\d[\d.,:e-]*"),
    re.compile(r"_images/[^\"]+"),
)


def pictures(html: Path, page: str) -> dict[str, bytes]:
    """Return the figures of a page, by name, which tells their content as well."""
    names = sorted(set(IMAGE.findall((html / page).read_text())))
    return {name: (html / name).read_bytes() for name in names}


def differences(one: Path, other: Path, pages: list[str]) -> list[str]:
    """Return how two builds differ, a line each: bytes of pages and figures, timed ones in words.

    A page that shows times must have the same words around them, and as many figures.
    """
    found = []
    for page in pages:
        first, second = ((html / page).read_text() for html in (one, other))
        timed = page in OF_THE_MOMENT
        if timed:
            first, second = (NUMBER.sub("#", TAG.sub("", text)) for text in (first, second))
        if first != second:
            found.append(f"{page}: {'words' if timed else 'content'}")
        mine, theirs = pictures(one, page), pictures(other, page)
        if len(mine) != len(theirs) or (not timed and mine != theirs):
            found.append(f"{page}: figures")
    return found


def pages(html: Path) -> list[str]:
    """Return the pages of a build."""
    return sorted(str(path.relative_to(html)) for path in html.rglob("*.html"))


if __name__ == "__main__":
    built = [Path(folder) for folder in sys.argv[1:3]]
    assert pages(built[0]) == pages(built[1]), "not the same pages"
    lines = differences(*built, pages(built[0]))
    figures = {n for page in pages(built[0]) for n in pictures(built[0], page)}
    print(f"{len(pages(built[0]))} pages, {len(figures)} figures, {len(lines)} differences")
    sys.exit("\n".join(lines) or 0)
