"""Stored states refer to providers by module path and name. Every reference that a release wrote stays readable.

The texts are literal, as Pulumi stored them: a test that computed them would follow a mistake.
"""

from __future__ import annotations

import base64
import importlib
import os
import pickle
import pickletools
import shutil
import subprocess
from pathlib import Path

import pytest

from novu_provider.resources.provider import NovuProvider
from novu_provider.resources.sdk_workarounds import provider_reference

#: The reference in states of format 2 and in new states, by module under `novu_provider.resources`.
_FORMAT_2 = {
    "environment_binding": "gAJjbm92dV9wcm92aWRlci5iaW5kaW5nClBST1ZJREVSCi4=",
    "workflow": "gAJjbm92dV9wcm92aWRlci53b3JrZmxvdwpQUk9WSURFUgou",
    "step_controls": "gAJjbm92dV9wcm92aWRlci5zdGVwX2NvbnRyb2xzClBST1ZJREVSCi4=",
    "workflow_preferences": "gAJjbm92dV9wcm92aWRlci53b3JrZmxvd19wcmVmZXJlbmNlcwpQUk9WSURFUgou",
    "agent_binding": "gAJjbm92dV9wcm92aWRlci5hZ2VudF9iaW5kaW5nClBST1ZJREVSCi4=",
    "integration": "gAJjbm92dV9wcm92aWRlci5pbnRlZ3JhdGlvbgpQUk9WSURFUgou",
    "rename": "gAJjbm92dV9wcm92aWRlci5yZW5hbWUKUFJPVklERVIKLg==",
}
#: The reference in states of format 1, which names the class.
_FORMAT_1 = {
    "environment_binding": "gASVMAAAAAAAAACMFW5vdnVfcHJvdmlkZXIuYmluZGluZ5SMD0JpbmRpbmdQcm92aWRlcpSTlCmBlC4=",
    "workflow": "gASVMgAAAAAAAACMFm5vdnVfcHJvdmlkZXIud29ya2Zsb3eUjBBXb3JrZmxvd1Byb3ZpZGVylJOUKYGULg==",
}


def _provider(module: str) -> NovuProvider:
    provider: NovuProvider = importlib.import_module(f"novu_provider.resources.{module}").PROVIDER
    return provider


@pytest.mark.parametrize("module", _FORMAT_2)
def test_a_reference_of_format_2_loads_the_provider(module: str) -> None:
    assert pickle.loads(base64.b64decode(_FORMAT_2[module])) is _provider(module)


@pytest.mark.parametrize("module", _FORMAT_1)
def test_a_reference_of_format_1_loads_a_provider_of_the_same_class(module: str) -> None:
    assert type(pickle.loads(base64.b64decode(_FORMAT_1[module]))) is type(_provider(module))


@pytest.mark.parametrize("module", _FORMAT_2)
def test_new_states_get_the_reference_of_format_2(module: str) -> None:
    assert provider_reference(_provider(module)) == _FORMAT_2[module]


@pytest.mark.parametrize("module", _FORMAT_2)
def test_a_reference_does_not_depend_on_the_python_version(module: str) -> None:
    # Protocol 2 is in each Python 3. The reference contains a name, and neither bytecode nor an interpreter version.
    operations = [opcode.name for opcode, _, _ in pickletools.genops(base64.b64decode(_FORMAT_2[module]))]
    assert operations == ["PROTO", "GLOBAL", "STOP"]


def _interpreter(version: str) -> str | None:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [*map(str, pyenv.glob(f"versions/{version}.*/bin/python")), shutil.which(f"python{version}")]
    return next((path for path in candidates if path and _starts(path)), None)


def _starts(interpreter: str) -> bool:
    """Whether it is a Python that starts. A shim of pyenv is on PATH also for a version that is not chosen."""
    return subprocess.run([interpreter, "--version"], capture_output=True, check=False, timeout=60).returncode == 0


_FAKE_MODULE = """
class BindingProvider:
    def __reduce__(self):
        return "PROVIDER"


PROVIDER = BindingProvider()
"""

_READ_AND_WRITE = """
import base64, pickle, pickletools, sys
from novu_provider.binding import PROVIDER

assert pickle.loads(base64.b64decode(sys.argv[1])) is PROVIDER
print(base64.b64encode(pickletools.optimize(pickle.dumps(PROVIDER, protocol=2))).decode())
"""


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_each_python_reads_and_writes_the_same_reference(version: str, tmp_path: Path) -> None:
    interpreter = _interpreter(version)
    if interpreter is None:
        pytest.skip(f"Python {version} is not installed")
    # A module replaces the package, whose libraries are not installed for that interpreter.
    package = tmp_path / "novu_provider"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "binding.py").write_text(_FAKE_MODULE, encoding="utf-8")
    reference = _FORMAT_2["environment_binding"]
    command = [interpreter, "-c", _READ_AND_WRITE, reference]
    result = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == reference
