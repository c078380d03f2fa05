"""`Applications` reads several applications for a program, and `Bridge` declares the workflows of all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from novu_provider.bridge.applications import Source
from novu_provider.model.manifest import Manifest
from novu_provider.model.state_format import APPLICATIONS, manifest_inputs, workflow_digests, workflows_by_application
from novu_provider.resources.applications import Applications
from novu_provider.resources.environment_binding import BindingProvider
from novu_provider.settings import Settings
from novu_provider.sync.session import Session
from tests.contract.fake_bridge import FakeBridge, fake_bridge, json_response
from tests.unit.documents import discover, entry
from tests.unit.fake_novu import BRIDGE, FakeNovu

GATEWAY = "https://gateway.example.com/api/novu"


@pytest.fixture
def shop() -> Iterator[FakeBridge]:
    with fake_bridge() as running:
        running.workflows = [entry("order-shipped"), entry("welcome")]
        yield running


def _settings(**values: Any) -> Settings:
    return Settings.read({"secretKey": "a-key", "bridgeUrl": GATEWAY, **values}.get, {})


def _billing(*ids: str) -> Source:
    manifest = Manifest.discovered(discover(*map(entry, ids), agents=[{"agentId": "accountant"}]), "billing")
    return Source("https://billing.example.com/api/novu", manifest=manifest)


def test_routes_and_agents_lead_to_the_urls_of_the_applications(shop: FakeBridge) -> None:
    billing = _billing("invoice")

    applications = Applications({"shop": shop.url, "billing": billing}, settings=_settings())

    assert applications.routes == {"invoice": billing.url, "order-shipped": shop.url, "welcome": shop.url}
    assert applications.workflows == {"invoice": "billing", "order-shipped": "shop", "welcome": "shop"}
    assert applications.agents == {"accountant": billing.url}
    assert applications.bridge_url == GATEWAY
    files = applications.gateway_config("nginx", folder="/srv/novu")
    assert json.loads(files["discover.json"]) == applications.discover_document
    assert "/srv/novu/discover.json" in files["novu-server.conf"]


def test_a_source_may_be_an_object_with_a_manifest_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.manifest.json"
    file.write_text(Manifest.discovered(discover(entry("welcome")), "shop").dump())
    source = {"url": "https://shop.example.com/api/novu", "manifest": str(file)}

    applications = Applications({"shop": source}, settings=_settings())

    assert applications.routes == {"welcome": "https://shop.example.com/api/novu"}


def test_only_an_application_that_the_settings_name_may_be_down(shop: FakeBridge) -> None:
    before = Applications({"shop": shop.url, "billing": _billing("invoice")}, settings=_settings())
    shop.response = json_response({"message": "down"}, 503)
    sources: dict[str, str | Source] = {"shop": shop.url, "billing": _billing("invoice", "reminder")}
    with fake_bridge() as gateway:
        gateway.response = json_response(before.discover_document)
        with pytest.raises(pulumi.RunError, match="the application 'shop'"):
            Applications(sources, bridge_url=gateway.url, settings=_settings(bridgeUrl=None))
        for keep in ("shop", True):
            settings = _settings(bridgeUrl=None, keepApplications=keep)
            after = Applications(sources, bridge_url=gateway.url, settings=settings)
            assert after.workflows == {**before.workflows, "reminder": "billing"}
            assert {
                id_: digest for id_, digest in after.manifest.digests.items() if id_ != "reminder"
            } == before.manifest.digests


@pytest.mark.parametrize(
    ("sources", "settings", "message"),
    [
        ({}, {}, "there is no application"),
        ({"shop": {"address": "https://x"}}, {}, "the source of the application 'shop' is invalid"),
        ({"shop": Source("https://x", manifest=Manifest(()))}, {}, "the application 'shop' declares no workflow"),
        ({"shop": "https://x"}, {"bridgeUrl": None}, "there is no URL of the gateway"),
        ({"shop": "https://x"}, {"keepApplications": "news"}, "there is no application 'news' to keep"),
    ],
)
def test_a_mistake_is_an_error_without_a_traceback(
    sources: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        Applications(sources, settings=_settings(**settings))


def test_an_application_may_be_empty_on_purpose() -> None:
    empty = Source("https://shop.example.com", manifest=Manifest(()), allow_empty=True)

    applications = Applications({"shop": empty, "billing": _billing("invoice")}, settings=_settings())

    assert applications.workflows == {"invoice": "billing"}
    # The guard against an application that lost its workflows does not apply to it.
    assert applications.workflows_by_application == {"billing": ["invoice"]}


class _Binding(BindingProvider):
    def __init__(self, novu: FakeNovu) -> None:
        self._session = Session(Settings.read({"secretKey": "0" * 32}.get, {}), novu)

    def session(self) -> Session:
        return self._session


def test_the_plan_refuses_an_application_that_loses_most_of_its_workflows() -> None:
    ids = [f"w-{number:02}" for number in range(20)]
    shop, billing = ids[:4], ids[4:]
    novu = FakeNovu(*map(entry, ids))
    novu.store(*map(entry, ids))
    digests = novu.manifest().digests

    def reasons(**applications: list[str]) -> list[str]:
        common = {"bridgeUrl": BRIDGE, "bypassToken": ""}
        before = {**common, **manifest_inputs(digests), APPLICATIONS: {"shop": shop, "billing": billing}}
        declared = manifest_inputs({id_: digests[id_] for part in applications.values() for id_ in part})
        checked = _Binding(novu).check_inputs(before, {**common, **declared, APPLICATIONS: applications})
        return [failure.reason for failure in checked.failures]

    (refused,) = reasons(shop=shop[:1], billing=billing)
    assert "the application 'shop' would lose 3 of its 4 workflows" in refused
    # The workflows move to another application, or the application was removed from the sources.
    assert reasons(shop=shop[:1], billing=[*shop[1:], *billing]) == []
    assert reasons(billing=billing) == []


def test_an_unknown_option_of_the_configuration_is_named(shop: FakeBridge) -> None:
    applications = Applications({"shop": shop.url}, settings=_settings())

    with pytest.raises(pulumi.RunError, match="no option 'directory'"):
        applications.gateway_config("nginx", directory="/srv")
    with pytest.raises(pulumi.RunError, match="the format 'apache'"):
        applications.gateway_config("apache")


_PROGRAM = """
import json
import pulumi

