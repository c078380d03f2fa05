"""Checks of the bridge: speed, health, secret key, clocks, and the manifest that it serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from novu_provider.bridge import client
from novu_provider.bridge.response_errors import LARGEST
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped, warning
from novu_provider.doctor.response_log import WORTH_REPORTING_SECONDS, clock_skew, describe_clock_skew
from novu_provider.doctor.result import TimedResponse, attempt, bridge_error_if, unwrap
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuError, SignatureRefused
from novu_provider.model.manifest import Manifest
from novu_provider.sync.sync_errors import manifest_mismatch
from novu_provider.text.wording import counted, quoted_list

#: A response that takes this part of Novu's timeout, or of its size limit, is reported.
_SLOW = 0.5
_NEARLY_FULL = 0.8

#: Number of discover requests that compare the instances behind one URL.
_REPETITIONS = 3


@check("bridge.speed", "the bridge responds in time", "url.path", "authentication.login", "authentication.bypass")
def speed(context: Context) -> Finding:
    """Measure the health check and discover."""
    timeout = bridge_error_if(context.health_response, "timeout")
    if timeout is None and context.has_key:
        timeout = bridge_error_if(context.discover_response, "timeout")
    if timeout is not None:
        return failed_with(timeout)
    responses = (context.health_response, context.discover_response) if context.has_key else (context.health_response,)
    slowest = max((response.seconds for response in responses if isinstance(response, TimedResponse)), default=0.0)
    measured = f"the slowest response took {slowest:.1f} of the {client.TIMEOUT:g} seconds that Novu waits"
    if slowest < client.TIMEOUT * _SLOW:
        return ok(measured)
    return warning(
        f"the bridge is slow: {measured}.",
        cause="A cold start, or discovery that waits for something. Novu gives up after five seconds, on triggers too.",
        fix="Keep discovery free of database and network calls; keep an instance warm.",
    )


@check("bridge.health", "the application is healthy", "bridge.speed")
def health(context: Context) -> Finding:
    """Send a health check, which needs no key."""
    if bridge_error_if(context.health_response, "key-missing") is not None:
        return skipped("the application has no key; see `bridge.key`")
    document = unwrap(context.health_response).response.document
    version = document.get("sdkVersion")
    return ok(
        f"the application is healthy, with @novu/framework {version}" if version else "the application is healthy"
    )


@check("bridge.key", "the application has the key of this environment", "bridge.speed", "key.form")
def key(context: Context) -> Finding:
    """Send a signed request."""
    for response in (context.health_response, context.discover_response):
        error = bridge_error_if(response, "key-missing", "key-differs", "unsigned")
        if error is not None:
            healthy = "the bridge answers the health check, which needs no signature"
            return failed_with(error, *([healthy] if isinstance(context.health_response, TimedResponse) else []))
    if isinstance(context.unsigned_discover_response, TimedResponse):
        return skipped("the bridge verifies no signatures, so its key is unknown; see `bridge.strict`")
    if (
        isinstance(context.discover_response, NovuError)
        and bridge_error_if(context.discover_response, "too-large") is None
    ):
        return skipped("the bridge did not answer a signed request; see `bridge.discover` and `bridge.clock`")
    return ok("the bridge accepts a signature made with this key")


@check("bridge.clock", "the clocks agree", "bridge.speed", "key.form")
def clock(context: Context) -> Finding:
    """Compare the clocks of the application, of Novu and of this machine."""
    response = context.health_response
    skew = clock_skew(response.response.headers, context.system.now()) if isinstance(response, TimedResponse) else None
    skews = [
        (describe_clock_skew(owner, seconds), seconds)
        for owner, seconds in (("the application", skew), ("Novu", context.response_headers.clock_skew))
        if seconds is not None
    ]
    expired = bridge_error_if(context.discover_response, "expired")
    if expired is not None:
        return failed_with(expired, *(text for text, _ in skews))
    if not skews:
        return skipped("no server reported its time")
    differing = [text for text, seconds in skews if abs(seconds) >= WORTH_REPORTING_SECONDS]
    if not differing:
        return ok("the clocks agree")
    return warning(
        "the clocks do not agree.",
        cause="A clock is not synchronized with a time server. At five minutes, signatures are refused.",
        evidence=differing,
        fix="Synchronize the wrong clock with a time server (NTP).",
    )


@check("bridge.strict", "the bridge verifies signatures", "bridge.health")
def strict(context: Context) -> Finding:
    """Send discover without a signature."""
    response = context.unsigned_discover_response
    if isinstance(response, SignatureRefused):
        return ok("the bridge refuses a request without a signature")
    if isinstance(response, NovuError):
        return skipped(f"the bridge did not answer a request without a signature: {response.what}")
    environment = context.environment_or_none
    if environment is None:
        return warning(
            "the bridge answers requests without a signature.",
            cause="Strict authentication is off, as it is in development.",
            fix="In production set NODE_ENV=production or NOVU_STRICT_AUTHENTICATION_ENABLED=true.",
        )
    if environment.type != "prod" and not context.is_production:
        return ok(f"the bridge verifies no signatures, which is allowed in {environment.name!r}")
    return failed(
        f"the bridge of {environment.name!r} answers requests without a signature.",
        cause="Strict authentication is off: NODE_ENV is not `production` where the application runs, or "
        "NOVU_STRICT_AUTHENTICATION_ENABLED is not `true`. Anybody can read the workflows and run their steps.",
        evidence=["the bridge answered a discover request without a signature"],
        fix="Set NODE_ENV=production (or NOVU_STRICT_AUTHENTICATION_ENABLED=true) where the application runs.",
    )


@check("bridge.discover", "the bridge serves a manifest", "bridge.health", "key.form")
def discover(context: Context) -> Finding:
    """Read the manifest from the bridge."""
    if isinstance(context.served_manifest, SignatureRefused):
        return skipped("the bridge accepts no signature; see `bridge.key` and `bridge.clock`")
    if bridge_error_if(context.discover_response, "too-large") is not None:
        return skipped("the response is too large; see `bridge.size`")
    return ok(f"the bridge serves {counted(len(unwrap(context.served_manifest).workflows), 'workflow')}")


@check("bridge.size", "the response is not too large", "bridge.speed", "key.form")
def size(context: Context) -> Finding:
    """Compare the size of the discover response with Novu's limit."""
    discover = context.discover_response
    too_large = bridge_error_if(discover, "too-large")
    if too_large is not None:
        return failed_with(too_large)
    if isinstance(discover, NovuError):
        return skipped("the bridge serves no manifest")
    measured = f"{discover.response.size:,} of the {LARGEST:,} bytes that Novu reads"
    if discover.response.size < LARGEST * _NEARLY_FULL:
        return ok(measured)
    return warning(
        f"the response is nearly too large: {measured}.",
        cause="The schemas or the code of the steps are very large.",
        fix="Move large data out of the functions of the steps.",
    )


