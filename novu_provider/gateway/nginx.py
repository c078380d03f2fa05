"""Configuration for nginx (1.18 or newer): one file for ``http { … }``, one for ``server { … }``, two documents.

Each application has its own folder. So the routes of a removed application can be deleted after the sync, and all other
files be written before it.

nginx compares the strings of a ``map`` without regard to case, and gives some of them a meaning (``default``). So all
ids are regular expressions with anchors. An id contains no character with a meaning, see :mod:`.ids`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from novu_provider.errors import SettingsError
from novu_provider.gateway import nginx_verification
from novu_provider.gateway.ids import expect_length, pattern_in_query
from novu_provider.gateway.paths import expect_path, join
from novu_provider.gateway.routes import (
    AGENT_ACTION,
    DISCOVER_FILE,
    HEALTH_FILE,
    NO_ROUTE,
    TIMEOUT,
    WORKFLOW_ACTIONS,
    Gateway,
    Upstream,
)

#: nginx reads at most 4,096 bytes of one parameter.
_LONGEST_PATTERN = 4000

#: Where the system keeps its certificate authorities, on Debian and Alpine.
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def render(gateway: Gateway, *, folder: str, ca_bundle: str = CA_BUNDLE, resolver: str | None = None) -> dict[str, str]:
    """Return file -> text.

    :param folder: the absolute path of the files on the gateway's machine.
    :param ca_bundle: the certificate authorities of the applications, a path on the gateway's machine.
    :param resolver: the address of a DNS server. Without it, nginx looks up the applications only when it starts.
    :raises SettingsError: a path or the resolver has characters that the configuration cannot contain.
    :raises ManifestError: an id is too long.
    """
    folder, ca_bundle = expect_path(folder), expect_path(ca_bundle)
    if resolver is not None and not re.fullmatch(r"[0-9A-Za-z.:\[\]-]+", resolver):
        raise SettingsError(
            f"the resolver {resolver!r} is invalid.",
            why="It is the address of one DNS server.",
            fix="Pass an address such as 10.0.0.2.",
            prop="resolver",
        )
    return {
        "novu-http.conf": _http(folder),
        "novu-server.conf": _server(gateway, folder, ca_bundle, resolver),
        **gateway.documents,
        **{
            file: text
            for upstream in gateway.upstreams.values()
            for file, text in _application(gateway, upstream, resolver is not None).items()
        },
    }


def _http(folder: str) -> str:
    workflow_actions, agent_action = "|".join(map(pattern_in_query, WORKFLOW_ACTIONS)), pattern_in_query(AGENT_ACTION)
    kinds = [
        (r"~^GET:discover\z", "discover"),
        (r"~^GET:health\x2Dcheck\z", "health-check"),
        (rf"~^POST:(?:{workflow_actions})\z", "workflow"),
        (rf"~^POST:{agent_action}\z", "agent"),
    ]
    applications = [
        ("workflow", "$novu_workflow_application"),
        ("agent", "$novu_agent_application"),
    ]
    blocks = [
        "# Written by `novu-provider gateway`. Include it in `http { … }`.",
        f'include "{join(folder, "*/upstream.conf")}";',
        _map("$request_method:$arg_action", "$novu_kind", _entries(kinds)),
        _map("$arg_workflowId", "$novu_workflow_application", _include(folder, "workflows")),
        _map("$arg_agentId", "$novu_agent_application", _include(folder, "agents")),
        _map("$novu_kind", "$novu_application", _entries(applications)),
        _map("$novu_application", "$novu_target", _include(folder, "target")),
        _map("$novu_application", "$novu_host", _include(folder, "host")),
        _map("$novu_application", "$novu_tls_name", _include(folder, "tls-name")),
    ]
    return "\n\n".join(blocks) + "\n"


def _application(gateway: Gateway, upstream: Upstream, resolved_later: bool) -> dict[str, str]:
    """Return the files of one application. The file for ``http { … }`` includes them."""
    name = upstream.name
    files = {
        "upstream": "# nginx looks up the host for each request.\n" if resolved_later else upstream_block(upstream),
        "workflows": _entries(_ids(gateway.workflows, name)),
        "agents": _entries(_ids(gateway.agents, name)),
        "target": _entries([(name, _target(upstream, resolved_later))]),
        "host": _entries([(name, upstream.authority)]),
        "tls-name": _entries([(name, upstream.host)]),
    }
    return {f"{name}/{file}.conf": text for file, text in files.items()}


def _server(gateway: Gateway, folder: str, ca_bundle: str, resolver: str | None) -> str:
    dns = [f"resolver {resolver} valid=30s;", f"resolver_timeout {TIMEOUT}s;"] if resolver else []
    verification = nginx_verification.locations(
        gateway.verifiers, ca_bundle=ca_bundle, address=lambda each: _address(each, resolver is not None), resolver=dns
    )
    proxy = "\n".join(
        f"    {line}"
        for line in (
            *dns,
            "proxy_http_version 1.1;",
            'proxy_set_header Host "$novu_host";',
            'proxy_set_header Connection "";',
            "proxy_ssl_server_name on;",
            'proxy_ssl_name "$novu_tls_name";',
            "proxy_ssl_verify on;",
            "proxy_ssl_verify_depth 5;",
            f'proxy_ssl_trusted_certificate "{ca_bundle}";',
            f"proxy_connect_timeout {TIMEOUT}s;",
            f"proxy_send_timeout {TIMEOUT}s;",
            f"proxy_read_timeout {TIMEOUT}s;",
            # By default, nginx tries the next address of an application only if it sent no POST to the first one.
            f"proxy_next_upstream_timeout {TIMEOUT}s;",
            "proxy_redirect off;",
        )
    )
    return f"""# Written by `novu-provider gateway`. Include it in `server {{ … }}`.

