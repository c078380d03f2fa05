"""Checks of the bridge URL: form, host name, address, certificate, and the application behind it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx

from novu_provider.bridge.response_errors import Fault
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped, warning
from novu_provider.doctor.result import attempt, bridge_error_if
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuError, SettingsError
from novu_provider.http.proxies import proxy_for
from novu_provider.model import bridge_urls
from novu_provider.novu_api import bridge_call_errors

#: Faults of something in front of the application. Nothing is known about the application itself.
_LOGIN_FAULTS: tuple[Fault, ...] = ("login", "bypass-missing", "bypass-wrong")
_NETWORK_FAULTS: tuple[Fault, ...] = ("url", "name", "refused", "unreachable", "closed")
_PATH_FAULTS: tuple[Fault, ...] = ("not-found", "method", "page", "empty", "not-json")
#: Novu's explanations for refusing an address.
_REFUSED_ADDRESSES = (bridge_call_errors.PRIVATE, bridge_call_errors.LOCALHOST)


@check("url.form", "the bridge URL is complete")
def form(context: Context) -> Finding:
    """Check the text of the URL, without a request."""
    if context.configured_url is not None:
        # Without Novu's API URL: another check requires HTTPS.
        bridge_urls.check_bridge_url(context.configured_url, "")
        return ok(f"{context.bridge_url} is a complete URL")
    if context.environment_or_none is None:
        return skipped("no bridge URL is configured, and the one that Novu stores cannot be read")
    if not context.bridge_url:
        return failed(
            "there is no bridge URL: none is configured, and Novu stores none.",
            cause="The environment was never synced.",
            fix="Pass --bridge-url, set NOVU_BRIDGE_URL, or select a stack with `novu:bridgeUrl`.",
        )
    return ok(f"{context.bridge_url}, which Novu stores; none is configured")


@check("url.https", "the bridge URL is HTTPS", "url.form")
def https(context: Context) -> Finding:
    """Check the scheme."""
    if urlsplit(context.bridge_url or "").scheme == "https":
        return ok("HTTPS")
    if context.is_cloud:
        bridge_urls.check_bridge_url(context.bridge_url or "", context.settings.api_url)
    addresses = _addresses(context)
    if addresses and not _are_public(addresses):
        return ok("plain HTTP in a private network")
    return warning(
        f"{context.bridge_url} is not HTTPS.",
        cause="The network transports notification payloads in clear text, and others can read and change them.",
        fix="Set the https:// URL of the deployed application.",
    )


@check("url.name", "the host name resolves", "url.form")
def name(context: Context) -> Finding:
    """Resolve the host name on this machine."""
    if proxy_for(httpx.URL(context.bridge_url or "")):
        return ok("the environment's proxy resolves the name")
    addresses = _addresses(context)
    if addresses:
        return ok(f"{context.host} resolves to {', '.join(addresses)}")
    return failed(
        f"the name {context.host} does not resolve.",
        cause="The name is misspelled, the deployment no longer exists, or only another network knows the name.",
        evidence=[f"this machine knows no address of {context.host}"],
        fix="Correct the URL, or add the DNS records of the domain.",
    )


@check("url.address", "Novu can call the host's address", "url.name")
def address(context: Context) -> Finding:
    """Find private addresses, and ask Novu whether it calls them."""
    addresses = _addresses(context)
    if not addresses or _are_public(addresses):
        return ok(f"{context.host} has a public address")
    evidence = [f"{context.host} resolves to {', '.join(addresses)}"]
    if context.is_cloud:
        return failed(
            f"{context.host} has a private or local address, which Novu Cloud cannot call.",
            cause="The URL belongs to a local or internal deployment.",
            evidence=evidence,
            fix="Set the public URL of the deployed application. For local work use a tunnel (`npx novu dev`).",
        )
    refusal = _refusal(context) if context.environment_or_none is not None else None
    if context.environment_or_none is not None and refusal is None:
        return ok(f"{context.host} has a private address, which this self-hosted Novu calls", *evidence)
    if refusal is None or isinstance(refusal, NovuError):
        return warning(
            f"{context.host} has a private address, and it is unknown whether Novu calls it.",
            cause="A self-hosted Novu calls such an address only if NOVU_SAFE_OUTBOUND_ALLOW contains it.",
            evidence=[*evidence, *([refusal.what] if refusal else [])],
            fix="Add the address to NOVU_SAFE_OUTBOUND_ALLOW, or set a public URL.",
        )
    message = _novu_message(context)
    refused = bridge_call_errors.refused_address(message)
    allow = [f"{bridge_call_errors.ALLOW_LIST}={refused} allows it"] if refused else []
    return failed(
        f"Novu does not call {context.host}.",
        cause=refusal.why,
        evidence=[*evidence, message, *allow],
        fix=refusal.fix,
    )


@check("url.connection", "the host accepts connections", "url.name")
def connection(context: Context) -> Finding:
    """Send the first request."""
    error = bridge_error_if(context.health_response, *_NETWORK_FAULTS)
    if error is not None:
        return failed_with(error)
    if isinstance(context.health_response, SettingsError):
        # The environment's proxy is invalid.
        return failed_with(context.health_response)
    host = urlsplit(context.bridge_url or "").netloc
    if bridge_error_if(context.health_response, "timeout") is not None:
        return ok(f"{host} refuses no connection, but it did not respond in time; see `bridge.speed`")
    return ok(f"{host} accepts connections")


@check("url.certificate", "this machine and Novu trust the certificate", "url.connection")
def certificate(context: Context) -> Finding:
    """Check the certificate. Novu verifies it only in an environment with the name Production."""
    if urlsplit(context.bridge_url or "").scheme != "https":
        return ok("no TLS")
    verification = _verification(context)
    error = bridge_error_if(context.health_response, "certificate")
    if error is not None:
        return failed_with(error, verification)
    if bridge_error_if(context.health_response, "timeout") is not None:
        return ok("no certificate was refused, but the host did not respond in time; see `bridge.speed`")
    if context.settings.ca_bundle is None or _is_publicly_trusted(context):
        return ok("the certificate is trusted")
    if context.is_production and context.bridge_validation.get("isValid"):
        return ok("`novu:caBundle` and Novu trust the certificate", verification)
    if context.is_production:
        return failed(
            f"`novu:caBundle` trusts the certificate of {context.host}, but Novu does not.",
            cause="The certificate is self-signed or of a private authority. Novu verifies certificates in Production.",
            evidence=[verification, _novu_message(context)],
            fix="Use a certificate of a public authority. On a self-hosted Novu, add the private one with "
            "NODE_EXTRA_CA_CERTS.",
        )
    return warning(
        f"only `novu:caBundle` trusts the certificate of {context.host}.",
        cause="The certificate is self-signed or of a private authority. An environment with the name Production "
        "refuses it.",
        evidence=[verification],
        fix="Use a certificate of a public authority in production.",
    )


@check("url.redirect", "the URL does not redirect to another address", "url.certificate")
def redirect(context: Context) -> Finding:
    """Find a redirect that does not lead to a login."""
    error = bridge_error_if(context.health_response, "redirect")
    if error is not None:
        return failed_with(error)
    return ok("no redirect to another address")


@check("url.path", "@novu/framework answers at the path", "url.redirect")
def path(context: Context) -> Finding:
    """Check the response at the path."""
    if bridge_error_if(context.health_response, *_LOGIN_FAULTS) is not None:
        return skipped("a login in front of the application answers")
    error = bridge_error_if(context.health_response, *_PATH_FAULTS)
    if error is not None:
        return failed_with(error)
    if isinstance(context.health_response, NovuError):
        return ok("there is no sign that the path is wrong")
    if context.bridge_answers:
        return ok("a bridge answers at the path")
    return failed(
        f"{context.bridge_url} is not a bridge.",
        cause="The path belongs to another endpoint or to another application.",
        evidence=["the response to the health check is JSON without `status: ok`"],
        fix="Set the URL at which the application serves @novu/framework (`serve(…)`), often /api/novu.",
    )


def _addresses(context: Context) -> list[str]:
    try:
        return [str(ipaddress.ip_address(context.host))]
    except ValueError:
        return context.system.resolve(context.host)


def _are_public(addresses: list[str]) -> bool:
    return all(ipaddress.ip_address(text.partition("%")[0]).is_global for text in addresses)


def _refusal(context: Context) -> bridge_call_errors.Explanation | NovuError | None:
    """Return Novu's reason for refusing the address; None if it calls it, an error if the request to Novu fails."""
    validation = attempt(lambda: context.bridge_validation)
    if isinstance(validation, NovuError):
        return validation
    message = str(validation.get("error") or "")
    explanation = bridge_call_errors.explain(message, is_production=context.is_production)
    return explanation if explanation in _REFUSED_ADDRESSES else None


def _novu_message(context: Context) -> str:
    return f"Novu reports: {context.bridge_validation.get('error') or 'the response is not that of a bridge'}"


def _verification(context: Context) -> str:
    environment = context.environment_or_none
    if environment is None:
        return "Novu verifies certificates only in an environment with the name Production"
    if context.is_production:
        return f"Novu verifies certificates in the environment {environment.name!r}"
    return f"Novu accepts any certificate in the environment {environment.name!r}, but refuses this one in Production"


def _is_publicly_trusted(context: Context) -> bool:
    bridge = context.connect_bridge(context.bridge_url or "", context.bypass_token, None)
    response = attempt(lambda: bridge.request("health-check", signed=False))
    return getattr(response, "fault", None) != "certificate"


CHECKS = (form, https, name, address, connection, certificate, redirect, path)
