"""The GitHub Action: its `run` steps, taken out of `action.yml` and run in its order with the inputs of `novu sync`."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.pipelines.checkout import ROOT, TOKEN, Checkout, Outcome


class Runner:
    """As much of GitHub's runner as the action uses; what other actions do (caches, Python) is left out."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.temporary = checkout.directory / "runner"
        self.temporary.mkdir()
        # The action's tools are there, as after an earlier use in the same job.
        (self.temporary / "novu-tools").symlink_to(Path(sys.executable).parents[1])
        self.outputs: dict[str, str] = {}

    def use(self, **inputs: str) -> Outcome:
        """Run the action with inputs, whose `-` are `_` here."""
        action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        values = {f"inputs.{name}": str(one.get("default", "")) for name, one in action["inputs"].items()}
        values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        values |= {"github.event.pull_request.number": "7", "steps.python.outputs.python-path": sys.executable}
        outcome = Outcome(0, "")
        for step in action["runs"]["steps"]:
            if "run" not in step or outcome.status:
                continue
            file = self.temporary / "output"
            file.write_text("", encoding="utf-8")
            done = self.checkout.run(step["run"], self._variables(step["env"], values, file), "-e -o pipefail")
            outcome = Outcome(done.status, outcome.output + done.output)
            written = dict(line.split("=", 1) for line in file.read_text("utf-8").splitlines())
            values |= {f"steps.{step['id']}.outputs.{name}": value for name, value in written.items()}
        self.outputs = {
            name: values.get(one["value"].strip("${} "), "") for name, one in action["outputs"].items()
        }  # fmt: skip
        return outcome

    def ids(self, output: str) -> set[str]:
        """An output that is a list."""
        return set(json.loads(self.outputs[output]))

    def _variables(self, env: dict[str, str], values: dict[str, str], file: Path) -> dict[str, str]:
        def resolve(found: re.Match[str]) -> str:
            return next((values[one] for one in found[1].split(" || ") if values.get(one)), "")

        resolved = {name: re.sub(r"\$\{\{ (.*?) \}\}", resolve, text) for name, text in env.items()}
        return resolved | {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(file),
            "GITHUB_REPOSITORY": "example/shop",
            "RUNNER_TEMP": str(self.temporary),
        }


def _unmasked(outcome: Outcome, *secrets: str) -> list[str]:
    """The lines that hold a secret, without the commands to mask it, which the runner does not show."""
    lines = [line for line in outcome.output.splitlines() if not line.startswith("::add-mask::")]
    return [line for line in lines if any(secret in line for secret in secrets)]


def test_the_inputs_of_novu_sync_are_enough(checkout: Checkout, novu: Emulator, app: App) -> None:
    runner = Runner(checkout)
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url}
    first, second, third = specs.shop(3)

    planned = runner.use(**inputs, command="preview", comment_on_pr="true")
    assert planned.status == 0, planned.output
    assert writes(novu) == []
    assert "plan.md" in ((runner.checkout.made("runner/novu-program/gh-was-asked")) or "")
    assert first["id"] in (checkout.made("summary.md") or "")

    token = f"?x-vercel-protection-bypass={TOKEN}"
    done = runner.use(**{**inputs, "bridge_url": app.url + token})
    assert done.status == 0, done.output
    assert _unmasked(done, app.key, TOKEN) == []
    assert f"::add-mask::{TOKEN}" in done.output.splitlines()
    assert runner.outputs["stack"] == "development"
    assert runner.ids("created") == Environment(novu, app.key).ids() == {first["id"], second["id"], third["id"]}
    assert runner.outputs["status"] == "changes"
    assert Path(runner.outputs["plan"]).is_file()

    app.deploy(first, {**second, "severity": "high"})
    assert runner.use(**{**inputs, "bridge_url": app.url + token}).status == 0
    assert runner.ids("updated") == {second["id"]}
    assert runner.ids("deleted") == {third["id"]}
    assert runner.outputs["status"] == "deletions"

    # The cache lost the state: nothing that no known run managed is deleted, unless it is named.
    shutil.rmtree(runner.temporary / "novu-state")
    app.deploy(first)
    refused = runner.use(**{**inputs, "bridge_url": app.url + token})
    assert refused.status != 0
    assert runner.outputs["status"] == "failed"
    assert second["id"] in refused.output
    assert Environment(novu, app.key).ids() == {first["id"], second["id"]}
    pruned = runner.use(**{**inputs, "bridge_url": app.url + token}, prune_unmanaged=second["id"])
    assert pruned.status == 0, pruned.output
    assert runner.ids("deleted") == {second["id"]}
    assert Environment(novu, app.key).ids() == {first["id"]}


def test_what_is_missing_or_broken_turns_the_job_red(checkout: Checkout, novu: Emulator, app: App) -> None:
    runner = Runner(checkout)
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url}
    without = runner.use(**{**inputs, "secret_key": ""})
    assert without.status != 0
    assert "::error::secret-key is empty" in without.output
    wrong = runner.use(**{**inputs, "secret_key": "the-key-of-nothing"})
    assert wrong.status != 0
    assert _unmasked(wrong, "the-key-of-nothing") == []
    app.undeploy()
    failed = runner.use(**inputs)
    assert failed.status != 0
    assert "returned 404" in failed.output
    assert writes(novu) == []


def test_destroy(checkout: Checkout, novu: Emulator, app: App) -> None:
    runner = Runner(checkout)
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url, "stack": "mine"}
    assert runner.use(**inputs).status == 0
    created = runner.ids("created")
    done = runner.use(**inputs, command="destroy")
    assert done.status == 0, done.output
    assert runner.ids("deleted") == created
    assert Environment(novu, app.key).ids() == set()