@check("bridge.framework", "@novu/framework is not old", "bridge.discover")
def framework(context: Context) -> Finding:
    """Compare the framework's version and its manifest with newer ones."""
    discover = unwrap(context.discover_response)
    version = discover.response.headers.get("novu-framework-sdk")
    shown = f"@novu/framework {version}" if version else "the response does not contain the version of @novu/framework"
    missing = [*_missing_fields(discover.response.document)]
    if not missing:
        return ok(shown)
    return warning(
        f"@novu/framework is old: {shown}.",
        cause="Novu does not receive everything that the application declares.",
        evidence=missing,
        fix="Update @novu/framework and its zod in the application, then deploy.",
    )


@check("bridge.stable", "the bridge serves one version", "bridge.discover")
def stable(context: Context) -> Finding:
    """Send discover several times, because several instances may serve one URL."""
    results = [context.served_manifest, *(attempt(context.bridge.manifest) for _ in range(_REPETITIONS - 1))]
    error = next((result for result in results if isinstance(result, NovuError)), None)
    if error is not None:
        return failed(
            "the bridge answers only some of the requests.",
            cause="A rollout is in progress, or one of several instances is broken.",
            evidence=[error.what],
            fix="Wait for the rollout, or remove the broken instance. `novu:waitForBridge` waits during `pulumi up`.",
        )
    manifests = [result for result in results if isinstance(result, Manifest)]
    other = next((manifest for manifest in manifests[1:] if manifest.digest != manifests[0].digest), None)
    if other is None:
        return ok(f"the bridge served the same manifest {_REPETITIONS} times")
    return failed(
        "the bridge serves different manifests in a row.",
        cause="A rollout is in progress, or instances of two versions serve one URL.",
        evidence=[manifest_mismatch(other, manifests[0].digests).what.partition("declared manifest: ")[2]],
        fix="Wait until the rollout is finished. `novu:waitForBridge` waits during `pulumi up`.",
    )


