"""Options of several subcommands, and the settings made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic.alias_generators import to_camel

from novu_provider.cli.stack import configuration
from novu_provider.errors import NovuError
from novu_provider.settings import NAMESPACE, Settings, expect_known_settings

#: Replaces Novu's API in the settings of commands that call only a bridge. It is never called.
_NO_NOVU = {"api_url": "http://127.0.0.1", "region": None}

F = TypeVar("F", bound=Callable[..., Any])

_Directory = click.Path(exists=True, file_okay=False, path_type=Path)


def connection(function: F) -> F:
    """Add the options of the connection to Novu. There is none for the key, because others can read command lines."""
    for option in (
        # Settings.read reads their variables, because `--region` must override NOVU_API_URL.
        click.option("--api-url", help="URL of Novu's API, or NOVU_API_URL. Default: https://api.novu.co."),
        click.option("--region", type=click.Choice(["us", "eu"]), help="Novu Cloud's region, instead of --api-url."),
        click.option("--ca-bundle", help="PEM file of a private certificate authority, or NOVU_CA_BUNDLE."),
    ):
        function = option(function)
    return function


def bridge_url(function: F) -> F:
    """Add the option of the bridge URL. Settings.read reads its variable."""
    return click.option(
        "--bridge-url", help="The bridge URL, for example http://127.0.0.1:4000/api/novu. Or NOVU_BRIDGE_URL."
    )(function)


def stack(function: F) -> F:
    """Add the options that read the settings of a Pulumi stack. :func:`stack_settings` reads them."""
    for option in (
        click.option("--cwd", type=_Directory, help="The Pulumi project. Without --stack: its selected stack."),
        click.option("--stack", help="Read settings from this Pulumi stack. Options override them; variables do not."),
    ):
        function = option(function)
    return function


def stack_settings(stack: str | None, cwd: Path | None) -> dict[str, Any]:
    """Return the settings of the stack that the options name, by their names in a configuration.

    :raises SettingsError: the Pulumi CLI is not installed, or there is no such stack.
    """
    return configuration(stack, cwd or Path.cwd()) if stack or cwd else {}


def override(configured: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a stack, overridden by the options that were passed.

    :param options: values by the Python names of their settings. None stands for an option that was not passed.
    """
    passed = {to_camel(name): value for name, value in options.items() if value is not None}
    # Both name Novu's API. Together they would be two servers.
    replaced = {"apiUrl", "region"} if passed.keys() & {"apiUrl", "region"} else set()
    return {name: value for name, value in configured.items() if name not in replaced} | passed


def settings(*, stack: str | None = None, cwd: Path | None = None, **options: Any) -> Settings:
    """Read the settings. Options override the stack's configuration, which overrides environment variables.

    :raises SettingsError: the key is missing, a value is invalid, or the stack cannot be read.
    """
    configured = stack_settings(stack, cwd)
    expect_known_settings((f"{NAMESPACE}{name}" for name in configured), stack)
    return Settings.read(override(configured, options).get)


def bridge_settings(values: Mapping[str, Any]) -> Settings:
    """Read the settings of a command that calls a bridge and never Novu.

    Novu Cloud calls bridges over HTTPS only. A build job exports the manifest of a bridge on its own machine.
    """
    return settings(**{**values, **_NO_NOVU})


@contextmanager
def as_click_errors() -> Iterator[None]:
    """Exit with 2 on an error, because 1 means that there are differences, as in diff(1)."""
    try:
        yield
    except NovuError as error:
        raise _CommandError(str(error)) from None


class _CommandError(click.ClickException):
    exit_code = 2
