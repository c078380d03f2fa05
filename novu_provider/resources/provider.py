"""What both dynamic providers share: configuration, serialisation, and errors without tracebacks."""

from __future__ import annotations

import copy
import functools
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import pulumi
from pulumi.dynamic import ConfigureRequest, DiffResult, ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.errors import NovuError, SettingsError, StateTooNew
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import FORMAT
from novu_provider.settings import Settings
from novu_provider.sync.session import Declaration, Session, session_for


class NovuProvider(ResourceProvider):
    """A dynamic provider that finds its environment's session in the stack's configuration.

    Each module of a resource has one, ``PROVIDER``, which carries nothing: it is pickled by that name into the state,
    so `refresh` and `destroy` run the installed code, without the program's files.

    :param state_module: the module path that states name. It is frozen: :mod:`novu_provider._state_paths`.
    """

    # The pickled reference holds nothing secret, and a secret one would hide the resource's other properties.
    serialize_as_secret_always = False

    _settings: Settings | NovuError

    def __init__(self, state_module: str) -> None:
        # Pickle completes the name that `__reduce__` returns with the object's own `__module__`.
        self.__module__ = state_module

    def __reduce__(self) -> str:
        return "PROVIDER"

    def configure(self, req: ConfigureRequest) -> None:
        """Read the stack's configuration, secrets decrypted; called once in a process."""
        # Errors are part of the interface: the engine prints what an exception prints, less its traceback.
        sys.tracebacklimit = 0
        try:
            self._settings = Settings.read(lambda key: req.config.get(f"novu:{key}"))
        except NovuError as error:
            # Raised where it is needed: `check` can name the property that fixes it.
            self._settings = error

    def session(self) -> Session:
        """Give the process's session.

        :raises SettingsError: the configuration has no usable key.
        """
        if isinstance(self._settings, NovuError):
            raise self._settings
        return session_for(self._settings)

    def session_for_state(self, props: Mapping[str, Any]) -> Session:
        """Give the session of the environment that a resource's state remembers.

        :raises StateTooNew: a newer version of this package wrote the state.
        :raises WrongEnvironment: the key opens another environment.
        """
        check_format(props)
        session = self.session()
        session.environment(props["environmentId"])
        return session

    def declare(self, *claims: Declaration) -> None:
        """Note what the running program declares, so that no resource that left it deletes that in Novu."""
        # Without a key the plan still shows; the binding's check names what is missing.
        with suppress(NovuError):
            self.session().declare(claims)


def is_known(value: Any) -> bool:
    """Say whether a property's value is known in this preview."""
    return not isinstance(value, pulumi.output.Unknown)


def is_fully_known(value: Any) -> bool:
    """Say whether a property's value is known in this preview, with all that is inside it."""
    if isinstance(value, Mapping):
        return all(is_fully_known(entry) for entry in value.values())
    if isinstance(value, list):
        return all(is_fully_known(entry) for entry in value)
    return is_known(value)


def diff_result(
    olds: Mapping[str, Any], news: Mapping[str, Any], identity: Sequence[str], *, changes: bool
) -> DiffResult:
    """Compare a resource with what is declared of it: with another identity it is another one, and replaced."""
    replaces = [key for key in identity if news[key] != olds.get(key)]
    # Without changes the engine does not look at what is to be replaced.
    return DiffResult(changes=changes or bool(replaces), replaces=replaces)


def inputs_from_outputs(outputs: Mapping[str, Any], *computed: str) -> dict[str, Any]:
    """Give the inputs among outputs, without what the provider computed."""
    return {key: value for key, value in outputs.items() if key not in (*computed, "format", PROVIDER_KEY)}


def check_format(outputs: Mapping[str, Any]) -> int:
    """Give the format of a resource, unless a newer version of this package wrote it.

    :raises StateTooNew: its format is newer than this version's.
    """
    found = int(outputs.get("format") or FORMAT)
    if found > FORMAT:
        raise StateTooNew(
            f"this stack's state has the format {found}; the installed novu_provider reads up to {FORMAT}.",
            why="A newer version of novu_provider updated the stack.",
            fix="Install the newer version the way you installed this one, for example from a newer checkout: "
            "`pip install <checkout>`.",
        )
    return found


def check_url(session: Session, bridge_url: Any) -> None:
    """Refuse a bridge URL that Novu cannot call, or that has the bypass token in it.

    :raises SettingsError: it is such a one.
    """
    if not is_known(bridge_url):
        return
    bridge_urls.check_bridge_url(bridge_url, session.settings.api_url)
    if bridge_urls.split_bypass(bridge_url)[0] != bridge_url:
        raise SettingsError(
            "the bridge URL that the program passes carries Vercel's bypass token.",
            why="A resource's properties are stored and shown; the token is a secret.",
            fix="Pass the URL without it and run `pulumi config set --secret novu:bypassToken`.",
            # The engine would show the property's value.
            prop="",
        )


Operation = TypeVar("Operation", bound=Callable[..., Any])

_told: set[str] = set()
_told_lock = threading.Lock()


def report_once(operation: Operation) -> Operation:
    """Let an operation's error be told in full by the first resource that meets it, and in one line by the others.

    A wrong key fails the `refresh` and the `destroy` of every resource alike.
    """

    @functools.wraps(operation)
    def run(*arguments: Any) -> Any:
        try:
            return operation(*arguments)
        except NovuError as error:
            raise _told_before(error) or error from None

    return run  # type: ignore[return-value]


def _told_before(error: NovuError) -> NovuError | None:
    with _told_lock:
        if str(error) not in _told:
            _told.add(str(error))
            return None
    again = copy.copy(error)
    again.what, again.why, again.fix = f"{error.what} (Another error here says why, and what to do.)", "", ""
    return again
