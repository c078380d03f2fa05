"""Settings come from the stack's configuration, then the environment, and say plainly what is wrong with them."""

from __future__ import annotations

import copy
import dataclasses
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
    found: dict[str, Any] = {"secretKey": KEY, **(config or {})}
    return Settings.read(found.get, environ or {}, **overrides)


def key_of(settings: Settings) -> str:
    return settings.secret_key.get_secret_value()


def token_of(settings: Settings) -> str | None:
    return settings.bypass_token.get_secret_value() if settings.bypass_token else None


def test_a_key_alone_means_novu_cloud_in_the_us_and_every_guard_on() -> None:
    settings = read()
    assert (key_of(settings), settings.api_url, settings.bridge_url) == (KEY, "https://api.novu.co", None)
    assert (settings.prune_unmanaged, settings.protect) == ((), ())
    assert (settings.allow_empty, settings.max_deletions) == (False, None)
    assert settings.wait_for_bridge == 0


def test_the_environment_stands_in_for_what_the_configuration_lacks() -> None:
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


def test_the_configuration_goes_before_the_environment_and_the_program_before_both() -> None:
    environ = {"NOVU_SECRET_KEY": "another-key", "NOVU_BRIDGE_URL": "https://environment.example.com"}
    configured = read({"bridgeUrl": BRIDGE}, environ)
    assert (key_of(configured), configured.bridge_url) == (KEY, BRIDGE)
    assert read({"bridgeUrl": BRIDGE}, environ, bridge_url="https://program.example.com").bridge_url == (
        "https://program.example.com"
    )
    assert read({"bridgeUrl": BRIDGE}, environ, bridge_url=None).bridge_url == BRIDGE


@pytest.mark.parametrize("config", [{}, {"secretKey": ""}, {"secretKey": "  "}, {"secretKey": None}])
def test_without_a_key_it_says_how_to_set_one(config: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="no secret key") as refused:
        Settings.read(config.get, {})
    assert refused.value.prop == "secretKey"
    assert "pulumi config set --secret novu:secretKey" in refused.value.fix


@pytest.mark.parametrize("key", ["two words", "two\nlines", "tab\there", "schlüssel", "nul\x00", "no-break\xa0space"])
def test_a_key_with_what_no_key_has_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(SettingsError, match="the secret key has a space, a line break") as refused:
        read({"secretKey": key})
    assert refused.value.prop == "secretKey"
    assert key not in str(refused.value)
    with pytest.raises(SettingsError) as direct:
        Settings(secret_key=Secret(key))
    assert key not in str(direct.value)
    assert key.split("\n", maxsplit=1)[0] not in repr(direct.value)


def test_a_key_with_a_line_break_at_its_end_is_read_without_it() -> None:
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
def test_an_ill_formed_value_is_refused_at_its_own_property(config: dict[str, Any], prop: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(config)
    assert refused.value.prop == prop
    assert refused.value.fix
    assert KEY not in str(refused.value)
    assert "hunter22" not in str(refused.value)


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="colour"):
        read(colour="red")


@pytest.mark.parametrize(
    ("config", "api_url"),
    [
        ({"region": "us"}, "https://api.novu.co"),
        ({"region": "EU"}, "https://eu.api.novu.co"),
        ({"region": ""}, "https://novu.example.com"),
        ({"region": "eu", "apiUrl": "https://eu.api.novu.co"}, "https://eu.api.novu.co"),
        ({"apiUrl": "http://localhost:3000"}, "http://localhost:3000"),
    ],
)
def test_a_region_is_short_for_its_url_and_goes_before_the_environment(config: dict[str, Any], api_url: str) -> None:
    assert read(config, {"NOVU_API_URL": "https://novu.example.com"}).api_url == api_url


def test_a_region_and_a_url_that_differ_are_both_named() -> None:
    with pytest.raises(SettingsError, match="`novu:region` is eu and `novu:apiUrl` is https://novu"):
        read({"region": "eu", "apiUrl": "https://novu.example.com"})


def test_a_self_hosted_novu_may_call_a_bridge_without_tls() -> None:
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
def test_ids_are_read_from_a_list_from_json_from_commas_or_are_all(name: str, value: Any, ids: Any) -> None:
    settings = read({name: value})
    assert (settings.prune_unmanaged if name == "pruneUnmanaged" else settings.protect) == ids


def test_numbers_and_booleans_are_read_from_text() -> None:
    settings = read({"waitForBridge": "90", "allowEmpty": "true", "maxDeletions": "0"})
    assert (settings.wait_for_bridge, settings.allow_empty, settings.max_deletions) == (90, True, 0)


def test_a_bypass_token_in_the_bridge_url_becomes_the_secret_that_it_is() -> None:
    settings = read({"bridgeUrl": f"{BRIDGE}?a=1&x-vercel-protection-bypass={TOKEN}"})
    assert (settings.bridge_url, token_of(settings)) == (f"{BRIDGE}?a=1", TOKEN)
    assert TOKEN not in repr(settings)


def test_the_same_token_twice_is_one_and_two_tokens_are_refused_unseen() -> None:
    url = f"{BRIDGE}?x-vercel-protection-bypass={TOKEN}"
    assert token_of(read({"bridgeUrl": url, "bypassToken": TOKEN})) == TOKEN
    with pytest.raises(SettingsError, match="two bypass tokens") as refused:
        read({"bridgeUrl": url, "bypassToken": "another-token"})
    assert TOKEN not in str(refused.value)
    assert "another-token" not in str(refused.value)


def test_no_text_of_the_settings_shows_a_secret() -> None:
    settings = read({"bridgeUrl": BRIDGE, "bypassToken": TOKEN})
    for text in (str(settings), repr(settings), f"{settings!r:>20}", str(vars(settings))):
        assert KEY not in text
        assert TOKEN not in text


def test_settings_cannot_be_changed_and_equal_ones_are_one_key_of_a_dictionary() -> None:
    one, other = read({"protect": "a"}), read({"protect": ["a"]})
    assert {one: 1}[other] == 1
    assert read({"secretKey": "another-key"}) != one
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.api_url = "https://evil.example"  # type: ignore[misc]
    for again in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert again == one
        assert key_of(again) == KEY


@pytest.mark.parametrize("name", ["secret_key", "bypass_token", "api_url", "ca_bundle", "timeout", "retries"])
def test_a_program_does_not_give_what_the_provider_s_process_reads_for_itself(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"the program gives `{name}` to") as caught:
        Settings.from_config(**{name: "a value that may be secret"})
    assert "a value that may be secret" not in str(caught.value)


def test_an_option_for_the_region_goes_before_the_variable_for_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVU_API_URL", "https://novu.example.com")
    monkeypatch.setenv("NOVU_SECRET_KEY", "0" * 32)
    seen: list[Settings] = []

    @click.command()
    @options.connection
    def command(**given: Any) -> None:
        seen.append(options.settings(**given))

    for arguments in ([], ["--region", "eu"], ["--api-url", "https://other.example.com"]):
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 0, result.output
    assert [one.api_url for one in seen] == [
        "https://novu.example.com",
        "https://eu.api.novu.co",
        "https://other.example.com",
    ]
