"""The network, name resolution and the clocks of this machine. Tests replace them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from novu_provider.http import client


def resolve(host: str) -> list[str]:
    """Return the addresses of a host name, or an empty list if it does not resolve."""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


@dataclass(frozen=True)
class System:
    """The network, name resolution and the clocks.

    :param network: returns a transport for the path of a CA bundle.
    :param resolve: returns the addresses of a host name.
    :param clock: monotonic seconds.
    :param now: seconds since 1970.
    """

    network: Callable[[str | None], httpx.BaseTransport] = client.network_transport
    resolve: Callable[[str], list[str]] = resolve
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
