"""A real nginx or Caddy on loopback, with the configuration that the package writes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from novu_provider.gateway import caddy, nginx
from novu_provider.gateway.routes import Gateway
from tests.ports import free_port

READY_SECONDS = 20


@dataclass
class Server:
    """A gateway's process. :meth:`serve` gives it a configuration, which replaces the one before."""

    program: str
    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/novu"

    def serve(self, gateway: Gateway, ca_bundle: Path | None = None, resolver: str | None = None) -> None:
        """Write the configuration, check it with the program, and serve it."""
        self.stop()
        folder = self.folder / "novu"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        bundle = str(ca_bundle) if ca_bundle else None
        files = (
            nginx.render(gateway, folder=str(folder), ca_bundle=bundle or nginx.CA_BUNDLE, resolver=resolver)
            if self.program == "nginx"
            else caddy.render(gateway, folder=str(folder), ca_bundle=bundle)
        )
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        main = self.folder / "main.conf"
        main.write_text((_nginx_main if self.program == "nginx" else _caddy_main)(self.folder, self.port))
        check, run = _COMMANDS[self.program](main, self.folder)
        checked = subprocess.run(
            check, capture_output=True, text=True, timeout=60, env=self._environment(), check=False
        )
        assert checked.returncode == 0, checked.stderr
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(run, stdout=log, stderr=log, env=self._environment())
        self._wait()

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(READY_SECONDS)
            self._process = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _environment(self) -> dict[str, str]:
        # Caddy keeps its state here.
        return {
            **os.environ,
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder),
        }

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"{self.program} does not listen: {self.log}")


def _nginx_main(folder: Path, port: int) -> str:
    paths = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""daemon off;
worker_processes 1;
user root;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
{paths}
    include {folder}/novu/novu-http.conf;
    server {{
        listen 127.0.0.1:{port};
        include {folder}/novu/novu-server.conf;
    }}
}}
"""


def _caddy_main(folder: Path, port: int) -> str:
    return f"""{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    import {folder}/novu/novu.caddy
}}
"""


def _nginx_commands(main: Path, folder: Path) -> tuple[list[str], list[str]]:
    # As a user other than root, nginx ignores the directive `user` with a warning.
    run = ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(main)]
    return [*run, "-t"], run


def _caddy_commands(main: Path, _folder: Path) -> tuple[list[str], list[str]]:
    config = ["--config", str(main), "--adapter", "caddyfile"]
    return ["caddy", "validate", *config], ["caddy", "run", *config]


_COMMANDS: dict[str, Callable[[Path, Path], tuple[list[str], list[str]]]] = {
    "nginx": _nginx_commands,
    "caddy": _caddy_commands,
}
