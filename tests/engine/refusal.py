"""What a refused command printed, whom it contacted, and the state it left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engine.stack import Result, Stack

#: What the engine adds to every error: for a program that ends with a message of its own (`pulumi.RunError`), and for
#: a resource that fails.
_CLOSING = ("an unhandled error occurred: program exited with non-zero exit code: 1", "update failed")

# Loaded by each Python process of the engine: the program, and the host of the dynamic providers.
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
    """Give the errors that a command printed, less the engine's closing lines."""
    found = [event["diagnosticEvent"] for event in result.events if "diagnosticEvent" in event]
    said = [one["message"].strip() for one in found if one["severity"] == "error"]
    return [message for message in said if message not in _CLOSING]


def the_error(result: Result) -> str:
    """Give the one error of a refused command: what happened, why that is likely, and what to do."""
    found = errors(result)
    assert len(found) == 1, result.output
    assert found[0].count("\n  Why: ") == found[0].count("\n  Fix: ") == 1, found[0]
    assert "Traceback" not in result.output
    return found[0]


class Contacts:
    """Whom the Python processes of a stack's commands look up or connect to."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self._log = directory / "contacts.log"
        (directory / "sitecustomize.py").write_text(_LISTENER.format(log=str(self._log)), encoding="utf-8")
        self.variables = {"PYTHONPATH": str(directory)}

    def clear(self) -> None:
        """Forget those so far."""
        self._log.unlink(missing_ok=True)

    def all(self) -> set[str]:
        """Give each as ``host:port``."""
        return set(self._log.read_text(encoding="utf-8").splitlines()) if self._log.exists() else set()


def state(stack: Stack) -> list[dict[str, Any]]:
    """Read the resources in a stack's state, as `pulumi stack export` gives them, in no time.

    Without what the engine writes anew also where nothing changes: the place in the program, and at a refresh the
    properties' dependencies.
    """
    resources: list[dict[str, Any]] = stack.deployment().get("resources") or []
    engines = ("propertyDependencies", "sourcePosition", "stackTrace")
    return [{key: value for key, value in one.items() if key not in engines} for one in resources]
