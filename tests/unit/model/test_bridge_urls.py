"""Valid and invalid bridge and API URLs, and adding and removing Vercel's bypass token."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from novu_provider.errors import SettingsError
from novu_provider.model import bridge_urls

CLOUD = "https://api.novu.co"
OWN = "http://novu.internal:3000"
BRIDGE = "https://app.example.com/api/novu"

query_text = st.text(st.characters(codec="ascii", exclude_characters="#", exclude_categories=("C", "Z")), max_size=12)
plain_urls = st.builds(
    lambda path, mark, query, fragment: f"https://app.example.com{path}{mark}{query if mark else ''}{fragment}",
    st.sampled_from(["", "/", "/api/novu", "/a%20b"]),
    st.sampled_from(["", "?"]),
    query_text | st.sampled_from(["flag", "a=b%20c&d=+", "tenant=a&tenant=b", "&"]),
    st.sampled_from(["", "#", "#top?x=1"]),
).filter(lambda url: bridge_urls.BYPASS_PARAMETER not in url)


@given(plain_urls, st.text(min_size=1))
@example("https://app.example.com/api/novu?flag", "token")
@example("https://app.example.com/api/novu?", "to ken&=#%é")
def test_split_bypass_is_the_inverse_of_with_bypass(url: str, token: str) -> None:
    assert bridge_urls.split_bypass(bridge_urls.with_bypass(url, token)) == (url, token)


@given(plain_urls)
def test_a_url_without_a_token_stays_unchanged(url: str) -> None:
    assert bridge_urls.split_bypass(url) == (url, None)
    assert bridge_urls.with_bypass(url, None) == url
    assert bridge_urls.with_bypass(url, "") == url


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        (f"{BRIDGE}?x-vercel-protection-bypass=abc&tenant=a", f"{BRIDGE}?tenant=a"),
        (f"{BRIDGE}?tenant=a&x-vercel-protection-bypass=abc#top", f"{BRIDGE}?tenant=a#top"),
        (f"{BRIDGE}?x%2Dvercel-protection-bypass=abc", BRIDGE),
        (f"{BRIDGE}?x-vercel-protection-bypass=abc&x-vercel-protection-bypass=def", BRIDGE),
        (f"{BRIDGE}?x-vercel-protection-bypass=&x-vercel-protection-bypass=abc", BRIDGE),
    ],
)
def test_the_token_is_found_at_any_place_of_the_query(url: str, rest: str) -> None:
    assert bridge_urls.split_bypass(url) == (rest, "abc")


def test_an_empty_token_is_removed_and_is_none() -> None:
    assert bridge_urls.split_bypass(f"{BRIDGE}?x-vercel-protection-bypass=") == (BRIDGE, None)


def test_an_added_token_is_one_more_parameter() -> None:
    joined = bridge_urls.with_bypass(f"{BRIDGE}?tenant=a", "to&ken")
    assert parse_qs(urlsplit(joined).query) == {"tenant": ["a"], bridge_urls.BYPASS_PARAMETER: ["to&ken"]}


def test_an_invalid_stored_url_is_split_too() -> None:
    assert bridge_urls.split_bypass("http://[half?x-vercel-protection-bypass=abc") == ("http://[half", "abc")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.novu.co/", "https://api.novu.co"),
        ("https://eu.api.novu.co", "https://eu.api.novu.co"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://example.com/novu/", "https://example.com/novu"),
        ("https://grüße.example", "https://grüße.example"),
    ],
)
def test_an_api_url_loses_its_trailing_slash(url: str, expected: str) -> None:
    assert bridge_urls.check_api_url(url) == expected


BASE_URLS = ["https://api.novu.co", "https://eu.api.novu.co", "http://localhost:3000", "https://example.com/novu"]


@given(st.sampled_from(BASE_URLS), st.sampled_from(["", "/v1", "/v2", "//v1", "/V2"]), st.sampled_from(["", "/", "//"]))
def test_a_version_at_the_end_of_an_api_url_is_removed(base_url: str, version: str, slashes: str) -> None:
    """Requests add `/v1`. Users often copy the URL with it from the API reference."""
    assert bridge_urls.check_api_url(base_url + version + slashes) == base_url


@pytest.mark.parametrize("path", ["/v1novu", "/v", "/version", "/api/v1/novu", "/av1"])
def test_other_paths_of_a_self_hosted_novu_are_kept(path: str) -> None:
    assert bridge_urls.check_api_url(f"https://example.com{path}") == f"https://example.com{path}"


@pytest.mark.parametrize(
    ("url", "api_url"),
    [
        ("https://dashboard.novu.co", "https://api.novu.co"),
        ("https://dashboard.novu.co/env/dev_env_1/workflows", "https://api.novu.co"),
        ("https://eu.dashboard.novu.co/", "https://eu.api.novu.co"),
        ("https://dashboard-v0.novu.co", "https://api.novu.co"),
        ("https://web.novu.co", "https://api.novu.co"),
        ("https://eu.web.novu.co", "https://eu.api.novu.co"),
        ("https://docs.novu.co/api-reference", "https://api.novu.co"),
        ("https://novu.co", "https://api.novu.co"),
        ("https://www.novu.co/", "https://api.novu.co"),
    ],
)
def test_the_address_of_the_dashboard_is_refused_with_that_of_the_api(url: str, api_url: str) -> None:
    with pytest.raises(SettingsError, match="is not Novu's API") as refused:
        bridge_urls.check_api_url(url)
    assert f"pulumi config set novu:apiUrl {api_url}`" in refused.value.fix
    assert refused.value.prop == "apiUrl"


@pytest.mark.parametrize("path", ["/v1/environments/me", "/v2/workflows", "/api", "/v1/bridge/sync"])
def test_the_url_of_a_single_endpoint_of_novu_cloud_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match=f"contains the path {path}") as refused:
        bridge_urls.check_api_url(f"https://eu.api.novu.co{path}")
    assert "pulumi config set novu:apiUrl https://eu.api.novu.co`" in refused.value.fix


INVALID = [
    ("api.novu.co", "no scheme"),
    ("//api.novu.co", "no scheme"),
    ("ftp://api.novu.co", "no scheme"),
    ("", "no scheme"),
    ("https://", "no host"),
    ("https:///api/novu", "no host"),
    ("https://app example.com", "a space"),
    ("https://app.example.com/a b", "a space"),
    ("https://app.example.com\n", "is invalid"),
    ("https://[half", "is invalid"),
    ("https://app.example.com:99999", "is invalid"),
    ("https://app.example.com:port", "is invalid"),
    ("https://app..example.com", "is invalid"),
    ("https://app.example.com/\x00", "is invalid"),
]


@pytest.mark.parametrize(("url", "message"), INVALID)
def test_an_invalid_url_is_refused_with_an_example(url: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as api:
        bridge_urls.check_api_url(url)
    with pytest.raises(SettingsError, match=message) as bridge:
        bridge_urls.check_bridge_url(url, OWN)
    assert (api.value.prop, bridge.value.prop) == ("apiUrl", "bridgeUrl")
    assert "pulumi config set novu:apiUrl https://api.novu.co" in api.value.fix
    assert "pulumi config set novu:bridgeUrl https://app.example.com/api/novu" in bridge.value.fix


@pytest.mark.parametrize("url", ["https://user:hunter22@app.example.com/", "user:hunter22@app.example.com/api"])
def test_credentials_in_a_url_are_refused_and_hidden(url: str) -> None:
    for check in (bridge_urls.check_api_url, lambda url: bridge_urls.check_bridge_url(url, OWN)):
        with pytest.raises(SettingsError) as refused:
            check(url)
        assert "hunter22" not in str(refused.value)


def test_a_refused_bridge_url_is_printed_without_its_bypass_token() -> None:
    with pytest.raises(SettingsError) as refused:
        bridge_urls.check_bridge_url("http://app.example.com/?x-vercel-protection-bypass=sesame-open", CLOUD)
    assert "http://app.example.com/" in refused.value.what
    assert "sesame-open" not in str(refused.value)


@pytest.mark.parametrize("tail", ["?a=b", "#top"])
def test_an_api_url_with_a_query_or_a_fragment_is_refused(tail: str) -> None:
    with pytest.raises(SettingsError, match="a query or a fragment"):
        bridge_urls.check_api_url(CLOUD + tail)


@pytest.mark.parametrize("host", ["api.novu.co", "eu.api.novu.co", "API.Novu.Co", "novu.co", "api.novu.co."])
def test_novu_cloud_needs_tls(host: str) -> None:
    with pytest.raises(SettingsError, match="without TLS"):
        bridge_urls.check_api_url(f"http://{host}")


@pytest.mark.parametrize("host", ["api.novu.co.example.com", "mynovu.co", "novu.example.com", "127.0.0.1"])
def test_a_self_hosted_novu_may_use_http(host: str) -> None:
    assert bridge_urls.check_api_url(f"http://{host}") == f"http://{host}"


def test_novu_cloud_needs_an_https_bridge() -> None:
    with pytest.raises(SettingsError, match="is not HTTPS") as refused:
        bridge_urls.check_bridge_url("http://app.example.com/api/novu", CLOUD)
    assert refused.value.prop == "bridgeUrl"
    assert bridge_urls.check_bridge_url("http://app.example.com/api/novu", OWN) == "http://app.example.com/api/novu"


def test_a_valid_bridge_url_is_returned_unchanged() -> None:
    for url in ("https://App.example.com/api/novu/", f"{BRIDGE}?flag&a=b%20c#top"):
        assert bridge_urls.check_bridge_url(url, CLOUD) == url


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://a.example/x", "https://A.example:443/y?z", True),
        ("http://a.example", "http://a.example:80", True),
        ("http://a.example", "https://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://a.example.evil.example", False),
        ("https://a.example", "https://a.example@evil.example", False),
        ("https://a.example", "https://a.example:99999/", False),
        ("https://a.example", "https://[half", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(first: str, second: str, same: bool) -> None:
    assert bridge_urls.same_origin(first, second) is same
    assert bridge_urls.same_origin(second, first) is same
