"""Each format has exact routes, keeps its limits, and escapes all ids.

`tests/gateways` tests the syntax: the real nginx, Caddy and Envoy, the schemas of the Gateway API, and AWS's own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_provider.errors import ManifestError, SettingsError
from novu_provider.gateway import alb, caddy, envoy, httproute, nginx
from novu_provider.gateway.ids import in_query
from novu_provider.gateway.routes import Gateway
from tests.unit.gateway.gateways import HOSTILE, gateway, hostile_gateway, ids

_SERVICES = {"shop": "http://shop.apps.svc:8080/api/novu", "billing": "https://billing.apps.svc.cluster.local/novu"}
_SAME_PATH = {"shop": "https://shop.example.com/api/novu", "billing": "https://billing.example.com/api/novu"}

partitions = st.lists(ids, min_size=2, max_size=6, unique=True)


def _two(workflow_ids: list[str], urls: dict[str, str] | None = None) -> Gateway:
    return gateway({"shop": workflow_ids[::2], "billing": workflow_ids[1::2]}, urls)


@settings(max_examples=25)
@given(partitions)
def test_an_id_cannot_leave_its_token_in_nginx(workflow_ids: list[str]) -> None:
    files = nginx.render(_two(workflow_ids), folder="/etc/nginx/novu")

    for name, part in (("shop", workflow_ids[::2]), ("billing", workflow_ids[1::2])):
        lines = files[f"{name}/workflows.conf"].splitlines()
        assert len(lines) == len(part)
        assert all(re.fullmatch(rf'    "~\^[0-9A-Za-z_\\%():?|]+\\z" "{name}";', line) for line in lines)


@settings(max_examples=25)
@given(partitions)
def test_an_id_cannot_leave_its_token_in_caddy(workflow_ids: list[str]) -> None:
    files = caddy.render(_two(workflow_ids), folder="/etc/caddy/novu")

    for name, part in (("shop", workflow_ids[::2]), ("billing", workflow_ids[1::2])):
        _, *lines = files[f"{name}/workflows.caddy"].splitlines()
        assert len(lines) == len(part)
        assert all(re.fullmatch(rf"`~\\A[0-9A-Za-z_\\{{}}]+\\z` app-{name}", line) for line in lines)


def test_a_removed_application_changes_no_file_of_another_one() -> None:
    for render in (nginx.render, caddy.render):
        both, alone = (render(each, folder="/etc/novu") for each in (_two(["a", "b"]), gateway({"billing": ["b"]})))
        removed = both.keys() - alone.keys()

        assert removed
        assert all(file.startswith("shop/") for file in removed)
        # The main file lists the applications that verify discover requests.
        main = {"novu-server.conf", "novu.caddy"} & alone.keys()
        assert {file for file in alone if alone[file] != both[file]} == {"discover.json", "health-check.json", *main}


def test_ids_do_not_change_the_other_files_of_nginx() -> None:
    plain, hostile = (nginx.render(each, folder="/etc/nginx/novu") for each in (_two(["a", "b"]), hostile_gateway()))

    assert plain["novu-server.conf"] == hostile["novu-server.conf"]
    assert plain["novu-http.conf"] == hostile["novu-http.conf"]


@pytest.mark.parametrize("folder", ["relative", "/a b", '/"', "/$x", "/{x}", "/a;b", "/a\nb"])
def test_a_folder_with_special_characters_is_refused(folder: str) -> None:
    with pytest.raises(SettingsError, match="path"):
        nginx.render(_two(["a", "b"]), folder=folder)
    with pytest.raises(SettingsError, match="path"):
        caddy.render(_two(["a", "b"]), folder=folder)


def test_a_path_that_caddy_would_change_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"path that Caddy would change: /a%20b"):
        caddy.render(_two(["a", "b"], {"shop": "https://shop.example.com/a b"}), folder="/etc/caddy/novu")


def test_caddy_asks_applications_that_are_called_alike_in_one_proxy() -> None:
    urls = {name: f"https://{name}.example.com/api/novu" for name in ("a", "b", "c")}
    ids = {name: [f"{name}-1"] for name in (*urls, "d")}

    def proxies(last: str) -> list[list[str]]:
        text = caddy.render(gateway(ids, {**urls, "d": last}), folder="/etc/caddy/novu")["novu.caddy"]
        return [re.findall(r"//\[?(\w)", line) for line in re.findall(r"forward_auth (.*) {", text)]

    assert proxies("https://d.example.com/api/novu") == [["a", "b", "c", "d"], ["b", "c", "d"], ["c", "d"], ["d"]]
    # The last one is called in another way. It is the first one that Caddy asks if the others return no response.
    for other in (
        "http://d.example.com/api/novu",
        "https://d.example.com:8443/api/novu",
        "https://d.example.com/novu",
        "https://d.example.com/api/novu?x=1",
        "https://[d::1]/api/novu",
    ):
        assert proxies(other) == [["a", "b", "c"], ["b", "c"], ["c"], ["d"], ["d"], ["b", "c"], ["c"]]


@pytest.mark.parametrize("resolver", ["10.0.0.2; } server {", "a b", "$x", ""])
def test_a_resolver_without_an_address_is_refused(resolver: str) -> None:
    with pytest.raises(SettingsError, match="resolver"):
        nginx.render(_two(["a", "b"]), folder="/etc/nginx/novu", resolver=resolver)


def test_with_a_resolver_nginx_looks_up_the_applications_later() -> None:
    files = nginx.render(_two(["a", "b"]), folder="/etc/nginx/novu", resolver="10.0.0.2")

    assert "upstream novu" not in "".join(files.values())
    assert '"https://shop.example.com:443/api/novu?"' in files["shop/target.conf"]
    assert "resolver 10.0.0.2 valid=30s;" in files["novu-server.conf"]


# ---- Envoy


def _envoy(routes: Gateway) -> tuple[Any, Any]:
    files = envoy.render(routes)
    return json.loads(files["rds.json"]), json.loads(files["cds.json"])


@settings(max_examples=25)
@given(partitions)
def test_envoy_routes_each_id_by_its_exact_query(workflow_ids: list[str]) -> None:
    rds, _ = _envoy(_two(workflow_ids))

    targets = {}
    for route in rds["resources"][0]["virtual_hosts"][0]["routes"]:
        parameters = {
            each["name"]: each["string_match"]["exact"] for each in route["match"].get("query_parameters", [])
        }
        if "route" in route:
            targets[parameters["action"], parameters["workflowId"]] = route["route"]["cluster"]
    assert targets == {
        (action, in_query(id_)): f"novu-{application}"
        for application, part in (("shop", workflow_ids[::2]), ("billing", workflow_ids[1::2]))
        for id_ in part
        for action in ("execute", "preview")
    }


def test_envoy_ends_with_a_404_and_can_return_the_whole_document() -> None:
    rds, _ = _envoy(_two([f"workflow-{number}" for number in range(100)]))
    configuration = rds["resources"][0]
    first, *_, last = configuration["virtual_hosts"][0]["routes"]

    assert last["direct_response"]["status"] == 404
    assert (
        len(first["direct_response"]["body"]["inline_string"]) <= configuration["max_direct_response_body_size_bytes"]
    )


def test_envoy_verifies_the_certificate_of_an_application_with_tls() -> None:
    _, cds = _envoy(_two(["a", "b"]))
    plain, tls = cds["resources"]

    assert "transport_socket" not in plain
    context = tls["transport_socket"]["typed_config"]
    assert context["sni"] == "shop.example.com"
    assert context["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"][0]["matcher"] == {
        "exact": "shop.example.com"
    }


# ---- Gateway API


def _objects(routes: Gateway, **options: Any) -> list[Any]:
    return list(json.loads(httproute.render(routes, parent="gateways/public", **options)["httproute.json"])["items"])


@settings(max_examples=25)
@given(partitions)
def test_an_http_route_matches_each_id_exactly(workflow_ids: list[str]) -> None:
    matched: Counter[tuple[str, str]] = Counter()
    for route in (each for each in _objects(_two(workflow_ids, _SERVICES)) if each["kind"] == "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for match in rule["matches"]:
                parameters = {each["name"]: each["value"] for each in match["queryParams"]}
                if parameters["action"] == "execute":
                    matched[parameters["workflowId"], rule["backendRefs"][0]["name"]] += 1
    assert matched == Counter(
        (form, application)
        for application, part in (("shop", workflow_ids[::2]), ("billing", workflow_ids[1::2]))
        for id_ in part
        for form in {id_, in_query(id_)}
    )


def test_a_thousand_ids_keep_the_limits_of_the_gateway_api() -> None:
    routes = [
        each for each in _objects(_two([f"w-{n}" for n in range(1000)], _SERVICES)) if each["kind"] == "HTTPRoute"
    ]

    for route in routes:
        assert sum(len(rule["matches"]) for rule in route["spec"]["rules"]) <= 128
    assert sum(len(rule["matches"]) for route in routes for rule in route["spec"]["rules"]) == 2 * 1000 + 2
    assert len({route["metadata"]["name"] for route in routes}) == len(routes)


def test_services_of_other_namespaces_and_with_tls_get_their_objects() -> None:
    objects = _objects(_two(["a", "b"], _SERVICES), namespace="edge")
    by_kind = {each["kind"]: each for each in objects}

    assert by_kind["ReferenceGrant"]["metadata"]["namespace"] == "apps"
    assert [each["name"] for each in by_kind["ReferenceGrant"]["spec"]["to"]] == ["billing", "shop"]
    assert by_kind["BackendTLSPolicy"]["spec"]["validation"]["hostname"] == "billing.apps.svc.cluster.local"
    assert by_kind["ConfigMap"]["data"].keys() == {"discover.json", "health-check.json", "default.conf"}
    keys = [
        item["key"]
        for volume in by_kind["Deployment"]["spec"]["template"]["spec"]["volumes"]
        for item in volume["configMap"]["items"]
    ]
    assert sorted(keys) == sorted(by_kind["ConfigMap"]["data"])


def test_the_document_server_names_the_services_that_it_needs_to_start() -> None:
    (config,) = (each["data"]["default.conf"] for each in _objects(_two(["a", "b"], _SERVICES)) if "data" in each)
    head, server, _ = config.partition("server {\n    listen")

    assert server
    assert "does not start while one of them is missing" in head
    hosts = ["billing.apps.svc.cluster.local", "shop.apps.svc"]
    assert re.findall(r"server ([^:;]+):", head) == hosts
    # Each request goes to one of these `upstream`s, so nginx looks up no other host.
    assert re.findall(r'"https?://([^/]+)/', config) == ["novu-billing", "novu-shop"]


def test_an_application_outside_the_cluster_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"'shop' has the host shop\.example\.com"):
        _objects(_two(["a", "b"], {"billing": _SERVICES["billing"]}))


# ---- AWS


def _rules(routes: Gateway) -> list[Any]:
    template = json.loads(alb.render(routes)["listener-rules.json"])
    return [each["Properties"] for each in template["Resources"].values()]


def _values(rule: Any) -> list[tuple[str, str]]:
    return [
        (value["Key"], value["Value"])
        for condition in rule["Conditions"]
        if condition["Field"] == "query-string"
        for value in condition["QueryStringConfig"]["Values"]
    ]


@settings(max_examples=25)
@given(st.lists(st.from_regex(r"[a-z0-9*._ü -]{1,12}", fullmatch=True).filter(str.strip), min_size=2, unique=True))
def test_a_listener_rule_has_no_wildcard_and_keeps_the_limits(workflow_ids: list[str]) -> None:
    rules = _rules(_two(workflow_ids, _SAME_PATH))

    for rule in rules:
        values = _values(rule)
        assert len(values) + sum(condition["Field"] != "query-string" for condition in rule["Conditions"]) <= 5
        assert not any(re.search(r"(?<!\\)[*?]", value) for _, value in values)
    assert len({rule["Priority"] for rule in rules}) == len(rules)
    executed = [
        value
        for rule in rules
        if ("action", "execute") in _values(rule)
        for key, value in _values(rule)
        if key == "workflowId"
    ]
    assert sorted(executed) == sorted(in_query(id_).replace("*", r"\*") for id_ in workflow_ids)


def test_ids_that_differ_only_in_case_are_refused_for_two_applications() -> None:
    with pytest.raises(ManifestError, match=r"cannot tell 'welcome' of 'billing' from 'Welcome' of 'shop'"):
        _rules(_two(["Welcome", "welcome"], _SAME_PATH))
    assert _rules(gateway({"shop": ["Welcome", "welcome"]}, _SAME_PATH))


def test_a_load_balancer_does_not_change_paths() -> None:
    with pytest.raises(SettingsError, match="'billing' serves /novu, and the gateway /api/novu"):
        _rules(_two(["a", "b"]))


def test_more_routes_than_a_template_allows_are_refused() -> None:
    with pytest.raises(ManifestError, match="listener rules"):
        _rules(_two([f"w-{number}" for number in range(1000)], _SAME_PATH))


def test_every_hostile_id_has_a_route_in_the_formats_without_case() -> None:
    assert len(_envoy(hostile_gateway())[0]["resources"][0]["virtual_hosts"][0]["routes"]) == 4 + 3 * len(HOSTILE)
