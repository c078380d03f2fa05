"""The commands work in a locale that is ASCII, also without Python's UTF-8 mode."""

from __future__ import annotations

import os
import subprocess
import sys


def test_the_doctor_reads_a_url_in_any_script() -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")},
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "NOVU_SECRET_KEY": "d0d0d0d0000000000000000000000001",
        "NOVU_API_URL": "http://127.0.0.1:9",
        "NOVU_BRIDGE_URL": "http://127.0.0.1:9/grüße",
    }
    result = subprocess.run(
        [sys.executable, "-c", "from novu_provider.cli import main; main()", "doctor", "--json"],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    # 1: the doctor reports problems, because nothing listens at that address.
    assert result.returncode == 1, result.stderr
    assert b"crashed" not in result.stdout
    assert b"127.0.0.1 resolves" in result.stdout
