"""Triggering: Novu itself calls the stored bridge for each workflow, and nothing is sent to anyone.

The preview of a step is what the dashboard shows while somebody edits it: Novu makes a real signed request to the URL
that it stores, and the application runs the step's function on example values. On any fault of the bridge Novu answers
201 with an empty preview (observed on 3.19.0), so the reason is then looked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import check
from novu_provider.errors import EndpointClosed, NovuError
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import JsonObject

#: Steps of which a preview shows something; a digest's or a delay's is empty by nature.
_CHANNELS = ("email", "in_app", "sms", "push", "chat")

#: After so many failures in a row the others would only fail as slowly.
_ENOUGH = 3


@check("triggering.preview", "Novu can make each workflow's steps", "key.permission")
def preview(case: Context) -> Iterator[Finding]:
    """Let Novu preview one step of each workflow, or of the chosen ones."""
    if not case.environment.bridge_url:
        yield skipped("Novu stores no bridge URL yet")
        return
    if case.api.capabilities.lacks_v2:
        yield skipped("a Novu before 2025-06 opens the preview of a step to no API key")
        return
    by_id = {document["workflowId"]: document for document in case.documents.values()}
    yield from (_unknown(one) for one in case.chosen if one not in by_id)
    chosen = [one for one in case.chosen if one in by_id] or ([] if case.chosen else sorted(by_id))
    if not chosen and not case.chosen:
        yield ok("there is no workflow to trigger")
    failures = 0
    for number, workflow_id in enumerate(chosen):
        if failures == _ENOUGH:
            rest = len(chosen) - number
            yield skipped(f"the {_ENOUGH} before failed, so the other {rest} workflows were not tried")
            return
        found = _try(case, by_id[workflow_id])
        failures = failures + 1 if found.status == "failed" else 0
        yield found


def _try(case: Context, workflow: JsonObject) -> Finding:
    workflow_id = workflow["workflowId"]
    step = next((one for one in workflow.get("steps") or () if one.get("type") in _CHANNELS), None)
    if step is None:
        return skipped("it has no channel step, and other steps have no preview", workflow=workflow_id)
    try:
        answer = case.api.preview_step(workflow["_id"], step["_id"], case.novu_call_timeout)
    except EndpointClosed as closed:
        return skipped(f"API keys do not open it before 2026-03: {closed.message}", workflow=workflow_id)
    except NovuError as refused:
        return error(refused).model_copy(update={"workflow": workflow_id})
    if (answer.get("result") or {}).get("preview"):
        return ok(f"Novu got the step {step['stepId']!r} from the bridge", workflow=workflow_id)
    evidence = ["Novu's preview of the step is empty, as it is on every fault of the bridge"]
    cause, fix = _reason(case, workflow_id, str(step["stepId"]), evidence)
    return failed(
        f"a trigger would fail: Novu does not get the step {step['stepId']!r} from the bridge.",
        cause=cause,
        evidence=evidence,
        fix=fix,
        workflow=workflow_id,
    )


def _reason(case: Context, workflow_id: str, step_id: str, evidence: list[str]) -> tuple[str, str]:
    """Look for what is wrong with the stored bridge: from here, and then in what it serves."""
    url, token = bridge_urls.split_bypass(case.environment.bridge_url)
    evidence.append(f"Novu stores {url}")
    same = (url, token) == (case.bridge_url, case.token)
    found = case.served if same else attempt(case.bridge(url, token, case.settings.ca_bundle).manifest)
    if isinstance(found, NovuError):
        evidence.append(found.what)
        return found.why, found.fix
    declared = next((one for one in found.workflows if one.workflow_id == workflow_id), None)
    if declared is None:
        return (
            "The application at the stored URL does not serve this workflow: another build is deployed, or another "
            "application.",
            "Deploy the build that has it, or sync what is deployed: `pulumi up`.",
        )
    if step_id not in {one.step_id for one in declared.steps}:
        return (
            f"The application at the stored URL serves the workflow without the step {step_id!r}: it was deployed and "
            "not synced.",
            "Run `pulumi up`.",
        )
    return (
        "The bridge answers from here, and not to this request of Novu: the step's function fails on the example "
        "values, takes longer than five seconds, or the bridge's POST requests do not get through.",
        "Look at the application's log at the time of this command, for `action=preview`.",
    )


def _unknown(workflow_id: str) -> Finding:
    return failed(
        "Novu holds no code-first workflow of this id.",
        cause="The id is mistyped, or the workflow was never synced to this environment.",
        fix="`novu-provider show` lists the ids.",
        workflow=workflow_id,
    )


EXAMINATIONS = (preview,)
