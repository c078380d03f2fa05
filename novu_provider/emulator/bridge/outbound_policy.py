"""The policy for bridge URLs that the server may call.

Novu refuses bridges on private addresses that are not allow-listed. The emulator accepts them by default, because its
bridges run on the same machine. `EmulatorConfig.allow_private_bridges = False` enables Novu's rule. Observed on Novu
3.19.0.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from novu_provider.emulator.config import EmulatorConfig

BLOCKED_MESSAGE = "The provided bridge URL is blocked by the outbound SSRF policy."

_BLOCKED_NAMES = {"localhost", "metadata.google.internal"}


class OutboundBlocked(Exception):
    """The policy blocks the URL. With `prefixed_with_field`, Novu puts `bridgeUrl: ` in front of the message."""

    def __init__(self, message: str, *, prefixed_with_field: bool) -> None:
        super().__init__(message)
        self.prefixed_with_field = prefixed_with_field


async def check_outbound(url: str, config: EmulatorConfig) -> None:
    """Raise `OutboundBlocked` if the policy blocks the URL. Resolve the host name, but open no connection."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not host:
        raise OutboundBlocked(BLOCKED_MESSAGE, prefixed_with_field=False)
    if parts.username or parts.password:
        raise OutboundBlocked("URLs with embedded credentials are not allowed.", prefixed_with_field=True)
    if not config.allow_private_bridges and host in _BLOCKED_NAMES:
        # Novu refuses these names even when they are allow-listed.
        raise OutboundBlocked(f'Requests to "{host}" are not allowed.', prefixed_with_field=True)
    addresses = await _resolve(host)
    if not addresses:
        raise OutboundBlocked(BLOCKED_MESSAGE, prefixed_with_field=False)
    if config.allow_private_bridges:
        return
    for address in addresses:
        if not _is_allowed(host, address, config.allowed_outbound):
            raise OutboundBlocked(
                f"Requests to private or reserved IP addresses are not allowed (resolved: {address}).",
                prefixed_with_field=True,
            )


def is_private_address(host: str) -> bool:
    """Return whether a host is a literal address that is not public."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


async def _resolve(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    if host.endswith(".invalid"):
        # RFC 6761 reserves this domain for hosts that do not exist, so no DNS request is needed.
        return []
    try:
        results = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(entry[4][0]) for entry in results]


def _is_allowed(host: str, address: str, allowed: tuple[str, ...]) -> bool:
    parsed = ipaddress.ip_address(address)
    if parsed.is_link_local:
        return False
    return parsed.is_global or any(_matches(entry, host, address) for entry in allowed)


def _matches(entry: str, host: str, address: str) -> bool:
    if entry.startswith("*."):
        return host.endswith(entry[1:])
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return entry == host
