"""Settings come from the stack's configuration and from environment variables, and invalid ones are refused."""

from __future__ import annotations

import copy
import dataclasses
import os
import pickle
from typing import Any

import click
import pulumi
import pytest
from click.testing import CliRunner

from novu_provider.cli import options
from novu_provider.errors import SettingsError
from novu_provider.settings import Settings
from novu_provider.settings.parsing import Secret

KEY = "d0d0d0d0000000000000000000000001"
TOKEN = "vercel-bypass-0123456789"
BRIDGE = "https://app.example.com/api/novu"


def read(config: dict[str, Any] | None = None, environ: dict[str, str] | None = None, **overrides: Any) -> Settings:
    configuration: dict[str, Any] = {"secretKey": KEY, **(config or {})}
    return Settings.read(configuration.get, environ or {}, **overrides)


def key_of(settings: Settings) -> str:
    return settings.secret_key.get_secret_value()


def token_of(settings: Settings) -> str | None:
    return settings.bypass_token.get_secret_value() if settings.bypass_token else None


def test_the_defaults_are_novu_cloud_in_the_us_and_every_guard() -> None:
    settings = read()
    assert (key_of(settings), settings.api_url, settings.bridge_url) == (KEY, "https://api.novu.co", None)
    assert (settings.prune_unmanaged, settings.protect) == ((), ())
    assert (settings.allow_empty, settings.max_deletions) == (False, None)
    assert settings.wait_for_bridge == 0


def test_environment_variables_are_read_if_the_configuration_is_empty() -> None:
    environ = {
        "NOVU_SECRET_KEY": f"{KEY}\n",
        "NOVU_BRIDGE_URL": BRIDGE,
        "NOVU_API_URL": "https://novu.example.com/",
        "VERCEL_AUTOMATION_BYPASS_SECRET": TOKEN,
        "NOVU_CA_BUNDLE": "ca.pem",
    }
    nothing: dict[str, str] = {}
    settings = Settings.read(nothing.get, environ)
    assert (key_of(settings), settings.bridge_url, settings.api_url) == (KEY, BRIDGE, "https://novu.example.com")
    assert (token_of(settings), settings.ca_bundle) == (TOKEN, "ca.pem")


def test_the_configuration_overrides_the_environment_and_the_program_overrides_both() -> None:
    environ = {"NOVU_SECRET_KEY": "another-key", "NOVU_BRIDGE_URL": "https://environment.example.com"}
    configured = read({"bridgeUrl": BRIDGE}, environ)
    assert (key_of(configured), configured.bridge_url) == (KEY, BRIDGE)
    assert read({"bridgeUrl": BRIDGE}, environ, bridge_url="https://program.example.com").bridge_url == (
        "https://program.example.com"
    )
    assert read({"bridgeUrl": BRIDGE}, environ, bridge_url=None).bridge_url == BRIDGE


@pytest.mark.parametrize("config", [{}, {"secretKey": ""}, {"secretKey": "  "}, {"secretKey": None}])
def test_the_error_of_a_missing_key_contains_the_command_to_set_it(config: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="no secret key") as refused:
        Settings.read(config.get, {})
    assert refused.value.prop == "secretKey"
    assert "pulumi config set --secret novu:secretKey" in refused.value.fix


@pytest.mark.parametrize("key", ["two words", "two\nlines", "tab\there", "schlüssel", "nul\x00", "no-break\xa0space"])
def test_a_key_with_invalid_characters_is_refused_and_hidden(key: str) -> None:
    with pytest.raises(SettingsError, match="the secret key has a space, a line break") as refused:
        read({"secretKey": key})
    assert refused.value.prop == "secretKey"
    assert key not in str(refused.value)
    with pytest.raises(SettingsError) as direct:
        Settings(secret_key=Secret(key))
    assert key not in str(direct.value)
    assert key.split("\n", maxsplit=1)[0] not in repr(direct.value)


def test_white_space_around_a_key_is_removed() -> None:
    assert key_of(read({"secretKey": f" {KEY}\n"})) == KEY


