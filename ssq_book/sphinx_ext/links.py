"""Whether every link within the built book leads somewhere: to a file in it, and to an id there."""

import os
from collections.abc import Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The ids of a page, and the addresses of its links, images and scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.links += [link for name in ("href", "src") if (link := given.get(name)) is not None]


def broken(html: Path, pages: Iterable[str]) -> list[str]:
    """Return a line for each link of the pages that leads nowhere; other hosts are not asked."""
    read, faults = cache(_Page), []
    for page in pages:
        path = html / f"{page}.html"
        for link in dict.fromkeys(read(path).links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = Path(os.path.normpath(path.parent / unquote(parts.path)))
            target = there if parts.path else path
            if not (target.is_relative_to(html) and target.is_file()):
                faults.append(f"{page}: {link!r}: there is no such file in the book")
            elif target.suffix == ".html" and unquote(parts.fragment) not in read(target).ids | {
                ""
            }:
                faults.append(f"{page}: {link!r}: the page has no such id")
    return faults
