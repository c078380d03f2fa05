"""The rules for the bridge URL and for Novu's API URL."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import SplitResult, unquote_plus, urlencode, urlsplit

from novu_provider.errors import SettingsError

#: Vercel's query parameter for Protection Bypass for Automation.
BYPASS_PARAMETER = "x-vercel-protection-bypass"

#: The API URL of each region of Novu Cloud.
REGIONS = {"us": "https://api.novu.co", "eu": "https://eu.api.novu.co"}

#: Labels in host names of Novu Cloud that serve pages and not the API, such as dashboard and dashboard-v0.
_PAGES = re.compile(r"(dashboard|web|www|docs|app)\b")


def is_novu_cloud(api_url: str) -> bool:
    """Return whether the URL belongs to Novu Cloud, in any region."""
    host = (urlsplit(api_url).hostname or "").rstrip(".")
    return host == "novu.co" or host.endswith(".novu.co")


def check_api_url(api_url: str) -> str:
    """Return the base URL of the API without trailing slashes and without a version such as ``/v1``.

    :raises SettingsError: the URL has no scheme or host, contains credentials or a query, or uses Novu Cloud without
        TLS. Or it belongs to Novu Cloud, but not to its API.
    """
    _check(api_url, "API URL", "apiUrl", "https://api.novu.co")
    parts = urlsplit(api_url)
    if parts.query or parts.fragment:
        raise SettingsError(
            f"the API URL {_without_secrets(api_url)} has a query or a fragment.",
            why="It was copied from a browser or from a single request.",
            fix="Set only the base URL, for example `pulumi config set novu:apiUrl https://api.novu.co`.",
            prop="apiUrl",
        )
    if is_novu_cloud(api_url) and parts.scheme != "https":
        raise SettingsError(
            f"the API URL {api_url} is Novu Cloud without TLS.",
            why="The secret key would be sent unencrypted.",
            fix="Replace http:// with https:// in `novu:apiUrl`.",
            prop="apiUrl",
        )
    base_url = strip_version(api_url)
    if is_novu_cloud(api_url):
        _check_cloud_api(base_url)
    return base_url


def strip_version(api_url: str) -> str:
    """Return an API URL without trailing slashes and without a version at its end. Requests add the version."""
    return re.sub(r"(/+v[0-9]+)?/*$", "", api_url, flags=re.IGNORECASE)


def _check_cloud_api(base_url: str) -> None:
    """Check that a URL of Novu Cloud belongs to its API.

    :raises SettingsError: it is the address of the dashboard or another page, or of a single endpoint.
    """
    parts = urlsplit(base_url)
    labels = (parts.hostname or "").rstrip(".").split(".")
    region = "eu" if "eu" in labels else "us"
    fix = f"Run `pulumi config set novu:apiUrl {REGIONS[region]}`."
    if len(labels) <= 2 or any(map(_PAGES.match, labels)):
        raise SettingsError(
            f"the API URL {base_url} is not Novu's API.",
            why="It is the address of Novu's dashboard or website. The API has its own host.",
            fix=fix,
            prop="apiUrl",
        )
    if parts.path:
        raise SettingsError(
            f"the API URL {base_url} contains the path {parts.path}.",
            why="It is the URL of a single endpoint. Requests add the path to the base URL.",
            fix=f"Run `pulumi config set novu:apiUrl {parts.scheme}://{parts.netloc}`.",
            prop="apiUrl",
        )


def check_bridge_url(bridge_url: str, api_url: str) -> str:
    """Return the bridge URL unchanged, after checking that Novu can call it.

    :raises SettingsError: the URL has no scheme or host, contains credentials, or is not HTTPS but for Novu Cloud.
    """
    _check(bridge_url, "bridge URL", "bridgeUrl", "https://app.example.com/api/novu")
    if is_novu_cloud(api_url) and urlsplit(bridge_url).scheme != "https":
        raise SettingsError(
            f"the bridge URL {_without_secrets(bridge_url)} is not HTTPS.",
            why="Novu Cloud calls the bridge over the internet, and refuses URLs without TLS.",
            fix="Set the https:// URL of the deployed application: "
            "`pulumi config set novu:bridgeUrl https://app.example.com/api/novu`.",
        )
    return bridge_url


def split_bypass(bridge_url: str) -> tuple[str, str | None]:
    """Return a bridge URL without Vercel's bypass token, and the token.

    The exact inverse of :func:`with_bypass`, because the stored URL and the declared URL are compared as text.
    """
    head, hash_mark, fragment = bridge_url.partition("#")
    base, _, query = head.partition("?")
    parameters = [(text, *map(unquote_plus, text.partition("=")[::2])) for text in query.split("&")]
    others = [text for text, name, _ in parameters if name != BYPASS_PARAMETER]
    if len(others) == len(parameters):
        return bridge_url, None
    token = next((value for _, name, value in parameters if name == BYPASS_PARAMETER and value), None)
    return base + ("?" + "&".join(others) if others else "") + hash_mark + fragment, token


def with_bypass(bridge_url: str, token: str | None) -> str:
    """Return a bridge URL with Vercel's bypass token in its query."""
    if not token:
        return bridge_url
    head, hash_mark, fragment = bridge_url.partition("#")
    return f"{head}{'&' if '?' in head else '?'}{urlencode({BYPASS_PARAMETER: token})}{hash_mark}{fragment}"


