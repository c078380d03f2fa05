"""Which bridge URLs the server may call.

Novu refuses bridges on private addresses unless they are allow-listed. Here they are accepted by default, since an
embedded Novu is used with bridges on the same machine. `EmulatorConfig.allow_private_bridges = False` brings the rule
back. Observed on Novu 3.19.0.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from novu_provider.emulator.config import EmulatorConfig

BLOCKED = "The provided bridge URL is blocked by the outbound SSRF policy."

_NEVER_BY_NAME = {"localhost", "metadata.google.internal"}


class OutboundBlocked(Exception):
    """The URL must not be called. `names_field` says whether Novu puts `bridgeUrl: ` in front of the text."""

    def __init__(self, message: str, *, names_field: bool) -> None:
        super().__init__(message)
        self.names_field = names_field


async def check_outbound(url: str, config: EmulatorConfig) -> None:
    """Raise `OutboundBlocked` unless the URL may be called. Resolves the host name, opens no connection."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not host:
        raise OutboundBlocked(BLOCKED, names_field=False)
    if parts.username or parts.password:
        raise OutboundBlocked("URLs with embedded credentials are not allowed.", names_field=True)
    if not config.allow_private_bridges and host in _NEVER_BY_NAME:
        # Novu refuses these names even when they are allow-listed.
        raise OutboundBlocked(f'Requests to "{host}" are not allowed.', names_field=True)
    addresses = await _resolve(host)
    if not addresses:
        raise OutboundBlocked(BLOCKED, names_field=False)
    if config.allow_private_bridges:
        return
    for address in addresses:
        if not _may_reach(host, address, config.allowed_outbound):
            raise OutboundBlocked(
                f"Requests to private or reserved IP addresses are not allowed (resolved: {address}).",
                names_field=True,
            )


async def _resolve(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    if host.endswith(".invalid"):
        # RFC 6761 reserves the name for hosts that do not exist: nobody needs to be asked.
        return []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(entry[4][0]) for entry in found]


def _may_reach(host: str, address: str, allowed: tuple[str, ...]) -> bool:
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
