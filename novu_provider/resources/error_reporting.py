"""How this package's errors appear in the output of the engine: without traceback, and in full only once."""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pulumi

from novu_provider.errors import NovuError

Operation = TypeVar("Operation", bound=Callable[..., Any])

_reported: set[str] = set()
_reported_lock = threading.Lock()


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn an error of this package into ``pulumi.RunError``, which Pulumi prints without a traceback."""
    try:
        yield
    except NovuError as error:
        raise pulumi.RunError(str(error)) from None


def report_once(operation: Operation) -> Operation:
    """Decorate an operation so that an error is printed in full once, and in one line for each other resource.

    For example, a rejected key fails the `refresh` and the `destroy` of every resource.
    """

    @functools.wraps(operation)
    def run(*arguments: Any) -> Any:
        try:
            return operation(*arguments)
        except NovuError as error:
            raise _short_form_if_reported(error) or error from None

    return run  # type: ignore[return-value]


def _short_form_if_reported(error: NovuError) -> NovuError | None:
    with _reported_lock:
        if str(error) not in _reported:
            _reported.add(str(error))
            return None
    short = copy.copy(error)
    short.what, short.why, short.fix = (
        f"{error.what} (Another error in this output gives the reason and the fix.)",
        "",
        "",
    )
    return short
