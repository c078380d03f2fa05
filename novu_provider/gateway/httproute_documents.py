"""Kubernetes: an nginx that returns the discover document, after an application has verified Novu's signature."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable
from typing import Any

from novu_provider.errors import ManifestError
from novu_provider.gateway import nginx_verification
from novu_provider.gateway.nginx import CA_BUNDLE, upstream_block, upstream_name
from novu_provider.gateway.routes import DISCOVER_FILE, HEALTH_FILE, Gateway

#: Kubernetes stores at most 1 MiB in a ConfigMap.
_LARGEST_CONFIG_MAP = 1_000_000
#: An nginx that runs as another user than root.
_IMAGE = "nginxinc/nginx-unprivileged:stable-alpine"
PORT = 8080
DOCUMENTS = "/usr/share/nginx/html"
_CONFIG = "default.conf"

Manifest = dict[str, Any]


def document_server(gateway: Gateway, metadata: Manifest, name: str) -> list[Manifest]:
    """Return a ConfigMap, a Deployment and a Service.

    :param metadata: the namespace and the labels of the objects.
    :param name: the beginning of their names.
    :raises ManifestError: the discover document is too long.
    """
    size = sum(map(len, gateway.documents.values()))
    if size > _LARGEST_CONFIG_MAP:
        raise ManifestError(
            f"the discover document has {size:,} bytes, too many for a ConfigMap.",
            why="Kubernetes stores at most 1 MiB in one object.",
            fix="Use the format nginx or caddy in a pod of your own.",
            prop="sources",
        )
    labels = {"app.kubernetes.io/name": f"{name}-discover"}
    named = {**metadata, "name": f"{name}-discover"}
    config = nginx_config(gateway)
    container = {
        "name": "nginx",
        "image": _IMAGE,
        "ports": [{"containerPort": PORT}],
        "volumeMounts": [
            {"name": "documents", "mountPath": DOCUMENTS, "readOnly": True},
            {"name": "config", "mountPath": "/etc/nginx/conf.d", "readOnly": True},
        ],
    }
    pod = {
        # nginx reads its configuration when it starts: another configuration needs another pod.
        "metadata": {"labels": labels, "annotations": {"novu-provider/config": _short_hash(config)}},
        "spec": {
            "containers": [container],
            "volumes": [
                _volume("documents", named["name"], gateway.documents),
                _volume("config", named["name"], [_CONFIG]),
            ],
        },
    }
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": {**gateway.documents, _CONFIG: config}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": named,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": named,
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": PORT}]},
        },
    ]


def _volume(name: str, config_map: str, files: Iterable[str]) -> Manifest:
    items = [{"key": file, "path": file} for file in sorted(files)]
    return {"name": name, "configMap": {"name": config_map, "items": items}}


def nginx_config(gateway: Gateway) -> str:
    """Return the file in nginx's folder `conf.d`.

    nginx looks up the Services when it starts. To look them up later, it needs the address of the cluster's DNS server
    and the cluster's domain, and both differ between clusters.
    """
    verification = nginx_verification.locations(gateway.verifiers, ca_bundle=CA_BUNDLE, address=upstream_name)
    upstreams = "".join(map(upstream_block, gateway.verifiers))
    return f"""# Written by `novu-provider gateway`.
# nginx looks up these Services when it starts, and does not start while one of them is missing.
{upstreams}
server {{
    listen {PORT};
    root {DOCUMENTS};
    types {{ }}
    default_type application/json;

    # An application verifies the signature of the request.
    location = /{DISCOVER_FILE} {{
        auth_request {nginx_verification.FIRST};
        error_page 401 403 = @novu_signature;
    }}

    location = /{HEALTH_FILE} {{ }}

    location / {{
        return 404;
    }}

{textwrap.indent(verification, "    ")}}}
"""


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
