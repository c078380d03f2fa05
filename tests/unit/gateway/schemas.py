"""The documented structure of the formats that no program of the tests reads, as JSON Schemas.

They refuse unknown members, so a misspelled one fails the test. Sources: the protobuf files of Envoy's API v3, the
CRDs of the Gateway API v1.2 (with their limits), and the resource `AWS::ElasticLoadBalancingV2::ListenerRule`.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}


def record(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def many(items: Schema, most: int | None = None, least: int = 1) -> Schema:
    return {"type": "array", "items": items, "minItems": least, **({"maxItems": most} if most else {})}


def const(value: Any) -> Schema:
    return {"const": value}


_SECONDS: Schema = {"type": "string", "pattern": r"^\d+s$"}
_EXACT = record({"exact": TEXT})

_ENVOY_MATCH = record(
    {"path": TEXT},
    headers=many(record({"name": const(":method"), "string_match": _EXACT})),
    query_parameters=many(record({"name": TEXT, "string_match": _EXACT})),
)
_ENVOY_ROUTE: Schema = {
    "oneOf": [
        record(
            {
                "match": _ENVOY_MATCH,
                "route": record(
                    {"cluster": TEXT, "prefix_rewrite": TEXT, "host_rewrite_literal": TEXT, "timeout": _SECONDS}
                ),
            }
        ),
        record(
            {
                "match": _ENVOY_MATCH,
                "direct_response": record(
                    {"status": {"type": "integer"}, "body": record({"inline_string": {"type": "string"}})}
                ),
                "response_headers_to_add": many(
                    record({"header": record({"key": TEXT, "value": TEXT}), "append_action": TEXT})
                ),
            }
        ),
    ]
}
ENVOY_ROUTES = record(
    {
        "resources": many(
            record(
                {
                    "@type": const("type.googleapis.com/envoy.config.route.v3.RouteConfiguration"),
                    "name": TEXT,
                    "max_direct_response_body_size_bytes": {"type": "integer"},
                    "virtual_hosts": many(
                        record({"name": TEXT, "domains": many(TEXT), "routes": many(_ENVOY_ROUTE)}), 1
                    ),
                }
            ),
            1,
        )
    }
)
_ENDPOINT = record(
    {
        "endpoint": record(
            {"address": record({"socket_address": record({"address": TEXT, "port_value": {"type": "integer"}})})}
        )
    }
)
_TLS = record(
    {
        "@type": const("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"),
        "sni": TEXT,
        "common_tls_context": record(
            {
                "validation_context": record(
                    {
                        "trusted_ca": record({"filename": TEXT}),
                        "match_typed_subject_alt_names": many(record({"san_type": const("DNS"), "matcher": _EXACT})),
                    }
                )
            }
        ),
    }
)
ENVOY_CLUSTERS = record(
    {
        "resources": many(
            record(
                {
                    "@type": const("type.googleapis.com/envoy.config.cluster.v3.Cluster"),
                    "name": TEXT,
                    "type": {"enum": ["STATIC", "STRICT_DNS", "LOGICAL_DNS"]},
                    "connect_timeout": _SECONDS,
                    "load_assignment": record(
                        {"cluster_name": TEXT, "endpoints": many(record({"lb_endpoints": many(_ENDPOINT)}))}
                    ),
                },
                transport_socket=record({"name": const("envoy.transport_sockets.tls"), "typed_config": _TLS}),
            )
        )
    }
)

_DNS_NAME: Schema = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253}
_PATH: Schema = {"type": "string", "pattern": "^/", "maxLength": 1024}
_HTTP_MATCH = record(
    {
        "path": record({"type": const("Exact"), "value": _PATH}),
        "method": {"enum": ["GET", "POST"]},
        "queryParams": many(
            record(
                {
                    "type": const("Exact"),
                    "name": {"type": "string", "pattern": r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$"},
                    "value": {"type": "string", "minLength": 1, "maxLength": 1024},
                }
            ),
            16,
        ),
    }
)
HTTP_ROUTE = record(
    {
        "apiVersion": const("gateway.networking.k8s.io/v1"),
        "kind": const("HTTPRoute"),
        "metadata": record({"name": _DNS_NAME, "namespace": _DNS_NAME, "labels": {"type": "object"}}),
        "spec": record(
            {
                "parentRefs": many(record({"name": _DNS_NAME}, namespace=_DNS_NAME), 32),
                "hostnames": many(_DNS_NAME, 16),
                "rules": many(
                    record(
                        {
                            "matches": many(_HTTP_MATCH, 64),
                            "filters": many(
                                record(
                                    {
                                        "type": const("URLRewrite"),
                                        "urlRewrite": record(
                                            {
                                                "path": record(
                                                    {"type": const("ReplaceFullPath"), "replaceFullPath": _PATH}
                                                )
                                            },
                                            hostname=_DNS_NAME,
                                        ),
                                    }
                                ),
                                16,
                            ),
                            "backendRefs": many(
                                record(
                                    {"name": _DNS_NAME, "port": {"type": "integer", "minimum": 1, "maximum": 65535}},
                                    namespace=_DNS_NAME,
                                ),
                                16,
                            ),
                            "timeouts": record({"request": _SECONDS, "backendRequest": _SECONDS}),
                        }
                    ),
                    16,
                ),
            }
        ),
    }
)

_ALB_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 128}
_CONDITION: Schema = {
    "oneOf": [
        record({"Field": const("path-pattern"), "PathPatternConfig": record({"Values": many(_ALB_TEXT, 1)})}),
        record({"Field": const("http-request-method"), "HttpRequestMethodConfig": record({"Values": many(TEXT, 1)})}),
        record(
            {
                "Field": const("query-string"),
                "QueryStringConfig": record({"Values": many(record({"Key": _ALB_TEXT, "Value": _ALB_TEXT}), 3)}),
            }
        ),
    ]
}
_ACTION: Schema = {
    "oneOf": [
        record({"Type": const("forward"), "TargetGroupArn": record({"Ref": TEXT})}),
        record(
            {
                "Type": const("fixed-response"),
                "FixedResponseConfig": record(
                    {
                        "StatusCode": {"type": "string", "pattern": r"^(2|4|5)\d\d$"},
                        "ContentType": const("application/json"),
                        "MessageBody": {"type": "string", "maxLength": 1024},
                    }
                ),
            }
        ),
    ]
}
_RULE = record(
    {
        "Type": const("AWS::ElasticLoadBalancingV2::ListenerRule"),
        "Properties": record(
            {
                "ListenerArn": const({"Ref": "ListenerArn"}),
                "Priority": {"type": "integer", "minimum": 1, "maximum": 50000},
                "Conditions": many(_CONDITION, 5),
                "Actions": many(_ACTION, 1),
            }
        ),
    }
)
CLOUD_FORMATION = record(
    {
        "AWSTemplateFormatVersion": const("2010-09-09"),
        "Description": TEXT,
        "Parameters": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9]{1,255}$"},
            "additionalProperties": record({"Type": const("String"), "Description": TEXT}),
        },
        "Resources": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9]{1,255}$"},
            "additionalProperties": _RULE,
            "maxProperties": 500,
        },
    }
)
