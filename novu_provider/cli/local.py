"""The command `novu-provider local`."""

from __future__ import annotations

import signal
import sqlite3
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from novu_provider.emulator.config import DEVELOPMENT_KEY, PRODUCTION_KEY, EmulatorConfig
from novu_provider.emulator.releases import RELEASES
from novu_provider.emulator.server import Emulator


@click.command("local", epilog="Exit status: 0 stopped, 1 error, 2 usage error.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, help="Port to listen on; 0 for any free port.")
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".novu-local.sqlite3"),
    show_default=True,
    help="File of the database.",
)
@click.option("--reset", is_flag=True, help="Start with an empty database.")
@click.option(
    "--release", type=click.Choice(sorted(RELEASES)), help="Emulate an older Novu by its month. Default: 3.19.0."
)
@click.option("--development-key", default=DEVELOPMENT_KEY, help="Secret key of Development.")
@click.option("--production-key", default=PRODUCTION_KEY, help="Secret key of Production.")
@click.option("--workflow-limit", default=100, show_default=True, help="Maximum workflows per environment.")
@click.option("--step-limit", default=20, show_default=True, help="Maximum steps per workflow.")
@click.option(
    "--rate-limit", type=click.IntRange(min=1), help="Requests per second and environment. Novu's free plan allows 30."
)
@click.option(
    "--sync-cost",
    type=click.FloatRange(min=0),
    default=0,
    metavar="MS",
    help="Milliseconds per synced workflow. A real server takes about 65.",
)
@click.option("--strict-ssrf", is_flag=True, help="Refuse bridges on private addresses, as Novu does.")
@click.option("--allow", multiple=True, metavar="HOST", help="With --strict-ssrf: address, CIDR, host or *.suffix.")
def local(
    *,
    host: str,
    port: int,
    database: Path,
    reset: bool,
    release: str | None,
    development_key: str,
    production_key: str,
    workflow_limit: int,
    step_limit: int,
    rate_limit: int | None,
    sync_cost: float,
    strict_ssrf: bool,
    allow: tuple[str, ...],
) -> None:
    """Run the embedded Novu until Ctrl+C.

    It responds as Novu 3.19.0 does, delivers no notification, and needs no network. It writes only its database file.
    Open its URL in a browser to see its workflows.
    """
    config = EmulatorConfig(
        **RELEASES.get(release or "", {}),
        database=str(database),
        reset=reset,
        development_key=development_key,
        production_key=production_key,
        workflow_limit=workflow_limit,
        step_limit=step_limit,
        rate_limit=rate_limit,
        sync_cost_ms=sync_cost,
        allow_private_bridges=not strict_ssrf,
        allowed_outbound=allow,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Emulator(config, host=host, port=port)
        with server:
            _announce(server)
            while not stop.wait(timeout=1):
                # Windows ignores Ctrl+C during a wait without a timeout.
                pass
    except OSError as error:
        raise click.ClickException(
            f"the embedded Novu cannot listen on {host}:{port} ({error.strerror}).\n"
            "  Why: Another program may use the port.\n"
            "  Fix: Choose another port with --port."
        ) from error
    except sqlite3.Error as error:
        raise click.ClickException(
            f"the database {database} cannot be opened ({error}).\n"
            "  Why: Its directory does not exist, or the file is not a database of the embedded Novu.\n"
            "  Fix: Choose another file with --database."
        ) from error


def _announce(server: Emulator) -> None:
    table = Table("Environment", "Secret key")
    for name, key in server.config.keys().items():
        table.add_row(name, key)
    console = Console()
    # On one line even in a narrow terminal, so that a script can read the URL.
    console.print(
        f"Embedded Novu {server.config.version} at [bold]{server.url}[/bold], stored in {server.config.database}",
        soft_wrap=True,
    )
    console.print(table)
    # Only a browser on this machine opens the page, whatever the server listens on.
    page = server.url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    console.print(f"Open {page} in a browser to see syncs, edit workflows and render previews.", soft_wrap=True)
    console.print("Stop it with Ctrl+C.")
