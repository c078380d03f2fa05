"""A Pulumi stack without its program: read and write its configuration, and read its state.

The Pulumi CLI does the work, because only it supports all backends, secrets and the format of a stack's file.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from novu_provider.errors import SettingsError

_NAMESPACE = "novu:"

#: Settings that are paths relative to the project directory.
_PATHS = ("caBundle", "manifest")

#: Maximum bytes of the values of one command. Windows has the shortest limit for a command line.
_MAX_COMMAND = 24_000
#: Maximum bytes of one value. Linux limits the length of one argument.
_MAX_VALUE = 100_000

#: A path inside a setting, such as ``("workflows", "welcome", "active")``.
ConfigPath = tuple[str, ...]


@dataclass(frozen=True)
class PulumiStack:
    """A stack: its name (None for the selected stack) and the directory of its project."""

    name: str | None
    cwd: Path

    def __str__(self) -> str:
        return f"the stack {self.name!r}" if self.name else "the selected stack"

    def run(self, *arguments: str) -> str:
        """Run a Pulumi command on the stack and return its output.

        :raises SettingsError: the Pulumi CLI is not installed, or the command fails.
        """
        pulumi = shutil.which("pulumi")
        if pulumi is None:
            raise SettingsError(
                "the command `pulumi`, which reads the stack's configuration, was not found.",
                why="The Pulumi CLI is not installed, or it is not on PATH.",
                fix="Install the Pulumi CLI or add it to PATH, or pass the settings as options and variables.",
            )
        selection = ["--stack", self.name] if self.name else []
        command = [pulumi, *arguments, "--non-interactive", "--cwd", str(self.cwd), *selection]
        result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell; the user's own arguments
        if result.returncode:
            message = result.stderr.decode("utf-8", "replace").strip().removeprefix("error: ")
            raise SettingsError(
                f"`pulumi {arguments[0]}` failed for {self}: {message or f'exit status {result.returncode}'}",
                why="The project's backend has no stack with this name, or its secrets cannot be decrypted here.",
                fix="List the stacks with `pulumi stack ls`. Set PULUMI_CONFIG_PASSPHRASE if the stack needs it.",
            )
        return result.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class Configuration:
    """A stack's settings by name without the namespace, with decrypted secrets, and the names of the secret ones."""

    values: Mapping[str, Any]
    secret: frozenset[str]


def configuration(stack: str | None, cwd: Path) -> dict[str, Any]:
    """Return a stack's settings by name without the namespace, with decrypted secrets.

    :param stack: the name; None for the selected stack.
    :param cwd: the project directory.
    :raises SettingsError: the Pulumi CLI is not installed, or the command fails.
    """
    return dict(read(PulumiStack(stack, cwd)).values)


def read(stack: PulumiStack) -> Configuration:
    """Read a stack's settings.

    :raises SettingsError: the Pulumi CLI is not installed, or the command fails.
    """
    configuration = json.loads(stack.run("config", "--json", "--show-secrets"))
    entries = {
        key.removeprefix(_NAMESPACE): entry for key, entry in configuration.items() if key.startswith(_NAMESPACE)
    }
    values = {name: entry.get("objectValue", entry.get("value")) for name, entry in entries.items()}
    paths = {name: str(stack.cwd / values[name]) for name in _PATHS if values.get(name)}
    return Configuration(values | paths, frozenset(name for name, entry in entries.items() if entry.get("secret")))


def resources(stack: PulumiStack) -> list[dict[str, Any]]:
    """Return the resources in a stack's state, with encrypted secrets.

    :raises SettingsError: the Pulumi CLI is not installed, or the command fails.
    """
    state = json.loads(stack.run("stack", "export"))
    return list((state.get("deployment") or {}).get("resources") or ())


def write(stack: PulumiStack, values: Mapping[ConfigPath, Any]) -> None:
    """Write values into a stack's configuration, each at its path. Everything else stays unchanged, with comments.

    The values keep their types: the text `"2026"` stays a text, while `pulumi config set` stores it as a number.

    :param values: values for which :func:`why_not_writable` returns None.
    :raises SettingsError: the Pulumi CLI is not installed, or the command fails.
    """
    for part in _parts({_key(path): _entry(value) for path, value in values.items()}):
        stack.run("config", "set-all", "--json", json.dumps(part))


def requested_stack(arguments: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the project and the stack that the arguments of a Pulumi command name. None for what they do not name.

    The name of a stack may contain its organization and its project, as in ``acme/shop/prod``.
    """
    stack = _option(arguments, "--stack", "-s")
    if stack is None:
        return None, None
    *_, project, name = (None, None, *stack.split("/")) if stack.count("/") == 2 else (None, stack.split("/")[-1])
    return project or _project_name(Path(_option(arguments, "--cwd", "-C") or ".")), name


def _option(arguments: Sequence[str], long: str, short: str) -> str | None:
    value = None
    for position, argument in enumerate(arguments):
        if argument in (long, short):
            value = arguments[position + 1] if position + 1 < len(arguments) else None
        elif argument.startswith(f"{long}="):
            value = argument.partition("=")[2]
    return value


def _project_name(folder: Path) -> str | None:
    """Return the name in the nearest project file, as Pulumi looks for it."""
    folder = folder.resolve()
    for file in (parent / name for parent in (folder, *folder.parents) for name in _PROJECT_FILES):
        with suppress(OSError, UnicodeError):
            match = _NAME_OF_PROJECT.search(file.read_text(encoding="utf-8-sig"))
            return match[1] if match else None
    return None


#: The name of a project at the top of its file, in YAML or in JSON.
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_NAME_OF_PROJECT = re.compile(r"""^(?:name|\{?\s*"name")\s*:\s*["']?([A-Za-z0-9_.-]+)""", re.MULTILINE)


def why_not_writable(path: ConfigPath, value: Any) -> str | None:
    """Return why Pulumi's commands cannot write a value at a path, or None if they can."""
    if any(":" in part or "\\" in part or not part for part in path):
        return "Pulumi's command line accepts no key that is empty or contains a colon or a backslash"
    if path[-1] == "secure" or _looks_encrypted(value):
        return "Pulumi reads an object with the key `secure` as an encrypted value"
    if len(json.dumps(_entry(value))) > _MAX_VALUE:
        return f"it is longer than {_MAX_VALUE:,} bytes, the limit of a command line"
    return None


def _key(path: ConfigPath) -> str:
    head, *rest = path
    return _NAMESPACE + head + "".join('["{}"]'.format(part.replace('"', '\\"')) for part in rest)


def _entry(value: Any) -> dict[str, Any]:
    # If `objectValue` exists, Pulumi reads `value` as JSON. It ignores the content of `objectValue`.
    return {"value": json.dumps(value), "objectValue": {}, "secret": False}


def _parts(entries: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    part: dict[str, Any] = {}
    size = 0
    for key, entry in entries.items():
        entry_size = len(json.dumps({key: entry}))
        if part and size + entry_size > _MAX_COMMAND:
            yield part
            part, size = {}, 0
        part[key] = entry
        size += entry_size
    if part:
        yield part


def _looks_encrypted(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "secure" in value or any(_looks_encrypted(member) for member in value.values())
    return isinstance(value, list) and any(_looks_encrypted(member) for member in value)
