"""The URL: its form, its name, its address, its certificate, and whether the application is at its end."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx

from novu_provider.bridge.response_errors import Fault
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped, warning
from novu_provider.doctor.result import attempt, bridge_error_if
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuError, SettingsError
from novu_provider.http.proxies import proxy_for
from novu_provider.model import bridge_urls
from novu_provider.novu_api import bridge_call_errors

#: Faults that something in front of the application makes, so that nothing is known of the application.
_IN_FRONT: tuple[Fault, ...] = ("login", "bypass-missing", "bypass-wrong")
#: What Novu says of an address, whatever answers there.
_ADDRESS = (bridge_call_errors.PRIVATE, bridge_call_errors.LOCALHOST)
_NETWORK: tuple[Fault, ...] = ("url", "name", "refused", "unreachable", "closed")
_PATH: tuple[Fault, ...] = ("not-found", "method", "page", "empty", "not-json")


@check("url.form", "the bridge URL is a whole URL")
def form(case: Context) -> Finding:
    """Look at the text of the URL alone."""
    if case.given_url is not None:
        # Without Novu's API URL: whether it must be HTTPS is another check.
        bridge_urls.check_bridge_url(case.given_url, "")
        return ok(f"{case.bridge_url} is a whole URL")
    if case.opened is None:
        return skipped("no bridge URL is given, and Novu cannot be asked for the one that it stores")
    if not case.bridge_url:
        return failed(
            "there is no bridge URL: none is given, and Novu stores none.",
            cause="The environment was never synced.",
            fix="Give --bridge-url, NOVU_BRIDGE_URL or a stack that has `novu:bridgeUrl`.",
        )
    return ok(f"{case.bridge_url}, as Novu stores it; none was given")


@check("url.https", "the bridge URL is HTTPS", "url.form")
def https(case: Context) -> Finding:
    """Look at the scheme."""
    if urlsplit(case.bridge_url or "").scheme == "https":
        return ok("HTTPS")
    if case.is_cloud:
        bridge_urls.check_bridge_url(case.bridge_url or "", case.settings.api_url)
    if _addresses(case) and not _public(_addresses(case)):
        return ok("plain HTTP, within a private network")
    return warning(
        f"{case.bridge_url} is not HTTPS.",
        cause="Payloads of notifications travel in clear text, and whoever stands between can change them.",
        fix="Set the https:// URL of the deployed application.",
    )


@check("url.name", "the host's name resolves", "url.form")
def name(case: Context) -> Finding:
    """Resolve the name as this machine knows it."""
    if proxy_for(httpx.URL(case.bridge_url or "")):
        return ok("the environment's proxy resolves the name")
    addresses = _addresses(case)
    if addresses:
        return ok(f"{case.host} resolves to {', '.join(addresses)}")
    return failed(
        f"the name {case.host} does not resolve.",
        cause="It is mistyped, the deployment is gone, or it is known in another network alone.",
        evidence=[f"no address is known for {case.host} on this machine"],
        fix="Correct the URL; look at the DNS records of the domain.",
    )


@check("url.address", "Novu may call the host's address", "url.name")
def address(case: Context) -> Finding:
    """Look whether the address is a public one, and if not, whether Novu calls it all the same."""
    addresses = _addresses(case)
    if not addresses or _public(addresses):
        return ok(f"{case.host} has a public address")
    found = [f"{case.host} resolves to {', '.join(addresses)}"]
    if case.is_cloud:
        return failed(
            f"{case.host} has a private address or one of this machine: Novu Cloud cannot call it.",
            cause="The URL is that of a local or internal deployment.",
            evidence=found,
            fix="Set the public URL of the deployed application; for local work use a tunnel (`npx novu dev`).",
        )
    said = _refusal(case) if case.opened is not None else None
    if case.opened is not None and said is None:
        return ok(f"{case.host} has a private address, which this self-hosted Novu may call", *found)
    if said is None or isinstance(said, NovuError):
        return warning(
            f"{case.host} has a private address, and Novu could not be asked whether it calls it.",
            cause="A self-hosted Novu calls such an address only where NOVU_SAFE_OUTBOUND_ALLOW permits it.",
            evidence=[*found, *([said.what] if said else [])],
            fix="Permit it there, or set a public URL.",
        )
    address = bridge_call_errors.refused_address(_words(case))
    return failed(
        f"Novu does not call {case.host}.",
        cause=said.why,
        evidence=[
            *found,
            _words(case),
            *([f"{bridge_call_errors.ALLOW_LIST}={address} permits it"] if address else []),
        ],
        fix=said.fix,
    )


@check("url.connection", "the host takes connections", "url.name")
def connection(case: Context) -> Finding:
    """Send the first request."""
    found = bridge_error_if(case.health, *_NETWORK)
    if found is not None:
        return error(found)
    if isinstance(case.health, SettingsError):
        # The environment's proxy cannot be used.
        return error(case.health)
    return ok(f"{urlsplit(case.bridge_url or '').netloc} takes connections")


@check("url.certificate", "the certificate is trusted, here and by Novu", "url.connection")
def certificate(case: Context) -> Finding:
    """Look at the certificate: Novu verifies it only in an environment that is called Production."""
    if urlsplit(case.bridge_url or "").scheme != "https":
        return ok("no TLS")
    where = _verifies(case)
    found = bridge_error_if(case.health, "certificate")
    if found is not None:
        return error(found, where)
    if case.settings.ca_bundle is None or _publicly_trusted(case):
        return ok("the certificate is trusted")
    if case.is_production and case.called.get("isValid"):
        return ok("the certificate is trusted by `novu:caBundle`, and by Novu", where)
    if case.is_production:
        return failed(
            f"the certificate of {case.host} is trusted here by `novu:caBundle`, and by Novu not at all.",
            cause="It is of a private authority or self-signed, and Novu verifies certificates in Production.",
            evidence=[where, _words(case)],
            fix="Use a certificate of a public authority; on a self-hosted Novu name the private one with "
            "NODE_EXTRA_CA_CERTS.",
        )
    return warning(
        f"the certificate of {case.host} is trusted by `novu:caBundle` alone.",
        cause="It is of a private authority or self-signed. An environment that is called Production refuses it.",
        evidence=[where],
        fix="Use a certificate of a public authority before this goes to production.",
    )


@check("url.redirect", "the URL leads to the application itself", "url.certificate")
def redirect(case: Context) -> Finding:
    """Look for a redirect that is no login's."""
    found = bridge_error_if(case.health, "redirect")
    if found is not None:
        return error(found)
    return ok("no redirect to elsewhere")


