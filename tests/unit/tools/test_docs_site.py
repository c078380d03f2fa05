"""The tools of the site: links, docstrings, and the check for fetches from other servers."""

from __future__ import annotations

from pathlib import Path

import griffe
import pytest

from tools.docs import assets, hooks
from tools.docs.docstrings import Markdown, to_markdown

_REPOSITORY = "https://example.com/repository"


@pytest.mark.parametrize(
    ("link", "source", "page", "target"),
    [
        ("docs/how-to/ci.md", "README.md", "index.md", "how-to/ci.md"),
        ("docs/glossary.md#pulumi", "README.md", "index.md", "glossary.md#pulumi"),
        ("CONTRIBUTING.md", "README.md", "index.md", "contributing.md"),
        ("examples/bridge", "README.md", "index.md", f"{_REPOSITORY}/blob/main/examples/bridge"),
        ("../explanation/security.md", "docs/how-to/ci.md", "how-to/ci.md", "../explanation/security.md"),
        ("../../README.md", "docs/how-to/ci.md", "how-to/ci.md", "../index.md"),
        ("../../LICENSE", "docs/how-to/ci.md", "how-to/ci.md", f"{_REPOSITORY}/blob/main/LICENSE"),
    ],
)
def test_links_of_the_repository_work_on_the_site(link: str, source: str, page: str, target: str) -> None:
    assert hooks.rewrite(f"[a]({link})", source, page, _REPOSITORY) == f"[a]({target})"


@pytest.mark.parametrize(
    ("html", "source", "url", "target"),
    [
        ('<img src="docs/images/a.png" alt="A">', "README.md", "", '<img src="images/a.png" alt="A">'),
        ('<source srcset="../images/a.png">', "docs/how-to/b.md", "how-to/b/", '<source srcset="../../images/a.png">'),
        ('<img src="https://example.com/a.png">', "README.md", "", '<img src="https://example.com/a.png">'),
    ],
)
def test_paths_of_images_in_html_are_relative_to_the_page(html: str, source: str, url: str, target: str) -> None:
    assert hooks.rewrite(html, source, source.removeprefix("docs/"), _REPOSITORY, url) == target


@pytest.mark.parametrize("markdown", ["[a](https://example.com/x.md)", "[a](#here)", "```\n[a](docs/x.md)\n```"])
def test_other_links_and_code_do_not_change(markdown: str) -> None:
    assert hooks.rewrite(markdown, "README.md", "index.md", _REPOSITORY) == markdown


@pytest.mark.parametrize(
    ("docstring", "markdown"),
    [
        ("See :class:`novu_provider.Settings`.", "See [`Settings`][novu_provider.Settings]."),
        ("See :meth:`novu_provider.http.Client.get`.", "See `http.Client.get`."),
        ("``a`` and ``b``", "`a` and `b`"),
        ("An example::\n\n    code", "An example:\n\n    code"),
        ("::\n\n    code", "\n\n    code"),
        (":raises KeyError, TypeError: no.\n", ":raises KeyError: no.\n:raises TypeError: no.\n"),
    ],
)
def test_docstrings_are_converted_to_markdown(docstring: str, markdown: str) -> None:
    assert to_markdown(docstring) == markdown


def test_comments_and_parameters_become_docstrings_of_attributes(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(
        "#: How\n#: many.\nCOUNT = 1\n# Not this.\nOTHER = 2\n\n\n"
        'class Model:\n    """A model.\n\n    :param size: how large\n        it is.\n    """\n\n    size: int\n',
        encoding="utf-8",
    )
    module = griffe.load("sample", search_paths=[tmp_path], extensions=griffe.load_extensions(Markdown))
    docstrings = {name: docstring and docstring.value for name, docstring in _docstrings(module).items()}
    assert docstrings == {"COUNT": "How\nmany.", "OTHER": None, "Model.size": "how large it is.", "Model": "A model."}


def _docstrings(module: griffe.Object | griffe.Alias) -> dict[str, griffe.Docstring | None]:
    model = module["Model"]
    return {
        "COUNT": module["COUNT"].docstring,
        "OTHER": module["OTHER"].docstring,
        "Model": model.docstring,
        "Model.size": model["size"].docstring,
    }


def _site(directory: Path, html: str, css: str = "") -> Path:
    (directory / "index.html").write_text(html, encoding="utf-8")
    (directory / "site.css").write_text(css, encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example.com/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.com/a.css">',
        '<link rel="preconnect" href="https://fonts.example.com">',
        '<img src="http://example.com/a.png">',
        '<div style="background: url(https://example.com/a.png)"></div>',
        "<style>@import 'https://example.com/a.css';</style>",
    ],
)
def test_a_fetch_from_another_server_is_an_error(tmp_path: Path, html: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert assets.main(_site(tmp_path, html)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: index.html: ")
    assert "example.com" in line


def test_a_font_from_another_server_is_an_error(tmp_path: Path) -> None:
    assert assets.main(_site(tmp_path, "", "@font-face { src: url(https://example.com/a.woff2) }")) == 1


def test_links_and_files_of_the_site_are_no_error(tmp_path: Path) -> None:
    html = (
        '<a href="https://novu.co">Novu</a><link rel="canonical" href="https://x.example"><script src="a.js"></script>'
    )
    assert assets.main(_site(tmp_path, html, "a { background: url(a.png) }")) == 0


def test_a_missing_site_is_an_error(tmp_path: Path) -> None:
    assert assets.main(tmp_path) == 1