@check("bridge.served", "the bridge serves all workflows of the code", "bridge.discover")
def served(context: Context) -> Finding:
    """Compare the manifest with the count of the health check and with a manifest file."""
    manifest = unwrap(context.served_manifest)
    count = _health_check_count(context)
    if count is not None and count != len(manifest.workflows):
        return failed(
            f"the health check counts {count} workflows, but discover lists {len(manifest.workflows)}.",
            cause="Instances of two versions answer, or a proxy caches one of the two responses.",
            fix="Wait for the rollout. Exclude the bridge's path from caches.",
        )
    expected = context.manifest_file
    if expected is None:
        return ok("the health check counts as many workflows as discover lists")
    if expected.digests == manifest.digests:
        return ok(f"the bridge serves the workflows of {expected.source}")
    missing = set(expected.digests) - set(manifest.digests)
    mismatch = manifest_mismatch(manifest, expected.digests)
    if not missing:
        return failed_with(mismatch)
    return failed(
        f"the bridge does not serve {quoted_list(missing)}, which the code contains.",
        cause="The list of `serve({ workflows })` does not contain the workflow, two workflows have the same id (the "
        "framework silently keeps the first), or the deployed build is older than the manifest file.",
        evidence=[mismatch.what],
        fix="Add the workflow to the list, give each workflow a unique id, or deploy the build.",
    )


@check("bridge.schemas", "the schemas are complete", "bridge.discover")
def schemas(context: Context) -> Finding:
    """Find schemas that a mix of zod versions has emptied."""
    workflows = unwrap(context.served_manifest).workflows
    empty = [
        *(workflow.workflow_id for workflow in workflows if _is_empty(workflow.payload_schema)),
        *(
            f"{workflow.workflow_id} / {step.step_id}"
            for workflow in workflows
            for step in workflow.steps
            if _is_empty(step.control_schema)
        ),
    ]
    if not empty:
        return ok("no schema is empty")
    return warning(
        f"the schemas of {quoted_list(empty)} are empty.",
        cause="The application's schemas use zod 4, and the converter of @novu/framework uses zod 3. The converter "
        "then returns a schema that contains only `$schema`.",
        evidence=["the JSON Schema has only the key `$schema`"],
        fix="Use one version of zod for the application and @novu/framework (`npm ls zod`), or write JSON Schema.",
    )


def _health_check_count(context: Context) -> int | None:
    """Return the number of workflows in the health check's response."""
    document = unwrap(context.health_response).response.document
    discovered = document.get("discovered") if isinstance(document, dict) else None
    count = discovered.get("workflows") if isinstance(discovered, dict) else None
    return count if isinstance(count, int) else None


def _is_empty(schema: dict[str, Any]) -> bool:
    return set(schema) == {"$schema"}


def _missing_fields(document: Any) -> Iterator[str]:
    """Describe the differences between a manifest and that of a current framework."""
    workflows = [workflow for workflow in document.get("workflows") or () if isinstance(workflow, dict)]
    if any("severity" not in workflow for workflow in workflows):
        yield "the manifest has no severities, as before 2025-09: Novu reads them as `none`"
    if "agents" not in document:
        yield "the manifest has no agents, as before 2026-04"
    if any("data" in workflow or "inputs" in workflow for workflow in workflows):
        yield "the manifest has keys that were dropped in 2024-10"


CHECKS = (speed, health, key, clock, strict, discover, size, framework, stable, served, schemas)
