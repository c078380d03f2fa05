"""What a version must have before it is released: a tag that names it, a section in the changelog, real addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.dist.errors import DistError

#: Stands for the owner of the repository in pyproject.toml until the repository is public.
PLACEHOLDER = "OWNER"
_UNRELEASED = "unreleased"


def check_tag(tag: str, version: str) -> None:
    """Refuse a tag that does not name the version of the package.

    :raises DistError: the tag is not ``v`` and the version.
    """
    if tag != f"v{version}":
        raise DistError(
            f"The tag {tag} does not name the version {version}.",
            "The package takes its version from pyproject.toml.",
            f"Tag the commit with v{version}, or change `version` in pyproject.toml.",
        )


def check_addresses(addresses: Iterable[str]) -> None:
    """Refuse addresses that still have the placeholder.

    :raises DistError: an address has the placeholder in it.
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
    found = re.search(rf"^## \[?{re.escape(version)}\]?(?: (.*))?$", changelog, re.MULTILINE)
    if found is None:
        raise DistError(
            f"CHANGELOG.md has no section of the version {version}.",
            "The section becomes the text of the release.",
            f"Add a section with the heading `## {version} - YYYY-MM-DD`.",
        )
    if _UNRELEASED in (found[1] or "").lower():
        raise DistError(
            f"CHANGELOG.md marks the version {version} as {_UNRELEASED}.",
            "A released version has a date.",
            f"Change the heading to `## {version} - YYYY-MM-DD`.",
        )
    return re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() + "\n"
