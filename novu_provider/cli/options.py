"""Options of several subcommands, and the settings made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from pydantic.alias_generators import to_camel

from novu_provider.errors import NovuError
from novu_provider.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


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
    """Add the option of the bridge URL."""
    return click.option(
        "--bridge-url", envvar="NOVU_BRIDGE_URL", help="The bridge URL, for example http://127.0.0.1:4000/api/novu."
    )(function)


def settings(**values: Any) -> Settings:
    """Read the settings. Options override environment variables.

    :raises SettingsError: the key is missing, or a value is invalid.
    """
    return Settings.read({to_camel(name): value for name, value in values.items()}.get)


@contextmanager
def as_click_errors() -> Iterator[None]:
    """Exit with 2 on an error, because 1 means that there are differences, as in diff(1)."""
    try:
        yield
    except NovuError as error:
        raise _CommandError(str(error)) from None


class _CommandError(click.ClickException):
    exit_code = 2
