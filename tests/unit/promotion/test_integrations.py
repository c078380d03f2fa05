"""Integrations of two environments, compared without their credentials."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from novu_provider.model.integrations import StoredIntegration
from novu_provider.planning.integration_program import config_name
from novu_provider.promotion.integrations import compare_integrations
from novu_provider.promotion.model import IntegrationDifference, Place, Promotion
from novu_provider.promotion.program import config_commands, module_name, render_program
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


def test_the_program_of_the_source_declares_it_already() -> None:
    mail, sms = _stored("mail", primary=True), _stored("sms", "twilio", "sms")
    differences = compare_integrations([mail, sms], [], {"mail"})
    assert [(one.identifier, one.declared) for one in differences] == [("mail", True), ("sms", False)]
    promotion = _promotion(differences)
    assert '"mail"' not in render_program(promotion)
    assert "mail (ses, email): missing\n      the program already declares it" in render(promotion).plain


def test_an_inbox_is_declared_although_it_keeps_another_identifier() -> None:
    source, target = (_stored(f"inbox-{name}", "novu", "in_app", active=name == "b2") for name in ("b2", "a1"))
    (difference,) = compare_integrations([source], [target], {"inbox", target.id})
    assert difference.declared
    (difference,) = compare_integrations([source], [target], {"another", "id-another"})
    assert not difference.declared


def test_a_missing_integration_keeps_its_conditions() -> None:
    conditions = [{"isNegated": False, "value": "AND", "children": [{"field": "identifier", "value": 'a"\n\u202e'}]}]
    stored = _stored("push", "apns", "push", conditions=tuple(conditions))
    (missing,) = compare_integrations([stored], [])
    (line,) = [line for line in missing.program.splitlines() if "conditions" in line]
    assert ast.literal_eval(line.strip().removeprefix("conditions=").removesuffix(",")) == conditions
    assert line.isprintable()
    (changed,) = compare_integrations([stored], [replace(stored, active=False)])
    assert "conditions" not in changed.program


def test_novu_clouds_own_integrations_are_in_each_environment() -> None:
    assert compare_integrations([_stored("novu-email-1", "novu-email")], []) == ()


def test_the_written_program_declares_integrations_in_its_stack_only() -> None:
    promotion = _promotion(compare_integrations([_stored("mail", primary=True), _stored('b"\n: x', "fcm", "push")], []))
    text = render_program(promotion)
    assert "made-up-api-key" not in text
    values = {f"mail-{key}" for key in ("apiKey", "secretKey", "region", "from", "senderName")}
    values.add(config_name('b"\n: x', "serviceAccount"))
    assert declared_by(text, "prod", values) == {"mail": ("ses", True), 'b"\n: x': ("fcm", None)}
    # A stack without these values must not fail.
    assert declared_by(text, "dev", set()) == {}
    shown = render(promotion).plain
    assert "With --write, the lines above are written to integrations_prod.py." in shown
    assert "pulumi config set --stack prod --secret mail-apiKey\n" in shown
    assert "nothing to promote" not in shown


def test_the_terminal_shows_where_the_program_was_written() -> None:
    promotion = _promotion(compare_integrations([_stored("mail")], []))
    written = promotion.model_copy(update={"program_file": "infra/integrations_prod.py"})
    assert "The lines above are in infra/integrations_prod.py. Review it, then add" in render(written).plain
    kept = written.model_copy(update={"program_file_kept": True})
    assert "infra/integrations_prod.py exists with other content, and was not changed" in render(kept).plain


def test_different_integrations_never_share_a_configuration_value() -> None:
    identifiers = ["a-b", "a b", "a:b", "a--b", "", "-", "--yes", "a.b", "a_b"]
    # Somebody may choose an identifier that another one's configuration value contains.
    identifiers.append(config_name("a b", "").rstrip("-"))
    names = [config_name(identifier, "serviceAccount") for identifier in identifiers]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*-serviceAccount", name) for name in names), names
    differences = compare_integrations([_stored(each, "fcm", "push") for each in identifiers], [])
    commands = list(config_commands(_promotion(differences)))
    assert sorted(commands) == sorted(f"pulumi config set --stack prod --secret {name}" for name in names)
    declared = declared_by(render_program(_promotion(differences)), "prod", set(names))
    assert sorted(declared) == sorted(identifiers)


def test_each_stack_has_a_module_of_its_own() -> None:
    stacks = ["acme/shop/eu-west.1", "eu_west_1", "eu.west-1", "prod.eu", "prod_eu", "_prod", "-prod"]
    names = [module_name(Place(stack=stack, environment_id="e", environment="E")) for stack in stacks]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names), names
    assert {"integrations_eu_west_1", "integrations_prod_eu"} <= set(names)


def declared_by(text: str, stack: str, values: set[str]) -> dict[str, tuple[str, bool | None]]:
    """Run the written module without an engine. Return provider and primary of each declared integration."""
    declared: dict[str, tuple[str, bool | None]] = {}

    def integration(name: str, *, provider_id: str, credentials: Any, primary: bool | None = None) -> str:
        assert set(credentials.values()) <= values, "each value is from the configuration"
        values.difference_update(credentials.values())
        declared[name] = provider_id, primary
        return name

    def require_secret(name: str) -> str:
        assert name in values, f"`pulumi config set` did not set {name}"
        return name

    modules = {
        "pulumi": SimpleNamespace(
            get_stack=lambda: stack, Config=lambda: SimpleNamespace(require_secret=require_secret)
        ),
        "novu_provider": SimpleNamespace(Integration=integration),
    }
    program: dict[str, Any] = {"__builtins__": {"__import__": lambda name, *_: modules[name]}}
    exec(compile(text, "integrations_prod.py", "exec"), program)
    assert program["integrations"] == list(declared)
    assert values == set()
    return declared


def _promotion(differences: tuple[IntegrationDifference, ...]) -> Promotion:
    places = [Place(stack=name, environment_id=name, environment=name.title()) for name in ("dev", "prod")]
    return Promotion(source=places[0], target=places[1], integrations=differences)


def test_the_program_is_python_whatever_the_name_is() -> None:
    (difference,) = compare_integrations([_stored('a"b\n', name="x\\")], [])
    compile(difference.program, "program", "exec")


def test_the_terminal_shows_the_program() -> None:
    differences = compare_integrations(
        [_stored("mail", primary=True), _stored("b", "twilio", "sms")], [_stored("mail")]
    )
    text = render(_promotion(differences)).plain
    assert "Integrations to declare for Prod" in text
    assert "mail (ses, email): primary false → true" in text
    assert "b (twilio, sms): missing" in text
    assert 'provider_id="twilio",' in text
    assert "Credentials of integrations are neither compared nor copied" in text
