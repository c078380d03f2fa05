"""The bridge: whether the application answers in time, with what, and whether it holds the environment's key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from novu_provider.bridge import client
from novu_provider.bridge.response_errors import LARGEST
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped, warning
from novu_provider.doctor.response_log import DRIFT, clock_skew, describe_clock_skew
from novu_provider.doctor.result import Timed, attempt, bridge_error_if, unwrap
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuError, SignatureRefused
from novu_provider.model.manifest import Manifest
from novu_provider.sync.sync_errors import manifest_mismatch
from novu_provider.text.wording import counted, quoted_list

#: Past this part of what Novu gives, the next slow start or the next workflow is too much.
_NEAR = 0.5
_NEARLY_FULL = 0.8

#: How often the bridge is asked to see whether it answers the same each time.
_TIMES = 3


@check("bridge.speed", "the bridge answers in time", "url.path", "authentication.login", "authentication.bypass")
def speed(case: Context) -> Finding:
    """Take the time of the health check and of discover."""
    late = bridge_error_if(case.health, "timeout") or (
        bridge_error_if(case.discovered, "timeout") if case.has_key else None
    )
    if late is not None:
        return error(late)
    asked = (case.health, case.discovered) if case.has_key else (case.health,)
    slowest = max((one.seconds for one in asked if isinstance(one, Timed)), default=0.0)
    shown = f"its slowest answer took {slowest:.1f} of the {client.TIMEOUT:g} seconds that Novu gives it"
    if slowest < client.TIMEOUT * _NEAR:
        return ok(shown)
    return warning(
        f"the bridge is slow: {shown}.",
        cause="A cold start, or discovery that waits for something. Novu gives up at five seconds, at a trigger too.",
        fix="Keep discovery free of database and network calls; keep an instance warm.",
    )


@check("bridge.health", "the application is well", "bridge.speed")
def health(case: Context) -> Finding:
    """Ask for the health check, which needs no key."""
    if bridge_error_if(case.health, "key-missing") is not None:
        return skipped("the application has no key; see `bridge.key`")
    document = unwrap(case.health).answer.document
    version = document.get("sdkVersion")
    return ok(f"it is well, on @novu/framework {version}" if version else "it is well")


@check("bridge.key", "the application holds the key of this environment", "bridge.speed", "key.form")
def key(case: Context) -> Finding:
    """Send a signed request."""
    for one in (case.health, case.discovered):
        refused = bridge_error_if(one, "key-missing", "key-differs", "unsigned")
        if refused is not None:
            well = "the health check, of which no signature is checked, is answered"
            return error(refused, *([well] if isinstance(case.health, Timed) else []))
    if isinstance(case.unsigned, Timed):
        return skipped("the bridge checks no signatures, so its key cannot be told; see `bridge.strict`")
    return ok("it accepts a signature made with this key")


@check("bridge.clock", "the clocks agree", "bridge.speed", "key.form")
def clock(case: Context) -> Finding:
    """Compare the clocks of the application, of Novu and of this machine."""
    here = clock_skew(case.health.answer.headers, case.world.now()) if isinstance(case.health, Timed) else None
    found = [
        (describe_clock_skew(who, seconds), seconds)
        for who, seconds in (("the application", here), ("Novu", case.watched.ahead))
        if seconds is not None
    ]
    expired = bridge_error_if(case.discovered, "expired")
    if expired is not None:
        return error(expired, *(text for text, _ in found))
    off = [text for text, seconds in found if abs(seconds) >= DRIFT]
    if not off:
        return ok("the clocks agree")
    return warning(
        "the clocks do not agree.",
        cause="A clock is not set by a time server. From five minutes on, signatures are refused.",
        evidence=off,
        fix="Set the clock that is off by a time server.",
    )


@check("bridge.strict", "the bridge checks signatures", "bridge.health")
def strict(case: Context) -> Finding:
    """Ask for the manifest without a signature."""
    if not isinstance(case.unsigned, Timed):
        return ok("it refuses a request without a signature")
    environment = case.opened
    if environment is None:
        return warning(
            "the bridge answers requests without a signature.",
            cause="Strict authentication is off, as it is in development.",
            fix="In production set NODE_ENV=production or NOVU_STRICT_AUTHENTICATION_ENABLED=true.",
        )
    if environment.type != "prod" and not case.is_production:
        return ok(f"it checks no signatures, which {environment.name!r} may do without")
    return failed(
        f"the bridge of {environment.name!r} answers requests without a signature.",
        cause="Strict authentication is off: NODE_ENV is not `production` where the application runs, or "
        "NOVU_STRICT_AUTHENTICATION_ENABLED is not `true`. Anybody can read the workflows and run their steps.",
        evidence=["a discover without a signature was answered"],
        fix="Set NODE_ENV=production (or NOVU_STRICT_AUTHENTICATION_ENABLED=true) where the application runs.",
    )


@check("bridge.discover", "the bridge serves a manifest", "bridge.health", "key.form")
def discover(case: Context) -> Finding:
    """Read the manifest that the bridge serves."""
    if isinstance(case.served, SignatureRefused):
        return skipped("the bridge accepts no signature; see `bridge.key` and `bridge.clock`")
    if bridge_error_if(case.discovered, "too-large") is not None:
        return skipped("its answer is too large; see `bridge.size`")
    return ok(f"it serves {counted(len(unwrap(case.served).workflows), 'workflow')}")


@check("bridge.size", "the answer is not too large", "bridge.speed", "key.form")
def size(case: Context) -> Finding:
    """Compare the answer's size with what Novu reads."""
    found = case.discovered
    large = bridge_error_if(found, "too-large")
    if large is not None:
        return error(large)
    if isinstance(found, NovuError):
        return skipped("it serves no manifest")
    shown = f"{found.answer.size:,} of the {LARGEST:,} bytes that Novu reads"
    if found.answer.size < LARGEST * _NEARLY_FULL:
        return ok(shown)
    return warning(
        f"the answer is nearly too large: {shown}.",
        cause="The schemas or the code of the steps are very large.",
        fix="Move what is large out of the steps' functions.",
    )


