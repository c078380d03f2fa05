"""Checks of the registrations: the workflows and the bridge URL that Novu stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped, warning
from novu_provider.doctor.runner import check
from novu_provider.errors import DashboardCollision
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import JsonObject
from novu_provider.planning.adoption import Adoption, plan_adoption
from novu_provider.planning.channel_coverage import CoverageGap
from novu_provider.planning.target import is_sync_duplicate
from novu_provider.text.wording import counted, quoted_list

_SYNC = "Run `pulumi up`. If it shows no changes, run `pulumi up --refresh`."


@check("registration.url", "Novu stores the configured URL", "key.known", "authentication.token")
def url(context: Context) -> Finding:
    """Compare the URL that Novu stores with the configured one."""
    stored = context.environment.bridge_url
    stored_url, stored_token = bridge_urls.split_bypass(stored)
    if not stored:
        return warning(
            "Novu stores no bridge URL.",
            cause="The environment was never synced, or its stack was destroyed.",
            fix="Run `pulumi up`. Until then Novu cannot trigger any workflow.",
        )
    if context.configured_url is None:
        return ok("no bridge URL is configured, so no URL was compared")
    if stored_url != context.bridge_url:
        return failed(
            f"Novu stores the bridge URL {stored_url}, but {context.bridge_url} is configured.",
            cause="Another deployment was synced last, or somebody changed the URL in the dashboard.",
            evidence=[f"the environment {context.environment.name!r} stores {stored_url}"],
            fix=_SYNC,
        )
    if stored != bridge_urls.with_bypass(context.bridge_url or "", context.bypass_token):
        missing = stored_token is None
        return failed(
            f"Novu stores the configured URL with {'no' if missing else 'another'} bypass token.",
            cause="The token was set, rotated or removed since the last sync.",
            evidence=[
                "the stored URL has no bypass token"
                if missing
                else "the stored URL has another bypass token, or has it twice"
            ],
            fix=_SYNC,
        )
    return ok("Novu stores the configured URL")


@check("registration.missing", "every workflow is registered", "key.permission")
def missing(context: Context) -> Finding:
    """Find workflows of the manifest that Novu does not store."""
    comparison = _compare(context)
    if comparison is None:
        return _no_manifest()
    difference = comparison.difference
    ids = [change.workflow_id for change in difference.created] + [change.after for change in difference.renamed]
    dashboard = {workflow.workflow_id for workflow in context.workflow_summaries if not workflow.is_code_first}
    absent = sorted(set(ids) - dashboard)
    if not absent:
        return ok("Novu stores every workflow of the manifest")
    if not context.environment.bridge_url:
        return warning(
            f"Novu does not store {quoted_list(absent)} yet.", cause="The environment was never synced.", fix=_SYNC
        )
    return failed(
        f"Novu does not store {quoted_list(absent)}.",
        cause="No sync ran since they were added to the code, or a sync failed before it finished. Novu refuses "
        "their triggers (`workflow_not_found`).",
        fix=_SYNC,
    )


@check("registration.left-behind", "Novu stores no workflow that the manifest does not contain", "key.permission")
def left_behind(context: Context) -> Finding:
    """Find code-first workflows that are not in the manifest. Another check finds duplicates with a suffix."""
    comparison = _compare(context)
    if comparison is None:
        return _no_manifest()
    declared = _declared_ids(context)
    reasons = {
        workflow_id: reason
        for workflow_id, reason in comparison.leftovers.items()
        if not is_sync_duplicate(workflow_id, declared)
    }
    if not reasons:
        return ok("the manifest contains every code-first workflow that Novu stores")
    return warning(
        f"Novu still stores {quoted_list(reasons)}, which the manifest does not contain.",
        cause="They were renamed or removed in the code and no sync finished since, or another application was synced "
        "to this environment. Each can still be triggered.",
        evidence=[f"{workflow_id}: {reason}" for workflow_id, reason in sorted(reasons.items())],
        fix="The next sync deletes them. If the stack never managed them, list them in `novu:pruneUnmanaged` first.",
    )


@check("registration.duplicates", "Novu stores each workflow once", "key.permission")
def duplicates(context: Context) -> Finding:
    """Find the duplicates that two simultaneous syncs create."""
    ids = [workflow.workflow_id for workflow in context.stored_workflows]
    known_ids = _declared_ids(context) or set(ids)
    repeated = {workflow_id for workflow_id, number in Counter(ids).items() if number > 1}
    suffixed = {workflow_id for workflow_id in ids if is_sync_duplicate(workflow_id, known_ids - {workflow_id})}
    if not repeated | suffixed:
        return ok("Novu stores each workflow once")
    return failed(
        f"Novu stores duplicates of workflows: {quoted_list(repeated | suffixed)}.",
        cause="Two syncs of this environment ran at the same time. Novu added a random suffix to the ids of the later "
        "sync.",
        fix="Run `pulumi up` while no other sync runs; it deletes the duplicates. Let one pipeline sync at a time.",
    )


@check("registration.current", "every registration is up to date", "key.permission")
def current(context: Context) -> Finding:
    """Compare the stored registrations with the manifest."""
    comparison = _compare(context)
    if comparison is None:
        return _no_manifest()
    changed = comparison.difference.changed
    if not changed:
        return ok("the stored registrations equal those of the code")
    ids = quoted_list(workflow.workflow_id for workflow in changed)
    return warning(
        f"the stored registrations of {ids} differ from the code.",
        cause="The code changed since the last sync, or somebody changed the workflow in the dashboard.",
        evidence=[
            f"{workflow.workflow_id}: {', '.join(sorted({change.path[0] for change in workflow.changes}))}"
            for workflow in changed
        ],
        fix=_SYNC,
    )


@check("registration.inactive", "every workflow is active", "key.permission")
def inactive(context: Context) -> Finding:
    """Find inactive workflows."""
    ids = [workflow.workflow_id for workflow in context.stored_workflows if not workflow.registration.active]
    if not ids:
        return ok("every workflow is active")
    return warning(
        f"{quoted_list(ids)} {'is' if len(ids) == 1 else 'are'} inactive.",
        cause="Somebody deactivated the workflow in the dashboard. Novu accepts its triggers (`trigger_not_active`) "
        "and sends nothing.",
        fix="Activate it in the dashboard, or run `pulumi up --refresh`: a sync activates it.",
    )


@check("registration.issues", "no workflow has an error", "key.permission")
def issues(context: Context) -> Finding:
    """Read the issues that Novu reports for the steps' control values."""
    documents = context.workflow_documents.values()
    if any("status" not in document for document in documents):
        return skipped("Novu before 2025-01 does not report errors of workflows")
    broken = [document for document in documents if document.get("status") == "ERROR"]
    if not broken:
        return ok("Novu reports no error")
    ids = quoted_list(document["workflowId"] for document in broken)
    return failed(
        f"{ids} {'has' if len(broken) == 1 else 'have'} the status ERROR.",
        cause="A required control of a step has no value, or a control has an invalid value.",
        evidence=[line for document in broken for line in _issues(document, "controls")],
        fix="Give the control a default in the code or a value in the dashboard, then run `pulumi up`.",
    )


