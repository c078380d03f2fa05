"""Integrations of two environments, compared without their credentials."""

from __future__ import annotations

from typing import Any

from novu_provider.model.integrations import StoredIntegration
from novu_provider.promotion.integrations import compare_integrations
from novu_provider.promotion.model import Place, Promotion
from novu_provider.promotion.terminal import render


def _stored(identifier: str, provider: str = "ses", channel: str = "email", **values: Any) -> StoredIntegration:
    fields: dict[str, Any] = {
        "name": identifier,
        "active": True,
        "primary": False,
        "credentials": {"apiKey": "made-up-api-key"},
    }
    return StoredIntegration(f"id-{identifier}", identifier, provider_id=provider, channel=channel, **fields | values)


def test_equal_integrations_are_no_difference() -> None:
    mail = _stored("mail", primary=True)
    assert compare_integrations([mail], [mail]) == ()
    # The dashboard makes another identifier in each environment.
    assert compare_integrations([_stored("ses-a1")], [_stored("ses-b2")]) == ()


def test_a_missing_integration_is_declared_with_placeholders() -> None:
    (difference,) = compare_integrations([_stored("mail", primary=True)], [])
    assert (difference.missing, difference.changes) == (True, ())
    assert difference.program.splitlines() == [
        "novu.Integration(",
        '    "mail",',
        '    provider_id="ses",',
        "    credentials={",
        '        "apiKey": config.require_secret("mail-apiKey"),',
        '        "secretKey": config.require_secret("mail-secretKey"),',
        '        "region": config.require_secret("mail-region"),',
        '        "from": config.require_secret("mail-from"),',
        '        "senderName": config.require_secret("mail-senderName"),',
        "    },",
        "    primary=True,",
        ")",
    ]
    assert "made-up-api-key" not in difference.model_dump_json()


def test_another_state_is_a_difference_and_keeps_the_credentials() -> None:
    source, target = _stored("mail", primary=True), _stored("mail", active=False)
    (difference,) = compare_integrations([source], [target])
    assert [(change.name, change.before, change.after) for change in difference.changes] == [
        ("active", False, True),
        ("primary", False, True),
    ]
    assert "credentials" not in difference.program


def test_another_provider_with_the_same_identifier_is_missing() -> None:
    (difference,) = compare_integrations([_stored("mail", "ses")], [_stored("mail", "sendgrid")])
    assert difference.missing


def test_the_identifier_of_the_target_is_declared() -> None:
    (difference,) = compare_integrations([_stored("ses-a1", primary=True)], [_stored("ses-b2")])
    assert difference.identifier == "ses-b2"
    assert '"ses-b2"' in difference.program


def test_the_program_is_python_whatever_the_name_is() -> None:
    (difference,) = compare_integrations([_stored('a"b\n', name="x\\")], [])
    compile(difference.program, "program", "exec")


def test_the_terminal_shows_the_program() -> None:
    places = [Place(stack=name, environment_id=name, environment=name.title()) for name in ("dev", "prod")]
    differences = compare_integrations(
        [_stored("mail", primary=True), _stored("b", "twilio", "sms")], [_stored("mail")]
    )
    text = render(Promotion(source=places[0], target=places[1], integrations=differences)).plain
    assert "Integrations to declare for Prod" in text
    assert "mail (ses, email): primary false → true" in text
    assert "b (twilio, sms): missing" in text
    assert 'provider_id="twilio",' in text
    assert "Credentials of integrations are neither compared nor copied" in text
