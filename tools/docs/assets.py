"""Checks that the built site fetches nothing from other servers: ``python -m tools.docs.assets site``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

#: The attributes, by tag, whose URL a browser fetches without a click.
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
#: Relations of `<link>` that a browser does not fetch.
_NOT_FETCHED = {"canonical", "next", "prev", "alternate", "edit"}
_OTHER_SERVER = re.compile(r"^\s*(?:\w+:)?//", re.IGNORECASE)
_CSS = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:\w+:)?//[^"')\s]+)""", re.IGNORECASE)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record each address on another server that a browser would fetch."""
        attributes = {name: value or "" for name, value in attrs}
        fetched = [attributes[name] for name in _FETCHED.get(tag, ()) if name in attributes]
        if tag == "link" and not _NOT_FETCHED & set(attributes.get("rel", "").split()):
            fetched.append(attributes.get("href", ""))
        self.addresses += [address for address in fetched if _OTHER_SERVER.match(address)]


def external_fetches(site: Path) -> Iterator[str]:
    """Yield each page or style sheet that fetches from another server, with the address."""
    for page in sorted(site.rglob("*.html")):
        parser = _Page()
        text = page.read_text(encoding="utf-8")
        parser.feed(text)
        for address in [*parser.addresses, *_CSS.findall(text)]:
            yield f"{page.relative_to(site)}: {address}"
    for sheet in sorted(site.rglob("*.css")):
        for address in _CSS.findall(sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)}: {address}"


def main(site: Path) -> int:
    """Print each fetch from another server. Return 1 if there is one."""
    if not (site / "index.html").is_file():
        print(f"error: {site} is no built site. Run `make docs` first.", file=sys.stderr)
        return 1
    findings = list(external_fetches(site))
    for line in findings:
        print(f"error: {line}: the page must not fetch from another server", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
