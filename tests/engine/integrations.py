"""Programs and questions of the tests of integrations."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.server import Emulator
from tests.engine.novu import Environment

#: A made-up password. No output and no clear part of a state may contain it.
PASSWORD = "made-up-password-0001"
SMTP = {
    "host": "127.0.0.1",
    "port": 2525,
    "user": "shop",
    "password": PASSWORD,
    "from": "shop@example.com",
    "senderName": "Shop",
}


def program(*integrations: dict[str, Any], bridge: str = "", **credentials: Any) -> str:
    """A program with these integrations, each ``{"name": …, argument: …}``, and with a line for the bridge."""
    lines = []
    for arguments in integrations:
        rest = {key: value for key, value in arguments.items() if key != "name"}
        passed = ", ".join(f"{key}={value!r}" for key, value in rest.items())
        lines.append(f"integrations.append(novu.Integration({arguments['name']!r}, {passed}))")
    return "\n".join(["import pulumi", "import novu_provider as novu", "", "integrations = []", *lines, bridge, ""])


def mail(name: str = "mail", **arguments: Any) -> dict[str, Any]:
    """The arguments of an SMTP integration."""
    return {"name": name, "provider_id": "nodemailer", "credentials": SMTP, **arguments}


class Integrations:
    """What people see and change in the dashboard."""

    def __init__(self, novu: Emulator) -> None:
        self._novu = novu
        self.environment = Environment(novu)

    def all(self) -> dict[str, dict[str, Any]]:
        """The integrations by identifier, except the Inbox that every environment has."""
        listed = self.environment.call("GET", "/v1/integrations")["data"]
        return {one["identifier"]: one for one in listed if one["channel"] != "in_app"}

    def credentials(self, identifier: str) -> Any:
        """The stored credentials, which no response contains."""
        return self._novu.integration_credentials(identifier)

    def create(self, identifier: str, provider: str = "sendgrid", channel: str = "email", **fields: Any) -> Any:
        """Create an integration as the dashboard does."""
        body = {"identifier": identifier, "providerId": provider, "channel": channel, "active": True, **fields}
        return self.environment.call("POST", "/v1/integrations", json=body)["data"]

    def put(self, identifier: str, **fields: Any) -> None:
        """Change an integration as the dashboard does."""
        self.environment.call("PUT", f"/v1/integrations/{self.all()[identifier]['_id']}", json=fields)
