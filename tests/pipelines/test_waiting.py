"""The shared script waits for a rollout, and only for that."""

from __future__ import annotations

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
    assert "waiting up to 60 s for the bridge" in done.output
    assert Environment(novu, app.key).ids() == {specs.shop(1)[0]["id"]}


def test_with_a_manifest_another_build_is_not_taken(checkout: Checkout, novu: Emulator, app: App) -> None:
    variables = _variables(checkout, app, 1)
    exported = checkout.run(".venv/bin/novu-provider manifest export -o novu.manifest.json", variables)
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


def test_a_plan_with_a_manifest_is_applied_in_another_checkout(checkout: Checkout, novu: Emulator, app: App) -> None:
    variables = _variables(checkout, app, 60)
    assert checkout.run(".venv/bin/novu-provider manifest export -o novu.manifest.json", variables).status == 0
    app.undeploy()
    planned = checkout.run("./novu-ci.sh preview dev", variables)
    assert planned.status == 0, planned.output
    app.deploy(*specs.shop(3))
    done = checkout.again(["novu-plan.*", "novu.manifest.json"]).run("./novu-ci.sh apply dev", variables)
    assert done.status == 0, done.output
    assert len(Environment(novu, app.key).ids()) == 3


def test_a_wrong_key_ends_the_wait_at_once(checkout: Checkout, app: App) -> None:
    """With 600 seconds to wait, the job would exceed the time limit of the test."""
    variables = _variables(checkout, app, 600) | {"NOVU_SECRET_KEY": "0123456789abcdef0123456789abcdef"}
    red = checkout.run("./novu-ci.sh deploy dev", variables)
    assert red.status != 0
    assert "rejected the signature" in red.output
    assert "waiting" not in red.output


def test_the_settings_of_the_stack_are_used(checkout: Checkout, novu: Emulator, app: App) -> None:
    """The stack names a self-hosted Novu and the bridge, which has no HTTPS. Novu Cloud would refuse it."""
    settings = {"apiUrl": novu.url, "bridgeUrl": app.url}
    text = "config:\n" + "".join(f"  novu:{name}: {value}\n" for name, value in settings.items())
    (checkout.directory / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
    variables = _variables(checkout, app, 600) | {"NOVU_API_URL": "", "NOVU_BRIDGE_URL": ""}
    done = checkout.run("./novu-ci.sh deploy dev", variables)
    assert done.status == 0, done.output


def test_a_missing_variable_is_named(checkout: Checkout, app: App) -> None:
    variables = _variables(checkout, app, 1)
    for name in ("NOVU_SECRET_KEY", "NOVU_BRIDGE_URL", "PULUMI_BACKEND_URL"):
        red = checkout.run("./novu-ci.sh preview dev", variables | {name: ""})
        assert red.status == 1
        assert name in red.output
    assert checkout.run("./novu-ci.sh", {}).status == 1
    assert checkout.run("./novu-ci.sh e2e", {"NOVU_E2E": "false"}).status != 0
