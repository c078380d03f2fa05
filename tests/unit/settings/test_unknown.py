"""Unknown settings are errors with the nearest known name, in programs, in the provider and in the commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime import set_all_config

from novu_provider.doctor.checks import settings as doctor_settings
from novu_provider.errors import SettingsError
from novu_provider.resources.environment_binding import BindingProvider
from novu_provider.settings import KEYS, Settings, expect_known_settings

KEY = "d0d0d0d0000000000000000000000001"

TYPOS = [
    ("pruneUnmanged", "pruneUnmanaged"),
    ("bridgeURL", "bridgeUrl"),
    ("protct", "protect"),
    ("prune_unmanaged", "pruneUnmanaged"),
    ("max-deletions", "maxDeletions"),
    ("Environment", "environment"),
    ("workflow", "workflows"),
    ("secretkey", "secretKey"),
]


@pytest.fixture
def configure() -> Iterator[Any]:
    """Set the configuration of the running program, and clear it afterwards."""
    yield lambda **values: set_all_config({f"novu:{key}": value for key, value in values.items()})
    set_all_config({})


@pytest.mark.parametrize(("typo", "setting"), TYPOS)
def test_a_typo_is_an_error_with_the_nearest_setting(typo: str, setting: str) -> None:
    with pytest.raises(SettingsError, match=f"`novu:{typo}` does not exist") as refused:
        expect_known_settings([f"novu:{typo}"])
    assert f"`novu:{setting}` was meant" in refused.value.why
    assert f"pulumi config rm novu:{typo}" in refused.value.fix
    assert f"novu:{setting} <value>" in refused.value.fix
    assert refused.value.prop == typo


def test_the_command_for_a_secret_encrypts_it() -> None:
    with pytest.raises(SettingsError) as refused:
        expect_known_settings(["novu:secretkey"])
    assert "pulumi config set --secret novu:secretKey <value>" in refused.value.fix


def test_the_commands_name_the_stack() -> None:
    with pytest.raises(SettingsError) as refused:
        expect_known_settings(["novu:protct"], "prod")
    assert "pulumi config rm novu:protct --stack prod" in refused.value.fix


def test_a_value_inside_of_workflows_that_was_set_without_path_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"workflows\.welcome\.active") as refused:
        expect_known_settings(["novu:workflows.welcome.active"])
    assert "pulumi config set --path novu:workflows.welcome.active <value>" in refused.value.fix


def test_a_name_that_is_near_no_setting_is_an_error_too() -> None:
    with pytest.raises(SettingsError, match="`novu:x` does not exist") as refused:
        expect_known_settings(["novu:x"])
    assert "another namespace" in refused.value.fix


@pytest.mark.parametrize("key", ["app:protct", "pulumi:disable-default-providers", "aws:region", "novu-shop:protct"])
def test_keys_of_other_namespaces_are_accepted(key: str) -> None:
    expect_known_settings([key])


def test_every_setting_is_known() -> None:
    expect_known_settings(f"novu:{key}" for key in KEYS)
    assert {"secretKey", "region", "pruneUnmanaged", "workflows"} <= KEYS


@given(st.text(min_size=1, max_size=20))
def test_a_key_is_accepted_exactly_if_it_is_a_setting(key: str) -> None:
    if key in KEYS:
        expect_known_settings([f"novu:{key}"])
        return
    with pytest.raises(SettingsError):
        expect_known_settings([f"novu:{key}"])


def test_a_program_is_stopped_by_a_typo(configure: Any) -> None:
    configure(secretKey=KEY, protct="welcome")
    with pytest.raises(pulumi.RunError, match="`novu:protct` does not exist"):
        Settings.from_config()


def test_a_program_without_typos_runs(configure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "warn", lambda _: None)
    configure(secretKey=KEY, protect="welcome")
    assert Settings.from_config().protect == ("welcome",)


def test_the_provider_refuses_a_typo_in_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    # The provider turns tracebacks off for its process. Here, that must end with the test.
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    """Fails if a version of the SDK no longer stores the keys where the provider reads them."""
    provider = BindingProvider("novu_provider.binding")
    provider.configure(ConfigureRequest(config=Config({"novu:secretKey": KEY, "novu:protct": "welcome"}, "shop")))
    with pytest.raises(SettingsError, match="`novu:protct` does not exist"):
        provider.session()


def test_the_doctor_reports_every_typo_and_reads_the_other_settings() -> None:
    fields = doctor_settings.read({"secretKey": KEY, "protct": "a", "bridgeURL": "b", "timeout": "7"}, {})
    assert [error.prop for error in fields["setting_errors"]] == ["bridgeURL", "protct"]
    assert fields["settings"].timeout == 7


@pytest.mark.parametrize(("argument", "nearest"), [("protct", "protect"), ("maxDeletions", "max_deletions")])
def test_an_unknown_argument_is_an_error_with_the_nearest_one(argument: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"`{argument}`") as refused:
        Settings.read({"secretKey": KEY}.get, {}, **{argument: "x"})
    assert f"`{nearest}` was meant" in refused.value.why
