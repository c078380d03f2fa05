"""`novu-provider gateway`, from manifest files and from running applications."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from novu_provider.cli import main
from novu_provider.model.manifest import Manifest
from tests.contract.fake_bridge import FakeBridge, fake_bridge, html_response, json_response
from tests.unit.documents import discover, entry

GATEWAY = "https://gateway.example.com/api/novu"


@pytest.fixture
def shop() -> Iterator[FakeBridge]:
    with fake_bridge() as running:
        running.workflows = [entry("order-shipped"), entry("welcome")]
        yield running


@pytest.fixture
def billing() -> Iterator[FakeBridge]:
    with fake_bridge() as running:
        running.workflows = [entry("invoice")]
        yield running


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVU_SECRET_KEY", "a-key")
    monkeypatch.delenv("NOVU_BRIDGE_URL", raising=False)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["gateway", *arguments])


def _live(shop: FakeBridge, billing: FakeBridge, *more: str, bridge_url: str = GATEWAY) -> Result:
    sources = ["--source", f"shop={shop.url}", "--source", f"billing={billing.url}"]
    return _run("--format", "nginx", "--bridge-url", bridge_url, *sources, *more)


def test_a_folder_that_cannot_be_written_is_named(shop: FakeBridge, billing: FakeBridge, tmp_path: Path) -> None:
    (tmp_path / "gateway").write_text("a file", encoding="utf-8")

    result = _live(shop, billing, "-o", str(tmp_path / "gateway" / "novu"))

    assert result.exit_code == 1
    assert f"{tmp_path / 'gateway' / 'novu'} cannot be written: Not a directory." in result.output
    assert "Fix: Pass another folder" in result.output


def test_only_an_application_of_the_gateway_may_be_empty(shop: FakeBridge, billing: FakeBridge) -> None:
    result = _live(shop, billing, "--allow-empty", "biling")

    assert result.exit_code == 2
    assert "--allow-empty biling: there is no --source biling=…" in result.output


def test_the_files_come_from_the_running_applications(shop: FakeBridge, billing: FakeBridge, tmp_path: Path) -> None:
    result = _live(shop, billing, "-o", str(tmp_path))

    assert result.exit_code == 0, result.output
    served = json.loads((tmp_path / "discover.json").read_text())
    assert [each["workflowId"] for each in served["workflows"]] == ["invoice", "order-shipped", "welcome"]
    assert "welcome" in (tmp_path / "shop" / "workflows.conf").read_text()
    assert "welcome" not in (tmp_path / "billing" / "workflows.conf").read_text()
    for bridge in (shop, billing):
        assert [(each.query["action"], "novu-signature" in each.headers) for each in bridge.requests] == [
            ("discover", True)
        ]


def test_manifest_files_need_no_key_and_no_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOVU_SECRET_KEY")
    manifest = tmp_path / "shop.json"
    manifest.write_text(Manifest.discovered(discover(entry("welcome")), "shop").dump())

    result = _run(
        *("--format", "envoy", "--bridge-url", GATEWAY, "--source", "shop=https://shop.example.com/api/novu"),
        *("--manifest", f"shop={manifest}", "-o", str(tmp_path / "out")),
    )

    assert result.exit_code == 0, result.output
    assert "welcome" in (tmp_path / "out" / "rds.json").read_text()


def test_one_file_goes_to_standard_output(tmp_path: Path) -> None:
    manifest = tmp_path / "shop.json"
    manifest.write_text(Manifest.discovered(discover(entry("welcome")), "shop").dump())

    result = _run(
        *("--format", "httproute", "--parent", "gateways/public", "--bridge-url", GATEWAY),
        *("--source", "shop=http://shop.apps.svc:8080/api/novu", "--manifest", f"shop={manifest}"),
    )

    assert json.loads(result.stdout)["kind"] == "List"


def test_the_error_names_each_application_that_is_down(shop: FakeBridge, billing: FakeBridge) -> None:
    shop.response = billing.response = html_response()

    result = _live(shop, billing)

    assert result.exit_code == 1
    assert "the application 'billing': " in result.output
    assert "These applications cannot be read either: 'shop'" in result.output


def test_an_application_that_is_down_keeps_its_routes(shop: FakeBridge, billing: FakeBridge, tmp_path: Path) -> None:
    assert _live(shop, billing, "-o", str(tmp_path)).exit_code == 0
    before = {path.name: path.read_text() for path in (tmp_path / "shop").iterdir()}
    shop.response = json_response({"message": "down"}, 503)
    billing.workflows = [entry("invoice"), entry("reminder")]
    with fake_bridge() as gateway:
        gateway.response = json_response(json.loads((tmp_path / "discover.json").read_text()))
        result = _live(shop, billing, "--keep", "shop", "-o", str(tmp_path), bridge_url=gateway.url)

    assert result.exit_code == 0, result.output
    assert {path.name: path.read_text() for path in (tmp_path / "shop").iterdir()} == before
    assert _verifiers(tmp_path) == ["billing", "shop"]
    assert "reminder" in (tmp_path / "discover.json").read_text()


def _verifiers(folder: Path) -> list[str]:
    """Return the applications that verify discover requests, in the order in which nginx asks them."""
    return re.findall(r'set \$novu_verifier "http://novu-(\w+)/', (folder / "novu-server.conf").read_text())


def test_an_application_that_is_down_is_the_last_to_verify_requests(
    shop: FakeBridge, billing: FakeBridge, tmp_path: Path
) -> None:
    assert _live(shop, billing, "-o", str(tmp_path)).exit_code == 0
    billing.response = json_response({"message": "down"}, 503)
    with fake_bridge() as gateway:
        gateway.response = json_response(json.loads((tmp_path / "discover.json").read_text()))
        kept = _live(shop, billing, "--keep", "billing", "-o", str(tmp_path), bridge_url=gateway.url)
        gateway.response = json_response({"message": "down"}, 503)
        refused = _live(shop, billing, "--keep", "billing", "-o", str(tmp_path), bridge_url=gateway.url)

    assert kept.exit_code == 0, kept.output
    assert _verifiers(tmp_path) == ["shop", "billing"]
    assert "the gateway cannot be asked for what it has of 'billing'" in refused.output
    assert "--manifest NAME=FILE" in refused.output


def test_only_a_named_application_may_be_down(shop: FakeBridge, billing: FakeBridge) -> None:
    shop.response = json_response({"message": "down"}, 503)

    assert "the application 'shop'" in _live(shop, billing, "--keep", "billing").output
    assert "no application 'news' to keep" in _live(shop, billing, "--keep", "news").output


def test_an_application_without_workflows_is_refused(shop: FakeBridge, billing: FakeBridge, tmp_path: Path) -> None:
    billing.workflows = []

    refused = _live(shop, billing, "-o", str(tmp_path))
    allowed = _live(shop, billing, "--allow-empty", "billing", "-o", str(tmp_path))

    assert (refused.exit_code, allowed.exit_code) == (1, 0)
    assert "the application 'billing' declares no workflow" in refused.output
    assert "for the gateway with `--allow-empty billing`" in refused.output


def test_the_folder_of_a_removed_application_is_named(shop: FakeBridge, billing: FakeBridge, tmp_path: Path) -> None:
    assert _live(shop, billing, "-o", str(tmp_path)).exit_code == 0

    result = _run(
        *("--format", "nginx", "--bridge-url", GATEWAY, "--source", f"billing={billing.url}", "-o", str(tmp_path))
    )

    assert f"{tmp_path / 'shop'} belongs to no application: delete it after the sync" in result.output
    assert (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "shop"], "'shop' is not NAME=VALUE"),
        (["--source", "shop=https://a", "--source", "shop=https://b"], "'shop' occurs twice"),
        (["--source", "shop=https://a", "--manifest", "news=x.json"], "there is no --source news="),
    ],
)
def test_a_mistyped_argument_is_a_usage_error(arguments: list[str], message: str) -> None:
    result = _run("--format", "nginx", "--bridge-url", GATEWAY, *arguments)

    assert result.exit_code == 2
    assert message in result.output
