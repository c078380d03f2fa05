"""What a check is, and what it finds. Pure data; the report's JSON is described by ``schemas/doctor.schema.json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, computed_field

from novu_provider.errors import NovuError
from novu_provider.model.diff import JsonModel

Status = Literal["ok", "warning", "failed", "skipped"]


class Check(JsonModel):
    """One thing that is looked at. Its id begins with its subject: ``bridge.clock``."""

    id: str
    title: str = Field(description="What holds when all is well.")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def subject(self) -> str:
        """What the check is about: ``url``, ``bridge``, …"""
        return self.id.partition(".")[0]


class Finding(JsonModel):
    """What one check found; `triggering.preview` has one for each workflow.

    ``cause`` and ``fix`` are told of what is not well; a skipped check has its reason as cause.
    """

    check: str = Field(default="", description="The check's id.")
    status: Status
    title: str = Field(description="What was found, in one line.")
    cause: str = ""
    evidence: tuple[str, ...] = ()
    fix: str = ""
    workflow: str | None = Field(default=None, description="The workflow's id, where it is about one.")


class Report(JsonModel):
    """Everything that was looked at, in the order in which it was."""

    format_version: Literal[1] = 1
    api_url: str
    bridge_url: str | None = Field(description="Without the bypass token; null where there is none.")
    environment: str | None = Field(description="The name of the environment that the key opens; null if unknown.")
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["ok", "warning", "failed"]:
        """The worst of the findings; a skipped check makes nothing worse than what it was skipped for."""
        found = {one.status for one in self.findings}
        return "failed" if "failed" in found else "warning" if "warning" in found else "ok"


def ok(title: str, *evidence: str, workflow: str | None = None) -> Finding:
    """All is well."""
    return Finding(status="ok", title=title, evidence=evidence, workflow=workflow)


def warning(title: str, *, cause: str, fix: str, evidence: Iterable[str] = (), workflow: str | None = None) -> Finding:
    """It works, but not as it should, or not for long."""
    return Finding(status="warning", title=title, cause=cause, evidence=tuple(evidence), fix=fix, workflow=workflow)


def failed(title: str, *, cause: str, fix: str, evidence: Iterable[str] = (), workflow: str | None = None) -> Finding:
    """It does not work."""
    return Finding(status="failed", title=title, cause=cause, evidence=tuple(evidence), fix=fix, workflow=workflow)


def skipped(why: str, *, workflow: str | None = None) -> Finding:
    """It was not looked at."""
    return Finding(status="skipped", title=f"not checked: {why}", cause=why, workflow=workflow)


def error(found: NovuError, *evidence: str) -> Finding:
    """It does not work, for the reason that the provider itself would give."""
    return failed(found.what, cause=found.why, evidence=evidence, fix=found.fix)
