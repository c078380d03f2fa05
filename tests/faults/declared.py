"""The overrides that the stacks of the matrix declare, and those that people set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from novu_provider.emulator.server import Emulator
from tests.engine.declare import Dashboard
from tests.faults.names import (
    AGENT,
    CHANGED,
    INBOX,
    KEPT,
    LEFT,
    MAIL,
    NEW,
    OTHER_AGENT,
    OTHER_SMTP,
    PUSH,
    REMINDER,
    SMTP,
)

_VALUES = {"body": "Declared"}
_WORKFLOWS = {
    KEPT: {
        "controls": {MAIL: _VALUES},
        "preferences": {"all": {"enabled": True, "readOnly": True}, "channels": {"sms": False}},
    },
    CHANGED: {"active": False},
}

#: A made-up password, which no output may contain.
PASSWORD = "made-up-password-of-the-matrix"
_SMTP = {"host": "127.0.0.1", "port": "2525", "password": PASSWORD, "from": "a@shop.example", "senderName": "Shop"}
_PUSH = {"serviceAccount": PASSWORD}

_PROGRAM = """\
import pulumi
import novu_provider as novu

integrations = []
{integrations}
novu.Bridge("app", workflows={workflows!r}, renamed_from={renamed_from!r}, integrations=integrations)
"""
#: One is created and becomes the primary one. The other one is adopted, and changed. One after the other, so that the
#: matrix knows the order of the calls.
_INTEGRATIONS = f"""
smtp = novu.Integration({SMTP!r}, provider_id="nodemailer", credentials={_SMTP!r}, primary=True)
after = pulumi.ResourceOptions(depends_on=[smtp])
integrations = [smtp, novu.Integration({PUSH!r}, provider_id="fcm", credentials={_PUSH!r}, opts=after)]
"""

#: Declares control values, preferences and an inactive workflow. The second one declares a rename.
DECLARING = _PROGRAM.format(workflows=_WORKFLOWS, renamed_from={}, integrations=_INTEGRATIONS)
RENAMING = _PROGRAM.format(workflows={}, renamed_from={NEW: LEFT}, integrations="")

KINDS = ("StepControls", "WorkflowPreferences", "AgentBinding", "Rename", "Integration")
#: The resources that the state of each records in addition to workflows: type and name.
RECORDED = {
    DECLARING: {
        ("StepControls", f"{KEPT}/{MAIL}"),
        ("WorkflowPreferences", KEPT),
        ("AgentBinding", AGENT),
        ("Integration", SMTP),
        ("Integration", PUSH),
    },
    RENAMING: {("Rename", NEW)},
}

#: Whether all channels are on, whether subscribers may not choose, and which channels are off.
Override = tuple[bool, bool, frozenset[str]]


@dataclass(frozen=True)
class StoredIntegration:
    """One integration in Novu."""

    provider: str
    active: bool
    primary: bool
    credentials: Mapping[str, Any]


@dataclass(frozen=True)
class Overrides:
    """The overrides of an environment by workflow, the URLs of its agents, and its integrations by identifier."""

    controls: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    preferences: Mapping[str, Override] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    checked: frozenset[str] = frozenset()
    agents: Mapping[str, str | None] = field(default_factory=dict)
    integrations: Mapping[str, StoredIntegration] = field(default_factory=dict)

    @classmethod
    def read(cls, server: Emulator) -> Overrides:
        """Read them from Novu, without the proxy."""
        dashboard = Dashboard(server)
        listed = dashboard.environment.call("GET", "/v2/workflows?limit=100")["data"]["workflows"]
        workflows = [dashboard.workflow(one["workflowId"]) for one in listed if one["origin"] == "external"]
        agents = dashboard.environment.call("GET", "/v1/agents?limit=100")["data"]
        return cls(
            controls={
                (one["workflowId"], step["stepId"]): step["controlValues"]
                for one in workflows
                for step in one["steps"]
                if step["controlValues"]
            },
            preferences={
                one["workflowId"]: _override(one["preferences"]["user"])
                for one in workflows
                if one["preferences"]["user"]
            },
            inactive=frozenset(one["workflowId"] for one in workflows if not one["active"]),
            checked=frozenset(one["workflowId"] for one in workflows if one["validatePayload"]),
            agents={one["identifier"]: one.get("bridgeUrl") for one in agents},
            integrations=_integrations(server),
        )

    def lost(self, without: Collection[str]) -> list[str]:
        """Return what people set and Novu no longer stores, except for some workflows."""
        losses = [
            f"the control values of {key}"
            for key, one in PEOPLE.controls.items()
            if key[0] not in without and self.controls.get(key) != one
        ]
        losses += [
            f"the preferences of {key}"
            for key, one in PEOPLE.preferences.items()
            if key not in without and self.preferences.get(key) != one
        ]
        losses += [f"the payload check of {key}" for key in PEOPLE.checked - self.checked - set(without)]
        if self.agents[OTHER_AGENT] != PEOPLE.agents[OTHER_AGENT]:
            losses.append(f"the URL of {OTHER_AGENT}")
        if self.integrations.get(OTHER_SMTP) not in _KEPT:
            losses.append(f"the integration {OTHER_SMTP}")
        return [f"{one} that people set is lost" for one in losses]


def _override(preferences: Any) -> Override:
    off = frozenset(key for key, one in preferences["channels"].items() if not one["enabled"])
    return preferences["all"]["enabled"], preferences["all"]["readOnly"], off


def _integrations(server: Emulator) -> dict[str, StoredIntegration]:
    listed = Dashboard(server).environment.call("GET", "/v1/integrations")["data"]
    stored = {
        one["identifier"]: StoredIntegration(
            one["providerId"], one["active"], one["primary"], server.integration_credentials(one["identifier"])
        )
        for one in listed
        # Each environment has this one from its beginning.
        if one["channel"] != "in_app"
    }
    assert len(stored) == len(listed) - 1
    return stored


_OTHER = StoredIntegration("nodemailer", True, True, _SMTP | {"host": "elsewhere.example"})
#: What may become of it: another integration may become the primary one.
_KEPT = (_OTHER, replace(_OTHER, primary=False))

#: What people set before the stack declares anything.
PEOPLE = Overrides(
    controls={(KEPT, INBOX): {"body": "Set by people"}, (LEFT, REMINDER): {"body": "Set by people"}},
    preferences={LEFT: (True, True, frozenset())},
    checked=frozenset({LEFT}),
    agents={AGENT: None, OTHER_AGENT: "https://elsewhere.example/api/novu"},
    integrations={
        OTHER_SMTP: _OTHER,
        PUSH: StoredIntegration("fcm", False, False, {"serviceAccount": "made-up-key-of-people"}),
    },
)


def people_begin(server: Emulator) -> None:
    """Set it in the dashboard, as people do."""
    dashboard = Dashboard(server)
    for (workflow_id, step_id), values in PEOPLE.controls.items():
        dashboard.set_values(step_id, workflow_id, **values)
    for workflow_id, (enabled, read_only, _) in PEOPLE.preferences.items():
        dashboard.set_override({"all": {"enabled": enabled, "readOnly": read_only}, "channels": {}}, workflow_id)
    for workflow_id in PEOPLE.checked:
        dashboard.patch(workflow_id, validatePayload=True)
    for agent, url in PEOPLE.agents.items():
        dashboard.environment.call("POST", "/v1/agents", json={"name": agent, "identifier": agent})
        dashboard.environment.call("PUT", f"/v1/agents/{agent}/bridge", json={"bridgeUrl": url})
    for identifier, one in PEOPLE.integrations.items():
        body = {"identifier": identifier, "providerId": one.provider, "active": one.active, "check": False}
        channel = "push" if one.provider == "fcm" else "email"
        document = body | {"channel": channel, "credentials": one.credentials}
        dashboard.environment.call("POST", "/v1/integrations", json=document)


def people_edit(server: Emulator) -> None:
    """Edit what the stack declares."""
    dashboard = Dashboard(server)
    dashboard.set_values(MAIL, KEPT, body="Edited")
    listed = dashboard.environment.call("GET", "/v1/integrations")["data"]
    (edited,) = (one["_id"] for one in listed if one["identifier"] == PUSH)
    dashboard.environment.call("PUT", f"/v1/integrations/{edited}", json={"active": False})


def reached(operation: str, bridge_url: str) -> Overrides:
    """Return the overrides that an operation, or the `up` after it, must reach."""
    # Novu makes no other integration the primary one after a deletion.
    other = {OTHER_SMTP: replace(_OTHER, primary=False)}
    if operation == "withdraw":
        return replace(PEOPLE, integrations=other)
    if operation == "destroy+":
        return Overrides(agents=PEOPLE.agents, integrations=other)
    if operation == "rename":
        return replace(
            PEOPLE,
            controls={(NEW if key[0] == LEFT else key[0], key[1]): one for key, one in PEOPLE.controls.items()},
            preferences={NEW: PEOPLE.preferences[LEFT]},
            checked=frozenset({NEW}),
        )
    return replace(
        PEOPLE,
        controls={**PEOPLE.controls, (KEPT, MAIL): _VALUES},
        preferences={**PEOPLE.preferences, KEPT: (True, True, frozenset({"sms"}))},
        inactive=frozenset({CHANGED}),
        agents={**PEOPLE.agents, AGENT: bridge_url},
        integrations={
            **other,
            SMTP: StoredIntegration("nodemailer", True, True, _SMTP),
            PUSH: StoredIntegration("fcm", True, False, _PUSH),
        },
    )
