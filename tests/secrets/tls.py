"""An HTTPS server on loopback with a certificate of the test's own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

#: Passes for Novu's answer about an environment and for a bridge's about its workflows and its health.
ANSWER = b'{"data": {"_id": "e1", "name": "Development", "type": "dev"}, "workflows": [], "agents": [], "status": "ok"}'


class _Quiet(ThreadingHTTPServer):
    """Clients that refuse the certificate are what the tests are about."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def https(certificate: trustme.LeafCert) -> Iterator[str]:
    """Serve one JSON answer to everything, with this certificate; the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, format: str, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = _Quiet(("127.0.0.1", 0), Handler)
    # The handshake belongs to the connection's own thread: one that fails must not stop the listening.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
