"""Options that several subcommands share, and how they become settings."""

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
    """Add the options that say where Novu is. The key comes from NOVU_SECRET_KEY: a command line is no secret."""
    for option in (
        # Their variables are read with the other settings': there `--region` goes before NOVU_API_URL.
        click.option("--api-url", help="Novu's API, or NOVU_API_URL; default https://api.novu.co."),
        click.option("--region", type=click.Choice(["us", "eu"]), help="Novu Cloud's region, in place of --api-url."),
        click.option("--ca-bundle", help="PEM file of a private certificate authority, or NOVU_CA_BUNDLE."),
    ):
        function = option(function)
    return function


def bridge_url(function: F) -> F:
    """Add the option that says where the bridge is."""
    return click.option(
        "--bridge-url", envvar="NOVU_BRIDGE_URL", help="The bridge endpoint, such as http://127.0.0.1:4000/api/novu."
    )(function)


def settings(**values: Any) -> Settings:
    """Read the settings from options first, then from the environment variables.

    :raises SettingsError: the key is missing, or a value is ill-formed.
    """
    return Settings.read({to_camel(name): value for name, value in values.items()}.get)


@contextmanager
def as_click_errors() -> Iterator[None]:
    """Keep the status of a difference, 1 as of diff(1), apart from that of a failure to find one, 2."""
    try:
        yield
    except NovuError as error:
        raise _UsageFailure(str(error)) from None


class _UsageFailure(click.ClickException):
    exit_code = 2
