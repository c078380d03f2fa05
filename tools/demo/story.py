"""The steps of the demo: what each shows and why, its command, and what must have happened at its end."""

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
    """One command of the engine with what leads to it and what follows from it."""

    title: str
    why: str
    command: str
    changes: Changes
    """What the command has to change, or to announce. The binding of the environment is called `app`."""
    before: Callable[[Stage], None] = field(default=lambda _: None)
    """What happens before the command, outside Pulumi."""
    writes: tuple[str, ...] = ()
    """The requests by which the engine has to write to Novu, no other and no more."""
    holds: frozenset[str] | None = None
    """The workflows that Novu has to hold afterwards, each as the bridge declares it; None where they are not asked."""


def _release_2(stage: Stage) -> None:
    stage.deploy(release=2)


def _edit_by_hand(stage: Stage) -> None:
    stage.note("PATCH /v2/workflows/order-confirmed: another name, and deactivated")
    stage.novu.edit("order-confirmed", name="Order confirmed (do not send!)", active=False)
    stage.note("DELETE /v2/workflows/back-in-stock")
    stage.novu.delete("back-in-stock")


_FIRST: Changes = {"app": "create", **dict.fromkeys(FIRST_RELEASE, "create")}
_SECOND: Changes = {
    "app": "update workflows",
    "welcome": "update steps",
    "order-dispatched": "create",
    "order-shipped": "delete",
    "abandoned-cart": "delete",
}
_DRIFT: Changes = {"app": "update workflows", "order-confirmed": "update active, name", "back-in-stock": "delete"}
_REPAIR: Changes = {**_DRIFT, "back-in-stock": "create"}

OPENING = (
    "Start the embedded Novu and the example bridge",
    "Both listen on loopback, with a made-up key. The stack `local` of this repository's own Pulumi program keeps its "
    "state in a file; each command below runs with `--stack local` and a copy of that stack's configuration.",
)
CLOSING = (
    "Show what the environment holds",
    "As Novu lists it: eight workflows of release 1, less one, one under another name.",
)
STEPS = (
    Step(
        "Preview the first deployment",
        "The environment is empty and the bridge declares eight workflows. The preview names each of them, and "
        "Novu is only read.",
        "preview",
        _FIRST,
    ),
    Step(
        "Create what the preview named",
        "However many workflows there are, one sync call brings Novu to the state of the bridge.",
        "up",
        _FIRST,
        writes=_ONE_SYNC,
        holds=FIRST_RELEASE,
    ),
    Step(
        "Preview the next release of the application",
        "Release 2 is deployed at the same URL: `order-shipped` is called `order-dispatched` now, `welcome` has "
        "another default subject, `abandoned-cart` is gone. The preview shows each difference before it reaches "
        "anybody; Novu only knows ids, so the new name is a new workflow.",
        "preview --diff",
        _SECOND,
        before=_release_2,
    ),
    Step(
        "Bring the environment to the new release",
        "Exactly what the preview showed, again with one sync call.",
        "up",
        _SECOND,
        writes=_ONE_SYNC,
        holds=SECOND_RELEASE,
    ),
    Step(
        "Find what somebody changed behind Pulumi's back",
        "A colleague with the key renames and deactivates one workflow and deletes another, through Novu's own "
        "API. The refresh finds both, and writes nothing to Novu.",
        "refresh",
        _DRIFT,
        before=_edit_by_hand,
    ),
    Step(
        "Preview the repair",
        "Against the bridge, the code's name and `active` come back, and the deleted workflow is created.",
        "preview --diff",
        _REPAIR,
    ),
    Step(
        "Repair it",
        "One sync call more, and Novu holds what the code declares.",
        "up",
        _REPAIR,
        writes=_ONE_SYNC,
        holds=SECOND_RELEASE,
    ),
    Step(
        "Preview once more",
        "Nothing has changed since, so nothing is planned, and not one request writes.",
        "preview --expect-no-changes",
        {},
        holds=SECOND_RELEASE,
    ),
)
