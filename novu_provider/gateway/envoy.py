"""Configuration for Envoy (tested with 1.36 and 1.40): two files for its file-based discovery services RDS and CDS.

Envoy compares the raw query, so an id has the form in which Novu sends it. The listener needs Envoy's Lua filter, see
:mod:`.envoy_verification`.
"""

from __future__ import annotations

import json
from typing import Any

from novu_provider.errors import SettingsError
from novu_provider.gateway.envoy_verification import NO_FILTER, filter_config, verified_only
from novu_provider.gateway.ids import in_query
from novu_provider.gateway.nginx import CA_BUNDLE
from novu_provider.gateway.paths import expect_path
from novu_provider.gateway.routes import AGENT_ACTION, NO_ROUTE, TIMEOUT, WORKFLOW_ACTIONS, Gateway, Upstream

_TYPES = "type.googleapis.com/envoy"
_JSON_HEADER = {
    "header": {"key": "content-type", "value": "application/json"},
    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
}


def render(gateway: Gateway, *, name: str = "novu", ca_bundle: str = CA_BUNDLE) -> dict[str, str]:
    """Return file -> text.

    :param name: the name of the route configuration.
    :param ca_bundle: the certificate authorities of the applications, a path on the gateway's machine.
    :raises SettingsError: an application's URL has a query, which Envoy cannot add to a request.
    """
    for upstream in gateway.upstreams.values():
        if upstream.query:
            raise SettingsError(
                f"the URL of {upstream.name} has the query {upstream.query}.",
                why="Envoy cannot add a query to the query of a request.",
                fix="Remove it from the URL, or use another format.",
                prop="sources",
            )
    return {
        "rds.json": _response(f"{_TYPES}.config.route.v3.RouteConfiguration", [_routes(gateway, name)]),
        "cds.json": _response(
            f"{_TYPES}.config.cluster.v3.Cluster",
            [_cluster(upstream, expect_path(ca_bundle)) for upstream in gateway.upstreams.values()],
        ),
    }


def _routes(gateway: Gateway, name: str) -> dict[str, Any]:
    discover = _match(gateway, "GET", {"action": "discover"})
    routes = [
        {"match": verified_only(discover), **_answer(200, gateway.discover)},
        {"match": discover, **_answer(500, NO_FILTER), "typed_per_filter_config": filter_config(gateway)},
        {"match": _match(gateway, "GET", {"action": "health-check"}), **_answer(200, gateway.health_check)},
        *(
            _route(gateway, gateway.upstreams[application], {"action": action, "workflowId": in_query(id_)})
            for id_, application in gateway.workflows.items()
            for action in WORKFLOW_ACTIONS
        ),
        *(
            _route(gateway, gateway.upstreams[application], {"action": AGENT_ACTION, "agentId": in_query(id_)})
            for id_, application in gateway.agents.items()
        ),
        {"match": {"path": gateway.path}, **_answer(404, NO_ROUTE)},
    ]
    return {
        "name": name,
        "max_direct_response_body_size_bytes": max(4096, len(gateway.discover)),
        "virtual_hosts": [{"name": name, "domains": ["*"], "routes": routes}],
    }


def _answer(status: int, body: str) -> dict[str, Any]:
    return {
        "direct_response": {"status": status, "body": {"inline_string": body}},
        "response_headers_to_add": [_JSON_HEADER],
    }


def _route(gateway: Gateway, upstream: Upstream, parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "match": _match(gateway, "POST", parameters),
        "route": {
            "cluster": f"novu-{upstream.name}",
            "prefix_rewrite": upstream.path,
            "host_rewrite_literal": upstream.authority,
            "timeout": f"{TIMEOUT}s",
        },
    }


def _match(gateway: Gateway, method: str, parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "path": gateway.path,
        "headers": [{"name": ":method", "string_match": {"exact": method}}],
        "query_parameters": [{"name": key, "string_match": {"exact": value}} for key, value in parameters.items()],
    }


def _cluster(upstream: Upstream, ca_bundle: str) -> dict[str, Any]:
    address = {"socket_address": {"address": upstream.host, "port_value": upstream.port}}
    cluster: dict[str, Any] = {
        "name": f"novu-{upstream.name}",
        "type": "LOGICAL_DNS",
        # Tries the IPv4 and the IPv6 addresses of a host, as the other gateways do. By default, IPv6 alone is tried.
        "dns_lookup_family": "ALL",
        "connect_timeout": f"{TIMEOUT}s",
        "load_assignment": {
            "cluster_name": f"novu-{upstream.name}",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }
    if upstream.tls:
        cluster["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": f"{_TYPES}.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                "sni": upstream.host,
                "common_tls_context": {
                    "validation_context": {
                        "trusted_ca": {"filename": ca_bundle},
                        "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": upstream.host}}],
                    }
                },
            },
        }
    return cluster


def _response(type_url: str, resources: list[dict[str, Any]]) -> str:
    return json.dumps({"resources": [{"@type": type_url, **each} for each in resources]}, indent=1) + "\n"
