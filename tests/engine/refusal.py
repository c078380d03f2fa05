"""The errors of a refused command, the hosts that it contacted, and the state after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engine import interpreter
from tests.engine.stack import Result, Stack

#: Messages that the engine adds to each error: one for a program that fails with `pulumi.RunError`, and one for a
#: resource that fails.
_CLOSING = ("an unhandled error occurred: program exited with non-zero exit code: 1", "update failed")

# Each Python process of the engine loads it: the program, and the host of the dynamic providers.
_LISTENER = """\
import sys


def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        address = arguments[1] if event == "socket.connect" else arguments
        with open({log!r}, "a", encoding="utf-8") as log:
            log.write(f"{{address[0]}}:{{address[1]}}\\n")


sys.addaudithook(note)
"""


def errors(result: Result) -> list[str]:
    """Return the errors that a command printed, without the engine's closing messages."""
    diagnostics = [event["diagnosticEvent"] for event in result.events if "diagnosticEvent" in event]
    messages = [event["message"].strip() for event in diagnostics if event["severity"] == "error"]
    return [message for message in messages if message not in _CLOSING]


def the_error(result: Result) -> str:
    """Return the only error of a refused command: what failed, why, and the fix."""
    messages = errors(result)
    assert len(messages) == 1, result.output
    assert messages[0].count("\n  Why: ") == messages[0].count("\n  Fix: ") == 1, messages[0]
    assert "Traceback" not in result.output
    return messages[0]


class Contacts:
    """Records the hosts that the Python processes of a stack's commands resolve or connect to."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self._log = directory / "contacts.log"
        (directory / "sitecustomize.py").write_text(_LISTENER.format(log=str(self._log)), encoding="utf-8")
        # The second for processes that are forks, in which Python has started long before.
        self.variables = {"PYTHONPATH": str(directory), interpreter.SITECUSTOMIZE: str(directory)}

    def clear(self) -> None:
        """Clear the record."""
        self._log.unlink(missing_ok=True)

    def all(self) -> set[str]:
        """Return each as ``host:port``."""
        return set(self._log.read_text(encoding="utf-8").splitlines()) if self._log.exists() else set()


def state(stack: Stack) -> list[dict[str, Any]]:
    """Return the resources in a stack's state, as `pulumi stack export` prints them.

    They do not contain the fields that the engine rewrites without a change: positions in the program, and property
    dependencies.
    """
    resources: list[dict[str, Any]] = stack.deployment().get("resources") or []
    ignored = ("propertyDependencies", "sourcePosition", "stackTrace")
    return [{key: value for key, value in resource.items() if key not in ignored} for resource in resources]
