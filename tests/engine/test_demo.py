"""`make demo`: its results, its failures, and the end of all its processes."""

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
from tools.demo.stage import expect_equal
from tools.demo.workspace import ROOT

_SECONDS = 180
_STEPS = 10
_HEADLINE = re.compile(r"^== (\d+)/(\d+)  (.*?) =+$", re.MULTILINE)
_PROCESS = re.compile(r"\(process (\d+)\)")

#: Files that a run could change by mistake. Other files may change while this test runs.
_COMMITTED = ("Pulumi.yaml", "__main__.py", "stacks/*", "examples/bridge/*.js*", "examples/bridge/workflows/*")


def _committed() -> dict[Path, str]:
    files = [file for pattern in _COMMITTED for file in ROOT.glob(pattern)]
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


class Demo:
    """One run in its own process, with a mark in the environment of all its descendants."""

    def __init__(self, directory: Path) -> None:
        self._mark = uuid.uuid4().hex
        # One file per run, because two demos can use one directory.
        self.errors = directory.with_name(f"stderr-{self._mark}")
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.demo", "--directory", str(directory)],
                cwd=ROOT,
                # The demo must not use the user's key, with which it would call a real Novu.
                env={**os.environ, "MARK_OF_THE_TEST": self._mark, "NOVU_SECRET_KEY": "0" * 32},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.output = ""

    def read_until(self, text: str) -> str:
        """Read until the line with a text and return it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return line
        raise AssertionError(f"{text!r} was never printed:\n{self.output}{self.errors.read_text()}")

    def end(self) -> int:
        """Read the rest and return the status."""
        rest, _ = self.process.communicate(timeout=_SECONDS)
        self.output += rest
        return self.process.returncode

    def remaining_processes(self) -> list[str]:
        """Return the command lines of the processes of this run that still exist."""
        commands = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (directory / "environ").read_bytes():
                    commands.append((directory / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # the process has ended
                continue
        return commands


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
    """The directory of all runs in this module. Each run follows another one, which may have been interrupted."""
    return tmp_path_factory.mktemp("demo") / "run"


def test_a_crashed_bridge_ends_the_demo(directory: Path) -> None:
    with _demo(directory) as demo:
        match = _PROCESS.search(demo.read_until("release 1 of the bridge"))
        assert match
        os.kill(int(match[1]), signal.SIGKILL)
        assert demo.end() == 1
        assert demo.remaining_processes() == []
    assert "had another result: the bridge ended with status -9" in demo.errors.read_text()
    assert f"== 3/{_STEPS} " not in demo.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_stops_all_processes(number: signal.Signals, directory: Path) -> None:
    with _demo(directory) as demo:
        demo.read_until("Previewing update")
        if sys.platform == "linux":  # elsewhere processes do not show their environment
            assert len(demo.remaining_processes()) >= 4  # the demo, Novu, the bridge, the engine
        demo.process.send_signal(number)
        assert demo.end() == 128 + number
        assert demo.remaining_processes() == []
    assert f"error: {number.name} ended the demo" in demo.errors.read_text()


def test_two_demos_in_one_directory_are_refused(directory: Path) -> None:
    with _demo(directory) as first:
        first.read_until("release 1 of the bridge")
        with _demo(directory) as second:
            assert second.end() == 1
        assert f"another demo is running in {directory}" in second.errors.read_text()
        first.process.send_signal(signal.SIGINT)
        first.end()
        assert first.remaining_processes() == []


def test_every_step_has_the_expected_result(directory: Path) -> None:
    before = _committed()
    with _demo(directory) as demo:
        assert demo.end() == 0, demo.output[-3000:] + demo.errors.read_text()
        assert demo.remaining_processes() == []
    assert [(int(number), int(of)) for number, of, _ in _HEADLINE.findall(demo.output)] == [
        (number, _STEPS) for number in range(1, _STEPS + 1)
    ]
    outcomes = re.findall(r"^ok: (.*)$", demo.output, re.MULTILINE)
    assert outcomes[1] == "8 to create; write requests to Novu: none"
    assert outcomes[2] == "8 created; write requests to Novu: POST /v1/bridge/sync; Novu equals the bridge"
    assert outcomes[3] == "1 to create, 1 to update, 2 to delete; write requests to Novu: none"
    assert outcomes[-1] == "no changes of workflows; write requests to Novu: none; Novu equals the bridge"
    # Nothing but the changed property: its unchanged neighbors would widen the column of the names.
    assert '~ default: "Welcome to Fernhill Books" => "Good to have you' in demo.output
    table = demo.output.rpartition("$ novu-provider show")[2]
    assert "order-dispatched" in table
    assert "order-shipped" not in table
    assert (directory / "novu.sqlite3").stat().st_size > 0
    assert _committed() == before


def test_a_directory_with_other_files_is_not_emptied(tmp_path: Path) -> None:
    letter = tmp_path / "mine" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("dear")
    with _demo(letter.parent) as demo:
        assert demo.end() == 1
    assert "does not belong to an earlier demo" in demo.errors.read_text()
    assert letter.read_text() == "dear"


def test_every_difference_is_reported() -> None:
    expect_equal("the changes", {"welcome": "create"}, {"welcome": "create"})
    with pytest.raises(DemoError) as raised:
        expect_equal("the changes", {"welcome": "update steps", "a": "create"}, {"welcome": "delete", "b": "create"})
    assert str(raised.value).splitlines() == [
        "the changes are not as expected:",
        "    a: expected create, but got nothing",
        "    b: expected nothing, but got create",
        "    welcome: expected update steps, but got delete",
    ]
