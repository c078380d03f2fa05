"""Which channels of the workflows will have no integration after an update, and why."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.model.integrations import DeclaredIntegration, StoredIntegration
from novu_provider.model.registration import Registration, Step
from novu_provider.planning.channel_coverage import ChannelSteps, count_steps, find_gaps

_EMAIL = ChannelSteps("email", 2, "welcome / send")
_CHAT = ChannelSteps("chat", 1, "welcome / tell")
_INBOX = ChannelSteps("in_app", 1, "welcome / show")


def _stored(identifier: str, channel: str = "email", *, active: bool = True, primary: bool = False) -> Any:
    return StoredIntegration(f"id-{identifier}", identifier, identifier, "ses", channel, active, primary)


def _declared(identifier: str, channel: str = "email", **values: Any) -> DeclaredIntegration:
    return DeclaredIntegration(identifier, "ses", channel, **values)


_STORED_INBOX = _stored("novu-inbox-1", "in_app")
_PRIMARY, _SECOND = _stored("first", primary=True), _stored("second")


@pytest.mark.parametrize(
    ("channel_steps", "stored", "declared", "removed"),
    [
        pytest.param(_EMAIL, [_PRIMARY], [], [], id="a stored primary one"),
        pytest.param(_EMAIL, [], [_declared("new")], [], id="the first one becomes primary"),
        pytest.param(_EMAIL, [_stored("old", active=False)], [_declared("new")], [], id="beside an inactive one"),
        pytest.param(
            _EMAIL, [_PRIMARY], [_declared("new", primary=True)], ["first"], id="primary moves before the deletion"
        ),
        pytest.param(_EMAIL, [_PRIMARY], [_declared("first")], [], id="the primary one is declared"),
        pytest.param(_CHAT, [_stored("slack", "chat")], [], [], id="chat by_channel no primary one"),
        pytest.param(_CHAT, [], [_declared("slack", "chat")], [], id="a declared one for chat"),
        pytest.param(_INBOX, [_STORED_INBOX], [_declared("inbox", "in_app")], [], id="the adopted Inbox"),
    ],
)
def test_a_channel_is_covered(channel_steps: ChannelSteps, stored: Any, declared: Any, removed: Any) -> None:
    assert find_gaps([channel_steps], stored, declared, removed) == []


@pytest.mark.parametrize(
    ("channel_steps", "stored", "declared", "removed", "reason"),
    [
        (_EMAIL, [], [], [], "the channel has no integration"),
        (_INBOX, [_STORED_INBOX], [_declared("inbox", "in_app", active=False)], [], "'inbox' is inactive"),
        (_CHAT, [_stored("slack", "chat", active=False)], [], [], "'slack' is inactive"),
        (_EMAIL, [_SECOND], [], [], "'second' is active, but not primary"),
        (_EMAIL, [_SECOND], [_declared("second")], [], "'second' is active, but not primary"),
        (_EMAIL, [_PRIMARY], [_declared("first", active=False)], [], "'first' is inactive"),
        (_EMAIL, [_PRIMARY], [_declared("first", conditions=({},))], [], "'first' is active, but not primary"),
        (_EMAIL, [_PRIMARY], [], ["first"], "no longer declares 'first' (ses, email), so `up` deletes it"),
        (_EMAIL, [_PRIMARY, _SECOND], [], ["first"], "deletes it, and Novu makes no other one primary"),
        (_EMAIL, [_PRIMARY], [_declared("new")], ["first"], "deletes it, and Novu makes no other one primary"),
    ],
)  # fmt: skip
def test_a_channel_is_not_covered(
    channel_steps: ChannelSteps, stored: Any, declared: Any, removed: Any, reason: str
) -> None:
    (gap,) = find_gaps([channel_steps], stored, declared, removed)
    assert reason in str(gap)
    assert str(gap).startswith(f"Novu cannot deliver {channel_steps.channel}")


def test_the_line_adopts_what_is_there_or_shows_an_example() -> None:
    (gap,) = find_gaps([_EMAIL], [_stored("mail", active=False)])
    assert gap.line == 'novu.Integration("mail", provider_id="ses", primary=True)'
    (gap,) = find_gaps([_EMAIL], [])
    assert gap.line == (
        'novu.Integration("email", credentials=novu.SesCredentials(api_key=…, secret_key=…, region=…, from_=…, '
        "sender_name=…), primary=True)"
    )


def test_the_steps_of_each_channel_are_counted() -> None:
    steps = (
        Step(step_id="send", type="email"),
        Step(step_id="wait", type="delay"),
        Step(step_id="again", type="email"),
    )
    by_channel = count_steps([Registration(workflow_id="welcome", name="Welcome", steps=steps)])
    assert by_channel == {"email": ChannelSteps("email", 2, "welcome / send")}
    assert by_channel["email"].describe() == "2 steps, such as welcome / send"
