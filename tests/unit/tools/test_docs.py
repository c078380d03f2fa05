"""Every file, heading, setting, command, option and make target that the documentation names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from novu_provider.cli import main, project_files
from novu_provider.settings import VARIABLES, Settings
from tools.docs import ROOT, pages

_ALL = sorted({*pages(), *(ROOT / "docs").rglob("*.md")})
_NAMES = [str(page.relative_to(ROOT)) for page in _ALL]
_FENCE = re.compile(r"^ *```.*?^ *```|^    .*?$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_IMAGE = re.compile(r' src(?:set)?="([^":]+)"')
_SETTING = re.compile(r"(?<![\w/])novu:([a-z]\w*)(?!\w|:)")
_CODE = re.compile(r"^ *```.*?\n(.*?)^ *```|^    (.*?)$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


@pytest.fixture(params=_ALL, ids=_NAMES)
def page(request: pytest.FixtureRequest) -> Path:
    path = request.param
    assert isinstance(path, Path)
    return path


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


_SETTINGS = {_camel(field.name) for field in fields(Settings)} | {"region"}


def _anchors(markdown: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MkDocs create them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", markdown), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings]
    return {re.sub(r"[ -]+", "-", heading) for heading in plain}


def test_every_link_target_exists(page: Path) -> None:
    for path, anchor in _LINK.findall(_FENCE.sub("", _text(page))):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.relative_to(ROOT)} links to {path}, which does not exist"
        if anchor and target.name != "command-options.md":
            assert anchor in _anchors(_text(target)), f"{page.relative_to(ROOT)} links to {path}#{anchor}: no heading"


def test_every_image_exists(page: Path) -> None:
    for path in _IMAGE.findall(_FENCE.sub("", _text(page))):
        assert (page.parent / path).is_file(), f"{page.relative_to(ROOT)} shows {path}, which does not exist"


def test_there_are_no_conflict_markers(page: Path) -> None:
    assert not re.search(r"^(<<<<<<<|=======|>>>>>>>)", _text(page), re.MULTILINE)


def test_every_setting_exists(page: Path) -> None:
    unknown = set(_SETTING.findall(_text(page))) - _SETTINGS
    assert not unknown, f"{page.relative_to(ROOT)} names the settings {sorted(unknown)}, which do not exist"


def test_the_settings_page_has_every_setting_and_its_variable() -> None:
    text = _text(ROOT / "docs" / "reference" / "settings.md")
    rows = dict(re.findall(r"^\| `novu:(\w+)`[^|]*\|(.*)\|$", text, re.MULTILINE))
    assert set(rows) == _SETTINGS
    assert all(f"`{variable}`" in rows[key] for key, variable in VARIABLES.items())


def _commands(page: Path) -> Iterator[list[str]]:
    """Yield the words after `novu-provider` in each command of a page."""
    for groups in _CODE.findall(_text(page)):
        for line in "".join(groups).replace("\\\n", " ").split("\n"):
            if match := re.search(r"(?:^|[\s/])novu-provider((?: [^\s;|#]+)+)", line):
                yield match[1].split()


def test_every_command_exists_with_its_options(page: Path) -> None:
    for words in _commands(page):
        command: click.Command = main
        context = click.Context(main)
        for word in [*words]:
            if not isinstance(command, click.Group) or word.startswith(("-", "<")):
                break
            subcommand = command.get_command(context, word)
            assert subcommand is not None, f"{page.relative_to(ROOT)}: there is no command novu-provider {word}"
            command = subcommand
        known_options = {option for parameter in command.params for option in parameter.opts} | {"--help", "--version"}
        own_words = words[: words.index("--")] if "--" in words else words
        used_options = {word.partition("=")[0] for word in own_words if re.match(r"--?[a-z]", word)}
        assert used_options <= known_options, (
            f"{page.relative_to(ROOT)}: novu-provider {' '.join(words)}: no such option"
        )


def test_every_target_of_make_exists(page: Path) -> None:
    makefile = _text(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    code = "\n".join("".join(groups) for groups in _CODE.findall(_text(page)))
    for words in re.findall(r"^ *make((?: [a-z-]+)+)", code, re.MULTILINE):
        assert set(words.split()) <= targets, f"{page.relative_to(ROOT)} names make{words}"


def test_readme_and_first_page_have_the_same_program() -> None:
    """Readers paste both. `novu-provider init` writes the same program."""
    texts = [_text(ROOT / name) for name in ("README.md", "docs/get-started.md")]
    programs = [re.findall(r"^```python\n(import pulumi\n.*?)^```", text, re.MULTILINE | re.DOTALL) for text in texts]
    assert programs[0] == programs[1]
    written = ast.parse(project_files.template()["__main__.py"]).body
    assert [ast.dump(part) for part in written[1:]] == [ast.dump(part) for part in ast.parse(programs[0][0]).body]
    assert all(project_files.REPOSITORY in text for text in texts)
