"""Check that the built site asks no other server for anything: ``python -m tools.docs.assets site``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

#: Tag -> the attributes that make a browser fetch something. A link to click is none of them.
_FETCHED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "use": ("href", "xlink:href"),
    "form": ("action",),
}
#: Relations of `<link>` that name a page and fetch nothing.
_NOT_FETCHED = {"canonical", "next", "prev", "alternate", "edit"}
_ELSEWHERE = re.compile(r"^\s*(?:\w+:)?//", re.IGNORECASE)
_CSS = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:\w+:)?//[^"')\s]+)""", re.IGNORECASE)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note each address on another server that the browser would fetch."""
        given = {name: value or "" for name, value in attrs}
        fetched = [given[name] for name in _FETCHED.get(tag, ()) if name in given]
        if tag == "link" and not _NOT_FETCHED & set(given.get("rel", "").split()):
            fetched.append(given.get("href", ""))
        self.found += [address for address in fetched if _ELSEWHERE.match(address)]


def outside(site: Path) -> Iterator[str]:
    """Name each page or style sheet that fetches from another server, with the address."""
    for page in sorted(site.rglob("*.html")):
        parser = _Page()
        text = page.read_text(encoding="utf-8")
        parser.feed(text)
        for address in [*parser.found, *_CSS.findall(text)]:
            yield f"{page.relative_to(site)}: {address}"
    for sheet in sorted(site.rglob("*.css")):
        for address in _CSS.findall(sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)}: {address}"


def main(site: Path) -> int:
    """Print what the site fetches from elsewhere; the status is 1 where there is something."""
    if not (site / "index.html").is_file():
        print(f"error: {site} is no built site. Run `make docs` first.", file=sys.stderr)
        return 1
    found = list(outside(site))
    for line in found:
        print(f"error: {line}: the page must not fetch from another server", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