def same_origin(first: str, second: str) -> bool:
    """Return whether two URLs have the same scheme, host and port. An invalid URL has no origin."""
    try:
        return _origin(urlsplit(first)) == _origin(urlsplit(second))
    except ValueError:
        return False


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, _port(parts)


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _check(url: str, what: str, prop: str, example: str) -> None:
    fix = f"Set a complete URL, for example `pulumi config set novu:{prop} {example}`."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        _check_characters(url)
        _check_host(host or "")
    except ValueError as error:
        raise SettingsError(
            f"the {what} is invalid: {str(error).rstrip('.')}.",
            why="A character, the host name or the port has a typo.",
            fix=fix,
            prop=prop,
        ) from None
    if parts.username or parts.password:
        raise SettingsError(
            f"the {what} contains credentials (user:password@host).",
            why="The URL is stored and displayed as plain text, and Novu refuses a bridge URL with credentials.",
            fix="Remove them. Novu's API needs only the secret key. Every request to a bridge is signed, so the login "
            "can exempt the bridge's path.",
            prop=prop,
        )
    if parts.scheme not in ("http", "https"):
        raise SettingsError(
            f"the {what} {_without_secrets(url)!r} has no scheme http or https.",
            why="It was written without `https://`." if "://" not in url else "It uses another protocol.",
            fix=fix,
            prop=prop,
        )
    if not host:
        raise SettingsError(
            f"the {what} {_without_secrets(url)!r} has no host.",
            why="It has one slash too many, or it was built from an empty variable.",
            fix=fix,
            prop=prop,
        )
    if any(character.isspace() for character in url):
        raise SettingsError(
            f"the {what} {_without_secrets(url)!r} contains a space.",
            why="Other text was copied with it.",
            fix=fix,
            prop=prop,
        )


def _check_characters(url: str) -> None:
    """Check that a URL is valid text without control characters, which ``urlsplit`` removes silently.

    :raises ValueError: the URL contains a control character or half of a surrogate pair.
    """
    url.encode()
    for position, character in enumerate(url):
        if character < " " or character == "\x7f":
            raise ValueError(f"invalid control character {character!r} at position {position}")


def _check_host(host: str) -> None:
    """Check that a host name can be looked up.

    :raises ValueError: a label is empty or too long, or a character is not allowed.
    """
    if host.isascii():
        # The codec checks the length of each label. For other characters it follows an older standard than idna.
        host.encode("idna")
        return
    import idna  # noqa: PLC0415 - few hosts need it, and its tables load slowly

    idna.encode(host.lower())


def _without_secrets(url: str) -> str:
    # A URL without a scheme can contain credentials that urlsplit does not find.
    return re.sub(r"^[^/?#]*@", "…@", split_bypass(url)[0])


def bypass_digest(environment_id: str, token: str | None) -> str:
    """Return a digest of the bypass token, which reveals a rotation but not the token.

    The environment id is the key of the digest, so equal tokens have different digests in different environments.
    """
    if not token:
        return ""
    return hmac.new(environment_id.encode(), token.encode(), hashlib.sha256).hexdigest()[:16]
