"""What a rename carries from the old registration to the new one: all that people set on it in Novu.

To Novu a renamed workflow is one that is deleted and another that is new, so a sync loses these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_provider.errors import AccessDenied
from novu_provider.model import control_values
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.overrides import Overrides


@dataclass(frozen=True)
class DashboardSettings:
    """What people set on one workflow; ``controls`` by step id, without steps that have none."""

    controls: Mapping[str, JsonObject] = field(default_factory=dict)
    preferences: JsonObject | None = None
    active: bool = True
    validate_payload: bool = False
    translations: bool = False

    @classmethod
    def read(cls, overrides: Overrides, held: StoredWorkflow) -> DashboardSettings:
        """Read it of a workflow that Novu holds; one request."""
        values, preferences = overrides.workflow(held.id) or ({}, None)
        return cls(
            controls={step_id: one for step_id, one in values.items() if one},
            preferences=preferences,
            active=held.registration.active,
            validate_payload=held.validate_payload,
            translations=held.translations,
        )

    @classmethod
    def declared(cls, props: Mapping[str, Any]) -> DashboardSettings:
        """Read the property ``carried`` of a ``Rename``, the inverse of :meth:`properties`."""
        return cls(
            controls=props.get("controls") or {},
            preferences=props.get("preferences"),
            active=props.get("active", True),
            validate_payload=props.get("validatePayload", False),
            translations=props.get("translations", False),
        )

    def properties(self, without: Collection[str] = ()) -> JsonObject:
        """Give the property ``carried`` of a ``Rename``: what differs from a workflow on which nobody set anything.

        :param without: what the program declares of the new workflow itself.
        """
        values = {step_id: one for step_id, one in self.controls.items() if f"controls/{step_id}" not in without}
        found = {
            "controls": values or None,
            "preferences": self.preferences,
            "active": None if self.active else False,
            "validatePayload": self.validate_payload or None,
            "translations": self.translations or None,
        }
        return {key: value for key, value in found.items() if value is not None and key not in without}


def apply_settings(
    api: NovuApi, overrides: Overrides, carried: DashboardSettings, held: StoredWorkflow
) -> Iterator[str]:
    """Set on a workflow what was carried, where nobody has set anything on it yet; give a line for each.

    :param held: the new workflow, as Novu holds it.
    """
    for step in held.registration.steps:
        values = carried.controls.get(step.step_id) or {}
        fit = control_values.keep_valid(step.control_schema, values)
        if fit and not overrides.controls(held.workflow_id, step.step_id):
            overrides.set_controls(held.workflow_id, step.step_id, fit)
            yield f"the control values {', '.join(sorted(fit))} of the step {step.step_id!r}"
        if set(values) - set(fit):
            yield f"not {', '.join(sorted(set(values) - set(fit)))}, which the step {step.step_id!r} no longer has"
    dropped = set(carried.controls) - {step.step_id for step in held.registration.steps}
    if dropped:
        yield f"not the control values of {', '.join(map(repr, sorted(dropped)))}, which it no longer has"
    switches = {
        **({"validatePayload": True} if carried.validate_payload and not held.validate_payload else {}),
        **({"isTranslationEnabled": True} if carried.translations and not held.translations else {}),
        **({"active": False} if held.registration.active and not carried.active else {}),
    }
    # An older Novu lets no API key set some of these; then people have to.
    if switches:
        said = ", ".join(f"{key}: {str(value).lower()}" for key, value in switches.items())
        try:
            api.patch_workflow(held.id, switches)
            yield said
        except AccessDenied as denied:
            yield f"not {said}, since {_too_old(denied)}"
    if carried.preferences is not None:
        found = overrides.workflow(held.id)
        if found and found[1] is None:
            try:
                overrides.set_preferences(held, carried.preferences)
                yield "the preference override"
            except AccessDenied as denied:
                yield f"not the preference override, since {_too_old(denied)}"


def _too_old(denied: AccessDenied) -> str:
    """Give an older Novu's reason. A firewall's 403 is none to lose what people set: it is an error, to be repeated."""
    if denied.status == 403:
        raise denied
    return denied.what
