"""The settings of a stack, from its configuration and from environment variables.

The program and the resource provider run in different processes. Both read the same sources with
:meth:`Settings.read`, so no resource property contains a secret.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from novu_provider.errors import NovuError, SettingsError
from novu_provider.model import bridge_urls
from novu_provider.settings import parsing
from novu_provider.settings.parsing import Secret
from novu_provider.settings.unknown import SECRETS, unknown_settings
from novu_provider.text.suggestions import nearest_name

#: Returns the value of one configuration key (without its namespace), or None if it is not set.
Lookup = Callable[[str], Any]

#: The namespace of all settings in a stack's configuration.
NAMESPACE = "novu:"

#: The environment variable that is read if a configuration key is not set.
VARIABLES = {
    "secretKey": "NOVU_SECRET_KEY",
    "bridgeUrl": "NOVU_BRIDGE_URL",
    "apiUrl": "NOVU_API_URL",
    "bypassToken": "VERCEL_AUTOMATION_BYPASS_SECRET",
    "caBundle": "NOVU_CA_BUNDLE",
}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _setting(parse: Callable[[Any], Any], default: Any = None) -> Any:
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a stack for its environment and its bridge. :meth:`from_config` reads them in a program.

    A program cannot pass the secrets (``secret_key``, ``bypass_token``) and their destination (``api_url``,
    ``ca_bundle``). The provider's process reads them again from the stack's configuration and the environment.
    """

    secret_key: Secret = field(metadata={"parse": parsing.key})
    api_url: str = _setting(parsing.text, bridge_urls.REGIONS["us"])
    #: The URL of the deployed bridge, without Vercel's bypass token. None only if the program passes an output instead.
    bridge_url: str | None = _setting(parsing.text)
    #: The name of the environment that the key must open, such as ``Production``.
    environment: str | None = _setting(parsing.text)
    bypass_token: Secret | None = field(default=None, metadata={"parse": parsing.secret})
    #: A PEM file of private certificate authorities that signed the certificate of a self-hosted Novu or the bridge.
    ca_bundle: str | None = _setting(parsing.text)
    #: The path of a manifest file. Without it, the manifest comes from the bridge.
    manifest: str | None = _setting(parsing.text)
    #: The time to wait until the deployed bridge serves the declared manifest, in seconds.
    wait_for_bridge: float = _setting(parsing.number(3600), 0.0)
    #: A bridge URL that a sync may replace, although another stack or `novu sync` set it.
    replace_bridge_url: str | None = _setting(parsing.text)
    #: Ids of unmanaged workflows that a sync may delete. True stands for all of them.
    prune_unmanaged: tuple[str, ...] | Literal[True] = _setting(parsing.ids, ())
    #: Ids of workflows that a sync must not delete. True stands for all of them.
    protect: tuple[str, ...] | Literal[True] = _setting(parsing.ids, ())
    #: Whether a manifest without workflows may empty the environment.
    allow_empty: bool = _setting(parsing.flag, False)
    #: The maximum number of workflows that one update may delete. None means half of the managed ones, at least one.
    max_deletions: int | None = _setting(parsing.count())
    #: Workflow id -> settings of the workflow in this environment; see :class:`novu_provider.WorkflowArgs`.
    workflows: Mapping[str, Any] = field(default_factory=dict, metadata={"parse": parsing.mapping})
    #: Applications behind a gateway that may be down. Their workflows stay as they are. True stands for all of them.
    keep_applications: tuple[str, ...] | Literal[True] = _setting(parsing.ids, ())
    #: Whether the stack manages the bridge URLs of the agents that the bridge declares.
    agents: bool = _setting(parsing.flag, True)
    #: The timeout of a request in seconds. Bridge requests are capped at 5 s. A sync may take 2 × timeout + 0.3 s per
    #: workflow.
    timeout: float = _setting(parsing.number(600, above=True), 30.0)
    #: The number of retries of an idempotent request. Bridge requests have at most 2.
    retries: int = _setting(parsing.count(10), 4)

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if value is None and setting.default is None:
                continue
            try:
                object.__setattr__(self, setting.name, setting.metadata["parse"](value))
            except ValueError as error:
                raise _invalid(setting.name, str(error)) from None
        self._check_urls()

    def _check_urls(self) -> None:
        object.__setattr__(self, "api_url", bridge_urls.check_api_url(self.api_url))
        if self.bridge_url is not None:
            bridge_url, token = bridge_urls.split_bypass(bridge_urls.check_bridge_url(self.bridge_url, self.api_url))
            object.__setattr__(self, "bridge_url", bridge_url)
            if token and self.bypass_token and token != self.bypass_token.get_secret_value():
                raise SettingsError(
                    "there are two bypass tokens: one in the bridge URL, another one in `novu:bypassToken` (or "
                    "VERCEL_AUTOMATION_BYPASS_SECRET).",
                    why="Probably only one of them was rotated.",
                    fix="Remove the token from the URL. Requests add the token of `novu:bypassToken`.",
                    prop="bypassToken",
                )
            if token:
                object.__setattr__(self, "bypass_token", Secret(token))

    def __hash__(self) -> int:
        # Not all fields are hashable. These distinguish the settings within one process.
        return hash((self.secret_key, self.api_url, self.bridge_url))

    @classmethod
    def read(cls, lookup: Lookup, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read the settings from ``lookup``, or from environment variables where ``lookup`` returns nothing.

        :param overrides: settings that the program passes, by their Python names. None stands for no value.
        :raises SettingsError: the secret key is missing, or a value is invalid.
        """
        variables = os.environ if environ is None else environ
        settings: dict[str, Any] = {}
        for name in _NAMES:
            key = _camel(name)
            value = _api_url(lookup) if key == "apiUrl" else lookup(key)
            if value in (None, "") and key in VARIABLES:
                value = variables.get(VARIABLES[key], "").strip()
            if isinstance(value, str):
                # A path keeps the form in which Python opens files.
                value = value.strip() if key in _PATHS else parsing.as_unicode(value).strip()
            if value not in (None, ""):
                settings[name] = value
        settings |= {name: value for name, value in overrides.items() if value is not None}
        if not settings.get("secret_key"):
            raise SettingsError(
                "there is no secret key of a Novu environment.",
                why="Neither `novu:secretKey` in the stack's configuration nor NOVU_SECRET_KEY is set.",
                fix="Run `pulumi config set --secret novu:secretKey` with the key of this stack's environment "
                "(Novu dashboard, API Keys).",
                prop="secretKey",
            )
        for name in settings.keys() - set(_NAMES):
            raise _unknown_override(name)
        return cls(**settings)

    @classmethod
    def from_config(cls, **overrides: Any) -> Settings:
        """Read the settings of the running Pulumi program's stack (namespace ``novu``).

        :param overrides: as in :meth:`read`, except for settings that the provider's process reads itself.
        :raises pulumi.RunError: the secret key is missing, or a value is invalid.
        """
        import pulumi  # noqa: PLC0415 - the commands read settings without Pulumi
        from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret  # noqa: PLC0415

        config = pulumi.Config("novu")
        for key in SECRETS:
            if config.get(key) and not is_config_secret(f"novu:{key}"):
                pulumi.warn(
                    f"`novu:{key}` is stored as plain text in the stack's configuration and in its state. "
                    f"Rotate it, and set the new value with `pulumi config set --secret novu:{key}`."
                )
        try:
            for name in overrides.keys() & _READ_BY_PROVIDER:
                raise _cannot_pass(name)
            expect_known_settings([*CONFIG.get(), *get_config_env()])
            return cls.read(config.get, **overrides)
        except NovuError as error:
            raise pulumi.RunError(str(error)) from None


def expect_known_settings(configuration: Iterable[str], stack: str | None = None) -> None:
    """Check that every key of the namespace ``novu`` is a setting.

    :param configuration: the keys of a stack's configuration, with their namespaces.
    :param stack: the name of the stack, for messages. None stands for the selected stack.
    :raises SettingsError: a key is no setting, probably because of a typo.
    """
    keys = [key.removeprefix(NAMESPACE) for key in configuration if key.startswith(NAMESPACE)]
    for error in unknown_settings(keys, KEYS, stack):
        raise error


def _api_url(lookup: Lookup) -> Any:
    """Return the configured API URL. `novu:region` is a short form of it."""
    api_url, region = lookup("apiUrl"), lookup("region")
    if region in (None, ""):
        return api_url
    url_of_region = bridge_urls.REGIONS.get(str(region).lower())
    if url_of_region is None:
        raise SettingsError(
            f"the region {region!r} is unknown.",
            why=f"Novu Cloud has the regions {' and '.join(sorted(bridge_urls.REGIONS))}.",
            fix="Run `pulumi config set novu:region eu` (or us). For a self-hosted Novu, set `novu:apiUrl` instead.",
            prop="region",
        )
    if api_url not in (None, "") and bridge_urls.strip_version(str(api_url)) != url_of_region:
        raise SettingsError(
            f"`novu:region` is {region} and `novu:apiUrl` is {api_url}.",
            why="The two settings name different servers.",
            fix="Remove one of them: `pulumi config rm novu:region` or `pulumi config rm novu:apiUrl`.",
            prop="region",
        )
    return url_of_region


_PATHS = {"caBundle", "manifest"}

#: Settings that the provider's process reads itself, before it receives any resource.
_READ_BY_PROVIDER = {"secret_key", "bypass_token", "api_url", "ca_bundle", "timeout", "retries"}


def _cannot_pass(name: str) -> NovuError:
    key = _camel(name)
    return SettingsError(
        f"the program passes `{name}` to `Settings.from_config`.",
        why="The resource provider runs in its own process. It reads this setting from the stack's configuration or "
        "from a variable, so it would use another value.",
        fix=f"Remove the argument, and run `pulumi config set novu:{key} <value>`.",
        prop=key,
    )


_NAMES = tuple(setting.name for setting in fields(Settings))

#: The keys of all settings in a stack's configuration, without the namespace.
KEYS = frozenset({*map(_camel, _NAMES), "region"})


def _unknown_override(name: str) -> NovuError:
    nearest = nearest_name(name, _NAMES)
    return SettingsError(
        f"the argument `{name}` of the settings does not exist.",
        why=f"Probably `{nearest}` was meant." if nearest else "novu_provider has no such setting.",
        fix=f"Use one of the arguments {', '.join(_NAMES)}.",
        prop=_camel(name),
    )


def _invalid(name: str, flaw: str) -> NovuError:
    """Return the error for an invalid value. It does not contain the value, which may be a secret."""
    key = _camel(name)
    secret = "--secret " if key in SECRETS else ""
    variable = f" or {VARIABLES[key]}" if key in VARIABLES else ""
    return SettingsError(
        f"the setting `novu:{key}`{variable} is invalid: {flaw}.",
        why="Other text was copied with the value." if secret else "The value does not have the documented form.",
        fix=f"Set it again: `pulumi config set {secret}novu:{key} <value>`{variable}.",
        prop=key,
    )
