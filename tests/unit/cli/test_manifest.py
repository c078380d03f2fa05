"""`novu-provider manifest`, `adopt` and `show`, with an embedded Novu and a bridge on loopback."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from novu_provider import schemas
from novu_provider.cli import main
from novu_provider.emulator import Emulator, EmulatorConfig
from novu_provider.model.manifest import Manifest
from tests.contract.fake_bridge import BridgeResponse, FakeBridge, fake_bridge, json_response
from tests.shipped_schemas import expect_valid
from tests.unit.documents import Document, entry, schema, step


@pytest.fixture(scope="module")
def novu() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(bridge_retry_delay=0)) as server:
        yield server


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    with fake_bridge() as server:
        server.workflows = [_welcome("Hello"), entry("digest")]
        yield server


@pytest.fixture(autouse=True)
def _variables(novu: Emulator, bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    novu.reset()
    monkeypatch.setenv("NOVU_SECRET_KEY", novu.development_key)
    monkeypatch.setenv("NOVU_PROD_SECRET_KEY", novu.production_key)
    monkeypatch.setenv("NOVU_API_URL", novu.url)
    monkeypatch.setenv("NOVU_BRIDGE_URL", bridge.url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The manifest file of the unchanged bridge."""
    path = tmp_path / "novu.manifest.json"
    assert _run("manifest", "export", "-o", str(path)).exit_code == 0
    return path


def _welcome(body: str) -> Document:
    return entry("welcome", step("mail", controls=schema(body={"type": "string", "default": body})), name="Welcome")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def _sync(novu: Emulator, bridge: FakeBridge, key: str) -> None:
    httpx.post(
        f"{novu.url}/v1/bridge/sync",
        json={"bridgeUrl": bridge.url},
        headers={"Authorization": f"ApiKey {key}"},
        trust_env=False,
    ).raise_for_status()


def _shuffled(value: Any) -> Any:
    """Return the same JSON with its members in another order."""
    if isinstance(value, dict):
        items = list(value.items())
        random.Random(7).shuffle(items)
        return {key: _shuffled(member) for key, member in items}
    return [_shuffled(member) for member in value] if isinstance(value, list) else value


def test_an_export_contains_the_former_ids_of_the_option(tmp_path: Path) -> None:
    path = tmp_path / "novu.manifest.json"
    renames = ["--renamed-from", "welcome=hello", "--renamed-from", "digest=summary"]
    assert _run("manifest", "export", *renames, "-o", str(path)).exit_code == 0
    assert Manifest.load(path).renamed_from == {"welcome": "hello", "digest": "summary"}
    expect_valid(json.loads(path.read_text(encoding="utf-8")), "manifest")
    assert _run("manifest", "export", "--renamed-from", "welcome").exit_code == 2


def test_an_export_ignores_additions_of_framework_and_bundler(bridge: FakeBridge, file: Path, tmp_path: Path) -> None:
    first = file.read_bytes()
    documents = _shuffled(list(reversed(bridge.workflows)))
    for document in documents:
        document["code"] = "async({step:e})=>{}"
        document["payload"]["unknownSchema"] = {"_def": {"typeName": "ZodObject"}, "~standard": {"version": 1}}
        for step_document in document["steps"]:
            step_document |= {
                "code": "e=>t",
                "options": {"skip": {}, "x": 1},
                "providers": [{"type": "sendgrid", "code": ""}],
            }
            step_document["results"]["schema"] = {"type": "object", "title": "of a newer framework"}
    bridge.workflows = documents
    second = tmp_path / "second.json"
    _run("manifest", "export", "-o", str(second))
    assert second.read_bytes() == first
    assert _run("manifest", "export").output.encode() == first


