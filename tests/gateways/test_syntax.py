"""HTTPRoutes pass the Gateway API's own checks, and listener rules those of AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novu_provider.gateway import alb, httproute
from novu_provider.gateway.routes import Gateway
from tests.gateways import gateway_api
from tests.gateways.aws import running_listener
from tests.unit.gateway.gateways import HOSTILE, gateway

_SERVICES = {"shop": "http://shop.apps.svc:8080/api/novu", "billing": "https://billing.apps.svc.cluster.local/novu"}
_SAME_PATH = {"shop": "https://shop.example.com/api/novu", "billing": "https://billing.example.com/api/novu"}
#: A load balancer compares without regard to case, so these differ in more than that.
_DISTINCT = [id_ for id_ in HOSTILE if id_ != "Welcome"][::2]


def _objects(routes: Gateway) -> list[Any]:
    """Return the objects of the Gateway API. The other ones are Kubernetes' own."""
    text = httproute.render(routes, parent="gateways/public", namespace="edge")["httproute.json"]
    return [each for each in json.loads(text)["items"] if each["apiVersion"].startswith("gateway.networking.k8s.io/")]


@pytest.mark.parametrize("ids", [HOSTILE, [f"w-{number}" for number in range(150)]], ids=["hostile", "many"])
def test_a_cluster_accepts_the_routes(ids: list[str]) -> None:
    objects = _objects(gateway({"shop": ids[::2], "billing": ids[1::2]}, _SERVICES, {"shop": ids[1::2]}))

    assert {each["kind"] for each in objects} == {"HTTPRoute", "BackendTLSPolicy", "ReferenceGrant"}
    assert [error for each in objects for error in gateway_api.errors(each)] == []


def test_a_cluster_refuses_routes_beyond_its_limits() -> None:
    route = next(each for each in _objects(gateway({"shop": ["a"]}, _SERVICES)) if "shop" in each["metadata"]["name"])
    rule = route["spec"]["rules"][0]
    match = rule["matches"][0]

    def refused(**changes: Any) -> str:
        return " ".join(gateway_api.errors({**route, "spec": {**route["spec"], **changes}}))

    assert refused() == ""
    assert "is too long" in refused(rules=[{**rule, "matches": [match] * 65}])
    assert "'timeout' was unexpected" in refused(rules=[{**rule, "timeout": "5s"}])
    if gateway_api.HAS_RULES:
        assert "total number of matches" in refused(rules=[{**rule, "matches": [match] * 43}] * 3)
        assert "must not contain '//'" in refused(rules=[{**rule, "matches": [{**match, "path": {"value": "/a//b"}}]}])


def test_a_load_balancer_accepts_the_listener_rules() -> None:
    workflows = {"shop": _DISTINCT[::2], "billing": _DISTINCT[1::2]}
    files = alb.render(gateway(workflows, _SAME_PATH, {"shop": ["seller"]}), first_priority=10)
    template = files["listener-rules.json"]

    with running_listener() as listener:
        rules = listener.deploy(template)

    assert len(rules) == len(json.loads(template)["Resources"])
    assert sorted(int(rule["Priority"]) for rule in rules) == list(range(10, 10 + len(rules)))
