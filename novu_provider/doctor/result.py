"""Results that are either a value or an error. Several checks read the same result and report different errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from novu_provider.bridge.client import BridgeResponse
from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, NovuError

T = TypeVar("T")


@dataclass(frozen=True)
class TimedResponse:
    """A response of a bridge and its duration in seconds."""

    response: BridgeResponse
    seconds: float


def attempt(function: Callable[[], T]) -> T | NovuError:
    """Call a function and return its result or its error."""
    try:
        return function()
    except NovuError as error:
        return error


def unwrap(result: T | NovuError) -> T:
    """Return the value of a result, or raise its error."""
    if isinstance(result, NovuError):
        raise result
    return result


def bridge_error_if(result: TimedResponse | NovuError, *faults: Fault) -> BridgeError | None:
    """Return the error of a bridge request if it is one of these faults."""
    return result if isinstance(result, BridgeError) and result.fault in faults else None
