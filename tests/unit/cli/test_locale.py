"""The commands work in a locale that is ASCII, also without Python's UTF-8 mode."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.intercepting_proxy import Response, intercepting_proxy


def test_the_doctor_reads_a_url_in_any_script() -> None:
    with intercepting_proxy() as server:
        # A status that is not retried.
        server.respond = lambda _request, _forward: Response(404)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")},
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "NOVU_SECRET_KEY": "d0d0d0d0000000000000000000000001",
            "NOVU_API_URL": server.url,
            "NOVU_BRIDGE_URL": f"{server.url}/grüße",
        }
        result = subprocess.run(
            [sys.executable, "-c", "from novu_provider.cli import main; main()", "doctor", "--json"],
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
    # 1: the doctor found problems, since neither Novu nor a bridge is at that address.
    assert result.returncode == 1, result.stderr
    assert b"crashed" not in result.stdout
    assert b"127.0.0.1 resolves" in result.stdout
    assert any("gr%C3%BC%C3%9Fe" in request.path for request in server.requests)
