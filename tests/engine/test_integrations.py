"""Integrations: created, changed, adopted, drifted, replaced, deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from novu_provider.emulator.server import Emulator
from tests.engine.integrations import PASSWORD, SMTP, Integrations, mail, program
from tests.engine.novu import writes
from tests.engine.stack import Change, Stack
from tests.ports import free_port

_MAIL = Change("update", "Integration", "mail")


@pytest.fixture
def dashboard(novu: Emulator) -> Integrations:
    return Integrations(novu)


def test_the_life_cycle(novu: Emulator, stack: Stack, dashboard: Integrations) -> None:
    stack.write(program(mail(display_name="Shop mail")))
    plan = stack.preview("--diff")
    assert plan.changes == {Change("create", "Integration", "mail")}
    assert PASSWORD not in plan.output
    stack.up()
    stored = dashboard.all()["mail"]
    assert (stored["name"], stored["providerId"], stored["active"], stored["primary"]) == (
        "Shop mail",
        "nodemailer",
        True,
        True,
    )
    assert dashboard.credentials("mail") == {**SMTP, "port": "2525"}
    assert PASSWORD not in str(stack.export())
    assert "shop@example.com" not in str(stack.export())

    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []

    stack.write(program(mail(display_name="Shop mail", active=False)))
    novu.clear_requests()
    assert stack.up("--skip-preview").changes == {_MAIL}
    assert writes(novu) == [f"PUT /v1/integrations/{stored['_id']}"]
    assert dashboard.all()["mail"]["active"] is False
    assert dashboard.credentials("mail") == {**SMTP, "port": "2525"}

    stack.write(program())
    assert stack.up("--skip-preview").changes == {Change("delete", "Integration", "mail")}
    assert dashboard.all() == {}


def test_changed_credentials_replace_the_stored_ones(stack: Stack, dashboard: Integrations) -> None:
    stack.write(program(mail()))
    stack.up("--skip-preview")
    changed = {**SMTP, "password": "made-up-password-0002"}
    del changed["user"]
    stack.write(program(mail(credentials=changed)))
    plan = stack.preview("--diff")
    assert plan.changes == {_MAIL}
    assert "made-up-password" not in plan.output
    stack.up("--skip-preview")
    assert dashboard.credentials("mail") == {**changed, "port": "2525"}


def test_another_provider_replaces_the_integration(stack: Stack, dashboard: Integrations) -> None:
    stack.write(program(mail()))
    stack.up("--skip-preview")
    credentials = {"apiKey": "made-up-api-key", "from": "shop@example.com", "senderName": "Shop"}
    stack.write(program(mail(provider_id="sendgrid", credentials=credentials)))
    plan = stack.preview()
    assert {change.op for change in plan.changes} == {"replace", "delete-replaced", "create-replacement"}
    stack.up("--skip-preview")
    assert dashboard.all()["mail"]["providerId"] == "sendgrid"
    assert stack.preview().changes == set()


def test_a_stored_integration_is_adopted_and_its_drift_found(
    novu: Emulator, stack: Stack, dashboard: Integrations
) -> None:
    dashboard.create("by-hand", credentials={"apiKey": "made-up-api-key"})
    stack.write(program({"name": "mail", "provider_id": "sendgrid", "identifier": "by-hand"}))
    plan = stack.preview()
    assert "adopts the integration 'by-hand' (sendgrid, email) that Novu stores, and changes nothing" in plan.output
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == []
    assert dashboard.credentials("by-hand") == {"apiKey": "made-up-api-key"}

    dashboard.put("by-hand", active=False)
    assert stack.refresh().changes == {_MAIL}
    stack.up("--skip-preview")
    assert dashboard.all()["by-hand"]["active"] is True


def test_credentials_that_somebody_changed_are_written_again(
    novu: Emulator, stack: Stack, dashboard: Integrations
) -> None:
    stack.write(program(mail()))
    stack.up("--skip-preview")
    dashboard.put("mail", credentials={"host": "elsewhere", "password": "made-up-password-0003"})
    found = stack.refresh()
    assert found.changes == {_MAIL}
    assert "Novu does not return its credentials, so the next `up` writes them again" in found.output
    assert "made-up-password" not in found.output + str(stack.export())
    stack.up("--skip-preview")
    assert dashboard.credentials("mail") == {**SMTP, "port": "2525"}
    assert stack.refresh().changes == set()


def test_primary_moves_between_two_integrations(stack: Stack, dashboard: Integrations) -> None:
    stack.write(program(mail(primary=True), mail("second")))
    stack.up("--skip-preview")
    stack.write(program(mail(), mail("second", primary=True)))
    plan = stack.preview()
    assert "'second' becomes the primary integration of email instead of 'mail' (nodemailer, email)" in plan.output
    stack.up("--skip-preview")
    assert {name: one["primary"] for name, one in dashboard.all().items()} == {"mail": False, "second": True}
    assert stack.preview().changes == set()


_OUTPUTS = """import pulumi
import novu_provider as novu