location = "{gateway.path}" {{
    if ($novu_kind = discover) {{
        rewrite ^ /.novu/discover last;
    }}
    if ($novu_kind = health-check) {{
        rewrite ^ /.novu/health-check last;
    }}
    if ($novu_target = "") {{
        rewrite ^ /.novu/no-route last;
    }}
    client_max_body_size 25m;
    proxy_pass $novu_target$args;
{proxy}
}}

# An application verifies the signature of the request. Then nginx returns the document of all applications.
location = /.novu/discover {{
    internal;
    auth_request {nginx_verification.FIRST};
    error_page 401 403 = @novu_signature;
    types {{ }}
    default_type application/json;
    alias "{join(folder, DISCOVER_FILE)}";
}}

{verification}
location = /.novu/health-check {{
    internal;
    types {{ }}
    default_type application/json;
    alias "{join(folder, HEALTH_FILE)}";
}}

location = /.novu/no-route {{
    internal;
    default_type application/json;
    return 404 '{NO_ROUTE}';
}}
"""


def _ids(owners: Mapping[str, str], application: str) -> Iterable[tuple[str, str]]:
    for id_, owner in owners.items():
        if owner == application:
            yield f"~^{expect_length(id_, pattern_in_query(id_), _LONGEST_PATTERN, 'nginx')}\\z", application


def _map(source: str, target: str, entries: str) -> str:
    return f'map "{source}" {target} {{\n    default "";\n{entries}}}'


def _include(folder: str, file: str) -> str:
    return f'    include "{join(folder, f"*/{file}.conf")}";\n'


def _entries(entries: Iterable[tuple[str, str]]) -> str:
    return "".join(f'    "{key}" "{value}";\n' for key, value in entries)


def upstream_name(upstream: Upstream) -> str:
    """Return the name of an application's `upstream`."""
    return f"novu-{upstream.name}"


def upstream_block(upstream: Upstream) -> str:
    """Return the `upstream` of an application, whose host nginx looks up when it starts."""
    return f"upstream {upstream_name(upstream)} {{\n    server {upstream.url_host}:{upstream.port};\n}}\n"


def _target(upstream: Upstream, resolved_later: bool) -> str:
    return f"{upstream.scheme}://{_address(upstream, resolved_later)}{upstream.target}"


def _address(upstream: Upstream, resolved_later: bool) -> str:
    return f"{upstream.url_host}:{upstream.port}" if resolved_later else upstream_name(upstream)
