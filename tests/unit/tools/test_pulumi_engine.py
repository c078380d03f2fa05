"""The sources of the Pulumi engine: their order, refused engines, and messages.

The executables are small scripts in a test directory: no network, no Go, no build.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.pulumi_engine import build, find, install, lock, password_meter, progress, toolchain
from tools.pulumi_engine import get as entry
from tools.pulumi_engine.errors import EngineError


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def make_engine(directory: Path, version: str = "3.259.0", *, without: str | None = None) -> Path:
    executable(directory / find.CLI, f"echo v{version}")
    for name in find.COMPANIONS:
        if name != without:
            executable(directory / name, "exit 0")
    return directory


@dataclass
class Machine:
    """An empty machine: an empty home, an empty PATH, CI unset."""

    root: Path
    messages: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.root / "bin"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def build_directory(self) -> Path:
        return self.home / ".pulumi" / "novu-provider" / build.identity() / "bin"

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": str(self.path), "HOME": str(self.home), **self.extra}

    def get(self, python: Path | None = None) -> find.Engine:
        return entry.get(self.environ, self.messages.append, python=python)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch, machine: Machine) -> list[Path]:
    """Replace the toolchain and the build. The list contains the directories of the builds."""
    built: list[Path] = []

    def fake(directory: Path, _environ: object, _say: object) -> None:
        built.append(make_engine(directory))

    monkeypatch.setattr(build, "build", fake)
    monkeypatch.setattr(toolchain, "find", lambda *_: "go")
    return built


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "resolves", lambda _host: False)


class TestOrder:
    def test_pulumi_on_path_is_preferred_to_an_engine_of_an_earlier_build(self, machine: Machine) -> None:
        make_engine(machine.path, "3.270.1")
        make_engine(machine.build_directory)
        assert machine.get() == find.Engine(machine.path, (3, 270, 1), "on PATH")

    def test_an_engine_of_an_earlier_build_is_preferred_to_the_installer(self, machine: Machine) -> None:
        make_engine(machine.build_directory)
        assert machine.get().directory == machine.build_directory

    def test_the_newest_engine_of_pulumis_installer_is_used(self, machine: Machine) -> None:
        versions = machine.home / ".pulumi" / "versions"
        for version in ("3.99.0", "3.205.0", "3.210.0"):
            make_engine(versions / version / "bin", version)
        assert machine.get().directory == versions / "3.210.0" / "bin"

    def test_the_installer_runs_if_its_host_resolves(
        self, machine: Machine, builds: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = make_engine(machine.root / "installed" / "bin", "3.272.0")
        monkeypatch.setattr(install, "resolves", lambda host: host == install.HOST)
        monkeypatch.setattr(install, "install", lambda _python, _environ: installed)
        assert machine.get(python=Path(sys.executable)).directory == installed
        assert builds == []

    def test_if_the_host_does_not_resolve_the_engine_is_built_and_stored(
        self, machine: Machine, builds: list[Path], offline: None
    ) -> None:
        assert machine.get(python=Path(sys.executable)).directory == machine.build_directory
        assert any(f"{install.HOST} does not resolve" in note for note in machine.messages)
        machine.get()
        assert builds == [machine.build_directory]

    def test_after_a_failed_installation_the_engine_is_built(
        self, machine: Machine, builds: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = executable(machine.root / "python", "echo 'connection reset' >&2; exit 1")
        monkeypatch.setattr(install, "resolves", lambda _host: True)
        assert machine.get(python=python).directory == machine.build_directory
        assert any("connection reset" in note and "Building" in note for note in machine.messages)

    def test_without_a_virtual_environment_the_installer_is_skipped(self, machine: Machine, builds: list[Path]) -> None:
        assert machine.get(python=None).directory == machine.build_directory
        assert any("make venv" in note for note in machine.messages)

    @pytest.mark.parametrize("extra", [{"CI": "true"}, {"NOVU_ENGINE": "build"}])
    def test_ci_and_novu_engine_skip_the_installer(
        self, machine: Machine, builds: list[Path], monkeypatch: pytest.MonkeyPatch, extra: dict[str, str]
    ) -> None:
        resolved: list[str] = []
        monkeypatch.setattr(install, "resolves", resolved.append)
        machine.extra = extra
        machine.get(python=Path(sys.executable))
        assert (builds, resolved) == ([machine.build_directory], [])

    def test_novu_engine_dir_is_the_directory_of_the_engine(
        self, machine: Machine, builds: list[Path], offline: None
    ) -> None:
        machine.extra = {"NOVU_ENGINE_DIR": str(machine.root / "elsewhere")}
        assert machine.get().directory == machine.root / "elsewhere"

    def test_pulumi_home_does_not_change_the_directory_of_the_engine(self, machine: Machine) -> None:
        make_engine(machine.build_directory)
        machine.extra = {"PULUMI_HOME": str(machine.root / "of-one-test")}
        assert machine.get().directory == machine.build_directory


class TestRefusal:
    @pytest.mark.parametrize("version", ["3.99.0", "2.25.2", "4.0.0"])
    def test_an_unsupported_version_on_path_is_reported_and_not_used(self, machine: Machine, version: str) -> None:
        make_engine(machine.path, version)
        make_engine(machine.build_directory)
        assert machine.get().directory == machine.build_directory
        assert f"is version {version}; this project needs 3.200.0 or newer" in machine.messages[0]

    def test_a_cli_without_the_language_host_is_not_used(self, machine: Machine) -> None:
        make_engine(machine.path, without="pulumi-language-python")
        make_engine(machine.build_directory)
        assert machine.get().directory == machine.build_directory
        assert "there is no pulumi-language-python next to" in machine.messages[0]

    @pytest.mark.parametrize("script", ["exit 1", "echo nonsense"])
    def test_a_cli_that_prints_no_version_is_not_used(self, machine: Machine, script: str) -> None:
        executable(make_engine(machine.path) / find.CLI, script)
        make_engine(machine.build_directory)
        assert machine.get().directory == machine.build_directory
        assert "does not print a version" in machine.messages[0]

    def test_a_broken_engine_of_an_earlier_build_is_built_again(
        self, machine: Machine, builds: list[Path], offline: None
    ) -> None:
        make_engine(machine.build_directory, without="pulumi-resource-pulumi-python")
        machine.get()
        assert builds == [machine.build_directory]

    def test_the_companions_of_a_linked_cli_are_next_to_its_target(self, machine: Machine) -> None:
        real = make_engine(machine.root / "opt" / "pulumi")
        machine.path.mkdir()
        (machine.path / find.CLI).symlink_to(real / find.CLI)
        assert machine.get().directory == machine.path

    @pytest.mark.parametrize(
        ("text", "version"),
        [("v3.259.0\n", (3, 259, 0)), ("3.260.1-dev.0", (3, 260, 1)), ("dev", None), ("", None)],
    )
    def test_versions_of_pulumi_are_parsed(self, text: str, version: find.Version | None) -> None:
        assert find.parse(text) == version


class TestInstallersHost:
    def test_a_name_with_an_address_resolves(self) -> None:
        assert install.resolves("a.example", lookup=lambda _name: ["192.0.2.1"])

    def test_a_name_without_one_does_not(self) -> None:
        def unknown(name: str) -> object:
            raise OSError(-2, "Name or service not known")

        assert not install.resolves("a.example", lookup=unknown)

    def test_a_slow_resolver_times_out(self) -> None:
        released = threading.Event()
        try:
            assert not install.resolves("a.example", seconds=0.01, lookup=lambda _name: released.wait())
        finally:
            released.set()

    def test_an_invalid_value_is_an_error_with_the_valid_one(self, machine: Machine) -> None:
        machine.extra = {"NOVU_ENGINE": "download"}
        with pytest.raises(EngineError, match=r"'download'[\s\S]*`build`"):
            machine.get()


class TestToolchain:
    def go(self, machine: Machine, script: str) -> Path:
        return executable(machine.path / "go", script)

    def test_a_missing_go_is_reported_with_alternatives(self, machine: Machine, offline: None) -> None:
        with pytest.raises(EngineError) as caught:
            machine.get()
        text = str(caught.value)
        assert all(part in text for part in ("Go 1.26 or newer", "Why:", "Fix:", "install Pulumi", "NOVU_ENGINE_DIR"))

    def test_an_old_go_is_refused_before_the_build(self, machine: Machine, offline: None) -> None:
        self.go(machine, "echo go1.21.4")
        with pytest.raises(EngineError, match=r"is Go 1\.21; Go 1\.26 or newer is needed"):
            machine.get()

    def test_an_error_of_go_is_shown(self, machine: Machine, offline: None) -> None:
        self.go(machine, "echo 'go: go.mod requires go >= 1.26 (running go 1.24.1; GOTOOLCHAIN=local)' >&2; exit 1")
        with pytest.raises(EngineError, match=r"running go 1\.24\.1[\s\S]*Install Go 1\.26"):
            machine.get()

    def test_a_new_go_is_used(self, machine: Machine) -> None:
        go = self.go(machine, "echo go1.27rc1")
        assert toolchain.find(build.CLI_MODULE, machine.environ) == str(go)

    def test_go_settings_of_the_user_do_not_affect_the_build(self) -> None:
        cleaned = toolchain.environment(
            {"GOOS": "windows", "GOFLAGS": "-mod=vendor", "GOWORK": "on", "GOPROXY": "mine"}
        )
        assert cleaned == {"GOWORK": "off", "GOPROXY": "mine"}


class TestBuild:
    """The real build with a fake `go`, which writes the requested files."""

    GO = """
    case "$1" in
      env) echo go1.26.0 ;;
      list) case "$*" in *" -m "*) echo "$SOURCES" ;; *) echo a; echo b ;; esac ;;
      mod) echo "$3" >> "$4" ;;
      build)
        for argument; do
          case "$argument" in -modfile=*) cp -R "$(dirname "${argument#-modfile=}")" "$SOURCES/used" ;; esac
        done
        for last; do :; done
        while [ "$1" != -o ]; do shift; done
        echo some/package >&2
        printf '#!/bin/sh\\necho v%s\\n' "$PRETEND" > "$2/${last##*/}"
        chmod +x "$2/${last##*/}" ;;
    esac"""

    @pytest.fixture
    def machine(self, machine: Machine) -> Machine:
        sources = machine.root / "sources"
        for script in build.SCRIPTS:
            (sources / script).parent.mkdir(parents=True, exist_ok=True)
            (sources / script).write_text("#!/bin/sh\n", encoding="utf-8")
            (sources / script).chmod(0o444)
        for name, edits in password_meter.EDITS.items():
            (sources / name).parent.mkdir()
            (sources / name).write_text("// kept\n" + "".join(old for old, _ in edits), encoding="utf-8")
            (sources / name).chmod(0o444)
        executable(machine.path / "go", self.GO)
        machine.extra = {
            "PATH": os.pathsep.join([str(machine.path), os.environ["PATH"]]),
            "NOVU_ENGINE": "build",
            "SOURCES": str(sources),
            "PRETEND": build.pinned_version(),
        }
        return machine

    @pytest.fixture(autouse=True)
    def nothing_on_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(find, "on_path", lambda _environ: None)

    def test_all_four_executables_are_stored_and_the_phases_are_reported(self, machine: Machine) -> None:
        engine = machine.get()
        assert engine.directory == machine.build_directory
        assert {entry.name for entry in machine.build_directory.iterdir()} == {find.CLI, *find.COMPANIONS}
        assert all(os.access(entry, os.X_OK) for entry in machine.build_directory.iterdir())
        phases = ["fetch the Python", "compile the Python", "fetch the Pulumi CLI", "compile the Pulumi CLI"]
        assert [phase for phase in phases if any(note.startswith(phase) for note in machine.messages)] == phases
        assert any("1 packages compiled" in note for note in machine.messages)

    def test_the_cli_uses_a_changed_copy_of_its_password_meter(self, machine: Machine) -> None:
        machine.get()
        used = machine.root / "sources" / "used"
        for name, edits in password_meter.EDITS.items():
            text = (used / "password-meter" / name).read_text("utf-8")
            assert text == "// kept\n" + "".join(new for _, new in edits)
        pins = (build.CLI_MODULE / "go.mod").read_text("utf-8")
        replacement = (used / "go.mod").read_text("utf-8").removeprefix(pins)
        assert re.fullmatch(rf"-replace={password_meter.MODULE}=/\S+/password-meter\n", replacement)
        assert (used / "go.sum").read_bytes() == (build.CLI_MODULE / "go.sum").read_bytes()

    def test_a_password_meter_that_has_changed_is_reported(self, machine: Machine) -> None:
        file = machine.root / "sources" / "frequency" / "frequency.go"
        file.chmod(0o644)
        file.write_text("package frequency\n", encoding="utf-8")
        with pytest.raises(AssertionError, match=r"frequency\.go must contain 'func init"):
            machine.get()
        assert not machine.build_directory.exists()

    def test_files_of_a_killed_build_are_removed(self, machine: Machine) -> None:
        stale = machine.build_directory.with_name(".bin.building-killed")
        stale.mkdir(parents=True)
        (stale / find.CLI).touch()
        machine.get()
        assert not stale.exists()
        assert sorted(entry.name for entry in machine.build_directory.parent.iterdir()) == [".bin.lock", "bin"]

    def test_other_files_in_the_users_directory_stay(self, machine: Machine) -> None:
        directory = machine.root / "own"
        directory.mkdir()
        (directory / "notes.txt").write_text("mine", encoding="utf-8")
        machine.extra["NOVU_ENGINE_DIR"] = str(directory)
        machine.get()
        assert (directory / "notes.txt").read_text(encoding="utf-8") == "mine"

    def test_a_build_that_does_not_run_is_not_stored(self, machine: Machine) -> None:
        machine.extra["PRETEND"] = "0.0.1"
        with pytest.raises(EngineError, match="was built but does not run"):
            machine.get()
        assert not machine.build_directory.exists()

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ("dial tcp: lookup proxy.example: no such host", "proxy is not reachable"),
            ("write /x: no space left on device", "disk is full"),
            ("verifying m@v1: checksum mismatch", "differs from its pinned hash"),
            ("internal compiler error", "last output is above"),
        ],
    )
    def test_a_failed_build_reports_the_cause_and_leaves_no_files(self, machine: Machine, words: str, why: str) -> None:
        executable(machine.path / "go", f"[ $1 = env ] && echo go1.26.0 && exit; echo '{words}' >&2; exit 1")
        with pytest.raises(EngineError, match=why) as caught:
            machine.get()
        assert words in str(caught.value)
        assert [entry.name for entry in machine.build_directory.parent.iterdir()] == [".bin.lock"]

    def test_progress_is_reported_while_go_runs(self, tmp_path: Path) -> None:
        gate = tmp_path / "gate"
        os.mkfifo(gate)
        messages: list[str] = []
        opened: list[str] = []

        def say(note: str) -> None:
            messages.append(note)
            if "1 modules downloaded" in note and "done" not in note and not opened:
                opened.append(note)
                gate.write_text("go on", encoding="utf-8")

        script = executable(tmp_path / "go", f"echo 'go: downloading a v1' >&2; read word < {gate}; echo out")
        output = progress.run([str(script)], phase="fetch", cwd=tmp_path, environ=dict(os.environ), say=say, every=0.2)
        assert output == "out\n"
        assert messages[0] == "fetch"
        assert messages[-1].endswith("done: 1 modules downloaded")

    def test_an_interruption_stops_go_and_its_children(self, tmp_path: Path) -> None:
        script = executable(tmp_path / "go", f"echo $$ > {tmp_path}/pid; exec tail -f /dev/null")

        def interrupt(note: str) -> None:
            if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(encoding="utf-8").strip():
                raise KeyboardInterrupt(note)

        with pytest.raises(KeyboardInterrupt):
            progress.run([str(script)], phase="go", cwd=tmp_path, environ=dict(os.environ), say=interrupt, every=0.05)
        pid = int((tmp_path / "pid").read_text(encoding="utf-8"))
        with pytest.raises(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


class TestLock:
    def test_a_second_build_waits_with_a_message_until_the_first_ends(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "lock"
        messages: list[str] = []
        now = 0.0
        holder = lock.exclusive(path, messages.append)
        holder.__enter__()

        def sleep(seconds: float) -> None:
            nonlocal now
            now += 10
            if now >= 40:
                holder.__exit__(None, None, None)

        with lock.exclusive(path, messages.append, clock=lambda: now, sleep=sleep):
            pass
        assert messages == [f"another build is running; waiting for it ({waited} s)" for waited in (0, 20)]

    def test_a_waiting_process_uses_the_engine_of_the_other_build(
        self, machine: Machine, builds: list[Path], offline: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = lock.exclusive

        def after_the_other(path: Path, say: Callable[[str], None]) -> object:
            make_engine(machine.build_directory)
            return original(path, say)

        monkeypatch.setattr(lock, "exclusive", after_the_other)
        assert machine.get().directory == machine.build_directory
        assert builds == []

    def test_a_killed_process_releases_the_lock(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
        command = [sys.executable, "-c", hold, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            holder.kill()
        messages: list[str] = []
        with lock.exclusive(path, messages.append):
            assert messages == []

    def test_an_unwritable_directory_is_an_error_with_a_fix(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(EngineError, match="NOVU_ENGINE_DIR"), lock.exclusive(tmp_path / "file" / "lock", print):
            pass


class TestCommandLine:
    @pytest.fixture(autouse=True)
    def environ(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "environ", machine.environ)

    def run(self, machine: Machine, *arguments: str) -> subprocess.CompletedProcess[str]:
        script = Path(entry.__file__)
        return subprocess.run(
            [sys.executable, str(script), *arguments],
            env={**machine.environ, "CI": "true"},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_stdout_contains_only_the_directory(self, machine: Machine) -> None:
        make_engine(machine.build_directory)
        result = self.run(machine)
        assert (result.returncode, result.stdout) == (0, f"{machine.build_directory}\n")
        assert result.stderr.startswith("engine: Pulumi 3.259.0, kept from an earlier build")

    def test_an_error_is_shown_without_a_traceback(self, machine: Machine) -> None:
        result = self.run(machine)
        assert (result.returncode, result.stdout) == (1, "")
        assert "error: There is no Pulumi engine" in result.stderr
        assert "Traceback" not in result.stderr

    def test_the_virtual_environment_is_first_on_path_then_the_engine(self, machine: Machine) -> None:
        make_engine(machine.build_directory)
        executable(machine.path / "show", 'echo "$PATH $PULUMI_SKIP_UPDATE_CHECK"; exit 7')
        result = self.run(machine, "--python", str(machine.root / "venv" / "bin" / "python"), "--", "show")
        prefix = [machine.root / "venv" / "bin", machine.build_directory, machine.path]
        assert result.stdout == f"{os.pathsep.join(map(str, prefix))} true\n"
        assert result.returncode == 7

    def test_an_engine_on_path_keeps_its_position(self, machine: Machine) -> None:
        engine = find.Engine(make_engine(machine.path), (3, 259, 0), "on PATH")
        environment = entry.environment(engine, None, machine.environ)
        assert environment["PATH"] == str(machine.path)

    def test_a_missing_command_is_an_error(self, machine: Machine) -> None:
        make_engine(machine.build_directory)
        result = self.run(machine, "--", "no-such-command")
        assert result.returncode == 127
        assert "the command 'no-such-command' is not on PATH" in result.stderr


def test_both_modules_pin_one_version_of_everything_they_build() -> None:
    pinned = (build.CLI_MODULE / "go.mod").read_text(encoding="utf-8")
    assert f"{build.SDK} v{build.pinned_version()}" in pinned
    for part in build.parts():
        assert (part.module / "go.sum").stat().st_size > 0