bridge = novu.Bridge("app", require_integrations=False)
sender = bridge.environment_id.apply(lambda found: f"{found}@example.com")
novu.Integration(
    "mail",
    credentials=novu.SmtpCredentials(
        host="127.0.0.1", port=2525, from_=sender, sender_name="Shop", WRONGpassword="made-up-password-0001"
    ),
)
"""


def test_credentials_may_be_outputs_of_other_resources(stack: Stack, dashboard: Integrations) -> None:
    stack.write(_OUTPUTS.replace("WRONG", ""))
    stack.preview()
    stack.up()
    me = dashboard.environment.call("GET", "/v1/environments/me")["data"]["_id"]
    assert dashboard.credentials("mail")["from"] == f"{me}@example.com"
    assert stack.up("--skip-preview").changes == set()


def test_a_wrong_field_is_named_although_a_value_is_unknown(stack: Stack, dashboard: Integrations) -> None:
    credentials = 'novu.Integration("mail", provider_id="nodemailer", credentials={"from": sender, "usr": "x"})'
    stack.write(_OUTPUTS[: _OUTPUTS.index("novu.Integration(")] + credentials + "\n")
    output = stack.preview(fails=True).output
    assert "`usr` is unknown for nodemailer (probably `user` was meant)" in output
    assert "`host` is missing" in output
    assert "`from` is missing" not in output
    assert dashboard.all() == {}


#: The shop also has steps of these channels.
_OTHERS = (
    {"name": "sms", "provider_id": "twilio", "credentials": {"accountSid": "a", "token": "b", "from": "+15550100"}},
    {"name": "push", "provider_id": "fcm", "credentials": {"serviceAccount": "{}"}},
)
_BRIDGE = 'novu.Bridge("app", integrations=integrations, require_integrations={})'


def test_the_first_update_has_integrations_before_the_sync(novu: Emulator, stack: Stack) -> None:
    stack.write(program(mail(), *_OTHERS, bridge=_BRIDGE.format(True)))
    novu.clear_requests()
    stack.up()
    made = writes(novu)
    assert made.index("POST /v1/integrations") < made.index("POST /v1/bridge/sync")


def test_a_missing_integration_is_reported_or_refused(novu: Emulator, stack: Stack) -> None:
    stack.write(program(bridge=_BRIDGE.format(None)))
    output = stack.preview().output
    assert "Novu cannot deliver email (" in output
    assert 'Declare novu.Integration("email", credentials=novu.SesCredentials(' in output
    stack.write(program(bridge=_BRIDGE.format(False)))
    assert "cannot deliver" not in stack.preview().output
    stack.write(program(bridge=_BRIDGE.format(True)))
    novu.clear_requests()
    output = stack.up(fails=True).output
    assert "`require_integrations` is true" in output
    assert "Traceback" not in output
    assert writes(novu) == []


def test_a_removed_integration_that_a_workflow_needs_is_told(stack: Stack, dashboard: Integrations) -> None:
    inbox = {"name": "inbox", "provider_id": "novu"}
    stack.write(program(mail(), inbox, *_OTHERS, bridge=_BRIDGE.format(None)))
    assert "cannot deliver" not in stack.preview().output
    stack.up("--skip-preview")
    stack.write(program(mail(), mail("second"), inbox, *_OTHERS, bridge=_BRIDGE.format(None)))
    stack.up("--skip-preview")
    stack.write(program(mail(), inbox, *_OTHERS, bridge=_BRIDGE.format(None)))
    assert "cannot deliver" not in stack.preview().output
    stack.up("--skip-preview")
    stack.write(program(*_OTHERS, bridge=_BRIDGE.format(None)))
    plan = stack.preview()
    assert plan.changes == {Change("delete", "Integration", name) for name in ("mail", "inbox")}
    assert "the program no longer declares 'mail' (nodemailer, email), so `up` deletes it" in plan.output
    # An Inbox keeps the identifier that Novu gave it.
    assert "the program no longer declares 'novu-inbox-" in plan.output
    stack.up("--skip-preview")
    assert set(dashboard.all()) == {"sms", "push"}


class _Mailbox:
    """Keeps the messages that arrive."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.messages.append(envelope.content.decode())
        return "250 OK"


def test_a_message_arrives_by_smtp_on_loopback(stack: Stack, dashboard: Integrations) -> None:
    """Novu's check sends a message. Its worker, which sends the messages of workflows, is not embedded."""
    mailbox = _Mailbox()
    # The controller connects to its port itself, so it cannot be 0.
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        assert isinstance(controller.server, asyncio.Server)
        port = controller.server.sockets[0].getsockname()[1]
        credentials = {"host": "127.0.0.1", "port": port, "from": "shop@example.com", "senderName": "Shop"}
        stack.write(program(mail(credentials=credentials, check_credentials=True)))
        stack.up("--skip-preview")
    finally:
        controller.stop()
    (message,) = mailbox.messages
    assert "Subject: Checking Integration" in message
    assert "From: Shop <shop@example.com>" in message
    assert dashboard.all()["mail"]["primary"] is True
    # The server is gone, so the check of changed credentials fails and names the reason.
    stack.write(program(mail(credentials={**credentials, "senderName": "Another"}, check_credentials=True)))
    output = stack.up(fails=True).output
    assert "Novu refused PUT" in output
    assert dashboard.credentials("mail")["senderName"] == "Shop"
