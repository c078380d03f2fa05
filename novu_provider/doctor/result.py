"""What was asked for, or the error in its place: kept as a value, since several checks tell its reasons apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from novu_provider.bridge.client import BridgeResponse
from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, NovuError

T = TypeVar("T")


@dataclass(frozen=True)
class Timed:
    """An answer and the seconds that it took."""

    answer: BridgeResponse
    seconds: float


def attempt(ask: Callable[[], T]) -> T | NovuError:
    """Give what was asked for, or the error in its place."""
    try:
        return ask()
    except NovuError as error:
        return error


def unwrap(found: T | NovuError) -> T:
    """Give what was asked for, or raise the error in its place."""
    if isinstance(found, NovuError):
        raise found
    return found


def bridge_error_if(found: Timed | NovuError, *faults: Fault) -> BridgeError | None:
    """Give the error of a request to the bridge if it is one of these faults."""
    return found if isinstance(found, BridgeError) and found.fault in faults else None
