"""The settings: stack configuration first, then the environment variables that Novu's users have.

Program and provider run in different processes. Both read the same sources through
:meth:`Settings.read`, so the secrets never travel in a resource's properties.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from novu_provider.errors import NovuError, SettingsError
from novu_provider.model import bridge_urls
from novu_provider.settings import parsing as values
from novu_provider.settings.parsing import Secret

#: Reads one key of the stack's configuration (without its namespace); None where it is not set.
Lookup = Callable[[str], Any]

#: Configuration keys with the environment variable that stands in for each.
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


def _setting(read: Callable[[Any], Any], default: Any = None) -> Any:
    return field(default=default, metadata={"read": read})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack says about its environment and its bridge. Immutable; :meth:`read` or :meth:`from_config` make one.

    The secrets (``secret_key``, ``bypass_token``) and where they are sent (``api_url``, ``ca_bundle``) come
    from the stack's configuration or the environment alone: the provider's process reads them there again.
    """

    secret_key: Secret = field(metadata={"read": values.key})
    api_url: str = _setting(values.text, bridge_urls.REGIONS["us"])
    #: The deployed bridge endpoint, without Vercel's bypass token. None only where the program passes an output.
    bridge_url: str | None = _setting(values.text)
    #: The environment's name that the key must open, such as ``Production``.
    environment: str | None = _setting(values.text)
    bypass_token: Secret | None = field(default=None, metadata={"read": values.secret})
    #: A PEM file of certificate authorities, for a self-hosted Novu or bridge behind a private one.
    ca_bundle: str | None = _setting(values.text)
    #: Path of a manifest file; without it the bridge is asked.
    manifest: str | None = _setting(values.text)
    #: Seconds to wait until the deployed bridge serves the declared manifest.
    wait_for_bridge: float = _setting(values.number(3600), 0.0)
    #: Ids of workflows that may be deleted although this stack never managed them; True for all.
    prune_unmanaged: tuple[str, ...] | Literal[True] = _setting(values.ids, ())
    #: Ids of workflows that must not be deleted; True for all.
    protect: tuple[str, ...] | Literal[True] = _setting(values.ids, ())
    #: Whether a manifest of no workflows may empty the environment.
    allow_empty: bool = _setting(values.flag, False)
    #: The most workflows that one update may delete; None for half of the managed ones, and always one.
    max_deletions: int | None = _setting(values.count())
    #: Workflow id -> what this environment says of it beyond the code; see :class:`novu_provider.WorkflowArgs`.
    workflows: Mapping[str, Any] = field(default_factory=dict, metadata={"read": values.mapping})
    #: Whether the bridge URLs of the agents that the bridge declares are kept as well.
    agents: bool = _setting(values.flag, True)
    #: Seconds to wait for one answer of Novu, and for a bridge's, which gets five at most. A sync gets twice as many
    #: and 0.3 for each workflow.
    timeout: float = _setting(values.number(600, above=True), 30.0)
    #: How often a request that may be repeated is tried again; at a bridge twice at most.
    retries: int = _setting(values.count(10), 4)

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is None and one.default is None:
                continue
            try:
                object.__setattr__(self, one.name, one.metadata["read"](value))
            except ValueError as error:
                raise _unusable(one.name, str(error)) from None
        self._check_urls()

    def _check_urls(self) -> None:
        object.__setattr__(self, "api_url", bridge_urls.check_api_url(self.api_url))
        if self.bridge_url is not None:
            bridge_url, found = bridge_urls.split_bypass(bridge_urls.check_bridge_url(self.bridge_url, self.api_url))
            object.__setattr__(self, "bridge_url", bridge_url)
            if found and self.bypass_token and found != self.bypass_token.get_secret_value():
                raise SettingsError(
                    "there are two bypass tokens, one in the bridge URL's query and another in `novu:bypassToken` "
                    "(or VERCEL_AUTOMATION_BYPASS_SECRET).",
                    why="One of them was rotated and the other forgotten.",
                    fix="Take the token out of the URL; it is joined to it when a request is made.",
                    prop="bypassToken",
                )
            if found:
                object.__setattr__(self, "bypass_token", Secret(found))

    def __hash__(self) -> int:
        # Of what tells settings apart in one process; a dictionary has no hash.
        return hash((self.secret_key, self.api_url, self.bridge_url))

    @classmethod
    def read(cls, lookup: Lookup, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read the settings, from ``lookup`` first and then from environment variables.

        :param overrides: settings by their Python names that the program itself gives; None means not given.
        :raises SettingsError: the key is missing, or a value is ill-formed.
        """
        variables = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for name in _names():
            key = _camel(name)
            value = _regional(lookup) if key == "apiUrl" else lookup(key)
            if value in (None, "") and key in VARIABLES:
                value = variables.get(VARIABLES[key], "").strip()
            if value not in (None, ""):
                given[name] = value.strip() if isinstance(value, str) else value
        given |= {name: value for name, value in overrides.items() if value is not None}
        if not given.get("secret_key"):
            raise SettingsError(
                "there is no secret key of a Novu environment.",
                why="Neither `novu:secretKey` in the stack's configuration nor NOVU_SECRET_KEY is set.",
                fix="Run `pulumi config set --secret novu:secretKey` with the key of this stack's environment "
                "(Novu dashboard, API Keys).",
                prop="secretKey",
            )
        for name in given:
            if name not in _names():
                raise _unusable(name, "there is no such setting")
        return cls(**given)

    @classmethod
    def from_config(cls, **overrides: Any) -> Settings:
        """Read the settings of the running Pulumi program's stack (namespace ``novu``).

        :param overrides: see :meth:`read`; without those that the resources' provider, a process of its own, reads for
            itself.
        :raises pulumi.RunError: the key is missing, or a value is ill-formed.
        """
        import pulumi  # noqa: PLC0415 - the core works without Pulumi
        from pulumi.runtime.config import is_config_secret  # noqa: PLC0415

        config = pulumi.Config("novu")
        for key in ("secretKey", "bypassToken"):
            if config.get(key) and not is_config_secret(f"novu:{key}"):
                pulumi.warn(
                    f"`novu:{key}` stands in clear text in the stack's configuration, and so in its state. "
                    f"Rotate it, and set the new one with `pulumi config set --secret novu:{key}`."
                )
        try:
            for name in overrides.keys() & _OF_THE_PROVIDER:
                raise _not_the_program_s(name)
            return cls.read(config.get, **overrides)
        except NovuError as error:
            raise pulumi.RunError(str(error)) from None


def _regional(lookup: Lookup) -> Any:
    """Read the API URL, for which `novu:region` is short. Configuration goes before NOVU_API_URL in both forms."""
    api_url, region = lookup("apiUrl"), lookup("region")
    if region in (None, ""):
        return api_url
    regional = bridge_urls.REGIONS.get(str(region).lower())
    if regional is None:
        raise SettingsError(
            f"the region {region!r} is unknown.",
            why=f"Novu Cloud has {' and '.join(sorted(bridge_urls.REGIONS))}.",
            fix="Set `novu:region` to one of them; for a self-hosted Novu set `novu:apiUrl` in its place.",
            prop="region",
        )
    if api_url not in (None, "", regional):
        raise SettingsError(
            f"`novu:region` is {region} and `novu:apiUrl` is {api_url}.",
            why="The two name different servers.",
            fix="Remove one of them: `pulumi config rm novu:region` or `pulumi config rm novu:apiUrl`.",
            prop="region",
        )
    return regional


#: What a provider's process needs before it knows of any resource.
_OF_THE_PROVIDER = {"secret_key", "bypass_token", "api_url", "ca_bundle", "timeout", "retries"}


def _not_the_program_s(name: str) -> NovuError:
    key = _camel(name)
    return SettingsError(
        f"the program gives `{name}` to `Settings.from_config`.",
        why="The resources' provider is a process of its own and reads it from the stack's configuration or a "
        "variable, so it would use another value.",
        fix=f"Leave it out and set `novu:{key}` in the stack's configuration.",
        prop=key,
    )


def _names() -> list[str]:
    return [one.name for one in fields(Settings)]


def _unusable(name: str, flaw: str) -> NovuError:
    """Give the error for a value of another form, without the value: it may be the secret."""
    key = _camel(name)
    secret = "--secret " if key in ("secretKey", "bypassToken") else ""
    variable = f" or {VARIABLES[key]}" if key in VARIABLES else ""
    return SettingsError(
        f"the setting `novu:{key}`{variable} cannot be used: {flaw}.",
        why="Something else was copied along with it." if secret else "Its value has another form than is documented.",
        fix=f"Set it anew: `pulumi config set {secret}novu:{key} …`{f'{variable}.' if variable else '.'}",
        prop=key,
    )
