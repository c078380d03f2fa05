"""The routes of a gateway, independent of the format of its configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from novu_provider.errors import SettingsError
from novu_provider.model.applications import MergedApplications
from novu_provider.model.bridge_urls import split_bypass

#: Seconds for one request, as Novu waits for a bridge.
TIMEOUT = 5

#: How many applications can verify the signature of a discover request, one after the other. Each gets a whole second.
_VERIFIERS = 4

#: Statuses that mean that the application is down: redirects and 4xx of its platform. 5xx are listed separately.
DOWN_STATUSES = "301 302 303 307 308 404 405 408 410 429"

#: The bodies of the gateway's own responses, in the form of the framework's.
SIGNATURE_ERROR = '{"code":"SignatureMismatchError","message":"Signature does not match the expected signature."}'
NO_ROUTE = '{"code":"WorkflowNotFoundError","message":"The gateway has no route for this request."}'

#: The actions that carry a workflow id. The framework has others, but Novu sends them to no deployed bridge.
WORKFLOW_ACTIONS = ("execute", "preview")
AGENT_ACTION = "agent-event"

DISCOVER_FILE = "discover.json"
HEALTH_FILE = "health-check.json"

#: No format of a configuration gives these a meaning. All other characters of a path are percent-encoded.
_PLAIN_PATH = "/-._~%"
_PLAIN_QUERY = "-._~%=&"
#: No empty part and no `.` or `..`: nginx changes such a path, and Kubernetes refuses it.
_GATEWAY_PATH = re.compile(r"/|(?:/(?!\.{1,2}(?:/|\Z))[0-9A-Za-z._-]+)+/?")
_HOST = re.compile(r"[0-9A-Za-z._:-]+")


@dataclass(frozen=True)
class Upstream:
    """The bridge endpoint of one application. Each part is safe in every format."""

    name: str
    tls: bool
    host: str
    port: int
    path: str
    query: str

    @property
    def scheme(self) -> str:
        """``https`` or ``http``."""
        return "https" if self.tls else "http"

    @property
    def url_host(self) -> str:
        """The host in the form that URLs use: an IPv6 address has brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """The value of the header ``Host``: without the port if it is the default of the scheme."""
        return self.url_host if self.has_default_port else f"{self.url_host}:{self.port}"

    @property
    def target(self) -> str:
        """The path and query, to which the query of a request can be appended."""
        return f"{self.path}?{self.query}&" if self.query else f"{self.path}?"

    @property
    def has_default_port(self) -> bool:
        """Whether the port is the default of the scheme."""
        return self.port == (443 if self.tls else 80)


@dataclass(frozen=True)
class Gateway:
    """What a gateway does: two documents, and for each id the application that serves it.

    :param host, path: of the bridge URL that Novu calls.
    :param upstreams: the applications by name.
    :param workflows, agents: id -> application.
    :param verifiers: the applications that verify the signature of a discover request. If one is down, the next one
        does.
    :param discover, health_check: the texts of the two documents, in JSON.
    """

    host: str
    path: str
    upstreams: Mapping[str, Upstream]
    workflows: Mapping[str, str]
    agents: Mapping[str, str]
    verifiers: tuple[Upstream, ...]
    discover: str
    health_check: str

    @property
    def documents(self) -> dict[str, str]:
        """File -> text of the documents that the gateway serves."""
        return {DISCOVER_FILE: self.discover, HEALTH_FILE: self.health_check}


def make_gateway(merged: MergedApplications, bridge_url: str) -> Gateway:
    """Return the routes of a gateway. The applications that are down are the last to verify a discover request.

    :param bridge_url: the URL of the gateway, which Novu calls.
    :raises SettingsError: a URL cannot be routed, or an application's URL is the gateway's.
    """
    gateway = _upstream("the gateway", bridge_url)
    _expect_plain_gateway(gateway, bridge_url)
    upstreams = {name: _upstream(name, url) for name, url in merged.urls.items()}
    for name, upstream in upstreams.items():
        if (upstream.host, upstream.port, upstream.path) == (gateway.host, gateway.port, gateway.path):
            raise SettingsError(
                f"the application {name!r} has the URL of the gateway, {bridge_url}.",
                why="The gateway would send its requests to itself.",
                fix=f"Pass the URL where {name!r} itself serves @novu/framework.",
                prop="sources",
            )
    document = merged.discover_document
    verifiers = sorted(merged.applications, key=lambda application: application.is_from_gateway)[:_VERIFIERS]
    return Gateway(
        host=gateway.host,
        path=gateway.path,
        upstreams=upstreams,
        workflows=merged.workflows,
        agents=merged.agents,
        verifiers=tuple(upstreams[application.name] for application in verifiers),
        discover=_json(document),
        health_check=_json(_health_check(merged, document)),
    )


def verification_timeout(applications: int) -> int:
    """Return the seconds that each of these applications has to verify the signature of a discover request.

    Novu waits for all of them together. So the last one still answers in time if all the others hang.
    """
    return TIMEOUT // applications


def _expect_plain_gateway(gateway: Upstream, bridge_url: str) -> None:
    if _GATEWAY_PATH.fullmatch(gateway.path) and re.fullmatch(r"[0-9A-Za-z.:-]+", gateway.host):
        return
    raise SettingsError(
        f"the URL {bridge_url} cannot be the URL of a gateway.",
        why="Formats of configurations differ in how they compare other characters and empty parts of a path.",
        fix="Use a path of letters, digits and `._-/`, for example /api/novu.",
    )


def _health_check(merged: MergedApplications, document: Mapping[str, list[Mapping[str, list[object]]]]) -> object:
    versions = (application.framework_version for application in merged.applications)
    version = next(filter(None, versions), None)
    steps = sum(len(workflow["steps"]) for workflow in document["workflows"])
    return {
        "status": "ok",
        **({"frameworkVersion": version} if version else {}),
        "discovered": {"workflows": len(document["workflows"]), "steps": steps},
    }


def _upstream(name: str, url: str) -> Upstream:
    plain, token = split_bypass(url)
    parts = urlsplit(plain)
    if token:
        raise SettingsError(
            f"the URL of {name} contains Vercel's bypass token.",
            why="The token is a secret, and the configuration of a gateway is a plain file.",
            fix="Remove the token from the URL, and let the gateway add the header `x-vercel-protection-bypass`.",
            prop="sources",
        )
    host = _ascii_host(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or parts.username or parts.fragment:
        raise SettingsError(
            f"the URL of {name} cannot be routed: {plain.rsplit('@', 1)[-1]}.",
            why="It needs a scheme http or https and a host, and it may have no credentials and no fragment.",
            fix="Pass a URL such as https://shop.example.com/api/novu.",
            prop="sources",
        )
    tls = parts.scheme == "https"
    return Upstream(
        name=name,
        tls=tls,
        host=host,
        port=parts.port or (443 if tls else 80),
        path=quote(parts.path or "/", safe=_PLAIN_PATH),
        query=quote(parts.query, safe=_PLAIN_QUERY),
    )


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    import idna  # noqa: PLC0415 - few hosts need it, and its tables load slowly

    return idna.encode(host).decode()


def _json(value: object) -> str:
    """Return a JSON text in ASCII. The same value always has the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"