def test_a_local_bridge_without_tls_is_read_for_novu_cloud_too(
    file: Path, bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Novu Cloud accepts only bridges with HTTPS, but these commands do not call it."""
    monkeypatch.delenv("NOVU_API_URL")
    for command in (["export"], ["export", "--region", "eu"], ["check", str(file)], ["diff", str(file), bridge.url]):
        result = _run("manifest", *command)
        assert result.exit_code == 0, result.output


def test_an_export_waits_for_a_deployment(bridge: FakeBridge) -> None:
    bridge.response = BridgeResponse(status=404)

    def deploy() -> None:
        while not bridge.requests:
            time.sleep(0.01)
        bridge.response = None

    rollout = threading.Thread(target=deploy)
    rollout.start()
    result = _run("manifest", "export", "--wait", "600")
    rollout.join()
    assert result.exit_code == 0
    assert "novu: waiting up to" in result.stderr
    assert "returned 404" in result.stderr
    assert json.loads(result.stdout)["workflows"]


@pytest.mark.parametrize("code", ["SignatureMismatchError", "SigningKeyNotFoundError"])
def test_an_export_does_not_wait_for_a_wrong_key(bridge: FakeBridge, code: str) -> None:
    bridge.response = json_response({"message": "no", "code": code}, status=401)
    result = _run("manifest", "export", "--wait", "600")
    assert (result.exit_code, len(bridge.requests)) == (1, 1)
    assert "waiting" not in result.output


def test_null_stays_null_in_the_file(bridge: FakeBridge, file: Path) -> None:
    controls = schema(body={"type": ["string", "null"], "default": None}, odd={"default": "(null)"})
    bridge.workflows = [entry("a", step("mail", controls=controls))]
    assert _run("manifest", "export", "-o", str(file)).exit_code == 0
    written = json.loads(file.read_text())["workflows"][0]["steps"][0]["controlSchema"]["properties"]
    assert (written["body"]["default"], written["odd"]["default"]) == (None, "(null)")
    assert _run("manifest", "check", str(file)).exit_code == 0


def test_check_passes_if_bridge_and_file_are_equal(file: Path) -> None:
    result = _run("manifest", "check", str(file))
    assert (result.exit_code, "no difference" in result.output) == (0, True)


def test_check_fails_with_the_difference_of_each_property(bridge: FakeBridge, file: Path) -> None:
    bridge.workflows = [_welcome("Hi"), entry("news")]
    result = _run("manifest", "check", str(file))
    assert result.exit_code == 1
    assert 'steps.mail.controls.body.default: "Hello" → "Hi"' in result.output
    assert "digest renamed to news" in result.output


def test_check_exits_with_2_on_an_error(bridge: FakeBridge, file: Path, tmp_path: Path) -> None:
    assert _run("manifest", "check", str(tmp_path / "missing.json")).exit_code == 2
    bridge.close()
    result = _run("manifest", "check", str(file))
    assert result.exit_code == 2
    assert "is not reachable" in result.output


def test_diff_compares_files_without_a_key(
    bridge: FakeBridge, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge.workflows = [_welcome("Hello")]
    other = tmp_path / "other.json"
    _run("manifest", "export", "-o", str(other))
    monkeypatch.delenv("NOVU_SECRET_KEY")
    result = _run("manifest", "diff", str(file), str(other), "--json")
    assert result.exit_code == 1
    assert [workflow["workflowId"] for workflow in json.loads(result.output)["deleted"]] == ["digest"]
    assert _run("manifest", "diff", str(file), str(file)).exit_code == 0


def test_diff_compares_a_bridge_with_an_environment(novu: Emulator, bridge: FakeBridge) -> None:
    _sync(novu, bridge, novu.development_key)
    assert _run("manifest", "diff", "env:", bridge.url).exit_code == 0
    bridge.workflows[0] = _welcome("Changed")
    result = _run("manifest", "diff", "env:", bridge.url)
    assert result.exit_code == 1
    assert '"Hello" → "Changed"' in result.output
    assert "the environment 'Development'" in result.output


def test_diff_compares_two_environments_by_the_variables_of_their_keys(novu: Emulator, bridge: FakeBridge) -> None:
    _sync(novu, bridge, novu.development_key)
    bridge.workflows.pop()
    _sync(novu, bridge, novu.production_key)
    result = _run("manifest", "diff", "env:NOVU_PROD_SECRET_KEY", "env:")
    assert result.exit_code == 1
    assert "Only in the second" in result.output
    assert "digest" in result.output
    assert novu.production_key not in result.output


def test_diff_with_an_environment_ignores_agents(novu: Emulator, bridge: FakeBridge, file: Path) -> None:
    _sync(novu, bridge, novu.development_key)
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "agents": ["helper"]}))
    assert _run("manifest", "diff", "env:", str(file)).exit_code == 0
    result = _run("manifest", "diff", bridge.url, str(file))
    assert result.exit_code == 1
    assert "helper" in result.output


@pytest.mark.parametrize(
    "source", ["env:NOT_SET_AT_ALL", "env:sk-0123456789 abc", "env:0123456789abcdef0123456789abcdef"]
)
def test_a_key_instead_of_its_variable_is_not_printed(novu: Emulator, source: str) -> None:
    result = _run("manifest", "diff", source, "env:")
    assert result.exit_code == 2
    assert ("0123456789" in result.output) is False


def test_the_schema_of_a_manifest_is_printed() -> None:
    assert _run("manifest", "schema").output == schemas.shipped("manifest")


def test_show_lists_the_flags_of_the_dashboard(novu: Emulator, bridge: FakeBridge) -> None:
    _sync(novu, bridge, novu.development_key)
    flags = {"validatePayload": True, "active": False}
    headers = {"Authorization": f"ApiKey {novu.development_key}"}
    httpx.patch(f"{novu.url}/v2/workflows/digest", json=flags, headers=headers, trust_env=False).raise_for_status()
    lines = {name: line for line in _run("show").output.splitlines() for name in ("digest", "welcome") if name in line}
    assert [word in lines["digest"] for word in ("no", "payload validation")] == [True, True]
    assert "payload validation" not in lines["welcome"]


def test_adopt_prints_the_first_plan_and_writes_nothing(novu: Emulator, bridge: FakeBridge) -> None:
    bridge.workflows.append(entry("gone"))
    _sync(novu, bridge, novu.development_key)
    bridge.workflows = [_welcome("Hi"), entry("digest"), entry("new", step("text", "sms"))]
    novu.clear_requests()
    result = _run("adopt")
    assert result.exit_code == 0
    assert {record.method for record in novu.requests} == {"GET"}
    for part in (
        "bridge URL configured: the same",
        "Adopted without changes: 1 workflow",
        'steps.mail.controls.body.default: "Hello" → "Hi"',
        "new: 1 step text (sms)",
        "gone  removed in the code, or part of another application",
        "pulumi config set novu:pruneUnmanaged gone",
    ):
        assert part in result.output


def test_adopt_with_a_manifest_file_needs_no_bridge(novu: Emulator, bridge: FakeBridge, file: Path) -> None:
    _sync(novu, bridge, novu.development_key)
    bridge.close()
    result = _run("adopt", "--manifest", str(file))
    assert result.exit_code == 0
    assert "Adopted without changes: 2 workflows" in result.output
    assert "writes nothing to Novu" in result.output


def test_diff_compares_a_file_with_the_environment_by_an_option(novu: Emulator, bridge: FakeBridge, file: Path) -> None:
    assert _run("manifest", "diff", str(file), "--environment").exit_code == 1
    _sync(novu, bridge, novu.development_key)
    assert _run("manifest", "diff", str(file), "--environment").exit_code == 0
    assert _run("manifest", "diff", str(file)).exit_code == 2
    assert _run("manifest", "diff", str(file), "env:", "--environment").exit_code == 2
