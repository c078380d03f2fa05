"""A PostgreSQL server for the tests. It uses the installed programs and a temporary data folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_port

USER, PASSWORD = "pulumi", "a-password-of-the-tests"

_READY_SECONDS = 60
_DEBIAN = "/usr/lib/postgresql/*/bin"
"""On Debian the programs of the server are not on PATH."""


class NoServer(RuntimeError):
    """PostgreSQL is not installed or does not start."""


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Run a server until the end of the block. Yield the URL of the database `postgres`.

    :raises NoServer: PostgreSQL is not installed, or it did not start. The message contains its output.
    """
    with _data_folder(folder) as (data, account):
        passwords = data / "password"
        passwords.write_text(PASSWORD, encoding="utf-8")
        if account:
            os.chown(passwords, account["user"], account["group"])
        options = ["-D", str(data / "db"), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(passwords)]
        _run([_program("initdb"), *options, "-E", "UTF8", "--no-sync"], **account)
        port = free_port()
        log = folder / "postgres.log"
        # No socket file, because pytest's paths are too long for one. No fsync, because the data is temporary.
        options = ["-D", str(data / "db"), "-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [_program("postgres"), *options],
                cwd=data,
                env=_environ(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **account,
            )
        try:
            _await_ready(process, port, log)
            yield f"postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?sslmode=disable"
        finally:
            # SIGINT is a fast shutdown, which does not wait for clients.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _data_folder(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield a folder for the server, and the user to start it as.

    PostgreSQL refuses to run as root, and only the user of pytest can read pytest's folders. Root therefore needs a
    folder outside of them.
    """
    if os.geteuid() != 0:
        data = folder / "postgres"
        data.mkdir()
        yield data, {}
        return
    account = _unprivileged()
    data = Path(tempfile.mkdtemp(prefix="novu-provider-postgres-"))
    try:
        os.chown(data, account.pw_uid, account.pw_gid)
        yield data, {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    finally:
        shutil.rmtree(data)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer("PostgreSQL refuses to run as root, and neither the user `postgres` nor `nobody` exists.")


def _program(name: str) -> str:
    folders = sorted((str(path) for path in Path("/").glob(_DEBIAN[1:])), reverse=True)
    program = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if program is None:
        raise NoServer(
            f"the program {name} is neither on PATH nor in {_DEBIAN}. The tests of Pulumi's PostgreSQL backend start a "
            "server. Install PostgreSQL (on Debian and Ubuntu: apt-get install postgresql)."
        )
    return program


def _environ() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _run(command: list[str], **account: Any) -> None:
    result = subprocess.run(
        command,
        cwd="/",
        env=_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_READY_SECONDS,
        check=False,
        **account,
    )
    if result.returncode != 0:
        raise NoServer(f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}")


def _await_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        ready = subprocess.run(
            [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], env=_environ(), check=False
        )
        if ready.returncode == 0:
            return
        time.sleep(0.05)
    raise NoServer(f"PostgreSQL did not start on port {port}:\n{log.read_text(encoding='utf-8', errors='replace')}")
