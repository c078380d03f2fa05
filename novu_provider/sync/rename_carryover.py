"""Rename carryover: the settings that people made in Novu, copied from a workflow's old id to its new one.

For Novu, a rename is one deleted and one created workflow. Therefore a sync loses these settings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    """The settings of one workflow in Novu. ``controls`` are by step id, without steps that have none."""

    controls: Mapping[str, JsonObject] = field(default_factory=dict)
    preferences: JsonObject | None = None
    active: bool = True
    validate_payload: bool = False
    translations: bool = False

    @classmethod
    def read(cls, overrides: Overrides, workflow: StoredWorkflow) -> DashboardSettings:
        """Read the settings of a stored workflow, in one request."""
        controls, preferences = overrides.workflow(workflow.id) or ({}, None)
        return cls(
            controls={step_id: values for step_id, values in controls.items() if values},
            preferences=preferences,
            active=workflow.registration.active,
            validate_payload=workflow.validate_payload,
            translations=workflow.translations,
        )

    @classmethod
    def from_carried(cls, props: Mapping[str, Any]) -> DashboardSettings:
        """Read the property ``carried`` of a ``Rename``, the inverse of :meth:`to_carried`."""
        return cls(
            controls=props.get("controls") or {},
            preferences=props.get("preferences"),
            active=props.get("active", True),
            validate_payload=props.get("validatePayload", False),
            translations=props.get("translations", False),
        )

    def to_carried(self, without: Collection[str] = ()) -> JsonObject:
        """Return the property ``carried`` of a ``Rename``: the settings that differ from those of a new workflow.

        :param without: the settings that the program declares for the new workflow.
        """
        controls = {
            step_id: values for step_id, values in self.controls.items() if f"controls/{step_id}" not in without
        }
        properties = {
            "controls": controls or None,
            "preferences": self.preferences,
            "active": None if self.active else False,
            "validatePayload": self.validate_payload or None,
            "translations": self.translations or None,
        }
        return {key: value for key, value in properties.items() if value is not None and key not in without}


@dataclass(frozen=True)
class CarryoverResult:
    """A setting that was copied to the new id, or the reason why it was not."""

    setting: str
    omitted: str | None = None

    def __str__(self) -> str:
        return self.setting if self.omitted is None else f"not {self.setting}, {self.omitted}"


def apply_settings(
    api: NovuApi, overrides: Overrides, settings: DashboardSettings, workflow: StoredWorkflow
) -> list[CarryoverResult]:
    """Set the old id's settings on the new workflow, except where somebody has already set something there.

    :param workflow: the new workflow, as Novu stores it.
    :returns: one result for each setting.
    """
    return [
        *_apply_controls(overrides, settings, workflow),
        *_apply_flags(api, settings, workflow),
        *_apply_preferences(overrides, settings, workflow),
    ]


def _apply_controls(
    overrides: Overrides, settings: DashboardSettings, workflow: StoredWorkflow
) -> list[CarryoverResult]:
    results = []
    for step in workflow.registration.steps:
        values = settings.controls.get(step.step_id) or {}
        valid = control_values.keep_valid(step.control_schema, values)
        if valid and not overrides.controls(workflow.workflow_id, step.step_id):
            overrides.set_controls(workflow.workflow_id, step.step_id, valid)
            results.append(CarryoverResult(f"the control values {_listed(valid)} of the step {step.step_id!r}"))
        invalid = set(values) - set(valid)
        if invalid:
            results.append(CarryoverResult(_listed(invalid), f"which the step {step.step_id!r} no longer has"))
    removed_steps = set(settings.controls) - {step.step_id for step in workflow.registration.steps}
    if removed_steps:
        steps = ", ".join(map(repr, sorted(removed_steps)))
        results.append(CarryoverResult(f"the control values of {steps}", "which it no longer has"))
    return results


def _apply_flags(api: NovuApi, settings: DashboardSettings, workflow: StoredWorkflow) -> list[CarryoverResult]:
    changes = {
        **({"validatePayload": True} if settings.validate_payload and not workflow.validate_payload else {}),
        **({"isTranslationEnabled": True} if settings.translations and not workflow.translations else {}),
        **({"active": False} if workflow.registration.active and not settings.active else {}),
    }
    if not changes:
        return []
    flags = ", ".join(f"{key}: {str(value).lower()}" for key, value in changes.items())
    try:
        api.patch_workflow(workflow.id, changes)
    except AccessDenied as denied:
        return [CarryoverResult(flags, _closed_to_keys(denied))]
    return [CarryoverResult(flags)]


def _apply_preferences(
    overrides: Overrides, settings: DashboardSettings, workflow: StoredWorkflow
) -> list[CarryoverResult]:
    if settings.preferences is None:
        return []
    stored = overrides.workflow(workflow.id)
    if not stored or stored[1] is not None:
        return []
    try:
        overrides.set_preferences(workflow, settings.preferences)
    except AccessDenied as denied:
        return [CarryoverResult("the preference override", _closed_to_keys(denied))]
    return [CarryoverResult("the preference override")]


def _closed_to_keys(denied: AccessDenied) -> str:
    """Return the reason of an older Novu, which opens some endpoints to people only.

    The 403 of a firewall is no such reason. It stays an error, so that the next run carries the settings over.
    """
    if denied.status == 403:
        raise denied
    return f"because {denied.what}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
