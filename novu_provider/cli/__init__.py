"""The command ``novu-provider``. Each subcommand is loaded when it is called, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
from typing import Any

import click

from novu_provider.errors import NovuError

#: Subcommand -> (module, attribute, one line of help).
_COMMANDS = {
    "adopt": ("novu_provider.cli.adopt", "command", "Show the first plan for an environment that a sync filled."),
    "doctor": ("novu_provider.cli.doctor", "command", "Say what is wrong between bridge and Novu, and the fix."),
    "local": ("novu_provider.cli.local", "local", "Start the embedded Novu for demos, tests and offline work."),
    "manifest": (
        "novu_provider.cli.manifest",
        "manifest",
        "Write the manifest of a running bridge to a file; compare.",
    ),
    "plan": ("novu_provider.cli.plan", "plan", "Show a preview to reviewers: as text, Markdown or JSON."),
    "promote": (
        "novu_provider.cli.promote",
        "command",
        "Take what people set in one environment into another one's stack.",
    ),
    "show": ("novu_provider.cli.show", "show", "Show what a Novu environment holds."),
}


class _Lazy(click.Group):
    """A group that imports a subcommand only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands."""
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
        """Run a subcommand; this package's errors end it with their message and no traceback."""
        try:
            return super().invoke(ctx)
        except NovuError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Lazy)
@click.version_option(package_name="novu_provider")
def main() -> None:
    """Keep Novu environments equal to their bridges. The main job is `pulumi up`; these commands help around it."""
