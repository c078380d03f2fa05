"""What both dynamic providers share: configuration, serialisation, and errors without tracebacks."""

from __future__ import annotations

import base64
import copy
import functools
import pickle
import pickletools
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import pulumi
from pulumi.dynamic import ConfigureRequest, DiffResult, ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.errors import NovuError, SettingsError, StateTooNew
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import FORMAT
from novu_provider.settings import Settings
from novu_provider.sync.session import Claim, Session, session


class NovuProvider(ResourceProvider):
    """A dynamic provider that finds its environment's session in the stack's configuration.

    Each module of a resource has one, ``PROVIDER``, which carries nothing: it is pickled by that name into the state,
    so `refresh` and `destroy` run the installed code, without the program's files.
    """

    # The pickled reference holds nothing secret, and a secret one would hide the resource's other properties.
    serialize_as_secret_always = False

    _settings: Settings | NovuError

    def __reduce__(self) -> str:
        return "PROVIDER"

    def configure(self, req: ConfigureRequest) -> None:
        """Read the stack's configuration, secrets decrypted; called once in a process."""
        # Errors are part of the interface: the engine prints what an exception prints, less its traceback.
        sys.tracebacklimit = 0
        try:
            self._settings = Settings.read(lambda key: req.config.get(f"novu:{key}"))
        except NovuError as error:
            # Raised where it is needed: `check` can name the property that cures it.
            self._settings = error

    def session(self) -> Session:
        """Give the process's session.

        :raises SettingsError: the configuration has no usable key.
        """
        if isinstance(self._settings, NovuError):
            raise self._settings
        settings = self._settings
        return session(lambda: settings)

    def remembered(self, props: Mapping[str, Any]) -> Session:
        """Give the session of the environment that a resource's state remembers.

        :raises StateTooNew: a newer version of this package wrote the state.
        :raises WrongEnvironment: the key opens another environment.
        """
        check_format(props)
        session = self.session()
        session.environment(props["environmentId"])
        return session

    def claim(self, *claims: Claim) -> None:
        """Note what the running program declares, so that no resource that left it deletes that in Novu."""
        # Without a key the plan still shows; the binding's check names what is missing.
        with suppress(NovuError):
            self.session().claim(claims)


class NovuResource(pulumi.CustomResource):
    """A resource whose provider is serialised once per process.

    The SDK's own ``pulumi.dynamic.Resource`` serialises at each resource, and after some 313 of them ends in a
    RecursionError (SDK 3.272).
    """

    def __init__(
        self,
        kind: str,
        provider: NovuProvider,
        name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        with _no_stack_trace():
            super().__init__(
                f"pulumi-python:dynamic/novu:{kind}", name, {**props, PROVIDER_KEY: _serialized(provider)}, opts
            )
        _leave_to_the_registration(self)


@contextmanager
def _no_stack_trace() -> Iterator[None]:
    """Keep the callers of a constructor out of the state, where the SDK (3.272) has them written with each resource.

    They would be two fifths of a workflow's state, which the engine writes anew after each step, and name paths of the
    machine. The SDK asks for the whole stack unless this limit is set, and sends none where it does not get as far as a
    third constructor.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = _SDK_FRAMES
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


#: The frames of the SDK's own: two constructors, the registration, the function that looks at the stack.
_SDK_FRAMES = 4


def _leave_to_the_registration(resource: pulumi.Resource) -> None:
    """Let the program's end wait for the resource's registration alone, which settles all of its outputs.

    The SDK (3.272) waits for each output beside, and looks at all that are left whenever one is settled: the square of
    resources times properties, a third of the time of 1,000 workflows. It leaves out outputs that others derive from in
    the same way; an SDK that has no such way just takes its time.
    """
    for output in vars(resource).values():
        if isinstance(output, pulumi.Output) and hasattr(output, "_untrack"):
            output._untrack()


@functools.cache
def _serialized(provider: NovuProvider) -> str:
    # By reference, and in the shortest form: it stands in each resource's inputs and outputs.
    return base64.b64encode(pickletools.optimize(pickle.dumps(provider, protocol=2))).decode()


def known(value: Any) -> bool:
    """Say whether a property's value is known in this preview."""
    return not isinstance(value, pulumi.output.Unknown)


def known_throughout(value: Any) -> bool:
    """Say whether a property's value is known in this preview, with all that is inside it."""
    if isinstance(value, Mapping):
        return all(known_throughout(entry) for entry in value.values())
    if isinstance(value, list):
        return all(known_throughout(entry) for entry in value)
    return known(value)


def difference(
    olds: Mapping[str, Any], news: Mapping[str, Any], identity: Sequence[str], *, changes: bool
) -> DiffResult:
    """Compare a resource with what is declared of it: with another identity it is another one, and replaced."""
    replaces = [key for key in identity if news[key] != olds.get(key)]
    # Without changes the engine does not look at what is to be replaced.
    return DiffResult(changes=changes or bool(replaces), replaces=replaces)


def inputs_of(outputs: Mapping[str, Any], *computed: str) -> dict[str, Any]:
    """Give the inputs among outputs, without what the provider computed."""
    return {key: value for key, value in outputs.items() if key not in (*computed, "format", PROVIDER_KEY)}


def left_alone(opts: pulumi.ResourceOptions | None, prop: str, *, renamed: bool) -> dict[str, Any]:
    """Give the inputs that tell a provider that a property is left to people by ``ignore_changes``, where it is."""
    if prop not in (getattr(opts, "ignore_changes", None) or ()):
        return {}
    return {"left": True, "renamed": True} if renamed else {"left": True}


def check_format(outputs: Mapping[str, Any]) -> int:
    """Give the format of a resource, unless a newer version of this package wrote it.

    :raises StateTooNew: its format is newer than this version's.
    """
    found = int(outputs.get("format") or FORMAT)
    if found > FORMAT:
        raise StateTooNew(
            f"this stack's state has the format {found}; the installed novu_provider reads up to {FORMAT}.",
            why="A newer version of novu_provider updated the stack.",
            cure="Install that version or a newer one: `pip install --upgrade novu_provider`.",
        )
    return found


def check_url(session: Session, bridge_url: Any) -> None:
    """Refuse a bridge URL that Novu cannot call, or that has the bypass token in it.

    :raises SettingsError: it is such a one.
    """
    if not known(bridge_url):
        return
    bridge_urls.check_bridge_url(bridge_url, session.settings.api_url)
    if bridge_urls.split_bypass(bridge_url)[0] != bridge_url:
        raise SettingsError(
            "the bridge URL that the program passes carries Vercel's bypass token.",
            why="A resource's properties are stored and shown; the token is a secret.",
            cure="Pass the URL without it and run `pulumi config set --secret novu:bypassToken`.",
            # The engine would show the property's value.
            prop="",
        )


Operation = TypeVar("Operation", bound=Callable[..., Any])

_told: set[str] = set()
_told_lock = threading.Lock()


def told_once(operation: Operation) -> Operation:
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
    again.what, again.why, again.cure = f"{error.what} (Another error here says why, and what to do.)", "", ""
    return again


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn this package's errors into Pulumi's clean end of a program: the message without a traceback."""
    try:
        yield
    except NovuError as error:
        raise pulumi.RunError(str(error)) from None
