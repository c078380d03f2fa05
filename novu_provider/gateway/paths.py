"""Paths of files on the gateway's machine, in a configuration."""

from __future__ import annotations

import re

from novu_provider.errors import SettingsError


def expect_path(path: str) -> str:
    """Return the path, if it is absolute and each character stands for itself in each configuration format.

    :raises SettingsError: the path is relative, or has another character.
    """
    if re.fullmatch(r"/[0-9A-Za-z._/@+-]*", path):
        return path
    raise SettingsError(
        f"the path {path!r} cannot be in the configuration of a gateway.",
        why="It is relative, or it has a character with a meaning for the gateway.",
        fix="Pass an absolute path of letters, digits and `._-/`, for example /etc/nginx/novu.",
        prop="folder",
    )


def join(folder: str, file: str) -> str:
    """Return the path of a file in a folder."""
    return f"{folder.rstrip('/')}/{file}"