@check("bridge.framework", "@novu/framework is not old", "bridge.discover")
def framework(case: Context) -> Finding:
    """Look at the version that the framework names, and at what its manifest lacks."""
    found = unwrap(case.discovered)
    version = found.answer.headers.get("novu-framework-sdk")
    shown = f"@novu/framework {version}" if version else "the answer names no version of @novu/framework"
    lacks = [*_lacks(found.answer.document)]
    if not lacks:
        return ok(shown)
    return warning(
        f"@novu/framework is old: {shown}.",
        cause="What the application declares does not reach Novu whole.",
        evidence=lacks,
        fix="Update @novu/framework in the application, with its zod, and deploy.",
    )


@check("bridge.stable", "the bridge serves one version", "bridge.discover")
def stable(case: Context) -> Finding:
    """Ask several times, as behind one URL several instances may answer."""
    found = [case.served, *(attempt(case.examined.manifest) for _ in range(_TIMES - 1))]
    broken = next((one for one in found if isinstance(one, NovuError)), None)
    if broken is not None:
        return failed(
            "the bridge answers one request and not the next.",
            cause="A rollout is under way, or one of several instances is broken.",
            evidence=[broken.what],
            fix="Wait for the rollout; take the broken instance out. `novu:waitForBridge` waits in an update.",
        )
    manifests = [one for one in found if isinstance(one, Manifest)]
    other = next((one for one in manifests[1:] if one.digest != manifests[0].digest), None)
    if other is None:
        return ok(f"it answered the same {_TIMES} times")
    return failed(
        "the bridge serves different manifests from one request to the next.",
        cause="A rollout is under way, or instances of two versions answer behind one URL.",
        evidence=[manifest_mismatch(other, manifests[0].digests).what.partition("declared manifest: ")[2]],
        fix="Wait until the rollout is done; `novu:waitForBridge` does so in an update.",
    )


@check("bridge.served", "everything that is in the code is served", "bridge.discover")
def served(case: Context) -> Finding:
    """Compare the manifest with the health check's count and with a manifest file."""
    found = unwrap(case.served)
    counted = _counted(case)
    if counted is not None and counted != len(found.workflows):
        return failed(
            f"the health check counts {counted} workflows, and discover lists {len(found.workflows)}.",
            cause="Instances of two versions answer, or a proxy caches one of the two answers.",
            fix="Wait for the rollout; exempt the bridge's path from caches.",
        )
    if case.declared is None:
        return ok("the health check counts as many workflows as discover lists")
    if case.declared.digests == found.digests:
        return ok(f"it serves what {case.declared.source} declares")
    lacks = set(case.declared.digests) - set(found.digests)
    differs = manifest_mismatch(found, case.declared.digests)
    if not lacks:
        return error(differs)
    return failed(
        f"the code has {quoted_list(lacks)}, which the bridge does not serve.",
        cause="The workflow is not in the list that `serve({ workflows })` gets, an id is used twice (the framework "
        "keeps the first without a word), or the deployed build is older than the manifest file.",
        evidence=[differs.what],
        fix="Add it to the list, give each workflow an id of its own, or deploy the build.",
    )


@check("bridge.schemas", "the schemas are whole", "bridge.discover")
def schemas(case: Context) -> Finding:
    """Look for schemas that the validation library lost on their way."""
    workflows = unwrap(case.served).workflows
    empty = [
        *(one.workflow_id for one in workflows if _is_empty(one.payload_schema)),
        *(
            f"{one.workflow_id} / {step.step_id}"
            for one in workflows
            for step in one.steps
            if _is_empty(step.control_schema)
        ),
    ]
    if not empty:
        return ok("every schema says something")
    return warning(
        f"the schemas of {quoted_list(empty)} are empty.",
        cause="Two versions of zod are mixed: the application's schemas are of one (4), and the framework's converter "
        "knows the other (3). It then writes a schema that has nothing but `$schema`.",
        evidence=["the JSON Schema has no key but `$schema`"],
        fix="Let the application and @novu/framework use one version of zod (`npm ls zod`), or write JSON Schema.",
    )


def _counted(case: Context) -> int | None:
    """Give the number of workflows that the health check counts."""
    document = unwrap(case.health).answer.document
    found = document.get("discovered") if isinstance(document, dict) else None
    count = found.get("workflows") if isinstance(found, dict) else None
    return count if isinstance(count, int) else None


def _is_empty(schema: dict[str, Any]) -> bool:
    return set(schema) == {"$schema"}


def _lacks(document: Any) -> Iterator[str]:
    """Name the keys of a manifest that frameworks have had since a while."""
    workflows = [one for one in document.get("workflows") or () if isinstance(one, dict)]
    if any("severity" not in one for one in workflows):
        yield "it declares no severities, as before 2025-09: they read as `none`"
    if "agents" not in document:
        yield "it declares no agents, as before 2026-04"
    if any("data" in one or "inputs" in one for one in workflows):
        yield "it has keys that were dropped in 2024-10"


EXAMINATIONS = (speed, health, key, clock, strict, discover, size, framework, stable, served, schemas)
