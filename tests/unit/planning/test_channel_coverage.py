"""Which channels of the workflows will have no integration after an update, and why."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.model.integrations import DeclaredIntegration, StoredIntegration
from novu_provider.model.registration import Registration, Step
from novu_provider.planning.channel_coverage import Need, find_gaps, find_needs

_NEED = Need("email", 2, "welcome / send")
_CHAT = Need("chat", 1, "welcome / tell")
_INBOX = Need("in_app", 1, "welcome / show")


def _stored(identifier: str, channel: str = "email", *, active: bool = True, primary: bool = False) -> Any:
    return StoredIntegration(f"id-{identifier}", identifier, identifier, "ses", channel, active, primary)


def _declared(identifier: str, channel: str = "email", **values: Any) -> DeclaredIntegration:
    return DeclaredIntegration(identifier, "ses", channel, **values)


_STORED_INBOX = _stored("novu-inbox-1", "in_app")
_PRIMARY, _SECOND = _stored("first", primary=True), _stored("second")


@pytest.mark.parametrize(
    ("need", "stored", "declared", "removed"),
    [
        pytest.param(_NEED, [_PRIMARY], [], [], id="a stored primary one"),
        pytest.param(_NEED, [], [_declared("new")], [], id="the first one becomes primary"),
        pytest.param(_NEED, [_stored("old", active=False)], [_declared("new")], [], id="beside an inactive one"),
        pytest.param(
            _NEED, [_PRIMARY], [_declared("new", primary=True)], ["first"], id="primary moves before the deletion"
        ),
        pytest.param(_NEED, [_PRIMARY], [_declared("first")], [], id="the primary one is declared"),
        pytest.param(_CHAT, [_stored("slack", "chat")], [], [], id="chat needs no primary one"),
        pytest.param(_CHAT, [], [_declared("slack", "chat")], [], id="a declared one for chat"),
        pytest.param(_INBOX, [_STORED_INBOX], [_declared("inbox", "in_app")], [], id="the adopted Inbox"),
    ],
)
def test_a_channel_is_covered(need: Need, stored: Any, declared: Any, removed: Any) -> None:
    assert find_gaps([need], stored, declared, removed) == []


@pytest.mark.parametrize(
    ("need", "stored", "declared", "removed", "reason"),
    [
        (_NEED, [], [], [], "the channel has no integration"),
        (_INBOX, [_STORED_INBOX], [_declared("inbox", "in_app", active=False)], [], "'inbox' is inactive"),
        (_CHAT, [_stored("slack", "chat", active=False)], [], [], "'slack' is inactive"),
        (_NEED, [_SECOND], [], [], "'second' is active, but not primary"),
        (_NEED, [_SECOND], [_declared("second")], [], "'second' is active, but not primary"),
        (_NEED, [_PRIMARY], [_declared("first", active=False)], [], "'first' is inactive"),
        (_NEED, [_PRIMARY], [_declared("first", conditions=({},))], [], "'first' is active, but not primary"),
        (_NEED, [_PRIMARY], [], ["first"], "no longer declares 'first' (ses, email), so `up` deletes it"),
        (_NEED, [_PRIMARY, _SECOND], [], ["first"], "deletes it, and Novu makes no other one primary"),
        (_NEED, [_PRIMARY], [_declared("new")], ["first"], "deletes it, and Novu makes no other one primary"),
    ],
)  # fmt: skip
def test_a_channel_is_not_covered(need: Need, stored: Any, declared: Any, removed: Any, reason: str) -> None:
    (gap,) = find_gaps([need], stored, declared, removed)
    assert reason in str(gap)
    assert str(gap).startswith(f"Novu cannot deliver {need.channel}")


def test_the_line_adopts_what_is_there_or_shows_an_example() -> None:
    (gap,) = find_gaps([_NEED], [_stored("mail", active=False)])
    assert gap.line == 'novu.Integration("mail", provider_id="ses", primary=True)'
    (gap,) = find_gaps([_NEED], [])
    assert gap.line == (
        'novu.Integration("email", credentials=novu.SesCredentials(api_key=…, secret_key=…, region=…, from_=…, '
        "sender_name=…), primary=True)"
    )


def test_needs_count_the_steps_of_each_channel() -> None:
    steps = (
        Step(step_id="send", type="email"),
        Step(step_id="wait", type="delay"),
        Step(step_id="again", type="email"),
    )
    needs = find_needs([Registration(workflow_id="welcome", name="Welcome", steps=steps)])
    assert needs == {"email": Need("email", 2, "welcome / send")}
    assert needs["email"].describe() == "2 steps, such as welcome / send"
