"""Checks before a release: the tag, the section in the changelog, and the project URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.dist.errors import DistError

#: The placeholder in pyproject.toml for the owner of the repository, until the repository is public.
PLACEHOLDER = "OWNER"
_UNRELEASED = "unreleased"


def check_tag(tag: str, version: str) -> None:
    """Check that the tag is ``v`` and the version of the package.

    :raises DistError: it is not.
    """
    if tag != f"v{version}":
        raise DistError(
            f"The tag {tag} does not name the version {version}.",
            "The package takes its version from pyproject.toml.",
            f"Tag the commit with v{version}, or change `version` in pyproject.toml.",
        )


def check_addresses(addresses: Iterable[str]) -> None:
    """Check that no address contains the placeholder.

    :raises DistError: an address contains it.
    """
    unset = [address for address in addresses if PLACEHOLDER in address.split("/")]
    if unset:
        raise DistError(
            f"The address {unset[0].split(', ')[-1]} is a placeholder.",
            "A registry shows the addresses of [project.urls] for as long as the version exists.",
            f"Replace {PLACEHOLDER} in [project.urls] of pyproject.toml.",
        )


def notes(changelog: str, version: str) -> str:
    """Return the changelog's section of a version, without its heading.

    :raises DistError: there is no such section, or it is marked as unreleased.
    """
    heading = re.search(rf"^## \[?{re.escape(version)}\]?(?: (.*))?$", changelog, re.MULTILINE)
    if heading is None:
        raise DistError(
            f"CHANGELOG.md has no section of the version {version}.",
            "The section becomes the text of the release.",
            f"Add a section with the heading `## {version} - YYYY-MM-DD`.",
        )
    if _UNRELEASED in (heading[1] or "").lower():
        raise DistError(
            f"CHANGELOG.md marks the version {version} as {_UNRELEASED}.",
            "A released version has a date.",
            f"Change the heading to `## {version} - YYYY-MM-DD`.",
        )
    return re.split(r"^## ", changelog[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() + "\n"
