"""Configuration for Caddy (2.6 or newer): one file to import in a site block, and two documents.

All ids are regular expressions with anchors, because Caddy gives some characters of other texts a meaning (``{``, for
example). An id contains no character with a meaning, see :mod:`.ids`.

Each application has its own folder. So the routes of a removed application can be deleted after the sync, and all other
files be written before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from novu_provider.errors import SettingsError
from novu_provider.gateway.ids import expect_length, pattern
from novu_provider.gateway.paths import expect_path, join
from novu_provider.gateway.routes import (
    AGENT_ACTION,
    DISCOVER_FILE,
    DOWN_STATUSES,
    HEALTH_FILE,
    NO_ROUTE,
    TIMEOUT,
    WORKFLOW_ACTIONS,
    Gateway,
    Upstream,
    verification_timeout,
)

_LONGEST_PATTERN = 20_000


def render(gateway: Gateway, *, folder: str, ca_bundle: str | None = None) -> dict[str, str]:
    """Return file -> text.

    :param folder: the absolute path of the documents on the gateway's machine.
    :param ca_bundle: the certificate authorities of the applications, a path on the gateway's machine. By default,
        those of the system.
    :raises SettingsError: a path has a character that the configuration cannot contain, or that Caddy would change.
    :raises ManifestError: an id is too long.
    """
    folder = expect_path(folder)
    if ca_bundle is not None:
        expect_path(ca_bundle)
    upstreams = gateway.upstreams
    for upstream in upstreams.values():
        if "%" in upstream.path:
            raise SettingsError(
                f"the URL of {upstream.name} has a path that Caddy would change: {upstream.path}.",
                why="Caddy encodes the path of a request again.",
                fix="Use a path of letters, digits and `._~-/`, or another format.",
                prop="sources",
            )
    lines = [
        "# Written by `novu-provider gateway`. Import it in a site block.",
        "",
        f"route {gateway.path} {{",
        *_indent(
            [
                *_kinds(),
                *_owners("workflowId", "novu_workflow_application", join(folder, "*/workflows.caddy")),
                *_owners("agentId", "novu_agent_application", join(folder, "*/agents.caddy")),
                "map {novu_kind} {novu_application} {",
                "\tworkflow {novu_workflow_application}",
                "\tagent {novu_agent_application}",
                "\tdefault none",
                "}",
                *_discover(gateway.verifiers, folder, ca_bundle),
                *_handle("health-check", ["{novu_kind} == 'health-check'"], _document(folder, HEALTH_FILE)),
                f"import {join(folder, '*/application.caddy')}",
                "header Content-Type application/json",
                f"respond `{NO_ROUTE}` 404",
            ]
        ),
        "}",
        *_unreachable(gateway.verifiers, folder, ca_bundle),
        "",
    ]
    files = {"novu.caddy": "\n".join(lines), **gateway.documents}
    for name, upstream in upstreams.items():
        files[f"{name}/workflows.caddy"] = _ids(gateway.workflows, name)
        files[f"{name}/agents.caddy"] = _ids(gateway.agents, name)
        files[f"{name}/application.caddy"] = "\n".join([*_application(upstream, ca_bundle), ""])
    return files


def _kinds() -> list[str]:
    return [
        "map {http.request.method}:{http.request.uri.query.action} {novu_kind} {",
        "\tGET:discover discover",
        "\tGET:health-check health-check",
        *(f"\tPOST:{action} workflow" for action in WORKFLOW_ACTIONS),
        f"\tPOST:{AGENT_ACTION} agent",
        "\tdefault none",
        "}",
    ]


def _owners(parameter: str, target: str, files: str) -> list[str]:
    return [
        f"map {{http.request.uri.query.{parameter}}} {{{target}}} {{",
        f"\timport {files}",
        "\tdefault none",
        "}",
    ]


def _ids(owners: Mapping[str, str], application: str) -> str:
    """Return the lines of a map: id -> application. \\A and \\z are the ends of the text, with every flag."""
    patterns = (
        expect_length(id_, pattern(id_), _LONGEST_PATTERN, "Caddy")
        for id_, owner in owners.items()
        if owner == application
    )
    # Caddy refuses to import an empty file.
    return f"# {application}\n" + "".join(f"`~\\A{regex}\\z` app-{application}\n" for regex in patterns)


def _discover(verifiers: Sequence[Upstream], folder: str, ca_bundle: str | None) -> list[str]:
    lines = [
        "# An application verifies the signature of the request. Then Caddy returns the document of all applications.",
        *_verify(verifiers, ca_bundle, verification_timeout(len(verifiers))),
        *_document(folder, DISCOVER_FILE),
    ]
    return _handle("discover", ["{novu_kind} == 'discover'"], lines)


def _verify(verifiers: Sequence[Upstream], ca_bundle: str | None, timeout: int) -> list[str]:
    """Return the lines that let the first of these applications verify a request, and the next one if it is down.

    If the first one returns no response, Caddy itself asks those that are called alike. If it returns the response of
    an application that is down, the lines for such a response ask the next one.
    """
    verifier, *others = verifiers
    alike = [each for each in others if _is_alike(verifier, each)]
    return [
        f"forward_auth {' '.join(map(_address, [verifier, *alike]))} {{",
        f"\turi `{verifier.target}action=discover`",
        *_indent(_one_of_several(verifier, len(alike), ca_bundle, timeout) if alike else []),
        *_indent([] if alike else _proxy_options(verifier, ca_bundle, timeout)),
        *_indent(_if_down(_verify(others, ca_bundle, timeout)) if others else []),
        "}",
    ]


def _is_alike(first: Upstream, second: Upstream) -> bool:
    """Return whether one `reverse_proxy` can call both applications: only their hosts and ports differ."""
    # The name of an upstream's host lacks the brackets of an IPv6 address.
    return ":" not in first.host + second.host and all(
        getattr(first, part) == getattr(second, part) for part in ("tls", "path", "query", "has_default_port")
    )


def _one_of_several(upstream: Upstream, retries: int, ca_bundle: str | None, timeout: int) -> list[str]:
    """Return the options of a proxy that calls the first of several applications that returns a response."""
    return [
        "lb_policy first",
        f"lb_retries {retries}",
        # Until the last one is asked, Caddy asks none again. Other proxies of the same application ignore this.
        f"fail_duration {1 + timeout * (retries - 1)}s",
        f"header_up Host {{http.reverse_proxy.upstream.{'host' if upstream.has_default_port else 'hostport'}}}",
        # Caddy verifies the certificate for the host that it calls.
        *_transport(timeout, _trust(upstream, ca_bundle)),
    ]


def _if_down(lines: list[str]) -> list[str]:
    return [f"@down status {DOWN_STATUSES} 5xx", "handle_response @down {", *_indent(lines), "}"]


def _unreachable(verifiers: Sequence[Upstream], folder: str, ca_bundle: str | None) -> list[str]:
    """Return the block for a request to which neither the first application nor one that is called alike responds.

    Caddy handles one error of a request. If the next application returns no response either, the client gets a 502.
    """
    first, *others = verifiers
    others.sort(key=lambda each: _is_alike(first, each))
    if all(_is_alike(first, each) for each in others):
        return []
    lines = [
        *_verify(others, ca_bundle, verification_timeout(len(verifiers))),
        f"root * `{folder}`",
        f"rewrite * /{DISCOVER_FILE}",
        # Caddy would use the status of the error.
        "file_server {",
        "\tstatus 200",
        "}",
    ]
    unreachable = ["{novu_kind} == 'discover'", "{http.error.status_code} in [502, 503, 504]"]
    return [
        "",
        "# The first application returns no response: the next one verifies the signature.",
        "handle_errors {",
        *_indent(_handle("discover-next", unreachable, lines)),
        "}",
    ]


def _application(upstream: Upstream, ca_bundle: str | None) -> list[str]:
    target = f"{upstream.path}?{upstream.query}&{{http.request.uri.query}}" if upstream.query else upstream.path
    return _handle(
        f"app-{upstream.name}",
        [f"{{novu_application}} == 'app-{upstream.name}'"],
        [
            f"rewrite * `{target}`",
            f"reverse_proxy {_address(upstream)} {{",
            *_indent(_proxy_options(upstream, ca_bundle, TIMEOUT)),
            "}",
        ],
    )


def _handle(name: str, conditions: list[str], lines: list[str]) -> list[str]:
    return [f"@novu-{name} expression `{' && '.join(conditions)}`", f"handle @novu-{name} {{", *_indent(lines), "}"]


def _document(folder: str, file: str) -> list[str]:
    return [f"root * `{folder}`", f"rewrite * /{file}", "file_server"]


def _address(upstream: Upstream) -> str:
    return f"{upstream.scheme}://{upstream.url_host}:{upstream.port}"


def _proxy_options(upstream: Upstream, ca_bundle: str | None, timeout: int) -> list[str]:
    tls = [f"tls_server_name {upstream.host}", *_trust(upstream, ca_bundle)] if upstream.tls else []
    return [f"header_up Host {upstream.authority}", *_transport(timeout, tls)]


def _trust(upstream: Upstream, ca_bundle: str | None) -> list[str]:
    return [f"tls_trusted_ca_certs `{ca_bundle}`"] if upstream.tls and ca_bundle else []


def _transport(timeout: int, tls: list[str]) -> list[str]:
    limits = [f"{limit} {timeout}s" for limit in ("dial_timeout", "response_header_timeout", "read_timeout")]
    return ["transport http {", *_indent([*limits, *tls]), "}"]


def _indent(lines: list[str]) -> list[str]:
    return [f"\t{line}" for line in lines]
