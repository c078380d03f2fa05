"""What a user does after a run was killed: the next `up`, and what Pulumi requires before it."""

from __future__ import annotations

from tests.engine.stack import Stack


def up(stack: Stack) -> tuple[str, str]:
    """Run the next `up`. Return the commands that it needed, and what the engine printed."""
    needed = []
    if _cut_attributes(stack):
        # Pulumi's file backend replaces the state atomically, but not the file of its attributes. If that file is cut
        # short, every command ends with "failed to load checkpoint: EOF". Without the file, Pulumi reads the state.
        needed.append("state repair")
    result = stack.up("--skip-preview", fails=None)
    if result.exit_code and "locked" in result.output:
        # A killed engine leaves its lock.
        stack.run("cancel", "--yes")
        needed.append("cancel")
        result = stack.up("--skip-preview", fails=None)
    if not result.exit_code and stack.deployment().get("pending_operations"):
        # The engine was killed while it created resources. `up` creates them, and warns until a refresh.
        stack.refresh("--clear-pending-creates")
        needed.append("refresh")
    return " + ".join([*needed, "up"]), result.output


def _cut_attributes(stack: Stack) -> bool:
    """Remove empty attribute files. Return whether there were any."""
    cut = [path for path in stack.state.rglob("*.attrs") if not path.stat().st_size]
    for path in cut:
        path.unlink()
    return bool(cut)
