"""The registration: URL, missing, left behind, suffixed, changed, inactive, at fault, taken by the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.fake_bridge import FakeBridge, fake_bridge, step, workflow
from tests.engine.novu import Environment
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.examination import Doctor, text

Sync = Callable[..., str]


def _id(doctor: Doctor, workflow_id: str) -> str:
    return Environment(doctor.novu).stored()[workflow_id].id


def test_an_environment_that_was_never_synced_warns(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url)
    assert not seen.failed
    assert {"registration.url", "registration.missing"} <= seen.worse
    assert "pulumi up" in seen["registration.url"].fix
    assert seen["triggering.preview"].status == "skipped"


def test_a_stored_url_that_is_another_is_told(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    with fake_bridge() as old:
        old.workflows = bridge.workflows
        synced(old.url)
        seen = doctor.examine(bridge.url)
        assert seen.failed == {"registration.url"}
        assert old.url in seen["registration.url"].title
        assert bridge.url in seen["registration.url"].title


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("", "token-of-now", "with no bypass token"),
        ("?x-vercel-protection-bypass=token-before", "token-of-now", "with another bypass token"),
        ("?x-vercel-protection-bypass=token-before", None, "with another bypass token"),
        (
            "?x-vercel-protection-bypass=token-of-now&x-vercel-protection-bypass=token-of-now",
            "token-of-now",
            "with another bypass token",
        ),
    ],
    ids=["set", "rotated", "removed", "doubled"],
)
def test_a_stored_token_that_is_another_is_told_without_showing_it(
    doctor: Doctor, bridge: FakeBridge, before: str, now: str | None, words: str
) -> None:
    Environment(doctor.novu).sync(bridge.url + before)
    seen = doctor.examine(bridge.url, bypassToken=now)
    assert seen.failed == {"registration.url"}
    assert words in seen["registration.url"].title
    assert "token-" not in text(seen["registration.url"]).replace("bypass token", "")


def test_workflows_that_are_missing_are_named(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    synced(bridge.url)
    bridge.workflows.append(workflow("payment-failed"))
    seen = doctor.examine(bridge.url)
    assert seen.failed == {"registration.missing"}
    assert "does not hold 'payment-failed'" in seen["registration.missing"].title
    assert "workflow_not_found" in seen["registration.missing"].cause


def test_what_a_rename_left_behind_is_named_as_such(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    bridge.workflows = [workflow("welcome"), workflow("sign-up", tags=["x"])]
    synced(bridge.url)
    bridge.workflows = [workflow("welcome"), workflow("registered", tags=["x"])]
    seen = doctor.examine(bridge.url)
    # Only the new id is missing: a trigger of the old one is still taken by Novu, and its preview fails.
    assert "registration.missing" in seen.failed
    assert seen["registration.left-behind"].status == "warning"
    assert "'sign-up'" in seen["registration.left-behind"].title
    assert "renamed since" in text(seen["registration.left-behind"])


def test_a_workflow_that_two_syncs_left_with_a_suffix_is_told_apart(
    doctor: Doctor, bridge: FakeBridge, synced: Sync
) -> None:
    stray = workflow("welcome-0c17ixyd")
    bridge.workflows.append(stray)
    synced(bridge.url)
    bridge.workflows.remove(stray)
    seen = doctor.examine(bridge.url)
    assert "registration.duplicates" in seen.failed
    assert "'welcome-0c17ixyd'" in seen["registration.duplicates"].title
    assert "two syncs" in seen["registration.duplicates"].cause.lower()
    assert seen["registration.left-behind"].status == "ok"


def test_what_differs_from_the_code_is_named_by_property(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    synced(bridge.url)
    bridge.workflows[0] = workflow("welcome", tags=["new"], description="Changed.")
    seen = doctor.examine(bridge.url)
    assert not seen.failed
    assert seen["registration.current"].status == "warning"
    assert "welcome: description, tags" in text(seen["registration.current"])


def test_an_inactive_workflow_is_told(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    synced(bridge.url)
    Environment(doctor.novu).call("PATCH", f"/v2/workflows/{_id(doctor, 'welcome')}", json={"active": False})
    seen = doctor.examine(bridge.url)
    assert seen["registration.inactive"].status == "warning"
    assert "'welcome' is inactive" in seen["registration.inactive"].title
    assert "trigger_not_active" in seen["registration.inactive"].cause


def test_status_error_is_told_with_the_issues_of_its_steps(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    controls = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    bridge.workflows[0] = workflow("welcome", steps=[step("mail", controls=controls)])
    synced(bridge.url)
    seen = doctor.examine(bridge.url)
    assert seen.failed == {"registration.issues"}
    assert "'welcome' is in status ERROR" in seen["registration.issues"].title
    assert "welcome / mail, control 'subject': Subject is required" in seen["registration.issues"].evidence


def test_a_missing_integration_is_told(start: Start, bridge: FakeBridge) -> None:
    doctor = start(integrations=("in_app",))
    bridge.workflows = [workflow("welcome", steps=[step("mail"), step("inbox", "in_app"), step("text", "sms")])]
    Environment(doctor.novu).sync(bridge.url)
    seen = doctor.examine(bridge.url)
    assert not seen.failed
    found = seen["registration.integrations"]
    assert found.status == "warning"
    assert [line.partition(":")[0] for line in found.evidence] == ["welcome / mail", "welcome / text"]


def test_an_id_that_the_dashboard_took_is_told(doctor: Doctor, bridge: FakeBridge, synced: Sync) -> None:
    synced(bridge.url)
    doctor.novu.create_dashboard_workflow(workflow_id="payment-failed")
    bridge.workflows.append(workflow("payment-failed"))
    seen = doctor.examine(bridge.url)
    assert seen.failed == {"registration.dashboard"}
    assert "already holds 'payment-failed', made in Novu's dashboard" in seen["registration.dashboard"].title


def test_a_manifest_file_stands_in_for_a_bridge_that_serves_none(
    doctor: Doctor, bridge: FakeBridge, synced: Sync, tmp_path: Path
) -> None:
    from novu_provider.model.manifest import Manifest

    synced(bridge.url)
    file = tmp_path / "novu.manifest.json"
    more = [*bridge.workflows, workflow("payment-failed")]
    file.write_text(Manifest.discovered({"workflows": more}, "a bridge").dump(), encoding="utf-8")
    seen = doctor.examine("https://no-such-host.invalid/api/novu", manifest=str(file))
    assert "'payment-failed'" in seen["registration.missing"].title
    assert seen["registration.left-behind"].status == "ok"


def test_a_manifest_file_that_cannot_be_read_hides_nothing_else(
    doctor: Doctor, bridge: FakeBridge, synced: Sync, tmp_path: Path
) -> None:
    seen = doctor.examine(synced(bridge.url), manifest=str(tmp_path / "none.json"))
    assert seen.failed == {"settings.read"}
    assert "cannot be read" in seen["settings.read"].title
    assert seen["registration.missing"].status == "ok"


def test_a_bundle_that_cannot_be_read_hides_nothing_else(doctor: Doctor, bridge: FakeBridge, tmp_path: Path) -> None:
    seen = doctor.examine(bridge.url, caBundle=str(tmp_path / "none.pem"))
    assert seen.failed == {"settings.read"}
    assert "CA bundle" in seen["settings.read"].title
    assert seen["bridge.discover"].status == "ok"
