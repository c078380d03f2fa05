"""Comparing preference overrides before and after Novu completed them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.data.preferences import CHANNELS as EMULATOR_CHANNELS
from novu_provider.emulator.data.preferences import full_preferences
from novu_provider.model import preferences
from novu_provider.model.workflow_args import CHANNELS, Preferences

RECORDINGS = Path(__file__).parents[2] / "contract" / "recordings"


def recorded(number: str) -> Any:
    (path,) = RECORDINGS.glob(f"{number}-*.json")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"all": {"enabled": False}},
        {"all": {"readOnly": True}},
        {"channels": {"email": {"enabled": False}}},
        {"all": {"enabled": False, "readOnly": True}, "channels": {"inApp": {"enabled": True}}},
    ],
)
def test_an_override_equals_the_one_that_novu_completed(declared: dict[str, Any]) -> None:
    document = Preferences.model_validate(declared).document()
    assert preferences.are_same(document, full_preferences(document))
    assert preferences.are_same(declared, full_preferences(document))


def test_a_recorded_override_equals_the_one_that_novu_completed() -> None:
    exchange = recorded("633")
    assert preferences.are_same(
        exchange["request"]["body"]["preferences"]["user"], exchange["body"]["data"]["preferences"]["user"]
    )


@pytest.mark.parametrize(
    "other",
    [
        {"all": {"enabled": False}},
        {"all": {"readOnly": True}},
        {"channels": {"email": {"enabled": False}}},
        {"channels": {"inApp": {"enabled": False}}},
    ],
)
def test_a_change_of_any_part_is_a_difference(other: dict[str, Any]) -> None:
    assert not preferences.are_same({}, full_preferences(Preferences.model_validate(other).document()))


def test_an_empty_override_differs_from_no_override() -> None:
    assert not preferences.are_same({}, None)


def test_a_channel_that_novu_adds_is_no_difference() -> None:
    stored = full_preferences({"all": {"enabled": False}})
    stored["channels"]["hologram"] = {"enabled": False}
    assert preferences.are_same({"all": {"enabled": False}}, stored)


def test_the_channels_are_those_of_novu() -> None:
    assert set(CHANNELS) == set(EMULATOR_CHANNELS)
    assert set(CHANNELS) == set(recorded("633")["body"]["data"]["preferences"]["default"]["channels"])