@check("url.path", "@novu/framework answers at the path", "url.redirect")
def path(case: Context) -> Finding:
    """Look at what answers."""
    if bridge_error_if(case.health, *_IN_FRONT) is not None:
        return skipped("something in front of the application answers")
    found = bridge_error_if(case.health, *_PATH)
    if found is not None:
        return error(found)
    if isinstance(case.health, NovuError):
        return ok("nothing says that the path is wrong")
    if case.is_answered:
        return ok("a bridge answers at the path")
    return failed(
        f"what answers at {case.bridge_url} is no bridge.",
        cause="The path is that of another endpoint, or of another application.",
        evidence=["it answers the health check with JSON that does not say `status: ok`"],
        fix="Set the URL at which the application serves @novu/framework (`serve(…)`), often /api/novu.",
    )


def _addresses(case: Context) -> list[str]:
    try:
        return [str(ipaddress.ip_address(case.host))]
    except ValueError:
        return case.world.resolve(case.host)


def _public(addresses: list[str]) -> bool:
    return all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses)


def _refusal(case: Context) -> bridge_call_errors.Explanation | NovuError | None:
    """Give Novu's reason for not calling the address; None where it calls it, an error where it cannot be asked."""
    found = attempt(lambda: case.called)
    if isinstance(found, NovuError):
        return found
    said = bridge_call_errors.explain(str(found.get("error") or ""), is_production=case.is_production)
    return said if said in _ADDRESS else None


def _words(case: Context) -> str:
    return f"Novu says: {case.called.get('error') or 'it does not answer as a bridge'}"


def _verifies(case: Context) -> str:
    found = case.opened
    if found is None:
        return "Novu verifies certificates in environments that are called Production, and in no other"
    if case.is_production:
        return f"Novu verifies certificates in the environment {found.name!r}"
    return f"Novu accepts any certificate in the environment {found.name!r}, and refuses this one in Production"


def _publicly_trusted(case: Context) -> bool:
    asked = case.bridge(case.bridge_url or "", case.token, None)
    found = attempt(lambda: asked.request("health-check", signed=False))
    return getattr(found, "fault", None) != "certificate"


EXAMINATIONS = (form, https, name, address, connection, certificate, redirect, path)