@check("registration.integrations", "every channel has an integration", "key.permission")
def integrations(context: Context) -> Finding:
    """Compare the channels of the workflows with the integrations of the environment."""
    gaps = context.integration_gaps
    # A Novu before 2025-06 shows no issues of integrations to an API key.
    documents = () if context.api.capabilities.lacks_v2 else context.workflow_documents.values()
    reported = [line for document in documents for line in _issues(document, "integration")]
    if not gaps and not reported:
        return ok("every channel that a workflow uses has an active integration")
    steps = len(reported) or sum(gap.channel_steps.number for gap in gaps)
    return warning(
        f"Novu cannot deliver {counted(steps, 'step')}: the channel has no integration.",
        cause="The channel has no active provider in this environment, or no primary one. Novu accepts a trigger, but "
        "the step fails.",
        evidence=[*reported, *map(str, gaps)],
        fix=_connect(gaps),
    )


def _connect(gaps: Sequence[CoverageGap]) -> str:
    if not gaps:
        return "Open the Inbox of the application once with this environment's identifier: Novu then connects it."
    lines = " ".join(f"`{gap.line}`" for gap in gaps)
    return f"Add to the Pulumi program, before `Bridge`: {lines} Or connect a provider in the dashboard."


@check("registration.dashboard", "no dashboard workflow has an id of the code", "key.permission")
def dashboard(context: Context) -> Finding:
    """Find ids of the code that a dashboard workflow already has."""
    comparison = _compare(context)
    if comparison is None:
        return _no_manifest()
    collision = next((error for error in comparison.refusals if isinstance(error, DashboardCollision)), None)
    return failed_with(collision) if collision else ok("no dashboard workflow has an id of the code")


def _compare(context: Context) -> Adoption | None:
    expected = context.expected_manifest
    if expected is None:
        return None
    return plan_adoption(
        expected, context.environment, context.workflow_summaries, context.stored_workflows, context.bridge_url
    )


def _declared_ids(context: Context) -> set[str]:
    expected = context.expected_manifest
    return set(expected.digests) if expected else set()


def _no_manifest() -> Finding:
    return skipped("there is no manifest to compare with: the bridge serves none, and no manifest file is configured")


def _issues(workflow: JsonObject, group: str) -> Iterator[str]:
    """Format the issues of one group, ``controls`` or ``integration``, that Novu reports for a workflow's steps."""
    for step in workflow.get("steps") or ():
        step_issues: Any = (step.get("issues") or {}).get(group) or {}
        for name, entries in step_issues.items():
            control = f", control {name!r}" if group == "controls" else ""
            for entry in entries:
                yield f"{workflow['workflowId']} / {step.get('stepId')}{control}: {entry.get('message')}"


CHECKS = (
    *(url, missing, left_behind, duplicates, current),
    *(inactive, issues, integrations, dashboard),
)
