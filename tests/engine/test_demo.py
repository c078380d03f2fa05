"""`make demo`: it ends as it says, it says so when it does not, and nothing of it stays."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.demo.errors import DemoError
from tools.demo.stage import compare
from tools.demo.workspace import ROOT

_SECONDS = 180
_STEPS = 10
_HEADLINE = re.compile(r"^== (\d+)/(\d+)  (.*?) =+$", re.MULTILINE)
_PROCESS = re.compile(r"\(process (\d+)\)")

#: What a run could change by mistake; the other files of a shared working copy may change while this test runs.
_COMMITTED = ("Pulumi.yaml", "__main__.py", "stacks/*", "examples/bridge/*.js*", "examples/bridge/workflows/*")


def _committed() -> dict[Path, str]:
    files = [file for pattern in _COMMITTED for file in ROOT.glob(pattern)]
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


class Demo:
    """One run as a process of its own, whose descendants can be told from all others."""

    def __init__(self, directory: Path) -> None:
        self._mark = uuid.uuid4().hex
        # A file of its own: two demos can run beside one directory.
        self.errors = directory.with_name(f"stderr-{self._mark}")
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "demo", "--directory", str(directory)],
                cwd=ROOT,
                # A key of the user's must not get in: with it, the demo would speak to a real Novu.
                env={**os.environ, "MARK_OF_THE_TEST": self._mark, "NOVU_SECRET_KEY": "0" * 32},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.output = ""

    def read_until(self, text: str) -> str:
        """Read to the line that holds a text, and give the line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return line
        raise AssertionError(f"{text!r} was never said:\n{self.output}{self.errors.read_text()}")

    def end(self) -> int:
        """Read the rest and give the status."""
        rest, _ = self.process.communicate(timeout=_SECONDS)
        self.output += rest
        return self.process.returncode

    def left(self) -> list[str]:
        """Give the command lines of the processes that this run has started and that are still there."""
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (directory / "environ").read_bytes():
                    found.append((directory / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it has ended meanwhile
                continue
        return found


@contextmanager
def _demo(directory: Path) -> Iterator[Demo]:
    demo = Demo(directory)
    try:
        yield demo
    finally:
        demo.process.kill()
        demo.process.communicate()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of all runs here: each begins where the one before it ended, or was ended."""
    return tmp_path_factory.mktemp("demo") / "run"


def test_a_bridge_that_dies_ends_the_demo(directory: Path) -> None:
    with _demo(directory) as demo:
        found = _PROCESS.search(demo.read_until("release 1 of the bridge"))
        assert found
        os.kill(int(found[1]), signal.SIGKILL)
        assert demo.end() == 1
        assert demo.left() == []
    assert "did not end as described: the bridge ended with the status -9" in demo.errors.read_text()
    assert f"== 3/{_STEPS} " not in demo.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_stops_what_runs(number: signal.Signals, directory: Path) -> None:
    with _demo(directory) as demo:
        demo.read_until("Previewing update")
        if sys.platform == "linux":  # elsewhere processes do not show their environment
            assert len(demo.left()) >= 4  # the demo, Novu, the bridge, the engine
        demo.process.send_signal(number)
        assert demo.end() == 128 + number
        assert demo.left() == []
    assert f"error: {number.name} ended the demo" in demo.errors.read_text()


def test_two_demos_in_one_directory_are_refused(directory: Path) -> None:
    with _demo(directory) as first:
        first.read_until("release 1 of the bridge")
        with _demo(directory) as second:
            assert second.end() == 1
        assert f"another demo is running in {directory}" in second.errors.read_text()
        first.process.send_signal(signal.SIGINT)
        first.end()
        assert first.left() == []


def test_every_step_ends_as_described(directory: Path) -> None:
    before = _committed()
    with _demo(directory) as demo:
        assert demo.end() == 0, demo.output[-3000:] + demo.errors.read_text()
        assert demo.left() == []
    assert [(int(number), int(of)) for number, of, _ in _HEADLINE.findall(demo.output)] == [
        (number, _STEPS) for number in range(1, _STEPS + 1)
    ]
    outcomes = re.findall(r"^ok: (.*)$", demo.output, re.MULTILINE)
    assert outcomes[1] == "8 to create; writing requests to Novu: none"
    assert outcomes[2] == "8 created; writing requests to Novu: POST /v1/bridge/sync; Novu equals the bridge"
    assert outcomes[3] == "1 to create, 1 to update, 2 to delete; writing requests to Novu: none"
    assert outcomes[-1] == "no changes of workflows; writing requests to Novu: none; Novu equals the bridge"
    assert '~ default  : "Welcome to Fernhill Books" => "Good to have you' in demo.output
    table = demo.output.rpartition("$ novu-provider show")[2]
    assert "order-dispatched" in table
    assert "order-shipped" not in table
    assert (directory / "novu.sqlite3").stat().st_size > 0
    assert _committed() == before


def test_a_directory_of_something_else_is_not_emptied(tmp_path: Path) -> None:
    kept = tmp_path / "mine" / "letter.txt"
    kept.parent.mkdir()
    kept.write_text("dear")
    with _demo(kept.parent) as demo:
        assert demo.end() == 1
    assert "no earlier demo made it" in demo.errors.read_text()
    assert kept.read_text() == "dear"


def test_every_difference_is_named() -> None:
    compare("the changes", {"welcome": "create"}, {"welcome": "create"})
    with pytest.raises(DemoError) as raised:
        compare("the changes", {"welcome": "update steps", "a": "create"}, {"welcome": "delete", "b": "create"})
    assert str(raised.value).splitlines() == [
        "the changes are not as described:",
        "    a: create expected, nothing found",
        "    b: nothing expected, create found",
        "    welcome: update steps expected, delete found",
    ]
