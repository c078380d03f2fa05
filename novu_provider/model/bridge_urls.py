"""The rules for the two URLs: the bridge's and Novu's."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import SplitResult, unquote_plus, urlencode, urlsplit

from novu_provider.errors import SettingsError

#: Vercel's query parameter for Protection Bypass for Automation.
BYPASS_PARAMETER = "x-vercel-protection-bypass"

REGIONS = {"us": "https://api.novu.co", "eu": "https://eu.api.novu.co"}


def is_novu_cloud(api_url: str) -> bool:
    """Say whether the API is Novu's own, in any region."""
    host = (urlsplit(api_url).hostname or "").rstrip(".")
    return host == "novu.co" or host.endswith(".novu.co")


def check_api_url(api_url: str) -> str:
    """Give the API's base URL without a trailing slash.

    :raises SettingsError: it has no scheme or host, carries credentials or a query, or is Novu Cloud without TLS.
    """
    _check(api_url, "API URL", "apiUrl", "https://api.novu.co")
    parts = urlsplit(api_url)
    if parts.query or parts.fragment:
        raise SettingsError(
            f"the API URL {_shown(api_url)} has a query or a fragment.",
            why="It was copied from a page or from a single request.",
            fix="Set the base URL alone, such as https://api.novu.co.",
            prop="apiUrl",
        )
    if is_novu_cloud(api_url) and parts.scheme != "https":
        raise SettingsError(
            f"the API URL {api_url} is Novu Cloud without TLS.",
            why="The secret key would travel in the clear.",
            fix="Write https:// in place of http://.",
            prop="apiUrl",
        )
    return api_url.rstrip("/")


def check_bridge_url(bridge_url: str, api_url: str) -> str:
    """Give the bridge URL as it was, once it is fit for Novu.

    :raises SettingsError: it has no scheme or host, carries credentials, or is not HTTPS where Novu Cloud calls it.
    """
    _check(bridge_url, "bridge URL", "bridgeUrl", "https://app.example.com/api/novu")
    if is_novu_cloud(api_url) and urlsplit(bridge_url).scheme != "https":
        raise SettingsError(
            f"the bridge URL {_shown(bridge_url)} is not HTTPS.",
            why="Novu Cloud calls the bridge over the internet with a signature made from the secret key.",
            fix="Set the https:// URL of the deployed application.",
        )
    return bridge_url


def split_bypass(bridge_url: str) -> tuple[str, str | None]:
    """Take Vercel's bypass token out of a bridge URL's query: the URL without it, and the token.

    The inverse of :func:`with_bypass`, to the letter: the stored URL is compared with the declared one as text.
    """
    head, hash_mark, fragment = bridge_url.partition("#")
    base, _, query = head.partition("?")
    parts = [(part, *map(unquote_plus, part.partition("=")[::2])) for part in query.split("&")]
    kept = [part for part, key, _ in parts if key != BYPASS_PARAMETER]
    if len(kept) == len(parts):
        return bridge_url, None
    token = next((value for _, key, value in parts if key == BYPASS_PARAMETER and value), None)
    return base + ("?" + "&".join(kept) if kept else "") + hash_mark + fragment, token


def with_bypass(bridge_url: str, token: str | None) -> str:
    """Join Vercel's bypass token to a bridge URL, for the one request that needs it."""
    if not token:
        return bridge_url
    head, hash_mark, fragment = bridge_url.partition("#")
    return f"{head}{'&' if '?' in head else '?'}{urlencode({BYPASS_PARAMETER: token})}{hash_mark}{fragment}"


def same_origin(one: str, other: str) -> bool:
    """Say whether two URLs have the same scheme, host and port; one that cannot be read has no origin."""
    try:
        first, second = urlsplit(one), urlsplit(other)
        return (first.scheme, first.hostname, _port(first)) == (second.scheme, second.hostname, _port(second))
    except ValueError:
        return False


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _check(url: str, what: str, prop: str, example: str) -> None:
    fix = f"Set a whole URL, such as {example}."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        _check_characters(url)
        _check_host(host or "")
    except ValueError as error:
        raise SettingsError(
            f"the {what} cannot be read: {str(error).rstrip('.')}.",
            why="A character, the host's name or the port is mistyped.",
            fix=fix,
            prop=prop,
        ) from None
    if parts.username or parts.password:
        raise SettingsError(
            f"the {what} carries credentials (user:password@host).",
            why="It is stored and shown in clear text, and Novu refuses a bridge URL with them.",
            fix="Leave them out. The secret key is what Novu asks for; and each request to a bridge is signed, so its "
            "path can be exempted from the login.",
            prop=prop,
        )
    if parts.scheme not in ("http", "https"):
        raise SettingsError(
            f"the {what} {_shown(url)!r} has no scheme http or https.",
            why="It was written without `https://`." if "://" not in url else "Another protocol is named.",
            fix=fix,
            prop=prop,
        )
    if not host:
        raise SettingsError(
            f"the {what} {_shown(url)!r} has no host.",
            why="A slash too many, or a variable that is empty where the URL is put together.",
            fix=fix,
            prop=prop,
        )
    if any(character.isspace() for character in url):
        raise SettingsError(
            f"the {what} {_shown(url)!r} has a space in it.",
            why="It was copied together with something else.",
            fix=fix,
            prop=prop,
        )


def _check_characters(url: str) -> None:
    """Check that a URL has no control characters, which ``urlsplit`` removes silently.

    :raises ValueError: it has one.
    """
    position = next((at for at, character in enumerate(url) if character < " " or character == "\x7f"), None)
    if position is not None:
        raise ValueError(f"invalid control character {url[position]!r} at position {position}")


def _check_host(host: str) -> None:
    """Check that a host name can be looked up.

    :raises ValueError: a label is empty or too long, or a character is not allowed.
    """
    if host.isascii():
        # The codec checks the length of each label. It would also map characters, by an older standard than idna's.
        host.encode("idna")
        return
    import idna  # noqa: PLC0415 - most hosts are ASCII, and its tables take time to load

    idna.encode(host.lower())


def _shown(url: str) -> str:
    # Without a scheme the credentials are not found as such, yet they are there.
    return re.sub(r"^[^/?#]*@", "…@", split_bypass(url)[0])


def bypass_digest(environment_id: str, token: str | None) -> str:
    """Show that a bypass token was rotated without showing it: keyed, so that equal tokens differ by environment."""
    if not token:
        return ""
    return hmac.new(environment_id.encode(), token.encode(), hashlib.sha256).hexdigest()[:16]
