"""Configuration for an AWS Application Load Balancer: a CloudFormation template with its listener rules.

The limits are those of AWS: five values of one rule, 128 characters of a value, comparison without regard to case. A
load balancer cannot return the discover document itself, because a fixed response has at most 1,024 characters. So the
rules send ``discover`` to a target group of yours, such as a Lambda function. Only that
target can verify Novu's signature.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from novu_provider.errors import ManifestError, SettingsError
from novu_provider.gateway.ids import expect_length, in_query
from novu_provider.gateway.routes import AGENT_ACTION, NO_ROUTE, WORKFLOW_ACTIONS, Gateway

#: The ids of one rule. The path, the method and the action take three of the five values of a rule.
_IDS = 2
_LONGEST_VALUE = 128
#: CloudFormation's limit of resources in one template.
_MOST_RULES = 500
_DISCOVER_TARGET = (
    "It returns discover.json. The load balancer does not verify Novu's signature: everybody can read the document, "
    "unless this target verifies it."
)


def render(gateway: Gateway, *, first_priority: int = 1000) -> dict[str, str]:
    """Return file -> text.

    :param first_priority: the priority of the first rule. The others follow it.
    :raises SettingsError: an application's path is not that of the gateway. A load balancer does not change paths.
    :raises ManifestError: two applications have ids that the load balancer cannot tell apart, or there are too many.
    """
    for upstream in gateway.upstreams.values():
        if upstream.path != gateway.path or upstream.query:
            raise SettingsError(
                f"the application {upstream.name!r} serves {upstream.path}, and the gateway {gateway.path}.",
                why="A load balancer sends a request to the path that it was made for.",
                fix="Serve @novu/framework at the same path, without a query, in all applications and in "
                "`novu:bridgeUrl`.",
                prop="sources",
            )
    rules = [
        _rule(gateway, "GET", [("action", ["discover"])], _forward("Discover")),
        _rule(gateway, "GET", [("action", ["health-check"])], _respond(200, gateway.health_check)),
        *_id_rules(gateway, WORKFLOW_ACTIONS, "workflowId", gateway.workflows),
        *_id_rules(gateway, (AGENT_ACTION,), "agentId", gateway.agents),
        _rule(gateway, None, [], _respond(404, NO_ROUTE)),
    ]
    if len(rules) > _MOST_RULES:
        raise ManifestError(
            f"the routes need {len(rules)} listener rules; a template takes at most {_MOST_RULES}.",
            why="A rule of a load balancer matches at most two ids.",
            fix="Use the format nginx, caddy or envoy.",
            prop="sources",
        )
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Routes of Novu's requests. Written by `novu-provider gateway`.",
        "Parameters": {
            "ListenerArn": {"Type": "String", "Description": "The HTTPS listener."},
            "DiscoverTargetGroupArn": {"Type": "String", "Description": _DISCOVER_TARGET},
            **{
                _target_group(name): {"Type": "String", "Description": f"The target group of the application {name}."}
                for name in gateway.upstreams
            },
        },
        "Resources": {
            f"Rule{number:03}": {
                "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
                "Properties": {"ListenerArn": {"Ref": "ListenerArn"}, "Priority": first_priority + number, **rule},
            }
            for number, rule in enumerate(rules)
        },
    }
    return {"listener-rules.json": json.dumps(template, indent=1) + "\n", **gateway.documents}


def _id_rules(
    gateway: Gateway, actions: tuple[str, ...], parameter: str, owners: Mapping[str, str]
) -> Iterable[dict[str, Any]]:
    _expect_distinct(owners)
    for application in gateway.upstreams:
        values = [_value(id_) for id_, owner in owners.items() if owner == application]
        iterator = iter(values)
        while part := list(itertools.islice(iterator, _IDS)):
            for action in actions:
                conditions = [("action", [action]), (parameter, part)]
                yield _rule(gateway, "POST", conditions, _forward(_logical_name(application)))


def _value(id_: str) -> str:
    value = in_query(id_).replace("*", "\\*")
    return expect_length(id_, value, _LONGEST_VALUE, "a load balancer")


def _expect_distinct(owners: Mapping[str, str]) -> None:
    seen: dict[str, tuple[str, str]] = {}
    for id_, application in owners.items():
        other, owner = seen.setdefault(_value(id_).lower(), (id_, application))
        if owner != application:
            raise ManifestError(
                f"a load balancer cannot tell {id_!r} of {application!r} from {other!r} of {owner!r}.",
                why="It compares queries without regard to case.",
                fix="Give one of them another id, or use another format.",
                prop="sources",
            )


def _rule(
    gateway: Gateway, method: str | None, parameters: list[tuple[str, list[str]]], action: dict[str, Any]
) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [gateway.path]}}]
    if method:
        conditions.append({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": [method]}})
    conditions += [
        {
            "Field": "query-string",
            "QueryStringConfig": {"Values": [{"Key": key, "Value": value} for value in values]},
        }
        for key, values in parameters
    ]
    return {"Conditions": conditions, "Actions": [action]}


def _forward(logical_name: str) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": {"Ref": f"{logical_name}TargetGroupArn"}}


def _respond(status: int, body: str) -> dict[str, Any]:
    config = {"StatusCode": str(status), "ContentType": "application/json", "MessageBody": body}
    return {"Type": "fixed-response", "FixedResponseConfig": config}


def _logical_name(application: str) -> str:
    """Return a name of letters and digits: `shop-eu` becomes `AppShopEu`."""
    return "App" + "".join(part.capitalize() for part in application.split("-"))


def _target_group(application: str) -> str:
    return f"{_logical_name(application)}TargetGroupArn"
