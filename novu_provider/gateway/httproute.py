"""Configuration for Kubernetes: HTTPRoutes of the Gateway API (v1.2 or newer), as a list for ``kubectl apply``.

Each application has its own HTTPRoutes. So those of a removed application can be deleted after the sync. The size of
one HTTPRoute is limited, so many ids spread over several. An nginx in the cluster returns the two documents. For a
discover request, it lets an application verify the signature. A request that no route matches gets a 404, as the
Gateway API demands.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from novu_provider.errors import SettingsError
from novu_provider.gateway.httproute_documents import document_server
from novu_provider.gateway.ids import expect_length, in_query
from novu_provider.gateway.routes import (
    AGENT_ACTION,
    DISCOVER_FILE,
    HEALTH_FILE,
    TIMEOUT,
    WORKFLOW_ACTIONS,
    Gateway,
    Upstream,
)

#: The schema of the Gateway API, v1.2: the most matches of one rule, and the rules with as many as a route takes (128).
_MATCHES_OF_RULE = 64
_RULES_OF_ROUTE = 2
#: The longest value of a query parameter in the same schema.
_LONGEST_VALUE = 1024
_GATEWAY_API = "gateway.networking.k8s.io"

Manifest = dict[str, Any]


def render(gateway: Gateway, *, parent: str, namespace: str = "default", name: str = "novu") -> dict[str, str]:
    """Return file -> text.

    :param parent: the Gateway that the routes belong to, as ``name`` or ``namespace/name``.
    :param namespace: the namespace of the routes and of the file server.
    :param name: the beginning of the names of all objects.
    :raises SettingsError: an application is no Service of the cluster, or its URL has a query.
    :raises ManifestError: an id or the discover document is too long.
    """
    services = {upstream.name: _service(upstream) for upstream in gateway.upstreams.values()}
    metadata = {"namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "novu-provider"}}
    document_rules = [
        _document_rule(gateway, name, action, file)
        for action, file in (("discover", DISCOVER_FILE), ("health-check", HEALTH_FILE))
    ]
    routes = [_route(gateway, parent, {**metadata, "name": f"{name}-discover"}, document_rules)]
    for upstream in gateway.upstreams.values():
        rules = [
            _rule(upstream, services[upstream.name], namespace, matches)
            for matches in _chunks(list(_matches(gateway, upstream.name)), _MATCHES_OF_RULE)
        ]
        routes += [
            _route(gateway, parent, {**metadata, "name": f"{name}-{upstream.name}-{number}"}, part)
            for number, part in enumerate(_chunks(rules, _RULES_OF_ROUTE), start=1)
        ]
    objects = [
        *routes,
        *_tls_policies(gateway, services, metadata, name),
        *_grants(services, namespace, name),
        *document_server(gateway, metadata, name),
    ]
    return {"httproute.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, indent=1) + "\n"}


def _matches(gateway: Gateway, application: str) -> Iterable[Manifest]:
    for id_, owner in gateway.workflows.items():
        if owner == application:
            for action in WORKFLOW_ACTIONS:
                yield from _forms(gateway, action, "workflowId", id_)
    for id_, owner in gateway.agents.items():
        if owner == application:
            yield from _forms(gateway, AGENT_ACTION, "agentId", id_)


def _forms(gateway: Gateway, action: str, parameter: str, id_: str) -> Iterable[Manifest]:
    """Return one match for each form of an id: some implementations compare the raw query, others decode it."""
    for value in sorted({in_query(id_), id_}):
        expect_length(id_, value, _LONGEST_VALUE, "an HTTPRoute")
        yield _match(gateway, "POST", {"action": action, parameter: value})


def _match(gateway: Gateway, method: str, parameters: dict[str, str]) -> Manifest:
    return {
        "path": {"type": "Exact", "value": gateway.path},
        "method": method,
        "queryParams": [{"type": "Exact", "name": key, "value": value} for key, value in parameters.items()],
    }


def _rule(upstream: Upstream, service: tuple[str, str], namespace: str, matches: Sequence[Manifest]) -> Manifest:
    service_name, service_namespace = service
    backend = {"name": service_name, "port": upstream.port}
    if service_namespace != namespace:
        backend["namespace"] = service_namespace
    rewrite = {
        "hostname": upstream.host,
        "path": {"type": "ReplaceFullPath", "replaceFullPath": upstream.path},
    }
    return {
        "matches": list(matches),
        "filters": [{"type": "URLRewrite", "urlRewrite": rewrite}],
        "backendRefs": [backend],
        "timeouts": {"request": f"{TIMEOUT}s", "backendRequest": f"{TIMEOUT}s"},
    }


def _document_rule(gateway: Gateway, name: str, action: str, file: str) -> Manifest:
    rewrite = {"path": {"type": "ReplaceFullPath", "replaceFullPath": f"/{file}"}}
    return {
        "matches": [_match(gateway, "GET", {"action": action})],
        "filters": [{"type": "URLRewrite", "urlRewrite": rewrite}],
        "backendRefs": [{"name": f"{name}-discover", "port": 80}],
        "timeouts": {"request": f"{TIMEOUT}s", "backendRequest": f"{TIMEOUT}s"},
    }


def _route(gateway: Gateway, parent: str, metadata: Manifest, rules: Sequence[Manifest]) -> Manifest:
    return {
        "apiVersion": f"{_GATEWAY_API}/v1",
        "kind": "HTTPRoute",
        "metadata": metadata,
        "spec": {"parentRefs": [_parent(parent)], "hostnames": [gateway.host], "rules": list(rules)},
    }


def _chunks(items: Sequence[Manifest], size: int) -> Iterable[list[Manifest]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _service(upstream: Upstream) -> tuple[str, str]:
    """Return the name and the namespace of the Service that a URL names."""
    labels = upstream.host.split(".")
    if not (len(labels) == 2 or labels[2:] in (["svc"], ["svc", "cluster", "local"])):
        raise SettingsError(
            f"the application {upstream.name!r} has the host {upstream.host}, which is no Service of the cluster.",
            why="An HTTPRoute sends requests only to Services.",
            fix="Pass the URL of its Service, for example http://shop.apps.svc:8080/api/novu, or use another format.",
            prop="sources",
        )
    if upstream.query:
        raise SettingsError(
            f"the URL of {upstream.name} has the query {upstream.query}.",
            why="An HTTPRoute cannot add a query to the query of a request.",
            fix="Remove it from the URL, or use another format.",
            prop="sources",
        )
    return labels[0], labels[1]


def _parent(parent: str) -> Manifest:
    namespace, _, name = parent.rpartition("/")
    return {"name": name, **({"namespace": namespace} if namespace else {})}


def _tls_policies(
    gateway: Gateway, services: dict[str, tuple[str, str]], metadata: Manifest, name: str
) -> list[Manifest]:
    return [
        {
            "apiVersion": f"{_GATEWAY_API}/v1",
            "kind": "BackendTLSPolicy",
            "metadata": {**metadata, "name": f"{name}-{upstream.name}", "namespace": services[upstream.name][1]},
            "spec": {
                "targetRefs": [{"group": "", "kind": "Service", "name": services[upstream.name][0]}],
                "validation": {"wellKnownCACertificates": "System", "hostname": upstream.host},
            },
        }
        for upstream in gateway.upstreams.values()
        if upstream.tls
    ]


def _grants(services: dict[str, tuple[str, str]], namespace: str, name: str) -> list[Manifest]:
    """Return the permission that each other namespace gives: its Services are targets of these routes."""
    others: dict[str, list[str]] = {}
    for service_name, service_namespace in services.values():
        if service_namespace != namespace:
            others.setdefault(service_namespace, []).append(service_name)
    return [
        {
            "apiVersion": f"{_GATEWAY_API}/v1beta1",
            "kind": "ReferenceGrant",
            "metadata": {"name": f"{name}-{namespace}", "namespace": other},
            "spec": {
                "from": [{"group": _GATEWAY_API, "kind": "HTTPRoute", "namespace": namespace}],
                "to": [{"group": "", "kind": "Service", "name": service} for service in sorted(set(names))],
            },
        }
        for other, names in sorted(others.items())
    ]
