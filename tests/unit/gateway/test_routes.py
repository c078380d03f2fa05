"""The routes of a gateway come from the URLs of the applications, and refuse what cannot be routed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.errors import NovuError, SettingsError
from novu_provider.gateway.formats import FORMATS, Options, render
from novu_provider.gateway.routes import TIMEOUT, make_gateway, verification_timeout
from novu_provider.model.applications import Application, MergedApplications
from novu_provider.model.manifest import Manifest
from tests.unit.documents import discover, entry
from tests.unit.gateway.gateways import BRIDGE_URL, gateway

OPTIONS = Options(parent="gateways/public")


def _with_url(url: str, bridge_url: str = BRIDGE_URL) -> None:
    application = Application("shop", url, Manifest.discovered(discover(entry("a")), "shop"))
    make_gateway(MergedApplications((application,)), bridge_url)


def test_an_upstream_has_the_parts_of_its_url() -> None:
    upstreams = gateway({"shop": ["a"], "billing": ["b"]}, {"billing": "http://[::1]:8080/x y?z=1&q"}).upstreams

    assert (upstreams["shop"].authority, upstreams["shop"].port, upstreams["shop"].tls) == (
        "shop.example.com",
        443,
        True,
    )
    billing = upstreams["billing"]
    assert (billing.authority, billing.path, billing.query) == ("[::1]:8080", "/x%20y", "z=1&q")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example.com/",
        "shop.example.com",
        'https://sh"op.example.com/',
        "https://shop;example.com/",
        "https://user:password@shop.example.com/",
        "https://shop.example.com/api/novu?x-vercel-protection-bypass=s3cr3t",
        BRIDGE_URL,
    ],
)
def test_a_url_that_cannot_be_routed_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _with_url(url)

    assert "shop" in refused.value.what
    assert "password" not in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize("path", ["/", "/novu", "/api/novu/", "/.well-known/..novu"])
def test_a_plain_path_is_accepted(path: str) -> None:
    _with_url("https://shop.example.com/api", f"https://gateway.example.com{path}")


@pytest.mark.parametrize("path", ["/a b", "/$x", '/"', "/{x}", "/ü", "/%41", "/a//b", "/a/./b", "/a/.."])
def test_a_path_that_formats_compare_differently_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="cannot be the URL of a gateway"):
        _with_url("https://shop.example.com/", f"https://gateway.example.com{path}")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
def test_no_path_of_an_application_contains_a_special_character(tail: str) -> None:
    try:
        upstream = gateway({"shop": ["a"]}, {"shop": f"https://shop.example.com/{tail}"}).upstreams["shop"]
    except (NovuError, ValueError):
        return
    assert not set(upstream.path + upstream.query) & set("\"'`{}$;\\ \n#|<>()*")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
def test_novu_still_waits_when_the_last_application_verifies_the_signature(count: int) -> None:
    names = [f"application-{number}" for number in range(count)]
    routes = gateway({name: [name] for name in names}, {name: f"http://{name}.apps.svc:8080/novu" for name in names})
    verifiers = len(routes.verifiers)
    seconds = verification_timeout(verifiers)

    assert verifiers == min(count, 4)
    assert 1 <= seconds * verifiers <= TIMEOUT
    assert f"proxy_read_timeout {seconds}s;" in render(routes, "nginx", OPTIONS)["novu-server.conf"]
    assert f"response_header_timeout {seconds}s" in render(routes, "caddy", OPTIONS)["novu.caddy"]


def test_the_health_check_counts_the_workflows_of_all_applications() -> None:
    document = json.loads(gateway({"shop": ["a", "b"], "billing": ["c"]}).health_check)

    assert document == {"status": "ok", "discovered": {"workflows": 3, "steps": 3}}


def test_an_unknown_format_and_a_missing_option_are_refused() -> None:
    with pytest.raises(SettingsError, match="format 'haproxy'"):
        render(gateway({"shop": ["a"]}), "haproxy")
    with pytest.raises(SettingsError, match="name of its Gateway"):
        render(gateway({"shop": ["a"]}), "httproute")


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_routes_have_the_same_bytes(format_name: str) -> None:
    def files(*order: str) -> dict[str, str]:
        workflows = {"shop": ["a", "b"], "billing": ["c"]}
        same_path = "http://{}.apps.svc:8080/api/novu"
        urls = {name: same_path.format(name) for name in workflows}
        return render(gateway({name: workflows[name] for name in order}, urls), format_name, OPTIONS)

    assert files("shop", "billing") == files("billing", "shop")
