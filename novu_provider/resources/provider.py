"""The base class of all dynamic providers of this package, and helpers for their checks and diffs."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CheckResult, Config, ConfigureRequest, DiffResult, ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.errors import NovuError, SettingsError, StateTooNew
from novu_provider.model import bridge_urls
from novu_provider.model.state_format import FORMAT
from novu_provider.resources.declared_inputs import IsSame, compare_declared
from novu_provider.settings import NAMESPACE, Settings, expect_known_settings
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Declaration, Session, session_for
from novu_provider.text.wording import quoted_list


class NovuProvider(ResourceProvider):
    """A dynamic provider that reads the stack configuration and works on the session of its environment.

    Each resource module has one instance, ``PROVIDER``. The state stores only a reference to that name. So `refresh`
    and `destroy` run the installed code, and need no file of the program.

    :param state_module: the module path that states store. It is frozen, see :mod:`novu_provider._state_paths`.
    """

    #: The noun for a resource in messages, and the inputs that identify it.
    noun: ClassVar[str]
    identity: ClassVar[Sequence[str]] = ()

    # The stored reference contains no secret. A secret reference would hide the other properties of the resource.
    serialize_as_secret_always = False

    _settings: Settings | NovuError

    def __init__(self, state_module: str) -> None:
        # Pickle joins the object's `__module__` and the name that `__reduce__` returns.
        self.__module__ = state_module
        self._restored: set[str] = set()

    def __reduce__(self) -> str:
        return "PROVIDER"

    def configure(self, req: ConfigureRequest) -> None:
        """Read the stack configuration, with secrets decrypted. Pulumi calls this method once per process."""
        # Without a traceback the engine prints only the message of an exception.
        sys.tracebacklimit = 0
        try:
            expect_known_settings(_configured_keys(req.config))
            self._settings = Settings.read(lambda key: req.config.get(f"{NAMESPACE}{key}"))
        except NovuError as error:
            # Raised later, by `session`: `check` can then name the property that fixes it.
            self._settings = error

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Put back declared inputs that `ignore_changes` or a transform replaced, and check the inputs."""
        comparison = compare_declared(olds, news, self.replaceable_inputs(news))
        inputs = comparison.inputs
        if comparison.failures:
            return CheckResult(inputs, comparison.failures)
        if comparison.restored:
            self._restored.add(self.describe(inputs))
            report_progress(
                f"`ignore_changes` or a transform replaces {quoted_list(comparison.restored)} of "
                f"{self.describe(inputs)}, without effect: Novu gets what the program declares"
            )
        if comparison.replaced:
            report_progress(
                f"`ignore_changes` or a transform replaces {quoted_list(comparison.replaced)} of "
                f"{self.describe(inputs)}: Novu does not get what the program declares"
            )
        return self.check_inputs(olds, inputs)

    @abstractmethod
    def check_inputs(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Check the declared inputs, and complete them."""

    def replaceable_inputs(self, _news: Mapping[str, Any]) -> Mapping[str, IsSame]:
        """Return the inputs that `ignore_changes` may leave as they are, each with its comparison."""
        return {}

    def describe(self, props: Mapping[str, Any]) -> str:
        """Return the noun of a resource and its identity, for messages."""
        identity = "/".join(str(props.get(key)) for key in self.identity)
        return f"the {self.noun} {identity!r}" if identity else f"the {self.noun}"

    def was_restored(self, props: Mapping[str, Any]) -> bool:
        """Whether `check` restored a declared input. The engine's own comparison still uses the replaced value."""
        return self.describe(props) in self._restored

    def session(self) -> Session:
        """Return the session of this process.

        :raises SettingsError: the configuration has no valid secret key.
        """
        if isinstance(self._settings, NovuError):
            raise self._settings
        return session_for(self._settings)

    def session_for_state(self, props: Mapping[str, Any]) -> Session:
        """Return the session, if its key opens the environment that the state of a resource names.

        :raises StateTooNew: a newer version of this package wrote the state.
        :raises WrongEnvironment: the key opens another environment.
        """
        read_state_format(props)
        session = self.session()
        session.environment(props["environmentId"])
        return session

    def declare(self, *declarations: Declaration) -> None:
        """Record the declarations of the running program, so that a resource removed from it does not delete them."""
        # A missing key must not hide the plan here: the check of EnvironmentBinding reports it.
        with suppress(NovuError):
            self.session().declare(declarations)


def _configured_keys(config: Config) -> Iterable[str]:
    """Return the keys of the stack's configuration, with their namespaces."""
    # The class has no public list of its keys. A test fails if a new version of the SDK renames this attribute.
    return config._props


def is_known(value: Any) -> bool:
    """Whether the value of a property is known in this preview."""
    return not isinstance(value, pulumi.output.Unknown)


def is_fully_known(value: Any) -> bool:
    """Whether the value of a property is known in this preview, including all values inside it."""
    if isinstance(value, Mapping):
        return all(is_fully_known(entry) for entry in value.values())
    if isinstance(value, list):
        return all(is_fully_known(entry) for entry in value)
    return is_known(value)


def diff_result(
    olds: Mapping[str, Any], news: Mapping[str, Any], identity: Sequence[str], *, changes: bool | None
) -> DiffResult:
    """Build the result of a diff. If an identity property changed, the resource is replaced.

    :param identity: the properties that identify what the resource manages.
    :param changes: whether other properties changed. With None, the engine compares the inputs. Its own comparison is
        the only one from which it prints just the changed properties.
    """
    replaces = [key for key in identity if news[key] != olds.get(key)]
    # The engine ignores `replaces` unless `changes` is true.
    return DiffResult(changes=True if replaces else changes, replaces=replaces)


def inputs_from_outputs(outputs: Mapping[str, Any], *computed: str) -> dict[str, Any]:
    """Return the inputs among the outputs of a resource.

    :param computed: the outputs that the provider computes, except ``format``.
    """
    return {key: value for key, value in outputs.items() if key not in (*computed, "format", PROVIDER_KEY)}


def read_state_format(outputs: Mapping[str, Any]) -> int:
    """Return the state format of a resource.

    :raises StateTooNew: a newer version of this package wrote the state.
    """
    state_format = int(outputs.get("format") or FORMAT)
    if state_format > FORMAT:
        raise StateTooNew(
            f"this stack's state has the format {state_format}; the installed novu_provider reads up to {FORMAT}.",
            why="A newer version of novu_provider updated the stack.",
            fix="Install the newer version the way you installed this one, for example from a newer checkout: "
            "`pip install <checkout>`.",
        )
    return state_format


def check_url(session: Session, bridge_url: Any) -> None:
    """Refuse a bridge URL that Novu cannot call, or that contains the bypass token.

    :raises SettingsError: the URL is refused.
    """
    if not is_known(bridge_url):
        return
    bridge_urls.check_bridge_url(bridge_url, session.settings.api_url)
    if bridge_urls.split_bypass(bridge_url)[0] != bridge_url:
        raise SettingsError(
            "the bridge URL that the program passes contains Vercel's bypass token.",
            why="Pulumi stores and prints the properties of a resource, and the token is a secret.",
            fix="Pass the URL without the token and run `pulumi config set --secret novu:bypassToken`.",
            # With a property, the engine would print the property's value.
            prop="",
        )