@pytest.mark.parametrize(
    ("config", "prop"),
    [
        ({"bridgeUrl": "app.example.com/api/novu"}, "bridgeUrl"),
        ({"bridgeUrl": "https://"}, "bridgeUrl"),
        ({"bridgeUrl": "http://app.example.com"}, "bridgeUrl"),
        ({"bridgeUrl": "https://user:hunter22@app.example.com"}, "bridgeUrl"),
        ({"apiUrl": "api.novu.co"}, "apiUrl"),
        ({"apiUrl": "https://"}, "apiUrl"),
        ({"apiUrl": "http://api.novu.co"}, "apiUrl"),
        ({"apiUrl": "https://user:hunter22@novu.example.com"}, "apiUrl"),
        ({"region": "mars"}, "region"),
        ({"region": "eu", "apiUrl": "https://api.novu.co"}, "region"),
        ({"waitForBridge": "soon"}, "waitForBridge"),
        ({"waitForBridge": "-1"}, "waitForBridge"),
        ({"waitForBridge": "nan"}, "waitForBridge"),
        ({"waitForBridge": "3601"}, "waitForBridge"),
        ({"allowEmpty": "perhaps"}, "allowEmpty"),
        ({"maxDeletions": "-1"}, "maxDeletions"),
        ({"maxDeletions": "half"}, "maxDeletions"),
        ({"maxDeletions": "1.5"}, "maxDeletions"),
        ({"protect": "[1, 2]"}, "protect"),
        ({"protect": '["a"'}, "protect"),
        ({"pruneUnmanaged": 5}, "pruneUnmanaged"),
    ],
)
def test_an_invalid_value_is_refused_with_its_property(config: dict[str, Any], prop: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(config)
    assert refused.value.prop == prop
    assert refused.value.fix
    assert KEY not in str(refused.value)
    assert "hunter22" not in str(refused.value)


def test_an_unknown_override_is_refused() -> None:
    with pytest.raises(SettingsError, match="color"):
        read(color="red")


@pytest.mark.parametrize(
    ("config", "api_url"),
    [
        ({"region": "us"}, "https://api.novu.co"),
        ({"region": "EU"}, "https://eu.api.novu.co"),
        ({"region": ""}, "https://novu.example.com"),
        ({"region": "eu", "apiUrl": "https://eu.api.novu.co"}, "https://eu.api.novu.co"),
        ({"region": "eu", "apiUrl": "https://eu.api.novu.co/v1/"}, "https://eu.api.novu.co"),
        ({"apiUrl": "http://localhost:3000"}, "http://localhost:3000"),
    ],
)
def test_a_region_is_short_for_its_url_and_overrides_the_environment(config: dict[str, Any], api_url: str) -> None:
    assert read(config, {"NOVU_API_URL": "https://novu.example.com"}).api_url == api_url


def test_a_region_and_a_different_url_are_both_in_the_error() -> None:
    with pytest.raises(SettingsError, match="`novu:region` is eu and `novu:apiUrl` is https://novu"):
        read({"region": "eu", "apiUrl": "https://novu.example.com"})


def test_a_version_in_the_api_url_is_removed_wherever_it_was_set() -> None:
    assert read({"apiUrl": "http://localhost:3000/v1"}).api_url == "http://localhost:3000"
    assert read({}, {"NOVU_API_URL": "https://eu.api.novu.co/v2/"}).api_url == "https://eu.api.novu.co"


def test_a_self_hosted_novu_may_call_a_bridge_over_http() -> None:
    config = {"apiUrl": "http://novu.internal", "bridgeUrl": "http://app.internal/api/novu"}
    assert read(config).bridge_url == "http://app.internal/api/novu"


@pytest.mark.parametrize("name", ["pruneUnmanaged", "protect"])
@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("a", ("a",)),
        ("a,b", ("a", "b")),
        (" a , Order Shipped ,", ("a", "Order Shipped")),
        ('["a", "b, c"]', ("a", "b, c")),
        ("[]", ()),
        ("true", True),
        ("True", True),
        ("false", ()),
        (True, True),
        (False, ()),
        (["a", "b"], ("a", "b")),
        (("a",), ("a",)),
    ],
)
def test_ids_may_be_a_list_json_comma_separated_or_true(name: str, value: Any, ids: Any) -> None:
    settings = read({name: value})
    assert (settings.prune_unmanaged if name == "pruneUnmanaged" else settings.protect) == ids


