"""Hooks of MkDocs: pages made from the files at the top of the repository, and links that work in both places.

GitHub shows README.md and docs/ as they are, so every link in them is relative to the file. On the site the README is
the home page, and files outside of docs/ are no pages.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path, PurePosixPath

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

#: Page of the site -> the file of the repository that it is made from.
SOURCES = {"index.md": "README.md", "changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
_PAGES = {source: page for page, source in SOURCES.items()}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)\s#]+)(#[^)\s]*)?(?=\))")
_IMAGE = re.compile(r'(?<= src=")(?!\w+:)[^"]+(?=")|(?<= srcset=")(?!\w+:)[^"]+(?=")')
_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Link the repository, whose address only pyproject.toml has."""
    repository = source_address(Path(config.docs_dir).parent)
    config.extra["repository"] = repository
    config.extra["social"] = [{"icon": "fontawesome/brands/git-alt", "link": repository, "name": "Source code"}]
    return config


def source_address(root: Path) -> str:
    """Return the address of the repository."""
    with (root / "pyproject.toml").open("rb") as file:
        address = tomllib.load(file)["project"]["urls"]["Source"]
    return str(address)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from files outside of docs/."""
    root = Path(config.docs_dir).parent
    for page, source in SOURCES.items():
        content = (root / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Rewrite the relative links of one page for the site."""
    uri = page.file.src_uri
    source = SOURCES.get(uri, f"docs/{uri}")
    if uri == "index.md":
        # The home page has no neighbors, and Pulumi's output needs the width.
        page.meta["hide"] = ["navigation"]
    return rewrite(markdown, source, uri, config.extra["repository"], page.url)


def rewrite(markdown: str, source: str, page: str, repository: str, url: str = "") -> str:
    """Rewrite the links of a Markdown text, which are relative to a file of the repository.

    :param source: that file, from the top of the repository.
    :param page: its page, from the top of the site.
    :param repository: the address of the repository, for files that are no pages.
    :param url: the folder of the page on the site, for images in HTML: MkDocs moves only those in Markdown.
    """
    # Every second part is a block of code, which stays as it is.
    parts = _FENCE.split(markdown)
    for number in range(0, len(parts), 2):
        linked = _LINK.sub(lambda link: _target(link, source, page, repository), parts[number])
        parts[number] = _IMAGE.sub(lambda image: _image(image[0], source, url), linked)
    return "".join(parts)


def _image(path: str, source: str, url: str) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path)).removeprefix("docs/")
    return posixpath.relpath(target, url or ".")


def _target(link: re.Match[str], source: str, page: str, repository: str) -> str:
    path, anchor = link[1], link[2] or ""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if target in _PAGES:
        target = _PAGES[target]
    elif target.startswith("docs/"):
        target = target.removeprefix("docs/")
    else:
        return f"{repository}/blob/main/{target}{anchor}"
    return posixpath.relpath(target, PurePosixPath(page).parent) + anchor
