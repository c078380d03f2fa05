"""The settings: stack configuration first, then the environment variables that Novu's users have.

Program and provider run in different processes. Both read the same sources through
:meth:`Settings.read`, so the secrets never travel in a resource's properties.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from novu_provider import urls
from novu_provider.errors import NovuError, SettingsError

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


class Settings(BaseModel):
    """What a stack says about its environment and its bridge. Immutable; :meth:`read` or :meth:`from_config` make one.

    The secrets (``secret_key``, ``bypass_token``) and where they are sent (``api_url``, ``ca_bundle``) come
    from the stack's configuration or the environment alone: the provider's process reads them there again.
    """

    model_config = ConfigDict(
        frozen=True, alias_generator=_camel, populate_by_name=True, extra="forbid", hide_input_in_errors=True
    )

    secret_key: SecretStr
    api_url: str = urls.REGIONS["us"]
    #: The deployed bridge endpoint, without Vercel's bypass token. None only where the program passes an output.
    bridge_url: str | None = None
    #: The environment's name that the key must open, such as ``Production``.
    environment: str | None = None
    bypass_token: SecretStr | None = None
    #: A PEM file of certificate authorities, for a self-hosted Novu or bridge behind a private one.
    ca_bundle: str | None = None
    #: Path of a manifest file; without it the bridge is asked.
    manifest: str | None = None
    #: Seconds to wait until the deployed bridge serves the declared manifest.
    wait_for_bridge: float = Field(default=0, ge=0, le=3600)
    #: Ids of workflows that may be deleted although this stack never managed them; True for all.
    prune_unmanaged: tuple[str, ...] | Literal[True] = ()
    #: Ids of workflows that must not be deleted; True for all.
    protect: tuple[str, ...] | Literal[True] = ()
    #: Whether a manifest of no workflows may empty the environment.
    allow_empty: bool = False
    #: The most workflows that one update may delete; None for half of the managed ones, and always one.
    max_deletions: int | None = Field(default=None, ge=0)
    #: Seconds to wait for one answer of Novu, and for a bridge's, which gets five at most. A sync gets twice as many
    #: and 0.3 for each workflow.
    timeout: float = Field(default=30, gt=0, le=600)
    #: How often a request that may be repeated is tried again; at a bridge twice at most.
    retries: int = Field(default=4, ge=0, le=10)

    @field_validator("prune_unmanaged", "protect", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        if isinstance(value, str):
            text = value.strip()
            if text.lower() in ("true", "false"):
                value = text.lower() == "true"
            elif text.startswith("["):
                value = json.loads(text)
            else:
                value = [part.strip() for part in text.split(",") if part.strip()]
        return () if value is False or value is None else value

    @field_validator("secret_key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not key.isascii() or not key.isprintable() or any(character.isspace() for character in key):
            raise ValueError("the secret key has a space, a line break or a character that no key has")
        return value

    @model_validator(mode="after")
    def _urls(self) -> Settings:
        object.__setattr__(self, "api_url", urls.check_api_url(self.api_url))
        if self.bridge_url is not None:
            bridge_url, found = urls.split_bypass(urls.check_bridge_url(self.bridge_url, self.api_url))
            object.__setattr__(self, "bridge_url", bridge_url)
            if found and self.bypass_token and found != self.bypass_token.get_secret_value():
                raise SettingsError(
                    "there are two bypass tokens, one in the bridge URL's query and another in `novu:bypassToken` "
                    "(or VERCEL_AUTOMATION_BYPASS_SECRET).",
                    why="One of them was rotated and the other forgotten.",
                    cure="Take the token out of the URL; it is joined to it when a request is made.",
                    prop="bypassToken",
                )
            if found:
                object.__setattr__(self, "bypass_token", SecretStr(found))
        return self

    @classmethod
    def read(cls, lookup: Lookup, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read the settings, from ``lookup`` first and then from environment variables.

        :param overrides: settings by their Python names that the program itself gives; None means not given.
        :raises SettingsError: the key is missing, or a value is ill-formed.
        """
        variables = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            key = _camel(name)
            value = _regional(lookup) if key == "apiUrl" else lookup(key)
            if value in (None, "") and key in VARIABLES:
                value = variables.get(VARIABLES[key], "").strip()
            if value not in (None, ""):
                values[name] = value.strip() if isinstance(value, str) else value
        values |= {name: value for name, value in overrides.items() if value is not None}
        if not values.get("secret_key"):
            raise SettingsError(
                "there is no secret key of a Novu environment.",
                why="Neither `novu:secretKey` in the stack's configuration nor NOVU_SECRET_KEY is set.",
                cure="Run `pulumi config set --secret novu:secretKey` with the key of this stack's environment "
                "(Novu dashboard, API Keys).",
                prop="secretKey",
            )
        try:
            return cls(**values)
        except ValidationError as error:
            raise _explain(error) from None

    @classmethod
    def from_config(cls, **overrides: Any) -> Settings:
        """Read the settings of the running Pulumi program's stack (namespace ``novu``).

        :param overrides: see :meth:`read`.
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
            return cls.read(config.get, **overrides)
        except NovuError as error:
            raise pulumi.RunError(str(error)) from None


def _regional(lookup: Lookup) -> Any:
    """Read the API URL, for which `novu:region` is short. Configuration goes before NOVU_API_URL in both forms."""
    api_url, region = lookup("apiUrl"), lookup("region")
    if region in (None, ""):
        return api_url
    regional = urls.REGIONS.get(str(region).lower())
    if regional is None:
        raise SettingsError(
            f"the region {region!r} is unknown.",
            why=f"Novu Cloud has {' and '.join(sorted(urls.REGIONS))}.",
            cure="Set `novu:region` to one of them; for a self-hosted Novu set `novu:apiUrl` in its place.",
            prop="region",
        )
    if api_url not in (None, "", regional):
        raise SettingsError(
            f"`novu:region` is {region} and `novu:apiUrl` is {api_url}.",
            why="The two name different servers.",
            cure="Remove one of them: `pulumi config rm novu:region` or `pulumi config rm novu:apiUrl`.",
            prop="region",
        )
    return regional


def _explain(error: ValidationError) -> NovuError:
    """Turn pydantic's first complaint into one of ours, without the value: it may be the secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    key = _camel(name)
    secret = "--secret " if key in ("secretKey", "bypassToken") else ""
    variable = f" or {VARIABLES[key]}" if key in VARIABLES else ""
    return SettingsError(
        f"the setting `novu:{key}`{variable} cannot be used: {first['msg'].removeprefix('Value error, ')}.",
        why="Something else was copied along with it." if secret else "Its value has another form than is documented.",
        cure=f"Set it anew: `pulumi config set {secret}novu:{key} …`{f'{variable}.' if variable else '.'}",
        prop=key,
    )
