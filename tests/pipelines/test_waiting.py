"""The shared script waits for a rollout."""

from __future__ import annotations

import sys
from pathlib import Path

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.pipelines.checkout import PASSPHRASE, Checkout


def _variables(checkout: Checkout, app: App, seconds: int) -> dict[str, str]:
    return {
        "NOVU_SECRET_KEY": app.key,
        "NOVU_BRIDGE_URL": app.url,
        "PULUMI_BACKEND_URL": checkout.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "NOVU_WAIT": str(seconds),
    }


def test_deploy_waits_until_the_bridge_answers(checkout: Checkout, novu: Emulator, app: App) -> None:
    app.deploy(*specs.shop(1), fault={"status": 404, "body": "not yet", "times": 2})
    done = checkout.run("./novu-ci.sh deploy dev", _variables(checkout, app, 60))
    assert done.status == 0, done.output
    assert "waiting for the bridge" in done.output
    assert Environment(novu, app.key).ids() == {specs.shop(1)[0]["id"]}


def test_with_a_manifest_another_build_is_not_taken(checkout: Checkout, novu: Emulator, app: App) -> None:
    program = str(Path(sys.executable).with_name("novu-provider"))
    variables = _variables(checkout, app, 1)
    exported = checkout.run(f"{program} manifest export -o novu.manifest.json", variables)
    assert exported.status == 0, exported.output
    app.deploy(*specs.shop(1))
    assert checkout.run("./novu-ci.sh preview dev", variables).status == 0
    red = checkout.run("./novu-ci.sh deploy dev", variables)
    assert red.status != 0
    assert writes(novu) == []
    app.deploy(*specs.shop(3))
    green = checkout.run("./novu-ci.sh deploy dev", variables)
    assert green.status == 0, green.output
    assert len(Environment(novu, app.key).ids()) == 3


def test_what_is_not_set_is_named(checkout: Checkout, app: App) -> None:
    variables = _variables(checkout, app, 1)
    for name in ("NOVU_SECRET_KEY", "NOVU_BRIDGE_URL", "PULUMI_BACKEND_URL"):
        red = checkout.run("./novu-ci.sh preview dev", variables | {name: ""})
        assert red.status == 1
        assert name in red.output
    assert checkout.run("./novu-ci.sh", {}).status == 1
    assert checkout.run("./novu-ci.sh e2e", {"NOVU_E2E": "false"}).status != 0
