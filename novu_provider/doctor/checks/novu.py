"""Checks of Novu: whether its API responds, its version, its limits, and its connection to the bridge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped, warning
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import check
from novu_provider.errors import KeyRejected, NovuApiError, NovuError, NovuUnreachable
from novu_provider.novu_api import bridge_call_errors

#: Novu adds code-first workflows to the group with this name.
_GROUP = "General"

#: Novu's limit of workflows per environment, and the limits of its plans (novu/shared, feature tiers).
_DEFAULT_LIMIT = 100
_PLAN_LIMITS = {"free": 20, "pro": 20}
_NEARLY_FULL = 0.9

#: If less than this part of the rate limit is left at the first response, other clients use it too.
_LOW_RATE_LIMIT = 0.25


@check("novu.reachable", "Novu's API responds")
def reachable(context: Context) -> Finding:
    """Send the first request, which needs no key. Verify that the server is Novu."""
    error = context.setting_error("apiUrl", "region")
    if error is not None:
        return failed_with(error)
    try:
        health = context.api.health()
    except NovuUnreachable:
        raise
    except NovuApiError as refused:
        return _other_response(context, refused)
    if "status" not in health:
        return _not_novu(context, "the response to the health check has no `status`")
    return ok(f"Novu responds at {context.api.url}")


def _other_response(context: Context, refused: NovuApiError) -> Finding:
    """Decide whether a server that refuses the health check is Novu: a proxy may block only this path."""
    if context.has_key:
        environment = attempt(lambda: context.environment)
        if isinstance(environment, KeyRejected) or not isinstance(environment, NovuError):
            return ok(f"Novu responds at {context.api.url}", refused.what)
        return _not_novu(context, refused.what, environment.what)
    if refused.status in (401, 403):
        return ok(
            f"a server responds at {context.api.url}; without a key it is unknown whether it is Novu", refused.what
        )
    return _not_novu(context, refused.what)


def _not_novu(context: Context, *evidence: str) -> Finding:
    return failed(
        f"the server at {context.api.url} is not Novu's API.",
        cause="The URL belongs to another service, to Novu's dashboard, or it has a path that the API does not have.",
        evidence=evidence,
        fix="Set `novu:apiUrl` (or NOVU_API_URL) to the base URL of the API, such as https://api.novu.co or "
        "https://eu.api.novu.co. For a self-hosted Novu, use the URL of its API container.",
    )


@check("novu.version", "Novu is new enough for every check", "key.permission")
def version(context: Context) -> Finding:
    """List the things that the doctor cannot check on an older Novu."""
    server_version = context.api.capabilities.version()
    shown = f"version {server_version}" if server_version else "its version is unknown"
    missing = [*_unchecked(context)]
    if not missing:
        return ok(shown)
    return warning(
        f"Novu is old ({shown}), so the doctor cannot check everything.",
        cause="The server is older than some endpoints, or does not open them to API keys.",
        evidence=missing,
        fix="Update the self-hosted Novu.",
    )


@check("novu.rate", "the rate limit is not used up", "novu.reachable")
def rate_limit(context: Context) -> Finding:
    """Read the rate limit from the headers of the first responses."""
    recorded = context.response_headers
    rejected = [f"Novu rejected {recorded.rejected_requests} requests with 429"] if recorded.rejected_requests else []
    shared = "Other clients send requests with keys of the same environment. They share one limit."
    if rejected and context.environment_or_none is None:
        return failed(
            "the environment's rate limit is used up.",
            cause=shared,
            evidence=rejected,
            fix="Wait a minute and run the command again. Find other clients of Novu, or upgrade the plan.",
        )
    headers = recorded.rate_limit_headers
    if headers is None:
        return ok("this Novu has no rate limit")
    remaining, limit = _number(headers.get("RateLimit-Remaining")), _number(headers.get("RateLimit-Limit"))
    shown = f"{remaining:g} of {limit:g} requests were left at the first response"
    if not rejected and (not limit or remaining / limit >= _LOW_RATE_LIMIT):
        return ok(shown)
    return warning(
        "the environment's rate limit is nearly used up.",
        cause=shared,
        evidence=[shown, *rejected],
        fix="Find other clients of Novu, or upgrade the plan. The provider waits when Novu asks for it, so it only "
        "takes longer.",
    )


@check("novu.group", f"the notification group {_GROUP!r} exists", "key.known")
def notification_group(context: Context) -> Finding:
    """Find the notification group that Novu needs for each new code-first workflow."""
    names = context.api.notification_groups()
    if _GROUP in names:
        return ok(f"the notification group {_GROUP!r} exists")
    return failed(
        f"the environment has no notification group {_GROUP!r}, so Novu cannot create workflows.",
        cause="The group was renamed or deleted. Novu searches it by this name (`Notification group not found`).",
        evidence=[f"groups: {', '.join(names) or 'none'}"],
        fix=f"Create it with POST /v1/notification-groups and the name {_GROUP!r}, or rename the group back.",
    )


@check("novu.limit", "the limit of workflows is not reached", "key.permission")
def workflow_limit(context: Context) -> Finding:
    """Compare the number of workflows with the limit, if it is known."""
    stored = {workflow.workflow_id for workflow in context.workflow_summaries}
    headers = context.response_headers.rate_limit_headers
    policy = headers.get("RateLimit-Policy", "") if headers else ""
    service = re.search(r'serviceLevel="(\w+)"', policy)
    limit = _PLAN_LIMITS.get(service[1], _DEFAULT_LIMIT) if service else _DEFAULT_LIMIT
    expected = context.expected_manifest
    new = set(expected.digests) - stored if expected else set()
    shown = f"{len(stored)} workflows of about {limit}" + (f", {len(new)} to create" if new else "")
    if len(stored | new) < limit * _NEARLY_FULL:
        return ok(shown)
    return warning(
        f"the limit of workflows is almost reached: {shown}.",
        cause="Novu limits the workflows of an environment. It counts before it deletes, so at the limit a rename "
        "fails too.",
        evidence=[
            f"the limit of the plan {service[1]!r}"
            if service and service[1] in _PLAN_LIMITS
            else "Novu's default limit; a self-hosted Novu can have another (MAX_WORKFLOW_LIMIT_NUMBER)"
        ],
        fix="Delete unused workflows, upgrade the plan, or set the variable on a self-hosted Novu.",
    )


@check("novu.calls", "Novu can call the bridge", "key.known", "url.form")
def bridge_calls(context: Context) -> Finding:
    """Let Novu send a health check to the bridge from its own network."""
    validation = attempt(lambda: context.bridge_validation)
    if isinstance(validation, NovuError):
        return failed_with(validation)
    if validation.get("isValid"):
        here = "" if context.bridge_answers else ", but not one from this machine"
        return ok(f"the bridge answers Novu's health check, which needs no key{here}")
    if not context.bridge_answers:
        return skipped("the bridge does not answer this machine either")
    message = str(validation.get("error") or "")
    explanation = bridge_call_errors.explain(message, is_production=context.is_production)
    if explanation is None:
        return failed(
            "the bridge answers this machine, but Novu receives another response.",
            cause="Another server answers Novu: a page of a firewall or of a proxy.",
            evidence=[f"Novu reports: {message or 'the response is not that of a bridge'}"],
            fix="Allow requests without a browser to the bridge's path.",
        )
    if explanation in (bridge_call_errors.PRIVATE, bridge_call_errors.LOCALHOST):
        return skipped("Novu refuses the address of the bridge; see `url.address`")
    return failed(
        "the bridge answers this machine, but not Novu.",
        cause=explanation.why,
        evidence=[f"Novu reports: {message}"],
        fix=explanation.fix,
    )


def _unchecked(context: Context) -> Iterator[str]:
    """Describe the things that the doctor cannot check on this version of Novu."""
    capabilities = context.api.capabilities
    if capabilities.lacks_v2:
        yield "before 2025-06 API keys cannot use `/v2/workflows`: triggers"
        yield "before 2025-06 Novu does not list dashboard workflows: their ids, and the exact number of workflows"
    if capabilities.supports_severity is False:
        yield "before 2025-09 workflows have no severity: the severity of the code is not compared"
    if context.environment.type is None:
        yield "before 2026 environments have no type: only the name shows whether one is production"


def _number(value: str | None) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return 0.0


CHECKS = (reachable, version, rate_limit, notification_group, workflow_limit, bridge_calls)
