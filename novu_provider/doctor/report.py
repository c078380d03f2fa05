"""The report: findings and the descriptions of the checks. ``schemas/doctor.schema.json`` describes its JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, computed_field

from novu_provider.errors import NovuError
from novu_provider.model.diff import JsonModel

Status = Literal["ok", "warning", "failed", "skipped"]


class CheckInfo(JsonModel):
    """The description of one check. Its id starts with its subject: ``bridge.clock``."""

    id: str
    title: str = Field(description="The statement that the check verifies.")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def subject(self) -> str:
        """The subject of the check: ``url``, ``bridge``, …"""
        return self.id.partition(".")[0]


class Finding(JsonModel):
    """One result of a check; `triggering.preview` has one for each workflow.

    A warning and a failure have a ``cause`` and a ``fix``. The cause of a skipped check is the reason for skipping it.
    """

    check: str = Field(default="", description="The check's id.")
    status: Status
    title: str = Field(description="The result in one line.")
    cause: str = ""
    evidence: tuple[str, ...] = ()
    fix: str = ""
    workflow: str | None = Field(default=None, description="The workflow's id, if the finding is about one workflow.")


class Report(JsonModel):
    """All findings, in the order of the checks."""

    format_version: Literal[1] = 1
    api_url: str
    bridge_url: str | None = Field(description="Without the bypass token; null if there is no bridge URL.")
    environment: str | None = Field(description="The name of the key's environment; null if it is unknown.")
    checks: tuple[CheckInfo, ...]
    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["ok", "warning", "failed"]:
        """The worst status of all findings. Skipped checks do not count."""
        statuses = {finding.status for finding in self.findings}
        return "failed" if "failed" in statuses else "warning" if "warning" in statuses else "ok"

    @computed_field(description="The id of the check to fix first; null if there is no problem.")  # type: ignore[prop-decorator]
    @property
    def root_cause(self) -> str | None:
        """The first of the worst findings. Checks run in the order of cause and effect, so it often causes the others.

        A trigger fails, for example, if the key is wrong, and the key is unknown if Novu is not reachable.
        """
        worst = self.status
        return next((finding.check for finding in self.findings if finding.status == worst != "ok"), None)


def ok(title: str, *evidence: str, workflow: str | None = None) -> Finding:
    """Return a finding without a problem."""
    return Finding(status="ok", title=title, evidence=evidence, workflow=workflow)


def warning(title: str, *, cause: str, fix: str, evidence: Iterable[str] = (), workflow: str | None = None) -> Finding:
    """Return a finding for something that works now, but not well or not for long."""
    return Finding(status="warning", title=title, cause=cause, evidence=tuple(evidence), fix=fix, workflow=workflow)


def failed(title: str, *, cause: str, fix: str, evidence: Iterable[str] = (), workflow: str | None = None) -> Finding:
    """Return a finding for something that does not work."""
    return Finding(status="failed", title=title, cause=cause, evidence=tuple(evidence), fix=fix, workflow=workflow)


def skipped(reason: str, *, workflow: str | None = None) -> Finding:
    """Return a finding for a check that did not run."""
    return Finding(status="skipped", title=f"not checked: {reason}", cause=reason, workflow=workflow)


def failed_with(error: NovuError, *evidence: str) -> Finding:
    """Return a failure with the texts of one of the provider's errors."""
    return failed(error.what, cause=error.why, evidence=evidence, fix=error.fix)
