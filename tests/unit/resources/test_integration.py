"""The provider of integrations, against the emulator: what each operation writes, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig
from novu_provider.emulator.releases import RELEASES
from novu_provider.errors import NovuError
from novu_provider.model.integrations import StoredIntegration
from novu_provider.resources import error_reporting
from novu_provider.resources.integration_provider import IntegrationProvider
from novu_provider.settings import Settings
from novu_provider.sync import integrations
from novu_provider.sync.session import Session
from tests.contract.recording import RECORDINGS

_PASSWORD = "made-up-password-0001"
_SMTP = {"host": "127.0.0.1", "port": 2525.0, "password": _PASSWORD, "from": "a@example.com", "senderName": "A"}

Props = dict[str, Any]


class _CheckFailed(Exception):
    """A check refused the inputs."""


class World:
    """One environment and its provider, as one run of the engine has them."""

    def __init__(self, emulator: Emulator, key: str) -> None:
        self.emulator = emulator
        self.http = httpx.Client(
            base_url=emulator.url, headers={"Authorization": f"ApiKey {key}"}, trust_env=False, verify=False
        )
        self.settings = Settings.read({"secretKey": key, "apiUrl": emulator.url, "retries": "0"}.get, {})
        self.provider = IntegrationProvider("novu_provider.integration")
        self.session = Session(self.settings)
        self.provider.session = lambda: self.session  # type: ignore[method-assign]

    def restart(self) -> None:
        """Start another run of the engine, with a new session."""
        self.session.api.close()
        self.session = Session(self.settings)

    def close(self) -> None:
        self.http.close()
        self.session.api.close()

    def all(self) -> dict[str, Props]:
        listed = self.http.get("/v1/integrations").json()["data"]
        return {one["identifier"]: one for one in listed if one["channel"] != "in_app"}

    def inbox(self) -> Props:
        listed: list[Props] = self.http.get("/v1/integrations").json()["data"]
        return next(one for one in listed if one["channel"] == "in_app")

    def credentials(self, identifier: str) -> Props:
        return self.emulator.integration_credentials(identifier)

    def post(self, identifier: str, provider: str = "sendgrid", channel: str = "email", **fields: Any) -> Props:
        body = {"identifier": identifier, "providerId": provider, "channel": channel, "active": True, **fields}
        created: Props = self.http.post("/v1/integrations", json=body).raise_for_status().json()["data"]
        return created

    def put(self, identifier: str, **fields: Any) -> None:
        self.http.put(f"/v1/integrations/{self.all()[identifier]['_id']}", json=fields).raise_for_status()

    def check(self, news: Props, olds: Props | None = None) -> list[str]:
        """Return the failures of a check."""
        return [failure.reason for failure in self.provider.check(olds or {}, news).failures]

    def create(self, props: Props) -> tuple[str, Props]:
        checked = self.provider.check({}, props)
        if checked.failures:
            raise _CheckFailed(checked.failures[0].reason)
        result = self.provider.create(checked.inputs)
        assert result.outs is not None
        return result.id, result.outs

    def update(self, id_: str, olds: Props, news: Props) -> Props:
        """Change the integration as the engine does. The olds of a check are inputs."""
        computed = ("savedAt", "priority", "format")
        checked = self.provider.check({key: value for key, value in olds.items() if key not in computed}, news)
        if checked.failures:
            raise _CheckFailed(checked.failures[0].reason)
        return self.provider.update(id_, olds, checked.inputs).outs or {}

    def writes(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.emulator.requests if one.method != "GET"]


def props(identifier: str = "mail", **changes: Any) -> Props:
    values = {
        "identifier": identifier,
        "providerId": "nodemailer",
        "channel": "email",
        "active": True,
        "credentials": dict(_SMTP),
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(bridge_retry_delay=0)) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reporting, "_reported", {})


@pytest.fixture
def world(emulator: Emulator) -> Iterator[World]:
    emulator.reset()
    emulator.clear_requests()
    world = World(emulator, emulator.development_key)
    yield world
    world.close()


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Any:
    """Return the lines that the provider shows."""
    return lambda: [line.removeprefix("novu: ") for line in capfd.readouterr().err.splitlines()]


def test_create_update_read_and_delete(world: World) -> None:
    id_, outs = world.create(props(displayName="Mail"))
    stored = world.all()["mail"]
    assert (stored["_id"], stored["name"], stored["primary"]) == (id_, "Mail", True)
    assert world.credentials("mail") == {**_SMTP, "port": "2525"}

    news = props(displayName="Shop mail")
    assert world.provider.diff(id_, outs, news).changes
    outs = world.update(id_, outs, news)
    assert world.all()["mail"]["name"] == "Shop mail"
    assert world.provider.read(id_, outs).outs == outs
    assert not world.provider.diff(id_, outs, news).changes

    world.restart()
    world.provider.delete(id_, outs)
    assert world.all() == {}


def test_an_unchanged_integration_is_not_read(world: World) -> None:
    _, outs = world.create(props())
    world.restart()
    world.emulator.clear_requests()
    inputs = {key: value for key, value in outs.items() if key not in ("savedAt", "priority", "format")}
    assert world.check(props(), inputs) == []
    assert [one.path for one in world.emulator.requests] == ["/v1/environments/me"]


def test_only_changed_credentials_are_written_and_they_replace_all(world: World) -> None:
    id_, outs = world.create(props())
    world.put("mail", credentials={"host": "from-the-dashboard", "port": "1"})
    outs = world.update(id_, outs, props(active=False))
    assert world.credentials("mail") == {"host": "from-the-dashboard", "port": "1"}
    changed = {key: value for key, value in _SMTP.items() if key != "password"}
    assert world.provider.diff(id_, outs, props(credentials=changed)).changes
    world.update(id_, outs, props(credentials=changed))
    assert world.credentials("mail") == {**changed, "port": "2525"}


def test_another_provider_replaces_and_the_old_one_goes_first(world: World, lines: Any) -> None:
    id_, outs = world.create(props())
    credentials = {"apiKey": "made-up-api-key", "from": "a", "senderName": "A"}
    news = props(providerId="sendgrid", primary=True, credentials=credentials)
    world.restart()
    lines()
    assert world.check(news, outs) == []
    result = world.provider.diff(id_, outs, news)
    assert (result.replaces, result.delete_before_replace) == (["providerId"], True)
    # As the engine does it: it checks the replacement as a new resource.
    assert world.check(news) == []
    world.provider.delete(id_, outs)
    new_id, _ = world.create(news)
    assert [(one["providerId"], one["_id"]) for one in world.all().values()] == [("sendgrid", new_id)]
    # Nothing else is told: the channel has a primary one again.
    assert lines() == ["'mail' becomes the primary integration of email"]


def test_a_stored_integration_is_adopted_with_its_credentials(world: World, lines: Any) -> None:
    stored = world.post("mail", "nodemailer", name="Made by hand", credentials={"host": "mail.example.com"})
    world.emulator.clear_requests()
    assert world.check(props(credentials=None)) == []
    assert lines() == ["adopts the integration 'mail' (nodemailer, email) that Novu stores, and changes nothing"]
    id_, _ = world.create(props(credentials=None))
    assert id_ == stored["_id"]
    assert world.writes() == []
    assert world.credentials("mail") == {"host": "mail.example.com"}


def test_a_new_integration_needs_credentials(world: World) -> None:
    (failure,) = world.check(props(credentials=None))
    assert "'mail' (nodemailer, email) would be created without credentials" in failure
    assert "nodemailer requires `host`, `port`, `from`, `senderName`" in failure
    # The Inbox requires none.
    world.http.delete(f"/v1/integrations/{world.inbox()['_id']}")
    world.restart()
    assert world.check(props("inbox", providerId="novu", channel="in_app", credentials=None)) == []


def test_an_adoption_tells_and_makes_its_changes(world: World, lines: Any) -> None:
    world.post("mail", "nodemailer", active=False)
    world.check(props(displayName="Mail"))
    told = lines()
    assert told == [
        "adopts the integration 'mail' (nodemailer, email) that Novu stores, and changes its active, name, credentials"
    ]
    world.create(props(displayName="Mail"))
    assert world.all()["mail"]["name"] == "Mail"
    assert world.credentials("mail")["password"] == _PASSWORD


def test_an_identifier_of_another_provider_is_refused(world: World) -> None:
    world.post("mail", "sendgrid")
    (failure,) = world.check(props())
    assert "the identifier 'mail' belongs to an integration of sendgrid (email), not of nodemailer" in failure
    with pytest.raises(NovuError, match="belongs to an integration of sendgrid"):
        world.provider.create(props())
    assert [one["providerId"] for one in world.all().values()] == ["sendgrid"]


def test_the_inbox_is_adopted_whatever_its_identifier(world: World) -> None:
    id_, _ = world.create(props("inbox", providerId="novu", channel="in_app", credentials={"hmac": True}))
    (inbox,) = world.http.get("/v1/integrations").json()["data"]
    assert (inbox["_id"], inbox["identifier"]) == (id_, "inbox")
    assert world.credentials("inbox") == {"hmac": True}


def _inbox(identifier: str = "inbox", **changes: Any) -> Props:
    changes = {"keepIdentifier": True, **changes}
    return props(identifier, providerId="novu", channel="in_app", credentials=None, **changes)


def test_one_program_adopts_the_inbox_of_each_environment(world: World, emulator: Emulator) -> None:
    """A changed identifier must be unique in all environments of the organization, as a real Novu says."""
    production = World(emulator, emulator.production_key)
    try:
        for each in (world, production):
            before = each.inbox()
            id_, outs = each.create(_inbox())
            each.restart()
            assert each.provider.read(id_, outs).outs == outs
            assert not each.provider.diff(id_, outs, _inbox()).changes
            assert each.inbox() == before
    finally:
        production.close()


def test_a_renamed_resource_keeps_the_inbox(world: World, lines: Any) -> None:
    id_, outs = world.create(_inbox())
    world.restart()
    lines()
    # As the engine does it: it creates the resource with the new name, and deletes the one with the old name.
    world.create(_inbox("notifications"))
    world.provider.delete(id_, outs)
    assert world.inbox()["_id"] == id_
    assert lines() == [
        f"adopts the integration '{world.inbox()['identifier']}' (novu, in_app) that Novu stores, and changes nothing"
    ]


def test_an_inbox_gets_the_identifier_that_the_program_passes(world: World) -> None:
    id_, outs = world.create(_inbox())
    news = _inbox(keepIdentifier=None)
    assert world.provider.diff(id_, outs, news).changes
    outs = world.update(id_, outs, news)
    assert world.inbox()["identifier"] == "inbox"
    world.restart()
    world.http.put(f"/v1/integrations/{id_}", json={"identifier": "edited"}).raise_for_status()
    assert (world.provider.read(id_, outs).outs or {})["identifier"] == "edited"


def test_primary_moves_and_the_plan_tells_from_whom(world: World, lines: Any) -> None:
    world.post("old")
    assert world.check(props(primary=True)) == []
    assert lines() == ["'mail' becomes the primary integration of email instead of 'old' (sendgrid, email)"]
    id_, outs = world.create(props(primary=True))
    assert {name: one["primary"] for name, one in world.all().items()} == {"old": False, "mail": True}

    world.http.post(f"/v1/integrations/{world.all()['old']['_id']}/set-primary", json={})
    world.restart()
    drifted = world.provider.read(id_, outs).outs or {}
    assert drifted["primary"] is False
    assert world.provider.diff(id_, drifted, props(primary=True)).changes
    world.update(id_, drifted, props(primary=True))
    assert world.all()["mail"]["primary"] is True


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"active": False}, "cannot be primary and inactive"),
        ({"conditions": [{"value": "AND", "children": [{"on": "tenant"}]}]}, "cannot be primary and have conditions"),
        ({"providerId": "slack", "channel": "chat", "credentials": None}, "for email and for SMS only"),
    ],
)
def test_what_novu_would_undo_is_refused(world: World, changes: Props, reason: str) -> None:
    (failure,) = world.check(props(primary=True, **changes))
    assert reason in failure


def test_two_primary_integrations_are_refused(world: World) -> None:
    assert world.check(props(primary=True)) == []
    (failure,) = world.check(props("other", primary=True))
    assert "two integrations are declared as the primary one of email: 'mail' and 'other'" in failure


def test_deactivating_the_primary_one_is_told(world: World, lines: Any) -> None:
    _, outs = world.create(props())
    world.restart()
    lines()
    world.check(props(active=False), outs)
    (line,) = lines()
    assert line.startswith("'mail' becomes inactive, so it is no longer the primary integration of email")


def test_deleting_the_primary_one_is_told(world: World, lines: Any) -> None:
    id_, outs = world.create(props())
    world.post("other")
    world.restart()
    lines()
    world.provider.delete(id_, outs)
    (line,) = lines()
    assert "the deleted integration 'mail' was the primary one of email" in line
    assert "'other' is not primary" in line


def test_conditions_are_compared_without_the_ids_that_novu_adds(world: World) -> None:
    world.create(props("primary"))
    conditions = [
        {
            "isNegated": False,
            "type": "GROUP",
            "value": "AND",
            "children": [{"field": "identifier", "value": "acme", "operator": "EQUAL", "on": "tenant"}],
        }
    ]
    id_, outs = world.create(props(conditions=conditions))
    assert world.all()["mail"]["conditions"][0]["_id"]
    world.restart()
    assert world.provider.read(id_, outs).outs == outs
    world.put("mail", conditions=[])
    world.restart()
    assert (world.provider.read(id_, outs).outs or {})["conditions"] == []


def test_drift_of_readable_properties(world: World) -> None:
    id_, outs = world.create(props(displayName="Mail"))
    world.put("mail", name="Edited", active=False)
    world.restart()
    drifted = world.provider.read(id_, outs).outs or {}
    assert (drifted["displayName"], drifted["active"]) == ("Edited", False)
    world.http.delete(f"/v1/integrations/{id_}")
    world.restart()
    assert world.provider.read(id_, outs).id is None


def test_credentials_that_somebody_else_saved_are_written_again(world: World, lines: Any) -> None:
    """Novu 3.19.0 returns no credentials. Only the time of the save tells."""
    id_, outs = world.create(props())
    world.put("mail", credentials={"host": "from-the-dashboard"})
    world.restart()
    lines()
    drifted = world.provider.read(id_, outs).outs or {}
    assert "somebody saved the integration 'mail' (nodemailer, email) since this stack wrote it" in lines()[0]
    assert drifted["credentials"] == {}
    assert world.provider.diff(id_, drifted, props()).changes
    world.update(id_, drifted, props())
    assert world.credentials("mail")["password"] == _PASSWORD


def test_what_novu_renumbers_itself_is_no_drift(world: World) -> None:
    id_, outs = world.create(props())
    world.create(props("second"))
    assert world.all()["mail"]["updatedAt"] != outs["savedAt"] or world.all()["mail"]["priority"] != outs["priority"]
    world.restart()
    assert world.provider.read(id_, outs).outs == outs


def test_a_change_is_noticed_although_novu_renumbered_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id_, outs = world.create(props())
    world.create(props("second"))
    world.put("mail", credentials={"host": "from-the-dashboard"})
    world.restart()
    # The emulator's times are too near to each other.
    monkeypatch.setattr(integrations, "_PRIORITY_RAISE_SECONDS", 0.0)
    assert (world.provider.read(id_, outs).outs or {})["credentials"] == {}


def _saved(time: str, *, identifier: str = "mail", created: str = "10:00:00.000", priority: int = 2) -> Any:
    at = "2026-11-28T{}Z".format
    return StoredIntegration(
        *(identifier, identifier, identifier, "nodemailer", "email", True, False),
        updated_at=at(time),
        created_at=at(created),
        priority=priority,
    )


@pytest.mark.parametrize(
    ("own", "others", "noticed"),
    [
        # Somebody saves both within a second, and Novu renumbers nothing.
        (_saved("12:00:00.000"), [_saved("12:00:01.000", identifier="b")], True),
        # Novu renumbered all of them, and somebody saved another one later.
        (_saved("12:00:00.000"), [_saved("12:00:00.001", identifier="b"), _saved("13:00:00.000")], False),
        # Another one was created, and saved by somebody later.
        (_saved("12:00:00.000", priority=3), [_saved("15:00:00.000", identifier="b", created="12:00:00.300")], False),
        # The same, and then somebody saved this one.
        (_saved("14:00:00.000", priority=3), [_saved("15:00:00.000", identifier="b", created="12:00:00.300")], True),
        # Another one was activated.
        (_saved("12:00:00.000", priority=3), [_saved("12:00:00.400", identifier="b")], False),
        # Another one was deleted.
        (_saved("12:00:00.000", priority=1), [], False),
        # A time that is no time.
        (_saved("12:00:00.000"), [_saved("soon", identifier="b")], True),
    ],
)
def test_the_time_of_other_integrations_tells_novus_own_saves(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    own: StoredIntegration,
    others: list[StoredIntegration],
    noticed: bool,
) -> None:
    stored = [own, *(replace(one, id=str(number)) for number, one in enumerate(others))]
    monkeypatch.setattr(world.session.integrations, "all", lambda: stored)
    assert world.session.integrations.was_saved_by_others(own, "2026-11-28T11:00:00.000Z", 2) is noticed


def test_novu_renumbers_all_integrations_at_the_same_time(world: World) -> None:
    """As in the recording, so that the next run tells such a save from one by somebody."""
    recorded = RECORDINGS[707].data
    for name in ("first", "second", "third"):
        world.create(props(name))
    world.http.post(f"/v1/integrations/{world.all()['second']['_id']}/set-primary").raise_for_status()
    for listed in (recorded, world.all().values()):
        first, *others = [one["updatedAt"] for one in listed if one["channel"] == "email"]
        assert others
        assert all(integrations._are_near(first, other, 0.002) for other in others)


def test_a_deletion_of_another_integration_is_no_drift(world: World) -> None:
    second_id, second = world.create(props("second"))
    id_, outs = world.create(props(primary=True))
    world.restart()
    world.provider.delete(second_id, second)
    assert world.all()["mail"]["updatedAt"] != outs["savedAt"] or world.all()["mail"]["priority"] != outs["priority"]
    world.restart()
    assert world.provider.read(id_, outs).outs == outs


def test_a_lost_response_is_found_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    api = world.session.api.integrations
    create = api.create

    def lose(body: Any) -> Any:
        create(body)
        monkeypatch.setattr(api, "create", create)
        from novu_provider.errors import NovuUnreachable

        raise NovuUnreachable("the response was lost")

    monkeypatch.setattr(api, "create", lose)
    world.create(props())
    assert list(world.all()) == ["mail"]


def test_another_name_in_the_program_deletes_nothing(world: World) -> None:
    id_, outs = world.create(props())
    world.restart()
    world.create(props())
    world.provider.delete(id_, outs)
    assert list(world.all()) == ["mail"]


def test_a_changed_identifier_is_unique_in_the_organization(world: World) -> None:
    id_, outs = world.create(props())
    production = World(world.emulator, world.emulator.production_key)
    production.post("taken")
    production.close()
    with pytest.raises(NovuError, match="unique among all environments"):
        world.update(id_, outs, props("taken"))
    world.update(id_, outs, props("free"))
    assert world.all()["free"]["_id"] == id_


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ({**_SMTP, "user_name": "x"}, "`user_name` is unknown for nodemailer"),
        ({**_SMTP, "passwort": "x"}, "`passwort` is unknown for nodemailer (probably `password` was meant)"),
        (
            {"host": "x", "port": 25.0, "senderName": "A"},
            "`from` is missing (From email address); nodemailer requires it",
        ),
        ({**_SMTP, "port": "smtp"}, "`port` (Port) must be a whole number"),
        ({**_SMTP, "secure": "yes"}, "`secure` (Secure) must be true or false"),
        ({**_SMTP, "password": 5.0}, "`password` (Password) must be text"),
    ],
)
def test_the_fields_of_a_provider_are_checked(world: World, credentials: Props, expected: str) -> None:
    (failure,) = world.check(props(credentials=credentials))
    assert expected in failure
    assert _PASSWORD not in failure


def test_an_error_of_novu_contains_no_credential(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's message may repeat a password, and Novu repeats the message."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(400, json={"message": f"Invalid login: {_PASSWORD}", "statusCode": 400})
        if request.url.path.endswith("/me"):
            return httpx.Response(200, json={"data": {"_id": "1" * 24, "name": "Development"}})
        return httpx.Response(200, json={"data": []})

    world.session.api.close()
    world.session = Session(world.settings, httpx.MockTransport(respond))
    with pytest.raises(NovuError) as raised:
        world.provider.create(props())
    assert "Invalid login: [secret]" in str(raised.value)
    assert _PASSWORD not in repr(raised.value.__dict__)


# Older servers


@pytest.fixture(params=sorted(RELEASES))
def older(request: pytest.FixtureRequest) -> Iterator[World]:
    with Emulator(EmulatorConfig(**RELEASES[request.param], bridge_retry_delay=0)) as running:
        world = World(running, running.development_key)
        yield world
        world.close()


def test_an_older_server_returns_credentials_that_are_only_compared(older: World, lines: Any) -> None:
    id_, outs = older.create(props())
    assert older.all()["mail"]["credentials"]["password"] == _PASSWORD
    older.restart()
    assert older.provider.read(id_, outs).outs == outs

    older.put("mail", credentials={**_SMTP, "port": "25", "password": "made-up-password-0002"})
    older.restart()
    lines()
    drifted = older.provider.read(id_, outs).outs or {}
    assert "the credentials of the integration 'mail' (nodemailer, email) were changed" in lines()[0]
    assert drifted["credentials"] == {}
    older.update(id_, drifted, props())
    assert older.credentials("mail")["password"] == _PASSWORD


def test_an_older_server_lists_other_environments_which_are_ignored(older: World) -> None:
    production = World(older.emulator, older.emulator.production_key)
    production.post("mail", "sendgrid")
    production.close()
    older.create(props())
    listed = older.http.get("/v1/integrations").json()["data"]
    assert sum(one["identifier"] == "mail" for one in listed) == 2
    assert [one.provider_id for one in older.session.integrations.all(fresh=True) if one.identifier == "mail"] == [
        "nodemailer"
    ]


def test_an_older_server_adopts_equal_credentials_without_a_write(older: World) -> None:
    older.post("mail", "nodemailer", credentials={**_SMTP, "port": "2525"})
    older.emulator.clear_requests()
    older.create(props())
    assert older.writes() == []


# Faults: each write fails once in each way. The next run reaches the declared state, and touches nothing else.


class _FailingTransport(httpx.BaseTransport):
    """Lets the first request of a kind fail."""

    def __init__(self, method: str, path: str, fault: str) -> None:
        self._inner = httpx.HTTPTransport()
        self._method, self._path, self._fault = method, path, fault
        self.failed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.failed or request.method != self._method or self._path not in request.url.path:
            return self._inner.handle_request(request)
        self.failed = True
        if self._fault == "lost request":
            raise httpx.ConnectError("Connection refused")
        if self._fault.startswith("refused"):
            status = int(self._fault.split()[1])
            return httpx.Response(status, json={"statusCode": status, "message": "No"}, request=request)
        response = self._inner.handle_request(request)
        response.read()
        if self._fault == "lost response":
            raise httpx.ReadTimeout("the read timed out")
        return httpx.Response(502, html="<h1>Bad Gateway</h1>", request=request)

    def close(self) -> None:
        self._inner.close()


_FAULTS = (
    "lost request",
    "lost response",
    "bad gateway after",
    "refused 400",
    "refused 403",
    "refused 409",
    "refused 500",
)
_CALLS = (
    ("create", "POST", "/v1/integrations"),
    ("create", "GET", "/v1/integrations"),
    ("create", "POST", "/set-primary"),
    ("update", "PUT", "/v1/integrations/"),
    ("update", "GET", "/v1/integrations"),
    ("delete", "DELETE", "/v1/integrations/"),
)


@pytest.mark.slow
@pytest.mark.parametrize("fault", _FAULTS)
@pytest.mark.parametrize(("operation", "method", "path"), _CALLS)
def test_the_next_run_repairs_a_failed_write(world: World, operation: str, method: str, path: str, fault: str) -> None:
    other = world.post("other", credentials={"apiKey": "made-up-api-key"})
    first, changed = props(primary=True), props(primary=True, displayName="Changed", credentials={**_SMTP, "port": 1.0})
    id_, outs = world.create(first) if operation != "create" else ("", {})
    transport = _FailingTransport(method, path, fault)
    world.session.api.close()
    world.session = Session(world.settings, transport)

    def run() -> None:
        if operation == "create":
            world.create(first)
        elif operation == "update":
            world.update(id_, outs, changed)
        else:
            world.provider.delete(id_, outs)

    with suppress(NovuError, _CheckFailed):
        run()
    assert transport.failed
    world.restart()
    run()

    stored = world.all()
    assert stored["other"]["_id"] == other["_id"]
    assert world.credentials("other") == {"apiKey": "made-up-api-key"}
    if operation == "delete":
        assert set(stored) == {"other"}
        return
    assert set(stored) == {"other", "mail"}
    assert (stored["mail"]["primary"], stored["other"]["primary"]) == (True, False)
    declared = changed if operation == "update" else first
    assert stored["mail"]["name"] == declared.get("displayName", "mail")
    assert world.credentials("mail")["port"] == ("1" if operation == "update" else "2525")
