"""Hooks of MkDocs: add pages from files in the root of the repository, and rewrite links for the site.

GitHub shows README.md and docs/ without changes, so each link is relative to its file. On the site, README.md is the
home page, and most files outside docs/ have no page.
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

#: The source file of each page that is outside docs/.
SOURCES = {"index.md": "README.md", "changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
_PAGES = {source: page for page, source in SOURCES.items()}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)\s#]+)(#[^)\s]*)?(?=\))")
_IMAGE = re.compile(r'(?<= src=")(?!\w+:)[^"]+(?=")|(?<= srcset=")(?!\w+:)[^"]+(?=")')
_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set the link to the repository. Only pyproject.toml contains its address."""
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
    """Add the pages whose source is outside docs/."""
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
        # The home page has no previous or next page, and Pulumi's output needs the width.
        page.meta["hide"] = ["navigation"]
    return rewrite(markdown, source, uri, config.extra["repository"], page.url)


def rewrite(markdown: str, source: str, page: str, repository: str, url: str = "") -> str:
    """Rewrite the links of a Markdown text, which are relative to a file of the repository.

    :param source: path of that file in the repository.
    :param page: path of its page in the site.
    :param repository: address of the repository, for files without a page.
    :param url: folder of the page on the site, for images in HTML. MkDocs itself rewrites only images in Markdown.
    """
    # Every second part is a code block, which must not change.
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
