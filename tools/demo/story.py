"""The steps of the demo: explanation, command, and expected result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tools.demo.engine import Changes
from tools.demo.stage import Stage

FIRST_RELEASE = frozenset(
    {
        "abandoned-cart",
        "back-in-stock",
        "delivery-delayed",
        "low-stock-alert",
        "order-confirmed",
        "order-shipped",
        "password-reset",
        "welcome",
    }
)
SECOND_RELEASE = FIRST_RELEASE - {"order-shipped", "abandoned-cart"} | {"order-dispatched"}

_ONE_SYNC = ("POST /v1/bridge/sync",)


@dataclass(frozen=True)
class Step:
    """One engine command with its preparation and its expected result."""

    title: str
    why: str
    command: str
    changes: Changes
    """The expected changes, applied or planned. The EnvironmentBinding is `app`."""
    before: Callable[[Stage], None] = field(default=lambda _: None)
    """An action before the command, outside Pulumi."""
    writes: tuple[str, ...] = ()
    """The exact write requests of the engine to Novu."""
    stored: frozenset[str] | None = None
    """The workflows that Novu must store afterwards, each as the bridge declares it; None skips the check."""


def _release_2(stage: Stage) -> None:
    stage.deploy(release=2)


def _edit_by_hand(stage: Stage) -> None:
    stage.note("PATCH /v2/workflows/order-confirmed: another name, and deactivated")
    stage.novu.edit("order-confirmed", name="Order confirmed (do not send!)", active=False)
    stage.note("DELETE /v2/workflows/back-in-stock")
    stage.novu.delete("back-in-stock")


_FIRST: Changes = {"app": "create", **dict.fromkeys(FIRST_RELEASE, "create")}
_SECOND: Changes = {
    "app": "update manifest",
    "welcome": "update steps",
    "order-dispatched": "create",
    "order-shipped": "delete",
    "abandoned-cart": "delete",
}
_DRIFT: Changes = {"app": "update manifest", "order-confirmed": "update active, name", "back-in-stock": "delete"}
_REPAIR: Changes = {**_DRIFT, "back-in-stock": "create"}

OPENING = (
    "Start the embedded Novu and the example bridge",
    "Both listen on loopback and use a made-up key. The stack `local` of this repository's Pulumi program stores its "
    "state in a file. Each command below runs with `--stack local` and a copy of that stack's configuration.",
)
CLOSING = (
    "Show the workflows of the environment",
    "Novu lists the eight workflows of release 1, without the deleted one and with one renamed.",
)
STEPS = (
    Step(
        "Preview the first deployment",
        "The environment is empty and the bridge declares eight workflows. The preview lists each of them. It writes "
        "nothing to Novu.",
        "preview",
        _FIRST,
    ),
    Step(
        "Apply the preview",
        "One sync request updates Novu, for any number of workflows.",
        "up",
        _FIRST,
        writes=_ONE_SYNC,
        stored=FIRST_RELEASE,
    ),
    Step(
        "Preview the next release of the application",
        "Release 2 is deployed at the same URL: `order-shipped` is now `order-dispatched`, `welcome` has another "
        "default subject, and `abandoned-cart` is removed. The preview shows each difference before it takes effect. "
        "Novu identifies workflows by id, so the renamed workflow is a new one.",
        "preview --diff",
        _SECOND,
        before=_release_2,
    ),
    Step(
        "Apply the new release",
        "The changes are those of the preview, again with one sync request.",
        "up",
        _SECOND,
        writes=_ONE_SYNC,
        stored=SECOND_RELEASE,
    ),
    Step(
        "Detect drift",
        "A colleague renames and deactivates one workflow and deletes another one through Novu's API. The refresh "
        "detects both changes. It writes nothing to Novu.",
        "refresh",
        _DRIFT,
        before=_edit_by_hand,
    ),
    Step(
        "Preview the repair",
        "The preview restores the name and `active` of the code, and creates the deleted workflow again.",
        "preview --diff",
        _REPAIR,
    ),
    Step(
        "Repair the drift",
        "After one more sync request, Novu stores the workflows of the code.",
        "up",
        _REPAIR,
        writes=_ONE_SYNC,
        stored=SECOND_RELEASE,
    ),
    Step(
        "Preview again",
        "Nothing has changed since, so the preview plans nothing, and no request writes.",
        "preview --expect-no-changes",
        {},
        stored=SECOND_RELEASE,
    ),
)
