"""All parts of each pipeline, by the commands in its file, on the real engine, the emulator and real bridges."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.pipelines import comment_server
from tests.pipelines.checkout import PASSPHRASE, TOKEN, Checkout, Outcome
from tests.pipelines.comment_server import CommentServer
from tests.pipelines.pipelines import SHELL, SYSTEMS, Part, carried


@pytest.fixture
def comments(system: str) -> Iterator[CommentServer]:
    """The pull request of the pipeline. The systems without an API for comments build repositories of GitHub."""
    kind = system if system in ("gitlab", "bitbucket") else "github"
    with comment_server.comment_server(kind) as server:  # type: ignore[arg-type]
        yield server


def _variables(system: str, part: Part, comments: CommentServer) -> dict[str, str]:
    """Return the variables that the CI system itself sets in a job."""
    if system in ("gitlab", "bitbucket", "github"):
        own = {name: value for name, value in comments.variables.items() if not name.endswith("_TOKEN")}
        if part != "pull request":
            own = {name: value for name, value in own.items() if not name.endswith(("_IID", "_PR_ID", "_REF"))}
        event = {"GITHUB_EVENT_NAME": "pull_request" if part == "pull request" else "push"}
        return own | (event if system == "github" else {})
    address = {
        # These three have no API of their own here. The pull request is on GitHub Enterprise Server.
        "circleci": {"CIRCLE_PULL_REQUEST": f"{comments.url}/example/shop/pull/7"},
        "jenkins": {"CHANGE_URL": f"{comments.url}/example/shop/pull/7"},
        "azure": {
            "BUILD_REPOSITORY_URI": f"{comments.url}/example/shop",
            "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "7",
        },
        # Travis sets no URL of GitHub's API.
        "travis": {
            "TRAVIS_PULL_REQUEST": "7",
            "TRAVIS_REPO_SLUG": "example/shop",
            "GITHUB_GRAPHQL_URL": f"{comments.url}/graphql",
        },
    }
    return address[system] if part == "pull request" else {"TRAVIS_PULL_REQUEST": "false"}


def _job(checkout: Checkout, system: str, part: Part, app: App, comments: CommentServer, **variables: str) -> Outcome:
    """Run a part of a pipeline. A step that fails ends it."""
    token = "BITBUCKET_TOKEN" if system == "bitbucket" else "GITLAB_TOKEN" if system == "gitlab" else "GITHUB_TOKEN"
    store = {
        "NOVU_SECRET_KEY": app.key,
        "NOVU_BRIDGE_URL": app.url,
        "PULUMI_BACKEND_URL": checkout.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "VERCEL_AUTOMATION_BYPASS_SECRET": TOKEN,
        token: comment_server.TOKEN,
        "token": comment_server.TOKEN,  # `github.token`
    }
    steps = SYSTEMS[system](part, store)
    assert steps
    status, printed = 0, ""
    for step in steps:
        if status == 0:
            env = {**_variables(system, part, comments), **step.env, **variables}
            outcome = checkout.run(step.script, env, SHELL.get(system, "-e"))
            status, printed = outcome.status, printed + outcome.output
    for secret in (app.key, PASSPHRASE, TOKEN, comment_server.TOKEN):
        assert secret not in printed
    return Outcome(status, printed)


@pytest.mark.parametrize("system", SYSTEMS)
def test_from_pull_request_to_production(
    system: str, checkout: Checkout, novu: Emulator, bridges: BridgeProcess, comments: CommentServer
) -> None:
    development, production = App(bridges, novu.development_key), App(bridges, novu.production_key)
    workflows = specs.shop(2)
    ids = {workflow["id"] for workflow in workflows}
    for app in (development, production):
        app.deploy(*workflows)
        app.undeploy()
    parts: list[tuple[Part, App]] = [("pull request", development), ("plan", production)]
    for part, app in parts:
        red = _job(checkout, system, part, app, comments)
        assert red.status != 0, red.output
        assert "returned 404" in red.output
    assert (writes(novu), checkout.made("e2e-ran"), comments.comments) == ([], None, [])

    development.deploy(*workflows)
    green = _job(checkout, system, "pull request", development, comments)
    assert green.status == 0, green.output
    assert Environment(novu, development.key).ids() == ids
    assert checkout.made("e2e-ran") == development.key
    (comment,) = comments.comments
    assert "novu-provider plan test/dev" in comment.body.splitlines()[0]
    assert all(workflow_id in comment.body for workflow_id in ids)
    assert str(checkout.directory) in (checkout.install_log.read_text("utf-8"))

    production.deploy(*workflows)
    planned = _job(checkout, system, "plan", production, comments)
    assert planned.status == 0, planned.output
    plan = json.loads(checkout.made("novu-plan.json") or "{}")
    assert {workflow["workflowId"] for workflow in plan["workflows"]["created"]} == ids
    assert Environment(novu, production.key).ids() == set()
    assert len(comments.comments) == 1

    approval = {}
    if system == "travis":
        (approved,) = re.findall(r"id of this plan: (\w+)", planned.output)
        refused = _job(checkout.again(), system, "production", production, comments, NOVU_APPROVED_PLAN="another")
        assert refused.status != 0
        assert "is not the approved plan" in refused.output
        assert Environment(novu, production.key).ids() == set()
        shutil.rmtree(checkout.directory.with_name("checkout-again"))
        approval = {"NOVU_APPROVED_PLAN": approved}
    later = checkout.again(carried(system))
    if system == "azure":  # an artifact has a folder of its own
        (later.directory / "novu-plan").mkdir()
        (later.directory / "novu-plan.pulumi").rename(later.directory / "novu-plan" / "novu-plan.pulumi")
        approval = {"NOVU_PLAN": str(later.directory / "novu-plan" / "novu-plan.pulumi")}
    green = _job(later, system, "production", production, comments, **approval)
    assert green.status == 0, green.output
    assert Environment(novu, production.key).ids() == ids


def test_only_the_approved_plan_is_applied(checkout: Checkout, novu: Emulator, app: App) -> None:
    variables = {
        "NOVU_SECRET_KEY": app.key,
        "NOVU_BRIDGE_URL": app.url,
        "PULUMI_BACKEND_URL": checkout.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
    }
    without = checkout.run("./novu-ci.sh apply prod", variables)
    assert without.status != 0
    assert "there is no saved plan" in without.output
    assert checkout.run("./novu-ci.sh preview prod", variables).status == 0
    app.deploy(*specs.shop(5))
    other = checkout.run("./novu-ci.sh apply prod", variables)
    assert other.status != 0, other.output
    assert writes(novu) == []
    again = checkout.run("./novu-ci.sh preview prod && ./novu-ci.sh apply prod", variables)
    assert again.status == 0, again.output
    assert len(Environment(novu, app.key).ids()) == 5


def test_the_hint_of_pulumi_reaches_the_reviewers(checkout: Checkout, app: App) -> None:
    """A project of `pulumi new python` before `pulumi install`: its language host sets this variable."""
    variables = {
        "NOVU_SECRET_KEY": app.key,
        "NOVU_BRIDGE_URL": app.url,
        "PULUMI_BACKEND_URL": checkout.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_RUNTIME_VIRTUALENV": "venv",
    }
    failed = checkout.run(
        "pulumi stack init dev; .venv/bin/novu-provider plan --markdown plan.md -- --stack dev", variables
    )
    assert failed.status == 1, failed.output
    for text in (failed.output, checkout.made("plan.md") or ""):
        assert "could not read plugin" in text
        assert "python3 -m venv" in text
        assert "Run `pulumi install`" in text


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        ("{toolchain: pip, virtualenv: venv}", "venv"),  # as `pulumi new python` writes it
        ("\n    toolchain: uv", ".venv"),
        ('\n    # virtualenv: other\n    toolchain: "poetry"', ".venv"),
    ],
)
def test_pulumi_installs_the_dependencies(novu: Emulator, app: App, tmp_path: Path, options: str, folder: str) -> None:
    project = f"name: test\nruntime:\n  name: python\n  options: {options}\n"
    checkout = Checkout(tmp_path / "checkout", novu.url, project)
    variables = {
        "NOVU_SECRET_KEY": app.key,
        "NOVU_BRIDGE_URL": app.url,
        "PULUMI_BACKEND_URL": checkout.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
    }
    printed = checkout.run("./novu-ci.sh install", variables)
    assert (printed.status, printed.output.strip()) == (0, str(checkout.directory / folder / "bin"))
    done = checkout.run("./novu-ci.sh preview dev", variables)
    assert done.status == 0, done.output
    assert len(checkout.install_log.read_text("utf-8").splitlines()) == 2
