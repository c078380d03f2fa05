"""From the wheel to the first stack: the way of a new user, with real parts and no file edited by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from novu_provider.emulator.config import DEVELOPMENT_KEY
from tests.bridge.node import NodeServer
from tests.packaging import closure
from tools.dist import package

pytestmark = [pytest.mark.engine, pytest.mark.node]

_ROOT = Path(__file__).resolve().parents[2]
_BRIDGE = {"NOVU_SECRET_KEY": DEVELOPMENT_KEY, "HOST": "127.0.0.1", "PORT": "0", "BRIDGE_RELEASE": "1"}


class Shell:
    """A shell of a user in one folder, with an empty home directory and the folder's virtual environment active."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        own = ("NOVU_", "PULUMI_", "VERCEL_", "PYTHON")
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(own)},
            "HOME": str(home),
            # Pulumi finds its own folder by the user's account, not by HOME.
            "PULUMI_HOME": str(home / ".pulumi"),
            "PULUMI_BACKEND_URL": home.as_uri(),
            "PATH": os.pathsep.join((str(folder / ".venv" / "bin"), os.environ["PATH"])),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def run(self, command: str, typed: str = "") -> str:
        """Run a line in the shell; `typed` is what the user types."""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environ,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout


@contextmanager
def _local(shell: Shell) -> Iterator[str]:
    """Run `novu-provider local`, and give its URL."""
    command = [str(shell.folder / ".venv" / "bin" / "novu-provider"), "local", "--port", "0"]
    with subprocess.Popen(
        command, cwd=shell.folder, env=shell.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, line
            yield found[0]
        finally:
            process.terminate()


def _workflows(api_url: str) -> set[str]:
    headers: Mapping[str, str] = {"Authorization": f"ApiKey {DEVELOPMENT_KEY}"}
    response = httpx.get(f"{api_url}/v2/workflows?limit=100", headers=headers, trust_env=False, verify=False)
    return {workflow["workflowId"] for workflow in response.raise_for_status().json()["data"]["workflows"]}


def test_the_printed_commands_make_the_first_stack(tmp_path: Path) -> None:
    made = package.build(_ROOT, tmp_path / "dist")
    folder, home = tmp_path / "novu", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    python = closure.make(folder / ".venv", (*(made.metadata().get_all("Requires-Dist") or ()), "pip"))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", "--quiet"]
    subprocess.run([*install, str(made.wheel)], check=True)
    shell = Shell(folder, home)
    with _local(shell) as api_url, NodeServer(_ROOT / "examples" / "bridge", _BRIDGE) as bridge:
        bridge_url = bridge.first_line.removeprefix("bridge listening on ")
        printed = shell.run(f"novu-provider init --yes --api-url {api_url} --bridge-url {bridge_url}")
        commands = [line.strip() for line in printed.splitlines() if line.startswith("  ")]
        assert [command.split()[1] for command in commands] == ["stack", "config", "up"]
        create, configure, up = commands
        # The requirement installs the same wheel again.
        assert (folder / "requirements.txt").read_text("utf-8") == f"novu_provider @ {made.wheel.as_uri()}\n"

        shell.run(create)
        shell.run(configure, typed=DEVELOPMENT_KEY)
        configuration = yaml.safe_load((folder / "stacks" / "Pulumi.dev.yaml").read_text("utf-8"))["config"]
        assert configuration["novu:bridgeUrl"] == bridge_url
        assert configuration["novu:environment"] == "Development"
        assert set(configuration["novu:secretKey"]) == {"secure"}
        assert _workflows(api_url) == set()
        assert "to create" in shell.run("pulumi preview")
        assert _workflows(api_url) == set()
        shell.run(f"{up} --yes")
        assert {"welcome", "order-shipped", "password-reset"} <= _workflows(api_url)
        assert "unchanged" in shell.run(f"{up} --yes --skip-preview --expect-no-changes")
