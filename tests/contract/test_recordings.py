"""Replays each exchange that was recorded from a real Novu 3.19.0 against the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.comparison import IdMapping, compare
from tests.contract.fake_bridge import closed_port, fake_bridge
from tests.contract.recording import NOT_REPLAYED, RECORDINGS, Recording
from tests.contract.scenarios import SCENARIOS, ReplayContext, Scenario, opaque_paths

_HANGING = {63}
"""Recordings with a bridge that never responds. They are replayed with a short timeout on a separate emulator."""

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
        httpx.Client(base_url=novu.url, headers=key, trust_env=False, verify=False) as client,
        fake_bridge() as bridge,
        fake_bridge("/x") as broken,
        closed_port() as closed,
    ):
        context = ReplayContext(client=client, bridge=bridge, broken=broken, ids=IdMapping())
        ports = {"127.0.0.1:34001": bridge.port, "127.0.0.1:34003": broken.port, "127.0.0.1:34999": closed}
        for number in scenario.numbers():
            if number in NOT_REPLAYED:
                continue
            if number in scenario.before:
                scenario.before[number](context)
            text = RECORDINGS[number].text
            for recorded, ours in ports.items():
                text = text.replace(recorded, f"127.0.0.1:{ours}")
            exchange = json.loads(text)
            with Emulator(replace(config, bridge_timeout=0.05)) if number in _HANGING else nullcontext(novu) as server:
                response = _send(server, exchange["request"], context.ids)
            results[number] = list(_compare(number, exchange, response, context.ids))
    return results


def _send(novu: Emulator, request: dict[str, Any], ids: IdMapping) -> httpx.Response:
    body = None if request["body"] is None else json.loads(ids.translate(json.dumps(request["body"])))
    # Loopback needs no verification. It would load the certificates for each request.
    with httpx.Client(base_url=novu.url, trust_env=False, verify=False) as client:
        return client.request(
            request["method"],
            ids.translate(request["path"]),
            json=body,
            # HTTP (RFC 9110) does not allow a header value to end in a space, unlike the recorded request.
            headers={name: value.strip() for name, value in request["headers"].items()},
        )


def _compare(number: int, exchange: dict[str, Any], response: httpx.Response, ids: IdMapping) -> Iterator[str]:
    if response.status_code != exchange["status"]:
        yield f"status: recorded {exchange['status']}, got {response.status_code}"
    recorded_type = exchange.get("headers", {}).get("Content-Type")
    if recorded_type is not None and response.headers.get("content-type") != recorded_type:
        yield f"content type: recorded {recorded_type}, got {response.headers.get('content-type')}"
    body = response.json() if response.content else ""
    expected = exchange["body"]
    if isinstance(expected, dict) and isinstance(expected.get("path"), str):
        expected["path"] = ids.translate(expected["path"])
    yield from compare(expected, body, ids, opaque=opaque_paths(number))


@pytest.fixture(scope="module")
def replayed() -> Callable[[int], list[str]]:
    results: Results = {}

    def result(number: int) -> list[str]:
        if number not in results:
            scenario = next(scenario for scenario in SCENARIOS if number in scenario.numbers())
            results.update(_replay(scenario))
        return results[number]

    return result


@pytest.mark.parametrize(
    "recording", [recording for number, recording in RECORDINGS.items() if number not in NOT_REPLAYED], ids=str
)
def test_the_response_is_as_recorded(recording: Recording, replayed: Callable[[int], list[str]]) -> None:
    assert not (differences := replayed(recording.number)), "\n".join(differences)


def test_every_recording_is_replayed_or_listed_with_a_reason() -> None:
    in_scenarios = [number for scenario in SCENARIOS for number in scenario.numbers()]
    assert sorted(in_scenarios) == sorted(RECORDINGS)
    assert set(NOT_REPLAYED) < set(RECORDINGS)
