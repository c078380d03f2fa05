"""The registrations: URL, missing, leftover, duplicate, changed, inactive and invalid workflows, dashboard ids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from novu_provider.emulator.releases import RELEASES
from tests.contract.fake_bridge import FakeBridge, fake_bridge, step, workflow
from tests.engine.novu import Environment
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.harness import Doctor, text

Sync = Callable[..., str]


def _id(doctor: Doctor, workflow_id: str) -> str:
    return Environment(doctor.novu).stored()[workflow_id].id


def test_an_environment_that_was_never_synced_is_a_warning(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url)
    assert not diagnosis.failed
    assert {"registration.url", "registration.missing"} <= diagnosis.not_ok
    assert "pulumi up" in diagnosis["registration.url"].fix
    assert diagnosis["triggering.preview"].status == "skipped"


def test_another_stored_url_is_reported(doctor: Doctor, bridge: FakeBridge, sync: Sync) -> None:
    with fake_bridge() as old:
        old.workflows = bridge.workflows
        sync(old.url)
        diagnosis = doctor.diagnose(bridge.url)
        assert diagnosis.failed == {"registration.url"}
        assert old.url in diagnosis["registration.url"].title
        assert bridge.url in diagnosis["registration.url"].title


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
def test_another_stored_token_is_reported_without_showing_it(
    doctor: Doctor, bridge: FakeBridge, before: str, now: str | None, words: str
) -> None:
    Environment(doctor.novu).sync(bridge.url + before)
    diagnosis = doctor.diagnose(bridge.url, bypassToken=now)
    assert diagnosis.failed == {"registration.url"}
    assert words in diagnosis["registration.url"].title
    assert "token-" not in text(diagnosis["registration.url"]).replace("bypass token", "")


def test_missing_workflows_are_reported(doctor: Doctor, bridge: FakeBridge, sync: Sync) -> None:
    sync(bridge.url)
    bridge.workflows.append(workflow("payment-failed"))
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis.failed == {"registration.missing"}
    assert "does not store 'payment-failed'" in diagnosis["registration.missing"].title
    assert "workflow_not_found" in diagnosis["registration.missing"].cause


def test_the_old_id_of_a_rename_is_reported(doctor: Doctor, bridge: FakeBridge, sync: Sync) -> None:
    bridge.workflows = [workflow("welcome"), workflow("sign-up", tags=["x"])]
    sync(bridge.url)
    bridge.workflows = [workflow("welcome"), workflow("registered", tags=["x"])]
    diagnosis = doctor.diagnose(bridge.url)
    # Only the new id is missing. Novu still accepts a trigger of the old one, and its preview fails.
    assert "registration.missing" in diagnosis.failed
    assert diagnosis["registration.left-behind"].status == "warning"
    assert "'sign-up'" in diagnosis["registration.left-behind"].title
    assert "renamed since" in text(diagnosis["registration.left-behind"])


def test_a_duplicate_with_a_suffix_is_reported_separately(doctor: Doctor, bridge: FakeBridge, sync: Sync) -> None:
    duplicate = workflow("welcome-0c17ixyd")
    bridge.workflows.append(duplicate)
    sync(bridge.url)
    bridge.workflows.remove(duplicate)
    diagnosis = doctor.diagnose(bridge.url)
    assert "registration.duplicates" in diagnosis.failed
    assert "'welcome-0c17ixyd'" in diagnosis["registration.duplicates"].title
    assert "two syncs" in diagnosis["registration.duplicates"].cause.lower()
    assert diagnosis["registration.left-behind"].status == "ok"


def test_a_workflow_that_differs_from_the_code_is_reported_with_its_properties(
    doctor: Doctor, bridge: FakeBridge, sync: Sync
) -> None:
    sync(bridge.url)
    bridge.workflows[0] = workflow("welcome", tags=["new"], description="Changed.")
    diagnosis = doctor.diagnose(bridge.url)
    assert not diagnosis.failed
    assert diagnosis["registration.current"].status == "warning"
    assert "welcome: description, tags" in text(diagnosis["registration.current"])


def test_an_inactive_workflow_is_reported(doctor: Doctor, bridge: FakeBridge, sync: Sync) -> None:
    sync(bridge.url)
    Environment(doctor.novu).call("PATCH", f"/v2/workflows/{_id(doctor, 'welcome')}", json={"active": False})
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis["registration.inactive"].status == "warning"
    assert "'welcome' is inactive" in diagnosis["registration.inactive"].title
    assert "trigger_not_active" in diagnosis["registration.inactive"].cause


def test_the_status_error_is_reported_with_the_issues_of_the_steps(
    doctor: Doctor, bridge: FakeBridge, sync: Sync
) -> None:
    controls = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    bridge.workflows[0] = workflow("welcome", steps=[step("mail", controls=controls)])
    sync(bridge.url)
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis.failed == {"registration.issues"}
    assert "'welcome' has the status ERROR" in diagnosis["registration.issues"].title
    assert "welcome / mail, control 'subject': Subject is required" in diagnosis["registration.issues"].evidence


def test_a_missing_integration_is_reported(start: Start, bridge: FakeBridge) -> None:
    doctor = start(integrations=("in_app",))
    bridge.workflows = [workflow("welcome", steps=[step("mail"), step("inbox", "in_app"), step("text", "sms")])]
    Environment(doctor.novu).sync(bridge.url)
    diagnosis = doctor.diagnose(bridge.url)
    assert not diagnosis.failed
    finding = diagnosis["registration.integrations"]
    assert finding.status == "warning"
    assert [line.partition(":")[0] for line in finding.evidence] == [
        "welcome / mail",
        "welcome / text",
        "Novu cannot deliver email (welcome / mail)",
        "Novu cannot deliver sms (welcome / text)",
    ]
    assert '`novu.Integration("email", credentials=novu.SesCredentials(api_key=…,' in finding.fix
    assert '`novu.Integration("sms", credentials=novu.TwilioCredentials(account_sid=…,' in finding.fix


def test_an_integration_that_only_needs_to_be_primary_is_named(start: Start, bridge: FakeBridge) -> None:
    doctor = start(integrations=("in_app",))
    environment = Environment(doctor.novu)
    body = {"providerId": "nodemailer", "channel": "email", "identifier": "smtp", "active": False}
    environment.call("POST", "/v1/integrations", json=body)
    bridge.workflows = [workflow("welcome", steps=[step("mail")])]
    environment.sync(bridge.url)
    fix = doctor.diagnose(bridge.url)["registration.integrations"].fix
    assert '`novu.Integration("smtp", provider_id="nodemailer", primary=True)`' in fix


def test_an_inbox_that_no_application_connected_is_reported(start: Start, bridge: FakeBridge) -> None:
    doctor = start(integrations=("email",))
    bridge.workflows = [workflow("welcome", steps=[step("inbox", "in_app")])]
    Environment(doctor.novu).sync(bridge.url)
    finding = doctor.diagnose(bridge.url)["registration.integrations"]
    assert finding.status == "warning"
    assert "Open the Inbox of the application once" in finding.fix


def test_an_older_novu_shows_missing_integrations_too(start: Start, bridge: FakeBridge) -> None:
    doctor = start(**{**RELEASES["2025-05"], "integrations": ()})
    bridge.workflows = [workflow("welcome", steps=[step("mail")])]
    Environment(doctor.novu).sync(bridge.url)
    finding = doctor.diagnose(bridge.url)["registration.integrations"]
    assert list(finding.evidence) == ["Novu cannot deliver email (welcome / mail): the channel has no integration"]


def test_an_id_of_a_dashboard_workflow_is_reported(doctor: Doctor, bridge: FakeBridge, sync: Sync) -> None:
    sync(bridge.url)
    doctor.novu.create_dashboard_workflow(workflow_id="payment-failed")
    bridge.workflows.append(workflow("payment-failed"))
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis.failed == {"registration.dashboard"}
    assert "already holds 'payment-failed', made in Novu's dashboard" in diagnosis["registration.dashboard"].title


def test_a_manifest_file_replaces_the_manifest_of_an_unreachable_bridge(
    doctor: Doctor, bridge: FakeBridge, sync: Sync, tmp_path: Path
) -> None:
    from novu_provider.model.manifest import Manifest

    sync(bridge.url)
    file = tmp_path / "novu.manifest.json"
    declared = [*bridge.workflows, workflow("payment-failed")]
    file.write_text(Manifest.discovered({"workflows": declared}, "a bridge").dump(), encoding="utf-8")
    diagnosis = doctor.diagnose("https://no-such-host.invalid/api/novu", manifest=str(file))
    assert "'payment-failed'" in diagnosis["registration.missing"].title
    assert diagnosis["registration.left-behind"].status == "ok"


def test_an_unreadable_manifest_file_hides_no_other_finding(
    doctor: Doctor, bridge: FakeBridge, sync: Sync, tmp_path: Path
) -> None:
    diagnosis = doctor.diagnose(sync(bridge.url), manifest=str(tmp_path / "none.json"))
    assert diagnosis.failed == {"settings.read"}
    assert "cannot be read" in diagnosis["settings.read"].title
    assert diagnosis["registration.missing"].status == "ok"


def test_an_unreadable_ca_bundle_hides_no_other_finding(doctor: Doctor, bridge: FakeBridge, tmp_path: Path) -> None:
    diagnosis = doctor.diagnose(bridge.url, caBundle=str(tmp_path / "none.pem"))
    assert diagnosis.failed == {"settings.read"}
    assert "CA bundle" in diagnosis["settings.read"].title
    assert diagnosis["bridge.discover"].status == "ok"
