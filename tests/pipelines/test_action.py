"""The GitHub Action: the `run` steps of `action.yml` in their order, with the inputs of `novu sync`."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine import interpreter
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.pipelines.checkout import ROOT, TOKEN, Checkout, Outcome
from tests.pipelines.comment_server import TOKEN as GITHUB_TOKEN
from tests.pipelines.comment_server import CommentServer, comment_server


class Runner:
    """The parts of GitHub's runner that the action uses, without the other actions (caches, Python)."""

    def __init__(self, checkout: Checkout, comments: CommentServer | None = None) -> None:
        self.checkout = checkout
        self.comments = comments
        self.temporary = checkout.directory / "runner"
        self.temporary.mkdir()
        # The action's tools are there, as after an earlier use in the same job.
        interpreter.virtual_environment(self.temporary / "novu-tools")
        self.outputs: dict[str, str] = {}

    def use(self, **inputs: str) -> Outcome:
        """Run the action with inputs, whose `-` are `_` here."""
        action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        values = {f"inputs.{name}": str(field.get("default", "")) for name, field in action["inputs"].items()}
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
            name: values.get(field["value"].strip("${} "), "") for name, field in action["outputs"].items()
        }  # fmt: skip
        return outcome

    def ids(self, output: str) -> set[str]:
        """An output that is a list."""
        return set(json.loads(self.outputs[output]))

    def _variables(self, env: dict[str, str], values: dict[str, str], file: Path) -> dict[str, str]:
        def resolve(match: re.Match[str]) -> str:
            return next((values[name] for name in match[1].split(" || ") if values.get(name)), "")

        resolved = {name: re.sub(r"\$\{\{ (.*?) \}\}", resolve, text) for name, text in env.items()}
        server = self.comments.variables if self.comments else {}
        return (
            {name: value for name, value in server.items() if not name.endswith("_TOKEN")}
            | resolved
            | {
                "GITHUB_STEP_SUMMARY": str(self.checkout.directory / "summary.md"),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(file),
                "GITHUB_REPOSITORY": "example/shop",
                "RUNNER_TEMP": str(self.temporary),
            }
        )


def _unmasked(outcome: Outcome, *secrets: str) -> list[str]:
    """The lines that hold a secret, without the commands to mask it, which the runner does not show."""
    lines = [line for line in outcome.output.splitlines() if not line.startswith("::add-mask::")]
    return [line for line in lines if any(secret in line for secret in secrets)]


@pytest.fixture
def comments() -> Iterator[CommentServer]:
    with comment_server("github") as server:
        yield server


def test_the_inputs_of_novu_sync_are_enough(
    checkout: Checkout, novu: Emulator, app: App, comments: CommentServer
) -> None:
    runner = Runner(checkout, comments)
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url}
    first, second, third = specs.shop(3)

    planned = runner.use(**inputs, command="preview", comment_on_pr="true", github_token=GITHUB_TOKEN)
    assert planned.status == 0, planned.output
    assert writes(novu) == []
    (comment,) = comments.comments
    assert comment.body.startswith("<!-- novu-provider plan novu/development -->")
    assert _unmasked(planned, GITHUB_TOKEN) == []
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
    moved = {**inputs, "bridge_url": f"{app.url}{token}&deployment=2"}
    refused = runner.use(**moved, prune_unmanaged=second["id"])
    assert refused.status != 0
    assert "novu:replaceBridgeUrl" in refused.output
    pruned = runner.use(**moved, prune_unmanaged=second["id"], replace_bridge_url=app.url)
    assert pruned.status == 0, pruned.output
    assert runner.ids("deleted") == {second["id"]}
    assert Environment(novu, app.key).ids() == {first["id"]}


def test_a_missing_input_or_a_broken_bridge_fails_the_job(checkout: Checkout, novu: Emulator, app: App) -> None:
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


def test_an_approved_plan_is_applied_and_no_other(checkout: Checkout, novu: Emulator, app: App) -> None:
    runner = Runner(checkout)
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url}
    assert runner.use(**inputs, command="preview").status == 0
    approved = shutil.copy(runner.outputs["saved-plan"], checkout.directory / "approved.pulumi")
    app.deploy(*specs.shop(5))
    refused = runner.use(**inputs, plan=str(approved))
    assert refused.status != 0, refused.output
    assert writes(novu) == []
    app.deploy(*specs.shop(3))
    done = runner.use(**inputs, plan="approved.pulumi")
    assert done.status == 0, done.output
    assert len(Environment(novu, app.key).ids()) == 3


def test_an_own_program_is_installed_by_pulumi(novu: Emulator, app: App, tmp_path: Path) -> None:
    """As `pulumi new python` makes it: the virtual environment `venv` does not exist yet."""
    project = "name: mine\nruntime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: venv\n"
    runner = Runner(Checkout(tmp_path / "checkout", novu.url, project))
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url, "work_dir": "."}
    done = runner.use(**inputs)
    assert done.status == 0, done.output
    assert runner.checkout.install_log.read_text("utf-8").splitlines() == [str(runner.checkout.directory)]
    assert len(Environment(novu, app.key).ids()) == 3


def test_destroy(checkout: Checkout, novu: Emulator, app: App) -> None:
    runner = Runner(checkout)
    inputs: dict[str, Any] = {"secret_key": app.key, "bridge_url": app.url, "api_url": novu.url, "stack": "mine"}
    assert runner.use(**inputs).status == 0
    created = runner.ids("created")
    done = runner.use(**inputs, command="destroy")
    assert done.status == 0, done.output
    assert runner.ids("deleted") == created
    assert Environment(novu, app.key).ids() == set()
