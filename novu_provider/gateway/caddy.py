"""Configuration for Caddy (2.6 or newer): one file to import in a site block, and two documents.

All ids are regular expressions with anchors, because Caddy gives some characters of other texts a meaning (``{``, for
example). An id contains no character with a meaning, see :mod:`.ids`.

Each application has its own folder. So the routes of a removed application can be deleted after the sync, and all other
files be written before it.
"""

from __future__ import annotations

from collections.abc import Mapping

from novu_provider.errors import SettingsError
from novu_provider.gateway.ids import expect_length, pattern
from novu_provider.gateway.paths import expect_path, join
from novu_provider.gateway.routes import (
    AGENT_ACTION,
    DISCOVER_FILE,
    HEALTH_FILE,
    TIMEOUT,
    WORKFLOW_ACTIONS,
    Gateway,
    Upstream,
)

_LONGEST_PATTERN = 20_000
_NO_ROUTE = '{"code":"WorkflowNotFoundError","message":"The gateway has no route for this request."}'


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
                *_discover(upstreams[gateway.verifier], folder, ca_bundle),
                *_handle("health-check", ["{novu_kind} == 'health-check'"], _document(folder, HEALTH_FILE)),
                f"import {join(folder, '*/application.caddy')}",
                "header Content-Type application/json",
                f"respond `{_NO_ROUTE}` 404",
            ]
        ),
        "}",
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


def _discover(verifier: Upstream, folder: str, ca_bundle: str | None) -> list[str]:
    query = f"{verifier.query}&" if verifier.query else ""
    verify = [
        "# An application verifies the signature of the request. Then Caddy returns the document of all applications.",
        f"forward_auth {_address(verifier)} {{",
        f"\turi `{verifier.path}?{query}action=discover`",
        *_indent(_proxy_options(verifier, ca_bundle)),
        "}",
    ]
    return _handle("discover", ["{novu_kind} == 'discover'"], [*verify, *_document(folder, DISCOVER_FILE)])


def _application(upstream: Upstream, ca_bundle: str | None) -> list[str]:
    target = f"{upstream.path}?{upstream.query}&{{http.request.uri.query}}" if upstream.query else upstream.path
    return _handle(
        f"app-{upstream.name}",
        [f"{{novu_application}} == 'app-{upstream.name}'"],
        [
            f"rewrite * `{target}`",
            f"reverse_proxy {_address(upstream)} {{",
            *_indent(_proxy_options(upstream, ca_bundle)),
            "}",
        ],
    )


def _handle(name: str, conditions: list[str], lines: list[str]) -> list[str]:
    return [f"@novu-{name} expression `{' && '.join(conditions)}`", f"handle @novu-{name} {{", *_indent(lines), "}"]


def _document(folder: str, file: str) -> list[str]:
    return [f"root * `{folder}`", f"rewrite * /{file}", "file_server"]


def _address(upstream: Upstream) -> str:
    return f"{upstream.scheme}://{upstream.url_host}:{upstream.port}"


def _proxy_options(upstream: Upstream, ca_bundle: str | None) -> list[str]:
    tls = [f"tls_server_name {upstream.host}"] if upstream.tls else []
    trust = [f"tls_trusted_ca_certs `{ca_bundle}`"] if upstream.tls and ca_bundle else []
    return [
        f"header_up Host {upstream.authority}",
        "transport http {",
        *_indent(
            [
                f"dial_timeout {TIMEOUT}s",
                f"response_header_timeout {TIMEOUT}s",
                f"read_timeout {TIMEOUT}s",
                *tls,
                *trust,
            ]
        ),
        "}",
    ]


def _indent(lines: list[str]) -> list[str]:
    return [f"\t{line}" for line in lines]
