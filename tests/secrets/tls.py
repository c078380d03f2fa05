"""An HTTPS server on loopback with a certificate from a test."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

RESPONSE = (
    b'{"data": {"_id": "e1", "name": "Development", "type": "dev"}, "workflows": [], "agents": [], "status": "ok"}'
)
"""A valid response of Novu about an environment, and of a bridge about its workflows and its health."""


class _QuietServer(ThreadingHTTPServer):
    """Prints no error when a client refuses the certificate, because the tests expect that."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def https(certificate: trustme.LeafCert) -> Iterator[str]:
    """Serve one JSON response to all requests, with this certificate. Yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(RESPONSE)))
            self.end_headers()
            self.wfile.write(RESPONSE)

        def log_message(self, format: str, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = _QuietServer(("127.0.0.1", 0), Handler)
    # The thread of the connection does the handshake. A failed handshake must not stop the server.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
