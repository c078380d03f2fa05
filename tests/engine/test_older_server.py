"""The life cycle of a stack on older Novu servers. Before 2025-06, API keys cannot use the newer endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.releases import RELEASES
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine import integrations
from tests.engine.conftest import App, StackFactory
from tests.engine.declare import FIRST, MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Result, Stack

#: An integration of Production with the identifier of the one in Development.
_OTHER_MAIL = {"identifier": "mail", "providerId": "ses", "channel": "email", "active": True}
_FIRST, _SECOND, _THIRD, _FOURTH = (spec["id"] for spec in specs.shop(4))


@pytest.fixture(params=sorted(RELEASES))
def release(request: pytest.FixtureRequest) -> str:
    """The month of the emulated release."""
    return str(request.param)


@pytest.fixture
def novu(release: str) -> Iterator[Emulator]:
    """An empty Novu of that release."""
    config: dict[str, Any] = {**RELEASES[release], "bridge_retry_delay": 0.05, "bridge_timeout": 2.0}
    with Emulator(EmulatorConfig(**config)) as server:
        yield server


def _warnings(result: Result) -> set[str]:
    """Return the warnings about missing features. The engine prints each of them twice."""
    lines = re.findall(r"novu: .* is older than .*", result.output)
    return {line.strip() for line in lines}


def test_create_change_rename_remove_refresh_and_destroy(release: str, novu: Emulator, app: App, stack: Stack) -> None:
    environment = Environment(novu)
    app.deploy(*specs.shop(4))
    stack.write(integrations.program(integrations.mail(), bridge='novu.Bridge("app", integrations=integrations)'))
    stack.up("--skip-preview")
    assert environment.ids() == {_FIRST, _SECOND, _THIRD, _FOURTH}
    assert environment.bridge_url() == app.url
    assert stack.preview().changes == set()

    changed, renamed, _, unchanged = specs.shop(4)
    app.deploy({**changed, "severity": "high"}, {**renamed, "id": "order-sent"}, unchanged)
    novu.clear_requests()
    result = stack.up()
    assert result.workflows("create") == {"order-sent"}
    assert result.workflows("update") == {_FIRST}
    assert result.workflows("delete") == {_SECOND, _THIRD}
    assert writes(novu) == ["POST /v1/bridge/sync"]
    assert environment.ids() == {_FIRST, _FOURTH, "order-sent"}
    (line,) = _warnings(result)
    assert f"Novu {novu.config.version} is older than 2025-09: it has no severities" in line

    assert stack.refresh().changes == set()
    assert stack.preview().changes == set()
    internal_id = environment.stored()[_FIRST].id
    environment.call("DELETE", f"/v{1 if release < '2025-06' else 2}/workflows/{internal_id}")
    # Before 2026 Novu returns credentials, and the integrations of all environments. They are compared by themselves.
    dashboard = integrations.Integrations(novu)
    dashboard.put("mail", credentials={**integrations.SMTP, "port": "2525", "host": "elsewhere.example"})
    Environment(novu, novu.production_key).call("POST", "/v1/integrations", json=_OTHER_MAIL)
    found = stack.refresh()
    assert Change("update", "Integration", "mail") in found.changes
    assert "the credentials of the integration 'mail' (nodemailer, email) were changed" in found.output
    assert integrations.PASSWORD not in found.output + str(stack.export())
    repaired = stack.up()
    assert repaired.workflows("create") == {_FIRST}
    assert Change("update", "Integration", "mail") in repaired.changes
    assert dashboard.credentials("mail")["host"] == integrations.SMTP["host"]
    assert environment.ids() == {_FIRST, _FOURTH, "order-sent"}

    destroyed = stack.destroy()
    assert environment.ids() == set()
    own = environment.call("GET", "/v1/environments/me")["data"]["_id"]
    listed = environment.call("GET", "/v1/integrations")["data"]
    assert {one["identifier"] for one in listed if one["_environmentId"] == own and one["channel"] == "email"} == set()
    if release < "2025-06":
        (line,) = [line for line in _warnings(destroyed) if "2025-06" in line]
        assert f"keeps {app.url}" in line
        assert environment.bridge_url() == app.url
    else:
        assert environment.bridge_url() == ""
    stack.up("--skip-preview")
    assert environment.ids() == {_FIRST, _FOURTH, "order-sent"}


@pytest.mark.parametrize("release", ["2024-10"], indirect=True)
def test_a_preview_without_changes_needs_one_request_as_on_a_new_server(novu: Emulator, stack: Stack) -> None:
    stack.up("--skip-preview")
    novu.clear_requests()
    stack.preview()
    assert [f"{record.method} {record.path}" for record in novu.requests] == ["GET /v1/environments/me"]


@pytest.mark.parametrize("release", ["2025-05"], indirect=True)
def test_a_refused_endpoint_is_not_requested_again(novu: Emulator, stack: Stack) -> None:
    novu.clear_requests()
    stack.up()
    # Once in the process of the preview and once in that of the update.
    assert [f"{record.method} {record.path}" for record in novu.requests if record.status == 401] == [
        "GET /v2/workflows"
    ] * 2


@pytest.mark.parametrize("release", ["2024-10", "2025-05"], indirect=True)
def test_a_dashboard_workflow_with_a_declared_id_is_found_before_the_sync_overwrites_it(
    novu: Emulator, stack: Stack
) -> None:
    novu.create_dashboard_workflow(workflow_id=_SECOND, name="Made by hand")
    for result in (stack.preview(fails=True), stack.up(fails=True)):
        assert f"the environment already holds '{_SECOND}', made in Novu's dashboard" in result.output
    assert writes(novu) == []
    assert Environment(novu).call("GET", f"/v1/workflows/{_SECOND}")["data"]["name"] == "Made by hand"


@pytest.mark.parametrize("release", ["2025-05"])
def test_severities_are_set_after_an_update_of_novu(release: str, bridges: BridgeProcess, tmp_path: Path) -> None:
    shared: dict[str, Any] = {"database": str(tmp_path / "novu.sqlite3"), "bridge_retry_delay": 0.05}
    with Emulator(EmulatorConfig(**RELEASES[release], **shared)) as before:
        app = App(bridges, before.development_key)
        app.deploy(*specs.shop(3))
        variables = {"NOVU_SECRET_KEY": app.key, "NOVU_API_URL": before.url, "NOVU_BRIDGE_URL": app.url}
        stack = Stack(tmp_path / "stack", variables)
        stack.up("--skip-preview")
    with Emulator(EmulatorConfig(**shared)) as after:
        stack.environ["NOVU_API_URL"] = after.url
        stack.refresh()
        assert stack.preview().workflows("update") == {_FIRST, _SECOND}
        assert _warnings(stack.up("--skip-preview")) == set()
        severities = {key: workflow.registration.severity for key, workflow in Environment(after).stored().items()}
        assert severities == {_FIRST: "low", _SECOND: "medium", _THIRD: "none"}
        assert stack.refresh().changes == set()


@pytest.mark.parametrize("release", ["2025-05"], indirect=True)
def test_a_renamed_workflow_keeps_its_control_values_and_stays_inactive(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(active=False))
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    dashboard.set_values(MAIL, body="Mail of the dashboard")
    app.deploy({**specs.shop(3)[0], "id": "order-accepted"}, *specs.shop(3)[1:])
    stack.write(program(renamed_from={"order-accepted": FIRST}, _workflow="order-accepted", active=False))
    stack.up("--skip-preview")
    environment = Environment(novu)
    assert environment.ids() == {"order-accepted", _SECOND, _THIRD}
    assert dashboard.values(MAIL, "order-accepted") == {"body": "Mail of the dashboard"}
    assert {key: workflow.registration.active for key, workflow in environment.stored().items()} == {
        "order-accepted": False,
        _SECOND: True,
        _THIRD: True,
    }
    assert stack.preview().changes == set()


@pytest.mark.parametrize("release", ["2024-10"], indirect=True)
def test_a_rejected_key_is_reported_as_such(novu: Emulator, stack: Stack) -> None:
    stack.up("--skip-preview")
    stack.environ["NOVU_SECRET_KEY"] = "dec0de00dec0de00dec0de00dec0de01"
    refused = stack.refresh(fails=True)
    assert "Novu rejected the secret key" in refused.output
    assert _warnings(refused) == set()


@pytest.mark.parametrize("release", ["2024-10", "2025-05"], indirect=True)
def test_in_production_a_sync_deletes_workflows_that_the_key_cannot_delete(
    novu: Emulator, bridges: BridgeProcess, make_stack: StackFactory
) -> None:
    app = App(bridges, novu.production_key)
    app.deploy(*specs.shop(3))
    stack, environment = make_stack(app), Environment(novu, novu.production_key)
    stack.up("--skip-preview")
    app.deploy(*specs.shop(3)[:2])
    stack.up("--skip-preview")
    assert environment.ids() == {_FIRST, _SECOND}

    refused = stack.destroy(fails=True)
    assert refused.output.count("Fix: To delete, let a sync do it") == 1
    # The engine prints an error in several places. Of the two workflows, one has the full error and one a short one.
    full = refused.output.count("only in Development (it returned 401")
    assert full == refused.output.count("failed with the same error as another one") > 0
    assert "Traceback" not in refused.output
    assert environment.ids() == {_FIRST, _SECOND}
    app.deploy()
    stack.config(allowEmpty=True)
    stack.up("--skip-preview")
    stack.destroy()
    assert environment.ids() == set()
