"""What lies outside of this process: the network, the names, the clocks. Tests replace it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from novu_provider.http import client


def resolve(host: str) -> list[str]:
    """Give the addresses of a name as this machine knows them, none where it does not resolve."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class System:
    """What lies outside of this process; tests replace it.

    :param network: makes what carries requests, given the path of a CA bundle.
    :param resolve: gives the addresses of a host's name.
    :param clock: seconds that only grow. :param now: seconds since 1970.
    """

    network: Callable[[str | None], httpx.BaseTransport] = client.network_transport
    resolve: Callable[[str], list[str]] = resolve
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
