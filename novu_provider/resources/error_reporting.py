"""How this package's errors appear in the output of the engine: without traceback, and in full only once."""

from __future__ import annotations

import copy
import functools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pulumi

from novu_provider.errors import NovuError

Operation = TypeVar("Operation", bound=Callable[..., Any])

#: Ids, commands, URLs and numbers in a text: they differ between resources that fail for the same reason.
_NAMES = re.compile(r"'[^']*'|`[^`]*`|https?://\S+|\d+")

#: The first error of each cause, by the key of :func:`_cause`.
_reported: dict[tuple[str, ...], NovuError] = {}
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

    For example, a rejected key fails the `refresh` and the `destroy` of every resource. The errors have the same cause
    if they differ only in names, such as the workflow that an older Novu does not delete.
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
        cause = _cause(error)
        # Not by identity: the session raises one remembered error for every resource.
        if cause not in _reported:
            _reported[cause] = error
            return None
        first = _reported[cause]
    short = copy.copy(error)
    what = "this resource failed with the same error as another one." if error.what == first.what else error.what
    short.what, short.why, short.fix = f"{what} (Another error in this output gives the reason and the fix.)", "", ""
    return short


def _cause(error: NovuError) -> tuple[str, ...]:
    """Return the class of an error, with its reason and its fix without names."""
    if not (error.why or error.fix):
        return (type(error).__name__, error.what)
    return (type(error).__name__, _NAMES.sub("…", error.why), _NAMES.sub("…", error.fix))