def test_numbers_and_booleans_are_parsed_from_text() -> None:
    settings = read({"waitForBridge": "90", "allowEmpty": "true", "maxDeletions": "0"})
    assert (settings.wait_for_bridge, settings.allow_empty, settings.max_deletions) == (90, True, 0)


def test_a_bypass_token_in_the_bridge_url_becomes_a_secret() -> None:
    settings = read({"bridgeUrl": f"{BRIDGE}?a=1&x-vercel-protection-bypass={TOKEN}"})
    assert (settings.bridge_url, token_of(settings)) == (f"{BRIDGE}?a=1", TOKEN)
    assert TOKEN not in repr(settings)


def test_two_different_tokens_are_refused_without_printing_them() -> None:
    url = f"{BRIDGE}?x-vercel-protection-bypass={TOKEN}"
    assert token_of(read({"bridgeUrl": url, "bypassToken": TOKEN})) == TOKEN
    with pytest.raises(SettingsError, match="two bypass tokens") as refused:
        read({"bridgeUrl": url, "bypassToken": "another-token"})
    assert TOKEN not in str(refused.value)
    assert "another-token" not in str(refused.value)


def test_no_text_of_the_settings_contains_a_secret() -> None:
    settings = read({"bridgeUrl": BRIDGE, "bypassToken": TOKEN})
    for text in (str(settings), repr(settings), f"{settings!r:>20}", str(vars(settings))):
        assert KEY not in text
        assert TOKEN not in text


def test_settings_are_immutable_and_hashable() -> None:
    settings, equal = read({"protect": "a"}), read({"protect": ["a"]})
    assert {settings: 1}[equal] == 1
    assert read({"secretKey": "another-key"}) != settings
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.api_url = "https://evil.example"  # type: ignore[misc]
    for restored in (copy.deepcopy(settings), pickle.loads(pickle.dumps(settings))):
        assert restored == settings
        assert key_of(restored) == KEY


@pytest.mark.parametrize("name", ["secret_key", "bypass_token", "api_url", "ca_bundle", "timeout", "retries"])
def test_a_program_cannot_pass_settings_that_the_provider_reads_itself(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"the program passes `{name}` to") as caught:
        Settings.from_config(**{name: "a value that may be secret"})
    assert "a value that may be secret" not in str(caught.value)


def test_the_option_region_overrides_the_variable_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVU_API_URL", "https://novu.example.com")
    monkeypatch.setenv("NOVU_SECRET_KEY", "0" * 32)
    results: list[Settings] = []

    @click.command()
    @options.connection
    def command(**values: Any) -> None:
        results.append(options.settings(**values))

    for arguments in ([], ["--region", "eu"], ["--api-url", "https://other.example.com"]):
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 0, result.output
    assert [settings.api_url for settings in results] == [
        "https://novu.example.com",
        "https://eu.api.novu.co",
        "https://other.example.com",
    ]


def test_text_from_an_ascii_locale_is_read_as_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_in_an_ascii_locale(text: str) -> bytes:
        return text.encode("ascii", "surrogateescape")

    monkeypatch.setattr(os, "fsencode", as_in_an_ascii_locale)
    raw = "grüße".encode().decode("ascii", "surrogateescape")
    values = {"secretKey": "a-key", "protect": raw, "environment": "Größe", "manifest": raw}
    settings = Settings.read(values.get, {})
    assert settings.protect == ("grüße",)
    assert settings.environment == "Größe"
    # Python opens the file by this name.
    assert settings.manifest == raw


def test_invalid_bytes_in_a_setting_stay_as_they_are() -> None:
    settings = Settings.read({"secretKey": "a-key", "environment": "\udcff"}.get, {})
    assert settings.environment == "\udcff"