registered = {}


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        registered[args.typ.split(":")[-1] + " " + args.name] = args.inputs
        return args.name, args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Mocks())
import novu_provider as novu

settings = novu.Settings.read(
    {"secretKey": "a-key", "bridgeUrl": "https://gateway.example.com/api/novu"}.get, {}
)
sources = {
    name: {"url": f"https://{name}.example.com/api/novu", "manifest": f"{name}.json"} for name in ("shop", "billing")
}


@pulumi.runtime.test
def run():
    bridge = novu.Bridge("apps", settings=settings, sources=sources, **OPTIONS)
    files = bridge.applications.gateway_config("caddy")
    assert "shop/workflows.caddy" in files
    assert bridge.gateway_config("caddy") == files
    return bridge.workflow_names.apply(lambda _: None)


try:
    run()
except pulumi.RunError as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps(registered))
"""


def _run(folder: Path, options: str = "{}") -> Any:
    for name, workflow_id in (("shop", "welcome"), ("billing", "invoice")):
        (folder / f"{name}.json").write_text(Manifest.discovered(discover(entry(workflow_id)), name).dump())
    program = textwrap.dedent(_PROGRAM).replace("OPTIONS", options)
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_plan_shows_the_application_of_each_workflow(tmp_path: Path) -> None:
    registered = _run(tmp_path)

    assert registered["Workflow welcome"]["application"] == "shop"
    assert registered["Workflow invoice"]["application"] == "billing"
    binding = registered["EnvironmentBinding apps"]
    assert binding["bridgeUrl"] == GATEWAY
    assert set(workflow_digests(binding)) == {"welcome", "invoice"}
    assert workflows_by_application(binding) == {"shop": ["welcome"], "billing": ["invoice"]}
    # The gateway is not asked in the preview: it serves the new document only after the update has begun.
    assert binding["manifestSource"] == "file"


def test_the_program_of_the_ci_example_declares_all_applications(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "ci" / "applications" / "__main__.py"
    for name, workflow_id in (("shop", "welcome"), ("billing", "invoice")):
        manifest = Manifest.discovered(discover(entry(workflow_id)), name)
        (tmp_path / f"{name}.manifest.json").write_text(manifest.dump())
    before, _, _ = textwrap.dedent(_PROGRAM).partition("import novu_provider")
    program = f"""{before}

@pulumi.runtime.test
def run():
    exec(compile(open({str(example)!r}).read(), "example", "exec"), globals())
    return bridge.workflow_names.apply(lambda _: None)


run()
print(json.dumps(registered))
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "NOVU_SECRET_KEY": "a-key", "NOVU_BRIDGE_URL": GATEWAY},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["Workflow invoice"]["application"] == "billing"


def test_sources_and_a_manifest_exclude_each_other(tmp_path: Path) -> None:
    assert "both `sources` and `manifest`" in _run(tmp_path, "{'manifest': 'shop.json'}")["error"]
