"""Stored states refer to providers by module path and name. Every reference that a release wrote stays readable.

The texts are literal, as Pulumi stored them: a test that computed them would follow a mistake.
"""

from __future__ import annotations

import base64
import importlib
import pickle

import pytest

from novu_provider.resources.provider import NovuProvider
from novu_provider.resources.sdk_workarounds import provider_reference

#: Module under `novu_provider.resources` -> the reference that states of format 2 hold, and new states get.
_FORMAT_2 = {
    "environment_binding": "gAJjbm92dV9wcm92aWRlci5iaW5kaW5nClBST1ZJREVSCi4=",
    "workflow": "gAJjbm92dV9wcm92aWRlci53b3JrZmxvdwpQUk9WSURFUgou",
    "step_controls": "gAJjbm92dV9wcm92aWRlci5zdGVwX2NvbnRyb2xzClBST1ZJREVSCi4=",
    "workflow_preferences": "gAJjbm92dV9wcm92aWRlci53b3JrZmxvd19wcmVmZXJlbmNlcwpQUk9WSURFUgou",
    "agent_binding": "gAJjbm92dV9wcm92aWRlci5hZ2VudF9iaW5kaW5nClBST1ZJREVSCi4=",
    "rename": "gAJjbm92dV9wcm92aWRlci5yZW5hbWUKUFJPVklERVIKLg==",
}
#: The same for states of format 1, which refer to the class.
_FORMAT_1 = {
    "environment_binding": "gASVMAAAAAAAAACMFW5vdnVfcHJvdmlkZXIuYmluZGluZ5SMD0JpbmRpbmdQcm92aWRlcpSTlCmBlC4=",
    "workflow": "gASVMgAAAAAAAACMFm5vdnVfcHJvdmlkZXIud29ya2Zsb3eUjBBXb3JrZmxvd1Byb3ZpZGVylJOUKYGULg==",
}


def _provider(module: str) -> NovuProvider:
    found: NovuProvider = importlib.import_module(f"novu_provider.resources.{module}").PROVIDER
    return found


@pytest.mark.parametrize("module", _FORMAT_2)
def test_a_reference_of_format_2_loads_the_provider(module: str) -> None:
    assert pickle.loads(base64.b64decode(_FORMAT_2[module])) is _provider(module)


@pytest.mark.parametrize("module", _FORMAT_1)
def test_a_reference_of_format_1_loads_a_provider_of_the_same_class(module: str) -> None:
    assert type(pickle.loads(base64.b64decode(_FORMAT_1[module]))) is type(_provider(module))


@pytest.mark.parametrize("module", _FORMAT_2)
def test_new_states_get_the_reference_of_format_2(module: str) -> None:
    assert provider_reference(_provider(module)) == _FORMAT_2[module]
