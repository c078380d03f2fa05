"""Both halves of each pipeline, by the lines in its file, on the real engine, the embedded Novu and real bridges."""

from __future__ import annotations

import json

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.pipelines.checkout import PASSPHRASE, TOKEN, Checkout, Outcome
from tests.pipelines.pipelines import SHELL, SYSTEMS, Half


def _job(checkout: Checkout, system: str, half: Half, app: App) -> Outcome:
    """Run a half as its system does: a step that fails ends it, but for those that run in any case."""
    store = {
        "NOVU_SECRET_KEY": app.key,
        "NOVU_BRIDGE_URL": app.url,
        "PULUMI_BACKEND_URL": checkout.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "VERCEL_AUTOMATION_BYPASS_SECRET": TOKEN,
    }
    steps = SYSTEMS[system](half, store)
    assert steps
    status, printed = 0, ""
    for step in steps:
        if status == 0 or step.always:
            outcome = checkout.run(step.script, step.env, SHELL.get(system, "-e"))
            status, printed = status or outcome.status, printed + outcome.output
    for secret in (app.key, PASSPHRASE, TOKEN):
        assert secret not in printed
    return Outcome(status, printed)


@pytest.mark.parametrize("system", SYSTEMS)
def test_from_pull_request_to_production(
    system: str, checkout: Checkout, novu: Emulator, bridges: BridgeProcess
) -> None:
    development, production = App(bridges, novu.development_key), App(bridges, novu.production_key)
    workflows = specs.shop(2)
    ids = {one["id"] for one in workflows}
    for app in (development, production):
        app.deploy(*workflows)
        app.undeploy()

    for half, app in (("pull request", development), ("main", production)):
        red = _job(checkout, system, half, app)  # type: ignore[arg-type]
        assert red.status != 0, red.output
        assert "returned 404" in red.output
    assert writes(novu) == []
    assert checkout.made("e2e-ran") is None

    development.deploy(*workflows)
    green = _job(checkout, system, "pull request", development)
    assert green.status == 0, green.output
    assert Environment(novu, development.key).ids() == ids
    assert Environment(novu, production.key).ids() == set()
    assert checkout.made("e2e-ran") == development.key
    plan = json.loads(checkout.made("novu-plan.json") or "{}")
    assert {one["workflowId"] for one in plan["workflows"]["created"]} == ids
    assert all(one in (checkout.made("novu-plan.md") or "") for one in ids)
    if system == "github":
        assert "novu-plan.md" in (checkout.made("gh-was-asked") or "")

    production.deploy(*workflows)
    green = _job(checkout, system, "main", production)
    assert green.status == 0, green.output
    assert Environment(novu, production.key).ids() == ids
