"""`python -m tools.demo`: the main job from an empty environment to a repaired one, each step checked."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from novu_provider.errors import NovuError
from tools.demo.children import Children, Interrupted
from tools.demo.engine import Changes
from tools.demo.errors import DemoError
from tools.demo.screen import Screen
from tools.demo.stage import Stage, compare
from tools.demo.story import CLOSING, OPENING, STEPS, Step
from tools.demo.workspace import ROOT, Workspace, fresh

_DONE = {"create": "created", "update": "updated", "delete": "deleted"}
_PLANNED = {operation: f"to {operation}" for operation in _DONE}
_TOTAL = len(STEPS) + 2


def main() -> int:
    """Run the demo; the status is 0, 1 when a step did not end as described, 128 + the signal that ended it."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument(
        "--directory",
        type=Path,
        default=ROOT / ".demo",
        help="where state, database and logs lie; emptied at the start (default: .demo in the repository)",
    )
    options = parser.parse_args()
    screen = Screen(color=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    began = time.monotonic()
    try:
        with fresh(options.directory) as workspace, Children() as children:
            _play(workspace, children, screen)
    except DemoError as error:
        screen.failed(str(error))
        return 1
    except Interrupted as interrupted:
        screen.failed(f"{interrupted} ended the demo; what it had started is stopped.")
        return 128 + interrupted.number
    seconds = time.monotonic() - began
    screen.note(f"\nEvery step ended as described, in {seconds:.0f} s. State and logs are kept in {options.directory}.")
    return 0


def _play(workspace: Workspace, children: Children, screen: Screen) -> None:
    with Stage(workspace, children, screen) as stage:
        with _step(1, *OPENING, stage, screen):
            stage.open()
            screen.passed("Novu and the bridge answer, and the stack is there")
        for number, step in enumerate(STEPS, start=2):
            with _step(number, step.title, step.why, stage, screen):
                _take(step, stage, screen)
        with _step(_TOTAL, *CLOSING, stage, screen):
            screen.command("novu-provider show")
            stage.show()


@contextmanager
def _step(number: int, title: str, why: str, stage: Stage, screen: Screen) -> Iterator[None]:
    """Announce a step, and say of a failure which step it was."""
    screen.headline(number, _TOTAL, title, why)
    try:
        yield
    except (DemoError, NovuError, httpx.HTTPError) as error:
        # The cause rather than what followed from it.
        reason = stage.obituary() or str(error)
        raise DemoError(f"step {number} ({title}) did not end as described: {reason}") from error


def _take(step: Step, stage: Stage, screen: Screen) -> None:
    step.before(stage)
    screen.command(f"pulumi {step.command}")
    changes, writes = stage.operate(step.command)
    compare(f"the changes of `pulumi {step.command}`", step.changes, changes)
    compare(f"the writing requests of `pulumi {step.command}`", _counted(step.writes), _counted(writes))
    if step.holds is not None:
        stage.check_held(step.holds)
    summary = _summary(changes, _PLANNED if step.command.startswith("preview") else _DONE)
    screen.passed(f"{summary}; {_requests(writes)}{'; Novu equals the bridge' if step.holds else ''}")


def _counted(requests: Iterable[str]) -> dict[str, str]:
    return {request: f"{count} times" for request, count in Counter(requests).items()}


def _summary(changes: Changes, words: Mapping[str, str]) -> str:
    counts = Counter(change.split()[0] for name, change in changes.items() if name != "app")
    return (
        ", ".join(f"{counts[operation]} {word}" for operation, word in words.items() if counts[operation])
        or "no changes of workflows"
    )


def _requests(writes: Iterable[str]) -> str:
    return f"writing requests to Novu: {', '.join(writes) or 'none'}"


if __name__ == "__main__":
    sys.exit(main())
