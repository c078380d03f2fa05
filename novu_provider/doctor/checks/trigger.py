"""Checks of triggers: Novu calls the stored bridge for each workflow, and nothing is sent to subscribers.

The check uses the preview of a step, which the dashboard shows in its editor. For a preview, Novu sends a signed
request to the stored bridge URL, and the application runs the step's function. The doctor sends a payload that is
valid against the payload schema. If the bridge fails, Novu returns 201 with an empty preview (observed on 3.19.0). The
check then searches for the cause.
"""

from __future__ import annotations

from collections.abc import Iterator

from novu_provider.doctor.context import Context
from novu_provider.doctor.payload_example import NoExampleError, build_example
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import check
from novu_provider.errors import EndpointClosed, NovuError
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.manifest import Manifest
from novu_provider.text.wording import brief

#: Steps with a visible preview. The preview of a digest or a delay is always empty.
_CHANNELS = ("email", "in_app", "sms", "push", "chat")

#: After this number of failures in a row that affect all workflows, the other workflows are not tried.
_MAX_FAILURES = 3


@check("triggering.preview", "Novu can render a step of each workflow", "key.permission")
def preview(context: Context) -> Iterator[Finding]:
    """Let Novu render one step of each workflow, or of the selected workflows."""
    if not context.environment.bridge_url:
        yield skipped("Novu stores no bridge URL yet")
        return
    if context.api.capabilities.lacks_v2:
        yield skipped("Novu before 2025-06 does not open step previews to API keys")
        return
    by_id = {document["workflowId"]: document for document in context.workflow_documents.values()}
    selected = context.workflow_ids
    yield from (_unknown(workflow_id) for workflow_id in selected if workflow_id not in by_id)
    to_try = [workflow_id for workflow_id in selected if workflow_id in by_id] if selected else sorted(by_id)
    if not to_try and not selected:
        yield ok("there is no workflow to trigger")
    failures = 0
    for number, workflow_id in enumerate(to_try):
        if failures == _MAX_FAILURES:
            rest = len(to_try) - number
            yield skipped(f"the {_MAX_FAILURES} previous workflows failed, so the other {rest} were not tried")
            return
        finding, affects_all = _try(context, by_id[workflow_id])
        failures = failures + 1 if affects_all else 0
        yield finding


def _try(context: Context, workflow: JsonObject) -> tuple[Finding, bool]:
    """Preview one step. Return the finding, and whether its cause affects all workflows."""
    workflow_id = workflow["workflowId"]
    step = next((step for step in workflow.get("steps") or () if step.get("type") in _CHANNELS), None)
    if step is None:
        return skipped("the workflow has no channel step, and other steps have no preview", workflow=workflow_id), False
    payload, problem = _example_payload(context, workflow["_id"])
    try:
        response = context.api.preview_step(workflow["_id"], step["_id"], context.bridge_call_timeout, payload)
    except EndpointClosed as closed:
        reason = f"Novu before 2026-03 does not open it to API keys: {closed.message}"
        return skipped(reason, workflow=workflow_id), False
    except NovuError as error:
        return failed_with(error).model_copy(update={"workflow": workflow_id}), True
    if (response.get("result") or {}).get("preview"):
        return ok(f"Novu can get the step {step['stepId']!r} from the bridge", workflow=workflow_id), False
    if problem is not None:
        reason = f"the doctor cannot build a payload that is valid against the payload schema ({problem})"
        return skipped(reason, workflow=workflow_id), False
    return _explain(context, workflow_id, str(step["stepId"]), payload)


def _example_payload(context: Context, internal_id: str) -> tuple[JsonObject | None, str | None]:
    """Return a payload that is valid against the payload schema, or the reason why there is none."""
    stored = next((workflow for workflow in context.stored_workflows if workflow.id == internal_id), None)
    if stored is None:
        return None, None
    try:
        payload = build_example(stored.registration.payload_schema)
    except NoExampleError as error:
        return None, str(error)
    return (payload, None) if isinstance(payload, dict) else (None, "the schema is not that of an object")


def _explain(context: Context, workflow_id: str, step_id: str, payload: JsonObject | None) -> tuple[Finding, bool]:
    """Find the cause of an empty preview: request the stored bridge from this machine, then compare its manifest."""
    url, token = bridge_urls.split_bypass(context.environment.bridge_url)
    evidence = ["Novu's preview of the step is empty, as it is for every error of the bridge", f"Novu stores {url}"]
    is_configured = (url, token) == (context.bridge_url, context.bypass_token)
    manifest = (
        context.served_manifest
        if is_configured
        else attempt(context.connect_bridge(url, token, context.settings.ca_bundle).manifest)
    )
    if isinstance(manifest, NovuError):
        evidence.append(manifest.what)
        cause, fix = manifest.why, manifest.fix
    else:
        evidence.append(f"payload of the preview: {brief(payload)}")
        application = context.application(workflow_id) if is_configured else None
        if application:
            evidence.append(f"behind the gateway, the application {application!r} declares the workflow")
        cause, fix = _workflow_cause(manifest, workflow_id, step_id, application)
    finding = failed(
        f"a trigger would fail: Novu cannot get the step {step_id!r} from the bridge.",
        cause=cause,
        evidence=evidence,
        fix=fix,
        workflow=workflow_id,
    )
    return finding, isinstance(manifest, NovuError)


def _workflow_cause(manifest: Manifest, workflow_id: str, step_id: str, application: str | None) -> tuple[str, str]:
    declared = next((workflow for workflow in manifest.workflows if workflow.workflow_id == workflow_id), None)
    if declared is None:
        return (
            "The application at the stored URL does not serve this workflow: another build or another application is "
            "deployed.",
            "Deploy the build that contains it, or sync the deployed build with `pulumi up`.",
        )
    if step_id not in {step.step_id for step in declared.steps}:
        return (
            f"The application at the stored URL serves the workflow without the step {step_id!r}: it was deployed but "
            "not synced.",
            "Run `pulumi up`.",
        )
    if application is not None:
        return (
            f"The gateway answers, but the application {application!r} does not: it is down, it has another "
            "NOVU_SECRET_KEY, the gateway has an old route for the workflow, or the step's function fails.",
            f"Look at the log of {application!r} at the time of this command. If the request is not in it, deploy the "
            "configuration of the gateway again (`novu-provider gateway`).",
        )
    return (
        "The bridge answers this machine, but not this request of Novu: the step's function fails with this payload or "
        "takes longer than five seconds, or something blocks POST requests to the bridge.",
        "Search the application's log for `action=preview` at the time of this command.",
    )


def _unknown(workflow_id: str) -> Finding:
    return failed(
        "Novu stores no code-first workflow with this id.",
        cause="The id is misspelled, or the workflow was never synced to this environment.",
        fix="List the ids with `novu-provider show`.",
        workflow=workflow_id,
    )


CHECKS = (preview,)
