"""A sync and a session against a Novu from before 2025-06, which allows API keys to delete only in Development."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from novu_provider.errors import DashboardCollision, SyncFailed
from novu_provider.sync.session import Session
from tests.unit.documents import Document, entry, stored
from tests.unit.fake_novu import BRIDGE, FakeNovu, Fault, dashboard_workflow, error_response
from tests.unit.sync.test_synchronizer import SYNC, apply, entries, target


class OlderNovu(FakeNovu):
    """Its Production environment: /v2 is closed, there are no severities, and only a sync deletes."""

    def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/v2/") or request.method == "PUT":
            return error_response(401, "API endpoint not accessible")
        if request.method == "DELETE":
            return error_response(401, "This action is only allowed in Development environment")
        if path.startswith("/v1/workflows/"):
            name = path.rsplit("/", 1)[-1]
            matching = [
                workflow for workflow in self.dashboard_workflows if workflow["triggers"][0]["identifier"] == name
            ]
            return (
                httpx.Response(200, json={"data": matching[0]})
                if matching
                else error_response(404, "Template not found")
            )
        return super()._route(request)

    def _page(self, request: httpx.Request, rows: list[Document]) -> httpx.Response:
        rows = [{key: value for key, value in row.items() if key != "severity"} for row in rows]
        return super()._page(request, [row for row in rows if row["origin"] != "novu-cloud"])


def test_a_sync_applies_its_target_and_records_a_severity_without_effect() -> None:
    novu = OlderNovu(entry("a", severity="high"), entry("b"))
    assert apply(novu).digests == novu.manifest().digests
    novu.bridge_workflows = (entry("a", severity="low"), entry("renamed"))
    assert apply(novu, target(novu, managed=("a", "b"))).digests == novu.manifest().digests
    assert novu.writes == [SYNC, SYNC]


def test_a_dashboard_workflow_is_found_by_id_before_the_sync_takes_it_over() -> None:
    novu = OlderNovu(*entries("a", "b"))
    novu.dashboard_workflows.append(dashboard_workflow("b"))
    with pytest.raises(DashboardCollision, match="'b'"):
        apply(novu)
    assert novu.writes == []


def test_at_the_limit_the_error_explains_the_order_of_two_updates() -> None:
    novu = OlderNovu(*entries("a", "renamed"))
    novu.store(*entries("a", "old"))
    novu.limit = 2
    with pytest.raises(SyncFailed, match=r"limit of workflows is reached, and 'old' cannot be deleted") as raised:
        apply(novu, target(novu, managed=("a", "old")))
    assert "Run `pulumi up` twice" in raised.value.fix


def test_the_second_sync_deletes_duplicates() -> None:
    novu = OlderNovu(*entries("a"))

    def sync_with_duplicate(process: Callable[[], httpx.Response]) -> httpx.Response:
        response = process()
        novu.stored["stray"] = stored(entry("a-0c17ixyd"), "stray")
        return response

    faults: list[Fault] = [sync_with_duplicate]
    novu.faults.extend(faults)
    assert apply(novu).digests == novu.manifest().digests
    assert novu.workflow_ids == ["a"]


@pytest.mark.parametrize(
    ("stored_url", "words"),
    [
        (BRIDGE, f"keeps {BRIDGE}. Novu no longer calls it"),
        (f"{BRIDGE}?x-vercel-protection-bypass=t0ken-t0ken", "may want to"),
    ],
)
def test_a_bridge_url_that_cannot_be_cleared_is_reported_once_without_its_token(
    capsys: pytest.CaptureFixture[str], stored_url: str, words: str
) -> None:
    novu = OlderNovu()
    novu.bridge_url = stored_url
    session = Session(novu.settings, novu)
    session.clear_bridge_url(session.environment())
    session.clear_bridge_url(session.environment())
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("novu: this Novu is older than 2025-06: no API key may clear the bridge URL")
    assert words in line
    assert "t0ken" not in line
