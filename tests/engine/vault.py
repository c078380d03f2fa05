"""A secrets provider for the stacks of tests: HashiCorp Vault's transit engine, as far as Pulumi asks it.

With a passphrase, each command of the engine computes a million rounds of PBKDF2, in a quarter of its processor time.
With Vault it asks a server to decrypt the stack's key. Stacks with a passphrase are in tests/pipelines,
tests/packaging/test_first_stack.py, tests/backends/test_life_cycle.py and the demo (tests/engine/test_demo.py).
"""

from __future__ import annotations

import json
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROVIDER = "hashivault://tests"
"""The value of `pulumi stack init --secrets-provider`."""

_PREFIX = "vault:v1:"


class _Handler(BaseHTTPRequestHandler):
    """Returns what it is asked to encrypt, behind Vault's prefix. The stacks of tests have no real secrets."""

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/transit/encrypt/tests":
            data = {"ciphertext": _PREFIX + body["plaintext"]}
        elif self.path == "/v1/transit/decrypt/tests":
            data = {"plaintext": body["ciphertext"].removeprefix(_PREFIX)}
        else:
            self.send_error(404)
            return
        response = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, format: str, *args: object) -> None:
        pass


@cache
def variables() -> dict[str, str]:
    """Start the server, once in a process, and return the environment variables with which Pulumi finds it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, name="vault", daemon=True).start()
    return {
        "VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_address[1]}",
        "VAULT_SERVER_TOKEN": "a-token-of-the-tests",
    }
