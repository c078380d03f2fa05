"""A gateway that serves the files of a folder, and a program that writes these files with a resource for each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PROGRAM = """\
import os
from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

import novu_provider as novu

FOLDER = os.environ["GATEWAY_FOLDER"]


class FileProvider(ResourceProvider):
    def create(self, props):
        self._write(props)
        return CreateResult(props["path"], props)

    def diff(self, _id, olds, news):
        return DiffResult(changes=olds["text"] != news["text"])

    def update(self, _id, _olds, news):
        self._write(news)
        return UpdateResult(news)

    def delete(self, id, props):
        from pathlib import Path
        (Path(props["folder"]) / props["path"]).unlink()
        self._log(props, "delete")

    def _write(self, props):
        from pathlib import Path
        file = Path(props["folder"]) / props["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(props["text"])
        self._log(props, "write")

    def _log(self, props, event):
        with open(props["folder"] + ".log", "a") as log:
            log.write(event + " " + props["path"] + "\\n")


class File(Resource):
    def __init__(self, path, text):
        super().__init__(FileProvider(), path, {"folder": FOLDER, "path": path, "text": text})


applications = novu.Applications(pulumi.Config().require_object("sources"))
files = [File(path, text) for path, text in applications.gateway_config("nginx").items()]
bridge = novu.Bridge("apps", sources=applications, opts=pulumi.ResourceOptions(depends_on=files))
pulumi.export("routes", applications.routes)
"""


class Gateway:
    """Answers ``discover`` with the present file. It logs the request beside the writes of the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                action = parse_qs(urlsplit(self.path).query)["action"][0]
                file = gateway.folder / f"{action}.json"
                body = file.read_bytes() if file.exists() else b"{}"
                # Novu itself, which is about to write.
                if "novu-safe-outbound" in (self.headers["user-agent"] or ""):
                    gateway.log_event(f"novu {action}")
                self.send_response(200 if file.exists() else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/novu"

    def log_event(self, event: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{event}\n")

    def take_log(self) -> list[str]:
        """Return the events since the last call, oldest first."""
        events = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return events

    @property
    def _log(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def running_gateway(folder: Path) -> Iterator[Gateway]:
    """Run a gateway on loopback."""
    gateway = Gateway(folder)
    try:
        yield gateway
    finally:
        gateway.close()
