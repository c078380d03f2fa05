"""What the stacks of the matrix declare beyond code, and what people have set beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from novu_provider.emulator.server import Emulator
from tests.engine.declare import Dashboard
from tests.faults.names import AGENT, CHANGED, INBOX, KEPT, LEFT, MAIL, NEW, OTHER_AGENT, REMINDER

_VALUES = {"body": "Declared"}
_WORKFLOWS = {
    KEPT: {
        "controls": {MAIL: _VALUES},
        "preferences": {"all": {"enabled": True, "readOnly": True}, "channels": {"sms": False}},
    },
    CHANGED: {"active": False},
}

_PROGRAM = """\
import novu_provider as novu

novu.Bridge("app", workflows={workflows!r}, renamed_from={renamed_from!r})
"""

#: Declares control values, an override and a workflow that is off; or that a workflow came from another.
DECLARING = _PROGRAM.format(workflows=_WORKFLOWS, renamed_from={})
RENAMING = _PROGRAM.format(workflows={}, renamed_from={NEW: LEFT})

KINDS = ("StepControls", "WorkflowPreferences", "AgentBinding", "Rename")
#: What is recorded of each in the state beside workflows: type and name.
RECORDED = {
    DECLARING: {("StepControls", f"{KEPT}/{MAIL}"), ("WorkflowPreferences", KEPT), ("AgentBinding", AGENT)},
    RENAMING: {("Rename", NEW)},
}

#: Whether all channels are on, whether subscribers may not choose, and which channels are off.
Override = tuple[bool, bool, frozenset[str]]


@dataclass(frozen=True)
class Said:
    """What an environment says beyond code: by workflow what somebody has set on it, and the URLs of agents."""

    controls: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    overrides: Mapping[str, Override] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    checked: frozenset[str] = frozenset()
    agents: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def by(cls, server: Emulator) -> Said:
        """Read it from Novu, around the proxy."""
        dashboard = Dashboard(server)
        found = [dashboard.workflow(workflow_id) for workflow_id in sorted(dashboard.environment.ids())]
        agents = dashboard.environment.call("GET", "/v1/agents?limit=100")["data"]
        return cls(
            controls={
                (one["workflowId"], step["stepId"]): step["controlValues"]
                for one in found
                for step in one["steps"]
                if step["controlValues"]
            },
            overrides={
                one["workflowId"]: _override(one["preferences"]["user"]) for one in found if one["preferences"]["user"]
            },
            inactive=frozenset(one["workflowId"] for one in found if not one["active"]),
            checked=frozenset(one["workflowId"] for one in found if one["validatePayload"]),
            agents={one["identifier"]: one.get("bridgeUrl") for one in agents},
        )

    def lost(self, without: Collection[str]) -> list[str]:
        """Name what people have set and is there no more, but for some workflows."""
        found = [
            f"the control values of {key}"
            for key, one in PEOPLE.controls.items()
            if key[0] not in without and self.controls.get(key) != one
        ]
        found += [
            f"the override of {key}"
            for key, one in PEOPLE.overrides.items()
            if key not in without and self.overrides.get(key) != one
        ]
        found += [f"the payload check of {key}" for key in PEOPLE.checked - self.checked - set(without)]
        if self.agents[OTHER_AGENT] != PEOPLE.agents[OTHER_AGENT]:
            found.append(f"the URL of {OTHER_AGENT}")
        return [f"{one} that people had set is gone" for one in found]


def _override(found: Any) -> Override:
    off = frozenset(key for key, one in found["channels"].items() if not one["enabled"])
    return found["all"]["enabled"], found["all"]["readOnly"], off


#: What people have set before the stack says anything.
PEOPLE = Said(
    controls={(KEPT, INBOX): {"body": "Set by people"}, (LEFT, REMINDER): {"body": "Set by people"}},
    overrides={LEFT: (True, True, frozenset())},
    checked=frozenset({LEFT}),
    agents={AGENT: None, OTHER_AGENT: "https://elsewhere.example/api/novu"},
)


def people_begin(server: Emulator) -> None:
    """Set it, as people do: in the dashboard."""
    dashboard = Dashboard(server)
    for (workflow_id, step_id), values in PEOPLE.controls.items():
        dashboard.set_values(step_id, workflow_id, **values)
    for workflow_id, (enabled, read_only, _) in PEOPLE.overrides.items():
        dashboard.set_override({"all": {"enabled": enabled, "readOnly": read_only}, "channels": {}}, workflow_id)
    for workflow_id in PEOPLE.checked:
        dashboard.patch(workflow_id, validatePayload=True)
    for agent, url in PEOPLE.agents.items():
        dashboard.environment.call("POST", "/v1/agents", json={"name": agent, "identifier": agent})
        dashboard.environment.call("PUT", f"/v1/agents/{agent}/bridge", json={"bridgeUrl": url})


def people_edit(server: Emulator) -> None:
    """Edit what the stack declares."""
    Dashboard(server).set_values(MAIL, KEPT, body="Edited")


def reached(operation: str, bridge_url: str) -> Said:
    """What an operation, or the `up` after it, is to reach."""
    if operation == "withdraw":
        return PEOPLE
    if operation == "destroy+":
        return Said(agents=PEOPLE.agents)
    if operation == "rename":
        return replace(
            PEOPLE,
            controls={(NEW if key[0] == LEFT else key[0], key[1]): one for key, one in PEOPLE.controls.items()},
            overrides={NEW: PEOPLE.overrides[LEFT]},
            checked=frozenset({NEW}),
        )
    return replace(
        PEOPLE,
        controls={**PEOPLE.controls, (KEPT, MAIL): _VALUES},
        overrides={**PEOPLE.overrides, KEPT: (True, True, frozenset({"sms"}))},
        inactive=frozenset({CHANGED}),
        agents={**PEOPLE.agents, AGENT: bridge_url},
    )
