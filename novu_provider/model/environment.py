"""What a Novu environment holds: the environment itself, short listings and stored workflows."""

from __future__ import annotations

from dataclasses import dataclass

from novu_provider.model.registration import Registration


@dataclass(frozen=True)
class Environment:
    """The environment that the key opens."""

    id: str
    name: str
    #: ``dev`` or ``prod``; None on servers before 2026.
    type: str | None
    #: The stored bridge URL as it is, bypass token included; empty when none is stored.
    bridge_url: str


@dataclass(frozen=True)
class WorkflowSummary:
    """One workflow in the short listing of all workflows, however they were made."""

    id: str
    workflow_id: str
    #: ``external`` for code-first workflows, ``novu-cloud`` or ``novu-cloud-v1`` for those of the dashboard.
    origin: str

    @property
    def is_external(self) -> bool:
        """Whether a bridge registered it."""
        return self.origin == "external"


@dataclass(frozen=True)
class StoredWorkflow:
    """One code-first workflow as Novu holds it."""

    id: str
    registration: Registration
    #: Whether Novu checks a trigger's payload against the payload schema. No sync changes it, nor the next one.
    validate_payload: bool = False
    #: Whether the workflow's translations are used.
    translations: bool = False

    @property
    def workflow_id(self) -> str:
        """The id that the code gives it."""
        return self.registration.workflow_id
