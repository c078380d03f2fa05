"""Checks the locked versions for known vulnerabilities.

The databases are services on the internet. If their host name does not resolve, the audit prints a notice and succeeds,
so that `make check` also works offline and behind a firewall.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.pulumi_engine.install import resolves

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "api.osv.dev"
BRIDGES = ("examples/bridge", "tests/bridge")


def main() -> int:
    """Audit the Python lock and each bridge's npm lock. Return 1 if one contains a known vulnerability."""
    if not resolves(DATABASE):
        print(f"audit: SKIPPED, {DATABASE} does not resolve here; run `make audit` on a machine with internet access")
        return 0
    lock = ROOT / "requirements" / "dev.txt"
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--disable-pip", "--require-hashes"]
    failed = subprocess.run([*command, "-r", str(lock)], check=False).returncode != 0
    npm = shutil.which("npm")
    if npm is None:
        print("audit: the npm locks are SKIPPED, there is no npm on PATH")
        return int(failed)
    for bridge in BRIDGES:
        if (ROOT / bridge / "package-lock.json").exists():
            command = [npm, "audit", "--package-lock-only", "--audit-level=high"]
            failed |= subprocess.run(command, cwd=ROOT / bridge, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
