"""The registration: what Novu holds of the code-first workflows, and the URL that it stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped, warning
from novu_provider.doctor.runner import check
from novu_provider.errors import DashboardCollision
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import JsonObject
from novu_provider.planning.adoption import Adoption, plan_adoption
from novu_provider.planning.target import is_sync_duplicate
from novu_provider.text.wording import counted, quoted_list

_SYNC = "Run `pulumi up` (`pulumi up --refresh` if the stack believes that all is well)."


@check("registration.url", "Novu stores the wanted URL", "key.known", "authentication.token")
def url(case: Context) -> Finding:
    """Compare the URL that Novu stores with the given one."""
    stored = case.environment.bridge_url
    plain, token = bridge_urls.split_bypass(stored)
    if not stored:
        return warning(
            "Novu stores no bridge URL.",
            cause="The environment was never synced, or its stack was destroyed.",
            fix="Run `pulumi up`: until then nothing can be triggered.",
        )
    if case.given_url is None:
        return ok("none was given to compare with")
    if plain != case.bridge_url:
        return failed(
            f"Novu stores the bridge URL {plain}, and {case.bridge_url} is wanted.",
            cause="Another deployment was synced last, or somebody changed the URL in the dashboard.",
            evidence=[f"the environment {case.environment.name!r} stores {plain}"],
            fix=_SYNC,
        )
    if stored != bridge_urls.with_bypass(case.bridge_url or "", case.token):
        what = "none" if token is None else "another one, or has it twice"
        return failed(
            f"Novu stores the wanted URL with {'no' if token is None else 'another'} bypass token.",
            cause="The token was set, rotated or removed since the last sync.",
            evidence=[f"of the bypass token it stores {what}"],
            fix=_SYNC,
        )
    return ok("Novu stores the wanted URL")


@check("registration.missing", "every workflow is registered", "key.permission")
def missing(case: Context) -> Finding:
    """Look for workflows of the manifest that Novu does not hold."""
    found = _compared(case)
    if found is None:
        return _no_manifest()
    ids = [one.workflow_id for one in found.difference.created] + [one.after for one in found.difference.renamed]
    dashboard = {one.workflow_id for one in case.listed if not one.is_external}
    absent = sorted(set(ids) - dashboard)
    if not absent:
        return ok("Novu holds every workflow of the manifest")
    if not case.environment.bridge_url:
        return warning(
            f"Novu does not hold {quoted_list(absent)} yet.", cause="The environment was never synced.", fix=_SYNC
        )
    return failed(
        f"Novu does not hold {quoted_list(absent)}.",
        cause="No sync ran since they came into the code, or one failed half-way. A trigger is refused "
        "(`workflow_not_found`).",
        fix=_SYNC,
    )


@check("registration.left-behind", "nothing is left behind", "key.permission")
def left_behind(case: Context) -> Finding:
    """Look for code-first workflows that the manifest lacks, suffixed ones apart."""
    found = _compared(case)
    if found is None:
        return _no_manifest()
    ids = {one: why for one, why in found.leftovers.items() if not is_sync_duplicate(one, _declared(case))}
    if not ids:
        return ok("Novu holds no code-first workflow that the manifest lacks")
    return warning(
        f"Novu still holds {quoted_list(ids)}, which the manifest lacks.",
        cause="They were renamed or removed in the code and no sync went through since, or another application was "
        "synced to this environment. Each can still be triggered.",
        evidence=[f"{one}: {why}" for one, why in sorted(ids.items())],
        fix="The next sync deletes them. A stack that never managed them asks first: `novu:pruneUnmanaged`.",
    )


@check("registration.duplicates", "no workflow is there twice", "key.permission")
def duplicates(case: Context) -> Finding:
    """Look for what two syncs at once leave."""
    ids = [one.workflow_id for one in case.stored]
    known = _declared(case) or set(ids)
    twice = {one for one, number in Counter(ids).items() if number > 1}
    strays = {one for one in ids if is_sync_duplicate(one, known - {one})}
    if not twice | strays:
        return ok("each workflow is there once")
    return failed(
        f"Novu holds {quoted_list(twice | strays)} beside the workflow that is meant.",
        cause="Two syncs of this environment ran at once: Novu gave the later one's workflows a random suffix.",
        fix="Run `pulumi up` once, with nothing else that syncs: it deletes them. Let one pipeline sync at a time.",
    )


@check("registration.current", "every registration is what the code declares", "key.permission")
def current(case: Context) -> Finding:
    """Compare the registrations that both sides have."""
    found = _compared(case)
    if found is None:
        return _no_manifest()
    changed = found.difference.changed
    if not changed:
        return ok("Novu holds the registrations as the code declares them")
    return warning(
        f"Novu holds {quoted_list(one.workflow_id for one in changed)} otherwise than the code declares.",
        cause="The code changed since the last sync, or somebody changed the workflow in the dashboard.",
        evidence=[
            f"{one.workflow_id}: {', '.join(sorted({change.path[0] for change in one.changes}))}" for one in changed
        ],
        fix=_SYNC,
    )


@check("registration.inactive", "every workflow is active", "key.permission")
def inactive(case: Context) -> Finding:
    """Look for workflows that no trigger starts."""
    ids = [one.workflow_id for one in case.stored if not one.registration.active]
    if not ids:
        return ok("every workflow is active")
    return warning(
        f"{quoted_list(ids)} {'is' if len(ids) == 1 else 'are'} inactive.",
        cause="Somebody switched it off in the dashboard. A trigger is acknowledged (`trigger_not_active`), and "
        "nothing is sent.",
        fix="Switch it on in the dashboard, or run `pulumi up --refresh`: a sync makes it active again.",
    )


@check("registration.issues", "no workflow has an error", "key.permission")
def issues(case: Context) -> Finding:
    """Read the issues that Novu reports of the steps' control values."""
    if any("status" not in one for one in case.documents.values()):
        return skipped("a Novu before 2025-01 does not look for errors")
    broken = [one for one in case.documents.values() if one.get("status") == "ERROR"]
    if not broken:
        return ok("Novu reports no error")
    return failed(
        f"{quoted_list(one['workflowId'] for one in broken)} {'is' if len(broken) == 1 else 'are'} in status ERROR.",
        cause="A control of a step lacks a value that its schema asks for, or has one that it does not allow.",
        evidence=[line for one in broken for line in _issues(one, "controls")],
        fix="Give the control a default in the code, or a value in the dashboard, and sync.",
    )


