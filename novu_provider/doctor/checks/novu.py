"""Novu's side: whether it answers, how old it is, its limits, and whether it reaches the bridge itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped, warning
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuApiError, NovuError, NovuUnreachable
from novu_provider.novu_api import bridge_call_errors

#: The group that Novu puts code-first workflows into, by this very name.
_GROUP = "General"

#: Novu's own limit of workflows in an environment, and that of its free and pro plans (novu/shared, feature tiers).
_LIMIT = 100
_PLANS = {"free": 20, "pro": 20}
_NEAR = 0.9

#: Less than this part of the rate limit left at the first answer: others use it too.
_LITTLE = 0.25


@check("novu.reachable", "Novu's API answers")
def reachable(case: Context) -> Finding:
    """Send the first request, which needs no key."""
    refused = case.refusal("apiUrl", "region")
    if refused is not None:
        return error(refused)
    try:
        case.api.health()
    except NovuUnreachable:
        raise
    except NovuApiError as answered:
        # A proxy may let the other paths through alone; whether this is Novu shows at the next request.
        return ok(f"{case.api.url} answers", answered.what)
    return ok(f"{case.api.url} answers")


@check("novu.version", "Novu is new enough for every check", "key.permission")
def version(case: Context) -> Finding:
    """Name what an older Novu keeps from being checked."""
    found = case.api.capabilities.version()
    shown = f"version {found}" if found else "it does not say its version"
    lacks = [*_unchecked(case)]
    if not lacks:
        return ok(shown)
    return warning(
        f"Novu is old ({shown}), and some things are not checked.",
        cause="The server is older than the endpoints that show them, or does not open these to API keys.",
        evidence=lacks,
        fix="Update the self-hosted Novu.",
    )


@check("novu.rate", "the rate limit is not used up", "novu.reachable")
def rate(case: Context) -> Finding:
    """Look at what the first answers say of the rate limit."""
    watched = case.watched
    if watched.limited and case.opened is None:
        return failed(
            "the environment's rate limit is used up.",
            cause="Other clients send requests with keys of the same environment; they share one limit.",
            evidence=[f"{watched.limited} requests were refused with 429"],
            fix="Wait a minute and run it again; find who else calls Novu, or raise the plan.",
        )
    headers = watched.rate
    if headers is None:
        return ok("this Novu has no rate limit")
    remaining, limit = _number(headers.get("RateLimit-Remaining")), _number(headers.get("RateLimit-Limit"))
    shown = f"{remaining:g} of {limit:g} requests were left at the first answer"
    if not watched.limited and (not limit or remaining / limit >= _LITTLE):
        return ok(shown)
    return warning(
        "the environment's rate limit is nearly used up.",
        cause="Other clients send requests with keys of the same environment; they share one limit.",
        evidence=[shown, *([f"{watched.limited} requests were refused with 429"] if watched.limited else [])],
        fix="Find who else calls Novu, or raise the plan. The provider waits as Novu asks, so it only takes longer.",
    )


@check("novu.group", f"the notification group {_GROUP!r} is there", "key.known")
def group(case: Context) -> Finding:
    """Look for the group that every new code-first workflow is put into."""
    found = case.api.notification_groups()
    if _GROUP in found:
        return ok(f"there is a group {_GROUP!r}")
    return failed(
        f"the environment has no notification group {_GROUP!r}: no workflow can be created.",
        cause="It was renamed or deleted; Novu looks it up by this name (`Notification group not found`).",
        evidence=[f"groups: {', '.join(found) or 'none'}"],
        fix=f"Create it: POST /v1/notification-groups with the name {_GROUP!r}, or rename the group back.",
    )


@check("novu.limit", "there is room for the workflows", "key.permission")
def limit(case: Context) -> Finding:
    """Compare the number of workflows with the limit, as far as it is known."""
    held = {one.workflow_id for one in case.listed}
    policy = case.watched.rate.get("RateLimit-Policy", "") if case.watched.rate else ""
    service = re.search(r'serviceLevel="(\w+)"', policy)
    most = _PLANS.get(service[1], _LIMIT) if service else _LIMIT
    new = set(case.wanted.digests) - held if case.wanted else set()
    shown = f"{len(held)} workflows of about {most}" + (f", {len(new)} to be created" if new else "")
    if len(held | new) < most * _NEAR:
        return ok(shown)
    return warning(
        f"the limit of workflows is near: {shown}.",
        cause="Novu takes so many in an environment, and counts before it deletes: at the limit a rename fails too.",
        evidence=[
            f"the limit is that of the plan {service[1]!r}"
            if service and service[1] in _PLANS
            else "the limit is Novu's own; a self-hosted one can have another (MAX_WORKFLOW_LIMIT_NUMBER)"
        ],
        fix="Delete workflows that are no longer used, raise the plan, or set the variable on a self-hosted Novu.",
    )


@check("novu.calls", "Novu itself reaches the bridge", "key.known", "url.form")
def calls(case: Context) -> Finding:
    """Let Novu ask the bridge for its health, from its own network."""
    found = attempt(lambda: case.called)
    if isinstance(found, NovuError):
        return error(found)
    if found.get("isValid"):
        here = "" if case.is_answered else ", and none of this machine"
        return ok(f"the bridge answers Novu's health check, which needs no key{here}")
    if not case.is_answered:
        return skipped("no bridge answers this machine either, so Novu's answer says nothing more")
    said = str(found.get("error") or "")
    known = bridge_call_errors.explain(said, is_production=case.is_production)
    if known is None:
        return failed(
            "the bridge answers here, and Novu gets another answer.",
            cause="Something else answers Novu than answers here: a page of a firewall or of a proxy.",
            evidence=[f"Novu says: {said or 'the answer is no bridge’s'}"],
            fix="Let requests without a browser through to the bridge's path.",
        )
    if known in (bridge_call_errors.PRIVATE, bridge_call_errors.LOCALHOST):
        return skipped("its address is refused; see `url.address`")
    return failed(
        "the bridge answers here, and does not answer Novu.",
        cause=known.why,
        evidence=[f"Novu says: {said}"],
        fix=known.fix,
    )


def _unchecked(case: Context) -> Iterator[str]:
    """Name what an older Novu keeps from being checked."""
    older = case.api.capabilities
    if older.lacks_v2:
        yield "before 2025-06 API keys open no `/v2/workflows`: missing integrations and triggers"
        yield "before 2025-06 the dashboard's workflows are not listed: those of other ids, and the exact number"
    if older.supports_severity is False:
        yield "before 2025-09 workflows have no severity: that of the code is not compared"
    if case.environment.type is None:
        yield "before 2026 environments have no type: what is production is told by the name alone"


def _number(value: str | None) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return 0.0


EXAMINATIONS = (reachable, version, rate, group, limit, calls)
