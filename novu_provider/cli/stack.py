"""A Pulumi stack seen from outside of its program: its configuration, read and written, and its state.

Everything is done by the Pulumi CLI: it alone knows backends, secrets and the form of a stack's file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from novu_provider.errors import SettingsError

_NAMESPACE = "novu:"

#: Settings that are paths, seen from the project's directory.
_PATHS = ("caBundle", "manifest")

#: The most bytes of the values of one command: below the shortest command line of the systems that Pulumi runs on.
_COMMAND = 24_000
#: The most bytes of one value: Linux takes no longer argument.
_LONGEST = 100_000

#: A path inside a setting, such as ``("workflows", "welcome", "active")``.
ConfigPath = tuple[str, ...]


@dataclass(frozen=True)
class StackName:
    """A stack by its name, None for the selected one, and the directory of its project."""

    name: str | None
    cwd: Path

    def __str__(self) -> str:
        return f"the stack {self.name!r}" if self.name else "the selected stack"

    def run(self, *arguments: str) -> str:
        """Run one of Pulumi's commands on the stack and give what it prints.

        :raises SettingsError: there is no Pulumi CLI, or it refuses.
        """
        pulumi = shutil.which("pulumi")
        if pulumi is None:
            raise SettingsError(
                "there is no command pulumi to read the stack's configuration with.",
                why="The Pulumi CLI is not installed here, or not on PATH.",
                fix="Install the Pulumi CLI or put it on PATH, or give the settings as options and variables.",
            )
        named = ["--stack", self.name] if self.name else []
        command = [pulumi, *arguments, "--non-interactive", "--cwd", str(self.cwd), *named]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell; the user's own arguments
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().removeprefix("error: ")
            raise SettingsError(
                f"`pulumi {arguments[0]}` fails for {self}: {said or f'it ended with {done.returncode}'}",
                why="No stack of this name is in the project's backend, or its secrets cannot be decrypted here.",
                fix="Look at `pulumi stack ls`; set PULUMI_CONFIG_PASSPHRASE where the stack needs it.",
            )
        return done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class Configuration:
    """A stack's settings by their names without the namespace, secrets decrypted, and which have secrets in them."""

    values: Mapping[str, Any]
    secret: frozenset[str]


def configuration(stack: str | None, cwd: Path) -> dict[str, Any]:
    """Give a stack's settings by their names without the namespace, secrets decrypted.

    :param stack: its name; None for the selected one.
    :param cwd: the project's directory.
    :raises SettingsError: there is no Pulumi CLI, or it refuses.
    """
    return dict(read(StackName(stack, cwd)).values)


def read(stack: StackName) -> Configuration:
    """Read a stack's settings.

    :raises SettingsError: there is no Pulumi CLI, or it refuses.
    """
    found = json.loads(stack.run("config", "--json", "--show-secrets"))
    entries = {key.removeprefix(_NAMESPACE): entry for key, entry in found.items() if key.startswith(_NAMESPACE)}
    values = {name: entry.get("objectValue", entry.get("value")) for name, entry in entries.items()}
    paths = {name: str(stack.cwd / values[name]) for name in _PATHS if values.get(name)}
    return Configuration(values | paths, frozenset(name for name, entry in entries.items() if entry.get("secret")))


def resources(stack: StackName) -> list[dict[str, Any]]:
    """Give the resources in a stack's state, secrets encrypted.

    :raises SettingsError: there is no Pulumi CLI, or it refuses.
    """
    found = json.loads(stack.run("stack", "export"))
    return list((found.get("deployment") or {}).get("resources") or ())


def write(stack: StackName, values: Mapping[ConfigPath, Any]) -> None:
    """Write values into a stack's configuration, each at its path; all else stays as it is, comments included.

    Types survive: a text `"2026"` stays a text, which `pulumi config set` makes a number of.

    :param values: only such as :func:`unwritable` has nothing against.
    :raises SettingsError: there is no Pulumi CLI, or it refuses.
    """
    for part in _parts({_key(path): _entry(value) for path, value in values.items()}):
        stack.run("config", "set-all", "--json", json.dumps(part))


def unwritable(path: ConfigPath, value: Any) -> str | None:
    """Say why a value cannot be written at a path by Pulumi's commands, None where it can."""
    if any(":" in part or "\\" in part or not part for part in path):
        return "Pulumi's command line takes no key that is empty or has a colon or a backslash"
    if path[-1] == "secure" or _looks_encrypted(value):
        return "Pulumi takes an object with the key `secure` for an encrypted value"
    if len(json.dumps(_entry(value))) > _LONGEST:
        return f"it is longer than {_LONGEST:,} bytes, which no command line takes"
    return None


def _key(path: ConfigPath) -> str:
    head, *rest = path
    return _NAMESPACE + head + "".join('["{}"]'.format(part.replace('"', '\\"')) for part in rest)


def _entry(value: Any) -> dict[str, Any]:
    # Whether there is an `objectValue` tells Pulumi to read `value` as JSON; its own value is not read.
    return {"value": json.dumps(value), "objectValue": {}, "secret": False}


def _parts(entries: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    part: dict[str, Any] = {}
    size = 0
    for key, entry in entries.items():
        cost = len(json.dumps({key: entry}))
        if part and size + cost > _COMMAND:
            yield part
            part, size = {}, 0
        part[key] = entry
        size += cost
    if part:
        yield part


def _looks_encrypted(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "secure" in value or any(_looks_encrypted(one) for one in value.values())
    return isinstance(value, list) and any(_looks_encrypted(one) for one in value)
