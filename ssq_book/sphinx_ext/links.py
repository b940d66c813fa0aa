"""Whether every link of the built book leads somewhere: to a file in it, and to an id on its page.

Links to other hosts are not followed; they must be whole addresses.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

TARGETS = ("href", "src")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in TARGETS and value is not None:
                self.links.append(value)


def _read(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


def broken(html: Path, pages: Iterable[str]) -> list[str]:
    """Return what is wrong with the links, images and scripts of the pages, one line for each."""
    read = cache(_read)
    faults = []
    for page in pages:
        for link in dict.fromkeys(read(html / f"{page}.html").links):
            try:
                fault = _fault(html, f"{page}.html", link, read)
            except ValueError as error:  # an address that cannot be taken apart
                fault = str(error)
            if fault:
                faults.append(f"{page}: {link!r}: {fault}")
    return faults


def _fault(html: Path, page: str, link: str, read: Callable[[Path], _Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme in ("data", "mailto"):
        return ""
    if parts.scheme or parts.netloc:
        whole = parts.scheme in ("http", "https") and parts.hostname and " " not in link
        return "" if whole else "is no address"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    path = path if parts.path else page
    if path.startswith("../") or not (html / path).is_file():
        return "there is no such file in the book"
    if parts.fragment and path.endswith(".html"):
        known = unquote(parts.fragment) in read(html / path).ids
        return "" if known else "the page has no such id"
    return ""
