"""The built book as one PDF file: every page of `_toc.yml` printed by Chromium, then joined.

Exit status: 0 if written, 2 if there is no Chromium or no built book.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from ssq_core.files import atomic_write

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer"),
    "--virtual-time-budget=60000",  # milliseconds of the page's own clock, for its formulas
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
SECONDS = 120  # for one page


def pages(toc: Path) -> list[str]:
    """Return the names of all pages in reading order: `_toc.yml`'s root, then its chapters."""
    return re.findall(r"^ *(?:root|- file): (\S+)$", toc.read_text(encoding="utf-8"), re.MULTILINE)


def print_page(browser: str, page: Path, target: Path) -> None:
    """Print one HTML file; raises CalledProcessError or TimeoutExpired if Chromium fails."""
    with tempfile.TemporaryDirectory() as profile:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        places = f"--user-data-dir={profile}", f"--print-to-pdf={target}", page.resolve().as_uri()
        command = [browser, *FLAGS, *root, *places]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


def join(parts: Sequence[Path], names: Sequence[str], target: Path) -> int:
    """Join PDF files under one outline entry each, whole or not at all; return the pages."""
    writer = PdfWriter()
    for part, name in zip(parts, names, strict=True):
        writer.append(PdfReader(part), outline_item=name)
    with atomic_write(target) as file:
        writer.write(file)
    return len(writer.pages)


def main() -> int:
    """Write the file and return the exit status."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"pdf: none of {', '.join(BROWSERS)} is installed", file=sys.stderr)
        return 2
    names, output = pages(Path("_toc.yml")), Path("_build", "book.pdf")
    sources = [Path("_build", "html", f"{name}.html") for name in names]
    if missing := [path for path in sources if not path.exists()]:
        print(f"pdf: {missing[0]} is not built; run make book", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder, f"{i:03}.pdf") for i in range(len(sources))]
        for source, part in zip(sources, parts, strict=True):
            print(source, flush=True)
            print_page(browser, source, part)
        count = join(parts, [Path(name).name for name in names], output)
    print(f"{output}: {count} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
