"""The command ``novu-provider``. Subcommands are imported when they are called, so that ``--help`` is fast."""

from __future__ import annotations

import importlib
from typing import Any

import click

from novu_provider.errors import NovuError

#: Subcommand: (module, attribute, one line of help).
_COMMANDS = {
    "adopt": ("novu_provider.cli.adopt", "command", "Show the first plan for an environment that `novu sync` filled."),
    "ci": ("novu_provider.cli.ci", "ci", "Write the pipeline of this project for a CI system."),
    "comment": (
        "novu_provider.cli.comment",
        "comment",
        "Show a plan in a comment of the pull request.",
    ),
    "doctor": (
        "novu_provider.cli.doctor",
        "command",
        "Find problems between the bridge and Novu, with a fix for each.",
    ),
    "gateway": (
        "novu_provider.cli.gateway",
        "command",
        "Write the configuration of a gateway for several applications.",
    ),
    "init": ("novu_provider.cli.init", "command", "Make a Pulumi project for an application that serves a bridge."),
    "local": ("novu_provider.cli.local", "local", "Run the embedded Novu for demos, tests and offline work."),
    "manifest": (
        "novu_provider.cli.manifest",
        "manifest",
        "Export the manifest of a bridge to a file, and compare manifests.",
    ),
    "plan": ("novu_provider.cli.plan", "plan", "Show a Pulumi preview to reviewers as text, Markdown or JSON."),
    "promote": (
        "novu_provider.cli.promote",
        "command",
        "Copy overrides of one environment into the stack of another.",
    ),
    "show": ("novu_provider.cli.show", "show", "List the workflows of a Novu environment."),
}


class _LazyGroup(click.Group):
    """A group that imports a subcommand only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][2]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand. Show this package's errors as a message without a traceback."""
        try:
            return super().invoke(ctx)
        except NovuError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_LazyGroup)
@click.version_option(package_name="novu_provider")
def main() -> None:
    """Tools for Novu environments that Pulumi manages. They help before and after `pulumi up`."""