@check("registration.integrations", "every channel has an integration", "key.permission")
def integrations(case: Context) -> Finding:
    """Read the issues that Novu reports of missing integrations."""
    if case.api.capabilities.lacks_v2:
        return skipped("a Novu before 2025-06 does not show an API key what integrations are missing")
    lines = [line for one in case.documents.values() for line in _issues(one, "integration")]
    if not lines:
        return ok("every channel that a workflow uses has an active integration")
    return warning(
        f"{counted(len(lines), 'step')} cannot be sent: the channel has no integration.",
        cause="The channel has no active provider in this environment, or none that is primary. A trigger is accepted, "
        "and the step fails.",
        evidence=lines,
        fix="Connect a provider for the channel in this environment (dashboard, Integrations Store).",
    )


@check("registration.dashboard", "no workflow of the dashboard has an id of the code", "key.permission")
def dashboard(case: Context) -> Finding:
    """Look for ids that somebody took in the dashboard."""
    found = _compared(case)
    if found is None:
        return _no_manifest()
    collision = next((one for one in found.refusals if isinstance(one, DashboardCollision)), None)
    return error(collision) if collision else ok("no id is taken")


def _compared(case: Context) -> Adoption | None:
    wanted = case.wanted
    return (
        None if wanted is None else plan_adoption(wanted, case.environment, case.listed, case.stored, case.bridge_url)
    )


def _declared(case: Context) -> set[str]:
    return set(case.wanted.digests) if case.wanted else set()


def _no_manifest() -> Finding:
    return skipped("there is no manifest to compare with: the bridge serves none, and no file is given")


def _issues(workflow: JsonObject, kind: str) -> Iterator[str]:
    """Write each issue of one kind, ``controls`` or ``integration``, that Novu reports of a workflow's steps."""
    for step in workflow.get("steps") or ():
        found: Any = (step.get("issues") or {}).get(kind) or {}
        for where, entries in found.items():
            for entry in entries:
                place = f"{workflow['workflowId']} / {step.get('stepId')}"
                yield f"{place}{f', control {where!r}' if kind == 'controls' else ''}: {entry.get('message')}"


EXAMINATIONS = (
    *(url, missing, left_behind, duplicates, current),
    *(inactive, issues, integrations, dashboard),
)
