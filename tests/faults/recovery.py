"""What a user does after a run was killed: the next `up`, and beside it only what Pulumi itself demands."""

from __future__ import annotations

from tests.engine.stack import Stack


def up(stack: Stack) -> tuple[str, str]:
    """Run the next `up`. Say what was needed for it, and what the engine printed."""
    needed = []
    if _cut_attributes(stack):
        # Pulumi's file backend replaces the state at one stroke, but not the attributes that it keeps beside it; cut
        # short they end every command with "failed to load checkpoint: EOF". Without them the state is read as it is.
        needed.append("state repair")
    result = stack.up(fails=None)
    if result.exit_code and "locked" in result.output:
        # The lock of an engine that was killed stays.
        stack.run("cancel", "--yes")
        needed.append("cancel")
        result = stack.up(fails=None)
    if not result.exit_code and stack.export()["deployment"].get("pending_operations"):
        # Resources that were being created when the engine was killed: `up` creates them and warns until a refresh.
        stack.refresh("--clear-pending-creates")
        needed.append("refresh")
    return " + ".join([*needed, "up"]), result.output


def _cut_attributes(stack: Stack) -> bool:
    """Remove attributes that are empty, and say whether there were any."""
    cut = [path for path in stack.state.rglob("*.attrs") if not path.stat().st_size]
    for path in cut:
        path.unlink()
    return bool(cut)
