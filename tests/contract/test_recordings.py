"""Each exchange recorded from a real Novu 3.19.0, replayed against the embedded one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.comparison import Ids, differences
from tests.contract.fake_bridge import closed_port, fake_bridge
from tests.contract.recording import ALL, LEFT_OUT, Recording
from tests.contract.scenarios import SCENARIOS, Scenario, World, opaque

_HANGING = {63}
"""Recordings in which a bridge says nothing: replayed with a short timeout, on a server of their own."""

Results = dict[int, list[str]]


def _replay(scenario: Scenario) -> Results:
    config = EmulatorConfig(
        development_key=scenario.development_key,
        production_key=scenario.production_key,
        # The recorded server had 127.0.0.1, and not 127.0.0.2, on its allow-list.
        allow_private_bridges=False,
        allowed_outbound=("127.0.0.1",),
        bridge_retry_delay=0,
    )
    key = {"Authorization": f"ApiKey {scenario.development_key}"}
    results: Results = {}
    with (
        Emulator(config) as novu,
        httpx.Client(base_url=novu.url, headers=key, trust_env=False) as client,
        fake_bridge() as bridge,
        fake_bridge("/x") as broken,
        closed_port() as closed,
    ):
        world = World(client=client, bridge=bridge, broken=broken, ids=Ids())
        ports = {"127.0.0.1:34001": bridge.port, "127.0.0.1:34003": broken.port, "127.0.0.1:34999": closed}
        for number in scenario.numbers():
            if number in LEFT_OUT:
                continue
            if number in scenario.before:
                scenario.before[number](world)
            text = ALL[number].text
            for recorded, ours in ports.items():
                text = text.replace(recorded, f"127.0.0.1:{ours}")
            exchange = json.loads(text)
            with Emulator(replace(config, bridge_timeout=0.05)) if number in _HANGING else nullcontext(novu) as server:
                response = _send(server, exchange["request"], world.ids)
            results[number] = list(_compare(number, exchange, response, world.ids))
    return results


def _send(novu: Emulator, request: dict[str, Any], ids: Ids) -> httpx.Response:
    body = None if request["body"] is None else json.loads(ids.translate(json.dumps(request["body"])))
    # Nothing to verify on loopback; without it no certificates are read for each request.
    with httpx.Client(base_url=novu.url, trust_env=False, verify=False) as client:
        return client.request(
            request["method"],
            ids.translate(request["path"]),
            json=body,
            # A header does not end in a space on the wire (RFC 9110), whatever the recording client was told.
            headers={name: value.strip() for name, value in request["headers"].items()},
        )


def _compare(number: int, exchange: dict[str, Any], response: httpx.Response, ids: Ids) -> Iterator[str]:
    if response.status_code != exchange["status"]:
        yield f"status: recorded {exchange['status']}, got {response.status_code}"
    recorded_type = exchange.get("headers", {}).get("Content-Type")
    if recorded_type is not None and response.headers.get("content-type") != recorded_type:
        yield f"content type: recorded {recorded_type}, got {response.headers.get('content-type')}"
    body = response.json() if response.content else ""
    expected = exchange["body"]
    if isinstance(expected, dict) and isinstance(expected.get("path"), str):
        expected["path"] = ids.translate(expected["path"])
    yield from differences(expected, body, ids, opaque=opaque(number))


@pytest.fixture(scope="module")
def replayed() -> Callable[[int], list[str]]:
    done: Results = {}

    def result(number: int) -> list[str]:
        if number not in done:
            scenario = next(scenario for scenario in SCENARIOS if number in scenario.numbers())
            done.update(_replay(scenario))
        return done[number]

    return result


@pytest.mark.parametrize(
    "recording", [recording for number, recording in ALL.items() if number not in LEFT_OUT], ids=str
)
def test_answers_as_recorded(recording: Recording, replayed: Callable[[int], list[str]]) -> None:
    assert not (found := replayed(recording.number)), "\n".join(found)


def test_every_recording_is_replayed_or_left_out_for_a_reason() -> None:
    in_scenarios = [number for scenario in SCENARIOS for number in scenario.numbers()]
    assert sorted(in_scenarios) == sorted(ALL)
    assert set(LEFT_OUT) < set(ALL)
