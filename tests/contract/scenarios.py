"""The state before each recorded exchange: the responses of the bridges, and requests that were not recorded.

The recordings come from four servers. Each server's recordings are replayed in order against a separate emulator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contract.comparison import EDITOR_FIELDS, IdMapping
from tests.contract.fake_bridge import (
    EMPTY_SCHEMA,
    BridgeResponse,
    FakeBridge,
    html_response,
    json_response,
    step,
    workflow,
)
from tests.contract.recording import RECORDINGS

Document = dict[str, Any]

_ENVIRONMENT_IDENTIFIER = re.compile(r"/data(/\d+)?/identifier")
_INBOX_IDENTIFIER = re.compile(r"/data/0/identifier")
_DASHBOARD_SCHEMAS = re.compile(r"/data/steps/\d+/controls/(dataSchema|uiSchema)")

OPAQUE: Mapping[int, tuple[re.Pattern[str], ...]] = {
    **dict.fromkeys((1, 2, 3, 17), (_ENVIRONMENT_IDENTIFIER,)),
    # The emulator does not contain Novu's control schemas for dashboard steps.
    41: (_DASHBOARD_SCHEMAS,),
    # The first integration of an environment is the Inbox, whose identifier ends in random characters.
    **dict.fromkeys((701, 704, 707, 714, 717, 719, 721, 722, 748, 749, 801, 807), (_INBOX_IDENTIFIER,)),
    736: (re.compile(r"/data/identifier"),),
}
"""Paths at which only types are compared, by recording. `EDITOR_FIELDS` are opaque in each recording."""


def opaque_paths(number: int) -> tuple[re.Pattern[str], ...]:
    return (*OPAQUE.get(number, ()), EDITOR_FIELDS)


@dataclass(frozen=True, kw_only=True)
class ReplayContext:
    """The parts of a running replay: a client with the Development key, two bridges and the ids seen so far."""

    client: httpx.Client
    bridge: FakeBridge
    broken: FakeBridge
    ids: IdMapping

    def sync(self) -> None:
        response = self.client.post("/v1/bridge/sync", json={"bridgeUrl": self.bridge.url})
        assert response.status_code == 201, response.text


Preparation = Callable[[ReplayContext], None]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """The recordings of one server, its keys, and the preparation for each exchange."""

    first: int
    last: int
    development_key: str
    production_key: str
    before: Mapping[int, Preparation] = field(default_factory=dict)

    def numbers(self) -> list[int]:
        return [number for number in RECORDINGS if self.first <= number <= self.last]


def _key_of(number: int) -> str:
    return str(RECORDINGS[number].content["request"]["headers"]["Authorization"].removeprefix("ApiKey "))


def _bridge_declares(*workflows: Document) -> Preparation:
    def prepare(context: ReplayContext) -> None:
        context.bridge.workflows = list(workflows)

    return prepare


def _bridge_declares_raw_data_of(number: int) -> Preparation:
    """Let the bridge declare the workflows of the real one. The response of a sync contains them as `rawData`."""
    return _bridge_declares(*(stored["rawData"] for stored in RECORDINGS[number].data))


def _broken_bridge_returns(response: BridgeResponse) -> Preparation:
    def prepare(context: ReplayContext) -> None:
        context.broken.response = response

    return prepare


def _in_order(*preparations: Preparation) -> Preparation:
    def prepare(context: ReplayContext) -> None:
        for preparation in preparations:
            preparation(context)

    return prepare


def _sync(context: ReplayContext) -> None:
    context.sync()


_WELCOME = RECORDINGS[42].data[0]["rawData"]
_NEWS = RECORDINGS[35].data[1]["rawData"]

_FIRST = Scenario(
    first=1,
    last=199,
    development_key=_key_of(1),
    production_key=_key_of(2),
    before={
        9: _broken_bridge_returns(html_response(404)),
        10: _broken_bridge_returns(html_response()),
        11: _broken_bridge_returns(json_response({"hello": "context"})),
        **{number: _bridge_declares_raw_data_of(number) for number in (16, 25, 26, 28, 29, 35, 37, 39, 42, 101)},
        40: _bridge_declares(),
        43: _bridge_declares({**_WELCOME, "workflowId": "made-in-ui"}),
        46: _broken_bridge_returns(html_response(404)),
        47: _broken_bridge_returns(html_response(405)),
        48: _broken_bridge_returns(html_response(401)),
        49: _broken_bridge_returns(html_response(500)),
        50: _broken_bridge_returns(html_response(502)),
        51: _broken_bridge_returns(html_response(503)),
        52: _broken_bridge_returns(html_response(429)),
        53: _broken_bridge_returns(html_response(413)),
        61: _broken_bridge_returns(
            json_response({"message": "Signature expired", "code": "SignatureExpiredError"}, 401)
        ),
        # The recorded message is the one for unknown errors, so the body contained no code that Novu knows.
        62: _broken_bridge_returns(json_response({"message": "It broke", "code": "SomethingElse"}, 500)),
        63: _broken_bridge_returns(BridgeResponse(hang=True)),
        64: _broken_bridge_returns(BridgeResponse(drop=True)),
    },
)

_SECOND = Scenario(
    first=225,
    last=299,
    development_key=_key_of(225),
    production_key="0" * 31 + "1",
    before={
        225: _in_order(_bridge_declares(_WELCOME, _NEWS), _sync),
        227: _sync,
        231: _sync,
    },
)

_CONTROLS = RECORDINGS[608].data["steps"][0]["controls"]["dataSchema"]


def _declared_workflow(severity: str, *, tags: list[str], steps: list[Document]) -> Document:
    return workflow("w", name="W", tags=tags, severity=severity, steps=steps, payload={"schema": EMPTY_SCHEMA})


def _learn_workflow(number: int, workflow_id: str) -> Preparation:
    """Map the id in a recorded path to ours if no earlier recording contains it."""

    def prepare(context: ReplayContext) -> None:
        recorded = str(RECORDINGS[number].content["request"]["path"]).split("/")[3]
        assert context.ids.learn(recorded, context.client.get(f"/v2/workflows/{workflow_id}").json()["data"]["_id"])

    return prepare


def _bridge_returns(response: BridgeResponse | None) -> Preparation:
    def prepare(context: ReplayContext) -> None:
        context.bridge.response = response

    return prepare


_TWO_STEPS = [step("send", controls=_CONTROLS), step("sms", "sms")]

_THIRD = Scenario(
    first=601,
    last=620,
    development_key=_key_of(601),
    production_key="0" * 31 + "1",
    before={
        601: _in_order(
            _bridge_declares(_declared_workflow("low", tags=["t"], steps=_TWO_STEPS)), _sync, _learn_workflow(601, "w")
        ),
        603: _bridge_returns(json_response({"message": "It broke"}, 500)),
        606: _bridge_returns(None),
        609: _in_order(_bridge_declares(_declared_workflow("medium", tags=["t"], steps=_TWO_STEPS)), _sync),
        611: _sync,
    },
)

_FOURTH = Scenario(
    first=621,
    last=699,
    development_key=_key_of(621),
    production_key="0" * 31 + "1",
    before={
        627: _in_order(
            _bridge_declares(_declared_workflow("none", tags=[], steps=[step("send", controls=_CONTROLS)])), _sync
        ),
    },
)

_FIFTH = Scenario(first=701, last=799, development_key=_key_of(701), production_key=_key_of(743))

_SIXTH = Scenario(first=801, last=899, development_key=_key_of(801), production_key="0" * 31 + "1")

SCENARIOS = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH)
