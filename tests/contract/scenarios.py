"""What was the case before each recorded exchange: which bridge served what, and what had been done unrecorded.

The recordings come from four servers. Each is replayed against an embedded Novu of its own, in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contract.comparison import EDITOR, Ids
from tests.contract.fake_bridge import EMPTY_SCHEMA, Answer, FakeBridge, html_answer, json_answer, step, workflow
from tests.contract.recording import ALL

Document = dict[str, Any]

_ENVIRONMENT_IDENTIFIER = re.compile(r"/data(/\d+)?/identifier")
_DASHBOARD_SCHEMAS = re.compile(r"/data/steps/\d+/controls/(dataSchema|uiSchema)")

OPAQUE: Mapping[int, tuple[re.Pattern[str], ...]] = {
    **dict.fromkeys((1, 2, 3, 17), (_ENVIRONMENT_IDENTIFIER,)),
    # Novu's control schemas for the steps of its own dashboard are not part of the embedded one.
    41: (_DASHBOARD_SCHEMAS,),
}
"""Where only types are compared, by recording, beside the editor's name."""


def opaque(number: int) -> tuple[re.Pattern[str], ...]:
    return (*OPAQUE.get(number, ()), EDITOR)


@dataclass(frozen=True, kw_only=True)
class World:
    """What a scenario works on: a client with the Development key, two bridges, the ids seen so far."""

    client: httpx.Client
    bridge: FakeBridge
    broken: FakeBridge
    ids: Ids

    def sync(self) -> None:
        response = self.client.post("/v1/bridge/sync", json={"bridgeUrl": self.bridge.url})
        assert response.status_code == 201, response.text


Preparation = Callable[[World], None]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One server's recordings: the keys it had, and what happened before which exchange."""

    first: int
    last: int
    development_key: str
    production_key: str
    before: Mapping[int, Preparation] = field(default_factory=dict)

    def numbers(self) -> list[int]:
        return [number for number in ALL if self.first <= number <= self.last]


def _key_of(number: int) -> str:
    return str(ALL[number].content["request"]["headers"]["Authorization"].removeprefix("ApiKey "))


def _serves(*workflows: Document) -> Preparation:
    def prepare(world: World) -> None:
        world.bridge.workflows = list(workflows)

    return prepare


def _serves_what_was_stored(number: int) -> Preparation:
    """Let the bridge declare what the real one did: a sync's answer holds each discovered workflow as `rawData`."""
    return _serves(*(stored["rawData"] for stored in ALL[number].data))


def _breaks(answer: Answer) -> Preparation:
    def prepare(world: World) -> None:
        world.broken.answer = answer

    return prepare


def _then(*preparations: Preparation) -> Preparation:
    def prepare(world: World) -> None:
        for preparation in preparations:
            preparation(world)

    return prepare


def _synced(world: World) -> None:
    world.sync()


_WELCOME = ALL[42].data[0]["rawData"]
_NEWS = ALL[35].data[1]["rawData"]

_FIRST = Scenario(
    first=1,
    last=199,
    development_key=_key_of(1),
    production_key=_key_of(2),
    before={
        9: _breaks(html_answer(404)),
        10: _breaks(html_answer()),
        11: _breaks(json_answer({"hello": "world"})),
        **{number: _serves_what_was_stored(number) for number in (16, 25, 26, 28, 29, 35, 37, 39, 42, 101)},
        40: _serves(),
        43: _serves({**_WELCOME, "workflowId": "made-in-ui"}),
        46: _breaks(html_answer(404)),
        47: _breaks(html_answer(405)),
        48: _breaks(html_answer(401)),
        49: _breaks(html_answer(500)),
        50: _breaks(html_answer(502)),
        51: _breaks(html_answer(503)),
        52: _breaks(html_answer(429)),
        53: _breaks(html_answer(413)),
        61: _breaks(json_answer({"message": "Signature expired", "code": "SignatureExpiredError"}, 401)),
        # The recorded answer is the text for an unknown error, so the body had no code that Novu knows.
        62: _breaks(json_answer({"message": "It broke", "code": "SomethingElse"}, 500)),
        63: _breaks(Answer(hang=True)),
        64: _breaks(Answer(drop=True)),
    },
)

_SECOND = Scenario(
    first=225,
    last=299,
    development_key=_key_of(225),
    production_key="0" * 31 + "1",
    before={
        225: _then(_serves(_WELCOME, _NEWS), _synced),
        227: _synced,
        231: _synced,
    },
)

_CONTROLS = ALL[608].data["steps"][0]["controls"]["dataSchema"]


def _w(severity: str, *, tags: list[str], steps: list[Document]) -> Document:
    return workflow("w", name="W", tags=tags, severity=severity, steps=steps, payload={"schema": EMPTY_SCHEMA})


def _learn_workflow(number: int, workflow_id: str) -> Preparation:
    """Pair the id in a recorded path with ours, where no earlier recording shows it."""

    def prepare(world: World) -> None:
        recorded = str(ALL[number].content["request"]["path"]).split("/")[3]
        assert world.ids.learn(recorded, world.client.get(f"/v2/workflows/{workflow_id}").json()["data"]["_id"])

    return prepare


def _bridge_fails(answer: Answer | None) -> Preparation:
    def prepare(world: World) -> None:
        world.bridge.answer = answer

    return prepare


_TWO_STEPS = [step("send", controls=_CONTROLS), step("sms", "sms")]

_THIRD = Scenario(
    first=601,
    last=620,
    development_key=_key_of(601),
    production_key="0" * 31 + "1",
    before={
        601: _then(_serves(_w("low", tags=["t"], steps=_TWO_STEPS)), _synced, _learn_workflow(601, "w")),
        603: _bridge_fails(json_answer({"message": "It broke"}, 500)),
        606: _bridge_fails(None),
        609: _then(_serves(_w("medium", tags=["t"], steps=_TWO_STEPS)), _synced),
        611: _synced,
    },
)

_FOURTH = Scenario(
    first=621,
    last=699,
    development_key=_key_of(621),
    production_key="0" * 31 + "1",
    before={
        627: _then(_serves(_w("none", tags=[], steps=[step("send", controls=_CONTROLS)])), _synced),
    },
)

SCENARIOS = (_FIRST, _SECOND, _THIRD, _FOURTH)
