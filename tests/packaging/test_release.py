"""The checks that only a release runs."""

from __future__ import annotations

import re

import pytest

from tools.dist import release
from tools.dist.errors import DistError

_CHANGELOG = """# Changelog

## 0.2.0 - 2026-05-01

### Added
- Something.

## 0.2.0.dev1
- Too early.

## [0.1.0] (unreleased)

- The first.
"""


def test_the_tag_is_v_and_the_version() -> None:
    release.check_tag("v0.2.0", "0.2.0")


@pytest.mark.parametrize("tag", ["0.2.0", "v0.2.1", "v0.2.0-rc1"])
def test_another_tag_is_refused(tag: str) -> None:
    with pytest.raises(DistError, match=re.escape("does not name the version 0.2.0")):
        release.check_tag(tag, "0.2.0")


def test_the_notes_are_the_section_of_the_version() -> None:
    assert release.notes(_CHANGELOG, "0.2.0") == "### Added\n- Something.\n"
    assert release.notes(_CHANGELOG, "0.2.0.dev1") == "- Too early.\n"


def test_a_version_without_a_section_is_refused() -> None:
    with pytest.raises(DistError, match=re.escape("no section of the version 0.3.0")):
        release.notes(_CHANGELOG, "0.3.0")


def test_an_unreleased_section_is_refused() -> None:
    with pytest.raises(DistError, match=re.escape("marks the version 0.1.0 as unreleased")):
        release.notes(_CHANGELOG, "0.1.0")


def test_an_address_with_the_placeholder_is_refused() -> None:
    release.check_addresses(["Source, https://github.com/somebody/novu-provider"])
    with pytest.raises(DistError, match=re.escape("https://github.com/OWNER/novu-provider/issues is a placeholder")):
        release.check_addresses(["Issues, https://github.com/OWNER/novu-provider/issues"])
