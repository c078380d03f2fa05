"""Reading the configuration of a Pulumi stack from outside of its program."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from novu_provider.errors import SettingsError

_NAMESPACE = "novu:"

#: Settings that are paths, seen from the project's directory.
_PATHS = ("caBundle", "manifest")


def configuration(stack: str | None, cwd: Path) -> dict[str, Any]:
    """Give a stack's settings by their names without the namespace, secrets decrypted.

    :param stack: its name; None for the selected one.
    :param cwd: the project's directory.
    :raises SettingsError: there is no Pulumi CLI, or it refuses.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise SettingsError(
            "there is no command pulumi to read the stack's configuration with.",
            why="The Pulumi CLI is not installed here, or not on PATH.",
            cure="Install the Pulumi CLI or put it on PATH, or give the settings as options and variables.",
        )
    named = ["--stack", stack] if stack else []
    command = [pulumi, "config", "--json", "--show-secrets", "--non-interactive", "--cwd", str(cwd), *named]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell; the user's own arguments
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("error: ")
        raise SettingsError(
            f"the configuration of the stack cannot be read: {said or f'pulumi ended with {done.returncode}'}",
            why="No stack of this name is in the project's backend, or its secrets cannot be decrypted here.",
            cure="Look at `pulumi stack ls`; set PULUMI_CONFIG_PASSPHRASE where the stack needs it.",
        )
    found = json.loads(done.stdout)
    values = {
        key.removeprefix(_NAMESPACE): entry.get("value", entry.get("objectValue"))
        for key, entry in found.items()
        if key.startswith(_NAMESPACE)
    }
    return values | {name: str(cwd / values[name]) for name in _PATHS if values.get(name)}
