"""The content of a Novu environment: the environment itself, workflow summaries and stored workflows."""

from __future__ import annotations

from dataclasses import dataclass

from novu_provider.model.registration import Registration


@dataclass(frozen=True)
class Environment:
    """The environment that the secret key opens."""

    id: str
    name: str
    #: ``dev`` or ``prod``; None on servers before 2026.
    type: str | None
    #: The stored bridge URL, including the bypass token. Empty if Novu stores none.
    bridge_url: str


@dataclass(frozen=True)
class WorkflowSummary:
    """One workflow in the short listing, which contains code-first and dashboard workflows."""

    id: str
    workflow_id: str
    #: ``external`` for code-first workflows, ``novu-cloud`` or ``novu-cloud-v1`` for dashboard workflows.
    origin: str

    @property
    def is_code_first(self) -> bool:
        """Whether the workflow is code-first."""
        return self.origin == "external"


@dataclass(frozen=True)
class StoredWorkflow:
    """One code-first workflow as Novu stores it."""

    id: str
    registration: Registration
    #: Whether Novu checks the payload of a trigger against the payload schema. A sync does not change it.
    validate_payload: bool = False
    #: Whether Novu uses the translations of the workflow.
    translations: bool = False

    @property
    def workflow_id(self) -> str:
        """The workflow id in the application code."""
        return self.registration.workflow_id
